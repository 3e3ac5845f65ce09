import dataclasses
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest

from sightbits.core.counts import LabelledLevels
from sightbits.core.images import ImageDataset
from sightbits.core.levels import CutCode, LevelCode, level_code
from sightbits.core.moments import mean_and_variance
from sightbits.core.streams import tally
from sightbits.core.streams.stream import ImageStream
from sightbits.core.streams.summing import sum_over
from sightbits.core.streams.tally import Errand, Moments, TallyPlan, read_part, recode

Cut = Callable[..., ImageStream]
Draw = Callable[..., ImageDataset]


def read(stream: ImageStream, plan: TallyPlan, n_taken: int = 2) -> Any:
    errands = [Errand(tallied=True, places=places) for places in stream.strided(n_taken)]
    return sum_over(stream.parts, partial(read_part, plan=plan), errands)


def check_moments(moments: Moments, plan: TallyPlan, dataset: ImageDataset, rounding: float) -> None:
    mean, variance = mean_and_variance(dataset.values)
    close = partial(np.testing.assert_allclose, rtol=rounding, atol=rounding)
    own = moments.total / dataset.n_images
    close(plan.first + own, mean)
    close(np.maximum(moments.squares / dataset.n_images - own**2, 0), variance)
    values = dataset.values.astype(np.float64)
    close(moments.of_label, np.array([values[dataset.labels == label].sum(axis=0) for label in range(3)]).T)
    np.testing.assert_array_equal(moments.low, values.min(axis=0))
    np.testing.assert_array_equal(moments.high, values.max(axis=0))
    halves = LabelledLevels.of(dataset, level_code(dataset, 2)).count().counts
    np.testing.assert_array_equal(moments.halves.counts, halves)


@pytest.mark.parametrize("n_levels", [None, 2, 5, 16])
@pytest.mark.parametrize("high", [15, 255])
@pytest.mark.parametrize("exact", [True, False])
def test_whole_numbers_are_tallied_as_in_memory_to_the_last_bit(
    cut_stream: Cut, draw_images: Draw, monkeypatch: pytest.MonkeyPatch, n_levels: int | None, high: int, exact: bool
) -> None:
    if not exact:
        monkeypatch.setattr(tally, "_MOST_BYTES", 8 * 12 * (high + 1) * 3 - 1)
    dataset = draw_images(high=high)
    stream = cut_stream(dataset)
    code = level_code(dataset, n_levels)
    plan = TallyPlan.of(stream, code)
    assert plan.exact == (exact or n_levels is None or n_levels == high + 1)
    found = read(stream, plan).tally
    want = LabelledLevels.of(dataset, code).count().counts
    np.testing.assert_array_equal(plan.table(found).counts, want)
    check_moments(plan.moments(found), plan, dataset, 0.0)


@pytest.mark.parametrize("options", [{"whole": False}, {"high": 1000}])
def test_other_values_are_tallied_as_in_memory(cut_stream: Cut, draw_images: Draw, options: dict[str, Any]) -> None:
    dataset = draw_images(**options)
    stream = cut_stream(dataset)
    plan = TallyPlan.of(stream, level_code(dataset, 7))
    assert not plan.exact
    found = read(stream, plan).tally
    np.testing.assert_array_equal(
        plan.table(found).counts, LabelledLevels.of(dataset, level_code(dataset, 7)).count().counts
    )
    check_moments(plan.moments(found), plan, dataset, 1e-13)


def test_passes_over_runs_of_pixels_make_the_whole_table(
    cut_stream: Cut, draw_images: Draw, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = draw_images()
    stream = cut_stream(dataset)
    code = level_code(dataset, 4)
    monkeypatch.setattr(tally, "_MOST_BYTES", 8 * 6 * 3 * 5)  # five pixels at a time
    whole = TallyPlan.of(stream, code)
    runs = list(whole.passes())
    assert runs == [slice(0, 5), slice(5, 10), slice(10, 12)]
    plans = [dataclasses.replace(whole, pixels=pixels) for pixels in runs]
    tallies = [read(stream, plan).tally for plan in plans]
    tables = [plan.table(found).counts for plan, found in zip(plans, tallies, strict=True)]
    np.testing.assert_array_equal(np.concatenate(tables), LabelledLevels.of(dataset, code).count().counts)
    totals = [plan.moments(found).total for plan, found in zip(plans, tallies, strict=True)]
    np.testing.assert_array_equal(
        np.concatenate(totals), (dataset.values.astype(float) - dataset.values[0]).sum(axis=0)
    )


def test_images_are_picked_on_the_way(cut_stream: Cut, draw_images: Draw) -> None:
    dataset = draw_images(n_test=30)
    stream = cut_stream(dataset)
    places = np.concatenate([np.linspace(0, 129, 32).round(), 130 + np.linspace(0, 29, 8).round()]).astype(int)
    sample = stream.dataset_of(read(stream, TallyPlan.of(stream, level_code(dataset)), 40).picked)
    np.testing.assert_array_equal(sample.images, dataset.images[places])
    np.testing.assert_array_equal(sample.labels, dataset.labels[places])
    np.testing.assert_array_equal(sample.in_test, places >= 130)
    assert len(sample.provenance.sha256) == 64


def test_a_part_may_be_read_for_its_images_alone(cut_stream: Cut, draw_images: Draw) -> None:
    dataset = draw_images()
    stream = cut_stream(dataset)
    plan = TallyPlan.of(stream, level_code(dataset))
    first, *others = [Errand(tallied=i == 2, places=np.array([0])) for i in range(len(stream.parts))]
    found = sum_over(stream.parts, partial(read_part, plan=plan), [first, *others])
    assert plan.table(found.tally).counts[0].sum() == stream.parts[2].n_images
    assert len(np.concatenate(found.picked.images)) == len(stream.parts)


def test_grey_values_are_recoded_in_any_code(draw_images: Draw) -> None:
    dataset = draw_images(high=15)
    native = LevelCode(n_levels=16, low=0.0, high=15.0, whole=True)
    table = LabelledLevels.of(dataset, native).count()
    for code in (level_code(dataset, 3), CutCode(cuts=(2.0, 9.0))):
        np.testing.assert_array_equal(
            recode(table, native, code).counts, LabelledLevels.of(dataset, code).count().counts
        )
