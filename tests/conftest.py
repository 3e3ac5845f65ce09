from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import settings

from sightbits.core.counts import LabelledLevels
from sightbits.core.images import ImageDataset, Provenance
from sightbits.core.result import Columns, Result

settings.register_profile("same_every_time", derandomize=True, deadline=None, database=None)
settings.load_profile("same_every_time")


@pytest.fixture(scope="session")
def draw_levels() -> Callable[..., LabelledLevels]:
    """Draws levels that are mostly background, as in pictures; every odd pixel follows the label."""

    def draw(
        seed: int = 0,
        *,
        n_images: int = 60,
        n_pixels: int = 9,
        n_levels: int = 4,
        n_labels: int = 3,
        background: int = 0,
        share: float = 0.6,
    ) -> LabelledLevels:
        rng = np.random.default_rng(seed)
        labels = rng.integers(n_labels, size=n_images)
        follows = np.outer(labels, np.arange(n_pixels) % 2)
        levels = (rng.integers(1 + n_levels // 2, size=(n_images, n_pixels)) + follows) % n_levels
        levels[rng.random(levels.shape) < share] = background
        return LabelledLevels(levels=levels.astype(np.uint8), labels=labels, n_levels=n_levels, n_labels=n_labels)

    return draw


@pytest.fixture(scope="session")
def make_dataset() -> Callable[..., ImageDataset]:
    """Makes a data set of images, by default with labels 0, 1, 0, 1, ... and grey values up to 255."""

    def make(
        images: np.ndarray,
        labels: np.ndarray | None = None,
        *,
        value_range: tuple[float, float] = (0.0, 255.0),
        in_test: np.ndarray | None = None,
    ) -> ImageDataset:
        labels = np.arange(len(images)) % 2 if labels is None else labels
        return ImageDataset(
            images=images,
            labels=labels,
            label_names=tuple(str(label) for label in range(int(labels.max()) + 1)),
            value_range=value_range,
            in_test=in_test,
            provenance=Provenance(name="made", sha256="0" * 64, origin="made for a test"),
        )

    return make


class _NewResult(Result):
    def to_dict(self) -> dict[str, Any]:
        return {}

    def tables(self) -> dict[str, Columns]:
        return {}


@pytest.fixture
def new_result() -> Result:
    """A result of a study that nobody can draw or report yet."""
    return _NewResult()
