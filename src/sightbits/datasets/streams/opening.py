"""From whatever holds images to a stream of them: the one door of everything that is read a chunk at a time."""

import os
from pathlib import Path
from typing import Any

import numpy as np

from sightbits.core.checks import InputError
from sightbits.core.images import ImageDataset
from sightbits.core.progress import Progress, silent
from sightbits.core.streams.stream import ImageStream
from sightbits.datasets.arrays import Channels
from sightbits.datasets.formats.decoding import IMAGE_SUFFIXES
from sightbits.datasets.formats.numpy_files import find_labels
from sightbits.datasets.streams.arrays import array_stream, dataset_stream, mapped_stream
from sightbits.datasets.streams.checked import check_stream
from sightbits.datasets.streams.dask_arrays import dask_stream
from sightbits.datasets.streams.hugging_face import hugging_face_stream, is_hugging_face
from sightbits.datasets.streams.image_files import file_stream
from sightbits.datasets.streams.options import ReadingOptions
from sightbits.datasets.streams.parquet import parquet_stream
from sightbits.datasets.streams.raw import RawStream
from sightbits.datasets.streams.tar_shards import is_tar, list_shards, tar_stream
from sightbits.datasets.streams.torch_data import is_torch, torch_stream
from sightbits.datasets.streams.zarr_stores import zarr_stream

_MANY_FOLDERS = 2  # with pictures: then these are the classes


def open_images(
    source: Any,
    labels: Any = None,
    *,
    label: str | None = None,
    shape: tuple[int, ...] | None = None,
    channels: Channels = "auto",
    value_range: tuple[float, float] | None = None,
    scale_to: tuple[int, ...] | None = None,
    unreadable: str = "stop",
    n_jobs: int = 1,
    scheduler: Any = None,
    progress: Progress = silent,
) -> ImageStream:
    """Open labelled images to be read a chunk at a time.

    Parameters
    ----------
    source
        A path: a zarr store, `.npy` (or `images.npy,labels.npy`), `.parquet`, tar archives (one, several with commas
        between, or `shards-{0000..0009}.tar`), a folder of either of these, or one with a sub-folder of image files a
        class. Or an object: an array in memory or mapped, a Dask array, a zarr group, a dataset or loader of torch, a
        dataset of Hugging Face.
    labels
        One label an image, where `source` is an array.
    label
        The column of labels; in tar archives the ending of members that hold them, or their key in `.json`.
    shape
        Rows and columns (and channels) of images that come as flat rows.
    channels
        Where the channel axis is.
    value_range
        Lowest and highest grey value there can be. Stated for whole numbers it saves a pass over the images, which
        otherwise finds it.
    scale_to
        Rows and columns to scale pictures to, each new pixel the mean of what it covers.
    unreadable
        Whether a picture that cannot be read is refused by its name (`stop`), or left out (`skip`): then the stream's
        provenance tells how many were, and every picture is decoded once to find them.
    n_jobs, scheduler
        How such passes are done: threads, or a Dask cluster.

    Raises
    ------
    InputError
        Where there is nothing of that name, or it cannot be read; the message says what to do.

    Notes
    -----
    Memory: the labels, in the smallest type that holds them, and a chunk of images. Pictures are looked at when a
    stream is opened, for they must be of one size and kind.

    Examples
    --------
    >>> import numpy as np
    >>> stream = open_images(np.arange(24).reshape(6, 2, 2), ["a", "b"] * 3)
    >>> stream.n_images, stream.label_names, stream.value_range
    (6, ('a', 'b'), (0.0, 23.0))
    """
    if isinstance(source, ImageStream):
        return source
    options = ReadingOptions(
        label=label,
        channels=channels,
        scale_to=scale_to,
        unreadable=unreadable,
        n_jobs=n_jobs,
        scheduler=scheduler,
        progress=progress,
    )
    return check_stream(
        _raw_stream(source, labels, options),
        shape=shape,
        channels=channels,
        value_range=value_range,
        n_jobs=n_jobs,
        scheduler=scheduler,
        progress=progress,
    )


def _raw_stream(source: Any, labels: Any, options: ReadingOptions) -> RawStream:
    if isinstance(source, list | tuple) and source and all(isinstance(one, str | Path) for one in source):
        source = ",".join(map(str, source))
    raw = _labelled(source, options)
    if raw is not None:
        if labels is not None:
            raise InputError(
                "labels",
                wanted="none, for the images come with theirs",
                got="some",
                remedy="Leave them out; they are for arrays.",
            )
        return raw
    options.refuse("arrays", "label", "scale_to", "unreadable")
    if labels is None:
        raise InputError("labels", wanted="one label an image", got="none", remedy="Call open_images(images, labels).")
    if type(source).__module__.partition(".")[0] == "dask":
        return dask_stream(source, labels)
    return array_stream(source, labels)


def _labelled(source: Any, options: ReadingOptions) -> RawStream | None:
    """Return the stream of what has labels of its own; None for all else."""
    if isinstance(source, str | Path):
        try:
            return _stored(str(source), options)
        except (OSError, RuntimeError) as error:  # the home of an unknown ~user is a RuntimeError
            raise InputError(
                str(source),
                wanted="a file or folder that can be read",
                got=str(error),
                remedy="Check the path and your rights to it.",
            ) from error
    if is_torch(source):
        return torch_stream(source, options)
    if is_hugging_face(source):
        return hugging_face_stream(source, options)
    module = type(source).__module__.partition(".")[0]
    if isinstance(source, ImageDataset) or (module == "zarr" and hasattr(source, "array_keys")):
        options.refuse("arrays", "label", "scale_to", "unreadable")
        return dataset_stream(source) if isinstance(source, ImageDataset) else zarr_stream(source)
    return None


def _stored(name: str, options: ReadingOptions) -> RawStream:
    arrays = _stored_arrays(name)
    if arrays is not None:
        options.refuse("arrays", "label", "scale_to", "unreadable")
        return arrays
    paths = _paths(name)
    missing = next((path for path in paths if not path.exists()), None)
    if missing is not None:
        raise InputError(
            "source",
            wanted="a path to images",
            got=repr(str(missing)),
            remedy="There is no such file or folder; check the spelling.",
        )
    if len(paths) == 1 and paths[0].is_dir():
        return _folder(paths[0], name, options)
    if all(is_tar(path) for path in paths):
        return tar_stream(paths, options, name)
    if all(path.suffix.lower() == ".parquet" for path in paths):
        return parquet_stream(paths, options, name=name)
    raise InputError(
        "source",
        wanted="what is read a chunk at a time: zarr, .npy, .parquet, tar archives, or a folder of image files",
        got=repr(name),
        remedy="load_dataset reads other files whole.",
    )


def _stored_arrays(name: str) -> RawStream | None:
    """Return the stream of a zarr store or of `.npy` files; None for all else."""
    if "://" in name:
        return zarr_stream(name)
    paths = _paths(name)
    if is_zarr(paths[0]):
        return zarr_stream(str(paths[0].absolute()))
    if paths[0].is_dir() and (paths[0] / "images.npy").is_file():
        paths = [paths[0] / "images.npy"]
    if paths[0].suffix.lower() == ".npy" and paths[0].exists():
        return mapped_stream(paths[0], paths[1] if len(paths) > 1 else find_labels(paths[0]))
    return None


def _paths(name: str) -> list[Path]:
    whole = Path(name).expanduser()
    return [whole] if whole.exists() else [path for piece in name.split(",") for path in list_shards(piece)]


def _folder(folder: Path, name: str, options: ReadingOptions) -> RawStream:
    """Return a folder as a stream: of image files where several folders in it hold some, else of tables or archives."""
    tables, shards = _stores_in(folder)
    if tables:
        return parquet_stream(tables, options, name=name, below=folder)
    if shards:
        return tar_stream(shards, options, name)
    return file_stream(folder, options)


def _stores_in(folder: Path) -> tuple[list[Path], list[Path]]:
    """Return the tables and the archives of a folder; none where it is one of image files."""
    tables, shards, n_with_pictures = [], [], 0
    for where, below, files in os.walk(folder):
        below[:] = sorted(one for one in below if not one.startswith("."))
        paths = [Path(where, file) for file in sorted(files) if not file.startswith(".")]
        tables += [path for path in paths if path.suffix.lower() == ".parquet"]
        shards += [path for path in paths if is_tar(path)]
        n_with_pictures += any(path.suffix.lower() in IMAGE_SUFFIXES for path in paths)
        if n_with_pictures == _MANY_FOLDERS:
            return [], []
    return tables, shards


def is_store(name: str) -> bool:
    """Whether a path names what is always read as a stream: zarr, Parquet or tar archives."""
    if "://" in name:
        return True
    try:
        paths = _paths(name)
        there = bool(paths) and all(path.exists() for path in paths)
    except (OSError, RuntimeError):  # the home of an unknown ~user is a RuntimeError
        return False
    if not there:
        return False
    if paths[0].is_dir():
        return is_zarr(paths[0]) or any(_stores_in(paths[0]))
    return all(path.suffix.lower() == ".parquet" or is_tar(path) for path in paths)


def stored_bytes(name: str) -> int:
    """Return how much memory the images of a store of arrays would take; 0 for what only reading tells."""
    try:
        raw = _stored_arrays(name)
    except (InputError, OSError, RuntimeError):
        raw = None
    if raw is None:
        return 0
    n_images = sum(part.n_images for part in raw.parts)
    return n_images * int(np.prod(raw.shape, dtype=np.int64)) * np.dtype(raw.dtype).itemsize


def is_zarr(path: Path) -> bool:
    """Whether a folder is a zarr store."""
    return path.is_dir() and any((path / name).is_file() for name in ("zarr.json", ".zgroup", ".zmetadata", ".zarray"))
