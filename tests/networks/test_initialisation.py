import numpy as np
import pytest
import torch
from torch import nn

from sightbits.networks.initialisation import draw_weights


def drawn(name: str, shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    return draw_weights(name, shape, np.random.default_rng(1))


@pytest.mark.parametrize("name", ["zero", "uniform", "normal", "glorot", "he"])
@pytest.mark.parametrize("shape", [(30, 50), (6, 3, 5, 5)])
def test_weights_have_their_shape_and_a_generator_of_their_own(name: str, shape: tuple[int, ...]) -> None:
    weights, biases = drawn(name, shape)
    assert weights.shape == shape
    assert biases.shape == shape[:1]
    assert weights.dtype == biases.dtype == np.float32
    assert np.array_equal(weights, drawn(name, shape)[0])


def test_zero_is_zero() -> None:
    weights, biases = drawn("zero", (3, 4))
    assert not weights.any()
    assert not biases.any()


@pytest.mark.parametrize("layer", [nn.Linear(400, 300), nn.Conv2d(20, 60, 5)])
def test_uniform_is_what_torch_does(layer: nn.Linear | nn.Conv2d) -> None:
    weights, biases = drawn("uniform", tuple(layer.weight.shape))
    assert np.isclose(np.abs(weights).max(), float(layer.weight.detach().abs().max()), rtol=2e-3)
    assert np.isclose(weights.std(), float(layer.weight.detach().std()), rtol=2e-2)
    assert np.abs(biases).max() <= np.abs(weights).max() * 1.001
    assert biases.std() > 0


@pytest.mark.parametrize("shape", [(300, 400), (60, 20, 5, 5)])
@pytest.mark.parametrize(("name", "theirs"), [("glorot", nn.init.xavier_uniform_), ("he", nn.init.kaiming_normal_)])
def test_glorot_and_he_spread_as_those_of_torch(name: str, theirs: object, shape: tuple[int, ...]) -> None:
    weights, biases = drawn(name, shape)
    assert np.isclose(weights.std(), float(theirs(torch.empty(shape)).std()), rtol=2e-2)  # type: ignore[operator]
    assert not biases.any()


def test_normal_has_a_deviation_of_a_tenth() -> None:
    assert np.isclose(drawn("normal", (300, 400))[0].std(), 0.1, rtol=2e-2)
