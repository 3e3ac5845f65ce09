"""What one chosen pixel shares with every other one, and what each still tells of the label once it is known."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from jaxtyping import Bool, Float, Float64, Int64

from sightbits.core.bit_planes import BitPlanes
from sightbits.core.checks import check_choice
from sightbits.core.counts import LabelledLevels
from sightbits.information.discrete import ADDITIVE

Map = Float[np.ndarray, "pixels"]
Mask = Bool[np.ndarray, "pixels"]


@dataclass(frozen=True, eq=False, kw_only=True)
class PairInformation:
    """Information of each pixel beside one chosen pixel, in nats.

    Parameters
    ----------
    shared
        I(pixel; chosen).
    given
        I(pixel; label | chosen).
    alone
        I(pixel; label).
    """

    shared: Map
    given: Map
    alone: Map

    @property
    def interaction(self) -> Map:
        """I(pixel; label | chosen) - I(pixel; label): above 0 where the two are synergistic, below where redundant."""
        return self.given - self.alone


class PairWeights(Protocol):
    """What can sum an estimator's weights over the cells of (pixel, chosen) and of (pixel, chosen, label)."""

    def sums(self, chosen: int, pixels: Int64[np.ndarray, "n_asked"]) -> Float64[np.ndarray, "2 n_asked"]:
        """Return both sums for each pixel asked for."""


class PixelPairs:
    """Pairs of pixels of one sample, with the label.

    Parameters
    ----------
    sample
        Levels and labels.
    estimator
        One that is a sum over cells: plug_in, miller_madow, grassberger or jackknife.

    Notes
    -----
    Few levels are counted by popcount on bit planes, 64 images at a time for each of (levels - 1)^2 cells; many levels
    image by image: whichever is less work. Memory: one copy of the levels, less than three times as much for planes.

    Examples
    --------
    >>> levels = np.array([[0, 0, 0], [0, 1, 1], [1, 0, 1], [1, 1, 0]], dtype=np.uint8)
    >>> sample = LabelledLevels(levels=levels, labels=np.array([0, 1, 1, 0]), n_levels=2, n_labels=2)
    >>> beside = PixelPairs(sample).beside(0)
    >>> (beside.given / np.log(2)).round(3), (beside.shared / np.log(2)).round(3)
    (array([0., 1., 1.]), array([1., 0., 0.]))
    """

    def __init__(self, sample: LabelledLevels, estimator: str = "plug_in") -> None:
        check_choice("estimator", estimator, ADDITIVE)
        n = sample.n_images
        weights = ADDITIVE[estimator].weights(n)
        self.n_images = n
        self.n_pixels = sample.n_pixels
        if _planes_are_quicker(sample):
            planes = BitPlanes.of(sample)
            self.counts = planes.count().counts
            self._weights: PairWeights = _PlaneWeights(planes, self.counts, weights)
        else:
            self.counts = np.concatenate([sample.count(pixels).counts for pixels in sample.pixel_blocks()])
            self._weights = _GroupWeights(sample, weights)
        self.varies: Mask = (self.counts.sum(axis=2) > 0).sum(axis=1) > 1
        """Which pixels have more than one level."""
        self._of_level = weights[self.counts.sum(axis=2)].sum(axis=1)
        self._of_cell = weights[self.counts].sum(axis=(1, 2))
        self._offset = float(ADDITIVE[estimator].offset(np.array(float(n))))
        of_label = weights[np.bincount(sample.labels, minlength=sample.n_labels)].sum()
        self.entropy: Map = self._offset - self._of_level / n
        """H(pixel), in nats."""
        self.alone: Map = self._offset - (self._of_level + of_label - self._of_cell) / n
        """I(pixel; label), in nats."""

    def beside(self, chosen: int, pixels: Int64[np.ndarray, "n_asked"] | None = None) -> PairInformation:
        """Return the information of the pixels asked for (all by default) beside a chosen one."""
        if pixels is None:
            pixels = np.arange(self.n_pixels)
        of_pair, of_triple = self._weights.sums(chosen, pixels)
        n = self.n_images
        return PairInformation(
            shared=self._offset - (self._of_level[pixels] + self._of_level[chosen] - of_pair) / n,
            given=(of_triple + self._of_level[chosen] - of_pair - self._of_cell[chosen]) / n,
            alone=self.alone[pixels],
        )


def _planes_are_quicker(sample: LabelledLevels) -> bool:
    """Compare popcounts (about a fifth of a nanosecond each, and 8 of them to begin a label) with images (two).

    So planes never hold more than 23 levels. They take less than three times the memory of the levels where labels
    have ten images or more.
    """
    n_popcounts = (sample.n_levels - 1) ** 2 * (sample.n_images / 64 + 8 * sample.n_labels)
    return n_popcounts < 8 * sample.n_images


class _PlaneWeights:
    def __init__(
        self,
        planes: BitPlanes,
        counts: Int64[np.ndarray, "pixels levels labels"],
        weights: Float64[np.ndarray, "counts"],
    ) -> None:
        self._planes, self._counts, self._weights = planes, counts, weights

    def sums(self, chosen: int, pixels: Int64[np.ndarray, "n_asked"]) -> Float64[np.ndarray, "2 n_asked"]:
        from sightbits.estimation import pixel_pair_kernels as kernels  # noqa: PLC0415  Numba loads when it is needed

        found = np.empty((2, len(pixels)))
        planes = self._planes
        kernels.weigh_planes(
            planes.planes, planes.label_words, self._counts, chosen, pixels, self._weights, found[0], found[1]
        )
        return found


class _GroupWeights:
    def __init__(self, sample: LabelledLevels, weights: Float64[np.ndarray, "counts"]) -> None:
        by_label = np.argsort(sample.labels, kind="stable")
        self._columns = np.ascontiguousarray(sample.levels[by_label].T)
        self._labels = sample.labels[by_label]
        self._n_levels, self._n_labels = sample.n_levels, sample.n_labels
        self._steps = np.diff(weights)

    def sums(self, chosen: int, pixels: Int64[np.ndarray, "n_asked"]) -> Float64[np.ndarray, "2 n_asked"]:
        from sightbits.estimation import pixel_pair_kernels as kernels  # noqa: PLC0415  Numba loads when it is needed

        levels = self._columns[chosen]
        order = np.argsort(levels, kind="stable")  # stays ordered by label within a level
        group = levels[order].astype(np.int64) * self._n_labels + self._labels[order]
        edges = np.arange(self._n_levels)[:, np.newaxis] * self._n_labels + np.arange(self._n_labels + 1)
        group_starts = np.searchsorted(group, edges)
        level_starts = np.append(group_starts[:, 0], len(order))
        found = np.empty((2, len(pixels)))
        kernels.weigh_groups(self._columns, order, level_starts, group_starts, pixels, self._steps, found[0], found[1])
        return found
