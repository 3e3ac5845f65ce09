"""The tree of levels against scikit-learn's own, and against what it says of itself."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy.special import xlogy
from sklearn.tree import DecisionTreeClassifier

from sightbits.measurement.beliefs.templates.level_tree import LevelTree, grow_tree

EndsIn = Callable[[LevelTree, np.ndarray], np.ndarray]

SIZES = [(400, 8, 1), (3000, 31, 20), (3000, 256, 5), (20_000, 100, 150)]


def draw(seed: int, n_samples: int, kind: str) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    values = rng.integers(0, 256, (n_samples, 3))[:, rng.integers(0, 3, 9)] + rng.normal(0, 30, (n_samples, 9))
    values[rng.random(values.shape) < 0.3] = 0
    signal = values[:, 4] + values[:, 7] / 3 + rng.normal(0, 25, n_samples)
    levels = np.digitize(signal, [1, 40, 90, 150, 200]).astype(np.uint8)
    values = {
        "grey": values.clip(0, 255).round(),
        "few": values.clip(0, 255).round() // 32 - 3,
        "shares": values.clip(0, 255).round() / 255,
        "floats": values,
    }[kind]
    return values.astype(np.float32), levels


def grow(values: np.ndarray, levels: np.ndarray, most_leaves: int, least: int) -> LevelTree:
    return grow_tree(values, levels, n_levels=6, most_leaves=most_leaves, least_in_leaf=least)


def entropy_left(seen: np.ndarray) -> float:
    return float((xlogy(seen.sum(axis=1), seen.sum(axis=1)) - xlogy(seen, seen).sum(axis=1)).sum())


def peer(values: np.ndarray, levels: np.ndarray, most_leaves: int, least: int) -> DecisionTreeClassifier:
    chosen = DecisionTreeClassifier(
        criterion="entropy", max_leaf_nodes=most_leaves, min_samples_leaf=least, random_state=0
    )
    return chosen.fit(values, levels)


@pytest.mark.parametrize(("n_samples", "most_leaves", "least"), SIZES)
@pytest.mark.parametrize("kind", ["grey", "few", "shares"])
def test_it_is_the_tree_of_scikit_learn(n_samples: int, most_leaves: int, least: int, kind: str) -> None:
    values, levels = draw(n_samples, n_samples, kind)
    tree, other = grow(values, levels, most_leaves, least), peer(values, levels, most_leaves, least).tree_
    ends = other.children_left < 0
    theirs = other.value[ends, 0] * other.n_node_samples[ends, None]
    assert len(tree.leaves) == ends.sum() <= most_leaves
    assert entropy_left(tree.seen[tree.leaves]) == pytest.approx(entropy_left(theirs), rel=1e-3)
    assert tree.seen[tree.leaves].sum(axis=1).min() >= least


@pytest.mark.parametrize("seed", range(6))
def test_where_no_two_splits_are_equally_good_every_value_ends_where_it_does_there(ends_in: EndsIn, seed: int) -> None:
    values, levels = draw(seed, 5000, "grey")
    tree, other = grow(values, levels, 12, 200), peer(values, levels, 12, 200)
    unseen = draw(seed + 100, 3000, "floats")[0]
    ours, theirs = ends_in(tree, unseen), other.apply(unseen)
    assert len(set(zip(ours.tolist(), theirs.tolist(), strict=True))) == 12 == len(set(ours.tolist()))


def test_floats_are_cut_nearly_as_well() -> None:
    values, levels = draw(0, 20_000, "floats")
    tree, other = grow(values, levels, 64, 50), peer(values, levels, 64, 50).tree_
    ends = other.children_left < 0
    theirs = entropy_left(other.value[ends, 0] * other.n_node_samples[ends, None])
    assert theirs <= entropy_left(tree.seen[tree.leaves]) <= 1.01 * theirs


@pytest.mark.parametrize("kind", ["grey", "few", "shares", "floats"])
def test_nodes_hold_what_comes_to_them(ends_in: EndsIn, kind: str) -> None:
    values, levels = draw(5, 2000, kind)
    tree = grow(values, levels, 40, 7)
    ends = ends_in(tree, values)
    for leaf in tree.leaves:
        np.testing.assert_array_equal(tree.seen[leaf], np.bincount(levels[ends == leaf], minlength=6))
    inner = np.flatnonzero(tree.feature >= 0)
    np.testing.assert_array_equal(tree.seen[inner], tree.seen[tree.left[inner]] + tree.seen[tree.right[inner]])
    assert len(tree.feature) == 2 * len(tree.leaves) - 1


def test_neighbours_in_single_precision_are_told_apart(ends_in: EndsIn) -> None:
    low = np.float32(0.1)
    values = np.array([[low], [low], [np.nextafter(low, np.float32(1))], [np.nextafter(low, np.float32(1))]])
    tree = grow(values, np.array([0, 0, 1, 1], dtype=np.uint8), 4, 1)
    assert tree.seen[ends_in(tree, values)].max(axis=1).tolist() == [2, 2, 2, 2]


@pytest.mark.parametrize("levels", [[3, 3, 3, 3], [0, 1, 0, 1]])
def test_without_anything_to_tell_it_is_one_leaf(levels: list[int]) -> None:
    tree = grow(np.full((4, 2), 7, dtype=np.float32), np.array(levels, dtype=np.uint8), 8, 1)
    assert tree.leaves.tolist() == [0]
    assert tree.seen[0].tolist() == np.bincount(levels, minlength=6).tolist()


def test_fewer_samples_than_two_leaves_need_stay_together() -> None:
    values, levels = draw(1, 39, "grey")
    assert len(grow(values, levels, 8, 20).leaves) == 1
