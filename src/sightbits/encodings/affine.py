"""Encodings that multiply each pixel by a number and add one."""

from abc import abstractmethod
from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from sightbits.core.checks import InputError
from sightbits.encodings.encoding import Affine, Encoding
from sightbits.encodings.grey_range import GreyRange, check_ascending, settle_range
from sightbits.encodings.training import Images, Training


class AffineEncoding(Encoding):
    """An encoding of the form value * scale + shift.

    Attributes
    ----------
    scale_, shift_
        The numbers of each pixel, in the shape of one image.
    """

    @property
    def bijective(self) -> bool:
        """Whether every pixel is multiplied by a number other than 0."""
        check_is_fitted(self)
        return bool((self.scale_ != 0).all())

    def affine(self) -> Affine:
        """Return scale and shift of every pixel."""
        check_is_fitted(self)
        return self.scale_, self.shift_

    @abstractmethod
    def _learn_affine(self, training: Training, known: GreyRange | None) -> tuple[Any, Any, GreyRange | None]:
        """Return scale and shift, of every pixel or of all, and the range of encoded images."""

    def _learn(self, training: Training, known: GreyRange | None) -> GreyRange | None:
        with np.errstate(over="ignore", invalid="ignore"):
            scale, shift, after = self._learn_affine(training, known)
        self.scale_, self.shift_ = (np.full(self.image_shape_, number, dtype=np.float64) for number in (scale, shift))
        if not (np.isfinite(self.scale_).all() and np.isfinite(self.shift_).all()):
            lowest, highest = training.extremes
            raise InputError(
                "X",
                wanted="values whose mean and variance a float64 holds",
                got=f"values from {lowest:g} to {highest:g}",
                remedy="Scale them down first.",
            )
        return after

    def _encode(self, images: Images) -> Images:
        return images * self.scale_ + self.shift_


class Identity(AffineEncoding):
    """Grey values as they are.

    Examples
    --------
    >>> Identity().fit_transform(np.array([[0, 200]], dtype=np.uint8))
    array([[  0., 200.]], dtype=float32)
    """

    def _learn_affine(self, training: Training, known: GreyRange | None) -> tuple[Any, Any, GreyRange | None]:
        return 1.0, 0.0, known


class Inverted(AffineEncoding):
    """Bright for dark: low + high - value, which for bytes is 255 - value.

    Parameters
    ----------
    value_range
        The lowest and the highest grey value there can be. None for booleans and unsigned whole numbers of 8 or 16
        bits, whose dtype tells.

    Attributes
    ----------
    value_range_
        The range of the images.

    Notes
    -----
    Source: "Impact of inverting grayscale values on mnist dataset", stats.stackexchange.com, 2016.

    Examples
    --------
    >>> Inverted(value_range=(0.0, 1.0)).fit_transform(np.array([[0.0, 0.25, 1.0]]))
    array([[1.  , 0.75, 0.  ]])
    """

    def __init__(self, value_range: Any = None) -> None:
        self.value_range = value_range

    def _learn_affine(self, training: Training, known: GreyRange | None) -> tuple[Any, Any, GreyRange | None]:
        grey = settle_range(self.value_range, known, training)
        self.value_range_ = grey.low, grey.high
        return -1.0, grey.low + grey.high, grey


class Centred(AffineEncoding):
    """Every pixel minus its mean over the training images.

    Notes
    -----
    Source: Y. LeCun, L. Bottou, G. Orr and K.-R. Müller, Efficient BackProp, in Neural Networks: Tricks of the Trade,
    1998, section 4.3.

    Examples
    --------
    >>> Centred().fit_transform(np.array([[1.0, 5.0], [3.0, 5.0]]))
    array([[-1.,  0.],
           [ 1.,  0.]])
    """

    def _learn_affine(self, training: Training, known: GreyRange | None) -> tuple[Any, Any, GreyRange | None]:
        mean, _ = training.mean_and_deviation()
        return 1.0, -mean, None


class Standardised(AffineEncoding):
    """Every pixel minus its mean over the training images, divided by its standard deviation over them.

    Notes
    -----
    The variance is divided by the number of images, as scikit-learn's `StandardScaler` has it. A pixel that never
    changes in training is centred and not divided, so that the encoding stays a bijection.

    Source: Y. LeCun, L. Bottou, G. Orr and K.-R. Müller, Efficient BackProp, in Neural Networks: Tricks of the Trade,
    1998, section 4.3.

    Examples
    --------
    >>> Standardised().fit_transform(np.array([[1.0, 5.0], [5.0, 5.0]]))
    array([[-1.,  0.],
           [ 1.,  0.]])
    """

    def _learn_affine(self, training: Training, known: GreyRange | None) -> tuple[Any, Any, GreyRange | None]:
        mean, deviation = training.mean_and_deviation()
        scale = 1 / np.where(deviation == 0, 1.0, deviation)
        return scale, -mean * scale, None


class Scaled(AffineEncoding):
    """The range of grey values stretched to another: the lowest to the first of `to`, the highest to the second.

    Parameters
    ----------
    value_range
        The lowest and the highest grey value there can be. None for booleans and unsigned whole numbers of 8 or 16
        bits, whose dtype tells.
    to
        What they become.

    Attributes
    ----------
    value_range_
        The range of the images.

    Examples
    --------
    >>> Scaled(to=(0.0, 1.0)).fit_transform(np.array([[0, 51, 255]], dtype=np.uint8))
    array([[0. , 0.2, 1. ]], dtype=float32)
    """

    def __init__(self, value_range: Any = None, to: Any = (-1.0, 1.0)) -> None:
        self.value_range = value_range
        self.to = to

    def _learn_affine(self, training: Training, known: GreyRange | None) -> tuple[Any, Any, GreyRange | None]:
        grey = settle_range(self.value_range, known, training)
        first, second = check_ascending("to", self.to)
        self.value_range_ = grey.low, grey.high
        scale = (second - first) / (grey.high - grey.low)
        return scale, first - grey.low * scale, GreyRange(low=first, high=second, whole=False)
