"""Heights by category, a bar a series."""

from typing import Any

import altair as alt

from sightbits.core.result import plain
from sightbits.ledger.drawings import Bars
from sightbits.plots.axes import column, domain
from sightbits.plots.grid import WIDTH
from sightbits.plots.ledger.curves import HEIGHT, spread_around
from sightbits.plots.lines import strokes_by_turns
from sightbits.plots.picture import Picture, Rows

_LETTERS = 46  # of all names of categories together, that stand side by side
_LETTER, _MOST_ROOM = 6, 170  # pixels that a letter of a name takes, about, and a whole name
_THICK, _GAP = 14, 12  # pixels of a bar that lies, and between categories


def bars(drawing: Bars, dataset: str) -> Picture:
    """Return bars that stand, or lie where the names of categories are long; a thin rule is the spread."""
    rows, lying = _rows(drawing), lies(drawing)
    names, categories = list(drawing.series), _categories(drawing)
    ink = _ink(names)
    across = (alt.Y if lying else alt.X)(
        "category:N",
        title=None if lying else drawing.x_title,
        sort=categories,
        axis=alt.Axis(labelAngle=0, labelLimit=_MOST_ROOM, labelOverlap=False, ticks=False),
    )
    group = (alt.YOffset if lying else alt.XOffset)("series:N", sort=names, scale=alt.Scale(domain=names))
    base = alt.Chart(alt.NamedData(dataset)).encode(
        across,
        group,
        tooltip=[
            alt.Tooltip("category:N", title=drawing.x_title),
            alt.Tooltip("series:N"),
            alt.Tooltip("height:Q", title=drawing.y_title, format=".4~g"),
        ],
    )
    ends = alt.Scale(domain=domain(*(column(rows, name) for name in ("height", "low", "high"))), nice=True)

    def height(field: str) -> Any:
        channel = alt.X if lying else alt.Y
        return channel(f"{field}:Q", title=drawing.y_title, scale=ends, axis=alt.Axis(tickCount=6))

    layers = [base.mark_bar(opacity=0.6).encode(height("height"), color=ink)]
    if drawing.spread:
        end = (alt.X2 if lying else alt.Y2)("high:Q")
        known = base.transform_filter("isValid(datum.low)")
        layers.append(known.mark_rule(strokeWidth=2).encode(height("low"), end, color=ink))
    tall = len(categories) * (_THICK * len(names) + _GAP) if lying else HEIGHT
    return Picture(chart=alt.layer(*layers, width=WIDTH, height=tall), datasets={dataset: rows})


def lies(drawing: Bars) -> bool:
    """Return whether bars lie, because the names of categories have no room side by side."""
    return sum(len(name) + 2 for name in _categories(drawing)) > _LETTERS


def room_for_names(drawing: Bars) -> int:
    """Return how many pixels the names of categories take beside the bars."""
    return min(_MOST_ROOM, _LETTER * max(map(len, _categories(drawing)))) if lies(drawing) else 0


def _categories(drawing: Bars) -> list[str]:
    return list(dict.fromkeys(name for heights in drawing.series.values() for name in heights))


def _rows(drawing: Bars) -> Rows:
    rows: Rows = []
    for series, heights in drawing.series.items():
        for category, height in heights.items():
            spread = drawing.spread.get(series, {}).get(category)
            around = spread_around(height, spread)
            rows.append({"series": series, "category": category, "height": height, **around})
    return plain(rows)


def _ink(names: list[str]) -> Any:
    drawn = strokes_by_turns("series", names)
    if len(names) == 1:
        return alt.value(drawn.colours[0])
    legend = alt.Legend(title=None, orient="bottom", columns=2, symbolType="square", symbolOpacity=1, labelLimit=300)
    scale = alt.Scale(domain=names, range=list(drawn.colours))
    return alt.Color("series:N", sort=names, scale=scale, legend=legend)
