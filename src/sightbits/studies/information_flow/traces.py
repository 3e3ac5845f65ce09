"""What was measured of every seed, step, probe and layer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from sightbits.core.result import plain
from sightbits.core.units import Unit
from sightbits.estimation.layers import LayerFigures

INPUT, LABEL, ERROR = "input_information", "label_information", "error_information"
REDUNDANCY, NON_REDUNDANT_INPUT, NON_REDUNDANT_LABEL = "redundancy", "non_redundant_input", "non_redundant_label"


@dataclass(frozen=True, eq=False, kw_only=True)
class FlowTrace:
    """Figures under one choice of kernels, in nats, as arrays of seeds x steps x probes x layers.

    Parameters
    ----------
    steps
        After how many updates they were taken.
    layers
        In forward order.
    columns
        By name: the figures of `LayerFigures.rows`, NaN where a layer has none.
    input_entropy, label_entropy
        Of each probe.
    """

    steps: tuple[int, ...]
    layers: tuple[str, ...]
    columns: Mapping[str, Float[np.ndarray, "seeds steps probes layers"]]
    input_entropy: Float[np.ndarray, "seeds steps probes"]
    label_entropy: Float[np.ndarray, "seeds steps probes"]

    def of_seeds(self, name: str) -> Float[np.ndarray, "seeds steps layers"]:
        """Return a figure averaged over probes; NaN where it was not measured."""
        shape = (len(self.input_entropy), len(self.steps), len(self.layers))
        column = self.columns.get(name)
        return np.full(shape, np.nan) if column is None else mean_of(column, axis=2)

    def mean(self, name: str) -> Float[np.ndarray, "steps layers"]:
        """Return a figure averaged over seeds and probes; seeds that diverged are left out."""
        return mean_of(self.of_seeds(name), axis=0)

    def std(self, name: str) -> Float[np.ndarray, "steps layers"]:
        """Return the standard deviation over seeds; NaN with one."""
        return std_of(self.of_seeds(name), axis=0)

    def excess(self, name: str) -> Float[np.ndarray, "seeds steps layers"]:
        """Return a figure less what chance gives."""
        return self.of_seeds(name) - self.of_seeds(f"{name}_null")

    def place(self, layer: str) -> int:
        """Return where a layer is among the layers."""
        return self.layers.index(layer)


def record_of(figures: LayerFigures) -> dict[str, Any]:
    """Return the figures of one probe as a JSON-able record, in nats."""
    return plain(
        {
            "input_entropy": figures.input_entropy,
            "label_entropy": figures.label_entropy,
            "rows": figures.rows(Unit.NAT),
            "sizes": dict(figures.sizes),
        }
    )


def trace_of(
    looked: Sequence[Sequence[dict[str, Any]]],
    kind: str,
    *,
    n_probes: int,
    steps: tuple[int, ...],
    layers: tuple[str, ...],
) -> FlowTrace:
    """Return what was looked at, by seed and step, as arrays; a look without figures is of a network that diverged."""
    shape = (len(looked), len(steps), n_probes)
    columns: dict[str, np.ndarray] = {}
    entropies = {name: np.full(shape, np.nan) for name in ("input_entropy", "label_entropy")}
    for place in np.ndindex(shape):
        seed, step, probe = place
        if kind not in looked[seed][step]:
            continue
        record = looked[seed][step][kind][probe]
        for name, values in entropies.items():
            values[place] = np.nan if record[name] is None else record[name]
        for row in record["rows"]:
            at = (*place, layers.index(row["layer"]))
            for name, value in row.items():
                if name == "layer" or value is None:
                    continue
                if name not in columns:
                    columns[name] = np.full((*shape, len(layers)), np.nan)
                columns[name][at] = float(value)
    return FlowTrace(steps=steps, layers=layers, columns=columns, **entropies)


def mean_of(values: Float[np.ndarray, "*all"], *, axis: int) -> Float[np.ndarray, "*rest"]:
    """Return the mean of what is there along an axis; NaN where nothing is."""
    there = ~np.isnan(values)
    total = np.where(there, values, 0).sum(axis=axis)
    count = there.sum(axis=axis)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def std_of(values: Float[np.ndarray, "*all"], *, axis: int) -> Float[np.ndarray, "*rest"]:
    """Return the standard deviation of what is there along an axis; NaN where there are fewer than two."""
    count = (~np.isnan(values)).sum(axis=axis)
    squares = (values - np.expand_dims(mean_of(values, axis=axis), axis)) ** 2
    variance = mean_of(squares, axis=axis) * count / np.maximum(count - 1, 1)
    return np.where(count > 1, np.sqrt(variance), np.nan)
