"""Encodings compared: the figures of the source, slow loops, what is refused, and what is cut off."""

import signal
import subprocess
import sys

import numpy as np
import pytest

import sightbits as sb
from sightbits.networks.batches import draw_batches
from sightbits.studies.encoding_comparison import EncodingSettings, compare_encodings
from sightbits.studies.encoding_comparison.inputs import border_share

QUICK = {"trials": 4, "updates": 10, "seeds": 2, "rates": []}


def compare(source="digits", **options):
    return compare_encodings(source, **{**QUICK, **options})


@pytest.fixture(scope="module")
def mnist(built_once):
    """The experiment of the source with one seed."""

    def make():
        return compare_encodings("mnist", encodings=["identity", "inverted", "inverted+centred"], seeds=1, rates=[])

    return built_once("mnist_encodings", make)


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
    """Softmax regression one image at a time, in float64; also the mean loss of each update."""
    losses = []
    weights, biases = np.zeros((n_labels, values.shape[1])), np.zeros(n_labels)
    for batch in batches:
        of_weights, of_biases, loss = np.zeros_like(weights), np.zeros_like(biases), 0.0
        for image in batch:
            logits = weights @ values[image] + biases
            residual = np.exp(logits - logits.max())
            residual /= residual.sum()
            loss -= np.log(residual[labels[image]]) / len(batch)
            residual[labels[image]] -= 1
            of_weights += np.outer(residual, values[image])
            of_biases += residual
        weights -= rate * of_weights / len(batch)
        biases -= rate * of_biases / len(batch)
        losses.append(loss)
    return weights, biases, losses


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
        weights, biases, losses = slow_softmax(values[training], labels[training], batches[:n], 0.5, 3)
        named = (values[120:] @ weights.T + biases).argmax(axis=1)
        accuracy.append((named == labels[120:]).mean())
    np.testing.assert_allclose(found.accuracy, [accuracy], atol=1e-12)
    np.testing.assert_allclose(found.weight_change, np.abs(weights).max(axis=0), atol=1e-5)
    np.testing.assert_allclose(found.loss, [np.reshape(losses, (3, 7)).mean(axis=1)], atol=1e-5)
    assert found.updates.tolist() == [7, 14, 21]


def test_weight_change_is_from_the_first_weights():
    near, far = (
        compare(encodings=["identity"], models=["softmax+he"], rate=rate).curves["softmax+he"]["identity"].main
        for rate in (1e-9, 0.5)
    )
    assert near.weight_change.max() < 1e-6
    assert far.weight_change.max() > 0.1


def test_a_batch_larger_than_all_images_is_all_images(planted):
    dataset = sb.dataset_from_arrays(*planted)
    all_at_once = compare(dataset, encodings=["identity"], batch=275)  # of 300 training images 25 are held out
    more = compare(dataset, encodings=["identity"], batch=1000)
    assert more.n_training == 275
    assert more.curves["softmax"]["identity"].main.loss.tolist() == (
        all_at_once.curves["softmax"]["identity"].main.loss.tolist()
    )


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


def test_each_encoding_is_shown_at_the_rate_that_did_best(encoded_digits):
    for curves in encoded_digits.curves["softmax"].values():
        assert curves.best.rate == curves.sweep.rates[int(curves.sweep.mean.argmax())]
        if curves.best.rate == 0.5:
            assert curves.best is curves.main


def test_information_is_that_of_the_audit_and_what_merges_levels_loses(encoded_digits):
    train, _ = sb.split_dataset(sb.load_dataset("digits"), seed=0)
    held_out = np.random.default_rng(0).permutation(train.n_images)[: encoded_digits.n_validation]
    kept = train.take(np.setdiff1d(np.arange(train.n_images), held_out))
    audit = sb.estimate_pixel_information(
        sb.LabelledLevels(levels=kept.values, labels=kept.labels, n_levels=17, n_labels=10), n_permutations=20
    )
    for name, inputs in encoded_digits.encodings.items():
        if name in ("quantised", "binarised"):
            assert not inputs.bijective
            assert (inputs.information.value <= audit.value + 1e-12).all()
            assert inputs.information.value.sum() < 0.9 * audit.value.sum()
        else:
            assert inputs.bijective
            np.testing.assert_allclose(inputs.information.value, audit.value, atol=1e-12)
            np.testing.assert_allclose(inputs.information.null_mean, audit.null_mean, atol=1e-12)


def test_encoded_values_can_be_had_back_by_one_rate_for_all(encoded_digits):
    """Centring makes inverted images the same as others but for their sign: so is all that is learned from them."""
    curves = encoded_digits.curves["softmax"]
    np.testing.assert_allclose(
        curves["inverted+centred"].main.weight_change, curves["centred"].main.weight_change, rtol=1e-3, atol=1e-4
    )


def test_folds(encoded_digits):
    for name, fold in encoded_digits.folds["softmax"].items():
        if name in ("quantised", "binarised"):
            assert np.isnan(fold.difference)
            assert "forget grey values" in fold.reason
        else:
            assert fold.difference < 1e-5
            assert not fold.reason
    assert encoded_digits.folds["softmax"]["identity"].difference == 0


@pytest.mark.parametrize("first", ["identity", "inverted", "standardised"])
def test_networks_of_every_kind_are_folded_from_any_encoding(first):
    found = compare(
        encodings=[first, "centred", "scaled"],
        models=["softmax", "mlp", "mlp+batch_norm", "lenet", "lenet+batch_norm"],
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


def test_folds_of_another_network_are_not_taken_for_this_ones(tmp_path):
    journal = tmp_path / "steps.jsonl"

    def stop(task, done, total):
        if task.startswith("softmax, scaled"):
            raise _StoppedError

    with pytest.raises(_StoppedError):
        compare(journal_path=journal, progress=stop, encodings=["identity", "centred", "scaled"])
    recorded = journal.read_text()
    for other in ({"encodings": ["centred", "identity"]}, {"encodings": ["identity", "centred"], "rate": 0.1}):
        journal.write_text(recorded)
        assert compare(journal_path=journal, **other).to_json() == compare(**other).to_json()


KILLED = """
import sys
from pathlib import Path
import sightbits as sb
sb.compare_encodings(
    "digits", encodings=["identity", "inverted"], trials=4, updates=10, seeds=8, rates=[0.1], jobs=1,
    journal_path=Path(sys.argv[1]), progress=lambda *step: print(step, flush=True),
)
"""


def test_a_killed_study_goes_on_and_ends_as_an_unbroken_one(tmp_path):
    journal = tmp_path / "steps.jsonl"
    with subprocess.Popen([sys.executable, "-c", KILLED, str(journal)], stdout=subprocess.PIPE, text=True) as child:
        assert any(journal.exists() and "\n" in journal.read_text() for _ in child.stdout)
        child.send_signal(signal.SIGKILL)
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
