from typing import Any

import numpy as np
import pytest

from sightbits.datasets.formats.raw import MOST_BYTES, RawImages, check_size, join_parts


def test_the_bound_is_the_largest_size_taken(refused: Any) -> None:
    check_size("file", MOST_BYTES)
    with refused("file: ", "at most 8 GiB once decompressed", "Make a smaller file"):
        check_size("file", MOST_BYTES + 1)
    with refused("file: ", "got 16 GiB"):
        check_size("file", 2 * MOST_BYTES)


def test_joined_parts_keep_their_order_range_and_notes_once_each() -> None:
    train = RawImages(images=np.zeros((2, 3, 3)), labels=[0, 1], value_range=(0.0, 1.0), notes=("a", "b"))
    test = RawImages(images=np.ones((1, 3, 3)), labels=[1], notes=("b", "c"))
    joined = join_parts(train, test)
    assert joined.images[:, 0, 0].tolist() == [0, 0, 1]
    assert joined.labels.tolist() == [0, 1, 1]
    assert joined.in_test.tolist() == [False, False, True]
    assert joined.value_range == (0.0, 1.0)
    assert joined.notes == ("a", "b", "c")


@pytest.mark.parametrize("test", [None, RawImages(images=np.zeros((0, 3, 3)), labels=[])])
def test_without_test_images_the_training_part_stays_alone(test: RawImages | None) -> None:
    train = RawImages(images=np.zeros((2, 3, 3)), labels=[0, 1])
    assert join_parts(train, test) is train
