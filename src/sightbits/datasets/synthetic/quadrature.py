"""Exact information of variables seen through normal noise, by Gauss-Legendre quadrature on panels, in nats."""

import math
from collections.abc import Iterator

import numpy as np
from jaxtyping import Float
from scipy.special import logsumexp, xlogy

_TAIL = 12.0  # a normal variable lies farther out than this with probability 4e-33
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(32)
_WINDOW_NODES, _WINDOW_WEIGHTS = np.polynomial.legendre.leggauss(128)
_NORMAL_ENTROPY = math.log(2 * math.pi * math.e) / 2

Points = Float[np.ndarray, "points"]


def labels_in_noise_information(n_labels: int, separation: float) -> float:
    """Return I(label; separation * label + N(0, 1)) of equally likely labels 0 to n_labels - 1.

    Notes
    -----
    With z the noise, I = log n - mean over k of E log sum_j exp(-((k - j) separation)^2 / 2 - (k - j) separation z).
    Right to about 1e-13. Cost: the square of the number of labels.
    """
    z, weights = _on_panels(np.arange(-_TAIL, _TAIL + 1))
    # beyond 100 no double tells the labels from never overlapping, and squares stay finite
    places = min(separation, 100.0) * np.arange(n_labels)
    lost = 0.0
    for place in places:
        shift = place - places
        lost += float((weights * _normal(z)) @ logsumexp(-(shift**2) / 2 - np.outer(z, shift), axis=1))
    return max(0.0, math.log(n_labels) - lost / n_labels)


def power_in_noise_information(power: int, noise: float) -> float:
    """Return I(x; x^power + N(0, noise)) of x uniform on [0, 1].

    Notes
    -----
    In units of the noise, y has density p(z) = integral of normal(z - x^power / noise) over x, and
    I = h(p) - log(2 pi e) / 2. The inner integral runs over those x that reach z only; the outer panels grow away
    from the two ends of x^power. Right to about 1e-13, and to 1e-11 for noise as low as 1e-5.
    """
    width = 1 / noise
    z, weights = _on_panels(np.array(list(_graded_breaks(width))))
    low, high = (np.clip((z + side) / width, 0, 1) ** (1 / power) for side in (-_TAIL, _TAIL))
    x = low[:, None] + np.outer(high - low, (_WINDOW_NODES + 1) / 2)
    density = (high - low) / 2 * (_normal(z[:, None] - width * x**power) @ _WINDOW_WEIGHTS)
    return max(0.0, -float(weights @ xlogy(density, density)) - _NORMAL_ENTROPY)


def _on_panels(breaks: Float[np.ndarray, "breaks"]) -> tuple[Points, Points]:
    """Nodes and weights for the integral from the first break to the last."""
    half = np.diff(breaks) / 2
    return ((breaks[:-1] + half)[:, None] + np.outer(half, _NODES)).ravel(), np.outer(half, _WEIGHTS).ravel()


def _graded_breaks(width: float) -> Iterator[float]:
    """Breaks from -12 to width + 12: one apart near 0 and near `width`, then twice as far apart each time."""
    left = [-_TAIL]
    step = 1.0
    while left[-1] + step < width / 2:
        left.append(left[-1] + step)
        step *= 2 if left[-1] >= _TAIL else 1
    yield from left
    yield from (width - place for place in reversed(left))


def _normal(z: Float[np.ndarray, "*shape"]) -> Float[np.ndarray, "*shape"]:
    return np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
