import copy
import pickle
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits
from torch import nn

from sightbits import Encoding, InputError, encoding_named, fold_encoding_module
from sightbits.encodings import encoding as encoding_module
from sightbits.encodings.encoding import Encoding as Abstract
from sightbits.encodings.named import ENCODINGS
from sightbits.encodings.torch_parts import ConvWithBiasMap, EncodingModule

NAMES = [*ENCODINGS, "inverted+centred", "inverted+quantised", "scaled+binarised+centred"]
AFFINE = ["identity", "inverted", "centred", "standardised", "scaled", "inverted+standardised", "scaled+centred"]
OF_CHANNELS = ["identity", "inverted", "centred", "scaled", "inverted+scaled+centred"]
COLOURS = np.random.default_rng(0).integers(256, size=(9, 6, 5, 3), dtype=np.uint8)
GREY = COLOURS[..., 0]
DIGITS = (load_digits().images / 16).astype(np.float32)


def first(images: np.ndarray) -> torch.Tensor:
    """Images with channels last as a tensor with channels first."""
    return torch.from_numpy(np.ascontiguousarray(np.moveaxis(images, -1, -3)))


# Encodings of tensors


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.float64])
def test_tensors_of_colours_are_encoded_as_arrays(name: str, dtype: Any) -> None:
    images = COLOURS.astype(dtype)
    encoding = encoding_named(name, (0.0, 255.0)).fit(images)
    module, expected = encoding.to_torch(), encoding.transform(images)
    encoded = module(first(images))
    assert str(encoded.dtype) == f"torch.{expected.dtype}"
    torch.testing.assert_close(encoded, first(expected), rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(module(first(images[2])), first(expected[2]), rtol=1e-6, atol=1e-6)
    last = encoding.to_torch(channels="last")(torch.from_numpy(images))
    torch.testing.assert_close(last, torch.from_numpy(expected), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_grey_tensors_with_and_without_an_axis_for_the_channel(name: str) -> None:
    encoding = encoding_named(name).fit(GREY)
    module, expected = encoding.to_torch(), torch.from_numpy(encoding.transform(GREY))
    images = torch.from_numpy(GREY)
    torch.testing.assert_close(module(images), expected)
    torch.testing.assert_close(module(images[1]), expected[1])
    torch.testing.assert_close(module(images[:1]), expected[:1])
    torch.testing.assert_close(module(images[:, None]), expected[:, None])
    one_channel = encoding_named(name).fit(GREY[..., None]).to_torch()
    torch.testing.assert_close(one_channel(images[:, None]), expected[:, None])


@pytest.mark.parametrize("name", NAMES)
def test_rows_of_pixels(name: str) -> None:
    rows = GREY.reshape(len(GREY), -1)
    encoding = encoding_named(name).fit(rows)
    module, expected = encoding.to_torch(), torch.from_numpy(encoding.transform(rows))
    torch.testing.assert_close(module(torch.from_numpy(rows)), expected)
    torch.testing.assert_close(module(torch.from_numpy(rows[0])), expected[0])


@pytest.mark.parametrize("n_levels", [2, 3, 10, 100, 255, 256])
@pytest.mark.parametrize(
    ("values", "value_range"),
    [
        (np.arange(256, dtype=np.uint8), None),
        (np.arange(-3, 18, dtype=np.int64), (-3.0, 17.0)),
        (np.linspace(0, 1, 997, dtype=np.float32), (0.0, 1.0)),
        (np.linspace(-2, 3, 996), (-2.0, 3.0)),
    ],
    ids=["bytes", "whole", "float32", "float64"],
)
def test_levels_are_the_same_everywhere_in_the_range(n_levels: int, values: np.ndarray, value_range: Any) -> None:
    encoding = encoding_named("quantised", value_range).set_params(n_levels=n_levels).fit(values[None])
    encoded = encoding.to_torch()(torch.from_numpy(values[None]))
    np.testing.assert_array_equal(encoded.numpy(), encoding.transform(values[None]))


def test_levels_of_values_beyond_the_range() -> None:
    encoding = encoding_named("quantised", (0.0, 1.0)).fit(np.array([[0.0, 1.0]]))
    encoded = encoding.to_torch()(torch.tensor([[-3.0, 7.0]]))
    assert encoded.tolist() == [[0.0, 1.0]]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (torch.float16, torch.float16),
        (torch.bfloat16, torch.bfloat16),
        (torch.bool, torch.float32),
        (torch.uint8, torch.float32),
        (torch.int8, torch.float32),
        (torch.int16, torch.float32),
        (torch.uint16, torch.float32),
        (torch.int32, torch.float64),
        (torch.int64, torch.float64),
    ],
)
@pytest.mark.parametrize("name", ["inverted", "binarised"])
def test_dtypes_of_tensors(name: str, given: torch.dtype, expected: torch.dtype) -> None:
    encoding = encoding_named(name, (0.0, 1.0)).fit(np.array([[0, 1]]))
    encoded = encoding.to_torch()(torch.tensor([[0, 1]]).to(given))
    assert encoded.dtype == expected
    assert encoded.tolist() == ([[1, 0]] if name == "inverted" else [[0, 1]])


@pytest.mark.parametrize("name", NAMES)
def test_state_can_be_saved_and_moved(name: str) -> None:
    encoding, other = (encoding_named(name, (0.0, high)).fit(COLOURS) for high in (255.0, 400.0))
    module, expected = other.to_torch(), encoding.to_torch()(first(COLOURS))
    kept = other.transform(COLOURS)
    module.load_state_dict(encoding.to_torch().state_dict())
    torch.testing.assert_close(module(first(COLOURS)), expected)
    np.testing.assert_array_equal(other.transform(COLOURS), kept)  # the module has numbers of its own
    torch.testing.assert_close(pickle.loads(pickle.dumps(module))(first(COLOURS)), expected)
    assert not list(module.parameters())
    in_float32 = module.float()(first(COLOURS).float())
    assert in_float32.dtype == torch.float32
    torch.testing.assert_close(in_float32, expected, atol=1e-3, rtol=1e-4)
    assert module.to("meta")(first(COLOURS).to("meta")).shape == (9, 3, 6, 5)


@pytest.mark.parametrize("name", ["centred", "quantised"])
def test_the_module_has_numbers_of_its_own(name: str) -> None:
    encoding = encoding_named(name).fit(GREY)
    kept = encoding.transform(GREY)
    module = encoding.to_torch()
    for buffer in module.buffers():
        buffer.add_(1)
    np.testing.assert_array_equal(encoding.transform(GREY), kept)


def test_gradients_flow_through() -> None:
    module = encoding_named("inverted").fit(GREY).to_torch()
    images = torch.ones(6, 5, requires_grad=True)
    module(images).sum().backward()
    assert images.grad is not None
    assert (images.grad == -1).all()


@pytest.mark.parametrize(
    ("fitted", "shapes"),
    [
        (COLOURS, [(6, 5, 3), (9, 6, 5, 3), (3, 6, 4), (6, 5), (1, 1, 3, 6, 5), (2, 6, 5), (1, 6, 5)]),
        (GREY, [(5, 6), (5,), (9, 3, 6, 5), (9, 5, 6), (1, 1, 1, 6, 5)]),
        (GREY.reshape(9, 30), [(29,), (2, 2, 30), (6, 5)]),
    ],
)
def test_tensors_of_another_shape_are_refused(fitted: np.ndarray, shapes: list[tuple[int, ...]]) -> None:
    module = encoding_named("centred").fit(fitted).to_torch()
    for shape in shapes:
        with pytest.raises(InputError, match="images: wanted a tensor of one image or a batch of images of shape"):
            module(torch.zeros(shape))


def test_channels_are_first_or_last() -> None:
    with pytest.raises(InputError, match="channels: wanted one of first, last, got 'middle'"):
        encoding_named("centred").fit(COLOURS).to_torch(channels="middle")


class Squared(Abstract):
    """An encoding of one's own that is neither affine nor by levels."""

    bijective = True

    def affine(self):
        return None

    def _learn(self, images, known):
        return None

    def _encode(self, images):
        return images.astype(np.float64) ** 2


def test_encodings_of_ones_own() -> None:
    encoding = Squared().fit(GREY)
    np.testing.assert_array_equal(encoding.transform(GREY), GREY.astype(float) ** 2)
    with pytest.raises(InputError, match="to_torch: wanted an encoding that is affine or by levels, got Squared"):
        encoding.to_torch()
    with pytest.raises(InputError, match="encoding: wanted one that multiplies"):
        fold_encoding_module(nn.Linear(30, 2), encoding)


def test_without_torch_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    encoding = encoding_named("inverted").fit(GREY)
    monkeypatch.setitem(sys.modules, "torch", None)
    for ask in (encoding.to_torch, lambda: fold_encoding_module(None, encoding)):
        with pytest.raises(InputError, match=r"wanted the package 'torch'.*pip install 'sightbits\[torch\]'"):
            ask()


def test_encodings_need_no_torch_until_asked() -> None:
    code = (
        "import sys, numpy, sightbits\n"
        "encoding = sightbits.encoding_named('inverted').fit(numpy.zeros((2, 4), dtype='uint8'))\n"
        "sightbits.fold_encoding(numpy.ones((1, 4)), None, encoding)\n"
        "sightbits.fold_encoding_module\n"
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
    assert encoding_module.__name__ == "sightbits.encodings.encoding"


# Networks


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


def test_encoding_module_is_what_to_torch_gives() -> None:
    assert isinstance(encoding_named("inverted").fit(GREY).to_torch(), EncodingModule)
