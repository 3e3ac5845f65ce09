"""Units of information. Everything inside is in nats; a unit is chosen once, on the way out."""

import math
from enum import StrEnum
from typing import TypeVar

import numpy as np

from sightbits.core.checks import check_choice

Quantity = TypeVar("Quantity", float, np.ndarray)


class Unit(StrEnum):
    """A unit of information.

    Examples
    --------
    >>> Unit.BIT.from_nats(math.log(8))
    3.0
    """

    NAT = "nat"
    BIT = "bit"
    BAN = "ban"
    DIMENSIONLESS = "dimensionless"  # of shares and generalised entropies; not to be asked for

    @property
    def nats(self) -> float:
        """How many nats one of this unit is."""
        return {"nat": 1.0, "bit": math.log(2), "ban": math.log(10), "dimensionless": 1.0}[self.value]

    def from_nats(self, value: Quantity) -> Quantity:
        """Convert a value, or an array of values, from nats to this unit."""
        return value / self.nats


def as_unit(name: str | Unit) -> Unit:
    """Return the unit of this name, or raise `InputError`."""
    return Unit(check_choice("unit", str(name), [unit.value for unit in Unit if unit is not Unit.DIMENSIONLESS]))
