"""Normal pairs and what is made of them: heavy tails, warped margins, two clouds."""

import math
from collections.abc import Callable

import numpy as np
from scipy.special import gammaln, ndtr, psi

from sightbits.core.checks import check_choice, check_whole
from sightbits.datasets.synthetic.pair import Draw, SyntheticPair, check_real
from sightbits.datasets.synthetic.quadrature import labels_in_noise_information

_WARPS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "cube": lambda x: x**3,
    "exponential": np.exp,
    "tanh": np.tanh,
    "uniform": ndtr,
}


def gaussian(correlation: float, *, dimension: int = 1) -> SyntheticPair:
    """Return normal x and y, each component of x correlated with its own component of y.

    Parameters
    ----------
    correlation
        Between a component of x and the same component of y; all others are independent.
    dimension
        Of x and of y.

    Raises
    ------
    InputError
        If the correlation is not within (-1, 1), or the dimension is below 1.

    Notes
    -----
    I = -dimension / 2 log(1 - correlation^2).

    Source: T. M. Cover, J. A. Thomas, Elements of Information Theory, 2006, section 8.5.

    Examples
    --------
    >>> round(gaussian(0.9).information, 4)
    0.8304
    """
    correlation = _check_correlation(correlation)
    check_whole("dimension", dimension, low=1)
    return _gaussian_pair(
        correlation, math.sqrt((1 - correlation) * (1 + correlation)), dimension, _information(correlation, dimension)
    )


def gaussian_with_information(information: float, *, dimension: int = 1) -> SyntheticPair:
    """Return normal x and y that share this many nats, by a positive correlation of components.

    Parameters
    ----------
    information
        In nats, over all components together.
    dimension
        Of x and of y.

    Raises
    ------
    InputError
        If the information is below 0 or above 15 nats a component, or the dimension is below 1.

    Notes
    -----
    correlation = sqrt(1 - exp(-2 information / dimension)). Above 15 nats a component, double precision no longer
    holds y and x apart.

    Source: as `gaussian`.

    Examples
    --------
    >>> gaussian_with_information(2.0, dimension=3).information
    2.0
    """
    check_whole("dimension", dimension, low=1)
    information = check_real("information", information, low=0.0, high=15.0 * dimension)
    each = information / dimension
    return _gaussian_pair(math.sqrt(-math.expm1(-2 * each)), math.exp(-each), dimension, information)


def independent(dimension: int = 1) -> SyntheticPair:
    """Return normal x and y that share nothing.

    Parameters
    ----------
    dimension
        Of x and of y.

    Raises
    ------
    InputError
        If the dimension is below 1.

    Notes
    -----
    I = 0, whatever an estimate from a sample says.

    Source: the definition of independence.

    Examples
    --------
    >>> independent().information
    0.0
    """
    check_whole("dimension", dimension, low=1)
    return SyntheticPair(
        name="independent",
        description=f"x and y are independent standard normal variables of dimension {dimension}.",
        information=0.0,
        x_kind="continuous",
        y_kind="continuous",
        draw=_draw_gaussian(0.0, 1.0, dimension),
    )


def student_t(correlation: float, *, freedom: float, dimension: int = 1) -> SyntheticPair:
    """Return x and y of a multivariate Student distribution: heavy tails that come together.

    Parameters
    ----------
    correlation
        Entry of the dispersion matrix between a component of x and the same component of y.
    freedom
        Degrees of freedom: the fewer, the heavier the tails.
    dimension
        Of x and of y.

    Raises
    ------
    InputError
        If the correlation is not within (-1, 1), the dimension is below 1, or the degrees of freedom are below 0.1,
        where samples leave the range of doubles, or above 1e6, where the pair is that of `gaussian`.

    Notes
    -----
    All components share one random scale, so that x and y tell of each other even at correlation 0. With
    g(a) = log Gamma(a) - a digamma(a),
    I = -dimension / 2 log(1 - correlation^2) + g(freedom / 2) + g(freedom / 2 + dimension)
    - 2 g((freedom + dimension) / 2): the entropies of x and y less that of both, right to 1e-14 times the degrees of
    freedom.

    Source: R. B. Arellano-Valle, J. E. Contreras-Reyes, M. G. Genton, Shannon entropy and mutual information for
    multivariate skew-elliptical distributions, Scandinavian Journal of Statistics 40, 2013, 42-62.

    Examples
    --------
    >>> round(student_t(0.0, freedom=1.0).information, 4)
    0.2242
    """
    correlation = _check_correlation(correlation)
    freedom = check_real("freedom", freedom, low=0.1, high=1e6)
    check_whole("dimension", dimension, low=1)
    inflate = [freedom / 2, (freedom + dimension) / 2, freedom / 2 + dimension]
    alone, one, both = (float(gammaln(a) - a * psi(a)) for a in inflate)
    draw_normal = _draw_gaussian(correlation, math.sqrt((1 - correlation) * (1 + correlation)), dimension)

    def draw(rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
        x, y = draw_normal(rng, n)
        scale = np.sqrt(freedom / rng.chisquare(freedom, n)).reshape(n, *[1] * (x.ndim - 1))
        return x * scale, y * scale

    return SyntheticPair(
        name="student_t",
        description=f"x and y of dimension {dimension} are Student variables with {freedom:g} degrees of freedom and "
        f"dispersion {correlation:g} between like components.",
        information=max(0.0, _information(correlation, dimension) + (alone + both - 2 * one)),
        x_kind="continuous",
        y_kind="continuous",
        draw=draw,
    )


def bimodal_gaussian(gap: float = 4.0, correlation: float = -0.5) -> SyntheticPair:
    """Return x and y of two normal clouds on the diagonal, correlated within each cloud.

    Parameters
    ----------
    gap
        Between the centres of the clouds, in x and in y; each cloud has variance 1 in both.
    correlation
        Within a cloud: below 0, it runs against the relation between the clouds.

    Raises
    ------
    InputError
        If the gap is below 0, or the correlation is not within (-1, 1).

    Notes
    -----
    x + y and x - y are independent, and the second is normal. With C(d) the information of a fair sign at distance d
    in standard normal noise, I = 2 C(gap) - C(gap sqrt(2 / (1 + correlation))) - log(1 - correlation^2) / 2, where C
    is by quadrature: right to about 1e-12.

    Source: derived here; tested against integrals of the joint density.

    Examples
    --------
    >>> round(bimodal_gaussian().information, 4)
    0.7162
    """
    gap = check_real("gap", gap, low=0.0)
    correlation = _check_correlation(correlation)
    each = labels_in_noise_information(2, gap)
    both = labels_in_noise_information(2, gap * math.sqrt(2 / (1 + correlation)))
    draw_within = _draw_gaussian(correlation, math.sqrt((1 - correlation) * (1 + correlation)), 1)

    def draw(rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
        centre = gap / 2 * rng.choice([-1.0, 1.0], size=n)
        x, y = draw_within(rng, n)
        return centre + x, centre + y

    return SyntheticPair(
        name="bimodal_gaussian",
        description=f"x and y lie in one of two normal clouds {gap:g} apart in both, with correlation {correlation:g} "
        "within a cloud.",
        information=max(0.0, 2 * each - both + _information(correlation, 1)),
        x_kind="continuous",
        y_kind="continuous",
        draw=draw,
    )


def warped_gaussian(correlation: float, *, warp: str, dimension: int = 1) -> SyntheticPair:
    """Return normal x and y after the same strictly increasing map of every component.

    Parameters
    ----------
    correlation
        Between a component of x and the same component of y, before the map.
    warp
        "cube", "exponential", "tanh", or "uniform", which makes the margins uniform on (0, 1).
    dimension
        Of x and of y.

    Raises
    ------
    InputError
        If the correlation is not within (-1, 1), there is no such map, or the dimension is below 1.

    Notes
    -----
    The map can be undone, so I = -dimension / 2 log(1 - correlation^2), as before it.

    Source: P. Czyż, F. Grabowski, J. E. Vogt, N. Beerenwinkel, A. Marx, Beyond normal: on the evaluation of mutual
    information estimators, NeurIPS 2023.

    Examples
    --------
    >>> warped_gaussian(0.9, warp="cube").information == gaussian(0.9).information
    True
    """
    change = _WARPS[check_choice("warp", warp, _WARPS)]
    before = gaussian(correlation, dimension=dimension)

    def draw(rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
        x, y = before.draw(rng, n)
        return change(x), change(y)

    return SyntheticPair(
        name="warped_gaussian",
        description=f"x and y of dimension {dimension} are normal with correlation {correlation:g} between like "
        f"components, and then mapped by {warp}.",
        information=before.information,
        x_kind="continuous",
        y_kind="continuous",
        draw=draw,
    )


def _check_correlation(correlation: float) -> float:
    return check_real("correlation", correlation, low=-1.0, high=1.0, excluded=(-1.0, 1.0))


def _information(correlation: float, dimension: int) -> float:
    # 1 - correlation^2 in factors keeps its digits near 1; adding 0 makes -0 a plain 0
    return -dimension / 2 * (math.log1p(-correlation) + math.log1p(correlation)) + 0.0


def _gaussian_pair(correlation: float, rest: float, dimension: int, information: float) -> SyntheticPair:
    return SyntheticPair(
        name="gaussian",
        description=f"x and y of dimension {dimension} are normal with correlation {correlation:g} between like "
        "components.",
        information=information,
        x_kind="continuous",
        y_kind="continuous",
        draw=_draw_gaussian(correlation, rest, dimension),
    )


def _draw_gaussian(correlation: float, rest: float, dimension: int) -> Draw:
    """Draw standard normal x and y = correlation x + rest e; `rest` keeps its digits where correlation is near 1."""

    def draw(rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
        shape = (n,) if dimension == 1 else (n, dimension)
        x = rng.standard_normal(shape)
        return x, correlation * x + rest * rng.standard_normal(shape)

    return draw
