"""The belief of a network: what it promises as any belief does, and that it learns."""

import sys
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sightbits.core.checks import InputError
from sightbits.core.images import ImageDataset
from sightbits.measurement.beliefs.network import NetworkBelief
from sightbits.measurement.measurer import Measurer
from sightbits.measurement.policies.blind import RandomChoice
from sightbits.measurement.stopping import PixelBudget

READINGS = [(21, 6), (42, 0), (20, 3), (12, 5), (43, 1)]
SMALL: dict[str, Any] = {"hidden": 24, "width": 12, "batch": 64}


@pytest.fixture(scope="module")
def belief(seen: ImageDataset) -> NetworkBelief:
    return NetworkBelief(**SMALL, n_steps=250, most_readings=20).fit(seen)


def test_tables_are_probabilities_that_agree_with_the_posterior(belief: NetworkBelief) -> None:
    states = [belief.start()]
    for pixel, level in READINGS:
        states.append(belief.condition(states[-1], pixel, level))
    joint = belief.joint(states)
    assert joint.shape == (6, 3, 10, 64)
    assert joint.dtype == np.float32
    assert joint.min() > 0
    for state, table in zip(states, joint, strict=True):
        assert belief.posterior(state).sum() == pytest.approx(1)
        np.testing.assert_allclose(table.sum(axis=0), np.tile(belief.posterior(state)[:, None], 64), atol=1e-6)
    alone = np.concatenate([belief.joint([state]) for state in states])
    np.testing.assert_allclose(alone, joint, atol=1e-6)


def test_tables_are_those_of_the_heads_written_out(belief: NetworkBelief) -> None:
    state = belief.condition(belief.start(), 21, 6)
    heads = belief.heads
    (features,) = belief.network.features(state.total[np.newaxis]).astype(np.float64)
    label = np.exp(features @ heads["label_weights"] + heads["label_biases"])
    np.testing.assert_allclose(belief.posterior(state), label / label.sum(), atol=1e-5)
    narrow = features @ heads["narrow_weights"] + heads["narrow_biases"]
    narrow = narrow / (1 + np.exp(-narrow))
    (found,) = belief.joint([state])
    for y in range(10):
        odds = np.exp(narrow @ heads["outcome_weights"][y] + heads["outcome_biases"][y]).reshape(64, 2)
        every = np.column_stack([np.ones(64), odds])
        expected = label[y] / label.sum() * every / every.sum(axis=1, keepdims=True)
        np.testing.assert_allclose(found[:, y], expected.T, atol=1e-5)


def test_order_of_readings_does_not_matter(belief: NetworkBelief) -> None:
    found = []
    for order in list(permutations(READINGS))[::17]:
        state = belief.start()
        for pixel, level in order:
            state = belief.condition(state, pixel, level)
        found.append((belief.posterior(state), belief.joint([state])))
    for posterior, joint in found[1:]:
        np.testing.assert_allclose(posterior, found[0][0], atol=1e-5)
        np.testing.assert_allclose(joint, found[0][1], atol=1e-5)


def test_conditioning_leaves_the_state_before_as_it_was(belief: NetworkBelief) -> None:
    start, before = belief.start(), belief.start()
    belief.condition(start, 21, 6)
    belief.suppose(start, 21, 2)
    np.testing.assert_array_equal(start.total, before.total)
    np.testing.assert_array_equal(start.posterior, before.posterior)


def test_an_outcome_is_supposed_in_the_middle_of_its_readings(belief: NetworkBelief) -> None:
    assert belief.outcomes.tolist() == [0, 0, 1, 1, 1, 2, 2]  # on the 17 grey values of digits one cut falls away
    supposed, read = belief.suppose(belief.start(), 30, 1), belief.condition(belief.start(), 30, 3)
    np.testing.assert_allclose(supposed.posterior, read.posterior, atol=1e-6)
    dark, darker, less = (
        one.total
        for one in (
            belief.suppose(belief.start(), 30, 0),
            belief.condition(belief.start(), 30, 0),
            belief.condition(belief.start(), 30, 1),
        )
    )
    np.testing.assert_allclose(dark, (darker + less) / 2, atol=1e-5)


def test_a_seed_gives_one_belief(seen: ImageDataset) -> None:
    first, again, other = (
        NetworkBelief(**SMALL, n_steps=15, seed=seed).fit(seen.take(slice(0, 100))) for seed in (0, 0, 1)
    )
    found = [belief.posterior(belief.condition(belief.start(), 20, 5)) for belief in (first, again, other)]
    np.testing.assert_array_equal(found[0], found[1])
    assert not np.array_equal(found[0], found[2])


def test_fitting_again_is_as_fitting_afresh(seen: ImageDataset) -> None:
    images = seen.take(slice(0, 100))
    belief = NetworkBelief(**SMALL, n_steps=5, levels=3).fit(seen.take(slice(100, 300)))
    fresh = NetworkBelief(**SMALL, n_steps=5, levels=3).fit(images)
    np.testing.assert_array_equal(belief.fit(images).start().posterior, fresh.start().posterior)


def test_it_learns_what_pixels_say(belief: NetworkBelief, hidden: ImageDataset) -> None:
    # the policies have nothing to learn from the images
    found = Measurer(belief, stop=PixelBudget(12)).fit_policy(hidden).simulate(hidden, n_jobs=1)
    chance = Measurer(belief, RandomChoice(), stop=PixelBudget(12)).fit_policy(hidden).simulate(hidden, n_jobs=1)
    assert found.accuracy[-1] > chance.accuracy[-1]
    assert found.accuracy[-1] > 0.6
    assert found.log_losses[:, -1].mean() < np.log(10) * 0.6


def test_it_comes_back_from_its_file(tmp_path: Path, belief: NetworkBelief, hidden: ImageDataset) -> None:
    measurer = Measurer(belief, stop=PixelBudget(5)).fit_policy(hidden)
    measurer.save(tmp_path / "one.npz")
    loaded = Measurer.load(tmp_path / "one.npz")
    assert loaded.belief.n_steps == 250
    found = [one.simulate(hidden, n_jobs=1).walks for one in (measurer, loaded)]
    np.testing.assert_array_equal(found[0].posterior, found[1].posterior)
    np.testing.assert_array_equal(found[0].pixels, found[1].pixels)


def test_loading_and_using_it_needs_no_torch(
    tmp_path: Path, belief: NetworkBelief, hidden: ImageDataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    Measurer(belief, stop=PixelBudget(3)).fit_policy(hidden).save(tmp_path / "one.npz")
    monkeypatch.setitem(sys.modules, "torch", None)
    loaded = Measurer.load(tmp_path / "one.npz")
    assert loaded.run(lambda position: hidden.images[0][position]).n_measured == 3
    with pytest.raises(InputError, match=r"the network belief: wanted the package 'torch'.*sightbits\[torch\]"):
        NetworkBelief().fit(hidden)


def test_images_of_another_shape_are_refused(belief: NetworkBelief, seen: ImageDataset, hidden: ImageDataset) -> None:
    measurer = Measurer(belief).fit_policy(seen)
    with pytest.raises(InputError, match="images: wanted images of 8 x 8"):
        measurer.simulate(hidden.images[:, :6], hidden.labels)
    with pytest.raises(InputError, match="position: wanted a place in images of 8 x 8"):
        measurer.start().observe((8, 0), 3)


def test_missing_numbers_are_refused_in_images_and_lost_in_sessions(belief: NetworkBelief, seen: ImageDataset) -> None:
    images = np.where(np.arange(64).reshape(8, 8) == 9, np.nan, seen.images[:50] / 16)
    with pytest.raises(InputError, match="images: wanted finite grey values"):
        Measurer(NetworkBelief(**SMALL, n_steps=1)).fit(images, seen.labels[:50])
    session = Measurer(belief).fit_policy(seen).start()
    before = session.posterior
    session.observe((3, 3), float("nan"))
    np.testing.assert_array_equal(session.posterior, before)
    assert np.isfinite(session.expected_gain()).sum() == 63


def test_an_unfitted_belief_is_named(seen: ImageDataset) -> None:
    with pytest.raises(InputError, match="measurer: wanted a fitted one"):
        Measurer("network").start()
    with pytest.raises(InputError, match="belief: wanted one that was fitted"):
        Measurer("network").fit_policy(seen)


@pytest.mark.parametrize("name", ["hidden", "n_layers", "width", "n_steps", "batch", "most_readings"])
def test_sizes_must_be_whole_numbers(name: str) -> None:
    with pytest.raises(InputError, match=f"{name}: wanted a whole number at least 1"):
        NetworkBelief(**{name: 0})
