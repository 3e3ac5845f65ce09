"""What single filters tell: the objective of all of them as histograms, and both of its parts beside chance."""

from typing import Any, Literal

import altair as alt

from sightbits.plots.axes import column, span
from sightbits.plots.filters.data import CHANCE, RED_LINE, ZERO
from sightbits.plots.grid import Layers
from sightbits.plots.picture import Rows
from sightbits.plots.theme import BLUE, CATEGORICAL, GREY
from sightbits.plots.words import counted
from sightbits.studies.filters.result import FilterStudy

Figure = Literal["objective", "excess"]

WIDTH, HEIGHT = 440, 280
_RED = CATEGORICAL[4]
_MEASURED = "measured"


def objective_words(study: FilterStudy) -> str:
    """Return the objective as a formula."""
    return f"I(X; T) - {study.settings.beta:g} I(T; Y)"


def objective_chart(study: FilterStudy, figure: Figure) -> Layers:
    """How many filters have an objective of some size, as it is or above chance; with its lines."""
    above = figure == "excess"
    what = objective_words(study)
    x = alt.X(
        "low:Q",
        title=f"{what}{' above chance' if above else ''}, {study.unit}s",
        scale=alt.Scale(zero=False, nice=True),
        axis=alt.Axis(tickCount=6, grid=False),
    )
    names = [ZERO] if above else [RED_LINE, CHANCE]
    inks = [GREY] if above else [_RED, GREY]
    here = f"datum.figure === '{figure}'"
    bars = (
        alt.Chart(alt.NamedData("bins"))
        .transform_filter(here)
        .mark_rect(color=BLUE, opacity=0.55, x2Offset=-1)
        .encode(
            x=x,
            x2="high:Q",
            y2=alt.datum(0),
            y=alt.Y("filters:Q", title=_of_networks(study), axis=alt.Axis(tickMinStep=1, tickCount=5)),
            tooltip=[
                alt.Tooltip("low:Q", title=f"from, {study.unit}s", format=".3f"),
                alt.Tooltip("high:Q", title="to", format=".3f"),
                alt.Tooltip("filters:Q"),
            ],
        )
    )
    legend = alt.Legend(
        title=None, orient="bottom", columns=2, symbolType="stroke", symbolStrokeWidth=3, labelLimit=300
    )
    rules = (
        alt.Chart(alt.NamedData("lines"))
        .transform_filter(here)
        .mark_rule(strokeWidth=2.6, strokeDash=[5, 3])
        .encode(
            x=alt.X("value:Q"),
            color=alt.Color("line:N", sort=names, scale=alt.Scale(domain=names, range=inks), legend=legend),
            tooltip=[alt.Tooltip("line:N"), alt.Tooltip("value:Q", title=f"{study.unit}s", format=".3f")],
        )
    )
    title = "Above chance" if above else "As measured"
    return alt.layer(bars, rules, title=title, width=WIDTH, height=HEIGHT)


def _of_networks(study: FilterStudy) -> str:
    n = len(study.accuracy)
    return "filters" if n == 1 else f"filters of {counted(n, 'network')}"


def parts_chart(study: FilterStudy, rows: Rows) -> Layers:
    """What each filter tells of the input against what it tells of the label, a dot a filter; grey: by chance.

    `rows` are those of the data set `filters`, from which the axes are found.
    """
    names, inks = [_MEASURED, CHANCE], [BLUE, GREY]
    legend = alt.Legend(title=None, orient="bottom", columns=2, symbolOpacity=1)
    scale = alt.Scale(domain=names, range=inks)
    base = alt.Chart(alt.NamedData("filters")).encode(tooltip=_tooltip(study))

    def dots(ending: str, name: str, opacity: float) -> Any:
        named = base.transform_calculate(dots=f"'{name}'")
        return named.mark_point(filled=True, size=16, opacity=opacity).encode(
            x=_axis(alt.X, f"input{ending}", f"I(X; T), {study.unit}s", rows, "input"),
            y=_axis(alt.Y, f"label{ending}", f"I(T; Y), {study.unit}s", rows, "label"),
            color=alt.Color("dots:N", sort=names, scale=scale, legend=legend),
        )

    layers = [dots("_null", CHANCE, 0.7), dots("", _MEASURED, 0.6)]
    title = f"Filter by filter, of {counted(len(study.accuracy), 'network')}"
    return alt.layer(*layers, title=title, width=WIDTH, height=HEIGHT)


def _axis(channel: Any, field: str, title: str, rows: Rows, name: str) -> Any:
    scale = alt.Scale(domain=span(column(rows, name), column(rows, f"{name}_null")), zero=False, nice=True)
    return channel(f"{field}:Q", title=title, scale=scale, axis=alt.Axis(tickCount=6))


def _tooltip(study: FilterStudy) -> list[alt.Tooltip]:
    return [
        alt.Tooltip("network:Q"),
        alt.Tooltip("filter:Q"),
        alt.Tooltip("input:Q", title=f"I(X; T), {study.unit}s", format=".3f"),
        alt.Tooltip("input_null:Q", title=CHANCE, format=".3f"),
        alt.Tooltip("label:Q", title=f"I(T; Y), {study.unit}s", format=".3f"),
        alt.Tooltip("label_null:Q", title=CHANCE, format=".3f"),
    ]
