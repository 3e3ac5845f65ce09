"""Dask arrays: a part a block, computed by whoever reads it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from sightbits.core.checks import InputError
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
    if len(labels) != len(images):
        raise InputError(
            "labels", wanted=f"{len(images)}, one an image", got=str(len(labels)), remedy="Give each image its label."
        )
    whole_images = images.rechunk(dict.fromkeys(range(1, images.ndim), -1))
    sizes = whole_images.chunks[0]
    if any(np.isnan(sizes)):
        raise InputError(
            "images",
            wanted="blocks of known length",
            got="some whose length is not known",
            remedy="Call compute_chunk_sizes() on the array first.",
        )
    ends = np.cumsum(sizes)
    if hasattr(labels, "rechunk"):
        labels = labels.rechunk((sizes,))
        blocks = [labels.blocks[i] for i in range(len(sizes))]
    else:
        array = np.asarray(labels)
        blocks = [array[end - size : end] for size, end in zip(sizes, ends, strict=True)]
    parts = tuple(
        DaskPart(block=whole_images.blocks[i], label_block=blocks[i], n_images=int(size))
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


def _computed(block: Any) -> Any:
    """A block as NumPy has it, computed right here: a worker must not wait for other workers."""
    return np.asarray(block.compute(scheduler="synchronous") if hasattr(block, "compute") else block)
