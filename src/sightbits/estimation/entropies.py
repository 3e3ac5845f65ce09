"""Entropies of plain arrays."""

from typing import Any

import numpy as np

from sightbits.core.checks import InputError
from sightbits.core.estimate import Estimate
from sightbits.core.units import Unit, as_unit
from sightbits.estimation.estimating import estimate
from sightbits.estimation.measure import GroupedMeasure, MeanMeasure, Measure, PlainMeasure, Sample, n_samples
from sightbits.estimation.preparing import (
    binned,
    check_continuous,
    check_own_prior,
    choose,
    count_measure,
    notes_on,
    sample_of,
)
from sightbits.estimation.settings import EstimationSettings
from sightbits.information import composed, generalised
from sightbits.information.neighbours import conditional_kozachenko_leonenko, kozachenko_leonenko

NEAREST = "kozachenko_leonenko"


def entropy(x: Any, *, estimator: str | None = None, unit: str | Unit = Unit.BIT, **options: Any) -> Estimate:
    """Return H(x) of an array, in the unit asked for.

    Parameters
    ----------
    x
        One value a sample, or one row a sample: numbers, booleans or names.
    estimator
        Of counts: plug_in (the default where x is discrete), miller_madow, grassberger, chao_shen, chao_wang_jost,
        shrinkage, jackknife, dirichlet, nsb. Of distances: kozachenko_leonenko (the default where x is continuous).
    unit
        "bit", "nat" or "ban".
    options
        The fields of `EstimationSettings`: kinds, bins, k, jitter, error, seed, ...

    Returns
    -------
    Estimate
        The entropy with its standard error. It has no null: chance has no meaning for one variable.

    Raises
    ------
    InputError
        For data or options that cannot be used; the message says what to do.

    Notes
    -----
    Of a continuous x, kozachenko_leonenko gives the differential entropy, which depends on the unit x is measured in
    and may be negative; an estimator of counts gives the entropy of the bin that x falls in. Cost: counting is linear
    in n up to sorting; distances take n log n in few dimensions.

    Examples
    --------
    >>> entropy(["a", "b", "a", "b"])
    1.0000 +- 0.0000 bit (plug_in, n = 4, no null)
    """
    return joint_entropy(x, estimator=estimator, unit=unit, **options)


def joint_entropy(
    *variables: Any, estimator: str | None = None, unit: str | Unit = Unit.BIT, **options: Any
) -> Estimate:
    """Return H(x1, x2, ...) of arrays sample by sample, in the unit asked for.

    Parameters, result, errors and costs are those of `entropy`.

    Examples
    --------
    >>> float(joint_entropy([0, 0, 1, 1], [0, 1, 0, 1]))
    2.0
    """
    settings = EstimationSettings(**options)
    names = _names(variables)
    sample = sample_of(dict(zip(names, variables, strict=True)), settings)
    continuous = not any(variable.discrete for variable in sample.values())
    name = choose(estimator, NEAREST if continuous else "plug_in", [NEAREST])
    measure: Measure
    if name == NEAREST:
        check_continuous(sample, name, "an estimator of counts such as plug_in")
        measure = MeanMeasure(terms=lambda s: kozachenko_leonenko(_points(s, *names), k=settings.k))
        ceiling = np.inf
    else:
        sample = binned(sample, settings)
        measure = count_measure(
            lambda table, entropy_of: composed.entropy(table, *names, estimator=entropy_of), name, sample, settings
        )
        ceiling = float(np.log(n_samples(sample)))
    return estimate(
        measure, sample, estimator=name, settings=settings, unit=as_unit(unit), ceiling=ceiling,
        warnings=notes_on(sample, name),
    )  # fmt: skip


def conditional_entropy(
    x: Any, *, given: Any, estimator: str | None = None, unit: str | Unit = Unit.BIT, **options: Any
) -> Estimate:
    """Return H(x | given) of arrays, in the unit asked for.

    Parameters, result, errors and costs are those of `entropy`.

    Notes
    -----
    Of counts: H(x, given) - H(given). Of distances, given a continuous variable: both entropies at the distances of
    the joint space, so that their errors cancel; given a discrete one: the mean over its values.

    Examples
    --------
    >>> float(conditional_entropy([0, 0, 1, 1], given=[0, 0, 1, 1]))
    0.0
    """
    settings = EstimationSettings(**options)
    sample = sample_of({"x": x, "given": given}, settings)
    name = choose(estimator, "plug_in" if sample["x"].discrete else NEAREST, [NEAREST])
    measure: Measure
    if name == NEAREST:
        check_continuous({"x": sample["x"]}, name, "an estimator of counts such as plug_in")
        measure = _conditional_nearest(sample, settings)
    else:
        sample = binned(sample, settings)
        measure = count_measure(
            lambda table, entropy_of: composed.conditional_entropy(table, "x", given="given", estimator=entropy_of),
            name, sample, settings,
        )  # fmt: skip
    return estimate(
        measure, sample, estimator=name, settings=settings, unit=as_unit(unit),
        warnings=notes_on(sample, name),
    )  # fmt: skip


def _conditional_nearest(sample: Sample, settings: EstimationSettings) -> Measure:
    if sample["given"].discrete:
        alone = MeanMeasure(terms=lambda s: kozachenko_leonenko(s["x"].points, k=settings.k))
        return GroupedMeasure(within=alone, by="given")
    return MeanMeasure(terms=lambda s: conditional_kozachenko_leonenko(s["x"].points, s["given"].points, k=settings.k))


def renyi_entropy(
    x: Any, order: int | float, *, estimator: str = "plug_in", unit: str | Unit = Unit.BIT, **options: Any
) -> Estimate:
    """Return the Rényi entropy of an array, log(sum p^order) / (1 - order), in the unit asked for.

    A continuous x is binned. Estimators: see `sightbits.information.generalised`.

    Notes
    -----
    Source: A. Rényi, On measures of entropy and information, Fourth Berkeley Symposium 1, 1961, 547-561.

    Examples
    --------
    >>> float(renyi_entropy([0, 0, 1, 1], order=2))
    1.0
    """
    return _generalised(generalised.renyi_entropy, x, order, estimator, as_unit(unit), options)


def tsallis_entropy(x: Any, order: int | float, *, estimator: str = "plug_in", **options: Any) -> Estimate:
    """Return the Tsallis entropy of an array, (1 - sum p^order) / (order - 1), which has no unit.

    A continuous x is binned. Estimators: see `sightbits.information.generalised`.

    Notes
    -----
    Source: C. Tsallis, Possible generalization of Boltzmann-Gibbs statistics, Journal of Statistical Physics 52, 1988,
    479-487.

    Examples
    --------
    >>> float(tsallis_entropy([0, 0, 1, 1], order=2))
    0.5
    """
    return _generalised(generalised.tsallis_entropy, x, order, estimator, Unit.DIMENSIONLESS, options)


def _generalised(
    entropy_of: Any, x: Any, order: int | float, estimator: str, unit: Unit, options: dict[str, Any]
) -> Estimate:
    settings = EstimationSettings(**options)
    check_own_prior(estimator, settings)
    sample = binned(sample_of({"x": x}, settings), settings)
    measure = PlainMeasure(
        figure=lambda s: float(
            entropy_of(np.bincount(s["x"].levels, minlength=s["x"].n_levels), float(order), estimator=estimator)
        )
    )
    return estimate(
        measure, sample, estimator=estimator, settings=settings, unit=unit, ceiling=float(np.log(n_samples(sample))),
        warnings=notes_on(sample, "plug_in"),
    )  # fmt: skip


def _names(variables: tuple[Any, ...]) -> tuple[str, ...]:
    if not variables:
        raise InputError("variables", wanted="at least one", got="none", remedy="Give one array a variable.")
    return ("x",) if len(variables) == 1 else tuple(f"x{i + 1}" for i in range(len(variables)))


def _points(sample: Sample, *names: str) -> np.ndarray:
    return np.hstack([sample[name].points for name in names])
