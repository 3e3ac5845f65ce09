"""Class numbers from whatever a loss was given as its target."""

from typing import Any

import numpy as np

from sightbits.networks.observing.gaps import Gap


def class_numbers(target: Any, n_images: int) -> np.ndarray | Gap:
    """Return one class number an image, or why there is none.

    Parameters
    ----------
    target
        Class numbers, names of classes, or rows that are 1 at the class and 0 elsewhere; tensor, array or list.
    n_images
        The size of the batch.

    Examples
    --------
    >>> class_numbers([[0, 1], [1, 0]], 2)
    array([1, 0])
    >>> class_numbers([0.5, 2.5], 2).reason
    'the targets are real numbers, not classes'
    """
    array = _as_array(target)
    if array is None:
        return Gap("labels", f"labels cannot be read from {type(target).__name__}")
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim not in (1, 2):
        return Gap("labels", f"targets of the shape {array.shape} are not one class an image")
    if len(array) != n_images:
        return Gap("labels", f"there are {len(array)} labels and {n_images} images")
    return _from_rows(array) if array.ndim == 2 else _from_one_each(array)


def _as_array(target: Any) -> np.ndarray | None:
    if hasattr(target, "detach"):  # a tensor; those of half precision are unknown to NumPy
        target = target.detach().cpu()
        target = (target.double() if target.is_floating_point() else target).numpy()
    try:
        array = np.asarray(target)
    except ValueError:  # rows of unlike length
        return None
    return array if array.dtype.kind in "biufUS" else None


def _from_rows(array: np.ndarray) -> np.ndarray | Gap:
    if array.dtype.kind in "US" or not (np.isin(array, (0, 1)).all() and (array.sum(axis=1) == 1).all()):
        return Gap("labels", "the rows of the targets are not one class each")
    return np.asarray(array.argmax(axis=1), dtype=np.int64)


def _from_one_each(array: np.ndarray) -> np.ndarray | Gap:
    if array.dtype.kind in "US":
        return np.asarray(np.unique(array, return_inverse=True)[1], dtype=np.int64)
    if array.dtype.kind == "f" and not np.isin(array, (0, 1)).all():
        return Gap("labels", "the targets are real numbers, not classes")
    if (array < 0).any():
        return Gap("labels", "there are labels below 0, as losses have them for images to leave out")
    return array.astype(np.int64)
