"""`sightbits reproduce` as a user meets it."""

import csv
import json
import sys

import pytest

from sightbits.core.journal import Journal
from sightbits.ledger import reproducing
from sightbits.ledger.sources import SOURCES


@pytest.fixture
def ran(invent_sources, monkeypatch):
    """The program with two small sources; which of their experiments and steps run is kept."""
    counted = []
    monkeypatch.setattr(reproducing, "SOURCES", invent_sources(counted=counted))
    return counted


def test_people_are_told_of_each_source_claim_figure_and_verdict(run, ran, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    outcome = run("reproduce", "--quick")
    assert (outcome.code, outcome.err) == (0, "")
    lines = outcome.out.splitlines()
    assert lines[0].startswith("Of 5 claims of 2 sources, 2 are reproduced, 1 is not, ")
    assert sum(line.split()[:1] == ["claim"] for line in lines) == 2
    row = next(line for line in lines if line.strip().startswith("It is said that one is above the other."))
    assert row.split()[-8:] == ["above", "0", "bits", "0.60", "±", "0.10", "0.5", "artefact"]
    assert any("within 0.1" in line and "n = 2" in line for line in lines)
    assert any("holds in 1 of 2" in line for line in lines)
    assert "not testable here: The text does not define it." in lines
    assert lines[-1].startswith("note: a quick run")
    heads = [line for line in lines if line.split()[:1] == ["claim"]]
    assert ["control" in head for head in heads] == [True, False]


def test_json_is_the_list_of_claims_and_nothing_else(run, ran):
    outcome = run("reproduce", "second", "--json")
    assert (outcome.code, outcome.err) == (0, "")
    assert ran == ["others"]
    told = json.loads(outcome.out)
    assert told == [finding.to_dict() for finding in reproducing.reproduce_sources(["second"]).findings]
    assert {"source", "claim", "claimed", "measured", "spread", "n_seeds", "unit", "tolerance", "verdict", "note"} <= {
        *told[0]
    }


def test_options_come_to_the_ledger(run, ran):
    told = json.loads(run("reproduce", "first", "second", "--seed", 5, "--quick", "--json").out)
    assert [row["source"] for row in told] == ["first"] * 4 + ["second"]
    assert told[0]["measured"] == pytest.approx((1.75 + 1.8) / 2)
    assert told[2]["n_seeds"] == 2


def test_a_folder_holds_document_table_pictures_and_report(run, ran, tmp_path):
    folder = tmp_path / "new" / "ledger"
    outcome = run("reproduce", "--out", folder)
    assert outcome.code == 0, outcome.err
    assert outcome.out.splitlines()[-1] == f"Report: {folder / 'report.html'}"
    names = {path.name for path in folder.iterdir()}
    assert {"result.json", "claims.csv", "report.html", "verdicts.svg", "first_maps.png", "second_counts.svg"} <= names
    assert not [name for name in names if name.startswith(".")]
    with (folder / "claims.csv").open(encoding="utf-8") as file:
        told = list(csv.DictReader(file))
    assert [row["verdict"] for row in told] == [
        row["verdict"] for row in json.loads((folder / "result.json").read_text())["claims"]
    ]
    assert told[3]["measured"] == ""


def test_quiet_prints_nothing(run, ran):
    outcome = run("reproduce", "--quiet")
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "")
    assert ran == ["figures", "values", "others"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("third",), "sightbits: source: wanted one of first, second, got 'third'. Choose one of these names."),
        (("--seed", "-1"), "sightbits: seed: wanted a whole number at least 0, got -1"),
    ],
)
def test_bad_options_end_in_a_message_and_write_nothing(run, ran, tmp_path, options, said):
    outcome = run("reproduce", *options, "--out", tmp_path / "ledger")
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith(said)
    assert len(outcome.err.strip().splitlines()) == 1
    assert not (tmp_path / "ledger").exists()


def test_a_run_that_was_cut_off_goes_on_and_ends_alike(run, ran, tmp_path, monkeypatch):
    record, done = Journal.record, []

    def cut_off(journal, key, value):
        record(journal, key, value)
        done.append(key)
        if len(done) == 2:
            sys.exit(137)

    folder = tmp_path / "cut"
    with monkeypatch.context() as patch:
        patch.setattr(Journal, "record", cut_off)
        assert run("reproduce", "--json", "--out", folder).code == 137
    assert [path.name for path in folder.iterdir()] == [".reproduce.jsonl"]
    ran.clear()
    resumed = run("reproduce", "--json", "--out", folder)
    assert ran == ["others"]
    assert json.loads(resumed.out) == json.loads(run("reproduce", "--json").out)
    assert not list(folder.glob(".*"))


def test_help_names_every_source(run, monkeypatch):
    monkeypatch.setenv("COLUMNS", "300")
    shown = " ".join(run("reproduce", "--help").out.split())
    assert SOURCES
    for name in SOURCES:
        assert name in shown
