"""`sightbits flow` as a user meets it."""

import json

import pytest

import sightbits as sb

QUICK = ("--limit", "300", "--epochs", "1", "--looks", "3", "--probes", "1", "--samples", "16", "--shuffles", "2")
FEW = (*QUICK, "--pairs", "2", "--jobs", "1")


def test_json_is_one_document_and_the_library_says_the_same(run):
    options = ("--filters", "3,4", "--label-kernel", "gaussian", "--layer-width", "2", "--error-width", "0.2")
    outcome = run("flow", "digits", *FEW, *options, "--nats", "--seed", "3", "--json")
    assert (outcome.code, outcome.err) == (0, "")
    document = json.loads(outcome.out)
    assert (document["study"], document["unit"], document["version"]) == ("flow", "nat", sb.__version__)
    assert {"name", "split", "n_images", "image_shape", "n_labels", "sha256"} <= set(document["source"])
    assert {"layers", "forward", "backward", "dpi", "plane", "redundancy_synergy", "accuracy"} <= set(document)
    assert document["settings"]["filters"] == [3, 4]
    found = sb.follow_information(
        sb.load_dataset("digits", limit=300), filters=[3, 4], epochs=1, looks=3, probes=1, samples=16, shuffles=2,
        pairs=2, seed=3, label_kernel="gaussian", layer_width=2.0, error_width=0.2, unit="nat",
    )  # fmt: skip
    assert isinstance(found, sb.InformationFlow)
    assert json.loads(found.to_json()) == document


def test_tables_for_people(run):
    outcome = run("flow", "digits", *FEW)
    assert outcome.code == 0, outcome.err
    lines = outcome.out.splitlines()
    assert lines[0].startswith("digits, lenet5 relu (")
    assert any(
        line.startswith("Layers at the end, in bits (mean of 1 network, 1 batch of 16 images)") for line in lines
    )
    for layer in ("conv1", "pool1", "conv2", "pool2", "fc1", "out"):
        assert any(line.split()[:1] == [layer] for line in lines)
    assert any(line.startswith("Data processing inequalities") for line in lines)
    assert any(line.startswith("Pairs of maps at the end") for line in lines)
    assert any(line.startswith("warning: One seed") for line in lines)


def test_without_pairs_there_is_no_table_of_pairs(run):
    outcome = run("flow", "digits", *QUICK, "--pairs", "0", "--kernel-size", "median", "--maps", "tensor")
    assert outcome.code == 0, outcome.err
    assert "Pairs of maps" not in outcome.out


def test_a_folder_is_written_whole(run, tmp_path):
    outcome = run("flow", "digits", *FEW, "--out", str(tmp_path / "flow"), "--quiet")
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "")
    names = {path.name for path in (tmp_path / "flow").iterdir()}
    assert {
        "result.json",
        "report.html",
        "layers.csv",
        "dpi.csv",
        "pairs.csv",
        "learning.csv",
        "network-seed-0.pt",
    } <= names
    assert {"information_flow.svg", "information_flow.png"} <= names
    assert not any(name.startswith(".") for name in names)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--filters", "6"), "sightbits: filters: wanted 2 numbers for lenet5"),
        (("--filters", "6,x"), "sightbits: filters: wanted whole numbers with commas between"),
        (("--model", "vgg16"), "sightbits: model: wanted images of at least 32 x 32 pixels"),
        (("--rate", "-1"), "sightbits: rate: wanted a learning rate above 0"),
        (("--samples", "1"), "sightbits: samples: wanted a whole number at least 8"),
        (("--alpha", "0"), "sightbits: alpha: wanted a positive finite number"),
    ],
)
def test_bad_options_end_in_a_message(run, options, said):
    outcome = run("flow", "digits", *QUICK, *options)
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith(said)


def test_a_scheduler_that_does_not_answer_ends_in_a_message(run, monkeypatch):
    monkeypatch.setattr("sightbits.core.cluster.PATIENCE", "100ms")
    outcome = run("flow", "digits", *FEW, "--scheduler", "tcp://127.0.0.1:1")
    assert (outcome.code, outcome.out) == (2, "")
    said = outcome.err.strip().splitlines()[-1]
    assert said.startswith("sightbits: scheduler: wanted the address of a Dask scheduler that answers, got 'tcp://127")
