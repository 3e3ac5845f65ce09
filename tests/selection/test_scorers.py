import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.special import digamma
from sklearn.datasets import load_digits

from sightbits import load_dataset
from sightbits.core.counts import LabelledLevels
from sightbits.selection.rankers import rank_pixels
from sightbits.selection.sample import PixelSample
from sightbits.selection.scorers import PAIR_CRITERIA, FixedScorer, PairScorer, best_of

every_criterion = pytest.mark.parametrize("criterion", list(PAIR_CRITERIA))
N_FIRST = 30


def entropy_slowly(estimator: str, *columns: np.ndarray) -> float:
    """The entropy of several columns together, from the estimators' formulas."""
    codes = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        codes = codes * (int(column.max()) + 1) + column
    counts = np.bincount(codes)
    counts, n = counts[counts > 0], len(codes)
    if estimator == "grassberger":
        sign = np.where(counts % 2 == 0, 1, -1)
        g = digamma(counts) + sign / 2 * (digamma((counts + 1) / 2) - digamma(counts / 2))
        return math.log(n) - float((counts * g).sum()) / n
    bias = (len(counts) - 1) / (2 * n) if estimator == "miller_madow" else 0.0
    return float(-(counts / n * np.log(counts / n)).sum()) + bias


def information_slowly(estimator: str, x: list[np.ndarray], y: np.ndarray) -> float:
    apart = entropy_slowly(estimator, *x) + entropy_slowly(estimator, y)
    return apart - entropy_slowly(estimator, *x, y)


def rank_slowly(levels: np.ndarray, labels: np.ndarray, criterion: str, estimator: str, n_first: int) -> list[int]:
    """Greedy choice as the criteria are defined in their papers; ties within 1e-9 go to the lowest pixel."""
    columns = [column.astype(np.int64) for column in levels.T]
    left = [pixel for pixel, column in enumerate(columns) if column.min() < column.max()]
    alone = {pixel: information_slowly(estimator, [columns[pixel]], labels) for pixel in left}
    found: dict[int, list[float]] = {pixel: [] for pixel in left}

    def beside(pixel: int, chosen: int) -> float:
        if criterion == "mrmr":
            return information_slowly(estimator, [columns[pixel]], columns[chosen])
        both = information_slowly(estimator, [columns[pixel], columns[chosen]], labels)
        return both if criterion == "jmi" else both - alone[chosen]

    def score(pixel: int) -> float:
        if not found[pixel]:
            return alone[pixel]
        if criterion == "jmi":
            return float(np.mean(found[pixel]))  # of I(pixel, chosen; label)
        if criterion == "cmim":
            return min(alone[pixel], *found[pixel])
        return alone[pixel] - float(np.mean(found[pixel]))

    order: list[int] = []
    while left and len(order) < n_first:
        scores = {pixel: score(pixel) for pixel in left}
        best = max(scores.values())
        taken = min(pixel for pixel in left if scores[pixel] >= best - 1e-9)
        order.append(taken)
        left.remove(taken)
        for pixel in left:
            found[pixel].append(beside(pixel, taken))
    return order


def sample_of(levels: np.ndarray, labels: np.ndarray, n_levels: int) -> PixelSample:
    n_labels = int(labels.max()) + 1
    coded = LabelledLevels(levels=levels, labels=labels.astype(np.int64), n_levels=n_levels, n_labels=n_labels)
    return PixelSample(values=levels, coded=coded)


@pytest.fixture(scope="module")
def digits() -> PixelSample:
    images = load_digits()
    return sample_of((images.data * 3 // 17).astype(np.uint8), images.target, 3)


@pytest.fixture(scope="module")
def mnist() -> PixelSample:
    dataset = load_dataset("mnist")
    train = dataset.take(~dataset.in_test)
    which = slice(None, None, 60)
    return sample_of((train.values[which] >= 128).astype(np.uint8), train.labels[which], 2)


@every_criterion
@pytest.mark.parametrize("estimator", ["plug_in", "miller_madow", "grassberger"])
def test_first_pixels_of_digits_are_those_of_the_definition(
    digits: PixelSample, criterion: str, estimator: str
) -> None:
    expected = rank_slowly(digits.coded.levels, digits.coded.labels, criterion, estimator, N_FIRST)
    ranking = rank_pixels(digits, ranker=criterion, estimator=estimator)
    assert ranking.order[:N_FIRST].tolist() == expected


@every_criterion
def test_first_pixels_of_mnist_are_those_of_the_definition(mnist: PixelSample, criterion: str) -> None:
    assert len(mnist.coded.labels) == 1000
    expected = rank_slowly(mnist.coded.levels, mnist.coded.labels, criterion, "plug_in", N_FIRST)
    ranking = rank_pixels(mnist, ranker=criterion, estimator="plug_in", n_chosen=N_FIRST)
    assert ranking.order[:N_FIRST].tolist() == expected


@every_criterion
@pytest.mark.parametrize("n_levels", [2, 40])
def test_all_pixels_with_copies_among_them_are_ranked_by_the_definition(
    draw_levels: Callable[..., LabelledLevels], criterion: str, n_levels: int
) -> None:
    drawn = draw_levels(n_images=150, n_pixels=12, n_levels=n_levels)
    levels = np.hstack([drawn.levels[:, :6], drawn.levels])
    levels[:, 4] = n_levels - 1
    sample = sample_of(levels, drawn.labels, n_levels)
    expected = [*rank_slowly(levels, drawn.labels, criterion, "plug_in", 18), 4]
    assert rank_pixels(sample, ranker=criterion, estimator="plug_in").order.tolist() == expected


@every_criterion
def test_scores_are_those_of_the_definition(digits: PixelSample, criterion: str) -> None:
    columns, labels = digits.coded.levels.T.astype(np.int64), digits.coded.labels
    scorer = PairScorer(digits.coded, criterion=criterion, estimator="plug_in")
    every = np.ones(64, dtype=bool)
    alone = [information_slowly("plug_in", [x], labels) for x in columns]
    np.testing.assert_allclose(scorer.scores(every), alone, atol=1e-10)
    given, shared = [], []
    for chosen in (20, 43, 10):
        scorer.take(chosen)
        both = [information_slowly("plug_in", [x, columns[chosen]], labels) for x in columns]
        given.append(np.array(both) - alone[chosen])
        shared.append([information_slowly("plug_in", [x], columns[chosen]) for x in columns])
        expected = {
            "jmi": np.mean(given, axis=0),
            "cmim": np.min([alone, *given], axis=0),
            "mrmr": np.array(alone) - np.mean(shared, axis=0),
        }
        np.testing.assert_allclose(scorer.scores(every), expected[criterion], atol=1e-10)
    assert not scorer.forgetful
    assert scorer.n_before_chance is None


@every_criterion
def test_a_copy_of_what_is_chosen_comes_after_a_weaker_pixel_that_tells_something_else(criterion: str) -> None:
    rng = np.random.default_rng(0)
    first, second = rng.integers(2, size=(2, 400)).astype(np.uint8)
    noisy = second ^ (rng.random(400) < 0.1)
    levels = np.stack([first, first, noisy], axis=1)
    ranking = rank_pixels(sample_of(levels, first * 2 + second, 2), ranker=criterion)
    assert ranking.order.tolist() == [0, 2, 1]


def test_jmi_finds_the_partner_that_tells_nothing_alone() -> None:
    quarters = np.array([[0, 0, 0], [0, 0, 1], [0, 1, 0], [0, 1, 1]] * 50, dtype=np.uint8)
    labels = quarters[:, 1] ^ quarters[:, 2]
    scorer = PairScorer(sample_of(quarters, labels, 2).coded, criterion="jmi", estimator="plug_in")
    scorer.take(1)
    np.testing.assert_allclose(scorer.scores(scorer.varies) / np.log(2), [0, 0, 1], atol=1e-12)
    assert scorer.varies.tolist() == [False, True, True]


@given(st.lists(st.tuples(st.integers(-5, 5), st.booleans(), st.floats(-4e-10, 4e-10)), min_size=1, max_size=20))
def test_best_is_the_lowest_number_of_those_tied(drawn: list[tuple[int, bool, float]]) -> None:
    scores = np.array([score + rounding for score, _, rounding in drawn])
    candidates = np.array([candidate for _, candidate, _ in drawn])
    assume(candidates.any())
    best = max(score for score, candidate, _ in drawn if candidate)
    expected = min(i for i, (score, candidate, _) in enumerate(drawn) if candidate and score == best)
    assert best_of(scores, candidates) == expected


def test_scores_a_little_more_than_rounding_apart_are_no_tie() -> None:
    both = np.ones(2, dtype=bool)
    assert best_of(np.array([0.5, 0.5 + 0.9e-9]), both) == 0
    assert best_of(np.array([0.5, 0.5 + 1.1e-9]), both) == 1


def test_fixed_scores_stay_what_they_are() -> None:
    scores = np.array([0.3, 0.1, 0.2])
    scorer = FixedScorer(scores, np.ones(3, dtype=bool))
    scorer.take(0)
    np.testing.assert_array_equal(scorer.scores(np.array([False, True, True])), scores)
    assert scorer.forgetful
    assert scorer.varies.all()
    assert scorer.n_before_chance is None
    assert FixedScorer(scores, scores > 0.15).varies.tolist() == [True, False, True]


@every_criterion
def test_names_of_levels_and_labels_and_the_order_of_images_do_not_change_the_ranking(
    digits: PixelSample, criterion: str
) -> None:
    order = np.random.default_rng(1).permutation(digits.coded.n_images)
    levels = np.array([2, 0, 1], dtype=np.uint8)[digits.coded.levels[order]]
    labels = np.random.default_rng(2).permutation(10)[digits.coded.labels[order]]
    found = rank_pixels(sample_of(levels, labels, 3), ranker=criterion).order
    np.testing.assert_array_equal(found, rank_pixels(digits, ranker=criterion).order)
