"""In which forms the sets that are no IDX files lie in a folder, and how each form is read."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import NoReturn

from sightbits.core.checks import InputError
from sightbits.datasets.catalogue import CatalogueRow
from sightbits.datasets.formats import cifar, folders, hasy
from sightbits.datasets.formats.raw import RawImages

Read = Callable[[], RawImages]
Found = tuple[Path, Read]

_FRUITS = "fruits-360"
_FRUITS_FOLDERS = (_FRUITS, "fruits-360-100x100", "fruits-360_dataset/fruits-360", "fruits-360_100x100/fruits-360")
_FRUITS_ORIGINALS = ("fruits-360-original-size", "fruits-360_dataset_original-size/fruits-360-original-size")
# Classes, training and test images of releases of 100x100 pixels whose sizes are on record.
_FRUITS_RELEASES = {(60, 28_736, 9_673): "of 2018-03", (131, 67_692, 22_688): "2020.05.18"}


def find_whole(
    row: CatalogueRow, folder: Path, limit: int | None = None, scale_to: tuple[int, ...] | None = None
) -> Iterator[Found]:
    """Yield what looks like a whole copy of a set in a folder, each with how to read it.

    Parameters
    ----------
    limit, scale_to
        How many images to read at most, and the rows and columns to scale them to, of sets that nothing verifies.
    """
    if row.name == "hasyv2":
        yield from _find_hasy(row, folder)
    elif row.name == "cifar-10":
        yield from _find_cifar(row, folder)
    elif row.name == "cifar-10-jpeg":
        for path in _archives(row, folder):
            yield path, partial(folders.read_class_folders, path)
    elif row.name == _FRUITS:
        yield from _find_fruits(row, folder, limit, scale_to)


def find_part(row: CatalogueRow, folder: Path) -> Iterator[Found]:
    """Yield the known part of a set that may stand in for the whole."""
    if row.part and (folder / "exact" / "labels.npz").is_file():
        yield folder / "exact", partial(cifar.read_strips, folder / "exact")


def _find_hasy(row: CatalogueRow, folder: Path) -> Iterator[Found]:
    packed = folder / "hasyv2_full_packed.npz"
    if packed.is_file():
        yield packed, partial(hasy.read_packed, packed)
    if (folder / "hasy-data-labels.csv").is_file():
        yield folder, partial(hasy.read_hasy, folder)
    for path in _archives(row, folder):
        yield path, partial(hasy.read_hasy, path)


def _find_cifar(row: CatalogueRow, folder: Path) -> Iterator[Found]:
    for place in (folder, folder / "cifar-10-batches-bin", folder / "cifar-10-batches-py"):
        if (place / "data_batch_1.bin").is_file():
            yield place, partial(cifar.read_binary, place)
        if (place / "data_batch_1").is_file():
            yield place, partial(cifar.read_python, place)
    for path in _archives(row, folder):
        yield path, partial(cifar.read_binary if "binary" in path.name else cifar.read_python, path)


def _archives(row: CatalogueRow, folder: Path) -> Iterator[Path]:
    for archive in row.archives:
        if (folder / archive.name).is_file():
            yield folder / archive.name


def _find_fruits(
    row: CatalogueRow, folder: Path, limit: int | None, scale_to: tuple[int, ...] | None
) -> Iterator[Found]:
    own = [folder] if folder.name in {row.name, *row.folders} else []  # anybody may have a folder Training
    for place in (*own, *(folder / name for name in _FRUITS_FOLDERS)):
        if (place / "Training").is_dir():
            yield place, partial(_read_fruits, row, place, limit, scale_to)
    if folder.is_dir():
        for path in sorted(folder.glob("fruits-360*.tar*")):
            yield path, partial(_read_fruits, row, path, limit, scale_to)
    for place in (folder / name for name in _FRUITS_ORIGINALS):
        if (place / "Training").is_dir():
            yield place, partial(_refuse_originals, place)


def _read_fruits(row: CatalogueRow, source: Path, limit: int | None, scale_to: tuple[int, ...] | None) -> RawImages:
    folders.check_scale(scale_to)
    listing = folders.list_class_images(source)
    images = listing.images
    n_test = sum(image.is_test for image in images)
    size = (len({image.label for image in images}), len(images) - n_test, n_test)
    release = _FRUITS_RELEASES.get(size)
    looks = f"as release {release} has" if release else "as no release on record has"
    raw = folders.read_class_images(source, listing, limit, scale_to)
    if scale_to is None and raw.images.shape[1:] != row.image_shape:
        raise InputError(
            str(source),
            wanted=f"images of {'x'.join(map(str, row.image_shape))}",
            got="x".join(map(str, raw.images.shape[1:])),
            remedy="Read this folder by its path instead.",
        )
    note = f"{size[0]} classes, {size[1]:,} training and {size[2]:,} test images, {looks}; no pixel is verified"
    return RawImages(
        images=raw.images,
        labels=raw.labels,
        in_test=raw.in_test,
        value_range=raw.value_range,
        channels_last=True,
        notes=(note, *raw.notes),
    )


def _refuse_originals(place: Path) -> NoReturn:
    raise InputError(
        str(place),
        wanted="the release of 100x100 pixels",
        got="the one of original sizes, whose images differ in size",
        remedy=f"Get fruits-360-100x100; or read this folder by its path: --scale-to 100x100 {place}",
    )
