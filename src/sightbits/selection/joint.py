"""Greedy choice by what all chosen pixels tell together."""

from collections.abc import Callable

import numpy as np
from jaxtyping import Int64

from sightbits.core.counts import LabelledLevels
from sightbits.estimation.independence import conditional_independence_p
from sightbits.selection.sample import varying
from sightbits.selection.scorers import Map, Mask, Scorer, best_of

SIGNIFICANCE = 0.05


class JointScorer:
    """Scores by how much a pixel adds to I(label; chosen pixels together), until what it adds may be chance.

    Parameters
    ----------
    sample
        Levels and labels. Few levels last longer: images that agree on all chosen pixels share a cell.
    fallback
        Makes the scorer that ranks on when the best pixel adds no more than chance.

    Notes
    -----
    The gain is I(pixel; label | cell of the chosen pixels), each cell's table shrunk towards independence by its own
    James-Stein intensity: a cell with too few images to say anything adds nothing, instead of log n. The best gain is
    tested for conditional independence at 5 %, divided by the number of candidates (Bonferroni). Cost: for each pixel
    chosen, one pass over the images whose cell still has several labels.

    Source: J. Hausser, K. Strimmer, Entropy inference and the James-Stein estimator, Journal of Machine Learning
    Research 10, 2009, 1469-1484 (the intensity; there the target is the uniform distribution).
    """

    forgetful = False

    def __init__(self, sample: LabelledLevels, *, fallback: Callable[[], Scorer]) -> None:
        self._sample = sample
        self._columns = np.ascontiguousarray(sample.levels.T)
        self._cells = np.zeros(sample.n_images, dtype=np.int64)
        self._fallback = fallback
        self._next: Scorer | None = None
        self._chosen: list[int] = []
        self.n_before_chance: int | None = None
        self.varies: Mask = varying(sample.levels)

    def scores(self, candidates: Mask, *, required: bool = False) -> Map:
        """Return the gains in nats; once the best may be chance, what the next scorer says."""
        if self._next is None:
            gains, images = self._gains(candidates)
            if required:
                return gains
            best = best_of(gains, candidates)
            p_value = conditional_independence_p(
                self._columns[best][images].astype(np.int64), self._sample.labels[images], self._cells[images]
            )
            if p_value * candidates.sum() <= SIGNIFICANCE:
                return gains
            self.n_before_chance = len(self._chosen)
            self._next = self._fallback()
            for pixel in self._chosen:
                self._next.take(pixel)
        return self._next.scores(candidates)

    def take(self, pixel: int) -> None:
        """Split every cell by the levels of the pixel."""
        self._chosen.append(pixel)
        if self._next is None:
            finer = self._cells * self._sample.n_levels + self._columns[pixel]
            self._cells = np.unique(finer, return_inverse=True)[1]
        else:
            self._next.take(pixel)

    def _gains(self, candidates: Mask) -> tuple[Map, Int64[np.ndarray, "n_open"]]:
        """Return the gain of each candidate, and the images of cells where several labels are left."""
        from sightbits.selection import joint_kernels  # noqa: PLC0415  Numba loads only when something is counted

        group = self._cells * self._sample.n_labels + self._sample.labels
        order = np.argsort(group, kind="stable")
        cell = self._cells[order]
        group_of = np.cumsum(np.diff(group[order], prepend=-1) > 0) - 1
        cell_starts = np.flatnonzero(np.diff(cell, prepend=-1))
        label_in_cell = group_of - group_of[cell_starts][cell]
        several = np.maximum.reduceat(label_in_cell, cell_starts)[cell] > 0
        order, cell, label_in_cell = order[several], cell[several], label_in_cell[several]
        gains = np.zeros(len(candidates))
        if len(order):
            cell_starts = np.append(np.flatnonzero(np.diff(cell, prepend=-1)), len(cell))
            asked = np.flatnonzero(candidates)
            found = np.empty(len(asked))
            joint_kernels.gain_of_pixels(
                self._columns, order, cell_starts, label_in_cell, self._sample.n_levels, asked, found
            )
            gains[asked] = found / self._sample.n_images
        return gains, order
