"""Columns of any numbers coded as a few levels, so that they can be counted."""

import numpy as np
from jaxtyping import Shaped, UInt8

from sightbits.core.levels import MOST_LEVELS, LevelCode

MOST_QUANTILES = 32
_LEAST_IN_CELL = 5
_VALUES_AT_ONCE = 2**22
_HALF_A_BYTE = 127


def suitable_levels(dtype: np.dtype, *, n_samples: int, n_labels: int) -> int:
    """Return how many levels suit single columns of so many samples.

    Notes
    -----
    As many as leave 5 samples on average in each cell of (level, label), since what more would show is chance: at least
    2, at most 256 of bytes and 32 of anything else.

    Examples
    --------
    >>> [suitable_levels(np.dtype(np.uint8), n_samples=n, n_labels=10) for n in (60_000, 1797, 20)]
    [256, 35, 2]
    """
    most = MOST_LEVELS if dtype == np.uint8 else MOST_QUANTILES
    return int(np.clip(n_samples // (_LEAST_IN_CELL * n_labels), 2, most))


def code_columns(
    values: Shaped[np.ndarray, "n_samples columns"], n_levels: int
) -> tuple[UInt8[np.ndarray, "n_samples columns"], int]:
    """Return the level of each value, from 0, and how many levels the columns have at most.

    Parameters
    ----------
    values
        Finite numbers. Bytes (uint8) are grey values of one range: level = floor(value * n_levels / (max + 1)), where
        max is 255, or the largest of them if that is 127 or less. Anything else is cut column by column into levels of
        equal mass.
    n_levels
        2 to 256. A range or a column with no more different values than that keeps them all.

    Notes
    -----
    In a column of n samples, b of them below a value and e equal to it, the value's bin is
    floor((b + e / 2) * n_levels / n); bins that hold nothing are left out. So equal values share a level, only the
    order of values matters, and a column that varies at all has two levels at least. Cost: a look-up for bytes, else a
    sort of each column; memory for a few columns beside the result.

    Examples
    --------
    >>> code_columns(np.array([[0.1, 7], [0.2, 7], [9.0, 8], [1e9, 7]]), 2)
    (array([[0, 0], [0, 0], [1, 1], [1, 0]], dtype=uint8), 2)
    >>> code_columns(np.array([[0, 63], [64, 255]], dtype=np.uint8), 4)
    (array([[0, 0], [1, 3]], dtype=uint8), 4)
    """
    if values.dtype == np.uint8:
        return _code_bytes(values, n_levels)
    n_samples, n_columns = values.shape
    levels = np.empty(values.shape, dtype=np.uint8)
    at_once = max(1, _VALUES_AT_ONCE // n_samples)
    for start in range(0, n_columns, at_once):
        block = np.ascontiguousarray(values[:, start : start + at_once].T)
        coded = np.empty(block.shape, dtype=np.uint8)
        for i, column in enumerate(block):
            coded[i] = _code_by_quantiles(column, n_levels)
        levels[:, start : start + at_once] = coded.T
    return levels, int(levels.max()) + 1


def _code_bytes(
    values: UInt8[np.ndarray, "n_samples columns"], n_levels: int
) -> tuple[UInt8[np.ndarray, "n_samples columns"], int]:
    largest = int(values.max())
    high = max(largest if largest <= _HALF_A_BYTE else 255, 1)
    n_levels = min(n_levels, high + 1)
    return LevelCode(n_levels=n_levels, low=0.0, high=float(high), whole=True).encode(values), n_levels


def _code_by_quantiles(column: Shaped[np.ndarray, "n"], n_levels: int) -> UInt8[np.ndarray, "n"]:
    ordered = np.sort(column)
    starts = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1]))
    if len(starts) > n_levels:
        ends = np.append(starts[1:], len(ordered))
        bins = (starts + ends) * n_levels // (2 * len(ordered))
        starts = starts[np.diff(bins, prepend=-1) > 0]
    return np.searchsorted(ordered[starts[1:]], column, side="right").astype(np.uint8)
