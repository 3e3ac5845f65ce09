"""What filters tell beside each other: one that repeats what others tell is not needed."""

# mypy: disable-error-code="no-untyped-call"
import heapq
from collections.abc import Callable

import numpy as np
import torch
from jaxtyping import Float
from torch.nn import functional

from sightbits.core.progress import Progress
from sightbits.estimation.filters import rank_filters
from sightbits.networks.pruning.rest import Rest
from sightbits.networks.pruning.view import FilterView


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
    known = view.labels
    rest, n_filters = view.rest, view.layer.n_filters
    labels = torch.from_numpy(known[: rest.n_samples].copy())

    def cost(number: int) -> float:
        logits = rest.without(number)
        found = float(functional.cross_entropy(logits.double(), labels.to(logits.device)))
        if not np.isfinite(found):
            raise view.diverged()
        return found

    with torch.inference_mode():
        return _places(_eliminate(rest, cost, n_filters, view.progress))


def _eliminate(rest: Rest, cost: Callable[[int], float], n_filters: int, progress: Progress) -> list[int]:
    order: list[int] = []

    def asked_now(number: int) -> tuple[float, int, int]:
        progress("taking filters away", len(order), n_filters)
        return cost(number), number, len(order)

    asked = [asked_now(number) for number in range(n_filters)]
    heapq.heapify(asked)
    while asked:
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
