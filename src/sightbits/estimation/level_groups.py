"""Images grouped by level: information of each pixel from the cells that hold something, for any order of labels."""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Int64, Integer, UInt32

from sightbits.core.counts import LabelledLevels, LevelBlock
from sightbits.information.discrete import AdditiveEstimator


@dataclass(frozen=True, eq=False, kw_only=True)
class LevelGroups:
    """Which images have which level, pixel by pixel; those of a pixel's background are left out.

    Parameters
    ----------
    members
        Numbers of images: those of pixel p and level v are members[starts[p, v]:starts[p, v + 1]].
    """

    members: UInt32[np.ndarray, "entries"]
    starts: Int64[np.ndarray, "n_pixels levels_and_end"]
    level_counts: Int64[np.ndarray, "n_pixels n_levels"]

    @classmethod
    def of(cls, sample: LabelledLevels, pixels: slice) -> "LevelGroups":
        """Group the images of some pixels."""
        from sightbits.core import counting_kernels  # noqa: PLC0415  Numba loads only when something is counted

        block = LevelBlock.of(sample.levels[:, pixels])
        level_counts = replace(sample, labels=np.zeros_like(sample.labels), n_labels=1).count(pixels).counts[..., 0]
        of_background = level_counts[np.arange(block.n_pixels), block.background[: block.n_pixels]]
        starts = np.empty((block.n_pixels, sample.n_levels + 1), dtype=np.int64)
        members = np.empty(int(level_counts.sum() - of_background.sum()), dtype=np.uint32)
        counting_kernels.group_by_level(
            block.levels, block.words, block.background, block.background_words, level_counts, starts, members
        )
        return cls(members=members, starts=starts, level_counts=level_counts)


class GroupWeights:
    """I(level; label) as a sum of weights over cells: of another order of the labels only the joint cells change.

    Parameters
    ----------
    sample
        Levels and labels.
    estimator
        The weights.

    Attributes
    ----------
    together
        How many orders of the labels are weighed at once.
    """

    def __init__(self, sample: LabelledLevels, estimator: AdditiveEstimator) -> None:
        from sightbits.estimation import pixel_null_kernels as kernels  # noqa: PLC0415  as above

        n = sample.n_images
        self._packed = sample.n_labels <= kernels.MOST_PACKED_LABELS
        self.together = kernels.PERMUTATIONS_AT_ONCE if self._packed else 1
        self._n, self._kernels = n, kernels
        self._n_of_label = np.bincount(sample.labels, minlength=sample.n_labels)
        self._weights = estimator.weights(n)
        self._offset = float(estimator.offset(np.array(float(n))))
        self._label_entropy = self._offset - self._weights[self._n_of_label].sum() / n
        field = np.arange(4096)
        self._pair_weights = self._weights[np.minimum(field & 63, n)] + self._weights[np.minimum(field >> 6, n)]

    def level_entropy(self, groups: LevelGroups) -> Float[np.ndarray, "n_pixels"]:
        """Return H(level) of the pixels grouped, in nats."""
        return np.asarray(self._offset - self._weights[groups.level_counts].sum(axis=-1) / self._n)

    def information(self, groups: LevelGroups, labels: Int64[np.ndarray, "n_images"]) -> Float[np.ndarray, "n_pixels"]:
        """Return I(level; label) of the pixels grouped, in nats; time goes with the images and not with the cells."""
        sums = np.empty(len(groups.starts))
        self._kernels.weigh_any(groups.members, groups.starts, labels, self._n_of_label, self._weights, sums)
        return self._from_joint(sums, self.level_entropy(groups))

    def draw(
        self,
        groups: LevelGroups,
        level_entropy: Float[np.ndarray, "n_pixels"],
        orders: list[Integer[np.ndarray, "n_images"]],
    ) -> Float[np.ndarray, "together n_pixels"]:
        """Return the same for as many orders of the labels as are weighed at once, a row for each."""
        sums = np.empty((self.together, len(groups.starts)))
        if self._packed:
            shifts = np.stack(orders, axis=1) * np.uint8(6)  # of bytes, as the caller shuffles them
            self._kernels.weigh_packed(
                groups.members, groups.starts, shifts, self._n_of_label, self._weights, self._pair_weights, sums
            )
        else:
            (labels,) = orders
            self._kernels.weigh_any(groups.members, groups.starts, labels, self._n_of_label, self._weights, sums[0])
        return self._from_joint(sums, level_entropy)

    def _from_joint(
        self, sums: Float[np.ndarray, "*batch n_pixels"], level_entropy: Float[np.ndarray, "n_pixels"]
    ) -> Float[np.ndarray, "*batch n_pixels"]:
        return level_entropy + self._label_entropy - (self._offset - sums / self._n)
