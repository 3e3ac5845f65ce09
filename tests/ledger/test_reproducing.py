"""From names of sources to judged claims."""

import json
from dataclasses import replace

import numpy as np
import pytest

import sightbits as sb
from sightbits.core.journal import Journal
from sightbits.ledger import reproducing
from sightbits.ledger.claim import Claim, Relation
from sightbits.ledger.evidence import Evidence, Outcome
from sightbits.ledger.experiment import Experiment, Source, UnavailableError, Workbench
from sightbits.ledger.sources import SOURCES

CLAIM = Claim(name="one", text="", place="", relation=Relation.EQUALS, claimed=1.0, unit="")


def source(run, *, extra: str = "") -> Source:
    experiment = Experiment(name="trial", claims=(CLAIM,), run=run, extra=extra)
    return Source(name="made", title="", by="", experiments=(experiment,))


def judged(monkeypatch, *sources: Source) -> sb.Ledger:
    monkeypatch.setattr(reproducing, "SOURCES", {one.name: one for one in sources})
    return sb.reproduce_sources()


def test_every_claim_is_judged_in_the_order_of_sources(invent_ledger):
    ledger = invent_ledger()
    told = [(one.source, one.claim.name, str(one.verdict)) for one in ledger.findings]
    assert told == [
        ("first", "a figure is met", "reproduced"),
        ("first", "one is above the other", "artefact"),
        ("first", "it always holds", "not reproduced"),
        ("first", "nobody can say", "not testable here"),
        ("second", "a network is needed", "reproduced"),
    ]
    assert {name: [one.name for one in drawings] for name, drawings in ledger.drawings.items()} == {
        "first": ["maps", "curve"], "second": ["bars", "counts"],
    }  # fmt: skip
    assert ledger.findings[3].note == "The text does not define it."


def test_named_sources_alone_are_tried_once_each(invent_ledger):
    ran: list[str] = []
    ledger = invent_ledger("second", "second", counted=ran)
    assert [one.name for one in ledger.sources] == ["second"]
    assert ran == ["others"]
    turned = invent_ledger("second", "first")
    assert [one.source for one in turned.findings] == ["second", *["first"] * 4]


def test_quick_and_seed_come_to_the_experiments(invent_ledger):
    full, quick = invent_ledger("first"), invent_ledger("first", quick=True, seed=7)
    assert [len(ledger.findings[2].evidence.values) for ledger in (full, quick)] == [3, 2]
    assert quick.findings[0].evidence.values == (1.77, 1.8)
    assert (quick.quick, quick.seed) == (True, 7)
    assert list(Workbench(quick=False, seed=3).seeds(2, 4)) == [3, 4, 5, 6]


def test_unknown_names_are_refused_with_the_known_ones(invent_ledger):
    with pytest.raises(sb.InputError, match="source: wanted one of first, second, got 'third'"):
        invent_ledger("third")
    with pytest.raises(sb.InputError, match="seed: wanted a whole number"):
        invent_ledger(seed=-1)


class CutOffError(Exception):
    """Stands for a machine that goes down."""


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_a_run_that_was_cut_off_goes_on_where_it_was(invent_ledger, tmp_path, monkeypatch, steps):
    path, record, done = tmp_path / "journal", Journal.record, []

    def cut_off(journal, key, outcome):
        record(journal, key, outcome)
        done.append(key)
        if len(done) == steps:
            raise CutOffError

    with monkeypatch.context() as patch:
        patch.setattr(Journal, "record", cut_off)
        with pytest.raises(CutOffError):
            invent_ledger(journal_path=path)
    ran: list[str] = []
    resumed = invent_ledger(journal_path=path, counted=ran)
    assert ran == [["figures", "others"], ["others"], []][steps - 1]
    assert resumed.to_json() == invent_ledger().to_json()
    assert not path.exists()


def test_a_record_of_other_settings_or_claims_is_not_used(invent_ledger, tmp_path, monkeypatch):
    path = tmp_path / "journal"
    monkeypatch.setattr(Journal, "close", lambda self: None)
    invent_ledger(journal_path=path)
    for options, expected in (({}, []), ({"seed": 1}, 3), ({"quick": True}, 3)):
        ran: list[str] = []
        invent_ledger(journal_path=path, counted=ran, **options)
        assert ran == expected or len(ran) == expected
    more = replace(reproducing.SOURCES["second"], untested=(replace(CLAIM, untestable="New."),))
    monkeypatch.setattr(reproducing, "SOURCES", {**reproducing.SOURCES, "second": more})
    before = path.read_text().count("\n")
    sb.reproduce_sources(journal_path=path)
    assert path.read_text().count("\n") == before + 3


def test_steps_of_two_sources_may_have_one_name(monkeypatch):
    def run(value):
        return lambda bench: Outcome(evidence={"one": Evidence(values=(bench.once("step", lambda: value),))})

    ledger = judged(monkeypatch, source(run(1.0)), replace(source(run(2.0)), name="other"))
    assert [one.measured for one in ledger.findings] == [1.0, 2.0]


def test_figures_of_numpy_are_remembered_as_plain_ones(monkeypatch):
    def run(bench):
        values = tuple(float(one) for one in bench.once("step", lambda: np.array([1.0, 3.0])))
        return Outcome(evidence={"one": Evidence(values=values)})

    assert judged(monkeypatch, source(run)).findings[0].measured == 2.0


def test_a_missing_extra_is_told_and_nothing_is_run(monkeypatch):
    ledger = judged(monkeypatch, source(lambda bench: pytest.fail("was run"), extra="no_such_package"))
    found = ledger.findings[0]
    assert str(found.verdict) == "not testable here"
    assert found.note == 'It needs the extra no_such_package: pip install "sightbits[no_such_package]".'


def test_missing_data_is_told_and_the_rest_goes_on(monkeypatch, tmp_path):
    def run(bench):
        bench.dataset(str(tmp_path / "nowhere"))

    held = source(lambda bench: Outcome(evidence={"one": Evidence(values=(1.0,))}))
    ledger = judged(monkeypatch, source(run), replace(held, name="other"))
    assert [str(one.verdict) for one in ledger.findings] == ["not testable here", "reproduced"]
    assert "nowhere" in ledger.findings[0].note


def test_what_is_missing_is_tried_again(monkeypatch, tmp_path):
    there = []

    def run(bench):
        if not there:
            raise UnavailableError("Not yet.")
        return Outcome(evidence={"one": Evidence(values=(1.0,))})

    monkeypatch.setattr(reproducing, "SOURCES", {"made": source(run)})
    monkeypatch.setattr(Journal, "close", lambda self: None)
    assert sb.reproduce_sources(journal_path=tmp_path / "journal").findings[0].note == "Not yet."
    there.append(True)
    assert sb.reproduce_sources(journal_path=tmp_path / "journal").findings[0].measured == 1.0


@pytest.mark.parametrize("names", [(), ("one", "two")])
def test_an_experiment_answers_its_claims_and_no_others(monkeypatch, names):
    run = lambda bench: Outcome(evidence={name: Evidence(values=(1.0,)) for name in names})  # noqa: E731
    with pytest.raises(RuntimeError, match=r"trial: claims \['one'\], evidence of"):
        judged(monkeypatch, source(run))


def test_progress_tells_of_every_experiment(invent_ledger):
    told: list[tuple[str, int, int]] = []
    invent_ledger(progress=lambda *step: told.append(step))
    assert told == [
        ("experiments", 0, 2), ("first: figures", 0, 1), ("first: figures", 1, 1), ("experiments", 1, 2),
        ("second: others", 0, 1), ("training", 1, 1), ("second: others", 1, 1), ("experiments", 2, 2),
    ]  # fmt: skip


def test_claims_of_every_source_have_names_and_places_of_their_own():
    for name, one in SOURCES.items():
        assert one.name == name
        names = [claim.name for claim in one.claims]
        assert len(set(names)) == len(names)
        assert all(claim.text and claim.place and claim.unit for claim in one.claims)
        assert all(claim.untestable for claim in one.untested)
        assert not any(claim.untestable for experiment in one.experiments for claim in experiment.claims)


def test_the_document_is_json(invent_ledger):
    assert json.loads(invent_ledger().to_json())["verdicts"]["reproduced"] == 2
