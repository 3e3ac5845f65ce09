"""From a measure and a sample to an `Estimate`: the figure, what chance gives, how far off it may be."""

from collections.abc import Sequence

import numpy as np

from sightbits.core.estimate import SATURATION, Estimate
from sightbits.core.progress import Progress, silent
from sightbits.core.units import Unit
from sightbits.estimation import errors
from sightbits.estimation.measure import Measure, Sample, n_samples
from sightbits.estimation.null import permutation_p
from sightbits.estimation.settings import EstimationSettings
from sightbits.estimation.shuffles import Shuffle

_MUCH_CHANCE = 0.5


def estimate(
    measure: Measure,
    sample: Sample,
    *,
    estimator: str,
    settings: EstimationSettings,
    unit: Unit,
    ceiling: float = np.inf,
    shuffle: Shuffle | None = None,
    two_sided: bool = False,
    warnings: Sequence[str] = (),
    progress: Progress = silent,
) -> Estimate:
    """Return a measure of a sample beside its null and its standard error.

    Parameters
    ----------
    ceiling
        The most that so many samples can show, in nats.
    shuffle
        Breaks the dependence in question; None where chance has no meaning, as for an entropy.
    two_sided
        Whether less than chance is as much a finding as more.
    """
    n = n_samples(sample)
    value = measure.value(sample)
    draws = np.empty(settings.n_permutations(n, quick=measure.counts) if shuffle is not None else 0)
    for i in range(len(draws)):
        assert shuffle is not None  # noqa: S101  there are no draws without
        draws[i] = measure.value(shuffle(sample, np.random.default_rng([settings.seed, i])))
        progress("permutations", i + 1, len(draws))
    mean, spread, p = summarize_draws(value, draws, two_sided=two_sided)
    return Estimate(
        value=np.asarray(value),
        estimator=estimator,
        n_samples=n,
        saturated=np.asarray(bool(0 < ceiling * (1 - SATURATION) <= value)),
        null="permutation" if len(draws) else "none",
        n_permutations=len(draws),
        null_mean=np.asarray(mean),
        null_std=np.asarray(spread),
        p_value=np.asarray(p),
        standard_error=np.asarray(standard_error(measure, sample, estimator, settings)),
        warnings=(*warnings, *_chance_warning(value, mean, estimator)),
        unit=unit,
    )


def summarize_draws(value: float, draws: np.ndarray, *, two_sided: bool = False) -> tuple[float, float, float]:
    """Return mean and spread of what chance gave, and the p-value; NaN without draws."""
    if len(draws) == 0:
        return np.nan, np.nan, np.nan
    with np.errstate(invalid="ignore"):  # a copula may be infinite
        mean = float(draws.mean())
        spread = float(draws.std(ddof=int(len(draws) > 1)))
    if two_sided:
        return mean, spread, float(permutation_p(np.asarray(abs(value - mean)), np.abs(draws - mean)))
    return mean, spread, float(permutation_p(np.asarray(value), draws))


def standard_error(measure: Measure, sample: Sample, estimator: str, settings: EstimationSettings) -> float:
    """Return the standard error by the method that the settings name, in nats.

    A figure without terms of single samples gets the jackknife's instead of the local one.
    """
    if settings.error == "none":
        return np.nan
    if settings.error == "bootstrap":
        if not measure.counts:
            errors.refuse_bootstrap(estimator)
        return errors.bootstrap_error(measure, sample, n_resamples=settings.resamples, seed=settings.seed)
    terms = measure.local(sample) if settings.error == "local" else None
    if terms is not None:
        return errors.local_error(terms)
    return errors.jackknife_error(measure, sample, n_groups=settings.resamples, seed=settings.seed)


def _chance_warning(value: float, mean: float, estimator: str) -> tuple[str, ...]:
    if not (np.isfinite(value) and mean > _MUCH_CHANCE * value > 0):
        return ()
    return (f"{mean / value:.0%} of the value is what chance alone gives ({estimator}): look at the excess.",)
