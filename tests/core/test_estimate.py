import math
from typing import Any

import numpy as np
import pytest

from sightbits.core.checks import InputError
from sightbits.core.estimate import Estimate
from sightbits.core.units import Unit, as_unit


def make_estimate(value: Any, mean: Any = 0.1, std: Any = 0.05, p: Any = 0.01, **options: Any) -> Estimate:
    value = np.asarray(value, dtype=np.float64)
    fill = lambda number: np.broadcast_to(np.asarray(number, dtype=np.float64), value.shape).copy()  # noqa: E731
    given = {"estimator": "plug_in", "n_samples": 60, "null": "permutation", "saturated": np.zeros(value.shape, bool)}
    return Estimate(value=value, null_mean=fill(mean), null_std=fill(std), p_value=fill(p), **(given | options))


@pytest.mark.parametrize(("unit", "value"), [(Unit.NAT, math.log(2)), (Unit.BIT, 1.0), (Unit.BAN, math.log10(2))])
def test_float_is_the_value_in_the_unit(unit: Unit, value: float) -> None:
    assert float(make_estimate(math.log(2), unit=unit)) == pytest.approx(value, rel=1e-15)


def test_float_of_a_batch_of_one_is_its_value() -> None:
    assert float(make_estimate([[math.log(4)]])) == 2.0


def test_float_of_a_batch_is_refused() -> None:
    with pytest.raises(TypeError, match="a batch of 2, not one number"):
        float(make_estimate([0.1, 0.2]))


@pytest.mark.parametrize(
    ("unit", "shown"),
    [
        (Unit.NAT, "0.6931 nat (plug_in, n = 60, chance 0.1000 +- 0.0500, p = 0.01)"),
        (Unit.BIT, "1.0000 bit (plug_in, n = 60, chance 0.1443 +- 0.0721, p = 0.01)"),
        (Unit.BAN, "0.3010 ban (plug_in, n = 60, chance 0.0434 +- 0.0217, p = 0.01)"),
    ],
)
def test_repr_shows_value_and_chance_in_the_unit(unit: Unit, shown: str) -> None:
    assert repr(make_estimate(math.log(2), unit=unit)) == shown


def test_repr_marks_saturation() -> None:
    assert repr(make_estimate(0.5, saturated=np.array(True))).endswith("p = 0.01, saturated)")


def test_repr_says_where_there_is_no_null() -> None:
    estimate = make_estimate(math.log(2), np.nan, np.nan, np.nan, null="none", estimator="jackknife")
    assert repr(estimate) == "1.0000 bit (jackknife, n = 60, no null)"


def test_repr_of_a_batch_says_its_shape() -> None:
    assert repr(make_estimate([0.1, 0.2])) == "Estimate(batch of (2,), plug_in, n = 60, null = permutation)"


def test_excess_is_value_less_chance_and_may_be_negative() -> None:
    np.testing.assert_allclose(make_estimate([0.3, 0.05]).excess, [0.2, -0.05])


def test_z_score_is_excess_in_spreads_of_the_null() -> None:
    np.testing.assert_allclose(make_estimate([0.3, 0.05]).z_score, [4, -1])


@pytest.mark.parametrize("std", [0.0, 4e-16, np.nan])
def test_z_score_is_nan_where_the_null_does_not_vary(std: float) -> None:
    z = make_estimate([0.1, 0.3], std=[std, 0.1]).z_score
    assert math.isnan(z[0])
    assert z[1] == pytest.approx(2)


def test_reshape_keeps_every_number_in_its_place() -> None:
    flat = make_estimate(np.arange(6.0), np.arange(6.0) / 10, std=np.arange(6.0) / 7, p=np.arange(6.0) / 8)
    square = flat.reshape(2, 3)
    for name in ("value", "null_mean", "null_std", "p_value", "saturated", "excess"):
        assert getattr(square, name).shape == (2, 3)
        np.testing.assert_array_equal(getattr(square, name).ravel(), getattr(flat, name))
    assert (square.estimator, square.n_samples, square.null) == (flat.estimator, flat.n_samples, flat.null)


def test_arrays_cannot_be_written_through() -> None:
    estimate = make_estimate([0.1, 0.2])
    with pytest.raises(ValueError, match="read-only"):
        estimate.value[0] = 1.0


# --- standard error, warnings and figures without unit ---


@pytest.mark.parametrize(
    ("unit", "shown"),
    [
        (Unit.NAT, "0.6931 +- 0.0347 nat (plug_in, n = 60, chance 0.1000 +- 0.0500, p = 0.01)"),
        (Unit.BIT, "1.0000 +- 0.0500 bit (plug_in, n = 60, chance 0.1443 +- 0.0721, p = 0.01)"),
        (Unit.DIMENSIONLESS, "0.6931 +- 0.0347 (plug_in, n = 60, chance 0.1000 +- 0.0500, p = 0.01)"),
    ],
)
def test_repr_shows_the_standard_error_in_the_unit(unit: Unit, shown: str) -> None:
    error = np.asarray(math.log(2) / 20)
    assert repr(make_estimate(math.log(2), unit=unit, standard_error=error)) == shown


def test_repr_of_a_figure_without_unit_names_none() -> None:
    estimate = make_estimate(0.5, unit=Unit.DIMENSIONLESS)
    assert repr(estimate) == "0.5000 (plug_in, n = 60, chance 0.1000 +- 0.0500, p = 0.01)"
    assert float(estimate) == 0.5


@pytest.mark.parametrize(
    ("warnings", "shown"), [((), "p = 0.01)"), (("a",), ", 1 warning)"), (("a", "b", "c"), ", 3 warnings)")]
)
def test_repr_counts_the_warnings(warnings: tuple[str, ...], shown: str) -> None:
    estimate = make_estimate(0.5, warnings=warnings)
    assert repr(estimate).endswith(shown)
    assert estimate.warnings == warnings


def test_warnings_come_after_saturation() -> None:
    assert repr(make_estimate(0.5, saturated=np.array(True), warnings=("a",))).endswith("saturated, 1 warning)")


@pytest.mark.parametrize("name", ["standard_error", "family_wise_p"])
@pytest.mark.parametrize("shape", [(), (3,), (2, 3)])
def test_what_was_not_asked_is_nan_of_the_values_shape(shape: tuple[int, ...], name: str) -> None:
    array = getattr(make_estimate(np.zeros(shape)), name)
    assert array.shape == shape
    assert np.isnan(array).all()


@pytest.mark.parametrize("name", ["standard_error", "family_wise_p"])
def test_what_was_asked_is_kept_read_only_and_reshaped(name: str) -> None:
    estimate = make_estimate(np.zeros(6), warnings=("a",), unit=Unit.NAT, **{name: np.arange(6.0)})
    square = estimate.reshape(2, 3)
    assert getattr(square, name).tolist() == [[0, 1, 2], [3, 4, 5]]
    assert (square.warnings, square.unit) == (("a",), Unit.NAT)
    with pytest.raises(ValueError, match="read-only"):
        getattr(estimate, name)[0] = 1.0


@pytest.mark.parametrize("name", ["dimensionless", Unit.DIMENSIONLESS])
def test_no_unit_cannot_be_asked_for(name: str) -> None:
    with pytest.raises(InputError, match="unit: wanted one of nat, bit, ban, got 'dimensionless'"):
        as_unit(name)
