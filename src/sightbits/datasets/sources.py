"""Copies of a catalogue set on this machine: the search order, and the check that every byte is right."""

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from sightbits.core.checks import InputError
from sightbits.datasets import layouts
from sightbits.datasets.catalogue import CatalogueArray, CatalogueRow
from sightbits.datasets.formats import idx, numpy_files, other_caches
from sightbits.datasets.formats.raw import RawImages

DEBIAN_FOLDER = Path("/usr/share/datasets")


@dataclass(frozen=True, kw_only=True)
class Copy:
    """A copy of a set on this machine: whose it is, where it lies, and how to read it."""

    holder: str
    path: Path
    read: Callable[[], RawImages]


def cache_folder() -> Path:
    """Return where fetched sets are kept: `SIGHTBITS_CACHE`, else the user's cache folder."""
    import pooch  # noqa: PLC0415  only to ask the system where caches live

    return Path(os.environ.get("SIGHTBITS_CACHE") or pooch.os_cache("sightbits"))


def find_copies(row: CatalogueRow, limit: int | None = None, scale_to: tuple[int, ...] | None = None) -> Iterator[Copy]:
    """Yield the copies of a set on this machine, in the order they are tried.

    Parameters
    ----------
    limit, scale_to
        How many images to read at most, and the rows and columns to scale them to, of sets that nothing verifies.

    Notes
    -----
    `SIGHTBITS_DATA`, this program's cache, torchvision's roots and the folder `data`, the Keras cache, scikit-learn's
    OpenML cache, Debian's folder, the Hugging Face cache; where a part may stand in for the whole, parts come last.
    """
    if not row.files:
        places = list(_places(row))
        for holder, folder in places:
            for path, read in layouts.find_whole(row, folder, limit, scale_to):
                yield Copy(holder=holder, path=path, read=read)
        yield from _hugging_face_copies(row)
        for holder, folder in places:
            for path, read in layouts.find_part(row, folder):
                yield Copy(holder=holder, path=path, read=read)
        return
    yield from _idx_copies(_own_folders(row))
    keras = Path.home() / ".keras/datasets" / f"{row.name}.npz"
    if keras.is_file():
        yield Copy(holder="Keras", path=keras, read=partial(numpy_files.read_npz, keras))
    scikit_learn = Path(os.environ.get("SCIKIT_LEARN_DATA") or Path.home() / "scikit_learn_data")
    for arff in sorted((scikit_learn / "openml").glob(f"**/download/{row.openml_id}*/*.arff.gz")):
        yield Copy(
            holder="scikit-learn",
            path=arff,
            read=partial(other_caches.read_openml, arff, row.image_shape[:2], row.n_train),
        )
    yield from _idx_copies([("Debian", DEBIAN_FOLDER / row.name)])
    yield from _hugging_face_copies(row)


def _hugging_face_copies(row: CatalogueRow) -> Iterator[Copy]:
    if not row.hugging_face:
        return
    hub = Path(os.environ.get("HF_HOME") or Path.home() / ".cache/huggingface") / "hub"
    for train in sorted((hub / row.hugging_face).glob("snapshots/*/*/train-*.parquet")):
        for test in sorted(train.parent.glob("test-*.parquet")):
            yield Copy(
                holder="Hugging Face",
                path=train.parent,
                read=partial(other_caches.read_hugging_face, train, test),
            )


def _idx_copies(folders: Iterable[tuple[str, Path]]) -> Iterator[Copy]:
    for holder, folder in folders:
        if idx.is_folder(folder):
            yield Copy(holder=holder, path=folder, read=partial(idx.read_folder, folder))


def _own_folders(row: CatalogueRow) -> Iterator[tuple[str, Path]]:
    own = os.environ.get("SIGHTBITS_DATA")
    if own:
        yield "SIGHTBITS_DATA", Path(own) / row.name
    yield "cache", cache_folder() / row.name
    torchvision = {"mnist": "MNIST", "fashion-mnist": "FashionMNIST"}.get(row.name, row.name)
    for root in (Path("data"), Path(), Path.home() / "data"):
        yield "torchvision", root / torchvision / "raw"
    yield "Keras", Path.home() / ".keras/datasets" / row.name


def _places(row: CatalogueRow) -> Iterator[tuple[str, Path]]:
    """The folders in which a set of other formats may lie, under its own name and under others it goes by."""
    own = os.environ.get("SIGHTBITS_DATA")
    if own:
        for name in (row.name, *row.folders):
            yield "SIGHTBITS_DATA", Path(own) / name
    yield "cache", cache_folder() / row.name
    holder = "torchvision" if row.hugging_face else "data folder"
    for root in (Path("data"), Path(), Path.home() / "data"):
        for name in (row.name, *row.folders):
            yield holder, root / name
        yield holder, root


def read_catalogue_set(
    row: CatalogueRow, limit: int | None = None, scale_to: tuple[int, ...] | None = None
) -> tuple[RawImages, Copy]:
    """Read a set from the first copy that is intact, or say what to do where there is none.

    Parameters
    ----------
    limit, scale_to
        How many images to read at most, and the rows and columns to scale them to, of sets that nothing verifies.
    """
    refused = []
    for copy in find_copies(row, limit, scale_to):
        try:
            raw = copy.read()
            verify(row, raw, copy.path)
        except Exception as error:  # whatever another tool's damaged file makes a reader raise, other copies remain
            refused.append(f"{copy.holder} ({error})")
            continue
        return raw, copy
    tried = "no copy on this machine" if not refused else "only copies that are not intact: " + "; ".join(refused)
    raise InputError(row.name, wanted="its files on this machine", got=tried, remedy=_advice(row))


def _advice(row: CatalogueRow) -> str:
    """What to do where there is no copy: fetch what can be fetched, or put files where they are looked for."""
    own = Path(os.environ.get("SIGHTBITS_DATA") or cache_folder()) / row.name
    if row.files:
        names = f"{', '.join(f.name for f in row.files)} (plain or .gz)"
    elif row.archives:
        names = " or ".join(archive.name for archive in row.archives)
    else:
        names = f"the folder that holds Training and Test (from {' or '.join(row.pages)})"
    can_be_fetched = row.files or any(archive.addresses for archive in row.archives)
    fetch = f"Fetch them with: sightbits data fetch {row.name}. Or put" if can_be_fetched else "Put"
    return f"{fetch} {names} into {own}."


def verify(row: CatalogueRow, raw: RawImages, path: Path) -> None:
    """Raise `InputError` unless every array of a copy is the published one, as far as that is known.

    Notes
    -----
    Sets of IDX files are known byte for byte, others by the hashes of their arrays or, failing these, of the archive.
    Of a set with neither, nothing is: its reader says so in a note.
    """
    if row.files:
        _verify_idx(row, raw, path)
    elif row.arrays:
        _verify_size(row, raw, path)
        for array in row.arrays:
            _verify_array(array, raw, path)
    elif row.archives:
        _verify_size(row, raw, path)
        with path.open("rb") as file:
            _check_hash(path, hashlib.file_digest(file, "sha256").hexdigest(), row.archives[0].sha256)
    if row.label_names and raw.label_names not in (None, row.label_names):
        raise _not_the_set(path, f"labels {', '.join(row.label_names)}", ", ".join(raw.label_names or ()))


def _verify_idx(row: CatalogueRow, raw: RawImages, path: Path) -> None:
    in_test = np.asarray(raw.in_test if raw.in_test is not None else np.zeros(len(raw.labels), dtype=bool))
    arrays = [raw.images[~in_test], raw.labels[~in_test], raw.images[in_test], raw.labels[in_test]]
    for file, array in zip(row.files, arrays, strict=True):
        values = np.asarray(array)
        whole = values.dtype.kind in "ui" and np.array_equal(values.astype(np.uint8), values)
        found = hashlib.sha256(idx.to_bytes(values)).hexdigest() if whole else "values that are not whole bytes"
        _check_hash(f"{path} ({file.name})", found, file.sha256)


def _verify_size(row: CatalogueRow, raw: RawImages, path: Path) -> None:
    wanted = row.n_train + row.n_test
    if raw.places is not None:
        wanted = sum(stop - start for start, stop in row.part)
        if not np.array_equal(raw.places, np.concatenate([np.arange(*within) for within in row.part])):
            raise _not_the_set(path, "the known part", "other images")
    if np.shape(raw.images) != (wanted, *row.image_shape) or len(raw.labels) != wanted:
        shape = "x".join(map(str, row.image_shape))
        got = f"{len(raw.labels):,} labels and images of shape {np.shape(raw.images)}"
        raise _not_the_set(path, f"{wanted:,} images of {shape}", got)
    if raw.in_test is not None and raw.places is None and not row.n_folds and np.sum(raw.in_test) != row.n_test:
        raise _not_the_set(path, f"{row.n_test:,} test images", f"{np.sum(raw.in_test):,}")


def _verify_array(array: CatalogueArray, raw: RawImages, path: Path) -> None:
    if array.name == "label_names":
        content: Any = "\n".join(raw.label_names or ()).encode()
    else:
        values = np.asarray(getattr(raw, array.name))
        if array.within:
            places = np.arange(len(values)) if raw.places is None else np.asarray(raw.places)
            values = values[np.any([(start <= places) & (places < stop) for start, stop in array.within], axis=0)]
        elif raw.places is not None:
            return  # known of the whole only
        content = np.ascontiguousarray(values, dtype=array.dtype)
        if not np.array_equal(content, values):
            raise _not_the_set(f"{path} ({array.name})", "whole numbers", f"values of {values.dtype}")
    _check_hash(f"{path} ({array.name})", hashlib.sha256(content).hexdigest(), array.sha256)


def _check_hash(name: object, found: str, wanted: str) -> None:
    if found != wanted:
        got = f"{found[:16]}..." if len(found) == len(wanted) else found
        raise _not_the_set(name, f"content with SHA-256 {wanted[:16]}...", got)


def _not_the_set(name: object, wanted: str, got: str) -> InputError:
    return InputError(
        str(name),
        wanted=wanted,
        got=got,
        remedy="The copy is damaged or of another version: remove it and fetch the set again.",
    )
