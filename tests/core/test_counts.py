import re
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightbits.core.counts import CountTable, LabelledLevels, LevelBlock

Draw = Callable[..., LabelledLevels]


def make_table(seed: int = 0, shape: tuple[int, ...] = (2, 3, 4)) -> CountTable:
    counts = np.random.default_rng(seed).integers(0, 9, shape)
    return CountTable(counts=counts, variables=("x", "y", "z")[: len(shape)])


def count_slowly(sample: LabelledLevels) -> np.ndarray:
    cells = sample.levels.astype(np.int64) * sample.n_labels + sample.labels[:, None]
    n_cells = sample.n_levels * sample.n_labels
    tables = [np.bincount(pixel, minlength=n_cells) for pixel in cells.T]
    return np.array(tables).reshape(sample.n_pixels, sample.n_levels, sample.n_labels)


@pytest.mark.parametrize(
    ("variables", "axes"),
    [(("x",), "x"), (("z",), "z"), (("x", "z"), "xz"), (("z", "x"), "zx"), (("y", "z", "x"), "yzx"), ((), "")],
)
@pytest.mark.parametrize("batch", ["", "b", "bc"])
def test_marginal_sums_out_the_rest_in_the_order_named(variables: tuple[str, ...], axes: str, batch: str) -> None:
    counts = np.random.default_rng(0).integers(0, 9, [*[5, 6][: len(batch)], 2, 3, 4])
    marginal = CountTable(counts=counts, variables=("x", "y", "z")).marginal(*variables)
    np.testing.assert_array_equal(marginal.counts, np.einsum(f"{batch}xyz->{batch}{axes}", counts))
    assert marginal.variables == variables


def test_flat_gives_one_row_of_cells_a_table() -> None:
    table = CountTable(counts=np.arange(24).reshape(2, 3, 4), variables=("x", "y"))
    np.testing.assert_array_equal(table.flat("x", "y"), np.arange(24).reshape(2, 12))
    np.testing.assert_array_equal(table.flat("y"), np.arange(24).reshape(2, 3, 4).sum(axis=1))
    assert make_table().flat("z", "x").shape == (8,)


def test_each_table_of_a_batch_counts_its_samples() -> None:
    counts = np.arange(24).reshape(2, 3, 4)
    np.testing.assert_array_equal(CountTable(counts=counts, variables=("x", "y")).n_samples, counts.sum(axis=(1, 2)))
    assert CountTable(counts=counts, variables=("x", "y", "z")).n_samples == 276


def test_tables_merge_cell_by_cell() -> None:
    one, two = make_table(1), make_table(2)
    np.testing.assert_array_equal((one + two).counts, one.counts + two.counts)
    assert (one + two).variables == one.variables


@pytest.mark.parametrize(
    "other",
    [
        CountTable(counts=np.zeros((2, 3, 4), int), variables=("y", "x", "z")),
        CountTable(counts=np.zeros((3, 2, 4), int), variables=("x", "y", "z")),
        CountTable(counts=np.zeros((1, 2, 3, 4), int), variables=("x", "y", "z")),
    ],
    ids=["names", "shape", "batch"],
)
def test_unlike_tables_do_not_merge(other: CountTable) -> None:
    with pytest.raises(ValueError, match="tables merge only over the same variables and shape"):
        make_table() + other


def test_unknown_variable_is_named() -> None:
    with pytest.raises(KeyError, match=re.escape("no variable ['w'] in a table over ('x', 'y', 'z')")):
        make_table().marginal("x", "w")


def test_counts_cannot_be_written_and_the_given_array_still_can() -> None:
    counts = np.zeros((2, 2), int)
    table = CountTable(counts=counts, variables=("x", "y"))
    with pytest.raises(ValueError, match="read-only"):
        table.counts[0, 0] = 1
    assert counts.flags.writeable


@given(
    seed=st.integers(0, 2**32),
    n_images=st.integers(1, 200),
    n_pixels=st.integers(1, 40),
    n_levels=st.sampled_from([2, 3, 17, 256]),
    n_labels=st.sampled_from([1, 2, 10, 26]),
    share=st.sampled_from([0.0, 0.6, 0.97, 1.0]),
    top=st.booleans(),
)
def test_counts_are_those_of_bincount(
    draw_levels: Draw,
    seed: int,
    n_images: int,
    n_pixels: int,
    n_levels: int,
    n_labels: int,
    share: float,
    top: bool,
) -> None:
    sample = draw_levels(
        seed,
        n_images=n_images,
        n_pixels=n_pixels,
        n_levels=n_levels,
        n_labels=n_labels,
        share=share,
        background=n_levels - 1 if top else 0,
    )
    table = sample.count()
    assert table.variables == ("level", "label")
    np.testing.assert_array_equal(table.counts, count_slowly(sample))


def test_constant_and_varying_pixels_in_one_word() -> None:
    levels = np.tile(np.array([0, 255, 7, 0, 3, 255, 1, 0, 9], np.uint8), (50, 1))
    levels[:, 4] = np.arange(50)
    sample = LabelledLevels(levels=levels, labels=np.arange(50) % 3, n_levels=256, n_labels=3)
    np.testing.assert_array_equal(sample.count().counts, count_slowly(sample))


def test_a_single_image_is_counted_once_a_pixel() -> None:
    sample = LabelledLevels(levels=np.array([[0, 5, 2]], np.uint8), labels=np.array([1]), n_levels=6, n_labels=2)
    counts = sample.count().counts
    assert (counts[0, 0, 1], counts[1, 5, 1], counts[2, 2, 1]) == (1, 1, 1)
    assert counts.sum() == 3


def test_labels_without_images_have_empty_columns(draw_levels: Draw) -> None:
    some = draw_levels(n_labels=3)
    sample = LabelledLevels(levels=some.levels, labels=some.labels * 2 + 1, n_levels=some.n_levels, n_labels=8)
    counts = sample.count().counts
    np.testing.assert_array_equal(counts[..., [1, 3, 5]], some.count().counts)
    assert (counts[..., [0, 2, 4, 6, 7]] == 0).all()


@pytest.mark.parametrize(
    "pixels", [slice(0, 8), slice(8, 16), slice(3, 11), slice(5, 6), slice(1, None, 2), slice(None, None, -1)]
)
def test_a_slice_of_pixels_is_counted_like_the_whole(draw_levels: Draw, pixels: slice) -> None:
    sample = draw_levels(n_pixels=27)
    np.testing.assert_array_equal(sample.count(pixels).counts, count_slowly(sample)[pixels])


@pytest.mark.parametrize("offset", [0, 1, 8, 13])
def test_levels_anywhere_in_memory_are_counted(draw_levels: Draw, offset: int) -> None:
    drawn = draw_levels(n_pixels=16)
    memory = np.zeros(drawn.levels.size + offset, np.uint8)
    memory[offset:] = drawn.levels.ravel()
    for levels in (memory[offset:].reshape(drawn.levels.shape), np.asfortranarray(drawn.levels)):
        sample = LabelledLevels(levels=levels, labels=drawn.labels, n_levels=4, n_labels=3)
        np.testing.assert_array_equal(sample.count().counts, count_slowly(drawn))


def test_counting_changes_no_level(draw_levels: Draw) -> None:
    sample = draw_levels(n_pixels=16)
    before = sample.levels.copy()
    sample.count()
    np.testing.assert_array_equal(sample.levels, before)


@pytest.mark.parametrize(("n_pixels", "n_levels", "n_labels"), [(2100, 3, 2), (120, 256, 300), (7, 2, 2), (1024, 2, 2)])
def test_blocks_cover_every_pixel_once(draw_levels: Draw, n_pixels: int, n_levels: int, n_labels: int) -> None:
    sample = draw_levels(n_images=20, n_pixels=n_pixels, n_levels=n_levels, n_labels=n_labels)
    blocks = list(sample.pixel_blocks())
    np.testing.assert_array_equal(np.concatenate([np.arange(n_pixels)[block] for block in blocks]), np.arange(n_pixels))
    counts = np.concatenate([sample.count(block).counts for block in blocks])
    np.testing.assert_array_equal(counts, count_slowly(sample))


def test_many_pixels_or_cells_come_in_several_blocks(draw_levels: Draw) -> None:
    assert len(list(draw_levels(n_pixels=2100).pixel_blocks())) == 3
    assert len(list(draw_levels(n_pixels=120, n_levels=256, n_labels=300).pixel_blocks())) == 2


def test_an_image_drawn_twice_counts_twice(draw_levels: Draw) -> None:
    sample = draw_levels()
    drawn = np.random.default_rng(5).integers(sample.n_images, size=sample.n_images)
    taken = sample.take(drawn)
    assert (taken.n_images, taken.n_levels, taken.n_labels) == (60, 4, 3)
    by_image = np.stack([count_slowly(sample.take(np.array([i]))) for i in range(sample.n_images)])
    np.testing.assert_array_equal(taken.count().counts, by_image[drawn].sum(axis=0))


@given(seed=st.integers(0, 2**32), n_first=st.integers(1, 59))
def test_counts_of_disjoint_samples_merge_to_the_count_of_the_whole(draw_levels: Draw, seed: int, n_first: int) -> None:
    sample = draw_levels(seed)
    order = np.random.default_rng(seed).permutation(60)
    merged = sample.take(order[:n_first]).count() + sample.take(order[n_first:]).count()
    np.testing.assert_array_equal(merged.counts, sample.count().counts)


@pytest.mark.parametrize("n_pixels", [1, 8, 13])
def test_block_is_the_levels_padded_to_whole_words(draw_levels: Draw, n_pixels: int) -> None:
    levels = draw_levels(n_pixels=n_pixels).levels
    block = LevelBlock.of(levels)
    assert block.n_pixels == n_pixels
    assert block.levels.shape[1] == 8 * block.words.shape[1]
    np.testing.assert_array_equal(block.levels[:, :n_pixels], levels)
    assert (block.levels[:, n_pixels:] == 0).all()


def test_background_is_the_level_most_images_have(draw_levels: Draw) -> None:
    for seed in range(5):
        sample = draw_levels(seed, n_images=500, n_levels=9, background=seed, share=0.9)
        assert (LevelBlock.of(sample.levels).background[: sample.n_pixels] == seed).all()


@pytest.mark.parametrize("n_levels", [4, 200])
def test_levels_that_do_not_occur_are_left_out(draw_levels: Draw, n_levels: int) -> None:
    sample = draw_levels(n_levels=4)
    sparse = LabelledLevels(
        levels=(sample.levels * (n_levels // 4)).astype(np.uint8), labels=sample.labels, n_levels=n_levels, n_labels=3
    )
    found = sparse.occupied()
    assert found.n_levels == 4
    np.testing.assert_array_equal(found.levels, sample.levels)
    assert (found is sparse) == (n_levels == 4)
