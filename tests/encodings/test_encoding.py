from typing import Any

import numpy as np
import pytest

from sightbits import Encoding, InputError, encoding_named
from sightbits.encodings import encoding as encoding_module
from sightbits.encodings.affine import AffineEncoding, Centred, Identity, Standardised
from sightbits.encodings.named import ENCODINGS

AFFINE = ["identity", "inverted", "centred", "standardised", "scaled", "inverted+centred", "scaled+standardised"]
every_name = pytest.mark.parametrize("name", [*ENCODINGS, "inverted+standardised", "inverted+quantised"])


def photographs(dtype: Any = np.uint8, *, n: int = 30, shape: tuple[int, ...] = (4, 3, 2)) -> np.ndarray:
    """Grey values 0 to 255, of which the first pixel never changes."""
    images = np.random.default_rng(1).integers(0, 256, size=(n, *shape))
    images[(slice(None), *(0 for _ in shape))] = 7
    return images.astype(dtype)


@every_name
@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("float16", "float16"),
        ("float32", "float32"),
        ("float64", "float64"),
        (">f4", "float32"),
        ("uint8", "float32"),
        ("uint16", "float32"),
        (">u2", "float32"),
        ("int16", "float32"),
        ("int32", "float64"),
        ("int64", "float64"),
        ("uint64", "float64"),
    ],
)
def test_dtypes(name: str, given: str, expected: str) -> None:
    images = photographs(given)
    encoding = encoding_named(name, value_range=(0.0, 255.0)).fit(images)
    encoded = encoding.transform(images)
    assert encoded.dtype == np.dtype(expected)
    assert encoded.dtype.isnative
    reference = encoding_named(name, value_range=(0.0, 255.0)).fit(photographs()).transform(photographs())
    if "quantised" not in name:  # readings between whole numbers are cut elsewhere
        np.testing.assert_allclose(encoded, reference, rtol=2e-3 if given == "float16" else 1e-5, atol=1e-3)


@every_name
def test_booleans(name: str) -> None:
    images = photographs() > 100
    encoded = encoding_named(name).fit(images).transform(images)
    assert encoded.dtype == np.float32
    expected = encoding_named(name, (0.0, 1.0)).fit(images.astype(np.uint8)).transform(images.astype(np.uint8))
    np.testing.assert_array_equal(encoded, expected)


@every_name
@pytest.mark.parametrize("shape", [(6,), (3, 2), (2, 3, 2), (1, 3, 2, 2), (1,), (1, 1)])
def test_shape_of_images_does_not_matter(name: str, shape: tuple[int, ...]) -> None:
    images = photographs(shape=shape)
    encoding = encoding_named(name).fit(images)
    encoded = encoding.transform(images)
    flat = images.reshape(len(images), -1)
    assert encoded.shape == images.shape
    np.testing.assert_array_equal(encoded.reshape(flat.shape), encoding_named(name).fit_transform(flat))
    affine = encoding.affine()
    if affine is not None:
        assert [part.shape for part in affine] == [shape, shape]
        assert all(part.dtype == np.float64 for part in affine)


@every_name
def test_memory_order_and_read_only_images_do_not_matter(name: str) -> None:
    images = photographs()
    expected = encoding_named(name).fit_transform(images)
    for other in (np.asfortranarray(images), np.ascontiguousarray(images[::-1])[::-1]):
        other.setflags(write=False)
        np.testing.assert_array_equal(encoding_named(name).fit_transform(other), expected)


@every_name
def test_input_is_left_as_it_is_and_not_handed_back(name: str) -> None:
    images = photographs(np.float64)
    kept = images.copy()
    encoding = encoding_named(name, (0.0, 255.0)).fit(images)
    encoded = encoding.transform(images)
    encoded += 1
    np.testing.assert_array_equal(images, kept)


@every_name
def test_one_image(name: str) -> None:
    images = photographs(n=1)
    encoded = encoding_named(name).fit(images).transform(images)
    assert encoded.shape == images.shape
    assert np.isfinite(encoded).all()
    if name in {"centred", "standardised", "inverted+standardised"}:
        assert not encoded.any()


@every_name
def test_images_are_encoded_alike_however_many_there_are(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    images = photographs(n=31)
    encoding = encoding_named(name).fit(images)
    together = encoding.transform(images)
    alone = np.concatenate([encoding.transform(images[i : i + 1]) for i in range(len(images))])
    np.testing.assert_array_equal(together, alone)
    for at_once in (1, 24, 24 * 7):
        monkeypatch.setattr(encoding_module, "_VALUES_AT_ONCE", at_once)
        np.testing.assert_array_equal(encoding.transform(images), together)


@every_name
def test_what_is_learned_is_learned_from_the_images_of_fit(name: str) -> None:
    images = photographs()
    encoding = encoding_named(name).fit(images[:10])
    expected = encoding.transform(images)[:3]
    encoding.transform(images[10:] // 2)
    np.testing.assert_array_equal(encoding.transform(images[:3]), expected)


def test_memory_does_not_hold_everything_in_float64() -> None:
    import tracemalloc  # noqa: PLC0415

    images = np.random.default_rng(0).integers(256, size=(20_000, 40, 40), dtype=np.uint8)  # 32 MB; 256 MB in float64
    encoding = Standardised()
    tracemalloc.start()
    try:
        encoding.fit(images)
        assert tracemalloc.get_traced_memory()[1] < 130e6
        tracemalloc.reset_peak()
        encoding.transform(images)
        assert tracemalloc.get_traced_memory()[1] < 128e6 + 60e6  # what it returns, and a block
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("name", AFFINE)
@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.float64])
def test_inverse_transform_gives_the_images_back(name: str, dtype: Any) -> None:
    images = photographs(dtype)
    encoding = encoding_named(name, (0.0, 255.0)).fit(images)
    encoded = encoding.transform(images)
    back = encoding.inverse_transform(encoded)
    assert back.dtype == encoded.dtype
    np.testing.assert_allclose(back, images, atol=1e-11 if dtype is np.float64 else 1e-4)
    assert encoding.bijective


@pytest.mark.parametrize("name", ["quantised", "binarised", "inverted+quantised", "binarised+centred"])
def test_levels_cannot_be_undone(name: str) -> None:
    encoding = encoding_named(name).fit(photographs())
    assert not encoding.bijective
    assert encoding.affine() is None
    with pytest.raises(InputError, match=r"inverse_transform: wanted .* Keep the original images"):
        encoding.inverse_transform(photographs())


class Forgetful(AffineEncoding):
    """An encoding of one's own, which loses the first pixel."""

    def _learn_affine(self, training, known):
        scale = np.ones(self.image_shape_)
        scale.flat[0] = 0
        return scale, 1.0, known


def test_a_pixel_times_nothing_is_no_bijection() -> None:
    encoding = Forgetful().fit(photographs())
    assert not encoding.bijective
    assert encoding.affine() is not None
    with pytest.raises(InputError, match="inverse_transform: wanted"):
        encoding.inverse_transform(photographs())


@pytest.mark.parametrize("encoding", [Identity(), Centred()])
def test_an_encoding_that_is_not_made_of_others_is_one_step(encoding: Encoding) -> None:
    assert encoding.fit(photographs()).steps() == (encoding,)


def test_encoding_is_abstract() -> None:
    with pytest.raises(TypeError, match="abstract"):
        Encoding()
