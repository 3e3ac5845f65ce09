"""Residuals against least squares; components; closed forms of Gaussian information; the turn at random."""

from itertools import product
from math import log

import numpy as np
import pytest

from sightbits.estimation.filters import residuals
from sightbits.estimation.filters.residuals import Residuals, directions, first_components, gaussian_information

close = pytest.approx


def draw(n: int = 60, n_filters: int = 5, places: int = 3, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 4, n)
    maps = rng.normal(size=(n, n_filters, places)) + 0.5 * rng.normal(size=(4, n_filters, places))[labels]
    maps[:, 1] += maps[:, 0] + 3
    return maps, labels


def residuals_of(maps: np.ndarray, labels: np.ndarray, components: int = 3, seed: int = 0) -> Residuals:
    return Residuals(maps, labels, components=components, rng=np.random.default_rng(seed))


def in_order(one: Residuals) -> np.ndarray:
    return np.arange(one.n_rows)[np.newaxis]


def information_slowly(first: np.ndarray, labels: np.ndarray, given: np.ndarray) -> float:
    """Of Gaussian variables given others, by least squares on all samples and canonical correlations."""
    design = np.column_stack([np.ones(len(labels)), given])
    targets = np.eye(labels.max() + 1)[labels]

    def basis(values: np.ndarray) -> np.ndarray:
        rest = values - design @ np.linalg.lstsq(design, values, rcond=None)[0]
        vectors, lengths, _ = np.linalg.svd(rest, full_matrices=False)
        return vectors[:, lengths > 1e-6]

    correlations = np.linalg.svd(basis(first).T @ basis(targets), compute_uv=False)
    return -0.5 * sum(log(1 - value**2) for value in correlations)


@pytest.mark.parametrize("n_labels", [2, 4])
def test_what_is_told_is_that_of_least_squares(n_labels: int) -> None:
    maps, labels = draw()
    labels = labels % n_labels
    found = residuals_of(maps, labels)
    given: list[int] = []
    for taken in (1, 4, 0, 3):
        told = found.tell(in_order(found))[0]
        assert found.left.tolist() == [i for i in range(5) if i not in given]
        assert found.n_rows == 59 - 3 * len(given)
        before = maps[:, given].reshape(60, -1)
        assert told == close([information_slowly(maps[:, i], labels, before) for i in found.left], abs=1e-6)
        found.take(found.left.tolist().index(taken))
        given.append(taken)


def test_of_few_components_only_these_are_taken() -> None:
    maps, labels = draw(places=6)
    found = residuals_of(maps, labels, components=2)
    centred = maps - maps.mean(axis=0)
    scores = [np.linalg.svd(centred[:, i], full_matrices=False)[0][:, :2] for i in range(5)]
    assert found.tell(in_order(found))[0] == close(
        [information_slowly(one, labels, np.empty((60, 0))) for one in scores], abs=1e-6
    )
    found.take(3)
    assert found.n_rows == 57
    assert found.tell(in_order(found))[0] == close(
        [information_slowly(scores[i], labels, scores[3]) for i in (0, 1, 2, 4)], abs=1e-6
    )


def test_a_linear_model_of_known_information() -> None:
    """y is told by x1 = a y + e1; x2 = b y + c x1 + e2 tells more; noises are exactly at right angles."""
    rng = np.random.default_rng(3)
    n, a, b, c = 80, 1.3, 0.7, -2.0
    labels = np.arange(n) % 2
    basis = np.linalg.qr(np.column_stack([np.ones(n), labels, rng.normal(size=(n, 2))]))[0]
    y = labels - labels.mean()
    first_noise, second_noise = n**0.5 * basis[:, 2:].T
    x1 = a * y + first_noise
    x2 = b * y + c * x1 + second_noise
    found = residuals_of(np.stack([x1, x2], axis=1)[:, :, np.newaxis], labels, components=1)
    variance = 1 / 4
    assert found.tell(in_order(found))[0, 0] == close(0.5 * log(1 + a**2 * variance), abs=1e-7)
    found.take(0)
    left = variance / (1 + a**2 * variance)
    assert found.tell(in_order(found))[0] == close([0.5 * log(1 + b**2 * left)], abs=1e-7)
    # The chain rule: both given, then both at once.
    both = residuals_of(np.stack([x1, x2], axis=1)[:, np.newaxis], labels, components=2)
    together = 0.5 * log(1 + a**2 * variance) + 0.5 * log(1 + b**2 * left)
    assert both.tell(in_order(both))[0] == close([together], abs=1e-7)


def test_orders_are_those_of_the_rows_of_labels() -> None:
    maps, labels = draw()
    found = residuals_of(maps, labels)
    found.take(2)
    orders = np.array([np.random.default_rng(i).permutation(found.n_rows) for i in range(7)])
    own = directions(found._values[:-3].reshape(4, 3, -1))
    of_labels = directions(found._values[-3:])
    told = found.tell(orders)
    for (i, order), (j, one) in product(enumerate(orders), enumerate(own)):
        correlations = one @ of_labels[:, order].T
        determinant = np.linalg.det(np.eye(3) - correlations @ correlations.T)
        assert told[i, j] == close(-0.5 * log(determinant), abs=1e-7)


def test_orders_in_parts_are_orders_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    maps, labels = draw()
    found = residuals_of(maps, labels)
    orders = np.array([np.random.default_rng(i).permutation(found.n_rows) for i in range(7)])
    at_once = found.tell(orders)
    for room in (1, 90, 3 * 45):
        monkeypatch.setattr(residuals, "_TOGETHER", room)
        assert found.tell(orders) == close(at_once, abs=1e-12)


def test_both_shapes_of_correlations_tell_the_same() -> None:
    rng = np.random.default_rng(0)
    first = directions(rng.normal(size=(4, 2, 20)))
    second = directions(rng.normal(size=(3, 5, 20)))
    told = gaussian_information(first, second)
    assert told.shape == (3, 4)
    turned = gaussian_information(second, first).T
    assert turned == close(told, abs=1e-12)


def test_what_is_certain_is_finite_and_nothing_is_0() -> None:
    rows = directions(np.random.default_rng(0).normal(size=(1, 3, 9)))
    assert gaussian_information(rows, rows)[0, 0] == close(-1.5 * log(1e-9), rel=1e-5)
    assert gaussian_information(0 * rows, rows).tolist() == [[0.0]]


def test_directions_are_of_length_1_at_right_angles_and_span_the_same() -> None:
    values = np.random.default_rng(0).normal(size=(2, 3, 8)) * [[1e-2], [1.0], [3.0]]
    found = directions(values)
    assert found @ found.swapaxes(1, 2) == close(np.broadcast_to(np.eye(3), (2, 3, 3)), abs=1e-9)
    assert np.linalg.matrix_rank(np.concatenate([values, found], axis=1), tol=1e-6).tolist() == [3, 3]
    twice = directions(np.concatenate([values[0], values[0]]))
    assert sorted((twice**2).sum(axis=1).round(9)) == [0, 0, 0, 1, 1, 1]
    lengths = [0.9e-3, 1.1e-3]  # shares are squares
    kept = directions(np.eye(2, 5) * np.array(lengths)[:, np.newaxis])
    assert sorted((kept**2).sum(axis=1).round(9)) == [0, 1]


@pytest.mark.parametrize("places", [4, 30])
def test_components_are_the_first_of_the_singular_value_decomposition(places: int) -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(size=(12, places)) * np.linspace(1, 3, places) + 5
    vectors = np.linalg.svd(values - values.mean(axis=0), full_matrices=False)[0][:, :3].T
    for scaled in (values, 1e-160 * values, 1e90 * values, (1e3 * values).astype(np.float32)):
        found = first_components(scaled, 3)
        tolerance = 1e-5 if scaled.dtype == np.float32 else 1e-9
        assert abs(found @ vectors.T)[::-1] == close(np.eye(3), abs=tolerance)


def test_components_that_there_are_not_are_0() -> None:
    rng = np.random.default_rng(0)
    values = np.outer(rng.normal(size=10), [1.0, 2.0, 3.0])
    assert (first_components(values + 0.1, 3) ** 2).sum(axis=1) == close([1, 0, 0], abs=1e-12)
    for still in (np.full((10, 3), 0.1), np.zeros((10, 3)), np.full((10, 20), 1e90 / 3)):
        assert first_components(still, 3).tolist() == np.zeros((3, 10)).tolist()


def test_a_filter_that_is_taken_is_gone_whatever_its_rank() -> None:
    maps, labels = draw()
    maps[:, 3, 2] = maps[:, 3, 0]  # of rank 2
    maps[:, 4] = 0.1  # of rank 0
    maps[:, 2] = maps[:, 0] @ np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))[0]
    found = residuals_of(maps, labels)
    for place, n_rows in ((4, 59), (3, 57), (0, 54)):
        found.take(place)
        assert found.n_rows == n_rows
    assert found.left.tolist() == [1, 2]
    told = found.tell(in_order(found))[0]
    assert told[0] > 0.01
    assert told[1] == 0  # a copy of one that was taken
    found.take(1)
    assert found.n_rows == 54


def test_rows_that_are_needed() -> None:
    maps, labels = draw()
    assert residuals_of(maps, labels, components=3).n_least_rows == 12
    assert residuals_of(maps, labels, components=9).n_least_rows == 12  # there are three places
    assert residuals_of(maps[:, :, :1], labels).n_least_rows == 5  # three indicators and one component fill four rows


def test_the_turn_is_that_of_no_direction() -> None:
    """Coordinates of a fixed vector have mean 0 and equal squares, signs and all; lengths and angles stay."""
    rng = np.random.default_rng(0)
    n, draws = 5, 3000
    vectors = rng.normal(size=(2, n))
    vectors -= vectors.mean(axis=1, keepdims=True)
    turned = []
    for _ in range(draws):
        basis = rng.normal(size=(n, n))
        basis[:, 0] = 1
        turned.append(residuals._beyond(basis, vectors, n_taken=1))
    every = np.array(turned)
    assert every.shape == (draws, 2, n - 1)
    assert every @ every.swapaxes(1, 2) == close(np.broadcast_to(vectors @ vectors.T, (draws, 2, 2)), abs=1e-9)
    first = every[:, 0] / np.linalg.norm(vectors[0])
    assert abs(first.mean(axis=0)).max() < 4 * (1 / (n - 1) / draws) ** 0.5
    assert (first**2).mean(axis=0) == close(np.full(n - 1, 1 / (n - 1)), abs=0.025)


def test_another_turn_tells_the_same_and_gives_other_rows() -> None:
    maps, labels = draw()
    first, second = (residuals_of(maps, labels, seed=seed) for seed in (0, 1))
    assert abs(first._values - second._values).max() > 0.1
    for place in (2, 0):
        assert first.tell(in_order(first)) == close(second.tell(in_order(second)), abs=1e-9)
        first.take(place)
        second.take(place)
