"""Matrix-based Rényi entropy of Gram matrices, in nats; axes before the last two are a batch.

NumPy arrays and torch tensors alike, in the precision given; gradients pass through tensors.
"""

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from sightbits.core.checks import InputError
from sightbits.information.gram.arrays import (
    NEGLIGIBLE,
    check_order,
    diagonal,
    library_of,
    number,
    square_matrices,
    trace_one,
)
from sightbits.information.gram.eigenvalues import eigenvalues

PAPER_ORDER = 1.01


class NegativeEigenvalueWarning(UserWarning):
    """A matrix has negative eigenvalues beyond rounding: it is no Gram matrix of a positive definite kernel."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Spectrum:
    """The eigenvalues of Gram matrices of trace 1, ascending along the last axis, and what was set to 0 among them.

    Parameters
    ----------
    eigenvalues
        At least 0, (..., n).
    clipped
        By how much the negative eigenvalues of each matrix fell short of 0 together, as a share of its trace, (...).
    """

    eigenvalues: Any
    clipped: Any


def normalise_gram(kernel: Any) -> Any:
    """Return A_ij = K_ij / (n sqrt(K_ii K_jj)), of trace 1, (..., n, n).

    Parameters
    ----------
    kernel
        The values of a positive definite kernel for all pairs of samples, (..., n, n).

    Raises
    ------
    InputError
        Where matrices are not square, symmetric and finite, have fewer than two samples, or a diagonal entry that is
        not positive.

    Notes
    -----
    Source: L. G. Sanchez Giraldo, M. Rao, J. C. Príncipe, Measures of entropy from data using infinitely divisible
    kernels, IEEE Transactions on Information Theory 61, 2015, 535-548 (arXiv:1211.2459); as definition 1 of S. Yu,
    K. Wickstrøm, R. Jenssen, J. C. Príncipe, arXiv:1804.06537.

    Examples
    --------
    >>> normalise_gram(np.array([[4.0, 1.0], [1.0, 1.0]]))
    array([[0.5 , 0.25],
           [0.25, 0.5 ]])
    """
    kernel = square_matrices("kernel", kernel)
    own = diagonal(kernel)
    if not bool((own > 0).all()):
        raise InputError(
            "kernel",
            wanted="a positive diagonal",
            got=number(own.min()),
            remedy="A sample that a kernel maps to 0 has no direction: remove it, or choose another kernel.",
        )
    scale = 1 / library_of(kernel).sqrt(own)
    return kernel * scale[..., :, None] * scale[..., None, :] / kernel.shape[-1]


def gram_spectrum(gram: Any) -> Spectrum:
    """Return the eigenvalues, negative ones set to 0, and how much was so clipped.

    Parameters
    ----------
    gram
        Normalised Gram matrices, (..., n, n).

    Raises
    ------
    InputError
        Where matrices are not square, symmetric, finite and of trace 1.

    Warns
    -----
    NegativeEigenvalueWarning
        Where more was clipped than rounding explains: 1e-7 of the trace in float64, 1e-3 in float32.

    Notes
    -----
    Of a positive definite kernel, negative eigenvalues are rounding: some 1e-17 in float64. Taking their magnitude
    instead would count them as information. Cost: 4/3 n^3 a matrix.

    Source: definition 1 of S. Yu, K. Wickstrøm, R. Jenssen, J. C. Príncipe, arXiv:1804.06537.

    Examples
    --------
    >>> gram_spectrum(np.array([[0.5, 0.3], [0.3, 0.5]])).eigenvalues
    array([0.2, 0.8])
    """
    return _spectrum(trace_one("gram", gram))


def entropy_of_spectrum(spectrum: Any, alpha: float = PAPER_ORDER) -> Any:
    """Return log(sum p^alpha) / (1 - alpha), p the eigenvalues over their sum, (...), in nats.

    Parameters
    ----------
    spectrum
        Eigenvalues: at least 0, not all 0, (..., n).
    alpha
        The order, above 0: 1 is the von Neumann entropy -sum p log p, infinity the min-entropy -log max p.

    Raises
    ------
    InputError
        Where alpha is not above 0.

    Notes
    -----
    Near order 1 the sum is taken of p (p^(alpha - 1) - 1), whose rounding 1 / (1 - alpha) does not amplify; of high
    orders relative to the largest eigenvalue, so that powers do not underflow. The entropy falls as the order grows.

    Source: A. Rényi, On measures of entropy and information, Proceedings of the Fourth Berkeley Symposium 1, 1961,
    547-561.

    Examples
    --------
    >>> float(entropy_of_spectrum(np.array([0.25, 0.25, 0.5]), 1.0) / np.log(2))
    1.5
    """
    check_order(alpha)
    library = library_of(spectrum)
    shares = spectrum / spectrum.sum(-1)[..., None]
    if abs(alpha - 1) < 0.5:
        logs = library.log(library.where(shares > 0, shares, library.ones_like(shares)))
        if alpha == 1:
            return 0.0 - (shares * logs).sum(-1)
        return 0.0 + library.log1p((shares * library.expm1((alpha - 1) * logs)).sum(-1)) / (1 - alpha)
    largest = library.amax(shares, -1)
    if alpha == np.inf:
        return 0.0 - library.log(largest)
    powers = ((shares / largest[..., None]) ** alpha).sum(-1)
    return 0.0 + (alpha * library.log(largest) + library.log(powers)) / (1 - alpha)


def matrix_renyi_entropy(gram: Any, alpha: float = PAPER_ORDER) -> Any:
    """Return S(A) = log(sum lambda^alpha) / (1 - alpha) over the eigenvalues, (...), in nats.

    Parameters
    ----------
    gram
        Normalised Gram matrices, (..., n, n): see `normalise_gram`.
    alpha
        The order, above 0: 1 is the von Neumann entropy, 2 needs no eigenvalues, infinity is -log of the largest.

    Raises
    ------
    InputError
        Where matrices are not square, symmetric, finite and of trace 1, or alpha is not above 0.

    Warns
    -----
    NegativeEigenvalueWarning
        As `gram_spectrum`; never of order 2, which is -log sum A_ij^2.

    Notes
    -----
    From 0, all samples alike, to log n, no two alike: near log n it says how many samples there are, and little of
    them. Cost: 4/3 n^3 a matrix, of order 2 n^2.

    Source: definition 1 of S. Yu, K. Wickstrøm, R. Jenssen, J. C. Príncipe, arXiv:1804.06537; L. G. Sanchez Giraldo,
    M. Rao, J. C. Príncipe, arXiv:1211.2459.

    Examples
    --------
    >>> float(matrix_renyi_entropy(np.eye(8) / 8) / np.log(2))
    3.0
    """
    check_order(alpha)
    return checked_entropy(trace_one("gram", gram), alpha)


def checked_entropy(gram: Any, alpha: float) -> Any:
    """Return what `matrix_renyi_entropy` does, of Gram matrices that need no checks."""
    if alpha == 2:
        return 0.0 - library_of(gram).log((gram**2).sum((-2, -1)) / diagonal(gram).sum(-1) ** 2)
    return entropy_of_spectrum(_spectrum(gram).eigenvalues, alpha)


def _spectrum(gram: Any) -> Spectrum:
    values = eigenvalues(gram)
    kept = values.clip(min=0)
    clipped = (kept - values).sum(-1)
    worst = number(clipped.max())
    if worst > NEGLIGIBLE[gram.dtype.itemsize]:
        warnings.warn(
            f"Negative eigenvalues of {worst:.3g} of the trace were set to 0: the kernel is not positive definite.",
            NegativeEigenvalueWarning,
            stacklevel=4,
        )
    return Spectrum(eigenvalues=kept, clipped=clipped)
