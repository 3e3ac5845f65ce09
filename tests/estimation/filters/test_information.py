"""What each filter tells, against loops of the definition; what must not change it; chance; what is refused."""

from math import dist, exp, log

import numpy as np
import pytest

from sightbits.core.checks import InputError
from sightbits.estimation.filters import FilterFigures, measure_filters
from sightbits.estimation.layers import LayerSettings
from sightbits.estimation.layers.chains import draw_orders

close = pytest.approx
Data = tuple[np.ndarray, np.ndarray, np.ndarray]


def draw(n: int = 16, seed: int = 0) -> Data:
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % 3
    inputs = rng.normal(size=(n, 2, 3)) + labels[:, None, None]
    maps = rng.normal(size=(n, 4, 2, 2)) + inputs.reshape(n, -1)[:, :4, None, None]
    return inputs, labels, maps


def kernel_slowly(points: np.ndarray, size: float | None) -> np.ndarray:
    distances = np.array([[dist(a, b) for b in points] for a in points])
    size = float(np.median(distances[np.triu_indices(len(points), 1)])) if size is None else size
    return np.array([[exp(-(value**2) / (2 * size**2)) for value in row] for row in distances])


def entropy_slowly(kernel: np.ndarray, alpha: float) -> float:
    values = np.linalg.eigvalsh(kernel / np.trace(kernel))
    return log(sum(value**alpha for value in values if value > 0)) / (1 - alpha)


def information_slowly(first: np.ndarray, second: np.ndarray, alpha: float) -> float:
    alone = entropy_slowly(first, alpha) + entropy_slowly(second, alpha)
    return alone - entropy_slowly(first * second, alpha)


@pytest.mark.parametrize(
    "settings", [LayerSettings(shuffles=3), LayerSettings(kernel_size="median", alpha=2.0, seed=4)]
)
def test_every_figure_is_that_of_the_definition(settings: LayerSettings) -> None:
    inputs, labels, maps = draw()
    n = len(labels)
    found = measure_filters(inputs, labels, maps, settings)
    fixed = settings.kernel_size == "paper"
    x = kernel_slowly(inputs.reshape(n, -1), 5 * n ** (-1 / 10) if fixed else None)
    y = (labels[:, None] == labels).astype(float)
    filters = [kernel_slowly(maps[:, i].reshape(n, -1), 5 * n ** (-1 / 8) if fixed else None) for i in range(4)]
    assert found.n_samples == n
    for reference, entropy, told in (
        (x, found.input_entropy, found.input_information),
        (y, found.label_entropy, found.label_information),
    ):
        assert entropy == close(entropy_slowly(reference, settings.alpha), abs=1e-10)
        assert told.value == close([information_slowly(reference, one, settings.alpha) for one in filters], abs=1e-10)
        orders = draw_orders(n, shuffles=settings.shuffles, seed=settings.seed)
        draws = np.array(
            [
                [information_slowly(reference[order][:, order], one, settings.alpha) for one in filters]
                for order in orders
            ]
        )
        assert told.null_mean == close(draws.mean(axis=0), abs=1e-10)
        assert told.null_std == close(draws.std(axis=0, ddof=1), abs=1e-10)
    centred = maps - maps.mean(axis=0)
    squares = [[sum(value**2 for value in one[i].ravel()) for one in centred] for i in range(4)]
    assert found.spread == close(np.mean(squares, axis=1) ** 0.5, rel=1e-12)


def test_the_objective_is_input_less_beta_times_label() -> None:
    found = measure_filters(*draw(), kernel_size="median")
    of_input, of_label = found.input_information, found.label_information
    assert np.array_equal(found.objective(), of_input.value - 2 * of_label.value)
    assert np.array_equal(found.objective(0.5), of_input.value - 0.5 * of_label.value)
    excess = (of_input.value - of_input.null_mean) - 3 * (of_label.value - of_label.null_mean)
    assert found.excess_objective(3.0) == close(excess, abs=1e-12)
    assert abs(found.excess_objective() - found.objective()).min() > 0.01
    for ask in (found.objective, found.excess_objective):
        for beta in (-1.0, float("nan"), float("inf")):
            with pytest.raises(InputError, match="beta: wanted a number of at least 0"):
                ask(beta)


def test_without_labels_or_shuffles_the_objective_is_refused() -> None:
    inputs, labels, maps = draw()
    found = measure_filters(inputs, None, maps)
    assert found.label_information is None
    assert np.isnan(found.label_entropy)
    beside = measure_filters(inputs, labels, maps)
    assert found.input_information.value == close(beside.input_information.value, abs=1e-12)
    for ask in (found.objective, found.excess_objective):
        with pytest.raises(InputError, match="labels: wanted labels"):
            ask()
    found = measure_filters(inputs, labels, maps, shuffles=0)
    assert found.objective().shape == (4,)
    with pytest.raises(InputError, match="shuffles: wanted 1 or more"):
        found.excess_objective()


def test_filters_do_not_know_of_each_other_nor_of_how_maps_are_joined() -> None:
    inputs, labels, maps = draw()

    def values(figures: FilterFigures) -> np.ndarray:
        return np.array([figures.input_information.value, figures.label_information.value, figures.spread])

    for kernel_size in ("paper", "median", "alignment"):
        found = values(measure_filters(inputs, labels, maps, kernel_size=kernel_size, shuffles=0))
        for joined in ("averaged", "tensor"):
            settings = LayerSettings(kernel_size=kernel_size, shuffles=0, maps=joined)
            again = measure_filters(inputs, labels, maps, settings)
            assert np.array_equal(values(again), found)
        turned = measure_filters(inputs, labels, maps[:, ::-1], kernel_size=kernel_size, shuffles=0)
        assert values(turned)[:, ::-1] == close(found, abs=1e-10)
        alone = measure_filters(inputs, labels, maps[:, 2:3], kernel_size=kernel_size, shuffles=0)
        assert values(alone)[:, 0] == close(found[:, 2], abs=1e-10)
    flat = measure_filters(inputs, labels, maps.reshape(len(maps), 4, 4), shuffles=0)
    assert np.array_equal(values(flat), values(measure_filters(inputs, labels, maps, shuffles=0)))


def test_units_of_a_layer_without_places_are_filters() -> None:
    inputs, labels, maps = draw()
    units = measure_filters(inputs, labels, maps[:, :, 0, 0], shuffles=0)
    assert units.spread == close(maps[:, :, 0, 0].std(axis=0))
    assert units.input_information.value.shape == (4,)


def test_a_filter_that_does_not_move_tells_nothing() -> None:
    inputs, labels, maps = draw()
    maps[:, 1] = 0.1
    found = measure_filters(inputs, labels, maps, kernel_size="median", shuffles=2)
    for told in (found.input_information, found.label_information):
        assert told.value[1] == close(0, abs=1e-9)
    assert found.spread[1] == close(0, abs=1e-12)
    assert found.objective()[1] == close(0, abs=1e-9)


def test_what_cannot_be_measured_is_refused() -> None:
    inputs, labels, maps = draw()
    broken = maps.copy()
    broken[3, 2] = np.nan
    cases = [
        ((inputs, labels, broken), "maps: wanted finite numbers"),
        ((inputs, labels, maps[1:]), "maps: wanted 16 samples"),
        ((inputs, labels[1:], maps), "labels: wanted 16 samples"),
        ((inputs, labels, maps[:, 0, 0, 0]), "maps: wanted 2 axes or more"),
        ((inputs, labels, maps[:, :0]), "maps: wanted 2 axes or more, none of them empty"),
        ((broken, labels, maps), "inputs: wanted finite numbers"),
        ((inputs, labels, maps * 1e101), "maps: wanted values up to 1e"),
    ]
    for given, message in cases:
        with pytest.raises(InputError, match=message):
            measure_filters(*given)
    with pytest.raises(InputError, match="options: wanted none where settings are given"):
        measure_filters(inputs, labels, maps, LayerSettings(), shuffles=3)
