"""Exact neighbour search in the maximum norm, compiled by Numba. Imported when first used: Numba is slow to load.

The distance of two points is the largest of |difference| * weight over the columns. Every comparison, also that of a
box with a radius, is made of this same arithmetic: rounding is monotone, so no box is passed over that holds a point
inside the radius, and a point that set a radius lies exactly on it. (x + radius, rounded, would fall on either side.)

`level` is the level of the tree whose nodes serve as leaves; the points of a leaf are asked for together, in one walk.
Each file of kernels stands alone: Numba's cache would not notice a change in another file.
"""

# mypy: disable-error-code="untyped-decorator"
# Shapes are not checked in tests either: Numba cannot compile the checking wrapper.
from typing import no_type_check

import numba
import numpy as np
from jaxtyping import Float64, Int64

DENSE = 4  # columns compared for all points of a leaf at once; the rest only for points still inside


@numba.njit(cache=True, nogil=True, forceinline=True)
@no_type_check
def _gap(
    low: Float64[np.ndarray, "nodes columns"],
    high: Float64[np.ndarray, "nodes columns"],
    weights: Float64[np.ndarray, "columns"],
    one: int,
    other: int,
) -> float:
    """Return what no two points of these nodes are nearer than."""
    gap = 0.0
    for column in range(weights.size):
        apart = max(low[other, column] - high[one, column], low[one, column] - high[other, column])
        gap = max(gap, apart * weights[column])
    return gap


@numba.njit(cache=True, nogil=True, forceinline=True)
@no_type_check
def _reach(
    low: Float64[np.ndarray, "nodes columns"],
    high: Float64[np.ndarray, "nodes columns"],
    weights: Float64[np.ndarray, "columns"],
    one: int,
    other: int,
) -> float:
    """Return what no two points of these nodes are farther apart than."""
    reach = 0.0
    for column in range(weights.size):
        across = max(high[other, column] - low[one, column], high[one, column] - low[other, column])
        reach = max(reach, across * weights[column])
    return reach


@numba.njit(cache=True, nogil=True, forceinline=True)
@no_type_check
def _is_beyond(
    low: Float64[np.ndarray, "nodes columns"],
    high: Float64[np.ndarray, "nodes columns"],
    weights: Float64[np.ndarray, "columns"],
    node: int,
    rows: Float64[np.ndarray, "n columns"],
    asked: int,
    radius: float,
) -> bool:
    """Tell whether no point of the node is nearer to the asked one than the radius."""
    for column in range(weights.size):
        apart = max(low[node, column] - rows[asked, column], rows[asked, column] - high[node, column])
        if apart * weights[column] >= radius:
            return True
    return False


@numba.njit(cache=True, nogil=True, forceinline=True)
@no_type_check
def _n_points(node: int, n: int) -> int:
    level = 0
    while (2 << level) - 1 <= node:
        level += 1
    index = node - ((1 << level) - 1)
    return ((n * (index + 1)) >> level) - ((n * index) >> level)


@numba.njit(cache=True, nogil=True, forceinline=True)
@no_type_check
def _measure(
    columns: Float64[np.ndarray, "columns n"],
    weights: Float64[np.ndarray, "columns"],
    start: int,
    end: int,
    asked: int,
    distance: Float64[np.ndarray, "leaf"],
) -> None:
    """Write the distances of the points start:end from the asked one, by the first `DENSE` columns, 2 at least.

    All columns in one pass, and unsigned positions, which cannot count from the end: the compiler turns each of
    these loops into vector instructions without a branch.
    """
    n_columns, first, size = columns.shape[0], np.uint64(start), np.uint64(end - start)
    at_a, weight_a = columns[0, asked], weights[0]
    at_b, weight_b = columns[1, asked], weights[1]
    if n_columns == 2:
        for i in range(size):
            a, b = abs(columns[0, first + i] - at_a) * weight_a, abs(columns[1, first + i] - at_b) * weight_b
            distance[i] = max(a, b)
        return
    at_c, weight_c = columns[2, asked], weights[2]
    if n_columns == 3:
        for i in range(size):
            a, b = abs(columns[0, first + i] - at_a) * weight_a, abs(columns[1, first + i] - at_b) * weight_b
            distance[i] = max(a, b, abs(columns[2, first + i] - at_c) * weight_c)
        return
    at_d, weight_d = columns[3, asked], weights[3]
    for i in range(size):
        a, b = abs(columns[0, first + i] - at_a) * weight_a, abs(columns[1, first + i] - at_b) * weight_b
        c, d = abs(columns[2, first + i] - at_c) * weight_c, abs(columns[3, first + i] - at_d) * weight_d
        distance[i] = max(a, b, c, d)


@numba.njit(cache=True, nogil=True, forceinline=True)
@no_type_check
def _sift(
    rows: Float64[np.ndarray, "n columns"],
    weights: Float64[np.ndarray, "columns"],
    start: int,
    end: int,
    asked: int,
    radius: float,
    distance: Float64[np.ndarray, "leaf"],
    inside: Int64[np.ndarray, "leaf_and_one"],
) -> int:
    """List in `inside` the points nearer than the radius, and return how many; their distances are made whole.

    Each round writes every candidate and moves on only past those that stay: a branch here would be foreseen badly.
    """
    n_columns, n_inside = weights.size, 0
    for i in range(end - start):
        inside[n_inside] = i
        n_inside += distance[i] < radius
    column = DENSE
    while column + 4 <= n_columns and n_inside > 0:
        at_a, weight_a = rows[asked, column], weights[column]
        at_b, weight_b = rows[asked, column + 1], weights[column + 1]
        at_c, weight_c = rows[asked, column + 2], weights[column + 2]
        at_d, weight_d = rows[asked, column + 3], weights[column + 3]
        kept = 0
        for candidate in range(n_inside):
            i = inside[candidate]
            a = abs(rows[start + i, column] - at_a) * weight_a
            b = abs(rows[start + i, column + 1] - at_b) * weight_b
            c = abs(rows[start + i, column + 2] - at_c) * weight_c
            d = abs(rows[start + i, column + 3] - at_d) * weight_d
            whole = max(distance[i], a, b, c, d)
            distance[i] = whole
            inside[kept] = i
            kept += whole < radius
        n_inside = kept
        column += 4
    while column < n_columns and n_inside > 0:
        at, weight = rows[asked, column], weights[column]
        kept = 0
        for candidate in range(n_inside):
            i = inside[candidate]
            whole = max(distance[i], abs(rows[start + i, column] - at) * weight)
            distance[i] = whole
            inside[kept] = i
            kept += whole < radius
        n_inside = kept
        column += 1
    return n_inside


@numba.njit(cache=True, nogil=True, forceinline=True)
@no_type_check
def _insert(best: Float64[np.ndarray, "leaf k"], mine: int, distance: float) -> float:
    """Put a distance among the k least of one point, in order, and return the largest of them."""
    last = best.shape[1] - 1
    slot = last
    while slot > 0 and best[mine, slot - 1] > distance:
        best[mine, slot] = best[mine, slot - 1]
        slot -= 1
    best[mine, slot] = distance
    return best[mine, last]


@numba.njit(cache=True, nogil=True, forceinline=True)
@no_type_check
def _keep_nearest(
    rows: Float64[np.ndarray, "n columns"],
    weights: Float64[np.ndarray, "columns"],
    start: int,
    end: int,
    asked: int,
    distance: Float64[np.ndarray, "leaf"],
    inside: Int64[np.ndarray, "leaf_and_one"],
    best: Float64[np.ndarray, "leaf k"],
    mine: int,
) -> None:
    radius = best[mine, best.shape[1] - 1]
    if weights.size <= DENSE:
        for i in range(end - start):
            if distance[i] < radius:
                radius = _insert(best, mine, distance[i])
        return
    for candidate in range(_sift(rows, weights, start, end, asked, radius, distance, inside)):
        i = inside[candidate]
        if distance[i] < radius:
            radius = _insert(best, mine, distance[i])


@numba.njit(cache=True, nogil=True)
@no_type_check
def find_kth_distance(
    columns: Float64[np.ndarray, "columns n"],
    rows: Float64[np.ndarray, "n columns"],
    weights: Float64[np.ndarray, "columns"],
    low: Float64[np.ndarray, "nodes columns"],
    high: Float64[np.ndarray, "nodes columns"],
    level: int,
    k: int,
) -> Float64[np.ndarray, "n"]:
    """Return how far the k-th nearest other point is from each point, all in tree order.

    The walk goes from a leaf to its sibling, then to that of its parent, and so on: the radius is small early.
    """
    n = columns.shape[1]
    first_leaf = (1 << level) - 1
    found = np.empty(n)
    most = (n >> level) + 1
    best = np.empty((most, k))
    distance = np.empty(most)
    inside = np.empty(most + 1, np.int64)
    stack = np.empty(level + 2, np.int64)
    for leaf in range(1 << level):
        start, end = (n * leaf) >> level, (n * (leaf + 1)) >> level
        best[:] = np.inf
        farthest = np.inf
        home = first_leaf + leaf
        climbed = home
        for step in range(level + 1):
            if step == 0:
                stack[0] = home
            else:
                stack[0] = climbed + 1 if climbed % 2 == 1 else climbed - 1
                climbed = (climbed - 1) >> 1
            n_waiting = 1
            while n_waiting > 0:
                n_waiting -= 1
                node = stack[n_waiting]
                if _gap(low, high, weights, home, node) >= farthest:
                    continue
                if node < first_leaf:
                    stack[n_waiting] = 2 * node + 2
                    stack[n_waiting + 1] = 2 * node + 1
                    n_waiting += 2
                    continue
                there = (n * (node - first_leaf)) >> level
                until = (n * (node - first_leaf + 1)) >> level
                farthest = 0.0
                for asked in range(start, end):
                    mine = asked - start
                    if not _is_beyond(low, high, weights, node, rows, asked, best[mine, k - 1]):
                        _measure(columns, weights, there, until, asked, distance)
                        if node == home:
                            distance[mine] = np.inf
                        _keep_nearest(rows, weights, there, until, asked, distance, inside, best, mine)
                    farthest = max(farthest, best[mine, k - 1])
        found[start:end] = best[: end - start, k - 1]
    return found


@numba.njit(cache=True, nogil=True, forceinline=True)
@no_type_check
def _count_below(distance: Float64[np.ndarray, "leaf"], size: int, radius: float) -> int:
    n_below = 0
    for i in range(size):
        n_below += distance[i] < radius
    return n_below


@numba.njit(cache=True, nogil=True)
@no_type_check
def count_within(
    columns: Float64[np.ndarray, "columns n"],
    rows: Float64[np.ndarray, "n columns"],
    weights: Float64[np.ndarray, "columns"],
    low: Float64[np.ndarray, "nodes columns"],
    high: Float64[np.ndarray, "nodes columns"],
    level: int,
    radius: Float64[np.ndarray, "n"],
) -> Int64[np.ndarray, "n"]:
    """Return how many other points are nearer to each point than its radius (above 0), all in tree order."""
    n = columns.shape[1]
    first_leaf = (1 << level) - 1
    counts = np.full(n, -1)  # each point is inside its own radius, and is no neighbour
    most = (n >> level) + 1
    distance = np.empty(most)
    inside = np.empty(most + 1, np.int64)
    stack = np.empty(level + 2, np.int64)
    for leaf in range(1 << level):
        start, end = (n * leaf) >> level, (n * (leaf + 1)) >> level
        home = first_leaf + leaf
        nearest, farthest = radius[start:end].min(), radius[start:end].max()
        stack[0] = 0
        n_waiting = 1
        while n_waiting > 0:
            n_waiting -= 1
            node = stack[n_waiting]
            if _gap(low, high, weights, home, node) >= farthest:
                continue
            if _reach(low, high, weights, home, node) < nearest:
                counts[start:end] += _n_points(node, n)
                continue
            if node < first_leaf:
                stack[n_waiting] = 2 * node + 2
                stack[n_waiting + 1] = 2 * node + 1
                n_waiting += 2
                continue
            there = (n * (node - first_leaf)) >> level
            until = (n * (node - first_leaf + 1)) >> level
            for asked in range(start, end):
                if _is_beyond(low, high, weights, node, rows, asked, radius[asked]):
                    continue
                _measure(columns, weights, there, until, asked, distance)
                if weights.size > DENSE:
                    counts[asked] += _sift(rows, weights, there, until, asked, radius[asked], distance, inside)
                else:
                    counts[asked] += _count_below(distance, until - there, radius[asked])
    return counts


@numba.njit(cache=True, nogil=True, forceinline=True)
@no_type_check
def _widen(
    span: Float64[np.ndarray, "n columns"],
    rows: Float64[np.ndarray, "n columns"],
    asked: int,
    low: Float64[np.ndarray, "nodes columns"],
    high: Float64[np.ndarray, "nodes columns"],
    node: int,
    weights: Float64[np.ndarray, "columns"],
) -> None:
    for column in range(weights.size):
        at = rows[asked, column]
        across = max(high[node, column] - at, at - low[node, column])
        span[asked, column] = max(span[asked, column], across * weights[column])


@numba.njit(cache=True, nogil=True)
@no_type_check
def measure_span(
    columns: Float64[np.ndarray, "columns n"],
    rows: Float64[np.ndarray, "n columns"],
    weights: Float64[np.ndarray, "columns"],
    low: Float64[np.ndarray, "nodes columns"],
    high: Float64[np.ndarray, "nodes columns"],
    level: int,
    radius: Float64[np.ndarray, "n"],
) -> Float64[np.ndarray, "n columns"]:
    """Return the largest distance in each column among the points nearer than the radius, all in tree order.

    Where a whole node is nearer, its lowest and highest values are those of points inside.
    """
    n, n_columns = rows.shape
    first_leaf = (1 << level) - 1
    span = np.zeros((n, n_columns))
    most = (n >> level) + 1
    distance = np.empty(most)
    inside = np.empty(most + 1, np.int64)
    stack = np.empty(level + 2, np.int64)
    for leaf in range(1 << level):
        start, end = (n * leaf) >> level, (n * (leaf + 1)) >> level
        home = first_leaf + leaf
        nearest, farthest = radius[start:end].min(), radius[start:end].max()
        stack[0] = 0
        n_waiting = 1
        while n_waiting > 0:
            n_waiting -= 1
            node = stack[n_waiting]
            if _gap(low, high, weights, home, node) >= farthest:
                continue
            if _reach(low, high, weights, home, node) < nearest:
                for asked in range(start, end):
                    _widen(span, rows, asked, low, high, node, weights)
            elif node < first_leaf:
                stack[n_waiting] = 2 * node + 2
                stack[n_waiting + 1] = 2 * node + 1
                n_waiting += 2
            else:
                there = (n * (node - first_leaf)) >> level
                until = (n * (node - first_leaf + 1)) >> level
                for asked in range(start, end):
                    if _is_beyond(low, high, weights, node, rows, asked, radius[asked]):
                        continue
                    _measure(columns, weights, there, until, asked, distance)
                    for candidate in range(_sift(rows, weights, there, until, asked, radius[asked], distance, inside)):
                        other = there + inside[candidate]
                        _widen(span, rows, asked, rows, rows, other, weights)
    return span
