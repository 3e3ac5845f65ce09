"""Which convolution is meant, and where what its filters find can be seen."""

# mypy: disable-error-code="no-untyped-call"
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from sightbits.core.checks import InputError
from sightbits.networks.training import evaluating

Tensor = Any  # torch's own type is not seen by the shape checker

_ACTIVATIONS = (
    nn.ReLU, nn.ReLU6, nn.LeakyReLU, nn.PReLU, nn.ELU, nn.CELU, nn.SELU, nn.GELU, nn.SiLU, nn.Mish, nn.Sigmoid, nn.Tanh,
    nn.Softplus, nn.Softsign, nn.Hardswish, nn.Hardsigmoid, nn.Hardtanh, nn.LogSigmoid,
)  # fmt: skip
_EACH_MAP_FOR_ITSELF = (*_ACTIVATIONS, nn.BatchNorm2d, nn.Dropout, nn.Dropout2d, nn.Identity)
_MOST_NAMES = 8


@dataclass(frozen=True, kw_only=True)
class FilterLayer:
    """A convolution of a network.

    Parameters
    ----------
    name
        As it was asked for: the convolution, or a block that holds it alone.
    convolution
        The name of the convolution itself.
    observed
        The name of the module whose output stands for the filters: behind the batch normalisation and the activation
        that directly follow the convolution, and are used nowhere else.
    n_filters
        How many filters it has.
    """

    name: str
    convolution: str
    observed: str
    n_filters: int


def find_filters(model: nn.Module, layer: str, inputs: Tensor) -> FilterLayer:
    """Return which convolution a name means, and where its filters are seen.

    Parameters
    ----------
    model
        The network; it is run once, in evaluation mode, and left as it was.
    layer
        A name of `model.named_modules()`: a `torch.nn.Conv2d`, or a block with one in it.
    inputs
        What the network is given; the first sample is enough.

    Raises
    ------
    InputError
        A name that is not there, a layer that is no convolution, a block with several, a convolution that is used
        twice or not at all; inputs that the model does not take.

    Notes
    -----
    Modules are followed from one to the next by the tensor that goes between them, as long as nothing else takes it. An
    activation that is called as a function, or that stands in several places, is not followed: filters are observed
    before it.

    Examples
    --------
    >>> model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(16, 2))
    >>> find_filters(model, "0", torch.rand(2, 1, 4, 4))
    FilterLayer(name='0', convolution='0', observed='2', n_filters=4)
    """
    convolution, module = _convolution_of(model, layer)
    calls, given_to_functions = _calls(model, inputs[:1])
    times = Counter(call.name for call in calls)
    if times[convolution] != 1:
        raise InputError(
            "layer",
            wanted="a convolution that is used once",
            got=f"{convolution}, used {times[convolution]} times",
            remedy="What its filters tell would not be one thing."
            if times[convolution]
            else "Name one that the output depends on.",
        )
    place = next(i for i, call in enumerate(calls) if call.name == convolution)
    seen = calls[place]
    for call in calls[place + 1 :]:
        follows = call.given is seen.made and times[call.name] == 1
        if follows and isinstance(model.get_submodule(call.name), _EACH_MAP_FOR_ITSELF):
            takers = [
                number
                for number, given in enumerate(given_to_functions)
                if number >= seen.end and any(one is seen.made for one in given)
            ]
            in_place = call.made is seen.made  # then who takes it later takes what this made
            if all(call.start <= number < call.end or (in_place and number >= call.end) for number in takers):
                seen = call
    return FilterLayer(name=layer, convolution=convolution, observed=seen.name, n_filters=module.out_channels)


def _convolution_of(model: nn.Module, layer: str) -> tuple[str, nn.Conv2d]:
    named = dict(model.named_modules())
    if layer not in named:
        raise InputError("layer", wanted="a convolution of the model", got=repr(layer), remedy=_there_are(named))
    inside = {
        ".".join(filter(None, (layer, name))): module
        for name, module in named[layer].named_modules()
        if isinstance(module, nn.Conv2d)
    }
    if len(inside) != 1:
        kind = type(named[layer]).__name__
        raise InputError(
            "layer",
            wanted="a convolution (torch.nn.Conv2d), or a block with one in it",
            got=f"{layer!r}, a {kind} with {len(inside)} in it" if inside else f"{layer!r}, a {kind}",
            remedy=_there_are(inside or named),
        )
    return next(iter(inside.items()))


def _there_are(named: Mapping[str, nn.Module]) -> str:
    names = [name for name, module in named.items() if isinstance(module, nn.Conv2d)]
    if not names:
        return "This model has no torch.nn.Conv2d: there are no filters to prune."
    return f"There are {', '.join(names[:_MOST_NAMES])}{', ...' if len(names) > _MOST_NAMES else ''}."


@dataclass(frozen=True, kw_only=True)
class _Call:
    """A module that was called, what it was given and made, and how many functions were called before and after it."""

    name: str
    given: Any
    made: Any
    start: int
    end: int


class _Functions(TorchFunctionMode):
    """Notes the tensors that each function of torch is given which makes others of them."""

    def __init__(self) -> None:
        super().__init__()
        self.given: list[list[Any]] = []  # holds the tensors, so that no other is taken for one of them

    def __torch_function__(self, function: Any, _types: Any, given: Any = (), named: Any = None) -> Any:
        made = function(*given, **(named or {}))
        if function is not torch.Tensor.detach and _tensors_in(made):
            self.given.append(_tensors_in([given, named]))
        return made


def _tensors_in(values: Any) -> list[Any]:
    if isinstance(values, dict):
        values = list(values.values())
    if isinstance(values, list | tuple):
        return [tensor for value in values for tensor in _tensors_in(value)]
    return [values] if isinstance(values, torch.Tensor) else []


def _calls(model: nn.Module, inputs: Tensor) -> tuple[list[_Call], list[list[Any]]]:
    """Return the convolutions and modules without children in the order they are called, and what functions got."""
    calls: list[_Call] = []
    starts: dict[str, int] = {}
    functions = _Functions()

    def before(name: str) -> Any:
        return lambda _, __: starts.update({name: len(functions.given)})

    def after(name: str) -> Any:
        def note(_: nn.Module, given: Any, made: Any) -> None:
            first = given[0] if given else None
            calls.append(_Call(name=name, given=first, made=made, start=starts[name], end=len(functions.given)))

        return note

    hooks = []
    for name, module in model.named_modules():
        if isinstance(module, nn.Conv2d) or not list(module.children()):
            hooks += [module.register_forward_pre_hook(before(name)), module.register_forward_hook(after(name))]
    try:
        with evaluating(model), torch.no_grad(), functions:
            model(inputs)
    except Exception as error:  # what a model may raise here is its own affair
        raise InputError(
            "inputs",
            wanted="images that the model takes",
            got=f"{error!r:.200}",
            remedy="Give a batch it can be run on.",
        ) from error
    finally:
        for hook in hooks:
            hook.remove()
    return calls, functions.given
