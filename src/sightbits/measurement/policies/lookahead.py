"""The policy that plans the first pixels together instead of one by one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jaxtyping import Float64

from sightbits.core.checks import check_whole
from sightbits.core.images import ImageDataset
from sightbits.measurement.beliefs.belief import Belief
from sightbits.measurement.information import Scores
from sightbits.measurement.outlook import History, Outlook
from sightbits.measurement.policies.policy import Policy
from sightbits.selection.scorers import TIED, best_of

_LEAST_SHARE = 1e-3


@dataclass(eq=False, kw_only=True)
class Lookahead(Policy):
    """Plan the first pixels by what they are expected to tell together; go on by information gain.

    Parameters
    ----------
    first
        How many pixels are planned.
    candidates
        How many pixels, those of the highest gain, are tried at each point of the plan.

    Notes
    -----
    A candidate's value is the expected information after all planned pixels when information gain chooses those that
    follow (a rollout). The plan is made once, by fitting, for every outcome that comes in more than one session of a
    thousand, and is a table look-up from then on; elsewhere, and where a planned pixel is lost later, information
    gain chooses. Pixels that can never be measured are not planned with; like information gain, a plan does not look
    at costs. Cost of fitting: about candidates x first x outcomes^(first - 1) tables.

    Source: rollouts of a base policy, D. P. Bertsekas, J. N. Tsitsiklis, C. Wu, Rollout algorithms for combinatorial
    optimization, 1997.
    """

    NAME: ClassVar[str] = "lookahead"
    first: int = 5
    candidates: int = 20

    def __post_init__(self) -> None:
        check_whole("first", self.first, low=1)
        check_whole("candidates", self.candidates, low=1)

    def fit(self, belief: Belief, training: ImageDataset) -> "Lookahead":
        """Plan from the state before any reading, with every pixel."""
        return self.fit_from(Outlook.at_start(belief, np.ones(training.n_pixels, dtype=bool)), training)

    def fit_from(self, start: Outlook, training: ImageDataset) -> "Lookahead":
        """Plan from the state before any reading, with the pixels that can be measured."""
        self.plan: dict[History, int] = {}
        self._plan_from(start, 1.0)
        return self

    def scores(self, outlook: Outlook) -> Scores:
        """Return 1 for a planned pixel and 0 for the others; where there is no plan, the expected information."""
        planned = [self.plan.get(history, -1) for history in outlook.histories]
        usable = [pixel >= 0 and outlook.available[i, pixel] for i, pixel in enumerate(planned)]
        scores = np.zeros(outlook.available.shape)
        scores[usable, [pixel for pixel, use in zip(planned, usable, strict=True) if use]] = 1
        rest = [i for i, use in enumerate(usable) if not use]
        if rest:
            scores[rest] = outlook.take(rest).gain
        return scores

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return the plan as arrays."""
        histories = np.full((len(self.plan), self.first, 2), -1, dtype=np.int64)
        for row, history in zip(histories, self.plan, strict=True):
            row[: len(history)] = np.array(history).reshape(-1, 2)
        return {"histories": histories, "pixels": np.array(list(self.plan.values()), dtype=np.int64)}

    def from_arrays(self, arrays: dict[str, np.ndarray]) -> None:
        """Take a plan back."""
        self.plan = {
            tuple((int(pixel), int(outcome)) for pixel, outcome in history if pixel >= 0): int(chosen)
            for history, chosen in zip(arrays["histories"], arrays["pixels"], strict=True)
        }

    def _plan_from(self, outlook: Outlook, share: float) -> None:
        left = self.first - len(outlook.histories[0])
        if left == 0 or share < _LEAST_SHARE or not outlook.available.any():
            return
        pixel = self._best(outlook, left)
        self.plan[outlook.histories[0]] = pixel
        odds, after = outlook.after(0, pixel)
        for i, of_outcome in enumerate(odds):
            self._plan_from(after.one(i), share * float(of_outcome))

    def _best(self, outlook: Outlook, left: int) -> int:
        available = outlook.available[0]
        gain = np.where(available, outlook.gain[0], -np.inf)
        tried = np.argsort(-gain, kind="stable")[: min(self.candidates, int(available.sum()))]
        if left == 1 or len(tried) == 1:
            return best_of(outlook.gain[0], available)
        values = np.full(len(gain), -np.inf)
        for pixel in tried:
            values[pixel] = gain[pixel] + _follow(outlook, [(0, int(pixel))], left - 1)[0]
        tied = values >= values.max() - TIED
        return best_of(outlook.gain[0], tied)  # of equal plans, the one that tells most at once


def _rollout(outlook: Outlook, left: int) -> Float64[np.ndarray, "states"]:
    """The expected information of the next pixels, in nats, when each is the one of the highest gain."""
    if left == 0:
        return np.zeros(len(outlook.states))
    best = [best_of(gain, available) for gain, available in zip(outlook.gain, outlook.available, strict=True)]
    found = outlook.gain[np.arange(len(best)), best]
    return found if left == 1 else found + _follow(outlook, list(enumerate(best)), left - 1)


def _follow(outlook: Outlook, steps: Sequence[tuple[int, int]], left: int) -> Float64[np.ndarray, "steps"]:
    """What `left` further pixels are expected to tell after each step (a state and the pixel measured there)."""
    odds, followers, of_step = [], [], []
    for number, (state, pixel) in enumerate(steps):
        shares, after = outlook.after(state, pixel)
        odds.append(shares)
        followers.append(after)
        of_step += [number] * len(shares)
    values = _rollout(Outlook.together(followers), left)
    return np.bincount(np.array(of_step), np.concatenate(odds) * values, minlength=len(steps))
