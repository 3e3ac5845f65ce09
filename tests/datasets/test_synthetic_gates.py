from collections.abc import Callable
from itertools import product
from math import log

import numpy as np
import pytest

from sightbits.datasets.synthetic import SyntheticGate, gate

NAMES = ("xor", "and", "copy", "redundant", "unique")
every_gate = pytest.mark.parametrize("name", NAMES)


def entropy(p: np.ndarray) -> float:
    p = p[p > 0]
    return float(-(p * np.log(p)).sum())


def information_with_target(p: np.ndarray, *sources: int) -> float:
    """I(sources; target) of p[first, second, target]."""
    joint = p.sum(axis=tuple({0, 1} - set(sources)))
    return entropy(joint.sum(axis=-1)) + entropy(p.sum(axis=(0, 1))) - entropy(joint)


def least_joint_information(p: np.ndarray, n_steps: int = 41) -> float:
    """The least I(first, second; target) of any table with the pairs (source, target) of `p`, by trying them all.

    Of two bits with given margins there is one freedom for each value of the target: how often both are 1.
    """
    choices = []
    for target in range(p.shape[2]):
        layer = p[:, :, target]
        first, second, whole = layer[1].sum(), layer[:, 1].sum(), layer.sum()
        both = np.unique(np.linspace(max(0, first + second - whole), min(first, second), n_steps))
        choices.append([np.array([[whole - first - second + q, second - q], [first - q, q]]) for q in both])
    return min(information_with_target(np.stack(layers, axis=2).clip(0), 0, 1) for layers in product(*choices))


@every_gate
def test_parts_are_the_decomposition_of_least_unique_information(name: str) -> None:
    one = gate(name)
    p = one.probabilities
    least = least_joint_information(p)
    first, second, both = (information_with_target(p, *sources) for sources in ((0,), (1,), (0, 1)))
    assert one.unique_first == pytest.approx(least - second, abs=1e-12)
    assert one.unique_second == pytest.approx(least - first, abs=1e-12)
    assert one.redundancy == pytest.approx(first + second - least, abs=1e-12)
    assert one.synergy == pytest.approx(both - least, abs=1e-12)
    assert one.information == pytest.approx(both, abs=1e-12)


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("xor", (0, 0, 0, 1)),
        ("and", (0.311278124459, 0, 0, 0.5)),
        ("copy", (0, 1, 1, 0)),
        ("redundant", (1, 0, 0, 0)),
        ("unique", (0, 1, 0, 0)),
    ],
)
def test_parts_in_bits(name: str, parts: tuple[float, ...]) -> None:
    one = gate(name)
    found = (one.redundancy, one.unique_first, one.unique_second, one.synergy)
    assert np.array(found) / log(2) == pytest.approx(parts, abs=1e-12)


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("xor", lambda a, b: a != b),
        ("and", lambda a, b: a and b),
        ("copy", lambda a, b: 2 * a + b),
        ("unique", lambda a, b: a),
    ],
)
def test_target_follows_two_fair_bits(name: str, rule: Callable[[int, int], int]) -> None:
    for a, b in product((0, 1), repeat=2):
        expected = np.zeros(gate(name).probabilities.shape[2])
        expected[int(rule(a, b))] = 0.25
        np.testing.assert_array_equal(gate(name).probabilities[a, b], expected)


def test_redundant_is_one_bit_three_times() -> None:
    np.testing.assert_array_equal(gate("redundant").probabilities, [[[0.5, 0], [0, 0]], [[0, 0], [0, 0.5]]])


@every_gate
def test_samples_follow_the_probabilities_and_repeat(name: str) -> None:
    one, n = gate(name), 20_000
    sample = one.sample(n, seed=1)
    assert all(values.dtype == np.int64 and values.shape == (n,) for values in sample)
    counts = np.zeros(one.probabilities.shape)
    np.add.at(counts, sample, 1)
    error = np.sqrt(one.probabilities * (1 - one.probabilities) / n)
    assert (np.abs(counts / n - one.probabilities) <= 4.5 * error).all()
    np.testing.assert_array_equal(sample, one.sample(n, seed=1))
    assert (sample[2] != one.sample(n, seed=2)[2]).any()
    np.testing.assert_array_equal(one.sample(9), one.sample(9, seed=0))


@every_gate
def test_gate_tells_its_name_and_is_not_changed(name: str) -> None:
    one = gate(name)
    assert one.name == name
    assert one.description.endswith(".")
    assert not one.probabilities.flags.writeable


def test_probabilities_given_stay_writeable() -> None:
    given = np.full((1, 1, 1), 1.0)
    SyntheticGate(
        name="", description="", probabilities=given, redundancy=0.0, unique_first=0.0, unique_second=0.0, synergy=0.0
    )
    given[0] = 0


def test_what_cannot_be_is_refused(refused: Callable) -> None:
    with refused("name", "xor, and, copy, redundant, unique"):
        gate("nand")
    with refused("n", "at least 1"):
        gate("xor").sample(0)
    with refused("seed", "at least 0"):
        gate("xor").sample(5, seed=-1)
