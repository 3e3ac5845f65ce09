"""Differential entropy from the distances to nearest neighbours, in nats: one term a sample, as in `neighbours`."""

import numpy as np
from scipy.special import digamma

from sightbits.core.checks import InputError
from sightbits.information.neighbour_search import (
    Points,
    Radii,
    Space,
    Terms,
    check_number,
    digamma_of,
)


def kozachenko_leonenko(x: Points, *, k: int = 3) -> Terms:
    """Return terms whose mean is the differential entropy h(x), in nats.

    Parameters
    ----------
    x
        The samples.
    k
        Which nearest neighbour sets the radius.

    Returns
    -------
    digamma(n) - digamma(k) + d log(2 radius) of each sample, plus the logarithms of the standard deviations that the d
    columns were divided by.

    Raises
    ------
    InputError
        Where there are no more than k samples, where k others equal a sample, or where a column is constant: the
        entropy would be minus infinity.

    Notes
    -----
    Unbiased where the density is constant within the radius: the bias falls with n, and rises with k and
    with the number of columns. A larger k spreads less.

    Source: L. F. Kozachenko, N. N. Leonenko, Sample estimate of the entropy of a random vector, Problems of
    Information Transmission 23, 1987, 95-101; A. Kraskov, H. Stogbauer, P. Grassberger, Estimating mutual information,
    Physical Review E 69, 2004, 066138, equation 20 (this form).

    Examples
    --------
    >>> even = np.arange(1000.0)[:, None] / 1000  # 0 nats, were it uniform at random: even steps are a little more
    >>> round(float(kozachenko_leonenko(even, k=2).mean()), 2)
    0.27
    """
    check_number(x, k)
    space = _all_varying("x", x)
    radius = _positive_radius("x", space, k)
    return digamma(len(x)) - digamma(k) + space.n_columns * np.log(2 * radius) - np.log(space.weights).sum()


def conditional_kozachenko_leonenko(x: Points, given: Points, *, k: int = 3) -> Terms:
    """Return terms whose mean is the differential entropy h(x | given), in nats.

    Parameters
    ----------
    x, given
        The samples, in the same order.
    k
        Which nearest neighbour among x and given together sets the radius.

    Returns
    -------
    digamma(n_given + 1) - digamma(k) + d log(2 radius) of each sample, plus the logarithms of the standard deviations
    of the d columns of x. n_given counts the other samples nearer than the radius in given.

    Raises
    ------
    InputError
        Where there are no more than k samples, where k others equal a sample, or where a column of x is constant.

    Notes
    -----
    It is h(x, given) - h(given), both with the radius of the joint space, where the cube around a sample holds k
    others in the first and n_given + 1 in the second: h(x, given) has the terms digamma(n) - digamma(k) +
    (d + d_given) log(2 radius), and h(given) has digamma(n) - digamma(n_given + 1) + d_given log(2 radius). With one
    radius in both, what is wrong because the density changes within it cancels for the most part. Where given is
    constant this is `kozachenko_leonenko`.

    Source: A. Kraskov, H. Stogbauer, P. Grassberger, Estimating mutual information, Physical Review E 69, 2004,
    066138, section II (the same argument, for mutual information).

    Examples
    --------
    >>> x = np.arange(1000.0)[:, None] / 1000
    >>> apart = conditional_kozachenko_leonenko(x, np.zeros_like(x)) - kozachenko_leonenko(x)
    >>> float(np.abs(apart).max().round(12))
    0.0
    """
    check_number(x, k)
    own, other = _all_varying("x", x), Space.of(given)
    radius = _positive_radius("x and given", Space.joint([own, other]), k)
    around = digamma_of(other.count_within(radius) + 1)
    return around - digamma(k) + own.n_columns * np.log(2 * radius) - np.log(own.weights).sum()


def _all_varying(name: str, x: Points) -> Space:
    space = Space.of(x)
    if space.n_columns < x.shape[1]:
        raise InputError(
            name,
            wanted="columns that vary",
            got=f"{x.shape[1] - space.n_columns} constant of {x.shape[1]}",
            remedy="Leave out constant columns: they have no density.",
        )
    return space


def _positive_radius(name: str, space: Space, k: int) -> Radii:
    radius = space.kth_distance(k)
    n_equal = int((radius == 0).sum())
    if n_equal:
        raise InputError(
            name,
            wanted=f"no sample with {k} others equal to it",
            got=f"{n_equal} such of {len(radius)}",
            remedy="Add a little noise to continuous values that were rounded, or treat the variable as discrete.",
        )
    return radius
