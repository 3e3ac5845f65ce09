"""Mean and variance of every pixel, in one pass and bounded memory."""

import numpy as np
from jaxtyping import Float, Shaped

_ROWS_AT_ONCE = 4096


def mean_and_variance(
    values: Shaped[np.ndarray, "n_images pixels"],
) -> tuple[Float[np.ndarray, "pixels"], Float[np.ndarray, "pixels"]]:
    """Return the mean and the variance (divided by n) of each pixel.

    Notes
    -----
    Values are shifted by the first image, so a constant pixel has variance 0 exactly.

    Examples
    --------
    >>> mean_and_variance(np.array([[1, 7], [3, 7]]))
    (array([2., 7.]), array([1., 0.]))
    """
    shift = values[0].astype(np.float64)
    total, squares = np.zeros((2, values.shape[1]))
    for start in range(0, len(values), _ROWS_AT_ONCE):
        rows = values[start : start + _ROWS_AT_ONCE] - shift
        total += rows.sum(axis=0)
        squares += np.einsum("ij,ij->j", rows, rows)
    mean = total / len(values)
    return shift + mean, np.maximum(squares / len(values) - mean**2, 0)
