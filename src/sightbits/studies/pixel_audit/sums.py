"""Sums over images that maps are made of: of images in memory, or of a stream in as few passes as memory allows."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from jaxtyping import Int64

from sightbits.core.counts import LabelledLevels
from sightbits.core.images import ImageDataset
from sightbits.core.levels import LevelCode, level_code
from sightbits.core.moments import mean_and_variance
from sightbits.core.progress import Progress
from sightbits.core.streams.stream import ImageStream
from sightbits.core.streams.summing import sum_over
from sightbits.core.streams.tally import Errand, TallyPlan, read_part
from sightbits.studies.pixel_audit.maps import BlockSums


def sums_in_memory(dataset: ImageDataset, coded: LabelledLevels) -> Iterator[BlockSums]:
    """Yield the sums of a run of pixels at a time."""
    halves = LabelledLevels.of(dataset, level_code(dataset, 2))
    met = np.unique(dataset.labels)
    for pixels in coded.pixel_blocks():
        values = dataset.values[:, pixels]
        mean, variance = mean_and_variance(values)
        of_label = np.zeros((values.shape[1], dataset.n_labels))
        for label in met:
            of_label[:, label] = values[dataset.labels == label].sum(axis=0, dtype=np.float64)
        yield BlockSums(
            pixels=pixels,
            table=coded.count(pixels),
            halves=halves.count(pixels),
            mean=mean,
            variance=variance,
            constant=(values == values[0]).all(axis=0),
            of_label=of_label,
        )


@dataclass(eq=False, kw_only=True)
class StreamReader:
    """Reads a stream for its maps, and brings images home on the first pass.

    Parameters
    ----------
    stream
        All images.
    split
        Which of them are tallied.
    places
        Which are brought home, for each part.
    """

    stream: ImageStream
    split: str
    code: LevelCode
    places: list[Int64[np.ndarray, "_"]]
    n_jobs: int
    scheduler: Any
    progress: Progress
    _picked: Any = None  # until the first pass is done

    def sums(self) -> Iterator[BlockSums]:
        """Yield the sums of a run of pixels at a time, each a pass over the images."""
        described = self.stream.of_split(self.split)
        tallied = set(described.parts)
        whole = TallyPlan.of(described, self.code)
        nothing = np.zeros(0, dtype=np.int64)
        for pixels in whole.passes():
            plan = replace(whole, pixels=pixels)
            errands = {
                part: Errand(tallied=part in tallied, places=places if self._picked is None else nothing)
                for part, places in zip(self.stream.parts, self.places, strict=True)
            }
            asked = [part for part, errand in errands.items() if errand.tallied or len(errand.places)]
            read = sum_over(
                asked,
                partial(read_part, plan=plan),
                [errands[part] for part in asked],
                n_jobs=self.n_jobs,
                scheduler=self.scheduler,
                progress=self.progress,
            )
            self._picked = self._picked or read.picked
            moments = plan.moments(read.tally)
            mean = moments.total / described.n_images
            yield BlockSums(
                pixels=pixels,
                table=plan.table(read.tally),
                halves=moments.halves,
                mean=plan.first[pixels] + mean,
                variance=np.maximum(moments.squares / described.n_images - mean**2, 0),
                constant=moments.low == moments.high,
                of_label=moments.of_label,
            )

    def sample(self) -> ImageDataset:
        """Return the images brought home."""
        return self.stream.dataset_of(self._picked)
