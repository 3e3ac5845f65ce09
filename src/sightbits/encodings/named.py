"""Encodings by name."""

from typing import Any

from sightbits.core.checks import InputError, check_choice
from sightbits.encodings.affine import Centred, Identity, Inverted, Scaled, Standardised
from sightbits.encodings.chained import Chained
from sightbits.encodings.encoding import Encoding
from sightbits.encodings.levels import Binarised, Quantised

ENCODINGS: dict[str, type[Encoding]] = {
    "identity": Identity,
    "inverted": Inverted,
    "centred": Centred,
    "standardised": Standardised,
    "scaled": Scaled,
    "quantised": Quantised,
    "binarised": Binarised,
}
_WITHOUT_RANGE = {"centred", "standardised"}
_NEEDS_RANGE = {"inverted", "scaled", "quantised", "binarised"}


def encoding_named(name: str, value_range: Any = None) -> Encoding:
    """Return the encoding of a name, to be fitted.

    Parameters
    ----------
    name
        identity (values as they are), inverted (bright for dark), centred (minus each pixel's mean), standardised (also
        divided by its standard deviation), scaled (to -1 to 1), quantised (4 grey values) or binarised (2); or several
        joined by +, done one after the other, as in inverted+centred.
    value_range
        The lowest and the highest grey value there can be in the images. None for booleans and unsigned whole numbers
        of 8 or 16 bits, whose dtype tells. For encodings that need none it does not matter.

    Raises
    ------
    InputError
        For a name there is not, or an encoding that needs a range after one that leaves none.

    Notes
    -----
    Source: LeCun et al., Efficient BackProp, 1998, section 4.3, for centring and scaling; the question "Impact of
    inverting grayscale values on mnist dataset", stats.stackexchange.com, 2016, for inverting.

    Examples
    --------
    >>> encoding_named("inverted", value_range=(0.0, 1.0))
    Inverted(value_range=(0.0, 1.0))
    >>> encoding_named("inverted+centred")
    Chained(encodings=(Inverted(), Centred()))
    """
    names = name.split("+")
    rangeless, stated = None, value_range
    encodings = []
    for part in names:
        check_choice("encoding", part, ENCODINGS)
        if part in _NEEDS_RANGE and rangeless is not None:
            raise InputError(
                "encoding",
                wanted=f"{part} where grey values have a range",
                got=f"{name!r}, and after {rangeless} no lowest and highest value is known",
                remedy=f"Put {part} before {rangeless}.",
            )
        encodings.append(ENCODINGS[part](value_range=stated) if part in _NEEDS_RANGE else ENCODINGS[part]())
        if part == "scaled":
            stated = None  # a chain hands on what it was scaled to
        elif part in _WITHOUT_RANGE:
            rangeless = part
    return encodings[0] if len(encodings) == 1 else Chained(tuple(encodings))


def needs_range(name: str) -> bool:
    """Return whether the encoding of a name must know the lowest and the highest grey value.

    Examples
    --------
    >>> needs_range("inverted+centred"), needs_range("centred")
    (True, False)
    """
    return not _NEEDS_RANGE.isdisjoint(name.split("+"))
