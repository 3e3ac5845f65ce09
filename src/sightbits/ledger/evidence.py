"""What was measured for a claim, or why it could not be."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sightbits.ledger.drawings import Drawing, drawing_from, drawing_to


@dataclass(frozen=True, eq=False, kw_only=True)
class Evidence:
    """Figures for one claim.

    Parameters
    ----------
    values
        The figure of each seed or case, at least one.
    control
        The same figures where the claimed cause is missing; empty where there is no control.
    note
        What a reader must know to take the figures rightly: data, sizes, what else was seen.
    """

    values: tuple[float, ...]
    control: tuple[float, ...] = ()
    note: str = ""

    def __post_init__(self) -> None:
        if not self.values or not all(math.isfinite(value) for value in (*self.values, *self.control)):
            raise ValueError(f"evidence is one finite figure or more, not {self.values}, control {self.control}")


@dataclass(frozen=True, eq=False, kw_only=True)
class Outcome:
    """What an experiment found: evidence by name of claim, and pictures."""

    evidence: Mapping[str, Evidence]
    drawings: tuple[Drawing, ...] = field(default=())

    def to_record(self) -> dict[str, Any]:
        """Return it as a JSON-able document, which `from_record` reads."""
        return {
            "evidence": {
                name: {"values": list(one.values), "control": list(one.control), "note": one.note}
                for name, one in self.evidence.items()
            },
            "drawings": [drawing_to(drawing) for drawing in self.drawings],
        }

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> "Outcome":
        """Return what `to_record` wrote."""
        return cls(
            evidence={
                name: Evidence(values=tuple(one["values"]), control=tuple(one["control"]), note=one["note"])
                for name, one in record["evidence"].items()
            },
            drawings=tuple(drawing_from(drawing) for drawing in record["drawings"]),
        )
