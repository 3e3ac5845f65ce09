"""Every picture of an audit, as it stands alone."""

from typing import Any

import altair as alt

from sightbits.plots.grid import WIDTH, cell_size, parameters
from sightbits.plots.picture import Picture, Rows
from sightbits.plots.pixel_audit import rankers, redundancy
from sightbits.plots.pixel_audit.charts import (
    LABEL_MAPS,
    SMALL,
    accuracy_curve,
    information_map,
    label_maps,
    plain_map,
    stability_map,
)
from sightbits.plots.pixel_audit.data import (
    curve_rows,
    default_k,
    finding,
    label_rows,
    overlap_rows,
    pair_rows,
    pixel_rows,
    place,
    ranker_rows,
    readable,
)
from sightbits.plots.theme import LIGHT, config
from sightbits.studies.pixel_audit import PixelAudit


def flagship(audit: PixelAudit, k: int | None = None) -> Picture:
    """Return information on the grid beside the accuracy curve, with a slider for the number of pixels kept."""
    n_kept = default_k(audit) if k is None else k
    slider = alt.binding_range(min=1, max=audit.n_pixels, step=1, name="pixels kept, k ")
    chosen = alt.param(name="k", value=n_kept, bind=slider)
    signs = [f"crosses: dead pixels (variance under {audit.maps.dead_variance:.3g})", f"band: {audit.curve.band}"]
    if n_kept < audit.n_pixels:  # all pixels are ringed by none
        signs.insert(0, f"rings: the first k pixels by {readable(audit.settings.ranker)}")
    title = alt.Title(finding(audit), subtitle="; ".join(signs), subtitlePadding=6)
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
    if len(audit.redundancy.references):
        pictures["redundancy"] = _redundancy(audit)
    if len(audit.ranked) > 1:
        pictures["rankers"] = _rankers(audit)
        pictures["ranker_rings"] = _ranker_rings(audit, main.datasets["pixels"])
    return pictures


def _redundancy(audit: PixelAudit) -> Picture:
    best = int(audit.redundancy.references[0])
    where = place(audit, best)
    title = f"Every pixel beside row {where['row']}, column {where['column']}"
    three = alt.hconcat(*redundancy.maps(audit).values(), title=title).resolve_scale(color="independent")
    chart = _dressed(three, audit, SMALL, where["channel"])
    return Picture(chart=chart, datasets={"pairs": pair_rows(audit, best)})


def _rankers(audit: PixelAudit) -> Picture:
    k = default_k(audit)
    both = alt.hconcat(rankers.curves(audit), rankers.overlap(audit)).resolve_scale(color="independent")
    chart = _dressed(both.add_params(alt.param(name="k", value=k)), audit, WIDTH, 0)
    return Picture(chart=chart, datasets={"rankers": ranker_rows(audit), "overlap": overlap_rows(audit, k)})


def _ranker_rings(audit: PixelAudit, rows: Rows) -> Picture:
    k = default_k(audit)
    maps = [rankers.rings_map(audit, name) for name in audit.ranked]
    both = alt.concat(*maps, columns=4, title=f"The first {k} pixels of each ranker")
    chart = _dressed(both.add_params(alt.param(name="k", value=k)), audit, rankers.TINY, 0)
    return Picture(chart=chart, datasets={"pixels": rows})


def _dressed(chart: Any, audit: PixelAudit, width: int, channel: int) -> Any:
    """Return a chart with inks, and every parameter it may ask for."""
    cell = cell_size(audit.image_shape[1], width)
    chart = chart.add_params(*parameters(cell=cell, channel=channel, missing=LIGHT["missing"]))
    return chart.properties(config=config(LIGHT), padding=16)
