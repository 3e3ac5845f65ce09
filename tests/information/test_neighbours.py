"""The estimators of neighbours beside slow twins that read like the formulas, scikit-learn, and identities."""

from collections.abc import Callable
from math import log, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import digamma as psi
from sklearn.feature_selection._mutual_info import _compute_mi_cc, _compute_mi_cd

from sightbits.core.checks import InputError
from sightbits.information.neighbours import conditional_gao, conditional_ksg, gao, ksg, ksg2, ross

# --- samples of every kind ---


def rounded(rng: np.random.Generator, n: int, d: int) -> np.ndarray:
    return np.round(rng.normal(size=(n, d)), 1)


def mixture(rng: np.random.Generator, n: int, d: int) -> np.ndarray:
    return np.where(rng.random((n, d)) < 0.5, 0.0, rng.normal(size=(n, d)))


def with_copies(rng: np.random.Generator, n: int, d: int) -> np.ndarray:
    return rng.normal(size=(n, d))[rng.integers(n // 3, size=n)]


def outlier(rng: np.random.Generator, n: int, d: int) -> np.ndarray:
    points = rng.normal(size=(n, d))
    points[0] = 1e9
    return points


KINDS: dict[str, Callable[[np.random.Generator, int, int], np.ndarray]] = {
    "normal": lambda rng, n, d: rng.normal(size=(n, d)),
    "heavy tails": lambda rng, n, d: rng.standard_cauchy((n, d)),
    "large offset": lambda rng, n, d: rng.normal(size=(n, d)) + 1e6,
    "outlier": outlier,
    "rounded": rounded,
    "few levels": lambda rng, n, d: rng.integers(3, size=(n, d)).astype(float),
    "grid": lambda rng, n, d: rng.permuted(np.arange(n * d) % n, axis=0).reshape(n, d).astype(float),
    "mixture": mixture,
    "with copies": with_copies,
    "all equal": lambda rng, n, d: np.full((n, d), 0.1),
}
WITHOUT_TIES = ("normal", "heavy tails", "outlier")
every_kind = pytest.mark.parametrize("kind", KINDS)
some_kinds = st.sampled_from(sorted(KINDS))
seeds = st.integers(0, 2**20)


def draw(kind: str, *sizes: int, n: int, seed: int = 0) -> list[np.ndarray]:
    """Blocks of these numbers of columns, the second following the first a little where both have as many."""
    rng = np.random.default_rng(seed)
    blocks = [KINDS[kind](rng, n, size) for size in sizes]
    if len(sizes) > 1 and sizes[0] == sizes[1]:
        follows = rng.random(n) < 0.4
        blocks[1][follows] = blocks[0][follows]
    return blocks


# --- slow twins, written from the formulas ---


def distances(*blocks: np.ndarray) -> np.ndarray:
    """All pairs, largest standardised difference; infinite from a sample to itself, so that it is never counted."""
    columns = np.concatenate(blocks, axis=1).T
    answer = np.zeros((len(blocks[0]), len(blocks[0])))
    for column in columns:
        weight = float(np.float32(1 / column.std())) if (column != column[0]).any() else 1.0
        answer = np.maximum(answer, np.abs(column[:, None] - column) * weight)
    np.fill_diagonal(answer, np.inf)
    return answer


def slow_ksg(*blocks: np.ndarray, k: int) -> list[float]:
    n, m = len(blocks[0]), len(blocks)
    parts, terms = [distances(block) for block in blocks], []
    for i, row in enumerate(distances(*blocks)):
        radius = np.sort(row)[k - 1]
        if radius == 0:
            terms.append(psi((row == 0).sum() + 1) - sum(psi((part[i] == 0).sum() + 1) for part in parts))
        else:
            terms.append(psi(k) - sum(psi((part[i] < radius).sum() + 1) for part in parts))
    return [term + (m - 1) * psi(n) for term in terms]


def slow_ksg2(*blocks: np.ndarray, k: int) -> list[float]:
    n, m = len(blocks[0]), len(blocks)
    parts, terms = [distances(block) for block in blocks], []
    for i, row in enumerate(distances(*blocks)):
        radius = np.sort(row)[k - 1]
        if radius == 0:
            terms.append(psi((row == 0).sum() + 1) - sum(psi((part[i] == 0).sum() + 1) for part in parts))
            continue
        near = row <= radius
        inside = [(part[i] <= part[i][near].max()).sum() for part in parts]
        terms.append(psi(near.sum()) - (m - 1) / near.sum() - sum(psi(count) for count in inside))
    return [term + (m - 1) * psi(n) for term in terms]


def slow_conditional_ksg(x: np.ndarray, y: np.ndarray, z: np.ndarray, *, k: int) -> list[float]:
    xz, yz, alone, terms = distances(x, z), distances(y, z), distances(z), []
    for i, row in enumerate(distances(x, y, z)):
        radius = np.sort(row)[k - 1]
        if radius == 0:
            xyz_n, xz_n, yz_n, z_n = ((part[i] == 0).sum() + 1 for part in (distances(x, y, z), xz, yz, alone))
            terms.append(psi(xyz_n) - psi(xz_n) - psi(yz_n) + psi(z_n))
        else:
            xz_n, yz_n, z_n = ((part[i] < radius).sum() for part in (xz, yz, alone))
            terms.append(psi(k) - psi(xz_n + 1) - psi(yz_n + 1) + psi(z_n + 1))
    return terms


def slow_gao(x: np.ndarray, y: np.ndarray, *, k: int) -> list[float]:
    of_x, of_y, terms = distances(x), distances(y), []
    for i, row in enumerate(distances(x, y)):
        together, n_x, n_y = open_balls(np.sort(row)[k - 1], row, of_x[i], of_y[i])
        terms.append(psi(together) + log(len(x)) - psi(n_x) - psi(n_y))
    return terms


def slow_conditional_gao(x: np.ndarray, y: np.ndarray, z: np.ndarray, *, k: int) -> list[float]:
    xz, yz, alone, terms = distances(x, z), distances(y, z), distances(z), []
    for i, row in enumerate(distances(x, y, z)):
        together, n_xz, n_yz, n_z = open_balls(np.sort(row)[k - 1], row, xz[i], yz[i], alone[i])
        terms.append(psi(together) - psi(n_xz) - psi(n_yz) + psi(n_z))
    return terms


def open_balls(radius: float, *rows: np.ndarray) -> list[int]:
    """How many are nearer than the radius in each row, and the sample itself; at radius 0 those at distance 0."""
    return [((row < radius) if radius > 0 else (row == 0)).sum() + 1 for row in rows]


def slow_ross(labels: np.ndarray, y: np.ndarray, *, k: int) -> list[float]:
    apart, terms = distances(y), []
    kept = np.array([(labels == label).sum() > 1 for label in labels])
    for i in np.flatnonzero(kept):
        of_label = apart[i][labels == labels[i]]
        n_label = len(of_label)
        own_k = min(k, n_label - 1)
        radius = np.sort(of_label)[own_k - 1]
        if radius == 0:
            own_k, inside = (of_label == 0).sum() + 1, (apart[i][kept] == 0).sum()
        else:
            inside = (apart[i][kept] < radius).sum()
        terms.append(psi(kept.sum()) + psi(own_k) - psi(n_label) - psi(inside + 1))
    return terms


SIZES = [(60, 1, (1, 1, 1)), (70, 3, (2, 1, 2)), (150, 3, (1, 3, 1)), (90, 7, (4, 4, 2)), (300, 3, (6, 5, 9))]
every_size = pytest.mark.parametrize(("n", "k", "sizes"), SIZES)


@every_kind
@every_size
def test_terms_are_those_of_the_slow_twins(kind: str, n: int, k: int, sizes: tuple[int, int, int]) -> None:
    x, y, z = draw(kind, *sizes, n=n)
    np.testing.assert_allclose(gao(x, z, k=k), slow_gao(x, z, k=k) if kind != "all equal" else 0, atol=1e-10)
    for blocks in ([x, y], [x, y, z]):
        np.testing.assert_allclose(ksg(blocks, k=k), slow_ksg(*blocks, k=k), atol=1e-10)
        if kind != "all equal":
            np.testing.assert_allclose(ksg2(blocks, k=k), slow_ksg2(*blocks, k=k), atol=1e-10)
    np.testing.assert_allclose(conditional_ksg(x, y, z, k=k), slow_conditional_ksg(x, y, z, k=k), atol=1e-10)
    np.testing.assert_allclose(conditional_gao(x, y, z, k=k), slow_conditional_gao(x, y, z, k=k), atol=1e-10)


@every_kind
@every_size
def test_terms_of_labels_are_those_of_the_slow_twin(kind: str, n: int, k: int, sizes: tuple[int, int, int]) -> None:
    (y,) = draw(kind, sizes[1], n=n)
    labels = np.random.default_rng(1).permutation(np.array([7, 5, 5, 5, 2, 2] + [-1, 3] * ((n - 6) // 2)))
    expected = slow_ross(labels, y, k=k) if kind != "all equal" else np.zeros(n - 1)
    np.testing.assert_allclose(ross(labels, y, k=k), expected, atol=1e-10)


@pytest.mark.parametrize("sizes", [(1, 1), (2, 2), (3, 5)])
def test_many_points_are_found_through_the_tree(sizes: tuple[int, int]) -> None:
    x, y = draw("normal", *sizes, n=3000)
    np.testing.assert_allclose(ksg([x, y], k=4), slow_ksg(x, y, k=4), atol=1e-10)
    np.testing.assert_allclose(ksg2([x, y], k=4), slow_ksg2(x, y, k=4), atol=1e-10)


@pytest.mark.parametrize("k", [20, 40])
def test_whole_boxes_on_the_radius_are_outside(k: int) -> None:
    """All combinations of three coins, 32 times each: beyond 31 equal samples the radius is the side of the cube."""
    x, y = np.split(np.indices((2, 2, 2, 32)).reshape(4, -1)[:3].T.astype(float), [2], axis=1)
    np.testing.assert_allclose(ksg([x, y], k=k), slow_ksg(x, y, k=k), atol=1e-10)
    np.testing.assert_allclose(ksg2([x, y], k=k), slow_ksg2(x, y, k=k), atol=1e-10)
    np.testing.assert_allclose(conditional_ksg(x, y, y, k=k), slow_conditional_ksg(x, y, y, k=k), atol=1e-10)
    np.testing.assert_allclose(conditional_gao(x, y, y, k=k), slow_conditional_gao(x, y, y, k=k), atol=1e-10)


# --- scikit-learn ---


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("k", [1, 3, 10])
def test_information_is_that_of_scikit_learn(seed: int, k: int) -> None:
    x, y = (block / block.std() for block in draw("normal", 1, 1, n=2000, seed=seed))
    x += 0.3 * y  # scikit-learn cuts negative figures off
    x /= x.std()
    assert ksg([x, y], k=k).mean() == pytest.approx(_compute_mi_cc(x[:, 0], y[:, 0], k), abs=1e-10)
    labels = np.digitize(y[:, 0], [-1, 0, 1])
    labels[0] = 9
    assert ross(labels, x, k=k).mean() == pytest.approx(_compute_mi_cd(x[:, 0], labels, k), abs=1e-10)
    labels[1:6] = [8, 8, 7, 7, 7]  # few enough for scikit-learn to expand squares of distances, which rounds them
    assert ross(labels, x, k=k).mean() == pytest.approx(_compute_mi_cd(x[:, 0], labels, k), abs=1e-4)


# --- closed forms ---


def correlated(seed: int, correlation: float, n: int = 1000) -> tuple[np.ndarray, np.ndarray]:
    x, noise = np.random.default_rng(seed).normal(size=(2, n, 1))
    return x, correlation * x + sqrt(1 - correlation**2) * noise


def assert_near(estimate: Callable[[int], np.ndarray], truth: float, *, bias: float = 0.0, n_seeds: int = 16) -> None:
    """The mean over seeds is within four standard errors of the truth, and a bias that the docstring tells of."""
    found = [float(estimate(seed).mean()) for seed in range(n_seeds)]
    assert abs(np.mean(found) - truth) < 4 * np.std(found) / sqrt(n_seeds - 1) + bias


IN_BITS = {0.0: 0.0, 0.6: 0.3219, 0.9: 1.1980}


@pytest.mark.parametrize("correlation", IN_BITS)
def test_information_of_gaussians(correlation: float) -> None:
    truth = IN_BITS[correlation] * log(2)
    assert_near(lambda seed: ksg(correlated(seed, correlation)), truth, bias=0.002)
    assert_near(lambda seed: ksg2(correlated(seed, correlation)), truth, bias=0.01)
    assert_near(lambda seed: gao(*correlated(seed, correlation)), truth, bias=0.01)
    for k in (1, 10):
        assert_near(lambda seed, k=k: ksg(correlated(seed, correlation), k=k), truth, bias=0.01)

    def given_what_adds_to_both(estimate: Callable[..., np.ndarray], seed: int) -> np.ndarray:
        x, y = correlated(seed, correlation)
        z = np.random.default_rng(seed + 100).normal(size=x.shape)
        return estimate(x + z, y + z, z)

    assert_near(lambda seed: given_what_adds_to_both(conditional_ksg, seed), truth, bias=0.05 + 0.1 * truth)
    assert_near(lambda seed: given_what_adds_to_both(conditional_gao, seed), truth, bias=0.05 + 0.1 * truth)


def test_information_of_more_columns_and_blocks() -> None:
    def two_columns(seed: int) -> list[np.ndarray]:
        (a, b), (c, d) = correlated(seed, 0.6, 3000), correlated(seed + 50, 0.6, 3000)
        return [np.hstack([a, c]), np.hstack([b, d])]

    def chain(seed: int) -> list[np.ndarray]:
        x, y = correlated(seed, 0.6, 3000)
        return [x, y, 0.6 * y + 0.8 * np.random.default_rng(seed + 50).normal(size=y.shape)]

    twice = 2 * IN_BITS[0.6] * log(2)
    for blocks in (two_columns, chain):
        assert_near(lambda seed, blocks=blocks: ksg(blocks(seed)), twice, bias=0.03, n_seeds=8)
        assert_near(lambda seed, blocks=blocks: ksg2(blocks(seed)), twice, bias=0.06, n_seeds=8)


def test_information_of_labels() -> None:
    """A coin, and a uniform number that it moves by half its width: half of a bit."""

    def half(seed: int) -> tuple[np.ndarray, np.ndarray]:
        rng = np.random.default_rng(seed)
        coin = rng.integers(2, size=1000)
        return coin, rng.random((1000, 1)) + 0.5 * coin[:, None]

    assert_near(lambda seed: ross(*half(seed)), log(2) / 2, bias=0.01)
    numbers = [(coin[:, None].astype(float), y) for coin, y in map(half, range(16))]
    assert_near(lambda seed: gao(*numbers[seed]), log(2) / 2, bias=0.01)
    assert_near(lambda seed: conditional_gao(*numbers[seed], np.zeros((1000, 1))), log(2) / 2, bias=0.01)
    assert_near(lambda seed: ross(half(seed)[0], half(seed + 1)[1]), 0, bias=0.002)


# --- what must not matter, and what must hold ---


def information_terms(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> dict[str, np.ndarray]:
    return {
        "ksg": ksg([x, y]),
        "ksg of three": ksg([x, y, z]),
        "ksg2": ksg2([x, y]),
        "ksg2 of three": ksg2([x, y, z]),
        "conditional_ksg": conditional_ksg(x, y, z),
        "gao": gao(x, y),
        "conditional_gao": conditional_gao(x, y, z),
    }


def assert_same(found: dict[str, np.ndarray], expected: dict[str, np.ndarray]) -> None:
    for name, terms in expected.items():
        np.testing.assert_allclose(found[name], terms, atol=1e-10, err_msg=name)


few = settings(max_examples=25)


@few
@given(kind=some_kinds, seed=seeds, n=st.integers(50, 120))
def test_order_of_samples_and_of_variables_does_not_matter(kind: str, seed: int, n: int) -> None:
    x, y, z = draw(kind, 2, 2, 1, n=n, seed=seed)
    expected = information_terms(x, y, z)
    assert_same(information_terms(y, x, z), expected)
    order = np.random.default_rng(seed).permutation(n)
    moved = information_terms(x[order], y[order], z[order])
    assert_same(moved, {name: terms[order] for name, terms in expected.items()})
    assert_same(information_terms(x[:, ::-1], y, z), expected)


@few
@given(kind=some_kinds, seed=seeds, shift=st.integers(-5, 5), power=st.integers(-3, 3))
def test_shift_and_unit_do_not_matter(kind: str, seed: int, shift: int, power: int) -> None:
    x, y, z = draw(kind, 1, 2, 1, n=80, seed=seed)
    if kind in ("few levels", "grid", "all equal"):
        x = x + shift  # exact, as the ties are
    assert_same(information_terms(2.0**power * x, -y, z), information_terms(x, y, z))


@few
@given(kind=st.sampled_from(WITHOUT_TIES), seed=seeds, shift=st.floats(-5, 5), scale=st.floats(0.1, 10))
def test_any_unit_will_do_where_nothing_ties(kind: str, seed: int, shift: float, scale: float) -> None:
    x, y, z = (block[1:] for block in draw(kind, 1, 2, 1, n=81, seed=seed))
    x, y, z = (block + 1e-3 * np.random.default_rng(i).normal(size=block.shape) for i, block in enumerate((x, y, z)))
    found, expected = information_terms(scale * x + shift, y, z), information_terms(x, y, z)
    for name, terms in expected.items():
        assert found[name].mean() == pytest.approx(terms.mean(), abs=1e-6), name


@few
@given(kind=some_kinds, seed=seeds, n=st.integers(50, 90))
def test_every_term_is_finite(kind: str, seed: int, n: int) -> None:
    x, y, z = draw(kind, 1, 1, 2, n=n, seed=seed)
    labels = np.random.default_rng(seed).integers(4, size=n)
    for name, terms in (information_terms(x, y, z) | {"ross": ross(labels, z)}).items():
        assert np.isfinite(terms).all(), name


def test_known_of_what_is_constant() -> None:
    x, y = correlated(0, 0.6, 100)
    same = np.full((100, 2), 0.1)
    np.testing.assert_allclose(conditional_ksg(x, y, same), ksg([x, y]), atol=1e-12)
    np.testing.assert_allclose(ksg([x, y, same]), ksg([x, y]), atol=1e-12)
    np.testing.assert_allclose(ksg2([same, x, y]), ksg2([x, y]), atol=1e-12)
    labels = np.arange(100) % 3
    for terms in (ksg([x, same]), ksg2([same, x]), gao(x, same), gao(same, x), ross(labels, same)):
        assert terms.tolist() == [0] * 100
    for estimate in (conditional_ksg, conditional_gao):
        assert estimate(x, same, y).tolist() == estimate(same, x, y).tolist() == [0] * 100
        assert np.abs(estimate(x, y, x)).max() < 0.8  # what x says of y is known already


def test_labels_seen_once_are_left_out() -> None:
    y = np.random.default_rng(0).normal(size=(50, 1))
    assert ross(np.arange(50), y).tolist() == [0] * 50
    labels = np.repeat([0, 1, 2, 3], [1, 24, 24, 1])
    assert ross(labels, y).tolist() == ross(labels[1:-1], y[1:-1]).tolist()
    assert len(ross(labels, y)) == 48


def test_equal_samples_are_counted() -> None:
    """As of discrete variables, then: exactly log 2 for a coin that two variables show, on average over all coins."""
    coin = np.repeat([0.0, 1.0], 50)[:, None]
    expected = psi(50) + psi(100) - 2 * psi(50)
    for terms in (ksg([coin, -coin]), ksg2([coin, -coin]), ross(coin[:, 0].astype(np.int64), coin)):
        np.testing.assert_allclose(terms, expected, atol=1e-12)
    np.testing.assert_allclose(conditional_ksg(coin, -coin, coin), 0, atol=1e-12)
    np.testing.assert_allclose(ksg([coin] * 3), 2 * psi(100) - 2 * psi(50), atol=1e-12)


CALLS: dict[str, Callable[[np.ndarray, int], np.ndarray]] = {
    "ksg": lambda x, k: ksg([x, x], k=k),
    "ksg2": lambda x, k: ksg2([x, x], k=k),
    "conditional_ksg": lambda x, k: conditional_ksg(x, x, x, k=k),
    "ross": lambda x, k: ross(np.arange(len(x)) % 2, x, k=k),
    "gao": lambda x, k: gao(x, x, k=k),
    "conditional_gao": lambda x, k: conditional_gao(x, x, x, k=k),
}


@pytest.mark.parametrize("name", CALLS)
def test_needs_more_samples_than_neighbours(name: str) -> None:
    x = np.random.default_rng(0).normal(size=(5, 1))
    assert len(CALLS[name](x, 4)) == 5
    with pytest.raises(InputError, match=r"samples: wanted more than k = 5, got 5\. Give more"):
        CALLS[name](x, 5)
    with pytest.raises(InputError, match="k: wanted a whole number at least 1, got 0"):
        CALLS[name](x, 0)


def test_needs_two_blocks() -> None:
    x = np.random.default_rng(0).normal(size=(50, 1))
    for estimate in (ksg, ksg2):
        with pytest.raises(InputError, match="blocks: wanted two or more, got 1"):
            estimate([x])
