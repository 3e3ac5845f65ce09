"""What filters tell beside each other: one that repeats what others tell is not needed."""

# mypy: disable-error-code="no-untyped-call"
import heapq
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch.nn import functional

from sightbits.estimation.filters import rank_filters
from sightbits.networks.pruning.rest import Rest
from sightbits.networks.pruning.view import FilterView

Tensor = Any  # torch's own type is not seen by the shape checker

_SHARE = 0.1  # of the filters that are left go in a round


def conditional_relevance(view: FilterView) -> Float[np.ndarray, "filters"]:
    """Return places in the order in which filters tell most of the label beyond those before; the first has the most.

    Notes
    -----
    Gaussian conditional mutual information, as in `rank_filters`.
    """
    labels = view.labels  # asked for before anything is computed
    order = rank_filters(view.maps, labels[: len(view.maps)], seed=view.settings.seed)
    return _places(order.tolist()[::-1])


def usable_information(view: FilterView) -> Float[np.ndarray, "filters"]:
    """Return places in the order in which filters can be spared: the first to go has 0.

    Notes
    -----
    What the rest of the network can use of the filters that are left: I_f = H(Y) - E[-log q(y | filters)], a lower
    bound of I(T; Y) for any q, here the network's own softmax. Filters are taken away one by one, each time that
    without which most can still be told. Costs of filters that were not asked again since others went are taken for
    lower bounds, as what is missing is missed more when its like is gone too: a filter is taken when its own newest
    cost is the smallest. Cost: some 3 to 20 runs of the rest of the network for each filter.

    Source: D. Barber and F. Agakov, The IM algorithm: a variational approach to information maximization, 2003 (the
    bound); Y. Xu et al., A theory of usable information under computational constraints, 2020; M. Minoux, Accelerated
    greedy algorithms for maximizing submodular set functions, 1978 (the order of asking). As a criterion of pruning it
    is ours.
    """
    labels = view.first_labels()  # asked for before anything is computed
    return _places(_spare(view, view.rest, labels, gone=[], until=view.layer.n_filters))


def learnable_information(view: FilterView) -> Float[np.ndarray, "filters"]:
    """Return places in the order in which filters can be spared while what stands behind them learns to do so.

    Notes
    -----
    `usable_information` asks what the rest of the network can use as it is. Here a copy of that rest learns on between:
    filters go in rounds of a tenth of those that are left, chosen as they are there; after each round the copy sees the
    images once, without the filters that are gone (see `RestLearner`). What it can use is a lower bound of I(T; Y) too,
    by a reader that is nearer to the one fine-tuning makes.

    Cost: some 44 epochs of what stands behind 128 filters, 35 behind 50, and in each round 1 to 3 runs of it for each
    filter that is left.

    Source: as of `usable_information`; with readers that are fitted, Y. Xu et al., A theory of usable information
    under computational constraints, 2020, definition 1. As a criterion of pruning it is ours.
    """
    n_filters = view.layer.n_filters
    labels, learner = view.first_labels(), view.learner()
    gone: list[int] = []
    while len(gone) < n_filters:
        if gone:
            learner.learn(set(range(n_filters)) - set(gone))
        until = len(gone) + max(1, round(_SHARE * (n_filters - len(gone))))
        gone = _spare(view, learner.rest, labels, gone=gone, until=until)
    return _places(gone)


def _spare(view: FilterView, rest: Rest, labels: Tensor, *, gone: list[int], until: int) -> list[int]:
    """Return the filters that are gone, and after them those that can be spared next, until so many are gone."""
    n_filters, order = view.layer.n_filters, list(gone)

    def asked_now(number: int) -> tuple[float, int, int]:
        view.progress("taking filters away", len(order), n_filters)
        logits = rest.without(number)
        found = float(functional.cross_entropy(logits.double(), labels[: rest.n_samples]))
        if not np.isfinite(found):
            raise view.diverged()
        return found, number, len(order)

    with torch.inference_mode():
        asked = [asked_now(number) for number in range(n_filters) if number not in gone]
        heapq.heapify(asked)
        while len(order) < until:
            _, number, when = heapq.heappop(asked)
            if when < len(order):
                heapq.heappush(asked, asked_now(number))
                continue
            order.append(number)
            rest.remove(number)
    return order


def _places(order: list[int]) -> Float[np.ndarray, "filters"]:
    places = np.empty(len(order))
    places[order] = np.arange(len(order))
    return places
