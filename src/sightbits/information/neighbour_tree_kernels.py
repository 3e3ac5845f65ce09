"""The tree that neighbours are looked for in, compiled by Numba. Imported when first used: Numba is slow to load.

It halves the points at the median of the column in which they spread most. The nodes of a level are equal shares of
the points in tree order: node i of level l holds those from n i / 2^l up to n (i + 1) / 2^l, and any level can serve
as the leaves.
"""

# mypy: disable-error-code="untyped-decorator"
# Shapes are not checked in tests either: Numba cannot compile the checking wrapper.
from typing import no_type_check

import numba
import numpy as np
from jaxtyping import Float64, Int64


@numba.njit(cache=True, nogil=True)
@no_type_check
def grow(
    columns: Float64[np.ndarray, "columns n"], weights: Float64[np.ndarray, "columns"], n_levels: int
) -> tuple[Int64[np.ndarray, "n"], Float64[np.ndarray, "nodes columns"], Float64[np.ndarray, "nodes columns"]]:
    """Return the points in tree order, and the lowest and highest value of each node and column."""
    n_columns, n = columns.shape
    n_nodes = (2 << n_levels) - 1
    order = np.arange(n)
    low = np.empty((n_nodes, n_columns))
    high = np.empty((n_nodes, n_columns))
    for level in range(n_levels + 1):
        for index in range(1 << level):
            node = (1 << level) - 1 + index
            start, end = (n * index) >> level, (n * (index + 1)) >> level
            widest, axis = -1.0, 0
            for column in range(n_columns):
                values = columns[column]
                least = most = values[order[start]]
                for position in range(start + 1, end):
                    value = values[order[position]]
                    least = min(least, value)
                    most = max(most, value)
                low[node, column] = least
                high[node, column] = most
                if (most - least) * weights[column] > widest:
                    widest, axis = (most - least) * weights[column], column
            if level < n_levels:
                _halve(columns[axis], order, start, end, (n * (2 * index + 1)) >> (level + 1))
    return order, low, high


@numba.njit(cache=True, nogil=True)
@no_type_check
def _halve(values: Float64[np.ndarray, "n"], order: Int64[np.ndarray, "n"], start: int, end: int, middle: int) -> None:
    """Reorder order[start:end] so that no value before `middle` is above one from there on."""
    left, right = start, end - 1
    while left < right:
        first, centre, last = values[order[left]], values[order[(left + right) >> 1]], values[order[right]]
        pivot = max(min(first, last), min(max(first, last), centre))
        up, down = left, right
        while up <= down:
            while values[order[up]] < pivot:
                up += 1
            while values[order[down]] > pivot:
                down -= 1
            if up <= down:
                order[up], order[down] = order[down], order[up]
                up += 1
                down -= 1
        if middle <= down:
            right = down
        elif middle >= up:
            left = up
        else:
            return
