"""IDX, the format of the original MNIST files, plain or gzipped."""

import gzip
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Shaped

from sightbits.core.checks import InputError
from sightbits.datasets.formats.raw import RawImages, check_size, join_parts

_TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
_PARTS = ("train", "t10k")
_MOST_AXES = 8


def read_array(path: Path) -> Shaped[np.ndarray, "..."]:
    """Read one IDX file.

    Notes
    -----
    Layout: two zero bytes, a type code, the number of axes, one big-endian 32-bit length an axis, the values.
    """
    opener: Any = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(path, "rb") as file:
            head = file.read(4)
            if len(head) < 4 or head[:2] != b"\0\0" or head[2] not in _TYPES or head[3] > _MOST_AXES:
                raise InputError(
                    str(path),
                    wanted="an IDX file (first bytes 00 00, a type, the number of axes)",
                    got=f"first bytes {head.hex(' ') or 'none: the file is empty'}",
                    remedy="Check that the download is whole and is the IDX file itself.",
                )
            lengths = file.read(4 * head[3])
            if len(lengths) < 4 * head[3]:
                raise InputError(
                    str(path),
                    wanted=f"the lengths of {head[3]} axes",
                    got=f"{len(lengths)} of their {4 * head[3]} bytes",
                    remedy="The file is cut short: fetch it again.",
                )
            shape = np.frombuffer(lengths, ">u4").astype(int)
            dtype = np.dtype(_TYPES[head[2]])
            n_bytes = int(np.prod(shape, dtype=object)) * dtype.itemsize
            check_size(path, n_bytes)
            body = file.read(n_bytes + 1)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InputError(
            str(path), wanted="a whole gzip file", got=f"a damaged one ({error})", remedy="Fetch it again."
        ) from error
    if len(body) != n_bytes:
        raise InputError(
            str(path),
            wanted=f"{n_bytes} bytes of values for shape {tuple(shape.tolist())}",
            got="more" if len(body) > n_bytes else f"{len(body)}",
            remedy="The file is damaged or cut short: fetch it again.",
        )
    return np.frombuffer(body, dtype).astype(dtype.newbyteorder("=")).reshape(shape)


def to_bytes(array: Shaped[np.ndarray, "..."]) -> bytes:
    """Return unsigned bytes in IDX form: what catalogue hashes are taken of.

    Examples
    --------
    >>> to_bytes(np.array([7, 8], dtype=np.uint8)).hex(" ")
    '00 00 08 01 00 00 00 02 07 08'
    """
    lengths = np.array(array.shape, dtype=">u4").tobytes()
    return bytes([0, 0, 0x08, array.ndim]) + lengths + np.ascontiguousarray(array, dtype=np.uint8).tobytes()


def find_file(folder: Path, stem: str) -> Path | None:
    """Return the file of this name in a folder, plain or gzipped."""
    for name in (stem, stem.replace("-idx", ".idx"), f"{stem}.gz", f"{stem.replace('-idx', '.idx')}.gz"):
        if (folder / name).is_file():
            return folder / name
    return None


def is_folder(folder: Path) -> bool:
    """Whether a folder holds IDX files under the original names."""
    return find_file(folder, "train-images-idx3-ubyte") is not None


def read_folder(folder: Path) -> RawImages:
    """Read a folder of IDX files under the original names; the t10k files are the official test part."""
    parts = []
    for part in _PARTS:
        images = find_file(folder, f"{part}-images-idx3-ubyte")
        parts.append(None if images is None else read_pair(images))
    train, test = parts
    if train is None:
        raise InputError(
            str(folder),
            wanted="a file train-images-idx3-ubyte, plain or .gz",
            got="none",
            remedy="Name the folder that holds the IDX files.",
        )
    return join_parts(train, test)


def read_pair(images: Path) -> RawImages:
    """Read an IDX image file and the label file beside it."""
    name = images.name
    twin = images.with_name(name.replace("images", "labels").replace("idx3", "idx1"))
    candidates = [twin, twin.with_name(twin.name.removesuffix(".gz")), twin.with_name(twin.name + ".gz")]
    labels = next((path for path in candidates if path.is_file() and path != images), None)
    if labels is None:
        raise InputError(
            str(images),
            wanted=f"its labels beside it as {twin.name}",
            got="no such file",
            remedy="Put the label file there under that name.",
        )
    return RawImages(images=read_array(images), labels=read_array(labels))
