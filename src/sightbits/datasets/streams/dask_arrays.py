"""Dask arrays: a part a block, computed by whoever reads it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from sightbits.core.checks import InputError, import_optional
from sightbits.datasets.streams.raw import RawStream


@dataclass(frozen=True, eq=False, kw_only=True)
class DaskPart:
    """A block of images with its labels."""

    block: Any
    label_block: Any
    n_images: int
    in_test: bool = False
    portable: bool = True

    def labels(self) -> Any:
        """Return the labels of the block."""
        return _computed(self.label_block)

    def chunks(self) -> Iterator[tuple[Any, Any]]:
        """Yield the block."""
        yield _computed(self.block), None


def dask_stream(images: Any, labels: Any) -> RawStream:
    """Return a Dask array of images, with labels as an array of either kind, as a stream."""
    if not images.ndim or any(np.isnan(size) for sizes in images.chunks for size in sizes):
        raise InputError(
            "images",
            wanted="an array of images, in blocks of known length",
            got="blocks whose length is not known" if images.ndim else "a single number",
            remedy="Call compute_chunk_sizes() on the array first.",
        )
    if hasattr(labels, "rechunk") and any(np.isnan(labels.chunks[0])):
        labels = labels.compute_chunk_sizes()
    if len(labels) != len(images):
        raise InputError(
            "labels", wanted=f"{len(images)}, one an image", got=str(len(labels)), remedy="Give each image its label."
        )
    whole_images = images.rechunk(dict.fromkeys(range(1, images.ndim), -1))
    sizes = whole_images.chunks[0]
    ends = np.cumsum(sizes)
    if hasattr(labels, "rechunk"):
        labels = labels.rechunk((sizes,))
        blocks = [_alone(labels.blocks[i]) for i in range(len(sizes))]
    else:
        array = np.asarray(labels)
        blocks = [array[end - size : end] for size, end in zip(sizes, ends, strict=True)]
    parts = tuple(
        DaskPart(block=_alone(whole_images.blocks[i]), label_block=blocks[i], n_images=int(size))
        for i, size in enumerate(sizes)
        if size
    )
    return RawStream(
        parts=parts,
        name="dask array",
        origin=f"Dask array of {images.shape}",
        shape=images.shape[1:],
        dtype=images.dtype,
    )


def _alone(block: Any) -> Any:
    """A block without what only other blocks need: by itself, each would carry the whole array's graph."""
    dask: Any = import_optional("dask", extra="dask", purpose="reading a Dask array")
    return dask.optimize(block)[0]


def _computed(block: Any) -> Any:
    """A block as NumPy has it, computed right here: a worker must not wait for other workers."""
    return np.asarray(block.compute(scheduler="synchronous") if hasattr(block, "compute") else block)
