"""Which convolution a name means, and where its filters are seen."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn
from torch.nn import functional
from torch.nn.utils import parametrizations

from sightbits.core.checks import InputError
from sightbits.networks.convolutional import build_network
from sightbits.networks.pruning.layer import FilterLayer, find_filters
from sightbits.networks.reference import NetworkChoice

INPUTS = torch.rand(3, 2, 8, 8)


class Made(nn.Module):
    """Two convolutions, a batch norm and activations, put together by a function."""

    def __init__(self, way: Callable[..., Any]) -> None:
        super().__init__()
        self.way = way
        self.conv, self.other = nn.Conv2d(2, 4, 3, padding=1), nn.Conv2d(4, 4, 3, padding=1)
        self.norm, self.relu, self.tanh = nn.BatchNorm2d(4), nn.ReLU(inplace=True), nn.Tanh()

    def forward(self, x: Any) -> Any:
        return self.way(self, x).mean((2, 3))


def observed_in(way: Callable[..., Any], layer: str = "conv") -> str:
    return find_filters(Made(way), layer, INPUTS).observed


def past(made: Any, part: nn.Module, other: nn.Module | None = None) -> Any:
    """What a part makes, with what it was given, as it is or through another."""
    return part(made) + (made if other is None else other(made))


@pytest.mark.parametrize(
    ("way", "observed"),
    [
        (lambda m, x: m.other(m.relu(m.norm(m.conv(x)))), "relu"),
        (lambda m, x: m.other(m.tanh(m.relu(m.conv(x)))), "tanh"),
        (lambda m, x: m.relu(m.other(m.conv(x))), "conv"),
        (lambda m, x: m.norm(functional.relu(m.conv(x))), "conv"),
        (lambda m, x: m.relu(m.other(m.relu(m.norm(m.conv(x))))), "norm"),  # the same relu twice
        (lambda m, x: past(m.conv(x), m.tanh), "conv"),  # a shortcut past the activation
        (lambda m, x: past(m.conv(x), m.tanh, m.other), "conv"),
        (lambda m, x: past(m.norm(m.conv(x)), m.tanh), "norm"),
        (lambda m, x: past(m.relu(m.conv(x)), m.other), "relu"),  # behind all that follows it alone
        (lambda m, x: m.relu(m.tanh(input=m.conv(x))), "conv"),
    ],
)
def test_filters_are_seen_behind_what_follows_them_alone(way: Callable[..., Any], observed: str) -> None:
    assert observed_in(way) == observed


def test_a_block_of_the_reference_networks_is_its_convolution() -> None:
    choice = NetworkChoice(model="vgg16", filters=(3,) * 13)
    network = build_network(choice, image_shape=(32, 32, 2), n_labels=2, seed=0)
    found = find_filters(network, "conv3_2", torch.rand(2, 2, 32, 32))
    assert found == FilterLayer(name="conv3_2", convolution="conv3_2.0", observed="conv3_2.2", n_filters=3)
    same = find_filters(network, "conv3_2.0", torch.rand(2, 2, 32, 32))
    assert same == FilterLayer(name="conv3_2.0", convolution="conv3_2.0", observed="conv3_2.2", n_filters=3)
    alone = nn.Conv2d(2, 5, 3)
    assert find_filters(alone, "", INPUTS) == FilterLayer(name="", convolution="", observed="", n_filters=5)


def test_a_convolution_with_parametrised_weights_is_one() -> None:
    model = nn.Sequential(parametrizations.weight_norm(nn.Conv2d(2, 4, 3)), nn.ReLU())
    assert find_filters(model, "0", INPUTS).observed == "1"


def test_the_model_is_left_as_it_was() -> None:
    model = Made(lambda m, x: m.other(m.relu(m.norm(m.conv(x)))))
    model.other.eval()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    seen = []
    model.conv.register_forward_hook(lambda *_: seen.append(len(_[2])))
    find_filters(model, "conv", INPUTS)
    assert model.training and model.norm.training and not model.other.training
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
    assert [len(module._forward_hooks) for module in model.modules()] == [0, 1, 0, 0, 0, 0]
    assert not any(module._forward_pre_hooks for module in model.modules())
    assert seen == [1], "run once, on one image"


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        ("conv9", r"^layer: wanted a convolution of the model, got 'conv9'. There are conv, other.$"),
        ("norm", r"got 'norm', a BatchNorm2d. There are conv, other.$"),
        ("", r"got '', a Made with 2 in it. There are conv, other.$"),
        ("other", r"^layer: wanted a convolution that is used once, got other, used 0 times. Name one"),
    ],
)
def test_what_is_no_convolution_is_refused(layer: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        observed_in(lambda m, x: m.conv(x), layer)


def test_a_convolution_used_twice_is_refused() -> None:
    with pytest.raises(InputError, match=r"got other, used 2 times. What its filters tell would not be one thing.$"):
        observed_in(lambda m, x: m.other(m.other(m.conv(x))), "other")


def test_a_model_without_convolutions_says_so_and_many_are_cut_short() -> None:
    linear = nn.Sequential(nn.Flatten(), nn.Linear(128, 2))
    with pytest.raises(InputError, match=r"got '1', a Linear. This model has no torch.nn.Conv2d"):
        find_filters(linear, "1", INPUTS)
    many = nn.Sequential(*(nn.Conv2d(2, 2, 1) for _ in range(9)))
    with pytest.raises(InputError, match=r"There are 0, 1, 2, 3, 4, 5, 6, 7, ...\.$"):
        find_filters(many, "conv", INPUTS)


def test_inputs_the_model_does_not_take_are_refused() -> None:
    model = Made(lambda m, x: m.conv(x))
    with pytest.raises(InputError, match=r"^inputs: wanted images that the model takes, got RuntimeError"):
        find_filters(model, "conv", torch.rand(2, 3, 8, 8))
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in model.modules())
    assert model.training
