"""The article on measuring: what is counted of MNIST, and every reading of its rule."""

from dataclasses import replace

import numpy as np
import pytest

from sightbits.datasets.loading import load_dataset
from sightbits.ledger.drawings import Bars, Curves, Grids
from sightbits.ledger.evidence import Outcome
from sightbits.ledger.finding import Verdict
from sightbits.ledger.sources.entropic_measuring import ENTROPIC_MEASURING, claims, counting
from sightbits.ledger.sources.entropic_measuring.measuring import Measured
from sightbits.measurement.policies.by_information import InformationGain
from sightbits.measurement.stopping import Determined, PixelBudget

COUNTED, MEASURED = ENTROPIC_MEASURING.experiments


@pytest.fixture(scope="module")
def mnist():
    return load_dataset("mnist")


@pytest.fixture(scope="module")
def some(mnist):
    return mnist.take(slice(None, None, 10))


@pytest.fixture(scope="module")
def counted(mnist, small_bench):
    return COUNTED.outcome(small_bench(datasets={"mnist": mnist.take(slice(None, None, 5))}))


@pytest.fixture(scope="module")
def measured(mnist, small_bench):
    few = mnist.take(slice(None, None, 70))
    return MEASURED.outcome(small_bench(datasets={"mnist": few}))


def test_claims_have_names_of_their_own_and_places():
    names = [claim.name for claim in ENTROPIC_MEASURING.claims]
    assert len(set(names)) == len(names) >= 8
    assert all(claim.place and claim.text and claim.unit for claim in ENTROPIC_MEASURING.claims)


def test_what_is_counted_is_as_the_article_says_but_for_one_word(counted, verdicts):
    found = verdicts(COUNTED, counted)
    assert found.pop(claims.ALL_DIFFERENT.name) == Verdict.NOT_REPRODUCED
    assert set(found.values()) == {Verdict.REPRODUCED}
    assert counted.evidence[claims.MISSING_BRIGHT.name].values[0] > 67


def test_a_pixel_that_is_always_bright_leaves_a_hole_in_the_maps_of_dark_pixels(some, small_bench, verdicts):
    images = some.images.copy()
    images[:, 0, 0] = 255
    planted = COUNTED.outcome(small_bench(datasets={"mnist": replace(some, images=images)}))
    assert planted.evidence[claims.NO_MISSING_DARK.name].values == (1.0,)
    assert verdicts(COUNTED, planted)[claims.NO_MISSING_DARK.name] == Verdict.NOT_REPRODUCED


def test_classes_that_the_test_images_do_not_follow_are_no_probabilities(some, small_bench, verdicts):
    labels = some.labels.copy()
    labels[some.in_test] = (labels[some.in_test] + 1) % 10
    planted = COUNTED.outcome(small_bench(datasets={"mnist": replace(some, labels=labels)}))
    assert verdicts(COUNTED, planted)[claims.CLASS_PROBABILITY.name] == Verdict.NOT_REPRODUCED


def test_maps_have_cells_where_something_is_defined():
    assert counting.cells(np.array([0.12345, np.nan]), (1, 2)) == ((0.1234, None),)


def test_the_settled_figures_of_exact_counts(mnist, small_bench):
    own = Measured(small_bench(datasets={"mnist": mnist}))
    walked = own.walk("five pixels", InformationGain(), PixelBudget(5))
    found = [round(float(walked.after(k).mean()), 1) for k in (1, 2, 3, 5)]
    assert found == [20.7, 33.4, 44.0, 62.2]


def test_each_reading_of_the_rule_has_its_verdict(measured, verdicts):
    assert verdicts(MEASURED, measured) == {
        claims.RULE_TELLS.name: Verdict.REPRODUCED,
        claims.LOWEST_JOINT_TELLS.name: Verdict.NOT_REPRODUCED,
        claims.LOWEST_CONDITIONAL_TELLS.name: Verdict.REPRODUCED,
        claims.LOWEST_JOINT_SHAPES.name: Verdict.NOT_REPRODUCED,
        claims.LOWEST_CONDITIONAL_SHAPES.name: Verdict.REPRODUCED,
        claims.HIGHEST_JOINT_STALLS.name: Verdict.NOT_REPRODUCED,
        claims.HIGHEST_CONDITIONAL_STALLS.name: Verdict.REPRODUCED,
        claims.CONDITION_TELLS.name: Verdict.REPRODUCED,
        claims.ENDS.name: Verdict.ARTEFACT,
        claims.ENDS_RIGHT.name: Verdict.NOT_REPRODUCED,
        claims.OWN_TABLE.name: Verdict.ARTEFACT,
    }


def test_images_that_were_counted_are_named_rightly(some, small_bench):
    twice = np.tile(np.arange(500), 2)
    leaking = replace(some.take(twice), in_test=np.arange(1000) >= 500)
    own = Measured(small_bench(datasets={"mnist": leaking}))
    assert claims.ENDS_RIGHT.holds_for(own.walk("counted", InformationGain(), Determined()).final)
    own = Measured(small_bench(datasets={"mnist": replace(leaking, labels=np.roll(leaking.labels, 1))}))
    assert claims.ENDS_RIGHT.holds_for(own.walk("counted", InformationGain(), PixelBudget(1)).final) is False


def test_pictures_of_the_article_are_redrawn(counted, measured):
    kinds = [(type(drawing), drawing.name) for drawing in (*counted.drawings, *measured.drawings)]
    assert [name for kind, name in kinds if kind is Grids][:5] == ["rounded", "average", "bright", "dark", "entropy"]
    assert sum(kind is Bars for kind, _ in kinds) == 2
    assert (Curves, "rules") in kinds
    bright = next(drawing for drawing in counted.drawings if drawing.name == "bright")
    assert bright.panels["0"][0][0] is None


def test_outcomes_come_back_from_a_record(counted, measured):
    for outcome in (counted, measured):
        assert Outcome.from_record(outcome.to_record()).to_record() == outcome.to_record()
