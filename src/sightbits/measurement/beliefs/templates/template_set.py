"""Templates of the components of a mixture: how likely each level is to be read at each of their pixels."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Float64, Int32, Int64, UInt8

from sightbits.core.images import ImageDataset
from sightbits.core.levels import Code
from sightbits.measurement.noise import Channel

FULL = 255  # what a byte holds where an outcome is certain

Likelihood = Float32[np.ndarray, "chosen"]
Chosen = Int32[np.ndarray, "chosen"]


@dataclass(eq=False, kw_only=True)
class TemplateSet:
    """Components of a mixture, each pixel of which is drawn by itself.

    Parameters
    ----------
    planes
        The probability of each outcome above 0, as bytes; outcome 0 has the rest.
    labels, weights
        The label of each component, and how much it weighs before any reading.
    channel
        The probability of each outcome (column) where the planes say another (row).
    contexts, lookup
        Where readings are finer than outcomes: the kind of surroundings that each pixel has in its component, and the
        probability of each reading in each kind. Otherwise readings are the outcomes.
    """

    planes: UInt8[np.ndarray, "components outcomes_above_0 pixels"]
    labels: Int64[np.ndarray, "components"]
    weights: Float32[np.ndarray, "components"]
    channel: Channel
    contexts: UInt8[np.ndarray, "components pixels"] | None = None
    lookup: Float32[np.ndarray, "readings kinds"] | None = None

    def of_reading(self, chosen: Chosen, pixel: int, reading: int) -> Likelihood:
        """Return how likely each chosen component makes a reading."""
        if self.contexts is None or self.lookup is None:
            return self.of_outcome(chosen, pixel, reading)
        return self.lookup[reading][self.contexts[chosen, pixel]]

    def of_outcome(self, chosen: Chosen, pixel: int, outcome: int) -> Likelihood:
        """Return how likely each chosen component makes an outcome."""
        read = self.channel[:, outcome]
        above = self.planes[chosen, :, pixel].astype(np.float32)
        return np.float32(read[0]) + above @ ((read[1:] - read[0]) / FULL).astype(np.float32)


class TemplateMaker(ABC):
    """Makes the templates of a mixture from training images."""

    @abstractmethod
    def code(self, training: ImageDataset) -> Code:
        """Return how grey values are coded as readings where nothing else is asked for."""

    @abstractmethod
    def outcomes(self, training: ImageDataset, code: Code) -> UInt8[np.ndarray, "readings"]:
        """Return which outcome of the tables each reading belongs to."""

    @abstractmethod
    def make(self, training: ImageDataset, code: Code, channel: Channel) -> TemplateSet:
        """Return the templates; `channel` is the probability of each reading where another level is there."""


def as_planes(
    probability: Float64[np.ndarray, "components outcomes_above_0 pixels"],
) -> UInt8[np.ndarray, "components outcomes_above_0 pixels"]:
    """Return probabilities as bytes whose sum over outcomes stays within one byte."""
    until = np.rint(np.cumsum(probability, axis=1) * FULL)
    return np.diff(until, axis=1, prepend=0).astype(np.uint8)


def cuts_at(training: ImageDataset, shares: tuple[float, ...]) -> tuple[float, ...]:
    """Return cuts at shares of the range of grey values; those that no value could reach are left out."""
    low, high = training.value_range
    span = high - low + (1 if training.whole else 0)
    cuts = [low + share * span for share in shares]
    return tuple(cut for cut in cuts if low < cut <= high)
