"""Shuffles that leave everything as it is but the dependence in question."""

from collections.abc import Callable

import numpy as np
from jaxtyping import Int64

from sightbits.estimation.measure import Sample, n_samples
from sightbits.estimation.variables import Variable

Shuffle = Callable[[Sample, np.random.Generator], Sample]
Rows = Int64[np.ndarray, "n"]
_LOCAL_NEIGHBOURS = 5


def shuffled(*names: str) -> Shuffle:
    """Return a shuffle of these variables, each on its own."""

    def shuffle(sample: Sample, rng: np.random.Generator) -> Sample:
        n = n_samples(sample)
        moved = {name: sample[name].take(rng.permutation(n)) for name in names}
        return {**sample, **moved}

    return shuffle


def shuffled_within(name: str, given: Variable) -> Shuffle:
    """Return a shuffle of one variable among samples that share, or nearly share, the value of another.

    Notes
    -----
    Among equal values of a discrete variable all orders are equally likely. Of a continuous one, each sample takes
    the value of one of the 5 nearest (itself included) that no other took before it, or of any of the 5 where all are
    taken.

    Source: J. Runge, Conditional independence testing based on a nearest-neighbor estimator of conditional mutual
    information, AISTATS 2018, algorithm 1.
    """
    if given.discrete:
        by_group = np.argsort(given.levels, kind="stable")

        def within_groups(rng: np.random.Generator) -> Rows:
            rows = np.empty(len(by_group), dtype=np.int64)
            rows[by_group] = np.lexsort((rng.random(len(by_group)), given.levels))
            return rows

        order = within_groups
    else:
        from scipy.spatial import cKDTree  # noqa: PLC0415  only this shuffle looks for neighbours

        spread = given.points.std(axis=0)
        points = given.points / np.where(spread > 0, spread, 1)
        n_near = min(_LOCAL_NEIGHBOURS, len(points))
        near = cKDTree(points).query(points, k=np.arange(1, n_near + 1), p=np.inf)[1]

        def among_neighbours(rng: np.random.Generator) -> Rows:
            return _draw_unused(rng.permuted(near, axis=1), rng.permutation(len(near)))

        order = among_neighbours

    def shuffle(sample: Sample, rng: np.random.Generator) -> Sample:
        return {**sample, name: sample[name].take(order(rng))}

    return shuffle


def _draw_unused(near: Int64[np.ndarray, "n neighbours"], turns: Rows) -> Rows:
    rows = np.empty(len(near), dtype=np.int64)
    used = np.zeros(len(near), dtype=bool)
    for i in turns:
        choice = next((j for j in near[i] if not used[j]), near[i, -1])
        used[choice] = True
        rows[i] = choice
    return rows
