"""Soft matching against a slow formula in double precision, for every kind of template."""

from collections.abc import Callable

import numpy as np
import pytest

from sightbits.core.checks import InputError
from sightbits.core.images import ImageDataset
from sightbits.measurement.beliefs.exact import ExactBelief
from sightbits.measurement.beliefs.mixture import MixtureBelief
from sightbits.measurement.beliefs.templates.blurred import BlurredTemplates
from sightbits.measurement.beliefs.templates.matched import MatchedTemplates
from sightbits.measurement.beliefs.templates.prototypes import PrototypeTemplates
from sightbits.measurement.beliefs.templates.template_set import TemplateMaker
from sightbits.measurement.noise import AdditiveNoise, FlipNoise, Noise, NoNoise

MadeOf = Callable[..., ImageDataset]
MAKERS = {
    "matched": MatchedTemplates(n_pairs=5000, n_references=300, kinds=24, radius=1),
    "blurred": BlurredTemplates(),
    "prototypes": PrototypeTemplates(each=4),
}
NOISES = {"none": NoNoise(), "flips": FlipNoise(probability=0.1), "additive": AdditiveNoise(deviation=2.0)}
every_maker = pytest.mark.parametrize("maker", MAKERS.values(), ids=MAKERS)
every_noise = pytest.mark.parametrize("noise", NOISES.values(), ids=NOISES)


def whole(maker: TemplateMaker, noise: Noise, seen: ImageDataset, **options: object) -> MixtureBelief:
    return MixtureBelief(templates=maker, noise=noise, negligible=0.0, negligible_in_tables=0.0, **options).fit(seen)


def outcome_given_component(belief: MixtureBelief, outcome: int) -> np.ndarray:
    """P(outcome at each pixel | component), from the planes and the channel."""
    made = belief.components
    above = made.planes.astype(np.float64) / 255
    planes = np.concatenate([1 - above.sum(axis=1, keepdims=True), above], axis=1)
    return np.einsum("clp,l->cp", planes, made.channel[:, outcome])


def reading_given_component(belief: MixtureBelief, pixel: int, reading: int) -> np.ndarray:
    made = belief.components
    if made.contexts is None or made.lookup is None:
        return outcome_given_component(belief, reading)[:, pixel]
    return made.lookup[reading].astype(np.float64)[made.contexts[:, pixel]]


def by_label(weights: np.ndarray, belief: MixtureBelief) -> np.ndarray:
    labels = belief.components.labels
    return np.array([weights[labels == label].sum(axis=0) for label in range(belief.n_labels)])


@every_noise
@every_maker
def test_posterior_and_tables_are_those_of_the_formula(
    seen: ImageDataset, hidden: ImageDataset, maker: TemplateMaker, noise: Noise
) -> None:
    belief = whole(maker, noise, seen.take(slice(0, 200)))
    levels = belief.code.encode(hidden.values)
    rng = np.random.default_rng(0)
    for image in levels[:3]:
        state, weights = belief.start(), belief.components.weights.astype(np.float64)
        for pixel in rng.choice(64, size=6, replace=False).tolist():
            weights = weights / weights.sum()
            np.testing.assert_allclose(belief.posterior(state), by_label(weights, belief), atol=2e-6)
            table = belief.joint([state])[0]
            for outcome in range(belief.n_outcomes):
                joint = by_label(weights[:, np.newaxis] * outcome_given_component(belief, outcome), belief)
                np.testing.assert_allclose(table[outcome], joint, atol=5e-6)
            state = belief.condition(state, pixel, int(image[pixel]))
            weights = weights * reading_given_component(belief, pixel, int(image[pixel]))
        np.testing.assert_allclose(belief.posterior(state), by_label(weights / weights.sum(), belief), atol=5e-6)


@every_noise
@every_maker
def test_what_the_table_says_is_what_supposing_gives(seen: ImageDataset, maker: TemplateMaker, noise: Noise) -> None:
    belief = whole(maker, noise, seen.take(slice(0, 200)))
    state = belief.condition(belief.start(), 20, belief.code.n_levels - 1)
    table = belief.joint([state])[0].astype(np.float64)
    np.testing.assert_allclose(table.sum(axis=(0, 1)), 1, atol=1e-5)
    np.testing.assert_allclose(table.sum(axis=0), belief.posterior(state)[:, np.newaxis].repeat(64, 1), atol=1e-5)
    for pixel in (18, 43):
        for outcome in range(belief.n_outcomes):
            after = belief.posterior(belief.suppose(state, pixel, outcome))
            np.testing.assert_allclose(after, table[outcome, :, pixel] / table[outcome, :, pixel].sum(), atol=1e-4)


@every_maker
def test_dropping_what_hardly_matters_changes_little(
    seen: ImageDataset, hidden: ImageDataset, maker: TemplateMaker
) -> None:
    every = whole(maker, NoNoise(), seen)
    some = MixtureBelief(templates=maker).fit(seen)
    levels = every.code.encode(hidden.values)
    n_left = []
    for image in levels[:10]:
        states = every.start(), some.start()
        for pixel in (20, 43, 10, 28, 36, 50, 13, 33):
            level = int(image[pixel])
            states = every.condition(states[0], pixel, level), some.condition(states[1], pixel, level)
            np.testing.assert_allclose(some.posterior(states[1]), every.posterior(states[0]), atol=0.02)
            np.testing.assert_allclose(some.joint(states[1:]), every.joint(states[:1]), atol=0.15)
        n_left.append(len(states[1].components) / len(states[0].components))
    assert min(n_left) < 1 or maker is MAKERS["matched"]


@pytest.mark.parametrize("levels", [2, 3, 5])
def test_templates_that_are_the_images_count_as_the_exact_belief_does(
    seen: ImageDataset, hidden: ImageDataset, levels: int
) -> None:
    soft = MixtureBelief(templates=BlurredTemplates(blur=0.0, mismatch=0.0), levels=levels).fit(seen)
    exact = ExactBelief(levels=levels).fit(seen)
    asked = exact.code.encode(hidden.values)
    for image in asked[:15]:
        states = soft.start(), exact.start()
        for pixel in (21, 43, 10, 28):
            states = (soft.condition(states[0], pixel, int(image[pixel])),
                      exact.condition(states[1], pixel, int(image[pixel])))  # fmt: skip
            if not len(states[1].images):
                break
            np.testing.assert_allclose(soft.posterior(states[0]), exact.posterior(states[1]), atol=1e-6)
            shares = exact.joint(states[1:])[0] / len(states[1].images)
            np.testing.assert_allclose(soft.joint(states[:1])[0], shares, atol=1e-6)


@pytest.mark.parametrize("levels", [2, 3, 4])
def test_reading_that_nothing_explains_changes_nothing(made_of: MadeOf, levels: int) -> None:
    training = made_of([[0, 3, 0], [0, 3, 3], [0, 2, 3], [0, 1, 0], [0, 0, 3]], [0, 1, 1, 2, 2])
    belief = MixtureBelief(templates=BlurredTemplates(blur=0.0, mismatch=0.0), levels=levels).fit(training)
    state = belief.condition(belief.start(), 0, levels - 1)
    np.testing.assert_allclose(belief.posterior(state), [0.2, 0.4, 0.4], atol=1e-6)


@every_maker
def test_order_of_readings_does_not_matter(seen: ImageDataset, hidden: ImageDataset, maker: TemplateMaker) -> None:
    belief = whole(maker, NoNoise(), seen)
    image = belief.code.encode(hidden.values)[0]
    pixels = [20, 43, 10, 28, 36]
    found = []
    for order in (pixels, pixels[::-1]):
        state = belief.start()
        for pixel in order:
            state = belief.condition(state, pixel, int(image[pixel]))
        found.append(belief.posterior(state))
    np.testing.assert_allclose(found[0], found[1], atol=1e-5)


@every_maker
def test_order_of_labels_does_not_matter(seen: ImageDataset, maker: TemplateMaker) -> None:
    belief = whole(maker, NoNoise(), seen)
    share = np.bincount(seen.labels) / seen.n_images
    np.testing.assert_allclose(belief.posterior(belief.start()), share, atol=0.002)


@pytest.mark.parametrize("name", ["negligible", "negligible_in_tables"])
@pytest.mark.parametrize("share", [-0.1, 1.0, float("nan")])
def test_shares_must_be_shares(name: str, share: float) -> None:
    with pytest.raises(InputError, match=f"{name}: wanted a share from 0 to less than 1"):
        MixtureBelief(**{name: share})


def test_templates_must_have_a_name() -> None:
    with pytest.raises(InputError, match="templates: wanted one of matched, blurred, prototypes"):
        MixtureBelief(templates="sharp")


def test_what_is_impossible_has_no_probability_below_0(made_of: MadeOf) -> None:
    for n_images in (49, 77, 98, 103, 161, 187):  # of so many equal weights the sum is not quite 1 in floats
        rows = np.ones((n_images + 1, 3), dtype=np.uint8)
        rows[-1] = 0
        labels = np.arange(n_images + 1) == n_images
        belief = MixtureBelief(templates=BlurredTemplates(blur=0.0, mismatch=0.0), levels=2).fit(made_of(rows, labels))
        (table,) = belief.joint([belief.start()])
        assert table.min() >= 0
        assert table[0, 0].max() < 1e-6
        assert table.sum(axis=(0, 1)) == pytest.approx(1, abs=1e-5)
