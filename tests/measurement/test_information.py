"""Expected information against NumPy's formula, by hand, and identities; also where cells hold next to nothing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.special import entr, xlogy

from sightbits.measurement.information import information_gain, joint_entropy

WITHIN = 4e-6  # nats, of probabilities in float32

shapes = st.tuples(st.just(1), st.integers(2, 9), st.integers(1, 5), st.integers(1, 4))
some_counts = shapes.flatmap(lambda shape: arrays(np.int64, shape, elements=st.integers(0, 40)))
some_weights = shapes.flatmap(
    lambda shape: arrays(
        np.float64, shape, elements=st.one_of(st.sampled_from([0.0, 1.0, 1e-30, 1e-42]), st.floats(0, 1, width=32))
    )
)


def with_one_total(counts: np.ndarray) -> np.ndarray:
    """The same labels at every pixel: each pixel's levels are those of the first, shuffled per label."""
    table = counts.copy()
    for pixel in range(1, counts.shape[3]):
        table[..., pixel] = np.roll(table[..., 0], pixel, axis=1)
    return table


def gain_slowly(table: np.ndarray) -> np.ndarray:
    """H(level) + H(label) - H(level, label) of each pixel."""
    p = table.astype(np.float64)[0]
    total = p.sum(axis=(0, 1))
    p = p / np.where(total > 0, total, 1)
    return entr(p.sum(axis=0)).sum(axis=0) + entr(p.sum(axis=1)).sum(axis=0) - entr(p).sum(axis=(0, 1))


def as_probabilities(weights: np.ndarray) -> np.ndarray:
    """Tables of every pixel with the same shares of labels, as a belief gives them."""
    table = with_one_total(weights)
    total = table[..., 0].sum()
    return table / total if total > 1e-20 else np.full_like(table, 1 / (table.shape[1] * table.shape[2]))


@given(some_counts)
def test_gain_of_counts_is_that_of_the_formula(counts: np.ndarray) -> None:
    table = with_one_total(counts)
    np.testing.assert_allclose(information_gain(table)[0], gain_slowly(table), atol=1e-12)


@given(some_weights)
def test_gain_of_probabilities_is_that_of_the_formula(weights: np.ndarray) -> None:
    table = as_probabilities(weights)
    np.testing.assert_allclose(information_gain(table)[0], gain_slowly(table), atol=WITHIN)
    np.testing.assert_allclose(information_gain(table.astype(np.float32))[0], gain_slowly(table), atol=WITHIN)


@pytest.mark.parametrize("n_outcomes", range(2, 10))
@pytest.mark.parametrize("n_labels", [1, 2, 10, 62])
def test_gain_of_random_tables_is_that_of_the_formula(n_outcomes: int, n_labels: int) -> None:
    rng = np.random.default_rng([n_outcomes, n_labels])
    of_label = rng.dirichlet(np.full(n_labels, 0.5))
    given_label = rng.dirichlet(np.full(n_outcomes, 0.2), size=(n_labels, 50))  # some next to 0
    table = np.moveaxis(given_label * of_label[:, np.newaxis, np.newaxis], 2, 0)[np.newaxis]
    np.testing.assert_allclose(information_gain(table)[0], gain_slowly(table), atol=WITHIN)


@pytest.mark.parametrize("kind", [np.int32, np.int64, np.uint8, np.float32, np.float64])
def test_label_that_is_the_pixel_is_told_whole(kind: type) -> None:
    n = 1 if np.dtype(kind).kind in "iu" else 0.25
    table = np.zeros((1, 4, 4, 2), dtype=kind)
    table[0, np.arange(4), np.arange(4), 0] = n
    table[0, 0, :, 1] = n  # a pixel that never changes
    np.testing.assert_allclose(information_gain(table)[0], [np.log(4), 0], atol=WITHIN)


def test_gain_is_worked_out_by_hand() -> None:
    # label 0: 3 dark, 1 bright; label 1: 4 bright. H(Y) = log 2, H(Y|X) = 5/8 h(1/5)
    table = np.array([[[[3], [0]], [[1], [4]]]])
    left = 5 / 8 * -(0.2 * np.log(0.2) + 0.8 * np.log(0.8))
    assert information_gain(table)[0, 0] == pytest.approx(np.log(2) - left, abs=1e-12)
    assert information_gain(table / 8)[0, 0] == pytest.approx(np.log(2) - left, abs=WITHIN)


@given(st.lists(st.integers(1, 9), min_size=2, max_size=6), st.lists(st.integers(0, 9), min_size=2, max_size=5))
def test_independent_tables_tell_nothing(levels: list[int], labels: list[int]) -> None:
    table = np.outer(levels, labels)[np.newaxis, :, :, np.newaxis]
    assert information_gain(table)[0, 0] == pytest.approx(0, abs=1e-12)
    if sum(labels):
        assert information_gain(table / table.sum())[0, 0] == pytest.approx(0, abs=WITHIN)


@given(some_weights)
def test_gain_is_never_negative_and_at_most_the_entropy_of_either(weights: np.ndarray) -> None:
    table = as_probabilities(weights)
    gain = information_gain(table)[0]
    assert (gain >= 0).all()
    p = table[0]
    assert (gain <= np.minimum(entr(p.sum(axis=0)).sum(axis=0), entr(p.sum(axis=1)).sum(axis=0)) + WITHIN).all()


@given(some_counts, st.integers(1, 50))
def test_gain_of_counts_hangs_on_shares_only(counts: np.ndarray, factor: int) -> None:
    table = with_one_total(counts)
    np.testing.assert_allclose(information_gain(table * factor), information_gain(table), atol=1e-12)


def test_states_do_not_mix() -> None:
    rng = np.random.default_rng(0)
    tables = np.stack([with_one_total(rng.integers(0, 9, size=(1, 3, 4, 5)))[0] for _ in range(6)])
    alone = np.concatenate([information_gain(tables[i : i + 1]) for i in range(6)])
    np.testing.assert_array_equal(information_gain(tables), alone)
    np.testing.assert_array_equal(information_gain(tables[::-1]), alone[::-1])


def test_nothing_counted_tells_nothing() -> None:
    empty = np.zeros((2, 3, 4, 5), dtype=np.int32)
    np.testing.assert_array_equal(information_gain(empty), np.zeros((2, 5)))
    np.testing.assert_array_equal(joint_entropy(empty), np.zeros((2, 5)))


def test_a_million_images_are_counted_to_rounding() -> None:
    table = np.array([[[[500_000], [1]], [[0], [500_000]]]])
    assert information_gain(table)[0, 0] == pytest.approx(gain_slowly(table)[0], abs=1e-12)


@given(some_counts)
def test_joint_entropy_is_that_of_the_formula(counts: np.ndarray) -> None:
    p = counts[0] / np.maximum(counts[0].sum(axis=(0, 1)), 1)
    np.testing.assert_allclose(joint_entropy(counts)[0], -xlogy(p, p).sum(axis=(0, 1)), atol=1e-12)


@given(some_weights)
def test_joint_entropy_is_what_gain_leaves_of_both_entropies(weights: np.ndarray) -> None:
    table = as_probabilities(weights)
    p = table[0]
    both = entr(p.sum(axis=0)).sum(axis=0) + entr(p.sum(axis=1)).sum(axis=0)
    np.testing.assert_allclose(joint_entropy(table)[0], both - information_gain(table)[0], atol=WITHIN)
