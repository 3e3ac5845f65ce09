"""A network as a graph of what it does: how it is traced, and what stands behind its filters."""

# mypy: disable-error-code="no-untyped-call"
import copy
import operator
from typing import Any

import torch
from torch import fx, nn
from torch.nn import functional

from sightbits.networks.pruning.layer import FilterLayer
from sightbits.networks.training import evaluating

# Channel for channel, and nothing stays nothing: a filter may as well be left out behind them.
_NOTHING_STAYS_NOTHING = (
    nn.ReLU,
    nn.MaxPool2d,
    nn.AvgPool2d,
    nn.AdaptiveAvgPool2d,
    nn.Dropout,
    nn.Dropout2d,
    nn.Identity,
)
_FUNCTIONS_THAT_DO_SO = (
    functional.relu, torch.relu, functional.max_pool2d, functional.avg_pool2d, functional.adaptive_avg_pool2d, "relu",
)  # fmt: skip
# Functions that stand where a module would be observed: a filter is missing behind them, not before.
_ACTIVATIONS = (
    functional.relu, torch.relu, functional.relu6, functional.leaky_relu, functional.elu, functional.selu,
    functional.gelu, functional.silu, functional.mish, functional.sigmoid, torch.sigmoid, functional.tanh, torch.tanh,
    functional.softplus, functional.softsign, functional.hardswish, functional.hardsigmoid, functional.hardtanh,
    functional.logsigmoid, "relu", "sigmoid", "tanh",
)  # fmt: skip


def trace_network(model: nn.Module) -> fx.Graph | None:
    """Return what a network does in evaluation mode as a graph; None where it cannot be traced.

    Notes
    -----
    While it traces, torch changes what calling any module does: no other thread may run a network meanwhile.
    """
    try:
        with evaluating(model):
            graph = fx.Tracer().trace(copy.copy(model))  # a copy, as constants are left on what is traced
        for node in graph.nodes:
            if node.op == "get_attr":
                operator.attrgetter(node.target)(model)  # such constants are not there
    except Exception:  # what a model may raise here is its own affair, and there is another way
        return None
    return graph


def filters_in(model: nn.Module, layer: FilterLayer, graph: fx.Graph | None) -> tuple[fx.GraphModule, fx.Node] | None:
    """Return the network with its graph, and the last node whose channels are the filters; None where there is none."""
    if graph is None:
        return None
    whole = fx.GraphModule(model, copy.deepcopy(graph))
    node = _behind_poolings(whole, layer.observed)
    return None if node is None else (whole, node)


def _behind_poolings(graph: fx.GraphModule, observed: str) -> fx.Node | None:
    """Return the last node behind the filters that has a channel a filter, each for itself."""
    named = [node for node in graph.graph.nodes if node.op == "call_module" and node.target == observed]
    if len(named) != 1:
        return None
    node = named[0]
    follower = _only_follower(node)
    if follower is not None and _calls_one_of(_ACTIVATIONS, follower, node):
        node = follower
    while True:
        follower = _only_follower(node)
        if follower is None or not _leaves_nothing(graph, follower, node):
            return node
        node = follower


def _leaves_nothing(graph: fx.GraphModule, node: fx.Node, given: fx.Node) -> bool:
    if node.op == "call_module":
        module = graph.get_submodule(str(node.target))
        return isinstance(module, _NOTHING_STAYS_NOTHING) and not getattr(module, "return_indices", False)
    return _calls_one_of(_FUNCTIONS_THAT_DO_SO, node, given) and not node.kwargs.get("return_indices")


def _calls_one_of(functions: tuple[Any, ...], node: fx.Node, given: fx.Node) -> bool:
    called = node.op in ("call_function", "call_method") and node.target in functions
    return called and bool(node.args) and node.args[0] is given


def linear_after(graph: fx.GraphModule, node: fx.Node) -> fx.Node | None:
    """Return the linear layer that takes all channels at once, if that is what follows."""
    flat = _only_follower(node)
    if flat is None or not _flattens(graph, flat):
        return None
    linear = _only_follower(flat)
    if linear is None or linear.op != "call_module":
        return None
    return linear if isinstance(graph.get_submodule(str(linear.target)), nn.Linear) else None


def _flattens(graph: fx.GraphModule, node: fx.Node) -> bool:
    if node.op == "call_module":
        module = graph.get_submodule(str(node.target))
        return isinstance(module, nn.Flatten) and module.start_dim == 1 and module.end_dim in (-1, 3)
    if (node.op, node.target) in (("call_function", torch.flatten), ("call_method", "flatten")):
        return node.args[1:] == (1,) and not node.kwargs
    return False


def _only_follower(node: fx.Node) -> fx.Node | None:
    return next(iter(node.users)) if len(node.users) == 1 else None
