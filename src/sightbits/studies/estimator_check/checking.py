"""Estimators tried on distributions whose information is known."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from sightbits.core.checks import InputError, check_choice, check_whole
from sightbits.core.estimate import SATURATION
from sightbits.core.progress import Progress, silent
from sightbits.core.units import Unit, as_unit
from sightbits.datasets.synthetic import SyntheticPair
from sightbits.estimation.dependence import pair_ceiling, pair_measure
from sightbits.estimation.preparing import sample_of
from sightbits.estimation.settings import EstimationSettings
from sightbits.estimation.variables import Variable
from sightbits.information.discrete import ESTIMATORS
from sightbits.studies.estimator_check.result import EstimatorCheck, Trial
from sightbits.studies.estimator_check.truths import check_shape, ladder, suitable_truths

_TOLERANCE_BITS = 0.1
_MOST_REPEATS, _FEWEST_REPEATS = 20, 5
_MOST_LEVELS = 500  # a table of all pairs of levels is drawn from, again and again
_MOST_BINNED = 4  # columns of both variables together: more would be bins without samples


def check_estimators(
    n_samples: int,
    *,
    kinds: tuple[str, str] = ("continuous", "continuous"),
    dimension: int = 1,
    levels: tuple[int, int] = (2, 2),
    estimators: Sequence[str] | None = None,
    repeats: int | None = None,
    tolerance: float | None = None,
    settings: EstimationSettings | None = None,
    unit: str | Unit = Unit.BIT,
    progress: Progress = silent,
    **options: Any,
) -> EstimatorCheck:
    """Try the estimators of mutual information where the truth is known, at your own sample size.

    Parameters
    ----------
    n_samples
        How many samples you have.
    kinds
        "discrete" or "continuous", of x and of y.
    dimension
        Columns of each variable, where both are continuous.
    levels
        How many values x and y take, where they are discrete.
    estimators
        Which to try; None tries all that suit these kinds.
    repeats
        Samples of each distribution; None takes 20, fewer where samples are so large that it would take long.
    tolerance
        The error up to which an estimate counts as right, in `unit`; None takes 0.1 bit. A tenth of the truth is
        always allowed.
    settings
        Checked settings; or give them one by one as `options`.
    options
        The fields of `EstimationSettings`: bins, binning, k, prior, seed, ...

    Returns
    -------
    EstimatorCheck
        Bias, spread and error of each estimator on each distribution, and up to how much information it follows.

    Raises
    ------
    InputError
        For options that cannot be used; the message says what to do.

    Examples
    --------
    >>> check = check_estimators(500, estimators=["ksg", "plug_in"], repeats=5)
    >>> check.trusted("ksg"), check.trusted("plug_in")
    (True, False)
    """
    check_whole("n_samples", n_samples, low=4)
    check_shape(kinds, dimension, levels)
    settings = replace(
        settings or EstimationSettings(**options), kinds=list(kinds), jitter=0.0, permutations=0, error="none"
    )
    n_repeats = repeats if repeats is not None else min(_MOST_REPEATS, max(_FEWEST_REPEATS, 200_000 // n_samples))
    check_whole("repeats", n_repeats, low=2)
    names = _suitable(estimators, kinds, dimension)
    allowed = _TOLERANCE_BITS * Unit.BIT.nats if tolerance is None else tolerance * as_unit(unit).nats
    if not allowed > 0:
        raise InputError("tolerance", wanted="an error above 0", got=repr(tolerance), remedy="Say 0.1.")
    truths = suitable_truths(kinds, dimension, levels)
    rungs = ladder(kinds, dimension)
    n_steps = len(truths) + len(rungs)
    trials = []
    for i, (name, pair) in enumerate(truths.items()):
        trials += _try(name, pair, names, n_samples, n_repeats, settings)
        progress("distributions", i + 1, n_steps)
    for i, pair in enumerate(rungs):
        trials += _try("ladder", pair, names, n_samples, n_repeats, settings, rung=True)
        progress("distributions", len(truths) + i + 1, n_steps)
    return EstimatorCheck(
        n_samples=n_samples,
        kinds=kinds,
        dimension=dimension,
        levels=levels,
        trials=trials,
        tolerance=allowed,
        settings=settings,
        unit=as_unit(unit),
    )


def check_estimators_for(
    x: Any,
    y: Any,
    *,
    estimators: Sequence[str] | None = None,
    settings: EstimationSettings,
    unit: str | Unit = Unit.BIT,
    progress: Progress = silent,
) -> EstimatorCheck:
    """Try the estimators at the sample size, the kinds, the dimension and the levels of two variables at hand.

    Of more than 500 levels, 500 are tried, and a warning says so.

    Raises
    ------
    InputError
        For data or settings that cannot be used; the message says what to do.

    Examples
    --------
    >>> x = np.random.default_rng(0).random(200)
    >>> check_estimators_for(x, 2 * x, estimators=["copula"], settings=EstimationSettings()).n_samples
    200
    """
    sample = sample_of({"x": x, "y": y}, settings)
    first, second = sample.values()
    kinds = tuple("discrete" if variable.discrete else "continuous" for variable in (first, second))
    columns = max(1 if variable.discrete else variable.points.shape[1] for variable in (first, second))
    check = check_estimators(
        first.n_samples,
        kinds=(kinds[0], kinds[1]),
        dimension=columns,
        levels=(_tried_levels(first), _tried_levels(second)),
        estimators=estimators,
        unit=unit,
        progress=progress,
        settings=settings,
    )
    too_many = {name: one.n_levels for name, one in sample.items() if one.n_levels > _MOST_LEVELS}
    return replace(
        check,
        warnings=tuple(
            f"{name} takes {n:,} values; the distributions tried have at most {_MOST_LEVELS} levels."
            for name, n in too_many.items()
        ),
    )


def _tried_levels(variable: Variable) -> int:
    return min(max(variable.n_levels, 2), _MOST_LEVELS)


def _suitable(asked: Sequence[str] | None, kinds: tuple[str, str], dimension: int) -> list[str]:
    by_terms = (["ksg", "ksg2", "copula", "gao"], ["ross", "gao"], [])[kinds.count("discrete")]
    few_columns = "discrete" in kinds or 2 * dimension <= _MOST_BINNED
    suited = [*by_terms, *(ESTIMATORS if few_columns else ())]
    for name in asked or ():
        check_choice("estimators", name, suited)
    return list(dict.fromkeys(asked)) if asked else suited


def _try(
    name: str,
    pair: SyntheticPair,
    estimators: list[str],
    n_samples: int,
    repeats: int,
    settings: EstimationSettings,
    *,
    rung: bool = False,
) -> list[Trial]:
    values = np.empty((len(estimators), repeats))
    saturated = np.empty((len(estimators), repeats), dtype=bool)
    for i in range(repeats):
        x, y = pair.sample(n_samples, seed=settings.seed + i)
        sample = sample_of({"x": x, "y": y}, settings)
        for j, estimator in enumerate(estimators):
            measure, ready = pair_measure(sample, estimator, settings)
            values[j, i] = measure.value(ready)
            ceiling = pair_ceiling(ready, estimator, settings.k)
            saturated[j, i] = 0 < (1 - SATURATION) * ceiling <= values[j, i]
    return [
        Trial(
            distribution=name,
            description=pair.description,
            estimator=estimator,
            truth=pair.information,
            values=values[j],
            saturated=float(saturated[j].mean()),
            rung=rung,
        )
        for j, estimator in enumerate(estimators)
    ]
