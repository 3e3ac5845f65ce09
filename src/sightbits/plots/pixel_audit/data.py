"""The data sets that the pictures of an audit draw, and the words they share."""

from typing import Any

import numpy as np

from sightbits.core.result import plain
from sightbits.plots.picture import Rows
from sightbits.studies.pixel_audit import PixelAudit, RankedPixels

_MOST_LABELS, _MOST_CELLS = 30, 40_000
_LEAST_SHOWN = 0.0005


def finding(audit: PixelAudit) -> str:
    """Return what the flagship shows, in one line."""
    k = default_k(audit)
    curve = audit.curve
    accuracy = curve.accuracy[curve.n_pixels.index(k)]
    n_dead, n, last = int(audit.maps.dead.sum()), audit.n_pixels, curve.n_pixels[-1]
    most = "" if k == last else f", {'all' if last == n else f'{last:,}'} reach {curve.accuracy[-1]:.1%}"
    return f"{k:,} of {n:,} pixels tell {accuracy:.1%} of test images right{most}; {n_dead:,} are dead"


def default_k(audit: PixelAudit) -> int:
    """Return the fewest pixels on the curve that reach 95 % of the accuracy of the most: what a picture rings."""
    return audit.curve.fewest_for(0.95)


def labels_shown(audit: PixelAudit) -> list[int]:
    """Return which labels get a small map: the most frequent, as many as can be drawn and read; in their own order."""
    n_cells = audit.image_shape[0] * audit.image_shape[1]
    n_shown = min(_MOST_LABELS, max(1, _MOST_CELLS // n_cells))
    most_frequent = np.argsort(-audit.maps.label_count, kind="stable")[:n_shown]
    return np.sort(most_frequent).tolist()


def names_shown(audit: PixelAudit) -> list[str]:
    """Return the names of the labels that get a small map."""
    return [audit.label_names[label] for label in labels_shown(audit)]


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
            "rank": audit.main.ranks,
            **{f"rank_{name}": one.ranks for name, one in audit.ranked.items() if len(audit.ranked) > 1},
            "stability": significant(audit.main.frequency(default_k(audit))),
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
        {**place(audit, pixel), **{name: values[pixel] for name, values in columns.items()}}
        for pixel in range(audit.n_pixels)
    ]


def curve_rows(audit: PixelAudit) -> Rows:
    """Return the data set `curve`."""
    return _curve_rows(audit.main)


def ranker_rows(audit: PixelAudit) -> Rows:
    """Return the data set `rankers`: every ranker's curve."""
    return [{"ranker": readable(name), **row} for name, one in audit.ranked.items() for row in _curve_rows(one)]


def _curve_rows(one: RankedPixels) -> Rows:
    curve = one.curve
    columns = {"n_pixels": curve.n_pixels, "accuracy": curve.accuracy, "low": curve.low, "high": curve.high}
    return [dict(zip(columns, plain(list(row)), strict=True)) for row in zip(*columns.values(), strict=True)]


def overlap_rows(audit: PixelAudit, k: int) -> Rows:
    """Return the data set `overlap`: the Jaccard index of the first k pixels of every two rankers."""
    names = [readable(name) for name in audit.ranked]
    return [
        {"first": a, "second": b, "jaccard": round(jaccard, 4)}
        for a, row in zip(names, audit.overlap(k), strict=True)
        for b, jaccard in zip(names, row, strict=True)
    ]


def pair_rows(audit: PixelAudit, pixel: int) -> Rows:
    """Return the data set `pairs`: every pixel beside one; that one itself is left without figures."""
    beside = audit.redundancy.beside(pixel)
    if beside is None:
        return []
    convert = audit.unit.from_nats
    columns = {
        name: significant(np.where(np.arange(audit.n_pixels) == pixel, np.nan, convert(nats)))
        for name, nats in (("shared", beside.shared), ("given", beside.given), ("interaction", beside.interaction))
    }
    return [
        {
            **place(audit, other),
            "chosen": other == pixel,
            **{name: values[other] for name, values in columns.items()},
        }
        for other in range(audit.n_pixels)
    ]


def readable(name: str) -> str:
    """Return a name of the library in words."""
    return "plug-in" if name == "plug_in" else name.replace("_", " ")


def label_rows(audit: PixelAudit, name: str) -> Rows:
    """Return the data set `labels` of one kind of map, with missing values left out."""
    values = audit.pixel_maps()[name]
    return [
        {**place(audit, pixel), "label": audit.label_names[label], "value": float(f"{values[pixel, label]:.4g}")}
        for label in labels_shown(audit)
        for pixel in range(values.shape[0])
        if np.isfinite(values[pixel, label])
    ]


def place(audit: PixelAudit, pixel: int) -> dict[str, int]:
    """Return row, column and channel (0 where there is one) of a pixel number, as a row of data says them."""
    row, column, *channel = audit.position(pixel)
    return {"row": row, "column": column, "channel": channel[0] if channel else 0}
