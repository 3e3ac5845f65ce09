"""Prototypes as templates: a mixture of independent categorical pixels learned for each label."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Float64, UInt8

from sightbits.core.checks import check_whole
from sightbits.core.images import ImageDataset
from sightbits.core.levels import Code, CutCode
from sightbits.measurement.beliefs.templates.blurred import check_mismatch
from sightbits.measurement.beliefs.templates.template_set import TemplateMaker, TemplateSet, as_planes, cuts_at
from sightbits.measurement.noise import Channel, flip_channel

_STEPS = 15
_PSEUDO_COUNT = 0.5
_SHARES_OF_RANGE = (3 / 16, 11 / 16)


@dataclass(frozen=True, eq=False, kw_only=True)
class PrototypeTemplates(TemplateMaker):
    """A few templates for each label, learned by expectation maximisation: small and fast.

    Parameters
    ----------
    each
        How many prototypes a label has, at most as many as it has images.
    mismatch
        Probability that a pixel is nothing like its component.
    seed
        Of the images that the prototypes start from.

    Notes
    -----
    15 steps; half an image of each level is added to every count. Cost: O(images x each x pixels x levels) a step, as
    matrix products. Source: A. P. Dempster, N. M. Laird, D. B. Rubin, Maximum likelihood from incomplete data via
    the EM algorithm, 1977.
    """

    each: int = 100
    mismatch: float = 0.01
    seed: int = 0

    def __post_init__(self) -> None:
        check_whole("each", self.each, low=1)
        check_mismatch(self.mismatch)

    def code(self, training: ImageDataset) -> Code:
        """Cut at 3/16 and 11/16 of the range: dark, in between, bright."""
        return CutCode(cuts=cuts_at(training, _SHARES_OF_RANGE))

    def outcomes(self, training: ImageDataset, code: Code) -> UInt8[np.ndarray, "readings"]:
        """Return each reading as an outcome of its own."""
        return np.arange(code.n_levels, dtype=np.uint8)

    def make(self, training: ImageDataset, code: Code, channel: Channel) -> TemplateSet:
        """Learn the prototypes of each label from its own images."""
        levels = code.encode(training.values)
        templates, owners, weights = [], [], []
        for label in np.unique(training.labels):
            own = levels[training.labels == label]
            rng = np.random.default_rng([self.seed, int(label)])
            planes = np.concatenate([own == above for above in range(1, code.n_levels)], axis=1).astype(np.float32)
            found, shares = _expectation_maximisation(planes, min(self.each, len(own)), code.n_levels - 1, rng)
            templates.append(found)
            owners.append(np.full(len(found), label))
            weights.append(shares * len(own) / len(levels))
        return TemplateSet(
            planes=as_planes(np.concatenate(templates)),
            labels=np.concatenate(owners),
            weights=np.concatenate(weights).astype(np.float32),
            channel=flip_channel(code.n_levels, self.mismatch) @ channel,
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
