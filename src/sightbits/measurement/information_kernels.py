"""The loops over tables of (level, label), compiled by Numba. Imported when first used."""

# mypy: disable-error-code="untyped-decorator"
# Shapes are not checked in tests either: Numba cannot compile the checking wrapper.
from typing import no_type_check

import numba
import numpy as np
from jaxtyping import Float32, Float64, Int32

# log2(1 + u) = u q(u) for significands from sqrt(1/2) to sqrt(2): right to a few of float32's last bits, and without a
# call, so that many pixels are done at once
_SQRT_HALF_BITS = int(np.float32(np.sqrt(0.5)).view(np.int32))
_Q = np.polynomial.chebyshev.Chebyshev.interpolate(
    lambda u: np.log1p(u) / u / np.log(2), 8, domain=[np.sqrt(0.5) - 1, np.sqrt(2) - 1]
).convert(kind=np.polynomial.Polynomial)
_Q0, _Q1, _Q2, _Q3, _Q4, _Q5, _Q6, _Q7, _Q8 = (np.float32(c) for c in _Q.coef)


@numba.njit(cache=True, nogil=True)
@no_type_check
def gain_of_counts(
    joint: Int32[np.ndarray, "levels n_labels pixels"],
    n_log_n: Float64[np.ndarray, "numbers"],
    gain: Float64[np.ndarray, "pixels"],
) -> None:
    """Fill `gain` with I(level; label) in nats; 0 where nothing was counted."""
    n_levels, n_labels, n_pixels = joint.shape
    of_level = np.zeros((n_levels, n_pixels), np.int32)
    gain[:] = 0
    total, labels_term = 0, 0.0
    for label in range(n_labels):
        of_label = 0
        for level in range(n_levels):
            of_label += joint[level, label, 0]
        if of_label == 0:
            continue
        total += of_label
        labels_term += n_log_n[of_label]
        for level in range(n_levels):
            row = joint[level, label]
            for pixel in range(n_pixels):
                n = row[pixel]
                of_level[level, pixel] += n
                gain[pixel] += n_log_n[n]
    if total == 0:
        return
    for level in range(n_levels):
        for pixel in range(n_pixels):
            gain[pixel] -= n_log_n[of_level[level, pixel]]
    for pixel in range(n_pixels):
        gain[pixel] = max(0.0, (gain[pixel] - labels_term + n_log_n[total]) / total)


@numba.njit(cache=True, nogil=True, fastmath=True)
@no_type_check
def gain_of_probabilities(
    joint: Float32[np.ndarray, "levels n_labels pixels"],
    gain: Float64[np.ndarray, "pixels"],
) -> None:
    """Fill `gain` with I(level; label) in nats; the table of each pixel must add up to 1."""
    n_levels, n_labels, n_pixels = joint.shape
    in_bits = np.zeros(n_pixels, np.float32)
    of_level = np.empty(n_pixels, np.float32)
    significand = np.empty(n_pixels, np.float32)
    for level in range(n_levels):
        of_level[:] = 0
        for label in range(n_labels):
            row = joint[level, label]
            for pixel in range(n_pixels):
                of_level[pixel] += row[pixel]
            _add_x_log2_x(row, np.float32(1), significand, in_bits)
        _add_x_log2_x(of_level, np.float32(-1), significand, in_bits)
    label_entropy = 0.0
    for label in range(n_labels):
        of_label = 0.0
        for level in range(n_levels):
            of_label += joint[level, label, 0]
        if of_label > 0:
            label_entropy -= of_label * np.log(of_label)
    for pixel in range(n_pixels):
        gain[pixel] = max(0.0, label_entropy + in_bits[pixel] * np.log(2.0))


@numba.njit(cache=True, nogil=True, fastmath=True)
@no_type_check
def _add_x_log2_x(
    x: Float32[np.ndarray, "pixels"],
    sign: np.float32,
    significand: Float32[np.ndarray, "pixels"],
    total: Float32[np.ndarray, "pixels"],
) -> None:
    """Add +-x log2 x to `total`; 0 where x is 0. `significand` is room to work in."""
    bits, room = x.view(np.int32), significand.view(np.int32)
    for i in range(len(x)):
        exponent = (bits[i] - np.int32(_SQRT_HALF_BITS)) >> np.int32(23)
        room[i] = bits[i] - (exponent << np.int32(23))
    for i in range(len(x)):
        exponent = (bits[i] - np.int32(_SQRT_HALF_BITS)) >> np.int32(23)
        u = significand[i] - np.float32(1)
        q = _Q8
        q = q * u + _Q7
        q = q * u + _Q6
        q = q * u + _Q5
        q = q * u + _Q4
        q = q * u + _Q3
        q = q * u + _Q2
        q = q * u + _Q1
        q = q * u + _Q0
        total[i] += sign * x[i] * (np.float32(exponent) + u * q)
