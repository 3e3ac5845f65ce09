"""Entropy estimators that lend probability to cells never seen, in nats: how many cells there are matters to them."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.special import digamma, gammaln, xlogy, zeta

from sightbits.core.checks import InputError
from sightbits.information.discrete.shapes import Counts, Entropies

JEFFREYS = 0.5

_CELLS_AT_ONCE = 2**16  # a block of terms stays in a core's own cache
_NEGLIGIBLE = 40.0  # exp(-40) is below the rounding of 1
_FIRST_STEP = 0.5
_LAST_STEP = 0.35
_STEPS = 64
_ZOOM_STEPS = 32
_FEWEST_POINTS = 8
_MOST_HALVINGS = 12
_AGREED = 1e-11  # halving the step squares the error: the finer of two that agree so far is exact to rounding


def shrinkage(counts: Counts) -> Entropies:
    """Return the plug-in entropy of frequencies shrunk towards the uniform distribution, in nats.

    Notes
    -----
    The James-Stein weight (1 - sum p^2) / ((n - 1) sum (1/K - p)^2), clipped to [0, 1], minimises the expected
    squared error of the frequencies. K is the number of cells given, seen or not. Strongly biased for mutual
    information of large sparse tables: prefer another estimator there.

    Source: J. Hausser, K. Strimmer, Entropy inference and the James-Stein estimator, Journal of Machine
    Learning Research 10, 2009, 1469-1484 (arXiv:0811.3579).

    Examples
    --------
    >>> round(float(shrinkage(np.array([9, 1]))), 4)
    0.3768
    """
    shrunk = shrunk_frequencies(counts)
    return np.where(counts.sum(axis=-1) > 0, 0.0 - xlogy(shrunk, shrunk).sum(axis=-1), np.nan)


def shrunk_frequencies(counts: Counts) -> Float[np.ndarray, "*batch cells"]:
    """Return the frequencies `shrinkage` takes the entropy of: NaN where a row has no samples."""
    n = counts.sum(axis=-1, keepdims=True).astype(np.float64)
    uniform = 1 / max(counts.shape[-1], 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        p = counts / n
        spread = ((uniform - p) ** 2).sum(axis=-1, keepdims=True)
        weight = np.where(n > 1, (1 - (p**2).sum(axis=-1, keepdims=True)) / ((n - 1) * spread), 1.0)
        weight = np.where(spread > 0, np.clip(weight, 0, 1), 1.0)
        return np.asarray(weight * uniform + (1 - weight) * p)


def dirichlet(counts: Counts, *, prior: float = JEFFREYS) -> Entropies:
    """Return the posterior mean of the entropy under a symmetric Dirichlet prior over the cells, in nats.

    Parameters
    ----------
    prior
        The b of Dirichlet(b, ..., b), as if every cell had been seen b times before: 0.5 is Jeffreys' prior.

    Raises
    ------
    InputError
        Where `prior` is not a finite number above 0.

    Notes
    -----
    digamma(n + K b + 1) - sum (c + b) / (n + K b) digamma(c + b + 1), over all K cells given. It is the mean of the
    entropy, not the entropy of the mean: the plug-in entropy of the pseudo-counts c + b is larger, by Jensen's
    inequality. It corrects no bias: the prior draws it towards digamma(K b + 1) - digamma(b + 1) nats, from above
    or below, unless n is far above K b.

    Source: D. H. Wolpert, D. R. Wolf, Estimating functions of probability distributions from a finite set of
    samples, Physical Review E 52, 1995, 6841-6854.

    Examples
    --------
    >>> round(float(dirichlet(np.array([1, 0]), prior=1.0)), 4)  # over coins: heads of chance p have density 2 p
    0.5
    """
    if not 0 < prior < np.inf:
        raise InputError("prior", wanted="a finite number above 0", got=prior, remedy="Set 0.5 for Jeffreys' prior.")
    value, some = _split(counts)
    if some.any():
        rows = _Rows.of(counts[some])
        value[some] = _mean_entropy(rows, np.full((1, rows.starts.size), prior))[0]
    return value


def nsb(counts: Counts) -> Entropies:
    """Return the posterior mean of the entropy under Dirichlet priors mixed for a flat prior of the entropy, in nats.

    Notes
    -----
    The Nemenman-Shafee-Bialek estimate. With b the parameter of the Dirichlet prior, H(b) the posterior mean of
    `dirichlet` and xi(b) = digamma(K b + 1) - digamma(b + 1) its mean before any sample, it is the mean of H(b)
    weighted by rho(b) dxi/db, where rho(b) = Gamma(K b) / Gamma(n + K b) prod Gamma(c + b) / Gamma(b). K is the
    number of cells given; of one cell the entropy is 0. Its bias is small from far fewer samples than cells where
    the probabilities resemble a draw from some Dirichlet distribution, and not where few cells hold nearly all.

    Computed by the trapezoid rule in log b, to about 1e-12 nats. Cost: some hundred evaluations for each distinct
    count of a row, so one to two milliseconds a row of 2560 cells.

    Source: I. Nemenman, F. Shafee, W. Bialek, Entropy and inference, revisited, Advances in Neural Information
    Processing Systems 14, 2002, 471-478 (arXiv:physics/0108025).

    Examples
    --------
    >>> round(float(nsb(np.array([4, 2, 1]))), 4)
    0.9638
    """
    value, some = _split(counts)
    if some.any():
        value[some] = _average(_Rows.of(counts[some])) if counts.shape[-1] > 1 else 0.0
    return value


def _split(counts: Counts) -> tuple[Entropies, Bool[np.ndarray, "*batch"]]:
    some = np.asarray(counts.sum(axis=-1) > 0)
    return np.full(some.shape, np.nan), some


_Grid = Float[np.ndarray, "points rows"]


@dataclass(frozen=True, eq=False, kw_only=True)
class _Rows:
    """Rows of counts with some sample each: the distinct counts above 0, row after row, and how many cells have them.

    `starts` says where each row begins in `counts` and `times`.
    """

    n_cells: int
    counts: Float[np.ndarray, "entries"]
    times: Float[np.ndarray, "entries"]
    starts: Int[np.ndarray, "rows"]

    @classmethod
    def of(cls, counts: Int[np.ndarray, "rows cells"]) -> "_Rows":
        ordered = np.sort(counts, axis=-1)
        first = ordered > 0
        first[:, 1:] &= ordered[:, 1:] != ordered[:, :-1]
        row, cell = np.nonzero(first)
        starts = np.searchsorted(row, np.arange(len(counts)))
        ends = np.append(cell[1:], 0)
        ends[np.append(starts[1:], len(cell)) - 1] = counts.shape[-1]
        return cls(
            n_cells=counts.shape[-1],
            counts=ordered[first].astype(np.float64),
            times=(ends - cell).astype(np.float64),
            starts=starts,
        )

    @property
    def sizes(self) -> Int[np.ndarray, "rows"]:
        return np.diff(self.starts, append=self.counts.size)

    @property
    def n_samples(self) -> Float[np.ndarray, "rows"]:
        return np.add.reduceat(self.times * self.counts, self.starts)

    @property
    def n_seen(self) -> Float[np.ndarray, "rows"]:
        return np.add.reduceat(self.times, self.starts)

    def take(self, which: Bool[np.ndarray, "rows"]) -> "_Rows":
        kept = np.repeat(which, self.sizes)
        starts = np.cumsum(self.sizes[which]) - self.sizes[which]
        return _Rows(n_cells=self.n_cells, counts=self.counts[kept], times=self.times[kept], starts=starts)

    def sum(self, term: Callable[..., Float[np.ndarray, "points entries"]], b: Float[np.ndarray, "points _"]) -> _Grid:
        """Return the sum over the cells seen of term(count, b); one column of b is for all rows."""
        alike = b.shape[1] == 1
        counts, which = np.unique(self.counts, return_inverse=True) if alike else (self.counts, slice(None))
        of_entry = 0 if alike else np.repeat(np.arange(self.starts.size), self.sizes)
        total = np.empty((len(b), self.starts.size))
        at_once = max(1, _CELLS_AT_ONCE // self.counts.size)
        for begin in range(0, len(b), at_once):
            block = slice(begin, begin + at_once)
            prior = b[block] if alike else b[block][:, of_entry]
            total[block] = np.add.reduceat(self.times * term(counts, prior)[:, which], self.starts, axis=-1)
        return total


def _mean_entropy(rows: _Rows, b: _Grid) -> _Grid:
    """Return the posterior mean of the entropy under Dirichlet(b, ..., b)."""
    total = rows.n_samples + rows.n_cells * b
    seen = rows.sum(lambda c, b: (c + b) * digamma(c + b + 1), b)
    unseen = (rows.n_cells - rows.n_seen) * b * digamma(b + 1)
    return np.asarray(digamma(total + 1) - (seen + unseen) / total)


def _average(rows: _Rows) -> Float[np.ndarray, "rows"]:
    """Return the mean of H(b) weighted by rho(b) dxi/db, by the trapezoid rule in u = log b.

    The weight is analytic in |Im u| < pi and falls off at least as e^u below and e^-u above, so the error falls
    exponentially with the number of points.
    """
    left, right, top = _find_support(rows)
    value, mass, moment = np.zeros((3, left.size))
    todo = np.ones(left.size, dtype=bool)
    n_steps = max(_STEPS, 2 * int(np.ceil((right - left).min() / _LAST_STEP)))
    fractions = np.arange(n_steps + 1) / n_steps
    for halving in range(_MOST_HALVINGS):
        log_b = left[todo] + (right - left)[todo] * fractions[:, None]
        some = rows.take(todo)
        weight = np.exp(_log_weight(some, log_b) - top[todo])
        moments = weight * _mean_entropy(some, np.exp(log_b))
        if halving == 0:  # every second point of the first grid is a grid too
            value[todo] = moments[::2].sum(axis=0) / weight[::2].sum(axis=0)
        mass[todo] += weight.sum(axis=0)
        moment[todo] += moments.sum(axis=0)
        before, value[todo] = value[todo], moment[todo] / mass[todo]
        agreed = (np.abs(value[todo] - before) <= _AGREED) & ((right - left)[todo] <= n_steps * _LAST_STEP)
        todo[todo] = ~agreed
        if not todo.any():
            break
        fractions = (np.arange(n_steps) + 0.5) / n_steps
        n_steps *= 2
    return value


def _find_support(rows: _Rows) -> tuple[Entropies, Entropies, Entropies]:
    """Return the u = log b where the weight begins and ceases to matter, and its largest logarithm.

    The logarithm of the weight changes its slope over distances of about 1 in u, so the first grid misses no peak;
    it may only see too little of a narrow one, on which the next grids close in.
    """
    largest = rows.n_samples.max()
    low = -np.log(rows.n_cells) - np.log1p(np.log(largest)) - _NEGLIGIBLE - 10
    high = np.log(largest) + _NEGLIGIBLE + 10
    grid = np.arange(low, high + _FIRST_STEP, _FIRST_STEP)[:, None]
    left, right, top, n_kept = _narrow(grid, _log_weight(rows, grid))
    fractions = np.arange(_ZOOM_STEPS + 1)[:, None] / _ZOOM_STEPS
    while (narrow := n_kept < _FEWEST_POINTS).any():
        grid = left[narrow] + (right - left)[narrow] * fractions
        left[narrow], right[narrow], top[narrow], n_kept[narrow] = _narrow(grid, _log_weight(rows.take(narrow), grid))
    return left, right, top


def _narrow(
    grid: Float[np.ndarray, "points _"], log_weight: _Grid
) -> tuple[Entropies, Entropies, Entropies, Int[np.ndarray, "rows"]]:
    top = log_weight.max(axis=0)
    kept = log_weight > top - _NEGLIGIBLE
    first, last = np.argmax(kept, axis=0), len(grid) - 1 - np.argmax(kept[::-1], axis=0)
    column = np.minimum(np.arange(top.size), grid.shape[1] - 1)
    left, right = grid[np.maximum(first - 1, 0), column], grid[np.minimum(last + 1, len(grid) - 1), column]
    return left, right, top, last - first + 1


def _log_weight(rows: _Rows, log_b: Float[np.ndarray, "points _"]) -> _Grid:
    """Return log(K^n rho(b) dxi/du) with u = log b; a column of u is for all rows."""
    b = np.exp(log_b)
    risen = rows.sum(_log_rise_above, b) - rows.n_seen * _beyond_stirling(b)  # the part of b alone once a row
    return np.asarray(risen - log_rise(rows.n_samples, rows.n_cells * b) + np.log(_slope(b, rows.n_cells)))


def _slope(b: Float[np.ndarray, "*b"], n_cells: int) -> Float[np.ndarray, "*b"]:
    """Return b dxi/db = K b trigamma(K b + 1) - b trigamma(b + 1); both tend to 1, so far out their rests do it."""
    near, far = np.minimum(b, 20), np.maximum(b, 20)
    direct = near * (n_cells * zeta(2, n_cells * near + 1) - zeta(2, near + 1))
    return np.where(b < 20, direct, _below_one(far) - _below_one(n_cells * far))


def _below_one(x: Float[np.ndarray, "*x"]) -> Float[np.ndarray, "*x"]:
    """Return 1 - x trigamma(x + 1) from its asymptotic series, for x from 20 up."""
    r = 1 / x
    s = r * r
    return r / 2 - s * (1 / 6 - s * (1 / 30 - s * (1 / 42 - s * (1 / 30 - s * 5 / 66))))


def log_rise(m: Float[np.ndarray, "*#both"], x: Float[np.ndarray, "*#both"]) -> Float[np.ndarray, "*#both"]:
    """Return log Gamma(x + m) - log Gamma(x) - m log x, where the first two may be huge and nearly alike.

    It is the difference of Stirling's formula, each term of which is small where m is small against x, and of what
    the formula leaves out.
    """
    return np.asarray(_log_rise_above(m, x) - _beyond_stirling(x))


def _log_rise_above(m: Float[np.ndarray, "*#both"], x: Float[np.ndarray, "*#both"]) -> Float[np.ndarray, "*#both"]:
    return np.asarray((x + m - 0.5) * np.log1p(m / x) - m + _beyond_stirling(np.asarray(x + m)))


def _beyond_stirling(z: Float[np.ndarray, "*z"]) -> Float[np.ndarray, "*z"]:
    """Return log Gamma(z) - (z - 1/2) log z + z - log(2 pi) / 2."""
    r = 1 / np.maximum(z, 10)
    s = r * r
    rest = np.asarray(
        r * (1 / 12 - s * (1 / 360 - s * (1 / 1260 - s * (1 / 1680 - s * (1 / 1188 - s * 691 / 360360)))))
    )
    small = z < 10
    y = z[small]
    rest[small] = gammaln(y) - (y - 0.5) * np.log(y) + y - 0.5 * np.log(2 * np.pi)
    return rest
