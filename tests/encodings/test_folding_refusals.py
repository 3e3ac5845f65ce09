from typing import Any

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

from sightbits import Encoding, InputError, encoding_named, fold_encoding
from sightbits.encodings.affine import AffineEncoding

IMAGES = np.random.default_rng(0).integers(256, size=(12, 7, 6, 4), dtype=np.uint8)
both_ways = pytest.mark.parametrize("onto", ["encoded", "original"])


class Forgetful(AffineEncoding):
    """An encoding of one's own, which loses the first pixel."""

    def _learn_affine(self, training, known):
        scale = np.ones(self.image_shape_)
        scale.flat[0] = 0
        return scale, 1.0, known


def fitted(name: str, images: np.ndarray = IMAGES) -> Encoding:
    return encoding_named(name, (0.0, 255.0)).fit(images)


def random_layer(*shape: int, dtype: Any = np.float64) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(7)
    return rng.normal(size=shape).astype(dtype), rng.normal(size=shape[0]).astype(dtype)


@pytest.mark.parametrize("name", ["quantised", "binarised", "inverted+binarised", "quantised+centred"])
@both_ways
def test_levels_are_refused(name: str, onto: str) -> None:
    with pytest.raises(InputError, match=r"encoding: wanted one that multiplies .* levels forget grey values"):
        fold_encoding(*random_layer(3, 168), fitted(name), onto=onto)


def test_a_pixel_times_nothing_is_refused_one_way_only() -> None:
    encoding = Forgetful().fit(IMAGES)
    with pytest.raises(InputError, match=r"encoding: wanted .* other than 0, got .* cannot be had back"):
        fold_encoding(*random_layer(3, 168), encoding)
    folded, _ = fold_encoding(*random_layer(3, 168), encoding, onto="original")
    assert not folded[:, 0].any()


def test_what_is_not_fitted_is_refused() -> None:
    with pytest.raises(NotFittedError):
        fold_encoding(*random_layer(3, 168), encoding_named("inverted"))


@both_ways
def test_scales_that_differ_within_a_channel_are_refused_for_convolutions(onto: str) -> None:
    with pytest.raises(InputError, match=r"encoding: wanted .* all pixels of a channel .* weights of a convolution"):
        fold_encoding(*random_layer(3, 4, 2, 2), fitted("standardised"), onto=onto)


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ((3, 167), r"weights: wanted 168 inputs, one for each pixel of \(7, 6, 4\), got .* \(3, 167\)"),
        ((3, 8, 2, 2), "weights: wanted filters over 4 channels, or over equal groups of them"),
        ((3, 3, 2, 2), "weights: wanted filters over 4 channels"),
        ((3, 0, 2, 2), "weights: wanted filters over 4 channels"),
        ((3, 2, 2, 2), "weights: wanted filters over 4 channels"),
        ((168,), r"weights: wanted those of a linear layer .* got an array of shape \(168,\)"),
        ((3, 4, 2), "weights: wanted those of a linear layer"),
        ((3, 4, 2, 2, 2), "weights: wanted those of a linear layer"),
        ((3, 4, 8, 2), "weights: wanted filters no larger than the padded image, 7 x 6, got 8 x 2"),
        ((3, 4, 2, 7), "weights: wanted filters no larger than the padded image, 7 x 6, got 2 x 7"),
    ],
)
def test_weights_of_another_shape_are_refused(shape: tuple[int, ...], message: str) -> None:
    with pytest.raises(InputError, match=message):
        fold_encoding(np.ones(shape), None, fitted("inverted"))


@pytest.mark.parametrize("shape", [(2,), (4,), (3, 1), (3, 6, 5), (3, 5, 4), ()])
def test_a_bias_of_another_shape_is_refused(shape: tuple[int, ...]) -> None:
    message = r"bias: wanted 3 numbers, or a map of shape \(3, 5, 5\), got an array of shape"
    with pytest.raises((InputError, TypeError), match=message if shape else None):
        fold_encoding(np.ones((3, 4, 3, 2)), np.ones(shape), fitted("inverted"))


def test_a_linear_layer_has_no_bias_of_places() -> None:
    with pytest.raises(InputError, match="bias: wanted 3 numbers, got an array"):
        fold_encoding(np.ones((3, 168)), np.ones((3, 5, 5)), fitted("inverted"))


@pytest.mark.parametrize("image_shape", [(168,), (2, 7, 3, 4)])
def test_convolutions_need_rows_and_columns(image_shape: tuple[int, ...]) -> None:
    encoding = fitted("inverted", IMAGES.reshape(-1, *image_shape))
    with pytest.raises(InputError, match="encoding: wanted one fitted to images of rows x columns"):
        fold_encoding(*random_layer(3, 4, 2, 2), encoding)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"onto": "other"}, "onto: wanted one of encoded, original, got 'other'"),
        ({"padding_mode": "mirror"}, "padding_mode: wanted one of zeros, reflect"),
        ({"padding": -1}, "padding: wanted a whole number of at least 0, or two for .*, 'same' or 'valid', got -1"),
        ({"padding": (1, 2, 3)}, "padding: wanted"),
        ({"padding": 0.5}, "padding: wanted"),
        ({"padding": "full"}, "padding: wanted"),
        ({"padding": "same", "stride": 2}, "stride: wanted 1 with padding='same'"),
        ({"padding": "same", "stride": (1, 2)}, "stride: wanted 1 with padding='same'"),
        ({"stride": 0}, "stride: wanted a whole number of at least 1, or two for rows and columns, got 0"),
        ({"stride": (1, 0)}, "stride: wanted"),
        ({"dilation": 0}, "dilation: wanted"),
        ({"dilation": 7}, "weights: wanted filters no larger than the padded image, 7 x 6, got 2 x 2, dilated by 7"),
        ({"padding": (0, 6), "padding_mode": "reflect"}, "padding: wanted as much as reflect makes of 6 pixels, got 6"),
        ({"padding": 7, "padding_mode": "circular"}, "padding: wanted as much as circular makes of 6 pixels, got 7"),
    ],
)
def test_options_that_cannot_be_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        fold_encoding(*random_layer(3, 4, 2, 2), fitted("inverted"), **options)


def test_channels_are_checked() -> None:
    with pytest.raises(InputError, match="channels: wanted one of first, last, got 'middle'"):
        fold_encoding(*random_layer(3, 168), fitted("inverted"), channels="middle")


@pytest.mark.parametrize("which", ["weights", "bias"])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_numbers_that_are_not_finite_are_refused(which: str, value: float) -> None:
    layer = dict(zip(("weights", "bias"), random_layer(3, 168), strict=True))
    layer[which].flat[1] = value
    with pytest.raises(InputError, match=f"{which}: wanted finite numbers, got values of float64, some infinite"):
        fold_encoding(**layer, encoding=fitted("inverted"))


def test_weights_that_are_no_numbers_are_refused() -> None:
    with pytest.raises(InputError, match="weights: wanted finite numbers, got values of <U1"):
        fold_encoding(np.full((3, 168), "a"), None, fitted("inverted"))


@pytest.mark.parametrize(("dtype", "largest"), [(np.float16, 6e4), (np.float32, 3e38)])
def test_numbers_that_become_too_large_are_refused(dtype: Any, largest: float) -> None:
    message = f"wanted numbers that {np.dtype(dtype)} holds once the encoding is folded in"
    with pytest.raises(InputError, match=f"weights: {message}"):
        fold_encoding(np.full((3, 168), largest, dtype=dtype), None, fitted("scaled"))
    with pytest.raises(InputError, match=f"bias: {message}"):
        fold_encoding(np.full((3, 168), largest, dtype=dtype), None, fitted("inverted"))
