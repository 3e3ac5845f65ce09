from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from sightbits.core.images import ImageDataset
from sightbits.datasets.arrays import dataset_from_arrays
from sightbits.datasets.loading import load_dataset
from sightbits.datasets.splitting import split_dataset

Make = Callable[..., ImageDataset]


def _numbered(labels: np.ndarray) -> ImageDataset:
    """Images of one pixel, whose value is the image's number."""
    return dataset_from_arrays(np.arange(len(labels)).reshape(-1, 1, 1), labels)


def _numbers(dataset: ImageDataset) -> list[int]:
    return dataset.images.ravel().tolist()


def test_digits_split_as_scikit_learn_splits_them() -> None:
    digits: Any = load_digits()
    train_images, test_images, train_labels, test_labels = train_test_split(
        digits.images, digits.target, test_size=450, stratify=digits.target, random_state=42
    )
    train, test = split_dataset(load_dataset("digits"), 42)
    np.testing.assert_array_equal(train.images, train_images)
    np.testing.assert_array_equal(train.labels, train_labels)
    np.testing.assert_array_equal(test.images, test_images)
    np.testing.assert_array_equal(test.labels, test_labels)


def test_the_seed_decides_the_split() -> None:
    data = _numbered(np.arange(40) % 4)
    once, again, other = (_numbers(split_dataset(data, seed)[1]) for seed in (7, 7, 8))
    assert once == again
    assert once != other


@given(counts=st.lists(st.integers(2, 12), min_size=2, max_size=5), seed=st.integers(0, 2**32 - 1))
def test_every_image_is_in_one_part_and_every_class_keeps_its_share(counts: list[int], seed: int) -> None:
    counts[0] = max(counts[0], 4 * len(counts))
    train, test = split_dataset(_numbered(np.repeat(np.arange(len(counts)), counts)), seed)
    assert sorted(_numbers(train) + _numbers(test)) == list(range(sum(counts)))
    assert test.n_images == -(-sum(counts) // 4)
    held_out = Counter(test.labels.tolist())
    for label, n in enumerate(counts):
        assert abs(held_out[label] - n / 4) <= 1
    assert train.label_names == test.label_names
    assert train.value_range == test.value_range


def test_an_official_split_is_kept_whatever_the_seed() -> None:
    in_test = np.array([False, True, False, False, True, False])
    data = dataset_from_arrays(np.arange(6).reshape(6, 1, 1), [0, 1, 0, 1, 0, 1], in_test=in_test)
    for seed in (0, 1):
        train, test = split_dataset(data, seed)
        assert _numbers(train) == [0, 2, 3, 5]
        assert _numbers(test) == [1, 4]
        assert train.labels.tolist() == [0, 0, 1, 1]


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        ([0] * 9 + [1], ["at least two of each class", "1 of class '1'", "rare classes"]),
        ([0, 1, 2] * 2, ["four times as many images as classes", "6 images of 3 classes"]),
        ([0, 1], ["2 images of 2 classes"]),
    ],
)
def test_too_few_images_of_a_class_are_refused(labels: list[int], words: list[str], refused: Any) -> None:
    with refused("images: ", *words, "A quarter is held out"):
        split_dataset(_numbered(np.array(labels)), 0)


def test_one_image_is_refused(refused: Any) -> None:
    with refused("images: ", "1 images of 2 classes", "add images"):
        split_dataset(_numbered(np.array([0, 1])).take([0]), 0)


@pytest.mark.parametrize(("part", "word"), [(slice(0, 3), "training"), (slice(3, 6), "test")])
def test_one_part_of_an_official_split_alone_is_refused(part: slice, word: str, refused: Any) -> None:
    data = dataset_from_arrays(np.arange(6).reshape(6, 1, 1), [0, 1] * 3, in_test=[False] * 3 + [True] * 3)
    with refused("images: ", "both parts of the official split", f"all of the {word} part"):
        split_dataset(data.take(part), 0)
