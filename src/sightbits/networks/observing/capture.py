"""What a network makes of one batch, kept while it does so."""

# mypy: disable-error-code="no-untyped-call, untyped-decorator"
import sys
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.utils.hooks import unserializable_hook

from sightbits.networks.observing.gaps import UNFINISHED, Gap, flatten

Tensor = Any  # torch's own type is not seen by the shape checker


class Capture:
    """The inputs, layers and gradients of one step: the first images of its batch, where they were computed.

    Parameters
    ----------
    step
        Which step it is.
    samples
        The most images that are kept.
    """

    def __init__(self, *, step: int, samples: int) -> None:
        self.step = step
        self.samples = samples
        self.inputs: Tensor | None = None
        self.n_images = 0
        self.outputs: dict[str, Tensor] = {}
        self.gradients: dict[str, Tensor] = {}
        self.gaps: dict[str, Gap] = {}
        self._uncalled: list[str] = []
        self._awaited: list[str] = []
        self._forward_handles: list[Any] = []
        self._gradient_handles: list[Any] = []

    @property
    def is_open(self) -> bool:
        """Whether the forward pass is still going on."""
        return bool(self._forward_handles)

    @property
    def is_complete(self) -> bool:
        """Whether the forward pass is over, and a gradient came for every output that can have one."""
        return not self.is_open and self.gradients.keys() >= set(self._awaited)

    def open(self, layers: Mapping[str, nn.Module]) -> None:
        """Take what these layers give, from now until `close`."""
        self._uncalled = list(layers)
        for name, module in layers.items():
            self._forward_handles.append(module.register_forward_hook(self._taker(name)))

    def close_after(self, model: nn.Module) -> None:
        """Close when this call of the model is over, also by an exception."""

        def close(module: nn.Module, args: Any, output: Any) -> None:
            if output is None and sys.exc_info()[0] is not None:
                self.gaps["step"] = UNFINISHED
            self.close()

        # last of all: what the model as a whole gives is taken before
        self._forward_handles.append(model.register_forward_hook(close, always_call=True))

    def close(self) -> None:
        """Take no more of the forward pass; gradients are still taken."""
        _remove(self._forward_handles)

    def release(self) -> None:
        """Take nothing any more."""
        self.close()
        _remove(self._gradient_handles)

    def take_inputs(self, given: Any) -> None:
        """Keep the first images among what the model was given."""
        found = next((leaf for _, leaf in flatten("", given) if _why_unusable(leaf) is None), None)
        if found is None:
            self.gaps["step"] = Gap("no inputs", "the model was given no batch of floating-point numbers")
            return
        try:
            self.inputs, self.n_images = self._copy(found), len(found)
        except Exception as error:  # whatever it is, the training goes on
            self.gaps["step"] = Gap("unreadable", f"what the model was given cannot be read: {error}")

    def input_array(self) -> np.ndarray:
        """Return the inputs."""
        return _in_memory(self.inputs)

    def arrays(self) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
        """Return layers and gradients, and note what never came; these arrays are the capture's own memory."""
        self.gaps |= {name: Gap("not called", "it was not called in the forward pass") for name in self._uncalled}
        for name in self._awaited:
            if name not in self.gradients:
                self.gaps.setdefault(
                    f"error of {name}", Gap("no gradient", "no gradient came before the step was over")
                )
        gradients = {name: _in_memory(self.gradients[name]) for name in self.outputs if name in self.gradients}
        return {name: _in_memory(output) for name, output in self.outputs.items()}, gradients

    def _taker(self, name: str) -> Callable[..., None]:
        def take(module: nn.Module, args: Any, output: Any) -> None:
            if not self.is_open:  # closed by another hook of this very call
                return
            if name in self._uncalled:
                self._uncalled.remove(name)
            for place, leaf in flatten(name, output) or [(name, None)]:
                try:
                    self._take(self._free(place), leaf)
                except Exception as error:  # whatever it is, the training goes on
                    self.gaps[self._free(place)] = Gap("unreadable", f"its output cannot be read: {error}")

        return take

    def _take(self, name: str, output: Any) -> None:
        gap = _why_unusable(output)
        if gap is None and len(output) != self.n_images:
            shape = tuple(output.shape)
            gap = Gap("other length", f"its output is {shape}: not a row for each of the {self.n_images} images")
        if gap is not None:
            self.gaps[name] = gap
            return
        if output.requires_grad:
            self._gradient_handles.append(output.register_hook(self._gradient_taker(name)))
            self._awaited.append(name)
        else:
            self.gaps[f"error of {name}"] = Gap("frozen", "its output needs no gradient")
        self.outputs[name] = self._copy(output)

    def _gradient_taker(self, name: str) -> Callable[[Tensor], None]:
        @unserializable_hook
        def take(gradient: Tensor) -> None:
            before = self.gradients.get(name)
            try:
                gradient = self._copy(gradient)
                self.gradients[name] = gradient if before is None else before + gradient
            except Exception as error:  # likewise
                self.gaps[f"error of {name}"] = Gap("unreadable", f"its gradient cannot be read: {error}")

        return take

    def _free(self, name: str) -> str:
        """The name, or that of a further call."""
        taken = self.outputs.keys() | self.gaps.keys()
        numbered = (name if call == 1 else f"{name}:{call}" for call in range(1, len(taken) + 2))
        return next(free for free in numbered if free not in taken)

    def _copy(self, tensor: Tensor) -> Tensor:
        return tensor.detach().to_dense()[: self.samples].clone()


def to_array(tensor: Tensor) -> np.ndarray:
    """Return a tensor of any floating type and device as float64."""
    return np.asarray(tensor.detach().cpu().double().numpy())


def _in_memory(tensor: Tensor) -> np.ndarray:
    """Return a tensor as an array of float32 or float64, not copied where it is one already."""
    known = tensor.dtype in (torch.float32, torch.float64)
    return np.asarray((tensor if known else tensor.float()).detach().cpu().numpy())


def gradients_are_on() -> bool:
    """Return whether operations are recorded just now."""
    return bool(torch.is_grad_enabled())


def _why_unusable(value: Any) -> Gap | None:
    if not isinstance(value, torch.Tensor):
        return Gap("no tensor", f"its output is no tensor but {type(value).__name__}")
    if value.layout != torch.strided or value.is_nested or not value.is_floating_point():
        return Gap("no numbers", f"its output is no dense floating-point tensor but {_kind(value)}")
    if value.ndim == 0 or value.numel() == 0:
        return Gap("empty", f"its output is {tuple(value.shape)}: there is no batch in it")
    return None


def _kind(tensor: Tensor) -> str:
    nested = "nested " if tensor.is_nested else ""
    layout = "" if tensor.layout == torch.strided else f"{tensor.layout} "
    return f"{nested}{layout}{tensor.dtype}".replace("torch.", "")


def _remove(handles: list[Any]) -> None:
    while handles:
        handles.pop().remove()
