"""Filters taken out of a network: what is left is smaller, and says what it would say if they were silent."""

# mypy: disable-error-code="no-untyped-call"
import copy
import operator
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import torch
from torch import nn
from torch.nn.modules.conv import _ConvNd
from torch.nn.utils.parametrize import is_parametrized

from sightbits.core.checks import InputError, import_optional
from sightbits.networks.pruning.agreeing import agree
from sightbits.networks.training import evaluating

Tensor = Any  # torch's own type is not seen by the shape checker

_OVER_CHANNELS = (nn.GroupNorm, nn.LayerNorm)
_MULTIPLICATION = "MulBackward"
_HOOKS = (
    "_forward_hooks", "_forward_hooks_with_kwargs", "_forward_hooks_always_called", "_backward_hooks",
    "_backward_pre_hooks",
)  # fmt: skip
_MOST_NAMES = 4


def remove_filters(model: nn.Module, convolution: str, kept: Iterable[Any], inputs: Tensor) -> nn.Module:
    """Return a copy of a network that has only these filters of a convolution, and smaller layers behind it.

    Parameters
    ----------
    model
        The network, of which nothing is changed.
    convolution
        The name of the `torch.nn.Conv2d` in `model.named_modules()`.
    kept
        The numbers of the filters that stay, from 0.
    inputs
        What the network is given, a row a sample; one is enough.

    Returns
    -------
    torch.nn.Module
        A network of the same classes, each module in the mode it was in, each parameter frozen where it was.

    Raises
    ------
    InputError
        No filter is kept, or one that is not there or named twice; the filters cannot go alone: others are added to
        them or taken together with them, they are mixed before a layer reads them, they are the model's output, no
        layer reads them or one in groups does, or weights are computed by a parametrization; a network that
        Torch-Pruning cannot follow; one that would say something else than it must.

    Notes
    -----
    The copy says what the network would say if all that reads the removed filters read 0 instead: where batch
    normalisation and an activation stand between, they have gone with the filter. This is tried on `inputs` before
    anything is returned: up to the square root of the rounding unit, relative to the largest output. Hooks on what
    modules gave, or on their gradients, are not copied.

    Filters of a convolution inside a residual block may go. Those that are added to others may not: the others would
    have to go too. A convolution that works on each map alone (depthwise) takes with it the filters it reads.

    Cost: a copy, three forward passes over `inputs` in evaluation mode, one of them traced.

    Source: G. Fang et al., DepGraph: Towards Any Structural Pruning, 2023 (Torch-Pruning: what depends on what).

    Examples
    --------
    >>> model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(16, 2))
    >>> smaller = remove_filters(model, "0", [0, 3], torch.rand(1, 1, 4, 4))
    >>> smaller[0], smaller[3].in_features, model[3].in_features
    (Conv2d(1, 2, kernel_size=(3, 3), stride=(1, 1)), 8, 16)
    """
    _check_convolution(model, convolution)
    if not isinstance(inputs, torch.Tensor) or inputs.ndim == 0 or not len(inputs):
        raise InputError(
            "inputs", wanted="a tensor with a row or more", got=f"{inputs!r:.80}", remedy="Give one sample."
        )
    removed = _removed(model.get_submodule(convolution), kept)
    _check_groups(model.get_submodule(convolution), convolution, removed)
    with torch.inference_mode(mode=False), torch.enable_grad():  # the trace follows gradients
        given = inputs.detach().clone()
        smaller = copy_without_hooks(model)
        if removed:
            _cut(smaller, convolution, removed, given)
    return smaller


def copy_without_hooks(model: nn.Module) -> nn.Module:
    """Return a copy of a network that nobody watches.

    Parameters
    ----------
    model
        The network, of which nothing is changed.

    Raises
    ------
    InputError
        A network that cannot be copied.

    Notes
    -----
    Hooks on what modules gave, or on their gradients, are left out; those that run before a module stay, as some
    networks compute their weights there. Cost: its memory once more.

    Examples
    --------
    >>> model = nn.Sequential(nn.Linear(2, 2))
    >>> hook = model[0].register_forward_hook(lambda *given: print("seen"))
    >>> copy_without_hooks(model)(torch.rand(1, 2)).shape
    torch.Size([1, 2])
    """
    try:
        with torch.inference_mode(mode=False):
            twin = copy.deepcopy(model)
    except Exception as error:
        raise InputError(
            "model",
            wanted="a network that can be copied",
            got=_said(error),
            remedy="Take tensors that need a gradient out of its attributes and hooks.",
        ) from error
    for module in twin.modules():
        for hooks in _HOOKS:
            getattr(module, hooks).clear()
    return twin


@contextmanager
def zeroed(model: nn.Module, observed: str, removed: Iterable[int]) -> Iterator[None]:
    """Let a network compute, while this lasts, as if some filters found nothing.

    Parameters
    ----------
    model
        The network.
    observed
        The name of the module whose output stands for the filters, (n, filters, ...).
    removed
        The numbers of the filters whose output is 0.

    Raises
    ------
    InputError
        A name that is not there; when the network is run, a filter that is not there.

    Examples
    --------
    >>> model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU())
    >>> with zeroed(model, "1", [0, 2]):
    ...     model(torch.ones(1, 1, 3, 3))[0, [0, 2]].sum().item()
    0.0
    """
    modules = dict(model.named_modules())
    if observed not in modules:
        raise InputError(
            "observed", wanted="a name of model.named_modules()", got=repr(observed), remedy="See FilterLayer.observed."
        )
    numbers = list(removed)

    def silence(_: nn.Module, __: Any, made: Tensor) -> Tensor:
        if not all(0 <= number < made.shape[1] for number in numbers):
            raise InputError(
                "removed",
                wanted=f"numbers from 0 to {made.shape[1] - 1}, as {observed} has filters",
                got=str(numbers),
                remedy="Take numbers of that range.",
            )
        return made.index_fill(1, torch.tensor(numbers, dtype=torch.long, device=made.device), 0)

    hook = modules[observed].register_forward_hook(silence)
    try:
        yield
    finally:
        hook.remove()


def _check_convolution(model: nn.Module, convolution: str) -> None:
    module = dict(model.named_modules(remove_duplicate=False)).get(convolution)
    if not isinstance(module, nn.Conv2d):
        raise InputError(
            "convolution",
            wanted="the name of a torch.nn.Conv2d of the model",
            got=repr(convolution) if module is None else f"{convolution!r}, a {type(module).__name__}",
            remedy="See model.named_modules().",
        )


def _removed(module: Any, kept: Iterable[Any]) -> list[int]:
    """The other filters, or `InputError`."""
    given = list(kept)
    try:
        numbers = [operator.index(number) for number in given]
    except TypeError:
        numbers = []
    if not numbers or len(set(numbers)) < len(numbers) or not 0 <= min(numbers) <= max(numbers) < module.out_channels:
        raise InputError(
            "kept",
            wanted=f"one or more different numbers from 0 to {module.out_channels - 1}",
            got=str(given),
            remedy="Keep at least one of the filters that are there, each once.",
        )
    return sorted(set(range(module.out_channels)) - set(numbers))


def _check_groups(module: Any, convolution: str, removed: list[int]) -> None:
    """Filters of a grouped convolution may go where each group keeps as many; where a group is a map, any may."""
    if module.groups == module.out_channels:
        return
    size = module.out_channels // module.groups
    counts = {sum(number // size == group for number in removed) for group in range(module.groups)}
    if len(counts) > 1:
        raise InputError(
            "kept",
            wanted=f"as many filters of each of the {module.groups} groups of {convolution} ({size} each)",
            got=f"groups that lose {' or '.join(map(str, sorted(counts)))}",
            remedy="Keep the same number of each group.",
        )


def _cut(smaller: nn.Module, convolution: str, removed: list[int], inputs: Tensor) -> None:
    """Take filters out of a network that is ours."""
    pruning = import_optional("torch_pruning", extra="torch", purpose="pruning")
    frozen = {name for name, parameter in smaller.named_parameters() if not parameter.requires_grad}
    for parameter in smaller.parameters():
        parameter.requires_grad_(parameter.is_floating_point())  # what is frozen would not be traced
    with evaluating(smaller):
        group = _group_of(pruning, smaller, convolution, removed, inputs)
        readers = _check_group(pruning, group, smaller, convolution, removed)
        with _reading_nothing(readers), torch.no_grad():
            wanted = smaller(inputs)
        try:
            group.prune(record_history=False)
            with torch.no_grad():
                found = smaller(inputs)
        except Exception as error:
            raise _cannot(convolution, f"without them it fails: {_said(error)}") from error
    if not agree(found, wanted):
        raise _cannot(convolution, "without them it says something else than if they were silent")
    for name, parameter in smaller.named_parameters():
        parameter.requires_grad_(name not in frozen)


def _group_of(pruning: ModuleType, smaller: nn.Module, convolution: str, removed: list[int], inputs: Tensor) -> Any:
    """What has to be cut together, by Torch-Pruning."""
    try:
        graph = pruning.DependencyGraph().build_dependency(
            smaller, example_inputs=inputs, forward_fn=_run, verbose=False
        )
        return graph.get_pruning_group(smaller.get_submodule(convolution), pruning.prune_conv_out_channels, removed)
    except Exception as error:
        raise InputError(
            "model",
            wanted=f"a network in which Torch-Pruning can follow {convolution} to the output",
            got=_said(error),
            remedy="Give the network itself and inputs it takes; prune another layer if it is this one.",
        ) from error


def _run(model: nn.Module, inputs: Tensor) -> Tensor:
    output = model(inputs)
    if not isinstance(output, torch.Tensor):
        raise TypeError(f"its output is a {type(output).__name__}, not a tensor")
    return output


def _check_group(
    pruning: ModuleType, group: Any, smaller: nn.Module, convolution: str, removed: list[int]
) -> list[tuple[nn.Module, Any]]:
    """Return the layers that read the filters, with what of their input goes, or raise `InputError`."""
    root = group[0].dep.target
    if set(group[0].idxs) != set(removed):
        raise _cannot(convolution, "filters that are kept would go with them, as what follows takes them together")
    cut = {item.dep.target for item in group if not _reads(item.dep)}
    nodes = {node for node in cut if node.inputs or _makes_channels(node.module)}  # others only turn weights about
    if not root.outputs or any(node.type == pruning.ops.OPTYPE.OUTPUT for node in nodes):
        raise _cannot(convolution, "they are the model's output", "Prune a layer before it.")
    for node in {item.dep.target for item in group}:
        if isinstance(node.module, _OVER_CHANNELS):
            raise _cannot(convolution, f"{_name(smaller, node)} scales each filter by what others find")
        if isinstance(node.module, nn.Module) and is_parametrized(node.module):
            reason = f"the weights of {_name(smaller, node)} are computed by a parametrization"
            raise _cannot(convolution, reason, "Take it off: torch.nn.utils.parametrize.remove_parametrizations.")
    readers = [(item.dep.target, sorted(item.idxs)) for item in group if _reads(item.dep)]
    silent = _silent(root, nodes)
    if not all(given in silent for node, _ in readers for given in node.inputs if given in nodes):
        raise _tied(smaller, convolution, group)
    if not readers:
        raise _cannot(convolution, "no layer reads them")
    for node, numbers in readers:
        _check_reader(node.module, _name(smaller, node), convolution, numbers)
    return [(node.module, numbers) for node, numbers in readers]


def _makes_channels(module: Any) -> bool:
    """Whether what a layer gives is its own: not a channel for a channel, nothing from nothing."""
    return isinstance(module, _ConvNd | nn.Linear | nn.Parameter | nn.LSTM | nn.MultiheadAttention | nn.Embedding)


def _reads(dependency: Any) -> bool:
    """Whether a layer loses inputs and keeps its outputs."""
    pruner = dependency.handler.__self__
    only_inputs = dependency.handler == pruner.prune_in_channels != pruner.prune_out_channels
    return _makes_channels(dependency.target.module) and only_inputs


def _silent(root: Any, nodes: set[Any]) -> set[Any]:
    """The nodes in which what is cut away is nothing but what the root's filters found."""
    silent = {root}
    while True:
        more = set()
        for node in nodes - silent:
            given = [other in silent for other in node.inputs if other in nodes]
            if given and not _makes_channels(node.module):
                enough = any if _MULTIPLICATION in str(node.module) else all
                if enough(given):
                    more.add(node)
        if not more:
            return silent
        silent |= more


def _check_reader(module: Any, name: str, convolution: str, numbers: list[int]) -> None:
    if not isinstance(module, _ConvNd | nn.Linear):
        raise _cannot(convolution, f"{name}, a {type(module).__name__}, reads them")
    if max(numbers) >= (module.in_features if isinstance(module, nn.Linear) else module.in_channels):
        raise _cannot(convolution, f"{name} reads no channel a filter: they are mixed before it")
    if isinstance(module, _ConvNd) and module.groups > 1:
        groups, size = module.groups, module.in_channels // module.groups
        lost = {tuple(number % size for number in numbers if number // size == group) for group in range(groups)}
        if len(lost) > 1:
            raise _cannot(
                convolution,
                f"{name} reads them in {groups} groups of {size}",
                "Remove the filters of the same places of each group.",
            )


@contextmanager
def _reading_nothing(readers: Iterable[tuple[nn.Module, list[int]]]) -> Iterator[None]:
    """Let layers read 0 in these of their inputs."""

    def silencing(numbers: list[int]) -> Any:
        def silence(module: nn.Module, given: tuple[Any, ...]) -> tuple[Any, ...]:
            first, *others = given
            places = torch.tensor(numbers, device=first.device)
            return first.index_fill(-1 if isinstance(module, nn.Linear) else 1, places, 0), *others

        return silence

    hooks = [module.register_forward_pre_hook(silencing(numbers)) for module, numbers in readers]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def _tied(smaller: nn.Module, convolution: str, group: Any) -> InputError:
    """What is to be said where other layers would lose filters too."""
    _, *others = [item.dep.target for item in group if _makes_channels(item.dep.target.module) and not _reads(item.dep)]
    names = [_name(smaller, node) for node in others]
    listed = ", ".join(names[:_MOST_NAMES]) + (f" and {len(names) - _MOST_NAMES} more" if names[_MOST_NAMES:] else "")
    listed = listed or "other maps"
    if any("AddBackward" in str(item.dep.target.module) for item in group):
        reason, remedy = f"they are tied to {listed} through an addition", "Prune a convolution inside the block."
    elif others and getattr(others[0].module, "groups", 1) > 1:
        reason, remedy = f"{names[0]} works on each of them alone", f"Prune {names[0]}: what it reads goes with it."
    else:
        reason, remedy = f"they are tied to {listed}", "Prune a convolution that only the next layer reads."
    return _cannot(convolution, reason, remedy)


def _name(smaller: nn.Module, node: Any) -> str:
    """The name of a module or parameter."""
    named = [*smaller.named_modules(), *smaller.named_parameters()]
    return next((name for name, part in named if part is node.module), str(node.module))


def _cannot(convolution: str, reason: str, remedy: str = "Prune another layer.") -> InputError:
    return InputError(
        "convolution", wanted="one whose filters can go alone", got=f"{convolution}: {reason}", remedy=remedy
    )


def _said(error: Exception) -> str:
    """The first line of what an error says."""
    return f"{type(error).__name__}: {(str(error).splitlines() or ['nothing said'])[0]}"
