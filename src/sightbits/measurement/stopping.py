"""Rules that say when enough was measured. They combine: `Confidence(0.95) | PixelBudget(30)`."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Float64, Int64
from scipy.special import entr

from sightbits.core.checks import InputError, check_whole
from sightbits.core.units import Unit, as_unit
from sightbits.measurement.parts import check_part, is_number

Posteriors = Float[np.ndarray, "n n_labels"]
Counts = Int64[np.ndarray, "n"]
Costs = Float64[np.ndarray, "n"]
Reached = Bool[np.ndarray, "n"]


class StopRule(ABC):
    """Says of each of several sessions whether enough was measured; `&` and `|` combine rules."""

    @abstractmethod
    def reached(self, posterior: Posteriors, n_measured: Counts, cost: Costs) -> Reached:
        """Return whether to stop, from the posterior, the number of pixels measured and what they cost."""

    def pixels_left(self, n_measured: int) -> int | float:
        """Return how many more pixels until the rule is reached whatever they say; infinite where that is not known.

        Notes
        -----
        Where several pixels are measured a step, the last step takes no more than these.
        """
        return np.inf

    def __or__(self, other: Any) -> "StopRule":
        return AnyOf(rules=(self, _as_rule(other)))

    def __and__(self, other: Any) -> "StopRule":
        return AllOf(rules=(self, _as_rule(other)))

    def __ror__(self, other: Any) -> "StopRule":
        return AnyOf(rules=(_as_rule(other), self))

    def __rand__(self, other: Any) -> "StopRule":
        return AllOf(rules=(_as_rule(other), self))


@dataclass(frozen=True, kw_only=True)
class AnyOf(StopRule):
    """Stop when one of the rules says so."""

    rules: tuple[StopRule, ...]

    def reached(self, posterior: Posteriors, n_measured: Counts, cost: Costs) -> Reached:
        """Return whether any rule is reached."""
        return np.logical_or.reduce([rule.reached(posterior, n_measured, cost) for rule in self.rules])

    def pixels_left(self, n_measured: int) -> int | float:
        """Return those of the rule that is reached first."""
        return min(rule.pixels_left(n_measured) for rule in self.rules)


@dataclass(frozen=True, kw_only=True)
class AllOf(StopRule):
    """Stop when all of the rules say so."""

    rules: tuple[StopRule, ...]

    def reached(self, posterior: Posteriors, n_measured: Counts, cost: Costs) -> Reached:
        """Return whether every rule is reached."""
        return np.logical_and.reduce([rule.reached(posterior, n_measured, cost) for rule in self.rules])

    def pixels_left(self, n_measured: int) -> int | float:
        """Return those of the rule that is reached last."""
        return max(rule.pixels_left(n_measured) for rule in self.rules)


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
        if not (is_number(self.probability) and 0 < self.probability <= 1):
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
        if not (is_number(self.entropy) and self.entropy >= 0):
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

    def pixels_left(self, n_measured: int) -> int | float:
        """Return what the budget leaves."""
        return self.n_pixels - n_measured


@dataclass(frozen=True)
class CostBudget(StopRule):
    """Stop when measuring has cost so much."""

    cost: float

    def __post_init__(self) -> None:
        check_budget("cost", self.cost)

    def reached(self, posterior: Posteriors, n_measured: Counts, cost: Costs) -> Reached:
        """Return whether the budget is used."""
        return np.asarray(cost >= self.cost)


def check_budget(name: str, cost: Any) -> None:
    """Raise `InputError` unless this is a cost that can be spent."""
    if not (is_number(cost) and cost > 0):
        raise InputError(name, wanted="a budget above 0", got=repr(cost), remedy="Costs add up pixel by pixel.")


def _as_rule(other: Any) -> StopRule:
    return check_part("rule", other, StopRule, remedy="Confidence(0.95) | PixelBudget(30) for instance.")
