"""Questions about neighbours in a space of standardised columns: how far, how many. Memory grows as n."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float, Int64
from scipy.special import digamma

from sightbits.core.checks import InputError, check_whole

Points = Float[np.ndarray, "n _"]
Radii = Float[np.ndarray, "n"]
Counts = Int64[np.ndarray, "n"]
Terms = Float[np.ndarray, "terms"]

# The fastest of 8, 16, ..., 1024 on Gaussian samples of 1,000 to 100,000 points in 2 to 50 columns. Few columns prune
# well, down to small leaves; with more, or for the wide balls of a marginal, whole leaves go through vector units.
FEW_COLUMNS = 2
SMALL_LEAF, LARGE_LEAF = 32, 256
LEAVES_AT_LEAST = 8


@dataclass(frozen=True, eq=False, kw_only=True)
class Tree:
    """Points in tree order, by column and by row, and the boxes of all nodes."""

    order: Int64[np.ndarray, "n"]
    columns: Float[np.ndarray, "columns n"]
    rows: Float[np.ndarray, "n columns"]
    low: Float[np.ndarray, "nodes columns"]
    high: Float[np.ndarray, "nodes columns"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Space:
    """Points with the maximum norm over columns, each divided by its standard deviation.

    The division is a weight on differences, not on values: equal differences of whole numbers stay equal, where
    rounded quotients would differ in their last digit and break ties at random. For the same reason a weight has 24
    bits: the last digits of a standard deviation depend on the order of the samples, and would decide between equal
    distances in two columns. A constant column is left out, since it adds to no distance.
    """

    n: int
    columns: Float[np.ndarray, "columns n"]
    weights: Float[np.ndarray, "columns"]

    @classmethod
    def of(cls, points: Points) -> "Space":
        """Return the space of one block of points."""
        columns = np.ascontiguousarray(points.T)
        varying = columns[(columns != columns[:, :1]).any(axis=1)]
        deviation = varying.std(axis=1)
        usable = np.isfinite(deviation) & (deviation > 0)  # else values near the limits of floats: left alone
        fraction, exponent = np.frexp(1 / np.where(usable, deviation, 1.0))
        return cls(n=len(points), columns=varying, weights=np.ldexp(np.round(fraction * 2**24) / 2**24, exponent))

    @classmethod
    def joint(cls, spaces: Sequence["Space"]) -> "Space":
        """Return the space of all columns of these spaces."""
        return cls(
            n=spaces[0].n,
            columns=np.concatenate([space.columns for space in spaces]),
            weights=np.concatenate([space.weights for space in spaces]),
        )

    def take(self, chosen: Int64[np.ndarray, "chosen"]) -> "Space":
        """Return the space of some of the points, with the same distances."""
        return Space(n=len(chosen), columns=np.take(self.columns, chosen, axis=1), weights=self.weights)

    @property
    def n_columns(self) -> int:
        """How many columns vary."""
        return len(self.columns)

    @cached_property
    def tree(self) -> Tree:
        """The tree of all points, down to the smallest leaves."""
        from sightbits.information import neighbour_tree_kernels  # noqa: PLC0415  Numba loads only when first used

        order, low, high = neighbour_tree_kernels.grow(self.columns, self.weights, self._level(SMALL_LEAF))
        columns = np.take(self.columns, order, axis=1)  # in C order, unlike columns[:, order]
        return Tree(order=order, columns=columns, rows=np.ascontiguousarray(columns.T), low=low, high=high)

    def kth_distance(self, k: int) -> Radii:
        """Return how far the k-th nearest other point is from each, exactly; 0 where no column varies."""
        if self.n_columns == 0:
            return np.zeros(self.n)
        if self.n_columns == 1:
            from sightbits.information import neighbour_line_kernels  # noqa: PLC0415

            order = np.argsort(self.columns[0])
            values = self.columns[0, order]
            return _put_back(order, neighbour_line_kernels.find_kth_distance(values, self.weights[0], k))
        from sightbits.information import neighbour_kernels  # noqa: PLC0415

        tree, level = self.tree, self._level(self._near_leaf)
        found = neighbour_kernels.find_kth_distance(
            tree.columns, tree.rows, self.weights, tree.low, tree.high, level, k
        )
        return _put_back(tree.order, found)

    def count_within(self, radius: Radii, *, near: bool = False) -> Counts:
        """Return how many other points are nearer to each than its radius, exactly, and nowhere at the radius itself.

        `near` says that they are few, as in the space that the radii were measured in.
        """
        if self.n_columns == 0:
            return np.full(self.n, self.n - 1)
        if self.n_columns == 1:
            from sightbits.information import neighbour_line_kernels  # noqa: PLC0415

            order = np.argsort(self.columns[0])
            values = self.columns[0, order]
            return _put_back(order, neighbour_line_kernels.count_within(values, self.weights[0], radius[order]))
        from sightbits.information import neighbour_kernels  # noqa: PLC0415

        tree, level = self.tree, self._level(self._near_leaf if near else LARGE_LEAF)
        counts = neighbour_kernels.count_within(
            tree.columns, tree.rows, self.weights, tree.low, tree.high, level, radius[tree.order]
        )
        return _put_back(tree.order, counts)

    def span_within(self, radius: Radii) -> Float[np.ndarray, "n columns"]:
        """Return the largest distance in each column among the points nearer than the radius."""
        from sightbits.information import neighbour_kernels  # noqa: PLC0415

        tree, level = self.tree, self._level(self._near_leaf)
        span = neighbour_kernels.measure_span(
            tree.columns, tree.rows, self.weights, tree.low, tree.high, level, radius[tree.order]
        )
        return _put_back(tree.order, span)

    @property
    def _near_leaf(self) -> int:
        return SMALL_LEAF if self.n_columns <= FEW_COLUMNS else LARGE_LEAF

    def _level(self, leaf: int) -> int:
        """Return the first level of the tree with nodes that small, or smaller where that leaves too few nodes."""
        largest = max(SMALL_LEAF, min(leaf, self.n // LEAVES_AT_LEAST))
        level = 0
        while self.n >> level > largest:
            level += 1
        return level


def including(radius: Radii) -> Radii:
    """Return the radii that hold, besides what is nearer, the points at the radius itself."""
    return np.asarray(np.nextafter(radius, np.inf))


def check_number(x: Points, k: int) -> None:
    """Raise `InputError` unless there are more samples than neighbours."""
    check_whole("k", k, low=1)
    if len(x) <= k:
        raise InputError(
            "samples",
            wanted=f"more than k = {k}",
            got=len(x),
            remedy="Give more samples, or choose a smaller k.",
        )


def digamma_of(counts: Counts) -> Terms:
    """Return the digamma of counts, each value computed once."""
    return digamma(np.arange(1, counts.max() + 1))[counts - 1]


def _put_back(order: Int64[np.ndarray, "n"], found: np.ndarray) -> np.ndarray:
    """Return in the order of the samples what was found in another order."""
    answer = np.empty_like(found)
    answer[order] = found
    return answer
