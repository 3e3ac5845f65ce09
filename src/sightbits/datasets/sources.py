"""Copies of a catalogue set on this machine: the search order, and the check that every byte is right."""

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from sightbits.core.checks import InputError
from sightbits.datasets.catalogue import CatalogueRow
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


def find_copies(row: CatalogueRow) -> Iterator[Copy]:
    """Yield the copies of a set on this machine, in the order they are tried.

    Notes
    -----
    `SIGHTBITS_DATA`, this program's cache, torchvision's roots, the Keras cache, scikit-learn's OpenML cache,
    Debian's folder, the Hugging Face cache.
    """
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


def read_catalogue_set(row: CatalogueRow) -> tuple[RawImages, Copy]:
    """Read a set from the first copy that is intact, or say what to do where there is none."""
    refused = []
    for copy in find_copies(row):
        try:
            raw = copy.read()
            verify(row, raw, copy.path)
        except Exception as error:  # whatever another tool's damaged file makes a reader raise, other copies remain
            refused.append(f"{copy.holder} ({error})")
            continue
        return raw, copy
    tried = "no copy on this machine" if not refused else "only copies that are not intact: " + "; ".join(refused)
    own = Path(os.environ.get("SIGHTBITS_DATA") or cache_folder())
    raise InputError(
        row.name,
        wanted="its files on this machine",
        got=tried,
        remedy=f"Fetch them with: sightbits data fetch {row.name}. Or put {', '.join(f.name for f in row.files)} "
        f"(plain or .gz) into {own / row.name}.",
    )


def verify(row: CatalogueRow, raw: RawImages, path: Path) -> None:
    """Raise `InputError` unless every array of a copy is the published one, byte for byte."""
    in_test = np.asarray(raw.in_test if raw.in_test is not None else np.zeros(len(raw.labels), dtype=bool))
    arrays = [raw.images[~in_test], raw.labels[~in_test], raw.images[in_test], raw.labels[in_test]]
    for file, array in zip(row.files, arrays, strict=True):
        values = np.asarray(array)
        whole = values.dtype.kind in "ui" and np.array_equal(values.astype(np.uint8), values)
        found = hashlib.sha256(idx.to_bytes(values)).hexdigest() if whole else "values that are not whole bytes"
        if found != file.sha256:
            raise InputError(
                f"{path} ({file.name})",
                wanted=f"content with SHA-256 {file.sha256[:16]}...",
                got=f"{found[:16]}..." if whole else found,
                remedy="The copy is damaged or of another version: remove it and fetch the set again.",
            )
