from collections.abc import Callable

import numpy as np
import pytest
from sklearn.feature_selection import mutual_info_classif
from sklearn.metrics import mutual_info_score

from sightbits.core.counts import LabelledLevels
from sightbits.information.composed import mutual_information
from sightbits.information.discrete import grassberger, miller_madow, plug_in
from sightbits.selection.choosing import Constraints
from sightbits.selection.rankers import (
    COUNTS_PAIRS,
    IN_NATS,
    RANKERS,
    default_levels,
    pair_estimator,
    rank_pixels,
    resample_ranks,
)
from sightbits.selection.sample import PixelSample
from sightbits.selection.scorers import PairScorer

Draw = Callable[..., LabelledLevels]
every_ranker = pytest.mark.parametrize("ranker", RANKERS)


@pytest.fixture
def sample(draw_levels: Draw) -> PixelSample:
    coded = draw_levels(n_images=80, n_pixels=10)
    return PixelSample(values=coded.levels * np.uint8(60), coded=coded)


def score(ranker: str, sample: PixelSample, *, estimator: str | None = "plug_in", seed: int = 0) -> np.ndarray:
    """The scores before any pixel is chosen."""
    scorer = RANKERS[ranker](sample, estimator=estimator, seed=seed)
    return scorer.scores(np.ones(sample.coded.n_pixels, dtype=bool))


def test_information_score_is_that_of_scikit_learn(sample: PixelSample) -> None:
    expected = [mutual_info_score(pixel, sample.coded.labels) for pixel in sample.coded.levels.T]
    np.testing.assert_allclose(score("mutual_information", sample), expected, atol=1e-12)


def test_information_score_is_by_the_estimator_named(sample: PixelSample) -> None:
    expected = mutual_information(sample.coded.count(), "level", "label", estimator=miller_madow)
    np.testing.assert_allclose(score("mutual_information", sample, estimator="miller_madow"), expected, atol=1e-12)
    assert not np.allclose(expected, score("mutual_information", sample))


@pytest.mark.parametrize("ranker", ["jmi", "cmim", "mrmr"])
def test_rankers_of_pairs_start_from_the_information_of_each_pixel(ranker: str, sample: PixelSample) -> None:
    for estimator, estimate in (("plug_in", plug_in), ("miller_madow", miller_madow), (None, grassberger)):
        expected = mutual_information(sample.coded.count(), "level", "label", estimator=estimate)
        np.testing.assert_allclose(score(ranker, sample, estimator=estimator), expected, atol=1e-12)


def test_pairs_are_estimated_by_a_sum_over_cells() -> None:
    asked = ["plug_in", "miller_madow", "grassberger", "jackknife", None, "nsb", "shrinkage"]
    taken = ["plug_in", "miller_madow", "grassberger", "jackknife", "grassberger", "grassberger", "grassberger"]
    assert [pair_estimator(name) for name in asked] == taken


def test_without_an_estimator_single_pixels_are_scored_by_plug_in(sample: PixelSample) -> None:
    expected = score("mutual_information", sample, estimator="plug_in")
    np.testing.assert_array_equal(score("mutual_information", sample, estimator=None), expected)


@every_ranker
def test_ranking_is_the_order_of_what_the_ranker_chooses(ranker: str, sample: PixelSample) -> None:
    ranking = rank_pixels(sample, ranker=ranker, estimator="plug_in", seed=4)
    assert ranking.order[0] == np.argmax(score(ranker, sample, seed=4))
    again = rank_pixels(sample, ranker=ranker, estimator="plug_in", seed=4)
    np.testing.assert_array_equal(ranking.order, again.order)
    np.testing.assert_array_equal(ranking.scores, again.scores)


def test_pixels_are_ranked_by_mutual_information_unless_another_ranker_is_named(sample: PixelSample) -> None:
    expected = rank_pixels(sample, ranker="mutual_information", estimator="plug_in")
    np.testing.assert_array_equal(rank_pixels(sample).order, expected.order)


def test_progress_counts_the_pixels_of_a_greedy_ranker(sample: PixelSample) -> None:
    steps: list[tuple[str, int, int]] = []
    rank_pixels(sample, ranker="jmi", n_chosen=3, progress=lambda *step: steps.append(step))
    assert steps == [("ranking", 1, 3), ("ranking", 2, 3), ("ranking", 3, 3)]


@pytest.mark.parametrize(
    ("ranker", "n_images", "n_labels", "n_levels"),
    [
        ("greedy_joint", 10**6, 2, 2),
        ("jmi", 60_000, 10, 4),
        ("cmim", 800, 10, 4),
        ("mrmr", 799, 10, 3),
        ("jmi", 450, 10, 3),
        ("jmi", 449, 10, 2),
        ("cmim", 20, 100, 2),
        ("mutual_information", 60_000, 10, None),
        ("knn", 60_000, 10, None),
        ("random", 60_000, 10, None),
        ("variance", 60_000, 10, None),
    ],
)
def test_levels_are_as_many_as_leave_five_images_a_cell(
    ranker: str, n_images: int, n_labels: int, n_levels: int | None
) -> None:
    assert default_levels(ranker, n_images=n_images, n_labels=n_labels) == n_levels


def test_rankers_that_count_pairs_score_in_nats(sample: PixelSample) -> None:
    assert {"jmi", "cmim", "mrmr", "greedy_joint"} == COUNTS_PAIRS
    assert set(RANKERS) - {"variance", "random"} == IN_NATS
    for ranker in RANKERS:
        scorer = RANKERS[ranker](sample, estimator=None, seed=0)
        assert scorer.forgetful == (ranker not in COUNTS_PAIRS)
        assert isinstance(scorer, PairScorer) == (ranker in {"jmi", "cmim", "mrmr"})


def test_variance_score_is_that_of_numpy(sample: PixelSample) -> None:
    np.testing.assert_allclose(score("variance", sample), sample.values.var(axis=0), rtol=1e-12)


def test_neighbour_score_is_that_of_scikit_learn(sample: PixelSample) -> None:
    expected = mutual_info_classif(sample.values, sample.coded.labels, random_state=5)
    np.testing.assert_array_equal(score("knn", sample, seed=5), expected)


@every_ranker
def test_ranker_gives_the_same_scores_again(ranker: str, sample: PixelSample) -> None:
    scores = score(ranker, sample, seed=3)
    assert scores.shape == (10,)
    np.testing.assert_array_equal(score(ranker, sample, seed=3), scores)


def test_chance_depends_on_the_seed(sample: PixelSample) -> None:
    assert (score("random", sample, seed=1) != score("random", sample, seed=2)).all()


@pytest.mark.parametrize("ranker", ["mutual_information", "jmi", "cmim", "mrmr", "greedy_joint", "variance"])
def test_seed_does_not_matter_to_a_deterministic_ranker(ranker: str, sample: PixelSample) -> None:
    np.testing.assert_array_equal(score(ranker, sample, seed=1), score(ranker, sample, seed=2))


def test_take_keeps_grey_values_levels_and_labels_together(sample: PixelSample) -> None:
    which = np.array([5, 5, 0, 79])
    taken = sample.take(which)
    np.testing.assert_array_equal(taken.values, sample.values[which])
    np.testing.assert_array_equal(taken.coded.levels, sample.coded.levels[which])
    np.testing.assert_array_equal(taken.coded.labels, sample.coded.labels[which])


@every_ranker
@pytest.mark.parametrize("estimator", [None, "miller_madow"])
def test_ranks_of_each_resample_are_a_permutation(ranker: str, estimator: str | None, sample: PixelSample) -> None:
    ranks = resample_ranks(sample, ranker=ranker, estimator=estimator, n_resamples=3, seed=0)
    np.testing.assert_array_equal(np.sort(ranks, axis=1), np.tile(np.arange(10), (3, 1)))


def test_ranks_are_those_of_images_drawn_with_replacement(sample: PixelSample) -> None:
    ranks = resample_ranks(sample, ranker="variance", estimator="plug_in", n_resamples=6, seed=9)
    for i in range(6):
        drawn = np.random.default_rng([9, i]).integers(80, size=80)
        variance = sample.values[drawn].var(axis=0)
        expected = [sum(variance > variance[pixel] + 1e-9) for pixel in range(10)]
        np.testing.assert_array_equal(ranks[i], expected)
    assert len(np.unique(ranks, axis=0)) > 1


def test_resamples_depend_on_the_seed_and_their_number_alone(sample: PixelSample) -> None:
    def ranks(n_resamples: int, seed: int) -> np.ndarray:
        return resample_ranks(
            sample, ranker="mutual_information", estimator="plug_in", n_resamples=n_resamples, seed=seed
        )

    np.testing.assert_array_equal(ranks(3, 1), ranks(6, 1)[:3])
    assert (ranks(6, 1) != ranks(6, 2)).any()


def test_a_pixel_that_tells_the_label_is_first_in_every_resample(sample: PixelSample) -> None:
    levels = sample.coded.levels.copy()
    levels[:, 6] = sample.coded.labels
    coded = LabelledLevels(levels=levels, labels=sample.coded.labels, n_levels=4, n_labels=3)
    clear = PixelSample(values=levels, coded=coded)
    ranks = resample_ranks(clear, ranker="mutual_information", estimator="plug_in", n_resamples=10, seed=0)
    assert (ranks[:, 6] == 0).all()


def test_no_resamples_give_an_empty_table(sample: PixelSample) -> None:
    ranks = resample_ranks(sample, ranker="random", estimator="plug_in", n_resamples=0, seed=0)
    assert ranks.shape == (0, 10)


def test_progress_counts_resamples(sample: PixelSample) -> None:
    steps: list[tuple[str, int, int]] = []
    resample_ranks(
        sample,
        ranker="random",
        estimator="plug_in",
        n_resamples=3,
        seed=0,
        progress=lambda *step: steps.append(step),
    )
    assert steps == [("rank stability", 1, 3), ("rank stability", 2, 3), ("rank stability", 3, 3)]


@every_ranker
def test_constraints_hold_in_every_resample(ranker: str, sample: PixelSample) -> None:
    rules = Constraints(required=[8, 3], forbidden=[0, 9])
    options = {"ranker": ranker, "estimator": None, "n_resamples": 4, "seed": 0, "constraints": rules}
    ranks = resample_ranks(sample, **options, n_chosen=5)
    assert (ranks[:, 8] == 0).all()
    assert (ranks[:, 3] == 1).all()
    assert (ranks[:, [0, 9]] == 10).all()
    rest = np.sort(np.delete(ranks, [0, 3, 8, 9], axis=1), axis=1)
    np.testing.assert_array_equal(rest, np.tile(np.arange(2, 8), (4, 1)))


def test_a_resample_is_ranked_by_the_ranker_named_with_as_many_chosen_as_asked(sample: PixelSample) -> None:
    ranks = resample_ranks(sample, ranker="jmi", estimator="plug_in", n_resamples=5, seed=2, n_chosen=2)
    for i in range(5):
        drawn = sample.take(np.random.default_rng([2, i]).integers(80, size=80))
        order = rank_pixels(drawn, ranker="jmi", estimator="plug_in", n_chosen=2).order
        np.testing.assert_array_equal(np.argsort(ranks[i]), order)


def test_chance_ranks_each_resample_anew(sample: PixelSample) -> None:
    ranks = resample_ranks(sample, ranker="random", estimator=None, n_resamples=4, seed=0)
    assert len(np.unique(ranks, axis=0)) == 4
