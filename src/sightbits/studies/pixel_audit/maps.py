"""Everything an audit knows of each pixel."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int64, Integer

from sightbits.core.counts import CountTable
from sightbits.core.estimate import Estimate
from sightbits.core.images import ImageForm
from sightbits.core.levels import LevelCode, level_code
from sightbits.estimation.null import q_values, tail_p_values
from sightbits.estimation.pixels import assemble_estimate, table_information
from sightbits.information.composed import conditional_entropy, entropy
from sightbits.information.discrete import ESTIMATORS
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


@dataclass(frozen=True, eq=False, kw_only=True)
class BlockSums:
    """What maps of a run of pixels are made of.

    Parameters
    ----------
    table
        Counts of (level, label).
    halves
        Counts of (dark or bright, label).
    of_label
        The sum of grey values of each label's images.
    """

    pixels: slice
    table: CountTable
    halves: CountTable
    mean: Map
    variance: Map
    constant: Bool[np.ndarray, "pixels"]
    of_label: LabelMap


def map_pixels(
    images: ImageForm,
    labels: Integer[np.ndarray, "n_images"],
    blocks: Iterable[BlockSums],
    settings: AuditSettings,
    *,
    draws: Float[np.ndarray, "n_permutations pixels"] | None = None,
    information: Estimate | None = None,
) -> PixelMaps:
    """Compute every map from sums over images, wherever these come from.

    Parameters
    ----------
    draws
        What shuffled labels gave; None takes the G-test.
    information
        I(pixel; label), where it does not follow from counts.
    """
    code = level_code(images, settings.levels)
    dead_variance = settings.dead_variance_for(images.value_range)
    label_count = np.bincount(labels, minlength=images.n_labels)
    maps = np.full((6, images.n_pixels), np.nan)
    mean, variance, bright, *entropies = maps
    figures = np.empty((4, images.n_pixels))
    given = np.empty((2, images.n_pixels, images.n_labels))
    label_mean = np.full((images.n_pixels, images.n_labels), np.nan)
    constant = np.zeros(images.n_pixels, dtype=bool)
    for block in blocks:
        pixels = block.pixels
        mean[pixels], variance[pixels], constant[pixels] = block.mean, block.variance, block.constant
        for one, values in zip(entropies, _entropies(block.table, settings), strict=True):
            one[pixels] = values
        if information is None:
            figures[:, pixels] = table_information(
                block.table,
                estimator=settings.map_estimator,
                null=draws is None and settings.map_estimator == "plug_in",
            )
        bright[pixels], given[:, pixels] = _brightness(block.halves, len(labels))
        label_mean[pixels, label_count > 0] = block.of_label[:, label_count > 0] / label_count[label_count > 0]
    if information is None:
        information = assemble_estimate(figures, draws, estimator=settings.map_estimator, labels=labels)
    return PixelMaps(
        n_images=len(labels),
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
        label_given_bright=given[1],
        label_given_dark=given[0],
        label_mean=label_mean,
        label_count=label_count,
    )


def _entropies(table: CountTable, settings: AuditSettings) -> tuple[Map, Map, Map]:
    estimator = ESTIMATORS[settings.entropy_estimator]
    return (
        entropy(table, "level", estimator=estimator),
        entropy(table, "level", "label", estimator=estimator),
        conditional_entropy(table, "label", given="level", estimator=estimator),
    )


def _brightness(halves: CountTable, n_images: int) -> tuple[Map, Float[np.ndarray, "2 pixels labels"]]:
    """Return P(bright), and P(label | dark) and P(label | bright); what never happens has no probabilities."""
    counts = halves.counts
    of_level = counts.sum(axis=2, keepdims=True)
    shares = np.where(of_level > 0, counts / np.maximum(of_level, 1), np.nan)
    return of_level[:, 1, 0] / n_images, shares.transpose(1, 0, 2)
