"""Correlation of two variables: linear, of ranks, of distances. No information, but what people look at beside it."""

import numpy as np
from jaxtyping import Float
from scipy.stats import pearsonr, spearmanr

Values = Float[np.ndarray, "n"]


def pearson(x: Values, y: Values) -> float:
    """Return the linear correlation, from -1 to 1; NaN where a variable is constant.

    Examples
    --------
    >>> round(pearson(np.array([1.0, 2.0, 3.0]), np.array([2.0, 4.0, 6.0])), 12)
    1.0
    """
    return float(pearsonr(_within_one(x), _within_one(y)).statistic) if _both_vary(x, y) else np.nan


def spearman(x: Values, y: Values) -> float:
    """Return the correlation of ranks, from -1 to 1; NaN where a variable is constant.

    Examples
    --------
    >>> spearman(np.array([1.0, 2.0, 3.0]), np.array([1.0, 8.0, 27.0]))
    1.0
    """
    return float(spearmanr(x, y).statistic) if _both_vary(x, y) else np.nan


def distance_correlation(x: Values, y: Values) -> float:
    """Return the distance correlation, from 0 to 1; NaN where a variable is constant.

    Notes
    -----
    The V-statistic of the sample; 0 in the limit of many samples only where the variables are independent, and above
    0 on few samples even then. Cost: n log n, one pass over the samples in order of x.

    Source: G. J. Szekely, M. L. Rizzo, N. K. Bakirov, Measuring and testing dependence by correlation of distances,
    Annals of Statistics 35, 2007, 2769-2794; X. Huo, G. J. Szekely, Fast computing for distance covariance,
    Technometrics 58, 2016, 435-447 (the n log n form).

    Examples
    --------
    >>> round(distance_correlation(np.array([-1.0, 0.0, 1.0]), np.array([1.0, 0.0, 1.0])), 4)
    0.5623
    """
    if not _both_vary(x, y):
        return np.nan
    x, y = (unit - unit.mean() for unit in (_within_one(x), _within_one(y)))
    x, y = x / x.std(), y / y.std()
    shared = _distance_covariance(x, y)
    alone = np.sqrt(_distance_covariance(x, x) * _distance_covariance(y, y))
    return min(float(np.sqrt(max(shared, 0.0) / alone)), 1.0)


def _distance_covariance(x: Values, y: Values) -> float:
    """Return the squared distance covariance."""
    from sightbits.information import correlation_kernels  # noqa: PLC0415  Numba loads only when first used

    n = len(x)
    order = np.argsort(x, kind="stable")
    ranks = np.unique(y, return_inverse=True)[1].reshape(-1)
    products = correlation_kernels.sum_distance_products(x[order], y[order], ranks[order])
    of_x, of_y = _distance_sums(x), _distance_sums(y)
    return float(products / n**2 - 2 * (of_x @ of_y) / n**3 + of_x.sum() * of_y.sum() / n**4)


def _distance_sums(values: Values) -> Values:
    """Return, for each value, the sum of its distances to all others."""
    order = np.argsort(values, kind="stable")
    ascending = values[order]
    below = np.cumsum(ascending) - ascending
    n_below = np.arange(len(values))
    above = ascending.sum() - below - ascending
    sums = np.empty(len(values))
    sums[order] = ascending * (2 * n_below - len(values) + 1) - below + above
    return sums


def _within_one(values: Values) -> Values:
    """Return the values from 0 to 1: squares of very large or small ones are inf or 0."""
    return (values - values.min()) / np.ptp(values)


def _both_vary(x: Values, y: Values) -> bool:
    return len(x) > 1 and bool(np.ptp(x) > 0 and np.ptp(y) > 0)
