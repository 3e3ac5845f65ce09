import io
import json
import tarfile
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import sightbits as sb
from sightbits.datasets.streams import tar_shards

Files = Mapping[str, bytes]


def tarred(path: Path, files: Files, mode: str = "w") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


def as_cls(label: int) -> tuple[str, bytes]:
    return "cls", f"{label}\n".encode()


def as_cls_txt(label: int) -> tuple[str, bytes]:
    return "cls.txt", str(label).encode()


def as_json(label: int) -> tuple[str, bytes]:
    return "json", json.dumps({"id": 7, "label": label}).encode()


def as_number(label: int) -> tuple[str, bytes]:
    return "json", json.dumps(float(label)).encode()


def samples(data: Any, form: Callable[[int], tuple[str, bytes]] = as_cls, first: int = 0) -> dict[str, bytes]:
    files = {}
    for number, (label, picture) in enumerate(zip(data.labels, data.encoded(), strict=True), start=first):
        ending, content = form(int(label))
        files[f"./{number:06}.PNG"] = picture
        files[f"./{number:06}.{ending}"] = content
        files[f"./{number:06}.txt"] = b"a caption"
    return files


def class_folders(data: Any, around: str = "") -> dict[str, bytes]:
    names = ("ant", "bee", "cat")
    return {
        f"{around}{names[label]}/{number}.v1.png": picture
        for number, (label, picture) in enumerate(zip(data.labels, data.encoded(), strict=True))
    }


# --- what comes back ---


@pytest.mark.parametrize("form", [as_cls, as_cls_txt, as_json, as_number])
@pytest.mark.usefixtures("bytes_at_once")
def test_samples_come_as_in_memory(form: Any, tmp_path: Path, labelled: Any, whole: Any) -> None:
    data = labelled(23)
    path = tarred(tmp_path / "set.tar", samples(data, form))
    stream = sb.open_images(path)
    read = whole(stream)
    np.testing.assert_array_equal(read.images, data.images)
    np.testing.assert_array_equal(read.labels, data.labels)
    np.testing.assert_array_equal(stream.labels, data.labels)
    assert (stream.value_range, stream.label_names) == ((0.0, 255.0), ("0", "1", "2"))
    assert [part.portable for part in stream.parts] == [True]


@pytest.mark.parametrize("ending", [".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz"])
@pytest.mark.parametrize("layout", [samples, class_folders])
def test_compressed_archives(ending: str, layout: Any, tmp_path: Path, labelled: Any, whole: Any) -> None:
    data = labelled(9)
    kind = {"gz": "gz", "tgz": "gz", "bz2": "bz2", "xz": "xz"}.get(ending.rpartition(".")[2], "")
    path = tarred(tmp_path / f"set{ending}", layout(data), f"w:{kind}")
    read = whole(sb.open_images(str(path)))
    np.testing.assert_array_equal(read.images, data.images)
    np.testing.assert_array_equal(read.labels, data.labels)


@pytest.mark.usefixtures("few_at_once")
@pytest.mark.parametrize("way", ["pattern", "commas", "list", "folder"])
def test_several_archives_are_a_part_each(way: str, tmp_path: Path, labelled: Any, whole: Any) -> None:
    data = [labelled(n, seed=n) for n in (5, 7, 4)]
    paths = [
        tarred(tmp_path / f"shard-{number:04}.tar", samples(one, first=100 * number))
        for number, one in enumerate(data, start=9)
    ]
    source = {
        "pattern": f"{tmp_path}/shard-{{0009..0011}}.tar",
        "commas": ",".join(map(str, paths)),
        "list": paths,
        "folder": tmp_path,
    }[way]
    stream = sb.open_images(source)
    read = whole(stream)
    assert [part.n_images for part in stream.parts] == [5, 7, 4]
    np.testing.assert_array_equal(read.images, np.concatenate([one.images for one in data]))
    np.testing.assert_array_equal(read.labels, np.concatenate([one.labels for one in data]))
    assert not stream.official


def test_patterns_are_spelled_out() -> None:
    assert [str(path) for path in tar_shards.list_shards("a/{8..11}-{00..01}.tar")] == [
        f"a/{i}-{j}.tar" for i in (8, 9, 10, 11) for j in ("00", "01")
    ]
    assert [str(path) for path in tar_shards.list_shards("a.tar")] == ["a.tar"]


@pytest.mark.parametrize("layout", [samples, class_folders])
def test_archives_named_train_and_test_are_an_official_split(
    layout: Any, tmp_path: Path, labelled: Any, whole: Any
) -> None:
    data = [labelled(n, seed=n) for n in (5, 7, 4)]
    for name, one in zip(("x-train-0", "x-train-1", "x-test-0"), data, strict=True):
        tarred(tmp_path / f"{name}.tar", layout(one))
    tarred(tmp_path / "x-extra-0.tar", layout(data[0]))
    stream = sb.open_images(tmp_path)
    read = whole(stream)
    np.testing.assert_array_equal(read.images, np.concatenate([one.images for one in data]))
    np.testing.assert_array_equal(read.labels, np.concatenate([one.labels for one in data]))
    assert read.in_test.tolist() == [False] * 12 + [True] * 4
    assert stream.provenance.notes == ("left out, being neither for training nor for test: x-extra-0.tar",)


def test_folders_inside_may_be_an_official_split(tmp_path: Path, labelled: Any, whole: Any) -> None:
    train, test = labelled(7), labelled(4, seed=1)
    files = class_folders(test, "fruits/Test/") | class_folders(train, "fruits/Training/")
    read = whole(sb.open_images(tarred(tmp_path / "fruits.tar.gz", files, "w:gz")))
    np.testing.assert_array_equal(read.images, np.concatenate([train.images, test.images]))
    np.testing.assert_array_equal(read.labels, np.concatenate([train.labels, test.labels]))
    assert read.in_test.tolist() == [False] * 7 + [True] * 4


def test_labels_may_be_text_and_numbers_by_another_name(
    tmp_path: Path, labelled: Any, whole: Any, refused: Any
) -> None:
    data = labelled(9)
    words = ("b", "a", "c")
    text = samples(data, lambda label: ("cls", words[label].encode()))
    assert whole(sb.open_images(tarred(tmp_path / "a.tar", text))).names == [words[label] for label in data.labels]
    named = samples(data, lambda label: ("Kind", str(label).encode()))
    read = whole(sb.open_images(tarred(tmp_path / "b.tar", named), label="kind"))
    np.testing.assert_array_equal(read.labels, data.labels)
    key = samples(data, lambda label: ("json", json.dumps({"label": 0, "kind": words[label]}).encode()))
    read = whole(sb.open_images(tarred(tmp_path / "c.tar", key), label="kind"))
    assert read.names == [words[label] for label in data.labels]
    with refused("label: ", "'other'", "check the name"):
        sb.open_images(tarred(tmp_path / "d.tar", class_folders(data)), label="other")


def test_jpeg_16_bits_and_colours(tmp_path: Path, labelled: Any, whole: Any, png: Any) -> None:
    data = labelled(9, 6, 7, 3)
    files = {f"{i}.png": one for i, one in enumerate(data.encoded())} | {}
    mixed = {}
    for i, label in enumerate(data.labels):
        mixed[f"{i}.png"] = files[f"{i}.png"] if i else png(data.images[0, ..., 0])
        mixed[f"{i}.cls"] = str(label).encode()
    read = whole(sb.open_images(tarred(tmp_path / "a.tar", mixed)))
    np.testing.assert_array_equal(read.images[1:], data.images[1:])
    np.testing.assert_array_equal(read.images[0], np.repeat(data.images[0, ..., :1], 3, axis=-1))
    deep = data.images[..., 0].astype(np.uint16) * 257
    sixteen = {f"{i}.png": png(one) for i, one in enumerate(deep)}
    labels = {f"{i}.cls": str(label).encode() for i, label in enumerate(data.labels)}
    both = {name: content for pair in zip(labels.items(), sixteen.items(), strict=True) for name, content in pair}
    stream = sb.open_images(tarred(tmp_path / "b.tar", both))
    np.testing.assert_array_equal(whole(stream).images, deep)
    assert stream.value_range == (0.0, 65535.0)


def test_labels_are_read_without_pictures(tmp_path: Path, labelled: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    data = labelled(9)
    stream = sb.open_images(tarred(tmp_path / "a.tar", samples(data)))
    sizes: list[int] = []
    extract = tarfile.TarFile.extractfile

    def counted(self: tarfile.TarFile, member: Any) -> Any:
        sizes.append(member.size)
        return extract(self, member)

    monkeypatch.setattr(tarfile.TarFile, "extractfile", counted)
    assert stream.parts[0].raw.labels() == data.labels.tolist()  # type: ignore[attr-defined]
    assert sizes == [2] * 9


# --- what cannot be used ---


def test_links_devices_and_names_that_climb_out_are_passed_over(tmp_path: Path, labelled: Any, whole: Any) -> None:
    data = labelled(9)
    path = tarred(tmp_path / "inner" / "a.tar", class_folders(data))
    before = sorted(tmp_path.rglob("*"))
    with tarfile.open(path, "a") as archive:
        for name in ("../ant/out.png", "/ant/root.png", "ant/../../x/1.png"):
            member = tarfile.TarInfo(name)
            member.size = len(data.encoded()[0])
            archive.addfile(member, io.BytesIO(data.encoded()[0]))
        for name, kind in (("ant/link.png", tarfile.SYMTYPE), ("ant/hard.png", tarfile.LNKTYPE), ("ant/d.png", b"3")):
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, "/etc/passwd"
            archive.addfile(member)
        folder = tarfile.TarInfo("empty.png")
        folder.type = tarfile.DIRTYPE
        archive.addfile(folder)
        for name in ("ant/._1.png", ".hidden/1.png"):
            archive.addfile(tarfile.TarInfo(name))
    stream = sb.open_images(path)
    np.testing.assert_array_equal(whole(stream).images, data.images)
    assert stream.provenance.notes == ("6 members were passed over: links, devices or names that climb out",)
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("kind", ["", "gz"])
@pytest.mark.parametrize("share", [0.0, 0.1, 0.35, 0.5, 0.9])
def test_archives_cut_short_are_refused(kind: str, share: float, tmp_path: Path, labelled: Any, refused: Any) -> None:
    path = tarred(tmp_path / f"a.tar{'.' + kind if kind else ''}", samples(labelled(23)), f"w:{kind}")
    content = path.read_bytes()
    end = int(len(content.rstrip(b"\0")) * share)
    path.write_bytes(content[: end if kind else end // 512 * 512])
    with refused("a.tar", "a whole tar archive", "cannot be read"):
        sb.open_images(path)


@pytest.mark.parametrize("place", [0, 512 * 3, 512 * 12 + 4])
def test_damaged_headers_are_refused_and_do_not_end_the_archive(
    place: int, tmp_path: Path, labelled: Any, refused: Any
) -> None:
    path = tarred(tmp_path / "a.tar", class_folders(labelled(9)))
    content = bytearray(path.read_bytes())
    with tarfile.open(path) as archive:
        headers = [member.offset for member in archive]
    where = headers[min(place // 512, len(headers) - 1)]
    content[where : where + 40] = b"\xff" * 40
    path.write_bytes(content)
    with refused("a.tar: ", "a whole tar archive", "bad checksum" if place else "cannot be read"):
        sb.open_images(path)


def test_joined_archives_are_refused(tmp_path: Path, labelled: Any, refused: Any) -> None:
    path = tarred(tmp_path / "a.tar", class_folders(labelled(9)))
    path.write_bytes(path.read_bytes() * 2)
    with refused("a.tar: ", "more follows behind its end"):
        sb.open_images(path)


def test_members_of_absurd_size_are_refused(
    tmp_path: Path, labelled: Any, refused: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = labelled(9)
    path = tarred(tmp_path / "a.tar", class_folders(data) | {"ant/big.png": bytes(5000)})
    monkeypatch.setattr(tar_shards, "MEMBER_BYTES", 4999)
    with refused("a.tar (ant/big.png): ", "a member of at most"):
        sb.open_images(path)
    tarred(path, samples(data) | {"x.cls": bytes(2**20 + 1), "x.png": data.encoded()[0]})
    with refused("a.tar (x.cls): ", "at most 1 MiB"):
        sb.open_images(path)


def test_headers_of_absurd_size_are_refused(tmp_path: Path, labelled: Any, refused: Any) -> None:
    path = tarred(tmp_path / "a.tar", class_folders(labelled(9)))
    member = tarfile.TarInfo("x")
    for member.type in (tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK, tarfile.XHDTYPE, tarfile.XGLTYPE):
        member.size = 2**30
        path.write_bytes(member.tobuf() + path.read_bytes())
        with refused("a.tar: ", "a header of 1,073,741,824 bytes"):
            sb.open_images(path)


def test_pictures_without_a_label_are_refused_with_their_number(tmp_path: Path, labelled: Any, refused: Any) -> None:
    files = {
        name: content for name, content in samples(labelled(9)).items() if name not in {"./000003.cls", "./000007.cls"}
    }
    with refused("a.tar: ", "none for 2 of 9 pictures (for one, 000003.PNG)"):
        sb.open_images(tarred(tmp_path / "a.tar", files))
    files = samples(labelled(9), lambda label: ("json", json.dumps({"caption": "x"} if label else 3).encode()))
    with refused("a.tar: ", "none for "):
        sb.open_images(tarred(tmp_path / "a.tar", files))


def test_pictures_in_no_folder_are_refused(tmp_path: Path, labelled: Any, refused: Any) -> None:
    files = dict(enumerate(labelled(9).encoded()))
    with refused("a.tar (0.png): ", "a folder that names its class"):
        sb.open_images(tarred(tmp_path / "a.tar", {f"{i}.png": content for i, content in files.items()}))


def test_two_pictures_of_one_key_are_refused(tmp_path: Path, labelled: Any, refused: Any) -> None:
    data = labelled(9)
    files = samples(data) | {"x.left.png": data.encoded()[0], "x.right.png": data.encoded()[1], "x.cls": b"0"}
    with refused("a.tar: ", "one picture a sample", "x.left.png, x.right.png"):
        sb.open_images(tarred(tmp_path / "a.tar", files))


def test_labels_that_are_no_text_are_refused(tmp_path: Path, labelled: Any, refused: Any) -> None:
    data = labelled(9)
    for ending, content in (("cls", b"\xff\xfe\xfd"), ("json", b"{]"), ("json", b"[" * 100_000)):
        with refused("a.tar (000000.", "a label as text or JSON"):
            sb.open_images(tarred(tmp_path / "a.tar", samples(data, lambda _, e=ending, c=content: (e, c))))


def test_an_unreadable_picture_is_named_by_its_member(tmp_path: Path, labelled: Any, refused: Any) -> None:
    files = class_folders(labelled(9))
    name = [*files][5]
    files[name] = files[name][:30]
    with refused(f"a.tar ({name}): ", "a whole image file"):
        sb.open_images(tarred(tmp_path / "a.tar", files))


def test_bombs_are_refused(tmp_path: Path, labelled: Any, refused: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tarred(tmp_path / "a.tar", class_folders(labelled(9)))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 30)
    before = warnings.filters.copy()
    for unreadable in ("stop", "skip"):
        with refused(
            "a.tar", "an image of ordinary size" if unreadable == "stop" else "9 pictures that cannot be read"
        ):
            sb.open_images(path, unreadable=unreadable)
    assert warnings.filters == before


def test_archives_that_hold_no_pictures_or_are_missing_are_refused(tmp_path: Path, refused: Any) -> None:
    with refused("a.tar: ", "archives with pictures in them"):
        sb.open_images(tarred(tmp_path / "a.tar", {"a/x.txt": b"x"}))
    with refused("source: ", "b-1.tar", "no such file"):
        sb.open_images(f"{tmp_path}/b-{{1..2}}.tar")
