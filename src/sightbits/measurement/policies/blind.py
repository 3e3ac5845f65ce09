"""Policies that do not look at what was read: one order for all images, or chance."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jaxtyping import Int64

from sightbits.core.checks import InputError, check_choice
from sightbits.core.images import ImageDataset
from sightbits.measurement.beliefs.belief import Belief
from sightbits.measurement.information import Scores
from sightbits.measurement.outlook import Outlook
from sightbits.measurement.policies.policy import Policy
from sightbits.selection.rankers import RANKERS, rank_pixels, ranker_code
from sightbits.selection.sample import PixelSample


@dataclass(eq=False, kw_only=True)
class FixedOrder(Policy):
    """Measure in one order, whatever the readings say.

    Parameters
    ----------
    ranker
        How the pixels are ranked on the training images, one of `RANKERS`.
    order
        The order itself, as pixel numbers, instead of a ranker; pixels left out come last.
    n_ranked
        How many pixels a ranker takes one by one; the rest follows by the scores of that moment.
    seed
        Of the rankers `random` and `knn`.
    """

    NAME: ClassVar[str] = "fixed"
    LEARNED: ClassVar[tuple[str, ...]] = ("ranked",)
    ranker: str = "cmim"
    order: Sequence[int] | None = None
    n_ranked: int = 100
    seed: int = 0

    def __post_init__(self) -> None:
        check_choice("ranker", self.ranker, RANKERS)

    def fit(self, belief: Belief, training: ImageDataset) -> "FixedOrder":
        """Rank the pixels of the training images."""
        self.ranked = self._own_order(training.n_pixels) if self.order is not None else self._rank(training)
        return self

    def scores(self, outlook: Outlook) -> Scores:
        """Return minus the rank."""
        scores = np.full(outlook.available.shape[1], -np.inf)
        scores[self.ranked] = -np.arange(len(self.ranked))
        return np.broadcast_to(scores, outlook.available.shape)

    def _own_order(self, n_pixels: int) -> Int64[np.ndarray, "pixels"]:
        order = np.asarray(self.order, dtype=np.int64)
        if order.ndim != 1 or len(np.unique(order)) != len(order) or not ((order >= 0) & (order < n_pixels)).all():
            raise InputError(
                "order",
                wanted=f"different pixel numbers from 0 to {n_pixels - 1}",
                got=repr(self.order),
                remedy="A pixel's number is row x columns + column.",
            )
        return np.concatenate([order, np.setdiff1d(np.arange(n_pixels), order)])

    def _rank(self, training: ImageDataset) -> Int64[np.ndarray, "pixels"]:
        sample = PixelSample.of(training, ranker_code(self.ranker, training))
        return rank_pixels(sample, ranker=self.ranker, n_chosen=self.n_ranked, seed=self.seed).order


@dataclass(eq=False, kw_only=True)
class RandomChoice(Policy):
    """Measure any pixel, each as likely: what every other policy has to beat.

    Notes
    -----
    The choice hangs on the seed and on the readings so far, so that a session can be gone through again.
    """

    NAME: ClassVar[str] = "random"
    seed: int = 0

    def scores(self, outlook: Outlook) -> Scores:
        """Return random numbers from 0 to 1."""
        n_pixels = outlook.available.shape[1]
        keys = [zlib.crc32(repr(history).encode()) for history in outlook.histories]
        return np.array([np.random.default_rng([self.seed, key]).random(n_pixels) for key in keys])
