"""The plan against brute force, and what one pixel at a time cannot see."""

from collections.abc import Callable
from itertools import product

import numpy as np
import pytest
from scipy.special import entr

from sightbits.core.checks import InputError
from sightbits.core.images import ImageDataset
from sightbits.measurement.beliefs.exact import ExactBelief
from sightbits.measurement.measurer import Measurer
from sightbits.measurement.outlook import History
from sightbits.measurement.policies.lookahead import Lookahead
from sightbits.measurement.stopping import PixelBudget

MadeOf = Callable[..., ImageDataset]


def either(made_of: MadeOf) -> ImageDataset:
    """The label is whether pixels 4 and 7 differ; pixel 2 says a little of it, all others nothing."""
    rows = np.array(list(product(range(2), repeat=8)), dtype=np.uint8).repeat(2, axis=0)
    labels = (rows[:, 4] ^ rows[:, 7]).astype(np.int64)
    rows[::8, 2] = labels[::8]
    return made_of(rows, labels)


def test_pixels_that_tell_only_together_are_found(made_of: MadeOf) -> None:
    training = either(made_of)
    greedy = Measurer("exact", "information_gain").fit(training).start()
    assert greedy.next() == (0, 2)
    assert greedy.expected_gain()[0, 4] == pytest.approx(0, abs=1e-9)
    session = Measurer("exact", Lookahead(first=2)).fit(training).start()
    for expected in (4, 7):
        assert session.next() == (0, expected)
        session.observe((0, expected), 1)
    assert session.label == "0"
    assert session.confidence == 1.0


def entropy_of(labels: np.ndarray) -> float:
    return float(entr(np.bincount(labels, minlength=3) / len(labels)).sum())


def gain_slowly(rows: np.ndarray, labels: np.ndarray, pixel: int) -> float:
    parts = [labels[rows[:, pixel] == level] for level in np.unique(rows[:, pixel])]
    return entropy_of(labels) - sum(len(part) / len(labels) * entropy_of(part) for part in parts)


def lowest_best(values: dict[int, float]) -> int:
    return min(pixel for pixel, value in values.items() if value >= max(values.values()) - 1e-9)


def rollout_slowly(rows: np.ndarray, labels: np.ndarray, done: list[int], pixel: int, left: int) -> float:
    """What a pixel and the `left` - 1 that information gain chooses after it are expected to tell."""
    value = gain_slowly(rows, labels, pixel)
    if left == 1:
        return value
    for level in np.unique(rows[:, pixel]):
        part = rows[:, pixel] == level
        gains = {i: gain_slowly(rows[part], labels[part], i) for i in range(rows.shape[1]) if i not in [*done, pixel]}
        if gains:
            best = lowest_best(gains)
            value += part.mean() * rollout_slowly(rows[part], labels[part], [*done, pixel], best, left - 1)
    return value


def plan_slowly(rows: np.ndarray, labels: np.ndarray, first: int, history: History = ()) -> dict[History, int]:
    done = [pixel for pixel, _ in history]
    left = first - len(done)
    if not left:
        return {}
    pixels = [i for i in range(rows.shape[1]) if i not in done]
    values = {i: rollout_slowly(rows, labels, done, i, left) for i in pixels}
    tied = [i for i in pixels if values[i] >= max(values.values()) - 1e-9]
    best = lowest_best({i: gain_slowly(rows, labels, i) for i in tied})
    plan = {history: best}
    for level in np.unique(rows[:, best]).tolist():
        part = rows[:, best] == level
        plan |= plan_slowly(rows[part], labels[part], first, (*history, (best, level)))
    return plan


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("first", "n_levels"), [(1, 3), (2, 3), (3, 2), (4, 2)])
def test_plan_is_that_of_brute_force(made_of: MadeOf, first: int, n_levels: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows = rng.integers(n_levels, size=(60, 6))
    labels = (rows[:, 1] ^ rows[:, 4]) + (rng.random(60) < 0.3)
    labels[:3] = [0, 1, 2]
    training = made_of(rows, np.minimum(labels, 2), high=n_levels - 1)
    belief = ExactBelief(levels=None).fit(training)
    policy = Lookahead(first=first, candidates=6).fit(belief, training)
    assert policy.plan == plan_slowly(rows, np.minimum(labels, 2), first)


def test_few_candidates_are_those_of_the_highest_gain(made_of: MadeOf) -> None:
    training = either(made_of)
    session = Measurer("exact", Lookahead(first=2, candidates=1)).fit(training).start()
    assert session.next() == (0, 2)


def test_beyond_the_plan_and_without_it_information_gain_chooses(seen: ImageDataset) -> None:
    planned = Measurer("exact", Lookahead(first=3, candidates=4), stop=PixelBudget(9)).fit(seen)
    greedy = Measurer("exact", stop=PixelBudget(9)).fit(seen)
    image = seen.images[5]
    session = planned.run(lambda position: image[position])
    other = greedy.start()
    for step, (position, value) in enumerate(session.readings):
        if step >= 3:
            assert other.next() == position
        other.observe(position, value)
    away = planned.start()
    away.observe((3, 3), 4)  # not as planned
    off = greedy.start()
    off.observe((3, 3), 4)
    assert away.next() == off.next()


def test_where_a_planned_pixel_is_lost_information_gain_chooses(made_of: MadeOf) -> None:
    training = either(made_of)
    session = Measurer("exact", Lookahead(first=2)).fit(training).start()
    assert session.next() == (0, 4)
    session.observe((0, 4), None)
    assert session.next() == (0, 2)
    never = Measurer("exact", Lookahead(first=2), unavailable=[(0, 4)]).fit(training)
    assert never.start().next() == (0, 2)


@pytest.mark.parametrize("seed", range(4))
def test_plan_without_a_pixel_is_that_of_images_without_it(made_of: MadeOf, seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows, labels = rng.integers(2, size=(60, 7)), np.arange(60) % 3
    rows[:, 3] = labels > 0  # the best pixel of all, were it there
    kept = [0, 1, 2, 4, 5, 6]
    with_all = Measurer(ExactBelief(levels=2), Lookahead(first=3), unavailable=[(0, 3)])
    without = Measurer(ExactBelief(levels=2), Lookahead(first=3))
    plans = [
        measurer.fit(made_of(own, labels)).policy.plan for measurer, own in ((with_all, rows), (without, rows[:, kept]))
    ]
    named = {
        tuple((kept[pixel], outcome) for pixel, outcome in history): kept[pixel] for history, pixel in plans[1].items()
    }
    assert plans[0] == named


def test_what_hardly_ever_comes_is_not_planned(made_of: MadeOf) -> None:
    often = np.repeat(np.arange(3), [49, 49, 2])  # the last level in one image of fifty
    rows = np.array(list(product(often, often, range(2))))
    labels = (rows[:, 0] + rows[:, 1] + rows[:, 2]) % 3
    training = made_of(rows, labels, high=2)
    policy = Lookahead(first=3, candidates=3).fit(ExactBelief(levels=None).fit(training), training)
    shares = {}
    for history in policy.plan:
        shares[history] = np.mean([all(row[pixel] == level for pixel, level in history) for row in rows])
    assert min(shares.values()) > 1e-3
    first = policy.plan[()]
    second = {level: policy.plan[((first, level),)] for level in np.unique(rows[:, first]).tolist()}
    expected = {
        ((first, one), (second[one], two))
        for one in second
        for two in np.unique(rows[:, second[one]]).tolist()
        if ((rows[:, first] == one) & (rows[:, second[one]] == two)).mean() >= 1e-3
    }
    assert {history for history in policy.plan if len(history) == 2} == expected
    assert len(expected) < sum(len(np.unique(rows[:, pixel])) for pixel in second.values())


@pytest.mark.parametrize("name", ["first", "candidates"])
def test_settings_must_make_sense(name: str) -> None:
    with pytest.raises(InputError, match=f"{name}: wanted a whole number at least 1"):
        Lookahead(**{name: 0})
