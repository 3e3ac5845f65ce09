from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sightbits import InputError
from sightbits.core.counts import LabelledLevels
from sightbits.selection.choosing import Constraints, Ranking, choose_pixels, rank
from sightbits.selection.rankers import RANKERS, rank_pixels
from sightbits.selection.sample import PixelSample
from sightbits.selection.scorers import FixedScorer, PairScorer

Draw = Callable[..., LabelledLevels]
GREEDY = ["jmi", "cmim", "mrmr", "greedy_joint"]
DETERMINISTIC = [*GREEDY, "mutual_information", "variance"]
every_ranker = pytest.mark.parametrize("ranker", RANKERS)
every_greedy = pytest.mark.parametrize("ranker", GREEDY)


class Fading:
    """Scores that halve for the neighbours of each pixel taken, and a note of all that was asked."""

    forgetful = False
    n_before_chance: int | None = 7

    def __init__(self, scores: Sequence[float], constant: Sequence[int] = ()) -> None:
        self.current = np.array(scores, dtype=float)
        self.varies = ~np.isin(np.arange(len(scores)), constant)
        self.asked: list[tuple[list[int], bool]] = []
        self.taken: list[int] = []

    def scores(self, candidates: np.ndarray, *, required: bool = False) -> np.ndarray:
        self.asked.append((np.flatnonzero(candidates).tolist(), required))
        return self.current.copy()

    def take(self, pixel: int) -> None:
        self.taken.append(pixel)
        for neighbour in (pixel - 1, pixel + 1):
            if 0 <= neighbour < len(self.current):
                self.current[neighbour] /= 2


def fixed(scores: Sequence[float]) -> FixedScorer:
    return FixedScorer(np.array(scores, dtype=float), np.ones(len(scores), dtype=bool))


def sample_of(levels: np.ndarray, labels: np.ndarray | None = None, n_levels: int = 4) -> PixelSample:
    labels = np.arange(len(levels)) % 3 if labels is None else labels
    coded = LabelledLevels(levels=levels, labels=labels, n_levels=n_levels, n_labels=int(labels.max()) + 1)
    return PixelSample(values=levels, coded=coded)


@pytest.fixture(scope="module")
def sample(draw_levels: Draw) -> PixelSample:
    coded = draw_levels(n_images=300, n_pixels=14)
    return PixelSample(values=coded.levels, coded=coded)


@given(st.lists(st.integers(0, 4), max_size=20))
def test_best_come_first_and_ties_go_to_the_lower_number(scores: list[int]) -> None:
    expected = sorted(range(len(scores)), key=lambda pixel: (-scores[pixel], pixel))
    assert rank(np.array(scores, dtype=float)).tolist() == expected


def test_pixels_without_a_score_come_last() -> None:
    assert rank(np.array([np.nan, 0.0, np.nan, -1.0])).tolist() == [1, 3, 0, 2]


def test_each_pixel_is_chosen_in_the_light_of_those_before() -> None:
    scorer = Fading([10, 9, 8, 4.5, 1])
    ranking = choose_pixels(scorer)
    assert ranking.order.tolist() == [0, 2, 1, 3, 4]
    np.testing.assert_allclose(ranking.scores, [10, 2.25, 8, 2.25, 0.5])
    assert scorer.taken == [0, 2, 1, 3, 4]
    assert [candidates for candidates, _ in scorer.asked] == [[0, 1, 2, 3, 4], [1, 2, 3, 4], [1, 3, 4], [3, 4], [4]]
    assert not any(required for _, required in scorer.asked)
    assert ranking.n_before_chance == 7
    assert ranking.n_informative == 5


def test_pixels_not_chosen_follow_by_the_scores_of_that_moment() -> None:
    scorer = Fading([10, 9, 8, 4.2, 5])
    ranking = choose_pixels(scorer, n_chosen=1)
    assert ranking.order.tolist() == [0, 2, 4, 1, 3]
    np.testing.assert_allclose(ranking.scores, [10, 4.5, 8, 4.2, 5])
    assert scorer.taken == [0]


def test_none_chosen_one_by_one_leaves_the_order_of_the_scores() -> None:
    scorer = Fading([1, 3, 2])
    assert choose_pixels(scorer, n_chosen=0).order.tolist() == [1, 2, 0]
    assert scorer.taken == []


def test_forgetful_scores_are_asked_once() -> None:
    class Counting(FixedScorer):
        n_asked = 0

        def scores(self, candidates: np.ndarray, *, required: bool = False) -> np.ndarray:
            self.n_asked += 1
            return super().scores(candidates, required=required)

    scorer = Counting(np.array([0.2, 0.4, 0.4, -0.1]), np.array([True, True, True, False]))
    ranking = choose_pixels(scorer)
    assert ranking.order.tolist() == [1, 2, 0, 3]
    assert ranking.n_informative == 3
    assert scorer.n_asked == 1


def test_pixels_that_never_change_come_last_and_in_order_whatever_their_scores() -> None:
    scorer = Fading([1, 9, 2, 0, 9, 3], constant=[4, 1, 3])
    ranking = choose_pixels(scorer)
    assert ranking.order.tolist() == [5, 2, 0, 1, 3, 4]
    assert ranking.n_informative == 3
    assert scorer.taken == [5, 2, 0]
    assert all(set(candidates) <= {0, 2, 5} for candidates, _ in scorer.asked)


def test_required_pixels_come_first_in_their_order_and_forbidden_ones_not_at_all() -> None:
    scorer = Fading([1, 2, 3, 4, 5, 6])
    ranking = choose_pixels(scorer, constraints=Constraints(required=[4, 0], forbidden=[5, 2]))
    assert ranking.order.tolist() == [4, 0, 3, 1]
    assert scorer.asked[0] == ([0, 1, 3, 4], True)
    assert scorer.asked[1] == ([0, 1, 3], True)
    assert scorer.asked[2] == ([1, 3], False)
    np.testing.assert_allclose(ranking.scores, [1, 1, np.nan, 2, 5, np.nan])
    assert ranking.n_informative == 4


def test_required_pixels_are_all_taken_even_if_fewer_are_asked_for() -> None:
    scorer = Fading([1, 2, 3, 4])
    ranking = choose_pixels(scorer, n_chosen=1, constraints=Constraints(required=[1, 0]))
    assert ranking.order.tolist() == [1, 0, 3, 2]
    assert scorer.taken == [1, 0]


def test_required_pixel_that_never_changes_is_still_used() -> None:
    ranking = choose_pixels(Fading([1, 2, 3], constant=[0]), constraints=Constraints(required=[0]))
    assert ranking.order.tolist() == [0, 2, 1]
    assert ranking.n_informative == 2


def test_all_required_leaves_nothing_to_choose() -> None:
    ranking = choose_pixels(Fading([1, 2]), constraints=Constraints(required=[0, 1]))
    assert ranking.order.tolist() == [0, 1]


def test_progress_counts_the_pixels_chosen() -> None:
    steps: list[tuple[str, int, int]] = []
    choose_pixels(Fading([1, 2, 3]), n_chosen=2, progress=lambda *step: steps.append(step))
    assert steps == [("ranking", 1, 2), ("ranking", 2, 2)]


def test_scores_count_per_cost_but_stand_in_the_ranking_as_they_are() -> None:
    costs = np.array([1.0, 4.0, 2.0, 1.0])
    ranking = choose_pixels(Fading([1.5, 8, 3, 0.25]), constraints=Constraints(costs=costs))
    # 1.5, 2, 1.5, 0.25; then 0.75, -, 0.75, 0.25: a tie; then -, -, 0.75, 0.25
    assert ranking.order.tolist() == [1, 0, 2, 3]
    np.testing.assert_allclose(ranking.scores, [0.75, 8, 1.5, 0.125])


def test_pixels_not_chosen_follow_by_their_scores_per_cost() -> None:
    rules = Constraints(costs=np.array([1.0, 10.0, 1.0, 3.0]))
    assert choose_pixels(Fading([9, 0, 4, 6]), n_chosen=1, constraints=rules).order.tolist() == [0, 2, 3, 1]
    assert choose_pixels(fixed([2, 10, 4, 6]), constraints=rules).order.tolist() == [2, 0, 3, 1]


def test_a_score_below_nothing_counts_times_the_cost() -> None:
    worth = Constraints(costs=np.array([1.0, 4.0, 0.5, 1.0])).worth(np.array([-1.0, -1.0, -1.0, 0.0]))
    assert rank(worth).tolist() == [3, 2, 0, 1]
    np.testing.assert_allclose(worth / worth[0], [1, 4, 0.5, 0])


@given(
    st.lists(st.tuples(st.integers(-9, 9), st.integers(1, 9)), min_size=2, max_size=9), st.sampled_from([1e-12, 1e12])
)
def test_the_unit_of_the_costs_does_not_matter(pixels: list[tuple[int, int]], unit: float) -> None:
    scores, costs = np.array(pixels, dtype=float).T
    first = choose_pixels(Fading(scores), constraints=Constraints(costs=costs))
    other = choose_pixels(Fading(scores), constraints=Constraints(costs=costs * unit))
    np.testing.assert_array_equal(first.order, other.order)


@given(st.floats(-1, 1), st.floats(0.1, 10), st.floats(0.1, 10))
def test_of_two_equal_scores_the_cheaper_is_never_worth_less(score: float, one: float, other: float) -> None:
    assume(one < other)
    assume(score == 0 or abs(score) > 1e-300)  # less is lost in dividing
    worth = Constraints(costs=np.array([one, other])).worth(np.array([score, score]))
    assert worth[0] >= worth[1]
    assert (worth[0] > worth[1]) == (score != 0)


def test_equal_costs_change_nothing(sample: PixelSample) -> None:
    for ranker in DETERMINISTIC:
        plain = rank_pixels(sample, ranker=ranker)
        costly = rank_pixels(sample, ranker=ranker, constraints=Constraints(costs=np.full(14, 3.0)))
        np.testing.assert_array_equal(plain.order, costly.order)
        np.testing.assert_array_equal(plain.scores, costly.scores)


@pytest.mark.parametrize("ranker", DETERMINISTIC)
def test_a_dearer_pixel_never_comes_before_an_identical_cheaper_one(draw_levels: Draw, ranker: str) -> None:
    coded = draw_levels(n_images=400, n_pixels=8)
    levels = np.hstack([coded.levels, coded.levels])
    costs = np.r_[np.full(8, 2.0), np.full(8, 1.0)]
    ranking = rank_pixels(sample_of(levels, coded.labels), ranker=ranker, constraints=Constraints(costs=costs))
    place = np.argsort(ranking.order)
    assert (place[8:] < place[:8]).all()
    if ranker == "mrmr":
        assert (ranking.scores < 0).any()


def test_a_dear_pixel_is_put_off_until_it_is_worth_its_cost(sample: PixelSample) -> None:
    best = int(rank_pixels(sample, ranker="jmi").order[0])
    costs = np.ones(14)
    costs[best] = 1000
    order = rank_pixels(sample, ranker="jmi", constraints=Constraints(costs=costs)).order
    assert order[0] != best
    forbidden = rank_pixels(sample, ranker="jmi", constraints=Constraints(forbidden=[best])).order
    assert order[0] == forbidden[0]


@every_greedy
@pytest.mark.parametrize("n_chosen", [1, 4, 13])
def test_fewer_chosen_are_the_first_of_more(sample: PixelSample, ranker: str, n_chosen: int) -> None:
    rules = Constraints(costs=1.0 + np.arange(14) % 3, required=[5], forbidden=[0])
    every = rank_pixels(sample, ranker=ranker, constraints=rules)
    few = rank_pixels(sample, ranker=ranker, constraints=rules, n_chosen=n_chosen)
    np.testing.assert_array_equal(few.order[:n_chosen], every.order[:n_chosen])
    np.testing.assert_array_equal(few.scores[few.order[:n_chosen]], every.scores[few.order[:n_chosen]])
    assert sorted(few.order) == sorted(every.order) == list(range(1, 14))
    more = rank_pixels(sample, ranker=ranker, constraints=rules, n_chosen=99)
    np.testing.assert_array_equal(more.order, every.order)


@every_ranker
def test_constraints_hold_for_every_ranker(sample: PixelSample, ranker: str) -> None:
    rules = Constraints(required=(13, 2), forbidden=(1, 12))
    ranking = rank_pixels(sample, ranker=ranker, constraints=rules)
    assert ranking.order[:2].tolist() == [13, 2]
    assert sorted(ranking.order.tolist()) == [0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13]
    assert np.flatnonzero(np.isnan(ranking.scores)).tolist() == [1, 12]


@every_greedy
def test_a_forbidden_pixel_might_as_well_not_be_there(sample: PixelSample, ranker: str) -> None:
    without = sample_of(sample.coded.levels[:, 1:], sample.coded.labels)
    expected = rank_pixels(without, ranker=ranker)
    found = rank_pixels(sample, ranker=ranker, constraints=Constraints(forbidden=[0]))
    np.testing.assert_array_equal(found.order - 1, expected.order)
    np.testing.assert_allclose(found.scores[1:], expected.scores)
    assert found.n_before_chance == expected.n_before_chance


@every_greedy
def test_requiring_what_comes_first_anyway_changes_nothing(sample: PixelSample, ranker: str) -> None:
    plain = rank_pixels(sample, ranker=ranker)
    rules = Constraints(required=plain.order[:2].tolist())
    np.testing.assert_array_equal(rank_pixels(sample, ranker=ranker, constraints=rules).order, plain.order)


@every_ranker
def test_one_pixel_is_ranked(draw_levels: Draw, ranker: str) -> None:
    coded = draw_levels(n_pixels=1)
    assert rank_pixels(PixelSample(values=coded.levels, coded=coded), ranker=ranker).order.tolist() == [0]


@every_greedy
def test_images_of_one_class_leave_nothing_to_tell(draw_levels: Draw, ranker: str) -> None:
    coded = draw_levels(n_labels=1)
    ranking = rank_pixels(PixelSample(values=coded.levels, coded=coded), ranker=ranker, estimator="plug_in")
    assert sorted(ranking.order.tolist()) == list(range(9))
    if ranker != "mrmr":  # which goes on to avoid what pixels share
        np.testing.assert_allclose(ranking.scores, 0, atol=1e-12)
        assert ranking.order.tolist() == list(range(9))
    assert ranking.n_before_chance == (0 if ranker == "greedy_joint" else None)


@every_greedy
def test_pixels_that_all_never_change_keep_their_order(ranker: str) -> None:
    levels = np.tile(np.array([0, 3, 1, 2], dtype=np.uint8), (60, 1))
    for constraints, expected in ((Constraints(), [0, 1, 2, 3]), (Constraints(required=[2]), [2, 0, 1, 3])):
        ranking = rank_pixels(sample_of(levels), ranker=ranker, estimator="plug_in", constraints=constraints)
        assert ranking.order.tolist() == expected
        assert ranking.n_informative == 0
        assert ranking.n_before_chance is None
        np.testing.assert_allclose(ranking.scores, 0, atol=1e-12)


@every_greedy
def test_more_pixels_asked_for_than_vary_are_filled_up_in_order(draw_levels: Draw, ranker: str) -> None:
    levels = draw_levels().levels.copy()
    levels[:, [0, 4, 5, 8]] = 1
    ranking = rank_pixels(sample_of(levels), ranker=ranker, n_chosen=7)
    assert sorted(ranking.order[:5].tolist()) == [1, 2, 3, 6, 7]
    assert ranking.order[5:].tolist() == [0, 4, 5, 8]
    assert ranking.n_informative == 5


@every_greedy
def test_hundreds_of_labels_are_ranked(ranker: str) -> None:
    rng = np.random.default_rng(0)
    labels = np.r_[np.arange(369), rng.integers(369, size=3000)]
    levels = rng.integers(2, size=(3369, 12)).astype(np.uint8)
    levels[:, 7] = labels >= 184
    levels[:, 3] = labels % 2
    ranking = rank_pixels(sample_of(levels, labels, 2), ranker=ranker)
    assert sorted(ranking.order[:2].tolist()) == [3, 7]
    assert sorted(ranking.order.tolist()) == list(range(12))


def refused(constraints: Constraints) -> str:
    with pytest.raises(InputError) as caught:
        choose_pixels(fixed([0, 1, 2, 3]), constraints=constraints)
    assert str(caught.value).startswith(f"{caught.value.name}: wanted ")
    return str(caught.value)


@pytest.mark.parametrize(
    ("costs", "got"),
    [
        ([1.0, 2.0, -3.0, 4.0], "an array of shape (4,) from -3.0 to 4.0"),
        ([1.0, 2.0, 0.0, 4.0], "an array of shape (4,) from 0.0 to 4.0"),
        ([1.0, np.nan, 3.0, 4.0], "an array of shape (4,) from nan to nan"),
        ([1.0, np.inf, 3.0, 4.0], "an array of shape (4,) from 1.0 to inf"),
        ([1.0, 2.0, 3.0], "an array of shape (3,) from 1.0 to 3.0"),
        ([1.0] * 5, "an array of shape (5,) from 1.0 to 1.0"),
        ([], "an array of shape (0,)"),
    ],
    ids=["negative", "nothing", "NaN", "infinite", "too few", "too many", "none"],
)
def test_costs_that_cannot_be_used_are_refused(costs: list[float], got: str) -> None:
    message = refused(Constraints(costs=np.array(costs)))
    assert f"costs: wanted 4 finite numbers above 0, one a pixel, got {got}. Leave costs out" in message


@pytest.mark.parametrize("name", ["required", "forbidden"])
@pytest.mark.parametrize(
    ("pixels", "got"),
    [([4], "got 4."), ([0, -1], "got -1."), ([2, 1, 2], "got one of them twice in [2, 1, 2].")],
    ids=["too high", "below nothing", "twice"],
)
def test_pixel_numbers_that_cannot_be_used_are_refused(name: str, pixels: list[int], got: str) -> None:
    message = refused(Constraints(**{name: pixels}))
    assert f"{name}: wanted different pixel numbers from 0 to 3, {got} Name each pixel once." in message


def test_a_pixel_both_required_and_forbidden_is_refused() -> None:
    message = refused(Constraints(required=[0, 3, 1], forbidden=[3, 2, 1]))
    assert message.startswith("forbidden: wanted some pixel left to use, and none that is required too")
    assert "got pixel 1 in both lists" in message


def test_forbidding_every_pixel_is_refused() -> None:
    assert "got every pixel. Take it out" in refused(Constraints(forbidden=range(4)))


def test_constraints_that_can_be_used_pass() -> None:
    Constraints().check(1)
    Constraints(costs=np.array([0.1, 5e9]), required=(1, 0)).check(2)
    Constraints(required=[1], forbidden=[0]).check(2)


def test_a_ranker_of_pairs_takes_each_pixel_once(sample: PixelSample) -> None:
    class Spy(PairScorer):
        def take(self, pixel: int) -> None:
            taken.append(pixel)
            super().take(pixel)

    taken: list[int] = []
    ranking: Ranking = choose_pixels(Spy(sample.coded, criterion="jmi", estimator="plug_in"), n_chosen=6)
    assert taken == ranking.order[:6].tolist()
    assert len(set(taken)) == 6
