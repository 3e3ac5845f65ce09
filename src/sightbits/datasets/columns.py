"""Single columns of a table, for questions about variables that are no images."""

import hashlib
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sightbits.core.checks import InputError, check_whole, import_optional
from sightbits.core.images import Provenance
from sightbits.datasets.formats.numpy_files import read_arrays
from sightbits.datasets.formats.raw import check_size
from sightbits.datasets.formats.tables import numbered_rows, open_rows

_MISSING = frozenset({"", "na", "n/a", "nan", "null", "none"})
_WITH_COMMA = re.compile(r"[+-]?\d*,\d+(e[+-]?\d+)?", re.IGNORECASE)
_READABLE = ".csv or .tsv with a header line, .parquet, or .npz with an array a column"


@dataclass(frozen=True, eq=False, kw_only=True)
class Columns:
    """Columns of one table, row by row, and where they came from."""

    values: Mapping[str, np.ndarray]
    provenance: Provenance


def read_columns(
    path: str | Path, names: Sequence[str], *, drop_missing: bool = False, limit: int | None = None
) -> Columns:
    """Read columns of a table by name.

    Parameters
    ----------
    path
        A `.csv` or `.tsv` file with a header line, `.parquet` (extra `parquet`), or `.npz` with one array a column.
    names
        The columns wanted.
    drop_missing
        Leave out rows where one of these columns has no value.
    limit
        Take at most so many rows, evenly strided through the table.

    Returns
    -------
    Columns
        Whole numbers, floats or names, as the column holds.

    Raises
    ------
    InputError
        For an unreadable file, an unknown column, missing values, a column of numbers with a few names in it or with
        decimal commas, or whole numbers so large that different ones would become alike.

    Notes
    -----
    Empty cells, NA, N/A, NaN, null and None are missing.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(str(path), wanted="a file", got="nothing of that name", remedy=f"Name a {_READABLE}.")
    readers = {".csv": _read_text, ".tsv": _read_text, ".parquet": _read_parquet, ".npz": _read_npz}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise InputError(str(path), wanted=_READABLE, got=path.suffix or "no ending", remedy="Convert it to one.")
    unique = list(dict.fromkeys(names))
    found = reader(path, unique)
    values, notes = _without_missing(path, found, drop_missing)
    if limit is not None:
        check_whole("limit", limit, low=2)
        n_rows = len(next(iter(values.values())))
        rows = np.arange(min(limit, n_rows)) * n_rows // min(limit, n_rows)
        values = {name: array[rows] for name, array in values.items()}
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return Columns(values=values, provenance=Provenance(name=path.name, sha256=digest, origin=str(path), notes=notes))


def _read_text(path: Path, names: list[str]) -> dict[str, np.ndarray]:
    with open_rows(path) as rows:
        header = [name.strip() for name in next(rows, [])]
        _check_names(path, names, header)
        places = [header.index(name) for name in names]
        cells: list[list[str]] = [[] for _ in names]
        for _, row in numbered_rows(path, rows, len(header)):
            for column, place in zip(cells, places, strict=True):
                column.append(row[place].strip())
    return {name: _typed(path, name, column) for name, column in zip(names, cells, strict=True)}


def _typed(path: Path, name: str, cells: list[str]) -> np.ndarray:
    """Whole numbers where all are, else floats where all are, with NaN for what is missing; else names."""
    missing = np.array([cell.lower() in _MISSING for cell in cells], dtype=bool)
    given = np.array(cells, dtype=object)[~missing]
    numbers: list[Any] = [_number(cell) for cell in given]
    n_numbers = sum(number is not None for number in numbers)
    if len(given) and n_numbers == len(given):
        whole = all(isinstance(number, int) for number in numbers)
        if whole and not _fit(numbers):
            numbers, whole = _as_floats(path, name, numbers), False
        if whole and not missing.any():
            return np.array(numbers, dtype=np.int64)
        values = np.full(len(cells), None if whole else np.nan, dtype=object if whole else np.float64)
        values[~missing] = numbers  # as floats, whole numbers above 2^53 would become alike
        return values
    odd = [cell for cell, number in zip(given, numbers, strict=True) if number is None]
    if odd and all(_WITH_COMMA.fullmatch(cell) for cell in odd):  # as names, each number would be its own level
        raise InputError(
            f"{path}, column {name}",
            wanted="numbers with a decimal point, or names",
            got=f"numbers with a decimal comma, as {odd[0]!r}",
            remedy=f"Write {odd[0].replace(',', '.')}; where it is a name, put a letter in front.",
        )
    if n_numbers > len(given) / 2:
        raise InputError(
            f"{path}, column {name}",
            wanted="only numbers, or only names",
            got=f"{n_numbers} numbers, and {odd[0]!r}",
            remedy="Correct that cell, or leave it empty and drop missing values.",
        )
    return np.array([None if gap else cell for gap, cell in zip(missing, cells, strict=True)], dtype=object)


def _number(cell: str) -> int | float | None:
    if "_" in cell:  # 1_0 is ten to Python alone
        return None
    for kind in (int, float):
        try:
            return kind(cell)
        except ValueError:
            continue
    return None


def _fit(numbers: list[Any]) -> bool:
    return min(numbers) >= -(2**63) and max(numbers) < 2**63


def _as_floats(path: Path, name: str, numbers: list[Any]) -> list[float]:
    floats = [float(str(number)) for number in numbers]  # by way of text, a number beyond all floats is infinite
    if len(set(floats)) < len(set(numbers)):
        raise InputError(
            f"{path}, column {name}",
            wanted="whole numbers of at most 64 bits, or names",
            got="larger ones, of which different ones would become alike",
            remedy="Put a letter in front of each where they are names; write them as 1.5e20 where they are measured.",
        )
    return floats


def _read_parquet(path: Path, names: list[str]) -> dict[str, np.ndarray]:
    parquet = import_optional("pyarrow.parquet", extra="parquet", purpose=str(path))
    try:
        about = parquet.read_metadata(path)
        check_size(path, sum(about.row_group(i).total_byte_size for i in range(about.num_row_groups)))
        _check_names(path, names, parquet.read_schema(path).names)
        table = parquet.read_table(path, columns=names)
        return {name: _plain(table[name]) for name in names}
    except InputError:
        raise
    except Exception as error:  # pyarrow has many kinds
        raise InputError(
            str(path), wanted="a Parquet file", got=f"something else ({error})", remedy="Check that it is whole."
        ) from error


def _plain(column: Any) -> np.ndarray:
    from pyarrow import types  # noqa: PLC0415  an extra

    if types.is_dictionary(column.type):  # a gap would become the first category
        column = column.cast(column.type.value_type)
    if column.null_count and types.is_integer(column.type):  # as floats, those above 2^53 would become alike
        return np.array(column.to_pylist(), dtype=object)
    return np.asarray(column.to_numpy())


def _read_npz(path: Path, names: list[str]) -> dict[str, np.ndarray]:
    def choose(found: list[str]) -> tuple[str, ...]:
        _check_names(path, names, found)
        return tuple(names)

    arrays = read_arrays(path, choose)[1]
    for name, array in arrays.items():
        if array.ndim != 1:
            raise InputError(
                f"{path}, array {name}",
                wanted="one value a row",
                got=f"an array of shape {array.shape}",
                remedy="Save each column as an array of its own.",
            )
    return arrays


def _check_names(path: Path, names: list[str], found: Sequence[str]) -> None:
    unknown = [name for name in names if name not in found]
    if unknown:
        shown = ", ".join(list(found)[:12]) + (", ..." if len(found) > 12 else "")
        raise InputError(
            f"{path}",
            wanted=f"a column {unknown[0]!r}",
            got=f"columns {shown}" if found else "an empty file",
            remedy="Name a column with --x and --y as the header has it.",
        )
    twice = [name for name in names if list(found).count(name) > 1]
    if twice:
        raise InputError(
            str(path), wanted="columns of different names", got=f"several named {twice[0]!r}", remedy="Rename them."
        )


def _without_missing(
    path: Path, found: dict[str, np.ndarray], drop: bool
) -> tuple[dict[str, np.ndarray], tuple[str, ...]]:
    lengths = {name: len(values) for name, values in found.items()}
    if len(set(lengths.values())) > 1 or not max(lengths.values()):
        raise InputError(
            str(path), wanted="columns of one length, with values",
            got=", ".join(f"{n} in {name}" for name, n in lengths.items()), remedy="Check that the file is whole.",
        )  # fmt: skip
    gaps = {name: _missing(values) for name, values in found.items()}
    gap = np.any(list(gaps.values()), axis=0)
    if not gap.any():
        return found, ()
    where = ", ".join(f"{int(one.sum())} in {name}" for name, one in gaps.items() if one.any())
    if not drop or gap.all():
        raise InputError(
            str(path), wanted="a value in every row", got=f"missing values: {where}",
            remedy="No row has all." if drop else "Fill them in, or leave those rows out with --drop-missing.",
        )  # fmt: skip
    kept = {name: values[~gap] for name, values in found.items()}
    kept = {name: np.array(values.tolist()) if values.dtype == object else values for name, values in kept.items()}
    return kept, (f"{int(gap.sum())} of {len(gap)} rows with missing values were left out",)


def _missing(values: np.ndarray) -> np.ndarray:
    if values.dtype == object:
        return np.array(
            [value is None or (isinstance(value, float) and math.isnan(value)) for value in values], dtype=bool
        )
    return np.isnan(values) if values.dtype.kind == "f" else np.zeros(len(values), dtype=bool)
