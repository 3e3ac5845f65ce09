"""A network with fewer filters, chosen by what they tell."""

# mypy: disable-error-code="no-untyped-call"
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from torch import nn

from sightbits.core.checks import InputError, import_optional
from sightbits.networks.checkpoints import write_weights
from sightbits.networks.observing.choosing import check_model
from sightbits.networks.pruning.cost import NetworkCost, measure_cost
from sightbits.networks.pruning.criteria.settings import CriterionSettings
from sightbits.networks.pruning.given import find_layers, numbers_to_keep, samples_of, scorer_of
from sightbits.networks.pruning.importance import FilterImportance
from sightbits.networks.pruning.layer import FilterLayer
from sightbits.networks.pruning.surgery import copy_without_hooks, remove_filters

Tensor = Any  # torch's own type is not seen by the shape checker

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
        >>> import torch
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
    >>> import torch
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
    images, classes = samples_of(data, labels, smaller, settings)
    found = find_layers(smaller, layers, images)
    numbers = numbers_to_keep(keep, found)
    scorer = scorer_of(criterion, found, settings)
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


def _try_removing(model: nn.Module, found: list[FilterLayer], numbers: list[int], images: Tensor) -> None:
    """Raise `InputError` where filters cannot go alone, before time is spent on which are to go."""
    for layer, number in zip(found, numbers, strict=True):
        alike = FilterImportance(criterion="none", layer=layer.name, scores=np.zeros(layer.n_filters))
        remove_filters(model, layer.convolution, _most_important(model, layer, alike, number), images)


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
