"""Entropy estimators that lend probability to cells never seen, in nats: how many cells there are matters to them."""

import numpy as np
from scipy.special import xlogy

from sightbits.information.discrete.shapes import Counts, Entropies


def shrinkage(counts: Counts) -> Entropies:
    """Return the plug-in entropy of frequencies shrunk towards the uniform distribution, in nats.

    Notes
    -----
    The James-Stein weight (1 - sum p^2) / ((n - 1) sum (1/K - p)^2), clipped to [0, 1], minimises the expected
    squared error of the frequencies. K is the number of cells given, seen or not. Strongly biased for mutual
    information of large sparse tables: prefer another estimator there.

    Source: J. Hausser, K. Strimmer, Entropy inference and the James-Stein estimator, Journal of Machine
    Learning Research 10, 2009, 1469-1484 (arXiv:0811.3579).

    Examples
    --------
    >>> round(float(shrinkage(np.array([9, 1]))), 4)
    0.3768
    """
    n = counts.sum(axis=-1, keepdims=True).astype(np.float64)
    n_cells = counts.shape[-1]
    with np.errstate(divide="ignore", invalid="ignore"):
        p = counts / n
        spread = ((1 / n_cells - p) ** 2).sum(axis=-1, keepdims=True)
        weight = np.where(n > 1, (1 - (p**2).sum(axis=-1, keepdims=True)) / ((n - 1) * spread), 1.0)
        weight = np.where(spread > 0, np.clip(weight, 0, 1), 1.0)
        shrunk = weight / n_cells + (1 - weight) * p
        return np.where(n[..., 0] > 0, 0.0 - xlogy(shrunk, shrunk).sum(axis=-1), np.nan)
