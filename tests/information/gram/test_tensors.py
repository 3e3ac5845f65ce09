"""Torch tensors give what NumPy arrays give, on the device and in the precision that they have."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from sightbits.core.checks import InputError
from sightbits.information import gram as g

RNG = np.random.default_rng(0)
POINTS = RNG.normal(size=(2, 20, 3))
MAPS = RNG.normal(size=(20, 2, 3, 3))
LABELS = RNG.integers(3, size=(2, 20))


def grams_of(points: Any, labels: Any) -> tuple[Any, Any, Any]:
    linear = g.linear_kernel(points)
    return tuple(g.normalise_gram(k) for k in (g.gaussian_kernel(points, 1.5), g.match_kernel(labels), linear))  # type: ignore[return-value]


KERNELS: dict[str, Callable[[Any, Any, Any], Any]] = {
    "gaussian": lambda p, _, __: g.gaussian_kernel(p, 1.5),
    "gaussian, a size each": lambda p, _, __: g.gaussian_kernel(p, g.median_size(p)),
    "concatenated": lambda p, _, __: g.concatenated_gaussian_kernel([p, p[..., :1]], [1.0, 2.0]),
    "tensor": lambda _, __, m: g.tensor_kernel(m, 3.0),
    "linear": lambda p, _, __: g.normalise_gram(g.linear_kernel(p)),
    "match": lambda _, y, __: g.match_kernel(y),
    "median": lambda p, _, __: g.median_size(p),
    "median of few apart": lambda p, _, __: g.median_size(p * (p > 1.2)),
    "median of none apart": lambda p, _, __: g.median_size(p * 0 + 3),
    "alignment": lambda p, y, __: g.alignment_size(p, g.match_kernel(y), [0.1, 1.0, 10.0]),
}
MEASURES: dict[str, Callable[..., Any]] = {
    "entropy": lambda x, y, z, a: g.matrix_renyi_entropy(z, a),
    "joint": lambda x, y, z, a: g.matrix_joint_entropy([x, y, z], a),
    "information": lambda x, y, z, a: g.matrix_mutual_information(x[:, None], y[None], a),
    "pairs": lambda x, y, z, a: g.pair_entropies(x, [[0, 1], [1, 1]], a),
    "several": lambda x, y, z, a: g.matrix_multivariate_information(x, [y, z], a),
    "conditional": g.matrix_conditional_mutual_information,
}


@pytest.mark.parametrize("name", KERNELS)
@pytest.mark.parametrize(("kind", "slack"), [("float64", 1e-10), ("float32", 1e-4)])
def test_kernels(name: str, kind: str, slack: float) -> None:
    points, maps = POINTS.astype(kind), MAPS.astype(kind)
    array = KERNELS[name](points, LABELS, maps)
    tensor = KERNELS[name](torch.from_numpy(points), torch.from_numpy(LABELS), torch.from_numpy(maps))
    assert isinstance(tensor, torch.Tensor)
    assert str(tensor.dtype).removeprefix("torch.") == str(array.dtype)
    assert tensor.numpy() == pytest.approx(array, abs=slack)
    assert array == pytest.approx(KERNELS[name](POINTS, LABELS, MAPS), abs=slack)


@pytest.mark.parametrize("name", MEASURES)
@pytest.mark.parametrize("alpha", [0.8, 1.0, 1.01, 2.0, 6.0, np.inf])
def test_measures(name: str, alpha: float) -> None:
    array = MEASURES[name](*grams_of(POINTS, LABELS), alpha)
    for kind, slack in (("float64", 1e-10), ("float32", 2e-4 if alpha >= 1 else 2e-2)):
        grams = grams_of(torch.from_numpy(POINTS.astype(kind)), torch.from_numpy(LABELS))
        tensor = MEASURES[name](*grams, alpha)
        assert isinstance(tensor, torch.Tensor)
        # A matrix of labels is float64, and so is what it is multiplied with.
        assert tensor.numpy() == pytest.approx(array, abs=slack if alpha >= 1 else max(slack, 1e-6))


def test_low_rank() -> None:
    for columns in (lambda p: g.gaussian_columns(p, 1.5), g.linear_columns):
        array, tensor = columns(POINTS[0]), columns(torch.from_numpy(POINTS[0]))
        by_array, by_tensor = g.pivoted_cholesky(array), g.pivoted_cholesky(tensor)
        assert by_array.pivots == by_tensor.pivots
        assert isinstance(by_tensor.factor, torch.Tensor)
        assert by_tensor.factor.numpy() == pytest.approx(by_array.factor, abs=1e-7)
        assert by_tensor.entropy().value == pytest.approx(by_array.entropy().value, abs=1e-10)
        assert g.blockwise_entropy(tensor, block=7) == pytest.approx(g.blockwise_entropy(array), abs=1e-12)
    labels = g.match_columns(torch.from_numpy(LABELS[0]))
    assert g.pivoted_cholesky(labels).pivots == g.pivoted_cholesky(g.match_columns(LABELS[0])).pivots


@pytest.mark.parametrize(
    ("given_type", "kept"),
    [(torch.float16, torch.float32), (torch.bfloat16, torch.float32), (torch.int64, torch.float64)],
)
def test_other_precisions_become_known_ones(given_type: torch.dtype, kept: torch.dtype) -> None:
    assert g.gaussian_kernel(torch.arange(6).reshape(3, 2).to(given_type), 2.0).dtype == kept


def test_clipping_is_told_of_tensors_too() -> None:
    with pytest.warns(g.NegativeEigenvalueWarning):
        spectrum = g.gram_spectrum(torch.tensor([[0.5, 0.9], [0.9, 0.5]], dtype=torch.float64))
    assert float(spectrum.clipped) == pytest.approx(0.4)


@pytest.mark.parametrize("alpha", [1.0, 1.01, 2.0, 3.0])
def test_gradients_pass(alpha: float) -> None:
    points = torch.from_numpy(POINTS[0]).requires_grad_()
    y = g.normalise_gram(g.match_kernel(torch.from_numpy(LABELS[0])))

    def information(at: torch.Tensor) -> torch.Tensor:
        return g.matrix_mutual_information(g.normalise_gram(g.gaussian_kernel(at, 1.5)), y, alpha)

    information(points).backward()
    step = torch.zeros_like(points)
    step[3, 1] = 1e-5
    with torch.no_grad():
        slope = (information(points + step) - information(points - step)) / 2e-5
    assert points.grad is not None
    assert float(points.grad[3, 1]) == pytest.approx(float(slope), abs=1e-7)
    assert g.pivoted_cholesky(g.gaussian_columns(points, 1.5)).factor.requires_grad is False


def test_what_is_refused() -> None:
    good = torch.eye(3) / 3
    for bad in (torch.full((3, 3), torch.nan), torch.eye(3), torch.ones(3), torch.ones(3, 2), torch.tensor([[1.0]])):
        with pytest.raises(InputError):
            g.matrix_mutual_information(good, bad)
    with pytest.raises(InputError, match="symmetric"):
        g.normalise_gram(torch.tensor([[1.0, 0.2], [0.1, 1.0]]))
    with pytest.raises(InputError, match="positive diagonal"):
        g.normalise_gram(torch.zeros(2, 2))
    with pytest.raises(InputError, match="real"):
        g.gaussian_kernel(torch.zeros(2, 2, dtype=torch.complex64), 1.0)
    with pytest.raises(InputError, match="size"):
        g.gaussian_kernel(torch.zeros(2, 2), 0.0)
    with pytest.raises(InputError, match="not both"):
        g.matrix_mutual_information(good, np.eye(3) / 3)
    with pytest.raises(InputError, match="labels"):
        g.match_kernel(torch.tensor([1.0, torch.nan]))
