"""The decisions a measurer takes, as a tree: what is measured first, and then, according to what was read."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float64

from sightbits.measurement.choosing import choose_pixels
from sightbits.measurement.outlook import History, Outlook
from sightbits.measurement.policies.policy import Policy
from sightbits.measurement.stopping import StopRule


@dataclass(frozen=True, eq=False, kw_only=True)
class Branch:
    """A point in the tree, with the reason of the step that is taken there.

    Parameters
    ----------
    outcome
        The outcome of the reading that led here; None at the root.
    share
        How likely a session is to come here, by the belief.
    posterior
        The probability of each label here.
    pixel
        The pixel measured next; None at an end.
    gain
        What it is expected to tell, in nats.
    best_gain
        What the pixel that would tell most is expected to tell: more than `gain` where the policy looked further.
    branches
        What follows each outcome.
    """

    outcome: int | None
    share: float
    posterior: Float64[np.ndarray, "n_labels"]
    pixel: int | None
    gain: float
    best_gain: float
    branches: tuple["Branch", ...]

    def walk(self) -> list[tuple[int, "Branch"]]:
        """Return every branch below and this one, with its depth, in reading order."""
        below = [(depth + 1, branch) for one in self.branches for depth, branch in one.walk()]
        return [(0, self), *below]


def grow_tree(policy: Policy, outlook: Outlook, *, stop: StopRule, depth: int, least_share: float) -> Branch:
    """Follow a policy through every reading that may come.

    Parameters
    ----------
    outlook
        Of the one state at the root.
    depth
        How many pixels deep.
    least_share
        Branches less likely than this end where they are.
    """
    return _grow(policy, outlook, stop, depth, least_share, outcome=None, share=1.0)


def _grow(
    policy: Policy,
    outlook: Outlook,
    stop: StopRule,
    depth: int,
    least_share: float,
    *,
    outcome: int | None,
    share: float,
) -> Branch:
    posterior = outlook.posterior[0]
    history = outlook.histories[0]
    ended = depth == 0 or share < least_share or not outlook.available.any() or np.count_nonzero(posterior) <= 1
    if ended or _stopped(stop, posterior, history, outlook):
        return Branch(
            outcome=outcome, share=share, posterior=posterior, pixel=None, gain=np.nan, best_gain=np.nan, branches=()
        )
    ((pixel,),) = choose_pixels(policy, outlook)
    odds, after = outlook.after(0, pixel)
    branches = tuple(
        _grow(
            policy, after.one(i), stop, depth - 1, least_share,
            outcome=after.histories[i][-1][1], share=share * float(odds[i]),
        )
        for i in range(len(odds))
    )  # fmt: skip
    return Branch(
        outcome=outcome,
        share=share,
        posterior=posterior,
        pixel=pixel,
        gain=float(outlook.gain[0, pixel]),
        best_gain=float(outlook.gain[0][outlook.available[0]].max()),
        branches=branches,
    )


def _stopped(stop: StopRule, posterior: Any, history: History, outlook: Outlook) -> bool:
    cost = float(outlook.costs[[pixel for pixel, _ in history]].sum())
    return bool(stop.reached(posterior[np.newaxis], np.array([len(history)]), np.array([cost]))[0])
