"""Eigenvalues of eight matrices of three diagonals at once, compiled by Numba; imported when first used.

A sweep for one matrix waits for its own divisions most of the time. Matrices side by side share the waiting.
"""

# mypy: disable-error-code="untyped-decorator"
# Shapes are not checked in tests either: Numba cannot compile the checking wrapper.
from typing import no_type_check

import numba
import numpy as np
from jaxtyping import Float64

N_TOGETHER = 8
MOST_SWEEPS = 60  # for one eigenvalue; two or three are usual
SMALL = (2.0**-53) ** 2
NOTHING = 1e-290  # of less there is no inverse


@numba.njit(cache=True, nogil=True, error_model="numpy")
@no_type_check
def solve_together(
    diagonals: Float64[np.ndarray, "n together"], beside: Float64[np.ndarray, "n together"], most_sweeps: int
) -> bool:
    """Put the eigenvalues in place of the diagonals, in no order; return False where they were not found.

    Given are the diagonals of matrices whose entries are at most about 1, and the squares of those beside them, the
    last of which is not used. Entries beside a diagonal that are below rounding count as 0; where those of all matrices
    are, what is above and below is solved by itself.

    Source: the rational QL method of Pal, Walker and Kahan (E. Anderson et al., LAPACK Users' Guide, 1999, xSTERF).
    """
    n = diagonals.shape[0]
    solved = True
    first = 0
    for last in range(n):
        if last == n - 1 or not _is_coupled(beside, last):
            solved &= _solve_between(diagonals, beside, first, last, most_sweeps)
            first = last + 1
    return solved


@numba.njit(cache=True, nogil=True, error_model="numpy")
@no_type_check
def _solve_between(
    diagonals: Float64[np.ndarray, "n together"],
    beside: Float64[np.ndarray, "n together"],
    begin: int,
    end: int,
    most_sweeps: int,
) -> bool:
    """Do it for the rows from `begin` to `end`, both among them."""
    shift, cosine, sine = np.empty(N_TOGETHER), np.empty(N_TOGETHER), np.empty(N_TOGETHER)
    rest, square = np.empty(N_TOGETHER), np.empty(N_TOGETHER)
    last = end
    for first in range(begin, end):
        for sweep in range(most_sweeps + 1):
            while last > first and not _is_coupled(beside, last - 1):
                last -= 1
            if last == first:
                return True
            if not _is_coupled(beside, first):
                break
            if sweep == most_sweeps:
                return False
            for k in range(N_TOGETHER):
                if beside[first, k] <= SMALL:
                    beside[first, k] = 0.0
                # The eigenvalue of the first two rows that is nearer to the first.
                half = (diagonals[first + 1, k] - diagonals[first, k]) / 2
                root = np.sqrt(half * half + beside[first, k])
                span = half + (root if half >= 0 else -root)
                shift[k] = diagonals[first, k] - (0.0 if span == 0 else beside[first, k] / span)
                cosine[k], sine[k] = 1.0, 0.0
                rest[k] = diagonals[last, k] - shift[k]
                square[k] = rest[k] * rest[k]
            for i in range(last - 1, first - 1, -1):
                for k in range(N_TOGETHER):
                    whole = square[k] + beside[i, k]
                    beside[i + 1, k] = sine[k] * whole
                    no_turn = whole < NOTHING
                    inverse = 0.0 if no_turn else 1 / whole
                    before, cosine_before = rest[k], cosine[k]
                    cosine[k] = 1.0 if no_turn else square[k] * inverse
                    sine[k] = beside[i, k] * inverse
                    own = diagonals[i, k]
                    rest[k] = cosine[k] * (own - shift[k]) - sine[k] * before
                    diagonals[i + 1, k] = before + (own - rest[k])
                    square[k] = rest[k] * rest[k] / cosine[k] if cosine[k] != 0 else cosine_before * beside[i, k]
            for k in range(N_TOGETHER):
                beside[first, k] = sine[k] * square[k]
                diagonals[first, k] = shift[k] + rest[k]
    return True


@numba.njit(cache=True, nogil=True, forceinline=True)
@no_type_check
def _is_coupled(beside: Float64[np.ndarray, "n together"], i: int) -> bool:
    """Return whether row i and the next hang together in any of the matrices."""
    coupled = False
    for k in range(N_TOGETHER):
        coupled |= beside[i, k] > SMALL
    return coupled
