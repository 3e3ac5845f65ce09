from collections import Counter, defaultdict
from collections.abc import Callable
from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.datasets import load_digits

from sightbits.core.counts import LabelledLevels
from sightbits.selection import joint_kernels
from sightbits.selection.choosing import Constraints, Ranking
from sightbits.selection.joint import JointScorer
from sightbits.selection.rankers import rank_pixels
from sightbits.selection.sample import PixelSample
from sightbits.selection.scorers import FixedScorer

Draw = Callable[..., LabelledLevels]
some_tables = arrays(np.int64, st.tuples(st.integers(1, 4), st.integers(1, 4)), elements=st.integers(0, 12)).filter(
    lambda counts: counts.sum() > 1
)


def shrink_slowly(pairs: list[tuple[int, int]]) -> float:
    """I(level; label) where the frequencies are moved towards independence by their James-Stein intensity."""
    n = len(pairs)
    if n < 2:
        return 0.0
    levels, labels, together = Counter(a for a, _ in pairs), Counter(b for _, b in pairs), Counter(pairs)
    target = {(a, b): levels[a] * labels[b] / n**2 for a in levels for b in labels}
    seen = {cell: together[cell] / n for cell in target}
    distance = sum((target[cell] - seen[cell]) ** 2 for cell in target)
    if distance < 1e-12:
        return 0.0
    intensity = min(1.0, (1 - sum(p**2 for p in seen.values())) / ((n - 1) * distance))
    shrunk = {cell: intensity * target[cell] + (1 - intensity) * seen[cell] for cell in target}
    return sum(p * log(p / target[cell]) for cell, p in shrunk.items() if p > 0)


def gain_slowly(levels: np.ndarray, labels: np.ndarray, chosen: list[int], pixel: int) -> float:
    cells: dict[tuple[int, ...], list[tuple[int, int]]] = defaultdict(list)
    for row, label in zip(levels.tolist(), labels.tolist(), strict=True):
        cells[tuple(row[i] for i in chosen)].append((row[pixel], label))
    return sum(len(pairs) * shrink_slowly(pairs) for pairs in cells.values()) / len(labels)


def sample_of(levels: np.ndarray, labels: np.ndarray, n_levels: int = 2) -> PixelSample:
    n_labels = int(labels.max()) + 1
    coded = LabelledLevels(
        levels=levels.astype(np.uint8), labels=labels.astype(np.int64), n_levels=n_levels, n_labels=n_labels
    )
    return PixelSample(values=coded.levels, coded=coded)


def rank(sample: PixelSample, **options: object) -> Ranking:
    return rank_pixels(sample, ranker="greedy_joint", **options)


def scorer_of(sample: PixelSample) -> JointScorer:
    n_pixels = sample.coded.n_pixels
    return JointScorer(sample.coded, fallback=lambda: FixedScorer(np.zeros(n_pixels), np.ones(n_pixels, dtype=bool)))


@pytest.fixture(scope="module")
def digits() -> PixelSample:
    images = load_digits()
    return sample_of(images.data * 2 // 17, images.target)


def kernel(counts: np.ndarray) -> float:
    return float(joint_kernels.shrunk_information(counts, int(counts.sum())))


def test_shrunk_information_of_copies_is_worked_out_by_hand() -> None:
    # p = 1/2 twice and t = 1/4: the intensity is (1 - 1/2) / (7 * 1/4) = 2/7, so that p becomes 3/7 and 1/14
    expected = 6 / 7 * log(12 / 7) + 1 / 7 * log(2 / 7)
    assert kernel(np.array([[4, 0], [0, 4]])) == pytest.approx(expected, abs=1e-12)


@given(some_tables)
def test_shrunk_information_is_that_of_the_formula(counts: np.ndarray) -> None:
    pairs = [(int(a), int(b)) for (a, b), n in np.ndenumerate(counts) for _ in range(int(n))]
    assert kernel(counts) == pytest.approx(shrink_slowly(pairs), abs=1e-10)


@given(some_tables)
def test_shrunk_information_is_symmetric_and_between_nothing_and_the_plug_in_figure(counts: np.ndarray) -> None:
    found = kernel(counts)
    assert kernel(np.ascontiguousarray(counts.T)) == pytest.approx(found, abs=1e-12)
    n, expected = counts.sum(), np.outer(counts.sum(axis=1), counts.sum(axis=0)) / counts.sum()
    seen = counts > 0
    plug_in = (counts[seen] * np.log(counts[seen] / expected[seen])).sum() / n
    assert -1e-12 <= found <= plug_in + 1e-12


@pytest.mark.parametrize("counts", [[[1, 0], [0, 1]], [[1, 1], [0, 1]], [[30, 30], [30, 30]], [[9, 0], [0, 0]]])
def test_what_may_well_be_chance_shrinks_to_nothing(counts: list[list[int]]) -> None:
    assert kernel(np.array(counts)) == 0.0


def test_whole_numbers_of_many_images_do_not_overflow() -> None:
    counts = np.array([[40_000_000, 0], [0, 40_000_000]])
    assert kernel(counts) == pytest.approx(log(2), abs=1e-6)


def test_first_pixels_of_digits_and_their_gains_are_those_of_the_formula(digits: PixelSample) -> None:
    levels, labels = digits.coded.levels, digits.coded.labels
    expected: list[int] = []
    gains: list[float] = []
    for _ in range(6):
        left = [pixel for pixel in range(64) if pixel not in expected and np.ptp(levels[:, pixel])]
        found = {pixel: gain_slowly(levels, labels, expected, pixel) for pixel in left}
        best = max(found.values())
        expected.append(min(pixel for pixel in left if found[pixel] >= best - 1e-9))
        gains.append(found[expected[-1]])
    ranking = rank(digits, n_chosen=6)
    assert ranking.order[:6].tolist() == expected
    np.testing.assert_allclose(ranking.scores[expected], gains, atol=1e-10)


@pytest.mark.parametrize(("n_levels", "n_labels"), [(2, 3), (3, 40), (200, 5)])
def test_gains_are_those_of_the_formula(draw_levels: Draw, n_levels: int, n_labels: int) -> None:
    coded = draw_levels(n_images=400, n_pixels=8, n_levels=n_levels, n_labels=n_labels, share=0.5)
    scorer = scorer_of(PixelSample(values=coded.levels, coded=coded))
    candidates = np.arange(8) != 6
    chosen: list[int] = []
    for pixel in (3, 0, 7, 3):
        found = scorer.scores(candidates, required=True)
        expected = [gain_slowly(coded.levels, coded.labels, chosen, other) for other in range(8)]
        np.testing.assert_allclose(found[candidates], np.array(expected)[candidates], atol=1e-10)
        scorer.take(pixel)
        chosen.append(pixel)


def test_gains_do_not_depend_on_the_order_of_images_or_on_names(digits: PixelSample) -> None:
    order = np.random.default_rng(0).permutation(digits.coded.n_images)
    names = np.random.default_rng(1).permutation(10)
    other = sample_of(1 - digits.coded.levels[order], names[digits.coded.labels[order]])
    first, second = rank(digits), rank(other)
    np.testing.assert_array_equal(first.order, second.order)
    np.testing.assert_allclose(first.scores, second.scores, atol=1e-9)
    assert first.n_before_chance == second.n_before_chance


@pytest.mark.parametrize("first", [2, 7])
def test_of_two_pixels_useless_alone_one_is_found_when_the_other_is_required(first: int) -> None:
    levels = np.random.default_rng(3).integers(2, size=(400, 12))
    sample = sample_of(levels, levels[:, 2] ^ levels[:, 7])
    ranking = rank(sample, constraints=Constraints(required=[first]))
    assert ranking.order[:2].tolist() == [first, 9 - first]
    assert ranking.n_before_chance == 2
    assert ranking.scores[9 - first] > 0.6
    assert rank(sample).n_before_chance == 0


def test_third_of_three_that_make_the_label_together_is_found_when_two_are_required() -> None:
    levels = np.random.default_rng(4).integers(2, size=(800, 9))
    sample = sample_of(levels, levels[:, 1] ^ levels[:, 4] ^ levels[:, 8])
    ranking = rank(sample, constraints=Constraints(required=[8, 1]))
    assert ranking.order[:3].tolist() == [8, 1, 4]
    assert ranking.n_before_chance == 3


def test_required_pixels_that_tell_nothing_count_as_chosen() -> None:
    rng = np.random.default_rng(5)
    sample = sample_of(rng.integers(2, size=(300, 10)), rng.integers(3, size=300))
    ranking = rank(sample, constraints=Constraints(required=[9, 5]))
    assert ranking.n_before_chance == 2
    assert ranking.order[:2].tolist() == [9, 5]


def test_nothing_is_better_than_chance_where_labels_are_noise() -> None:
    def n_before_chance(seed: int) -> int | None:
        rng = np.random.default_rng([6, seed])
        share = np.repeat([0.5, 0.1, 0.015], 10)  # of images where a pixel is lit: often, seldom, hardly ever
        return rank(sample_of(rng.random((300, 30)) < share, rng.integers(5, size=300)), n_chosen=1).n_before_chance

    assert [n_before_chance(seed) for seed in range(100)].count(0) >= 90


def test_as_many_pixels_as_tell_something_are_chosen_before_chance() -> None:
    rng = np.random.default_rng(7)
    levels = rng.integers(2, size=(3000, 20))
    labels = 4 * levels[:, 3] + 2 * levels[:, 11] + levels[:, 17]
    labels = np.where(rng.random(3000) < 0.2, rng.integers(8, size=3000), labels)
    ranking = rank(sample_of(levels, labels))
    assert sorted(ranking.order[:3].tolist()) == [3, 11, 17]
    assert ranking.n_before_chance == 3


def test_the_test_allows_for_how_many_candidates_there_are() -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(2, size=200)
    weak = np.where(rng.random(200) < 0.22, labels, rng.integers(2, size=200))  # p is about 1 in 100
    noise = rng.permuted(np.tile(np.arange(200) % 2, (60, 1)), axis=1).T
    alone = rank(sample_of(weak[:, np.newaxis], labels), n_chosen=1)
    assert alone.n_before_chance is None
    strongest = rank(sample_of(np.column_stack([weak, noise]), labels), n_chosen=1)
    assert strongest.n_before_chance == 0


def test_after_chance_pixels_follow_by_cmim_given_those_chosen(digits: PixelSample) -> None:
    ranking = rank(digits, estimator="plug_in")
    n = ranking.n_before_chance
    assert n is not None
    assert 3 < n < 30
    rules = Constraints(required=ranking.order[:n].tolist())
    expected = rank_pixels(digits, ranker="cmim", estimator="plug_in", constraints=rules)
    np.testing.assert_array_equal(ranking.order, expected.order)
    np.testing.assert_allclose(ranking.scores[ranking.order[n:]], expected.scores[ranking.order[n:]], atol=1e-12)


def test_fallback_is_made_once_and_told_of_every_pixel_in_order() -> None:
    told: list[int] = []

    class Spy(FixedScorer):
        def take(self, pixel: int) -> None:
            told.append(pixel)

    made: list[Spy] = []

    def fallback() -> Spy:
        made.append(Spy(np.array([0.1, 0.3, 0.2, 0.4]), np.ones(4, dtype=bool)))
        return made[-1]

    rng = np.random.default_rng(8)
    label = rng.integers(2, size=200)
    levels = np.column_stack([rng.integers(2, size=200), rng.integers(2, size=200), label, rng.integers(2, size=200)])
    scorer = JointScorer(sample_of(levels, label).coded, fallback=fallback)
    left = np.ones(4, dtype=bool)
    assert int(np.argmax(scorer.scores(left))) == 2
    assert made == []
    for pixel in (2, 3, 1):
        scorer.take(pixel)
        left[pixel] = False
        np.testing.assert_array_equal(scorer.scores(left), [0.1, 0.3, 0.2, 0.4])
    assert len(made) == 1
    assert told == [2, 3, 1]
    assert scorer.n_before_chance == 1


def test_every_pixel_is_ranked_after_one_that_tells_all() -> None:
    levels = np.random.default_rng(9).integers(2, size=(200, 6))
    ranking = rank(sample_of(levels, levels[:, 4]))
    assert ranking.order[0] == 4
    assert ranking.n_before_chance == 1
    assert sorted(ranking.order.tolist()) == list(range(6))


@given(st.integers(0, 30), st.integers(2, 4), st.integers(1, 5), st.integers(1, 60))
def test_every_pixel_is_ranked_once(draw_levels: Draw, seed: int, n_levels: int, n_labels: int, n_images: int) -> None:
    coded = draw_levels(seed, n_images=n_images, n_levels=n_levels, n_labels=n_labels)
    ranking = rank(PixelSample(values=coded.levels, coded=coded))
    assert sorted(ranking.order.tolist()) == list(range(9))
    varying = np.ptp(coded.levels, axis=0) > 0
    assert ranking.n_informative == varying.sum()
    assert varying[ranking.order].tolist() == sorted(varying.tolist(), reverse=True)


def test_a_copy_is_not_taken_before_what_still_tells_something() -> None:
    first, second = np.tile([[0, 0, 1, 1], [0, 1, 0, 1]], 125)
    levels = np.column_stack([first, first, second])
    ranking = rank(sample_of(levels, 2 * first + second))
    assert ranking.order.tolist() == [0, 2, 1]
    assert ranking.n_before_chance == 2
