"""What a network makes of one batch when it is asked, outside of any training."""

# mypy: disable-error-code="no-untyped-call"
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from jaxtyping import Int64
from torch import nn
from torch.nn import functional

from sightbits.core.checks import InputError
from sightbits.estimation.layers import LayerBatch
from sightbits.networks.observing.capture import Capture
from sightbits.networks.observing.choosing import check_model, choose_layers
from sightbits.networks.training import evaluating

Tensor = Any  # torch's own type is not seen by the shape checker


def probe_network(
    model: nn.Module, inputs: Tensor, labels: Int64[np.ndarray, "n"], *, layers: Sequence[str] | None = None
) -> LayerBatch:
    """Return what layers make of a batch, with the errors of the sum of the cross-entropies of all samples.

    Parameters
    ----------
    model
        A network that gives a logit a label, (n, labels).
    inputs
        What it is given: a floating-point tensor, a row a sample.
    labels
        The class of each sample, from 0.
    layers
        Names of `model.named_modules()`; by default every module with weights of its own.

    Raises
    ------
    InputError
        A layer that is not there, or gave nothing that can be measured; logits of another shape.

    Notes
    -----
    The network is in evaluation mode meanwhile, and in its own again afterwards; gradients of its weights are neither
    made nor changed. Cost: a forward and a backward pass.

    Examples
    --------
    >>> model = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))
    >>> batch = probe_network(model, torch.rand(5, 3), np.array([0, 1, 0, 1, 1]), layers=["1", "2"])
    >>> batch.layers["1"].shape, bool(abs(batch.errors["2"].sum(axis=1)).max() < 1e-6)
    ((5, 4), True)
    """
    observed, _ = check_model(model)
    chosen = choose_layers(observed, layers)
    capture = Capture(step=0, samples=len(inputs))
    given = inputs.detach().clone().requires_grad_(True)
    with evaluating(observed), torch.enable_grad():
        capture.take_inputs(given)
        capture.open(chosen)
        try:
            logits = observed(given)
            capture.close()
            _check_logits(logits, labels)
            loss = functional.cross_entropy(logits, torch.from_numpy(labels.copy()).to(given.device), reduction="sum")
            torch.autograd.grad(loss, given)  # by the inputs: no gradient of a weight is made
        finally:
            capture.release()
    activations, errors = capture.arrays()
    for name, gap in capture.gaps.items():
        if name in chosen:
            raise InputError(f"layers, {name}", wanted="a layer that can be measured", got=gap.reason, remedy="Leave "
                             "it out.")  # fmt: skip
    return LayerBatch(inputs=capture.input_array(), labels=labels, layers=activations, errors=errors)


def _check_logits(logits: Any, labels: Int64[np.ndarray, "n"]) -> None:
    fitting = isinstance(logits, torch.Tensor) and logits.ndim == 2 and len(logits) == len(labels)
    if not fitting or not 0 <= labels.min() <= labels.max() < logits.shape[1]:
        came = tuple(logits.shape) if isinstance(logits, torch.Tensor) else type(logits).__name__
        raise InputError(
            "model",
            wanted="a logit for each label of each sample",
            got=f"{came} for {len(labels)} labels up to {labels.max(initial=0)}",
            remedy="Give a classifier whose output is its logits.",
        )
