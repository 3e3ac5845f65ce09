"""One file from the web: continued where it was cut off, verified, and under its name only when whole."""

import json
import re
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sightbits.core.progress import Progress
from sightbits.datasets.keeping import check_digest, check_size, digest_of, write_block, writing

_BLOCK = 2**18
_TRIES = 5
_SECONDS = (20, 60)  # to connect, and between two blocks
_A_RANGE, _NO_SUCH_RANGE = 206, 416


@dataclass(frozen=True, kw_only=True)
class _Origin:
    """What an unfinished file is of: the address, how its server tells versions apart, and how long the whole is."""

    address: str
    version: str
    n_bytes: int | None


class _Part:
    """An unfinished file beside the place it is meant for, and beside it what it is of."""

    def __init__(self, path: Path) -> None:
        self.path = path.with_name(f"{path.name}.part")
        self._note = path.with_name(f"{path.name}.part.json")

    @property
    def size(self) -> int:
        return self.path.stat().st_size if self.path.is_file() else 0

    def origin(self) -> _Origin | None:
        """What the bytes are of; None where that is not known for certain."""
        try:
            return _Origin(**json.loads(self._note.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def begin(self, origin: _Origin) -> None:
        """Throw away old bytes before it is written down what the new ones are of."""
        with writing(self.path.parent):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.write_bytes(b"")
            self._note.write_text(json.dumps(asdict(origin)), encoding="utf-8")

    def remove(self) -> None:
        with suppress(OSError):  # of a folder that cannot be written into, the other error tells
            self.path.unlink(missing_ok=True)
            self._note.unlink(missing_ok=True)

    def finish(self, path: Path) -> None:
        with writing(path.parent):
            self.path.replace(path)
        self._note.unlink(missing_ok=True)


def download(
    address: str, path: Path, *, digest: str, algorithm: str = "sha256", most_bytes: int, progress: Progress
) -> None:
    """Make sure that a file holds what is published at an address.

    Parameters
    ----------
    most_bytes
        More than this is refused, announced or not.

    Raises
    ------
    OSError
        Where the address does not answer as it should; what came is kept in `NAME.part`, and the next call goes on.
    ValueError
        Where it sends something else; what came is removed.
    CacheError
        Where the disk is full or the folder cannot be written into; what came is removed.

    Notes
    -----
    An unfinished file is continued by a request for the range that is missing, if its server knows ranges and says
    that the file is still the same one (RFC 9110, sections 13.1.5 and 14); otherwise it is begun anew.
    """
    if path.is_file() and digest_of(path, algorithm) == digest:
        return
    part = _Part(path)
    try:
        _receive_all(address, part, most_bytes, progress)
        check_digest(path.name, digest_of(part.path, algorithm), digest, algorithm)
    except ValueError:  # a CacheError too
        part.remove()
        raise
    part.finish(path)


def _receive_all(address: str, part: _Part, most_bytes: int, progress: Progress) -> None:
    """Ask again where a connection was cut, as long as each try brings more."""
    import requests  # noqa: PLC0415  loaded only by who fetches

    for tries_left in reversed(range(_TRIES)):
        held = part.size
        try:
            _receive(address, part, most_bytes, progress)
        except (ConnectionError, requests.ConnectionError):
            if tries_left and part.size > held:
                continue
            raise
        return


def _receive(address: str, part: _Part, most_bytes: int, progress: Progress) -> None:
    """Ask for what is missing, or for the whole, and write down what comes."""
    import requests  # noqa: PLC0415

    origin = part.origin()
    held = part.size if origin is not None and origin.address == address else 0
    if origin is not None and held and held == origin.n_bytes:
        return
    begun = origin if held and origin is not None and origin.version else None
    # As the bytes lie on the server: packed for the way, ranges of them would mean nothing.
    headers = {"Accept-Encoding": "identity"}
    if begun is not None:
        headers |= {"Range": f"bytes={held}-", "If-Range": begun.version}
    with requests.get(address, headers=headers, stream=True, timeout=_SECONDS) as response:
        total = None if begun is None else _length_with_rest(response, begun, held)
        if total is not None:
            _write(response, part, held, total, most_bytes, progress)
            return
        if begun is None or response.status_code not in (_A_RANGE, _NO_SUCH_RANGE):
            response.raise_for_status()
            if response.status_code != requests.codes.ok:
                raise OSError(f"answered {response.status_code} {response.reason}, not with the file")
            total = _announced(response)
            check_size(total or 0, most_bytes)
            part.begin(_Origin(address=address, version=_version(response), n_bytes=total))
            _write(response, part, 0, total, most_bytes, progress)
            return
    part.remove()
    _receive(address, part, most_bytes, progress)


def _write(response: Any, part: _Part, held: int, total: int | None, most_bytes: int, progress: Progress) -> None:
    """Add the body of an answer to what is held."""
    import urllib3  # noqa: PLC0415

    task = f"fetching {part.path.stem}"
    progress(task, held, total or 0)
    cut = False
    with writing(part.path.parent), part.path.open("ab") as file:
        try:
            for block in response.raw.stream(_BLOCK, decode_content=False):
                held += len(block)
                check_size(held, most_bytes if total is None else min(total, most_bytes))
                write_block(file, block)
                progress(task, held, total or 0)
        except urllib3.exceptions.HTTPError:
            cut = True
    if cut or (total is not None and held < total):
        raise ConnectionError(f"cut off after {held:,} {'' if total is None else f'of {total:,} '}bytes")


def _version(response: Any) -> str:
    """What tells one version of a file from another; nothing where the server only says that they are much alike."""
    tag = response.headers.get("ETag", "")
    return tag if tag.startswith('"') else response.headers.get("Last-Modified", "")


def _announced(response: Any) -> int | None:
    length = response.headers.get("Content-Length", "")
    return int(length) if length.isascii() and length.isdigit() else None


def _length_with_rest(response: Any, begun: _Origin, held: int) -> int | None:
    """How long the file is of which the rest was sent; None where what was sent is not the rest that is missing."""
    found = re.fullmatch(r"bytes ([0-9]+)-([0-9]+)/([0-9]+)", response.headers.get("Content-Range", ""))
    if response.status_code != _A_RANGE or found is None:
        return None
    start, last, total = map(int, found.groups())
    same_rest = (start, last) == (held, total - 1) and begun.n_bytes in (None, total)
    # An answer to If-Range need not repeat a date, and is no rest at all where the version is another.
    return total if same_rest and _version(response) in ("", begun.version) else None
