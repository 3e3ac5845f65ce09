"""Prototypes: a mixture of independent categorical pixels learned for each label."""

import numpy as np
from jaxtyping import Float32, Float64, Int64, UInt8

_STEPS = 15
_PSEUDO_COUNT = 0.5
_FULL = 255

Learned = tuple[
    UInt8[np.ndarray, "components levels_above_0 pixels"],
    Int64[np.ndarray, "components"],
    Float32[np.ndarray, "components"],
]


def learn_prototypes(
    levels: UInt8[np.ndarray, "n_images pixels"],
    labels: Int64[np.ndarray, "n_images"],
    *,
    n_levels: int,
    n_labels: int,
    each: int,
    seed: int,
) -> Learned:
    """Return templates, labels and weights of at most `each` prototypes a label, by expectation maximisation.

    Notes
    -----
    Starts from images drawn at random; 15 steps; half an image of each level is added to every count. Cost:
    O(images x each x pixels x levels) a step, as matrix products.
    """
    templates, owners, weights = [], [], []
    for label in range(n_labels):
        own = levels[labels == label]
        if not len(own):
            continue
        rng = np.random.default_rng([seed, label])
        planes = np.concatenate([own == above for above in range(1, n_levels)], axis=1).astype(np.float32)
        found, shares = _expectation_maximisation(planes, min(each, len(own)), n_levels - 1, rng)
        templates.append(found)
        owners.append(np.full(len(found), label))
        weights.append(shares * len(own) / len(levels))
    probabilities = np.concatenate(templates)
    until = np.rint(np.cumsum(probabilities, axis=1) * _FULL)
    return (
        np.diff(until, axis=1, prepend=0).astype(np.uint8),
        np.concatenate(owners),
        np.concatenate(weights).astype(np.float32),
    )


def _expectation_maximisation(
    planes: Float32[np.ndarray, "n_images level_pixels"], each: int, n_above: int, rng: np.random.Generator
) -> tuple[Float64[np.ndarray, "each levels_above_0 pixels"], Float64[np.ndarray, "each"]]:
    n_images = len(planes)
    given = np.zeros((n_images, each))
    given[rng.choice(n_images, size=each, replace=False), np.arange(each)] = 1
    counts = given.T.astype(np.float32) @ planes
    # the first guesses are single images: pull them to the mean of all, or no other image would fit any
    counts = 0.5 * counts + 0.5 * planes.mean(axis=0)
    shares, n_of = np.full(each, 1 / each), np.ones(each)
    for _ in range(_STEPS):
        probabilities = _smoothed(counts, n_of, n_above)
        rest = 1 - probabilities.sum(axis=1, keepdims=True)
        odds = (np.log(probabilities) - np.log(rest)).reshape(each, -1).astype(np.float32)
        logits = planes @ odds.T + (np.log(rest).sum(axis=(1, 2)) + np.log(shares))
        logits -= logits.max(axis=1, keepdims=True)
        given = np.exp(logits)
        given /= given.sum(axis=1, keepdims=True)
        counts, n_of = given.T.astype(np.float32) @ planes, given.sum(axis=0)
        shares = (n_of + _PSEUDO_COUNT) / (n_images + each * _PSEUDO_COUNT)
    return _smoothed(counts, n_of, n_above), shares


def _smoothed(
    counts: Float32[np.ndarray, "each level_pixels"], n_of: Float64[np.ndarray, "each"], n_above: int
) -> Float64[np.ndarray, "each levels_above_0 pixels"]:
    each = len(counts)
    counts = counts.reshape(each, n_above, -1).astype(np.float64)
    total = n_of[:, np.newaxis, np.newaxis] + (n_above + 1) * _PSEUDO_COUNT
    return (counts + _PSEUDO_COUNT) / total
