"""Information from the distances to nearest neighbours, in nats, for continuous variables and mixtures.

Each function returns one term a sample; their plain mean is the estimate, and it may be negative. Points are compared
by the largest difference of a column (maximum norm), where every column is divided by its standard deviation, as
scikit-learn does, so that no figure depends on units; a constant column is left alone, and a block of variables that
does not vary shares nothing: all its terms are 0. Counts are exact, points on a radius included or not as the formula
says.

Ties: where the k-th neighbour is at distance 0 there is no density to speak of. There the terms are those of the
counts c of samples equal to this one (itself among them), such as digamma(c_xy) + digamma(n) - digamma(c_x) -
digamma(c_y), which is how Gao et al. 2017 treat such points. On samples that are all equal every term is 0.

Cost, unless said otherwise: about n log n for few columns, n^2 for many, and memory n.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Int64
from scipy.special import digamma

from sightbits.core.checks import InputError
from sightbits.information.neighbour_entropies import conditional_kozachenko_leonenko, kozachenko_leonenko
from sightbits.information.neighbour_search import (
    Counts,
    Points,
    Radii,
    Space,
    Terms,
    check_number,
    digamma_of,
    including,
)

__all__ = [
    "Points",
    "conditional_gao",
    "conditional_kozachenko_leonenko",
    "conditional_ksg",
    "gao",
    "kozachenko_leonenko",
    "ksg",
    "ksg2",
    "ross",
]


def ksg(blocks: Sequence[Points], *, k: int = 3) -> Terms:
    """Return terms whose mean is the information that the blocks share, in nats: for two, their mutual information.

    Parameters
    ----------
    blocks
        The samples of two or more variables, each of one or more columns, in the same order. Of more than two, what
        they share is their total correlation.
    k
        Which nearest neighbour, over all blocks, sets the radius.

    Returns
    -------
    digamma(k) + (m - 1) digamma(n) - sum over the m blocks of digamma(n_j + 1), for each sample. n_j counts the other
    samples that are nearer than the radius in block j.

    Raises
    ------
    InputError
        For fewer than two blocks, and where there are no more than k samples.

    Notes
    -----
    About unbiased where the blocks are independent; too low where they are almost functions of each other, and never
    above about digamma(n) - digamma(k) a block: strong dependence needs samples as many as exp(I). Standard error
    about 1 / sqrt(n).

    Source: A. Kraskov, H. Stogbauer, P. Grassberger, Estimating mutual information, Physical Review E 69, 2004,
    066138, equations 8 and 23.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> x, noise = rng.normal(size=(2, 2000, 1))
    >>> round(float(ksg([x, 0.75 * x + noise]).mean() / np.log(2)), 1)  # the correlation is .6: 0.32 bits
    0.3
    """
    spaces = _varying(blocks, k)
    if len(spaces) < 2:
        return np.zeros(len(blocks[0]))
    joint = Space.joint(spaces)
    radius = joint.kth_distance(k)
    around, within = _k_or_equal(joint, radius, k), _radius_or_equal(radius)
    apart = sum(digamma_of(space.count_within(within) + 1) for space in spaces)
    return digamma_of(around) + (len(spaces) - 1) * digamma(len(radius)) - apart


def ksg2(blocks: Sequence[Points], *, k: int = 3) -> Terms:
    """Return terms whose mean is the information that the blocks share, in nats, from boxes instead of cubes.

    Parameters
    ----------
    blocks
        The samples of two or more variables, each of one or more columns, in the same order. Of more than two, what
        they share is their total correlation.
    k
        How many nearest neighbours, over all blocks, the box around a sample just holds.

    Returns
    -------
    digamma(k) - (m - 1) / k + (m - 1) digamma(n) - sum over the m blocks of digamma(n_j), for each sample. n_j counts
    the other samples no farther in block j than the farthest there of the k neighbours. Where others are as far as
    the k-th neighbour, they are neighbours too, and k stands for their number.

    Raises
    ------
    InputError
        For fewer than two blocks, and where there are no more than k samples.

    Notes
    -----
    Spreads a little less than `ksg` and is biased a little more, above all in many columns.

    Source: A. Kraskov, H. Stogbauer, P. Grassberger, Estimating mutual information, Physical Review E 69, 2004,
    066138, equations 9 and 30.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> x, noise = rng.normal(size=(2, 2000, 1))
    >>> round(float(ksg2([x, 0.75 * x + noise]).mean() / np.log(2)), 1)
    0.3
    """
    spaces = _varying(blocks, k)
    if len(spaces) < 2:
        return np.zeros(len(blocks[0]))
    joint, others = Space.joint(spaces), len(spaces) - 1
    radius = joint.kth_distance(k)
    n_near = joint.count_within(including(radius), near=True)
    equal = (radius == 0).astype(np.int64)
    ends = np.cumsum([space.n_columns for space in spaces])[:-1]
    sides = [columns.max(axis=1) for columns in np.split(joint.span_within(including(radius)), ends, axis=1)]
    apart = sum(
        digamma_of(space.count_within(including(side)) + equal) for space, side in zip(spaces, sides, strict=True)
    )
    return digamma_of(n_near + equal) - (1 - equal) * others / n_near + others * digamma(len(radius)) - apart


def conditional_ksg(x: Points, y: Points, given: Points, *, k: int = 3) -> Terms:
    """Return terms whose mean is the conditional mutual information I(x; y | given), in nats.

    Parameters
    ----------
    x, y, given
        The samples, in the same order.
    k
        Which nearest neighbour among all three together sets the radius.

    Returns
    -------
    digamma(k) - digamma(n_xz + 1) - digamma(n_yz + 1) + digamma(n_z + 1) of each sample, z being given. Each n counts
    the other samples nearer than the radius in the variables of its name.

    Raises
    ------
    InputError
        Where there are no more than k samples.

    Notes
    -----
    Biased towards 0, the more columns there are. Where given is constant this is `ksg` of x and y.

    Source: S. Frenzel, B. Pompe, Partial mutual information for coupling analysis of multivariate time series,
    Physical Review Letters 99, 2007, 204101.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> x, y, noise = rng.normal(size=(3, 2000, 1))
    >>> round(float(conditional_ksg(x, y, x + y + noise).mean() / np.log(2)), 1)  # given what both move: 0.21 bits
    0.2
    """
    spaces = _varying_three(x, y, given, k)
    if spaces is None:
        return np.zeros(len(x))
    joint, *parts = spaces
    radius = joint.kth_distance(k)
    around, within = _k_or_equal(joint, radius, k), _radius_or_equal(radius)
    with_x, with_y, alone = (digamma_of(space.count_within(within) + 1) for space in parts)
    return digamma_of(around) - with_x - with_y + alone


def ross(labels: Int64[np.ndarray, "n"], y: Points, *, k: int = 3) -> Terms:
    """Return terms whose mean is the mutual information of a discrete and a continuous variable, in nats.

    Parameters
    ----------
    labels
        The value of the discrete variable of each sample.
    y
        The samples of the continuous variable.
    k
        Which nearest neighbour with the same label sets the radius; for a label seen k times or less, the last there
        is.

    Returns
    -------
    digamma(n) + digamma(k) - digamma(n_label) - digamma(m + 1) of each sample whose label is seen more than once: n
    counts these samples, n_label those with the label, m the others of all labels that are nearer than the radius.
    Samples whose label is seen once are left out: there are fewer terms than samples. If that leaves none, every
    sample has a term of 0.

    Raises
    ------
    InputError
        Where there are no more than k samples.

    Notes
    -----
    As in scikit-learn, save that nothing is cut off at 0 and that equal samples are counted (see above) where
    scikit-learn adds noise.

    Source: B. C. Ross, Mutual information between discrete and continuous data sets, PLoS ONE 9, 2014, e87357.

    Examples
    --------
    >>> labels = np.arange(400) % 2
    >>> apart = (np.arange(400.0)[:, None] * 0.618034) % 1 + 10 * labels[:, None]
    >>> round(float(ross(labels, apart).mean() / np.log(2)), 2)
    1.0
    """
    check_number(y, k)
    _, label_of, sizes = np.unique(labels, return_inverse=True, return_counts=True)
    kept = np.flatnonzero(sizes[label_of] > 1)
    space = Space.of(y).take(kept)
    if len(kept) == 0 or space.n_columns == 0:
        return np.zeros(len(kept) or len(labels))
    radius, around = np.empty(len(kept)), np.empty(len(kept), dtype=np.int64)
    by_label = np.argsort(label_of[kept], kind="stable")
    for members in np.split(by_label, np.cumsum(sizes[sizes > 1])[:-1]):
        own, own_k = space.take(members), min(k, len(members) - 1)
        radius[members] = own.kth_distance(own_k)
        around[members] = _k_or_equal(own, radius[members], own_k)
    of_label = digamma_of(sizes[label_of[kept]])
    near = digamma_of(space.count_within(_radius_or_equal(radius)) + 1)
    return digamma(len(kept)) + digamma_of(around) - of_label - near


def gao(x: Points, y: Points, *, k: int = 3) -> Terms:
    """Return terms whose mean is I(x; y), in nats, where each may be discrete, continuous, or a mixture of both.

    Parameters
    ----------
    x, y
        The samples, in the same order.
    k
        Which nearest neighbour in x and y together sets the radius.

    Returns
    -------
    digamma(n_xy) + log(n) - digamma(n_x) - digamma(n_y) of each sample. All three count the samples nearer than the
    radius, this one among them, in both variables (k without ties) or in the one named; where the radius is 0, those at
    distance 0.

    Raises
    ------
    InputError
        Where there are no more than k samples.

    Notes
    -----
    Consistent for every mixture, and about as unbiased as `ksg` and `ross` where these apply. This is how the authors
    compute it; their paper prints log(n_x + 1) over closed balls instead of digamma(n_x), which at k = 3 is too low by
    0.46 nats wherever one of the variables alone sets the radius. They count k also where others are as far as the
    k-th: here only what is nearer counts, in all three alike.

    Source: W. Gao, S. Kannan, S. Oh, P. Viswanath, Estimating mutual information for discrete-continuous mixtures,
    Advances in Neural Information Processing Systems 30, 2017, algorithm 1, and the code beside it.

    Examples
    --------
    >>> coin = np.arange(400.0)[:, None] % 2
    >>> round(float(gao(coin, 5 - coin).mean() / np.log(2)), 2)
    1.0
    """
    check_number(x, k)
    spaces = [Space.of(x), Space.of(y)]
    if not all(space.n_columns for space in spaces):
        return np.zeros(len(x))
    joint = Space.joint(spaces)
    within = _radius_or_equal(joint.kth_distance(k))
    together = digamma_of(joint.count_within(within, near=True) + 1)
    return together + np.log(len(x)) - sum(digamma_of(space.count_within(within) + 1) for space in spaces)


def conditional_gao(x: Points, y: Points, given: Points, *, k: int = 3) -> Terms:
    """Return terms whose mean is I(x; y | given), in nats, where each may be discrete, continuous, or a mixture.

    Parameters
    ----------
    x, y, given
        The samples, in the same order.
    k
        Which nearest neighbour among all three together sets the radius.

    Returns
    -------
    digamma(n_xyz) - digamma(n_xz) - digamma(n_yz) + digamma(n_z) of each sample, z being given. All four count the
    samples nearer than the radius, this one among them, in all variables (k without ties) or in those of the name;
    where the radius is 0, those at distance 0.

    Raises
    ------
    InputError
        Where there are no more than k samples.

    Notes
    -----
    Consistent for mixtures; biased towards 0, the more columns there are. Equal to `conditional_ksg` without ties. The
    source counts what is no farther than the radius, this sample left out, and cuts off at 0: counting as `gao` does
    halves its bias on continuous variables.

    Source: after O. C. Mesner, C. R. Shalizi, Conditional mutual information estimation for mixed, discrete and
    continuous data, IEEE Transactions on Information Theory 67, 2021, 464-484, algorithm 1.

    Examples
    --------
    >>> x = np.arange(400.0)[:, None] // 2 % 2
    >>> y = np.arange(400.0)[:, None] % 2
    >>> round(float(conditional_gao(x, y, (x + y) % 2).mean() / np.log(2)), 1)
    1.0
    """
    spaces = _varying_three(x, y, given, k)
    if spaces is None:
        return np.zeros(len(x))
    joint, *parts = spaces
    within = _radius_or_equal(joint.kth_distance(k))
    together = digamma_of(joint.count_within(within, near=True) + 1)
    with_x, with_y, alone = (digamma_of(space.count_within(within) + 1) for space in parts)
    return together - with_x - with_y + alone


def _varying(blocks: Sequence[Points], k: int) -> list[Space]:
    if len(blocks) < 2:
        raise InputError("blocks", wanted="two or more", got=len(blocks), remedy="Give each variable as a block.")
    check_number(blocks[0], k)
    return [space for space in map(Space.of, blocks) if space.n_columns]


def _varying_three(x: Points, y: Points, given: Points, k: int) -> tuple[Space, Space, Space, Space] | None:
    """Return the spaces of all, of x and given, of y and given, and of given; None where x or y does not vary."""
    check_number(x, k)
    of_x, of_y, of_given = Space.of(x), Space.of(y), Space.of(given)
    if not (of_x.n_columns and of_y.n_columns):
        return None
    with_x, with_y = Space.joint([of_x, of_given]), Space.joint([of_y, of_given])
    return Space.joint([of_x, of_y, of_given]), with_x, with_y, of_given


def _radius_or_equal(radius: Radii) -> Radii:
    """Return the radii, nothing on them included, but with equal samples included where the radius is 0."""
    return np.where(radius > 0, radius, including(radius))


def _k_or_equal(space: Space, radius: Radii, k: int) -> Counts:
    """Return k, or where the radius is 0 the number of samples equal to this one, itself among them."""
    if (radius > 0).all():
        return np.full(len(radius), k)
    return np.where(radius > 0, k, space.count_within(including(radius), near=True) + 1)
