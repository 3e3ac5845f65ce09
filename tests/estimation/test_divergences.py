import math

import numpy as np
import pytest
from scipy import stats
from scipy.spatial.distance import jensenshannon

import sightbits as sb
from sightbits import InputError


def two_samples(n_p=300, n_q=200):
    rng = np.random.default_rng(0)
    return rng.choice(4, n_p, p=[0.4, 0.3, 0.2, 0.1]), rng.choice(4, n_q, p=[0.1, 0.2, 0.3, 0.4])


def test_divergences_are_scipys():
    p, q = two_samples()
    p_share, q_share = np.bincount(p) / len(p), np.bincount(q) / len(q)
    kl = sb.kullback_leibler_divergence(p, q, unit="nat", permutations=20)
    assert float(kl) == pytest.approx(stats.entropy(p_share, q_share), abs=1e-12)
    assert float(kl.p_value) == pytest.approx(1 / 21)
    js = sb.jensen_shannon_divergence(p, q, permutations=20)
    assert float(js) == pytest.approx(jensenshannon(p_share, q_share, base=2) ** 2, abs=1e-12)
    assert float(js.standard_error) > 0
    assert not js.saturated


def test_samples_of_one_distribution_are_no_further_apart_than_chance():
    rng = np.random.default_rng(1)
    p, q = rng.integers(0, 5, 400), rng.integers(0, 5, 300)
    for divergence in (sb.kullback_leibler_divergence, sb.jensen_shannon_divergence):
        found = divergence(p, q, permutations=50)
        assert float(found.p_value) > 0.05
        assert abs(float(found.z_score)) < 2


def test_what_only_one_sample_shows():
    assert math.isinf(float(sb.kullback_leibler_divergence([0, 1], [0, 0], permutations=0)))
    assert float(sb.kullback_leibler_divergence([0, 0], [0, 1], permutations=0)) == pytest.approx(1)
    apart = sb.jensen_shannon_divergence(["a"] * 9, ["b"] * 9, permutations=0)
    assert float(apart) == pytest.approx(1)
    assert apart.saturated


def test_a_corrected_divergence_is_information_about_the_sample():
    p, q = two_samples()
    which = np.repeat([0, 1], [len(p), len(q)])
    expected = sb.mutual_information(np.concatenate([p, q]), which, estimator="miller_madow", permutations=0)
    found = sb.jensen_shannon_divergence(p, q, estimator="miller_madow", permutations=0)
    assert float(found) == pytest.approx(float(expected), abs=1e-12)


def test_continuous_samples_share_their_bins():
    rng = np.random.default_rng(2)
    p, q = rng.random(500), rng.random(500) + 0.5
    edges = np.histogram_bin_edges(np.concatenate([p, q]), 10)
    shares = [np.histogram(values, edges)[0] / 500 for values in (p, q)]
    found = sb.jensen_shannon_divergence(p, q, bins=10, permutations=0)
    assert float(found) == pytest.approx(jensenshannon(*shares, base=2) ** 2, abs=1e-12)


@pytest.mark.parametrize("p", [[np.nan, 1.5], [], [object()]], ids=["gap", "empty", "object"])
def test_what_cannot_be_used_is_refused(p):
    with pytest.raises(InputError, match="p: wanted"):
        sb.kullback_leibler_divergence(p, [1, 2])
    with pytest.raises(InputError, match="estimator: wanted one of plug_in"):
        sb.jensen_shannon_divergence([1, 2], [1, 2], estimator="ksg")


def test_names_and_numbers_do_not_mix():
    with pytest.raises(InputError, match="p and q"):
        sb.kullback_leibler_divergence(["a", "b"], [1, 2])
