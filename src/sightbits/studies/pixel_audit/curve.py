"""How few pixels are enough: accuracy against the number of pixels."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int64
from scipy.stats import binomtest
from sklearn.base import clone

from sightbits.core.images import ImageDataset
from sightbits.core.journal import Journal
from sightbits.core.levels import level_code
from sightbits.core.progress import Progress
from sightbits.datasets.splitting import split_dataset
from sightbits.selection.accuracy import CLASSIFIERS, count_correct
from sightbits.selection.rankers import RANKERS, PixelSample, rank
from sightbits.studies.pixel_audit.maps import code_levels
from sightbits.studies.pixel_audit.settings import AuditSettings


@dataclass(frozen=True, eq=False, kw_only=True)
class AccuracyCurve:
    """Test accuracy (0 to 1) of a classifier on the first k pixels of a ranking.

    Parameters
    ----------
    std
        Standard deviation over splits; NaN where there was one.
    low, high
        With one split, the 95 % Wilson interval that the number of test images allows; with more, mean -+ std.
    converged
        Whether every fit reached its tolerance before its last allowed step.
    """

    n_pixels: tuple[int, ...]
    accuracy: Float[np.ndarray, "curve"]
    std: Float[np.ndarray, "curve"]
    low: Float[np.ndarray, "curve"]
    high: Float[np.ndarray, "curve"]
    converged: Bool[np.ndarray, "curve"]
    n_test: int
    n_splits: int
    classifier: str

    @property
    def band(self) -> str:
        """What the band around the curve means."""
        if self.n_splits > 1:
            return f"mean and standard deviation over {self.n_splits} splits"
        return f"95 % interval that {self.n_test:,} test images allow"

    def fewest_for(self, share: float) -> int:
        """Return the fewest pixels on the curve that reach a share of the accuracy with the most pixels."""
        reached = self.accuracy >= share * self.accuracy[-1]
        return self.n_pixels[int(np.argmax(reached))]


def rank_on(sample: PixelSample, settings: AuditSettings, seed: int) -> tuple[Int64[np.ndarray, "pixels"], Any]:
    """Return the ranking of the pixels of a sample of training images, and their scores."""
    scores = RANKERS[settings.ranker](sample, estimator=settings.entropy_estimator, seed=seed)
    return rank(scores), scores


def sample_of(train: ImageDataset, settings: AuditSettings) -> PixelSample:
    """Return what rankers look at."""
    return PixelSample(values=train.values, coded=code_levels(train, level_code(train, settings.levels)))


def measure_curve(
    dataset: ImageDataset,
    settings: AuditSettings,
    ranking: Int64[np.ndarray, "pixels"],
    journal: Journal,
    progress: Progress,
) -> AccuracyCurve:
    """Rank on the training images and test on the others, for each split; `ranking` is that of the first."""
    points = settings.curve_points(dataset.n_pixels)
    shares, converged = [], np.ones(len(points), dtype=bool)
    n_correct, n_test = np.zeros(len(points), dtype=np.int64), 0
    for i in range(settings.seeds):
        seed = settings.seed + i
        train, test = _draw(dataset, seed, first=i == 0)
        n_test = test.n_images
        if i > 0:
            ranking = rank_on(sample_of(train, settings), settings, seed)[0]
        n_correct, fits_converged = count_correct(
            train,
            test,
            ranking,
            points,
            classifier=_classifier(settings, seed),
            n_jobs=settings.n_jobs,
            journal=journal,
            key=f"seed {seed}",
            progress=progress,
        )
        shares.append(n_correct / n_test)
        converged &= fits_converged
    accuracy = np.mean(shares, axis=0)
    std = np.std(shares, axis=0, ddof=1) if settings.seeds > 1 else np.full(len(points), np.nan)
    low, high = (accuracy - std, accuracy + std) if settings.seeds > 1 else _wilson(n_correct, n_test)
    return AccuracyCurve(
        n_pixels=points,
        accuracy=accuracy,
        std=std,
        low=low,
        high=high,
        converged=converged,
        n_test=n_test,
        n_splits=settings.seeds,
        classifier=classifier_name(settings),
    )


def classifier_name(settings: AuditSettings) -> str:
    """Return how a classifier prints."""
    return settings.classifier if isinstance(settings.classifier, str) else repr(settings.classifier)


def _classifier(settings: AuditSettings, seed: int) -> Any:
    chosen = CLASSIFIERS[settings.classifier] if isinstance(settings.classifier, str) else settings.classifier
    classifier = clone(chosen)
    if classifier.get_params().get("random_state", seed) is None:
        classifier.set_params(random_state=seed)
    return classifier


def _draw(dataset: ImageDataset, seed: int, *, first: bool) -> tuple[ImageDataset, ImageDataset]:
    """Split anew with each seed; an official split keeps its test images and resamples those for training."""
    train, test = split_dataset(dataset, seed)
    if dataset.in_test is not None and not first:
        drawn = np.random.default_rng(seed).integers(train.n_images, size=train.n_images)
        train = train.take(np.sort(drawn))
    return train, test


def _wilson(n_correct: Sequence[int] | Int64[np.ndarray, "curve"], n: int) -> tuple[Any, Any]:
    intervals = [binomtest(int(k), n).proportion_ci(method="wilson") for k in n_correct]
    return np.array([i.low for i in intervals]), np.array([i.high for i in intervals])
