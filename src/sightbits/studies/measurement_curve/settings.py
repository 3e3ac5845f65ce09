"""What a study of measuring pixel by pixel can be asked for."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sightbits.core.checks import InputError, check_choice, check_whole
from sightbits.measurement.noise import AdditiveNoise, FlipNoise, Noise, NoNoise
from sightbits.measurement.parts import named_parts
from sightbits.measurement.stopping import (
    Confidence,
    CostBudget,
    EntropyBelow,
    PixelBudget,
    StopRule,
    check_budget,
)

Position = tuple[int, ...]

DEFAULT_CURVES = ("information_gain/mixture", "information_gain/exact", "fixed/mixture", "random/mixture")
_MOST_PIXELS = 30


@dataclass(frozen=True, eq=False, kw_only=True)
class MeasureSettings:
    """Checked settings of a study of measuring.

    Parameters
    ----------
    curves
        What is compared, as "policy/belief"; episodes, tree, calibration and game are those of the first.
    n_pixels
        The most pixels on a curve; None takes 30, or all where there are fewer.
    confidence
        A session stops when a label is this probable,
    entropy
        or when the label's entropy is at most so many bits,
    cost_budget
        or when measuring has cost so much.
    levels
        Grey levels that every belief tells apart; None leaves it to each.
    flip
        Share of readings that are wrong.
    deviation
        Standard deviation of normal noise on each reading, in grey values.
    costs
        What measuring each pixel costs, in the shape of an image.
    unavailable
        Places (row, column and channel) that cannot be measured.
    pixels_per_step
        How many pixels are chosen at a time.
    episodes
        How many images are shown step by step.
    tree_depth
        How many pixels deep the tree of first choices goes.
    seed
        Of noise, random choices, prototypes and the split.
    jobs
        Threads; None takes one a processor.
    """

    curves: Sequence[str] = DEFAULT_CURVES
    n_pixels: int | None = None
    confidence: float = 0.95
    entropy: float | None = None
    cost_budget: float | None = None
    levels: int | None = None
    flip: float = 0.0
    deviation: float = 0.0
    costs: Any = None
    unavailable: Sequence[Position] = ()
    pixels_per_step: int = 1
    episodes: int = 6
    tree_depth: int = 4
    seed: int = 0
    jobs: int | None = None

    def __post_init__(self) -> None:
        if not self.curves:
            raise InputError("curves", wanted="at least one policy/belief", got="none", remedy="See --help.")
        for curve in self.curves:
            policy_and_belief(curve)
        if self.n_pixels is not None:
            check_whole("n_pixels", self.n_pixels, low=1)
        if self.cost_budget is not None:
            check_budget("cost_budget", self.cost_budget)
        check_whole("pixels_per_step", self.pixels_per_step, low=1)
        check_whole("episodes", self.episodes, low=0)
        check_whole("tree_depth", self.tree_depth, low=1)
        check_whole("seed", self.seed, low=0, high=2**32 - 1)
        check_whole("jobs", self.n_jobs, low=1)
        if self.flip and self.deviation:
            raise InputError(
                "noise", wanted="flip or deviation", got="both", remedy="Say how readings go wrong in one way."
            )
        _ = self.noise, self.stop

    @property
    def n_jobs(self) -> int:
        """How many threads to use."""
        return self.jobs if self.jobs is not None else (os.cpu_count() or 1)

    @property
    def noise(self) -> Noise:
        """How readings differ from the images; beliefs that know of noise are told."""
        if self.flip:
            return FlipNoise(probability=self.flip)
        return AdditiveNoise(deviation=self.deviation) if self.deviation else NoNoise()

    @property
    def stop(self) -> StopRule:
        """When a session has measured enough."""
        rule: StopRule = Confidence(self.confidence)
        if self.entropy is not None:
            rule |= EntropyBelow(self.entropy)
        return rule if self.cost_budget is None else rule | CostBudget(self.cost_budget)

    def most_pixels(self, n_available: int) -> int:
        """Return the most pixels on a curve, or raise `InputError` where there are not so many."""
        if self.n_pixels is None:
            return min(_MOST_PIXELS, n_available)
        return check_whole("n_pixels", self.n_pixels, low=1, high=n_available)

    def budget(self, n_available: int) -> PixelBudget:
        """Return the rule that ends every curve."""
        return PixelBudget(self.most_pixels(n_available))


def policy_and_belief(curve: str) -> tuple[str, str]:
    """Return the two names in "policy/belief", or raise `InputError`."""
    policy, slash, belief = curve.partition("/")
    if not slash:
        raise InputError(
            "curves", wanted="policy/belief", got=repr(curve), remedy="Say information_gain/mixture for instance."
        )
    check_choice("policy", policy, named_parts("policy"))
    check_choice("belief", belief, named_parts("belief"))
    return policy, belief
