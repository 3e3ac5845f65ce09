"""What every reader returns, and the bound on what it will read."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from sightbits.core.checks import InputError

MOST_BYTES = 8 * 2**30


@dataclass(frozen=True, eq=False, kw_only=True)
class RawImages:
    """Images and labels as a file holds them, not yet checked.

    Parameters
    ----------
    images, labels
        Arrays of any kind; the checks come when a data set is made of them.
    in_test
        Which images the file itself sets apart for testing, if it does.
    value_range
        Lowest and highest grey value, where the format says so.
    channels_last
        Whether the format itself says that channels, where there are any, are the last axis.
    notes
        What the reader left out or assumed.
    label_names
        Names of labels 0, 1, ..., where the format has them.
    folds
        Which fold of a cross-validation holds each image out, where the set has folds.
    places
        Of a part of a set, where in the official order of the whole each image stands.
    """

    images: Any
    labels: Any
    in_test: Any = None
    value_range: tuple[float, float] | None = None
    channels_last: bool = False
    notes: tuple[str, ...] = ()
    label_names: tuple[str, ...] | None = None
    folds: Any = None
    places: Any = None


def check_size(name: object, n_bytes: int) -> None:
    """Refuse what would not fit in memory before it is read."""
    if n_bytes > MOST_BYTES:
        raise InputError(
            str(name),
            wanted=f"at most {MOST_BYTES / 2**30:.3g} GiB once decompressed",
            got=f"{n_bytes / 2**30:.3g} GiB",
            remedy="Make a smaller file, for instance with fewer images.",
        )


def join_parts(train: RawImages, test: RawImages | None) -> RawImages:
    """Put a training part and its official test part, if there is one, into one, marked."""
    if test is None or np.size(test.images) == 0:
        return train
    if np.shape(train.images)[1:] != np.shape(test.images)[1:]:
        raise InputError(
            "test images",
            wanted=f"the shape of the training images, {np.shape(train.images)[1:]}",
            got=str(np.shape(test.images)[1:]),
            remedy="Make both parts of one size.",
        )
    return RawImages(
        images=np.concatenate([train.images, test.images]),
        labels=np.concatenate([train.labels, test.labels]),
        in_test=np.repeat([False, True], [len(train.images), len(test.images)]),
        value_range=train.value_range,
        notes=tuple(dict.fromkeys(train.notes + test.notes)),
    )
