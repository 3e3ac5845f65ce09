"""`sightbits measure` as a user meets it."""

import json
import re

import numpy as np
import pytest

import sightbits as sb
from sightbits.measurement.parts import named_parts
from sightbits.studies.measurement_curve import DEFAULT_CURVES

QUICK = ("--curves", "information_gain/exact", "--n-pixels", "5", "--tree-depth", "2", "--episodes", "1")


def test_json_is_one_document_and_nothing_else(run):
    outcome = run("measure", "digits", "--nats", "--json", *QUICK)
    assert (outcome.code, outcome.err) == (0, "")
    document = json.loads(outcome.out)
    assert (document["study"], document["unit"]) == ("measure", "nat")
    assert document["curves"]["information_gain/exact"]["n_pixels"] == [0, 1, 2, 3, 4, 5]
    found = sb.compare_measuring("digits", curves=["information_gain/exact"], n_pixels=5, tree_depth=2, episodes=1)
    assert document["tree"]["gain"] == found.tree.gain
    assert len(document["episodes"]) == 1


def test_tables_for_people(run):
    outcome = run("measure", "digits", "--policies", "information_gain, random", "--beliefs", "exact", *QUICK[2:])
    assert outcome.code == 0, outcome.err
    lines = outcome.out.splitlines()
    assert lines[0].startswith("digits: Information gain with the exact belief names ")
    assert "Test accuracy, % (450 images)" in outcome.out
    assert "information gain, exact   random, exact" in outcome.out
    assert [line.split()[0] for line in lines if re.match(r" +\d+ +\d+\.\d +\d+\.\d ", line)] == ["1", "2", "3", "5"]
    assert re.search(r"Pixels until it is 95\s% sure", outcome.out)
    title = "First choices of information gain, exact (row, column: what is expected, in bits)"
    first = lines[lines.index(title) + 1 :]
    assert first[0] == "5, 2: 0.451"
    assert re.fullmatch(r"    dark \(\d+ %\) -> \d, \d: 0\.\d{3}", first[1])
    assert re.fullmatch(r"        dark \(\d+ %\) -> \d is [\d.]+ % probable: the tree ends here", first[2])
    assert "warning: Fewer than 90\u00a0% of images met the stop rule within 5 pixels" in outcome.out


def test_a_tree_too_large_for_a_screen_is_cut(run):
    outcome = run("measure", "digits", *QUICK[:4], "--tree-depth", "6")
    assert re.search(r"First choices of .*; 3 deeper in --json and --out\)", outcome.out)


def test_policies_and_beliefs_are_crossed(run):
    both = run(
        "measure", "digits", "--policies", "random,fixed", "--beliefs", "exact,naive_bayes", "--json", *QUICK[2:]
    )
    assert list(json.loads(both.out)["curves"]) == [
        "random/exact", "fixed/exact", "random/naive_bayes", "fixed/naive_bayes",
    ]  # fmt: skip
    belief = run("measure", "digits", "--beliefs", "exact", "--json", *QUICK[2:])
    assert list(json.loads(belief.out)["curves"]) == ["information_gain/exact"]


def test_quiet_prints_nothing(run):
    outcome = run("measure", "digits", "--quiet", *QUICK)
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "")


def test_options_reach_the_study(run, tmp_path):
    np.save(tmp_path / "costs.npy", np.full((8, 8), 2.0))
    options = ["--confidence", "0.8", "--entropy", "0.5", "--cost-budget", "8", "--levels", "4", "--flip", "0.1"]
    options += ["--costs", tmp_path / "costs.npy", "--unavailable", "5,2", "--unavailable", "0,0"]
    options += ["--pixels-per-step", "2", "--seed", "3", "--limit", "400", "--jobs", "1"]
    document = json.loads(run("measure", "digits", *QUICK, *options, "--json").out)
    settings = document["settings"]
    assert {**settings, "costs": None, "curves": None} == {
        "curves": None, "n_pixels": 5, "confidence": 0.8, "entropy": 0.5, "cost_budget": 8.0, "levels": 4, "flip": 0.1,
        "deviation": 0.0, "costs": None, "unavailable": [[5, 2], [0, 0]], "pixels_per_step": 2, "episodes": 1,
        "tree_depth": 2, "seed": 3,
    }  # fmt: skip
    assert settings["costs"] == [[2.0] * 8] * 8
    assert document["source"]["n_images"] == 100
    assert document["measured"]["information_gain/exact"][5][2] == 0
    assert document["level_names"][0] == "level 0 of 4"
    noisy = json.loads(run("measure", "digits", *QUICK, "--deviation", "2", "--json").out)
    assert noisy["settings"]["deviation"] == 2


def test_the_measurer_is_saved_for_an_instrument(run, tmp_path):
    outcome = run("measure", "digits", *QUICK, "--save", tmp_path / "measurer.npz")
    assert f"Measurer: {tmp_path / 'measurer.npz'}" in outcome.out
    measurer = sb.Measurer.load(tmp_path / "measurer.npz")
    assert measurer.start().next() == (5, 2)


def test_out_holds_document_and_tables_and_no_trace_of_the_work(run, tmp_path):
    labels = np.arange(80) % 2
    images = np.random.default_rng(0).integers(0, 4, size=(80, 4, 5)).astype(np.uint8)
    images[:, 1, 2] = 3 * labels
    np.savez(tmp_path / "planted.npz", images=images, labels=labels)
    folder = tmp_path / "new" / "measured"
    outcome = run("measure", tmp_path / "planted.npz", "--beliefs", "exact", "--n-pixels", 2, "--out", folder)
    assert outcome.code == 0, outcome.err
    assert f"Report: {folder / 'report.html'}" in outcome.out
    names = {path.name for path in folder.iterdir()}
    assert {"result.json", "curves.csv", "pixels_to_stop.csv", "tree.csv", "report.html"} <= names
    assert not [name for name in names if name.startswith(".")]
    assert json.loads((folder / "result.json").read_text())["tree"]["pixel"] == [1, 2]


def test_help_names_every_policy_and_belief(run, monkeypatch):
    monkeypatch.setenv("COLUMNS", "300")
    shown = run("measure", "--help").out
    for name in (*named_parts("policy"), *named_parts("belief")):
        assert name in shown
    policies = list(dict.fromkeys(curve.split("/")[0] for curve in DEFAULT_CURVES))
    assert policies == ["information_gain", "fixed", "random"]
    assert "Default: information_gain with mixture and exact, fixed and random with mixture." in shown


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--curves", "exact"), "curves: wanted policy/belief, got 'exact'"),
        (("--curves", ""), "curves: wanted policy/belief, got ''"),
        (("--curves", "best/exact"), "policy: wanted one of"),
        (("--policies", "best"), "policy: wanted one of"),
        (("--beliefs", "best"), "belief: wanted one of"),
        (("--curves", "random/exact", "--policies", "fixed"), "curves: wanted --curves, or --policies and --beliefs"),
        (("--n-pixels", "0"), "n_pixels: wanted a whole number at least 1, got 0"),
        (("--n-pixels", "65"), "n_pixels: wanted a whole number from 1 to 64, got 65"),
        (("--confidence", "2"), "confidence: wanted a probability above 0"),
        (("--confidence", "nan"), "confidence: wanted a probability above 0"),
        (("--entropy", "-1"), "entropy: wanted 0 or more"),
        (("--cost-budget", "0"), "cost_budget: wanted a budget above 0"),
        (("--levels", "1"), "levels: wanted a whole number from 2 to 256, got 1"),
        (("--flip", "1"), "noise: wanted a flip probability"),
        (("--flip", "0.1", "--deviation", "1"), "noise: wanted flip or deviation, got both"),
        (("--deviation", "inf"), "noise: wanted a standard deviation above 0"),
        (("--costs", "nowhere.npy"), "costs: wanted a .npy file"),
        (("--unavailable", "8,0"), "unavailable: wanted a place in images of 8 x 8"),
        (("--unavailable", "here"), "unavailable: wanted whole numbers with commas between, got 'here'"),
        (("--pixels-per-step", "0"), "pixels_per_step: wanted a whole number at least 1"),
        (("--episodes", "-1"), "episodes: wanted a whole number at least 0"),
        (("--tree-depth", "0"), "tree_depth: wanted a whole number at least 1"),
        (("--seed", "-1"), "seed: wanted a whole number"),
        (("--limit", "1"), "limit: wanted a whole number at least 2"),
        (("--save", "."), "save: wanted a file in a folder that can be written into, got ."),
        (("--save", "nowhere/measurer.npz"), "save: wanted a file in a folder that can be written into"),
    ],
)
def test_bad_options_end_in_one_message(run, tmp_path, options, words):
    outcome = run("measure", "digits", *options, "--out", tmp_path / "out")
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith("sightbits: ")
    assert words in outcome.err
    assert outcome.err.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_bad_data_ends_in_one_message(run, tmp_path):
    np.savez(tmp_path / "bad.npz", images=np.zeros((4, 2, 2)), labels=np.arange(4))
    outcome = run("measure", tmp_path / "bad.npz", "--out", tmp_path / "out")
    assert outcome.code == 2
    assert outcome.err.startswith("sightbits: images: wanted images that differ")
    assert not (tmp_path / "out").exists()
