"""How many filters are enough by the source's rule: CMI-permutation, of matrix-based Rényi information."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from jaxtyping import Float, Int64

from sightbits.core.checks import InputError, check_number, check_whole
from sightbits.estimation.filters.given import given_labels, given_maps
from sightbits.estimation.filters.selected import PAPER, FilterSelection, SelectionStep
from sightbits.estimation.layers import LayerBatch, LayerSettings
from sightbits.estimation.layers.chains import Reference, draw_orders, reference_of, tell
from sightbits.estimation.layers.kernels import KernelMaker
from sightbits.information.gram.kernels import distances_of_centred, fall

_TIED = 1e-9  # nats: less cannot be told apart


def cmi_permutation(
    maps: Any,
    labels: Any,
    *,
    permutations: int = 100,
    significance: float = 0.05,
    most: int | None = None,
    settings: LayerSettings | None = None,
    seed: int = 0,
) -> FilterSelection:
    """Return how many filters are enough by the rule of the source.

    Parameters
    ----------
    maps
        What the filters made of a batch, (n, filters, ...).
    labels
        One a sample, (n,).
    permutations
        How often the samples of a filter are permuted.
    significance
        The share of permutations up to which the choice goes on, from 0 to 1.
    most
        How many filters to choose at most; all by default.
    settings
        The order of the entropies and what kernels are used; by default those of the source.
    seed
        Fixes the permutations.

    Raises
    ------
    InputError
        Where values are not finite, labels are of one class or of other samples, a number is out of range, or settings
        join maps otherwise than by products.

    Notes
    -----
    The next filter t is the one for which I({Ts, t}; Y) is largest, Ts being those chosen; of equals the first. It is
    chosen where I({Tr - t}; Y | {Ts, t}), Tr being those that remain, is as large as the same with t permuted in at
    most such a share of permutations. Else the choice ends, and N counts those chosen before, without t. Differences
    up to 1e-9 nats are ties and count against t: where kernels saturate, all is tied. The p-value is the plain share of
    the source, which may be 0. The last filter leaves nothing to tell and is tied.

    The rule answers another question than was asked: a permuted filter is independent of all others and so tells the
    samples apart better than the real one, under products of kernels. It is here to be compared with `select_filters`.

    Products are sums of exponents, which do not underflow. Cost a step: eigenvalues of two matrices of n x n for each
    filter that remains and each permutation, and one; memory: n^2 numbers a filter.

    Source: algorithm 1 of S. Yu, K. Wickstrøm, R. Jenssen, J. C. Príncipe, arXiv:1804.06537; the tie rule is ours.

    Examples
    --------
    >>> labels = np.arange(32) % 4
    >>> maps = np.stack([labels // 2, labels % 2, labels // 2], axis=1)[:, :, None] * 50.0
    >>> selection = cmi_permutation(maps, labels, permutations=20)
    >>> selection.chosen, selection.stopped_by  # of two that are needed
    ((0,), 'test')
    """
    values = given_maps(maps)
    places = given_labels(labels, len(values))
    check_whole("permutations", permutations, low=1)
    check_whole("seed", seed, low=0)
    check_number("significance", significance, least=0.0, below=np.nextafter(1.0, 2.0), wanted="a share from 0 to 1")
    most = values.shape[1] if most is None else check_whole("most", most, low=1)
    settings = settings or LayerSettings()
    if settings.maps != "product":
        raise InputError(
            "settings", wanted="maps='product', as joint entropies are of products", got=f"maps={settings.maps!r}",
            remedy="Leave that setting as it is.",
        )  # fmt: skip
    maker = KernelMaker(LayerBatch(inputs=values, labels=places, layers={}), settings)
    none = draw_orders(len(values), shuffles=0, seed=seed)
    label = reference_of(maker.of_labels(), none, settings.alpha)
    orders = draw_orders(len(values), shuffles=permutations, seed=seed)
    joint = _Joint(_exponents(maker, values), label)
    chosen: list[int] = []
    steps: list[SelectionStep] = []
    stopped_by = None
    while stopped_by is None:
        if not joint.remaining.any():
            stopped_by = "filters"
        elif len(chosen) == most:
            stopped_by = "most"
        else:
            steps.append(joint.test(joint.find_best(), orders, significance))
            if steps[-1].accepted:
                chosen.append(steps[-1].filter)
                joint.choose(chosen[-1])
            else:
                stopped_by = "test"
    return FilterSelection(
        method=PAPER,
        chosen=tuple(chosen),
        steps=tuple(steps),
        n_samples=len(values),
        significance=significance,
        permutations=permutations,
        stopped_by=stopped_by,
    )


def _exponents(maker: KernelMaker, values: Float[np.ndarray, "n filters places"]) -> Float[np.ndarray, "filters n n"]:
    """Return of each filter what its kernel is the exponential of, less the sign."""
    layer = maker.of_layer("maps", values)
    exponents = np.empty((layer.n_maps, len(values), len(values)))
    for i, size in enumerate(layer.map_sizes):
        exponents[i] = distances_of_centred(layer.variables.maps[i]) / (2 * size**2)
    return exponents


class _Joint:
    """The kernels of filters, which of them were chosen, and what some together tell of the label."""

    def __init__(self, exponents: Float[np.ndarray, "filters n n"], label: Reference) -> None:
        self._exponents = exponents
        self._label = label
        self._of_chosen = np.zeros_like(exponents[0])
        self.remaining = np.ones(len(exponents), dtype=bool)

    def choose(self, t: int) -> None:
        self._of_chosen = self._of_chosen + self._exponents[t]
        self.remaining[t] = False

    def find_best(self) -> int:
        """Return the filter that tells most together with those chosen; of equals the first."""
        left = np.flatnonzero(self.remaining)
        _, (told,) = tell((fall(self._of_chosen + self._exponents[t]) for t in left), [self._label])
        return int(left[np.argmax(told.values >= told.values.max() - _TIED)])

    def test(self, t: int, orders: Int64[np.ndarray, "m n"], significance: float) -> SelectionStep:
        """Return whether the rest tells less given this filter than given a permuted one."""
        rest = self.remaining.copy()
        rest[t] = False
        of_rest = self._exponents[rest].sum(axis=0)
        every = (np.arange(len(of_rest)), *orders)

        def kernels() -> Iterator[Float[np.ndarray, "n n"]]:
            for order in every:
                given = self._of_chosen + self._exponents[t][np.ix_(order, order)]
                yield fall(given)
                yield fall(given + of_rest)

        _, (told,) = tell(kernels(), [self._label])
        given, together = told.values.reshape(-1, 2).T
        value, *others = together - given  # the chain rule: what is told together, less what is told by those given
        draws = np.array(others)
        share = float((value >= draws - _TIED).mean())
        return SelectionStep(
            filter=t,
            information=float(value),
            null_mean=float(draws.mean()),
            null_std=float(draws.std(ddof=int(len(draws) > 1))),
            p_value=share,
            accepted=share <= significance,
            tie_share=float((abs(value - draws) <= _TIED).mean()),
        )
