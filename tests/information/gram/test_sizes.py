"""Sizes of kernels against closed forms, plain loops and identities; what is refused."""

from itertools import combinations
from math import dist, nan
from statistics import median

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightbits.core.checks import InputError
from sightbits.information.gram import alignment_size, gaussian_kernel, match_kernel, median_size, silverman_size

seeds = st.integers(0, 2**32 - 1)


def test_silverman() -> None:
    assert silverman_size(16, 0 + 4, 3.0) == pytest.approx(3 * 16 ** (-1 / 8))
    assert silverman_size(1, 7, 0.1) == 0.1


@given(seed=seeds, n=st.integers(2, 9), d=st.integers(1, 4))
def test_median_as_in_plain_loops(seed: int, n: int, d: int) -> None:
    points = np.random.default_rng(seed).normal(size=(n, d))
    slow = median(dist(x, y) for x, y in combinations(points.tolist(), 2))
    assert float(median_size(points)) == pytest.approx(slow, rel=1e-7)


@given(seed=seeds, scale=st.floats(1e-5, 1e5))
def test_median_follows_the_scale_and_takes_no_notice_of_order(seed: int, scale: float) -> None:
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(10, 3))
    assert median_size(points * scale) == pytest.approx(scale * median_size(points), rel=1e-9)
    assert median_size(rng.permutation(points)) == pytest.approx(median_size(points), rel=1e-9)


@pytest.mark.parametrize(
    ("points", "size"),
    [
        ([0, 0, 0, 0, 3], 3),
        ([0, 0, 0, 0, 0, 3, 4], 1),  # 11 pairs of 21 are apart: the median is the shortest of them
        ([0, 0, 3, 3], 3),  # 2 of 6 coincide
        ([0, 0, 0, 3], 1.5),  # half of them: between 0 and 3
        ([0, 0, 0, 0, 0, 0, 3, 5], 3),  # 13 of 28 apart: 2, six times 3, six times 5
        ([7, 7, 7], 1),
    ],
)
def test_median_where_points_coincide(points: list[float], size: float) -> None:
    assert float(median_size(np.array(points, dtype=float)[:, None])) == pytest.approx(size)


@pytest.mark.parametrize("kind", ["f4", "f8"])
@pytest.mark.parametrize("d", [1, 7, 600])
def test_points_that_coincide_do_so_whatever_rounding_makes_of_their_mean(kind: str, d: int) -> None:
    rng = np.random.default_rng(0)
    same = np.repeat(rng.normal(size=(1, d)), 37, axis=0).astype(kind)
    assert float(median_size(same)) == 1
    one_apart = np.concatenate([same, same[:1] + 1])
    assert float(median_size(one_apart)) == pytest.approx(d**0.5, rel=1e-4)


def test_points_that_rounding_alone_tells_apart_coincide() -> None:
    rng = np.random.default_rng(0)
    near = rng.normal(size=50) * (1 + np.spacing(1) * rng.integers(-1, 2, (30, 50)))
    far = rng.normal(size=(3, 50))
    distances = sorted(
        [float(np.linalg.norm(near[0] - x)) for x in far] * 30 + [dist(x, y) for x, y in combinations(far, 2)]
    )
    assert float(median_size(np.concatenate([near, far]))) == pytest.approx(median(distances))


def test_median_of_a_batch() -> None:
    points = np.random.default_rng(0).normal(size=(2, 3, 6, 2))
    points[1, 2] = 4
    sizes = median_size(points)
    assert sizes.shape == (2, 3)
    assert sizes[1, 2] == 1
    assert sizes[0, 1] == pytest.approx(float(median_size(points[0, 1])))


def alignment_slowly(points: np.ndarray, labels: np.ndarray, size: float) -> float:
    kernel, same = gaussian_kernel(points, size), match_kernel(labels)
    return float(np.vdot(kernel, same) / np.linalg.norm(kernel) / np.linalg.norm(same))


@given(seed=seeds)
def test_alignment_takes_the_best(seed: int) -> None:
    rng = np.random.default_rng(seed)
    labels = rng.integers(3, size=(2, 12))
    points = rng.normal(size=(2, 12, 2)) + 2 * labels[..., None]
    candidates = [0.1, 0.5, 1.0, 3.0, 10.0]
    chosen = alignment_size(points, match_kernel(labels), candidates)
    for part in range(2):
        best = max(candidates, key=lambda size: alignment_slowly(points[part], labels[part], size))
        assert chosen[part] == best


def test_alignment_takes_the_first_of_equals() -> None:
    assert float(alignment_size(np.ones((3, 1)), np.eye(3), [2.0, 1.0])) == 2.0


def test_what_is_refused() -> None:
    with pytest.raises(InputError):
        silverman_size(0, 3, 5.0)
    with pytest.raises(InputError):
        silverman_size(3, 0, 5.0)
    for h in (0.0, -1.0, nan, np.inf):
        with pytest.raises(InputError):
            silverman_size(3, 3, h)
    for points in ([[0.0]], [[0.0], [nan]]):
        with pytest.raises(InputError):
            median_size(points)
    with pytest.raises(InputError):
        alignment_size(np.ones((3, 1)), np.eye(3), [])
    with pytest.raises(InputError):
        alignment_size(np.ones((3, 1)), np.eye(3), [0.0])
    with pytest.raises(InputError):
        alignment_size(np.ones((3, 1)), np.zeros((3, 3)), [1.0])
    with pytest.raises(InputError):
        alignment_size(np.ones((3, 1)), np.eye(4), [1.0])
