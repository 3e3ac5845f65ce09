"""What an encoding learns from: images in memory, or a stream of them, looked at only as far as it asks."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property, partial, reduce
from operator import add
from typing import Any

import numpy as np
from jaxtyping import Float64, Shaped

from sightbits.core.progress import Progress, silent
from sightbits.core.streams.stream import ImageStream, StreamPart
from sightbits.core.streams.summing import sum_over

Images = Shaped[np.ndarray, "n_images *image"]
OfPixels = Float64[np.ndarray, "*image"]
Encode = Callable[[Any], Any]
_PIXELS_AT_ONCE = 1024  # large images need not be held in float64
_ROWS_AT_ONCE = 4096


@dataclass(frozen=True, eq=False, kw_only=True)
class PixelSums:
    """Sums of each pixel's values, less that of the first image there, of which exact ones merge to exact ones.

    Parameters
    ----------
    n_images
        How many images are summed.
    total, squares
        Of differences from the first image, and of their squares.
    low, high
        The lowest and the highest value of all.
    """

    n_images: int
    total: Float64[np.ndarray, "pixels"]
    squares: Float64[np.ndarray, "pixels"]
    low: float
    high: float

    @np.errstate(over="ignore", invalid="ignore")
    def __add__(self, other: "PixelSums") -> "PixelSums":
        return PixelSums(
            n_images=self.n_images + other.n_images,
            total=self.total + other.total,
            squares=self.squares + other.squares,
            low=min(self.low, other.low),
            high=max(self.high, other.high),
        )

    @classmethod
    @np.errstate(over="ignore", invalid="ignore")
    def of_images(cls, images: Images, first: Float64[np.ndarray, "pixels"]) -> "PixelSums":
        """Sum over images, some pixels and images at a time."""
        rows = images.reshape(len(images), -1)
        total, squares = np.zeros((2, rows.shape[1]))
        for pixels in _runs(rows.shape[1], _PIXELS_AT_ONCE):
            for run in _runs(len(rows), _ROWS_AT_ONCE):
                away = rows[run, pixels] - first[pixels]
                total[pixels] += away.sum(axis=0)
                squares[pixels] += np.einsum("ij,ij->j", away, away)
        return cls(n_images=len(rows), total=total, squares=squares, low=float(images.min()), high=float(images.max()))


class Training(ABC):
    """Images that an encoding learns from; what they are asked for is worked out then, and not before."""

    @property
    @abstractmethod
    def dtype(self) -> "np.dtype[Any]":
        """The dtype of values."""

    @property
    @abstractmethod
    def extremes(self) -> tuple[float, float]:
        """The lowest and the highest value there is."""

    @abstractmethod
    def encoded(self, encode: Encode) -> "Training":
        """Return these images after an encoding."""

    @abstractmethod
    def _sums(self) -> tuple[Float64[np.ndarray, "pixels"], PixelSums, tuple[int, ...]]:
        """Return the first image, the sums, and the shape of an image."""

    def within(self, low: float, high: float) -> bool:
        """Whether no value is below or above these."""
        lowest, highest = self.extremes
        return low <= lowest and highest <= high

    @np.errstate(over="ignore", invalid="ignore")
    def mean_and_deviation(self) -> tuple[OfPixels, OfPixels]:
        """Return mean and standard deviation of each pixel; that of one that never changes is 0 exactly."""
        first, sums, image_shape = self._sums()
        mean = sums.total / sums.n_images
        variance = np.maximum(sums.squares / sums.n_images - mean**2, 0)
        return (first + mean).reshape(image_shape), np.sqrt(variance).reshape(image_shape)


@dataclass(frozen=True, eq=False)
class TrainingArray(Training):
    """Images in memory."""

    images: Images

    @property
    def dtype(self) -> "np.dtype[Any]":
        """The dtype of values."""
        return self.images.dtype

    @property
    def extremes(self) -> tuple[float, float]:
        """The lowest and the highest value there is."""
        return float(self.images.min()), float(self.images.max())

    def encoded(self, encode: Encode) -> "TrainingArray":
        """Return these images after an encoding."""
        return TrainingArray(encode(self.images))

    def _sums(self) -> tuple[Float64[np.ndarray, "pixels"], PixelSums, tuple[int, ...]]:
        first = self.images[0].ravel().astype(np.float64)
        return first, PixelSums.of_images(self.images, first), self.images.shape[1:]


@dataclass(frozen=True, eq=False, kw_only=True)
class TrainingStream(Training):
    """Images of a stream, read in one pass when something is asked that only they tell.

    Parameters
    ----------
    steps
        How each chunk is encoded, one step after the other.
    n_jobs, scheduler, progress
        How it is read.
    """

    stream: ImageStream
    steps: tuple[Encode, ...] = field(default=())
    n_jobs: int = 1
    scheduler: Any = None
    progress: Progress = silent

    @property
    def dtype(self) -> "np.dtype[Any]":
        """The dtype of values."""
        return _through(self.steps, np.zeros((1, *self.stream.image_shape), dtype=self.stream.dtype)).dtype

    @property
    def extremes(self) -> tuple[float, float]:
        """The lowest and the highest value there is."""
        sums = self._pass[1]
        return sums.low, sums.high

    def within(self, low: float, high: float) -> bool:
        """Whether no value is below or above these; the range of the stream may tell without a pass."""
        lowest, highest = self.stream.value_range
        return (not self.steps and low <= lowest and highest <= high) or super().within(low, high)

    def encoded(self, encode: Encode) -> "TrainingStream":
        """Return these images after an encoding."""
        return replace(self, steps=(*self.steps, encode))

    def _sums(self) -> tuple[Float64[np.ndarray, "pixels"], PixelSums, tuple[int, ...]]:
        return *self._pass, self.stream.image_shape

    @cached_property
    def _pass(self) -> tuple[Float64[np.ndarray, "pixels"], PixelSums]:
        shown = self.stream.first_image().reshape(1, *self.stream.image_shape)
        first = _through(self.steps, shown).ravel().astype(np.float64)
        return first, sum_over(
            self.stream.parts,
            partial(sum_part, steps=self.steps, first=first),
            n_jobs=self.n_jobs,
            scheduler=self.scheduler,
            progress=self.progress,
            task="learning an encoding",
        )


def sum_part(part: StreamPart, steps: tuple[Encode, ...], first: Float64[np.ndarray, "pixels"]) -> PixelSums:
    """Return the sums of a part's images after some steps."""
    return reduce(add, (PixelSums.of_images(_through(steps, chunk.images), first) for chunk in part.chunks()))


def _through(steps: tuple[Encode, ...], images: Images) -> Images:
    return reduce(lambda values, encode: encode(values), steps, images)


def _runs(n: int, size: int) -> Iterator[slice]:
    for start in range(0, n, size):
        yield slice(start, start + size)
