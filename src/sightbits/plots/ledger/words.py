"""The words, inks and signs that pictures, page and command line of the ledger share."""

import math
import textwrap
from collections.abc import Mapping

from sightbits.core.units import Unit
from sightbits.ledger.claim import Claim, Relation
from sightbits.ledger.experiment import Source
from sightbits.ledger.finding import Finding, Verdict
from sightbits.ledger.result import Ledger
from sightbits.plots.theme import BLUE, CATEGORICAL, GREY, ORANGE
from sightbits.plots.words import counted

INKS = {
    Verdict.REPRODUCED: BLUE,
    Verdict.NOT_REPRODUCED: CATEGORICAL[4],
    Verdict.ARTEFACT: ORANGE,
    Verdict.NOT_TESTABLE: GREY,
}
# Outlines from -1 to 1, filled: a tick, a cross, "the same" (claim and control alike), a dot.
SIGNS = {
    Verdict.REPRODUCED: "M-.86,.08L-.6,-.18L-.26,.16L.6,-.7L.86,-.44L-.26,.68Z",
    Verdict.NOT_REPRODUCED: "M-.7,-.4L-.4,-.7L0,-.3L.4,-.7L.7,-.4L.3,0L.7,.4L.4,.7L0,.3L-.4,.7L-.7,.4L-.3,0Z",
    Verdict.ARTEFACT: "M-.72,-.46L.72,-.46L.72,-.12L-.72,-.12ZM-.72,.12L.72,.12L.72,.46L-.72,.46Z",
    Verdict.NOT_TESTABLE: "M-.34,0A.34,.34,0,1,1,.34,0A.34,.34,0,1,1,-.34,0Z",
}
_DOINGS = {
    Verdict.REPRODUCED: ("is reproduced", "are reproduced"),
    Verdict.NOT_REPRODUCED: ("is not", "are not"),
    Verdict.ARTEFACT: ("holds just as well without its cause", "hold just as well without their cause"),
    Verdict.NOT_TESTABLE: ("cannot be tested here", "cannot be tested here"),
}
_LARGE = 10_000  # numbers from here on are written out whole
_MOST_DECIMALS = 8
_LINE = 58  # letters of a title that stand above a picture of usual width


def tally(counts: Mapping[Verdict, int]) -> str:
    """Return what became of claims, in a part of a sentence.

    Examples
    --------
    >>> tally({Verdict.REPRODUCED: 7, Verdict.NOT_REPRODUCED: 1, Verdict.ARTEFACT: 2, Verdict.NOT_TESTABLE: 0})
    '7 are reproduced, 1 is not, and 2 hold just as well without their cause'
    """
    said = [f"{n} {_DOINGS[verdict][n != 1]}" for verdict, n in counts.items() if n or verdict is Verdict.REPRODUCED]
    return said[0] if len(said) == 1 else f"{', '.join(said[:-1])}, and {said[-1]}"


def finding(ledger: Ledger) -> str:
    """Return what became of all claims, in one sentence."""
    sources = f"the source {ledger.sources[0].name}"
    if len(ledger.sources) > 1:
        sources = counted(len(ledger.sources), "source")
    return f"Of {counted(len(ledger.findings), 'claim')} of {sources}, {tally(ledger.counts())}"


def source_words(ledger: Ledger, source: Source) -> str:
    """Return what became of the claims of one source, in one sentence."""
    counts = ledger.counts(source.name)
    return f"Of its {counted(sum(counts.values()), 'claim')}, {tally(counts)}"


def number(value: float) -> str:
    """Return a figure to four significant digits; large ones whole.

    Examples
    --------
    >>> [number(value) for value in (1.74135, 12.0, 0.00012345, 60000.0)]
    ['1.741', '12', '0.0001234', '60,000']
    """
    return f"{value:,.0f}" if abs(value) >= _LARGE else f"{value:.4g}"


def claimed(claim: Claim) -> str:
    """Return how the figure must stand to what is claimed, with its unit.

    Examples
    --------
    >>> claimed(Claim(name="a", text="", place="", relation=Relation.EQUALS, claimed=1.79, unit="bit"))
    '1.79 bits'
    """
    relation = "" if claim.relation is Relation.EQUALS else f"{claim.relation} "
    return f"{relation}{number(claim.claimed)} {unit_words(claim)}".rstrip()


def tolerance(claim: Claim) -> str:
    """Return how far off a figure may be, in words; nothing where an order need only be told from none.

    Examples
    --------
    >>> tolerance(Claim(name="a", text="", place="", relation=Relation.EQUALS, claimed=1.79, unit="bit", tolerance=0.1))
    'within 0.1'
    """
    allowed = number(claim.tolerance)
    match claim.relation:
        case Relation.EQUALS:
            return f"within {allowed}" if claim.tolerance else "exactly"
        case Relation.AT_LEAST | Relation.AT_MOST:
            return f"{allowed} off is allowed" if claim.tolerance else ""
        case Relation.ABOVE | Relation.BELOW:
            return f"by more than {allowed}" if claim.tolerance else ""


def unit_words(claim: Claim) -> str:
    """Return the unit of a claim as it stands behind a figure."""
    if claim.unit == Unit.DIMENSIONLESS:
        return ""
    return f"{claim.unit}s" if claim.unit in (Unit.NAT, Unit.BIT, Unit.BAN) else claim.unit


def measured(one: Finding) -> str:
    """Return the mean of what was measured, with its standard deviation where there are several figures."""
    if one.measured is None:
        return "-"
    if one.spread is None:
        return number(one.measured)
    if one.spread == 0:
        return f"{number(one.measured)} ± 0"
    decimals = max(0, 1 - math.floor(math.log10(one.spread)))  # that tell the spread to two digits
    if decimals > _MOST_DECIMALS:
        return f"{one.measured:.2g} ± {one.spread:.2g}"
    return f"{one.measured:,.{decimals}f} ± {one.spread:,.{decimals}f}"


def control(one: Finding) -> str:
    """Return the mean of the control."""
    return "-" if one.control is None else number(one.control)


def cases(one: Finding) -> str:
    """Return of how many figures a mean is; where each must bear the claim out, how many do."""
    values = () if one.evidence is None else one.evidence.values
    if len(values) < 2:
        return ""
    if not one.claim.each:
        return f"n = {len(values)}"
    return f"holds in {sum(one.claim.holds_for([value]) for value in values)} of {len(values)}"


def lines_of(text: str) -> list[str]:
    """Return a text in lines that a picture is wide enough for."""
    return textwrap.wrap(text, _LINE)
