from typing import Any

import numpy as np
import pytest

from sightbits import Encoding, InputError, encoding_named
from sightbits.encodings.affine import Inverted, Scaled
from sightbits.encodings.grey_range import GreyRange, known_range, settle_range
from sightbits.encodings.levels import Binarised, Quantised
from sightbits.encodings.training import TrainingArray

need_a_range = pytest.mark.parametrize("kind", [Inverted, Scaled, Quantised, Binarised])


@pytest.mark.parametrize(
    ("dtype", "high"),
    [("bool", 1.0), ("uint8", 255.0), ("uint16", 65535.0), (">u2", 65535.0), ("int8", None), ("uint32", None)],
)
def test_what_a_dtype_tells(dtype: str, high: float | None) -> None:
    expected = None if high is None else GreyRange(low=0.0, high=high, whole=True)
    assert known_range(np.dtype(dtype)) == expected


@need_a_range
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.int8, np.int16, np.int64, np.uint32])
def test_other_numbers_need_a_range(kind: type[Encoding], dtype: Any) -> None:
    with pytest.raises(InputError, match=r"value_range: wanted a lowest and a highest grey value, got None.*State it"):
        kind().fit(np.ones((3, 2), dtype=dtype))


@need_a_range
@pytest.mark.parametrize(
    "stated",
    [(1.0, 0.0), (1.0, 1.0), (0.0, np.inf), (np.nan, 1.0), (0.0,), (0.0, 1.0, 2.0), 1.0, "01", (-1e308, 2e308)],
)
def test_what_is_no_range_is_refused(kind: type[Encoding], stated: Any) -> None:
    with pytest.raises(InputError, match="value_range: wanted two finite numbers, the lower first, got"):
        kind(value_range=stated).fit(np.ones((3, 2), dtype=np.uint8))


@need_a_range
@pytest.mark.parametrize("stated", [(0, 16), [0.0, 16.0], np.array([0, 16]), (np.float32(0), np.int64(16))])
def test_ranges_of_any_numbers(kind: type[Encoding], stated: Any) -> None:
    encoding = kind(value_range=stated).fit(np.array([[0.0, 16.0]]))
    assert encoding.value_range_ == (0.0, 16.0)
    assert all(type(end) is float for end in encoding.value_range_)


@need_a_range
@pytest.mark.parametrize("beyond", [-0.5, 16.5])
def test_training_images_beyond_the_range_are_refused(kind: type[Encoding], beyond: float) -> None:
    message = r"value_range: wanted a range that holds all images, which go from .* got 0 to 16\."
    with pytest.raises(InputError, match=message):
        kind(value_range=(0.0, 16.0)).fit(np.array([[3.0, beyond]]))
    with pytest.raises(InputError, match=message):
        kind(value_range=(0.0, 16.0)).fit(np.array([[3, 17]], dtype=np.uint8))
    kind(value_range=(0.0, 16.0)).fit(np.array([[0.0, 16.0]])).transform(np.array([[3.0, beyond]]))


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_a_rounding_error_is_not_beyond(dtype: Any) -> None:
    images = np.array([[0.1, 0.3]]).astype(dtype)
    for _ in range(3):
        images[0, 1] = np.nextafter(images[0, 1], dtype(1))
    settle_range((0.1, 0.3), None, TrainingArray(images))
    with pytest.raises(InputError, match="value_range"):
        settle_range((0.1, 0.3), None, TrainingArray(images + dtype(0.02)))
    with pytest.raises(InputError, match="value_range"):
        settle_range((0.1, 0.3), None, TrainingArray(images - dtype(0.02)))


def test_a_stated_range_comes_first() -> None:
    images = np.array([[0, 16]], dtype=np.uint8)
    found = settle_range((0.0, 16.0), known_range(images.dtype), TrainingArray(images))
    assert found == GreyRange(low=0.0, high=16.0, whole=True)
    np.testing.assert_array_equal(Inverted((0.0, 16.0)).fit_transform(images), [[16, 0]])


@pytest.mark.parametrize(
    ("dtype", "stated", "known", "whole"),
    [
        (np.uint8, (0.0, 16.0), None, True),
        (np.int64, (-3.0, 16.0), None, True),
        (np.int64, (0.0, 16.5), None, False),
        (np.int64, (-0.5, 16.0), None, False),
        (np.int64, (0.5, 16.5), None, False),
        (np.float32, (0.0, 16.0), None, False),
        (np.float32, (0.0, 16.0), GreyRange(low=0.0, high=255.0, whole=True), True),
        (np.float32, (0.0, 16.0), GreyRange(low=0.0, high=255.0, whole=False), False),
        (bool, (0.0, 1.0), None, True),
    ],
)
def test_whole_numbers_between_whole_ends(dtype: Any, stated: Any, known: GreyRange | None, whole: bool) -> None:
    assert settle_range(stated, known, TrainingArray(np.ones((1, 2), dtype=dtype))).whole is whole


def test_uint16() -> None:
    images = np.array([[0, 32767, 32768, 65535]], dtype=np.uint16)
    np.testing.assert_array_equal(encoding_named("inverted").fit_transform(images), [[65535, 32768, 32767, 0]])
    np.testing.assert_array_equal(encoding_named("binarised").fit_transform(images), [[0, 0, 65535, 65535]])
