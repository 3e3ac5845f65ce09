"""The loop that finds the kind of every pixel's surroundings, compiled by Numba. Imported when first used."""

# mypy: disable-error-code="untyped-decorator"
# Shapes are not checked in tests either: Numba cannot compile the checking wrapper.
from typing import no_type_check

import numba
import numpy as np
from jaxtyping import Float32, Int64, Shaped, UInt8


@numba.njit(cache=True, nogil=True)
@no_type_check
def find_kinds(
    images: Shaped[np.ndarray, "n_images rows columns channels"],
    order: Int64[np.ndarray, "n_images"],
    radius: int,
    beyond: float,
    feature: Int64[np.ndarray, "nodes"],
    threshold: Float32[np.ndarray, "nodes"],
    left: Int64[np.ndarray, "nodes"],
    right: Int64[np.ndarray, "nodes"],
    kind_of_leaf: UInt8[np.ndarray, "nodes"],
    kinds: UInt8[np.ndarray, "n_images pixels"],
) -> None:
    """Fill `kinds` by walking down the tree at every pixel; images are taken in `order`."""
    _, n_rows, n_columns, n_channels = images.shape
    side, width = 2 * radius + 1, (n_columns + 2 * radius) * n_channels
    padded = np.full((n_rows + 2 * radius, n_columns + 2 * radius, n_channels), np.float32(beyond), np.float32)
    flat = padded.reshape(-1)
    away = np.empty(len(feature), np.int64)  # where the value that a node looks at lies, from the window's corner
    child = np.empty((len(feature), 2), np.int64)
    for node in range(len(feature)):
        away[node] = feature[node] // side * width + feature[node] % side * n_channels
        child[node, 0], child[node, 1] = left[node], right[node]
    for i in range(len(order)):
        padded[radius : radius + n_rows, radius : radius + n_columns] = images[order[i]]
        pixel = 0
        for row in range(n_rows):
            for corner in range(row * width, row * width + n_columns * n_channels):
                node = 0
                while child[node, 0] >= 0:  # no branch for left and right: which it will be cannot be foreseen
                    node = child[node, np.int64(flat[corner + away[node]] > threshold[node])]
                kinds[i, pixel] = kind_of_leaf[node]
                pixel += 1
