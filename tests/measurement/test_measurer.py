"""The measurer as a user meets it: what it refuses, and parts of one's own."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import sightbits as sb
from sightbits.core.checks import InputError
from sightbits.core.images import ImageDataset
from sightbits.core.levels import level_code
from sightbits.datasets.arrays import dataset_from_arrays
from sightbits.measurement.stopping import Posteriors, Reached

Make = Callable[..., ImageDataset]
IMAGES = np.random.default_rng(0).integers(256, size=(40, 4, 5), dtype=np.uint8)
LABELS = np.arange(40) % 3


@dataclass(eq=False, kw_only=True)
class PriorOnly(sb.Belief):
    """Believes the shares of the training labels whatever is read, with bright pixels as likely as they were."""

    def fit(self, training: ImageDataset) -> "PriorOnly":
        self.code = level_code(training, 2)
        self.outcomes = np.arange(2, dtype=np.uint8)
        self.n_labels = training.n_labels
        self.share = np.bincount(training.labels) / training.n_images
        self.bright = self.code.encode(training.values).mean(axis=0)
        return self

    def start(self) -> np.ndarray:
        return self.share

    def condition(self, state: np.ndarray, pixel: int, level: int) -> np.ndarray:
        return state

    def posterior(self, state: np.ndarray) -> np.ndarray:
        return state

    def joint(self, states: Sequence[np.ndarray]) -> np.ndarray:
        read = np.stack([1 - self.bright, self.bright])
        return np.array([read[:, np.newaxis, :] * state[np.newaxis, :, np.newaxis] for state in states])


@dataclass(eq=False, kw_only=True)
class Backwards(sb.Policy):
    """Measures from the last pixel to the first."""

    def scores(self, outlook: sb.Outlook) -> np.ndarray:
        n_states, n_pixels = outlook.available.shape
        return np.tile(np.arange(float(n_pixels)), (n_states, 1))


@dataclass(frozen=True, kw_only=True)
class EvenNumber(sb.StopRule):
    """Stops at an even number of pixels above 0."""

    def reached(self, posterior: Posteriors, n_measured: np.ndarray, cost: np.ndarray) -> Reached:
        return (n_measured > 0) & (n_measured % 2 == 0)


def test_belief_policy_and_rule_of_ones_own_plug_in() -> None:
    measurer = sb.Measurer(PriorOnly(), Backwards(), EvenNumber()).fit(IMAGES, LABELS)
    session = measurer.run(lambda position: IMAGES[0][position])
    assert [position for position, _ in session.readings] == [(3, 4), (3, 3)]
    np.testing.assert_allclose(session.posterior, [14 / 40, 13 / 40, 13 / 40])
    np.testing.assert_allclose(session.expected_gain()[:3], 0, atol=1e-6)
    simulation = measurer.simulate(IMAGES, LABELS, n_jobs=2)
    assert (simulation.walks.pixels == [19, 18]).all()
    assert simulation.accuracy.tolist() == [14 / 40] * 3
    assert measurer.export_tree(2).branches[0].branches[0].pixel is None
    grouped = sb.Measurer(PriorOnly(), Backwards(), pixels_per_step=3).fit(IMAGES, LABELS)
    assert grouped.start().next() == [(3, 4), (3, 3), (3, 2)]


def test_own_belief_works_with_every_policy_and_own_policy_with_every_belief() -> None:
    for policy in ("information_gain", "lowest_entropy", "cost_aware", "random", "fixed"):
        assert len(sb.Measurer(PriorOnly(), policy).fit(IMAGES, LABELS).start().next()) == 2
    for belief in ("exact", "naive_bayes", sb.MixtureBelief(templates="blurred")):
        assert sb.Measurer(belief, Backwards()).fit(IMAGES, LABELS).start().next() == (3, 4)


def with_value(value: float) -> np.ndarray:
    images = IMAGES.astype(np.float64)
    images[3, 1, 2] = value
    return images


@pytest.mark.parametrize(
    ("images", "labels", "message"),
    [
        (with_value(np.nan), LABELS, "images: wanted finite grey values"),
        (with_value(np.inf), LABELS, "images: wanted finite grey values"),
        (IMAGES[:0], LABELS[:0], "images: wanted at least one image"),
        (np.full((6, 2, 2), 7), [0, 1, 0, 1, 0, 1], "images: wanted images that differ"),
        (IMAGES[0], LABELS[:4], "shape: wanted rows and columns"),
        (IMAGES, LABELS[:-1], "labels: wanted 40"),
        (IMAGES, np.zeros(40, dtype=int), "labels: wanted at least two classes"),
        (IMAGES[:1], [0], "labels: wanted at least two classes"),
        (IMAGES, LABELS + 0.5, "labels: wanted classes"),
        (IMAGES, None, "labels: wanted one label an image"),
        ([[["a"]], [["b"]]], [0, 1], "images: wanted numbers"),
    ],
    ids=["nan", "inf", "none", "constant", "flat", "too few labels", "one class", "one image", "fractions", "no labels",
         "strings"],
)  # fmt: skip
def test_data_must_be_labelled_images(images: Any, labels: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        sb.Measurer("exact").fit(images, labels)


def test_data_set_has_labels_of_its_own(seen: ImageDataset) -> None:
    with pytest.raises(InputError, match="labels: wanted none beside a data set"):
        sb.Measurer("exact").fit(seen, seen.labels)


@pytest.mark.parametrize(
    "costs",
    [np.ones((5, 4)), np.ones(19), np.zeros((4, 5)), -np.ones((4, 5)), np.full((4, 5), np.nan), np.full((4, 5), np.inf),
     1.0, "cheap", [[1.0], [1.0, 2.0]], np.full((4, 5), "1")],
    ids=["turned", "too few", "zero", "negative", "nan", "inf", "one", "text", "ragged", "strings"],
)  # fmt: skip
def test_costs_must_be_above_0_for_each_pixel(costs: Any) -> None:
    with pytest.raises(InputError, match="costs: wanted a number above 0 a pixel, 4 x 5"):
        sb.Measurer("exact", costs=costs).fit(IMAGES, LABELS)


@pytest.mark.parametrize("place", [(4, 0), (0, 5), (-1, 0), (0,), (0, 0, 0), 3, "ab", (0.5, 0.5), None], ids=str)
def test_unavailable_must_be_pixels(place: Any) -> None:
    with pytest.raises(InputError, match="unavailable: wanted"):
        sb.Measurer("exact", unavailable=[place]).fit(IMAGES, LABELS)


def test_something_must_be_left_to_measure() -> None:
    every = np.argwhere(np.ones((4, 5)))
    with pytest.raises(InputError, match="unavailable: wanted a pixel left to measure"):
        sb.Measurer("exact", unavailable=every).fit(IMAGES, LABELS)
    assert sb.Measurer("exact", unavailable=every[1:]).fit(IMAGES, LABELS).start().next() == (0, 0)


def test_names_must_be_known() -> None:
    with pytest.raises(InputError, match=r"belief: wanted one of .*exact.*naive_bayes"):
        sb.Measurer("Exact")
    with pytest.raises(InputError, match=r"policy: wanted one of .*information_gain"):
        sb.Measurer("exact", "best")
    with pytest.raises(InputError, match="pixels_per_step: wanted a whole number at least 1"):
        sb.Measurer("exact", pixels_per_step=0)


@pytest.mark.parametrize("name", ["exact", "naive_bayes", "mixture"])
def test_beliefs_go_by_their_names(name: str) -> None:
    assert name == sb.Measurer(name).belief.NAME


@pytest.mark.parametrize("name", ["information_gain", "lookahead", "cost_aware", "fixed", "random", "lowest_entropy"])
def test_policies_go_by_their_names(name: str) -> None:
    assert name == sb.Measurer("exact", name).policy.NAME


@pytest.mark.parametrize(
    "asked",
    [lambda m: m.start(), lambda m: m.run(lambda _: 0), lambda m: m.simulate(IMAGES, LABELS), lambda m: m.export_tree(),
     lambda m: m.save("never.npz"), lambda m: m.resume({"readings": [], "unavailable": []})],
    ids=["start", "run", "simulate", "tree", "save", "resume"],
)  # fmt: skip
def test_measurer_must_be_fitted(asked: Callable[[sb.Measurer], Any]) -> None:
    with pytest.raises(InputError, match="measurer: wanted a fitted one"):
        asked(sb.Measurer("exact"))


@pytest.mark.parametrize(
    ("images", "labels", "message"),
    [
        (IMAGES[:, :, :4], LABELS, "images: wanted images of 4 x 5"),
        (IMAGES[:, :, :, None].repeat(6, axis=3)[:, :3], LABELS, "images: wanted images of 4 x 5"),
        (IMAGES, LABELS + 1, "labels: wanted labels that were trained on"),
        (IMAGES, None, "labels: wanted one label an image"),
        (IMAGES.astype(np.int64) * 3, LABELS, "images: wanted whole grey values from 0 to 255"),
        (IMAGES.astype(np.int64) - 1, LABELS, "images: wanted whole grey values from 0 to 255"),
        (IMAGES / 255, LABELS, "images: wanted whole grey values from 0 to 255"),
        (with_value(np.nan), LABELS, "images: wanted finite grey values"),
    ],
    ids=["shape", "channels", "unknown label", "no labels", "too bright", "too dark", "other scale", "nan"],
)
def test_images_to_measure_must_be_like_those_trained_on(images: Any, labels: Any, message: str) -> None:
    measurer = sb.Measurer("exact").fit(IMAGES, LABELS)
    with pytest.raises(InputError, match=message):
        measurer.simulate(images, labels)


@pytest.mark.parametrize("n_jobs", [0, -1])
def test_threads_must_be_a_number(n_jobs: int) -> None:
    measurer = sb.Measurer("exact").fit(IMAGES, LABELS)
    with pytest.raises(InputError, match="n_jobs: wanted a whole number at least 1"):
        measurer.simulate(IMAGES, LABELS, n_jobs=n_jobs)


def test_floats_are_measured_as_whole_numbers_are() -> None:
    whole = sb.Measurer(sb.ExactBelief(levels=2), stop=sb.PixelBudget(4)).fit(IMAGES, LABELS)
    floats = sb.Measurer(sb.ExactBelief(levels=2), stop=sb.PixelBudget(4)).fit((IMAGES >= 128) * 0.75 + 0.125, LABELS)
    found = [whole.run(lambda p: IMAGES[5][p]), floats.run(lambda p: 0.875 if IMAGES[5][p] >= 128 else 0.125)]
    assert [p for p, _ in found[0].readings] == [p for p, _ in found[1].readings]
    np.testing.assert_array_equal(found[0].posterior, found[1].posterior)


def test_fitting_again_forgets_what_was_before() -> None:
    measurer = sb.Measurer("exact", stop=sb.PixelBudget(3)).fit(IMAGES, LABELS)
    measurer.simulate(IMAGES, LABELS)
    other = np.random.default_rng(1).integers(256, size=(30, 3, 3), dtype=np.uint8)
    again = measurer.fit(other, np.arange(30) % 2).simulate(other, np.arange(30) % 2)
    fresh = (
        sb.Measurer("exact", stop=sb.PixelBudget(3)).fit(other, np.arange(30) % 2).simulate(other, np.arange(30) % 2)
    )
    np.testing.assert_array_equal(again.walks.pixels, fresh.walks.pixels)
    np.testing.assert_array_equal(again.accuracy, fresh.accuracy)


def test_policy_is_fitted_to_a_belief_that_was_fitted_before(seen: ImageDataset) -> None:
    belief = sb.ExactBelief().fit(seen)
    for policy in ("information_gain", "fixed"):
        shared = sb.Measurer(belief, policy).fit_policy(seen)
        assert shared.start().next() == sb.Measurer("exact", policy).fit(seen).start().next()


def failing(part: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*given: Any) -> None:
        vars(part)["half"] = 1
        raise RuntimeError("the machine is on fire")

    monkeypatch.setattr(part, "fit", fail)


@pytest.mark.parametrize("part", ["belief", "policy"])
def test_a_failed_fit_leaves_nothing_behind(part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    measurer = sb.Measurer("exact", "fixed")
    failing(getattr(measurer, part), monkeypatch)
    with pytest.raises(RuntimeError, match="on fire"):
        measurer.fit(IMAGES, LABELS)
    assert not hasattr(measurer, "image_shape")
    assert not hasattr(measurer.belief, "code")
    assert not hasattr(getattr(measurer, part), "half")
    with pytest.raises(InputError, match="measurer: wanted a fitted one"):
        measurer.start()


@pytest.mark.parametrize("part", ["belief", "policy"])
def test_a_failed_fit_leaves_what_was_fitted_before(part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    measurer = sb.Measurer("exact", "fixed", sb.PixelBudget(4)).fit(IMAGES, LABELS)
    before = measurer.simulate(IMAGES, LABELS, n_jobs=1).walks
    failing(getattr(measurer, part), monkeypatch)
    other = np.random.default_rng(1).integers(256, size=(30, 3, 3), dtype=np.uint8)
    with pytest.raises(RuntimeError, match="on fire"):
        measurer.fit(other, np.arange(30) % 2)
    after = measurer.simulate(IMAGES, LABELS, n_jobs=1).walks
    np.testing.assert_array_equal(after.pixels, before.pixels)
    np.testing.assert_array_equal(after.posterior, before.posterior)


def test_refused_costs_and_pixels_leave_nothing_behind() -> None:
    for wrong in ({"costs": np.zeros((4, 5))}, {"unavailable": [(9, 9)]}, {"unavailable": list(np.ndindex(4, 5))}):
        measurer = sb.Measurer("exact", **wrong)
        for prepare in (
            lambda m=measurer: m.fit(IMAGES, LABELS),
            lambda m=measurer: m.prepare(dataset_from_arrays(IMAGES, LABELS)),
        ):
            with pytest.raises(InputError):
                prepare()
            assert not hasattr(measurer, "image_shape")
