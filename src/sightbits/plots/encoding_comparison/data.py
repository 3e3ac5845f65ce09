"""The data sets that the pictures of encodings compared draw."""

from typing import Any

import numpy as np
from jaxtyping import Float64

from sightbits.core.result import plain
from sightbits.plots.encoding_comparison.words import readable
from sightbits.plots.picture import Rows
from sightbits.plots.words import n_channels, place, significant
from sightbits.studies.encoding_comparison import EncodingComparison

_RANKS = 90  # of a spectrum: evenly spaced where the axis is logarithmic


def curve_rows(result: EncodingComparison, model: str) -> Rows:
    """Return a data set `curves_...`: accuracy after each trial, at the common rate and at each encoding's best."""
    rows = []
    for name, one in result.curves[model].items():
        for at, curve in (("common", one.main), ("best", one.best)):
            if curve is None:
                continue
            mean, std = curve.mean, curve.std
            rows += [
                {
                    "encoding": readable(name),
                    "at": at,
                    "rate": curve.rate,
                    "updates": int(n),
                    "accuracy": significant(mean[i]),
                    "low": significant(mean[i] - std[i]),
                    "high": significant(min(1, mean[i] + std[i])),
                }
                for i, n in enumerate(curve.updates)
            ]
    return rows


def rate_rows(result: EncodingComparison, model: str) -> Rows:
    """Return a data set `rates_...`: accuracy on held-out images at each rate that no seed diverged at."""
    return [
        {
            "encoding": readable(name),
            "rate": rate,
            "accuracy": significant(sweep.mean[i]),
            "std": significant(sweep.std[i]),
            "best": i == sweep.best,
        }
        for name, one in result.curves[model].items()
        for sweep in [one.sweep]
        if sweep is not None
        for i, rate in enumerate(sweep.rates)
        if np.isfinite(sweep.mean[i])
    ]


def stable_rows(result: EncodingComparison) -> Rows:
    """Return the data set `stable`: the rate up to which softmax regression is stable near zero weights."""
    return [
        {"encoding": readable(name), "rate": significant(inputs.spectrum.stable_rate(result.n_labels))}
        for name, inputs in result.encodings.items()
    ]


def spectrum_rows(result: EncodingComparison) -> Rows:
    """Return the data set `spectrum`: eigenvalues above rounding, at ranks that stand apart on a logarithmic axis."""
    rows = []
    for name, inputs in result.encodings.items():
        spectrum = inputs.spectrum
        ranks = np.unique(np.rint(np.geomspace(1, spectrum.rank, _RANKS)).astype(int))
        rows += [
            {"encoding": readable(name), "rank": int(k), "eigenvalue": significant(spectrum.eigenvalues[k - 1])}
            for k in ranks
        ]
    return rows


def mapped_model(result: EncodingComparison) -> str | None:
    """Return the first network in which each pixel has weights of its own, whose changes are mapped."""
    for model, curves in result.curves.items():
        if any(one.main.weight_change is not None for one in curves.values()):
            return model
    return None


def weight_changes(result: EncodingComparison) -> dict[str, Float64[np.ndarray, "pixels"]]:
    """Return that network's weight changes by encoding, without those on which it diverged."""
    model = mapped_model(result)
    curves = {} if model is None else result.curves[model]
    return {
        name: one.main.weight_change
        for name, one in curves.items()
        if one.main.weight_change is not None and np.isfinite(one.main.weight_change).all()
    }


def change_columns(result: EncodingComparison) -> dict[str, list[float | None]]:
    """Return the weight changes of each encoding as columns of a data set of places; None where none moved at all.

    Notes
    -----
    Of colour images it is the largest of a place's channels.
    """
    found = {}
    for i, change in enumerate(weight_changes(result).values()):
        largest = change.reshape(-1, n_channels(result.image_shape)).max(axis=1)
        found[f"change_{i}"] = [significant(value) if value > 0 else None for value in largest]
    return found


def place_rows(result: EncodingComparison) -> Rows:
    """Return the data set `places`: a row for each row and column of an image."""
    columns = change_columns(result)
    shape = result.image_shape[:2]
    return [
        {**place(i, shape), **{name: values[i] for name, values in columns.items()}} for i in range(int(np.prod(shape)))
    ]


def information_columns(result: EncodingComparison) -> dict[str, Any]:
    """Return the pixel information of the reference, and what chance gives, as columns of a data set of pixels."""
    information = result.encodings[result.reference].information
    convert = result.unit.from_nats
    return plain(
        {
            "information": [significant(value) for value in convert(information.value)],
            "null": [significant(value) for value in convert(information.null_mean)],
        }
    )


def pixel_rows(result: EncodingComparison) -> Rows:
    """Return the data set `pixels`: a row for each pixel and channel."""
    columns = information_columns(result)
    return [
        {**place(pixel, result.image_shape), **{name: values[pixel] for name, values in columns.items()}}
        for pixel in range(int(np.prod(result.image_shape)))
    ]
