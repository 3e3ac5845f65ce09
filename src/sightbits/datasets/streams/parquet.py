"""Parquet files: a column of pictures or of numbers, or a column a pixel, and one of labels."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Shaped

from sightbits.core.checks import InputError, import_optional
from sightbits.datasets.formats.decoding import look_at
from sightbits.datasets.streams.options import ReadingOptions
from sightbits.datasets.streams.parquet_columns import Columns, choose_columns
from sightbits.datasets.streams.pictures import Labelled, picture_stream
from sightbits.datasets.streams.raw import RawStream, rows_at_once, runs
from sightbits.datasets.streams.splits import official_parts

_BUFFER = 2**20  # of a column that is read: else whole row groups come into memory
_ROWS_OF_PICTURES = 64


@dataclass(frozen=True, eq=False, kw_only=True)
class ParquetRun:
    """Some row groups of a file, of pictures that are stored encoded."""

    path: Path
    groups: tuple[int, int]
    first_row: int
    n_rows: int
    columns: Columns
    in_test: bool
    portable: bool = True

    def labels(self) -> Any:
        """Return the column of labels, and read no other."""
        return _read_labels(self.path, self.groups, self.columns)

    def pictures(self) -> Iterator[Labelled]:
        """Yield pictures as they are stored."""
        row = self.first_row
        for batch in _batches(self.path, self.groups, self.columns.images, _ROWS_OF_PICTURES):
            for picture in self.columns.pictures(batch, f"{self.path}, rows from {row}"):
                yield f"{self.path}, row {row}", picture, None
                row += 1


@dataclass(frozen=True, eq=False, kw_only=True)
class ParquetPart:
    """Some row groups of a file, of numbers."""

    path: Path
    groups: tuple[int, int]
    n_images: int
    columns: Columns
    shape: tuple[int, ...]
    dtype: Any
    in_test: bool
    portable: bool = True

    def labels(self) -> Any:
        """Return the column of labels, and read no other."""
        return _read_labels(self.path, self.groups, self.columns)

    def chunks(self) -> Iterator[tuple[Any, Any]]:
        """Yield a run of rows at a time."""
        n_bytes = int(np.prod(self.shape, dtype=np.int64)) * np.dtype(self.dtype).itemsize
        for batch in _batches(self.path, self.groups, self.columns.images, rows_at_once(n_bytes)):
            yield self._checked(self.columns.arrays(batch, str(self.path))), None

    def _checked(self, images: Shaped[np.ndarray, "n *image"]) -> Shaped[np.ndarray, "n *image"]:
        if images.shape[1:] != self.shape:
            raise InputError(
                str(self.path),
                wanted=f"images of {' x '.join(map(str, self.shape))} values, as the first one has",
                got=" x ".join(map(str, images.shape[1:])),
                remedy="Crop or scale them first.",
            )
        return images


def parquet_stream(
    paths: Sequence[Path], options: ReadingOptions, *, name: str, below: Path | None = None
) -> RawStream:
    """Return parquet files as a stream; those named after train and test are an official split.

    Parameters
    ----------
    below
        The folder that files were found in: only what stands below it tells of a split.
    """
    whole = [path.absolute() for path in paths]
    short = [path.name if below is None else path.relative_to(below).as_posix() for path in paths]
    used, notes = official_parts(short)
    first = _footer(whole[used[0][0]])
    columns = choose_columns(name, first.schema_arrow, options.label)
    runs_of = []
    n_bytes = 1
    for number, (place, in_test) in enumerate(used):
        footer = first if number == 0 else _footer(whole[place])
        _check_alike(whole[place], columns, footer.schema_arrow, options.label)
        if number == 0:
            n_bytes = _bytes_of_first(whole[place], columns, options)
        runs_of += [(whole[place], groups, in_test, row, n) for groups, row, n in _runs_of_groups(footer, n_bytes)]
    if not runs_of:
        raise InputError(name, wanted="at least one row", got="none", remedy="Add the images.")
    if columns.encoded:
        found = tuple(
            ParquetRun(path=path, groups=groups, first_row=row, n_rows=n, columns=columns, in_test=in_test)
            for path, groups, in_test, row, n in runs_of
        )
        return picture_stream(
            found, options, name=Path(name).name, origin=name, label_names=columns.label_names, notes=notes
        )
    options.refuse("numbers in columns", "scale_to", "unreadable")
    one = next(_batches(runs_of[0][0], runs_of[0][1], columns.images, 1))
    image = columns.arrays(one, str(runs_of[0][0]))
    return RawStream(
        parts=tuple(
            ParquetPart(
                path=path, groups=groups, n_images=n, columns=columns, shape=image.shape[1:], dtype=image.dtype,
                in_test=in_test,
            )
            for path, groups, in_test, _, n in runs_of
        ),
        name=Path(name).name,
        origin=name,
        shape=image.shape[1:],
        dtype=image.dtype,
        label_names=columns.label_names,
        notes=notes,
    )  # fmt: skip


def _runs_of_groups(footer: Any, n_bytes_of_image: int) -> list[tuple[tuple[int, int], int, int]]:
    """Return runs of row groups as (first group, one behind the last), the first row, and the number of rows."""
    sizes = [footer.metadata.row_group(group).num_rows for group in range(footer.metadata.num_row_groups)]
    starts = np.cumsum([0, *sizes])
    found = []
    for start, stop in runs(int(starts[-1]), n_bytes_of_image):
        low, high = (int(np.searchsorted(starts[:-1], row)) for row in (start, stop))
        if high > low:
            found.append(((low, high), int(starts[low]), int(starts[high] - starts[low])))
    return found


def _bytes_of_first(path: Path, columns: Columns, options: ReadingOptions) -> int:
    """About how much memory one image takes, as far as the first one tells."""
    batch = next(_batches(path, None, columns.images, 1), None)
    if batch is None:
        return 1
    if not columns.encoded:
        return columns.arrays(batch, str(path)).nbytes
    if options.scale_to is not None:
        return options.scale_to[0] * options.scale_to[1]
    try:
        _, (width, height) = look_at(columns.pictures(batch, f"{path}, row 0")[0])
    except InputError:
        return 1  # the survey tells what is wrong with it
    return width * height


def _footer(path: Path) -> Any:
    parquet: Any = import_optional("pyarrow.parquet", extra="parquet", purpose=f"reading {path}")
    with _reading(path):
        # Buffered, and nothing ahead: memory is bounded by what is looked at, not by the row group.
        return parquet.ParquetFile(path, buffer_size=_BUFFER, pre_buffer=False)


def _batches(path: Path, groups: tuple[int, int] | None, names: tuple[str, ...], n_rows: int) -> Iterator[Any]:
    file = _footer(path)
    with _reading(path), file:
        wanted = None if groups is None else list(range(*groups))
        yield from file.iter_batches(batch_size=n_rows, row_groups=wanted, columns=list(names), use_threads=False)


def _read_labels(path: Path, groups: tuple[int, int], columns: Columns) -> Any:
    with _reading(path), _footer(path) as file:
        table = file.read_row_groups(list(range(*groups)), columns=[columns.label], use_threads=False)
        return columns.labels(table.column(columns.label).combine_chunks(), str(path))


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    arrow: Any = import_optional("pyarrow", extra="parquet", purpose=f"reading {path}")
    try:
        yield
    except InputError:
        raise
    except (arrow.ArrowException, OSError, ValueError, MemoryError, OverflowError) as error:
        raise InputError(
            str(path),
            wanted="a whole parquet file",
            got=f"one that cannot be read ({error})",
            remedy="Write it anew, or fetch it again.",
        ) from error


def _check_alike(path: Path, columns: Columns, schema: Any, label: str | None) -> None:
    other = choose_columns(str(path), schema, label)
    if (other.images, other.label, other.kind) != (columns.images, columns.label, columns.kind):
        raise InputError(
            str(path),
            wanted=f"the columns of the first file: {', '.join(columns.images[:3])} and {columns.label}",
            got=f"{', '.join(other.images[:3])} and {other.label}",
            remedy="Keep files of other columns in a folder of their own.",
        )
