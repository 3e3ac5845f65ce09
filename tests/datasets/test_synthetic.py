"""Every pair against two oracles that know its joint density only: an integral on a fine grid, and a Monte Carlo mean.

The grid finds margins by summing, so no formula for information or for a margin is shared with the source.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from math import log

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.special import ndtr, ndtri

from sightbits.core.units import Unit
from sightbits.datasets.synthetic import (
    SyntheticPair,
    bimodal_gaussian,
    binary_erasure_channel,
    binary_symmetric_channel,
    discrete_channel,
    gao_mixture,
    gaussian,
    gaussian_with_information,
    independent,
    labelled_gaussians,
    parabola,
    student_t,
    uniform_plus_noise,
    warped_gaussian,
    zero_inflated_poisson,
)

Nodes = tuple[np.ndarray, np.ndarray]
Density = Callable[[np.ndarray, np.ndarray], np.ndarray]

# --- the oracles ---


@dataclass(frozen=True, eq=False)
class Oracle:
    """A joint density, and points with weights that integrate it over x and over y."""

    joint: Density
    x: Nodes
    y: Nodes

    @property
    def table(self) -> np.ndarray:
        with np.errstate(under="ignore"):
            density = self.joint(self.x[0][:, None], self.y[0][None, :])
        return density * self.x[1][:, None] * self.y[1]

    def information(self) -> float:
        p = self.table
        assert p.sum() == pytest.approx(1, abs=1e-9)
        product = p.sum(axis=1, keepdims=True) * p.sum(axis=0)
        seen = p > 0
        return float((p[seen] * np.log(p[seen] / product[seen])).sum())

    def log_density_ratio(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        with np.errstate(under="ignore"):
            of_x = self.joint(x[:, None], self.y[0][None, :]) @ self.y[1]
            of_y = self.x[1] @ self.joint(self.x[0][:, None], y[None, :])
        return np.log(self.joint(x, y)) - np.log(of_x) - np.log(of_y)


def even(low: float, high: float, step: float) -> Nodes:
    points = np.arange(low + step / 2, high, step)
    return points, np.full(len(points), step)


def legendre(low: float, high: float, n: int) -> Nodes:
    points, weights = np.polynomial.legendre.leggauss(n)
    return low + (high - low) * (points + 1) / 2, (high - low) / 2 * weights


def through(
    nodes: Nodes, change: Callable[[np.ndarray], np.ndarray], slope: Callable[[np.ndarray], np.ndarray]
) -> Nodes:
    points, weights = nodes
    return change(points), weights * slope(points)


def whole(n: int) -> Nodes:
    return np.arange(n), np.ones(n)


def normal(z: np.ndarray) -> np.ndarray:
    return np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)


def two_normal(correlation: float) -> Density:
    rest = 1 - correlation**2

    def joint(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return np.exp(-(x**2 - 2 * correlation * x * y + y**2) / (2 * rest)) / (2 * math.pi * math.sqrt(rest))

    return joint


def two_student(correlation: float, freedom: float) -> Density:
    rest = 1 - correlation**2

    def joint(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        square = (x**2 - 2 * correlation * x * y + y**2) / rest
        return (1 + square / freedom) ** (-freedom / 2 - 1) / (2 * math.pi * math.sqrt(rest))

    return joint


def warped(correlation: float, back: Callable[..., np.ndarray], slope_back: Callable[..., np.ndarray]) -> Density:
    before = two_normal(correlation)
    return lambda x, y: before(back(x), back(y)) * slope_back(x) * slope_back(y)


def warped_oracle(
    correlation: float,
    change: Callable[..., np.ndarray],
    slope: Callable[..., np.ndarray],
    back: Callable[..., np.ndarray],
    slope_back: Callable[..., np.ndarray],
) -> Oracle:
    nodes = through(even(-8, 8, 0.05), change, slope)
    return Oracle(warped(correlation, back, slope_back), nodes, nodes)


def clouds(gap: float, correlation: float) -> Oracle:
    one = two_normal(correlation)
    nodes = even(-gap / 2 - 9, gap / 2 + 9, 0.05)
    return Oracle(lambda x, y: (one(x - gap / 2, y - gap / 2) + one(x + gap / 2, y + gap / 2)) / 2, nodes, nodes)


def uniform_noise_oracle(noise: float) -> Oracle:
    x = legendre(0, 1, 400)
    return Oracle(lambda x, y: normal((y - x) / noise) / noise, x, even(-9 * noise, 1 + 9 * noise, noise / 20))


def parabola_oracle(noise: float) -> Oracle:
    x = legendre(-1, 1, 600)
    return Oracle(lambda x, y: normal((y - x**2) / noise) / noise / 2, x, even(-9 * noise, 1 + 9 * noise, noise / 20))


def labels_oracle(n_labels: int, separation: float) -> Oracle:
    y = even(-9, separation * (n_labels - 1) + 9, 0.02)
    return Oracle(lambda x, y: normal(y - separation * x) / n_labels, whole(n_labels), y)


def gao_oracle(n_values: int) -> Oracle:
    return Oracle(
        lambda x, y: np.where((x < y) & (y < x + 2), 0.5 / n_values, 0.0), whole(n_values), even(0, n_values + 1, 0.5)
    )


def poisson_oracle(share: float) -> Oracle:
    def joint(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return np.exp(-x) * (share * (y == 0) + (1 - share) * stats.poisson.pmf(y, x))

    return Oracle(joint, through(even(-42, 4.2, 0.05), np.exp, np.exp), whole(250))


def channel_oracle(inputs: list[float], transition: list[list[float]]) -> Oracle:
    joint = np.array(inputs)[:, None] * np.array(transition)
    return Oracle(lambda x, y: joint[x, y], whole(joint.shape[0]), whole(joint.shape[1]))


HEAVY = through(even(-13, 13, 0.04), np.sinh, np.cosh)
BELL = even(-9, 9, 0.05)
TILTED = ([0.2, 0.5, 0.3], [[0.7, 0.1, 0.1, 0.1], [0.0, 0.5, 0.25, 0.25], [0.3, 0.3, 0.0, 0.4]])
CUBE = (lambda z: z**3, lambda z: 3 * z**2, np.cbrt, lambda x: 1 / (3 * np.cbrt(x) ** 2))
EXPONENTIAL = (np.exp, np.exp, np.log, lambda x: 1 / x)
TANH = (np.tanh, lambda z: 1 / np.cosh(z) ** 2, np.arctanh, lambda x: 1 / (1 - x**2))
UNIFORM = (ndtr, normal, ndtri, lambda x: 1 / normal(ndtri(x)))

CASES: dict[str, tuple[Callable[[], SyntheticPair], Callable[[], Oracle]]] = {
    "independent": (independent, lambda: Oracle(two_normal(0), BELL, BELL)),
    "gaussian 0.6": (lambda: gaussian(0.6), lambda: Oracle(two_normal(0.6), BELL, BELL)),
    "gaussian -0.9": (lambda: gaussian(-0.9), lambda: Oracle(two_normal(-0.9), BELL, BELL)),
    "gaussian of 0.7 nats": (
        lambda: gaussian_with_information(0.7),
        lambda: Oracle(two_normal(math.sqrt(1 - math.exp(-1.4))), BELL, BELL),
    ),
    "student 0, 3": (lambda: student_t(0.0, freedom=3.0), lambda: Oracle(two_student(0, 3), HEAVY, HEAVY)),
    "student 0.7, 2.5": (lambda: student_t(0.7, freedom=2.5), lambda: Oracle(two_student(0.7, 2.5), HEAVY, HEAVY)),
    "student -0.4, 8": (lambda: student_t(-0.4, freedom=8.0), lambda: Oracle(two_student(-0.4, 8), HEAVY, HEAVY)),
    "clouds": (bimodal_gaussian, lambda: clouds(4, -0.5)),
    "clouds 2, 0.6": (lambda: bimodal_gaussian(2.0, 0.6), lambda: clouds(2, 0.6)),
    "clouds 7, 0": (lambda: bimodal_gaussian(7.0, 0.0), lambda: clouds(7, 0)),
    "cube": (lambda: warped_gaussian(0.6, warp="cube"), lambda: warped_oracle(0.6, *CUBE)),
    "exponential": (lambda: warped_gaussian(0.6, warp="exponential"), lambda: warped_oracle(0.6, *EXPONENTIAL)),
    "tanh": (lambda: warped_gaussian(-0.6, warp="tanh"), lambda: warped_oracle(-0.6, *TANH)),
    "uniform": (lambda: warped_gaussian(0.6, warp="uniform"), lambda: warped_oracle(0.6, *UNIFORM)),
    "uniform plus noise": (uniform_plus_noise, lambda: uniform_noise_oracle(0.1)),
    "uniform plus noise 0.03": (lambda: uniform_plus_noise(0.03), lambda: uniform_noise_oracle(0.03)),
    "uniform plus noise 2": (lambda: uniform_plus_noise(2.0), lambda: uniform_noise_oracle(2)),
    "parabola": (parabola, lambda: parabola_oracle(0.1)),
    "parabola 0.03": (lambda: parabola(0.03), lambda: parabola_oracle(0.03)),
    "parabola 1": (lambda: parabola(1.0), lambda: parabola_oracle(1)),
    "two labels": (labelled_gaussians, lambda: labels_oracle(2, 2)),
    "five labels": (lambda: labelled_gaussians(5, 1.3), lambda: labels_oracle(5, 1.3)),
    "gao": (gao_mixture, lambda: gao_oracle(5)),
    "gao 2": (lambda: gao_mixture(2), lambda: gao_oracle(2)),
    "gao 1": (lambda: gao_mixture(1), lambda: gao_oracle(1)),
    "poisson": (lambda: zero_inflated_poisson(0.0), lambda: poisson_oracle(0)),
    "zero-inflated": (zero_inflated_poisson, lambda: poisson_oracle(0.15)),
    "zero-inflated 0.8": (lambda: zero_inflated_poisson(0.8), lambda: poisson_oracle(0.8)),
    "symmetric channel": (
        binary_symmetric_channel,
        lambda: channel_oracle([0.5, 0.5], [[0.9, 0.1], [0.1, 0.9]]),
    ),
    "erasure channel": (
        binary_erasure_channel,
        lambda: channel_oracle([0.5, 0.5], [[0.75, 0, 0.25], [0, 0.75, 0.25]]),
    ),
    "any channel": (
        lambda: discrete_channel(np.array(TILTED[0]), np.array(TILTED[1])),
        lambda: channel_oracle(*TILTED),
    ),
}
every_case = pytest.mark.parametrize("name", CASES)


@cache
def case(name: str) -> tuple[SyntheticPair, Oracle]:
    make, oracle = CASES[name]
    return make(), oracle()


@every_case
def test_information_is_the_integral_of_the_joint_density(name: str) -> None:
    pair, oracle = case(name)
    assert pair.information == pytest.approx(oracle.information(), abs=1e-9)


@every_case
def test_information_is_the_mean_log_density_ratio_of_a_sample(name: str) -> None:
    pair, oracle = case(name)
    ratios = oracle.log_density_ratio(*pair.sample(4000, seed=7))
    assert abs(ratios.mean() - pair.information) <= 4 * ratios.std() / math.sqrt(len(ratios)) + 1e-9


def features(x: np.ndarray, y: np.ndarray) -> list[np.ndarray]:
    """Bounded, so that their sample means are near normal whatever the tails."""
    x, y = x * np.ones_like(y, dtype=float), y * np.ones_like(x, dtype=float)
    alone = [np.tanh(x), np.cos(x), np.tanh(2 * x - 1), np.tanh(y), np.cos(y), np.tanh(2 * y - 1)]
    return [*alone, *(a * b for a in alone[:3] for b in alone[3:]), np.cos(3 * (x - y)), np.cos(3 * (x + y))]


@every_case
def test_means_of_a_sample_are_those_of_the_density(name: str) -> None:
    n = 40_000
    pair, oracle = case(name)
    p = oracle.table
    expected = features(oracle.x[0][:, None], oracle.y[0][None, :])
    for found, feature in zip(features(*pair.sample(n, seed=3)), expected, strict=True):
        mean = (p * feature).sum()
        error = math.sqrt(max(0, (p * feature**2).sum() - mean**2) / n)
        assert abs(found.mean() - mean) <= 4.5 * error + 1e-9


@every_case
def test_samples_have_their_kind_and_repeat(name: str) -> None:
    pair, _ = case(name)
    x, y = pair.sample(50, seed=5)
    assert x.shape == y.shape == (50,)
    for values, kind in ((x, pair.x_kind), (y, pair.y_kind)):
        assert values.dtype == (np.int64 if kind == "discrete" else np.float64)
    again, other = pair.sample(50, seed=5), pair.sample(50, seed=6)
    np.testing.assert_array_equal(x, again[0])
    np.testing.assert_array_equal(y, again[1])
    assert (x != other[0]).any() or (y != other[1]).any() or name == "gao 1"
    np.testing.assert_array_equal(pair.sample(50)[1], pair.sample(50, seed=0)[1])
    assert pair.description.endswith(".")
    assert pair.name in {make.__name__ for make in CONSTRUCTORS}


CONSTRUCTORS = (
    bimodal_gaussian, binary_erasure_channel, binary_symmetric_channel, discrete_channel, gao_mixture, gaussian,
    independent, labelled_gaussians, parabola, student_t, uniform_plus_noise, warped_gaussian, zero_inflated_poisson,
)  # fmt: skip


# --- closed forms and other ways to the same number ---


@pytest.mark.parametrize(
    ("pair", "bits"),
    [
        (lambda: gaussian(math.sqrt(0.75)), 1),
        (lambda: gaussian(math.sqrt(0.75), dimension=3), 3),
        (lambda: student_t(0.0, freedom=1.0), (log(8 * math.pi) - 3) / log(2)),  # two entropies of Cauchy, one of both
        (lambda: binary_symmetric_channel(0.5), 0),
        (lambda: binary_symmetric_channel(0.0), 1),
        (lambda: binary_symmetric_channel(1.0), 1),
        (lambda: binary_symmetric_channel(0.25), 0.75 * math.log2(3) - 1),
        (lambda: binary_erasure_channel(0.0), 1),
        (lambda: binary_erasure_channel(1.0), 0),
        (lambda: binary_erasure_channel(0.4), 0.6),
        (lambda: gao_mixture(4), 1.25),
        (lambda: discrete_channel(np.array([0.25, 0.25, 0.5]), np.eye(3)[[2, 0, 1]]), 1.5),
        (lambda: discrete_channel(np.array([0.3, 0.7]), np.array([[0.5, 0.5], [0.5, 0.5]])), 0),
        (lambda: discrete_channel(np.array([1]), np.array([[0, 1]])), 0),
        (lambda: independent(4), 0),
    ],
)
def test_closed_forms(pair: Callable[[], SyntheticPair], bits: float) -> None:
    assert Unit.BIT.from_nats(pair().information) == pytest.approx(bits, abs=1e-12)


def test_figures_others_found() -> None:
    """1.5354 bits and 0.3012 nats stand in publications; see the docstrings."""
    assert round(Unit.BIT.from_nats(uniform_plus_noise(0.1).information), 4) == 1.5354
    assert round(zero_inflated_poisson(0.0).information, 4) == 0.3012


@pytest.mark.parametrize("noise", [0.05, 0.3, 0.7, 30.0])
def test_uniform_plus_noise_by_its_known_margin(noise: float) -> None:
    width = 1 / mpmath.mpf(noise)

    def integrand(z: mpmath.mpf) -> mpmath.mpf:
        density = (mpmath.ncdf(z) - mpmath.ncdf(z - width)) / width
        return -density * mpmath.log(density)

    with mpmath.workdps(25):
        breaks = [*range(-11, 12), width / 2] if width > 22 else [*np.linspace(-11, float(width) / 2, 25)]
        expected = (
            2 * mpmath.quad(integrand, sorted(map(mpmath.mpf, breaks))) - mpmath.log(2 * mpmath.pi * mpmath.e) / 2
        )
    assert uniform_plus_noise(noise).information == pytest.approx(float(expected), abs=1e-12)


@pytest.mark.parametrize("noise", [1e-5, 1e-4, 1e-3, 0.02])
def test_uniform_in_little_noise_gains_at_its_two_ends(noise: float) -> None:
    """Where no point feels both ends, h(y) is twice the integral of -Phi log Phi, in units of the noise."""
    with mpmath.workdps(25):
        end = mpmath.quad(lambda z: -mpmath.ncdf(z) * mpmath.log(mpmath.ncdf(z)), range(-12, 13))
    expected = 2 * noise * float(end) - log(2 * math.pi * math.e * noise**2) / 2
    assert uniform_plus_noise(noise).information == pytest.approx(expected, abs=1e-11)


@pytest.mark.parametrize("noise", [1e-3, 3e-4])
def test_parabola_in_little_noise_by_convolution(noise: float) -> None:
    """The exact mass of x^2 in narrow cells, spread by the noise."""
    cell = noise / 40
    n = round(1 / cell)
    mass = np.diff(np.sqrt(np.arange(n + 1) / n))
    spread = normal(np.arange(-400, 401) / 40) / noise
    density = np.convolve(mass, spread)
    entropy = -float((density * np.log(density)).sum() / n)
    assert parabola(noise).information == pytest.approx(entropy - log(2 * math.pi * math.e * noise**2) / 2, abs=2e-5)


@pytest.mark.parametrize("noise", [1e-5, 1e-4])
def test_parabola_in_least_noise_nears_that_without(noise: float) -> None:
    """log 2 - 1 is the entropy of x^2; what the noise adds near 0 goes with its square root."""

    def added(noise: float) -> float:
        return parabola(noise).information - (log(2) - 1 - log(2 * math.pi * math.e * noise**2) / 2)

    assert added(noise) / added(4 * noise) == pytest.approx(0.5, abs=0.005)
    assert 0 < added(noise) < 1.4 * math.sqrt(noise)


@pytest.mark.parametrize(("n_labels", "separation"), [(2, 0.5), (2, 5.0), (2, 9.0), (4, 2.0), (3, 0.1)])
def test_labels_by_the_entropy_of_the_mixture(n_labels: int, separation: float) -> None:
    def density(y: mpmath.mpf) -> mpmath.mpf:
        return mpmath.fsum(mpmath.npdf(y - label * mpmath.mpf(separation)) for label in range(n_labels)) / n_labels

    with mpmath.workdps(20):
        breaks = np.linspace(-11, separation * (n_labels - 1) + 11, 40).tolist()
        entropy = mpmath.quad(lambda y: -density(y) * mpmath.log(density(y)), breaks)
        expected = float(entropy - mpmath.log(2 * mpmath.pi * mpmath.e) / 2)
    assert labelled_gaussians(n_labels, separation).information == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("freedom", "dimension", "correlation"),
    [(0.1, 1, 0.0), (1.0, 2, 0.3), (3.5, 7, -0.8), (1e3, 1, 0.0), (1e4, 3, 0.2), (1e6, 1, 0.0), (2.0, 100, 0.5)],
)
def test_student_by_entropies_of_many_digits(freedom: float, dimension: int, correlation: float) -> None:
    with mpmath.workdps(50):
        nu = mpmath.mpf(freedom)

        def entropy(k: int) -> mpmath.mpf:
            constant = mpmath.loggamma(nu / 2) - mpmath.loggamma((nu + k) / 2) + k * mpmath.log(nu * mpmath.pi) / 2
            return constant + (nu + k) / 2 * (mpmath.digamma((nu + k) / 2) - mpmath.digamma(nu / 2))

        shape = dimension * mpmath.log(1 - mpmath.mpf(correlation) ** 2) / 2
        expected = float(2 * entropy(dimension) - entropy(2 * dimension) - shape)
    found = student_t(correlation, freedom=freedom, dimension=dimension).information
    assert found == pytest.approx(expected, abs=1e-12 + 1e-15 * freedom)


@pytest.mark.parametrize("dimension", [2, 3])
def test_samples_of_many_dimensions(dimension: int) -> None:
    correlation, freedom = 0.6, 3.0
    shape = np.kron([[1, correlation], [correlation, 1]], np.eye(dimension))
    pairs = (
        (
            gaussian(correlation, dimension=dimension),
            lambda k: stats.multivariate_normal(np.zeros(k * dimension), part(k)),
        ),
        (
            student_t(correlation, freedom=freedom, dimension=dimension),
            lambda k: stats.multivariate_t(np.zeros(k * dimension), part(k), df=freedom),
        ),
    )

    def part(k: int) -> np.ndarray:
        return shape[: k * dimension, : k * dimension]

    for pair, of_dimension in pairs:
        x, y = pair.sample(20_000, seed=2)
        assert x.shape == y.shape == (20_000, dimension)
        ratios = of_dimension(2).logpdf(np.hstack([x, y])) - of_dimension(1).logpdf(x) - of_dimension(1).logpdf(y)
        assert abs(ratios.mean() - pair.information) <= 4 * ratios.std() / math.sqrt(len(x))
        ranks = stats.spearmanr(np.hstack([x, y])).statistic
        expected = stats.spearmanr(
            np.random.default_rng(0).multivariate_normal(np.zeros(2), [[1, correlation], [correlation, 1]], 200_000)
        ).statistic
        between = ranks[:dimension, dimension:]
        assert np.abs(np.diag(between) - expected).max() < 0.04
        assert np.abs(between - np.diag(np.diag(between))).max() < 0.04


def test_other_pairs_of_many_dimensions() -> None:
    for pair in (
        independent(3),
        warped_gaussian(0.5, warp="cube", dimension=3),
        gaussian_with_information(2.0, dimension=3),
    ):
        x, y = pair.sample(10)
        assert x.shape == y.shape == (10, 3)
    before, after = gaussian(0.5, dimension=2), warped_gaussian(0.5, warp="cube", dimension=2)
    assert after.information == before.information
    np.testing.assert_array_equal(after.sample(9, 1)[1], before.sample(9, 1)[1] ** 3)


def test_strong_dependence_keeps_its_digits() -> None:
    """At 15 nats the correlation rounds to 1 within 5e-14, yet y - x must have its standard deviation of exp(-15)."""
    x, y = gaussian_with_information(15.0).sample(20_000)
    assert (y - x).std() == pytest.approx(math.exp(-15), rel=0.02)
    x, y = gaussian_with_information(30.0, dimension=2).sample(20_000)
    assert (y - x).std() == pytest.approx(math.exp(-15), rel=0.02)
    assert gaussian(1 - 1e-12).information == pytest.approx(-log(2e-12) / 2, rel=1e-5)


# --- limits ---


def test_limits_without_information() -> None:
    nothing = [
        gaussian(0.0), gaussian_with_information(0.0), uniform_plus_noise(1e5), parabola(1e5),
        labelled_gaussians(7, 0.0), bimodal_gaussian(0.0, 0.0), warped_gaussian(0.0, warp="tanh"),
        student_t(0.0, freedom=1e6), gao_mixture(1), zero_inflated_poisson(1 - 1e-12),
    ]  # fmt: skip
    for pair in nothing:
        assert 0 <= pair.information < 1e-8, pair
    assert math.copysign(1, gaussian(0.0).information) == 1


def test_little_information_in_much_noise_is_half_the_signal_to_noise_ratio() -> None:
    assert uniform_plus_noise(1e3).information == pytest.approx(1 / 12 / 2e6, rel=1e-5)
    assert parabola(1e3).information == pytest.approx(4 / 45 / 2e6, rel=1e-5)
    assert labelled_gaussians(3, 1e-3).information == pytest.approx(2 / 3 * 1e-6 / 2, rel=1e-5)


@pytest.mark.parametrize("separation", [20.0, 99.0, 1e3, 1e300])
def test_labels_far_apart_are_read_without_error(separation: float) -> None:
    assert labelled_gaussians(100, separation).information == pytest.approx(log(100), abs=1e-11)
    assert bimodal_gaussian(separation, 0.3).information == pytest.approx(log(2) - log(1 - 0.09) / 2, abs=1e-11)


def test_student_nears_normal() -> None:
    """By d^2 / (2 freedom^2), so slowly in dimension and fast in degrees of freedom."""
    assert student_t(0.0, freedom=200.0, dimension=2).information == pytest.approx(4 / 2 / 200**2, rel=0.05)
    assert student_t(0.5, freedom=1e6).information == pytest.approx(gaussian(0.5).information, abs=2e-9)


def test_parabola_has_no_correlation() -> None:
    x, y = parabola().sample(100_000)
    assert abs(np.corrcoef(x, y)[0, 1]) < 4 / math.sqrt(100_000)


# --- identities ---

correlations = st.floats(-0.999, 0.999)
shares = st.floats(0, 1)


@given(correlation=correlations, dimension=st.integers(1, 5), freedom=st.floats(0.1, 100))
def test_sign_of_correlation_does_not_matter(correlation: float, dimension: int, freedom: float) -> None:
    for make in (
        lambda rho: gaussian(rho, dimension=dimension),
        lambda rho: student_t(rho, freedom=freedom, dimension=dimension),
        lambda rho: warped_gaussian(rho, warp="tanh", dimension=dimension),
    ):
        assert make(correlation).information == pytest.approx(make(-correlation).information, abs=1e-12)


@given(
    correlation=correlations,
    dimension=st.integers(1, 5),
    warp=st.sampled_from(["cube", "exponential", "tanh", "uniform"]),
)
def test_warp_changes_neither_information_nor_order(correlation: float, dimension: int, warp: str) -> None:
    before, after = (
        gaussian(correlation, dimension=dimension),
        warped_gaussian(correlation, warp=warp, dimension=dimension),
    )
    assert after.information == before.information
    for plain, mapped in zip(before.sample(20, 4), after.sample(20, 4), strict=True):
        np.testing.assert_array_equal(np.argsort(plain, axis=0), np.argsort(mapped, axis=0))


@given(information=st.floats(0, 15), dimension=st.integers(1, 4))
def test_wanted_information_is_had(information: float, dimension: int) -> None:
    pair = gaussian_with_information(information, dimension=dimension)
    assert pair.information == information
    x, y = pair.sample(4000, seed=1)
    correlation = math.sqrt(-math.expm1(-2 * information / dimension))
    found = np.mean(
        [np.corrcoef(a, b)[0, 1] for a, b in zip(x.reshape(4000, -1).T, y.reshape(4000, -1).T, strict=True)]
    )
    assert found == pytest.approx(correlation, abs=4.5 * (1 - correlation**2) / math.sqrt(4000) + 1e-12)
    assert gaussian(min(correlation, 1 - 1e-16), dimension=dimension).information == pytest.approx(
        information, abs=1e-10 + 1e-14 * math.exp(2 * information / dimension)
    )


@given(correlation=correlations, freedom=st.floats(0.1, 1e3), dimension=st.integers(1, 4))
def test_shared_scale_of_student_adds_information(correlation: float, freedom: float, dimension: int) -> None:
    plain = gaussian(correlation, dimension=dimension).information
    found = student_t(correlation, freedom=freedom, dimension=dimension).information
    assert found > plain
    assert found > student_t(correlation, freedom=freedom * 1.5, dimension=dimension).information - 1e-11


@given(noise=st.floats(-11.5, 11), more=st.floats(0.01, 3))
def test_noise_lowers_information(noise: float, more: float) -> None:
    low, high = math.exp(noise), min(math.exp(noise + more), 1e5)
    for make in (uniform_plus_noise, parabola):
        assert make(low).information > make(high).information - 1e-11
        most = log(1 + {uniform_plus_noise: 1 / 12, parabola: 4 / 45}[make] / low**2) / 2
        assert make(low).information <= most + 1e-11  # a normal x of this variance tells most


@given(n_labels=st.integers(2, 12), separation=st.floats(0, 30), more=st.floats(0.01, 3))
def test_separation_raises_information_up_to_that_of_the_label(n_labels: int, separation: float, more: float) -> None:
    near, far = (labelled_gaussians(n_labels, distance).information for distance in (separation, separation + more))
    assert 0 <= near <= far + 1e-12
    assert far <= log(n_labels) + 1e-12


@given(gap=st.floats(0, 12), correlation=st.floats(-0.99, 0.99))
def test_clouds_without_gap_are_one_and_tell_at_most_the_sign_besides(gap: float, correlation: float) -> None:
    """I(x; y) <= I(x, sign; y) = I(sign; y) + I(x; y | sign)."""
    within = gaussian(correlation).information
    found = bimodal_gaussian(gap, correlation).information
    assert found <= labelled_gaussians(2, gap).information + within + 1e-11
    assert bimodal_gaussian(0.0, correlation).information == pytest.approx(within, abs=1e-12)


@given(share=st.floats(0, 0.99))
def test_zeros_hide_information(share: float) -> None:
    """What Gao et al. give is the information beside a flag of the added zeros, so it is an upper bound."""
    found = zero_inflated_poisson(share).information
    assert found <= (1 - share) * zero_inflated_poisson(0.0).information + 1e-12
    assert found >= zero_inflated_poisson(share + 0.005).information - 1e-12


def random_channel(rng: np.random.Generator, rows: int, columns: int) -> np.ndarray:
    return rng.dirichlet(np.full(columns, 0.5), rows)


@given(seed=st.integers(0, 10**6), sizes=st.tuples(*[st.integers(1, 5)] * 3))
def test_a_second_channel_lowers_information(seed: int, sizes: tuple[int, int, int]) -> None:
    rng = np.random.default_rng(seed)
    inputs = rng.dirichlet(np.ones(sizes[0]))
    first, second = random_channel(rng, sizes[0], sizes[1]), random_channel(rng, sizes[1], sizes[2])
    before, after = discrete_channel(inputs, first).information, discrete_channel(inputs, first @ second).information
    assert -1e-12 <= after <= before + 1e-12
    assert before <= min(log(sizes[0]), log(sizes[1])) + 1e-12


@given(flip=shares, erasure=shares)
def test_binary_channels_are_channels(flip: float, erasure: float) -> None:
    fair = np.array([0.5, 0.5])
    symmetric = discrete_channel(fair, np.array([[1 - flip, flip], [flip, 1 - flip]]))
    assert binary_symmetric_channel(flip).information == pytest.approx(symmetric.information, abs=1e-12)
    erased = discrete_channel(fair, np.array([[1 - erasure, 0, erasure], [0, 1 - erasure, erasure]]))
    assert binary_erasure_channel(erasure).information == pytest.approx(erased.information, abs=1e-12)
    assert binary_symmetric_channel(erasure / 2).information <= binary_erasure_channel(erasure).information + 1e-12


def test_probabilities_may_miss_one_by_rounding_only(refused: Callable) -> None:
    thirds = np.array([0.3333333333, 0.3333333333, 0.3333333333])
    pair = discrete_channel(thirds, np.eye(3))
    assert pair.information == pytest.approx(log(3), abs=1e-12)
    pair.sample(5)
    with refused("input_probabilities", "sum to 1"):
        discrete_channel(np.array([0.333, 0.333, 0.333]), np.eye(3))


# --- what is refused ---


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: gaussian(1.0), ("correlation", "from -1 to 1, but not -1 or 1", "1.0")),
        (lambda: gaussian(-1.0), ("correlation",)),
        (lambda: gaussian(math.nan), ("correlation", "nan")),
        (lambda: gaussian(0.5, dimension=0), ("dimension",)),
        (lambda: gaussian_with_information(-0.1), ("information",)),
        (lambda: gaussian_with_information(15.1), ("information", "from 0 to 15")),
        (lambda: gaussian_with_information(30.1, dimension=2), ("information", "from 0 to 30")),
        (lambda: gaussian_with_information(1.0, dimension=0), ("dimension",)),
        (lambda: independent(0), ("dimension",)),
        (lambda: student_t(1.5, freedom=3.0), ("correlation",)),
        (lambda: student_t(0.5, freedom=0.0), ("freedom",)),
        (lambda: student_t(0.5, freedom=1e7), ("freedom",)),
        (lambda: student_t(0.5, freedom=3.0, dimension=0), ("dimension",)),
        (lambda: bimodal_gaussian(-1.0), ("gap", "of 0 or more")),
        (lambda: bimodal_gaussian(math.inf), ("gap",)),
        (lambda: bimodal_gaussian(1.0, 1.0), ("correlation",)),
        (lambda: warped_gaussian(0.5, warp="square"), ("warp", "cube, exponential, tanh, uniform")),
        (lambda: warped_gaussian(1.0, warp="cube"), ("correlation",)),
        (lambda: warped_gaussian(0.5, warp="cube", dimension=0), ("dimension",)),
        (lambda: uniform_plus_noise(0.0), ("noise",)),
        (lambda: uniform_plus_noise(1e6), ("noise",)),
        (lambda: parabola(0.0), ("noise",)),
        (lambda: parabola(1e6), ("noise",)),
        (lambda: labelled_gaussians(1), ("n_labels",)),
        (lambda: labelled_gaussians(101), ("n_labels",)),
        (lambda: labelled_gaussians(2, -1.0), ("separation",)),
        (lambda: gao_mixture(0), ("n_values",)),
        (lambda: zero_inflated_poisson(-0.1), ("zero_share",)),
        (lambda: zero_inflated_poisson(1.0), ("zero_share", "from 0 to 1, but not 1")),
        (lambda: binary_symmetric_channel(1.1), ("flip",)),
        (lambda: binary_erasure_channel(-0.1), ("erasure",)),
        (lambda: discrete_channel(np.array([1.2, -0.2]), np.eye(2)), ("input_probabilities", "-0.2")),
        (lambda: discrete_channel(np.array([0.5, np.nan]), np.eye(2)), ("input_probabilities",)),
        (lambda: discrete_channel(np.array([0.5, 0.5]), np.array([[1.0, 0.0], [0.5, 0.4]])), ("transition, row 1",)),
        (lambda: discrete_channel(np.array([0.5, 0.5]), np.eye(3)), ("transition", "2 inputs", "3 rows")),
        (lambda: gaussian(0.5).sample(0), ("n", "at least 1")),
        (lambda: gaussian(0.5).sample(5, seed=-1), ("seed", "at least 0")),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(make: Callable[[], object], words: tuple[str, ...], refused: Callable) -> None:
    with refused(*words):
        make()
