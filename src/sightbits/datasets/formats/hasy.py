"""HASYv2: PNG files beside tables of their symbols and folds, and a bit-packed form of the same."""

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from jaxtyping import UInt8

from sightbits.core.checks import InputError
from sightbits.datasets.formats.archives import read_files
from sightbits.datasets.formats.decoding import common_mode, decode_all, look_at_all
from sightbits.datasets.formats.numpy_files import read_arrays
from sightbits.datasets.formats.raw import RawImages

_LABELS, _SYMBOLS = "hasy-data-labels.csv", "symbols.csv"
_PACKED = ("ink_bits", "class_index", "fold", "class_latex")
_N_AT_ONCE = 8192


def read_hasy(source: Path) -> RawImages:
    """Read a folder or a tar archive of the original layout.

    Raises
    ------
    InputError
        Where a table or an image is missing or damaged, an image is in no fold or in two, or is not black on white.

    Notes
    -----
    The class of an image is the row of its symbol in symbols.csv, its name the symbol in LaTeX; the fold is the one
    whose test.csv holds the image. Images come in the order of their numbers.
    """
    tables: dict[str, bytes] = {}
    pictures: dict[str, bytes] = {}
    for name, content in read_files(source, _is_wanted):
        if name.suffix == ".png":
            pictures[name.name] = content
        elif name.name == "test.csv":
            tables[name.parent.name] = content
        else:
            tables[name.name] = content
    symbols = {row[0]: (index, row[1]) for index, row in enumerate(_rows(source, tables, _SYMBOLS))}
    symbol_of = {_file(path): symbol for path, symbol, *_ in _rows(source, tables, _LABELS)}
    names = sorted(symbol_of, key=lambda name: (len(name), name))
    _check_all_known(source, _LABELS, set(symbol_of.values()) - set(symbols), "symbols that are in symbols.csv")
    _check_all_known(source, _LABELS, set(names) - set(pictures), "names of images that are there")
    fold_of = _folds(source, tables)
    _check_all_known(source, "classification-task", set(names) - set(fold_of), "every image in one test.csv")
    return RawImages(
        images=_read_pictures(source, [pictures[name] for name in names], names),
        labels=np.array([symbols[symbol_of[name]][0] for name in names]),
        label_names=tuple(latex for _, latex in symbols.values()),
        folds=np.array([fold_of[name] for name in names], dtype=np.uint8),
        value_range=(0.0, 255.0),
    )


def read_packed(path: Path) -> RawImages:
    """Read the bit-packed form: a bit a pixel, set where there is ink."""
    names, arrays = read_arrays(path, lambda found: tuple(name for name in _PACKED if name in found))
    if names != _PACKED or arrays["ink_bits"].ndim != 2 or arrays["ink_bits"].dtype != np.uint8:
        raise InputError(
            str(path),
            wanted=f"arrays {', '.join(_PACKED)}, the first of bytes, a row an image",
            got=", ".join(f"{name} of {arrays[name].dtype} {arrays[name].shape}" for name in names) or "none of them",
            remedy="Use the original archive instead.",
        )
    pixels: Any = np.unpackbits(arrays["ink_bits"], axis=1)
    np.subtract(1, pixels, out=pixels)
    pixels *= 255
    side = int(np.sqrt(pixels.shape[1]))
    return RawImages(
        images=pixels.reshape(-1, side, pixels.shape[1] // side),
        labels=arrays["class_index"],
        label_names=tuple(map(str, arrays["class_latex"])),
        folds=arrays["fold"],
        value_range=(0.0, 255.0),
    )


def _is_wanted(name: PurePosixPath) -> bool:
    folder = name.parent.name
    if name.suffix == ".png":
        return folder == "hasy-data"
    return name.name in {_LABELS, _SYMBOLS} or (
        name.name == "test.csv" and re.fullmatch(r"fold-\d+", folder) is not None
    )


def _rows(source: Path, tables: dict[str, bytes], name: str) -> Iterator[list[str]]:
    """The rows of a table below its header: of a symbol its number and LaTeX, of an image its path and symbol."""
    wanted = ["symbol_id", "latex"] if name == _SYMBOLS else ["path", "symbol_id"]
    try:
        rows = csv.reader(io.StringIO(tables[name].decode("utf-8-sig"), newline=""), strict=True)
        header = next(rows, [])
        columns = [header.index(column) for column in wanted]
        for row in rows:
            if row:
                yield [row[column] for column in columns]
    except KeyError as error:
        raise InputError(
            str(source), wanted=f"a table {name}", got="none", remedy="Use the archive as it was published."
        ) from error
    except (ValueError, IndexError, csv.Error) as error:
        raise InputError(
            f"{source} ({name})",
            wanted=f"a table with columns {' and '.join(wanted)}",
            got=f"something else ({error})",
            remedy="Use the archive as it was published.",
        ) from error


def _file(path: str) -> str:
    """The name of an image, however the table leads to it: hasy-data/... or ../../hasy-data/..."""
    return PurePosixPath(path).name


def _folds(source: Path, tables: dict[str, bytes]) -> dict[str, int]:
    fold_of: dict[str, int] = {}
    for table in sorted(name for name in tables if name.startswith("fold-")):
        fold = int(table.removeprefix("fold-"))
        held_out = {_file(path) for path, _ in _rows(source, tables, table)}
        twice = next(iter(sorted(held_out & set(fold_of))), None)
        if twice is not None or not 1 <= fold <= np.iinfo(np.uint8).max:
            raise InputError(
                f"{source} ({table})",
                wanted="folds from 1 on, each image held out by one",
                got=f"fold {fold}" if twice is None else f"{twice} in {table} and fold-{fold_of[twice]}",
                remedy="Use the archive as it was published.",
            )
        fold_of |= dict.fromkeys(held_out, fold)
    return fold_of


def _check_all_known(source: Path, table: str, unknown: set[str], wanted: str) -> None:
    if unknown:
        raise InputError(
            f"{source} ({table})",
            wanted=wanted,
            got=f"{len(unknown):,} that are not, the first {min(unknown)}",
            remedy="The copy is not whole: fetch the archive again.",
        )


def _read_pictures(source: Path, pictures: list[bytes], names: list[str]) -> UInt8[np.ndarray, "n rows columns"]:
    """Decode images some thousands at a time, since each has three channels that say the same."""
    parts: list[UInt8[np.ndarray, "n rows columns"]] = []
    for start in range(0, len(pictures), _N_AT_ONCE):
        part, called = pictures[start : start + _N_AT_ONCE], names[start : start + _N_AT_ONCE]
        modes, sizes = look_at_all(part, called)
        mode = "RGB" if common_mode(source, modes)[0] == "RGB" else "L"
        if len({*sizes, *(before.shape[:0:-1] for before in parts[:1])}) != 1:
            raise _not_black_on_white(source, "images of several sizes")
        pixels = decode_all(part, called, mode, sizes[0], source)
        grey = pixels[..., 0].copy() if mode == "RGB" else pixels
        if mode == "RGB" and not ((pixels[..., 1] == grey).all() and (pixels[..., 2] == grey).all()):
            raise _not_black_on_white(source, "colours")
        if not ((grey == 0) | (grey == 255)).all():
            raise _not_black_on_white(source, "grey values between")
        parts.append(grey)
    return np.concatenate(parts)


def _not_black_on_white(source: Path, got: str) -> InputError:
    return InputError(
        str(source),
        wanted="images of one size, each pixel black (0) or white (255)",
        got=got,
        remedy="Use the archive as it was published.",
    )
