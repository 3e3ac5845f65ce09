"""`sightbits filters` as a user meets it."""

import json
from dataclasses import fields

import pytest

import sightbits.studies.filters as filters_study
from sightbits.studies.filters import FilterSettings


@pytest.fixture
def invented(monkeypatch, invent_filters):
    """The program with a study that was made by hand; what it was asked for is kept."""
    asked = {}

    def study(dataset, *, settings, unit, journal_path, scheduler, progress):
        asked.update(n_images=dataset.n_images, settings=settings, unit=unit, journal_path=journal_path)
        asked.update(scheduler=scheduler)
        return invent_filters()

    monkeypatch.setattr(filters_study, "study_filters", study)
    return asked


def test_every_option_comes_to_the_study(run, invented, tmp_path):
    numbers = {
        "fine-tune": 2, "fine-tune-rate": 0.004, "epochs": 3, "batch": 32, "rate": 0.03, "momentum": 0.5, "seeds": 2,
        "beta": 3.0, "samples": 64, "images": 200, "width-images": 100, "shuffles": 5, "permutations": 199,
        "significance": 0.01, "seed": 7, "jobs": 2,
    }  # fmt: skip
    options = [part for name, value in numbers.items() for part in (f"--{name}", str(value))]
    lists = ("--filters", "4,20", "--layer", "conv1", "--keep", "2,3", "--criteria", "l1, taylor", "--sweep", "2,4",
             "--scheduler", "tcp://there:8786")  # fmt: skip
    outcome = run(
        "filters", "digits", "--limit", "300", "--activation", "tanh", *options, *lists, "--nats", "--out", tmp_path
    )
    assert outcome.code == 0, outcome.err
    settings = invented["settings"]
    assert {name: getattr(settings, name.replace("-", "_")) for name in numbers} == numbers
    assert (settings.model, settings.activation, settings.layer) == ("lenet5", "tanh", "conv1")
    assert (settings.filters, settings.keep, settings.criteria) == ([4, 20], [2, 3], ["l1", "taylor"])
    assert list(settings.sweep) == [2, 4]
    assert (invented["n_images"], invented["unit"]) == (300, "nat")
    assert invented["scheduler"] == "tcp://there:8786"
    assert invented["journal_path"] == tmp_path / ".filters.jsonl"
    assert outcome.out.splitlines()[-1] == f"Report: {tmp_path / 'report.html'}"
    assert {"result.json", "pruning.csv", "width.csv", "pruning.svg", "responses.png"} <= {
        path.name for path in tmp_path.iterdir()
    }


def test_what_is_not_asked_for_is_left_to_the_study(run, invented):
    outcome = run("filters", "digits", "--quiet")
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "")
    own = {field.name: getattr(FilterSettings(), field.name) for field in fields(FilterSettings)}
    assert {name: getattr(invented["settings"], name) for name in own} == own
    assert (invented["unit"], invented["journal_path"], invented["scheduler"]) == ("bit", None, None)


def test_json_is_one_document(run, invented, invent_filters):
    outcome = run("filters", "digits", "--json")
    assert (outcome.code, outcome.err) == (0, "")
    assert json.loads(outcome.out) == json.loads(invent_filters().to_json())


def test_tables_for_people(run, invented):
    outcome = run("filters", "digits")
    assert outcome.code == 0, outcome.err
    lines = outcome.out.splitlines()
    assert lines[0].startswith("invented, lenet5 relu, conv2 (")
    titles = ("As pruned: test accuracy", "After 1 epoch of fine-tuning: test accuracy", "How many filters are enough",
              "Cost; ms a batch of 128 images", "Networks with other numbers of filters in conv2",
              "What the source says")  # fmt: skip
    places = [next(i for i, line in enumerate(lines) if line.startswith(title)) for title in titles]
    assert places == sorted(places)
    assert sum(line.split()[:2] == ["bottleneck", "(source)"] for line in lines) == 2
    assert any(line.split()[:1] == ["holds:"] or line.startswith("does not hold: ") for line in lines[places[-1] :])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--keep", "0"), "sightbits: keep: wanted a whole number from 1 to 12, got 0"),
        (("--keep", "13"), "sightbits: keep: wanted a whole number from 1 to 12, got 13"),
        (("--keep", "6,x"), "sightbits: keep: wanted whole numbers with commas between"),
        (("--layer", "fc1"), "sightbits: layer: wanted one of conv1, conv2, got 'fc1'"),
        (("--criteria", "l1,best"), "sightbits: criteria: wanted one of usable_information, "),
        (("--filters", "6"), "sightbits: filters: wanted 2 numbers for lenet5"),
        (("--significance", "0"), "sightbits: significance: wanted a share between 0 and 1"),
        (("--sweep", "0"), "sightbits: sweep: wanted a whole number"),
        (("--model", "vgg16"), "sightbits: model: wanted images of at least 32 x 32 pixels"),
    ],
)
def test_bad_options_end_in_a_message(run, options, said):
    outcome = run("filters", "digits", *options)
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith(said)
    assert len(outcome.err.strip().splitlines()) == 1


def test_a_scheduler_that_does_not_answer_ends_in_a_message(run, monkeypatch):
    monkeypatch.setattr("sightbits.core.cluster.PATIENCE", "100ms")
    outcome = run("filters", "digits", "--limit", "240", "--epochs", "1", "--scheduler", "tcp://127.0.0.1:1")
    assert (outcome.code, outcome.out) == (2, "")
    said = outcome.err.strip().splitlines()[-1]
    assert said.startswith("sightbits: scheduler: wanted the address of a Dask scheduler that answers, got 'tcp://127")
