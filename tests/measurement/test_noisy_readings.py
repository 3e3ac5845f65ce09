"""What soft matching is for: readings that may be wrong, on MNIST."""

import numpy as np
import pytest

from sightbits.core.images import ImageDataset
from sightbits.datasets.loading import load_dataset
from sightbits.measurement.beliefs.belief import Belief
from sightbits.measurement.beliefs.exact import ExactBelief
from sightbits.measurement.beliefs.mixture import MixtureBelief
from sightbits.measurement.beliefs.templates.matched import MatchedTemplates
from sightbits.measurement.measurer import Measurer
from sightbits.measurement.noise import FlipNoise
from sightbits.measurement.stopping import PixelBudget

FLIPS = FlipNoise(probability=0.05)


@pytest.fixture(scope="module")
def mnist() -> tuple[ImageDataset, ImageDataset]:
    """6,000 images to learn from and 200 to measure, spread over their files."""
    every = load_dataset("mnist")
    assert every.in_test is not None
    return every.take(np.flatnonzero(~every.in_test)[::10]), every.take(np.flatnonzero(every.in_test)[::50])


def accuracy_at_20(mnist: tuple[ImageDataset, ImageDataset], belief: Belief, noise: FlipNoise | None = FLIPS) -> float:
    training, asked = mnist
    measurer = Measurer(belief, stop=PixelBudget(20)).fit(training)
    return float(measurer.simulate(asked, noise=noise, n_jobs=1).accuracy[-1])


def test_soft_matching_bears_readings_that_are_wrong(mnist: tuple[ImageDataset, ImageDataset]) -> None:
    exact = accuracy_at_20(mnist, ExactBelief())
    quick = MatchedTemplates(n_pairs=60_000, n_references=500)
    assert accuracy_at_20(mnist, MixtureBelief(templates=quick, levels=2, noise=FLIPS)) > exact + 0.10
    assert accuracy_at_20(mnist, MixtureBelief(templates="blurred", levels=2, noise=FLIPS)) > exact + 0.10


def test_without_noise_counting_does_well(mnist: tuple[ImageDataset, ImageDataset]) -> None:
    assert accuracy_at_20(mnist, ExactBelief(), noise=None) > 0.7
