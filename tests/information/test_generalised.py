"""Entropies of any order against closed forms, slow twins from their formulas, and identities."""

from collections.abc import Callable
from fractions import Fraction
from itertools import product
from math import exp, factorial, fsum, inf, log, nan, perm, prod

import mpmath as mp
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sightbits.core.checks import InputError
from sightbits.information.discrete import ESTIMATORS
from sightbits.information.generalised import ORDER_ESTIMATORS, renyi_entropy, tsallis_entropy

some_counts = st.one_of(
    st.lists(st.integers(0, 30), min_size=1, max_size=10), st.lists(st.integers(0, 3), min_size=1, max_size=10)
).filter(any)
some_orders = st.one_of(st.floats(0, 30), st.floats(0.4, 1.6), st.sampled_from([0.0, 0.5, 1.5, 2.0, 3.0]))
ANY_ORDER = sorted(set(ORDER_ESTIMATORS) - {"unbiased"})
any_order = pytest.mark.parametrize("name", ANY_ORDER)
every_estimator = pytest.mark.parametrize("name", ORDER_ESTIMATORS)
both = pytest.mark.parametrize("entropy", [renyi_entropy, tsallis_entropy])
Entropy = Callable[..., np.ndarray]


def renyi(counts: list[int], order: float, name: str = "plug_in") -> float:
    return float(renyi_entropy(np.array(counts), order, estimator=name))


def tsallis(counts: list[int], order: float, name: str = "plug_in") -> float:
    return float(tsallis_entropy(np.array(counts), order, estimator=name))


def shrunk_slowly(counts: list[int]) -> list[float]:
    n, k = sum(counts), len(counts)
    p = [Fraction(c, n) for c in counts]
    spread = sum((Fraction(1, k) - q) ** 2 for q in p)
    weight = Fraction(1)
    if n > 1 and spread > 0:
        weight = min((1 - sum(q * q for q in p)) / ((n - 1) * spread), Fraction(1))
    return [float(weight / k + (1 - weight) * q) for q in p]


def covered_slowly(counts: list[int]) -> list[tuple[float, float]]:
    """The probability of each cell seen, and how many cells like it the coverage makes of it."""
    n, once = sum(counts), counts.count(1)
    if once == n:
        once = n - 1
    p = [(1 - Fraction(once, n)) * Fraction(c, n) for c in counts if c > 0]
    return [(float(q), 1 / float(1 - (1 - q) ** n)) for q in p]


def power_sum_slowly(counts: list[int], order: float, name: str) -> float:
    n = sum(counts)
    if name == "plug_in":
        return fsum((c / n) ** order for c in counts if c > 0)
    if name == "shrinkage":
        return fsum(p**order for p in shrunk_slowly(counts) if p > 0)
    if name == "unbiased":
        return fsum(perm(c, int(order)) / perm(n, int(order)) for c in counts)
    if name == "dirichlet":
        size = n + mp.mpf(len(counts)) / 2
        with mp.workdps(40):
            moments = [mp.gammaprod([c + 0.5 + order, size], [c + mp.mpf(0.5), size + order]) for c in counts]
            return float(sum(moments))
    covered = covered_slowly(counts)
    return fsum(weight * p**order for p, weight in covered) / fsum(weight * p for p, weight in covered)


def without_one(counts: list[int]) -> list[list[int]]:
    cells = [cell for cell, count in enumerate(counts) for _ in range(count)]
    return [[c - (other == cell) for other, c in enumerate(counts)] for cell in cells]


def jackknife_slowly(entropy: Callable[[list[int]], float], counts: list[int]) -> float:
    n = sum(counts)
    if n == 1:
        return entropy(counts)
    return n * entropy(counts) - (n - 1) * fsum(map(entropy, without_one(counts))) / n


def renyi_slowly(counts: list[int], order: float, name: str) -> float:
    if name == "jackknife":
        return jackknife_slowly(lambda c: renyi_slowly(c, order, "plug_in"), counts)
    return log(power_sum_slowly(counts, order, name)) / (1 - order)


def tsallis_slowly(counts: list[int], order: float, name: str) -> float:
    if name == "jackknife":
        return jackknife_slowly(lambda c: tsallis_slowly(c, order, "plug_in"), counts)
    if name == "chao_shen":
        return fsum(weight * (p - p**order) / (order - 1) for p, weight in covered_slowly(counts))
    return (1 - power_sum_slowly(counts, order, name)) / (order - 1)


SLOW_TWINS = {renyi_entropy: renyi_slowly, tsallis_entropy: tsallis_slowly}


def samples_of(n: int, p: list[float]) -> tuple[np.ndarray, np.ndarray]:
    """All samples of n from p, with their chances."""
    counts = [c for c in product(range(n + 1), repeat=len(p)) if sum(c) == n]
    chances = [factorial(n) * prod(q**k / factorial(k) for q, k in zip(p, c, strict=True)) for c in counts]
    return np.array(counts), np.array(chances)


@pytest.mark.parametrize(
    ("name", "counts", "order", "value"),
    [
        ("plug_in", [7, 7, 7], 0.3, log(3)),
        ("plug_in", [7, 7, 7, 0], 0.0, log(3)),
        ("plug_in", [7, 7, 7], inf, log(3)),
        ("plug_in", [3, 1], 2.0, log(16 / 10)),
        ("plug_in", [1, 1, 0, 2], 0.5, 2 * log(2**-0.5 + 1)),
        ("plug_in", [3, 1], inf, log(4 / 3)),
        ("plug_in", [5], 2.0, 0),
        ("shrinkage", [3, 1], 2.0, log(2)),
        ("shrinkage", [9, 1], inf, log(8 / 7)),
        ("shrinkage", [9, 1], 0.0, log(2)),
        ("shrinkage", [6, 0], 0.0, 0),
        ("chao_shen", [2, 2], 3.0, log(2)),
        ("chao_shen", [2, 2], 0.0, log(2)),
        ("chao_shen", [3, 1], inf, log(16 / 9)),
        ("dirichlet", [1, 0], 2.0, -log(3 / 4)),
        ("dirichlet", [1, 0, 4], 0.0, log(3)),
        ("jackknife", [1, 1], 2.0, 2 * log(2)),
        ("jackknife", [1], 3.0, 0),
        ("jackknife", [2, 1], 0.0, 3 * log(2) - 4 / 3 * log(2)),
        ("jackknife", [2, 1], inf, 3 * log(3 / 2) - 4 / 3 * log(2)),
        ("jackknife", [2, 2], inf, 4 * log(2) - 3 * log(3 / 2)),
        ("jackknife", [1], inf, 0),
        ("unbiased", [2, 1, 1], 2.0, log(6)),
        ("unbiased", [3, 1], 3.0, log(4) / 2),
    ],
)
def test_closed_form_of_renyi(name: str, counts: list[int], order: float, value: float) -> None:
    assert renyi(counts, order, name) == pytest.approx(value, abs=1e-13)


@pytest.mark.parametrize(
    ("name", "counts", "order", "value"),
    [
        ("plug_in", [7, 7, 7], 2.0, 2 / 3),
        ("plug_in", [7, 7, 7, 0], 0.0, 2),
        ("plug_in", [3, 1], 3.0, (1 - 28 / 64) / 2),
        ("plug_in", [1, 1], 0.5, 2 * (2**0.5 - 1)),
        ("plug_in", [5], 0.5, 0),
        ("shrinkage", [9, 1], 2.0, 2 * 7 / 64),
        ("dirichlet", [1, 0], 2.0, 1 / 4),
        ("jackknife", [1, 1], 2.0, 1),
        ("jackknife", [2, 1, 1], 2.0, 5 / 6),
        ("unbiased", [2, 1, 1], 2.0, 5 / 6),
        ("unbiased", [1, 1, 1], 2.0, 1),
        ("unbiased", [1, 1, 1], 3.0, 1 / 2),
    ],
)
def test_closed_form_of_tsallis(name: str, counts: list[int], order: float, value: float) -> None:
    assert tsallis(counts, order, name) == pytest.approx(value, abs=1e-13)


@any_order
@both
@given(counts=some_counts, order=some_orders)
def test_value_is_that_of_the_slow_twin(entropy: Entropy, name: str, counts: list[int], order: float) -> None:
    assume(abs(order - 1) > 1e-3)
    value = float(entropy(np.array(counts), order, estimator=name))
    assert value == pytest.approx(SLOW_TWINS[entropy](counts, order, name), rel=1e-10, abs=1e-10)


@both
@given(counts=some_counts, order=st.integers(2, 6))
def test_unbiased_value_is_that_of_the_slow_twin(entropy: Entropy, counts: list[int], order: int) -> None:
    assume(max(counts) >= order)
    value = float(entropy(np.array(counts), float(order), estimator="unbiased"))
    assert value == pytest.approx(SLOW_TWINS[entropy](counts, order, "unbiased"), rel=1e-11, abs=1e-11)


@both
@pytest.mark.parametrize("name", ANY_ORDER)
@pytest.mark.parametrize("counts", [[1000, 30, 1, 1, 0, 5], [1] * 300, [400, 400, 2], [1, 0, 700]], ids=str)
@pytest.mark.parametrize("order", [0.0, 0.3, 0.51, 1.499, 2.0, 7.5])
def test_larger_sample_is_that_of_the_slow_twin(entropy: Entropy, name: str, counts: list[int], order: float) -> None:
    value = float(entropy(np.array(counts), order, estimator=name))
    assert value == pytest.approx(SLOW_TWINS[entropy](counts, order, name), rel=1e-9, abs=1e-9)


@given(counts=some_counts)
def test_min_entropy_of_the_jackknife_leaves_each_sample_out(counts: list[int]) -> None:
    expected = jackknife_slowly(lambda c: log(sum(c) / max(c)), counts)
    assert renyi(counts, inf, "jackknife") == pytest.approx(expected, abs=1e-11)


@both
@any_order
@given(counts=some_counts)
def test_order_one_is_the_shannon_entropy(entropy: Entropy, name: str, counts: list[int]) -> None:
    assert float(entropy(np.array(counts), 1.0, estimator=name)) == float(ESTIMATORS[name](np.array(counts)))


@both
@any_order
@given(counts=some_counts)
def test_entropy_is_continuous_at_order_one(entropy: Entropy, name: str, counts: list[int]) -> None:
    shannon = float(ESTIMATORS[name](np.array(counts)))
    if name == "chao_shen" and entropy is renyi_entropy:
        shannon /= fsum(weight * p for p, weight in covered_slowly(counts))
    slope = 100 * sum(counts) if name == "jackknife" else 100
    for step in (1e-4, -1e-4, 1e-8, -1e-8, 1e-12):
        rounding = 3e-15 / abs(step) if name == "dirichlet" else 1e-11
        value = float(entropy(np.array(counts), 1 + step, estimator=name))
        assert value == pytest.approx(shannon, abs=slope * abs(step) + rounding), step


@pytest.mark.parametrize("name", ["plug_in", "shrinkage", "dirichlet", "chao_shen"])
@given(counts=some_counts, orders=st.tuples(some_orders, some_orders))
def test_renyi_entropy_never_rises_with_the_order(name: str, counts: list[int], orders: tuple[float, float]) -> None:
    low, high = sorted(orders)
    assume(name != "chao_shen" or 1 not in orders)
    assert renyi(counts, high, name) <= renyi(counts, low, name) + 1e-11
    if name != "dirichlet":
        assert renyi(counts, inf, name) <= renyi(counts, high, name) + 1e-11


@pytest.mark.parametrize("name", ["plug_in", "shrinkage", "dirichlet", "unbiased"])
@given(counts=some_counts, order=some_orders)
def test_tsallis_is_a_function_of_renyi(name: str, counts: list[int], order: float) -> None:
    if name == "unbiased":
        order = float(round(order) + 2)
        assume(max(counts) >= order)
    assume(order != 1)
    expected = (exp((1 - order) * renyi(counts, order, name)) - 1) / (1 - order)
    assert tsallis(counts, order, name) == pytest.approx(expected, rel=1e-9, abs=1e-9)


@given(x=some_counts, y=some_counts, order=some_orders)
def test_entropies_of_independent_variables_add(x: list[int], y: list[int], order: float) -> None:
    together = [a * b for a, b in product(x, y)]
    assert renyi(together, order) == pytest.approx(renyi(x, order) + renyi(y, order), abs=1e-10)
    t_x, t_y = tsallis(x, order), tsallis(y, order)
    assert tsallis(together, order) == pytest.approx(t_x + t_y + (1 - order) * t_x * t_y, rel=1e-10, abs=1e-10)


@pytest.mark.parametrize("order", [2, 3, 4])
def test_unbiased_power_sum_has_no_bias(order: int) -> None:
    p = [0.5, 0.3, 0.2]
    counts, chances = samples_of(5, p)
    mean = float(chances @ tsallis_entropy(counts, float(order), estimator="unbiased"))
    assert mean == pytest.approx((1 - fsum(q**order for q in p)) / (order - 1), abs=1e-13)


def test_plug_in_power_sum_of_order_two_is_too_high_by_the_rest_over_n() -> None:
    p = [0.5, 0.3, 0.2]
    counts, chances = samples_of(6, p)
    truth = 1 - fsum(q * q for q in p)
    assert float(chances @ tsallis_entropy(counts, 2.0)) == pytest.approx(truth - truth / 6, abs=1e-13)


@given(counts=some_counts.filter(lambda counts: sum(counts) > 1))
def test_jackknife_of_order_two_is_unbiased(counts: list[int]) -> None:
    assert tsallis(counts, 2.0, "jackknife") == pytest.approx(tsallis(counts, 2.0, "unbiased"), abs=1e-10)


@pytest.mark.parametrize(("name", "order"), [("jackknife", 0.5), ("jackknife", 2.0), ("chao_shen", 0.5)])
def test_correction_makes_the_expected_error_smaller(name: str, order: float) -> None:
    p = [0.4, 0.3, 0.2, 0.1]
    counts, chances = samples_of(10, p)
    truth = log(fsum(q**order for q in p)) / (1 - order)
    uncorrected = float(chances @ renyi_entropy(counts, order)) - truth
    assert uncorrected < -0.05
    assert abs(float(chances @ renyi_entropy(counts, order, estimator=name)) - truth) < abs(uncorrected) / 2


@every_estimator
@pytest.mark.parametrize("order", [20.0, 300.0, 5000.0])
def test_no_order_overflows(name: str, order: float) -> None:
    counts = [10**6, 10**5, 1, 0]
    value = renyi(counts, order, name)
    p = (10**6 + 0.5) / (sum(counts) + 2) if name == "dirichlet" else 10**6 / sum(counts)
    assert value == pytest.approx(order / (order - 1) * -log(p), rel=2e-2)
    assert tsallis(counts, order, name) == pytest.approx((1 - p**order) / (order - 1), rel=2e-2)


def test_unbiased_is_nan_of_too_few_samples_and_infinite_without_coincidences() -> None:
    rows = np.array([[2, 0, 0], [1, 1, 1], [3, 0, 0], [2, 2, 0]])
    values = renyi_entropy(rows, 3.0, estimator="unbiased")
    assert np.isnan(values[0])
    assert values[1:].tolist() == [inf, 0, inf]
    np.testing.assert_array_equal(tsallis_entropy(rows, 3.0, estimator="unbiased"), [nan, 0.5, 0, 0.5])


@every_estimator
@both
@pytest.mark.parametrize("order", [0.0, 0.7, 1.0, 2.0, inf])
def test_batch_gives_each_row_its_own_value(entropy: Entropy, name: str, order: float) -> None:
    if name == "unbiased":
        order = 3.0
    elif order == inf and (entropy is tsallis_entropy or name == "dirichlet"):
        order = 4.0
    batch = np.random.default_rng(1).integers(0, 7, (3, 4, 5))
    batch[1, 2] = 0
    values = entropy(batch, order, estimator=name)
    assert values.shape == (3, 4)
    assert np.isnan(values[1, 2])
    assert np.isfinite(values).sum() == 11
    for i, j in product(range(3), range(4)):
        np.testing.assert_allclose(values[i, j], entropy(batch[i, j], order, estimator=name), rtol=1e-10, atol=1e-12)


@every_estimator
@both
@given(counts=some_counts, seed=st.integers(0, 99))
def test_order_of_the_cells_does_not_matter(entropy: Entropy, name: str, counts: list[int], seed: int) -> None:
    order = 2.0 if name == "unbiased" else 2.5
    shuffled = np.random.default_rng(seed).permutation(counts)
    expected = float(entropy(np.array(counts), order, estimator=name))
    assert float(entropy(shuffled, order, estimator=name)) == pytest.approx(expected, abs=1e-10, nan_ok=True)


@every_estimator
@pytest.mark.parametrize("order", [0.0, 0.9, 2.0, inf])
@pytest.mark.parametrize("shape", [(0,), (3, 0), (0, 4)])
def test_rows_of_no_cells_are_nan(name: str, order: float, shape: tuple[int, ...]) -> None:
    order = 2.0 if name == "unbiased" or (name, order) == ("dirichlet", inf) else order
    counts = np.zeros(shape, dtype=np.int64)
    for values in (
        renyi_entropy(counts, order, estimator=name),
        tsallis_entropy(counts, min(order, 9.0), estimator=name),
    ):
        assert values.shape == shape[:-1]
        assert np.isnan(values).all()


@pytest.mark.parametrize("order", [-0.1, -inf, nan])
@both
def test_order_that_is_none_is_refused(entropy: Entropy, order: float) -> None:
    with pytest.raises(InputError, match="order: wanted a number of 0 or more"):
        entropy(np.array([1, 2]), order)


@both
@pytest.mark.parametrize("order", [0.0, 1.0, 1.5, 2.5, inf])
def test_unbiased_takes_whole_orders_alone(entropy: Entropy, order: float) -> None:
    with pytest.raises(InputError, match="order: wanted a whole number of 2 or more"):
        entropy(np.array([1, 2]), order, estimator="unbiased")


def test_infinite_order_is_refused_where_it_says_nothing() -> None:
    with pytest.raises(InputError, match="order: wanted a finite number"):
        tsallis_entropy(np.array([1, 2]), inf)
    with pytest.raises(InputError, match="order: wanted a finite number for the estimator 'dirichlet'"):
        renyi_entropy(np.array([1, 2]), inf, estimator="dirichlet")


@both
@pytest.mark.parametrize("name", ["nsb", "best", ""])
def test_other_estimators_are_refused(entropy: Entropy, name: str) -> None:
    with pytest.raises(InputError, match="estimator: wanted one of plug_in, jackknife"):
        entropy(np.array([1, 2]), 1.0, estimator=name)
