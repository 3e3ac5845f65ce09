"""What goes on over the updates: redundancy of maps, what scale alone gives, learning."""

from typing import Any

import altair as alt

from sightbits.plots.axes import column, domain, span
from sightbits.plots.grid import Layers
from sightbits.plots.information_flow.choice import look_rule, marked_look
from sightbits.plots.information_flow.words import SHUFFLED, kernel_words, strokes
from sightbits.plots.lines import SOLID, Strokes, fore, to_the_fore
from sightbits.plots.picture import Rows
from sightbits.plots.theme import BLUE, CATEGORICAL
from sightbits.studies.information_flow import InformationFlow

WIDTH, HEIGHT, SMALL = 440, 280, 200
_BAND = 0.16
_LINES = {
    "main": ("trained", BLUE, SOLID),
    "rescaled": ("untrained, same scale", CATEGORICAL[4], (6, 3)),
    "scale_free": ("trained, scale-free kernels", CATEGORICAL[2], (2, 2)),
}


def redundancy_chart(result: InformationFlow, kernel: str, rows: Rows, *, legend: bool = True) -> Layers:
    """How much of what pairs of maps tell of the input they tell twice, in percent, a line a convolution.

    `rows` are those of the data set `pairs`, from which the axis, the same for all kernels, is found.
    """
    drawn, fade = strokes(result, result.convolutions, legend=legend), to_the_fore("layer")
    shown = [row for row in rows if row["kernel"] in result.traces]
    fields = ("percent", "percent_low", "percent_high", "percent_null")
    y: dict[str, Any] = {
        "title": "redundancy less synergy, % of I(X; both)",
        "scale": alt.Scale(domain=domain(*(column(shown, field) for field in fields)), nice=True),
        "axis": alt.Axis(tickCount=5),
    }
    text = [
        alt.Tooltip("layer:N"),
        alt.Tooltip("step:Q", title="update", format=","),
        alt.Tooltip("percent:Q", title="redundancy less synergy, %", format=".1f"),
        alt.Tooltip("percent_low:Q", title="from", format=".1f"),
        alt.Tooltip("percent_high:Q", title="to", format=".1f"),
        alt.Tooltip("percent_null:Q", title=SHUFFLED, format=".1f"),
    ]
    base = (
        alt.Chart(alt.NamedData("pairs"))
        .transform_filter(f"datum.kernel === '{kernel}' && isValid(datum.percent)")
        .encode(x=_updates(result), color=drawn.ink, tooltip=text)
    )
    layers = [
        *([] if legend else [look_rule()]),
        base.transform_filter("isValid(datum.percent_low)")
        .mark_area()
        .encode(y=alt.Y("percent_low:Q", **y), y2="percent_high:Q", opacity=to_the_fore("layer", _BAND, otherwise=0.0)),
        base.transform_filter("isValid(datum.percent_null)")
        .mark_line(strokeWidth=1.2, strokeDash=[3, 3])
        .encode(y=alt.Y("percent_null:Q", **y), opacity=fade),
        base.mark_line(strokeWidth=1.8).encode(y=alt.Y("percent:Q", **y), opacity=fade, **drawn.dashed),
        base.mark_point(filled=True, size=26).encode(y=alt.Y("percent:Q", **y), opacity=fade),
    ]
    name, how = kernel_words(result, kernel)
    chart = alt.layer(*layers, title=alt.Title(name, subtitle=how), width=WIDTH, height=HEIGHT)
    return chart.add_params(fore("layer"), marked_look(result))


def scale_chart(result: InformationFlow, layer: str, rows: Rows, *, legend: bool = True) -> Layers:
    """What pairs of maps of one convolution tell of the input without repeating each other, and where it is from."""
    own = [row for row in rows if row["layer"] == layer]
    drawn, fade = scale_strokes(result, legend=legend), to_the_fore("line")
    named = " : ".join(f"datum.kernel === '{name}' ? '{words}'" for name, (words, *_) in _LINES.items())
    y: dict[str, Any] = {
        "title": f"non-redundant about X, {result.unit}s",
        "scale": alt.Scale(domain=_with_bands(own, "about_input"), zero=False, nice=True),
        "axis": alt.Axis(tickCount=5),
    }
    base = (
        alt.Chart(alt.NamedData("pairs"))
        .transform_filter(f"datum.layer === '{layer}' && isValid(datum.about_input)")
        .transform_calculate(line=f"{named} : ''")
        .encode(
            x=_updates(result),
            color=drawn.ink,
            tooltip=[
                alt.Tooltip("line:N", title="network"),
                alt.Tooltip("step:Q", title="update", format=","),
                alt.Tooltip("about_input:Q", title=f"non-redundant about X, {result.unit}s", format=".3f"),
                alt.Tooltip("about_input_low:Q", title="mean - std", format=".3f"),
                alt.Tooltip("about_input_high:Q", title="mean + std", format=".3f"),
                alt.Tooltip("about_input_null:Q", title=SHUFFLED, format=".3f"),
            ],
        )
    )
    layers = [
        *([] if legend else [look_rule()]),
        base.transform_filter("isValid(datum.about_input_low)")
        .mark_area()
        .encode(
            y=alt.Y("about_input_low:Q", **y),
            y2="about_input_high:Q",
            opacity=to_the_fore("line", _BAND, otherwise=0.0),
        ),
        base.mark_line(strokeWidth=1.8).encode(y=alt.Y("about_input:Q", **y), opacity=fade, **drawn.dashed),
        base.mark_point(filled=True, size=26).encode(y=alt.Y("about_input:Q", **y), opacity=fade),
    ]
    chart = alt.layer(*layers, title=layer, width=WIDTH, height=HEIGHT)
    return chart.add_params(fore("line"), marked_look(result))


def learning_chart(result: InformationFlow, field: str, rows: Rows, *, marked: bool = False) -> Layers:
    """Accuracy or loss at each look; `rows` are those of the data set `looks`."""
    ends: dict[str, Any] = {
        "accuracy": {
            "title": "test accuracy",
            "scale": alt.Scale(domain=[0, 1]),
            "axis": alt.Axis(format="%", tickCount=5),
        },
        "loss": {
            "title": f"training loss, {result.unit}s",
            "scale": alt.Scale(domain=[0, _with_bands(rows, "loss")[1]], nice=True),
            "axis": alt.Axis(tickCount=5),
        },
    }[field]
    as_number = ".1%" if field == "accuracy" else ".3f"
    base = (
        alt.Chart(alt.NamedData("looks"))
        .transform_filter(f"isValid(datum.{field})")
        .encode(
            x=_updates(result),
            tooltip=[
                alt.Tooltip("step:Q", title="update", format=","),
                alt.Tooltip("epoch:Q", format=".3~r"),
                alt.Tooltip(f"{field}:Q", title=ends["title"], format=as_number),
                alt.Tooltip(f"{field}_low:Q", title="mean - std", format=as_number),
                alt.Tooltip(f"{field}_high:Q", title="mean + std", format=as_number),
            ],
        )
    )
    layers = [
        *([look_rule()] if marked else []),
        base.transform_filter(f"isValid(datum.{field}_low)")
        .mark_area(color=BLUE, opacity=_BAND)
        .encode(y=alt.Y(f"{field}_low:Q", **ends), y2=f"{field}_high:Q"),
        base.mark_line(color=BLUE, strokeWidth=1.8).encode(y=alt.Y(f"{field}:Q", **ends)),
        base.mark_point(color=BLUE, filled=True, size=26, opacity=1).encode(y=alt.Y(f"{field}:Q", **ends)),
    ]
    chart = alt.layer(*layers, title=field.capitalize(), width=WIDTH, height=SMALL)
    return chart.add_params(marked_look(result))


def scale_strokes(result: InformationFlow, *, legend: bool = True) -> Strokes:
    """Return how the lines of the charts of scale are drawn."""
    lines = [line for name, line in _LINES.items() if name != "scale_free" or result.scale_free is not None]
    words, colours, dashes = zip(*lines, strict=True)
    return Strokes(field="line", words=words, colours=colours, dashes=dashes, legend=legend)


def _with_bands(rows: Rows, field: str) -> tuple[float, float]:
    return span(*(column(rows, f"{field}{ending}") for ending in ("", "_low", "_high")))


def _updates(result: InformationFlow) -> alt.X:
    """The updates on an axis that is logarithmic but for its first, which is 0."""
    scale = alt.Scale(type="symlog", constant=1, domain=[0, result.steps[-1]], nice=False)
    axis = alt.Axis(
        values=list(result.steps), format=",d", grid=False, labelOverlap="greedy", labelSeparation=5, labelFlush=True
    )
    return alt.X("step:Q", title="updates (logarithmic)", scale=scale, axis=axis)
