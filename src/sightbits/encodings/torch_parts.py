"""Encodings as torch modules, and torch modules with an encoding folded in. Imported only when torch is asked for."""

# mypy: disable-error-code="no-untyped-call"
import copy
from typing import Any

import numpy as np
import torch
from torch import nn

from sightbits.core.checks import InputError
from sightbits.encodings.encoding import Encoding, in_one_line
from sightbits.encodings.folding import fold_encoding
from sightbits.encodings.laying_out import lay_out
from sightbits.encodings.levels import LevelEncoding

_PASSING = (nn.Flatten, nn.Unflatten, nn.Identity, nn.Dropout)
_SMALL = (torch.bool, torch.uint8, torch.int8, torch.int16, torch.uint16)

Tensor = Any  # torch's own type is not seen by the shape checker


class EncodingModule(nn.Module):
    """A fitted encoding for tensors: one image or a batch, with an axis for one channel or without.

    Examples
    --------
    >>> from sightbits import encoding_named
    >>> images = np.array([[[0, 51], [102, 255]]], dtype=np.uint8)
    >>> module = encoding_named("scaled").fit(images).to_torch()
    >>> module(torch.from_numpy(images))
    tensor([[[-1.0000, -0.6000],
             [-0.2000,  1.0000]]])
    """

    def __init__(self, encoding: Encoding, channels: str = "first") -> None:
        super().__init__()
        self.image_shape = lay_out(np.empty(encoding.image_shape_), channels).shape
        self.steps = nn.ModuleList(_step_of(step, channels) for step in encoding.steps())

    def forward(self, images: Tensor) -> Tensor:
        """Return the images encoded."""
        self._check(tuple(images.shape))
        encoded = images
        for step in self.steps:
            encoded = step(encoded)
        return encoded.to(_encoded_dtype(images.dtype))

    def _check(self, shape: tuple[int, ...]) -> None:
        n_axes = len(self.image_shape)
        one_channel = n_axes == 2 and len(shape) == 4 and shape[1] == 1
        if shape[-n_axes:] != self.image_shape or not (len(shape) in (n_axes, n_axes + 1) or one_channel):
            raise InputError(
                "images",
                wanted=f"a tensor of one image or a batch of images of shape {self.image_shape}",
                got=f"one of shape {shape}",
                remedy="Give images as those of fit; to_torch says where their channels are.",
            )


class AffineStep(nn.Module):
    """Tensors times a number a pixel plus a number a pixel."""

    scale: Tensor
    shift: Tensor

    def __init__(self, scale: np.ndarray, shift: np.ndarray) -> None:
        super().__init__()
        self.register_buffer("scale", torch.tensor(scale))
        self.register_buffer("shift", torch.tensor(shift))

    def forward(self, values: Tensor) -> Tensor:
        """Return the values encoded, in the dtype of the buffers."""
        return values.to(self.scale.dtype) * self.scale + self.shift


class LevelStep(nn.Module):
    """Each value that of its level."""

    value_range: Tensor
    level_values: Tensor

    def __init__(self, encoding: LevelEncoding) -> None:
        super().__init__()
        low, high = encoding.value_range_
        self.whole = encoding.code_.whole
        self.register_buffer("value_range", torch.tensor([low, high], dtype=torch.float64))
        self.register_buffer("level_values", torch.tensor(encoding.level_values_))

    def forward(self, values: Tensor) -> Tensor:
        """Return the values encoded, in the dtype of the buffers."""
        n_levels = len(self.level_values)
        low, high = self.value_range
        above = values.to(self.level_values.dtype) - low
        levels = above * n_levels / (high - low + 1) if self.whole else above / (high - low) * n_levels
        return self.level_values[levels.floor().clamp(0, n_levels - 1).long()]


def _step_of(step: Encoding, channels: str) -> nn.Module:
    affine = step.affine()
    if affine is not None:
        scale, shift = affine
        return AffineStep(lay_out(scale, channels), lay_out(shift, channels))
    if isinstance(step, LevelEncoding):
        return LevelStep(step)
    raise InputError(
        "to_torch",
        wanted="an encoding that is affine or by levels",
        got=in_one_line(step),
        remedy="Write the module of your own encoding yourself.",
    )


def _encoded_dtype(dtype: torch.dtype) -> torch.dtype:
    """Return the dtype of encoded values, as NumPy has it."""
    if dtype.is_floating_point:
        return dtype
    return torch.float32 if dtype in _SMALL else torch.float64


class ConvWithBiasMap(nn.Module):
    """A convolution whose outputs have a bias of their own at every place, for images of one size."""

    def __init__(self, conv: nn.Conv2d, bias_map: Tensor) -> None:
        super().__init__()
        self.conv = conv
        self.bias_map = nn.Parameter(bias_map)

    def forward(self, images: Tensor) -> Tensor:
        """Return the outputs of one image or a batch."""
        outputs = self.conv(images)
        if outputs.shape[-2:] != self.bias_map.shape[-2:]:
            raise InputError(
                "images",
                wanted="images of the size that the encoding was fitted to",
                got=f"images of {images.shape[-2]} x {images.shape[-1]}",
                remedy="An encoding has its numbers for every pixel: scale the images, or fit and fold anew.",
            )
        return outputs + self.bias_map


def fold_module(module: Any, encoding: Encoding, onto: str) -> nn.Module:
    """Return a copy of a network whose first layer reads images encoded otherwise."""
    if type(module) in (nn.Linear, nn.Conv2d, ConvWithBiasMap):
        return _fold_layer(module, encoding, onto)
    if isinstance(module, nn.Sequential) and type(module).forward is nn.Sequential.forward:
        for name, part in module.named_children():
            if type(part) not in _PASSING:
                folded = fold_module(part, encoding, onto)
                whole = _copy(module)
                whole._modules[name] = folded
                return whole
    raise InputError(
        "module",
        wanted="nn.Linear, nn.Conv2d, or an nn.Sequential that begins with one but for Flatten, Unflatten, Identity "
        "and Dropout",
        got=type(module).__name__ + (" without such a layer" if type(module) is nn.Sequential else ""),
        remedy="Fold the first layer that reads the image, and put it into a copy of your network.",
    )


def _copy(module: nn.Module) -> Any:
    try:
        return copy.deepcopy(module)
    except RuntimeError as error:
        raise _computed_anew(module) from error


def _computed_anew(module: nn.Module) -> InputError:
    return InputError(
        "module",
        wanted="layers whose weights are their own",
        got=f"weights that torch computes anew from others: {', '.join(dict(module.named_parameters()))}",
        remedy="Make them permanent first, for instance with torch.nn.utils.prune.remove.",
    )


def _fold_layer(layer: Any, encoding: Encoding, onto: str) -> nn.Module:
    if not isinstance((layer.conv if isinstance(layer, ConvWithBiasMap) else layer).weight, nn.Parameter):
        raise _computed_anew(layer)
    layer = _copy(layer)
    conv = layer.conv if isinstance(layer, ConvWithBiasMap) else layer
    bias = layer.bias_map if isinstance(layer, ConvWithBiasMap) else layer.bias
    options = (
        {name: getattr(conv, name) for name in ("padding", "stride", "dilation", "padding_mode")}
        if isinstance(conv, nn.Conv2d)
        else {}
    )
    weights, moved = fold_encoding(
        _array(conv.weight),
        None if bias is None else _array(bias),
        encoding,
        onto=onto,
        channels="first",
        **options,
    )
    trained = (conv.weight if bias is None else bias).requires_grad
    conv.weight.data = torch.from_numpy(weights).to(conv.weight)
    new_bias = nn.Parameter(torch.from_numpy(moved).to(conv.weight), requires_grad=trained)
    if moved.ndim == 1:
        conv.bias = new_bias
        return conv
    conv.bias = None
    whole = ConvWithBiasMap(conv, new_bias)
    whole.bias_map.requires_grad_(trained)
    return whole.train(layer.training)


def _array(tensor: Tensor) -> np.ndarray:
    return tensor.detach().cpu().double().numpy()
