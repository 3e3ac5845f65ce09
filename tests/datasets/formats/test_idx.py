import gzip
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from sightbits.core.checks import InputError
from sightbits.datasets.formats import idx, raw
from sightbits.datasets.loading import load_dataset

AsIdx = Callable[[np.ndarray], bytes]
LABELS = np.array([4, 9, 4, 9], dtype=np.uint8)


@pytest.fixture
def images(draw_images: Callable[..., np.ndarray]) -> np.ndarray:
    return draw_images(4, 3, 5)


@pytest.fixture
def pair(tmp_path: Path, images: np.ndarray, as_idx: AsIdx) -> Path:
    """A plain image file with its labels beside it."""
    (tmp_path / "some-labels-idx1-ubyte").write_bytes(as_idx(LABELS))
    path = tmp_path / "some-images-idx3-ubyte"
    path.write_bytes(as_idx(images))
    return path


@pytest.mark.parametrize("kind", ["u1", "i1", "i2", "i4", "f4", "f8"])
@pytest.mark.parametrize("compressed", [False, True])
def test_every_type_of_value_comes_back(kind: str, compressed: bool, tmp_path: Path, as_idx: AsIdx) -> None:
    array = np.array([[0, 1, 100], [3, 2, 127]]).astype(kind)
    if kind != "u1":
        array[0, 0] = -7
    path = tmp_path / ("file.gz" if compressed else "file")
    path.write_bytes(gzip.compress(as_idx(array)) if compressed else as_idx(array))
    found = idx.read_array(path)
    np.testing.assert_array_equal(found, array)
    assert found.dtype == array.dtype
    assert found.dtype.isnative


@given(arrays.arrays(np.uint8, arrays.array_shapes(min_dims=1, max_dims=4, max_side=5)))
def test_bytes_are_written_as_the_format_says(array: np.ndarray) -> None:
    content = idx.to_bytes(array)
    lengths = struct.pack(f">{array.ndim}I", *array.shape)
    assert content == bytes([0, 0, 8, array.ndim]) + lengths + array.tobytes()


@pytest.mark.parametrize(
    ("images_name", "labels_name"),
    [
        ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
        ("t10k-images.idx3-ubyte", "t10k-labels.idx1-ubyte"),
        ("images.idx3-ubyte.gz", "labels.idx1-ubyte.gz"),
        ("my-images-ubyte.gz", "my-labels-ubyte"),
        ("my-images-ubyte", "my-labels-ubyte.gz"),
        ("images.idx", "labels.idx"),
    ],
)
def test_a_pair_comes_back(
    images_name: str, labels_name: str, tmp_path: Path, images: np.ndarray, as_idx: AsIdx
) -> None:
    for name, array in ((images_name, images), (labels_name, LABELS)):
        content = as_idx(array)
        (tmp_path / name).write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    data = load_dataset(tmp_path / images_name)
    np.testing.assert_array_equal(data.images, images)
    assert data.labels.tolist() == [0, 1, 0, 1]
    assert data.label_names == ("4", "9")
    assert data.in_test is None
    assert data.provenance.name == images_name
    assert data.provenance.origin == str(tmp_path / images_name)


@pytest.mark.parametrize("compressed", [False, True])
def test_a_folder_comes_back_with_t10k_as_the_official_test_part(
    compressed: bool, tmp_path: Path, tiny_set: Any
) -> None:
    data = load_dataset(tiny_set.write_idx(tmp_path / "set", compressed=compressed))
    np.testing.assert_array_equal(data.images, np.concatenate([tiny_set.train_images, tiny_set.test_images]))
    np.testing.assert_array_equal(data.labels, np.concatenate([tiny_set.train_labels, tiny_set.test_labels]))
    assert data.in_test is not None
    assert data.in_test.tolist() == [False] * 6 + [True] * 3
    assert data.provenance.name == "set"


def test_a_folder_of_the_names_with_dots_comes_back(tmp_path: Path, tiny_set: Any) -> None:
    for name, content in tiny_set.files.items():
        (tmp_path / name.replace("-idx", ".idx")).write_bytes(content)
    assert load_dataset(tmp_path).n_images == 9


def test_a_folder_without_t10k_files_has_no_official_split(tmp_path: Path, tiny_set: Any) -> None:
    for name, content in tiny_set.files.items():
        if name.startswith("train"):
            (tmp_path / name).write_bytes(content)
    data = load_dataset(tmp_path)
    assert data.n_images == 6
    assert data.in_test is None


def test_a_plain_file_is_taken_before_a_compressed_one(tmp_path: Path, tiny_set: Any) -> None:
    folder = tiny_set.write_idx(tmp_path / "set")
    for name in tiny_set.files:
        (folder / f"{name}.gz").write_bytes(b"damaged")
    assert load_dataset(folder).n_images == 9


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", ["an IDX file", "the file is empty", "download is whole"]),
        (b"\0\0", ["an IDX file", "first bytes 00 00"]),
        (b"PK\3\4 and so on", ["an IDX file", "first bytes 50 4b 03 04"]),
        (b"\0\0\x0a\1\0\0\0\1\0", ["an IDX file", "first bytes 00 00 0a 01"]),
        (b"\0\0\x08\xff" + b"\0\0\0\1" * 255 + b"\7", ["an IDX file", "first bytes 00 00 08 ff"]),
        (b"\0\0\x08\3\0\0", ["lengths of 3 axes", "2 of their 12 bytes", "cut short"]),
        (b"\0\0\x08\3\0\0\0\1", ["lengths of 3 axes", "4 of their 12 bytes"]),
        (b"\0\0\x08\2\0\0\0\2\0\0\0\3abcde", ["6 bytes of values for shape (2, 3)", "got 5", "cut short"]),
        (b"\0\0\x0b\1\0\0\0\2abc", ["4 bytes of values for shape (2,)", "got 3"]),
        (b"\0\0\x08\1\0\0\0\2abc", ["2 bytes of values for shape (2,)", "got more"]),
        (b"\0\0\x0e\3" + b"\xff" * 12, ["at most 8 GiB", "GiB", "smaller file"]),
        (b"\0\0\x08\2\0\0\xff\xff\0\3\0\0", ["at most 8 GiB", "got 12 GiB"]),
    ],
)
@pytest.mark.parametrize("compressed", [False, True])
def test_a_damaged_file_is_refused(content: bytes, words: list, compressed: bool, pair: Path, refused: Any) -> None:
    if compressed:
        pair = pair.rename(pair.with_name(pair.name + ".gz"))
        content = gzip.compress(content)
    pair.write_bytes(content)
    with refused(f"{pair}: ", *words):
        load_dataset(pair)


@pytest.mark.parametrize("n_bytes", [5, 12, 30, -1, -9])
def test_a_gzip_file_cut_short_is_refused(n_bytes: int, pair: Path, refused: Any) -> None:
    whole = gzip.compress(pair.read_bytes())
    path = pair.with_name(pair.name + ".gz")
    path.write_bytes(whole[:n_bytes])
    with refused(f"{path}: ", "a whole gzip file", "damaged", "Fetch it again"):
        load_dataset(path)


def test_a_gzip_file_with_other_bytes_inside_is_refused(pair: Path, refused: Any) -> None:
    path = pair.with_name(pair.name + ".gz")
    content = bytearray(gzip.compress(pair.read_bytes()))
    for place, words in ((0, "a whole gzip file"), (14, "a whole gzip file"), (-6, "a whole gzip file")):
        damaged = content.copy()
        damaged[place] ^= 0xFF
        path.write_bytes(damaged)
        with refused(f"{path}: ", words):
            load_dataset(path)


def test_a_file_above_the_size_bound_is_refused(pair: Path, refused: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(raw, "MOST_BYTES", 4 * 3 * 5)
    assert load_dataset(pair).n_images == 4
    monkeypatch.setattr(raw, "MOST_BYTES", 4 * 3 * 5 - 1)
    with refused(f"{pair}: ", "GiB once decompressed", "Make a smaller file"):
        load_dataset(pair)


def test_images_without_labels_beside_them_are_refused(pair: Path, refused: Any) -> None:
    (pair.parent / "some-labels-idx1-ubyte").unlink()
    with refused(f"{pair}: ", "its labels beside it as some-labels-idx1-ubyte", "Put the label file there"):
        load_dataset(pair)


def test_a_label_file_is_not_taken_for_its_own_images(pair: Path, refused: Any) -> None:
    labels = pair.parent / "some-labels-idx1-ubyte"
    with refused(f"{labels}: ", "its labels beside it"):
        load_dataset(labels)


def test_labels_of_another_count_are_refused(pair: Path, as_idx: AsIdx, refused: Any) -> None:
    (pair.parent / "some-labels-idx1-ubyte").write_bytes(as_idx(LABELS[:3]))
    with refused("labels: ", "4, one an image", "got 3"):
        load_dataset(pair)


def test_test_images_of_another_shape_are_refused(tmp_path: Path, tiny_set: Any, as_idx: AsIdx, refused: Any) -> None:
    folder = tiny_set.write_idx(tmp_path / "set")
    (folder / "t10k-images-idx3-ubyte").write_bytes(as_idx(np.zeros((3, 7, 5), dtype=np.uint8)))
    with refused("test images: ", "the shape of the training images, (5, 7)", "(7, 5)", "one size"):
        load_dataset(folder)


def test_a_folder_that_holds_no_training_images_is_refused(tmp_path: Path, refused: Any) -> None:
    with refused(f"{tmp_path}: ", "a file train-images-idx3-ubyte", "Name the folder"):
        idx.read_folder(tmp_path)


@given(content=st.binary(max_size=40))
def test_any_bytes_are_read_or_refused(content: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / "any-bytes"
    path.write_bytes(b"\0\0\x08" + content)
    try:
        assert idx.read_array(path).ndim == content[0]
    except InputError as error:
        assert error.name == str(path)
