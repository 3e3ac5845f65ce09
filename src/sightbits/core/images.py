"""Labelled images with where they came from."""

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Bool, Int64, Shaped

from sightbits.core.checks import InputError

_MOST_DRAWN = 2**16


@dataclass(frozen=True, eq=False, kw_only=True)
class Provenance:
    """Where data came from: a name, and the SHA-256 of images and labels as arrays."""

    name: str
    sha256: str
    origin: str
    notes: tuple[str, ...] = ()

    def document(
        self,
        *,
        split: str,
        n_images: int,
        image_shape: tuple[int, ...],
        label_names: tuple[str, ...],
        value_range: tuple[float, float],
        **further: Any,
    ) -> dict[str, Any]:
        """Return what every study says of its source: where it comes from, and which images of it were told of."""
        return {
            "name": self.name,
            "origin": self.origin,
            "notes": self.notes,
            "split": split,
            "n_images": n_images,
            **further,
            "image_shape": image_shape,
            "n_labels": len(label_names),
            "label_names": label_names,
            "value_range": value_range,
            "sha256": self.sha256,
        }


class ImageForm:
    """What is known of labelled images without looking at them: their shape, labels and range.

    Attributes
    ----------
    image_shape
        Rows, columns and, where there are any, channels.
    """

    label_names: tuple[str, ...]
    value_range: tuple[float, float]

    if TYPE_CHECKING:

        @property
        def image_shape(self) -> tuple[int, ...]: ...  # noqa: D102
        @property
        def whole(self) -> bool: ...  # noqa: D102

    @property
    def n_pixels(self) -> int:
        """How many values one image has: rows x columns x channels."""
        return int(np.prod(self.image_shape))

    @property
    def n_labels(self) -> int:
        """How many different labels there are."""
        return len(self.label_names)

    def check_position(self, name: str, position: tuple[int, ...]) -> None:
        """Raise `InputError` unless there is a pixel at this row, column (and channel)."""
        shape = self.image_shape
        if len(position) != len(shape) or not all(0 <= i < n for i, n in zip(position, shape, strict=True)):
            raise InputError(
                name,
                wanted=f"a place in images of {' x '.join(map(str, shape))}, counted from 0",
                got=", ".join(map(str, position)),
                remedy="Say row,column" + (",channel." if len(shape) == 3 else "."),
            )

    def check_drawable(self) -> None:
        """Raise `InputError` where a map of every pixel would be too large to be drawn."""
        rows, columns = self.image_shape[:2]
        if rows * columns > _MOST_DRAWN:
            raise InputError(
                "images",
                wanted=f"at most {_MOST_DRAWN:,} pixels (256 x 256), as many as a map can show",
                got=f"{rows} x {columns}",
                remedy="Scale them down first; for a folder of image files say --scale-to 64x64.",
            )


@dataclass(frozen=True, eq=False, kw_only=True)
class ImageDataset(ImageForm):
    """Labelled images of one shape.

    Parameters
    ----------
    images
        Grey values: whole numbers, or floats within `value_range`; an optional last axis holds channels.
    labels
        0 to n_labels - 1, positions in `label_names`.
    value_range
        The lowest and highest grey value there can be, both reachable.
    in_test
        Which images an official split holds out; None where there is no official split.
    range_seen
        Whether `value_range` is only what was seen: of floats beyond 0 to 1 for which none was stated.
    """

    images: Shaped[np.ndarray, "n_images rows columns *channels"]
    labels: Int64[np.ndarray, "n_images"]
    label_names: tuple[str, ...]
    value_range: tuple[float, float]
    in_test: Bool[np.ndarray, "n_images"] | None
    provenance: Provenance
    range_seen: bool = False

    def __post_init__(self) -> None:
        for name in ("images", "labels", "in_test"):
            array = getattr(self, name)
            if array is not None:
                view = array.view()
                view.setflags(write=False)
                object.__setattr__(self, name, view)

    @property
    def n_images(self) -> int:
        """How many images there are."""
        return len(self.images)

    @property
    def image_shape(self) -> tuple[int, ...]:
        """Rows, columns and, where there are any, channels."""
        return self.images.shape[1:]

    @property
    def whole(self) -> bool:
        """Whether grey values are whole numbers."""
        return self.images.dtype.kind in "ui"

    @property
    def values(self) -> Shaped[np.ndarray, "n_images pixels"]:
        """The images as one row each."""
        return self.images.reshape(self.n_images, -1)

    def take(self, which: Any) -> "ImageDataset":
        """Return the images that an index, slice or mask selects."""
        return ImageDataset(
            images=self.images[which],
            labels=self.labels[which],
            label_names=self.label_names,
            value_range=self.value_range,
            in_test=None if self.in_test is None else self.in_test[which],
            provenance=self.provenance,
            range_seen=self.range_seen,
        )


def sha256_of(values: Shaped[np.ndarray, "..."], codes: Int64[np.ndarray, "n"]) -> str:
    """Return the SHA-256 of images and labels as arrays."""
    digest = hashlib.sha256(f"{values.dtype.str} {values.shape} ".encode())
    digest.update(np.ascontiguousarray(values).data)
    digest.update(codes.astype("<i8").data)
    return digest.hexdigest()
