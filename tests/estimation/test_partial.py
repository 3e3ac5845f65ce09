import numpy as np
import pytest

import sightbits as sb
from sightbits import InputError
from sightbits.core.counts import CountTable
from sightbits.datasets import synthetic
from sightbits.estimation.partial import PARTS
from sightbits.information.decomposition import METHODS, decompose


@pytest.mark.parametrize("name", ["xor", "and", "copy", "redundant", "unique"])
def test_gates_are_decomposed_as_known(name):
    gate = synthetic.gate(name)
    found = sb.decompose_information(*gate.sample(4000), permutations=10)
    for part in PARTS:
        assert float(getattr(found, part)) == pytest.approx(getattr(gate, part) / np.log(2), abs=0.03), part
    assert float(found.joint) == pytest.approx(sum(float(getattr(found, part)) for part in PARTS), abs=1e-9)
    assert found.method == "broja"
    assert found.joint.saturated  # a gate's output is all there is to know
    assert not (name == "and" and found.redundancy.saturated)


@pytest.mark.parametrize("method", list(METHODS))
def test_parts_are_those_of_the_count_table(method):
    rng = np.random.default_rng(0)
    first, second = rng.integers(0, 3, (2, 200))
    target = (first + second + (rng.random(200) < 0.3)) % 3
    counts = np.zeros((3, 3, 3), dtype=np.int64)
    np.add.at(counts, (first, second, target), 1)
    table = CountTable(counts=counts, variables=("first", "second", "target"))
    expected = decompose(table, "first", "second", target="target", method=method)
    found = sb.decompose_information(first, second, target, method=method, permutations=0, error="none")
    for part in PARTS:
        assert float(getattr(found, part).value) == pytest.approx(float(getattr(expected, part)), abs=1e-9)
        assert np.isnan(getattr(found, part).standard_error)


def test_each_part_stands_beside_its_chance():
    x, y, t = synthetic.gate("xor").sample(100)
    found = sb.decompose_information(x, y, t, permutations=30, seed=1)
    draws = [
        sb.decompose_information(x, y, np.random.default_rng([1, i]).permutation(t), permutations=0, error="none")
        for i in range(30)
    ]
    values = [float(draw.synergy.value) for draw in draws]
    assert float(found.synergy.null_mean) == pytest.approx(np.mean(values), abs=1e-9)
    assert float(found.synergy.p_value) == pytest.approx(1 / 31)
    assert 0 < float(found.redundancy.standard_error) < 0.1


def test_what_cannot_be_used_is_refused():
    x = np.arange(40)
    with pytest.raises(InputError, match="at most 32,768 combinations"):
        sb.decompose_information(x, x, x)
    with pytest.raises(InputError, match="method: wanted one of"):
        sb.decompose_information([0, 1], [0, 1], [0, 1], method="best")
    with pytest.raises(InputError, match="first and second and target: wanted equally many"):
        sb.decompose_information([0, 1], [0, 1, 1], [0, 1])
