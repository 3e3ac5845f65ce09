"""`sightbits data info`: what is told, what is left out, and examples in characters."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from rich.console import Console

from sightbits.cli.contact_sheet import print_contact_sheet
from sightbits.plots.contact_sheet import ContactSheet, LabelExamples


def sheet_of(*images: Any, n_labels: int = 1, names: str = "abcdefghijklmnopqrstuvwxyz") -> ContactSheet:
    """A sheet on which every label has these grey images."""
    grey = np.array(images, dtype=np.uint8)[..., np.newaxis].repeat(3, axis=3)
    labels = tuple(LabelExamples(label=names[i], n_images=9, images=grey) for i in range(n_labels))
    return ContactSheet(name="made", labels=labels, n_labels=n_labels)


@pytest.fixture
def printed() -> Callable[..., list[str]]:
    """What a console of some width and colours prints of a sheet, without the sentence above."""

    def run(sheet: ContactSheet, *, width: int = 80, colours: str | None = None, **options: Any) -> list[str]:
        out = io.StringIO()
        console = Console(
            file=out, width=width, color_system=colours, force_terminal=colours is not None, highlight=False, **options
        )  # fmt: skip
        print_contact_sheet(sheet, console)
        first, *lines = out.getvalue().splitlines()
        assert "Examples of each label" in first
        return lines

    return run


def test_without_colours_characters_are_denser_where_it_is_brighter(printed: Any) -> None:
    image = np.zeros((10, 16))
    image[::2, 0:10] = image[1::2, 0:10] = np.arange(10) * 255 / 9
    image[:, 10:] = 255
    name, *lines = printed(sheet_of(image))
    assert name == "a"
    assert lines == [" .:-=+*#%@@@@@@@"] * 5 + [""]


def test_a_character_is_the_mean_of_two_pixels_one_above_the_other(printed: Any) -> None:
    image = np.zeros((16, 16))
    image[0, 0], image[3, 1], image[4:6, 2] = 255, 255, 255
    lines = printed(sheet_of(image))[1:]
    assert lines[:3] == ["+", " +", "  @"]


def test_in_colour_a_character_shows_two_pixels(printed: Any) -> None:
    image = np.zeros((16, 16))
    image[0, 0], image[1, 0] = 10, 20
    line = printed(sheet_of(image), colours="truecolor")[1]
    assert line.startswith("\x1b[38;2;10;10;10;48;2;20;20;20m▀")
    assert line.count("▀") == 16


@pytest.mark.parametrize("options", [{"colours": "standard"}, {"colours": "truecolor", "no_color": True}])
def test_where_colours_would_be_told_wrong_there_are_none(options: dict[str, Any], printed: Any) -> None:
    assert printed(sheet_of(np.full((16, 16), 255)), **options)[1] == "@" * 16


def test_images_of_an_odd_height_end_with_their_last_row(printed: Any) -> None:
    lines = printed(sheet_of(np.full((15, 15), 255)))
    assert lines[1:] == ["@" * 15] * 8 + [""]


@pytest.mark.parametrize(
    ("n_labels", "n_images", "width", "beside"),
    [
        (1, 3, 80, [(1, 3)]),
        (1, 9, 80, [(1, 4)]),  # as many as fit
        (4, 3, 80, [(1, 3)] * 4),  # 40 lines
        (5, 3, 80, [(2, 2), (2, 2), (1, 2)]),  # 50 lines would be too long
        (10, 3, 80, [(4, 1), (4, 1), (2, 1)]),
        (24, 3, 80, [(4, 1)] * 6),  # too long, but no fewer could be shown
        (3, 3, 16, [(1, 1)] * 3),
        (2, 1, 34, [(2, 1)]),
        (2, 1, 33, [(1, 1)] * 2),
    ],
)
def test_as_many_examples_are_shown_as_there_is_room_for(
    n_labels: int, n_images: int, width: int, beside: list[tuple[int, int]], printed: Any
) -> None:
    lines = printed(sheet_of(*[np.full((16, 16), 255)] * n_images, n_labels=n_labels), width=width)
    assert len(lines) == 10 * len(beside)
    assert max(map(len, lines)) <= width
    for i, (n_beside, n_examples) in enumerate(beside):
        block = " ".join(["@" * 16] * n_examples)
        assert lines[10 * i + 1 : 10 * i + 9] == ["  ".join([block] * n_beside)] * 8
    assert "".join(" ".join(lines[::10]).split()) == "abcdefghijklmnopqrstuvwxyz"[:n_labels]


def test_images_shrink_to_a_narrow_terminal(printed: Any) -> None:
    lines = printed(sheet_of(np.full((16, 16), 255)), width=8)
    assert lines[-5:] == ["@" * 8] * 4 + [""]


def test_names_that_are_too_long_are_cut_and_stand_over_their_images(printed: Any) -> None:
    sheet = sheet_of(np.full((16, 16), 255), n_labels=2, names=["twenty-two letters all", "[bold]b"])  # type: ignore[arg-type]
    assert printed(sheet)[0] == "twenty-two lett…  [bold]b"


# --- the command ---


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """A set of 30 labels with 2, 3, 4, 2, 3, 4, ... images in colour, as a file."""
    labels = np.concatenate([np.full(2 + label % 3, label) for label in range(30)])
    path = tmp_path / "many.npz"
    images = np.random.default_rng(0).integers(0, 200, (len(labels), 5, 7, 3), dtype=np.uint8)
    np.savez(path, images=images, labels=np.array([f"label-{i:02}" for i in labels]))
    return path


def test_a_long_list_of_labels_is_shortened_and_whole_in_the_document(run: Any, many: Path) -> None:
    out = run("data", "info", many).out
    table, _, sheet = out.partition("and 10 more")
    of_four, of_three = [i for i in range(30) if i % 3 == 2], [i for i in range(30) if i % 3 == 1]
    shown = [line.split() for line in table.splitlines() if line.strip().startswith("label-")]
    assert shown == [[f"label-{i:02}", str(2 + i % 3)] for i in of_four + of_three]
    assert "Examples of the 24 most frequent of 30 labels" in sheet
    document = json.loads(run("data", "info", many, "--json").out)
    assert document["n_labels"] == len(document["labels"]) == 30
    assert document["labels"]["label-00"] == 2


def test_the_document_stands_alone(run: Any, tmp_path: Path) -> None:
    outcome = run("data", "info", "digits", "--json", "--out", tmp_path / "sheet.png")
    assert json.loads(outcome.out)["name"] == "digits"
    assert (tmp_path / "sheet.png").is_file()


def test_a_few_labels_are_all_in_the_table(run: Any) -> None:
    out = run("data", "info", "digits").out
    assert "more; all of them" not in out
    assert "image_shape  8x8\n" in out
    assert out.count("180") == 1
    assert "Examples of each label" in out


def test_the_options_of_the_studies_are_there(run: Any, many: Path, tmp_path: Path) -> None:
    document = json.loads(run("data", "info", "digits", "--limit", 50, "--json").out)
    assert document["n_images"] == 50
    document = json.loads(run("data", "info", many, "--range", "0:300", "--json").out)
    assert document["value_range"] == [0, 300]
    for grey, name in enumerate(("a", "b")):
        (tmp_path / "folder" / name).mkdir(parents=True)
        Image.new("L", (6, 6), grey).save(tmp_path / "folder" / name / "1.png")
    document = json.loads(run("data", "info", tmp_path / "folder", "--scale-to", "3x2", "--json").out)
    assert document["image_shape"] == [3, 2]
    assert document["licence"] is None


def test_the_number_of_examples_is_the_users(run: Any, many: Path, tmp_path: Path) -> None:
    assert run("data", "info", "digits", "--samples", 2, "--out", tmp_path / "two.svg").code == 0
    assert run("data", "info", "digits", "--samples", 3, "--out", tmp_path / "three.svg").code == 0
    two, three = ((tmp_path / f"{name}.svg").read_text() for name in ("two", "three"))
    assert two.count("<image") == three.count("<image") == 10
    assert two.count('width="136"') >= 10  # two tiles of 64 with frames, and a gap
    assert three.count('width="206"') >= 10
    assert run("data", "info", "digits", "--samples", 0).code == 2


def test_where_the_sheet_went_is_told(run: Any, tmp_path: Path) -> None:
    out = run("data", "info", "digits", "--out", tmp_path / "sheets").out
    for ending in ("png", "svg"):
        path = tmp_path / "sheets" / f"contact-sheet.{ending}"
        assert path.is_file()
        assert f"Sheet: {path}" in out


def test_a_place_that_cannot_be_written_into_is_refused_before_anything_is_read(run: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    outcome = run("data", "info", "no-such-set", "--out", tmp_path / "file" / "sheet.png")
    assert outcome.code == 2
    assert "out: wanted a folder" in outcome.err
