import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightbits.core.moments import mean_and_variance


@given(
    seed=st.integers(0, 2**32),
    n_images=st.integers(1, 40),
    dtype=st.sampled_from([np.uint8, np.int16, np.uint16, np.float32, np.float64]),
)
def test_moments_are_those_of_numpy(seed: int, n_images: int, dtype: type) -> None:
    values = np.random.default_rng(seed).integers(0, 256, (n_images, 5)).astype(dtype)
    mean, variance = mean_and_variance(values)
    np.testing.assert_allclose(mean, values.mean(axis=0, dtype=np.float64), rtol=1e-13)
    np.testing.assert_allclose(variance, values.var(axis=0, dtype=np.float64), rtol=1e-11, atol=1e-11)


def test_many_images_come_in_several_blocks() -> None:
    values = np.random.default_rng(0).integers(0, 256, (9000, 3), dtype=np.uint8)
    mean, variance = mean_and_variance(values)
    np.testing.assert_allclose(mean, values.mean(axis=0), rtol=1e-13)
    np.testing.assert_allclose(variance, values.var(axis=0), rtol=1e-12)


@pytest.mark.parametrize("value", [0.0, 0.1, 255.0, 1e6 + 0.1])
def test_constant_pixel_has_variance_zero_exactly(value: float) -> None:
    mean, variance = mean_and_variance(np.full((5000, 2), value))
    assert (mean == value).all()
    assert (variance == 0).all()


def test_large_offset_costs_no_digits() -> None:
    values = np.random.default_rng(0).normal(size=(1000, 4))
    mean, variance = mean_and_variance(values + 1e6)
    np.testing.assert_allclose(mean, values.mean(axis=0) + 1e6, rtol=1e-15)
    np.testing.assert_allclose(variance, values.var(axis=0), rtol=1e-8)


def test_variance_of_one_image_is_zero() -> None:
    assert (mean_and_variance(np.array([[3, 7]]))[1] == 0).all()
