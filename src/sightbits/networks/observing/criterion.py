"""The user's loss, watched: which labels it was given, and how its value entered what was differentiated."""

# mypy: disable-error-code="no-untyped-call"
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import nn

from sightbits.networks.observing.capture import Tensor, to_array
from sightbits.networks.observing.gaps import Gap

_REDUCTIONS = ("mean", "sum", "batchmean", "none")


class LossCall:
    """One call of the loss, and the gradient of what was differentiated by its value.

    Parameters
    ----------
    loss
        The module.
    target
        Its second argument.
    value
        What it gave; needs a gradient.
    reduction
        mean, batchmean, sum or none.
    """

    def __init__(self, loss: nn.Module, target: Any, value: Tensor, *, reduction: str) -> None:
        self.target = target.detach().clone() if isinstance(target, torch.Tensor) else target
        self.weight: Tensor | None = None
        self._loss = loss
        self._reduction = reduction
        self._handle = value.register_hook(self._take)

    def release(self) -> None:
        """Take nothing any more."""
        self._handle.remove()

    def factor(self, n_images: int) -> float | Gap:
        """Return what gradients are multiplied by to be those of the sum of the losses of all images."""
        weights = to_array(self.weight)
        weight = weights.flat[0]
        if not np.isfinite(weights).all() or weight == 0 or (weights != weight).any():
            return Gap("loss", "the loss did not enter with one weight for all images")
        if self._reduction == "none":
            return float(n_images / weight / weights.size)
        if self._reduction == "sum":
            return float(1 / weight)
        mean_weight = _mean_weight(self._loss, self.target) if self._reduction == "mean" else 1.0
        return float(n_images * mean_weight / weight)

    def _take(self, gradient: Tensor) -> None:
        self.weight = gradient.detach().clone() if self.weight is None else self.weight + gradient.detach()


def read_call(
    loss: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], value: Any, usual: str
) -> LossCall | None:
    """Return what a call of the loss tells; None where nothing can be differentiated by it."""
    if not isinstance(value, torch.Tensor) or not value.requires_grad:
        return None
    target = kwargs.get("target")
    if target is None:
        target = next(iter([*args, *kwargs.values()][1:]), None)
    reduction = getattr(loss, "reduction", None)
    return LossCall(loss, target, value, reduction=reduction if reduction in _REDUCTIONS else usual)


def common_factor(calls: Sequence[LossCall], n_images: int) -> float | Gap:
    """Return the factor of the only call that was differentiated."""
    used = [call for call in calls if call.weight is not None]
    if not used:
        return Gap("loss", "no gradient came from the loss")
    if len(used) > 1:
        return Gap("loss", f"the loss was called {len(used)} times: which sum is meant is not known")
    return used[0].factor(n_images)


def common_target(calls: Sequence[LossCall]) -> Any:
    """Return the target of all calls, those that were differentiated if any were; a `Gap` where they differ."""
    calls = [call for call in calls if call.weight is not None] or list(calls)
    if not calls:
        return Gap("labels", "the loss was not called")
    first = calls[0].target
    if any(not _same(first, call.target) for call in calls[1:]):
        return Gap("labels", "the loss was called with several targets")
    return first


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, torch.Tensor) and isinstance(other, torch.Tensor):
        return one.shape == other.shape and bool((one == other).all())
    return one is other


def _mean_weight(loss: nn.Module, target: Any) -> float:
    """The mean weight of the targets where the loss is a mean over weights, else 1."""
    classes = isinstance(target, torch.Tensor) and not target.is_floating_point()
    if not classes or not isinstance(loss, nn.CrossEntropyLoss | nn.NLLLoss):
        return 1.0
    numbers = target.cpu().numpy()
    used = numbers != loss.ignore_index
    weights = to_array(loss.weight)[np.where(used, numbers, 0)] if loss.weight is not None else 1.0
    return float(np.mean(used * weights))
