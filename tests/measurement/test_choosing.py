"""Several pixels at a time, against all that could be read, one by one."""

from collections.abc import Callable
from itertools import product

import numpy as np
import pytest

from sightbits.core.images import ImageDataset
from sightbits.measurement.beliefs.exact import ExactBelief
from sightbits.measurement.choosing import choose_pixels
from sightbits.measurement.outlook import Outlook
from sightbits.measurement.policies.blind import FixedOrder
from sightbits.measurement.policies.by_information import CostAware, InformationGain

MadeOf = Callable[..., ImageDataset]


def outlook_of(training: ImageDataset, *readings: tuple[int, int], lost: tuple[int, ...] = ()) -> Outlook:
    belief = ExactBelief(levels=None).fit(training)
    state, available = belief.start(), np.ones((1, training.n_pixels), dtype=bool)
    for pixel, level in readings:
        state = belief.condition(state, pixel, level)
        available[0, pixel] = False
    available[0, list(lost)] = False
    costs = np.linspace(1, 2, training.n_pixels)
    return Outlook(belief=belief, states=[state], histories=[readings], available=available, costs=costs)


def information(columns: np.ndarray, labels: np.ndarray) -> float:
    """I(columns together; label) in nats."""

    def entropy(codes: np.ndarray) -> float:
        p = np.unique(codes, axis=0, return_counts=True)[1] / len(codes)
        return float(-(p * np.log(p)).sum())

    together = np.column_stack([columns, labels])
    return entropy(columns) + entropy(labels[:, np.newaxis]) - entropy(together)


def greedily(rows: np.ndarray, labels: np.ndarray, n_pixels: int) -> list[int]:
    chosen: list[int] = []
    for _ in range(n_pixels):
        left = [pixel for pixel in range(rows.shape[1]) if pixel not in chosen]
        gains = {pixel: information(rows[:, [*chosen, pixel]], labels) for pixel in left}
        chosen.append(min(pixel for pixel in left if gains[pixel] >= max(gains.values()) - 1e-9))
    return chosen


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(("n_levels", "n_pixels"), [(2, 5), (3, 3), (2, 9)])
def test_pixels_of_a_step_are_the_greedy_joint_choice(made_of: MadeOf, seed: int, n_levels: int, n_pixels: int) -> None:
    rng = np.random.default_rng(seed)
    labels = rng.integers(3, size=80)
    rows = (rng.integers(n_levels, size=(80, 9)) * labels[:, np.newaxis] ** (np.arange(9) % 3)) % n_levels
    rows[0] = n_levels - 1
    outlook = outlook_of(made_of(rows, labels, high=n_levels - 1))
    (found,) = choose_pixels(InformationGain(), outlook, min(n_pixels, 6))
    assert list(found) == greedily(rows, labels, min(n_pixels, 6))
    (every,) = choose_pixels(InformationGain(), outlook, n_pixels)
    assert sorted(set(every)) == sorted(every)
    assert len(every) == n_pixels


def test_two_that_say_the_same_are_not_chosen_together(made_of: MadeOf) -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(4, size=400)
    copy, weak = labels // 2, np.where(rng.random(400) < 0.4, labels % 2, rng.integers(2, size=400))
    training = made_of(np.column_stack([copy, copy, 1 - copy, weak]), labels)
    assert choose_pixels(InformationGain(), outlook_of(training), 2) == [(0, 3)]
    assert choose_pixels(InformationGain(), outlook_of(training)) == [(0,)]


def test_the_other_of_a_pair_that_tells_only_together_follows_the_first(made_of: MadeOf) -> None:
    rows = np.array(list(product(range(2), repeat=5))).repeat(2, axis=0)
    labels = rows[:, 1] ^ rows[:, 3]
    labels[:3] = rows[:3, 1] ^ rows[:3, 3] ^ 1
    rows[:, 0] = np.where(np.arange(64) % 16, rows[:, 0], labels)
    training = made_of(rows, labels)
    (found,) = choose_pixels(InformationGain(), outlook_of(training, lost=(0, 2, 4)), 2)
    assert found == tuple(greedily(rows[:, [1, 3]], labels, 2)[i] * 2 + 1 for i in range(2))
    (found,) = choose_pixels(InformationGain(), outlook_of(training, (1, 0)), 1)
    assert found == (3,)


def test_first_of_several_is_the_one_chosen_alone(seen: ImageDataset) -> None:
    for readings in ((), ((20, 3),), ((20, 0), (43, 16))):
        outlook = outlook_of(seen, *readings)
        for policy in (InformationGain(), CostAware()):
            ((alone,),) = choose_pixels(policy, outlook)
            ((first, *_),) = choose_pixels(policy, outlook, 3)
            assert first == alone


def test_fewer_are_chosen_where_fewer_are_left(made_of: MadeOf) -> None:
    training = made_of(np.eye(4, dtype=int), [0, 0, 1, 1])
    (found,) = choose_pixels(InformationGain(), outlook_of(training, (0, 0), lost=(3,)), 5)
    assert sorted(found) == [1, 2]


def test_pixels_of_a_fixed_order_come_in_that_order(seen: ImageDataset) -> None:
    outlook = outlook_of(seen, lost=(30,))
    policy = FixedOrder(order=[9, 30, 2, 60])
    policy.fit(outlook.belief, seen)
    assert choose_pixels(policy, outlook, 4) == [(9, 2, 60, 0)]


def test_where_no_image_agrees_any_more_the_lowest_numbers_are_taken(made_of: MadeOf) -> None:
    training = made_of([[0, 0, 0, 1], [0, 1, 0, 1], [0, 1, 1, 0]], [0, 1, 1])
    outlook = outlook_of(training, (0, 1))
    assert choose_pixels(InformationGain(), outlook) == [(1,)]
    assert choose_pixels(InformationGain(), outlook, 3) == [(1, 2, 3)]


def test_of_equal_scores_the_lowest_number_wins(made_of: MadeOf) -> None:
    column = np.array([0, 1, 0, 1])
    training = made_of(np.column_stack([1 - column, column, 0 * column, column]), column)
    assert choose_pixels(InformationGain(), outlook_of(training)) == [(0,)]
    assert choose_pixels(InformationGain(), outlook_of(training, lost=(0,)), 1) == [(1,)]


def test_outcomes_and_what_follows_them_are_those_of_the_table(seen: ImageDataset) -> None:
    outlook = outlook_of(seen, (20, 5))
    odds, after = outlook.after(0, 43)
    table = outlook.joint[0, :, :, 43].sum(axis=1)
    np.testing.assert_allclose(odds, table[table > 0] / table.sum())
    assert [history[-1] for history in after.histories] == [(43, int(level)) for level in np.flatnonzero(table)]
    assert not after.available[:, [20, 43]].any()
    assert after.available.sum() == 62 * len(odds)
    expected = outlook.gain[0, 43]  # what is told is what the posterior gains, on average
    before = -(outlook.posterior[0] * np.log(np.maximum(outlook.posterior[0], 1e-300))).sum()
    left = -(after.posterior * np.log(np.maximum(after.posterior, 1e-300))).sum(axis=1)
    assert before - (odds * left).sum() == pytest.approx(expected, abs=1e-9)


def greedily_by_the_likeliest(rows: np.ndarray, labels: np.ndarray, n_pixels: int) -> list[int]:
    """As `greedily`, but from the 32 likeliest outcomes of the pixels chosen so far only."""
    chosen: list[int] = []
    branches = [(1.0, np.ones(len(rows), dtype=bool))]
    while len(chosen) < n_pixels:
        scores = {
            pixel: sum(share * information(rows[own][:, [pixel]], labels[own]) for share, own in branches)
            for pixel in range(rows.shape[1])
            if pixel not in chosen
        }
        chosen.append(min(pixel for pixel, score in scores.items() if score >= max(scores.values()) - 1e-9))
        read = rows[:, chosen[-1]]
        after = [
            (share * ((read[own] == level).sum() / own.sum()), own & (read == level))
            for share, own in branches
            for level in np.unique(read[own])
        ]
        kept = sorted(sorted(range(len(after)), key=lambda i: -after[i][0])[:32])
        total = np.array([after[i][0] for i in kept]).sum()
        branches = [(after[i][0] / total, after[i][1]) for i in kept]
    return chosen


def test_of_many_outcomes_the_likeliest_are_looked_at(made_of: MadeOf) -> None:
    for seed in range(6):
        rng = np.random.default_rng(seed)
        rows = np.minimum(rng.geometric(0.5, size=(300, 8)) - 1, 3)
        labels = (rows[:, ::2].sum(axis=1) + rng.integers(3, size=300)) % 3
        (found,) = choose_pixels(InformationGain(), outlook_of(made_of(rows, labels, high=3)), 4)
        assert list(found) == greedily_by_the_likeliest(rows, labels, 4)
