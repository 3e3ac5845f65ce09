import hashlib
import io
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from sightbits.core.checks import InputError
from sightbits.networks.checkpoints import check_checkpoint, read_checkpoint, write_checkpoint

WORK = {"plan": {"epochs": 3, "rate": 0.1}, "data": "5f"}


class Mark:
    """Unpickled, it leaves a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return Path.touch, (self.path,)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "one"
    contents = {"weights": {"a": torch.tensor([1.5, float("nan")])}, "step": 7}
    write_checkpoint(path, WORK, contents)
    found = read_checkpoint(path, WORK)
    assert found is not None
    assert found["step"] == 7
    assert torch.equal(found["weights"]["a"].view(torch.int32), contents["weights"]["a"].view(torch.int32))
    assert [file.name for file in tmp_path.iterdir()] == ["one"]


def test_the_order_of_names_in_the_work_does_not_matter_but_what_it_says_does(tmp_path: Path) -> None:
    path = tmp_path / "one"
    write_checkpoint(path, WORK, {"step": 7})
    assert read_checkpoint(path, dict(reversed(WORK.items()))) == {"step": 7}
    assert read_checkpoint(path, {**WORK, "data": "60"}) is None
    assert read_checkpoint(path, {**WORK, "plan": {"epochs": 3, "rate": 0.2}}) is None


def test_a_file_damaged_anywhere_is_not_used(tmp_path: Path) -> None:
    path = tmp_path / "one"
    write_checkpoint(path, WORK, {"weights": torch.arange(20.0)})
    whole = path.read_bytes()
    for place in range(0, len(whole), 7):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert read_checkpoint(path, WORK) is None
    for length in (0, 1, 22, 100, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:length])
        assert read_checkpoint(path, WORK) is None
    path.write_bytes(whole + b"\0")
    assert read_checkpoint(path, WORK) is None


def test_where_there_is_no_file_there_is_no_checkpoint(tmp_path: Path) -> None:
    assert read_checkpoint(tmp_path / "none", WORK) is None
    assert read_checkpoint(tmp_path, WORK) is None


@pytest.mark.parametrize("save", [torch.save, pickle.dump])
def test_nothing_in_a_file_is_run(tmp_path: Path, save: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    mark, path = tmp_path / "mark", tmp_path / "one"
    with path.open("wb") as file:
        save({"step": Mark(mark)}, file)
    assert read_checkpoint(path, WORK) is None
    with monkeypatch.context() as forging:
        forging.setattr(torch, "save", save)
        write_checkpoint(path, WORK, {"step": Mark(mark)})
    assert read_checkpoint(path, WORK) is None
    assert not mark.exists()
    pickle.loads(pickle.dumps(Mark(mark)))
    assert mark.exists()


def test_other_contents_than_names_are_not_used(tmp_path: Path) -> None:
    path = tmp_path / "one"
    write_checkpoint(path, WORK, {"step": 7})
    known = path.read_bytes().split(b"\n", 1)[0]
    forged = io.BytesIO()
    torch.save([1, 2], forged)
    line = known[:-64] + hashlib.sha256(forged.getvalue()).hexdigest().encode()
    path.write_bytes(line + b"\n" + forged.getvalue())
    assert read_checkpoint(path, WORK) is None


def test_a_file_tells_its_work_and_its_sum_in_its_first_line(tmp_path: Path) -> None:
    write_checkpoint(tmp_path / "one", WORK, {"step": 7})
    line, payload = (tmp_path / "one").read_bytes().split(b"\n", 1)
    of_work = hashlib.sha256(b'{"data": "5f", "plan": {"epochs": 3, "rate": 0.1}}').hexdigest()
    assert line.decode() == f"sightbits checkpoint 1 {of_work} {hashlib.sha256(payload).hexdigest()}"
    assert torch.load(io.BytesIO(payload), weights_only=True) == {"step": 7}


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_failure_while_writing_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    path = tmp_path / "one"
    write_checkpoint(path, WORK, {"step": 7})

    def full(*_: Any) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(*((os, "fsync") if call == "fsync" else (Path, "replace")), full)
    with pytest.raises(OSError, match="no space"):
        write_checkpoint(path, WORK, {"step": 8})
    assert read_checkpoint(path, WORK) == {"step": 7}
    assert [file.name for file in tmp_path.iterdir()] == ["one"]


def test_what_is_left_of_a_killed_writer_is_in_nobodys_way(tmp_path: Path) -> None:
    (tmp_path / "one.part").write_bytes(b"half")
    assert read_checkpoint(tmp_path / "one", WORK) is None
    write_checkpoint(tmp_path / "one", WORK, {"step": 8})
    assert read_checkpoint(tmp_path / "one", WORK) == {"step": 8}
    assert [file.name for file in tmp_path.iterdir()] == ["one"]


def test_on_disk_before_it_replaces_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    fsync, replace = os.fsync, Path.replace
    monkeypatch.setattr(os, "fsync", lambda file: (calls.append("fsync"), fsync(file))[1])
    monkeypatch.setattr(Path, "replace", lambda old, new: (calls.append("replace"), replace(old, new))[1])
    write_checkpoint(tmp_path / "one", WORK, {"step": 8})
    assert calls == ["fsync", "replace"]


def test_places_where_nothing_can_be_written_are_refused(tmp_path: Path) -> None:
    check_checkpoint(tmp_path / "one")
    (tmp_path / "file").touch()
    for path in (tmp_path, tmp_path / "none" / "one", tmp_path / "file" / "one"):
        with pytest.raises(InputError, match="checkpoint: wanted a file in a folder that is there"):
            check_checkpoint(path)
