"""Whether images are read at once or a chunk at a time."""

from pathlib import Path
from typing import Any

import numpy as np

from sightbits.core.images import ImageDataset
from sightbits.core.progress import Progress, silent
from sightbits.core.streams.stream import ImageStream
from sightbits.datasets.arrays import Channels
from sightbits.datasets.catalogue import find_fold
from sightbits.datasets.loading import as_dataset, load_dataset
from sightbits.datasets.streams.opening import open_images, stored_bytes

MOST_AT_ONCE = 2 * 2**30  # bytes of grey values; studies hold a few copies of what they read at once


def as_images(
    source: Any,
    labels: Any,
    caller: str,
    *,
    n_jobs: int = 1,
    scheduler: Any = None,
    progress: Progress = silent,
) -> ImageDataset | ImageStream:
    """Return images as a data set where they are in memory or small, and as a stream where they are neither.

    Parameters
    ----------
    caller
        The function that the user called, for the message where labels are missing.
    """
    if isinstance(source, ImageStream | ImageDataset):
        return source
    if isinstance(source, str | Path):
        return choose_images(str(source), n_jobs=n_jobs, scheduler=scheduler, progress=progress)
    if isinstance(source, np.ndarray | list | tuple) and not isinstance(source, np.memmap):
        return as_dataset(source, labels, caller)
    return open_images(source, labels, n_jobs=n_jobs, scheduler=scheduler, progress=progress)


def choose_images(
    name: str,
    *,
    label: str | None = None,
    shape: tuple[int, ...] | None = None,
    channels: Channels = "auto",
    value_range: tuple[float, float] | None = None,
    limit: int | None = None,
    scale_to: tuple[int, ...] | None = None,
    unreadable: str = "stop",
    chunked: bool = False,
    n_jobs: int = 1,
    scheduler: Any = None,
    progress: Progress = silent,
) -> ImageDataset | ImageStream:
    """Return images by name or from a path: a stream where that is asked for, or where they are large.

    Parameters
    ----------
    chunked
        Whether they are read a chunk at a time however few they are; with a `scheduler` they are. Sets of the
        catalogue are in memory in any case.
    """
    large = limit is None and stored_bytes(name) > MOST_AT_ONCE
    if (chunked or large or scheduler is not None) and find_fold(name) is None:
        return open_images(
            name,
            label=label,
            shape=shape,
            channels=channels,
            value_range=value_range,
            scale_to=scale_to,
            unreadable=unreadable,
            n_jobs=n_jobs,
            scheduler=scheduler,
            progress=progress,
        )
    dataset = load_dataset(
        name,
        label=label,
        shape=shape,
        channels=channels,
        value_range=value_range,
        limit=limit,
        scale_to=scale_to,
        unreadable=unreadable,
    )
    return open_images(dataset) if chunked or scheduler is not None else dataset
