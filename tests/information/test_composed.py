from math import log, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from sklearn.metrics import mutual_info_score, normalized_mutual_info_score

from sightbits.core.counts import CountTable
from sightbits.information.composed import (
    NORMALIZATIONS,
    conditional_entropy,
    conditional_mutual_information,
    entropy,
    interaction_information,
    mutual_information,
    normalized_mutual_information,
    total_correlation,
)
from sightbits.information.discrete import ESTIMATORS, plug_in

some_tables = arrays(np.int64, array_shapes(min_dims=2, max_dims=2, max_side=6), elements=st.integers(0, 20)).filter(
    np.any
)
every_estimator = pytest.mark.parametrize("name", ESTIMATORS)


def make_table(counts: np.ndarray) -> CountTable:
    return CountTable(counts=np.asarray(counts), variables=("level", "label"))


def information(counts: np.ndarray, name: str = "plug_in") -> float:
    return float(mutual_information(make_table(counts), "level", "label", estimator=ESTIMATORS[name]))


@given(counts=some_tables)
def test_information_is_entropies_apart_less_entropy_together(counts: np.ndarray) -> None:
    for name, estimate in ESTIMATORS.items():
        parts = estimate(counts.sum(axis=1)) + estimate(counts.sum(axis=0)) - estimate(counts.ravel())
        assert information(counts, name) == pytest.approx(float(parts), abs=1e-12), name


@given(counts=some_tables)
def test_chain_rule(counts: np.ndarray) -> None:
    table = make_table(counts)
    for name, estimate in ESTIMATORS.items():
        label_given_level = conditional_entropy(table, "label", given="level", estimator=estimate)
        together = float(entropy(table, "level", "label", estimator=estimate))
        level_alone = entropy(table, "level", estimator=estimate)
        assert float(level_alone + label_given_level) == pytest.approx(together, abs=1e-12), name
        label_alone = entropy(table, "label", estimator=estimate)
        assert float(label_alone - label_given_level) == pytest.approx(information(counts, name), abs=1e-12), name


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


@given(counts=some_tables)
def test_information_is_symmetric(counts: np.ndarray) -> None:
    table = make_table(counts)
    for name, estimate in ESTIMATORS.items():
        there = float(mutual_information(table, "label", "level", estimator=estimate))
        assert there == pytest.approx(information(counts, name), abs=1e-12), name
        assert information(counts.T, name) == pytest.approx(there, abs=1e-12), name


@given(counts=some_tables, seed=st.integers(0, 99))
def test_names_of_the_levels_do_not_matter(counts: np.ndarray, seed: int) -> None:
    renamed = np.random.default_rng(seed).permutation(counts)
    for name in ESTIMATORS:
        assert information(renamed, name) == pytest.approx(information(counts, name), abs=1e-12), name


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


# --- three variables ---

three = arrays(np.int64, array_shapes(min_dims=3, max_dims=3, max_side=4), elements=st.integers(0, 9)).filter(np.any)
NAMES = ("x", "y", "z")
XOR = np.array([[[1, 0], [0, 1]], [[0, 1], [1, 0]]])
COPIES = np.array([[[1, 0], [0, 0]], [[0, 0], [0, 1]]])
AND = np.array([[[1, 0], [1, 0]], [[1, 0], [0, 1]]])


def make_three(counts: np.ndarray) -> CountTable:
    return CountTable(counts=counts, variables=NAMES)


def in_bits(nats: np.ndarray) -> float:
    return float(nats) / log(2)


def conditional_by_hand(counts: np.ndarray) -> float:
    """The mean over the values of z of the information between x and y there, cell by cell."""
    n, total = counts.sum(), 0.0
    for k in range(counts.shape[2]):
        layer = counts[:, :, k]
        for i, j in zip(*np.nonzero(layer), strict=True):
            share = layer[i, j] * layer.sum() / (layer[i].sum() * layer[:, j].sum())
            total += layer[i, j] / n * log(share)
    return total


@pytest.mark.parametrize(
    ("counts", "conditional", "correlation", "interaction"),
    [(XOR, 1, 1, 1), (COPIES, 0, 2, -1), (np.ones((2, 3, 4), dtype=np.int64), 0, 0, 0)],
)
def test_known_dependence_of_three(counts: np.ndarray, conditional: int, correlation: int, interaction: int) -> None:
    table = make_three(counts)
    assert in_bits(conditional_mutual_information(table, "x", "y", given="z")) == pytest.approx(conditional, abs=1e-12)
    assert in_bits(total_correlation(table, *NAMES)) == pytest.approx(correlation, abs=1e-12)
    assert in_bits(interaction_information(table, *NAMES)) == pytest.approx(interaction, abs=1e-12)


def test_and_gate() -> None:
    """H(z) is that of 1/4, and x tells of z the rest of one bit that y leaves open half of the time."""
    of_quarter = -(0.25 * log(0.25) + 0.75 * log(0.75)) / log(2)
    table = make_three(AND)
    assert in_bits(conditional_mutual_information(table, "x", "z", given="y")) == pytest.approx(0.5)
    assert in_bits(interaction_information(table, "x", "z", "y")) == pytest.approx(0.5 - (of_quarter - 0.5))


@given(counts=three)
def test_conditional_information_is_that_of_the_layers(counts: np.ndarray) -> None:
    found = conditional_mutual_information(make_three(counts), "x", "y", given="z")
    assert float(found) == pytest.approx(conditional_by_hand(counts), abs=1e-12)
    assert float(found) >= -1e-12


@given(counts=three)
def test_chain_rule_of_information(counts: np.ndarray) -> None:
    """I(x; y, z) = I(x; z) + I(x; y | z), with y and z taken together as one variable."""
    table = make_three(counts)
    joined = CountTable(counts=counts.reshape(counts.shape[0], -1), variables=("x", "yz"))
    for name, estimate in ESTIMATORS.items():
        together = mutual_information(joined, "x", "yz", estimator=estimate)
        apart = mutual_information(table, "x", "z", estimator=estimate) + conditional_mutual_information(
            table, "x", "y", given="z", estimator=estimate
        )
        assert float(together) == pytest.approx(float(apart), abs=1e-10), name


@settings(max_examples=40)  # nsb takes its time
@given(counts=three)
def test_interaction_and_total_correlation_do_not_mind_the_order(counts: np.ndarray) -> None:
    table = make_three(counts)
    for name, estimate in ESTIMATORS.items():
        for quantity in (interaction_information, total_correlation):
            expected = float(quantity(table, "x", "y", "z", estimator=estimate))
            for order in (("y", "x", "z"), ("z", "y", "x"), ("y", "z", "x")):
                assert float(quantity(table, *order, estimator=estimate)) == pytest.approx(expected, abs=1e-10), name


@given(counts=three)
def test_total_correlation_of_two_is_their_information(counts: np.ndarray) -> None:
    table = make_three(counts)
    assert float(total_correlation(table, "x", "y")) == pytest.approx(
        float(mutual_information(table, "x", "y")), abs=1e-12
    )


def test_three_variables_keep_the_batch() -> None:
    table = make_three(np.stack([XOR, COPIES]))
    for quantity in (interaction_information, total_correlation):
        assert quantity(table, *NAMES).tolist() == [float(quantity(make_three(one), *NAMES)) for one in (XOR, COPIES)]
    assert conditional_mutual_information(table, "x", "y", given="z").shape == (2,)


# --- as a share of the entropies ---

every_normalization = pytest.mark.parametrize("normalization", NORMALIZATIONS)


def share(counts: np.ndarray, normalization: str, x: str = "level", y: str = "label") -> float:
    return float(normalized_mutual_information(make_table(counts), x, y, normalization=normalization))


@pytest.mark.parametrize("normalization", ["arithmetic", "geometric", "min", "max"])
@given(counts=some_tables)
def test_normalized_information_is_that_of_scikit_learn(normalization: str, counts: np.ndarray) -> None:
    varies = (counts.any(axis=1).sum() > 1) and (counts.any(axis=0).sum() > 1)
    levels, labels = (np.repeat(codes.ravel(), counts.ravel()) for codes in np.indices(counts.shape))
    expected = normalized_mutual_info_score(levels, labels, average_method=normalization) if varies else 0.0
    assert share(counts, normalization) == pytest.approx(expected, abs=1e-10)


@given(counts=some_tables)
def test_information_as_a_share_of_the_joint_entropy(counts: np.ndarray) -> None:
    p = counts / counts.sum()
    together = -sum(cell * log(cell) for cell in p.ravel() if cell > 0)
    rows, columns = p.sum(axis=1), p.sum(axis=0)
    shared = sum(p[i, j] * log(p[i, j] / (rows[i] * columns[j])) for i, j in zip(*np.nonzero(p), strict=True))
    expected = shared / together if min((rows > 0).sum(), (columns > 0).sum()) > 1 else 0
    assert share(counts, "joint") == pytest.approx(expected, abs=1e-10)


def test_normalized_information_by_hand() -> None:
    """H(level) = 1 bit, H(label) = 1.5 bit, H(level, label) = 1.5 bit: the label tells the level."""
    counts = np.array([[2, 0, 0], [0, 1, 1]])
    expected = {"arithmetic": 1 / 1.25, "geometric": 1 / sqrt(1.5), "min": 1, "max": 1 / 1.5, "joint": 1 / 1.5}
    assert {name: share(counts, name) for name in NORMALIZATIONS} == pytest.approx(expected, abs=1e-12)
    assert float(normalized_mutual_information(make_table(counts), "level", "label")) == pytest.approx(0.8, abs=1e-12)


@given(counts=some_tables)
def test_normalized_information_is_a_symmetric_share(counts: np.ndarray) -> None:
    for normalization in NORMALIZATIONS:
        found = share(counts, normalization)
        assert -1e-9 <= found <= 1 + 1e-9, normalization
        assert share(counts, normalization, "label", "level") == pytest.approx(found, abs=1e-10), normalization


@every_normalization
@pytest.mark.parametrize("k", [2, 3, 7])
def test_equal_variables_share_everything(normalization: str, k: int) -> None:
    assert share(np.diag(np.arange(1, k + 1)), normalization) == pytest.approx(1, abs=1e-12)


@every_normalization
@given(row=st.lists(st.integers(1, 400), min_size=1, max_size=5))
def test_a_constant_shares_nothing_whatever_its_entropy_rounds_to(normalization: str, row: list[int]) -> None:
    counts = np.array([row, [0] * len(row)])
    assert share(counts, normalization) == 0
    assert share(counts.T, normalization) == 0


@every_normalization
@every_estimator
def test_batch_gives_each_table_its_own_share(name: str, normalization: str) -> None:
    counts = np.random.default_rng(0).integers(0, 9, (2, 3, 4, 5))
    counts[0, 1, 1:] = 0
    values = normalized_mutual_information(
        make_table(counts), "level", "label", normalization=normalization, estimator=ESTIMATORS[name]
    )
    assert values.shape == (2, 3)
    for i, j in np.ndindex(2, 3):
        alone = normalized_mutual_information(
            make_table(counts[i, j]), "level", "label", normalization=normalization, estimator=ESTIMATORS[name]
        )
        assert values[i, j] == pytest.approx(float(alone), abs=1e-12)


@every_normalization
def test_a_corrected_share_uses_corrected_entropies(normalization: str) -> None:
    counts, estimate = np.array([[9, 1, 2], [1, 5, 3]]), ESTIMATORS["grassberger"]
    table = make_table(counts)
    level, label = (float(entropy(table, one, estimator=estimate)) for one in ("level", "label"))
    both = float(entropy(table, "level", "label", estimator=estimate))
    whole = {
        "arithmetic": (level + label) / 2,
        "geometric": sqrt(level * label),
        "min": min(level, label),
        "max": max(level, label),
        "joint": both,
    }[normalization]
    found = normalized_mutual_information(table, "level", "label", normalization=normalization, estimator=estimate)
    assert float(found) == pytest.approx((level + label - both) / whole, abs=1e-12)
