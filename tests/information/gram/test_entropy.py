"""Matrix-based Rényi entropy against closed forms, plain loops and identities; what is clipped and what is refused."""

from collections.abc import Callable
from math import fsum, inf, log, nan

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightbits.core.checks import InputError
from sightbits.information.generalised import renyi_entropy
from sightbits.information.gram import (
    NegativeEigenvalueWarning,
    entropy_of_spectrum,
    gaussian_kernel,
    gram_spectrum,
    linear_kernel,
    match_kernel,
    matrix_renyi_entropy,
    normalise_gram,
)

seeds = st.integers(0, 2**32 - 1)
orders = st.one_of(st.floats(0.3, 30.0), st.floats(0.9, 1.1), st.sampled_from([0.5, 1.0, 1.01, 1.5, 2.0, 3.0]))


def gram_of(seed: int, n: int = 8, *, d: int = 2, size: float = 1.0) -> np.ndarray:
    return normalise_gram(gaussian_kernel(np.random.default_rng(seed).normal(size=(n, d)), size))


def eigenvalues_slowly(matrix: np.ndarray) -> list[float]:
    """By Jacobi's rotations, one pair of rows and columns after the other."""
    a = [[float(entry) for entry in row] for row in matrix]
    n = len(a)
    for _ in range(12):
        for p in range(n):
            for q in range(p + 1, n):
                if a[p][q] == 0:
                    continue
                angle = 0.5 * np.arctan2(2 * a[p][q], a[p][p] - a[q][q])
                c, s = float(np.cos(angle)), float(np.sin(angle))
                for k in range(n):
                    a[k][p], a[k][q] = c * a[k][p] + s * a[k][q], -s * a[k][p] + c * a[k][q]
                for k in range(n):
                    a[p][k], a[q][k] = c * a[p][k] + s * a[q][k], -s * a[p][k] + c * a[q][k]
    return [a[i][i] for i in range(n)]


def entropy_slowly(matrix: np.ndarray, alpha: float) -> float:
    shares = [max(value, 0.0) for value in eigenvalues_slowly(matrix)]
    if alpha == 1:
        return -fsum(p * log(p) for p in shares if p > 0)
    if alpha == inf:
        return -log(max(shares))
    return log(fsum(p**alpha for p in shares)) / (1 - alpha)


def normalise_slowly(kernel: np.ndarray) -> np.ndarray:
    n = len(kernel)
    return np.array([[kernel[i, j] / (n * (kernel[i, i] * kernel[j, j]) ** 0.5) for j in range(n)] for i in range(n)])


@given(
    seed=seeds,
    n=st.integers(2, 7),
    alpha=st.one_of(st.floats(0.5, 0.99), st.floats(1.01, 30.0), st.sampled_from([1.0, 1.01, 2.0, inf])),
)
def test_entropy_as_in_plain_loops(seed: int, n: int, alpha: float) -> None:
    gram = gram_of(seed, n)
    # Rounding of 1e-17 in an eigenvalue of 0 is 1e-17^alpha of the power sum; near order 1 the plain formula amplifies.
    slack = n * 1e-17**alpha / (1 - alpha) if alpha < 0.9 else 1e-10
    assert float(matrix_renyi_entropy(gram, alpha)) == pytest.approx(entropy_slowly(gram, alpha), abs=slack + 1e-12)


@pytest.mark.parametrize("alpha", [0.3, 0.5, 1.0, 1.01, 1.5, 2.0, 7.0, 1000.0, 1e6, inf])
def test_closed_forms(alpha: float) -> None:
    assert float(matrix_renyi_entropy(np.eye(9) / 9, alpha)) == pytest.approx(log(9), abs=1e-12)
    ones = float(matrix_renyi_entropy(np.ones((9, 9)) / 9, alpha))
    assert ones == pytest.approx(0, abs=1e-12 if alpha > 0.9 else 1e-4)
    blocks = normalise_gram(np.kron(np.eye(3), np.ones((4, 4))))
    assert float(matrix_renyi_entropy(blocks, alpha)) == pytest.approx(log(3), abs=1e-12 if alpha > 0.9 else 1e-3)


@pytest.mark.parametrize("alpha", [0.5, 1.0, 1.01, 2.0, 5.0, inf])
def test_match_kernel_gives_the_entropy_of_the_shares_of_labels(alpha: float) -> None:
    counts = np.array([1, 2, 5, 8])
    labels = np.random.default_rng(0).permutation(np.repeat(np.arange(4), counts))
    entropy = float(matrix_renyi_entropy(normalise_gram(match_kernel(labels)), alpha))
    assert entropy == pytest.approx(float(renyi_entropy(counts, alpha)), abs=1e-6 if alpha < 1 else 1e-12)


def test_two_samples_in_closed_form() -> None:
    a = 0.6
    gram = np.array([[0.5, a / 2], [a / 2, 0.5]])
    high, low = (1 + a) / 2, (1 - a) / 2
    assert gram_spectrum(gram).eigenvalues == pytest.approx([low, high])
    assert float(matrix_renyi_entropy(gram, 3.0)) == pytest.approx(-log(high**3 + low**3) / 2)
    assert float(matrix_renyi_entropy(gram, 1.0)) == pytest.approx(-high * log(high) - low * log(low))


@given(seed=seeds, n=st.integers(2, 6))
def test_normalised_as_in_plain_loops(seed: int, n: int) -> None:
    kernel = linear_kernel(np.random.default_rng(seed).normal(size=(2, n, 3)))
    gram = normalise_gram(kernel)
    assert gram == pytest.approx(np.stack([normalise_slowly(matrix) for matrix in kernel]), abs=1e-14)
    assert np.trace(gram, axis1=-2, axis2=-1) == pytest.approx([1, 1])
    assert normalise_gram(kernel * np.array([1e-150, 1e150])[:, None, None]) == pytest.approx(gram, abs=1e-14)


@given(seed=seeds, alpha=orders)
def test_order_of_samples_does_not_matter(seed: int, alpha: float) -> None:
    gram = gram_of(seed)
    places = np.random.default_rng(seed).permutation(len(gram))
    mixed = gram[np.ix_(places, places)]
    slack = 1e-11 if alpha > 0.6 else 1e-4
    assert float(matrix_renyi_entropy(mixed, alpha)) == pytest.approx(
        float(matrix_renyi_entropy(gram, alpha)), abs=slack
    )


@given(seed=seeds, n=st.integers(2, 40))
def test_order_two_is_the_frobenius_norm(seed: int, n: int) -> None:
    gram = gram_of(seed, n)
    frobenius = -log(fsum(float(entry) ** 2 for entry in gram.ravel()))
    assert float(matrix_renyi_entropy(gram, 2.0)) == pytest.approx(frobenius, abs=1e-13)
    by_eigenvalues = entropy_of_spectrum(gram_spectrum(gram).eigenvalues, 2.0)
    assert float(by_eigenvalues) == pytest.approx(frobenius, abs=1e-12)


@given(seed=seeds, step=st.integers(3, 14), sign=st.sampled_from([-1, 1]))
def test_order_one_is_the_limit(seed: int, step: int, sign: int) -> None:
    gram = gram_of(seed)
    near, at_one = (float(matrix_renyi_entropy(gram, 1 + sign * h)) for h in (10.0**-step, 0.0))
    # The slope at order 1 is half the variance of log p: small shares keep it under (log n)^2 or so.
    assert abs(near - at_one) <= 10.0**-step * 5 + 1e-12


@given(seed=seeds, lower=orders, higher=orders)
def test_entropy_falls_as_the_order_grows_and_stays_between_its_bounds(seed: int, lower: float, higher: float) -> None:
    lower, higher = sorted([lower, higher])
    values = gram_spectrum(gram_of(seed)).eigenvalues
    low, high = float(entropy_of_spectrum(values, higher)), float(entropy_of_spectrum(values, lower))
    assert low <= high + 1e-12
    assert float(entropy_of_spectrum(values, inf)) <= low + 1e-12
    assert low >= -1e-12
    assert high <= log(8) + 1e-12


@given(shares=st.lists(st.floats(1e-9, 1.0), min_size=1, max_size=6), alpha=st.one_of(st.floats(0.01, 400.0), orders))
def test_spectrum_as_in_many_digits(shares: list[float], alpha: float) -> None:
    with mp.workdps(60):
        p = [mp.mpf(share) / mp.fsum(mp.mpf(s) for s in shares) for share in shares]
        if alpha == 1:
            exact = float(-mp.fsum(q * mp.log(q) for q in p))
        else:
            exact = float(mp.log(mp.fsum(q ** mp.mpf(alpha) for q in p)) / (1 - mp.mpf(alpha)))
    assert float(entropy_of_spectrum(np.array(shares), alpha)) == pytest.approx(exact, abs=1e-13, rel=1e-12)


def test_a_batch_as_one_by_one() -> None:
    grams = np.stack([gram_of(seed, size=0.5 + seed) for seed in range(6)]).reshape(2, 3, 8, 8)
    for alpha in (0.7, 1.0, 1.01, 2.0, 9.0, inf):
        batch = matrix_renyi_entropy(grams, alpha)
        assert batch.shape == (2, 3)
        for i, j in np.ndindex(2, 3):
            assert float(matrix_renyi_entropy(grams[i, j], alpha)) == pytest.approx(batch[i, j], abs=1e-14)


def test_default_order_is_that_of_the_paper() -> None:
    assert float(matrix_renyi_entropy(gram_of(0))) == float(matrix_renyi_entropy(gram_of(0), 1.01))
    assert float(matrix_renyi_entropy(gram_of(0))) != float(matrix_renyi_entropy(gram_of(0), 1.0))


def test_negative_eigenvalues_are_clipped_and_told() -> None:
    indefinite = np.array([[0.5, 0.9], [0.9, 0.5]])
    with pytest.warns(NegativeEigenvalueWarning, match=r"0\.4 of the trace"):
        spectrum = gram_spectrum(np.stack([indefinite, np.eye(2) / 2]))
    assert spectrum.clipped == pytest.approx([0.4, 0])
    assert spectrum.eigenvalues.tolist() == [[0, pytest.approx(1.4)], [0.5, 0.5]]
    with pytest.warns(NegativeEigenvalueWarning):
        assert float(matrix_renyi_entropy(indefinite, 1.01)) == pytest.approx(0, abs=1e-14)


@pytest.mark.parametrize("kind", ["f4", "f8"])
def test_rounding_alone_does_not_warn(kind: str) -> None:
    spectrum = gram_spectrum(normalise_gram(np.ones((200, 200), dtype=kind)))
    assert (spectrum.eigenvalues >= 0).all()
    assert 0 < float(spectrum.clipped) < (1e-12 if kind == "f8" else 1e-4)


def test_float32_stays_float32_and_is_near() -> None:
    gram = gram_of(0, 60)
    for alpha in (1.0, 1.01, 2.0, 5.0):
        single = matrix_renyi_entropy(gram.astype(np.float32), alpha)
        assert single.dtype == np.float32
        assert float(single) == pytest.approx(float(matrix_renyi_entropy(gram, alpha)), abs=1e-4)


@pytest.mark.parametrize("function", [normalise_gram, gram_spectrum, matrix_renyi_entropy])
@pytest.mark.parametrize(
    "matrix",
    [
        [[0.5, nan], [nan, 0.5]],
        [[0.5, inf], [inf, 0.5]],
        [[0.5, 0.1, 0.0], [0.1, 0.5, 0.0]],
        [[0.5, 0.2], [0.1, 0.5]],
        [[1.0]],
        [0.5, 0.5],
        np.zeros((0, 2, 2)),
        [["a", "b"], ["b", "a"]],
        [[0.0, 0.0], [0.0, 0.0]],
    ],
)
def test_matrices_that_are_refused(function: Callable[..., object], matrix: object) -> None:
    with pytest.raises(InputError):
        function(matrix)


def test_one_matrix_of_a_batch_that_is_not_symmetric_is_refused() -> None:
    grams = np.stack([np.eye(3), np.eye(3) * 1e9])
    grams[0, 0, 1] = 1e-3
    with pytest.raises(InputError, match="symmetric"):
        normalise_gram(grams)


def test_a_diagonal_or_trace_that_is_not_right_is_refused() -> None:
    with pytest.raises(InputError, match="positive diagonal"):
        normalise_gram(linear_kernel([[0.0], [1.0]]))
    with pytest.raises(InputError, match="trace 1"):
        matrix_renyi_entropy(np.eye(3))


@pytest.mark.parametrize("alpha", [0.0, -1.0, nan])
def test_orders_that_are_refused(alpha: float) -> None:
    with pytest.raises(InputError, match="alpha"):
        matrix_renyi_entropy(np.eye(3) / 3, alpha)
    with pytest.raises(InputError, match="alpha"):
        entropy_of_spectrum(np.ones(3), alpha)
