"""A function of a uniform variable, seen through normal noise."""

import numpy as np

from sightbits.datasets.synthetic.pair import SyntheticPair, check_real
from sightbits.datasets.synthetic.quadrature import power_in_noise_information

_LEAST_NOISE, _MOST_NOISE = 1e-5, 1e5


def uniform_plus_noise(noise: float = 0.1) -> SyntheticPair:
    """Return x uniform on (0, 1) and y = x + normal noise.

    Parameters
    ----------
    noise
        Standard deviation of the noise.

    Raises
    ------
    InputError
        If the noise is not within 1e-5 and 1e5.

    Notes
    -----
    I = h(y) - log(2 pi e noise^2) / 2, where the entropy of y is by quadrature: right to about 1e-13, and to 1e-11 at
    the lowest noise.

    Source: T. M. Cover, J. A. Thomas, Elements of Information Theory, 2006, section 9.1: additive noise.

    Examples
    --------
    >>> round(float(uniform_plus_noise().information / np.log(2)), 4)
    1.5354
    """
    noise = check_real("noise", noise, low=_LEAST_NOISE, high=_MOST_NOISE)

    def draw(rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
        x = rng.random(n)
        return x, x + noise * rng.standard_normal(n)

    return SyntheticPair(
        name="uniform_plus_noise",
        description=f"x is uniform on (0, 1), and y is x plus normal noise of standard deviation {noise:g}.",
        information=power_in_noise_information(1, noise),
        x_kind="continuous",
        y_kind="continuous",
        draw=draw,
    )


def parabola(noise: float = 0.1) -> SyntheticPair:
    """Return x uniform on (-1, 1) and y = x^2 + normal noise: dependent, and yet of correlation 0.

    Parameters
    ----------
    noise
        Standard deviation of the noise.

    Raises
    ------
    InputError
        If the noise is not within 1e-5 and 1e5.

    Notes
    -----
    I = h(y) - log(2 pi e noise^2) / 2, where the entropy of y is by quadrature: right to about 1e-13, and to 1e-11 at
    the lowest noise. y does not tell the sign of x.

    Source: as `uniform_plus_noise`.

    Examples
    --------
    >>> round(parabola().information, 4)
    1.0294
    """
    noise = check_real("noise", noise, low=_LEAST_NOISE, high=_MOST_NOISE)

    def draw(rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
        x = rng.uniform(-1, 1, n)
        return x, x**2 + noise * rng.standard_normal(n)

    return SyntheticPair(
        name="parabola",
        description=f"x is uniform on (-1, 1), and y is its square plus normal noise of standard deviation {noise:g}.",
        information=power_in_noise_information(2, noise),
        x_kind="continuous",
        y_kind="continuous",
        draw=draw,
    )
