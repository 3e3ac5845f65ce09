import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from sightbits import InputError
from sightbits.encodings import training as training_module
from sightbits.encodings.affine import Centred, Identity, Inverted, Scaled, Standardised

tables = arrays(np.float64, st.tuples(st.integers(1, 6), st.integers(1, 4)), elements=st.floats(-1e6, 1e6, width=32))


def test_bytes_inverted() -> None:
    images = np.array([[[0, 1], [127, 255]]], dtype=np.uint8)
    inverted = Inverted().fit(images)
    np.testing.assert_array_equal(inverted.transform(images), 255 - images)
    assert inverted.value_range_ == (0.0, 255.0)
    np.testing.assert_array_equal(inverted.scale_, -np.ones((2, 2)))
    np.testing.assert_array_equal(inverted.shift_, np.full((2, 2), 255.0))


def test_range_need_not_begin_at_nothing() -> None:
    images = np.array([[-2.0, 0.0, 6.0]])
    np.testing.assert_array_equal(Inverted((-2.0, 6.0)).fit_transform(images), [[6, 4, -2]])
    np.testing.assert_allclose(Scaled((-2.0, 6.0)).fit_transform(images), [[-1, -0.5, 1]], atol=1e-15)
    np.testing.assert_allclose(Scaled((-2.0, 6.0), to=(10.0, 18.0)).fit_transform(images), [[10, 12, 18]], atol=1e-12)


def test_scaled_as_scikit_learn() -> None:
    images = np.random.default_rng(0).integers(256, size=(20, 5), dtype=np.uint8)
    images[0], images[1] = 0, 255
    expected = MinMaxScaler(feature_range=(-3, 4)).fit_transform(images.astype(np.float64))
    encoding = Scaled(to=(-3.0, 4.0)).fit(images.astype(np.uint8))
    np.testing.assert_allclose(encoding.transform(images), expected, atol=1e-6)
    assert encoding.value_range_ == (0.0, 255.0)


@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.float64])
def test_standardised_as_scikit_learn(dtype: type) -> None:
    images = np.random.default_rng(0).integers(256, size=(40, 6)).astype(dtype)
    images[:, 2] = 91
    expected = StandardScaler().fit_transform(images.astype(np.float64))
    encoding = Standardised().fit(images)
    np.testing.assert_allclose(encoding.transform(images), expected, atol=1e-12 if dtype is np.float64 else 1e-6)
    np.testing.assert_allclose(encoding.scale_[2], 1.0)
    np.testing.assert_allclose(encoding.shift_[2], -91.0)
    centred = Centred().fit(images)
    np.testing.assert_allclose(centred.shift_, -images.mean(axis=0, dtype=np.float64))
    np.testing.assert_array_equal(centred.scale_, np.ones(6))


def test_pixels_that_never_change_are_centred_and_stay_apart() -> None:
    images = np.full((300, 2), 0.1, dtype=np.float32)
    encoding = Standardised().fit(images)
    assert encoding.bijective
    assert not encoding.transform(images).any()
    np.testing.assert_allclose(encoding.transform(images + 1), 1, rtol=1e-6)


def test_pixels_are_averaged_a_few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    images = np.random.default_rng(0).normal(size=(30, 5, 3))
    expected = Standardised().fit(images)
    np.testing.assert_allclose(expected.shift_, -images.mean(axis=0) / images.std(axis=0))
    for at_once in (1, 4, 15):
        monkeypatch.setattr(training_module, "_PIXELS_AT_ONCE", at_once)
        other = Standardised().fit(images)
        np.testing.assert_allclose(other.scale_, expected.scale_, rtol=1e-12)
        np.testing.assert_allclose(other.shift_, expected.shift_, rtol=1e-10)


def test_values_beyond_the_range_go_on_along_the_line() -> None:
    scaled = Scaled(to=(0.0, 1.0), value_range=(0.0, 10.0)).fit(np.array([[5.0]]))
    np.testing.assert_allclose(scaled.transform(np.array([[-10.0], [20.0]])), [[-1], [2]])


def test_identity_is_exact() -> None:
    images = np.random.default_rng(0).normal(size=(9, 4)).astype(np.float32)
    np.testing.assert_array_equal(Identity().fit_transform(images), images)
    assert not hasattr(Identity().fit(images), "value_range_")


@given(tables)
@settings(max_examples=50)
def test_standardised_images_have_mean_nothing_and_variance_one(images: np.ndarray) -> None:
    encoding = Standardised().fit(images)
    encoded = encoding.transform(images)
    varies = np.ptp(images, axis=0) > 1e-3
    size = np.abs(images).max() * encoding.scale_ + 1
    assert (np.abs(encoded.mean(axis=0)) <= 1e-13 * size).all()
    np.testing.assert_allclose(encoded.std(axis=0)[varies], 1, rtol=1e-6)
    assert encoding.bijective


@given(tables)
@settings(max_examples=50)
def test_inverting_twice_changes_nothing(images: np.ndarray) -> None:
    once = Inverted((-1e6, 1e6)).fit_transform(images)
    np.testing.assert_allclose(Inverted((-1e6, 1e6)).fit_transform(once), images, atol=1e-9)


def test_values_too_large_for_a_variance_are_refused() -> None:
    with pytest.raises(InputError, match=r"X: wanted values whose mean and variance a float64 holds, got .*1e\+200"):
        Standardised().fit(np.array([[1e200], [-1e200]]))


@pytest.mark.parametrize("to", [(1.0, -1.0), (0.0, 0.0), (0.0,), "ab", None, (0.0, np.inf), (np.nan, 1.0), 3.0])
def test_no_range_to_scale_to_is_refused(to: object) -> None:
    with pytest.raises(InputError, match="to: wanted two finite numbers, the lower first, got"):
        Scaled(to=to).fit(np.zeros((2, 2), dtype=np.uint8))
