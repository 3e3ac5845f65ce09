"""NumPy's own files: `.npz`, and a pair of `.npy`. Nothing is ever unpickled."""

import tokenize
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from sightbits.core.checks import InputError
from sightbits.datasets.formats.raw import RawImages, check_size, join_parts

# Names of images and labels, then those of an official test part (Keras, MedMNIST, scikit-learn and plain ones).
_NAMES = (
    ("images", "labels", "test_images", "test_labels"),
    ("train_images", "train_labels", "test_images", "test_labels"),
    ("x_train", "y_train", "x_test", "y_test"),
    ("X_train", "y_train", "X_test", "y_test"),
    ("X", "y", "X_test", "y_test"),
    ("x", "y", "x_test", "y_test"),
    ("data", "target", "", ""),
    ("data", "labels", "", ""),
)

# What NumPy and zipfile raise on damaged files and on headers that claim what is not there; an encrypted archive is a
# RuntimeError.
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    ValueError,
    MemoryError,
    OverflowError,
    RuntimeError,
    tokenize.TokenError,
)


def read_npz(path: Path) -> RawImages:
    """Read images and labels, and an official test part where there is one."""
    names, arrays = read_arrays(path, lambda found: choose_names(str(path), found))
    train = RawImages(images=arrays[names[0]], labels=arrays[names[1]])
    if names[2] not in arrays or names[3] not in arrays:
        return train
    return join_parts(train, RawImages(images=arrays[names[2]], labels=arrays[names[3]]))


def read_arrays(path: Path, choose: Callable[[list[str]], tuple[str, ...]]) -> tuple[tuple[str, ...], dict[str, Any]]:
    """Read the arrays that are chosen among the names found; names that are not there are passed over."""
    try:
        with zipfile.ZipFile(path) as archive:
            check_size(path, sum(member.file_size for member in archive.infolist()))
        with np.load(path, allow_pickle=False) as file:
            names = choose(file.files)
            return names, {name: file[name] for name in names if name in file}
    except InputError:
        raise
    except _DAMAGE as error:
        raise _unreadable(path, error) from error


def choose_names(source: str, found: list[str]) -> tuple[str, str, str, str]:
    """Return the names of images, labels, and those of a test part, among those found."""
    for names in _NAMES:
        if names[0] in found and names[1] in found:
            return names
    raise InputError(
        source,
        wanted="arrays named images and labels (or X and y, or x_train and y_train)",
        got=", ".join(found) or "no arrays",
        remedy="Give them these names: np.savez(path, images=..., labels=...).",
    )


def read_npy_pair(images: Path, labels: Path) -> RawImages:
    """Read one file of images and one of labels."""
    return RawImages(images=_read_npy(images), labels=_read_npy(labels))


def find_labels(images: Path) -> Path:
    """Return the label file that belongs to an image file: images.npy and labels.npy, X.npy and y.npy."""
    stem = images.stem
    for one, other in (("images", "labels"), ("X", "y"), ("x", "y"), ("data", "target"), ("data", "labels")):
        twin = images.with_name(stem.replace(one, other) + ".npy")
        if one in stem and twin.is_file():
            return twin
    raise InputError(
        str(images),
        wanted="a label file beside it (images.npy with labels.npy, or X.npy with y.npy)",
        got="none",
        remedy="Name both files with a comma between: images.npy,labels.npy",
    )


def map_npy(path: Path) -> Any:
    """Return the array of a file without reading it: what is looked at comes into memory."""
    try:
        return np.lib.format.open_memmap(path, mode="r")
    except _DAMAGE as error:
        raise _unreadable(path, error) from error


def _read_npy(path: Path) -> Any:
    array = map_npy(path)
    check_size(path, array.nbytes)
    return np.array(array)


def _unreadable(path: Path, error: Exception) -> InputError:
    if "object" in str(error).lower() or "pickle" in str(error):
        return InputError(
            str(path),
            wanted="plain numbers or strings",
            got=f"something else ({error})",
            remedy="Python objects are never unpickled, since that can run code: save arrays of numbers.",
        )
    return InputError(
        str(path),
        wanted="a whole NumPy file",
        got=f"one that cannot be read ({error})",
        remedy="Save it again.",
    )
