import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_selection._mutual_info import _compute_mi_cc, _compute_mi_cd
from sklearn.metrics import mutual_info_score, normalized_mutual_info_score

import sightbits as sb
from sightbits import InputError, Unit
from sightbits.datasets import synthetic
from sightbits.estimation.terms import PAIR_TERMS
from sightbits.information import composed
from sightbits.information.discrete import ESTIMATORS
from sightbits.information.histogram import bin_codes, count_bins

BIT = math.log(2)
BARE = {"permutations": 0, "error": "none"}


def gaussian(rho, n=500, seed=0):
    return synthetic.gaussian(rho).sample(n, seed=seed)


def labels(n=300, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.integers(0, 3, n)
    return x, (x + rng.integers(0, 2, n)) % 3, rng.integers(0, 2, n)


codes = st.lists(st.tuples(*[st.integers(0, 3)] * 3), min_size=2, max_size=40).map(np.array)


# What comes back


def test_an_estimate_carries_everything_beside_its_value():
    found = sb.mutual_information(*gaussian(0.9), permutations=30)
    assert (found.estimator, found.n_samples, found.null, found.n_permutations) == ("ksg", 500, "permutation", 30)
    assert float(found) == pytest.approx(float(found.value) / BIT)
    assert float(found.p_value) == pytest.approx(1 / 31)
    assert float(found.excess) == pytest.approx(float(found.value - found.null_mean))
    assert float(found.z_score) > 10
    assert 0 < float(found.standard_error) < 0.1
    assert not found.saturated
    line = repr(found)
    assert "\n" not in line
    assert "bit (ksg, n = 500, chance" in line


def test_units_convert_the_same_figure():
    nats, bits, bans = (
        float(sb.mutual_information(*gaussian(0.6), unit=unit, **BARE)) for unit in ("nat", "bit", "ban")
    )
    assert bits == pytest.approx(nats / math.log(2))
    assert bans == pytest.approx(nats / math.log(10))


@pytest.mark.parametrize("estimator", ["plug_in", "ksg", "copula"])
def test_the_null_is_what_shuffling_y_gives(estimator):
    x, y = gaussian(0.3, 200)
    found = sb.mutual_information(x, y, estimator=estimator, permutations=25, seed=7)
    orders = [np.random.default_rng([7, i]).permutation(len(y)) for i in range(25)]
    draws = [float(sb.mutual_information(x, y[order], estimator=estimator, unit="nat", **BARE)) for order in orders]
    assert float(found.null_mean) == pytest.approx(np.mean(draws), abs=1e-12)
    assert float(found.null_std) == pytest.approx(np.std(draws, ddof=1), abs=1e-12)
    n_as_large = sum(draw >= float(found.value) - 1e-12 for draw in draws)
    assert float(found.p_value) == pytest.approx((n_as_large + 1) / 26)


def test_the_same_seed_gives_the_same_estimate():
    first, again = (sb.mutual_information(*gaussian(0.4), permutations=5, seed=3) for _ in range(2))
    assert repr(first) == repr(again)


@pytest.mark.parametrize(("n", "expected"), [(100, 100), (2000, 100), (4000, 50), (100_000, 20)])
def test_slow_estimators_get_fewer_permutations_on_large_samples(n, expected):
    assert sb.EstimationSettings().n_permutations(n, quick=False) == expected


# Values


@pytest.mark.parametrize("seed", range(5))
def test_histogram_plug_in_is_scikit_learns(seed):
    x, y = synthetic.uniform_plus_noise().sample(1000, seed=seed)
    expected = mutual_info_score(None, None, contingency=np.histogram2d(x, y, 30)[0])
    assert float(sb.mutual_information(x, y, estimator="plug_in", bins=30, unit="nat", **BARE)) == pytest.approx(
        expected, abs=1e-12
    )


def test_ksg_and_ross_are_scikit_learns():
    x, y = gaussian(0.7)
    ours = float(sb.mutual_information(x, y, estimator="ksg", k=4, unit="nat", **BARE))
    assert ours == pytest.approx(_compute_mi_cc(x / x.std(), y / y.std(), 4), abs=1e-6)
    label, y = synthetic.labelled_gaussians(3, 1.0).sample(400)
    ours = float(sb.mutual_information(label, y, unit="nat", **BARE))
    assert ours == pytest.approx(_compute_mi_cd(y / y.std(), label, 3), abs=1e-6)
    assert ours == pytest.approx(float(sb.mutual_information(y, label, unit="nat", **BARE)), abs=1e-12)


@pytest.mark.parametrize(
    ("pair", "estimator", "tolerance"),
    [
        (synthetic.uniform_plus_noise(), "chao_wang_jost", 0.03),
        (synthetic.uniform_plus_noise(), "ksg", 0.03),
        (synthetic.gaussian(0.6), "copula", 0.02),
        (synthetic.gaussian(0.9), "copula", 0.02),
        (synthetic.independent(), "ksg2", 0.02),
        (synthetic.independent(), "gao", 0.03),
        (synthetic.gao_mixture(), "gao", 0.05),
        (synthetic.labelled_gaussians(3, 1.0), "ross", 0.03),
        (synthetic.gaussian(0.6, dimension=3), "ksg", 0.1),
        (synthetic.gaussian(0.6, dimension=3), "copula", 0.03),
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_the_mean_over_twenty_samples_is_near_the_truth(pair, estimator, tolerance):
    kinds = "continuous" if estimator == "gao" else [pair.x_kind, pair.y_kind]
    bits = [
        float(sb.mutual_information(*pair.sample(1000, seed=seed), estimator=estimator, kinds=kinds, **BARE))
        for seed in range(20)
    ]
    assert np.mean(bits) == pytest.approx(pair.information / BIT, abs=tolerance)


@pytest.mark.parametrize("n", [50, 1000])
@pytest.mark.parametrize(
    "pair",
    [
        synthetic.uniform_plus_noise(),
        synthetic.labelled_gaussians(3, 1.0),
        synthetic.gaussian(0.9999),
        synthetic.binary_symmetric_channel(),
    ],
    ids=lambda pair: pair.name,
)
def test_no_estimator_gives_nan(pair, n):
    x, y = pair.sample(n)
    kinds = [pair.x_kind, pair.y_kind]
    by_terms = (["ksg", "ksg2", "copula", "gao"], ["ross", "gao"], [])[kinds.count("discrete")]
    for estimator in [*by_terms, *ESTIMATORS]:
        found = sb.mutual_information(x, y, estimator=estimator, kinds=kinds, permutations=2)
        assert np.isfinite([found.value, found.null_mean, found.standard_error]).all(), found


@pytest.mark.parametrize("estimator", ["plug_in", "ksg", "copula", "chao_wang_jost"])
@pytest.mark.parametrize("error", ["local", "jackknife"])
def test_standard_errors_are_the_spread_over_samples(estimator, error):
    found = [
        sb.mutual_information(*gaussian(0.8, 400, seed), estimator=estimator, bins=8, permutations=0, error=error)
        for seed in range(40)
    ]
    spread = np.std([float(one.value) for one in found], ddof=1)
    typical = np.median([float(one.standard_error) for one in found])
    assert 0.7 < typical / spread < 1.4


def test_bootstrap_error_is_that_of_counts_only():
    x, y, _ = labels()
    boot = sb.mutual_information(x, y, error="bootstrap", permutations=0)
    local = sb.mutual_information(x, y, permutations=0)
    assert float(boot.standard_error) == pytest.approx(float(local.standard_error), rel=0.5)
    with pytest.raises(InputError, match="error: wanted local, jackknife or none with the estimator ksg"):
        sb.mutual_information(*gaussian(0.5), estimator="ksg", error="bootstrap")


# Which estimator, and what is assumed


def test_kinds_choose_the_estimator():
    x, y = gaussian(0.5, 60)
    named = np.where(x > 0, "up", "down")
    assert sb.mutual_information(x, y, **BARE).estimator == "ksg"
    assert sb.mutual_information(named, y, **BARE).estimator == "ross"
    assert sb.mutual_information(named, y > 0, **BARE).estimator == "plug_in"


def test_dense_whole_numbers_are_counted_and_it_is_said():
    rng = np.random.default_rng(0)
    found = sb.mutual_information(rng.integers(0, 500, 300), rng.integers(0, 500, 300), permutations=5)
    assert found.estimator == "plug_in"
    assert any("taken as discrete" in warning for warning in found.warnings)
    assert any("what chance alone gives" in warning for warning in found.warnings)


def test_ties_are_warned_of_and_broken_on_request():
    x, y = (np.round(values, 1) for values in gaussian(0.6, 400))
    tied = sb.mutual_information(x, y, estimator="ksg", permutations=0)
    assert any("jitter" in warning for warning in tied.warnings)
    free = sb.mutual_information(x, y, estimator="ksg", permutations=0, jitter=0.03)
    assert not free.warnings
    assert float(free) == pytest.approx(0.3219, abs=0.2)


@pytest.mark.parametrize("estimator", ["plug_in", "ksg", "ksg2", "copula", "gao"])
def test_a_constant_carries_no_information(estimator):
    x = gaussian(0.5, 100)[0]
    found = sb.mutual_information(x, np.full(100, 2.5), estimator=estimator, permutations=3, kinds="continuous")
    assert float(found) == 0
    assert not found.saturated
    assert any("y is constant" in warning for warning in found.warnings)


@pytest.mark.parametrize("estimator", ["plug_in", "ksg", "ksg2", "gao", "copula", "chao_wang_jost"])
def test_all_ties_give_a_finite_figure(estimator):
    x = np.repeat([0.5, 1.5], 30)
    found = sb.mutual_information(x, x, estimator=estimator, permutations=3)
    assert not np.isnan(float(found))


def test_perfect_dependence_is_saturated():
    x = gaussian(0.5, 300)[0]
    for estimator in ("plug_in", "ksg", "ksg2", "copula"):
        assert sb.mutual_information(x, x, estimator=estimator, bins=400, **BARE).saturated, estimator


def test_a_million_levels_stay_in_memory():
    x = np.arange(1_000_000)
    found = sb.mutual_information(x, x[::-1].copy(), permutations=1, error="none")
    assert float(found.value) == pytest.approx(math.log(1_000_000))
    assert found.saturated
    assert float(found.p_value) == 1
    assert any("seen once" in warning for warning in found.warnings)
    with pytest.raises(InputError, match="estimator: wanted an estimator that needs only the cells seen"):
        sb.mutual_information(x, x, estimator="nsb")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"x": [1.5, np.nan, 3.5]}, "x: wanted finite numbers, got NaN or infinity in 1 of 3"),
        ({"x": [1.5, 2.5]}, "x and y: wanted equally many samples"),
        ({"x": []}, "x: wanted one value a sample"),
        ({"x": [object(), 1, 2]}, "x: wanted numbers, booleans or names"),
        ({"x": [1 + 2j, 1, 2]}, "x: wanted numbers, booleans or names"),
        ({"estimator": "best"}, "estimator: wanted one of plug_in"),
        ({"k": 3}, "samples: wanted more than k = 3"),
        ({"k": 0}, "k: wanted a whole number at least 1"),
        ({"estimator": "ross"}, "estimator: wanted one discrete and one continuous variable for ross"),
        ({"x": ["a", "b", "c"], "estimator": "ksg"}, "estimator: wanted an estimator that suits the discrete"),
        ({"x": ["a", "b", "c"], "estimator": "gao", "k": 1}, "x: wanted numbers, since this estimator looks"),
        ({"estimator": "copula"}, "samples"),
        ({"unit": "byte"}, "unit: wanted one of nat, bit, ban"),
        ({"kinds": ["discrete"]}, "kinds: wanted one kind for all"),
        ({"bins": "many"}, "bins: wanted one of sturges"),
        ({"jitter": -1.0}, "jitter: wanted a finite number of 0 or more"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_refused_with_advice(arguments, message):
    given_arguments = {"x": [1.5, 2.5, 3.5], "y": [0.5, 2.5, 1.5], **arguments}
    with pytest.raises(InputError, match=message.replace("(", r"\(")):
        sb.mutual_information(**given_arguments)


# Identities


@given(codes)
def test_information_is_what_the_entropies_share(rows):
    x, y, _ = rows.T
    options = {"error": "none", "kinds": "discrete"}
    shared = (
        float(sb.entropy(x, **options)) + float(sb.entropy(y, **options)) - float(sb.joint_entropy(x, y, **options))
    )
    found = float(sb.mutual_information(x, y, kinds="discrete", **BARE))
    assert found == pytest.approx(shared, abs=1e-9)
    assert -1e-12 <= found <= min(float(sb.entropy(x, **options)), float(sb.entropy(y, **options))) + 1e-9
    assert found == pytest.approx(float(sb.mutual_information(y, x, kinds="discrete", **BARE)), abs=1e-12)


@given(codes)
def test_the_chain_rule_holds(rows):
    x, y, z = rows.T
    options = {"kinds": "discrete", **BARE}
    both = float(sb.mutual_information(np.stack([x, z], axis=1), y, **options))
    alone = float(sb.mutual_information(z, y, **options))
    assert both == pytest.approx(alone + float(sb.conditional_mutual_information(x, y, given=z, **options)), abs=1e-9)


@given(codes, st.permutations(range(4)))
def test_relabelling_and_reordering_change_nothing_and_merging_never_adds(rows, relabel):
    x, y, _ = rows.T
    options = {"kinds": "discrete", **BARE}
    found = float(sb.mutual_information(x, y, **options))
    assert float(sb.mutual_information(np.array(relabel)[x], y, **options)) == pytest.approx(found, abs=1e-12)
    order = np.random.default_rng(len(x)).permutation(len(x))
    assert float(sb.mutual_information(x[order], y[order], **options)) == pytest.approx(found, abs=1e-12)
    assert float(sb.mutual_information(x // 2, y, **options)) <= found + 1e-12


@given(codes)
def test_interaction_is_the_same_whichever_comes_last(rows):
    options = {"kinds": "discrete", **BARE}
    found = [float(sb.interaction_information(*order, **options)) for order in itertools.permutations(rows.T)]
    np.testing.assert_allclose(found, found[0], atol=1e-9)


# Three and more variables


def test_conditional_information_of_gaussians():
    rng = np.random.default_rng(0)
    z, x = rng.standard_normal((2, 2000))
    x, y = x + z, rng.standard_normal(2000) + z + 0.8 * x
    covariance = np.linalg.inv(np.cov([x, y, z]))
    partial = -covariance[0, 1] / math.sqrt(covariance[0, 0] * covariance[1, 1])
    truth = -0.5 * math.log(1 - partial**2) / BIT
    for estimator in ("ksg", "copula", "gao"):
        found = float(sb.conditional_mutual_information(x, y, given=z, estimator=estimator, **BARE))
        assert found == pytest.approx(truth, abs=0.08), estimator


@pytest.mark.parametrize("estimator", ["ksg", "copula", "plug_in"])
def test_a_common_cause_is_explained_away(estimator):
    rng = np.random.default_rng(1)
    z = rng.standard_normal(400)
    x, y = z + 0.5 * rng.standard_normal((2, 400))
    options = {"estimator": estimator, "permutations": 40, "bins": 5}
    assert float(sb.mutual_information(x, y, **options).p_value) < 0.05
    shown = sb.conditional_mutual_information(x, y, given=z, **options)
    assert float(shown.excess) < 0.35 * float(sb.mutual_information(x, y, **options).excess)
    if estimator != "plug_in":
        assert float(shown.p_value) > 0.05


def test_chance_given_a_third_shuffles_within_its_values():
    rng = np.random.default_rng(4)
    z = rng.integers(0, 4, 200)
    x, y = (z + (rng.random((2, 200)) < 0.3)) % 4
    found = sb.conditional_mutual_information(x, y, given=z, permutations=20, unit="nat")
    draws = []
    for i in range(20):
        rows = np.empty(200, dtype=np.int64)
        rows[np.argsort(z, kind="stable")] = np.lexsort((np.random.default_rng([0, i]).random(200), z))
        draws.append(float(sb.conditional_mutual_information(x[rows], y, given=z, unit="nat", **BARE)))
    assert float(found.null_mean) == pytest.approx(np.mean(draws), abs=1e-12)
    assert float(found.excess) < 2 * float(found.null_std)


def test_given_a_discrete_variable_groups_are_averaged():
    rng = np.random.default_rng(2)
    group = rng.integers(0, 3, 300)
    x = rng.standard_normal(300)
    y = x * group + rng.standard_normal(300)
    shares = np.bincount(group) / 300
    for estimator in ("ksg", "copula", "gao"):
        within = [
            float(sb.mutual_information(x[group == g], y[group == g], estimator=estimator, **BARE)) for g in range(3)
        ]
        found = sb.conditional_mutual_information(x, y, given=group, estimator=estimator, permutations=20)
        assert float(found) == pytest.approx(float(shares @ within), abs=1e-12)
        assert float(found.p_value) == pytest.approx(1 / 21)
    with pytest.raises(
        InputError, match="given: wanted more than k = 3 samples of each value, got a value seen 1 times"
    ):
        sb.conditional_mutual_information(x, y, given=np.where(np.arange(300) == 0, 9, group))


def test_conditioning_on_a_constant_changes_nothing():
    x, y = gaussian(0.7, 200)
    for estimator in ("ksg", "copula", "plug_in"):
        plain = float(sb.mutual_information(x, y, estimator=estimator, **BARE))
        given_constant = sb.conditional_mutual_information(
            x, y, given=np.full(200, 0.5), estimator=estimator, kinds="continuous", **BARE
        )
        assert float(given_constant) == pytest.approx(plain, abs=0.01), estimator


def test_total_correlation_of_gaussians_and_of_copies():
    rng = np.random.default_rng(3)
    common = rng.standard_normal(2000)
    variables = [common + rng.standard_normal(2000) for _ in range(3)]
    truth = -0.5 * np.linalg.slogdet(np.corrcoef(variables))[1] / BIT
    for estimator in ("ksg", "ksg2", "copula"):
        assert float(sb.total_correlation(*variables, estimator=estimator, **BARE)) == pytest.approx(truth, abs=0.08)
    found = sb.total_correlation(*variables, np.zeros(2000), estimator="ksg", kinds="continuous", **BARE)
    assert float(found) == pytest.approx(float(sb.total_correlation(*variables, estimator="ksg", **BARE)))
    x = labels()[0]
    assert float(sb.total_correlation(x, x, x, **BARE)) == pytest.approx(2 * float(sb.entropy(x)))
    copies = sb.total_correlation(x, x, x, permutations=10)
    assert float(copies.null_mean) < 0.1 * float(copies.value)
    with pytest.raises(InputError, match="variables: wanted at least two"):
        sb.total_correlation(x)


def test_interaction_tells_synergy_from_redundancy():
    x, y, z = synthetic.gate("xor").sample(400)
    synergy = sb.interaction_information(x, y, z, permutations=30)
    assert float(synergy) == pytest.approx(1, abs=0.01)
    assert float(synergy.p_value) == pytest.approx(1 / 31)
    redundancy = sb.interaction_information(x, x, x, permutations=30)
    assert float(redundancy) == pytest.approx(-float(sb.entropy(x)))
    assert float(redundancy.p_value) == pytest.approx(1 / 31)
    rng = np.random.default_rng(0)
    covariance = np.array([[1, 0.6, 1.6], [0.6, 1, 1.6], [1.6, 1.6, 3.45]])  # of a, b, and a + b with noise
    a, b, c = rng.multivariate_normal(np.zeros(3), covariance, 1500).T
    precision = np.linalg.inv(covariance)
    partial = -precision[0, 1] / math.sqrt(precision[0, 0] * precision[1, 1])
    truth = 0.5 * math.log((1 - 0.6**2) / (1 - partial**2)) / BIT
    for estimator in ("ksg", "copula", "gao"):
        found = sb.interaction_information(a, b, c, estimator=estimator, **BARE)
        assert float(found) == pytest.approx(truth, abs=0.12), estimator


@pytest.mark.parametrize("normalization", ["arithmetic", "geometric", "min", "max"])
def test_normalized_information_is_scikit_learns(normalization):
    x, y, _ = labels()
    found = sb.normalized_mutual_information(x, y, normalization=normalization, permutations=5)
    assert float(found) == pytest.approx(normalized_mutual_info_score(x, y, average_method=normalization), abs=1e-12)
    assert found.unit is Unit.DIMENSIONLESS
    assert float(found.null_mean) < 0.05
    assert float(found.standard_error) > 0


def test_normalized_information_of_copies_and_constants():
    x = labels()[0]
    same = sb.normalized_mutual_information(x, x, permutations=3)
    assert float(same) == pytest.approx(1)
    assert same.saturated
    assert float(sb.normalized_mutual_information(x, np.zeros(len(x)), permutations=0)) == 0
    with pytest.raises(InputError, match="normalization: wanted one of arithmetic"):
        sb.normalized_mutual_information(x, x, normalization="mean")


def test_every_estimator_of_pairs_is_known_by_name():
    assert set(PAIR_TERMS) == {"ksg", "ksg2", "ross", "gao", "copula"}


def test_bins_of_both_kinds_reach_the_counts():
    x, y = gaussian(0.6)
    expected = mutual_info_score(bin_codes(x, 7, "equal_mass")[0], bin_codes(y, 7, "equal_mass")[0])
    found = sb.mutual_information(x, y, estimator="plug_in", bins=7, binning="equal_mass", unit="nat", **BARE)
    assert float(found) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("estimator", ["shrinkage", "dirichlet", "nsb"])
def test_cells_never_seen_count_where_they_matter(estimator):
    x, y = np.array([0, 0, 1, 1, 2, 2, 0]), np.array([0, 2, 0, 0, 1, 1, 0])  # the last of nine cells is empty
    counts = np.zeros((3, 3), dtype=np.int64)
    np.add.at(counts, (x, y), 1)
    table = sb.CountTable(counts=counts, variables=("x", "y"))
    expected = composed.mutual_information(table, "x", "y", estimator=ESTIMATORS[estimator])
    found = sb.mutual_information(x, y, estimator=estimator, **BARE)
    assert float(found.value) == pytest.approx(float(expected), abs=1e-12)


def test_groups_know_no_bootstrap_either():
    x, y = gaussian(0.5, 60)
    with pytest.raises(InputError, match="error: wanted local, jackknife or none"):
        sb.conditional_mutual_information(x, y, given=np.arange(60) % 2, error="bootstrap")


def test_counts_afford_more_shuffles_than_distances():
    x, y = gaussian(0.5, 8000)
    assert sb.mutual_information(x, y, estimator="ksg", error="none").n_permutations == 25
    assert sb.mutual_information(x, y, estimator="plug_in", error="none").n_permutations == 100


def test_a_rule_for_bins_sees_the_pair():
    x, y = gaussian(0.9)
    correlation = float(np.corrcoef(x, y)[0, 1])
    codes = [bin_codes(values, count_bins(values, "hacine_gharbi", correlation=correlation))[0] for values in (x, y)]
    found = sb.mutual_information(x, y, estimator="plug_in", bins="hacine_gharbi", unit="nat", **BARE)
    assert float(found) == pytest.approx(mutual_info_score(*codes), abs=1e-12)


def test_columns_are_binned_each_and_counted_together():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((300, 2))
    counts = np.histogram2d(*x.T, 4)[0].ravel()
    found = sb.entropy(x, estimator="plug_in", bins=4, unit="nat")
    assert float(found) == pytest.approx(-sum(c / 300 * math.log(c / 300) for c in counts if c), abs=1e-12)
    y = x[:, 0] * x[:, 1] + rng.standard_normal(300)
    both = float(sb.mutual_information(x, y, estimator="plug_in", bins=4, **BARE))
    assert both > float(sb.mutual_information(x[:, 0], y, estimator="plug_in", bins=4, **BARE))


def test_gao_welcomes_ties():
    x, y = (np.round(values, 1) for values in gaussian(0.6, 400))
    assert not sb.mutual_information(x, y, estimator="gao", permutations=0).warnings


@pytest.mark.parametrize("estimator", ["ksg", "ksg2"])
def test_more_information_than_the_sample_can_show_is_saturated(estimator):
    x, y = synthetic.gaussian_with_information(10.0).sample(100)
    found = sb.mutual_information(x, y, estimator=estimator, **BARE)
    assert float(found.value) < 5
    assert found.saturated
