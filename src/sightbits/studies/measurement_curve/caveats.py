"""What a reader should know before believing the figures of a study of measuring."""

from collections.abc import Sequence
from dataclasses import fields

import numpy as np

from sightbits.estimation.proportions import wilson_interval
from sightbits.measurement.noise import NoNoise
from sightbits.measurement.parts import named_parts
from sightbits.studies.measurement_curve.curves import Calibration, MeasurementCurve
from sightbits.studies.measurement_curve.settings import MeasureSettings

_MUCH_ERROR = 0.05
_MOST_SHOULD_STOP = 0.9


def warnings_of(curves: Sequence[MeasurementCurve], settings: MeasureSettings) -> tuple[str, ...]:
    """Return sentences; none where there is nothing to say."""
    found = [sentence for curve in curves if (sentence := _overconfident(curve))]
    if not isinstance(settings.noise, NoNoise):
        deaf = [belief for belief in dict.fromkeys(curve.belief for curve in curves) if not knows_noise(belief)]
        found += [
            f"The belief {belief.replace('_', ' ')} does not know of noise and takes every reading for right: one "
            "wrong reading can rule the true label out. Compare it with a belief that does, such as mixture."
            for belief in deaf
        ]
    censored = [curve for curve in curves if curve.stopped.mean() < _MOST_SHOULD_STOP]
    if censored:
        shares = "; ".join(f"{curve.in_words} ({_percent(curve.stopped.mean(), 0)})" for curve in censored)
        n_pixels = int(censored[0].n_pixels[-1])
        found.append(
            f"Fewer than {_percent(_MOST_SHOULD_STOP, 0)} of images met the stop rule within {n_pixels} pixels: "
            f"{shares}. The others count as {n_pixels}, so that the true mean is higher; a larger n_pixels shows it."
        )
    if any(curve.policy == "lowest_entropy" for curve in curves):
        found.append(
            "The policy lowest entropy measures the pixel with the lowest joint entropy H(reading, label) = "
            "H(label) + H(reading | label), which is the one that changes least: where pixels never change it learns "
            "nothing. Information gain is what its source computes."
        )
    unused = settings.cost_budget is None and not any(curve.policy == "cost_aware" for curve in curves)
    if settings.costs is not None and unused:
        found.append("Costs change nothing here: only the policy cost aware and a cost budget look at them.")
    return tuple(found)


def knows_noise(belief: str) -> bool:
    """Return whether a belief can be told how readings go wrong."""
    return "noise" in {field.name for field in fields(named_parts("belief")[belief])}


def _overconfident(curve: MeasurementCurve) -> str:
    calibration = curve.at_stop
    stated, right, n = _overall(calibration)
    _, high = wilson_interval(np.array([right * n]), n)
    if calibration.error <= _MUCH_ERROR or stated <= high[0]:
        return ""
    return (
        f"{curve.in_words.capitalize()} is overconfident: when it stopped, its label was said to be "
        f"{_percent(stated, 1)} probable and was right in {_percent(right, 1)} of images (calibration error "
        f"{_percent(calibration.error, 1)})."
    )


def _percent(share: float, decimals: int) -> str:
    """A share as the page writes it: no line ends before the sign."""
    return f"{100 * share:.{decimals}f}\u00a0%"


def _overall(calibration: Calibration) -> tuple[float, float, int]:
    n_of = calibration.n_images
    stated = float(np.average(calibration.confidence, weights=n_of))
    return stated, float(np.average(calibration.accuracy, weights=n_of)), int(n_of.sum())
