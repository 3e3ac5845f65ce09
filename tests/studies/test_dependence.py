"""Two variables measured: identities between the figures, and data whose answer is known."""

import math

import numpy as np
import pytest
from scipy.spatial.distance import pdist, squareform
from scipy.stats import pearsonr, spearmanr

import sightbits as sb
from sightbits.datasets.synthetic import labelled_gaussians, parabola
from sightbits.information.discrete import ESTIMATORS

N = 150
FEW = {"permutations": 0, "error": "none"}
BY_COUNTS = sorted(ESTIMATORS)
OF_DISTANCES = {"continuous": ["ksg", "ksg2", "copula"], "mixed": ["ross", "gao"], "discrete": []}


def test_figures_are_those_of_the_functions(values, linear):
    x, y, found = values["x"], values["y"], linear.to_dict()
    for name, value in found["by_estimator"].items():
        shuffles = 39 if name == "ksg" else 20
        alone = sb.mutual_information(x, y, estimator=name, permutations=shuffles, k=4)
        details = found["by_estimator_details"][name]
        assert float(alone) == pytest.approx(value, abs=1e-12)
        assert details["permutations"] == shuffles
        for mine, theirs in (
            ("null_mean", alone.null_mean), ("null_std", alone.null_std), ("standard_error", alone.standard_error),
        ):  # fmt: skip
            assert details[mine] * math.log(2) == pytest.approx(theirs.item(), abs=1e-12)
        assert details["p_value"] == alone.p_value.item()
    chosen = sb.mutual_information(x, y, permutations=39, k=4)
    null = found["null"]
    assert null["p_value"] == chosen.p_value.item() == 1 / 40
    assert null["z"] == pytest.approx(chosen.z_score.item())
    assert null["z"] == pytest.approx((found["mutual_information"] - null["mean"]) / null["std"])
    assert null["excess"] == pytest.approx(found["mutual_information"] - null["mean"])
    assert found["entropy_x"] == pytest.approx(float(sb.entropy(x, k=4)), abs=1e-12)
    assert found["entropy_y"] == pytest.approx(float(sb.entropy(y, k=4)), abs=1e-12)
    assert found["joint_entropy"] == pytest.approx(float(sb.joint_entropy(x, y, k=4)), abs=1e-12)
    assert found["entropies_are_differential"] is True


def test_counted_entropies_are_those_of_the_functions(document, values):
    options = {"estimator": "miller_madow", "bins": 6}
    found = document(values["x"], values["near"], **options)
    assert found["entropy_x"] == pytest.approx(float(sb.entropy(values["x"], **options)), abs=1e-12)
    assert found["entropy_y"] == pytest.approx(float(sb.entropy(values["near"], **options)), abs=1e-12)
    joint = sb.joint_entropy(values["x"], values["near"], **options)
    assert found["joint_entropy"] == pytest.approx(float(joint), abs=1e-12)
    assert found["entropies_are_differential"] is False


def test_noise_that_breaks_ties_is_added_once(document, values):
    x, y, options = values["x"], values["y"], {"jitter": 0.5, "seed": 3}
    found = document(x, y, **options)
    assert found["mutual_information"] == pytest.approx(float(sb.mutual_information(x, y, permutations=0, **options)))
    assert found["entropy_x"] == pytest.approx(float(sb.entropy(x, **options)))
    assert found["joint_entropy"] == pytest.approx(float(sb.joint_entropy(x, y, **options)))
    still = document(x, y)
    assert found["correlation"]["pearson"] < still["correlation"]["pearson"]


def test_correlations_are_those_of_scipy_and_of_the_definition(values, linear):
    x, y, found = values["x"], values["y"], linear.correlation
    assert found.pearson == pytest.approx(pearsonr(x, y).statistic)
    assert found.spearman == pytest.approx(spearmanr(x, y).statistic)
    a, b = (squareform(pdist(values[:, np.newaxis])) for values in (x, y))
    a, b = (d - d.mean(axis=0) - d.mean(axis=1, keepdims=True) + d.mean() for d in (a, b))
    assert found.distance == pytest.approx(math.sqrt((a * b).mean() / math.sqrt((a * a).mean() * (b * b).mean())))
    assert linear.to_dict()["correlation"] == pytest.approx(vars(found))


@pytest.mark.parametrize(
    ("pair", "bins"),
    [
        (("x", "y"), {"bins": 7}),
        (("x", "y"), {"bins": 9, "binning": "equal_mass"}),
        (("x", "y"), {"bins": "hacine_gharbi"}),
        (("x", "digits"), {"bins": "hacine_gharbi"}),
        (("names", "near"), {"bins": "freedman_diaconis"}),
        (("names", "pairs"), {}),
    ],
)
def test_information_is_what_the_entropies_share(document, values, pair, bins):
    x, y = (values[name] for name in pair)
    for estimator in BY_COUNTS:
        found = document(x, y, estimator=estimator, **bins)
        shared = found["entropy_x"] + found["entropy_y"] - found["joint_entropy"]
        assert found["mutual_information"] == pytest.approx(shared, abs=1e-9), estimator


def test_whole_numbers_that_floats_cannot_hold_stay_apart(document):
    x = 2**60 + np.arange(N) % 7
    found = document(x, np.arange(N) % 7)
    assert found["source"]["x_kind"] == "discrete"
    assert found["entropy_x"] == found["entropy_y"] == pytest.approx(found["mutual_information"])
    assert found["entropy_x"] == pytest.approx(np.log2(7), abs=1e-3)


@pytest.mark.parametrize(
    ("pair", "first", "kinds"),
    [
        (("x", "y"), "ksg", "continuous"),
        (("digits", "near"), "ross", "mixed"),
        (("near", "digits"), "ross", "mixed"),
        (("digits", "pairs"), "plug_in", "discrete"),
    ],
)
def test_the_kinds_choose_the_estimator_and_all_that_suit_are_there(strict, values, pair, first, kinds):
    found = sb.measure_dependence(*(values[name] for name in pair), permutations=3)
    assert found.estimator == next(iter(found.by_estimator)) == first
    assert set(found.by_estimator) == {*OF_DISTANCES[kinds], *BY_COUNTS}
    for name, estimate in found.by_estimator.items():
        assert estimate.estimator == name
        assert np.isfinite([estimate.value, estimate.null_mean, estimate.null_std, estimate.standard_error]).all(), name
    assert found.information is found.by_estimator[first]
    assert all(value is not None for value in strict(found)["by_estimator"].values())


def test_names_suit_all_but_estimators_that_want_numbers(values):
    found = sb.measure_dependence(values["names"], values["near"], permutations=3)
    assert set(found.by_estimator) == {"ross", *BY_COUNTS}
    assert np.isnan(list(vars(found.correlation).values())).all()
    assert found.to_dict()["correlation"] == {"pearson": None, "spearman": None, "distance": None}
    of_numbers = sb.measure_dependence(values["digits"], values["near"], permutations=3)
    assert float(found.information.value) == float(of_numbers.information.value)
    both = sb.measure_dependence(values["names"], values["names"][::-1], permutations=3)
    assert (both.estimator, set(both.by_estimator)) == ("plug_in", set(BY_COUNTS))


def test_the_estimator_asked_for_stands_first_and_has_all_the_shuffles(values):
    found = sb.measure_dependence(values["x"], values["y"], estimator="grassberger", permutations=30)
    assert (found.estimator, next(iter(found.by_estimator))) == ("grassberger", "grassberger")
    counts = {name: one.n_permutations for name, one in found.by_estimator.items()}
    assert counts == {**dict.fromkeys(counts, 20), "grassberger": 30}
    unasked = sb.measure_dependence(values["digits"], values["pairs"])
    assert (unasked.information.n_permutations, unasked.by_estimator["nsb"].n_permutations) == (100, 20)
    assert unasked.to_dict()["settings"]["permutations"] == 100
    few = sb.measure_dependence(values["x"], values["y"], permutations=5)
    assert {one.n_permutations for one in few.by_estimator.values()} == {5}


def test_swapped_variables_share_as_much(document, values):
    forth = document(values["names"], values["near"])
    back = document(values["near"], values["names"])
    assert back["by_estimator"] == pytest.approx(forth["by_estimator"], abs=1e-9)
    assert (back["entropy_x"], back["entropy_y"]) == (forth["entropy_y"], forth["entropy_x"])
    assert back["joint_entropy"] == pytest.approx(forth["joint_entropy"], abs=1e-12)
    assert (back["source"]["x_kind"], back["source"]["y_kind"]) == ("continuous", "discrete")


def test_joint_entropy_of_both_kinds_is_that_of_the_label_and_of_the_points_given_it(document):
    pair = labelled_gaussians(3, 5.0)
    label, points = pair.sample(900, seed=1)
    found = document(label, points)
    given = sb.conditional_entropy(points, given=label)
    assert found["joint_entropy"] == pytest.approx(float(sb.entropy(label)) + float(given), abs=1e-12)
    assert found["joint_entropy"] == pytest.approx(np.log2(3) + 0.5 * np.log2(2 * np.pi * np.e), abs=0.1)
    assert found["entropies_are_differential"] is True
    shared = found["entropy_x"] + found["entropy_y"] - found["joint_entropy"]
    assert shared == pytest.approx(pair.information / np.log(2), abs=0.1)


def test_entropies_that_cannot_be_had_are_missing(document, values):
    rare = np.array(["rare"] + ["frequent"] * (N - 1))
    found = document(rare, values["x"])
    assert found["joint_entropy"] is None
    assert found["entropy_x"] == pytest.approx(float(sb.entropy(rare)))
    assert document(values["digits"], values["pairs"], estimator="gao")["entropies_are_differential"] is False


def test_a_parabola_has_much_information_and_no_correlation():
    x, y = parabola().sample(800, seed=2)
    found = sb.measure_dependence(x, y, permutations=19, unit="nat")
    assert float(found.information.value) == pytest.approx(parabola().information, abs=0.15)
    assert abs(found.correlation.pearson) < 0.1
    assert found.correlation.distance > 0.4
    assert found.to_dict()["null"]["p_value"] == 0.05
    assert abs(float(found.by_estimator["copula"].value)) < 0.05


def test_independent_variables_show_chance_only(values):
    found = sb.measure_dependence(values["x"], values["alone"], permutations=99)
    for name, estimate in found.by_estimator.items():
        assert estimate.p_value.item() > 0.02, name
    assert found.information.p_value.item() > 0.05
    assert abs(found.correlation.pearson) < 0.2
    plug_in = found.by_estimator["plug_in"]
    assert plug_in.value > 1
    assert abs(plug_in.excess) < 0.1


def test_a_contrast_of_about_as_many_samples_goes_with_it(linear):
    contrast = linear.contrast
    assert len(contrast.x) == len(contrast.y) == N
    assert contrast.truth == parabola().information
    assert float(contrast.information.value) == pytest.approx(contrast.truth, abs=0.35)
    assert abs(contrast.correlation.pearson) < 0.2
    described = linear.to_dict()["contrast"]
    assert described["estimator"] == "ksg"
    assert described["mutual_information"] * math.log(2) == pytest.approx(float(contrast.information.value))
    few = sb.measure_dependence(np.arange(5.0), np.arange(5) % 2, k=1, **FEW)
    assert len(few.contrast.x) == 100
    many = sb.measure_dependence(np.arange(2100) % 2, np.arange(2100) % 3, **FEW)
    assert len(many.contrast.x) == 2000


@pytest.mark.parametrize("constant", [np.full(N, 1.5), np.full(N, 3), np.full(N, "same")], ids=["float", "int", "name"])
@pytest.mark.parametrize("first", [False, True])
def test_a_constant_tells_nothing_and_a_warning_says_so(strict, values, constant, first):
    pair = (constant, values["x"]) if first else (values["x"], constant)
    found = sb.measure_dependence(*pair, permutations=5)
    assert abs(float(found.information.value)) < 1e-12
    assert f"{'x' if first else 'y'} is constant: it carries no information." in found.warnings
    assert not found.information.saturated
    assert np.isnan(found.correlation.pearson)
    read = strict(found)
    assert read["null"]["z"] is None
    assert read["null"]["p_value"] == 1
    assert all(abs(value) < 1e-4 for value in read["by_estimator"].values())


def test_two_constants_have_no_density(document):
    found = document(np.full(9, 1.5), np.full(9, 0.5))
    assert (found["entropy_x"], found["entropy_y"], found["joint_entropy"]) == (None, None, None)
    assert found["mutual_information"] == 0


def test_ties_are_told_once_and_noise_breaks_them(values):
    tied = np.round(values["x"], 1)
    found = sb.measure_dependence(tied, values["y"], **FEW)
    ties = [warning for warning in found.warnings if "share their value" in warning]
    assert len(ties) == 1
    assert ties[0].startswith("x: ")
    by_counts = sb.measure_dependence(tied, values["y"], estimator="plug_in", **FEW)
    assert [warning for warning in by_counts.warnings if "share their value" in warning] == ties
    broken = sb.measure_dependence(tied, values["y"], jitter=1e-6, **FEW)
    assert broken.warnings == ()
    assert broken.to_dict()["settings"]["jitter"] == 1e-6
    counted = sb.measure_dependence(tied, values["y"], kinds="discrete", **FEW)
    assert not [warning for warning in counted.warnings if "share their value" in warning]


def test_kinds_are_taken_as_told(document, values):
    found = document(values["digits"], values["pairs"], kinds=["continuous", "discrete"], jitter=1e-9)
    assert found["settings"]["estimator"] == "ross"
    assert (found["source"]["x_kind"], found["source"]["y_kind"]) == ("continuous", "discrete")


def test_progress_counts_the_estimators(values):
    steps = []
    found = sb.measure_dependence(
        values["x"], values["y"], progress=lambda task, done, total: steps.append((task, done, total)), **FEW
    )
    n = len(found.by_estimator)
    assert steps == [("estimators", i + 1, n) for i in range(n)]


def test_estimators_of_every_cell_are_left_out_where_cells_are_too_many(values):
    every_cell = {"shrinkage", "dirichlet", "nsb"}
    binned = sb.measure_dependence(values["x"], values["y"], bins=5000, **FEW)
    assert set(binned.by_estimator) == {*OF_DISTANCES["continuous"], *BY_COUNTS} - every_cell
    heavy = 1 / np.linspace(-1e-6, 1, 5001)
    by_rule = sb.measure_dependence(np.arange(5001) % 2, heavy, bins="freedman_diaconis", **FEW)
    assert every_cell.isdisjoint(by_rule.by_estimator)
    levels = sb.measure_dependence(np.arange(5000), np.arange(5000) % 2, **FEW)
    assert set(levels.by_estimator) == set(BY_COUNTS) - every_cell
    with pytest.raises(sb.InputError, match="estimator: wanted an estimator that needs only the cells seen"):
        sb.measure_dependence(np.arange(5000), np.arange(5000), estimator="nsb", **FEW)


def test_a_bootstrap_is_for_counts_and_the_others_get_their_local_error(values):
    options = {"permutations": 0, "resamples": 5}
    x, y = values["x"], values["y"]
    found = sb.measure_dependence(x, y, estimator="plug_in", error="bootstrap", **options)
    assert found.information.standard_error > 0
    assert float(found.information.standard_error) == float(
        sb.mutual_information(x, y, estimator="plug_in", error="bootstrap", **options).standard_error
    )
    local = sb.mutual_information(x, y, estimator="ksg", permutations=0).standard_error
    assert float(found.by_estimator["ksg"].standard_error) == float(local)
    with pytest.raises(sb.InputError, match="error: wanted local, jackknife or none with the estimator ksg"):
        sb.measure_dependence(x, y, error="bootstrap", **options)


@pytest.mark.parametrize(
    ("x", "y", "options", "words"),
    [
        (np.ones((9, 2)) * np.arange(9.0)[:, None], np.arange(9.0), {}, "x: wanted one value a sample, got 2 columns"),
        (np.arange(9.0), np.arange(18.0).reshape(9, 2), {}, "y: wanted one value a sample, got 2 columns"),
        ([1.5, np.nan, 2, 3, 4], np.arange(5.0), {}, "x: wanted finite numbers, got NaN or infinity in 1 of 5"),
        (np.arange(5.0), [1.5, np.inf, 2, 3, 4], {}, "y: wanted finite numbers"),
        ([], [], {}, "x: wanted one value a sample"),
        ([1, 2, 3], [1, 2], {}, "x and y: wanted equally many samples in each, got 3 in x, 2 in y"),
        ([1.5, 2.5], [0.5, 1.5], {}, "samples: wanted more than k = 3"),
        (["a", "b"], [1, 2], {"estimator": "ksg"}, "estimator: wanted an estimator that suits the discrete variable x"),
        ([1, 2], [1, 2], {"estimator": "best"}, "estimator: wanted one of"),
        ([1, 2], [1, 2], {"unit": "pound"}, "unit: wanted one of nat, bit, ban"),
        ([1, 2], [1, 2], {"unit": "dimensionless"}, "unit: wanted one of nat, bit, ban"),
        ([1, 2], [1, 2], {"bins": 0}, "bins: wanted a whole number from 1 to 1000000, got 0"),
        ([1, 2], [1, 2], {"kinds": "gross"}, "kinds: wanted one of auto, discrete, continuous"),
        (["a", "b"], [1, 2], {"kinds": "continuous"}, "x: wanted numbers, to be continuous"),
    ],
)
def test_what_cannot_be_used_is_refused_with_advice(x, y, options, words):
    with pytest.raises(sb.InputError) as refused:
        sb.measure_dependence(x, y, **{**FEW, **options})
    assert str(refused.value).startswith(words)
