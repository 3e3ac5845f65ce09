"""Examples of each label: which, how large, and as a picture."""

import base64
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from sightbits.core.checks import InputError
from sightbits.core.images import ImageDataset
from sightbits.plots import contact_sheet as module
from sightbits.plots.contact_sheet import (
    LabelExamples,
    check_sheet_path,
    contact_sheet,
    save_contact_sheet,
    sheet_picture,
)


def numbered(n_of_label: list[int], make_dataset: Any) -> ImageDataset:
    """Images of one grey value each, the place of the image in the set; labels in turn as long as there are any."""
    left, labels = list(n_of_label), []
    while any(left):
        for label, n in enumerate(left):
            if n:
                labels.append(label)
                left[label] -= 1
    images = np.arange(len(labels), dtype=np.uint8)[:, np.newaxis, np.newaxis].repeat(2, 1).repeat(3, 2)
    return make_dataset(images, np.array(labels))


def test_examples_are_evenly_spaced_through_the_images_of_a_label(make_dataset: Any) -> None:
    dataset = numbered([9, 2, 4], make_dataset)
    sheet = contact_sheet(dataset, samples=3)
    assert [(row.label, row.n_images) for row in sheet.labels] == [("0", 9), ("1", 2), ("2", 4)]
    for label, row in enumerate(sheet.labels):
        places = np.flatnonzero(dataset.labels == label)
        chosen = {9: [0, 4, 8], 2: [0, 1], 4: [0, 2, 3]}[len(places)]
        assert row.images[:, 0, 0, 0].tolist() == places[chosen].tolist()
        assert row.images.shape == (len(chosen), 2, 3, 3)
    assert (sheet.name, sheet.n_labels) == ("made", 3)
    assert sheet.words == "examples of each label, evenly spaced through its images"


def test_of_many_labels_the_most_frequent_are_shown_first_the_earlier_where_they_are_as_frequent(
    make_dataset: Any,
) -> None:
    sheet = contact_sheet(numbered([2] * 10 + [5] + [2] * 14 + [7], make_dataset))
    assert [row.label for row in sheet.labels] == ["25", "10", *map(str, [*range(10), *range(11, 23)])]
    assert sheet.n_labels == 26
    assert "the 24 most frequent of 26 labels" in sheet.words


def test_as_many_labels_as_have_room_are_all_shown_and_labels_without_images_are_not(make_dataset: Any) -> None:
    sheet = contact_sheet(numbered([1, 0, 2] + [1] * 22, make_dataset))
    assert [row.label for row in sheet.labels] == ["0", *map(str, range(2, 25))]
    assert "each label" in sheet.words


@pytest.mark.parametrize(
    ("values", "value_range", "shown"),
    [
        (np.array([0, 51, 255], dtype=np.uint8), (0.0, 255.0), [[0, 0, 0], [51, 51, 51], [255, 255, 255]]),
        (np.array([-1.0, 0.0, 1.0]), (-1.0, 1.0), [[0, 0, 0], [128, 128, 128], [255, 255, 255]]),
        (np.array([0, 8, 16], dtype=np.uint8), (0.0, 16.0), [[0, 0, 0], [128, 128, 128], [255, 255, 255]]),
        (np.array([0, 2**15, 2**16 - 1], dtype=np.uint16), (0.0, 65535.0), [[0] * 3, [128] * 3, [255] * 3]),
        (np.array([[1, 2], [3, 4], [5, 6]], dtype=np.uint8), (0.0, 255.0), [[1, 1, 1], [3, 3, 3], [5, 5, 5]]),
        (np.array([[1, 2, 3], [4, 5, 6], [7, 8, 9]], dtype=np.uint8), (0.0, 255.0), [[1, 2, 3], [4, 5, 6], [7, 8, 9]]),
        (np.arange(12, dtype=np.uint8).reshape(3, 4), (0.0, 255.0), [[0, 1, 2], [4, 5, 6], [8, 9, 10]]),
    ],
)
def test_grey_values_and_colours_are_shown_over_the_range_there_can_be(
    values: np.ndarray, value_range: tuple[float, float], shown: list[list[int]], make_dataset: Any
) -> None:
    images = np.stack([values[np.newaxis]] * 2)
    row = contact_sheet(make_dataset(images, value_range=value_range)).labels[0]
    assert row.images[0, 0].tolist() == shown


@pytest.mark.parametrize("samples", [0, 101])
def test_a_number_of_examples_that_cannot_be_is_refused(samples: int, make_dataset: Any) -> None:
    with pytest.raises(InputError, match="samples: wanted a whole number from 1 to 100"):
        contact_sheet(numbered([2, 2], make_dataset), samples)


def examples(rows: int, columns: int, n: int = 1) -> LabelExamples:
    images = np.random.default_rng(0).integers(0, 256, (n, rows, columns, 3)).astype(np.uint8)
    return LabelExamples(label="a", n_images=n, images=images)


def test_small_images_grow_by_whole_cells() -> None:
    small = examples(3, 5)
    tiles = small.tiles(16)
    assert tiles.shape == (1, 9, 15, 3)
    for row in range(9):
        for column in range(15):
            assert (tiles[0, row, column] == small.images[0, row // 3, column // 3]).all()
    assert np.array_equal(examples(16, 9).tiles(16), examples(16, 9).images)


def test_large_images_are_averaged_over_whole_squares() -> None:
    large = examples(12, 20)
    tiles = large.tiles(10)
    assert tiles.shape == (1, 6, 10, 3)
    means = large.images[0].reshape(6, 2, 10, 2, 3).mean(axis=(1, 3))
    assert np.abs(tiles[0] - means).max() <= 0.5
    assert examples(17, 3).tiles(16).shape == (1, 9, 2, 3)  # squares at the edge are cut


def picture_at(address: str) -> np.ndarray:
    kind, _, content = address.partition(",")
    assert kind == "data:image/png;base64"
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(content))))


def test_a_row_of_the_picture_holds_the_tiles_in_frames(make_dataset: Any) -> None:
    dataset = numbered([3, 1], make_dataset)
    rows = sheet_picture(contact_sheet(dataset)).datasets["labels"]
    assert [(row["label"], row["images"]) for row in rows] == [("0", "3 images"), ("1", "1 image")]
    side = 64 // 3
    strip = picture_at(rows[0]["address"])
    width = 3 * side + 2
    assert strip.shape == (2 * side + 2, 3 * width + 2 * 4, 4)
    assert [row["width"] for row in rows] == [3 * width + 8, width]
    for i, grey in enumerate([0, 2, 3]):
        tile = strip[:, i * (width + 4) :][:, :width]
        assert (tile[1:-1, 1:-1] == [grey, grey, grey, 255]).all()
        for edge in (tile[0], tile[-1], tile[:, 0], tile[:, -1]):
            assert (edge == [0x7F, 0x87, 0x94, 255]).all()
    assert (strip[:, width : width + 4, 3] == 0).all()
    assert rows[1]["y"] >= 2 * side + 2


def test_every_strip_is_drawn_once_at_its_own_size(make_dataset: Any) -> None:
    picture = sheet_picture(contact_sheet(numbered([3, 1, 3], make_dataset)))
    spec = picture.spec()
    images = [layer for layer in spec["layer"] if layer["mark"]["type"] == "image"]
    drawn = {layer["transform"][0]["filter"]: layer["mark"]["width"] for layer in images}
    widths = {row["width"] for row in picture.datasets["labels"]}
    assert drawn == {f"datum.width == {width}": width for width in widths}
    assert len(widths) == 2
    assert spec["title"]["text"] == "made"


def test_it_is_said_where_pixels_are_averaged(make_dataset: Any) -> None:
    images = np.zeros((2, 130, 5), dtype=np.uint8)
    subtitle = sheet_picture(contact_sheet(make_dataset(images))).spec()["title"]["subtitle"]
    assert subtitle.endswith("; each dot the mean of 3 x 3 pixels")
    assert "mean" not in sheet_picture(contact_sheet(make_dataset(images[:, :64]))).spec()["title"]["subtitle"]


@pytest.mark.parametrize(
    ("out", "written"),
    [
        ("new/sheet.png", {"sheet.png"}),
        ("new/sheet.SVG", {"sheet.SVG"}),
        ("new", {"contact-sheet.png", "contact-sheet.svg"}),
        ("with.dot", {"contact-sheet.png", "contact-sheet.svg"}),
    ],
)
def test_a_sheet_is_written_as_a_file_or_into_a_folder(
    out: str, written: set[str], make_dataset: Any, tmp_path: Path
) -> None:
    (tmp_path / "with.dot").mkdir()
    folder = tmp_path / out.split("/", maxsplit=1)[0]
    paths = save_contact_sheet(contact_sheet(numbered([2, 2], make_dataset)), tmp_path / out)
    assert set(paths) == {folder / name for name in written} == set(folder.iterdir())
    for path in paths:
        content = path.read_bytes()
        assert content.startswith(b"\x89PNG" if path.suffix == ".png" else b"<svg")


def test_an_ending_that_is_no_picture_is_refused() -> None:
    with pytest.raises(InputError, match=r"out: wanted a folder, or a file \.png or \.svg"):
        check_sheet_path(Path("sheet.jpg"))


def test_a_sheet_that_cannot_be_drawn_leaves_nothing(
    make_dataset: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(picture: object, stem: Path) -> list[Path]:
        stem.with_suffix(".svg").write_text("half")
        raise OSError("full")

    monkeypatch.setattr(module, "write_picture", fail)
    with pytest.raises(OSError, match="full"):
        save_contact_sheet(contact_sheet(numbered([2, 2], make_dataset)), tmp_path / "sheet.svg")
    assert list(tmp_path.iterdir()) == []


def test_colours_stay_what_they_are(make_dataset: Any) -> None:
    images = np.array([[[[10, 20, 30]]], [[[40, 50, 255]]]], dtype=np.uint8)
    rows = sheet_picture(contact_sheet(make_dataset(images))).datasets["labels"]
    assert [picture_at(row["address"])[1, 1].tolist() for row in rows] == [[10, 20, 30, 255], [40, 50, 255, 255]]
