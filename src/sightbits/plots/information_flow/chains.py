"""Information from layer to layer, at one moment: bars beside what shuffled samples give, and what labels gain."""

from typing import Any, Literal

import altair as alt

from sightbits.plots.axes import column, domain
from sightbits.plots.grid import Layers
from sightbits.plots.information_flow.words import SHUFFLED, kernel_words, moment_words
from sightbits.plots.lines import SOLID, Strokes, fore, to_the_fore
from sightbits.plots.picture import Rows
from sightbits.plots.theme import BLUE, CATEGORICAL, GREY, ORANGE
from sightbits.studies.information_flow import InformationFlow

Way = Literal["forward", "backward"]

WIDTH, HEIGHT, WIDE = 300, 220, 460
_FIELDS = {"forward": "input", "backward": "error"}
_MOMENT_INKS = {"start": ORANGE, "after one epoch": CATEGORICAL[3], "end": BLUE}
_MOST_LEVEL = 7  # layers whose names fit side by side


def chain_chart(result: InformationFlow, way: Way, moment: str, rows: Rows) -> Layers:
    """Information of each layer at one moment as bars, in the order in which it should not rise.

    `rows` are those of the data set `layers`, from which the axis, the same at every moment, is found.
    """
    field, look = _FIELDS[way], result.moments[moment]
    what = "I(X; T)" if way == "forward" else f"I(δ {result.layers[-1]}; δ)"
    order = list(result.layers) if way == "forward" else list(reversed(result.layers[:-1]))
    y = alt.Y(
        f"{field}:Q",
        title=f"{what}, {result.unit}s",
        scale=alt.Scale(domain=_domain(result, field, rows), nice=True),
        axis=alt.Axis(tickCount=5),
    )
    here = f"datum.kernel === 'main' && datum.look === {look} && isValid(datum.{field})"
    base = (
        alt.Chart(alt.NamedData("layers"))
        .transform_filter(here)
        .encode(x=_layers(order), tooltip=_tooltip(result, field, what))
    )
    weighted, pooled = base.transform_filter("datum.weights"), base.transform_filter("!datum.weights")
    above = f"datum.{field} > datum.{field}_null"
    excess = {"y": alt.Y(f"{field}_null:Q", title=y["title"]), "y2": f"{field}:Q"}
    layers = [
        base.mark_bar(color=GREY, opacity=0.6, width={"band": 0.92}).encode(y=alt.Y(f"{field}_null:Q")),
        weighted.mark_bar(color=BLUE, opacity=0.35, width={"band": 0.56}).encode(y=y),
        weighted.transform_filter(above).mark_bar(color=BLUE, width={"band": 0.56}).encode(**excess),
        pooled.mark_bar(filled=False, stroke=BLUE, strokeWidth=1.2, width={"band": 0.3}).encode(y=y),
        pooled.transform_filter(above).mark_bar(color=BLUE, opacity=0.6, width={"band": 0.3}).encode(**excess),
        *([_spread(base, field)] if result.settings.seeds > 1 else []),
        base.transform_filter(f"datum.{field}_saturated")
        .mark_point(shape="triangle-up", size=46, filled=False, color=CATEGORICAL[4], strokeWidth=1.6, yOffset=-7)
        .encode(y=y),
    ]
    if way == "forward":
        layers.insert(
            0,
            alt.Chart(alt.NamedData("looks"))
            .transform_filter(f"datum.look === {look} && isValid(datum.input_entropy)")
            .mark_rule(color=GREY, strokeDash=[4, 3])
            .encode(
                y=alt.Y("input_entropy:Q"),
                tooltip=[alt.Tooltip("input_entropy:Q", title=f"H(X), {result.unit}s", format=".3f")],
            ),
        )
    return alt.layer(*layers, title=moment_words(result, moment), width=WIDTH, height=HEIGHT)


def excess_chart(result: InformationFlow, kernel: str, rows: Rows, *, legend: bool = True) -> Layers:
    """What each layer tells of the label beyond chance, a line a moment; `shown_moment` brings one to the fore."""
    drawn = moment_strokes(result, legend=legend)
    places = {look: moment for moment, look in result.moments.items()}
    named = " : ".join(f"datum.look === {look} ? '{moment}'" for look, moment in places.items())
    y = alt.Y(
        "label_excess:Q",
        title=f"excess in I(T; Y), {result.unit}s",
        scale=alt.Scale(domain=domain(column(rows, "label_excess")), nice=True),
        axis=alt.Axis(tickCount=5),
    )
    base = (
        alt.Chart(alt.NamedData("layers"))
        .transform_calculate(moment=f"{named} : ''")
        .transform_filter(f"datum.kernel === '{kernel}' && datum.moment !== '' && isValid(datum.label_excess)")
        .encode(x=_layers(list(result.layers)), color=drawn.ink, tooltip=_excess_tooltip(result))
    )
    fade = to_the_fore("moment")
    layers = [
        base.mark_line(strokeWidth=1.6).encode(y=y, opacity=fade),
        base.transform_filter("isValid(datum.label_excess_std)")
        .transform_calculate(
            low="datum.label_excess - datum.label_excess_std", high="datum.label_excess + datum.label_excess_std"
        )
        .mark_rule(strokeWidth=1.4)
        .encode(y=alt.Y("low:Q"), y2="high:Q", opacity=fade),
        base.transform_filter("datum.weights").mark_point(filled=True, size=64).encode(y=y, opacity=fade),
        base.transform_filter("!datum.weights").mark_point(filled=False, size=40).encode(y=y, opacity=fade),
    ]
    name, how = kernel_words(result, kernel)
    chart = alt.layer(*layers, title=alt.Title(name, subtitle=how), width=WIDE, height=HEIGHT + 40)
    return chart.add_params(fore("moment"))


def moment_strokes(result: InformationFlow, *, legend: bool = True) -> Strokes:
    """Return how the line of each moment is drawn."""
    names = list(result.moments)
    colours = [_MOMENT_INKS[name] for name in names]
    return Strokes(field="moment", words=names, colours=colours, dashes=[SOLID] * len(names), legend=legend)


def _layers(order: list[str]) -> alt.X:
    angle = 0 if len(order) <= _MOST_LEVEL else -60
    axis = alt.Axis(labelAngle=angle, ticks=False, labelPadding=5, labelOverlap=False, grid=False)
    return alt.X("layer:N", title=None, sort=order, scale=alt.Scale(domain=order), axis=axis)


def _spread(base: alt.Chart, field: str) -> Any:
    """What a standard deviation over seeds is around each bar's end."""
    return (
        base.transform_filter(f"isValid(datum.{field}_std)")
        .transform_calculate(low=f"datum.{field} - datum.{field}_std", high=f"datum.{field} + datum.{field}_std")
        .mark_rule(color=ORANGE, strokeWidth=1.8)
        .encode(y=alt.Y("low:Q"), y2="high:Q")
    )


def _domain(result: InformationFlow, field: str, rows: Rows) -> tuple[float, float]:
    shown = [row for row in rows if row["kernel"] == "main" and row["look"] in result.moments.values()]
    high = [_sum(row[field], row[f"{field}_std"]) for row in shown]
    return domain(high, column(shown, field), column(shown, f"{field}_null"))


def _sum(value: float | None, std: float | None) -> float | None:
    return None if value is None else value + (std or 0)


def _tooltip(result: InformationFlow, field: str, what: str) -> list[alt.Tooltip]:
    return [
        alt.Tooltip("layer:N"),
        alt.Tooltip("step:Q", title="update", format=","),
        alt.Tooltip(f"{field}:Q", title=f"{what}, {result.unit}s", format=".3f"),
        alt.Tooltip(f"{field}_null:Q", title=SHUFFLED, format=".3f"),
        alt.Tooltip(f"{field}_std:Q", title="std over seeds", format=".3f"),
        alt.Tooltip(f"{field}_saturated:N", title="saturated"),
    ]


def _excess_tooltip(result: InformationFlow) -> list[alt.Tooltip]:
    of_label = _tooltip(result, "label", "I(T; Y)")
    excess = [
        alt.Tooltip("label_excess:Q", title=f"excess, {result.unit}s", format=".3f"),
        alt.Tooltip("label_excess_std:Q", title="std over seeds", format=".3f"),
    ]
    return [*of_label[:4], *excess, of_label[-1]]
