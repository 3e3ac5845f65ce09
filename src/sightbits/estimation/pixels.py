"""Information of every pixel about the label, with its null: label permutations, or the G-test."""

import numpy as np
from jaxtyping import Float, Integer
from joblib import Parallel, delayed
from scipy.stats import chi2

from sightbits.core.counts import CountTable, LabelledLevels
from sightbits.core.estimate import SATURATION, Estimate
from sightbits.core.progress import Progress, silent
from sightbits.estimation.level_groups import GroupWeights, LevelGroups
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


def pixel_information(sample: LabelledLevels, estimator: str = "plug_in") -> Float[np.ndarray, "n_pixels"]:
    """Return I(level; label) of every pixel in nats, without a null.

    Notes
    -----
    Where a table has more cells than there are images, only those that hold something are looked at.
    """
    values = np.empty(sample.n_pixels)
    sparse = estimator in ADDITIVE and sample.n_levels * sample.n_labels > sample.n_images
    weights = GroupWeights(sample, ADDITIVE[estimator]) if sparse else None
    for pixels in sample.pixel_blocks():
        if weights is not None:
            values[pixels] = weights.information(LevelGroups.of(sample, pixels), sample.labels)
        else:
            values[pixels] = table_information(sample.count(pixels), estimator=estimator, null=False)[0]
    return values


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
    weights = GroupWeights(sample, estimator)
    together = weights.together
    n_drawn = -(-n_permutations // together) * together
    labels = sample.labels.astype(np.uint8) if together > 1 else sample.labels
    shuffles = [shuffle_labels(labels, seed, i) for i in range(n_drawn)]
    draws = np.empty((n_drawn, sample.n_pixels))
    runs = [slice(first, first + together) for first in range(0, n_drawn, together)]
    for pixels in sample.pixel_blocks():
        groups = LevelGroups.of(sample, pixels)
        level_entropy = weights.level_entropy(groups)
        drawn = Parallel(n_jobs=n_jobs, prefer="threads", return_as="generator")(
            delayed(weights.draw)(groups, level_entropy, shuffles[run]) for run in runs
        )
        for run, values in zip(runs, drawn, strict=True):
            draws[run, pixels] = values
            progress("permutations", min(run.stop, n_permutations), n_permutations)
    return draws[:n_permutations]


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
