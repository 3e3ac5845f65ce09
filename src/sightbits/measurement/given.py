"""What a measurer is given by its user, checked."""

import operator
from typing import Any

import numpy as np
from jaxtyping import Float64, Shaped

from sightbits.core.checks import InputError
from sightbits.core.images import ImageDataset, ImageForm
from sightbits.core.streams.stream import ImageStream
from sightbits.datasets.arrays import dataset_from_arrays

_MOST_BYTES = 2**28  # of grey values
_MOST_IMAGES = 60_000
_LEAST_IMAGES = 1_000


def as_place(name: str, position: Any) -> tuple[int, ...]:
    """Return a position as whole numbers, or raise `InputError`."""
    try:
        return tuple(operator.index(i) for i in position)
    except TypeError as error:
        raise InputError(
            name,
            wanted="whole numbers: row, column (and channel)",
            got=repr(position),
            remedy="(0, 0) is the pixel at the top left.",
        ) from error


def as_training(images: Any, labels: Any) -> ImageDataset | ImageStream:
    """Return a data set or a stream as it is, or images as an array beside their labels as a data set."""
    if isinstance(images, ImageDataset | ImageStream):
        if labels is not None:
            raise InputError(
                "labels",
                wanted="none beside a data set or a stream",
                got="some",
                remedy="It has labels of its own.",
            )
        return images
    if labels is None:
        raise InputError("labels", wanted="one label an image", got="none", remedy="Give images and labels.")
    return dataset_from_arrays(images, labels)


def as_labelled_images(images: Any, labels: Any) -> ImageDataset:
    """Return a data set as it is, or images as an array beside their labels as one."""
    found = as_training(images, labels)
    if isinstance(found, ImageStream):
        raise in_memory("what measures images one by one")
    return found


def in_memory(holder: str) -> InputError:
    """Return the error of what cannot take a stream, because it holds the images themselves."""
    return InputError(
        "images",
        wanted=f"images in memory, for {holder} holds them",
        got="a stream, which is read a chunk at a time",
        remedy="Take some of them: stream.sample(60_000).",
    )


def bearable(stream: ImageStream) -> int:
    """Return how many images of a stream may stand for all where some have to be in memory."""
    return min(_MOST_IMAGES, max(_LEAST_IMAGES, _MOST_BYTES * stream.n_images // stream.n_bytes))


def classes_of(training: ImageDataset | ImageStream, labels: Any) -> Shaped[np.ndarray, "n_labels"]:
    """Return the labels as they were given, in the order of their codes."""
    if labels is None:
        return np.array(training.label_names)
    given = np.asarray(labels).reshape(training.n_images)
    first = np.array([np.flatnonzero(training.labels == code)[0] for code in range(training.n_labels)])
    classes = given[first]
    return np.array(classes.tolist()) if classes.dtype.kind == "O" else classes  # objects could only be pickled


def check_costs(costs: Any, training: ImageForm) -> Float64[np.ndarray, "pixels"]:
    """Return what each pixel costs, 1 where nothing is said, or raise `InputError`."""
    if costs is None:
        return np.ones(training.n_pixels)
    try:
        found = np.asarray(costs)
    except ValueError:  # rows of different lengths
        found = np.asarray(costs, dtype=object)
    if (
        found.dtype.kind not in "buif"
        or found.shape not in (training.image_shape, (training.n_pixels,))
        or not (np.isfinite(found).all() and (found > 0).all())
    ):
        raise InputError(
            "costs",
            wanted=f"a number above 0 a pixel, {' x '.join(map(str, training.image_shape))}",
            got=f"an array of shape {found.shape} and type {found.dtype}",
            remedy="Give them in the shape of an image; a pixel that cannot be measured is `unavailable`.",
        )
    return found.astype(np.float64).ravel()
