import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sightbits.selection import coding
from sightbits.selection.coding import code_columns, suitable_levels

columns = st.lists(st.integers(-4, 4) | st.integers(-1000, 1000), min_size=1, max_size=60)
n_levels = st.integers(2, 12)


def code_slowly(column: list, n_levels: int) -> list[int]:
    """Find the bin of each value from how many are below it and equal to it, then number the bins seen."""
    seen = sorted(set(column))
    if len(seen) <= n_levels:
        return [seen.index(value) for value in column]
    bins = []
    for value in column:
        below, equal = sum(other < value for other in column), column.count(value)
        bins.append((2 * below + equal) * n_levels // (2 * len(column)))
    return [sorted(set(bins)).index(one) for one in bins]


@given(columns, n_levels)
def test_levels_of_a_column_are_those_of_the_slow_way(column: list[int], n_levels: int) -> None:
    levels, n_used = code_columns(np.array(column)[:, np.newaxis], n_levels)
    assert levels[:, 0].tolist() == code_slowly(column, n_levels)
    assert n_used == levels.max() + 1 <= n_levels


@given(columns, n_levels, st.sampled_from([lambda x: 3 * x + 1, np.arcsinh, lambda x: x**3, lambda x: 2.0**-20 * x]))
def test_only_the_order_of_values_matters(column: list[int], n_levels: int, rescale) -> None:
    values = np.array(column, dtype=np.float64)[:, np.newaxis]
    np.testing.assert_array_equal(code_columns(rescale(values), n_levels)[0], code_columns(values, n_levels)[0])


@given(columns, n_levels)
def test_a_column_that_varies_has_two_levels_at_least(column: list[int], n_levels: int) -> None:
    n_used = code_columns(np.array(column)[:, np.newaxis], n_levels)[1]
    assert n_used > 1 if len(set(column)) > 1 else n_used == 1


@pytest.mark.parametrize("n_levels", [2, 3, 7, 32, 256])
def test_different_values_are_cut_into_equal_shares(n_levels: int) -> None:
    values = np.random.default_rng(n_levels).permuted(np.arange(1000.0))[:, np.newaxis]
    counts = np.bincount(code_columns(values, n_levels)[0][:, 0], minlength=n_levels)
    assert counts.max() - counts.min() <= 1


def test_columns_are_coded_each_for_itself_however_many_are_taken_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.random.default_rng(0).normal(size=(50, 7)).round(1) * 10.0 ** np.arange(-3, 4)
    together, n_used = code_columns(values, 5)
    alone = [code_columns(values[:, [column]], 5)[0] for column in range(7)]
    np.testing.assert_array_equal(together, np.hstack(alone))
    for most in (1, 100, 170):
        monkeypatch.setattr(coding, "_VALUES_AT_ONCE", most)
        np.testing.assert_array_equal(code_columns(np.asfortranarray(values), 5)[0], together)
    assert n_used == 5


def test_the_most_levels_of_any_column_are_told() -> None:
    values = np.array([[0.5, 1, 7], [0.5, 2, 7], [0.5, 3, 8]])
    levels, n_used = code_columns(values, 4)
    assert levels.tolist() == [[0, 0, 0], [0, 1, 0], [0, 2, 1]]
    assert n_used == 3


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int8, np.int64, np.uint16])
def test_the_type_of_numbers_does_not_matter(dtype: type) -> None:
    values = np.random.default_rng(1).integers(0, 100, size=(40, 3))
    np.testing.assert_array_equal(code_columns(values.astype(dtype), 6)[0], code_columns(values, 6)[0])


def test_whole_numbers_beyond_2_to_the_53_are_told_apart() -> None:
    assert code_columns(np.array([[2**53], [2**53 + 1]]), 2)[0].tolist() == [[0], [1]]


@given(arrays(np.uint8, (9, 3)), st.integers(2, 256))
def test_bytes_are_grey_values_of_one_range(values: np.ndarray, n_levels: int) -> None:
    high = 255 if values.max() > 127 else max(int(values.max()), 1)
    expected_levels = min(n_levels, high + 1)
    levels, n_used = code_columns(values, n_levels)
    assert n_used == expected_levels
    np.testing.assert_array_equal(levels, values.astype(np.int64) * expected_levels // (high + 1))


@pytest.mark.parametrize(("largest", "expected"), [(0, 0), (1, 1), (100, 1), (127, 1), (128, 0), (200, 0)])
def test_bytes_reach_to_255_unless_all_are_in_the_lower_half(largest: int, expected: int) -> None:
    middle = largest // 2 + 1 if largest > 1 else largest
    levels, _ = code_columns(np.array([[0, middle, largest]], dtype=np.uint8), 2)
    assert levels[0, 1] == expected


@pytest.mark.parametrize(
    ("dtype", "n_samples", "n_labels", "expected"),
    [
        (np.uint8, 60_000, 10, 256),
        (np.float64, 60_000, 10, 32),
        (np.float64, 150, 3, 10),
        (np.uint8, 1797, 10, 35),
        (np.int64, 10, 9, 2),
        (np.uint8, 10, 9, 2),
    ],
)
def test_levels_leave_five_samples_a_cell(dtype: type, n_samples: int, n_labels: int, expected: int) -> None:
    assert suitable_levels(np.dtype(dtype), n_samples=n_samples, n_labels=n_labels) == expected
