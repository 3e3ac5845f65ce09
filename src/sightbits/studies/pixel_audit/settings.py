"""What an audit can be asked for."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sightbits.core.checks import InputError, check_choice, check_whole
from sightbits.information.discrete import ESTIMATORS
from sightbits.selection.accuracy import CLASSIFIERS
from sightbits.selection.rankers import RANKERS

MAP_ESTIMATORS = (*ESTIMATORS, "knn")
DEFAULT_N_PIXELS = (1, 2, 3, 5, 8, 10, 12, 15, 20, 25, 30, 40, 50, 75, 100, 150, 200, 300, 500)
_DEAD_VARIANCE_OF_16 = 0.5  # the source's threshold, on grey values from 0 to 16


@dataclass(frozen=True, eq=False, kw_only=True)
class AuditSettings:
    """Checked settings of an audit.

    Parameters
    ----------
    split
        Which images the maps describe. Ranking and accuracy always come from the training images alone.
    levels
        Grey levels to count; None counts each grey value, at most 256.
    estimator
        How I(pixel; label) of the maps is estimated; None takes plug_in, or knn with the ranker knn.
    ranker
        How pixels are ranked.
    n_pixels
        Numbers of pixels on the accuracy curve.
    classifier
        A name, or any scikit-learn classifier.
    permutations
        Label shuffles behind the null; None takes 100, or 40 for knn; 0 takes the G-test where it applies.
    resamples
        Bootstrap resamples behind the rank stability; 0 leaves it out.
    dead_variance
        A pixel of smaller variance is dead, in grey values squared; None takes 0.5 on a range of 16.
    seeds
        How many splits (or, with an official split, bootstrap resamples of the training images) the curve averages.
    jobs
        Threads; None takes one a processor.
    """

    split: str = "train"
    levels: int | None = None
    estimator: str | None = None
    ranker: str = "mutual_information"
    n_pixels: Sequence[int] | None = None
    classifier: Any = "logistic_regression"
    permutations: int | None = None
    resamples: int = 20
    dead_variance: float | None = None
    seed: int = 0
    seeds: int = 1
    jobs: int | None = None

    def __post_init__(self) -> None:
        check_choice("split", self.split, ("train", "test", "all"))
        check_choice("ranker", self.ranker, RANKERS)
        check_choice("estimator", self.map_estimator, MAP_ESTIMATORS)
        if isinstance(self.classifier, str):
            check_choice("classifier", self.classifier, CLASSIFIERS)
        elif not (hasattr(self.classifier, "fit") and hasattr(self.classifier, "predict")):
            raise InputError(
                "classifier",
                wanted=f"one of {', '.join(CLASSIFIERS)}, or a scikit-learn classifier",
                got=repr(self.classifier),
                remedy="Give an object with fit and predict.",
            )
        check_whole("permutations", self.n_permutations, low=0)
        check_whole("resamples", self.resamples, low=0)
        check_whole("seed", self.seed, low=0, high=2**32 - 1)
        check_whole("seeds", self.seeds, low=1)
        check_whole("jobs", self.n_jobs, low=1)
        if self.dead_variance is not None and not self.dead_variance >= 0:
            raise InputError(
                "dead_variance",
                wanted="a variance of 0 or more",
                got=repr(self.dead_variance),
                remedy="It is in grey values squared.",
            )

    @property
    def map_estimator(self) -> str:
        """The estimator of the maps."""
        return self.estimator or ("knn" if self.ranker == "knn" else "plug_in")

    @property
    def entropy_estimator(self) -> str:
        """The estimator of the entropy maps, which need counts."""
        return "plug_in" if self.map_estimator == "knn" else self.map_estimator

    @property
    def n_permutations(self) -> int:
        """How many shuffles the null rests on."""
        if self.permutations is not None:
            return self.permutations
        return 40 if self.map_estimator == "knn" else 100

    @property
    def n_jobs(self) -> int:
        """How many threads to use."""
        return self.jobs if self.jobs is not None else (os.cpu_count() or 1)

    def curve_points(self, n_pixels_of_image: int) -> tuple[int, ...]:
        """Return the numbers of pixels on the curve, ascending; all pixels are the last by default."""
        if self.n_pixels is None:
            return (*(k for k in DEFAULT_N_PIXELS if k < n_pixels_of_image), n_pixels_of_image)
        if not self.n_pixels:
            raise InputError("n_pixels", wanted="at least one number", got="none", remedy="Say 1,2,5,10 for instance.")
        for k in self.n_pixels:
            check_whole("n_pixels", k, low=1, high=n_pixels_of_image)
        return tuple(sorted(set(self.n_pixels)))

    def dead_variance_for(self, value_range: tuple[float, float]) -> float:
        """Return the threshold in the data's own grey values squared."""
        if self.dead_variance is not None:
            return self.dead_variance
        return _DEAD_VARIANCE_OF_16 * ((value_range[1] - value_range[0]) / 16) ** 2
