"""What a reading would tell: expected information gain and joint entropy from tables of (level, label)."""

import numpy as np
from jaxtyping import Float64

from sightbits.measurement.beliefs.belief import Joint

Scores = Float64[np.ndarray, "states pixels"]


def information_gain(joint: Joint) -> Scores:
    """Return I(reading; label) of each pixel in nats, given what was read so far.

    Parameters
    ----------
    joint
        Probabilities or counts over (level, label) of each pixel.

    Notes
    -----
    H(label) + H(reading) - H(reading, label). Counts are looked up in a table of n log n, exact to rounding;
    probabilities are float32 with errors of about 1e-6 nats. Source: D. V. Lindley, On a measure of the information
    provided by an experiment, 1956.

    Examples
    --------
    >>> certain = np.array([[[[5], [0]], [[0], [5]]]])  # bright is always the second label
    >>> round(float(information_gain(certain)[0, 0]), 6)
    0.693147
    """
    from sightbits.measurement import information_kernels  # noqa: PLC0415  Numba loads only when it sums

    gains = np.empty((len(joint), joint.shape[3]))
    if joint.dtype.kind in "iu":
        table = np.ascontiguousarray(joint, dtype=np.int32)
        n_log_n = _n_log_n(int(joint[..., 0].sum(axis=(1, 2)).max(initial=0)))
        for one, gain in zip(table, gains, strict=True):
            information_kernels.gain_of_counts(one, n_log_n, gain)
    else:
        table = np.ascontiguousarray(joint, dtype=np.float32)
        for one, gain in zip(table, gains, strict=True):
            information_kernels.gain_of_probabilities(one, gain)
    return gains


def joint_entropy(joint: Joint) -> Scores:
    """Return H(reading, label) of each pixel in nats, given what was read so far."""
    table = joint.astype(np.float64)
    total = table.sum(axis=(1, 2))
    with np.errstate(divide="ignore", invalid="ignore"):
        entropy = np.log(total) - np.where(table > 0, table * np.log(table), 0).sum(axis=(1, 2)) / total
    return np.where(total > 0, entropy, 0.0)


def _n_log_n(most: int) -> Float64[np.ndarray, "numbers"]:
    numbers = np.arange(most + 1, dtype=np.float64)
    numbers[1:] *= np.log(numbers[1:])
    return numbers
