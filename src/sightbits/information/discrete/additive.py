"""Entropy estimators that are sums over cells: offset(n) - sum_i weight(c_i) / n, in nats.

The form lets weights be looked up in a table, and lets a permutation null be summed cell by cell.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.special import digamma, xlogy

from sightbits.information.discrete.shapes import Counts, Entropies


@dataclass(frozen=True, kw_only=True)
class AdditiveEstimator:
    """An entropy estimator of the form offset(n) - sum_i weight(c_i) / n over the counts c_i of n samples.

    The form lets weights be looked up in a table, and lets a permutation null be summed cell by cell.
    `weight(0)` is 0.
    """

    offset: Callable[[Float[np.ndarray, "*n"]], Float[np.ndarray, "*n"]]
    weight: Callable[[Float[np.ndarray, "*c"]], Float[np.ndarray, "*c"]]

    def __call__(self, counts: Counts) -> Entropies:
        """Return the entropy of each row of counts, in nats."""
        n = counts.sum(axis=-1).astype(np.float64)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(n > 0, self.offset(n) - self._weigh(counts).sum(axis=-1) / n, np.nan)

    def weights(self, largest: int) -> Float[np.ndarray, "counts"]:
        """Return the weight of every count from 0 to `largest`."""
        return self.weight(np.arange(largest + 1, dtype=np.float64))

    def _weigh(self, counts: Counts) -> Float[np.ndarray, "*batch cells"]:
        largest = int(counts.max(initial=0))
        if largest > 4 * counts.size:
            return self.weight(counts.astype(np.float64))
        return self.weights(largest)[counts]


def _grassberger_weight(c: Float[np.ndarray, "*c"]) -> Float[np.ndarray, "*c"]:
    seen = np.maximum(c, 1)
    sign = np.where(seen % 2 == 0, 1.0, -1.0)
    g = digamma(seen) + sign / 2 * (digamma((seen + 1) / 2) - digamma(seen / 2))
    return c * g


def _jackknife_weight(c: Float[np.ndarray, "*c"]) -> Float[np.ndarray, "*c"]:
    return c * (xlogy(c, c) - xlogy(c - 1, np.maximum(c - 1, 1)))


_PLUG_IN = AdditiveEstimator(offset=np.log, weight=lambda c: xlogy(c, c))
_MILLER_MADOW = AdditiveEstimator(
    offset=lambda n: np.log(n) - 1 / (2 * n), weight=lambda c: xlogy(c, c) - np.where(c > 0, 0.5, 0.0)
)
_GRASSBERGER = AdditiveEstimator(offset=np.log, weight=_grassberger_weight)
_JACKKNIFE = AdditiveEstimator(offset=lambda n: xlogy(n, n) - xlogy(n - 1, n - 1), weight=_jackknife_weight)


def plug_in(counts: Counts) -> Entropies:
    """Return the entropy of the observed frequencies, -sum p log p, in nats.

    Notes
    -----
    The maximum-likelihood estimate; too low by about (cells seen - 1) / (2 n) nats.

    Source: C. E. Shannon, A Mathematical Theory of Communication, 1948, section 6.

    Examples
    --------
    >>> float(plug_in(np.array([1, 1, 1, 1])) / np.log(2))
    2.0
    """
    return _PLUG_IN(counts)


def miller_madow(counts: Counts) -> Entropies:
    """Return the plug-in entropy plus (cells seen - 1) / (2 n), in nats.

    Notes
    -----
    Removes the first-order bias when every possible cell was seen; too low otherwise.

    Source: G. A. Miller, Note on the bias of information estimates, 1955.

    Examples
    --------
    >>> round(float(miller_madow(np.array([5, 5])) - plug_in(np.array([5, 5]))), 4)
    0.05
    """
    return _MILLER_MADOW(counts)


def grassberger(counts: Counts) -> Entropies:
    """Return Grassberger's entropy, log n - sum c G(c) / n, in nats.

    Notes
    -----
    G(c) = digamma(c) + (-1)^c / 2 [digamma((c + 1) / 2) - digamma(c / 2)]. Its bias falls exponentially with the
    expected count of a cell.

    Source: P. Grassberger, Entropy estimates from insufficient samplings, arXiv:physics/0307138, 2003.

    Examples
    --------
    >>> round(float(grassberger(np.array([4, 2, 1]))), 4)
    1.121
    """
    return _GRASSBERGER(counts)


def jackknife(counts: Counts) -> Entropies:
    """Return the jackknifed plug-in entropy, n H - (n - 1) mean of the H without one sample, in nats.

    Notes
    -----
    In closed form, so it costs no more than the plug-in estimate. Cancels bias of order 1/n; one sample gives 0.

    Source: M. H. Quenouille, Notes on bias in estimation, 1956; S. Zahl, Jackknifing an index of diversity, 1977.

    Examples
    --------
    >>> round(float(jackknife(np.array([4, 2, 1]))), 4)
    1.1894
    """
    return _JACKKNIFE(counts)


ADDITIVE: dict[str, AdditiveEstimator] = {
    "plug_in": _PLUG_IN,
    "miller_madow": _MILLER_MADOW,
    "grassberger": _GRASSBERGER,
    "jackknife": _JACKKNIFE,
}
