"""The words that pictures and page of a study of measuring share."""

import numpy as np

from sightbits.core.units import Unit
from sightbits.studies.measurement_curve.curves import MeasurementCurve
from sightbits.studies.measurement_curve.result import MeasurementCurves

_ENOUGH = 0.95


def readable(curve: MeasurementCurve) -> str:
    """Return the name of a curve in words: its policy, its belief."""
    return f"{curve.policy}, {curve.belief}".replace("_", " ")


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


def place(pixel: int, shape: tuple[int, ...]) -> dict[str, int]:
    """Return where a pixel is.

    Examples
    --------
    >>> place(11, (2, 3, 2))
    {'row': 1, 'column': 2, 'channel': 1}
    """
    row, column, *channel = (int(i) for i in np.unravel_index(pixel, shape))
    return {"row": row, "column": column, "channel": channel[0] if channel else 0}


def place_words(pixel: int, shape: tuple[int, ...]) -> str:
    """Return where a pixel is, in words.

    Examples
    --------
    >>> place_words(11, (2, 6)), place_words(11, (2, 3, 2))
    ('row 1, column 5', 'row 1, column 2, channel 1')
    """
    where = place(pixel, shape)
    words = f"row {where['row']}, column {where['column']}"
    return words + (f", channel {where['channel']}" if n_channels(shape) > 1 else "")


def n_channels(shape: tuple[int, ...]) -> int:
    """Return how many channels images of a shape have."""
    return shape[2] if len(shape) == 3 else 1


def percent(share: float | np.floating) -> str:
    r"""Return a share with one decimal; no line ends before its sign.

    Examples
    --------
    >>> percent(0.9504)
    '95.0\xa0%'
    """
    return f"{100 * float(share):.1f}\u00a0%"


def percent_of(probability: float) -> str:
    r"""Return a probability with as many decimals as it was given.

    Examples
    --------
    >>> percent_of(0.95), percent_of(0.999)
    ('95\xa0%', '99.9\xa0%')
    """
    return f"{100 * probability:.6g}\u00a0%"


def counted(n: int, noun: str) -> str:
    """Return a number with its noun.

    Examples
    --------
    >>> counted(1, "pixel"), counted(3, "pixel")
    ('1 pixel', '3 pixels')
    """
    return f"{n} {noun}{'' if n == 1 else 's'}"


def capital(text: str) -> str:
    """Return a text that begins with a capital letter."""
    return text[:1].upper() + text[1:]
