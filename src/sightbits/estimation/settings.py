"""What every estimate of arrays can be asked for."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from sightbits.core.checks import InputError, check_choice, check_whole
from sightbits.information.histogram import BIN_RULES, BINNINGS, MOST_BINS

ERRORS = ("local", "jackknife", "bootstrap", "none")
_MOST_PERMUTATIONS, _FEWEST_PERMUTATIONS = 100, 20


@dataclass(frozen=True, kw_only=True)
class EstimationSettings:
    """Checked settings of an estimate.

    Parameters
    ----------
    kinds
        "auto", "discrete" or "continuous" for all variables, or one of them for each.
    bins, binning
        Where an estimator of counts meets a continuous variable: bins a column, a number or one of the rules sturges,
        scott, freedman_diaconis, hacine_gharbi; of equal_width or equal_mass.
    k
        Which nearest neighbour the k-NN estimators look at.
    jitter
        Gaussian noise added to continuous columns, in their standard deviations; breaks ties.
    prior
        Samples that the estimator dirichlet adds to each cell.
    permutations
        Shuffles behind the null; 0 leaves it out. None takes 100, fewer on samples so large that it would take long,
        but at least 20.
    error
        How the standard error is found: "local" (the spread of the single samples' terms), "jackknife" (samples left
        out by groups), "bootstrap" (samples drawn again, with repeats) or "none".
    resamples
        Groups of the jackknife (20 by default), or samples of the bootstrap (200).
    seed
        Fixes every random choice.

    Examples
    --------
    >>> EstimationSettings(k=5).n_permutations(n_samples=1000, quick=False)
    100
    """

    kinds: str | Sequence[str] = "auto"
    bins: int | str = 30
    binning: str = "equal_width"
    k: int = 3
    jitter: float = 0.0
    prior: float = 0.5
    permutations: int | None = None
    error: str = "local"
    resamples: int | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        if isinstance(self.bins, str):
            check_choice("bins", self.bins, BIN_RULES)
        else:
            check_whole("bins", self.bins, low=1, high=MOST_BINS)
        check_choice("binning", self.binning, BINNINGS)
        check_whole("k", self.k, low=1)
        check_choice("error", self.error, ERRORS)
        check_whole("seed", self.seed, low=0, high=2**32 - 1)
        for name in ("jitter", "prior"):
            value = getattr(self, name)
            if isinstance(value, str) or not 0 <= value < math.inf:
                raise InputError(name, wanted="a finite number of 0 or more", got=repr(value), remedy=f"Set {name} so.")
        if self.permutations is not None:
            check_whole("permutations", self.permutations, low=0)
        if self.resamples is not None:
            check_whole("resamples", self.resamples, low=2)

    def n_permutations(self, n_samples: int, *, quick: bool) -> int:
        """Return how many shuffles to make; `quick` estimates can afford more."""
        if self.permutations is not None:
            return self.permutations
        affordable = (10_000_000 if quick else 200_000) // n_samples
        return min(_MOST_PERMUTATIONS, max(_FEWEST_PERMUTATIONS, affordable))
