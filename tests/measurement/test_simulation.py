"""Figures of many measured images against loops over them."""

import numpy as np
import pytest

from sightbits.core.images import ImageDataset
from sightbits.measurement.measurer import Measurer
from sightbits.measurement.noise import AdditiveNoise, FlipNoise
from sightbits.measurement.simulation import Simulation
from sightbits.measurement.stopping import Confidence, CostBudget, Determined, EntropyBelow, PixelBudget, StopRule


@pytest.fixture(scope="module")
def simulation(seen: ImageDataset, hidden: ImageDataset) -> Simulation:
    costs = np.random.default_rng(0).uniform(0.5, 2, size=(8, 8))
    measurer = Measurer("exact", stop=Determined() | PixelBudget(9), costs=costs).fit(seen)
    return measurer.simulate(hidden, n_jobs=1)


def test_accuracy_is_the_share_of_right_labels(simulation: Simulation, hidden: ImageDataset) -> None:
    walks = simulation.walks
    for step in range(simulation.n_steps + 1):
        right = [int(walks.posterior[i, step].argmax()) == hidden.labels[i] for i in range(40)]
        assert simulation.accuracy[step] == np.mean(right)
        assert simulation.right[:, step].tolist() == right
    assert simulation.accuracy[-1] > simulation.accuracy[0] + 0.2


def test_log_loss_is_bounded_by_what_600_images_can_say(simulation: Simulation, hidden: ImageDataset) -> None:
    for i, label in enumerate(hidden.labels):
        for step in range(simulation.n_steps + 1):
            p = float(simulation.walks.posterior[i, step, label])
            assert simulation.log_losses[i, step] == pytest.approx(-np.log((600 * p + 0.1) / 601), abs=1e-9)
    wrong = simulation.walks.posterior[np.arange(40), -1, hidden.labels] == 0
    assert wrong.any()
    np.testing.assert_allclose(simulation.log_losses[wrong, -1], np.log(6010))


@pytest.mark.parametrize(
    "rule",
    [Confidence(0.5), Confidence(0.5) & PixelBudget(3), EntropyBelow(1.5), PixelBudget(4), PixelBudget(99),
     CostBudget(3.0), CostBudget(0.6), CostBudget(1e9), Determined()],
    ids=str,
)  # fmt: skip
def test_pixels_until_a_rule_are_counted_along_each_walk(simulation: Simulation, rule: StopRule) -> None:
    walks, expected = simulation.walks, []
    for i in range(40):
        n, spent = 0, 0.0
        while n < walks.n_measured[i]:
            if rule.reached(walks.posterior[i, n][np.newaxis], np.array([n]), np.array([spent]))[0]:
                break
            spent += simulation.costs[walks.pixels[i, n]]
            n += 1
        expected.append(n)
    assert simulation.pixels_until(rule).tolist() == expected


def test_pixels_until_the_own_rule_are_all_that_were_measured(seen: ImageDataset, hidden: ImageDataset) -> None:
    rule = Confidence(0.8) | PixelBudget(7)
    shorter = Measurer("exact", stop=rule).fit(seen).simulate(hidden, n_jobs=1)
    longer = Measurer("exact", stop=PixelBudget(15)).fit(seen).simulate(hidden, n_jobs=1)
    np.testing.assert_array_equal(shorter.pixels_until(rule), shorter.walks.n_measured)
    np.testing.assert_array_equal(longer.pixels_until(rule), shorter.walks.n_measured)


@pytest.mark.parametrize("pixels_per_step", [2, 3, 4])
@pytest.mark.parametrize(
    "rule",
    [Confidence(0.7), Confidence(0.6) | PixelBudget(7), PixelBudget(5), PixelBudget(4) & PixelBudget(7),
     CostBudget(5.0), Confidence(0.5) & PixelBudget(5)],
    ids=str,
)  # fmt: skip
def test_pixels_until_a_rule_are_those_of_sessions_of_several_pixels_a_step(
    seen: ImageDataset, hidden: ImageDataset, rule: StopRule, pixels_per_step: int
) -> None:
    asked = hidden.take(slice(0, 12))
    longer = Measurer("naive_bayes", stop=PixelBudget(16), pixels_per_step=pixels_per_step).fit(seen)
    shorter = Measurer(longer.belief, stop=rule | PixelBudget(16), pixels_per_step=pixels_per_step).fit_policy(seen)
    sessions = [shorter.run(lambda position, image=image: image[position]) for image in asked.images]
    expected = [session.n_measured for session in sessions]
    assert longer.simulate(asked, n_jobs=1).pixels_until(rule).tolist() == expected
    walks = shorter.simulate(asked, n_jobs=1).walks
    assert walks.n_measured.tolist() == expected
    for pixels, session in zip(walks.pixels, sessions, strict=True):
        assert [longer.pixel_number(place) for place, _ in session.readings] == pixels[: session.n_measured].tolist()


@pytest.mark.parametrize("noise", [FlipNoise(probability=0.3), AdditiveNoise(deviation=4.0)], ids=["flips", "additive"])
def test_noise_changes_what_is_read_the_same_way_for_a_seed(
    seen: ImageDataset, hidden: ImageDataset, noise: FlipNoise | AdditiveNoise
) -> None:
    measurer = Measurer("naive_bayes", "fixed", stop=PixelBudget(10)).fit(seen)
    clean = measurer.simulate(hidden, n_jobs=1)
    first, again, other = (measurer.simulate(hidden, noise=noise, seed=seed, n_jobs=1) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first.walks.levels, again.walks.levels)
    np.testing.assert_array_equal(first.walks.pixels[:, 0], clean.walks.pixels[:, 0])
    assert (first.walks.levels != clean.walks.levels).any()
    assert (first.walks.levels != other.walks.levels).any()
    expected = noise.read(hidden.values, measurer.belief.code, np.random.default_rng(0))
    np.testing.assert_array_equal(first.walks.levels, np.take_along_axis(expected, first.walks.pixels, axis=1))


def test_labels_are_found_by_name(digits: ImageDataset, seen: ImageDataset) -> None:
    measurer = Measurer("exact", stop=PixelBudget(6)).fit(seen)
    some = np.flatnonzero(np.isin(digits.labels, [2, 5, 9]))[-30:]
    simulation = measurer.simulate(digits.images[some], digits.labels[some], n_jobs=1)
    np.testing.assert_array_equal(simulation.labels, digits.labels[some])
    named = measurer.simulate(digits.images[some], [str(label) for label in digits.labels[some]], n_jobs=1)
    np.testing.assert_array_equal(named.accuracy, simulation.accuracy)
