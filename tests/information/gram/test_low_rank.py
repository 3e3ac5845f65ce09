"""Low-rank entropies against dense ones: never outside their bounds, whatever the spectrum; what is refused."""

from collections.abc import Callable
from math import fsum, inf, log, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightbits.core.checks import InputError
from sightbits.information.gram import (
    EntropyBounds,
    KernelColumns,
    LowRankGram,
    blockwise_entropy,
    entropy_of_spectrum,
    gaussian_columns,
    gaussian_kernel,
    linear_columns,
    linear_kernel,
    match_columns,
    match_kernel,
    matrix_joint_entropy,
    matrix_mutual_information,
    matrix_renyi_entropy,
    mutual_information_bounds,
    normalise_gram,
    pivoted_cholesky,
    product_columns,
)

seeds = st.integers(0, 2**32 - 1)
orders = st.one_of(st.floats(0.6, 20.0), st.sampled_from([1.0, 1.01, 2.0, inf]))
ROUNDING = 1e-10


def given_as_matrix(kernel: np.ndarray) -> KernelColumns:
    return KernelColumns(n=len(kernel), between=lambda rows, columns: kernel[rows, columns])


def with_spectrum(rng: np.random.Generator, spectrum: np.ndarray) -> np.ndarray:
    """A matrix of diagonal 1 whose eigenvalues are the spectrum scaled, by the rotations of Bendel and Mickey."""
    n = len(spectrum)
    axes = np.linalg.qr(rng.normal(size=(n, n)))[0]
    matrix = (axes * (spectrum * n / spectrum.sum())) @ axes.T
    for _ in range(n - 1):
        diagonal = np.diagonal(matrix)
        i, j = int(diagonal.argmin()), int(diagonal.argmax())
        if diagonal[j] - diagonal[i] < 1e-14:
            break
        # A rotation of rows and columns i and j after which entry i of the diagonal is 1.
        a, b, c = matrix[i, i] - 1, matrix[i, j], matrix[j, j] - 1
        t = (b + np.sqrt(b * b - a * c)) / c
        cos = 1 / np.sqrt(1 + t * t)
        rotation = np.eye(n)
        rotation[i, i] = rotation[j, j] = cos
        rotation[i, j], rotation[j, i] = -t * cos, t * cos
        matrix = rotation @ matrix @ rotation.T
    return (matrix + matrix.T) / 2


SPECTRA: dict[str, Callable[[int], np.ndarray]] = {
    "geometric": lambda n: 0.5 ** np.arange(n),
    "slow": lambda n: 1 / np.arange(1.0, n + 1),
    "flat": np.ones,
    "one and a long flat tail": lambda n: np.r_[n, np.full(n - 1, 0.01)],
    "steps": lambda n: 10.0 ** -(3 * (np.arange(n) // 5)),
    "few": lambda n: np.r_[1.0, 1.0, 1.0, np.zeros(n - 3)],
}


@pytest.mark.parametrize("name", SPECTRA)
@pytest.mark.parametrize("max_rank", [1, 3, 7, 20, 24])
def test_dense_entropy_is_within_the_bounds_whatever_the_spectrum(name: str, max_rank: int) -> None:
    n = 24
    kernel = with_spectrum(np.random.default_rng(max_rank), SPECTRA[name](n))
    assert np.diagonal(kernel) == pytest.approx(np.ones(n), abs=1e-9)
    low_rank = pivoted_cholesky(given_as_matrix(kernel), tolerance=1e-13, max_rank=max_rank)
    for alpha in (0.5, 1.0, 1.01, 2.0, 5.0, inf):
        dense = float(matrix_renyi_entropy(normalise_gram(kernel), alpha))
        bounds = low_rank.entropy(alpha)
        slack = 1e-8 if alpha >= 1 else 1e-5
        assert bounds.low - slack <= dense <= bounds.high + slack
        assert abs(bounds.value - dense) <= bounds.error + slack


@given(seed=seeds, n=st.integers(2, 30), max_rank=st.integers(1, 30), size=st.floats(0.1, 10.0), alpha=orders)
def test_gaussian_entropy_is_within_the_bounds(seed: int, n: int, max_rank: int, size: float, alpha: float) -> None:
    points = np.random.default_rng(seed).normal(size=(n, 2))
    low_rank = pivoted_cholesky(gaussian_columns(points, size), tolerance=1e-12, max_rank=max_rank)
    gram = normalise_gram(gaussian_kernel(points, size))
    bounds, dense = low_rank.entropy(alpha), float(matrix_renyi_entropy(gram, alpha))
    slack = ROUNDING if alpha >= 1 else 1e-6
    assert bounds.low - slack <= dense <= bounds.high + slack
    assert bounds.low <= bounds.value <= bounds.high
    if low_rank.residual == 0:
        assert bounds.error == 0


@given(seed=seeds, max_rank=st.integers(1, 12))
def test_residual_bounds_every_eigenvalue(seed: int, max_rank: int) -> None:
    points = np.random.default_rng(seed).normal(size=(15, 2))
    low_rank = pivoted_cholesky(gaussian_columns(points, 1.0), max_rank=max_rank)
    gram = normalise_gram(gaussian_kernel(points, 1.0))
    rest = gram - low_rank.factor @ low_rank.factor.T
    assert low_rank.residual == pytest.approx(float(np.trace(rest)), abs=1e-14)
    assert np.linalg.eigvalsh(rest)[0] >= -1e-15
    assert len(low_rank.pivots) == len(set(low_rank.pivots)) == low_rank.factor.shape[1] <= max_rank
    known = np.concatenate([np.zeros(15 - len(low_rank.pivots)), low_rank.eigenvalues()])
    off = np.linalg.eigvalsh(gram) - known
    assert off.min() >= -1e-15
    assert off.max() <= low_rank.residual + 1e-15


@given(seed=seeds, n=st.integers(2, 10), rank=st.integers(1, 10), alpha=orders)
def test_bounds_hold_for_every_rest_and_are_reached(seed: int, n: int, rank: int, alpha: float) -> None:
    """Spectra known + d with d of the residual's sum: none is outside the bounds, and two lie on them."""
    rng = np.random.default_rng(seed)
    rank = min(rank, n)
    residual = float(rng.uniform(0.01, 0.9))
    known = rng.dirichlet(np.full(rank, 0.5)) * (1 - residual)
    factor = np.zeros((n, rank))
    factor[range(rank), range(rank)] = np.sqrt(known)
    bounds = LowRankGram(factor=factor, residual=residual, pivots=()).entropy(alpha)
    spectrum = np.concatenate([np.sort(known)[::-1], np.zeros(n - rank)])
    for concentration in (0.05, 1.0, 20.0):
        drawn = spectrum + residual * rng.dirichlet(np.full(n, concentration))
        assert bounds.low - 1e-12 <= float(entropy_of_spectrum(drawn, alpha)) <= bounds.high + 1e-12
    most = spectrum.copy()
    most[0] += residual
    assert float(entropy_of_spectrum(most, alpha)) == pytest.approx(bounds.low, abs=1e-12)
    poured, left = spectrum.copy(), residual
    while left > 1e-14:  # the lowest are raised to the next level, all together
        lowest = poured <= poured.min() + 1e-15
        next_level = poured[~lowest].min() if not lowest.all() else inf
        rise = min(next_level - poured.min(), left / lowest.sum())
        poured[lowest] += rise
        left -= rise * lowest.sum()
    assert float(entropy_of_spectrum(poured, alpha)) == pytest.approx(bounds.high, abs=1e-9)


def test_smooth_data_needs_few_columns() -> None:
    t = np.random.default_rng(0).uniform(0, 1, size=300)
    points = np.stack([np.cos(2 * t), np.sin(3 * t)], axis=-1)
    low_rank = pivoted_cholesky(gaussian_columns(points, 1.0))
    bounds = low_rank.entropy()
    dense = float(matrix_renyi_entropy(normalise_gram(gaussian_kernel(points, 1.0))))
    assert len(low_rank.pivots) < 20
    assert bounds.error < 3e-6
    assert abs(bounds.value - dense) <= bounds.error + ROUNDING


def test_growing_past_the_first_room_changes_nothing() -> None:
    points = np.random.default_rng(0).normal(size=(90, 5))
    kernel = gaussian_kernel(points, 1.0)
    low_rank = pivoted_cholesky(gaussian_columns(points, 1.0), tolerance=1e-14)
    assert len(low_rank.pivots) > 64
    assert np.abs(low_rank.factor @ low_rank.factor.T - kernel / 90).max() < 1e-14


def test_labels_in_closed_form() -> None:
    labels = np.array([2, 0, 2, 1, 2, 0])
    low_rank = pivoted_cholesky(match_columns(labels))
    assert len(low_rank.pivots) == 3
    assert low_rank.residual == 0
    bounds = low_rank.entropy(3.0)
    assert bounds.low == bounds.high == pytest.approx(-log(36 / 216) / 2)
    assert blockwise_entropy(match_columns(labels), block=4) == pytest.approx(-log(14 / 36))


@pytest.mark.parametrize("block", [1, 2, 7, 25, 26, 1000])
def test_block_by_block_is_order_two_exactly(block: int) -> None:
    points = np.random.default_rng(0).normal(size=(26, 3))
    kernel = gaussian_kernel(points, 0.8)
    slow = -log(fsum(float(entry) ** 2 for entry in kernel.ravel()) / 26**2)
    assert blockwise_entropy(gaussian_columns(points, 0.8), block=block) == pytest.approx(slow, abs=1e-13)


@pytest.mark.parametrize("columns", [slice(0, 9), slice(4, 5), slice(2, 8)])
def test_columns_are_those_of_the_dense_kernels(columns: slice) -> None:
    rng = np.random.default_rng(0)
    points, labels = rng.normal(size=(9, 3)), rng.integers(3, size=9)
    rows = slice(3, 9)
    gaussian, linear, match = gaussian_columns(points, 2.0), linear_columns(points), match_columns(labels)
    dense = [gaussian_kernel(points, 2.0), 9 * normalise_gram(linear_kernel(points)), match_kernel(labels)]
    for kernel, expected in zip((gaussian, linear, match), dense, strict=True):
        assert np.abs(kernel.between(rows, columns) - expected[rows, columns]).max() < 1e-14
    together = product_columns(gaussian, linear, match).between(rows, columns)
    assert np.abs(together - (dense[0] * dense[1] * dense[2])[rows, columns]).max() < 1e-14


def test_several_variables_together() -> None:
    rng = np.random.default_rng(0)
    points, labels = rng.normal(size=(40, 2)), rng.integers(3, size=40)
    bounds = pivoted_cholesky(product_columns(gaussian_columns(points, 2.0), match_columns(labels))).entropy()
    grams = [normalise_gram(gaussian_kernel(points, 2.0)), normalise_gram(match_kernel(labels))]
    assert bounds.low - ROUNDING <= float(matrix_joint_entropy(grams)) <= bounds.high + ROUNDING


@given(seeds, st.integers(2, 30), st.integers(1, 30), st.floats(0.2, 5.0), st.sampled_from([1.0, 1.01, 2.0, inf]))
def test_information_is_within_its_bounds(seed: int, n: int, max_rank: int, size: float, alpha: float) -> None:
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(n, 2))
    labels = (points[:, 0] > 0) + 2 * (rng.random(n) > 0.5)
    columns = gaussian_columns(points, size), match_columns(labels)
    grams = [normalise_gram(gaussian_kernel(points, size)), normalise_gram(match_kernel(labels))]
    x, y, both = (
        pivoted_cholesky(one, max_rank=max_rank).entropy(alpha) for one in (*columns, product_columns(*columns))
    )
    bounds = mutual_information_bounds(x, y, both)
    information = float(matrix_mutual_information(*grams, alpha))
    assert bounds.low - ROUNDING <= information <= bounds.high + ROUNDING
    assert bounds.low <= bounds.value <= bounds.high
    assert bounds.high <= max(min(x.high, y.high), bounds.low)
    # No more is claimed than the ends of the entropies say.
    assert bounds.low == x.low + y.low - both.high
    assert bounds.error <= x.error + y.error + both.error + ROUNDING


def test_information_of_entropies_that_are_known_is_known() -> None:
    def known(low: float, high: float) -> EntropyBounds:
        return EntropyBounds(low=low, high=high)

    bounds = mutual_information_bounds(known(1.0, 1.0), known(0.75, 0.75), known(1.5, 1.5))
    assert (bounds.value, bounds.error) == (0.25, 0)
    bounds = mutual_information_bounds(known(1.0, 1.25), known(0.5, 0.625), known(1.25, 1.375))
    assert (bounds.low, bounds.high) == (0.125, 0.625)
    bounds = mutual_information_bounds(known(1.0, 1.125), known(3.0, 3.5), known(3.0, 3.5))
    assert (bounds.low, bounds.high) == (0.5, 1.125)
    # Of an order above 1 it may be negative.
    assert mutual_information_bounds(known(1.0, 1.0), known(1.0, 1.0), known(2.25, 2.25)).value == -0.25


def test_a_limit_on_columns_is_kept_and_the_residual_says_what_it_leaves() -> None:
    low_rank = pivoted_cholesky(given_as_matrix(np.eye(10)), max_rank=4)
    assert low_rank.factor.shape == (10, 4)
    assert low_rank.residual == pytest.approx(0.6)
    bounds = low_rank.entropy(2.0)
    assert bounds.low == pytest.approx(-log(0.7**2 + 3 * 0.1**2))
    assert bounds.high == pytest.approx(log(10))
    assert bounds.value == pytest.approx((bounds.low + bounds.high) / 2)
    assert bounds.error == pytest.approx((bounds.high - bounds.low) / 2)


@pytest.mark.parametrize("tolerance", [0.3, 1e-2, 1e-6])
def test_it_stops_at_the_first_rank_that_meets_the_tolerance(tolerance: float) -> None:
    columns = gaussian_columns(np.random.default_rng(0).normal(size=(50, 2)), 1.0)
    low_rank = pivoted_cholesky(columns, tolerance=tolerance)
    rank = len(low_rank.pivots)
    assert low_rank.residual <= tolerance
    assert pivoted_cholesky(columns, tolerance=1e-15, max_rank=rank - 1).residual > tolerance


def test_what_is_refused() -> None:
    kernel = match_columns([0, 1, 1])
    for tolerance in (0.0, -1.0, nan):
        with pytest.raises(InputError, match="tolerance"):
            pivoted_cholesky(kernel, tolerance=tolerance)
    with pytest.raises(InputError, match="max_rank"):
        pivoted_cholesky(kernel, max_rank=0)
    with pytest.raises(InputError, match="alpha"):
        pivoted_cholesky(kernel).entropy(0.0)
    with pytest.raises(InputError, match="block"):
        blockwise_entropy(kernel, block=0)
    for size in (0.0, -2.0, nan, inf):
        with pytest.raises(InputError, match="size"):
            gaussian_columns([[0.0], [1.0]], size)
    for points in ([[0.0]], [[0.0], [nan]], np.zeros((2, 3, 1))):
        with pytest.raises(InputError, match="points"):
            gaussian_columns(points, 1.0)
    with pytest.raises(InputError, match="not 0"):
        linear_columns([[0.0, 0.0], [1.0, 0.0]])
    with pytest.raises(InputError, match="labels"):
        match_columns([1])
    with pytest.raises(InputError, match="labels"):
        match_columns([[1, 2], [2, 1]])
    with pytest.raises(InputError, match="parts"):
        product_columns()
    with pytest.raises(InputError, match="same samples"):
        product_columns(kernel, match_columns([0, 1]))
