"""Exact neighbours among numbers on a line, compiled by Numba. Imported when first used: Numba is slow to load.

The numbers come sorted. As in the other kernels a distance is |difference| * weight, and nothing else is compared.
"""

# mypy: disable-error-code="untyped-decorator"
# Shapes are not checked in tests either: Numba cannot compile the checking wrapper.
from typing import no_type_check

import numba
import numpy as np
from jaxtyping import Float64, Int64


@numba.njit(cache=True, nogil=True)
@no_type_check
def find_kth_distance(values: Float64[np.ndarray, "n"], weight: float, k: int) -> Float64[np.ndarray, "n"]:
    """Return how far the k-th nearest other number is from each."""
    n = values.size
    found = np.empty(n)
    for asked in range(n):
        below, above = asked - 1, asked + 1
        distance = 0.0
        for _ in range(k):
            down = (values[asked] - values[below]) * weight if below >= 0 else np.inf
            up = (values[above] - values[asked]) * weight if above < n else np.inf
            distance = min(down, up)
            if down < up:
                below -= 1
            else:
                above += 1
        found[asked] = distance
    return found


@numba.njit(cache=True, nogil=True)
@no_type_check
def count_within(
    values: Float64[np.ndarray, "n"], weight: float, radius: Float64[np.ndarray, "n"]
) -> Int64[np.ndarray, "n"]:
    """Return how many other numbers are nearer to each than its radius (above 0).

    Steps outward double until one leaves the radius, and halving the last of them finds the border.
    """
    n = values.size
    counts = np.empty(n, np.int64)
    for asked in range(n):
        value, limit = values[asked], radius[asked]
        inside, step = asked, 1
        while inside + step < n and (values[inside + step] - value) * weight < limit:
            inside += step
            step <<= 1
        outside = min(inside + step, n)
        while outside - inside > 1:
            middle = (inside + outside) >> 1
            if (values[middle] - value) * weight < limit:
                inside = middle
            else:
                outside = middle
        last = inside
        inside, step = asked, 1
        while inside - step >= 0 and (value - values[inside - step]) * weight < limit:
            inside -= step
            step <<= 1
        outside = max(inside - step, -1)
        while inside - outside > 1:
            middle = (inside + outside) >> 1
            if (value - values[middle]) * weight < limit:
                inside = middle
            else:
                outside = middle
        counts[asked] = last - inside
    return counts
