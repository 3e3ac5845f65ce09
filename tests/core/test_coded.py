import tracemalloc
from collections.abc import Callable
from itertools import combinations, permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightbits.core.coded import CodedSample, SampleBySample
from sightbits.core.counts import CountTable
from sightbits.information.composed import (
    Counted,
    conditional_entropy,
    conditional_mutual_information,
    entropy,
    interaction_information,
    mutual_information,
    total_correlation,
)
from sightbits.information.discrete import Estimator, plug_in

NAMES = ("x", "y", "z")
SUBSETS = [names for size in (1, 2, 3) for names in permutations(NAMES, size)]

samples = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 4), st.integers(0, 1)), min_size=1, max_size=40)


def make_sample(rows: list, n_levels: tuple[int, ...] = (3, 5, 2), *, every_cell: bool = False) -> CodedSample:
    columns = np.array(rows, dtype=np.int64).reshape(len(rows), len(n_levels)).T.copy()
    names = NAMES[: len(n_levels)]
    return CodedSample(
        codes=dict(zip(names, columns, strict=True)),
        n_levels=dict(zip(names, n_levels, strict=True)),
        every_cell=every_cell,
    )


def make_table(rows: list, n_levels: tuple[int, ...] = (3, 5, 2)) -> CountTable:
    counts = np.zeros(n_levels, dtype=np.int64)
    for row in rows:
        counts[tuple(row)] += 1
    return CountTable(counts=counts, variables=NAMES[: len(n_levels)])


def seen(counts: np.ndarray) -> list[int]:
    return sorted(counts[counts > 0].tolist())


# --- counts of any variables together ---


@pytest.mark.parametrize("n_levels", [(3, 5, 2), (30, 7, 40), (10**7, 10**7, 10**7), (2**40, 2**40, 2**40)])
@given(rows=samples)
def test_counts_are_those_of_the_table(n_levels: tuple[int, ...], rows: list) -> None:
    sample, table = make_sample(rows, n_levels), make_table(rows)
    for names in SUBSETS:
        assert seen(sample.flat(*names)) == seen(table.flat(*names)), names


@given(rows=samples)
def test_every_cell_is_listed_in_the_order_of_the_table(rows: list) -> None:
    sample, table = make_sample(rows, every_cell=True), make_table(rows)
    for names in SUBSETS:
        found = sample.flat(*names)
        assert found.tolist() == table.flat(*names).tolist(), names
        assert found.dtype == np.int64, names


def test_cells_of_unseen_levels_are_listed_where_every_cell_is() -> None:
    rows = [(0, 0), (1, 1)]
    assert make_sample(rows, (4, 3), every_cell=True).flat("x", "y").tolist() == [1, 0, 0, 0, 1] + [0] * 7
    assert make_sample(rows, (400, 300), every_cell=True).flat("x", "y").size == 120_000
    assert make_sample(rows, (400, 300)).flat("x", "y").tolist() == [1, 1]


@given(rows=samples)
def test_one_code_stands_for_one_combination(rows: list) -> None:
    sample = make_sample(rows)
    for names in SUBSETS:
        codes, n_cells = sample.combine(*names)
        combinations_seen = [tuple(row[NAMES.index(name)] for name in names) for row in rows]
        assert len(set(zip(codes.tolist(), combinations_seen, strict=True))) == len(set(combinations_seen)), names
        assert len(set(codes.tolist())) == len(set(combinations_seen)), names
        assert 0 <= codes.min() <= codes.max() < n_cells, names


def test_there_are_as_many_samples_as_codes() -> None:
    assert make_sample([(0, 1), (1, 1), (0, 0)], (2, 2)).n_samples == 3


# --- tables too large to hold ---


def test_eight_variables_of_ten_million_levels() -> None:
    """5000 combinations are seen once, 5000 three times."""
    rows = np.random.default_rng(0).integers(10**7, size=(10_000, 8))
    rows = np.concatenate([rows, rows[:5000], rows[:5000]])
    names = [f"v{i}" for i in range(8)]
    codes = dict(zip(names, rows.T.copy(), strict=True))
    sample = CodedSample(codes=codes, n_levels=dict.fromkeys(names, 10**7))
    tracemalloc.start()
    found = sample.flat(*names)
    each = SampleBySample(sample=sample).flat(*names)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 50 * len(rows) * 8
    assert sorted(found.tolist()) == [1] * 5000 + [3] * 5000
    assert each[:, 0].tolist() == [3] * 5000 + [1] * 5000 + [3] * 10_000


def test_one_variable_of_a_billion_levels_takes_memory_of_its_samples_only() -> None:
    sample = CodedSample(codes={"x": np.array([0, 10**9 - 1, 0])}, n_levels={"x": 10**9})
    assert sorted(sample.flat("x").tolist()) == [1, 2]
    assert SampleBySample(sample=sample).flat("x").tolist() == [[2], [1], [2]]


@pytest.mark.parametrize("place", range(5))
@pytest.mark.parametrize("n_levels", [2**12, 2**16, 2**31, 2**40])
def test_a_product_of_levels_beyond_64_bits_loses_no_variable(n_levels: int, place: int) -> None:
    """Samples that differ in one variable only: multiplied without care, the first ones are shifted out of the code."""
    names = [f"v{i}" for i in range(5)]
    codes = {name: np.zeros(64, dtype=np.int64) for name in names}
    codes[names[place]] = np.arange(64, dtype=np.int64)
    sample = CodedSample(codes=codes, n_levels=dict.fromkeys(names, n_levels))
    assert sample.flat(*names).tolist() == [1] * 64
    together, n_cells = sample.combine(*names)
    assert together.min() >= 0
    assert together.max() < n_cells < 2**63
    assert SampleBySample(sample=sample).flat(*names).tolist() == [[1]] * 64


# --- sample by sample ---


@pytest.mark.parametrize("n_levels", [(3, 5, 2), (10**7, 10**7, 10**7)])
@given(rows=samples)
def test_each_sample_tells_how_many_share_its_values(n_levels: tuple[int, ...], rows: list) -> None:
    each = SampleBySample(sample=make_sample(rows, n_levels))
    for names in SUBSETS:
        chosen = [tuple(row[NAMES.index(name)] for name in names) for row in rows]
        assert each.flat(*names).tolist() == [[chosen.count(one)] for one in chosen], names


QUANTITIES: dict[str, Callable[[Counted, Estimator], np.ndarray]] = {
    "entropy": lambda counted, of: entropy(counted, "x", "z", estimator=of),
    "conditional entropy": lambda counted, of: conditional_entropy(counted, "x", given="y", estimator=of),
    "mutual information": lambda counted, of: mutual_information(counted, "x", "y", estimator=of),
    "conditional": lambda counted, of: conditional_mutual_information(counted, "x", "y", given="z", estimator=of),
    "total correlation": lambda counted, of: total_correlation(counted, *NAMES, estimator=of),
    "interaction": lambda counted, of: interaction_information(counted, *NAMES, estimator=of),
}


@pytest.mark.parametrize("n_levels", [(3, 5, 2), (10**7, 10**7, 10**7)])
@given(rows=samples)
def test_mean_of_the_samples_terms_is_the_plug_in_value(n_levels: tuple[int, ...], rows: list) -> None:
    sample, table = make_sample(rows, n_levels), make_table(rows)
    each = SampleBySample(sample=sample)
    for quantity, compose in QUANTITIES.items():
        terms = compose(each, each.surprisal)
        assert terms.shape == (len(rows),), quantity
        assert terms.mean() == pytest.approx(float(compose(sample, plug_in)), abs=1e-12), quantity
        assert terms.mean() == pytest.approx(float(compose(table, plug_in)), abs=1e-12), quantity


def test_surprisal_is_the_negative_logarithm_of_the_share() -> None:
    each = SampleBySample(sample=make_sample([(0,), (1,), (0,), (0,)], (2,)))
    np.testing.assert_allclose(
        each.surprisal(each.flat("x")), -np.log([3 / 4, 1 / 4, 3 / 4, 3 / 4]), rtol=0, atol=1e-15
    )


def test_terms_of_single_samples_are_those_of_pointwise_information() -> None:
    rows = [(0, 0), (0, 0), (0, 1), (1, 1)]
    each = SampleBySample(sample=make_sample(rows, (2, 2)))
    terms = mutual_information(each, "x", "y", estimator=each.surprisal)
    expected = [
        np.log(4 * rows.count((x, y)) / (sum(r[0] == x for r in rows) * sum(r[1] == y for r in rows))) for x, y in rows
    ]
    np.testing.assert_allclose(terms, expected, rtol=0, atol=1e-14)


def test_a_coded_sample_is_counted_as_a_table_is() -> None:
    assert isinstance(make_sample([(0, 0)], (1, 1)), Counted)
    rows = [(i % 3, i % 5, i % 2) for i in range(17)]
    for first, second in combinations(NAMES, 2):
        assert float(mutual_information(make_sample(rows), first, second)) == pytest.approx(
            float(mutual_information(make_table(rows), first, second)), abs=1e-14
        )
