"""The data processing inequalities: how often information rises along a chain, and what chance alone gives."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from sightbits.studies.information_flow.traces import ERROR, INPUT, FlowTrace


@dataclass(frozen=True, eq=False, kw_only=True)
class Inequalities:
    """The inequalities of one chain, over all seeds and steps.

    Parameters
    ----------
    layers
        The chain, in the order in which information should not rise.
    rises
        By how much it does from each layer to the next, in nats, averaged over probes.
    null_rises
        The same where samples are shuffled.
    tolerance
        The rise above which an inequality counts as violated, in nats.
    """

    layers: tuple[str, ...]
    rises: Float[np.ndarray, "seeds steps links"]
    null_rises: Float[np.ndarray, "seeds steps links"]
    tolerance: float

    @property
    def n_inequalities(self) -> int:
        """How many were looked at."""
        return int((~np.isnan(self.rises)).sum())

    @property
    def n_violations(self) -> int:
        """How many do not hold."""
        return int(self.violated.sum())

    @property
    def n_null_violations(self) -> int:
        """How many do not hold of shuffled samples, of which the inequality says nothing."""
        return int((self.null_rises > self.tolerance).sum())

    @property
    def violated(self) -> Bool[np.ndarray, "seeds steps links"]:
        """Which do not hold."""
        return np.asarray(self.rises > self.tolerance)

    @property
    def largest_rise(self) -> float:
        """The largest rise, in nats; NaN where there is nothing to look at."""
        return float(np.nanmax(self.rises)) if self.n_inequalities else float("nan")


def forward_inequalities(trace: FlowTrace, chain: Sequence[str], tolerance: float) -> Inequalities:
    """Return I(X; T_1) >= I(X; T_2) >= ... along a chain of layers in forward order."""
    return _along(trace, INPUT, tuple(chain), tolerance)


def backward_inequalities(trace: FlowTrace, chain: Sequence[str], tolerance: float) -> Inequalities:
    """Return I(d_K; d_K-1) >= ... >= I(d_K; d_1) of errors, along a chain of layers in forward order.

    Notes
    -----
    Errors come from the last layer, so that the chain runs backward; the last itself is what others are held against.
    """
    return _along(trace, ERROR, tuple(reversed(list(chain)[:-1])), tolerance)


def _along(trace: FlowTrace, name: str, layers: tuple[str, ...], tolerance: float) -> Inequalities:
    places = [trace.place(layer) for layer in layers]
    return Inequalities(
        layers=layers,
        rises=np.diff(trace.of_seeds(name)[..., places], axis=-1),
        null_rises=np.diff(trace.of_seeds(f"{name}_null")[..., places], axis=-1),
        tolerance=tolerance,
    )
