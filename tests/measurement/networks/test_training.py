"""The network in NumPy against the torch modules that it was trained as."""

from typing import Any

import numpy as np
import pytest
import torch

from sightbits.core.progress import silent
from sightbits.measurement.networks.reading_network import ReadingNetwork, reading_values
from sightbits.measurement.networks.training import (
    Heads,
    ReadingLayers,
    _random_masks,
    train_belief_network,
    train_score_network,
)

N_PIXELS, HIDDEN = 12, 16
SIZES: dict[str, Any] = {"hidden": HIDDEN, "n_layers": 2, "batch": 16, "seed": 0, "progress": silent}


@pytest.fixture(autouse=True)
def _own_randomness() -> Any:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        yield


def layers_of(n_layers: int) -> ReadingLayers:
    """Layers in which every parameter has a value of its own, also those that torch starts at 0 or 1."""
    layers = ReadingLayers(N_PIXELS, HIDDEN, n_layers, dropout=0.5).eval()
    with torch.no_grad():
        for parameter in layers.parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))
    return layers


def readings(rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
    mask = (rng.random((n, N_PIXELS)) < rng.random((n, 1))).astype(np.float32)
    mask[0] = 0
    return mask, rng.uniform(-1, 1, size=mask.shape).astype(np.float32)


def added(network: ReadingNetwork, mask: np.ndarray, values: np.ndarray, pixels: np.ndarray) -> np.ndarray:
    total = network.start
    for pixel in pixels:
        if mask[pixel]:
            total = network.add(total, int(pixel), float(values[pixel]))
    return total


@pytest.mark.parametrize("n_layers", [1, 2, 3])
def test_numpy_and_torch_agree_to_rounding(n_layers: int) -> None:
    rng = np.random.default_rng(n_layers)
    layers, (mask, values) = layers_of(n_layers), readings(rng, 40)
    network = layers.plain()
    totals = np.stack([added(network, *one, rng.permutation(N_PIXELS)) for one in zip(mask, values, strict=True)])
    with torch.no_grad():
        expected = layers(torch.from_numpy(mask), torch.from_numpy(values)).numpy()
    found = network.features(totals)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, atol=2e-5)
    alone = np.concatenate([network.features(total[np.newaxis]) for total in totals])
    np.testing.assert_allclose(alone, found, atol=1e-5)


def test_values_that_are_hidden_do_not_count() -> None:
    mask, values = readings(np.random.default_rng(5), 20)
    layers, other = layers_of(2), np.where(mask > 0, values, 9).astype(np.float32)
    with torch.no_grad():
        found = [layers(torch.from_numpy(mask), torch.from_numpy(one)) for one in (values, other)]
    assert torch.equal(*found)


def test_a_network_comes_back_from_its_arrays() -> None:
    network = layers_of(2).plain()
    arrays = {**network.to_arrays(), "of another": np.zeros(3)}
    again = ReadingNetwork.from_arrays(arrays)
    totals = np.random.default_rng(0).normal(size=(5, HIDDEN)).astype(np.float32)
    np.testing.assert_array_equal(again.features(totals), network.features(totals))


def test_readings_go_evenly_from_dark_to_bright() -> None:
    np.testing.assert_allclose(reading_values(2), [-1, 1])
    np.testing.assert_allclose(reading_values(5), [-1, -0.5, 0, 0.5, 1])


def test_log_odds_are_those_of_each_image_s_own_label() -> None:
    heads = Heads(HIDDEN, n_labels=3, n_pixels=N_PIXELS, n_outcomes=4, width=7)
    features = torch.randn(6, HIDDEN)
    labels = torch.tensor([0, 0, 2, 2, 2, 2])  # none of label 1
    with torch.no_grad():
        found = heads.outcome_log_odds(features, labels)
        narrow = torch.nn.functional.silu(heads.narrow(features))
        expected = [narrow[i] @ heads.outcome[label] + heads.bias[label] for i, label in enumerate(labels)]
    assert found.shape == (6, N_PIXELS, 3)
    np.testing.assert_allclose(found.flatten(1), torch.stack(expected), atol=1e-5)


def test_masks_hide_all_but_few_pixels_and_favour_those_that_vary() -> None:
    rng, spread = np.random.default_rng(0), np.array([0.0] * 10 + [-9.0] * 10, dtype=np.float32)
    masks = _random_masks(3000, spread, 6, rng)
    assert set(np.unique(masks)) == {0, 1}
    n_read = masks.sum(axis=1)
    assert set(n_read) == set(range(7))
    assert np.bincount(n_read.astype(int)).min() > 3000 / 7 * 0.75
    often = masks.mean(axis=0)
    assert often[:10].min() > 2 * often[10:].max()
    assert often[10:].min() > 0
    assert set(_random_masks(500, spread[:3], 40, rng).sum(axis=1)) == set(range(4))


def belief_data() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    labels = np.arange(60) % 3
    outcomes = rng.integers(2, size=(60, N_PIXELS)).astype(np.uint8)
    outcomes[:, 4] = labels > 0
    return reading_values(2)[outcomes], outcomes, labels


def trained_belief(**changes: Any) -> tuple[ReadingNetwork, dict[str, np.ndarray]]:
    settings = {**SIZES, "n_labels": 3, "n_outcomes": 2, "width": 5, "n_steps": 20, "most_readings": 6, **changes}
    return train_belief_network(*belief_data(), **settings)


def trained_scores(**changes: Any) -> tuple[ReadingNetwork, dict[str, np.ndarray]]:
    mask, values = readings(np.random.default_rng(1), 50)
    scores = np.tile(np.linspace(0, 1, N_PIXELS, dtype=np.float32), (50, 1))
    return train_score_network(mask, mask * values, scores, **{**SIZES, "n_steps": 20, **changes})


@pytest.mark.parametrize("train", [trained_belief, trained_scores])
def test_a_seed_gives_one_network(train: Any) -> None:
    (network, heads), (again, same), (other, _) = train(), train(), train(seed=1)
    for one, two in ((network.to_arrays(), again.to_arrays()), (heads, same)):
        assert one.keys() == two.keys()
        for name in one:
            np.testing.assert_array_equal(one[name], two[name])
            assert one[name].dtype == np.float32
    assert not np.array_equal(network.of_pixel, other.of_pixel)


@pytest.mark.parametrize("train", [trained_belief, trained_scores])
def test_training_leaves_the_random_numbers_of_others_alone(train: Any) -> None:
    torch.manual_seed(7)
    before = torch.get_rng_state()
    train()
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("train", [trained_belief, trained_scores])
@pytest.mark.parametrize("n_steps", [1, 2, 51])
def test_progress_is_told_until_the_last_step(train: Any, n_steps: int) -> None:
    told: list[tuple[str, int, int]] = []
    train(n_steps=n_steps, progress=lambda *step: told.append(step))
    assert told[-1] == ("training the network", n_steps, n_steps)
    assert len(told) == 1 + (n_steps > 50)


def test_scores_of_every_pixel_are_learned() -> None:
    network, head = trained_scores(n_steps=400)
    found = network.features(network.start[np.newaxis]) @ head["score_weights"] + head["score_biases"]
    np.testing.assert_allclose(found[0], np.linspace(0, 1, N_PIXELS), atol=0.2)
