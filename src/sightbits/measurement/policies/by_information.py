"""Policies that look at what the next reading is expected to tell."""

from dataclasses import dataclass
from typing import ClassVar

from sightbits.measurement.information import Scores, joint_entropy
from sightbits.measurement.outlook import Outlook
from sightbits.measurement.policies.policy import Policy


@dataclass(eq=False, kw_only=True)
class InformationGain(Policy):
    """Measure what is expected to tell most about the label.

    Notes
    -----
    The score is I(reading; label | readings so far) in nats, so that the expected entropy of the label becomes as
    small as one reading can make it. Source: D. V. Lindley, 1956; as a policy, D. Geman, B. Jedynak, 1996; what the
    code of C. Beeler, Entropic Measuring of MNIST Images, 2022, computes.
    """

    NAME: ClassVar[str] = "information_gain"

    def scores(self, outlook: Outlook) -> Scores:
        """Return the expected information in nats."""
        return outlook.gain


@dataclass(eq=False, kw_only=True)
class LowestEntropy(Policy):
    """Measure where reading and label together have the lowest entropy: a rule taken at its word.

    Notes
    -----
    H(reading, label) = H(label) + H(reading | label), so that a pixel which never changes always wins and nothing is
    ever learned. It is here because the source says so in words; its code computes `InformationGain`.
    """

    NAME: ClassVar[str] = "lowest_entropy"

    def scores(self, outlook: Outlook) -> Scores:
        """Return minus the joint entropy in nats."""
        return -joint_entropy(outlook.joint)


@dataclass(eq=False, kw_only=True)
class CostAware(Policy):
    """Measure what is expected to tell most about the label for what it costs.

    Notes
    -----
    The score is the expected information divided by the pixel's cost, in nats per unit of cost.
    """

    NAME: ClassVar[str] = "cost_aware"

    def scores(self, outlook: Outlook) -> Scores:
        """Return the expected information per cost."""
        return outlook.gain / outlook.costs
