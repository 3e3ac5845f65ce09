"""Downloads from a web server on this machine that breaks off, changes its mind, or sends something else."""

import errno
import gzip
import hashlib
import http.server
import io
import json
import re
import shutil
import tarfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sightbits.core.progress import silent
from sightbits.datasets import downloading, fetching, keeping
from sightbits.datasets.catalogue import CatalogueArchive, CatalogueRow, find_row
from sightbits.datasets.downloading import download
from sightbits.datasets.fetching import fetch_set
from sightbits.datasets.formats.raw import RawImages
from sightbits.datasets.sources import Copy

CONTENT = np.random.default_rng(0).bytes(1_500_000)
HALF = 750_000


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the server says to one request; where `cut` is given, it hangs up after so many bytes of the body."""

    code: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    announced: bool = True
    cut: int | None = None


Say = Callable[[dict[str, str]], Answer]


def whole(content: bytes = CONTENT, *, cut: int | None = None, **headers: str) -> Say:
    """A server that knows no ranges."""
    return lambda _: Answer(body=content, cut=cut, headers={name.replace("_", "-"): v for name, v in headers.items()})


def ranged(content: bytes = CONTENT, *, version: str = '"1"', cut: int | None = None, name: str = "ETag") -> Say:
    """A server that knows ranges, and what to do where the version is another."""

    def say(asked: dict[str, str]) -> Answer:
        headers = {name: version}
        found = re.fullmatch(r"bytes=(\d+)-", asked.get("Range", ""))
        if found is None or asked.get("If-Range", version) != version:
            return Answer(body=content, headers=headers, cut=cut)
        start = int(found[1])
        if start >= len(content):
            return Answer(code=416, headers={"Content-Range": f"bytes */{len(content)}"})
        headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        return Answer(code=206, body=content[start:], headers=headers, cut=cut)

    return say


@dataclass(frozen=True, kw_only=True)
class Server:
    """What is said to one request after the other (the last to all others), and the headers of what was asked."""

    address: str
    says: list[Say] = field(default_factory=list)
    asked: list[dict[str, str]] = field(default_factory=list)

    def ranges(self) -> list[str | None]:
        return [headers.get("Range") for headers in self.asked]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            here.asked.append({**self.headers, "path": self.path})
            answer = (here.says.pop(0) if len(here.says) > 1 else here.says[0])(dict(self.headers))
            self.send_response(answer.code)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            if answer.announced and "Content-Length" not in answer.headers:
                self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            try:
                self.wfile.write(answer.body[: answer.cut])
            except OSError:
                assert answer.code == 200  # who was sent too much hung up

        def log_message(self, *_: object) -> None:
            pass

    web = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    here = Server(address=f"http://127.0.0.1:{web.server_port}/")
    thread = threading.Thread(target=web.serve_forever, args=(0.01,))
    thread.start()
    yield here
    web.shutdown()
    thread.join()
    web.server_close()


Get = Callable[..., dict[str, bytes]]


@pytest.fixture
def get(server: Server, tmp_path: Path) -> Get:
    """Downloads a file, and returns what there is in its folder."""

    def run(
        *,
        path: str = "file",
        content: bytes = CONTENT,
        algorithm: str = "sha256",
        most: int = 2**21,
        progress: Any = None,
    ) -> dict[str, bytes]:
        download(
            f"{server.address}{path}",
            tmp_path / "cache" / "file",
            digest=hashlib.new(algorithm, content).hexdigest(),
            algorithm=algorithm,
            most_bytes=most,
            progress=progress or silent,
        )
        return held(tmp_path)

    return run


def held(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (folder / "cache").glob("*")}


@pytest.fixture
def half(server: Server, get: Get, tmp_path: Path) -> None:
    """Half of the file came before the connection was cut and the server was gone; its version was "1"."""
    server.says[:] = [ranged(cut=HALF), lambda _: Answer(code=503)]
    with pytest.raises(OSError, match="503"):
        get()
    server.asked.clear()
    assert held(tmp_path)["file.part"] == CONTENT[:HALF]


# --- cut off ---


def test_a_whole_answer_is_enough(server: Server, get: Get) -> None:
    server.says[:] = [ranged()]
    assert get() == {"file": CONTENT}
    assert get() == {"file": CONTENT}  # and is not asked for again
    assert server.ranges() == [None]
    assert server.asked[0]["Accept-Encoding"] == "identity"


def test_what_was_cut_off_is_continued_at_once(server: Server, get: Get) -> None:
    server.says[:] = [ranged(cut=HALF), ranged()]
    assert get() == {"file": CONTENT}
    assert server.ranges() == [None, f"bytes={HALF}-"]
    assert server.asked[1]["If-Range"] == '"1"'


@pytest.mark.usefixtures("half")
def test_what_was_cut_off_for_good_is_continued_by_the_next_call(server: Server, get: Get) -> None:
    server.says[:] = [ranged()]
    assert get() == {"file": CONTENT}
    assert server.ranges() == [f"bytes={HALF}-"]


def test_a_date_tells_versions_apart_where_there_is_no_tag(server: Server, get: Get) -> None:
    date = "Sat, 21 Nov 2026 10:00:00 GMT"
    server.says[:] = [ranged(version=date, name="Last-Modified", cut=HALF), ranged(version=date, name="Last-Modified")]
    assert get() == {"file": CONTENT}
    assert server.asked[1]["If-Range"] == date


@pytest.mark.parametrize("headers", [{}, {"ETag": 'W/"1"'}])
def test_without_a_version_to_go_by_a_file_is_begun_anew(headers: dict[str, str], server: Server, get: Get) -> None:
    server.says[:] = [whole(cut=HALF, **headers), whole(**headers)]
    assert get() == {"file": CONTENT}
    assert server.ranges() == [None, None]


def test_where_every_try_is_cut_off_nothing_gets_the_name(server: Server, get: Get, tmp_path: Path) -> None:
    server.says[:] = [ranged(cut=100_000)]
    with pytest.raises(ConnectionError, match="cut off after 500,000 of 1,500,000 bytes"):
        get()
    assert server.ranges() == [None, *(f"bytes={n}00000-" for n in (1, 2, 3, 4))]
    assert set(held(tmp_path)) == {"file.part", "file.part.json"}
    assert held(tmp_path)["file.part"] == CONTENT[:500_000]


def test_a_try_that_brings_nothing_is_the_last(server: Server, get: Get, tmp_path: Path) -> None:
    server.says[:] = [ranged(cut=HALF), ranged(cut=0), ranged()]
    with pytest.raises(ConnectionError):
        get()
    assert len(server.asked) == 2
    assert held(tmp_path)["file.part"] == CONTENT[:HALF]


@pytest.mark.usefixtures("half")
def test_a_server_that_ignores_the_range_sends_the_whole_anew(server: Server, get: Get) -> None:
    server.says[:] = [whole()]
    assert get() == {"file": CONTENT}
    assert server.ranges() == [f"bytes={HALF}-"]


@pytest.mark.usefixtures("half")
def test_a_file_of_another_version_is_sent_anew(server: Server, get: Get) -> None:
    new = CONTENT[::-1]
    server.says[:] = [ranged(new, version='"2"')]
    assert get(content=new) == {"file": new}
    assert server.ranges() == [f"bytes={HALF}-"]


@pytest.mark.usefixtures("half")
@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Range": f"bytes {HALF}-1499999/1500000", "ETag": '"2"'},
        {"Content-Range": f"bytes {HALF - 1}-1499999/1500000"},
        {"Content-Range": f"bytes {HALF}-1499998/1500000"},
        {"Content-Range": f"bytes {HALF}-1500000/1500001"},
        {"Content-Range": f"bytes {HALF}-1499999/*"},
        {"Content-Range": f"bytes {HALF}-1499999/1500000 or so"},
        {},
    ],
)
def test_a_rest_that_is_not_the_one_that_is_missing_is_not_used(
    headers: dict[str, str], server: Server, get: Get
) -> None:
    server.says[:] = [lambda _: Answer(code=206, body=CONTENT[HALF:], headers=headers), whole()]
    assert get() == {"file": CONTENT}
    assert server.ranges() == [f"bytes={HALF}-", None]


@pytest.mark.usefixtures("half")
def test_a_rest_without_its_version_is_used(server: Server, get: Get) -> None:
    rest = Answer(code=206, body=CONTENT[HALF:], headers={"Content-Range": f"bytes {HALF}-1499999/1500000"})
    server.says[:] = [lambda _: rest]
    assert get() == {"file": CONTENT}
    assert len(server.asked) == 1


@pytest.mark.usefixtures("half")
def test_a_range_that_does_not_exist_begins_the_file_anew(server: Server, get: Get) -> None:
    server.says[:] = [lambda _: Answer(code=416), ranged()]
    assert get() == {"file": CONTENT}
    assert server.ranges() == [f"bytes={HALF}-", None]


@pytest.mark.usefixtures("half")
def test_what_is_left_of_one_address_is_not_continued_from_another(server: Server, get: Get) -> None:
    server.says[:] = [ranged()]
    assert get(path="elsewhere") == {"file": CONTENT}
    assert server.ranges() == [None]


@pytest.mark.usefixtures("half")
def test_an_address_that_does_not_answer_costs_nothing_that_is_held(server: Server, get: Get, tmp_path: Path) -> None:
    before = held(tmp_path)
    server.says[:] = [lambda _: Answer(code=404)]
    for path in ("file", "elsewhere"):
        with pytest.raises(OSError, match="404"):
            get(path=path)
    assert held(tmp_path) == before


@pytest.mark.usefixtures("half")
@pytest.mark.parametrize("note", ["", "{}", "[]", '{"address": 1, "version": "", "n_bytes": 0, "more": 0}'])
def test_bytes_of_which_it_is_not_known_what_they_are_of_are_not_used(
    note: str, server: Server, get: Get, tmp_path: Path
) -> None:
    (tmp_path / "cache" / "file.part.json").write_text(note)
    server.says[:] = [ranged()]
    assert get() == {"file": CONTENT}
    assert server.ranges() == [None]


@pytest.mark.usefixtures("half")
def test_what_is_whole_but_not_yet_verified_is_not_asked_for_again(server: Server, get: Get, tmp_path: Path) -> None:
    (tmp_path / "cache" / "file.part").write_bytes(CONTENT)
    assert get() == {"file": CONTENT}
    assert server.asked == []


def test_what_is_stopped_by_hand_goes_on_later(server: Server, get: Get, tmp_path: Path) -> None:
    def stop(task: str, done: int, total: int) -> None:
        if done >= HALF:
            raise KeyboardInterrupt

    server.says[:] = [ranged()]
    with pytest.raises(KeyboardInterrupt):
        get(progress=stop)
    left = len(held(tmp_path)["file.part"])
    assert HALF <= left < len(CONTENT)
    assert get() == {"file": CONTENT}
    assert server.ranges() == [None, f"bytes={left}-"]


# --- something else ---


@pytest.mark.parametrize("algorithm", ["sha256", "md5"])
def test_a_file_with_another_digest_is_removed(algorithm: str, server: Server, get: Get, tmp_path: Path) -> None:
    other = CONTENT[:-1] + bytes([CONTENT[-1] ^ 1])
    found, wanted = (hashlib.new(algorithm, content).hexdigest()[:16] for content in (other, CONTENT))
    server.says[:] = [ranged(other)]
    title = {"sha256": "SHA-256", "md5": "MD5"}[algorithm]
    with pytest.raises(ValueError, match=f"file came with {title} {found}..., not {wanted}..."):
        get(algorithm=algorithm)
    assert held(tmp_path) == {}
    server.says[:] = [ranged()]
    assert get(algorithm=algorithm) == {"file": CONTENT}
    assert server.ranges() == [None, None]


@pytest.mark.usefixtures("half")
def test_a_rest_that_does_not_fit_is_found_out(server: Server, get: Get, tmp_path: Path) -> None:
    server.says[:] = [ranged(CONTENT[::-1])]
    with pytest.raises(ValueError, match="came with SHA-256"):
        get()
    assert held(tmp_path) == {}


def test_a_damaged_file_under_the_name_is_replaced(server: Server, get: Get, tmp_path: Path) -> None:
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "file").write_bytes(b"damaged")
    server.says[:] = [ranged()]
    assert get() == {"file": CONTENT}


def test_an_announced_length_beyond_the_bound_is_refused_before_anything_is_read(
    server: Server, get: Get, tmp_path: Path
) -> None:
    server.says[:] = [lambda _: Answer(headers={"Content-Length": "10000000000"})]
    with pytest.raises(ValueError, match="10,000,000,000 bytes or more, and 2,097,152 are the most"):
        get()
    assert held(tmp_path) == {}


def test_a_length_that_is_not_announced_is_bounded_while_it_is_read(server: Server, get: Get, tmp_path: Path) -> None:
    most = len(CONTENT)
    server.says[:] = [lambda _: Answer(body=CONTENT, announced=False)]
    assert get(most=most) == {"file": CONTENT}
    (tmp_path / "cache" / "file").unlink()
    with pytest.raises(ValueError, match=f"{most - 1:,} are the most"):
        get(most=most - 1)
    assert held(tmp_path) == {}


@pytest.mark.usefixtures("half")
def test_more_than_the_rest_is_not_taken(server: Server, get: Get, tmp_path: Path) -> None:
    headers = {"Content-Range": f"bytes {HALF}-1499999/1500000"}
    server.says[:] = [lambda _: Answer(code=206, body=CONTENT, headers=headers)]
    with pytest.raises(ValueError, match="1,500,000 are the most"):
        get()
    assert held(tmp_path) == {}


def test_a_rest_is_bounded_too(server: Server, get: Get, tmp_path: Path) -> None:
    first = Answer(body=CONTENT, headers={"ETag": '"1"'}, announced=False, cut=HALF)
    server.says[:] = [lambda _: first, ranged()]
    with pytest.raises(ValueError, match="came with SHA-256"):  # without a length, it is not seen that it was cut
        get()
    origin = {"address": f"{server.address}file", "version": '"1"', "n_bytes": None}
    (tmp_path / "cache" / "file.part").write_bytes(CONTENT[:HALF])
    (tmp_path / "cache" / "file.part.json").write_text(json.dumps(origin))
    with pytest.raises(ValueError, match="1,000,000 are the most"):
        get(most=1_000_000)
    assert held(tmp_path) == {}


@pytest.mark.parametrize("code", [204, 206])
def test_an_answer_that_is_not_the_file_is_told(code: int, server: Server, get: Get, tmp_path: Path) -> None:
    server.says[:] = [lambda _: Answer(code=code, headers={"Content-Length": "0"})]
    with pytest.raises(OSError, match=f"answered {code} .*, not with the file"):
        get()
    assert held(tmp_path) == {}


def test_bytes_are_kept_as_they_lie_on_the_server(server: Server, get: Get) -> None:
    packed = gzip.compress(CONTENT[:1000])
    server.says[:] = [whole(packed, Content_Encoding="gzip")]
    assert get(content=packed) == {"file": packed}


# --- the disk ---


@pytest.mark.usefixtures("half")
def test_a_full_disk_is_told_and_what_was_unfinished_is_removed(
    server: Server, get: Get, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill(file: Any, block: bytes) -> None:
        file.write(block[:7])
        raise OSError(errno.ENOSPC, "No space left on device")

    server.says[:] = [ranged()]
    with monkeypatch.context() as patch:
        patch.setattr(downloading, "write_block", fill)
        with pytest.raises(keeping.CacheError, match=r"cache: .* got No space left on device\. Free some room"):
            get()
    assert held(tmp_path) == {}
    assert get() == {"file": CONTENT}


def test_progress_is_told_in_bytes(server: Server, get: Get) -> None:
    told: list[tuple[str, int, int]] = []
    server.says[:] = [ranged(cut=HALF), ranged()]
    get(progress=lambda *step: told.append(step))
    done = [n for _, n, _ in told]
    assert {(task, total) for task, _, total in told} == {("fetching file", len(CONTENT))}
    assert done == sorted(done)
    assert (done[0], done[-1]) == (0, len(CONTENT))
    assert done.count(HALF) == 2


def test_a_length_that_is_not_announced_is_told_as_none(server: Server, get: Get) -> None:
    told = []
    server.says[:] = [lambda _: Answer(body=CONTENT, announced=False)]
    get(progress=lambda *step: told.append(step))
    assert told[-1] == ("fetching file", len(CONTENT), 0)


# --- whole sets ---


@pytest.fixture
def archived(empty_machine: Path, tiny_set: Any, server: Server) -> Any:
    """The row of a set that is one archive at two addresses."""
    archive = CatalogueArchive(
        name="tiny.tar.gz",
        addresses=(f"{server.address}one/", f"{server.address}two/"),
        sha256=hashlib.sha256(CONTENT).hexdigest(),
    )
    return replace(tiny_set.row, files=(), archives=(archive,), n_train=30_000, pages=("https://tiny.example",))


def test_the_second_address_is_asked_where_the_first_knows_nothing(
    empty_machine: Path, tiny_set: Any, server: Server
) -> None:
    pages = [whole(gzip.compress(content, mtime=0)) for content in tiny_set.files.values()]
    server.says[:] = [lambda _: Answer(code=404), *pages]
    row = replace(tiny_set.row, addresses=(f"{server.address}one/", f"{server.address}two/"))
    assert fetch_set(row) is not None
    folder = empty_machine / "cache" / "tiny"
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == tiny_set.files
    names = [f"{name}.gz" for name in tiny_set.files]
    assert [asked["path"] for asked in server.asked] == [f"/one/{names[0]}", *(f"/two/{name}" for name in names)]


def test_a_set_that_was_cut_off_for_good_goes_on_with_the_file_it_had_begun(
    empty_machine: Path, tiny_set: Any, server: Server, refused: Any
) -> None:
    pages = [gzip.compress(content, mtime=0) for content in tiny_set.files.values()]
    server.says[:] = [ranged(pages[0]), ranged(pages[1], cut=20), lambda _: Answer(code=500)]
    row = replace(tiny_set.row, addresses=(server.address,))
    with refused(f"{server.address}: 500"):
        fetch_set(row)
    folder = empty_machine / "cache" / "tiny"
    names = list(tiny_set.files)
    assert {path.name for path in folder.iterdir()} == {names[0], f"{names[1]}.gz.part", f"{names[1]}.gz.part.json"}
    assert json.loads((folder / f"{names[1]}.gz.part.json").read_text())["n_bytes"] == len(pages[1])
    server.asked.clear()
    server.says[:] = [ranged(page) for page in pages[1:]]
    assert fetch_set(row) is not None
    assert server.ranges() == ["bytes=20-", None, None]
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == tiny_set.files


def test_an_archive_that_nothing_can_read_is_told_after_every_address(
    empty_machine: Path, archived: Any, server: Server, refused: Any
) -> None:
    server.says[:] = [whole(CONTENT[:-1])]
    name = "tiny.tar.gz"
    with refused(
        f"{server.address}one/{name}: {name} came with SHA-256",
        f"{server.address}two/{name}: {name} came with SHA-256",
        f"Put {name} into {empty_machine / 'cache' / 'tiny'}. See https://tiny.example.",
    ):
        fetch_set(archived)
    assert [asked["path"] for asked in server.asked] == [f"/one/{name}", f"/two/{name}"]
    assert list((empty_machine / "cache" / "tiny").iterdir()) == []


def test_an_archive_is_verified_by_md5_where_only_that_is_known(
    empty_machine: Path, archived: Any, server: Server, refused: Any
) -> None:
    server.says[:] = [whole()]
    archive = replace(archived.archives[0], sha256="", md5=hashlib.md5(CONTENT).hexdigest())
    with refused("tiny: wanted a way to fetch it"):  # the digest is right, but it is no archive
        fetch_set(replace(archived, archives=(archive,)))
    assert (empty_machine / "cache" / "tiny" / "tiny.tar.gz").read_bytes() == CONTENT


def test_a_set_that_no_program_can_fetch_is_asked_of_nobody(
    empty_machine: Path, tiny_set: Any, server: Server, refused: Any
) -> None:
    row = replace(tiny_set.row, files=(), pages=(f"{server.address}page",))
    with refused("no program can fetch this set", f"into {empty_machine / 'cache' / 'tiny'}. See {row.pages[0]}."):
        fetch_set(row)
    assert server.asked == []


def tar_of(files: dict[str, bytes], kinds: dict[str, bytes]) -> bytes:
    """A tar.gz archive of files, and of entries of other kinds that lead to /etc/passwd."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
        for name, kind in kinds.items():
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, "/etc/passwd"
            archive.addfile(member)
    return buffer.getvalue()


@pytest.fixture
def photographs(empty_machine: Path, server: Server) -> Callable[[bytes], CatalogueRow]:
    """Makes the row of six photographs in the form of CIFAR-10 that a server has as this archive."""

    def make(content: bytes) -> CatalogueRow:
        archive = CatalogueArchive(
            name="cifar-10-binary.tar.gz", addresses=(server.address,), sha256=hashlib.sha256(content).hexdigest()
        )
        server.says[:] = [ranged(content)]
        return replace(find_row("cifar-10"), archives=(archive,), arrays=(), part=(), n_train=5, n_test=1)

    return make


def batches() -> dict[str, bytes]:
    """The files of such a set."""
    names = [*(f"data_batch_{i}.bin" for i in range(1, 6)), "test_batch.bin"]
    content = np.random.default_rng(0).integers(0, 10, (6, 3073)).astype(np.uint8)
    files = {f"cifar-10-batches-bin/{name}": one.tobytes() for name, one in zip(names, content, strict=True)}
    return {**files, "cifar-10-batches-bin/batches.meta.txt": "\n".join(find_row("cifar-10").label_names).encode()}


def files_in(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.suffix != ".lock"}


def test_an_archive_is_kept_as_it_is_and_names_that_lead_out_of_it_write_nothing(
    empty_machine: Path, photographs: Any, server: Server
) -> None:
    evil = {"../../evil.bin": b"1", f"{empty_machine}/home/evil.bin": b"2", "a/../../../test_batch.bin": b"3"}
    kinds = {"link": tarfile.SYMTYPE, "hard": tarfile.LNKTYPE, "pipe": tarfile.FIFOTYPE, "device": tarfile.CHRTYPE}
    content = tar_of(evil | batches(), kinds)
    before = files_in(empty_machine.parent)
    copy = fetch_set(photographs(content))
    assert copy is not None
    path = empty_machine / "cache" / "cifar-10" / "cifar-10-binary.tar.gz"
    assert (copy.holder, copy.path) == ("cache", path)
    assert files_in(empty_machine.parent) == before | {path: content}
    assert np.shape(copy.read().images) == (6, 32, 32, 3)
    assert fetch_set(photographs(content)) is not None
    assert len(server.asked) == 1


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE])
def test_what_is_no_file_in_an_archive_is_not_read(kind: bytes, photographs: Any, refused: Any) -> None:
    files = batches()
    del files["cifar-10-batches-bin/test_batch.bin"]
    with refused("cifar-10: wanted a way to fetch it", "test_batch"):
        fetch_set(photographs(tar_of(files, {"cifar-10-batches-bin/test_batch.bin": kind})))


@pytest.mark.parametrize("share", [0.0, 0.5, 0.99])
def test_an_archive_that_was_published_cut_short_is_told(share: float, photographs: Any, refused: Any) -> None:
    content = tar_of(batches(), {})
    with refused("cifar-10: wanted a way to fetch it, got http", "cifar-10-binary.tar.gz: cifar-10: wanted its files"):
        fetch_set(photographs(content[: int(share * len(content))]))


def test_a_part_that_is_here_does_not_stand_in_for_what_is_fetched(
    empty_machine: Path, photographs: Any, server: Server, refused: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = RawImages(images=np.zeros((1, 32, 32, 3)), labels=np.zeros(1), places=np.zeros(1, dtype=np.int64))
    read = fetching.read_catalogue_set

    def read_what_is_here(row: CatalogueRow) -> tuple[RawImages, Copy]:
        try:
            return read(row)
        except ValueError:
            return part, Copy(holder="SIGHTBITS_DATA", path=Path("exact"), read=lambda: part)

    monkeypatch.setattr(fetching, "read_catalogue_set", read_what_is_here)
    copy = fetch_set(photographs(tar_of(batches(), {})))
    assert copy is not None
    assert copy.holder == "cache"
    shutil.rmtree(empty_machine / "cache")
    with refused("cifar-10-binary.tar.gz: only a part of the set is here, in exact"):
        fetch_set(photographs(b"no archive"))
