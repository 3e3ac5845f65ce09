"""A claim beside what was measured: the verdict is computed here, and nowhere typed in."""

import statistics
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sightbits.ledger.claim import Claim
from sightbits.ledger.evidence import Evidence


class Verdict(StrEnum):
    """What became of a claim."""

    REPRODUCED = "reproduced"
    NOT_REPRODUCED = "not reproduced"
    ARTEFACT = "artefact"
    NOT_TESTABLE = "not testable here"


@dataclass(frozen=True, eq=False, kw_only=True)
class Finding:
    """A claim of a source, judged.

    Parameters
    ----------
    source
        The name of the source.
    claim
        What it says.
    evidence
        What was measured; None where it could not be.
    missing
        Why it could not be.
    """

    source: str
    claim: Claim
    evidence: Evidence | None
    missing: str = ""

    @property
    def verdict(self) -> Verdict:
        """What became of the claim: an artefact holds just as well without its cause."""
        if self.evidence is None:
            return Verdict.NOT_TESTABLE
        if not self.claim.holds_for(self.evidence.values):
            return Verdict.NOT_REPRODUCED
        if self.evidence.control and self.claim.holds_for(self.evidence.control):
            return Verdict.ARTEFACT
        return Verdict.REPRODUCED

    @property
    def measured(self) -> float | None:
        """The mean of what was measured."""
        return None if self.evidence is None else statistics.fmean(self.evidence.values)

    @property
    def control(self) -> float | None:
        """The mean of the control, where there is one."""
        control = () if self.evidence is None else self.evidence.control
        return statistics.fmean(control) if control else None

    @property
    def spread(self) -> float | None:
        """The standard deviation over seeds, where there are several."""
        values = () if self.evidence is None else self.evidence.values
        return statistics.stdev(values) if len(values) > 1 else None

    @property
    def note(self) -> str:
        """What a reader must know beside the figures."""
        return self.missing if self.evidence is None else self.evidence.note

    def to_dict(self) -> dict[str, Any]:
        """Return it as a JSON-able document."""
        claim = self.claim
        return {
            "source": self.source,
            "name": claim.name,
            "claim": claim.text,
            "place": claim.place,
            "relation": str(claim.relation),
            "claimed": claim.claimed,
            "measured": self.measured,
            "spread": self.spread,
            "n_seeds": 0 if self.evidence is None else len(self.evidence.values),
            "unit": claim.unit,
            "tolerance": claim.tolerance,
            "every_case": claim.each,
            "control": self.control,
            "control_without": claim.control,
            "verdict": str(self.verdict),
            "note": self.note,
        }
