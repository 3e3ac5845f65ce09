"""What two sources tell of a target: both of them, each alone, or only together."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from sightbits.core.checks import InputError, check_choice
from sightbits.core.counts import CountTable
from sightbits.core.estimate import SATURATION, Estimate
from sightbits.core.units import Unit, as_unit
from sightbits.estimation.errors import jackknife_groups, jackknife_spread
from sightbits.estimation.estimating import summarize_draws
from sightbits.estimation.measure import Sample, n_samples, take
from sightbits.estimation.preparing import binned, level_entropy, notes_on, sample_of
from sightbits.estimation.settings import EstimationSettings
from sightbits.estimation.shuffles import shuffled
from sightbits.information.decomposition import METHODS, decompose

PARTS = ("redundancy", "unique_first", "unique_second", "synergy")
_MOST_CELLS = 2**15


@dataclass(frozen=True, eq=False, kw_only=True)
class PartialInformation:
    """The information two sources hold about a target, in four parts that add up to `joint`.

    Parameters
    ----------
    redundancy
        What either source tells.
    unique_first, unique_second
        What only that source tells.
    synergy
        What only both together tell.
    joint
        The mutual information of the target and both sources.
    method
        How redundancy is defined.
    """

    redundancy: Estimate
    unique_first: Estimate
    unique_second: Estimate
    synergy: Estimate
    joint: Estimate
    method: str


def decompose_information(
    first: Any,
    second: Any,
    target: Any,
    *,
    method: str = "broja",
    unit: str | Unit = Unit.BIT,
    **options: Any,
) -> PartialInformation:
    """Split what two sources tell of a target into redundancy, unique parts and synergy, each beside its chance.

    Parameters
    ----------
    first, second, target
        One value a sample; continuous ones are binned, so say few `bins`.
    method
        "broja" (Bertschinger et al.), "i_min" (Williams and Beer) or "minimum" (Barrett): see
        `sightbits.information.decomposition`.
    options
        The fields of `EstimationSettings`. The standard error is the jackknife's.

    Raises
    ------
    InputError
        For data or options that cannot be used, or a table of more than 32,768 cells.

    Notes
    -----
    Parts of the observed frequencies: all are biased upwards, synergy most of all. Look at the excess. Cost: broja
    solves one convex program a permutation.

    Examples
    --------
    >>> parts = decompose_information([0, 0, 1, 1] * 25, [0, 1, 0, 1] * 25, [0, 1, 1, 0] * 25, permutations=20)
    >>> round(float(parts.synergy), 6), abs(float(parts.redundancy)) < 1e-6
    (1.0, True)
    """
    settings = EstimationSettings(**options)
    check_choice("method", method, METHODS)
    sample = binned(sample_of({"first": first, "second": second, "target": target}, settings), settings)
    _check_cells(sample)
    n = n_samples(sample)
    value = _parts(sample, method)
    m = settings.n_permutations(n, quick=True)
    shuffle = shuffled("target")
    draws = [_parts(shuffle(sample, np.random.default_rng([settings.seed, i])), method) for i in range(m)]
    spread = np.full(len(value), np.nan)
    if settings.error != "none":
        groups = jackknife_groups(n, settings.resamples, settings.seed)
        left_out = [_parts(take(sample, rows), method) for rows in groups]
        spread = jackknife_spread(np.reshape(left_out, (len(groups), len(value))))
    chance = np.reshape(draws, (m, len(value)))
    ceiling = min(float(np.log(n)), level_entropy(sample["target"]))
    warnings = notes_on(sample, "plug_in")

    def estimate(i: int) -> Estimate:
        mean, std, p = summarize_draws(float(value[i]), chance[:, i])
        return Estimate(
            value=np.asarray(value[i]),
            estimator="plug_in",
            n_samples=n,
            saturated=np.asarray(bool(0 < (1 - SATURATION) * ceiling <= value[i])),
            null="permutation" if m else "none",
            n_permutations=m,
            null_mean=np.asarray(mean),
            null_std=np.asarray(std),
            p_value=np.asarray(p),
            standard_error=np.asarray(spread[i]),
            warnings=warnings,
            unit=as_unit(unit),
        )

    by_part = {name: estimate(i) for i, name in enumerate((*PARTS, "joint"))}
    return PartialInformation(**by_part, method=method)


def _parts(sample: Sample, method: str) -> Float[np.ndarray, "5"]:
    shape = tuple(variable.n_levels for variable in sample.values())
    cells = np.ravel_multi_index([variable.levels for variable in sample.values()], shape)
    counts = np.bincount(cells, minlength=int(np.prod(shape))).reshape(shape)
    table = CountTable(counts=counts, variables=tuple(sample))
    parts = decompose(table, "first", "second", target="target", method=method)
    found = np.array([float(getattr(parts, name)) for name in PARTS])
    return np.append(found, found.sum())


def _check_cells(sample: Sample) -> None:
    shape = [variable.n_levels for variable in sample.values()]
    if np.prod(shape, dtype=np.float64) > _MOST_CELLS:
        raise InputError(
            "first, second and target",
            wanted=f"at most {_MOST_CELLS:,} combinations of values",
            got=" x ".join(map(str, shape)),
            remedy="Merge values, or bin continuous variables into few bins (bins=5).",
        )
