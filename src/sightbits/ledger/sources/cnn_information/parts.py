"""Parts of data sets: every n-th image, where minutes must do."""

from dataclasses import dataclass, replace

import numpy as np

from sightbits.core.images import ImageDataset
from sightbits.datasets.splitting import split_dataset
from sightbits.ledger.experiment import Workbench


@dataclass(frozen=True, kw_only=True)
class Part:
    """A part of a data set with an official split.

    Parameters
    ----------
    name
        Of the data set.
    every
        One of how many training images is taken, from the first on.
    every_test
        Likewise of the test images.
    every_pixel
        Likewise of rows and columns.
    """

    name: str
    every: int = 1
    every_test: int = 1
    every_pixel: int = 1

    def of(self, bench: Workbench) -> ImageDataset:
        """Return its images."""
        whole = bench.dataset(self.name)
        if whole.in_test is None:
            raise ValueError(f"{self.name} has no official split")
        chosen = np.concatenate(
            [np.flatnonzero(~whole.in_test)[:: self.every], np.flatnonzero(whole.in_test)[:: self.every_test]]
        )
        taken = whole.take(chosen)
        if self.every_pixel == 1:
            return taken
        fewer = taken.images[:, :: self.every_pixel, :: self.every_pixel]
        return replace(taken, images=np.ascontiguousarray(fewer))

    def batches(self, bench: Workbench, *, n: int, size: int = 128) -> list[ImageDataset]:
        """Return batches of its test images, drawn anew for each."""
        _, test = split_dataset(self.of(bench), bench.seed)
        draws = (np.random.default_rng([bench.seed, i]) for i in range(n))
        return [test.take(rng.permutation(test.n_images)[:size]) for rng in draws]
