"""What one ranker makes of the pixels: their order, how stable it is, how few are enough."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from jaxtyping import Float, Int64

from sightbits.core.images import ImageDataset
from sightbits.core.journal import Journal
from sightbits.core.progress import Progress
from sightbits.datasets.splitting import split_dataset
from sightbits.information.discrete import ADDITIVE
from sightbits.selection.choosing import Ranking
from sightbits.selection.rankers import rank_pixels, ranker_code, resample_ranks
from sightbits.selection.sample import PixelSample
from sightbits.selection.stability import selection_stability
from sightbits.studies.pixel_audit.curve import AccuracyCurve, measure_curve
from sightbits.studies.pixel_audit.settings import AuditSettings


@dataclass(frozen=True, eq=False, kw_only=True)
class RankedPixels:
    """The pixels by one ranker, learned on the training images.

    Parameters
    ----------
    n_levels
        How many grey levels the ranker counted.
    resampled_ranks
        Each pixel's rank (0 is best) in each bootstrap resample.
    curve
        Test accuracy against the number of pixels.
    """

    ranker: str
    n_levels: int
    ranking: Ranking
    resampled_ranks: Int64[np.ndarray, "n_resamples pixels"]
    curve: AccuracyCurve

    @property
    def ranks(self) -> Int64[np.ndarray, "pixels"]:
        """The place of each pixel in the ranking, 1 for the best; forbidden ones come after all others."""
        ranks = np.full(len(self.ranking.scores), len(self.ranking.scores) + 1, dtype=np.int64)
        ranks[self.ranking.order] = np.arange(1, len(self.ranking.order) + 1)
        return ranks

    def first(self, k: int) -> set[int]:
        """Return the numbers of the first k pixels."""
        return set(self.ranking.order[:k].tolist())

    def frequency(self, k: int) -> Float[np.ndarray, "pixels"]:
        """Return in which share of the bootstrap resamples each pixel is among the first k; NaN without resamples."""
        if len(self.resampled_ranks) == 0:
            return np.full(len(self.ranking.scores), np.nan)
        return np.asarray((self.resampled_ranks < k).mean(axis=0))

    def stability(self, k: int) -> float:
        """Return how alike the first k pixels of the bootstrap resamples are: 1 the same, 0 as if drawn at random."""
        return selection_stability(self.resampled_ranks < k)


def rank_and_measure(
    dataset: ImageDataset,
    train: ImageDataset,
    test: ImageDataset,
    settings: AuditSettings,
    ranker: str,
    journal: Journal,
    progress: Progress,
) -> RankedPixels:
    """Rank on training images, rank again on resamples of them, and measure accuracy on test images."""
    constraints = settings.constraints(train)
    sample = _sample_of(train, settings, ranker)
    options: dict[str, Any] = {
        "ranker": ranker,
        "estimator": settings.ranking_estimator,
        "n_chosen": settings.n_chosen(train.n_pixels - len(constraints.forbidden)),
        "constraints": constraints,
    }
    ranking = rank_pixels(sample, seed=settings.seed, progress=progress, **options)
    ranks = resample_ranks(sample, n_resamples=settings.resamples, seed=settings.seed, progress=progress, **options)

    def splits() -> Iterator[tuple[int, ImageDataset, ImageDataset, Int64[np.ndarray, "usable"]]]:
        yield settings.seed, train, test, ranking.order
        for seed in range(settings.seed + 1, settings.seed + settings.seeds):
            drawn, held_out = _draw(dataset, seed)
            order = rank_pixels(_sample_of(drawn, settings, ranker), seed=seed, **options).order
            yield seed, drawn, held_out, order

    return RankedPixels(
        ranker=ranker,
        n_levels=ranker_code(ranker, train, settings.levels).n_levels,
        ranking=ranking,
        resampled_ranks=ranks,
        curve=measure_curve(splits(), settings, journal, progress),
    )


def _draw(dataset: ImageDataset, seed: int) -> tuple[ImageDataset, ImageDataset]:
    """Split anew with each seed; an official split keeps its test images and resamples those for training."""
    train, test = split_dataset(dataset, seed)
    if dataset.in_test is not None:
        drawn = np.random.default_rng(seed).integers(train.n_images, size=train.n_images)
        train = train.take(np.sort(drawn))
    return train, test


def _sample_of(images: ImageDataset, settings: AuditSettings, ranker: str) -> PixelSample:
    sample = PixelSample.of(images, ranker_code(ranker, images, settings.levels))
    if settings.ranking_estimator in (None, *ADDITIVE):
        return replace(sample, coded=sample.coded.occupied())
    return sample
