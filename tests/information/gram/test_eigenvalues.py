"""Eigenvalues against closed forms and NumPy's."""

import numpy as np
import pytest

from sightbits.information.gram.eigenvalues import eigenvalues


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
