"""What a study of measuring found, part by part, as documents and as rows of tables."""

from typing import Any

import numpy as np

from sightbits.core.units import Unit
from sightbits.measurement.tree import Branch
from sightbits.studies.measurement_curve.curves import Calibration, MeasurementCurve
from sightbits.studies.measurement_curve.settings import MeasureSettings, Position

Document = dict[str, Any]


def curve_document(curve: MeasurementCurve, unit: Unit) -> Document:
    """Return accuracy and log-loss, the latter in a unit, after each number of pixels."""
    return {
        "n_pixels": curve.n_pixels,
        "accuracy": curve.accuracy,
        "accuracy_low": curve.low,
        "accuracy_high": curve.high,
        "log_loss": unit.from_nats(curve.log_loss),
        "log_loss_error": unit.from_nats(curve.log_loss_error),
    }


def stop_document(curve: MeasurementCurve) -> Document:
    """Return after how many pixels images met the stop rule, and how many were right then."""
    return {
        "mean": curve.to_stop.mean(),
        "median": np.median(curve.to_stop),
        "p95": np.quantile(curve.to_stop, 0.95),
        "accuracy": curve.right_at_stop.mean(),
        "share_stopped": curve.stopped.mean(),
    }


def trade_off_document(curve: MeasurementCurve) -> Document:
    """Return pixels and accuracy for stop rules of various confidence."""
    return {"confidence": curve.thresholds, "mean_pixels": curve.mean_pixels, "accuracy": curve.accuracy_at}


def calibration_document(curve: MeasurementCurve) -> Document:
    """Return how right the stated probabilities are at the stop and at the budget."""
    return {"at_stop": _bins_document(curve.at_stop), "at_budget": _bins_document(curve.at_budget)}


def _bins_document(calibration: Calibration) -> Document:
    return {
        "confidence": calibration.confidence,
        "accuracy": calibration.accuracy,
        "accuracy_low": calibration.low,
        "accuracy_high": calibration.high,
        "n_images": calibration.n_images,
        "error": calibration.error,
    }


class TreeDocument:
    """The tree of first choices in words.

    Parameters
    ----------
    policy
        The name of the policy that chose.
    position
        Gives row and column (and channel) of a pixel number.
    """

    def __init__(
        self,
        *,
        policy: str,
        settings: MeasureSettings,
        unit: Unit,
        level_names: tuple[str, ...],
        label_names: tuple[str, ...],
        image_shape: tuple[int, ...],
    ) -> None:
        self._policy, self._stop, self._unit = policy, settings.stop, unit
        self._level_names, self._label_names, self._image_shape = level_names, label_names, image_shape

    def nested(self, branch: Branch, depth: int = 0) -> Document:
        """Return a branch with those that follow, by the name of the level that is read."""
        return {
            "pixel": None if branch.pixel is None else self.position(branch.pixel),
            "gain": self._unit.from_nats(branch.gain),
            "best_gain": self._unit.from_nats(branch.best_gain),
            "reason": self.reason(branch, depth),
            "share": branch.share,
            "posterior": branch.posterior,
            "branches": {self.level_name(one): self.nested(one, depth + 1) for one in branch.branches},
        }

    def rows(self, branch: Branch) -> list[Document]:
        """Return a row for each branch, in reading order, with what was read to get there."""
        return self._rows(branch, ())

    def position(self, pixel: int) -> Position:
        """Return row and column (and channel) of a pixel's number."""
        return tuple(int(i) for i in np.unravel_index(pixel, self._image_shape))

    def level_name(self, branch: Branch) -> str:
        """Return the word for what was read to get to a branch; none at the root."""
        return "" if branch.outcome is None else self._level_names[branch.outcome]

    def likeliest(self, branch: Branch) -> tuple[str, float]:
        """Return the likeliest label and its probability."""
        label = int(branch.posterior.argmax())
        return self._label_names[label], float(branch.posterior[label])

    def reason(self, branch: Branch, depth: int) -> str:
        """Return why the pixel is measured, or why none is."""
        name, probability = self.likeliest(branch)
        if branch.pixel is None:
            met = self._stop.reached(branch.posterior[np.newaxis], np.array([depth]), np.array([0.0]))[0]
            ending = "enough" if met else "the tree ends here"
            return f"{name} is {100 * probability:.1f} % probable: {ending}"
        told = f"expected to tell {self._shown(branch.gain)}"
        if branch.gain >= branch.best_gain - 1e-6:
            return f"{told}, the most of all pixels"
        return f"{told}; another would tell {self._shown(branch.best_gain)}, but {self._policy} does not choose by that"

    def _shown(self, nats: float) -> str:
        return f"{self._unit.from_nats(nats):.3f} {self._unit}s"

    def _rows(self, branch: Branch, path: tuple[str, ...]) -> list[Document]:
        name, probability = self.likeliest(branch)
        axes = ("row", "column", "channel")[: len(self._image_shape)]
        place = (
            dict.fromkeys(axes) if branch.pixel is None else dict(zip(axes, self.position(branch.pixel), strict=True))
        )
        own = {
            "depth": len(path),
            "read": ", ".join(path),
            "share": branch.share,
            **place,
            "gain": self._unit.from_nats(branch.gain),
            "best_gain": self._unit.from_nats(branch.best_gain),
            "label": name,
            "probability": probability,
            "reason": self.reason(branch, len(path)),
        }
        below = [
            row
            for one in branch.branches
            if branch.pixel is not None
            for row in self._rows(one, (*path, self._reading(branch.pixel, one)))
        ]
        return [own, *below]

    def _reading(self, pixel: int, follower: Branch) -> str:
        return f"({', '.join(map(str, self.position(pixel)))}) {self.level_name(follower)}"


def settings_document(settings: MeasureSettings, n_pixels: int) -> Document:
    """Return what was asked for, with the budget that came of it."""
    return {
        "curves": list(dict.fromkeys(settings.curves)),
        "n_pixels": n_pixels,
        "confidence": settings.confidence,
        "entropy": settings.entropy,
        "cost_budget": settings.cost_budget,
        "levels": settings.levels,
        "flip": settings.flip,
        "deviation": settings.deviation,
        "costs": None if settings.costs is None else np.asarray(settings.costs),
        "unavailable": [list(place) for place in settings.unavailable],
        "pixels_per_step": settings.pixels_per_step,
        "episodes": settings.episodes,
        "tree_depth": settings.tree_depth,
        "seed": settings.seed,
    }
