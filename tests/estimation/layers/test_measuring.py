"""Every figure of a batch against loops of the definition; what must not change them; chance; what is refused."""

from collections.abc import Callable
from dataclasses import replace
from math import log
from typing import Any

import numpy as np
import pytest
from scipy.stats import chisquare

from sightbits.core.checks import InputError
from sightbits.core.units import Unit
from sightbits.estimation.layers import LayerBatch, LayerFigures, LayerSettings, measure_layers
from sightbits.estimation.layers.settings import KERNEL_SIZES, MAP_KERNELS

close = pytest.approx


def figures_of(figures: LayerFigures) -> dict[str, np.ndarray]:
    """All values of some figures, without those that chance gives."""
    pairs = figures.pairs.get("conv")
    of_pairs = (
        () if pairs is None else (pairs.redundancy, pairs.trade_off, pairs.input_information, pairs.label_information)
    )
    return {
        "entropies": np.array([figures.input_entropy, figures.label_entropy, *figures.entropy]),
        "input": figures.input_information.value,
        "label": figures.label_information.value,
        "error": figures.error_information.value,
        "pairs": np.array([float(one.value) for one in of_pairs]),
    }


@pytest.mark.parametrize(("label_kernel", "alpha"), [("match", 1.01), ("gaussian", 1.0)])
@pytest.mark.parametrize("maps", MAP_KERNELS)
@pytest.mark.parametrize("kernel_size", KERNEL_SIZES)
def test_every_figure_is_that_of_the_definition(
    kernel_size: str, maps: str, label_kernel: str, alpha: float, draw_batch: Callable[..., LayerBatch], slow: Any
) -> None:
    batch = draw_batch()
    alpha = 2.0 if (label_kernel, maps) == ("match", "tensor") else alpha
    settings = LayerSettings(
        kernel_size=kernel_size, maps=maps, label_kernel=label_kernel, alpha=alpha, shuffles=1, layer_width=2.0, seed=5
    )
    found, expected = measure_layers(batch, settings), slow(batch=batch, settings=settings)
    x, y = expected.inputs(), expected.labels()
    layers = [expected.layer(name) for name in batch.layers]
    errors = [expected.errors(name) for name in batch.layers]
    assert found.layers == ("conv", "fc", "out")
    assert found.n_samples == 12
    assert found.error_layers == ("conv", "fc")
    assert found.input_entropy == close(expected.entropy([x]), abs=1e-10)
    assert found.label_entropy == close(expected.entropy([y]), abs=1e-10)
    assert found.entropy == close([expected.entropy(layer) for layer in layers], abs=1e-10)
    for told, reference, variables in (
        (found.input_information, x, layers),
        (found.label_information, y, layers),
    ):
        assert told.value == close([expected.information([reference], one) for one in variables], abs=1e-10)
        assert told.null_mean == close([np.mean(expected.chance(reference, one)) for one in variables], abs=1e-10)
    assert found.error_information.value == close(
        [expected.information(errors[-1], one) for one in errors[:-1]], abs=1e-10
    )
    assert list(found.pairs) == ["conv"]
    pairs = found.pairs["conv"]
    first, second, both = np.array(expected.pairs("conv", x)).T
    assert (pairs.n_pairs, pairs.n_all_pairs, pairs.n_undefined) == (3, 3, 0)
    assert float(pairs.trade_off.value) == close((first + second - both).mean(), abs=1e-10)
    assert float(pairs.input_information.value) == close((2 * both - first - second).mean(), abs=1e-10)
    assert float(pairs.redundancy.value) == close(((first + second - both) / both).mean(), abs=1e-9)
    first, second, both = np.array(expected.pairs("conv", y)).T
    assert float(pairs.label_information.value) == close((2 * both - first - second).mean(), abs=1e-10)


def test_chance_is_the_mean_and_spread_over_shuffles_of_the_reference(
    draw_batch: Callable[..., LayerBatch], slow: Any
) -> None:
    batch = draw_batch()
    settings = LayerSettings(kernel_size="median", shuffles=7, seed=3)
    found, expected = measure_layers(batch, settings), slow(batch=batch, settings=settings)
    errors = [expected.errors(name)[0] for name in ("fc", "out")]
    for told, place, reference, kernels in (
        (found.input_information, 0, expected.inputs(), expected.layer("conv")),
        (found.label_information, 2, expected.labels(), expected.layer("out")),
        (found.error_information, 1, errors[1], [errors[0]]),
    ):
        draws = expected.chance(reference, kernels)
        assert told.null_mean[place] == close(np.mean(draws), abs=1e-10)
        assert told.null_std[place] == close(np.std(draws, ddof=1), abs=1e-10)
        assert told.n_permutations == 7
        assert told.p_value[place] == (1 + sum(draw >= told.value[place] - 1e-12 for draw in draws)) / 8


def test_multiples_are_not_seen_by_the_median_and_are_by_the_fixed_size(draw_batch: Callable[..., LayerBatch]) -> None:
    batch = draw_batch()
    times = {"conv": 1e-4, "fc": 1e4, "out": 30.0}
    scaled = replace(
        batch,
        inputs=7 * batch.inputs,
        layers={name: times[name] * values for name, values in batch.layers.items()},
        errors={name: times[name] * values for name, values in batch.errors.items()},
    )
    for kernel_size, maps in (
        ("median", "product"),
        ("median", "averaged"),
        ("median", "tensor"),
        ("alignment", "product"),
    ):
        before, after = (
            figures_of(measure_layers(one, kernel_size=kernel_size, maps=maps, shuffles=0)) for one in (batch, scaled)
        )
        for name, values in before.items():
            assert after[name] == close(values, abs=1e-9), (kernel_size, maps, name)
    before, after = (figures_of(measure_layers(one, shuffles=0)) for one in (batch, scaled))
    for name, values in before.items():
        assert (abs(after[name] - values) > 0.01).any(), name


@pytest.mark.parametrize("maps", MAP_KERNELS)
def test_neither_the_order_of_maps_nor_that_of_samples_matters(
    maps: str, draw_batch: Callable[..., LayerBatch]
) -> None:
    batch = draw_batch(n_maps=4)
    settings = LayerSettings(kernel_size="median", maps=maps, shuffles=0)
    before = figures_of(measure_layers(batch, settings))
    swapped = replace(
        batch,
        layers={**batch.layers, "conv": batch.layers["conv"][:, [2, 0, 3, 1]]},
        errors={**batch.errors, "conv": batch.errors["conv"][:, [2, 0, 3, 1]]},
    )
    order = np.random.default_rng(1).permutation(batch.n_samples)
    shuffled = LayerBatch(
        inputs=batch.inputs[order],
        labels=batch.labels[order],
        layers={name: values[order] for name, values in batch.layers.items()},
        errors={name: values[order] for name, values in batch.errors.items()},
    )
    for other in (swapped, shuffled):
        for name, values in figures_of(measure_layers(other, settings)).items():
            assert values == close(before[name], abs=1e-10), name


def test_a_layer_is_measured_alike_whatever_stands_beside_it(draw_batch: Callable[..., LayerBatch]) -> None:
    batch = draw_batch()
    settings = LayerSettings(kernel_size="median", shuffles=4)
    every = measure_layers(batch, settings)
    alone = measure_layers(replace(batch, layers={"out": batch.layers["out"]}, errors={}), settings)
    twice = measure_layers(
        replace(batch, layers={"first": batch.layers["fc"], "again": batch.layers["fc"]}, errors={}), settings
    )
    for name in ("value", "null_mean", "null_std", "p_value"):
        for told, of_one, of_two in (
            (every.input_information, alone.input_information, twice.input_information),
            (every.label_information, alone.label_information, twice.label_information),
        ):
            assert getattr(of_one, name)[0] == close(getattr(told, name)[2], abs=1e-12)
            # Shuffles are shared: what chance gives two variables alike is alike.
            assert getattr(of_two, name)[0] == close(getattr(of_two, name)[1], abs=1e-12)


def test_a_layer_has_no_less_entropy_than_any_of_its_maps(draw_batch: Callable[..., LayerBatch], slow: Any) -> None:
    for seed in range(5):
        batch = draw_batch(seed)
        for alpha in (0.5, 1.0, 1.01, 3.0):
            settings = LayerSettings(alpha=alpha, shuffles=0, pairs=0, layer_width=1.0)
            entropies = [
                slow(batch=batch, settings=settings).entropy([one])
                for one in slow(batch=batch, settings=settings).layer("conv")
            ]
            assert measure_layers(batch, settings).entropy[0] >= max(entropies) - 1e-12


def test_independent_layers_have_no_excess_and_even_p_values() -> None:
    excess, p_values = [], []
    for seed in range(200):
        rng = np.random.default_rng([11, seed])
        batch = LayerBatch(
            inputs=rng.random((24, 3)),
            labels=rng.integers(0, 3, 24),
            layers={"independent": rng.normal(size=(24, 2, 2))},
        )
        found = measure_layers(batch, kernel_size="median", alpha=1.0, shuffles=8, pairs=0, seed=seed)
        told = (found.input_information, found.label_information)
        excess.append([float(one.excess[0]) for one in told])
        p_values.append([float(one.p_value[0]) for one in told])
    standard_errors = np.std(excess, axis=0, ddof=1) / len(excess) ** 0.5
    assert (abs(np.mean(excess, axis=0)) < 3 * standard_errors).all()
    assert (standard_errors < 0.005).all()
    for of_one in np.transpose(p_values):
        counts = np.bincount(np.round(9 * of_one).astype(int), minlength=10)[1:]
        assert chisquare(counts).pvalue > 0.01


def test_what_depends_has_an_excess(draw_batch: Callable[..., LayerBatch]) -> None:
    found = measure_layers(draw_batch(n=40), kernel_size="median", shuffles=19)
    for told in (found.input_information, found.label_information, found.error_information):
        assert (told.excess > 0.1).all()
        assert (told.p_value == 0.05).all()


def test_saturation_is_told_from_two_percent() -> None:
    labels = np.repeat([0, 1], 24)
    told = {}
    for shift in (0.02, 0.06, 0.2, 3.0):
        batch = LayerBatch(inputs=labels, labels=labels, layers={"out": shift * labels})
        of_label = measure_layers(batch, shuffles=0, layer_width=0.05).label_information
        told[shift] = float(of_label.value[0]) / log(2)
        assert bool(of_label.saturated[0]) == (told[shift] >= 0.98)
    assert min(told.values()) < 0.98 <= max(told.values())


def test_dead_maps_and_constant_layers_tell_nothing() -> None:
    rng = np.random.default_rng(0)
    alive = rng.normal(size=(20, 1, 4))
    layers = {
        "dead": np.full((20, 3, 2, 2), 0.1, dtype=np.float32),
        "partly": np.concatenate([alive, np.full((20, 2, 4), -7.3)], axis=1),
        "constant": np.full((20, 5), 1e5),
    }
    batch = LayerBatch(inputs=rng.random((20, 2)), labels=rng.integers(0, 2, 20), layers=layers, errors=layers)
    for kernel_size in KERNEL_SIZES:
        for maps in MAP_KERNELS:
            found = measure_layers(batch, kernel_size=kernel_size, maps=maps, shuffles=2)
            for told in (found.input_information, found.label_information):
                assert told.value[[0, 2]] == close([0, 0], abs=1e-9)
                assert told.null_mean[[0, 2]] == close([0, 0], abs=1e-9)
                assert not told.saturated[[0, 2]].any()
            assert found.entropy[[0, 2]] == close([0, 0], abs=1e-9)
            assert found.error_information.value == close([0, 0], abs=1e-9)
            assert found.pairs["dead"].n_undefined == 3
            assert np.isnan(found.pairs["dead"].redundancy.value)
            assert found.pairs["partly"].n_undefined == 1
            # A map beside a dead one: what both tell is what one tells, and nothing is told twice.
            assert float(found.pairs["partly"].redundancy.value) == close(0, abs=1e-9)
    both = measure_layers(batch, kernel_size="median", shuffles=0)
    only = measure_layers(replace(batch, layers={"partly": alive}, errors={}), kernel_size="median", shuffles=0)
    assert both.input_information.value[1] == close(only.input_information.value[0], abs=1e-12)


def test_a_constant_input_has_nothing_to_tell_of() -> None:
    batch = LayerBatch(inputs=np.ones((9, 4)), labels=np.ones(9), layers={"out": np.arange(9)})
    found = measure_layers(batch, shuffles=3)
    assert found.input_information.value == close([0], abs=1e-12)
    assert found.label_information.value == close([0], abs=1e-12)
    assert found.error_information is None
    assert found.error_layers == ()


def test_whole_numbers_and_truth_values_are_read_as_numbers(draw_batch: Callable[..., LayerBatch]) -> None:
    rng = np.random.default_rng(0)
    inputs, conv, out = (
        rng.random((16, 3)) > 0.5,
        rng.integers(0, 255, (16, 2, 3)).astype(np.uint8),
        rng.random(16) > 0.5,
    )
    found = measure_layers(LayerBatch(inputs=inputs, layers={"conv": conv, "out": out}), shuffles=2)
    as_floats = LayerBatch(
        inputs=inputs.astype(float), layers={"conv": conv.astype(float), "out": out[:, None].astype(float)}
    )
    expected = measure_layers(as_floats, shuffles=2)
    assert found.input_information.value.tolist() == expected.input_information.value.tolist()
    assert found.label_information is None
    assert np.isnan(found.label_entropy)
    assert found.pairs["conv"].label_information is None
    assert list(found.pairs) == ["conv"]


def test_single_precision_is_computed_with_in_double(draw_batch: Callable[..., LayerBatch]) -> None:
    batch = draw_batch()
    kinds = {}
    for kind in (np.float32, np.float64):
        layers, errors = (
            {name: values.astype(np.float32).astype(kind) for name, values in given.items()}
            for given in (batch.layers, batch.errors)
        )
        kinds[kind] = figures_of(
            measure_layers(replace(batch, layers=layers, errors=errors), kernel_size="median", shuffles=0)
        )
    for name, values in kinds[np.float64].items():
        assert kinds[np.float32][name].tolist() == values.tolist(), name


def test_rows_are_plain_numbers_in_the_unit_asked_for(draw_batch: Callable[..., LayerBatch]) -> None:
    found = measure_layers(draw_batch(), kernel_size="median", shuffles=3, pairs=2)
    bits, nats = found.rows(), found.rows(Unit.NAT)
    told = {
        "input_information": found.input_information,
        "label_information": found.label_information,
        "error_information": found.error_information,
    }
    for i, (row, in_nats) in enumerate(zip(bits, nats, strict=True)):
        assert row["layer"] == found.layers[i]
        assert row["entropy"] == close(float(found.entropy[i]) / log(2))
        assert in_nats["entropy"] == float(found.entropy[i])
        expected = ["layer", "entropy"]
        for name, estimate in told.items():
            if name == "error_information" and i == 2:
                continue
            expected += [name, f"{name}_null", f"{name}_null_std", f"{name}_excess", f"{name}_saturated"]
            for key, values in (
                ("", estimate.value), ("_null", estimate.null_mean), ("_null_std", estimate.null_std),
                ("_excess", estimate.excess),
            ):  # fmt: skip
                assert row[name + key] == close(float(values[i]) / log(2))
                assert in_nats[name + key] == close(float(values[i]))
            assert row[f"{name}_saturated"] is bool(estimate.saturated[i])
        if i == 0:
            pairs = found.pairs["conv"]
            expected += ["n_pairs", "n_all_pairs", "n_undefined", "saturated_share"]
            assert [row[name] for name in expected[-4:]] == [2, 3, 0, pairs.saturated_share]
            for name, estimate, of_bit in (
                ("redundancy", pairs.redundancy, 1.0),
                ("non_redundant_input", pairs.input_information, log(2)),
                ("non_redundant_label", pairs.label_information, log(2)),
            ):
                expected += [name, f"{name}_standard_error", f"{name}_null"]
                assert row[f"{name}_standard_error"] == close(float(estimate.standard_error) / of_bit)
                assert row[f"{name}_standard_error"] > 0
                assert row[name] == close(float(estimate.value) / of_bit)
                assert row[f"{name}_null"] == close(float(estimate.null_mean) / of_bit)
        assert list(row) == expected
        assert all(type(value) in (str, int, float, bool) for value in row.values())
    without = measure_layers(draw_batch(), shuffles=0).rows()
    assert not any(name.endswith(("_null", "_null_std", "_excess")) for row in without for name in row)


def test_pairs_are_measured_where_asked_for(draw_batch: Callable[..., LayerBatch]) -> None:
    batch = draw_batch()
    two = replace(batch, layers={**batch.layers, "more": batch.layers["conv"][:, :2]})
    assert list(measure_layers(two, shuffles=0).pairs) == ["conv", "more"]
    assert list(measure_layers(two, shuffles=0, pairs_of=["more"]).pairs) == ["more"]
    assert not measure_layers(two, shuffles=0, pairs_of=[]).pairs
    assert not measure_layers(two, shuffles=0, pairs=0).pairs
    one_map = replace(batch, layers={"conv": batch.layers["conv"][:, :1]}, errors={})
    assert not measure_layers(one_map, shuffles=0).pairs


def test_errors_of_some_layers_are_enough(draw_batch: Callable[..., LayerBatch]) -> None:
    batch = draw_batch()
    found = measure_layers(
        replace(batch, errors={"out": batch.errors["out"], "conv": batch.errors["conv"]}), shuffles=0
    )
    whole = measure_layers(batch, shuffles=0)
    assert found.error_layers == ("conv",)
    assert found.error_information.value[0] == close(whole.error_information.value[0], abs=1e-12)
    one = measure_layers(replace(batch, errors={"fc": batch.errors["fc"]}), shuffles=0)
    assert one.error_layers == ()
    assert one.error_information is None
    assert "error_information" not in one.rows()[0]


def test_a_product_of_512_maps_saturates_and_its_root_and_a_tensor_kernel_do_not() -> None:
    rng = np.random.default_rng(0)
    inputs = rng.normal(size=(48, 5))
    maps = np.tanh(inputs @ rng.normal(size=(512, 5, 2))).swapaxes(0, 1)
    batch = LayerBatch(inputs=inputs, labels=inputs[:, 0] > 0, layers={"conv": maps})
    found = {maps: measure_layers(batch, kernel_size="median", maps=maps, shuffles=5, pairs=0) for maps in MAP_KERNELS}
    of_product = found["product"].input_information
    for value in (of_product.value[0], of_product.null_mean[0]):
        assert value >= 0.98 * found["product"].input_entropy
    assert of_product.saturated[0]
    for maps_kernel in ("averaged", "tensor"):
        told = found[maps_kernel].input_information
        assert told.value[0] < 0.9 * found[maps_kernel].input_entropy
        assert told.null_mean[0] < 0.6 * found[maps_kernel].input_entropy
        assert told.excess[0] > 10 * abs(of_product.excess[0])
        assert not told.saturated[0]


def test_what_cannot_be_measured_is_refused(draw_batch: Callable[..., LayerBatch]) -> None:
    batch = draw_batch()
    spoiled = batch.layers["fc"].copy()
    spoiled[3, 1] = np.nan
    with pytest.raises(InputError, match="layers: wanted one layer or more, got none"):
        measure_layers(LayerBatch(inputs=batch.inputs, layers={}))
    with pytest.raises(InputError, match="layers, fc: wanted finite numbers"):
        measure_layers(replace(batch, layers={**batch.layers, "fc": spoiled}))
    with pytest.raises(InputError, match="errors, fc: wanted finite numbers"):
        measure_layers(replace(batch, errors={**batch.errors, "fc": spoiled}))
    for times in (1e200, -1e200):
        with pytest.raises(InputError, match="conv: wanted values up to 1e\\+100"):
            measure_layers(replace(batch, layers={"conv": times * abs(batch.layers["conv"])}, errors={}))
    with pytest.raises(InputError, match="pairs_of: wanted one of conv, fc, out, got 'pool'"):
        measure_layers(batch, pairs_of=["pool"])
    with pytest.raises(
        InputError, match="pairs: wanted one pair or more, of two maps or more, got 100 pairs of 1 maps"
    ):
        measure_layers(batch, pairs_of=["fc"])
    with pytest.raises(InputError, match="labels: wanted labels, which sizes by alignment agree with, got none"):
        measure_layers(replace(batch, labels=None), kernel_size="alignment")
    with pytest.raises(InputError, match="labels: wanted labels, got NaN"):
        measure_layers(replace(batch, labels=np.full(12, np.nan)))
    with pytest.raises(InputError, match="kernel_size: wanted one of paper, median, alignment, got 'mean'"):
        measure_layers(batch, kernel_size="mean")
    with pytest.raises(InputError, match="options: wanted none where settings are given, got alpha, seed"):
        measure_layers(batch, LayerSettings(), alpha=2.0, seed=1)
