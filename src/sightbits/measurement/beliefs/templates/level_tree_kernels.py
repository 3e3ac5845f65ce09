"""The loops that grow a decision tree from histograms, compiled by Numba. Imported when first used."""

# mypy: disable-error-code="untyped-decorator"
# Shapes are not checked in tests either: Numba cannot compile the checking wrapper.
from typing import no_type_check

import numba
import numpy as np
from jaxtyping import Int64, UInt8

_ROUNDING = 1e-7  # nats over all samples of a leaf


@numba.njit(cache=True, nogil=True)
@no_type_check
def grow(
    places: UInt8[np.ndarray, "samples features"],
    levels: UInt8[np.ndarray, "samples"],
    n_places: int,
    least_in_leaf: int,
    feature: Int64[np.ndarray, "nodes"],
    place: Int64[np.ndarray, "nodes"],
    following: Int64[np.ndarray, "nodes"],
    left: Int64[np.ndarray, "nodes"],
    right: Int64[np.ndarray, "nodes"],
    seen: Int64[np.ndarray, "nodes n_levels"],
) -> int:
    """Write a tree, which is all leaves (-1) before, and return how many nodes it has, an odd number.

    A sample goes left where its place is at most `place`; `following` is the lowest place that goes right. The leaf
    whose split takes away most entropy, summed over its samples, is split first. Of the two children the smaller is
    counted, and the other is what is left of their parent's counts.
    """
    n_samples, n_features = places.shape
    n_nodes, n_levels = seen.shape
    most_leaves = (n_nodes + 1) // 2
    weight = np.empty(n_samples + 1)
    weight[0] = 0.0
    for count in range(1, n_samples + 1):
        weight[count] = count * np.log(count)
    order = np.arange(n_samples)
    spare = np.empty(n_samples, np.int64)
    first, last = np.zeros(n_nodes, np.int64), np.zeros(n_nodes, np.int64)
    gain = np.full(n_nodes, -1.0)
    best = np.zeros((n_nodes, 3), np.int64)  # feature, place, following
    room_of = np.zeros(n_nodes, np.int64)  # which table holds the counts of a leaf
    tables = np.zeros((most_leaves, n_features, n_places, n_levels), np.int32)
    last[0] = n_samples
    for sample in range(n_samples):
        seen[0, levels[sample]] += 1
    _count(places, levels, order, 0, n_samples, tables[0])
    gain[0] = _find_split(tables[0], seen[0], weight, least_in_leaf, best[0])
    made, n_leaves = 1, 1
    while n_leaves < most_leaves:
        node = 0
        for other in range(made):
            if gain[other] > gain[node]:
                node = other
        if gain[node] <= _ROUNDING:
            break
        start, stop = first[node], last[node]
        feature[node], place[node], following[node] = best[node]
        tested, highest = feature[node], place[node]
        low, high = start, 0
        for position in range(start, stop):
            sample = order[position]
            if places[sample, tested] <= highest:
                order[low] = sample
                low += 1
            else:
                spare[high] = sample
                high += 1
        order[low:stop] = spare[:high]
        left[node], right[node] = made, made + 1
        first[made], last[made], first[made + 1], last[made + 1] = start, low, low, stop
        small, large = (made, made + 1) if low - start <= stop - low else (made + 1, made)
        room_of[large], room_of[small] = room_of[node], n_leaves
        of_large, of_small = tables[room_of[large]], tables[room_of[small]]
        of_small[:] = 0
        _count(places, levels, order, first[small], last[small], of_small)
        of_large -= of_small
        for child in (made, made + 1):
            for position in range(first[child], last[child]):
                seen[child, levels[order[position]]] += 1
            gain[child] = _find_split(tables[room_of[child]], seen[child], weight, least_in_leaf, best[child])
        gain[node] = -1.0
        made += 2
        n_leaves += 1
    return made


@numba.njit(cache=True, nogil=True)
@no_type_check
def _count(places, levels, order, start, stop, table):
    for position in range(start, stop):
        sample = order[position]
        level = levels[sample]
        for one in range(places.shape[1]):
            table[one, places[sample, one], level] += 1


@numba.njit(cache=True, nogil=True)
@no_type_check
def _find_split(table, seen, weight, least_in_leaf, best):
    """Write the best split, and return what it takes from the entropy times the samples; -1 without one."""
    n_features, n_places, n_levels = table.shape
    n = seen.sum()
    entropy = weight[n]
    for level in range(n_levels):
        entropy -= weight[seen[level]]
    most = -1.0
    if n < 2 * least_in_leaf or entropy <= 0.0:
        return most
    below = np.empty(n_levels, np.int64)
    for one in range(n_features):
        below[:] = 0
        n_below = 0
        just_found = False
        for at in range(n_places):
            here = 0
            for level in range(n_levels):
                found = table[one, at, level]
                below[level] += found
                here += found
            if here == 0:
                continue
            if just_found:
                best[2] = at
                just_found = False
            n_below += here
            if n - n_below < least_in_leaf:
                break
            if n_below < least_in_leaf:
                continue
            left = weight[n_below] + weight[n - n_below]
            for level in range(n_levels):
                left -= weight[below[level]] + weight[seen[level] - below[level]]
            if entropy - left > most:
                most = entropy - left
                best[0], best[1] = one, at
                just_found = True
    return most
