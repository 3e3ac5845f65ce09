"""Words and numbers that pictures and pages of several studies share."""

from typing import Any

import numpy as np


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


def accuracy_words(accuracy: float, std: float = np.nan) -> str:
    r"""Return an accuracy, with its standard deviation where there is one; in words where there is none.

    Examples
    --------
    >>> accuracy_words(0.9188, 0.0007), accuracy_words(float("nan"))
    ('91.88 ± 0.07\xa0%', 'diverged')
    """
    if np.isnan(accuracy):
        return "diverged"
    return percent(accuracy) if np.isnan(std) else f"{100 * accuracy:.2f} ± {100 * std:.2f}\u00a0%"


def share(value: float) -> str:
    r"""Return a share in whole percent.

    Examples
    --------
    >>> share(1.0123), share(float("nan"))
    ('101\xa0%', '-')
    """
    return "-" if np.isnan(value) else f"{100 * value:.0f}\u00a0%"


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


def significant(value: Any) -> float | None:
    """Return a number to five significant digits, what a picture can show; None where there is none."""
    return float(f"{value:.5g}") if np.isfinite(value) else None
