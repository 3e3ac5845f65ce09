"""Image files sorted by class: folders with one sub-folder a class, and tar archives of such folders."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sightbits.core.checks import InputError, check_choice
from sightbits.datasets.formats.archives import read_files
from sightbits.datasets.formats.decoding import IMAGE_SUFFIXES, Source, decode_all, refusing_bombs
from sightbits.datasets.formats.raw import RawImages
from sightbits.datasets.formats.surveying import settle_form, survey_pictures

UNREADABLE = ("stop", "skip")
_TRAIN, _TEST = ("train", "training"), ("test", "testing", "validation", "valid", "val")


@dataclass(frozen=True, eq=False, kw_only=True)
class ClassImage:
    """An image file that lies in the folder of its class, or its bytes."""

    source: Source
    name: str
    label: str
    is_test: bool


@dataclass(frozen=True, eq=False, kw_only=True)
class ClassListing:
    """The images of a folder or archive, by part, class and name, and what of it was left out."""

    images: list[ClassImage]
    notes: tuple[str, ...] = ()


def read_class_folders(
    folder: Path, limit: int | None = None, scale_to: tuple[int, ...] | None = None, unreadable: str = "stop"
) -> RawImages:
    """Read every image of every class; folders `train` and `test` around the classes are an official split.

    Parameters
    ----------
    folder
        The folder, or a tar archive that holds it. `validation` (or `valid`, `val`) is the test part where
        there is no `test`, else it is left out and noted.
    limit
        Read at most so many images, evenly strided, so that a large folder can be tried quickly.
    scale_to
        Rows and columns to scale every image to, each new pixel the mean of what it covers.
    unreadable
        Whether an image that cannot be read is refused by its name (`stop`), or left out and noted (`skip`).
    """
    check_scale(scale_to)
    check_choice("unreadable", unreadable, UNREADABLE)
    return read_class_images(folder, list_class_images(folder), limit, scale_to, unreadable)


def list_class_images(folder: Path) -> ClassListing:
    """Return the images of a folder, or of a tar archive of one."""
    listing = _in_folder(folder) if folder.is_dir() else _in_archive(folder)
    if not listing.images:
        raise InputError(
            str(folder),
            wanted="one sub-folder a class with image files in each (say cats/1.png, dogs/1.png)",
            got="no image files in sub-folders",
            remedy="Sort the images into a folder for each class.",
        )
    return listing


def read_class_images(
    folder: Path,
    listing: ClassListing,
    limit: int | None = None,
    scale_to: tuple[int, ...] | None = None,
    unreadable: str = "stop",
) -> RawImages:
    """Read listed images, evenly strided ones where there are more than a limit."""
    images = listing.images
    if limit is not None and limit < len(images):
        images = [images[i] for i in np.linspace(0, len(images) - 1, limit).round().astype(int)]
    with refusing_bombs():
        survey = survey_pictures(((image.name, image.source) for image in images), skip=unreadable == "skip")
    form = settle_form(folder, survey, scale_to)
    if survey.kept[0] is not None:
        images = [images[place] for place in survey.kept[0]]
    sources, names = [image.source for image in images], [image.name for image in images]
    in_test = np.array([image.is_test for image in images])
    return RawImages(
        images=decode_all(sources, names, form.mode, form.size, folder),
        labels=np.array([image.label for image in images]),
        in_test=in_test if in_test.any() else None,
        value_range=form.value_range,
        channels_last=True,
        notes=listing.notes + form.notes,
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


def _in_folder(folder: Path) -> ClassListing:
    parts = {path.name.lower(): path for path in _subfolders(folder)}
    train, test = _parts_of(set(parts))
    whole = test not in parts or train not in parts or not _subfolders(parts[train])
    roots = [(folder, False)] if whole else [(parts[train], False), (parts[test], True)]
    images = [
        ClassImage(source=path, name=str(path), label=label.name, is_test=is_test)
        for root, is_test in roots
        for label in _subfolders(root)
        for path in sorted(label.iterdir())
        if path.suffix.lower() in IMAGE_SUFFIXES and not path.name.startswith(".")
    ]
    return ClassListing(images=images, notes=() if whole else _left_out(set(parts), train, test))


def _in_archive(path: Path) -> ClassListing:
    found = sorted(
        read_files(
            path,
            lambda name: (
                name.suffix.lower() in IMAGE_SUFFIXES
                and len(name.parts) > 1
                and not any(part.startswith(".") for part in name.parts)
            ),
        )
    )
    names = [name.parts for name, _ in found]
    while len({parts[0] for parts in names}) == 1 and max(map(len, names)) > 2:
        names = [parts[1:] or parts for parts in names]  # a folder around all of them
    outer = {parts[0].lower() for parts in names if len(parts) == 3}
    train, test = _parts_of(outer)
    root = [train, test] if train and test else []
    images = [
        ClassImage(
            source=content,
            name=f"{path} ({name})",
            label=parts[-2],
            is_test=bool(root) and parts[0].lower() == test,
        )
        for (name, content), parts in zip(found, names, strict=True)
        if (len(parts) == 3 and parts[0].lower() in root if root else len(parts) == 2)
    ]
    images.sort(key=lambda image: image.is_test)
    return ClassListing(images=images, notes=_left_out(outer, train, test) if root else ())


def _parts_of(found: set[str]) -> tuple[str, str]:
    """What the training and the test part are called among these names; empty where there is none."""
    train = next((name for name in _TRAIN if name in found), "")
    return train, next((name for name in _TEST if name in found), "")


def _left_out(found: set[str], train: str, test: str) -> tuple[str, ...]:
    others = [name for name in (*_TRAIN, *_TEST) if name in found and name not in (train, test)]
    return tuple(f"{name} was left out: {train} and {test} are the training and the test part" for name in others)


def _subfolders(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
