"""Second moments and their spectrum beside closed forms and dense loops."""

import numpy as np
import pytest

from sightbits.studies.encoding_comparison import spectrum as module
from sightbits.studies.encoding_comparison.spectrum import SecondMoments, measure_spectrum


def drawn(n: int = 300, n_pixels: int = 12) -> np.ndarray:
    rng = np.random.default_rng(0)
    values = rng.random((n, n_pixels)) @ rng.random((n_pixels, n_pixels)) / n_pixels
    values[:, 3] = 0
    return values.astype(np.float32)


def test_eigenvalues_are_those_of_the_matrix_of_second_moments() -> None:
    values = drawn()
    moments = np.zeros((12, 12))
    for image in values.astype(np.float64):
        moments += np.outer(image, image) / len(values)
    found = measure_spectrum(values)
    np.testing.assert_allclose(found.eigenvalues, np.linalg.eigvalsh(moments)[::-1], atol=1e-12)
    assert found.rank == 11
    assert found.condition_number == pytest.approx(found.eigenvalues[0] / found.eigenvalues[10])
    assert found.n_images == 300
    with_bias = np.concatenate([values.astype(np.float64), np.ones((300, 1))], axis=1)
    largest = np.linalg.norm(with_bias, 2) ** 2 / 300
    assert found.largest_with_bias == pytest.approx(largest)


@pytest.mark.parametrize("seed", range(3))
def test_that_of_an_affine_encoding_follows_from_that_of_the_images(seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = drawn()
    scale, shift = rng.normal(size=12), rng.normal(size=12)
    followed = SecondMoments.of_values(values).spectrum(scale, shift)
    direct = measure_spectrum((values * scale + shift).astype(np.float32))
    np.testing.assert_allclose(followed.eigenvalues, direct.eigenvalues, atol=1e-5)
    assert followed.largest_with_bias == pytest.approx(direct.largest_with_bias, rel=1e-5)


def test_what_is_left_of_pixels_that_never_change_is_nothing() -> None:
    """Inverted and centred again, a constant 0.3 becomes 0 to rounding, and rounding is no direction."""
    values = drawn()
    values[:, [0, 3, 7]] = [0.3, 0.7, 0.9]
    for n_images in range(100, 300, 9):
        some = values[:n_images]
        mean = some.mean(axis=0, dtype=np.float64)
        found = SecondMoments.of_values(some).spectrum(-np.ones(12), (1 - (1 - mean)) * 1.0)
        assert found.rank == 9
        assert (found.eigenvalues[9:] == 0).all()
        covariance = np.cov(some.astype(np.float64).T, bias=True)
        np.testing.assert_allclose(found.eigenvalues, np.linalg.eigvalsh(covariance)[::-1], atol=1e-12)


def test_inverting_adds_one_large_direction_and_centring_takes_it_away() -> None:
    values = drawn()
    moments = SecondMoments.of_values(values)
    ones, mean = np.ones(12), values.mean(axis=0, dtype=np.float64)
    plain, inverted, centred = (
        moments.spectrum(scale, shift) for scale, shift in ((ones, 0 * ones), (-ones, ones), (ones, -mean))
    )
    assert inverted.eigenvalues[0] > plain.eigenvalues[0] > centred.eigenvalues[0]
    covariance = np.cov(values.astype(np.float64).T, bias=True)
    np.testing.assert_allclose(centred.eigenvalues, np.linalg.eigvalsh(covariance)[::-1], atol=1e-12)


def test_softmax_is_stable_below_the_stable_rate_and_not_above() -> None:
    """Near zero weights: one step of plain gradient descent on all images shrinks or stretches a small error."""
    values = drawn().astype(np.float64)
    found = measure_spectrum(drawn())
    with_bias = np.concatenate([values, np.ones((300, 1))], axis=1)
    n_labels = 4
    hessian = np.kron(
        (np.eye(n_labels) - 1 / n_labels) / n_labels, with_bias.T @ with_bias / len(values)
    )  # of the mean cross-entropy at zero weights
    largest = np.linalg.eigvalsh(hessian)[-1]
    assert found.stable_rate(n_labels) == pytest.approx(2 / largest)


def test_of_very_many_pixels_a_matrix_over_some_images_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    values = drawn(40)
    whole = measure_spectrum(values)
    monkeypatch.setattr(module, "MOST_PIXELS", 10)
    some = measure_spectrum(values)
    np.testing.assert_allclose(some.eigenvalues[:11], whole.eigenvalues[:11], atol=1e-12)
    assert some.largest_with_bias == pytest.approx(whole.largest_with_bias)
    assert some.n_images == 40
    monkeypatch.setattr(module, "_SOME_IMAGES", 20)
    assert measure_spectrum(values).n_images == 20
