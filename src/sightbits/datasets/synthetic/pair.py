"""A pair of variables that knows its mutual information, and the checks its constructors share."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Shaped

from sightbits.core.checks import InputError, check_whole

Kind = Literal["discrete", "continuous"]
Draw = Callable[[np.random.Generator, int], tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True, eq=False, kw_only=True)
class SyntheticPair:
    """A distribution of two variables x and y whose mutual information is known.

    Parameters
    ----------
    description
        What x and y are, in one sentence.
    information
        I(x; y) in nats, of the distribution itself: the estimate from any sample differs.
    x_kind, y_kind
        Discrete values are whole numbers.
    draw
        Draws n pairs with a random generator; `sample` is the way to call it.

    Examples
    --------
    >>> from sightbits.datasets.synthetic import gaussian
    >>> pair = gaussian(0.5)
    >>> x, y = pair.sample(1000, seed=1)
    >>> x.shape, y.shape, round(pair.information, 4)
    ((1000,), (1000,), 0.1438)
    """

    name: str
    description: str
    information: float
    x_kind: Kind
    y_kind: Kind
    draw: Draw

    def sample(
        self, n: int, seed: int = 0
    ) -> tuple[Shaped[np.ndarray, "{n} *x_dimension"], Shaped[np.ndarray, "{n} *y_dimension"]]:
        """Return n independent pairs as x and y, the same for the same n and seed.

        Raises
        ------
        InputError
            If n is not at least 1, or the seed is below 0.
        """
        check_whole("n", n, low=1)
        check_whole("seed", seed, low=0)
        return self.draw(np.random.default_rng(seed), n)


def check_real(
    name: str, value: float, *, low: float, high: float = math.inf, excluded: tuple[float, ...] = ()
) -> float:
    """Return `value` if it is finite, in [low, high] and none of the `excluded`, else raise `InputError`."""
    if math.isfinite(value) and low <= value <= high and value not in excluded:
        return float(value)
    bounds = f"of {low:g} or more" if high == math.inf else f"from {low:g} to {high:g}"
    but = f", but not {' or '.join(f'{end:g}' for end in excluded)}" if excluded else ""
    raise InputError(name, wanted=f"a number {bounds}{but}", got=repr(value), remedy=f"Set {name} to such a number.")
