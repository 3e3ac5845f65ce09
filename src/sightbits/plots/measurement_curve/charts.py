"""The charts of a study of measuring. Each names the data sets it draws, so that a page holds each once."""

from typing import Any

import altair as alt
import numpy as np

from sightbits.plots.grid import Layers, cells, colour, on_grid
from sightbits.plots.lines import FADED, Strokes, strokes_by_turns
from sightbits.plots.measurement_curve.data import measured_maps
from sightbits.plots.theme import BLUE, GREY
from sightbits.plots.words import n_channels, percent, percent_of
from sightbits.studies.measurement_curve.curves import Calibration
from sightbits.studies.measurement_curve.result import MeasurementCurves

HEIGHT, WIDTH, SQUARE = 320, 480, 300
MAP = 220
_PERCENT: dict[str, Any] = {"scale": alt.Scale(domain=[0, 1]), "axis": alt.Axis(format="%", tickCount=5)}


def accuracy_chart(result: MeasurementCurves) -> Layers:
    """Accuracy against the number of pixels, a line a curve; a click on the legend brings one to the fore."""
    y: dict[str, Any] = {"title": "test accuracy", **_PERCENT}
    text = [
        alt.Tooltip("accuracy:Q", format=".1%"),
        alt.Tooltip("low:Q", title="from", format=".1%"),
        alt.Tooltip("high:Q", title="to", format=".1%"),
    ]
    return _lines(result, ("accuracy", "low", "high"), y, text, title="Accuracy")


def log_loss_chart(result: MeasurementCurves) -> Layers:
    """Log-loss against the number of pixels, a line a curve."""
    y: dict[str, Any] = {
        "title": f"log-loss, {result.unit}s",
        "scale": alt.Scale(domainMin=0, nice=True),
        "axis": alt.Axis(tickCount=5),
    }
    text = [
        alt.Tooltip("log_loss:Q", title=f"log-loss, {result.unit}s", format=".3f"),
        alt.Tooltip("loss_low:Q", title="from", format=".3f"),
        alt.Tooltip("loss_high:Q", title="to", format=".3f"),
    ]
    return _lines(result, ("log_loss", "loss_low", "loss_high"), y, text, title="Log-loss")


def _lines(
    result: MeasurementCurves, fields: tuple[str, str, str], y: dict[str, Any], text: list[alt.Tooltip], *, title: str
) -> Layers:
    """Return a line with its band for each curve, over the data set `curves`."""
    middle, low, high = fields
    strokes = _strokes(result)
    shown = strokes.chosen(middle)
    base = alt.Chart(alt.NamedData("curves")).encode(
        x=_pixels_axis(result),
        color=strokes.ink,
        tooltip=[alt.Tooltip("curve:N", title="measured by"), alt.Tooltip("n_pixels:Q", title="pixels"), *text],
    )
    line, fade = alt.Y(f"{middle}:Q", **y), alt.condition(shown, alt.value(1), alt.value(FADED))
    layers = [
        base.mark_area(clip=True).encode(
            y=alt.Y(f"{low}:Q", **y), y2=f"{high}:Q", opacity=alt.condition(shown, alt.value(0.16), alt.value(0))
        ),
        base.mark_line(strokeWidth=2).encode(y=line, opacity=fade, **strokes.dashed).add_params(shown),
        base.mark_point(filled=True, size=60).encode(y=line, opacity=alt.value(0)),  # something to point at
    ]
    return alt.layer(*layers, title=title, width=WIDTH, height=HEIGHT)


def stop_chart(result: MeasurementCurves) -> Layers:
    """The share of images that met the stop rule within so many pixels."""
    strokes = _strokes(result)
    shown = strokes.chosen("stops")
    base = alt.Chart(alt.NamedData("stops")).encode(
        x=_pixels_axis(result),
        y=alt.Y("share:Q", title="images that need no more", **_PERCENT),
        color=strokes.ink,
        tooltip=[
            alt.Tooltip("curve:N", title="measured by"),
            alt.Tooltip("n_pixels:Q", title="pixels"),
            alt.Tooltip("share:Q", title="need no more", format=".1%"),
        ],
    )
    fade = alt.condition(shown, alt.value(1), alt.value(FADED))
    step = base.mark_line(interpolate="step-after", strokeWidth=2)
    return alt.layer(
        step.encode(opacity=fade, **strokes.dashed).add_params(shown),
        base.mark_point(filled=True, size=60).encode(opacity=alt.value(0)),
        title="Images that have stopped", width=WIDTH, height=HEIGHT,
    )  # fmt: skip


def trade_off_chart(result: MeasurementCurves) -> Layers:
    """Accuracy against the mean number of pixels, a point a threshold; dotted, the same number for every image."""
    most, axis_title = int(result.main.n_pixels[-1]), "pixels measured, mean over images"
    x = alt.X(
        "mean_pixels:Q",
        title=axis_title,
        scale=alt.Scale(domain=[0, most], nice=False),
        axis=alt.Axis(grid=False, format="d", tickMinStep=1),
    )
    y: dict[str, Any] = {"title": "test accuracy", **_PERCENT}
    strokes = _strokes(result)
    shown = strokes.chosen("trade")
    fade = alt.condition(shown, alt.value(1), alt.value(FADED))
    base = alt.Chart(alt.NamedData("trade")).encode(
        x=x,
        y=alt.Y("accuracy:Q", **y),
        color=strokes.ink,
        opacity=fade,
        tooltip=[
            alt.Tooltip("curve:N", title="measured by"),
            alt.Tooltip("words:N", title="until a label is probable by"),
            alt.Tooltip("mean_pixels:Q", title="mean pixels", format=".1f"),
            alt.Tooltip("accuracy:Q", format=".1%"),
        ],
    )
    same = (
        alt.Chart(alt.NamedData("curves"))
        .transform_filter(f"datum.curve === '{result.main.in_words}'")
        .mark_line(color=BLUE, strokeWidth=1.5, strokeDash=[2, 3], opacity=0.8)
        .encode(x=alt.X("n_pixels:Q", title=axis_title), y=alt.Y("accuracy:Q", **y))
    )
    # The labels of the surest thresholds stand so close that only some of them fit.
    labelled = base.transform_filter("datum.labelled")
    layers = [
        same,
        base.mark_line(strokeWidth=2).encode(**strokes.dashed),
        base.mark_point(filled=True, size=42).add_params(shown),
        labelled.mark_text(align="right", dx=-7, dy=-5, fontSize=11).encode(
            text="words:N", opacity=alt.value(1), color=alt.value(GREY)
        ),
    ]
    title = alt.Title("Accuracy for the pixels it takes", subtitle="dotted: the same number for every image")
    return alt.layer(*layers, title=title, width=WIDTH, height=HEIGHT)


def calibration_chart(result: MeasurementCurves, name: str) -> Layers:
    """How often the likeliest label is right, beside how probable it was said to be; over one of `calibrations`."""
    calibration, title = calibrations(result)[name]
    lowest = _lowest(result)
    scale = alt.Scale(domain=[lowest, 1])
    x = alt.X(
        "confidence:Q",
        title="stated probability of the likeliest label",
        scale=scale,
        axis=alt.Axis(format="%", tickCount=5, grid=False, labelFlush=False, labelOverlap=True),
    )
    y: dict[str, Any] = {"title": "share that is right", "scale": scale, "axis": alt.Axis(format="%", tickCount=5)}
    base = alt.Chart(alt.NamedData(name)).encode(
        x=x,
        tooltip=[
            alt.Tooltip("confidence:Q", title="said to be probable by", format=".1%"),
            alt.Tooltip("accuracy:Q", title="right", format=".1%"),
            alt.Tooltip("low:Q", title="from", format=".1%"),
            alt.Tooltip("high:Q", title="to", format=".1%"),
            alt.Tooltip("n_images:Q", title="images", format=","),
        ],
    )
    ends = alt.sequence(lowest, 1.001, 1 - lowest, as_="at")
    most = int(calibration.n_images.max(initial=1))
    size = alt.Size("n_images:Q", scale=alt.Scale(domain=[0, most], range=[20, 130]), legend=None)
    layers = [
        alt.Chart(ends)
        .mark_line(color=GREY, strokeDash=[4, 4], strokeWidth=1.2)
        .encode(x=alt.X("at:Q", scale=scale), y=alt.Y("at:Q", scale=scale)),
        base.mark_rule(color=BLUE, strokeWidth=1.6).encode(y=alt.Y("low:Q", **y), y2="high:Q"),
        base.mark_point(filled=True, color=BLUE, opacity=1).encode(y=alt.Y("accuracy:Q", **y), size=size),
    ]
    subtitle = f"expected calibration error {percent(calibration.error)}"
    return alt.layer(*layers, title=alt.Title(title, subtitle=subtitle), width=SQUARE, height=SQUARE)


def calibrations(result: MeasurementCurves) -> dict[str, tuple[Calibration, str]]:
    """Return the two calibrations of the main curve, by the name of their data set, with their titles."""
    main = result.main
    return {
        "calibration_stop": (main.at_stop, f"At the stop ({percent_of(result.settings.confidence)} sure)"),
        "calibration_budget": (main.at_budget, f"After {int(main.n_pixels[-1])} pixels"),
    }


def _lowest(result: MeasurementCurves) -> float:
    """The tenth below every point and bar of both calibrations: the charts begin there."""
    of_both = [one for one, _ in calibrations(result).values()]
    lowest = min(float(part.min(initial=0.9)) for one in of_both for part in (one.confidence, one.low))
    return np.floor(10 * lowest).item() / 10


def measured_map(result: MeasurementCurves, number: int, channel: int, title: str, *, width: int = MAP) -> Layers:
    """In how many images each pixel is measured before the stop; where it cannot be measured, nothing is drawn."""
    shape, field = result.image_shape, f"share_{number}"
    fill = colour(field, "images in which it is measured", domain=[0.0, 1.0], fmt=".0%", kind="sqrt")
    text = [
        alt.Tooltip("row:Q", title="row"),
        alt.Tooltip("column:Q", title="column"),
        alt.Tooltip(f"{field}:Q", title="measured in", format=".1%"),
    ]
    base = (
        alt.Chart(alt.NamedData("measured"))
        .transform_filter(f"datum.channel === {channel} && isValid(datum.{field})")
        .mark_rect()
        .encode(**cells(shape), color=fill, tooltip=text)
    )
    return on_grid([base], shape, title=title, width=width)


def measured_charts(result: MeasurementCurves) -> dict[str, Layers]:
    """Return every map of measured pixels by name: one a curve, of colour images one a channel of the main curve."""
    names = "channel" if n_channels(result.image_shape) > 1 else "curve"
    return {
        f"measured_{names}_{i}": measured_map(result, number, channel, title)
        for i, (title, number, channel) in enumerate(measured_maps(result))
    }


def _pixels_axis(result: MeasurementCurves) -> alt.X:
    return alt.X(
        "n_pixels:Q",
        title="pixels measured",
        scale=alt.Scale(domain=[0, int(result.main.n_pixels[-1])], nice=False),
        axis=alt.Axis(grid=False, format="d", tickMinStep=1),
    )


def _strokes(result: MeasurementCurves) -> Strokes:
    return strokes_by_turns("curve", [curve.in_words for curve in result.curves.values()])
