"""The next pixel, or the next few, by a policy's scores."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float64

from sightbits.measurement.outlook import Outlook
from sightbits.measurement.policies.policy import Policy
from sightbits.measurement.stopping import StopRule
from sightbits.selection.scorers import best_of

_MOST_OUTCOMES = 32


def choose_pixels(policy: Policy, outlook: Outlook, n_pixels: int | Sequence[int] = 1) -> list[tuple[int, ...]]:
    """Return the pixels to measure next in each state, best first.

    Parameters
    ----------
    outlook
        States in which some pixel is available.
    n_pixels
        How many are measured before the next choice, in all states or in each; fewer where fewer are available.

    Notes
    -----
    Pixels of one step are chosen one by one, each by its expected score over what the others of the step may say.
    For the information gain this is the greedy joint gain, by the chain rule: two pixels that say the same are not
    chosen together. Of what they may say the 32 likeliest outcomes are looked at. Of equal scores (within 1e-9) the
    lowest pixel number wins. Cost: up to 32 tables for each further pixel of a step.
    """
    scores = policy.scores(outlook)
    first = [best_of(score, available) for score, available in zip(scores, outlook.available, strict=True)]
    wanted = [n_pixels] * len(first) if isinstance(n_pixels, int) else n_pixels
    return [
        (pixel,) if n == 1 else _choose_group(policy, outlook.one(i), pixel, n)
        for i, (pixel, n) in enumerate(zip(first, wanted, strict=True))
    ]


def step_size(pixels_per_step: int, stop: StopRule, n_measured: int) -> int:
    """Return how many pixels the next step takes: as many as always, or the few that a budget leaves."""
    left = stop.pixels_left(n_measured)
    return pixels_per_step if left < 1 else int(min(pixels_per_step, left))  # beyond the budget advice stays as it was


def _choose_group(policy: Policy, outlook: Outlook, first: int, n_pixels: int) -> tuple[int, ...]:
    group = [first]
    odds, branches = np.ones(1), [outlook]
    while len(group) < min(n_pixels, int(outlook.available.sum())):
        odds, branches = _after(odds, branches, group[-1])
        expected = np.zeros(outlook.available.shape[1])
        for share, branch in zip(odds, branches, strict=True):
            expected += share * _finite(policy.scores(branch)[0])
        group.append(best_of(expected, branches[0].available[0]))
    return tuple(group)


def _after(odds: np.ndarray, branches: list[Outlook], pixel: int) -> tuple[np.ndarray, list[Outlook]]:
    """What may be read at a pixel in each branch: the likeliest outcomes and their shares."""
    shares, followers = [], []
    for share, branch in zip(odds, branches, strict=True):
        of_level, after = branch.after(0, pixel)
        shares.append(share * of_level)
        followers += [after.one(i) for i in range(len(of_level))]
    all_shares = np.concatenate(shares)
    kept = np.sort(np.argsort(-all_shares, kind="stable")[:_MOST_OUTCOMES])
    return all_shares[kept] / all_shares[kept].sum(), [followers[i] for i in kept]


def _finite(scores: Float64[np.ndarray, "pixels"]) -> Float64[np.ndarray, "pixels"]:
    """Scores that can be averaged: what may never be chosen (-inf) stays far below the rest."""
    return np.maximum(scores, -1e300)
