"""Rules that say when enough was measured. They combine: `Confidence(0.95) | PixelBudget(30)`."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Float64, Int64
from scipy.special import entr

from sightbits.core.checks import InputError, check_whole
from sightbits.core.units import Unit, as_unit

Posteriors = Float[np.ndarray, "n n_labels"]
Counts = Int64[np.ndarray, "n"]
Costs = Float64[np.ndarray, "n"]
Reached = Bool[np.ndarray, "n"]


class StopRule(ABC):
    """Says of each of several sessions whether enough was measured; `&` and `|` combine rules."""

    @abstractmethod
    def reached(self, posterior: Posteriors, n_measured: Counts, cost: Costs) -> Reached:
        """Return whether to stop, from the posterior, the number of pixels measured and what they cost."""

    def __or__(self, other: "StopRule") -> "StopRule":
        return AnyOf(rules=(self, other))

    def __and__(self, other: "StopRule") -> "StopRule":
        return AllOf(rules=(self, other))


@dataclass(frozen=True, kw_only=True)
class AnyOf(StopRule):
    """Stop when one of the rules says so."""

    rules: tuple[StopRule, ...]

    def reached(self, posterior: Posteriors, n_measured: Counts, cost: Costs) -> Reached:
        """Return whether any rule is reached."""
        return np.logical_or.reduce([rule.reached(posterior, n_measured, cost) for rule in self.rules])


@dataclass(frozen=True, kw_only=True)
class AllOf(StopRule):
    """Stop when all of the rules say so."""

    rules: tuple[StopRule, ...]

    def reached(self, posterior: Posteriors, n_measured: Counts, cost: Costs) -> Reached:
        """Return whether every rule is reached."""
        return np.logical_and.reduce([rule.reached(posterior, n_measured, cost) for rule in self.rules])


@dataclass(frozen=True)
class Determined(StopRule):
    """Stop when one label is left."""

    def reached(self, posterior: Posteriors, n_measured: Counts, cost: Costs) -> Reached:
        """Return whether all labels but one have probability 0."""
        return np.asarray((posterior > 0).sum(axis=1) <= 1)


@dataclass(frozen=True)
class Confidence(StopRule):
    """Stop when the likeliest label has at least this probability.

    Examples
    --------
    >>> rule = Confidence(0.9) | PixelBudget(20)
    >>> posterior = np.array([[0.95, 0.05], [0.6, 0.4], [0.6, 0.4]])
    >>> rule.reached(posterior, np.array([3, 3, 20]), np.array([3.0, 3.0, 20.0]))
    array([ True, False,  True])
    """

    probability: float

    def __post_init__(self) -> None:
        if not 0 < self.probability <= 1:
            raise InputError(
                "confidence",
                wanted="a probability above 0, at most 1",
                got=repr(self.probability),
                remedy="0.95 stops when one label in twenty would be wrong.",
            )

    def reached(self, posterior: Posteriors, n_measured: Counts, cost: Costs) -> Reached:
        """Return whether the likeliest label is likely enough."""
        return np.asarray(posterior.max(axis=1) >= self.probability)


@dataclass(frozen=True)
class EntropyBelow(StopRule):
    """Stop when the label's entropy is at most this.

    Parameters
    ----------
    entropy
        In `unit`, bits by default.
    """

    entropy: float
    unit: Unit | str = Unit.BIT

    def __post_init__(self) -> None:
        as_unit(self.unit)
        if not self.entropy >= 0:
            raise InputError("entropy", wanted="0 or more", got=repr(self.entropy), remedy="0.3 bits for instance.")

    def reached(self, posterior: Posteriors, n_measured: Counts, cost: Costs) -> Reached:
        """Return whether the label's entropy is low enough."""
        return np.asarray(as_unit(self.unit).from_nats(entr(posterior).sum(axis=1)) <= self.entropy)


@dataclass(frozen=True)
class PixelBudget(StopRule):
    """Stop when so many pixels were measured."""

    n_pixels: int

    def __post_init__(self) -> None:
        check_whole("n_pixels", self.n_pixels, low=1)

    def reached(self, posterior: Posteriors, n_measured: Counts, cost: Costs) -> Reached:
        """Return whether the budget is used."""
        return np.asarray(n_measured >= self.n_pixels)


@dataclass(frozen=True)
class CostBudget(StopRule):
    """Stop when measuring has cost so much."""

    cost: float

    def __post_init__(self) -> None:
        if not self.cost > 0:
            raise InputError(
                "cost", wanted="a budget above 0", got=repr(self.cost), remedy="Costs add up pixel by pixel."
            )

    def reached(self, posterior: Posteriors, n_measured: Counts, cost: Costs) -> Reached:
        """Return whether the budget is used."""
        return np.asarray(cost >= self.cost)
