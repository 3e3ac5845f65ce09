import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2, chi2_contingency, gamma, kstest
from sklearn.metrics.cluster import expected_mutual_information

from sightbits.core.counts import CountTable, LabelledLevels
from sightbits.estimation.null import (
    estimate_beside_draws,
    family_wise_p,
    information_ceiling,
    permutation_p,
    q_values,
    tail_p_values,
)
from sightbits.estimation.pixels import estimate_pixel_information, g_test, permute_labels
from sightbits.information.composed import mutual_information
from sightbits.information.discrete import ADDITIVE, ESTIMATORS, plug_in

Draw = Callable[..., LabelledLevels]


def count_slowly(levels: np.ndarray, labels: np.ndarray, n_levels: int, n_labels: int) -> CountTable:
    cells = levels.astype(np.int64) * n_labels + labels[:, None]
    tables = [np.bincount(pixel, minlength=n_levels * n_labels) for pixel in cells.T]
    return CountTable(
        counts=np.array(tables).reshape(levels.shape[1], n_levels, n_labels), variables=("level", "label")
    )


def permute_slowly(sample: LabelledLevels, estimator: str, n_permutations: int, seed: int) -> np.ndarray:
    draws = []
    for i in range(n_permutations):
        labels = np.random.default_rng([seed, i]).permutation(sample.labels)
        table = count_slowly(sample.levels, labels, sample.n_levels, sample.n_labels)
        draws.append(mutual_information(table, "level", "label", estimator=ESTIMATORS[estimator]))
    return np.array(draws)


def check_draws(sample: LabelledLevels, estimator: str, n_permutations: int = 5, seed: int = 3) -> None:
    draws = permute_labels(sample, estimator=estimator, n_permutations=n_permutations, seed=seed)
    assert draws.shape == (n_permutations, sample.n_pixels)
    np.testing.assert_allclose(draws, permute_slowly(sample, estimator, n_permutations, seed), rtol=0, atol=1e-10)


def stack_levels(n_images: int, columns: list[list[int]], n_labels: int, *, one_label: int | None) -> LabelledLevels:
    """Pixels of level 0 in all images but the first ones, where column [a, b, ...] has a images of level 1, ..."""
    levels = np.zeros((n_images, len(columns)), np.uint8)
    for pixel, sizes in enumerate(columns):
        seen = np.repeat(np.arange(1, len(sizes) + 1), sizes)
        levels[: len(seen), pixel] = seen
    labels = np.random.default_rng(0).integers(n_labels, size=n_images)
    if one_label is not None:
        labels = np.full(n_images, one_label)
    n_levels = 1 + max(len(sizes) for sizes in columns)
    return LabelledLevels(levels=levels, labels=labels, n_levels=n_levels, n_labels=n_labels)


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize("n_labels", [1, 2, 3, 9, 10, 11, 40])
def test_draws_are_recounts_with_shuffled_labels(draw_levels: Draw, estimator: str, n_labels: int) -> None:
    check_draws(draw_levels(n_images=150, n_pixels=13, n_labels=n_labels), estimator, n_permutations=9)


@given(
    seed=st.integers(0, 2**31),
    n_images=st.integers(2, 300),
    n_pixels=st.integers(1, 20),
    n_levels=st.sampled_from([2, 5, 256]),
    n_labels=st.integers(1, 14),
    share=st.sampled_from([0.0, 0.5, 0.95, 1.0]),
    top=st.booleans(),
    estimator=st.sampled_from(sorted(ADDITIVE)),
)
def test_additive_draws_are_recounts_for_any_sample(
    draw_levels: Draw,
    seed: int,
    n_images: int,
    n_pixels: int,
    n_levels: int,
    n_labels: int,
    share: float,
    top: bool,
    estimator: str,
) -> None:
    sample = draw_levels(
        seed,
        n_images=n_images,
        n_pixels=n_pixels,
        n_levels=n_levels,
        n_labels=n_labels,
        share=share,
        background=n_levels - 1 if top else 0,
    )
    check_draws(sample, estimator, n_permutations=3, seed=seed)


@pytest.mark.parametrize("n_permutations", [0, 1, 7, 8, 9, 16, 17])
@pytest.mark.parametrize("n_labels", [3, 12])
def test_any_number_of_permutations(draw_levels: Draw, n_permutations: int, n_labels: int) -> None:
    sample = draw_levels(n_labels=n_labels)
    draws = permute_labels(sample, estimator="plug_in", n_permutations=n_permutations, seed=0)
    assert draws.shape == (n_permutations, sample.n_pixels)
    np.testing.assert_array_equal(
        draws, permute_labels(sample, estimator="plug_in", n_permutations=17, seed=0)[:n_permutations]
    )


EDGES_OF_SIX_BITS = [[size] for size in (1, 62, 63, 64, 65, 126, 127, 128)] + [[63, 63, 64], [1] * 70]
EDGES_OF_TWELVE_BITS = [
    *([size] for size in (4031, 4032, 4033, 4094, 4095, 4096, 4097, 8064, 8192)),
    [63] * 64,
    [63] * 65,
    [62] * 66,
    [40] * 150,
    [4000, 33, 63, 4032],
    [1] * 200 + [4000],
]


@pytest.mark.parametrize("estimator", ADDITIVE)
@pytest.mark.parametrize("one_label", [None, 0, 5, 9])
def test_a_level_of_more_images_than_six_bits_hold(estimator: str, one_label: int | None) -> None:
    check_draws(stack_levels(400, EDGES_OF_SIX_BITS, 10, one_label=one_label), estimator)


@pytest.mark.parametrize("one_label", [None, 0, 5, 9])
def test_a_pixel_of_more_images_than_twelve_bits_hold(one_label: int | None) -> None:
    check_draws(stack_levels(20_000, EDGES_OF_TWELVE_BITS, 10, one_label=one_label), "plug_in", n_permutations=2)


def test_few_labels_of_many_images_fill_their_fields() -> None:
    sample = stack_levels(20_000, EDGES_OF_TWELVE_BITS, 2, one_label=None)
    check_draws(sample, "jackknife", n_permutations=2)


@pytest.mark.parametrize("n_labels", [11, 200, 300])
def test_many_labels_and_many_images(n_labels: int) -> None:
    check_draws(stack_levels(5000, [[2000, 60], [1] * 200, []], n_labels, one_label=None), "grassberger", 2)


@pytest.mark.parametrize("n_labels", [3, 12])
def test_images_all_of_one_label_carry_no_information(draw_levels: Draw, n_labels: int) -> None:
    drawn = draw_levels(n_images=500)
    sample = LabelledLevels(levels=drawn.levels, labels=np.full(500, 2), n_levels=4, n_labels=n_labels)
    draws = permute_labels(sample, estimator="plug_in", n_permutations=3, seed=0)
    np.testing.assert_allclose(draws, 0, atol=1e-12)


@pytest.mark.parametrize("n_labels", [3, 12])
def test_blocks_of_pixels_are_permuted_alike(draw_levels: Draw, n_labels: int) -> None:
    sample = draw_levels(n_images=40, n_pixels=1100, n_labels=n_labels)
    assert len(list(sample.pixel_blocks())) == 2
    check_draws(sample, "plug_in", n_permutations=3)


@pytest.mark.parametrize("estimator", ["plug_in", "chao_shen"])
def test_a_permutation_depends_on_the_seed_and_its_number_alone(draw_levels: Draw, estimator: str) -> None:
    sample = draw_levels()
    draws = permute_labels(sample, estimator=estimator, n_permutations=12, seed=7)
    again = permute_labels(sample, estimator=estimator, n_permutations=5, seed=7)
    other = permute_labels(sample, estimator=estimator, n_permutations=5, seed=8)
    np.testing.assert_array_equal(again, draws[:5])
    assert not np.allclose(other, again)


@pytest.mark.parametrize("n_labels", [3, 12])
def test_threads_draw_what_one_does(draw_levels: Draw, n_labels: int) -> None:
    sample = draw_levels(n_images=3000, n_pixels=40, n_levels=9, n_labels=n_labels)
    one, three = (permute_labels(sample, estimator="grassberger", n_permutations=30, seed=1, n_jobs=n) for n in (1, 3))
    np.testing.assert_array_equal(three, one)


@pytest.mark.parametrize("estimator", ["plug_in", "shrinkage"])
def test_progress_ends_with_the_last_permutation(draw_levels: Draw, estimator: str) -> None:
    steps: list[tuple[str, int, int]] = []
    permute_labels(
        draw_levels(),
        estimator=estimator,
        n_permutations=9,
        seed=0,
        progress=lambda task, done, total: steps.append((task, done, total)),
    )
    assert steps[-1] == ("permutations", 9, 9)
    assert [done for _, done, _ in steps] == sorted(done for _, done, _ in steps)


@pytest.mark.parametrize("n_labels", [3, 15])
def test_mean_of_the_null_is_the_exact_expectation(draw_levels: Draw, n_labels: int) -> None:
    sample = draw_levels(n_images=80, n_pixels=12, n_levels=6, n_labels=n_labels)
    draws = permute_labels(sample, estimator="plug_in", n_permutations=800, seed=0)
    standard_error = draws.std(axis=0, ddof=1) / np.sqrt(len(draws))
    exact = [
        expected_mutual_information(table[table.any(axis=1)][:, table.any(axis=0)], sample.n_images)
        for table in sample.count().counts
    ]
    assert (np.abs(draws.mean(axis=0) - exact) < 4 * standard_error).all()


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_estimate_is_the_information_beside_its_draws(draw_levels: Draw, estimator: str) -> None:
    sample = draw_levels()
    estimate = estimate_pixel_information(sample, estimator=estimator, n_permutations=20, seed=4)
    table = count_slowly(sample.levels, sample.labels, sample.n_levels, sample.n_labels)
    value = mutual_information(table, "level", "label", estimator=ESTIMATORS[estimator])
    draws = permute_slowly(sample, estimator, 20, 4)
    np.testing.assert_allclose(estimate.value, value, atol=1e-10)
    np.testing.assert_allclose(estimate.null_mean, draws.mean(axis=0), atol=1e-10)
    np.testing.assert_allclose(estimate.null_std, draws.std(axis=0, ddof=1), atol=1e-10)
    np.testing.assert_array_equal(estimate.p_value, permutation_p(value, draws))
    assert (estimate.estimator, estimate.n_samples, estimate.null) == (estimator, 60, "permutation")
    assert estimate.n_permutations == 20


def test_without_permutations_the_plug_in_estimate_stands_beside_the_g_test(draw_levels: Draw) -> None:
    sample = draw_levels(n_pixels=1100)
    estimate = estimate_pixel_information(sample, n_permutations=0)
    mean, std, p = g_test(sample.count(), estimate.value)
    assert estimate.null == "g_test"
    np.testing.assert_array_equal(estimate.null_mean, mean)
    np.testing.assert_array_equal(estimate.null_std, std)
    np.testing.assert_array_equal(estimate.p_value, p)


def test_the_g_test_says_nothing_of_tables_with_fewer_samples_than_cells(draw_levels: Draw) -> None:
    sample = draw_levels(n_images=60, n_levels=40, n_labels=3, share=0.0)  # every odd pixel has more levels
    few = LabelledLevels(
        levels=np.concatenate([sample.levels, sample.levels // 11], axis=1),
        labels=sample.labels,
        n_levels=40,
        n_labels=3,
    )
    n_levels = np.array([len(np.unique(pixel)) for pixel in few.levels.T])
    assert n_levels.max() * 3 > 60 > n_levels.min() * 3
    estimate = estimate_pixel_information(few, n_permutations=0)
    assert estimate.null == "g_test"
    for name in ("null_mean", "null_std", "p_value"):
        np.testing.assert_array_equal(np.isnan(getattr(estimate, name)), n_levels * 3 > 60)
    many = LabelledLevels(levels=few.levels[:, n_levels * 3 > 60], labels=few.labels, n_levels=40, n_labels=3)
    assert estimate_pixel_information(many, n_permutations=0).null == "none"


@pytest.mark.parametrize("estimator", sorted(set(ESTIMATORS) - {"plug_in"}))
def test_without_permutations_other_estimates_have_no_null(draw_levels: Draw, estimator: str) -> None:
    estimate = estimate_pixel_information(draw_levels(), estimator=estimator, n_permutations=0)
    assert estimate.null == "none"
    assert np.isnan([estimate.null_mean, estimate.null_std, estimate.p_value]).all()


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_constant_pixel_is_chance_and_nothing_varies(draw_levels: Draw, estimator: str) -> None:
    drawn = draw_levels(n_images=50)
    sample = LabelledLevels(levels=drawn.levels * 0 + 1, labels=drawn.labels, n_levels=2, n_labels=3)
    estimate = estimate_pixel_information(sample, estimator=estimator, n_permutations=99)
    np.testing.assert_allclose(estimate.excess, 0, atol=1e-12)
    assert (estimate.p_value == 1).all()
    assert np.isnan(estimate.z_score).all()


@pytest.mark.parametrize("n_permutations", [0, 20])
def test_a_pixel_that_tells_the_label_is_saturated_and_others_are_not(n_permutations: int) -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(3, size=400)
    almost = np.where(np.arange(400) < 40, (labels + 1) % 3, labels)
    levels = np.stack([labels, (labels + 1) % 3, almost, rng.integers(3, size=400)], axis=1).astype(np.uint8)
    sample = LabelledLevels(levels=levels, labels=labels, n_levels=3, n_labels=3)
    estimate = estimate_pixel_information(sample, n_permutations=n_permutations)
    assert estimate.saturated.tolist() == [True, True, False, False]


def test_a_sample_allows_the_entropy_of_its_labels() -> None:
    assert information_ceiling(np.array([0, 0, 1, 1])) == pytest.approx(np.log(2))
    assert information_ceiling(np.array([0, 0, 0, 5])) == pytest.approx(float(plug_in(np.array([3, 1]))))
    assert information_ceiling(np.arange(7)) == pytest.approx(np.log(7))


def test_a_single_draw_has_no_spread_and_none_has_no_null() -> None:
    labels, value = np.array([0, 1]), np.array([0.5, 0.2])
    one = estimate_beside_draws(
        value, np.array([[0.1, 0.2]]), estimator="plug_in", n_samples=len(labels), ceiling=information_ceiling(labels)
    )
    assert (one.null, one.null_mean.tolist(), one.null_std.tolist()) == ("permutation", [0.1, 0.2], [0, 0])
    assert one.p_value.tolist() == [0.5, 1.0]
    none = estimate_beside_draws(
        value, np.empty((0, 2)), estimator="knn", n_samples=len(labels), ceiling=information_ceiling(labels)
    )
    assert (none.null, none.n_samples) == ("none", 2)
    assert np.isnan([none.null_mean, none.null_std, none.p_value]).all()


@given(
    values=st.lists(st.integers(0, 5), min_size=1, max_size=4),
    m=st.integers(1, 30),
    seed=st.integers(0, 2**32),
)
def test_p_value_counts_the_draws_that_reach_the_value(values: list[int], m: int, seed: int) -> None:
    value = np.array(values) / 7
    draws = np.random.default_rng(seed).integers(0, 6, (m, len(values))) / 7
    expected = [(sum(draws[i, j] >= value[j] for i in range(m)) + 1) / (m + 1) for j in range(len(values))]
    assert permutation_p(value, draws).tolist() == expected


def test_a_draw_that_differs_by_rounding_is_as_large() -> None:
    assert permutation_p(np.array(0.5), np.array([0.5 - 1e-14, 0.5 - 1e-9, 0.4])) == 0.5


def test_p_value_is_never_zero() -> None:
    assert permutation_p(np.array([9.0]), np.zeros((99, 1))).tolist() == [0.01]


def test_p_values_of_chance_are_uniform() -> None:
    rng = np.random.default_rng(1)
    levels = rng.integers(5, size=(300, 600)).astype(np.uint8)
    sample = LabelledLevels(levels=levels, labels=rng.integers(4, size=300), n_levels=5, n_labels=4)
    p = estimate_pixel_information(sample, n_permutations=199, seed=0).p_value
    assert kstest(p, "uniform").pvalue > 0.01
    assert abs((p <= 0.05).mean() - 0.05) < 4 * np.sqrt(0.05 * 0.95 / p.size)


def test_pixels_that_follow_the_label_stand_out(draw_levels: Draw) -> None:
    estimate = estimate_pixel_information(draw_levels(n_images=600), n_permutations=99)
    assert (estimate.p_value[1::2] == 0.01).all()
    assert (estimate.z_score[1::2] > 5).all()
    assert (np.abs(estimate.z_score[::2]) < 4).all()


@pytest.mark.parametrize("estimator", ["plug_in", "miller_madow"])
def test_tail_is_a_gamma_tail_of_the_mean_and_widened_spread_of_the_null(draw_levels: Draw, estimator: str) -> None:
    estimate = estimate_pixel_information(draw_levels(n_images=100), estimator=estimator, n_permutations=30)
    tail = tail_p_values(estimate)
    beyond = estimate.p_value < 1.5 / 31
    assert 0 < beyond.sum() < beyond.size
    spread = estimate.null_std * np.sqrt(29 / chi2.ppf(0.025, 29))
    shape = (spread * 100) ** 2
    expected = gamma.sf(estimate.value, shape, loc=estimate.null_mean - shape / 100, scale=1 / 100)
    np.testing.assert_allclose(tail[beyond], np.minimum(expected, 1 / 31)[beyond], rtol=1e-9)
    np.testing.assert_array_equal(tail[~beyond], estimate.p_value[~beyond])


def test_tail_goes_on_where_permutations_end(draw_levels: Draw) -> None:
    tail = tail_p_values(estimate_pixel_information(draw_levels(n_images=600), n_permutations=99))
    assert (tail[1::2] < 1e-6).all()
    assert (tail[::2] > 1e-3).all()


@pytest.mark.parametrize("n_permutations", [5, 20, 99])
def test_tail_is_cautious_where_all_is_chance(n_permutations: int) -> None:
    rng = np.random.default_rng(2)
    levels = rng.integers(5, size=(300, 5000)).astype(np.uint8)
    sample = LabelledLevels(levels=levels, labels=rng.integers(4, size=300), n_levels=5, n_labels=4)
    tail = tail_p_values(estimate_pixel_information(sample, n_permutations=n_permutations))
    for level in (0.01, 0.003, 0.001):
        assert (tail <= level).mean() < level + 4 * np.sqrt(level / tail.size)


@pytest.mark.parametrize("draws", [[0.1], [0.1] * 4, [0.1, 0.1 + 1e-15, 0.1]])
def test_a_null_that_does_not_vary_has_no_tail(draws: list[float]) -> None:
    estimate = estimate_beside_draws(
        np.array([0.3]), np.array(draws)[:, None], estimator="plug_in", n_samples=3, ceiling=1.0
    )
    assert tail_p_values(estimate).tolist() == [1 / (len(draws) + 1)]


def test_neighbour_and_g_test_nulls_keep_their_p_values(draw_levels: Draw) -> None:
    by_g_test = estimate_pixel_information(draw_levels(), n_permutations=0)
    np.testing.assert_array_equal(tail_p_values(by_g_test), by_g_test.p_value)
    draws = np.random.default_rng(0).random((9, 1)) / 10
    by_neighbours = estimate_beside_draws(np.array([0.9]), draws, estimator="knn", n_samples=2, ceiling=1.0)
    assert tail_p_values(by_neighbours).tolist() == [0.1]


@pytest.mark.parametrize("seed", range(5))
def test_g_test_is_that_of_scipy(seed: int) -> None:
    counts = np.random.default_rng(seed).integers(0, 12, (6, 5, 4))
    counts[0, 2] = counts[1, :, 3] = 0
    table = CountTable(counts=counts, variables=("level", "label"))
    value = mutual_information(table, "level", "label")
    mean, std, p = g_test(table, value)
    for i, cells in enumerate(counts):
        seen = cells[cells.any(axis=1)][:, cells.any(axis=0)]
        expected = chi2_contingency(seen, lambda_="log-likelihood", correction=False)
        assert 2 * cells.sum() * value[i] == pytest.approx(expected.statistic, rel=1e-10)
        assert p[i] == pytest.approx(expected.pvalue, rel=1e-9)
        assert mean[i] == pytest.approx(expected.dof / (2 * cells.sum()), rel=1e-14)
        assert std[i] == pytest.approx(np.sqrt(2 * expected.dof) / (2 * cells.sum()), rel=1e-14)


def test_g_test_of_a_constant_pixel_is_chance() -> None:
    table = CountTable(counts=np.array([[3, 4], [0, 0]]), variables=("level", "label"))
    mean, std, p = g_test(table, np.array(0.0))
    assert (float(mean), float(std), float(p)) == (0, 0, 1)


@given(st.lists(st.one_of(st.floats(0, 1), st.sampled_from([0.01, 0.05, 1.0])), max_size=30))
def test_q_values_are_those_of_benjamini_and_hochberg(p_values: list[float]) -> None:
    m = len(p_values)
    ordered = sorted(p_values)
    expected = [min([1.0] + [m * ordered[k] / (k + 1) for k in range(m) if ordered[k] >= p]) for p in p_values]
    np.testing.assert_allclose(q_values(np.array(p_values, dtype=float)), expected, rtol=1e-12)


def test_pixels_called_by_q_value_are_those_of_the_step_up_rule() -> None:
    p = np.concatenate([np.random.default_rng(0).random(80), np.random.default_rng(1).random(20) / 500])
    passing = [k for k in range(1, 101) if np.sort(p)[k - 1] <= 0.1 * k / 100]
    called = q_values(p) <= 0.1
    assert called.sum() == max(passing)
    assert p[called].max() < p[~called].min()


def test_nan_stays_nan_and_is_no_test() -> None:
    q = q_values(np.array([0.02, np.nan, 0.5, np.nan]))
    np.testing.assert_allclose(q, [0.04, np.nan, 0.5, np.nan])
    assert np.isnan(q_values(np.array([np.nan]))).all()


# --- the whole batch at once ---


def family_wise_slowly(value: list[float], draws: list[list[float]]) -> list[float]:
    """The value is one more row among the draws; each column in its own standard deviations."""
    m, n_columns = len(draws), len(value)
    standing: list[list[float]] = [[] for _ in range(m + 1)]
    varies = []
    for j in range(n_columns):
        column = [value[j]] + [row[j] for row in draws]
        varies.append(max(column[1:]) - min(column[1:]) > 1e-9)
        mean = math.fsum(column) / (m + 1)
        spread = math.sqrt(math.fsum((one - mean) ** 2 for one in column) / (m + 1))
        for row, one in zip(standing, column, strict=True):
            row.append((one - mean) / spread if varies[j] else -math.inf)
    largest = [max(row) for row in standing[1:]]
    return [
        (1 + sum(one >= standing[0][j] - 1e-9 for one in largest)) / (m + 1) if varies[j] else 1.0
        for j in range(n_columns)
    ]


@given(
    values=st.lists(st.integers(0, 7), min_size=1, max_size=5),
    m=st.integers(1, 25),
    levels=st.integers(1, 6),
    seed=st.integers(0, 2**32),
)
def test_family_wise_p_is_the_share_of_draws_whose_largest_reaches_the_value(
    values: list[int], m: int, levels: int, seed: int
) -> None:
    value = np.array(values) / 7
    draws = np.random.default_rng(seed).integers(0, levels, (m, len(values))) / 7
    found = family_wise_p(value, draws)
    np.testing.assert_allclose(found, family_wise_slowly(value.tolist(), draws.tolist()), rtol=1e-14)


@given(seed=st.integers(0, 2**32), m=st.integers(2, 60), n_columns=st.integers(1, 9))
def test_family_wise_p_is_no_smaller_than_that_of_one_alone_or_of_fewer(seed: int, m: int, n_columns: int) -> None:
    rng = np.random.default_rng(seed)
    value, draws = rng.gamma(3, size=n_columns), rng.gamma(2, size=(m, n_columns))
    found = family_wise_p(value, draws)
    assert (found >= permutation_p(value, draws)).all()
    fewer = slice(0, rng.integers(1, n_columns + 1))
    assert (found[fewer] >= family_wise_p(value[fewer], draws[:, fewer])).all()
    assert (found > 0).all()
    assert (found <= 1).all()


@given(seed=st.integers(0, 2**32), m=st.integers(2, 60))
def test_family_wise_p_of_one_alone_is_its_p_value(seed: int, m: int) -> None:
    rng = np.random.default_rng(seed)
    value, draws = rng.gamma(3, size=1), rng.gamma(2, size=(m, 1))
    assert family_wise_p(value, draws).tolist() == permutation_p(value, draws).tolist()


def test_what_stands_out_more_has_no_larger_family_wise_p() -> None:
    rng = np.random.default_rng(0)
    draws = rng.gamma(2, size=(99, 1)) * np.ones(40)
    found = family_wise_p(np.linspace(0, 12, 40), draws)
    assert (np.diff(found) <= 0).all()
    assert found[0] == 1
    assert found[-1] == 0.01


def test_a_wide_null_does_not_decide_for_all() -> None:
    rng = np.random.default_rng(0)
    draws = rng.normal(size=(199, 2)) * [100, 0.01] + [500, 0]
    found = family_wise_p(np.array([500.0, 0.06]), draws)
    assert found[0] > 0.3
    assert found[1] == 1 / 200
    np.testing.assert_array_equal(found, family_wise_p(np.array([5.0, 0.06]), draws / [100, 1]))


@pytest.mark.parametrize(("n_columns", "m"), [(1, 19), (60, 19), (60, 99), (400, 39)])
@pytest.mark.parametrize("shared", [0.0, 0.9])
def test_where_all_is_chance_one_batch_in_twenty_is_called(n_columns: int, m: int, shared: float) -> None:
    rng = np.random.default_rng(n_columns + m)
    n_batches = 600
    n_called = 0
    for _ in range(n_batches):
        scale = rng.gamma(1, size=n_columns)
        common, own = rng.gamma(3, size=(m + 1, 1)), rng.gamma(3, size=(m + 1, n_columns))
        rows = scale * (shared * common + (1 - shared) * own)
        n_called += bool((family_wise_p(rows[0], rows[1:]) <= 0.05 + 1e-12).any())
    assert abs(n_called - 0.05 * n_batches) < 4 * np.sqrt(0.05 * 0.95 * n_batches)


@pytest.mark.parametrize("m", [20, 100])
def test_a_few_that_are_no_chance_are_called_among_many(m: int) -> None:
    rng = np.random.default_rng(m)
    rows = rng.gamma(3, size=(m + 1, 500))
    rows[0, :3] += 60
    found = family_wise_p(rows[0], rows[1:])
    assert found[:3].tolist() == [1 / (m + 1)] * 3
    assert (found[3:] > 0.05).all()


def test_one_whose_null_does_not_vary_is_never_called_and_decides_for_none() -> None:
    draws = np.random.default_rng(0).normal(size=(19, 3))
    draws[:, 1] = 0.1
    found = family_wise_p(np.array([9.0, 0.9, 0.0]), draws)
    assert found[1] == 1
    assert found[[0, 2]].tolist() == family_wise_p(np.array([9.0, 0.0]), draws[:, [0, 2]]).tolist()
    assert found[0] == 0.05
    assert family_wise_p(np.array([0.9]), np.full((5, 1), 0.1)).tolist() == [1.0]


@pytest.mark.parametrize("shape", [(), (1,), (6,), (2, 3), (3, 1, 2)])
def test_family_wise_p_keeps_the_shape_of_the_batch(shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(0)
    value, draws = rng.normal(1, size=shape), rng.normal(size=(30, *shape))
    found = family_wise_p(value, draws)
    assert found.shape == shape
    expected = family_wise_slowly(value.ravel().tolist(), draws.reshape(30, -1).tolist())
    assert found.ravel().tolist() == pytest.approx(expected)


def test_a_batch_of_none_has_no_family() -> None:
    assert family_wise_p(np.empty(0), np.empty((5, 0))).shape == (0,)


def test_a_draw_that_differs_by_rounding_reaches_the_value_for_the_family_too() -> None:
    draws = np.array([[0.5 - 1e-14], [0.1], [0.3]])
    assert family_wise_p(np.array([0.5]), draws).tolist() == [0.5]


def test_an_estimate_beside_draws_has_the_p_of_the_family() -> None:
    rng = np.random.default_rng(0)
    value, draws = rng.normal(2, size=4), rng.normal(size=(19, 4))
    labels = np.array([0, 1, 1])
    estimate = estimate_beside_draws(
        value, draws, estimator="plug_in", n_samples=len(labels), ceiling=information_ceiling(labels)
    )
    np.testing.assert_array_equal(estimate.family_wise_p, family_wise_p(value, draws))
    without = estimate_beside_draws(
        value, np.empty((0, 4)), estimator="plug_in", n_samples=len(labels), ceiling=information_ceiling(labels)
    )
    assert np.isnan(without.family_wise_p).all()
