"""Rankers: from labelled pixels to a score each, highest first."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int64, Shaped
from sklearn.feature_selection import mutual_info_classif

from sightbits.core.counts import LabelledLevels
from sightbits.core.moments import mean_and_variance
from sightbits.core.progress import Progress, silent
from sightbits.estimation.pixels import estimate_pixel_information

Scores = Float[np.ndarray, "pixels"]


@dataclass(frozen=True, eq=False, kw_only=True)
class PixelSample:
    """What a ranker looks at: grey values, and the same coded as levels with their labels."""

    values: Shaped[np.ndarray, "n_images pixels"]
    coded: LabelledLevels

    def take(self, which: Int64[np.ndarray, "n_taken"]) -> "PixelSample":
        """Return the images at these positions; a position may come more than once."""
        return PixelSample(values=self.values[which], coded=self.coded.take(which))


def score_by_mutual_information(sample: PixelSample, *, estimator: str, seed: int) -> Scores:
    """Return I(pixel; label) in nats by the estimator: deterministic, blind to what pixels share."""
    return estimate_pixel_information(sample.coded, estimator=estimator, n_permutations=0).value


def score_by_knn(sample: PixelSample, *, estimator: str, seed: int) -> Scores:
    """Return scikit-learn's k-nearest-neighbour I(pixel; label) in nats.

    Notes
    -----
    It takes grey values for continuous and breaks their ties with noise drawn from `seed`, so that the ranking
    depends on the seed. For reproduction of others' figures.

    Source: B. C. Ross, Mutual information between discrete and continuous data sets, 2014.
    """
    return np.asarray(mutual_info_classif(sample.values, sample.coded.labels, random_state=seed))


def score_by_variance(sample: PixelSample, *, estimator: str, seed: int) -> Scores:
    """Return the variance of each pixel: needs no labels."""
    return mean_and_variance(sample.values)[1]


def score_by_chance(sample: PixelSample, *, estimator: str, seed: int) -> Scores:
    """Return random scores: the ranking every other one has to beat."""
    return np.random.default_rng(seed).random(sample.coded.n_pixels)


Ranker = Callable[..., Scores]
RANKERS: dict[str, Ranker] = {
    "mutual_information": score_by_mutual_information,
    "knn": score_by_knn,
    "variance": score_by_variance,
    "random": score_by_chance,
}


def rank(scores: Scores) -> Int64[np.ndarray, "pixels"]:
    """Return pixel numbers, best first; ties go to the lower number.

    Examples
    --------
    >>> rank(np.array([0.1, 0.7, 0.1]))
    array([1, 0, 2])
    """
    return np.argsort(-scores, kind="stable").astype(np.int64)


def resample_ranks(
    sample: PixelSample,
    *,
    ranker: str,
    estimator: str,
    n_resamples: int,
    seed: int,
    progress: Progress = silent,
) -> Int64[np.ndarray, "n_resamples pixels"]:
    """Return each pixel's rank (0 is best) in bootstrap resamples of the images.

    Notes
    -----
    Source: B. Efron, Bootstrap methods: another look at the jackknife, 1979.
    """
    n_images = sample.coded.n_images
    ranks = np.empty((n_resamples, sample.coded.n_pixels), dtype=np.int64)
    for i in range(n_resamples):
        rng = np.random.default_rng([seed, i])
        drawn = sample.take(np.sort(rng.integers(n_images, size=n_images)))
        order = rank(RANKERS[ranker](drawn, estimator=estimator, seed=seed))
        ranks[i, order] = np.arange(len(order))
        progress("rank stability", i + 1, n_resamples)
    return ranks
