"""Networks of several widths, one layer widened at a time."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from sightbits.ledger.experiment import Workbench
from sightbits.ledger.sources.cnn_information.flows import MAIN, Flow, FlowTask
from sightbits.ledger.sources.cnn_information.parts import Part

USUAL = (6, 12)


@dataclass(frozen=True, eq=False, kw_only=True)
class Widening:
    """Networks that differ in the width of one convolution, fewest filters first."""

    layer: str
    widths: tuple[int, ...]
    flows: tuple[Flow, ...]

    def at_end(self, name: str, *, shuffled: bool = False, kernels: str = MAIN) -> Float[np.ndarray, "widths networks"]:
        """Return a figure of that convolution at the end of training."""
        return np.array(
            [flow.of(name, [self.layer], shuffled=shuffled, kernels=kernels)[:, -1, 0] for flow in self.flows]
        )

    def at_start(self, name: str) -> Float[np.ndarray, "widths networks"]:
        """Return a figure of that convolution before training."""
        return np.array([flow.of(name, [self.layer])[:, 0, 0] for flow in self.flows])

    @property
    def accuracy(self) -> Float[np.ndarray, "widths networks"]:
        """Test accuracy at the end, in percent."""
        return np.array([100 * flow.accuracy[:, -1] for flow in self.flows])


def follow_topologies(bench: Workbench) -> tuple[Widening, ...]:
    """Return networks with the first, and with the second convolution widened."""
    widths: dict[str, Sequence[int]] = bench.choose(
        {"conv1": (2, 6, 24), "conv2": (4, 12, 48)}, {"conv1": (2, 6, 12, 24), "conv2": (4, 12, 32, 64)}
    )
    return tuple(
        Widening(
            layer=layer,
            widths=tuple(each),
            flows=tuple(_task(bench, layer, width).follow(bench) for width in each),
        )
        for layer, each in widths.items()
    )


def _task(bench: Workbench, layer: str, width: int) -> FlowTask:
    filters = (width, USUAL[1]) if layer == "conv1" else (USUAL[0], width)
    part = bench.choose(Part(name="mnist", every=8, every_test=5), Part(name="mnist"))
    options = bench.choose(
        {"epochs": 2, "seeds": 3, "looks": 3, "probes": 1, "shuffles": 2, "pairs": 15},
        {"epochs": 5, "seeds": 3, "looks": 3, "shuffles": 5, "pairs": 66},
    )
    return FlowTask(
        title=f"MNIST, ReLU, {filters[0]} and {filters[1]} filters",
        part=part,
        options={"filters": filters, **options},
    )
