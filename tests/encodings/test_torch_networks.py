import copy
import pickle
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits
from torch import nn

from sightbits import Encoding, InputError, encoding_named, fold_encoding_module
from sightbits.encodings.torch_parts import ConvWithBiasMap

AFFINE = ["identity", "inverted", "centred", "standardised", "scaled", "inverted+standardised", "scaled+centred"]
OF_CHANNELS = ["identity", "inverted", "centred", "scaled", "inverted+scaled+centred"]
COLOURS = np.random.default_rng(0).integers(256, size=(9, 6, 5, 3), dtype=np.uint8)
GREY = COLOURS[..., 0]
DIGITS = (load_digits().images / 16).astype(np.float32)


def first(images: np.ndarray) -> torch.Tensor:
    """Images with channels last as a tensor with channels first."""
    return torch.from_numpy(np.ascontiguousarray(np.moveaxis(images, -1, -3)))


def softmax() -> nn.Module:
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 10))


def perceptron() -> nn.Module:
    return nn.Sequential(
        nn.Flatten(), nn.Dropout(0.2), nn.Linear(64, 30, bias=False), nn.BatchNorm1d(30), nn.ReLU(), nn.Linear(30, 10)
    )


def lenet() -> nn.Module:
    return nn.Sequential(
        nn.Unflatten(1, (1, 8)),
        nn.Conv2d(1, 6, 3, padding=1),
        nn.Tanh(),
        nn.AvgPool2d(2),
        nn.Conv2d(6, 12, 3),
        nn.Tanh(),
        nn.Flatten(),
        nn.Linear(48, 10),
    )


@pytest.mark.parametrize("make", [softmax, perceptron, lenet])
@pytest.mark.parametrize("name", AFFINE)
@pytest.mark.parametrize("onto", ["encoded", "original"])
def test_networks_give_the_same_logits(make: Any, name: str, onto: str) -> None:
    if make is lenet:
        name = name.replace("standardised", "centred")
    encoding = encoding_named(name, (0.0, 1.0)).fit(DIGITS[:1000])
    torch.manual_seed(1)
    network = make().eval()
    kept = copy.deepcopy(network.state_dict())
    original, encoded = torch.from_numpy(DIGITS), torch.from_numpy(encoding.transform(DIGITS))
    made_for, reads = (original, encoded) if onto == "encoded" else (encoded, original)
    folded = fold_encoding_module(network, encoding, onto=onto)
    expected = network(made_for)
    torch.testing.assert_close(folded(reads), expected, rtol=1e-5, atol=1e-5)
    for key, value in network.state_dict().items():
        torch.testing.assert_close(value, kept[key], rtol=0, atol=0)
    assert not folded.training
    assert {id(part) for part in folded.parameters()}.isdisjoint(id(part) for part in network.parameters())


def conv_of(**options: Any) -> nn.Conv2d:
    torch.manual_seed(0)
    return nn.Conv2d(3, 6, (3, 2), **options).double()


@pytest.mark.parametrize("name", OF_CHANNELS)
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"padding": 2, "padding_mode": "reflect"},
        {"padding": (1, 2), "stride": (2, 1), "padding_mode": "circular", "bias": False},
        {"padding": "same", "dilation": (1, 2)},
        {"padding": 1, "padding_mode": "replicate", "groups": 3},
        {"padding": "valid", "stride": 2, "groups": 3, "bias": False},
        {"padding": 1},
    ],
    ids=str,
)
def test_convolutions(name: str, options: dict[str, Any]) -> None:
    images = COLOURS / 255
    encoding = encoding_named(name, (0.0, 1.0)).fit(images)
    conv = conv_of(**options)
    folded = fold_encoding_module(conv, encoding)
    expected = conv(first(images))
    torch.testing.assert_close(folded(first(encoding.transform(images))), expected, rtol=0, atol=1e-10)
    torch.testing.assert_close(folded(first(encoding.transform(images))[0]), expected[0], rtol=0, atol=1e-10)
    assert conv.bias is None or conv.bias.shape == (6,)
    again = fold_encoding_module(folded, encoding, onto="original")
    torch.testing.assert_close(again(first(images)), expected, rtol=0, atol=1e-10)


def test_a_bias_from_place_to_place_only_where_it_has_to_be() -> None:
    inverted = encoding_named("inverted").fit(COLOURS)
    assert type(fold_encoding_module(conv_of(), inverted)) is nn.Conv2d
    assert type(fold_encoding_module(conv_of(padding=1, padding_mode="reflect", bias=False), inverted)) is nn.Conv2d
    assert fold_encoding_module(conv_of(bias=False), inverted).bias.shape == (6,)
    folded = fold_encoding_module(conv_of(padding=1), inverted)
    assert type(folded) is ConvWithBiasMap
    assert folded.bias_map.shape == (6, 6, 6)
    assert [name for name, _ in folded.named_parameters()] == ["bias_map", "conv.weight"]


def test_linear_layer_over_colours_reads_channels_first() -> None:
    images = COLOURS / 255
    encoding = encoding_named("standardised").fit(images)
    linear = nn.Linear(90, 4).double()
    folded = fold_encoding_module(linear, encoding)
    assert type(folded) is nn.Linear
    encoded = first(encoding.transform(images)).flatten(1)
    torch.testing.assert_close(folded(encoded), linear(first(images).flatten(1)))


def test_networks_within_networks() -> None:
    encoding = encoding_named("inverted+standardised", (0.0, 1.0)).fit(DIGITS)
    network = nn.Sequential(nn.Identity(), nn.Sequential(nn.Flatten(), nn.Linear(64, 5)), nn.ReLU(), nn.Linear(5, 3))
    folded = fold_encoding_module(network, encoding)
    encoded = torch.from_numpy(encoding.transform(DIGITS))
    torch.testing.assert_close(folded(encoded), network(torch.from_numpy(DIGITS)), rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(folded[3].weight, network[3].weight)
    assert folded[1][1].weight.data_ptr() != network[1][1].weight.data_ptr()


@pytest.mark.parametrize("padding", [0, 1])
@pytest.mark.parametrize("bias", [True, False])
def test_state_of_folded_convolutions(padding: int, bias: bool) -> None:
    encoding = encoding_named("centred").fit(COLOURS / 255)
    folded = fold_encoding_module(conv_of(padding=padding, bias=bias), encoding)
    other = fold_encoding_module(
        conv_of(padding=padding, bias=bias), encoding_named("inverted", (0.0, 1.0)).fit(COLOURS / 255)
    )
    images = first(COLOURS / 255)
    if type(other) is type(folded):
        other.load_state_dict(folded.state_dict())
        torch.testing.assert_close(other(images), folded(images))
    torch.testing.assert_close(pickle.loads(pickle.dumps(folded))(images), folded(images))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
@pytest.mark.parametrize("layer", [nn.Linear(90, 2), nn.Conv2d(3, 2, 3), nn.Conv2d(3, 2, 3, padding=1, bias=False)])
def test_dtype_device_and_mode_are_kept(layer: nn.Module, dtype: torch.dtype) -> None:
    encoding = encoding_named("inverted", (0.0, 255.0)).fit(COLOURS)
    layer = copy.deepcopy(layer).to(dtype)
    for training in (True, False):
        folded = fold_encoding_module(layer.train(training), encoding)
        assert {part.dtype for part in folded.parameters()} == {dtype}
        assert {str(part.device) for part in folded.parameters()} == {"cpu"}
        assert folded.training is training


@pytest.mark.parametrize("weight", [True, False])
@pytest.mark.parametrize("bias", [True, False, None])
@pytest.mark.parametrize("make", [lambda **o: nn.Linear(90, 2, **o), lambda **o: nn.Conv2d(3, 2, 3, padding=1, **o)])
def test_what_is_trained_is_kept(make: Any, weight: bool, bias: bool | None) -> None:
    layer = make(bias=bias is not None)
    layer.weight.requires_grad_(weight)
    if bias is not None:
        layer.bias.requires_grad_(bias)
    folded = fold_encoding_module(layer, encoding_named("inverted", (0.0, 255.0)).fit(COLOURS))
    trained = {name.split(".")[-1]: part.requires_grad for name, part in folded.named_parameters()}
    assert trained.pop("weight") is weight
    assert list(trained.values()) == [weight if bias is None else bias]
    assert layer.weight.requires_grad is weight
    if weight:
        folded(torch.zeros(2, 90) if isinstance(layer, nn.Linear) else torch.zeros(2, 3, 6, 5)).sum().backward()
        assert layer.weight.grad is None


def test_images_of_another_size_are_refused_by_a_bias_of_places() -> None:
    folded = fold_encoding_module(conv_of(padding=1), encoding_named("inverted", (0.0, 1.0)).fit(COLOURS / 255))
    with pytest.raises(InputError, match=r"images: wanted images of the size .* got images of 8 x 5"):
        folded(torch.zeros(1, 3, 8, 5).double())


class OwnNetwork(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(64, 3)


class OwnSequence(nn.Sequential):
    def forward(self, images: Any) -> Any:
        return super().forward(1 - images)


class NamedSequence(nn.Sequential):
    """A sequence as any other."""


@pytest.mark.parametrize(
    ("module", "got"),
    [
        (OwnNetwork(), "OwnNetwork"),
        (OwnSequence(nn.Flatten(), nn.Linear(64, 3)), "OwnSequence"),
        (nn.Sequential(nn.Flatten(), nn.BatchNorm1d(64), nn.Linear(64, 3)), "BatchNorm1d"),
        (nn.Sequential(nn.Flatten(), nn.ReLU(), nn.Linear(64, 3)), "ReLU"),
        (nn.Sequential(nn.Flatten(), nn.Identity()), "Sequential without such a layer"),
        (nn.Sequential(), "Sequential without such a layer"),
        (nn.Conv1d(8, 2, 3), "Conv1d"),
        (nn.ConvTranspose2d(1, 2, 3), "ConvTranspose2d"),
        (nn.utils.parametrizations.weight_norm(nn.Linear(64, 3)), "ParametrizedLinear"),
        (3, "int"),
    ],
    ids=str,
)
def test_other_networks_are_refused(module: Any, got: str) -> None:
    encoding = encoding_named("inverted", (0.0, 1.0)).fit(DIGITS)
    with pytest.raises(InputError, match=rf"module: wanted nn.Linear, .* got {got}\. Fold the first layer"):
        fold_encoding_module(module, encoding)


def test_sequences_under_another_name_are_folded() -> None:
    encoding = encoding_named("inverted", (0.0, 1.0)).fit(DIGITS)
    folded = fold_encoding_module(NamedSequence(nn.Flatten(), nn.Linear(64, 3)), encoding)
    assert type(folded) is NamedSequence


def test_weights_that_are_computed_anew_are_refused() -> None:
    from torch.nn.utils import prune  # noqa: PLC0415

    layer = prune.l1_unstructured(nn.Linear(64, 3), "weight", amount=0.5)
    encoding = encoding_named("inverted", (0.0, 1.0)).fit(DIGITS)
    with pytest.raises(InputError, match=r"module: wanted layers whose weights are their own, got .*weight_orig"):
        fold_encoding_module(layer, encoding)
    with pytest.raises(InputError, match="module: wanted layers whose weights are their own"):
        fold_encoding_module(nn.Sequential(nn.Linear(64, 64), layer), encoding)
    layer.weight_orig.requires_grad_(False)
    layer(torch.zeros(1, 64))
    with pytest.raises(InputError, match="module: wanted layers whose weights are their own"):
        fold_encoding_module(layer, encoding)
    fold_encoding_module(prune.remove(layer, "weight"), encoding)


@pytest.mark.parametrize("encoding", [encoding_named("quantised"), encoding_named("binarised")])
def test_levels_are_refused(encoding: Encoding) -> None:
    with pytest.raises(InputError, match="levels forget grey values"):
        fold_encoding_module(nn.Conv2d(3, 2, 3), encoding.fit(COLOURS))
