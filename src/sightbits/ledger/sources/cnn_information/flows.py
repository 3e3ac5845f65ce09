"""Networks that were followed while they learned: their figures as plain numbers, which a record can hold."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from jaxtyping import Float

from sightbits.core.result import plain
from sightbits.core.units import Unit
from sightbits.ledger.experiment import Workbench
from sightbits.ledger.sources.cnn_information.parts import Part
from sightbits.studies.information_flow import FlowSettings, InformationFlow, follow_information
from sightbits.studies.information_flow.traces import (
    ERROR,
    INPUT,
    LABEL,
    NON_REDUNDANT_INPUT,
    NON_REDUNDANT_LABEL,
    REDUNDANCY,
    FlowTrace,
    mean_of,
)

MAIN, SCALE_FREE, RESCALED = "main", "scale_free", "rescaled"
START, ONE_EPOCH, END = "start", "after one epoch", "end"
NAMES = (INPUT, LABEL, ERROR, REDUNDANCY, NON_REDUNDANT_INPUT, NON_REDUNDANT_LABEL)


@dataclass(frozen=True, eq=False, kw_only=True)
class Flow:
    """What the layers of some networks tell while they learn: bits, and percent for redundancy.

    Parameters
    ----------
    title
        Of what networks, on which images.
    layers, chain, convolutions
        All layers, those with weights, and those whose pairs of maps were measured.
    steps
        After how many updates they were measured.
    moments
        The places among these of start, end of the first epoch, and end.
    accuracy
        Test accuracy, a fraction.
    input_entropy
        The most there is to tell of the input.
    figures
        By kernels and name, of each network, step and layer; `null` where samples are shuffled; NaN where there is
        none.
    """

    title: str
    layers: tuple[str, ...]
    chain: tuple[str, ...]
    convolutions: tuple[str, ...]
    steps: tuple[int, ...]
    moments: Mapping[str, int]
    accuracy: Float[np.ndarray, "networks steps"]
    input_entropy: float
    figures: Mapping[str, Mapping[str, Float[np.ndarray, "networks steps layers"]]]

    def of(
        self, name: str, layers: Sequence[str], *, shuffled: bool = False, kernels: str = MAIN
    ) -> Float[np.ndarray, "networks steps chosen"]:
        """Return a figure of some layers."""
        places = [self.layers.index(layer) for layer in layers]
        return self.figures[kernels][f"{name}_null" if shuffled else name][..., places]

    @property
    def n_networks(self) -> int:
        """How many networks there are."""
        return len(self.accuracy)


@dataclass(frozen=True, kw_only=True)
class FlowTask:
    """Networks to be followed: images, and fields of `FlowSettings`."""

    title: str
    part: Part
    options: Mapping[str, Any] = field(default_factory=dict)

    def follow(self, bench: Workbench) -> Flow:
        """Return their figures, remembered from the first time on."""
        key = f"flow: {json.dumps(asdict(self), sort_keys=True)}"
        record = bench.once(key, lambda: self._record(bench))
        figures = {
            kernels: {name: np.array(values, dtype=np.float64) for name, values in columns.items()}
            for kernels, columns in record["figures"].items()
        }
        return Flow(
            title=self.title,
            layers=tuple(record["layers"]),
            chain=tuple(record["chain"]),
            convolutions=tuple(record["convolutions"]),
            steps=tuple(record["steps"]),
            moments=record["moments"],
            accuracy=np.array(record["accuracy"], dtype=np.float64),
            input_entropy=float(np.array(record["input_entropy"], dtype=np.float64)),  # None where all diverged
            figures=figures,
        )

    def _record(self, bench: Workbench) -> dict[str, Any]:
        settings = FlowSettings(seed=bench.seed, **self.options)
        found = follow_information(self.part.of(bench), settings=settings, progress=bench.progress)
        return record_of(found)


def record_of(found: InformationFlow) -> dict[str, Any]:
    """Return what a study found as a JSON-able record."""
    traces = {**found.traces, RESCALED: found.rescaled}
    return plain(
        {
            "layers": found.layers,
            "chain": found.chain,
            "convolutions": found.convolutions,
            "steps": found.steps,
            "moments": found.moments,
            "accuracy": found.accuracy,
            "input_entropy": Unit.BIT.from_nats(float(mean_of(found.main.input_entropy.reshape(-1), axis=0))),
            "figures": {kernels: _figures(trace) for kernels, trace in traces.items()},
        }
    )


def _figures(trace: FlowTrace) -> dict[str, np.ndarray]:
    return {
        f"{name}{ending}": 100 * values if name == REDUNDANCY else np.asarray(Unit.BIT.from_nats(values))
        for name in NAMES
        for ending in ("", "_null")
        for values in (trace.of_seeds(f"{name}{ending}"),)
    }


def mnist_tasks(bench: Workbench) -> tuple[FlowTask, ...]:
    """Return networks of the LeNet-5 type on MNIST, with ReLU and with sigmoid."""
    part = bench.choose(Part(name="mnist", every=8, every_test=5), Part(name="mnist"))
    return _with_both(bench, "MNIST", part)


def fashion_tasks(bench: Workbench) -> tuple[FlowTask, ...]:
    """Return the same on Fashion-MNIST; none where minutes must do."""
    return () if bench.quick else _with_both(bench, "Fashion-MNIST", Part(name="fashion-mnist"))


def _with_both(bench: Workbench, name: str, part: Part) -> tuple[FlowTask, ...]:
    options: dict[str, Any] = bench.choose(
        {"epochs": 4, "seeds": 2, "looks": 9, "probes": 1, "shuffles": 3, "pairs": 20}, {"epochs": 10, "seeds": 5}
    )
    return tuple(
        FlowTask(title=f"{name}, {shown}", part=part, options={"activation": activation, **options})
        for activation, shown in (("relu", "ReLU"), ("sigmoid", "sigmoid"))
    )


def alexnet_tasks() -> tuple[FlowTask, ...]:
    """Return networks with four convolutions on HASYv2 and Fruits 360, as far as hours allow."""
    return (
        FlowTask(
            title="HASYv2, four convolutions",
            part=Part(name="hasyv2", every=5, every_test=8),
            options={"model": "alexnet", "filters": (30, 60, 90, 90), "epochs": 4, "seeds": 2, "pairs": 50},
        ),
        FlowTask(
            title="Fruits 360, four convolutions",
            part=Part(name="fruits-360", every_pixel=2),
            options={"model": "alexnet", "filters": (16, 32, 64, 128), "epochs": 15, "seeds": 2, "pairs": 50},
        ),
    )


FEW_FILTERS = FlowTask(
    title="Fruits 360, 6 12 16 filters",
    part=Part(name="fruits-360", every_pixel=2),
    options={"model": "alexnet", "filters": (6, 12, 16, 16), "epochs": 15, "seeds": 2, "looks": 6, "pairs": 20},
)


def recipe_of(bench: Workbench) -> str:
    """Return how networks of the LeNet-5 type are trained here, for a note."""
    return bench.choose(
        "Quick: 7,500 training images, 4 epochs, 2 networks of 6 and 12 filters, 128 test images; ReLU at rate .02, "
        "sigmoid at .1, momentum .95, batches of 128.",
        "60,000 training images, 10 epochs, 5 networks of 6 and 12 filters, 2 x 128 test images; ReLU at rate .02, "
        "sigmoid at .1, momentum .95, batches of 128.",
    )


def said(names: Sequence[str], values: Sequence[float], digits: int = 2) -> str:
    """Return figures by name, for a note."""
    return ", ".join(f"{name} {value:.{digits}f}" for name, value in zip(names, values, strict=True))
