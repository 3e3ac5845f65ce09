"""Expectation maximisation: what it maximises never falls, and planted prototypes are found again."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy.special import logsumexp

from sightbits.core.checks import InputError
from sightbits.core.images import ImageDataset
from sightbits.measurement.beliefs.templates import prototypes
from sightbits.measurement.beliefs.templates.prototypes import PrototypeTemplates


def as_level_planes(levels: np.ndarray, n_levels: int) -> np.ndarray:
    return np.concatenate([levels == above for above in range(1, n_levels)], axis=1).astype(np.float32)


def objective(levels: np.ndarray, found: np.ndarray, shares: np.ndarray) -> float:
    """Log-likelihood, with the half images that are added to every count: what each step raises."""
    probabilities = np.concatenate([1 - found.sum(axis=1, keepdims=True), found], axis=1)  # prototype, level, pixel
    pixels = np.arange(levels.shape[1])
    log_joint = np.array([
        np.log(probabilities[k][levels, pixels]).sum(axis=1) + np.log(shares[k]) for k in range(len(shares))
    ])  # fmt: skip
    prior = 0.5 * np.log(probabilities).sum() + 0.5 * np.log(shares).sum()
    return float(logsumexp(log_joint, axis=0).sum() + prior)


@pytest.mark.parametrize(("n_levels", "each"), [(2, 1), (2, 5), (3, 7), (4, 3)])
def test_every_step_raises_what_is_maximised(
    monkeypatch: pytest.MonkeyPatch, seen: ImageDataset, n_levels: int, each: int
) -> None:
    levels = (seen.values[seen.labels == 3].astype(int) * n_levels // 17).astype(np.uint8)
    found = []
    for steps in range(1, 13):
        monkeypatch.setattr(prototypes, "_STEPS", steps)
        made, shares = prototypes._expectation_maximisation(
            as_level_planes(levels, n_levels), each, n_levels - 1, np.random.default_rng(0)
        )
        assert shares.sum() == pytest.approx(1)
        assert (made > 0).all()
        assert (made.sum(axis=1) < 1).all()
        found.append(objective(levels, made, shares))
    assert (np.diff(found) >= -1e-4 * abs(found[0]) / len(levels)).all()
    assert each == 1 or found[-1] > found[0] + 1


def test_one_prototype_is_the_mean_of_its_images(seen: ImageDataset) -> None:
    levels = (seen.values[seen.labels == 3] >= 8).astype(np.uint8)
    made, shares = prototypes._expectation_maximisation(as_level_planes(levels, 2), 1, 1, np.random.default_rng(0))
    np.testing.assert_allclose(made[0, 0], (levels.sum(axis=0) + 0.5) / (len(levels) + 1), atol=1e-6)
    np.testing.assert_array_equal(shares, [1])


@pytest.mark.parametrize("seed", range(4))
def test_planted_prototypes_are_found(seed: int) -> None:
    rng = np.random.default_rng(seed)
    planted = rng.choice([0.1, 0.9], size=(2, 40))
    of = (rng.random(600) < 0.3).astype(int)
    levels = (rng.random((600, 40)) < planted[of]).astype(np.uint8)
    made, shares = prototypes._expectation_maximisation(as_level_planes(levels, 2), 2, 1, np.random.default_rng(seed))
    order = np.argsort(-shares)
    np.testing.assert_allclose(made[order, 0], planted, atol=0.1)
    np.testing.assert_allclose(shares[order], [0.7, 0.3], atol=0.06)


def test_weights_are_shares_of_labels_and_of_their_prototypes(seen: ImageDataset) -> None:
    maker = PrototypeTemplates(each=4)
    made = maker.make(seen, maker.code(seen), np.eye(3))
    np.testing.assert_array_equal(made.labels, np.repeat(np.arange(10), 4))
    of_label = np.bincount(made.labels, made.weights)
    np.testing.assert_allclose(of_label, np.bincount(seen.labels) / seen.n_images, atol=1e-6)


def test_a_label_has_at_most_as_many_as_images(made_of: Callable[..., ImageDataset]) -> None:
    training = made_of(np.random.default_rng(0).integers(10, size=(9, 12)), [0, 1, 1, 2, 2, 2, 2, 2, 2])
    maker = PrototypeTemplates(each=3)
    assert maker.make(training, maker.code(training), np.eye(3)).labels.tolist() == [0, 1, 1, 2, 2, 2]


def test_settings_must_make_sense() -> None:
    with pytest.raises(InputError, match="each: wanted a whole number at least 1"):
        PrototypeTemplates(each=0)
    with pytest.raises(InputError, match="mismatch: wanted a share"):
        PrototypeTemplates(mismatch=1.0)
