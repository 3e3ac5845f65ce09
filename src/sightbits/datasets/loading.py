"""From a name or a path to a data set: the one door of all file formats."""

from pathlib import Path
from typing import Any

import numpy as np

from sightbits.core.checks import InputError, check_whole
from sightbits.core.images import ImageDataset
from sightbits.core.streams.stream import strided
from sightbits.datasets.arrays import Channels, dataset_from_arrays
from sightbits.datasets.catalogue import CATALOGUE, CatalogueRow, find_fold
from sightbits.datasets.formats import folders, idx, numpy_files, tables
from sightbits.datasets.formats.raw import RawImages, check_size
from sightbits.datasets.sources import read_catalogue_set
from sightbits.datasets.streams.opening import is_store, open_images


def load_dataset(
    source: str | Path,
    *,
    label: str | None = None,
    shape: tuple[int, ...] | None = None,
    channels: Channels = "auto",
    value_range: tuple[float, float] | None = None,
    limit: int | None = None,
    scale_to: tuple[int, ...] | None = None,
    unreadable: str = "stop",
) -> ImageDataset:
    """Load labelled images by name or from a path.

    Parameters
    ----------
    source
        A name of the catalogue (`digits`, `mnist`, ...; `hasyv2/3` holds out fold 3); or a path: `.npz`, `.npy` (or
        `images.npy,labels.npy`), an IDX file or a folder of them, `.csv`, a folder with one sub-folder of images a
        class, or a store as `open_images` takes: zarr, Parquet, tar archives.
    label
        The label column of a table.
    shape
        Rows and columns (and channels) of images that come as flat rows.
    limit
        Take at most so many images, evenly strided through the set.
    scale_to
        Rows and columns to scale pictures, or those of `fruits-360`, to, each new pixel the mean of what it covers.
    unreadable
        Whether a picture of a folder or store that cannot be read is refused by its name (`stop`), or left out
        (`skip`): the provenance of the data set tells how many were.

    Raises
    ------
    InputError
        Where there is nothing of that name, or it cannot be read; the message says what to do.

    Examples
    --------
    >>> digits = load_dataset("digits")
    >>> digits.n_images, digits.image_shape
    (1797, (8, 8))
    """
    if limit is not None:
        check_whole("limit", limit, low=2)
    name = str(source)
    named = find_fold(name)
    if named is not None:
        _refuse_reading_options(name, label=label, shape=shape, range=value_range)
        row, fold = named
        _, slash, held_out = name.partition("/")
        dataset = _load_catalogue_set(row.name + slash + held_out, row, fold, limit, scale_to)
    elif is_store(name) or unreadable != "stop":
        stream = open_images(
            name,
            label=label,
            shape=shape,
            channels=channels,
            value_range=value_range,
            scale_to=scale_to,
            unreadable=unreadable,
        )
        if limit is None or limit >= stream.n_images:
            check_size(name, stream.n_bytes)
        dataset = stream.sample(limit or stream.n_images)
    else:
        raw = _read_path(name, label, limit, scale_to)
        dataset = dataset_from_arrays(
            raw.images,
            raw.labels,
            shape=shape,
            channels="last" if raw.channels_last else channels,
            value_range=value_range or raw.value_range,
            in_test=raw.in_test,
            name=Path(name.split(",", maxsplit=1)[0]).name,
            origin=name,
            copy=False,
            notes=raw.notes,
        )
    if limit is None or limit >= dataset.n_images:
        return dataset
    taken = dataset.take(strided(dataset.in_test, dataset.n_images, limit))
    if len(set(taken.labels.tolist())) == 1:
        raise InputError(
            "limit",
            wanted="enough images to meet two classes",
            got=f"{limit}, all of class {dataset.label_names[taken.labels[0]]!r}",
            remedy="Take more.",
        )
    return taken


def as_dataset(source: Any, labels: Any, caller: str) -> ImageDataset:
    """Return an `ImageDataset` as it is, a name or path loaded, and images beside their labels as a data set.

    Parameters
    ----------
    caller
        The function that the user called, for the message where labels are missing.
    """
    if isinstance(source, ImageDataset):
        return source
    if isinstance(source, str | Path):
        return load_dataset(source)
    if labels is None:
        raise InputError("labels", wanted="one label an image", got="none", remedy=f"Call {caller}(images, labels).")
    return dataset_from_arrays(source, labels)


def _refuse_reading_options(name: str, **options: Any) -> None:
    given = [option for option, value in options.items() if value is not None]
    if given:
        raise InputError(
            given[0], wanted=f"nothing, since {name} is known by name", got="a value", remedy="Leave it out."
        )


def _load_catalogue_set(
    name: str, row: CatalogueRow, fold: int, limit: int | None, scale_to: tuple[int, ...] | None
) -> ImageDataset:
    if scale_to is not None and (row.bundled or row.files or row.archives):
        raise _only_folders_scale(name)
    if row.bundled:
        from sklearn.datasets import load_digits  # noqa: PLC0415  a second to load, and only this set needs it

        digits: Any = load_digits()
        raw, origin = RawImages(images=digits.images, labels=digits.target), "scikit-learn"
    else:
        raw, copy = read_catalogue_set(row, limit, scale_to)
        origin = f"{copy.holder} ({copy.path})"
    return dataset_from_arrays(
        raw.images,
        raw.labels,
        channels="last",
        value_range=row.value_range,
        label_names=raw.label_names or row.label_names,
        in_test=raw.in_test if raw.folds is None else np.asarray(raw.folds) == fold,
        name=name,
        origin=origin,
        copy=False,
        notes=(*raw.notes, row.note) if row.note else raw.notes,
    )


def _read_path(name: str, label: str | None, limit: int | None, scale_to: tuple[int, ...] | None) -> RawImages:
    try:
        return _read_file_or_folder(name, label, limit, scale_to)
    except (OSError, RuntimeError) as error:  # the home of an unknown ~user is a RuntimeError
        raise InputError(
            name,
            wanted="a file or folder that can be read",
            got=str(error),
            remedy="Check the path and your rights to it.",
        ) from error


def _read_file_or_folder(
    name: str, label: str | None, limit: int | None, scale_to: tuple[int, ...] | None
) -> RawImages:
    paths = [Path(name)] if Path(name).exists() else [Path(part).expanduser() for part in name.split(",")]
    missing = next((path for path in paths if not path.exists()), None)
    if missing is not None:
        raise InputError(
            "source",
            wanted=f"one of {', '.join(CATALOGUE)}, or a path to images",
            got=repr(str(missing)),
            remedy="There is no such file or folder; check the spelling, or see: sightbits data list",
        )
    path = paths[0]
    if path.is_dir() and not idx.is_folder(path) and not (path / "images.npy").is_file():
        return folders.read_class_folders(path, limit, scale_to)
    if scale_to is not None:
        raise _only_folders_scale(str(path))
    if path.is_dir():
        return _read_folder(path)
    suffix = path.suffix.lower()
    if suffix == ".npz":
        return numpy_files.read_npz(path)
    if suffix == ".npy":
        return numpy_files.read_npy_pair(path, paths[1] if len(paths) > 1 else numpy_files.find_labels(path))
    if suffix == ".csv":
        return tables.read_csv(path, label)
    if "idx" in path.name or "ubyte" in path.name:
        return idx.read_pair(path)
    raise InputError(
        str(path),
        wanted=".npz, .npy, .csv, .parquet, an IDX file, zarr, tar, or a folder of images",
        got=f"a file ending in {path.suffix!r}",
        remedy="Convert it to one of these; np.savez(path, images=..., labels=...) is the shortest way.",
    )


def _only_folders_scale(name: str) -> InputError:
    return InputError(
        "scale-to", wanted="a folder of image files", got=name, remedy="Scale the arrays before you save them."
    )


def _read_folder(path: Path) -> RawImages:
    if idx.is_folder(path):
        return idx.read_folder(path)
    return numpy_files.read_npy_pair(path / "images.npy", numpy_files.find_labels(path / "images.npy"))
