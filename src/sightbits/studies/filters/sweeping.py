"""One network of a sweep: trained with another number of filters, and measured."""

# mypy: disable-error-code="no-untyped-call"
from pathlib import Path
from typing import Any

import numpy as np

from sightbits.core.images import ImageDataset
from sightbits.core.journal import Journal
from sightbits.core.progress import Progress
from sightbits.core.result import plain
from sightbits.estimation.layers import measure_layers
from sightbits.networks.batches import draw_batches
from sightbits.networks.observing.probing import probe_network
from sightbits.networks.training import as_inputs
from sightbits.studies.filters.settings import FilterSettings
from sightbits.studies.filters.sweep import WidthSweep
from sightbits.studies.filters.training import train_network

_PROBE = 7  # which stream of random numbers draws the test images that layers are measured on


def sweep_point(
    train: ImageDataset,
    test: ImageDataset,
    settings: FilterSettings,
    place: int,
    *,
    folder: Path | None,
    work: dict[str, Any],
    journal: Journal,
    progress: Progress,
) -> dict[str, Any]:
    """Return accuracy, information and redundancy of the network in a place of the sweep, recorded."""
    n_filters, number = _point(settings, place)
    seed = settings.seed + number
    key = point_key(settings, place)
    known = journal.recall(key)
    if known is not None:
        return known
    checkpoint = None if folder is None else folder / f".filters-{n_filters}-seed-{seed}.pt"
    trainer = train_network(
        settings.network_with(n_filters), settings.plan(number), train, work=work, checkpoint=checkpoint,
        progress=progress, task=f"{n_filters} filters, network {number + 1}",
    )  # fmt: skip
    (drawn,) = draw_batches(
        test.n_images, batch=min(settings.samples, test.n_images), n_updates=1, seed=[settings.seed, _PROBE]
    )
    inputs = as_inputs(test.images[drawn], test.value_range)
    batch = probe_network(trainer.model, inputs, test.labels[drawn].astype(np.int64), layers=[settings.studied])
    figures = measure_layers(batch, settings.layer_settings, pairs_of=[settings.studied] if n_filters > 1 else [])
    told, pairs = figures.input_information, figures.pairs.get(settings.studied)
    found = plain(
        {
            "accuracy": trainer.evaluate(test.images, test.labels),
            "input_information": told.value[0],
            "input_information_null": told.null_mean[0],
            "saturated": float(told.saturated[0]),
            "redundancy": None if pairs is None else pairs.redundancy.value,
            "redundancy_null": None if pairs is None else pairs.redundancy.null_mean,
            "input_entropy": figures.input_entropy,
        }
    )
    journal.record(key, found)
    if checkpoint is not None:
        checkpoint.unlink(missing_ok=True)
    return found


def point_key(settings: FilterSettings, place: int) -> str:
    """Return under which name the network in a place of the sweep is recorded."""
    n_filters, number = _point(settings, place)
    return f"seed {settings.seed + number}, a network of {n_filters} filters"


def _point(settings: FilterSettings, place: int) -> tuple[int, int]:
    """Return of how many filters the network in this place is, and of which number."""
    return settings.sweep[place // settings.seeds], place % settings.seeds


def sweep_of(numbers: tuple[int, ...], points: list[list[dict[str, Any]]]) -> WidthSweep:
    """Return the sweep from what was found of each number of filters, a list of networks each."""

    def column(name: str) -> np.ndarray:
        return np.array([[point[name] for point in each] for each in points], dtype=np.float64).T

    names = ("accuracy", "input_information", "input_information_null", "saturated", "redundancy", "redundancy_null",
             "input_entropy")  # fmt: skip
    return WidthSweep(numbers=numbers, **{name: column(name) for name in names})
