"""What a comparison of encodings makes of its runs: averages, gaps, orders, divergence, documents."""

import json
from dataclasses import replace

import numpy as np
import pytest

from sightbits.studies.encoding_comparison import DEFAULT_ENCODINGS, EncodingSettings, compare_encodings, training
from sightbits.studies.encoding_comparison.curves import EncodingCurves, LearningCurve, RateSweep, has_diverged
from sightbits.studies.encoding_comparison.inputs import border_mask, border_share

QUICK = {"trials": 4, "updates": 10, "seeds": 2, "rates": []}


def compare(source="digits", **options):
    return compare_encodings(source, **{**QUICK, **options})


def test_a_network_that_diverges_is_said_and_not_averaged_in():
    found = compare(encodings=["identity"], models=["mlp"], rate=1e6, trials=2, updates=10, rates=[0.1, 1e30])
    curves = found.curves["mlp"]["identity"]
    assert curves.main.diverged.all()
    document = found.to_dict()["encodings"]["identity"]
    assert document["mean_accuracy"] is None
    assert document["n_diverged"] == 2
    assert document["rates"]["accuracy"][1] is None
    assert document["rates"]["n_diverged"] == [0, 2]
    assert document["best"]["learning_rate"] == 0.1
    assert any("diverged at rate 1e+06 in 2 of 2 seeds" in warning for warning in found.warnings)
    json.dumps(found.to_dict(), allow_nan=False)


@pytest.mark.parametrize(("loss", "diverged"), [(2000.0, False), (2500.0, True), (np.inf, True), (np.nan, True)])
def test_a_loss_a_thousand_times_that_of_guessing_is_divergence(loss, diverged):
    assert has_diverged(np.array([[2.0, 3.0], [loss, 0.1]]), n_labels=10).tolist() == [False, diverged]


def test_weights_of_a_seed_that_diverged_are_left_out(monkeypatch):
    make_bank = training.make_bank

    def make(*given, seed, **options):
        bank = make_bank(*given, seed=seed, **options)
        learn = bank.learn
        monkeypatch.setattr(bank, "learn", lambda *batch: learn(*batch) * (np.inf if seed == 1 else 1))
        return bank

    alone = compare(encodings=["identity"], seeds=1).curves["softmax"]["identity"].main
    monkeypatch.setattr(training, "make_bank", make)
    both = compare(encodings=["identity"], seeds=2).curves["softmax"]["identity"].main
    assert both.diverged.tolist() == [False, True]
    np.testing.assert_array_equal(both.weight_change, alone.weight_change)
    assert both.mean_accuracy == alone.mean_accuracy


def test_one_seed_that_diverges_is_left_out():
    curve = LearningCurve(
        rate=1.0,
        updates=np.array([1, 2]),
        accuracy=np.array([[0.5, 0.7], [0.1, 0.1], [0.7, 0.9]]),
        loss=np.array([[2.0, 1.0], [3.0, np.nan], [2.0, 0.5]]),
        weight_change=None,
        diverged=np.array([False, True, False]),
    )
    assert curve.diverged.tolist() == [False, True, False]
    np.testing.assert_allclose(curve.mean, [0.6, 0.8])
    np.testing.assert_allclose(curve.std, np.std([[0.5, 0.7], [0.7, 0.9]], axis=0, ddof=1))
    assert curve.mean_accuracy == pytest.approx(0.7)
    assert curve.mean_accuracy_std == pytest.approx(np.std([0.6, 0.8], ddof=1))
    np.testing.assert_allclose(curve.mean_loss, [2.0, 0.75])


def test_a_rate_at_which_any_seed_diverges_is_never_the_best():
    sweep = RateSweep(rates=(0.1, 1.0, 2.0), accuracy=np.array([[0.5, 0.6], [0.9, np.nan], [np.nan, np.nan]]))
    assert sweep.best == 0
    assert sweep.n_diverged.tolist() == [0, 1, 2]
    assert RateSweep(rates=(1.0,), accuracy=np.array([[np.nan]])).best is None


def test_a_best_rate_at_either_end_of_those_tried_is_said(encoded_digits):
    def warned(*accuracy):
        one = encoded_digits.curves["softmax"]["identity"]
        sweep = RateSweep(rates=(0.1, 1.0, 2.0), accuracy=np.array(accuracy)[:, np.newaxis])
        found = replace(encoded_digits, curves={"softmax": {"identity": replace(one, sweep=sweep)}})
        return [warning for warning in found.warnings if "learning rate tried" in warning]

    assert warned(0.9, 0.8, 0.7)[0].startswith("The lowest learning rate tried does best for softmax on identity:")
    assert warned(0.7, 0.8, 0.9)[0].startswith("The highest learning rate tried does best for softmax on identity:")
    assert not warned(0.7, 0.9, 0.8)


def test_a_rate_beyond_stability_is_said(make_dataset):
    found = compare(encodings=["inverted"], rate=50.0, seeds=1)
    assert any("does not settle at rate 50 on inverted" in warning for warning in found.warnings)
    assert any("One seed" in warning for warning in found.warnings)


def flat(*accuracy):
    """A network that has the same accuracy all along, for each of some seeds."""
    points = np.repeat(np.array(accuracy)[:, np.newaxis], 3, axis=1)
    curve = LearningCurve(
        rate=0.5,
        updates=np.arange(1, 4),
        accuracy=points,
        loss=np.ones(points.shape),
        weight_change=None,
        diverged=np.zeros(len(points), dtype=bool),
    )
    return EncodingCurves(main=curve, sweep=None, best=None)


def test_a_gap_within_its_noise_is_no_gap(encoded_digits):
    def closed(**accuracy):
        curves = {name: flat(*values) for name, values in accuracy.items()}
        return replace(encoded_digits, curves={"softmax": curves}).gap_closed("softmax", "centred")

    assert closed(identity=[0.91, 0.93], inverted=[0.80, 0.84], centred=[0.90, 0.92]) == pytest.approx(0.9)
    assert np.isnan(closed(identity=[0.91, 0.93], inverted=[0.88, 0.92], centred=[0.90, 0.92]))
    # four seeds of standard deviation .02 have a standard error of .01, so that the gap's is .0141
    four = [0.0173, -0.0173, 0.0173, -0.0173]
    near, far = ([0.9 - gap + step for step in four] for gap in (0.026, 0.031))
    ninety = [0.9 + step for step in four]
    assert np.isnan(closed(identity=ninety, inverted=near, centred=ninety))
    assert closed(identity=ninety, inverted=far, centred=ninety) == pytest.approx(1.0)
    assert np.isnan(closed(identity=[0.80, 0.81], inverted=[0.90, 0.91], centred=[0.90, 0.92]))
    assert closed(identity=[0.92], inverted=[0.82], centred=[0.97]) == pytest.approx(1.5)
    assert np.isnan(closed(identity=[0.92], inverted=[0.90], centred=[0.97]))  # 450 images allow a hundredth
    assert np.isnan(compare(encodings=["identity", "centred"]).gap_closed("softmax", "centred"))
    assert encoded_digits.gap_closed("softmax", "identity") == pytest.approx(1.0)
    assert encoded_digits.gap_closed("softmax", "inverted") == pytest.approx(0.0)


def test_agreement_of_two_orders(encoded_digits):
    def agreement(**accuracy):
        curves = {
            name: flat(*values) if values else encoded_digits.curves["softmax"][name]
            for name, values in accuracy.items()
        }
        main = {name: replace(one, best=one.main) for name, one in curves.items()}
        encodings = {name: encoded_digits.encodings[name] for name in accuracy}
        return replace(encoded_digits, curves={"softmax": main}, encodings=encodings).order_agreement("softmax")

    # on digits standardised < centred < scaled < identity < inverted by condition number
    assert agreement(standardised=[0.9], centred=[0.8], identity=[0.7], inverted=[0.6]) == pytest.approx(1)
    assert agreement(standardised=[0.6], centred=[0.7], identity=[0.8], inverted=[0.9]) == pytest.approx(-1)
    assert agreement(centred=[0.8], standardised=[0.9], binarised=[0.1], inverted=[0.5]) == pytest.approx(1)
    both = {"inverted+centred": [0.8]}
    assert agreement(standardised=[0.9], centred=[0.8], inverted=[0.6], **both) == pytest.approx(1)
    assert np.isnan(agreement(identity=[0.9], binarised=[0.8]))


def test_border():
    assert border_mask((4, 5)).sum() == 14
    assert border_mask((1, 5)).all()
    assert border_mask((4, 5, 3))[1:3, 1:4].sum() == 0
    change = np.full((4, 5), 3.0)
    assert border_share(change.ravel(), (4, 5)) == pytest.approx(14 / 20)
    assert np.isnan(border_share(np.zeros(20), (4, 5)))


def test_the_document_keeps_its_contract(encoded_digits):
    document = json.loads(encoded_digits.to_json())
    assert document["study"] == "encodings"
    assert list(document["encodings"]) == list(DEFAULT_ENCODINGS)
    contract = {
        "mean_accuracy", "mean_accuracy_std", "final_accuracy", "curve", "weight_change", "condition_number",
        "mutual_information_total",
    }  # fmt: skip
    for one in document["encodings"].values():
        assert contract <= set(one)
        assert np.array(one["weight_change"]).shape == (8, 8)
        assert len(one["curve"]["accuracy"]) == len(one["curve"]["updates"]) == 6
        assert one["mean_accuracy"] == pytest.approx(np.mean(one["curve"]["accuracy"]))
        assert one["final_accuracy"] == one["curve"]["accuracy"][-1]
        assert one["unmoved_pixels"] == sum(value == 0 for row in one["weight_change"] for value in row)
        information = encoded_digits.encodings["identity"].information
        if one["bijective"]:
            assert one["mutual_information_total"] == pytest.approx(information.value.sum() / np.log(2))
            assert one["mutual_information_null"] == pytest.approx(information.null_mean.sum() / np.log(2))
    assert document["encodings"]["identity"]["unmoved_pixels"] > 0 == document["encodings"]["scaled"]["unmoved_pixels"]
    assert document["source"]["n_images"] == 450
    assert document["source"]["n_training"] + document["source"]["n_validation"] == 1347
    assert document["settings"]["learning_rates"] == {"softmax": 0.5}


def test_units_are_those_asked_for(encoded_digits):
    nats = compare(encodings=["identity"], unit="nat").to_dict()
    bits = compare(encodings=["identity"]).to_dict()
    for key in ("mutual_information_total", "mutual_information_null"):
        assert nats["encodings"]["identity"][key] == pytest.approx(np.log(2) * bits["encodings"]["identity"][key])
    assert nats["unit"] == "nat"


def test_tables_have_a_row_a_figure(encoded_digits):
    tables = {name: {len(column) for column in columns.values()} for name, columns in encoded_digits.tables().items()}
    assert tables == {"encodings": {9}, "curves": {9 * 2 * 6}, "rates": {27}, "weight_change": {576}, "spectrum": {576}}
    assert set(compare(encodings=["identity"]).tables()) == {"encodings", "curves", "weight_change", "spectrum"}


def test_rates_networks_and_encodings_are_taken_once_each():
    settings = EncodingSettings(
        rates=[1.0, 0.1, 0.1], models=["mlp", "mlp+uniform"], encodings=["identity", "centred", "identity"]
    )
    assert settings.tried_rates == (0.1, 1.0)
    assert [choice.name for choice in settings.choices] == ["mlp"]
    assert settings.names == ("identity", "centred")
