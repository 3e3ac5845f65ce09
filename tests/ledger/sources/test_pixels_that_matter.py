"""The article on the digits: its figures on its own split, and what becomes of its statements over others."""

import json
from dataclasses import replace
from functools import cache, partial

import numpy as np
import pytest

from sightbits.core.journal import Journal
from sightbits.datasets.loading import load_dataset
from sightbits.ledger.evidence import Outcome
from sightbits.ledger.finding import Verdict
from sightbits.ledger.sources.pixels_that_matter import PIXELS_THAT_MATTER
from sightbits.ledger.sources.pixels_that_matter.best_pixel import BEST_PIXEL
from sightbits.ledger.sources.pixels_that_matter.how_few import HOW_FEW
from sightbits.ledger.sources.pixels_that_matter.maps import MAPS
from sightbits.ledger.sources.pixels_that_matter.resolution import RESOLUTION, averaged, best_place, dead_pixels
from sightbits.ledger.sources.pixels_that_matter.split import Split, perimeter, places
from sightbits.selection.choosing import Ranking

PRINTED = {1: 22.9, 2: 40.2, 5: 61.1, 10: 82.4, 15: 89.6, 20: 92.9, 30: 94.9, 64: 97.8}


@pytest.fixture(scope="module", autouse=True)
def ranked_once():
    """The estimator of the source takes long: a split of the digits is ranked once, whoever asks for it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Split, "of", staticmethod(cache(partial(Split.of.__func__, Split))))
        yield


@pytest.fixture
def ranked_by_counts(monkeypatch):
    """Where no figure of the source's estimator is looked at, counts do."""
    rank = Split.rank
    monkeypatch.setattr(Split, "rank", lambda self, ranker, state=0: rank(self, "mutual_information", state))
    monkeypatch.setattr(Split, "chance_information", lambda self: self.variance)


@pytest.fixture(scope="module")
def digits():
    return load_dataset("digits")


@pytest.fixture(scope="module")
def split(digits):
    return Split.of(digits)


@pytest.fixture(scope="module")
def maps(digits, small_bench):
    return MAPS.outcome(small_bench(n_seeds=1, datasets={"digits": digits}))


@pytest.fixture(scope="module")
def best(digits, small_bench):
    return BEST_PIXEL.outcome(small_bench(n_seeds=1, datasets={"digits": digits}))


def test_claims_have_names_of_their_own_and_places():
    names = [claim.name for claim in PIXELS_THAT_MATTER.claims]
    assert len(set(names)) == len(names) >= 30
    assert all(claim.place and claim.text and claim.unit for claim in PIXELS_THAT_MATTER.claims)


def test_accuracies_are_those_of_the_source(split):
    order = split.ranking.order
    assert {k: round(split.accuracy(order[:k]), 1) for k in PRINTED} == PRINTED


def test_counts_of_dead_pixels_are_those_of_the_source(maps, verdicts):
    figures = {name: one.values[0] for name, one in maps.evidence.items()}
    assert {name: figures[name] for name in ("dead", "dead-left", "dead-right", "constant", "under-one")} == {
        "dead": 12, "dead-left": 8, "dead-right": 4, "constant": 3, "under-one": 17,
    }  # fmt: skip
    found = verdicts(MAPS, maps)
    untrue = {name for name, verdict in found.items() if verdict is not Verdict.REPRODUCED}
    assert untrue == {"dead-are-silent", "variance-lines-up", "middle-third"}


def test_pictures_cross_dead_pixels_out_and_ring_the_best(maps):
    information, variance, dead = maps.drawings
    name = "mutual information"
    assert len(information.crossed[name]) == 12
    assert len(information.ringed[name]) == 20
    assert information.ringed[name][0] == (4, 2)
    assert information.panels[name][4][2] == pytest.approx(0.4306 / np.log(2), abs=1e-4)
    grid = np.array(variance.panels["variance"])
    assert (grid < 0.5).sum() == np.sum(dead.panels["dead pixels"]) == 12
    assert json.dumps(Outcome.from_record(maps.to_record()).to_record()) == json.dumps(maps.to_record())


def test_a_pixel_that_stands_still_is_counted(digits, small_bench, verdicts, ranked_by_counts):
    images = digits.images.copy()
    images[:, 4, 4] = 7
    found = verdicts(MAPS, MAPS.outcome(small_bench(n_seeds=1, datasets={"digits": replace(digits, images=images)})))
    assert found["dead"] is found["constant"] is found["under-one"] is Verdict.NOT_REPRODUCED
    assert found["dead-left"] is found["dead-right"] is Verdict.REPRODUCED


def test_a_map_that_lines_up_as_well_without_labels_is_an_artefact(
    digits, small_bench, verdicts, ranked_by_counts, monkeypatch
):
    of_variance = Ranking(
        order=np.arange(64), scores=Split.of(digits).variance, n_informative=61, n_before_chance=None
    )  # fmt: skip
    monkeypatch.setattr(Split, "rank", lambda self, ranker, state=0: of_variance)
    fresh = replace(digits)
    found = verdicts(MAPS, MAPS.outcome(small_bench(n_seeds=1, datasets={"digits": fresh})))
    assert found["variance-lines-up"] is Verdict.ARTEFACT
    assert found["corners"] is found["edges-untouched"] is Verdict.NOT_REPRODUCED


def test_the_best_pixel_of_the_source_is_that_of_its_random_state(best, verdicts):
    assert best.evidence["best-information"].values[0] == pytest.approx(0.4306, abs=5e-5)
    assert "row 2 column 5 first (0.4760 nat)" in best.evidence["best-pixel-in-every-state"].note
    assert "11.3, 7.2, 1.2, 1.2, 14.4, 7.7, 14.6, 8.6, 6.9, 3.0" in best.evidence["class-means"].note
    found = verdicts(BEST_PIXEL, best)
    for name in ("best-information", "least-information", "best-pixel", "class-means", "half-of-the-digits"):
        assert found[name] is Verdict.REPRODUCED, name
    for name in ("best-pixel-in-every-state", "left-edge", "rules-out-half"):
        assert found[name] is Verdict.NOT_REPRODUCED, name


def test_another_pixel_is_not_that_of_the_source(digits, small_bench, verdicts, ranked_by_counts, monkeypatch):
    monkeypatch.setattr("sightbits.ledger.sources.pixels_that_matter.best_pixel._PIXEL", 60)
    found = verdicts(BEST_PIXEL, BEST_PIXEL.outcome(small_bench(n_seeds=1, datasets={"digits": replace(digits)})))
    for name in ("best-information", "best-pixel", "class-means", "six-detector", "clean-split"):
        assert found[name] is Verdict.NOT_REPRODUCED, name


def accuracies(**changed):
    """Accuracies as they are about, some of them changed."""
    return {
        "first": 23.0, "twenty": 92.5, "all": 97.0, "one at random": 18.0, "twenty at random": 85.0,
        "twenty by counts": 92.0, "twenty by jmi": 94.0, "twenty by variance": 93.0, "live": 97.0,
        "as many left out": 96.0, "inner": 96.0, "inner columns": 97.0, "as many inner": 94.0, "n live": 52.0,
        **changed,
    }  # fmt: skip


@pytest.fixture
def how_few(small_bench):
    """Judges accuracies of two splits; those of the source's own are as it printed them."""

    def run(found, off_by=0.0):
        curve = [printed + off_by for printed in PRINTED.values()]
        journal = Journal(None, {})
        journal.record("curves of the split of the source", dict.fromkeys(("as the source", "variance"), curve))
        for seed in (42, 43):
            journal.record(f"accuracies of split {seed}", found)
        return HOW_FEW.outcome(small_bench(journal=journal))

    return run


def test_fewer_pixels_are_judged_beside_their_controls(how_few, verdicts):
    found = verdicts(HOW_FEW, how_few(accuracies()))
    assert {name for name, verdict in found.items() if verdict is Verdict.ARTEFACT} == {
        "twenty-by-information", "steep-then-flat",
    }  # fmt: skip
    assert {name for name, verdict in found.items() if verdict is Verdict.NOT_REPRODUCED} == {"perimeter-is-free"}


@pytest.mark.parametrize(
    ("changed", "claim", "verdict"),
    [
        ({"twenty by variance": 80.0}, "twenty-by-information", Verdict.REPRODUCED),
        ({"twenty at random": 93.0}, "twenty-are-enough", Verdict.ARTEFACT),
        ({"twenty": 80.0}, "twenty-are-enough", Verdict.NOT_REPRODUCED),
        ({"one at random": 23.0}, "one-in-four", Verdict.ARTEFACT),
        ({"first": 20.0}, "one-in-four", Verdict.NOT_REPRODUCED),
        ({"one at random": 80.0, "twenty at random": 81.0}, "steep-then-flat", Verdict.REPRODUCED),
        ({"live": 95.0}, "dead-never-missed", Verdict.NOT_REPRODUCED),
        ({"as many left out": 97.0}, "dead-never-missed", Verdict.ARTEFACT),
        ({"inner": 97.0}, "perimeter-is-free", Verdict.REPRODUCED),
    ],
)
def test_other_accuracies_give_other_verdicts(changed, claim, verdict, how_few, verdicts):
    assert verdicts(HOW_FEW, how_few(accuracies(**changed)))[claim] is verdict


def test_a_figure_that_is_off_by_one_image_is_not_reproduced(how_few, verdicts):
    found = verdicts(HOW_FEW, how_few(accuracies(), off_by=100 / 450))
    assert {name for name, verdict in found.items() if name.startswith("accuracy-")} == {
        name for name, verdict in found.items() if name.startswith("accuracy-") and verdict is Verdict.NOT_REPRODUCED
    }
    assert found["last-points"] is Verdict.REPRODUCED  # a difference of two of them


def test_accuracies_of_a_split_are_measured(digits, monkeypatch):
    from sightbits.ledger.sources.pixels_that_matter import how_few  # noqa: PLC0415

    asked = []
    monkeypatch.setattr(Split, "accuracy", lambda self, pixels: asked.append(len(pixels)) or 50.0)
    found = how_few._accuracies(digits, 42)
    assert found.keys() == accuracies().keys()
    assert sorted(asked) == [1, 1, 20, 20, 20, 20, 20, 36, 36, 48, 52, 52, 64]


def coloured(make_dataset, side, bright):
    """Images of noise in some pixels; one of them follows the label."""
    rng = np.random.default_rng(0)
    images = np.zeros((600, side, side), dtype=np.uint8)
    images[:, bright] = rng.integers(0, 256, size=(600, int(bright.sum())))
    labels = rng.integers(10, size=600)
    row, column = np.argwhere(bright)[len(np.argwhere(bright)) // 2]
    images[:, row, column] = 25 * labels
    return make_dataset(images, labels, in_test=np.arange(600) >= 500)


@pytest.mark.parametrize(
    ("n_dead_rows", "verdict"), [(2, Verdict.REPRODUCED), (20, Verdict.NOT_REPRODUCED)], ids=["few", "many"]
)
def test_share_of_dead_pixels_at_another_resolution(n_dead_rows, verdict, digits, make_dataset, small_bench, verdicts):
    bright = np.ones((28, 28), dtype=bool)
    bright[:n_dead_rows] = False
    outcome = RESOLUTION.outcome(small_bench(datasets={"digits": digits, "mnist": coloured(make_dataset, 28, bright)}))
    own = 100 * 12 / 64
    assert outcome.evidence["fewer-dead-at-28"].values[0] == pytest.approx(100 * n_dead_rows / 28 - own)
    found = verdicts(RESOLUTION, outcome)
    assert found["fewer-dead-at-28"] in {verdict, Verdict.ARTEFACT if verdict is Verdict.REPRODUCED else verdict}
    assert [drawing.name for drawing in outcome.drawings] == ["information-mnist-28", "information-mnist-7"]


def test_images_are_averaged_over_blocks(make_dataset):
    images = np.arange(2 * 4 * 4, dtype=np.uint8).reshape(2, 4, 4)
    coarse = averaged(make_dataset(images), 2)
    assert coarse.images.tolist() == [[[2, 4], [10, 12]], [[18, 20], [26, 28]]]
    assert not dead_pixels(make_dataset(np.array([[[0, 0]], [[255, 0]]], dtype=np.uint8))).tolist()[0]


def test_places_on_the_grid():
    assert places([0, 34, 63]) == ((0, 0), (4, 2), (7, 7))
    assert len(perimeter()) == 28
    information = np.zeros(28 * 28)
    information[13 * 28 + 20] = 1.0
    assert best_place(information).tolist() == pytest.approx([13.5 * 8 / 28, 20.5 * 8 / 28])
