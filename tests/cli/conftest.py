"""Run the program inside the test, and see what it printed and how it ended."""

import sys
from dataclasses import dataclass

import pytest

from sightbits.cli import main


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str


@pytest.fixture
def run(monkeypatch, capsys):
    def run_program(*arguments):
        monkeypatch.setattr(sys, "argv", ["sightbits", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        return Outcome(code=ended.value.code or 0, out=printed.out, err=printed.err)

    return run_program
