"""The data sets that the pictures of a study of measuring draw."""

from typing import Any

import numpy as np
from jaxtyping import Bool

from sightbits.core.result import plain
from sightbits.plots.picture import Rows
from sightbits.plots.words import n_channels, percent_of, place, significant
from sightbits.studies.measurement_curve.curves import Calibration
from sightbits.studies.measurement_curve.episodes import Episode
from sightbits.studies.measurement_curve.result import MeasurementCurves

_MOST_LABELS = 16
_LEAST_APART = 0.09
_NORMAL_95 = 1.96


def curve_rows(result: MeasurementCurves) -> Rows:
    """Return the data set `curves`: accuracy and log-loss of each curve after 0, 1, 2, ... pixels, with 95 % bands."""
    rows = []
    for curve in result.curves.values():
        loss = result.unit.from_nats(curve.log_loss)
        margin = _NORMAL_95 * result.unit.from_nats(curve.log_loss_error)
        for i, n in enumerate(curve.n_pixels):
            figures = {
                "accuracy": curve.accuracy[i],
                "low": curve.low[i],
                "high": curve.high[i],
                "log_loss": loss[i],
                "loss_low": loss[i] - margin[i],
                "loss_high": loss[i] + margin[i],
            }
            rows.append(_row(curve.in_words, n_pixels=int(n), **figures))
    return rows


def stop_rows(result: MeasurementCurves) -> Rows:
    """Return the data set `stops`: the share of images that met the stop rule within k pixels."""
    rows = []
    for curve in result.curves.values():
        for n in curve.n_pixels:
            share = np.mean(curve.stopped & (curve.to_stop <= n))
            rows.append(_row(curve.in_words, n_pixels=int(n), share=share))
    return rows


def trade_rows(result: MeasurementCurves) -> Rows:
    """Return the data set `trade`: the mean number of pixels and the accuracy at each threshold."""
    rows = []
    labelled = _labelled(result)
    for curve in result.curves.values():
        points = zip(curve.thresholds, curve.mean_pixels, curve.accuracy_at, strict=True)
        for i, (threshold, pixels, accuracy) in enumerate(points):
            row = _row(curve.in_words, threshold=threshold, mean_pixels=pixels, accuracy=accuracy)
            named = curve is result.main and i in labelled
            rows.append({**row, "words": percent_of(threshold), "labelled": named})
    return rows


def _labelled(result: MeasurementCurves) -> list[int]:
    """The thresholds of the main curve that stand far enough apart to be named; that of the stop rule before others."""
    main, found = result.main, list[int]()
    nearest = np.abs(main.thresholds - result.settings.confidence)
    for i in np.argsort(nearest, kind="stable").tolist():
        apart = np.abs(main.mean_pixels[found] - main.mean_pixels[i])
        if (apart >= _LEAST_APART * main.n_pixels[-1]).all():
            found.append(i)
    return found


def calibration_rows(calibration: Calibration) -> Rows:
    """Return a data set `calibration_...`: how often images of each stated probability were named rightly."""
    names = ("confidence", "accuracy", "low", "high")
    return [
        {**{name: significant(getattr(calibration, name)[i]) for name in names}, "n_images": int(n)}
        for i, n in enumerate(calibration.n_images)
    ]


def measured_columns(result: MeasurementCurves) -> dict[str, Any]:
    """Return the data set `measured` as columns: of each pixel and curve, in how many images it is measured."""
    found: dict[str, Any] = {name: [] for name in ("row", "column", "channel")}
    for pixel in range(int(np.prod(result.image_shape))):
        for name, value in place(pixel, result.image_shape).items():
            found[name].append(value)
    usable = available(result)
    for i, curve in enumerate(result.curves.values()):
        found[f"share_{i}"] = [
            significant(share) if usable[pixel] else None for pixel, share in enumerate(curve.measured)
        ]
    return plain(found)


def measured_rows(result: MeasurementCurves) -> Rows:
    """Return the data set `measured`."""
    columns = measured_columns(result)
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def available(result: MeasurementCurves) -> Bool[np.ndarray, "pixels"]:
    """Return which pixels can be measured."""
    found = np.ones(result.image_shape, dtype=bool)
    for where in result.settings.unavailable:
        found[tuple(where)] = False
    return found.ravel()


def measured_maps(result: MeasurementCurves) -> list[tuple[str, int, int]]:
    """Return which maps of measured pixels there are: title, number of the curve, channel."""
    if n_channels(result.image_shape) > 1:
        return [(f"channel {channel}", 0, channel) for channel in range(n_channels(result.image_shape))]
    return [(curve.in_words, i, 0) for i, curve in enumerate(result.curves.values())]


def shown_labels(episode: Episode, most: int = _MOST_LABELS) -> list[int]:
    """Return the labels of an episode that get a bar, in their order: all, or those that come nearest and the true."""
    n_labels = episode.posterior.shape[1]
    if n_labels <= most:
        return list(range(n_labels))
    height = episode.posterior.max(axis=0)
    height[episode.label] = np.inf
    return sorted(np.argsort(-height, kind="stable")[:most].tolist())


def _row(curve: str, **figures: Any) -> dict[str, Any]:
    return {"curve": curve, **{k: v if isinstance(v, int) else significant(v) for k, v in figures.items()}}
