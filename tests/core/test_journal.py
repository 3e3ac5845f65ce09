import json
from pathlib import Path

import pytest

from sightbits.core.journal import Journal

WORK = {"data": "digits", "seed": 0}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "steps.jsonl"


def test_steps_are_recalled_by_a_later_journal(path: Path) -> None:
    journal = Journal(path, WORK)
    journal.record("a", [1, 2.5])
    journal.record("b", {"x": "é"})
    later = Journal(path, WORK)
    assert later.recall("a") == [1, 2.5]
    assert later.recall("b") == {"x": "é"}
    assert later.recall("c") is None


def test_a_step_is_on_disk_when_record_returns(path: Path) -> None:
    journal = Journal(path, WORK)
    journal.record("a", 1)
    assert [json.loads(line)["key"] for line in path.read_text().splitlines()] == ["a"]


def test_the_last_outcome_of_a_step_counts(path: Path) -> None:
    journal = Journal(path, WORK)
    journal.record("a", 1)
    journal.record("a", 2)
    assert journal.recall("a") == 2
    assert Journal(path, WORK).recall("a") == 2


@pytest.mark.parametrize("left", [1, 10, 60])
def test_work_goes_on_after_a_last_line_that_was_cut_off(path: Path, left: int) -> None:
    journal = Journal(path, WORK)
    journal.record("a", 1)
    whole = path.stat().st_size
    journal.record("b", 2)
    path.write_bytes(path.read_bytes()[: whole + left])
    resumed = Journal(path, WORK)
    assert (resumed.recall("a"), resumed.recall("b")) == (1, None)
    resumed.record("b", 3)
    again = Journal(path, WORK)
    assert (again.recall("a"), again.recall("b")) == (1, 3)


def test_a_line_cut_off_inside_a_letter_is_left_out(path: Path) -> None:
    Journal(path, WORK).record("a", 1)
    path.write_bytes(path.read_bytes() + '{"work": "é'.encode()[:-1])
    assert Journal(path, WORK).recall("a") == 1


def test_a_record_of_other_work_is_not_used_and_not_lost(path: Path) -> None:
    Journal(path, WORK).record("a", 1)
    other = Journal(path, WORK | {"seed": 1})
    assert other.recall("a") is None
    other.record("a", 2)
    assert Journal(path, WORK).recall("a") == 1


def test_work_is_the_same_in_any_order_of_its_settings(path: Path) -> None:
    Journal(path, WORK).record("a", 1)
    assert Journal(path, dict(reversed(WORK.items()))).recall("a") == 1


def test_close_removes_the_record(path: Path) -> None:
    journal = Journal(path, WORK)
    journal.record("a", 1)
    journal.close()
    assert not path.exists()
    journal.close()


def test_without_a_file_steps_are_remembered_by_this_journal_alone() -> None:
    journal = Journal(None, WORK)
    journal.record("a", 1)
    assert journal.recall("a") == 1
    assert Journal(None, WORK).recall("a") is None
    journal.close()
