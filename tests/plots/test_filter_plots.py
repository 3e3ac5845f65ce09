"""The pictures of a study of filters, drawn without a browser."""

import base64
import re
from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
import vl_convert
from PIL import Image
from scipy.stats import spearmanr

from sightbits.core.checks import InputError
from sightbits.estimation.filters import PAPER, REPAIRED
from sightbits.plots import main_picture, pictures
from sightbits.plots.export import write_picture
from sightbits.plots.filters import data
from sightbits.plots.filters.accuracy import accuracy_chart, accuracy_domain
from sightbits.plots.filters.responses import responses_of, strip_rows
from sightbits.plots.filters.words import finding, strokes

BIT = np.log(2)
close = pytest.approx


@pytest.fixture(scope="module")
def study(invent_filters):
    return invent_filters()


@pytest.fixture(scope="module")
def alone(invent_filters):
    return invent_filters(seeds=1, fine_tune=0, sweep=(), criteria=("l1", "usable_information"), n_filters=5)


@pytest.fixture(scope="module")
def specs(study):
    return {name: picture.spec() for name, picture in pictures(study).items()}


def test_every_picture_is_valid_and_whole_in_itself(specs):
    assert list(specs) == ["pruning", "width", "objective", "information", "agreement", "responses", "sweep"]
    for spec in specs.values():
        assert set(re.findall(r"'data': \{'name': '(\w+)'\}", str(spec))) == set(spec["datasets"])
        assert all(spec["datasets"].values())
        assert "http" not in str({name: part for name, part in spec.items() if name != "$schema"})


def test_one_kind_of_picture_can_be_asked_for(study, alone, specs):
    assert study.plot().to_dict()["datasets"] == specs["pruning"]["datasets"]
    assert " ".join(study.plot().to_dict()["title"]["text"]) == finding(study)
    assert study.plot(kind="width").to_dict()["datasets"] == specs["width"]["datasets"]
    with pytest.raises(InputError, match=r"kind: wanted one of pruning, width, .*, got 'sweep'"):
        main_picture(alone, kind="sweep")


def test_one_network_and_few_filters_are_drawn(alone, tmp_path):
    assert "sweep" not in pictures(alone)
    for name in ("pruning", "width", "objective", "responses"):
        svg, _ = write_picture(main_picture(alone, kind=name), tmp_path / name)
        assert "NaN" not in svg.read_text()
    assert len(main_picture(alone).spec()["hconcat"]) == 1
    rows = data.pruning_rows(alone)
    assert {row["accuracy_low"] for row in rows} == {None}


def test_pruning_rows_are_means_with_one_standard_deviation_and_baselines_lie_below(study):
    rows = data.pruning_rows(study)
    assert len(rows) == 2 * 14 * 4
    assert [row["criterion"] for row in rows[:52:4]][:5] == ["Taylor", "L1", "APoZ", "HRank", "random"]
    row = next(
        row for row in rows if (row["criterion"], row["kept"], row["fine_tuned"]) == ("bottleneck (source)", 2, True)
    )
    values = study.fine_tuned_accuracy["bottleneck"][:, 2]
    assert row["accuracy"] == close(values.mean(), rel=1e-4)
    assert row["accuracy_low"] == close(values.mean() - values.std(ddof=1), rel=1e-4)
    assert row["accuracy_high"] == close(values.mean() + values.std(ddof=1), rel=1e-4)
    certain = replace(study, pruned_accuracy={name: np.array([[1.0] * 4, [0.9] * 4]) for name in study.criteria})
    assert {row["accuracy_high"] for row in data.pruning_rows(certain) if not row["fine_tuned"]} == {1.0}


def test_accuracies_stand_on_a_logarithmic_axis_that_begins_low_only_where_lines_do(study):
    spec = accuracy_chart(study, fine_tuned=False).to_dict()
    x, y = (spec["layer"][-1]["encoding"][name] for name in "xy")
    assert (x["scale"]["type"], x["scale"]["base"], x["axis"]["values"]) == ("log", 2, [1, 2, 4, 8])
    assert y["scale"]["domain"] == list(accuracy_domain(study, fine_tuned=False))
    assert y["scale"]["domain"][0] == 0
    for lowest, begins in ((0.3, 0.0), (0.6, 0.58)):  # with a twentieth of the range below
        told = {name: np.array([[1.0, 1.0, 1.0, lowest]] * 2) for name in study.criteria}
        assert accuracy_domain(replace(study, pruned_accuracy=told), fine_tuned=False) == close((begins, 1))
    low, high = accuracy_domain(study, fine_tuned=True)
    tuned = np.array(list(study.fine_tuned_accuracy.values()))
    assert 0.7 < low < tuned.min()
    assert study.accuracy.mean() < high <= 1
    assert {layer["encoding"]["y"]["scale"]["domain"][0] for layer in spec["layer"]} == {0}


def test_fourteen_criteria_are_told_apart_and_keep_their_strokes(study, alone):
    drawn = strokes(study)
    both = dict(zip(drawn.words, zip(drawn.colours, drawn.dashes, strict=True), strict=True))
    assert len(set(both.values())) == 14
    few = strokes(alone)
    assert list(few.words) == ["L1", "usable information"]
    assert list(zip(few.colours, few.dashes, strict=True)) == [both[word] for word in few.words]
    greys = {both[name][0] for name in ("Taylor", "L1", "APoZ", "HRank", "random")}
    assert not greys & {colour for name, (colour, _) in both.items() if name in list(both)[:9]}


def test_histograms_count_the_filters_of_all_networks_in_the_unit(study):
    rows = data.bin_rows(study)
    for figure, values in (("objective", study.objective), ("excess", study.excess_objective)):
        own = [row for row in rows if row["figure"] == figure]
        assert sum(row["filters"] for row in own) == 32
        assert own[0]["low"] == close(values.min() / BIT, rel=1e-4)
        assert own[-1]["high"] == close(values.max() / BIT, rel=1e-4)
        assert 8 <= len(own) <= 32
        inside = (values >= own[0]["low"] * BIT - 1e-4) & (values < own[0]["high"] * BIT)
        assert own[0]["filters"] == inside.sum()
    lines = {row["line"]: (row["figure"], row["value"]) for row in data.line_rows(study)}
    assert lines["mean of all filters"] == ("objective", close(study.objective.mean() / BIT, rel=1e-4))
    chance = (study.objective - study.excess_objective).mean() / BIT
    assert lines["samples shuffled"] == ("objective", close(chance, rel=1e-4))
    assert lines["as much as by chance"] == ("excess", 0)


def test_filters_stand_beside_chance(study):
    row = data.filter_rows(study)[16 + 3]
    figures = study.figures[1]
    assert (row["network"], row["filter"]) == (2, 3)
    assert row["input"] == close(figures.input_information.value[3] / BIT, rel=1e-4)
    assert row["input_null"] == close(0.4 * row["input"], rel=1e-4)
    assert row["label"] == close(figures.label_information.value[3] / BIT, rel=1e-4)
    assert row["label_null"] == close(0.5 / BIT, rel=1e-4)


def test_steps_are_told_of_each_rule_and_network(study, specs):
    rows = data.step_rows(study)
    own = [row for row in rows if row["rule"] == REPAIRED and row["network"] == 2]
    assert [row["step"] for row in own] == [1, 2, 3, 4, 5, 6, 7]
    assert [row["accepted"] for row in own] == [True] * 6 + [False]
    assert own[1]["information"] == close(0.5 / BIT, rel=1e-4)
    assert own[1]["null_high"] - own[1]["null"] == close(0.02 / BIT, rel=1e-3)
    titles = [one["title"] for one in specs["width"]["hconcat"]]
    assert [one["subtitle"] for one in titles] == [
        "filters chosen, network by network: 1, 2", "filters chosen, network by network: 5, 6"
    ]  # fmt: skip
    assert list(study.width) == [PAPER, REPAIRED]


def test_agreement_is_spearmans_correlation_averaged_over_networks(study):
    found = data.agreement_of(study)
    l1, taylor = study.importance["l1"], study.importance["taylor"]
    expected = np.mean([spearmanr(l1[i], taylor[i]).statistic for i in range(2)])
    names = list(study.criteria)
    assert found[names.index("l1"), names.index("taylor")] == close(expected)
    np.testing.assert_allclose(np.diag(found), 1)
    np.testing.assert_allclose(found, found.T)


def test_a_criterion_that_says_nothing_of_one_network_agrees_by_the_other(study):
    flat = study.importance["l1"].copy()
    flat[0] = 1
    found = data.agreement_of(replace(study, importance={**study.importance, "l1": flat}))
    names = list(study.criteria)
    expected = spearmanr(flat[1], study.importance["apoz"][1]).statistic
    assert found[names.index("l1"), names.index("apoz")] == close(expected)
    nothing = data.agreement_of(replace(study, importance={**study.importance, "l1": np.ones((2, 16))}))
    assert np.isnan(nothing[names.index("l1")]).all()
    assert np.isfinite(nothing[names.index("apoz"), names.index("hrank")])


@pytest.mark.parametrize(("width", "turned"), [(140, True), (460, False)])
def test_numbers_of_agreement_stand_upright_where_cells_are_too_narrow_for_them(specs, study, width, turned):
    svg = vl_convert.vegalite_to_svg({**specs["agreement"], "width": width})
    numbers = re.findall(r'<text[^>]*transform="([^"]*)"[^>]*>[−-]?\d+</text>', svg)
    assert len(numbers) >= len(study.criteria) ** 2
    assert ("rotate(-90)" in numbers[0] or "rotate(270)" in numbers[0]) is turned


def test_sweep_rows_have_bands_chance_and_ceiling(study):
    row = data.sweep_rows(study)[1]
    values = study.sweep.input_information[:, 1] / BIT
    assert row["n_filters"] == 4
    assert row["information"] == close(values.mean(), rel=1e-4)
    assert row["information_low"] == close(values.mean() - values.std(ddof=1), rel=1e-4)
    assert row["information_null"] == close(study.sweep.input_information_null[:, 1].mean() / BIT, rel=1e-4)
    assert row["ceiling"] == close(4.5 / BIT, rel=1e-4)
    assert row["redundancy_null"] == close(100 * study.sweep.redundancy_null[:, 1].mean(), rel=1e-4)


# What filters respond with


def pixels_of(strip):
    assert strip.address.startswith("data:image/png;base64,")
    return np.asarray(Image.open(BytesIO(base64.b64decode(strip.address.partition(",")[2]))))


def with_responses(study, responses, images=None):
    shown = replace(study.pictures, responses=responses, images=study.pictures.images if images is None else images)
    return replace(study, pictures=shown)


def test_filters_are_shown_in_the_order_of_the_first_criterion(study, alone, invent_filters):
    order = np.argsort(-study.importance["usable_information"][0])
    found = responses_of(study)
    assert [strip.filter for strip in found.most] == order[:8].tolist()
    assert [strip.filter for strip in found.least] == order[8:].tolist()
    few = responses_of(alone)
    order = np.argsort(-alone.importance["l1"][0])
    assert [strip.filter for strip in few.most] == order[:2].tolist()
    assert [strip.filter for strip in few.least] == order[-2:].tolist()
    many = responses_of(invent_filters(n_filters=64, criteria=("l1",), sweep=()))
    assert (len(many.most), len(many.least)) == (16, 16)
    assert not {strip.filter for strip in many.most} & {strip.filter for strip in many.least}
    assert len(strip_rows(many)) == 2 * 17


def test_cells_are_whole_pixels_of_one_scale_of_colours(study):
    responses = np.zeros((3, 16, 8, 8))
    first = responses_of(study).most[0].filter
    responses[1, first, 2, 3] = 5.0
    found = responses_of(with_responses(study, responses))
    strip = pixels_of(found.most[0])
    cell = 4  # 28 / 8, rounded
    assert strip.shape == (8 * cell, 3 * 8 * cell + 2 * 2, 4)
    left = 8 * cell + 2 + 3 * cell
    bright = (strip[..., :3] == [253, 231, 37]).all(axis=2)
    assert bright[2 * cell : 3 * cell, left : left + cell].all()
    assert bright.sum() == cell**2
    dark = (strip[..., :3] == [68, 1, 84]).all(axis=2)
    assert dark.sum() == (3 * 64 - 1) * cell**2
    assert (strip[:, 8 * cell : 8 * cell + 2, 3] == 0).all()
    assert (found.low, found.high, found.averaged) == (0, 5, 1)


def test_large_maps_are_averaged_and_small_ones_enlarged(study):
    responses = np.zeros((3, 16, 33, 20))
    responses[:, :, :3, :3] = np.arange(9).reshape(3, 3)
    responses[:, :, 30:, :] = 100.0
    found = responses_of(with_responses(study, responses))
    assert found.averaged == 3
    assert found.high == 100
    strip = pixels_of(found.images)
    assert strip.shape[:2] == (11 * 3, 3 * 7 * 3 + 4)
    lowest = responses_of(with_responses(study, responses - 4))
    assert lowest.low == -4
    assert responses_of(with_responses(study, responses + 1)).low == 1
    one = responses_of(with_responses(study, np.full((3, 16, 1, 1), 7.0)))
    assert one.high > one.low
    assert pixels_of(one.most[0]).shape == (28, 3 * 28 + 4, 4)


def test_images_are_grey_or_in_colour(study):
    grey = np.zeros((3, 16, 16, 1))
    grey[0] = 1
    strip = pixels_of(responses_of(with_responses(study, study.pictures.responses, grey)).images)
    assert (strip[:, :32, :3] == 255).all()
    assert (strip[:, 34:66, :3] == 0).all()
    red = np.zeros((3, 16, 16, 3))
    red[..., 0] = 0.5
    strip = pixels_of(responses_of(with_responses(study, study.pictures.responses, red)).images)
    assert (strip[:, :32, :3] == [128, 0, 0]).all()


# Words


@pytest.mark.parametrize(
    ("accuracy", "said"),
    [
        ({"l1": [0.9, 0.8]}, "keeping 1, L1 prunes best, 85.00 ± 7.07 %"),
        ({"l1": [0.9, 0.8], "apoz": [0.9, 0.8]}, "keeping 1, L1 prunes best, 85.00 ± 7.07 %, APoZ no worse"),
        ({"l1": [0.9, 0.9], "apoz": [0.9, 0.9], "hrank": [0.9, 0.9]}, "90.00 ± 0.00 %, 2 others no worse"),
        ({}, "keeping 1, no criterion can be told from the best (L1, 20.00 ± 0.00 %)"),
    ],
)
def test_finding_names_the_best_with_fewest_filters_and_who_is_no_worse(invent_filters, accuracy, said):
    study = invent_filters(criteria=("l1", "apoz", "hrank", "random"), keep=[8, 1], sweep=(), fine_tune=0)
    values = {name: np.full((2, 2), 0.2) for name in study.criteria}
    for name, last in accuracy.items():
        values[name][:, 1] = last
    text = finding(replace(study, pruned_accuracy=values)).replace("\u00a0", " ")
    begin = (
        "invented, lenet5 relu, conv2 (98.50 ± 0.71 %): of 16 filters, enough are 5.5 (5 to 6) by the repaired rule "
        "and 1.5 (1 to 2) by the source's rule; "
    )
    assert text.startswith(begin)
    assert text.endswith(said)


def test_finding_tells_of_fine_tuning_where_there_was_some(study):
    assert "; after 1 epoch of fine-tuning, usable information prunes best, " in finding(study)
