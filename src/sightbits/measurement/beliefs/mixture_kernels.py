"""The loop over templates, compiled by Numba. Imported when first used."""

# mypy: disable-error-code="untyped-decorator"
# Shapes are not checked in tests either: Numba cannot compile the checking wrapper.
from typing import no_type_check

import numba
import numpy as np
from jaxtyping import Float32, Int32, Int64, UInt8


@numba.njit(cache=True, nogil=True, fastmath=True)
@no_type_check
def sum_templates(
    templates: UInt8[np.ndarray, "components levels_above_0 pixels"],
    labels: Int64[np.ndarray, "components"],
    chosen: Int32[np.ndarray, "chosen"],
    weights: Float32[np.ndarray, "chosen"],
    of_level_0: Float32[np.ndarray, "levels"],
    step: Float32[np.ndarray, "levels_above_0 levels"],
    joint: Float32[np.ndarray, "levels n_labels pixels"],
) -> None:
    """Fill `joint` with P(level read, label): sums of templates, taken through the channel.

    `of_level_0` is the channel's first row, `step` what each other row has more than it, per unit of a template.
    """
    n_levels, n_labels, n_pixels = joint.shape
    joint[:] = 0
    of_label = np.zeros(n_labels, np.float64)
    for i in range(len(chosen)):
        component = chosen[i]
        label = labels[component]
        weight = weights[i]
        of_label[label] += weight
        for above in range(n_levels - 1):
            row = templates[component, above]
            total = joint[above + 1, label]
            for pixel in range(n_pixels):
                total[pixel] += weight * np.float32(row[pixel])
    read = np.empty((n_levels, n_pixels), np.float32)
    for label in range(n_labels):
        if of_label[label] == 0:
            continue
        for level in range(n_levels):
            out = read[level]
            out[:] = np.float32(of_label[label]) * of_level_0[level]
            for above in range(n_levels - 1):
                total = joint[above + 1, label]
                factor = step[above, level]
                for pixel in range(n_pixels):
                    out[pixel] += factor * total[pixel]
        for level in range(n_levels):
            out = read[level]
            for pixel in range(n_pixels):
                joint[level, label, pixel] = max(out[pixel], np.float32(0))
