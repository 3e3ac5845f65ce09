from collections.abc import Callable, Iterator

import numpy as np
import pytest

from sightbits.core.images import ImageDataset
from sightbits.datasets.loading import load_dataset
from sightbits.measurement.beliefs.templates.matched import MatchedTemplates
from sightbits.networks.torch_bank import one_thread


@pytest.fixture(autouse=True, scope="module")
def _one_thread() -> Iterator[None]:
    """Networks here are tiny: threads of torch would only wait for each other."""
    with one_thread():
        yield


@pytest.fixture(scope="session")
def digits() -> ImageDataset:
    return load_dataset("digits")


@pytest.fixture(scope="session")
def seen(digits: ImageDataset) -> ImageDataset:
    """600 digits to learn from."""
    return digits.take(slice(0, 600))


@pytest.fixture(scope="session")
def hidden(digits: ImageDataset) -> ImageDataset:
    """40 digits to measure."""
    return digits.take(slice(1000, 1040))


@pytest.fixture(scope="session")
def few_pairs() -> MatchedTemplates:
    """Matched templates that are learned in a moment."""
    return MatchedTemplates(n_pairs=5000, n_references=300, kinds=24, radius=1)


@pytest.fixture(scope="session")
def made_of(make_dataset: Callable[..., ImageDataset]) -> Callable[..., ImageDataset]:
    """Makes a data set of images of one row from a table of small whole numbers, a row an image."""

    def make(rows: np.ndarray, labels: np.ndarray, *, high: int | None = None) -> ImageDataset:
        rows = np.asarray(rows, dtype=np.uint8)
        return make_dataset(
            rows[:, np.newaxis, :],
            np.asarray(labels, dtype=np.int64),
            value_range=(0.0, float(rows.max() if high is None else high)),
        )

    return make
