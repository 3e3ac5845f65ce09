"""The pictures of encodings compared, drawn without a browser."""

import re
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

import sightbits as sb
from sightbits.encodings.named import ENCODINGS as ENCODINGS_BY_NAME
from sightbits.plots import chart, pictures
from sightbits.plots.encoding_comparison import charts, data
from sightbits.plots.encoding_comparison.words import best_other, finding, strokes
from sightbits.plots.export import write_picture
from sightbits.studies.encoding_comparison import LearningCurve

ENCODINGS = ("identity", "inverted", "centred", "inverted+centred", "binarised")
pictures_of = cache(pictures)


@pytest.fixture(scope="module")
def compared():
    digits = sb.load_dataset("digits").take(slice(400))
    return sb.compare_encodings(digits, encodings=ENCODINGS, trials=6, updates=8, seeds=2, rates=(0.05, 0.5), jobs=1)


@pytest.fixture(scope="module")
def coloured():
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, size=(120, 6, 7, 3)).astype(np.uint8)
    images[:, 0, 0] = 0
    images[:, 0, 1, :2] = 0
    return sb.compare_encodings(
        images, np.arange(120) % 2, encodings=["identity", "inverted"], trials=3, updates=3, seeds=1, rates=[], jobs=1
    )


def always(accuracy, n_seeds=2):
    return LearningCurve(
        rate=0.5, updates=np.array([10, 20]), accuracy=np.full((n_seeds, 2), accuracy),
        loss=np.full((n_seeds, 2), 0.5), weight_change=None,
        diverged=np.full(n_seeds, np.isnan(accuracy)),
    )  # fmt: skip


def told(compared, **accuracies):
    """The same result, with these accuracies and no other encodings."""
    names = [name.replace("_", "+") for name in accuracies]
    curves = {
        name: replace(compared.curves["softmax"][name], main=always(accuracy), best=None)
        for name, accuracy in zip(names, accuracies.values(), strict=True)
    }
    described = {name: compared.encodings[name] for name in names}
    return replace(compared, curves={"softmax": curves}, encodings=described)


def rows(result, picture, dataset):
    return pictures_of(result)[picture].spec()["datasets"][dataset]


def test_every_picture_is_valid_and_whole_in_itself(compared):
    drawn = pictures_of(compared)
    assert list(drawn) == [
        "learning_curves", "accuracy", "accuracy_at_best_rates", "learning_rates", "weight_change", "spectrum",
        "information",
    ]  # fmt: skip
    for picture in drawn.values():
        spec = picture.spec()
        named = set(re.findall(r"'data': \{'name': '(\w+)'\}", str(picture.chart.to_dict())))
        assert named == set(spec["datasets"])
        assert all(spec["datasets"].values())
        assert "url" not in str(spec)


def test_main_picture_is_that_of_the_result(compared):
    spec = compared.plot().to_dict()
    assert spec == chart(compared).to_dict()
    assert " ".join(spec["title"]["text"]) == finding(compared)
    assert len(spec["hconcat"]) == 2


@pytest.mark.parametrize(
    ("accuracies", "sentence"),
    [
        (
            {"identity": 0.92, "inverted": 0.84, "centred": 0.9208},
            "The same information, learned differently: softmax averages 92.0 % on identity and 84.0 % on inverted "
            "images; centred closes 101 % of the gap",
        ),
        (
            {"identity": 0.92, "inverted": 0.9, "centred": 0.96},
            "The same information, learned differently: softmax averages 92.0 % on identity and 90.0 % on inverted "
            "images; centred does better than both, 96.0 %",
        ),
        (
            {"identity": 0.92, "inverted": 0.917, "centred": 0.93},
            "Inverting matters little here: softmax averages 92.0 % on identity and 91.7 % on inverted images, 93.0 % "
            "on centred ones",
        ),
        (
            {"identity": 0.8, "inverted": 0.9},
            "The same information, learned differently: softmax averages 80.0 % on identity and 90.0 % on inverted "
            "images",
        ),
        (
            {"inverted": 0.8, "centred": 0.9, "binarised": 0.95},
            "The same information, learned differently: softmax averages 80.0 % on inverted images, 90.0 % on centred "
            "ones",
        ),
        (
            {"identity": 0.9, "inverted": np.nan, "centred": 0.91},
            "The same information, learned differently: softmax averages 90.0 % on identity and diverged on inverted "
            "images, 91.0 % on centred ones",
        ),
        ({"identity": 0.9, "binarised": 0.91}, "Softmax averages 90.0 % on identity images"),
    ],
)
def test_finding_says_what_was_found(compared, accuracies, sentence):
    assert finding(told(compared, **accuracies)).replace("\u00a0", " ") == sentence


def test_a_gap_within_noise_is_not_made_much_of(compared):
    found = told(compared, identity=0.9, inverted=0.87, centred=0.91)
    noisy = replace(always(0.87), accuracy=np.array([[0.8, 0.8], [0.94, 0.94]]))
    curves = {**found.curves["softmax"], "inverted": replace(found.curves["softmax"]["inverted"], main=noisy)}
    words = finding(replace(found, curves={"softmax": curves}))
    assert words.startswith("Inverting costs nothing beyond chance here: softmax averages 90.0")
    assert "gap" not in words


def test_the_best_other_is_no_reference_not_inverted_and_loses_nothing(compared):
    found = told(compared, identity=0.99, inverted=0.98, centred=0.5, inverted_centred=0.6, binarised=0.97)
    assert best_other(found) == "inverted+centred"


def test_lines_hold_mean_and_spread_over_seeds(compared):
    drawn = rows(compared, "learning_curves", "curves_0")
    for name, one in compared.curves["softmax"].items():
        for at, curve in (("common", one.main), ("best", one.best)):
            own = [row for row in drawn if row["encoding"] == name.replace("+", " + ") and row["at"] == at]
            assert [row["updates"] for row in own] == [8, 16, 24, 32, 40, 48]
            assert {row["rate"] for row in own} == {curve.rate}
            np.testing.assert_allclose([row["accuracy"] for row in own], curve.mean, rtol=1e-4)
            np.testing.assert_allclose([row["low"] for row in own], curve.mean - curve.std, rtol=1e-4)
            assert all(row["low"] <= row["accuracy"] <= row["high"] <= 1 for row in own)


def test_one_seed_has_no_band_and_no_rates_no_second_chart(coloured):
    assert {row["low"] for row in rows(coloured, "learning_curves", "curves_0")} == {None}
    assert not {"accuracy_at_best_rates", "learning_rates"} & set(pictures_of(coloured))
    assert len(coloured.plot().to_dict()["hconcat"]) == 1


def test_axis_says_where_it_begins_and_cuts_next_to_nothing(compared):
    for domain, picture, name in (
        (charts.accuracy_domain(compared, "softmax"), "accuracy", "test"),
        (charts.rates_domain(compared, "softmax"), "learning_rates", "validation"),
    ):
        y = pictures_of(compared)[picture].spec()["layer"][-1 if name == "test" else 0]["encoding"]["y"]
        assert y["scale"]["domain"] == list(domain)
        words = f"{name} accuracy" + (f", from {100 * domain[0]:.0f} %" if domain[0] else "")
        assert y["title"] == words
    high = told(compared, identity=0.95, inverted=0.93)
    assert charts.accuracy_domain(high, "softmax") == (0.93, 0.96)
    whole = told(compared, identity=0.95, inverted=0.02)
    assert charts.accuracy_domain(whole, "softmax")[0] == 0
    assert charts.accuracy_domain(told(compared, identity=np.nan), "softmax") == (0, 1)


def test_an_encoding_has_the_same_ink_whatever_stands_beside_it(compared):
    def inks(result):
        drawn = strokes(result)
        return dict(zip(drawn.words, zip(drawn.colours, drawn.dashes, strict=True), strict=True))

    every = inks(compared)
    assert len(set(every.values())) == len(ENCODINGS)
    assert every["inverted + centred"][0] == every["centred"][0]
    assert every["inverted + centred"][1] != (1, 0) == every["centred"][1]
    few = inks(told(compared, inverted_centred=0.9, inverted=0.8))
    assert few == {name: every[name] for name in few}


def test_every_encoding_there_is_has_an_ink_of_its_own(compared):
    known = replace(compared, encodings=dict.fromkeys(ENCODINGS_BY_NAME, compared.encodings["identity"]))
    assert len(set(strokes(known).colours)) == len(ENCODINGS_BY_NAME)


def test_sweep_rings_the_best_and_leaves_out_where_a_run_diverged(compared):
    drawn = rows(compared, "learning_rates", "rates_0")
    for name, one in compared.curves["softmax"].items():
        own = [row for row in drawn if row["encoding"] == name.replace("+", " + ")]
        np.testing.assert_allclose([row["accuracy"] for row in own], one.sweep.mean, rtol=1e-4)
        assert [row["best"] for row in own] == [i == one.sweep.best for i in range(2)]
    one = compared.curves["softmax"]["identity"]
    lost = one.sweep.accuracy.copy()
    lost[1, 0] = np.nan
    curves = {"softmax": {"identity": replace(one, sweep=replace(one.sweep, accuracy=lost))}}
    left = data.rate_rows(replace(compared, curves=curves), "softmax")
    assert [(row["rate"], row["best"]) for row in left] == [(0.05, True)]


def test_stable_rates_stand_beside_softmax_only(compared):
    stable = {row["encoding"]: row["rate"] for row in rows(compared, "learning_rates", "stable")}
    spectrum = compared.encodings["inverted"].spectrum
    assert stable["inverted"] == pytest.approx(20 / spectrum.largest_with_bias, rel=1e-4)
    assert charts.has_stable_rates("softmax+he")
    assert not charts.has_stable_rates("mlp")


def test_maps_leave_out_weights_that_never_moved(compared):
    drawn = rows(compared, "weight_change", "places")
    change = compared.curves["softmax"]["identity"].main.weight_change
    assert [row["change_0"] is None for row in drawn] == (change == 0).tolist()
    assert (change == 0).any()
    assert all(row["change_1"] > 0 for row in drawn), "inverted, no pixel is always 0"
    known = change > 0
    np.testing.assert_allclose([row["change_0"] for row in drawn if row["change_0"]], change[known], rtol=1e-4)
    spec = pictures_of(compared)["weight_change"].spec()
    assert [one["title"]["text"] for one in spec["concat"]] == [name.replace("+", " + ") for name in ENCODINGS]
    assert spec["concat"][0]["title"]["subtitle"] == f"0 to {change.max():.3g}"
    assert "isValid(datum.change_0)" in str(spec["concat"][0])


def test_maps_have_whole_cells(compared, tmp_path):
    svg, _ = write_picture(pictures_of(compared)["information"], tmp_path / "map")
    cells = re.findall(r'd="M(-?[\d.]+),(-?[\d.]+)h(40)v(40)h-', svg.read_text())
    assert len(cells) >= 64
    assert all(float(value) == int(float(value)) for cell in cells for value in cell)


def test_colour_images_show_the_largest_change_and_the_information_of_each_channel(coloured):
    change = coloured.curves["softmax"]["identity"].main.weight_change.reshape(42, 3)
    drawn = rows(coloured, "weight_change", "places")
    assert [drawn[i]["change_0"] is None for i in (0, 1)] == [True, False]
    assert drawn[1]["change_0"] == pytest.approx(change[1, 2], rel=1e-4)
    spec = pictures_of(coloured)["information"].spec()
    assert [one["title"] for one in spec["concat"]] == ["channel 0", "channel 1", "channel 2"]
    assert len(spec["datasets"]["pixels"]) == 126


def test_where_all_diverged_or_weights_are_shared_there_is_no_map(compared):
    found = told(compared, identity=np.nan, inverted=0.9)
    assert data.mapped_model(found) is None
    assert "weight_change" not in pictures_of(found)


def test_spectrum_begins_at_the_largest_and_ends_at_the_rank(compared):
    drawn = rows(compared, "spectrum", "spectrum")
    for name, inputs in compared.encodings.items():
        own = [row for row in drawn if row["encoding"] == name.replace("+", " + ")]
        ranks = [row["rank"] for row in own]
        assert (ranks[0], ranks[-1]) == (1, inputs.spectrum.rank)
        eigenvalues = inputs.spectrum.eigenvalues[np.array(ranks) - 1]
        np.testing.assert_allclose([row["eigenvalue"] for row in own], eigenvalues, rtol=1e-4)


def test_information_is_in_the_unit_asked_for(compared):
    nats = replace(compared, unit=sb.Unit.NAT)
    assert "I(pixel; label), nats" in str(pictures_of(nats)["information"].spec())
    value = compared.encodings["identity"].information.value
    drawn = [row["information"] for row in rows(nats, "information", "pixels")]
    np.testing.assert_allclose(drawn, value, rtol=1e-4)


def test_several_networks_have_pictures_each(compared):
    both = replace(compared, curves={"softmax": compared.curves["softmax"], "mlp+he": compared.curves["softmax"]})
    names = set(pictures_of(both))
    assert {"accuracy_softmax", "accuracy_mlp_he", "learning_rates_mlp_he"} <= names
    assert "stable" not in pictures_of(both)["learning_rates_mlp_he"].datasets
    assert pictures_of(both)["accuracy_mlp_he"].spec()["title"] == {"text": "MLP + he", "subtitle": "rate 0.5 for all"}
