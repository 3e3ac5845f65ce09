"""How few pixels are enough: accuracy against the number of pixels."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int64
from sklearn.base import clone

from sightbits.core.images import ImageDataset
from sightbits.core.journal import Journal
from sightbits.core.progress import Progress
from sightbits.estimation.proportions import wilson_interval
from sightbits.selection.accuracy import CLASSIFIERS, count_correct
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


def measure_curve(
    splits: Iterable[tuple[int, ImageDataset, ImageDataset, Int64[np.ndarray, "usable"]]],
    settings: AuditSettings,
    journal: Journal,
    progress: Progress,
) -> AccuracyCurve:
    """Train on the first k pixels of each split's own order, and test; `splits` gives seed, both parts, order."""
    shares, converged = [], []
    points: tuple[int, ...] = ()
    n_correct, n_test = np.zeros(0, dtype=np.int64), 0
    for seed, train, test, order in splits:
        n_test = test.n_images
        points = settings.curve_points(len(order))
        n_correct, fits_converged = count_correct(
            train,
            test,
            order,
            points,
            classifier=_classifier(settings, seed),
            n_jobs=settings.n_jobs,
            journal=journal,
            key=f"seed {seed}",
            progress=progress,
        )
        shares.append(n_correct / n_test)
        converged.append(fits_converged)
    accuracy = np.mean(shares, axis=0)
    std = np.std(shares, axis=0, ddof=1) if settings.seeds > 1 else np.full(len(points), np.nan)
    low, high = (accuracy - std, accuracy + std) if settings.seeds > 1 else wilson_interval(n_correct, n_test)
    return AccuracyCurve(
        n_pixels=points,
        accuracy=accuracy,
        std=std,
        low=low,
        high=high,
        converged=np.all(converged, axis=0),
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
