"""The loops over pairs of pixels, compiled by Numba: weights summed over the cells of (pixel, chosen, label).

Imported when first used: Numba takes most of a second to load.
"""

# mypy: disable-error-code="untyped-decorator"
# Shapes are not checked in tests either: Numba cannot compile the checking wrapper.
from typing import no_type_check

import numba
import numpy as np
from jaxtyping import Float64, Int64, UInt8, UInt64

from sightbits.core.bit_kernels import count_together


@numba.njit(cache=True, nogil=True)
@no_type_check
def weigh_planes(
    planes: UInt64[np.ndarray, "n_pixels levels_above_0 words"],
    label_words: Int64[np.ndarray, "labels_and_end"],
    table: Int64[np.ndarray, "n_pixels n_levels n_labels"],
    chosen: int,
    pixels: Int64[np.ndarray, "n_asked"],
    weights: Float64[np.ndarray, "counts"],
    pair_sums: Float64[np.ndarray, "n_asked"],
    triple_sums: Float64[np.ndarray, "n_asked"],
) -> None:
    """Sum the weights of the cells of (pixel, chosen) and of (pixel, chosen, label), counted by popcount."""
    n_levels, n_labels = table.shape[1], table.shape[2]
    counts = np.empty((n_levels, n_levels, n_labels), np.int64)
    for i in range(len(pixels)):
        pixel = pixels[i]
        count_together(planes[pixel], planes[chosen], label_words, table[pixel], table[chosen], counts)
        pair_sum, triple_sum = 0.0, 0.0
        for u in range(n_levels):
            for v in range(n_levels):
                of_pair = 0
                for label in range(n_labels):
                    found = counts[u, v, label]
                    of_pair += found
                    triple_sum += weights[found]
                pair_sum += weights[of_pair]
        pair_sums[i] = pair_sum
        triple_sums[i] = triple_sum


@numba.njit(cache=True, nogil=True)
@no_type_check
def weigh_groups(
    columns: UInt8[np.ndarray, "n_pixels n_images"],
    order: Int64[np.ndarray, "n_images"],
    level_starts: Int64[np.ndarray, "levels_and_end"],
    group_starts: Int64[np.ndarray, "n_levels labels_and_end"],
    pixels: Int64[np.ndarray, "n_asked"],
    steps: Float64[np.ndarray, "counts"],
    pair_sums: Float64[np.ndarray, "n_asked"],
    triple_sums: Float64[np.ndarray, "n_asked"],
) -> None:
    """Sum the same weights for any number of levels, images in `order`: by the chosen pixel's level, then by label.

    `steps[c]` is what a cell's weight grows by from c images to c + 1. Two tables of one column's levels are all
    that is held, so time goes with the images and not with the cells, most of which are empty where levels are many.
    """
    n_levels, n_labels = group_starts.shape[0], group_starts.shape[1] - 1
    of_pair = np.zeros(256, np.int64)
    of_triple = np.zeros(256, np.int64)
    levels = np.empty(len(order), np.uint8)
    for i in range(len(pixels)):
        column = columns[pixels[i]]
        for position in range(len(order)):
            levels[position] = column[order[position]]
        pair_sum, triple_sum = 0.0, 0.0
        for v in range(n_levels):
            for label in range(n_labels):
                start, stop = group_starts[v, label], group_starts[v, label + 1]
                for position in range(start, stop):
                    u = levels[position]
                    pair_sum += steps[of_pair[u]]
                    of_pair[u] += 1
                    triple_sum += steps[of_triple[u]]
                    of_triple[u] += 1
                for position in range(start, stop):
                    of_triple[levels[position]] = 0
            for position in range(level_starts[v], level_starts[v + 1]):
                of_pair[levels[position]] = 0
        pair_sums[i] = pair_sum
        triple_sums[i] = triple_sum
