from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightbits.core import bit_kernels
from sightbits.core.bit_planes import BitPlanes
from sightbits.core.counts import LabelledLevels

Draw = Callable[..., LabelledLevels]


def count_slowly(sample: LabelledLevels) -> np.ndarray:
    counts = np.zeros((sample.n_pixels, sample.n_levels, sample.n_labels), dtype=np.int64)
    for row, label in zip(sample.levels, sample.labels, strict=True):
        for pixel, level in enumerate(row):
            counts[pixel, level, label] += 1
    return counts


def count_pair_slowly(sample: LabelledLevels, pixel: int, chosen: int) -> np.ndarray:
    counts = np.zeros((sample.n_levels, sample.n_levels, sample.n_labels), dtype=np.int64)
    for row, label in zip(sample.levels, sample.labels, strict=True):
        counts[row[pixel], row[chosen], label] += 1
    return counts


def bits_of(planes: BitPlanes) -> np.ndarray:
    """The planes bit by bit, the lowest of a word first."""
    return (planes.planes[..., np.newaxis] >> np.arange(64, dtype=np.uint64)) & np.uint64(1)


@given(st.integers(0, 2**64 - 1))
def test_ones_are_those_python_counts(word: int) -> None:
    assert int(bit_kernels.count_ones(np.uint64(word))) == word.bit_count()


def test_images_of_a_label_lie_in_order_in_words_of_their_own() -> None:
    labels = np.array([1] * 65 + [0] + [3] * 64 + [0] * 2)
    levels = np.random.default_rng(0).integers(3, size=(len(labels), 2)).astype(np.uint8)
    planes = BitPlanes.of(LabelledLevels(levels=levels, labels=labels, n_levels=3, n_labels=5))
    assert planes.of_label.tolist() == [3, 65, 0, 64, 0]
    assert planes.label_words.tolist() == [0, 1, 3, 3, 4, 4]
    bits = bits_of(planes)
    for label, start in enumerate(planes.label_words[:-1]):
        of_label = bits[:, :, start : planes.label_words[label + 1]].reshape(2, 2, -1)
        wanted = levels[labels == label]
        for pixel in range(2):
            for level in (1, 2):
                np.testing.assert_array_equal(of_label[pixel, level - 1, : len(wanted)], wanted[:, pixel] == level)
        assert not of_label[:, :, len(wanted) :].any()


@pytest.mark.parametrize("n_images", [1, 7, 8, 9, 63, 64, 65, 200])
@pytest.mark.parametrize(("n_levels", "n_labels"), [(1, 2), (2, 1), (2, 10), (3, 2), (9, 70)])
def test_count_is_that_of_one_image_after_another(
    draw_levels: Draw, n_images: int, n_levels: int, n_labels: int
) -> None:
    sample = draw_levels(n_images=n_images, n_pixels=5, n_levels=n_levels, n_labels=n_labels)
    table = BitPlanes.of(sample).count()
    assert table.variables == ("level", "label")
    np.testing.assert_array_equal(table.counts, count_slowly(sample))


@pytest.mark.parametrize("n_levels", [2, 3, 4, 8, 9, 17, 40, 256])
def test_count_is_that_of_the_levels(draw_levels: Draw, n_levels: int) -> None:
    sample = draw_levels(n_images=500, n_pixels=13, n_levels=n_levels, n_labels=10, share=0.3)
    np.testing.assert_array_equal(BitPlanes.of(sample).count().counts, sample.count().counts)


def test_every_other_pixel_of_every_other_image_is_counted_alike(draw_levels: Draw) -> None:
    whole = draw_levels(n_images=300, n_pixels=20)
    part = LabelledLevels(
        levels=whole.levels[::2, 1::3], labels=whole.labels[::2], n_levels=whole.n_levels, n_labels=whole.n_labels
    )
    assert not part.levels.flags.c_contiguous
    np.testing.assert_array_equal(BitPlanes.of(part).count().counts, count_slowly(part))


def test_levels_in_column_order_are_counted_alike(draw_levels: Draw) -> None:
    sample = draw_levels(n_images=100)
    turned = LabelledLevels(
        levels=np.asfortranarray(sample.levels), labels=sample.labels, n_levels=sample.n_levels, n_labels=3
    )
    np.testing.assert_array_equal(BitPlanes.of(turned).planes, BitPlanes.of(sample).planes)


@pytest.mark.parametrize(("n_levels", "n_labels", "n_images"), [(2, 1, 64), (2, 3, 100), (4, 2, 131), (7, 40, 90)])
def test_pairs_are_counted_as_one_image_after_another(
    draw_levels: Draw, n_levels: int, n_labels: int, n_images: int
) -> None:
    sample = draw_levels(n_images=n_images, n_pixels=3, n_levels=n_levels, n_labels=n_labels, share=0.2)
    planes = BitPlanes.of(sample)
    alone = planes.count().counts
    counts = np.full((n_levels, n_levels, n_labels), -1)
    for pixel in range(3):
        for chosen in range(3):
            of_pixels = planes.planes[pixel], planes.planes[chosen]
            bit_kernels.count_together(*of_pixels, planes.label_words, alone[pixel], alone[chosen], counts)
            np.testing.assert_array_equal(counts, count_pair_slowly(sample, pixel, chosen))


@given(st.randoms(use_true_random=False), st.integers(0, 5))
def test_order_of_images_does_not_change_the_count(draw_levels: Draw, shuffler: object, seed: int) -> None:
    sample = draw_levels(seed, n_images=70)
    order = np.arange(70)
    shuffler.shuffle(order)  # type: ignore[attr-defined]
    np.testing.assert_array_equal(BitPlanes.of(sample.take(order)).count().counts, BitPlanes.of(sample).count().counts)


@given(st.integers(0, 20))
def test_counts_of_a_pixel_are_the_images_of_each_label(draw_levels: Draw, seed: int) -> None:
    planes = BitPlanes.of(draw_levels(seed, n_images=90, n_labels=6))
    np.testing.assert_array_equal(planes.count().counts.sum(axis=1), np.tile(planes.of_label, (9, 1)))
