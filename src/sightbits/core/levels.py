"""Grey values coded as a few levels, so that they can be counted."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from jaxtyping import Shaped, UInt8

from sightbits.core.checks import InputError, check_whole
from sightbits.core.images import ImageForm

MOST_LEVELS = 256
_ROWS_AT_ONCE = 4096


@dataclass(frozen=True, kw_only=True)
class LevelCode:
    """The rule that turns a grey value into a level: floor(value * n_levels / (max + 1)).

    Floats are first scaled to [0, 1] by their stated range; the top of the range belongs to the top level.
    """

    n_levels: int
    low: float
    high: float
    whole: bool

    @property
    def native(self) -> bool:
        """Whether each grey value keeps a level of its own."""
        return self.whole and self.n_levels == self.high - self.low + 1

    @property
    def cuts(self) -> tuple[float, ...]:
        """The lowest grey value of each level above 0; between whole numbers, the number that is not reached."""
        span = self.high - self.low + (1 if self.whole else 0)
        return tuple(self.low + span * level / self.n_levels for level in range(1, self.n_levels))

    def encode(self, values: Shaped[np.ndarray, "*shape"]) -> UInt8[np.ndarray, "*shape"]:
        """Return the level of each value.

        Examples
        --------
        >>> code = LevelCode(n_levels=2, low=0.0, high=255.0, whole=True)
        >>> code.encode(np.array([0, 127, 128, 255], dtype=np.uint8))
        array([0, 0, 1, 1], dtype=uint8)
        """
        if self.native and self.low == 0 and values.dtype == np.uint8:
            return values
        if values.dtype == np.uint8:
            return self._encode(np.arange(256))[values]
        levels = np.empty(values.shape, dtype=np.uint8)
        for start in range(0, len(values), _ROWS_AT_ONCE):
            rows = slice(start, start + _ROWS_AT_ONCE)
            levels[rows] = self._encode(values[rows])
        return levels

    def _encode(self, values: Shaped[np.ndarray, "*shape"]) -> UInt8[np.ndarray, "*shape"]:
        if self.whole and values.dtype.kind == "f":  # readings between whole numbers: as `cuts` has it
            span = self.high - self.low + 1
            levels = np.floor((values.astype(np.float64) - self.low) * self.n_levels / span)
        elif self.whole:
            span = int(self.high) - int(self.low) + 1
            levels = (values.astype(np.int64) - int(self.low)) * self.n_levels // span
        else:
            scaled = (values.astype(np.float64) - self.low) / (self.high - self.low)
            levels = np.floor(scaled * self.n_levels)
        return np.clip(levels, 0, self.n_levels - 1).astype(np.uint8)


@dataclass(frozen=True, kw_only=True)
class CutCode:
    """The rule that turns a grey value into a level by stated cuts: the level is how many cuts the value reaches."""

    cuts: tuple[float, ...]

    @property
    def n_levels(self) -> int:
        """How many levels there are."""
        return len(self.cuts) + 1

    def encode(self, values: Shaped[np.ndarray, "*shape"]) -> UInt8[np.ndarray, "*shape"]:
        """Return the level of each value.

        Examples
        --------
        >>> CutCode(cuts=(48.0, 176.0)).encode(np.array([0, 47, 48, 176, 255], dtype=np.uint8))
        array([0, 0, 1, 2, 2], dtype=uint8)
        """
        if values.dtype == np.uint8:
            return self._encode(np.arange(256))[values]
        return self._encode(values)

    def _encode(self, values: Shaped[np.ndarray, "*shape"]) -> UInt8[np.ndarray, "*shape"]:
        return np.searchsorted(np.array(self.cuts), values, side="right").astype(np.uint8)


Code = LevelCode | CutCode


def cut_code(images: ImageForm, cuts: Sequence[float]) -> CutCode:
    """Check cuts (grey values, ascending, within the range of the data) and return their code."""
    low, high = images.value_range
    ascending = all(one < other for one, other in pairwise(cuts))
    if not 1 <= len(cuts) < MOST_LEVELS or not ascending or not all(low < cut <= high for cut in cuts):
        raise InputError(
            "levels",
            wanted=f"1 to {MOST_LEVELS - 1} ascending cuts above {low:g} and up to {high:g}",
            got=repr(tuple(cuts)),
            remedy="Give grey values of your data, or a number of levels.",
        )
    return CutCode(cuts=tuple(float(cut) for cut in cuts))


def level_code(images: ImageForm, n_levels: int | None = None) -> LevelCode:
    """Choose the code of images: the levels asked for, else one per grey value, at most 256."""
    low, high = images.value_range
    if n_levels is None:
        n_levels = int(min(high - low + 1, MOST_LEVELS)) if images.whole else MOST_LEVELS
    check_whole("levels", n_levels, low=2, high=MOST_LEVELS)
    return LevelCode(n_levels=n_levels, low=low, high=high, whole=images.whole)
