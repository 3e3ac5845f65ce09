"""Each estimator against closed forms and published figures, a slow twin written from its formula, and identities."""

from decimal import Decimal, localcontext
from fractions import Fraction
from itertools import product
from math import comb, exp, factorial, fsum, log, prod

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.special import digamma, polygamma

from sightbits.information.discrete import (
    ADDITIVE,
    ESTIMATORS,
    chao_wang_jost,
    grassberger,
    miller_madow,
    plug_in,
    shrinkage,
)

GAMMA = 0.5772156649015329
GIRDLED = [46, 22, 17, 15, 15, 9, 8, 6, 6, 4, 2, 2, 2, 2] + [1] * 12
LOGGED = [88, 22, 16, 15, 13, 10, 8, 8, 7, 7, 7, 5, 4, 4, 4, 3, 3, 3, 3, 2, 2, 2, 2] + [1] * 14
SEEN_AND_UNSEEN = [4, 2, 3, 0, 2, 4, 0, 0, 2, 1, 1]

some_counts = st.lists(st.integers(0, 30), min_size=1, max_size=12).filter(any)
few_counts = st.lists(st.integers(0, 4), min_size=1, max_size=12).filter(any)
counts_of_any_kind = st.one_of(some_counts, few_counts)
every_estimator = pytest.mark.parametrize("name", ESTIMATORS)
SMOOTHING = ["shrinkage", "dirichlet", "nsb"]


def plug_in_slowly(counts: list[int]) -> float:
    n = sum(counts)
    return fsum(-c / n * log(c / n) for c in counts if c > 0)


def miller_madow_slowly(counts: list[int]) -> float:
    return plug_in_slowly(counts) + (sum(c > 0 for c in counts) - 1) / (2 * sum(counts))


def grassberger_slowly(counts: list[int]) -> float:
    def g(c: int) -> float:  # from the recurrences: G(1), G(2), G(2k + 1) = G(2k), G(2k + 2) = G(2k) + 2 / (2k + 1)
        if c == 1:
            return -GAMMA - log(2)
        return 2 - GAMMA - log(2) + fsum(2 / (2 * k + 1) for k in range(1, c // 2))

    n = sum(counts)
    return log(n) - fsum(c * g(c) for c in counts if c > 0) / n


def jackknife_slowly(counts: list[int]) -> float:
    n = sum(counts)
    if n == 1:
        return 0.0
    without_one = []
    for cell, count in enumerate(counts):
        left = [c - (other == cell) for other, c in enumerate(counts)]
        without_one += [plug_in_slowly(left)] * count
    return n * plug_in_slowly(counts) - (n - 1) * fsum(without_one) / n


def chao_shen_slowly(counts: list[int]) -> float:
    n = sum(counts)
    once = counts.count(1)
    if once == n and n > 1:
        once = n - 1
    if n == 1:
        return 0.0
    coverage = Fraction(n - once, n)
    terms = []
    for c in counts:
        if c > 0:
            p = coverage * Fraction(c, n)
            terms.append(-float(p) * log(p) / float(1 - (1 - p) ** n))
    return fsum(terms)


def chao_wang_jost_slowly(counts: list[int]) -> float:
    n, once, twice = sum(counts), counts.count(1), counts.count(2)
    known = fsum(c / n * fsum(1 / k for k in range(c, n)) for c in counts if c > 0)
    if once == 0:
        return known
    rare = Fraction(2 * twice, (n - 1) * once + 2 * twice) if twice else Fraction(2, (n - 1) * (once - 1) + 2)
    if rare == 1:
        return known
    with localcontext(prec=150):
        unseen = Decimal(rare.denominator - rare.numerator) / rare.denominator
        bracket = -(1 - unseen).ln() - sum(unseen**r / r for r in range(1, n))
        return known + float(Decimal(once) / n * unseen ** (1 - n) * bracket)


def shrinkage_slowly(counts: list[int]) -> float:
    n, n_cells = sum(counts), len(counts)
    target = Fraction(1, n_cells)
    p = [Fraction(c, n) for c in counts]
    spread = sum((target - q) ** 2 for q in p)
    weight = Fraction(1)
    if n > 1 and spread > 0:
        weight = min(max((1 - sum(q * q for q in p)) / ((n - 1) * spread), Fraction(0)), Fraction(1))
    shrunk = [weight * target + (1 - weight) * q for q in p]
    return fsum(-float(q) * log(q) for q in shrunk if q > 0)


def dirichlet_slowly(counts: list[int]) -> float:
    def psi(halves: int) -> float:  # digamma(halves / 2) from the recurrence and its values at 1/2 and 1
        start = 2 - halves % 2
        first = -GAMMA - (2 * log(2) if start == 1 else 0)
        return first + fsum(2 / h for h in range(start, halves, 2))

    total = 2 * sum(counts) + len(counts)
    return psi(total + 2) - fsum((2 * c + 1) / total * psi(2 * c + 3) for c in counts)


def nsb_slowly(counts: list[int]) -> float:
    n, n_cells = sum(counts), len(counts)
    if n_cells == 1:
        return 0.0
    prior = np.exp(np.arange(-45, 37, 0.05))
    log_rho = np.zeros_like(prior)
    for c in counts:
        for j in range(c):
            log_rho += np.log(prior + j)
    for j in range(n):
        log_rho -= np.log(n_cells * prior + j)
    slope = n_cells * polygamma(1, n_cells * prior + 1) - polygamma(1, prior + 1)
    weight = np.exp(log_rho - log_rho.max()) * prior * slope
    total = n + n_cells * prior
    mean = digamma(total + 1) - sum((c + prior) / total * digamma(c + prior + 1) for c in counts)
    return fsum(weight * mean) / fsum(weight)


SLOW_TWINS = {
    "plug_in": plug_in_slowly,
    "miller_madow": miller_madow_slowly,
    "grassberger": grassberger_slowly,
    "chao_shen": chao_shen_slowly,
    "chao_wang_jost": chao_wang_jost_slowly,
    "shrinkage": shrinkage_slowly,
    "dirichlet": dirichlet_slowly,
    "nsb": nsb_slowly,
    "jackknife": jackknife_slowly,
}


@pytest.mark.parametrize(
    ("name", "counts", "value"),
    [
        ("plug_in", [7, 7, 7], log(3)),
        ("plug_in", [2, 1], log(3) - 2 / 3 * log(2)),
        ("plug_in", [5], 0),
        ("miller_madow", [5, 5], log(2) + 1 / 20),
        ("miller_madow", [2, 1, 0], log(3) - 2 / 3 * log(2) + 1 / 6),
        ("grassberger", [1] * 5, log(5) + GAMMA + log(2)),
        ("grassberger", [2] * 3, log(6) + GAMMA + log(2) - 2),
        ("grassberger", [3] * 2, log(6) + GAMMA + log(2) - 2),
        ("grassberger", [4], log(4) + GAMMA + log(2) - 2 - 2 / 3),
        ("jackknife", [1] * 5, 5 * log(5) - 4 * log(4)),
        ("jackknife", [2, 1], 3 * log(3) - 10 / 3 * log(2)),
        ("jackknife", [1], 0),
        ("chao_shen", [1, 1], 2 * -0.25 * log(0.25) / (1 - 0.75**2)),
        ("chao_shen", [2, 2], log(2) / (1 - 0.5**4)),
        ("chao_shen", [1], 0),
        ("chao_wang_jost", [1, 1], 3 * log(1.5)),
        ("chao_wang_jost", [3, 3], 1 / 3 + 1 / 4 + 1 / 5),
        ("chao_wang_jost", [2, 1], 2 / 3 * 1 / 2 + 1 / 3 * 3 / 2 + 4 / 3 * (log(2) - 1 / 2 - 1 / 8)),
        ("chao_wang_jost", [1], 0),
        ("shrinkage", [6], 0),
        ("shrinkage", [1, 0, 0], log(3)),
        ("shrinkage", [3, 1], log(2)),
        ("shrinkage", [9, 1], -7 / 8 * log(7 / 8) - 1 / 8 * log(1 / 8)),
        ("dirichlet", [6], 0),
        ("dirichlet", [1, 0], 2 * log(2) - 1),
        ("dirichlet", [1, 1], 2 * log(2) - 5 / 6),
        ("nsb", [6], 0),
        ("nsb", [1, 0, 0], log(3) / 2),
    ],
)
def test_closed_form(name: str, counts: list[int], value: float) -> None:
    assert float(ESTIMATORS[name](np.array(counts))) == pytest.approx(value, abs=1e-14)


@pytest.mark.parametrize(
    ("name", "counts", "digits", "value"),
    [  # by the R package entropy, as the tests of Discreet.jl and DiscreteEntropy.jl hold them
        ("plug_in", [4, 2, 3, 2, 4, 2, 1, 1], 12, 1.968382408728),
        ("plug_in", [1, 2, 3, 2, 1], 6, 1.522955),
        ("miller_madow", [1, 2, 3, 2, 1], 6, 1.745177),
        ("chao_shen", [4, 2, 3, 2, 4, 2, 1, 1], 12, 2.201137101280),
        ("chao_shen", [1] * 6, 12, 3.840549310406),
        ("chao_shen", [1, 2, 3, 2, 1], 6, 1.876548),
        ("chao_wang_jost", [1, 2, 3, 2, 1], 6, 1.847870),
        ("shrinkage", SEEN_AND_UNSEEN, 12, 2.379602895310),
        ("shrinkage", [1, 2, 3, 2, 1], 6, 1.609438),
    ],
)
def test_published_value(name: str, counts: list[int], digits: int, value: float) -> None:
    assert round(float(ESTIMATORS[name](np.array(counts))), digits) == value


@pytest.mark.parametrize(("counts", "observed", "estimated"), [(GIRDLED, 12.060, 13.826), (LOGGED, 14.421, 16.337)])
def test_effective_numbers_of_spiders_are_those_of_inext(counts: list[int], observed: float, estimated: float) -> None:
    assert round(exp(plug_in(np.array(counts))), 3) == observed
    assert round(exp(chao_wang_jost(np.array(counts))), 3) == estimated


@pytest.mark.parametrize("n", [1, 2, 3, 10, 25])
def test_grassberger_of_a_fair_coin_is_wrong_only_by_log_n_less_digamma(n: int) -> None:
    mean = sum(comb(n, heads) / 2**n * float(grassberger(np.array([heads, n - heads]))) for heads in range(n + 1))
    assert mean == pytest.approx(log(2) + log(n) - digamma(n), abs=1e-13)


def test_every_estimator_has_a_slow_twin() -> None:
    assert set(SLOW_TWINS) == set(ESTIMATORS)


@every_estimator
@given(counts=counts_of_any_kind)
def test_value_is_that_of_the_slow_twin(name: str, counts: list[int]) -> None:
    assert float(ESTIMATORS[name](np.array(counts))) == pytest.approx(SLOW_TWINS[name](counts), rel=1e-12, abs=1e-12)


@every_estimator
@pytest.mark.parametrize(
    "counts", [GIRDLED, LOGGED, SEEN_AND_UNSEEN, [1] * 40, [2] * 30, [1, 0, 300], [1] * 10 + [400]], ids=str
)
def test_larger_sample_is_that_of_the_slow_twin(name: str, counts: list[int]) -> None:
    assert float(ESTIMATORS[name](np.array(counts))) == pytest.approx(SLOW_TWINS[name](counts), rel=1e-12)


@pytest.mark.parametrize(
    "counts", [[1] + [2] * 50 + [1000], [1, 1] + [2] * 40 + [1500], [1] + [2] * 100, [1] * 30 + [2] * 30 + [2000]]
)
def test_chao_wang_jost_keeps_its_digits_where_the_printed_form_loses_them(counts: list[int]) -> None:
    assert float(chao_wang_jost(np.array(counts))) == pytest.approx(chao_wang_jost_slowly(counts), rel=1e-13)


@every_estimator
@given(counts=counts_of_any_kind, seed=st.integers(0, 99))
def test_order_of_the_cells_does_not_matter(name: str, counts: list[int], seed: int) -> None:
    shuffled = np.random.default_rng(seed).permutation(counts)
    assert ESTIMATORS[name](shuffled) == pytest.approx(float(ESTIMATORS[name](np.array(counts))), abs=1e-12)


@pytest.mark.parametrize("name", sorted(set(ESTIMATORS) - set(SMOOTHING)))
@given(counts=counts_of_any_kind, n_empty=st.integers(1, 50))
def test_empty_cells_do_not_matter(name: str, counts: list[int], n_empty: int) -> None:
    with_empty = np.array(counts + [0] * n_empty)
    assert ESTIMATORS[name](with_empty) == pytest.approx(float(ESTIMATORS[name](np.array(counts))), abs=1e-12)


@given(counts=counts_of_any_kind)
def test_shrinkage_lies_between_the_plug_in_and_the_uniform_entropy(counts: list[int]) -> None:
    value = float(shrinkage(np.array(counts)))
    assert plug_in_slowly(counts) - 1e-12 <= value <= log(len(counts)) + 1e-12


@pytest.mark.parametrize("name", SMOOTHING)
def test_smoothing_counts_an_empty_cell_as_possible(name: str) -> None:
    assert float(ESTIMATORS[name](np.array([9, 1, 0]))) > float(ESTIMATORS[name](np.array([9, 1])))


@every_estimator
@given(seed=st.integers(0, 2**32), n_cells=st.integers(1, 9), largest=st.integers(1, 40))
def test_batch_gives_each_row_its_own_value(name: str, seed: int, n_cells: int, largest: int) -> None:
    batch = np.random.default_rng(seed).integers(0, largest + 1, (3, 4, n_cells))
    values = ESTIMATORS[name](batch)
    assert values.shape == (3, 4)
    for i, j in product(range(3), range(4)):
        np.testing.assert_allclose(values[i, j], ESTIMATORS[name](batch[i, j]), rtol=1e-12, atol=1e-12)


@every_estimator
def test_row_without_samples_is_nan_and_leaves_the_others_alone(name: str) -> None:
    values = ESTIMATORS[name](np.array([[0, 0, 0], [4, 2, 1]]))
    assert np.isnan(values[0])
    assert values[1] == pytest.approx(SLOW_TWINS[name]([4, 2, 1]), abs=1e-12)


@every_estimator
@pytest.mark.parametrize("shape", [(0,), (3, 0), (2, 3, 0), (0, 4)])
def test_rows_of_no_cells_are_nan_and_no_rows_are_none(name: str, shape: tuple[int, ...]) -> None:
    values = ESTIMATORS[name](np.zeros(shape, dtype=np.int64))
    assert values.shape == shape[:-1]
    assert np.isnan(values).all()


@every_estimator
@given(counts=counts_of_any_kind)
def test_any_sample_has_a_finite_entropy(name: str, counts: list[int]) -> None:
    assert np.isfinite(ESTIMATORS[name](np.array(counts)))


@pytest.mark.parametrize("name", sorted(set(ESTIMATORS) - {"grassberger"}))
@given(n=st.integers(1, 50))
def test_one_value_alone_has_no_entropy(name: str, n: int) -> None:
    assert float(ESTIMATORS[name](np.array([n]))) == pytest.approx(0, abs=1e-12)


@given(counts=some_counts, times=st.integers(2, 9))
def test_plug_in_depends_on_frequencies_alone(counts: list[int], times: int) -> None:
    assert float(plug_in(times * np.array(counts))) == pytest.approx(float(plug_in(np.array(counts))), abs=1e-12)


@given(counts=counts_of_any_kind)
def test_plug_in_is_at_most_the_logarithm_of_the_cells_seen(counts: list[int]) -> None:
    assert -1e-15 <= float(plug_in(np.array(counts))) <= log(sum(c > 0 for c in counts)) + 1e-12


@given(counts=counts_of_any_kind)
def test_miller_madow_adds_to_the_plug_in_half_a_cell_a_sample(counts: list[int]) -> None:
    added = float(miller_madow(np.array(counts)) - plug_in(np.array(counts)))
    assert added == pytest.approx((np.count_nonzero(counts) - 1) / (2 * sum(counts)), abs=1e-12)


@every_estimator
def test_every_estimator_finds_the_entropy_of_a_large_sample(name: str) -> None:
    p = np.array([0.4, 0.3, 0.2, 0.1])
    counts = np.random.default_rng(0).multinomial(10**6, p)
    assert float(ESTIMATORS[name](counts)) == pytest.approx(-(p * np.log(p)).sum(), abs=2e-3)


@pytest.mark.parametrize("name", sorted(set(ESTIMATORS) - {"plug_in", *SMOOTHING}))
def test_correction_makes_the_expected_error_smaller(name: str) -> None:
    n, p = 10, [0.4, 0.3, 0.2, 0.1]
    samples = [c for c in product(range(n + 1), repeat=4) if sum(c) == n]
    chance = [factorial(n) * prod(q**k / factorial(k) for q, k in zip(p, counts, strict=True)) for counts in samples]
    truth = -fsum(q * log(q) for q in p)
    corrected = np.dot(chance, ESTIMATORS[name](np.array(samples))) - truth
    uncorrected = np.dot(chance, plug_in(np.array(samples))) - truth
    assert uncorrected < -0.1
    assert abs(corrected) < abs(uncorrected) / 2


@pytest.mark.parametrize("name", ADDITIVE)
@given(counts=counts_of_any_kind)
def test_additive_estimator_is_offset_less_weights(name: str, counts: list[int]) -> None:
    assume(sum(counts) > 0)
    n, estimator = sum(counts), ADDITIVE[name]
    weights = estimator.weights(n)
    value = float(estimator.offset(np.array([float(n)]))[0]) - fsum(weights[c] for c in counts) / n
    assert value == pytest.approx(float(ESTIMATORS[name](np.array(counts))), abs=1e-12)


@pytest.mark.parametrize("name", ADDITIVE)
def test_weight_of_nothing_is_nothing(name: str) -> None:
    weights = ADDITIVE[name].weights(5)
    assert weights.shape == (6,)
    assert weights[0] == 0


@pytest.mark.parametrize("name", ADDITIVE)
@pytest.mark.parametrize("n_empty", [0, 3000], ids=["computed", "looked_up"])
def test_few_large_counts_are_weighed_like_many_small_ones(name: str, n_empty: int) -> None:
    counts = [5000, 3, 77, 1]
    value = float(ESTIMATORS[name](np.array(counts + [0] * n_empty)))
    assert value == pytest.approx(SLOW_TWINS[name](counts), abs=1e-10)
