"""How sure a share is that was counted."""

import numpy as np
from jaxtyping import Float64, Shaped
from scipy.special import ndtri

_TAIL = 0.025

Shares = Float64[np.ndarray, "shares"]


def wilson_interval(
    n_right: Shaped[np.ndarray, "shares"], n: Shaped[np.ndarray, "shares"] | int
) -> tuple[Shares, Shares]:
    """Return the ends of the 95 % Wilson interval of each share n_right / n.

    Notes
    -----
    Unlike the normal interval it stays within [0, 1] and is right for shares near either end. Source: E. B. Wilson,
    Probable inference, the law of succession, and statistical inference, Journal of the American Statistical
    Association 22, 1927, 209-212.

    Examples
    --------
    >>> low, high = wilson_interval(np.array([0, 9]), 10)
    >>> low.round(3), high.round(3)
    (array([0.   , 0.596]), array([0.278, 0.982]))
    """
    z_squared = float(ndtri(_TAIL)) ** 2
    right, of = np.asarray(n_right, dtype=np.float64), np.asarray(n, dtype=np.float64)
    middle = (right + z_squared / 2) / (of + z_squared)
    half = np.sqrt(z_squared * (right * (of - right) / of + z_squared / 4)) / (of + z_squared)
    low = np.where(right == 0, 0.0, middle - half)
    high = np.where(right == of, 1.0, middle + half)
    return low, high
