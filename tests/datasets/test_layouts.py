"""Sets that are no IDX files: where their copies are looked for, what is believed of them, what is said of them."""

import hashlib
import io
import tarfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow
import pyarrow.parquet
import pytest
from PIL import Image

from sightbits.datasets.catalogue import CATALOGUE, CatalogueArchive, CatalogueArray, CatalogueRow, find_fold, find_row
from sightbits.datasets.formats import cifar
from sightbits.datasets.formats.raw import RawImages
from sightbits.datasets.loading import load_dataset
from sightbits.datasets.sources import find_copies, read_catalogue_set, verify


def sha256(content: Any) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def machine(empty_machine: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SIGHTBITS_DATA", str(empty_machine / "own"))
    return empty_machine


def touch(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")


# --- where copies are looked for ---


@pytest.mark.parametrize(
    ("name", "files", "holder", "found"),
    [
        ("hasyv2", "own/hasyv2/HASYv2.tar.bz2", "SIGHTBITS_DATA", None),
        ("hasyv2", "own/hasyv2/hasyv2_full_packed.npz", "SIGHTBITS_DATA", None),
        ("hasyv2", "own/HASYv2/hasy-data-labels.csv", "SIGHTBITS_DATA", "own/HASYv2"),
        ("hasyv2", "cache/hasyv2/HASYv2.tar.bz2", "cache", None),
        ("hasyv2", "work/data/HASYv2.tar.bz2", "data folder", None),
        ("hasyv2", "home/data/HASYv2/hasy-data-labels.csv", "data folder", "home/data/HASYv2"),
        ("cifar-10", "own/cifar10/cifar-10-binary.tar.gz", "SIGHTBITS_DATA", None),
        ("cifar-10", "own/cifar-10/data_batch_1.bin", "SIGHTBITS_DATA", "own/cifar-10"),
        ("cifar-10", "cache/cifar-10/cifar-10-python.tar.gz", "cache", None),
        ("cifar-10", "work/data/cifar-10-batches-py/data_batch_1", "torchvision", "work/data/cifar-10-batches-py"),
        ("cifar-10", "work/cifar-10-batches-bin/data_batch_1.bin", "torchvision", "work/cifar-10-batches-bin"),
        ("cifar-10", "home/data/cifar-10-python.tar.gz", "torchvision", None),
        ("cifar-10", "own/cifar10/exact/labels.npz", "SIGHTBITS_DATA", "own/cifar10/exact"),
        ("cifar-10-jpeg", "own/cifar10/jpeg_full/cifar10_jpeg_60000.tar.xz", "SIGHTBITS_DATA", None),
        ("fruits-360", "own/fruits360/fruits-360_any.tar.xz", "SIGHTBITS_DATA", None),
        ("fruits-360", "own/fruits-360/Training/x", "SIGHTBITS_DATA", "own/fruits-360"),
        ("fruits-360", "cache/fruits-360/fruits-360-100x100/Training/x", "cache", None),
        ("fruits-360", "work/fruits-360_dataset/fruits-360/Training/x", "data folder", None),
        ("fruits-360", "work/data/fruits-360/Training/x", "data folder", "work/data/fruits-360"),
    ],
)  # fmt: skip
def test_a_copy_is_found(name: str, files: str, holder: str, found: str | None, machine: Path) -> None:
    assert list(find_copies(find_row(name))) == []
    touch(machine / files)
    copies = list(find_copies(find_row(name)))
    assert {copy.holder for copy in copies} == {holder}
    wanted = machine / (found or files.removesuffix("/Training/x"))
    assert {copy.path.resolve() for copy in copies} == {wanted}


def test_copies_are_tried_in_the_stated_order_and_parts_last(machine: Path) -> None:
    touch(
        machine / "own/cifar10/exact/labels.npz",
        machine / "own/cifar10/cifar-10-binary.tar.gz",
        machine / "cache/cifar-10/cifar-10-binary.tar.gz",
        machine / "work/data/cifar-10-batches-py/data_batch_1",
        machine / "home/.cache/huggingface/hub/datasets--uoft-cs--cifar10/snapshots/0a/plain_text/train-0.parquet",
        machine / "home/.cache/huggingface/hub/datasets--uoft-cs--cifar10/snapshots/0a/plain_text/test-0.parquet",
    )
    found = list(dict.fromkeys((copy.holder, copy.path.name) for copy in find_copies(find_row("cifar-10"))))
    assert found == [
        ("SIGHTBITS_DATA", "cifar-10-binary.tar.gz"),
        ("cache", "cifar-10-binary.tar.gz"),
        ("torchvision", "cifar-10-batches-py"),
        ("Hugging Face", "plain_text"),
        ("SIGHTBITS_DATA", "exact"),
    ]


def test_a_users_own_training_folder_is_not_taken_for_fruit(machine: Path) -> None:
    touch(*(machine / place / "Training/cats/1.jpg" for place in ("work", "work/data", "home/data", "own", "cache")))
    assert list(find_copies(find_row("fruits-360"))) == []


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("hasyv2", ("sightbits data fetch hasyv2", "put HASYv2.tar.bz2 into")),
        ("cifar-10", ("sightbits data fetch cifar-10", "put cifar-10-binary.tar.gz or cifar-10-python.tar.gz into")),
        ("cifar-10-jpeg", ("Put cifar10_jpeg_60000.tar.xz into",)),
        ("fruits-360", ("Put the folder that holds Training and Test (from https://github.com/fruits-360/",)),
    ],
)
def test_without_a_copy_the_message_says_what_to_put_where(
    name: str, words: tuple[str, ...], machine: Path, refused: Any
) -> None:
    with refused(f"{name}: ", "no copy on this machine", *words, f"into {machine / 'own' / name}") as caught:
        load_dataset(name)
    assert ("data fetch" in str(caught.value)) == (name in {"hasyv2", "cifar-10"})


# --- what is believed of them ---

IMAGES = np.random.default_rng(0).choice(np.array([0, 255], np.uint8), (10, 4, 3))
CLASSES = np.array([0, 1, 2, 0, 1, 2, 0, 1, 2, 0], np.uint8)
FOLDS = np.array([1, 2, 3, 1, 2, 3, 1, 2, 3, 3], np.uint8)
RAW = RawImages(images=IMAGES, labels=CLASSES.astype(np.int64), label_names=("a", "b", "c"), folds=FOLDS)
PART = ((0, 2), (5, 8))


@pytest.fixture
def row() -> CatalogueRow:
    known = [
        CatalogueArray(name="images", sha256=sha256(IMAGES)),
        CatalogueArray(name="images", sha256=sha256(IMAGES[[0, 1, 5, 6, 7]]), within=PART),
        CatalogueArray(name="labels", sha256=sha256(CLASSES.astype("<i2")), dtype="<i2"),
        CatalogueArray(name="folds", sha256=sha256(FOLDS)),
        CatalogueArray(name="label_names", sha256=sha256(b"a\nb\nc")),
    ]
    return replace(
        find_row("hasyv2"), n_train=7, n_test=3, image_shape=(4, 3), arrays=tuple(known), part=PART, n_own_labels=3,
        n_folds=3,
    )  # fmt: skip


def changed(array: np.ndarray, place: int = 3) -> np.ndarray:
    other = array.copy()
    other.flat[place] = 1 if other.flat[place] != 1 else 2
    return other


def test_the_published_arrays_are_believed(row: CatalogueRow) -> None:
    verify(row, RAW, Path("copy"))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"images": changed(IMAGES)}, ("copy (images): ", "SHA-256")),
        ({"labels": changed(CLASSES)}, ("copy (labels): ", "SHA-256")),
        ({"labels": CLASSES.astype(np.int64) + 2**16}, ("copy (labels): ", "whole numbers")),
        ({"folds": changed(FOLDS)}, ("copy (folds): ", "SHA-256")),
        ({"folds": FOLDS + 0.5}, ("copy (folds): ", "whole numbers")),
        ({"label_names": ("a", "c", "b")}, ("copy (label_names): ", "SHA-256")),
        ({"label_names": None}, ("copy (label_names): ", "SHA-256")),
        ({"images": IMAGES[:9], "labels": CLASSES[:9]}, ("copy: ", "10 images of 4x3", "9 labels")),
        ({"images": IMAGES.reshape(10, 3, 4)}, ("copy: ", "(10, 3, 4)")),
        ({"labels": CLASSES[:9]}, ("copy: ", "9 labels")),
    ],
)
def test_other_arrays_are_not(changes: dict, words: tuple[str, ...], row: CatalogueRow, refused: Any) -> None:
    with refused(*words, "fetch the set again"):
        verify(row, replace(RAW, **changes), Path("copy"))


def part_of(places: list[int]) -> RawImages:
    return replace(RAW, images=IMAGES[places], labels=CLASSES[places], places=np.array(places))


def test_a_part_is_believed_as_far_as_it_is_known(row: CatalogueRow, refused: Any) -> None:
    known = replace(row, arrays=row.arrays[:3])
    verify(known, part_of([0, 1, 5, 6, 7]), Path("copy"))
    with refused("copy: ", "the known part", "other images"):
        verify(known, part_of([0, 1, 5, 6, 8]), Path("copy"))
    with refused("copy: ", "the known part"):
        verify(known, part_of([0, 1, 5, 6]), Path("copy"))
    other = part_of([0, 1, 5, 6, 7])
    with refused("copy (images): ", "SHA-256"):
        verify(known, replace(other, images=changed(other.images)), Path("copy"))


def test_the_official_split_and_the_names_are_part_of_a_set(row: CatalogueRow, refused: Any) -> None:
    named = replace(row, n_folds=0, arrays=row.arrays[:1], label_names=("a", "b", "c"))
    in_test = np.arange(10) >= 7
    verify(named, replace(RAW, in_test=in_test), Path("copy"))
    verify(named, replace(RAW, label_names=None), Path("copy"))
    with refused("copy: ", "3 test images", "got 4"):
        verify(named, replace(RAW, in_test=np.arange(10) >= 6), Path("copy"))
    with refused("copy: ", "labels a, b, c", "a, c, b"):
        verify(named, replace(RAW, label_names=("a", "c", "b")), Path("copy"))


def test_where_only_the_archive_is_known_its_bytes_are(row: CatalogueRow, tmp_path: Path, refused: Any) -> None:
    path = tmp_path / "set.tar"
    path.write_bytes(b"content")
    archive = CatalogueArchive(name="set.tar", sha256=sha256(b"content"))
    known = replace(row, arrays=(), archives=(archive,))
    verify(known, RAW, path)
    path.write_bytes(b"Content")
    with refused(f"{path}: ", "SHA-256"):
        verify(known, RAW, path)


# --- HASYv2 ---


def write_packed(folder: Path, images: np.ndarray = IMAGES) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    whole = np.full((len(images), 4, 4), 255, np.uint8)
    whole[:, :, :3] = images
    np.savez(
        folder / "hasyv2_full_packed.npz",
        ink_bits=np.packbits(whole.reshape(len(images), -1) == 0, axis=1),
        class_index=CLASSES,
        fold=FOLDS,
        class_latex=np.array(["a", "b", "c"]),
    )
    return folder / "hasyv2_full_packed.npz"


@pytest.fixture
def tiny_hasy(row: CatalogueRow, machine: Path, monkeypatch: pytest.MonkeyPatch) -> CatalogueRow:
    write_packed(machine / "own" / "hasyv2")
    images = np.full((10, 4, 4), 255, np.uint8)
    images[:, :, :3] = IMAGES
    arrays = (CatalogueArray(name="images", sha256=sha256(images)), *row.arrays[2:])
    tiny = replace(row, image_shape=(4, 4), arrays=arrays, part=())
    monkeypatch.setitem(CATALOGUE, "hasyv2", tiny)
    return tiny


def test_a_name_says_which_fold_is_held_out(tiny_hasy: CatalogueRow) -> None:
    for name, fold in (("hasyv2", 1), ("hasyv2/1", 1), ("hasyv2/2", 2), ("hasyv2/3", 3)):
        data = load_dataset(name)
        np.testing.assert_array_equal(data.in_test, fold == FOLDS)
        assert data.label_names == ("a", "b", "c")
        assert data.value_range == (0.0, 255.0)
        assert data.provenance.name == name


def test_a_damaged_copy_is_refused_by_name(tiny_hasy: CatalogueRow, machine: Path, refused: Any) -> None:
    write_packed(machine / "own" / "hasyv2", changed(IMAGES // 255) * 255)
    with refused("hasyv2: ", "only copies that are not intact: SIGHTBITS_DATA (", "(images): wanted content"):
        load_dataset("hasyv2")


@pytest.mark.parametrize("name", ["hasyv2/0", "hasyv2/11", "hasyv2/", "hasyv2/01", "hasyv2/x", "hasyv2/1/2"])
def test_a_fold_that_is_not_there_is_refused(name: str, refused: Any) -> None:
    with refused("hasyv2: ", "from hasyv2/1 to hasyv2/10", repr(name)):
        load_dataset(name)


def test_other_names_have_no_folds() -> None:
    assert find_fold("mnist") == (CATALOGUE["mnist"], 1)
    assert find_fold("mnist/2") is None
    assert find_fold("somewhere/3") is None


def test_hyphens_may_be_left_out_unless_something_here_has_that_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refused: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, known in (("cifar10", "cifar-10"), ("fruits360", "fruits-360"), ("fashionmnist", "fashion-mnist")):
        assert find_fold(name) == (CATALOGUE[known], 1)
        assert find_row(name) is CATALOGUE[known]
        (tmp_path / name).mkdir()
        assert find_fold(name) is None
    (tmp_path / "mnist").mkdir()
    assert find_fold("mnist") == (CATALOGUE["mnist"], 1)
    with refused("data set: ", "one of digits, mnist", "'cifar11'"):
        find_row("cifar11")


# --- CIFAR-10 ---


def test_a_part_of_cifar_stands_in_for_the_whole_and_says_so(
    machine: Path, draw_images: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    images, labels = draw_images(5, 32, 32, 3), np.array([1, 0, 1, 1, 0], np.uint8)
    folder = machine / "own/cifar10/exact"
    folder.mkdir(parents=True)
    Image.fromarray(images[:3].reshape(-1, 32, 3)).save(folder / "train_0-2.png")
    Image.fromarray(images[3:].reshape(-1, 32, 3)).save(folder / "test_0-1.png")
    np.savez(
        folder / "labels.npz",
        y_train=labels[:3],
        y_test=labels[3:],
        train_index=np.array([0, 1, 9]),
        class_names=np.array(["cat", "dog"]),
    )
    part = ((0, 2), (9, 10), (50_000, 50_002))
    row = replace(
        find_row("cifar-10"),
        label_names=("cat", "dog"),
        part=part,
        arrays=(
            CatalogueArray(name="labels", sha256=64 * "0"),
            CatalogueArray(name="labels", sha256=sha256(labels), within=part),
            CatalogueArray(name="images", sha256=sha256(images[3:]), within=part[2:]),
        ),
    )
    monkeypatch.setitem(CATALOGUE, "cifar-10", row)
    data = load_dataset("cifar-10")
    np.testing.assert_array_equal(data.images, images)
    assert data.in_test is not None
    assert data.in_test.tolist() == [False] * 3 + [True] * 2
    assert data.label_names == ("cat", "dog")
    assert data.provenance.notes == ("a part: 3 and 2 of 60,000 images",)


def test_each_archive_of_cifar_has_its_own_reader(machine: Path) -> None:
    touch(machine / "cache/cifar-10/cifar-10-binary.tar.gz", machine / "cache/cifar-10/cifar-10-python.tar.gz")
    readers: list[Any] = [copy.read for copy in find_copies(find_row("cifar-10"))]
    assert [read.func for read in readers] == [cifar.read_binary, cifar.read_python]


def test_the_lossy_set_says_that_it_is(machine: Path, draw_images: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    path = machine / "own/cifar10/jpeg_full/cifar10_jpeg_60000.tar.xz"
    path.parent.mkdir(parents=True)
    with tarfile.open(path, "w:xz") as tar:
        for name in ("train/cat/0000.jpg", "train/dog/0000.jpg", "test/dog/0000.jpg", "test/cat/0000.jpg"):
            buffer = io.BytesIO()
            Image.fromarray(draw_images(32, 32, 3)).save(buffer, "JPEG")
            member = tarfile.TarInfo(name)
            member.size = len(buffer.getvalue())
            tar.addfile(member, io.BytesIO(buffer.getvalue()))
    archive = CatalogueArchive(name=path.name, sha256=sha256(path.read_bytes()))
    row = replace(find_row("cifar-10-jpeg"), n_train=2, n_test=2, label_names=("cat", "dog"), archives=(archive,))
    monkeypatch.setitem(CATALOGUE, "cifar-10-jpeg", row)
    data = load_dataset("cifar-10-jpeg")
    assert data.image_shape == (32, 32, 3)
    assert data.labels.tolist() == [0, 1, 0, 1]
    assert data.in_test is not None
    assert data.in_test.tolist() == [False, False, True, True]
    assert "losses" in row.title
    assert "losses" in data.provenance.notes[0]


def test_the_hugging_face_copy_of_cifar_is_read(machine: Path, draw_images: Any) -> None:
    folder = machine / "home/.cache/huggingface/hub/datasets--uoft-cs--cifar10/snapshots/0a/plain_text"
    folder.mkdir(parents=True)
    images = draw_images(4, 32, 32, 3)
    for part, own in (("train", images[:3]), ("test", images[3:])):
        pictures = []
        for image in own:
            buffer = io.BytesIO()
            Image.fromarray(image).save(buffer, "PNG")
            pictures.append({"bytes": buffer.getvalue(), "path": None})
        table = pyarrow.table({"img": pictures, "label": list(range(len(own)))})
        pyarrow.parquet.write_table(table, folder / f"{part}-00000-of-00001.parquet")
    (copy,) = find_copies(find_row("cifar-10"))
    np.testing.assert_array_equal(copy.read().images, images)


# --- Fruits 360 ---


@pytest.fixture
def grow(machine: Path, draw_images: Any) -> Callable[..., Path]:
    """Leaves a release of two fruits, four training and two test images, on the machine."""

    def grow(folder: str, test: str = "Test", side: int = 100) -> Path:
        images = iter(draw_images(6, side, side, 3))
        for part, n_images in (("Training", 2), (test, 1)):
            for label in ("Apple", "Pear"):
                for number in range(n_images):
                    path = machine / folder / part / label / f"{number}_100.jpg"
                    path.parent.mkdir(parents=True, exist_ok=True)
                    Image.fromarray(next(images)).save(path)
        return machine / folder

    return grow


@pytest.mark.parametrize("test", ["Test", "Validation"])
def test_a_release_of_fruits_says_what_it_looks_like(test: str, grow: Callable[..., Path]) -> None:
    folder = grow("own/fruits-360", test)
    data = load_dataset("fruits-360")
    assert data.images.shape == (6, 100, 100, 3)
    assert data.label_names == ("Apple", "Pear")
    assert data.in_test is not None
    assert data.in_test.tolist() == [False] * 4 + [True] * 2
    assert data.provenance.origin == f"SIGHTBITS_DATA ({folder})"
    said, near = data.provenance.notes
    assert said == "2 classes, 4 training and 2 test images, as no release on record has; no pixel is verified"
    assert "neighbouring views" in near


def test_a_known_release_of_fruits_is_named(grow: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    from sightbits.datasets import layouts  # noqa: PLC0415  only to know of a small release

    monkeypatch.setitem(layouts._FRUITS_RELEASES, (2, 4, 2), "of today")
    grow("own/fruits-360")
    assert "as release of today has" in load_dataset("fruits-360").provenance.notes[0]
    assert "2 classes, 4 training" in load_dataset("fruits-360", limit=3).provenance.notes[0]


def test_fruits_are_scaled_and_limited_as_they_are_read(grow: Callable[..., Path], refused: Any) -> None:
    grow("cache/fruits-360/fruits-360_dataset/fruits-360")
    assert load_dataset("fruits-360", scale_to=(5, 4)).image_shape == (5, 4, 3)
    assert load_dataset("fruits-360", limit=3).image_shape == (100, 100, 3)
    assert load_dataset("fruits-360", limit=3).n_images == 3
    with refused("scale-to: ", "rows and columns"):
        load_dataset("fruits-360", scale_to=(5,))


def test_fruits_of_another_size_are_refused_unless_they_are_scaled(grow: Callable[..., Path], refused: Any) -> None:
    folder = grow("own/fruits-360", side=99)
    with refused("fruits-360: ", f"SIGHTBITS_DATA ({folder}: wanted images of 100x100x3, got 99x99x3"):
        load_dataset("fruits-360")
    assert load_dataset("fruits-360", scale_to=(5, 4)).image_shape == (5, 4, 3)


@pytest.mark.parametrize("name", ["hasyv2", "cifar-10", "cifar-10-jpeg", "digits"])
def test_other_sets_are_not_scaled(name: str, refused: Any) -> None:
    with refused("scale-to: ", "a folder of image files", name):
        load_dataset(name, scale_to=(5, 4))


def test_fruits_come_from_an_archive_as_from_its_folder(grow: Callable[..., Path], machine: Path) -> None:
    folder = grow("own/fruits-360")
    from_folder = read_catalogue_set(find_row("fruits-360"))[0]
    (machine / "own/fruits360").mkdir()
    with tarfile.open(machine / "own/fruits360/fruits-360_some.tar.xz", "w:xz") as tar:
        tar.add(folder, "fruits-360")
    for file in folder.rglob("*.jpg"):
        file.unlink()
    found, copy = read_catalogue_set(find_row("fruits-360"))
    assert copy.path.name == "fruits-360_some.tar.xz"
    np.testing.assert_array_equal(found.images, from_folder.images)
    np.testing.assert_array_equal(found.labels, from_folder.labels)
    np.testing.assert_array_equal(found.in_test, from_folder.in_test)


def test_the_release_of_original_sizes_is_refused_with_advice(grow: Callable[..., Path], refused: Any) -> None:
    folder = grow("own/fruits-360/fruits-360-original-size")
    with refused("fruits-360: ", "whose images differ in size", f"--scale-to 100x100 {folder}"):
        load_dataset("fruits-360")
    grow("work/data/fruits-360")
    assert load_dataset("fruits-360").n_images == 6
