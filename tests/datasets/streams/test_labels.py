"""Labels of a store: read once, coded as they sort, whatever their type and however they are cut."""

import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from sightbits.datasets.streams.checked import _values_and_codes
from sightbits.datasets.streams.zarr_stores import ZarrLabels

INTEGERS = [np.int8, np.uint8, np.int16, np.uint16, np.int32, np.uint32, np.int64, np.uint64]


class Stored:
    """An array cut into chunks that remembers which rows were read."""

    def __init__(self, values: np.ndarray, grain: int) -> None:
        self.values, self.chunks = values, (grain,)
        self.read: list[tuple[int, int]] = []

    def __getitem__(self, rows: slice) -> np.ndarray:
        self.read.append((rows.start, min(rows.stop, len(self.values))))
        return self.values[rows]


@given(
    labels=st.sampled_from(INTEGERS).flatmap(
        lambda dtype: arrays.arrays(dtype, st.integers(0, 50), elements=arrays.from_dtype(np.dtype(dtype)))
    )
)
def test_codes_are_those_of_sorting(labels: np.ndarray) -> None:
    check_codes(labels)


@pytest.mark.parametrize("dtype", INTEGERS)
def test_labels_at_either_end_of_a_type_are_coded(dtype: Any) -> None:
    info = np.iinfo(dtype)
    check_codes(np.array([info.max, info.max - 3, info.max], dtype=dtype))
    check_codes(np.array([info.min, info.min + 100, info.min], dtype=dtype))
    check_codes(np.array([info.min, info.max], dtype=dtype))


@pytest.mark.parametrize("labels", [np.array(["b", "a", "b"]), np.array([True, False]), np.arange(300)[::-1]])
def test_other_labels_are_coded(labels: np.ndarray) -> None:
    check_codes(labels)


def check_codes(labels: np.ndarray) -> None:
    values, codes = _values_and_codes(labels)
    expected, places = np.unique(labels, return_inverse=True)
    np.testing.assert_array_equal(values, expected)
    np.testing.assert_array_equal(codes, places)
    assert values.dtype == labels.dtype
    assert codes.dtype == np.min_scalar_type(len(values))


@pytest.mark.parametrize("grain", [1, 3, 10, 23, 40])
@pytest.mark.parametrize("step", [1, 4, 10, 23])
def test_every_chunk_is_read_once_where_parts_hold_whole_ones_or_lie_in_one(grain: int, step: int) -> None:
    stored = Stored(np.arange(23), grain)
    labels = ZarrLabels({"labels": stored}, "labels")
    runs = [(start, min(start + step, 23)) for start in range(0, 23, step)]
    found = [labels.rows(*run) for run in runs]
    np.testing.assert_array_equal(np.concatenate(found), stored.values)
    if step % grain == 0 or grain >= 23:
        chunks = [start // grain for read in stored.read for start in range(read[0], read[1], grain)]
        assert chunks == sorted(set(chunks))


def test_rows_are_found_in_any_order() -> None:
    labels = ZarrLabels({"labels": Stored(np.arange(23), 5)}, "labels")
    for start, stop in np.sort(np.random.default_rng(0).integers(0, 24, size=(200, 2)), axis=1).tolist():
        np.testing.assert_array_equal(labels.rows(start, stop), np.arange(start, stop))


def test_labels_that_were_read_do_not_travel() -> None:
    labels = ZarrLabels({"labels": np.zeros(0)}, "labels")
    labels._block = np.zeros(10**6)
    assert len(pickle.dumps(labels)) < 1000
