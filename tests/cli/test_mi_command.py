"""`sightbits mi` as a user meets it."""

import csv
import json
import re
import subprocess
import sys

import numpy as np
import pandas
import pytest
from PIL import Image

import sightbits as sb

N = 60
QUICK = ("--permutations", "5")
AWKWARD = ["weight [kg]", "[/b] closed", "[bold]", 'commas, "quotes" and\ttabs']


@pytest.fixture(scope="module")
def columns():
    rng = np.random.default_rng(0)
    x = rng.standard_normal(N)
    return {
        "x": x,
        "y": x + rng.standard_normal(N),
        "square": x**2,
        "name": np.where(x > 0.5, "high", "low"),
        "count": rng.integers(0, 4, N),
        "same": np.full(N, 3),
        "level": np.full(N, 1.5),
        **dict.fromkeys(AWKWARD, x**3),
    }


def write(path, columns):
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))
    return path


@pytest.fixture(scope="module")
def table(columns, tmp_path_factory):
    return write(tmp_path_factory.mktemp("tables") / "table.csv", columns)


@pytest.fixture(scope="module")
def gaps(columns, tmp_path_factory):
    x = [*columns["x"][:-2], "NaN", ""]
    return write(tmp_path_factory.mktemp("tables") / "gaps.csv", {"x": x, "y": columns["y"]})


@pytest.fixture
def mi(run, table):
    """Run `sightbits mi` on two columns, with few shuffles."""

    def run_mi(*options, file=table, x="x", y="y"):
        return run("mi", file, "--x", x, "--y", y, *QUICK, *options)

    return run_mi


@pytest.fixture
def document(mi):
    def read(*options, **which):
        outcome = mi("--json", *options, **which)
        assert (outcome.code, outcome.err) == (0, "")
        assert outcome.out.count("\n") == 1
        return json.loads(outcome.out)

    return read


def test_json_is_the_document_of_the_library_and_nothing_else(document, columns, table):
    found = document()
    library = sb.measure_dependence(columns["x"], columns["y"], permutations=5).to_dict()
    assert found["source"]["name"] == "table.csv"
    assert found["source"]["origin"] == str(table)
    assert len(found["source"]["sha256"]) == 64
    for key in set(library) - {"source"}:
        assert found[key] == library[key], key
    assert (found["source"]["x"], found["source"]["y"], found["source"]["n_samples"]) == ("x", "y", N)


def test_table_for_people(mi, columns):
    outcome = mi("--permutations", "19")
    assert (outcome.code, outcome.err) == (0, "")
    library = sb.measure_dependence(columns["x"], columns["y"], permutations=19)
    lines = outcome.out.splitlines()
    assert lines[0].startswith("table.csv: I(x; y) = ")
    assert "bits by KSG 1, of which chance alone gives" in lines[0]
    assert f"I(x; y) in bits, n = {N}" in lines
    first = library.information
    figures = [
        f"{library.shown(one):.4f}" for one in (first.value, first.standard_error, first.null_mean, first.excess)
    ]
    row = next(line for line in lines if "* KSG 1" in line)
    assert row.split()[3:7] == figures
    assert row.split()[7] == f"{first.p_value.item():.3f}"
    assert all(any(name in line for line in lines) for name in ("Miller-Madow", "Gaussian copula", "NSB"))
    assert any(
        re.fullmatch(rf"\s*H\(x, y\)\s+{library.shown(library.joint_entropy.value):.4f}\s*", one) for one in lines
    )
    assert any(re.fullmatch(rf"\s*Pearson\s+{library.correlation.pearson:.4f}\s*", one) for one in lines)
    assert any(re.fullmatch(rf"\s*Distance\s+{library.correlation.distance:.4f}\s*", one) for one in lines)
    assert "Entropies (differential where continuous)" in lines


def test_no_figure_is_cut_short_where_the_output_is_narrow(mi, monkeypatch):
    monkeypatch.setenv("COLUMNS", "50")
    for outcome in (mi(y="x"), mi("--check", "--estimator", "gao")):
        assert outcome.code == 0
        assert "…" not in outcome.out
    assert "saturated" in mi(y="x").out


def test_what_is_not_known_is_a_dash(mi):
    outcome = mi("--permutations", "0", "--error", "none", y="name")
    rows = [line.split() for line in outcome.out.splitlines()]
    counted = next(row for row in rows if "plug-in" in row)
    assert [cell for cell in counted if cell != "saturated"][-4:] == ["-"] * 4
    assert ["Pearson", "-"] in rows
    assert "what chance gives was not asked" in outcome.out


@pytest.mark.parametrize("name", AWKWARD)
def test_names_of_columns_are_printed_as_they_are(mi, name, tmp_path):
    outcome = mi(x=name)
    assert outcome.code == 0, outcome.err
    shown = outcome.out.expandtabs(8)
    assert f"I({name}; y) in bits".expandtabs(8) in shown or f"I({name}; y) in bits" in outcome.out
    assert f"H({name})" in outcome.out or f"H({name})".expandtabs(8) in shown


def test_quiet_prints_nothing(mi, tmp_path):
    for options in ((), ("--check", "--estimator", "ksg"), ("--out", tmp_path / "out")):
        outcome = mi("--quiet", *options, y="name" if not options else "y")
        assert (outcome.code, outcome.out, outcome.err) == (0, "", "")
    assert (tmp_path / "out" / "result.json").exists()


def test_bits_are_the_default_and_nats_times_a_constant(document):
    plain, bits, nats = document(), document("--bits"), document("--nats")
    assert plain == bits
    assert (bits["unit"], nats["unit"]) == ("bit", "nat")
    for key in ("mutual_information", "entropy_x", "entropy_y", "joint_entropy"):
        assert nats[key] == pytest.approx(bits[key] * np.log(2))
    assert nats["correlation"] == bits["correlation"]


@pytest.mark.parametrize(
    ("options", "settings"),
    [
        (("--estimator", "grassberger"), {"estimator": "grassberger"}),
        (("--bins", "7", "--binning", "equal_mass"), {"bins": 7, "binning": "equal_mass"}),
        (("--bins", "hacine_gharbi"), {"bins": "hacine_gharbi"}),
        (("--bins", " 12 "), {"bins": 12}),
        (("--k", "5", "--jitter", "1e-6", "--seed", "9"), {"k": 5, "jitter": 1e-6, "seed": 9}),
        (("--error", "jackknife"), {"error": "jackknife"}),
        (("--permutations", "2"), {"permutations": 2}),
    ],
)
def test_options_are_obeyed(document, columns, options, settings):
    found = document(*options)
    assert {key: found["settings"][key] for key in settings} == settings
    library = sb.measure_dependence(columns["x"], columns["y"], **{"permutations": 5, **settings}).to_dict()
    assert found["by_estimator"] == library["by_estimator"]
    assert found["standard_error"] == library["standard_error"]
    assert found["null"] == library["null"]


@pytest.mark.parametrize(
    ("told", "kinds", "estimator"),
    [
        ("continuous", ("continuous", "continuous"), "ksg"),
        ("discrete", ("discrete", "discrete"), "plug_in"),
        ("discrete,continuous", ("discrete", "continuous"), "ross"),
        ("continuous, discrete", ("continuous", "discrete"), "ross"),
        ("auto", ("discrete", "continuous"), "ross"),
    ],
)
def test_kinds_are_taken_as_told(document, told, kinds, estimator):
    found = document("--kinds", told, "--jitter", "1e-6", x="count")
    assert (found["source"]["x_kind"], found["source"]["y_kind"]) == kinds
    assert found["settings"]["estimator"] == estimator


def test_names_are_discrete(document):
    found = document(x="name", y="count")
    assert found["settings"]["estimator"] == "plug_in"
    assert found["correlation"]["pearson"] is None
    assert document(x="name")["settings"]["estimator"] == "ross"


def test_missing_values_are_left_out_on_request(mi, document, gaps, columns):
    found = document("--drop-missing", file=gaps)
    assert found["source"]["n_samples"] == N - 2
    assert found["source"]["notes"] == ["2 of 60 rows with missing values were left out"]
    library = sb.measure_dependence(columns["x"][:-2], columns["y"][:-2], permutations=5)
    assert found["by_estimator"] == library.to_dict()["by_estimator"]
    assert "note: 2 of 60 rows" in mi("--drop-missing", file=gaps).out


def test_limit_takes_rows_evenly(document, columns):
    found = document("--limit", "20")
    assert found["source"]["n_samples"] == 20
    library = sb.measure_dependence(columns["x"][::3], columns["y"][::3], permutations=5).to_dict()
    assert found["by_estimator"] == library["by_estimator"]
    assert document("--limit", "1000")["source"]["n_samples"] == N


def test_the_same_column_twice_is_all_it_could_be(document, columns):
    found = document(y="x")
    assert found["correlation"]["pearson"] == pytest.approx(1)
    assert found["saturated"] is True
    assert found["by_estimator"]["copula"] is None
    assert found["by_estimator"]["plug_in"] == pytest.approx(float(sb.entropy(columns["x"], estimator="plug_in")))
    assert document(x="name", y="name")["by_estimator"]["plug_in"] == pytest.approx(float(sb.entropy(columns["name"])))


@pytest.mark.parametrize("pair", [("same", "y"), ("x", "level"), ("same", "level"), ("name", "same")])
def test_constant_columns_tell_nothing_and_a_warning_says_so(mi, document, pair):
    found = document(x=pair[0], y=pair[1])
    assert found["mutual_information"] == pytest.approx(0, abs=1e-12)
    for axis, name in zip("xy", pair, strict=True):
        assert (f"{axis} is constant: it carries no information." in found["warnings"]) == (name in ("same", "level"))
    assert "warning: " in mi(x=pair[0], y=pair[1]).out


def test_two_rows_of_levels_are_enough(document, tmp_path):
    found = document(file=write(tmp_path / "two.csv", {"x": ["a", "b"], "y": [1, 2]}))
    assert found["mutual_information"] == 1
    assert found["saturated"] is True


def test_out_holds_document_tables_pictures_and_report(mi, tmp_path):
    folder = tmp_path / "new" / "mi"
    outcome = mi("--out", folder)
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.rstrip().endswith(f"Report: {folder / 'report.html'}")
    names = {path.name for path in folder.iterdir()}
    pictures = {"dependence", "points", "histogram", "estimators", "correlations"}
    assert names == {
        "result.json", "report.html", "estimators.csv", "estimators.parquet", "correlations.csv",
        "correlations.parquet", *(f"{name}.svg" for name in pictures), *(f"{name}.png" for name in pictures),
    }  # fmt: skip
    document = json.loads((folder / "result.json").read_text())
    with (folder / "estimators.csv").open() as file:
        rows = {row["estimator"]: float(row["mutual_information"]) for row in csv.DictReader(file)}
    assert rows == document["by_estimator"]
    with Image.open(folder / "dependence.png") as picture:
        assert picture.width > 1000
    printed = mi("--json", "--out", tmp_path / "again")
    assert json.loads(printed.out) == json.loads((tmp_path / "again" / "result.json").read_text()) == document


def test_check_tries_estimators_at_this_size_and_kind(document, mi, tmp_path):
    found = document("--check", "--estimator", "ksg", "--nats", "--seed", "3")
    assert (found["study"], found["unit"], found["settings"]["seed"]) == ("estimator_check", "nat", 3)
    assert (found["source"]["n_samples"], found["source"]["x_kind"]) == (N, "continuous")
    assert list(found["by_estimator"]) == ["ksg"]
    everything = document("--check", x="name", y="count")
    assert next(iter(everything["by_estimator"])) == "plug_in"
    assert everything["source"]["levels"] == [2, 4]
    outcome = mi("--check", "--out", tmp_path / "check", "--estimator", "ross", x="count")
    assert outcome.code == 0, outcome.err
    assert outcome.out.startswith("With 60 samples of discrete and continuous variables, ")
    assert "  1. independent: 0.0000" in outcome.out.splitlines()
    assert re.search(r"Ross +(yes|no) +- +[+-]\d\.\d\d", outcome.out)
    names = {path.name for path in (tmp_path / "check").iterdir()}
    assert {"result.json", "trials.csv", "estimators.csv", "errors.svg", "errors.png", "report.html"} <= names


@pytest.mark.parametrize("suffix", [".tsv", ".parquet", ".npz"])
def test_other_tables_are_read_too(document, columns, tmp_path, suffix):
    """Two columns of numbers and one of names, as in the CSV table."""
    path = tmp_path / f"table{suffix}"
    some = {name: columns[name] for name in ("x", "y", "name")}
    if suffix == ".npz":
        np.savez(path, **some)
    elif suffix == ".parquet":
        pandas.DataFrame(some).to_parquet(path)
    else:
        lines = ["\t".join(some), *("\t".join(map(str, row)) for row in zip(*some.values(), strict=True))]
        path.write_text("\n".join(lines))
    library = sb.measure_dependence(columns["x"], columns["y"], permutations=0, error="none").to_dict()
    assert document("--permutations", "0", "--error", "none", file=path)["by_estimator"] == library["by_estimator"]
    assert document(file=path, x="name")["source"]["x_kind"] == "discrete"


def _is_refused(outcome, words):
    assert outcome.code == 2
    assert outcome.out == ""
    assert outcome.err.startswith("sightbits: ")
    assert words in outcome.err
    assert outcome.err.count("\n") == 1
    assert outcome.err.rstrip().endswith((".", "--drop-missing."))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--estimator", "best"), "estimator: wanted one of plug_in"),
        (("--estimator", "ross"), "estimator: wanted one discrete and one continuous variable for ross"),
        (("--bins", "0"), "bins: wanted a whole number from 1 to 1000000, got 0"),
        (("--bins", "-3"), "bins: wanted a whole number from 1 to 1000000, got -3"),
        (("--bins", "1000000000000"), "bins: wanted a whole number from 1 to 1000000, got 1000000000000"),
        (("--bins", "foo"), "bins: wanted one of sturges, scott, freedman_diaconis, hacine_gharbi, got 'foo'"),
        (("--bins=--5",), "bins: wanted one of sturges"),
        (("--bins", "²"), "bins: wanted one of sturges"),
        (("--bins", ""), "bins: wanted one of sturges"),
        (("--binning", "foo"), "binning: wanted one of equal_width, equal_mass"),
        (("--kinds", "foo"), "kinds: wanted one of auto, discrete, continuous, got 'foo'"),
        (("--kinds", "discrete,foo"), "kinds: wanted one of auto, discrete, continuous, got 'foo'"),
        (("--kinds", "discrete,discrete,discrete"), "kinds: wanted one kind for all"),
        (("--k", "0"), "k: wanted a whole number at least 1"),
        (("--k", "60"), "samples: wanted more than k = 60"),
        (("--jitter", "-1"), "jitter: wanted a finite number of 0 or more"),
        (("--jitter", "nan"), "jitter: wanted a finite number of 0 or more"),
        (("--permutations", "-1"), "permutations: wanted a whole number at least 0"),
        (("--error", "foo"), "error: wanted one of local, jackknife, bootstrap, none"),
        (("--error", "bootstrap"), "error: wanted local, jackknife or none with the estimator ksg"),
        (("--seed", "-1"), "seed: wanted a whole number from 0"),
        (("--limit", "1"), "limit: wanted a whole number at least 2, got 1"),
        (("--limit", "3"), "samples: wanted more than k = 3"),
        (("--check", "--estimator", "best"), "estimators: wanted one of ksg, ksg2"),
        (("--check", "--limit", "3"), "n_samples: wanted a whole number at least 4, got 3"),
        (("--check", "--bins", "foo"), "bins: wanted one of sturges"),
    ],
)  # fmt: skip
def test_bad_options_end_in_one_message(mi, tmp_path, options, words):
    _is_refused(mi(*options, "--out", tmp_path / "out"), words)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("pair", "options", "words"),
    [
        (("nothing", "y"), (), "wanted a column 'nothing', got columns x, y, square, name"),
        (("x", "nothing"), (), "wanted a column 'nothing'"),
        (("name", "y"), ("--estimator", "ksg"), "estimator: wanted an estimator that suits the discrete variable x"),
        (("x", "name"), ("--estimator", "gao"), "y: wanted numbers, since this estimator looks at distances"),
        (("name", "y"), ("--kinds", "continuous"), "x: wanted numbers, to be continuous, got names"),
        (("count", "same"), ("--estimator", "copula"), "estimator: wanted an estimator that suits"),
    ],
)
def test_columns_that_cannot_be_used_end_in_one_message(mi, pair, options, words):
    _is_refused(mi(*options, x=pair[0], y=pair[1]), words)


FILES = {
    "missing": (None, None, "wanted a file, got nothing of that name"),
    "empty": ("t.csv", "", "wanted a column 'x', got an empty file"),
    "header alone": ("t.csv", "x,y\n", "got 0 in x, 0 in y"),
    "ragged": ("t.csv", "x,y\n1,2\n1\n", "line 3: wanted 2 values"),
    "unknown ending": ("t.xyz", "x,y\n1,2\n", "got .xyz"),
    "no table": ("t.parquet", "x,y\n1,2\n", "wanted a Parquet file"),
    "no archive": ("t.npz", "x,y\n1,2\n", "t.npz"),
    "two rows": ("t.csv", "x,y\n1.5,2.5\n2.5,1.5\n", "samples: wanted more than k = 3"),
    "infinite": ("t.csv", "x,y\n1.5,2\ninf,3\n2.5,7\n1,3\n0,1.5\n", "x: wanted finite numbers"),
    "numbers and names": ("t.csv", "x,y\n1.5,2\n2.5,3\nsoft,3\n", "wanted only numbers, or only names"),
}


@pytest.mark.parametrize("kind", FILES)
def test_files_that_cannot_be_used_end_in_one_message(mi, tmp_path, kind):
    name, text, words = FILES[kind]
    path = tmp_path / (name or "nothing.csv")
    if text is not None:
        path.write_text(text)
    _is_refused(mi("--out", tmp_path / "out", file=path), words)
    assert not (tmp_path / "out").exists()


def test_missing_values_are_refused_unless_told_to_leave_them_out(mi, gaps, tmp_path):
    _is_refused(mi(file=gaps), "wanted a value in every row, got missing values: 2 in x")
    assert "--drop-missing" in mi(file=gaps).err
    nothing = write(tmp_path / "nothing.csv", {"x": ["", "", ""], "y": [1, 2, 3]})
    _is_refused(mi("--drop-missing", file=nothing), "No row has all.")


def test_out_that_cannot_be_written_into_is_refused_before_the_work(mi, tmp_path, monkeypatch):
    monkeypatch.setattr("sightbits.studies.dependence.measure_dependence", None)
    (tmp_path / "file").write_text("mine")
    for out in (tmp_path / "file", tmp_path / "file" / "below"):
        _is_refused(mi("--out", out), "out: wanted a folder, got")
    assert (tmp_path / "file").read_text() == "mine"
    _is_refused(mi("--out", "/proc/nothing"), "out: wanted a folder that can be written into")


def test_both_columns_must_be_named(run, table):
    outcome = run("mi", table, "--x", "x")
    assert (outcome.code, outcome.out) == (2, "")
    assert "--y" in outcome.err
    assert run("mi", table, "--x", "x", "--y", "y", "--nonsense").code == 2


def test_help_loads_no_heavy_library():
    code = (
        "import sys; sys.argv = ['sightbits', 'mi', '--help']\n"
        "from sightbits.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = {'numpy', 'torch', 'numba', 'altair', 'sklearn', 'scipy', 'pandas'} & set(sys.modules)\n"
        "sys.exit(f'loaded {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "--drop-missing" in done.stdout
    assert "freedman_diaconis" in done.stdout
