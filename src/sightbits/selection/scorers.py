"""How candidates are scored while pixels are chosen one by one."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Bool, Float

from sightbits.core.counts import LabelledLevels
from sightbits.estimation.pixel_pairs import PairInformation, PixelPairs

Map = Float[np.ndarray, "pixels"]
Mask = Bool[np.ndarray, "pixels"]
TIED = 1e-9  # scores so close are equal but for rounding


@runtime_checkable
class Scorer(Protocol):
    """Scores every pixel in the light of those chosen so far.

    `varies` tells which pixels can tell anything at all; the others come last. `forgetful` is true where the scores
    do not depend on what is chosen. `n_before_chance` is how many pixels had been chosen when no other added more than
    chance; None where that was not tested, or did not come.
    """

    varies: Mask
    forgetful: bool
    n_before_chance: int | None

    def scores(self, candidates: Mask, *, required: bool = False) -> Map:
        """Return a score each, higher is better; only those of candidates are looked at.

        `required` says that the next pixel is taken whatever its score.
        """

    def take(self, pixel: int) -> None:
        """Take note that a pixel was chosen."""


def best_of(scores: Map, candidates: Mask) -> int:
    """Return the candidate of the highest score; of those within 1e-9 of it, the one of the lowest number.

    Examples
    --------
    >>> best_of(np.array([0.5, 0.7, 0.7 + 1e-12, 0.9]), np.array([True, True, True, False]))
    1
    """
    allowed = np.where(candidates, scores, -np.inf)
    return int(np.argmax(allowed >= allowed.max() - TIED))


class FixedScorer:
    """Scores that do not depend on what is chosen: ranking by one pixel's own figure."""

    forgetful = True
    n_before_chance: int | None = None

    def __init__(self, scores: Map, varies: Mask | None = None) -> None:
        self._scores = scores
        self.varies: Mask = np.ones(len(scores), dtype=bool) if varies is None else varies

    def scores(self, candidates: Mask, *, required: bool = False) -> Map:
        """Return the same scores always."""
        return self._scores

    def take(self, pixel: int) -> None:
        """Take no note."""


@dataclass(frozen=True, kw_only=True)
class Criterion:
    """How a pair criterion scores candidates, from a running figure that takes in each chosen pixel once.

    Parameters
    ----------
    start
        The running figure before anything is chosen, from I(pixel; label).
    gather
        Takes a chosen pixel into the running figure.
    score
        The score, from I(pixel; label), the running figure and how many are chosen.
    """

    start: Callable[[Map], Map]
    gather: Callable[[Map, PairInformation], Map]
    score: Callable[[Map, Map, int], Map]


PAIR_CRITERIA: dict[str, Criterion] = {
    # the mean of I(x; label | s) over the chosen s, which orders candidates as the sum of I(x, s; label) does
    "jmi": Criterion(
        start=np.zeros_like,
        gather=lambda running, pair: running + pair.given,
        score=lambda alone, running, n: running / n if n else alone,
    ),
    # the least of I(x; label | s)
    "cmim": Criterion(
        start=np.copy,
        gather=lambda running, pair: np.minimum(running, pair.given),
        score=lambda _, running, __: running,
    ),
    # I(x; label) less the mean of I(x; s)
    "mrmr": Criterion(
        start=np.zeros_like,
        gather=lambda running, pair: running + pair.shared,
        score=lambda alone, running, n: alone - running / max(n, 1),
    ),
}


class PairScorer:
    """Scores by what a pixel tells, or repeats, beside each chosen one.

    Notes
    -----
    Cost: one pass over the pairs (chosen, candidate) for each pixel chosen, whatever the criterion.

    Source: jmi: H. H. Yang, J. Moody, Data visualization and feature selection, NIPS 1999, 687-693. cmim:
    F. Fleuret, Fast binary feature selection with conditional mutual information, Journal of Machine Learning
    Research 5, 2004, 1531-1555. mrmr: H. Peng, F. Long, C. Ding, Feature selection based on mutual information, IEEE
    Transactions on Pattern Analysis and Machine Intelligence 27, 2005, 1226-1238 (difference form). All three in
    one frame: G. Brown, A. Pocock, M.-J. Zhao, M. Lujan, Conditional likelihood maximisation, Journal of Machine
    Learning Research 13, 2012, 27-66.
    """

    forgetful = False
    n_before_chance: int | None = None

    def __init__(self, sample: LabelledLevels, *, criterion: str, estimator: str) -> None:
        self._pairs = PixelPairs(sample, estimator)
        self._criterion = PAIR_CRITERIA[criterion]
        self._running = self._criterion.start(self._pairs.alone)
        self._n_chosen = 0
        self.varies: Mask = self._pairs.varies

    def scores(self, candidates: Mask, *, required: bool = False) -> Map:
        """Return the criterion in nats."""
        return self._criterion.score(self._pairs.alone, self._running, self._n_chosen)

    def take(self, pixel: int) -> None:
        """Take the pixel into the running figure of every other one."""
        self._running = self._criterion.gather(self._running, self._pairs.beside(pixel))
        self._n_chosen += 1
