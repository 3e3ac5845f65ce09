"""Encodings that leave a few grey values of many."""

from abc import abstractmethod
from numbers import Integral
from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from sightbits.core.checks import InputError
from sightbits.core.levels import MOST_LEVELS, LevelCode
from sightbits.encodings.encoding import Encoding
from sightbits.encodings.grey_range import GreyRange, settle_range
from sightbits.encodings.training import Images, Training


class LevelEncoding(Encoding):
    """An encoding that gives every grey value the value of its level.

    Attributes
    ----------
    value_range_
        The range of the images.
    code_
        Which grey value has which level.
    level_values_
        What each level becomes.
    """

    @property
    def bijective(self) -> bool:
        """Whether each grey value has a level of its own."""
        check_is_fitted(self)
        return bool(self.code_.whole and self.code_.n_levels >= self.code_.high - self.code_.low + 1)

    def affine(self) -> None:
        """Return None: steps are not a straight line."""
        check_is_fitted(self)

    @abstractmethod
    def _count_levels(self) -> int: ...

    def _learn(self, training: Training, known: GreyRange | None) -> GreyRange | None:
        n_levels = self._count_levels()
        grey = settle_range(self.value_range, known, training)
        self.value_range_ = grey.low, grey.high
        self.code_ = LevelCode(n_levels=n_levels, low=grey.low, high=grey.high, whole=grey.whole)
        self.level_values_ = np.linspace(grey.low, grey.high, n_levels)
        return GreyRange(low=grey.low, high=grey.high, whole=self.code_.native)

    def _encode(self, images: Images) -> Images:
        return self.level_values_[self.code_.encode(images)]


class Quantised(LevelEncoding):
    """A few evenly spaced grey values, each pixel's the one of its level.

    Parameters
    ----------
    n_levels
        How many, 2 to 256.
    value_range
        The lowest and the highest grey value there can be. None for booleans and unsigned whole numbers of 8 or 16
        bits, whose dtype tells.

    Attributes
    ----------
    value_range_
        The range of the images.
    code_, level_values_
        Which grey value has which level, and what each level becomes.

    Notes
    -----
    Of whole numbers the level is floor((value - low) * n_levels / (high - low + 1)), as with --levels of the commands;
    of floats floor((value - low) / (high - low) * n_levels), where the top of the range belongs to the top level. It
    becomes low + level / (n_levels - 1) * (high - low). Values beyond the range have its first or last level.

    Examples
    --------
    >>> Quantised(n_levels=4).fit_transform(np.array([[0, 63, 64, 128, 255]], dtype=np.uint8))
    array([[  0.,   0.,  85., 170., 255.]], dtype=float32)
    """

    def __init__(self, n_levels: Any = 4, value_range: Any = None) -> None:
        self.n_levels = n_levels
        self.value_range = value_range

    def _count_levels(self) -> int:
        whole = isinstance(self.n_levels, Integral) and not isinstance(self.n_levels, bool)
        if whole and 2 <= self.n_levels <= MOST_LEVELS:
            return int(self.n_levels)
        raise InputError(
            "n_levels",
            wanted=f"a whole number from 2 to {MOST_LEVELS}",
            got=repr(self.n_levels),
            remedy="Set n_levels to such a number.",
        )


class Binarised(LevelEncoding):
    """Dark or bright: the lowest grey value for the lower half of the range, the highest one for the upper half.

    Parameters
    ----------
    value_range
        The lowest and the highest grey value there can be. None for booleans and unsigned whole numbers of 8 or 16
        bits, whose dtype tells.

    Attributes
    ----------
    value_range_
        The range of the images.
    code_, level_values_
        Which grey value has which level, and what each level becomes.

    Notes
    -----
    The middle of the range is bright, as is 128 of bytes.

    Examples
    --------
    >>> Binarised().fit_transform(np.array([[0, 127, 128, 255]], dtype=np.uint8))
    array([[  0.,   0., 255., 255.]], dtype=float32)
    """

    def __init__(self, value_range: Any = None) -> None:
        self.value_range = value_range

    def _count_levels(self) -> int:
        return 2
