import csv
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from sightbits.core.result import Columns, Result, plain, versions, write_csv


class TwoTables(Result):
    def to_dict(self) -> dict[str, Any]:
        return {"answer": plain(np.float64("nan")), "shape": plain((2, 3))}

    def tables(self) -> dict[str, Columns]:
        return {"first": {"a": [1, 2], "b": ["x", "y"]}, "second": {"c": [0.5]}}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.array([[1, 2], [3, 4]]), [[1, 2], [3, 4]]),
        (np.array([0.5, np.nan, np.inf, -np.inf]), [0.5, None, None, None]),
        (np.array(7), 7),
        (np.int64(3), 3),
        (np.float32(0.5), 0.5),
        (np.bool_(True), True),
        ((1, (2.5, "x")), [1, [2.5, "x"]]),
        ({1: {"a": (np.nan,)}}, {"1": {"a": [None]}}),
        (math.inf, None),
        (None, None),
        ("text", "text"),
    ],
)
def test_plain_values_are_what_json_knows(value: Any, expected: Any) -> None:
    assert plain(value) == expected
    assert json.loads(json.dumps(plain(value), allow_nan=False)) == expected


def test_plain_numbers_have_python_types() -> None:
    assert type(plain(np.int64(3))) is int
    assert type(plain(np.float64(3))) is float
    assert type(plain(np.bool_(False))) is bool


def test_csv_reads_back_with_missing_numbers_empty(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    write_csv(path, {"pixel": np.array([3, 1]), "bits": np.array([0.25, np.nan]), "name": ["é, x", 'say "x"']})
    with path.open(newline="", encoding="utf-8") as file:
        assert list(csv.reader(file)) == [["pixel", "bits", "name"], ["3", "0.25", "é, x"], ["1", "", 'say "x"']]


def test_csv_numbers_read_back_exactly(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    values = np.random.default_rng(0).random(20)
    write_csv(path, {"x": values})
    assert [float(line) for line in path.read_text().splitlines()[1:]] == values.tolist()


def test_csv_columns_of_unequal_length_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="shorter"):
        write_csv(tmp_path / "table.csv", {"a": [1, 2], "b": [1]})


def test_document_is_json() -> None:
    assert json.loads(TwoTables().to_json()) == {"answer": None, "shape": [2, 3]}


def test_frame_is_the_first_table_or_the_one_named() -> None:
    pd.testing.assert_frame_equal(TwoTables().to_frame(), pd.DataFrame({"a": [1, 2], "b": ["x", "y"]}))
    pd.testing.assert_frame_equal(TwoTables().to_frame("second"), pd.DataFrame({"c": [0.5]}))


def test_versions_name_what_figures_depend_on() -> None:
    found = versions()
    assert set(found) == {"python", "sightbits", "numpy", "scikit-learn"}
    assert found["numpy"] == np.__version__
