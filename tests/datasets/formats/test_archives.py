"""Small archives, honest ones and ones made to do harm."""

import io
import tarfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from sightbits.datasets.formats import archives, raw
from sightbits.datasets.formats.archives import read_files

ENDINGS = {"tar": "w", "tar.gz": "w:gz", "tgz": "w:gz", "tar.bz2": "w:bz2", "tar.xz": "w:xz"}
FILES = {"a.txt": b"one", "b/c.txt": b"x" * 512, "b/d.bin": b"", "b/e/f.txt": b"y" * 1000}


def entry(name: str, size: int = 0, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.type, member.linkname = size, kind, link
    return member


@pytest.fixture
def pack(tmp_path: Path) -> Callable[..., Path]:
    """Writes files, and members that are no honest files, into an archive."""

    def pack(files: dict[str, bytes], *others: tarfile.TarInfo, ending: str = "tar.gz") -> Path:
        path = tmp_path / f"set.{ending}"
        with tarfile.open(path, ENDINGS[ending]) as tar:  # type: ignore[call-overload]
            for other in others:
                tar.addfile(other)
            for name, content in files.items():
                tar.addfile(entry(name, len(content)), io.BytesIO(content))
        return path

    return pack


def everything(_: PurePosixPath) -> bool:
    return True


def found(path: Path) -> dict[str, bytes]:
    return {str(name): content for name, content in read_files(path, everything)}


@pytest.mark.parametrize("ending", ENDINGS)
def test_every_file_of_an_archive_is_read(ending: str, pack: Callable[..., Path]) -> None:
    assert found(pack(FILES, ending=ending)) == FILES


def test_a_folder_is_read_as_its_archive_is(tmp_path: Path) -> None:
    for name, content in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    assert found(tmp_path) == FILES


def test_only_what_is_wanted_is_read(pack: Callable[..., Path], tmp_path: Path) -> None:
    def is_text_of_b(name: PurePosixPath) -> bool:
        return name.suffix == ".txt" and name.parent.name == "b"

    path = pack(FILES)
    assert [str(name) for name, _ in read_files(path, is_text_of_b)] == ["b/c.txt"]
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "c.txt").write_bytes(b"c")
    (tmp_path / "b" / "d.bin").write_bytes(b"d")
    assert list(read_files(tmp_path, is_text_of_b)) == [(PurePosixPath("b/c.txt"), b"c")]


@pytest.mark.parametrize(
    "harm",
    [
        entry("../../climbs.txt"),
        entry("b/../../climbs.txt"),
        entry("/absolute.txt"),
        entry("link.txt", kind=tarfile.SYMTYPE, link="/etc/passwd"),
        entry("hard.txt", kind=tarfile.LNKTYPE, link="/etc/passwd"),
        entry("hard.txt", kind=tarfile.LNKTYPE, link="a.txt"),
        entry("device", kind=tarfile.CHRTYPE),
        entry("pipe", kind=tarfile.FIFOTYPE),
        entry("b", kind=tarfile.DIRTYPE),
    ],
    ids=lambda harm: f"{harm.name} {harm.type}",
)
def test_what_climbs_out_and_what_is_no_file_is_passed_over(
    harm: tarfile.TarInfo, pack: Callable[..., Path], tmp_path: Path
) -> None:
    path = pack(FILES, harm)
    assert found(path) == FILES
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_a_file_of_absurd_size_is_refused(
    pack: Callable[..., Path], refused: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(archives, "MOST_MEMBER_BYTES", 10_240)
    assert found(pack({"a.bin": b"a" * 10_240}))
    with refused("set.tar.gz (b.bin): ", "files of at most", "fetch it again"):
        found(pack({"a.bin": b"a", "b.bin": b"b" * 10_241}))
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "b.bin").write_bytes(b"b" * 10_241)
    with refused("b.bin: ", "files of at most"):
        found(tmp_path / "folder")


def test_a_header_that_claims_gigabytes_is_refused_unread(tmp_path: Path, refused: Any) -> None:
    """The size of a long name is read before the name is."""
    path = tmp_path / "set.tar"
    path.write_bytes(entry("name", 2**32, tarfile.XHDTYPE).tobuf(tarfile.GNU_FORMAT) + b"\0" * 10_240)
    with refused("set.tar: ", "files of at most 64 MiB", "4,096 MiB"):
        found(path)


def test_what_a_whole_archive_claims_is_bounded(
    pack: Callable[..., Path], refused: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = pack({"a.bin": b"a" * 600, "b.bin": b"b" * 600})
    for name in ("a.bin", "b.bin"):
        (tmp_path / "folder").mkdir(exist_ok=True)
        (tmp_path / "folder" / name).write_bytes(b"a" * 600)
    for source in (path, tmp_path / "folder"):
        monkeypatch.setattr(raw, "MOST_BYTES", 1200)
        assert len(found(source)) == 2
        monkeypatch.setattr(raw, "MOST_BYTES", 1199)
        with refused(f"{source}: ", "GiB once decompressed"):
            found(source)
    with refused("set.tar.gz: ", "GiB once decompressed"):
        list(read_files(path, lambda _: False))


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("share", [0.0, 0.3, 0.6])
def test_a_damaged_archive_is_refused(ending: str, share: float, pack: Callable[..., Path], refused: Any) -> None:
    path = pack(FILES | {"last.bin": bytes(range(256)) * 99}, ending=ending)
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    with refused(f"{path}: ", "a whole tar archive", "Fetch it again"):
        found(path)


@pytest.mark.parametrize("ending", ENDINGS)
def test_what_is_no_archive_is_refused(ending: str, tmp_path: Path, refused: Any) -> None:
    path = tmp_path / f"set.{ending}"
    path.write_bytes(b"no archive" * 999)
    with refused(f"{path}: ", "a whole tar archive"):
        found(path)
