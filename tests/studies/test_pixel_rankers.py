"""Rankers side by side, and what a choice of pixels must respect."""

import json
from itertools import combinations

import numpy as np
import pytest
from sklearn.naive_bayes import GaussianNB
from sklearn.preprocessing import StandardScaler

import sightbits as sb
from sightbits.datasets.splitting import split_dataset
from sightbits.selection.rankers import RANKERS
from sightbits.studies.pixel_audit import COMPARED_RANKERS, AccuracyCurve

QUICK = {"classifier": "naive_bayes", "permutations": 0, "resamples": 0, "n_pixels": [1, 3, 8]}
POINTS = [1, 3, 8, 64]
COMPARED = {**QUICK, "n_pixels": POINTS, "resamples": 3, "seed": 4, "jobs": 1}
OTHERS = tuple(name for name in COMPARED_RANKERS if name != "mutual_information")


@pytest.fixture(scope="module")
def digits():
    return sb.load_dataset("digits").take(slice(500))


@pytest.fixture(scope="module")
def audit(digits):
    return sb.audit_pixels(digits, rankers=COMPARED_RANKERS, **COMPARED)


@pytest.fixture(scope="module")
def document(audit):
    return json.loads(audit.to_json())


def test_document_compares_every_ranker_at_every_point(document):
    assert document["settings"]["rankers"] == list(COMPARED_RANKERS)
    comparison = document["comparison"]
    assert comparison.keys() == {"rankers", "overlap"}
    assert list(comparison["rankers"]) == list(COMPARED_RANKERS)
    for one in comparison["rankers"].values():
        assert one.keys() == {
            "n_pixels", "accuracy", "accuracy_std", "accuracy_low", "accuracy_high", "pixels_for", "ranking", "levels",
            "n_before_chance", "stability",
        }  # fmt: skip
        assert one["n_pixels"] == POINTS
        for name in ("accuracy", "accuracy_std", "accuracy_low", "accuracy_high", "stability"):
            assert len(one[name]) == len(POINTS)
        assert len({tuple(place) for place in one["ranking"]}) == 64
        low, high = np.array(one["accuracy_low"]), np.array(one["accuracy_high"])
        assert (low < one["accuracy"]).all()
        assert (one["accuracy"] < high).all()
    assert [row["n_pixels"] for row in comparison["overlap"]] == POINTS
    assert {np.shape(row["jaccard"]) for row in comparison["overlap"]} == {(7, 7)}


def test_main_ranker_stands_in_the_comparison_as_it_stands_alone(document):
    main = document["comparison"]["rankers"]["mutual_information"]
    assert main["ranking"] == document["ranking"]
    for name in ("accuracy", "pixels_for", "accuracy_low", "accuracy_high"):
        assert main[name] == document["accuracy_curve"][name]
    assert main["stability"] == document["rank_stability"]["stability"]
    assert main["levels"] == document["settings"]["ranking_levels"] == 17


@pytest.mark.parametrize("ranker", OTHERS)
def test_each_ranker_finds_what_it_finds_alone(digits, document, ranker):
    alone = json.loads(sb.audit_pixels(digits, ranker=ranker, **COMPARED).to_json())
    beside = document["comparison"]["rankers"][ranker]
    assert "comparison" not in alone
    assert alone["settings"]["rankers"] == [ranker]
    assert beside["ranking"] == alone["ranking"]
    for name in ("n_pixels", "accuracy", "accuracy_low", "accuracy_high", "pixels_for"):
        assert beside[name] == alone["accuracy_curve"][name]
    assert beside["stability"] == alone["rank_stability"]["stability"]
    assert beside["levels"] == alone["settings"]["ranking_levels"]


def test_accuracy_is_that_of_a_plain_classifier_on_the_first_pixels(digits, audit):
    train, test = split_dataset(digits, 4)
    for one in audit.ranked.values():
        for k, accuracy in zip(POINTS, one.curve.accuracy, strict=True):
            first = one.ranking.order[:k]
            scaler = StandardScaler().fit(train.values[:, first])
            model = GaussianNB().fit(scaler.transform(train.values[:, first]), train.labels)
            assert accuracy == model.score(scaler.transform(test.values[:, first]), test.labels)


def test_pixels_for_a_share_are_the_fewest_that_reach_it(document):
    for one in document["comparison"]["rankers"].values():
        assert list(one["pixels_for"]) == ["0.90", "0.95", "0.99"]
        for share, k in one["pixels_for"].items():
            enough = float(share) * one["accuracy"][-1]
            assert k == min(n for n, reached in zip(POINTS, one["accuracy"], strict=True) if reached >= enough)


def test_a_share_is_of_the_accuracy_with_the_most_pixels_and_may_be_met_exactly():
    none = np.full(4, np.nan)
    curve = AccuracyCurve(
        n_pixels=(1, 2, 5, 9), accuracy=np.array([0.25, 0.375, 0.75, 0.5]), std=none, low=none, high=none,
        converged=np.ones(4, dtype=bool), n_test=8, n_splits=1, classifier="made up",
    )  # fmt: skip
    assert [curve.fewest_for(share) for share in (0.5, 0.75, 0.9, 1.0)] == [1, 2, 5, 5]


def test_overlap_is_the_share_of_pixels_in_common(document):
    rankings = [one["ranking"] for one in document["comparison"]["rankers"].values()]
    for row in document["comparison"]["overlap"]:
        firsts = [{tuple(place) for place in ranking[: row["n_pixels"]]} for ranking in rankings]
        expected = [[len(a & b) / len(a | b) for b in firsts] for a in firsts]
        assert row["jaccard"] == expected
        assert np.array_equal(row["jaccard"], np.transpose(row["jaccard"]))
        assert set(np.diag(row["jaccard"])) == {1.0}
    assert np.min(document["comparison"]["overlap"][-1]["jaccard"]) == 1
    assert np.min(document["comparison"]["overlap"][2]["jaccard"]) < 0.5


def test_stability_is_what_the_resamples_share_beyond_chance(audit, document):
    for name, one in audit.ranked.items():
        for k, found in zip(POINTS, document["comparison"]["rankers"][name]["stability"], strict=True):
            if k == 64:
                assert found is None
                continue
            firsts = [set(np.flatnonzero(ranks < k)) for ranks in one.resampled_ranks]
            assert {len(first) for first in firsts} == {k}
            both = np.mean([len(a & b) for a, b in combinations(firsts, 2)])
            assert found == pytest.approx((both - k**2 / 64) / (k - k**2 / 64), abs=1e-12)


def test_frequency_is_the_share_of_resamples(audit):
    for one in audit.ranked.values():
        assert one.frequency(3).sum() == pytest.approx(3)
        by_hand = [sum(ranks[pixel] < 3 for ranks in one.resampled_ranks) / 3 for pixel in range(64)]
        np.testing.assert_allclose(one.frequency(3), by_hand)


def test_random_choice_has_no_stability_and_variance_has_much(planted):
    images, labels = planted
    images = images * np.arange(1, 21, dtype=np.uint8).reshape(4, 5)
    options = {**QUICK, "n_pixels": [5], "resamples": 60}
    audit = sb.audit_pixels(images, labels, ranker="random", rankers=["variance"], **options)
    assert abs(audit.main.stability(5)) < 0.06
    assert audit.ranked["variance"].stability(5) > 0.9


def test_one_resample_or_none_has_no_stability(planted):
    for resamples in (0, 1):
        audit = sb.audit_pixels(*planted, rankers=["jmi"], **{**QUICK, "resamples": resamples})
        assert audit.to_dict()["rank_stability"]["stability"] == [None] * 3
        assert audit.to_dict()["comparison"]["rankers"]["jmi"]["stability"] == [None] * 3


def test_every_ranker_is_taken_once_and_the_main_one_first(planted):
    audit = sb.audit_pixels(*planted, ranker="jmi", rankers=["variance", "jmi", "variance", "mrmr"], **QUICK)
    assert list(audit.ranked) == ["jmi", "variance", "mrmr"]
    assert audit.main is audit.ranked["jmi"]
    np.testing.assert_array_equal(audit.ranking, audit.ranked["jmi"].ranking.order)


def test_pairs_are_those_of_the_main_ranking(audit):
    references = audit.redundancy.references.tolist()
    assert references == [pixel for pixel in audit.ranking if pixel in references]
    assert references != [pixel for pixel in audit.ranked["random"].ranking.order if pixel in references]


def test_without_others_nothing_is_compared(planted):
    audit = sb.audit_pixels(*planted, rankers=["mutual_information"], **QUICK)
    assert "comparison" not in audit.to_dict()
    assert "rankers" not in audit.tables()


def test_table_of_rankers_has_a_row_a_point(audit, document):
    table = audit.tables()["rankers"]
    assert list(table) == ["ranker", "n_pixels", "accuracy", "accuracy_low", "accuracy_high", "stability"]
    assert table["ranker"] == [name for name in COMPARED_RANKERS for _ in POINTS]
    for name in ("n_pixels", "accuracy", "accuracy_low", "accuracy_high"):
        expected = [value for one in document["comparison"]["rankers"].values() for value in one[name]]
        assert table[name] == expected
    assert table["stability"][:3] == document["rank_stability"]["stability"][:3]


def test_information_of_the_document_is_in_its_unit_and_other_scores_as_they_are(planted):
    for ranker in RANKERS:
        bits, nats = (
            sb.audit_pixels(*planted, ranker=ranker, unit=unit, **QUICK).to_dict()["ranking_score"]
            for unit in ("bit", "nat")
        )
        scale = 1 if ranker in ("variance", "random") else np.log(2)
        np.testing.assert_allclose(np.array(bits, dtype=float) * scale, np.array(nats, dtype=float))


def test_seeds_average_each_rankers_own_splits(digits):
    options = {**QUICK, "ranker": "jmi"}
    audit = sb.audit_pixels(digits, rankers=["random"], seed=2, seeds=2, **options)
    for ranker, one in audit.ranked.items():
        alone = [sb.audit_pixels(digits, seed=seed, **{**options, "ranker": ranker}).curve.accuracy for seed in (2, 3)]
        np.testing.assert_allclose(one.curve.accuracy, np.mean(alone, axis=0))
        np.testing.assert_allclose(one.curve.std, np.std(alone, axis=0, ddof=1))


def test_random_order_goes_with_the_seed(planted):
    orders = [sb.audit_pixels(*planted, ranker="random", seed=seed, **QUICK).ranking.tolist() for seed in (0, 1, 1)]
    assert orders[0] != orders[1] == orders[2]


class _StoppedError(Exception):
    pass


@pytest.mark.parametrize("n_done", [2, 5, 7])
def test_rankers_cut_off_go_on_where_they_were(planted, tmp_path, n_done):
    journal = tmp_path / "steps.jsonl"
    options = {**QUICK, "rankers": ["jmi", "random"], "jobs": 1}
    steps = []

    def stop(*step):
        steps.extend([step] if step[0] == "accuracy curve" else [])
        if len(steps) == n_done:
            raise _StoppedError

    with pytest.raises(_StoppedError):
        sb.audit_pixels(*planted, journal_path=journal, progress=stop, **options)
    assert len(journal.read_text().splitlines()) == n_done
    resumed = sb.audit_pixels(*planted, journal_path=journal, progress=lambda *step: steps.append(step), **options)
    whole = sb.audit_pixels(*planted, **options)
    assert resumed.to_json() == whole.to_json()
    assert not journal.exists()
    sets = {frozenset(one.first(k)) for one in whole.ranked.values() for k in (1, 3, 8)}
    assert len([step for step in steps if step[0] == "accuracy curve"]) == len(sets)


def test_record_of_one_seed_is_not_taken_for_another_with_an_official_split(planted, tmp_path):
    images, labels = planted
    data = sb.dataset_from_arrays(images, labels, in_test=np.arange(400) >= 300)
    journal = tmp_path / "steps.jsonl"
    options = {**QUICK, "ranker": "random", "n_pixels": [20], "classifier": "nearest_neighbours"}

    def stop_in_second_split(task, *_):
        if task == "accuracy curve" and len(journal.read_text().splitlines()) == 2:
            raise _StoppedError

    with pytest.raises(_StoppedError):
        sb.audit_pixels(data, seeds=2, journal_path=journal, progress=stop_in_second_split, **options)
    resumed = sb.audit_pixels(data, seed=1, journal_path=journal, **options)
    assert resumed.to_json() == sb.audit_pixels(data, seed=1, **options).to_json()


@pytest.mark.parametrize("ranker", RANKERS)
def test_required_pixels_come_first_and_forbidden_ones_nowhere(planted, ranker):
    required, forbidden = [(3, 4), (0, 0)], [(1, 2), (2, 0)]
    audit = sb.audit_pixels(
        *planted,
        ranker=ranker,
        required=required,
        forbidden=forbidden,
        **{**QUICK, "n_pixels": [1, 18], "resamples": 2},
    )
    document = audit.to_dict()
    assert document["settings"]["required"] == [list(place) for place in required]
    assert document["settings"]["forbidden"] == [list(place) for place in forbidden]
    places = [tuple(place) for place in document["ranking"]]
    assert places[:2] == required
    assert len(places) == len(set(places)) == 18
    assert set(forbidden).isdisjoint(places)
    assert document["accuracy_curve"]["n_pixels"] == [1, 18]
    assert document["accuracy_curve"]["accuracy"][-1] < 0.7, "the forbidden pixel would tell all"
    numbers = [7, 10]
    assert audit.main.ranks[numbers].tolist() == [21, 21]
    assert audit.main.frequency(18)[numbers].tolist() == [0, 0]
    assert (audit.main.frequency(2)[[19, 0]] == 1).all()
    assert set(numbers).isdisjoint(audit.redundancy.references)


def test_curve_ends_at_the_pixels_that_may_be_used(planted):
    options = {**QUICK, "n_pixels": None}
    audit = sb.audit_pixels(*planted, forbidden=[(1, 2), (2, 0), (0, 0)], rankers=["jmi"], **options)
    assert {one.curve.n_pixels for one in audit.ranked.values()} == {(1, 2, 3, 5, 8, 10, 12, 15, 17)}
    with pytest.raises(sb.InputError, match="n_pixels: wanted a whole number from 1 to 19, got 20"):
        sb.audit_pixels(*planted, forbidden=[(1, 2)], n_pixels=[20])


@pytest.mark.parametrize("ranker", ["mutual_information", "jmi", "greedy_joint", "variance"])
def test_a_dear_pixel_comes_later(planted, ranker):
    images, labels = planted
    images = images.copy()
    images[:, 2, 2] = images[:, 1, 2]
    for dear, cheap in (((1, 2), (2, 2)), ((2, 2), (1, 2))):
        costs = np.ones((4, 5))
        costs[dear] = 50
        audit = sb.audit_pixels(images, labels, ranker=ranker, costs=costs, **{**QUICK, "n_pixels": [1]})
        assert audit.best_pixel == cheap
        assert audit.to_dict()["settings"]["costs"] == costs.tolist()


def test_costs_may_be_a_list_or_flat(planted):
    costs = np.linspace(1, 3, 20)
    documents = [
        sb.audit_pixels(*planted, costs=given, **QUICK).to_dict()["ranking"]
        for given in (costs, costs.reshape(4, 5), costs.reshape(4, 5).tolist())
    ]
    assert documents[0] == documents[1] == documents[2]
    assert documents[0] != sb.audit_pixels(*planted, **QUICK).to_dict()["ranking"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"required": [(4, 0)]}, "required: wanted a place in images of 4 x 5, counted from 0, got 4, 0"),
        ({"required": [(0, -1)]}, "required: wanted a place in images of 4 x 5"),
        ({"forbidden": [(0, 0, 0)]}, "forbidden: wanted a place in images of 4 x 5, counted from 0, got 0, 0, 0"),
        ({"forbidden": [(0, 1), (0, 1)]}, "forbidden: wanted different pixel numbers"),
        ({"required": [(0, 1)], "forbidden": [(0, 1)]}, "forbidden: wanted some pixel left to use"),
        (
            {"forbidden": [(row, column) for row in range(4) for column in range(5)]},
            "forbidden: wanted some pixel left to use, and none that is required too, got every pixel",
        ),
        ({"costs": np.ones((5, 4))}, "costs: wanted one number a pixel, 4 x 5, got an array of shape (5, 4)"),
        ({"costs": np.ones(19)}, "costs: wanted one number a pixel, 4 x 5, got an array of shape (19,)"),
        ({"costs": 2.0}, "costs: wanted one number a pixel, 4 x 5, got an array of shape ()"),
        ({"costs": np.zeros((4, 5))}, "costs: wanted 20 finite numbers above 0"),
        ({"costs": -np.ones((4, 5))}, "costs: wanted 20 finite numbers above 0"),
        ({"costs": np.full((4, 5), np.nan)}, "costs: wanted 20 finite numbers above 0"),
        ({"costs": np.full((4, 5), np.inf)}, "costs: wanted 20 finite numbers above 0"),
        ({"costs": np.full((4, 5), "dear")}, "costs: wanted"),
        ({"rankers": ["jmi", "best"]}, "wanted one of mutual_information, jmi, cmim, mrmr, greedy_joint, knn, "),
    ],
    ids=[
        "required-outside", "required-negative", "forbidden-channel", "forbidden-twice", "both", "all-forbidden",
        "costs-turned", "costs-short", "costs-one-number", "costs-zero", "costs-negative", "costs-nan",
        "costs-infinite", "costs-words", "unknown-ranker",
    ],
)  # fmt: skip
def test_constraints_that_cannot_be_are_refused(planted, options, words):
    with pytest.raises(sb.InputError) as refused:
        sb.audit_pixels(*planted, **options, **QUICK)
    assert words in str(refused.value)


def test_colour_images_are_constrained_channel_by_channel(planted):
    images, labels = planted
    colour = np.stack([images, images // 2, 3 - images], axis=-1)
    data = sb.dataset_from_arrays(colour, labels, channels="last")
    audit = sb.audit_pixels(data, required=[(0, 3, 1)], forbidden=[(1, 2, 0), (1, 2, 1)], rankers=["cmim"], **QUICK)
    for one in audit.ranked.values():
        assert [audit.position(pixel) for pixel in one.ranking.order[:2]] == [(0, 3, 1), (1, 2, 2)]
        assert len(one.ranking.order) == 58


@pytest.mark.parametrize("ranker", RANKERS)
def test_more_pixels_than_tell_anything_can_be_asked_for(ranker):
    labels = np.arange(120) % 3
    images = np.zeros((120, 5, 5), dtype=np.uint8)
    images[:, 2, 2] = labels
    images[:, 2, 3] = 2 * (labels == 1)
    audit = sb.audit_pixels(images, labels, ranker=ranker, **{**QUICK, "n_pixels": [1, 8, 25], "resamples": 2})
    assert sorted(audit.ranking) == list(range(25))
    assert audit.curve.accuracy[-1] == 1
    assert len(audit.constant_pixels) == 23
    if ranker != "random":
        assert {audit.position(pixel) for pixel in audit.ranking[:2]} == {(2, 2), (2, 3)}
    json.loads(audit.to_json())


@pytest.mark.parametrize("ranker", ["jmi", "cmim", "mrmr", "greedy_joint"])
def test_pixels_that_do_not_vary_are_warned_of(ranker):
    labels = np.arange(120) % 3
    images = np.zeros((120, 5, 5), dtype=np.uint8)
    images[:, 2, 2] = labels
    images[:, 2, 3] = labels == 1
    options = {"ranker": ranker, "levels": 3, "permutations": 0, "resamples": 0}
    audit = sb.audit_pixels(images, labels, n_pixels=[1, 8, 25], **options)
    told = f"Only 2 pixels vary in the 3 levels that {ranker} counts: those after them, up to the 8 on the curve, "
    assert told + "are in no order." in audit.warnings
    assert not [w for w in sb.audit_pixels(images, labels, n_pixels=[2, 25], **options).warnings if "vary" in w]


def test_pixels_left_to_chance_are_warned_of(planted):
    audit = sb.audit_pixels(*planted, rankers=["greedy_joint", "jmi"], **QUICK)
    told = [warning for warning in audit.warnings if warning.startswith("After ")]
    assert told == [
        "After 1 pixels of greedy_joint no other adds more than chance to what they tell together; the rest follows by "
        "cmim."
    ]
    compared = audit.to_dict()["comparison"]["rankers"]
    assert [compared[name]["n_before_chance"] for name in compared] == [None, 1, None]


@pytest.mark.parametrize("ranker", RANKERS)
def test_images_that_do_not_differ_are_refused(ranker):
    with pytest.raises(sb.InputError, match="images: wanted images that differ"):
        sb.audit_pixels(np.full((40, 4, 4), 7, dtype=np.uint8), np.arange(40) % 2, ranker=ranker, **QUICK)


@pytest.mark.parametrize("ranker", RANKERS)
def test_training_images_that_do_not_differ_tell_nothing(ranker):
    images = np.zeros((60, 3, 4), dtype=np.uint8)
    images[45:] = np.arange(12).reshape(3, 4)
    labels = np.arange(60) % 2
    data = sb.dataset_from_arrays(images, labels, in_test=np.arange(60) >= 45)
    audit = sb.audit_pixels(data, ranker=ranker, rankers=["jmi"], **{**QUICK, "resamples": 2})
    assert len(audit.constant_pixels) == 12
    assert sorted(audit.ranking) == list(range(12))
    assert set(audit.curve.accuracy) == {np.mean(labels[45:] == 0)}
    assert len(audit.redundancy.references) == 0
    document = json.loads(audit.to_json())
    assert document["redundancy"]["pixel"] is None
    if ranker != "knn":  # scikit-learn breaks ties with noise, which then is all there is
        assert not np.any(document["maps"]["mutual_information"])


@pytest.mark.parametrize("ranker", RANKERS)
def test_one_class_is_refused(planted, ranker):
    with pytest.raises(sb.InputError, match="labels: wanted at least two classes"):
        sb.audit_pixels(planted[0], np.zeros(400, dtype=int), ranker=ranker, **QUICK)


@pytest.mark.parametrize("ranker", [name for name in RANKERS if name != "knn"])  # that would take minutes
def test_hundreds_of_classes_are_ranked(ranker):
    rng = np.random.default_rng(0)
    labels = np.arange(369 * 4) % 369
    images = rng.integers(0, 16, size=(len(labels), 3, 4)).astype(np.uint8)
    images[:, 1, 1] = labels % 16
    images[:, 1, 2] = labels // 16 % 16
    audit = sb.audit_pixels(images, labels, ranker=ranker, **{**QUICK, "n_pixels": [2, 12], "resamples": 2})
    assert len(audit.label_names) == 369
    if ranker not in ("random", "variance"):
        assert {audit.position(pixel) for pixel in audit.ranking[:2]} == {(1, 1), (1, 2)}
    assert audit.redundancy.n_levels == 2


@pytest.mark.parametrize("kind", [np.uint8, bool, np.float64])
def test_binary_images_are_compared(planted, kind):
    images, labels = planted
    binary = (images > 1).astype(kind)
    audit = sb.audit_pixels(binary, labels, rankers=["jmi", "cmim", "mrmr", "greedy_joint"], **QUICK)
    for one in audit.ranked.values():
        assert one.ranking.order[0] == 7
        assert one.curve.accuracy[0] == 1
    if kind is np.uint8:
        assert {one.n_levels for one in audit.ranked.values()} == {audit.redundancy.n_levels} == {2}


def test_levels_asked_for_are_counted_by_every_ranker(planted):
    audit = sb.audit_pixels(*planted, levels=3, rankers=["jmi", "greedy_joint"], **QUICK)
    assert {one.n_levels for one in audit.ranked.values()} == {3}
    assert audit.redundancy.n_levels == 3


def test_levels_left_open_suit_each_ranker(document):
    found = {name: one["levels"] for name, one in document["comparison"]["rankers"].items()}
    assert found == {
        "mutual_information": 17, "jmi": 2, "cmim": 2, "mrmr": 2, "greedy_joint": 2, "variance": 17, "random": 17,
    }  # fmt: skip


def test_estimator_asked_for_is_that_of_pairs_too(planted):
    for estimator, used in ((None, "grassberger"), ("plug_in", "plug_in"), ("nsb", "grassberger")):
        audit = sb.audit_pixels(*planted, estimator=estimator, **{**QUICK, "n_pixels": [1]})
        assert audit.redundancy.estimator == used
        assert audit.to_dict()["redundancy"]["estimator"] == used
