"""The audit against the figures of its source, against scikit-learn, and on data whose answer is known."""

import json

import numpy as np
import pytest
from sklearn.metrics import mutual_info_score
from sklearn.tree import DecisionTreeClassifier

import sightbits as sb
from sightbits.information.discrete import ESTIMATORS

SMALL_POINTS = (1, 2, 3, 5, 8, 10, 12, 15, 20, 25, 30, 40, 50)
FEW = {"n_pixels": [1, 3], "permutations": 0, "resamples": 0}


@pytest.fixture(scope="module")
def digits_audit():
    return sb.audit_pixels("digits", seed=42, unit="nat", n_pixels=[1, 2, 5, 10, 15, 20, 30, 64])


def test_default_ranker_gives_the_exact_discrete_figures(digits_audit):
    assert digits_audit.best_pixel == (2, 5)
    assert float(np.max(digits_audit.maps.information.value)) == pytest.approx(0.4760, abs=5e-5)
    accuracies = [22.9, 42.2, 66.2, 83.6, 90.0, 92.2, 94.9, 97.8]
    assert np.round(100 * digits_audit.curve.accuracy, 1).tolist() == accuracies


def test_dead_and_constant_pixels_are_those_of_the_source(digits_audit):
    columns = [column for _, column in digits_audit.dead_pixels]
    assert (len(columns), columns.count(0), columns.count(7)) == (12, 8, 4)
    assert len(digits_audit.constant_pixels) == 3
    assert int((digits_audit.maps.variance < 1.0).sum()) == 17


def test_knn_ranker_gives_the_figures_of_the_source():
    audit = sb.audit_pixels(
        "digits", seed=42, unit="nat", ranker="knn", permutations=0, resamples=0, n_pixels=[1, 2, 5, 10, 15, 20, 30, 64]
    )
    assert audit.best_pixel == (4, 2)
    information = np.array(audit.to_dict()["maps"]["mutual_information"])
    assert information[4, 2] == pytest.approx(0.4306, abs=5e-5)
    assert information.max() == information[4, 2]
    means = np.array(audit.to_dict()["maps"]["label_mean"])[:, 4, 2]
    assert np.round(means, 1).tolist() == [11.3, 7.2, 1.2, 1.2, 14.4, 7.7, 14.6, 8.6, 6.9, 3.0]
    accuracies = [22.9, 40.2, 61.1, 82.4, 89.6, 92.9, 94.9, 97.8]
    assert np.round(100 * audit.curve.accuracy, 1).tolist() == accuracies


def test_mnist_map_equals_scikit_learn_pixel_by_pixel():
    mnist = sb.load_dataset("mnist")
    train = mnist.take(~mnist.in_test)
    sample = sb.LabelledLevels(levels=train.values, labels=train.labels, n_levels=256, n_labels=10)
    ours = sb.estimate_pixel_information(sample, n_permutations=0).value
    cells = train.values.T.astype(np.int64) * 10 + train.labels
    tables = (np.bincount(pixel, minlength=2560).reshape(256, 10) for pixel in cells)
    theirs = [mutual_info_score(None, None, contingency=table) for table in tables]
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("n_usable", "points", "n_chosen"),
    [
        (64, [*SMALL_POINTS, 64], 100),
        (784, [*SMALL_POINTS, 75, 100, 150, 200, 300, 500, 784], 500),
        (1999, [*SMALL_POINTS, 75, 100, 150, 200, 300, 500, 1999], 500),
        (30_000, [*SMALL_POINTS, 75, 100, 150, 200, 300, 500, 1000, 2000, 5000, 10_000, 30_000], 500),
    ],
)
def test_curves_of_large_images_have_more_points(n_usable, points, n_chosen):
    settings = sb.AuditSettings()
    assert list(settings.curve_points(n_usable)) == points
    assert settings.n_chosen(n_usable) == n_chosen


def test_pixels_of_every_point_asked_for_are_ranked_one_by_one():
    assert sb.AuditSettings(n_pixels=[5, 3000]).n_chosen(30_000) == 3000


def test_document_keeps_its_contract(digits_audit):
    document = json.loads(digits_audit.to_json())
    assert document["study"] == "audit"
    assert document["unit"] == "nat"
    assert {"name", "split", "n_images", "image_shape", "n_labels", "sha256"} <= document["source"].keys()
    assert document["source"]["n_images"] == 1347
    names = {"variance", "mutual_information", "mutual_information_null", "q_value", "entropy", "joint_entropy"}
    assert names <= document["maps"].keys()
    for name in names:
        assert np.array(document["maps"][name], dtype=float).shape == (8, 8)
    assert document["ranking"][0] == [2, 5]
    assert len(document["ranking"]) == 64
    assert len(document["dead_pixels"]) == 12
    curve = document["accuracy_curve"]
    assert len(curve["n_pixels"]) == len(curve["accuracy"]) == len(curve["accuracy_std"]) == 8


def test_identities_hold_between_the_maps(digits_audit):
    maps = digits_audit.maps
    label_entropy = maps.conditional_entropy + maps.information.value
    np.testing.assert_allclose(label_entropy, label_entropy[0], atol=1e-12)
    np.testing.assert_allclose(maps.joint_entropy, maps.entropy + maps.conditional_entropy, atol=1e-12)
    np.testing.assert_allclose(maps.label_given_dark.sum(axis=1), 1)


def test_a_planted_pixel_is_found_and_noise_is_not(planted):
    audit = sb.audit_pixels(*planted, n_pixels=[1, 20], permutations=200)
    assert audit.best_pixel == (1, 2)
    assert audit.constant_pixels == [(0, 0)]
    best = audit.maps.information.reshape(4, 5).value[1, 2]
    assert best / np.log(2) == pytest.approx(1, abs=1e-3)
    assert audit.maps.information.reshape(4, 5).saturated[1, 2]
    assert audit.n_significant == 1
    assert audit.curve.accuracy[0] == 1
    assert audit.main.frequency(1)[7] == 1
    assert audit.main.ranks[7] == 1


def test_dead_pixel_threshold_goes_with_the_range(planted):
    images, labels = planted
    small = sb.audit_pixels(images, labels, **FEW)
    large = sb.audit_pixels(images.astype(np.int64) * 1000, labels, **FEW)
    assert small.maps.dead_variance == pytest.approx(0.5 * (3 / 16) ** 2)
    assert large.dead_pixels == small.dead_pixels == [(0, 0)]
    assert sb.audit_pixels(images, labels, dead_variance=100.0, **FEW).maps.dead.all()


def test_probabilities_that_do_not_exist_are_missing(planted):
    images, labels = planted
    audit = sb.audit_pixels(images, labels, **FEW)
    assert np.isnan(audit.maps.label_given_bright[0]).all()
    assert audit.to_dict()["maps"]["label_given_bright"][0][0][0] is None
    assert audit.maps.bright[7] == pytest.approx(0.5, abs=0.01)


def test_labels_may_be_strings_and_images_coloured(planted):
    images, labels = planted
    colour = np.stack([images, np.zeros_like(images), 3 - images], axis=-1)
    data = sb.dataset_from_arrays(colour, np.where(labels, "cat", "dog"), channels="last")
    audit = sb.audit_pixels(data, **FEW)
    assert audit.best_pixel in {(1, 2, 0), (1, 2, 2)}
    assert audit.label_names == ("cat", "dog")
    assert np.array(audit.to_dict()["maps"]["variance"]).shape == (4, 5, 3)


@pytest.mark.parametrize("estimator", [*ESTIMATORS, "knn"])
def test_every_estimator_comes_with_its_null(planted, estimator):
    audit = sb.audit_pixels(*planted, estimator=estimator, permutations=20, resamples=0, n_pixels=[1])
    information = audit.maps.information
    assert (information.estimator, information.null) == (estimator, "permutation")
    assert np.argmax(information.value) == 7
    assert information.p_value[7] == pytest.approx(1 / 21)
    assert abs(information.excess[np.arange(20) != 7]).max() < information.excess[7] / 4


def test_bias_corrections_bring_noise_nearer_to_nothing(planted):
    noise = np.delete(np.arange(20), [0, 7])
    plain, corrected = (
        sb.audit_pixels(*planted, estimator=name, **FEW).maps.information.value[noise].mean()
        for name in ("plug_in", "miller_madow")
    )
    assert abs(corrected) < plain


def test_levels_merge_grey_values(planted):
    audit = sb.audit_pixels(*planted, levels=2, **FEW)
    native = sb.audit_pixels(*planted, **FEW)
    assert audit.maps.code.n_levels == 2
    assert (audit.maps.information.value <= native.maps.information.value + 1e-12).all()


def test_other_splits_change_the_maps_but_never_the_ranking(planted):
    train, test, everything = (sb.audit_pixels(*planted, split=split, **FEW) for split in ("train", "test", "all"))
    assert (train.maps.n_images, test.maps.n_images, everything.maps.n_images) == (300, 100, 400)
    np.testing.assert_array_equal(train.ranking, test.ranking)
    np.testing.assert_array_equal(train.ranking, everything.ranking)


def test_seeds_give_a_spread_over_splits():
    one = sb.audit_pixels("digits", seed=3, **FEW)
    three = sb.audit_pixels("digits", seed=3, seeds=3, **FEW)
    assert np.isnan(one.curve.std).all()
    assert (three.curve.std > 0).all()
    singles = [sb.audit_pixels("digits", seed=seed, **FEW).curve.accuracy for seed in (3, 4, 5)]
    np.testing.assert_allclose(three.curve.accuracy, np.mean(singles, axis=0))
    np.testing.assert_allclose(three.curve.std, np.std(singles, axis=0, ddof=1))


def test_an_official_split_is_kept_and_seeds_resample_the_training_images(planted):
    images, labels = planted
    data = sb.dataset_from_arrays(images, labels, in_test=np.arange(400) >= 300)
    audit = sb.audit_pixels(data, seeds=2, **FEW)
    assert audit.curve.n_test == 100
    assert audit.maps.n_images == 300


def test_the_same_seed_gives_the_same_document(planted):
    first, second = (sb.audit_pixels(*planted, n_pixels=[1, 5], seed=5, permutations=9) for _ in range(2))
    assert first.to_json() == second.to_json()


def test_threads_do_not_change_the_outcome():
    one, two = (sb.audit_pixels("digits", jobs=jobs, **FEW) for jobs in (1, 2))
    assert one.to_json() == two.to_json()


class _StoppedError(Exception):
    pass


def test_work_that_was_cut_off_goes_on_where_it_was(planted, tmp_path):
    journal = tmp_path / "steps.jsonl"
    options = {"n_pixels": [1, 2, 4, 8, 16], "permutations": 0, "resamples": 0, "jobs": 1}

    def stop_at_third(task, done, total):
        if task == "accuracy curve" and done == 3:
            raise _StoppedError

    with pytest.raises(_StoppedError):
        sb.audit_pixels(*planted, journal_path=journal, progress=stop_at_third, **options)
    assert len(journal.read_text().splitlines()) == 3
    seen = []
    resumed = sb.audit_pixels(*planted, journal_path=journal, progress=lambda *step: seen.append(step), **options)
    assert [step for step in seen if step[0] == "accuracy curve"] == [("accuracy curve", k, 5) for k in (4, 5)]
    assert not journal.exists()
    assert resumed.to_json() == sb.audit_pixels(*planted, **options).to_json()


def test_any_scikit_learn_classifier_will_do(planted):
    audit = sb.audit_pixels(*planted, classifier=DecisionTreeClassifier(), **FEW)
    assert audit.curve.accuracy[0] == 1
    assert audit.curve.classifier == "DecisionTreeClassifier()"


def test_tables_have_one_row_a_pixel_and_a_label(digits_audit):
    tables = digits_audit.tables()
    assert list(tables) == ["pixels", "accuracy_curve", "labels_by_pixel"]
    assert len(tables["pixels"]["row"]) == 64
    assert len(tables["labels_by_pixel"]["label"]) == 640
    frame = digits_audit.to_frame()
    best = frame[frame["rank"] == 1].iloc[0]
    assert (best["row"], best["column"]) == (2, 5)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (
            {"ranker": "best"},
            "ranker: wanted one of mutual_information, jmi, cmim, mrmr, greedy_joint, knn, variance, "
            "random, got 'best'",
        ),
        ({"estimator": "none"}, "estimator: wanted one of plug_in"),
        ({"classifier": "deep"}, "classifier: wanted one of logistic_regression"),
        ({"classifier": 3}, "classifier: wanted one of logistic_regression"),
        ({"n_pixels": [0]}, "n_pixels: wanted a whole number from 1 to 20, got 0"),
        ({"n_pixels": [21]}, "n_pixels: wanted a whole number from 1 to 20, got 21"),
        ({"n_pixels": []}, "n_pixels: wanted at least one number"),
        ({"levels": 1}, "levels: wanted a whole number from 2 to 256, got 1"),
        ({"levels": 257}, "levels: wanted a whole number from 2 to 256, got 257"),
        ({"permutations": -1}, "permutations: wanted a whole number at least 0, got -1"),
        ({"resamples": -1}, "resamples: wanted a whole number at least 0, got -1"),
        ({"seed": -1}, "seed: wanted a whole number"),
        ({"seeds": 0}, "seeds: wanted a whole number at least 1, got 0"),
        ({"jobs": 0}, "jobs: wanted a whole number at least 1, got 0"),
        ({"dead_variance": -1.0}, "dead_variance: wanted a variance of 0 or more"),
        ({"split": "half"}, "split: wanted one of train, test, all, got 'half'"),
        ({"unit": "byte"}, "unit: wanted one of nat, bit, ban, got 'byte'"),
    ],
)
def test_settings_that_cannot_be_are_refused(planted, options, words):
    with pytest.raises(sb.InputError) as refused:
        sb.audit_pixels(*planted, **options)
    assert words in str(refused.value)


def test_arrays_without_labels_are_refused(planted):
    with pytest.raises(sb.InputError, match="labels: wanted one label an image"):
        sb.audit_pixels(planted[0])


def test_one_pixel_among_hundreds_is_called_with_a_hundred_permutations():
    rng = np.random.default_rng(1)
    images = rng.integers(0, 3, size=(400, 20, 30)).astype(np.uint8)
    labels = np.arange(400) % 4
    images[:, 10, 10] = (labels > 1) + rng.integers(0, 2, size=400)
    audit = sb.audit_pixels(images, labels, n_pixels=[1], resamples=0)
    assert audit.maps.information.p_value[310] == pytest.approx(1 / 101)
    assert audit.maps.q_value[310] < 1e-6
    assert audit.n_significant <= 2


def test_figures_that_are_mostly_chance_are_warned_of():
    rng = np.random.default_rng(0)
    images, labels = rng.integers(0, 256, size=(120, 5, 5)).astype(np.uint8), np.arange(120) % 4
    native = sb.audit_pixels(images, labels, resamples=0, n_pixels=[1, 25])
    assert "is what chance alone gives: 256 grey levels are too many for 90 images" in native.warnings[0]
    assert native.to_dict()["warnings"] == list(native.warnings)
    assert sb.audit_pixels("digits", n_pixels=[1, 20], resamples=0).warnings == ()


def test_images_too_large_for_a_map_are_refused():
    images = np.zeros((8, 300, 300), dtype=np.uint8)
    images[::2] = 1
    with pytest.raises(sb.InputError, match=r"images: wanted at most 65,536 pixels .*--scale-to"):
        sb.audit_pixels(images, np.arange(8) % 2)


def test_a_classifier_on_constant_pixels_alone_says_the_commonest_label(planted):
    images, labels = planted
    images = images.copy()
    images[:, 1:] = 0
    images[:, 0, :4] = 0
    images[:, 0, 4] = labels
    options = {"classifier": "naive_bayes", "n_pixels": [1], "permutations": 0, "resamples": 0}
    audit = sb.audit_pixels(images, labels, required=[(3, 3)], **options)
    assert audit.curve.accuracy[0] == 0.5
