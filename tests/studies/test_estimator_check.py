"""Estimators tried where the truth is known: the verdict from made-up trials, the trials from their distributions."""

import json
import math

import numpy as np
import pytest
from scipy.special import digamma

import sightbits as sb
from sightbits.core.result import write_csv
from sightbits.datasets.synthetic import gaussian, gaussian_with_information
from sightbits.estimation.settings import EstimationSettings
from sightbits.information.discrete import ESTIMATORS
from sightbits.studies.estimator_check import EstimatorCheck, Trial, check_estimators_for
from sightbits.studies.estimator_check.truths import LADDER_BITS, ladder, suitable_truths

BIT = math.log(2)
CONTINUOUS, DISCRETE = "continuous", "discrete"
BY_COUNTS = list(ESTIMATORS)


def _refuse(constant):
    raise ValueError(f"{constant} is no JSON")


def strict(check):
    return json.loads(check.to_json(), parse_constant=_refuse)


def trial(estimator, truth, *values, rung=False, distribution=None):
    return Trial(
        distribution=distribution or f"of {truth}",
        description="made up",
        estimator=estimator,
        truth=float(truth),
        values=np.array(values, dtype=np.float64),
        saturated=0.25,
        rung=rung,
    )


def check_of(*trials, tolerance=0.1, unit=sb.Unit.NAT):
    return EstimatorCheck(
        n_samples=50,
        kinds=(CONTINUOUS, CONTINUOUS),
        dimension=1,
        levels=(2, 2),
        trials=trials,
        tolerance=tolerance,
        settings=EstimationSettings(),
        unit=unit,
    )


def rung(truth, error, estimator="ksg"):
    return trial(estimator, truth, truth + error, truth + error, rung=True, distribution="ladder")


def test_bias_spread_and_error_by_hand():
    one = trial("ksg", 1.5, 1.0, 2.0, 3.0)
    assert one.bias == pytest.approx(0.5)
    assert one.spread == pytest.approx(1.0)
    assert one.error == pytest.approx(math.sqrt((0.25 + 0.25 + 2.25) / 3))


def test_an_infinite_estimate_has_no_spread_and_is_not_right():
    one = trial("copula", 1.5, 1.0, np.inf)
    assert (one.bias, one.error) == (np.inf, np.inf)
    assert np.isnan(one.spread)
    check = check_of(one)
    assert not check.trusted("copula")
    read = strict(check)["trials"][0]
    assert (read["mean"], read["bias"], read["spread"], read["error"]) == (None, None, None, None)


def test_right_is_within_the_tolerance_or_a_tenth_of_the_truth():
    check = check_of(trial("ksg", 1, 1, 1))
    assert check.allowed(trial("ksg", 0.5, 0, 0)) == 0.1
    assert check.allowed(trial("ksg", 5, 0, 0)) == 0.5
    assert check.right(trial("ksg", 0, 0.1, -0.1))
    assert not check.right(trial("ksg", 0, 0.101, 0.101))
    assert check.right(trial("ksg", 5, 5.49, 4.51))
    assert not check.right(trial("ksg", 5, 5.51, 4.49))
    assert not check.right(trial("ksg", 0, 1.0, -1.0))  # no bias at all, and yet far off each time


def test_trusted_means_right_on_every_distribution_but_the_ladders():
    check = check_of(
        trial("ksg", 0, 0.01, 0.02), trial("ksg", 2, 2.1, 2.0), rung(9, -5),
        trial("plug_in", 0, 0.5, 0.6), trial("plug_in", 2, 2.0, 2.0), rung(9, 0, "plug_in"),
    )  # fmt: skip
    assert check.estimators == ["ksg", "plug_in"]
    assert check.trusted("ksg")
    assert not check.trusted("plug_in")
    read = strict(check)
    assert read["trusted"] == ["ksg"]
    assert read["by_estimator"]["ksg"] == {
        "trusted": True,
        "largest_error": pytest.approx(math.sqrt((0.1**2 + 0) / 2)),
        "follows_up_to": 0,
    }
    assert read["by_estimator"]["plug_in"]["follows_up_to"] == 9


@pytest.mark.parametrize(
    ("errors", "reached"),
    [
        ({1: 0, 2: 0, 3: 0}, 3),
        ({1: 0, 2: 0.15, 3: -0.25}, 3),
        ({2: 0.5, 3: 0, 1: 0}, 1),
        ({1: 0, 2: 0.5, 3: 0}, 1),
        ({1: 0.5, 2: 0, 3: 0}, 0),
    ],
)
def test_an_estimator_follows_the_ladder_up_to_its_first_wrong_rung(errors, reached):
    check = check_of(trial("ksg", 0, 0, 0), *(rung(truth, error) for truth, error in errors.items()))
    assert check.follows_up_to("ksg") == reached


def test_without_a_ladder_nothing_is_said_of_it():
    check = check_of(trial("ksg", 0, 0, 0))
    assert np.isnan(check.follows_up_to("ksg"))
    assert strict(check)["by_estimator"]["ksg"]["follows_up_to"] is None


def test_document_is_in_the_unit_and_tables_keep_it(tmp_path):
    trials = [trial("ksg", BIT, 2 * BIT, 3 * BIT, distribution="one"), rung(2 * BIT, 0)]
    read = strict(check_of(*trials, tolerance=0.5 * BIT, unit=sb.Unit.BIT))
    assert (read["study"], read["unit"], read["version"]) == ("estimator_check", "bit", sb.__version__)
    assert read["settings"]["tolerance"] == pytest.approx(0.5)
    assert read["settings"]["repeats"] == 2
    assert read["source"] == {
        "name": "synthetic", "n_samples": 50, "x_kind": CONTINUOUS, "y_kind": CONTINUOUS, "dimension": 1,
        "levels": [2, 2],
    }  # fmt: skip
    assert read["trials"][0] == {
        "distribution": "one", "estimator": "ksg", "truth": pytest.approx(1), "mean": pytest.approx(2.5),
        "bias": pytest.approx(1.5), "spread": pytest.approx(math.sqrt(0.5)), "error": pytest.approx(math.sqrt(2.5)),
        "right": False, "saturated": 0.25, "ladder": False,
    }  # fmt: skip
    assert read["by_estimator"]["ksg"]["follows_up_to"] == pytest.approx(2)
    assert read["trials"][1]["ladder"] is True
    check = check_of(*trials, tolerance=0.5 * BIT, unit=sb.Unit.BIT)
    tables = check.tables()
    assert list(tables) == ["trials", "estimators"]
    assert tables["trials"]["bias"][0] == pytest.approx(1.5)
    assert tables["estimators"]["estimator"] == ["ksg"]
    assert tables["estimators"]["follows_up_to"] == [pytest.approx(2)]
    write_csv(tmp_path / "trials.csv", tables["trials"])
    lines = (tmp_path / "trials.csv").read_text().splitlines()
    assert lines[0] == "distribution,estimator,truth,mean,bias,spread,error,right,saturated,ladder"
    assert len(lines) == 3


def test_trials_are_estimates_of_samples_of_their_own_seeds():
    check = sb.check_estimators(60, estimators=["ksg", "plug_in"], repeats=3, k=4, bins=5, seed=7)
    pairs = suitable_truths((CONTINUOUS, CONTINUOUS), 1, (2, 2))
    rungs = ladder((CONTINUOUS, CONTINUOUS), 1)
    assert len(check.trials) == 2 * (len(pairs) + len(rungs))
    for found in check.trials:
        pair = pairs.get(found.distribution) or next(one for one in rungs if one.information == found.truth)
        assert (found.truth, found.description) == (pair.information, pair.description)
        for i, value in enumerate(found.values):
            x, y = pair.sample(60, seed=7 + i)
            alone = sb.mutual_information(x, y, estimator=found.estimator, k=4, bins=5, permutations=0, error="none")
            assert value == pytest.approx(float(alone.value), abs=1e-12)
    assert strict(check)["settings"] == {
        "bins": 5, "binning": "equal_width", "k": 4, "prior": 0.5, "repeats": 3, "tolerance": pytest.approx(0.1),
        "relative_tolerance": 0.1, "seed": 7,
    }  # fmt: skip


def test_saturation_is_the_share_of_samples_near_their_ceiling():
    check = sb.check_estimators(30, estimators=["ksg2", "plug_in"], repeats=5)
    shares = [found.saturated for found in check.of("ksg2") if found.rung]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0, 1)
    assert any(0 < share < 1 for share in shares)
    ceiling = digamma(30) - digamma(3) - 1 / 3
    for found in check.of("ksg2"):
        assert found.saturated == np.mean(found.values >= 0.98 * ceiling)
    for found in check.of("plug_in"):
        if found.rung:
            samples = (gaussian_with_information(found.truth).sample(30, seed=i) for i in range(5))
            alone = [sb.mutual_information(x, y, estimator="plug_in", permutations=0) for x, y in samples]
            assert found.saturated == np.mean([one.saturated for one in alone])


def test_continuous_pairs_have_their_truths_and_a_ladder():
    truths = suitable_truths((CONTINUOUS, CONTINUOUS), 1, (2, 2))
    assert next(iter(truths)) == "independent"
    assert truths["independent"].information == 0
    assert truths["Gaussian, correlation .6"].information == pytest.approx(-0.5 * math.log(1 - 0.36))
    assert truths["Gaussian, correlation .9"].information == pytest.approx(gaussian(0.9).information)
    assert truths["Gaussian .9, exponential"].information == pytest.approx(gaussian(0.9).information)
    assert truths["uniform + noise .1"].information == pytest.approx(1.5354 * BIT, abs=1e-4)
    rungs = [pair.information / BIT for pair in ladder((CONTINUOUS, CONTINUOUS), 1)]
    assert rungs == pytest.approx(list(LADDER_BITS))
    assert sorted(rungs) == rungs


def test_three_columns_are_for_estimators_without_bins():
    check = sb.check_estimators(40, dimension=3, repeats=2)
    assert check.estimators == ["ksg", "ksg2", "copula", "gao"]
    assert strict(check)["source"]["dimension"] == 3
    truths = {found.distribution: found.truth for found in check.trials if not found.rung}
    assert truths["Gaussian, correlation .6"] == pytest.approx(-1.5 * math.log(1 - 0.36))
    assert len(truths) == 4
    assert [found.truth / BIT for found in check.of("ksg") if found.rung] == pytest.approx(list(LADDER_BITS))
    x, y = suitable_truths((CONTINUOUS, CONTINUOUS), 3, (2, 2))["Student-t of 3, correlation .6"].sample(5)
    assert x.shape == y.shape == (5, 3)
    assert sb.check_estimators(40, dimension=2, repeats=2, estimators=["plug_in"]).estimators == ["plug_in"]


@pytest.mark.parametrize("kinds", [(DISCRETE, CONTINUOUS), (CONTINUOUS, DISCRETE)])
def test_one_discrete_variable_stands_where_it_was_said(kinds):
    check = sb.check_estimators(60, kinds=kinds, levels=(3, 3), repeats=2)
    assert check.estimators == ["ross", "gao", *BY_COUNTS]
    assert not any(found.rung for found in check.trials)
    assert strict(check)["source"]["x_kind"] == kinds[0]
    for pair in suitable_truths(kinds, 1, (3, 4)).values():
        assert (pair.x_kind, pair.y_kind) == kinds
        drawn = dict(zip(kinds, pair.sample(300), strict=True))
        assert len(np.unique(drawn[DISCRETE])) == (3 if kinds[0] == DISCRETE else 4)
        assert len(np.unique(drawn[CONTINUOUS])) == 300
    assert check.trials[0].truth == 0
    assert check.trials[-1].truth == pytest.approx(0.81 * math.log(3), abs=0.05)


@pytest.mark.parametrize("levels", [(2, 2), (5, 3), (3, 7)])
def test_two_discrete_variables_have_their_own_levels(levels):
    truths = suitable_truths((DISCRETE, DISCRETE), 1, levels)
    assert next(iter(truths)) == "independent"
    for share, pair in zip((0.0, 0.3, 0.9), truths.values(), strict=True):
        x, y = pair.sample(4000, seed=1)
        assert (x.max() + 1, y.max() + 1) == levels
        table = np.full(levels, (1 - share) / (levels[0] * levels[1]))
        table[np.arange(levels[0]), np.arange(levels[0]) * levels[1] // levels[0]] += share / levels[0]
        outer = np.outer(table.sum(axis=1), table.sum(axis=0))
        assert pair.information == pytest.approx(float((table * np.log(table / outer)).sum()), abs=1e-12)
    check = sb.check_estimators(50, kinds=(DISCRETE, DISCRETE), levels=levels, repeats=2)
    assert check.estimators == BY_COUNTS
    assert strict(check)["source"]["levels"] == list(levels)


def test_many_labels_are_tried_as_a_hundred():
    pair = suitable_truths((DISCRETE, CONTINUOUS), 1, (5000, 2))["independent"]
    assert pair.sample(5000)[0].max() + 1 == 100


def test_estimators_asked_for_are_tried_once_and_in_order():
    check = sb.check_estimators(40, estimators=["plug_in", "ksg", "plug_in"], repeats=2)
    assert check.estimators == ["plug_in", "ksg"]
    assert len(check.of("plug_in")) == len(check.of("ksg"))
    everything = sb.check_estimators(40, repeats=2)
    assert everything.estimators == ["ksg", "ksg2", "copula", "gao", *BY_COUNTS]
    for found in everything.trials:
        assert not np.isnan(found.values).any(), (found.estimator, found.distribution)
    assert [found.error for found in everything.of("ksg")] == [found.error for found in check.of("ksg")]


def test_tolerance_is_in_the_unit_asked_for():
    options = {"estimators": ["ksg"], "repeats": 2}
    assert sb.check_estimators(30, **options).tolerance == pytest.approx(0.1 * BIT)
    assert sb.check_estimators(30, unit="nat", **options).tolerance == pytest.approx(0.1 * BIT)
    assert sb.check_estimators(30, tolerance=0.2, **options).tolerance == pytest.approx(0.2 * BIT)
    assert sb.check_estimators(30, tolerance=0.2, unit="nat", **options).tolerance == pytest.approx(0.2)


@pytest.mark.parametrize(("n", "repeats"), [(40, 20), (20_000, 10), (60_000, 5)])
def test_large_samples_are_drawn_less_often(n, repeats):
    check = sb.check_estimators(n, kinds=(DISCRETE, DISCRETE), estimators=["plug_in"])
    assert {len(found.values) for found in check.trials} == {repeats}


def test_the_same_seed_gives_the_same_document():
    first, again, other = (
        sb.check_estimators(40, estimators=["ksg"], repeats=2, seed=seed).to_json() for seed in (1, 1, 2)
    )
    assert first == again
    assert first != other


def test_progress_counts_distributions():
    steps = []
    sb.check_estimators(
        20, kinds=(DISCRETE, DISCRETE), estimators=["plug_in"], repeats=2,
        progress=lambda task, done, total: steps.append((task, done, total)),
    )  # fmt: skip
    assert steps == [("distributions", i + 1, 3) for i in range(3)]
    steps.clear()
    sb.check_estimators(
        20, estimators=["plug_in"], repeats=2, progress=lambda task, done, total: steps.append((task, done, total))
    )
    assert steps == [("distributions", i + 1, 16) for i in range(16)]


def test_the_bias_of_bins_and_the_ceiling_of_neighbours_are_found_out():
    check = sb.check_estimators(600, estimators=["ksg", "plug_in"], repeats=5)
    assert check.trusted("ksg")
    assert not check.trusted("plug_in")
    assert check.of("plug_in")[0].bias > 0.4
    assert 0 < check.follows_up_to("ksg") < gaussian_with_information(8 * BIT).information


def test_variables_at_hand_choose_size_kinds_and_levels():
    few = {"settings": EstimationSettings(seed=3), "unit": "nat"}
    labels = np.array(["a", "b", "c"])[np.arange(40) % 3]
    check = check_estimators_for(labels, np.arange(40) / 7, estimators=["ross"], **few)
    assert (check.n_samples, check.kinds, check.dimension, check.levels[0]) == (40, (DISCRETE, CONTINUOUS), 1, 3)
    assert (check.unit, check.settings.seed, check.estimators) == (sb.Unit.NAT, 3, ["ross"])
    check = check_estimators_for(np.arange(40) % 5, np.ones(40, dtype=int), estimators=["plug_in"], **few)
    assert (check.kinds, check.levels) == ((DISCRETE, DISCRETE), (5, 2))
    block = np.random.default_rng(0).random((40, 2))
    check = check_estimators_for(np.arange(40) / 7, block, estimators=["copula"], **few)
    assert (check.kinds, check.dimension) == ((CONTINUOUS, CONTINUOUS), 2)
    assert check.warnings == ()


def test_more_levels_than_can_be_tried_are_told():
    check = check_estimators_for(
        np.arange(3000), np.arange(3000) % 7, estimators=["plug_in"], settings=EstimationSettings()
    )
    assert check.levels == (500, 7)
    assert strict(check)["warnings"] == ["x takes 3,000 values; the distributions tried have at most 500 levels."]


@pytest.mark.parametrize(
    ("n", "options", "words"),
    [
        (3, {}, "n_samples: wanted a whole number at least 4, got 3"),
        (40, {"repeats": 1}, "repeats: wanted a whole number at least 2, got 1"),
        (40, {"estimators": ["best"]}, "estimators: wanted one of ksg, ksg2"),
        (40, {"estimators": ["ross"]}, "estimators: wanted one of ksg, ksg2"),
        (40, {"estimators": ["plug_in"], "dimension": 3}, "estimators: wanted one of ksg, ksg2, copula, gao, got"),
        (40, {"tolerance": 0.0}, "tolerance: wanted an error above 0, got 0.0"),
        (40, {"tolerance": -1.0}, "tolerance: wanted an error above 0, got -1.0"),
        (40, {"tolerance": float("nan")}, "tolerance: wanted an error above 0, got nan"),
        (40, {"kinds": ("auto", CONTINUOUS)}, "kinds: wanted one of discrete, continuous, got 'auto'"),
        (40, {"kinds": (DISCRETE, "gross")}, "kinds: wanted one of discrete, continuous, got 'gross'"),
        (40, {"dimension": 0}, "dimension: wanted a whole number at least 1, got 0"),
        (40, {"dimension": 0, "kinds": (DISCRETE, DISCRETE)}, "dimension: wanted a whole number at least 1, got 0"),
        (40, {"dimension": 2, "kinds": (DISCRETE, CONTINUOUS)}, "dimension: wanted 1 where a variable is discrete"),
        (40, {"levels": (1, 2), "kinds": (DISCRETE, CONTINUOUS)}, "levels: wanted at least 2, got 1"),
        (40, {"levels": (2, 0), "kinds": (DISCRETE, DISCRETE)}, "levels: wanted at least 2, got 0"),
        (40, {"unit": "pound", "repeats": 2, "estimators": ["ksg"]}, "unit: wanted one of nat, bit, ban"),
        (40, {"bins": 0}, "bins: wanted a whole number from 1 to 1000000, got 0"),
        (4, {"k": 7}, "samples: wanted more than k = 7"),
    ],
)
def test_what_cannot_be_used_is_refused_with_advice(n, options, words):
    with pytest.raises(sb.InputError) as refused:
        sb.check_estimators(n, **options)
    assert str(refused.value).startswith(words)
