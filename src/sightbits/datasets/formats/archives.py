"""Files of a folder or of a tar archive, read one by one into memory; nothing is ever unpacked to disk."""

import bz2
import gzip
import lzma
import os
import tarfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from sightbits.core.checks import InputError
from sightbits.datasets.formats.raw import check_size

MOST_MEMBER_BYTES = 64 * 2**20  # twice the largest file of any set known by name
_OPENERS: dict[str, Callable[..., Any]] = {".gz": gzip.open, ".tgz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}


def read_files(source: Path, wanted: Callable[[PurePosixPath], bool]) -> Iterator[tuple[PurePosixPath, bytes]]:
    """Yield the files that are wanted of a folder and all below it, or of a tar archive, with their names.

    Parameters
    ----------
    wanted
        Told the name of a file within the folder or archive, whether to read it.

    Raises
    ------
    InputError
        Where the archive is damaged or cut short, or a file in it claims to be absurdly large.

    Notes
    -----
    Links and devices in an archive are passed over, and so are names that are absolute or climb out of it. What an
    archive says it holds, wanted or not, is bounded before it is decompressed.
    """
    if source.is_dir():
        yield from _read_folder(source, wanted)
        return
    try:
        yield from _read_tar(source, wanted)
    except (tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError, MemoryError) as error:
        raise InputError(
            str(source),
            wanted="a whole tar archive",
            got=f"one that cannot be read ({' '.join(str(error).split())})",
            remedy="Fetch it again.",
        ) from error


def _read_folder(folder: Path, wanted: Callable[[PurePosixPath], bool]) -> Iterator[tuple[PurePosixPath, bytes]]:
    n_bytes = 0
    for where, below, files in os.walk(folder):
        below.sort()
        for file in sorted(files):
            path = Path(where, file)
            name = PurePosixPath(path.relative_to(folder).as_posix())
            if wanted(name):
                n_bytes += _bounded(path, path.stat().st_size)
                check_size(folder, n_bytes)
                yield name, path.read_bytes()


def _read_tar(path: Path, wanted: Callable[[PurePosixPath], bool]) -> Iterator[tuple[PurePosixPath, bytes]]:
    n_bytes = 0
    with _OPENERS.get(path.suffix, open)(path, "rb") as content:
        bounded: Any = _Bounded(content, path)
        tar: Any = tarfile.open(fileobj=bounded, mode="r:")  # noqa: SIM115  it holds nothing open but `content`
        while (member := tar.next()) is not None:
            tar.members = []  # else every header ever read is kept
            n_bytes += member.size
            check_size(path, n_bytes)
            name = PurePosixPath(member.name)
            if member.isfile() and not name.is_absolute() and ".." not in name.parts and wanted(name):
                _bounded(f"{path} ({name})", member.size)
                yield name, tar.extractfile(member).read()


class _Bounded:
    """A file that is read in pieces of bounded size, whatever a header claims."""

    def __init__(self, content: Any, path: Path) -> None:
        self._content = content
        self._path = path
        self.tell, self.seek = content.tell, content.seek

    def read(self, n_bytes: int) -> bytes:
        content: bytes = self._content.read(_bounded(self._path, n_bytes))
        return content


def _bounded(name: object, n_bytes: int) -> int:
    if n_bytes > MOST_MEMBER_BYTES:
        raise InputError(
            str(name),
            wanted=f"files of at most {MOST_MEMBER_BYTES // 2**20} MiB",
            got=f"one of {n_bytes / 2**20:,.0f} MiB",
            remedy="No file of this set is so large: fetch it again from its publisher.",
        )
    return n_bytes
