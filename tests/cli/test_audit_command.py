"""`sightbits audit` as a user meets it."""

import csv
import json
import re

import numpy as np
import pytest
from PIL import Image

from sightbits.datasets.formats import raw

QUICK = ("--n-pixels", "1,5", "--permutations", "9", "--resamples", "2")


@pytest.fixture
def photos(tmp_path):
    """Twelve small pictures of two kinds, one folder each."""
    rng = np.random.default_rng(0)
    for kind, brightness in (("dark", 0), ("light", 150)):
        folder = tmp_path / "photos" / kind
        folder.mkdir(parents=True)
        for i in range(6):
            values = (brightness + rng.integers(0, 100, size=(5, 4))).astype(np.uint8)
            Image.fromarray(values).save(folder / f"{i}.png")
    return tmp_path / "photos"


def test_json_is_one_document_and_nothing_else(run):
    outcome = run("audit", "digits", "--seed", 42, "--nats", "--json", *QUICK)
    assert (outcome.code, outcome.err) == (0, "")
    document = json.loads(outcome.out)
    assert (document["unit"], document["ranking"][0]) == ("nat", [2, 5])
    assert max(map(max, document["maps"]["mutual_information"])) == pytest.approx(0.4760, abs=5e-5)


def test_bits_are_the_default_and_nats_times_a_constant(run):
    bits, nats = (json.loads(run("audit", "digits", flag, "--json", *QUICK).out) for flag in ("--bits", "--nats"))
    for name in ("mutual_information", "mutual_information_null", "entropy", "conditional_entropy"):
        np.testing.assert_allclose(np.array(bits["maps"][name]) * np.log(2), np.array(nats["maps"][name]), atol=1e-12)
    assert bits["maps"]["variance"] == nats["maps"]["variance"]


def test_table_for_people_and_a_look_into_a_pixel(run):
    outcome = run("audit", "digits", "--seed", 42, "--pixel", "4,2", *QUICK)
    assert outcome.code == 0
    assert "12 are dead" in outcome.out
    assert "information (plug_in) in bits" in outcome.out
    assert "Pixel 4, 2" in outcome.out
    assert "14.6" in outcome.out


def test_quiet_prints_nothing(run):
    outcome = run("audit", "digits", "--quiet", *QUICK)
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "")


def test_out_holds_document_tables_pictures_and_report_and_a_second_run_replaces_them(run, photos, tmp_path):
    folder = tmp_path / "new" / "audit"
    options = ("--out", folder, "--n-pixels", "1,20")
    outcome = run("audit", photos, *options, "--permutations", "9", "--resamples", "2")
    assert outcome.code == 0, outcome.err
    assert f"Report: {folder / 'report.html'}" in outcome.out
    names = {path.name for path in folder.iterdir()}
    assert {"result.json", "pixels.csv", "pixels.parquet", "accuracy_curve.csv", "labels_by_pixel.csv"} <= names
    assert {"audit.svg", "audit.png", "information_map.svg", "label_given_bright.png", "report.html"} <= names
    assert not [name for name in names if name.startswith(".")]
    document = json.loads((folder / "result.json").read_text())
    assert document["source"]["image_shape"] == [5, 4]
    assert document["source"]["label_names"] == ["dark", "light"]
    with (folder / "pixels.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 20
    assert float(rows[7]["variance"]) == pytest.approx(document["maps"]["variance"][1][3])
    with Image.open(folder / "audit.png") as picture:
        assert picture.width > 1000
    assert document["settings"]["seed"] == 0

    # Another seed and another ranker, into the same folder.
    assert names.isdisjoint({"rankers.csv", "rankers.svg", "rankers.png", "ranker_rings.svg"})
    (folder / "redundancy.png").unlink()
    quick = ("--permutations", 0, "--resamples", 0, "--quiet")
    assert run("audit", photos, *options, "--seed", 1, "--rankers", "jmi", *quick).code == 0
    assert json.loads((folder / "result.json").read_text())["settings"]["seed"] == 1
    names = {path.name for path in folder.iterdir()}
    assert {"rankers.csv", "rankers.svg", "rankers.png", "ranker_rings.svg", "redundancy.png"} <= names
    with (folder / "rankers.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [(row["ranker"], row["n_pixels"]) for row in rows] == [
        ("mutual_information", "1"), ("mutual_information", "20"), ("jmi", "1"), ("jmi", "20"),
    ]  # fmt: skip


def test_limit_and_levels_are_obeyed(run):
    document = json.loads(run("audit", "digits", "--limit", 400, "--levels", 3, "--json", *QUICK).out)
    assert document["source"]["n_images"] == 300
    assert document["settings"]["levels"] == 3


def _save_npz(folder, **arrays):
    np.savez(folder / "bad.npz", **arrays)
    return folder / "bad.npz"


IMAGES = np.arange(20 * 4 * 4, dtype=np.float64).reshape(20, 4, 4)
LABELS = np.arange(20) % 2


def _with(value):
    images = IMAGES.copy()
    images[3, 1, 2] = value
    return images


def _bad_file(name, content):
    def make(folder):
        (folder / name).write_bytes(content)
        return folder / name

    return make


def _npz(**arrays):
    return lambda folder: _save_npz(folder, **arrays)


def _truncated_npz(folder):
    path = _save_npz(folder, images=IMAGES, labels=LABELS)
    path.write_bytes(path.read_bytes()[:200])
    return path


def _truncated_png(folder):
    for kind in ("a", "b"):
        (folder / "set" / kind).mkdir(parents=True)
        Image.fromarray(np.random.default_rng(0).integers(0, 255, (30, 30)).astype(np.uint8)).save(
            folder / "set" / kind / "1.png"
        )
    broken = folder / "set" / "a" / "1.png"
    broken.write_bytes(broken.read_bytes()[:300])
    return folder / "set"


def _empty_folder(folder):
    (folder / "empty").mkdir()
    return folder / "empty"


def _pickled(folder):
    np.save(folder / "images.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    np.save(folder / "labels.npy", LABELS)
    return folder / "images.npy"


BAD = {
    "nan": (_npz(images=_with(np.nan), labels=LABELS), "images: wanted finite grey values, got 1 NaN"),
    "infinite": (_npz(images=_with(np.inf), labels=LABELS), "images: wanted finite grey values"),
    "empty": (_npz(images=IMAGES[:0], labels=LABELS[:0]), "images: wanted at least one image"),
    "one class": (_npz(images=IMAGES, labels=0 * LABELS), "labels: wanted at least two classes, got only 0"),
    "one image": (_npz(images=IMAGES[:1], labels=LABELS[:1]), "labels: wanted at least two classes"),
    "one image a class": (_npz(images=IMAGES[:2], labels=LABELS[:2]), "images: wanted at least two of each class"),
    "label count": (_npz(images=IMAGES, labels=LABELS[:7]), "labels: wanted 20, one an image, got 7"),
    "fractional labels": (_npz(images=IMAGES, labels=LABELS + 0.5), "labels: wanted classes"),
    "constant": (_npz(images=0 * IMAGES, labels=LABELS), "images: wanted images that differ"),
    "wrong rank": (_npz(images=IMAGES[0, 0], labels=LABELS[:4]), "images: wanted images x rows x columns"),
    "flat without shape": (_npz(images=IMAGES.reshape(20, 16), labels=LABELS), "shape: wanted rows and columns"),
    "no arrays of that name": (_npz(a=IMAGES, b=LABELS), "wanted arrays named images and labels"),
    "text": (_npz(images=np.full((4, 2, 2), "x"), labels=LABELS[:4]), "images: wanted numbers"),
    "truncated npz": (_truncated_npz, "wanted a whole NumPy file"),
    "truncated image": (_truncated_png, "wanted a whole image file"),
    "pickled": (_pickled, "wanted plain numbers or strings"),
    "not idx": (_bad_file("train-images-idx3-ubyte", b"hello"), "labels beside it"),
    "unknown ending": (_bad_file("images.xyz", b"hello"), "wanted .npz, .npy, .csv, .parquet, an IDX file"),
    "empty folder": (_empty_folder, "wanted one sub-folder a class"),
    "no label column": (_bad_file("t.csv", b"a,b\n1,2\n"), "wanted a column named label"),
    "ragged table": (_bad_file("t.csv", b"label,a\n1,2\n1\n"), "line 3: wanted 2 values"),
    "no such file": (lambda folder: folder / "nothing.npz", "source: wanted one of digits, mnist, fashion-mnist"),
}  # fmt: skip


def _is_refused(outcome, words, folder):
    assert outcome.code == 2
    assert outcome.out == ""
    assert outcome.err.startswith("sightbits: ")
    assert words in outcome.err
    assert outcome.err.count("\n") == 1
    assert "Traceback" not in outcome.err
    assert not folder.exists()


@pytest.mark.parametrize("kind", BAD)
def test_bad_data_ends_in_one_message(run, tmp_path, kind):
    make, words = BAD[kind]
    _is_refused(run("audit", make(tmp_path), "--out", tmp_path / "out"), words, tmp_path / "out")


def test_oversized_file_is_refused_before_it_is_read(run, tmp_path, monkeypatch):
    monkeypatch.setattr(raw, "MOST_BYTES", 100)
    path = _save_npz(tmp_path, images=IMAGES, labels=LABELS)
    _is_refused(run("audit", path, "--out", tmp_path / "out"), "wanted at most", tmp_path / "out")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--n-pixels", "0"), "n_pixels: wanted a whole number from 1 to 64, got 0"),
        (("--n-pixels", "65"), "n_pixels: wanted a whole number from 1 to 64, got 65"),
        (("--n-pixels", "few"), "n_pixels: wanted whole numbers with commas between, got 'few'"),
        (("--levels", "1"), "levels: wanted a whole number from 2 to 256, got 1"),
        (("--ranker", "best"), "ranker: wanted one of"),
        (("--estimator", "best"), "estimator: wanted one of"),
        (("--classifier", "best"), "classifier: wanted one of"),
        (("--permutations", "-1"), "permutations: wanted a whole number at least 0"),
        (("--limit", "1"), "limit: wanted a whole number at least 2"),
        (("--seed", "-1"), "seed: wanted a whole number"),
        (("--shape", "8by8"), "shape: wanted ROWSxCOLUMNS"),
        (("--range", "wide"), "range: wanted LOW:HIGH"),
        (("--shape", "8x8"), "shape: wanted nothing, since digits is known by name"),
        (("--label", "a"), "label: wanted nothing, since digits is known by name"),
        (("--pixel", "8,0"), "pixel: wanted a place in images of 8 x 8"),
        (("--pixel", "1"), "pixel: wanted a place in images of 8 x 8"),
        (
            ("--rankers", "jmi,best"),
            "wanted one of mutual_information, jmi, cmim, mrmr, greedy_joint, knn, variance, random, got 'best'",
        ),
        (("--rankers", ""), "wanted one of mutual_information, jmi"),
        (("--required", "8,0"), "required"),
        (("--required", "1"), "required"),
        (("--required", "here"), "required: wanted whole numbers with commas between, got 'here'"),
        (("--forbidden", "0,9"), "forbidden"),
        (("--forbidden", "1,1", "--forbidden", "1,1"), "forbidden"),
        (("--required", "2,5", "--forbidden", "2,5"), "forbidden"),
        (("--costs", "nowhere.npy"), "costs: wanted a .npy file"),
    ],
)
def test_bad_options_end_in_one_message(run, tmp_path, options, words):
    _is_refused(run("audit", "digits", *options, "--out", tmp_path / "out"), words, tmp_path / "out")


def test_required_and_forbidden_pixels_are_obeyed(run):
    options = (
        "--required",
        "0,0",
        "--required",
        "7,3",
        "--forbidden",
        "2,5",
        "--forbidden",
        "4,4",
        "--rankers",
        "cmim",
    )
    document = json.loads(run("audit", "digits", *options, "--json", *QUICK).out)
    assert document["settings"]["required"] == [[0, 0], [7, 3]]
    assert document["settings"]["forbidden"] == [[2, 5], [4, 4]]
    rankings = [document["ranking"], *(one["ranking"] for one in document["comparison"]["rankers"].values())]
    for ranking in rankings:
        assert ranking[:2] == [[0, 0], [7, 3]]
        assert len(ranking) == 62
        assert [2, 5] not in ranking
        assert [4, 4] not in ranking


@pytest.mark.parametrize("ending", [".npy", ".csv"])
def test_costs_are_read_from_a_file(run, tmp_path, ending):
    costs = np.ones((8, 8))
    costs[2, 5] = 4.5
    path = tmp_path / f"costs{ending}"
    if ending == ".npy":
        np.save(path, costs)
    else:
        np.savetxt(path, costs, delimiter=",")
    document = json.loads(run("audit", "digits", "--seed", 42, "--costs", path, "--json", *QUICK).out)
    assert document["settings"]["costs"] == costs.tolist()
    assert document["ranking"].index([2, 5]) > 20


def _cost_file(name, content):
    def make(folder):
        path = folder / name
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            np.save(path, content, allow_pickle=True)
        return path

    return make


BAD_COSTS = {
    "shape": _cost_file("costs.npy", np.ones((8, 7))),
    "turned": _cost_file("costs.csv", b"1,2\n3,4\n"),
    "zero": _cost_file("costs.npy", np.zeros((8, 8))),
    "nan": _cost_file("costs.npy", np.full((8, 8), np.nan)),
    "head": _cost_file("costs.csv", b"a,b\n1,2\n"),
    "ragged": _cost_file("costs.csv", b"1,2\n3\n"),
    "not text": _cost_file("costs.csv", bytes(range(256))),
    "no array": _cost_file("costs.npy", b"hello"),
    "cut off": _cost_file("costs.npy", b"\x93NUMPY\x01\x00v\x00{"),
    "pickled": _cost_file("costs.npy", np.array([{"a": 1}], dtype=object)),
    "folder": lambda folder: folder,
    "nothing there": lambda folder: folder / "costs.csv",
    "empty array file": _cost_file("costs.npy", b""),
    "empty table": _cost_file("costs.csv", b""),
    "words": _cost_file("costs.npy", np.full((8, 8), "dear")),
    "complex": _cost_file("costs.npy", np.full((8, 8), 1 + 1j)),
}


@pytest.mark.parametrize("kind", BAD_COSTS)
def test_costs_that_cannot_be_used_end_in_one_message(run, tmp_path, kind):
    path = BAD_COSTS[kind](tmp_path)
    outcome = run("audit", "digits", "--costs", path, "--out", tmp_path / "out", "--jobs", 1, *QUICK)
    _is_refused(outcome, "costs: wanted", tmp_path / "out")


def test_rankers_are_compared_in_the_document_and_in_a_table(run):
    options = ("--ranker", "jmi", "--rankers", "variance, random", "--classifier", "naive_bayes")
    document = json.loads(run("audit", "digits", "--json", *options, *QUICK).out)
    assert list(document["comparison"]["rankers"]) == ["jmi", "variance", "random"]
    assert document["settings"]["ranker"] == "jmi"
    printed = run("audit", "digits", *options, *QUICK).out
    title, _, table = printed.partition("Rankers compared; shares of the full accuracy; in common with jmi")
    assert title
    lines = [line.split() for line in table.splitlines() if line.strip()]
    rows = {line[0]: line[1:] for line in lines if line[0] in ("jmi", "variance", "random")}
    for name, one in document["comparison"]["rankers"].items():
        k, curve = document["accuracy_curve"]["pixels_for"]["0.95"], one["accuracy"]
        at = one["n_pixels"].index(k)
        jaccard = document["comparison"]["overlap"][at]["jaccard"][0][list(rows).index(name)]
        assert rows[name] == [
            *(str(fewest) for fewest in one["pixels_for"].values()), f"{curve[at]:.1%}", f"{one['stability'][at]:.2f}",
            f"{jaccard:.2f}", str(one["levels"]),
        ]  # fmt: skip


def test_comparing_rankers_takes_all_but_the_slow_one(run):
    options = ("--compare-rankers", "--limit", 300, "--classifier", "naive_bayes", "--n-pixels", "1,3")
    document = json.loads(run("audit", "digits", "--json", "--permutations", 0, "--resamples", 0, *options).out)
    expected = ["mutual_information", "jmi", "cmim", "mrmr", "greedy_joint", "variance", "random"]
    assert list(document["comparison"]["rankers"]) == expected
    text = run("audit", "digits", "--permutations", 0, "--resamples", 0, "--rankers", "knn", *options).out
    table = text.partition("Rankers compared")[2]
    for name in ("mutual information", "greedy joint", "knn", "random"):
        assert re.search(rf"^ *{name} +\d", table, re.MULTILINE)


def test_without_others_no_table_of_rankers_is_printed(run):
    assert "Rankers compared" not in run("audit", "digits", "--limit", 300, *QUICK).out


def test_out_that_is_a_file_is_refused(run, tmp_path):
    (tmp_path / "file").write_text("mine")
    outcome = run("audit", "digits", "--out", tmp_path / "file", *QUICK)
    assert outcome.code == 2
    assert "out: wanted a folder" in outcome.err
    assert (tmp_path / "file").read_text() == "mine"


def test_unknown_option_and_unknown_command_exit_with_2(run):
    assert run("audit", "digits", "--nonsense").code == 2
    assert run("nonsense").code == 2


def test_missing_data_says_how_to_fetch_it(run, tmp_path, monkeypatch):
    for name in ("HOME", "SIGHTBITS_DATA", "SIGHTBITS_CACHE", "HF_HOME", "SCIKIT_LEARN_DATA"):
        monkeypatch.setenv(name, str(tmp_path / "nothing"))
    outcome = run("audit", "mnist", "--out", tmp_path / "out")
    _is_refused(outcome, "sightbits data fetch mnist", tmp_path / "out")


def test_images_of_several_sizes_are_scaled_on_request(run, photos):
    Image.fromarray(np.zeros((9, 9), dtype=np.uint8)).save(photos / "dark" / "large.png")
    refused = run("audit", photos)
    assert refused.code == 2
    assert "--scale-to" in refused.err
    document = json.loads(
        run("audit", photos, "--scale-to", "4x3", "--json", "--n-pixels", "1,12", "--resamples", 0).out
    )
    assert document["source"]["image_shape"] == [4, 3]
    assert run("audit", "digits", "--scale-to", "4x4").code == 2
    assert run("audit", photos, "--scale-to", "4x4x3").code == 2
