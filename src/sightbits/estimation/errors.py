"""Standard errors: how far a figure would move with another sample of the same size."""

import numpy as np
from jaxtyping import Float, Int64

from sightbits.core.checks import InputError
from sightbits.estimation.measure import LocalTerms, Measure, Sample, n_samples, take

Rows = Int64[np.ndarray, "n_kept"]
_GROUPS, _RESAMPLES = 20, 200


def local_error(terms: LocalTerms) -> float:
    """Return the spread of the single samples' terms over sqrt(n), in nats; NaN where that has no meaning.

    Notes
    -----
    First order: too small where variables are independent, for then all terms are near 0; look at the spread of the
    null there. For composed entropies it is the delta method.

    Source: G. P. Basharin, On a statistical estimate for the entropy of a sequence of independent random variables,
    Theory of Probability and its Applications 4, 1959, 333-336.
    """
    if len(terms) < 2 or not np.isfinite(terms).all():
        return np.nan
    return float(terms.std(ddof=1) / np.sqrt(len(terms)))


def jackknife_error(measure: Measure, sample: Sample, *, n_groups: int | None, seed: int) -> float:
    """Return the delete-a-group jackknife's standard error, in nats.

    Notes
    -----
    Costs as many estimates as there are groups. Samples fall into groups at random.

    Source: B. Efron, C. Stein, The jackknife estimate of variance, Annals of Statistics 9, 1981, 586-596.
    """
    groups = jackknife_groups(n_samples(sample), n_groups, seed)
    return float(jackknife_spread(np.array([measure.value(take(sample, rows)) for rows in groups])))


def jackknife_groups(n: int, n_groups: int | None, seed: int) -> list[Rows]:
    """Return the samples that are left when each group is left out; none where there are too few samples."""
    wanted = min(n_groups or _GROUPS, n // 2)
    if wanted < 2:
        return []
    group = np.random.default_rng([seed, 1]).permutation(np.arange(n) % wanted)
    return [np.flatnonzero(group != g) for g in range(wanted)]


def jackknife_spread(left_out: Float[np.ndarray, "groups *batch"]) -> Float[np.ndarray, "*batch"]:
    """Return the standard error from the figures with each group left out; NaN without groups, or where infinite."""
    if len(left_out) == 0 or not np.isfinite(left_out).all():
        return np.full(left_out.shape[1:], np.nan)
    return np.asarray(np.sqrt((len(left_out) - 1) * left_out.var(axis=0)))


def bootstrap_error(measure: Measure, sample: Sample, *, n_resamples: int | None, seed: int) -> float:
    """Return the spread over samples drawn again with repeats, in nats.

    Notes
    -----
    Source: B. Efron, Bootstrap methods: another look at the jackknife, Annals of Statistics 7, 1979, 1-26.
    """
    n = n_samples(sample)
    rng = np.random.default_rng([seed, 2])
    draws = [measure.value(take(sample, rng.integers(n, size=n))) for _ in range(n_resamples or _RESAMPLES)]
    return float(np.std(draws, ddof=1))


def refuse_bootstrap(estimator: str) -> None:
    """Raise `InputError`: drawn with repeats, samples lie at distance 0 from one another."""
    raise InputError(
        "error",
        wanted=f"local, jackknife or none with the estimator {estimator}",
        got="bootstrap",
        remedy="It repeats samples, and an estimator of distances takes repeats for perfect dependence.",
    )
