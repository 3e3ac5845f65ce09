"""Our importance of filters, for the pruners of Torch-Pruning."""

# mypy: disable-error-code="no-untyped-call"
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from jaxtyping import Float64
from torch import nn

from sightbits.core.checks import check_choice, import_optional
from sightbits.networks.pruning.criteria.names import CRITERIA
from sightbits.networks.pruning.criteria.settings import CriterionSettings
from sightbits.networks.pruning.importance import filter_importance

pruning = import_optional("torch_pruning", extra="torch", purpose="pruning with Torch-Pruning")

Tensor = Any  # torch's own type is not seen by the shape checker


class InformationImportance(pruning.importance.Importance):  # type: ignore[misc]  # has no types
    """How important filters are, as the pruners of Torch-Pruning ask for it.

    Parameters
    ----------
    model
        The network that the pruner was given.
    inputs
        Images as it takes them: a floating-point tensor, n x channels x rows x columns.
    labels
        The class of each, from 0.
    criterion
        A name of `sightbits.networks.pruning.criteria.names.CRITERIA`.
    options
        Settings of the criterion, as in `CriterionSettings`: samples, images, shuffles, beta, seed.

    Raises
    ------
    InputError
        A criterion or setting that is not there. When it is asked: what `filter_importance` raises.

    Notes
    -----
    Each question is answered for the network as it is then. Where convolutions are tied, so that they lose the same
    filters, the answer is the mean of their scores, each brought to mean 0 and spread 1 first; scores of one
    convolution are as they are, in units of the criterion, which global pruning compares across layers. Groups without
    a `torch.nn.Conv2d`, such as those of linear layers, get None: Torch-Pruning leaves them as they are.

    Examples
    --------
    >>> import torch_pruning
    >>> model = nn.Sequential(nn.Conv2d(1, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(32, 6), nn.Linear(6, 2))
    >>> images, labels = torch.rand(64, 1, 4, 4), torch.arange(64) % 2
    >>> importance = InformationImportance(model, images, labels)
    >>> pruner = torch_pruning.pruner.BasePruner(
    ...     model, images[:1], importance=importance, pruning_ratio=0.5, ignored_layers=[model[4]]
    ... )
    >>> pruner.step()
    >>> model[0].out_channels, model[3].in_features, model[3].out_features
    (4, 16, 6)
    """

    def __init__(
        self,
        model: nn.Module,
        inputs: Tensor,
        labels: Any,
        *,
        criterion: str = "usable_information",
        **options: Any,
    ) -> None:
        self.criterion = check_choice("criterion", criterion, CRITERIA)
        self.settings = CriterionSettings(**options)
        self._model, self._inputs, self._labels = model, inputs, labels

    def __call__(self, group: Any) -> Tensor:
        """Return a score for each channel of a group, larger being more important; None where it has no filters."""
        found = list(self._scores_of(group))
        if not found:
            return None
        if len(found) > 1:
            found = [_standardised(scores) for scores in found]
        return torch.from_numpy(np.mean(found, axis=0))

    def _scores_of(self, group: Any) -> Iterator[Float64[np.ndarray, "channels"]]:
        """The scores of the channels of a group, by each of its convolutions that has them all."""
        names = {module: name for name, module in self._model.named_modules()}
        channels = group[0].root_idxs
        for item in group:
            handler, module = item.dep.handler, item.dep.target.module
            if not isinstance(module, nn.Conv2d) or handler != handler.__self__.prune_out_channels:
                continue
            place = dict(zip(item.root_idxs, item.idxs, strict=True))
            if all(channel in place for channel in channels):
                scores = self._ask(names[module])
                yield scores[[place[channel] for channel in channels]]

    def _ask(self, layer: str) -> Float64[np.ndarray, "filters"]:
        return filter_importance(
            self._model, self._inputs, self._labels, layer, criterion=self.criterion, settings=self.settings
        ).scores


def _standardised(scores: Float64[np.ndarray, "channels"]) -> Float64[np.ndarray, "channels"]:
    spread = scores.std()
    return (scores - scores.mean()) / (spread if spread > 0 else 1.0)
