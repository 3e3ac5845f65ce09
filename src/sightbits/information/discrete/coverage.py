"""Entropy estimators that ask how much was never seen, from the cells seen once or twice, in nats."""

import numpy as np
from jaxtyping import Float
from scipy.special import digamma, xlogy

from sightbits.information.discrete.shapes import Counts, Entropies


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
    with np.errstate(divide="ignore", invalid="ignore"):
        p = covered_frequencies(counts)
        unseen = np.exp(n * np.log1p(-np.minimum(p, 1)))
        terms = np.where(counts > 0, -xlogy(p, p) / (1 - unseen), 0.0)
        return np.where(n[..., 0] > 0, terms.sum(axis=-1), np.nan)


def covered_frequencies(counts: Counts) -> Float[np.ndarray, "*batch cells"]:
    """Return the frequencies times the estimated coverage, the share of the distribution that was seen at all.

    Where all samples differ, one of them is taken as seen again; a single sample is taken for the whole.
    """
    n = counts.sum(axis=-1, keepdims=True).astype(np.float64)
    once = (counts == 1).sum(axis=-1, keepdims=True).astype(np.float64)
    once = np.where((once == n) & (n > 1), n - 1, np.where(n == 1, 0, once))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray((1 - once / n) * counts / n)


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
