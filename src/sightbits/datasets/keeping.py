"""Files of the cache: each whole and verified before it gets its name, and one process at a time at a set."""

import gzip
import hashlib
import os
import uuid
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from io import BufferedIOBase
from pathlib import Path
from typing import Any

from sightbits.core.checks import InputError
from sightbits.core.progress import Progress

_BLOCK = 2**20


class CacheError(InputError):
    """The cache folder itself cannot be used, so that no other way of fetching would do better."""


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Turn what the disk refuses within a block into one message that says what to do."""
    try:
        yield
    except OSError as error:
        raise CacheError(
            str(folder),
            wanted="a cache folder with room that can be written into",
            got=error.strerror or str(error),
            remedy="Free some room or set SIGHTBITS_CACHE to another folder, then fetch again; no half file is kept.",
        ) from error


def write_block(file: BufferedIOBase, block: bytes) -> None:
    """Write bytes to a file of the cache and see that they left for the disk: the one place where that is done."""
    file.write(block)
    file.flush()


def digest_of(path: Path, algorithm: str) -> str:
    """Return the digest of a file's content, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: _new_digest(algorithm)).hexdigest()


def _new_digest(algorithm: str) -> Any:
    return hashlib.new(algorithm, usedforsecurity=False)


def check_digest(name: str, found: str, wanted: str, algorithm: str = "sha256") -> None:
    """Raise `ValueError` unless a file came with the digest it is published with."""
    if found != wanted:
        title = {"sha256": "SHA-256", "md5": "MD5"}[algorithm]
        raise ValueError(f"{name} came with {title} {found[:16]}..., not {wanted[:16]}...")


def keep(path: Path, blocks: Iterable[bytes], sha256: str) -> None:
    """Write blocks of bytes under a name of their own, and move them into place if they are what was wanted."""
    digest = hashlib.sha256()
    part = path.with_name(f"{path.name}.{uuid.uuid4().hex}.part")
    try:
        with writing(path.parent):
            path.parent.mkdir(parents=True, exist_ok=True)
            with part.open("wb") as file:
                for block in blocks:
                    digest.update(block)
                    write_block(file, block)
            check_digest(path.name, digest.hexdigest(), sha256)
            part.replace(path)
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def unzipped(source: Path | BufferedIOBase, most_bytes: int) -> Iterator[bytes]:
    """Yield what a gzip file holds block by block, or raise `ValueError` where it is damaged or beyond a bound."""
    n_bytes = 0
    try:
        with gzip.open(source) as file:
            while block := file.read(min(_BLOCK, most_bytes - n_bytes + 1)):
                n_bytes += len(block)
                check_size(n_bytes, most_bytes)
                yield block
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise ValueError(f"a damaged gzip file ({error})") from error


def check_size(n_bytes: int, most_bytes: int) -> None:
    """Raise `ValueError` where something is longer than it can be."""
    if n_bytes > most_bytes:
        raise ValueError(f"it is of {n_bytes:,} bytes or more, and {most_bytes:,} are the most it can have")


@contextmanager
def hold(folder: Path, name: str, progress: Progress) -> Iterator[bool]:
    """Keep other processes from fetching the same set, and tell whether one had to be waited for.

    Notes
    -----
    The system lets go of the lock when a process ends, however it ends. Where it knows no such lock (on Windows, on
    some network drives), processes at the same set may spoil each other's downloads; the digest still keeps what is
    spoilt from being used.
    """
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        lock = os.open(folder / f".{name}.lock", os.O_RDWR | os.O_CREAT, 0o666)
    try:
        yield _wait_for(lock, progress)
    finally:
        os.close(lock)


def _wait_for(lock: int, progress: Progress) -> bool:
    try:
        import fcntl  # noqa: PLC0415  not on every system
    except ImportError:
        return False
    waited = False
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        who = os.pread(lock, 20, 0).decode(errors="replace").strip()
        progress(f"waiting for process {who}", 0, 0)
        fcntl.flock(lock, fcntl.LOCK_EX)
        waited = True
    except OSError:
        return False
    with suppress(OSError):  # on a full disk: who holds the lock is only for show
        os.ftruncate(lock, 0)
        os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
    return waited
