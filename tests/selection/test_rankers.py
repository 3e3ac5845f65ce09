from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_selection import mutual_info_classif
from sklearn.metrics import mutual_info_score

from sightbits.core.counts import LabelledLevels
from sightbits.information.composed import mutual_information
from sightbits.information.discrete import miller_madow
from sightbits.selection.rankers import RANKERS, PixelSample, rank, resample_ranks

Draw = Callable[..., LabelledLevels]
every_ranker = pytest.mark.parametrize("ranker", RANKERS)


@pytest.fixture
def sample(draw_levels: Draw) -> PixelSample:
    coded = draw_levels(n_images=80, n_pixels=10)
    return PixelSample(values=coded.levels * np.uint8(60), coded=coded)


def score(ranker: str, sample: PixelSample, *, estimator: str = "plug_in", seed: int = 0) -> np.ndarray:
    return RANKERS[ranker](sample, estimator=estimator, seed=seed)


@given(st.lists(st.integers(0, 4), max_size=20))
def test_best_come_first_and_ties_go_to_the_lower_number(scores: list[int]) -> None:
    expected = sorted(range(len(scores)), key=lambda pixel: (-scores[pixel], pixel))
    assert rank(np.array(scores, dtype=float)).tolist() == expected


def test_pixels_without_a_score_come_last() -> None:
    assert rank(np.array([np.nan, 0.0, np.nan, -1.0])).tolist() == [1, 3, 0, 2]


def test_information_score_is_that_of_scikit_learn(sample: PixelSample) -> None:
    expected = [mutual_info_score(pixel, sample.coded.labels) for pixel in sample.coded.levels.T]
    np.testing.assert_allclose(score("mutual_information", sample), expected, atol=1e-12)


def test_information_score_is_by_the_estimator_named(sample: PixelSample) -> None:
    expected = mutual_information(sample.coded.count(), "level", "label", estimator=miller_madow)
    np.testing.assert_allclose(score("mutual_information", sample, estimator="miller_madow"), expected, atol=1e-12)
    assert not np.allclose(expected, score("mutual_information", sample))


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


@pytest.mark.parametrize("ranker", ["mutual_information", "variance"])
def test_seed_does_not_matter_to_a_deterministic_ranker(ranker: str, sample: PixelSample) -> None:
    np.testing.assert_array_equal(score(ranker, sample, seed=1), score(ranker, sample, seed=2))


def test_take_keeps_grey_values_levels_and_labels_together(sample: PixelSample) -> None:
    which = np.array([5, 5, 0, 79])
    taken = sample.take(which)
    np.testing.assert_array_equal(taken.values, sample.values[which])
    np.testing.assert_array_equal(taken.coded.levels, sample.coded.levels[which])
    np.testing.assert_array_equal(taken.coded.labels, sample.coded.labels[which])


@every_ranker
def test_ranks_of_each_resample_are_a_permutation(ranker: str, sample: PixelSample) -> None:
    ranks = resample_ranks(sample, ranker=ranker, estimator="plug_in", n_resamples=3, seed=0)
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
