"""Tables: one row an image, one column a pixel, one column the label."""

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from sightbits.core.checks import InputError
from sightbits.datasets.formats.raw import RawImages, check_size

_LABEL_NAMES = ("label", "labels", "class", "target", "digit")


def read_csv(path: Path, label: str | None) -> RawImages:
    """Read a table with a header line; every column but the label is a pixel, row by row."""
    with open_rows(path) as rows, np.errstate(over="ignore"):
        return _read_rows(path, rows, label)


@contextmanager
def open_rows(path: Path) -> Iterator[Iterator[list[str]]]:
    """Open a table of text and give its rows; tabs or semicolons separate where the first line has more of them."""
    check_size(path, 4 * path.stat().st_size)
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            first = file.readline()
            file.seek(0)
            yield csv.reader(file, delimiter=max(",;\t", key=first.count), strict=True)
    except UnicodeDecodeError as error:
        raise InputError(
            str(path),
            wanted="text in UTF-8",
            got=f"other bytes ({error.reason})",
            remedy="Save it as UTF-8 CSV.",
        ) from error
    except csv.Error as error:
        raise InputError(
            str(path),
            wanted="values with commas between",
            got=f"something else ({error})",
            remedy="Check that it is a CSV file and whole.",
        ) from error


def _read_rows(path: Path, rows: Iterator[list[str]], label: str | None) -> RawImages:
    header = next(rows, [])
    column = _label_column(path, header, label)
    labels, pixels = [], []
    for number, row in numbered_rows(path, rows, len(header)):
        name = row.pop(column).strip()
        if not name:
            raise InputError(
                f"{path}, line {number}",
                wanted="a label in every row",
                got="an empty one",
                remedy="Fill it in, or drop the row.",
            )
        labels.append(name)
        pixels.append(_numbers(path, number, row))
    if not labels:
        raise InputError(str(path), wanted="at least one row below the header", got="none", remedy="Add the images.")
    return RawImages(images=np.stack(pixels), labels=_as_labels(labels))


def numbered_rows(path: Path, rows: Iterator[list[str]], n_columns: int) -> Iterator[tuple[int, list[str]]]:
    """Give the rows below the header with their line numbers, empty lines left out; each must be whole."""
    for number, row in enumerate(rows, start=2):
        if len(row) not in (0, n_columns):
            raise InputError(
                f"{path}, line {number}",
                wanted=f"{n_columns} values as in the header",
                got=str(len(row)),
                remedy="Check that the file is whole.",
            )
        if row:
            yield number, row


def _label_column(path: Path, header: list[str], label: str | None) -> int:
    names = [name.strip() for name in header]
    if label is None:
        found = [name for name in names if name.lower() in _LABEL_NAMES]
        if len(found) == 1:
            return names.index(found[0])
    elif label in names:
        return names.index(label)
    shown = ", ".join(names[:4] + ["..."] * (len(names) > 6) + names[-2:]) if names else "an empty file"
    raise InputError(
        str(path),
        wanted=f"a label column {label!r}" if label else "a column named label",
        got=f"columns {shown}",
        remedy="Name the label column with --label COLUMN.",
    )


def _numbers(path: Path, number: int, row: list[str]) -> np.ndarray:
    try:
        return np.array(row, dtype=np.float32)
    except ValueError as error:
        raise InputError(
            f"{path}, line {number}",
            wanted="a number in every pixel column",
            got=str(error),
            remedy="Leave out columns that are no pixels, or name the label column with --label.",
        ) from error


def _as_labels(labels: list[str]) -> np.ndarray:
    """Whole numbers where all are, else strings: '10' sorts after '9' only as a number."""
    array = np.array(labels)
    try:
        return array.astype(np.int64)
    except (ValueError, OverflowError):
        return array
