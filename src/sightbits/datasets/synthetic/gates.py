"""Gates of two sources and a target, whose decomposition of information is known."""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int64

from sightbits.core.checks import check_choice, check_whole
from sightbits.datasets.synthetic.channels import draw_cells


@dataclass(frozen=True, eq=False, kw_only=True)
class SyntheticGate:
    """A distribution of two sources and a target, with the known parts of what the sources tell of the target.

    Parameters
    ----------
    description
        What the target is, in one sentence.
    probabilities
        Of each combination of first source, second source and target.
    redundancy, unique_first, unique_second, synergy
        What both sources tell, each alone, and only both together, in nats.
    """

    name: str
    description: str
    probabilities: Float[np.ndarray, "first second target"]
    redundancy: float
    unique_first: float
    unique_second: float
    synergy: float

    def __post_init__(self) -> None:
        probabilities = self.probabilities.copy()
        probabilities.setflags(write=False)
        object.__setattr__(self, "probabilities", probabilities)

    @property
    def information(self) -> float:
        """What both sources together tell of the target, in nats: the sum of the four parts."""
        return self.redundancy + self.unique_first + self.unique_second + self.synergy

    def sample(
        self, n: int, seed: int = 0
    ) -> tuple[Int64[np.ndarray, "{n}"], Int64[np.ndarray, "{n}"], Int64[np.ndarray, "{n}"]]:
        """Return n independent triples as first source, second source and target, the same for the same n and seed.

        Raises
        ------
        InputError
            If n is not at least 1, or the seed is below 0.
        """
        check_whole("n", n, low=1)
        check_whole("seed", seed, low=0)
        first, second, target = draw_cells(np.random.default_rng(seed), n, self.probabilities)
        return first, second, target


class _Row(NamedTuple):
    description: str
    outcomes: tuple[tuple[int, int, int], ...]  # first, second, target: equally likely
    parts: tuple[float, float, float, float]  # redundancy, unique first, unique second, synergy: bits


_AND_ALONE = 1.5 - 0.75 * math.log2(3)  # what one source tells: H(1/4) - H(1/2) / 2
_GATES = {
    "xor": _Row(
        "The target is 1 where one of two fair bits is 1, but not both.",
        ((0, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 0)),
        (0.0, 0.0, 0.0, 1.0),
    ),
    "and": _Row(
        "The target is 1 where both of two fair bits are 1.",
        ((0, 0, 0), (0, 1, 0), (1, 0, 0), (1, 1, 1)),
        (_AND_ALONE, 0.0, 0.0, 0.5),
    ),
    "copy": _Row(
        "The target is both of two fair bits: 2 first + second.",
        ((0, 0, 0), (0, 1, 1), (1, 0, 2), (1, 1, 3)),
        (0.0, 1.0, 1.0, 0.0),
    ),
    "redundant": _Row(
        "Both sources and the target are the same fair bit.",
        ((0, 0, 0), (1, 1, 1)),
        (1.0, 0.0, 0.0, 0.0),
    ),
    "unique": _Row(
        "The target is the first of two fair bits.",
        ((0, 0, 0), (0, 1, 0), (1, 0, 1), (1, 1, 1)),
        (0.0, 1.0, 0.0, 0.0),
    ),
}


def gate(name: str) -> SyntheticGate:
    """Return the gate of this name.

    Parameters
    ----------
    name
        "xor", "and", "copy", "redundant" or "unique".

    Raises
    ------
    InputError
        If there is no gate of this name.

    Notes
    -----
    The parts are those of Bertschinger et al., where unique information is the least that any distribution with the
    same pairs (source, target) leaves. Other measures agree on "xor", "redundant" and "unique"; on "copy" that of
    Williams and Beer finds 1 bit of redundancy and 1 bit of synergy.

    Source: N. Bertschinger, J. Rauh, E. Olbrich, J. Jost, N. Ay, Quantifying unique information, Entropy 16, 2014,
    2161-2183. P. L. Williams, R. D. Beer, Nonnegative decomposition of multivariate information, arXiv:1004.2515, 2010.

    Examples
    --------
    >>> one = gate("and")
    >>> round(float(one.redundancy / np.log(2)), 4), round(float(one.synergy / np.log(2)), 4)
    (0.3113, 0.5)
    """
    row = _GATES[check_choice("name", name, _GATES)]
    places = tuple(np.transpose(row.outcomes))
    probabilities = np.zeros([axis.max() + 1 for axis in places])
    probabilities[places] = 1 / len(row.outcomes)
    redundancy, unique_first, unique_second, synergy = (bits * math.log(2) for bits in row.parts)
    return SyntheticGate(
        name=name,
        description=row.description,
        probabilities=probabilities,
        redundancy=redundancy,
        unique_first=unique_first,
        unique_second=unique_second,
        synergy=synergy,
    )
