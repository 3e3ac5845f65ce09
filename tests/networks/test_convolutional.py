from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from sightbits.core.checks import InputError
from sightbits.networks.convolutional import build_network
from sightbits.networks.reference import NetworkChoice
from sightbits.networks.torch_bank import one_thread

NARROW = {
    "lenet5": (2, 3),
    "alexnet": (2, 3, 4, 5),
    "vgg16": (2, 3, 2, 3, 2, 3, 4, 2, 3, 4, 2, 3, 4),
}


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """Tests run side by side: threads of their own would wait for each other."""
    with one_thread():
        yield


def narrow(model: str, **asked: Any) -> NetworkChoice:
    return NetworkChoice(model=model, filters=NARROW[model], **asked)


def outputs(network: nn.Sequential, inputs: Any) -> dict[str, Any]:
    """What each child makes of what the one before it gives."""
    found = {}
    for name, child in network.named_children():
        inputs = found[name] = child(inputs)
    return found


@pytest.mark.parametrize("model", list(NARROW))
@pytest.mark.parametrize("image_shape", [(32, 33), (35, 32, 3)])
def test_layers_go_by_their_names_and_have_their_sizes(model: str, image_shape: tuple[int, ...]) -> None:
    choice = narrow(model)
    network = build_network(choice, image_shape=image_shape, n_labels=4, seed=0).eval()
    names = [name for name, _ in network.named_children()]
    assert tuple(name for name in names if name != "flatten") == choice.layers
    assert names.index("flatten") == names.index("fc1") - 1
    rows, columns, channels = (*image_shape, 1)[:3]
    found = outputs(network, torch.rand(2, channels, rows, columns, generator=torch.Generator().manual_seed(0)))
    for k, block in enumerate(choice.blocks, start=1):
        for name in block:
            n_filters = choice.n_filters[choice.convolutions.index(name)]
            assert found[name].shape == (2, n_filters, rows, columns)
        rows, columns = rows // 2, columns // 2
        assert found[f"pool{k}"].shape == (2, n_filters, rows, columns)
    for name, n_units in zip(choice.connected, choice.form.n_units, strict=True):
        assert found[name].shape == (2, n_units)
    assert found["out"].shape == (2, 4)


@pytest.mark.parametrize(("model", "side"), [("lenet5", 4), ("alexnet", 8), ("vgg16", 32)])
def test_the_smallest_images_are_enough_also_for_batch_normalisation_of_one(model: str, side: int) -> None:
    network = build_network(narrow(model, batch_norm=True), image_shape=(side, side), n_labels=2, seed=0)
    assert network(torch.rand(1, 1, side, side, generator=torch.Generator().manual_seed(0))).isfinite().all()


def test_a_small_lenet_computed_by_hand() -> None:
    network = build_network(narrow("lenet5"), image_shape=(6, 5, 3), n_labels=4, seed=3)
    images = np.random.default_rng(0).random((2, 3, 6, 5)).astype(np.float32)
    weights = {name: value.detach().numpy().astype(np.float64) for name, value in network.named_parameters()}
    values = images.astype(np.float64)
    for k in (1, 2):
        kernel, bias = weights[f"conv{k}.0.weight"], weights[f"conv{k}.0.bias"]
        rows, columns = values.shape[2:]
        padded = np.pad(values, ((0, 0), (0, 0), (2, 2), (2, 2)))
        windows = np.lib.stride_tricks.sliding_window_view(padded, (5, 5), axis=(2, 3))
        values = np.maximum(np.einsum("ncijkl,fckl->nfij", windows, kernel) + bias[None, :, None, None], 0)
        values = values[:, :, : rows // 2 * 2, : columns // 2 * 2]
        values = values.reshape(2, -1, rows // 2, 2, columns // 2, 2).max(axis=(3, 5))
    values = np.maximum(values.reshape(2, -1) @ weights["fc1.0.weight"].T + weights["fc1.0.bias"], 0)
    values = values @ weights["out.weight"].T + weights["out.bias"]
    np.testing.assert_allclose(network(torch.from_numpy(images)).detach().numpy(), values, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("activation", "kind"), [("relu", nn.ReLU), ("sigmoid", nn.Sigmoid), ("tanh", nn.Tanh)])
def test_hidden_layers_end_with_their_activation(activation: str, kind: type[nn.Module]) -> None:
    choice = narrow("alexnet", activation=activation, batch_norm=True)
    network = build_network(choice, image_shape=(8, 8), n_labels=2, seed=0)
    for name in choice.convolutions:
        assert [type(part) for part in network.get_submodule(name).children()] == [nn.Conv2d, nn.BatchNorm2d, kind]
    for name in choice.connected:
        assert [type(part) for part in network.get_submodule(name).children()] == [nn.Linear, kind]
    assert type(network.out) is nn.Linear
    assert not any(getattr(module, "inplace", False) for module in network.modules())
    assert not any(isinstance(module, nn.Dropout) for module in network.modules())


def test_kernels_are_those_of_the_model() -> None:
    def sides(model: str) -> list[Any]:
        network = build_network(narrow(model), image_shape=(32, 32), n_labels=2, seed=0)
        return [module.kernel_size[0] for module in network.modules() if isinstance(module, nn.Conv2d)]

    assert sides("lenet5") == [5, 5]
    assert sides("alexnet") == [5, 3, 3, 3]
    assert sides("vgg16") == [3] * 13


def test_only_vgg16_is_batch_normalised_by_itself() -> None:
    for model in NARROW:
        network = build_network(narrow(model), image_shape=(32, 32), n_labels=2, seed=0)
        n_norms = sum(isinstance(module, nn.BatchNorm2d) for module in network.modules())
        assert n_norms == (13 if model == "vgg16" else 0)


def test_the_seed_fixes_the_weights_and_torchs_own_random_state_is_left_alone() -> None:
    before = torch.get_rng_state()
    one, same, other = (
        build_network(narrow("alexnet"), image_shape=(8, 8), n_labels=2, seed=seed).state_dict() for seed in (1, 1, 2)
    )
    assert torch.equal(before, torch.get_rng_state())
    assert all(torch.equal(one[name], same[name]) for name in one)
    assert not any(torch.equal(one[name], other[name]) for name in one if name.endswith("weight"))


@pytest.mark.parametrize(
    ("model", "activation", "hidden_deviation", "out_deviation", "biased"),
    [
        ("lenet5", "relu", 1 / (3 * 108) ** 0.5, 1 / (3 * 120) ** 0.5, True),
        ("lenet5", "tanh", 1 / (3 * 108) ** 0.5, 1 / (3 * 120) ** 0.5, True),
        ("lenet5", "sigmoid", 4 * (2 / (108 + 120)) ** 0.5, (2 / (120 + 50)) ** 0.5, True),
        ("alexnet", "relu", (2 / 128) ** 0.5, (2 / 128) ** 0.5, False),
        ("alexnet", "tanh", (2 / (128 + 256)) ** 0.5, (2 / (128 + 50)) ** 0.5, False),
        ("alexnet", "sigmoid", 4 * (2 / (128 + 256)) ** 0.5, (2 / (128 + 50)) ** 0.5, True),
    ],
)
def test_where_weights_start(
    model: str, activation: str, hidden_deviation: float, out_deviation: float, biased: bool
) -> None:
    choice = NetworkChoice(model=model, activation=activation)
    side = {"lenet5": 12, "alexnet": 8}[model]
    weights = build_network(choice, image_shape=(side, side), n_labels=50, seed=0).state_dict()
    assert weights["fc1.0.weight"].std().item() == pytest.approx(hidden_deviation, rel=0.03)
    assert weights["out.weight"].std().item() == pytest.approx(out_deviation, rel=0.03)
    assert bool(weights["fc1.0.bias"].any()) == bool(weights["out.bias"].any()) == biased


def test_sigmoid_layers_start_from_nothing_where_what_comes_in_is_a_half() -> None:
    choice = narrow("alexnet", activation="sigmoid", batch_norm=True)
    network = build_network(choice, image_shape=(8, 8), n_labels=2, seed=0)
    layers = {name: module for name, module in network.named_modules() if isinstance(module, nn.Linear | nn.Conv2d)}
    first = layers.pop("conv1.0")
    assert not first.bias.any()
    for name, layer in layers.items():
        halves = torch.full((1, layer.in_features) if name[0] in "fo" else (1, layer.in_channels, 3, 3), 0.5)
        found = layer(halves) if name[0] in "fo" else layer(halves)[..., 1, 1]
        assert found.abs().max() < 1e-5
        assert layer.weight.abs().max() > 0.1


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"image_shape": (3, 8)}, "model: wanted images of at least 4 x 4"),
        ({"n_labels": 1}, "n_labels: wanted a whole number at least 2"),
        ({"seed": -1}, "seed"),
    ],
)
def test_what_cannot_be_built_is_refused(asked: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        build_network(narrow("lenet5"), **{"image_shape": (8, 8), "n_labels": 2, "seed": 0, **asked})
