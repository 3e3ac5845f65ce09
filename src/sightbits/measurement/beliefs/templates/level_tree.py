"""A decision tree that tells the level at a pixel from the grey values around it."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Int64, UInt8

_PLACES = 256


@dataclass(frozen=True, eq=False, kw_only=True)
class LevelTree:
    """A binary tree: left where a value is at most the threshold.

    Parameters
    ----------
    feature
        Which value is looked at; -1 in leaves.
    left, right
        The children; -1 in leaves.
    seen
        How many samples of each level came to a node.
    """

    feature: Int64[np.ndarray, "nodes"]
    threshold: Float32[np.ndarray, "nodes"]
    left: Int64[np.ndarray, "nodes"]
    right: Int64[np.ndarray, "nodes"]
    seen: Int64[np.ndarray, "nodes levels"]

    @property
    def leaves(self) -> Int64[np.ndarray, "leaves"]:
        """The nodes that are leaves, ascending."""
        return np.flatnonzero(self.feature < 0)


def grow_tree(
    values: Float32[np.ndarray, "samples features"],
    levels: UInt8[np.ndarray, "samples"],
    *,
    n_levels: int,
    most_leaves: int,
    least_in_leaf: int,
) -> LevelTree:
    """Grow a tree that leaves as little entropy of the level as it can, the leaf with most to gain first.

    Parameters
    ----------
    least_in_leaf
        How many samples each leaf has at least.

    Notes
    -----
    The tree of scikit-learn's `DecisionTreeClassifier` (entropy, `max_leaf_nodes`, `min_samples_leaf`) where no two
    splits are equally good; of such the first feature's and the lowest is taken. Values are sorted into 256 places
    first, which loses nothing where there are no more of them; others are cut at their quantiles. Cost: samples x
    features for each doubling of the leaves. Memory: 1 KB a leaf, feature and level.

    Source: L. Breiman, J. Friedman, R. Olshen, C. Stone, Classification and Regression Trees, 1984; G. Ke et al.,
    LightGBM: a highly efficient gradient boosting decision tree, NeurIPS 2017 (histograms, the leaf with most to gain).

    Examples
    --------
    >>> values = np.array([[0], [10], [200], [210]], dtype=np.float32)
    >>> tree = grow_tree(values, np.array([0, 0, 1, 1], dtype=np.uint8), n_levels=2, most_leaves=8, least_in_leaf=1)
    >>> tree.threshold[0], tree.seen[tree.leaves].tolist()
    (np.float32(105.0), [[2, 0], [0, 2]])
    """
    from sightbits.measurement.beliefs.templates import level_tree_kernels  # noqa: PLC0415  Numba loads only here

    lowest, highest, places = _sort_into_places(values)
    n_nodes = 2 * most_leaves - 1
    feature, place, following, left, right = np.full((5, n_nodes), -1, dtype=np.int64)
    seen = np.zeros((n_nodes, n_levels), dtype=np.int64)
    made = level_tree_kernels.grow(
        places, levels, len(highest), least_in_leaf, feature, place, following, left, right, seen
    )
    below, above = highest[place], lowest[following]
    middle = ((below.astype(np.float64) + above) / 2).astype(np.float32)
    threshold = np.where(middle < above, middle, below)  # neighbours in single precision have nothing between them
    return LevelTree(
        feature=feature[:made], threshold=threshold[:made], left=left[:made], right=right[:made], seen=seen[:made]
    )


def _sort_into_places(
    values: Float32[np.ndarray, "samples features"],
) -> tuple[Float32[np.ndarray, "places"], Float32[np.ndarray, "places"], UInt8[np.ndarray, "samples features"]]:
    """Return the lowest and the highest value of each place, and every value's place."""
    if values.min() >= 0 and values.max() < _PLACES:
        whole = values.astype(np.uint8)
        if (whole == values).all():
            met = np.bincount(whole.ravel(), minlength=_PLACES) > 0
            grey = np.flatnonzero(met).astype(np.float32)
            return grey, grey, (np.cumsum(met) - 1).astype(np.uint8)[whole]
    lowest = highest = np.unique(values)
    if len(highest) > _PLACES:
        highest = np.unique(np.quantile(values, np.arange(1, _PLACES + 1) / _PLACES, method="higher"))
        lowest = lowest[np.r_[0, np.searchsorted(lowest, highest[:-1], side="right")]]
    return lowest, highest, np.searchsorted(highest, values).astype(np.uint8)
