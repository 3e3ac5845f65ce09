"""Gram matrices: what a kernel says of every pair of samples, along the last two axes; axes before them are a batch.

NumPy arrays and torch tensors alike; what is computed has the precision of what was given (whole numbers: float64).
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from sightbits.core.checks import InputError, check_whole
from sightbits.information.gram.arrays import diagonal, floats, library_of, positive_sizes

_FAR = 80.0


def gaussian_kernel(points: Any, size: Any) -> Any:
    """Return exp(-|x - y|^2 / (2 size^2)) of all pairs of points: the radial basis function, (..., n, n).

    Parameters
    ----------
    points
        The samples, (..., n, d).
    size
        The length over which the kernel falls: a positive number, or one for each matrix of the batch.

    Raises
    ------
    InputError
        Where a value or size is not finite, a size is not positive, or there are fewer than two samples.

    Notes
    -----
    Distances are from the inner products of the centred points: exactly 0 on the diagonal, never negative, with an
    absolute error of about the machine epsilon times the largest squared distance. No value is below 1e-35, which is
    far below rounding: numbers near the smallest there are slow every computation with them. Cost: n^2 d.

    Source: S. Yu, K. Wickstrøm, R. Jenssen, J. C. Príncipe, Understanding convolutional neural networks with
    information theory: an initial exploration, IEEE Transactions on Neural Networks and Learning Systems 32, 2021,
    435-442 (arXiv:1804.06537), section III.

    Examples
    --------
    >>> gaussian_kernel(np.array([[0.0], [2.0]]), 1.0).round(4)
    array([[1.    , 0.1353],
           [0.1353, 1.    ]])
    """
    points = _samples(points)
    squares = squared_distances(points)
    return fall(squares / (2 * positive_sizes(size, points) ** 2))


def concatenated_gaussian_kernel(blocks: Sequence[Any], sizes: Sequence[Any]) -> Any:
    """Return the Hadamard product of the Gaussian kernels of several blocks, by one exponential, (..., n, n).

    Parameters
    ----------
    blocks
        The variables, each (..., n, d) with a d of its own, samples in the same order.
    sizes
        The size of each block's kernel.

    Raises
    ------
    InputError
        As `gaussian_kernel`; where there is no block, or not a size for each.

    Notes
    -----
    The product of exp(-|x - y|^2 / (2 s^2)) over blocks is the kernel, of size 1, of the points x / s set side by side.
    Of n samples it costs n^2 times the number of columns, and one exponential a pair instead of one a pair and block.

    Source: as `gaussian_kernel`.

    Examples
    --------
    >>> x, y = np.array([[0.0], [2.0]]), np.array([[1.0], [4.0]])
    >>> np.allclose(concatenated_gaussian_kernel([x, y], [1.0, 3.0]), gaussian_kernel(x, 1.0) * gaussian_kernel(y, 3.0))
    True
    """
    if not blocks or len(blocks) != len(sizes):
        raise InputError(
            "sizes", wanted=f"a size for each of {len(blocks)} blocks", got=len(sizes), remedy="Give a size a block."
        )
    points = [_samples(block) for block in blocks]
    if len({block.shape[:-1] for block in points}) > 1:
        raise InputError(
            "blocks",
            wanted="blocks of the same samples",
            got=[tuple(block.shape[:-1]) for block in points],
            remedy="All axes but the last, that of columns, must agree.",
        )
    scaled = [block / positive_sizes(size, block) for block, size in zip(points, sizes, strict=True)]
    return gaussian_kernel(library_of(scaled[0]).concatenate(scaled, -1), 1.0)


def tensor_kernel(maps: Any, size: Any, *, batch_axes: int = 0) -> Any:
    """Return exp(-|X - Y|^2 / (2 size^2)) of all pairs of tensors, with their Frobenius distance, (..., n, n).

    Parameters
    ----------
    maps
        A tensor a sample, such as all feature maps of a layer: (..., n, channels, height, width).
    size
        As for `gaussian_kernel`.
    batch_axes
        How many of the first axes are a batch; the axis after them is that of samples.

    Raises
    ------
    InputError
        As `gaussian_kernel`; where there are no axes after that of samples.

    Notes
    -----
    A layer of many maps has one Gram matrix, which does not saturate as a Hadamard product over its maps does. The
    source writes exp(-|X - Y|^2 / s^2), which is a size of s / sqrt(2) here.

    Source: K. K. Wickstrøm, S. Løkse, M. C. Kampffmeyer, S. Yu, J. C. Príncipe, R. Jenssen, Analysis of deep
    convolutional neural networks using tensor kernels and matrix-based entropy, Entropy 25, 2023, 899.

    Examples
    --------
    >>> tensor_kernel(np.arange(8.0).reshape(2, 1, 2, 2), 4.0).round(4)  # distance 8
    array([[1.    , 0.1353],
           [0.1353, 1.    ]])
    """
    check_whole("batch_axes", batch_axes, low=0)
    maps = floats("maps", maps, n_axes=batch_axes + 2)
    return gaussian_kernel(maps.reshape(*maps.shape[: batch_axes + 1], -1), size)


def linear_kernel(points: Any) -> Any:
    """Return the inner products of all pairs of points, (..., n, n).

    Parameters
    ----------
    points
        The samples, (..., n, d).

    Raises
    ------
    InputError
        Where a value is not finite, or there are fewer than two samples.

    Notes
    -----
    Normalised it is the cosine of the angle between points. It is not infinitely divisible, and may be negative: what
    is proven of the joint entropy still holds, but a point at the origin cannot be normalised.

    Source: as `gaussian_kernel`, definition 1.

    Examples
    --------
    >>> linear_kernel(np.array([[1, 2], [0, 1]]))
    array([[5., 2.],
           [2., 1.]])
    """
    points = _samples(points)
    return points @ points.swapaxes(-1, -2)


def match_kernel(labels: Any) -> Any:
    """Return 1 where two samples have the same label and 0 elsewhere, in float64, (..., n, n).

    Parameters
    ----------
    labels
        The labels, (..., n), of any type that can be compared.

    Raises
    ------
    InputError
        Where a label is NaN, or there are fewer than two samples.

    Notes
    -----
    The eigenvalues of its normalised Gram matrix are the shares of the labels: its entropy is their Rényi entropy.

    Source: as `gaussian_kernel`; the choice of kernel is ours.

    Examples
    --------
    >>> match_kernel(np.array([3, 5, 3]))
    array([[1., 0., 1.],
           [0., 1., 0.],
           [1., 0., 1.]])
    """
    library = library_of(labels)
    labels = np.asarray(labels) if library is np else labels
    if labels.ndim < 1 or labels.shape[-1] < 2:
        raise InputError("labels", wanted="two samples or more", got=tuple(labels.shape), remedy="Give more samples.")
    if not bool((labels == labels).all()):  # noqa: PLR0124  NaN is not itself
        raise InputError("labels", wanted="labels", got="NaN", remedy="Remove samples without a label.")
    same = labels[..., :, None] == labels[..., None, :]
    return same.astype(np.float64) if library is np else same.to(library.float64)


def fall(exponents: Any) -> Any:
    """Return exp(-x) of x at least 0, and where x is above 80 that of 80: products stay clear of subnormal numbers."""
    return library_of(exponents).exp(-exponents.clip(max=_FAR))


def squared_distances(points: Any) -> Any:
    """Return the squared distances of all pairs of points (..., n, d): 0 on the diagonal, nowhere negative."""
    return distances_of_centred(points - points.mean(-2)[..., None, :])


def distances_of_centred(centred: Any) -> Any:
    """Return the squared distances of all pairs of points (..., n, d) whose mean is 0, as `squared_distances`."""
    products = centred @ centred.swapaxes(-1, -2)
    # Squares from the products themselves: a point has distance 0 to itself and, rounded alike, to its twins.
    squares = diagonal(products)
    return (squares[..., :, None] + squares[..., None, :] - 2 * products).clip(min=0)


def _samples(points: Any) -> Any:
    points = floats("points", points, n_axes=2)
    if points.shape[-2] < 2:
        raise InputError("points", wanted="two samples or more", got=points.shape[-2], remedy="Give more samples.")
    return points
