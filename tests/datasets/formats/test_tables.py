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

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(text: str | bytes, name: str = "table.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def as_csv(images: np.ndarray, labels: list, column: str = "label", place: int = 0, end: str = "\n") -> str:
    """Writes a table with the label in the column of this number."""
    rows = [[str(value) for value in image.ravel()] for image in images]
    header = [f"pixel{i}" for i in range(len(rows[0]))]
    for row, entry in zip([header, *rows], [column, *labels], strict=True):
        row.insert(place, str(entry))
    return end.join(",".join(row) for row in [header, *rows]) + end


@pytest.mark.parametrize("shape", [(3, 5), (5, 3), (6, 5, 3)])
def test_images_of_every_shape_come_back(shape: tuple, draw_images: Callable[..., np.ndarray], write: Write) -> None:
    images = draw_images(4, *shape)
    data = load_dataset(write(as_csv(images, [0, 1, 0, 1])), shape=shape)
    np.testing.assert_array_equal(data.images, images)
    assert data.labels.tolist() == [0, 1, 0, 1]
    assert data.images.dtype == np.uint8
    assert data.value_range == (0.0, 255.0)


@pytest.mark.parametrize("column", ["label", "labels", "class", "target", "digit", "Label", " CLASS "])
@pytest.mark.parametrize("place", [0, 2, 4])
def test_a_usual_name_of_the_label_column_is_known(column: str, place: int, write: Write) -> None:
    images = np.arange(8).reshape(2, 2, 2)
    data = load_dataset(write(as_csv(images, [7, 3], column, place)), shape=(2, 2))
    np.testing.assert_array_equal(data.images, images)
    assert data.labels.tolist() == [1, 0]
    assert data.label_names == ("3", "7")


def test_the_label_column_may_be_named(write: Write) -> None:
    path = write("a,kind,b,label\n1,x,2,8\n3,y,4,9\n")
    data = load_dataset(path, label="kind", shape=(1, 3))
    assert data.images.ravel().tolist() == [1, 2, 8, 3, 4, 9]
    assert data.label_names == ("x", "y")


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        (["10", "9", "10"], ("9", "10")),
        (["cat", "ant", "cat"], ("ant", "cat")),
        ([" cat", "cat ", "ant"], ("ant", "cat")),
        (["10", "9", "x"], ("10", "9", "x")),
        (["1.5", "2", "1.5"], ("1.5", "2")),
        (["-1", "1", "0"], ("-1", "0", "1")),
        (["9" * 30, "1", "1"], ("1", "9" * 30)),
        (["naïve", "猫", "猫"], ("naïve", "猫")),
        (['"a, b"', "c", "c"], ("a, b", "c")),
    ],
)
def test_labels_are_ordered_as_numbers_where_all_are_whole_and_else_as_text(
    labels: list[str], names: tuple[str, ...], write: Write
) -> None:
    path = write(as_csv(np.arange(6).reshape(3, 2), labels))
    assert load_dataset(path, shape=(1, 2)).label_names == names


@pytest.mark.parametrize(
    "text",
    [
        "label,a,b\r\n0,1,2\r\n1,3,4\r\n",
        "\ufefflabel,a,b\n0,1,2\n1,3,4\n",
        "label,a,b\n0,1,2\n\n1,3,4\n\n",
        'label,a,b\n"0","1","2"\n1,"3",4',
        "label, a, b\n0, 1, 2\n1, 3.0, 4e0\n",
    ],
)
def test_other_ways_to_write_the_same_table_are_read(text: str, write: Write) -> None:
    data = load_dataset(write(text), shape=(1, 2))
    assert data.images.ravel().tolist() == [1, 2, 3, 4]
    assert data.label_names == ("0", "1")


def test_fractions_stay_fractions(write: Write) -> None:
    data = load_dataset(write("label,a,b\n0,0.25,1\n1,0.5,0\n"), shape=(1, 2))
    assert data.images.ravel().tolist() == [0.25, 1.0, 0.5, 0.0]
    assert data.value_range == (0.0, 1.0)


@given(
    values=st.lists(st.tuples(st.integers(0, 65535), st.integers(0, 65535)), min_size=2, max_size=8),
    labels=st.data(),
)
def test_any_whole_values_and_labels_come_back(
    values: list, labels: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    images = np.array(values)
    images[0] = 0, 9
    kinds = ["one", "two", *labels.draw(st.lists(st.sampled_from(["one", "two"]), max_size=8))]
    kinds = (kinds * len(images))[: len(images)]
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_text(as_csv(images, kinds))
    data = load_dataset(path, shape=(1, 2))
    np.testing.assert_array_equal(data.values, images)
    assert [data.label_names[code] for code in data.labels] == kinds


@pytest.mark.parametrize(
    ("text", "where", "words"),
    [
        ("", "", ["a column named label", "an empty file", "--label COLUMN"]),
        ("a,b,c\n1,2,3\n", "", ["a column named label", "columns a, b", "--label COLUMN"]),
        ("label,class,c\n1,2,3\n", "", ["a column named label", "label, class"]),
        ("5,0,0,12\n4,0,3,1\n", "", ["a column named label", "columns 5, 0"]),
        ("label,a,b\n", "", ["at least one row", "got none", "Add the images"]),
        ("label,a,b\n1,2,3\n1,2\n", ", line 3", ["3 values as in the header", "got 2", "whole"]),
        ("label,a,b\n1,2,3\n0,1,2,3\n", ", line 3", ["3 values as in the header", "got 4"]),
        ("label,a,b\n1,2,dark\n", ", line 2", ["a number in every pixel column", "dark", "--label"]),
        ("label,a,b\n1,2,\n", ", line 2", ["a number in every pixel column"]),
        ("label,a,b\n1,2,3\n,2,3\n", ", line 3", ["a label in every row", "an empty one", "Fill it in"]),
        ("label,a,b\n1,2,3\n\n  ,2,3\n", ", line 4", ["a label in every row"]),
        (b"label,a,b\n\xff\xfe,1,2\n", "", ["UTF-8", "Save it as UTF-8 CSV"]),
        (b"label,a,b\n" + b"1,2,3\n" * 5000 + b"\xe9,1,2\n", "", ["UTF-8"]),
        ("label,a,b\n1,2,3\n0,2,3\n".encode("utf-16"), "", ["UTF-8"]),
        ('label,a,b\n1,2,"' + "3" * 200_000 + '"\n', "", ["values with commas between", "field larger"]),
    ],
)
def test_a_table_that_cannot_be_used_is_refused(
    text: str | bytes, where: str, words: list[str], write: Write, refused: Any
) -> None:
    path = write(text)
    with refused(f"{path}{where}: ", *words):
        load_dataset(path, shape=(1, 2))


def test_a_label_column_that_is_not_there_is_refused(write: Write, refused: Any) -> None:
    path = write("label,a,b,c,d,e,f,g,h\n1,2,3,4,5,6,7,8,9\n")
    with refused(f"{path}: ", "a label column 'kind'", "label, a, b, c, ..., g, h", "--label COLUMN"):
        load_dataset(path, label="kind")


@pytest.mark.parametrize("value", ["nan", "inf", "-Infinity", "1e50"])
def test_values_that_are_not_finite_are_refused(value: str, write: Write, refused: Any) -> None:
    with refused("images: ", "finite grey values", "NaN or infinite"):
        load_dataset(write(f"label,a,b\n1,2,{value}\n0,2,3\n"), shape=(1, 2))


def test_a_table_of_labels_alone_is_refused(write: Write, refused: Any) -> None:
    with refused("images: ", "at least one image"):
        load_dataset(write("label\n0\n1\n"))


def test_a_table_needs_a_shape_that_fits(write: Write, refused: Any) -> None:
    path = write(as_csv(np.arange(18).reshape(2, 9), [0, 1]))
    with refused("shape: ", "--shape 3x3"):
        load_dataset(path)
    with refused("shape: ", "9 values", "2x3"):
        load_dataset(path, shape=(2, 3))


def test_a_table_that_would_not_fit_in_memory_is_refused(
    write: Write, refused: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write("label,a,b\n0,1,2\n1,2,3\n")
    monkeypatch.setattr(raw, "MOST_BYTES", 4 * path.stat().st_size - 1)
    with refused(f"{path}: ", "GiB", "Make a smaller file"):
        load_dataset(path, shape=(1, 2))


@given(text=st.text(alphabet='0123456789.,-"\n\r\0 abel\x1f', max_size=60))
def test_any_text_is_read_or_refused(text: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / "text.csv"
    path.write_text(f"label,a,b\n{text}", newline="")
    try:
        assert load_dataset(path, shape=(1, 2)).n_images >= 2
    except InputError as error:
        assert "wanted" in str(error)
