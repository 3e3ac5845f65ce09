"""What is kept of two variables measured: a document other programs read, in a unit, and tables."""

import csv
import math

import numpy as np
import pytest

import sightbits as sb
from sightbits.core.images import Provenance
from sightbits.core.result import write_csv
from sightbits.information.discrete import ESTIMATORS

N = 150


def test_document_keeps_its_contract(strict, linear):
    found = strict(linear)
    assert found["study"] == "mi"
    assert found["version"] == sb.__version__
    assert found["unit"] == "bit"
    assert found["warnings"] == []
    assert found["saturated"] is False
    source = found["source"]
    assert {"name", "origin", "notes", "n_samples", "x", "y", "x_kind", "y_kind", "sha256"} <= source.keys()
    assert (source["x"], source["y"], source["n_samples"]) == ("width", "height", N)
    assert (source["x_kind"], source["y_kind"]) == ("continuous", "continuous")
    settings = found["settings"]
    assert (settings["estimator"], settings["permutations"], settings["k"], settings["seed"]) == ("ksg", 39, 4, 0)
    assert (settings["bins"], settings["binning"], settings["error"]) == (30, "equal_width", "local")
    assert {"mean", "std", "z", "p_value"} <= found["null"].keys()
    assert set(found["correlation"]) == {"pearson", "spearman", "distance"}
    names = ("mutual_information", "standard_error", "entropy_x", "entropy_y", "joint_entropy")
    assert all(isinstance(found[name], float) for name in names)
    assert set(found["by_estimator"]) == {"ksg", "ksg2", "copula", *ESTIMATORS}
    assert set(found["by_estimator_details"]) == set(found["by_estimator"])
    assert found["by_estimator"]["ksg"] == found["mutual_information"]


@pytest.mark.parametrize(("name", "per_bit"), [("nat", math.log(2)), ("ban", math.log10(2))])
def test_units_differ_by_a_constant_and_only_where_they_matter(values, name, per_bit):
    options = {"permutations": 9}
    bits, other = (sb.measure_dependence(values["x"], values["y"], unit=unit, **options) for unit in ("bit", name))
    bits, other = bits.to_dict(), other.to_dict()
    assert other["unit"] == name
    for key in ("mutual_information", "standard_error", "entropy_x", "entropy_y", "joint_entropy", "by_estimator"):
        assert other[key] == pytest.approx(_times(bits[key], per_bit), abs=1e-12)
    for key in ("mean", "std", "excess"):
        assert other["null"][key] == pytest.approx(bits["null"][key] * per_bit, abs=1e-12)
    for key in ("z", "p_value"):
        assert other["null"][key] == pytest.approx(bits["null"][key])
    assert other["correlation"] == bits["correlation"]
    for estimator, details in bits["by_estimator_details"].items():
        for key in ("standard_error", "null_mean", "null_std"):
            assert other["by_estimator_details"][estimator][key] == pytest.approx(details[key] * per_bit, abs=1e-12)
    mine, theirs = (one["contrast"]["mutual_information"] for one in (other, bits))
    assert mine == pytest.approx(theirs * per_bit)


def _times(value, factor):
    return {name: one * factor for name, one in value.items()} if isinstance(value, dict) else value * factor


def test_infinite_information_is_missing_in_the_document(strict, values):
    found = sb.measure_dependence(values["x"], values["x"], permutations=19)
    assert float(found.by_estimator["copula"].value) == np.inf
    read = strict(found)
    assert read["by_estimator"]["copula"] is None
    assert read["saturated"] is True
    assert any("saturated" in warning and f"{N} samples" in warning and "ksg" in warning for warning in found.warnings)
    first = sb.measure_dependence(values["x"], values["x"], permutations=19, estimator="copula")
    assert strict(first)["mutual_information"] is None


def test_the_same_seed_gives_the_same_document(strict, values):
    first, again, other = (
        sb.measure_dependence(values["x"], values["y"], permutations=9, seed=seed) for seed in (4, 4, 5)
    )
    assert first.to_json() == again.to_json()
    nulls = [strict(found)["null"] for found in (first, other)]
    assert nulls[0] != nulls[1]
    assert strict(first)["by_estimator"] == strict(other)["by_estimator"]


def test_without_shuffles_there_is_no_null(document, values):
    found = document(values["x"], values["y"])
    assert found["null"] == {"mean": None, "std": None, "excess": None, "z": None, "p_value": None}
    assert found["settings"]["permutations"] == 0
    assert found["standard_error"] is None


@pytest.mark.parametrize(("seed", "names"), [(0, ("x", "y")), (1, ("names", "near"))])
def test_tables_keep_every_figure_through_csv(values, tmp_path, seed, names):
    found = sb.measure_dependence(*(values[name] for name in names), permutations=5, seed=seed)
    tables, read = found.tables(), found.to_dict()
    assert list(tables) == ["estimators", "correlations"]
    rows = {}
    for name, columns in tables.items():
        write_csv(tmp_path / f"{name}.csv", columns)
        with (tmp_path / f"{name}.csv").open(newline="") as file:
            rows[name] = list(csv.DictReader(file))
    assert [row["estimator"] for row in rows["estimators"]] == list(found.by_estimator)
    for row in rows["estimators"]:
        details = read["by_estimator_details"][row["estimator"]]
        assert float(row["mutual_information"]) == read["by_estimator"][row["estimator"]]
        for column in ("standard_error", "null_mean", "null_std", "p_value"):
            assert float(row[column]) == details[column]
        assert float(row["excess"]) == pytest.approx(float(row["mutual_information"]) - float(row["null_mean"]))
        assert row["saturated"] == str(details["saturated"])
    correlations = {row["correlation"]: float(row["value"]) if row["value"] else None for row in rows["correlations"]}
    assert correlations == read["correlation"]
    assert found.to_frame()["estimator"].tolist() == list(found.by_estimator)


def test_where_values_come_from_is_kept(document, values):
    x, y = values["x"], values["names"]
    first, again, other, swapped = (
        document(*pair)["source"] for pair in ((x, y), (x.tolist(), list(y)), (x + 1e-9, y), (y, x))
    )
    assert (first["name"], len(first["sha256"])) == ("arrays", 64)
    assert first["sha256"] == again["sha256"]
    assert len({first["sha256"], other["sha256"], swapped["sha256"]}) == 3
    assert document(np.array(["a", "b"], dtype=object), [1, 2])["source"]["sha256"]
    told = Provenance(name="table.csv", sha256="f" * 64, origin="here", notes=("two rows left out",))
    source = document(x, y, provenance=told)["source"]
    assert (source["name"], source["sha256"], source["notes"]) == ("table.csv", "f" * 64, ["two rows left out"])
