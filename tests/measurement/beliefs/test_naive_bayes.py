"""Independent pixels: by hand, against scikit-learn's, and through noise."""

from collections.abc import Callable

import numpy as np
import pytest
from sklearn.naive_bayes import BernoulliNB, CategoricalNB

from sightbits.core.checks import InputError
from sightbits.core.images import ImageDataset
from sightbits.measurement.beliefs.naive_bayes import NaiveBayesBelief
from sightbits.measurement.noise import AdditiveNoise, FlipNoise, Noise, NoNoise

MadeOf = Callable[..., ImageDataset]


@pytest.fixture
def three(made_of: MadeOf) -> ImageDataset:
    return made_of([[0, 1], [0, 0], [1, 1], [1, 1], [1, 0]], [0, 0, 1, 1, 1])


def test_posterior_is_worked_out_by_hand(three: ImageDataset) -> None:
    belief = NaiveBayesBelief(prior=1.0).fit(three)
    # P(bright | label) of the first pixel: (0 + 1) / (2 + 2) and (3 + 1) / (3 + 2)
    state = belief.condition(belief.start(), 0, 1)
    odds = np.array([2 / 5 * 1 / 4, 3 / 5 * 4 / 5])
    np.testing.assert_allclose(belief.posterior(state), odds / odds.sum(), atol=1e-15)
    state = belief.condition(state, 1, 0)  # P(dark | label) of the second: 2 / 4 and 2 / 5
    odds *= [2 / 4, 2 / 5]
    np.testing.assert_allclose(belief.posterior(state), odds / odds.sum(), atol=1e-15)


def test_noise_is_worked_out_by_hand(three: ImageDataset) -> None:
    belief = NaiveBayesBelief(prior=1.0, noise=FlipNoise(probability=0.1)).fit(three)
    state = belief.condition(belief.start(), 0, 1)
    odds = np.array([2 / 5 * (0.9 * 1 / 4 + 0.1 * 3 / 4), 3 / 5 * (0.9 * 4 / 5 + 0.1 * 1 / 5)])
    np.testing.assert_allclose(belief.posterior(state), odds / odds.sum(), atol=1e-15)


@pytest.mark.parametrize("prior", [0.01, 1.0, 3.5])
@pytest.mark.parametrize("levels", [2, 5])
def test_posterior_is_that_of_scikit_learn(seen: ImageDataset, hidden: ImageDataset, levels: int, prior: float) -> None:
    belief = NaiveBayesBelief(levels=levels, prior=prior).fit(seen)
    known, asked = belief.code.encode(seen.values), belief.code.encode(hidden.values)
    rng = np.random.default_rng(0)
    for image in asked[:10]:
        pixels = rng.choice(64, size=7, replace=False)
        state = belief.start()
        for pixel in pixels:
            state = belief.condition(state, int(pixel), int(image[pixel]))
        peer = BernoulliNB(alpha=prior) if levels == 2 else CategoricalNB(alpha=prior, min_categories=levels)
        peer.fit(known[:, pixels], seen.labels)
        np.testing.assert_allclose(
            belief.posterior(state), peer.predict_proba(image[np.newaxis, pixels])[0], atol=1e-12
        )


@pytest.mark.parametrize(
    "noise", [NoNoise(), FlipNoise(probability=0.2), AdditiveNoise(deviation=3.0)], ids=["none", "flips", "additive"]
)
def test_table_says_what_readings_do(seen: ImageDataset, noise: Noise) -> None:
    belief = NaiveBayesBelief(levels=3, noise=noise).fit(seen)
    state = belief.condition(belief.start(), 20, 2)
    table = belief.joint([state])[0]
    np.testing.assert_allclose(table.sum(axis=(0, 1)), 1, atol=1e-12)
    np.testing.assert_allclose(table.sum(axis=0).T, np.tile(belief.posterior(state), (64, 1)), atol=1e-12)
    for level in range(3):
        after = belief.posterior(belief.condition(state, 43, level))
        np.testing.assert_allclose(after, table[level, :, 43] / table[level, :, 43].sum(), atol=1e-12)


def test_two_hundred_readings_leave_a_posterior(seen: ImageDataset) -> None:
    belief = NaiveBayesBelief(levels=2, prior=1e-9).fit(seen)
    state = belief.start()
    for _ in range(200):  # the same bright border again and again: next to impossible
        state = belief.condition(state, 0, 1)
    assert belief.posterior(state).sum() == pytest.approx(1)


@pytest.mark.parametrize("prior", [0.0, -1.0, float("nan"), float("inf")])
def test_prior_must_be_above_0(prior: float) -> None:
    with pytest.raises(InputError, match="prior: wanted a number above 0"):
        NaiveBayesBelief(prior=prior)
