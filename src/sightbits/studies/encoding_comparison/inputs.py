"""Images of a data set as encoded inputs, and the information that their pixels keep."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Float64, Int64, Shaped, UInt8

from sightbits.core.counts import LabelledLevels
from sightbits.core.estimate import Estimate
from sightbits.core.images import ImageDataset
from sightbits.core.levels import Code, level_code
from sightbits.encodings.encoding import Encoding
from sightbits.encodings.named import encoding_named
from sightbits.estimation.pixels import estimate_pixel_information
from sightbits.studies.encoding_comparison.settings import UNIT_RANGE
from sightbits.studies.encoding_comparison.spectrum import (
    MOST_PIXELS,
    SecondMoments,
    Spectrum,
    measure_spectrum,
    unit_values,
)

N_PERMUTATIONS = 20  # the limit for many images is far too much where levels are many and images few
_VALIDATION_SHARE = 1 / 12  # of 60,000 images the source learns from 55,000


@dataclass(frozen=True, eq=False, kw_only=True)
class Inputs:
    """Images as rows of encoded values, beside their labels."""

    values: Float32[np.ndarray, "n pixels"]
    labels: Int64[np.ndarray, "n"]


@dataclass(frozen=True, eq=False, kw_only=True)
class EncodedParts:
    """What a network learns from, what rates are chosen by, what accuracy is told of."""

    training: Inputs
    validation: Inputs
    test: Inputs
    image_shape: tuple[int, ...]
    n_labels: int


@dataclass(frozen=True, eq=False, kw_only=True)
class EncodedInputs:
    """One encoding of the training images, whatever network learns from it.

    Parameters
    ----------
    bijective
        Whether grey values that differ stay different at every pixel.
    spectrum
        Of the second moments of the encoded training images.
    information
        I(encoded level; label) of every pixel of the training images, in nats, with its null.
    """

    name: str
    bijective: bool
    spectrum: Spectrum
    information: Estimate


class Partition:
    """Training, validation and test images with grey values from 0 to 1, encoded when asked for."""

    def __init__(self, train: ImageDataset, test: ImageDataset, seed: int) -> None:
        held_out = _held_out(train.n_images, seed)
        self._parts = [train.take(np.flatnonzero(~held_out)), train.take(np.flatnonzero(held_out)), test]
        self._values = [unit_values(part.values, part.value_range) for part in self._parts]
        self._code = level_code(train)
        self._levels = LabelledLevels.of(self.training, self._code)
        self._moments = SecondMoments.of_values(self._values[0]) if train.n_pixels <= MOST_PIXELS else None

    @property
    def training(self) -> ImageDataset:
        """The images that are learned from."""
        return self._parts[0]

    @property
    def validation(self) -> ImageDataset:
        """The images that learning rates are chosen by."""
        return self._parts[1]

    def fit(self, name: str) -> Encoding:
        """Return an encoding fitted to the training images."""
        return encoding_named(name, UNIT_RANGE).fit(self._images(self._values[0]))

    def encode(self, encoding: Encoding) -> EncodedParts:
        """Return every part as encoded rows."""
        training, validation, test = (
            Inputs(values=self._encoded(encoding, values), labels=part.labels)
            for values, part in zip(self._values, self._parts, strict=True)
        )
        return EncodedParts(
            training=training,
            validation=validation,
            test=test,
            image_shape=self.training.image_shape,
            n_labels=self.training.n_labels,
        )

    def describe(self, name: str, encoding: Encoding, encoded: EncodedParts) -> EncodedInputs:
        """Return what an encoding does to the training images, before anything is learned."""
        codes = self._encoded_levels(encoding)
        levels = codes[self._levels.levels, np.arange(codes.shape[1])]
        sample = LabelledLevels(
            levels=levels,
            labels=self._levels.labels,
            n_levels=self._levels.n_levels,
            n_labels=self._levels.n_labels,
        )
        affine = encoding.affine()
        if affine is None or self._moments is None:
            spectrum = measure_spectrum(encoded.training.values)
        else:
            scale, shift = (np.asarray(one, dtype=np.float64).ravel() for one in affine)
            spectrum = self._moments.spectrum(scale, shift)
        return EncodedInputs(
            name=name,
            bijective=bool((codes.max(axis=0) == len(codes) - 1).all()),
            spectrum=spectrum,
            information=estimate_pixel_information(sample, n_permutations=N_PERMUTATIONS),
        )

    def _encoded_levels(self, encoding: Encoding) -> UInt8[np.ndarray, "levels pixels"]:
        """For each level and pixel, the rank of its encoded value among those of that pixel."""
        greys = _level_values(self._code, self.training)
        n_pixels = self.training.n_pixels
        shown = np.repeat(greys, n_pixels).reshape(len(greys), *self.training.image_shape)
        encoded = encoding.transform(shown).reshape(len(greys), n_pixels)
        order = np.argsort(encoded, axis=0, kind="stable")
        ascending = np.take_along_axis(encoded, order, axis=0)
        ranks = np.concatenate([np.zeros((1, n_pixels)), (np.diff(ascending, axis=0) > 0).cumsum(axis=0)])
        codes = np.empty(ranks.shape, dtype=np.uint8)
        np.put_along_axis(codes, order, ranks.astype(np.uint8), axis=0)
        return codes

    def _images(self, values: Float32[np.ndarray, "n pixels"]) -> Float32[np.ndarray, "n *image_shape"]:
        return values.reshape(len(values), *self.training.image_shape)

    def _encoded(self, encoding: Encoding, values: Float32[np.ndarray, "n pixels"]) -> Float32[np.ndarray, "n pixels"]:
        encoded = encoding.transform(self._images(values))
        return np.ascontiguousarray(encoded.reshape(values.shape), dtype=np.float32)


def _held_out(n_images: int, seed: int) -> Shaped[np.ndarray, "n"]:
    n_validation = int(np.ceil(_VALIDATION_SHARE * n_images))
    held_out = np.zeros(n_images, dtype=bool)
    held_out[np.random.default_rng(seed).permutation(n_images)[:n_validation]] = True
    return held_out


def _level_values(code: Code, dataset: ImageDataset) -> Float32[np.ndarray, "levels"]:
    """The lowest grey value of each level, as a share of the range: where each value has a level, that value."""
    low, high = dataset.value_range
    greys = np.array([low, *code.cuts], dtype=np.float32)
    return (greys - np.float32(low)) / np.float32(high - low)


def border_mask(image_shape: tuple[int, ...]) -> Shaped[np.ndarray, "*image_shape"]:
    """Return which pixels are outermost: the first and last row and column.

    Examples
    --------
    >>> int(border_mask((28, 28)).sum())
    108
    """
    mask = np.ones(image_shape, dtype=bool)
    mask[1:-1, 1:-1] = False
    return mask


def border_share(weight_change: Float64[np.ndarray, "pixels"], image_shape: tuple[int, ...]) -> float:
    """Return the border's share of all weight change; NaN where nothing changed."""
    total = weight_change.sum()
    at_border = weight_change[border_mask(image_shape).ravel()].sum()
    return float(at_border / total) if total > 0 else float("nan")
