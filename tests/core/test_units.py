import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightbits.core.checks import InputError
from sightbits.core.units import Unit, as_unit


@pytest.mark.parametrize(("unit", "value"), [(Unit.NAT, math.log(100)), (Unit.BIT, math.log2(100)), (Unit.BAN, 2.0)])
def test_logarithm_to_each_base(unit: Unit, value: float) -> None:
    assert unit.from_nats(math.log(100)) == pytest.approx(value, rel=1e-15)


@given(st.floats(-1e6, 1e6), st.sampled_from(Unit))
def test_conversion_is_undone_by_the_size_of_the_unit(nats: float, unit: Unit) -> None:
    assert unit.from_nats(nats) * unit.nats == pytest.approx(nats, rel=1e-14)


def test_arrays_convert_cell_by_cell() -> None:
    nats = np.log([[1.0, 2.0], [4.0, 8.0]])
    np.testing.assert_allclose(Unit.BIT.from_nats(nats), [[0, 1], [2, 3]], rtol=1e-15)


def test_unit_is_its_name() -> None:
    assert [str(unit) for unit in Unit] == ["nat", "bit", "ban", "dimensionless"]
    assert Unit("ban") is Unit.BAN


@pytest.mark.parametrize("name", ["bit", Unit.BIT])
def test_unit_is_found_by_name(name: str | Unit) -> None:
    assert as_unit(name) is Unit.BIT


def test_unknown_unit_is_refused_with_the_list() -> None:
    with pytest.raises(InputError, match="unit: wanted one of nat, bit, ban, got 'byte'"):
        as_unit("byte")
