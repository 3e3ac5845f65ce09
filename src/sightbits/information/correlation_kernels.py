"""The sum over all pairs of |x - x'| |y - y'|, compiled by Numba. Imported when first used."""

# mypy: disable-error-code="untyped-decorator"
# Shapes are not checked in tests either: Numba cannot compile the checking wrapper.
from typing import no_type_check

import numba
import numpy as np
from jaxtyping import Float, Int64


@numba.njit(cache=True, nogil=True)
@no_type_check
def sum_distance_products(
    x: Float[np.ndarray, "n"], y: Float[np.ndarray, "n"], y_rank: Int64[np.ndarray, "n"]
) -> float:
    """Return the sum of |x - x'| |y - y'| over ordered pairs; samples come in order of x.

    For each sample a Fenwick tree over the ranks of y gives count and sums of x, y and x y of the earlier samples
    with no larger y.
    """
    n = x.size
    tree = np.zeros((n + 1, 4))
    count, sum_x, sum_y, sum_xy = 0.0, 0.0, 0.0, 0.0
    total = 0.0
    for j in range(n):
        low_n, low_x, low_y, low_xy = 0.0, 0.0, 0.0, 0.0
        i = y_rank[j] + 1
        while i > 0:
            low_n += tree[i, 0]
            low_x += tree[i, 1]
            low_y += tree[i, 2]
            low_xy += tree[i, 3]
            i -= i & -i
        below = x[j] * y[j] * low_n - x[j] * low_y - y[j] * low_x + low_xy
        everything = x[j] * y[j] * count - x[j] * sum_y - y[j] * sum_x + sum_xy
        total += 2 * below - everything
        count += 1
        sum_x += x[j]
        sum_y += y[j]
        sum_xy += x[j] * y[j]
        i = y_rank[j] + 1
        while i <= n:
            tree[i, 0] += 1
            tree[i, 1] += x[j]
            tree[i, 2] += y[j]
            tree[i, 3] += x[j] * y[j]
            i += i & -i
    return 2 * total
