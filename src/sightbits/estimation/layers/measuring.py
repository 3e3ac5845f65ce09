"""All figures of one batch."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from jaxtyping import Float

from sightbits.core.checks import InputError, check_choice, check_given_once
from sightbits.core.estimate import Estimate
from sightbits.core.units import Unit
from sightbits.estimation.layers.batch import LayerBatch
from sightbits.estimation.layers.chains import draw_orders, reference_of, tell
from sightbits.estimation.layers.kernels import KernelMaker, Sizes
from sightbits.estimation.layers.pairs import PairFigures, measure_pairs
from sightbits.estimation.layers.settings import LayerSettings


@dataclass(frozen=True, eq=False, kw_only=True)
class LayerFigures:
    """What the layers of a network tell of its input, its label and its last error, in nats.

    Parameters
    ----------
    layers
        Their names, in forward order.
    n_samples
        How many samples the figures rest on.
    input_entropy, label_entropy
        Those of input and label; NaN without labels.
    entropy
        That of each layer.
    input_information, label_information
        What each layer tells of input and label; the latter None without labels.
    error_layers
        The layers whose errors were known, but the last, in forward order.
    error_information
        What the error of each of these tells of that of the last layer; None where fewer than two are known.
    pairs
        By layer, what pairs of its maps tell.
    sizes
        By variable, the sizes of its kernels: the next step by alignment goes on from them.

    Examples
    --------
    >>> inputs = np.random.default_rng(0).random((32, 4))
    >>> batch = LayerBatch(inputs=inputs, layers={"conv": inputs, "out": inputs[:, :1]})
    >>> measure_layers(batch, LayerSettings(kernel_size="median")).input_information
    Estimate(batch of (2,), matrix_renyi, n = 32, null = permutation)
    """

    layers: tuple[str, ...]
    n_samples: int
    input_entropy: float
    label_entropy: float
    entropy: Float[np.ndarray, "layers"]
    input_information: Estimate
    label_information: Estimate | None
    error_layers: tuple[str, ...]
    error_information: Estimate | None
    pairs: Mapping[str, PairFigures]
    sizes: Sizes

    def rows(self, unit: Unit = Unit.BIT) -> list[dict[str, Any]]:
        """Return a row a layer of plain numbers, information in a unit; what was not measured is left out."""
        rows: list[dict[str, Any]] = []
        for i, layer in enumerate(self.layers):
            row: dict[str, Any] = {"layer": layer, "entropy": unit.from_nats(float(self.entropy[i]))}
            row |= _numbers("input_information", self.input_information, i, unit)
            if self.label_information is not None:
                row |= _numbers("label_information", self.label_information, i, unit)
            if self.error_information is not None and layer in self.error_layers:
                row |= _numbers("error_information", self.error_information, self.error_layers.index(layer), unit)
            if layer in self.pairs:
                row |= _pair_numbers(self.pairs[layer], unit)
            rows.append(row)
        return rows


def measure_layers(
    batch: LayerBatch,
    settings: LayerSettings | None = None,
    *,
    pairs_of: Collection[str] | None = None,
    sizes_before: Sizes | None = None,
    **options: Any,
) -> LayerFigures:
    """Return what each layer tells of input, label and last error, beside what chance gives.

    Parameters
    ----------
    batch
        What the network made of some images.
    settings
        Checked settings; or give them one by one as `options`.
    pairs_of
        The layers whose pairs of maps are measured; by default all that have maps.
    sizes_before
        By alignment, the sizes of the step before.
    options
        The fields of `LayerSettings`.

    Raises
    ------
    InputError
        Where there is no layer, a value is not finite, a layer of `pairs_of` has no two maps, or both settings and
        options are given.

    Notes
    -----
    Matrix-based Rényi information of order alpha. The null shuffles the samples of the other variable: what is left is
    no information. Under the source's kernels much is left: a figure without its null says little. Cost: eigenvalues of
    a matrix of n x n for each layer and reference, 1 + shuffles times; likewise for each map and each pair.

    Source: S. Yu, K. Wickstrøm, R. Jenssen, J. C. Príncipe, arXiv:1804.06537; the nulls are ours.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> labels = rng.integers(0, 2, 64)
    >>> batch = LayerBatch(inputs=rng.random((64, 5)), labels=labels, layers={"out": 3.0 * labels[:, None]})
    >>> told = measure_layers(batch, kernel_size="median").label_information
    >>> float(told.value[0].round(2)), float(told.null_mean[0].round(2))
    (0.49, 0.0)
    """
    check_given_once(settings, options)
    settings = settings or LayerSettings(**options)
    if not batch.layers:
        raise InputError("layers", wanted="one layer or more", got="none", remedy="Name the layers to measure.")
    batch.check_finite()
    orders = draw_orders(batch.n_samples, shuffles=settings.shuffles, seed=settings.seed)
    maker = KernelMaker(batch, settings, sizes_before)
    references = [reference_of(maker.of_inputs(batch.inputs), orders, settings.alpha)]
    if batch.labels is not None:
        references.append(reference_of(maker.of_labels(), orders, settings.alpha))
    kernels = {name: maker.of_layer(name, values) for name, values in batch.layers.items()}
    entropy, told = tell([kernel.whole for kernel in kernels.values()], references)
    error_layers = tuple(name for name in batch.layers if name in batch.errors)
    error_information = None
    if len(error_layers) > 1:
        errors = [maker.of_errors(name, batch.errors[name]) for name in error_layers]
        _, of_last = tell(errors[:-1], [reference_of(errors[-1], orders, settings.alpha)])
        error_information = of_last[0].estimate()
    return LayerFigures(
        layers=tuple(batch.layers),
        n_samples=batch.n_samples,
        input_entropy=references[0].entropy,
        label_entropy=references[1].entropy if len(references) > 1 else float("nan"),
        entropy=entropy,
        input_information=told[0].estimate(),
        label_information=told[1].estimate() if len(told) > 1 else None,
        error_layers=error_layers[:-1],
        error_information=error_information,
        pairs=MappingProxyType(
            {
                name: measure_pairs(kernels[name], references, most=settings.pairs, seed=settings.seed)
                for name in _with_pairs(batch, settings, pairs_of)
            }
        ),
        sizes=MappingProxyType(maker.sizes),
    )


def _with_pairs(batch: LayerBatch, settings: LayerSettings, asked: Collection[str] | None) -> list[str]:
    for name in asked or ():
        check_choice("pairs_of", name, list(batch.layers))
    if settings.pairs == 0:
        return []
    return [name for name in batch.layers if (name in asked if asked is not None else batch.n_maps(name) > 1)]


def _numbers(name: str, estimate: Estimate, i: int, unit: Unit) -> dict[str, Any]:
    numbers: dict[str, Any] = {name: unit.from_nats(float(estimate.value[i]))}
    if estimate.null != "none":
        numbers[f"{name}_null"] = unit.from_nats(float(estimate.null_mean[i]))
        numbers[f"{name}_null_std"] = unit.from_nats(float(estimate.null_std[i]))
        numbers[f"{name}_excess"] = unit.from_nats(float(estimate.excess[i]))
    numbers[f"{name}_saturated"] = bool(estimate.saturated[i])
    return numbers


def _pair_numbers(pairs: PairFigures, unit: Unit) -> dict[str, Any]:
    shown = {
        "redundancy": (pairs.redundancy, Unit.DIMENSIONLESS),
        "non_redundant_input": (pairs.input_information, unit),
        "non_redundant_label": (pairs.label_information, unit),
    }
    numbers: dict[str, Any] = {
        "n_pairs": pairs.n_pairs,
        "n_all_pairs": pairs.n_all_pairs,
        "n_undefined": pairs.n_undefined,
        "saturated_share": pairs.saturated_share,
    }
    for name, (estimate, own) in shown.items():
        if estimate is not None:
            numbers[name] = own.from_nats(float(estimate.value))
            numbers[f"{name}_standard_error"] = own.from_nats(float(estimate.standard_error))
            if estimate.null != "none":
                numbers[f"{name}_null"] = own.from_nats(float(estimate.null_mean))
    return numbers
