"""The one door: names, paths, and the options that hold for all of them."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import load_digits

from sightbits.core.images import ImageDataset
from sightbits.datasets.catalogue import CATALOGUE, find_row
from sightbits.datasets.loading import load_dataset
from sightbits.datasets.splitting import split_dataset


@pytest.fixture(scope="module")
def mnist() -> ImageDataset:
    return load_dataset("mnist")


@pytest.fixture(scope="module")
def fashion_mnist() -> ImageDataset:
    return load_dataset("fashion-mnist")


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Saves images of one pixel, valued 0, 1, 2, ..., of classes 0, 1, 0, 1, ..."""

    def write(n_train: int, n_test: int = 0) -> Path:
        numbers = np.arange(n_train + n_test).reshape(-1, 1, 1)
        labels = np.arange(n_train + n_test) % 2
        arrays = {"images": numbers[:n_train], "labels": labels[:n_train]}
        if n_test:
            arrays |= {"test_images": numbers[n_train:], "test_labels": labels[n_train:]}
        np.savez(tmp_path / "numbers.npz", **arrays)
        return tmp_path / "numbers.npz"

    return write


# --- names ---


def test_digits_are_scikit_learns() -> None:
    digits: Any = load_digits()
    data = load_dataset("digits")
    np.testing.assert_array_equal(data.images, digits.images)
    np.testing.assert_array_equal(data.labels, digits.target)
    assert data.images.dtype == np.uint8
    assert data.value_range == (0.0, 16.0)
    assert data.label_names == tuple("0123456789")
    assert data.in_test is None
    assert (data.provenance.name, data.provenance.origin) == ("digits", "scikit-learn")


def test_mnist_is_whole(mnist: ImageDataset) -> None:
    assert mnist.images.shape == (70_000, 28, 28)
    assert mnist.images.dtype == np.uint8
    assert mnist.label_names == tuple("0123456789")
    assert mnist.provenance.name == "mnist"
    train, test = split_dataset(mnist, 0)
    assert (train.n_images, test.n_images) == (60_000, 10_000)
    assert np.bincount(train.labels).tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert np.bincount(test.labels).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert train.labels[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert test.labels[:5].tolist() == [7, 2, 1, 0, 4]
    assert train.images.mean() == pytest.approx(33.318, abs=0.001)


def test_fashion_mnist_is_whole(fashion_mnist: ImageDataset) -> None:
    assert fashion_mnist.images.shape == (70_000, 28, 28)
    assert fashion_mnist.label_names[0] == "T-shirt/top"
    assert fashion_mnist.label_names[9] == "Ankle boot"
    train, test = split_dataset(fashion_mnist, 0)
    assert np.bincount(train.labels).tolist() == [6000] * 10
    assert np.bincount(test.labels).tolist() == [1000] * 10
    assert train.labels[:5].tolist() == [9, 0, 0, 3, 0]


@pytest.mark.parametrize("name", ["digits", "mnist", "fashion-mnist"])
def test_a_set_is_what_its_row_says(name: str, request: pytest.FixtureRequest) -> None:
    row = find_row(name)
    data = load_dataset(name) if row.bundled else request.getfixturevalue(name.replace("-", "_"))
    assert data.n_images == row.n_train + row.n_test
    assert data.image_shape == row.image_shape
    assert data.value_range == row.value_range
    assert data.label_names == row.label_names
    assert (0 if data.in_test is None else data.in_test.sum()) == row.n_test


def test_a_set_of_the_catalogue_is_read_from_its_copy(
    empty_machine: Path, tiny_set: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(CATALOGUE, "tiny", replace(tiny_set.row, value_range=(0.0, 1023.0)))
    folder = tiny_set.write_idx(empty_machine / "cache" / "tiny")
    data = load_dataset("tiny")
    assert data.label_names == ("none", "one", "two")
    assert data.value_range == (0.0, 1023.0)
    assert data.provenance.origin == f"cache ({folder})"


# --- paths ---


def test_a_path_may_be_text_or_a_path(write: Callable[..., Path]) -> None:
    path = write(4)
    assert load_dataset(path).provenance.sha256 == load_dataset(str(path)).provenance.sha256
    assert load_dataset(path).provenance.origin == str(path)


def test_the_home_folder_may_be_written_as_a_tilde(empty_machine: Path) -> None:
    np.savez(empty_machine / "home" / "set.npz", images=np.arange(4).reshape(2, 2, 1), labels=[0, 1])
    assert load_dataset("~/set.npz").n_images == 2


def test_a_path_may_hold_a_comma(tmp_path: Path) -> None:
    np.savez(tmp_path / "a,b.npz", images=np.arange(4).reshape(2, 2, 1), labels=[0, 1])
    assert load_dataset(tmp_path / "a,b.npz").n_images == 2


@pytest.mark.parametrize("source", ["emnist", "MNIST", "no/such/file.npz", "~/nowhere", "a.npy,b.npy"])
def test_an_unknown_source_is_refused(source: str, empty_machine: Path, refused: Any) -> None:
    with refused("source: ", f"one of {', '.join(CATALOGUE)}, or a path", "check the spelling", "data list"):
        load_dataset(source)


@pytest.mark.parametrize("source", ["~no-such-user/set.npz", "x" * 10_000])
def test_a_path_that_cannot_be_looked_up_is_refused(source: str, refused: Any) -> None:
    with refused(f"{source}: ", "can be read", "Check the path"):
        load_dataset(source)


@pytest.mark.parametrize("name", ["set.txt", "set", "set.npz.bak", "set.zip"])
def test_a_file_of_another_kind_is_refused(name: str, tmp_path: Path, refused: Any) -> None:
    path = tmp_path / name
    path.write_bytes(b"content")
    with refused(
        f"{path}: ", ".npz, .npy, .csv, .parquet, an IDX file, zarr, tar, or a folder", f"{path.suffix!r}", "np.savez"
    ):
        load_dataset(path)


def test_the_layout_and_the_range_may_be_stated(tmp_path: Path) -> None:
    path = tmp_path / "set.npz"
    np.savez(path, images=np.arange(2 * 4 * 3 * 2).reshape(2, 4, 3, 2), labels=[0, 1])
    data = load_dataset(path, channels="first", value_range=(0.0, 255.0))
    assert data.image_shape == (3, 2, 4)
    assert data.value_range == (0.0, 255.0)
    assert data.provenance.notes == ("channels came first and were moved last",)


def test_a_stated_range_that_does_not_hold_the_values_is_refused(write: Callable[..., Path], refused: Any) -> None:
    with refused("range: ", "0 to 3", "0 to 2"):
        load_dataset(write(4), value_range=(0.0, 2.0))


@pytest.mark.parametrize("source", ["digits", "numbers.npz", "folder"])
def test_only_folders_of_image_files_are_scaled(
    source: str, write: Callable[..., Path], tmp_path: Path, tiny_set: Any, refused: Any
) -> None:
    write(4)
    tiny_set.write_idx(tmp_path / "folder")
    with refused("scale-to: ", "a folder of image files", f"{source}. Scale the arrays"):
        load_dataset(source if source == "digits" else tmp_path / source, scale_to=(4, 4))


# --- limit ---


def test_a_limit_takes_evenly_strided_images(write: Callable[..., Path]) -> None:
    data = load_dataset(write(100), limit=12)
    assert data.images.ravel().tolist() == [9 * i for i in range(12)]
    assert data.labels.tolist() == [0, 1] * 6


def test_a_limit_keeps_the_shares_of_an_official_split(write: Callable[..., Path]) -> None:
    data = load_dataset(write(60, 20), limit=8)
    assert data.in_test is not None
    numbers = data.images.ravel()
    assert numbers[~data.in_test].tolist() == [0, 12, 24, 35, 47, 59]
    assert numbers[data.in_test].tolist() == [60, 79]


@pytest.mark.parametrize(("n_train", "n_test", "counts"), [(61, 1, (2, 1)), (2, 62, (1, 2)), (4, 4, (1, 2))])
def test_a_small_limit_leaves_no_part_empty(
    n_train: int, n_test: int, counts: tuple[int, int], write: Callable[..., Path]
) -> None:
    data = load_dataset(write(n_train, n_test), limit=3)
    assert data.in_test is not None
    assert np.bincount(data.in_test).tolist() == list(counts)


def test_a_limit_of_all_images_or_more_takes_all(write: Callable[..., Path]) -> None:
    path = write(6, 4)
    for limit in (10, 11, 10**9):
        assert load_dataset(path, limit=limit).images.ravel().tolist() == list(range(10))


def test_a_limit_does_not_change_the_hash_of_the_source(write: Callable[..., Path]) -> None:
    path = write(10)
    assert load_dataset(path, limit=4).provenance.sha256 == load_dataset(path).provenance.sha256


@given(n_train=st.integers(2, 30), n_test=st.integers(0, 30), limit=st.integers(3, 70))
def test_a_limit_takes_so_many_different_images_and_empties_no_part(
    n_train: int, n_test: int, limit: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "limited.npz"
    numbers = np.arange(n_train + n_test).reshape(-1, 1, 1)
    labels = np.zeros(n_train + n_test, dtype=int)
    labels[n_train if n_test else -1] = 1  # an image that every limit meets
    arrays = {"images": numbers[:n_train], "labels": labels[:n_train]}
    if n_test:
        arrays |= {"test_images": numbers[n_train:], "test_labels": labels[n_train:]}
    np.savez(path, **arrays)
    data = load_dataset(path, limit=limit)
    taken = data.images.ravel().tolist()
    assert taken == sorted(set(taken))
    assert len(taken) == min(limit, n_train + n_test)
    if data.in_test is not None:
        assert 0 < data.in_test.sum() < data.n_images
        assert abs(data.in_test.mean() - n_test / (n_train + n_test)) <= 1 / len(taken)


@pytest.mark.parametrize("limit", [1, 0, -5])
def test_a_limit_below_two_is_refused(limit: int, write: Callable[..., Path], refused: Any) -> None:
    with refused("limit: ", "a whole number at least 2", f"got {limit}"):
        load_dataset(write(4), limit=limit)


def test_a_limit_that_meets_one_class_only_is_refused(write: Callable[..., Path], refused: Any) -> None:
    with refused("limit: ", "two classes", "got 2, all of class '0'", "Take more"):
        load_dataset(write(5), limit=2)


def test_limited_mnist_keeps_one_test_image_in_seven(mnist: ImageDataset) -> None:
    data = load_dataset("mnist", limit=700)
    assert data.in_test is not None
    assert (data.n_images, data.in_test.sum()) == (700, 100)
    np.testing.assert_array_equal(data.images[0], mnist.images[0])
    np.testing.assert_array_equal(data.images[-1], mnist.images[-1])
