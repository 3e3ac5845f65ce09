"""Joint entropies of several variables and what they tell of each other, from Gram matrices, in nats.

Axes before the last two are a batch; NumPy arrays and torch tensors alike. An information is a sum of entropies and is
reported as it is: of order 1 it is never negative but for rounding, of any other order it may be.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from sightbits.core.checks import InputError
from sightbits.information.gram.arrays import check_order, check_same_samples, diagonal, library_of, trace_one
from sightbits.information.gram.entropy import PAPER_ORDER, checked_entropy

_AT_A_TIME = 16


def joint_gram(grams: Sequence[Any]) -> Any:
    """Return the Hadamard product of normalised Gram matrices, over its trace, (..., n, n).

    Parameters
    ----------
    grams
        One or more, of the same samples; batch axes broadcast.

    Raises
    ------
    InputError
        As `gram_spectrum`; where there are none, or they are of different samples or libraries.

    Notes
    -----
    Each factor is multiplied by n first, so that long products do not underflow on the diagonal.

    Source: definition 2 of S. Yu, K. Wickstrøm, R. Jenssen, J. C. Príncipe, arXiv:1804.06537.

    Examples
    --------
    >>> joint_gram([np.array([[0.5, 0.2], [0.2, 0.5]]), np.array([[0.5, 0.25], [0.25, 0.5]])])
    array([[0.5, 0.1],
           [0.1, 0.5]])
    """
    return _product(_checked(grams))


def averaged_gram(grams: Sequence[Any]) -> Any:
    """Return the normalised Gram matrix of the geometric mean of kernels: each to the power of 1 / C, (..., n, n).

    Parameters
    ----------
    grams
        C normalised Gram matrices of nowhere negative, infinitely divisible kernels, of the same samples; batch axes
        broadcast.

    Raises
    ------
    InputError
        As `joint_gram`; where an entry is negative.

    Notes
    -----
    The Hadamard product of many matrices tends to the identity, and its entropy to log n, whatever the variables are;
    the mean does not. It is no joint entropy of definition 2: it may be less than that of a single variable. Of
    Gaussian kernels it is that of the same points with every size multiplied by sqrt(C).

    Source: the saturation is that of S. Yu, K. Wickstrøm, R. Jenssen, J. C. Príncipe, arXiv:1804.06537, section IV.2;
    infinitely divisible kernels, whose powers are positive definite: R. Bhatia, Infinitely divisible matrices, American
    Mathematical Monthly 113, 2006, 221-235.

    Examples
    --------
    >>> averaged_gram([np.array([[0.5, 0.1], [0.1, 0.5]]), np.array([[0.5, 0.4], [0.4, 0.5]])])
    array([[0.5, 0.2],
           [0.2, 0.5]])
    """
    checked = _checked(grams)
    if not all(bool((gram >= 0).all()) for gram in checked):
        raise InputError(
            "grams",
            wanted="entries of 0 or more",
            got="negative ones",
            remedy="Only infinitely divisible kernels have powers: Gaussian ones, or matches of labels.",
        )
    product = None
    for gram in checked:
        power = (gram * gram.shape[-1]) ** (1 / len(checked))
        product = power if product is None else product * power
    return _over_trace(product)


def joint_entropies(grams: Sequence[Any], subsets: Iterable[Iterable[int]], alpha: float = PAPER_ORDER) -> list[Any]:
    """Return the joint entropy of each subset of the variables, in nats; those of equal subsets are computed once.

    Parameters
    ----------
    grams
        The normalised Gram matrix of each variable, of the same samples; batch axes broadcast within each subset.
    subsets
        Which variables, by their place in `grams`, are taken together: one or more each.
    alpha
        The order, above 0.

    Raises
    ------
    InputError
        As `joint_gram` and `matrix_renyi_entropy`; where a subset is empty, or names a variable that is not there.

    Notes
    -----
    Eigenvalues are computed once for each subset, over all of its batch. What several measures need can be asked for
    together. Variables that are named twice in a subset count twice: S(A, A) is not S(A).

    Source: definition 2 of S. Yu, K. Wickstrøm, R. Jenssen, J. C. Príncipe, arXiv:1804.06537.

    Examples
    --------
    >>> from sightbits.information.gram import match_kernel, normalise_gram
    >>> x, y = (normalise_gram(match_kernel(labels)) for labels in np.array([[0, 0, 1, 1], [0, 1, 0, 1]]))
    >>> [float((h / np.log(2)).round(6)) for h in joint_entropies([x, y], [[0], [1], [0, 1]])]
    [1.0, 1.0, 2.0]
    """
    check_order(alpha)
    checked = _checked(grams)
    chosen = [tuple(sorted(subset)) for subset in subsets]
    for subset in chosen:
        if not subset or subset[0] < 0 or subset[-1] >= len(checked):
            raise InputError(
                "subsets",
                wanted=f"places from 0 to {len(checked) - 1}, one or more in each subset",
                got=subset,
                remedy="Name the variables by their place in grams.",
            )
    entropies = {
        subset: checked_entropy(_product([checked[i] for i in subset]), alpha) for subset in dict.fromkeys(chosen)
    }
    return [entropies[subset] for subset in chosen]


def matrix_joint_entropy(grams: Sequence[Any], alpha: float = PAPER_ORDER) -> Any:
    """Return S(A_1, ..., A_C), the entropy of the Hadamard product over its trace, (...), in nats.

    Parameters
    ----------
    grams
        The normalised Gram matrix of each variable, of the same samples; batch axes broadcast.
    alpha
        The order, above 0.

    Raises
    ------
    InputError
        As `joint_gram` and `matrix_renyi_entropy`.

    Notes
    -----
    At least the largest of the single entropies, of every order. At most their sum of order 1; of other orders this
    fails, against the second inequality of corollary 1 of the source: for labels it is the Rényi entropy, which is not
    subadditive. Labels counted [[1, 0], [4, 1]] violate it of order 2, and [[1, 4], [6, 23]] of order 1.01.

    Why: A_i has the eigenvalues of (1 / n) sum |x><x| over unit vectors x in the space of the kernel, and the joint
    matrix those of (1 / n) sum |x><x| (x) |y><y|, a separable state of which the others are the marginals. A separable
    state is majorised by its marginals (M. A. Nielsen, J. Kempe, Physical Review Letters 86, 2001, 5184), hence the
    first; the von Neumann entropy is subadditive, hence the second.

    Source: definition 2 and corollary 1 of S. Yu, K. Wickstrøm, R. Jenssen, J. C. Príncipe, arXiv:1804.06537.

    Examples
    --------
    >>> float(matrix_joint_entropy([np.eye(4) / 4, np.eye(4) / 4]) / np.log(2))
    2.0
    """
    grams = list(grams)
    return joint_entropies(grams, [range(len(grams))], alpha)[0]


def pair_entropies(grams: Any, pairs: Any, alpha: float = PAPER_ORDER) -> Any:
    """Return the joint entropy of each of many pairs of variables, (pairs,), in nats.

    Parameters
    ----------
    grams
        The normalised Gram matrices of all variables, (variables, n, n).
    pairs
        The places of two variables, a row a pair, (pairs, 2).
    alpha
        The order, above 0.

    Raises
    ------
    InputError
        As `matrix_renyi_entropy`; where the matrices have other axes, or a pair names a variable that is not there.

    Notes
    -----
    With the single entropies S, the information of a pair is S[i] + S[j] less this. Matrices are checked once, and
    products made a few at a time, so that they stay in the cache: no more is held than the Gram matrices and the
    result. Cost: 4/3 n^3 a pair.

    Source: definition 2 of S. Yu, K. Wickstrøm, R. Jenssen, J. C. Príncipe, arXiv:1804.06537.

    Examples
    --------
    >>> grams = np.stack([np.eye(4) / 4, np.ones((4, 4)) / 4])
    >>> (pair_entropies(grams, [[0, 1], [1, 1]]) / np.log(2)).round(6)
    array([2., 0.])
    """
    check_order(alpha)
    grams = trace_one("grams", grams)
    if grams.ndim != 3:
        raise InputError("grams", wanted="(variables, n, n)", got=tuple(grams.shape), remedy="Give one a variable.")
    places = np.asarray(pairs)
    known = places.ndim == 2 and places.shape[1:] == (2,) and places.size > 0 and places.dtype.kind in "iu"
    if not known or places.min() < 0 or places.max() >= len(grams):
        raise InputError(
            "pairs",
            wanted=f"rows of two places from 0 to {len(grams) - 1}",
            got=f"{places.dtype} of shape {places.shape}",
            remedy="Name the variables by their place in grams.",
        )
    parts = [places[start : start + _AT_A_TIME] for start in range(0, len(places), _AT_A_TIME)]
    entropies = [checked_entropy(_product([grams[part[:, 0]], grams[part[:, 1]]]), alpha) for part in parts]
    return library_of(grams).concatenate(entropies)


def matrix_mutual_information(x: Any, y: Any, alpha: float = PAPER_ORDER) -> Any:
    """Return I(x; y) = S(x) + S(y) - S(x, y), (...), in nats.

    Parameters
    ----------
    x, y
        Normalised Gram matrices of the same samples; batch axes broadcast: x[:, None] and y[None] give all pairs, and
        each single entropy is still computed once.
    alpha
        The order, above 0.

    Raises
    ------
    InputError
        As `matrix_joint_entropy`.

    Notes
    -----
    At most the smaller of S(x) and S(y), of every order. Of order 1 it is at least 0 but for rounding. Of order above
    1 it may be negative, but not below minus what x and y lose of their entropies against order 1. Independent
    variables of n samples do not get 0: look at it beside a null, with the samples of y shuffled.

    Source: L. G. Sanchez Giraldo, M. Rao, J. C. Príncipe, arXiv:1211.2459.

    Examples
    --------
    >>> same = np.kron(np.eye(2), np.ones((2, 2))) / 4
    >>> float((matrix_mutual_information(same, same) / np.log(2)).round(6))
    1.0
    """
    of_x, of_y, of_both = joint_entropies([x, y], [[0], [1], [0, 1]], alpha)
    return of_x + of_y - of_both


def matrix_multivariate_information(x: Any, grams: Sequence[Any], alpha: float = PAPER_ORDER) -> Any:
    """Return I(x; {t_1, ..., t_C}) = S(x) + S(t_1, ..., t_C) - S(x, t_1, ..., t_C), (...), in nats.

    Parameters
    ----------
    x
        The normalised Gram matrix of one variable.
    grams
        Those of the variables taken together, such as the feature maps of a layer; all of the same samples.
    alpha
        The order, above 0.

    Raises
    ------
    InputError
        As `matrix_joint_entropy`.

    Notes
    -----
    As the variables grow in number the product tends to the identity, and the information to S(x), whatever they are.

    Source: equation 7 of S. Yu, K. Wickstrøm, R. Jenssen, J. C. Príncipe, arXiv:1804.06537.

    Examples
    --------
    >>> from sightbits.information.gram import match_kernel, normalise_gram
    >>> x, y = (normalise_gram(match_kernel(labels)) for labels in np.array([[0, 0, 1, 1], [0, 1, 0, 1]]))
    >>> float((matrix_multivariate_information(x, [x, y]) / np.log(2)).round(6))
    1.0
    """
    together = range(1, len(grams) + 1)
    of_x, of_all, of_both = joint_entropies([x, *grams], [[0], together, [0, *together]], alpha)
    return of_x + of_all - of_both


def matrix_conditional_mutual_information(x: Any, y: Any, given: Any, alpha: float = PAPER_ORDER) -> Any:
    """Return I(x; y | given) = S(x, given) + S(y, given) - S(x, y, given) - S(given), (...), in nats.

    Parameters
    ----------
    x, y, given
        Normalised Gram matrices of the same samples; `joint_gram` makes one of several variables.
    alpha
        The order, above 0.

    Raises
    ------
    InputError
        As `matrix_joint_entropy`.

    Notes
    -----
    Of order 1 it is at least 0 but for rounding (strong subadditivity); of other orders it may be negative.

    Source: S. Yu, L. G. Sanchez Giraldo, R. Jenssen, J. C. Príncipe, Multivariate extension of matrix-based Rényi's
    alpha-order entropy functional, IEEE Transactions on Pattern Analysis and Machine Intelligence 42, 2020, 2960-2966.

    Examples
    --------
    >>> from sightbits.information.gram import match_kernel, normalise_gram
    >>> x, y = (normalise_gram(match_kernel(labels)) for labels in np.array([[0, 0, 1, 1], [0, 1, 0, 1]]))
    >>> float((matrix_conditional_mutual_information(x, joint_gram([x, y]), y) / np.log(2)).round(6))
    1.0
    """
    of_x, of_y, of_all, of_given = joint_entropies([x, y, given], [[0, 2], [1, 2], [0, 1, 2], [2]], alpha)
    return of_x + of_y - of_all - of_given


def _checked(grams: Sequence[Any]) -> list[Any]:
    if len(grams) == 0:
        raise InputError("grams", wanted="one Gram matrix or more", got="none", remedy="Give one for each variable.")
    names = [f"grams[{i}]" for i in range(len(grams))]
    checked = [trace_one(name, gram) for name, gram in zip(names, grams, strict=True)]
    check_same_samples(names, checked)
    return checked


def _product(grams: Sequence[Any]) -> Any:
    first, *others = grams
    if not others:
        return first
    n = first.shape[-1]
    product = first
    for gram in others:
        product = product * (gram * n)
    return _over_trace(product)


def _over_trace(product: Any) -> Any:
    trace = diagonal(product).sum(-1)
    if not bool((trace > 0).all()):
        raise InputError(
            "grams",
            wanted="products with a trace",
            got=0,
            remedy="Use normalise_gram: its diagonal is 1 / n throughout.",
        )
    return product / trace[..., None, None]
