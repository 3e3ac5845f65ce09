"""One network: trained, looked at on the way, cut off anywhere, and looked at as it would be if only its scale grew."""

# mypy: disable-error-code="no-untyped-call"
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from sightbits.core.images import ImageDataset
from sightbits.core.journal import Journal
from sightbits.core.progress import Progress
from sightbits.core.result import plain
from sightbits.estimation.layers import LayerBatch, LayerSettings, measure_layers
from sightbits.networks.checkpoints import write_weights
from sightbits.networks.convolutional import build_network
from sightbits.networks.observing.probing import probe_network
from sightbits.networks.training import Trainer, as_inputs
from sightbits.studies.information_flow.settings import FlowSettings
from sightbits.studies.information_flow.traces import record_of

MAIN, SCALE_FREE, RESCALED = "main", "scale_free", "rescaled"
Record = dict[str, Any]


@dataclass(frozen=True, eq=False, kw_only=True)
class Parts:
    """The images a study works with: what is learned from, what accuracy is told of, and the probes among these."""

    train: ImageDataset
    test: ImageDataset
    probes: tuple[ImageDataset, ...]


class NetworkRun:
    """Trains the network of one seed and records what its layers tell, step by step.

    Parameters
    ----------
    checkpoint
        A file from which training goes on; the trained weights are left beside it. None keeps nothing.
    """

    def __init__(
        self, parts: Parts, settings: FlowSettings, number: int, *, checkpoint: Path | None, work: Record
    ) -> None:
        self._parts, self._settings, self._number = parts, settings, number
        self._inputs = [as_inputs(probe.images, probe.value_range) for probe in parts.probes]
        self._untrained = self._look_at(build_seed(self._settings, self._number, self._parts.train))
        self._checkpoint = checkpoint
        self._work = work
        self._steps = settings.steps(parts.train.n_images)

    def _trainer(self, journal: Journal) -> Trainer:
        """Return how far training had come, if every look before that is known; else its start."""
        trainer = self._start()
        if any(
            journal.recall(look_key(self._settings, self._number, step)) is None
            for step in self._steps
            if step < trainer.step
        ):
            assert self._checkpoint is not None  # noqa: S101  it came from there
            self._checkpoint.unlink()
            return self._start()
        return trainer

    def _start(self) -> Trainer:
        train = self._parts.train
        return Trainer(
            build_seed(self._settings, self._number, self._parts.train),
            train.images,
            train.labels,
            self._settings.plan(self._number),
            value_range=train.value_range,
            work=self._work,
            checkpoint=self._checkpoint,
        )

    def follow(self, journal: Journal, progress: Progress) -> list[Record]:
        """Train to the end and return each look, recorded where it was not.

        Notes
        -----
        A look is recorded before the checkpoint of its step is written: what was cut off between is trained again, and
        the look is known.
        """
        task, trainer = f"network {self._number + 1}", self._trainer(journal)
        looked: list[Record] = []
        for step in self._steps:
            progress(task, trainer.step, trainer.n_steps)
            if trainer.step < step:
                trainer.advance(step, lambda _, done, total: progress(task, done, total))
            known = journal.recall(look_key(self._settings, self._number, step))
            if known is None:
                known = plain(self._measure(trainer, looked[-1] if looked else None))
                journal.record(look_key(self._settings, self._number, step), known)
                trainer.save()
            looked.append(known)
        if self._checkpoint is not None:
            seed = self._settings.seed + self._number
            write_weights(self._checkpoint.with_name(f"network-seed-{seed}.pt"), trainer.model)
        self._trained = trainer.model
        return looked

    def weights(self) -> dict[str, Any]:
        """Return the weights of the network, once it was followed to its end."""
        return self._trained.state_dict()

    def _measure(self, trainer: Trainer, before: Record | None) -> Record:
        earlier = 0 if before is None else before["step"]
        losses = trainer.losses[earlier:]
        looked: Record = {
            "step": trainer.step,
            "accuracy": trainer.evaluate(self._parts.test.images, self._parts.test.labels),
            "loss": losses.mean() if len(losses) else None,
        }
        seen = [batch.usable() for batch in self._look_at(trainer.model)]
        if trainer.diverged or any(dropped for _, dropped in seen):
            return looked
        batches = [batch for batch, _ in seen]
        bare = replace(self._settings.layer_settings, shuffles=0)
        same_scale = [rescaled(*both) for both in zip(self._untrained, batches, strict=True)]
        looked |= {
            "scale": [{name: spread(values) for name, values in batch.layers.items()} for batch in batches],
            MAIN: self._figures(MAIN, batches, self._settings.layer_settings, before),
            RESCALED: self._figures(RESCALED, same_scale, bare, before),
        }
        if self._settings.scale_free_settings is not None:
            looked[SCALE_FREE] = self._figures(SCALE_FREE, batches, self._settings.scale_free_settings, before)
        return looked

    def _figures(
        self, kind: str, batches: list[LayerBatch], settings: LayerSettings, before: Record | None
    ) -> list[Record]:
        """Return the figures of each probe; sizes by alignment go on from those of the look before."""
        last = [None] * len(batches) if before is None or kind not in before else before[kind]
        return [
            record_of(
                measure_layers(
                    batch,
                    settings,
                    pairs_of=self._settings.network.convolutions,
                    sizes_before=None if earlier is None else _as_arrays(earlier["sizes"]),
                )
            )
            for batch, earlier in zip(batches, last, strict=True)
        ]

    def _look_at(self, model: Any) -> list[LayerBatch]:
        return [
            probe_network(model, inputs, probe.labels, layers=self._settings.network.layers)
            for inputs, probe in zip(self._inputs, self._parts.probes, strict=True)
        ]


def build_seed(settings: FlowSettings, number: int, train: ImageDataset) -> Any:
    """Return the network of this number before it is trained."""
    return build_network(
        settings.network, image_shape=train.image_shape, n_labels=train.n_labels, seed=settings.seed + number
    )


def look_key(settings: FlowSettings, number: int, step: int) -> str:
    """Return under which name a look is recorded."""
    return f"seed {settings.seed + number}, step {step}"


def rescaled(untrained: LayerBatch, trained: LayerBatch) -> LayerBatch:
    """Return what the untrained network gave, each layer times the constant that gives it the spread of the trained."""
    layers = {}
    for name, values in untrained.layers.items():
        own = spread(values)
        layers[name] = values * (spread(trained.layers[name]) / own) if own > 0 else values
    return LayerBatch(inputs=untrained.inputs, labels=untrained.labels, layers=layers)


def spread(values: np.ndarray) -> float:
    """Return the root mean squared distance of samples from their mean: the scale of what a layer gives."""
    rows = values.reshape(len(values), -1).astype(np.float64)
    return float(np.sqrt(((rows - rows.mean(axis=0)) ** 2).sum(axis=1).mean()))


def _as_arrays(sizes: Record) -> dict[str, np.ndarray]:
    return {name: np.array(values, dtype=np.float64) for name, values in sizes.items()}
