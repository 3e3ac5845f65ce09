"""Images that come one by one from an object of another library in this process: pictures, or arrays."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Shaped
from PIL import Image

from sightbits.core.checks import InputError
from sightbits.datasets.streams.options import ReadingOptions
from sightbits.datasets.streams.pictures import Labelled, picture_stream
from sightbits.datasets.streams.raw import RawStream, rows_at_once

_CHANNEL_COUNTS = (1, 2, 3, 4)


@runtime_checkable
class ObjectRun(Protocol):
    """Images of an object in this process.

    Attributes
    ----------
    n_images
        How many there are.
    in_test
        Whether an official split holds them out.
    """

    @property
    def n_images(self) -> int: ...  # noqa: D102
    @property
    def in_test(self) -> bool: ...  # noqa: D102

    def labels(self) -> Any:
        """Return one label an image."""
        ...

    def items(self) -> Iterator[tuple[str, Any, Any]]:
        """Yield what messages call an image, the image, and its label or None for what `labels` says."""
        ...


@dataclass(frozen=True, eq=False, kw_only=True)
class ObjectPictures:
    """A run of pictures that another library opened, or whose bytes it holds."""

    run: ObjectRun
    portable: bool = False

    @property
    def in_test(self) -> bool:
        """Whether an official split holds it out."""
        return self.run.in_test

    def labels(self) -> Any:
        """Return one label a picture."""
        return self.run.labels()

    def pictures(self) -> Iterator[Labelled]:
        """Yield the pictures with their labels."""
        for name, image, label in self.run.items():
            if not _is_picture(image):
                raise InputError(
                    name,
                    wanted="a picture, as the first one is",
                    got=type(image).__name__,
                    remedy="Drop what is no picture.",
                )
            yield name, _picture(image), label


@dataclass(frozen=True, eq=False, kw_only=True)
class ObjectPart:
    """A run of images that come as arrays or tensors.

    Parameters
    ----------
    shape
        Of each, as it comes.
    moved
        Whether the first axis holds channels, and is moved last.
    """

    run: ObjectRun
    shape: tuple[int, ...]
    moved: bool
    portable: bool = False

    @property
    def n_images(self) -> int:
        """How many images it has."""
        return self.run.n_images

    @property
    def in_test(self) -> bool:
        """Whether an official split holds it out."""
        return self.run.in_test

    def labels(self) -> Any:
        """Return one label an image."""
        return self.run.labels()

    def chunks(self) -> Iterator[tuple[Any, Any]]:
        """Yield images with their labels: in another order at another time they would not be those of `labels`."""
        items = self.run.items()
        rows = 1
        while chunk := list(islice(items, rows)):
            images = np.stack([self._checked(name, as_array(image)) for name, image, _ in chunk])
            rows = rows_at_once(images[:1].nbytes)
            labels = [label for _, _, label in chunk]
            yield np.moveaxis(images, 1, -1) if self.moved else images, None if labels[0] is None else labels

    def _checked(self, name: str, image: Shaped[np.ndarray, "..."]) -> Shaped[np.ndarray, "..."]:
        if image.shape != self.shape:
            raise InputError(
                name,
                wanted=f"an image of {' x '.join(map(str, self.shape))}, as the first one is",
                got=" x ".join(map(str, image.shape)) or "a single number",
                remedy="Crop or scale them first: a pixel must be the same place in every image.",
            )
        return image


def object_stream(
    runs: tuple[ObjectRun, ...],
    options: ReadingOptions,
    *,
    name: str,
    label_names: tuple[str, ...] | None = None,
    notes: tuple[str, ...] = (),
) -> RawStream:
    """Return what an object holds as a stream: of pictures, or of arrays, as the first image is."""
    runs = tuple(run for run in runs if run.n_images)
    first = next((item for run in runs for item in run.items()), None)
    if first is None:
        raise InputError("images", wanted="at least one image", got=f"an empty {name}", remedy="Give some images.")
    if _is_picture(first[1]):
        pictures = tuple(ObjectPictures(run=run) for run in runs)
        return picture_stream(pictures, options, name=name, origin="memory", label_names=label_names, notes=notes)
    options.refuse("arrays and tensors", "scale_to", "unreadable")
    image = as_array(first[1])
    moved = (
        options.channels == "auto"
        and hasattr(first[1], "detach")  # a tensor: by the convention of torch, channels come first
        and image.ndim == 3
        and image.shape[0] in _CHANNEL_COUNTS
    )
    return RawStream(
        parts=tuple(ObjectPart(run=run, shape=image.shape, moved=moved) for run in runs),
        name=name,
        origin="memory",
        shape=(*image.shape[1:], image.shape[0]) if moved else image.shape,
        dtype=image.dtype,
        label_names=label_names,
        channels_last=moved,
        notes=notes + ("channels came first and were moved last",) * moved,
    )


def each(start: Callable[[], Iterator[Any]], called: str) -> Iterator[Any]:
    """Yield what a user's object gives; what it raises becomes an `InputError` that names the item."""
    items: Iterator[Any] | None = None
    number = 0
    while True:
        try:
            items = start() if items is None else items
            item = next(items)
        except StopIteration:
            return
        except Exception as error:  # of whatever kind a user's dataset raises
            raise InputError(
                f"item {number} of {called}",
                wanted="an image and its label",
                got=f"{type(error).__name__}: {error}",
                remedy="Mend it, or leave it out of the dataset.",
            ) from error
        yield item
        number += 1


def as_array(image: Any) -> Shaped[np.ndarray, "..."]:
    """Return an image, a tensor or a nested list, as an array."""
    if hasattr(image, "detach"):
        tensor = image.detach().cpu()
        return tensor.float().numpy() if str(tensor.dtype) == "torch.bfloat16" else tensor.numpy()
    try:
        return np.asarray(image)
    except ValueError as error:
        raise InputError(
            "images", wanted="rows of one length", got=str(error), remedy="Crop or scale them first."
        ) from error


def as_label(label: Any) -> Any:
    """Return a label as a number or text: tensors and arrays of one value as that value."""
    return label.item() if hasattr(label, "item") and getattr(label, "ndim", 1) == 0 else label


def _is_picture(image: Any) -> bool:
    return isinstance(image, Image.Image | bytes) or (isinstance(image, dict) and {"bytes", "path"} >= set(image))


def _picture(image: Any) -> Any:
    if not isinstance(image, dict):
        return image
    if image.get("bytes") is not None:
        return image["bytes"]
    return Path(image["path"]) if image.get("path") else b""
