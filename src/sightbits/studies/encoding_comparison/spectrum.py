"""The second moments of encoded images: how unlike the steps are that learning must take in different directions."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Float64

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


class SecondMoments:
    """E[(x, 1) (x, 1)'] of images, from which that of every affine encoding of them follows.

    Parameters
    ----------
    values
        Images as rows, before they are encoded.
    """

    def __init__(self, values: Float32[np.ndarray, "n pixels"]) -> None:
        self._moments = _augmented(values)
        self._n_images = len(values)

    def spectrum(self, scale: Float64[np.ndarray, "pixels"], shift: Float64[np.ndarray, "pixels"]) -> Spectrum:
        """Return the spectrum of scale * x + shift."""
        moments = self._moments
        scaled = np.append(scale, 1.0)
        moved = scaled[:, np.newaxis] * moments * scaled
        shifted = np.append(shift, 0.0)
        crossed = np.outer(shifted, moved[-1])
        return _of_moments(moved + crossed + crossed.T + np.outer(shifted, shifted), self._n_images)


def measure_spectrum(values: Float32[np.ndarray, "n pixels"]) -> Spectrum:
    """Return the spectrum of encoded images.

    Examples
    --------
    >>> found = measure_spectrum(np.array([[2.0, 0.0], [0.0, 1.0]], dtype=np.float32))
    >>> found.eigenvalues.tolist(), found.condition_number
    ([2.0, 0.5], 4.0)
    """
    if values.shape[1] <= MOST_PIXELS:
        return _of_moments(_augmented(values), len(values))
    step = max(1, len(values) // _SOME_IMAGES)
    some = values[::step][:_SOME_IMAGES].astype(np.float64)
    products = some @ some.T / len(some)
    return Spectrum(
        eigenvalues=_descending(products),
        largest_with_bias=float(_descending(products + 1 / len(some))[0]),
        n_images=len(some),
    )


def _augmented(values: Float32[np.ndarray, "n pixels"]) -> Float64[np.ndarray, "augmented augmented"]:
    n, n_pixels = values.shape
    total = np.zeros((n_pixels + 1, n_pixels + 1))
    for start in range(0, n, _IMAGES_AT_ONCE):
        rows = values[start : start + _IMAGES_AT_ONCE].astype(np.float64)
        rows = np.concatenate([rows, np.ones((len(rows), 1))], axis=1)
        total += rows.T @ rows
    return total / n


def _of_moments(moments: Float64[np.ndarray, "augmented augmented"], n_images: int) -> Spectrum:
    return Spectrum(
        eigenvalues=_descending(moments[:-1, :-1]),
        largest_with_bias=float(_descending(moments)[0]),
        n_images=n_images,
    )


def _descending(matrix: Float64[np.ndarray, "n n"]) -> Float64[np.ndarray, "n"]:
    return np.maximum(np.linalg.eigvalsh(matrix)[::-1], 0)
