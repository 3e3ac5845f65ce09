"""`sightbits data` as a user meets it."""

import io
import json
import sys

import pytest

from sightbits.cli.progress import progress_bar


def test_list_names_every_set(run):
    outcome = run("data", "list")
    assert outcome.code == 0
    for name in ("digits", "mnist", "fashion-mnist"):
        assert name in outcome.out
    rows = json.loads(run("data", "list", "--json").out)
    assert {row["name"]: row["copy"] for row in rows}["digits"] == "with scikit-learn"


def test_info_describes_and_verifies(run):
    document = json.loads(run("data", "info", "mnist", "--json").out)
    assert document["n_images"] == 70_000
    assert document["n_test"] == 10_000
    assert document["labels"]["1"] == 7877
    assert len(document["sha256"]) == 64
    assert "CC BY-SA" in run("data", "info", "mnist").out


def test_fetching_what_is_here_fetches_nothing(run):
    outcome = run("data", "fetch", "digits", "mnist")
    assert outcome.code == 0
    assert "mnist: intact in" in outcome.out


def test_unknown_names_are_refused(run):
    outcome = run("data", "fetch", "imagenet")
    assert outcome.code == 2
    assert "data set: wanted one of digits" in outcome.err


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("in_bytes", "shown"), [(True, "1.0/2.0 MB"), (False, "1000000/2000000")])
def test_progress_is_shown_in_steps_or_in_bytes(in_bytes: bool, shown: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", Terminal())
    with progress_bar(quiet=False, in_bytes=in_bytes) as progress:
        progress("fetching a", 0, 0)  # how many there are is told later
        progress("fetching a", 1_000_000, 2_000_000)
        progress("fetching a", 1_000_000, 2_000_000)
    assert shown in sys.stderr.getvalue()


def test_bars_of_finished_tasks_make_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("LINES", "40")
    monkeypatch.setenv("TERM", "xterm")
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with progress_bar(quiet=False) as progress:
        progress("the whole", 0, 30)
        for number in range(30):
            progress(f"task {number}.", 1, 1)
        terminal.seek(0)
        terminal.truncate()
    shown = terminal.getvalue()
    assert "the whole" in shown
    assert "task 29." in shown
    assert "task 3." not in shown
