"""How redundant the maps of a layer are: what pairs of them tell of input and label beside what each tells alone."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from jaxtyping import Float, Int64

from sightbits.core.checks import InputError
from sightbits.core.estimate import Estimate
from sightbits.core.units import Unit
from sightbits.estimation.layers.chains import ESTIMATOR, Reference, Told, tell
from sightbits.estimation.layers.kernels import LayerKernel
from sightbits.estimation.null import estimate_beside_draws

_LEAST = 1e-9  # nats: of less no share can be taken


@dataclass(frozen=True, eq=False, kw_only=True)
class PairFigures:
    """Averages over pairs of maps of one layer, each beside its null, with the error of drawing pairs.

    Parameters
    ----------
    n_pairs, n_all_pairs
        How many pairs were measured, of how many there are.
    redundancy
        The redundancy-synergy trade-off I_i + I_j - I_ij as a share of I_ij; positive where maps repeat each other.
        The weighted non-redundant information 2 I_ij - I_i - I_j is the rest to 1.
    n_undefined
        Of how many pairs there is no share, as they tell nothing.
    trade_off
        I_i + I_j - I_ij of the input, in nats.
    input_information, label_information
        The weighted non-redundant information 2 I_ij - I_i - I_j of input and label, in nats; None without labels.
    saturated_share
        The share of pairs that tell all there is to tell of the input: their figures say nothing of the maps.

    Notes
    -----
    Source: equations 11 and 12 of S. Yu, K. Wickstrøm, R. Jenssen, J. C. Príncipe, arXiv:1804.06537.
    """

    n_pairs: int
    n_all_pairs: int
    redundancy: Estimate
    n_undefined: int
    trade_off: Estimate
    input_information: Estimate
    label_information: Estimate | None
    saturated_share: float


def draw_pairs(n_maps: int, *, most: int, seed: int) -> Int64[np.ndarray, "pairs 2"]:
    """Return all pairs of maps, or as many drawn without repetition, in order.

    Raises
    ------
    InputError
        Where there are fewer than two maps, or no pair is asked for.

    Examples
    --------
    >>> draw_pairs(3, most=10, seed=0).tolist()
    [[0, 1], [0, 2], [1, 2]]
    """
    if n_maps < 2 or most < 1:
        raise InputError(
            "pairs", wanted="one pair or more, of two maps or more", got=f"{most} pairs of {n_maps} maps",
            remedy="A layer without maps has no pairs.",
        )  # fmt: skip
    n_all = n_maps * (n_maps - 1) // 2
    places = np.arange(n_all)
    if n_all > most:
        places = np.sort(np.random.default_rng([seed, n_maps]).choice(n_all, size=most, replace=False))
    return np.stack(np.triu_indices(n_maps, 1), axis=-1)[places].astype(np.int64)


def measure_pairs(layer: LayerKernel, references: list[Reference], *, most: int, seed: int) -> PairFigures:
    """Return the figures of the pairs of a layer; references are the input and, where it is known, the label."""
    n_maps = layer.n_maps
    pairs = draw_pairs(n_maps, most=most, seed=seed)
    chosen, places = np.unique(pairs, return_inverse=True)
    kernels = layer.of_maps(chosen)
    _, told = tell(_each(kernels, places.reshape(pairs.shape)), references)
    of_pairs = [_PairTerms(one, places.reshape(pairs.shape), len(chosen)) for one in told]
    n_all = n_maps * (n_maps - 1) // 2
    summed = {"n_all": n_all, "n_samples": len(kernels[0])}
    first = of_pairs[0]
    return PairFigures(
        n_pairs=len(pairs),
        n_all_pairs=n_all,
        redundancy=_average(first.redundancy(), unit=Unit.DIMENSIONLESS, **summed),
        n_undefined=int(np.isnan(first.redundancy()[0]).sum()),
        trade_off=_average(first.trade_off(), **summed),
        input_information=_average(first.non_redundant(), **summed),
        label_information=_average(of_pairs[1].non_redundant(), **summed) if len(of_pairs) > 1 else None,
        saturated_share=float(first.saturated.mean()),
    )


class _PairTerms:
    """What each pair and its two maps tell; the first row is what was measured, the others are draws."""

    def __init__(self, told: Told, places: Int64[np.ndarray, "pairs 2"], n_maps: int) -> None:
        every = np.concatenate([told.values[np.newaxis], told.draws])
        alone, self._both = every[:, :n_maps], every[:, n_maps:]
        self._sum = alone[:, places[:, 0]] + alone[:, places[:, 1]]
        self.saturated = told.saturated[n_maps:]

    def trade_off(self) -> Float[np.ndarray, "draws pairs"]:
        return self._sum - self._both

    def non_redundant(self) -> Float[np.ndarray, "draws pairs"]:
        return 2 * self._both - self._sum

    def redundancy(self) -> Float[np.ndarray, "draws pairs"]:
        defined = self._both > _LEAST
        return np.where(defined, self.trade_off() / np.where(defined, self._both, 1), np.nan)


def _each(
    kernels: Float[np.ndarray, "maps n n"], places: Int64[np.ndarray, "pairs 2"]
) -> Iterator[Float[np.ndarray, "n n"]]:
    yield from kernels
    for first, second in places:
        yield kernels[first] * kernels[second]


def _average(terms: Float[np.ndarray, "draws pairs"], *, n_all: int, n_samples: int, **further: Any) -> Estimate:
    """Return the mean over pairs, beside that of each draw, with the standard error of having drawn so many pairs."""
    defined = ~np.isnan(terms)
    counts = defined.sum(axis=1)
    means = np.where(counts > 0, np.where(defined, terms, 0).sum(axis=1) / np.maximum(counts, 1), np.nan)
    estimate = estimate_beside_draws(
        np.asarray(means[0]), means[1:], estimator=ESTIMATOR, n_samples=n_samples, ceiling=np.nan, **further
    )
    return replace(estimate, standard_error=np.array(_standard_error(terms[0][defined[0]], terms.shape[1] / n_all)))


def _standard_error(terms: Float[np.ndarray, "pairs"], taken: float) -> float:
    """Return that of a mean of terms, of which such a share was drawn without repetition; 0 where all were taken."""
    n = len(terms)
    if n < 2:
        return 0.0 if n and taken == 1 else float("nan")
    return float(terms.std(ddof=1) / n**0.5 * (1 - taken) ** 0.5)
