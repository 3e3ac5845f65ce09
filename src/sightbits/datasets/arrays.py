"""Arrays from anywhere made into a checked `ImageDataset`: the one public edge where values are looked at."""

from typing import Any, Literal

import numpy as np
from jaxtyping import Bool, Int64, Shaped

from sightbits.core.checks import InputError, check_choice
from sightbits.core.images import ImageDataset, Provenance, sha256_of

Channels = Literal["auto", "first", "last"]
_CHANNEL_COUNTS = (1, 2, 3, 4)
_MOST_LABELS = 10_000


def dataset_from_arrays(
    images: Any,
    labels: Any,
    *,
    shape: tuple[int, ...] | None = None,
    channels: Channels = "auto",
    value_range: tuple[float, float] | None = None,
    label_names: tuple[str, ...] | None = None,
    in_test: Any = None,
    name: str = "arrays",
    origin: str = "memory",
    copy: bool = True,
    notes: tuple[str, ...] = (),
) -> ImageDataset:
    """Return images and labels as a checked data set.

    Parameters
    ----------
    images
        One image a row: rows x columns, with channels first or last, or flat where `shape` is given. Whole numbers
        of any type, or floats; floats that are all whole are taken as whole numbers.
    labels
        One label an image: whole numbers, not necessarily contiguous, or strings.
    shape
        Rows and columns (and channels) of flat images.
    channels
        Where the channel axis is; "auto" finds an axis of 1 to 4 and asks where it could be either.
    value_range
        Lowest and highest grey value there can be. Default for whole numbers: 0 to the highest seen, or above 127
        to the next 2^k - 1; for floats: 0 to 1 if all lie there, else the range seen.
    label_names
        Names of labels 0, 1, ...; by default the labels themselves.
    in_test
        Which images an official split holds out.
    copy
        Whether to copy an array, so that changing it later does not change the data; readers own theirs.

    Raises
    ------
    InputError
        NaN or infinite values, no images, constant images, one label only, counts that differ, a wrong rank, an
        ambiguous layout, a shape or a range that does not fit.

    Examples
    --------
    >>> data = dataset_from_arrays([[[0, 1]], [[1, 0]]], ["a", "b"])
    >>> data.image_shape, data.value_range, data.label_names
    ((1, 2), (0.0, 1.0), ('a', 'b'))
    """
    check_choice("channels", channels, ("auto", "first", "last"))
    values = as_numbers(np.array(images) if copy and isinstance(images, np.ndarray) else images)
    values, more_notes = arrange(values, shape, channels)
    codes, names = _as_codes(labels, len(values), label_names)
    low, high, whole = seen_values(values)
    values = values.astype(type_for(values.dtype, low, high, whole=whole), copy=False)
    found_range = settle_range(values.dtype, low, high, value_range)
    return ImageDataset(
        images=values,
        labels=codes,
        label_names=names,
        value_range=found_range,
        in_test=None if in_test is None else _as_test_mask(in_test, len(values)),
        provenance=Provenance(name=name, sha256=sha256_of(values, codes), origin=origin, notes=notes + more_notes),
        range_seen=range_is_seen(values.dtype, found_range, value_range),
    )


def as_numbers(images: Any) -> Shaped[np.ndarray, "..."]:
    """Return finite numbers as an array, or raise `InputError`."""
    try:
        values = np.asarray(images)
    except ValueError as error:
        raise InputError(
            "images",
            wanted="images of one size",
            got=f"a ragged list ({error})",
            remedy="Crop or scale them first.",
        ) from error
    if values.dtype.kind == "b":
        values = values.astype(np.uint8)
    if values.dtype.kind not in "uif":
        raise InputError("images", wanted="numbers", got=f"values of type {values.dtype}", remedy="Convert them first.")
    if values.size == 0:
        raise InputError("images", wanted="at least one image", got=f"shape {values.shape}", remedy="Give some images.")
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        n_bad = int((~np.isfinite(values)).sum())
        where = tuple(int(i[0]) for i in np.nonzero(~np.isfinite(values)))
        raise InputError(
            "images",
            wanted="finite grey values",
            got=f"{n_bad} NaN or infinite, the first at index {where}",
            remedy="Drop these images or fill the values in; they are never guessed.",
        )
    return values


def arrange(
    values: Shaped[np.ndarray, "..."], shape: tuple[int, ...] | None, channels: Channels
) -> tuple[Shaped[np.ndarray, "..."], tuple[str, ...]]:
    """Bring images to (n, rows, columns) or (n, rows, columns, channels)."""
    if shape is not None and values.ndim == 2:
        if len(shape) not in (2, 3) or min(shape) < 1 or int(np.prod(shape)) != values.shape[1]:
            raise InputError(
                "shape",
                wanted=f"rows x columns that make {values.shape[1]} values an image",
                got="x".join(map(str, shape)) or "none",
                remedy=_shape_advice(values.shape[1]),
            )
        values = values.reshape(-1, *shape)
        if channels == "auto" and shape[-1] in _CHANNEL_COUNTS:
            channels = "last"
    elif shape is not None and [n for n in shape if n > 1] != [n for n in values.shape[1:] if n > 1]:
        raise InputError(
            "shape",
            wanted=f"{'x'.join(map(str, values.shape[1:]))}, which the images already have",
            got="x".join(map(str, shape)),
            remedy="Leave the shape out: it is for images that come as flat rows.",
        )
    if values.ndim == 2:
        raise InputError(
            "shape",
            wanted="rows and columns, since the images come as flat rows",
            got=f"images of shape {values.shape} and no shape",
            remedy=_shape_advice(values.shape[1]),
        )
    if values.ndim not in (3, 4):
        raise InputError(
            "images",
            wanted="images x rows x columns, with or without channels",
            got=f"shape {values.shape}",
            remedy="Reshape the array; one image alone is images[None].",
        )
    if values.ndim == 3:
        return values, ()
    first, last = values.shape[1] in _CHANNEL_COUNTS, values.shape[3] in _CHANNEL_COUNTS
    if channels == "auto":
        if first == last:
            raise InputError(
                "images",
                wanted="one channel axis of 1 to 4, first or last",
                got=f"shape {values.shape}",
                remedy="Say where it is: channels='first' or channels='last' (--channels first).",
            )
        channels = "first" if first else "last"
    notes: tuple[str, ...] = ()
    if channels == "first":
        values = np.ascontiguousarray(np.moveaxis(values, 1, -1))
        notes = ("channels came first and were moved last",)
    return (values[..., 0] if values.shape[3] == 1 else values), notes


def _shape_advice(n_values: int) -> str:
    side = int(np.sqrt(n_values) + 0.5)
    if side * side == n_values:
        return f"Say --shape {side}x{side}, if the images are square."
    return "Say --shape ROWSxCOLUMNS, or ROWSxCOLUMNSxCHANNELS."


def _as_codes(
    labels: Any, n_images: int, names: tuple[str, ...] | None
) -> tuple[Int64[np.ndarray, "n_images"], tuple[str, ...]]:
    array = as_labels(labels, n_images)
    values, codes = np.unique(array, return_inverse=True)
    return codes.astype(np.int64), name_classes(values, names)


def as_labels(labels: Any, n_images: int) -> Shaped[np.ndarray, "n_images"]:
    """Return one whole number or string an image, or raise `InputError`."""
    array = _as_label_array(labels)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1 or array.dtype.kind not in "biufUSO":
        raise InputError(
            "labels",
            wanted="one whole number or string an image",
            got=f"shape {array.shape} of {array.dtype}",
            remedy="For one-hot labels give labels.argmax(axis=1).",
        )
    if len(array) != n_images:
        raise InputError(
            "labels",
            wanted=f"{n_images}, one an image",
            got=str(len(array)),
            remedy="Give each image its label.",
        )
    if array.dtype.kind == "f":
        array = array.astype(np.float64)
        if not np.isfinite(array).all() or (array != np.floor(array)).any() or (np.abs(array) >= 2**53).any():
            raise InputError(
                "labels",
                wanted="classes",
                got="missing values, fractions or numbers beyond 2^53",
                remedy="Drop images without a label; cut a continuous target into classes first.",
            )
        array = array.astype(np.int64)
    elif array.dtype.kind == "O":
        if not all(_is_label(label) for label in array):
            raise InputError(
                "labels",
                wanted="whole numbers or strings",
                got="missing values or other objects",
                remedy="Drop images without a label.",
            )
        array = array.astype(str) if any(isinstance(label, str) for label in array) else array.astype(np.int64)
    return array


def name_classes(values: Shaped[np.ndarray, "classes"], names: tuple[str, ...] | None) -> tuple[str, ...]:
    """Return a name for each label that was met, ascending: those given for 0, 1, ..., else the labels themselves."""
    if len(values) == 1:
        raise InputError(
            "labels",
            wanted="at least two classes",
            got=f"only {values[0]}",
            remedy="With one class there is nothing to tell apart: add images of another.",
        )
    if len(values) > _MOST_LABELS:
        raise InputError(
            "labels",
            wanted=f"at most {_MOST_LABELS} classes",
            got=str(len(values)),
            remedy="Is this a number to predict rather than a class? Cut it into classes first.",
        )
    if names is not None and values.dtype.kind in "iu" and values[0] >= 0 and values[-1] < len(names):
        return tuple(names[int(value)] for value in values)
    return tuple(_name(value) for value in values)


def _as_label_array(labels: Any) -> Shaped[np.ndarray, "..."]:
    try:
        array = np.asarray(labels)
        if array.dtype.kind == "U" and not isinstance(labels, np.ndarray):
            array = np.asarray(labels, dtype=object)  # else a NaN among strings would become the class "nan"
    except ValueError as error:
        raise InputError(
            "labels",
            wanted="one whole number or string an image",
            got=f"a ragged list ({error})",
            remedy="Give each image one label.",
        ) from error
    return array


def _is_label(label: Any) -> bool:
    return isinstance(label, str) or (isinstance(label, int | np.integer) and -(2**63) <= int(label) < 2**63)


def _name(value: Any) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def seen_values(values: Shaped[np.ndarray, "..."]) -> tuple[float, float, bool]:
    """Return the lowest and the highest value, and whether all are whole numbers."""
    low, high = float(values.min()), float(values.max())
    whole = values.dtype.kind != "f" or (
        low >= -(2**31) and high < 2**31 and not bool((values != np.floor(values)).any())
    )
    return low, high, whole


def type_for(dtype: Any, low: float, high: float, *, whole: bool) -> "np.dtype[Any]":
    """Return the smallest type that holds whole numbers from `low` to `high`; for other floats 4 bytes or more."""
    given: np.dtype[Any] = np.dtype(dtype)
    if not whole:
        native = given.newbyteorder("=")
        return np.dtype(np.float32) if native.itemsize < 4 else native
    for kind in (np.uint8, np.uint16, np.int32):
        if np.iinfo(kind).min <= low and high <= np.iinfo(kind).max:
            return np.dtype(kind)
    raise InputError(
        "images",
        wanted="whole grey values of at most 31 bits",
        got=f"{low:.0f} to {high:.0f}",
        remedy="Scale them down.",
    )


def settle_range(
    dtype: "np.dtype[Any]", low: float, high: float, stated: tuple[float, float] | None
) -> tuple[float, float]:
    """Return the range that grey values can have: as stated, or as the values seen suggest."""
    if low == high:
        raise InputError(
            "images",
            wanted="images that differ",
            got=f"the value {low:g} in every pixel of every image",
            remedy="Constant images carry no information.",
        )
    if stated is not None:
        if not (np.isfinite(stated).all() and stated[0] < stated[1] and stated[0] <= low and high <= stated[1]):
            raise InputError(
                "range",
                wanted=f"a low and a high end around the values, {low:g} to {high:g}",
                got=f"{stated[0]:g} to {stated[1]:g}",
                remedy="State the range the values can have.",
            )
        return (float(stated[0]), float(stated[1]))
    if dtype.kind == "f":
        return (0.0, 1.0) if low >= 0 and high <= 1 else (low, high)
    if low < 0 or high <= 127:
        return (min(low, 0.0), high)
    return (0.0, float(2 ** int(high).bit_length() - 1))


def range_is_seen(dtype: "np.dtype[Any]", found: tuple[float, float], stated: tuple[float, float] | None) -> bool:
    """Whether a range is only what was seen: of floats beyond 0 to 1 for which none was stated."""
    return stated is None and dtype.kind == "f" and found != (0.0, 1.0)


def _as_test_mask(in_test: Any, n_images: int) -> Bool[np.ndarray, "n_images"]:
    mask = np.asarray(in_test)
    if mask.dtype.kind in "ui" and np.isin(mask, (0, 1)).all():
        mask = mask.astype(bool)
    if mask.shape != (n_images,) or mask.dtype.kind != "b" or mask.all() or not mask.any():
        raise InputError(
            "in_test",
            wanted=f"{n_images} values True or False, one an image, and images in both parts",
            got=f"shape {mask.shape} of {mask.dtype}, {np.count_nonzero(mask)} of them True",
            remedy="Mark the test images with True, or leave in_test out where there is no official split.",
        )
    return mask
