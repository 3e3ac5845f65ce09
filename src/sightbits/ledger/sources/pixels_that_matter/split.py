"""The digits, split and ranked as the source did it, and over other seeds."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from jaxtyping import Float, Int64

from sightbits.core.counts import LabelledLevels
from sightbits.core.images import ImageDataset
from sightbits.core.journal import Journal
from sightbits.core.levels import level_code
from sightbits.core.moments import mean_and_variance
from sightbits.core.progress import silent
from sightbits.datasets.splitting import split_dataset
from sightbits.estimation.null import shuffle_labels
from sightbits.estimation.pixels import estimate_pixel_information
from sightbits.ledger.drawings import Cells, Place, cells_of
from sightbits.ledger.experiment import Workbench
from sightbits.selection.accuracy import CLASSIFIERS, count_correct
from sightbits.selection.choosing import Ranking
from sightbits.selection.neighbours import estimate_knn_information
from sightbits.selection.rankers import rank_pixels, ranker_code
from sightbits.selection.sample import PixelSample
from sightbits.studies.pixel_audit.settings import AuditSettings

Map = Float[np.ndarray, "pixels"]

SEED = 42  # of the source, for its split and for its estimator
SIDE = 8
TOP = 20  # pixels that the source rings


@dataclass(frozen=True, eq=False, kw_only=True)
class Split:
    """Training and test images of one split.

    Parameters
    ----------
    seed
        Of the split, and of the k-nearest-neighbour estimator, which breaks ties at random.
    """

    seed: int
    train: ImageDataset
    test: ImageDataset

    @classmethod
    def of(cls, digits: ImageDataset, seed: int = SEED) -> "Split":
        """Split as the source did it, or with another seed."""
        train, test = split_dataset(digits, seed)
        return cls(seed=seed, train=train, test=test)

    @cached_property
    def variance(self) -> Map:
        """Of each pixel over the training images."""
        return mean_and_variance(self.train.values)[1]

    @property
    def dead(self) -> np.ndarray:
        """Which pixels the source calls dead: those with a variance under 0.5."""
        return self.variance < AuditSettings().dead_variance_for(self.train.value_range)

    @cached_property
    def ranking(self) -> Ranking:
        """The pixels as the source ranks them; their scores are its estimates of information, in nats."""
        return self.rank("knn", self.seed)

    def rank(self, ranker: str, state: int = 0) -> Ranking:
        """Rank by a ranker's name and a random state."""
        return rank_pixels(PixelSample.of(self.train, ranker_code(ranker, self.train)), ranker=ranker, seed=state)

    def chance_information(self) -> Map:
        """Return what the source's estimator gives for each pixel where the labels are shuffled, in nats."""
        labels = shuffle_labels(self.train.labels, self.seed, 0)
        return estimate_knn_information(
            self.train.values, labels, n_permutations=0, seed=self.seed, n_jobs=1, progress=silent
        ).value

    def counted_information(self, levels: int | None = None) -> Map:
        """Return the plug-in estimate for each pixel from counts of grey levels, in nats: nothing is random."""
        return counted_information(self.train, levels)

    def accuracy(self, pixels: Any) -> float:
        """Return the test accuracy of logistic regression on these pixels, in percent."""
        chosen = np.asarray(pixels, dtype=np.int64)
        n_correct, _ = count_correct(
            self.train, self.test, chosen, (len(chosen),), classifier=CLASSIFIERS["logistic_regression"], n_jobs=1,
            journal=Journal(None, {}), key="", progress=silent,
        )  # fmt: skip
        return 100 * int(n_correct[0]) / self.test.n_images


def counted_information(images: ImageDataset, levels: int | None = None) -> Map:
    """Return the plug-in estimate for each pixel from counts, in nats; of every grey value unless levels are given."""
    return estimate_pixel_information(LabelledLevels.of(images, level_code(images, levels)), n_permutations=0).value


def split_seeds(bench: Workbench, quick: int, full: int) -> list[int]:
    """Return seeds of splits, from the source's own on."""
    return [SEED + seed for seed in bench.seeds(quick, full)]


def perimeter() -> Int64[np.ndarray, "pixels"]:
    """Return the pixels of the outermost rows and columns."""
    row, column = np.divmod(np.arange(SIDE**2), SIDE)
    edge = (0, SIDE - 1)
    return np.flatnonzero(np.isin(row, edge) | np.isin(column, edge)).astype(np.int64)


def cells(values: Any, side: int = SIDE) -> Cells:
    """Return a flat map as rows of cells."""
    return cells_of(values, (side, side))


def places(pixels: Any, side: int = SIDE) -> tuple[Place, ...]:
    """Return row and column of each pixel number."""
    return tuple((int(pixel) // side, int(pixel) % side) for pixel in pixels)
