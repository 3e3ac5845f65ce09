"""How alike chosen sets of pixels are."""

from collections.abc import Collection

import numpy as np
from jaxtyping import Bool


def jaccard_index(first: Collection[int], second: Collection[int]) -> float:
    """Return the share of pixels in both sets among those in either: 1 for the same set, 0 for no pixel in common.

    Notes
    -----
    Source: P. Jaccard, The distribution of the flora in the alpine zone, New Phytologist 11, 1912, 37-50.

    Examples
    --------
    >>> jaccard_index([1, 2, 3], [2, 3, 4])
    0.5
    """
    either = set(first) | set(second)
    return len(set(first) & set(second)) / len(either) if either else 1.0


def selection_stability(chosen: Bool[np.ndarray, "samples pixels"]) -> float:
    """Return how alike the sets chosen from several samples are: 1 for always the same, 0 for choice at random.

    Parameters
    ----------
    chosen
        Whether each pixel was chosen in each sample; at least two samples.

    Notes
    -----
    1 - mean over pixels of the variance of being chosen, against what sets of the same size drawn at random have.
    Corrected for chance, so that sets of different sizes compare; NaN where all pixels or none are chosen.

    Source: S. Nogueira, K. Sechidis, G. Brown, On the stability of feature selection algorithms, Journal of Machine
    Learning Research 18 (174), 2018, definition 4.

    Examples
    --------
    >>> selection_stability(np.array([[True, False, False], [True, False, False]]))
    1.0
    >>> round(selection_stability(np.array([[True, False], [False, True]])), 9)
    -1.0
    """
    if len(chosen) < 2:
        return float("nan")
    share = float(chosen.mean())
    if share in (0.0, 1.0):
        return float("nan")
    return float(1 - chosen.var(axis=0, ddof=1).mean() / (share * (1 - share)))
