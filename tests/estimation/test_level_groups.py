from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightbits.core.counts import LabelledLevels
from sightbits.estimation.level_groups import GroupWeights, LevelGroups
from sightbits.estimation.pixels import estimate_pixel_information, pixel_information
from sightbits.information.composed import mutual_information
from sightbits.information.discrete import ADDITIVE, ESTIMATORS

Draw = Callable[..., LabelledLevels]


@given(
    seed=st.integers(0, 2**32),
    n_images=st.integers(1, 200),
    n_pixels=st.integers(1, 20),
    n_levels=st.integers(1, 256),
    n_labels=st.integers(1, 30),
    estimator=st.sampled_from(sorted(ADDITIVE)),
)
def test_information_is_that_of_the_table(
    seed: int, n_images: int, n_pixels: int, n_levels: int, n_labels: int, estimator: str
) -> None:
    rng = np.random.default_rng(seed)
    levels = (rng.integers(n_levels, size=(n_images, n_pixels)) * (rng.random((n_images, n_pixels)) < 0.5)).astype("u1")
    labels = rng.integers(n_labels, size=n_images)
    sample = LabelledLevels(levels=levels, labels=labels, n_levels=n_levels, n_labels=n_labels)
    found = GroupWeights(sample, ADDITIVE[estimator]).information(LevelGroups.of(sample, slice(None)), labels)
    expected = mutual_information(sample.count(), "level", "label", estimator=ESTIMATORS[estimator])
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize("n_levels", [2, 9, 200])
def test_information_without_a_null_is_that_beside_one(draw_levels: Draw, estimator: str, n_levels: int) -> None:
    sample = draw_levels(n_images=90, n_pixels=11, n_levels=n_levels)
    expected = estimate_pixel_information(sample, estimator=estimator, n_permutations=0).value
    np.testing.assert_allclose(pixel_information(sample, estimator), expected, rtol=0, atol=1e-12)


def test_groups_hold_every_image_off_the_background_once(draw_levels: Draw) -> None:
    sample = draw_levels(n_images=300, n_pixels=13, n_levels=5)
    groups = LevelGroups.of(sample, slice(2, 13))
    for pixel, column in enumerate(sample.levels[:, 2:].T):
        np.testing.assert_array_equal(groups.level_counts[pixel], np.bincount(column, minlength=5))
        for level in range(5):
            members = groups.members[groups.starts[pixel, level] : groups.starts[pixel, level + 1]]
            assert members.tolist() in ([], np.flatnonzero(column == level).tolist())
