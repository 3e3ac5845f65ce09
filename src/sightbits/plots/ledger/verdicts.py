"""Every claim as a tile, by source and verdict: told apart by colour and by sign."""

import itertools
import json
import math
from typing import Any

import altair as alt

from sightbits.core.result import plain
from sightbits.ledger.finding import Finding, Verdict
from sightbits.ledger.result import Ledger
from sightbits.plots.grid import cell_size, parameters
from sightbits.plots.ledger.words import INKS, SIGNS, claimed, measured
from sightbits.plots.picture import Picture, Rows
from sightbits.plots.theme import LIGHT
from sightbits.plots.words import counted

ACROSS = 14  # tiles side by side: on a telephone each is still large enough for its sign
DATASET = "verdicts"


def tile_rows(ledger: Ledger) -> Rows:
    """Return the data set `verdicts`: of each source its claims by verdict, each with its place among the tiles."""
    rows: Rows = []
    for source, heading in zip(ledger.sources, _heading_lines(ledger), strict=True):
        for place, one in enumerate(_by_verdict(ledger.of_source(source.name))):
            line, column = divmod(place, ACROSS)
            rows.append({"line": heading + 1 + line, "column": column, **_told(one)})
    return rows


def _heading_lines(ledger: Ledger) -> list[int]:
    """On which line each source begins: with its name, below which are its tiles."""
    return _ends(ledger)[:-1]


def _ends(ledger: Ledger) -> list[int]:
    n_lines = (1 + math.ceil(len(ledger.of_source(source.name)) / ACROSS) for source in ledger.sources)
    return list(itertools.accumulate(n_lines, initial=0))


def _by_verdict(findings: tuple[Finding, ...]) -> list[Finding]:
    return sorted(findings, key=lambda one: list(Verdict).index(one.verdict))


def _told(one: Finding) -> dict[str, Any]:
    return plain(
        {
            "claim": one.claim.text,
            "claimed": claimed(one.claim),
            "measured": measured(one),
            "verdict": str(one.verdict),
            "anchor": anchor(one),
        }
    )


def anchor(one: Finding) -> str:
    """Return by what name a page knows the claim."""
    return f"{one.source}--{one.claim.name}".replace(" ", "-")


def verdict_tiles(ledger: Ledger, *, legend: bool) -> Any:
    """The claims of each source as tiles, a line or two a source, over the data set `verdicts`."""
    words = [str(verdict) for verdict in Verdict]
    shown = alt.Legend(title=None, orient="bottom", columns=2, symbolSize=220, symbolOpacity=1) if legend else None
    tiles = alt.Chart(alt.NamedData(DATASET)).encode(
        x=alt.X("column:O", axis=None, scale=alt.Scale(domain=list(range(ACROSS)), padding=0.06)),
        y=alt.Y("line:O", axis=_names(ledger), scale=alt.Scale(domain=list(range(_ends(ledger)[-1])), padding=0.06)),
        tooltip=[alt.Tooltip(f"{name}:N") for name in ("claim", "claimed", "measured", "verdict")],
    )
    fill = alt.Color("verdict:N", scale=alt.Scale(domain=words, range=[INKS[one] for one in Verdict]), legend=shown)
    sign = alt.Shape("verdict:N", scale=alt.Scale(domain=words, range=[SIGNS[one] for one in Verdict]), legend=shown)

    def signs(which: str, ink: str) -> alt.Chart:
        where = tiles.transform_filter(f"datum.verdict {which} '{Verdict.ARTEFACT}'")
        return where.mark_point(filled=True, opacity=1, size=alt.expr("pow(cell * 0.56, 2)"), fill=ink).encode(sign)

    layers = [
        tiles.mark_rect(cornerRadius=3, opacity=1).encode(color=fill),
        signs("!==", LIGHT["paper"]),
        signs("===", LIGHT["ink"]),  # orange is too light for white
    ]
    cell = cell_size(ACROSS)
    chart = alt.layer(*layers, width=alt.Step(cell), height=alt.Step(cell))
    return chart.add_params(*parameters(cell=cell))


def _names(ledger: Ledger) -> alt.Axis:
    """The names of sources as labels of an axis, inside the picture: labels are in the ink of the reader's theme."""
    names = {
        str(line): f"{source.name}: {counted(len(ledger.of_source(source.name)), 'claim')}"
        for line, source in zip(_heading_lines(ledger), ledger.sources, strict=True)
    }
    return alt.Axis(
        title=None,
        values=[int(line) for line in names],
        labelExpr=f"{json.dumps(names)}[datum.label]",
        labelAlign="left",
        labelPadding=-2,
        labelFontSize=12,
        labelFontWeight=600,
        labelLimit=400,
        labelOffset=3,
        ticks=False,
        domain=False,
    )


def verdicts(ledger: Ledger, *, legend: bool) -> Picture:
    """Return the picture of all claims by verdict, without a title."""
    return Picture(chart=verdict_tiles(ledger, legend=legend), datasets={DATASET: tile_rows(ledger)})
