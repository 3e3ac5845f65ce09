"""Many images at once against a plain loop over sessions."""

from collections.abc import Callable

import numpy as np
import pytest

from sightbits.core.images import ImageDataset
from sightbits.measurement.beliefs.belief import Belief
from sightbits.measurement.beliefs.exact import ExactBelief
from sightbits.measurement.beliefs.mixture import MixtureBelief
from sightbits.measurement.beliefs.naive_bayes import NaiveBayesBelief
from sightbits.measurement.beliefs.templates.blurred import BlurredTemplates
from sightbits.measurement.beliefs.templates.matched import MatchedTemplates
from sightbits.measurement.beliefs.templates.prototypes import PrototypeTemplates
from sightbits.measurement.measurer import Measurer
from sightbits.measurement.policies.blind import FixedOrder, RandomChoice
from sightbits.measurement.policies.lookahead import Lookahead
from sightbits.measurement.policies.policy import Policy
from sightbits.measurement.stopping import Confidence, CostBudget, Determined, EntropyBelow, PixelBudget, StopRule
from sightbits.measurement.walking import Walks, walk

MadeOf = Callable[..., ImageDataset]
BELIEFS: dict[str, Callable[[], Belief]] = {
    "exact": lambda: ExactBelief(levels=3),
    "naive_bayes": lambda: NaiveBayesBelief(levels=2),
    "blurred": lambda: MixtureBelief(templates=BlurredTemplates()),
    "matched": lambda: MixtureBelief(templates=MatchedTemplates(n_pairs=5000, n_references=300, kinds=24, radius=1)),
    "prototypes": lambda: MixtureBelief(templates=PrototypeTemplates(each=5)),
}
POLICIES: dict[str, Callable[[], str | Policy]] = {
    "information_gain": lambda: "information_gain",
    "cost_aware": lambda: "cost_aware",
    "lowest_entropy": lambda: "lowest_entropy",
    "random": lambda: RandomChoice(seed=2),
    "fixed": lambda: FixedOrder(ranker="cmim", n_ranked=10),
    "lookahead": lambda: Lookahead(first=2, candidates=3),
}
LOST = [(2, 2), (4, 4), (3, 5)]


def loop(measurer: Measurer, images: np.ndarray, stop: StopRule) -> list[dict[str, np.ndarray]]:
    """Each image by a session of its own."""
    measurer.stop = stop
    found = []
    for image in images:
        session = measurer.start()
        pixels, posteriors = [], [session.posterior]
        while not session.done:
            asked = session.next()
            for position in asked if measurer.pixels_per_step > 1 else [asked]:
                session.observe(position, image[position])
                pixels.append(measurer.pixel_number(position))
                posteriors.append(session.posterior)
        levels = [measurer.level_of(float(image.ravel()[pixel])) for pixel in pixels]
        found.append({"pixels": np.array(pixels), "levels": np.array(levels), "posterior": np.array(posteriors)})
    return found


def check_walks(walks: Walks, expected: list[dict[str, np.ndarray]]) -> None:
    assert walks.pixels.shape == walks.levels.shape == (len(expected), max(len(one["pixels"]) for one in expected))
    for i, one in enumerate(expected):
        n = len(one["pixels"])
        assert walks.n_measured[i] == n
        np.testing.assert_array_equal(walks.pixels[i, :n], one["pixels"])
        np.testing.assert_array_equal(walks.levels[i, :n], one["levels"])
        assert (walks.pixels[i, n:] == -1).all()
        assert (walks.levels[i, n:] == 0).all()
        np.testing.assert_allclose(walks.posterior[i, : n + 1], one["posterior"], atol=1e-6)
        np.testing.assert_allclose(walks.posterior[i, n:] - walks.posterior[i, n], 0, atol=0)


@pytest.mark.parametrize("pixels_per_step", [1, 3])
@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("belief", BELIEFS)
def test_walks_are_those_of_sessions(
    seen: ImageDataset, hidden: ImageDataset, belief: str, policy: str, pixels_per_step: int
) -> None:
    costs = np.random.default_rng(0).uniform(0.5, 3, size=(8, 8))
    measurer = Measurer(
        BELIEFS[belief](), POLICIES[policy](), costs=costs, unavailable=LOST, pixels_per_step=pixels_per_step
    ).fit(seen.take(slice(0, 200)))
    stop = Confidence(0.9) & PixelBudget(2) | PixelBudget(6) | CostBudget(9.0)
    few = hidden.take(slice(0, 6))
    found = measurer.simulate(few, stop=stop, n_jobs=1)
    check_walks(found.walks, loop(measurer, few.images, stop))
    measured = found.walks.pixels[found.walks.pixels >= 0]
    assert not np.isin(measured, [measurer.pixel_number(place) for place in LOST]).any()


@pytest.mark.parametrize(
    "stop", [Determined(), EntropyBelow(0.5), Confidence(1.0), PixelBudget(1), CostBudget(3.5)], ids=str
)
def test_walks_end_where_sessions_end(seen: ImageDataset, hidden: ImageDataset, stop: StopRule) -> None:
    measurer = Measurer("exact").fit(seen)
    walks = measurer.simulate(hidden, stop=stop | PixelBudget(25), n_jobs=1).walks
    check_walks(walks, loop(measurer, hidden.images, stop | PixelBudget(25)))


@pytest.mark.parametrize("pixels_per_step", [1, 3])
@pytest.mark.parametrize("belief", ["exact", "matched"])
def test_neither_threads_nor_company_change_a_walk(
    seen: ImageDataset, digits: ImageDataset, belief: str, pixels_per_step: int
) -> None:
    measurer = Measurer(BELIEFS[belief](), stop=PixelBudget(5), pixels_per_step=pixels_per_step).fit(seen)
    many = digits.take(slice(900, 1000))
    walks = measurer.simulate(many, n_jobs=1).walks
    threaded = measurer.simulate(many, n_jobs=3).walks
    order = np.random.default_rng(0).permutation(100)
    shuffled = measurer.simulate(many.take(order), n_jobs=2).walks
    for name in ("pixels", "levels", "posterior", "n_measured"):
        np.testing.assert_array_equal(getattr(threaded, name), getattr(walks, name))
        np.testing.assert_array_equal(getattr(shuffled, name), getattr(walks, name)[order])
    one = measurer.simulate(many.take([7]), n_jobs=1).walks
    n = one.pixels.shape[1]
    np.testing.assert_array_equal(one.pixels[0], walks.pixels[7, :n])
    np.testing.assert_array_equal(one.posterior[0], walks.posterior[7, : n + 1])


@pytest.mark.parametrize(
    ("pixels_per_step", "budget", "n_steps"), [(1, 5, 5), (3, 5, 5), (3, 6, 6), (4, 1, 1), (9, 99, 16)]
)
def test_no_more_steps_than_were_measured(made_of: MadeOf, pixels_per_step: int, budget: int, n_steps: int) -> None:
    rng = np.random.default_rng(0)
    training = made_of(rng.integers(2, size=(40, 16)), rng.integers(2, size=40))
    measurer = Measurer(NaiveBayesBelief(), stop=PixelBudget(budget), pixels_per_step=pixels_per_step).fit(training)
    simulation = measurer.simulate(training, n_jobs=2)
    assert simulation.n_steps == n_steps == simulation.walks.n_measured.max()
    assert simulation.accuracy.shape == (n_steps + 1,)


def test_nothing_is_measured_where_it_is_enough_at_once(seen: ImageDataset, hidden: ImageDataset) -> None:
    simulation = Measurer("exact", stop=Confidence(0.01)).fit(seen).simulate(hidden, n_jobs=1)
    assert simulation.walks.pixels.shape == (40, 0)
    assert simulation.walks.posterior.shape == (40, 1, 10)
    assert simulation.pixels_until(PixelBudget(3)).tolist() == [0] * 40


@pytest.mark.parametrize("pixels_per_step", [1, 2, 5])
def test_measuring_goes_on_where_no_image_agrees_any_more(made_of: MadeOf, pixels_per_step: int) -> None:
    training = made_of([[0, 0, 0, 1, 0], [0, 1, 0, 1, 0], [0, 1, 1, 0, 0], [0, 1, 1, 0, 0]], [0, 1, 1, 0])
    asked = made_of([[1, 0, 1, 1, 1], [1, 1, 1, 1, 1]], [0, 1])
    measurer = Measurer("exact", stop=Determined(), pixels_per_step=pixels_per_step).fit(training)
    walks = measurer.simulate(asked, n_jobs=1).walks
    check_walks(walks, loop(measurer, asked.images, Determined()))


def test_progress_reaches_all_images(seen: ImageDataset, hidden: ImageDataset) -> None:
    told: list[tuple[str, int, int]] = []
    Measurer("exact").fit(seen).simulate(hidden, n_jobs=1, progress=lambda *step: told.append(step), task="looking")
    assert [done for _, done, _ in told] == sorted(done for _, done, _ in told)
    assert told[-1] == ("looking", 40, 40)
    assert {(task, total) for task, _, total in told} == {("looking", 40)}


def test_walk_wants_no_measurer(seen: ImageDataset, hidden: ImageDataset) -> None:
    measurer = Measurer("naive_bayes", stop=PixelBudget(4)).fit(seen)
    walks = walk(
        measurer.belief,
        measurer.policy,
        measurer.belief.code.encode(hidden.values),
        stop=PixelBudget(4),
        available=np.ones(64, dtype=bool),
        costs=np.ones(64),
    )
    np.testing.assert_array_equal(walks.pixels, measurer.simulate(hidden, n_jobs=1).walks.pixels)


def test_walks_end_where_one_label_is_left(seen: ImageDataset, hidden: ImageDataset) -> None:
    measurer = Measurer("exact", stop=PixelBudget(40)).fit(seen)
    walks = measurer.simulate(hidden, n_jobs=1).walks
    assert walks.n_measured.max() < 40
    for posterior, n_measured in zip(walks.posterior, walks.n_measured, strict=True):
        left = np.count_nonzero(posterior, axis=1)
        assert (left[:n_measured] > 1).all()
        assert left[n_measured] == 1
