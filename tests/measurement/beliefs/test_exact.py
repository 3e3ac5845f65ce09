"""Counting images that agree, against masks."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightbits.core.bit_planes import BitPlanes
from sightbits.core.checks import InputError
from sightbits.core.counts import LabelledLevels
from sightbits.core.images import ImageDataset
from sightbits.measurement.beliefs.belief import Levels
from sightbits.measurement.beliefs.exact import ExactBelief

MadeOf = Callable[..., ImageDataset]


def counted(levels: np.ndarray, labels: np.ndarray, n_levels: int, n_labels: int) -> np.ndarray:
    return np.array(
        [[((levels == level) & (labels == label)[:, None]).sum(axis=0) for label in range(n_labels)]
         for level in range(n_levels)]
    )  # fmt: skip


@pytest.mark.parametrize("levels", [2, 3, 5, None, (1.0, 9.5, 16.0)], ids=str)
def test_tables_and_posterior_are_those_of_masks(seen: ImageDataset, levels: Levels) -> None:
    belief = ExactBelief(levels=levels).fit(seen)
    coded = belief.code.encode(seen.values)
    rng = np.random.default_rng(0)
    for _ in range(8):
        image = coded[rng.integers(len(coded))]
        state, agree = belief.start(), np.ones(len(coded), dtype=bool)
        for pixel in rng.choice(64, size=5, replace=False):
            expected = counted(coded[agree], seen.labels[agree], belief.code.n_levels, 10)
            np.testing.assert_array_equal(belief.joint([state])[0], expected)
            share = np.bincount(seen.labels[agree], minlength=10) / agree.sum()
            np.testing.assert_allclose(belief.posterior(state), share, atol=1e-15)
            state = belief.condition(state, int(pixel), int(image[pixel]))
            agree &= coded[:, pixel] == image[pixel]


@given(
    st.integers(0, 99),
    st.integers(2, 4),
    st.integers(1, 40),
    st.integers(1, 70),
    st.lists(st.integers(0, 3), max_size=6),
)
def test_any_readings_of_any_images_are_counted(
    made_of: MadeOf, seed: int, high: int, n_images: int, n_pixels: int, readings: list[int]
) -> None:
    rng = np.random.default_rng(seed)
    rows, labels = rng.integers(high, size=(n_images, n_pixels)), rng.integers(3, size=n_images)
    belief = ExactBelief(levels=None).fit(made_of(rows, labels, high=high - 1))
    n_labels = int(labels.max()) + 1
    state, agree = belief.start(), np.ones(n_images, dtype=bool)
    for pixel, level in enumerate(readings[:n_pixels]):
        left = agree & (rows[:, pixel] == level % high)
        before, state = belief.posterior(state), belief.condition(state, pixel, level % high)
        if not left.any():
            np.testing.assert_array_equal(belief.posterior(state), before)
            np.testing.assert_array_equal(belief.joint([state]), 0)
        else:
            expected = np.bincount(labels[left], minlength=n_labels) / left.sum()
            np.testing.assert_allclose(belief.posterior(state), expected, atol=1e-15)
            np.testing.assert_array_equal(belief.joint([state])[0], counted(rows[left], labels[left], high, n_labels))
        agree = left


def test_first_table_is_that_of_the_counting_kernels(seen: ImageDataset) -> None:
    belief = ExactBelief(levels=4).fit(seen)
    sample = LabelledLevels.of(seen, belief.code)
    first = belief.joint([belief.start()])[0]
    np.testing.assert_array_equal(first, np.moveaxis(sample.count().counts, 0, -1))
    np.testing.assert_array_equal(first, np.moveaxis(BitPlanes.of(sample).count().counts, 0, -1))


def test_tables_are_those_of_the_images_fitted_last(seen: ImageDataset) -> None:
    belief = ExactBelief().fit(seen)
    belief.joint([belief.start()])
    fewer = seen.take(slice(0, 50))
    found = belief.fit(fewer).joint([belief.start()])
    np.testing.assert_array_equal(found, ExactBelief().fit(fewer).joint([belief.start()]))
    assert found[0, :, :, 0].sum() == 50


def test_order_of_images_does_not_matter(seen: ImageDataset) -> None:
    order = np.random.default_rng(0).permutation(seen.n_images)
    one, other = ExactBelief(levels=3).fit(seen), ExactBelief(levels=3).fit(seen.take(order))
    states = one.start(), other.start()
    for pixel, level in ((20, 1), (43, 0)):
        states = one.condition(states[0], pixel, level), other.condition(states[1], pixel, level)
        np.testing.assert_array_equal(one.posterior(states[0]), other.posterior(states[1]))
        np.testing.assert_array_equal(one.joint(states[:1]), other.joint(states[1:]))


def test_states_are_not_changed_by_readings(seen: ImageDataset) -> None:
    belief = ExactBelief().fit(seen)
    start = belief.start()
    before = belief.posterior(start).copy(), belief.joint([start])
    for level in (0, 1):
        belief.joint([belief.condition(start, 21, level)])
    np.testing.assert_array_equal(belief.posterior(start), before[0])
    np.testing.assert_array_equal(belief.joint([start]), before[1])


def test_what_no_image_agrees_with_changes_nothing_for_good(made_of: MadeOf) -> None:
    belief = ExactBelief().fit(made_of([[0, 0], [0, 1], [0, 1]], [0, 1, 1]))
    state = belief.condition(belief.condition(belief.start(), 0, 1), 1, 0)
    np.testing.assert_allclose(belief.posterior(state), [1 / 3, 2 / 3])
    np.testing.assert_array_equal(belief.joint([state]), 0)


@pytest.mark.parametrize("levels", [1, 0, 257, (), (0.0,), (5.0, 3.0), (17.0,), (float("nan"),)], ids=str)
def test_levels_must_fit_the_grey_values(seen: ImageDataset, levels: Levels) -> None:
    with pytest.raises(InputError, match="levels: wanted"):
        ExactBelief(levels=levels).fit(seen)
