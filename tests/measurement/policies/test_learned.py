"""The learned policy: it imitates its teacher, keeps to the rules, and beats chance."""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sightbits.core.checks import InputError
from sightbits.core.images import ImageDataset
from sightbits.measurement.beliefs.belief import Belief
from sightbits.measurement.beliefs.exact import ExactBelief
from sightbits.measurement.beliefs.naive_bayes import NaiveBayesBelief
from sightbits.measurement.measurer import Measurer
from sightbits.measurement.outlook import Outlook
from sightbits.measurement.policies.blind import FixedOrder, RandomChoice
from sightbits.measurement.policies.by_information import CostAware, InformationGain
from sightbits.measurement.policies.learned import LearnedPolicy, outcome_values
from sightbits.measurement.stopping import PixelBudget

SMALL: dict[str, Any] = {"n_images": 60, "n_readings": 8, "hidden": 32, "batch": 64}
LOST = [(row, column) for row in range(8) for column in range(8) if (row + column) % 3 == 0]


@pytest.fixture(scope="module")
def learned(seen: ImageDataset) -> Measurer:
    return Measurer(NaiveBayesBelief(), LearnedPolicy(**SMALL, n_steps=250), PixelBudget(8)).fit(seen)


def test_it_beats_chance_and_its_teacher_not_by_much(
    learned: Measurer, seen: ImageDataset, hidden: ImageDataset
) -> None:
    chance, teacher = (
        Measurer(learned.belief, policy, PixelBudget(8)).fit_policy(seen).simulate(hidden, n_jobs=1).accuracy[-1]
        for policy in (RandomChoice(), InformationGain())
    )
    found = learned.simulate(hidden, n_jobs=1).accuracy[-1]
    assert found > chance + 0.1
    assert found < teacher + 0.1


def test_scores_are_near_those_of_the_teacher(learned: Measurer) -> None:
    session = learned.start()
    for position in ((2, 5), (4, 3)):
        gain = session.expected_gain().ravel()
        (scores,) = learned.policy.scores(session._outlook())
        known = np.isfinite(gain)
        assert np.corrcoef(scores[known], gain[known])[0, 1] > 0.8
        assert gain[scores.argmax()] > 0.7 * np.nanmax(gain)
        session.observe(position, 12)


@pytest.mark.parametrize("pixels_per_step", [1, 3])
def test_no_pixel_is_measured_twice_or_where_none_can_be(
    learned: Measurer, seen: ImageDataset, hidden: ImageDataset, pixels_per_step: int
) -> None:
    measurer = Measurer(
        learned.belief, learned.policy, PixelBudget(64), unavailable=LOST, pixels_per_step=pixels_per_step
    )
    measurer.prepare(seen)  # fitted above, where every pixel was there
    lost = {measurer.pixel_number(place) for place in LOST}
    walks = measurer.simulate(hidden, n_jobs=1).walks
    for pixels, n_measured in zip(walks.pixels, walks.n_measured, strict=True):
        measured = pixels[:n_measured].tolist()
        assert len(set(measured)) == n_measured == 64 - len(lost)
        assert not lost & set(measured)


def test_sessions_choose_as_many_images_at_once_do(learned: Measurer, hidden: ImageDataset) -> None:
    walks = learned.simulate(hidden, n_jobs=1).walks
    for i, image in enumerate(hidden.images[:10]):
        session = learned.run(lambda position, image=image: image[position])
        assert [learned.pixel_number(position) for position, _ in session.readings] == walks.pixels[i].tolist()


def test_a_seed_gives_one_policy(seen: ImageDataset) -> None:
    belief, settings = ExactBelief().fit(seen), {**SMALL, "n_images": 10, "n_steps": 10}
    first, again, other = (LearnedPolicy(**settings, seed=seed).fit(belief, seen) for seed in (4, 4, 5))
    outlook = Measurer(belief, first).fit_policy(seen).start()._outlook()
    np.testing.assert_array_equal(first.scores(outlook), again.scores(outlook))
    assert not np.array_equal(first.scores(outlook), other.scores(outlook))


def test_it_comes_back_from_its_file_and_needs_no_torch(
    tmp_path: Path, learned: Measurer, hidden: ImageDataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    learned.save(tmp_path / "one.npz")
    monkeypatch.setitem(sys.modules, "torch", None)
    loaded = Measurer.load(tmp_path / "one.npz")
    assert isinstance(loaded.policy.teacher, InformationGain)
    found = [one.simulate(hidden, n_jobs=1).walks for one in (learned, loaded)]
    np.testing.assert_array_equal(found[0].pixels, found[1].pixels)
    np.testing.assert_array_equal(found[0].posterior, found[1].posterior)
    with pytest.raises(InputError, match=r"the learned policy: wanted the package 'torch'.*sightbits\[torch\]"):
        LearnedPolicy().fit(learned.belief, hidden)


def gathered(policy: LearnedPolicy, belief: Belief, training: ImageDataset) -> tuple[np.ndarray, ...]:
    policy.teacher.fit(belief, training)
    policy.values = outcome_values(belief)
    return policy._gather(Outlook.at_start(belief, np.ones(training.n_pixels, dtype=bool)), training)


def test_examples_are_of_images_measured_by_the_teacher(seen: ImageDataset) -> None:
    belief = NaiveBayesBelief(levels=3).fit(seen)
    mask, values, scores = gathered(LearnedPolicy(n_images=5, n_readings=6), belief, seen)
    assert mask.shape == values.shape == scores.shape == (30, 64)
    np.testing.assert_array_equal(mask.sum(axis=1), np.tile(np.arange(6), 5))
    assert set(np.unique(values[mask == 1])) <= {-1, 0, 1}
    assert not values[mask == 0].any()
    np.testing.assert_allclose(scores.max(axis=1), 1)
    assert not scores[mask == 1].any()
    gain = Measurer(belief).fit_policy(seen).start().expected_gain("nat").ravel()
    np.testing.assert_allclose(scores[0], gain / gain.max(), rtol=1e-5)


def test_some_pixels_are_detours(seen: ImageDataset) -> None:
    belief = NaiveBayesBelief().fit(seen)
    mask, _, scores = gathered(LearnedPolicy(n_images=40, n_readings=10), belief, seen)
    taken = np.diff(mask, axis=0)[mask[1:].sum(axis=1) > 0]
    best = scores[:-1][mask[1:].sum(axis=1) > 0].argmax(axis=1)
    strayed = 1 - taken[np.arange(len(best)), best].mean()
    assert 0.12 < strayed < 0.28


def test_a_teacher_that_prefers_nothing_is_refused(seen: ImageDataset) -> None:
    with pytest.raises(InputError, match="teacher: wanted a policy whose best scores are above 0"):
        Measurer("exact", LearnedPolicy(**SMALL, n_steps=1, teacher=FixedOrder(order=[1, 2]))).fit(seen)


def test_costs_and_lost_pixels_are_learned_from(seen: ImageDataset) -> None:
    costs = np.where(np.arange(64) % 8 < 4, 1.0, 50.0).reshape(8, 8)
    policy = LearnedPolicy(**SMALL, n_steps=200, teacher=CostAware())
    measurer = Measurer("naive_bayes", policy, PixelBudget(6), costs=costs, unavailable=LOST).fit(seen)
    positions = [position for position, _ in measurer.run(lambda position: seen.images[3][position]).readings]
    assert len(positions) == 6
    assert all(column < 4 for _, column in positions)
    assert not set(positions) & set(LOST)


@pytest.mark.parametrize("name", ["n_images", "n_readings", "hidden", "n_layers", "n_steps", "batch"])
def test_sizes_must_be_whole_numbers(name: str) -> None:
    with pytest.raises(InputError, match=f"{name}: wanted a whole number at least 1"):
        LearnedPolicy(**{name: 0})
