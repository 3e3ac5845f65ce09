"""What filters are usually chosen by: weights, zeros, ranks, gradients, chance."""

import numpy as np
from jaxtyping import Float

from sightbits.networks.pruning.view import FilterView

_MOST_RANKED = 256  # images: ranks hardly differ from image to image


def l1(view: FilterView) -> Float[np.ndarray, "filters"]:
    """Return the sum of the absolute weights of each filter.

    Notes
    -----
    Source: H. Li et al., Pruning filters for efficient ConvNets, 2017.
    """
    return np.abs(view.weights.astype(np.float64)).sum(axis=(1, 2, 3))


def apoz(view: FilterView) -> Float[np.ndarray, "filters"]:
    """Return the share of places where a filter finds something: 1 less the average percentage of zeros.

    Notes
    -----
    Source: H. Hu et al., Network trimming: a data-driven neuron pruning approach, 2016, equation 1. A filter that is
    observed before its activation finds nothing where its map is not above 0.
    """
    return np.asarray((view.maps > 0).mean(axis=(0, 2, 3), dtype=np.float64))


def hrank(view: FilterView) -> Float[np.ndarray, "filters"]:
    """Return the mean rank of the map of each filter.

    Notes
    -----
    Source: M. Lin et al., HRank: filter pruning using high-rank feature map, 2020, equation 5.
    """
    return np.asarray(np.linalg.matrix_rank(view.maps[:_MOST_RANKED]).mean(axis=0), dtype=np.float64)


def taylor(view: FilterView) -> Float[np.ndarray, "filters"]:
    """Return how much the loss of an image would change without a filter, to first order, without its sign.

    Notes
    -----
    Source: P. Molchanov et al., Pruning convolutional neural networks for resource efficient inference, 2017,
    equation 8, averaged over images.
    """
    return np.asarray(np.abs(view.loss_changes).mean(axis=0))


def random(view: FilterView) -> Float[np.ndarray, "filters"]:
    """Return numbers drawn at random, which depend on the seed alone."""
    return np.random.default_rng([view.settings.seed, 8]).random(view.layer.n_filters)
