"""Levels as bit planes with the images of each label in words of their own, so that cells are counted by popcount."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Int64, UInt64

from sightbits.core.counts import CountTable, LabelledLevels

_BITS = 64


@dataclass(frozen=True, eq=False, kw_only=True)
class BitPlanes:
    """One bit an image, pixel and level; level 0 is what the other levels leave.

    Parameters
    ----------
    planes
        A plane for each pixel and level but 0.
    label_words
        Where each label's words start, and the end of the last: no word holds images of two labels.
    of_label
        How many images each label has.
    """

    planes: UInt64[np.ndarray, "n_pixels levels_above_0 words"]
    label_words: Int64[np.ndarray, "labels_and_end"]
    of_label: Int64[np.ndarray, "n_labels"]

    @classmethod
    def of(cls, sample: LabelledLevels) -> "BitPlanes":
        """Pack a sample.

        Notes
        -----
        Cost: one pass over the images; (n_levels - 1) / 8 of the memory that the levels take as bytes.
        """
        from sightbits.core import bit_kernels  # noqa: PLC0415  Numba loads only when something is counted

        order = np.argsort(sample.labels, kind="stable")
        of_label = np.bincount(sample.labels, minlength=sample.n_labels)
        label_words = np.concatenate([[0], np.cumsum(-(-of_label // _BITS))])
        planes = np.empty((sample.n_pixels, sample.n_levels - 1, int(label_words[-1])), dtype=np.uint64)
        bit_kernels.pack(np.ascontiguousarray(sample.levels), order, of_label, label_words, planes)
        return cls(planes=planes, label_words=label_words, of_label=of_label)

    def count(self) -> CountTable:
        """Count (level, label) for every pixel: the same table as `LabelledLevels.count`."""
        from sightbits.core import bit_kernels  # noqa: PLC0415  Numba loads only when something is counted

        n_pixels, n_above, _ = self.planes.shape
        counts = np.empty((n_pixels, n_above + 1, len(self.of_label)), dtype=np.int64)
        bit_kernels.count_levels(self.planes, self.label_words, self.of_label, counts)
        return CountTable(counts=counts, variables=("level", "label"))
