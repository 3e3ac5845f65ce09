"""What the page tells of each claim, in words."""

from typing import Any

from sightbits.ledger.finding import Finding, Verdict
from sightbits.ledger.result import Ledger
from sightbits.plots.ledger.verdicts import anchor
from sightbits.plots.ledger.words import INKS, SIGNS, cases, claimed, control, measured, tolerance

MEANINGS = {
    Verdict.REPRODUCED: "what was measured bears the claim out",
    Verdict.NOT_REPRODUCED: "what was measured does not bear it out",
    Verdict.ARTEFACT: "it holds, and holds just as well where the cause it names is missing",
    Verdict.NOT_TESTABLE: "data, an extra or a definition is missing; the note says which",
}


def claim_rows(findings: tuple[Finding, ...]) -> list[dict[str, str]]:
    """Return what stands in the row of each claim."""
    return [
        {
            "anchor": anchor(one),
            "text": one.claim.text,
            "place": one.claim.place,
            "note": one.note,
            "claimed": claimed(one.claim),
            "tolerance": ", ".join(filter(None, (tolerance(one.claim), "in every case" if one.claim.each else ""))),
            "measured": measured(one),
            "cases": cases(one),
            "control": control(one),
            "without": "" if one.control is None else one.claim.control,
            **sign(one.verdict),
        }
        for one in findings
    ]


def sign(verdict: Verdict) -> dict[str, str]:
    """Return a verdict as it is shown: word, colour and outline."""
    return {"verdict": str(verdict), "colour": INKS[verdict], "sign": SIGNS[verdict]}


def verdict_choices(ledger: Ledger) -> list[dict[str, Any]]:
    """Return the verdicts that claims met, with how many of them, for the reader to choose by."""
    return [
        {**sign(verdict), "count": count, "meaning": MEANINGS[verdict]}
        for verdict, count in ledger.counts().items()
        if count
    ]


def count_rows(ledger: Ledger) -> tuple[tuple[str, ...], ...]:
    """Return how many claims of each source met each verdict, and of all of them."""
    head = ("source", "claims", *map(str, Verdict))
    sources = [source.name for source in ledger.sources]
    rows = [(name, ledger.counts(name)) for name in sources]
    if len(rows) > 1:
        rows.append(("all", ledger.counts()))
    return (head, *((name, str(sum(counts.values())), *map(str, counts.values())) for name, counts in rows))
