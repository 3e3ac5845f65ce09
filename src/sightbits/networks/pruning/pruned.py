"""A network with fewer filters, chosen by what they tell."""

# mypy: disable-error-code="no-untyped-call"
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from numbers import Integral, Real
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Shaped
from torch import nn

from sightbits.core.checks import InputError, import_optional
from sightbits.networks.checkpoints import write_weights
from sightbits.networks.observing.choosing import check_model
from sightbits.networks.pruning.cost import NetworkCost, measure_cost
from sightbits.networks.pruning.criteria.settings import CriterionSettings
from sightbits.networks.pruning.importance import FilterImportance, check_inputs, filter_importance
from sightbits.networks.pruning.layer import FilterLayer, find_filters
from sightbits.networks.pruning.surgery import copy_without_hooks, remove_filters

Tensor = Any  # torch's own type is not seen by the shape checker

_DATA = "Give (images, labels), images and labels=..., or batches of (images, labels)."
_TIMED = 128  # images in the batch whose time is measured


@dataclass(frozen=True, eq=False, kw_only=True)
class PrunedNetwork:
    """A network with fewer filters, and what it was.

    Parameters
    ----------
    model
        The network that is left: a plain `torch.nn.Module`, ready to be trained on or used.
    kept
        For each layer the numbers its filters had before, ascending.
    importance
        For each layer how important its filters were when it was pruned.
    before, after
        What the network cost and costs, on the same images.
    """

    model: nn.Module
    kept: Mapping[str, tuple[int, ...]]
    importance: Mapping[str, FilterImportance]
    before: NetworkCost
    after: NetworkCost

    def summary(self) -> dict[str, Any]:
        """Return what was done, for JSON: what was kept and by which criterion, and the cost before and after."""
        before, after = self.before.document(), self.after.document()
        return {
            "layers": {
                layer: {
                    "criterion": self.importance[layer].criterion,
                    "n_filters": len(self.importance[layer].scores),
                    "kept": list(kept),
                }
                for layer, kept in self.kept.items()
            },
            "cost": {name: {"before": before[name], "after": after[name]} for name in before},
        }

    def save(self, path: str | Path) -> None:
        """Write the weights to a file: `.pt` for `torch.load(weights_only=True)`, or `.safetensors`.

        Parameters
        ----------
        path
            Where to; a file that is there is replaced at once.

        Raises
        ------
        InputError
            Another suffix; a folder that is not there; safetensors that is not installed.

        Notes
        -----
        To read them, cut an untrained network of the same kind first: `remove_filters` with the numbers of `kept`, in
        the same order of layers (a `.safetensors` file holds `kept` as JSON in its metadata), then `load_state_dict`.

        Examples
        --------
        >>> import tempfile
        >>> model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(16, 2))
        >>> images, labels = torch.rand(6, 1, 4, 4), torch.tensor([0, 1, 0, 1, 0, 1])
        >>> pruned = prune(model, (images, labels), "0", keep=2)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     pruned.save(Path(folder, "pruned.pt"))
        ...     weights = torch.load(Path(folder, "pruned.pt"), weights_only=True)
        >>> same = remove_filters(model, "0", pruned.kept["0"], images)
        >>> same.load_state_dict(weights)
        <All keys matched successfully>
        """
        target = Path(path)
        if target.suffix not in (".pt", ".safetensors"):
            raise InputError(
                "path", wanted="a file that ends in .pt or .safetensors", got=str(target), remedy="Name it so."
            )
        if target.is_dir() or not target.parent.is_dir():
            raise InputError(
                "path", wanted="a file in a folder that is there", got=str(target), remedy="Make its folder first."
            )
        if target.suffix == ".pt":
            write_weights(target, self.model)
        else:
            self._write_safetensors(target)

    def _write_safetensors(self, target: Path) -> None:
        safetensors = import_optional("safetensors.torch", extra="torch", purpose="a .safetensors file")
        weights = {name: value.contiguous().clone() for name, value in self.model.state_dict().items()}
        content = safetensors.save(weights, metadata={"kept": json.dumps(dict(self.kept))})
        part = target.with_name(target.name + ".part")
        try:
            part.write_bytes(content)
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)


def prune(
    model: nn.Module,
    data: Any,
    layers: str | Sequence[str],
    *,
    keep: Any,
    criterion: str | Callable[..., Any] | Mapping[str, Any] | Sequence[Any] = "usable_information",
    labels: Any = None,
    **options: Any,
) -> PrunedNetwork:
    """Return a network that is smaller by the filters that matter least.

    Parameters
    ----------
    model
        A classifier that gives logits. Nothing of it is changed.
    data
        Images the network learned from, or others held back for this, not those it is tested on: (images, labels) as
        arrays or tensors, images alone where `labels` are given, or a `DataLoader` or other iterable of such batches.
        Images are floating-point, n x channels x rows x columns, as the network takes them.
    layers
        The convolutions, or blocks that hold one, to be pruned; one after the other, each on the network as it is then.
    keep
        How many filters stay: a number, or a share between 0 and 1, rounded to the nearest number but at least one; or
        one of these a layer, as a sequence or by name.
    criterion
        A name of `sightbits.networks.pruning.criteria.names.CRITERIA`; a function of (model, images, labels, layer)
        that gives a score a filter, or something that has `scores`; or the scores themselves, larger being more
        important: an array where there is one layer, or arrays by name.
    labels
        The class of each image, from 0, where `data` are images alone.
    options
        Settings of the criterion, as in `CriterionSettings`: samples, images, shuffles, beta, seed.

    Returns
    -------
    PrunedNetwork
        With the network, what was kept and why, and what it cost and costs.

    Raises
    ------
    InputError
        Labels that are missing; a layer that is no convolution or is named twice; fewer filters to keep than one or
        more than there are; filters that cannot go alone (see `remove_filters`); settings out of their bounds.

    Notes
    -----
    Of arrays, `images` (4096) are drawn by the seed, in random order; of batches, the first are taken until there are
    so many. Nothing is trained: afterwards train `model` on as you trained it before. In a convolution in groups, the
    most important of each group stay.

    Cost: that of the criterion (see `filter_importance`), and some forward passes a layer.

    Examples
    --------
    >>> model = nn.Sequential(nn.Conv2d(1, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(32, 2))
    >>> images, labels = torch.rand(64, 1, 4, 4), torch.arange(64) % 2
    >>> pruned = prune(model, (images, labels), "0", keep=0.25)
    >>> pruned.model[0].out_channels, pruned.before.parameters, pruned.after.parameters
    (2, 146, 38)
    >>> optimiser = torch.optim.SGD(pruned.model.parameters(), lr=0.1)  # and on as before
    >>> loss = nn.functional.cross_entropy(pruned.model(images), labels)
    >>> loss.backward()
    >>> optimiser.step()
    """
    settings = CriterionSettings(**options)
    smaller = copy_without_hooks(check_model(model)[0])
    images, classes = _samples_of(data, labels, smaller, settings)
    found = _find_layers(smaller, layers, images)
    numbers = _numbers_to_keep(keep, found)
    scorer = _scorer_of(criterion, found, settings)
    if isinstance(criterion, str):
        _try_removing(smaller, found, numbers, images[:1])
    before = measure_cost(smaller, images[:_TIMED])
    kept: dict[str, tuple[int, ...]] = {}
    importance: dict[str, FilterImportance] = {}
    for layer, number in zip(found, numbers, strict=True):
        importance[layer.name] = scorer(smaller, images, classes, layer)
        kept[layer.name] = _most_important(smaller, layer, importance[layer.name], number)
        smaller = remove_filters(smaller, layer.convolution, kept[layer.name], images[:1])
    after = measure_cost(smaller, images[:_TIMED])
    return PrunedNetwork(model=smaller, kept=kept, importance=importance, before=before, after=after)


def _samples_of(data: Any, labels: Any, model: nn.Module, settings: CriterionSettings) -> tuple[Tensor, Any]:
    """Images as a network takes them, and their classes; None where there are none."""
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


def _find_layers(model: nn.Module, layers: str | Sequence[str], images: Tensor) -> list[FilterLayer]:
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


def _try_removing(model: nn.Module, found: list[FilterLayer], numbers: list[int], images: Tensor) -> None:
    """Raise `InputError` where filters cannot go alone, before time is spent on which are to go."""
    for layer, number in zip(found, numbers, strict=True):
        alike = FilterImportance(criterion="none", layer=layer.name, scores=np.zeros(layer.n_filters))
        remove_filters(model, layer.convolution, _most_important(model, layer, alike, number), images)


def _numbers_to_keep(keep: Any, found: list[FilterLayer]) -> list[int]:
    """How many filters stay in each layer."""
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


def _scorer_of(
    criterion: Any, found: list[FilterLayer], settings: CriterionSettings
) -> Callable[..., FilterImportance]:
    """What tells how important the filters of a layer are."""
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


def _most_important(model: nn.Module, layer: FilterLayer, importance: FilterImportance, number: int) -> tuple[int, ...]:
    """The filters that stay: in a convolution in groups, as many of each."""
    groups = int(getattr(model.get_submodule(layer.convolution), "groups", 1))
    if groups in (1, layer.n_filters):
        return importance.most_important(number)
    if number % groups:
        raise InputError(
            "keep",
            wanted=f"a multiple of {groups}, the groups of {layer.name}",
            got=str(number),
            remedy="Each group must keep as many filters.",
        )
    size = layer.n_filters // groups
    places = {group: [f for f in importance.order.tolist() if f // size == group] for group in range(groups)}
    return tuple(sorted(f for group in places.values() for f in group[: number // groups]))
