"""Everything an audit knows of each pixel."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int64

from sightbits.core.counts import LabelledLevels
from sightbits.core.estimate import Estimate
from sightbits.core.images import ImageDataset
from sightbits.core.levels import LevelCode, level_code
from sightbits.core.moments import mean_and_variance
from sightbits.core.progress import Progress
from sightbits.estimation.null import q_values, tail_p_values
from sightbits.estimation.pixels import estimate_pixel_information
from sightbits.information.composed import conditional_entropy, entropy
from sightbits.information.discrete import ESTIMATORS
from sightbits.selection.neighbours import estimate_knn_information
from sightbits.studies.pixel_audit.settings import AuditSettings

Map = Float[np.ndarray, "pixels"]
LabelMap = Float[np.ndarray, "pixels labels"]


@dataclass(frozen=True, eq=False, kw_only=True)
class PixelMaps:
    """Maps over the pixels of an image, flat; information in nats. NaN is where a quantity is not defined.

    Parameters
    ----------
    constant, dead
        Which pixels never change, and which hardly do.
    entropy, joint_entropy, conditional_entropy
        H(pixel), H(pixel, label), H(label | pixel).
    information
        I(pixel; label) with its null.
    q_value
        The false discovery rate at which a pixel would be called informative, constant pixels left out.
    bright
        The probability of the upper half of the grey range.
    label_given_bright, label_given_dark
        The probability of each label where the pixel is bright, and where it is dark.
    label_mean
        The mean grey value of each label.
    """

    n_images: int
    code: LevelCode
    dead_variance: float
    mean: Map
    variance: Map
    constant: Bool[np.ndarray, "pixels"]
    dead: Bool[np.ndarray, "pixels"]
    entropy: Map
    joint_entropy: Map
    conditional_entropy: Map
    information: Estimate
    q_value: Map
    bright: Map
    label_given_bright: LabelMap
    label_given_dark: LabelMap
    label_mean: LabelMap
    label_count: Int64[np.ndarray, "labels"]


def map_pixels(dataset: ImageDataset, settings: AuditSettings, progress: Progress) -> PixelMaps:
    """Compute every map of a data set."""
    code = level_code(dataset, settings.levels)
    coded = LabelledLevels.of(dataset, code)
    mean, variance = mean_and_variance(dataset.values)
    constant = (dataset.values == dataset.values[0]).all(axis=0)
    dead_variance = settings.dead_variance_for(dataset.value_range)
    information = _information(dataset, coded, settings, progress)
    entropies = _entropies(coded, settings)
    bright, label_given_bright, label_given_dark = _brightness(dataset)
    label_count = np.bincount(dataset.labels, minlength=dataset.n_labels)
    return PixelMaps(
        n_images=dataset.n_images,
        code=code,
        dead_variance=dead_variance,
        mean=mean,
        variance=variance,
        constant=constant,
        dead=variance < dead_variance,
        entropy=entropies[0],
        joint_entropy=entropies[1],
        conditional_entropy=entropies[2],
        information=information,
        q_value=q_values(np.where(constant, np.nan, tail_p_values(information))),
        bright=bright,
        label_given_bright=label_given_bright,
        label_given_dark=label_given_dark,
        label_mean=_label_means(dataset, label_count),
        label_count=label_count,
    )


def _information(dataset: ImageDataset, coded: LabelledLevels, settings: AuditSettings, progress: Progress) -> Estimate:
    if settings.map_estimator == "knn":
        return estimate_knn_information(
            dataset.values,
            dataset.labels,
            n_permutations=settings.n_permutations,
            seed=settings.seed,
            n_jobs=settings.n_jobs,
            progress=progress,
        )
    return estimate_pixel_information(
        coded,
        estimator=settings.map_estimator,
        n_permutations=settings.n_permutations,
        seed=settings.seed,
        progress=progress,
    )


def _entropies(coded: LabelledLevels, settings: AuditSettings) -> Float[np.ndarray, "3 pixels"]:
    estimator = ESTIMATORS[settings.entropy_estimator]
    maps = np.empty((3, coded.n_pixels))
    for pixels in coded.pixel_blocks():
        table = coded.count(pixels)
        maps[0, pixels] = entropy(table, "level", estimator=estimator)
        maps[1, pixels] = entropy(table, "level", "label", estimator=estimator)
        maps[2, pixels] = conditional_entropy(table, "label", given="level", estimator=estimator)
    return maps


def _brightness(dataset: ImageDataset) -> tuple[Map, LabelMap, LabelMap]:
    """Return P(bright), P(label | bright) and P(label | dark); what never happens has no probabilities."""
    coded = LabelledLevels.of(dataset, level_code(dataset, 2))
    bright = np.empty(coded.n_pixels)
    given = np.empty((2, coded.n_pixels, coded.n_labels))
    for pixels in coded.pixel_blocks():
        counts = coded.count(pixels).counts
        of_level = counts.sum(axis=2, keepdims=True)
        bright[pixels] = of_level[:, 1, 0] / dataset.n_images
        shares = np.where(of_level > 0, counts / np.maximum(of_level, 1), np.nan)
        given[:, pixels] = shares.transpose(1, 0, 2)
    return bright, given[1], given[0]


def _label_means(dataset: ImageDataset, label_count: Int64[np.ndarray, "labels"]) -> LabelMap:
    means = np.full((dataset.n_labels, dataset.n_pixels), np.nan)
    for label in np.flatnonzero(label_count):
        means[label] = dataset.values[dataset.labels == label].mean(axis=0, dtype=np.float64)
    return np.ascontiguousarray(means.T)
