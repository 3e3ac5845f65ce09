"""The cure: a network whose first layer is folded gives the same logits on another encoding."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32

from sightbits.core.checks import InputError
from sightbits.encodings.encoding import Encoding
from sightbits.encodings.folding import fold_encoding
from sightbits.networks.bank import ModelBank
from sightbits.networks.softmax import SoftmaxBank

_MOST_IMAGES = 1000


@dataclass(frozen=True, eq=False, kw_only=True)
class Fold:
    """How far the logits of a folded network are from its own.

    Parameters
    ----------
    difference
        The largest difference of any logit of any image; NaN where the network cannot be folded.
    largest_logit
        The largest logit by size, for comparison.
    reason
        Why it cannot be folded; empty where it can.
    """

    difference: float
    largest_logit: float
    reason: str = ""


def compare_folded(
    bank: ModelBank,
    learned_on: Encoding,
    other: Encoding,
    learned_inputs: Float32[np.ndarray, "n pixels"],
    other_inputs: Float32[np.ndarray, "n pixels"],
) -> Fold:
    """Fold a network from the encoding that it learned on to another, and compare logits of the same images."""
    own = bank.logits(learned_inputs[:_MOST_IMAGES])[:, 0]
    largest = float(np.abs(own).max())
    try:
        folded = _folded_logits(bank, learned_on, other, other_inputs[:_MOST_IMAGES])
    except InputError as error:
        return Fold(difference=float("nan"), largest_logit=largest, reason=str(error))
    return Fold(difference=float(np.abs(folded - own).max()), largest_logit=largest)


def _folded_logits(
    bank: ModelBank, learned_on: Encoding, other: Encoding, inputs: Float32[np.ndarray, "n pixels"]
) -> Float32[np.ndarray, "n labels"]:
    if isinstance(bank, SoftmaxBank):
        weights, biases = fold_encoding(bank.pixel_weights()[0], bank.biases[0], learned_on, onto="original")
        weights, biases = fold_encoding(weights, biases, other, onto="encoded")
        return inputs @ weights.T + biases
    from sightbits.studies.encoding_comparison.torch_folds import folded_logits  # noqa: PLC0415  an extra

    return folded_logits(bank, learned_on, other, inputs)
