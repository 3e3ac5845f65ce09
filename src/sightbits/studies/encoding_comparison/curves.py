"""Learning curves, and what a sweep of learning rates found."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float64, Int64

_MUCH_LOSS = 1000.0  # a network that only swings, as that of the source does, stays far below


@dataclass(frozen=True, eq=False, kw_only=True)
class LearningCurve:
    """Accuracy of one network on one encoding while it learns, for several seeds.

    Parameters
    ----------
    rate
        The learning rate.
    updates
        How many updates there had been at each point.
    accuracy
        Share of images named rightly, a row a seed.
    loss
        Mean training loss of the updates since the point before, in nats.
    weight_change
        For each pixel the largest |first weight - last weight| over the units it enters, mean over seeds; None where
        pixels share weights.
    diverged
        Which seeds diverged; what is averaged leaves them out, and is NaN where none is left.
    """

    rate: float
    updates: Int64[np.ndarray, "points"]
    accuracy: Float64[np.ndarray, "seeds points"]
    loss: Float64[np.ndarray, "seeds points"]
    weight_change: Float64[np.ndarray, "pixels"] | None
    diverged: Bool[np.ndarray, "seeds"]

    @property
    def n_seeds(self) -> int:
        """How many seeds were run."""
        return len(self.accuracy)

    @property
    def mean(self) -> Float64[np.ndarray, "points"]:
        """Accuracy at each point, mean over the seeds that did not diverge."""
        return _mean(self._kept)

    @property
    def std(self) -> Float64[np.ndarray, "points"]:
        """Standard deviation over those seeds; NaN where there is one."""
        return _std(self._kept)

    @property
    def mean_loss(self) -> Float64[np.ndarray, "points"]:
        """Training loss at each point, mean over those seeds, in nats."""
        return _mean(self.loss[~self.diverged])

    @property
    def mean_accuracy(self) -> float:
        """Accuracy averaged over all points and seeds, as the source averages it."""
        return float(_mean(self._kept.mean(axis=1)))

    @property
    def mean_accuracy_std(self) -> float:
        """Standard deviation over seeds of the accuracy averaged over all points."""
        return float(_std(self._kept.mean(axis=1)))

    @property
    def final_accuracy(self) -> float:
        """Accuracy at the last point."""
        return float(self.mean[-1])

    @property
    def _kept(self) -> Float64[np.ndarray, "kept points"]:
        return self.accuracy[~self.diverged]


@dataclass(frozen=True, eq=False, kw_only=True)
class RateSweep:
    """Accuracy on held-out training images at several learning rates, averaged over the points of a curve.

    Parameters
    ----------
    accuracy
        A row a rate, a column a seed; NaN where it diverged.
    """

    rates: tuple[float, ...]
    accuracy: Float64[np.ndarray, "rates seeds"]

    @property
    def mean(self) -> Float64[np.ndarray, "rates"]:
        """Mean over seeds; NaN where any of them diverged, for such a rate cannot be called safe."""
        return self.accuracy.mean(axis=1)

    @property
    def std(self) -> Float64[np.ndarray, "rates"]:
        """Standard deviation over seeds; NaN where there is one."""
        return _std(self.accuracy.T)

    @property
    def n_diverged(self) -> Int64[np.ndarray, "rates"]:
        """How many seeds diverged at each rate."""
        return np.isnan(self.accuracy).sum(axis=1)

    @property
    def best(self) -> int | None:
        """Which rate does best; None where all diverged."""
        return None if np.isnan(self.mean).all() else int(np.nanargmax(self.mean))

    @property
    def edge(self) -> str:
        """Whether the best rate is the "lowest" or the "highest" tried; empty where it is neither."""
        if self.best is None or len(self.rates) == 1:
            return ""
        return {0: "lowest", len(self.rates) - 1: "highest"}.get(self.best, "")


@dataclass(frozen=True, eq=False, kw_only=True)
class EncodingCurves:
    """What one network made of one encoding.

    Parameters
    ----------
    main
        At the network's own rate, the same for every encoding.
    sweep
        None where no rates were tried.
    best
        At the rate that did best on held-out images; None where none was tried or all diverged.
    """

    main: LearningCurve
    sweep: RateSweep | None
    best: LearningCurve | None


def has_diverged(loss: Float64[np.ndarray, "seeds points"], n_labels: int) -> Bool[np.ndarray, "seeds"]:
    """Return which seeds ever had a loss that is not finite, or a thousand times that of guessing.

    Examples
    --------
    >>> has_diverged(np.array([[2.3, 0.4], [9e9, np.inf]]), n_labels=10).tolist()
    [False, True]
    """
    return ~(loss < _MUCH_LOSS * np.log(n_labels)).all(axis=1)


def _mean(values: Float64[np.ndarray, "n *rest"]) -> Any:
    return values.mean(axis=0) if len(values) else np.full(values.shape[1:], np.nan)


def _std(values: Float64[np.ndarray, "n *rest"]) -> Any:
    return values.std(axis=0, ddof=1) if len(values) > 1 else np.full(values.shape[1:], np.nan)
