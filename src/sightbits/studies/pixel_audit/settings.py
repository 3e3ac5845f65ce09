"""What an audit can be asked for."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from sightbits.core.checks import InputError, check_choice, check_whole
from sightbits.core.images import ImageDataset, ImageForm
from sightbits.core.streams.stream import ImageStream
from sightbits.information.discrete import ESTIMATORS
from sightbits.selection.accuracy import CLASSIFIERS, suitable_classifier
from sightbits.selection.choosing import Constraints
from sightbits.selection.rankers import RANKERS

Position = tuple[int, ...]

MAP_ESTIMATORS = (*ESTIMATORS, "knn")
COMPARED_RANKERS = ("mutual_information", "jmi", "cmim", "mrmr", "greedy_joint", "variance", "random")
DEFAULT_N_PIXELS = (1, 2, 3, 5, 8, 10, 12, 15, 20, 25, 30, 40, 50, 75, 100, 150, 200, 300, 500)
_OF_LARGE_IMAGES = (1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000)  # up to half of the pixels
_LEAST_CHOSEN, _MOST_CHOSEN = 100, 500
_STREAM_SAMPLE = 70_000  # as many as MNIST has
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
    rankers
        Others to compare it with.
    n_pixels
        Numbers of pixels on the accuracy curve.
    classifier
        A name, or any scikit-learn classifier; None takes logistic_regression, or linear_discriminant where labels are
        many or the data large, or ridge where pixels are many besides.
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
    sample
        How many images, evenly strided, ranking, stability, pairs and accuracy rest on; maps rest on all. None takes
        all, or 70,000 where images are read a chunk at a time.
    required, forbidden
        Places (row, column and channel) that are used in any case, before all others; and that are not used.
    costs
        What measuring each pixel costs, in the shape of an image; scores count per cost.
    """

    split: str = "train"
    levels: int | None = None
    estimator: str | None = None
    ranker: str = "mutual_information"
    rankers: Sequence[str] = ()
    n_pixels: Sequence[int] | None = None
    classifier: Any = None
    permutations: int | None = None
    resamples: int = 20
    dead_variance: float | None = None
    seed: int = 0
    seeds: int = 1
    jobs: int | None = None
    sample: int | None = None
    required: Sequence[Position] = ()
    forbidden: Sequence[Position] = ()
    costs: Any = None

    def __post_init__(self) -> None:
        check_choice("split", self.split, ("train", "test", "all"))
        for ranker in self.all_rankers:
            check_choice("ranker", ranker, RANKERS)
        check_choice("estimator", self.map_estimator, MAP_ESTIMATORS)
        if isinstance(self.classifier, str):
            check_choice("classifier", self.classifier, CLASSIFIERS)
        elif self.classifier is not None and not (
            hasattr(self.classifier, "fit") and hasattr(self.classifier, "predict")
        ):
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
        if self.sample is not None:
            check_whole("sample", self.sample, low=2)
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
    def all_rankers(self) -> tuple[str, ...]:
        """The ranker, and those it is compared with, each once."""
        return tuple(dict.fromkeys((self.ranker, *self.rankers)))

    @property
    def entropy_estimator(self) -> str:
        """The estimator of the entropy maps, which need counts."""
        return "plug_in" if self.map_estimator == "knn" else self.map_estimator

    @property
    def ranking_estimator(self) -> str | None:
        """The estimator that rankers are asked to use; None leaves it to them."""
        return self.estimator if self.estimator in ESTIMATORS else None

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

    def curve_points(self, n_usable: int) -> tuple[int, ...]:
        """Return the numbers of pixels on the curve, ascending; all that may be used are the last by default."""
        if self.n_pixels is None:
            few = (k for k in DEFAULT_N_PIXELS if k < n_usable)
            many = (k for k in _OF_LARGE_IMAGES if 2 * k <= n_usable)
            return (*few, *many, n_usable)
        if not self.n_pixels:
            raise InputError("n_pixels", wanted="at least one number", got="none", remedy="Say 1,2,5,10 for instance.")
        for k in self.n_pixels:
            check_whole("n_pixels", k, low=1, high=n_usable)
        return tuple(sorted(set(self.n_pixels)))

    def n_chosen(self, n_usable: int) -> int:
        """Return how many pixels are ranked one by one: as many as the curve looks at, its last point left out.

        Notes
        -----
        With the points of the default no more than 500: each further one costs a look at all the others, and by then
        there is little to tell them apart.
        """
        points = [k for k in (0, *self.curve_points(n_usable)) if k < n_usable]
        return max(_LEAST_CHOSEN, min(max(points), _MOST_CHOSEN) if self.n_pixels is None else max(points))

    def suited_to(self, images: ImageDataset | ImageStream) -> "AuditSettings":
        """Return these settings with what is taken where nothing was said, which depends on the images.

        Notes
        -----
        Where images are read a chunk at a time, each permutation would read and count all of them again: without a
        number of them the G-test is taken, which suits large samples.
        """
        if isinstance(images, ImageDataset):
            return replace(self, classifier=self._classifier_of(images, images.n_images))
        sample = min(_STREAM_SAMPLE if self.sample is None else self.sample, images.n_images)
        return replace(
            self,
            classifier=self._classifier_of(images, sample),
            permutations=0 if self.permutations is None else self.permutations,
            sample=sample,
            split=self.split if images.official or self.split != "train" else "all",
        )

    def _classifier_of(self, images: ImageForm, n_images: int) -> Any:
        if self.classifier is not None:
            return self.classifier
        return suitable_classifier(n_images, images.n_pixels, images.n_labels)

    def constraints(self, dataset: ImageForm) -> Constraints:
        """Return what a choice among the pixels of images must respect."""
        costs = None if self.costs is None else np.asarray(self.costs)
        if costs is not None and (
            costs.dtype.kind not in "buif" or costs.shape not in (dataset.image_shape, (dataset.n_pixels,))
        ):
            raise InputError(
                "costs",
                wanted=f"one number a pixel, {' x '.join(map(str, dataset.image_shape))}",
                got=f"an array of shape {costs.shape} and type {costs.dtype}",
                remedy="Give them in the shape of an image.",
            )
        found = Constraints(
            costs=None if costs is None else costs.astype(np.float64).ravel(),
            required=_pixel_numbers("required", self.required, dataset),
            forbidden=_pixel_numbers("forbidden", self.forbidden, dataset),
        )
        found.check(dataset.n_pixels)
        return found

    def dead_variance_for(self, value_range: tuple[float, float]) -> float:
        """Return the threshold in the data's own grey values squared."""
        if self.dead_variance is not None:
            return self.dead_variance
        return _DEAD_VARIANCE_OF_16 * ((value_range[1] - value_range[0]) / 16) ** 2


def _pixel_numbers(name: str, places: Sequence[Position], dataset: ImageForm) -> tuple[int, ...]:
    for place in places:
        dataset.check_position(name, tuple(place))
    return tuple(int(np.ravel_multi_index(tuple(place), dataset.image_shape)) for place in places)
