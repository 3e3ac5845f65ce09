"""A step of training that was observed, and how it is measured."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

import numpy as np
from threadpoolctl import ThreadpoolController

from sightbits.core.checks import InputError
from sightbits.core.units import Unit
from sightbits.estimation.layers import LayerBatch, LayerFigures, LayerSettings, measure_layers
from sightbits.networks.observing.gaps import Gap


@dataclass(frozen=True, eq=False, kw_only=True)
class ObservedStep:
    """What the layers told at one step of training.

    Parameters
    ----------
    step
        Its number: how many forward passes in training came before.
    figures
        What was measured; None where nothing could be.
    unobserved
        What is missing and why: by layer; by "error of " and a layer where its gradient alone is missing; by "labels";
        by "step" where nothing could be measured.
    """

    step: int
    figures: LayerFigures | None
    unobserved: Mapping[str, str]

    def rows(self, unit: Unit = Unit.BIT) -> list[dict[str, Any]]:
        """Return a row a layer of plain numbers, information in a unit."""
        return [{"step": self.step, **row} for row in self.figures.rows(unit)] if self.figures is not None else []


def measure_step(
    capture: Any, labels: np.ndarray | None, factor: float | Gap, settings: LayerSettings, before: LayerFigures | None
) -> ObservedStep:
    """Return what a captured step tells; what cannot be measured is noted in the capture's gaps, and never raised.

    Parameters
    ----------
    capture
        A `Capture` that is over.
    labels
        Class numbers of the whole batch.
    factor
        What its gradients are multiplied by to be those of the sum of the losses.
    settings
        Checked settings.
    before
        The figures of the observed step before, from whose kernels `alignment` goes on.
    """
    try:
        figures = _measure(capture, labels, factor, settings, before)
    except InputError as error:
        capture.gaps["step"] = Gap("unmeasurable", str(error))
        figures = None
    except Exception as error:  # whatever it is, the training goes on
        capture.gaps["step"] = Gap("failed", f"measuring failed: {type(error).__name__}: {error}")
        figures = None
    unobserved = {name: gap.reason for name, gap in capture.gaps.items()}
    return ObservedStep(step=capture.step, figures=figures, unobserved=MappingProxyType(unobserved))


def _measure(
    capture: Any, labels: np.ndarray | None, factor: float | Gap, settings: LayerSettings, before: LayerFigures | None
) -> LayerFigures | None:
    layers, gradients = capture.arrays()
    if "step" in capture.gaps:
        return None
    if not layers:
        capture.gaps["step"] = Gap("unmeasurable", "no layer gave anything that can be measured")
        return None
    if isinstance(factor, Gap):
        capture.gaps |= {f"error of {name}": factor for name in gradients}
        gradients = {}
    errors = {name: np.multiply(gradient, factor, out=gradient) for name, gradient in gradients.items()}
    inputs = capture.input_array()
    batch, unusable = LayerBatch(
        inputs=inputs, labels=None if labels is None else labels[: len(inputs)], layers=layers, errors=errors
    ).usable()
    capture.gaps |= {name: Gap("not finite", reason) for name, reason in unusable.items()}
    for name in errors.keys() - batch.errors.keys() - unusable.keys():
        capture.gaps[f"error of {name}"] = Gap("not finite", "its gradient is not finite")
    if not batch.layers:
        capture.gaps["step"] = Gap("not finite", "no layer gave finite numbers")
        return None
    # One thread: those of NumPy would go on waiting for more work while torch trains.
    with _libraries().limit(limits=1, user_api="blas"):
        return measure_layers(batch, settings, sizes_before=None if before is None else before.sizes)


@cache
def _libraries() -> ThreadpoolController:
    return ThreadpoolController()
