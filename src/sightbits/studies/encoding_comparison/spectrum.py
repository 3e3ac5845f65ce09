"""The second moments of encoded images: how unlike the steps are that learning must take in different directions."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial, reduce
from operator import add
from typing import Any

import numpy as np
from jaxtyping import Float32, Float64, Shaped
from sklearn.base import clone

from sightbits.core.checks import InputError
from sightbits.core.progress import Progress, silent
from sightbits.core.streams.stream import ImageChunk, ImageStream, StreamPart
from sightbits.core.streams.summing import sum_over
from sightbits.encodings.encoding import Encoding
from sightbits.encodings.named import encoding_named
from sightbits.studies.encoding_comparison.settings import UNIT_RANGE

_IMAGES_AT_ONCE = 4096
MOST_PIXELS = 4096  # beyond, a matrix over some images stands for that over all pixels
_SOME_IMAGES = 2048


@dataclass(frozen=True, eq=False, kw_only=True)
class Spectrum:
    """Eigenvalues of the uncentred second-moment matrix E[x x'] of encoded images x, in descending order.

    Parameters
    ----------
    eigenvalues
        All of them, or those of a sample of images; never below 0.
    largest_with_bias
        The largest eigenvalue where a constant 1 stands beside the pixels, as a bias does.
    n_images
        How many images were looked at.

    Notes
    -----
    Near zero weights, softmax regression with K labels has the Hessian (I - 11'/K) / K (x) E[x x'], so that steps
    along an eigenvector are stable below a rate of 2 K / eigenvalue, and take about K / (rate x eigenvalue) updates.

    Source: Y. LeCun, L. Bottou, G. Orr, K.-R. Müller, Efficient BackProp, 1998, sections 4.3 and 5.
    """

    eigenvalues: Float64[np.ndarray, "n"]
    largest_with_bias: float
    n_images: int

    @property
    def rank(self) -> int:
        """How many eigenvalues are above what rounding alone gives."""
        tolerance = len(self.eigenvalues) * np.finfo(np.float64).eps * self.eigenvalues[0]
        return int((self.eigenvalues > tolerance).sum())

    @property
    def condition_number(self) -> float:
        """The largest eigenvalue over the smallest that is above what rounding alone gives."""
        return float(self.eigenvalues[0] / self.eigenvalues[self.rank - 1])

    def stable_rate(self, n_labels: int) -> float:
        """Return the rate up to which softmax regression is stable near zero weights."""
        return 2 * n_labels / self.largest_with_bias


@dataclass(frozen=True, eq=False, kw_only=True)
class SecondMoments:
    """The sum of (x, 1) (x, 1)' over images, from which the spectrum of every affine encoding of them follows.

    Parameters
    ----------
    total
        The sum; those of different images add.
    n_images
        How many images are summed.
    """

    total: Float64[np.ndarray, "augmented augmented"]
    n_images: int

    def __add__(self, other: "SecondMoments") -> "SecondMoments":
        return SecondMoments(total=self.total + other.total, n_images=self.n_images + other.n_images)

    @classmethod
    def of_values(cls, values: Float32[np.ndarray, "n pixels"]) -> "SecondMoments":
        """Return that of images as rows, before they are encoded."""
        n, n_pixels = values.shape
        total = np.zeros((n_pixels + 1, n_pixels + 1))
        for start in range(0, n, _IMAGES_AT_ONCE):
            rows = values[start : start + _IMAGES_AT_ONCE].astype(np.float64)
            rows = np.concatenate([rows, np.ones((len(rows), 1))], axis=1)
            total += rows.T @ rows
        return cls(total=total, n_images=n)

    @classmethod
    def of_stream(
        cls,
        stream: ImageStream,
        encoding: Encoding | None = None,
        *,
        n_jobs: int = 1,
        scheduler: Any = None,
        progress: Progress = silent,
    ) -> "SecondMoments":
        """Return that of the images of a stream, their grey values scaled from 0 to 1 by its range.

        Parameters
        ----------
        encoding
            One that was fitted to such values, where encoded images are to be summed.
        n_jobs, scheduler, progress
            How the stream is read.

        Raises
        ------
        InputError
            Where images have so many pixels that the matrix would be too large.

        Notes
        -----
        One pass. Memory: a chunk, and 8 bytes times the square of the number of pixels for each thread.
        """
        if stream.n_pixels > MOST_PIXELS:
            raise InputError(
                "images",
                wanted=f"at most {MOST_PIXELS:,} pixels, for a matrix over all pairs of them",
                got=f"{stream.n_pixels:,}",
                remedy="spectrum_of looks at a sample of larger images.",
            )
        return sum_over(
            in_unit_range(stream).parts,
            partial(sum_products, encoding=encoding),
            n_jobs=n_jobs,
            scheduler=scheduler,
            progress=progress,
            task="summing second moments",
        )

    @property
    def mean(self) -> Float64[np.ndarray, "augmented augmented"]:
        """E[(x, 1) (x, 1)']."""
        return self.total / self.n_images

    def spectrum(self, scale: Float64[np.ndarray, "pixels"], shift: Float64[np.ndarray, "pixels"]) -> Spectrum:
        """Return the spectrum of scale * x + shift; eigenvalues that rounding alone may have made are 0."""
        moments = self.mean
        scaled = np.append(scale, 1.0)
        moved = scaled[:, np.newaxis] * moments * scaled
        shifted = np.append(shift, 0.0)
        crossed, squared = np.outer(shifted, moved[-1]), np.outer(shifted, shifted)
        found = _of_moments(moved + crossed + crossed.T + squared, self.n_images)
        largest = max(float(np.abs(term).max()) for term in (moved, crossed, squared))
        rounding = len(moments) * np.finfo(np.float64).eps * largest  # what is left where terms cancel
        return replace(found, eigenvalues=np.where(found.eigenvalues > rounding, found.eigenvalues, 0))


def measure_spectrum(values: Float32[np.ndarray, "n pixels"]) -> Spectrum:
    """Return the spectrum of encoded images.

    Examples
    --------
    >>> found = measure_spectrum(np.array([[2.0, 0.0], [0.0, 1.0]], dtype=np.float32))
    >>> found.eigenvalues.tolist(), found.condition_number
    ([2.0, 0.5], 4.0)
    """
    if values.shape[1] <= MOST_PIXELS:
        moments = SecondMoments.of_values(values)
        return _of_moments(moments.mean, moments.n_images)
    step = max(1, len(values) // _SOME_IMAGES)
    some = values[::step][:_SOME_IMAGES].astype(np.float64)
    products = some @ some.T / len(some)
    return Spectrum(
        eigenvalues=_descending(products),
        largest_with_bias=float(_descending(products + 1 / len(some))[0]),
        n_images=len(some),
    )


def spectrum_of(
    stream: ImageStream,
    encoding: str | Encoding = "identity",
    *,
    n_jobs: int = 1,
    scheduler: Any = None,
    progress: Progress = silent,
) -> Spectrum:
    """Return the spectrum of the images of a stream once they are encoded.

    Parameters
    ----------
    stream
        Training images, as `stream.of_split("train")` of one that `open_images` returned.
    encoding
        A name as `encoding_named` takes it, or an encoding, of which a copy is fitted: to the same images, their grey
        values scaled from 0 to 1 by the range of the stream, as `compare_encodings` has them.
    n_jobs, scheduler, progress
        How the stream is read: threads, or a Dask cluster, and who is told of it.

    Returns
    -------
    Spectrum
        With eigenvalues, rank, condition number and the rate up to which softmax regression is stable.

    Raises
    ------
    InputError
        For an encoding that is none, or does not suit values from 0 to 1.

    Notes
    -----
    One pass, and one for each encoding that needs mean and variance. Memory: a chunk, and 8 bytes times the square of
    the number of pixels for each thread. Of images of more than 4,096 pixels, 2,048 evenly strided ones stand for all.

    Source: Y. LeCun, L. Bottou, G. Orr, K.-R. Müller, Efficient BackProp, 1998, sections 4.3 and 5.

    Examples
    --------
    >>> import sightbits as sb
    >>> digits = sb.load_dataset("digits")
    >>> stream = sb.open_images(digits.images, digits.labels)
    >>> [round(float(spectrum_of(stream, name).eigenvalues[0]), 2) for name in ("identity", "inverted", "centred")]
    [10.46, 35.29, 0.7]
    """
    reading: dict[str, Any] = {"n_jobs": n_jobs, "scheduler": scheduler, "progress": progress}
    unit = in_unit_range(stream)
    if not isinstance(encoding, str | Encoding):
        raise InputError(
            "encoding", wanted="a name or an encoding", got=repr(encoding), remedy="Make one with encoding_named."
        )
    made = encoding_named(encoding, UNIT_RANGE) if isinstance(encoding, str) else clone(encoding)
    fitted = made.fit(unit, **reading)
    if stream.n_pixels > MOST_PIXELS:
        some = fitted.transform(unit.sample(_SOME_IMAGES, **reading).images)
        return measure_spectrum(some.reshape(len(some), -1).astype(np.float32))
    affine = fitted.affine()
    if affine is None:
        moments = SecondMoments.of_stream(stream, fitted, **reading)
        return _of_moments(moments.mean, moments.n_images)
    scale, shift = (number.ravel() for number in affine)
    return SecondMoments.of_stream(stream, **reading).spectrum(scale, shift)


@dataclass(frozen=True, eq=False, kw_only=True)
class UnitPart:
    """A part of a stream, with grey values from 0 to 1."""

    part: StreamPart
    value_range: tuple[float, float]

    @property
    def n_images(self) -> int:
        """How many images it has."""
        return self.part.n_images

    @property
    def in_test(self) -> bool:
        """Whether an official split holds it out."""
        return self.part.in_test

    @property
    def portable(self) -> bool:
        """Whether another process can read it."""
        return self.part.portable

    def chunks(self) -> Iterator[ImageChunk]:
        """Yield all images in order."""
        for chunk in self.part.chunks():
            yield replace(chunk, images=unit_values(chunk.images, self.value_range))


def in_unit_range(stream: ImageStream) -> ImageStream:
    """Return a stream with grey values as shares of its range."""
    return replace(
        stream,
        parts=tuple(UnitPart(part=part, value_range=stream.value_range) for part in stream.parts),
        dtype=np.dtype(np.float32),
        value_range=UNIT_RANGE,
        range_seen=False,
    )


def unit_values(
    images: Shaped[np.ndarray, "n *image"], value_range: tuple[float, float]
) -> Float32[np.ndarray, "n *image"]:
    """Return grey values as shares of their range."""
    low, high = value_range
    values = images.astype(np.float32)
    values -= np.float32(low)
    values /= np.float32(high - low)
    return values


def sum_products(part: UnitPart, encoding: Encoding | None) -> SecondMoments:
    """Return the second moments of a part's images."""

    def rows(chunk: ImageChunk) -> Float32[np.ndarray, "n pixels"]:
        if encoding is None:
            return chunk.values
        return encoding.transform(chunk.images).reshape(len(chunk.images), -1).astype(np.float32)

    return reduce(add, (SecondMoments.of_values(rows(chunk)) for chunk in part.chunks()))


def _of_moments(moments: Float64[np.ndarray, "augmented augmented"], n_images: int) -> Spectrum:
    return Spectrum(
        eigenvalues=_descending(moments[:-1, :-1]),
        largest_with_bias=float(_descending(moments)[0]),
        n_images=n_images,
    )


def _descending(matrix: Float64[np.ndarray, "n n"]) -> Float64[np.ndarray, "n"]:
    return np.maximum(np.linalg.eigvalsh(matrix)[::-1], 0)
