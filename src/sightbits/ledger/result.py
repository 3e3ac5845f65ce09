"""The ledger: every claim with its verdict."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sightbits.core.result import Columns, Result, plain, versions
from sightbits.ledger.drawings import Drawing
from sightbits.ledger.experiment import Source
from sightbits.ledger.finding import Finding, Verdict


@dataclass(frozen=True, eq=False, kw_only=True)
class Ledger(Result):
    """What sources claim, what was measured, and what became of it.

    Parameters
    ----------
    sources
        The documents, in order.
    findings
        Every claim of theirs, judged, in that order.
    drawings
        Their pictures redrawn from our data, by name of the source.
    quick
        Whether fewer seeds, images and epochs had to do.
    seed
        From which every random choice follows.
    """

    sources: tuple[Source, ...]
    findings: tuple[Finding, ...]
    drawings: Mapping[str, tuple[Drawing, ...]]
    quick: bool
    seed: int

    def of_source(self, name: str) -> tuple[Finding, ...]:
        """Return the findings of one source."""
        return tuple(finding for finding in self.findings if finding.source == name)

    def counts(self, source: str | None = None) -> dict[Verdict, int]:
        """Return how many claims met each verdict: all of them, or those of one source."""
        findings = self.findings if source is None else self.of_source(source)
        counted = Counter(finding.verdict for finding in findings)
        return {verdict: counted[verdict] for verdict in Verdict}

    def to_dict(self) -> dict[str, Any]:
        """Return everything as one JSON-able document; missing numbers are None."""
        return plain(
            {
                "study": "reproduce",
                "version": versions()["sightbits"],
                "versions": versions(),
                "settings": {"quick": self.quick, "seed": self.seed, "sources": [one.name for one in self.sources]},
                "verdicts": {str(verdict): count for verdict, count in self.counts().items()},
                "claims": [finding.to_dict() for finding in self.findings],
            }
        )

    def tables(self) -> dict[str, Columns]:
        """Return the table `claims`, a claim a row."""
        rows = [finding.to_dict() for finding in self.findings]
        return {"claims": {key: [row[key] for row in rows] for key in (rows[0] if rows else ())}}
