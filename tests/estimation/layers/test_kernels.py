"""Kernels of layers and their sizes, against loops; sizes that follow the labels from step to step."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from sightbits.estimation.layers import LayerBatch, LayerSettings, measure_layers
from sightbits.estimation.layers.kernels import KernelMaker
from sightbits.estimation.layers.settings import KERNEL_SIZES, MAP_KERNELS

close = pytest.approx


@pytest.mark.parametrize("maps", MAP_KERNELS)
@pytest.mark.parametrize("kernel_size", KERNEL_SIZES)
def test_kernels_and_sizes_are_those_of_loops(
    kernel_size: str, maps: str, draw_batch: Callable[..., LayerBatch], slow: Any
) -> None:
    batch = draw_batch(n=9)
    settings = LayerSettings(kernel_size=kernel_size, maps=maps, layer_width=2.0, error_width=0.3)
    maker, expected = KernelMaker(batch, settings), slow(batch=batch, settings=settings)
    assert maker.of_inputs(batch.inputs) == close(expected.inputs(), abs=1e-12)
    assert maker.of_labels() == close(expected.labels(), abs=1e-12)
    for name, values in batch.layers.items():
        found = maker.of_layer(name, values)
        assert found.whole == close(np.prod(expected.layer(name), axis=0), abs=1e-12)
        alone = expected.maps(values, 2.0)
        assert found.of_maps(range(len(alone))) == close(np.array(alone), abs=1e-12)
        assert found.of_maps([len(alone) - 1])[0] == close(alone[-1], abs=1e-12)
        assert maker.of_errors(name, batch.errors[name]) == close(np.prod(expected.errors(name), axis=0), abs=1e-12)
    planes = [batch.layers["conv"][:, c].reshape(9, -1) for c in range(3)]
    of_maps = [expected.size(plane, 2.0) for plane in planes]
    whole = expected.size(batch.layers["conv"].reshape(9, -1), 2.0)
    assert maker.sizes["conv"] == close([whole] if maps == "tensor" else of_maps)
    assert maker.sizes["fc"] == close([expected.size(batch.layers["fc"], 2.0)])
    assert maker.sizes["errors of fc"] == close([expected.size(batch.errors["fc"], 0.3)])
    assert maker.sizes["the inputs"] == close([expected.size(batch.inputs.reshape(9, -1), 2.0)])
    assert ("maps of conv" in maker.sizes) == (maps == "tensor")
    if maps == "tensor":
        assert maker.sizes["maps of conv"] == close(of_maps)


def test_labels_as_corners_of_a_cube() -> None:
    batch = LayerBatch(inputs=np.eye(4), labels=np.array(["b", "a", "b", "c"]), layers={})
    kernel = KernelMaker(batch, LayerSettings(label_kernel="gaussian", layer_width=1.5)).of_labels()
    size = 1.5 * 4 ** (-1 / 7)
    apart = np.exp(-2 / (2 * size**2))
    same = np.array([[1, 0, 1, 0], [0, 1, 0, 0], [1, 0, 1, 0], [0, 0, 0, 1]])
    assert kernel == close(np.where(same == 1, 1, apart))


def test_sizes_by_alignment_are_from_a_sixteenth_to_sixteen_times_the_median() -> None:
    """Where all labels are alike the longest kernel agrees best, where no two are the shortest."""
    inputs = np.array([[0.0], [1.0], [2.0], [4.0]])  # distances 1 1 2 2 3 4
    for labels, size in (([5, 5, 5, 5], 32.0), ([1, 2, 3, 4], 1 / 8)):
        batch = LayerBatch(inputs=inputs, labels=labels, layers={})
        maker = KernelMaker(batch, LayerSettings(kernel_size="alignment"))
        maker.of_inputs(inputs)
        assert maker.sizes["the inputs"] == close([size])


@pytest.mark.parametrize("maps", MAP_KERNELS)
def test_sizes_by_alignment_go_on_from_those_before(
    maps: str, draw_batch: Callable[..., LayerBatch], slow: Any
) -> None:
    first, second = draw_batch(), draw_batch(1)
    settings = LayerSettings(kernel_size="alignment", maps=maps, shuffles=1, pairs=3, memory=0.75)
    before = measure_layers(first, settings).sizes
    alone = measure_layers(second, settings).sizes
    moved = measure_layers(second, settings, sizes_before=before)
    assert moved.sizes.keys() == before.keys()
    for name, sizes in moved.sizes.items():
        assert sizes == close(0.75 * before[name] + 0.25 * alone[name]), name
    assert any((before[name] != alone[name]).any() for name in before)
    forgetful = replace(settings, memory=0.0)
    assert measure_layers(second, forgetful, sizes_before=before).sizes["fc"].tolist() == alone["fc"].tolist()
    # What is measured is what those sizes give.
    values = second.layers["fc"]
    apart = ((values[:, None] - values[None]) ** 2).sum(-1)
    maker = KernelMaker(second, settings, before)
    assert maker.of_layer("fc", values).whole == close(np.exp(-apart / (2 * moved.sizes["fc"][0] ** 2)), abs=1e-12)


def test_sizes_of_another_network_are_not_gone_on_from(draw_batch: Callable[..., LayerBatch]) -> None:
    batch = draw_batch()
    settings = LayerSettings(kernel_size="alignment", shuffles=0, pairs=0)
    alone = measure_layers(batch, settings).sizes
    other = measure_layers(batch, settings, sizes_before={"conv": np.ones(5), "pool": np.ones(1)}).sizes
    assert {name: sizes.tolist() for name, sizes in other.items()} == {n: s.tolist() for n, s in alone.items()}


def test_fixed_and_median_sizes_have_no_memory(draw_batch: Callable[..., LayerBatch]) -> None:
    batch = draw_batch()
    for kernel_size in ("paper", "median"):
        settings = LayerSettings(kernel_size=kernel_size, shuffles=0, pairs=0)
        alone = measure_layers(batch, settings).sizes
        again = measure_layers(batch, settings, sizes_before={name: 9 * sizes for name, sizes in alone.items()}).sizes
        assert {name: sizes.tolist() for name, sizes in again.items()} == {n: s.tolist() for n, s in alone.items()}
