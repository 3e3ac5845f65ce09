import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightbits.core.checks import InputError
from sightbits.core.images import ImageDataset
from sightbits.core.levels import LevelCode, level_code

Make = Callable[..., ImageDataset]


def level_of_whole(value: int, n_levels: int, low: int, high: int) -> int:
    level = 0
    while level < n_levels - 1 and (value - low) * n_levels >= (level + 1) * (high - low + 1):
        level += 1
    return level


def level_of_float(value: float, n_levels: int, low: float, high: float) -> int:
    return min(max(math.floor((value - low) / (high - low) * n_levels), 0), n_levels - 1)


@pytest.mark.parametrize("n_levels", [2, 3, 7, 10, 16, 255, 256])
@pytest.mark.parametrize(
    ("dtype", "low", "high"),
    [(np.uint8, 0, 255), (np.uint8, 10, 99), (np.uint16, 0, 65535), (np.int32, -300, 700), (np.int16, -128, 127)],
)
def test_whole_values_are_cut_evenly(dtype: type, low: int, high: int, n_levels: int) -> None:
    values = np.unique(np.linspace(low, high, 400).astype(dtype))
    coded = LevelCode(n_levels=n_levels, low=float(low), high=float(high), whole=True).encode(values)
    assert coded.dtype == np.uint8
    assert coded.tolist() == [level_of_whole(int(value), n_levels, low, high) for value in values]


@given(
    values=st.lists(st.floats(0, 1, width=32), min_size=1, max_size=20),
    n_levels=st.integers(2, 256),
    dtype=st.sampled_from([np.float32, np.float64]),
)
def test_floats_are_cut_evenly_over_their_range(values: list[float], n_levels: int, dtype: type) -> None:
    given_values = np.array(values, dtype) * 6 - 2
    coded = LevelCode(n_levels=n_levels, low=-2.0, high=4.0, whole=False).encode(given_values)
    assert coded.tolist() == [level_of_float(float(value), n_levels, -2, 4) for value in given_values]


def test_top_of_a_float_range_is_in_the_top_level() -> None:
    code = LevelCode(n_levels=4, low=0.0, high=1.0, whole=False)
    assert code.encode(np.array([0, 0.25, 0.5, 0.75, 0.999, 1])).tolist() == [0, 1, 2, 3, 3, 3]


def test_two_levels_of_bytes_are_cut_at_128() -> None:
    code = LevelCode(n_levels=2, low=0.0, high=255.0, whole=True)
    every = np.arange(256, dtype=np.uint8)
    np.testing.assert_array_equal(code.encode(every), every >= 128)
    np.testing.assert_array_equal(code.encode(every.astype(np.int64)), every >= 128)


def test_values_out_of_the_range_go_to_the_nearest_level() -> None:
    code = LevelCode(n_levels=3, low=0.0, high=8.0, whole=True)
    assert code.encode(np.array([-5, 0, 8, 90], dtype=np.int16)).tolist() == [0, 0, 2, 2]


def test_levels_stay_in_the_order_of_the_values() -> None:
    values = np.random.default_rng(0).integers(-50, 1000, 5000).astype(np.int32)
    coded = LevelCode(n_levels=9, low=-50.0, high=999.0, whole=True).encode(np.sort(values))
    assert (np.diff(coded.astype(int)) >= 0).all()


def test_images_of_more_than_one_block_are_coded_whole() -> None:
    values = np.random.default_rng(0).random((9000, 2))
    coded = LevelCode(n_levels=5, low=0.0, high=1.0, whole=False).encode(values)
    np.testing.assert_array_equal(coded, np.floor(values * 5))


def test_native_bytes_are_not_copied() -> None:
    values = np.arange(256, dtype=np.uint8)
    code = LevelCode(n_levels=256, low=0.0, high=255.0, whole=True)
    assert code.native
    assert np.shares_memory(code.encode(values), values)


@pytest.mark.parametrize(
    ("n_levels", "low", "high", "whole", "native"),
    [
        (17, 0.0, 16.0, True, True),
        (5, -2.0, 2.0, True, True),
        (16, 0.0, 16.0, True, False),
        (2, 0.0, 1.0, False, False),
    ],
)
def test_native_means_a_level_for_each_whole_value(
    n_levels: int, low: float, high: float, whole: bool, native: bool
) -> None:
    assert LevelCode(n_levels=n_levels, low=low, high=high, whole=whole).native is native


def test_native_code_of_other_integers_keeps_values_apart() -> None:
    code = LevelCode(n_levels=5, low=-2.0, high=2.0, whole=True)
    assert code.encode(np.arange(-2, 3, dtype=np.int32)).tolist() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    ("dtype", "high", "n_levels"), [(np.uint8, 16.0, 17), (np.uint8, 255.0, 256), (np.uint16, 65535.0, 256)]
)
def test_whole_values_have_a_level_each_up_to_256(make_dataset: Make, dtype: type, high: float, n_levels: int) -> None:
    code = level_code(make_dataset(np.zeros((2, 1, 1), dtype), value_range=(0.0, high)))
    assert code == LevelCode(n_levels=n_levels, low=0.0, high=high, whole=True)


def test_floats_have_256_levels_where_none_are_asked_for(make_dataset: Make) -> None:
    code = level_code(make_dataset(np.zeros((2, 1, 1)), value_range=(0.0, 1.0)))
    assert code == LevelCode(n_levels=256, low=0.0, high=1.0, whole=False)


def test_levels_asked_for_are_taken(make_dataset: Make) -> None:
    assert level_code(make_dataset(np.zeros((2, 1, 1), np.uint8)), 8).n_levels == 8


@pytest.mark.parametrize("n_levels", [0, 1, 257])
def test_too_few_or_too_many_levels_are_refused(make_dataset: Make, n_levels: int) -> None:
    with pytest.raises(InputError, match="levels: wanted a whole number from 2 to 256"):
        level_code(make_dataset(np.zeros((2, 1, 1), np.uint8)), n_levels)
