from typing import Any

import numpy as np
import pytest
from scipy.stats import multivariate_normal
from sklearn.datasets import load_digits
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sightbits.selection.discriminant import LabelScatter


def fit_peer(values: np.ndarray, labels: np.ndarray) -> Any:
    return make_pipeline(StandardScaler(), LinearDiscriminantAnalysis(solver="lsqr")).fit(values, labels)


def scores_of(scatter: LabelScatter, pixels: np.ndarray, values: np.ndarray) -> np.ndarray:
    rule = scatter.rule(pixels)
    return (values[:, pixels] - rule.centre) @ rule.weights + rule.intercept


@pytest.fixture(scope="module")
def digits() -> tuple[np.ndarray, np.ndarray]:
    found = load_digits()
    return found.data.astype(np.uint8), found.target.astype(np.int64)


@pytest.mark.parametrize("k", [1, 2, 7, 30, 64])
def test_scores_are_those_of_scikit_learn(digits: tuple[np.ndarray, np.ndarray], k: int) -> None:
    values, labels = digits
    pixels = np.sort(np.random.default_rng(k).permutation(64)[:k])
    scatter = LabelScatter.of(values[:1200], labels[:1200])
    peer = fit_peer(values[:1200, pixels].astype(float), labels[:1200])
    expected = peer.decision_function(values[1200:, pixels].astype(float))
    np.testing.assert_allclose(scores_of(scatter, pixels, values[1200:]), expected, rtol=1e-8, atol=1e-8)
    told = scatter.rule(pixels).predict(values[1200:, pixels])
    np.testing.assert_array_equal(told, peer.predict(values[1200:, pixels].astype(float)))


def test_images_of_several_blocks_are_summed_together() -> None:
    rng = np.random.default_rng(0)
    labels = np.sort(rng.integers(5, size=9000))
    values = rng.normal(size=(9000, 12)) @ rng.normal(size=(12, 12)) + rng.normal(size=(5, 12))[labels]
    expected = fit_peer(values, labels).decision_function(values)
    np.testing.assert_allclose(
        scores_of(LabelScatter.of(values, labels), np.arange(12), values), expected, rtol=1e-9, atol=1e-9
    )


def test_two_known_gaussians_are_told_apart_as_well_as_can_be() -> None:
    rng = np.random.default_rng(1)
    covariance = np.array([[2.0, 1.2], [1.2, 1.0]])
    centres = np.array([[0.0, 0.0], [2.0, -1.0]])
    labels = (rng.random(200_000) < 0.3).astype(np.int64)
    values = rng.multivariate_normal(np.zeros(2), covariance, size=len(labels)) + centres[labels]
    told = LabelScatter.of(values, labels).rule(np.arange(2)).predict(values)
    chances = np.stack(
        [
            share * multivariate_normal(centre, covariance).pdf(values)
            for share, centre in zip((0.7, 0.3), centres, strict=True)
        ]
    )
    assert (told != chances.argmax(axis=0)).mean() < 2e-3


def test_a_label_that_does_not_occur_is_never_told(digits: tuple[np.ndarray, np.ndarray]) -> None:
    values, labels = digits
    few = np.isin(labels, (3, 8))
    scatter = LabelScatter.of(values[few], labels[few])
    assert set(scatter.rule(np.arange(64)).predict(values)) == {3, 8}


def test_labels_may_have_one_image_each() -> None:
    values = np.array([[0, 0, 1], [5, 1, 0], [9, 9, 1]], dtype=np.uint8)
    labels = np.array([4, 1, 2])
    told = LabelScatter.of(values, labels).rule(np.arange(3)).predict(values)
    assert np.isin(told, labels).all()


def test_a_pixel_that_says_the_same_in_other_words_changes_nothing(digits: tuple[np.ndarray, np.ndarray]) -> None:
    values, labels = digits
    doubled = np.concatenate([values, 3.0 * values, 7.0 - values], axis=1)
    once = LabelScatter.of(values, labels).rule(np.arange(64)).predict(values)
    np.testing.assert_array_equal(LabelScatter.of(doubled, labels).rule(np.arange(192)).predict(doubled), once)


def test_constant_pixels_have_no_weight(digits: tuple[np.ndarray, np.ndarray]) -> None:
    values, labels = digits
    padded = np.concatenate([np.full((len(values), 1), 0.1), values], axis=1)
    rule = LabelScatter.of(padded, labels).rule(np.arange(65))
    np.testing.assert_allclose(rule.weights[0], 0, atol=1e-9)
    np.testing.assert_array_equal(
        rule.predict(padded), LabelScatter.of(values, labels).rule(np.arange(64)).predict(values)
    )


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int64, np.float32, np.float64])
def test_any_kind_of_number_tells_the_same(digits: tuple[np.ndarray, np.ndarray], dtype: type) -> None:
    values, labels = digits
    told = LabelScatter.of(values, labels).rule(np.arange(64)).predict(values)
    same = LabelScatter.of(values.astype(dtype), labels).rule(np.arange(64)).predict(values.astype(dtype))
    np.testing.assert_array_equal(same, told)
