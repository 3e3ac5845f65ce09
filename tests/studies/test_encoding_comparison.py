"""Encodings compared: the figures of the source, slow loops, what is refused, and what is cut off."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

import sightbits as sb
from sightbits.networks.batches import draw_batches
from sightbits.studies.encoding_comparison import DEFAULT_ENCODINGS, EncodingSettings, compare_encodings
from sightbits.studies.encoding_comparison.curves import EncodingCurves, LearningCurve, RateSweep, has_diverged
from sightbits.studies.encoding_comparison.inputs import border_mask, border_share

QUICK = {"trials": 4, "updates": 10, "seeds": 2, "rates": []}


def compare(source="digits", **options):
    return compare_encodings(source, **{**QUICK, **options})


@pytest.fixture(scope="module")
def digits():
    """Every encoding of the digits, learned by softmax at several rates."""
    return compare(encodings=DEFAULT_ENCODINGS, rates=[0.05, 0.5, 5.0], trials=6, updates=20)


@pytest.fixture(scope="module")
def mnist():
    """The experiment of the source with two seeds."""
    return compare_encodings("mnist", encodings=["identity", "inverted", "inverted+centred"], seeds=2, rates=[])


def test_mnist_gives_the_figures_of_the_source(mnist):
    curves = mnist.curves["softmax"]
    assert curves["identity"].main.mean_accuracy == pytest.approx(0.91879, abs=0.002)
    assert curves["inverted"].main.mean_accuracy == pytest.approx(0.837478, abs=0.012)
    assert mnist.gap_closed("softmax", "inverted+centred") >= 0.95
    assert (mnist.n_training, mnist.n_validation, mnist.n_test) == (55_000, 5_000, 10_000)


def test_weights_of_pixels_that_are_always_0_do_not_move_until_inverted(mnist):
    change = {name: curves.main.weight_change for name, curves in mnist.curves["softmax"].items()}
    train = sb.load_dataset("mnist")
    always_0 = train.values[~train.in_test].max(axis=0) == 0
    assert always_0.sum() > 60
    assert (change["identity"][always_0] == 0).all()
    assert (change["inverted"][always_0] > 0.01).all()
    shares = {name: border_share(one, (28, 28)) for name, one in change.items()}
    assert shares["inverted"] > 3 * shares["identity"]


def test_a_bijection_leaves_information_alone_and_another_order_of_levels(mnist):
    information = [mnist.encodings[name].information.value for name in ("identity", "inverted", "inverted+centred")]
    np.testing.assert_allclose(information[1], information[0], atol=1e-12)
    np.testing.assert_allclose(information[2], information[0], atol=1e-12)
    assert all(mnist.encodings[name].bijective for name in mnist.encodings)


def test_condition_numbers_order_the_encodings_as_their_learning_does(mnist):
    order = ["inverted+centred", "identity", "inverted"]
    numbers = [mnist.encodings[name].spectrum.condition_number for name in order]
    accuracy = [mnist.curves["softmax"][name].main.mean_accuracy for name in order]
    assert numbers == sorted(numbers)
    assert accuracy == sorted(accuracy, reverse=True)


def test_a_folded_network_says_the_same_of_mnist(mnist):
    for fold in mnist.folds["softmax"].values():
        assert fold.difference <= 1e-5 * fold.largest_logit


def slow_softmax(values, labels, batches, rate, n_labels):
    """Softmax regression one image at a time, in float64."""
    weights, biases = np.zeros((n_labels, values.shape[1])), np.zeros(n_labels)
    for batch in batches:
        of_weights, of_biases = np.zeros_like(weights), np.zeros_like(biases)
        for image in batch:
            logits = weights @ values[image] + biases
            residual = np.exp(logits - logits.max())
            residual /= residual.sum()
            residual[labels[image]] -= 1
            of_weights += np.outer(residual, values[image])
            of_biases += residual
        weights -= rate * of_weights / len(batch)
        biases -= rate * of_biases / len(batch)
    return weights, biases


def test_a_curve_is_that_of_a_slow_loop(make_dataset):
    rng = np.random.default_rng(2)
    images = rng.integers(0, 256, (160, 3, 4)).astype(np.uint8)
    labels = (images[:, 1, 2].astype(np.int64) * 3) // 256
    dataset = make_dataset(images, labels, in_test=np.arange(160) >= 120)
    options = {"encodings": ["inverted"], "trials": 3, "updates": 7, "batch": 10, "rates": [], "seeds": 1, "seed": 5}
    found = compare_encodings(dataset, **options).curves["softmax"]["inverted"].main
    held_out = np.random.default_rng(5).permutation(120)[:10]
    training = np.setdiff1d(np.arange(120), held_out)
    values = 1 - dataset.values / 255
    batches = draw_batches(110, batch=10, n_updates=21, seed=5)
    accuracy = []
    for n in (7, 14, 21):
        weights, biases = slow_softmax(values[training], labels[training], batches[:n], 0.5, 3)
        named = (values[120:] @ weights.T + biases).argmax(axis=1)
        accuracy.append((named == labels[120:]).mean())
    np.testing.assert_allclose(found.accuracy, [accuracy], atol=1e-12)
    np.testing.assert_allclose(found.weight_change, np.abs(weights).max(axis=0), atol=1e-5)
    assert found.updates.tolist() == [7, 14, 21]


def test_rates_are_chosen_by_held_out_images_alone(make_dataset):
    """With test labels that are wrong, the sweep stays as it was and the accuracy does not."""
    source = sb.load_dataset("digits").take(slice(None, None, 4))
    in_test = np.arange(source.n_images) % 4 == 0
    lying = np.where(in_test, (source.labels + 1) % 10, source.labels)
    options = {"value_range": (0.0, 16.0), "in_test": in_test}
    true, false = (
        compare(make_dataset(source.images, labels, **options), encodings=["identity"], rates=[0.1, 1.0])
        for labels in (source.labels, lying)
    )
    true, false = (one.curves["softmax"]["identity"] for one in (true, false))
    np.testing.assert_array_equal(true.sweep.accuracy, false.sweep.accuracy)
    assert true.main.final_accuracy > 0.5 > false.main.final_accuracy


def test_each_encoding_is_shown_at_the_rate_that_did_best(digits):
    for curves in digits.curves["softmax"].values():
        assert curves.best.rate == curves.sweep.rates[int(curves.sweep.mean.argmax())]
        if curves.best.rate == 0.5:
            assert curves.best is curves.main


def test_information_is_that_of_the_audit_and_what_merges_levels_loses(digits):
    train, _ = sb.split_dataset(sb.load_dataset("digits"), seed=0)
    held_out = np.random.default_rng(0).permutation(train.n_images)[: digits.n_validation]
    kept = train.take(np.setdiff1d(np.arange(train.n_images), held_out))
    audit = sb.estimate_pixel_information(
        sb.LabelledLevels(levels=kept.values, labels=kept.labels, n_levels=17, n_labels=10), n_permutations=0
    )
    for name, inputs in digits.encodings.items():
        if name in ("quantised", "binarised"):
            assert not inputs.bijective
            assert (inputs.information.value <= audit.value + 1e-12).all()
            assert inputs.information.value.sum() < 0.9 * audit.value.sum()
        else:
            assert inputs.bijective
            np.testing.assert_allclose(inputs.information.value, audit.value, atol=1e-12)
            np.testing.assert_allclose(inputs.information.null_mean, audit.null_mean, atol=1e-12)


def test_encoded_values_can_be_had_back_by_one_rate_for_all(digits):
    """Centring makes inverted images the same as others but for their sign: so is all that is learned from them."""
    curves = digits.curves["softmax"]
    np.testing.assert_allclose(
        curves["inverted+centred"].main.weight_change, curves["centred"].main.weight_change, rtol=1e-3, atol=1e-4
    )


def test_folds(digits):
    for name, fold in digits.folds["softmax"].items():
        if name in ("quantised", "binarised"):
            assert np.isnan(fold.difference)
            assert "forget grey values" in fold.reason
        else:
            assert fold.difference < 1e-5
            assert not fold.reason
    assert digits.folds["softmax"]["identity"].difference == 0


@pytest.mark.parametrize("first", ["identity", "inverted", "standardised"])
def test_networks_of_every_kind_are_folded_from_any_encoding(first):
    found = compare(
        encodings=[first, "centred", "scaled"],
        models=["mlp", "mlp+batch_norm", "lenet", "lenet+batch_norm"],
        trials=1,
        updates=20,
        seeds=1,
    )
    for model, folds in found.folds.items():
        for name in ("centred", "scaled"):
            if first == "standardised" and model.startswith("lenet"):
                assert "same number" in folds[name].reason
            else:
                assert folds[name].difference < 1e-5 * folds[name].largest_logit


def test_colour_images_with_every_network(make_dataset):
    rng = np.random.default_rng(0)
    labels = np.arange(96) % 2
    images = rng.integers(0, 200, (96, 5, 6, 3))
    images[:, :, :3, 1] += 55 * labels[:, np.newaxis, np.newaxis]
    dataset = make_dataset(images.astype(np.uint8), labels, in_test=np.arange(96) % 4 == 3)
    found = compare(dataset, encodings=["identity", "centred"], models=["softmax", "mlp", "lenet"])
    document = found.to_dict()
    assert np.array(document["encodings"]["centred"]["weight_change"]).shape == (5, 6, 3)
    assert document["models"]["lenet"]["centred"]["weight_change"] is None
    for folds in found.folds.values():
        assert folds["centred"].difference < 1e-5


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


def test_a_gap_within_its_noise_is_no_gap(digits):
    def closed(**accuracy):
        curves = {name: flat(*values) for name, values in accuracy.items()}
        return replace(digits, curves={"softmax": curves}).gap_closed("softmax", "centred")

    assert closed(identity=[0.91, 0.93], inverted=[0.80, 0.84], centred=[0.90, 0.92]) == pytest.approx(0.9)
    assert np.isnan(closed(identity=[0.91, 0.93], inverted=[0.88, 0.92], centred=[0.90, 0.92]))
    assert np.isnan(closed(identity=[0.80, 0.81], inverted=[0.90, 0.91], centred=[0.90, 0.92]))
    assert closed(identity=[0.92], inverted=[0.82], centred=[0.97]) == pytest.approx(1.5)
    assert np.isnan(closed(identity=[0.92], inverted=[0.90], centred=[0.97]))  # 450 images allow a hundredth
    assert np.isnan(compare(encodings=["identity", "centred"]).gap_closed("softmax", "centred"))
    assert digits.gap_closed("softmax", "identity") == pytest.approx(1.0)
    assert digits.gap_closed("softmax", "inverted") == pytest.approx(0.0)


def test_agreement_of_two_orders(digits):
    def agreement(**accuracy):
        curves = {
            name: flat(*values) if values else digits.curves["softmax"][name] for name, values in accuracy.items()
        }
        main = {name: replace(one, best=one.main) for name, one in curves.items()}
        encodings = {name: digits.encodings[name] for name in accuracy}
        return replace(digits, curves={"softmax": main}, encodings=encodings).order_agreement("softmax")

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
    change = np.ones((4, 5))
    assert border_share(change.ravel(), (4, 5)) == pytest.approx(14 / 20)
    assert np.isnan(border_share(np.zeros(20), (4, 5)))


class _StoppedError(Exception):
    pass


def test_finished_runs_are_not_done_again(tmp_path):
    journal = tmp_path / "steps.jsonl"
    options = {"encodings": ["identity", "centred"], "rates": [0.1, 1.0], "models": ["softmax", "mlp"]}

    def stop_at_second(task, done, total):
        if task.startswith("mlp, centred"):
            raise _StoppedError

    with pytest.raises(_StoppedError):
        compare(journal_path=journal, progress=stop_at_second, **options)
    recorded = len(journal.read_text().splitlines())
    assert recorded > 10
    steps = []
    resumed = compare(journal_path=journal, progress=lambda *step: steps.append(step), **options)
    started = {task: done for task, done, _ in reversed(steps)}
    assert started["softmax, identity, rate 0.5"] == 2
    assert started["mlp, centred, rate 0.1"] == 0
    assert not journal.exists()
    assert resumed.to_json() == compare(**options).to_json()


def test_more_seeds_go_on_from_fewer_and_other_settings_do_not(tmp_path):
    journal = tmp_path / "steps.jsonl"

    def stop(task, done, total):
        if task.startswith("softmax, centred"):
            raise _StoppedError

    with pytest.raises(_StoppedError):
        compare(journal_path=journal, progress=stop, encodings=["identity", "centred"])
    recorded = journal.read_text()
    steps = []
    more = {"encodings": ["identity", "inverted"], "seeds": 3}
    found = compare(journal_path=journal, progress=lambda *step: steps.append(step), **more)
    assert ("softmax, identity, rate 0.5", 2, 3) in steps
    assert found.to_json() == compare(**more).to_json()
    journal.write_text(recorded)
    steps.clear()
    compare(journal_path=journal, progress=lambda *step: steps.append(step), updates=11)
    assert ("softmax, identity, rate 0.5", 0, 2) in steps


KILLED = """
import sys
from pathlib import Path
import sightbits as sb
sb.compare_encodings(
    "digits", encodings=["identity", "inverted"], trials=4, updates=10, seeds=8, rates=[0.1], jobs=1,
    journal_path=Path(sys.argv[1]),
)
"""


def test_a_killed_study_goes_on_and_ends_as_an_unbroken_one(tmp_path):
    journal = tmp_path / "steps.jsonl"
    child = subprocess.Popen([sys.executable, "-c", KILLED, str(journal)])
    while child.poll() is None and not (journal.exists() and "\n" in journal.read_text()):
        os.sched_yield()
    child.send_signal(signal.SIGKILL)
    child.wait()
    assert journal.read_text().count("\n") >= 1
    options = {"encodings": ["identity", "inverted"], "seeds": 8, "rates": [0.1]}
    resumed = compare(journal_path=journal, **options)
    assert resumed.to_json() == compare(**options).to_json()
    assert not journal.exists()


@pytest.mark.parametrize("model", ["softmax", "mlp"])
def test_neither_threads_nor_a_second_run_change_the_document(model):
    options = {"encodings": ["identity", "standardised"], "models": [model], "rates": [0.1, 1.0]}
    one, two, again = (compare(jobs=jobs, **options) for jobs in (1, 2, 1))
    assert one.to_json() == two.to_json() == again.to_json()


def test_the_document_keeps_its_contract(digits):
    document = json.loads(digits.to_json())
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
    assert document["source"]["n_images"] == 450
    assert document["source"]["n_training"] + document["source"]["n_validation"] == 1347
    assert document["settings"]["learning_rates"] == {"softmax": 0.5}


def test_units_are_those_asked_for(digits):
    nats = compare(encodings=["identity"], unit="nat").to_dict()
    bits = compare(encodings=["identity"]).to_dict()
    for key in ("mutual_information_total", "mutual_information_null"):
        assert nats["encodings"]["identity"][key] == pytest.approx(np.log(2) * bits["encodings"]["identity"][key])
    assert nats["unit"] == "nat"


def test_tables_have_a_row_a_figure(digits):
    tables = {name: {len(column) for column in columns.values()} for name, columns in digits.tables().items()}
    assert tables == {"encodings": {9}, "curves": {9 * 2 * 6}, "rates": {27}, "weight_change": {576}, "spectrum": {576}}
    assert set(compare(encodings=["identity"]).tables()) == {"encodings", "curves", "weight_change", "spectrum"}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"encodings": ["upside_down"]}, "wanted one of identity"),
        ({"encodings": ["centred+inverted"]}, "Put inverted before centred"),
        ({"encodings": []}, "encodings: wanted a list of names"),
        ({"encodings": "identity"}, "encodings: wanted a list of names"),
        ({"models": ["resnet"]}, "models: wanted one of"),
        ({"models": []}, "models: wanted a list of names"),
        ({"trials": 0}, "trials: wanted a whole number"),
        ({"seeds": 0}, "seeds"),
        ({"batch": 0}, "batch"),
        ({"rate": 0.0}, "rate: wanted a learning rate above 0"),
        ({"updates": 0}, "updates: wanted a whole number"),
        ({"rate": -1.0}, "rate: wanted a learning rate above 0"),
        ({"rates": [0.1, float("nan")]}, "rate: wanted a learning rate above 0"),
        ({"seed": -1}, "seed"),
        ({"jobs": 0}, "jobs"),
    ],
)
def test_settings_that_cannot_be_are_refused(options, words):
    with pytest.raises(sb.InputError) as caught:
        EncodingSettings(**options)
    assert words in str(caught.value)


def test_data_that_cannot_be_learned_from_is_refused(make_dataset, planted):
    images, labels = planted
    with pytest.raises(sb.InputError, match="lenet"):
        compare_encodings(images[:, :3], labels, models=["lenet"])
    with pytest.raises(sb.InputError, match="at least 24 training images"):
        compare_encodings(images[:28], labels[:28])
    with pytest.raises(sb.InputError, match="two classes"):
        compare(make_dataset(images, np.zeros(400, dtype=np.int64)))
    with pytest.raises(sb.InputError, match="labels"):
        compare_encodings(images)


def test_an_encoding_that_needs_a_range_on_data_without_one(planted):
    images, labels = planted
    wide = images * 2.5 - 1.25
    with pytest.raises(sb.InputError, match=r"which inverted, inverted.centred must know") as caught:
        compare(sb.dataset_from_arrays(wide, labels), encodings=["identity", "inverted", "centred", "inverted+centred"])
    assert "--range" in str(caught.value)
    compare(sb.dataset_from_arrays(wide, labels), encodings=["identity", "centred"])
    compare(sb.dataset_from_arrays(wide, labels, value_range=(-1.25, 6.25)), encodings=["inverted"])
    compare(sb.dataset_from_arrays(images / 3, labels), encodings=["inverted"])


def test_torch_is_asked_for_before_any_work(planted, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    compare_encodings(*planted, **QUICK, encodings=["identity"])
    with pytest.raises(sb.InputError, match=r"sightbits\[torch\]"):
        compare_encodings(*planted, models=["mlp"])
