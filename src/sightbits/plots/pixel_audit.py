"""The pictures of an audit.

Each names the data sets it draws (`pixels`, `curve`, `labels`, `profile`), so that a page holds each once.
"""

from typing import Any

import altair as alt
import numpy as np

from sightbits.core.result import plain
from sightbits.plots.grid import WIDTH, Layers, cell_size, cells, colour, crosses, heat, on_grid, parameters, rings
from sightbits.plots.picture import Picture, Rows
from sightbits.plots.theme import BLUE, LIGHT, ORANGE, config
from sightbits.studies.pixel_audit import PixelAudit

SMALL = 300
_TINY, _ACROSS = 150, 5
_MOST_LABELS, _MOST_CELLS = 30, 40_000
_LEAST_SHOWN = 0.0005
_SCALE_OF = {"variance": "variance", "entropy": "entropy", "bright": "probability_bright"}
LABEL_MAPS = {
    "label_mean": "mean grey value",
    "label_given_bright": "probability of the label where the pixel is bright",
    "label_given_dark": "probability of the label where the pixel is dark",
}


def default_k(audit: PixelAudit) -> int:
    """Return the fewest pixels on the curve that reach 95 % of the accuracy of the most: what a picture rings."""
    return audit.curve.fewest_for(0.95)


def n_labels_shown(audit: PixelAudit) -> int:
    """Return how many labels get a small map: so many that their cells together can still be drawn and read."""
    n_cells = audit.image_shape[0] * audit.image_shape[1]
    return min(len(audit.label_names), _MOST_LABELS, max(1, _MOST_CELLS // n_cells))


def show_q_value(q: float) -> str:
    """Return a q-value as text: three decimals, as far as they say anything.

    Examples
    --------
    >>> show_q_value(0.0312), show_q_value(1e-30), show_q_value(float("nan"))
    ('0.031', '<0.001', '-')
    """
    if np.isnan(q):
        return "-"
    return f"{q:.3f}" if q >= _LEAST_SHOWN else f"<{2 * _LEAST_SHOWN}"


def pixel_columns(audit: PixelAudit) -> dict[str, Any]:
    """Return the data set `pixels` as columns, in the order of the flat image."""
    maps = audit.pixel_maps()
    state = np.where(audit.maps.constant, "constant", np.where(audit.maps.dead, "dead", "alive"))
    rounded = {
        "information": maps["mutual_information"],
        "null": maps["mutual_information_null"],
        "excess": maps["mutual_information_excess"],
        "variance": maps["variance"],
        "entropy": maps["entropy"],
        "bright": maps["probability_bright"],
    }
    return plain(
        {
            **{name: significant(values) for name, values in rounded.items()},
            "q_value": [show_q_value(float(q)) for q in maps["q_value"]],
            "rank": audit.ranks,
            "stability": significant(audit.stability(default_k(audit))),
            "dead": audit.maps.dead,
            "state": state,
        }
    )


def significant(values: Any) -> Any:
    """Return values to five significant digits: what a picture can show."""
    return [None if not np.isfinite(v) else float(f"{v:.5g}") for v in np.asarray(values, dtype=np.float64).ravel()]


def pixel_rows(audit: PixelAudit) -> Rows:
    """Return the data set `pixels` as rows, with row, column and channel."""
    columns = pixel_columns(audit)
    return [
        {**_place(audit, pixel), **{name: values[pixel] for name, values in columns.items()}}
        for pixel in range(len(audit.ranking))
    ]


def curve_rows(audit: PixelAudit) -> Rows:
    """Return the data set `curve`."""
    curve = audit.curve
    columns = {"n_pixels": curve.n_pixels, "accuracy": curve.accuracy, "low": curve.low, "high": curve.high}
    return [dict(zip(columns, plain(list(row)), strict=True)) for row in zip(*columns.values(), strict=True)]


def label_rows(audit: PixelAudit, name: str) -> Rows:
    """Return the data set `labels` of one kind of map, with missing values left out."""
    values = audit.pixel_maps()[name][:, : n_labels_shown(audit)]
    return [
        {**_place(audit, pixel), "label": audit.label_names[label], "value": float(f"{values[pixel, label]:.4g}")}
        for label in range(values.shape[1])
        for pixel in range(values.shape[0])
        if np.isfinite(values[pixel, label])
    ]


def _place(audit: PixelAudit, pixel: int) -> dict[str, int]:
    row, column, *channel = audit.position(pixel)
    return {"row": row, "column": column, "channel": channel[0] if channel else 0}


def _domain(audit: PixelAudit, name: str) -> list[float]:
    """Return the colour scale of a map: from 0, or from its lowest value below, to its highest."""
    values = audit.pixel_maps()[name]
    return [min(0.0, float(np.nanmin(values))), float(np.nanmax(values))]


def information_map(audit: PixelAudit) -> Layers:
    """Information on the grid, dead pixels crossed out, the first k ringed."""
    shape, unit = audit.image_shape, audit.unit.value
    fill = colour("information", f"I(pixel; label), {unit}s", domain=_domain(audit, "mutual_information"))
    return on_grid(
        [heat(shape, fill, unit), crosses(shape, unit), rings(shape, unit)], shape, title="Information per pixel"
    )


def plain_map(audit: PixelAudit, field: str, title: str, legend: str) -> Layers:
    """One quantity on the grid, dead pixels crossed out; information, chance and excess share one scale."""
    shape, unit = audit.image_shape, audit.unit.value
    fill = colour(field, legend, domain=_domain(audit, _SCALE_OF.get(field, "mutual_information")))
    return on_grid([heat(shape, fill, unit), crosses(shape, unit)], shape, title=title, width=SMALL)


def stability_map(audit: PixelAudit) -> Layers:
    """How often each pixel is among the first k in bootstrap resamples, from the field `stability`."""
    shape, unit = audit.image_shape, audit.unit.value
    fill = colour("stability", "share of resamples", domain=[0.0, 1.0], fmt=".0%")
    title = f"Among the first k in {audit.settings.resamples} resamples"
    return on_grid([heat(shape, fill, unit), rings(shape, unit)], shape, title=title, width=SMALL)


def accuracy_curve(audit: PixelAudit) -> Layers:
    """Accuracy against the number of pixels, with its band and the k that is chosen."""
    most = audit.curve.n_pixels[-1]
    ticks = [k for k in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 50_000) if k < most * 0.6]
    x = alt.X(
        "n_pixels:Q",
        title="pixels kept, k (logarithmic)",
        scale=alt.Scale(type="log", domain=[1, max(2, most)], nice=False),
        axis=alt.Axis(values=[*ticks, most], grid=False, format="d", labelOverlap=True),
    )
    y: dict[str, Any] = {
        "title": "test accuracy",
        "scale": alt.Scale(domain=[0, 1]),
        "axis": alt.Axis(format="%", tickCount=5),
    }
    text = [
        alt.Tooltip("n_pixels:Q", title="pixels"),
        alt.Tooltip("accuracy:Q", title="accuracy", format=".1%"),
        alt.Tooltip("low:Q", title="from", format=".1%"),
        alt.Tooltip("high:Q", title="to", format=".1%"),
    ]
    base = alt.Chart(alt.NamedData("curve")).encode(x=x, tooltip=text)
    chosen = (
        base.transform_filter("datum.n_pixels <= k")
        .transform_joinaggregate(last="max(n_pixels)")
        .transform_filter("datum.n_pixels == datum.last")
    )
    layers = [
        base.mark_area(color=BLUE, opacity=0.18).encode(y=alt.Y("low:Q", **y), y2="high:Q"),
        base.mark_line(color=BLUE, strokeWidth=2).encode(y=alt.Y("accuracy:Q", **y)),
        base.mark_point(color=BLUE, filled=True, size=26, opacity=1).encode(y=alt.Y("accuracy:Q", **y)),
        chosen.mark_rule(color=ORANGE, strokeDash=[4, 3], strokeWidth=1.5),
        chosen.mark_point(color=ORANGE, filled=True, size=110, opacity=1).encode(y=alt.Y("accuracy:Q", **y)),
    ]
    return alt.layer(*layers, title="Accuracy against pixels kept", width=420, height=320)


def label_maps(audit: PixelAudit, name: str) -> alt.FacetChart:
    """One small map a label; where a quantity is not defined the ink `missing` shows through."""
    shape, title = audit.image_shape, LABEL_MAPS[name]
    domain = _domain(audit, name)
    text = [
        alt.Tooltip("label:N", title="label"),
        alt.Tooltip("row:Q", title="row"),
        alt.Tooltip("column:Q", title="column"),
        alt.Tooltip("value:Q", title=title, format=".3~g"),
    ]
    cell = cell_size(shape[1], _TINY, most=20)
    one = (
        alt.Chart(alt.NamedData("labels"), view=alt.ViewBackground(fill=alt.expr("missing")))
        .transform_filter("datum.channel == channel")
        .mark_rect()
        .encode(**cells(shape, labelled=False), color=colour("value", title, domain=domain), tooltip=text)
        .properties(width=alt.Step(cell), height=alt.Step(cell))
    )
    header = alt.Header(labelPadding=4)
    facet = alt.Facet("label:N", title=None, sort=list(audit.label_names[: n_labels_shown(audit)]), header=header)
    return one.facet(facet, columns=_ACROSS)


def profile(field: str, title: str) -> Layers:
    """Bars of one pixel's value for each label, over the data set `profile`; a tick marks each label's share."""
    base = alt.Chart(alt.NamedData("profile")).encode(
        y=alt.Y("label:N", title=None, sort=None, axis=alt.Axis(ticks=False, domain=False, labelLimit=110))
    )
    x = alt.X(f"{field}:Q", title=title, scale=alt.Scale(zero=True), axis=alt.Axis(tickCount=4))
    text = [alt.Tooltip("label:N", title="label"), alt.Tooltip(f"{field}:Q", title=title, format=".3~g")]
    layers = [base.mark_bar(color=BLUE).encode(x=x, tooltip=text)]
    if field != "label_mean":
        share = alt.Tooltip("share:Q", title="share of all images", format=".3~g")
        layers.append(base.mark_tick(color=ORANGE, thickness=2).encode(x="share:Q", tooltip=[text[0], share]))
    return alt.layer(*layers, width=280, height=alt.Step(18))


def flagship(audit: PixelAudit, k: int | None = None) -> Picture:
    """Return information on the grid beside the accuracy curve, with a slider for the number of pixels kept."""
    slider = alt.binding_range(min=1, max=len(audit.ranking), step=1, name="pixels kept, k ")
    chosen = alt.param(name="k", value=default_k(audit) if k is None else k, bind=slider)
    dead = f"crosses: dead pixels (variance under {audit.maps.dead_variance:.3g})"
    legend = f"rings: the first k pixels by {audit.settings.ranker.replace('_', ' ')}; {dead}; band: {audit.curve.band}"
    title = alt.Title(finding(audit), subtitle=legend, subtitlePadding=6)
    both = alt.hconcat(information_map(audit), accuracy_curve(audit), title=title)
    both = both.resolve_scale(color="independent").add_params(chosen)
    return Picture(
        chart=_dressed(both, audit, WIDTH, 0), datasets={"pixels": pixel_rows(audit), "curve": curve_rows(audit)}
    )


def all_pictures(audit: PixelAudit) -> dict[str, Picture]:
    """Return every picture of an audit by name; colour images give one map a channel."""
    unit = audit.unit.value
    main = flagship(audit)
    k = alt.param(name="k", value=default_k(audit))
    maps: dict[str, Any] = {
        "information_map": information_map(audit),
        "variance_map": plain_map(audit, "variance", "Variance per pixel", "variance, grey values squared"),
        "entropy_map": plain_map(audit, "entropy", "Entropy per pixel", f"H(pixel), {unit}s"),
        "bright_map": plain_map(audit, "bright", "How often a pixel is bright", "probability of bright"),
    }
    if audit.maps.information.null != "none":
        legend = f"I(pixel; label), {unit}s"
        maps["null_map"] = plain_map(audit, "null", "By chance alone", legend)
        maps["excess_map"] = plain_map(audit, "excess", "Information less chance", legend)
    if audit.settings.resamples:
        maps["stability_map"] = stability_map(audit)
    datasets = {name: {"pixels": main.datasets["pixels"]} for name in maps}
    datasets |= {name: {"labels": label_rows(audit, name)} for name in LABEL_MAPS}
    maps |= {name: label_maps(audit, name) for name in LABEL_MAPS}
    curve = _dressed(accuracy_curve(audit).add_params(k), audit, WIDTH, 0)
    pictures = {
        "audit": main,
        "accuracy_curve": Picture(chart=curve, datasets={"curve": main.datasets["curve"]}),
    }
    n_channels = audit.image_shape[2] if len(audit.image_shape) == 3 else 1
    for channel in range(n_channels):
        suffix = f"_channel_{channel}" if n_channels > 1 else ""
        for name, chart in maps.items():
            width = WIDTH if name == "information_map" else SMALL
            dressed = _dressed(chart.add_params(k), audit, width, channel)
            pictures[name + suffix] = Picture(chart=dressed, datasets=datasets[name])
    return pictures


def _dressed(chart: Any, audit: PixelAudit, width: int, channel: int) -> Any:
    """Return a chart with inks, and every parameter it may ask for."""
    cell = cell_size(audit.image_shape[1], width)
    chart = chart.add_params(*parameters(cell=cell, channel=channel, missing=LIGHT["missing"]))
    return chart.properties(config=config(LIGHT), padding=16)


def finding(audit: PixelAudit) -> str:
    """Return what the flagship shows, in one line."""
    k = default_k(audit)
    curve = audit.curve
    accuracy = curve.accuracy[curve.n_pixels.index(k)]
    n_dead, n, last = int(audit.maps.dead.sum()), len(audit.ranking), curve.n_pixels[-1]
    most = "" if k == last else f", {'all' if last == n else last} reach {curve.accuracy[-1]:.1%}"
    return f"{k} of {n} pixels tell {accuracy:.1%} of test images right{most}; {n_dead} are dead"
