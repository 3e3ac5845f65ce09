from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import sightbits as sb
from sightbits.datasets.formats.folders import read_class_folders
from sightbits.datasets.streams import image_files

NAMES = ("ant", "bee", "cat")


def save(folder: Path, data: Any, ending: str = "png") -> Path:
    for number, (image, label) in enumerate(zip(data.images, data.labels, strict=True)):
        path = folder / NAMES[label] / f"{number:03}.{ending}"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(path)
    return folder


def by_class(data: Any) -> np.ndarray:
    return np.argsort(data.labels, kind="stable")


@pytest.fixture
def folder(tmp_path: Path, labelled: Any) -> Path:
    return save(tmp_path / "set", labelled(23))


@pytest.mark.parametrize("shape", [(6, 7), (3, 3, 3)])
@pytest.mark.usefixtures("bytes_at_once")
def test_files_come_as_in_memory(shape: tuple[int, ...], tmp_path: Path, labelled: Any, whole: Any) -> None:
    folder = save(tmp_path / "set", labelled(23, *shape))
    stream, expected = sb.open_images(folder), sb.load_dataset(folder)
    read = whole(stream)
    np.testing.assert_array_equal(read.images, expected.images)
    np.testing.assert_array_equal(read.labels, expected.labels)
    np.testing.assert_array_equal(stream.labels, expected.labels)
    assert (stream.value_range, stream.label_names) == (expected.value_range, expected.label_names)
    assert stream.provenance.name == "set"


@pytest.mark.usefixtures("few_at_once")
def test_parts_are_runs_of_files(folder: Path, whole: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = sb.open_images(folder)
    assert [part.n_images for part in stream.parts] == [6, 6, 6, 5]
    assert whole(stream).n_chunks == [3, 3, 3, 3]
    monkeypatch.setattr(image_files, "_MOST_FILES", 4)
    assert [part.n_images for part in sb.open_images(folder).parts] == [4, 2, 4, 2, 4, 2, 4, 1]


@pytest.mark.usefixtures("few_at_once")
def test_train_and_test_folders_are_an_official_split(tmp_path: Path, labelled: Any, whole: Any) -> None:
    train, test = labelled(10), labelled(7, seed=1)
    save(tmp_path / "train", train)
    save(tmp_path / "test", test)
    stream, expected = sb.open_images(tmp_path), sb.load_dataset(tmp_path)
    read = whole(stream)
    np.testing.assert_array_equal(read.images, expected.images)
    np.testing.assert_array_equal(read.labels, expected.labels)
    np.testing.assert_array_equal(read.in_test, expected.in_test)
    for side, data in (("train", train), ("test", test)):
        np.testing.assert_array_equal(whole(stream.of_split(side)).images, data.images[by_class(data)])


@pytest.mark.usefixtures("few_at_once")
def test_deep_and_mixed_pictures_come_as_in_memory(tmp_path: Path, labelled: Any, whole: Any) -> None:
    data = labelled(9)
    makers: list[Callable[[np.ndarray, int], Image.Image]] = [
        lambda image, _: Image.fromarray(image.astype(np.uint16) * 100),
        lambda image, i: Image.fromarray(image).convert("RGB" if i == 4 else "L"),
        lambda image, i: Image.fromarray(image > 99),
        lambda image, i: Image.fromarray(image).convert("LA" if i == 4 else "1"),
    ]
    for number, make in enumerate(makers):
        for i, (image, label) in enumerate(zip(data.images, data.labels, strict=True)):
            path = tmp_path / str(number) / NAMES[label] / f"{i}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            make(image, i).save(path)
        stream, expected = sb.open_images(tmp_path / str(number)), sb.load_dataset(tmp_path / str(number))
        np.testing.assert_array_equal(whole(stream).images, expected.images)
        assert (stream.value_range, stream.dtype) == (expected.value_range, expected.images.dtype)
        assert stream.provenance.notes == expected.provenance.notes


def test_files_stay_found_from_elsewhere(
    folder: Path, tmp_path: Path, whole: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    stream = sb.open_images("set")
    monkeypatch.chdir(tmp_path.parent)
    assert len(whole(stream).images) == 23


def test_a_folder_of_pictures_may_hold_other_files(folder: Path, whole: Any) -> None:
    (folder / "metadata.parquet").write_bytes(b"not of this")
    (folder / "original.tar").write_bytes(b"nor this")
    assert len(whole(sb.open_images(folder)).images) == 23


# --- sizes, and what cannot be read ---


@pytest.mark.usefixtures("few_at_once")
def test_pictures_of_several_sizes_are_refused_or_scaled(folder: Path, labelled: Any, whole: Any, refused: Any) -> None:
    odd = folder / "bee" / "001.png"
    assert odd.exists()
    Image.new("L", (14, 12)).save(odd)
    with refused(str(folder), "images of one size", "22 of 7x6, 1 of 14x12", f"for one, {odd}"):
        sb.open_images(folder)
    stream, expected = sb.open_images(folder, scale_to=(3, 5)), sb.load_dataset(folder, scale_to=(3, 5))
    np.testing.assert_array_equal(whole(stream).images, expected.images)
    assert stream.image_shape == (3, 5)
    for size in ((0, 5), (5,), (3, 4, 5)):
        with refused("scale-to: ", "rows and columns"):
            sb.open_images(folder, scale_to=size)
    with refused("at most 8 GiB"):
        sb.open_images(folder, scale_to=(10**5, 10**5))


@pytest.fixture
def damaged(folder: Path) -> dict[str, Path]:
    """Pictures of which one is no picture, one is cut at its end, which its header does not tell, and one is empty."""
    paths = sorted(folder.rglob("*.png"))
    found = {"no picture": paths[1], "cut": paths[11], "empty": paths[22]}
    found["no picture"].write_text("text")
    found["cut"].write_bytes(found["cut"].read_bytes()[:-30])
    found["empty"].write_bytes(b"")
    return found


@pytest.mark.usefixtures("few_at_once")
def test_a_picture_that_cannot_be_read_is_named(folder: Path, damaged: dict[str, Path], refused: Any) -> None:
    with refused(f"{damaged['no picture']}: ", "a whole image file"):
        sb.open_images(folder)
    for name in ("no picture", "empty"):
        damaged[name].unlink()
    stream = sb.open_images(folder)  # a header alone is whole
    with refused(f"{damaged['cut']}: ", "a whole image file"):
        [*stream.parts[1].chunks()]


@pytest.mark.parametrize("n_jobs", [1, 3])
@pytest.mark.usefixtures("bytes_at_once")
def test_pictures_that_cannot_be_read_are_left_out_and_counted(
    n_jobs: int, folder: Path, damaged: dict[str, Path], labelled: Any, whole: Any, told: Any
) -> None:
    data = labelled(23)
    kept = np.delete(by_class(data), [1, 11, 22])
    stream = sb.open_images(folder, unreadable="skip", n_jobs=n_jobs)
    read = whole(stream)
    assert stream.n_images == 20
    np.testing.assert_array_equal(read.images, data.images[kept])
    np.testing.assert_array_equal(read.labels, told(read.images))
    np.testing.assert_array_equal(stream.labels, data.labels[kept])
    listed = ", ".join(str(path) for path in damaged.values())
    assert stream.provenance.notes == (f"3 pictures that cannot be read were left out: {listed}",)


def test_one_picture_that_cannot_be_read_is_one(folder: Path, damaged: dict[str, Path]) -> None:
    for name in ("no picture", "empty"):
        damaged[name].unlink()
    stream = sb.open_images(folder, unreadable="skip")
    assert stream.provenance.notes == (f"1 picture that cannot be read was left out: {damaged['cut']}",)


def test_a_folder_read_at_once_leaves_out_the_same(folder: Path, damaged: dict[str, Path], refused: Any) -> None:
    stream = sb.open_images(folder, unreadable="skip")
    raw = read_class_folders(folder, unreadable="skip")
    np.testing.assert_array_equal(raw.images, np.concatenate([chunk.images for chunk in stream.parts[0].chunks()]))
    assert raw.notes == stream.provenance.notes
    assert raw.labels.tolist() == [stream.label_names[label] for label in stream.labels]
    with refused("unreadable: ", "one of stop, skip"):
        read_class_folders(folder, unreadable="ignore")


def test_only_the_first_that_are_left_out_are_named(folder: Path) -> None:
    for path in sorted(folder.rglob("*.png"))[:20:2]:
        path.write_bytes(b"")
    (note,) = sb.open_images(folder, unreadable="skip").provenance.notes
    assert note.startswith("10 pictures")
    assert note.count(".png") == 3
    assert note.endswith(", ...")


def test_where_no_picture_can_be_read_that_is_said(folder: Path, refused: Any) -> None:
    for path in folder.rglob("*.png"):
        path.write_bytes(b"")
    with refused(f"{folder}: ", "at least one picture that can be read", "23 pictures"):
        sb.open_images(folder, unreadable="skip")


def test_float_pictures_are_refused_and_not_skipped(tmp_path: Path, labelled: Any, refused: Any) -> None:
    data = labelled(9)
    for i, (image, label) in enumerate(zip(data.images, data.labels, strict=True)):
        path = tmp_path / NAMES[label] / f"{i}.tif"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image.astype(np.float32)).save(path)
    for unreadable in ("stop", "skip"):
        with refused("whole grey values", "modes F"):
            sb.open_images(tmp_path, unreadable=unreadable)


# --- the door ---


def test_options_that_mean_nothing_are_refused(folder: Path, labelled: Any, refused: Any) -> None:
    data = labelled(9)
    for source, labels in ((data.images, data.labels), (sb.load_dataset("digits"), None)):
        for option, value in (("label", "x"), ("scale_to", (3, 3)), ("unreadable", "skip")):
            options: dict[str, Any] = {option: value}
            with refused(f"{option.replace('_', '-')}: ", "has no meaning for arrays"):
                sb.open_images(source, labels, **options)
    with refused("label: ", "has no meaning for a folder of image files"):
        sb.open_images(folder, label="x")
    with refused("unreadable: ", "one of stop, skip"):
        sb.open_images(folder, unreadable="ignore")
    with refused("labels: ", "come with theirs"):
        sb.open_images(folder, data.labels)


def test_what_is_not_there_or_of_another_kind_is_refused(tmp_path: Path, refused: Any) -> None:
    with refused("source: ", "nowhere", "no such file"):
        sb.open_images(tmp_path / "nowhere")
    (tmp_path / "a.csv").write_text("x")
    with refused("source: ", "a.csv", "load_dataset reads other files"):
        sb.open_images(tmp_path / "a.csv")
    (tmp_path / "empty").mkdir()
    with refused("empty: ", "one sub-folder a class"):
        sb.open_images(tmp_path / "empty")
    with refused("~nobody-of-this-name", "Check the path"):
        sb.open_images("~nobody-of-this-name/x")
    with refused("a file or folder that can be read", "Check the path"):
        sb.open_images("x" * 5000)
