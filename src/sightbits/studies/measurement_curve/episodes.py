"""Single images, measured step by step."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Int64, Shaped


@dataclass(frozen=True, eq=False, kw_only=True)
class Episode:
    """One test image, measured until the stop rule.

    Parameters
    ----------
    image
        Its number in the test part.
    label
        Its true label, a position in the label names.
    picture
        Its grey values.
    pixels, values
        What was measured, in order, and the grey value that was read (with noise, the one drawn).
    posterior
        The probability of each label before the first reading and after each.
    gain
        What each pixel was expected to tell before each reading, in nats, and after the last one; NaN where it was
        measured already or cannot be.
    """

    image: int
    label: int
    picture: Shaped[np.ndarray, "rows columns *channels"]
    pixels: Int64[np.ndarray, "steps"]
    values: Float64[np.ndarray, "steps"]
    posterior: Float64[np.ndarray, "steps_and_start n_labels"]
    gain: Float64[np.ndarray, "steps_and_start pixels"]
