from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightbits import InputError
from sightbits.core.levels import LevelCode
from sightbits.encodings.levels import Binarised, Quantised


@pytest.mark.parametrize("n_levels", [2, 3, 4, 7, 16, 255, 256])
def test_bytes_by_the_rule_of_levels(n_levels: int) -> None:
    images = np.arange(256, dtype=np.uint8).reshape(16, 4, 4)
    encoded = Quantised(n_levels).fit_transform(images)
    expected = [value * n_levels // 256 / (n_levels - 1) * 255 for value in range(256)]
    np.testing.assert_allclose(encoded.ravel(), expected, rtol=1e-6)
    assert encoded.min() == 0
    assert encoded.max() == 255
    assert len(np.unique(encoded)) == n_levels


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.int64, np.uint16])
def test_whole_numbers_of_a_stated_range(dtype: Any) -> None:
    images = np.arange(17, dtype=dtype).reshape(1, 17) + 3
    encoded = Quantised(5, value_range=(3.0, 19.0)).fit_transform(images)
    expected = [3 + (value * 5 // 17) / 4 * 16 for value in range(17)]
    np.testing.assert_array_equal(encoded[0], expected)


def test_floats_of_a_stated_range() -> None:
    images = np.array([[-1.0, -0.51, -0.5, 0.0, 0.49, 0.5, 1.0]])
    encoded = Quantised(4, value_range=(-1.0, 1.0)).fit_transform(images)
    np.testing.assert_allclose(encoded, [[-1, -1, -1 / 3, 1 / 3, 1 / 3, 1, 1]], atol=1e-15)


@given(
    st.lists(st.integers(-300, 300), min_size=1, max_size=20),
    st.integers(2, 256),
    st.sampled_from([np.int16, np.int64]),
)
def test_levels_are_those_of_the_commands(values: list[int], n_levels: int, dtype: Any) -> None:
    images = np.array([values], dtype=dtype)
    encoding = Quantised(n_levels, value_range=(-300.0, 300.0)).fit(images)
    levels = LevelCode(n_levels=n_levels, low=-300.0, high=300.0, whole=True).encode(images)
    steps = (encoding.transform(images) + 300) / 600 * (n_levels - 1)
    np.testing.assert_allclose(steps, levels, atol=1e-4)


@given(st.floats(0, 1), st.floats(0, 1), st.integers(2, 256))
def test_order_is_kept_and_values_move_by_a_level_at_most(one: float, other: float, n_levels: int) -> None:
    images = np.array([sorted((one, other))])
    encoded = Quantised(n_levels, value_range=(0.0, 1.0)).fit_transform(images)
    assert encoded[0, 0] <= encoded[0, 1]
    assert np.abs(encoded - images).max() <= 1 / n_levels + 1e-12


def test_values_beyond_the_range_have_its_ends() -> None:
    for images in (np.array([[3, 9]], dtype=np.uint8), np.array([[3.0, 9.0]]), np.array([[3, 9]])):
        encoding = Quantised(3, value_range=(3.0, 9.0)).fit(images)
        np.testing.assert_array_equal(encoding.transform(np.array([[0, 200]], images.dtype)), [[3, 9]])


@pytest.mark.parametrize(
    ("dtype", "value_range", "n_levels", "bijective"),
    [
        (np.uint8, None, 256, True),
        (np.uint8, None, 255, False),
        (np.uint8, (0.0, 16.0), 17, True),
        (np.uint8, (0.0, 16.0), 16, False),
        (np.uint8, (0.0, 16.0), 40, True),
        (np.int64, (-3.0, 3.0), 7, True),
        (np.int64, (-3.5, 3.0), 7, False),
        (np.uint16, None, 256, False),
        (np.float64, (0.0, 1.0), 2, False),
        (bool, None, 2, True),
        (bool, None, 4, True),
    ],
)
def test_bijective_where_each_grey_value_has_its_own_level(
    dtype: Any, value_range: Any, n_levels: int, bijective: bool
) -> None:
    images = np.array([[0, 1]], dtype=dtype)
    encoding = Quantised(n_levels, value_range=value_range).fit(images)
    assert encoding.bijective is bijective
    if encoding.code_.whole:
        low, high = (int(end) for end in encoding.value_range_)
        every = np.arange(low, high + 1).astype(dtype).reshape(1, -1)
        own = Quantised(n_levels, value_range=encoding.value_range_).fit_transform(every)
        assert (len(np.unique(own)) == every.size) == bijective


def test_as_many_levels_as_grey_values_change_nothing() -> None:
    images = np.arange(256, dtype=np.uint8).reshape(1, 256)
    np.testing.assert_array_equal(Quantised(256).fit_transform(images), images)


def test_binarised_bytes() -> None:
    images = np.arange(256, dtype=np.uint8).reshape(1, 256)
    encoding = Binarised().fit(images)
    np.testing.assert_array_equal(encoding.transform(images), np.where(images >= 128, 255, 0))
    assert not encoding.bijective
    assert Binarised().fit(images > 3).bijective
    np.testing.assert_array_equal(Binarised((2.0, 4.0)).fit_transform(np.array([[2.0, 2.9, 3.0, 4.0]])), [[2, 2, 4, 4]])
    np.testing.assert_array_equal(Binarised((0.0, 16.0)).fit_transform(np.array([[8, 9]])), [[0, 16]])


@pytest.mark.parametrize("n_levels", [1, 257, 2.0, True, None, "4"])
def test_numbers_of_levels_that_cannot_be_are_refused(n_levels: Any) -> None:
    with pytest.raises(InputError, match="n_levels: wanted a whole number from 2 to 256, got"):
        Quantised(n_levels).fit(np.zeros((2, 2), dtype=np.uint8))


def test_numbers_of_levels_may_come_from_numpy() -> None:
    Quantised(np.int64(3)).fit(np.zeros((2, 2), dtype=np.uint8))
