"""`sightbits encodings` as a user meets it."""

import json
import subprocess
import sys

import numpy as np
import pytest

import sightbits as sb
from sightbits.core.journal import Journal
from sightbits.encodings.named import ENCODINGS
from sightbits.networks.choice import INITIALISATIONS, MODELS
from sightbits.studies.encoding_comparison import DEFAULT_ENCODINGS, DEFAULT_RATES

QUICK = ("--limit", "300", "--trials", "3", "--updates", "4", "--seeds", "2", "--jobs", "1")
FEW = (*QUICK, "--encodings", "identity, inverted", "--rates", "none")


def test_json_is_one_document_with_the_keys_of_the_contract(run):
    outcome = run("encodings", "digits", *QUICK, "--encodings", "identity,inverted,binarised", "--json")
    assert (outcome.code, outcome.err) == (0, "")
    document = json.loads(outcome.out)
    assert (document["study"], document["unit"], document["version"]) == ("encodings", "bit", sb.__version__)
    assert {"name", "split", "n_images", "image_shape", "n_labels", "sha256"} <= set(document["source"])
    assert list(document["encodings"]) == ["identity", "inverted", "binarised"]
    for one in document["encodings"].values():
        assert {
            "mean_accuracy", "mean_accuracy_std", "final_accuracy", "curve", "weight_change", "condition_number",
            "mutual_information_total",
        } <= set(one)  # fmt: skip
        assert 0 <= one["mean_accuracy"] <= 1
        assert np.shape(one["weight_change"]) == (8, 8)
        assert one["curve"]["updates"] == [4, 8, 12]
        assert one["rates"]["rate"] == list(DEFAULT_RATES)
    totals = [one["mutual_information_total"] for one in document["encodings"].values()]
    assert totals[0] == pytest.approx(totals[1], abs=1e-12)
    assert totals[2] < totals[0]
    assert (
        document["models"]["softmax"]["inverted"]["mean_accuracy"] == document["encodings"]["inverted"]["mean_accuracy"]
    )


def test_the_library_says_the_same(run):
    document = json.loads(run("encodings", "digits", *FEW, "--nats", "--seed", "3", "--json").out)
    digits = sb.load_dataset("digits", limit=300)
    found = sb.compare_encodings(
        digits, encodings=["identity", "inverted"], trials=3, updates=4, seeds=2, rates=[], seed=3, unit="nat"
    )
    assert isinstance(found, sb.EncodingComparison)
    assert json.loads(found.to_json()) == document


def test_tables_for_people(run):
    outcome = run("encodings", "digits", *FEW[:-2], "--rates", "0.1,0.5")
    assert outcome.code == 0, outcome.err
    lines = outcome.out.splitlines()
    assert lines[0].startswith("digits: ")
    assert "Test accuracy of softmax at rate 0.5 (mean of 3 trials of 4 updates, 2 seeds)" in lines
    head = next(line for line in lines if "mean accuracy" in line)
    for column in ("encoding", "mean accuracy", "final accuracy", "best rate", "change at border"):
        assert column in head
    assert sum(line.strip().startswith("inverted ") for line in lines) == 2
    assert "Inputs; information summed over pixels, in bits" in lines
    assert any("condition number" in line and "bijective" in line for line in lines)
    assert any(line.startswith("warning: The highest learning rate tried does best for softmax on ") for line in lines)


def test_several_networks_have_a_table_each(run):
    outcome = run("encodings", "digits", *FEW, "--models", "softmax, lenet")
    assert "Test accuracy of LeNet at rate 0.1 (mean of 3 trials of 4 updates, 2 seeds)" in outcome.out
    table = outcome.out.partition("LeNet")[2].partition("Inputs")[0]
    rows = [line for line in table.splitlines() if line.strip().startswith(("identity", "inverted"))]
    assert [row.split()[-1] for row in rows] == ["-", "-"]


def test_quiet_prints_nothing(run):
    outcome = run("encodings", "digits", "--quiet", *FEW)
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "")


def test_options_reach_the_study(run):
    document = json.loads(run("encodings", "digits", *FEW, "--batch", "7", "--rate", "0.25", "--json").out)
    settings = document["settings"]
    assert (settings["encodings"], settings["models"]) == (["identity", "inverted"], ["softmax"])
    assert (settings["trials"], settings["updates"], settings["seeds"], settings["batch"]) == (3, 4, 2, 7)
    assert settings["learning_rates"] == {"softmax": 0.25}
    assert settings["rates"] == []
    assert document["source"]["n_images"] + document["source"]["n_training"] + document["source"]["n_validation"] == 300


def test_out_holds_document_tables_pictures_and_page_and_no_trace_of_the_work(run, tmp_path):
    rng = np.random.default_rng(0)
    labels = np.arange(80) % 2
    images = rng.integers(0, 4, size=(80, 4, 5)).astype(np.uint8)
    images[:, 1, 2] = 3 * labels
    np.savez(tmp_path / "planted.npz", images=images, labels=labels)
    folder = tmp_path / "new" / "compared"
    outcome = run(
        "encodings", tmp_path / "planted.npz", *FEW[2:-2], "--range", "0:3", "--rates", "0.1,0.5", "--out", folder
    )
    assert outcome.code == 0, outcome.err
    assert f"Report: {folder / 'report.html'}" in outcome.out
    names = {path.name for path in folder.iterdir()}
    assert {"result.json", "encodings.csv", "curves.csv", "rates.csv", "weight_change.csv", "spectrum.csv"} <= names
    assert {"learning_curves.png", "learning_rates.svg", "weight_change.svg", "report.html"} <= names
    assert not [name for name in names if name.startswith(".")]
    assert json.loads((folder / "result.json").read_text())["source"]["value_range"] == [0, 3]


def test_a_run_that_was_cut_off_goes_on_and_ends_alike(run, tmp_path, monkeypatch):
    command = ("encodings", "digits", *FEW, "--json", "--out")
    record, done = Journal.record, []

    def cut_off(journal, key, value):
        record(journal, key, value)
        done.append(key)
        if len(done) == 3:
            sys.exit(137)

    with monkeypatch.context() as patch:
        patch.setattr(Journal, "record", cut_off)
        assert run(*command, tmp_path / "cut").code == 137
    assert [path.name for path in (tmp_path / "cut").iterdir()] == [".encodings-steps.jsonl"]
    went_on = []
    with monkeypatch.context() as patch:
        patch.setattr(Journal, "record", lambda *step: (went_on.append(step[1]), record(*step)))
        resumed = run(*command, tmp_path / "cut")
    unbroken = run(*command, tmp_path / "whole")
    assert json.loads(resumed.out) == json.loads(unbroken.out)
    assert went_on
    assert not set(went_on) & set(done)
    assert not list((tmp_path / "cut").glob(".*"))


def test_help_names_every_encoding_and_network(run, monkeypatch):
    monkeypatch.setenv("COLUMNS", "300")
    shown = " ".join(run("encodings", "--help").out.split())
    for name in (*ENCODINGS, *MODELS, *INITIALISATIONS, "batch_norm"):
        assert name in shown
    assert len(DEFAULT_ENCODINGS) == len(ENCODINGS) + 2
    assert f"Default: ten from {DEFAULT_RATES[0]:g} to {DEFAULT_RATES[-1]:g}" in shown
    assert len(DEFAULT_RATES) == 10


def test_help_loads_nothing_heavy():
    code = (
        "import sys\nfrom sightbits.cli import main\nsys.argv = ['sightbits', 'encodings', '--help']\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "heavy = {'torch', 'numba', 'altair', 'sklearn', 'scipy'} & set(sys.modules)\n"
        "sys.exit(f'loaded {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--encodings", "sideways"), "encoding: wanted one of"),
        (("--encodings", ""), "encoding: wanted one of"),
        (("--encodings", "centred+binarised"), "encoding: wanted binarised where grey values have a range"),
        (("--models", "resnet"), "models: wanted one of"),
        (("--models", "softmax+batch_norm"), "models: wanted batch_norm with a network that has a hidden layer"),
        (("--models", "mlp+zero"), "models: wanted weights that differ where layers are hidden"),
        (("--trials", "0"), "trials: wanted a whole number at least 1, got 0"),
        (("--updates", "0"), "updates: wanted a whole number at least 1, got 0"),
        (("--seeds", "0"), "seeds: wanted a whole number at least 1, got 0"),
        (("--batch", "0"), "batch: wanted a whole number at least 1, got 0"),
        (("--rate", "0"), "rate: wanted a learning rate above 0, got 0"),
        (("--rate", "nan"), "rate: wanted a learning rate above 0, got nan"),
        (("--rates", "0.1,-1"), "rate: wanted a learning rate above 0, got -1"),
        (("--rates", "fast"), "rates: wanted learning rates with commas between, or none, got 'fast'"),
        (("--rates", ""), "rates: wanted learning rates with commas between, or none, got ''"),
        (("--seed", "-1"), "seed: wanted a whole number"),
        (("--jobs", "0"), "jobs: wanted a whole number at least 1, got 0"),
    ],
)
def test_bad_options_end_in_one_message(run, tmp_path, options, words):
    outcome = run("encodings", "digits", *options, "--out", tmp_path / "out")
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith("sightbits: ")
    assert words in outcome.err
    assert outcome.err.count("\n") == 1
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("images", "options", "words"),
    [
        (
            np.random.default_rng(0).normal(size=(60, 5, 5)),
            ("--encodings", "identity,inverted"),
            "range: wanted the lowest and highest grey value there can be, which inverted must know",
        ),
        (
            np.random.default_rng(0).integers(0, 256, size=(60, 3, 9)).astype(np.uint8),
            ("--models", "lenet"),
            "models: wanted images of at least 4 x 4 pixels for lenet",
        ),
        (np.zeros((60, 5, 5), dtype=np.uint8), (), "images: wanted images that differ"),
        (
            np.random.default_rng(0).integers(0, 256, size=(28, 5, 5)).astype(np.uint8),
            (),
            "images: wanted at least 24 training images, of which one in twelve is held out, got 21",
        ),
    ],
)
def test_bad_data_ends_in_one_message(run, tmp_path, images, options, words):
    np.savez(tmp_path / "bad.npz", images=images, labels=np.arange(len(images)) % 2)
    outcome = run("encodings", tmp_path / "bad.npz", *options, "--out", tmp_path / "out")
    assert (outcome.code, outcome.out) == (2, "")
    assert words in outcome.err
    assert outcome.err.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_images_of_any_range_will_do_for_encodings_that_need_none(run, tmp_path):
    images = np.random.default_rng(0).normal(size=(60, 5, 5))
    np.savez(tmp_path / "wide.npz", images=images, labels=np.arange(60) % 2)
    outcome = run("encodings", tmp_path / "wide.npz", *FEW[2:-4], "--encodings", "identity,centred", "--rates", "none")
    assert outcome.code == 0, outcome.err
