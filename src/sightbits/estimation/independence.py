"""A test of conditional independence from counts, exact in its first two moments however sparse they are."""

import numpy as np
from jaxtyping import Float64, Int64
from scipy.stats import gamma

Cells = Float64[np.ndarray, "cells"]


def conditional_independence_p(
    x: Int64[np.ndarray, "n"], y: Int64[np.ndarray, "n"], given: Int64[np.ndarray, "n"]
) -> float:
    """Return the p-value of x and y being independent once `given` is known; all three are codes from 0.

    Notes
    -----
    Pearson's statistic is summed over the cells of `given`. Its mean and variance under every shuffle of x within the
    cells are exact, however few samples a cell has, and a gamma distribution of the same mean and variance gives the
    tail: no shuffle is drawn. With r and c values seen in a cell of m samples, r_i and c_j times,
    mean = m (r - 1)(c - 1) / (m - 1) and
    variance = 2 m / (m - 3) (v_r - w_r)(v_c - w_c) + m^2 / (m - 1) w_r w_c, where v_r = (r - 1)(m - r) / (m - 1),
    w_r = (m sum 1 / r_i - r^2) / (m - 2), and v_c, w_c likewise. Cost: a sort of the samples.

    Source: J. B. S. Haldane, The mean and variance of chi-squared, when used as a test of homogeneity, when
    expectations are small, Biometrika 31, 1940, 346-355.

    Examples
    --------
    >>> x = np.array([0, 0, 1, 1, 0, 0, 1, 1] * 5)
    >>> nothing = np.zeros(40, dtype=np.int64)
    >>> conditional_independence_p(x, x, nothing) < 1e-6, conditional_independence_p(x, x, given=x)
    (True, 1.0)
    """
    if not len(x):
        return 1.0
    statistic, mean, variance = stratified_statistic(x, y, given)
    if variance <= 1e-9 * max(mean, 1):
        return 1.0
    return float(gamma.sf(statistic, mean**2 / variance, scale=variance / mean))


def stratified_statistic(
    x: Int64[np.ndarray, "n"], y: Int64[np.ndarray, "n"], given: Int64[np.ndarray, "n"]
) -> tuple[float, float, float]:
    """Return Pearson's statistic summed over the cells of `given`, its mean and its variance over all shuffles."""
    cell = np.unique(given, return_inverse=True)[1]
    row = np.unique(cell * (int(x.max()) + 1) + x, return_inverse=True)[1]
    column = np.unique(cell * (int(y.max()) + 1) + y, return_inverse=True)[1]
    of_cell, of_row, of_column = (np.bincount(codes).astype(np.float64) for codes in (cell, row, column))
    (cell_of_row, n_rows, inverse_rows), (_, n_columns, inverse_columns) = (
        _margin(codes, cell, counts) for codes, counts in ((row, of_row), (column, of_column))
    )
    together, seen = np.unique(row * len(of_column) + column, return_counts=True)
    r, c = together // len(of_column), together % len(of_column)
    statistic = (of_cell[cell_of_row[r]] * seen**2 / (of_row[r] * of_column[c])).sum() - len(row)
    mean = _divide(of_cell, of_cell - 1) * (n_rows - 1) * (n_columns - 1)
    v_rows, v_columns = (_divide((k - 1) * (of_cell - k), of_cell - 1) for k in (n_rows, n_columns))
    w_rows = _divide(of_cell * inverse_rows - n_rows**2, of_cell - 2)
    w_columns = _divide(of_cell * inverse_columns - n_columns**2, of_cell - 2)
    first = _divide(2 * of_cell, of_cell - 3) * (v_rows - w_rows) * (v_columns - w_columns)
    variance = first + _divide(of_cell**2, of_cell - 1) * w_rows * w_columns
    # Three samples split two to one on both sides give 3 or 3/4, once to twice; other cells of three do not vary.
    variance[of_cell == 3] = np.where((n_rows == 2) & (n_columns == 2), 1.125, 0.0)[of_cell == 3]
    return float(statistic), float(mean.sum()), float(variance.sum())


def _margin(
    codes: Int64[np.ndarray, "n"], cell: Int64[np.ndarray, "n"], counts: Float64[np.ndarray, "values"]
) -> tuple[Int64[np.ndarray, "values"], Int64[np.ndarray, "cells"], Cells]:
    """Return the cell of each value of one side; for each cell how many values it has, and the sum of 1 / count."""
    cell_of = np.empty(len(counts), dtype=np.int64)
    cell_of[codes] = cell
    n_cells = int(cell.max()) + 1
    return cell_of, np.bincount(cell_of, minlength=n_cells), np.bincount(cell_of, 1 / counts, minlength=n_cells)


def _divide(above: Cells, below: Cells) -> Cells:
    return np.divide(above, below, out=np.zeros(len(above)), where=below > 0)
