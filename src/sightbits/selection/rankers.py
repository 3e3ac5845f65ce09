"""Rankers by name: from labelled pixels to the order in which they are worth measuring."""

from collections.abc import Callable

import numpy as np
from jaxtyping import Int64
from sklearn.feature_selection import mutual_info_classif

from sightbits.core.images import ImageDataset
from sightbits.core.levels import LevelCode, level_code
from sightbits.core.moments import mean_and_variance
from sightbits.core.progress import Progress, silent
from sightbits.estimation.pixels import pixel_information
from sightbits.information.discrete import ADDITIVE
from sightbits.selection.choosing import Constraints, Ranking, choose_pixels
from sightbits.selection.joint import JointScorer
from sightbits.selection.sample import PixelSample, varying
from sightbits.selection.scorers import PAIR_CRITERIA, FixedScorer, PairScorer, Scorer


def by_mutual_information(sample: PixelSample, *, estimator: str | None, seed: int) -> Scorer:
    """Score by I(pixel; label) in nats: deterministic, blind to what pixels share."""
    return FixedScorer(pixel_information(sample.coded, estimator or "plug_in"), varying(sample.coded.levels))


def by_knn(sample: PixelSample, *, estimator: str | None, seed: int) -> Scorer:
    """Score by scikit-learn's k-nearest-neighbour I(pixel; label) in nats.

    Notes
    -----
    It takes grey values for continuous and breaks their ties with noise drawn from `seed`, so that the ranking
    depends on the seed. For reproduction of others' figures.

    Source: B. C. Ross, Mutual information between discrete and continuous data sets, 2014.
    """
    information = mutual_info_classif(sample.values, sample.coded.labels, random_state=seed)
    return FixedScorer(np.asarray(information, dtype=np.float64), varying(sample.values))  # 0s come as whole numbers


def by_variance(sample: PixelSample, *, estimator: str | None, seed: int) -> Scorer:
    """Score by the variance of each pixel: needs no labels."""
    return FixedScorer(mean_and_variance(sample.values)[1], varying(sample.values))


def by_chance(sample: PixelSample, *, estimator: str | None, seed: int) -> Scorer:
    """Score at random, among the pixels that vary: the ranking every other one has to beat."""
    return FixedScorer(np.random.default_rng(seed).random(sample.coded.n_pixels), varying(sample.values))


def _by_pairs(criterion: str) -> "Ranker":
    def ranker(sample: PixelSample, *, estimator: str | None, seed: int) -> Scorer:
        return PairScorer(sample.coded, criterion=criterion, estimator=pair_estimator(estimator))

    return ranker


def by_joint_information(sample: PixelSample, *, estimator: str | None, seed: int) -> Scorer:
    """Score by what a pixel adds to all chosen ones together, as long as it is more than chance; then by cmim."""
    return JointScorer(sample.coded, fallback=lambda: RANKERS["cmim"](sample, estimator=estimator, seed=seed))


Ranker = Callable[..., Scorer]
RANKERS: dict[str, Ranker] = {
    "mutual_information": by_mutual_information,
    **{name: _by_pairs(name) for name in PAIR_CRITERIA},
    "greedy_joint": by_joint_information,
    "knn": by_knn,
    "variance": by_variance,
    "random": by_chance,
}
IN_NATS = {"mutual_information", *PAIR_CRITERIA, "greedy_joint", "knn"}
COUNTS_PAIRS = {*PAIR_CRITERIA, "greedy_joint"}


_MOST_PAIR_LEVELS = 4
_LEAST_IN_CELL = 5


def default_levels(ranker: str, *, n_images: int, n_labels: int) -> int | None:
    """Return how many grey levels suit a ranker; None for as many as there are grey values.

    Notes
    -----
    For pairs as many, up to 4, as leave 5 images on average in each cell of (pixel, pixel, label); for greedy_joint 2,
    since its cells multiply with every pixel. Seen on digits and MNIST: finer levels rank no better there.
    """
    if ranker == "greedy_joint":
        return 2
    if ranker not in PAIR_CRITERIA:
        return None
    filled = (n for n in range(2, _MOST_PAIR_LEVELS + 1) if n**2 * n_labels * _LEAST_IN_CELL <= n_images)
    return max(filled, default=2)


def ranker_code(ranker: str, dataset: ImageDataset, levels: int | None = None) -> LevelCode:
    """Return the code a ranker counts by: of the levels asked for, else of as many as suit it."""
    suitable = default_levels(ranker, n_images=dataset.n_images, n_labels=dataset.n_labels)
    if levels is not None or suitable is None:
        return level_code(dataset, levels)
    return level_code(dataset, min(suitable, level_code(dataset).n_levels))


def pair_estimator(estimator: str | None) -> str:
    """Return the estimator for pairs: the one asked for where it is a sum over cells, else grassberger.

    Notes
    -----
    Tables of pairs are sparser than those of single pixels, and the plug-in estimate favours pixels of many levels.
    """
    return estimator if estimator in ADDITIVE else "grassberger"


def rank_pixels(
    sample: PixelSample,
    *,
    ranker: str = "mutual_information",
    estimator: str | None = None,
    n_chosen: int | None = None,
    constraints: Constraints | None = None,
    seed: int = 0,
    progress: Progress = silent,
) -> Ranking:
    """Rank the pixels of a sample by a ranker's name.

    Parameters
    ----------
    ranker
        One of `RANKERS`.
    estimator
        How information is estimated; None takes plug_in for single pixels, grassberger for pairs.
    n_chosen
        How many pixels are taken one by one; the rest follows by the scores of that moment. None takes all so.
    constraints
        Costs, and pixels that must or must not be used.
    seed
        Of `random` and `knn`.
    """
    scorer = RANKERS[ranker](sample, estimator=estimator, seed=seed)
    return choose_pixels(scorer, n_chosen=n_chosen, constraints=constraints, progress=progress)


def resample_ranks(
    sample: PixelSample,
    *,
    ranker: str,
    estimator: str | None,
    n_resamples: int,
    seed: int,
    n_chosen: int | None = None,
    constraints: Constraints | None = None,
    progress: Progress = silent,
) -> Int64[np.ndarray, "n_resamples pixels"]:
    """Return each pixel's rank (0 is best) in bootstrap resamples of the images; forbidden pixels come last.

    Notes
    -----
    Source: B. Efron, Bootstrap methods: another look at the jackknife, 1979.
    """
    n_images, n_pixels = sample.coded.n_images, sample.coded.n_pixels
    ranks = np.full((n_resamples, n_pixels), n_pixels, dtype=np.int64)
    for i in range(n_resamples):
        rng = np.random.default_rng([seed, i])
        drawn = sample.take(np.sort(rng.integers(n_images, size=n_images)))
        order = rank_pixels(
            drawn, ranker=ranker, estimator=estimator, n_chosen=n_chosen, constraints=constraints, seed=seed + 1 + i
        ).order
        ranks[i, order] = np.arange(len(order))
        progress("rank stability", i + 1, n_resamples)
    return ranks
