"""A claim beside what was measured."""

import json

import pytest

from sightbits.ledger.claim import Claim, Relation
from sightbits.ledger.evidence import Evidence
from sightbits.ledger.finding import Finding, Verdict

ORDER = Claim(
    name="order", text="One is above the other.", place="figure 2", relation=Relation.ABOVE, claimed=0.0,
    unit="bit", control="labels shuffled",
)  # fmt: skip


def found(values: tuple[float, ...], control: tuple[float, ...] = (), note: str = "") -> Finding:
    return Finding(source="a", claim=ORDER, evidence=Evidence(values=values, control=control, note=note))


@pytest.mark.parametrize(
    ("values", "control", "verdict"),
    [
        ((1.0,), (), Verdict.REPRODUCED),
        ((1.0,), (-1.0,), Verdict.REPRODUCED),
        ((1.0,), (0.5,), Verdict.ARTEFACT),
        ((-1.0,), (), Verdict.NOT_REPRODUCED),
        ((-1.0,), (1.0,), Verdict.NOT_REPRODUCED),
        ((1.0, 1.1, 1.2), (-1.0, 3.0), Verdict.REPRODUCED),  # the control is within its error of none
    ],
)
def test_the_verdict_follows_from_figures_and_control(values, control, verdict):
    assert found(values, control).verdict is verdict


def test_what_is_missing_is_not_testable():
    one = Finding(source="a", claim=ORDER, evidence=None, missing="No data.")
    assert one.verdict is Verdict.NOT_TESTABLE
    assert (one.measured, one.spread, one.control, one.note) == (None, None, None, "No data.")
    told = one.to_dict()
    assert (told["measured"], told["n_seeds"], told["verdict"], told["note"]) == (
        None, 0, "not testable here", "No data.",
    )  # fmt: skip


def test_the_document_is_the_contract():
    told = found((1.0, 2.0), (0.25, 0.75), note="Two seeds.").to_dict()
    assert json.loads(json.dumps(told)) == told
    assert told == {
        "source": "a", "name": "order", "claim": "One is above the other.", "place": "figure 2", "relation": "above",
        "claimed": 0.0, "measured": 1.5, "spread": pytest.approx(0.5**0.5), "n_seeds": 2, "unit": "bit",
        "tolerance": 0.0, "every_case": False, "control": 0.5, "control_without": "labels shuffled",
        "verdict": "reproduced", "note": "Two seeds.",
    }  # fmt: skip


def test_one_figure_has_no_spread():
    assert found((1.0,)).spread is None


@pytest.mark.parametrize("values", [(), (float("nan"),), (1.0, float("inf"))])
def test_evidence_is_finite_figures(values):
    with pytest.raises(ValueError, match="evidence is one finite figure or more"):
        Evidence(values=values)
    if values:
        with pytest.raises(ValueError, match="evidence is one finite figure or more"):
            Evidence(values=(1.0,), control=values)
