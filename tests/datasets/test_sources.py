"""Copies of a small made-up set, left where the tools of the world leave theirs."""

import gzip
import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow
import pyarrow.parquet
import pytest
from PIL import Image

from sightbits.datasets.formats.raw import RawImages
from sightbits.datasets.sources import Copy, cache_folder, find_copies, read_catalogue_set, verify

Place = Callable[[Path, Any], Path]


def write_npz(path: Path, tiny: Any, **changes: np.ndarray) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    arrays = {
        "x_train": tiny.train_images,
        "y_train": tiny.train_labels,
        "x_test": tiny.test_images,
        "y_test": tiny.test_labels,
    }
    np.savez(path, **(arrays | changes))
    return path


def write_arff(path: Path, tiny: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    images = np.concatenate([tiny.train_images, tiny.test_images]).reshape(9, -1)
    labels = np.concatenate([tiny.train_labels, tiny.test_labels])
    rows = [",".join(map(str, [*image, label])) for image, label in zip(images, labels, strict=True)]
    path.write_bytes(gzip.compress("\n".join(["@RELATION tiny", "@DATA", *rows]).encode()))
    return path


def write_parquet(folder: Path, tiny: Any) -> Path:
    folder.mkdir(parents=True)
    for part, images, labels in (
        ("train", tiny.train_images, tiny.train_labels),
        ("test", tiny.test_images, tiny.test_labels),
    ):
        pictures = []
        for image in images:
            buffer = io.BytesIO()
            Image.fromarray(image).save(buffer, "PNG")
            pictures.append({"bytes": buffer.getvalue(), "path": f"{part}.png"})
        table = pyarrow.table({"image": pictures, "label": labels.astype(np.int64)})
        pyarrow.parquet.write_table(table, folder / f"{part}-00000-of-00001.parquet")
    return folder


ARFF = "openml/openml.org/data/v1/download/77/tiny.arff.gz"
SNAPSHOT = "hub/datasets--someone--tiny/snapshots/0a1b2c/tiny"

# Where each tool leaves its copy, in the order in which copies are tried.
PLACES: dict[str, tuple[str, Place]] = {
    "own": ("SIGHTBITS_DATA", lambda top, tiny: tiny.write_idx(top / "own" / "tiny", compressed=True)),
    "cache": ("cache", lambda top, tiny: tiny.write_idx(top / "cache" / "tiny")),
    "torchvision here": ("torchvision", lambda top, tiny: tiny.write_idx(Path("data/tiny/raw"))),
    "torchvision beside": ("torchvision", lambda top, tiny: tiny.write_idx(Path("tiny/raw"))),
    "torchvision home": ("torchvision", lambda top, tiny: tiny.write_idx(top / "home/data/tiny/raw")),
    "Keras folder": ("Keras", lambda top, tiny: tiny.write_idx(top / "home/.keras/datasets/tiny", compressed=True)),
    "Keras file": ("Keras", lambda top, tiny: write_npz(top / "home/.keras/datasets/tiny.npz", tiny)),
    "scikit-learn": ("scikit-learn", lambda top, tiny: write_arff(top / "home/scikit_learn_data" / ARFF, tiny)),
    "Debian": ("Debian", lambda top, tiny: tiny.write_idx(top / "debian" / "tiny", compressed=True)),
    "Hugging Face": (
        "Hugging Face",
        lambda top, tiny: write_parquet(top / "home/.cache/huggingface" / SNAPSHOT, tiny),
    ),
}


@pytest.fixture
def machine(empty_machine: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SIGHTBITS_DATA", str(empty_machine / "own"))
    return empty_machine


def assert_whole(found: RawImages, tiny: Any) -> None:
    np.testing.assert_array_equal(found.images, np.concatenate([tiny.train_images, tiny.test_images]))
    np.testing.assert_array_equal(found.labels, np.concatenate([tiny.train_labels, tiny.test_labels]))
    assert found.in_test.tolist() == [False] * 6 + [True] * 3


# --- finding ---


def test_an_empty_machine_has_no_copies(empty_machine: Path, tiny_set: Any) -> None:
    assert list(find_copies(tiny_set.row)) == []


@pytest.mark.parametrize("place", PLACES)
def test_the_copy_of_each_holder_is_found_verified_and_read(place: str, machine: Path, tiny_set: Any) -> None:
    holder, leave = PLACES[place]
    path = leave(machine, tiny_set)
    raw, copy = read_catalogue_set(tiny_set.row)
    assert (copy.holder, copy.path) == (holder, path)
    assert_whole(raw, tiny_set)


def test_copies_are_tried_in_the_stated_order(machine: Path, tiny_set: Any) -> None:
    paths = {leave(machine, tiny_set): holder for holder, leave in reversed(PLACES.values())}
    found = [(copy.path, copy.holder) for copy in find_copies(tiny_set.row)]
    assert found == list(reversed(paths.items()))


@pytest.mark.parametrize(
    ("variable", "holder", "leave"),
    [
        ("SCIKIT_LEARN_DATA", "scikit-learn", lambda top, tiny: write_arff(top / ARFF, tiny)),
        ("HF_HOME", "Hugging Face", lambda top, tiny: write_parquet(top / SNAPSHOT, tiny)),
    ],
)
def test_a_cache_that_was_moved_is_found_by_its_variable(
    variable: str, holder: str, leave: Place, machine: Path, tiny_set: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = leave(machine / "moved", tiny_set)
    assert list(find_copies(tiny_set.row)) == []
    monkeypatch.setenv(variable, str(machine / "moved"))
    assert [(copy.holder, copy.path) for copy in find_copies(tiny_set.row)] == [(holder, path)]


@pytest.mark.parametrize(("name", "folder"), [("mnist", "MNIST"), ("fashion-mnist", "FashionMNIST")])
def test_torchvision_has_folder_names_of_its_own(name: str, folder: str, empty_machine: Path, tiny_set: Any) -> None:
    tiny_set.write_idx(Path("data") / folder / "raw")
    found = next(find_copies(replace(tiny_set.row, name=name)))
    assert (found.holder, found.path) == ("torchvision", Path("data") / folder / "raw")


def test_the_cache_folder_is_where_the_variable_says(empty_machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cache_folder() == empty_machine / "cache"
    monkeypatch.delenv("SIGHTBITS_CACHE")
    assert cache_folder().name == "sightbits"


# --- damage ---


def cut_short(path: Path) -> None:
    for file in [path] if path.is_file() else sorted(path.iterdir()):
        file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def fill_with_junk(path: Path) -> None:
    for file in [path] if path.is_file() else sorted(path.iterdir()):
        content = bytearray(file.read_bytes())
        content[len(content) // 3 : len(content) // 2] = bytes(range(256)) * 99
        file.write_bytes(content)


def empty(path: Path) -> None:
    for file in [path] if path.is_file() else sorted(path.iterdir()):
        file.write_bytes(b"")


@pytest.mark.parametrize("damage", [cut_short, fill_with_junk, empty])
@pytest.mark.parametrize("place", PLACES)
def test_a_damaged_copy_is_passed_over(
    place: str, damage: Callable[[Path], None], machine: Path, tiny_set: Any, refused: Any
) -> None:
    holder, leave = PLACES[place]
    damage(leave(machine, tiny_set))
    with refused("tiny: ", "only copies that are not intact", f"{holder} (", "sightbits data fetch tiny"):
        read_catalogue_set(tiny_set.row)
    intact = "Hugging Face" if place != "Hugging Face" else "cache"
    PLACES[intact][1](machine, tiny_set)
    raw, copy = read_catalogue_set(tiny_set.row)
    assert copy.holder == intact
    assert_whole(raw, tiny_set)


def test_every_damaged_copy_is_named(machine: Path, tiny_set: Any, refused: Any) -> None:
    for _, leave in PLACES.values():
        cut_short(leave(machine, tiny_set))
    with refused(*(f"{holder} (" for holder, _ in PLACES.values())):
        read_catalogue_set(tiny_set.row)


@pytest.mark.parametrize(
    "changes",
    [
        {"x_train": np.zeros((6, 5, 7), dtype=np.uint8)},
        {"x_train": np.zeros((6, 7, 5), dtype=np.uint8)},
        {"y_train": np.array([0, 1, 2, 2, 1], dtype=np.uint8)},
        {"y_train": np.array([0, 1, 2, 2, 1, 1])},
        {"y_train": np.array([0, 1, 2, 2, 1, 0]) + 256},
        {"y_train": np.array([0, 1, 2, 2, 1, 0]) - 256},
        {"y_train": np.array([0, 1, 2, 2, 1, 0]) + 0.5},
        {"y_train": np.array([0.0, 1.0, 2.0, 2.0, 1.0, 0.0])},
        {"y_train": np.array(["0", "1", "2", "2", "1", "0"])},
        {"x_test": np.zeros((0, 5, 7), dtype=np.uint8)},
        {"y_test": np.array(3)},
    ],
)
def test_a_readable_copy_with_other_content_is_passed_over(
    changes: dict, machine: Path, tiny_set: Any, refused: Any
) -> None:
    write_npz(machine / "home/.keras/datasets/tiny.npz", tiny_set, **changes)
    with refused("only copies that are not intact: Keras ("):
        read_catalogue_set(tiny_set.row)


def test_labels_in_a_wider_type_are_the_same_labels(machine: Path, tiny_set: Any) -> None:
    changes = {"y_train": tiny_set.train_labels.astype(np.int64), "y_test": tiny_set.test_labels.astype(np.uint16)}
    write_npz(machine / "home/.keras/datasets/tiny.npz", tiny_set, **changes)
    assert_whole(read_catalogue_set(tiny_set.row)[0], tiny_set)


def test_a_set_whose_test_files_are_missing_is_passed_over(machine: Path, tiny_set: Any, refused: Any) -> None:
    folder = PLACES["cache"][1](machine, tiny_set)
    for file in folder.glob("t10k*"):
        file.unlink()
    with refused("cache (", "t10k-images-idx3-ubyte"):
        read_catalogue_set(tiny_set.row)


def test_the_verification_names_the_file_and_both_hashes(tiny_set: Any, refused: Any) -> None:
    labels = np.concatenate([tiny_set.train_labels, tiny_set.test_labels])
    images = np.concatenate([tiny_set.train_images, tiny_set.test_images])
    in_test = np.arange(9) >= 6
    verify(tiny_set.row, RawImages(images=images, labels=labels, in_test=in_test), Path("copy"))
    labels[8] = 2
    wanted = tiny_set.row.files[3].sha256[:16]
    with refused("copy (t10k-labels-idx1-ubyte): ", f"SHA-256 {wanted}...", "fetch the set again"):
        verify(tiny_set.row, RawImages(images=images, labels=labels, in_test=in_test), Path("copy"))


# --- nothing there ---


def test_without_a_copy_the_message_says_what_to_put_where(empty_machine: Path, tiny_set: Any, refused: Any) -> None:
    names = ", ".join(tiny_set.files)
    with refused(
        "tiny: ",
        "no copy on this machine",
        "sightbits data fetch tiny",
        f"put {names} (plain or .gz) into {empty_machine / 'cache' / 'tiny'}",
    ):
        read_catalogue_set(tiny_set.row)


def test_the_users_own_data_folder_is_named_where_there_is_one(machine: Path, tiny_set: Any, refused: Any) -> None:
    with refused(f"into {machine / 'own' / 'tiny'}"):
        read_catalogue_set(tiny_set.row)


def test_a_copy_can_be_read_by_itself(machine: Path, tiny_set: Any) -> None:
    PLACES["Debian"][1](machine, tiny_set)
    (copy,) = find_copies(tiny_set.row)
    assert isinstance(copy, Copy)
    assert_whole(copy.read(), tiny_set)
