"""What a network made of one batch of images."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

import numpy as np

from sightbits.core.checks import InputError

_NOT_FINITE = "its values are not finite"


@dataclass(frozen=True, eq=False, kw_only=True)
class LayerBatch:
    """Inputs, labels, activations and errors of the same samples, in the same order.

    Parameters
    ----------
    inputs
        What the network saw, (n, ...): one variable, whatever its axes.
    labels
        One a sample, (n,); None where they are not known.
    layers
        What each layer gave, in forward order: (n, units) is one variable, (n, maps, ...) one a map.
    errors
        The gradient of the sum of the losses of all samples, by what the layer gave, of the same shape; layers may be
        missing.

    Raises
    ------
    InputError
        Where there are fewer than two samples, an input is not finite, or something is not of as many samples as the
        inputs.

    Notes
    -----
    Errors are those of the sum: those of a mean are smaller by the size of the batch, and kernels of fixed size see
    nothing of them.

    Examples
    --------
    >>> batch = LayerBatch(inputs=np.eye(3), labels=np.array([0, 1, 1]), layers={"out": np.full((3, 2), np.nan)})
    >>> batch.usable()[1]
    {'out': 'its values are not finite'}
    """

    inputs: Any
    layers: Mapping[str, Any]
    labels: Any = None
    errors: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        inputs = _samples("inputs", self.inputs)
        if len(inputs) < 2:
            raise InputError(
                "inputs", wanted="two samples or more", got=len(inputs), remedy="Information is between samples."
            )
        if not _is_finite(inputs):
            raise InputError("inputs", wanted="finite numbers", got="NaN or infinity", remedy="Leave such samples out.")
        object.__setattr__(self, "inputs", inputs)
        for name in ("layers", "errors"):
            given = {layer: _samples(f"{name}, {layer}", values) for layer, values in getattr(self, name).items()}
            for layer, values in given.items():
                _check_length(f"{name}, {layer}", values, len(inputs))
            object.__setattr__(self, name, MappingProxyType(given))
        for layer, values in self.errors.items():
            if layer not in self.layers or values.shape != self.layers[layer].shape:
                raise InputError(
                    f"errors, {layer}",
                    wanted="the shape of what that layer gave",
                    got=values.shape,
                    remedy="An error is the gradient by a layer's output.",
                )
        if self.labels is not None:
            labels = np.asarray(self.labels)
            if labels.ndim != 1:
                raise InputError("labels", wanted="one label a sample, (n,)", got=labels.shape, remedy="Give classes.")
            _check_length("labels", labels, len(inputs))
            object.__setattr__(self, "labels", labels)

    @property
    def n_samples(self) -> int:
        """How many samples there are."""
        return len(self.inputs)

    def n_maps(self, layer: str) -> int:
        """Return how many variables a layer is: one a map, and one where it has no maps."""
        values = self.layers[layer]
        return values.shape[1] if values.ndim > 2 else 1

    def check_finite(self) -> None:
        """Raise `InputError` where a layer or an error has a value that is not finite."""
        for name in ("layers", "errors"):
            for layer, values in getattr(self, name).items():
                if not _is_finite(values):
                    raise InputError(
                        f"{name}, {layer}",
                        wanted="finite numbers",
                        got="NaN or infinity",
                        remedy="Training has diverged: take a smaller learning rate, or leave the layer out.",
                    )

    def usable(self) -> tuple["LayerBatch", dict[str, str]]:
        """Return the batch without layers and errors that are not finite, and of each layer left out why."""
        dropped = {name: _NOT_FINITE for name, values in self.layers.items() if not _is_finite(values)}
        kept = {name: values for name, values in self.layers.items() if name not in dropped}
        errors = {name: values for name, values in self.errors.items() if name in kept and _is_finite(values)}
        return replace(self, layers=kept, errors=errors), dropped


def _samples(name: str, values: Any) -> Any:
    try:
        array = np.asarray(values)
    except (
        TypeError,
        ValueError,
        RuntimeError,
    ) as error:  # rows of several lengths; tensors elsewhere, or with gradients
        raise InputError(name, wanted="an array", got=error, remedy="Give tensor.detach().cpu().numpy().") from error
    if array.dtype.kind not in "fiub" or array.ndim < 1 or array.size == 0:
        raise InputError(
            name,
            wanted="real numbers, a row a sample",
            got=f"{array.dtype} of shape {array.shape}",
            remedy="The first axis is that of samples.",
        )
    array = array if array.dtype.kind == "f" else array.astype(np.float64)
    return array[:, np.newaxis] if array.ndim == 1 else array


def _is_finite(values: Any) -> bool:
    # NaN is both the least and the largest of all: two passes, and nothing is written.
    return bool(np.isfinite(values.min()) and np.isfinite(values.max()))


def _check_length(name: str, values: Any, n: int) -> None:
    if len(values) != n:
        raise InputError(
            name, wanted=f"{n} samples, as the inputs have", got=len(values), remedy="Give the same samples."
        )
