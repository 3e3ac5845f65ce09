from collections.abc import Callable

import numpy as np
import pytest

from sightbits.core.counts import LabelledLevels
from sightbits.core.images import ImageDataset
from sightbits.core.levels import level_code
from sightbits.core.streams.stream import ImageStream
from sightbits.estimation import streamed_null
from sightbits.estimation.pixels import permute_labels
from sightbits.estimation.streamed_null import permute_stream


@pytest.mark.parametrize("estimator", ["plug_in", "grassberger", "shrinkage"])
@pytest.mark.parametrize("most_bytes", [2**28, 8 * 6 * 3 * 12 * 2, 8 * 6 * 3 * 5])
def test_a_stream_is_shuffled_as_images_in_memory_are(
    cut_stream: Callable[..., ImageStream],
    draw_images: Callable[..., ImageDataset],
    monkeypatch: pytest.MonkeyPatch,
    estimator: str,
    most_bytes: int,
) -> None:
    monkeypatch.setattr(streamed_null, "_MOST_BYTES", most_bytes)  # all at once, two at once, a few pixels at once
    dataset = draw_images()
    code = level_code(dataset, 6)
    told: list[int] = []
    found = permute_stream(
        cut_stream(dataset),
        code,
        estimator=estimator,
        n_permutations=5,
        seed=3,
        progress=lambda *step: told.append(step[1]),
    )
    want = permute_labels(LabelledLevels.of(dataset, code), estimator=estimator, n_permutations=5, seed=3)
    np.testing.assert_allclose(found, want, atol=1e-13)
    assert len(np.unique(found[:, 5])) == 5
    assert told[-1] == 5
