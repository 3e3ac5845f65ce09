"""Image files, on disk or in memory, to arrays: the one place where a picture is decoded."""

import io
import os
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TypeVar

import numpy as np
from jaxtyping import Shaped, UInt16
from PIL import Image

from sightbits.core.checks import InputError
from sightbits.datasets.formats.raw import check_size

IMAGE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".pgm", ".ppm"})
_FORMATS = ("PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP", "PPM")  # no others: to read some, Pillow starts programs
_DEEP_MODES = frozenset({"I;16", "I;16B", "I;16L", "I"})
_N_A_TASK = 256

Item = TypeVar("Item")
Done = TypeVar("Done")
Source = Path | bytes | Image.Image
Size = tuple[int, int]


def look_at(source: Source, name: object = None) -> tuple[str, Size]:
    """Return the mode of an image and its width and height, from its header alone.

    Parameters
    ----------
    source
        The file, its bytes, or what another library opened.
    name
        What messages call it; by default the path.

    Raises
    ------
    InputError
        Where it is no image, or one of more pixels than Pillow takes for an honest picture.
    """
    with _opened(source, name) as image:
        return "PA" if _is_clear_palette(image) else image.mode, image.size


def decode(source: Source, mode: str, size: Size, name: object = None) -> Shaped[np.ndarray, "rows columns *channels"]:
    """Return the pixels of an image in a mode of `common_mode`, scaled to width and height where they differ.

    Notes
    -----
    Each new pixel of a scaled image is the mean of what it covers.

    Raises
    ------
    InputError
        Where it is damaged, of more pixels than Pillow takes for an honest picture, or of values beyond 16 bits.
    """
    with _opened(source, name) as image:
        if mode != "I;16":
            opaque = image.convert("RGBA") if _is_clear_palette(image) else image
            return np.asarray(_scale(opaque.convert(mode), size)).astype(np.uint8)
        values = np.asarray(image)
        if image.size != size:
            values = np.asarray(_scale(Image.fromarray(values.astype(np.float32)), size)).round()
    return _as_16_bit(_called(source, name), values)


def look_at_all(sources: Sequence[Source], names: Sequence[object]) -> tuple[list[str], list[Size]]:
    """Return the modes and the sizes of many images, looked at side by side."""

    def look(places: list[int]) -> list[tuple[str, Size]]:
        return [look_at(sources[i], names[i]) for i in places]

    with refusing_bombs():
        looked = [found for part in side_by_side(look, range(len(sources)), _N_A_TASK) for found in part]
    return [mode for mode, _ in looked], [size for _, size in looked]


def decode_all(
    sources: Sequence[Source], names: Sequence[object], mode: str, size: Size, whole: object
) -> Shaped[np.ndarray, "n_images rows columns *channels"]:
    """Return the pixels of many images, decoded side by side into one array.

    Parameters
    ----------
    whole
        What messages call all of them together, where they would not fit in memory.
    """
    width, height = size
    shape = (len(sources), height, width, 3) if mode == "RGB" else (len(sources), height, width)
    dtype = np.dtype(np.uint16 if mode == "I;16" else np.uint8)
    check_size(whole, int(np.prod(shape, dtype=object)) * dtype.itemsize)
    pixels = np.empty(shape, dtype)

    def fill(places: list[int]) -> None:
        for i in places:
            pixels[i] = decode(sources[i], mode, size, names[i])

    with refusing_bombs():
        for _ in side_by_side(fill, range(len(sources)), _N_A_TASK):
            pass
    return pixels


def side_by_side(task: Callable[[list[Item]], Done], items: Iterable[Item], n_a_task: int) -> Iterator[Done]:
    """Yield what a task makes of each batch of items, in order; a few batches are in work ahead, on threads."""
    waiting = iter(items)
    ahead = 2 * (os.cpu_count() or 1)
    running: deque[Future[Done]] = deque()
    with ThreadPoolExecutor() as pool:
        try:
            while batch := list(islice(waiting, n_a_task)):
                running.append(pool.submit(task, batch))
                if len(running) > ahead:
                    yield running.popleft().result()
            while running:
                yield running.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)


@contextmanager
def refusing_bombs() -> Iterator[None]:
    """Let Pillow raise where it would only warn of too many pixels.

    Notes
    -----
    Warning filters belong to the whole process: this goes around threads, not into them.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        yield


def common_mode(name: object, modes: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """Return the one mode that images of these modes are decoded to (1, L, I;16 or RGB), and what is left out by it.

    Examples
    --------
    >>> common_mode("pictures", ["L", "RGBA"])
    ('RGB', ('transparency was left out',))
    """
    kinds = set(modes)
    if kinds == {"1"}:
        return "1", ()
    if kinds <= _DEEP_MODES:
        return "I;16", ()
    if kinds & {*_DEEP_MODES, "F"}:
        raise InputError(
            str(name),
            wanted="images of whole grey values and of one depth: all of 16 bits, or none",
            got=f"images of modes {', '.join(sorted(kinds))}",
            remedy="Save them alike: 16-bit and float values would be cut off at 255.",
        )
    if kinds <= {"L", "1", "LA"}:
        return "L", ("transparency was left out",) if "LA" in kinds else ()
    left_out = any(mode in {"RGBA", "LA", "PA"} for mode in kinds)
    return "RGB", ("transparency was left out",) if left_out else ()


def range_of_mode(mode: str) -> tuple[float, float] | None:
    """Return the lowest and highest grey value of a mode; None where the values must tell."""
    return {"1": (0.0, 1.0), "I;16": None}.get(mode, (0.0, 255.0))


@contextmanager
def _opened(source: Source, name: object) -> Iterator[Image.Image]:
    called = _called(source, name)
    try:
        if isinstance(source, Image.Image):
            _check_pixels(source, called)
            yield source
            return
        with Image.open(io.BytesIO(source) if isinstance(source, bytes) else source, formats=_FORMATS) as image:
            _check_pixels(image, called)
            yield image
    except InputError:
        raise
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise _too_large(called, "one that may be a decompression bomb: " + str(error).split(",")[0]) from error
    except Exception as error:  # Pillow raises nearly anything on damaged files
        raise InputError(
            called,
            wanted="a whole image file",
            got=f"one that cannot be read ({error})",
            remedy="Remove it, or save it again.",
        ) from error


def _called(source: Source, name: object) -> str:
    return str(name if name is not None else source if isinstance(source, Path) else "image")


def _check_pixels(image: Image.Image, called: str) -> None:
    """Refuse what Pillow only warns of."""
    if Image.MAX_IMAGE_PIXELS is not None and image.width * image.height > Image.MAX_IMAGE_PIXELS:
        raise _too_large(called, f"{image.width}x{image.height} pixels")


def _too_large(name: str, got: str) -> InputError:
    return InputError(name, wanted="an image of ordinary size", got=got, remedy="Scale it down first.")


def _scale(image: Image.Image, size: Size) -> Image.Image:
    return image if image.size == size else image.resize(size, Image.Resampling.BOX)


def _is_clear_palette(image: Image.Image) -> bool:
    """Whether some colours of a palette are transparent; Pillow warns unless such an image goes through RGBA."""
    return image.mode == "P" and "transparency" in image.info


def _as_16_bit(name: str, values: Shaped[np.ndarray, "rows columns"]) -> UInt16[np.ndarray, "rows columns"]:
    if values.min() < 0 or values.max() > np.iinfo(np.uint16).max:
        raise InputError(
            name,
            wanted="grey values of at most 16 bits",
            got=f"{values.min()} to {values.max()}",
            remedy="Scale them down.",
        )
    return values.astype(np.uint16)
