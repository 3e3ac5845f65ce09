"""Kernels against plain loops, closed forms and identities; what is refused."""

from collections.abc import Callable
from math import exp, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightbits.core.checks import InputError
from sightbits.information.gram import (
    concatenated_gaussian_kernel,
    gaussian_kernel,
    linear_kernel,
    match_kernel,
    tensor_kernel,
)
from sightbits.information.gram.kernels import fall

seeds = st.integers(0, 2**32 - 1)
Kernel = Callable[..., np.ndarray]


def gaussian_slowly(points: np.ndarray, size: float) -> np.ndarray:
    return np.array([[exp(-sum((x - y) ** 2 for x, y in zip(a, b)) / (2 * size**2)) for b in points] for a in points])  # noqa: B905


@given(seed=seeds, n=st.integers(2, 9), d=st.integers(1, 5), size=st.floats(0.2, 20.0))
def test_gaussian_as_in_plain_loops(seed: int, n: int, d: int, size: float) -> None:
    points = np.random.default_rng(seed).normal(size=(n, d))
    assert gaussian_kernel(points, size) == pytest.approx(gaussian_slowly(points, size), abs=1e-12)


def test_closed_form_of_gaussian() -> None:
    assert gaussian_kernel(np.array([[0, 0], [3, 4]]), 5.0)[0, 1] == pytest.approx(exp(-0.5))
    assert (gaussian_kernel(np.full((4, 3), 0.1), 1e-3) == 1).all()


def test_what_is_far_apart_falls_no_further_than_products_can_bear() -> None:
    exponents = np.array([0.0, 0.5, 79.0, 80.0, 81.0, 1e5])
    expected = [1.0, exp(-0.5), exp(-79.0), exp(-80.0), exp(-80.0), exp(-80.0)]
    assert fall(exponents) == pytest.approx(expected, rel=1e-12, abs=0)
    assert exponents[-1] == 1e5
    product = np.prod([gaussian_kernel(np.array([[0.0], [1e3]]), 1.0)] * 8, axis=0)
    assert product[0, 1] > np.finfo(np.float64).tiny


@given(seed=seeds, shift=st.floats(-1e6, 1e6), scale=st.floats(1e-6, 1e6))
def test_diagonal_is_one_and_nothing_above_it_however_far_from_the_origin(
    seed: int, shift: float, scale: float
) -> None:
    points = np.random.default_rng(seed).normal(size=(6, 3))
    points[3] = points[1]
    kernel = gaussian_kernel(points * scale + shift, scale)
    assert (np.diagonal(kernel) == 1).all()
    assert (kernel <= 1).all()
    assert kernel[1] == pytest.approx(kernel[3], abs=1e-9)


def test_distances_are_nowhere_negative_and_do_not_feel_the_origin() -> None:
    rng = np.random.default_rng(0)
    sides = np.repeat([[-1.0], [1.0]], 20, axis=0) * rng.normal(size=50) + 1e-9 * rng.normal(size=(40, 50))
    assert (gaussian_kernel(sides, 1e-6) <= 1).all()
    points = rng.normal(size=(10, 3))
    assert np.abs(gaussian_kernel(points + 1e6, 1.0) - gaussian_kernel(points, 1.0)).max() < 1e-8


@given(seed=seeds, d=st.lists(st.integers(1, 6), min_size=1, max_size=5))
def test_product_of_gaussians_is_the_gaussian_of_the_concatenation(seed: int, d: list[int]) -> None:
    rng = np.random.default_rng(seed)
    blocks = [rng.normal(size=(2, 12, columns)) * 10 ** rng.uniform(-2, 2) for columns in d]
    sizes = [float(np.abs(block).max() * rng.uniform(0.3, 3)) for block in blocks]
    product = np.prod([gaussian_kernel(block, size) for block, size in zip(blocks, sizes, strict=True)], axis=0)
    assert np.abs(concatenated_gaussian_kernel(blocks, sizes) - product).max() < 1e-12


def test_sizes_go_with_the_matrices_of_a_batch() -> None:
    points = np.random.default_rng(0).normal(size=(2, 3, 5, 2))
    sizes = np.linspace(0.5, 3, 6).reshape(2, 3)
    kernels = gaussian_kernel(points, sizes)
    joint = concatenated_gaussian_kernel([points, points], [sizes, 1.5])
    for i, j in np.ndindex(2, 3):
        assert kernels[i, j] == pytest.approx(gaussian_kernel(points[i, j], float(sizes[i, j])), abs=1e-14)
        assert joint[i, j] == pytest.approx(kernels[i, j] * gaussian_kernel(points[i, j], 1.5), abs=1e-14)


def test_tensor_kernel_takes_the_frobenius_distance() -> None:
    maps = np.random.default_rng(0).normal(size=(2, 5, 3, 4, 4))
    kernels = tensor_kernel(maps, 6.0, batch_axes=1)
    assert kernels.shape == (2, 5, 5)
    assert kernels[1, 0, 3] == pytest.approx(exp(-((maps[1, 0] - maps[1, 3]) ** 2).sum() / 72))
    assert np.abs(tensor_kernel(maps[1], 6.0) - kernels[1]).max() < 1e-14
    by_map = [gaussian_kernel(maps[0, :, c].reshape(5, -1), 6.0) for c in range(3)]
    assert np.abs(kernels[0] - by_map[0] * by_map[1] * by_map[2]).max() < 1e-14


def test_linear_and_match() -> None:
    points = np.array([[1, 2], [0, -1], [3, 0]])
    assert linear_kernel(points).tolist() == [[5, -2, 3], [-2, 1, 0], [3, 0, 9]]
    assert match_kernel(np.array(["a", "b", "a"])).tolist() == [[1, 0, 1], [0, 1, 0], [1, 0, 1]]
    assert match_kernel([[4, 4], [4, 5]]).tolist() == [[[1, 1], [1, 1]], [[1, 0], [0, 1]]]


@pytest.mark.parametrize(
    ("given_type", "kept"), [("f4", "f4"), ("f8", "f8"), ("f2", "f4"), ("i8", "f8"), ("u1", "f8"), ("?", "f8")]
)
def test_precision_is_that_of_the_points(given_type: str, kept: str) -> None:
    points = np.array([[0, 1], [1, 1]]).astype(given_type)
    assert gaussian_kernel(points, 1.0).dtype == kept
    assert gaussian_kernel(points, 1.0)[0, 1] == pytest.approx(exp(-0.5), abs=1e-7)
    assert linear_kernel(points).dtype == kept


@pytest.mark.parametrize(
    ("kernel", "arguments"),
    [
        (gaussian_kernel, ([[0.0], [nan]], 1.0)),
        (gaussian_kernel, ([[0.0], [np.inf]], 1.0)),
        (gaussian_kernel, ([[0.0]], 1.0)),
        (gaussian_kernel, ([0.0, 1.0], 1.0)),
        (gaussian_kernel, (np.zeros((2, 0)), 1.0)),
        (gaussian_kernel, ([["a"], ["b"]], 1.0)),
        (gaussian_kernel, ([[1j], [0]], 1.0)),
        (gaussian_kernel, ([[0.0], [1.0]], 0.0)),
        (gaussian_kernel, ([[0.0], [1.0]], -1.0)),
        (gaussian_kernel, ([[0.0], [1.0]], nan)),
        (gaussian_kernel, ([[0.0], [1.0]], np.inf)),
        (concatenated_gaussian_kernel, ([], [])),
        (concatenated_gaussian_kernel, ([np.eye(2)], [1.0, 2.0])),
        (concatenated_gaussian_kernel, ([np.eye(2), np.eye(3)], [1.0, 2.0])),
        (concatenated_gaussian_kernel, ([np.eye(2), np.eye(2)], [1.0, 0.0])),
        (tensor_kernel, (np.zeros(3), 1.0)),
        (tensor_kernel, (np.zeros((1, 3)), 1.0)),
        (linear_kernel, ([[nan], [1.0]],)),
        (match_kernel, ([3],)),
        (match_kernel, (3,)),
        (match_kernel, ([1.0, nan],)),
    ],
)
def test_what_is_refused(kernel: Kernel, arguments: tuple[object, ...]) -> None:
    with pytest.raises(InputError):
        kernel(*arguments)
