"""Noise channels: how what is read differs from what is there."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from jaxtyping import Float64, Shaped, UInt8
from scipy.special import ndtr

from sightbits.core.checks import InputError
from sightbits.core.levels import Code
from sightbits.measurement.parts import check_part, is_number

Channel = Float64[np.ndarray, "true_levels read_levels"]
Values = Shaped[np.ndarray, "n_images pixels"]
Levels = UInt8[np.ndarray, "n_images pixels"]


class Noise(ABC):
    """How a reading comes about: the probabilities a belief needs, and a way to draw readings for a trial.

    Readings of a channel that says `LEAVES_RANGE` may lie outside the range of grey values: they count as its end.
    """

    LEAVES_RANGE: ClassVar[bool] = False

    @abstractmethod
    def channel(self, code: Code, values: Values) -> Channel:
        """Return the probability of each read level given the true one; `values` are grey values as they occur."""

    @abstractmethod
    def read(self, values: Values, code: Code, rng: np.random.Generator) -> Levels:
        """Draw one reading of every pixel, as levels."""


@dataclass(frozen=True, kw_only=True)
class NoNoise(Noise):
    """Every reading is right."""

    def channel(self, code: Code, values: Values) -> Channel:
        """Return the identity."""
        return np.eye(code.n_levels)

    def read(self, values: Values, code: Code, rng: np.random.Generator) -> Levels:
        """Return the levels as they are."""
        return code.encode(values)


@dataclass(frozen=True, kw_only=True)
class FlipNoise(Noise):
    """A reading is wrong with a stated probability, and then any other level, each as likely.

    Parameters
    ----------
    probability
        From 0 to less than 1.

    Examples
    --------
    >>> from sightbits.core.levels import CutCode
    >>> FlipNoise(probability=0.05).channel(CutCode(cuts=(128.0,)), np.zeros((1, 1)))
    array([[0.95, 0.05],
           [0.05, 0.95]])
    """

    probability: float

    def __post_init__(self) -> None:
        if not (is_number(self.probability) and 0 <= self.probability < 1):
            raise InputError(
                "noise",
                wanted="a flip probability from 0 to less than 1",
                got=repr(self.probability),
                remedy="0.05 means that one reading in twenty is wrong.",
            )

    def channel(self, code: Code, values: Values) -> Channel:
        """Return 1 - probability on the diagonal, the rest shared out evenly."""
        return flip_channel(code.n_levels, self.probability)

    def read(self, values: Values, code: Code, rng: np.random.Generator) -> Levels:
        """Draw which readings are wrong, and what they say."""
        levels = code.encode(values)
        shift = rng.integers(1, code.n_levels, size=levels.shape, dtype=np.uint8)
        wrong = rng.random(levels.shape) < self.probability
        return np.where(wrong, (levels.astype(np.int64) + shift) % code.n_levels, levels).astype(np.uint8)


@dataclass(frozen=True, kw_only=True)
class AdditiveNoise(Noise):
    """Normal noise is added to the grey value before it is coded.

    Parameters
    ----------
    deviation
        Standard deviation in grey values, above 0.
    """

    LEAVES_RANGE: ClassVar[bool] = True
    deviation: float

    def __post_init__(self) -> None:
        if not (is_number(self.deviation) and 0 < self.deviation < np.inf):
            raise InputError(
                "noise",
                wanted="a standard deviation above 0",
                got=repr(self.deviation),
                remedy="It is in grey values of your data.",
            )

    def channel(self, code: Code, values: Values) -> Channel:
        """Return how often each level is read, averaged over the grey values that occur in the true level.

        Notes
        -----
        P(read below cut | value) is the normal distribution function of (cut - value) / deviation.
        """
        seen, n_seen = np.unique(values, return_counts=True)
        level = code.encode(seen)
        cuts = np.array(code.cuts)
        below = ndtr((cuts[np.newaxis, :] - seen[:, np.newaxis].astype(np.float64)) / self.deviation)
        edges = np.concatenate([np.zeros((len(seen), 1)), below, np.ones((len(seen), 1))], axis=1)
        read = np.diff(edges, axis=1)
        channel = np.eye(code.n_levels)
        for true in np.unique(level):
            channel[true] = np.average(read[level == true], axis=0, weights=n_seen[level == true])
        return channel

    def read(self, values: Values, code: Code, rng: np.random.Generator) -> Levels:
        """Draw the noise and code the sum."""
        return code.encode(values + rng.normal(scale=self.deviation, size=values.shape))


def check_noise(noise: Any) -> Noise:
    """Return `noise` if it is a channel, else raise `InputError`."""
    return check_part("noise", noise, Noise, remedy="FlipNoise(probability=0.05) for instance.")


def flip_channel(n_levels: int, probability: float) -> Channel:
    """Return the symmetric channel that is wrong with this probability."""
    channel = np.full((n_levels, n_levels), probability / (n_levels - 1))
    np.fill_diagonal(channel, 1 - probability)
    return channel
