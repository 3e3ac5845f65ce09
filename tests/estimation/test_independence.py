import math
from collections import Counter
from itertools import permutations, product

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.stats import chi2_contingency, gamma

from sightbits.estimation.independence import conditional_independence_p, stratified_statistic

Triple = tuple[int, int, int]
some_samples = st.lists(st.tuples(*[st.integers(0, 2)] * 3), min_size=1, max_size=6)


def codes(samples: list[Triple]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    x, y, given = np.array(samples, dtype=np.int64).T
    return x, y, given


def pearson(x: list[int], y: list[int]) -> float:
    """The sum of (seen - expected)^2 / expected over the cells of one table."""
    rows, columns, seen = Counter(x), Counter(y), Counter(zip(x, y, strict=True))
    expected = {(i, j): rows[i] * columns[j] / len(x) for i in rows for j in columns}
    return sum((seen[cell] - expected[cell]) ** 2 / expected[cell] for cell in expected)


def every_statistic(samples: list[Triple]) -> list[float]:
    """The statistic under every shuffle of x within the cells of the third."""
    cells = {cell: [(x, y) for x, y, given in samples if given == cell] for _, _, cell in samples}
    apart = [
        [pearson(list(shuffled), [y for _, y in pairs]) for shuffled in permutations([x for x, _ in pairs])]
        for pairs in cells.values()
    ]
    return [math.fsum(parts) for parts in product(*apart)]


@given(some_samples)
def test_statistic_mean_and_variance_are_those_of_every_shuffle(samples: list[Triple]) -> None:
    shuffled = every_statistic(samples)
    statistic, mean, variance = stratified_statistic(*codes(samples))
    assert statistic == pytest.approx(shuffled[0], abs=1e-9)  # the first shuffle leaves all where it is
    assert mean == pytest.approx(np.mean(shuffled), abs=1e-9)
    assert variance == pytest.approx(np.var(shuffled), abs=1e-9)


@pytest.mark.parametrize(
    ("x", "y"),
    [
        ("001", "011"),
        ("0011", "0101"),
        ("0012", "0011"),
        ("00011", "00122"),
        ("00111222", "01010122"),
        ("00000001", "00112233"),
        ("0123456", "0011122"),
    ],
)
def test_moments_of_one_table_are_those_of_every_shuffle(x: str, y: str) -> None:
    samples = [(int(a), int(b), 0) for a, b in zip(x, y, strict=True)]
    distinct = np.array([pearson(list(shuffled), list(y)) for shuffled in permutations(x)])
    _, mean, variance = stratified_statistic(*codes(samples))
    assert mean == pytest.approx(distinct.mean(), abs=1e-9)
    assert variance == pytest.approx(distinct.var(), abs=1e-9)


def test_three_samples_split_two_to_one_are_worked_out_by_hand() -> None:
    # once 3 and twice 3/4
    assert stratified_statistic(*codes([(0, 0, 0), (0, 0, 0), (1, 1, 0)])) == pytest.approx((3, 1.5, 1.125))


def test_half_and_half_twice_is_worked_out_by_hand() -> None:
    # of the six ways to place two ones among four, two give 4 and four give 0
    assert stratified_statistic(*codes([(0, 0, 0), (0, 0, 0), (1, 1, 0), (1, 1, 0)])) == pytest.approx(
        (4, 4 / 3, 32 / 9)
    )


def test_tail_is_that_of_a_gamma_distribution_of_the_same_moments() -> None:
    rng = np.random.default_rng(0)
    x, y, cell = rng.integers(3, size=(3, 60))
    statistic, mean, variance = stratified_statistic(x, y, cell)
    expected = gamma.sf(statistic, mean**2 / variance, scale=variance / mean)
    assert 0.01 < expected < 0.99
    assert conditional_independence_p(x, y, cell) == pytest.approx(expected, rel=1e-12)


def test_p_value_of_a_full_table_is_that_of_pearsons_test() -> None:
    rng = np.random.default_rng(1)
    x = rng.integers(4, size=4000)
    y = np.where(rng.random(4000) < 0.03, x, rng.integers(4, size=4000))
    table = np.zeros((4, 4))
    np.add.at(table, (x, y), 1)
    expected = chi2_contingency(table, correction=False).pvalue
    assert 1e-4 < expected < 0.5
    assert conditional_independence_p(x, y, np.zeros(4000, dtype=np.int64)) == pytest.approx(expected, rel=0.02)


@pytest.mark.parametrize(
    ("n_cells", "n_x", "n_y"), [(1, 2, 2), (1, 10, 5), (60, 2, 10), (150, 3, 3), (250, 2, 70), (15, 256, 10)]
)
def test_level_is_kept_however_sparse_the_cells(n_cells: int, n_x: int, n_y: int) -> None:
    def p_value(seed: int) -> float:
        rng = np.random.default_rng([seed, n_cells])
        cell = rng.integers(n_cells, size=300)
        x, y = ((rng.integers(n, size=300) + cell) % n for n in (n_x, n_y))  # dependent unless the cell is known
        return conditional_independence_p(x, y, cell)

    p_values = np.array([p_value(seed) for seed in range(600)])
    assert 0.025 <= (p_values <= 0.05).mean() <= 0.075
    assert p_values.mean() > 0.45  # more where the statistic has few values


def test_dependence_within_cells_is_found_where_there_is_none_without_them() -> None:
    rng = np.random.default_rng(2)
    x, cell = rng.integers(2, size=(2, 200))
    y = x ^ cell
    nothing = np.zeros(200, dtype=np.int64)
    assert conditional_independence_p(x, y, cell) < 1e-20
    assert conditional_independence_p(x, y, nothing) > 0.01


def test_weak_dependence_in_cells_of_five_is_found() -> None:
    rng = np.random.default_rng(3)
    cell = np.repeat(np.arange(200), 5)
    x = rng.integers(2, size=1000)
    y = np.where(rng.random(1000) < 0.5, x, rng.integers(2, size=1000))
    assert conditional_independence_p(x, y, cell) < 1e-6


@pytest.mark.parametrize(
    "samples",
    [
        [],
        [(0, 0, 0)],
        [(0, 0, 0), (1, 1, 1), (2, 2, 2)],
        [(0, 0, 0), (1, 1, 0)],
        [(0, 1, 0), (0, 2, 0), (0, 0, 0), (0, 2, 0)],
        [(0, 0, 0), (1, 0, 0), (2, 0, 0), (1, 0, 0)],
        [(0, 0, 0), (1, 1, 0), (2, 2, 0), (3, 3, 0), (4, 4, 0)],
        [(0, 0, 0), (1, 1, 0), (2, 1, 0)],
    ],
    ids=["nothing", "one", "apart", "a pair", "x constant", "y constant", "all different", "three different"],
)
def test_p_value_is_one_where_no_shuffle_changes_anything(samples: list[Triple]) -> None:
    x, y, cell = codes(samples) if samples else np.zeros((3, 0), dtype=np.int64)
    assert conditional_independence_p(x, y, cell) == 1.0


@given(some_samples)
def test_what_is_known_already_is_no_news(samples: list[Triple]) -> None:
    x, y, _ = codes(samples)
    assert conditional_independence_p(x, y, x) == conditional_independence_p(x, y, y) == 1.0


def moments(x: np.ndarray, y: np.ndarray, cell: np.ndarray) -> np.ndarray:
    return np.array([*stratified_statistic(x, y, cell), conditional_independence_p(x, y, cell)])


larger_samples = st.lists(st.tuples(*[st.integers(0, 3)] * 3), min_size=1, max_size=40)


@given(larger_samples)
def test_the_two_sides_may_be_swapped(samples: list[Triple]) -> None:
    x, y, cell = codes(samples)
    np.testing.assert_allclose(moments(y, x, cell), moments(x, y, cell), atol=1e-9)


@given(larger_samples, st.permutations(range(4)), st.randoms(use_true_random=False))
def test_names_of_values_and_the_order_of_samples_do_not_matter(
    samples: list[Triple], names: list[int], shuffler: object
) -> None:
    renamed = [(names[x], 7 * names[y], 3 + 1000 * cell) for x, y, cell in samples]
    shuffler.shuffle(renamed)  # type: ignore[attr-defined]
    np.testing.assert_allclose(moments(*codes(renamed)), moments(*codes(samples)), atol=1e-9)


@given(larger_samples, larger_samples)
@settings(max_examples=50)
def test_cells_add_up(first: list[Triple], second: list[Triple]) -> None:
    apart = np.array(stratified_statistic(*codes(first))) + np.array(stratified_statistic(*codes(second)))
    together = first + [(x, y, cell + 4) for x, y, cell in second]
    np.testing.assert_allclose(stratified_statistic(*codes(together)), apart, atol=1e-9)


@given(larger_samples)
def test_lone_samples_add_nothing(samples: list[Triple]) -> None:
    p_value = conditional_independence_p(*codes(samples))
    assume(p_value < 1)
    lone = [(i % 3, i % 2, 100 + i) for i in range(10)]
    assert conditional_independence_p(*codes(samples + lone)) == pytest.approx(p_value, rel=1e-9)
