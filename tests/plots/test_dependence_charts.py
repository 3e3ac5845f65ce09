"""The pictures of two variables and of estimators tried, drawn without a browser."""

import json
import math
import re

import numpy as np
import pytest
import vl_convert

import sightbits as sb
from sightbits.estimation.settings import EstimationSettings
from sightbits.plots import chart, pictures
from sightbits.plots.dependence import (
    as_correlation,
    contrast_points,
    correlation_rows,
    estimator_rows,
    finding,
    histogram_map,
    n_cells_across,
    point_rows,
    points,
    readable,
)
from sightbits.plots.estimator_check import distributions, errors, has_ladder, ladder, trial_rows, verdict
from sightbits.plots.export import VEGA_LITE, write_picture
from sightbits.studies.estimator_check import EstimatorCheck, Trial

N = 120
NAMES = np.array(["left foot", 'say "<b>"', "back\\slash"])


def _pairs():
    rng = np.random.default_rng(5)
    x = rng.standard_normal(N)
    digits = np.arange(N) % 3
    return {
        "continuous": (x, x + rng.standard_normal(N), {}),
        "names and continuous": (NAMES[digits], x + digits, {}),
        "continuous and names": (x + digits, NAMES[digits], {}),
        "names and discrete": (NAMES[digits], digits + (rng.random(N) < 0.3), {}),
        "many levels": (np.array([f"name {i:02}" for i in range(60)])[np.arange(N) % 60], np.arange(N) * 7 % 101, {}),
        "infinite": (x, x, {"estimator": "copula"}),
        "constant": (x, np.full(N, 1.5), {}),
        "constants": (np.full(N, 2), np.full(N, 0.25), {}),
        "far from 0": (1e6 + x * 1e-3, -1e12 * x, {}),
        "without null": (x, x**3, {"permutations": 0, "error": "none"}),
    }


KINDS = list(_pairs())


@pytest.fixture(scope="module")
def measured():
    """What was measured of a pair, measured once."""
    known = {}

    def of(kind):
        if kind not in known:
            x, y, options = _pairs()[kind]
            known[kind] = sb.measure_dependence(x, y, names=("first", "second"), **{"permutations": 19, **options})
        return known[kind]

    return of


@pytest.fixture(scope="module")
def check():
    return sb.check_estimators(60, repeats=2)


@pytest.mark.parametrize("kind", KINDS)
def test_every_picture_is_valid_whole_and_drawn(measured, kind):
    drawn = pictures(measured(kind))
    assert set(drawn) == {"dependence", "points", "estimators", "correlations", "histogram"}
    for name, picture in drawn.items():
        spec = picture.spec()
        named = set(re.findall(r"'data': \{'name': '(\w+)'\}", str(spec)))
        assert named == set(spec["datasets"])
        json.dumps(spec, allow_nan=False)
        drawing = _svg(picture)
        assert "NaN" not in drawing, name
        assert "undefined" not in drawing, name
        assert ("first and second" in drawing) == (name == "dependence")


def test_pictures_are_written_as_svg_and_png(measured, tmp_path):
    svg, png = write_picture(pictures(measured("continuous"))["dependence"], tmp_path / "dependence")
    assert svg.read_text().startswith("<svg")
    assert png.read_bytes()[:4] == b"\x89PNG"


def _svg(picture):
    return vl_convert.vegalite_to_svg(picture.spec(), vl_version=VEGA_LITE)


@pytest.mark.parametrize("kind", KINDS)
def test_cells_hold_every_sample_once_and_empty_ones_are_left_out(measured, kind):
    found = measured(kind)
    picture = histogram_map(found)
    rows = picture.datasets["cells"]
    assert sum(row["count"] for row in rows) == N
    assert all(row["count"] > 0 for row in rows)
    assert len({(row["i"], row["j"]) for row in rows}) == len(rows)
    across = n_cells_across(found)
    assert all(0 <= row[axis] < across for row in rows for axis in "ij")
    assert across <= 40
    encoding = picture.chart.to_dict()["encoding"]
    assert encoding["color"]["scale"]["domain"] == [0, max(row["count"] for row in rows)]
    domains = {axis: encoding[axis]["scale"]["domain"] for axis in "xy"}
    assert max(map(len, domains.values())) == across
    assert domains["x"] == sorted(domains["x"])
    assert domains["y"] == sorted(domains["y"], reverse=True)


def test_cells_are_those_of_numpy(measured):
    found = measured("continuous")
    x, y, _ = _pairs()["continuous"]
    counts = np.histogram2d(x, y, bins=30)[0]
    drawn = np.zeros_like(counts)
    for row in histogram_map(found).datasets["cells"]:
        drawn[row["i"], row["j"]] = row["count"]
    np.testing.assert_array_equal(drawn, counts)


@pytest.mark.parametrize(("bins", "across"), [(7, 7), (500, 40), ("sturges", 30)])
def test_cells_across_are_the_bins_asked_for_as_far_as_they_can_be_drawn(bins, across):
    x = np.linspace(0.5, 1, 50)
    found = sb.measure_dependence(x, x[::-1], bins=bins, permutations=0, error="none")
    assert n_cells_across(found) == across


def test_cells_of_levels_are_levels_by_name(measured):
    found = measured("names and discrete")
    x, y, _ = _pairs()["names and discrete"]
    rows = histogram_map(found).datasets["cells"]
    names, numbers = np.unique(x), np.unique(y)
    assert {(names[row["i"]], numbers[row["j"]]): row["count"] for row in rows} == {
        (name, number): int(((x == name) & (y == number)).sum())
        for name in names
        for number in numbers
        if ((x == name) & (y == number)).any()
    }
    drawing = _svg(histogram_map(found))
    assert all(f">{text}<" in drawing for text in ("left foot", 'say "&lt;b&gt;"', "back\\slash", "0", "1", "2"))


def test_levels_that_are_long_numbers_are_written_in_full():
    x = np.array([20240101, 20240102, 2**60, 2**60 + 1] * 5)
    found = sb.measure_dependence(x, x % 2, kinds="discrete", permutations=0, error="none")
    drawing = _svg(histogram_map(found))
    assert all(f">{text}" in drawing for text in ("20240101<", "20240102<", "1.15292"))
    assert "undefined" not in drawing


def test_axes_of_cells_say_where_a_cell_begins(measured):
    x = np.array([10.0, 10.5, 12.0, 14.0, 18.5, 20.0])
    found = sb.measure_dependence(x, np.full(6, 1.5), bins=5, permutations=0, error="none")
    drawing = _svg(histogram_map(found))
    assert all(f">{text}<" in drawing for text in ("10", "12", "14", "16", "18", "1.5"))
    around = np.array([-3.001, -2.5, -0.005, 0.5, 1.5, 2.999])
    nothing = sb.measure_dependence(around, -around, bins=6, permutations=0, error="none")
    assert [f">{text}<" in _svg(histogram_map(nothing)) for text in ("−3", "−1", "0", "−0", "1")] == [
        True, True, True, False, True,
    ]  # fmt: skip
    many = _svg(histogram_map(measured("many levels")))
    assert all(f">name {i:02}<" in many for i in (0, 10, 20))


def test_labels_that_would_run_into_each_other_are_turned(measured):
    def angle(kind):
        return histogram_map(measured(kind)).chart.to_dict()["encoding"]["x"]["axis"]["labelAngle"]

    assert {kind: angle(kind) for kind in ("names and continuous", "names and discrete", "continuous")} == {
        "names and continuous": -90,
        "names and discrete": -90,
        "continuous": 0,
    }
    few = sb.measure_dependence(np.array(["a", "b"] * 9), np.arange(18) % 3, permutations=0, error="none")
    assert histogram_map(few).chart.to_dict()["encoding"]["x"]["axis"]["labelAngle"] == 0


@pytest.mark.parametrize(("n", "shown"), [(5, 5), (2000, 2000), (2001, 2000), (5000, 2000)])
def test_at_most_two_thousand_points_evenly_taken(n, shown):
    rows = point_rows(np.arange(n), -np.arange(n))
    assert len(rows) == shown
    places = [row["x"] for row in rows]
    assert places[0] == 0
    assert [row["y"] for row in rows] == [-place for place in places]
    steps = set(np.diff(places))
    assert steps == {n // shown} or steps == {n // shown, n // shown + 1}


def test_points_are_the_samples(measured):
    x, y, _ = _pairs()["names and continuous"]
    rows = points(measured("names and continuous")).datasets["points"]
    assert rows == [{"x": str(a), "y": float(b)} for a, b in zip(x, y, strict=True)]
    encoding = points(measured("names and continuous")).chart.to_dict()["encoding"]
    assert (encoding["x"]["type"], encoding["y"]["type"]) == ("nominal", "quantitative")
    assert (encoding["x"]["title"], encoding["y"]["title"]) == ("first", "second")
    found = measured("continuous")
    contrast = contrast_points(found).datasets["contrast"]
    assert [(row["x"], row["y"]) for row in contrast] == list(
        zip(found.contrast.x.tolist(), found.contrast.y.tolist(), strict=True)
    )


def test_estimators_stand_beside_their_error_and_chance(measured):
    found = measured("continuous")
    rows = estimator_rows(found)
    assert [row["estimator"] for row in rows] == [readable(name) for name in found.by_estimator]
    for row, one in zip(rows, found.by_estimator.values(), strict=True):
        value, error = float(one.value) / math.log(2), float(one.standard_error) / math.log(2)
        assert row["value"] == pytest.approx(value)
        assert (row["low"], row["high"]) == (pytest.approx(value - error), pytest.approx(value + error))
        assert row["error"] == pytest.approx(error)
        assert row["chance"] == pytest.approx(float(one.null_mean) / math.log(2))
    drawn = json.dumps(pictures(found)["estimators"].chart.to_dict()["layer"][0]["encoding"]["y"]["sort"])
    assert drawn == json.dumps([row["estimator"] for row in rows])
    assert [row["chosen"] for row in rows] == [True] + [False] * (len(rows) - 1)
    infinite = {row["estimator"]: row for row in estimator_rows(measured("infinite"))}
    copula = infinite["Gaussian copula"]
    assert (copula["value"], copula["low"], copula["high"], copula["chosen"]) == (None, None, None, True)
    naked = estimator_rows(measured("without null"))[0]
    assert (naked["chance"], naked["error"]) == (None, None)
    assert naked["low"] == naked["high"] == naked["value"]


@pytest.mark.parametrize("correlation", [0.0, 0.3, 0.999])
def test_information_of_a_gaussian_is_its_correlation(correlation):
    assert as_correlation(-0.5 * math.log(1 - correlation**2)) == pytest.approx(correlation)


def test_information_as_a_correlation_stays_between_0_and_1():
    assert as_correlation(-0.2) == 0
    assert as_correlation(math.inf) == 1
    assert as_correlation(1e-12) == pytest.approx(math.sqrt(2e-12))


def test_correlations_of_both_pairs_stand_together(measured):
    found = measured("continuous")
    rows = correlation_rows(found)
    assert [row["measure"] for row in rows] == ["Pearson", "Spearman", "distance", "information"] * 2
    assert [row["whose"] for row in rows] == ["first, second"] * 4 + ["y = x²"] * 4
    correlation, contrast = found.correlation, found.contrast
    assert [row["value"] for row in rows] == [
        correlation.pearson, correlation.spearman, correlation.distance, as_correlation(float(found.information.value)),
        contrast.correlation.pearson, contrast.correlation.spearman, contrast.correlation.distance,
        as_correlation(float(contrast.information.value)),
    ]  # fmt: skip
    named = correlation_rows(measured("names and continuous"))[:4]
    assert [row["value"] is None for row in named] == [True, True, True, False]


def test_a_falling_line_needs_room_to_the_left():
    x = np.linspace(0, 1, 40)
    found = sb.measure_dependence(x, -x, permutations=0, error="none")
    assert '"domain": [-1.0, 1.0]' in json.dumps(pictures(found)["correlations"].spec())


def _found(x, y, **options):
    return finding(sb.measure_dependence(x, y, names=("a", "b"), **{"permutations": 39, **options}))


def test_the_sentence_says_what_was_found(measured):
    x = np.linspace(-1, 1, 300)
    noise = np.random.default_rng(1).standard_normal(300)
    curved = _found(x, x**2 + 0.1 * noise)
    assert curved.endswith("More than the correlation of -0.01 accounts for: the dependence is not linear alone.")
    text = _found(noise, noise + np.random.default_rng(2).standard_normal(300), unit="nat")
    assert re.match(r"I\(a; b\) = 0\.\d{3} ± 0\.\d{3} nats by KSG 1, of which chance alone gives -?0\.\d{3}", text)
    assert text.endswith("(p = 0.025). The correlation of 0.69 accounts for all of it.")
    assert _found(x, noise).endswith("Nothing here but chance.")
    assert _found(NAMES[np.arange(300) % 3], noise + 9 * (np.arange(300) % 3)).endswith("(p = 0.025).")
    assert finding(measured("without null")).endswith("; what chance gives was not asked.")
    assert "±" not in finding(measured("without null"))


def test_bias_is_not_taken_for_a_dependence_beyond_the_line():
    rng = np.random.default_rng(0)
    x = rng.standard_normal(400)
    biased = _found(x, 0.5 * x + rng.standard_normal(400), estimator="plug_in", bins=20)
    assert biased.endswith("accounts for all of it.")


def test_a_perfect_line_is_linear_whatever_the_estimator(measured):
    assert finding(measured("infinite")).endswith("The correlation of 1.00 accounts for all of it.")
    x = np.linspace(0, 1, 50)
    assert _found(x, 1 - x).endswith("The correlation of -1.00 accounts for all of it.")


@pytest.mark.parametrize("shuffles", [1, 18])
def test_too_few_shuffles_are_no_verdict(shuffles):
    x = np.linspace(0, 1, 50)
    assert _found(x, x**2, permutations=shuffles).endswith("Fewer than 19 shuffles cannot tell it from chance.")
    assert "accounts for" in _found(x, x**2, permutations=19)


def test_main_picture_is_the_chart(measured):
    found = measured("continuous")
    assert chart(found).to_dict() == found.plot().to_dict()
    title = found.plot().to_dict()["title"]
    assert (title["text"], title["subtitle"]) == ("first and second", finding(found))


def test_readable_names_know_every_estimator():
    names = [
        *sb.measure_dependence([1, 2, 3], [1.5, 2, 2.5], k=1, permutations=0).by_estimator,
        "ksg",
        "ksg2",
        "copula",
    ]
    assert all(readable(name) != name for name in names if name not in {"shrinkage", "jackknife"})
    assert readable("of_tomorrow") == "of tomorrow"


def test_pictures_of_a_check_are_valid_whole_and_drawn(check):
    drawn = pictures(check)
    assert set(drawn) == {"errors", "ladder"}
    for picture in drawn.values():
        spec = picture.spec()
        assert set(re.findall(r"'data': \{'name': '(\w+)'\}", str(picture.chart.to_dict()))) == set(spec["datasets"])
        json.dumps(spec, allow_nan=False)
        assert "NaN" not in _svg(picture)
    assert chart(check).to_dict() == check.plot().to_dict()
    assert ">KSG 1<" in _svg(drawn["errors"])


def test_trials_are_numbered_and_beside_what_is_allowed(check):
    rows = trial_rows(check)
    names = distributions(check)
    assert len(rows) == len(names) * len(check.estimators) == 8 * 13
    plain = [trial for trial in check.trials if not trial.rung]
    for row, trial in zip(rows, plain, strict=True):
        assert row["estimator"] == readable(trial.estimator)
        assert names[row["number"] - 1] == row["distribution"] == trial.distribution
        assert row["truth"] == pytest.approx(trial.truth / math.log(2))
        assert row["bias"] == pytest.approx(trial.bias / math.log(2))
        assert row["spread"] == pytest.approx(trial.spread / math.log(2))
        assert (row["share"] <= 1) == check.right(trial)
    assert len(errors(check).datasets["trials"]) == len(rows)


def test_the_ladder_is_drawn_beside_the_diagonal(check):
    drawn = ladder(check)
    rows = drawn.datasets["ladder"]
    shown = {row["estimator"] for row in rows}
    assert shown == {"KSG 1", "KSG 2", "Gao", "Gaussian copula", "Chao-Wang-Jost", "plug-in"}
    assert len(rows) == 6 * 8
    assert drawn.datasets["diagonal"] == [
        {"truth": 0.0, "mean": 0.0},
        {"truth": pytest.approx(10), "mean": pytest.approx(10)},
    ]
    for trial in check.trials:
        if trial.rung and trial.estimator == "plug_in":
            row = next(
                row for row in rows
                if row["estimator"] == "plug-in" and row["truth"] == pytest.approx(trial.truth / math.log(2))
            )  # fmt: skip
            assert row["mean"] == pytest.approx(trial.values.mean() / math.log(2))
            assert row["high"] - row["low"] == pytest.approx(2 * trial.spread / math.log(2))


def test_infinite_estimates_are_left_out_of_the_ladder():
    check = sb.check_estimators(10, estimators=["copula"], repeats=2)
    rows = ladder(check).datasets["ladder"]
    assert rows[-1]["mean"] is None
    assert "NaN" not in _svg(pictures(check)["ladder"])
    assert "NaN" not in _svg(pictures(check)["errors"])


def test_estimators_that_are_seldom_drawn_are_where_no_other_was_tried():
    check = sb.check_estimators(30, estimators=["miller_madow", "nsb"], repeats=2)
    rows = ladder(check).datasets["ladder"]
    assert {row["estimator"] for row in rows} == {"Miller-Madow", "NSB"}
    assert "Miller-Madow" in _svg(pictures(check)["ladder"])


def test_discrete_variables_have_no_ladder():
    check = sb.check_estimators(30, kinds=("discrete", "continuous"), levels=(3, 2), repeats=2)
    assert not has_ladder(check)
    assert set(pictures(check)) == {"errors"}
    assert "NaN" not in _svg(pictures(check)["errors"])


def _check_of(errors_by_estimator, **options):
    trials = [
        Trial(
            distribution="one", description="", estimator=name, truth=0.0, saturated=0.0,
            values=np.array([error, error], dtype=np.float64),
        )
        for name, error in errors_by_estimator.items()
    ]  # fmt: skip
    shape = {"kinds": ("continuous", "continuous"), "dimension": 1, "unit": sb.Unit.NAT, **options}
    return EstimatorCheck(
        n_samples=1234, levels=(2, 2), trials=trials, tolerance=0.1, settings=EstimationSettings(), **shape
    )


@pytest.mark.parametrize(
    ("check", "words"),
    [
        (
            _check_of({"ksg": 0.0}),
            "With 1,234 samples of continuous variables, KSG 1 stays within 0.1 nats, or 10 %, of the truth "
            "on every distribution tried.",
        ),
        (
            _check_of({"ksg": 0.0, "nsb": 0.1, "gao": 0.05, "copula": 0.5}),
            "With 1,234 samples of continuous variables, KSG 1, NSB and Gao stay within",
        ),
        (_check_of({"ksg": 1.0}), "With 1,234 samples of continuous variables, no estimator stays within"),
        (_check_of({"ksg": 0.0}, dimension=3), "With 1,234 samples of continuous variables of 3 columns each, KSG 1"),
        (_check_of({"ross": 0.0}, kinds=("discrete", "continuous")), "With 1,234 samples of discrete and continuous v"),
        (
            _check_of({"ksg": 0.0}, unit=sb.Unit.BIT),
            "With 1,234 samples of continuous variables, KSG 1 stays within 0.14",
        ),
    ],
)
def test_the_verdict_names_who_can_be_trusted(check, words):
    assert verdict(check).startswith(words)
