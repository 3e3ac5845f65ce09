from collections import Counter
from math import ceil, log2, pi, sqrt

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.metrics import mutual_info_score

from sightbits.core.checks import InputError
from sightbits.core.coded import CodedSample
from sightbits.information.composed import mutual_information
from sightbits.information.histogram import BIN_RULES, BINNINGS, bin_codes, count_bins

any_floats = st.one_of(
    st.floats(-1e307, 1e307, allow_nan=False),
    st.floats(-1, 1),
    st.floats(1e6, 1e6 + 1e-6),
    st.floats(-1e-300, 1e-300),
    st.integers(-8, 8).map(float),
    st.integers(-8, 8).map(lambda k: k / 10),
)
several = st.lists(any_floats, min_size=2, max_size=40)
of_one_scale = st.sampled_from(
    [st.floats(-1e307, 1e307), st.floats(-3, 5), st.floats(-1e-300, 1e-300), st.integers(-9, 9).map(float)]
).flatmap(lambda one: st.lists(one, min_size=2, max_size=40))
every_rule = pytest.mark.parametrize("rule", BIN_RULES)


def as_floats(values: object) -> np.ndarray:
    return np.array(values, dtype=np.float64)


def count_as_numpy(values: np.ndarray, n_bins: int) -> np.ndarray:
    assume(values.min() < values.max())
    try:
        return np.histogram(values, n_bins)[0]
    except ValueError:  # the range has fewer floats than bins
        assume(False)
        raise


# --- equal width ---


@given(values=st.one_of(several, of_one_scale), n_bins=st.integers(1, 30))
def test_bins_of_equal_width_are_those_of_numpy(values: list[float], n_bins: int) -> None:
    expected = count_as_numpy(as_floats(values), n_bins)
    codes, found = bin_codes(as_floats(values), n_bins)
    assert found == n_bins
    assert np.bincount(codes, minlength=n_bins).tolist() == expected.tolist()


@given(
    low=st.floats(-1e6, 1e6),
    width=st.one_of(st.floats(1e-3, 1e6), st.sampled_from([0.1, 0.3, 1 / 3, 1.0])),
    n_bins=st.integers(1, 40),
)
def test_values_on_the_edges_are_binned_as_by_numpy(low: float, width: float, n_bins: int) -> None:
    edges = np.linspace(low, low + width, n_bins + 1)
    values = np.concatenate([edges, np.nextafter(edges[1:], low), np.nextafter(edges[:-1], np.inf)])
    expected = count_as_numpy(values, n_bins)
    assert np.bincount(bin_codes(values, n_bins)[0], minlength=n_bins).tolist() == expected.tolist()


@given(values=st.lists(st.tuples(any_floats, any_floats), min_size=2, max_size=40), n_bins=st.integers(1, 12))
def test_bins_of_two_variables_are_those_of_numpy(values: list[tuple[float, float]], n_bins: int) -> None:
    x, y = np.array(values).T.copy()
    count_as_numpy(x, n_bins)
    count_as_numpy(y, n_bins)
    together = bin_codes(x, n_bins)[0] * n_bins + bin_codes(y, n_bins)[0]
    expected = np.histogram2d(x, y, n_bins)[0].astype(int)
    assert np.bincount(together, minlength=n_bins**2).reshape(n_bins, n_bins).tolist() == expected.tolist()


@pytest.mark.parametrize(
    ("values", "n_bins", "codes"),
    [
        ([0, 1, 2, 3, 4], 4, [0, 1, 2, 3, 3]),
        ([-2, -1, 0, 2], 2, [0, 0, 1, 1]),
        ([4, 0, 2, 2, 1], 2, [1, 0, 1, 1, 0]),
        ([0, 1], 5, [0, 4]),
        ([1, 2, 9], 1, [0, 0, 0]),
    ],
)
def test_a_value_on_an_edge_belongs_above(values: list[int], n_bins: int, codes: list[int]) -> None:
    found, n_found = bin_codes(as_floats(values), n_bins)
    assert (found.tolist(), n_found) == (codes, n_bins)
    assert found.dtype == np.int64


@pytest.mark.parametrize("binning", BINNINGS)
@pytest.mark.parametrize("values", [[3.0], [0.0, -0.0], [7.5] * 9, [1e300] * 3])
def test_a_constant_has_one_bin(binning: str, values: list[float]) -> None:
    codes, n_bins = bin_codes(as_floats(values), 30, binning)
    assert (codes.tolist(), n_bins) == ([0] * len(values), 1)


# --- equal mass ---


@given(
    values=st.lists(st.integers(-1000, 1000), min_size=2, max_size=60, unique=True),
    n_bins=st.integers(1, 20),
    scale=st.sampled_from([1.0, 0.1, 1e200, 1e-200]),
)
def test_the_value_of_rank_i_falls_among_the_quantiles_below_it(values: list[int], n_bins: int, scale: float) -> None:
    """Quantile k lies at rank k (n - 1) / B, so rank i has i B / (n - 1) of them at or below."""
    n = len(values)
    assume(n_bins < n - 1)
    codes, n_found = bin_codes(as_floats(values) * scale, n_bins, "equal_mass")
    assert n_found == n_bins
    for i, code in enumerate(codes[np.argsort(values)].tolist()):
        expected, rest = divmod(i * n_bins, n - 1)
        expected = min(expected, n_bins - 1)
        on_an_edge = 0 < i < n - 1 and rest == 0  # whichever side rounding takes it to
        assert code in ((expected - 1, expected) if on_an_edge else (expected,))


@given(values=st.lists(st.integers(0, 6), min_size=2, max_size=60), n_bins=st.integers(1, 20))
def test_bins_of_equal_mass_differ_by_ties_at_most(values: list[int], n_bins: int) -> None:
    codes, n_found = bin_codes(as_floats(values), n_bins, "equal_mass")
    most_alike = max(Counter(values).values())
    assert max(Counter(codes.tolist()).values()) <= len(values) / n_bins + most_alike + 1
    assert set(codes.tolist()) == set(range(n_found))
    assert n_found <= min(n_bins, len(set(values)))


@given(values=st.one_of(several, of_one_scale, st.lists(st.integers(0, 3).map(float), min_size=1)), data=st.data())
@pytest.mark.parametrize("binning", BINNINGS)
def test_bins_follow_the_order_of_the_values(binning: str, values: list[float], data: st.DataObject) -> None:
    array = as_floats(values)
    codes, n_bins = bin_codes(array, data.draw(st.integers(1, 50)), binning)
    ordered = codes[np.argsort(array, kind="stable")]
    assert (np.diff(ordered) >= 0).all()
    assert {len(set(codes[array == value].tolist())) for value in array} == {1}
    assert 0 <= codes.min() <= codes.max() < n_bins


def test_distinct_values_fill_bins_of_equal_mass_evenly() -> None:
    values = np.random.default_rng(0).lognormal(sigma=4, size=1000)
    sizes = np.bincount(bin_codes(values, 30, "equal_mass")[0], minlength=30)
    assert sizes.min() >= 33
    assert sizes.max() <= 34


@pytest.mark.parametrize(
    ("values", "codes", "n_bins"),
    [
        ([0] * 90 + list(range(1, 11)), [0] * 90 + [1] * 10, 2),
        ([0] * 20 + [5] * 70 + [9] * 10, [0] * 20 + [1] * 70 + [2] * 10, 3),
        ([0] * 5 + [9] * 95, [0] * 5 + [1] * 95, 2),
        ([1, 2, 3], [0, 1, 2], 3),
    ],
)
def test_heavy_ties_leave_fewer_bins_of_equal_mass(values: list[int], codes: list[int], n_bins: int) -> None:
    found, n_found = bin_codes(as_floats(values), 10, "equal_mass")
    assert (found.tolist(), n_found) == (codes, n_bins)


# --- how many bins ---


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("n", [5, 37, 300, 4001])
@pytest.mark.parametrize(
    ("rule", "of_numpy"), [("sturges", "sturges"), ("scott", "scott"), ("freedman_diaconis", "fd")]
)
def test_rules_of_width_are_those_of_numpy(rule: str, of_numpy: str, n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    for values in (rng.normal(3, 2, n), rng.uniform(-1, 0, n), rng.gamma(2, 1e4, n), rng.normal(1e9, 1e-3, n)):
        assert count_bins(values, rule) == min(len(np.histogram_bin_edges(values, of_numpy)) - 1, n)


@given(values=st.lists(st.floats(-1e3, 1e3), min_size=4, max_size=50))
@pytest.mark.parametrize("rule", ["sturges", "scott", "freedman_diaconis"])
def test_rules_of_width_are_the_published_formulas(rule: str, values: list[float]) -> None:
    n, spread, mean = len(values), max(values) - min(values), sum(values) / len(values)
    assume(spread > 1e-6)
    s = sqrt(sum((value - mean) ** 2 for value in values) / n)
    ordered = sorted(values)
    lower, upper = (
        ordered[int(h)] * (1 - h % 1) + ordered[min(int(h) + 1, n - 1)] * (h % 1)
        for h in ((n - 1) / 4, 3 * (n - 1) / 4)
    )
    scott = (24 * sqrt(pi)) ** (1 / 3) * s * n ** (-1 / 3)
    assert (24 * sqrt(pi)) ** (1 / 3) == pytest.approx(3.49, abs=2e-3)
    assume(upper - lower > 1e-9 or upper == lower)
    width = {
        "sturges": spread / (log2(n) + 1),
        "scott": scott,
        "freedman_diaconis": 2 * (upper - lower) * n ** (-1 / 3) or scott,
    }[rule]
    wanted = min(spread / width, n)
    assume(abs(wanted - round(wanted)) > 1e-9 or wanted == n)
    assert count_bins(as_floats(values), rule) == ceil(wanted)


@pytest.mark.parametrize("k", range(1, 16))
def test_sturges_of_a_power_of_two_is_its_logarithm_and_one(k: int) -> None:
    assert count_bins(np.random.default_rng(k).normal(size=2**k), "sturges") == min(k + 1, 2**k)


def single_by_hand(n: int) -> int:
    xi = (8 + 324 * n + 12 * (36 * n + 729 * n * n) ** 0.5) ** (1 / 3)
    return round(xi / 6 + 2 / (3 * xi) + 1 / 3)


def joint_by_hand(n: int, correlation: float) -> int:
    return round(2**-0.5 * (1 + (1 + 24 * n / (1 - correlation**2)) ** 0.5) ** 0.5)


@pytest.mark.parametrize("n", [2, 3, 10, 100, 1000, 10_000, 100_000])
@pytest.mark.parametrize("correlation", [0.0, 0.3, -0.3, 0.9, -0.999])
def test_hacine_gharbi_is_the_published_formula(n: int, correlation: float) -> None:
    values = np.arange(float(n))
    assert count_bins(values, "hacine_gharbi") == min(single_by_hand(n), n)
    assert count_bins(values, "hacine_gharbi", correlation=correlation) == min(joint_by_hand(n, correlation), n)


@pytest.mark.parametrize(("n", "alone", "jointly"), [(100, 7, 5), (1000, 15, 9), (10_000, 31, 16)])
def test_hacine_gharbi_in_numbers(n: int, alone: int, jointly: int) -> None:
    values = np.arange(float(n))
    assert count_bins(values, "hacine_gharbi") == alone
    assert count_bins(values, "hacine_gharbi", correlation=0.0) == jointly


@pytest.mark.parametrize("correlation", [1.0, -1.0, 1 - 1e-16])
def test_a_straight_line_asks_for_at_most_one_bin_a_value(correlation: float) -> None:
    assert count_bins(np.arange(50.0), "hacine_gharbi", correlation=correlation) == 50


@pytest.mark.parametrize("rule", ["sturges", "scott", "freedman_diaconis"])
def test_correlation_matters_to_hacine_gharbi_only(rule: str) -> None:
    values = np.random.default_rng(0).normal(size=300)
    assert count_bins(values, rule, correlation=0.99) == count_bins(values, rule)


def test_where_quartiles_coincide_the_width_is_that_of_scott() -> None:
    values = as_floats([0] * 80 + list(range(20)))
    assert np.ptp(np.percentile(values, [25, 75])) == 0
    assert count_bins(values, "freedman_diaconis") == count_bins(values, "scott") > 1


@pytest.mark.parametrize("rule", ["scott", "freedman_diaconis"])
def test_an_outlier_asks_for_at_most_one_bin_a_value(rule: str) -> None:
    values = np.append(np.random.default_rng(0).normal(size=999), 1e12)
    assert count_bins(values, rule) <= 1000
    assert count_bins(values, "freedman_diaconis") == 1000


@every_rule
def test_a_rule_gives_a_constant_one_bin(rule: str) -> None:
    assert count_bins(np.full(50, 0.1), rule) == 1
    assert count_bins(np.array([2.0]), rule) == 1


@every_rule
@given(values=st.one_of(several, of_one_scale))
def test_a_rule_gives_from_one_to_as_many_bins_as_values(rule: str, values: list[float]) -> None:
    assert 1 <= count_bins(as_floats(values), rule) <= len(values)


@every_rule
@pytest.mark.parametrize("scale", [1e-300, 1e-160, 1e160, 1e300])
def test_the_unit_of_measurement_does_not_matter(rule: str, scale: float) -> None:
    values = np.random.default_rng(0).normal(size=500)
    assert count_bins(values * scale, rule) == count_bins(values, rule)
    for binning in BINNINGS:
        assert (bin_codes(values * scale, 17, binning)[0] == bin_codes(values, 17, binning)[0]).mean() > 0.99


@pytest.mark.parametrize("n_bins", [1, 2, 30, 10_000])
def test_a_number_of_bins_is_taken_as_it_is(n_bins: int) -> None:
    assert count_bins(np.arange(9.0), n_bins) == n_bins


@pytest.mark.parametrize("bins", [0, -3, True, 10**6 + 1, 10**30])
def test_a_number_of_bins_below_one_or_beyond_a_million_is_refused(bins: int) -> None:
    with pytest.raises(InputError, match="bins: wanted a whole number from 1 to 1000000"):
        count_bins(np.arange(9.0), bins)


def test_an_unknown_rule_is_refused() -> None:
    with pytest.raises(
        InputError, match="bins: wanted one of sturges, scott, freedman_diaconis, hacine_gharbi, got 'fd'"
    ):
        count_bins(np.arange(9.0), "fd")


def test_an_unknown_binning_is_refused() -> None:
    with pytest.raises(InputError, match="binning: wanted one of equal_width, equal_mass, got 'quantile'"):
        bin_codes(np.arange(9.0), 3, "quantile")


# --- what it is for ---


@pytest.mark.parametrize("seed", range(20))
def test_plug_in_information_of_bins_is_that_of_scikit_learn(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x = rng.random(1000)
    y = x + rng.normal(0, 0.1, 1000)
    codes = {"x": bin_codes(x, 30)[0], "y": bin_codes(y, 30)[0]}
    found = mutual_information(CodedSample(codes=codes, n_levels={"x": 30, "y": 30}), "x", "y")
    expected = mutual_info_score(None, None, contingency=np.histogram2d(x, y, 30)[0])
    assert float(found) == pytest.approx(expected, abs=1e-12)
    assert expected > 1
