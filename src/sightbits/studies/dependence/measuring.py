"""From two columns to everything that is said of their dependence."""

import hashlib
from dataclasses import replace
from typing import Any

import numpy as np

from sightbits.core.checks import InputError, check_choice
from sightbits.core.estimate import Estimate
from sightbits.core.images import Provenance
from sightbits.core.progress import Progress, silent
from sightbits.core.units import Unit, as_unit
from sightbits.datasets.synthetic import parabola
from sightbits.estimation import entropies
from sightbits.estimation.dependence import default_estimator, estimate_pair
from sightbits.estimation.estimating import estimate
from sightbits.estimation.measure import Sample
from sightbits.estimation.preparing import EVERY_CELL, binned, count_measure, sample_of
from sightbits.estimation.settings import EstimationSettings
from sightbits.estimation.terms import PAIR_TERMS
from sightbits.estimation.variables import tie_warnings
from sightbits.information import composed
from sightbits.information.correlation import distance_correlation, pearson, spearman
from sightbits.information.discrete import ESTIMATORS
from sightbits.studies.dependence.result import Contrast, Correlation, Dependence

_MOST_CONTRAST = 2000
_MOST_LEVELS = 4096
_OTHERS_PERMUTATIONS = 20


def measure_dependence(
    x: Any,
    y: Any,
    *,
    names: tuple[str, str] = ("x", "y"),
    estimator: str | None = None,
    settings: EstimationSettings | None = None,
    unit: str | Unit = Unit.BIT,
    provenance: Provenance | None = None,
    progress: Progress = silent,
    **options: Any,
) -> Dependence:
    """Measure how dependent two variables are, by every estimator that suits them, beside their correlations.

    Parameters
    ----------
    x, y
        One value a sample: numbers, booleans or names.
    names
        What to call them.
    estimator
        The one to put first; None takes ksg where both are continuous, ross where one is, plug_in where none is.
    unit
        "bit", "nat" or "ban".
    provenance
        Where the values come from.
    settings
        Checked settings; or give them one by one as `options`.
    options
        The fields of `EstimationSettings`: kinds, bins, binning, k, jitter, permutations, error, seed, ...

    Returns
    -------
    Dependence
        Mutual information with its null and standard error by each estimator, entropies, correlations.

    Raises
    ------
    InputError
        For data or options that cannot be used; the message says what to do.

    Notes
    -----
    The estimator put first has the null of `settings.permutations` shuffles, the others one of at most 20. Where a
    bootstrap is asked for, estimators of distances and ranks, which know none, get their local standard error.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> x = rng.uniform(-1, 1, 500)
    >>> found = measure_dependence(x, x**2, permutations=20)
    >>> bool(found.information.value > 1), abs(found.correlation.pearson) < 0.1
    (True, True)
    """
    settings = settings or EstimationSettings(**options)
    sample = sample_of({"x": x, "y": y}, settings)
    _check_one_column(sample)
    chosen = check_choice("estimator", estimator or default_estimator(sample), (*ESTIMATORS, *PAIR_TERMS))
    suited = suitable_estimators(sample, chosen, settings)
    by_estimator = {}
    for i, name in enumerate(suited):
        own = settings if name == chosen else _for_another(name, settings, sample)
        by_estimator[name] = estimate_pair(sample, name, own, as_unit(unit))
        progress("estimators", i + 1, len(suited))
    differential = chosen in PAIR_TERMS
    of_x, of_y, joint = _entropies(sample, chosen, settings, as_unit(unit))
    return Dependence(
        provenance=provenance or Provenance(name="arrays", sha256=_sha256(x, y), origin="arrays"),
        x_name=names[0],
        y_name=names[1],
        sample=sample,
        settings=settings,
        unit=as_unit(unit),
        estimator=chosen,
        by_estimator=by_estimator,
        entropy_x=of_x,
        entropy_y=of_y,
        joint_entropy=joint,
        differential=differential and not (sample["x"].discrete and sample["y"].discrete),
        correlation=correlate(sample),
        notes=tie_warnings(tuple(sample.values())) if set(suited) & set(PAIR_TERMS) else (),
        contrast=_contrast(settings, as_unit(unit), sample["x"].n_samples),
    )


def _check_one_column(sample: Sample) -> None:
    """Raise `InputError` where a variable has several columns: correlations and pictures would show the first alone."""
    for name, variable in sample.items():
        if variable.numbers is not None and variable.numbers.shape[1] > 1:
            raise InputError(
                name,
                wanted="one value a sample",
                got=f"{variable.numbers.shape[1]} columns",
                remedy="Give one column; sb.mutual_information takes several.",
            )


def suitable_estimators(sample: Sample, chosen: str, settings: EstimationSettings) -> list[str]:
    """Return the estimators that suit two variables, the chosen one first."""
    n_discrete = sum(variable.discrete for variable in sample.values())
    numbers = all(variable.numbers is not None for variable in sample.values())
    by_terms = (["ksg", "ksg2", "copula"], ["ross", "gao"] if numbers else ["ross"], [])[n_discrete]
    few_cells = all(variable.n_levels <= _MOST_LEVELS for variable in binned(sample, settings).values())
    by_counts = [name for name in ESTIMATORS if few_cells or name not in EVERY_CELL]
    return list(dict.fromkeys([chosen, *by_terms, *by_counts]))


def _for_another(name: str, settings: EstimationSettings, sample: Sample) -> EstimationSettings:
    """Return the settings of an estimator beside the one put first."""
    asked = settings.n_permutations(sample["x"].n_samples, quick=False)
    no_bootstrap = settings.error == "bootstrap" and name in PAIR_TERMS
    return replace(
        settings, permutations=min(_OTHERS_PERMUTATIONS, asked), error="local" if no_bootstrap else settings.error
    )


def _sha256(*arrays: Any) -> str:
    digest = hashlib.sha256()
    for array in map(np.asarray, arrays):
        digest.update(f"{array.dtype.str} {array.shape} ".encode())
        digest.update(repr(array.tolist()).encode() if array.dtype.hasobject else array.tobytes())
    return digest.hexdigest()


def _entropies(
    sample: Sample, chosen: str, settings: EstimationSettings, unit: Unit
) -> tuple[Estimate | None, Estimate | None, Estimate | None]:
    """Entropies of x, y and both: counted where the estimator counts, else differential where a variable is continuous.

    Of one discrete and one continuous variable the joint entropy is that of the first plus the other's given it.
    """
    if chosen in ESTIMATORS:
        return _counted_entropies(binned(sample, settings), chosen, settings, unit)
    kinds = ["discrete" if variable.discrete else "continuous" for variable in sample.values()]
    x, y = (variable.levels if variable.discrete else variable.points for variable in sample.values())
    options = {**vars(settings), "jitter": 0.0}

    def of(*values: Any, kinds: list[str]) -> Estimate | None:
        estimator = "plug_in" if "discrete" in kinds else None
        try:
            return entropies.joint_entropy(*values, estimator=estimator, unit=unit, **{**options, "kinds": kinds})
        except InputError:  # equal values have no density, and no distance to the nearest other
            return None

    of_x, of_y = of(x, kinds=kinds[:1]), of(y, kinds=kinds[1:])
    if len(set(kinds)) == 1:
        return of_x, of_y, of(x, y, kinds=kinds)
    label, points = (x, y) if kinds[0] == "discrete" else (y, x)
    of_label = of_x if kinds[0] == "discrete" else of_y
    try:
        rest = entropies.conditional_entropy(
            points, given=label, unit=unit, **{**options, "kinds": ["continuous", "discrete"]}
        )
    except InputError:
        return of_x, of_y, None
    assert of_label is not None  # noqa: S101  counts always have an entropy
    return of_x, of_y, replace(rest, value=np.asarray(rest.value + of_label.value))


def _counted_entropies(
    sample: Sample, chosen: str, settings: EstimationSettings, unit: Unit
) -> tuple[Estimate, Estimate, Estimate]:
    """Entropies of the very levels and bins whose mutual information was counted, so that they add up to it."""

    def of(*names: str) -> Estimate:
        part = {name: sample[name] for name in names}
        measure = count_measure(
            lambda table, entropy_of: composed.entropy(table, *names, estimator=entropy_of), chosen, part, settings
        )
        return estimate(measure, part, estimator=chosen, settings=settings, unit=unit)

    return of("x"), of("y"), of("x", "y")


def correlate(sample: Sample) -> Correlation:
    """Return the correlations of two variables; NaN where one has names."""
    x, y = sample["x"].numbers, sample["y"].numbers
    if x is None or y is None:
        return Correlation(pearson=np.nan, spearman=np.nan, distance=np.nan)
    columns = np.ascontiguousarray(x[:, 0]), np.ascontiguousarray(y[:, 0])
    return Correlation(pearson=pearson(*columns), spearman=spearman(*columns), distance=distance_correlation(*columns))


def _contrast(settings: EstimationSettings, unit: Unit, n: int) -> Contrast:
    pair = parabola()
    x, y = pair.sample(min(max(n, 100), _MOST_CONTRAST), seed=settings.seed)
    plain = EstimationSettings(permutations=20, seed=settings.seed)
    sample = sample_of({"x": x, "y": y}, plain)
    return Contrast(
        x=x,
        y=y,
        information=estimate_pair(sample, "ksg", plain, unit),
        truth=pair.information,
        correlation=correlate(sample),
    )
