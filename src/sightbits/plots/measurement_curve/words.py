"""The words that pictures and page of a study of measuring share."""

import numpy as np

from sightbits.core.units import Unit
from sightbits.plots.words import capital, counted, percent, percent_of
from sightbits.studies.measurement_curve.curves import MeasurementCurve
from sightbits.studies.measurement_curve.result import MeasurementCurves

_ENOUGH = 0.95


def spoken(curve: MeasurementCurve) -> str:
    """Return the name of a curve as it stands within a sentence."""
    policy, belief = (name.replace("_", " ") for name in (curve.policy, curve.belief))
    return f"{policy} with the {belief} belief"


def finding(result: MeasurementCurves) -> str:
    """Return what the main curve shows, in one sentence."""
    main = result.main
    k, most = fewest_for(main, _ENOUGH), int(main.n_pixels[-1])
    where = np.flatnonzero(main.n_pixels == k)[0]
    names = f"names {percent(main.accuracy[where])} of the test images rightly after {counted(k, 'pixel')} "
    names += f"of {np.prod(result.image_shape)}"
    if k < most:
        names += f" and {percent(main.accuracy[-1])} after {most}"
    return (
        f"{capital(spoken(main))} {names}; it needs {main.to_stop.mean():.1f} on average until "
        f"{stop_words(result)}, and is right in {percent(main.right_at_stop.mean())} of the images then"
    )


def stop_words(result: MeasurementCurves) -> str:
    """Return when a session stops, in words that follow "until"."""
    settings = result.settings
    words = f"it is {percent_of(settings.confidence)} sure"
    if settings.entropy is not None:
        words += f" or the label's entropy is at most {settings.entropy:g} {Unit.BIT}s"
    if settings.cost_budget is not None:
        words += f" or it has spent {settings.cost_budget:g}"
    return words


def fewest_for(curve: MeasurementCurve, share: float) -> int:
    """Return after how many pixels a curve first reaches a share of the accuracy that it has at its end."""
    reached = curve.accuracy >= share * curve.accuracy[-1]
    return int(curve.n_pixels[reached.argmax()])
