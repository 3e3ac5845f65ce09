"""The tutorial: what its code prints, what the pair of series holds, and what it says of information as such."""

import json
import statistics

import numpy as np
import pytest

from sightbits.ledger.drawings import Curves, Grids
from sightbits.ledger.evidence import Outcome
from sightbits.ledger.finding import Verdict
from sightbits.ledger.sources.mi_and_entropy import MI_AND_ENTROPY, correlation, identities, series
from sightbits.ledger.sources.mi_and_entropy.correlation import CORRELATION
from sightbits.ledger.sources.mi_and_entropy.example import EXAMPLE_OF_THE_TEXT
from sightbits.ledger.sources.mi_and_entropy.identities import IDENTITIES

EXACT = 1.5354
EXAMPLE = "sightbits.ledger.sources.mi_and_entropy.example"


@pytest.fixture(scope="module", autouse=True)
def few_estimators():
    """Beside the one of the source only the quick ones, and shuffles of two draws."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(f"{EXAMPLE}._CORRECTED", ("miller_madow", "ksg", "copula"))
        patch.setattr(f"{EXAMPLE}._MOST_COSTLY", 2)
        yield


@pytest.fixture(scope="module")
def example(small_bench):
    return EXAMPLE_OF_THE_TEXT.outcome(small_bench(n_seeds=8))


@pytest.fixture(scope="module")
def as_such(small_bench):
    return IDENTITIES.outcome(small_bench(n_seeds=4))


def test_claims_have_names_of_their_own_and_places():
    names = [claim.name for claim in MI_AND_ENTROPY.claims]
    assert len(set(names)) == len(names) >= 15
    assert all(claim.place and claim.text and claim.unit for claim in MI_AND_ENTROPY.claims)


def test_the_code_prints_what_the_source_prints_but_the_pair_holds_less(example, verdicts):
    printed, held = (example.evidence[name].values for name in ("example", "example-information"))
    assert statistics.fmean(printed) == pytest.approx(1.76, abs=0.06)
    assert statistics.fmean(held) == pytest.approx(EXACT, abs=0.06)
    assert f"{EXACT}" in example.evidence["example"].note
    assert verdicts(EXAMPLE_OF_THE_TEXT, example) == {
        "example": Verdict.REPRODUCED,
        "example-information": Verdict.NOT_REPRODUCED,
        "example-dependent": Verdict.REPRODUCED,
        "example-correlated": Verdict.REPRODUCED,
        "example-diagonal": Verdict.REPRODUCED,
    }


def test_a_pair_with_that_much_information_would_bear_the_figure_out(small_bench, verdicts, monkeypatch):
    monkeypatch.setattr(f"{EXAMPLE}.NOISY", series.uniform_plus_noise(0.077))
    found = verdicts(EXAMPLE_OF_THE_TEXT, EXAMPLE_OF_THE_TEXT.outcome(small_bench()))
    assert (found["example"], found["example-information"]) == (Verdict.NOT_REPRODUCED, Verdict.REPRODUCED)


def test_series_that_have_nothing_to_do_with_each_other_are_neither_dependent_nor_correlated(
    small_bench, verdicts, monkeypatch
):
    monkeypatch.setattr(
        "sightbits.ledger.sources.mi_and_entropy.example.draw", lambda pair, seed: series.unrelated(seed)
    )
    found = verdicts(EXAMPLE_OF_THE_TEXT, EXAMPLE_OF_THE_TEXT.outcome(small_bench()))
    assert set(found.values()) == {Verdict.NOT_REPRODUCED}


def test_the_code_of_the_source_counts_as_ours_does():
    x, y = series.draw(series.NOISY, 3)
    assert series.information_of_source(x, y) == pytest.approx(series.estimated(x, y, "plug_in"), abs=1e-9)


def test_pictures_show_the_series_their_points_and_their_histogram(example):
    by_name = {drawing.name: drawing for drawing in example.drawings}
    assert isinstance(by_name["series"], Curves)
    assert by_name["scatter"].points
    assert isinstance(by_name["histogram"], Grids)
    counts = np.array(by_name["histogram"].panels["instants"])
    assert (counts.shape, counts.sum()) == ((30, 30), 1000)
    assert counts[:10, :10].sum() < 10 < counts[20:, :10].sum()  # low values of both lie below, at the left
    assert json.dumps(Outcome.from_record(example.to_record()).to_record()) == json.dumps(example.to_record())


def test_identities_hold_and_what_is_said_of_estimates_does_not(as_such, verdicts):
    found = verdicts(IDENTITIES, as_such)
    untrue = {name for name, verdict in found.items() if verdict is Verdict.NOT_REPRODUCED}
    assert untrue == {"low-means-independent", "high-means-dependent", "one-nat"}
    assert as_such.evidence["one-nat"].values[0] == pytest.approx(1 / np.log(2))
    assert statistics.fmean(as_such.evidence["low-means-independent"].values) > 0.4


@pytest.mark.parametrize(
    ("name", "broken", "claim"),
    [
        ("_from_entropies", lambda table: 0.0, "sum-of-entropies"),
        ("_reduction", lambda table: 0.0, "entropy-reduced"),
        ("_score", lambda table: -0.01, "never-negative"),
        ("_information", lambda table: np.array(0.1), "zero-if-and-only-if"),
        ("_BASES", {"bit": np.e, "nat": np.e, "ban": 10.0}, "units"),
    ],
)
def test_what_is_broken_is_not_reproduced(name, broken, claim, small_bench, verdicts, monkeypatch):
    monkeypatch.setattr(identities, name, broken)
    found = verdicts(IDENTITIES, IDENTITIES.outcome(small_bench(n_seeds=1)))
    assert found[claim] is Verdict.NOT_REPRODUCED


def test_information_sees_what_correlation_does_not(small_bench, verdicts, monkeypatch):
    monkeypatch.setattr(correlation, "_MANY", 1000)
    monkeypatch.delitem(correlation._SHAPES, "heavy tails")
    outcome = CORRELATION.outcome(small_bench())
    assert verdicts(CORRELATION, outcome) == {
        "correlation-blind": Verdict.REPRODUCED,
        "every-coefficient-blind": Verdict.NOT_REPRODUCED,
        "any-kind": Verdict.REPRODUCED,
        "not-interchangeable": Verdict.REPRODUCED,
        "indirect-as-direct": Verdict.REPRODUCED,
    }


def test_shapes_without_dependence_and_a_broken_chain_are_not_taken_for_dependence(small_bench, verdicts, monkeypatch):
    monkeypatch.setattr(correlation, "_MANY", 500)
    monkeypatch.setattr(correlation, "_SHAPES", {"nothing": series.unrelated})
    monkeypatch.setattr(correlation, "_chain", lambda seed: (*series.unrelated(seed), series.unrelated(seed)[1]))
    found = verdicts(CORRELATION, CORRELATION.outcome(small_bench()))
    assert found["any-kind"] is found["indirect-as-direct"] is Verdict.NOT_REPRODUCED
