"""Continuous values as bins: how many, how wide, and the bin each value falls in."""

import numpy as np
from jaxtyping import Float, Int64

from sightbits.core.checks import check_choice, check_whole

BIN_RULES = ("sturges", "scott", "freedman_diaconis", "hacine_gharbi")
BINNINGS = ("equal_width", "equal_mass")
MOST_BINS = 10**6

Values = Float[np.ndarray, "n"]


def count_bins(values: Values, bins: int | str, *, correlation: float | None = None) -> int:
    """Return how many bins a number or a rule means for these values; a rule gives at most one a value.

    Parameters
    ----------
    bins
        A number, or one of "sturges", "scott", "freedman_diaconis", "hacine_gharbi".
    correlation
        Pearson's, with the variable counted jointly; None where the values are counted alone. It matters to
        hacine_gharbi only.

    Raises
    ------
    InputError
        For an unknown rule, or a number not from 1 to a million.

    Notes
    -----
    Of B bins, sturges has log2(n) + 1; scott and freedman_diaconis bins of width 3.49 s n^(-1/3) and
    2 IQR n^(-1/3) (where the quartiles coincide, scott's width is taken); hacine_gharbi, which minimises the mean
    squared error of an entropy, has xi/6 + 2/(3 xi) + 1/3 with xi^3 = 8 + 324 n + 12 sqrt(36 n + 729 n^2) for one
    variable, and sqrt((1 + sqrt(1 + 24 n / (1 - correlation^2))) / 2) for each of two.

    Source: H. A. Sturges, The choice of a class interval, 1926; D. W. Scott, On optimal and data-based histograms,
    1979; D. Freedman, P. Diaconis, On the histogram as a density estimator, 1981; A. Hacine-Gharbi, P. Ravier,
    R. Harba, T. Mohamadi, Low bias histogram-based estimation of mutual information for feature selection, Pattern
    Recognition Letters 33, 2012, 1302-1308; A. Hacine-Gharbi, P. Ravier, A binning formula of bi-histogram for joint
    entropy estimation using mean square error minimization, Pattern Recognition Letters 101, 2018, 21-28.

    Examples
    --------
    >>> values = np.linspace(0.0, 1.0, 1000)
    >>> [count_bins(values, rule) for rule in BIN_RULES], count_bins(values, "hacine_gharbi", correlation=0.0)
    ([11, 10, 10, 15], 9)
    """
    if isinstance(bins, int):
        return check_whole("bins", bins, low=1, high=MOST_BINS)
    check_choice("bins", bins, BIN_RULES)
    n = len(values)
    if values.min() == values.max():
        return 1
    if bins == "hacine_gharbi":
        return min(_hacine_gharbi(n, correlation), n)
    unit = (values - values.min()) / (values.max() - values.min())  # squares of very large or small values are inf or 0
    return int(np.ceil(min(1 / _WIDTHS[bins](unit), n)))  # an outlier can ask for more bins than memory holds


def _freedman_diaconis_width(values: Values) -> float:
    upper, lower = np.percentile(values, [75, 25])
    return float(2 * (upper - lower) / len(values) ** (1 / 3)) or _scott_width(values)


def _scott_width(values: Values) -> float:
    return float((24 * np.pi**0.5 / len(values)) ** (1 / 3) * values.std())


def _sturges_width(values: Values) -> float:
    return float(1 / (np.log2(len(values)) + 1))


_WIDTHS = {"sturges": _sturges_width, "scott": _scott_width, "freedman_diaconis": _freedman_diaconis_width}


def _hacine_gharbi(n: int, correlation: float | None) -> int:
    if correlation is None:
        xi = (8 + 324 * n + 12 * np.sqrt(36 * n + 729 * n**2)) ** (1 / 3)
        return round(xi / 6 + 2 / (3 * xi) + 1 / 3)
    unexplained = max(1 - correlation**2, 1e-12)
    return round(np.sqrt((1 + np.sqrt(1 + 24 * n / unexplained)) / 2))


def bin_codes(values: Values, n_bins: int, binning: str = "equal_width") -> tuple[Int64[np.ndarray, "n"], int]:
    """Return the bin of each value, from 0, and how many bins there are.

    Parameters
    ----------
    binning
        "equal_width": as `numpy.histogram`, from the smallest to the largest value, a value on an edge belongs above.
        "equal_mass": edges at quantiles, so that bins hold about equally many; equal values share a bin, so heavy
        ties leave fewer bins than asked for.

    Examples
    --------
    >>> bin_codes(np.array([0.0, 0.1, 0.2, 1.0]), 2)
    (array([0, 0, 0, 1]), 2)
    >>> bin_codes(np.array([0.0, 0.1, 0.2, 1.0]), 2, "equal_mass")
    (array([0, 0, 1, 1]), 2)
    """
    check_choice("binning", binning, BINNINGS)
    low, high = float(values.min()), float(values.max())
    if low == high:
        return np.zeros(len(values), dtype=np.int64), 1
    if binning == "equal_mass":
        inner = np.quantile(values, np.linspace(0, 1, n_bins + 1)[1:-1])
        seen, codes = np.unique(np.searchsorted(inner, values, side="right"), return_inverse=True)
        return codes.astype(np.int64), len(seen)  # between two heavy ties a bin would hold nothing
    inner = np.linspace(low, high, n_bins + 1)[1:-1]
    return np.searchsorted(inner, values, side="right").astype(np.int64), n_bins
