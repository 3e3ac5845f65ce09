"""Between which grey values images lie, as far as it is known."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from sightbits.core.checks import InputError
from sightbits.core.streams.stream import ImageStream
from sightbits.encodings.training import Training

_OF_BYTES = {("b", 1): 1.0, ("u", 1): 255.0, ("u", 2): 65535.0}
_ROUNDING = 64  # how many times the precision of a float is no excess


@dataclass(frozen=True, kw_only=True)
class GreyRange:
    """The lowest and the highest grey value there can be, and whether there are only whole numbers between."""

    low: float
    high: float
    whole: bool


def known_range(dtype: np.dtype[Any]) -> GreyRange | None:
    """Return the range that all values of a dtype have: booleans and whole numbers of 8 or 16 bits from 0 up.

    Examples
    --------
    >>> known_range(np.dtype(np.uint8))
    GreyRange(low=0.0, high=255.0, whole=True)
    >>> known_range(np.dtype(np.float32)) is None
    True
    """
    high = _OF_BYTES.get((dtype.kind, dtype.itemsize))
    return None if high is None else GreyRange(low=0.0, high=high, whole=True)


def check_ascending(name: str, pair: Any) -> tuple[float, float]:
    """Return two finite ascending numbers as floats, or raise `InputError`."""
    try:
        ends = np.asarray(pair, dtype=np.float64)
    except (TypeError, ValueError):
        ends = np.zeros(0)
    if ends.shape == (2,) and ends[0] < ends[1] and np.isfinite(ends[1] / 2 - ends[0] / 2):
        return float(ends[0]), float(ends[1])
    raise InputError(
        name,
        wanted="two finite numbers, the lower first",
        got=repr(pair),
        remedy="Give them as (low, high), for instance (0.0, 1.0).",
    )


def range_of_stream(stream: ImageStream) -> GreyRange | None:
    """Return the range that all images of a stream have: that of their dtype, as with arrays, else the stream's own.

    Notes
    -----
    None for floats beyond 0 to 1 of which none was stated: what was seen is not all that can be.
    """
    known = known_range(stream.dtype)
    if known is not None or stream.range_seen:
        return known
    low, high = stream.value_range
    return GreyRange(low=low, high=high, whole=stream.whole and low % 1 == high % 1 == 0)


def settle_range(stated: Any, known: GreyRange | None, training: Training) -> GreyRange:
    """Return the range that was stated, to which the images have to keep, else the one that is known.

    Raises
    ------
    InputError
        Where neither is there, what is stated is no range, or an image goes beyond that.
    """
    if stated is None and known is not None:
        return known
    if stated is None:
        raise InputError(
            "value_range",
            wanted="a lowest and a highest grey value",
            got=f"None, with images of {training.dtype}, which do not tell",
            remedy="State it, for instance value_range=(0.0, 1.0).",
        )
    low, high = check_ascending("value_range", stated)
    dtype = training.dtype
    slack = _ROUNDING * float(np.finfo(dtype).eps) * max(abs(low), abs(high)) if dtype.kind == "f" else 0.0
    if not training.within(low - slack, high + slack):
        lowest, highest = training.extremes
        raise InputError(
            "value_range",
            wanted=f"a range that holds all images, which go from {lowest:g} to {highest:g}",
            got=f"{low:g} to {high:g}",
            remedy="State the lowest and highest grey value there can be.",
        )
    whole = dtype.kind in "iub" or (known is not None and known.whole)
    return GreyRange(low=low, high=high, whole=whole and low % 1 == high % 1 == 0)
