"""From whatever holds images to a stream of them: the one door of everything that is read a chunk at a time."""

from pathlib import Path
from typing import Any

import numpy as np

from sightbits.core.checks import InputError
from sightbits.core.images import ImageDataset
from sightbits.core.progress import Progress, silent
from sightbits.core.streams.stream import ImageStream
from sightbits.datasets.arrays import Channels
from sightbits.datasets.formats.numpy_files import find_labels
from sightbits.datasets.streams.arrays import array_stream, mapped_stream
from sightbits.datasets.streams.checked import check_stream
from sightbits.datasets.streams.dask_arrays import dask_stream
from sightbits.datasets.streams.raw import RawStream
from sightbits.datasets.streams.zarr_stores import zarr_stream


def open_images(
    source: Any,
    labels: Any = None,
    *,
    shape: tuple[int, ...] | None = None,
    channels: Channels = "auto",
    value_range: tuple[float, float] | None = None,
    n_jobs: int = 1,
    scheduler: Any = None,
    progress: Progress = silent,
) -> ImageStream:
    """Open labelled images to be read a chunk at a time.

    Parameters
    ----------
    source
        A path: a zarr store, `.npy` (or `images.npy,labels.npy`). Or an object: an array in memory or mapped, a Dask
        array, a zarr group.
    labels
        One label an image, where `source` is an array.
    shape
        Rows and columns (and channels) of images that come as flat rows.
    channels
        Where the channel axis is.
    value_range
        Lowest and highest grey value there can be. Stated for whole numbers it saves a pass over the images, which
        otherwise finds it.
    n_jobs, scheduler
        How that pass is done: threads, or a Dask cluster.

    Raises
    ------
    InputError
        Where there is nothing of that name, or it cannot be read; the message says what to do.

    Notes
    -----
    Memory: the labels, in the smallest type that holds them, and a chunk of images.

    Examples
    --------
    >>> import numpy as np
    >>> stream = open_images(np.arange(24).reshape(6, 2, 2), ["a", "b"] * 3)
    >>> stream.n_images, stream.label_names, stream.value_range
    (6, ('a', 'b'), (0.0, 23.0))
    """
    if isinstance(source, ImageStream):
        return source
    return check_stream(
        _raw_stream(source, labels),
        shape=shape,
        channels=channels,
        value_range=value_range,
        n_jobs=n_jobs,
        scheduler=scheduler,
        progress=progress,
    )


def _raw_stream(source: Any, labels: Any) -> RawStream:
    if isinstance(source, str | Path):
        return _stored(str(source))
    if isinstance(source, ImageDataset):
        return array_stream(source.images, source.labels)
    module = type(source).__module__.partition(".")[0]
    if module == "zarr" and hasattr(source, "array_keys"):
        return zarr_stream(source)
    if labels is None:
        raise InputError("labels", wanted="one label an image", got="none", remedy="Call open_images(images, labels).")
    if module == "dask":
        return dask_stream(source, labels)
    return array_stream(source, labels)


def _stored(name: str) -> RawStream:
    path = Path(name)
    if is_zarr(path):
        return zarr_stream(name)
    paths = [path] if path.exists() else [Path(part).expanduser() for part in name.split(",")]
    if paths[0].suffix == ".npy":
        return mapped_stream(paths[0], paths[1] if len(paths) > 1 else find_labels(paths[0]))
    raise InputError(
        "source",
        wanted="a store that is read a chunk at a time: zarr or .npy",
        got=repr(name),
        remedy="load_dataset reads other files whole.",
    )


def stored_bytes(name: str) -> int:
    """Return how much memory the images of a store would take; 0 for what is not read a chunk at a time."""
    try:
        raw = _stored(name)
    except InputError:
        return 0
    n_images = sum(part.n_images for part in raw.parts)
    return n_images * int(np.prod(raw.shape, dtype=np.int64)) * np.dtype(raw.dtype).itemsize


def is_zarr(path: Path) -> bool:
    """Whether a folder is a zarr store."""
    return path.is_dir() and any((path / name).is_file() for name in ("zarr.json", ".zgroup", ".zmetadata", ".zarray"))
