import csv
import hashlib
import os
import pickle
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightbits.core.checks import InputError
from sightbits.datasets.columns import Columns, read_columns
from sightbits.datasets.formats import raw

Write = Callable[..., Path]
Read = Callable[..., dict[str, np.ndarray]]
BIG = 2**53 + 1


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(content: Any, name: str = "table.csv") -> Path:
        path = tmp_path / name
        if isinstance(content, pa.Table):
            pq.write_table(content, path)
        elif isinstance(content, dict):
            np.savez(path, **content)
        else:
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


@pytest.fixture
def read_text(write: Write) -> Read:
    def read(text: str, *names: str, **options: Any) -> dict[str, np.ndarray]:
        return dict(read_columns(write(text), names or ("a",), **options).values)

    return read


@pytest.fixture
def read_parquet(write: Write) -> Read:
    def read(columns: dict[str, Any], *names: str, **options: Any) -> dict[str, np.ndarray]:
        path = write(pa.table(columns), "table.parquet")
        return dict(read_columns(path, names or ("a",), **options).values)

    return read


@pytest.fixture
def refused(write: Write) -> Callable[..., str]:
    """Returns the message with which a table is refused."""

    def refused(content: Any, *names: str, file: str = "table.csv", **options: Any) -> str:
        path = write(content, file)
        with pytest.raises(InputError) as error:
            read_columns(path, names or ("a",), **options)
        assert str(path) in str(error.value)
        return str(error.value)

    return refused


# --- every format ---

ROWS = {"a": [3, 1, 2], "b": [0.5, -1.25, 1e300], "c": ["x", "y z", "naïve"]}


def as_text(separator: str) -> str:
    lines = [separator.join(ROWS)] + [separator.join(map(str, row)) for row in zip(*ROWS.values(), strict=True)]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("t.csv", as_text(",")),
        ("t.CSV", as_text(",")),
        ("t.csv", as_text(";")),
        ("t.csv", as_text("\t")),
        ("t.tsv", as_text("\t")),
        ("t.tsv", as_text(",")),
        ("t.parquet", pa.table(ROWS)),
        ("t.npz", {name: np.array(values) for name, values in ROWS.items()}),
    ],
)
@pytest.mark.parametrize("names", [("a", "b", "c"), ("c", "a"), ("b",)])
def test_columns_come_back_by_name(names: tuple[str, ...], name: str, content: Any, write: Write) -> None:
    path = write(content, name)
    columns = read_columns(path, names)
    assert {key: values.tolist() for key, values in columns.values.items()} == {key: ROWS[key] for key in names}
    assert list(columns.values) == list(names)
    kinds = {"a": "i", "b": "f"}
    assert all(columns.values[key].dtype.kind == kinds[key] for key in names if key in kinds)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    provenance = columns.provenance
    assert (provenance.name, provenance.sha256, provenance.origin) == (path.name, digest, str(path))
    assert provenance.notes == ()


@pytest.mark.parametrize("name", ["t.csv", "t.parquet", "t.npz"])
def test_one_column_may_be_asked_for_twice(name: str, write: Write) -> None:
    content = {"t.csv": as_text(","), "t.parquet": pa.table(ROWS), "t.npz": {"a": np.array([3, 1, 2])}}[name]
    columns = read_columns(write(content, name), ["a", "a"])
    assert {key: values.tolist() for key, values in columns.values.items()} == {"a": [3, 1, 2]}


def test_a_path_may_be_text(write: Write) -> None:
    assert read_columns(str(write(as_text(","))), ["a"]).values["a"].tolist() == [3, 1, 2]


@pytest.mark.parametrize("limit", [2, 3, 4, 7, 10, 1000])
@pytest.mark.parametrize("name", ["t.csv", "t.parquet", "t.npz"])
def test_a_limit_takes_rows_evenly_through_the_table(name: str, limit: int, write: Write) -> None:
    values = np.arange(10)
    content = {
        "t.csv": "a,b\n" + "\n".join(f"{i},n{i}" for i in values),
        "t.parquet": pa.table({"a": values, "b": [f"n{i}" for i in values]}),
        "t.npz": {"a": values, "b": np.array([f"n{i}" for i in values])},
    }[name]
    columns = read_columns(write(content, name), ["a", "b"], limit=limit).values
    taken = columns["a"].tolist()
    assert columns["b"].tolist() == [f"n{i}" for i in taken]
    assert len(taken) == min(limit, 10)
    assert taken[0] == 0
    assert set(np.diff(taken).tolist()) <= {10 // len(taken), -(-10 // len(taken))}


def test_a_limit_counts_rows_that_are_kept(read_text: Read) -> None:
    found = read_text("a\n1\n\n2\nNA\n3\nNA\n4\n", drop_missing=True, limit=2)
    assert found["a"].tolist() == [1, 3]


@pytest.mark.parametrize("limit", [1, 0, -5])
def test_a_limit_below_two_is_refused(limit: int, write: Write) -> None:
    with pytest.raises(InputError, match="limit: wanted a whole number at least 2"):
        read_columns(write(as_text(",")), ["a"], limit=limit)


# --- what a column of text holds ---


@pytest.mark.parametrize(
    ("cells", "kind", "values"),
    [
        (["1", "-2", "+3", "007"], "i", [1, -2, 3, 7]),
        ([str(BIG), str(2**53), "0"], "i", [BIG, 2**53, 0]),
        ([str(2**63 - 1), str(-(2**63))], "i", [2**63 - 1, -(2**63)]),
        ([str(2**63), "1"], "f", [2.0**63, 1.0]),
        (["9" * 25, "1"], "f", [1e25, 1.0]),
        (["9" * 400, "1"], "f", [np.inf, 1.0]),
        (["9" * 5000, "1"], "f", [np.inf, 1.0]),
        (["1", "2.0", "1e3", "-.5"], "f", [1.0, 2.0, 1000.0, -0.5]),
        (["inf", "-Infinity", "0"], "f", [np.inf, -np.inf, 0.0]),
        (["cat", "dog", "cat"], "O", ["cat", "dog", "cat"]),
        (["1_0", "12", "2_0"], "O", ["1_0", "12", "2_0"]),
        (["true", "false"], "O", ["true", "false"]),
        (["2020-01-01", "2020-01-02"], "O", ["2020-01-01", "2020-01-02"]),
        (["a", "1", "b", "2"], "O", ["a", "1", "b", "2"]),
        ([" 1 ", "\t2"], "i", [1, 2]),
        ([" x", "x "], "O", ["x", "x"]),
    ],
)
def test_a_column_is_of_whole_numbers_of_floats_or_of_names(
    cells: list[str], kind: str, values: list, read_text: Read
) -> None:
    found = read_text("b,a\n" + "\n".join(f"0,{cell}" for cell in cells))["a"]
    assert found.dtype.kind == kind
    assert found.tolist() == values


@pytest.mark.parametrize(
    "text",
    [
        "\ufeffa,b\n1,2\n3,4\n",
        "a,b\r\n1,2\r\n3,4\r\n",
        "a,b\n1,2\n\n3,4\n\n",
        '"a","b"\n"1","2"\n"3",4',
        " a , b \n 1 , 2 \n3, 4\n",
        "a;b\n1;2\n3;4",
    ],
)
def test_other_ways_to_write_the_same_table_are_read(text: str, read_text: Read) -> None:
    found = read_text(text, "a", "b")
    assert {name: values.tolist() for name, values in found.items()} == {"a": [1, 3], "b": [2, 4]}


def test_a_quoted_cell_may_hold_what_separates(read_text: Read) -> None:
    found = read_text('a,b\n"x, y",1\n"two\nlines",2\n"say ""so""",3\n', "a", "b")
    assert found["a"].tolist() == ["x, y", "two\nlines", 'say "so"']
    assert found["b"].tolist() == [1, 2, 3]


def test_names_may_hold_other_separators_than_the_header(read_text: Read) -> None:
    assert read_text("a,b\nx;y;z,1\nu;v;w,2\n")["a"].tolist() == ["x;y;z", "u;v;w"]


@given(
    whole=st.lists(st.integers(-(2**63), 2**63 - 1), min_size=2, max_size=8),
    data=st.data(),
)
def test_any_numbers_and_names_come_back(
    whole: list[int], data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    n = len(whole)
    floats = data.draw(st.lists(st.floats(allow_nan=False), min_size=n, max_size=n))
    words = st.text(st.characters(categories=["L", "P", "S"], exclude_characters="_"), min_size=1, max_size=5)
    names = data.draw(st.lists(words.map(lambda word: "~" + word), min_size=n, max_size=n))
    path = tmp_path_factory.getbasetemp() / "any.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["whole", "floats", "names"])
        writer.writerows(zip(whole, floats, names, strict=True))
    found = read_columns(path, ["names", "floats", "whole"]).values
    assert found["whole"].tolist() == whole
    assert found["floats"].tolist() == floats
    assert found["names"].tolist() == names


@pytest.mark.parametrize("odd", ["x", "1,5 kg", "12 kg", "?", "1_000", "1,2,3"])
def test_a_few_names_among_numbers_are_refused(odd: str, refused: Callable[..., str]) -> None:
    said = refused(f'b,a\n0,1\n0,2.5\n0,"{odd}"\n0,4\n')
    assert "column a: wanted only numbers, or only names, got 3 numbers, and " + repr(odd) in said
    assert "leave it empty and drop missing values" in said


@pytest.mark.parametrize(
    ("text", "odd"),
    [
        ("a;b\n1,5;0\n2,25;0\n3;0\n", "1,5"),
        ("a;b\n1;0\n2;0\n-,5;0\n", "-,5"),
        ("a\tb\n1,5e-3\t0\n\t0\n+7,0\t0\n", "1,5e-3"),
        ('a,b\n"1,5",0\n"2,5",0\n', "1,5"),
    ],
)
def test_decimal_commas_are_no_names(text: str, odd: str, refused: Callable[..., str]) -> None:
    said = refused(text)
    assert (
        f"column a: wanted numbers with a decimal point, or names, got numbers with a decimal comma, as {odd!r}" in said
    )
    assert f"Write {odd.replace(',', '.')}; where it is a name, put a letter in front." in said


@pytest.mark.parametrize("name", ["x,5", "1,2,3", "12,", "1,5 kg", "1, 5"])
def test_other_names_with_commas_are_names(name: str, read_text: Read) -> None:
    assert read_text(f"a;b\n{name};0\nz;0\n")["a"].tolist() == [name, "z"]


@pytest.mark.parametrize("low", [2**64, -(2**64), 10**25])
def test_large_whole_numbers_that_floats_cannot_tell_apart_are_refused(low: int, refused: Callable[..., str]) -> None:
    said = refused(f"a\n{low}\n{low + 1}\n7\n")
    assert "column a: wanted whole numbers of at most 64 bits, or names, got larger ones, of which" in said


def test_one_number_among_as_many_names_is_a_name(read_text: Read) -> None:
    assert read_text("a\n1\nx\n")["a"].tolist() == ["1", "x"]


# --- missing values ---

MISSING = ["", "NA", "na", "N/A", "NaN", "nan", "null", "NULL", "None", " "]


@pytest.mark.parametrize("gap", MISSING)
def test_missing_values_are_refused_and_counted(gap: str, refused: Callable[..., str]) -> None:
    said = refused(f"a,b,c\n1,x,1\n{gap},{gap},1\n3,{gap},1\n", "a", "b", "c")
    assert "wanted a value in every row, got missing values: 1 in a, 2 in b." in said
    assert "--drop-missing" in said


@pytest.mark.parametrize("gap", MISSING)
def test_rows_with_missing_values_can_be_left_out(gap: str, write: Write) -> None:
    path = write(f"a,b,c\n1,x,0.5\n{gap},y,1.5\n3,{gap},2.5\n{gap},{gap},3\n4,z,4\n")
    columns = read_columns(path, ["a", "b", "c"], drop_missing=True)
    assert {name: values.tolist() for name, values in columns.values.items()} == {
        "a": [1, 4],
        "b": ["x", "z"],
        "c": [0.5, 4.0],
    }
    assert columns.provenance.notes == ("3 of 5 rows with missing values were left out",)
    assert columns.values["a"].dtype.kind == "i"


def test_missing_values_of_other_columns_do_not_matter(write: Write) -> None:
    columns = read_columns(write("a,b\n1,\n2,x\n"), ["a"], drop_missing=True)
    assert columns.values["a"].tolist() == [1, 2]
    assert columns.provenance.notes == ()


def test_large_whole_numbers_stay_apart_where_one_is_missing(read_text: Read, read_parquet: Read) -> None:
    assert read_text(f"a,b\n{BIG - 1},1\n{BIG},1\n,1\n", drop_missing=True)["a"].tolist() == [BIG - 1, BIG]
    assert read_parquet({"a": [BIG - 1, BIG, None]}, drop_missing=True)["a"].tolist() == [BIG - 1, BIG]
    found = read_parquet({"a": [BIG - 1, BIG, 0], "b": [1.5, 1.0, None]}, "a", "b", drop_missing=True)
    assert found["a"].tolist() == [BIG - 1, BIG]


def test_a_gap_in_numbers_with_fractions(read_text: Read) -> None:
    assert read_text("a,b\n1.5,1\n,1\n2,1\n", drop_missing=True)["a"].tolist() == [1.5, 2.0]


@pytest.mark.parametrize("text", ["a,b\n,1\nNA,2\n", "a,b\n,1\n1,\n"])
def test_where_no_row_is_whole_nothing_is_left(text: str, refused: Callable[..., str]) -> None:
    assert "missing values" in refused(text, "a", "b")
    said = refused(text, "a", "b", drop_missing=True)
    assert "missing values" in said
    assert "--drop-missing" not in said


@pytest.mark.parametrize(
    ("values", "kept", "kind"),
    [
        ([1.5, None, float("nan"), 2.5], [1.5, 2.5], "f"),
        (["x", None, None, "y"], ["x", "y"], "U"),
        ([True, None, None, False], [True, False], "b"),
        ([1, None, None, 2], [1, 2], "i"),
    ],
)
def test_missing_values_of_parquet(values: list, kept: list, kind: str, write: Write) -> None:
    path = write(pa.table({"a": values, "b": [1, 2, 3, 4]}), "t.parquet")
    with pytest.raises(InputError, match=r"missing values: 2 in a\."):
        read_columns(path, ["a", "b"])
    columns = read_columns(path, ["a", "b"], drop_missing=True)
    assert columns.values["a"].tolist() == kept
    assert columns.values["a"].dtype.kind == kind
    assert columns.values["b"].tolist() == [1, 4]


def test_missing_values_of_npz(write: Write) -> None:
    path = write({"a": np.array([1, np.nan, 3], dtype=np.float32), "b": np.array([7, 8, 9], np.uint8)}, "t.npz")
    with pytest.raises(InputError, match=r"missing values: 1 in a\."):
        read_columns(path, ["a", "b"])
    columns = read_columns(path, ["a", "b"], drop_missing=True).values
    assert columns["a"].tolist() == [1, 3]
    assert columns["b"].tolist() == [7, 9]
    assert (columns["a"].dtype, columns["b"].dtype) == (np.float32, np.uint8)


# --- Parquet and NumPy ---


@pytest.mark.parametrize(
    ("column", "values", "kind"),
    [
        (pa.array([1, 2], pa.int64()), [1, 2], "i"),
        (pa.array([1, 200], pa.uint8()), [1, 200], "u"),
        (pa.array([0.5, 2], pa.float32()), [0.5, 2], "f"),
        (pa.array([True, False]), [True, False], "b"),
        (pa.array(["x", "y"]), ["x", "y"], "O"),
        (pa.array(["x", "y", "x"]).dictionary_encode(), ["x", "y", "x"], "O"),
        (pa.chunked_array([[1, 2], [3]]), [1, 2, 3], "i"),
    ],
)
def test_types_of_parquet(column: Any, values: list, kind: str, read_parquet: Read) -> None:
    found = read_parquet({"a": column})["a"]
    assert found.tolist() == values
    assert found.dtype.kind == kind


def test_a_gap_among_categories_is_no_category(write: Write) -> None:
    path = write(pa.table({"a": pa.array(["x", None, "y", "x"]).dictionary_encode()}), "t.parquet")
    with pytest.raises(InputError, match=r"missing values: 1 in a\."):
        read_columns(path, ["a"])
    assert read_columns(path, ["a"], drop_missing=True).values["a"].tolist() == ["x", "y", "x"]


def test_times_stay_times_where_rows_are_left_out(read_parquet: Read) -> None:
    """As plain numbers they would be taken for measurements."""
    times = pa.array([datetime(2020, 1, 1), datetime(2021, 1, 1)]).cast(pa.timestamp("ns"))
    found = read_parquet({"a": times, "b": [1, None]}, "a", "b", drop_missing=True)
    assert found["a"].dtype.kind == "M"


def test_an_array_of_an_npz_is_one_column(write: Write) -> None:
    path = write({"a": np.zeros((4, 2)), "b": np.arange(4), "c": np.array(3)}, "t.npz")
    with pytest.raises(InputError, match=r"array a: wanted one value a row, got an array of shape \(4, 2\)"):
        read_columns(path, ["b", "a"])
    with pytest.raises(InputError, match=r"array c: wanted one value a row, got an array of shape \(\)"):
        read_columns(path, ["c"])
    assert read_columns(path, ["b"]).values["b"].tolist() == [0, 1, 2, 3]


def test_columns_of_unequal_length_are_refused(refused: Callable[..., str]) -> None:
    content = {"a": np.arange(4), "b": np.arange(3)}
    assert "wanted columns of one length, with values, got 4 in a, 3 in b" in refused(content, "a", "b", file="t.npz")


class RunsCode:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> tuple:
        return os.mkdir, (str(self.folder),)


def test_objects_are_never_unpickled(tmp_path: Path, refused: Callable[..., str]) -> None:
    content = {"a": np.array([RunsCode(tmp_path / "made"), None], dtype=object), "b": np.arange(2)}
    assert "never unpickled" in refused(content, file="t.npz")
    assert not (tmp_path / "made").exists()


def test_a_bare_pickle_is_no_npz(tmp_path: Path, refused: Callable[..., str]) -> None:
    refused(pickle.dumps(RunsCode(tmp_path / "made")), file="t.npz")
    assert not (tmp_path / "made").exists()


# --- what cannot be read ---


@pytest.mark.parametrize("name", ["t.csv", "t.parquet", "t.npz"])
def test_an_unknown_column_is_named_beside_those_there_are(name: str, refused: Callable[..., str]) -> None:
    columns = {f"c{i}": np.arange(3) for i in range(14)}
    content = {
        "t.csv": ",".join(columns) + "\n" + ",".join("0" * 14),
        "t.parquet": pa.table(columns),
        "t.npz": columns,
    }[name]
    said = refused(content, "c1", "age", "sex", file=name)
    assert "wanted a column 'age', got columns c0, c1, c2, " in said
    assert "c11, ..." in said
    assert "c12" not in said


def test_all_columns_are_shown_where_they_are_few(refused: Callable[..., str]) -> None:
    assert "got columns b, c. Name a column" in refused("b,c\n1,2\n")


def test_case_matters_in_names(refused: Callable[..., str]) -> None:
    assert "wanted a column 'a', got columns A" in refused("A\n1\n2\n")


@pytest.mark.parametrize("row", ["5", "5,6,7", "5,6,"])
def test_a_ragged_row_is_named(row: str, refused: Callable[..., str]) -> None:
    said = refused(f"a,b\n1,2\n3,4\n{row}\n7,8\n")
    assert f"line 4: wanted 2 values as in the header, got {row.count(',') + 1}." in said


def test_an_empty_file(refused: Callable[..., str]) -> None:
    assert "wanted a column 'a', got an empty file" in refused("")
    assert "got an empty file" in refused({}, file="t.npz")


@pytest.mark.parametrize(
    ("content", "name"),
    [
        ("a,b\n", "t.csv"),
        ("a,b\n\n\n", "t.csv"),
        (pa.table({"a": pa.array([], pa.int64())}), "t.parquet"),
        ({"a": np.array([])}, "t.npz"),
    ],
)
def test_a_table_without_rows(content: Any, name: str, refused: Callable[..., str]) -> None:
    assert "wanted columns of one length, with values, got 0 in a" in refused(content, file=name)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("a,b\né,1\n".encode("latin-1"), "wanted text in UTF-8"),
        ("é,a\n1,1\n".encode("latin-1"), "wanted text in UTF-8"),
        ("a,b\n1,2\n".encode("utf-16"), "wanted text in UTF-8"),
        ("a\n" + "x" * 200_000, "field larger than field limit"),
        ('a,b\n1,2\n3,"4\n5,6\n', "unexpected end of data"),
    ],
)
def test_damaged_text_is_refused(content: str | bytes, words: str, refused: Callable[..., str]) -> None:
    assert words in refused(content)


@pytest.mark.parametrize("name", ["t.parquet", "t.npz"])
@pytest.mark.parametrize("kept", [0, 3, 0.5, 0.97])
def test_a_truncated_file_is_refused(name: str, kept: float, write: Write) -> None:
    values = np.random.default_rng(0).random(500)
    path = write(pa.table({"a": values}) if name == "t.parquet" else {"a": values}, name)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(kept if kept > 1 else kept * len(whole))])
    with pytest.raises(InputError, match=r"wanted a (whole NumPy|Parquet) file, got (one that|something)"):
        read_columns(path, ["a"])


@pytest.mark.parametrize("name", ["t.parquet", "t.npz"])
def test_a_file_of_another_kind_is_refused(name: str, refused: Callable[..., str]) -> None:
    assert "Check that it is whole" in refused("a,b\n1,2\n", file="t.parquet")
    assert "wanted a whole NumPy file" in refused("a,b\n1,2\n", file="t.npz")


def test_damaged_bytes_inside_an_npz_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.npz"
    np.savez_compressed(path, a=np.random.default_rng(0).random(5000))
    content = bytearray(path.read_bytes())
    content[2000:2100] = b"\xff" * 100
    path.write_bytes(content)
    with pytest.raises(InputError, match="wanted a whole NumPy file"):
        read_columns(path, ["a"])


@pytest.mark.parametrize("name", ["t.csv", "t.npz"])
def test_what_does_not_fit_in_memory_is_not_read(
    name: str, refused: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(raw, "MOST_BYTES", 1000)
    content = "a\n" + "1\n" * 200 if name == "t.csv" else {"a": np.zeros(500)}
    assert "GiB" in refused(content, file=name)


@pytest.mark.parametrize("name", ["t.xlsx", "t.txt", "t.npy", "t"])
def test_an_unknown_ending_is_refused(name: str, refused: Callable[..., str]) -> None:
    said = refused("a\n1\n", file=name)
    assert "wanted .csv or .tsv with a header line, .parquet, or .npz" in said
    assert f"got {Path(name).suffix or 'no ending'}." in said


@pytest.mark.parametrize("make", [lambda path: None, Path.mkdir])
def test_what_is_no_file_is_refused(make: Callable[[Path], None], tmp_path: Path) -> None:
    path = tmp_path / "gone.csv"
    make(path)
    with pytest.raises(InputError, match=r"gone\.csv: wanted a file, got nothing of that name"):
        read_columns(path, ["a"])


def test_columns_are_plain_data(write: Write) -> None:
    columns = read_columns(write("a\n1\n2\n"), ["a"])
    assert isinstance(columns, Columns)
    with pytest.raises(AttributeError):
        columns.values = {}  # type: ignore[misc]


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_two_columns_of_one_name_are_refused(tmp_path, ending):
    path = tmp_path / f"twice.{ending}"
    if ending == "csv":
        path.write_text("x,x,y\n1,2,3\n")
    else:
        column = pa.array([1, 2])
        pq.write_table(pa.Table.from_arrays([column, column, column], names=["x", "x", "y"]), path)
    with pytest.raises(InputError, match="wanted columns of different names, got several named 'x'"):
        read_columns(path, ["x", "y"])
    assert list(read_columns(path, ["y"]).values) == ["y"]
