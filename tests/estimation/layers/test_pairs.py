"""Pairs of maps: which are drawn, what they tell, and how far drawing puts their averages off."""

from collections.abc import Callable
from itertools import combinations
from typing import Any

import numpy as np
import pytest

from sightbits.core.checks import InputError
from sightbits.estimation.layers import LayerBatch, LayerSettings, measure_layers, pairs
from sightbits.estimation.layers.chains import Reference, Told, draw_orders, reference_of
from sightbits.estimation.layers.kernels import KernelMaker
from sightbits.estimation.layers.pairs import draw_pairs, measure_pairs

close = pytest.approx


def test_all_pairs_once_where_they_are_few_enough() -> None:
    for n_maps in (2, 3, 7):
        every = list(combinations(range(n_maps), 2))
        for most in (len(every), len(every) + 1, 1000):
            assert [tuple(pair) for pair in draw_pairs(n_maps, most=most, seed=1).tolist()] == every


def test_drawn_without_repetition_in_order_and_by_the_seed() -> None:
    drawn = [tuple(pair) for pair in draw_pairs(40, most=300, seed=2).tolist()]
    assert len(set(drawn)) == len(drawn) == 300
    assert drawn == sorted(drawn)
    assert all(0 <= i < j < 40 for i, j in drawn)
    assert draw_pairs(40, most=300, seed=2).tolist() == [list(pair) for pair in drawn]
    assert draw_pairs(40, most=300, seed=3).tolist() != [list(pair) for pair in drawn]


def test_every_pair_is_drawn_equally_often() -> None:
    counts = np.zeros((6, 6))
    for seed in range(600):
        for i, j in draw_pairs(6, most=5, seed=seed):
            counts[i, j] += 1
    drawn = counts[np.triu_indices(6, 1)]
    assert drawn.sum() == 3000
    # 15 pairs, each with a chance of 1 / 3 in 600 draws.
    assert (abs(drawn - 200) < 4 * (600 / 3 * 2 / 3) ** 0.5).all()


def test_fewer_than_two_maps_or_no_pair_is_refused() -> None:
    for n_maps, most in ((1, 10), (0, 10), (5, 0)):
        with pytest.raises(InputError, match=f"pairs: wanted one pair or more.*got {most} pairs of {n_maps} maps"):
            draw_pairs(n_maps, most=most, seed=0)


def test_the_standard_error_is_that_of_all_draws_there_could_be() -> None:
    population = np.random.default_rng(0).gamma(1.0, size=8)
    for n in (2, 3, 7):
        draws = np.array(list(combinations(population, n)))
        squares = [pairs._standard_error(draw, n / len(population)) ** 2 for draw in draws]
        assert np.mean(squares) == close(((draws.mean(axis=1) - population.mean()) ** 2).mean(), rel=1e-12)
    assert pairs._standard_error(population, 1.0) == 0
    assert pairs._standard_error(population[:1], 1.0) == 0
    assert np.isnan(pairs._standard_error(population[:1], 1 / 8))
    assert np.isnan(pairs._standard_error(population[:0], 1.0))


def test_pairs_without_a_share_are_pairs_that_were_taken() -> None:
    """Two of four maps are dead: a pair of six tells nothing; where all were measured nothing is left to drawing."""
    maps = np.random.default_rng(0).normal(size=(16, 4, 3))
    maps[:, 2:] = 0.5
    batch = LayerBatch(inputs=maps[:, :2], layers={"conv": maps})
    every, some = (measure_layers(batch, shuffles=0, pairs=n, kernel_size="median").pairs["conv"] for n in (6, 5))
    assert (every.n_undefined, every.n_all_pairs, some.n_pairs) == (1, 6, 5)
    assert float(every.redundancy.value) > 0
    assert float(every.redundancy.standard_error) == 0
    by_hand = pairs._standard_error(np.array([0.0, 1.0, 2.0]), 5 / 6)
    assert by_hand == close((1 / 3 / 6) ** 0.5)
    found = pairs._average(np.array([[0.0, 1.0, np.nan, 2.0, np.nan], [np.nan] * 5]), n_all=6, n_samples=16)
    assert float(found.value) == 1.0
    assert float(found.standard_error) == by_hand
    assert np.isnan(found.null_mean)


@pytest.mark.parametrize("shuffles", [0, 3])
def test_averages_over_the_pairs_drawn(shuffles: int, draw_batch: Callable[..., LayerBatch], slow: Any) -> None:
    batch = draw_batch(n_maps=5)
    settings = LayerSettings(kernel_size="median", pairs=4, shuffles=shuffles, seed=8)
    found = measure_layers(batch, settings).pairs["conv"]
    expected = slow(batch=batch, settings=settings)
    places = [list(combinations(range(5), 2)).index(tuple(pair)) for pair in draw_pairs(5, most=4, seed=8).tolist()]
    orders = [np.arange(12), *draw_orders(12, shuffles=shuffles, seed=8)]
    assert (found.n_pairs, found.n_all_pairs) == (4, 10)
    for reference, estimates in (
        (expected.inputs(), (found.redundancy, found.trade_off, found.input_information)),
        (expected.labels(), (None, None, found.label_information)),
    ):
        means = []
        for order in orders:
            first, second, both = np.array(expected.pairs("conv", reference[order][:, order])).T[:, places]
            terms = np.array([(first + second - both) / both, first + second - both, 2 * both - first - second])
            means.append(terms.mean(axis=1))
            if len(means) == 1:
                errors = terms.std(axis=1, ddof=1) / 2 * 0.6**0.5  # 4 of 10
        for i, estimate in enumerate(estimates):
            if estimate is None:
                continue
            assert float(estimate.value) == close(means[0][i], abs=1e-9)
            assert float(estimate.standard_error) == close(errors[i], abs=1e-9)
            assert estimate.null == ("permutation" if shuffles else "none")
            if shuffles:
                draws = np.array(means[1:])[:, i]
                assert float(estimate.null_mean) == close(draws.mean(), rel=1e-9, abs=1e-9)
                assert float(estimate.null_std) == close(draws.std(ddof=1), rel=1e-9, abs=1e-9)


def test_with_all_pairs_nothing_is_left_to_drawing(draw_batch: Callable[..., LayerBatch]) -> None:
    found = measure_layers(draw_batch(n_maps=4), shuffles=0, pairs=6).pairs["conv"]
    assert (found.n_pairs, found.n_all_pairs) == (6, 6)
    for estimate in (found.redundancy, found.trade_off, found.input_information, found.label_information):
        assert float(estimate.standard_error) == 0


@pytest.mark.parametrize("kernel_size", ["paper", "median"])
def test_both_shares_of_a_pair_are_all_of_it(kernel_size: str, draw_batch: Callable[..., LayerBatch]) -> None:
    batch = draw_batch(n_maps=6)
    settings = LayerSettings(kernel_size=kernel_size, shuffles=3)
    maker = KernelMaker(batch, settings)
    kernels = maker.of_layer("conv", batch.layers["conv"]).of_maps(range(6))
    places = draw_pairs(6, most=15, seed=0)
    reference = reference_of(maker.of_inputs(batch.inputs), draw_orders(12, shuffles=3, seed=0), 1.01)
    _, (told,) = pairs.tell(pairs._each(kernels, places), [reference])
    terms = pairs._PairTerms(told, places, 6)
    both = np.concatenate([told.values[None], told.draws])[:, 6:]
    assert terms.redundancy().shape == (4, 15)
    assert terms.redundancy() + terms.non_redundant() / both == close(np.ones((4, 15)), abs=1e-12)
    assert terms.trade_off() + terms.non_redundant() == close(both, abs=1e-12)
    found = measure_layers(batch, settings).pairs["conv"]
    rest = (terms.non_redundant() / both)[0].mean()
    assert float(found.redundancy.value) + rest == close(1, abs=1e-12)


def test_a_share_is_taken_of_little_and_not_of_nothing() -> None:
    reference = Reference(kernel=np.eye(4), shuffled=np.empty((0, 4, 4)), entropy=1.0, alpha=1.0)
    values = np.array([0.0, 1e-7, 2e-7, 1e-7, 2e-7, 1e-12])
    told = Told(values=values, draws=np.empty((0, 6)), reference=reference)
    terms = pairs._PairTerms(told, draw_pairs(3, most=3, seed=0), 3)
    assert terms.redundancy()[0] == close([0, 0, np.nan], abs=1e-12, nan_ok=True)
    assert terms.trade_off()[0] == close([0, 0, 3e-7 - 1e-12], rel=1e-9, abs=1e-20)
    assert terms.saturated.tolist() == [False] * 3


def test_maps_that_repeat_each_other_are_redundant_and_others_not() -> None:
    bits = np.array([[0, 0, 1, 1], [0, 1, 0, 1]], dtype=float).repeat(16, axis=1)
    same, apart = bits[[0, 0]], bits
    for maps, share, trade_off in ((same, 1.0, np.log(2)), (apart, 0.0, 0.0)):
        batch = LayerBatch(inputs=bits.T, labels=bits[0], layers={"conv": maps.T[:, :, None]})
        # So short a kernel tells equal from different, and nothing else.
        found = measure_layers(batch, layer_width=1e-3, alpha=1.0, shuffles=0).pairs["conv"]
        assert float(found.redundancy.value) == close(share, abs=1e-9)
        assert float(found.trade_off.value) == close(trade_off, abs=1e-9)
        assert float(found.input_information.value) == close(np.log(4) * (1 - share), abs=1e-9)
    # Of exclusive or, two maps tell all together and nothing alone.
    batch = LayerBatch(inputs=bits[0] != bits[1], labels=bits[0] != bits[1], layers={"conv": bits.T[:, :, None]})
    found = measure_layers(batch, layer_width=1e-3, alpha=1.0, shuffles=0).pairs["conv"]
    assert float(found.redundancy.value) == close(-1, abs=1e-9)
    assert float(found.input_information.value) == close(2 * np.log(2), abs=1e-9)
    assert float(found.label_information.value) == close(2 * np.log(2), abs=1e-9)
    assert found.saturated_share == 1


def test_pairs_that_tell_all_are_counted(draw_batch: Callable[..., LayerBatch], slow: Any) -> None:
    batch, shares = draw_batch(n_maps=4), []
    for width in (0.5, 0.7, 0.9, 3.0):
        settings = LayerSettings(layer_width=width, shuffles=0)
        found = measure_layers(batch, settings)
        expected = slow(batch=batch, settings=settings)
        both = np.array(expected.pairs("conv", expected.inputs()))[:, 2]
        shares.append((both >= 0.98 * found.input_entropy).mean())
        assert found.pairs["conv"].saturated_share == close(shares[-1])
    assert any(0 < share < 1 for share in shares)


def test_only_the_maps_of_drawn_pairs_are_needed(draw_batch: Callable[..., LayerBatch], slow: Any) -> None:
    batch = draw_batch(n_maps=8)
    settings = LayerSettings(kernel_size="median", shuffles=0)
    maker = KernelMaker(batch, settings)
    layer = maker.of_layer("conv", batch.layers["conv"])
    reference = reference_of(maker.of_inputs(batch.inputs), draw_orders(12, shuffles=0, seed=0), 1.01)
    found = measure_pairs(layer, [reference], most=2, seed=0)
    (a, b), (c, d) = draw_pairs(8, most=2, seed=0).tolist()
    assert len({a, b, c, d}) < 8
    every = slow(batch=batch, settings=settings).pairs("conv", maker.of_inputs(batch.inputs))
    places = {pair: i for i, pair in enumerate(combinations(range(8), 2))}
    terms = [2 * both - first - second for first, second, both in (every[places[a, b]], every[places[c, d]])]
    assert float(found.input_information.value) == close(np.mean(terms), abs=1e-10)
    assert found.label_information is None
