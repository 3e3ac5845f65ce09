"""Arrays in memory, and `.npy` files that are mapped rather than read."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Shaped

from sightbits.datasets.formats.numpy_files import map_npy
from sightbits.datasets.streams.raw import RawStream, rows_at_once, runs


@dataclass(frozen=True, eq=False, kw_only=True)
class ArrayPart:
    """Images of an array in this process."""

    images: Shaped[np.ndarray, "n_images *image"]
    given_labels: Any
    in_test: bool = False
    portable: bool = False

    @property
    def n_images(self) -> int:
        """How many images it has."""
        return len(self.images)

    def labels(self) -> Any:
        """Return the labels as they were given."""
        return self.given_labels

    def chunks(self) -> Iterator[tuple[Any, Any]]:
        """Yield a run of rows at a time."""
        size = rows_at_once(self.images[:1].nbytes)
        for start in range(0, len(self.images), size):
            yield self.images[start : start + size], None


@dataclass(frozen=True, eq=False, kw_only=True)
class MappedPart:
    """A run of rows of a `.npy` file."""

    images: Path
    label_file: Path
    start: int
    stop: int
    in_test: bool = False
    portable: bool = True

    @property
    def n_images(self) -> int:
        """How many images it has."""
        return self.stop - self.start

    def labels(self) -> Any:
        """Return the labels of these rows."""
        return np.array(map_npy(self.label_file)[self.start : self.stop])

    def chunks(self) -> Iterator[tuple[Any, Any]]:
        """Yield a run of rows at a time; what was read may leave memory again."""
        images = map_npy(self.images)
        size = rows_at_once(images[:1].nbytes)
        for start in range(self.start, self.stop, size):
            yield np.array(images[start : min(start + size, self.stop)]), None


def array_stream(images: Any, labels: Any) -> RawStream:
    """Return arrays in memory as a stream of one part."""
    array = np.asarray(images)
    part = ArrayPart(images=array, given_labels=labels)
    return RawStream(parts=(part,), name="arrays", origin="memory", shape=array.shape[1:], dtype=array.dtype)


def mapped_stream(images: Path, labels: Path) -> RawStream:
    """Return a file of images and one of labels as a stream."""
    array = map_npy(images)
    parts = tuple(
        MappedPart(images=images.absolute(), label_file=labels.absolute(), start=start, stop=stop)
        for start, stop in runs(len(array), array[:1].nbytes)
    )
    return RawStream(parts=parts, name=images.name, origin=str(images), shape=array.shape[1:], dtype=array.dtype)
