"""Filters of which it is known how many are enough."""

import numpy as np
from jaxtyping import Float64, Int64

from sightbits.core.checks import InputError, check_number, check_whole

N_CLASSES, N_PLACES = 10, 9
COPIES = 0.5
COPY_NOISE = 0.7


def planted_filters(
    n_relevant: int, n_filters: int = 128, n_samples: int = 512, *, strength: float = 1.5, seed: int = 0
) -> tuple[Float64[np.ndarray, "n filters places"], Int64[np.ndarray, "n"]]:
    """Return the maps of filters, of which the first tell of the labels each in its own way, and the labels.

    Parameters
    ----------
    n_relevant
        How many tell of the labels: each adds noise to a pattern a class, of its own.
    n_filters
        How many there are. The others are noise or, as often, copies of the relevant ones, turned and noisier.
    n_samples
        How many samples, as equally as can be of 10 classes.
    strength
        How strong patterns are beside noise of 1 a place: the spread of a pattern is this over 3, in 9 places.
    seed
        Fixes what is drawn.

    Returns
    -------
    Maps of 9 places, (n, filters, 9), and labels, (n,).

    Raises
    ------
    InputError
        Where a count is out of range, or strength no number of at least 0.

    Notes
    -----
    Enough are the relevant ones: given these, a copy is noise. Cost: the numbers drawn.

    Examples
    --------
    >>> maps, labels = planted_filters(3, n_filters=8, n_samples=20)
    >>> maps.shape, np.bincount(labels).tolist()
    ((20, 8, 9), [2, 2, 2, 2, 2, 2, 2, 2, 2, 2])
    """
    check_whole("n_samples", n_samples, low=N_CLASSES)
    check_whole("n_filters", n_filters, low=1)
    check_whole("n_relevant", n_relevant, low=0)
    check_whole("seed", seed, low=0)
    check_number("strength", strength, least=0.0, below=np.inf, wanted="a number of at least 0")
    if n_relevant > n_filters:
        raise InputError(
            "n_relevant", wanted=f"at most n_filters, {n_filters}", got=n_relevant, remedy="Ask for more filters."
        )
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.arange(n_samples) % N_CLASSES).astype(np.int64)
    maps = rng.normal(size=(n_samples, n_filters, N_PLACES))
    for i in range(n_relevant):
        patterns = rng.normal(size=(N_CLASSES, N_PLACES))
        maps[:, i] += strength / N_PLACES**0.5 * (patterns - patterns.mean(axis=0))[labels]
    copies = n_relevant + np.flatnonzero(rng.random(n_filters - n_relevant) < COPIES)
    for i in copies.tolist() if n_relevant else ():
        turn = np.linalg.qr(rng.normal(size=(N_PLACES, N_PLACES)))[0]
        maps[:, i] = maps[:, rng.integers(n_relevant)] @ turn + COPY_NOISE * maps[:, i]
    return maps, labels
