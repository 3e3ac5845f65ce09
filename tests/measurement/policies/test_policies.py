"""What policies choose first, where it is planted or known."""

from collections.abc import Callable

import numpy as np
import pytest

from sightbits.core.checks import InputError
from sightbits.core.images import ImageDataset
from sightbits.measurement.beliefs.exact import ExactBelief
from sightbits.measurement.beliefs.naive_bayes import NaiveBayesBelief
from sightbits.measurement.choosing import choose_pixels
from sightbits.measurement.measurer import Measurer
from sightbits.measurement.outlook import History, Outlook
from sightbits.measurement.policies.blind import FixedOrder, RandomChoice
from sightbits.measurement.policies.lookahead import Lookahead
from sightbits.measurement.policies.policy import Policy
from sightbits.selection.rankers import RANKERS, rank_pixels, ranker_code
from sightbits.selection.sample import PixelSample

MadeOf = Callable[..., ImageDataset]


def planted(made_of: MadeOf, pixel: int) -> ImageDataset:
    """Noise, but for one pixel that says the label (of four) and one that says half of it."""
    rng = np.random.default_rng(pixel)
    labels = rng.integers(4, size=300)
    rows = rng.integers(4, size=(300, 12))
    rows[:, pixel] = labels
    rows[:, (pixel + 5) % 12] = labels // 2
    return made_of(rows, labels, high=3)


def first_choice(training: ImageDataset, policy: str | Policy, **options: object) -> tuple[int, ...]:
    return Measurer(ExactBelief(levels=4), policy, **options).fit(training).start().next()


@pytest.mark.parametrize("pixel", [0, 4, 11])
@pytest.mark.parametrize("policy", ["information_gain", "cost_aware", Lookahead(first=2)], ids=["gain", "cost", "plan"])
def test_planted_pixel_is_found(made_of: MadeOf, policy: str | Policy, pixel: int) -> None:
    assert first_choice(planted(made_of, pixel), policy) == (0, pixel)


def test_costs_weigh_against_what_is_told(made_of: MadeOf) -> None:
    training = planted(made_of, 3)  # pixel 3 tells 2 bits, pixel 8 tells 1
    costs = np.ones(12)
    for cost, expected in ((1.9, 3), (2.2, 8)):
        costs[3] = cost
        assert first_choice(training, "cost_aware", costs=costs) == (0, expected)
        assert first_choice(training, "information_gain", costs=costs) == (0, 3)


def test_cost_aware_scores_are_gain_per_cost(seen: ImageDataset) -> None:
    costs = np.random.default_rng(0).uniform(0.5, 4, size=(8, 8))
    measurer = Measurer("exact", "cost_aware", costs=costs).fit(seen)
    session = measurer.start()
    for _ in range(3):
        row, column = session.next()
        value = session.expected_gain() / costs
        assert value[row, column] == pytest.approx(np.nanmax(value), abs=1e-8)
        session.observe((row, column), 9)


def test_lowest_entropy_takes_what_never_changes_and_learns_nothing(seen: ImageDataset) -> None:
    levels = ExactBelief().fit(seen).code.encode(seen.values)
    constant = np.flatnonzero(np.ptp(levels, axis=0) == 0)
    assert len(constant) > 3
    session = Measurer("exact", "lowest_entropy").fit(seen).start()
    before = session.posterior
    for expected in constant:
        row, column = session.next()
        assert 8 * row + column == expected
        session.observe((row, column), 16 * int(levels[0, expected]))
        np.testing.assert_array_equal(session.posterior, before)


@pytest.mark.parametrize("ranker", sorted(RANKERS))
def test_fixed_order_is_that_of_the_ranker(seen: ImageDataset, ranker: str) -> None:
    policy = FixedOrder(ranker=ranker, n_ranked=8, seed=3)
    session = Measurer(NaiveBayesBelief(), policy).fit(seen).start()
    sample = PixelSample.of(seen, ranker_code(ranker, seen))
    expected = rank_pixels(sample, ranker=ranker, n_chosen=8, seed=3).order
    assert sorted(expected.tolist()) == list(range(64))
    for pixel in expected[:12]:
        row, column = session.next()
        assert 8 * row + column == pixel
        session.observe((row, column), 5)


def test_own_order_goes_before_the_rest(seen: ImageDataset) -> None:
    measurer = Measurer("exact", FixedOrder(order=[9, 2, 60]), unavailable=[(0, 2)]).fit(seen)
    session, found = measurer.start(), []
    for _ in range(4):
        row, column = session.next()
        found.append(8 * row + column)
        session.observe((row, column), None)
    assert found == [9, 60, 0, 1]


@pytest.mark.parametrize("order", [[1, 1], [-1], [64]], ids=str)
def test_own_order_must_be_of_different_pixels(seen: ImageDataset, order: list[int]) -> None:
    with pytest.raises(InputError, match="order: wanted different pixel numbers from 0 to 63"):
        FixedOrder(order=order).fit(ExactBelief(), seen)


def test_ranker_must_have_a_name() -> None:
    with pytest.raises(InputError, match="ranker: wanted one of"):
        FixedOrder(ranker="best")


def outlook_after(histories: list[History], belief: ExactBelief, n_pixels: int = 64) -> Outlook:
    return Outlook(
        belief=belief,
        states=[belief.start() for _ in histories],
        histories=histories,
        available=np.ones((len(histories), n_pixels), dtype=bool),
        costs=np.ones(n_pixels),
    )


def test_chance_hangs_on_seed_and_readings_only(seen: ImageDataset) -> None:
    belief = ExactBelief().fit(seen)
    histories: list[History] = [(), ((3, 1),), ((3, 0),), ((3, 1), (4, 0))]
    found = choose_pixels(RandomChoice(seed=5), outlook_after(histories, belief))
    assert found == choose_pixels(RandomChoice(seed=5), outlook_after(histories, belief))
    assert found[::-1] == choose_pixels(RandomChoice(seed=5), outlook_after(histories[::-1], belief))
    assert len(set(found)) == 4
    assert found != choose_pixels(RandomChoice(seed=6), outlook_after(histories, belief))


def test_chance_takes_every_pixel_as_often(seen: ImageDataset) -> None:
    belief = ExactBelief().fit(seen)
    histories: list[History] = [((0, i),) for i in range(4000)]
    found = choose_pixels(RandomChoice(), outlook_after(histories, belief, n_pixels=8))
    counts = np.bincount([pixel for (pixel,) in found], minlength=8)
    assert counts.min() > 420
    assert counts.max() < 580
