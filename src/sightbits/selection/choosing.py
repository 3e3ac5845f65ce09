"""Pixels chosen one by one, with what each costs, which must be used and which must not."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int64

from sightbits.core.checks import InputError
from sightbits.core.progress import Progress, silent
from sightbits.selection.scorers import Scorer, best_of

Map = Float[np.ndarray, "pixels"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Constraints:
    """What a choice must respect.

    Parameters
    ----------
    costs
        What measuring each pixel costs, above 0; scores count per cost. None where all cost the same.
    required
        Pixel numbers that are used in any case, before all others and in this order.
    forbidden
        Pixel numbers that are not used.
    """

    costs: Map | None = None
    required: Sequence[int] = ()
    forbidden: Sequence[int] = ()

    def check(self, n_pixels: int) -> None:
        """Raise `InputError` where these cannot be the constraints of images of so many pixels."""
        if self.costs is not None:
            usable = np.shape(self.costs) == (n_pixels,) and np.isfinite(self.costs).all() and (self.costs > 0).all()
            if not usable:
                raise InputError(
                    "costs",
                    wanted=f"{n_pixels} finite numbers above 0, one a pixel",
                    got=f"an array of shape {np.shape(self.costs)}"
                    + (f" from {np.min(self.costs)} to {np.max(self.costs)}" if np.size(self.costs) else ""),
                    remedy="Leave costs out where all pixels cost the same; forbid a pixel that cannot be measured.",
                )
        for name in ("required", "forbidden"):
            pixels = getattr(self, name)
            outside = [pixel for pixel in pixels if not 0 <= pixel < n_pixels]
            if outside or len(set(pixels)) < len(pixels):
                raise InputError(
                    name,
                    wanted=f"different pixel numbers from 0 to {n_pixels - 1}",
                    got=str(outside[0]) if outside else f"one of them twice in {list(pixels)}",
                    remedy="Name each pixel once.",
                )
        both = set(self.required) & set(self.forbidden)
        if both or len(self.forbidden) == n_pixels:
            raise InputError(
                "forbidden",
                wanted="some pixel left to use, and none that is required too",
                got=f"pixel {min(both)} in both lists" if both else "every pixel",
                remedy="Take it out of one of the lists.",
            )

    def worth(self, scores: Map) -> Map:
        """Return the scores per cost; a score below 0 counts times the cost, so that dear pixels never gain by it.

        The unit of the costs does not matter: their median counts as 1.
        """
        if self.costs is None:
            return scores
        costs = self.costs / np.median(self.costs)
        return np.where(scores > 0, scores / costs, scores * costs)


@dataclass(frozen=True, eq=False, kw_only=True)
class Ranking:
    """Pixels in the order in which they are worth measuring.

    Parameters
    ----------
    order
        Pixel numbers, best first; forbidden ones are left out.
    scores
        Of every pixel: the ranker's score when it was chosen, or the last one it had; NaN for forbidden ones.
    n_informative
        How many pixels vary and are not forbidden; those after them in the order tell nothing.
    n_before_chance
        How many pixels had been chosen when no other added more than chance; None where that was not tested, or did
        not come.
    """

    order: Int64[np.ndarray, "usable"]
    scores: Map
    n_informative: int
    n_before_chance: int | None


def choose_pixels(
    scorer: Scorer,
    *,
    n_chosen: int | None = None,
    constraints: Constraints | None = None,
    progress: Progress = silent,
) -> Ranking:
    """Rank pixels by taking the best again and again, each time in the light of those taken before.

    Parameters
    ----------
    n_chosen
        How many are taken one by one; the rest follows by the scores of that moment. None takes all so.

    Notes
    -----
    Scores within 1e-9 of the best are ties, which the lowest pixel number wins. Pixels that never change come after
    all others, in the order of their numbers.
    """
    rules = constraints or Constraints()
    n_pixels = len(scorer.varies)
    rules.check(n_pixels)
    left = np.ones(n_pixels, dtype=bool)
    left[list(rules.forbidden)] = False
    n_usable = int(left.sum())
    n_chosen = n_usable if n_chosen is None else min(n_chosen, n_usable)
    final = np.full(n_pixels, np.nan)
    order: list[int] = []

    def take(pixel: int, scores: Map) -> None:
        final[pixel] = scores[pixel]
        left[pixel] = False
        order.append(pixel)
        scorer.take(pixel)

    for pixel in rules.required:
        take(pixel, scorer.scores(left & scorer.varies, required=True))
    while len(order) < n_chosen and not scorer.forgetful and (left & scorer.varies).any():
        candidates = left & scorer.varies
        scores = scorer.scores(candidates)
        take(best_of(rules.worth(scores), candidates), scores)
        progress("ranking", len(order), n_chosen)
    scores = scorer.scores(left & scorer.varies) if left.any() else final
    final[left] = scores[left]
    rest = np.flatnonzero(left)
    worth = np.where(scorer.varies, rules.worth(scores), -np.inf)[rest]
    return Ranking(
        order=np.concatenate([np.array(order, dtype=np.int64), rest[rank(worth)]]),
        scores=final,
        n_informative=int((scorer.varies & ~np.isnan(final)).sum()),
        n_before_chance=scorer.n_before_chance,
    )


def rank(scores: Map) -> Int64[np.ndarray, "pixels"]:
    """Return pixel numbers, best first; ties go to the lower number.

    Examples
    --------
    >>> rank(np.array([0.1, 0.7, 0.1]))
    array([1, 0, 2])
    """
    return np.argsort(-scores, kind="stable").astype(np.int64)
