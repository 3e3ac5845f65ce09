"""What single filters tell of input and label: filters are looked at one by one, as if there were no others."""

import numpy as np
from jaxtyping import Float

from sightbits.core.estimate import Estimate
from sightbits.estimation.filters import FilterFigures
from sightbits.networks.pruning.view import FilterView


def relevance(view: FilterView) -> Float[np.ndarray, "filters"]:
    """Return I(T; Y) in nats, as the source measures it."""
    return _of_label(view.figures).value


def excess_relevance(view: FilterView) -> Float[np.ndarray, "filters"]:
    """Return I(T; Y) less what shuffled samples give, in nats."""
    return _of_label(view.figures).excess


def scale_free_relevance(view: FilterView) -> Float[np.ndarray, "filters"]:
    """Return I(T; Y) less what shuffled samples give, in nats, with kernels of the median size."""
    return _of_label(view.scale_free_figures).excess


def relevance_by_spread(view: FilterView) -> Float[np.ndarray, "filters"]:
    """Return I(T; Y) less what shuffled samples give, times the spread of the map.

    Notes
    -----
    A filter that tells much and hardly moves does little to what follows: weights there were learned for its scale.
    """
    return np.maximum(_of_label(view.figures).excess, 0) * view.figures.spread


def bottleneck(view: FilterView) -> Float[np.ndarray, "filters"]:
    """Return beta I(T; Y) - I(X; T) in nats: the negative of the source's objective, which is to be small.

    Notes
    -----
    Source: S. Yu et al., arXiv:1804.06537, section IV, 4.
    """
    return -view.figures.objective(view.settings.beta)


def excess_bottleneck(view: FilterView) -> Float[np.ndarray, "filters"]:
    """Return the same of what is above chance, in nats."""
    return -view.figures.excess_objective(view.settings.beta)


def _of_label(figures: FilterFigures) -> Estimate:
    assert figures.label_information is not None  # noqa: S101  the view has labels, or raised
    return figures.label_information
