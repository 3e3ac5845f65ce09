import itertools
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_digits
from sklearn.linear_model import RidgeClassifier
from torch.nn import functional

from sightbits import Encoding, encoding_named, fold_encoding
from sightbits.encodings.affine import AffineEncoding, Centred, Inverted
from sightbits.encodings.convolving import Convolving

AFFINE = ["identity", "inverted", "centred", "standardised", "scaled", "inverted+centred", "scaled+standardised"]
OF_CHANNELS = [name for name in AFFINE if "standardised" not in name]
IMAGES = np.random.default_rng(0).integers(256, size=(12, 7, 6, 4), dtype=np.uint8)
every_affine = pytest.mark.parametrize("name", AFFINE)
both_ways = pytest.mark.parametrize("onto", ["encoded", "original"])


class PerChannel(AffineEncoding):
    """An encoding of one's own: each channel has its scale, each pixel its shift."""

    def _learn_affine(self, training, known):
        rng = np.random.default_rng(5)
        return rng.uniform(0.5, 2, size=self.image_shape_[-1]), rng.normal(size=self.image_shape_), None


def fitted(name: str, images: np.ndarray = IMAGES) -> Encoding:
    return encoding_named(name, (0.0, 255.0)).fit(images)


def random_layer(*shape: int, dtype: Any = np.float64) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(7)
    return rng.normal(size=shape).astype(dtype), rng.normal(size=shape[0]).astype(dtype)


# Linear layers


@every_affine
@both_ways
@pytest.mark.parametrize("with_bias", [True, False])
def test_linear_layer(name: str, onto: str, with_bias: bool) -> None:
    weights, bias = random_layer(5, 168)
    images = IMAGES.astype(np.float64)
    encoding = fitted(name, images)
    encoded = encoding.transform(images)
    made_for, reads = (images, encoded) if onto == "encoded" else (encoded, images)
    folded, moved = fold_encoding(weights, bias if with_bias else None, encoding, onto=onto)
    expected = made_for.reshape(12, -1) @ weights.T + (bias if with_bias else 0)
    np.testing.assert_allclose(reads.reshape(12, -1) @ folded.T + moved, expected, atol=1e-8)
    assert folded.shape == weights.shape
    assert moved.shape == (5,)


@both_ways
def test_linear_layer_over_channels_first(onto: str) -> None:
    weights, bias = random_layer(5, 168)
    images = IMAGES.astype(np.float64)
    encoding = fitted("standardised", images)
    encoded = encoding.transform(images)
    made_for, reads = (images, encoded) if onto == "encoded" else (encoded, images)
    folded, moved = fold_encoding(weights, bias, encoding, onto=onto, channels="first")
    first_of, first_to = (each.transpose(0, 3, 1, 2).reshape(12, -1) for each in (made_for, reads))
    np.testing.assert_allclose(first_to @ folded.T + moved, first_of @ weights.T + bias, atol=1e-8)
    other, _ = fold_encoding(weights, bias, encoding, onto=onto, channels="last")
    assert np.abs(other - folded).max() > 1e-3


def test_channels_do_not_matter_where_there_are_none() -> None:
    grey = IMAGES[..., 0]
    weights, bias = random_layer(3, 42)
    first, last = (
        fold_encoding(weights, bias, fitted("standardised", grey), channels=each) for each in ("first", "last")
    )
    for one, other in zip(first, last, strict=True):
        np.testing.assert_array_equal(one, other)


def test_closed_form() -> None:
    weights, bias = np.array([[2.0, -4.0], [0.0, 1.0]]), np.array([10.0, 20.0])
    inverted = Inverted((0.0, 8.0)).fit(np.array([[1.0, 2.0]]))
    folded, moved = fold_encoding(weights, bias, inverted)
    np.testing.assert_array_equal(folded, -weights)
    np.testing.assert_array_equal(moved, [10 - 16, 20 + 8])
    scaled = encoding_named("scaled", (0.0, 8.0)).fit(np.array([[1.0, 2.0]]))
    folded, moved = fold_encoding(weights, bias, scaled)
    np.testing.assert_array_equal(folded, weights * 4)
    np.testing.assert_array_equal(moved, [10 - 8, 20 + 4])
    folded, moved = fold_encoding(weights, bias, scaled, onto="original")
    np.testing.assert_array_equal(folded, weights / 4)
    np.testing.assert_array_equal(moved, [10 + 2, 20 - 1])


@pytest.mark.parametrize("name", ["inverted", "centred", "standardised", "inverted+scaled"])
def test_a_classifier_of_scikit_learn_on_real_images(name: str) -> None:
    images, labels = load_digits(return_X_y=True)
    classifier = RidgeClassifier().fit(images / 16, labels)
    encoding = encoding_named(name, (0.0, 1.0)).fit(images[:900] / 16)
    folded, moved = fold_encoding(classifier.coef_, classifier.intercept_, encoding)
    logits = encoding.transform(images / 16) @ folded.T + moved
    np.testing.assert_allclose(logits, classifier.decision_function(images / 16), atol=1e-9)


@given(
    st.sampled_from(AFFINE),
    st.sampled_from(["encoded", "original"]),
    st.integers(0, 2**32 - 1),
    st.sampled_from([2, 4]),
)
@settings(max_examples=40)
def test_there_and_back_again(name: str, onto: str, seed: int, n_axes: int) -> None:
    rng = np.random.default_rng(seed)
    images = rng.uniform(0, 255, size=(6, 5, 4, 2))
    name = name if n_axes == 2 else name.replace("standardised", "centred")
    encoding = fitted(name, images)
    weights, bias = rng.normal(size=(3, 40) if n_axes == 2 else (3, 2, 2, 3)), rng.normal(size=3)
    options = {"padding": 1} if n_axes == 4 else {}
    there = fold_encoding(weights, bias, encoding, onto=onto, **options)
    back = {"encoded": "original", "original": "encoded"}[onto]
    again, moved = fold_encoding(*there, encoding, onto=back, **options)
    np.testing.assert_allclose(again, weights, rtol=1e-12)
    size = 1 + np.abs(there[1]).max()
    np.testing.assert_allclose(
        moved.reshape(3, -1), np.broadcast_to(bias[:, None], (3, moved[0].size)), atol=1e-11 * size
    )


@given(st.permutations(["inverted", "identity", "scaled"]), st.sampled_from(["encoded", "original"]))
@settings(max_examples=12)
def test_folding_a_chain_is_folding_its_parts(names: list[str], onto: str) -> None:
    chained = encoding_named("+".join(names) + "+centred").fit(IMAGES)
    weights, bias = random_layer(3, 4, 2, 2)
    folded, moved = fold_encoding(weights, bias, chained, onto=onto, padding=1)
    one, other = weights, bias
    for step in chained.steps() if onto == "encoded" else reversed(chained.steps()):
        one, other = fold_encoding(one, other, step, onto=onto, padding=1)
    np.testing.assert_allclose(one, folded, rtol=1e-12)
    np.testing.assert_allclose(
        np.broadcast_to(other if other.ndim == 3 else other[:, None, None], moved.shape), moved, atol=1e-9
    )


# Convolutions


WAYS = [  # padding, dilation, stride, groups
    (0, 1, 1, 1),
    (2, 1, 1, 2),
    (2, (2, 1), (2, 3), 4),
    ((1, 2), 1, (2, 1), 2),
    ((1, 2), (2, 1), 1, 1),
    ("same", 1, 1, 1),
    ("same", (2, 1), 1, 4),
    ("same", (1, 3), 1, 2),
    ("valid", 2, (1, 3), 2),
]


def convolve(images: np.ndarray, weights: np.ndarray, bias: np.ndarray | None, **options: Any) -> np.ndarray:
    """Outputs by torch, padded by torch, of images with channels last."""
    mode, padding = options.pop("padding_mode", "zeros"), options.pop("padding", 0)
    conv = torch.nn.Conv2d(1, 1, weights.shape[2:], padding=padding, dilation=options.get("dilation", 1))
    tensor = torch.from_numpy(np.ascontiguousarray(images.transpose(0, 3, 1, 2)))
    tensor = functional.pad(tensor, conv._reversed_padding_repeated_twice, "constant" if mode == "zeros" else mode)
    outputs = functional.conv2d(tensor, torch.from_numpy(weights), **options).numpy()
    if bias is None:
        return outputs
    return outputs + (bias if bias.ndim == 3 else bias[:, np.newaxis, np.newaxis])


@pytest.mark.parametrize("mode", ["zeros", "reflect", "replicate", "circular"])
@both_ways
def test_convolution(mode: str, onto: str) -> None:
    images = IMAGES[:3] / 255
    for (padding, dilation, stride, groups), encoding in itertools.product(WAYS, [Centred(), PerChannel()]):
        options = {"padding": padding, "stride": stride, "dilation": dilation, "padding_mode": mode}
        encoding.fit(images)
        encoded = encoding.transform(images)
        made_for, reads = (images, encoded) if onto == "encoded" else (encoded, images)
        weights, bias = random_layer(8, 4 // groups, 3, 2)
        folded, moved = fold_encoding(weights, bias, encoding, onto=onto, **options)
        expected = convolve(made_for, weights, bias, groups=groups, **options)
        found = convolve(reads, folded, moved, groups=groups, **options)
        np.testing.assert_allclose(found, expected, atol=1e-10, err_msg=f"{options} {groups}")
        assert moved.shape == expected.shape[1:]


@pytest.mark.parametrize("name", OF_CHANNELS)
@pytest.mark.parametrize("padding", [0, 1])
def test_convolution_in_float32(name: str, padding: int) -> None:
    images = (IMAGES / 255).astype(np.float32)
    encoding = encoding_named(name, (0.0, 1.0)).fit(images)
    weights, bias = random_layer(6, 4, 3, 3, dtype=np.float32)
    folded, moved = fold_encoding(weights, bias, encoding, padding=padding)
    assert folded.dtype == moved.dtype == np.float32
    found = convolve(encoding.transform(images), folded, moved, padding=padding)
    np.testing.assert_allclose(found, convolve(images, weights, bias, padding=padding), atol=1e-5)


def test_convolution_by_a_slow_loop() -> None:
    rng = np.random.default_rng(2)
    padded, weights = rng.normal(size=(4, 9, 8)), rng.normal(size=(6, 2, 3, 2))
    how = Convolving(padding=0, stride=(2, 1), dilation=(1, 3), padding_mode="zeros")
    expected = np.zeros((6, 4, 5))
    for output, row, column in np.ndindex(*expected.shape):
        group = output // 3
        for channel, i, j in np.ndindex(2, 3, 2):
            seen = padded[2 * group + channel, 2 * row + i, column + 3 * j]
            expected[output, row, column] += weights[output, channel, i, j] * seen
    np.testing.assert_allclose(how.slide(weights, padded), expected, atol=1e-12)


@pytest.mark.parametrize(
    ("name", "padding", "mode", "is_map"),
    [
        ("inverted", 0, "zeros", False),
        ("inverted", "valid", "zeros", False),
        ("inverted", 1, "zeros", True),
        ("inverted", (0, 1), "zeros", True),
        ("inverted", "same", "zeros", True),
        ("inverted", 1, "reflect", False),
        ("inverted", 1, "replicate", False),
        ("inverted", 1, "circular", False),
        ("identity", 1, "zeros", False),
        ("centred", 0, "zeros", True),
        ("centred", 1, "replicate", True),
    ],
)
@pytest.mark.parametrize("with_bias", [True, False])
def test_bias_is_a_map_only_where_it_has_to_be(
    name: str, padding: Any, mode: str, is_map: bool, with_bias: bool
) -> None:
    weights, bias = random_layer(3, 4, 3, 3)
    given_bias = bias if with_bias else None
    encoding = fitted(name)
    folded, moved = fold_encoding(weights, given_bias, encoding, padding=padding, padding_mode=mode)
    assert moved.ndim == (3 if is_map else 1)
    options = {"padding": padding, "padding_mode": mode}
    found = convolve(encoding.transform(IMAGES).astype(np.float64), folded, moved, **options)
    np.testing.assert_allclose(found, convolve(IMAGES.astype(np.float64), weights, given_bias, **options), atol=2e-3)


def test_one_place_needs_no_map() -> None:
    weights, bias = random_layer(3, 4, 7, 6)
    encoding = fitted("centred")
    folded, moved = fold_encoding(weights, bias, encoding)
    assert moved.shape == (3,)
    found = convolve(encoding.transform(IMAGES).astype(np.float64), folded, moved)
    np.testing.assert_allclose(found, convolve(IMAGES.astype(np.float64), weights, bias), atol=5e-3)
    again, back = fold_encoding(folded, moved[:, None, None], encoding, onto="original")
    assert back.shape == (3, 1, 1)
    np.testing.assert_allclose(back[:, 0, 0], bias, atol=1e-10)
    np.testing.assert_allclose(again, weights)


def test_convolution_over_grey_images() -> None:
    grey = IMAGES[..., 0].astype(np.float64)
    weights, bias = random_layer(3, 1, 3, 3)
    encoding = fitted("inverted+centred", grey)
    with_channel = fitted("inverted+centred", grey[..., np.newaxis])
    folded, moved = fold_encoding(weights, bias, encoding, padding=1)
    for one, other in zip(fold_encoding(weights, bias, with_channel, padding=1), (folded, moved), strict=True):
        np.testing.assert_array_equal(one, other)
    found = convolve(encoding.transform(grey)[..., np.newaxis], folded, moved, padding=1)
    np.testing.assert_allclose(found, convolve(grey[..., np.newaxis], weights, bias, padding=1), atol=1e-10)


def test_numbers_from_numpy_and_lists() -> None:
    weights, bias = random_layer(3, 4, 3, 3)
    one = fold_encoding(weights, bias, fitted("inverted"), padding=np.int64(1), stride=[2, 1], dilation=(1, 1))
    other = fold_encoding(weights, bias, fitted("inverted"), padding=(1, 1), stride=(2, 1))
    for a, b in zip(one, other, strict=True):
        np.testing.assert_array_equal(a, b)


def test_margins_as_large_as_can_be() -> None:
    weights, bias = random_layer(3, 4, 2, 2)
    for mode, padding in (("reflect", (6, 5)), ("circular", (7, 6)), ("replicate", 9), ("zeros", 9)):
        options = {"padding": padding, "padding_mode": mode}
        images = IMAGES / 255
        encoding = Centred().fit(images)
        folded, moved = fold_encoding(weights, bias, encoding, **options)
        found = convolve(encoding.transform(images), folded, moved, **options)
        np.testing.assert_allclose(found, convolve(images, weights, bias, **options), atol=1e-10)


# Numbers


@pytest.mark.parametrize(
    ("dtype", "expected"),
    [("float16", "float16"), ("float32", "float32"), ("float64", "float64"), ("int64", "float64")],
)
@pytest.mark.parametrize("shape", [(3, 168), (3, 4, 2, 2)])
def test_dtype_is_that_of_the_weights(dtype: str, expected: str, shape: tuple[int, ...]) -> None:
    weights, bias = random_layer(*shape)
    folded, moved = fold_encoding((weights * 9).astype(dtype), bias, fitted("scaled"), onto="original", padding=1)
    assert folded.dtype == moved.dtype == np.dtype(expected)
    reference, _ = fold_encoding(
        (weights * 9).astype(dtype).astype(np.float64), bias, fitted("scaled"), onto="original"
    )
    np.testing.assert_allclose(folded, reference, rtol=1e-2 if dtype == "float16" else 1e-6)


def test_given_arrays_are_left_as_they_are() -> None:
    weights, bias = random_layer(3, 168)
    kept = weights.copy(), bias.copy()
    for array in (weights, bias):
        array.setflags(write=False)
    folded, moved = fold_encoding(weights, bias, fitted("identity"))
    assert not np.shares_memory(folded, weights)
    assert not np.shares_memory(moved, bias)
    np.testing.assert_array_equal(weights, kept[0])
    np.testing.assert_array_equal(folded, weights)
    np.testing.assert_array_equal(moved, bias)
