"""The loop that counts images which agree, compiled by Numba. Imported when first used."""

# mypy: disable-error-code="untyped-decorator"
# Shapes are not checked in tests either: Numba cannot compile the checking wrapper.
from typing import no_type_check

import numba
import numpy as np
from jaxtyping import Int32, Int64, UInt8


@numba.njit(cache=True, nogil=True)
@no_type_check
def count_agreeing(
    levels: UInt8[np.ndarray, "n_images pixels"],
    labels: Int64[np.ndarray, "n_images"],
    images: Int32[np.ndarray, "images"],
    counts: Int32[np.ndarray, "levels n_labels pixels"],
) -> None:
    """Fill `counts`, which are 0, from the images listed; level 0 is what the others leave."""
    n_levels, n_labels, n_pixels = counts.shape
    of_label = np.zeros(n_labels, np.int32)
    for image in images:
        label = labels[image]
        of_label[label] += 1
        row = levels[image]
        if n_levels == 2:
            count = counts[1, label]
            for pixel in range(n_pixels):
                count[pixel] += row[pixel]
        else:
            for level in range(1, n_levels):
                count = counts[level, label]
                for pixel in range(n_pixels):
                    count[pixel] += row[pixel] == level
    for label in range(n_labels):
        if of_label[label]:
            count = counts[0, label]
            for pixel in range(n_pixels):
                left = of_label[label]
                for level in range(1, n_levels):
                    left -= counts[level, label, pixel]
                count[pixel] = left
