"""What chance alone would give: p-values of shuffles, their tails, and the false discovery rate."""

from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Integer
from scipy.stats import chi2, false_discovery_control

from sightbits.core.estimate import SATURATION, Estimate
from sightbits.core.units import Unit
from sightbits.information.discrete import plug_in


def estimate_beside_draws(
    value: Float[np.ndarray, "*batch"],
    draws: Float[np.ndarray, "m *batch"],
    *,
    estimator: str,
    n_samples: int,
    ceiling: Any,
    unit: Unit = Unit.BIT,
) -> Estimate:
    """Return values beside what m permutations of the pairing gave; m may be 0.

    Parameters
    ----------
    value, draws
        In nats.
    ceiling
        The most that so many samples can show, in nats: one for all, or one each; NaN where there is none.
    """
    nothing = np.full(value.shape, np.nan)
    return Estimate(
        value=value,
        estimator=estimator,
        n_samples=n_samples,
        saturated=is_saturated(value, ceiling),
        null="permutation" if len(draws) else "none",
        n_permutations=len(draws),
        null_mean=np.asarray(draws.mean(axis=0)) if len(draws) else nothing,
        null_std=np.asarray(draws.std(axis=0, ddof=int(len(draws) > 1))) if len(draws) else nothing,
        p_value=permutation_p(value, draws) if len(draws) else nothing,
        family_wise_p=family_wise_p(value, draws) if len(draws) else nothing,
        unit=unit,
    )


def is_saturated(value: Float[np.ndarray, "*batch"], ceiling: Any) -> Bool[np.ndarray, "*batch"]:
    """Return which values are within 2 % of a ceiling above 0; none where it is NaN."""
    return np.asarray((value >= (1 - SATURATION) * ceiling) & (ceiling > 0))


def information_ceiling(labels: Integer[np.ndarray, "n"]) -> float:
    """Return the most information about the label that n samples can show, in nats: log n, or H(label)."""
    return min(float(plug_in(np.bincount(labels))), float(np.log(len(labels))))


def permutation_p(
    value: Float[np.ndarray, "*batch"], draws: Float[np.ndarray, "m *batch"]
) -> Float[np.ndarray, "*batch"]:
    """Return (b + 1) / (m + 1), where b of m permutations gave at least the value.

    Notes
    -----
    Draws within 1e-12 nats of the value count as equal: the same sum in another order is no smaller.

    Source: B. Phipson, G. K. Smyth, Permutation p-values should never be zero, Statistical
    Applications in Genetics and Molecular Biology 9, 2010, 39.

    Examples
    --------
    >>> float(permutation_p(np.array(0.5), np.array([0.1, 0.5, 0.2])))
    0.5
    """
    n_as_large = (draws >= value - 1e-12).sum(axis=0)
    return np.asarray((n_as_large + 1) / (len(draws) + 1))


def family_wise_p(
    value: Float[np.ndarray, "*batch"], draws: Float[np.ndarray, "m *batch"]
) -> Float[np.ndarray, "*batch"]:
    """Return how often chance gives as much anywhere in the batch, (b + 1) / (m + 1): calls below 5 % hold together.

    Notes
    -----
    The largest of the whole batch is compared, in standard deviations of each one's own null, so that a variable of
    wide null does not decide for all. Mean and spread are of the draws and the value together: only then does the
    value stand among the draws as one more of them, and calls hold with few permutations and many variables. Each
    permutation must shuffle the whole batch alike. One whose null does not vary gets 1.

    Source: P. H. Westfall, S. S. Young, Resampling-based multiple testing, 1993, section 2.4 (single-step maxT).

    Examples
    --------
    >>> draws = np.array([[0.1, 0.3], [0.2, 0.1], [0.3, 0.2]])
    >>> family_wise_p(np.array([0.9, 0.2]), draws)
    array([0.25, 0.75])
    """
    together = np.concatenate([value[np.newaxis], draws])
    varies = draws.std(axis=0) > 1e-12
    scale = np.where(varies, together.std(axis=0), 1)
    standing = np.where(varies, (together - together.mean(axis=0)) / scale, -np.inf)
    largest = np.sort(standing[1:].reshape(len(draws), -1).max(axis=1, initial=-np.inf))
    n_as_large = len(draws) - np.searchsorted(largest, standing[0] - 1e-9, side="left")
    return np.asarray(np.where(varies, (n_as_large + 1) / (len(draws) + 1), 1.0))


def tail_p_values(estimate: Estimate) -> Float[np.ndarray, "*batch"]:
    """Return p-values that go on below 1 / (m + 1), where no permutation gave as much as the value.

    Notes
    -----
    There the tail of a shifted chi-squared distribution is taken, the shape that 2 n I has under independence, with
    the mean and the spread of the permutations. The spread is taken at the upper end of its own 95 % interval, so
    that few permutations give a cautious p-value. Without this, a few informative pixels among many could never be
    called: m permutations resolve no false discovery rate below (number of pixels) / (m + 1).

    Source: A. M. Winkler et al., Faster permutation inference in brain imaging, NeuroImage 141, 2016, 502-516
    (the idea of a gamma tail, of which chi-squared is a case).
    """
    if estimate.null != "permutation" or estimate.estimator == "knn":
        return estimate.p_value
    resolution = 1 / (estimate.n_permutations + 1)
    n = estimate.n_samples
    m_less_one = max(estimate.n_permutations - 1, 1)
    spread = estimate.null_std * np.sqrt(m_less_one / chi2.ppf(0.025, m_less_one))
    freedom = 2 * (n * spread) ** 2
    statistic = 2 * n * estimate.excess + freedom
    tail = chi2.sf(statistic, np.maximum(freedom, 1e-12))
    beyond = (estimate.p_value <= resolution * (1 + 1e-9)) & (estimate.null_std > 1e-12)
    return np.where(beyond, np.minimum(tail, resolution), estimate.p_value)


def shuffle_labels(labels: Integer[np.ndarray, "n"], seed: int, i: int) -> Integer[np.ndarray, "n"]:
    """Return the labels in the order of permutation `i`, which depends on the seed and on i alone."""
    return np.random.default_rng([seed, i]).permutation(labels)


def q_values(p_values: Float[np.ndarray, "n"]) -> Float[np.ndarray, "n"]:
    """Return Benjamini-Hochberg q-values: the smallest false discovery rate at which each would be called.

    Notes
    -----
    NaN stays NaN and does not count as a test.

    Source: Y. Benjamini, Y. Hochberg, Controlling the false discovery rate, Journal of the Royal
    Statistical Society B 57, 1995, 289-300.

    Examples
    --------
    >>> q_values(np.array([0.01, 0.04, 0.03, 1.0]))
    array([0.04      , 0.05333333, 0.05333333, 1.        ])
    """
    q = np.full(p_values.shape, np.nan)
    tested = ~np.isnan(p_values)
    if tested.any():
        q[tested] = false_discovery_control(p_values[tested], method="bh")
    return q
