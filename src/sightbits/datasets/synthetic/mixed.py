"""Pairs of a discrete and a continuous variable."""

import math

import numpy as np

from sightbits.core.checks import check_whole
from sightbits.datasets.synthetic.pair import SyntheticPair, check_real
from sightbits.datasets.synthetic.quadrature import labels_in_noise_information

# log k / 2^k sinks below double precision well before 80 terms
_MEAN_LOG_FACTORIAL = math.fsum(math.log(k) * 0.5**k for k in range(2, 80))
_POISSON_INFORMATION = 2 * math.log(2) - float(np.euler_gamma) - _MEAN_LOG_FACTORIAL


def labelled_gaussians(n_labels: int = 2, separation: float = 2.0) -> SyntheticPair:
    """Return an equally likely label x and y = separation * label + standard normal noise.

    Parameters
    ----------
    n_labels
        How many labels, 0 to n_labels - 1.
    separation
        Between the means of neighbouring labels.

    Raises
    ------
    InputError
        If the number of labels is not from 2 to 100, or the separation is below 0.

    Notes
    -----
    By quadrature, right to about 1e-13; it rises from 0 to log n_labels. Two labels are the channel of a fair sign
    in normal noise.

    Source: T. M. Cover, J. A. Thomas, Elements of Information Theory, 2006, section 9.1: additive noise.

    Examples
    --------
    >>> round(labelled_gaussians().information, 4)
    0.3368
    """
    check_whole("n_labels", n_labels, low=2, high=100)
    separation = check_real("separation", separation, low=0.0)

    def draw(rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
        x = rng.integers(n_labels, size=n, dtype=np.int64)
        return x, separation * x + rng.standard_normal(n)

    return SyntheticPair(
        name="labelled_gaussians",
        description=f"x is one of {n_labels} labels, and y is normal with a mean {separation:g} higher for each label.",
        information=labels_in_noise_information(n_labels, separation),
        x_kind="discrete",
        y_kind="continuous",
        draw=draw,
    )


def gao_mixture(n_values: int = 5) -> SyntheticPair:
    """Return x equally likely on 0 to n_values - 1 and y uniform on (x, x + 2).

    Parameters
    ----------
    n_values
        How many values x has.

    Raises
    ------
    InputError
        If the number of values is below 1.

    Notes
    -----
    I = log n_values - (n_values - 1) / n_values log 2: y leaves two neighbours open, except at the two ends.

    Source: W. Gao, S. Kannan, S. Oh, P. Viswanath, Estimating mutual information for discrete-continuous mixtures,
    NeurIPS 2017.

    Examples
    --------
    >>> round(gao_mixture().information, 4)
    1.0549
    """
    check_whole("n_values", n_values, low=1)

    def draw(rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
        x = rng.integers(n_values, size=n, dtype=np.int64)
        return x, x + rng.uniform(0, 2, n)

    return SyntheticPair(
        name="gao_mixture",
        description=f"x is one of {n_values} whole numbers, and y is uniform on (x, x + 2).",
        information=math.log(n_values) - (n_values - 1) / n_values * math.log(2),
        x_kind="discrete",
        y_kind="continuous",
        draw=draw,
    )


def zero_inflated_poisson(zero_share: float = 0.15) -> SyntheticPair:
    """Return x exponential of mean 1, and y that is 0 at times and else Poisson of mean x.

    Parameters
    ----------
    zero_share
        Probability that y is 0 whatever x is.

    Raises
    ------
    InputError
        If the probability is not within [0, 1).

    Notes
    -----
    With s the share and c = 2 log 2 - gamma - sum over k of log(k) / 2^k = 0.3012 the information at s = 0,
    I = (1 - s) (c + 1 / 4 - log(2) / 2) - (1 + s) / 4 - s^2 log(s) / (2 (1 - s)) - (1 + s) / 2 log((1 + s) / 2).
    The source gives (1 - s) c, which is too high for s > 0: it counts zeros as if one could tell which of them
    Poisson made.

    Source: W. Gao, S. Kannan, S. Oh, P. Viswanath, Estimating mutual information for discrete-continuous mixtures,
    NeurIPS 2017, for the pair; the information is derived here and tested against integrals of the joint density.

    Examples
    --------
    >>> round(zero_inflated_poisson(0.0).information, 4), round(zero_inflated_poisson(0.15).information, 4)
    (0.3012, 0.2298)
    """
    share = check_real("zero_share", zero_share, low=0.0, high=1.0, excluded=(1.0,))

    def draw(rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
        x = rng.exponential(size=n)
        seen = rng.random(n) >= share
        return x, np.where(seen, rng.poisson(x), 0).astype(np.int64)

    return SyntheticPair(
        name="zero_inflated_poisson",
        description=f"x is exponential of mean 1, and y is 0 with probability {share:g} and else Poisson of mean x.",
        information=_zero_inflated_information(share),
        x_kind="continuous",
        y_kind="discrete",
        draw=draw,
    )


def _zero_inflated_information(share: float) -> float:
    """I(x; y), summed apart over y = 0 and y > 0.

    y > 0 gives (1 - share) times what it gives at share 0; y = 0 has probability w = share + (1 - share) exp(-x)
    given x, which is uniform on (share, 1), and (1 + share) / 2 in all.
    """
    above = (1 - share) * (_POISSON_INFORMATION + 1 / 4 - math.log(2) / 2)
    mean_w_log_w = -(1 + share) / 4 - (share**2 * math.log(share) / (2 * (1 - share)) if share > 0 else 0.0)
    zero = (1 + share) / 2
    return max(0.0, above + mean_w_log_w - zero * math.log(zero))
