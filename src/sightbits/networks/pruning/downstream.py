"""The part of a traced network behind one of its nodes, run again from what that node gave."""

# mypy: disable-error-code="no-untyped-call"
from collections.abc import Collection
from typing import Any

import torch
from torch import fx, nn

from sightbits.networks.pruning.agreeing import agree

Tensor = Any  # torch's own type is not seen by the shape checker


class NotFollowedError(Exception):
    """What a network says cannot be had from its graph."""


class Downstream:
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
            raise NotFollowedError
        needed = {given for other in self._order for given in other.all_input_nodes} - behind
        self._interpreter = _Keeping(graph, node, needed)
        wanted = model(inputs)
        try:
            self._interpreter.run(inputs)
            self.given = self._interpreter.kept.pop(node)
            found = self.run(self.given.clone())
        except Exception as error:  # the network itself was run before: it is the graph that does not fit
            raise NotFollowedError from error
        if not agree(found, wanted):
            raise NotFollowedError

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
