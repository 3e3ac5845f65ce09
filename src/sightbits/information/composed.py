"""Information quantities composed from any entropy estimator, on count tables, in nats.

Every function names variables of the table; all other variables are summed out, and batch axes stay.
A corrected estimate may be negative: it is reported as it is.
"""

from collections.abc import Callable
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float, Int64

from sightbits.information.discrete import Estimator, plug_in

Nats = Float[np.ndarray, "*batch"]


@runtime_checkable
class Counted(Protocol):
    """What can say how often each combination of some variables was seen: a `CountTable`, or a `CodedSample`."""

    def flat(self, *variables: str) -> Int64[np.ndarray, "*batch cells"]:
        """Return the counts, one row of cells a table."""


def entropy(table: Counted, *variables: str, estimator: Estimator = plug_in) -> Nats:
    """Return H(variables), the joint entropy where several are named, in nats.

    Examples
    --------
    >>> from sightbits import CountTable
    >>> table = CountTable(counts=np.array([[2, 0], [0, 2]]), variables=("level", "label"))
    >>> float(entropy(table, "level", "label") / np.log(2))
    1.0
    """
    return estimator(table.flat(*variables))


def conditional_entropy(table: Counted, of: str, *, given: str, estimator: Estimator = plug_in) -> Nats:
    """Return H(of | given) = H(of, given) - H(given), in nats.

    Examples
    --------
    >>> from sightbits import CountTable
    >>> table = CountTable(counts=np.array([[2, 0], [0, 2]]), variables=("level", "label"))
    >>> float(conditional_entropy(table, "label", given="level"))
    0.0
    """
    return np.asarray(entropy(table, of, given, estimator=estimator) - entropy(table, given, estimator=estimator))


def mutual_information(table: Counted, x: str, y: str, *, estimator: Estimator = plug_in) -> Nats:
    """Return I(x; y) = H(x) + H(y) - H(x, y), in nats.

    Notes
    -----
    The plug-in estimate is too high by about (levels - 1)(labels - 1) / (2 n) nats: look at it beside its null.

    Source: T. M. Cover, J. A. Thomas, Elements of Information Theory, 2006, equation 2.45.

    Examples
    --------
    >>> from sightbits import CountTable
    >>> table = CountTable(counts=np.array([[2, 0], [0, 2]]), variables=("level", "label"))
    >>> float(mutual_information(table, "level", "label") / np.log(2))
    1.0
    """
    return np.asarray(
        entropy(table, x, estimator=estimator)
        + entropy(table, y, estimator=estimator)
        - entropy(table, x, y, estimator=estimator)
    )


NORMALIZATIONS: dict[str, Callable[[Nats, Nats, Nats], Nats]] = {
    "arithmetic": lambda x, y, _: (x + y) / 2,
    "geometric": lambda x, y, _: np.sqrt(np.maximum(x * y, 0)),
    "min": lambda x, y, _: np.minimum(x, y),
    "max": lambda x, y, _: np.maximum(x, y),
    "joint": lambda _, __, together: together,
}


def normalized_mutual_information(
    table: Counted, x: str, y: str, *, normalization: str = "arithmetic", estimator: Estimator = plug_in
) -> Nats:
    """Return I(x; y) as a share of the entropies, without unit; 0 where a constant leaves nothing to share.

    Parameters
    ----------
    normalization
        The share of what: the "arithmetic" or "geometric" mean of H(x) and H(y), their "min" or "max", or "joint".

    Notes
    -----
    Source: N. X. Vinh, J. Epps, J. Bailey, Information theoretic measures for clusterings comparison, Journal of
    Machine Learning Research 11, 2010, 2837-2854.

    Examples
    --------
    >>> from sightbits import CountTable
    >>> table = CountTable(counts=np.array([[2, 0], [0, 2]]), variables=("level", "label"))
    >>> float(normalized_mutual_information(table, "level", "label"))
    1.0
    """
    alone = entropy(table, x, estimator=estimator), entropy(table, y, estimator=estimator)
    whole = NORMALIZATIONS[normalization](*alone, entropy(table, x, y, estimator=estimator))
    shared = mutual_information(table, x, y, estimator=estimator)
    some = np.asarray(np.minimum(np.minimum(*alone), whole) > 1e-12)  # less is rounding
    return np.asarray(np.divide(shared, whole, out=np.zeros(np.shape(shared)), where=some))


def conditional_mutual_information(
    table: Counted, x: str, y: str, *, given: str, estimator: Estimator = plug_in
) -> Nats:
    """Return I(x; y | given) = H(x, given) + H(y, given) - H(x, y, given) - H(given), in nats.

    Notes
    -----
    The plug-in estimate is too high by about (levels of x - 1)(levels of y - 1)(levels of given) / (2 n) nats.

    Source: T. M. Cover, J. A. Thomas, Elements of Information Theory, 2006, section 2.5.

    Examples
    --------
    >>> from sightbits import CountTable
    >>> xor = CountTable(counts=np.array([[[1, 0], [0, 1]], [[0, 1], [1, 0]]]), variables=("x", "y", "z"))
    >>> float(conditional_mutual_information(xor, "x", "y", given="z") / np.log(2))
    1.0
    """
    return np.asarray(
        entropy(table, x, given, estimator=estimator)
        + entropy(table, y, given, estimator=estimator)
        - entropy(table, x, y, given, estimator=estimator)
        - entropy(table, given, estimator=estimator)
    )


def total_correlation(table: Counted, *variables: str, estimator: Estimator = plug_in) -> Nats:
    """Return the sum of the entropies less the joint entropy, in nats: 0 where all variables are independent.

    Notes
    -----
    Source: S. Watanabe, Information theoretical analysis of multivariate correlation, IBM Journal of Research and
    Development 4, 1960, 66-82.

    Examples
    --------
    >>> from sightbits import CountTable
    >>> copies = CountTable(counts=np.array([[[1, 0], [0, 0]], [[0, 0], [0, 1]]]), variables=("x", "y", "z"))
    >>> round(float(total_correlation(copies, "x", "y", "z") / np.log(2)), 12)
    2.0
    """
    alone = sum((entropy(table, name, estimator=estimator) for name in variables), start=np.zeros(()))
    return np.asarray(alone - entropy(table, *variables, estimator=estimator))


def interaction_information(table: Counted, x: str, y: str, z: str, *, estimator: Estimator = plug_in) -> Nats:
    """Return I(x; y | z) - I(x; y), in nats: above 0 where the three are synergistic, below where redundant.

    Notes
    -----
    The same whichever of the three is named last. Its negative is the co-information.

    Source: W. J. McGill, Multivariate information transmission, Psychometrika 19, 1954, 97-116.

    Examples
    --------
    >>> from sightbits import CountTable
    >>> copies = CountTable(counts=np.array([[[1, 0], [0, 0]], [[0, 0], [0, 1]]]), variables=("x", "y", "z"))
    >>> float(interaction_information(copies, "x", "y", "z") / np.log(2))
    -1.0
    """
    given = conditional_mutual_information(table, x, y, given=z, estimator=estimator)
    return np.asarray(given - mutual_information(table, x, y, estimator=estimator))
