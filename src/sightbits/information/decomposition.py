"""Partial information decomposition: what two sources tell of a target alone, alike and together, in nats.

I(target; first, second) = redundancy + unique_first + unique_second + synergy, where redundancy + unique_first is what
the first source tells alone, and so for the second. A method is therefore a function to one number, the redundancy.
The methods of `METHODS` differ in what they hold to be the same information: say which was used.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int64
from scipy.special import rel_entr

from sightbits.core.checks import InputError, check_choice
from sightbits.core.counts import CountTable

Nats = Float[np.ndarray, "*batch"]
Joint = Float[np.ndarray, "target first second"]
OfX = Float[np.ndarray, "target first"]
OfY = Float[np.ndarray, "target second"]

LARGEST_GAP = 1e-9
_PARTS = ("redundancy", "unique_first", "unique_second", "synergy")
_SCALES = (30.0, 300.0, 3.0, 100.0)  # of q in the solver: at one it goes on where rounding stops it at another


@dataclass(frozen=True, eq=False, kw_only=True)
class Decomposition:
    """What two sources tell of a target, in nats: what either tells, only this one, and only both together.

    `method` is the name in `METHODS` of the redundancy.
    """

    redundancy: Nats
    unique_first: Nats
    unique_second: Nats
    synergy: Nats
    method: str

    def __post_init__(self) -> None:
        for name in _PARTS:
            part = getattr(self, name).copy()
            part.setflags(write=False)
            object.__setattr__(self, name, part)

    @property
    def mutual_information(self) -> Nats:
        """I(target; first, second), in nats: the sum of the parts."""
        return np.asarray(self.redundancy + self.unique_first + self.unique_second + self.synergy)


def decompose(table: CountTable, first: str, second: str, *, target: str, method: str = "broja") -> Decomposition:
    """Return the four parts of what `first` and `second` tell of `target`, from the observed frequencies.

    Parameters
    ----------
    table
        The counts. Variables not named are summed out; batch axes stay.
    first, second
        The sources.
    target
        What they tell of.
    method
        One of `METHODS`.

    Returns
    -------
    Decomposition
        In nats; NaN where a table is empty.

    Raises
    ------
    InputError
        If there is no such method, or a variable is named twice.
    KeyError
        If the table lacks a variable.
    RuntimeError
        If "broja" cannot bound its error by 1e-9 nats.

    Notes
    -----
    Frequencies are taken for probabilities. From n samples that is biased upwards, the synergy most: where nothing
    depends on anything it is about (values of target - 1)(of first - 1)(of second - 1) / (2 n) nats, so a part means
    something only beside the parts under shuffled targets.

    Cost: one pass over the cells; for "broja" see there.

    Source: P. L. Williams, R. D. Beer, Nonnegative decomposition of multivariate information, arXiv:1004.2515, 2010.

    Examples
    --------
    >>> xor = CountTable(counts=np.array([[[1, 0], [0, 1]], [[0, 1], [1, 0]]]), variables=("a", "b", "out"))
    >>> round(float(decompose(xor, "a", "b", target="out").synergy / np.log(2)), 6)
    1.0
    """
    check_choice("method", method, METHODS)
    if len({first, second, target}) < 3:
        raise InputError(
            "variables",
            wanted="two sources and a target, all different",
            got=f"{first!r}, {second!r} and {target!r}",
            remedy="Name three variables of the table.",
        )
    counts = table.marginal(target, first, second).counts
    batch, cells = counts.shape[:-3], counts.shape[-3:]
    parts = np.full((4, prod(batch)), np.nan)
    for i, one in enumerate(counts.reshape(prod(batch), *cells)):
        if one.any():
            joint = one / one.sum()
            alone = np.array([_information(joint.sum(axis=2)), _information(joint.sum(axis=1))])
            redundancy = METHODS[method](joint)
            parts[:, i] = redundancy, *(alone - redundancy), _information(joint) - alone.sum() + redundancy
    return Decomposition(method=method, **{name: part.reshape(batch) for name, part in zip(_PARTS, parts, strict=True)})


def i_min(joint: Joint) -> float:
    """Return the mean over the target's values of the least that either source tells of that value, in nats.

    Notes
    -----
    Compares how much is told, not what: two independent bits are one bit redundant about the pair of them.

    Source: P. L. Williams, R. D. Beer, Nonnegative decomposition of multivariate information, arXiv:1004.2515, 2010.

    Examples
    --------
    >>> pair = np.eye(4).reshape(4, 2, 2) / 4
    >>> round(float(i_min(pair) / np.log(2)), 6)
    1.0
    """
    return float(np.minimum(_specific(joint.sum(axis=2)), _specific(joint.sum(axis=1))).sum())


def minimum(joint: Joint) -> float:
    """Return the smaller of what the two sources tell alone, in nats: the most a redundancy can be.

    Notes
    -----
    So one of the sources never tells anything that is unique.

    Source: A. B. Barrett, Exploration of synergistic and redundant information sharing in static and dynamical
    Gaussian systems, Physical Review E 91, 052802, 2015.

    Examples
    --------
    >>> minimum(np.full((2, 2, 2), 0.125))
    0.0
    """
    return min(_information(joint.sum(axis=2)), _information(joint.sum(axis=1)))


def broja(joint: Joint) -> float:
    """Return I(T; X) + I(T; Y) less the least I(T; X, Y) that the tables of (T, X) and of (T, Y) allow, in nats.

    Raises
    ------
    RuntimeError
        If the least information cannot be bounded within 1e-9 nats.

    Notes
    -----
    Assumes that what is unique to a source shows in its table with the target alone. The least information is found by
    a cone program, and the answer proved whatever the solver says of it: a distribution of exactly these tables bounds
    it from above and is taken, Lagrange multipliers bound it from below. A part that is 0 may come out as -1e-9.

    Cost: one cone a cell (target, first, second): on one processor about 2 ms for 2 x 2 x 2 cells, 0.3 s for
    10 x 16 x 16, 9 s for 10 x 32 x 32.

    Source: N. Bertschinger, J. Rauh, E. Olbrich, J. Jost, N. Ay, Quantifying unique information, Entropy 16, 2014,
    2161-2183; A. Makkeh, D. O. Theis, R. Vicente, BROJA-2PID: a robust estimator for bivariate partial information
    decomposition, Entropy 20, 2018, 271, for the cone program.

    Examples
    --------
    >>> pair = np.eye(4).reshape(4, 2, 2) / 4
    >>> round(broja(pair), 6)
    0.0
    """
    return _information(joint.sum(axis=2)) + _information(joint.sum(axis=1)) - _least_information(joint)


METHODS: dict[str, Callable[[Joint], float]] = {"i_min": i_min, "minimum": minimum, "broja": broja}


def _specific(joint: Float[np.ndarray, "target source"]) -> Float[np.ndarray, "target"]:
    """p(t) times what the source tells of the target's value t."""
    return np.asarray(rel_entr(joint, joint.sum(axis=1, keepdims=True) * joint.sum(axis=0)).sum(axis=1))


def _information(joint: Float[np.ndarray, "target *sources"]) -> float:
    return float(_specific(joint.reshape(len(joint), -1)).sum())


def _least_information(joint: Joint) -> float:
    """The least I_q(T; X, Y) over all q with the tables (t, x) and (t, y) of `joint`."""
    of_x, of_y = joint.sum(axis=2), joint.sum(axis=1)
    upper, lower = _information(joint), -np.inf
    q_can_move = ((of_x > 0).sum(axis=1) > 1) & ((of_y > 0).sum(axis=1) > 1)
    if not q_can_move.any() or (_allowed(of_x, of_y).sum(axis=0) <= 1).all():
        return upper
    answers = []
    for scale in _SCALES:
        q, for_x, for_y, status = _solve(of_x, of_y, scale)
        upper = min(upper, _information(_with_tables(q, of_x, of_y)))
        lower = max(lower, _lower_bound(of_x, of_y, for_x, for_y))
        if upper - lower <= LARGEST_GAP:
            return upper
        answers.append(status)
    raise RuntimeError(
        f"broja: the least information of a joint distribution of {joint.shape} cells is only known to lie between "
        f"{lower:.12g} and {upper:.12g} nats, not within {LARGEST_GAP:g} (Clarabel: {', '.join(answers)}). Merge rare "
        "values, or choose the method 'i_min' or 'minimum'."
    )


def _allowed(of_x: OfX, of_y: OfY) -> Bool[np.ndarray, "target first second"]:
    """Where q can be above 0."""
    return (of_x > 0)[:, :, None] & (of_y > 0)[:, None, :]


def _solve(of_x: OfX, of_y: OfY, scale: float) -> tuple[Joint, OfX, OfY, str]:
    """The q of least information, multipliers of its two tables, and the solver's word on them: all unchecked.

    Minimises the sum of r over (q, w, r): q has the two tables, w(x, y) is the sum of q(t, x, y) over t, and (-r, q, w)
    is in the exponential cone, r >= q log(q / w).
    """
    import clarabel  # noqa: PLC0415  loads only when something is decomposed
    from scipy import sparse  # noqa: PLC0415

    allowed = _allowed(of_x, of_y)
    t, x, y = np.nonzero(allowed)
    n_cells = len(t)

    def sums(seen: Bool[np.ndarray, "..."], *place: Int64[np.ndarray, "cells"]) -> Any:
        """One row for each place seen: it sums q over the cells there."""
        row = (np.cumsum(seen) - 1).reshape(seen.shape)[place]
        return sparse.csr_matrix((np.ones(n_cells), (row, np.arange(n_cells))))

    tables = sparse.vstack([sums(of_x > 0, t, x), sums(of_y > 0, t, y)])
    pairs = sums(np.asarray(allowed.any(axis=0)), x, y)
    each = sparse.identity(n_cells)
    minus_r, q_itself, w_of_q = np.eye(3)[:, :, None]  # the rows of a cone, side by side
    matrix = sparse.bmat(
        [
            [tables, None, None],
            [pairs, -sparse.identity(pairs.shape[0]), None],
            [sparse.kron(-each, q_itself), sparse.kron(-pairs.T, w_of_q), sparse.kron(each, minus_r)],
        ],
        format="csc",
    )
    n_tables = tables.shape[0]
    right, cost = np.zeros(matrix.shape[0]), np.zeros(matrix.shape[1])
    right[:n_tables] = np.concatenate([of_x[of_x > 0], of_y[of_y > 0]]) * scale
    cost[-n_cells:] = 1
    settings = clarabel.DefaultSettings()
    settings.verbose = False
    settings.direct_solve_method = "qdldl"  # faster here than the default, and the same on any number of processors
    settings.tol_gap_abs = settings.tol_gap_rel = settings.tol_feas = 1e-12
    settings.min_terminate_step_length = 1e-7
    cones = [clarabel.ZeroConeT(n_tables + pairs.shape[0])] + [clarabel.ExponentialConeT()] * n_cells
    no_squares = sparse.csc_matrix((len(cost), len(cost)))
    answer = clarabel.DefaultSolver(no_squares, cost, matrix, right, cones, settings).solve()
    q, for_x, for_y = np.zeros(allowed.shape), np.zeros(of_x.shape), np.zeros(of_y.shape)
    q[allowed] = np.asarray(answer.x)[:n_cells] / scale
    for_x[of_x > 0], for_y[of_y > 0] = np.split(-np.asarray(answer.z)[:n_tables], [int((of_x > 0).sum())])
    return q, for_x, for_y, str(answer.status)


def _with_tables(q: Joint, of_x: OfX, of_y: OfY) -> Joint:
    """The q made to have these tables exactly: shrunk where above, then filled up by a product for each t.

    Source: J. Altschuler, J. Weed, P. Rigollet, Near-linear time ... via Sinkhorn iteration, arXiv:1705.09634, 2017.
    """
    q = np.nan_to_num(q, nan=0.0, posinf=0.0).clip(min=0)
    q = q * _ratio(of_x, q.sum(axis=2)).clip(max=1)[:, :, None]
    q = q * _ratio(of_y, q.sum(axis=1)).clip(max=1)[:, None, :]
    missing_x, missing_y = (of_x - q.sum(axis=2)).clip(min=0), (of_y - q.sum(axis=1)).clip(min=0)
    return q + _ratio(missing_x, missing_x.sum(axis=1, keepdims=True))[:, :, None] * missing_y[:, None, :]


def _lower_bound(of_x: OfX, of_y: OfY, for_x: OfX, for_y: OfY) -> float:
    """What I_q(T; X, Y) is not below for any q of these tables, whatever the multipliers.

    Let c(t, x, y) = for_x(t, x) + for_y(t, y), for_x moved until exp(c) sums to at most 1 over t at each (x, y). Then
    the sum of q log(q / w) is at least that of q c, by Gibbs' inequality, and the tables fix the latter.
    """
    for_x, for_y = (np.nan_to_num(part, posinf=0.0, neginf=0.0) for part in (for_x, for_y))
    c = np.where(_allowed(of_x, of_y), for_x[:, :, None] + for_y[:, None, :], -np.inf)
    excess = np.logaddexp.reduce(c, axis=0).max(axis=1)
    for_x = np.where(of_x > 0, for_x - excess, 0)
    entropy = -rel_entr(of_x.sum(axis=1), 1).sum()
    return float(entropy + (of_x * for_x).sum() + (of_y * for_y).sum())


def _ratio(part: Float[np.ndarray, "..."], whole: Float[np.ndarray, "..."]) -> Float[np.ndarray, "..."]:
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)
