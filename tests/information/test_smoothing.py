"""The posterior means against closed forms, quadrature in many digits, and the identities of any posterior mean."""

from collections.abc import Callable
from math import exp, fsum, log

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightbits.core.checks import InputError
from sightbits.information.discrete import dirichlet, nsb, plug_in, shrinkage
from sightbits.information.discrete.smoothing import log_rise, shrunk_frequencies

Times = dict[int, int]

NODES, WEIGHTS = np.polynomial.legendre.leggauss(18)
MILLION = 10**6

some_counts = st.lists(st.integers(0, 30), min_size=2, max_size=12).filter(any)
some_priors = st.floats(1e-3, 1e3)


def lay_out(times: Times, n_cells: int) -> np.ndarray:
    counts = np.zeros(n_cells, dtype=np.int64)
    seen = np.repeat(list(times), list(times.values()))
    counts[: len(seen)] = seen
    return counts


def dirichlet_slowly(counts: list[int], prior: float) -> float:
    """Each p is of a Beta distribution: the mean of -p log p is an integral, without any digamma."""
    total = sum(counts) + len(counts) * mp.mpf(prior)
    with mp.workdps(20):
        return float(
            -sum(
                mp.quad(lambda p, a=c + prior: p**a * (1 - p) ** (total - a - 1) * mp.log(p), [0, 0.5, 1])
                / mp.beta(c + prior, total - c - prior)
                for c in counts
            )
        )


def nsb_slowly(times: Times, n_cells: int) -> float:
    """Gauss-Legendre over pieces that double in length away from the peak in u = log b, in 30 digits."""
    n, n_seen = sum(c * t for c, t in times.items()), sum(times.values())

    def log_weight(u: mp.mpf) -> mp.mpf:
        b = mp.exp(u)
        log_rho = sum(t * (mp.loggamma(c + b) - mp.loggamma(b)) for c, t in times.items())
        log_rho += mp.loggamma(n_cells * b) - mp.loggamma(n + n_cells * b)
        return log_rho + mp.log(b * (n_cells * mp.psi(1, n_cells * b + 1) - mp.psi(1, b + 1)))

    def mean(u: mp.mpf) -> mp.mpf:
        b = mp.exp(u)
        terms = sum(t * (c + b) * mp.digamma(c + b + 1) for c, t in times.items())
        terms += (n_cells - n_seen) * b * mp.digamma(b + 1)
        return mp.digamma(n + n_cells * b + 1) - terms / (n + n_cells * b)

    with mp.workdps(30):
        peak, step = mp.mpf(0), mp.mpf(16)
        while step > 1e-6:
            peak, step = max((peak + k * step / 2 for k in range(-4, 5)), key=log_weight), step / 2
        top, mass, moment = log_weight(peak), [], []
        for side in (1, -1):
            near, far = mp.mpf(0), mp.mpf(2) ** -13
            while near == 0 or log_weight(peak + side * near) > top - 45:
                for node, share in zip(NODES, WEIGHTS, strict=True):
                    u = peak + side * ((near + far) + (far - near) * node) / 2
                    mass.append(share * float(far - near) * exp(log_weight(u) - top))
                    moment.append(mass[-1] * float(mean(u)))
                near, far = far, far + min(far, mp.mpf(2))
        return fsum(moment) / fsum(mass)


@pytest.mark.parametrize(
    ("counts", "prior", "value"),
    [
        ([1, 0], 1.0, 1 / 2),
        ([1, 1], 1.0, 1 / 3 + 1 / 4),
        ([0, 0, 2], 1.0, 1 / 5 * (1 / 2 + 1 / 3 + 1 / 4 + 1 / 5) * 2 + 3 / 5 * (1 / 4 + 1 / 5)),
        ([3, 1], 1e9, log(2)),
        ([3, 1], 1e-12, 3 / 4 * 1 / 4 + 1 / 4 * (1 / 2 + 1 / 3 + 1 / 4)),
        ([7], 0.3, 0),
    ],
)
def test_closed_form_of_dirichlet(counts: list[int], prior: float, value: float) -> None:
    assert float(dirichlet(np.array(counts), prior=prior)) == pytest.approx(value, abs=1e-9 if prior > 1e8 else 1e-11)


@pytest.mark.parametrize("counts", [[4, 2, 1], [0, 3], [1, 0, 0, 9], [25, 3]])
@pytest.mark.parametrize("prior", [0.5, 1.0, 0.05, 3.7])
def test_dirichlet_is_the_integral_over_the_posterior(counts: list[int], prior: float) -> None:
    assert float(dirichlet(np.array(counts), prior=prior)) == pytest.approx(dirichlet_slowly(counts, prior), abs=1e-10)


def test_prior_of_dirichlet_is_that_of_jeffreys_unless_given() -> None:
    counts = np.array([4, 2, 1, 0])
    assert float(dirichlet(counts)) == float(dirichlet(counts, prior=0.5)) != float(dirichlet(counts, prior=0.51))


@given(counts=some_counts, prior=some_priors)
def test_dirichlet_is_the_mean_of_itself_one_sample_later(counts: list[int], prior: float) -> None:
    c = np.array(counts)
    chance = (c + prior) / (c + prior).sum()
    later = dirichlet(c + np.eye(len(c), dtype=np.int64), prior=prior)
    assert float(chance @ later) == pytest.approx(float(dirichlet(c, prior=prior)), abs=1e-11)


@given(counts=some_counts)
def test_mean_of_the_entropy_is_below_the_entropy_of_the_mean(counts: list[int]) -> None:
    doubled = 2 * np.array(counts) + 1  # c + 1/2, in whole numbers
    assert 0 < float(dirichlet(np.array(counts))) < float(plug_in(doubled))


@pytest.mark.parametrize("prior", [0.0, -0.5, float("nan"), float("inf")])
def test_prior_that_is_none_is_refused(prior: float) -> None:
    with pytest.raises(InputError, match="prior: wanted a finite number above 0"):
        dirichlet(np.array([1, 2]), prior=prior)


@pytest.mark.parametrize("n_cells", [2, 3, 10, 1000, MILLION])
def test_one_sample_leaves_the_flat_prior_of_the_entropy(n_cells: int) -> None:
    assert float(nsb(lay_out({1: 1}, n_cells))) == pytest.approx(log(n_cells) / 2, rel=1e-13)


@pytest.mark.parametrize(("n_cells", "each"), [(2, 1), (2, 7), (2, 50_000), (5, 3), (40, 1), (1000, 20), (MILLION, 1)])
def test_a_sample_more_of_equal_counts_changes_nothing(n_cells: int, each: int) -> None:
    """All next samples are alike then, and the posterior mean is the mean of what it will be."""
    equal = np.full(n_cells, each)
    later = equal.copy()
    later[0] += 1
    assert float(nsb(later)) == pytest.approx(float(nsb(equal)), rel=1e-12)


def test_published_value() -> None:
    """From the README of the Python package ndd, which integrates to about ten digits."""
    counts = [7, 3, 5, 8, 9, 1, 3, 3, 1, 0, 2, 5, 2, 11, 4, 23, 5, 0, 8, 0]
    assert float(nsb(np.array(counts))) == pytest.approx(2.623634344902917, abs=1e-9)


@pytest.mark.parametrize(
    ("times", "n_cells"),
    [
        ({1: 1, 2: 1}, 3),
        ({2: 1}, MILLION),
        ({1: 2}, MILLION),
        ({MILLION: 1}, 2),
        ({MILLION: 1}, MILLION),
        ({1: MILLION}, MILLION),
        ({1: 1000}, MILLION),
        ({500_000: 2}, 2),
        ({MILLION: 1, 1: 1000}, MILLION),
        ({100: 300, 1: 5}, 1000),
        ({3: 2, 1: 4, 7: 1}, 20),
        ({50_000: 1, 1: 200, 2: 100, 3: 50, 10: 20}, 2560),
        ({10**12: 1, 5: 3}, 1000),
        ({10**12: 1000, 3 * 10**11: 999_000}, MILLION),
    ],
    ids=str,
)
def test_nsb_is_the_integral_over_the_prior(times: Times, n_cells: int) -> None:
    assert float(nsb(lay_out(times, n_cells))) == pytest.approx(nsb_slowly(times, n_cells), abs=2e-13)


@pytest.mark.parametrize("n_cells", [2, 10, 1000, MILLION])
@pytest.mark.parametrize("n", [1, 2, 3, 100, MILLION, 10**12, 10**15])
def test_any_sample_has_a_finite_nsb_entropy(n_cells: int, n: int) -> None:
    n_spread = min(n, n_cells)
    for times in ({n: 1}, {n // n_spread: n_spread}, {max(n - 1, 1): 1, 1: 1}):
        assert 0 <= float(nsb(lay_out(times, n_cells))) <= log(n_cells) + 1e-12


@pytest.mark.parametrize(("n_samples", "concentration"), [(20_000, 1.0), (MILLION, 0.3), (MILLION, 100.0)])
def test_many_distinct_counts(n_samples: int, concentration: float) -> None:
    rng = np.random.default_rng(0)
    counts = rng.multinomial(n_samples, rng.dirichlet(np.full(2000, concentration)))
    times = {int(c): int(t) for c, t in zip(*np.unique(counts[counts > 0], return_counts=True), strict=True)}
    priors = np.exp(np.linspace(log(concentration) - 5, log(concentration) + 5, 4001))
    log_rho = sum(t * log_rise(np.array(float(c)), priors) for c, t in times.items())
    log_rho = log_rho - log_rise(np.array(float(n_samples)), 2000 * priors)
    most_likely = float(priors[np.argmax(log_rho)])
    # the posterior of b is narrow about its peak, so that of the entropy is close to that of the b most likely
    assert float(nsb(counts)) == pytest.approx(float(dirichlet(counts, prior=most_likely)), abs=5 / n_samples)


@given(counts=some_counts)
def test_nsb_lies_between_the_posterior_means_that_it_mixes(counts: list[int]) -> None:
    means = [float(dirichlet(np.array(counts), prior=exp(u))) for u in range(-40, 41, 2)]
    assert min(means) - 1e-3 <= float(nsb(np.array(counts))) <= max(means) + 1e-3


@pytest.mark.parametrize("estimate", [dirichlet, nsb])
@given(counts=some_counts, n_times=st.integers(2, 5))
def test_more_samples_alike_come_closer_to_their_frequencies(
    estimate: Callable[[np.ndarray], np.ndarray], counts: list[int], n_times: int
) -> None:
    many = 10**5 * np.array(counts)
    near, nearer = (abs(float(estimate(c) - plug_in(c))) for c in (many, n_times * many))
    assert nearer <= near + 1e-12
    assert near < 2e-3


def test_rows_narrow_and_wide_are_averaged_apart() -> None:
    rows = np.stack(
        [
            lay_out({1: 1}, 3000),
            lay_out({1: 3000}, 3000),
            np.arange(3000),
            lay_out({10**9: 1}, 3000),
            np.zeros(3000, dtype=np.int64),
            lay_out({100: 2900}, 3000),
        ]
    )
    together = nsb(rows.reshape(2, 3, 3000)).ravel()
    np.testing.assert_allclose(together, [float(nsb(row)) for row in rows], rtol=1e-12, atol=1e-13)
    assert np.isnan(together).tolist() == [False] * 4 + [True, False]


@pytest.mark.parametrize("m", [-0.4, 1e-9, 0.7, 1.0, 2.0, 30.0, 1e6, 1e12])
def test_log_rise_is_a_ratio_of_gammas(m: float) -> None:
    x = np.array([1e-30, 1e-5, 0.3, 9.99, 10.0, 10.01, 1e3, 1e9, 1e25])
    x = x + 1 if m < 0 else x
    with mp.workdps(60):
        expected = [float(mp.loggamma(mp.mpf(z) + m) - mp.loggamma(z) - m * mp.log(z)) for z in x.tolist()]
    rounding = 4e-15 * (1 + abs(m) + np.abs(expected)) + 1e-15 * np.abs(np.log(x))
    assert (np.abs(log_rise(np.array(m), x) - expected) <= rounding).all()


@given(counts=some_counts)
def test_shrunk_frequencies_are_those_shrinkage_takes_the_entropy_of(counts: list[int]) -> None:
    p = shrunk_frequencies(np.array(counts))
    assert p.sum() == pytest.approx(1, abs=1e-14)
    assert float(shrinkage(np.array(counts))) == pytest.approx(-fsum(q * log(q) for q in p if q > 0), abs=1e-13)
    assert (np.diff(p[np.argsort(counts)]) >= -1e-15).all()
