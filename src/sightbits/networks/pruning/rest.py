"""The rest of a network behind its filters: what it says where some of them are missing."""

# mypy: disable-error-code="no-untyped-call"
import copy
import operator
from abc import ABC, abstractmethod
from collections.abc import Collection
from typing import Any

import torch
from torch import fx, nn
from torch.nn import functional

from sightbits.networks.pruning.layer import FilterLayer
from sightbits.networks.training import evaluating

Tensor = Any  # torch's own type is not seen by the shape checker

_AT_ONCE = 512
MOST_NUMBERS = 2**27  # half a GiB of float32: how much may be held of a network
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


class Rest(ABC):
    """What a network says of some images while one filter after the other is taken away.

    All that it is asked is answered in evaluation mode, without gradients; the network itself is left as it is.
    """

    n_samples: int

    @abstractmethod
    def without(self, number: int) -> Tensor:
        """Return the logits where this filter is missing too, (n, labels)."""

    @abstractmethod
    def remove(self, number: int) -> None:
        """Take a filter away for good."""

    @abstractmethod
    def know_new_weights(self) -> None:
        """Mind that what stands behind the filters was trained on, in place."""


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


def rest_of(model: nn.Module, layer: FilterLayer, graph: fx.Graph | None, inputs: Tensor) -> Rest:
    """Return the rest of a network, by the fastest way that it allows.

    Parameters
    ----------
    model, layer
        The network and its filters.
    graph
        That of the network, or of one of the same form; None where there is none.
    inputs
        The images it is asked about.

    Notes
    -----
    Where a network can be traced (`torch.fx`), only what depends on the filters is run again. Where a linear layer
    follows, behind poolings and flattening, what each filter adds to it is known once for all, and a question costs
    what stands behind that layer; as many images are used as half a GiB has room for. A network is run whole for each
    question where it cannot be traced, where it says something else than its graph (as one that changes what it was
    given in place), and where what is to be kept of it would need more than half a GiB.
    """
    found = _place(model, layer, graph)
    linear = None if found is None else _linear_after(*found)
    if found is not None and linear is not None:
        try:
            return _BeforeLinear(model, *found, linear, inputs, layer.n_filters)
        except _NotFollowedError:
            pass
    return masked_rest_of(model, layer, graph, inputs)


def masked_rest_of(model: nn.Module, layer: FilterLayer, graph: fx.Graph | None, inputs: Tensor) -> "MaskedRest":
    """Return the rest of a network for any set of filters: what stands before them is run once for all questions."""
    found = _place(model, layer, graph)
    if found is not None:
        try:
            return _FromNode(model, *found, inputs, layer.n_filters)
        except _NotFollowedError:
            pass
    return _WholeNetwork(model, layer, inputs)


def _place(model: nn.Module, layer: FilterLayer, graph: fx.Graph | None) -> tuple[fx.GraphModule, fx.Node] | None:
    """Return the network with its graph, and the node whose channels are the filters; None where there is none."""
    if graph is None:
        return None
    whole = fx.GraphModule(model, copy.deepcopy(graph))
    node = _behind_poolings(whole, layer.observed)
    return None if node is None else (whole, node)


class MaskedRest(Rest):
    """A rest that answers for any filters that are left, too; gradients reach what stands behind these."""

    def __init__(self, n_filters: int, inputs: Tensor) -> None:
        self._n_filters, self._removed = n_filters, set[int]()
        self.inputs = inputs
        self.n_samples = len(inputs)

    @property
    @abstractmethod
    def n_numbers(self) -> int:
        """How many numbers are held."""

    @abstractmethod
    def masked(self, mask: Tensor) -> Tensor:
        """Return the logits where what each filter finds is multiplied by a number."""

    def with_only(self, kept: Collection[int]) -> Tensor:
        """Return the logits where only these filters are left, (n, labels)."""
        mask = torch.zeros(self._n_filters, device=self.inputs.device)
        mask[list(kept)] = 1
        return self.masked(mask)

    def without(self, number: int) -> Tensor:
        """Return the logits where this filter is missing too."""
        return self.with_only(set(range(self._n_filters)) - self._removed - {number})

    def remove(self, number: int) -> None:
        """Take a filter away for good."""
        self._removed.add(number)

    def know_new_weights(self) -> None:
        """Mind that what stands behind the filters was trained on: nothing of it is kept here."""


class _WholeNetwork(MaskedRest):
    """The network is run whole, what the filters find being multiplied by 0 or 1."""

    def __init__(self, model: nn.Module, layer: FilterLayer, inputs: Tensor) -> None:
        super().__init__(layer.n_filters, inputs)
        self._model, self._observed = model, model.get_submodule(layer.observed)

    @property
    def n_numbers(self) -> int:
        return int(self.inputs.numel())

    def masked(self, mask: Tensor) -> Tensor:
        hook = self._observed.register_forward_hook(
            lambda _, __, made: made.detach() * mask.to(made.dtype)[:, None, None]
        )
        try:
            return torch.cat([self._model(few) for few in self.inputs.split(_AT_ONCE)])
        finally:
            hook.remove()


class _FromNode(MaskedRest):
    """Only what depends on a node of the traced network is run, from what it gave."""

    def __init__(self, model: nn.Module, graph: fx.GraphModule, node: fx.Node, inputs: Tensor, n_filters: int) -> None:
        super().__init__(n_filters, inputs)
        self._parts: list[_Downstream] = []
        for few in inputs.split(_AT_ONCE):
            self._parts.append(_Downstream(model, graph, node, few))
            if self._parts[0].n_numbers / len(inputs[:_AT_ONCE]) * len(inputs) > MOST_NUMBERS:
                raise _NotFollowedError

    @property
    def n_numbers(self) -> int:
        return sum(part.n_numbers for part in self._parts)

    def masked(self, mask: Tensor) -> Tensor:
        return torch.cat([part.run(part.given * mask.to(part.given.dtype)[:, None, None]) for part in self._parts])


class _BeforeLinear(Rest):
    """What each filter adds to the linear layer behind it is known; only what follows that layer is run."""

    def __init__(
        self,
        model: nn.Module,
        graph: fx.GraphModule,
        node: fx.Node,
        linear: fx.Node,
        inputs: Tensor,
        n_filters: int,
    ) -> None:
        layer: Any = graph.get_submodule(str(linear.target))
        self._linear: Any = layer
        n_units, n_numbers = layer.weight.shape
        inputs = inputs[: max(1, MOST_NUMBERS // max(n_filters * n_units, n_numbers))]
        self._maps, self._parts = [], []
        for few in inputs.split(_AT_ONCE):
            self._maps.append(_Downstream(model, graph, node, few).given.flatten(2))
            self._parts.append(_Downstream(model, graph, linear, few))
        self._left: Tensor = torch.ones(n_filters, device=inputs.device)
        self._added: Tensor
        self._sum: Tensor
        self.n_samples = len(inputs)
        self.know_new_weights()
        for found, part in zip(self._sum.split(_AT_ONCE), self._parts, strict=True):
            if not _agree(found, part.given):
                raise _NotFollowedError

    def without(self, number: int) -> Tensor:
        left = self._sum - self._added[number]
        return torch.cat([part.run(few) for part, few in zip(self._parts, left.split(_AT_ONCE), strict=True)])

    def remove(self, number: int) -> None:
        self._left[number] = 0
        self._sum = self._sum - self._added[number]

    def know_new_weights(self) -> None:
        weights = self._linear.weight.detach()
        weights = weights.reshape(len(weights), len(self._left), -1)
        self._added = torch.cat([torch.einsum("ncp,ucp->cnu", maps, weights) for maps in self._maps], dim=1)
        bias = 0 if self._linear.bias is None else self._linear.bias.detach()
        self._sum = torch.einsum("cnu,c->nu", self._added, self._left.to(self._added.dtype)) + bias


class _Downstream:
    """The part of a traced network that depends on one of its nodes, with all else it needs at hand."""

    def __init__(self, model: nn.Module, graph: fx.GraphModule, node: fx.Node, inputs: Tensor) -> None:
        self._node = node
        behind = {node}
        self._order = []
        for other in graph.graph.nodes:
            if behind.intersection(other.all_input_nodes):
                behind.add(other)
                self._order.append(other)
        if not self._order or self._order[-1].op != "output":
            raise _NotFollowedError
        needed = {given for other in self._order for given in other.all_input_nodes} - behind
        self._interpreter = _Keeping(graph, node, needed)
        wanted = model(inputs)
        try:
            self._interpreter.run(inputs)
            self.given = self._interpreter.kept.pop(node)
            found = self.run(self.given.clone())
        except Exception as error:  # the network itself was run before: it is the graph that does not fit
            raise _NotFollowedError from error
        if not _agree(found, wanted):
            raise _NotFollowedError

    @property
    def n_numbers(self) -> int:
        """How many numbers are held."""
        held = [self.given, *self._interpreter.kept.values()]
        return sum(one.numel() for one in held if isinstance(one, torch.Tensor))

    def run(self, values: Tensor) -> Tensor:
        """Return what the network gives where the node gave these values, which may be overwritten."""
        interpreter = self._interpreter
        interpreter.env = {**interpreter.kept, self._node: values}
        try:
            for node in self._order:
                made = interpreter.run_node(node)
                interpreter.env[node] = made
                for used in interpreter.user_to_last_uses.get(node, ()):
                    interpreter.env.pop(used, None)
        finally:
            interpreter.env = {}
        return made


class _Keeping(fx.Interpreter):
    """Runs a network, and keeps what some nodes gave; of one of them a copy, as what follows may write on it."""

    def __init__(self, graph: fx.GraphModule, copied: fx.Node, needed: Collection[fx.Node]) -> None:
        super().__init__(graph)
        self._copied, self._needed = copied, needed
        self.kept: dict[fx.Node, Any] = {}

    def run_node(self, node: fx.Node) -> Any:
        made = super().run_node(node)
        if node is self._copied:
            self.kept[node] = made.clone()
        elif node in self._needed:
            self.kept[node] = made
        return made


class _NotFollowedError(Exception):
    """What a network says cannot be had from its graph."""


def _agree(found: Tensor, wanted: Any) -> bool:
    """Whether outputs are the same but for rounding."""
    if not isinstance(wanted, torch.Tensor) or found.shape != wanted.shape:
        return False
    allowed = float(torch.finfo(wanted.dtype).eps) ** 0.5 * float(wanted.abs().max())
    return bool((found - wanted).abs().max() <= allowed)  # false where one is not a number


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


def _linear_after(graph: fx.GraphModule, node: fx.Node) -> fx.Node | None:
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
