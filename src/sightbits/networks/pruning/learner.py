"""The rest of a network that learns on while filters go."""

# mypy: disable-error-code="no-untyped-call"
import copy
from collections.abc import Collection
from typing import Any

import numpy as np
import torch
from torch import fx, nn
from torch.nn import functional

from sightbits.networks.pruning.layer import FilterLayer
from sightbits.networks.pruning.rest import MOST_NUMBERS, MaskedRest, masked_rest_of, rest_of

Tensor = Any  # torch's own type is not seen by the shape checker

_BATCH = 128
_RATE = 1e-4


class RestLearner:
    """A copy of a network, of which what stands behind the filters learns from some images; filters stay as they are.

    Parameters
    ----------
    model
        The network, in evaluation mode, in which it also learns: means of batches do not move.
    layer
        Its filters.
    graph
        That of the network; None where it cannot be traced.
    inputs, labels
        The images learned from. What filters find in them is held: where it would take more than half a GiB, the
        first are used, as many as fit.
    seed
        Of the order of the batches.

    Attributes
    ----------
    model
        The copy.
    rest
        What stands behind its filters, as it is now.

    Notes
    -----
    Cross-entropy, Adam at rate 1e-4, batches of 128: steps of one size, small ones, whatever the scale of the network.
    """

    def __init__(
        self, model: nn.Module, layer: FilterLayer, graph: fx.Graph | None, inputs: Tensor, labels: Tensor, *, seed: int
    ) -> None:
        self._layer, self._order = layer, np.random.default_rng([seed, 9])
        self._batches: list[tuple[MaskedRest, Tensor]] = []
        n_numbers = 0
        with torch.inference_mode(mode=False), torch.no_grad():
            self.model = copy.deepcopy(model).requires_grad_(True)
            for few, of_few in zip(inputs.split(_BATCH), labels.split(_BATCH), strict=True):
                rest = masked_rest_of(self.model, layer, graph, few.clone())
                n_numbers += rest.n_numbers
                if self._batches and n_numbers > MOST_NUMBERS:
                    break
                self._batches.append((rest, of_few.clone()))
        with torch.inference_mode():
            self.rest = rest_of(self.model, layer, graph, inputs)
        behind = self._behind()
        self._optimiser = torch.optim.Adam(behind, lr=_RATE) if behind else None

    def learn(self, kept: Collection[int]) -> None:
        """See every image once, where only these filters are left."""
        if self._optimiser is None:  # nothing behind the filters has weights
            return
        with torch.inference_mode(mode=False), torch.enable_grad():
            for number in self._order.permutation(len(self._batches)):
                rest, labels = self._batches[number]
                self._optimiser.zero_grad()
                functional.cross_entropy(rest.with_only(kept), labels).backward()
                self._optimiser.step()
        with torch.inference_mode():
            self.rest.know_new_weights()

    def _behind(self) -> list[Tensor]:
        """Return the weights that stand behind the filters: those that matter to the answer, not to the filters."""
        parameters = list(self.model.parameters())
        rest, _ = self._batches[0]
        with torch.inference_mode(mode=False), torch.enable_grad():
            maps: list[Tensor] = []
            hook = self.model.get_submodule(self._layer.observed).register_forward_hook(
                lambda _, __, made: maps.append(made)
            )
            try:
                self.model(rest.inputs[:2])
            finally:
                hook.remove()
            before = torch.autograd.grad(maps[0].sum(), parameters, allow_unused=True)
            answer = rest.with_only(range(self._layer.n_filters))
            if not answer.requires_grad:
                return []
            after = torch.autograd.grad(answer.sum(), parameters, allow_unused=True)
        return [
            one
            for one, makes, reads in zip(parameters, before, after, strict=True)
            if makes is None and reads is not None
        ]
