"""Folders of image files, one sub-folder a class."""

from collections import Counter
from pathlib import Path

import numpy as np

from sightbits.core.checks import InputError
from sightbits.datasets.formats.decoding import IMAGE_SUFFIXES, common_mode, decode_all, look_at_all, range_of_mode
from sightbits.datasets.formats.raw import RawImages

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
    check_scale(scale_to)
    files = _list_files(folder)
    if limit is not None and limit < len(files):
        files = [files[i] for i in np.linspace(0, len(files) - 1, limit).round().astype(int)]
    paths = [path for path, _, _ in files]
    modes, sizes = look_at_all(paths, paths)
    mode, notes = common_mode(folder, modes)
    if scale_to is None:
        _check_one_size(folder, paths, sizes)
    elif mode == "1":
        mode = "L"  # a mean of black and white is grey
    size = sizes[0] if scale_to is None else (scale_to[1], scale_to[0])
    in_test = np.array([is_test for _, _, is_test in files])
    return RawImages(
        images=decode_all(paths, paths, mode, size, folder),
        labels=np.array([label for _, label, _ in files]),
        in_test=in_test if in_test.any() else None,
        value_range=range_of_mode(mode),
        channels_last=True,
        notes=notes,
    )


def check_scale(scale_to: tuple[int, ...] | None) -> None:
    """Refuse what is not rows and columns to scale images to."""
    if scale_to is not None and (len(scale_to) != 2 or min(scale_to) < 1):
        raise InputError(
            "scale-to",
            wanted="rows and columns, each at least 1",
            got="x".join(map(str, scale_to)) or "none",
            remedy="Say 64x64.",
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
        if path.suffix.lower() in IMAGE_SUFFIXES and not path.name.startswith(".")
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


def _check_one_size(folder: Path, paths: list[Path], sizes: list[tuple[int, int]]) -> None:
    counts = Counter(sizes)
    if len(counts) > 1:
        common = ", ".join(f"{n} of {w}x{h}" for (w, h), n in counts.most_common(4))
        odd = paths[next(i for i, size in enumerate(sizes) if size != counts.most_common(1)[0][0])]
        raise InputError(
            str(folder),
            wanted="images of one size",
            got=f"{common} (for one, {odd})",
            remedy="Crop them, or say --scale-to 32x32: a pixel must be the same place in every image.",
        )
