"""Which estimators suit which variables, and variables made ready for one."""

from collections.abc import Collection
from functools import partial
from typing import Any

import numpy as np

from sightbits.core.checks import InputError, check_choice
from sightbits.estimation.measure import CountMeasure, Sample
from sightbits.estimation.settings import EstimationSettings
from sightbits.estimation.variables import Variable, as_variables, tie_warnings
from sightbits.information.discrete import ESTIMATORS, Estimator, dirichlet, plug_in
from sightbits.information.histogram import bin_codes, count_bins

EVERY_CELL = frozenset({"shrinkage", "dirichlet", "nsb"})
TIES_WELCOME = frozenset({"gao"})
_MOST_CELLS = 2**24


def sample_of(arrays: dict[str, Any], settings: EstimationSettings) -> Sample:
    """Return plain arrays as a checked sample."""
    variables = as_variables(arrays, settings.kinds, jitter=settings.jitter, seed=settings.seed)
    return {variable.name: variable for variable in variables}


def choose(estimator: str | None, default: str, others: Collection[str]) -> str:
    """Return the estimator asked for, or the default; one of counts, or of the others that the quantity knows."""
    return check_choice("estimator", estimator or default, (*ESTIMATORS, *others))


def entropy_estimator(name: str, settings: EstimationSettings) -> Estimator:
    """Return the entropy estimator of this name."""
    return partial(dirichlet, prior=float(settings.prior)) if name == "dirichlet" else ESTIMATORS[name]


def check_own_prior(name: str, settings: EstimationSettings) -> None:
    """Raise `InputError` where a prior is asked for that the quantity does not take."""
    if name == "dirichlet" and settings.prior != EstimationSettings.prior:
        raise InputError(
            "prior",
            wanted=f"{EstimationSettings.prior} for Rényi and Tsallis entropies and for divergences",
            got=repr(settings.prior),
            remedy="Leave it out; or take entropy or mutual_information, where any prior can be had.",
        )


def count_measure(compose: Any, name: str, sample: Sample, settings: EstimationSettings) -> CountMeasure:
    """Return a composition of entropies by the estimator of this name, for a sample of discrete variables."""
    n_cells = np.prod([float(variable.n_levels) for variable in sample.values()])
    if name in EVERY_CELL and n_cells > _MOST_CELLS:
        raise InputError(
            "estimator",
            wanted=f"an estimator that needs only the cells seen, for a table of {n_cells:.3g} cells",
            got=name,
            remedy="Choose chao_wang_jost or grassberger, or fewer bins.",
        )
    return CountMeasure(compose=compose, estimator=entropy_estimator(name, settings), every_cell=name in EVERY_CELL)


def binned(sample: Sample, settings: EstimationSettings) -> Sample:
    """Return the sample with every continuous variable as bins."""
    return {
        name: variable if variable.discrete else _bin(variable, settings, _partner(variable, sample))
        for name, variable in sample.items()
    }


def _partner(variable: Variable, sample: Sample) -> float | None:
    """The correlation with the only other variable, where both have one column; 0 among several, None alone."""
    others = [other for other in sample.values() if other is not variable]
    if not others:
        return None
    if len(others) == 1 and not others[0].discrete and not (variable.constant or others[0].constant):
        x, y = variable.points, others[0].points
        if x.shape[1] == y.shape[1] == 1:
            return float(np.corrcoef(x[:, 0], y[:, 0])[0, 1])
    return 0.0


def _bin(variable: Variable, settings: EstimationSettings, correlation: float | None) -> Variable:
    codes, n_levels = np.zeros(variable.n_samples, dtype=np.int64), 1
    for column in variable.points.T:
        values = np.ascontiguousarray(column)
        n_bins = count_bins(values, settings.bins, correlation=correlation)
        column_codes, n_column_bins = bin_codes(values, n_bins, settings.binning)
        if n_levels * n_column_bins >= 2**62:
            seen, codes = np.unique(codes, return_inverse=True)
            n_levels = len(seen)
        codes, n_levels = codes * n_column_bins + column_codes, n_levels * n_column_bins
    return Variable(
        name=variable.name, numbers=variable.numbers, codes=codes, n_levels=n_levels, warnings=variable.warnings
    )


def check_continuous(sample: Sample, estimator: str, instead: str) -> None:
    """Raise `InputError` where a variable is discrete, and the estimator looks at distances or ranks."""
    for variable in sample.values():
        if variable.discrete:
            raise InputError(
                "estimator",
                wanted=f"an estimator that suits the discrete variable {variable.name}: {instead}",
                got=estimator,
                remedy="Choose one of these; or say kinds='continuous' if its numbers are measurements.",
            )


def level_entropy(variable: Variable) -> float:
    """Return the plug-in entropy of a discrete variable, in nats."""
    return float(plug_in(np.bincount(variable.levels)))


def notes_on(sample: Sample, estimator: str) -> tuple[str, ...]:
    """Return what a reader should know of the variables before believing what an estimator says of them."""
    variables = tuple(sample.values())
    by_counts = estimator in ESTIMATORS
    constant = tuple(f"{one.name} is constant: it carries no information." for one in variables if one.constant)
    unique = tuple(
        f"{one.name}: every value is seen once, so counts can say nothing of it."
        for one in variables
        if by_counts and one.discrete and 2 < one.n_samples == len(np.unique(one.levels))
    )
    tied = () if by_counts or estimator in TIES_WELCOME else tie_warnings(variables)
    return (*(warning for one in variables for warning in one.warnings), *constant, *unique, *tied)
