"""Reference networks in torch. Each is a `Sequential` over flattened images, rows x columns x channels."""

# mypy: disable-error-code="no-untyped-call"
from collections.abc import Iterable
from typing import Any

import numpy as np
import torch
from torch import nn

from sightbits.core.checks import InputError
from sightbits.networks.choice import ModelChoice
from sightbits.networks.initialisation import draw_weights

Tensor = Any  # torch's own type is not seen by the shape checker

_MLP_UNITS = 128
_LENET_FILTERS, _LENET_UNITS, _LENET_KERNEL = (6, 12), (120, 84), 5
_LEAST_SIDE = 4  # two poolings halve it twice


class ToPlanes(nn.Module):
    """Flattened images as channels x rows x columns, as convolutions want them."""

    def __init__(self, image_shape: tuple[int, ...]) -> None:
        super().__init__()
        self.rows, self.columns, self.channels = (*image_shape, 1)[:3]

    def forward(self, inputs: Tensor) -> Tensor:
        """Return the planes."""
        return inputs.unflatten(1, (self.rows, self.columns, self.channels)).movedim(3, 1)


def check_model(choice: ModelChoice, image_shape: tuple[int, ...]) -> None:
    """Raise `InputError` where images are too small for a network."""
    if choice.model == "lenet" and min(image_shape[:2]) < _LEAST_SIDE:
        raise InputError(
            "models",
            wanted=f"images of at least {_LEAST_SIDE} x {_LEAST_SIDE} pixels for lenet, which halves them twice",
            got=" x ".join(map(str, image_shape)),
            remedy="Take softmax or mlp.",
        )


def build_model(choice: ModelChoice, *, image_shape: tuple[int, ...], n_labels: int, seed: int) -> nn.Sequential:
    """Return a network with its first weights.

    Notes
    -----
    mlp: one hidden layer of 128 rectified units. lenet: the LeNet-5 type with 6 and 12 filters of 5 x 5 (padding 2,
    rectified, each followed by 2 x 2 max-pooling), then 120 and 84 rectified units. Batch normalisation comes between
    a hidden layer and its rectification.

    The first weights come from a generator of their own: torch's global random state is left alone.

    Source: Y. LeCun et al., Gradient-based learning applied to document recognition, 1998 (LeNet-5; average pooling,
    tanh and partly connected maps there).

    Examples
    --------
    >>> from sightbits.networks.choice import model_choice
    >>> model = build_model(model_choice("lenet"), image_shape=(28, 28), n_labels=10, seed=0)
    >>> sum(parameter.numel() for parameter in model.parameters())
    83662
    """
    check_model(choice, image_shape)
    n_pixels = int(np.prod(image_shape))
    if choice.model == "mlp":
        layers = [*_hidden(_linear(n_pixels, _MLP_UNITS), _MLP_UNITS, choice), _linear(_MLP_UNITS, n_labels)]
    else:
        rows, columns, n_planes = (*image_shape, 1)[:3]
        layers = [ToPlanes(image_shape)]
        for n_filters in _LENET_FILTERS:
            convolution = nn.utils.skip_init(nn.Conv2d, n_planes, n_filters, _LENET_KERNEL, padding=_LENET_KERNEL // 2)
            layers += [*_hidden(convolution, n_filters, choice, planes=True), nn.MaxPool2d(2)]
            n_planes, rows, columns = n_filters, rows // 2, columns // 2
        layers.append(nn.Flatten())
        n_inputs = n_planes * rows * columns
        for n_units in _LENET_UNITS:
            layers += _hidden(_linear(n_inputs, n_units), n_units, choice)
            n_inputs = n_units
        layers.append(_linear(n_inputs, n_labels))
    start_weights(layers, choice.initialisation, np.random.default_rng(seed))
    return nn.Sequential(*layers)


def _linear(n_inputs: int, n_outputs: int) -> nn.Module:
    return nn.utils.skip_init(nn.Linear, n_inputs, n_outputs)


def _hidden(layer: nn.Module, n_units: int, choice: ModelChoice, *, planes: bool = False) -> list[nn.Module]:
    norm = [(nn.BatchNorm2d if planes else nn.BatchNorm1d)(n_units)] if choice.batch_norm else []
    return [layer, *norm, nn.ReLU()]


def start_weights(
    modules: Iterable[nn.Module], initialisation: str, rng: np.random.Generator, *, gain: float = 1.0
) -> None:
    """Give linear layers and convolutions, in this order, their first weights, `gain` times as large as usual."""
    with torch.no_grad():
        for layer in modules:
            if isinstance(layer, nn.Linear | nn.Conv2d):
                weights, biases = draw_weights(initialisation, tuple(layer.weight.shape), rng)
                layer.weight.copy_(gain * torch.from_numpy(weights))
                if layer.bias is not None:
                    layer.bias.copy_(torch.from_numpy(biases))
