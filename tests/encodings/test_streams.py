"""Encodings that learn from a stream, beside the same ones that learn from all its images in one array."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from distributed import Client
from sklearn.base import clone

import sightbits as sb
from sightbits import Encoding, ImageDataset, InputError, encoding_named
from sightbits.core.streams.stream import ImageStream
from sightbits.encodings.affine import Centred, Identity, Inverted, Scaled, Standardised
from sightbits.encodings.chained import Chained
from sightbits.encodings.encoding import Images
from sightbits.encodings.levels import Binarised, Quantised

Draw = Callable[..., ImageDataset]
Cut = Callable[..., ImageStream]
NAMES = [
    "identity",
    "inverted",
    "centred",
    "standardised",
    "scaled",
    "quantised",
    "binarised",
    "inverted+centred",
    "scaled+standardised",
    "quantised+centred+standardised",
]
every_name = pytest.mark.parametrize("name", NAMES)


def forbid_reading(stream: ImageStream) -> ImageStream:
    """Return the stream with parts that no one may read."""

    class Sealed:
        n_images, in_test, portable = stream.n_images, False, True

        def chunks(self) -> Any:
            raise AssertionError("it was read")

    return replace(stream, parts=(Sealed(),))


@every_name
@pytest.mark.parametrize("high", [255, 4095])
def test_of_whole_numbers_it_is_the_same_to_the_last_bit(
    draw_images: Draw, cut_stream: Cut, name: str, high: int
) -> None:
    dataset = draw_images(high=high)
    once, streamed = encoding_named(name).fit(dataset.images), encoding_named(name).fit(cut_stream(dataset))
    rounding = 1e-6 if "scaled+" in name else 0  # what follows a division is a sum of rounded numbers
    found = streamed.transform(dataset.images)
    np.testing.assert_allclose(found, once.transform(dataset.images), rtol=rounding, atol=rounding)
    for mine, other in zip(streamed.affine() or (), once.affine() or (), strict=True):
        np.testing.assert_allclose(mine, other, rtol=rounding, atol=rounding)
    assert (streamed.image_shape_, streamed.n_features_in_) == (once.image_shape_, once.n_features_in_) == ((3, 4), 12)


@every_name
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_of_floats_it_is_the_same_to_rounding(draw_images: Draw, cut_stream: Cut, name: str, dtype: Any) -> None:
    drawn = draw_images(whole=False)
    dataset = replace(drawn, images=drawn.images.astype(dtype))
    once = encoding_named(name, (0.0, 1.0)).fit(dataset.images)
    streamed = encoding_named(name, (0.0, 1.0)).fit(cut_stream(dataset))
    for mine, other in zip(streamed.affine() or (), once.affine() or (), strict=True):
        np.testing.assert_allclose(mine, other, rtol=1e-12, atol=1e-12)
    found = streamed.transform(dataset.images)
    np.testing.assert_allclose(found, once.transform(dataset.images), rtol=1e-6, atol=1e-6)


def test_floats_far_from_zero_lose_no_digits(cut_stream: Cut, draw_images: Draw) -> None:
    drawn = draw_images(whole=False)
    far = replace(drawn, images=drawn.images + 1e7, value_range=(1e7, 1e7 + 1))
    scale, _ = Standardised().fit(cut_stream(far)).affine()
    deviation = (far.images - 1e7).std(axis=0)
    np.testing.assert_allclose(scale, 1 / np.where(deviation == 0, 1, deviation), rtol=1e-6)
    assert scale[0, 0] == 1  # this pixel never changes


@pytest.mark.parametrize("options", [{"n_jobs": 2}, {"scheduler": None}])
def test_threads_change_nothing(draw_images: Draw, cut_stream: Cut, options: dict[str, Any]) -> None:
    dataset = draw_images(whole=False)
    plain = Standardised().fit(cut_stream(dataset, n_in_part=20))
    found = Standardised().fit(cut_stream(dataset, n_in_part=20), **options)
    np.testing.assert_array_equal(found.scale_, plain.scale_)


@pytest.mark.parametrize("name", ["standardised", "quantised+centred+standardised"])
def test_a_cluster_finds_the_same(draw_images: Draw, cut_stream: Cut, client: Client, name: str) -> None:
    dataset = draw_images()
    once = encoding_named(name).fit(dataset.images)
    told = []
    stream = cut_stream(dataset, n_in_part=20)
    streamed = encoding_named(name).fit(stream, scheduler=client, progress=lambda *step: told.append(step))
    np.testing.assert_array_equal(streamed.transform(dataset.images), once.transform(dataset.images))
    assert told[-1] == ("learning an encoding", 8, 8)


def test_a_stream_that_others_cannot_read_is_refused_on_a_cluster(client: Client) -> None:
    digits = sb.load_dataset("digits")
    with pytest.raises(InputError, match="scheduler: wanted images that other processes can read"):
        Centred().fit(sb.open_images(digits.images, digits.labels), scheduler=client)


def test_mean_and_deviation_cost_one_pass_together(
    draw_images: Draw, cut_stream: Cut, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = cut_stream(draw_images(), n_in_part=20)
    read = []
    part = type(stream.parts[0])
    chunks = part.chunks
    monkeypatch.setattr(part, "chunks", lambda self: read.append(self) or chunks(self))
    Standardised().fit(stream)
    assert len(read) == len(stream.parts) + 1  # and the first image


@pytest.mark.parametrize("kind", [Identity, Inverted, Scaled, Quantised, Binarised])
@pytest.mark.parametrize("whole", [True, False])
def test_a_range_costs_no_pass(draw_images: Draw, cut_stream: Cut, kind: type[Encoding], whole: bool) -> None:
    dataset = draw_images(whole=whole)
    sealed = forbid_reading(cut_stream(dataset))
    stated = kind() if kind is Identity else kind(value_range=dataset.value_range)
    for encoding in (kind(), stated):
        once = clone(stated).fit(dataset.images)
        found = encoding.fit(sealed).transform(dataset.images)
        np.testing.assert_array_equal(found, once.transform(dataset.images))


def test_where_the_dtype_does_not_tell_the_stream_does(draw_images: Draw, cut_stream: Cut) -> None:
    dataset = draw_images(whole=False)
    assert Inverted().fit(cut_stream(replace(dataset, value_range=(-1.0, 3.0)))).value_range_ == (-1.0, 3.0)
    whole = replace(dataset, images=(dataset.images * 9).astype(np.int32), value_range=(0.0, 9.0))
    assert Quantised(10).fit(cut_stream(whole)).bijective
    assert not Quantised(10).fit(cut_stream(replace(whole, value_range=(0.5, 9.5)))).bijective
    assert not Quantised(2).fit(cut_stream(dataset)).bijective  # of floats from 0 to 1


def test_what_was_merely_seen_is_no_range(draw_images: Draw, cut_stream: Cut) -> None:
    seen = replace(draw_images(whole=False), range_seen=True)
    with pytest.raises(InputError, match=r"value_range: wanted a lowest and a highest grey value, got None.*float64"):
        Inverted().fit(cut_stream(seen))
    assert Inverted((0.0, 2.0)).fit(cut_stream(seen)).value_range_ == (0.0, 2.0)


def test_the_images_decide_where_a_stated_range_does_not_hold_that_of_the_stream(
    draw_images: Draw, cut_stream: Cut
) -> None:
    dark = replace(draw_images(high=100), value_range=(0.0, 255.0))
    assert Inverted((0, 100)).fit(cut_stream(dark)).value_range_ == (0.0, 100.0)
    with pytest.raises(InputError, match=r"value_range: .* go from 0 to 100, got 0 to 99\."):
        Inverted((0, 99)).fit(cut_stream(dark))
    with pytest.raises(InputError, match=r"value_range: .* go from 0 to 100, got 1 to 255\."):
        Inverted((1, 255)).fit(cut_stream(dark))


def test_a_stated_range_has_to_hold_what_the_encodings_before_give(draw_images: Draw, cut_stream: Cut) -> None:
    stream = cut_stream(draw_images())
    Chained((Centred(), Scaled((-255.0, 255.0)))).fit(stream)
    with pytest.raises(InputError, match="value_range: wanted a range that holds all images, which go from -"):
        Chained((Centred(), Scaled((0.0, 255.0)))).fit(stream)  # which holds the stream's own
    with pytest.raises(InputError, match=r"value_range: wanted a lowest .* images of float32"):
        Chained((Centred(), Scaled())).fit(stream)


def test_values_too_large_are_refused(draw_images: Draw, cut_stream: Cut) -> None:
    dataset = draw_images(whole=False)
    huge = replace(dataset, images=np.where(dataset.images > 0.5, 1e300, -1e300), value_range=(-1e300, 1e300))
    with pytest.raises(InputError, match=r"X: wanted values whose mean and variance .* from -1e\+300 to 1e\+300"):
        Standardised().fit(cut_stream(huge))


def test_fitting_again_forgets_what_was_before(draw_images: Draw, cut_stream: Cut) -> None:
    encoding = Centred().fit(pd.DataFrame({"left": [1.0, 3.0]})).fit(cut_stream(draw_images()))
    assert not hasattr(encoding, "feature_names_in_")
    assert encoding.n_features_in_ == 12


def test_a_stream_itself_is_not_encoded(draw_images: Draw, cut_stream: Cut) -> None:
    stream = cut_stream(draw_images())
    encoding = Centred().fit(stream)
    for ask in (encoding.transform, encoding.inverse_transform, clone(encoding).fit_transform):
        with pytest.raises(InputError, match=r"X: wanted images in an array, got a stream.*chunk\.images"):
            ask(stream)
    with pytest.raises(InputError, match="n_jobs"):
        encoding.fit(stream, n_jobs=0)


class Doubled(Encoding):
    """An encoding of one's own."""

    bijective = True

    def affine(self) -> None:
        return None

    def _learn(self, training: Any, known: Any) -> None:
        return None

    def _encode(self, images: Images) -> Images:
        return images * 2.0


def test_encodings_of_ones_own_are_followed_by_others(draw_images: Draw, cut_stream: Cut) -> None:
    dataset = draw_images()
    once, streamed = (Chained((Doubled(), Centred())).fit(data) for data in (dataset.images, cut_stream(dataset)))
    np.testing.assert_array_equal(streamed.transform(dataset.images), once.transform(dataset.images))


def test_the_lowest_and_highest_value_are_those_of_all_chunks_in_one_pass(
    draw_images: Draw, cut_stream: Cut, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = draw_images(whole=False)
    images = np.full(dataset.images.shape, 0.5)
    images[70, 1, 2], images[90, 0, 1] = 0.125, 0.875
    stream = cut_stream(replace(dataset, images=images), n_in_part=20)
    read = []
    part = type(stream.parts[0])
    chunks = part.chunks
    monkeypatch.setattr(part, "chunks", lambda self: read.append(self) or chunks(self))
    with pytest.raises(InputError, match=r"go from 0\.125 to 0\.875, got 0\.25 to 0\.75\."):
        Inverted((0.25, 0.75)).fit(stream)
    assert len(read) == len(stream.parts) + 1  # and the first image
