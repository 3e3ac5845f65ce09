"""Encodings as torch modules. Imported only when torch is asked for."""

# mypy: disable-error-code="no-untyped-call"
from typing import Any

import numpy as np
import torch
from torch import nn

from sightbits.core.checks import InputError
from sightbits.encodings.encoding import Encoding
from sightbits.encodings.laying_out import lay_out
from sightbits.encodings.levels import LevelEncoding

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
        got=repr(step),
        remedy="Write the module of your own encoding yourself.",
    )


def _encoded_dtype(dtype: torch.dtype) -> torch.dtype:
    """Return the dtype of encoded values, as NumPy has it."""
    if dtype.is_floating_point:
        return dtype
    return torch.float32 if dtype in _SMALL else torch.float64
