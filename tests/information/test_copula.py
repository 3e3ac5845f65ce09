"""The Gaussian copula beside a slow twin of determinants, known Gaussians, and identities."""

from collections.abc import Callable
from math import exp, log, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import digamma as psi
from scipy.stats import multivariate_normal, norm, rankdata

from sightbits.core.checks import InputError
from sightbits.information.copula import conditional_copula, copula


def draw(*sizes: int, n: int = 200, seed: int = 0, levels: int | None = None) -> list[np.ndarray]:
    """Dependent blocks of these numbers of columns, with ties where there are levels."""
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(n, sum(sizes))) @ rng.normal(size=(sum(sizes), sum(sizes)))
    if levels is not None:
        values = np.round(values / values.std(axis=0) * levels / 4)
    return np.split(values, np.cumsum(sizes)[:-1], axis=1)


# --- slow twins ---


def scores(block: np.ndarray) -> np.ndarray:
    """By hand: mean ranks, quantiles, mean 0."""
    columns = [[norm.ppf((np.sum(c < v) + (np.sum(c == v) + 1) / 2) / (len(c) + 1)) for v in c] for c in block.T]
    return np.array(columns).T - np.mean(columns, axis=1)


def slow_entropy(*parts: np.ndarray) -> tuple[np.ndarray, float]:
    """Minus the log density at each sample, and the bias of its mean: sum over i of digamma((n - i) / 2), halved."""
    together = np.hstack(parts)
    n, d = together.shape
    if d == 0:
        return np.zeros(n), 0.0
    covariance = together.T @ together / n
    density = multivariate_normal(np.zeros(d), covariance).logpdf(together)
    return -np.asarray(density), sum(psi((n - i) / 2) for i in range(1, d + 1)) / 2


def slow_copula(*blocks: np.ndarray) -> np.ndarray:
    parts = [scores(block) for block in blocks]
    together, bias = slow_entropy(*parts)
    for part in parts:
        alone, own_bias = slow_entropy(part)
        together, bias = together - alone, bias - own_bias
    return -together + bias


def slow_conditional(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
    x, y, z = scores(x), scores(y), scores(z)
    (xz, b_xz), (yz, b_yz), (xyz, b_xyz), (alone, b_z) = (
        slow_entropy(*parts) for parts in ((x, z), (y, z), (x, y, z), (z,))
    )
    return xz + yz - xyz - alone - (b_xz + b_yz - b_xyz - b_z)


@pytest.mark.parametrize("levels", [None, 20, 3])
@pytest.mark.parametrize(("n", "sizes"), [(50, (1, 1, 1)), (120, (2, 1, 3)), (60, (1, 4, 2)), (20, (5, 5, 7))])
def test_terms_are_those_of_the_slow_twins(n: int, sizes: tuple[int, ...], levels: int | None) -> None:
    x, y, z = draw(*sizes, n=n, levels=levels)
    np.testing.assert_allclose(copula([x, y]), slow_copula(x, y), atol=1e-9)
    np.testing.assert_allclose(copula([x, y, z]), slow_copula(x, y, z), atol=1e-9)
    np.testing.assert_allclose(conditional_copula(x, y, z), slow_conditional(x, y, z), atol=1e-9)


# --- closed forms ---


def gaussians(seed: int, correlation: float, n: int) -> tuple[np.ndarray, np.ndarray]:
    x, noise = np.random.default_rng(seed).normal(size=(2, n, 1))
    return x, correlation * x + sqrt(1 - correlation**2) * noise


def assert_near(estimate: Callable[[int], np.ndarray], truth: float, *, bias: float) -> None:
    found = [float(estimate(seed).mean()) for seed in range(40)]
    assert abs(np.mean(found) - truth) < 4 * np.std(found) / sqrt(39) + bias


@pytest.mark.parametrize(("correlation", "bits"), [(0.0, 0.0), (0.6, 0.3219), (0.9, 1.1980)])
def test_information_of_gaussians(correlation: float, bits: float) -> None:
    truth = bits * log(2)
    assert_near(lambda seed: copula(gaussians(seed, correlation, 1000)), truth, bias=0.001 + 0.01 * truth)
    assert_near(lambda seed: copula(gaussians(seed, correlation, 50)), truth, bias=0.005 + 0.1 * truth)

    def chain(seed: int) -> list[np.ndarray]:
        x, y = gaussians(seed, correlation, 1000)
        noise = np.random.default_rng(seed + 100).normal(size=x.shape)
        return [x, y, correlation * y + sqrt(1 - correlation**2) * noise]

    def given_what_moves_both(seed: int) -> np.ndarray:
        x, y = gaussians(seed, correlation, 1000)
        z = np.random.default_rng(seed + 100).normal(size=(1000, 2))
        return conditional_copula(x + z @ [[1], [1]], y + z @ [[1], [-1]], z)

    assert_near(lambda seed: copula(chain(seed)), 2 * truth, bias=0.002 + 0.02 * truth)
    assert_near(given_what_moves_both, truth, bias=0.01 + 0.05 * truth)


def test_bias_of_many_columns_is_subtracted() -> None:
    """Without it the mean would be .74 nats for independent blocks of 8 columns and 50 samples."""
    assert_near(lambda seed: copula(np.split(np.random.default_rng(seed).normal(size=(50, 16)), 2, 1)), 0, bias=0.03)

    def conditional(seed: int) -> np.ndarray:
        return conditional_copula(*np.split(np.random.default_rng(seed).normal(size=(50, 15)), 3, 1))

    assert_near(conditional, 0, bias=0.03)


# --- what must not matter, and what must hold ---


@settings(max_examples=25)
@given(seed=st.integers(0, 2**20), levels=st.sampled_from([None, 4, 9]), n=st.integers(50, 90))
def test_order_and_increasing_maps_do_not_matter(seed: int, levels: int | None, n: int) -> None:
    x, y, z = draw(2, 2, 1, n=n, seed=seed, levels=levels)
    terms, conditional = copula([x, y, z]), conditional_copula(x, y, z)
    mapped = [np.exp(x / 9), y**3 - 7, np.arctan(z)]
    assert copula(mapped).tolist() == terms.tolist()
    assert conditional_copula(*mapped).tolist() == conditional.tolist()
    np.testing.assert_allclose(copula([z, y, x]), terms, atol=1e-9)
    np.testing.assert_allclose(copula([x[:, ::-1], -y, z]), terms, atol=1e-9)
    np.testing.assert_allclose(conditional_copula(y, -x, z), conditional, atol=1e-9)
    order = np.random.default_rng(seed).permutation(n)
    np.testing.assert_allclose(copula([x[order], y[order], z[order]]), terms[order], atol=1e-9)
    assert np.isfinite(terms).all()
    assert np.isfinite(conditional).all()


@settings(max_examples=25)
@given(seed=st.integers(0, 2**20))
def test_chain_rule(seed: int) -> None:
    """I(x; y, z) = I(x; z) + I(x; y | z), and the total correlation is I(x, y; z) + I(x; y)."""
    x, y, z = draw(2, 1, 2, seed=seed)
    apart = copula([x, z]) + conditional_copula(x, y, z)
    np.testing.assert_allclose(copula([x, np.hstack([y, z])]), apart, atol=1e-9)
    np.testing.assert_allclose(copula([x, y, z]), copula([np.hstack([x, y]), z]) + copula([x, y]), atol=1e-9)


def test_mean_is_half_a_log_determinant_less_its_bias() -> None:
    x, y = draw(1, 1, n=100)
    parts = norm.ppf(rankdata(np.hstack([x, y]), axis=0) / 101).T
    bias = (psi(99 / 2) - psi(98 / 2)) / 2
    assert copula([x, y]).mean() == pytest.approx(-log(1 - np.corrcoef(parts)[0, 1] ** 2) / 2 - bias, abs=1e-12)
    assert bias == pytest.approx(1 / 198, rel=0.02)


def test_columns_that_follow_from_others_of_their_block_add_nothing() -> None:
    x, y, z = draw(2, 1, 1)
    twice = np.hstack([x, x[:, :1], np.exp(x[:, 1:]), np.full((200, 1), 0.1)])
    np.testing.assert_allclose(copula([twice, y, z]), copula([x, y, z]), atol=1e-9)
    np.testing.assert_allclose(conditional_copula(twice, y, z), conditional_copula(x, y, z), atol=1e-9)
    np.testing.assert_allclose(conditional_copula(z, y, twice), conditional_copula(z, y, x), atol=1e-9)


def test_perfect_dependence_is_infinite() -> None:
    x, y, z = draw(1, 1, 1)
    for terms in (copula([x, x**3]), copula([x, -np.exp(x)]), copula([y, x, x]), copula([np.hstack([x, y]), x])):
        assert terms.tolist() == [np.inf] * 200
    assert conditional_copula(x, exp(2) * x, y).mean() == np.inf
    assert conditional_copula(np.hstack([x, y]), np.hstack([x, z]), z).mean() == np.inf


def test_what_does_not_vary_shares_nothing() -> None:
    x, y, z = draw(1, 1, 1)
    same = np.full((200, 2), 0.1)
    assert copula([x, same]).tolist() == copula([same, same]).tolist() == [0] * 200
    np.testing.assert_allclose(copula([x, same, y]), copula([x, y]), atol=1e-12)
    np.testing.assert_allclose(conditional_copula(x, y, same), copula([x, y]), atol=1e-12)
    assert conditional_copula(x, same, z).tolist() == conditional_copula(same, same, same).tolist() == [0] * 200
    assert conditional_copula(x, y, np.hstack([y, z])).tolist() == [0] * 200  # nothing of y is open


def test_says_why_it_cannot() -> None:
    x, y, z = draw(1, 1, 2, n=5)
    assert np.isfinite(copula([x, y, z[:, :1]])).all()
    for call in (lambda: copula([x, y, z]), lambda: conditional_copula(x, y, z)):
        with pytest.raises(InputError, match=r"samples: wanted at least 6 for 4 columns that vary, got 5\. Give more"):
            call()
    with pytest.raises(InputError, match="blocks: wanted two or more, got 1"):
        copula([x])
