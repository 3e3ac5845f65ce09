"""Raw parts made into a checked stream: labels become codes, grey values one type, and what cannot be is refused."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Any

import numpy as np
from jaxtyping import Shaped

from sightbits.core.checks import InputError
from sightbits.core.images import Provenance
from sightbits.core.progress import Progress, silent
from sightbits.core.streams.stream import ImageChunk, ImageStream
from sightbits.core.streams.summing import sum_over
from sightbits.datasets.arrays import (
    Channels,
    arrange,
    as_labels,
    as_numbers,
    name_classes,
    range_is_seen,
    seen_values,
    settle_range,
    type_for,
)
from sightbits.datasets.streams.raw import RawPart, RawStream

_CLOSE = 2**16  # labels this near to each other are counted


@dataclass(frozen=True, eq=False, kw_only=True)
class CheckedPart:
    """A raw part whose chunks come checked and in one form.

    Parameters
    ----------
    codes
        The labels of its images in order, as positions in `classes`.
    classes
        Every label there is, ascending.
    dtype, seen
        Of the grey values of the whole stream, and the lowest and highest there are.
    """

    raw: RawPart
    codes: Shaped[np.ndarray, "n_images"]
    classes: Shaped[np.ndarray, "classes"]
    shape: tuple[int, ...] | None
    channels: Channels
    image_shape: tuple[int, ...]
    dtype: Any
    seen: tuple[float, float]

    @property
    def n_images(self) -> int:
        """How many images it has."""
        return len(self.codes)

    @property
    def in_test(self) -> bool:
        """Whether an official split holds it out."""
        return self.raw.in_test

    @property
    def portable(self) -> bool:
        """Whether another process can read it."""
        return self.raw.portable

    def chunks(self) -> Iterator[ImageChunk]:
        """Yield all images in order."""
        start = 0
        for images, labels in self.raw.chunks():
            values = arrange(as_numbers(images), self.shape, self.channels)[0]
            self._check(values)
            end = start + len(values)
            codes = self.codes[start:end] if labels is None else self._codes_of(as_labels(labels, len(values)))
            yield ImageChunk(images=values.astype(self.dtype, copy=False), labels=codes.astype(np.int64))
            start = end
        if start != self.n_images:
            raise InputError(
                "images",
                wanted=f"{self.n_images:,}, one a label",
                got=f"{start:,} when they were read",
                remedy="The store changed while it was read, or is cut short.",
            )

    def _check(self, values: Shaped[np.ndarray, "..."]) -> None:
        low, high = float(values.min()), float(values.max())
        if values.shape[1:] != self.image_shape:
            raise InputError(
                "images",
                wanted=f"images of {' x '.join(map(str, self.image_shape))}",
                got=" x ".join(map(str, values.shape[1:])),
                remedy="Crop or scale them first.",
            )
        if low < self.seen[0] or high > self.seen[1]:
            raise InputError(
                "range",
                wanted=f"grey values from {self.seen[0]:g} to {self.seen[1]:g}",
                got=f"{low:g} to {high:g}",
                remedy="State the range the values can have.",
            )

    def _codes_of(self, labels: Shaped[np.ndarray, "n"]) -> Shaped[np.ndarray, "n"]:
        return _code(labels, self.classes)


@dataclass(frozen=True, eq=False, kw_only=True)
class Survey:
    """What is found by looking at every grey value once."""

    low: float
    high: float
    whole: bool

    def __add__(self, other: "Survey") -> "Survey":
        return Survey(low=min(self.low, other.low), high=max(self.high, other.high), whole=self.whole and other.whole)


def survey_part(part: RawPart) -> Survey:
    """Look at every grey value of a part."""
    found = []
    for images, _ in part.chunks():
        low, high, whole = seen_values(as_numbers(images))
        found.append(Survey(low=low, high=high, whole=whole))
    return reduce(add, found)


def check_stream(
    raw: RawStream,
    *,
    shape: tuple[int, ...] | None = None,
    channels: Channels = "auto",
    value_range: tuple[float, float] | None = None,
    n_jobs: int = 1,
    scheduler: Any = None,
    progress: Progress = silent,
) -> ImageStream:
    """Return a stream whose images come checked.

    Notes
    -----
    Labels are read at once. Grey values are surveyed in a pass of their own, unless they are whole numbers by their
    type and their range is stated.
    """
    parts = tuple(part for part in raw.parts if part.n_images)
    if not parts:
        raise InputError("images", wanted="at least one image", got="none", remedy="Give some images.")
    channels = "last" if raw.channels_last else channels
    # An array without rows shows where channels stand, without any image being read.
    empty, notes = arrange(np.empty((1, *raw.shape), dtype=np.uint8), shape, channels)
    codes, classes = _code_labels(parts)
    names = name_classes(classes, raw.label_names)
    stated = value_range or raw.value_range
    given = np.dtype(raw.dtype)
    if stated is not None and given.kind in "bui":
        seen = Survey(low=float(stated[0]), high=float(stated[1]), whole=True)
    else:
        seen = sum_over(
            parts, survey_part, n_jobs=n_jobs, scheduler=scheduler, progress=progress, task="looking at grey values"
        )
    dtype = type_for(given, seen.low, seen.high, whole=seen.whole)
    found_range = settle_range(dtype, seen.low, seen.high, stated)
    starts = np.cumsum([0, *(part.n_images for part in parts)])
    return ImageStream(
        parts=tuple(
            CheckedPart(
                raw=part,
                codes=codes[starts[i] : starts[i + 1]],
                classes=classes,
                shape=shape,
                channels=channels,
                image_shape=empty.shape[1:],
                dtype=dtype,
                seen=(seen.low, seen.high),
            )
            for i, part in enumerate(parts)
        ),
        labels=codes,
        label_names=names,
        image_shape=empty.shape[1:],
        dtype=dtype,
        value_range=found_range,
        range_seen=range_is_seen(dtype, found_range, stated),
        provenance=Provenance(name=raw.name, sha256="", origin=raw.origin, notes=raw.notes + notes),
    )


def _code_labels(
    parts: tuple[RawPart, ...],
) -> tuple[Shaped[np.ndarray, "n_images"], Shaped[np.ndarray, "classes"]]:
    """Return labels as codes and the classes, holding one part's labels at a time beside the codes."""
    met: list[Any] = []
    coded: list[Any] = []
    for part in parts:
        values, codes = _values_and_codes(as_labels(part.labels(), part.n_images))
        met.append(values)
        coded.append(codes)
    text = any(values.dtype.kind == "U" for values in met)
    classes = np.unique(np.concatenate([values.astype(str) if text else values for values in met]))
    smallest = np.min_scalar_type(len(classes))
    found = [
        _code(values.astype(str) if text else values, classes).astype(smallest)[codes]
        for values, codes in zip(met, coded, strict=True)
    ]
    return np.concatenate(found), classes


def _values_and_codes(
    labels: Shaped[np.ndarray, "n"],
) -> tuple[Shaped[np.ndarray, "values"], Shaped[np.ndarray, "n"]]:
    """Return the values that occur, ascending, and where each label stands among them, in the smallest type."""
    if labels.dtype.kind in "iu" and len(labels) and int(labels.max()) - int(labels.min()) < _CLOSE:
        wide = labels.astype(np.int64 if labels.dtype.kind == "i" else np.uint64)
        lowest = wide.min()
        away = (wide - lowest).astype(np.int64)
        met = np.bincount(away) > 0  # no need to sort
        values = (np.flatnonzero(met).astype(wide.dtype) + lowest).astype(labels.dtype)
        return values, (np.cumsum(met) - 1).astype(np.min_scalar_type(len(values)))[away]
    values, codes = np.unique(labels, return_inverse=True)
    return values, codes.astype(np.min_scalar_type(len(values)))


def _code(labels: Shaped[np.ndarray, "n"], classes: Shaped[np.ndarray, "classes"]) -> Shaped[np.ndarray, "n"]:
    asked = labels.astype(str) if classes.dtype.kind == "U" else labels
    codes = np.minimum(np.searchsorted(classes, asked), len(classes) - 1)
    if (classes[codes] != asked).any():
        raise InputError(
            "labels",
            wanted="the same labels at every reading",
            got=repr(asked[classes[codes] != asked][0]),
            remedy="The store changed while it was read.",
        )
    return codes
