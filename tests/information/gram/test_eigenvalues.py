"""Eigenvalues against closed forms and NumPy's."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from scipy.linalg import lapack

from sightbits.information.gram import eigenvalue_kernels
from sightbits.information.gram import eigenvalues as module
from sightbits.information.gram.eigenvalues import eigenvalues, spectra
from sightbits.information.gram.kernels import match_kernel


@pytest.mark.parametrize(("kind", "slack"), [("f4", 1e-5), ("f8", 1e-13)])
@pytest.mark.parametrize("n", [2, 3, 9, 40, 130, 300])
def test_as_numpy_and_ascending(n: int, kind: str, slack: float) -> None:
    drawn = np.random.default_rng(n).normal(size=(2, 1, n, n))
    matrices = ((drawn + drawn.swapaxes(-1, -2)) / n).astype(kind)
    found = eigenvalues(matrices)
    assert found.dtype == matrices.dtype
    assert found.shape == (2, 1, n)
    assert found == pytest.approx(np.linalg.eigvalsh(matrices.astype("f8")), abs=slack)
    assert (np.diff(found, axis=-1) >= 0).all()


def test_closed_form() -> None:
    n = 50
    path = np.eye(n, k=1) + np.eye(n, k=-1)
    assert eigenvalues(path) == pytest.approx(np.sort(2 * np.cos(np.pi * np.arange(1, n + 1) / (n + 1))), abs=1e-13)
    assert eigenvalues(np.diag([3.0, 1.0, 2.0])).tolist() == [1, 2, 3]
    assert eigenvalues(np.zeros((4, 2, 2))).tolist() == [[0, 0]] * 4


def test_views_are_read_as_they_are_and_not_written() -> None:
    whole = np.random.default_rng(0).normal(size=(6, 6, 5))
    whole += whole.swapaxes(0, 1)
    before = whole.copy()
    found = eigenvalues(np.moveaxis(whole, -1, 0)[::2])
    assert (whole == before).all()
    assert found[1] == pytest.approx(np.linalg.eigvalsh(whole[..., 2]))


def test_where_the_iteration_fails_numpy_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "sightbits.information.gram.eigenvalues.lapack.dsterf", lambda diagonal, *_, **__: (diagonal, 1)
    )
    assert eigenvalues(np.array([[2.0, 1.0], [1.0, 2.0]])) == pytest.approx([1, 3])


def together(n: int, seed: int = 0) -> np.ndarray:
    """Eight matrices of all sorts, as many as are solved side by side."""
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(n, 3))
    apart = ((points[:, None] - points[None]) ** 2).sum(-1)
    drawn = rng.normal(size=(n, n))
    kinds = [
        np.exp(-apart),
        np.exp(-apart / 50),
        np.ones((n, n)),
        np.eye(n),
        np.zeros((n, n)),
        drawn + drawn.T,
        np.diag(10.0 ** -np.arange(n)),
        np.kron(np.eye(2), np.ones((n, n)))[:n, :n] + np.eye(n, k=n - 1) + np.eye(n, k=1 - n),
    ]
    return np.array(kinds)


@pytest.mark.parametrize("n", [2, 3, 10, 61])
def test_side_by_side_as_one_by_one(n: int) -> None:
    matrices = np.concatenate([together(n), together(n, 1)[::-1], together(n)[:3]])
    found = eigenvalues(matrices)
    scales = np.maximum(abs(matrices).sum(-1).max(-1), 1)[:, None]
    assert found / scales == pytest.approx(np.linalg.eigvalsh(matrices) / scales, abs=1e-14)
    assert (np.diff(found, axis=-1) >= 0).all()
    alone = np.array([eigenvalues(matrix) for matrix in matrices])
    assert found / scales == pytest.approx(alone / scales, abs=1e-14)
    assert found[16:].tolist() == alone[16:].tolist()


def test_side_by_side_whatever_their_scales() -> None:
    scales = 10.0 ** np.array([-300, -160, -40, 0, 3, 40, 160, 300])
    drawn = np.random.default_rng(0).normal(size=(8, 20, 20))
    matrices = drawn + drawn.swapaxes(-1, -2)
    found = eigenvalues(matrices * scales[:, None, None]) / scales[:, None]
    assert found == pytest.approx(np.linalg.eigvalsh(matrices), abs=1e-13)


def test_side_by_side_in_single_precision() -> None:
    matrices = together(30).astype(np.float32)
    found = eigenvalues(matrices)
    assert found.dtype == np.float32
    scales = np.maximum(abs(matrices).sum(-1).max(-1), 1)[:, None]
    assert found / scales == pytest.approx(np.linalg.eigvalsh(matrices.astype("f8")) / scales, abs=1e-6)


def in_blocks(sizes: list[int], seed: int) -> np.ndarray:
    """A matrix of blocks without zeros, its rows in any order."""
    rng = np.random.default_rng(seed)
    group = rng.permutation(np.repeat(np.arange(len(sizes)), sizes))
    drawn = rng.normal(size=(len(group), len(group)))
    return np.where(group[:, None] == group, drawn + drawn.T, 0)


SIZES = [[3, 40, 1, 20], [32, 32], [1] * 64, [63, 1], [64], [2] * 32, [5, 59]]


@pytest.mark.parametrize("n_each", [1, 9])
def test_blocks_as_whole_matrices(n_each: int) -> None:
    matrices = np.array([in_blocks(sizes, seed) for seed in range(n_each) for sizes in SIZES])
    found = eigenvalues(matrices)
    assert found == pytest.approx(np.linalg.eigvalsh(matrices), abs=1e-12)
    assert (np.diff(found, axis=-1) >= 0).all()
    single = matrices.astype(np.float32)
    assert eigenvalues(single).dtype == np.float32
    assert eigenvalues(single) == pytest.approx(found, abs=1e-3)


@pytest.mark.parametrize("sizes", SIZES)
def test_what_is_solved_is_no_larger_than_a_block(sizes: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    solved: list[int] = []
    reduce = lapack.dsytrd

    def listening(matrix: np.ndarray, **options: int) -> Any:
        solved.append(len(matrix))
        return reduce(matrix, **options)

    monkeypatch.setattr("sightbits.information.gram.eigenvalues.lapack.dsytrd", listening)
    eigenvalues(in_blocks(sizes, 0))
    assert sorted(solved) == sorted(size for size in sizes if size > 1)


def test_zeros_that_make_no_blocks_change_nothing() -> None:
    chain = in_blocks([8], 0)
    chain[0, 5:] = chain[5:, 0] = 0  # still reached by way of others
    hollow = np.array([[0.0, 0.0, 0.0], [0.0, 0.0, 2.0], [0.0, 2.0, 0.0]])
    aside = np.pad(in_blocks([4], 1), (0, 2))  # rows of zeros alone
    for matrix in (chain, hollow, aside, np.eye(6)[::-1].copy()):
        assert eigenvalues(matrix) == pytest.approx(np.linalg.eigvalsh(matrix), abs=1e-12)
        assert eigenvalues(np.array([matrix] * 8)) == pytest.approx(np.linalg.eigvalsh([matrix] * 8), abs=1e-12)


def test_a_kernel_times_that_of_labels_in_closed_form() -> None:
    labels = np.random.default_rng(0).permutation(np.repeat(np.arange(4), [1, 2, 7, 30]))
    found = eigenvalues(np.array([match_kernel(labels) / 40] * 9))
    assert found[:, -4:] == pytest.approx(np.array([[1, 2, 7, 30]] * 9) / 40, abs=1e-15)
    assert found[:, :-4] == pytest.approx(np.zeros((9, 36)), abs=1e-15)


def test_paths_side_by_side_in_closed_form() -> None:
    n = 50
    paths = np.arange(1, 9)[:, None, None] * (np.eye(n, k=1) + np.eye(n, k=-1))
    closed = np.sort(2 * np.cos(np.pi * np.arange(1, n + 1) / (n + 1)))
    for scale in (1.0, 1e200, 1e-200):
        assert eigenvalues(scale * paths) / scale == pytest.approx(np.arange(1, 9)[:, None] * closed, abs=1e-12)


def test_matrices_may_come_one_by_one_in_the_same_place() -> None:
    matrices = np.concatenate([together(12), together(12, 1)] * 4 + [together(12, 2)[:5]])
    place = np.empty((12, 12))
    asked = []

    def one_by_one() -> Iterator[np.ndarray]:
        for i, matrix in enumerate(matrices):
            asked.append(i)
            place[...] = matrix
            yield place

    given = spectra(one_by_one())
    first = next(given)
    assert asked == list(range(64))
    found = np.concatenate([first, *given])
    assert found.tolist() == eigenvalues(matrices).tolist()


def test_what_is_not_solved_side_by_side_is_solved_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    matrices = together(25)
    alone = [eigenvalues(matrix).tolist() for matrix in matrices]
    assert not eigenvalue_kernels.solve_together(np.zeros((2, 8)), np.ones((2, 8)), 0)
    monkeypatch.setattr(eigenvalue_kernels, "MOST_SWEEPS", 1)
    assert eigenvalues(matrices).tolist() == alone


def test_values_that_are_none_come_to_an_end() -> None:
    diagonals, beside = np.ones((6, 8)), np.ones((6, 8))
    diagonals[2, 3] = beside[4, 1] = np.nan
    assert eigenvalue_kernels.solve_together(diagonals, beside, 60) in (True, False)


def test_as_many_side_by_side_as_the_kernel_takes() -> None:
    assert module._TOGETHER == eigenvalue_kernels.N_TOGETHER
