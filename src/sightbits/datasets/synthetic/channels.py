"""Discrete inputs and what a noisy channel makes of them."""

import math

import numpy as np
from jaxtyping import Float, Int64, Real
from scipy.special import entr, rel_entr

from sightbits.core.checks import InputError
from sightbits.datasets.synthetic.pair import SyntheticPair, check_real


def discrete_channel(
    input_probabilities: Real[np.ndarray, "inputs"], transition: Real[np.ndarray, "rows outputs"]
) -> SyntheticPair:
    """Return an input x and the output y of a channel without memory.

    Parameters
    ----------
    input_probabilities
        Of x = 0, 1, and so on.
    transition
        Probability of each output, one row an input.

    Raises
    ------
    InputError
        If there is not one row an input, or the input probabilities or a row are not probabilities that sum to 1.

    Notes
    -----
    I = sum over cells of p(x, y) log [p(y | x) / p(y)]. Sums within 1e-9 of 1 are taken for 1.

    Source: C. E. Shannon, A Mathematical Theory of Communication, 1948, section 12.

    Examples
    --------
    >>> noiseless = discrete_channel(np.array([0.5, 0.25, 0.25]), np.eye(3))
    >>> round(float(noiseless.information / np.log(2)), 10)
    1.5
    """
    inputs = _check_probabilities("input_probabilities", input_probabilities)
    if len(transition) != len(inputs):
        raise InputError(
            "transition",
            wanted=f"one row for each of {len(inputs)} inputs",
            got=f"{len(transition)} rows",
            remedy="Give each input a row.",
        )
    given = np.array([_check_probabilities(f"transition, row {i}", row) for i, row in enumerate(transition)])
    return _channel_pair(
        "discrete_channel",
        f"x is one of {given.shape[0]} inputs of a channel, and y is one of {given.shape[1]} outputs.",
        inputs[:, None] * given,
        float((inputs * rel_entr(given, inputs @ given).sum(axis=1)).sum()),
    )


def binary_symmetric_channel(flip: float = 0.1) -> SyntheticPair:
    """Return a fair bit x, and y that is x or, at times, the other bit.

    Parameters
    ----------
    flip
        Probability of the other bit.

    Raises
    ------
    InputError
        If the probability is not within [0, 1].

    Notes
    -----
    I = log 2 - H(flip): the capacity of the channel.

    Source: T. M. Cover, J. A. Thomas, Elements of Information Theory, 2006, section 7.1.4.

    Examples
    --------
    >>> round(float(binary_symmetric_channel(0.11).information / np.log(2)), 4)
    0.5001
    """
    flip = check_real("flip", flip, low=0.0, high=1.0)
    return _channel_pair(
        "binary_symmetric_channel",
        f"x is a fair bit, and y is the other bit with probability {flip:g}.",
        np.array([[1 - flip, flip], [flip, 1 - flip]]) / 2,
        math.log(2) - float(entr(flip) + entr(1 - flip)),
    )


def binary_erasure_channel(erasure: float = 0.25) -> SyntheticPair:
    """Return a fair bit x, and y that is x or, at times, the erasure 2.

    Parameters
    ----------
    erasure
        Probability that the bit is erased.

    Raises
    ------
    InputError
        If the probability is not within [0, 1].

    Notes
    -----
    I = (1 - erasure) log 2: the capacity of the channel.

    Source: T. M. Cover, J. A. Thomas, Elements of Information Theory, 2006, section 7.1.5.

    Examples
    --------
    >>> round(float(binary_erasure_channel().information / np.log(2)), 10)
    0.75
    """
    erasure = check_real("erasure", erasure, low=0.0, high=1.0)
    return _channel_pair(
        "binary_erasure_channel",
        f"x is a fair bit, and y is x or, with probability {erasure:g}, 2 for an erased bit.",
        np.array([[1 - erasure, 0, erasure], [0, 1 - erasure, erasure]]) / 2,
        (1 - erasure) * math.log(2),
    )


def draw_cells(
    rng: np.random.Generator, n: int, probabilities: Float[np.ndarray, "*axes"]
) -> tuple[Int64[np.ndarray, "{n}"], ...]:
    """Return n cells of a table of joint probabilities, as one array of places for each axis."""
    cells = rng.choice(probabilities.size, size=n, p=probabilities.ravel())
    return tuple(places.astype(np.int64) for places in np.unravel_index(cells, probabilities.shape))


def _channel_pair(
    name: str, description: str, joint: Float[np.ndarray, "inputs outputs"], information: float
) -> SyntheticPair:
    def draw(rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
        x, y = draw_cells(rng, n, joint)
        return x, y

    return SyntheticPair(
        name=name,
        description=description,
        information=max(0.0, information),
        x_kind="discrete",
        y_kind="discrete",
        draw=draw,
    )


def _check_probabilities(name: str, probabilities: Real[np.ndarray, "values"]) -> Float[np.ndarray, "values"]:
    total = float(probabilities.sum())
    if (probabilities >= 0).all() and abs(total - 1) <= 1e-9:
        return probabilities / total
    raise InputError(
        name,
        wanted="probabilities of 0 or more that sum to 1",
        got=f"{probabilities.tolist()}",
        remedy="Divide weights by their sum.",
    )
