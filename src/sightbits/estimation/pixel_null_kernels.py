"""Permutation nulls of many pixels at once, compiled by Numba. Imported when first used.

An additive estimator needs, for each pixel and each permutation, the sum of weight(count) over all (level, label).
Both kernels walk the images of one (pixel, level) at a time, as `core.counting_kernels.group_by_level` lists them,
and get the background level by subtraction.
"""

# mypy: disable-error-code="untyped-decorator"
# Shapes are not checked in tests either: Numba cannot compile the checking wrapper.
from typing import no_type_check

import numba
import numpy as np
from jaxtyping import Float, Int64, UInt8, UInt32

# With at most ten labels, the ten counts of a run of images fit into one 64-bit word, six bits each.
MOST_PACKED_LABELS = 10
PERMUTATIONS_AT_ONCE = 8
_RUN = 63  # a six-bit field holds no more
_WIDE = 4032  # and a twelve-bit field no more than 64 such runs


@numba.njit(cache=True, nogil=True)
@no_type_check
def weigh_packed(
    members: UInt32[np.ndarray, "entries"],
    starts: Int64[np.ndarray, "n_pixels levels_and_end"],
    shifts: UInt8[np.ndarray, "n_images eight"],
    n_of_label: Int64[np.ndarray, "n_labels"],
    weights: Float[np.ndarray, "counts"],
    pair_weights: Float[np.ndarray, "4096"],
    sums: Float[np.ndarray, "eight n_pixels"],
) -> None:
    """Write the weight of every pixel's table under eight permutations of at most ten labels.

    `shifts` holds six times the permuted label, so that `1 << shift` counts one image in its label's field.
    `pair_weights` is the weight of two neighbouring fields together.
    """
    one, six, low = np.uint64(1), np.uint64(6), np.uint64(0xFFF)
    even_fields = np.uint64(0x03F03F03F03F03F)
    n_labels = n_of_label.size
    n_pixels, n_levels = starts.shape[0], starts.shape[1] - 1
    q_all = range(PERMUTATIONS_AT_ONCE)
    totals = np.zeros((PERMUTATIONS_AT_ONCE, MOST_PACKED_LABELS), np.int64)
    cells = np.zeros((PERMUTATIONS_AT_ONCE, MOST_PACKED_LABELS), np.int64)
    run = np.zeros(PERMUTATIONS_AT_ONCE, np.uint64)
    even = np.zeros(PERMUTATIONS_AT_ONCE, np.uint64)
    odd = np.zeros(PERMUTATIONS_AT_ONCE, np.uint64)
    weight = np.zeros(PERMUTATIONS_AT_ONCE)
    for pixel in range(n_pixels):
        totals[:], even[:], odd[:], weight[:] = 0, 0, 0, 0.0
        room = _WIDE
        for level in range(n_levels):
            start, end = starts[pixel, level], starts[pixel, level + 1]
            if start == end:
                continue
            short = end - start <= _RUN
            if not short:
                cells[:] = 0
            while start < end:
                stop = min(end, start + _RUN)
                run[:] = 0
                for member in range(start, stop):
                    image = members[member]
                    for q in q_all:
                        run[q] += one << np.uint64(shifts[image, q])
                if room < _RUN:
                    _add_wide(even, odd, totals)
                    room = _WIDE
                room -= stop - start
                for q in q_all:
                    even[q] += run[q] & even_fields
                    odd[q] += (run[q] >> six) & even_fields
                if short:
                    for q in q_all:
                        word = run[q]
                        weight[q] += (
                            pair_weights[word & low]
                            + pair_weights[(word >> np.uint64(12)) & low]
                            + pair_weights[(word >> np.uint64(24)) & low]
                            + pair_weights[(word >> np.uint64(36)) & low]
                            + pair_weights[(word >> np.uint64(48)) & low]
                        )
                else:
                    for q in q_all:
                        for label in range(MOST_PACKED_LABELS):
                            cells[q, label] += (run[q] >> np.uint64(6 * label)) & np.uint64(_RUN)
                start = stop
            if not short:
                for q in q_all:
                    for label in range(n_labels):
                        weight[q] += weights[cells[q, label]]
        _add_wide(even, odd, totals)
        for q in q_all:
            for label in range(n_labels):
                weight[q] += weights[n_of_label[label] - totals[q, label]]
            sums[q, pixel] = weight[q]


@numba.njit(cache=True, nogil=True, inline="always")
@no_type_check
def _add_wide(even, odd, totals):
    for q in range(PERMUTATIONS_AT_ONCE):
        for pair in range(MOST_PACKED_LABELS // 2):
            totals[q, 2 * pair] += (even[q] >> np.uint64(12 * pair)) & np.uint64(0xFFF)
            totals[q, 2 * pair + 1] += (odd[q] >> np.uint64(12 * pair)) & np.uint64(0xFFF)
        even[q] = 0
        odd[q] = 0


@numba.njit(cache=True, nogil=True)
@no_type_check
def weigh_any(
    members: UInt32[np.ndarray, "entries"],
    starts: Int64[np.ndarray, "n_pixels levels_and_end"],
    permuted: Int64[np.ndarray, "n_images"],
    n_of_label: Int64[np.ndarray, "n_labels"],
    weights: Float[np.ndarray, "counts"],
    sums: Float[np.ndarray, "n_pixels"],
) -> None:
    """Write the weight of every pixel's table under one permutation of any number of labels."""
    n_pixels, n_levels = starts.shape[0], starts.shape[1] - 1
    totals = np.zeros(n_of_label.size, np.int64)
    cells = np.zeros(n_of_label.size, np.int64)
    for pixel in range(n_pixels):
        totals[:] = 0
        weight = 0.0
        for level in range(n_levels):
            start, end = starts[pixel, level], starts[pixel, level + 1]
            for member in range(start, end):
                cells[permuted[members[member]]] += 1
            for member in range(start, end):
                label = permuted[members[member]]
                if cells[label] > 0:  # each label once: a cell is emptied when it has been weighed
                    weight += weights[cells[label]]
                    totals[label] += cells[label]
                    cells[label] = 0
        for label in range(n_of_label.size):
            weight += weights[n_of_label[label] - totals[label]]
        sums[pixel] = weight
