"""What rankers look at."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int64, Shaped

from sightbits.core.counts import LabelledLevels
from sightbits.core.images import ImageDataset
from sightbits.core.levels import LevelCode


@dataclass(frozen=True, eq=False, kw_only=True)
class PixelSample:
    """Grey values of labelled images, and the same coded as levels.

    Parameters
    ----------
    values
        Grey values as they came.
    coded
        The levels that are counted; see `default_levels` for how many suit a ranker.
    """

    values: Shaped[np.ndarray, "n_images pixels"]
    coded: LabelledLevels

    @classmethod
    def of(cls, dataset: ImageDataset, code: LevelCode) -> "PixelSample":
        """Return the images of a data set with their grey values coded."""
        return cls(values=dataset.values, coded=LabelledLevels.of(dataset, code))

    def take(self, which: Int64[np.ndarray, "n_taken"]) -> "PixelSample":
        """Return the images at these positions; a position may come more than once."""
        return PixelSample(values=self.values[which], coded=self.coded.take(which))


def varying(values: Shaped[np.ndarray, "n_images pixels"]) -> Bool[np.ndarray, "pixels"]:
    """Return which pixels have more than one value."""
    return np.asarray(values.min(axis=0) != values.max(axis=0))
