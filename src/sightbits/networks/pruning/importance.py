"""How important each filter of a layer is, by any criterion."""

# mypy: disable-error-code="no-untyped-call"
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Float64, Int64
from torch import nn

from sightbits.core.checks import InputError, check_choice, check_given_once, check_whole
from sightbits.estimation.filters.given import given_array
from sightbits.networks.observing.choosing import check_model
from sightbits.networks.pruning.criteria.functions import FUNCTIONS
from sightbits.networks.pruning.criteria.names import CRITERIA
from sightbits.networks.pruning.criteria.settings import CriterionSettings
from sightbits.networks.pruning.graph import trace_network
from sightbits.networks.pruning.layer import find_filters
from sightbits.networks.pruning.view import FilterView, check_labels, check_logits
from sightbits.networks.torch_bank import one_thread
from sightbits.networks.training import evaluating

Tensor = Any  # torch's own type is not seen by the shape checker

_DRAW = 12  # which stream of random numbers draws the images that criteria rest on


@dataclass(frozen=True, eq=False, kw_only=True)
class FilterImportance:
    """How important each filter of a layer is.

    Parameters
    ----------
    criterion
        By what.
    layer
        Of which layer.
    scores
        Larger is more important: nats for information, places in an order for criteria that choose one filter after
        the other.

    Examples
    --------
    >>> found = FilterImportance(criterion="l1", layer="conv1", scores=np.array([0.5, 2.0, 0.5]))
    >>> found.order.tolist(), found.most_important(2)
    ([1, 0, 2], (0, 1))
    """

    criterion: str
    layer: str
    scores: Float64[np.ndarray, "filters"]

    @property
    def order(self) -> Int64[np.ndarray, "filters"]:
        """The filters, most important first; of equal ones the first comes first."""
        return np.argsort(-self.scores, kind="stable").astype(np.int64)

    def most_important(self, n: int) -> tuple[int, ...]:
        """Return the numbers of the `n` most important filters, ascending; at least 1, at most as many as there are."""
        check_whole("n", n, low=1, high=len(self.scores))
        return tuple(sorted(self.order[:n].tolist()))


def filter_importance(
    model: nn.Module,
    inputs: Tensor,
    labels: Any,
    layer: str,
    *,
    criterion: str = "usable_information",
    settings: CriterionSettings | None = None,
    **options: Any,
) -> FilterImportance:
    """Return how important each filter of a convolution is to a trained network.

    Parameters
    ----------
    model
        A classifier that gives a logit a label, (n, labels). It is run in evaluation mode and left as it was.
    inputs
        Images as it takes them: a floating-point tensor, n x channels x rows x columns.
    labels
        The class of each, from 0; None for criteria that need none (l1, apoz, hrank, random).
    layer
        The name of a convolution, or of a block that holds one.
    criterion
        A name of `sightbits.networks.pruning.criteria.names.CRITERIA`.
    settings
        Checked settings; or give them one by one as `options`: samples, images, shuffles, beta, seed.

    Raises
    ------
    InputError
        A layer that is no convolution, a criterion that is not there, labels that are missing or do not fit, images
        that are no tensor of rank 4 or not finite, a network that does not take them or has no logit for each label.

    Notes
    -----
    The images should be of those the network learned from, or of others held back for this: pruning by test images
    would flatter what is measured on them. Those that a criterion rests on are drawn by the seed.

    Cost: `usable_information` some 3 to 20 runs of the rest of the network a filter; information of single filters
    2 (1 + shuffles) eigenvalue problems of samples x samples a filter; the others a run or two.

    Examples
    --------
    >>> import torch
    >>> model = nn.Sequential(nn.Conv2d(1, 3, 3), nn.ReLU(), nn.Flatten(), nn.Linear(12, 2))
    >>> with torch.no_grad():
    ...     _ = model[0].weight.copy_(torch.tensor([1.0, 3.0, 2.0])[:, None, None, None] * torch.ones(3, 1, 3, 3))
    >>> filter_importance(model, torch.rand(8, 1, 4, 4), None, "0", criterion="l1").order.tolist()
    [1, 2, 0]
    """
    check_choice("criterion", criterion, tuple(CRITERIA))
    check_given_once(settings, options)
    observed, _ = check_model(model)
    check_inputs(inputs)
    with evaluating(observed), one_thread():
        view = _view_of(observed, inputs, labels, layer, settings or CriterionSettings(**options))
        scores = FUNCTIONS[criterion](view)
    return FilterImportance(criterion=criterion, layer=layer, scores=np.asarray(scores, dtype=np.float64))


def _view_of(model: nn.Module, inputs: Tensor, labels: Any, layer: str, settings: CriterionSettings) -> FilterView:
    """Return what criteria may look at, once labels are checked."""
    found = find_filters(model, layer, inputs)
    n = max(settings.images, settings.samples)
    drawn = np.random.default_rng([settings.seed, _DRAW]).permutation(len(inputs))[:n]
    few = inputs[torch.from_numpy(drawn).to(inputs.device)]
    if labels is None:
        return FilterView(model, found, few, None, settings, trace_network(model))
    given = given_array("labels", labels.detach().cpu() if isinstance(labels, torch.Tensor) else labels)
    checked = check_labels(given, len(inputs))
    check_logits(model, inputs, checked)
    return FilterView(model, found, few, checked[drawn], settings, trace_network(model))


def check_inputs(inputs: Any) -> None:
    """Raise `InputError` unless these are images as networks take them."""
    fitting = hasattr(inputs, "is_floating_point") and inputs.is_floating_point() and inputs.ndim == 4 and len(inputs)
    if not fitting:
        came = f"shape {tuple(inputs.shape)} of {inputs.dtype}" if hasattr(inputs, "shape") else type(inputs).__name__
        raise InputError("inputs", wanted="a floating-point tensor, images x channels x rows x columns", got=came,
                         remedy="torch.from_numpy(images).float() makes one.")  # fmt: skip
    if not bool(inputs.isfinite().all()):
        raise InputError("inputs", wanted="finite numbers", got="NaN or infinity", remedy="Leave such images out.")
