"""Several rankers side by side."""

from typing import Any

import altair as alt

from sightbits.plots.grid import Layers, colour, heat, on_grid, rings
from sightbits.plots.pixel_audit.charts import information_domain, pixels_axis
from sightbits.plots.pixel_audit.data import readable
from sightbits.plots.theme import CATEGORICAL, GREY, ORANGE
from sightbits.studies.pixel_audit import PixelAudit

TINY = 200
_CURVES = 520
_CELL = 46
_BLUE, _YELLOW, _GREEN, _PURPLE, _RED, _SKY = CATEGORICAL
# A ranker has the same ink in every report; those that know no label are grey.
_INKS = {
    "mutual_information": _BLUE,
    "jmi": _GREEN,
    "cmim": _YELLOW,
    "mrmr": _PURPLE,
    "greedy_joint": _RED,
    "knn": _SKY,
    "variance": GREY,
    "random": "#a9b0bd",
}


def curves(audit: PixelAudit) -> Layers:
    """Accuracy against the number of pixels, a line a ranker; a click on the legend brings one to the fore."""
    names = list(audit.ranked)
    words = [readable(name) for name in names]
    shown = alt.selection_point(name="shown", fields=["ranker"], bind="legend")
    scale = alt.Scale(domain=words, range=[_INKS[name] for name in names])
    legend = alt.Legend(
        title=None, orient="bottom", columns=2, symbolType="stroke", symbolOpacity=1, symbolStrokeWidth=3
    )
    y: dict[str, Any] = {
        "title": "test accuracy",
        "scale": alt.Scale(domain=[0, 1]),
        "axis": alt.Axis(format="%", tickCount=5),
    }
    data = alt.Chart(alt.NamedData("rankers"))
    base = data.encode(
        x=pixels_axis(audit),
        color=alt.Color("ranker:N", sort=words, legend=legend, scale=scale),
        opacity=alt.condition(shown, alt.value(1), alt.value(0.1)),
        tooltip=[
            alt.Tooltip("ranker:N"),
            alt.Tooltip("n_pixels:Q", title="pixels"),
            alt.Tooltip("accuracy:Q", format=".1%"),
            alt.Tooltip("low:Q", title="from", format=".1%"),
            alt.Tooltip("high:Q", title="to", format=".1%"),
        ],
    )
    at_k = data.transform_filter("datum.n_pixels <= k").transform_aggregate(n_pixels="max(n_pixels)")
    accuracy = alt.Y("accuracy:Q", **y)
    layers = [
        base.mark_area().encode(
            y=alt.Y("low:Q", **y), y2="high:Q", opacity=alt.condition(shown, alt.value(0.12), alt.value(0))
        ),
        base.mark_line(strokeWidth=2).encode(y=accuracy).add_params(shown),
        base.mark_point(filled=True, size=26).encode(y=accuracy),
        at_k.mark_rule(color=ORANGE, strokeDash=[4, 3], strokeWidth=1.5).encode(x=pixels_axis(audit)),
    ]
    return alt.layer(*layers, title="Accuracy against pixels kept, by ranker", width=_CURVES, height=360)


def overlap(audit: PixelAudit) -> Layers:
    """The Jaccard index of the first k pixels of every two rankers."""
    names = [readable(name) for name in audit.ranked]
    base = alt.Chart(alt.NamedData("overlap")).encode(
        x=alt.X("second:N", title=None, sort=names, axis=alt.Axis(labelAngle=-40, ticks=False, domain=False)),
        y=alt.Y("first:N", title=None, sort=names, axis=alt.Axis(ticks=False, domain=False)),
        tooltip=[
            alt.Tooltip("first:N", title="ranker"),
            alt.Tooltip("second:N", title="and"),
            alt.Tooltip("jaccard:Q", title="pixels in both / in either", format=".2f"),
        ],
    )
    fill = colour("jaccard", "pixels in both / in either", domain=[0.0, 1.0])
    ink = alt.condition("datum.jaccard < 0.6", alt.value("#ffffff"), alt.value("#1d2433"))
    layers = [
        base.mark_rect().encode(color=fill),
        base.mark_text(fontSize=11).encode(text=alt.Text("jaccard:Q", format=".2f"), color=ink),
    ]
    return alt.layer(*layers, title="How alike the first k pixels are", width=alt.Step(_CELL), height=alt.Step(30))


def rings_map(audit: PixelAudit, ranker: str) -> Layers:
    """Information on the grid, the first k pixels of one ranker ringed."""
    shape, unit = audit.image_shape, audit.unit.value
    fill = colour("information", "", domain=information_domain(audit))
    layers = [heat(shape, fill, unit), rings(shape, unit, rank=f"rank_{ranker}")]
    return on_grid(layers, shape, title=readable(ranker), width=TINY)
