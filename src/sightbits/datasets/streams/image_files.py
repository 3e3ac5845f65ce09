"""A folder of image files, one sub-folder a class, read a run of files at a time."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from sightbits.core.checks import InputError
from sightbits.datasets.formats.decoding import look_at
from sightbits.datasets.formats.folders import ClassImage, list_class_images
from sightbits.datasets.streams.options import ReadingOptions
from sightbits.datasets.streams.pictures import Labelled, picture_stream
from sightbits.datasets.streams.raw import RawStream, runs

_MOST_FILES = 10_000  # a part names its files, and must be small enough to be sent


@dataclass(frozen=True, eq=False, kw_only=True)
class FileRun:
    """Some files of a folder, by their names within it."""

    folder: Path
    names: tuple[str, ...]
    in_test: bool
    portable: bool = True

    def labels(self) -> Any:
        """Return the names of the folders that the files lie in."""
        return [Path(name).parent.name for name in self.names]

    def pictures(self) -> Iterator[Labelled]:
        """Yield the files."""
        for name in self.names:
            yield str(self.folder / name), self.folder / name, None


def file_stream(folder: Path, options: ReadingOptions) -> RawStream:
    """Return a folder of class folders as a stream."""
    options.refuse("a folder of image files", "label")
    whole = folder.absolute()
    listing = list_class_images(whole)
    n_bytes = _bytes_of_first(listing.images, options)
    found: list[FileRun] = []
    for in_test, images in groupby(listing.images, key=lambda image: image.is_test):
        names = [str(Path(image.name).relative_to(whole)) for image in images]
        found += [
            FileRun(folder=whole, names=tuple(names[place : min(place + _MOST_FILES, stop)]), in_test=in_test)
            for start, stop in runs(len(names), n_bytes)
            for place in range(start, stop, _MOST_FILES)
        ]
    return picture_stream(tuple(found), options, name=folder.name, origin=str(folder), notes=listing.notes)


def _bytes_of_first(images: list[ClassImage], options: ReadingOptions) -> int:
    """About how much memory one picture takes, as far as the first ones tell."""
    if options.scale_to is not None:
        return options.scale_to[0] * options.scale_to[1]
    try:
        _, (width, height) = look_at(images[0].source)
    except InputError:
        return 1  # the survey tells what is wrong with it
    return width * height
