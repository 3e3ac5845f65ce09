"""What a network costs: numbers it has learned, operations, seconds."""

# mypy: disable-error-code="no-untyped-call"
import time
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from sightbits.core.checks import InputError, check_whole
from sightbits.networks.torch_bank import one_thread
from sightbits.networks.training import evaluating

Tensor = Any  # torch's own type is not seen by the shape checker


@dataclass(frozen=True, eq=False, kw_only=True)
class NetworkCost:
    """What a network costs.

    Parameters
    ----------
    parameters
        How many numbers can be learned, frozen ones counted too.
    flops
        Floating-point operations for one image: two for each multiplication and addition of convolutions and linear
        layers; biases, activations and poolings are not counted.
    latency
        Seconds a forward pass takes, the fastest of several.
    n_images
        How many images that pass had.
    """

    parameters: int
    flops: int
    latency: float
    n_images: int

    def document(self) -> dict[str, int | float]:
        """Return the figures for a result, the time in milliseconds.

        Examples
        --------
        >>> NetworkCost(parameters=10, flops=16, latency=0.002, n_images=1).document()
        {'parameters': 10, 'flops': 16, 'latency_ms': 2.0}
        """
        return {"parameters": self.parameters, "flops": self.flops, "latency_ms": 1000 * self.latency}


def measure_cost(model: nn.Module, inputs: Tensor, *, rounds: int = 10) -> NetworkCost:
    """Return what a network costs on a batch.

    Parameters
    ----------
    model
        The network; it is left in the mode it was in.
    inputs
        A batch, a row an image.
    rounds
        How many forward passes are timed.

    Raises
    ------
    InputError
        An empty batch; fewer than one round.

    Notes
    -----
    Passes are in evaluation mode, without gradients and with one thread; one goes before those that are timed. The
    fastest is the least disturbed by what else the machine does. On a GPU, time ends when its work does. Cost:
    `rounds` + 2 forward passes.

    Examples
    --------
    >>> cost = measure_cost(nn.Linear(4, 2), torch.rand(3, 4), rounds=1)
    >>> cost.parameters, cost.flops, cost.n_images
    (10, 16, 3)
    """
    check_whole("rounds", rounds, low=1)
    n_images = len(inputs)
    if not n_images:
        raise InputError("inputs", wanted="an image or more", got="none", remedy="Give the batch to be timed.")
    with evaluating(model), one_thread():
        with torch.no_grad(), FlopCounterMode(display=False) as counter:
            model(inputs)
        with torch.inference_mode():
            model(inputs)
            seconds = [_seconds(model, inputs) for _ in range(rounds)]
    return NetworkCost(
        parameters=sum(parameter.numel() for parameter in model.parameters()),
        flops=round(counter.get_total_flops() / n_images),
        latency=min(seconds),
        n_images=n_images,
    )


def _seconds(model: nn.Module, inputs: Tensor) -> float:
    _wait_for(inputs)
    start = time.perf_counter()
    model(inputs)
    _wait_for(inputs)
    return time.perf_counter() - start


def _wait_for(inputs: Tensor) -> None:
    if inputs.is_cuda:
        torch.cuda.synchronize(inputs.device)
