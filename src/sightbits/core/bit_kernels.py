"""The loops over bit planes, compiled by Numba. Imported when first used: Numba takes most of a second to load."""

# mypy: disable-error-code="untyped-decorator"
# Shapes are not checked in tests either: Numba cannot compile the checking wrapper.
from typing import no_type_check

import numba
import numpy as np
from jaxtyping import Int64, UInt8, UInt64

_BYTES = 8  # of a word


@numba.njit(cache=True, nogil=True, inline="always")
@no_type_check
def count_ones(word: np.uint64) -> np.uint64:
    """Return how many bits of a word are set. LLVM knows this form and makes it one instruction."""
    word -= (word >> np.uint64(1)) & np.uint64(0x5555555555555555)
    word = (word & np.uint64(0x3333333333333333)) + ((word >> np.uint64(2)) & np.uint64(0x3333333333333333))
    word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return (word * np.uint64(0x0101010101010101)) >> np.uint64(56)


@numba.njit(cache=True, nogil=True)
@no_type_check
def pack(
    levels: UInt8[np.ndarray, "n_images n_pixels"],
    order: Int64[np.ndarray, "n_images"],
    of_label: Int64[np.ndarray, "n_labels"],
    label_words: Int64[np.ndarray, "labels_and_end"],
    planes: UInt64[np.ndarray, "n_pixels levels_above_0 words"],
) -> None:
    """Set the bits of `planes`; `order` lists the images by label.

    Eight images are gathered in a byte a pixel, which many pixels do at once, and eight such bytes make a word.
    """
    n_pixels, n_above, _ = planes.shape
    eighths = np.empty((_BYTES, n_pixels), np.uint8)
    for above in range(n_above):
        wanted = np.uint8(above + 1)
        position = 0
        for label in range(len(of_label)):
            stop = position + of_label[label]
            for w in range(label_words[label], label_words[label + 1]):
                for byte in range(_BYTES):
                    eighth = eighths[byte]
                    eighth[:] = 0
                    for bit in range(min(8, stop - position)):
                        row = levels[order[position]]
                        position += 1
                        for pixel in range(n_pixels):
                            eighth[pixel] |= np.uint8(np.uint8(row[pixel] == wanted) << np.uint8(bit))
                for pixel in range(n_pixels):
                    word = np.uint64(0)
                    for byte in range(_BYTES):
                        word |= np.uint64(eighths[byte, pixel]) << np.uint64(8 * byte)
                    planes[pixel, above, w] = word


@numba.njit(cache=True, nogil=True)
@no_type_check
def count_levels(
    planes: UInt64[np.ndarray, "n_pixels levels_above_0 words"],
    label_words: Int64[np.ndarray, "labels_and_end"],
    of_label: Int64[np.ndarray, "n_labels"],
    counts: Int64[np.ndarray, "n_pixels n_levels n_labels"],
) -> None:
    """Fill `counts` with how many images of each label have each level."""
    n_pixels, n_above, _ = planes.shape
    for pixel in range(n_pixels):
        for label in range(len(of_label)):
            left = of_label[label]
            for above in range(n_above):
                plane = planes[pixel, above, label_words[label] : label_words[label + 1]]
                found = np.uint64(0)
                for w in range(len(plane)):
                    found += count_ones(plane[w])
                counts[pixel, above + 1, label] = found
                left -= np.int64(found)
            counts[pixel, 0, label] = left


@numba.njit(cache=True, nogil=True)
@no_type_check
def count_together(
    of_pixel: UInt64[np.ndarray, "levels_above_0 words"],
    of_chosen: UInt64[np.ndarray, "levels_above_0 words"],
    label_words: Int64[np.ndarray, "labels_and_end"],
    pixel_counts: Int64[np.ndarray, "n_levels n_labels"],
    chosen_counts: Int64[np.ndarray, "n_levels n_labels"],
    counts: Int64[np.ndarray, "n_levels n_levels n_labels"],
) -> None:
    """Fill `counts` over (level of the pixel, level of the chosen pixel, label); cells of a level 0 by subtraction."""
    n_above = len(of_pixel)
    for label in range(pixel_counts.shape[1]):
        start, stop = label_words[label], label_words[label + 1]
        for v in range(n_above + 1):
            counts[0, v, label] = chosen_counts[v, label]
        for u in range(1, n_above + 1):
            plane = of_pixel[u - 1, start:stop]
            left = pixel_counts[u, label]
            for v in range(1, n_above + 1):
                other = of_chosen[v - 1, start:stop]
                found = np.uint64(0)
                for w in range(len(plane)):  # over slices: only so does LLVM see that it may count eight words at once
                    found += count_ones(plane[w] & other[w])
                counts[u, v, label] = found
                counts[0, v, label] -= np.int64(found)
                left -= np.int64(found)
            counts[u, 0, label] = left
            counts[0, 0, label] -= left
