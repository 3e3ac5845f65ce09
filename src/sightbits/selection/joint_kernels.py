"""The loop of joint selection, compiled by Numba: what each pixel adds within the cells of the pixels chosen before.

Imported when first used: Numba takes most of a second to load.
"""

# mypy: disable-error-code="untyped-decorator"
# Shapes are not checked in tests either: Numba cannot compile the checking wrapper.
from typing import no_type_check

import numba
import numpy as np
from jaxtyping import Float64, Int64, UInt8


@numba.njit(cache=True, nogil=True)
@no_type_check
def shrunk_information(counts: Int64[np.ndarray, "n_levels n_labels"], n: int) -> float:
    """Return I(level; label) of a table of n images, in nats, shrunk towards independence.

    The frequencies p are moved towards the product t of their margins by the James-Stein intensity
    (1 - sum p^2) / ((n - 1) sum (t - p)^2), which leaves the margins as they are. All sums are of whole numbers.
    """
    n_levels, n_labels = counts.shape
    of_label = np.zeros(n_labels, np.int64)
    squares, level_squares, label_squares, products = 0, 0, 0, 0.0
    for u in range(n_levels):
        for label in range(n_labels):
            of_label[label] += counts[u, label]
            squares += counts[u, label] ** 2
    for label in range(n_labels):
        label_squares += of_label[label] ** 2
    for u in range(n_levels):
        of_level, product = 0, 0
        for label in range(n_labels):
            of_level += counts[u, label]
            product += counts[u, label] * of_label[label]
        level_squares += of_level**2
        products += np.float64(product) * of_level
    # n^2 sum (t - p)^2, and n^2 (1 - sum p^2) / (n - 1)
    distance = squares - 2 * products / n + np.float64(level_squares) * label_squares / n / n
    variance = (np.float64(n) * n - squares) / (n - 1)
    if distance <= variance:
        return 0.0
    kept = 1 - variance / distance
    information = 0.0
    for u in range(n_levels):
        of_level = 0
        for label in range(n_labels):
            of_level += counts[u, label]
        for label in range(n_labels):
            expected = np.float64(of_level) * of_label[label] / n
            if expected > 0:
                ratio = 1 - kept + kept * counts[u, label] / expected
                if ratio > 0:
                    information += expected * ratio * np.log(ratio)
    return information / n


@numba.njit(cache=True, nogil=True)
@no_type_check
def gain_of_pixels(
    columns: UInt8[np.ndarray, "n_pixels n_images"],
    order: Int64[np.ndarray, "n_open"],
    cell_starts: Int64[np.ndarray, "cells_and_end"],
    label_in_cell: Int64[np.ndarray, "n_open"],
    n_levels: int,
    pixels: Int64[np.ndarray, "n_asked"],
    gains: Float64[np.ndarray, "n_asked"],
) -> None:
    """Sum, over cells, the images in the cell times the shrunk I(level; label) within it.

    `order` lists the images cell by cell; `label_in_cell` numbers the labels that a cell has from 0.
    """
    n_cells = len(cell_starts) - 1
    labels_of = np.zeros(n_cells, np.int64)
    for cell in range(n_cells):
        for position in range(cell_starts[cell], cell_starts[cell + 1]):
            labels_of[cell] = max(labels_of[cell], label_in_cell[position] + 1)
    space = np.empty(n_levels * labels_of.max(), np.int64)
    row_of = np.full(256, -1)  # of each level that the cell has: tables stay small where levels are many
    for i in range(len(pixels)):
        column = columns[pixels[i]]
        total = 0.0
        for cell in range(n_cells):
            start, stop = cell_starts[cell], cell_starts[cell + 1]
            n_labels = labels_of[cell]
            n_rows = 0
            for position in range(start, stop):
                level = column[order[position]]
                if row_of[level] < 0:
                    row_of[level] = n_rows
                    space[n_rows * n_labels : (n_rows + 1) * n_labels] = 0
                    n_rows += 1
                space[row_of[level] * n_labels + label_in_cell[position]] += 1
            for position in range(start, stop):
                row_of[column[order[position]]] = -1
            if n_rows > 1:
                counts = space[: n_rows * n_labels].reshape(n_rows, n_labels)
                total += (stop - start) * shrunk_information(counts, stop - start)
        gains[i] = total
