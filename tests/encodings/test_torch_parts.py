import pickle
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from sightbits import InputError, encoding_named, fold_encoding_module
from sightbits.encodings.encoding import Encoding as Abstract
from sightbits.encodings.named import ENCODINGS
from sightbits.encodings.torch_parts import EncodingModule

NAMES = [*ENCODINGS, "inverted+centred", "inverted+quantised", "scaled+binarised+centred"]
COLOURS = np.random.default_rng(0).integers(256, size=(9, 6, 5, 3), dtype=np.uint8)
GREY = COLOURS[..., 0]


def first(images: np.ndarray) -> torch.Tensor:
    """Images with channels last as a tensor with channels first."""
    return torch.from_numpy(np.ascontiguousarray(np.moveaxis(images, -1, -3)))


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

    def _learn(self, training, known):
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


def test_encoding_module_is_what_to_torch_gives() -> None:
    assert isinstance(encoding_named("inverted").fit(GREY).to_torch(), EncodingModule)
