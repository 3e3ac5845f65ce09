"""Which pixels say the same thing twice, and which say more together."""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Float32, Int64
from joblib import Parallel, delayed

from sightbits.core.counts import LabelledLevels
from sightbits.core.images import ImageDataset
from sightbits.core.progress import Progress
from sightbits.estimation.pixel_pairs import PairInformation, PixelPairs
from sightbits.selection.rankers import pair_estimator, ranker_code
from sightbits.studies.pixel_audit.settings import AuditSettings

_MOST_PAIRS = 2**18  # what a page can carry
_CHANCE = 0.95
_SHUFFLED = 30  # so many pixels squared are drawn from


@dataclass(frozen=True, eq=False, kw_only=True)
class PixelRedundancy:
    """Pairs of pixels on the training images, in nats.

    Parameters
    ----------
    references
        The pixels that others are compared with: the first ones of the ranking, as many as a page can carry.
    alone
        I(pixel; label) of every pixel, in the levels and by the estimator used here.
    shared
        I(pixel; reference), a row a reference.
    interaction
        I(pixel; label | reference) - I(pixel; label): above 0 synergistic, below 0 redundant.
    chance
        What I(pixel; reference) and I(pixel; label | reference) stay below in 19 of 20 pairs where the pixel is
        shuffled.
    """

    n_levels: int
    estimator: str
    references: Int64[np.ndarray, "references"]
    alone: Float[np.ndarray, "pixels"]
    shared: Float32[np.ndarray, "references pixels"]
    interaction: Float32[np.ndarray, "references pixels"]
    chance: tuple[float, float]

    def beside(self, pixel: int) -> PairInformation | None:
        """Return the maps of one pixel, or None where it is not among the references."""
        found = np.flatnonzero(self.references == pixel)
        if not len(found):
            return None
        shared, interaction = (part[found[0]].astype(np.float64) for part in (self.shared, self.interaction))
        return PairInformation(shared=shared, given=self.alone + interaction, alone=self.alone)


def map_redundancy(
    train: ImageDataset, settings: AuditSettings, order: Int64[np.ndarray, "usable"], progress: Progress
) -> PixelRedundancy:
    """Compare every pixel with the first ones of a ranking."""
    code = ranker_code("jmi", train, settings.levels)
    estimator = pair_estimator(settings.ranking_estimator)
    coded = LabelledLevels.of(train, code)
    pairs = PixelPairs(coded, estimator)
    references = order[: max(1, _MOST_PAIRS // train.n_pixels)]
    references = references[pairs.varies[references]]
    shared, interaction = np.empty((2, len(references), train.n_pixels), dtype=np.float32)
    asked = Parallel(n_jobs=settings.n_jobs, prefer="threads", return_as="generator")(
        delayed(pairs.beside)(int(pixel)) for pixel in references
    )
    for i, beside in enumerate(asked):
        shared[i], interaction[i] = beside.shared, beside.interaction
        progress("redundancy", i + 1, len(references))
    return PixelRedundancy(
        n_levels=code.n_levels,
        estimator=estimator,
        references=references,
        alone=pairs.alone,
        shared=shared,
        interaction=interaction,
        chance=_chance(coded, references, estimator, settings.seed),
    )


def _chance(
    coded: LabelledLevels, references: Int64[np.ndarray, "references"], estimator: str, seed: int
) -> tuple[float, float]:
    """Return the 95 % points of I(pixel; reference) and I(pixel; label | reference) where the pixels are shuffled."""
    if not len(references):
        return 0.0, 0.0
    some = references[np.linspace(0, len(references) - 1, min(_SHUFFLED, len(references)), dtype=np.int64)]
    kept = coded.levels[:, some]
    shuffled = np.random.default_rng(seed).permuted(kept, axis=0)
    both = replace(coded, levels=np.concatenate([kept, shuffled], axis=1))
    pairs, asked = PixelPairs(both, estimator), np.arange(len(some), 2 * len(some))
    beside = [pairs.beside(reference, asked) for reference in range(len(some))]
    shared, given = (np.concatenate([getattr(one, name) for one in beside]) for name in ("shared", "given"))
    return float(np.quantile(shared, _CHANCE)), float(np.quantile(given, _CHANCE))
