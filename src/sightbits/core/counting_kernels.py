"""The loops that count, compiled by Numba. Imported when first used: Numba takes most of a second to load."""

# mypy: disable-error-code="untyped-decorator"
# Shapes are not checked in tests either: Numba cannot compile the checking wrapper.
from typing import no_type_check

import numba
import numpy as np
from jaxtyping import Int64, UInt8, UInt32, UInt64

PIXELS_A_WORD = 8


@numba.njit(cache=True, nogil=True)
@no_type_check
def count_levels(
    words: UInt64[np.ndarray, "n_images words"],
    background: UInt8[np.ndarray, "pixels"],
    background_words: UInt64[np.ndarray, "words"],
    order: Int64[np.ndarray, "n_images"],
    label_starts: Int64[np.ndarray, "labels_and_end"],
    counts: Int64[np.ndarray, "n_pixels n_levels n_labels"],
) -> None:
    """Add to `counts` every (pixel, level, label) of the images in `order`, which is sorted by label.

    Most words of eight neighbouring pixels are background in most images (a digit's margin): such a word costs
    one comparison, and what was skipped is added at the end. One label at a time keeps the table in the cache.
    The first pixel of a word is its lowest byte, as on every little-endian machine.
    """
    n_pixels, n_levels, n_labels = counts.shape
    n_words = words.shape[1]
    stride = np.uint64(n_levels + 1)  # rows a power of two apart would share a few cache sets: twice the time
    by_label = np.zeros((n_labels, n_words * PIXELS_A_WORD * (n_levels + 1)), np.uint32)
    n_counted = np.zeros((n_labels, n_words), np.int64)
    foreground = np.empty(n_words + 1, np.int64)
    byte = np.uint64(0xFF)
    for label in range(n_labels):
        local, seen = by_label[label], n_counted[label]
        for position in range(label_starts[label], label_starts[label + 1]):
            row = words[order[position]]
            n_foreground = 0
            for word in range(n_words):  # without a branch: which words are background is hard to foresee
                foreground[n_foreground] = word
                n_foreground += row[word] != background_words[word]
            for found in range(n_foreground):
                word = foreground[found]
                seen[word] += 1
                eight = row[word]
                cell = np.uint64(word * PIXELS_A_WORD) * stride
                for _ in range(PIXELS_A_WORD):
                    local[cell + (eight & byte)] += np.uint32(1)
                    eight >>= np.uint64(8)
                    cell += stride
    for pixel in range(n_pixels):
        for level in range(n_levels):
            for label in range(n_labels):
                counts[pixel, level, label] += by_label[label, pixel * (n_levels + 1) + level]
        for label in range(n_labels):
            n_images = label_starts[label + 1] - label_starts[label]
            counts[pixel, background[pixel], label] += n_images - n_counted[label, pixel // PIXELS_A_WORD]


@numba.njit(cache=True, nogil=True)
@no_type_check
def group_by_level(
    levels: UInt8[np.ndarray, "n_images pixels"],
    words: UInt64[np.ndarray, "n_images words"],
    background: UInt8[np.ndarray, "pixels"],
    background_words: UInt64[np.ndarray, "words"],
    level_counts: Int64[np.ndarray, "n_pixels n_levels"],
    starts: Int64[np.ndarray, "n_pixels levels_and_end"],
    members: UInt32[np.ndarray, "entries"],
) -> None:
    """List the images of each (pixel, level), background left out: members[starts[p, v]:starts[p, v + 1]]."""
    n_pixels, n_levels = level_counts.shape
    free = np.empty((n_pixels, n_levels), np.int64)
    filled = 0
    for pixel in range(n_pixels):
        for level in range(n_levels):
            starts[pixel, level] = filled
            free[pixel, level] = filled
            if level != background[pixel]:
                filled += level_counts[pixel, level]
        starts[pixel, n_levels] = filled
    for image in range(levels.shape[0]):
        for word in range(words.shape[1]):
            if words[image, word] != background_words[word]:
                for pixel in range(word * PIXELS_A_WORD, min((word + 1) * PIXELS_A_WORD, n_pixels)):
                    level = levels[image, pixel]
                    if level != background[pixel]:
                        members[free[pixel, level]] = image
                        free[pixel, level] += 1
