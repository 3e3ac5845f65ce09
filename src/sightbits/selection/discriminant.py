"""Linear discriminants on any of the pixels, from sums over images that are made once."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Int64, Shaped
from scipy.linalg import pinvh
from sklearn.preprocessing import StandardScaler

_ROWS_AT_ONCE = 4096


@dataclass(frozen=True, eq=False, kw_only=True)
class LinearRule:
    """Tells the label whose score, linear in the values, is highest.

    Parameters
    ----------
    centre
        What is taken from the values first.
    weights, intercept
        Of each label's score.
    labels
        In the order of the scores.
    """

    centre: Float64[np.ndarray, "pixels"]
    weights: Float64[np.ndarray, "pixels labels"]
    intercept: Float64[np.ndarray, "labels"]
    labels: Int64[np.ndarray, "labels"]

    def predict(self, values: Shaped[np.ndarray, "n_images pixels"]) -> Int64[np.ndarray, "n_images"]:
        """Return the label of each image."""
        told = np.empty(len(values), dtype=np.int64)
        for start in range(0, len(values), _ROWS_AT_ONCE):
            rows = values[start : start + _ROWS_AT_ONCE] - self.centre
            told[start : start + _ROWS_AT_ONCE] = self.labels[(rows @ self.weights + self.intercept).argmax(axis=1)]
        return told


@dataclass(frozen=True, eq=False, kw_only=True)
class LabelScatter:
    """Where the images of each label lie, and how they scatter around there: all that a linear discriminant needs.

    Parameters
    ----------
    mean, scale
        Of every pixel over all images, as `StandardScaler` has them: a constant pixel has scale 1.
    labels, shares
        Those that occur, and how often.
    means
        Of each label, less the mean of all.
    within
        Products of two pixels' distances from the mean of their own label, averaged over all images.

    Notes
    -----
    One pass costs images x pixels^2 products, after which a rule on k of the pixels costs k^3: for a curve over many
    numbers of pixels a fraction of as many fits. Memory: 8 bytes x pixels^2.

    Examples
    --------
    >>> values = np.array([[0, 5], [2, 3], [9, 4], [11, 6]])
    >>> scatter = LabelScatter.of(values, np.array([0, 0, 1, 1]))
    >>> scatter.rule(np.array([0])).predict(np.array([[1], [8]]))
    array([0, 1])
    """

    mean: Float64[np.ndarray, "pixels"]
    scale: Float64[np.ndarray, "pixels"]
    labels: Int64[np.ndarray, "labels"]
    shares: Float64[np.ndarray, "labels"]
    means: Float64[np.ndarray, "labels pixels"]
    within: Float64[np.ndarray, "pixels pixels"]

    @classmethod
    def of(cls, values: Shaped[np.ndarray, "n_images pixels"], labels: Int64[np.ndarray, "n_images"]) -> "LabelScatter":
        """Sum over images, block by block, so that no copy of all of them as floats is held."""
        n_images, n_pixels = values.shape
        met, place, n_of_label = np.unique(labels, return_inverse=True, return_counts=True)
        starts = range(0, n_images, _ROWS_AT_ONCE)
        scaler = StandardScaler()
        means = np.zeros((len(met), n_pixels))
        for start in starts:
            rows = values[start : start + _ROWS_AT_ONCE].astype(np.float64)
            scaler.partial_fit(rows)
            means += np.eye(len(met))[:, place[start : start + _ROWS_AT_ONCE]] @ rows
        means /= n_of_label[:, np.newaxis]
        within = np.zeros((n_pixels, n_pixels))
        for start in starts:
            rows = values[start : start + _ROWS_AT_ONCE] - means[place[start : start + _ROWS_AT_ONCE]]
            within += rows.T @ rows
        return cls(
            mean=scaler.mean_,
            scale=scaler.scale_,
            labels=met,
            shares=n_of_label / n_images,
            means=means - scaler.mean_,
            within=within / n_images,
        )

    def rule(self, pixels: Int64[np.ndarray, "k"]) -> LinearRule:
        """Return the discriminant on some pixels, standardised first.

        Notes
        -----
        Equals scikit-learn's `LinearDiscriminantAnalysis(solver="lsqr")` behind a `StandardScaler`, to rounding. Of
        pixels that say the same in other words, which leave the weights open, the shortest weights are taken.
        """
        scale = self.scale[pixels]
        covariance = self.within[np.ix_(pixels, pixels)] / np.outer(scale, scale)
        means = self.means[:, pixels] / scale
        weights = pinvh(covariance) @ means.T
        return LinearRule(
            centre=self.mean[pixels],
            weights=weights / scale[:, np.newaxis],
            intercept=np.log(self.shares) - np.einsum("lk,kl->l", means, weights) / 2,
            labels=self.labels,
        )
