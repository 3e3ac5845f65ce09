"""Dependence between plain arrays: mutual, conditional and total information, each beside what chance gives."""

from typing import Any

import numpy as np
from scipy.special import digamma

from sightbits.core.checks import InputError, check_choice
from sightbits.core.estimate import Estimate
from sightbits.core.units import Unit, as_unit
from sightbits.estimation.estimating import estimate
from sightbits.estimation.measure import GroupedMeasure, Measure, PlainMeasure, Sample, n_samples
from sightbits.estimation.preparing import (
    binned,
    choose,
    count_measure,
    level_entropy,
    notes_on,
    sample_of,
)
from sightbits.estimation.settings import EstimationSettings
from sightbits.estimation.shuffles import shuffled, shuffled_within
from sightbits.estimation.terms import CONDITIONAL_TERMS, INTERACTION_TERMS, PAIR_TERMS, TOTAL_TERMS, terms_measure
from sightbits.information import composed


def mutual_information(
    x: Any, y: Any, *, estimator: str | None = None, unit: str | Unit = Unit.BIT, **options: Any
) -> Estimate:
    """Return I(x; y) of two arrays, in the unit asked for, beside what chance gives.

    Parameters
    ----------
    x, y
        One value a sample, or one row a sample: numbers, booleans or names.
    estimator
        Of counts: plug_in (the default where both are discrete), miller_madow, grassberger, chao_shen,
        chao_wang_jost, shrinkage, jackknife, dirichlet, nsb; a continuous variable is binned for them. Of distances:
        ksg (the default where both are continuous), ksg2, ross (one discrete, one continuous; the default there), gao
        (numbers, each discrete, continuous or both). Of ranks: copula (both continuous).
    unit
        "bit", "nat" or "ban".
    options
        The fields of `EstimationSettings`: kinds, bins, k, jitter, permutations, error, seed, ...

    Returns
    -------
    Estimate
        The value (it may be negative where a correction makes it so), what shuffling y gives, p-value, standard
        error, saturation, and warnings.

    Raises
    ------
    InputError
        For data or options that cannot be used; the message says what to do.

    Notes
    -----
    Bias: plug_in is too high by about (levels of x - 1)(levels of y - 1) / (2 n) nats; ksg is nearly unbiased where
    the variables are independent and too low where they are nearly functions of each other; copula is a lower bound
    unless the dependence is that of a Gaussian. `check_estimators` measures this at your own sample size. Cost: each
    permutation costs one estimate; `permutations=0` leaves them out.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> x = rng.random(1000)
    >>> mutual_information(x, x + 0.1 * rng.standard_normal(1000), permutations=20)
    1.5...
    """
    settings = EstimationSettings(**options)
    sample = sample_of({"x": x, "y": y}, settings)
    name = choose(estimator, default_estimator(sample), PAIR_TERMS)
    return estimate_pair(sample, name, settings, as_unit(unit))


def default_estimator(sample: Sample) -> str:
    """Return the estimator that suits the kinds of two variables."""
    n_discrete = sum(variable.discrete for variable in sample.values())
    return ("ksg", "ross", "plug_in")[n_discrete]


def estimate_pair(sample: Sample, name: str, settings: EstimationSettings, unit: Unit) -> Estimate:
    """Return the mutual information of the two variables `x` and `y` of a sample."""
    measure, sample = pair_measure(sample, name, settings)
    return estimate(
        measure, sample, estimator=name, settings=settings, unit=unit, ceiling=pair_ceiling(sample, name, settings.k),
        shuffle=shuffled("y"), warnings=notes_on(sample, name),
    )  # fmt: skip


def pair_measure(sample: Sample, name: str, settings: EstimationSettings) -> tuple[Measure, Sample]:
    """Return how the mutual information of a sample is estimated, and the sample made ready for it."""
    if name in PAIR_TERMS:
        return terms_measure(PAIR_TERMS, name, sample, settings), sample
    sample = binned(sample, settings)
    return count_measure(_mutual, name, sample, settings), sample


def pair_ceiling(sample: Sample, name: str, k: int) -> float:
    """Return the most mutual information that so many samples can show, in nats."""
    n = n_samples(sample)
    if name in ("ksg", "ksg2"):  # where both levels off as noise vanishes; only equal variables give ksg 1 / k more
        return float(digamma(n) - digamma(k) - 1 / k)
    return min([float(np.log(n)), *(level_entropy(variable) for variable in sample.values() if variable.discrete)])


def _mutual(table: composed.Counted, entropy_of: composed.Estimator) -> composed.Nats:
    return composed.mutual_information(table, "x", "y", estimator=entropy_of)


def conditional_mutual_information(
    x: Any, y: Any, *, given: Any, estimator: str | None = None, unit: str | Unit = Unit.BIT, **options: Any
) -> Estimate:
    """Return I(x; y | given) of arrays, in the unit asked for, beside what chance gives.

    Parameters, result and errors are those of `mutual_information`.

    Notes
    -----
    Given a discrete variable, estimators of distances and ranks are applied to each of its values and averaged by
    their shares; given a continuous one, x and y may be continuous (ksg, copula, gao) or numbers of any kind (gao).
    Chance: x is shuffled among samples of equal, or nearly equal, `given`.

    Examples
    --------
    >>> round(float(conditional_mutual_information([0, 0, 1, 1] * 9, [0, 1, 0, 1] * 9, given=[0, 1, 1, 0] * 9)), 6)
    1.0
    """
    settings = EstimationSettings(**options)
    sample = sample_of({"x": x, "y": y, "given": given}, settings)
    pair = {"x": sample["x"], "y": sample["y"]}
    grouped = sample["given"].discrete
    suited = default_estimator(pair) if grouped else _default_of_three(sample)
    name = choose(estimator, suited, PAIR_TERMS if grouped else CONDITIONAL_TERMS)
    measure: Measure
    if name not in PAIR_TERMS:
        sample = binned(sample, settings)
        measure = count_measure(_conditional, name, sample, settings)
        ceiling = min(_conditional_ceiling(sample, "x"), _conditional_ceiling(sample, "y"))
    elif grouped:
        _check_groups(sample, settings)
        measure = GroupedMeasure(within=terms_measure(PAIR_TERMS, name, pair, settings), by="given")
        ceiling = pair_ceiling(pair, name, settings.k)
    else:
        measure = terms_measure(CONDITIONAL_TERMS, name, sample, settings)
        ceiling = pair_ceiling(pair, name, settings.k)
    return estimate(
        measure, sample, estimator=name, settings=settings, unit=as_unit(unit), ceiling=ceiling,
        shuffle=shuffled_within("x", sample["given"]), warnings=notes_on(sample, name),
    )  # fmt: skip


def _conditional(table: composed.Counted, entropy_of: composed.Estimator) -> composed.Nats:
    return composed.conditional_mutual_information(table, "x", "y", given="given", estimator=entropy_of)


def _conditional_ceiling(sample: Sample, name: str) -> float:
    plug_in = count_measure(
        lambda table, entropy_of: composed.conditional_entropy(table, name, given="given", estimator=entropy_of),
        "plug_in", sample, EstimationSettings(),
    )  # fmt: skip
    return plug_in.value(sample)


def _default_of_three(sample: Sample) -> str:
    kinds = {variable.discrete for variable in sample.values()}
    return "gao" if len(kinds) == 2 else ("plug_in" if True in kinds else "ksg")


def _check_groups(sample: Sample, settings: EstimationSettings) -> None:
    smallest = int(np.bincount(sample["given"].levels).min())
    if smallest <= settings.k:
        raise InputError(
            "given",
            wanted=f"more than k = {settings.k} samples of each value",
            got=f"a value seen {smallest} times",
            remedy="Merge rare values, take a smaller k, or choose an estimator of counts.",
        )


def total_correlation(
    *variables: Any, estimator: str | None = None, unit: str | Unit = Unit.BIT, **options: Any
) -> Estimate:
    """Return H(x1) + H(x2) + ... - H(x1, x2, ...) of arrays, in the unit asked for, beside what chance gives.

    Options, result and errors are those of `mutual_information`; of distances and ranks there are ksg, ksg2 and
    copula. Variables of both kinds are counted, the continuous ones in bins. Chance: every variable but the first is
    shuffled.

    Examples
    --------
    >>> round(float(total_correlation([0, 1] * 8, [0, 1] * 8, [0, 1] * 8)), 6)
    2.0
    """
    settings = EstimationSettings(**options)
    if len(variables) < 2:
        raise InputError(
            "variables", wanted="at least two", got=str(len(variables)), remedy="Give one array a variable."
        )
    names = [f"x{i + 1}" for i in range(len(variables))]
    sample = sample_of(dict(zip(names, variables, strict=True)), settings)
    continuous = not any(variable.discrete for variable in sample.values())
    name = choose(estimator, "ksg" if continuous else "plug_in", TOTAL_TERMS)
    measure: Measure
    if name in TOTAL_TERMS:
        measure = terms_measure(TOTAL_TERMS, name, sample, settings)
        ceiling = (len(names) - 1) * pair_ceiling(sample, name, settings.k)
    else:
        sample = binned(sample, settings)
        measure = count_measure(
            lambda table, entropy_of: composed.total_correlation(table, *names, estimator=entropy_of),
            name, sample, settings,
        )  # fmt: skip
        alone = [level_entropy(variable) for variable in sample.values()]
        ceiling = min(sum(alone) - max(alone), (len(names) - 1) * float(np.log(n_samples(sample))))
    return estimate(
        measure, sample, estimator=name, settings=settings, unit=as_unit(unit), ceiling=ceiling,
        shuffle=shuffled(*names[1:]), warnings=notes_on(sample, name),
    )  # fmt: skip


def interaction_information(
    x: Any, y: Any, z: Any, *, estimator: str | None = None, unit: str | Unit = Unit.BIT, **options: Any
) -> Estimate:
    """Return I(x; y | z) - I(x; y) of arrays: above 0 where they are synergistic, below 0 where redundant.

    Options, result and errors are those of `mutual_information`; of distances and ranks there are ksg, gao and
    copula. Variables of both kinds are counted, the continuous ones in bins. Chance: z is shuffled; the p-value is
    two-sided.

    Examples
    --------
    >>> round(float(interaction_information([0, 0, 1, 1] * 9, [0, 1, 0, 1] * 9, [0, 1, 1, 0] * 9)), 6)
    1.0
    """
    settings = EstimationSettings(**options)
    sample = sample_of({"x": x, "y": y, "given": z}, settings)
    continuous = not any(variable.discrete for variable in sample.values())
    name = choose(estimator, "ksg" if continuous else "plug_in", INTERACTION_TERMS)
    measure: Measure
    if name in INTERACTION_TERMS:
        measure = terms_measure(INTERACTION_TERMS, name, sample, settings)
    else:
        sample = binned(sample, settings)
        measure = count_measure(
            lambda table, entropy_of: composed.interaction_information(table, "x", "y", "given", estimator=entropy_of),
            name, sample, settings,
        )  # fmt: skip
    return estimate(
        measure, sample, estimator=name, settings=settings, unit=as_unit(unit),
        ceiling=float(np.log(n_samples(sample))), shuffle=shuffled("given"), two_sided=True,
        warnings=notes_on(sample, name),
    )  # fmt: skip


def normalized_mutual_information(
    x: Any, y: Any, *, normalization: str = "arithmetic", estimator: str = "plug_in", **options: Any
) -> Estimate:
    """Return I(x; y) as a share of the entropies, without unit, beside what chance gives.

    Parameters
    ----------
    normalization
        What 1 means: the "arithmetic" or "geometric" mean of H(x) and H(y), their "min" or "max", or "joint",
        H(x, y).
    estimator
        One of counts; a continuous variable is binned.

    Notes
    -----
    The entropy of a continuous variable may be negative, so there is no share without bins. Two constants share
    nothing: 0.

    Source: A. Strehl, J. Ghosh, Cluster ensembles, Journal of Machine Learning Research 3, 2002, 583-617 (geometric);
    N. X. Vinh, J. Epps, J. Bailey, Information theoretic measures for clusterings comparison, Journal of Machine
    Learning Research 11, 2010, 2837-2854 (table 2, all of them).

    Examples
    --------
    >>> normalized_mutual_information([0, 0, 1, 1] * 9, [5, 5, 7, 7] * 9)
    1.0000 +- 0.0000 (plug_in, n = 36, chance ...)
    """
    settings = EstimationSettings(**options)
    check_choice("normalization", normalization, composed.NORMALIZATIONS)
    sample = sample_of({"x": x, "y": y}, settings)
    name = choose(estimator, "plug_in", ())
    information, sample = pair_measure(sample, name, settings)
    shares = count_measure(
        lambda table, entropy_of: composed.normalized_mutual_information(
            table, "x", "y", normalization=normalization, estimator=entropy_of
        ),
        name, sample, settings,
    )  # fmt: skip
    within = information.value(sample) >= 0.98 * pair_ceiling(sample, name, settings.k)
    return estimate(
        PlainMeasure(figure=shares.value), sample, estimator=name, settings=settings, unit=Unit.DIMENSIONLESS,
        ceiling=shares.value(sample) if within else np.inf, shuffle=shuffled("y"),
        warnings=notes_on(sample, "plug_in"),
    )  # fmt: skip
