"""Which filters were chosen, and what each step of the choice rests on."""

from dataclasses import dataclass
from typing import Any

from sightbits.core.units import Unit

PAPER, REPAIRED = "cmi_permutation", "partial_permutation"  # the rules by name


@dataclass(frozen=True, eq=False, kw_only=True)
class SelectionStep:
    """One filter that was tested.

    Parameters
    ----------
    filter
        Which it was.
    information
        What was tested, in nats. `select_filters`: what it tells of the label given those chosen before.
        `cmi_permutation`: what the filters that remain still tell of the label given those chosen and this one.
    null_mean, null_std
        The mean and spread of the same where it was permuted.
    p_value
        That of the rule.
    accepted
        Whether it was chosen.
    tie_share
        `cmi_permutation`: the share of permutations that cannot be told from the value; None elsewhere.
    """

    filter: int
    information: float
    null_mean: float
    null_std: float
    p_value: float
    accepted: bool
    tie_share: float | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class FilterSelection:
    """How many filters are enough by some rule, and which.

    Parameters
    ----------
    method
        cmi_permutation, the rule of the source, or partial_permutation, that of `select_filters`.
    chosen
        The filters, in the order in which they were chosen.
    steps
        What was tested: those chosen, and last the one that stopped the choice, if one did.
    n_samples
        How many samples it rests on.
    significance, permutations
        Of each test.
    stopped_by
        test: a filter failed it. filters: all were chosen. samples: too few are left to test with. most: no more were
        asked for. Only after test is the number of filters an answer.

    Examples
    --------
    >>> step = SelectionStep(filter=3, information=0.7, null_mean=0.1, null_std=0.0, p_value=0.01, accepted=True)
    >>> FilterSelection(
    ...     method="partial_permutation", chosen=(3,), steps=(step,), n_samples=64, significance=0.05, permutations=99,
    ...     stopped_by="most",
    ... ).n_filters
    1
    """

    method: str
    chosen: tuple[int, ...]
    steps: tuple[SelectionStep, ...]
    n_samples: int
    significance: float
    permutations: int
    stopped_by: str

    @property
    def n_filters(self) -> int:
        """How many filters were chosen."""
        return len(self.chosen)

    def rows(self, unit: Unit = Unit.BIT) -> list[dict[str, Any]]:
        """Return a row a step of plain numbers, information in a unit."""
        rows: list[dict[str, Any]] = []
        for step in self.steps:
            row = dict(vars(step))
            row |= {name: unit.from_nats(row[name]) for name in ("information", "null_mean", "null_std")}
            if step.tie_share is None:
                del row["tie_share"]
            rows.append(row)
        return rows
