"""Drawings as documents."""

import json
from dataclasses import fields, is_dataclass

import pytest

from sightbits.ledger.drawings import Bars, Curves, Drawing, Grids, Histogram, drawing_from, drawing_to
from sightbits.ledger.evidence import Evidence, Outcome


@pytest.fixture
def drawings(invent_ledger) -> dict[type, Drawing]:
    return {type(one): one for of_source in invent_ledger().drawings.values() for one in of_source}


def parts(value):
    """Everything in a drawing, in types that compare."""
    if is_dataclass(value):
        return type(value), {one.name: parts(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, dict):
        return {name: parts(one) for name, one in value.items()}
    return tuple(parts(one) for one in value) if isinstance(value, tuple) else (type(value), value)


@pytest.mark.parametrize("kind", [Curves, Grids, Bars, Histogram])
def test_every_kind_comes_back_from_json_as_it_was(drawings, kind):
    drawing = drawings[kind]
    back = drawing_from(json.loads(json.dumps(drawing_to(drawing))))
    assert parts(back) == parts(drawing)


def test_an_outcome_comes_back_from_json_as_it_was(drawings):
    evidence = {"a": Evidence(values=(1.0, 2.0), control=(0.5,), note="A note."), "b": Evidence(values=(0.25,))}
    outcome = Outcome(evidence=evidence, drawings=tuple(drawings.values()))
    back = Outcome.from_record(json.loads(json.dumps(outcome.to_record())))
    assert parts(back.evidence) == parts(evidence)
    assert parts(back.drawings) == parts(outcome.drawings)
