"""The information plane: what each layer tells of the input against what it tells of the label, over the training."""

from dataclasses import dataclass
from typing import Any

import altair as alt

from sightbits.plots.axes import column, span
from sightbits.plots.grid import Layers
from sightbits.plots.information_flow.choice import at_marked_look, marked_look
from sightbits.plots.information_flow.words import SHUFFLED, kernel_words, strokes
from sightbits.plots.lines import fore, to_the_fore
from sightbits.plots.picture import Rows
from sightbits.plots.theme import GREY
from sightbits.studies.information_flow import InformationFlow

WIDTH, HEIGHT = 440, 340


@dataclass(frozen=True, eq=False, kw_only=True)
class Plane:
    """Which two figures are held against each other, by data set and field, with their words."""

    title: str
    dataset: str
    x: str
    y: str
    x_words: str
    y_words: str


PLANES = {
    "plane": Plane(
        title="Information plane", dataset="layers", x="input", y="label", x_words="I(X; T)", y_words="I(T; Y)"
    ),
    "modified_plane": Plane(
        title="Modified plane",
        dataset="pairs",
        x="about_input",
        y="about_label",
        x_words="non-redundant about X",
        y_words="non-redundant about Y",
    ),
}


def plane_chart(result: InformationFlow, plane: str, kernel: str, rows: Rows, *, legend: bool = True) -> Layers:
    """A path a layer from the first look to the last, a point a look; grey dashes where samples are shuffled.

    `rows` are those of the plane's data set, from which the axes are found.
    """
    what = PLANES[plane]
    drawn = strokes(result, result.convolutions if what.dataset == "pairs" else result.layers, legend=legend)
    text = [
        alt.Tooltip("layer:N"),
        alt.Tooltip("step:Q", title="update", format=","),
        alt.Tooltip(f"{what.x}:Q", title=f"{what.x_words}, {result.unit}s", format=".3f"),
        alt.Tooltip(f"{what.x}_null:Q", title=SHUFFLED, format=".3f"),
        alt.Tooltip(f"{what.y}:Q", title=f"{what.y_words}, {result.unit}s", format=".3f"),
        alt.Tooltip(f"{what.y}_null:Q", title=SHUFFLED, format=".3f"),
    ]
    own = [row for row in rows if row["kernel"] == kernel]
    valid = f"datum.kernel === '{kernel}' && isValid(datum.{what.x}) && isValid(datum.{what.y})"
    base = (
        alt.Chart(alt.NamedData(what.dataset))
        .transform_filter(valid)
        .encode(
            x=_axis(alt.X, what.x, f"{what.x_words}, {result.unit}s", own),
            y=_axis(alt.Y, what.y, f"{what.y_words}, {result.unit}s", own),
            color=drawn.ink,
            tooltip=text,
        )
    )
    fade, at_look = to_the_fore("layer"), at_marked_look(base)
    layers = [
        _shuffled(what, kernel),
        base.mark_line(strokeWidth=1.6).encode(order="look:O", opacity=fade, **drawn.dashed),
        base.mark_point(filled=True, size=26).encode(opacity=fade),
        at_look.mark_point(filled=True, size=150).encode(opacity=fade),
        at_look.mark_point(filled=False, size=330, strokeWidth=1.6).encode(opacity=fade),
    ]
    name, how = kernel_words(result, kernel)
    title = alt.Title(what.title, subtitle=[name, how])
    chart = alt.layer(*layers, title=title, width=WIDTH, height=HEIGHT)
    return chart.add_params(fore("layer"), marked_look(result))


def _shuffled(what: Plane, kernel: str) -> Any:
    """The paths where samples are shuffled, all of them in one ink."""
    both = f"isValid(datum.{what.x}_null) && isValid(datum.{what.y}_null)"
    return (
        alt.Chart(alt.NamedData(what.dataset))
        .transform_filter(f"datum.kernel === '{kernel}' && {both}")
        .mark_line(color=GREY, strokeWidth=1.4, strokeDash=[3, 3])
        .encode(
            x=alt.X(f"{what.x}_null:Q"),
            y=alt.Y(f"{what.y}_null:Q"),
            detail="layer:N",
            order="look:O",
            opacity=to_the_fore("layer", 0.7, otherwise=0.1),
        )
    )


def _axis(channel: Any, field: str, title: str, rows: Rows) -> Any:
    scale = alt.Scale(domain=span(column(rows, field), column(rows, f"{field}_null")), zero=False, nice=True)
    return channel(f"{field}:Q", title=title, scale=scale, axis=alt.Axis(tickCount=6))
