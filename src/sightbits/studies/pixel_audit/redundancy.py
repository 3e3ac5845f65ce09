"""Which pixels say the same thing twice, and which say more together."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32, Int64
from scipy.stats import chi2

from sightbits.core.images import ImageDataset
from sightbits.core.levels import level_code
from sightbits.core.progress import Progress
from sightbits.estimation.pixel_pairs import PairInformation, PixelPairs
from sightbits.selection.rankers import pair_estimator
from sightbits.studies.pixel_audit.maps import code_levels
from sightbits.studies.pixel_audit.settings import AuditSettings

_MOST_PAIRS = 2**18  # what a page can carry
_CHANCE = 0.95


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
        What I(pixel; reference), and the other two, stay below by chance in 19 of 20 pairs of independent pixels.
    """

    n_levels: int
    estimator: str
    references: Int64[np.ndarray, "references"]
    alone: Float[np.ndarray, "pixels"]
    shared: Float32[np.ndarray, "references pixels"]
    interaction: Float32[np.ndarray, "references pixels"]
    chance: tuple[float, ...]

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
    code = level_code(train, settings.levels_for("jmi", train))
    estimator = pair_estimator(settings.ranking_estimator)
    pairs = PixelPairs(code_levels(train, code), estimator)
    references = order[: max(1, _MOST_PAIRS // train.n_pixels)]
    references = references[pairs.varies[references]]
    shared, interaction = np.empty((2, len(references), train.n_pixels), dtype=np.float32)
    for i, pixel in enumerate(references):
        beside = pairs.beside(int(pixel))
        shared[i], interaction[i] = beside.shared, beside.interaction
        progress("redundancy", i + 1, len(references))
    most = code.n_levels - 1
    freedoms = (most**2, most * (train.n_labels - 1) * code.n_levels)
    return PixelRedundancy(
        n_levels=code.n_levels,
        estimator=estimator,
        references=references,
        alone=pairs.alone,
        shared=shared,
        interaction=interaction,
        chance=tuple(_chance(freedom, train.n_images, estimator) for freedom in freedoms),
    )


def _chance(freedom: int, n: int, estimator: str) -> float:
    """Return the 95 % point of an information estimate under independence: 2 n I of the plug-in is then chi-squared."""
    corrected = 0 if estimator == "plug_in" else freedom
    return float(chi2.ppf(_CHANCE, freedom) - corrected) / (2 * n)
