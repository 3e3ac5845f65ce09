"""What a criterion may look at."""

# mypy: disable-error-code="no-untyped-call"
from functools import cached_property
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Float32, Int64, Shaped
from torch import fx, nn
from torch.nn import functional

from sightbits.core.checks import InputError
from sightbits.core.progress import Progress, silent
from sightbits.estimation.filters import FilterFigures, measure_filters
from sightbits.networks.pruning.criteria.settings import CriterionSettings
from sightbits.networks.pruning.layer import FilterLayer
from sightbits.networks.pruning.learner import RestLearner
from sightbits.networks.pruning.rest import Rest, rest_of

Tensor = Any  # torch's own type is not seen by the shape checker

_AT_ONCE = 512
_MOST_MAPS = 1024  # images whose maps are held at once, where more are not asked for


class FilterView:
    """The filters of a layer and what they make of some images; each part is found when it is first asked for.

    Parameters
    ----------
    model
        The network, in evaluation mode.
    layer
        Its convolution.
    inputs, labels
        Images as the network takes them, and their classes; None where they are not known.
    settings
        On how many of them each criterion rests: the first.
    graph
        That of the network, as `trace_network` gives it; None where it cannot be traced.
    progress
        Is told by criteria that take long.
    """

    def __init__(
        self,
        model: nn.Module,
        layer: FilterLayer,
        inputs: Tensor,
        labels: Int64[np.ndarray, "n"] | None,
        settings: CriterionSettings,
        graph: fx.Graph | None,
        progress: Progress = silent,
    ) -> None:
        self._model, self.layer, self.settings, self._graph, self.progress = model, layer, settings, graph, progress
        self._inputs, self._labels = inputs, labels

    @property
    def weights(self) -> Float[np.ndarray, "filters channels rows columns"]:
        """The kernels."""
        convolution: Any = self._model.get_submodule(self.layer.convolution)
        return _array_of(convolution.weight)

    @property
    def labels(self) -> Int64[np.ndarray, "n"]:
        """The class of each image.

        Raises
        ------
        InputError
            Where they are not known.
        """
        if self._labels is None:
            raise InputError(
                "labels", wanted="the label of each image", got="none",
                remedy="Give (inputs, labels), or take a criterion that needs none: l1, apoz, hrank or random.",
            )  # fmt: skip
        return self._labels

    def first_labels(self) -> Tensor:
        """Return the labels of the first images, as many as `settings.images`, where the images are."""
        return torch.from_numpy(self.labels[: self.settings.images].copy()).to(self._inputs.device)

    @cached_property
    def maps(self) -> Float32[np.ndarray, "images filters rows columns"]:
        """What each filter finds in the first images, as many as `settings.images`, but 1024 at most."""
        return self.maps_of(min(self.settings.images, _MOST_MAPS))

    def maps_of(self, n: int) -> Float32[np.ndarray, "images filters rows columns"]:
        """Return what each filter finds in the first `n` images, or in all where there are fewer."""
        found: list[Any] = []
        hook = self._observe(lambda made: found.append(_array_of(made)))
        try:
            with torch.no_grad():
                for few in self._inputs[:n].split(_AT_ONCE):
                    self._model(few)
        finally:
            hook.remove()
        maps = np.concatenate(found)
        if not np.isfinite(maps).all():
            raise self.diverged()
        return maps

    @cached_property
    def loss_changes(self) -> Float[np.ndarray, "images filters"]:
        """To first order, how much of the loss of each image a filter makes: its map times its error, summed."""
        n = self.settings.images
        labels = self.first_labels()
        rows = []
        kept: list[Any] = []
        with torch.inference_mode(mode=False), torch.enable_grad():
            hook = self._observe(kept.append, with_gradients=True)
            try:
                for few, of_few in zip(self._inputs[:n].split(_AT_ONCE), labels.split(_AT_ONCE), strict=True):
                    logits = self._model(few.clone())
                    loss = functional.cross_entropy(logits, of_few.clone(), reduction="sum")
                    (error,) = torch.autograd.grad(loss, kept[-1])
                    rows.append(_array_of((kept.pop() * error).sum(dim=(2, 3))).astype(np.float64))
            finally:
                hook.remove()
        changes = np.concatenate(rows)
        if not np.isfinite(changes).all():
            raise self.diverged()
        return changes

    @property
    def rest(self) -> Rest:
        """The rest of the network behind the filters, none of which is missing."""
        with torch.inference_mode():
            return rest_of(self._model, self.layer, self._graph, self._inputs[: self.settings.images])

    def learner(self) -> RestLearner:
        """Return the rest of the network, to learn on from the same images."""
        labels = self.first_labels()
        inputs = self._inputs[: len(labels)]
        return RestLearner(self._model, self.layer, self._graph, inputs, labels, seed=self.settings.seed)

    @cached_property
    def figures(self) -> FilterFigures:
        """What each filter tells of input and label, as the source measures it, beside chance."""
        return self._measure("paper")

    @cached_property
    def scale_free_figures(self) -> FilterFigures:
        """The same with kernels that do not know scale."""
        return self._measure("median")

    def diverged(self) -> InputError:
        """Return what is to be raised where the network gives no finite numbers."""
        return InputError(
            "model", wanted=f"finite numbers in and behind {self.layer.observed}", got="NaN or infinity",
            remedy="Its training has diverged: train it again, at a lower rate.",
        )  # fmt: skip

    def _measure(self, kernel_size: str) -> FilterFigures:
        n = min(self.settings.samples, len(self._inputs))
        labels = self.labels[:n]  # asked for before anything is computed
        maps = self.maps[:n] if n <= len(self.maps) else self.maps_of(n)
        return measure_filters(_array_of(self._inputs[:n]), labels, maps, self.settings.layer_settings(kernel_size))

    def _observe(self, take: Any, *, with_gradients: bool = False) -> Any:
        def hook(_: nn.Module, __: Any, made: Tensor) -> Tensor | None:
            if with_gradients and not made.requires_grad:
                made = made.detach().requires_grad_(True)
            take(made)
            return made.clone() if with_gradients else None  # what follows may write on it

        return self._model.get_submodule(self.layer.observed).register_forward_hook(hook)


def _array_of(tensor: Tensor) -> Float32[np.ndarray, "..."]:
    """Return a copy that NumPy can hold."""
    return tensor.detach().float().cpu().numpy().copy()


def check_logits(model: nn.Module, inputs: Tensor, labels: Int64[np.ndarray, "n"]) -> None:
    """Raise `InputError` unless a network gives a logit for each label."""
    with torch.no_grad():
        logits = model(inputs[:1])
    fitting = isinstance(logits, torch.Tensor) and logits.ndim == 2 and logits.shape[1] > labels.max()
    if not fitting:
        came = tuple(logits.shape) if isinstance(logits, torch.Tensor) else type(logits).__name__
        raise InputError("model", wanted=f"a logit for each of {labels.max() + 1} labels", got=f"{came} for an image",
                         remedy="Give a classifier whose output is its logits, and labels that it knows.")  # fmt: skip


def check_labels(labels: Shaped[np.ndarray, "..."], n_images: int) -> Int64[np.ndarray, "n"]:
    """Return the classes of images, or raise `InputError` where they are none."""
    if labels.shape != (n_images,):
        raise InputError("labels", wanted=f"one for each of {n_images} images", got=f"shape {labels.shape}",
                         remedy="Give the class of each image.")  # fmt: skip
    if labels.dtype.kind not in "iub" or n_images == 0 or labels.min() < 0:
        raise InputError("labels", wanted="whole numbers from 0 up", got=f"{labels.dtype}", remedy="Number the classes "
                         "from 0.")  # fmt: skip
    if labels.min() == labels.max():
        raise InputError("labels", wanted="at least two classes", got=f"only {labels.min()}", remedy="With one class "
                         "there is nothing to tell apart: add images of another.")  # fmt: skip
    return labels.astype(np.int64)
