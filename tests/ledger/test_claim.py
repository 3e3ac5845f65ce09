"""When figures bear a claim out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightbits.ledger.claim import Claim, Relation

NUMBERS = st.floats(-1e6, 1e6)


def claim(relation: Relation, claimed: float = 10.0, *, tolerance: float = 0.0, each: bool = False) -> Claim:
    return Claim(
        name="a", text="", place="", relation=relation, claimed=claimed, tolerance=tolerance, unit="", each=each
    )


@pytest.mark.parametrize(
    ("relation", "bears", "speaks_against"),
    [
        (Relation.EQUALS, (10.0, 9.0, 11.0), (8.9, 11.1)),
        (Relation.AT_LEAST, (10.0, 9.0, 99.0), (8.9, -99.0)),
        (Relation.AT_MOST, (10.0, 11.0, -99.0), (11.1, 99.0)),
        (Relation.ABOVE, (11.1, 99.0), (11.0, 10.0, -99.0)),
        (Relation.BELOW, (8.9, -99.0), (9.0, 10.0, 99.0)),
    ],
)
def test_each_relation_with_a_tolerance(relation, bears, speaks_against):
    one = claim(relation, tolerance=1.0)
    assert all(one.holds_for([value]) for value in bears)
    assert not any(one.holds_for([value]) for value in speaks_against)


def test_what_rounding_leaves_decides_nothing():
    assert claim(Relation.EQUALS, 1.79, tolerance=0.1).holds_for([1.69])  # their difference is 0.1 and a little
    assert claim(Relation.EQUALS, 0.3).holds_for([0.1 + 0.2])
    assert claim(Relation.AT_LEAST, 1.0).holds_for([1 - 1e-12])
    assert claim(Relation.AT_MOST, 0.0).holds_for([1e-16])
    assert not claim(Relation.ABOVE, 0.0).holds_for([1e-16])
    assert not claim(Relation.BELOW, 0.0).holds_for([-1e-16])
    assert claim(Relation.ABOVE, 0.0).holds_for([1e-6])


def test_the_mean_is_judged_unless_each_must_hold():
    values = [9.0, 12.0]
    assert claim(Relation.AT_LEAST).holds_for(values)
    assert not claim(Relation.AT_LEAST, each=True).holds_for(values)
    assert claim(Relation.AT_LEAST, each=True).holds_for([10.0, 12.0])


@pytest.mark.parametrize(("relation", "sign"), [(Relation.ABOVE, 1.0), (Relation.BELOW, -1.0)])
def test_an_order_of_means_is_beyond_two_standard_errors(relation, sign):
    one = claim(relation, 0.0)
    spread = 3**0.5  # of three values -1, 0, 1 the standard error is 1 / sqrt(3)
    for mean, holds in ((2.01, True), (1.99, False)):
        values = [sign * (mean + spread * step) for step in (-1.0, 0.0, 1.0)]
        assert one.holds_for(values) is holds
    assert claim(relation, 0.0, each=True).holds_for([sign * 0.1, sign * 5.0])  # each on its own: no error


@given(value=NUMBERS, claimed=NUMBERS, tolerance=st.floats(0, 1e3))
def test_relations_are_consistent(value, claimed, tolerance):
    holds = {one: claim(one, claimed, tolerance=tolerance).holds_for([value]) for one in Relation}
    assert holds[Relation.EQUALS] == (holds[Relation.AT_LEAST] and holds[Relation.AT_MOST])
    assert holds[Relation.ABOVE] != holds[Relation.AT_MOST]
    assert holds[Relation.BELOW] != holds[Relation.AT_LEAST]
