"""How often values occur."""

import altair as alt
import numpy as np

from sightbits.core.result import plain
from sightbits.ledger.drawings import Histogram
from sightbits.plots.grid import WIDTH
from sightbits.plots.ledger.curves import HEIGHT
from sightbits.plots.lines import strokes_by_turns
from sightbits.plots.picture import Picture, Rows
from sightbits.plots.theme import GREY
from sightbits.plots.words import significant

_FEWEST, _MOST = 8, 40  # bins


def histogram(drawing: Histogram, dataset: str) -> Picture:
    """Return bars of how many values fall into each bin, with levels marked."""
    lines = f"{dataset}_marks"
    marks = [{"mark": name, "value": value} for name, value in drawing.marks.items()]
    drawn = strokes_by_turns("mark", list(drawing.marks))
    x = alt.X(
        "low:Q",
        title=drawing.x_title,
        scale=alt.Scale(zero=False, nice=True),
        axis=alt.Axis(tickCount=6, grid=False),
    )
    bars = (
        alt.Chart(alt.NamedData(dataset))
        .mark_rect(color=GREY, opacity=0.55, x2Offset=-1)
        .encode(
            x=x,
            x2="high:Q",
            y2=alt.datum(0),
            y=alt.Y("count:Q", title="how many", axis=alt.Axis(tickMinStep=1, tickCount=5)),
            tooltip=[
                alt.Tooltip("low:Q", title="from", format=".4~g"),
                alt.Tooltip("high:Q", title="to", format=".4~g"),
                alt.Tooltip("count:Q", title="how many"),
            ],
        )
    )
    rules = (
        alt.Chart(alt.NamedData(lines))
        .mark_rule(strokeWidth=2.6)
        .encode(
            x="value:Q",
            color=drawn.ink,
            tooltip=[alt.Tooltip("mark:N"), alt.Tooltip("value:Q", format=".4~g")],
            **drawn.dashed,
        )
    )
    chart = alt.layer(bars, *([rules] if marks else []), width=WIDTH, height=HEIGHT)
    return Picture(chart=chart, datasets={dataset: _rows(drawing)} | ({lines: marks} if marks else {}))


def _rows(drawing: Histogram) -> Rows:
    values = np.array([value for value in drawing.values if value is not None])
    counts, edges = np.histogram(values, bins=_edges(values))
    return plain(
        [
            {"low": significant(low), "high": significant(high), "count": int(count)}
            for low, high, count in zip(edges[:-1], edges[1:], counts, strict=True)
        ]
    )


def _edges(values: np.ndarray) -> np.ndarray:
    """Where bins begin and end: whole numbers lie amid their bins, of which each holds as many of them."""
    if values.size and (values == np.round(values)).all():
        low, high = values.min(), values.max()
        width = max(1, int(np.ceil((high - low + 1) / _MOST)))
        n_bins = int((high - low) // width) + 1
        return low - 0.5 + width * np.arange(n_bins + 1)
    found = np.histogram_bin_edges(values, bins="auto")
    return np.histogram_bin_edges(values, bins=int(np.clip(len(found) - 1, _FEWEST, _MOST)))
