"""From many measured images to the figures of one policy with one belief."""

from dataclasses import fields
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int64

from sightbits.core.result import plain
from sightbits.estimation.proportions import wilson_interval
from sightbits.measurement.simulation import Simulation
from sightbits.measurement.stopping import StopRule
from sightbits.studies.measurement_curve.curves import Calibration, MeasurementCurve

THRESHOLDS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999)
_MOST_BINS = 10
_LEAST_IN_BIN = 20

Stops = tuple[Int64[np.ndarray, "n_images"], Bool[np.ndarray, "n_images"]]


def curve_of(
    simulation: Simulation,
    *,
    policy: str,
    belief: str,
    stop: StopRule,
    confidence: float,
    n_pixels: int,
    pixels_per_step: int,
    seconds: float,
) -> MeasurementCurve:
    """Return the figures of images that were measured up to a budget.

    Parameters
    ----------
    stop
        The rule that sessions stop by, apart from the budget.
    confidence
        One more threshold beside `THRESHOLDS`.
    n_pixels
        The budget.
    """
    points = np.arange(n_pixels + 1)
    states = np.minimum(points, simulation.n_steps)  # where every image ended early, it stays as it was
    right, losses = simulation.right[:, states], simulation.log_losses[:, states]
    likeliest = simulation.walks.posterior.max(axis=2)[:, states]
    n_images = len(right)
    low, high = wilson_interval(right.sum(axis=0), n_images)
    ends = _ends(simulation.walks.n_measured, n_pixels, pixels_per_step)
    to_stop, stopped = _first(_reached(simulation, stop, states), ends)
    thresholds = np.unique([*THRESHOLDS, confidence])
    # compared as Python numbers, which become float32 as the probabilities are: 19/20 is not less than 0.95
    until = [_first(likeliest >= threshold, ends)[0] for threshold in thresholds.tolist()]
    images = np.arange(n_images)
    return MeasurementCurve(
        policy=policy,
        belief=belief,
        n_pixels=points,
        accuracy=right.mean(axis=0),
        low=low,
        high=high,
        log_loss=losses.mean(axis=0),
        log_loss_error=losses.std(axis=0, ddof=1) / np.sqrt(n_images) if n_images > 1 else np.full(len(points), np.nan),
        to_stop=to_stop,
        stopped=stopped,
        right_at_stop=right[images, to_stop],
        thresholds=thresholds,
        mean_pixels=np.array([n.mean() for n in until]),
        accuracy_at=np.array([right[images, n].mean() for n in until]),
        at_stop=calibration_of(likeliest[images, to_stop], right[images, to_stop]),
        at_budget=calibration_of(likeliest[:, -1], right[:, -1]),
        measured=_share_measured(simulation, to_stop),
        seconds=seconds,
    )


def calibration_of(confidence: Float[np.ndarray, "n_images"], right: Bool[np.ndarray, "n_images"]) -> Calibration:
    """Return how often the likeliest label is right beside how probable it was said to be.

    Notes
    -----
    In up to 10 bins of about as many images each, at least 20; images of the same confidence are never parted. Bins
    of equal width would put nearly all images into one, since sessions stop at a high confidence, and too few into
    the others to say anything; with bins of equal mass all intervals are about as wide, and chance adds least to the
    error. Source: J. Nixon and others, Measuring calibration in deep learning, 2019, on adaptive calibration error.
    """
    stated = confidence.astype(np.float64)
    n_bins = int(np.clip(len(stated) // _LEAST_IN_BIN, 1, _MOST_BINS))
    edges = np.unique(np.quantile(stated, np.arange(1, n_bins) / n_bins, method="higher"))
    bins = np.searchsorted(edges, stated, side="right")
    n_in_bin = np.bincount(bins)
    filled = n_in_bin > 0
    n_of = n_in_bin[filled]
    n_right = np.bincount(bins, weights=right)[filled]
    mean = np.bincount(bins, weights=stated)[filled] / n_of
    low, high = wilson_interval(n_right, n_of)
    return Calibration(
        confidence=mean,
        accuracy=n_right / n_of,
        low=low,
        high=high,
        n_images=n_of,
        error=float((np.abs(n_right / n_of - mean) * n_of).sum() / n_of.sum()),
    )


def to_journal(curve: MeasurementCurve | Calibration) -> dict[str, Any]:
    """Return a curve as a JSON-able document that nothing is lost in."""
    return {
        field.name: to_journal(value) if isinstance(value, Calibration) else plain(value)
        for field in fields(curve)
        for value in [getattr(curve, field.name)]
    }


def from_journal(document: dict[str, Any]) -> MeasurementCurve:
    """Return the curve that was made a document."""
    return MeasurementCurve(**{name: _restored(value) for name, value in document.items()})


def _restored(value: Any) -> Any:
    if isinstance(value, dict):
        return Calibration(**{name: _restored(one) for name, one in value.items()})
    if isinstance(value, list):  # a missing number became null
        return np.array([np.nan if one is None else one for one in value])
    return value


def _ends(
    n_measured: Int64[np.ndarray, "n_images"], n_pixels: int, pixels_per_step: int
) -> Bool[np.ndarray, "n_images points"]:
    """After how many pixels a session asks whether to stop: after each step, and when nothing is left."""
    points = np.arange(n_pixels + 1)
    return (points % pixels_per_step == 0) | (points >= n_measured[:, np.newaxis])


def _reached(
    simulation: Simulation, rule: StopRule, states: Int64[np.ndarray, "points"]
) -> Bool[np.ndarray, "n_images points"]:
    """Whether each image meets a rule after each number of pixels."""
    walks = simulation.walks
    cost = np.cumsum(np.where(walks.pixels >= 0, simulation.costs[walks.pixels], 0.0), axis=1)
    spent = np.concatenate([np.zeros((len(cost), 1)), cost], axis=1)
    n_measured = np.minimum(np.arange(simulation.n_steps + 1), walks.n_measured[:, np.newaxis])
    columns = [rule.reached(walks.posterior[:, i], n_measured[:, i], spent[:, i]) for i in states]
    return np.stack(columns, axis=1)


def _first(reached: Bool[np.ndarray, "n_images points"], ends: Bool[np.ndarray, "n_images points"]) -> Stops:
    """After how many pixels each image stops, and whether it does; the last point where it does not."""
    stops = reached & ends
    found = stops.any(axis=1)
    return np.where(found, stops.argmax(axis=1), stops.shape[1] - 1), found


def _share_measured(simulation: Simulation, to_stop: Int64[np.ndarray, "n_images"]) -> Float[np.ndarray, "pixels"]:
    pixels = simulation.walks.pixels
    within = (np.arange(pixels.shape[1]) < to_stop[:, np.newaxis]) & (pixels >= 0)
    counted = np.bincount(pixels[within], minlength=len(simulation.costs))
    return counted / len(pixels)
