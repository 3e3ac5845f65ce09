"""One image at a time; folders and archives of them are tested with their readers."""

import io
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from sightbits.datasets.formats.decoding import common_mode, decode, decode_all, look_at, look_at_all, range_of_mode

Draw = Callable[..., np.ndarray]


def encoded(image: Image.Image, kind: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind)
    return buffer.getvalue()


@pytest.fixture
def grey(draw_images: Draw) -> np.ndarray:
    return draw_images(6, 7)


def test_bytes_and_files_are_looked_at_and_decoded_alike(grey: np.ndarray, tmp_path: Path) -> None:
    content = encoded(Image.fromarray(grey))
    path = tmp_path / "0.png"
    path.write_bytes(content)
    for source in (content, path):
        assert look_at(source) == ("L", (7, 6))
        np.testing.assert_array_equal(decode(source, "L", (7, 6)), grey)


def test_more_images_than_a_thread_takes_at_once_keep_their_order() -> None:
    images = np.arange(600 * 2, dtype=np.uint16).reshape(600, 1, 2)
    contents = [encoded(Image.fromarray(image)) for image in images]
    modes, sizes = look_at_all(contents, range(600))
    assert set(modes) == {"I;16"}
    assert set(sizes) == {(2, 1)}
    pixels = decode_all(contents, range(600), "I;16", (2, 1), "all")
    assert pixels.dtype == np.uint16
    np.testing.assert_array_equal(pixels, images)


def test_a_message_names_the_image_as_its_reader_does(grey: np.ndarray, tmp_path: Path, refused: Any) -> None:
    content = encoded(Image.fromarray(grey))[:60]
    path = tmp_path / "0.png"
    path.write_bytes(content)
    with refused("a.tar/0.png: ", "a whole image file", "cannot be read"):
        decode(content, "L", (7, 6), "a.tar/0.png")
    with refused(f"{path}: "):
        decode(path, "L", (7, 6))
    with refused("image: "):
        decode(content, "L", (7, 6))
    with refused("number 1: "):
        look_at_all([encoded(Image.fromarray(grey)), b"junk"], ["number 0", "number 1"])
    with refused("number 1: "):
        decode_all([encoded(Image.fromarray(grey)), content], ["number 0", "number 1"], "L", (7, 6), "all")


@pytest.mark.parametrize("most_pixels", [6 * 7 - 1, 6 * 7 // 3])
@pytest.mark.parametrize("action", ["error", "ignore"])
def test_too_many_pixels_are_refused_whatever_warnings_do(
    action: Any, most_pixels: int, grey: np.ndarray, refused: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = encoded(Image.fromarray(grey))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", most_pixels)
    with warnings.catch_warnings():
        warnings.simplefilter(action)
        with refused("x.png: ", "an image of ordinary size", "Scale it down"):
            look_at(content, "x.png")
        with refused("x.png: ", "an image of ordinary size", "Scale it down"):
            decode(content, "L", (7, 6), "x.png")
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 42)
        assert look_at(content) == ("L", (7, 6))


@pytest.mark.parametrize("kind", ["EPS", "ICO", "PDF"])
def test_only_the_formats_of_plain_pictures_are_opened(kind: str, grey: np.ndarray, refused: Any) -> None:
    with refused("a whole image file"):
        look_at(encoded(Image.fromarray(grey), kind))


@pytest.mark.parametrize(
    ("modes", "common", "left_out"),
    [
        (["1", "1"], "1", False),
        (["1", "L"], "L", False),
        (["L", "LA"], "L", True),
        (["L", "P"], "RGB", False),
        (["LA", "RGB"], "RGB", True),
        (["PA"], "RGB", True),
        (["CMYK"], "RGB", False),
        (["I;16", "I;16B", "I"], "I;16", False),
    ],
)
def test_images_of_several_modes_share_one(modes: list[str], common: str, *, left_out: bool) -> None:
    assert common_mode("x", modes) == (common, ("transparency was left out",) if left_out else ())


def test_images_of_several_depths_share_none(refused: Any) -> None:
    with refused("x: ", "one depth", "I;16, L"):
        common_mode("x", ["L", "I;16"])


def test_a_mode_says_its_range() -> None:
    assert [range_of_mode(mode) for mode in ("1", "L", "RGB", "I;16")] == [(0.0, 1.0), (0.0, 255.0), (0.0, 255.0), None]
