"""The words and strokes that pictures and page of a comparison of encodings share."""

from typing import Any

import numpy as np

from sightbits.plots.lines import SOLID, Dash, Strokes
from sightbits.plots.theme import BLUE, CATEGORICAL, GREY, ORANGE
from sightbits.plots.words import accuracy_words, capital, share
from sightbits.studies.encoding_comparison import EncodingComparison

INVERTED = "inverted"
_GREEN, _PURPLE, _RED, _SKY = CATEGORICAL[2:]
# An encoding has the same ink in every report. Several done one after the other have that of the last, dashed.
_INKS = {
    "identity": BLUE,
    "inverted": _RED,
    "centred": _GREEN,
    "standardised": _PURPLE,
    "scaled": _SKY,
    "quantised": ORANGE,
    "binarised": GREY,
}
_DASHES: tuple[Dash, ...] = ((5, 4), (2, 2), (9, 3, 2, 3), (1, 4))
_MODELS = {"mlp": "MLP", "lenet": "LeNet", "batch_norm": "batch norm"}
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_DIFFERENTLY = "The same information, learned differently"
_FAR_BEYOND = 1.5  # of the gap: no longer a matter of closing it
_LEAST_GAP = 0.01  # one point of accuracy: a share of less says nothing


def readable(encoding: str) -> str:
    """Return the name of an encoding in words.

    Examples
    --------
    >>> readable("inverted+centred")
    'inverted + centred'
    """
    return encoding.replace("+", " + ")


def readable_model(model: str) -> str:
    """Return the name of a network in words.

    Examples
    --------
    >>> readable_model("lenet+batch_norm+he"), readable_model("softmax")
    ('LeNet + batch norm + he', 'softmax')
    """
    return " + ".join(_MODELS.get(part, part) for part in model.split("+"))


def strokes(result: EncodingComparison, *, legend: bool = True) -> Strokes:
    """Return how the line of each encoding is drawn."""
    names = list(result.encodings)
    dashes, n_chains = [], dict[str, int]()
    for name in names:
        colour = _colour(name)
        if "+" in name:
            dashes.append(_DASHES[n_chains.get(colour, 0) % len(_DASHES)])
            n_chains[colour] = n_chains.get(colour, 0) + 1
        else:
            dashes.append(SOLID)
    words = [readable(name) for name in names]
    return Strokes(
        field="encoding", words=words, colours=[_colour(name) for name in names], dashes=dashes, legend=legend
    )


def _colour(name: str) -> str:
    return _INKS[name.rsplit("+", maxsplit=1)[-1]]


def finding(result: EncodingComparison) -> str:
    """Return what the main network made of the encodings, in one sentence."""
    model, reference, other = result.main_model, result.reference, best_other(result)
    accuracy = mean_accuracies(result, model)
    begin, end = _DIFFERENTLY, ""
    said = f"{readable_model(model)} averages {accuracy_words(accuracy[reference])} on {readable(reference)}"
    if INVERTED in accuracy and reference != INVERTED:
        said += f" and {accuracy_words(accuracy[INVERTED])} on inverted"
        gap = accuracy[reference] - accuracy[INVERTED]
        if abs(gap) < _LEAST_GAP:
            begin = "Inverting matters little here"
        elif gap > 0 and not gap_matters(result, model):
            begin = "Inverting costs nothing beyond chance here"
        elif other is not None and gap_matters(result, model):
            closed = result.gap_closed(model, other)
            end = f"; {readable(other)} closes {share(closed)} of the gap"
            if closed > _FAR_BEYOND:
                end = f"; {readable(other)} does better than both, {accuracy_words(accuracy[other])}"
    elif other is None:
        return f"{capital(said)} images"
    if other is not None and not end:
        end = f", {accuracy_words(accuracy[other])} on {readable(other)} ones"
    return f"{begin}: {said} images{end}"


def best_other(result: EncodingComparison) -> str | None:
    """Return the bijective encoding that the main network does best on, beside the reference and inverted."""
    accuracy = mean_accuracies(result, result.main_model)
    others = [
        name
        for name, inputs in result.encodings.items()
        if inputs.bijective and name not in (result.reference, INVERTED) and np.isfinite(accuracy[name])
    ]
    return max(others, key=lambda name: accuracy[name], default=None)


def mean_accuracies(result: EncodingComparison, model: str) -> dict[str, float]:
    """Return the accuracy of one network averaged over each learning curve at the common rate."""
    return {name: one.main.mean_accuracy for name, one in result.curves[model].items()}


def gap_matters(result: EncodingComparison, model: str) -> bool:
    """Return whether inverted images cost a network so much, beyond noise, that shares of it say something."""
    accuracy = mean_accuracies(result, model)
    gap = accuracy[result.reference] - accuracy.get(INVERTED, np.nan)
    return bool(gap >= _LEAST_GAP and np.isfinite(result.gap_closed(model, result.reference)))


def powered(value: Any) -> str:
    """Return a number of any size with two digits that count.

    Examples
    --------
    >>> powered(2.87e7), powered(1.8e-15), powered(144.0), powered(0.0)
    ('2.9·10⁷', '1.8·10⁻¹⁵', '144', '0')
    """
    if value == 0 or 0.01 <= abs(value) < 10_000:
        return f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"
    digits, exponent = f"{value:.1e}".split("e")
    return f"{digits}·10{str(int(exponent)).translate(_SUPERSCRIPTS)}"
