"""The figures of the page as tables, for who cannot see or does not trust charts."""

import numpy as np

from sightbits.plots.words import percent
from sightbits.studies.measurement_curve.curves import Calibration
from sightbits.studies.measurement_curve.result import MeasurementCurves

Rows = tuple[tuple[str, ...], ...]

_POINTS = (1, 2, 5, 10, 15, 20, 30, 50, 100, 200, 500, 1000, 2000, 5000)
_MOST_POINTS = 6


def accuracy_rows(result: MeasurementCurves) -> Rows:
    """Return the accuracy of each curve after some numbers of pixels, and its log-loss at the last."""
    last = int(result.main.n_pixels[-1])
    points = [*(k for k in _POINTS if k < last), last][-_MOST_POINTS:]
    head = ("measured by", *(f"after {k}" for k in points), f"log-loss after {last}, {result.unit}s")
    rows = [
        (
            curve.in_words,
            *(percent(curve.accuracy[int(np.flatnonzero(curve.n_pixels == k)[0])]) for k in points),
            f"{result.unit.from_nats(float(curve.log_loss[-1])):.3f} ± "
            f"{result.unit.from_nats(float(curve.log_loss_error[-1])):.3f}",
        )
        for curve in result.curves.values()
    ]
    return (head, *rows)


def stop_rows(result: MeasurementCurves) -> Rows:
    """Return how many pixels each curve takes until it stops."""
    head = ("measured by", "pixels, mean", "median", "95 % need at most", "have stopped", "right when stopped")
    rows = [
        (
            curve.in_words,
            f"{curve.to_stop.mean():.2f}",
            f"{np.median(curve.to_stop):g}",
            f"{np.ceil(np.quantile(curve.to_stop, 0.95)):g}",
            percent(curve.stopped.mean()),
            percent(curve.right_at_stop.mean()),
        )
        for curve in result.curves.values()
    ]
    return (head, *rows)


def calibration_rows(result: MeasurementCurves) -> Rows:
    """Return the bins of both calibrations of the main curve."""
    main = result.main
    head = ("when", "said to be probable by", "right", "95 % interval", "images")
    return (head, *_bins("at the stop", main.at_stop), *_bins(f"after {int(main.n_pixels[-1])} pixels", main.at_budget))


def _bins(when: str, calibration: Calibration) -> Rows:
    return tuple(
        (
            when,
            percent(calibration.confidence[i]),
            percent(calibration.accuracy[i]),
            f"{percent(calibration.low[i])} to {percent(calibration.high[i])}",
            f"{n:,}",
        )
        for i, n in enumerate(calibration.n_images.tolist())
    )
