import math

import numpy as np
import pytest
from scipy import stats

import sightbits as sb
from sightbits import InputError, Unit
from sightbits.information.discrete import ESTIMATORS

BIT = math.log(2)


def dice(n=400, seed=0):
    return np.random.default_rng(seed).integers(0, 6, n)


@pytest.mark.parametrize("estimator", list(ESTIMATORS))
def test_entropy_of_an_array_is_that_of_its_counts(estimator):
    x = dice()
    expected = float(ESTIMATORS[estimator](np.bincount(x)))
    found = sb.entropy(x, estimator=estimator)
    assert float(found.value) == pytest.approx(expected, abs=1e-12)
    assert found.null == "none"
    assert np.isnan(found.p_value)


def test_the_prior_reaches_the_dirichlet_estimator():
    counts = np.bincount(dice())
    expected = float(ESTIMATORS["dirichlet"](counts))
    assert float(sb.entropy(dice(), estimator="dirichlet").value) == pytest.approx(expected)
    more = float(sb.entropy(dice(), estimator="dirichlet", prior=50.0).value)
    assert expected < more < math.log(6)


def test_entropy_of_names_booleans_and_rows():
    assert float(sb.entropy(["a", "b", "c", "d"])) == pytest.approx(2)
    assert float(sb.entropy(np.array([True, False] * 4))) == pytest.approx(1)
    assert float(sb.entropy(np.array([[0, 0], [0, 1], [1, 0], [1, 1]]))) == pytest.approx(2)
    assert float(sb.joint_entropy([0, 0, 1, 1], ["a", "b", "a", "b"])) == pytest.approx(2)


def test_an_entropy_at_log_n_is_saturated():
    assert sb.entropy(np.arange(100)).saturated
    assert not sb.entropy(dice()).saturated


def test_binned_entropy_counts_the_bins():
    x = np.random.default_rng(0).standard_normal(500)
    counts = np.histogram(x, 12)[0]
    found = sb.entropy(x, estimator="plug_in", bins=12, unit="nat")
    assert float(found) == pytest.approx(stats.entropy(counts), abs=1e-12)


@pytest.mark.parametrize(
    ("draw", "truth"),
    [
        (lambda rng: rng.random(4000), 0.0),
        (lambda rng: 3 * rng.standard_normal(4000), 0.5 * math.log(2 * math.pi * math.e * 9)),
        (lambda rng: rng.exponential(2.0, 4000), 1 + math.log(2)),
        (lambda rng: rng.standard_normal((4000, 3)), 1.5 * math.log(2 * math.pi * math.e)),
    ],
)
def test_differential_entropy_of_known_densities(draw, truth):
    found = sb.entropy(draw(np.random.default_rng(0)), unit="nat")
    assert found.estimator == "kozachenko_leonenko"
    assert abs(float(found) - truth) < 4 * float(found.standard_error) + 0.02
    assert 0.005 < float(found.standard_error) < 0.05


def test_conditional_entropy_of_counts_and_of_gaussians():
    rng = np.random.default_rng(0)
    x, y = dice(), dice(seed=1)
    expected = float(sb.joint_entropy(x, y)) - float(sb.entropy(y))
    assert float(sb.conditional_entropy(x, given=y)) == pytest.approx(expected)
    a = rng.standard_normal(4000)
    b = a + 0.5 * rng.standard_normal(4000)
    truth = 0.5 * math.log(2 * math.pi * math.e * 0.25)
    assert float(sb.conditional_entropy(b, given=a, unit="nat")) == pytest.approx(truth, abs=0.06)


def test_conditional_entropy_given_groups_is_their_mean():
    rng = np.random.default_rng(1)
    group = rng.integers(0, 3, 600)
    x = rng.standard_normal(600) * (1 + group)
    shares = np.bincount(group) / 600
    within = [float(sb.entropy(x[group == g])) for g in range(3)]
    found = sb.conditional_entropy(x, given=group)
    assert float(found) == pytest.approx(float(shares @ within), abs=1e-12)
    assert 0.01 < float(found.standard_error) < 0.2


@pytest.mark.parametrize(
    ("x", "options", "message"),
    [
        (np.repeat([0.5, 1.5, 2.5], 9), {}, "Add a little noise"),
        (["a", "b"], {"estimator": "kozachenko_leonenko"}, "suits the discrete variable x"),
        ([0.5, 1.5], {}, "more than k = 3"),
        ([0.5, 1.5], {"estimator": "ksg"}, "estimator: wanted one of plug_in"),
        ([1, 2], {"error": "guess"}, "error: wanted one of local"),
    ],
)
def test_what_cannot_be_used_is_refused(x, options, message):
    with pytest.raises(InputError, match=message):
        sb.entropy(x, **options)


def test_jitter_gives_ties_a_density():
    found = sb.entropy(np.repeat([0.5, 1.5, 2.5], 100), jitter=0.1, kinds="continuous")
    assert np.isfinite(float(found))


def test_no_variable_at_all_is_refused():
    with pytest.raises(InputError, match="variables: wanted at least one"):
        sb.joint_entropy()


def test_generalised_entropies_of_arrays():
    x = np.repeat([0, 1, 2], [50, 30, 20])
    p = np.array([0.5, 0.3, 0.2])
    assert float(sb.renyi_entropy(x, 2)) == pytest.approx(-math.log2((p**2).sum()))
    assert float(sb.renyi_entropy(x, 1)) == pytest.approx(float(sb.entropy(x)))
    found = sb.tsallis_entropy(x, 3)
    assert float(found) == pytest.approx((1 - (p**3).sum()) / 2)
    assert found.unit is Unit.DIMENSIONLESS
    assert float(found.standard_error) > 0
    with pytest.raises(InputError, match="order"):
        sb.renyi_entropy(x, -1)
    with pytest.raises(InputError, match="estimator"):
        sb.renyi_entropy(x, 2, estimator="ksg")
    with pytest.raises(InputError, match=r"prior: wanted 0\.5"):
        sb.renyi_entropy(x, 2, estimator="dirichlet", prior=2.0)


def test_the_jackknife_of_a_mean_like_figure_is_its_standard_error():
    x = dice(2000)
    local = float(sb.entropy(x, error="local").standard_error)
    assert float(sb.entropy(x, error="jackknife", resamples=200).standard_error) == pytest.approx(local, rel=0.25)
    assert float(sb.entropy(x, error="bootstrap").standard_error) == pytest.approx(local, rel=0.25)
    assert np.isnan(sb.entropy(x, error="none").standard_error)
