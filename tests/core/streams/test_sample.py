"""Images of a stream brought into memory, beside those that an index takes from all of them."""

from collections.abc import Callable

import numpy as np
import pytest
from distributed import Client

from sightbits.core.checks import InputError
from sightbits.core.images import ImageDataset
from sightbits.core.streams.stream import ImageStream, strided

Cut = Callable[..., ImageStream]
Draw = Callable[..., ImageDataset]


@pytest.mark.parametrize("n_images", [2, 17, 160, 500])
@pytest.mark.parametrize("n_test", [0, 30])
@pytest.mark.parametrize("whole", [True, False])
def test_a_sample_is_what_a_stride_takes(
    cut_stream: Cut, draw_images: Draw, n_images: int, n_test: int, whole: bool
) -> None:
    dataset = draw_images(n_test=n_test, whole=whole)
    expected = dataset.take(strided(dataset.in_test, 160, n_images))
    found = cut_stream(dataset, n_in_part=20).sample(n_images)
    np.testing.assert_array_equal(found.images, expected.images)
    np.testing.assert_array_equal(found.labels, expected.labels)
    np.testing.assert_array_equal(found.in_test, expected.in_test)
    assert found.images.dtype == dataset.images.dtype
    assert (found.label_names, found.value_range) == (dataset.label_names, dataset.value_range)


def test_threads_and_a_cluster_bring_the_same(cut_stream: Cut, draw_images: Draw, client: Client) -> None:
    stream = cut_stream(draw_images(), n_in_part=9)
    plain, told = stream.sample(50), []
    for options in ({"n_jobs": 2}, {"scheduler": client}):
        found = stream.sample(50, **options, progress=lambda *step: told.append(step))
        np.testing.assert_array_equal(found.images, plain.images)
        assert found.provenance.sha256 == plain.provenance.sha256
        assert told[-1] == ("reading images", 18, 18)


def test_parts_of_which_nothing_is_taken_are_not_read(
    cut_stream: Cut, draw_images: Draw, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = cut_stream(draw_images(), n_in_part=20)
    read = []
    part = type(stream.parts[0])
    chunks = part.chunks
    monkeypatch.setattr(part, "chunks", lambda self: read.append(self) or chunks(self))
    assert stream.sample(2).n_images == 2
    assert read == [stream.parts[0], stream.parts[-1]]


@pytest.mark.parametrize(("split", "kept"), [("train", slice(0, 130)), ("test", slice(130, 160))])
@pytest.mark.parametrize("n_images", [7, 500])
def test_one_side_of_a_split_has_none(
    cut_stream: Cut, draw_images: Draw, split: str, kept: slice, n_images: int
) -> None:
    dataset = draw_images(n_test=30)
    side = dataset.take(kept)
    found = cut_stream(dataset).of_split(split).sample(n_images)
    np.testing.assert_array_equal(found.images, side.images[strided(None, side.n_images, n_images)])
    assert found.in_test is None


@pytest.mark.parametrize("n_images", [1, 0, -3])
def test_what_is_no_number_of_images_is_refused(cut_stream: Cut, draw_images: Draw, n_images: int) -> None:
    with pytest.raises(InputError, match="sample: wanted a whole number at least 2"):
        cut_stream(draw_images()).sample(n_images)
