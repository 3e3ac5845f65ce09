"""Zarr stores: a group of two arrays, `images` and `labels`, and of two more for an official test part."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from sightbits.core.checks import InputError, import_optional
from sightbits.datasets.formats.numpy_files import choose_names
from sightbits.datasets.streams.raw import RawStream, rows_at_once, runs


class ZarrLabels:
    """The labels of a store, decompressed by whole chunks: often all of them are one, and every part asks for some."""

    def __init__(self, store: Any, name: str) -> None:
        self._store, self._name = store, name
        self._start, self._block = 0, np.empty(0)

    def __reduce__(self) -> tuple[type["ZarrLabels"], tuple[Any, str]]:
        return ZarrLabels, (self._store, self._name)  # who reads elsewhere has no use for these labels

    def rows(self, start: int, stop: int) -> Any:
        """Return the labels of some rows; those left of their last chunk are kept until the next rows are asked for."""
        if not self._start <= start <= stop <= self._start + len(self._block):
            array = open_group(self._store)[self._name]
            grain = array.chunks[0]
            self._start = start // grain * grain
            self._block = np.asarray(array[self._start : -(-stop // grain) * grain])
        found = self._block[start - self._start : stop - self._start]
        if stop == self._start + len(self._block):
            self._block = np.empty(0)
        return found


@dataclass(frozen=True, eq=False, kw_only=True)
class ZarrPart:
    """A run of rows of two arrays of a store."""

    store: Any
    image_name: str
    stored_labels: ZarrLabels
    start: int
    stop: int
    in_test: bool
    portable: bool

    @property
    def n_images(self) -> int:
        """How many images it has."""
        return self.stop - self.start

    def labels(self) -> Any:
        """Return the labels of these rows."""
        return self.stored_labels.rows(self.start, self.stop)

    def chunks(self) -> Iterator[tuple[Any, Any]]:
        """Yield a run of rows at a time, at the borders of the store's own chunks."""
        images = open_group(self.store)[self.image_name]
        size = rows_at_once(_bytes_of_image(images), grain=images.chunks[0])
        for start in range(self.start, self.stop, size):
            yield np.asarray(images[start : min(start + size, self.stop)]), None


def zarr_stream(store: Any) -> RawStream:
    """Return a store as a stream: a path or address, or a group that was opened."""
    group = open_group(store)
    names = choose_names(str(getattr(group, "path", "") or store), sorted(group.array_keys()))
    portable = isinstance(store, str)
    parts = _parts(group, store, names[0], names[1], portable)
    if names[2] in group and names[3] in group:
        parts += _parts(group, store, names[2], names[3], portable, in_test=True)
    images = group[names[0]]
    origin = str(store) if portable else repr(group)
    return RawStream(
        parts=parts,
        name=origin.rstrip("/").rpartition("/")[2],
        origin=origin,
        shape=tuple(images.shape[1:]),
        dtype=np.dtype(images.dtype),
    )


def open_group(store: Any) -> Any:
    """Open a store for reading, or return the group that it is."""
    if not isinstance(store, str):
        return store
    zarr = import_optional("zarr", extra="zarr", purpose=f"reading {store}")
    try:
        group = zarr.open(store, mode="r")
    except Exception as error:  # of whatever kind zarr's stores raise, which differ
        raise InputError(
            store,
            wanted="a zarr store that can be read",
            got=str(error),
            remedy="Check the path, and that it is whole.",
        ) from error
    if not hasattr(group, "array_keys"):
        raise InputError(
            store,
            wanted="a group with arrays images and labels",
            got="a single array",
            remedy="Put images and labels into one group.",
        )
    return group


def _parts(
    group: Any, store: Any, image_name: str, label_name: str, portable: bool, *, in_test: bool = False
) -> tuple[ZarrPart, ...]:
    images, labels = group[image_name], group[label_name]
    if images.ndim == 0 or labels.shape[:1] != images.shape[:1]:
        raise InputError(
            f"{label_name} of {store}",
            wanted=f"one label an image, {images.shape[0] if images.ndim else 0}",
            got=f"shape {labels.shape}",
            remedy="Give each image its label.",
        )
    stored_labels = ZarrLabels(store, label_name)
    return tuple(
        ZarrPart(
            store=store,
            image_name=image_name,
            stored_labels=stored_labels,
            start=start,
            stop=stop,
            in_test=in_test,
            portable=portable,
        )
        for start, stop in runs(images.shape[0], _bytes_of_image(images), grain=images.chunks[0])
    )


def _bytes_of_image(images: Any) -> int:
    return int(np.prod(images.shape[1:], dtype=np.int64)) * int(np.dtype(images.dtype).itemsize)
