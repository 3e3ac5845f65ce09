"""Differential entropies beside a slow twin that reads like the formula, known densities, and identities."""

from collections.abc import Callable
from math import e, log, pi, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import digamma as psi

from sightbits.core.checks import InputError
from sightbits.information.neighbours import conditional_kozachenko_leonenko, kozachenko_leonenko


def distances(*blocks: np.ndarray) -> np.ndarray:
    """All pairs, largest standardised difference; infinite from a sample to itself, so that it is never counted."""
    answer = np.zeros((len(blocks[0]), len(blocks[0])))
    for column in np.concatenate(blocks, axis=1).T:
        deviation = column.std() if (column != column[0]).any() else 1.0
        answer = np.maximum(answer, np.abs(column[:, None] - column) / deviation)
    np.fill_diagonal(answer, np.inf)
    return answer


def slow_entropy(x: np.ndarray, given: np.ndarray, *, k: int) -> list[float]:
    """Of x given the other, in units of x."""
    alone, terms = distances(given), []
    for i, row in enumerate(distances(x, given)):
        radius = np.sort(row)[k - 1]
        volume = sum(log(2 * radius * column.std()) for column in x.T)
        terms.append(psi((alone[i] < radius).sum() + 1) - psi(k) + volume)
    return terms


DENSITIES: dict[str, Callable[[np.random.Generator, int, int], np.ndarray]] = {
    "normal": lambda rng, n, d: rng.normal(size=(n, d)),
    "heavy tails": lambda rng, n, d: rng.standard_cauchy((n, d)),
    "far and narrow": lambda rng, n, d: 1e3 + 1e-3 * rng.random((n, d)),
}
every_density = pytest.mark.parametrize("density", DENSITIES)


@every_density
@pytest.mark.parametrize(
    ("n", "k", "sizes"), [(60, 1, (1, 1)), (70, 3, (2, 1)), (150, 3, (1, 3)), (90, 7, (4, 2)), (300, 3, (6, 5))]
)
def test_terms_are_those_of_the_slow_twin(density: str, n: int, k: int, sizes: tuple[int, int]) -> None:
    rng = np.random.default_rng(n)
    x, other = (DENSITIES[density](rng, n, size) for size in sizes)
    other[:5] = other[5]
    # Weights are rounded to 24 bits: that moves a radius by 6e-8 of itself and is undone in the volume.
    np.testing.assert_allclose(kozachenko_leonenko(x, k=k), slow_entropy(x, np.zeros((n, 1)), k=k), atol=1e-6)
    np.testing.assert_allclose(conditional_kozachenko_leonenko(x, other, k=k), slow_entropy(x, other, k=k), atol=1e-6)


NORMAL = log(2 * pi * e) / 2


def assert_near(estimate: Callable[[int], np.ndarray], truth: float, *, bias: float) -> None:
    """The mean over seeds is within four standard errors of the truth, and a bias that the docstring tells of."""
    found = [float(estimate(seed).mean()) for seed in range(16)]
    assert abs(np.mean(found) - truth) < 4 * np.std(found) / sqrt(15) + bias


def uniform(seed: int, d: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).random((1000, d))


def normal(seed: int, d: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(1000, d))


def test_entropies_of_known_densities() -> None:
    assert_near(lambda seed: kozachenko_leonenko(uniform(seed)), 0, bias=0.003)
    assert_near(lambda seed: kozachenko_leonenko(uniform(seed, 2) * [4, 8]), log(32), bias=0.05)
    assert_near(lambda seed: kozachenko_leonenko(3 * normal(seed)), NORMAL + log(3), bias=0.005)
    assert_near(lambda seed: kozachenko_leonenko(normal(seed, 3)), 3 * NORMAL, bias=0.1)
    for k in (1, 10):
        assert_near(lambda seed, k=k: kozachenko_leonenko(normal(seed), k=k), NORMAL, bias=0.01)


@pytest.mark.parametrize("correlation", [0.0, 0.6, 0.9])
def test_conditional_entropy_of_gaussians(correlation: float) -> None:
    def left(seed: int) -> np.ndarray:
        x, noise = np.split(normal(seed, 2), 2, axis=1)
        return conditional_kozachenko_leonenko(5 * (correlation * x + sqrt(1 - correlation**2) * noise), 7 * x)

    assert_near(left, NORMAL + log(5) + log(1 - correlation**2) / 2, bias=0.03)


@settings(max_examples=25)
@given(seed=st.integers(0, 2**20), shift=st.floats(-5, 5), scale=st.floats(0.1, 10))
def test_units_add_their_logarithm(seed: int, shift: float, scale: float) -> None:
    x, y = np.split(np.random.default_rng(seed).normal(size=(80, 3)), [2], axis=1)
    order = np.random.default_rng(seed).permutation(80)
    moved = scale * x[order, ::-1] + shift
    added = kozachenko_leonenko(moved).mean() - kozachenko_leonenko(x).mean()
    assert added == pytest.approx(2 * log(scale), abs=1e-6)
    added = (
        conditional_kozachenko_leonenko(moved, -y[order]).mean() - conditional_kozachenko_leonenko(x, y / scale).mean()
    )
    assert added == pytest.approx(2 * log(scale), abs=1e-6)


def test_what_is_constant_tells_nothing() -> None:
    x = normal(0)
    found = conditional_kozachenko_leonenko(x, np.full((1000, 2), 0.1))
    np.testing.assert_allclose(found, kozachenko_leonenko(x), atol=1e-12)


@pytest.mark.parametrize("estimate", [kozachenko_leonenko, lambda x, k: conditional_kozachenko_leonenko(x, x, k=k)])
def test_needs_more_samples_than_neighbours(estimate: Callable[..., np.ndarray]) -> None:
    x = normal(0)[:5]
    assert len(estimate(x, k=4)) == 5
    with pytest.raises(InputError, match=r"samples: wanted more than k = 5, got 5\. Give more"):
        estimate(x, k=5)
    with pytest.raises(InputError, match="k: wanted a whole number at least 1, got 0"):
        estimate(x, k=0)


def test_says_why_there_is_no_entropy() -> None:
    x = normal(0)[:50]
    with pytest.raises(InputError, match=r"x: wanted columns that vary, got 1 constant of 2\."):
        kozachenko_leonenko(np.hstack([x, np.ones_like(x)]))
    with pytest.raises(InputError, match=r"x: wanted columns that vary, got 1 constant of 1\."):
        conditional_kozachenko_leonenko(np.ones_like(x), x)
    x[:4] = x[0]
    with pytest.raises(InputError, match=r"x: wanted no sample with 3 others equal to it, got 4 such of 50\. Add"):
        kozachenko_leonenko(x)
    with pytest.raises(InputError, match="x and given: wanted no sample with 3 others"):
        conditional_kozachenko_leonenko(x, x)
    assert np.isfinite(kozachenko_leonenko(x, k=4)).all()
