import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightbits.core.checks import InputError
from sightbits.measurement.stopping import (
    AllOf,
    AnyOf,
    Confidence,
    CostBudget,
    Determined,
    EntropyBelow,
    PixelBudget,
    StopRule,
)

NAN = float("nan")


def reached(rule: StopRule, posterior: list[float], n_measured: int = 0, cost: float = 0.0) -> bool:
    found = rule.reached(np.array([posterior]), np.array([n_measured]), np.array([cost]))
    assert found.shape == (1,)
    assert found.dtype == bool
    return bool(found[0])


@pytest.mark.parametrize(
    ("rule", "before", "at"),
    [
        (Determined(), [1 - 1e-12, 1e-12, 0.0], [1.0, 0.0, 0.0]),
        (Confidence(0.75), [0.7499999, 0.2500001, 0.0], [0.75, 0.25, 0.0]),
        (Confidence(1.0), [1 - 1e-9, 1e-9, 0.0], [0.0, 1.0, 0.0]),
        (EntropyBelow(1.0), [0.5, 0.4999, 0.0001], [0.5, 0.5, 0.0]),
        (EntropyBelow(0.0), [1 - 1e-9, 1e-9, 0.0], [0.0, 1.0, 0.0]),
        (EntropyBelow(np.log(2) + 1e-12, unit="nat"), [0.5, 0.4999, 0.0001], [0.5, 0.5, 0.0]),
        (EntropyBelow(np.log10(2) + 1e-12, unit="ban"), [0.5, 0.4999, 0.0001], [0.5, 0.5, 0.0]),
    ],
    ids=str,
)
def test_belief_is_enough_from_its_bound_on(rule: StopRule, before: list[float], at: list[float]) -> None:
    assert not reached(rule, before)
    assert reached(rule, at)


def test_budgets_are_used_from_their_bound_on() -> None:
    even = [0.5, 0.5]
    assert not reached(PixelBudget(3), even, 2, 99.0)
    assert reached(PixelBudget(3), even, 3, 0.0)
    assert not reached(CostBudget(2.5), even, 99, 2.4999)
    assert reached(CostBudget(2.5), even, 0, 2.5)


@given(st.lists(st.tuples(st.floats(0, 1), st.integers(0, 9), st.floats(0, 9)), min_size=1, max_size=6))
def test_rules_combine_as_truths_do(sessions: list[tuple[float, int, float]]) -> None:
    p, n_measured, cost = (np.array(column) for column in zip(*sessions, strict=True))
    asked = (np.column_stack([p, 1 - p]), n_measured, cost)
    one, two, three = Confidence(0.8), PixelBudget(4), CostBudget(3.0)
    a, b, c = (rule.reached(*asked) for rule in (one, two, three))
    np.testing.assert_array_equal((one | two).reached(*asked), a | b)
    np.testing.assert_array_equal((one & two).reached(*asked), a & b)
    np.testing.assert_array_equal(((one | two) & three).reached(*asked), (a | b) & c)
    np.testing.assert_array_equal((one | two & three).reached(*asked), a | (b & c))
    np.testing.assert_array_equal((one & (two | (three & one))).reached(*asked), a & (b | (c & a)))
    assert isinstance(one | two, AnyOf)
    assert isinstance(one & two, AllOf)


def test_budgets_say_how_many_pixels_are_left() -> None:
    small, large, open_end = PixelBudget(5), PixelBudget(8), Confidence(0.9)
    for rule, n_measured, expected in (
        (small, 0, 5), (small, 5, 0), (small, 6, -1), (open_end, 3, np.inf), (CostBudget(2.0), 3, np.inf),
        (small | large, 2, 3), (small & large, 2, 6), (small | open_end, 2, 3), (small & open_end, 2, np.inf),
        ((small & open_end) | large, 2, 6), (EntropyBelow(1.0) & Determined(), 2, np.inf),
    ):  # fmt: skip
        assert rule.pixels_left(n_measured) == expected


@pytest.mark.parametrize("probability", [0.0, -0.5, 1.0001, NAN])
def test_confidence_must_be_a_probability(probability: float) -> None:
    with pytest.raises(InputError, match="confidence: wanted a probability above 0"):
        Confidence(probability)


@pytest.mark.parametrize("entropy", [-1e-9, NAN])
def test_entropy_must_not_be_negative(entropy: float) -> None:
    with pytest.raises(InputError, match="entropy: wanted 0 or more"):
        EntropyBelow(entropy)


@pytest.mark.parametrize("unit", ["bits", "", "dimensionless"])
def test_entropy_must_be_in_a_unit(unit: str) -> None:
    with pytest.raises(InputError, match="unit: wanted one of"):
        EntropyBelow(1.0, unit=unit)


@pytest.mark.parametrize("n_pixels", [0, -1, True])
def test_budget_of_pixels_must_be_a_number_of_pixels(n_pixels: int) -> None:
    with pytest.raises(InputError, match="n_pixels: wanted a whole number at least 1"):
        PixelBudget(n_pixels)


@pytest.mark.parametrize("cost", [0.0, -2.0, NAN])
def test_budget_of_cost_must_be_above_0(cost: float) -> None:
    with pytest.raises(InputError, match="cost: wanted a budget above 0"):
        CostBudget(cost)
