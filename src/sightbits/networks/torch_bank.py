"""Copies of a torch network, trained side by side."""

# mypy: disable-error-code="no-untyped-call"
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from jaxtyping import Float32, Float64, Int64
from torch import nn
from torch.nn import functional

from sightbits.networks.bank import ModelBank
from sightbits.networks.choice import ModelChoice
from sightbits.networks.models import build_model


class TorchBank(ModelBank):
    """Copies of a network, each with plain stochastic gradient descent at its own rate."""

    def __init__(
        self,
        choice: ModelChoice,
        *,
        image_shape: tuple[int, ...],
        n_labels: int,
        rates: Sequence[float],
        seed: int,
    ) -> None:
        self.models = [build_model(choice, image_shape=image_shape, n_labels=n_labels, seed=seed) for _ in rates]
        self._optimisers = [
            torch.optim.SGD(model.parameters(), lr=float(rate)) for model, rate in zip(self.models, rates, strict=True)
        ]

    def learn(
        self, inputs: Float32[np.ndarray, "batch pixels"], labels: Int64[np.ndarray, "batch"]
    ) -> Float64[np.ndarray, "rates"]:
        """Take one step each, and return the losses before it, in nats."""
        images, named = torch.from_numpy(inputs), torch.from_numpy(labels)
        losses = []
        for model, optimiser in zip(self.models, self._optimisers, strict=True):
            loss = functional.cross_entropy(model(images), named)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            losses.append(loss.item())
        return np.array(losses)

    def logits(self, inputs: Float32[np.ndarray, "n pixels"]) -> Float32[np.ndarray, "n rates labels"]:
        """Return the logits of each copy, as it would be used: batch normalisation by its running moments."""
        images = torch.from_numpy(inputs)
        found = []
        with torch.inference_mode():
            for model in self.models:
                model.eval()
                found.append(model(images).numpy())
                model.train()
        return np.stack(found, axis=1)

    def pixel_weights(self) -> Float32[np.ndarray, "rates units pixels"] | None:
        """Return a copy of the first layer's weights; None where it is a convolution."""
        first: list[Any] = [next(layer for layer in model if hasattr(layer, "weight")) for model in self.models]
        if not all(isinstance(layer, nn.Linear) for layer in first):
            return None
        return np.stack([layer.weight.detach().numpy().copy() for layer in first])


@contextmanager
def one_thread() -> Iterator[None]:
    """Let torch compute with one thread a caller, so that figures do not depend on how many there are."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
