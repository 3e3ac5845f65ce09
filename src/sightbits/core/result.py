"""What every study returns: a document, tables, pictures and a report."""

import csv
import json
import math
import platform
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from sightbits.core.checks import import_optional

Columns = Mapping[str, Any]  # a name and as many values, each list or array, a column


class Result(ABC):
    """The outcome of a study. Information is kept in nats and shown in the result's unit."""

    @abstractmethod
    def to_dict(self) -> dict[str, Any]:
        """Return everything as one JSON-able document; missing numbers are None."""

    @abstractmethod
    def tables(self) -> dict[str, Columns]:
        """Return the tables, by name, as columns."""

    def to_json(self) -> str:
        """Return the document as JSON text."""
        return json.dumps(self.to_dict(), allow_nan=False)

    def to_frame(self, table: str | None = None) -> Any:
        """Return one table (by default the first) as a pandas data frame; needs the extra `parquet`."""
        pandas = import_optional("pandas", extra="parquet", purpose="to_frame")
        tables = self.tables()
        return pandas.DataFrame(dict(tables[table or next(iter(tables))]))

    def plot(self, **options: Any) -> Any:
        """Return the study's main picture as an Altair chart."""
        from sightbits.plots import chart  # noqa: PLC0415  only who draws loads the drawing library

        return chart(self, **options)

    def save(self, directory: str | Path) -> Path:
        """Write document, tables, pictures and report into a folder, and return the report's path."""
        from sightbits.report import save_report  # noqa: PLC0415  as above

        return save_report(self, Path(directory))


def plain(value: Any) -> Any:
    """Return arrays and NumPy numbers as lists and numbers that JSON knows; NaN and infinity become None.

    Examples
    --------
    >>> plain({"a": np.array([1.5, np.nan]), "b": np.int64(3)})
    {'a': [1.5, None], 'b': 3}
    """
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def versions() -> dict[str, str]:
    """Return the versions a result depends on."""
    from importlib.metadata import version  # noqa: PLC0415  read only when a result is written

    return {
        "python": platform.python_version(),
        **{name: version(name) for name in ("sightbits", "numpy", "scikit-learn")},
    }


def write_csv(path: Path, columns: Columns) -> None:
    """Write a table as CSV; missing numbers are left empty."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        for row in zip(*columns.values(), strict=True):
            writer.writerow(["" if cell is None else cell for cell in plain(list(row))])
