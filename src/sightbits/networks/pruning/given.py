"""What users give to prune by, checked: images, layers, numbers to keep, criteria."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from numbers import Integral, Real
from typing import Any

import numpy as np
import torch
from jaxtyping import Shaped
from torch import nn

from sightbits.core.checks import InputError
from sightbits.networks.pruning.criteria.settings import CriterionSettings
from sightbits.networks.pruning.importance import FilterImportance, check_inputs, filter_importance
from sightbits.networks.pruning.layer import FilterLayer, find_filters

Tensor = Any  # torch's own type is not seen by the shape checker

_DATA = "Give (images, labels), images and labels=..., or batches of (images, labels)."


def samples_of(data: Any, labels: Any, model: nn.Module, settings: CriterionSettings) -> tuple[Tensor, Any]:
    """Return images as a network takes them, and their classes; None where there are none."""
    whole = _is_array(data) or (isinstance(data, tuple | list) and len(data) == 2 and _is_array(data[0]))
    if labels is not None and not _is_array(data):
        raise InputError("labels", wanted="none where data is more than images", got="some", remedy=_DATA)
    if whole:
        images, classes = (data, labels) if _is_array(data) else data
    else:
        images, classes = _first_batches(data, settings.images)
    classes = None if classes is None else _as_array("labels", classes)
    if classes is not None and classes.shape != (len(images),):
        raise InputError(
            "labels", wanted=f"one for each of {len(images)} images", got=f"shape {classes.shape}", remedy=_DATA
        )
    if whole:
        drawn = np.random.default_rng(settings.seed).permutation(len(images))[: settings.images]
        images = images[torch.from_numpy(drawn).to(images.device) if isinstance(images, torch.Tensor) else drawn]
        classes = None if classes is None else classes[drawn]
    images = torch.from_numpy(images) if isinstance(images, np.ndarray) and images.dtype.kind == "f" else images
    check_inputs(images)
    like = next(model.parameters(), images)
    return images.to(device=like.device, dtype=like.dtype), classes


def _is_array(data: Any) -> bool:
    return isinstance(data, np.ndarray | torch.Tensor) and data.ndim > 0


def _first_batches(data: Any, n_samples: int) -> tuple[Tensor, Any]:
    """The first images of an iterable, and their classes, as arrays; None where there are none."""
    images: list[Tensor] = []
    classes: list[Any] = []
    try:
        for batch in data:
            given = batch if isinstance(batch, tuple | list) else (batch,)
            images.append(torch.as_tensor(given[0]))
            classes.extend(_as_array("labels", label) for label in given[1:2])
            if sum(map(len, images)) >= n_samples:
                break
        joined = torch.cat(images)[:n_samples]
        known = np.concatenate(classes)[:n_samples] if classes else None
    except InputError:
        raise
    except Exception as error:  # what iterating may raise here is not ours to know
        raise InputError(
            "data", wanted="images and labels", got=f"{type(data).__name__}: {error}", remedy=_DATA
        ) from error
    return joined, known


def _as_array(name: str, values: Any) -> Shaped[np.ndarray, "..."]:
    """What a user gave as an array."""
    try:
        return np.asarray(values.detach().cpu() if isinstance(values, torch.Tensor) else values)
    except (TypeError, ValueError) as error:
        raise InputError(name, wanted="an array", got=str(error), remedy="Give a number for each.") from error


def find_layers(model: nn.Module, layers: str | Sequence[str], images: Tensor) -> list[FilterLayer]:
    """Return the layers of these names, each once."""
    names = [layers] if isinstance(layers, str) else list(layers)
    if not names:
        raise InputError("layers", wanted="a name or more", got="none", remedy="Name the convolutions to prune.")
    found = [find_filters(model, name, images) for name in names]
    convolutions = [layer.convolution for layer in found]
    if len(set(convolutions)) < len(convolutions):
        raise InputError(
            "layers",
            wanted="different convolutions",
            got=", ".join(f"{layer.name} ({layer.convolution})" for layer in found),
            remedy="Name each once.",
        )
    return found


def numbers_to_keep(keep: Any, found: list[FilterLayer]) -> list[int]:
    """Return how many filters stay in each layer."""
    names = [layer.name for layer in found]
    if isinstance(keep, Mapping):
        given = _by_name("keep", keep, names)
    elif isinstance(keep, Iterable) and not isinstance(keep, str | bytes):
        given = list(keep)
    else:
        given = [keep] * len(found)
    if len(given) != len(found):
        raise InputError(
            "keep", wanted=f"one for each of {len(found)} layers", got=str(len(given)), remedy="Give as many, or one."
        )
    return [_number_to_keep(one, layer) for one, layer in zip(given, found, strict=True)]


def _number_to_keep(keep: Any, layer: FilterLayer) -> int:
    whole = isinstance(keep, Integral) and not isinstance(keep, bool)
    if whole and 1 <= keep <= layer.n_filters:
        return int(keep)
    if isinstance(keep, Real) and not isinstance(keep, Integral) and 0 < float(keep) < 1:
        return max(1, round(float(keep) * layer.n_filters))
    raise InputError(
        "keep",
        wanted=f"a whole number from 1 to {layer.n_filters}, the filters of {layer.name}, or a share between 0 and 1",
        got=repr(keep),
        remedy="Keep at least one, and no more than there are.",
    )


def _by_name(argument: str, given: Mapping[str, Any], names: list[str]) -> list[Any]:
    if set(given) != set(names):
        raise InputError(
            argument,
            wanted=f"the names of the layers: {', '.join(names)}",
            got=", ".join(map(str, given)) or "none",
            remedy="Give one for each layer.",
        )
    return [given[name] for name in names]


def scorer_of(criterion: Any, found: list[FilterLayer], settings: CriterionSettings) -> Callable[..., FilterImportance]:
    """Return what tells how important the filters of a layer are."""
    if isinstance(criterion, str):

        def by_name(model: nn.Module, images: Tensor, classes: Any, layer: FilterLayer) -> FilterImportance:
            return filter_importance(model, images, classes, layer.name, criterion=criterion, settings=settings)

        return by_name
    if callable(criterion):

        def by_function(model: nn.Module, images: Tensor, classes: Any, layer: FilterLayer) -> FilterImportance:
            scores = criterion(model, images, classes, layer.name)
            called = getattr(scores, "criterion", getattr(criterion, "__name__", type(criterion).__name__))
            return _given(getattr(scores, "scores", scores), layer, str(called))

        return by_function
    names = [layer.name for layer in found]
    if not isinstance(criterion, Mapping):
        if len(names) > 1:
            raise InputError(
                "criterion", wanted="scores by the name of the layer", got="one array", remedy="Give a mapping."
            )
        criterion = {names[0]: criterion}
    scores = dict(zip(names, _by_name("criterion", criterion, names), strict=True))
    checked = {layer.name: _given(scores[layer.name], layer, "given") for layer in found}
    return lambda _model, _images, _classes, layer: checked[layer.name]


def _given(scores: Any, layer: FilterLayer, criterion: str) -> FilterImportance:
    """Scores that a user gave, or `InputError`."""
    array = _as_array("criterion", scores)
    if array.shape != (layer.n_filters,) or array.dtype.kind not in "iuf" or not np.isfinite(array).all():
        raise InputError(
            "criterion",
            wanted=f"a finite number for each of {layer.n_filters} filters of {layer.name}",
            got=f"{array.dtype} of shape {array.shape}",
            remedy="Give a score a filter, larger being more important.",
        )
    return FilterImportance(criterion=criterion, layer=layer.name, scores=array.astype(np.float64))
