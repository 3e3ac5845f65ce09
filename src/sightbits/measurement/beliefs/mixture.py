"""The belief that matches the readings softly against training images, or against prototypes learned from them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from jaxtyping import Float32, Float64, Int32

from sightbits.core.checks import InputError, check_whole
from sightbits.core.images import ImageDataset
from sightbits.core.levels import Code, CutCode
from sightbits.measurement.beliefs.belief import Belief, Levels, Posterior, belief_code
from sightbits.measurement.beliefs.prototypes import learn_prototypes
from sightbits.measurement.beliefs.templates import blurred_templates
from sightbits.measurement.noise import Noise, NoNoise, flip_channel

_SHARES_OF_RANGE = (3 / 16, 11 / 16)  # 48 and 176 of 0..255, chosen on a validation part of MNIST's training images
_FULL = 255.0  # what a template's byte holds where the level is certain


@dataclass(frozen=True, eq=False, slots=True)
class Matching:
    """The components that still matter, and how much each does."""

    components: Int32[np.ndarray, "components"]
    weights: Float32[np.ndarray, "components"]
    posterior: Float64[np.ndarray, "n_labels"]


@dataclass(eq=False, kw_only=True)
class MixtureBelief(Belief):
    """Match the readings softly against every training image, or against prototypes learned from them.

    Parameters
    ----------
    levels
        How many grey levels are told apart, or the cuts between them; None cuts at 3/16 and 11/16 of the range.
    blur
        Standard deviation, in pixels, of the Gaussian that blurs each image's levels: how far strokes may be shifted.
    mismatch
        Probability that a pixel is nothing like its component: no reading rules a component out.
    prototypes
        How many components are learned for each label; None takes every training image as one.
    noise
        How readings differ from what is there.
    negligible
        Components of less than this share of the heaviest one's weight are dropped.
    seed
        Of the prototypes' first guess.

    Notes
    -----
    A hidden image is believed to be one of the components, each pixel drawn by itself: level l with the component's
    template probability t, which is the Gaussian-blurred map of where the training image has that level; then read
    through the channel. With weights w after the readings so far, the table of pixel x is
    P(read, label) = sum over components of the label of w * t(x) * channel. Cost: O(components that matter x levels x
    pixels) a table; memory one byte a component, pixel and level above 0.

    Source: a kernel density estimate (E. Parzen, 1962) over level maps; prototypes by expectation maximisation
    (A. P. Dempster, N. M. Laird, D. B. Rubin, 1977) of a mixture of independent categorical pixels.

    Examples
    --------
    >>> from sightbits import load_dataset
    >>> belief = MixtureBelief(levels=2).fit(load_dataset("digits"))
    >>> state = belief.condition(belief.start(), pixel=21, level=0)
    >>> int(belief.posterior(state).argmax())
    6
    """

    NAME: ClassVar[str] = "mixture"
    LEARNED: ClassVar[tuple[str, ...]] = ("templates", "component_labels", "component_weights", "channel")
    levels: Levels = None
    blur: float = 0.6
    mismatch: float = 0.03
    prototypes: int | None = None
    noise: Noise = field(default_factory=NoNoise)
    negligible: float = 1e-3
    seed: int = 0

    def __post_init__(self) -> None:
        _check_share("mismatch", self.mismatch, "0.03 is a good first guess.")
        _check_share("negligible", self.negligible, "0 keeps every component.")
        if not 0 <= self.blur < np.inf:
            raise InputError("blur", wanted="0 pixels or more", got=repr(self.blur), remedy="0.6 suits thin strokes.")
        if self.prototypes is not None:
            check_whole("prototypes", self.prototypes, low=1)

    def fit(self, training: ImageDataset) -> "MixtureBelief":
        """Blur the images, or learn the prototypes."""
        self.code = _default_code(training) if self.levels is None else belief_code(training, self.levels)
        self.n_labels = training.n_labels
        n_levels = self.code.n_levels
        levels = self.code.encode(training.values)
        order = np.argsort(training.labels, kind="stable")
        if self.prototypes is None:
            self.templates = blurred_templates(levels[order], n_levels, training.image_shape, self.blur)
            self.component_labels = training.labels[order]
            self.component_weights = np.full(len(levels), 1 / len(levels), dtype=np.float32)
        else:
            learned = learn_prototypes(
                levels, training.labels, n_levels=n_levels, n_labels=self.n_labels, each=self.prototypes, seed=self.seed
            )
            self.templates, self.component_labels, self.component_weights = learned
        self.channel = flip_channel(n_levels, self.mismatch) @ self.noise.channel(self.code, training.values)
        return self

    def start(self) -> Matching:
        """Return the state in which every component has its own weight."""
        return self._state(np.arange(len(self.component_labels), dtype=np.int32), self.component_weights)

    def condition(self, state: Matching, pixel: int, level: int) -> Matching:
        """Weigh each component by how likely it made the reading."""
        read = self.channel[:, level]
        above = self.templates[state.components, :, pixel].astype(np.float32)
        likelihood = np.float32(read[0]) + above @ ((read[1:] - read[0]) / _FULL).astype(np.float32)
        weights = state.weights * likelihood
        most = weights.max()
        if not most > 0:  # only without mismatch and noise: nothing explains the readings, and nothing is learned
            return state
        kept = weights > self.negligible * most
        return self._state(state.components[kept], weights[kept])

    def posterior(self, state: Matching) -> Posterior:
        """Return the weight of each label's components."""
        return state.posterior

    def joint(self, states: Sequence[Matching]) -> Float32[np.ndarray, "states levels n_labels pixels"]:
        """Return P(level read, label) of each pixel."""
        from sightbits.measurement.beliefs import mixture_kernels  # noqa: PLC0415  Numba loads only when it sums

        n_levels, n_pixels = self.code.n_levels, self.templates.shape[2]
        joint = np.empty((len(states), n_levels, self.n_labels, n_pixels), dtype=np.float32)
        step = ((self.channel[1:] - self.channel[0]) / _FULL).astype(np.float32)
        for state, table in zip(states, joint, strict=True):
            mixture_kernels.sum_templates(
                self.templates,
                self.component_labels,
                state.components,
                state.weights,
                self.channel[0].astype(np.float32),
                step,
                table,
            )
        return joint

    def _state(
        self, components: Int32[np.ndarray, "components"], weights: Float32[np.ndarray, "components"]
    ) -> Matching:
        posterior = np.bincount(self.component_labels[components], weights, minlength=self.n_labels)
        total = posterior.sum()
        return Matching(components=components, weights=weights / np.float32(total), posterior=posterior / total)


def _default_code(training: ImageDataset) -> Code:
    low, high = training.value_range
    span = high - low + (1 if training.whole else 0)
    cuts = [low + share * span for share in _SHARES_OF_RANGE]
    return CutCode(cuts=tuple(cuts)) if span > 2 else belief_code(training, 2)


def _check_share(name: str, value: float, remedy: str) -> None:
    if not 0 <= value < 1:
        raise InputError(name, wanted="a share from 0 to less than 1", got=repr(value), remedy=remedy)
