"""Eigenvalues of many symmetric matrices, for NumPy by LAPACK's own steps, in blocks that suit small matrices."""

from collections.abc import Iterable, Iterator
from itertools import islice, pairwise
from typing import Any

import numpy as np
from jaxtyping import Float
from scipy.linalg import lapack

from sightbits.information.gram.arrays import in_memory, library_of

_TOGETHER = 8  # as `eigenvalue_kernels` has it, which is loaded only where so many are asked for
_AT_A_TIME = 8 * _TOGETHER

_ThreeDiagonals = tuple[np.ndarray, np.ndarray]


def eigenvalues(matrices: Any) -> Any:
    """Return the eigenvalues of symmetric matrices (..., n, n), ascending, (..., n).

    Notes
    -----
    The steps are those of `eigvalsh`: reduced to three diagonals, then the rational QL method. For n of some hundred,
    blocks of 8 columns make the first a fifth cheaper than LAPACK's 32, and eight matrices side by side the second
    three times as fast as LAPACK; what is left over goes to LAPACK. The last digit may so depend on the company.
    A matrix of blocks that have no zeros, with zeros between them and its rows in any order, is solved block by block:
    such is any kernel times that of labels. Tensors in this machine's memory that need no gradient are solved likewise,
    others by torch. Cost: 4/3 n^3 a matrix, n being the size of a block.

    Source: E. Anderson et al., LAPACK Users' Guide, 1999 (xSYTRD, xSTERF).

    Examples
    --------
    >>> eigenvalues(np.array([[2.0, 1.0], [1.0, 2.0]]))
    array([1., 3.])
    """
    library = library_of(matrices)
    if library is not np:
        plain = in_memory(matrices)
        if matrices.requires_grad or library_of(plain) is not np:
            return library.linalg.eigvalsh(matrices)
        return library.from_numpy(eigenvalues(plain))
    n = matrices.shape[-1]
    found = np.concatenate(list(spectra(matrices.reshape(-1, n, n))))
    return found.reshape(matrices.shape[:-1]).astype(matrices.dtype, copy=False)


def spectra(matrices: Iterable[Float[np.ndarray, "n n"]]) -> Iterator[Float[np.ndarray, "few n"]]:
    """Give the eigenvalues of symmetric matrices, ascending, a few matrices at a time.

    Each matrix is done with before the next is asked for: all may be written to the same place.
    """
    reduced = map(_reduce, matrices)
    while few := list(islice(reduced, _AT_A_TIME)):
        # Blocks side by side with their like: what is solved together comes apart only where all do.
        order = np.argsort([np.count_nonzero(beside) for _, beside in few], kind="stable")
        values = np.empty((len(few), len(few[0][0])))
        for start in range(0, len(few), _TOGETHER):
            group = order[start : start + _TOGETHER]
            values[group] = _solve([few[i] for i in group])
        yield values


def _reduce(matrix: Float[np.ndarray, "n n"]) -> _ThreeDiagonals:
    """Return the diagonal, and the entries beside it, of a matrix of three diagonals with the same eigenvalues."""
    reduce = lapack.ssytrd if matrix.dtype == np.float32 else lapack.dsytrd
    diagonal, beside = np.empty(len(matrix), matrix.dtype), np.zeros(len(matrix) - 1, matrix.dtype)
    start = 0
    for block in _blocks(matrix):
        n = len(block)
        if n == 1:
            diagonal[start] = block[0, 0]
        else:
            # A row-major matrix is read in place as its transpose, which is itself.
            _, of_block, beside_it, _, _ = reduce(block.T, lower=1, lwork=n * max(8, n // 64))
            diagonal[start : start + n], beside[start : start + n - 1] = of_block, beside_it
        start += n
    return diagonal, beside


def _blocks(matrix: Float[np.ndarray, "n n"]) -> list[Float[np.ndarray, "few few"]]:
    """Return the blocks that a matrix is made of, where these have no zeros and all else is zero; else itself."""
    if matrix[0].all():  # one row that goes with all others: there is one block
        return [matrix]
    beyond_zero = matrix != 0
    first = beyond_zero.argmax(axis=1).astype(np.int32)
    if not np.array_equal(beyond_zero, first[:, np.newaxis] == first):
        return [matrix]
    order = np.argsort(first, kind="stable")
    arranged = matrix.take(order, axis=0).take(order, axis=1)
    starts = [0, *(np.flatnonzero(np.diff(first[order])) + 1).tolist(), len(matrix)]
    return [arranged[start:end, start:end] for start, end in pairwise(starts)]


def _solve(group: list[_ThreeDiagonals]) -> Float[np.ndarray, "few n"]:
    if len(group) < _TOGETHER:
        return np.array([_solve_one(*reduced) for reduced in group])
    from sightbits.information.gram.eigenvalue_kernels import MOST_SWEEPS, solve_together  # noqa: PLC0415  loads Numba

    diagonals = np.array([diagonal for diagonal, _ in group], dtype=np.float64).T
    beside = np.zeros_like(diagonals)
    beside[:-1] = np.transpose([entries for _, entries in group])
    scales = np.maximum(abs(diagonals).max(axis=0), abs(beside).max(axis=0))
    scales[scales == 0] = 1
    values = np.ascontiguousarray(diagonals / scales)
    if not solve_together(values, np.ascontiguousarray((beside / scales) ** 2), MOST_SWEEPS):
        return np.array([_solve_one(*reduced) for reduced in group])
    return np.sort((values * scales).T, axis=-1)


def _solve_one(diagonal: np.ndarray, beside: np.ndarray) -> np.ndarray:
    solve = lapack.ssterf if diagonal.dtype == np.float32 else lapack.dsterf
    values, failed = solve(diagonal, beside)
    if failed:
        return np.linalg.eigvalsh(np.diag(diagonal) + np.diag(beside, 1) + np.diag(beside, -1))
    return values
