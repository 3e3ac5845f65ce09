"""Information of every pixel about the label, with its null: label permutations, or the G-test."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int64, Integer, UInt32
from joblib import Parallel, delayed
from scipy.stats import chi2

from sightbits.core.counts import CountTable, LabelledLevels, LevelBlock
from sightbits.core.estimate import SATURATION, Estimate
from sightbits.core.progress import Progress, silent
from sightbits.estimation.null import estimate_beside_draws, information_ceiling, shuffle_labels
from sightbits.information.composed import mutual_information
from sightbits.information.discrete import ADDITIVE, ESTIMATORS, AdditiveEstimator


def estimate_pixel_information(
    sample: LabelledLevels,
    *,
    estimator: str = "plug_in",
    n_permutations: int = 100,
    seed: int = 0,
    progress: Progress = silent,
) -> Estimate:
    """Return I(level; label) of every pixel with its null.

    Parameters
    ----------
    n_permutations
        How many shuffles of the labels; 0 takes the G-test for the plug-in estimate where there are as many samples
        as cells, and no null for the others.

    Notes
    -----
    Each permutation shuffles the labels of all pixels alike, so dependence between pixels is kept. Cost for the
    additive estimators (plug_in, miller_madow, grassberger, jackknife): 100 permutations take about 20 times the
    map itself; the other estimators recount every time.
    """
    figures = np.empty((4, sample.n_pixels))
    for pixels in sample.pixel_blocks():
        figures[:, pixels] = table_information(
            sample.count(pixels), estimator=estimator, null=n_permutations == 0 and estimator == "plug_in"
        )
    draws = None
    if n_permutations > 0:
        draws = permute_labels(sample, estimator=estimator, n_permutations=n_permutations, seed=seed, progress=progress)
    return assemble_estimate(figures, draws, estimator=estimator, labels=sample.labels)


def table_information(table: CountTable, *, estimator: str, null: bool) -> Float[np.ndarray, "4 pixels"]:
    """Return I(level; label) of each table, and mean, deviation and p-value by the G-test.

    Notes
    -----
    NaN where that is not asked for, or does not apply: a table with fewer samples than cells has a mean far too high,
    up to more than there is to know.
    """
    figures = np.full((4, len(table.counts)), np.nan)
    figures[0] = mutual_information(table, "level", "label", estimator=ESTIMATORS[estimator])
    if null:
        n_cells = np.prod([(table.marginal(name).counts > 0).sum(axis=-1) for name in ("level", "label")], axis=0)
        figures[1:] = np.where(n_cells <= table.n_samples, g_test(table, figures[0]), np.nan)
    return figures


def assemble_estimate(
    figures: Float[np.ndarray, "4 pixels"],
    draws: Float[np.ndarray, "n_permutations pixels"] | None,
    *,
    estimator: str,
    labels: Integer[np.ndarray, "n_images"],
) -> Estimate:
    """Return the estimate of every pixel beside what shuffled labels gave, or else beside the G-test."""
    value, g_mean, g_std, g_p = figures
    ceiling = information_ceiling(labels)
    if draws is not None:
        return estimate_beside_draws(value, draws, estimator=estimator, n_samples=len(labels), ceiling=ceiling)
    return Estimate(
        value=value,
        estimator=estimator,
        n_samples=len(labels),
        saturated=value >= (1 - SATURATION) * ceiling,
        null="none" if np.isnan(g_p).all() else "g_test",
        null_mean=g_mean,
        null_std=g_std,
        p_value=g_p,
    )


def permute_labels(
    sample: LabelledLevels,
    *,
    estimator: str,
    n_permutations: int,
    seed: int,
    n_jobs: int = 1,
    progress: Progress = silent,
) -> Float[np.ndarray, "n_permutations n_pixels"]:
    """Return I(level; label) of every pixel under shuffled labels, in nats, one row a permutation.

    Notes
    -----
    Permutation i depends on the seed and on i alone. The additive estimators use `n_jobs` threads.
    """
    if estimator in ADDITIVE:
        return _permute_additive(sample, ADDITIVE[estimator], n_permutations, seed, n_jobs, progress)
    draws = np.empty((n_permutations, sample.n_pixels))
    for i in range(n_permutations):
        labels = shuffle_labels(sample.labels, seed, i)
        shuffled = LabelledLevels(
            levels=sample.levels, labels=labels, n_levels=sample.n_levels, n_labels=sample.n_labels
        )
        for pixels in sample.pixel_blocks():
            draws[i, pixels] = mutual_information(
                shuffled.count(pixels), "level", "label", estimator=ESTIMATORS[estimator]
            )
        progress("permutations", i + 1, n_permutations)
    return draws


def _permute_additive(
    sample: LabelledLevels,
    estimator: AdditiveEstimator,
    n_permutations: int,
    seed: int,
    n_jobs: int,
    progress: Progress,
) -> Float[np.ndarray, "n_permutations n_pixels"]:
    """Weigh a few permutations at a time, of all pixels that are in memory together."""
    null = _AdditiveNull(sample, estimator)
    n_drawn = -(-n_permutations // null.together) * null.together
    labels = sample.labels.astype(np.uint8) if null.packed else sample.labels
    shuffles = [shuffle_labels(labels, seed, i) for i in range(n_drawn)]
    draws = np.empty((n_drawn, sample.n_pixels))
    runs = [slice(first, first + null.together) for first in range(0, n_drawn, null.together)]
    for pixels in sample.pixel_blocks():
        groups = _LevelGroups.of(sample, pixels)
        level_entropy = null.level_entropy(groups)
        drawn = Parallel(n_jobs=n_jobs, prefer="threads", return_as="generator")(
            delayed(null.draw)(groups, level_entropy, shuffles[run]) for run in runs
        )
        for run, values in zip(runs, drawn, strict=True):
            draws[run, pixels] = values
            progress("permutations", min(run.stop, n_permutations), n_permutations)
    return draws[:n_permutations]


@dataclass(frozen=True, eq=False, kw_only=True)
class _LevelGroups:
    """Which images have which level, pixel by pixel; those of a pixel's background are left out."""

    members: UInt32[np.ndarray, "entries"]
    starts: Int64[np.ndarray, "n_pixels levels_and_end"]
    level_counts: Int64[np.ndarray, "n_pixels n_levels"]

    @classmethod
    def of(cls, sample: LabelledLevels, pixels: slice) -> "_LevelGroups":
        from sightbits.core import counting_kernels  # noqa: PLC0415  Numba loads only when something is counted

        block = LevelBlock.of(sample.levels[:, pixels])
        level_counts = sample.count(pixels).marginal("level").counts
        of_background = level_counts[np.arange(block.n_pixels), block.background[: block.n_pixels]]
        starts = np.empty((block.n_pixels, sample.n_levels + 1), dtype=np.int64)
        members = np.empty(int(level_counts.sum() - of_background.sum()), dtype=np.uint32)
        counting_kernels.group_by_level(
            block.levels, block.words, block.background, block.background_words, level_counts, starts, members
        )
        return cls(members=members, starts=starts, level_counts=level_counts)


class _AdditiveNull:
    """Sums weights cell by cell: only the joint table changes under a permutation, its margins do not."""

    def __init__(self, sample: LabelledLevels, estimator: AdditiveEstimator) -> None:
        from sightbits.estimation import pixel_null_kernels as kernels  # noqa: PLC0415  as above

        n = sample.n_images
        self.packed = sample.n_labels <= kernels.MOST_PACKED_LABELS
        self.together = kernels.PERMUTATIONS_AT_ONCE if self.packed else 1
        self._n, self._kernels = n, kernels
        self._n_of_label = np.bincount(sample.labels, minlength=sample.n_labels)
        self._weights = estimator.weights(n)
        self._offset = float(estimator.offset(np.array(float(n))))
        self._label_entropy = self._offset - self._weights[self._n_of_label].sum() / n
        field = np.arange(4096)
        self._pair_weights = self._weights[np.minimum(field & 63, n)] + self._weights[np.minimum(field >> 6, n)]

    def level_entropy(self, groups: _LevelGroups) -> Float[np.ndarray, "n_pixels"]:
        """Return H(level) of the pixels grouped, which no permutation changes."""
        return np.asarray(self._offset - self._weights[groups.level_counts].sum(axis=-1) / self._n)

    def draw(
        self,
        groups: _LevelGroups,
        level_entropy: Float[np.ndarray, "n_pixels"],
        shuffles: list[Integer[np.ndarray, "n_images"]],
    ) -> Float[np.ndarray, "together n_pixels"]:
        """Return I(level; label) of the pixels grouped, a row for each order of the labels."""
        sums = np.empty((self.together, len(groups.starts)))
        if self.packed:
            shifts = np.stack(shuffles, axis=1) * np.uint8(6)
            self._kernels.weigh_packed(
                groups.members, groups.starts, shifts, self._n_of_label, self._weights, self._pair_weights, sums
            )
        else:
            (labels,) = shuffles
            self._kernels.weigh_any(groups.members, groups.starts, labels, self._n_of_label, self._weights, sums[0])
        return level_entropy + self._label_entropy - (self._offset - sums / self._n)


def g_test(
    table: CountTable, value: Float[np.ndarray, "*batch"]
) -> tuple[Float[np.ndarray, "*batch"], Float[np.ndarray, "*batch"], Float[np.ndarray, "*batch"]]:
    """Return mean, standard deviation (nats) and p-value of the plug-in I(level; label) under independence.

    Notes
    -----
    2 n I is asymptotically chi-squared with (levels - 1)(labels - 1) degrees of freedom over the levels and labels
    that occur. Trust it where most expected counts are above 5; with sparse tables the mean is too high.

    Source: S. S. Wilks, The likelihood test of independence in contingency tables, 1935.
    """
    n = table.n_samples
    n_levels = (table.marginal("level").counts > 0).sum(axis=-1)
    n_labels = (table.marginal("label").counts > 0).sum(axis=-1)
    freedom = (n_levels - 1) * (n_labels - 1)
    statistic = 2 * n * value
    p_value = np.where(freedom > 0, chi2.sf(statistic, np.maximum(freedom, 1)), 1.0)
    return np.asarray(freedom / (2 * n)), np.asarray(np.sqrt(2 * freedom) / (2 * n)), p_value
