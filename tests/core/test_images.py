from collections.abc import Callable

import numpy as np
import pytest

from sightbits.core.checks import InputError
from sightbits.core.images import ImageDataset

Make = Callable[..., ImageDataset]
GREY = np.arange(4 * 2 * 3, dtype=np.uint8).reshape(4, 2, 3)


def test_sizes_of_grey_images(make_dataset: Make) -> None:
    data = make_dataset(GREY)
    assert (data.n_images, data.image_shape, data.n_pixels, data.n_labels) == (4, (2, 3), 6, 2)
    np.testing.assert_array_equal(data.values, GREY.reshape(4, 6))


def test_each_channel_is_a_pixel_of_its_own(make_dataset: Make) -> None:
    data = make_dataset(np.zeros((4, 2, 3, 3), np.uint8))
    assert (data.image_shape, data.n_pixels) == ((2, 3, 3), 18)


@pytest.mark.parametrize(("dtype", "whole"), [(np.uint8, True), (np.int32, True), (np.float32, False)])
def test_whole_grey_values_are_told_from_floats(make_dataset: Make, dtype: type, whole: bool) -> None:
    assert make_dataset(GREY.astype(dtype)).whole is whole


@pytest.mark.parametrize(
    "which", [np.array([2, 0, 2]), slice(1, 3), np.array([True, False, False, True])], ids=["index", "slice", "mask"]
)
def test_take_selects_images_labels_and_split_alike(make_dataset: Make, which: object) -> None:
    in_test = np.array([False, True, False, True])
    taken = make_dataset(GREY, in_test=in_test).take(which)
    np.testing.assert_array_equal(taken.images, GREY[which])
    np.testing.assert_array_equal(taken.labels, np.array([0, 1, 0, 1])[which])
    np.testing.assert_array_equal(taken.in_test, in_test[which])
    assert taken.n_labels == 2


def test_take_without_official_split_has_none(make_dataset: Make) -> None:
    assert make_dataset(GREY).take(slice(2)).in_test is None


def test_data_set_cannot_be_written_and_leaves_the_given_array_as_it_was(make_dataset: Make) -> None:
    images = GREY.copy()
    data = make_dataset(images)
    with pytest.raises(ValueError, match="read-only"):
        data.images[0] = 1
    assert images.flags.writeable


@pytest.mark.parametrize("position", [(0, 0), (1, 2)])
def test_place_of_a_pixel_is_accepted(make_dataset: Make, position: tuple[int, ...]) -> None:
    make_dataset(GREY).check_position("pixel", position)


@pytest.mark.parametrize("position", [(2, 0), (0, 3), (-1, 0), (1,), (0, 0, 0)])
def test_place_outside_the_image_is_refused(make_dataset: Make, position: tuple[int, ...]) -> None:
    with pytest.raises(InputError) as caught:
        make_dataset(GREY).check_position("pixel", position)
    got = ", ".join(map(str, position))
    assert str(caught.value) == (
        f"pixel: wanted a place in images of 2 x 3, counted from 0, got {got}. Say row,column."
    )


def test_place_in_colour_images_names_the_channel(make_dataset: Make) -> None:
    colour = make_dataset(np.zeros((4, 2, 3, 3), np.uint8))
    colour.check_position("pixel", (1, 2, 2))
    with pytest.raises(InputError, match=r"Say row,column,channel\.$"):
        colour.check_position("pixel", (1, 2))
