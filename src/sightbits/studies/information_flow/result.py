"""What a study of information flow found, in memory, as a document and as tables."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from jaxtyping import Float

from sightbits.core.images import Provenance
from sightbits.core.result import Columns, Result, plain, versions
from sightbits.core.units import Unit
from sightbits.studies.information_flow import documents
from sightbits.studies.information_flow.caveats import warnings_of
from sightbits.studies.information_flow.inequalities import (
    Inequalities,
    backward_inequalities,
    forward_inequalities,
)
from sightbits.studies.information_flow.settings import FlowSettings
from sightbits.studies.information_flow.traces import NON_REDUNDANT_INPUT, FlowTrace, mean_of, std_of


@dataclass(frozen=True, eq=False, kw_only=True)
class InformationFlow(Result):
    """What each layer of a network tells of input and label while it learns, and how much of that is chance or scale.

    Parameters
    ----------
    n_training, n_test, n_samples
        How many images were learned from, told the accuracy, and are in each probe.
    steps_per_epoch
        How many updates an epoch has.
    main
        What was measured as asked for.
    scale_free
        The same with one kernel a layer, of the median size: it does not know by what constant activations are
        multiplied. None where the study itself takes the median size.
    rescaled
        The untrained network measured as asked for but without shuffles and errors, each layer multiplied by the
        constant that gives it the spread of the trained one at that step: what comes of scale alone.
    accuracy, loss
        Test accuracy, and the mean training loss since the look before in nats, of each seed and look.
    scale
        The root mean squared distance of samples from their mean, of each seed, look, probe and layer.

    Examples
    --------
    >>> from sightbits import follow_information
    >>> found = follow_information("digits", epochs=1, looks=3, probes=1, samples=32, shuffles=2, pairs=3)
    >>> sorted(found.to_dict()["dpi"])[:3]
    ['backward_inequalities', 'backward_largest_rise', 'backward_null_violations']
    """

    provenance: Provenance
    image_shape: tuple[int, ...]
    label_names: tuple[str, ...]
    value_range: tuple[float, float]
    n_training: int
    n_test: int
    n_samples: int
    settings: FlowSettings
    unit: Unit
    steps_per_epoch: int
    main: FlowTrace
    scale_free: FlowTrace | None
    rescaled: FlowTrace
    accuracy: Float[np.ndarray, "seeds steps"]
    loss: Float[np.ndarray, "seeds steps"]
    scale: Float[np.ndarray, "seeds steps probes layers"]

    @property
    def layers(self) -> tuple[str, ...]:
        """All layers that were measured, in forward order."""
        return self.settings.network.layers

    @property
    def chain(self) -> tuple[str, ...]:
        """The layers that have weights, in forward order."""
        return self.settings.network.chain

    @property
    def convolutions(self) -> tuple[str, ...]:
        """The layers whose pairs of maps were measured."""
        return tuple(
            name
            for name, n_filters in zip(self.settings.network.convolutions, self.settings.network.n_filters, strict=True)
            if n_filters > 1 and self.settings.pairs > 0
        )

    @property
    def steps(self) -> tuple[int, ...]:
        """After how many updates networks were measured."""
        return self.main.steps

    @property
    def moments(self) -> dict[str, int]:
        """The looks that are shown by themselves, as places among the steps: start, after one epoch, end."""
        one_epoch = self.steps.index(self.steps_per_epoch)
        last = len(self.steps) - 1
        moments = {"start": 0, "after one epoch": one_epoch, "end": last}
        return {"start": 0, "end": last} if one_epoch == last else moments

    @property
    def traces(self) -> dict[str, FlowTrace]:
        """What was measured as asked for, and with a kernel that does not know scale."""
        return {"main": self.main} | ({} if self.scale_free is None else {"scale_free": self.scale_free})

    @cached_property
    def inequalities(self) -> dict[str, dict[str, Inequalities]]:
        """The data processing inequalities, forward and backward, of layers with weights and with poolings too."""
        tolerance = self.settings.tolerance * Unit.BIT.nats
        return {
            f"{kind}{ending}": {
                "forward": forward_inequalities(trace, chain, tolerance),
                "backward": backward_inequalities(trace, chain, tolerance),
            }
            for kind, trace in self.traces.items()
            for ending, chain in (("", self.chain), ("_with_pooling", self.layers))
        }

    def kept_by_chance(self) -> Float[np.ndarray, "steps layers"]:
        """Return the share of I(X; T) that is left where samples are shuffled, averaged over seeds and probes."""
        value, null = (self.main.mean(name) for name in ("input_information", "input_information_null"))
        return np.where(value > documents.NOTHING, null / np.where(value > documents.NOTHING, value, 1), np.nan)

    def explained_by_scale(self, name: str = NON_REDUNDANT_INPUT) -> Float[np.ndarray, "layers"]:
        """Return how much of a curve over steps the untrained network at the same scale gives, a layer.

        Notes
        -----
        1 less the squared difference of both curves over that of the curve from its mean: 1 where they are the same, 0
        and below where scale tells no more than a constant. Of curves averaged over seeds and probes; NaN where a curve
        moves by less than .01 bit.
        """
        curve, alike = self.main.mean(name), self.rescaled.mean(name)
        apart = mean_of((curve - alike) ** 2, axis=0)
        spread = mean_of((curve - mean_of(curve, axis=0)) ** 2, axis=0)
        moves = np.nanmax(np.where(np.isnan(curve), -np.inf, curve), axis=0) - np.nanmin(
            np.where(np.isnan(curve), np.inf, curve), axis=0
        )
        told = (moves > documents.LEAST_MOVE) & (spread > 0)
        return np.where(told, 1 - apart / np.where(told, spread, 1), np.nan)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What to know before believing the figures."""
        return warnings_of(self)

    def to_dict(self) -> dict[str, Any]:
        """Return the whole study as a JSON-able document."""
        main = documents.trace_document(self.main, self.layers, self.convolutions, self.unit)
        return plain(
            {
                "study": "flow",
                "version": versions()["sightbits"],
                "versions": versions(),
                "source": self.provenance.document(
                    split="test",
                    n_images=self.n_test,
                    n_training=self.n_training,
                    image_shape=self.image_shape,
                    label_names=self.label_names,
                    value_range=self.value_range,
                ),
                "settings": documents.settings_document(self.settings, self.n_samples),
                "unit": self.unit.value,
                "warnings": self.warnings,
                "layers": self.layers,
                "chain": self.chain,
                "steps": self.steps,
                "steps_per_epoch": self.steps_per_epoch,
                **main,
                "dpi": self._dpi("main"),
                "accuracy": mean_of(self.accuracy[:, -1], axis=0),
                "accuracy_std": std_of(self.accuracy[:, -1], axis=0),
                "learning": {
                    "step": self.steps,
                    "accuracy": mean_of(self.accuracy, axis=0),
                    "accuracy_std": std_of(self.accuracy, axis=0),
                    "loss": self.unit.from_nats(mean_of(self.loss, axis=0)),
                },
                "controls": {
                    "scale_free": None
                    if self.scale_free is None
                    else {
                        "kernel_size": "median",
                        "maps": "tensor",
                        **documents.trace_document(self.scale_free, self.layers, self.convolutions, self.unit),
                        "dpi": self._dpi("scale_free"),
                    },
                    "rescaled_untrained": {
                        **documents.trace_document(self.rescaled, self.layers, self.convolutions, self.unit),
                        "scale": mean_of(mean_of(self.scale, axis=2), axis=0),
                        "explained": dict(zip(self.layers, self.explained_by_scale(), strict=True)),
                    },
                },
            }
        )

    def tables(self) -> dict[str, Columns]:
        """Return `layers`, `pairs`, `dpi` and `learning` as columns."""
        kinds = {**self.traces, "rescaled_untrained": self.rescaled}
        rows = {
            "layers": [
                {"kind": kind, **row} for kind, trace in kinds.items() for row in documents.layer_rows(trace, self.unit)
            ],
            "pairs": [
                {"kind": kind, **row}
                for kind, trace in kinds.items()
                for row in documents.pair_rows(trace, self.convolutions, self.unit)
            ],
            "dpi": [
                {"kind": kind, "chain": way, **documents.inequality_row(one, self.unit)}
                for kind, both in self.inequalities.items()
                for way, one in both.items()
            ],
            "learning": [
                {"seed": self.settings.seed + i, "step": step, "accuracy": self.accuracy[i, k],
                 "loss": float(self.unit.from_nats(self.loss[i, k]))}
                for i in range(len(self.accuracy)) for k, step in enumerate(self.steps)
            ],
        }  # fmt: skip
        return {name: {key: [row[key] for row in found] for key in found[0]} for name, found in rows.items() if found}

    def _dpi(self, kind: str) -> dict[str, Any]:
        return {
            "tolerance": self.unit.from_nats(self.settings.tolerance * Unit.BIT.nats),
            **documents.dpi_document(self.inequalities[kind], self.unit),
            "with_pooling": documents.dpi_document(self.inequalities[f"{kind}_with_pooling"], self.unit),
        }
