import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from itertools import product
from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from sightbits.core.checks import InputError
from sightbits.core.counts import CountTable
from sightbits.information import decomposition
from sightbits.information.composed import mutual_information
from sightbits.information.decomposition import METHODS, Decomposition, broja, decompose, i_min, minimum

with warnings.catch_warnings(), np.errstate():  # dit turns NumPy's warnings off for everyone
    warnings.simplefilter("ignore")
    from dit import Distribution
    from dit.pid import PID_BROJA, PID_MMI, PID_WB

every_method = pytest.mark.parametrize("method", METHODS)
some_tables = arrays(np.int64, array_shapes(min_dims=3, max_dims=3, max_side=4), elements=st.integers(0, 9)).filter(
    np.any
)
some_pairs = arrays(np.int64, array_shapes(min_dims=2, max_dims=2, max_side=4), elements=st.integers(0, 9)).filter(
    np.any
)
Parts = tuple[float, float, float, float]


def make_table(counts: np.ndarray) -> CountTable:
    return CountTable(counts=counts, variables=("target", "first", "second"))


def parts_of(found: Decomposition) -> Parts:
    return float(found.redundancy), float(found.unique_first), float(found.unique_second), float(found.synergy)


def parts(counts: np.ndarray, method: str = "broja") -> Parts:
    """Redundancy, unique to the first, unique to the second, synergy, in nats."""
    return parts_of(decompose(make_table(counts), "first", "second", target="target", method=method))


def gate(outputs: Iterator[tuple[int, int, int]] | list[tuple[int, int, int]]) -> np.ndarray:
    """Counts of (target, first, second), each of these seen once."""
    seen = np.array(list(outputs))
    counts = np.zeros(seen.max(axis=0) + 1, dtype=np.int64)
    np.add.at(counts, tuple(seen.T), 1)
    return counts


def dirichlet(seed: int, *shape: int, evenness: float = 1.0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.dirichlet(np.full(np.prod(shape), evenness)).reshape(shape)


# --- closed forms ---

BITS = list(product((0, 1), repeat=2))
XOR = gate([(a ^ b, a, b) for a, b in BITS])
AND = gate([(a & b, a, b) for a, b in BITS])
PAIR = gate([(2 * a + b, a, b) for a, b in BITS])
SAME = gate([(a, a, a) for a in (0, 1)])
FIRST = gate([(a, a, b) for a, b in BITS])
NOISE = np.ones((3, 2, 4), dtype=np.int64)
SAME_AND_XOR = gate([(2 * r + (a ^ b), 2 * r + a, 2 * r + b) for r, a, b in product((0, 1), repeat=3)])
ALL_FOUR = gate(
    [
        (8 * r + 4 * u + 2 * v + (a ^ b), 4 * r + 2 * u + a, 4 * r + 2 * v + b)
        for r, u, v, a, b in product((0, 1), repeat=5)
    ]
)
ALONE = -(0.25 * log(0.25) + 0.75 * log(0.75)) / log(2) - 0.5  # what one input tells of AND


@pytest.mark.parametrize(
    ("counts", "method", "bits"),
    [
        (counts, method, bits)
        for counts, bits in [
            (XOR, (0, 0, 0, 1)),
            (AND, (ALONE, 0, 0, 0.5)),
            (SAME, (1, 0, 0, 0)),
            (FIRST, (0, 1, 0, 0)),
            (NOISE, (0, 0, 0, 0)),
            (SAME_AND_XOR, (1, 0, 0, 1)),
        ]
        for method in METHODS
    ]
    + [
        (PAIR, "broja", (0, 1, 1, 0)),
        (PAIR, "minimum", (1, 0, 0, 1)),
        (PAIR, "i_min", (1, 0, 0, 1)),
        (ALL_FOUR, "broja", (1, 1, 1, 1)),
        (ALL_FOUR, "minimum", (2, 0, 0, 2)),
        (ALL_FOUR, "i_min", (2, 0, 0, 2)),
    ],
)
def test_gates(counts: np.ndarray, method: str, bits: Parts) -> None:
    assert np.array(parts(counts, method)) / log(2) == pytest.approx(bits, abs=2e-9)


@every_method
@given(counts=some_pairs)
def test_a_constant_tells_nothing(method: str, counts: np.ndarray) -> None:
    alone = float(mutual_information(CountTable(counts=counts, variables=("x", "y")), "x", "y"))
    assert parts(counts[:, :, None], method) == pytest.approx((0, alone, 0, 0), abs=1e-12)
    assert parts(counts[:, None, :], method) == pytest.approx((0, 0, alone, 0), abs=1e-12)
    assert parts(counts[None, :, :], method) == pytest.approx((0, 0, 0, 0), abs=1e-12)


@given(counts=some_pairs)
def test_broja_of_the_pair_of_sources_is_what_they_share(counts: np.ndarray) -> None:
    """Bertschinger et al. 2014: the identity property."""
    copied = np.zeros((counts.size, *counts.shape), dtype=np.int64)
    copied.reshape(counts.size, -1)[np.diag_indices(counts.size)] = counts.ravel()
    shared = float(mutual_information(CountTable(counts=counts, variables=("x", "y")), "x", "y"))
    redundancy, *_, synergy = parts(copied)
    assert (redundancy, synergy) == pytest.approx((shared, 0), abs=2e-9)


@pytest.mark.parametrize("seed", range(12))
def test_broja_finds_nothing_unique_in_a_noisier_source(seed: int) -> None:
    """A source as noisy as the other one sent through a channel cannot beat it at any decision (Blackwell)."""
    rng = np.random.default_rng(seed)
    n_target, n_first, n_second = rng.integers(2, 5, 3)
    of_target, first = dirichlet(seed, n_target), rng.dirichlet(np.ones(n_first), n_target)
    second = first @ rng.dirichlet(np.ones(n_second), n_first)
    joint = np.einsum("t,tx,ty->txy", of_target, first, second)
    noisier = broja(joint), broja(joint.swapaxes(1, 2))
    assert noisier == pytest.approx((minimum(joint), minimum(joint)), abs=2e-9)
    assert minimum(joint) == pytest.approx(information(joint.sum(axis=1)), abs=1e-12)


# --- slow oracles ---


def information(joint: np.ndarray) -> float:
    """I(first axis; second axis), cell by cell."""
    total = 0.0
    for i, j in zip(*np.nonzero(joint), strict=True):
        total += joint[i, j] * log(joint[i, j] / (joint[i].sum() * joint[:, j].sum()))
    return total


def least_information_by_turns(joint: np.ndarray, *, rounds: int = 400, sweeps: int = 60) -> float:
    """Fit, by turns, the sources' joint distribution to q and q to it within the given tables, for each target value.

    P. K. Banerjee, J. Rauh, G. Montufar, Computing the unique information, arXiv:1709.07487.
    """
    of_x, of_y = joint.sum(axis=2, keepdims=True), joint.sum(axis=1, keepdims=True)
    sources = np.einsum("txa,tby->xy", of_x, of_y)
    for _ in range(rounds):
        q = sources * (of_x > 0) * (of_y > 0)
        for _ in range(sweeps):
            q = q * of_x / np.maximum(q.sum(axis=2, keepdims=True), 1e-300)
            q = q * of_y / np.maximum(q.sum(axis=1, keepdims=True), 1e-300)
        sources = q.sum(axis=0)
    return information(q.reshape(len(q), -1))


@pytest.mark.parametrize(
    "joint",
    [
        *(dirichlet(seed, *shape) for shape in [(2, 2, 2), (3, 3, 2), (4, 2, 3)] for seed in (1, 2)),
        dirichlet(3, 3, 2, 3, evenness=0.3),
    ],
)
def test_broja_is_that_of_alternating_fits(joint: np.ndarray) -> None:
    expected = information(joint.sum(axis=2)) + information(joint.sum(axis=1)) - least_information_by_turns(joint)
    assert broja(joint) == pytest.approx(expected, abs=1e-6)


def dit_parts(kind: type, counts: np.ndarray, **options: str) -> Parts:
    seen = np.argwhere(counts)
    chances = (counts / counts.sum())[tuple(seen.T)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = kind(Distribution([tuple(map(int, row)) for row in seen], chances.tolist()), [[1], [2]], [0], **options)
        first, second = (1,), (2,)
        bits = [found.get_pi(node) for node in ((first, second), (first,), (second,), ((1, 2),))]
    return tuple(float(part) * log(2) for part in bits)


@pytest.mark.parametrize(("method", "kind"), [("i_min", PID_WB), ("minimum", PID_MMI)])
@pytest.mark.parametrize("shape", [(2, 2, 2), (3, 3, 2), (4, 2, 3)])
@pytest.mark.parametrize("seed", range(4))
def test_parts_are_those_of_dit(method: str, kind: type, shape: tuple[int, int, int], seed: int) -> None:
    counts = np.random.default_rng(seed).integers(0, 6, shape)
    assert parts(counts, method) == pytest.approx(dit_parts(kind, counts), abs=1e-9)


@pytest.mark.parametrize(
    ("shape", "seed"), [((2, 2, 2), 1), ((2, 2, 2), 2), ((3, 3, 2), 2), ((4, 2, 3), 0), ((4, 2, 3), 1)]
)
def test_broja_is_that_of_dit_where_dit_converges(shape: tuple[int, int, int], seed: int) -> None:
    counts = np.random.default_rng(seed).integers(0, 12, shape)
    assert parts(counts) == pytest.approx(dit_parts(PID_BROJA, counts, method="admui"), abs=1e-7)


def test_broja_is_the_least_where_dit_stops_early() -> None:
    """On this table dit's `admui` stops somewhere else each time, on either side of the least."""
    counts = np.random.default_rng(0).integers(0, 12, (3, 3, 2))
    _, ours, *_ = parts(counts)
    joint = counts / counts.sum()
    expected = least_information_by_turns(joint, rounds=1500) - information(joint.sum(axis=1))
    assert ours == pytest.approx(expected, abs=1e-6)


def i_min_by_hand(joint: np.ndarray) -> float:
    total = 0.0
    for t, of_t in enumerate(joint.sum(axis=(1, 2))):
        told = []
        for source in (joint.sum(axis=2), joint.sum(axis=1)):
            seen = np.nonzero(source[t])[0]
            told.append(sum(source[t, x] / of_t * log(source[t, x] / source[:, x].sum() / of_t) for x in seen))
        total += of_t * min(told)
    return total


@given(counts=some_tables)
def test_i_min_is_its_definition(counts: np.ndarray) -> None:
    joint = counts / counts.sum()
    assert i_min(joint) == pytest.approx(i_min_by_hand(joint), abs=1e-12)


# --- identities ---


@every_method
@given(counts=some_tables)
def test_parts_sum_to_what_the_sources_tell(method: str, counts: np.ndarray) -> None:
    found = decompose(make_table(counts), "first", "second", target="target", method=method)
    joined = CountTable(counts=counts.reshape(len(counts), -1), variables=("target", "both"))
    assert float(found.mutual_information) == pytest.approx(
        float(mutual_information(joined, "target", "both")), abs=1e-12
    )
    assert sum(parts_of(found)) == pytest.approx(float(found.mutual_information), abs=1e-15)
    for source, unique in (("first", found.unique_first), ("second", found.unique_second)):
        alone = float(mutual_information(make_table(counts), "target", source))
        assert float(found.redundancy + unique) == pytest.approx(alone, abs=1e-12)


@every_method
@given(counts=some_tables)
def test_swapped_sources_swap_what_is_unique(method: str, counts: np.ndarray) -> None:
    redundancy, first, second, synergy = parts(counts, method)
    assert parts(counts.swapaxes(1, 2), method) == pytest.approx((redundancy, second, first, synergy), abs=2e-9)


@every_method
@given(counts=some_tables, seed=st.integers(0, 99))
def test_names_of_the_values_do_not_matter(method: str, counts: np.ndarray, seed: int) -> None:
    rng = np.random.default_rng(seed)
    renamed = counts[np.ix_(*(rng.permutation(n) for n in counts.shape))]
    assert parts(renamed, method) == pytest.approx(parts(counts, method), abs=2e-9)


@every_method
@given(counts=some_tables)
def test_values_never_seen_and_the_number_of_samples_do_not_matter(method: str, counts: np.ndarray) -> None:
    padded = np.pad(7 * counts, ((1, 1), (0, 1), (1, 0)))
    assert parts(padded, method) == pytest.approx(parts(counts, method), abs=2e-9)


@every_method
@given(counts=some_tables)
def test_no_part_is_negative(method: str, counts: np.ndarray) -> None:
    assert min(parts(counts, method)) >= -1e-9


@given(counts=some_tables)
def test_the_minimum_is_the_most_a_redundancy_can_be(counts: np.ndarray) -> None:
    joint = counts / counts.sum()
    least = min(information(joint.sum(axis=2)), information(joint.sum(axis=1)))
    assert minimum(joint) == pytest.approx(least, abs=1e-12)
    assert max(broja(joint), i_min(joint)) <= least + 1e-12


@given(counts=some_tables)
def test_only_the_synergy_depends_on_how_the_sources_go_together(counts: np.ndarray) -> None:
    joint = counts / counts.sum()
    of_target = joint.sum(axis=(1, 2), keepdims=True)
    apart = joint.sum(axis=2, keepdims=True) * joint.sum(axis=1, keepdims=True) / np.where(of_target > 0, of_target, 1)
    for redundancy in METHODS.values():
        assert redundancy(apart) == pytest.approx(redundancy(joint), abs=2e-9)


@given(counts=some_tables.filter(lambda counts: counts.shape[1] > 1))
def test_merging_values_of_a_source_leaves_no_more_unique_to_it(counts: np.ndarray) -> None:
    """The q of the least information, merged, has the tables of the merged counts, and tells no more."""
    merged = np.concatenate([counts[:, :1] + counts[:, 1:2], counts[:, 2:]], axis=1)
    assert parts(merged)[1] <= parts(counts)[1] + 2e-9


# --- proof of the least information ---


@given(counts=some_tables, seed=st.integers(0, 99))
def test_any_multipliers_bound_the_least_information_from_below(counts: np.ndarray, seed: int) -> None:
    joint, rng = counts / counts.sum(), np.random.default_rng(seed)
    of_x, of_y = joint.sum(axis=2), joint.sum(axis=1)
    bound = decomposition._lower_bound(of_x, of_y, rng.normal(size=of_x.shape), rng.normal(size=of_y.shape))
    assert bound <= information(of_x) + information(of_y) - broja(joint) + 1e-12


@given(counts=some_tables, seed=st.integers(0, 99))
def test_anything_is_made_to_have_the_tables(counts: np.ndarray, seed: int) -> None:
    joint = counts / counts.sum()
    q = np.random.default_rng(seed).normal(scale=0.1, size=joint.shape)
    q *= (joint.sum(axis=2, keepdims=True) > 0) & (joint.sum(axis=1, keepdims=True) > 0)
    made = decomposition._with_tables(q, joint.sum(axis=2), joint.sum(axis=1))
    assert made.min() >= 0
    np.testing.assert_allclose(made.sum(axis=2), joint.sum(axis=2), atol=1e-14)
    np.testing.assert_allclose(made.sum(axis=1), joint.sum(axis=1), atol=1e-14)


@pytest.fixture
def solver(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[float]]:
    """Spoils what the solver answers at these scales; gives the scales it was asked for."""

    def spoil(*spoiled: float, by: Callable[[np.ndarray], np.ndarray]) -> list[float]:
        asked, solve = [], decomposition._solve

        def spoiled_solve(of_x: np.ndarray, of_y: np.ndarray, scale: float) -> tuple:
            asked.append(scale)
            q, for_x, for_y, status = solve(of_x, of_y, scale)
            if scale in spoiled:
                return by(q), by(for_x), by(for_y), "Solved"
            return q, for_x, for_y, status

        monkeypatch.setattr(decomposition, "_solve", spoiled_solve)
        return asked

    return spoil


def a_little_off(part: np.ndarray) -> np.ndarray:
    return part + 1e-6 * (np.arange(part.size) % 3).reshape(part.shape)


wrong_answer = pytest.mark.parametrize(
    "by",
    [a_little_off, *(partial(np.full_like, fill_value=value) for value in (np.nan, np.inf, -np.inf, 0.0, -3.0, 1e9))],
    ids=["a little off", "nan", "inf", "-inf", "0", "-3", "1e9"],
)


@wrong_answer
def test_a_wrong_answer_of_the_solver_is_refused_whatever_its_status(by: Callable, solver: Callable) -> None:
    asked = solver(*decomposition._SCALES, by=by)
    with pytest.raises(RuntimeError, match=r"broja: .* \(3, 3, 2\) .*Solved, Solved.*Merge rare values"):
        parts(np.random.default_rng(0).integers(1, 12, (3, 3, 2)))
    assert asked == list(decomposition._SCALES)


@wrong_answer
def test_after_a_wrong_answer_the_solver_is_asked_again(by: Callable, solver: Callable) -> None:
    counts = np.random.default_rng(0).integers(1, 12, (3, 3, 2))
    expected = parts(counts)
    asked = solver(decomposition._SCALES[0], by=by)
    assert parts(counts) == pytest.approx(expected, abs=2e-9)
    assert asked == list(decomposition._SCALES[:2])


def test_bounds_from_different_answers_go_together(monkeypatch: pytest.MonkeyPatch) -> None:
    counts = np.random.default_rng(0).integers(1, 12, (3, 3, 2))
    expected, solve, first_scale = parts(counts), decomposition._solve, decomposition._SCALES[0]

    def half_right(of_x: np.ndarray, of_y: np.ndarray, scale: float) -> tuple:
        q, for_x, for_y, status = solve(of_x, of_y, scale)
        return (q, 0 * for_x, 0 * for_y, status) if scale == first_scale else (0 * q, for_x, for_y, status)

    monkeypatch.setattr(decomposition, "_solve", half_right)
    assert parts(counts) == pytest.approx(expected, abs=2e-9)


@pytest.mark.parametrize("counts", [PAIR, SAME, FIRST, NOISE[:1], NOISE[:, :1]])
def test_what_no_choice_can_change_needs_no_solver(counts: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "clarabel", None)
    assert parts(counts)[3] == pytest.approx(0, abs=1e-15)
    with pytest.raises(ImportError):
        parts(XOR)


def test_the_solver_loads_only_when_it_is_needed() -> None:
    code = "import sys, sightbits.information.decomposition; sys.exit('clarabel' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("seed", range(20))
def test_rare_values_are_solved(seed: int) -> None:
    """Gates where some inputs are a million times rarer than others stop the solver early at some scales."""
    rng = np.random.default_rng(seed)
    counts = np.zeros((4, 4, 5), dtype=np.int64)
    often = rng.integers(1, 3, (4, 5)) + 10**6 * (rng.random((4, 5)) < 0.3)
    np.put_along_axis(counts, rng.integers(4, size=(1, 4, 5)), often[None], axis=0)
    assert min(parts(counts)) >= -1e-9


def test_a_table_of_pixels_is_solved() -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(10, size=20_000)
    first, second = (np.clip(rng.normal(labels, 5), 0, 15).astype(np.int64) for _ in range(2))
    counts = np.zeros((10, 16, 16), dtype=np.int64)
    np.add.at(counts, (labels, first, second), 1)
    assert min(parts(counts)) >= -1e-9


# --- the table ---


@every_method
def test_batch_gives_each_table_its_own_parts(method: str) -> None:
    counts = np.random.default_rng(0).integers(0, 9, (2, 3, 2, 3, 2))
    counts[1, 2] = 0
    found = decompose(make_table(counts), "first", "second", target="target", method=method)
    assert found.redundancy.shape == found.mutual_information.shape == (2, 3)
    for i in np.ndindex(2, 3):
        expected = parts(counts[i], method) if counts[i].any() else (np.nan,) * 4
        of_one = [part[i] for part in (found.redundancy, found.unique_first, found.unique_second, found.synergy)]
        assert of_one == pytest.approx(expected, abs=1e-15, nan_ok=True)


def test_no_tables_give_no_parts() -> None:
    found = decompose(make_table(np.zeros((0, 2, 2, 2), dtype=np.int64)), "first", "second", target="target")
    assert found.synergy.shape == (0,)
    assert np.isnan(parts(np.zeros((2, 0, 2), dtype=np.int64))).all()


def test_variables_go_by_name_and_the_rest_is_summed_out() -> None:
    counts = np.random.default_rng(0).integers(0, 9, (3, 5, 2, 4))
    table = CountTable(counts=counts, variables=("second", "other", "target", "first"))
    found = parts_of(decompose(table, "first", "second", target="target"))
    assert found == pytest.approx(parts(counts.sum(axis=1).transpose(1, 2, 0)), abs=1e-15)


def test_broja_is_the_method_unless_named() -> None:
    found = decompose(make_table(PAIR), "first", "second", target="target")
    assert found.method == "broja"
    assert decompose(make_table(PAIR), "first", "second", target="target", method="i_min").method == "i_min"
    assert parts_of(found) == parts(PAIR, "broja")


def test_wrong_names_are_refused() -> None:
    table = make_table(XOR)
    with pytest.raises(InputError, match="method: wanted one of i_min, minimum, broja, got 'mmi'"):
        decompose(table, "first", "second", target="target", method="mmi")
    for first, second, target in product(("first", "target"), ("first", "second"), ("target", "second")):
        if len({first, second, target}) < 3:
            with pytest.raises(InputError, match="all different"):
                decompose(table, first, second, target=target)
    with pytest.raises(KeyError, match="third"):
        decompose(table, "first", "third", target="target")


def test_parts_cannot_be_changed() -> None:
    redundancy = np.zeros(2)
    made = Decomposition(
        redundancy=redundancy, unique_first=np.ones(2), unique_second=np.ones(2), synergy=np.ones(2), method="broja"
    )
    redundancy[0] = 5
    assert made.redundancy.tolist() == [0, 0]
    for part in (made.redundancy, made.unique_first, made.unique_second, made.synergy):
        with pytest.raises(ValueError, match="read-only"):
            part[0] = 1
