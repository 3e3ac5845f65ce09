"""The user's loss, watched: which labels it was given, and how its value entered what was differentiated."""

# mypy: disable-error-code="no-untyped-call"
from typing import Any

import numpy as np
import torch
from torch import nn

from sightbits.networks.observing.capture import Tensor, to_array
from sightbits.networks.observing.gaps import Gap
from sightbits.networks.observing.hooks import LastingHook

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


class LossWatch:
    """The calls of a loss in the step at hand.

    Parameters
    ----------
    loss
        The module.
    reduction
        How it joins the losses of a batch, where it does not say so itself.
    """

    def __init__(self, loss: nn.Module, *, reduction: str) -> None:
        self._loss = loss
        own = getattr(loss, "reduction", None)
        self._reduction = own if own in _REDUCTIONS else reduction
        self._calls: list[LossCall] = []
        self._is_listening = False

    def hook(self) -> Any:
        """Hook the loss, and return the handle that takes the hook off."""
        return self._loss.register_forward_hook(LastingHook(self._after_call), with_kwargs=True)

    def listen(self) -> None:
        """Note calls from now on."""
        self._is_listening = True

    def release(self) -> None:
        """Note no more, and remember."""
        self._is_listening = False
        for call in self._calls:
            call.release()

    def forget(self) -> None:
        """Note no more, and forget what was noted."""
        self.release()
        self._calls = []

    def target(self) -> Any:
        """Return the target of all calls, those that were differentiated if any were; a `Gap` where they differ."""
        calls = self._differentiated() or self._calls
        if not calls:
            return Gap("labels", "the loss was not called")
        first = calls[0].target
        if any(not _same(first, call.target) for call in calls[1:]):
            return Gap("labels", "the loss was called with several targets")
        return first

    def factor(self, n_images: int) -> float | Gap:
        """Return what gradients are multiplied by, from the only call that was differentiated."""
        calls = self._differentiated()
        if not calls:
            return Gap("loss", "no gradient came from the loss")
        if len(calls) > 1:
            return Gap("loss", f"the loss was called {len(calls)} times: which sum is meant is not known")
        return calls[0].factor(n_images)

    def _differentiated(self) -> list[LossCall]:
        return [call for call in self._calls if call.weight is not None]

    def _after_call(self, loss: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], value: Any) -> None:
        if not self._is_listening or not isinstance(value, torch.Tensor) or not value.requires_grad:
            return
        target = kwargs.get("target")
        if target is None:
            target = next(iter([*args, *kwargs.values()][1:]), None)
        self._calls.append(LossCall(loss, target, value, reduction=self._reduction))


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
