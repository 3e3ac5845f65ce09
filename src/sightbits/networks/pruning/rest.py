"""The rest of a network behind its filters: what it says where some of them are missing."""

# mypy: disable-error-code="no-untyped-call"
from abc import ABC, abstractmethod
from collections.abc import Collection
from typing import Any

import torch
from torch import fx, nn

from sightbits.networks.pruning.agreeing import agree
from sightbits.networks.pruning.downstream import Downstream, NotFollowedError, Tensor
from sightbits.networks.pruning.graph import filters_in, linear_after
from sightbits.networks.pruning.layer import FilterLayer

_AT_ONCE = 512
MOST_NUMBERS = 2**27  # half a GiB of float32: how much may be held of a network


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
    found = filters_in(model, layer, graph)
    linear = None if found is None else linear_after(*found)
    if found is not None and linear is not None:
        try:
            return _BeforeLinear(model, *found, linear, inputs, layer.n_filters)
        except NotFollowedError:
            pass
    return masked_rest_of(model, layer, graph, inputs)


def masked_rest_of(model: nn.Module, layer: FilterLayer, graph: fx.Graph | None, inputs: Tensor) -> "MaskedRest":
    """Return the rest of a network for any set of filters: what stands before them is run once for all questions."""
    found = filters_in(model, layer, graph)
    if found is not None:
        try:
            return _FromNode(model, *found, inputs, layer.n_filters)
        except NotFollowedError:
            pass
    return _WholeNetwork(model, layer, inputs)


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
        self._parts: list[Downstream] = []
        for few in inputs.split(_AT_ONCE):
            self._parts.append(Downstream(model, graph, node, few))
            if self._parts[0].n_numbers / len(inputs[:_AT_ONCE]) * len(inputs) > MOST_NUMBERS:
                raise NotFollowedError

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
            self._maps.append(Downstream(model, graph, node, few).given.flatten(2))
            self._parts.append(Downstream(model, graph, linear, few))
        self._left: Tensor = torch.ones(n_filters, device=inputs.device)
        self._added: Tensor
        self._sum: Tensor
        self.n_samples = len(inputs)
        self.know_new_weights()
        for found, part in zip(self._sum.split(_AT_ONCE), self._parts, strict=True):
            if not agree(found, part.given):
                raise NotFollowedError

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
