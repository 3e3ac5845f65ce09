"""What can be looked at before the next pixel is chosen, for several hidden images at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Float64

from sightbits.measurement.beliefs.belief import Belief, Joint, State
from sightbits.measurement.information import Scores, information_gain

Reading = tuple[int, int]  # a pixel's number and the level that was read
History = tuple[Reading, ...]


@dataclass(frozen=True, eq=False, kw_only=True)
class Outlook:
    """States of a belief, and what the next reading would tell in each.

    Parameters
    ----------
    histories
        The readings that led to each state, in their order.
    available
        The pixels that may be measured next.
    costs
        What measuring each pixel costs.

    Notes
    -----
    Tables are computed when first looked at: a policy that needs none pays for none.
    """

    belief: Belief
    states: Sequence[State]
    histories: Sequence[History]
    available: Bool[np.ndarray, "states pixels"]
    costs: Float64[np.ndarray, "pixels"]

    @cached_property
    def joint(self) -> Joint:
        """The table of (level that would be read, label) for each pixel."""
        return self.belief.joint(self.states)

    @cached_property
    def gain(self) -> Scores:
        """The expected information of each pixel about the label, in nats."""
        return information_gain(self.joint)

    @cached_property
    def posterior(self) -> Float64[np.ndarray, "states n_labels"]:
        """The probability of each label."""
        return np.array([self.belief.posterior(state) for state in self.states])

    def after(self, which: int, pixel: int) -> tuple[Float64[np.ndarray, "outcomes"], "Outlook"]:
        """Return how likely each reading of a pixel is in one of the states, and the outlook after each."""
        odds = self.joint[which, :, :, pixel].sum(axis=1, dtype=np.float64)
        levels = np.flatnonzero(odds > 0)
        state, history = self.states[which], self.histories[which]
        available = np.repeat(self.available[which][np.newaxis], len(levels), axis=0)
        available[:, pixel] = False
        outlook = Outlook(
            belief=self.belief,
            states=[self.belief.condition(state, pixel, int(level)) for level in levels],
            histories=[(*history, (pixel, int(level))) for level in levels],
            available=available,
            costs=self.costs,
        )
        return odds[levels] / odds.sum(), outlook

    def one(self, which: int) -> "Outlook":
        """Return the outlook of one state alone."""
        return Outlook(
            belief=self.belief,
            states=[self.states[which]],
            histories=[self.histories[which]],
            available=self.available[which : which + 1],
            costs=self.costs,
        )
