"""Which images each update sees."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Int64


def draw_batches(
    n_images: int, *, batch: int, n_updates: int, seed: int | Sequence[int]
) -> Int64[np.ndarray, "n_updates batch"]:
    """Return image numbers for each update: all images in a random order, then all in another, and so on.

    Examples
    --------
    >>> batches = draw_batches(6, batch=4, n_updates=3, seed=0)
    >>> np.bincount(batches.ravel()).tolist()
    [2, 2, 2, 2, 2, 2]
    """
    rng = np.random.default_rng(seed)
    wanted = batch * n_updates
    rounds = [rng.permutation(n_images) for _ in range(-(-wanted // n_images))]
    return np.concatenate(rounds)[:wanted].reshape(n_updates, batch)
