"""Where the channels of images are."""

import numpy as np
from jaxtyping import Shaped

from sightbits.core.checks import check_choice


def lay_out(image: Shaped[np.ndarray, "*image"], channels: str) -> Shaped[np.ndarray, "*other"]:
    """Return one image, channels last where it has any, with its channels "first" or "last".

    Examples
    --------
    >>> lay_out(np.zeros((28, 20, 3)), "first").shape
    (3, 28, 20)
    >>> lay_out(np.zeros((28, 20)), "first").shape
    (28, 20)
    """
    check_choice("channels", channels, ("first", "last"))
    if channels == "first" and image.ndim > 2:
        return np.ascontiguousarray(np.moveaxis(image, -1, 0))
    return image
