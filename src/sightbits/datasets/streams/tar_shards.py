"""Tar archives of pictures with their labels, read one after the other; nothing is ever unpacked to disk."""

import io
import itertools
import json
import lzma
import re
import tarfile
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from sightbits.core.checks import InputError
from sightbits.core.streams.summing import sum_over
from sightbits.datasets.formats.decoding import IMAGE_SUFFIXES
from sightbits.datasets.streams.options import ReadingOptions
from sightbits.datasets.streams.pictures import Labelled, picture_stream
from sightbits.datasets.streams.raw import RawStream
from sightbits.datasets.streams.splits import official_parts

TAR_SUFFIXES = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")
MEMBER_BYTES = 2**28  # of a picture as it is stored
_LABEL_BYTES = 2**20
_LABEL_ENDINGS = ("cls", "cls.txt", "json")
_LABEL_KEYS = ("label", "labels", "cls", "class", "target")
_DAMAGE = (tarfile.TarError, OSError, EOFError, zlib.error, lzma.LZMAError, ValueError, OverflowError, MemoryError)
_MOST_SHARDS = 100_000
_READ_WHOLE = {b"L", b"K", b"x", b"g", b"X"}  # long names and the like, by the type in their headers
_END: Any = tarfile.EOFHeaderError  # type: ignore[attr-defined]


@dataclass(frozen=True, eq=False, kw_only=True)
class TarRun:
    """The pictures of an archive, or of those folders in it that are for training or for test.

    Parameters
    ----------
    by_folder
        Whether a picture's folder is its class; else a member of the same key holds its label.
    within
        The name, in small letters, of the folder around the classes; None for all.
    """

    path: Path
    in_test: bool
    by_folder: bool
    label: str | None = None
    within: str | None = None
    portable: bool = True

    def labels(self) -> Any:
        """Return labels without reading pictures; an archive that is not compressed is seeked over."""
        if self.by_folder:
            return [_folder_of(self.path, name) for name, _ in self._in_folders(read=False)]
        labels, missing = [], []
        for name, _, label in _samples(self.path, self.label, read=False):
            labels.append(label)
            if label is None:
                missing.append(name)
        if missing:
            raise InputError(
                str(self.path),
                wanted="a label beside every picture: 000123.cls, .cls.txt or .json with a label",
                got=f"none for {len(missing):,} of {len(labels):,} pictures (for one, {missing[0]})",
                remedy="Add the labels; say --label NAME where the members or keys that hold them have another name.",
            )
        return labels

    def pictures(self) -> Iterator[Labelled]:
        """Yield pictures as they are stored."""
        if self.by_folder:
            found = self._in_folders(read=True)
        else:
            found = ((name, content) for name, content, _ in _samples(self.path, self.label, read=True))
        for name, content in found:
            yield f"{self.path} ({name})", content, None

    def _in_folders(self, *, read: bool) -> Iterator[tuple[PurePosixPath, bytes]]:
        for name, member, archive in _members(self.path):
            if _is_picture(name.name) and self.within in {None, _part_of(name)}:
                yield name, _content(self.path, archive, member, MEMBER_BYTES) if read else b""


@dataclass(frozen=True, eq=False, kw_only=True)
class TarIndex:
    """What the members of archives are."""

    n_labels: int
    n_refused: int
    parts: Counter[str]

    def __add__(self, other: "TarIndex") -> "TarIndex":
        return TarIndex(
            n_labels=self.n_labels + other.n_labels,
            n_refused=self.n_refused + other.n_refused,
            parts=self.parts + other.parts,
        )


def tar_stream(paths: Sequence[Path], options: ReadingOptions, name: str) -> RawStream:
    """Return archives as a stream, a part each.

    Notes
    -----
    Either members of one key (`000123.png`, `000123.cls`) make a sample, or folders are classes (`cats/1.png`).
    Archives whose names, or else folders whose names, say train and test are an official split.
    """
    whole = [path.absolute() for path in paths]
    used, notes = official_parts(_short_names(whole))
    shards = [TarRun(path=whole[place], in_test=in_test, by_folder=True) for place, in_test in used]
    index = sum_over(
        shards,
        _index,
        given=[options.label] * len(shards),
        n_jobs=options.n_jobs,
        scheduler=options.scheduler,
        progress=options.progress,
        task="looking into archives",
    )
    if not index.parts:
        raise InputError(
            name,
            wanted="archives with pictures in them",
            got="no member with the ending of an image file",
            remedy="Put in 000123.png with 000123.cls, or a folder a class: cats/1.png, dogs/1.png.",
        )
    if options.label is not None and not index.n_labels:
        raise InputError(
            "label",
            wanted="the ending of members that hold labels, or their key in .json",
            got=repr(options.label),
            remedy="No picture has such a member beside it; check the name.",
        )
    if index.n_refused:
        notes += (f"{index.n_refused:,} members were passed over: links, devices or names that climb out",)
    if index.n_labels:
        found = [
            TarRun(path=shard.path, in_test=shard.in_test, by_folder=False, label=options.label) for shard in shards
        ]
    elif any(shard.in_test for shard in shards):
        found = shards
    else:
        names = sorted(index.parts)
        inside, more = official_parts(names)
        notes += more
        if any(in_test for _, in_test in inside):
            found = [
                TarRun(path=shard.path, in_test=in_test, by_folder=True, within=names[place])
                for place, in_test in inside
                for shard in shards
            ]
        else:
            found = shards
    return picture_stream(tuple(found), options, name=Path(name).name, origin=name, notes=notes)


def list_shards(name: str) -> list[Path]:
    """Return the archives that a pattern such as `shards-{0000..0009}.tar` stands for.

    Examples
    --------
    >>> [path.name for path in list_shards("a-{08..10}.tar")]
    ['a-08.tar', 'a-09.tar', 'a-10.tar']
    """
    pieces = re.split(r"\{(\d+)\.\.(\d+)\}", name)
    ranges = []
    for low, high in zip(pieces[1::3], pieces[2::3], strict=True):
        width = len(low) if low.startswith("0") else 0
        ranges.append([f"{number:0{width}}" for number in range(int(low), min(int(high), int(low) + _MOST_SHARDS) + 1)])
    texts = pieces[::3]
    return [
        Path("".join(itertools.chain(*zip(texts, (*numbers, ""), strict=True)))).expanduser()
        for numbers in itertools.islice(itertools.product(*ranges), _MOST_SHARDS)
    ]


def is_tar(path: Path) -> bool:
    """Whether a file is named like a tar archive."""
    return path.name.lower().endswith(TAR_SUFFIXES)


class _Member(tarfile.TarInfo):
    """A header that is refused where it is damaged or absurd: by itself, tarfile ends there as if all were well."""

    @classmethod
    def frombuf(cls, buf: Any, encoding: Any, errors: str) -> Any:
        try:
            member = super().frombuf(buf, encoding, errors)
        except _END:
            raise
        except tarfile.HeaderError as error:
            message = f"cut short or damaged: {error}"
            raise tarfile.ReadError(message) from error
        if member.type in _READ_WHOLE and member.size > _LABEL_BYTES:
            message = f"a header of {member.size:,} bytes"
            raise tarfile.ReadError(message)
        return member


class _QuietFile(io.FileIO):
    """A file that closes when it is collected: readers that an error leaves in the midst hold it until then."""

    def __del__(self) -> None:
        self.close()


def _members(path: Path) -> Iterator[tuple[PurePosixPath, tarfile.TarInfo, tarfile.TarFile]]:
    """Yield plain files with names that do not climb out."""
    for member, archive in _all_members(path):
        name = PurePosixPath(member.name)
        if not member.isdir() and not _is_refused(member, name) and not _is_hidden(name):
            yield name, member, archive


def _all_members(path: Path) -> Iterator[tuple[tarfile.TarInfo, tarfile.TarFile]]:
    try:
        with (
            _QuietFile(path) as file,
            tarfile.open(fileobj=file, mode="r:*", tarinfo=_Member) as archive,
        ):
            members: Any = archive
            while (member := archive.next()) is not None:
                members.members = []  # else every header that was read is kept
                yield member, archive
            _check_end(archive)
    except InputError:
        raise
    except _DAMAGE as error:
        raise _damaged(path, error) from error


def _check_end(archive: tarfile.TarFile) -> None:
    """Refuse what stands behind the end: of archives that were joined, only the first would be read."""
    content: Any = archive.fileobj
    while block := content.read(2**20):
        if block.strip(b"\0"):
            message = "more follows behind its end"
            raise tarfile.ReadError(message)


def _damaged(path: Path, error: Exception) -> InputError:
    return InputError(
        str(path),
        wanted="a whole tar archive",
        got=f"one that cannot be read ({' '.join(str(error).split())})",
        remedy="Check the path, and that the archive is whole; make joined ones anew.",
    )


def _is_refused(member: tarfile.TarInfo, name: PurePosixPath) -> bool:
    return not member.isdir() and (not member.isfile() or name.is_absolute() or ".." in name.parts)


def _is_hidden(name: PurePosixPath) -> bool:
    return any(part.startswith(".") for part in name.parts)


def _is_picture(name: str) -> bool:
    return PurePosixPath(name.lower()).suffix in IMAGE_SUFFIXES


def _part_of(name: PurePosixPath) -> str:
    """The folder around the class folder, in small letters; empty where there is none."""
    return name.parts[-3].lower() if len(name.parts) > 2 else ""


def _folder_of(path: Path, name: PurePosixPath) -> str:
    if len(name.parts) < 2:
        raise InputError(
            f"{path} ({name})",
            wanted="a label beside it (000123.cls or .json), or a folder that names its class",
            got="neither",
            remedy="Put each picture into a folder of its class, or add labels.",
        )
    return name.parts[-2]


def _short_names(paths: Sequence[Path]) -> list[str]:
    """Names below the folder that all share: what stands above says nothing of a split."""
    parents = {path.parent for path in paths}
    if len(parents) == 1:
        return [path.name for path in paths]
    return [f"{path.parent.name}/{path.name}" for path in paths]


def _index(shard: TarRun, label: str | None) -> TarIndex:
    n_labels, n_refused = 0, 0
    parts: Counter[str] = Counter()
    for _, group in itertools.groupby(
        _all_members(shard.path), key=lambda found: _key_of(PurePosixPath(found[0].name))[0]
    ):
        has_picture = has_label = False
        for member, _ in group:
            name = PurePosixPath(member.name)
            if _is_refused(member, name):
                n_refused += 1
            elif not member.isdir() and not _is_hidden(name):
                has_label = has_label or _is_label(_key_of(name)[1], label)
                if _is_picture(name.name):
                    has_picture = True
                    parts[_part_of(name)] += 1
        n_labels += has_picture and has_label
    return TarIndex(n_labels=n_labels, n_refused=n_refused, parts=parts)


def _key_of(name: PurePosixPath) -> tuple[str, str]:
    """Return what the members of a sample share, and the ending, from the first dot of the file's name on."""
    stem, _, ending = name.name.partition(".")
    return str(name.parent / stem), ending.lower()


def _is_label(ending: str, label: str | None) -> bool:
    return ending in _LABEL_ENDINGS or (label is not None and ending == label.lower())


def _samples(path: Path, label: str | None, *, read: bool) -> Iterator[tuple[PurePosixPath, bytes, int | str | None]]:
    """Yield each picture with its label, where its key has one; members of a sample follow each other."""
    for _, group in itertools.groupby(_members(path), key=lambda found: _key_of(found[0])[0]):
        pictures: list[tuple[PurePosixPath, bytes]] = []
        given = None
        for name, member, archive in group:
            ending = _key_of(name)[1]
            if _is_picture(name.name):
                pictures.append((name, _content(path, archive, member, MEMBER_BYTES) if read else b""))
            elif not read and _is_label(ending, label):
                found = _parsed(path, name, _content(path, archive, member, _LABEL_BYTES), label)
                given = found if given is None or ending == label else given
        if len(pictures) > 1:
            raise InputError(
                str(path),
                wanted="one picture a sample",
                got=f"{len(pictures)} of one key: {', '.join(str(name) for name, _ in pictures[:3])}",
                remedy="Give each a key of its own: what stands before the first dot.",
            )
        if pictures:
            yield (*pictures[0], given)


def _content(path: Path, archive: tarfile.TarFile, member: tarfile.TarInfo, most: int) -> bytes:
    if member.size > most:
        raise InputError(
            f"{path} ({member.name})",
            wanted=f"a member of at most {most / 2**20:.3g} MiB",
            got=f"{member.size / 2**20:,.3g} MiB",
            remedy="Take it out, or make it smaller.",
        )
    try:
        content = archive.extractfile(member)
        return b"" if content is None else content.read()
    except _DAMAGE as error:
        raise _damaged(path, error) from error


def _parsed(path: Path, name: PurePosixPath, content: bytes, label: str | None) -> int | str | None:
    """Return the label that a member holds; None where it holds none."""
    try:
        text = content.decode("utf-8-sig").strip()
        if not name.name.lower().endswith("json"):
            return int(text) if re.fullmatch("[+-]?[0-9]+", text) else text or None
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(
            f"{path} ({name})", wanted="a label as text or JSON", got=str(error), remedy="Write it anew."
        ) from error
    if isinstance(found, dict):
        keys = [key for key in ((label,) if label else _LABEL_KEYS) if key in found]
        found = found[keys[0]] if keys else None
    if isinstance(found, float) and found.is_integer():
        return int(found)
    return found if isinstance(found, int | str) else None
