"""Arrays in memory, and `.npy` files that are mapped rather than read."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Shaped

from sightbits.core.checks import InputError
from sightbits.core.images import ImageDataset
from sightbits.datasets.arrays import as_numbers
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
    array = as_rows(images)
    part = ArrayPart(images=array, given_labels=labels)
    return RawStream(parts=(part,), name="arrays", origin="memory", shape=array.shape[1:], dtype=array.dtype)


def dataset_stream(dataset: ImageDataset) -> RawStream:
    """Return a data set as a stream, a part for each side of its official split."""
    held_out = dataset.in_test
    sides: list[tuple[Any, bool]] = [(slice(None), False)]
    if held_out is not None:
        sides = [(~held_out, False), (held_out, True)]
    parts = tuple(
        ArrayPart(images=dataset.images[side], given_labels=dataset.labels[side], in_test=in_test)
        for side, in_test in sides
    )
    return RawStream(
        parts=parts,
        name=dataset.provenance.name,
        origin=dataset.provenance.origin,
        shape=dataset.image_shape,
        dtype=dataset.images.dtype,
        label_names=dataset.label_names,
        value_range=None if dataset.range_seen else dataset.value_range,
        channels_last=True,
        notes=dataset.provenance.notes,
    )


def as_rows(images: Any) -> Shaped[np.ndarray, "n_images *image"]:
    """Return something as an array of images, not yet checked beyond that."""
    array = images if isinstance(images, np.ndarray) and images.ndim else as_numbers(images)
    if array.ndim == 0:
        raise InputError(
            "images", wanted="images x rows x columns", got="a single number", remedy="Give an array of images."
        )
    return array


def mapped_stream(images: Path, labels: Path) -> RawStream:
    """Return a file of images and one of labels as a stream."""
    array = as_rows(map_npy(images))
    parts = tuple(
        MappedPart(images=images.absolute(), label_file=labels.absolute(), start=start, stop=stop)
        for start, stop in runs(len(array), array[:1].nbytes)
    )
    return RawStream(parts=parts, name=images.name, origin=str(images), shape=array.shape[1:], dtype=array.dtype)
