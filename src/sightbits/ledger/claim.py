"""What a source says, in a form that can be judged."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

_ROUNDING = 1e-9  # figures closer than this, or this share of the claimed one, are the same: the rest is rounding


class Relation(StrEnum):
    """How what was measured must stand to what is claimed."""

    EQUALS = "equals"
    AT_LEAST = "at least"
    AT_MOST = "at most"
    ABOVE = "above"
    BELOW = "below"


@dataclass(frozen=True, eq=False, kw_only=True)
class Claim:
    """One checkable statement of a source.

    Parameters
    ----------
    name
        A short name, the only one of its kind within its source.
    text
        What the source says, in our words.
    place
        Where it says so.
    relation, claimed
        How the measured figure must stand to the claimed one. An order of two things is the difference of both, which
        must be above 0; "always" is a share of cases, which must be at least 1.
    tolerance
        How far off the measured figure may be, in its unit; with ABOVE and BELOW, how far beyond the bound it must be.
    unit
        Of the figure: "bit", "percent", "pixels", "share of layers", ...
    control
        What was left out, shuffled or changed in the control, where there is one: the claimed cause. A claim that holds
        there too is no effect of that cause.
    each
        Whether every single value must hold, and not their mean: "always", "never".
    untestable
        Why it cannot be tested here, where it cannot.
    """

    name: str
    text: str
    place: str
    relation: Relation
    claimed: float
    tolerance: float = 0.0
    unit: str
    control: str = ""
    each: bool = False
    untestable: str = ""

    def holds_for(self, values: Sequence[float]) -> bool:
        """Tell whether figures, one a seed or case, bear the claim out.

        Notes
        -----
        ABOVE and BELOW are orders: with several values, their mean must be beyond the bound by two of its standard
        errors, so that a difference within its error is none.
        """
        if self.each:
            return all(self._holds(value, 0.0) for value in values)
        error = statistics.stdev(values) / math.sqrt(len(values)) if len(values) > 1 else 0.0
        return self._holds(statistics.fmean(values), 2 * error)

    def _holds(self, value: float, error: float) -> bool:
        beyond = value - self.claimed
        tolerance = self.tolerance + _ROUNDING * max(1.0, abs(self.claimed))
        match self.relation:
            case Relation.EQUALS:
                return abs(beyond) <= tolerance
            case Relation.AT_LEAST:
                return beyond >= -tolerance
            case Relation.AT_MOST:
                return beyond <= tolerance
            case Relation.ABOVE:
                return beyond - error > tolerance
            case Relation.BELOW:
                return -beyond - error > tolerance
