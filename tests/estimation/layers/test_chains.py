"""What variables tell of references, against loops; the shuffles, which all share."""

from collections.abc import Iterator

import numpy as np
import pytest

from sightbits.estimation.layers.chains import draw_orders, entropies, reference_of, tell
from sightbits.information.gram import gaussian_kernel, match_kernel, matrix_renyi_entropy, normalise_gram

NONE = draw_orders(20, shuffles=0, seed=0)


def kernels(n_kernels: int, n: int = 20) -> np.ndarray:
    return gaussian_kernel(np.random.default_rng(n_kernels).normal(size=(n_kernels, n, 2)), 1.5)


def test_each_shuffle_depends_on_the_seed_and_its_own_number() -> None:
    orders = draw_orders(9, shuffles=5, seed=4)
    assert orders.shape == (5, 9)
    assert (np.sort(orders) == np.arange(9)).all()
    assert (draw_orders(9, shuffles=3, seed=4) == orders[:3]).all()
    assert len({tuple(order) for order in orders.tolist()}) == 5
    assert (draw_orders(9, shuffles=5, seed=5) != orders).any(axis=1).all()
    assert draw_orders(9, shuffles=0, seed=4).shape == (0, 9)


def test_a_reference_is_shuffled_in_rows_and_columns_alike() -> None:
    kernel = kernels(1)[0]
    orders = draw_orders(20, shuffles=2, seed=0)
    reference = reference_of(kernel, orders, 1.01)
    for shuffled, order in zip(reference.shuffled, orders, strict=True):
        for i in range(20):
            for j in range(20):
                assert shuffled[i, j] == kernel[order[i], order[j]]
    assert reference.entropy == pytest.approx(float(matrix_renyi_entropy(normalise_gram(kernel))), abs=1e-12)


@pytest.mark.parametrize("alpha", [0.5, 1.0, 1.01, 2.0, 3.0])
def test_as_each_entropy_by_itself(alpha: float) -> None:
    """With few variables and with many, which are solved side by side."""
    first, second, *variables = kernels(9)
    second = match_kernel(np.arange(20) % 3)
    references = [
        reference_of(first, draw_orders(20, shuffles=3, seed=0), alpha), reference_of(second, NONE, alpha)
    ]  # fmt: skip
    entropy, told = tell(variables, references)

    def slow(kernel: np.ndarray) -> float:
        return float(matrix_renyi_entropy(normalise_gram(kernel), alpha))

    assert entropy == pytest.approx([slow(kernel) for kernel in variables], abs=1e-12)
    for of_one, reference, n_draws in zip(told, references, (3, 0), strict=True):
        assert of_one.reference is reference
        assert of_one.draws.shape == (n_draws, 7)
        for v, kernel in enumerate(variables):
            alone = reference.entropy + slow(kernel)
            assert of_one.values[v] == pytest.approx(alone - slow(kernel * reference.kernel), abs=1e-12)
            for m, shuffled in enumerate(reference.shuffled):
                assert of_one.draws[m, v] == pytest.approx(alone - slow(kernel * shuffled), abs=1e-12)
    assert entropies(np.array(variables), alpha) == pytest.approx(entropy, abs=1e-12)


def test_variables_may_come_one_by_one_in_the_same_place() -> None:
    variables = kernels(11)

    def same_place() -> Iterator[np.ndarray]:
        place = np.empty((20, 20))
        for kernel in variables:
            place[...] = kernel
            yield place

    references = [reference_of(kernels(1)[0], draw_orders(20, shuffles=2, seed=0), 1.01)]
    entropy, (told,) = tell(variables, references)
    entropy_again, (again,) = tell(same_place(), references)
    assert entropy_again.tolist() == entropy.tolist()
    assert again.values.tolist() == told.values.tolist()
    assert again.draws.tolist() == told.draws.tolist()


def test_what_is_told_is_saturated_from_two_percent_of_the_reference() -> None:
    labels = np.arange(20) % 4
    reference = reference_of(match_kernel(labels), NONE, 1.0)
    merged = np.where((np.arange(20) == 4), 1, labels)
    _, (told,) = tell([match_kernel(labels), match_kernel(merged), np.ones((20, 20))], [reference])
    share = told.values / reference.entropy
    assert share[0] == pytest.approx(1, abs=1e-12)
    assert 0.85 < share[1] < 0.98
    assert share[2] == pytest.approx(0, abs=1e-12)
    assert told.saturated.tolist() == [True, False, False]
    estimate = told.estimate()
    assert estimate.saturated.tolist() == [True, False, False]
    assert (estimate.estimator, estimate.n_samples, estimate.null) == ("matrix_renyi", 20, "none")
