"""The belief that counts the training images which agree with every reading."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np
from jaxtyping import Float64, Int32

from sightbits.core.bit_planes import BitPlanes
from sightbits.core.counts import LabelledLevels
from sightbits.core.images import ImageDataset
from sightbits.measurement.beliefs.belief import Belief, Levels, Posterior, belief_code


@dataclass(frozen=True, eq=False, slots=True)
class Agreeing:
    """The training images that agree with all readings, and how many of each label they are."""

    images: Int32[np.ndarray, "images"]
    posterior: Float64[np.ndarray, "n_labels"]


@dataclass(eq=False, kw_only=True)
class ExactBelief(Belief):
    """Count the training images that agree with every reading.

    Parameters
    ----------
    levels
        How many grey levels of equal width are told apart, or the cuts between them, in grey values.

    Notes
    -----
    The posterior is the share of each label among the images that agree; a reading with which none agrees changes
    nothing, since there is nothing left to count. One wrong reading throws all images of the right class out: where
    readings are noisy, take `MixtureBelief`. Cost: the first table by popcount; later ones a pass over the images
    that agree.

    Source: C. Beeler, Entropic Measuring of MNIST Images, 2022 (without the leak: the hidden image must not be among
    the training images).

    Examples
    --------
    >>> from sightbits import load_dataset
    >>> belief = ExactBelief(levels=2).fit(load_dataset("digits"))
    >>> state = belief.condition(belief.start(), pixel=21, level=0)
    >>> len(state.images), int(belief.posterior(state).argmax())
    (900, 6)
    """

    NAME: ClassVar[str] = "exact"
    LEARNED: ClassVar[tuple[str, ...]] = ("_levels", "_labels")
    levels: Levels = 2

    def fit(self, training: ImageDataset) -> "ExactBelief":
        """Code the images; memory for one byte a pixel."""
        self.code = belief_code(training, self.levels)
        self.outcomes = np.arange(self.code.n_levels, dtype=np.uint8)
        self.n_labels = training.n_labels
        order = np.argsort(training.labels, kind="stable")  # images of a label side by side: faster to count
        self._levels = self.code.encode(training.values)[order]
        self._labels = training.labels[order]
        for counted in ("planes", "_all_counts"):  # of images it was fitted to before
            vars(self).pop(counted, None)
        return self

    def start(self) -> Agreeing:
        """Return the state in which every image agrees."""
        return self._state(np.arange(len(self._labels), dtype=np.int32))

    def condition(self, state: Agreeing, pixel: int, level: int) -> Agreeing:
        """Return the images that agree with one more reading."""
        agree = state.images[self._levels[state.images, pixel] == level]
        if not len(agree):
            return Agreeing(images=agree, posterior=state.posterior)
        return self._state(agree)

    def posterior(self, state: Agreeing) -> Posterior:
        """Return the share of each label among the images that agree."""
        return state.posterior

    def joint(self, states: Sequence[Agreeing]) -> Int32[np.ndarray, "states levels n_labels pixels"]:
        """Return counts over (level, label) of each pixel."""
        from sightbits.measurement.beliefs import exact_kernels  # noqa: PLC0415  Numba loads only when it counts

        counts = np.zeros((len(states), self.code.n_levels, self.n_labels, self._levels.shape[1]), dtype=np.int32)
        for state, count in zip(states, counts, strict=True):
            if len(state.images) == len(self._labels):
                count[:] = self._all_counts
            else:
                exact_kernels.count_agreeing(self._levels, self._labels, state.images, count)
        return counts

    def _state(self, images: Int32[np.ndarray, "images"]) -> Agreeing:
        counts = np.bincount(self._labels[images], minlength=self.n_labels)
        return Agreeing(images=images, posterior=counts / len(images))

    @cached_property
    def planes(self) -> BitPlanes:
        """The images as bits, by which the first table is counted."""
        return BitPlanes.of(
            LabelledLevels(
                levels=self._levels, labels=self._labels, n_levels=self.code.n_levels, n_labels=self.n_labels
            )
        )

    @cached_property
    def _all_counts(self) -> Int32[np.ndarray, "levels n_labels pixels"]:
        return np.moveaxis(self.planes.count().counts, 0, -1).astype(np.int32)
