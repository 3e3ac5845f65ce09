"""Folders of image files, one sub-folder a class."""

import warnings
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from jaxtyping import Shaped, UInt16
from PIL import Image

from sightbits.core.checks import InputError
from sightbits.datasets.formats.raw import RawImages, check_size

_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".pgm", ".ppm"})
_DEEP_MODES = frozenset({"I;16", "I;16B", "I;16L", "I"})
_TRAIN, _TEST = ("train", "training"), ("test", "testing")


def read_class_folders(folder: Path, limit: int | None = None, scale_to: tuple[int, ...] | None = None) -> RawImages:
    """Read every image of every class; folders `train` and `test` around the classes are an official split.

    Parameters
    ----------
    limit
        Read at most so many images, evenly strided, so that a large folder can be tried quickly.
    scale_to
        Rows and columns to scale every image to, each new pixel the mean of what it covers.
    """
    if scale_to is not None and (len(scale_to) != 2 or min(scale_to) < 1):
        raise InputError(
            "scale-to",
            wanted="rows and columns, each at least 1",
            got="x".join(map(str, scale_to)) or "none",
            remedy="Say 64x64.",
        )
    files = _list_files(folder)
    if limit is not None and limit < len(files):
        files = [files[i] for i in np.linspace(0, len(files) - 1, limit).round().astype(int)]
    modes, sizes = _look(files)
    mode, note = _common_mode(folder, modes)
    if scale_to is None:
        _check_one_size(folder, files, sizes)
    elif mode == "1":
        mode = "L"  # a mean of black and white is grey
    width, height = sizes[0] if scale_to is None else (scale_to[1], scale_to[0])
    check_size(folder, len(files) * height * width * (3 if mode == "RGB" else 2 if mode == "I;16" else 1))
    with ThreadPoolExecutor() as pool:
        images = list(pool.map(lambda file: _read(file[0], mode, (width, height)), files))
    in_test = np.array([is_test for _, _, is_test in files])
    return RawImages(
        images=np.stack(images),
        labels=np.array([label for _, label, _ in files]),
        in_test=in_test if in_test.any() else None,
        value_range={"1": (0.0, 1.0), "I;16": None}.get(mode, (0.0, 255.0)),
        channels_last=True,
        notes=note,
    )


def _list_files(folder: Path) -> list[tuple[Path, str, bool]]:
    parts = {path.name.lower(): path for path in _subfolders(folder)}
    train = next((parts[name] for name in _TRAIN if name in parts), None)
    test = next((parts[name] for name in _TEST if name in parts), None)
    roots = [(train, False), (test, True)] if train and test and _subfolders(train) else [(folder, False)]
    files = [
        (path, label.name, is_test)
        for root, is_test in roots
        if root is not None
        for label in _subfolders(root)
        for path in sorted(label.iterdir())
        if path.suffix.lower() in _SUFFIXES and not path.name.startswith(".")
    ]
    if not files:
        raise InputError(
            str(folder),
            wanted="one sub-folder a class with image files in each (say cats/1.png, dogs/1.png)",
            got="no image files in sub-folders",
            remedy="Sort the images into a folder for each class.",
        )
    return files


def _subfolders(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))


def _look(files: list[tuple[Path, str, bool]]) -> tuple[list[str], list[tuple[int, int]]]:
    def header(file: tuple[Path, str, bool]) -> tuple[str, tuple[int, int]]:
        try:
            with Image.open(file[0]) as image:
                return "PA" if _is_clear_palette(image) else image.mode, image.size
        except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
            raise InputError(
                str(file[0]),
                wanted="an image of ordinary size",
                got=str(error),
                remedy="Scale it down first.",
            ) from error
        except Exception as error:  # Pillow raises nearly anything on damaged files
            raise _unreadable(file[0], error) from error

    # Around the threads, not in them: warning filters belong to the whole process.
    with warnings.catch_warnings(), ThreadPoolExecutor() as pool:
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        looked = list(pool.map(header, files))
    return [mode for mode, _ in looked], [size for _, size in looked]


def _check_one_size(folder: Path, files: list[tuple[Path, str, bool]], sizes: list[tuple[int, int]]) -> None:
    counts = Counter(sizes)
    if len(counts) > 1:
        common = ", ".join(f"{n} of {w}x{h}" for (w, h), n in counts.most_common(4))
        odd = files[next(i for i, size in enumerate(sizes) if size != counts.most_common(1)[0][0])][0]
        raise InputError(
            str(folder),
            wanted="images of one size",
            got=f"{common} (for one, {odd})",
            remedy="Crop them, or say --scale-to 32x32: a pixel must be the same place in every image.",
        )


def _common_mode(folder: Path, modes: list[str]) -> tuple[str, tuple[str, ...]]:
    kinds = set(modes)
    if kinds == {"1"}:
        return "1", ()
    if kinds <= _DEEP_MODES:
        return "I;16", ()
    if kinds & {*_DEEP_MODES, "F"}:
        raise InputError(
            str(folder),
            wanted="images of whole grey values and of one depth: all of 16 bits, or none",
            got=f"images of modes {', '.join(sorted(kinds))}",
            remedy="Save them alike: 16-bit and float values would be cut off at 255.",
        )
    if kinds <= {"L", "1", "LA"}:
        return "L", ("transparency was left out",) if "LA" in kinds else ()
    left_out = any(mode in {"RGBA", "LA", "PA"} for mode in kinds)
    return "RGB", ("transparency was left out",) if left_out else ()


def _read(path: Path, mode: str, size: tuple[int, int]) -> Shaped[np.ndarray, "rows columns *channels"]:
    try:
        with Image.open(path) as image:
            if mode != "I;16":
                opaque = image.convert("RGBA") if _is_clear_palette(image) else image
                return np.asarray(_scale(opaque.convert(mode), size)).astype(np.uint8)
            values = np.asarray(image)
            if image.size != size:
                values = np.asarray(_scale(Image.fromarray(values.astype(np.float32)), size)).round()
    except Exception as error:  # Pillow raises nearly anything on damaged files
        raise _unreadable(path, error) from error
    return _as_16_bit(path, values)


def _scale(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    return image if image.size == size else image.resize(size, Image.Resampling.BOX)


def _is_clear_palette(image: Image.Image) -> bool:
    """Whether some colours of a palette are transparent; Pillow warns unless such an image goes through RGBA."""
    return image.mode == "P" and "transparency" in image.info


def _as_16_bit(path: Path, values: Shaped[np.ndarray, "rows columns"]) -> UInt16[np.ndarray, "rows columns"]:
    if values.min() < 0 or values.max() > np.iinfo(np.uint16).max:
        raise InputError(
            str(path),
            wanted="grey values of at most 16 bits",
            got=f"{values.min()} to {values.max()}",
            remedy="Scale them down.",
        )
    return values.astype(np.uint16)


def _unreadable(path: Path, error: Exception) -> InputError:
    return InputError(
        str(path),
        wanted="a whole image file",
        got=f"one that cannot be read ({error})",
        remedy="Remove it, or save it again.",
    )
