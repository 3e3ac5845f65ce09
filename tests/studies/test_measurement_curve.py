"""Measuring compared: planted answers, a slow loop over sessions, what is refused, and what is cut off."""

import json
import re
import signal
import subprocess
import sys

import numpy as np
import pytest

import sightbits as sb
from sightbits.core.images import ImageDataset
from sightbits.measurement.parts import named_parts
from sightbits.studies.measurement_curve import MeasureSettings, check_measuring
from sightbits.studies.measurement_curve.figures import THRESHOLDS, calibration_of, from_journal, to_journal
from sightbits.studies.measurement_curve.level_names import level_names

GAIN = "information_gain/exact"
QUICK = {"episodes": 0, "tree_depth": 1}


@pytest.fixture(scope="module")
def parity(make_dataset):
    """All images of 2 x 2 black and white pixels, many times; the label is whether the first two differ."""
    bits = np.tile(np.array(list(np.ndindex(2, 2, 2, 2))), (12, 1))
    labels = bits[:, 0] ^ bits[:, 1]
    in_test = np.arange(len(bits)) >= 160
    return make_dataset((255 * bits).reshape(-1, 2, 2).astype(np.uint8), labels.astype(np.int64), in_test=in_test)


@pytest.fixture(scope="module")
def small_digits():
    """Every fifth digit: 270 to learn from, 90 to be measured."""
    return sb.load_dataset("digits").take(slice(None, None, 5))


def compare(*source, **options):
    return sb.compare_measuring(*source, **{**QUICK, "curves": [GAIN], **options})


def test_a_pixel_that_is_the_label_is_measured_and_nothing_else(planted):
    found = compare(*planted, levels=2, episodes=3, n_pixels=4)
    main = found.main
    np.testing.assert_array_equal(main.accuracy, [0.5, 1, 1, 1, 1])
    assert (main.to_stop == 1).all()
    assert main.stopped.all()
    assert main.right_at_stop.all()
    np.testing.assert_array_equal(main.measured, np.eye(20)[7])
    assert found.position(found.tree.pixel) == (1, 2)
    assert found.tree.gain == pytest.approx(np.log(2), abs=1e-9)
    assert [(one.pixel, one.share) for one in found.tree.branches] == [(None, 0.5), (None, 0.5)]
    for episode in found.episodes:
        assert episode.pixels.tolist() == [7]
        assert episode.values.tolist() == [3.0 * episode.label]
        np.testing.assert_array_equal(episode.posterior[1], np.eye(2)[episode.label])


def test_two_pixels_that_tell_only_together(parity):
    found = compare(parity, curves=[GAIN, "fixed/exact"])
    np.testing.assert_array_equal(found.main.accuracy, [0.5, 0.5, 1, 1, 1])
    assert (found.main.to_stop == 2).all()
    log_loss = np.log((160 + 1) / (160 * 0.5 + 0.5))
    np.testing.assert_allclose(found.main.log_loss[:2], log_loss)
    np.testing.assert_allclose(found.main.log_loss[2:], np.log(161 / 160.5))
    np.testing.assert_allclose(found.main.log_loss_error, 0, atol=1e-12)
    assert found.main.at_stop.confidence.tolist() == found.main.at_stop.accuracy.tolist() == [1]


def slow_walk(measurer, image, budget, step):
    """One image by a session that goes on to the budget: pixels, values, posteriors, gains."""
    session = measurer.start()
    posteriors, gains = [session.posterior], [session.expected_gain("nat").ravel()]
    pixels, values = [], []
    while len(pixels) < budget and np.count_nonzero(session.posterior) > 1:
        asked = session.next()
        for position in asked[: budget - len(pixels)] if step > 1 else [asked]:
            session.observe(position, image[position])
            pixels.append(measurer.pixel_number(position))
            values.append(float(image[position]))
            posteriors.append(session.posterior)
            gains.append(session.expected_gain("nat").ravel())
    return pixels, values, np.array(posteriors), np.array(gains)


@pytest.mark.parametrize(
    ("curve", "step"),
    [
        ("information_gain/naive_bayes", 1),
        ("information_gain/naive_bayes", 3),
        ("fixed/mixture", 1),
        ("random/exact", 3),
        (GAIN, 1),
        (GAIN, 3),
    ],
)
def test_figures_are_those_of_a_loop_over_sessions(small_digits, curve, step):
    budget, confidence = 8, 0.9
    found = compare(
        small_digits, curves=[curve], n_pixels=budget, confidence=confidence, pixels_per_step=step, levels=2, episodes=4
    )
    test = sb.split_dataset(small_digits, 0)[1]
    main, n = found.main, test.n_images
    right, losses, stops, stopped, measured = np.zeros((n, 9)), np.zeros((n, 9)), [], [], np.zeros(64)
    at = {threshold: [] for threshold in main.thresholds}
    walks = [slow_walk(found.measurer, image, budget, step) for image in test.images]
    for i, (pixels, _, posteriors, _) in enumerate(walks):
        states = np.minimum(np.arange(budget + 1), len(pixels))
        of_true = posteriors[states, test.labels[i]]
        right[i] = posteriors[states].argmax(axis=1) == test.labels[i]
        losses[i] = -np.log((found.n_training * of_true + 0.1) / (found.n_training + 1))
        asks = [k for k in range(budget + 1) if k % step == 0 or k >= len(pixels)]
        for threshold in main.thresholds:
            ready = [k for k in asks if posteriors[states[k]].max() >= threshold - 1e-7]
            at[threshold].append(ready[0] if ready else budget)
            if threshold == confidence:
                stopped.append(bool(ready))
        stops.append(at[confidence][-1])
        measured[pixels[: stops[-1]]] += 1
    np.testing.assert_array_equal(main.to_stop, stops)
    np.testing.assert_array_equal(main.stopped, stopped)
    np.testing.assert_allclose(main.accuracy, right.mean(axis=0))
    np.testing.assert_allclose(main.log_loss, losses.mean(axis=0), rtol=1e-5)
    np.testing.assert_allclose(main.log_loss_error, losses.std(axis=0, ddof=1) / np.sqrt(n), rtol=1e-4)
    np.testing.assert_array_equal(main.right_at_stop, right[np.arange(n), stops])
    np.testing.assert_allclose(main.measured, measured / n)
    np.testing.assert_allclose(main.mean_pixels, [np.mean(at[threshold]) for threshold in main.thresholds])
    np.testing.assert_allclose(
        main.accuracy_at, [right[np.arange(n), at[threshold]].mean() for threshold in main.thresholds]
    )
    assert main.thresholds.tolist() == list(THRESHOLDS)
    for episode in found.episodes:
        pixels, values, posteriors, gains = walks[episode.image]
        n_seen = len(episode.pixels)
        assert n_seen == min(stops[episode.image] if stopped[episode.image] else 10**9, len(pixels))
        assert episode.pixels.tolist() == pixels[:n_seen]
        assert episode.values.tolist() == values[:n_seen]
        np.testing.assert_allclose(episode.posterior, posteriors[: n_seen + 1], atol=1e-6)
        np.testing.assert_allclose(episode.gain, gains[: n_seen + 1], atol=1e-6)
        assert np.isnan(episode.gain[-1]).sum() == n_seen


def test_stop_rules_combine(small_digits):
    plain = compare(small_digits, n_pixels=8)
    entropy = compare(small_digits, n_pixels=8, entropy=1.0)
    cost = compare(small_digits, n_pixels=8, cost_budget=6.0, costs=np.full((8, 8), 2.0))
    np.testing.assert_allclose(plain.main.accuracy, entropy.main.accuracy)
    assert (entropy.main.to_stop <= plain.main.to_stop).all()
    assert entropy.main.to_stop.mean() < plain.main.to_stop.mean()
    np.testing.assert_array_equal(cost.main.to_stop, np.minimum(plain.main.to_stop, 3))
    assert cost.main.stopped.all()


def test_the_cheaper_of_two_pixels_that_tell_the_same_is_taken(planted):
    images, labels = planted
    images = images.copy()
    images[:, 3, 4] = images[:, 1, 2]
    costs = np.ones((4, 5))
    costs[1, 2] = 4
    found = compare(images, labels, curves=[GAIN, "cost_aware/exact"], levels=2, n_pixels=1, costs=costs)
    first = {name: int(curve.measured.argmax()) for name, curve in found.curves.items()}
    assert first == {GAIN: 7, "cost_aware/exact": 19}
    assert not any("Costs change nothing" in warning for warning in found.warnings)
    assert "Costs change nothing here" in compare(images, labels, levels=2, n_pixels=1, costs=costs).warnings[-1]


def test_pixels_that_are_not_available_are_not_measured(planted):
    found = compare(*planted, levels=2, unavailable=[(1, 2), (0, 1)], n_pixels=18, episodes=1, curves=["random/exact"])
    assert found.main.measured[[7, 1]].tolist() == [0, 0]
    assert np.isnan(found.episodes[0].gain[0, [7, 1]]).all()
    assert found.n_pixels == 18


def test_readings_of_curves_and_episodes_are_the_same_noisy_ones(small_digits):
    test = sb.split_dataset(small_digits, 0)[1]
    flips = compare(small_digits, curves=["information_gain/naive_bayes"], levels=2, flip=0.3, episodes=90, n_pixels=6)
    wrong = [
        (value, episode.picture.ravel()[pixel])
        for episode in flips.episodes
        for pixel, value in zip(episode.pixels, episode.values, strict=True)
        if value != episode.picture.ravel()[pixel]
    ]
    n_read = sum(len(episode.pixels) for episode in flips.episodes)
    assert 0.2 < len(wrong) / n_read < 0.4
    assert {value for value, _ in wrong} == {4.25, 12.25}
    assert all((value > 8) != (true > 8) for value, true in wrong)
    assert [len(episode.pixels) for episode in flips.episodes] == flips.main.to_stop.tolist()
    assert [episode.image for episode in flips.episodes] == list(range(test.n_images))
    normal = compare(small_digits, curves=["information_gain/naive_bayes"], deviation=4.0, episodes=90, n_pixels=6)
    assert [len(episode.pixels) for episode in normal.episodes] == normal.main.to_stop.tolist()
    errors = np.concatenate([one.values - one.picture.ravel()[one.pixels] for one in normal.episodes])
    assert 3 < errors.std() < 5
    belief = normal.measurer.belief
    for one in normal.episodes:  # the grey values are those that were drawn: they lead to what is believed
        state = belief.start()
        for pixel, level in zip(one.pixels, belief.code.encode(one.values), strict=True):
            state = belief.condition(state, int(pixel), int(level))
        np.testing.assert_allclose(belief.posterior(state), one.posterior[-1], atol=1e-6)
    right = [one.posterior[-1].argmax() == one.label for one in normal.episodes]
    assert right == normal.main.right_at_stop.tolist()


def test_beliefs_are_told_of_noise_levels_and_seed(small_digits):
    found = compare(small_digits, curves=["random/mixture", "random/exact"], levels=3, flip=0.1, seed=9, n_pixels=2)
    belief = found.measurer.belief
    assert (belief.levels, belief.noise, belief.code.n_levels) == (3, sb.FlipNoise(probability=0.1), 3)
    assert found.measurer.policy.seed == 9
    assert found.level_names == ("dark", "middle", "bright")
    (warning,) = [one for one in found.warnings if "does not know of noise" in one]
    assert warning.startswith("The belief exact ")


def test_each_belief_is_fitted_once(small_digits, monkeypatch):
    fitted = []
    for name, part in named_parts("belief").items():
        original = part.fit

        def fit(self, training, name=name, original=original):
            fitted.append(name)
            return original(self, training)

        monkeypatch.setattr(part, "fit", fit)
    compare(small_digits, curves=[GAIN, "random/naive_bayes", "random/exact", GAIN], n_pixels=2, levels=2)
    assert fitted == ["exact", "naive_bayes", "mixture"]  # the last is the game's


def test_calibration_has_bins_of_equal_mass_that_part_no_ties():
    confidence = np.repeat([0.5, 0.6, 0.7, 0.8, 1.0], [40, 40, 40, 40, 240])
    right = np.concatenate([np.arange(40) < n for n in (20, 24, 28, 20)] + [np.ones(240, dtype=bool)])
    found = calibration_of(confidence, right)
    assert found.confidence.tolist() == pytest.approx([0.5, 0.6, 0.7, 0.8, 1.0])
    assert found.accuracy.tolist() == [0.5, 0.6, 0.7, 0.5, 1.0]
    assert found.n_images.tolist() == [40, 40, 40, 40, 240]
    assert found.error == pytest.approx(0.3 * 40 / 400)
    assert (found.low <= found.accuracy).all()
    assert (found.accuracy <= found.high).all()


def test_calibration_of_different_confidences_has_ten_bins_or_twenty_images_in_each():
    rng = np.random.default_rng(0)
    confidence = rng.uniform(0.5, 1, size=5000)
    right = rng.random(5000) < confidence
    found = calibration_of(confidence.astype(np.float32), right)
    assert found.n_images.tolist() == [500] * 10
    assert found.error < 0.03
    assert calibration_of(confidence[:45], right[:45]).n_images.tolist() == [22, 23]
    assert calibration_of(confidence[:5], right[:5]).n_images.tolist() == [5]


def test_a_curve_comes_back_from_the_journal_as_it_was(small_digits):
    curve = compare(small_digits, n_pixels=3).main
    again = from_journal(json.loads(json.dumps(to_journal(curve))))
    assert to_journal(again) == to_journal(curve)
    for name, value in vars(curve).items():
        if isinstance(value, np.ndarray):
            assert getattr(again, name).dtype == value.dtype
            np.testing.assert_array_equal(getattr(again, name), value)


class _StoppedError(Exception):
    pass


def test_finished_curves_are_not_measured_again(small_digits, tmp_path):
    journal = tmp_path / "steps.jsonl"
    options = {"curves": ["random/exact", "information_gain/naive_bayes"], "n_pixels": 4, "jobs": 1, "episodes": 2}

    def stop_at_second(task, done, total):
        if task == "information_gain/naive_bayes":
            raise _StoppedError

    with pytest.raises(_StoppedError):
        compare(small_digits, journal_path=journal, progress=stop_at_second, **options)
    assert len(journal.read_text().splitlines()) == 1
    tasks = []
    resumed = compare(small_digits, journal_path=journal, progress=lambda task, *_: tasks.append(task), **options)
    assert "random/exact" not in tasks
    assert "information_gain/naive_bayes" in tasks
    assert not journal.exists()
    assert resumed.to_json() == compare(small_digits, **options).to_json()
    assert resumed.main.seconds > 0


def test_work_with_other_settings_is_not_taken_for_this_one(small_digits, tmp_path):
    journal = tmp_path / "steps.jsonl"

    def stop_at_second(task, done, total):
        if task == "random/exact":
            raise _StoppedError

    with pytest.raises(_StoppedError):
        compare(small_digits, journal_path=journal, progress=stop_at_second, n_pixels=4, curves=[GAIN, "random/exact"])
    tasks = []
    compare(
        small_digits, journal_path=journal, progress=lambda task, *_: tasks.append(task), n_pixels=4, confidence=0.5
    )
    assert GAIN in tasks


# Stands still once a curve is on record.
KILLED = """
import signal, sys
from pathlib import Path
import sightbits as sb
journal = Path(sys.argv[1])
def stand_still(task, done, total):
    if journal.exists():
        print("a curve", flush=True)
        signal.pause()
sb.compare_measuring(
    sb.load_dataset("digits").take(slice(None, None, 5)), curves=["random/exact", "random/mixture"], n_pixels=3,
    episodes=2, jobs=1, flip=0.05, journal_path=journal, progress=stand_still,
)
"""


def test_a_killed_study_goes_on_and_ends_as_an_unbroken_one(small_digits, tmp_path):
    journal = tmp_path / "steps.jsonl"
    with subprocess.Popen([sys.executable, "-c", KILLED, str(journal)], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout.readline() == "a curve\n"
        child.send_signal(signal.SIGKILL)
    assert journal.read_text().count("\n") == 1
    options = {"curves": ["random/exact", "random/mixture"], "n_pixels": 3, "episodes": 2, "jobs": 1, "flip": 0.05}
    resumed = sb.compare_measuring(small_digits, journal_path=journal, **options)
    assert resumed.to_json() == sb.compare_measuring(small_digits, **options).to_json()
    assert not journal.exists()


def test_neither_threads_nor_a_second_run_change_the_document(small_digits):
    one, two, again = (
        compare(small_digits, curves=["information_gain/naive_bayes"], n_pixels=4, episodes=1, jobs=jobs)
        for jobs in (1, 2, 1)
    )
    assert one.to_json() == two.to_json() == again.to_json()


def test_the_document_keeps_its_contract(small_digits, strict):
    found = compare(small_digits, curves=[GAIN, "random/naive_bayes"], n_pixels=5, episodes=2, tree_depth=2, unit="nat")
    document = strict(found)
    assert {"study", "version", "source", "settings", "unit", "curves", "pixels_to_stop", "episodes"} <= set(document)
    assert {"calibration", "trade_off", "tree", "measured", "warnings", "level_names", "versions"} <= set(document)
    assert (document["study"], document["unit"], document["source"]["split"]) == ("measure", "nat", "test")
    assert {"name", "split", "n_images", "image_shape", "n_labels", "sha256"} <= set(document["source"])
    assert (document["source"]["n_images"], document["source"]["n_training"]) == (90, 270)
    assert document["settings"]["curves"] == list(document["curves"]) == [GAIN, "random/naive_bayes"]
    assert document["settings"]["n_pixels"] == 5
    curve = document["curves"][GAIN]
    assert curve["n_pixels"] == [0, 1, 2, 3, 4, 5]
    assert set(curve) == {"n_pixels", "accuracy", "accuracy_low", "accuracy_high", "log_loss", "log_loss_error"}
    assert all(0 <= low <= share <= high <= 1 for low, share, high in zip(
        curve["accuracy_low"], curve["accuracy"], curve["accuracy_high"], strict=True
    ))  # fmt: skip
    stops = document["pixels_to_stop"][GAIN]
    assert set(stops) == {"mean", "median", "p95", "accuracy", "share_stopped"}
    assert stops["mean"] == found.main.to_stop.mean()
    episode = document["episodes"][1]
    assert set(episode) == {"image", "label", "pixels", "values", "posterior"}
    assert episode["image"] == 45
    assert len(episode["pixels"]) == len(episode["values"]) == len(episode["posterior"]) - 1
    assert all(len(place) == 2 for place in episode["pixels"])
    assert np.array(document["measured"][GAIN]).shape == (8, 8)
    assert document["calibration"][GAIN]["at_stop"]["error"] == found.main.at_stop.error
    assert document["trade_off"][GAIN]["confidence"] == list(THRESHOLDS)
    tree = document["tree"]
    assert tree["pixel"] == list(found.position(found.tree.pixel))
    assert set(tree["branches"]) == {"dark", "bright"}
    assert sum(one["share"] for one in tree["branches"].values()) == pytest.approx(1)
    assert tree["reason"].endswith("nats, the most of all pixels")
    deep = tree["branches"]["dark"]["branches"]["bright"]
    assert (deep["pixel"], deep["gain"]) == (None, None)
    assert deep["reason"].endswith(" % probable: the tree ends here")
    bits = strict(compare(small_digits, curves=[GAIN], n_pixels=5, tree_depth=2))
    np.testing.assert_allclose(np.array(bits["curves"][GAIN]["log_loss"]) * np.log(2), curve["log_loss"])
    assert bits["tree"]["gain"] * np.log(2) == pytest.approx(tree["gain"])


def test_reasons_say_where_a_policy_chooses_by_something_else(small_digits, planted):
    found = compare(small_digits, curves=["random/exact"], n_pixels=2)
    assert found.to_dict()["tree"]["reason"].endswith("but random does not choose by that")
    tree = compare(*planted, levels=2, n_pixels=2).to_dict()["tree"]
    assert tree["branches"]["dark"]["reason"] == "0 is 100.0 % probable: enough"


def test_tables_have_a_row_a_figure(small_digits):
    found = compare(small_digits, curves=[GAIN, "random/exact"], n_pixels=5, tree_depth=2)
    tables = found.tables()
    assert list(tables) == ["curves", "pixels_to_stop", "trade_off", "calibration", "tree"]
    assert all(len({len(column) for column in columns.values()}) == 1 for columns in tables.values())
    assert len(tables["curves"]["accuracy"]) == 12
    frame = found.to_frame("tree")
    assert frame["depth"].tolist() == [0, 1, 2, 2, 1, 2, 2]
    first = found.position(found.tree.pixel)
    assert (frame["row"][0], frame["column"][0]) == first
    assert frame["read"][1] == f"({first[0]}, {first[1]}) dark"
    calibration = found.to_frame("calibration")
    assert set(calibration["when"]) == {"at_stop", "at_budget"}
    assert calibration.groupby(["curve", "when"])["n_images"].sum().tolist() == [90] * 4


def test_images_may_have_channels_and_labels_be_strings(planted):
    images, labels = planted
    colour = np.stack([images, np.zeros_like(images), 3 - images], axis=-1)
    data = sb.dataset_from_arrays(colour, np.where(labels, "cat", "dog"), channels="last")
    found = compare(data, levels=2, n_pixels=2, episodes=1)
    document = found.to_dict()
    assert document["episodes"][0]["pixels"] == [[1, 2, 0]]
    assert found.game is None
    assert found.tables()["tree"]["channel"][0] == 0
    assert set(found.tables()["tree"]["label"]) == {"cat", "dog"}


def test_the_game_is_a_small_belief_and_hidden_test_images(small_digits):
    found = compare(small_digits, n_pixels=5, confidence=0.8)
    game = found.game
    test = sb.split_dataset(small_digits, 0)[1]
    assert (game.confidence, game.n_pixels_most, game.level_names) == (0.8, 5, ("dark", "middle", "bright"))
    assert game.weights.sum() == pytest.approx(1)
    assert len(game.weights) <= 300
    assert len(game.labels) == 24
    np.testing.assert_array_equal(test.labels[game.image_numbers], game.labels)
    assert game.levels.max() == 2
    np.testing.assert_array_equal(game.true_levels, game.levels)
    two = compare(small_digits, n_pixels=5, levels=2).game
    assert two.level_names == ("dark", "bright")
    np.testing.assert_array_equal(two.levels, test.values[two.image_numbers] > 8)
    noisy = compare(small_digits, n_pixels=5, levels=2, flip=0.2).game
    np.testing.assert_array_equal(noisy.true_levels, two.levels)
    assert 0.15 < (noisy.levels != noisy.true_levels).mean() < 0.25


def test_images_too_large_for_the_game_go_without(make_dataset):
    images = np.zeros((40, 65, 3), dtype=np.uint8)
    images[::2, 40, 1] = 255
    found = compare(make_dataset(images, np.arange(40) % 2))
    assert found.game is None
    assert found.main.accuracy[1] == 1


def test_few_test_images_are_all_shown(parity):
    few = ImageDataset(**{**vars(parity), "in_test": np.arange(192) >= 189})
    assert [episode.image for episode in compare(few, episodes=9).episodes] == [0, 1, 2]


def test_one_test_image_has_no_error(parity):
    one = ImageDataset(**{**vars(parity), "in_test": np.arange(192) == 191})
    found = compare(one)
    assert found.to_dict()["curves"][GAIN]["log_loss_error"] == [None] * 5


def test_what_a_reader_should_know(small_digits):
    found = compare(small_digits, curves=[GAIN, "random/exact", "lowest_entropy/exact"], n_pixels=6)
    overconfident, censored, literal = found.warnings[-3:]
    assert "is overconfident: when it stopped, its label was said to be" in overconfident
    assert re.match(r"(Information gain|Random|Lowest entropy), exact is overconfident", overconfident)
    assert re.search(r"said to be [\d.]+\u00a0% probable and was right in [\d.]+\u00a0% of images", overconfident)
    assert censored.startswith("Fewer than 90\u00a0% of images met the stop rule within 6 pixels: ")
    assert "lowest entropy, exact (0\u00a0%)" in censored
    named = [curve.in_words for curve in found.curves.values()]
    assert named == ["information gain, exact", "random, exact", "lowest entropy, exact"]
    assert [name for name in named if name in censored] == named
    assert literal.startswith("The policy lowest entropy measures the pixel with the lowest joint entropy")
    assert found.to_dict()["warnings"] == list(found.warnings)


def test_nothing_is_warned_of_where_all_is_well(planted):
    assert compare(*planted, levels=2, n_pixels=3).warnings == ()


def test_the_measurer_is_ready_for_an_instrument(planted, tmp_path):
    found = compare(*planted, levels=2, n_pixels=3)
    found.measurer.save(tmp_path / "measurer.npz")
    measurer = sb.Measurer.load(tmp_path / "measurer.npz")
    session = measurer.run(lambda position: planted[0][5][position])
    assert (session.label, session.n_measured) == ("1", 1)


def test_level_names():
    assert level_names(2) == ("dark", "bright")
    assert level_names(4) == tuple(f"level {i} of 4" for i in range(4))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"curves": []}, "curves: wanted at least one policy/belief, got none"),
        ({"curves": ["exact"]}, "curves: wanted policy/belief, got 'exact'"),
        ({"curves": ["best/exact"]}, "policy: wanted one of"),
        ({"curves": ["random/best"]}, "belief: wanted one of"),
        ({"n_pixels": 0}, "n_pixels: wanted a whole number at least 1, got 0"),
        ({"n_pixels": 21}, "n_pixels: wanted a whole number from 1 to 20, got 21"),
        ({"n_pixels": 20, "unavailable": [(0, 0)]}, "n_pixels: wanted a whole number from 1 to 19, got 20"),
        ({"confidence": 0.0}, "confidence: wanted a probability above 0"),
        ({"confidence": 1.5}, "confidence: wanted a probability above 0"),
        ({"entropy": -1.0}, "entropy: wanted 0 or more"),
        ({"cost_budget": 0.0}, "cost_budget: wanted a budget above 0"),
        ({"levels": 1}, "levels: wanted a whole number from 2 to 256, got 1"),
        ({"levels": 257}, "levels: wanted a whole number from 2 to 256, got 257"),
        ({"flip": 1.0}, "noise: wanted a flip probability"),
        ({"flip": -0.5}, "noise: wanted a flip probability"),
        ({"deviation": -1.0}, "noise: wanted a standard deviation above 0"),
        ({"flip": 0.1, "deviation": 1.0}, "noise: wanted flip or deviation, got both"),
        ({"costs": np.ones(3)}, "costs: wanted a number above 0 a pixel, 4 x 5"),
        ({"costs": np.zeros((4, 5))}, "costs: wanted a number above 0 a pixel"),
        ({"unavailable": [(4, 0)]}, "unavailable: wanted a place in images of 4 x 5"),
        ({"unavailable": [(1,)]}, "unavailable: wanted a place in images of 4 x 5"),
        ({"unavailable": list(np.ndindex(4, 5))}, "unavailable: wanted a pixel left to measure"),
        ({"pixels_per_step": 0}, "pixels_per_step: wanted a whole number at least 1"),
        ({"episodes": -1}, "episodes: wanted a whole number at least 0"),
        ({"tree_depth": 0}, "tree_depth: wanted a whole number at least 1"),
        ({"seed": -1}, "seed: wanted a whole number"),
        ({"jobs": 0}, "jobs: wanted a whole number at least 1"),
        ({"unit": "byte"}, "unit: wanted one of nat, bit, ban, got 'byte'"),
    ],
)
def test_settings_that_cannot_be_are_refused_before_any_work(planted, options, words):
    def fail(*step):
        raise AssertionError(f"work began: {step}")

    with pytest.raises(sb.InputError) as refused:
        sb.compare_measuring(*planted, progress=fail, **options)
    assert words in str(refused.value)


def test_arrays_without_labels_are_refused(planted):
    with pytest.raises(sb.InputError, match=r"labels: wanted one label an image.*compare_measuring"):
        sb.compare_measuring(planted[0])


def test_images_that_cannot_be_measured_are_refused(parity, make_dataset):
    with pytest.raises(sb.InputError, match=r"images: wanted at most 65,536 pixels"):
        check_measuring(make_dataset(np.zeros((8, 300, 300), dtype=np.uint8)), MeasureSettings())
    one_class = ImageDataset(**{**vars(parity), "in_test": parity.labels == 1})
    with pytest.raises(sb.InputError, match=r"images: wanted training images of two classes"):
        check_measuring(one_class, MeasureSettings())


@pytest.mark.parametrize("curve", ["learned/exact", "random/network"])
def test_torch_is_asked_for_before_any_work(planted, curve, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(sb.InputError, match=r"wanted the package 'torch'.*pip install 'sightbits\[torch\]'"):
        sb.compare_measuring(*planted, curves=[curve])


def test_mnist_as_counted_before():
    found = compare("mnist", curves=[GAIN, "lowest_entropy/exact"], confidence=1.0)
    points = [1, 2, 3, 5, 8, 10, 12, 15, 20]
    percent = [20.7, 33.4, 44.0, 62.2, 80.1, 84.2, 86.4, 87.3, 87.4]
    np.testing.assert_allclose(100 * found.main.accuracy[points], percent, atol=0.2)
    assert found.main.to_stop.mean() == pytest.approx(15.43, abs=0.05)
    assert (np.median(found.main.to_stop), found.main.to_stop.max()) == (15, 27)
    np.testing.assert_allclose(found.curves["lowest_entropy/exact"].accuracy, 0.1135)
