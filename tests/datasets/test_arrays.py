"""Arrays of every kind made into a data set, and every kind that cannot be."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from sightbits.datasets.arrays import dataset_from_arrays

Draw = Callable[..., np.ndarray]


@pytest.fixture
def images(draw_images: Draw) -> np.ndarray:
    return draw_images(6, 5, 7)


LABELS = [0, 1, 2, 0, 1, 2]


# --- layout ---


def test_grey_images_stay_as_they_are(images: np.ndarray) -> None:
    data = dataset_from_arrays(images, LABELS)
    np.testing.assert_array_equal(data.images, images)
    np.testing.assert_array_equal(data.labels, LABELS)
    assert data.images.dtype == np.uint8
    assert data.image_shape == (5, 7)
    assert data.in_test is None


def test_a_list_of_lists_is_enough() -> None:
    data = dataset_from_arrays([[[0, 3]], [[3, 0]]], [1, 0])
    assert data.image_shape == (1, 2)
    assert data.value_range == (0.0, 3.0)


def test_channels_last_stay_last(draw_images: Draw) -> None:
    images = draw_images(4, 6, 7, 3)
    data = dataset_from_arrays(images, [0, 1, 0, 1])
    assert data.image_shape == (6, 7, 3)
    np.testing.assert_array_equal(data.images, images)
    assert data.provenance.notes == ()


def test_channels_first_are_moved_last_and_noted(draw_images: Draw) -> None:
    images = draw_images(4, 3, 6, 7)
    data = dataset_from_arrays(images, [0, 1, 0, 1])
    assert data.image_shape == (6, 7, 3)
    assert data.images[2, 4, 5, 1] == images[2, 1, 4, 5]
    assert data.provenance.notes == ("channels came first and were moved last",)


@pytest.mark.parametrize(("place", "shape"), [("last", (4, 3, 2)), ("first", (3, 2, 4))])
def test_a_stated_channel_axis_settles_an_ambiguous_layout(draw_images: Draw, place: Any, shape: tuple) -> None:
    assert dataset_from_arrays(draw_images(2, 4, 3, 2), [0, 1], channels=place).image_shape == shape


@pytest.mark.parametrize("shape", [(1, 6, 7), (6, 7, 1)])
def test_a_single_channel_is_dropped(draw_images: Draw, shape: tuple[int, ...]) -> None:
    images = draw_images(2, *shape)
    data = dataset_from_arrays(images, [0, 1])
    np.testing.assert_array_equal(data.images, images.reshape(2, 6, 7))


@pytest.mark.parametrize("shape", [(5, 7), (7, 5, 1), (7, 5)])
def test_flat_rows_take_the_stated_shape(images: np.ndarray, shape: tuple[int, ...]) -> None:
    data = dataset_from_arrays(images.reshape(6, -1), LABELS, shape=shape)
    np.testing.assert_array_equal(data.images, images.reshape(6, *shape[:2]))


def test_flat_rows_take_a_shape_with_channels_even_where_the_layout_alone_were_ambiguous(draw_images: Draw) -> None:
    images = draw_images(2, 4, 4, 3)
    data = dataset_from_arrays(images.reshape(2, -1), [0, 1], shape=(4, 4, 3))
    np.testing.assert_array_equal(data.images, images)


def test_flat_rows_may_be_shaped_with_channels_first(draw_images: Draw) -> None:
    images = draw_images(2, 3, 6, 7)
    data = dataset_from_arrays(images.reshape(2, -1), [0, 1], shape=(3, 6, 7))
    np.testing.assert_array_equal(data.images, np.moveaxis(images, 1, -1))


def test_a_shape_that_the_images_already_have_is_no_mistake(images: np.ndarray) -> None:
    assert dataset_from_arrays(images[..., None], LABELS, shape=(5, 7)).image_shape == (5, 7)


def test_the_arrays_of_a_data_set_cannot_be_written(images: np.ndarray) -> None:
    data = dataset_from_arrays(images, LABELS, in_test=[False] * 5 + [True])
    for array in (data.images, data.labels, data.in_test):
        assert array is not None
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


# --- grey values ---


@pytest.mark.parametrize(
    ("values", "dtype", "value_range"),
    [
        (np.array([0, 16]), np.uint8, (0.0, 16.0)),
        (np.array([0, 127]), np.uint8, (0.0, 127.0)),
        (np.array([3, 9]), np.uint8, (0.0, 9.0)),
        (np.array([3, 128]), np.uint8, (0.0, 255.0)),
        (np.array([0, 4095], dtype=np.uint16), np.uint16, (0.0, 4095.0)),
        (np.array([0, 40000], dtype=np.uint16), np.uint16, (0.0, 65535.0)),
        (np.array([0, 70000], dtype=np.int64), np.int32, (0.0, 131071.0)),
        (np.array([-5, 9], dtype=np.int8), np.int32, (-5.0, 9.0)),
        (np.array([-9, -5], dtype=np.int16), np.int32, (-9.0, -5.0)),
        (np.array([False, True]), np.uint8, (0.0, 1.0)),
        (np.array([0.0, 255.0]), np.uint8, (0.0, 255.0)),
        (np.array([0.0, 255.0], dtype=np.float16), np.uint8, (0.0, 255.0)),
        (np.array([0.0, 1.0]), np.uint8, (0.0, 1.0)),
        (np.array([-1.0, 1.0], dtype=np.float32), np.int32, (-1.0, 1.0)),
        (np.array([0.25, 0.5]), np.float64, (0.0, 1.0)),
        (np.array([0.25, 1.0]), np.float64, (0.0, 1.0)),
        (np.array([0.25, 0.5], dtype=np.float32), np.float32, (0.0, 1.0)),
        (np.array([0.25, 0.5], dtype=np.float16), np.float32, (0.0, 1.0)),
        (np.array([-0.5, 0.5]), np.float64, (-0.5, 0.5)),
        (np.array([0.5, 1000.25]), np.float64, (0.5, 1000.25)),
        (np.array([0.0, 1e12]), np.float64, (0.0, 1e12)),
    ],
)
def test_values_keep_their_worth_and_get_the_range_of_their_kind(
    values: np.ndarray, dtype: type, value_range: tuple[float, float]
) -> None:
    data = dataset_from_arrays(values.reshape(2, 1, 1), [0, 1])
    assert data.images.dtype == dtype
    assert data.value_range == value_range
    np.testing.assert_array_equal(data.images.ravel(), values)
    assert data.whole == np.issubdtype(dtype, np.integer)


def test_a_stated_range_is_kept(images: np.ndarray) -> None:
    assert dataset_from_arrays(images, LABELS, value_range=(-1.0, 1023.0)).value_range == (-1.0, 1023.0)


def test_floats_of_foreign_byte_order_are_stored_in_the_machines_own(draw_images: Draw) -> None:
    images = draw_images(2, 3, 4) / 256
    data = dataset_from_arrays(images.astype(">f8"), [0, 1])
    assert data.images.dtype.isnative
    assert data.provenance.sha256 == dataset_from_arrays(images, [0, 1]).provenance.sha256


@given(
    arrays.arrays(
        st.sampled_from([np.uint8, np.int8, np.uint16, np.int16, np.int32, np.uint64, np.float16, np.float32, ">f8"]),
        (2, 2, 3),
        elements={"min_value": 0, "max_value": 100},
    )
)
def test_no_value_is_changed_and_all_lie_in_the_range(images: np.ndarray) -> None:
    images[0, 0, :2] = 0, 100
    data = dataset_from_arrays(images, [0, 1])
    np.testing.assert_array_equal(data.images, images)
    low, high = data.value_range
    assert low <= data.images.min() < data.images.max() <= high


# --- labels ---


@pytest.mark.parametrize(
    ("labels", "codes", "names"),
    [
        ([0, 1, 0], [0, 1, 0], ("0", "1")),
        ([30, 7, 7], [1, 0, 0], ("7", "30")),
        ([-1, 5, -1], [0, 1, 0], ("-1", "5")),
        (["b", "a", "b"], [1, 0, 1], ("a", "b")),
        (("b", "a", "b"), [1, 0, 1], ("a", "b")),
        (np.array(["b", "a", "b"]), [1, 0, 1], ("a", "b")),
        (np.array([b"b", b"a", b"b"]), [1, 0, 1], ("a", "b")),
        ([True, False, True], [1, 0, 1], ("False", "True")),
        (np.array([[4], [4], [2]]), [1, 1, 0], ("2", "4")),
        (np.array([4.0, 4.0, 2.0]), [1, 1, 0], ("2", "4")),
        (np.array([4.0, 4.0, 2.0], dtype=np.float16), [1, 1, 0], ("2", "4")),
        (np.array([10, 9, 9], dtype=object), [1, 0, 0], ("9", "10")),
        (np.array(["x", "y", "x"], dtype=object), [0, 1, 0], ("x", "y")),
        (np.array([3, "y", 3], dtype=object), [0, 1, 0], ("3", "y")),
        (np.array([9, 3, 9], dtype=np.uint64), [1, 0, 1], ("3", "9")),
    ],
)
def test_labels_of_any_kind_become_positions_in_their_names(labels: Any, codes: list, names: tuple) -> None:
    data = dataset_from_arrays(np.arange(3).reshape(3, 1, 1), labels)
    assert data.labels.dtype == np.int64
    assert data.labels.tolist() == codes
    assert data.label_names == names
    assert data.n_labels == len(names)


@given(st.lists(st.integers(-(2**62), 2**62), min_size=2, max_size=20).filter(lambda labels: len(set(labels)) > 1))
def test_the_name_of_each_images_label_is_the_label_given(labels: list[int]) -> None:
    data = dataset_from_arrays(np.arange(len(labels)).reshape(-1, 1, 1), labels)
    assert [data.label_names[code] for code in data.labels] == [str(label) for label in labels]
    assert list(map(int, data.label_names)) == sorted(set(labels))


def test_names_are_given_to_labels_from_0_on(images: np.ndarray) -> None:
    names = ("zero", "one", "two")
    assert dataset_from_arrays(images, LABELS, label_names=names).label_names == names


@pytest.mark.parametrize("labels", [[0, 1, 3], ["a", "b", "c"]])
def test_names_that_do_not_fit_give_way_to_the_labels(labels: list) -> None:
    data = dataset_from_arrays(np.arange(3).reshape(3, 1, 1), labels, label_names=("zero", "one", "two"))
    assert data.label_names == tuple(map(str, labels))


# --- provenance ---


def test_the_hash_is_the_same_for_the_same_values_and_labels(images: np.ndarray) -> None:
    sha256 = dataset_from_arrays(images, LABELS).provenance.sha256
    assert len(sha256) == 64
    for same in (images.astype(float), images.astype(">i4"), np.asfortranarray(images), images.tolist()):
        assert dataset_from_arrays(same, LABELS, name="other", origin="elsewhere").provenance.sha256 == sha256


def test_the_hash_tells_values_shapes_and_labels_apart(images: np.ndarray) -> None:
    other_value, other_order = images.copy(), images[::-1]
    other_value[-1, -1, -1] ^= 1
    made = [
        dataset_from_arrays(images, LABELS),
        dataset_from_arrays(other_value, LABELS),
        dataset_from_arrays(other_order, LABELS),
        dataset_from_arrays(images.reshape(6, 7, 5), LABELS),
        dataset_from_arrays(images, LABELS[::-1]),
        dataset_from_arrays(images, [0, 1, 2, 0, 1, 1]),
    ]
    assert len({data.provenance.sha256 for data in made}) == len(made)


def test_the_hash_of_known_arrays_is_known() -> None:
    data = dataset_from_arrays([[[0, 1]], [[1, 0]]], ["a", "b"])
    assert data.provenance.sha256 == "cc7909b887ee978664963d3268d490522525b114848a1f24326b862143d4040f"


# --- what cannot be used ---


@pytest.mark.parametrize(
    ("images", "words"),
    [
        ([[[0.0, np.nan]], [[1.0, 2.0]]], ["finite", "1 NaN or infinite", "(0, 0, 1)", "Drop these images"]),
        ([[[0.0, 1.0]], [[np.inf, -np.inf]]], ["finite", "2 NaN or infinite", "(1, 0, 0)"]),
        ([], ["at least one image", "(0,)"]),
        (np.zeros((0, 4, 4)), ["at least one image", "(0, 4, 4)"]),
        (np.zeros((2, 0, 4)), ["at least one image", "(2, 0, 4)"]),
        (np.full((2, 3, 3), 7), ["images that differ", "the value 7 in every pixel"]),
        (np.full((2, 3, 3), 0.5), ["images that differ", "the value 0.5 in every pixel"]),
        (np.arange(4), ["images x rows x columns", "(4,)", "images[None]"]),
        (np.float64(3), ["images x rows x columns", "()"]),
        (np.zeros((2, 2, 2, 2, 2)), ["images x rows x columns", "(2, 2, 2, 2, 2)"]),
        (np.zeros((2, 5, 6, 7)), ["channel axis of 1 to 4", "(2, 5, 6, 7)", "channels='first'", "--channels"]),
        (np.zeros((2, 3, 6, 4)), ["channel axis of 1 to 4", "(2, 3, 6, 4)"]),
        ([[[1, 2], [3]], [[1, 2], [3, 4]]], ["one size", "ragged", "Crop or scale"]),
        ([np.zeros((2, 2)), np.zeros((3, 3))], ["one size", "ragged"]),
        ([["a", "b"], ["c", "d"]], ["numbers", "<U1", "Convert"]),
        (np.zeros((2, 2, 2), dtype=complex), ["numbers", "complex128"]),
        (np.array([[[None]], [[1]]]), ["numbers", "object"]),
        (np.array([[[0]], [[2**40]]]), ["at most 31 bits", "1099511627776", "Scale"]),
        (np.array([[[0]], [[-(2**40)]]]), ["at most 31 bits", "-1099511627776"]),
    ],
)
def test_images_that_cannot_be_used_are_refused(images: Any, words: list[str], refused: Any) -> None:
    with refused("images: ", *words):
        dataset_from_arrays(images, [0, 1])


def test_constant_images_are_refused_in_a_stated_range_too(refused: Any) -> None:
    with refused("images: ", "images that differ"):
        dataset_from_arrays(np.full((2, 3, 3), 7), [0, 1], value_range=(0.0, 255.0))


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        ([0, 1], ["3, one an image", "got 2"]),
        ([0, 1, 0, 1], ["3, one an image", "got 4"]),
        ([], ["3, one an image", "got 0"]),
        ([4, 4, 4], ["at least two classes", "only 4", "add images"]),
        (["cat"] * 3, ["at least two classes", "only cat"]),
        (np.eye(3)[:, :2], ["one whole number or string an image", "(3, 2)", "argmax"]),
        (np.eye(3), ["one whole number or string an image", "(3, 3)", "argmax"]),
        (5, ["one whole number or string an image", "()"]),
        ([[0], [1, 2], [3]], ["one whole number or string an image", "ragged"]),
        ([0.0, 1.0, np.nan], ["classes", "missing values"]),
        ([0.0, 1.0, np.inf], ["classes", "missing values"]),
        ([0.5, 1.0, 2.0], ["classes", "fractions", "cut a continuous target"]),
        ([0.0, 1.0, 1e300], ["classes", "beyond 2^53"]),
        ([0, 1, None], ["missing values", "Drop images without a label"]),
        (["a", "b", None], ["missing values"]),
        (["a", "b", float("nan")], ["missing values"]),
        ([0, 1, 2**70], ["whole numbers or strings"]),
        (np.array([1j, 2, 3]), ["one whole number or string an image", "complex"]),
        (np.array(["2020-01-01"] * 3, dtype="datetime64[D]"), ["one whole number or string an image", "datetime"]),
    ],
)
def test_labels_that_cannot_be_used_are_refused(labels: Any, words: list[str], refused: Any) -> None:
    with refused("labels: ", *words):
        dataset_from_arrays(np.arange(3).reshape(3, 1, 1), labels)


def test_too_many_classes_are_taken_for_a_number_to_predict(refused: Any) -> None:
    n = 10_001
    with refused("labels: ", "at most 10000 classes", f"got {n}", "a number to predict"):
        dataset_from_arrays(np.arange(n).reshape(n, 1, 1), np.arange(n))


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        (None, ["rows and columns", "(2, 16)", "--shape 4x4"]),
        ((4, 5), ["make 16 values", "4x5", "--shape 4x4"]),
        ((-2, -8), ["make 16 values", "-2x-8"]),
        ((0, 16), ["make 16 values", "0x16"]),
        ((16,), ["make 16 values", "got 16"]),
        ((2, 2, 2, 2), ["make 16 values", "2x2x2x2"]),
        ((), ["make 16 values", "got none"]),
    ],
)
def test_flat_rows_need_a_shape_that_fits(shape: Any, words: list[str], refused: Any) -> None:
    with refused("shape: ", *words):
        dataset_from_arrays(np.arange(32).reshape(2, 16), [0, 1], shape=shape)


def test_no_square_is_proposed_for_rows_that_make_none(refused: Any) -> None:
    with refused("shape: ", "--shape ROWSxCOLUMNS"):
        dataset_from_arrays(np.arange(30).reshape(2, 15), [0, 1])


def test_a_shape_other_than_the_images_have_is_refused(images: np.ndarray, refused: Any) -> None:
    with refused("shape: ", "5x7", "got 7x5", "flat rows"):
        dataset_from_arrays(images, LABELS, shape=(7, 5))


@pytest.mark.parametrize(
    "value_range",
    [(0.0, 254.0), (1.0, 255.0), (255.0, 0.0), (5.0, 5.0), (0.0, np.inf), (-np.inf, 255.0), (0.0, np.nan)],
)
def test_a_range_that_does_not_hold_the_values_is_refused(images: np.ndarray, value_range: Any, refused: Any) -> None:
    with refused("range: ", "around the values, 0 to 255", "State the range"):
        dataset_from_arrays(images, LABELS, value_range=value_range)


@pytest.mark.parametrize(
    "in_test", [[True], [True] * 6, [False] * 6, [0, 5, 3, 1, 2, 4], [[True, False]] * 3, ["yes", "no"] * 3]
)
def test_a_split_needs_one_mark_an_image_and_two_parts(images: np.ndarray, in_test: list, refused: Any) -> None:
    with refused("in_test: ", "6 values True or False", "both parts"):
        dataset_from_arrays(images, LABELS, in_test=in_test)


@pytest.mark.parametrize("kind", [bool, int])
def test_an_official_split_is_kept(images: np.ndarray, kind: type) -> None:
    data = dataset_from_arrays(images, LABELS, in_test=np.array([0, 0, 1, 0, 1, 1], dtype=kind))
    assert data.in_test is not None
    assert np.flatnonzero(data.in_test).tolist() == [2, 4, 5]


def test_changing_the_array_afterwards_does_not_change_the_data() -> None:
    images = np.arange(24, dtype=np.uint8).reshape(6, 2, 2)
    data = dataset_from_arrays(images, np.arange(6) % 2)
    images[:] = 0
    assert data.images.sum() == np.arange(24).sum()
