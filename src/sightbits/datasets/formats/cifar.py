"""CIFAR-10: batches of records in binary, the same in restricted pickles, and a part of it as strips of images."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import UInt8

from sightbits.core.checks import InputError
from sightbits.datasets.formats.archives import read_files
from sightbits.datasets.formats.decoding import decode, look_at
from sightbits.datasets.formats.numpy_files import read_arrays
from sightbits.datasets.formats.numpy_pickles import read_pickle
from sightbits.datasets.formats.raw import RawImages

_SIDE = 32
_N_VALUES = 3 * _SIDE * _SIDE
_TRAIN = tuple(f"data_batch_{number}" for number in range(1, 6))
_TEST, _BINARY_NAMES, _PYTHON_NAMES = "test_batch", "batches.meta.txt", "batches.meta"
_STRIPS = ("train_index", "y_train", "y_test", "class_names")

Part = tuple[UInt8[np.ndarray, "n 3 rows columns"], UInt8[np.ndarray, "n"]]


def read_binary(source: Path) -> RawImages:
    """Read a folder or a tar archive of binary batches: a byte of label and three planes of colour a record."""
    return _read_batches(source, (*(f"{name}.bin" for name in _TRAIN), f"{_TEST}.bin"), _BINARY_NAMES, _records)


def read_python(source: Path) -> RawImages:
    """Read a folder or a tar archive of batches that Python pickled; nothing that they name is run."""
    return _read_batches(source, (*_TRAIN, _TEST), _PYTHON_NAMES, _pickled_batch)


def read_strips(folder: Path) -> RawImages:
    """Read a part of the set: images below one another in PNG files, and beside them their labels and places."""
    path = folder / "labels.npz"
    names, arrays = read_arrays(path, lambda found: tuple(name for name in _STRIPS if name in found))
    if names != _STRIPS:
        raise InputError(
            str(path), wanted=f"arrays {', '.join(_STRIPS)}", got=", ".join(names) or "none", remedy="Copy it again."
        )
    n_train, n_test = len(arrays["y_train"]), len(arrays["y_test"])
    strips = [_read_strip(strip) for part in ("train", "test") for strip in sorted(folder.glob(f"{part}_*.png"))]
    images = np.concatenate(strips) if strips else np.zeros((0, _SIDE, _SIDE, 3), np.uint8)
    if len(images) != n_train + n_test:
        raise InputError(
            str(folder),
            wanted=f"{n_train + n_test} images in strips train_*.png and test_*.png, as labels.npz has labels",
            got=str(len(images)),
            remedy="Copy the folder again.",
        )
    return RawImages(
        images=images,
        labels=np.concatenate([arrays["y_train"], arrays["y_test"]]),
        in_test=np.repeat([False, True], [n_train, n_test]),
        value_range=(0.0, 255.0),
        channels_last=True,
        label_names=tuple(map(str, arrays["class_names"])),
        places=np.concatenate([arrays["train_index"].astype(np.int64), 50_000 + np.arange(n_test)]),
        notes=(f"a part: {n_train:,} and {n_test:,} of 60,000 images",),
    )


def _read_strip(path: Path) -> UInt8[np.ndarray, "n rows columns channels"]:
    _, (width, height) = look_at(path)
    if width * height % _SIDE**2:
        raise InputError(
            str(path),
            wanted=f"images of {_SIDE}x{_SIDE} in one strip",
            got=f"{height}x{width} pixels",
            remedy="Copy it again.",
        )
    return decode(path, "RGB", (width, height)).reshape(-1, _SIDE, _SIDE, 3)


def _read_batches(source: Path, batches: tuple[str, ...], names: str, read: Callable[[str, bytes], Part]) -> RawImages:
    parts: dict[str, Part] = {}
    label_names: tuple[str, ...] = ()
    for name, content in read_files(source, lambda name: name.name in {*batches, names}):
        called = f"{source} ({name})"
        if name.name != names:
            parts[name.name] = read(called, content)
        elif names == _PYTHON_NAMES:
            label_names = tuple(map(str, _known(called, read_pickle(called, content), "label_names")))
        else:
            label_names = tuple(content.decode(errors="replace").split())
    missing = [batch for batch in batches if batch not in parts]
    if missing or not label_names:
        raise InputError(
            str(source),
            wanted=f"{', '.join(batches)} and {names}",
            got=f"no {', '.join(missing) or names}",
            remedy="The copy is not whole: fetch the archive again.",
        )
    n_of_batch = [len(parts[batch][1]) for batch in batches]
    images = np.empty((sum(n_of_batch), _SIDE, _SIDE, 3), np.uint8)
    ends = np.cumsum(n_of_batch)
    labels = np.concatenate([parts[batch][1] for batch in batches])
    for batch, end in zip(batches, ends, strict=True):
        planes, _ = parts.pop(batch)
        images[end - len(planes) : end] = planes.transpose(0, 2, 3, 1)
    if labels.max(initial=0) >= len(label_names):
        raise InputError(
            str(source),
            wanted=f"labels below {len(label_names)}, as {names} has names",
            got=str(labels.max()),
            remedy="The copy is damaged: fetch the archive again.",
        )
    return RawImages(
        images=images,
        labels=labels,
        in_test=np.arange(len(labels)) >= ends[-2],
        value_range=(0.0, 255.0),
        channels_last=True,
        label_names=label_names,
    )


def _records(name: str, content: bytes) -> Part:
    if not content or len(content) % (1 + _N_VALUES):
        raise InputError(
            name,
            wanted=f"records of {1 + _N_VALUES} bytes",
            got=f"{len(content)} bytes",
            remedy="The file is cut short or another one: fetch it again.",
        )
    records = np.frombuffer(content, np.uint8).reshape(-1, 1 + _N_VALUES)
    return records[:, 1:].reshape(-1, 3, _SIDE, _SIDE), records[:, 0]


def _pickled_batch(name: str, content: bytes) -> Part:
    batch = read_pickle(name, content)
    pixels, labels = _known(name, batch, "data"), _known(name, batch, "labels")
    whole = isinstance(labels, list) and all(type(label) is int and 0 <= label < 256 for label in labels)
    if not (isinstance(pixels, np.ndarray) and whole and pixels.shape == (len(labels), _N_VALUES) and labels):
        raise InputError(
            name,
            wanted=f"rows of {_N_VALUES} bytes and one whole number a row",
            got=f"data of shape {np.shape(pixels)} and {len(labels) if whole else 'other'} labels",
            remedy="Fetch it again.",
        )
    return pixels.reshape(-1, 3, _SIDE, _SIDE), np.array(labels, np.uint8)


def _known(name: str, found: dict[str, Any], key: str) -> Any:
    if key not in found:
        raise InputError(
            name, wanted=f"a dictionary with {key!r}", got=", ".join(found) or "an empty one", remedy="Fetch it again."
        )
    return found[key]
