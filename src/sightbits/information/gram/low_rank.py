"""Entropies of many samples from the columns of their Gram matrix, which is never held whole; all in nats.

A kernel is given by its values between rows and columns that are asked for: `gaussian_columns`, `match_columns`,
`linear_columns`, and `product_columns` for several variables together. All have 1 on the diagonal.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from sightbits.core.checks import InputError, check_whole
from sightbits.information.gram.arrays import check_order, floats, library_of, zeros
from sightbits.information.gram.entropy import PAPER_ORDER, entropy_of_spectrum


@dataclass(frozen=True, eq=False, kw_only=True)
class KernelColumns:
    """A kernel of n samples with 1 on the diagonal, computed where it is asked for.

    Parameters
    ----------
    n
        The number of samples.
    between
        Gives the kernel, (rows, columns), between the samples of two slices.
    """

    n: int
    between: Callable[[slice, slice], Any]


@dataclass(frozen=True, eq=False, kw_only=True)
class EntropyBounds:
    """An entropy that is known to lie from `low` to `high`, in nats.

    Parameters
    ----------
    low, high
        The bounds, in exact arithmetic.
    """

    low: float
    high: float

    @property
    def value(self) -> float:
        """The middle of the bounds."""
        return (self.low + self.high) / 2

    @property
    def error(self) -> float:
        """How far off `value` may be: half of the distance of the bounds."""
        return (self.high - self.low) / 2


@dataclass(frozen=True, eq=False, kw_only=True)
class LowRankGram:
    """A normalised Gram matrix A as F F^T and a positive semidefinite rest, of known trace.

    Parameters
    ----------
    factor
        F, (n, rank).
    residual
        The trace of A - F F^T, out of 1: no eigenvalue of A is below that of F F^T, in order, nor above it by more.
    pivots
        The samples whose columns were computed, in order.
    """

    factor: Any
    residual: float
    pivots: tuple[int, ...]

    def eigenvalues(self) -> Any:
        """Return the eigenvalues of F F^T that may not be 0, ascending: those of the small F^T F, in float64."""
        small = self.factor.T @ self.factor
        values = library_of(small).linalg.eigvalsh(small)
        return np.asarray(values if library_of(small) is np else values.cpu(), dtype=np.float64).clip(min=0)

    def entropy(self, alpha: float = PAPER_ORDER) -> EntropyBounds:
        """Return bounds on the matrix-based Rényi entropy of A, the closest that follow from F and the residual.

        Parameters
        ----------
        alpha
            The order, above 0.

        Raises
        ------
        InputError
            Where alpha is not above 0.

        Notes
        -----
        Let mu be the eigenvalues of F F^T, n of them with their zeros, and r the residual. As A - F F^T is positive
        semidefinite, the eigenvalues of A are mu + d with all d >= 0 (Weyl) and sum d = r (traces). Among all such
        vectors

        - mu with all of r on its largest entry majorises every other: its k largest sum to those of mu plus r, and
          those of no mu + d to more;
        - mu with r poured over the smallest entries up to one level is majorised by every other: its entries above the
          level are those of mu, which none falls below, and the rest is as even as it can be.

        The Rényi entropy of every order is Schur-concave: of all, the first has the least and the second the most. Both
        are reached, where the rest has the same eigenvectors. For alpha near 1 the bounds are about r log(n / r) apart;
        towards 0 the entropy counts eigenvalues, and the bounds are wide. Rounding, of about the machine epsilon times
        the rank in each eigenvalue, comes on top. Cost: n rank^2.

        Examples
        --------
        >>> points = np.linspace(0, 1, 500)[:, None]
        >>> bounds = pivoted_cholesky(gaussian_columns(points, 0.5)).entropy()
        >>> bounds.error < 1e-5
        True
        """
        check_order(alpha)
        known = self.eigenvalues()
        spectrum = np.concatenate([np.zeros(max(len(self.factor) - len(known), 0)), known])
        concentrated = spectrum.copy()
        concentrated[-1] += self.residual
        even = np.maximum(spectrum, _level(spectrum, self.residual))
        low, high = (float(entropy_of_spectrum(values, alpha)) for values in (concentrated, even))
        return EntropyBounds(low=low, high=max(low, high))


def mutual_information_bounds(x: EntropyBounds, y: EntropyBounds, both: EntropyBounds) -> EntropyBounds:
    """Return bounds on I(x; y) = S(x) + S(y) - S(x, y), in nats, from those of the three entropies, of the same order.

    Parameters
    ----------
    x, y
        The entropies of two variables.
    both
        That of both together: of the `product_columns` of their kernels.

    Notes
    -----
    The ends are those of interval arithmetic. As S(x, y) is at least S(x) and S(y), of every order, the information is
    at most the smaller of these. That it is not negative is proven of order 1 alone, and not made use of. The errors of
    the three entropies add up: where they are not far below the information, take smaller tolerances.

    Source: as `LowRankGram.entropy`; the least of a joint entropy: corollary 1 of S. Yu, K. Wickstrøm, R. Jenssen,
    J. C. Príncipe, arXiv:1804.06537.

    Examples
    --------
    >>> x, y = gaussian_columns(np.linspace(0, 1, 500)[:, None], 0.5), match_columns(np.arange(500) // 250)
    >>> of_x, of_y, of_both = (pivoted_cholesky(one).entropy() for one in (x, y, product_columns(x, y)))
    >>> bounds = mutual_information_bounds(of_x, of_y, of_both)
    >>> round(bounds.value, 4), bounds.error < 1e-5
    (0.3558, True)
    """
    low = x.low + y.low - both.high
    return EntropyBounds(low=low, high=max(low, min(x.high + y.high - both.low, x.high, y.high)))


def gaussian_columns(points: Any, size: float) -> KernelColumns:
    """Return the columns of `gaussian_kernel` of points (n, d), with a positive size.

    Raises
    ------
    InputError
        Where a value or the size is not finite, the size is not positive, or there are fewer than two samples.

    Examples
    --------
    >>> gaussian_columns(np.array([[0.0], [2.0]]), 1.0).between(slice(0, 2), slice(1, 2)).round(4)
    array([[0.1353],
           [1.    ]])
    """
    if not 0 < size < np.inf:
        raise InputError("size", wanted="a positive finite number", got=size, remedy="Give a length.")
    points = _samples(points) / size
    centred = points - points.mean(0)
    squares = (centred**2).sum(-1)

    def between(rows: slice, columns: slice) -> Any:
        if columns.stop - columns.start == 1:
            apart = ((centred[rows] - centred[columns]) ** 2).sum(-1)[:, None]
        else:
            apart = squares[rows, None] + squares[None, columns] - 2 * centred[rows] @ centred[columns].T
        return library_of(points).exp(-apart.clip(min=0) / 2)

    return KernelColumns(n=len(points), between=between)


def linear_columns(points: Any) -> KernelColumns:
    """Return the columns of the normalised `linear_kernel` of points (n, d): the cosines of the angles between them.

    Raises
    ------
    InputError
        Where a value is not finite, a point is 0, or there are fewer than two samples.

    Examples
    --------
    >>> linear_columns(np.array([[2.0, 0.0], [3.0, 4.0]])).between(slice(0, 2), slice(1, 2))
    array([[0.6],
           [1. ]])
    """
    points = _samples(points)
    lengths = library_of(points).sqrt((points**2).sum(-1))
    if not bool((lengths > 0).all()):
        raise InputError("points", wanted="points that are not 0", got="a point at 0", remedy="It has no direction.")
    unit = points / lengths[:, None]
    return KernelColumns(n=len(unit), between=lambda rows, columns: unit[rows] @ unit[columns].T)


def match_columns(labels: Any) -> KernelColumns:
    """Return the columns of `match_kernel` of labels (n,).

    Raises
    ------
    InputError
        Where there are fewer than two samples, or more than one axis.

    Examples
    --------
    >>> match_columns(np.array([3, 5, 3])).between(slice(0, 3), slice(0, 1))[:, 0]
    array([1., 0., 1.])
    """
    library = library_of(labels)
    labels = np.asarray(labels) if library is np else labels
    if labels.ndim != 1 or len(labels) < 2:
        raise InputError("labels", wanted="two labels or more", got=tuple(labels.shape), remedy="Give one a sample.")

    def between(rows: slice, columns: slice) -> Any:
        same = labels[rows, None] == labels[None, columns]
        return same.astype(np.float64) if library is np else same.to(library.float64)

    return KernelColumns(n=len(labels), between=between)


def product_columns(*parts: KernelColumns) -> KernelColumns:
    """Return the columns of the Hadamard product of kernels of the same samples: of their variables together.

    Raises
    ------
    InputError
        Where there are no kernels, or they are of different numbers of samples.

    Examples
    --------
    >>> x, y = match_columns(np.array([0, 0, 1])), match_columns(np.array([0, 1, 1]))
    >>> product_columns(x, y).between(slice(0, 3), slice(0, 1))[:, 0]
    array([1., 0., 0.])
    """
    sizes = sorted({part.n for part in parts})
    if len(sizes) != 1:
        raise InputError("parts", wanted="kernels of the same samples", got=sizes, remedy="Give one a variable.")

    def between(rows: slice, columns: slice) -> Any:
        product = parts[0].between(rows, columns)
        for part in parts[1:]:
            product = product * part.between(rows, columns)
        return product

    return KernelColumns(n=sizes[0], between=between)


def pivoted_cholesky(kernel: KernelColumns, *, tolerance: float = 1e-7, max_rank: int | None = None) -> LowRankGram:
    """Return the normalised Gram matrix of a kernel as a product of few columns and a rest of known trace.

    Parameters
    ----------
    kernel
        A positive semidefinite kernel with 1 on the diagonal.
    tolerance
        The trace of the rest, out of 1, at which to stop: above 0.
    max_rank
        The most columns to take; where they do not suffice, the residual says what they leave. By default n.

    Raises
    ------
    InputError
        Where the tolerance is not above 0, or max_rank not a positive whole number.

    Notes
    -----
    Each step takes the sample of the largest rest on the diagonal. What is left is a Schur complement, hence positive
    semidefinite, and its diagonal is known exactly: its trace bounds its largest eigenvalue. The number of columns is
    that at which the spectrum falls below the tolerance: few where points are few-dimensional and the kernel long, and
    nearly n for raw images with a short one. Cost: n rank^2, and rank columns of the kernel; memory n rank.

    Source: F. R. Bach, M. I. Jordan, Kernel independent component analysis, Journal of Machine Learning Research 3,
    2002, 1-48, appendix C; H. Harbrecht, M. Peters, R. Schneider, On the low-rank approximation by the pivoted Cholesky
    decomposition, Applied Numerical Mathematics 62, 2012, 428-440.

    Examples
    --------
    >>> low = pivoted_cholesky(match_columns(np.array([0, 1, 1, 0, 2])))
    >>> low.pivots, low.residual
    ((0, 1, 4), 0.0)
    """
    if not tolerance > 0:
        raise InputError("tolerance", wanted="a number above 0", got=tolerance, remedy="1e-7 of the trace is usual.")
    n = kernel.n
    most = n if max_rank is None else min(n, check_whole("max_rank", max_rank, low=1))
    everything = slice(0, n)
    first = kernel.between(everything, slice(0, 1))
    library = library_of(first)
    rest, columns = library.ones_like(first[:, 0]), first[:, :0]
    rank, pivots = 0, list[int]()
    while rank < most and float(rest.sum()) > tolerance * n:
        pivot = int(rest.argmax())
        if rank == columns.shape[1]:
            room = zeros((n, min(max(16, rank), most - rank)), like=first)
            columns = library.concatenate([columns, room], -1)
        column = kernel.between(everything, slice(pivot, pivot + 1))[:, 0]
        column = column - columns[:, :rank] @ columns[pivot, :rank]
        column = column / library.sqrt(rest[pivot])
        columns[:, rank] = column
        rest = (rest - column**2).clip(min=0)
        rest[pivot] = 0
        pivots.append(pivot)
        rank += 1
    return LowRankGram(factor=columns[:, :rank] / n**0.5, residual=float(rest.sum()) / n, pivots=tuple(pivots))


def blockwise_entropy(kernel: KernelColumns, *, block: int = 1024) -> float:
    """Return the matrix-based Rényi entropy of order 2, -log(sum K_ij^2 / n^2), in nats, exactly, block by block.

    Parameters
    ----------
    kernel
        A symmetric kernel with 1 on the diagonal.
    block
        How many rows and columns are held at a time.

    Raises
    ------
    InputError
        Where block is not a positive whole number.

    Notes
    -----
    Cost: the kernel for n^2 / 2 pairs; memory block^2.

    Source: definition 1 of S. Yu, K. Wickstrøm, R. Jenssen, J. C. Príncipe, arXiv:1804.06537, for alpha = 2.

    Examples
    --------
    >>> float((blockwise_entropy(match_columns(np.array([0, 1, 1, 0]))) / np.log(2)).round(6))
    1.0
    """
    check_whole("block", block, low=1)
    parts = [slice(start, min(start + block, kernel.n)) for start in range(0, kernel.n, block)]
    total = 0.0
    for place, rows in enumerate(parts):
        for columns in parts[place:]:
            values = kernel.between(rows, columns)
            squares = float((values * values).sum(dtype=library_of(values).float64))
            total += squares if columns is rows else 2 * squares
    return float(0.0 - np.log(total / kernel.n**2))


def _level(ascending: np.ndarray, amount: float) -> float:
    """Return up to which level the smallest entries are filled by an amount poured over them."""
    n = len(ascending)
    levels = (amount + np.cumsum(ascending)) / np.arange(1, n + 1)
    # The k smallest are filled where their level stays below the next entry.
    filled = int(np.argmax(levels <= np.append(ascending[1:], np.inf)))
    return float(levels[filled])


def _samples(points: Any) -> Any:
    points = floats("points", points, n_axes=2)
    points = points if library_of(points) is np else points.detach()
    if points.ndim != 2 or len(points) < 2:
        raise InputError(
            "points",
            wanted="two samples or more, (n, d)",
            got=tuple(points.shape),
            remedy="One set of points at a time.",
        )
    return points
