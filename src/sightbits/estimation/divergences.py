"""How far apart two samples' distributions are."""

from collections.abc import Callable
from typing import Any

import numpy as np
from jaxtyping import Int64

from sightbits.core.checks import InputError
from sightbits.core.estimate import Estimate
from sightbits.core.units import Unit, as_unit
from sightbits.estimation.estimating import estimate
from sightbits.estimation.measure import PlainMeasure, Sample
from sightbits.estimation.preparing import binned, check_own_prior, choose, notes_on, sample_of
from sightbits.estimation.settings import EstimationSettings
from sightbits.estimation.shuffles import shuffled
from sightbits.estimation.variables import Variable
from sightbits.information import generalised

Rows = Int64[np.ndarray, "cells"]


def kullback_leibler_divergence(
    p: Any, q: Any, *, estimator: str | None = None, unit: str | Unit = Unit.BIT, **options: Any
) -> Estimate:
    """Return D(P || Q) from samples of each, in the unit asked for, beside what chance gives.

    Parameters
    ----------
    p, q
        Samples of each distribution; they need not be equally many. Continuous values share one set of bins.
    estimator
        One of counts, for the entropy of P; the cross-entropy is always that of the frequencies.
    options
        The fields of `EstimationSettings`.

    Notes
    -----
    Infinite where P was seen at a value that Q was not, as it is for the frequencies. Chance: which sample a value
    belongs to is shuffled.

    Source: S. Kullback, R. A. Leibler, On information and sufficiency, Annals of Mathematical Statistics 22, 1951,
    79-86.

    Examples
    --------
    >>> float(kullback_leibler_divergence([0, 0, 0, 1], [0, 1, 0, 1], permutations=0))
    0.18...
    """

    def divergence(p_counts: Rows, q_counts: Rows, name: str) -> Any:
        return generalised.kullback_leibler_divergence(p_counts, q_counts, estimator=name)

    return _diverge(p, q, divergence, estimator, as_unit(unit), options, np.inf)


def jensen_shannon_divergence(
    p: Any, q: Any, *, estimator: str | None = None, unit: str | Unit = Unit.BIT, **options: Any
) -> Estimate:
    """Return the Jensen-Shannon divergence of two distributions from samples of each, beside what chance gives.

    Parameters and options are those of `kullback_leibler_divergence`.

    Notes
    -----
    plug_in weighs both distributions alike; the others weigh each by its number of samples, so that the divergence
    is the mutual information of value and sample. At most one bit.

    Source: J. Lin, Divergence measures based on the Shannon entropy, IEEE Transactions on Information Theory 37, 1991,
    145-151.

    Examples
    --------
    >>> float(jensen_shannon_divergence(["a", "a"] * 9, ["b", "b"] * 9, permutations=20))
    1.0
    """

    def divergence(p_counts: Rows, q_counts: Rows, name: str) -> Any:
        weights = "equal" if name == "plug_in" else "sample"
        return generalised.jensen_shannon_divergence(p_counts, q_counts, estimator=name, weights=weights)

    return _diverge(p, q, divergence, estimator, as_unit(unit), options, float(np.log(2)))


def _diverge(
    p: Any,
    q: Any,
    divergence: Callable[[Rows, Rows, str], Any],
    estimator: str | None,
    unit: Unit,
    options: dict[str, Any],
    ceiling: float,
) -> Estimate:
    settings = EstimationSettings(**options)
    name = choose(estimator, "plug_in", ())
    check_own_prior(name, settings)
    parts = {**sample_of({"p": p}, settings), **sample_of({"q": q}, settings)}
    sample = _pooled(parts, p, q, settings)

    def figure(sample: Sample) -> float:
        of_q = sample["which"].levels == 1
        levels, n_levels = sample["value"].levels, sample["value"].n_levels
        p_counts = np.bincount(levels[~of_q], minlength=n_levels)
        q_counts = np.bincount(levels[of_q], minlength=n_levels)
        return float(divergence(p_counts, q_counts, name))

    return estimate(
        PlainMeasure(figure=figure), sample, estimator=name, settings=settings, unit=unit, ceiling=ceiling,
        shuffle=shuffled("which"), warnings=notes_on({"value": sample["value"]}, "plug_in"),
    )  # fmt: skip


def _pooled(parts: Sample, p: Any, q: Any, settings: EstimationSettings) -> Sample:
    """Both samples in one, so that they share levels or bins, beside which of the two each came from."""
    if (parts["p"].numbers is None) != (parts["q"].numbers is None):
        raise InputError(
            "p and q", wanted="both numbers, or both names", got="one of each", remedy="Give both in one form."
        )
    together = np.concatenate([np.asarray(p), np.asarray(q)])
    value = binned(sample_of({"value": together}, settings), settings)["value"]
    codes = np.repeat([0, 1], [parts["p"].n_samples, parts["q"].n_samples])
    return {"value": value, "which": Variable(name="which", numbers=None, codes=codes, n_levels=2)}
