"""Matched templates: kinds against a walk down the tree, neighbours against brute force, and awkward images."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from sightbits.core.checks import InputError
from sightbits.core.images import ImageDataset
from sightbits.core.levels import CutCode
from sightbits.measurement.beliefs.belief import Levels, belief_code
from sightbits.measurement.beliefs.mixture import MixtureBelief
from sightbits.measurement.beliefs.templates import matched
from sightbits.measurement.beliefs.templates.level_tree import LevelTree
from sightbits.measurement.beliefs.templates.matched import MatchedTemplates
from sightbits.measurement.beliefs.templates.template_set import TemplateSet
from sightbits.measurement.information import information_gain
from sightbits.measurement.noise import FlipNoise

Make = Callable[..., ImageDataset]
EndsIn = Callable[[LevelTree, np.ndarray], np.ndarray]
QUICK = {"n_pairs": 4000, "n_references": 200, "kinds": 16, "radius": 1}


def made_from(training: ImageDataset, maker: MatchedTemplates) -> TemplateSet:
    code = maker.code(training)
    return maker.make(training, code, np.eye(code.n_levels))


def surroundings_slowly(image: np.ndarray, radius: int, beyond: float) -> np.ndarray:
    """The values around each pixel of an image (rows, columns, channels), a row a pixel."""
    padded = np.pad(image.astype(np.float32), ((radius, radius), (radius, radius), (0, 0)), constant_values=beyond)
    side = 2 * radius + 1
    rows, columns, channels = image.shape
    return np.array(
        [padded[r : r + side, c : c + side, k].ravel()
         for r in range(rows) for c in range(columns) for k in range(channels)]
    )  # fmt: skip


def awkward(make_dataset: Make, digits: ImageDataset, name: str) -> ImageDataset:
    rng = np.random.default_rng(0)
    labels = np.arange(80) % 3
    if name == "digits":
        return digits.take(slice(0, 120))
    if name == "colour":
        images = rng.integers(256, size=(80, 5, 6, 3), dtype=np.uint8) // (
            1 + labels[:, None, None, None].astype(np.uint8)
        )
        return make_dataset(images, labels)
    if name == "one row":
        return make_dataset(rng.integers(256, size=(80, 1, 9), dtype=np.uint8), labels)
    if name == "one pixel varies":
        images = np.full((80, 4, 4), 7, dtype=np.uint8)
        images[:, 2, 1] = labels * 100
        return make_dataset(images, labels)
    if name == "floats":
        return make_dataset(rng.random((80, 5, 5)), labels, value_range=(0.0, 1.0))
    if name == "floats below 0":
        return make_dataset(rng.normal(size=(80, 5, 5)).astype(np.float32).clip(-3, 3), labels, value_range=(-3.0, 3.0))
    if name == "16 bits":
        return make_dataset(rng.integers(65536, size=(80, 5, 5), dtype=np.uint16), labels, value_range=(0.0, 65535.0))
    if name == "a label with one image":
        return make_dataset(rng.integers(256, size=(80, 5, 5), dtype=np.uint8), np.minimum(np.arange(80), 2))
    if name == "two values":
        return make_dataset(rng.integers(2, size=(80, 5, 5), dtype=np.uint8), labels, value_range=(0.0, 1.0))
    if name == "nothing above the middle":
        return make_dataset(rng.integers(100, size=(80, 5, 5), dtype=np.uint8), labels)
    return make_dataset(rng.integers(256, size=(3, 2, 2), dtype=np.uint8), np.array([0, 1, 2]))


IMAGES = [
    "digits", "colour", "one row", "one pixel varies", "floats", "floats below 0", "16 bits", "a label with one image",
    "two values", "nothing above the middle", "three images",
]  # fmt: skip
every_kind_of_images = pytest.mark.parametrize("name", IMAGES)


@every_kind_of_images
@pytest.mark.parametrize("radius", [0, 1, 3])
def test_kinds_are_the_leaves_that_surroundings_end_in(
    monkeypatch: pytest.MonkeyPatch, ends_in: EndsIn, make_dataset: Make, digits: ImageDataset, name: str, radius: int
) -> None:
    training = awkward(make_dataset, digits, name)
    maker = MatchedTemplates(**{**QUICK, "radius": radius})
    learned = []
    learn = MatchedTemplates._learn
    monkeypatch.setattr(
        MatchedTemplates, "_learn", lambda self, *args: learned.append(learn(self, *args)) or learned[-1]
    )
    made = made_from(training, maker)
    tree = learned[0]
    order = np.argsort(training.labels, kind="stable")
    for place, image in enumerate(order[:40]):
        values = training.images[image].reshape(*training.image_shape[:2], -1)
        around = surroundings_slowly(values, radius, training.value_range[0])
        np.testing.assert_array_equal(made.contexts[place], np.searchsorted(tree.leaves, ends_in(tree, around)))
    np.testing.assert_array_equal(made.labels, np.sort(training.labels))


@every_kind_of_images
def test_every_reading_is_possible_and_readings_sum_to_1(make_dataset: Make, digits: ImageDataset, name: str) -> None:
    training = awkward(make_dataset, digits, name)
    made = made_from(training, MatchedTemplates(**QUICK, sharpness=1.0))
    assert (made.lookup > 0).all()
    np.testing.assert_allclose(made.lookup.sum(axis=0), 1, atol=1e-6)
    sharper = made_from(training, MatchedTemplates(**QUICK, sharpness=2.0))
    np.testing.assert_allclose(sharper.lookup, made.lookup**2, rtol=1e-5)
    np.testing.assert_array_equal(sharper.planes, made.planes)


@every_kind_of_images
def test_planes_are_the_readings_of_each_outcome_together(make_dataset: Make, digits: ImageDataset, name: str) -> None:
    training = awkward(make_dataset, digits, name)
    maker = MatchedTemplates(**QUICK, sharpness=1.0)
    made = made_from(training, maker)
    outcomes = maker.outcomes(training, maker.code(training))
    for outcome in range(1, int(outcomes.max()) + 1):
        read = made.lookup[outcomes == outcome].sum(axis=0)[made.contexts]
        np.testing.assert_allclose(made.planes[:, outcome - 1] / 255, read, atol=0.0045)


@every_kind_of_images
def test_a_belief_of_them_measures(make_dataset: Make, digits: ImageDataset, name: str) -> None:
    training = awkward(make_dataset, digits, name)
    belief = MixtureBelief(templates=MatchedTemplates(**QUICK)).fit(training)
    state = belief.start()
    for pixel, level in enumerate(belief.code.encode(training.values)[0][:4].tolist()):
        state = belief.condition(state, pixel, level)
        assert belief.posterior(state).sum() == pytest.approx(1)
        assert np.isfinite(belief.joint([state])).all()


@pytest.mark.parametrize("name", ["digits", "colour", "one row", "floats", "a label with one image", "three images"])
@pytest.mark.parametrize("apart", [0, 5])
def test_neighbours_are_the_nearest(
    monkeypatch: pytest.MonkeyPatch, make_dataset: Make, digits: ImageDataset, name: str, apart: int
) -> None:
    monkeypatch.setattr(matched, "_APART", apart)
    training = awkward(make_dataset, digits, name)
    if apart:  # images less than a hundredth of the data apart are left out: as many as a small set can have
        training = training.take(np.arange(training.n_images).repeat(7)[: 7 * training.n_images])
    apart = min(apart, training.n_images // 100)
    n = min(60, training.n_images)
    references, neighbours = matched._near_neighbours(training, n, np.random.default_rng(0))
    assert len(np.unique(references)) == n
    smooth = np.array([
        gaussian_filter(image.astype(np.float64), (1, 1, 0)[: image.ndim]).ravel() for image in training.images
    ])  # fmt: skip
    for image, found in zip(references, neighbours, strict=True):
        fair = (training.labels == training.labels[image]) & (np.abs(np.arange(training.n_images) - image) > apart)
        distance = ((smooth - smooth[image]) ** 2).sum(axis=1)
        if not fair.any():
            np.testing.assert_array_equal(found, image)
            continue
        assert fair[found].all()
        expected = np.sort(distance[fair])[:8]
        padded = np.append(expected, np.full(8 - len(expected), expected[0]))
        np.testing.assert_allclose(distance[found], padded, rtol=1e-4, atol=1e-5 * (smooth**2).sum(axis=1).max())


def test_noise_is_taken_into_the_lookup(digits: ImageDataset) -> None:
    training, maker = digits.take(slice(0, 120)), MatchedTemplates(**QUICK, sharpness=1.0)
    code = CutCode(cuts=(8.0,))
    channel = FlipNoise(probability=0.1).channel(code, training.values)
    clean, noisy = maker.make(training, code, np.eye(2)), maker.make(training, code, channel)
    np.testing.assert_allclose(noisy.lookup, 0.9 * clean.lookup + 0.1 * clean.lookup[::-1], atol=1e-6)


@pytest.mark.parametrize("levels", [(0.5, 1.0, 2.0, 2.5), (14.0, 15.0, 15.5, 16.0), (4.0, 5.0, 6.0, 7.0)], ids=str)
def test_cuts_close_together_still_tell_outcomes_apart(digits: ImageDataset, levels: Levels) -> None:
    training = digits.take(slice(0, 200))
    belief = MixtureBelief(templates=MatchedTemplates(**QUICK), levels=levels).fit(training)
    assert 2 <= belief.n_outcomes <= 3
    assert information_gain(belief.joint([belief.start()])).max() > 0.1


@pytest.mark.parametrize("levels", [2, 3, 4, 17, None], ids=str)
def test_outcomes_ascend_and_none_is_left_out(digits: ImageDataset, levels: int | None) -> None:
    maker = MatchedTemplates(**QUICK)
    outcomes = maker.outcomes(digits, maker.code(digits) if levels is None else belief_code(digits, levels))
    assert (np.diff(outcomes.astype(int)) >= 0).all()
    np.testing.assert_array_equal(np.unique(outcomes), np.arange(min(3, len(outcomes))))


def test_the_same_seed_makes_the_same_templates(digits: ImageDataset) -> None:
    training = digits.take(slice(0, 120))
    first, again, other = (made_from(training, MatchedTemplates(**QUICK, seed=seed)) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first.contexts, again.contexts)
    np.testing.assert_array_equal(first.lookup, again.lookup)
    assert first.lookup.shape != other.lookup.shape or (first.lookup != other.lookup).any()


@pytest.mark.parametrize(
    ("name", "value"),
    [("n_pairs", 0), ("n_references", 0), ("kinds", 1), ("kinds", 257), ("radius", -1), ("radius", 9),
     ("sharpness", 0.0), ("sharpness", -1.0), ("sharpness", float("nan"))],
)  # fmt: skip
def test_settings_must_make_sense(name: str, value: float) -> None:
    with pytest.raises(InputError, match=f"{name}: wanted"):
        MatchedTemplates(**{name: value})
