"""Joint entropies and information against closed forms, plain loops, and what is proven of them; what is refused."""

from collections.abc import Callable
from itertools import product
from math import fsum, inf, log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightbits.core.checks import InputError
from sightbits.information.generalised import renyi_entropy
from sightbits.information.gram import (
    averaged_gram,
    concatenated_gaussian_kernel,
    entropy,
    gaussian_kernel,
    gram_spectrum,
    joint_entropies,
    joint_gram,
    linear_kernel,
    match_kernel,
    matrix_conditional_mutual_information,
    matrix_joint_entropy,
    matrix_multivariate_information,
    matrix_mutual_information,
    matrix_renyi_entropy,
    normalise_gram,
    pair_entropies,
)

seeds = st.integers(0, 2**32 - 1)
orders = st.one_of(st.floats(0.7, 30.0), st.sampled_from([1.0, 1.01, 2.0, 3.0, inf]))


def draw_grams(seed: int, n_variables: int, *, n: int = 8) -> list[np.ndarray]:
    """Gram matrices of related variables, by kernels of all kinds and lengths."""
    rng = np.random.default_rng(seed)
    common = rng.normal(size=(n, 2))
    grams = []
    for _ in range(n_variables):
        points = rng.uniform(0, 1) * common + rng.uniform(0, 1) * rng.normal(size=(n, 2))
        kernels = [
            lambda points=points: gaussian_kernel(points, float(10 ** rng.uniform(-1, 1))),
            lambda points=points: linear_kernel(points),
            lambda points=points: match_kernel((points[:, 0] > 0) + 2 * (points[:, 1] > rng.normal())),
        ]
        grams.append(normalise_gram(kernels[rng.choice(3, p=[0.6, 0.2, 0.2])]()))
    return grams


def labels_of(table: list[list[int]]) -> tuple[np.ndarray, np.ndarray]:
    """Samples of two labels that are counted as in a table."""
    pairs = [cell for cell, count in np.ndenumerate(np.array(table)) for _ in range(count)]
    x, y = np.array(pairs).T
    return normalise_gram(match_kernel(x)), normalise_gram(match_kernel(y))


def joint_slowly(grams: list[np.ndarray], alpha: float) -> float:
    n = len(grams[0])
    entries = [[float(np.prod([gram[i, j] for gram in grams])) for j in range(n)] for i in range(n)]
    trace = fsum(entries[i][i] for i in range(n))
    values = [max(float(value), 0.0) / trace for value in np.linalg.eigh(np.array(entries))[0]]
    if alpha == 1:
        return -fsum(p * log(p) for p in values if p > 0)
    return log(fsum(p**alpha for p in values)) / (1 - alpha)


@given(seed=seeds, alpha=st.sampled_from([1.0, 1.01, 2.0, 3.5]))
def test_all_measures_as_in_plain_loops(seed: int, alpha: float) -> None:
    x, y, z = draw_grams(seed, 3)

    def slow(*grams: np.ndarray) -> float:
        return joint_slowly(list(grams), alpha)

    def near(value: float) -> object:
        return pytest.approx(value, abs=1e-10)

    assert float(matrix_joint_entropy([x, y, z], alpha)) == near(slow(x, y, z))
    assert float(matrix_mutual_information(x, y, alpha)) == near(slow(x) + slow(y) - slow(x, y))
    together = slow(x) + slow(y, z) - slow(x, y, z)
    assert float(matrix_multivariate_information(x, [y, z], alpha)) == near(together)
    conditional = slow(x, z) + slow(y, z) - slow(x, y, z) - slow(z)
    assert float(matrix_conditional_mutual_information(x, y, z, alpha)) == near(conditional)


def test_labels_give_the_information_of_their_table() -> None:
    table = [[3, 1, 0], [1, 2, 5]]
    x, y = labels_of(table)
    counts = np.array(table)
    for alpha in (1.0, 1.01, 2.0, 4.0):
        of_x, of_y, of_both = (
            float(renyi_entropy(part, alpha)) for part in (counts.sum(1), counts.sum(0), counts.reshape(-1))
        )
        assert float(matrix_joint_entropy([x, y], alpha)) == pytest.approx(of_both, abs=1e-12)
        assert float(matrix_mutual_information(x, y, alpha)) == pytest.approx(of_x + of_y - of_both, abs=1e-12)


def test_exclusive_or() -> None:
    bits = np.array(list(product([0, 1], repeat=2)))
    x, y, z = (normalise_gram(match_kernel(labels)) for labels in (bits[:, 0], bits[:, 1], bits.sum(1) % 2))
    assert float(matrix_mutual_information(x, z)) == pytest.approx(0, abs=1e-12)
    assert float(matrix_conditional_mutual_information(x, z, y)) == pytest.approx(log(2))
    assert float(matrix_multivariate_information(z, [x, y])) == pytest.approx(log(2))


@given(seed=seeds, n_variables=st.integers(2, 5), alpha=orders)
def test_joint_entropy_is_at_least_each_of_its_parts_of_every_order(seed: int, n_variables: int, alpha: float) -> None:
    grams = draw_grams(seed, n_variables)
    parts = [float(matrix_renyi_entropy(gram, alpha)) for gram in grams]
    assert float(matrix_joint_entropy(grams, alpha)) >= max(parts) - (1e-10 if alpha >= 1 else 1e-8)


@given(seed=seeds, n_variables=st.integers(2, 5))
def test_joint_entropy_of_order_one_is_at_most_the_sum_of_its_parts(seed: int, n_variables: int) -> None:
    grams = draw_grams(seed, n_variables)
    parts = [float(matrix_renyi_entropy(gram, 1.0)) for gram in grams]
    assert float(matrix_joint_entropy(grams, 1.0)) <= sum(parts) + 1e-12


@given(seed=seeds, alpha=st.floats(1.0, 5.0))
def test_above_order_one_it_exceeds_the_sum_by_no_more_than_the_parts_lose(seed: int, alpha: float) -> None:
    grams = draw_grams(seed, 3)
    at_one = [float(matrix_renyi_entropy(gram, 1.0)) for gram in grams]
    assert float(matrix_joint_entropy(grams, alpha)) <= sum(at_one) + 1e-12
    information = float(matrix_mutual_information(grams[0], grams[1], alpha))
    lost = sum(at_one[:2]) - sum(float(matrix_renyi_entropy(gram, alpha)) for gram in grams[:2])
    assert information >= -lost - 1e-12


@pytest.mark.parametrize(
    ("table", "alpha"),
    [([[1, 0], [4, 1]], 2.0), ([[2, 0], [3, 2]], 5.0), ([[1, 2], [2, 6]], 0.5), ([[1, 4], [6, 23]], 1.01)],
)
def test_the_sum_of_the_parts_is_no_bound_of_other_orders(table: list[list[int]], alpha: float) -> None:
    """The second inequality of corollary 1 of arXiv:1804.06537 fails, if only by 2e-6 nats of order 1.01."""
    x, y = labels_of(table)
    assert float(matrix_mutual_information(x, y, alpha)) < -2e-6
    counts = np.array(table)
    both = float(renyi_entropy(counts.reshape(-1), alpha))
    assert both - float(renyi_entropy(counts.sum(0), alpha)) - float(renyi_entropy(counts.sum(1), alpha)) > 2e-6


@given(seed=seeds)
def test_information_of_order_one_is_not_negative_and_grows_with_variables(seed: int) -> None:
    x, y, z = draw_grams(seed, 3)
    alone = float(matrix_mutual_information(x, y, 1.0))
    assert alone >= -1e-12
    assert float(matrix_conditional_mutual_information(x, y, z, 1.0)) >= -1e-12
    assert float(matrix_multivariate_information(x, [y, z], 1.0)) >= alone - 1e-12


@given(seed=seeds, alpha=st.floats(1.0, 5.0))
def test_information_identities(seed: int, alpha: float) -> None:
    x, y, z = draw_grams(seed, 3)
    alone = float(matrix_mutual_information(x, y, alpha))
    assert alone == pytest.approx(float(matrix_mutual_information(y, x, alpha)), abs=1e-12)
    assert alone <= min(float(matrix_renyi_entropy(x, alpha)), float(matrix_renyi_entropy(y, alpha))) + 1e-12
    chained = alone + float(matrix_conditional_mutual_information(x, z, y, alpha))
    assert float(matrix_multivariate_information(x, [y, z], alpha)) == pytest.approx(chained, abs=1e-12)
    assert float(matrix_multivariate_information(x, [y], alpha)) == pytest.approx(alone, abs=1e-13)
    constant = np.full_like(x, 1 / len(x))
    assert float(matrix_mutual_information(x, constant, alpha)) == pytest.approx(0, abs=1e-12)
    places = np.random.default_rng(seed).permutation(len(x))
    mixed = [gram[np.ix_(places, places)] for gram in (x, y)]
    assert float(matrix_mutual_information(*mixed, alpha)) == pytest.approx(alone, abs=1e-12)


def test_different_samples_hide_everything() -> None:
    identity, (x,) = np.eye(8) / 8, draw_grams(0, 1)
    assert float(matrix_mutual_information(x, identity)) == pytest.approx(float(matrix_renyi_entropy(x)), abs=1e-12)


@given(seed=seeds)
def test_joint_of_gaussians_is_that_of_the_concatenation(seed: int) -> None:
    rng = np.random.default_rng(seed)
    blocks = [rng.normal(size=(10, d)) for d in (1, 3, 2)]
    sizes = rng.uniform(0.5, 5, size=3).tolist()
    grams = [normalise_gram(gaussian_kernel(block, size)) for block, size in zip(blocks, sizes, strict=True)]
    together = normalise_gram(concatenated_gaussian_kernel(blocks, sizes))
    assert np.abs(joint_gram(grams) - together).max() < 1e-12


def test_long_products_keep_their_diagonal() -> None:
    x = draw_grams(1, 1, n=64)[0]
    joint = joint_gram([x] * 600)
    assert np.diagonal(joint) == pytest.approx(np.full(64, 1 / 64), rel=1e-9)
    assert float(matrix_joint_entropy([np.eye(64) / 64] * 600)) == pytest.approx(log(64))


def test_batches_broadcast_and_are_as_one_by_one() -> None:
    x, y, z = (np.stack(draw_grams(seed, 3)) for seed in range(3))
    pairs = matrix_mutual_information(x[:, None], y[None])
    conditional = matrix_conditional_mutual_information(x[:, None], y[None], z[0])
    several = matrix_multivariate_information(x[0], [y, z])
    assert pairs.shape == conditional.shape == (3, 3)
    assert several.shape == (3,)
    for i, j in np.ndindex(3, 3):
        assert pairs[i, j] == pytest.approx(float(matrix_mutual_information(x[i], y[j])), abs=1e-13)
        one = float(matrix_conditional_mutual_information(x[i], y[j], z[0]))
        assert conditional[i, j] == pytest.approx(one, abs=1e-13)
        assert several[i] == pytest.approx(float(matrix_multivariate_information(x[0], [y[i], z[i]])), abs=1e-13)


@pytest.mark.parametrize("alpha", [1.0, 1.01, 2.0])
def test_many_pairs_are_as_one_by_one(alpha: float) -> None:
    grams = np.stack(draw_grams(0, 7))
    pairs = np.array(list(product(range(7), repeat=2)))
    entropies = pair_entropies(grams, pairs, alpha)
    assert entropies.shape == (49,)
    for (i, j), entropy_of_pair in zip(pairs, entropies, strict=True):
        assert entropy_of_pair == pytest.approx(float(matrix_joint_entropy([grams[i], grams[j]], alpha)), abs=1e-13)
    assert pair_entropies(grams, pairs[:1], alpha) == pytest.approx(entropies[:1], abs=1e-14)


@pytest.mark.parametrize("pairs", [[], [[0, 1, 1]], [0, 1], [[0, 3]], [[-1, 0]], [[0.0, 1.0]]])
def test_pairs_that_are_refused(pairs: list[object]) -> None:
    with pytest.raises(InputError, match="pairs"):
        pair_entropies(np.stack(draw_grams(0, 3)), pairs)


def test_each_distinct_subset_is_computed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    solved = []
    solve = entropy.eigenvalues
    monkeypatch.setattr(entropy, "eigenvalues", lambda matrices: solved.append(matrices.shape) or solve(matrices))
    grams = draw_grams(0, 3)
    entropies = joint_entropies(grams, [[0], [1, 0], [0], [0, 1], [2, 2], [2]])
    assert len(solved) == 4
    assert entropies[0] == entropies[2]
    assert entropies[1] == entropies[3]
    assert float(entropies[4]) >= float(entropies[5])
    solved.clear()
    stacked = np.stack(grams)
    matrix_mutual_information(stacked[:, None], stacked[None])
    assert sorted(solved) == [(1, 3, 8, 8), (3, 1, 8, 8), (3, 3, 8, 8)]


def test_of_a_single_variable_the_joint_is_its_own() -> None:
    x = draw_grams(0, 1)[0]
    assert (joint_gram([x]) == x).all()
    assert gram_spectrum(joint_gram([x, x])).eigenvalues.sum() == pytest.approx(1)


@given(seed=seeds, alpha=orders)
def test_the_average_of_gaussians_is_that_of_longer_sizes(seed: int, alpha: float) -> None:
    rng = np.random.default_rng(seed)
    blocks = [rng.normal(size=(10, d)) for d in (1, 3, 2)]
    sizes = rng.uniform(0.5, 5, size=3)
    grams = [normalise_gram(gaussian_kernel(block, size)) for block, size in zip(blocks, sizes.tolist(), strict=True)]
    longer = normalise_gram(concatenated_gaussian_kernel(blocks, (sizes * 3**0.5).tolist()))
    averaged = averaged_gram(grams)
    assert np.abs(averaged - longer).max() < 1e-12
    assert gram_spectrum(averaged).clipped < 1e-12
    assert float(matrix_renyi_entropy(averaged, alpha)) <= float(matrix_joint_entropy(grams, alpha)) + 1e-9


def test_the_average_is_the_geometric_mean_of_entries() -> None:
    x, y = (np.array([[0.5, a], [a, 0.5]]) for a in (0.1, 0.4))
    z = np.eye(2) / 2
    assert averaged_gram([x, y]) == pytest.approx(np.array([[0.5, 0.2], [0.2, 0.5]]), abs=1e-15)
    assert averaged_gram([x, y, z]) == pytest.approx(z, abs=1e-15)
    assert averaged_gram([x]) == pytest.approx(x, abs=1e-15)
    assert averaged_gram([y] * 600) == pytest.approx(y, abs=1e-12)
    both = averaged_gram([np.stack([x, y]), y])
    assert both[0] == pytest.approx(averaged_gram([x, y]), abs=1e-15)
    assert both[1] == pytest.approx(y, abs=1e-15)


def test_of_many_variables_the_product_saturates_and_the_average_does_not() -> None:
    points = np.random.default_rng(0).normal(size=(512, 20, 2))
    grams = list(normalise_gram(gaussian_kernel(points, 2.0)))
    assert float(matrix_joint_entropy(grams)) == pytest.approx(log(20), abs=1e-9)
    assert 1 < float(matrix_renyi_entropy(averaged_gram(grams))) < 0.6 * log(20)


def test_averages_that_are_refused() -> None:
    for bad in (np.eye(4) / 4, np.eye(3), np.full((3, 3), np.nan)):
        with pytest.raises(InputError):
            averaged_gram([GOOD, bad])
    with pytest.raises(InputError, match="one Gram matrix"):
        averaged_gram([])
    with pytest.raises(InputError, match="grams: wanted entries of 0 or more, got negative ones"):
        averaged_gram([np.eye(2) / 2, np.array([[0.5, -1e-3], [-1e-3, 0.5]])])
    with pytest.raises(InputError, match="products with a trace"):
        averaged_gram([np.diag([1.0, 0.0]), np.diag([0.0, 1.0])])


GOOD = np.eye(3) / 3


@pytest.mark.parametrize(
    "measure",
    [
        lambda bad: joint_gram([GOOD, bad]),
        lambda bad: matrix_joint_entropy([GOOD, bad]),
        lambda bad: matrix_mutual_information(GOOD, bad),
        lambda bad: matrix_mutual_information(bad, GOOD, 2.0),
        lambda bad: matrix_multivariate_information(GOOD, [GOOD, bad]),
        lambda bad: matrix_conditional_mutual_information(GOOD, GOOD, bad),
    ],
)
@pytest.mark.parametrize("bad", [np.eye(4) / 4, np.eye(3), np.full((3, 3), np.nan), np.ones((3, 4)), [[1.0]]])
def test_what_is_refused(measure: Callable[[object], object], bad: object) -> None:
    with pytest.raises(InputError):
        measure(bad)


def test_pairs_of_a_single_matrix_are_refused() -> None:
    with pytest.raises(InputError, match="variables"):
        pair_entropies(GOOD, [[0, 0]])
    with pytest.raises(InputError, match="alpha"):
        pair_entropies(GOOD[None], [[0, 0]], -1.0)


def test_no_variables_places_that_are_not_there_and_orders_are_refused() -> None:
    with pytest.raises(InputError, match="one Gram matrix"):
        joint_gram([])
    for subset in ([], [2], [-1]):
        with pytest.raises(InputError, match="subsets"):
            joint_entropies([GOOD, GOOD], [subset])
    with pytest.raises(InputError, match="alpha"):
        matrix_mutual_information(GOOD, GOOD, 0.0)
    with pytest.raises(InputError, match="grams"):
        matrix_multivariate_information(GOOD, [])
    with pytest.raises(InputError, match="trace"):
        joint_gram([np.diag([1.0, 0.0]), np.diag([0.0, 1.0])])
