"""How far criteria order filters alike."""

from typing import Any

import altair as alt

from sightbits.plots.filters.words import readable
from sightbits.plots.grid import Layers
from sightbits.plots.theme import DIVERGING
from sightbits.studies.filters.result import FilterStudy

SIDE = 460
_DEEP = 0.75  # correlations beyond this are dark, and carry white numbers
_NARROW = 22  # pixels a cell, on a small screen: three digits fit upright only, as cells stay high


def agreement_chart(study: FilterStudy) -> Layers:
    """Rank correlations of the importance that every two criteria give, over the data set `agreement`."""
    names = [readable(name) for name in study.criteria]
    legend = alt.Legend(
        title="rank correlation", orient="bottom", direction="horizontal", gradientLength=200, gradientThickness=10,
        tickCount=4, offset=10,
    )  # fmt: skip
    base = alt.Chart(alt.NamedData("agreement")).encode(
        x=_names(alt.X, "second", names, angle=-90),
        y=_names(alt.Y, "first", names, angle=0),
        tooltip=[
            alt.Tooltip("first:N", title="criterion"),
            alt.Tooltip("second:N", title="and"),
            alt.Tooltip("correlation:Q", title="rank correlation", format=".2f"),
        ],
    )
    fill = alt.Color("correlation:Q", scale=alt.Scale(scheme=DIVERGING, domain=[-1, 1]), legend=legend)
    cell = f"(width / {len(names)})"
    size = alt.expr(f"{cell} < {_NARROW} ? clamp(0.75 * {cell}, 7, 10) : clamp(0.42 * {cell}, 7, 13)")
    angle = alt.expr(f"{cell} < {_NARROW} ? 270 : 0")
    ink = alt.condition(f"abs(datum.correlation) > {_DEEP}", alt.value("#ffffff"), alt.value("#1d2433"))
    known = base.transform_filter("isValid(datum.correlation)")
    numbers = known.transform_calculate(shown="format(100 * datum.correlation, '.0f')").mark_text(
        fontSize=size, angle=angle
    )
    layers = [known.mark_rect().encode(color=fill), numbers.encode(text="shown:N", color=ink)]
    return alt.layer(*layers, title="Rank correlation of importance, x 100", width=SIDE, height=SIDE)


def _names(channel: Any, field: str, names: list[str], *, angle: int) -> Any:
    axis = alt.Axis(labelAngle=angle, ticks=False, domain=False, labelPadding=5, labelOverlap=False, grid=False)
    return channel(f"{field}:N", title=None, sort=names, scale=alt.Scale(domain=names, padding=0.03), axis=axis)
