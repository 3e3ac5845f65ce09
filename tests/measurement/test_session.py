"""One hidden image and an instrument: readings in any order, lost pixels, failures, and going on later."""

import json
from collections.abc import Callable
from itertools import permutations
from typing import Any

import numpy as np
import pytest

from sightbits.core.checks import InputError
from sightbits.core.images import ImageDataset
from sightbits.measurement.beliefs.mixture import MixtureBelief
from sightbits.measurement.beliefs.naive_bayes import NaiveBayesBelief
from sightbits.measurement.beliefs.templates.matched import MatchedTemplates
from sightbits.measurement.information import information_gain
from sightbits.measurement.measurer import Measurer
from sightbits.measurement.noise import AdditiveNoise, FlipNoise
from sightbits.measurement.policies.blind import RandomChoice
from sightbits.measurement.session import MeasurementInterrupted, Session
from sightbits.measurement.stopping import Confidence, PixelBudget

Make = Callable[..., ImageDataset]


@pytest.fixture(scope="module")
def measurer(seen: ImageDataset) -> Measurer:
    return Measurer("exact", stop=Confidence(0.99) | PixelBudget(12)).fit(seen)


@pytest.mark.parametrize("belief", ["exact", "naive_bayes", "blurred", "matched"])
def test_order_of_readings_does_not_matter(seen: ImageDataset, few_pairs: MatchedTemplates, belief: str) -> None:
    if belief in ("blurred", "matched"):
        templates = few_pairs if belief == "matched" else belief
        made: Any = MixtureBelief(templates=templates, negligible=0.0, negligible_in_tables=0.0)
    else:
        made = belief
    measurer = Measurer(made).fit(seen)
    readings = [((2, 4), 1), ((5, 3), 15), ((1, 2), 0), ((6, 5), 9)]
    found = []
    for order in list(permutations(readings))[::5]:
        session = measurer.start()
        for position, value in order:
            session.observe(position, value)
        found.append((session.posterior, session.expected_gain()))
    for posterior, gain in found[1:]:
        np.testing.assert_allclose(posterior, found[0][0], atol=1e-5)
        np.testing.assert_allclose(gain, found[0][1], atol=1e-4)


@pytest.mark.parametrize("policy", ["information_gain", "random", "fixed", "lowest_entropy", "cost_aware"])
@pytest.mark.parametrize("pixels_per_step", [1, 3])
def test_asking_twice_gives_the_same(seen: ImageDataset, policy: str, pixels_per_step: int) -> None:
    session = Measurer("exact", policy, pixels_per_step=pixels_per_step).fit(seen).start()
    for _ in range(3):
        asked = session.next()
        assert session.next() == asked
        positions = asked if pixels_per_step > 1 else [asked]
        assert len(positions) == pixels_per_step
        for position in positions:
            session.observe(position, 3)


def test_readings_posterior_and_costs_are_kept(seen: ImageDataset) -> None:
    costs = np.arange(1.0, 65).reshape(8, 8)
    session = Measurer("exact", costs=costs).fit(seen).start()
    session.observe((2, 5), 4)
    session.observe((1, 0), np.uint8(0))
    session.observe(np.array([3, 3]), np.float32(7.5))
    assert session.readings == [((2, 5), 4.0), ((1, 0), 0.0), ((3, 3), 7.5)]
    assert session.n_measured == 3
    assert session.cost == 22 + 9 + 28
    assert session.posterior.sum() == pytest.approx(1)
    assert session.confidence == session.posterior.max()
    assert session.label == str(session.posterior.argmax())


@pytest.mark.parametrize("value", [None, float("nan"), np.nan, np.float32("nan")], ids=["None", "nan", "np", "np32"])
def test_lost_pixel_teaches_nothing_and_is_not_asked_for_again(measurer: Measurer, value: Any) -> None:
    session = measurer.start()
    first, before = session.next(), session.posterior
    session.observe(first, value)
    np.testing.assert_array_equal(session.posterior, before)
    assert session.n_measured == 0
    assert session.cost == 0
    assert session.next() != first
    assert np.isnan(session.expected_gain()[first])
    session.observe(first, 3)  # it could be read after all
    assert session.n_measured == 1


def unchanged(session: Session, position: Any, value: Any, message: str) -> None:
    before = session.to_dict(), session.posterior, session.next()
    with pytest.raises(InputError, match=message):
        session.observe(position, value)
    assert session.to_dict() == before[0]
    np.testing.assert_array_equal(session.posterior, before[1])
    assert session.next() == before[2]


@pytest.mark.parametrize(
    "position", [(8, 0), (0, 8), (-1, 0), (0,), (0, 0, 0), (), 5, None, "ab", (0.5, 1), (1.0, 2.0), ("1", "2")], ids=str
)
def test_position_must_be_in_the_image(measurer: Measurer, position: Any) -> None:
    unchanged(measurer.start(), position, 3, "position: wanted")


@pytest.mark.parametrize(
    "value", [-1, 16.5, 1e9, float("inf"), -float("inf"), 10**400, "bright", [3], (), {}, 3j, np.zeros(2)], ids=str
)
def test_value_must_be_in_the_range(measurer: Measurer, value: Any) -> None:
    unchanged(measurer.start(), (1, 1), value, "value: wanted")


def test_pixel_is_read_once(measurer: Measurer) -> None:
    session = measurer.start()
    session.observe((2, 3), 4)
    unchanged(session, (2, 3), 4, r"position: wanted a pixel that was not read yet, got \(2, 3\), which was 4")


@pytest.mark.parametrize("value", [7, 7.0, np.uint8(7), np.int64(7), np.float32(7), np.array(7), True + 6], ids=repr)
def test_every_kind_of_number_is_a_value(measurer: Measurer, value: Any) -> None:
    session, other = measurer.start(), measurer.start()
    session.observe((4, 4), value)
    other.observe((np.int64(4), np.uint8(4)), 7)
    np.testing.assert_array_equal(session.posterior, other.posterior)
    assert session.to_dict() == other.to_dict()


@pytest.mark.parametrize("policy", ["information_gain", "lookahead", "random"])
def test_session_goes_on_from_json(seen: ImageDataset, hidden: ImageDataset, policy: str) -> None:
    measurer = Measurer("naive_bayes", policy, stop=PixelBudget(9)).fit(seen)
    session, image = measurer.start(), hidden.images[0]
    for i in range(5):
        position = session.next()
        session.observe(position, None if i == 2 else image[position])
    again = measurer.resume(json.loads(json.dumps(session.to_dict(), allow_nan=False)))
    assert again.readings == session.readings
    assert again.to_dict() == session.to_dict()
    np.testing.assert_array_equal(again.posterior, session.posterior)
    for one in (session, again):
        measurer.run(lambda position: image[position], session=one)
    assert again.readings == session.readings
    assert session.n_measured == 9


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"readings": []},
        {"readings": 3, "unavailable": []},
        {"readings": [[0, 1, "x"]], "unavailable": []},
        {"readings": [[]], "unavailable": []},
        {"readings": [[9, 9, 1.0]], "unavailable": []},
        {"readings": [[1, 1, 1.0], [1, 1, 1.0]], "unavailable": []},
        {"readings": [], "unavailable": [[9, 9]]},
    ],
    ids=str,
)
def test_document_must_be_of_a_session(measurer: Measurer, document: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=r"(document|position): wanted"):
        measurer.resume(document)


@pytest.mark.parametrize("policy", ["information_gain", RandomChoice(seed=4)], ids=["gain", "random"])
@pytest.mark.parametrize("fails_at", [0, 1, 4])
def test_failed_reading_loses_nothing(seen: ImageDataset, hidden: ImageDataset, policy: Any, fails_at: int) -> None:
    measurer, image = Measurer("exact", policy, stop=PixelBudget(7)).fit(seen), hidden.images[3]
    asked = 0

    def read(position: tuple[int, ...]) -> Any:
        nonlocal asked
        asked += 1
        if asked == fails_at + 1:
            raise OSError("the lamp went out")
        return image[position]

    with pytest.raises(MeasurementInterrupted, match="the lamp went out") as caught:
        measurer.run(read)
    assert isinstance(caught.value.__cause__, OSError)
    session = caught.value.session
    assert session.n_measured == fails_at
    unbroken = measurer.run(lambda position: image[position])
    assert measurer.run(read, session=session) is session
    assert session.readings == unbroken.readings
    np.testing.assert_array_equal(session.posterior, unbroken.posterior)


@pytest.mark.parametrize("value", [17.5, -1, "bright", float("inf")], ids=str)
def test_refused_value_loses_nothing(seen: ImageDataset, hidden: ImageDataset, value: Any) -> None:
    measurer, image = Measurer("exact", stop=PixelBudget(6)).fit(seen), hidden.images[3]
    values = iter([image[measurer.start().next()], value])
    with pytest.raises(MeasurementInterrupted, match="value: wanted a grey value") as caught:
        measurer.run(lambda position: next(values))
    assert isinstance(caught.value.__cause__, InputError)
    assert caught.value.session.n_measured == 1
    session = measurer.run(lambda position: image[position], session=caught.value.session)
    assert session.readings == measurer.run(lambda position: image[position]).readings


@pytest.mark.parametrize("fails_at", [0, 3])
def test_interrupted_by_the_keyboard_nothing_is_lost(seen: ImageDataset, hidden: ImageDataset, fails_at: int) -> None:
    measurer, image = Measurer("exact", stop=PixelBudget(6)).fit(seen), hidden.images[3]
    asked = 0

    def read(position: tuple[int, ...]) -> Any:
        nonlocal asked
        asked += 1
        if asked == fails_at + 1:
            raise KeyboardInterrupt
        return image[position]

    with pytest.raises(KeyboardInterrupt) as caught:
        measurer.run(read)
    assert type(caught.value) is KeyboardInterrupt
    assert any("session=error.session" in note for note in caught.value.__notes__)
    session: Session = caught.value.session  # type: ignore[attr-defined]
    assert session.n_measured == fails_at
    assert measurer.run(read, session=session).readings == measurer.run(lambda position: image[position]).readings


@pytest.mark.parametrize("pixels_per_step", [2, 3, 4, 7])
def test_last_step_takes_what_the_budget_leaves(seen: ImageDataset, hidden: ImageDataset, pixels_per_step: int) -> None:
    image = hidden.images[0]
    found = {
        budget: Measurer("naive_bayes", stop=Confidence(1.0) | PixelBudget(budget), pixels_per_step=pixels_per_step)
        .fit(seen)
        .run(lambda position: image[position])
        for budget in (5, 14)
    }
    assert found[5].n_measured == 5
    assert found[14].n_measured == 14
    assert found[5].readings == found[14].readings[:5]
    assert len(found[5].next()) == pixels_per_step  # whoever goes beyond the budget gets advice as before


@pytest.mark.parametrize("belief", ["naive_bayes", "mixture"])
def test_added_noise_may_carry_a_reading_beyond_the_range(seen: ImageDataset, belief: str) -> None:
    noise = AdditiveNoise(deviation=3.0)
    made: Any = (
        NaiveBayesBelief(levels=4, noise=noise)
        if belief == "naive_bayes"
        else MixtureBelief(templates="blurred", levels=4, noise=noise)
    )
    measurer = Measurer(made).fit(seen)
    low, high, beyond, above = (measurer.start() for _ in range(4))
    for session, value in ((low, 0), (beyond, -2.5), (high, 16), (above, 1e6)):
        session.observe((3, 3), value)
    np.testing.assert_array_equal(beyond.posterior, low.posterior)
    np.testing.assert_array_equal(above.posterior, high.posterior)
    assert beyond.readings == [((3, 3), -2.5)]  # what was read, not what it counts as
    again = measurer.resume(json.loads(json.dumps(beyond.to_dict())))
    np.testing.assert_array_equal(again.posterior, beyond.posterior)
    unchanged(measurer.start(), (1, 1), float("inf"), "value: wanted")
    strict = Measurer(NaiveBayesBelief(levels=4, noise=FlipNoise(probability=0.1))).fit(seen)
    unchanged(strict.start(), (1, 1), -2.5, "value: wanted")


def test_run_stops_as_the_rule_says(measurer: Measurer, hidden: ImageDataset) -> None:
    for image in hidden.images[:15]:
        session = measurer.run(lambda position, image=image: image[position])
        assert session.done
        assert session.confidence >= 0.99 or session.n_measured == 12
        shorter = measurer.start()
        for position, value in session.readings[:-1]:
            assert not shorter.done
            shorter.observe(position, value)


def test_done_where_nothing_is_left_to_measure_or_to_learn(seen: ImageDataset) -> None:
    corner = [(row, column) for row in range(8) for column in range(8) if (row, column) not in ((0, 0), (0, 1))]
    session = Measurer("naive_bayes", stop=Confidence(1.0), unavailable=corner).fit(seen).start()
    session.observe((0, 0), None)
    assert not session.done
    session.observe((0, 1), 0)
    assert session.done
    with pytest.raises(InputError, match="session: wanted a pixel that can still be measured"):
        session.next()
    assert np.isnan(session.expected_gain()).all()
    sure = Measurer("exact", stop=PixelBudget(50)).fit(seen).start()
    while not sure.done:
        sure.observe(sure.next(), 16)
    assert np.count_nonzero(sure.posterior) == 1
    assert sure.n_measured < 50


def test_run_where_every_pixel_is_lost_ends(measurer: Measurer) -> None:
    session = measurer.run(lambda position: None)
    assert session.done
    assert session.n_measured == 0
    assert len(session.to_dict()["unavailable"]) == 64


@pytest.mark.parametrize(
    ("unit", "nats"), [("bit", np.log(2)), ("nat", 1.0), ("ban", np.log(10))], ids=["bit", "nat", "ban"]
)
def test_expected_gain_is_in_the_unit_asked_for(measurer: Measurer, unit: str, nats: float) -> None:
    session = measurer.start()
    session.observe((3, 3), 5)
    session.observe((2, 2), None)
    state = measurer.belief.condition(measurer.belief.start(), 27, measurer.level_of(5.0))
    expected = (information_gain(measurer.belief.joint([state]))[0] / nats).reshape(8, 8)
    expected[3, 3] = expected[2, 2] = np.nan
    np.testing.assert_allclose(session.expected_gain(unit), expected)
    assert session.next() == tuple(int(i) for i in np.unravel_index(np.nanargmax(expected), (8, 8)))


@pytest.mark.parametrize("unit", ["bits", "dimensionless"])
def test_unit_must_be_one(measurer: Measurer, unit: str) -> None:
    with pytest.raises(InputError, match="unit: wanted one of nat, bit, ban"):
        measurer.start().expected_gain(unit)


@pytest.mark.parametrize(
    "labels",
    [[3, 7, 3, 7], ["no", "yes", "no", "yes"], np.array(["no", "yes", "no", "yes"], dtype=object), [-1, 1, -1, 1],
     np.array([[3], [7], [3], [7]]), np.array([False, True, False, True]), [b"a", b"b", b"a", b"b"]],
    ids=["numbers", "strings", "objects", "signs", "column", "truths", "bytes"],
)  # fmt: skip
def test_label_comes_back_as_it_was_given(labels: Any) -> None:
    images = np.array([0, 1, 0, 1], dtype=np.uint8)[:, None, None] * np.full((4, 2, 2), 9, dtype=np.uint8)
    measurer = Measurer("exact").fit(images, labels)
    for value, expected in ((0, np.asarray(labels).ravel()[0]), (9, np.asarray(labels).ravel()[1])):
        session = measurer.run(lambda position, value=value: value)
        assert session.label == expected
        assert type(session.label) is type(np.asarray(expected).item())


def test_colour_pixels_have_three_numbers(make_dataset: Make) -> None:
    rng = np.random.default_rng(0)
    images = rng.integers(256, size=(40, 4, 5, 3), dtype=np.uint8)
    labels = (images[:, 2, 3, 1] >= 128).astype(np.int64)
    session = Measurer("exact").fit(make_dataset(images, labels)).start()
    assert session.next() == (2, 3, 1)
    session.observe((2, 3, 1), 200)
    assert session.label == "1"
    assert session.expected_gain().shape == (4, 5, 3)
    assert session.to_dict()["readings"] == [[2, 3, 1, 200.0]]
    with pytest.raises(InputError, match="position: wanted"):
        session.observe((2, 3), 5)


def test_document_names_only_what_was_lost_on_the_way(seen: ImageDataset) -> None:
    session = Measurer("exact", unavailable=[(0, 0), (7, 7)]).fit(seen).start()
    assert session.to_dict() == {"readings": [], "unavailable": []}
    session.observe((3, 4), None)
    session.observe((2, 2), 5)
    assert session.to_dict() == {"readings": [[2, 2, 5.0]], "unavailable": [[3, 4]]}


def test_policies_see_outcomes_where_readings_are_finer(seen: ImageDataset, few_pairs: MatchedTemplates) -> None:
    measurer = Measurer(MixtureBelief(templates=few_pairs), RandomChoice()).fit(seen)
    one, same, other = (measurer.start() for _ in range(3))
    assert measurer.belief.outcomes[[measurer.level_of(value) for value in (6.0, 9.0, 16.0)]].tolist() == [1, 1, 2]
    for session, value in ((one, 6), (same, 9), (other, 16)):
        session.observe((3, 3), value)
    assert one.next() == same.next() != other.next()
    assert not np.array_equal(one.posterior, same.posterior)
