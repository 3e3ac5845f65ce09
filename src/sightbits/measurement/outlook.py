"""What can be looked at before the next pixel is chosen, for several hidden images at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Float64

from sightbits.measurement.beliefs.belief import Belief, Joint, State
from sightbits.measurement.information import Scores, information_gain

Reading = tuple[int, int]  # a pixel's number and the outcome of its reading
History = tuple[Reading, ...]


@dataclass(frozen=True, eq=False, kw_only=True)
class Outlook:
    """States of a belief, and what the next reading would tell in each.

    Parameters
    ----------
    histories
        Pixels and outcomes that led to each state, in their order.
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
        """The table of (outcome of a reading, label) for each pixel."""
        return self.belief.joint(self.states)

    @cached_property
    def gain(self) -> Scores:
        """The expected information of each pixel about the label, in nats."""
        return information_gain(self.joint)

    @cached_property
    def posterior(self) -> Float64[np.ndarray, "states n_labels"]:
        """The probability of each label."""
        return np.array([self.belief.posterior(state) for state in self.states])

    @staticmethod
    def at_start(
        belief: Belief, available: Bool[np.ndarray, "pixels"], costs: Float64[np.ndarray, "pixels"] | None = None
    ) -> "Outlook":
        """Return the outlook before any reading; without `costs` every pixel costs 1."""
        return Outlook(
            belief=belief,
            states=[belief.start()],
            histories=[()],
            available=available[np.newaxis],
            costs=np.ones(len(available)) if costs is None else costs,
        )

    def after(self, which: int, pixel: int) -> tuple[Float64[np.ndarray, "outcomes"], "Outlook"]:
        """Return how likely each outcome of reading a pixel is in one of the states, and the outlook after each."""
        odds = self.joint[which, :, :, pixel].sum(axis=1, dtype=np.float64)
        if not odds.any():  # nothing agrees with the readings so far: one more changes nothing, whatever it says
            odds[0] = 1
        outcomes = np.flatnonzero(odds > 0)
        state, history = self.states[which], self.histories[which]
        available = np.repeat(self.available[which][np.newaxis], len(outcomes), axis=0)
        available[:, pixel] = False
        outlook = Outlook(
            belief=self.belief,
            states=[self.belief.suppose(state, pixel, int(outcome)) for outcome in outcomes],
            histories=[(*history, (pixel, int(outcome))) for outcome in outcomes],
            available=available,
            costs=self.costs,
        )
        return odds[outcomes] / odds.sum(), outlook

    def one(self, which: int) -> "Outlook":
        """Return the outlook of one state alone."""
        return self.take([which])

    def take(self, which: Sequence[int]) -> "Outlook":
        """Return the outlook of some of the states."""
        return Outlook(
            belief=self.belief,
            states=[self.states[i] for i in which],
            histories=[self.histories[i] for i in which],
            available=self.available[np.array(which, dtype=np.int64)],
            costs=self.costs,
        )

    @staticmethod
    def together(outlooks: Sequence["Outlook"]) -> "Outlook":
        """Return the states of several outlooks as one."""
        return Outlook(
            belief=outlooks[0].belief,
            states=[state for outlook in outlooks for state in outlook.states],
            histories=[history for outlook in outlooks for history in outlook.histories],
            available=np.concatenate([outlook.available for outlook in outlooks]),
            costs=outlooks[0].costs,
        )
