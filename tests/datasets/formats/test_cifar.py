"""CIFAR-10 of a few images, in binary, pickled, and as strips."""

import io
import os
import pickle
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from sightbits.datasets.formats.cifar import read_binary, read_python, read_strips
from sightbits.datasets.formats.raw import RawImages

NAMES = ("cat", "dog", "horse")
SIZES = (2, 1, 3, 1, 1, 2)  # of the five training batches and of the test batch


@pytest.fixture
def images(draw_images: Any) -> np.ndarray:
    return draw_images(10, 32, 32, 3)


LABELS = np.array([0, 2, 1, 1, 0, 2, 2, 1, 0, 2], np.uint8)


def batches() -> list[tuple[str, slice]]:
    names = [*(f"data_batch_{number}" for number in range(1, 6)), "test_batch"]
    ends = np.cumsum(SIZES)
    return [(name, slice(end - size, end)) for name, end, size in zip(names, ends, SIZES, strict=True)]


def as_binary(images: np.ndarray) -> dict[str, bytes]:
    """A record is a label, then all reds, all greens, all blues, each row by row."""
    files = {}
    for name, part in batches():
        records = [
            bytes([label]) + b"".join(image[:, :, colour].tobytes() for colour in range(3))
            for image, label in zip(images[part], LABELS[part], strict=True)
        ]
        files[f"{name}.bin"] = b"".join(records)
    return files | {"batches.meta.txt": "\n".join([*NAMES, "", ""]).encode(), "readme.html": b"about"}


def as_python(images: np.ndarray) -> dict[str, bytes]:
    files = {
        name: pickle.dumps(
            {
                b"batch_label": name,
                b"labels": LABELS[part].tolist(),
                b"data": np.stack([np.moveaxis(image, 2, 0).ravel() for image in images[part]]),
                b"filenames": ["x.png"],
            },
            protocol=3,
        )
        for name, part in batches()
    }
    return files | {"batches.meta": pickle.dumps({"label_names": list(NAMES), "num_vis": 3072}, protocol=3)}


LAYOUTS = {"binary": (as_binary, read_binary), "python": (as_python, read_python)}
layouts = pytest.mark.parametrize("layout", LAYOUTS)


def write(folder: Path, files: dict[str, bytes]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def assert_whole(found: RawImages, images: np.ndarray) -> None:
    np.testing.assert_array_equal(found.images, images)
    np.testing.assert_array_equal(found.labels, LABELS)
    assert found.images.dtype == np.uint8
    assert found.images.flags.c_contiguous
    assert found.in_test.tolist() == [False] * 8 + [True] * 2
    assert found.label_names == NAMES
    assert found.channels_last
    assert found.value_range == (0.0, 255.0)


@layouts
def test_a_folder_of_batches_is_read(layout: str, images: np.ndarray, tmp_path: Path) -> None:
    as_files, read = LAYOUTS[layout]
    assert_whole(read(write(tmp_path, as_files(images))), images)


@layouts
def test_an_archive_of_batches_is_read_in_whatever_order_they_come(
    layout: str, images: np.ndarray, tmp_path: Path
) -> None:
    as_files, read = LAYOUTS[layout]
    with tarfile.open(tmp_path / "set.tar.gz", "w:gz") as tar:
        for name, content in reversed(as_files(images).items()):
            member = tarfile.TarInfo(f"cifar-10-batches/{name}")
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    assert_whole(read(tmp_path / "set.tar.gz"), images)
    assert [path.name for path in tmp_path.iterdir()] == ["set.tar.gz"]


@layouts
@pytest.mark.parametrize("name", ["data_batch_3", "test_batch"])
def test_a_missing_batch_is_named(layout: str, name: str, images: np.ndarray, tmp_path: Path, refused: Any) -> None:
    as_files, read = LAYOUTS[layout]
    ending = ".bin" if layout == "binary" else ""
    files = as_files(images)
    del files[f"{name}{ending}"]
    with refused(f"{tmp_path}: ", f"got no {name}{ending}.", "not whole"):
        read(write(tmp_path, files))


@layouts
def test_missing_names_are_named(layout: str, images: np.ndarray, tmp_path: Path, refused: Any) -> None:
    as_files, read = LAYOUTS[layout]
    with refused("got no batches.meta"):
        read(write(tmp_path, {name: content for name, content in as_files(images).items() if "meta" not in name}))


@layouts
def test_a_label_without_a_name_is_refused(layout: str, images: np.ndarray, tmp_path: Path, refused: Any) -> None:
    as_files, read = LAYOUTS[layout]
    names = {"batches.meta.txt": b"cat\ndog\n", "batches.meta": pickle.dumps({"label_names": ["cat", "dog"]}, 3)}
    with refused(f"{tmp_path}: ", "labels below 2", "got 2"):
        read(write(tmp_path, as_files(images) | names))


@pytest.mark.parametrize("n_bytes", [0, 3072, 3074])
def test_a_batch_that_is_not_whole_records_is_refused(
    n_bytes: int, images: np.ndarray, tmp_path: Path, refused: Any
) -> None:
    with refused("data_batch_2.bin): ", "records of 3073 bytes", f"{n_bytes} bytes"):
        read_binary(write(tmp_path, as_binary(images) | {"data_batch_2.bin": bytes(n_bytes)}))


class Harm:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize("name", ["data_batch_1", "batches.meta"])
def test_a_batch_that_would_run_something_is_refused(
    name: str, images: np.ndarray, tmp_path: Path, refused: Any
) -> None:
    files = as_python(images) | {name: pickle.dumps({"labels": Harm(tmp_path / "harm")}, 3)}
    with refused(f"({name}): ", "posix.mkdir", "not run"):
        read_python(write(tmp_path / "set", files))
    assert not (tmp_path / "harm").exists()


PIXELS = np.zeros((2, 3072), np.uint8)


@pytest.mark.parametrize(
    ("batch", "words"),
    [
        ({"labels": [1, 2]}, "a dictionary with 'data'"),
        ({"data": PIXELS}, "a dictionary with 'labels'"),
        ({}, "an empty one"),
        ({"data": PIXELS, "labels": [1]}, "one whole number a row"),
        ({"data": PIXELS, "labels": [1, 2.0]}, "one whole number a row"),
        ({"data": PIXELS, "labels": [1, 256]}, "one whole number a row"),
        ({"data": PIXELS, "labels": [1, -1]}, "one whole number a row"),
        ({"data": PIXELS, "labels": [1, True]}, "one whole number a row"),
        ({"data": PIXELS, "labels": 3}, "one whole number a row"),
        ({"data": PIXELS[:, 1:], "labels": [1, 2]}, "rows of 3072 bytes"),
        ({"data": PIXELS[:0], "labels": []}, "rows of 3072 bytes"),
        ({"data": [[1], [2]], "labels": [1, 2]}, "rows of 3072 bytes"),
    ],
)
def test_a_pickle_of_something_else_is_refused(
    batch: dict, words: str, images: np.ndarray, tmp_path: Path, refused: Any
) -> None:
    with refused("(data_batch_4): ", words, "Fetch it again"):
        read_python(write(tmp_path, as_python(images) | {"data_batch_4": pickle.dumps(batch, 3)}))


# --- strips ---


def write_strips(folder: Path, images: np.ndarray, **changes: Any) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, part in (("train_00000-00002", slice(0, 3)), ("train_10000-10004", slice(3, 8)),
                       ("test_00000-00001", slice(8, 10))):  # fmt: skip
        Image.fromarray(images[part].reshape(-1, 32, 3)).save(folder / f"{name}.png")
    arrays = {
        "y_train": LABELS[:8],
        "y_test": LABELS[8:],
        "train_index": np.array([0, 1, 2, 10_000, 10_001, 10_002, 10_003, 10_004], np.int32),
        "class_names": np.array(NAMES),
    }
    chosen = {name: array for name, array in (arrays | changes).items() if array is not None}
    np.savez(folder / "labels.npz", **chosen)
    return folder


def test_a_part_says_where_in_the_whole_its_images_stand(images: np.ndarray, tmp_path: Path) -> None:
    found = read_strips(write_strips(tmp_path, images))
    assert_whole(found, images)
    assert found.places.tolist() == [0, 1, 2, 10_000, 10_001, 10_002, 10_003, 10_004, 50_000, 50_001]
    assert found.notes == ("a part: 8 and 2 of 60,000 images",)


def test_strips_that_do_not_fit_their_labels_are_refused(images: np.ndarray, tmp_path: Path, refused: Any) -> None:
    write_strips(tmp_path, images)
    strip = tmp_path / "train_10000-10004.png"
    strip.unlink()
    with refused(f"{tmp_path}: ", "10 images in strips", "got 5"):
        read_strips(tmp_path)
    Image.fromarray(images[:5].reshape(-1, 32, 3)[:-1]).save(strip)
    with refused(f"{strip}: ", "images of 32x32 in one strip", "159x32 pixels"):
        read_strips(tmp_path)


def test_a_part_without_strips_or_labels_is_refused(images: np.ndarray, tmp_path: Path, refused: Any) -> None:
    write_strips(tmp_path, images, train_index=None)
    with refused("labels.npz: ", "arrays train_index, y_train", "got y_train, y_test, class_names"):
        read_strips(tmp_path)
    write_strips(tmp_path, images)
    for strip in tmp_path.glob("*.png"):
        strip.unlink()
    with refused("10 images in strips", "got 0"):
        read_strips(tmp_path)
