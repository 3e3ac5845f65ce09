"""Entropy of a discrete variable from its counts: the plug-in estimate and its corrections, in nats.

Each estimator takes counts with one row of cells a table (any batch axes before) and returns one entropy a row;
a row without samples gives NaN. Each cell of a row is a possible value, also where it was never seen: this matters
to `shrinkage` alone. Cost: one pass over the cells.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from scipy.special import digamma, xlogy

Counts = Int[np.ndarray, "*batch cells"]
Entropies = Float[np.ndarray, "*batch"]
Estimator = Callable[[Counts], Entropies]


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


def chao_shen(counts: Counts) -> Entropies:
    """Return the coverage-adjusted Horvitz-Thompson entropy, in nats.

    Notes
    -----
    With coverage C = 1 - f1/n (f1 cells seen once) and p = C c/n: H = -sum p log p / (1 - (1 - p)^n). Where every
    cell was seen once, f1 is taken as n - 1, so that the coverage is not 0.

    Source: A. Chao, T.-J. Shen, Nonparametric estimation of Shannon's index of diversity, Environmental and
    Ecological Statistics 10, 2003, 429-443.

    Examples
    --------
    >>> round(float(chao_shen(np.array([4, 2, 1]))), 4)
    1.1825
    """
    n = counts.sum(axis=-1, keepdims=True).astype(np.float64)
    once = (counts == 1).sum(axis=-1, keepdims=True).astype(np.float64)
    once = np.where((once == n) & (n > 1), n - 1, np.where(n == 1, 0, once))
    with np.errstate(divide="ignore", invalid="ignore"):
        p = (1 - once / n) * counts / n
        unseen = np.exp(n * np.log1p(-np.minimum(p, 1)))
        terms = np.where(counts > 0, -xlogy(p, p) / (1 - unseen), 0.0)
        return np.where(n[..., 0] > 0, terms.sum(axis=-1), np.nan)


def chao_wang_jost(counts: Counts) -> Entropies:
    """Return the entropy from the slope of the species accumulation curve, in nats.

    Notes
    -----
    H = sum c/n [digamma(n) - digamma(c)] + f1/n (1 - A)^(1-n) [-log A - sum_{r<n} (1 - A)^r / r], with
    A = 2 f2 / ((n - 1) f1 + 2 f2), or 2 / ((n - 1)(f1 - 1) + 2) where no cell was seen twice. The second term is
    computed as an integral, since its printed form loses all digits to cancellation when n A is large.

    Source: A. Chao, Y. T. Wang, L. Jost, Entropy and the species accumulation curve, Methods in Ecology
    and Evolution 4, 2013, 1091-1100.

    Examples
    --------
    >>> round(float(chao_wang_jost(np.array([4, 2, 1]))), 4)
    1.1634
    """
    n = counts.sum(axis=-1).astype(np.float64)
    once = (counts == 1).sum(axis=-1).astype(np.float64)
    twice = (counts == 2).sum(axis=-1).astype(np.float64)
    seen = np.maximum(counts, 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        known = (counts * (digamma(n)[..., None] - digamma(seen))).sum(axis=-1) / n
        rare = np.where(
            twice > 0,
            2 * twice / ((n - 1) * once + 2 * twice),
            2 / ((n - 1) * np.maximum(once - 1, 0) + 2),
        )
        hidden = np.where((once > 0) & (rare < 1), once / n * _log_tail(np.asarray(n), rare), 0.0)
        return np.where(n > 0, known + hidden, np.nan)


def _log_tail(n: Entropies, rare: Entropies) -> Entropies:
    """Return (1 - A)^(1-n) [-log A - sum_{r<n} (1 - A)^r / r].

    It is the integral of (1 - A) e^(-n t) / (1 - (1 - A) e^-t) over t > 0.

    With t = e^u the integrand falls off as e^u below and as exp(-n e^u) above, and is analytic in |Im u| < pi/2:
    the trapezoid rule with step 1/4 is exact to rounding.
    """
    n = np.maximum(n, 2)
    a = np.clip(rare, np.finfo(np.float64).tiny, 1 - 1e-16)
    bottom = np.minimum(np.log(a), -np.log(n)) - 38
    top = np.log(40 / n)
    step = 0.25
    n_steps = int(np.ceil(np.max((top - bottom) / step, initial=0))) + 1
    u = top[..., None] - step * np.arange(n_steps)
    t = np.exp(u)
    log_common = np.log1p(-a)[..., None]
    terms = np.exp(log_common - n[..., None] * t + u) / -np.expm1(log_common - t)
    return np.asarray(step * terms.sum(axis=-1))


def shrinkage(counts: Counts) -> Entropies:
    """Return the plug-in entropy of frequencies shrunk towards the uniform distribution, in nats.

    Notes
    -----
    The James-Stein weight (1 - sum p^2) / ((n - 1) sum (1/K - p)^2), clipped to [0, 1], minimises the expected
    squared error of the frequencies. K is the number of cells given, seen or not. Strongly biased for mutual
    information of large sparse tables: prefer another estimator there.

    Source: J. Hausser, K. Strimmer, Entropy inference and the James-Stein estimator, Journal of Machine
    Learning Research 10, 2009, 1469-1484 (arXiv:0811.3579).

    Examples
    --------
    >>> round(float(shrinkage(np.array([9, 1]))), 4)
    0.3768
    """
    n = counts.sum(axis=-1, keepdims=True).astype(np.float64)
    n_cells = counts.shape[-1]
    with np.errstate(divide="ignore", invalid="ignore"):
        p = counts / n
        spread = ((1 / n_cells - p) ** 2).sum(axis=-1, keepdims=True)
        weight = np.where(n > 1, (1 - (p**2).sum(axis=-1, keepdims=True)) / ((n - 1) * spread), 1.0)
        weight = np.where(spread > 0, np.clip(weight, 0, 1), 1.0)
        shrunk = weight / n_cells + (1 - weight) * p
        return np.where(n[..., 0] > 0, 0.0 - xlogy(shrunk, shrunk).sum(axis=-1), np.nan)


ESTIMATORS: dict[str, Estimator] = {
    "plug_in": plug_in,
    "miller_madow": miller_madow,
    "grassberger": grassberger,
    "chao_shen": chao_shen,
    "chao_wang_jost": chao_wang_jost,
    "shrinkage": shrinkage,
    "jackknife": jackknife,
}

ADDITIVE: dict[str, AdditiveEstimator] = {
    "plug_in": _PLUG_IN,
    "miller_madow": _MILLER_MADOW,
    "grassberger": _GRASSBERGER,
    "jackknife": _JACKKNIFE,
}
