from collections.abc import Callable

import numpy as np
import pytest

from sightbits.core.checks import InputError
from sightbits.core.images import ImageDataset
from sightbits.core.streams.stream import ImageStream, strided

Cut = Callable[..., ImageStream]
Draw = Callable[..., ImageDataset]


def test_a_stream_knows_of_its_images_what_a_data_set_does(cut_stream: Cut, draw_images: Draw) -> None:
    dataset = draw_images(n_test=30)
    stream = cut_stream(dataset)
    for name in ("n_images", "n_pixels", "n_labels", "whole", "image_shape", "value_range", "label_names"):
        assert getattr(stream, name) == getattr(dataset, name), name
    assert stream.n_bytes == dataset.images.nbytes
    np.testing.assert_array_equal(stream.held_out, dataset.in_test)
    np.testing.assert_array_equal(stream.first_image(), dataset.values[0])


@pytest.mark.parametrize(("split", "kept"), [("train", slice(0, 130)), ("test", slice(130, 160)), ("all", slice(None))])
def test_a_split_has_its_parts_and_their_labels(cut_stream: Cut, draw_images: Draw, split: str, kept: slice) -> None:
    dataset = draw_images(n_test=30)
    part = cut_stream(dataset).of_split(split)
    np.testing.assert_array_equal(part.labels, dataset.labels[kept])
    images = np.concatenate([chunk.images for one in part.parts for chunk in one.chunks()])
    np.testing.assert_array_equal(images, dataset.images[kept])


def test_without_an_official_split_all_images_are_for_training(cut_stream: Cut, draw_images: Draw) -> None:
    stream = cut_stream(draw_images())
    assert stream.of_split("train") is stream
    with pytest.raises(InputError, match="split: wanted train or all"):
        stream.of_split("test")


@pytest.mark.parametrize("n_taken", [2, 3, 17, 159, 160, 500])
@pytest.mark.parametrize("n_test", [0, 30])
def test_strided_images_are_spread_over_all_parts(
    cut_stream: Cut, draw_images: Draw, n_taken: int, n_test: int
) -> None:
    stream = cut_stream(draw_images(n_test=n_test))
    starts = np.cumsum([0, *(part.n_images for part in stream.parts)])
    places = [start + taken for start, taken in zip(starts[:-1], stream.strided(n_taken), strict=True)]
    taken = np.concatenate(places)
    assert len(taken) == min(n_taken, 160)
    assert (np.diff(taken) > 0).all()
    if n_taken > 3 or not n_test:
        assert (taken[0], taken[-1]) == (0, 159)
    if n_test:
        assert (taken >= 130).sum() == {2: 1, 3: 1, 17: 3, 159: 30, 160: 30, 500: 30}[n_taken]
    for one, part in zip(stream.strided(n_taken), stream.parts, strict=True):
        assert ((one >= 0) & (one < part.n_images)).all()


def test_one_image_is_no_sample(cut_stream: Cut, draw_images: Draw) -> None:
    with pytest.raises(InputError, match="sample: wanted a whole number at least 2"):
        cut_stream(draw_images()).strided(1)


def test_an_outline_has_the_labels_and_the_split_of_a_sample(cut_stream: Cut, draw_images: Draw) -> None:
    dataset = draw_images(n_test=30)
    outline = cut_stream(dataset).outline(40)
    places = strided(dataset.in_test, 160, 40)
    np.testing.assert_array_equal(outline.labels, dataset.labels[places])
    np.testing.assert_array_equal(outline.in_test, places >= 130)
