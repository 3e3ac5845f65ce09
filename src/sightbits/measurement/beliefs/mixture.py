"""The belief that matches the readings softly against training images, or against prototypes learned from them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from jaxtyping import Float32, Float64, Int32

from sightbits.core.checks import InputError, check_choice
from sightbits.core.images import ImageDataset
from sightbits.measurement.beliefs.belief import Belief, Levels, Posterior, belief_code
from sightbits.measurement.beliefs.templates.blurred import BlurredTemplates
from sightbits.measurement.beliefs.templates.matched import MatchedTemplates
from sightbits.measurement.beliefs.templates.prototypes import PrototypeTemplates
from sightbits.measurement.beliefs.templates.template_set import FULL, TemplateMaker, TemplateSet
from sightbits.measurement.noise import Noise, NoNoise, check_noise
from sightbits.measurement.parts import check_part, is_number

TEMPLATES: dict[str, type[TemplateMaker]] = {
    "matched": MatchedTemplates,
    "blurred": BlurredTemplates,
    "prototypes": PrototypeTemplates,
}


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
    templates
        What the components are: `matched` (training images, with what is read in such surroundings learned),
        `blurred` (training images, blurred), `prototypes` (a few learned ones), or a `TemplateMaker`.
    levels
        How many grey levels are told apart, or the cuts between them; None leaves it to the templates.
    noise
        How readings differ from what is there.
    negligible
        Components of less than this share of the heaviest one's weight are dropped.
    negligible_in_tables
        Those of less than this share are left out of the tables that the next pixel is chosen by.

    Notes
    -----
    A hidden image is believed to be made from one of the components, each pixel drawn by itself and then read through
    the noise. With weights w after the readings so far, the table of pixel x is P(outcome, label) = the sum over
    components of that label of w t(outcome | x). Readings may be finer than the outcomes in the tables. Dropped
    components leave a label no probability when all of its components are among them. Cost: O(components that
    matter x outcomes x pixels) a table; memory one byte a component, pixel and outcome above 0, and as much again for
    matched templates.

    Source: a kernel density estimate over images (E. Parzen, On estimation of a probability density function and
    mode, 1962), conditioned by Bayes' rule.

    Examples
    --------
    >>> from sightbits import load_dataset
    >>> belief = MixtureBelief(templates="blurred", levels=2).fit(load_dataset("digits"))
    >>> state = belief.condition(belief.start(), pixel=21, level=0)
    >>> int(belief.posterior(state).argmax())
    6
    """

    NAME: ClassVar[str] = "mixture"
    templates: str | TemplateMaker = "matched"
    levels: Levels = None
    noise: Noise = field(default_factory=NoNoise)
    negligible: float = 1e-4
    negligible_in_tables: float = 1e-2

    def __post_init__(self) -> None:
        for name in ("negligible", "negligible_in_tables"):
            share = getattr(self, name)
            if not (is_number(share) and 0 <= share < 1):
                raise InputError(
                    name, wanted="a share from 0 to less than 1", got=repr(share), remedy="0 drops no component."
                )
        check_noise(self.noise)
        if isinstance(self.templates, str):
            check_choice("templates", self.templates, TEMPLATES)
        else:
            names = ", ".join(TEMPLATES)
            check_part("templates", self.templates, TemplateMaker, remedy=f"Give one, or a name: {names}.")

    def fit(self, training: ImageDataset) -> "MixtureBelief":
        """Make the templates."""
        maker = TEMPLATES[self.templates]() if isinstance(self.templates, str) else self.templates
        self.code = maker.code(training) if self.levels is None else belief_code(training, self.levels)
        self.outcomes = maker.outcomes(training, self.code)
        self.n_labels = training.n_labels
        self.components = maker.make(training, self.code, self.noise.channel(self.code, training.values))
        return self

    def start(self) -> Matching:
        """Return the state in which every component has its own weight."""
        n_components = len(self.components.labels)
        return self._state(np.arange(n_components, dtype=np.int32), self.components.weights)

    def condition(self, state: Matching, pixel: int, level: int) -> Matching:
        """Weigh each component by how likely it made the reading."""
        return self._weigh(state, self.components.of_reading(state.components, pixel, level))

    def suppose(self, state: Matching, pixel: int, outcome: int) -> Matching:
        """Weigh each component by how likely it makes an outcome."""
        return self._weigh(state, self.components.of_outcome(state.components, pixel, outcome))

    def posterior(self, state: Matching) -> Posterior:
        """Return the weight of each label's components."""
        return state.posterior

    def joint(self, states: Sequence[Matching]) -> Float32[np.ndarray, "states outcomes n_labels pixels"]:
        """Return P(outcome, label) of each pixel."""
        from sightbits.measurement.beliefs import mixture_kernels  # noqa: PLC0415  Numba loads only when it sums

        made = self.components
        joint = np.empty((len(states), len(made.channel), self.n_labels, made.planes.shape[2]), dtype=np.float32)
        of_outcome_0 = made.channel[0].astype(np.float32)
        step = ((made.channel[1:] - made.channel[0]) / FULL).astype(np.float32)
        for state, table in zip(states, joint, strict=True):
            matter = state.weights > self.negligible_in_tables * state.weights.max()
            weights = state.weights[matter]
            mixture_kernels.sum_templates(
                made.planes,
                made.labels,
                state.components[matter],
                weights / weights.sum(),
                of_outcome_0,
                step,
                table,
            )
        return joint

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return the templates as arrays by name."""
        return {name: array for name, array in vars(self.components).items() if array is not None}

    def from_arrays(self, arrays: dict[str, np.ndarray]) -> None:
        """Take templates back."""
        self.components = TemplateSet(**arrays)

    def _weigh(self, state: Matching, likelihood: Float32[np.ndarray, "components"]) -> Matching:
        weights = state.weights * likelihood
        most = weights.max()
        if not most > 0:  # nothing explains the reading, and nothing is learned from it
            return state
        kept = weights > self.negligible * most
        return self._state(state.components[kept], weights[kept])

    def _state(
        self, components: Int32[np.ndarray, "components"], weights: Float32[np.ndarray, "components"]
    ) -> Matching:
        posterior = np.bincount(self.components.labels[components], weights, minlength=self.n_labels)
        total = posterior.sum()
        return Matching(components=components, weights=weights / np.float32(total), posterior=posterior / total)
