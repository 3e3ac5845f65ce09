"""The charts of an audit. Each names the data sets it draws, so that a page holds each once."""

from typing import Any

import altair as alt
import numpy as np

from sightbits.plots.grid import Layers, cell_size, cells, colour, crosses, heat, on_grid, rings
from sightbits.plots.pixel_audit.data import names_shown
from sightbits.plots.theme import BLUE, ORANGE
from sightbits.studies.pixel_audit import PixelAudit

SMALL = 300
_TINY, _ACROSS = 150, 5
_SCALE_OF = {"variance": "variance", "entropy": "entropy", "bright": "probability_bright"}
LABEL_MAPS = {
    "label_mean": "mean grey value",
    "label_given_bright": "probability of the label where the pixel is bright",
    "label_given_dark": "probability of the label where the pixel is dark",
}


def _domain(audit: PixelAudit, name: str) -> list[float]:
    """Return the colour scale of a map: from 0, or from its lowest value below, to its highest."""
    values = audit.pixel_maps()[name]
    defined = values[np.isfinite(values)]
    return [float(defined.min(initial=0)), float(defined.max())] if defined.size else [0.0, 1.0]


def information_domain(audit: PixelAudit) -> list[float]:
    """Return the colour scale that all maps of information share."""
    return _domain(audit, "mutual_information")


def information_map(audit: PixelAudit) -> Layers:
    """Information on the grid, dead pixels crossed out, the first k ringed."""
    shape, unit = audit.image_shape, audit.unit.value
    fill = colour("information", f"I(pixel; label), {unit}s", domain=information_domain(audit))
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


def pixels_axis(audit: PixelAudit) -> alt.X:
    """The number of pixels kept, from left to right."""
    most = max(one.curve.n_pixels[-1] for one in audit.ranked.values())
    ticks = [k for k in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 50_000) if k < most * 0.6]
    return alt.X(
        "n_pixels:Q",
        title="pixels kept, k (logarithmic)",
        scale=alt.Scale(type="log", domain=[1, max(2, most)], nice=False),
        axis=alt.Axis(values=[*ticks, most], grid=False, format="d", labelOverlap=True),
    )


def accuracy_curve(audit: PixelAudit) -> Layers:
    """Accuracy against the number of pixels, with its band and the k that is chosen."""
    x = pixels_axis(audit)
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
    facet = alt.Facet("label:N", title=None, sort=names_shown(audit), header=header)
    return one.facet(facet, columns=_ACROSS)


def profile(audit: PixelAudit, field: str, title: str) -> Layers:
    """Bars of one pixel's value for each label, over the data set `profile`; a tick marks each label's share.

    The parameter `top_` and the field's name is where the scale ends: left to itself, one without values has no end.
    """
    low, high = _domain(audit, field)
    top = alt.param(name=f"top_{field}", value=high or 1.0)
    base = alt.Chart(alt.NamedData("profile")).encode(
        y=alt.Y("label:N", title=None, sort=None, axis=alt.Axis(ticks=False, domain=False, labelLimit=110))
    )
    x = alt.X(
        f"{field}:Q",
        title=title,
        scale=alt.Scale(domain=[low, alt.ExprRef(top.name)]),
        axis=alt.Axis(tickCount=4),
    )
    text = [alt.Tooltip("label:N", title="label"), alt.Tooltip(f"{field}:Q", title=title, format=".3~g")]
    layers = [base.mark_bar(color=BLUE).encode(x=x, tooltip=text)]
    if field != "label_mean":
        share = alt.Tooltip("share:Q", title="share of all images", format=".3~g")
        layers.append(base.mark_tick(color=ORANGE, thickness=2).encode(x="share:Q", tooltip=[text[0], share]))
    return alt.layer(*layers, width=280, height=alt.Step(18)).add_params(top)
