"""The page of the ledger: every claim with what was measured, and the pictures of the sources redrawn."""

from sightbits.core.result import versions
from sightbits.ledger.drawings import Drawing
from sightbits.ledger.experiment import Source
from sightbits.ledger.finding import Verdict
from sightbits.ledger.result import Ledger
from sightbits.plots.ledger.pictures import picture_of
from sightbits.plots.ledger.verdicts import ACROSS, verdicts
from sightbits.plots.ledger.words import finding, source_words
from sightbits.plots.picture import Picture
from sightbits.plots.words import capital
from sightbits.report.ledger.claims import MEANINGS, claim_rows, count_rows, verdict_choices
from sightbits.report.ledger.drawn import figure_of
from sightbits.report.page import Fact, Figure, Page, Section

_QUICK = (
    "A quick run: fewer seeds, images and epochs than a full one, so that figures near their tolerance may fall on "
    "either side of it."
)


def summarize_ledger(ledger: Ledger) -> Page:
    """Return what the report of the ledger shows."""
    tiles = verdicts(ledger, legend=False)
    drawn = {one.name: [picture_of(one.name, each) for each in _drawings(ledger, one)] for one in ledger.sources}
    every = [tiles, *(picture for pictures in drawn.values() for picture in pictures)]
    return Page(
        title="What the sources claim, and what was measured",
        finding=finding(ledger) + ".",
        facts=_facts(ledger),
        warnings=(_QUICK,) if ledger.quick else (),
        sections=(
            _verdicts_section(ledger, tiles),
            *(_source_section(ledger, source, drawn[source.name]) for source in ledger.sources),
        ),
        data={"datasets": {name: rows for picture in every for name, rows in picture.datasets.items()}},
        scripts=("ledger.js", "datasets.js"),
        styles=("line_legend.css", "ledger.css"),
        details=_details(ledger),
    )


def _drawings(ledger: Ledger, source: Source) -> tuple[Drawing, ...]:
    return ledger.drawings.get(source.name, ())


def _facts(ledger: Ledger) -> tuple[Fact, ...]:
    return tuple(
        Fact(value=f"{count} {verdict}", meaning=MEANINGS[verdict]) for verdict, count in ledger.counts().items()
    )


def _verdicts_section(ledger: Ledger, tiles: Picture) -> Section:
    return Section(
        name="verdicts",
        title="All claims by verdict",
        text="A tile a claim; one that is pointed at says which, one that is clicked on leads to it. Verdicts are "
        "computed from the figures below, and those that speak against a source stay in. The buttons choose which "
        "claims are listed.",
        control="ledger_choice.html",
        content=verdict_choices(ledger),
        figures=(
            Figure(
                name="verdicts",
                spec=tiles.chart.to_dict(),
                alt=f"Claims by source and verdict. {finding(ledger)}.",
                columns=ACROSS,
                margin=12,
            ),
        ),
        table="table.html",
        rows=count_rows(ledger),
    )


def _source_section(ledger: Ledger, source: Source, pictures: list[Picture]) -> Section:
    redrawn = "Below, its pictures, redrawn from our data." if pictures else ""
    return Section(
        name=source.name,
        title=source.name,
        text=" ".join(filter(None, (f"{source.title} ({source.by}). {source_words(ledger, source)}.", redrawn))),
        control="ledger_claims.html",
        content=claim_rows(ledger.of_source(source.name)),
        figures=tuple(
            figure_of(source.name, drawing, picture)
            for drawing, picture in zip(_drawings(ledger, source), pictures, strict=True)
        ),
    )


def _details(ledger: Ledger) -> dict[str, str]:
    return {
        "Sources": "; ".join(f"{source.name}: {source.title} ({source.by})" for source in ledger.sources),
        "Claims": "in our words, each with its place in the source; figures with their units",
        "Measured": "the mean, ± one standard deviation where there are several figures (n)",
        "Orders": "that one thing is above another is a difference above 0: with several figures, their mean must be "
        "beyond by two standard errors",
        **{capital(str(verdict)): MEANINGS[verdict] for verdict in Verdict},
        "Run": "quick" if ledger.quick else "full",
        "Seed": str(ledger.seed),
        "Versions": ", ".join(f"{name} {version}" for name, version in versions().items()),
    }
