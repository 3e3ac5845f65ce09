"""How alike chosen sets are: against pairs of sets, one by one."""

import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sightbits.selection.stability import jaccard_index, selection_stability


def draw_sets(seed, n_sets, n_pixels, k):
    rng = np.random.default_rng(seed)
    chosen = np.zeros((n_sets, n_pixels), dtype=bool)
    for one in chosen:
        one[rng.choice(n_pixels, size=k, replace=False)] = True
    return chosen


def stability_by_pairs(chosen):
    """For sets of one size: the mean of what each two share beyond chance, of the most they could."""
    n_sets, n_pixels = chosen.shape
    k = int(chosen[0].sum())
    by_chance = k**2 / n_pixels
    both = [(a & b).sum() for a, b in combinations(chosen, 2)]
    assert len(both) == n_sets * (n_sets - 1) // 2
    return (np.mean(both) - by_chance) / (k - by_chance)


@pytest.mark.parametrize(
    ("first", "second", "index"),
    [
        ({1, 2, 3}, {3, 2, 1}, 1.0),
        ({1, 2}, {3, 4}, 0.0),
        ({1, 2, 3}, {2, 3, 4}, 0.5),
        ({1}, {1, 2, 3, 4}, 0.25),
        ([5, 5, 6], [6], 0.5),
        (set(), {1}, 0.0),
        (set(), set(), 1.0),
    ],
    ids=["same", "apart", "half", "within", "twice", "one-empty", "both-empty"],
)
def test_jaccard_index_by_hand(first, second, index):
    assert jaccard_index(first, second) == jaccard_index(second, first) == index


@pytest.mark.parametrize(("n_sets", "n_pixels", "k"), [(2, 10, 3), (5, 12, 1), (7, 20, 19), (20, 64, 8)])
def test_stability_of_sets_of_one_size_is_what_each_two_share_beyond_chance(n_sets, n_pixels, k):
    chosen = draw_sets(0, n_sets, n_pixels, k)
    assert selection_stability(chosen) == pytest.approx(stability_by_pairs(chosen), abs=1e-12)


def test_stability_of_sets_of_several_sizes_by_hand():
    chosen = np.array([[1, 1, 0, 0], [1, 0, 0, 0], [1, 1, 1, 0]], dtype=bool)
    variances = [0, 1 / 3, 1 / 3, 0]
    assert selection_stability(chosen) == pytest.approx(1 - (sum(variances) / 4) / (0.5 * 0.5))


def test_the_same_set_again_is_wholly_stable():
    assert selection_stability(np.repeat(draw_sets(3, 1, 30, 7), 6, axis=0)) == 1


def test_choice_at_random_has_no_stability():
    assert abs(selection_stability(draw_sets(1, 400, 50, 10))) < 0.01


@pytest.mark.parametrize("chosen", [np.ones((4, 6)), np.zeros((4, 6)), np.eye(1, 6), np.ones((0, 6))])
def test_stability_that_means_nothing_is_missing(chosen):
    assert math.isnan(selection_stability(chosen.astype(bool)))


@given(arrays(bool, st.tuples(st.integers(2, 6), st.integers(2, 9))), st.randoms(use_true_random=False))
def test_stability_knows_no_order(chosen, random):
    rows, columns = list(range(len(chosen))), list(range(chosen.shape[1]))
    random.shuffle(rows)
    random.shuffle(columns)
    found, turned = selection_stability(chosen), selection_stability(chosen[rows][:, columns])
    assert found <= 1 or math.isnan(found)
    np.testing.assert_allclose(turned, found, atol=1e-12)
