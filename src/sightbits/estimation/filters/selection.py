"""How many filters are enough: one after the other, while the next tells more of the label than chance would."""

from typing import Any

import numpy as np
from jaxtyping import Float, Int64

from sightbits.core.checks import InputError, check_number, check_whole
from sightbits.estimation.filters.given import given_labels, given_maps
from sightbits.estimation.filters.residuals import Residuals
from sightbits.estimation.filters.selected import REPAIRED, FilterSelection, SelectionStep
from sightbits.estimation.null import permutation_p

_TIED = 1e-12  # nats: the same sum in another order is no smaller


def select_filters(
    maps: Any,
    labels: Any,
    *,
    permutations: int = 99,
    significance: float = 0.05,
    most: int | None = None,
    components: int = 8,
    seed: int = 0,
) -> FilterSelection:
    """Return how many filters are enough, and which: the next is tested given all those chosen.

    Parameters
    ----------
    maps
        What the filters made of some samples, (n, filters, ...).
    labels
        One a sample, (n,).
    permutations
        How many permutations tell what chance gives.
    significance
        The p-value up to which a filter is chosen, above 0 and below 1.
    most
        How many filters to choose at most; all by default.
    components
        How many principal components stand for a map: each filter chosen uses up as many samples.
    seed
        Fixes what is drawn.

    Raises
    ------
    InputError
        Where values are not finite, labels are of one class or of other samples, a number is out of range, there are
        too few samples for a first step, or too few permutations for such a significance.

    Notes
    -----
    Each map is its first principal components. What the filters chosen explain linearly is taken out of the others and
    of the labels, exactly: residuals are coordinates in the orthogonal complement of the mean and of those chosen. Of
    each filter left, I = -1/2 log det(I - M M^T), M being the correlations of its residual with that of the label: the
    Gaussian conditional mutual information. The largest is tested against the largest of all filters left where the
    rows of the labels' residuals are permuted: the best of many is looked for, so chance is allowed the same. Rows of
    residuals may be permuted because there are as many as degrees of freedom, turned at random; residuals of all
    samples hang together. p = (b + 1) / (m + 1), ties within 1e-12 nats counting as b. The choice ends with the first
    filter above `significance`, which is not chosen; also where fewer rows are left than 4 x `components`, or no more
    than a map and the labels fill.

    Permuting a filter itself, as the source does, tests whether it is independent of everything else, chosen filters
    and input included: that is the wrong null, see `cmi_permutation`.

    It sees linear dependence given those chosen: a filter that tells of the label only in other ways is missed, and so
    is what is not in its first components. Tried and left: Gaussian kernels on residuals (of 10 and 20 filters planted
    they found 8 and 9), residuals of kernel ridge regression (of 20 they found 24: too many). On planted filters of
    known number see `benchmarks/filters.py`.

    Cost: n^3 once, to turn n samples; a step n filters components labels permutations. Memory: n filters components.

    Source: M.-H. Huh, M. Jhun, Random permutation testing in multiple linear regression, Communications in Statistics:
    Theory and Methods 30, 2001, 2023-2032; A. M. Winkler, G. R. Ridgway, M. A. Webster, S. M. Smith, T. E. Nichols,
    Permutation inference for the general linear model, NeuroImage 92, 2014, 381-397; the largest of all: P. H.
    Westfall, S. S. Young, Resampling-based multiple testing, 1993. Put together for filters, it is ours.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> labels = np.arange(96) % 3
    >>> maps = rng.normal(size=(96, 6, 2))
    >>> maps[:, 4, 0] += 2 * (labels == 0)
    >>> maps[:, 1, 1] += 2 * (labels == 1)
    >>> maps[:, 2] = maps[:, 4] @ [[0, 1], [1, 0]]
    >>> selection = select_filters(maps, labels)
    >>> sorted(selection.chosen), selection.stopped_by
    ([1, 2], 'test')
    """
    check_whole("permutations", permutations, low=1)
    check_number("significance", significance, least=1e-9, below=1.0, wanted="a share above 0 and below 1")
    if (permutations + 1) * significance < 1 - _TIED:
        raise InputError(
            "permutations",
            wanted=f"{int(np.ceil(1 / significance - _TIED)) - 1} or more for a significance of {significance}",
            got=permutations,
            remedy="Of m permutations no p-value is below 1 / (m + 1).",
        )
    residuals = _residuals_of(maps, labels, components=components, seed=seed)
    n_samples = residuals.n_rows + 1
    most = len(residuals.left) if most is None else check_whole("most", most, low=1)
    chosen: list[int] = []
    steps: list[SelectionStep] = []
    stopped_by = None
    while stopped_by is None:
        if not len(residuals.left):
            stopped_by = "filters"
        elif len(chosen) == most:
            stopped_by = "most"
        elif residuals.n_rows < residuals.n_least_rows:
            stopped_by = "samples"
        else:
            rng = np.random.default_rng([seed, 1 + len(chosen)])
            in_order = np.arange(residuals.n_rows)
            told = residuals.tell(np.array([in_order, *(rng.permutation(in_order) for _ in range(permutations))]))
            steps.append(_test(residuals.left, told, significance))
            if steps[-1].accepted:
                chosen.append(steps[-1].filter)
                residuals.take(int(np.searchsorted(residuals.left, chosen[-1])))
            else:
                stopped_by = "test"
    return FilterSelection(
        method=REPAIRED,
        chosen=tuple(chosen),
        steps=tuple(steps),
        n_samples=n_samples,
        significance=significance,
        permutations=permutations,
        stopped_by=stopped_by,
    )


def rank_filters(maps: Any, labels: Any, *, components: int = 8, seed: int = 0) -> Int64[np.ndarray, "filters"]:
    """Return all filters, each the one that tells most of the label given those before it.

    Parameters
    ----------
    maps
        What the filters made of some samples, (n, filters, ...).
    labels
        One a sample, (n,).
    components
        How many principal components stand for a map.
    seed
        Fixes how samples are turned, which only rounding can tell.

    Raises
    ------
    InputError
        Where values are not finite, labels are of one class or of other samples, a number is out of range, or there
        are too few samples for a first step.

    Notes
    -----
    The order of `select_filters`, without its tests. Where too few samples are left, all other filters follow in the
    order of what they told last. Equals come by number. Cost: n^3, and a step n filters components labels.

    Source: as `select_filters`.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> labels = np.arange(96) % 3
    >>> maps = rng.normal(size=(96, 4, 2))
    >>> maps[:, 3, 0] += 3 * (labels == 0)
    >>> maps[:, 1, 1] += 2 * (labels == 1)
    >>> rank_filters(maps, labels)[:2]
    array([3, 1])
    """
    residuals = _residuals_of(maps, labels, components=components, seed=seed)
    ranked: list[int] = []
    while True:
        (told,) = residuals.tell(np.arange(residuals.n_rows)[np.newaxis])
        place = _best(told)
        ranked.append(int(residuals.left[place]))
        residuals.take(place)
        if residuals.n_rows < residuals.n_least_rows or not len(residuals.left):
            rest = np.argsort(-np.delete(told, place), kind="stable")
            return np.array([*ranked, *residuals.left[rest]], dtype=np.int64)


def _residuals_of(maps: Any, labels: Any, *, components: int, seed: int) -> Residuals:
    check_whole("components", components, low=1)
    check_whole("seed", seed, low=0)
    values = given_maps(maps)
    places = given_labels(labels, len(values))
    residuals = Residuals(values, places, components=components, rng=np.random.default_rng([seed, 0]))
    if residuals.n_rows < residuals.n_least_rows:
        raise InputError(
            "maps",
            wanted=f"{residuals.n_least_rows + 1} samples or more, for maps of {residuals.n_components} components",
            got=len(values),
            remedy="Give more samples, or ask for fewer components.",
        )
    return residuals


def _best(told: Float[np.ndarray, "left"]) -> int:
    return int(np.argmax(told >= told.max() - _TIED))


def _test(left: Int64[np.ndarray, "left"], told: Float[np.ndarray, "every left"], significance: float) -> SelectionStep:
    """Return whether the best filter tells more than the best of chance; what was measured comes first."""
    largest, draws = told[0].max(), told[1:].max(axis=1)
    p_value = float(permutation_p(np.asarray(largest), draws))
    return SelectionStep(
        filter=int(left[_best(told[0])]),
        information=float(largest),
        null_mean=float(draws.mean()),
        null_std=float(draws.std(ddof=int(len(draws) > 1))),
        p_value=p_value,
        accepted=p_value <= significance + _TIED,
    )
