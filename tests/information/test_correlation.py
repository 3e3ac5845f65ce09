from collections.abc import Callable
from math import asin, isnan, pi, sqrt

import numpy as np
import pytest
import scipy.stats
from hypothesis import assume, given
from hypothesis import strategies as st

from sightbits.information.correlation import distance_correlation, pearson, spearman

Correlation = Callable[[np.ndarray, np.ndarray], float]

every_kind = pytest.mark.parametrize("kind", [pearson, spearman, distance_correlation])
pairs = st.one_of(
    st.lists(st.tuples(st.integers(-3, 3), st.integers(-3, 3)), min_size=2, max_size=40),
    st.lists(st.tuples(st.integers(-999, 999), st.integers(0, 1)), min_size=2, max_size=40),
    st.lists(st.tuples(st.floats(-10, 10, width=16), st.floats(-10, 10, width=16)), min_size=2, max_size=40),
)


def apart(values: list) -> tuple[np.ndarray, np.ndarray]:
    x, y = np.array(values, dtype=np.float64).T.copy()
    assume(np.ptp(x) > 1e-3 and np.ptp(y) > 1e-3)
    return x, y


def distance_correlation_slowly(x: np.ndarray, y: np.ndarray) -> float:
    """Both matrices of distances, their rows' and columns' means taken out, cell by cell."""

    def centred(values: np.ndarray) -> np.ndarray:
        distances = np.abs(values[:, None] - values[None, :])
        return distances - distances.mean(axis=0) - distances.mean(axis=1)[:, None] + distances.mean()

    a, b = centred(x), centred(y)
    return float(np.sqrt(max((a * b).mean(), 0) / np.sqrt((a * a).mean() * (b * b).mean())))


def draw(seed: int, n: int, rho: float) -> tuple[np.ndarray, np.ndarray]:
    x, noise = np.random.default_rng(seed).normal(size=(2, n))
    return x, rho * x + sqrt(1 - rho**2) * noise


# --- against others ---


@given(values=pairs)
def test_linear_and_rank_correlation_are_those_of_scipy(values: list) -> None:
    x, y = apart(values)
    assert pearson(x, y) == pytest.approx(scipy.stats.pearsonr(x, y).statistic, abs=1e-9)
    assert spearman(x, y) == pytest.approx(scipy.stats.spearmanr(x, y).statistic, abs=1e-12)


@given(values=pairs)
def test_distance_correlation_is_that_of_centred_matrices(values: list) -> None:
    x, y = apart(values)
    assert distance_correlation(x, y) ** 2 == pytest.approx(distance_correlation_slowly(x, y) ** 2, abs=1e-10)


@pytest.mark.parametrize("rho", [-0.99, -0.3, 0.0, 0.6])
@pytest.mark.parametrize("decimals", [0, 1, 15])
@pytest.mark.parametrize("n", [3, 64, 65, 1000])
def test_distance_correlation_of_larger_samples_with_ties(n: int, decimals: int, rho: float) -> None:
    x, y = (np.round(values, decimals) for values in draw(n, n, rho))
    assert distance_correlation(x, y) == pytest.approx(distance_correlation_slowly(x, y), abs=1e-9)


def test_distance_correlation_of_images_of_whole_numbers() -> None:
    rng = np.random.default_rng(0)
    x = rng.integers(0, 256, 700).astype(float) * (rng.random(700) < 0.3)
    y = (x / 50).round() + rng.integers(0, 3, 700)
    assert distance_correlation(x, y) == pytest.approx(distance_correlation_slowly(x, y), abs=1e-10)


# --- known values ---


@pytest.mark.parametrize("slope", [-7.0, -1e-8, 1e-3, 1.0, 1e9])
@pytest.mark.parametrize("n", [2, 3, 500])
def test_a_straight_line(slope: float, n: int) -> None:
    x = np.random.default_rng(n).normal(size=n)
    for kind in (pearson, spearman):
        assert kind(x, slope * x + 5) == pytest.approx(np.sign(slope), abs=1e-7)
    assert distance_correlation(x, slope * x + 5) == pytest.approx(1, abs=1e-7)


@pytest.mark.parametrize("rho", [0.0, 0.3, 0.5, -0.7, 0.9, 0.99])
def test_distance_correlation_of_gaussians(rho: float) -> None:
    """Szekely, Rizzo, Bakirov 2007, theorem 7; the V-statistic is too high by the order of 1 / n."""
    above = rho * asin(rho) + sqrt(1 - rho**2) - rho * asin(rho / 2) - sqrt(4 - rho**2) + 1
    expected = above / (1 + pi / 3 - sqrt(3))
    n, n_draws = 10_000, 12
    found = np.array([distance_correlation(*draw(seed, n, rho)) ** 2 for seed in range(n_draws)])
    standard_error = found.std(ddof=1) / sqrt(n_draws)
    assert found.mean() == pytest.approx(expected, abs=4 * standard_error + 3 / n)
    assert standard_error < 4e-3


def test_two_rare_events_that_exclude_each_other() -> None:
    """Of variables of two values each, it is the absolute linear correlation: here 1 / (n - 1)."""
    n = 1001
    x, y = np.zeros(n), np.zeros(n)
    x[3], y[8] = 1, 1
    assert pearson(x, y) == pytest.approx(-1e-3, abs=1e-12)
    assert distance_correlation(x, y) == pytest.approx(1e-3, abs=1e-9)


def test_a_parabola_is_seen_by_distances_alone() -> None:
    x = np.arange(-200, 201) / 200
    assert pearson(x, x**2) == pytest.approx(0, abs=1e-12)
    assert spearman(x, x**2) == pytest.approx(0, abs=1e-12)
    assert distance_correlation(x, x**2) == pytest.approx(distance_correlation_slowly(x, x**2), abs=1e-9)
    assert distance_correlation(x, x**2) > 0.4


def test_ranks_see_any_rising_curve_as_a_line() -> None:
    x = np.random.default_rng(0).normal(size=200)
    assert spearman(x, np.exp(3 * x)) == pytest.approx(1, abs=1e-12)
    assert pearson(x, np.exp(3 * x)) < 0.7


# --- identities ---


@every_kind
@given(values=pairs, data=st.data())
def test_the_order_of_samples_and_of_variables_does_not_matter(
    kind: Correlation, values: list, data: st.DataObject
) -> None:
    x, y = apart(values)
    order = np.array(data.draw(st.permutations(range(len(x)))))
    assert kind(y[order], x[order]) ** 2 == pytest.approx(kind(x, y) ** 2, abs=1e-10)


@every_kind
@pytest.mark.parametrize("scale", [1e-300, 1e-160, 0.1, 1e160, 1e300])
def test_the_unit_of_measurement_does_not_matter(kind: Correlation, scale: float) -> None:
    x, y = draw(0, 300, 0.4)
    assert kind(scale * x, y) == pytest.approx(kind(x, y), rel=1e-9)
    assert kind(x, scale * y) == pytest.approx(kind(x, y), rel=1e-9)
    assert kind(x, -scale * y) == pytest.approx(kind(x, y) * (1 if kind is distance_correlation else -1), rel=1e-9)


@every_kind
def test_a_large_offset_takes_no_digits_but_its_own(kind: Correlation) -> None:
    x, y = (np.round(values * 64) for values in draw(1, 300, 0.4))
    assert kind(x + 2**51, y - 2**50) == pytest.approx(kind(x, y), abs=1e-12)


@every_kind
@given(values=pairs)
def test_it_stays_within_its_bounds(kind: Correlation, values: list) -> None:
    x, y = apart(values)
    low = 0 if kind is distance_correlation else -1
    for one, other in ((x, y), (x, x), (x, 1 - 3 * x)):
        assert low <= kind(one, other) <= 1


@every_kind
@pytest.mark.parametrize("constant", [0.0, 0.1, -1e300])
def test_a_constant_has_no_correlation(kind: Correlation, constant: float) -> None:
    x, y = np.arange(7.0), np.full(7, constant)
    assert isnan(kind(x, y))
    assert isnan(kind(y, x))
    assert isnan(kind(y, y))


@every_kind
def test_one_sample_has_no_correlation(kind: Correlation) -> None:
    assert isnan(kind(np.array([1.0]), np.array([2.0])))
