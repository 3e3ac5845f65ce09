"""The data of the page: curves as columns, the maps of episodes as bytes."""

import base64
from typing import Any

import numpy as np
from jaxtyping import Shaped

from sightbits.core.result import plain
from sightbits.plots.measurement_curve.charts import calibrations
from sightbits.plots.measurement_curve.data import (
    calibration_rows,
    curve_rows,
    measured_columns,
    shown_labels,
    stop_rows,
    trade_rows,
)
from sightbits.plots.picture import Rows
from sightbits.plots.theme import RING, VIRIDIS
from sightbits.plots.words import n_channels, significant
from sightbits.studies.measurement_curve.episodes import Episode
from sightbits.studies.measurement_curve.result import MeasurementCurves

_NO_GAIN, _MOST_GAIN = 255, 254
_CERTAIN = 65535
_MOST_MAP_BYTES = 6_000_000


def page_data(result: MeasurementCurves) -> dict[str, Any]:
    """Return the data sets, each once."""
    measured = measured_columns(result)
    return plain(
        {
            "unit": result.unit.value,
            "shape": [*result.image_shape[:2], n_channels(result.image_shape)],
            "value_range": result.value_range,
            "label_names": result.label_names,
            "confidence": result.settings.confidence,
            "ring": RING,
            "viridis": VIRIDIS,
            "sets": {
                "curves": _columns(curve_rows(result)),
                "stops": _columns(stop_rows(result)),
                "trade": _columns(trade_rows(result)),
                "measured": {name: shares for name, shares in measured.items() if name.startswith("share")},
                **{name: _columns(calibration_rows(one)) for name, (one, _) in calibrations(result).items()},
            },
            "episodes": [_episode(result, episode) for episode in shown_episodes(result)],
        }
    )


def shown_episodes(result: MeasurementCurves) -> tuple[Episode, ...]:
    """Return the episodes that the page shows: of very large images only some, so that it stays a page."""
    sizes = np.cumsum([episode.gain.size for episode in result.episodes])
    return result.episodes[: max(1, int((sizes <= _MOST_MAP_BYTES).sum()))]


def _columns(rows: Rows) -> dict[str, list[Any]]:
    return {name: [row[name] for row in rows] for name in rows[0]} if rows else {}


def _episode(result: MeasurementCurves, episode: Episode) -> dict[str, Any]:
    low, high = result.value_range
    gain = np.clip(result.unit.from_nats(episode.gain), 0, None)
    defined = np.isfinite(gain)
    most = max(float(gain[defined].max(initial=0)), 1e-9)
    levels = np.where(defined, np.rint(np.nan_to_num(gain) / most * _MOST_GAIN), _NO_GAIN)
    labels = shown_labels(episode)
    shades = np.clip((episode.picture.ravel().astype(np.float64) - low) / (high - low), 0, 1)
    steps = np.arange(len(episode.pixels))
    return {
        "image": episode.image,
        "label": episode.label,
        "named": int(episode.posterior[-1].argmax()),
        "pixels": episode.pixels,
        "values": [significant(value) for value in episode.values],
        "told": [significant(value) for value in gain[steps, episode.pixels]],
        "likeliest": episode.posterior.argmax(axis=1),
        "sureness": [significant(chance) for chance in episode.posterior.max(axis=1)],
        "shown": labels,
        "most": significant(most),
        "posterior": _packed(np.rint(episode.posterior[:, labels] * _CERTAIN), "<u2"),
        "gain": _packed(levels, "u1"),
        "picture": _packed(np.rint(255 * shades), "u1"),
    }


def _packed(values: Shaped[np.ndarray, "..."], kind: str) -> str:
    return base64.b64encode(np.ascontiguousarray(values).astype(kind).tobytes()).decode()
