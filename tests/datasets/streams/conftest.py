import io
import pickle
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from PIL import Image

from sightbits.core.streams.stream import ImageStream
from sightbits.datasets.streams import raw


@dataclass(frozen=True, kw_only=True)
class Read:
    """All that a stream brings, in order."""

    images: np.ndarray
    labels: np.ndarray
    names: list[str]
    in_test: np.ndarray
    n_chunks: list[int]


def read_all(stream: ImageStream) -> Read:
    """Reads a stream twice, the second time with parts that went through pickle where they are portable."""
    chunks = [[*part.chunks()] for part in stream.parts]
    for part, first in zip(stream.parts, chunks, strict=True):
        if part.portable:
            again = [*pickle.loads(pickle.dumps(part)).chunks()]
            for one, other in zip(first, again, strict=True):
                np.testing.assert_array_equal(one.images, other.images)
                np.testing.assert_array_equal(one.labels, other.labels)
        assert sum(len(chunk.images) for chunk in first) == part.n_images
    labels = np.concatenate([chunk.labels for part in chunks for chunk in part])
    images = np.concatenate([chunk.images for part in chunks for chunk in part])
    assert images.dtype == stream.dtype
    assert images.shape == (stream.n_images, *stream.image_shape)
    return Read(
        images=images,
        labels=labels,
        names=[stream.label_names[label] for label in labels],
        in_test=np.repeat([part.in_test for part in stream.parts], [part.n_images for part in stream.parts]),
        n_chunks=[len(part) for part in chunks],
    )


@pytest.fixture(scope="session")
def whole() -> Callable[[ImageStream], Read]:
    return read_all


@pytest.fixture(params=[(2**25, 2**28), (200, 700), (1, 1)], ids=["large", "small", "single"])
def bytes_at_once(request: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[int, int]]:
    """Bytes of a chunk and of a part."""
    monkeypatch.setattr(raw, "CHUNK_BYTES", request.param[0])
    monkeypatch.setattr(raw, "PART_BYTES", request.param[1])
    yield request.param


@pytest.fixture
def few_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks of 2 and parts of 6 images of 42 bytes."""
    monkeypatch.setattr(raw, "CHUNK_BYTES", 100)
    monkeypatch.setattr(raw, "PART_BYTES", 260)


@dataclass(frozen=True, kw_only=True)
class Labelled:
    """Images whose first pixel tells the label: 40 times it, plus 10."""

    images: np.ndarray
    labels: np.ndarray

    def encoded(self, kind: str = "PNG") -> list[bytes]:
        return [encode(image, kind) for image in self.images]


def encode(image: np.ndarray, kind: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, kind)
    return buffer.getvalue()


def told_labels(images: np.ndarray) -> np.ndarray:
    return (images.reshape(len(images), -1)[:, 0].astype(int) - 10) // 40


def draw_labelled(n_images: int = 23, *shape: int, seed: int = 0, n_labels: int = 3) -> Labelled:
    rng = np.random.default_rng(seed)
    labels = np.concatenate([np.arange(n_labels), rng.integers(0, n_labels, n_images - n_labels)])
    images = rng.integers(0, 256, (n_images, *(shape or (6, 7)))).astype(np.uint8)
    images.reshape(n_images, -1)[:, 0] = 10 + 40 * labels
    images.reshape(n_images, -1)[:2, 1] = 0, 255
    return Labelled(images=images, labels=labels)


@pytest.fixture(scope="session")
def labelled() -> Callable[..., Labelled]:
    return draw_labelled


@pytest.fixture(scope="session")
def told() -> Callable[[np.ndarray], np.ndarray]:
    return told_labels


@pytest.fixture(scope="session")
def png() -> Callable[..., bytes]:
    return encode
