import io
import os
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightbits.core.checks import InputError
from sightbits.datasets.formats import raw
from sightbits.datasets.loading import load_dataset

LABELS = np.array([0, 1, 2, 0])
TEST_LABELS = np.array([2, 1])


@pytest.fixture
def images(draw_images: Callable[..., np.ndarray]) -> np.ndarray:
    return draw_images(4, 5, 6)


@pytest.fixture
def test_images(draw_images: Callable[..., np.ndarray]) -> np.ndarray:
    return draw_images(2, 5, 6, seed=1)


@pytest.fixture
def npz(tmp_path: Path, images: np.ndarray) -> Path:
    np.savez(tmp_path / "set.npz", images=images, labels=LABELS)
    return tmp_path / "set.npz"


@pytest.fixture
def npy(tmp_path: Path, images: np.ndarray) -> Path:
    np.save(tmp_path / "images.npy", images)
    np.save(tmp_path / "labels.npy", LABELS)
    return tmp_path / "images.npy"


class RunsCode:
    """An object that, when unpickled, makes a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> tuple:
        return os.mkdir, (str(self.folder),)


# --- .npz ---


@pytest.mark.parametrize(
    ("image_name", "label_name", "test_image_name", "test_label_name"),
    [
        ("images", "labels", "test_images", "test_labels"),
        ("train_images", "train_labels", "test_images", "test_labels"),
        ("x_train", "y_train", "x_test", "y_test"),
        ("X_train", "y_train", "X_test", "y_test"),
        ("X", "y", "X_test", "y_test"),
        ("x", "y", "x_test", "y_test"),
        ("data", "target", None, None),
        ("data", "labels", None, None),
    ],
)
@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_arrays_come_back_under_every_naming(
    save: Callable[..., None],
    image_name: str,
    label_name: str,
    test_image_name: str | None,
    test_label_name: str | None,
    tmp_path: Path,
    images: np.ndarray,
    test_images: np.ndarray,
) -> None:
    path = tmp_path / "set.npz"
    save(path, **{image_name: images, label_name: LABELS})
    data = load_dataset(path)
    np.testing.assert_array_equal(data.images, images)
    np.testing.assert_array_equal(data.labels, LABELS)
    assert data.in_test is None
    if test_image_name is not None and test_label_name is not None:
        test = {test_image_name: test_images, test_label_name: TEST_LABELS}
        save(path, **{image_name: images, label_name: LABELS}, **test)
        data = load_dataset(path)
        np.testing.assert_array_equal(data.images, np.concatenate([images, test_images]))
        np.testing.assert_array_equal(data.labels, np.concatenate([LABELS, TEST_LABELS]))
        assert data.in_test is not None
        assert data.in_test.tolist() == [False] * 4 + [True] * 2


def test_labels_in_a_column_and_a_validation_part_are_no_hindrance(
    tmp_path: Path, images: np.ndarray, test_images: np.ndarray
) -> None:
    parts = {"train": (images, LABELS), "val": (images, LABELS), "test": (test_images, TEST_LABELS)}
    named = {f"{part}_images": pair[0] for part, pair in parts.items()}
    named |= {f"{part}_labels": pair[1].reshape(-1, 1) for part, pair in parts.items()}
    np.savez(tmp_path / "medical.npz", **named)
    data = load_dataset(tmp_path / "medical.npz")
    assert data.n_images == 6
    assert data.labels.tolist() == [0, 1, 2, 0, 2, 1]


def test_an_empty_test_part_is_no_official_split(tmp_path: Path, images: np.ndarray) -> None:
    np.savez(tmp_path / "set.npz", x_train=images, y_train=LABELS, x_test=images[:0], y_test=LABELS[:0])
    assert load_dataset(tmp_path / "set.npz").in_test is None


@pytest.mark.parametrize("name", ["x_test", "y_test"])
def test_half_a_test_part_is_no_official_split(name: str, tmp_path: Path, images: np.ndarray) -> None:
    np.savez(tmp_path / "set.npz", x_train=images, y_train=LABELS, **{name: images})
    assert load_dataset(tmp_path / "set.npz").n_images == 4


def test_string_labels_and_the_upper_case_ending_are_read(tmp_path: Path, images: np.ndarray) -> None:
    np.savez(tmp_path / "set.npz", images=images, labels=["b", "a", "b", "a"])
    path = (tmp_path / "set.npz").rename(tmp_path / "SET.NPZ")
    assert load_dataset(path).label_names == ("a", "b")


def test_flat_rows_take_a_shape(tmp_path: Path, images: np.ndarray) -> None:
    np.savez(tmp_path / "set.npz", X=images.reshape(4, -1), y=LABELS)
    np.testing.assert_array_equal(load_dataset(tmp_path / "set.npz", shape=(5, 6)).images, images)


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"pictures": [1], "labels": [1]}, ["arrays named images and labels", "got pictures, labels", "np.savez"]),
        ({"images": [1]}, ["arrays named images and labels", "got images"]),
        ({}, ["arrays named images and labels", "got no arrays"]),
    ],
)
def test_arrays_under_other_names_are_refused(arrays: dict, words: list[str], tmp_path: Path, refused: Any) -> None:
    path = tmp_path / "set.npz"
    np.savez(path, **arrays)
    with refused(f"{path}: ", *words):
        load_dataset(path)


def test_a_test_part_of_another_shape_is_refused(tmp_path: Path, images: np.ndarray, refused: Any) -> None:
    np.savez(tmp_path / "set.npz", x_train=images, y_train=LABELS, x_test=images[:, :2], y_test=LABELS)
    with refused("test images: ", "(5, 6)", "(2, 6)"):
        load_dataset(tmp_path / "set.npz")


def test_a_test_part_with_too_few_labels_is_refused(tmp_path: Path, images: np.ndarray, refused: Any) -> None:
    np.savez(tmp_path / "set.npz", x_train=images, y_train=LABELS, x_test=images, y_test=LABELS[:3])
    with refused("labels: ", "8, one an image", "got 7"):
        load_dataset(tmp_path / "set.npz")


@pytest.mark.parametrize("n_bytes", [0, 10, 100, 400, -1, -30])
def test_an_archive_cut_short_is_refused(n_bytes: int, npz: Path, refused: Any) -> None:
    npz.write_bytes(npz.read_bytes()[:n_bytes])
    with refused(f"{npz}: ", "a whole NumPy file", "cannot be read", "Save it again"):
        load_dataset(npz)


def test_an_archive_with_other_bytes_inside_is_refused(npz: Path, images: np.ndarray, refused: Any) -> None:
    np.savez_compressed(npz, images=images, labels=LABELS)
    content = bytearray(npz.read_bytes())
    content[80:110] = b"\xff" * 30
    npz.write_bytes(content)
    with refused(f"{npz}: ", "a whole NumPy file", "cannot be read"):
        load_dataset(npz)


def test_an_encrypted_archive_is_refused(npz: Path, refused: Any) -> None:
    content = npz.read_bytes()
    for mark, offset in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        place = content.index(mark) + offset
        content = content[:place] + bytes([content[place] | 1]) + content[place + 1 :]
    npz.write_bytes(content)
    with refused(f"{npz}: ", "cannot be read", "encrypted"):
        load_dataset(npz)


def test_an_archive_whose_directory_claims_more_than_is_there_is_refused(npz: Path, refused: Any) -> None:
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "|u1", "fortran_order": False, "shape": (4, 500, 500)})
    labels = io.BytesIO()
    np.save(labels, LABELS)
    with zipfile.ZipFile(npz, "w") as archive:
        archive.writestr("labels.npy", labels.getvalue())
        archive.writestr("images.npy", header.getvalue())
    content = bytearray(npz.read_bytes())
    sizes = content.rindex(b"PK\x01\x02") + 20  # of the last file: compressed and not
    content[sizes : sizes + 8] = (10**6 + len(header.getvalue())).to_bytes(4, "little") * 2
    npz.write_bytes(content)
    with refused(f"{npz}: ", "a whole NumPy file", "cannot be read"):
        load_dataset(npz)


def test_an_archive_that_unpacks_to_too_much_is_refused(
    npz: Path, images: np.ndarray, refused: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    np.savez_compressed(npz, images=np.zeros((100, 100, 100)), labels=np.arange(100))
    monkeypatch.setattr(raw, "MOST_BYTES", 10 * npz.stat().st_size)
    with refused(f"{npz}: ", "GiB once decompressed", "Make a smaller file"):
        load_dataset(npz)


@pytest.mark.parametrize("shape", [(10**13, 4, 4), (10**30,), (200, 4, 4)])
def test_an_array_that_claims_more_than_is_there_is_refused(shape: tuple, tmp_path: Path, refused: Any) -> None:
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f8", "fortran_order": False, "shape": shape})
    path = tmp_path / "set.npz"
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("images.npy", "labels.npy"):
            archive.writestr(name, header.getvalue())
    with refused(f"{path}: ", "a whole NumPy file", "cannot be read"):
        load_dataset(path)
    (tmp_path / "images.npy").write_bytes(header.getvalue())
    with refused("images.npy: ", "a whole NumPy file", "cannot be read"):
        load_dataset(f"{tmp_path}/images.npy,{tmp_path}/images.npy")


# --- a pair of .npy ---


@pytest.mark.parametrize(
    ("image_name", "label_name"),
    [
        ("images", "labels"),
        ("train_images", "train_labels"),
        ("X", "y"),
        ("X_train", "y_train"),
        ("x", "y"),
        ("data", "target"),
        ("data", "labels"),
    ],
)
def test_labels_are_found_by_their_name(image_name: str, label_name: str, tmp_path: Path, images: np.ndarray) -> None:
    np.save(tmp_path / f"{image_name}.npy", images)
    np.save(tmp_path / f"{label_name}.npy", LABELS)
    data = load_dataset(tmp_path / f"{image_name}.npy")
    np.testing.assert_array_equal(data.images, images)
    np.testing.assert_array_equal(data.labels, LABELS)


def test_both_files_may_be_named_with_a_comma_between(tmp_path: Path, images: np.ndarray) -> None:
    np.save(tmp_path / "pictures.npy", np.asfortranarray(images.astype(">u2")))
    np.save(tmp_path / "kinds.npy", LABELS)
    data = load_dataset(f"{tmp_path}/pictures.npy,{tmp_path}/kinds.npy")
    np.testing.assert_array_equal(data.images, images)
    np.testing.assert_array_equal(data.labels, LABELS)
    assert data.provenance.name == "pictures.npy"


def test_a_folder_of_the_pair_is_read(npy: Path, images: np.ndarray) -> None:
    np.testing.assert_array_equal(load_dataset(npy.parent).images, images)


def test_images_without_a_label_file_are_refused(npy: Path, refused: Any) -> None:
    (npy.parent / "labels.npy").unlink()
    with refused(f"{npy}: ", "a label file beside it", "images.npy,labels.npy"):
        load_dataset(npy)


def test_a_second_file_that_is_not_there_is_refused(npy: Path, refused: Any) -> None:
    with refused("source: ", "nowhere.npy", "no such file"):
        load_dataset(f"{npy},{npy.parent}/nowhere.npy")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", ["a whole NumPy file", "cannot be read"]),
        (b"not an array", ["a whole NumPy file", "magic string"]),
        (b"\x93NUMPY\x01\x00\x10\x00{'descr': '<f8', ", ["a whole NumPy file", "cannot be read"]),
        (b"\x93NUMPY\x01\x00\x10\x00((((((((((((((((", ["a whole NumPy file", "cannot be read"]),
        (b"PK\x03\x04 a zip archive", ["a whole NumPy file", "magic string"]),
    ],
)
def test_a_damaged_array_is_refused(content: bytes, words: list[str], npy: Path, refused: Any) -> None:
    npy.write_bytes(content)
    with refused(f"{npy}: ", *words, "Save it again"):
        load_dataset(npy)


@pytest.mark.parametrize("n_bytes", [5, 60, 130, -1])
def test_an_array_cut_short_is_refused(n_bytes: int, npy: Path, refused: Any) -> None:
    npy.write_bytes(npy.read_bytes()[:n_bytes])
    with refused(f"{npy}: ", "a whole NumPy file", "cannot be read", "Save it again"):
        load_dataset(npy)


def test_an_array_above_the_size_bound_is_refused(npy: Path, refused: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(raw, "MOST_BYTES", 4 * 5 * 6 - 1)
    with refused(f"{npy}: ", "GiB once decompressed"):
        load_dataset(npy)


# --- nothing is unpickled ---


def test_the_trap_of_the_tests_below_would_run_code(tmp_path: Path) -> None:
    pickle.loads(pickle.dumps(RunsCode(tmp_path / "made")))
    assert (tmp_path / "made").is_dir()


@pytest.mark.parametrize("trapped", ["images", "labels"])
def test_objects_in_an_npz_are_refused_and_no_code_runs(
    trapped: str, tmp_path: Path, images: np.ndarray, refused: Any
) -> None:
    path = tmp_path / "set.npz"
    trap = np.array([RunsCode(tmp_path / "made")] * 4, dtype=object)
    np.savez(path, **{"images": images, "labels": LABELS, trapped: trap})
    with refused(f"{path}: ", "plain numbers or strings", "never unpickled"):
        load_dataset(path)
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize("trapped", ["images", "labels"])
def test_objects_in_an_npy_are_refused_and_no_code_runs(trapped: str, npy: Path, refused: Any) -> None:
    trap = np.array([RunsCode(npy.parent / "made")] * 4, dtype=object)
    np.save(npy.parent / f"{trapped}.npy", trap)
    with refused(f"{trapped}.npy: ", "plain numbers or strings", "never unpickled", "can run code"):
        load_dataset(npy)
    assert not (npy.parent / "made").exists()


def test_a_pickle_under_the_name_of_an_array_is_refused_and_no_code_runs(npy: Path, refused: Any) -> None:
    content = pickle.dumps(RunsCode(npy.parent / "made"))
    npy.write_bytes(content)
    with refused(f"{npy}: ", "a whole NumPy file"):
        load_dataset(npy)
    path = npy.parent / "set.npz"
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("images", "labels", "images.npy"):
            archive.writestr(name, content)
    with refused("images: ", "numbers"):
        load_dataset(path)
    path.write_bytes(content)
    with refused(f"{path}: ", "a whole NumPy file"):
        load_dataset(path)
    assert not (npy.parent / "made").exists()


@pytest.mark.filterwarnings("ignore:Reading `.npy` or `.npz` file required")
@given(place=st.integers(0, 10**6), byte=st.integers(0, 255), ending=st.sampled_from([".npz", ".npy"]))
def test_a_changed_byte_is_noticed_or_harmless(
    place: int, byte: int, ending: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.getbasetemp()
    images = np.arange(24).reshape(4, 2, 3)
    buffer = io.BytesIO()
    if ending == ".npz":
        np.savez(buffer, images=images, labels=LABELS)
    else:
        np.save(buffer, images)
    content = bytearray(buffer.getvalue())
    content[place % len(content)] = byte
    np.save(folder / "labels.npy", LABELS)
    path = folder / f"images{ending}"
    path.write_bytes(content)
    try:
        assert load_dataset(path, shape=None).n_images == 4
    except InputError as error:
        assert "wanted" in str(error)
