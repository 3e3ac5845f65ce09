"""Labelled images that are read a chunk at a time, so that they may be larger than memory."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Bool, Int64, Shaped

from sightbits.core.checks import InputError, check_whole
from sightbits.core.images import ImageDataset, ImageForm, Provenance, sha256_of
from sightbits.core.progress import Progress, silent
from sightbits.core.streams.summing import sum_over


@dataclass(frozen=True, eq=False, kw_only=True)
class ImageChunk:
    """Some images in memory, of the stream's own type and shape, with labels as codes."""

    images: Shaped[np.ndarray, "n_images rows columns *channels"]
    labels: Int64[np.ndarray, "n_images"]

    @property
    def values(self) -> Shaped[np.ndarray, "n_images pixels"]:
        """The images as one row each."""
        return self.images.reshape(len(self.images), -1)


@runtime_checkable
class StreamPart(Protocol):
    """A run of images that whoever reads it opens by itself: small enough to be sent to another machine.

    Attributes
    ----------
    n_images
        How many images it has.
    in_test
        Whether an official split holds it out.
    portable
        Whether another process can read it; what lives in this one's memory it cannot.
    """

    @property
    def n_images(self) -> int: ...  # noqa: D102
    @property
    def in_test(self) -> bool: ...  # noqa: D102
    @property
    def portable(self) -> bool: ...  # noqa: D102

    def chunks(self) -> Iterator[ImageChunk]:
        """Yield all images in order, so many at a time as memory bears."""
        ...


@dataclass(frozen=True, eq=False, kw_only=True)
class ImageStream(ImageForm):
    """Labelled images of one shape that are read a chunk at a time; `open_images` makes one.

    Parameters
    ----------
    parts
        Runs of images, in order.
    labels
        Of all images, in order: 0 to n_labels - 1, positions in `label_names`, in the smallest type that holds them.
    image_shape
        Rows, columns and, where there are any, channels.
    dtype
        Of grey values, as chunks have them.
    value_range
        The lowest and highest grey value there can be.
    range_seen
        Whether `value_range` is only what was seen: of floats beyond 0 to 1 for which none was stated.

    Examples
    --------
    >>> import sightbits as sb
    >>> digits = sb.load_dataset("digits")
    >>> stream = sb.open_images(digits.images, digits.labels)
    >>> stream.n_images, [len(chunk.images) for part in stream.parts for chunk in part.chunks()]
    (1797, [1797])
    """

    parts: tuple[StreamPart, ...]
    labels: Shaped[np.ndarray, "n_images"]
    label_names: tuple[str, ...]
    image_shape: tuple[int, ...]
    dtype: np.dtype[Any]
    value_range: tuple[float, float]
    provenance: Provenance
    range_seen: bool = False

    @property
    def n_images(self) -> int:
        """How many images there are."""
        return len(self.labels)

    @property
    def n_bytes(self) -> int:
        """How much memory all images together would take."""
        return self.n_images * self.n_pixels * self.dtype.itemsize

    @property
    def whole(self) -> bool:
        """Whether grey values are whole numbers."""
        return self.dtype.kind in "ui"

    @property
    def official(self) -> bool:
        """Whether an official split holds some images out."""
        return any(part.in_test for part in self.parts)

    @property
    def held_out(self) -> Bool[np.ndarray, "n_images"] | None:
        """Which images an official split holds out; None where there is no official split."""
        if not self.official:
            return None
        return np.repeat([part.in_test for part in self.parts], [part.n_images for part in self.parts])

    def first_image(self) -> Shaped[np.ndarray, "pixels"]:
        """Return the values of the first image."""
        return next(iter(self.parts[0].chunks())).values[0]

    def of_split(self, split: str) -> "ImageStream":
        """Return the images of `train`, `test` or `all`; without an official split, all of them are for training."""
        if split == "all" or (split == "train" and not self.official):
            return self
        starts = np.cumsum([0, *(part.n_images for part in self.parts)])
        wanted = [i for i, part in enumerate(self.parts) if part.in_test == (split == "test")]
        if not wanted:
            raise InputError(
                "split",
                wanted="train or all, where no official split holds images out",
                got=repr(split),
                remedy="Put test images into a part of their own.",
            )
        return replace(
            self,
            parts=tuple(self.parts[i] for i in wanted),
            labels=np.concatenate([self.labels[starts[i] : starts[i + 1]] for i in wanted]),
        )

    def strided(self, n_images: int) -> list[Int64[np.ndarray, "_"]]:
        """Return, for each part, the places of evenly strided images: at most so many of all.

        Notes
        -----
        Images of an official test part are strided on their own, so that each part keeps its share and none is empty.
        """
        check_whole("sample", n_images, low=2)
        taken = strided(self.held_out, self.n_images, n_images)
        starts = np.cumsum([0, *(part.n_images for part in self.parts)])
        cuts = np.searchsorted(taken, starts)
        return [taken[cuts[i] : cuts[i + 1]] - starts[i] for i in range(len(self.parts))]

    def sample(
        self, n_images: int, *, n_jobs: int = 1, scheduler: Any = None, progress: Progress = silent
    ) -> ImageDataset:
        """Return evenly strided images in memory, for whatever cannot learn from a stream.

        Parameters
        ----------
        n_images
            How many, 2 or more; all of them where there are no more.
        n_jobs, scheduler, progress
            How the stream is read: threads, or a Dask cluster, and who is told of it.

        Raises
        ------
        InputError
            Where that is no such number.

        Notes
        -----
        One pass over the images, in the memory of a chunk and of what is returned. Images of an official test part are
        strided on their own, so that each part keeps its share and none is empty; `of_split("train")` leaves them out.

        Examples
        --------
        >>> import sightbits as sb
        >>> digits = sb.load_dataset("digits")
        >>> few = sb.open_images(digits.images, digits.labels).sample(100)
        >>> few.n_images, bool((few.images[1] == digits.images[18]).all())
        (100, True)
        """
        from sightbits.core.streams.tally import Errand, read_part  # noqa: PLC0415  it knows this class

        asked = [(part, places) for part, places in zip(self.parts, self.strided(n_images), strict=True) if len(places)]
        read = sum_over(
            [part for part, _ in asked],
            partial(read_part, plan=None),
            [Errand(tallied=False, places=places) for _, places in asked],
            n_jobs=n_jobs,
            scheduler=scheduler,
            progress=progress,
        )
        return self.dataset_of(read.picked)

    def outline(self, n_images: int) -> ImageDataset:
        """Return as many strided images as labels alone, for checks of how they would be split."""
        places = strided(self.held_out, self.n_images, n_images)
        return ImageDataset(
            images=np.zeros((len(places), 1, 1), dtype=np.uint8),
            labels=self.labels[places].astype(np.int64),
            label_names=self.label_names,
            value_range=self.value_range,
            in_test=None if self.held_out is None else self.held_out[places],
            provenance=self.provenance,
        )

    def dataset_of(self, picked: "Picked") -> ImageDataset:
        """Return images that were picked, in order, as a data set."""
        images, labels, in_test = (np.concatenate(blocks) for blocks in (picked.images, picked.labels, picked.in_test))
        return ImageDataset(
            images=images,
            labels=labels,
            label_names=self.label_names,
            value_range=self.value_range,
            in_test=None if len(np.unique(in_test)) == 1 else in_test,
            provenance=replace(self.provenance, sha256=sha256_of(images, labels)),
            range_seen=self.range_seen,
        )


@dataclass(frozen=True, eq=False, kw_only=True)
class Picked:
    """Images picked from parts, a block a chunk; those of later parts are appended."""

    images: tuple[Shaped[np.ndarray, "_ *image"], ...]
    labels: tuple[Int64[np.ndarray, "_"], ...]
    in_test: tuple[Bool[np.ndarray, "_"], ...]

    def __add__(self, other: "Picked") -> "Picked":
        return Picked(
            images=self.images + other.images,
            labels=self.labels + other.labels,
            in_test=self.in_test + other.in_test,
        )


def strided(
    in_test: Shaped[np.ndarray, "n_images"] | None, n_images: int, n_taken: int
) -> Int64[np.ndarray, "n_taken"]:
    """Return the places of evenly strided images: a set's first images are often not like the rest.

    Notes
    -----
    Parts of an official split are strided on their own, so that each keeps its share and none is empty.

    Examples
    --------
    >>> strided(None, 9, 3)
    array([0, 4, 8])
    """
    if n_taken >= n_images:
        return np.arange(n_images)
    if in_test is None or in_test.all():  # these may be the images that were held out
        return _stride(n_images, n_taken)
    train, test = np.flatnonzero(~in_test), np.flatnonzero(in_test)
    n_test = min(max(round(n_taken * len(test) / n_images), 1), n_taken - 1)
    return np.sort(np.concatenate([train[_stride(len(train), n_taken - n_test)], test[_stride(len(test), n_test)]]))


def _stride(n: int, n_taken: int) -> Int64[np.ndarray, "n_taken"]:
    return np.linspace(0, n - 1, n_taken).round().astype(np.int64)
