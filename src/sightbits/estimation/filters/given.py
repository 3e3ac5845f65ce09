"""Maps and labels as users give them, checked."""

from typing import Any

import numpy as np
from jaxtyping import Float, Int64

from sightbits.core.checks import InputError
from sightbits.information.gram.arrays import floats

_LARGEST = 1e100


def given_array(name: str, values: Any) -> np.ndarray:
    """Return an array that was given, whatever is in it."""
    try:
        return np.asarray(values)
    except (TypeError, ValueError, RuntimeError) as error:  # ragged rows; tensors elsewhere, or with gradients
        raise InputError(name, wanted="an array", got=error, remedy="Give tensor.detach().cpu().numpy().") from error


def given_maps(maps: Any) -> Float[np.ndarray, "n filters places"]:
    """Return the maps of the filters of a layer, finite, with one axis for all places."""
    values = floats("maps", given_array("maps", maps), n_axes=2)
    if len(values) < 2:
        raise InputError("maps", wanted="two samples or more", got=len(values), remedy="Give more samples.")
    largest = max(float(values.max()), -float(values.min()))
    if largest > _LARGEST:
        raise InputError(
            "maps",
            wanted=f"values up to {_LARGEST:.0e}, whose squares can be summed",
            got=f"{largest:.3g}",
            remedy="Training has diverged.",
        )
    return values.reshape(*values.shape[:2], -1)


def given_labels(labels: Any, n_samples: int) -> Int64[np.ndarray, "n"]:
    """Return the places of labels among their two or more classes."""
    values = given_array("labels", labels)
    if values.shape != (n_samples,):
        raise InputError(
            "labels",
            wanted=f"one label a sample, ({n_samples},)",
            got=values.shape,
            remedy="Give the classes of the samples that the maps are of.",
        )
    if values.dtype.kind == "f" and np.isnan(values).any():
        raise InputError("labels", wanted="labels", got="NaN", remedy="Remove samples without a label.")
    try:
        classes, places = np.unique(values, return_inverse=True)
    except TypeError as error:
        raise InputError("labels", wanted="labels of one kind", got=error, remedy="Give numbers or names.") from error
    if len(classes) < 2:
        raise InputError(
            "labels", wanted="two classes or more", got=len(classes), remedy="Of one class there is nothing to tell."
        )
    return places.astype(np.int64)
