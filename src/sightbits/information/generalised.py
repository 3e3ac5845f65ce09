"""Entropies of any order, and divergences between two samples, from rows of counts, in nats.

Rows lie along the last axis, one count a cell; axes before it are a batch, and a row without samples gives NaN.
A corrected estimate may be negative: it is reported as it is.
"""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float
from scipy.special import rel_entr

from sightbits.core.checks import InputError, check_choice
from sightbits.information.discrete import ESTIMATORS, Counts, Entropies, plug_in
from sightbits.information.discrete.coverage import covered_frequencies
from sightbits.information.discrete.smoothing import JEFFREYS, log_rise, shrunk_frequencies

ORDER_ESTIMATORS = ("plug_in", "jackknife", "chao_shen", "shrinkage", "dirichlet", "unbiased")

_Cells = Float[np.ndarray, "*batch cells"]
_NEAR_ONE = 0.5


def renyi_entropy(counts: Counts, order: float, *, estimator: str = "plug_in") -> Entropies:
    """Return the Rényi entropy log(sum p^order) / (1 - order), in nats.

    Parameters
    ----------
    order
        At least 0. Order 0 is the logarithm of the number of cells (Hartley: those seen, by `plug_in`), order 1 the
        Shannon entropy by the estimator of that name, infinity the min-entropy -log max p.
    estimator
        How the power sum is estimated: `plug_in`, `jackknife`, `chao_shen`, `shrinkage`, `dirichlet` or `unbiased`.

    Raises
    ------
    InputError
        Where the order is negative or NaN, is no whole number above 1 for `unbiased`, or is infinite for `dirichlet`;
        where there is no estimator of that name.

    Notes
    -----
    - `plug_in`, `shrinkage`: the power sum of the frequencies, as they are or shrunk. The plug-in estimate is too
      low; of order 2 its power sum is too high by (1 - sum p^2) / n.
    - `jackknife`: n R - (n - 1) mean of the R without one sample; cancels bias of order 1/n.
    - `chao_shen`: S(order) / S(1), where S(a) = sum (C p)^a / (1 - (1 - C p)^n) and C is the coverage. Rényi divided so
      where probabilities do not sum to 1, and S(1) does so only nearly: towards order 1 the limit is that of
      `chao_shen` divided by S(1).
    - `dirichlet`: the posterior mean of the power sum under Jeffreys' prior. It tends to 0 as the order grows.
    - `unbiased`: sum c (c - 1) ... (c - order + 1) / (n (n - 1) ... (n - order + 1)), whose mean is the power sum. NaN
      of fewer samples than the order, infinite where no cell was seen that often.

    Cost: one pass over the cells.

    Source: A. Rényi, On measures of entropy and information, Proceedings of the Fourth Berkeley Symposium 1, 1961,
    547-561; `dirichlet` as D. Holste, I. Grosse, H. Herzel, Bayes' estimators of generalized entropies, Journal of
    Physics A 31, 1998, 2551-2566; `unbiased` as J. Acharya, A. Orlitsky, A. T. Suresh, H. Tyagi, Estimating Rényi
    entropy of discrete distributions, IEEE Transactions on Information Theory 63, 2017, 38-56 (arXiv:1408.1000).

    Examples
    --------
    >>> round(float(renyi_entropy(np.array([2, 1, 1]), 2.0) / np.log(2)), 4)  # 1/4 + 1/16 + 1/16 = 2^-1.415
    1.415
    >>> float(renyi_entropy(np.array([2, 1, 1]), np.inf) / np.log(2))
    1.0
    """
    _check_order(order, estimator)
    if order == 1:
        return ESTIMATORS[estimator](counts)
    if order == np.inf:
        return _min_entropy(counts, estimator)
    if estimator == "jackknife":
        return _jackknife(counts, order, lambda log_sum: log_sum / (1 - order))
    log_sum, _ = _log_power_sum(counts, order, estimator)
    return np.asarray(0.0 + log_sum / (1 - order))


def tsallis_entropy(counts: Counts, order: float, *, estimator: str = "plug_in") -> Entropies:
    """Return the Tsallis entropy (1 - sum p^order) / (order - 1), dimensionless: in nats in the limit of order 1 only.

    Parameters
    ----------
    order
        At least 0 and finite. Order 0 is the number of cells less 1 (those seen, by `plug_in`), order 1 the Shannon
        entropy in nats by the estimator of that name, order 2 the chance that two samples differ (Gini-Simpson).
    estimator
        As for `renyi_entropy`.

    Raises
    ------
    InputError
        Where the order is negative, infinite or NaN, or is no whole number above 1 for `unbiased`; where there is no
        estimator of that name.

    Notes
    -----
    Of two independent variables it is not the sum: T(x, y) = T(x) + T(y) + (1 - order) T(x) T(y).

    The power sums are those of `renyi_entropy`, but `chao_shen` is (S(1) - S(order)) / (order - 1), which is the
    estimate of that name in the limit of order 1; `unbiased` and, of order 2, `jackknife` have no bias. Cost: one
    pass over the cells.

    Source: C. Tsallis, Possible generalization of Boltzmann-Gibbs statistics, Journal of Statistical Physics 52, 1988,
    479-487; `chao_shen` as E. Marcon, I. Scotti, B. Hérault, V. Rossi, G. Lang, Generalization of the partitioning of
    Shannon diversity, PLoS ONE 9, 2014, e90289.

    Examples
    --------
    >>> float(tsallis_entropy(np.array([2, 1, 1]), 2.0))
    0.625
    >>> round(float(tsallis_entropy(np.array([2, 1, 1]), 2.0, estimator="unbiased")), 4)  # 5 of 6 pairs differ
    0.8333
    """
    _check_order(order, estimator)
    if order == np.inf:
        raise InputError(
            "order", wanted="a finite number", got=order, remedy="As the order grows, the entropy tends to 0."
        )
    if order == 1:
        return ESTIMATORS[estimator](counts)
    if estimator == "jackknife":
        return _jackknife(counts, order, lambda log_sum: np.expm1(log_sum) / (1 - order))
    log_sum, mass = _log_power_sum(counts, order, estimator)
    return np.asarray(0.0 + mass * np.expm1(log_sum) / (1 - order))


def kullback_leibler_divergence(
    p_counts: Counts, q_counts: Counts, *, estimator: str = "plug_in", pseudo_count: float = 0.0
) -> Entropies:
    """Return D(P || Q) = sum p log(p / q), of two samples counted over the same cells, in nats.

    Parameters
    ----------
    estimator
        How the entropy of P is estimated, by any name in `ESTIMATORS`; p and q are frequencies otherwise.
    pseudo_count
        What is added to every cell of Q, so that none has probability 0: a finite number of 0 or more.

    Raises
    ------
    InputError
        Where the pseudo-count is negative or not finite, or there is no estimator of that name.

    Notes
    -----
    It is the cross-entropy -sum p log q less H(P). Infinite where P was seen and Q, with its pseudo-count, has nothing.
    The plug-in estimate is at least 0, and 0 where the frequencies are equal. Between samples of one distribution over
    k cells, n_p and n_q large, its mean is about (k - 1)(1 / n_p + 1 / n_q) / 2: a better `estimator` lowers the first
    part alone. Cost: one pass over the cells.

    Source: S. Kullback, R. A. Leibler, On information and sufficiency, Annals of Mathematical Statistics 22, 1951,
    79-86.

    Examples
    --------
    >>> float(kullback_leibler_divergence(np.array([4, 0]), np.array([1, 1])) / np.log(2))
    1.0
    """
    check_choice("estimator", estimator, ESTIMATORS)
    if not 0 <= pseudo_count < np.inf:
        raise InputError(
            "pseudo_count", wanted="a finite number of 0 or more", got=pseudo_count, remedy="Set 0 to add nothing."
        )
    divergence = rel_entr(_normalise(p_counts), _normalise(q_counts + pseudo_count)).sum(axis=-1)
    return np.asarray(divergence + plug_in(p_counts) - ESTIMATORS[estimator](p_counts))


def jensen_shannon_divergence(
    p_counts: Counts, q_counts: Counts, *, estimator: str = "plug_in", weights: str = "equal"
) -> Entropies:
    """Return H(M) - w_p H(P) - w_q H(Q) with M = w_p P + w_q Q, of two samples counted over the same cells, in nats.

    Parameters
    ----------
    estimator
        How entropies are estimated, by any name in `ESTIMATORS`.
    weights
        `equal`: 1/2 and 1/2. `sample`: each sample's share of all samples.

    Raises
    ------
    InputError
        Where weights are `equal`, the estimator is not `plug_in`, and two samples differ in size: there are no counts
        of M to correct then. Where there is no such estimator, or no such weights.

    Notes
    -----
    It is the information a value has about which of the two samples it is from, at most log 2: with weights by
    sample, and with any estimator but `plug_in`, it is the mutual information of the table [P, Q]. The
    plug-in estimate is too high by about (k - 1) / (2 n) nats over k cells, n = n_p + n_q, where the samples are of
    one distribution and size. Cost: one pass over the cells.

    Source: J. Lin, Divergence measures based on the Shannon entropy, IEEE Transactions on Information Theory 37, 1991,
    145-151.

    Examples
    --------
    >>> float(jensen_shannon_divergence(np.array([4, 0]), np.array([0, 1])) / np.log(2))
    1.0
    """
    check_choice("estimator", estimator, ESTIMATORS)
    check_choice("weights", weights, ("equal", "sample"))
    n_p, n_q = p_counts.sum(axis=-1).astype(np.float64), q_counts.sum(axis=-1).astype(np.float64)
    if estimator == "plug_in":
        with np.errstate(invalid="ignore"):
            share = n_p / (n_p + n_q)
        w = np.where(n_p * n_q > 0, 0.5 if weights == "equal" else share, np.nan)
        p, q = _normalise(p_counts), _normalise(q_counts)
        mixed = w[..., None] * p + (1 - w)[..., None] * q
        return np.asarray(w * rel_entr(p, mixed).sum(axis=-1) + (1 - w) * rel_entr(q, mixed).sum(axis=-1))
    if weights == "equal" and (n_p != n_q).any():
        raise InputError(
            "weights",
            wanted="'sample', or samples of equal size",
            got=f"'equal' with estimator {estimator!r}",
            remedy="Set weights='sample', or estimator='plug_in'.",
        )
    entropy_of = ESTIMATORS[estimator]
    sizes = np.stack([p_counts.sum(axis=-1), q_counts.sum(axis=-1)], axis=-1)
    together = np.concatenate([p_counts, q_counts], axis=-1)
    information = entropy_of(p_counts + q_counts) + entropy_of(sizes) - entropy_of(together)
    return np.where(n_p * n_q > 0, information, np.nan)


def _check_order(order: float, estimator: str) -> None:
    check_choice("estimator", estimator, ORDER_ESTIMATORS)
    if not order >= 0:
        raise InputError("order", wanted="a number of 0 or more", got=order, remedy="Order 1 is the Shannon entropy.")
    if estimator == "unbiased" and not (order >= 2 and order % 1 == 0):
        raise InputError(
            "order",
            wanted="a whole number of 2 or more for the estimator 'unbiased'",
            got=order,
            remedy="No other power sum has an unbiased estimate: choose another estimator.",
        )
    if estimator == "dirichlet" and order == np.inf:
        raise InputError(
            "order",
            wanted="a finite number for the estimator 'dirichlet'",
            got=order,
            remedy="The posterior mean of the power sum has no min-entropy: choose another estimator.",
        )


def _normalise(counts: Float[np.ndarray, "*batch cells"] | Counts) -> _Cells:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(counts / counts.sum(axis=-1, keepdims=True))


def _log_power_sum(counts: Counts, order: float, estimator: str) -> tuple[Entropies, Entropies]:
    """Return the logarithm of sum p^order over sum p, and sum p.

    Each power sum here is a mean, by shares of the cells, of exp(exponent): of p^(order - 1) or what stands for it.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        shares, exponents = _tilt(counts, order, estimator)
        mass = np.asarray(shares.sum(axis=-1))
        if abs(order - 1) < _NEAR_ONE:  # the sum is nearly 1, and its logarithm is divided by 1 - order
            return np.asarray(np.log1p((shares * np.expm1(exponents)).sum(axis=-1) / mass)), mass
        top = np.where(shares > 0, exponents, -np.inf).max(axis=-1, initial=-np.inf)
        top = np.where(np.isfinite(top), top, 0)
        scaled = np.where(shares > 0, shares * np.exp(exponents - top[..., None]), shares)
        return np.asarray(np.log(scaled.sum(axis=-1) / mass) + top), mass


def _tilt(counts: Counts, order: float, estimator: str) -> tuple[_Cells, _Cells]:
    n = counts.sum(axis=-1, keepdims=True).astype(np.float64)
    if estimator == "dirichlet":
        size = n + counts.shape[-1] * JEFFREYS
        shares = np.where(n > 0, (counts + JEFFREYS) / size, np.nan)
        return shares, _log_gamma_ratio(counts + JEFFREYS + 1, order - 1) - _log_gamma_ratio(size + 1, order - 1)
    if estimator == "unbiased":
        first, first_of_all = np.maximum(counts - order + 1, 1), np.where(n >= order, n - order + 1, np.nan)
        falling = _log_gamma_ratio(first, order - 1) - _log_gamma_ratio(first_of_all, order - 1)
        return counts / n, np.where((counts >= order) | (n < order), falling, -np.inf)
    p = _frequencies(counts, estimator)
    exponents = (order - 1) * np.log(np.where(p > 0, p, 1))
    if estimator == "chao_shen":
        return np.where(p > 0, p / -np.expm1(n * np.log1p(-np.minimum(p, 1))), p), exponents
    return p, exponents


def _log_gamma_ratio(x: Float[np.ndarray, "*x"], m: float) -> Float[np.ndarray, "*x"]:
    """Return log Gamma(x + m) - log Gamma(x), to the digits of m where m is small."""
    return np.asarray(m * np.log(x) + log_rise(np.array(m), x))


def _frequencies(counts: Counts, estimator: str) -> _Cells:
    if estimator == "shrinkage":
        return shrunk_frequencies(counts)
    return covered_frequencies(counts) if estimator == "chao_shen" else _normalise(counts)


def _min_entropy(counts: Counts, estimator: str) -> Entropies:
    with np.errstate(divide="ignore", invalid="ignore"):
        if estimator != "jackknife":
            largest = _frequencies(counts, estimator).max(axis=-1, initial=0.0)
            return np.where(counts.sum(axis=-1) > 0, 0.0 - np.log(largest), np.nan)
        n = counts.sum(axis=-1).astype(np.float64)
        most = counts.max(axis=-1, initial=0).astype(np.float64)
        alone = (counts == most[..., None]).sum(axis=-1) == 1
        lowered = np.where(alone & (most > 1), most / n * (np.log(np.maximum(most - 1, 1)) - np.log(most)), 0.0)
        without_one = np.log(np.maximum(n - 1, 1)) - np.log(most) - lowered
        return np.asarray(n * (np.log(n) - np.log(most)) - (n - 1) * without_one)


def _jackknife(counts: Counts, order: float, entropy_of: Callable[[Float[np.ndarray, "..."]], np.ndarray]) -> Entropies:
    """Return n H - (n - 1) mean of the H without one sample; `entropy_of` makes an H of the log of a power sum."""
    n = counts.sum(axis=-1).astype(np.float64)
    log_sum, _ = _log_power_sum(counts, order, "plug_in")
    with np.errstate(divide="ignore", invalid="ignore"):
        without_one = np.where(counts > 0, counts * entropy_of(_log_power_sum_without_one(counts, order)), 0.0)
        mean = np.where(n > 1, without_one.sum(axis=-1) / n, 0.0)
        return np.asarray(n * entropy_of(log_sum) - (n - 1) * mean)


def _log_power_sum_without_one(counts: Counts, order: float) -> _Cells:
    """Return the logarithm of the power sum of the frequencies without one sample of a cell, for every cell."""
    rest = counts.sum(axis=-1, keepdims=True) - 1.0
    c = np.maximum(counts, 1).astype(np.float64)
    less = np.maximum(c - 1, 1)
    if abs(order - 1) < _NEAR_ONE:
        terms = np.where(counts > 0, c * np.expm1((order - 1) * np.log(c)), 0.0)
        lowered = np.where(counts > 1, less * np.expm1((order - 1) * np.log(less)), 0.0)
        others = terms.sum(axis=-1, keepdims=True) - terms
        return np.asarray(np.log1p((others + lowered) / rest) - (order - 1) * np.log(rest))
    terms = np.where(counts > 0, order * np.log(c), -np.inf)
    lowered = np.where(counts > 1, order * np.log(less), -np.inf)
    before, after = np.full((2, *counts.shape), -np.inf)  # subtracting a cell from the sum would lose the small ones
    before[..., 1:] = np.logaddexp.accumulate(terms, axis=-1)[..., :-1]
    after[..., :-1] = np.logaddexp.accumulate(terms[..., ::-1], axis=-1)[..., ::-1][..., 1:]
    return np.asarray(np.logaddexp(np.logaddexp(before, after), lowered) - order * np.log(rest))
