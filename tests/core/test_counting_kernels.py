from collections.abc import Callable

import numpy as np
import pytest

from sightbits.core import counting_kernels
from sightbits.core.counts import LabelledLevels, LevelBlock

Draw = Callable[..., LabelledLevels]


@pytest.mark.parametrize(("n_pixels", "background", "share"), [(8, 0, 0.6), (13, 3, 0.9), (1, 0, 1.0), (9, 0, 0.0)])
def test_images_of_each_level_are_listed_without_background(
    draw_levels: Draw, n_pixels: int, background: int, share: float
) -> None:
    sample = draw_levels(n_pixels=n_pixels, background=background, share=share)
    block = LevelBlock.of(sample.levels)
    level_counts = sample.count().marginal("level").counts
    starts = np.full((n_pixels, sample.n_levels + 1), -1)
    members = np.full(sample.levels.size, 2**32 - 1, np.uint32)
    counting_kernels.group_by_level(
        block.levels, block.words, block.background, block.background_words, level_counts, starts, members
    )
    for pixel in range(n_pixels):
        for level in range(sample.n_levels):
            listed = members[starts[pixel, level] : starts[pixel, level + 1]]
            foreground = level != block.background[pixel]
            expected = np.flatnonzero(foreground & (sample.levels[:, pixel] == level))
            np.testing.assert_array_equal(listed, expected)
    assert (members[starts[-1, -1] :] == 2**32 - 1).all()
