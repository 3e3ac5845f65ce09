"""A HASYv2 of eight symbols drawn by chance, in the layouts in which the real one comes."""

import io
import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from sightbits.datasets.formats import hasy
from sightbits.datasets.formats.hasy import read_hasy, read_packed
from sightbits.datasets.formats.raw import RawImages

NAMES = (r"\alpha", ",", "A")
SYMBOLS = (96, 31, 500)


def table(header: str, rows: list[tuple]) -> bytes:
    lines = [",".join(f'"{value}"' if value == "," else str(value) for value in row) for row in rows]
    return "".join(f"{line}\r\n" for line in [header, *lines]).encode()


def png(image: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG")
    return buffer.getvalue()


@dataclass(frozen=True, eq=False, kw_only=True)
class TinyHasy:
    """Images, classes and folds, and the files that hold them."""

    images: np.ndarray
    labels: np.ndarray
    folds: np.ndarray
    files: dict[str, bytes]

    def write(self, folder: Path, **changes: bytes | None) -> Path:
        for name, content in (self.files | changes).items():
            if content is not None:
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).write_bytes(content)
        return folder

    def pack(self, path: Path) -> Path:
        with tarfile.open(path, "w:bz2") as tar:
            for name, content in self.files.items():
                member = tarfile.TarInfo(name)
                member.size = len(content)
                tar.addfile(member, io.BytesIO(content))
        return path


@pytest.fixture(scope="module")
def tiny() -> TinyHasy:
    """Numbers of images grow past those of five digits, and files come in another order than numbers."""
    rng = np.random.default_rng(0)
    images = rng.choice(np.array([0, 255], np.uint8), (8, 32, 32))
    labels = np.array([1, 0, 2, 2, 1, 0, 1, 0])
    folds = np.array([1, 2, 2, 1, 10, 2, 1, 10], np.uint8)
    paths = [f"hasy-data/v2-{number:05}.png" for number in (0, 1, 7, 99_998, 99_999, 100_000, 100_001, 168_232)]
    rows = [(path, SYMBOLS[label], NAMES[label], 7) for path, label in zip(paths, labels, strict=True)]
    mixed = [rows[i] for i in (5, 0, 7, 2, 3, 1, 6, 4)]
    header = "path,symbol_id,latex,user_id"
    files = {path: png(np.repeat(image[..., None], 3, axis=2)) for path, image in zip(paths, images, strict=True)}
    files["hasy-data-labels.csv"] = table(header, mixed)
    files["symbols.csv"] = table("symbol_id,latex,n,m", [(*pair, 3, 4) for pair in zip(SYMBOLS, NAMES, strict=True)])
    for fold in (1, 2, 10):
        for part, held_out in (("train", False), ("test", True)):
            inside = [(f"../../{row[0]}", *row[1:]) for row, own in zip(rows, folds, strict=True)
                      if (own == fold) == held_out]  # fmt: skip
            files[f"classification-task/fold-{fold}/{part}.csv"] = table(header, inside)
    files["verification-task/train/test.csv"] = b"of another task"
    files["pictures/v2-00000.png"] = b"of another folder"
    files["README.txt"] = b"about"
    return TinyHasy(images=images, labels=labels, folds=folds, files=files)


def assert_whole(found: RawImages, tiny: TinyHasy) -> None:
    np.testing.assert_array_equal(found.images, tiny.images)
    np.testing.assert_array_equal(found.labels, tiny.labels)
    np.testing.assert_array_equal(found.folds, tiny.folds)
    assert found.images.dtype == np.uint8
    assert found.label_names == NAMES
    assert found.value_range == (0.0, 255.0)


def test_a_folder_of_the_original_layout_is_read(tiny: TinyHasy, tmp_path: Path) -> None:
    assert_whole(read_hasy(tiny.write(tmp_path)), tiny)


def test_the_original_archive_is_read_without_being_unpacked(tiny: TinyHasy, tmp_path: Path) -> None:
    assert_whole(read_hasy(tiny.pack(tmp_path / "HASYv2.tar.bz2")), tiny)
    assert [path.name for path in tmp_path.iterdir()] == ["HASYv2.tar.bz2"]


def test_an_archive_with_a_folder_around_is_read(tiny: TinyHasy, tmp_path: Path) -> None:
    tiny.write(tmp_path / "HASYv2" / "data")
    assert_whole(read_hasy(tmp_path / "HASYv2"), tiny)


def test_images_are_decoded_some_at_a_time(tiny: TinyHasy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hasy, "_N_AT_ONCE", 3)
    assert_whole(read_hasy(tiny.write(tmp_path)), tiny)


@pytest.mark.parametrize("mode", ["L", "1"])
def test_images_saved_again_without_colours_are_the_same(mode: str, tiny: TinyHasy, tmp_path: Path) -> None:
    tiny.write(tmp_path)
    for path, image in zip(sorted((tmp_path / "hasy-data").iterdir(), key=lambda p: int(p.stem[3:])), tiny.images,
                           strict=True):  # fmt: skip
        Image.fromarray(image).convert(mode).save(path)
    assert_whole(read_hasy(tmp_path), tiny)


# --- what is wrong ---

LABELS, FOLD = "hasy-data-labels.csv", "classification-task/fold-2/test.csv"


@pytest.mark.parametrize("name", [LABELS, "symbols.csv"])
def test_a_missing_table_is_named(name: str, tiny: TinyHasy, tmp_path: Path, refused: Any) -> None:
    tiny.write(tmp_path, **{name: None})
    with refused(f"{tmp_path}: ", f"a table {name}", "got none"):
        read_hasy(tmp_path)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"path,latex\r\nx,y\r\n", b"path,symbol_id\r\nx\r\n", b'path,"'])
def test_a_damaged_table_is_refused(content: bytes, tiny: TinyHasy, tmp_path: Path, refused: Any) -> None:
    tiny.write(tmp_path, **{LABELS: content})
    with refused(f"{tmp_path} ({LABELS}): ", "columns path and symbol_id"):
        read_hasy(tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (b",500,", b",501,", ("symbols that are in symbols.csv", "1 that are not, the first 501")),
        (b"v2-00007.png", b"v2-00008.png", ("images that are there", "1 that are not, the first v2-00008.png")),
    ],
)
def test_a_table_that_names_what_is_not_there_is_refused(
    old: bytes, new: bytes, words: tuple[str, ...], tiny: TinyHasy, tmp_path: Path, refused: Any
) -> None:
    tiny.write(tmp_path, **{LABELS: tiny.files[LABELS].replace(old, new)})
    with refused(f"({LABELS}): ", *words, "not whole"):
        read_hasy(tmp_path)


def test_an_image_in_no_fold_is_refused(tiny: TinyHasy, tmp_path: Path, refused: Any) -> None:
    tiny.write(tmp_path, **{FOLD: None})
    with refused("(classification-task): ", "every image in one test.csv", "3 that are not, the first v2-00001.png"):
        read_hasy(tmp_path)


def test_an_image_in_two_folds_is_refused(tiny: TinyHasy, tmp_path: Path, refused: Any) -> None:
    tiny.write(tmp_path, **{"classification-task/fold-3/test.csv": tiny.files[FOLD]})
    with refused("(fold-3): ", "each image held out by one", "v2-00001.png in fold-3 and fold-2"):
        read_hasy(tmp_path)


@pytest.mark.parametrize("fold", [0, 256])
def test_a_fold_of_another_number_is_refused(fold: int, tiny: TinyHasy, tmp_path: Path, refused: Any) -> None:
    name = f"classification-task/fold-{fold}/test.csv"
    tiny.write(tmp_path, **{name: tiny.files[FOLD], FOLD: None})
    with refused(f"(fold-{fold}): ", "folds from 1 on", f"got fold {fold}"):
        read_hasy(tmp_path)


def colour(channel: int, value: int) -> np.ndarray:
    image = np.zeros((32, 32, 3), np.uint8)
    image[31, 31, channel] = value
    return image


@pytest.mark.parametrize(
    ("image", "got"),
    [
        (colour(0, 255), "colours"),
        (colour(1, 255), "colours"),
        (colour(2, 255), "colours"),
        (np.full((32, 32, 3), 254, np.uint8), "grey values between"),
        (np.zeros((32, 31, 3), np.uint8), "several sizes"),
        (np.zeros((31, 32, 3), np.uint8), "several sizes"),
    ],
)
@pytest.mark.parametrize("n_at_once", [2, 8192])
def test_an_image_that_is_not_black_on_white_is_refused(
    image: np.ndarray, got: str, n_at_once: int, tiny: TinyHasy, tmp_path: Path, refused: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(hasy, "_N_AT_ONCE", n_at_once)
    tiny.write(tmp_path, **{"hasy-data/v2-168232.png": png(image)})
    with refused(f"{tmp_path}: ", "black (0) or white (255)", got):
        read_hasy(tmp_path)


def test_a_damaged_image_is_named(tiny: TinyHasy, tmp_path: Path, refused: Any) -> None:
    tiny.write(tmp_path, **{"hasy-data/v2-00007.png": b"junk"})
    with refused("v2-00007.png: ", "a whole image file"):
        read_hasy(tmp_path)


# --- packed ---


@pytest.fixture
def pack(tiny: TinyHasy, tmp_path: Path) -> Callable[..., Path]:
    def pack(**changes: Any) -> Path:
        arrays = {
            "ink_bits": np.packbits(tiny.images.reshape(8, -1) == 0, axis=1),
            "class_index": tiny.labels.astype(np.int16),
            "fold": tiny.folds,
            "class_latex": np.array(NAMES),
            "user_id": np.zeros(8, np.int32),
        }
        chosen = {name: array for name, array in (arrays | changes).items() if array is not None}
        np.savez_compressed(tmp_path / "packed.npz", **chosen)
        return tmp_path / "packed.npz"

    return pack


def test_the_packed_form_is_the_same_set(tiny: TinyHasy, pack: Callable[..., Path]) -> None:
    assert_whole(read_packed(pack()), tiny)


@pytest.mark.parametrize(
    "changes",
    [
        {"ink_bits": None},
        {"fold": None},
        {"ink_bits": np.zeros((8, 128), np.int16)},
        {"ink_bits": np.zeros((8, 4, 32), np.uint8)},
    ],
)
def test_another_packed_file_is_refused(changes: dict, pack: Callable[..., Path], refused: Any) -> None:
    path = pack(**changes)
    with refused(f"{path}: ", "arrays ink_bits, class_index, fold, class_latex", "original archive"):
        read_packed(path)


def test_objects_in_a_packed_file_are_not_unpickled(pack: Callable[..., Path], refused: Any) -> None:
    with refused("never unpickled"):
        read_packed(pack(class_latex=np.array([1, None], dtype=object)))
