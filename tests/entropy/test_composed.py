from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from sklearn.metrics import mutual_info_score

from sightbits.core.counts import CountTable
from sightbits.entropy.composed import conditional_entropy, entropy, mutual_information
from sightbits.entropy.discrete import ESTIMATORS, plug_in

some_tables = arrays(np.int64, array_shapes(min_dims=2, max_dims=2, max_side=6), elements=st.integers(0, 20)).filter(
    np.any
)
every_estimator = pytest.mark.parametrize("name", ESTIMATORS)


def make_table(counts: np.ndarray) -> CountTable:
    return CountTable(counts=np.asarray(counts), variables=("level", "label"))


def information(counts: np.ndarray, name: str = "plug_in") -> float:
    return float(mutual_information(make_table(counts), "level", "label", estimator=ESTIMATORS[name]))


@every_estimator
@given(counts=some_tables)
def test_information_is_entropies_apart_less_entropy_together(name: str, counts: np.ndarray) -> None:
    estimate = ESTIMATORS[name]
    parts = estimate(counts.sum(axis=1)) + estimate(counts.sum(axis=0)) - estimate(counts.ravel())
    assert information(counts, name) == pytest.approx(float(parts), abs=1e-12)


@every_estimator
@given(counts=some_tables)
def test_chain_rule(name: str, counts: np.ndarray) -> None:
    table, estimate = make_table(counts), ESTIMATORS[name]
    label_given_level = conditional_entropy(table, "label", given="level", estimator=estimate)
    together = entropy(table, "level", "label", estimator=estimate)
    assert float(entropy(table, "level", estimator=estimate) + label_given_level) == pytest.approx(
        float(together), abs=1e-12
    )
    label_alone = entropy(table, "label", estimator=estimate)
    assert float(label_alone - label_given_level) == pytest.approx(information(counts, name), abs=1e-12)


@given(counts=some_tables)
def test_conditional_entropy_is_the_mean_entropy_of_the_rows(counts: np.ndarray) -> None:
    seen = counts[counts.sum(axis=1) > 0]
    mean = (seen.sum(axis=1) * plug_in(seen)).sum() / counts.sum()
    assert float(conditional_entropy(make_table(counts), "label", given="level")) == pytest.approx(mean, abs=1e-12)


@given(counts=some_tables)
def test_plug_in_information_is_that_of_scikit_learn(counts: np.ndarray) -> None:
    expected = mutual_info_score(None, None, contingency=counts.astype(float))
    assert information(counts) == pytest.approx(expected, abs=1e-12)


@given(counts=some_tables)
def test_plug_in_information_is_between_nothing_and_either_entropy(counts: np.ndarray) -> None:
    table = make_table(counts)
    most = min(float(entropy(table, "level")), float(entropy(table, "label")))
    assert -1e-12 <= information(counts) <= most + 1e-12


@every_estimator
@given(counts=some_tables)
def test_information_is_symmetric(name: str, counts: np.ndarray) -> None:
    table, estimate = make_table(counts), ESTIMATORS[name]
    there = float(mutual_information(table, "label", "level", estimator=estimate))
    assert there == pytest.approx(information(counts, name), abs=1e-12)
    assert information(counts.T, name) == pytest.approx(there, abs=1e-12)


@every_estimator
@given(counts=some_tables, seed=st.integers(0, 99))
def test_names_of_the_levels_do_not_matter(name: str, counts: np.ndarray, seed: int) -> None:
    renamed = np.random.default_rng(seed).permutation(counts)
    assert information(renamed, name) == pytest.approx(information(counts, name), abs=1e-12)


@given(counts=some_tables.filter(lambda counts: len(counts) > 1), data=st.data())
def test_merging_levels_never_raises_plug_in_information(counts: np.ndarray, data: st.DataObject) -> None:
    into, merged = data.draw(st.permutations(range(len(counts))))[:2]
    coarser = counts.copy()
    coarser[into] += coarser[merged]
    assert information(np.delete(coarser, merged, axis=0)) <= information(counts) + 1e-12


@given(
    rows=st.lists(st.integers(1, 9), min_size=1, max_size=5),
    columns=st.lists(st.integers(1, 9), min_size=1, max_size=5),
)
def test_independent_variables_share_nothing(rows: list[int], columns: list[int]) -> None:
    assert information(np.outer(rows, columns)) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("k", [1, 2, 5])
def test_equal_variables_share_all(k: int) -> None:
    assert information(3 * np.eye(k, dtype=int)) == pytest.approx(log(k), abs=1e-14)


@every_estimator
def test_batch_gives_each_table_its_own_value(name: str) -> None:
    counts = np.random.default_rng(0).integers(0, 9, (2, 3, 4, 5))
    values = mutual_information(make_table(counts), "level", "label", estimator=ESTIMATORS[name])
    alone = [[information(table, name) for table in row] for row in counts]
    np.testing.assert_allclose(values, alone, atol=1e-12)


def test_other_variables_are_summed_out() -> None:
    counts = np.random.default_rng(0).integers(0, 9, (2, 3, 4))
    table = CountTable(counts=counts, variables=("x", "y", "z"))
    assert float(mutual_information(table, "x", "z")) == pytest.approx(information(counts.sum(axis=1)), abs=1e-14)
    assert float(entropy(table, "y")) == pytest.approx(float(plug_in(counts.sum(axis=(0, 2)))), abs=1e-14)


def test_joint_entropy_takes_any_number_of_variables() -> None:
    counts = np.random.default_rng(0).integers(0, 9, (2, 3, 4))
    table = CountTable(counts=counts, variables=("x", "y", "z"))
    assert float(entropy(table, "z", "x", "y")) == pytest.approx(float(plug_in(counts.ravel())), abs=1e-14)


def test_corrected_information_may_be_negative() -> None:
    assert information(np.full((3, 3), 2), "miller_madow") < 0
