"""Spectra of streams beside those of the same images in memory."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from distributed import Client
from sklearn.base import clone

from sightbits import Encoding, ImageDataset, InputError, encoding_named
from sightbits.core.streams.stream import ImageStream
from sightbits.encodings.affine import Centred
from sightbits.encodings.levels import Quantised
from sightbits.studies.encoding_comparison import spectrum as module
from sightbits.studies.encoding_comparison.settings import UNIT_RANGE
from sightbits.studies.encoding_comparison.spectrum import (
    SecondMoments,
    Spectrum,
    measure_spectrum,
    spectrum_of,
    unit_values,
)

Draw = Callable[..., ImageDataset]
Cut = Callable[..., ImageStream]
AFFINE = ["identity", "inverted", "centred", "standardised", "scaled", "inverted+centred", "scaled+standardised"]
KINDS = {"whole": {}, "wide": {"high": 4095}, "floats": {"whole": False}, "colours": {"shape": (3, 2, 3)}}
of_every_kind = pytest.mark.parametrize("kind", KINDS)


def in_memory(dataset: ImageDataset, name: str) -> Spectrum:
    """The spectrum as the study finds it, but for the share of images that it keeps to choose rates by."""
    unit = unit_values(dataset.images, dataset.value_range)
    encoding = encoding_named(name, UNIT_RANGE).fit(unit)
    affine = encoding.affine()
    if affine is None:
        return measure_spectrum(encoding.transform(unit).reshape(len(unit), -1))
    return SecondMoments.of_values(unit.reshape(len(unit), -1)).spectrum(*(number.ravel() for number in affine))


def alike(found: Spectrum, expected: Spectrum) -> None:
    largest = expected.eigenvalues[0]
    np.testing.assert_allclose(found.eigenvalues, expected.eigenvalues, rtol=1e-12, atol=1e-12 * largest)
    assert found.largest_with_bias == pytest.approx(expected.largest_with_bias, rel=1e-12)
    assert (found.rank, found.n_images) == (expected.rank, expected.n_images)
    assert found.condition_number == pytest.approx(expected.condition_number, rel=1e-6)


@of_every_kind
@pytest.mark.parametrize("name", [*AFFINE, "quantised", "binarised", "quantised+centred"])
def test_it_is_that_of_all_images(draw_images: Draw, cut_stream: Cut, kind: str, name: str) -> None:
    dataset = draw_images(**KINDS[kind])
    alike(spectrum_of(cut_stream(dataset), name), in_memory(dataset, name))


def test_a_range_that_starts_above_nothing(draw_images: Draw, cut_stream: Cut) -> None:
    drawn = draw_images(high=100)
    dataset = replace(drawn, images=drawn.images + np.uint8(50), value_range=(50.0, 250.0))
    shares = (dataset.values - 50.0) / 200
    expected = np.linalg.eigvalsh(shares.T @ shares / 160)[::-1]
    np.testing.assert_allclose(spectrum_of(cut_stream(dataset)).eigenvalues, np.maximum(expected, 0), atol=1e-6)


def test_second_moments_are_summed_image_by_image(draw_images: Draw, cut_stream: Cut) -> None:
    dataset = draw_images()
    expected = np.zeros((13, 13))
    for image in dataset.values:
        augmented = np.append(image / 255, 1.0)
        expected += np.outer(augmented, augmented)
    found = SecondMoments.of_stream(cut_stream(dataset))
    np.testing.assert_allclose(found.total, expected, rtol=1e-6)
    assert (found.n_images, found.total[-1, -1]) == (160, 160)
    np.testing.assert_allclose(found.mean, expected / 160, rtol=1e-6)


@pytest.mark.parametrize("encoding", [Centred(), Quantised(5, value_range=(0.0, 1.0)), Quantised(5)])
def test_an_encoding_is_copied_and_fitted_to_shares_of_the_range(
    draw_images: Draw, cut_stream: Cut, encoding: Encoding
) -> None:
    dataset = draw_images()
    unit = unit_values(dataset.images, dataset.value_range)
    stated = {"value_range": UNIT_RANGE} if "value_range" in encoding.get_params() else {}
    values = clone(encoding).set_params(**stated).fit_transform(unit)
    found = spectrum_of(cut_stream(dataset), encoding)
    direct = measure_spectrum(values.reshape(160, -1))
    np.testing.assert_allclose(found.eigenvalues, direct.eigenvalues, atol=1e-5)
    assert not hasattr(encoding, "image_shape_")


@pytest.mark.parametrize("name", ["standardised", "binarised"])
def test_threads_and_a_cluster_find_the_same(draw_images: Draw, cut_stream: Cut, client: Client, name: str) -> None:
    dataset = draw_images(whole=False)
    stream = cut_stream(dataset, n_in_part=20)
    told: list[Any] = []
    for options in ({"n_jobs": 2}, {"scheduler": client}):
        alike(spectrum_of(stream, name, **options, progress=lambda *step: told.append(step)), in_memory(dataset, name))
        assert told[-1] == ("summing second moments", 8, 8)


@pytest.mark.parametrize("name", ["centred", "binarised"])
def test_of_very_many_pixels_some_images_stand_for_all(
    draw_images: Draw, cut_stream: Cut, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    dataset = draw_images()
    stream = cut_stream(dataset)
    whole = spectrum_of(stream, name)
    monkeypatch.setattr(module, "MOST_PIXELS", 10)
    some = spectrum_of(stream, name)
    np.testing.assert_allclose(some.eigenvalues[: whole.rank], whole.eigenvalues[: whole.rank], atol=1e-6)
    assert some.n_images == 160
    monkeypatch.setattr(module, "_SOME_IMAGES", 20)
    assert spectrum_of(stream, name).n_images == 20
    with pytest.raises(InputError, match="images: wanted at most 10 pixels, for a matrix"):
        SecondMoments.of_stream(stream)


def test_as_many_pixels_as_there_may_be_are_no_sample(
    draw_images: Draw, cut_stream: Cut, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_PIXELS", 12)
    monkeypatch.setattr(module, "_SOME_IMAGES", 20)
    assert spectrum_of(cut_stream(draw_images())).n_images == 160


def test_what_cannot_be_is_refused(draw_images: Draw, cut_stream: Cut) -> None:
    stream = cut_stream(draw_images())
    with pytest.raises(InputError, match="encoding: wanted one of identity"):
        spectrum_of(stream, "sideways")
    with pytest.raises(InputError, match=r"value_range: wanted a range that holds all images"):
        spectrum_of(stream, Quantised(5, value_range=(0.0, 0.5)))
    with pytest.raises(InputError, match="n_jobs"):
        spectrum_of(stream, n_jobs=0)
