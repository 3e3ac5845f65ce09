"""The question on inverted MNIST: what is in the images, what softmax regression makes of them, and the first layer."""

from dataclasses import replace

import numpy as np
import pytest

from sightbits.datasets.loading import load_dataset
from sightbits.encodings.named import encoding_named
from sightbits.ledger.drawings import Bars, Curves, Grids
from sightbits.ledger.evidence import Outcome
from sightbits.ledger.finding import Verdict
from sightbits.ledger.sources.inverted_grey_values import INVERTED_GREY_VALUES, claims, first_layer, training

IMAGES, SOFTMAX, REWRITTEN, NETWORKS = INVERTED_GREY_VALUES.experiments


@pytest.fixture(scope="module")
def few():
    return load_dataset("mnist").take(slice(None, None, 35))


@pytest.fixture(scope="module")
def some(few):
    """Every second row and column, to learn from sooner."""
    return replace(few, images=np.ascontiguousarray(few.images[:, ::2, ::2]))


@pytest.fixture(scope="module")
def upside_down(few):
    return replace(few, images=255 - few.images)


@pytest.fixture(scope="module")
def described(few, small_bench):
    return IMAGES.outcome(small_bench(datasets={"mnist": few}))


@pytest.fixture(scope="module")
def short():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "_TRIALS", 8)
        yield


@pytest.fixture(scope="module")
def learned(some, small_bench, short):
    return SOFTMAX.outcome(small_bench(datasets={"mnist": some}))


def test_claims_have_names_of_their_own_and_places():
    names = [claim.name for claim in INVERTED_GREY_VALUES.claims]
    assert len(set(names)) == len(names) >= 8
    assert all(claim.place and claim.text and claim.unit for claim in INVERTED_GREY_VALUES.claims)


def test_images_are_as_the_source_describes_them(described, verdicts):
    assert set(verdicts(IMAGES, described).values()) == {Verdict.REPRODUCED}
    assert described.evidence[claims.MEAN.name].values[0] == pytest.approx(0.131, abs=0.005)


def test_of_inverted_images_the_same_is_not_true(upside_down, small_bench, verdicts):
    found = verdicts(IMAGES, IMAGES.outcome(small_bench(datasets={"mnist": upside_down})))
    wrong = {name for name, verdict in found.items() if verdict == Verdict.NOT_REPRODUCED}
    assert wrong == {claims.MOSTLY_ZERO.name, claims.MEAN.name, claims.MEAN_INVERTED.name}


def test_causes_are_told_apart(learned, verdicts):
    found = verdicts(SOFTMAX, learned)
    assert {name: found[name] for name in (
        claims.WORSE.name, claims.CENTRING.name, claims.ZERO_STAYS.name, claims.BORDER_STAYS.name,
        claims.BORDER_MOVES.name, claims.CENTRE_DARK.name, claims.BORDER_EXPLAINS.name, claims.LEARNED.name,
    )} == {
        claims.WORSE.name: Verdict.REPRODUCED,
        claims.CENTRING.name: Verdict.REPRODUCED,
        claims.ZERO_STAYS.name: Verdict.REPRODUCED,
        claims.BORDER_STAYS.name: Verdict.NOT_REPRODUCED,
        claims.BORDER_MOVES.name: Verdict.REPRODUCED,
        claims.CENTRE_DARK.name: Verdict.NOT_REPRODUCED,
        claims.BORDER_EXPLAINS.name: Verdict.NOT_REPRODUCED,
        claims.LEARNED.name: Verdict.NOT_REPRODUCED,
    }  # fmt: skip


def test_zero_inputs_keep_their_weights_exactly(learned):
    zero = learned.evidence[claims.ZERO_STAYS.name]
    assert zero.values == (0.0,)
    assert zero.control[0] > 0.01


def test_pictures_of_the_source_are_redrawn(learned):
    assert [type(drawing) for drawing in learned.drawings] == [Bars, Curves, Grids]
    maps = learned.drawings[2].panels
    assert maps["as they are"][0][0] == 0.0 < maps["inverted"][0][0]
    assert Outcome.from_record(learned.to_record()).to_record() == learned.to_record()


def test_the_smallest_region_of_the_middle_is_found():
    moved = np.ones((28, 28))
    moved[10:13, 12:15] = 0.25
    moved[:3, :3] = 0  # not in the middle
    assert training.lowest_region(moved.ravel(), (28, 28)) == 0.25


def test_first_layers_can_be_rewritten_but_not_with_a_margin(some, small_bench, verdicts):
    outcome = REWRITTEN.outcome(small_bench(datasets={"mnist": some}))
    assert verdicts(REWRITTEN, outcome) == {
        claims.FOLD.name: Verdict.REPRODUCED,
        claims.FOLD_PADDED.name: Verdict.NOT_REPRODUCED,
    }


def test_without_a_margin_a_convolution_can_be_rewritten():
    inverted = encoding_named("inverted", (0.0, 1.0)).fit(np.zeros((1, 8, 8)))
    filters, bias = np.ones((2, 1, 3, 3)), np.zeros(2)
    assert first_layer.margin_error(filters, bias, inverted, 0) == 0.0
    assert first_layer.margin_error(filters, bias, inverted, 1) == 5.0  # of nine weights a corner sees four


def test_batch_normalisation_takes_a_shift_out_whatever_training_does(some, small_bench, verdicts, monkeypatch):
    gaps = {"mlp": (90.0, 50.0), "mlp+batch_norm": (94.0, 93.0), "lenet": (87.0, 79.0)}

    def invented(bench, name):
        own, inverted = gaps[name]
        return {"updates": 500, "pixels": 784, "identity": [own, own + 0.1], "inverted": [inverted, inverted]}

    monkeypatch.setattr(first_layer, "_gaps", invented)
    judged = verdicts(NETWORKS, NETWORKS.outcome(small_bench(datasets={"mnist": some})))
    assert judged == {
        claims.NORM.name: Verdict.REPRODUCED,
        claims.NORM_TRAINED.name: Verdict.NOT_REPRODUCED,
        claims.CONVOLUTIONS.name: Verdict.REPRODUCED,
    }
    gaps |= {"mlp+batch_norm": (94.0, 94.0), "lenet": (79.0, 87.0)}
    judged = verdicts(NETWORKS, NETWORKS.outcome(small_bench(datasets={"mnist": some})))
    assert judged[claims.NORM_TRAINED.name] == Verdict.REPRODUCED
    assert judged[claims.CONVOLUTIONS.name] == Verdict.NOT_REPRODUCED


def test_networks_are_trained_on_both_codes(some, small_bench):
    gaps = first_layer._gaps(small_bench(n_seeds=1, datasets={"mnist": some}), "mlp")
    assert gaps["updates"] == 500
    assert np.mean(gaps["identity"]) > np.mean(gaps["inverted"]) + 5
