"""Divergences of two samples against closed forms, slow twins from their formulas, and identities."""

from itertools import product
from math import fsum, inf, log, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightbits.core.checks import InputError
from sightbits.core.counts import CountTable
from sightbits.information.composed import mutual_information
from sightbits.information.discrete import ESTIMATORS
from sightbits.information.generalised import jensen_shannon_divergence, kullback_leibler_divergence

some_pairs = st.integers(1, 8).flatmap(
    lambda k: st.tuples(*[st.lists(st.integers(0, 12), min_size=k, max_size=k).filter(any)] * 2)
)


def kullback_leibler(p: list[int], q: list[int], **options: object) -> float:
    return float(kullback_leibler_divergence(np.array(p), np.array(q), **options))


def jensen_shannon(p: list[int], q: list[int], **options: object) -> float:
    return float(jensen_shannon_divergence(np.array(p), np.array(q), **options))


@pytest.mark.parametrize(
    ("p", "q", "value"),
    [
        ([3, 1], [30, 10], 0),
        ([4, 0], [1, 1], log(2)),
        ([1, 1], [3, 1], 0.5 * log(2 / 3) + 0.5 * log(2)),
        ([1, 1], [1, 0], inf),
        ([0, 2], [5, 0], inf),
        ([2, 0], [9, 0], 0),
    ],
)
def test_closed_form_of_kullback_leibler(p: list[int], q: list[int], value: float) -> None:
    assert kullback_leibler(p, q) == pytest.approx(value, abs=1e-14)


@given(pair=some_pairs, pseudo_count=st.sampled_from([0.0, 0.5, 2.0]), name=st.sampled_from(sorted(ESTIMATORS)))
def test_kullback_leibler_is_cross_entropy_less_entropy(
    pair: tuple[list[int], list[int]], pseudo_count: float, name: str
) -> None:
    p, q = pair
    raised = [c + pseudo_count for c in q]
    crossed = -fsum(
        a / sum(p) * (log(b / sum(raised)) if b > 0 else -inf) for a, b in zip(p, raised, strict=True) if a > 0
    )
    expected = crossed - float(ESTIMATORS[name](np.array(p)))
    assert kullback_leibler(p, q, estimator=name, pseudo_count=pseudo_count) == pytest.approx(expected, abs=1e-10)


@given(pair=some_pairs, pseudo_count=st.sampled_from([0.0, 1.0]), times=st.integers(2, 9))
def test_kullback_leibler_is_nothing_where_frequencies_are_equal_alone(
    pair: tuple[list[int], list[int]], pseudo_count: float, times: int
) -> None:
    p, q = pair
    raised = [c + int(pseudo_count) for c in q]
    equal = all(a * sum(raised) == b * sum(p) for a, b in zip(p, raised, strict=True))
    found = kullback_leibler(p, q, pseudo_count=pseudo_count)
    assert found >= -1e-15
    assert (found > 1e-9) != equal
    assert kullback_leibler(p, [times * c for c in p]) == 0


@given(pair=some_pairs.filter(lambda pair: len(pair[0]) > 1), data=st.data())
def test_merging_cells_never_raises_a_divergence(pair: tuple[list[int], list[int]], data: st.DataObject) -> None:
    into, merged = data.draw(st.permutations(range(len(pair[0]))))[:2]
    p, q = ([c + (i == into) * row[merged] for i, c in enumerate(row) if i != merged] for row in pair)
    assert kullback_leibler(p, q) <= kullback_leibler(*pair) + 1e-12
    for weights in ("equal", "sample"):
        assert jensen_shannon(p, q, weights=weights) <= jensen_shannon(*pair, weights=weights) + 1e-12


@given(pair=some_pairs, seed=st.integers(0, 99), weights=st.sampled_from(["equal", "sample"]))
def test_names_of_the_cells_do_not_matter(pair: tuple[list[int], list[int]], seed: int, weights: str) -> None:
    order = np.random.default_rng(seed).permutation(len(pair[0]))
    p, q = ([row[i] for i in order] for row in pair)
    assert kullback_leibler(p, q) == pytest.approx(kullback_leibler(*pair), abs=1e-12)
    assert jensen_shannon(p, q, weights=weights) == pytest.approx(jensen_shannon(*pair, weights=weights), abs=1e-12)


def test_better_entropy_lowers_the_mean_divergence_of_equals() -> None:
    rng = np.random.default_rng(0)
    p, q = rng.multinomial(400, np.full(10, 0.1), size=(2, 4000))
    expected = 9 / 2 * (1 / 400 + 1 / 400)
    assert kullback_leibler_divergence(p, q).mean() == pytest.approx(expected, rel=0.03)
    corrected = kullback_leibler_divergence(p, q, estimator="miller_madow").mean()
    assert corrected == pytest.approx(expected / 2, rel=0.06)
    same_size = jensen_shannon_divergence(p, q)
    assert same_size.mean() == pytest.approx(9 / (2 * 800), rel=0.03)
    assert abs(jensen_shannon_divergence(p, q, estimator="miller_madow").mean()) < same_size.mean() / 20


@pytest.mark.parametrize("pseudo_count", [-0.5, nan, inf])
def test_pseudo_count_that_is_none_is_refused(pseudo_count: float) -> None:
    with pytest.raises(InputError, match="pseudo_count: wanted a finite number of 0 or more"):
        kullback_leibler_divergence(np.array([1, 2]), np.array([1, 2]), pseudo_count=pseudo_count)


def test_pseudo_count_makes_a_divergence_finite() -> None:
    assert kullback_leibler([1, 1], [1, 0], pseudo_count=1.0) == pytest.approx(0.5 * log(3 / 4) + 0.5 * log(3 / 2))
    assert kullback_leibler([2, 0], [0, 0], pseudo_count=0.1) == pytest.approx(log(2))


@pytest.mark.parametrize(
    ("p", "q", "weights", "value"),
    [
        ([4, 0], [0, 1], "equal", log(2)),
        ([4, 0], [0, 1], "sample", log(5) - 4 / 5 * log(4)),
        ([2, 1], [4, 2], "equal", 0),
        ([2, 1], [4, 2], "sample", 0),
        ([2, 0], [3, 3], "equal", -3 / 4 * log(3 / 4) - 1 / 4 * log(1 / 4) - log(2) / 2),
        ([2, 0], [3, 3], "sample", -5 / 8 * log(5 / 8) - 3 / 8 * log(3 / 8) - 3 / 4 * log(2)),
    ],
)
def test_closed_form_of_jensen_shannon(p: list[int], q: list[int], weights: str, value: float) -> None:
    assert jensen_shannon(p, q, weights=weights) == pytest.approx(value, abs=1e-14)


@given(pair=some_pairs)
def test_jensen_shannon_is_entropy_mixed_less_entropies(pair: tuple[list[int], list[int]]) -> None:
    p, q = ([c / sum(row) for c in row] for row in pair)
    mixed = fsum(-(a + b) / 2 * log((a + b) / 2) for a, b in zip(p, q, strict=True) if a + b > 0)
    apart = fsum(-a / 2 * log(a) for a in p + q if a > 0)
    assert jensen_shannon(*pair) == pytest.approx(mixed - apart, abs=1e-12)


@given(pair=some_pairs, name=st.sampled_from(sorted(ESTIMATORS)))
def test_jensen_shannon_by_shares_of_the_samples_is_a_mutual_information(
    pair: tuple[list[int], list[int]], name: str
) -> None:
    table = CountTable(counts=np.array(pair), variables=("sample", "cell"))
    expected = float(mutual_information(table, "sample", "cell", estimator=ESTIMATORS[name]))
    assert jensen_shannon(*pair, estimator=name, weights="sample") == pytest.approx(expected, abs=1e-12)
    as_many = [[c * sum(pair[1]) for c in pair[0]], [c * sum(pair[0]) for c in pair[1]]]
    by_sample = jensen_shannon(*as_many, estimator=name, weights="sample")
    assert jensen_shannon(*as_many, estimator=name) == pytest.approx(by_sample, abs=1e-14)


@given(pair=some_pairs)
def test_jensen_shannon_is_symmetric_and_at_most_one_bit(pair: tuple[list[int], list[int]]) -> None:
    p, q = pair
    n_p, n_q = sum(p), sum(q)
    most = {"equal": log(2), "sample": log(n_p + n_q) - (n_p * log(n_p) + n_q * log(n_q)) / (n_p + n_q)}
    for weights in ("equal", "sample"):
        found = jensen_shannon(p, q, weights=weights)
        assert -1e-15 <= found <= most[weights] + 1e-12
        assert jensen_shannon(q, p, weights=weights) == pytest.approx(found, abs=1e-14)
        disjoint = all(a * b == 0 for a, b in zip(p, q, strict=True))
        assert (found > most[weights] - 1e-12) == disjoint


def test_equal_weights_need_samples_of_equal_size_to_be_corrected() -> None:
    rows = np.array([[2, 2], [3, 1]])
    assert np.isfinite(jensen_shannon_divergence(rows, rows[::-1].copy(), estimator="chao_shen")).all()
    with pytest.raises(InputError, match="weights: wanted 'sample', or samples of equal size"):
        jensen_shannon_divergence(rows, np.array([[2, 2], [3, 2]]), estimator="chao_shen")


def test_divergences_refuse_names_they_do_not_know() -> None:
    rows = np.array([[2, 2], [3, 1]])
    for divergence in (kullback_leibler_divergence, jensen_shannon_divergence):
        with pytest.raises(InputError, match="estimator: wanted one of plug_in"):
            divergence(rows, rows, estimator="unbiased")
    with pytest.raises(InputError, match="weights: wanted one of equal, sample"):
        jensen_shannon_divergence(rows, rows, weights="half")


@pytest.mark.parametrize("shape", [(0,), (3, 0), (0, 4), (2, 4)])
def test_rows_of_no_samples_are_nan(shape: tuple[int, ...]) -> None:
    counts = np.zeros(shape, dtype=np.int64)
    for values in (
        kullback_leibler_divergence(counts, counts),
        jensen_shannon_divergence(counts, counts),
        jensen_shannon_divergence(counts, counts, weights="sample"),
        jensen_shannon_divergence(counts, counts, weights="sample", estimator="nsb"),
    ):
        assert values.shape == shape[:-1]
        assert np.isnan(values).all()


@pytest.mark.parametrize("name", ESTIMATORS)
def test_divergences_of_a_batch_are_those_of_its_rows(name: str) -> None:
    p, q = np.random.default_rng(0).integers(0, 6, (2, 2, 3, 4))
    p[0, 1] = q[1, 2] = 0
    for found, alone in (
        (
            kullback_leibler_divergence(p, q, estimator=name, pseudo_count=0.5),
            lambda a, b: kullback_leibler_divergence(a, b, estimator=name, pseudo_count=0.5),
        ),
        (
            jensen_shannon_divergence(p, q, estimator=name, weights="sample"),
            lambda a, b: jensen_shannon_divergence(a, b, estimator=name, weights="sample"),
        ),
        (jensen_shannon_divergence(p, q), jensen_shannon_divergence),
    ):
        assert found.shape == (2, 3)
        assert np.isnan(found[0, 1])
        for i, j in product(range(2), range(3)):
            np.testing.assert_allclose(found[i, j], alone(p[i, j], q[i, j]), rtol=1e-11, atol=1e-12)
    assert np.isnan(jensen_shannon_divergence(p, q)[1, 2])
    assert np.isnan(kullback_leibler_divergence(p, q)[1, 2])
