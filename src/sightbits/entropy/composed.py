"""Information quantities composed from any entropy estimator, on count tables, in nats.

Every function names variables of the table; all other variables are summed out, and batch axes stay.
A corrected estimate may be negative: it is reported as it is.
"""

import numpy as np
from jaxtyping import Float

from sightbits.core.counts import CountTable
from sightbits.entropy.discrete import Estimator, plug_in


def entropy(table: CountTable, *variables: str, estimator: Estimator = plug_in) -> Float[np.ndarray, "*batch"]:
    """Return H(variables), the joint entropy where several are named, in nats.

    Examples
    --------
    >>> table = CountTable(counts=np.array([[2, 0], [0, 2]]), variables=("level", "label"))
    >>> float(entropy(table, "level", "label") / np.log(2))
    1.0
    """
    return estimator(table.flat(*variables))


def conditional_entropy(
    table: CountTable, of: str, *, given: str, estimator: Estimator = plug_in
) -> Float[np.ndarray, "*batch"]:
    """Return H(of | given) = H(of, given) - H(given), in nats.

    Examples
    --------
    >>> table = CountTable(counts=np.array([[2, 0], [0, 2]]), variables=("level", "label"))
    >>> float(conditional_entropy(table, "label", given="level"))
    0.0
    """
    return np.asarray(entropy(table, of, given, estimator=estimator) - entropy(table, given, estimator=estimator))


def mutual_information(
    table: CountTable, x: str, y: str, *, estimator: Estimator = plug_in
) -> Float[np.ndarray, "*batch"]:
    """Return I(x; y) = H(x) + H(y) - H(x, y), in nats.

    Notes
    -----
    The plug-in estimate is too high by about (levels - 1)(labels - 1) / (2 n) nats: look at it beside its null.

    Source: T. M. Cover, J. A. Thomas, Elements of Information Theory, 2006, equation 2.45.

    Examples
    --------
    >>> table = CountTable(counts=np.array([[2, 0], [0, 2]]), variables=("level", "label"))
    >>> float(mutual_information(table, "level", "label") / np.log(2))
    1.0
    """
    return np.asarray(
        entropy(table, x, estimator=estimator)
        + entropy(table, y, estimator=estimator)
        - entropy(table, x, y, estimator=estimator)
    )
