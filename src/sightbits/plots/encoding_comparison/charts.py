"""The charts of encodings compared. Each names the data sets it draws, so that a page holds each once.

On a page one legend, in HTML, serves all charts, and sets their parameter `shown`; alone each has a legend of its own.
"""

from typing import Any

import altair as alt
import numpy as np

from sightbits.plots.encoding_comparison.data import weight_changes
from sightbits.plots.encoding_comparison.words import readable, readable_model, strokes
from sightbits.plots.grid import Layers, cell_size, cells, colour, on_grid
from sightbits.plots.lines import FADED
from sightbits.plots.words import n_channels
from sightbits.studies.encoding_comparison import EncodingComparison

HEIGHT, WIDTH = 300, 480
MAP, INFORMATION_MAP = 220, 320
_SUBTITLES = {"common": "rate {rate:g} for all", "best": "best rate of each"}
_STEPS = (0.01, 0.02, 0.05, 0.1, 1.0)
_POWER_OF_TEN = (
    "'10' + (datum.value < 1 ? '⁻' : '') + "
    "split('⁰ ¹ ² ³ ⁴ ⁵ ⁶ ⁷ ⁸ ⁹ ¹⁰ ¹¹ ¹² ¹³ ¹⁴ ¹⁵ ¹⁶ ¹⁷ ¹⁸ ¹⁹ ²⁰', ' ')[abs(round(log(datum.value) / LN10))]"
)
_QUANTILE = 0.03  # of a curve's points, the lowest: what may lie below where the axis begins


def accuracy_chart(result: EncodingComparison, model: str, at: str, *, legend: bool = True) -> Layers:
    """Accuracy against updates, a line an encoding, over a data set `curves_...`.

    `at` is common, one learning rate for all, or best, for each encoding its own.
    """
    number = list(result.curves).index(model)
    lowest, highest = accuracy_domain(result, model)
    words = "test accuracy" + (f", from {100 * lowest:.0f} %" if lowest else "")
    y: dict[str, Any] = {
        "scale": alt.Scale(domain=[lowest, highest], nice=False),
        "axis": alt.Axis(format=".1~%", tickCount=5),
        "title": words,
    }
    drawn = strokes(result, legend=legend)
    chosen, predicate = _choice(drawn, f"accuracy_{at}_{number}")
    last = int(next(iter(result.curves[model].values())).main.updates[-1])
    base = (
        alt.Chart(alt.NamedData(f"curves_{number}"))
        .transform_filter(f"datum.at === '{at}' && isValid(datum.accuracy)")
        .encode(
            x=alt.X(
                "updates:Q",
                title="updates",
                scale=alt.Scale(domain=[0, last], nice=False),
                axis=alt.Axis(grid=False, format=",d", tickMinStep=1, tickCount=5, labelFlush=False),
            ),
            color=drawn.ink,
            tooltip=[
                alt.Tooltip("encoding:N"),
                alt.Tooltip("rate:Q", title="learning rate"),
                alt.Tooltip("updates:Q", format=","),
                alt.Tooltip("accuracy:Q", format=".2%"),
                alt.Tooltip("low:Q", title="mean - std", format=".2%"),
                alt.Tooltip("high:Q", title="mean + std", format=".2%"),
            ],
        )
    )
    line = alt.Y("accuracy:Q", **y)
    fade = alt.condition(predicate, alt.value(1), alt.value(FADED))
    layers = [
        base.transform_filter("isValid(datum.low)")
        .mark_area(clip=True)
        .encode(y=alt.Y("low:Q", **y), y2="high:Q", opacity=alt.condition(predicate, alt.value(0.14), alt.value(0))),
        base.mark_line(strokeWidth=1.8, clip=True).encode(y=line, opacity=fade, **drawn.dashed).add_params(chosen),
        base.mark_point(filled=True, size=40, clip=True).encode(y=line, opacity=alt.value(0)),  # to point at
    ]
    rate = next(iter(result.curves[model].values())).main.rate
    title = alt.Title(readable_model(model), subtitle=_SUBTITLES[at].format(rate=rate))
    return alt.layer(*layers, title=title, width=WIDTH, height=HEIGHT)


def accuracy_domain(result: EncodingComparison, model: str) -> tuple[float, float]:
    """Return where the accuracy axes of one network begin and end: at 0 only where that hides nothing."""
    means = [
        curve.mean
        for one in result.curves[model].values()
        for curve in (one.main, one.best)
        if curve is not None and np.isfinite(curve.mean).all()
    ]
    if not means:
        return 0.0, 1.0
    lowest = min(float(np.quantile(mean, _QUANTILE)) for mean in means)
    highest = max(float(mean.max()) for mean in means)
    return _around(lowest, highest)


def rates_chart(result: EncodingComparison, model: str, *, legend: bool = True) -> Layers:
    """Validation accuracy against the learning rate, a line an encoding, its best ringed."""
    number = list(result.curves).index(model)
    rates = result.settings.tried_rates
    lowest, highest = rates_domain(result, model)
    words = "validation accuracy" + (f", from {100 * lowest:.0f} %" if lowest else "")
    y = alt.Y(
        "accuracy:Q",
        title=words,
        scale=alt.Scale(domain=[lowest, highest], nice=False),
        axis=alt.Axis(format=".1~%", tickCount=5),
    )
    domain = [rates[0] / 1.15, rates[-1] * 1.15]
    x = alt.X(
        "rate:Q",
        title="learning rate (logarithmic)",
        scale=alt.Scale(type="log", domain=domain, nice=False),
        axis=alt.Axis(values=list(rates), format="~g", grid=False, labelOverlap="greedy", labelSeparation=6),
    )
    drawn = strokes(result, legend=legend)
    chosen, predicate = _choice(drawn, f"rates_{number}")
    fade = alt.condition(predicate, alt.value(1), alt.value(FADED))
    tooltip = [
        alt.Tooltip("encoding:N"),
        alt.Tooltip("rate:Q", title="learning rate"),
        alt.Tooltip("accuracy:Q", format=".2%"),
        alt.Tooltip("std:Q", title="std", format=".2%"),
    ]
    base = alt.Chart(alt.NamedData(f"rates_{number}")).encode(x=x, y=y, color=drawn.ink, tooltip=tooltip)
    layers = [
        base.mark_line(strokeWidth=1.8, clip=True).encode(opacity=fade, **drawn.dashed).add_params(chosen),
        base.mark_point(filled=True, size=24, clip=True).encode(opacity=fade),
        base.transform_filter("datum.best")
        .mark_point(filled=False, size=130, strokeWidth=2, clip=True)
        .encode(opacity=fade),
    ]
    if has_stable_rates(model):
        layers.append(
            alt.Chart(alt.NamedData("stable"))
            .transform_filter(f"datum.rate >= {domain[0]} && datum.rate <= {domain[1]}")
            .mark_point(shape="triangle-up", filled=True, size=70, yOffset=-4)
            .encode(
                x=x,
                y=alt.value(alt.ExprRef("height")),
                color=drawn.ink,
                opacity=fade,
                tooltip=[alt.Tooltip("encoding:N"), alt.Tooltip("rate:Q", title="stable up to rate", format=".3~g")],
            )
        )
    title = alt.Title(readable_model(model), subtitle="by learning rate")
    return alt.layer(*layers, title=title, width=WIDTH, height=HEIGHT)


def rates_domain(result: EncodingComparison, model: str) -> tuple[float, float]:
    """Return where the axis of validation accuracies begins and ends: half of the rates of any encoding are above."""
    means = [one.sweep.mean for one in result.curves[model].values() if one.sweep is not None]
    finite = [mean[np.isfinite(mean)] for mean in means if np.isfinite(mean).any()]
    if not finite:
        return 0.0, 1.0
    return _around(min(float(np.median(mean)) for mean in finite), max(float(mean.max()) for mean in finite))


def has_stable_rates(model: str) -> bool:
    """Return whether a spectrum tells up to which rate a network is stable: that of softmax regression does."""
    return model.split("+", maxsplit=1)[0] == "softmax"


def spectrum_chart(result: EncodingComparison, *, legend: bool = True) -> Layers:
    """Eigenvalues of the second moments against their rank, a line an encoding."""
    drawn = strokes(result, legend=legend)
    chosen, predicate = _choice(drawn, "spectrum")
    n = max(inputs.spectrum.rank for inputs in result.encodings.values())
    base = alt.Chart(alt.NamedData("spectrum")).encode(
        x=alt.X(
            "rank:Q",
            title="rank (logarithmic)",
            scale=alt.Scale(type="log", domain=[1, max(2, n)], nice=False),
            axis=alt.Axis(
                values=[k for k in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 4000) if k <= n],
                grid=False,
                format="d",
                labelOverlap=True,
            ),
        ),
        y=alt.Y(
            "eigenvalue:Q",
            title="eigenvalue (logarithmic)",
            scale=alt.Scale(type="log"),
            axis=alt.Axis(labelExpr=_POWER_OF_TEN, tickCount=6, labelOverlap=True),
        ),
        color=drawn.ink,
        tooltip=[
            alt.Tooltip("encoding:N"),
            alt.Tooltip("rank:Q"),
            alt.Tooltip("eigenvalue:Q", format=".3~g"),
        ],
    )
    fade = alt.condition(predicate, alt.value(1), alt.value(FADED))
    layers = [
        base.mark_line(strokeWidth=1.8).encode(opacity=fade, **drawn.dashed).add_params(chosen),
        base.mark_point(filled=True, size=40).encode(opacity=alt.value(0)),
    ]
    return alt.layer(*layers, title="Eigenvalues of the second moments", width=WIDTH, height=HEIGHT)


def change_maps(result: EncodingComparison, *, width: int = MAP) -> dict[str, Layers]:
    """Return a map of weight changes for each encoding, by name; pixels that did not move show the plain ground."""
    return {
        f"weight_change_{i}": _map(
            "places",
            f"change_{i}",
            result.image_shape,
            title=alt.Title(readable(name), subtitle=f"0 to {change.max():.3g}", subtitlePadding=3, fontSize=12),
            most=float(change.max()),
            where=f"isValid(datum.change_{i})",
            width=width,
        )
        for i, (name, change) in enumerate(weight_changes(result).items())
    }


def information_maps(result: EncodingComparison, *, width: int = INFORMATION_MAP) -> dict[str, Layers]:
    """Return the map of pixel information of the reference encoding, of colour images one a channel."""
    most = float(result.unit.from_nats(result.encodings[result.reference].information.value.max()))
    n = n_channels(result.image_shape)
    return {
        f"information_{channel}": _map(
            "pixels",
            "information",
            result.image_shape,
            title=f"channel {channel}" if n > 1 else "Information per pixel",
            legend=f"I(pixel; label), {result.unit}s",
            most=most,
            where=f"datum.channel === {channel}",
            width=width,
        )
        for channel in range(n)
    }


def _map(
    data: str, field: str, shape: tuple[int, ...], *, title: Any, most: float, where: str, width: int, legend: str = ""
) -> Layers:
    text = [
        alt.Tooltip("row:Q", title="row"),
        alt.Tooltip("column:Q", title="column"),
        alt.Tooltip(f"{field}:Q", title=legend or "max |change|", format=".3~g"),
    ]
    base = (
        alt.Chart(alt.NamedData(data), view=alt.ViewBackground(fill=alt.expr("missing")))
        .transform_filter(where)
        .mark_rect()
        .encode(**cells(shape, labelled=False), color=colour(field, legend, domain=[0.0, most or 1.0]), tooltip=text)
    )
    return on_grid([base], shape, title=title, width=width)


def map_cell(result: EncodingComparison, width: int) -> int:
    """Return how wide the cells of a map are, in pixels of screen."""
    return cell_size(result.image_shape[1], width)


def _choice(drawn: Any, name: str) -> tuple[alt.Parameter, Any]:
    """The parameter that says which line is brought to the fore, and the condition for it."""
    if drawn.legend:
        selection = drawn.chosen(name)
        return selection, selection
    return alt.param(name="shown", value=""), "shown === '' || datum.encoding === shown"


def _around(lowest: float, highest: float) -> tuple[float, float]:
    """Round ends of an axis that leave room for a ring."""
    step = next(step for step in _STEPS if highest - lowest <= 8 * step)
    ends = np.floor(lowest / step) * step, np.ceil((highest + step / 4) / step) * step
    return round(float(ends[0]), 6), round(min(1.0, float(ends[1])), 6)
