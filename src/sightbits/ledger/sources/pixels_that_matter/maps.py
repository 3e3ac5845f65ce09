"""Variance and information of every pixel: which are dead, and where the rest of it lies."""

import statistics
from collections.abc import Callable

import numpy as np
from jaxtyping import Float

from sightbits.information.correlation import pearson, spearman
from sightbits.ledger.claim import Claim, Relation
from sightbits.ledger.drawings import Drawing, Grids
from sightbits.ledger.evidence import Evidence, Outcome
from sightbits.ledger.experiment import Experiment, Workbench
from sightbits.ledger.sources.pixels_that_matter.split import (
    SIDE,
    TOP,
    Split,
    cells,
    perimeter,
    places,
    split_seeds,
)
from sightbits.studies.pixel_audit.audit import audit_pixels

_OPENING = "opening paragraph"
_EDGES = "section on the constant edges"
_CORNERS = (0, SIDE - 1, SIDE * (SIDE - 1), SIDE**2 - 1)
_EARLY = 13  # the best pixel and a dozen more


def _count(name: str, text: str, place: str, claimed: float, unit: str = "pixels") -> Claim:
    return Claim(name=name, text=text, place=place, relation=Relation.EQUALS, claimed=claimed, unit=unit)


TRAINING = _count(
    "training-images", "The split leaves 1,347 of 1,797 images for training.", "data paragraph", 1347.0, "images"
)
DEAD = _count("dead", "12 of the 64 pixels have a training variance under 0.5.", _OPENING, 12.0)
CONSTANT = _count("constant", "3 pixels never change in the training images.", _OPENING, 3.0)
DEAD_LEFT = _count("dead-left", "8 of the dead pixels lie in column 0.", _EDGES, 8.0)
DEAD_RIGHT = _count("dead-right", "4 of the dead pixels lie in column 7.", _EDGES, 4.0)
UNDER_ONE = _count("under-one", "17 pixels have a training variance under 1.", _EDGES, 17.0)
SILENT = _count(
    "dead-are-silent", "A dead pixel tells nothing of the digit, since it never moves: none of them does.", _EDGES, 0.0
)
ALIGNED = Claim(
    name="variance-lines-up",
    text="The map of information lines up almost perfectly with the map of variance (rank correlation 0.9 or more).",
    place=_EDGES,
    relation=Relation.AT_LEAST,
    claimed=0.9,
    unit="rank correlation",
    control="labels shuffled",
)
BAND = Claim(
    name="vertical-band",
    text="The bright band of the information runs down the middle: the four middle columns hold more than the four "
    "middle rows.",
    place="first picture",
    relation=Relation.ABOVE,
    claimed=0.0,
    unit="percent of the information",
)
MIDDLE = Claim(
    name="middle-third",
    text="The middle third of the columns carries almost everything (90 % of the information or more).",
    place="last paragraph",
    relation=Relation.AT_LEAST,
    claimed=90.0,
    unit="percent of the information",
)
CORNERS = Claim(
    name="corners",
    text="The corners never had a vote: none of the four is among the 20 most informative pixels.",
    place="last paragraph",
    relation=Relation.EQUALS,
    claimed=0.0,
    unit="pixels",
    each=True,
)
EDGES_UNTOUCHED = Claim(
    name="edges-untouched",
    text="The best pixel and a dozen more give the structure of a digit and never touch the edges (left and right, as "
    "the source uses the word).",
    place="section on the best pixel, last paragraph",
    relation=Relation.EQUALS,
    claimed=0.0,
    unit="pixels",
    each=True,
)


def _maps(bench: Workbench) -> Outcome:
    digits = bench.dataset("digits")
    splits = [Split.of(digits, seed) for seed in split_seeds(bench, 3, 40)]
    own = Split.of(digits) if bench.seed else splits[0]
    variance, dead = own.variance, np.flatnonzero(own.dead)
    audit = audit_pixels(
        digits, seed=own.seed, n_pixels=[1], resamples=0, permutations=bench.choose(200, 2000), jobs=1
    )  # fmt: skip
    significant = [pixel for pixel in dead if audit.maps.q_value[pixel] < 0.05]
    informations = [split.ranking.scores for split in splits]
    firsts = [split.ranking.order for split in splits]
    grids = [one.reshape(SIDE, SIDE) for one in informations]
    columns = [_share_of_columns(grid, (2, 3, 4, 5)) for grid in grids]
    rows = [_share_of_columns(grid.T, (2, 3, 4, 5)) for grid in grids]
    thirds = [  # of 8 columns
        _share_of_columns(grid, (3, 4)) + _share_of_columns(grid, (2, 5)) / 3 for grid in grids
    ]
    live = [
        spearman(one[~split.dead], split.variance[~split.dead]) for one, split in zip(informations, splits, strict=True)
    ]
    linear = [pearson(one, split.variance) for one, split in zip(informations, splits, strict=True)]
    counted = [spearman(split.counted_information(), split.variance) for split in splits]
    best_third = [np.sort(one)[::-1][:21].sum() / one.sum() for one in informations]
    evidence = {
        TRAINING.name: _single(own.train.n_images, f"{own.test.n_images} images are left for testing."),
        DEAD.name: _single(len(dead), _over(splits, lambda split: int(split.dead.sum()))),
        CONSTANT.name: _single((variance == 0).sum(), _over(splits, lambda split: int((split.variance == 0).sum()))),
        DEAD_LEFT.name: _single((dead % SIDE == 0).sum(), "The other dead pixels: see dead-right."),
        DEAD_RIGHT.name: _single((dead % SIDE == SIDE - 1).sum(), "Together with dead-left all 12."),
        UNDER_ONE.name: _single((variance < 1).sum(), _over(splits, lambda split: int((split.variance < 1).sum()))),
        SILENT.name: _single(
            len(significant),
            f"Information by exact counts above that of {audit.settings.n_permutations:,} label shuffles, at a false "
            f"discovery rate of 5 %, at {', '.join(map(str, places(significant))) or 'no pixel'}: only the 3 constant "
            f"ones cannot tell anything. The most a dead pixel tells is "
            f"{audit.maps.information.excess[dead].max() / np.log(2):.3f} bit more than chance, of "
            f"{audit.maps.information.excess.max() / np.log(2):.3f} bit at the best pixel.",
        ),
        ALIGNED.name: Evidence(
            values=tuple(spearman(one, split.variance) for one, split in zip(informations, splits, strict=True)),
            control=tuple(spearman(split.chance_information(), split.variance) for split in splits),
            note=f"Spearman's correlation over all 64 pixels, {len(splits)} splits, the source's estimator. Among the "
            f"pixels that are not dead it is {statistics.fmean(live):.2f}; over all with exact counts "
            f"{statistics.fmean(counted):.2f}; Pearson's over all {statistics.fmean(linear):.2f}. 'Almost perfectly' "
            "is taken as 0.9.",
        ),
        BAND.name: Evidence(
            values=tuple(100 * (a - b) for a, b in zip(columns, rows, strict=True)),
            note=f"Columns 2 to 5 hold {100 * statistics.fmean(columns):.1f} % of the information summed over pixels, "
            f"rows 2 to 5 {100 * statistics.fmean(rows):.1f} %; {len(splits)} splits.",
        ),
        MIDDLE.name: Evidence(
            values=tuple(100 * share for share in thirds),
            note="Share of the information summed over pixels in columns 3 and 4 and a third of columns 2 and 5. Read "
            f"as a third of the pixels, the 21 best ones hold {100 * statistics.fmean(best_third):.1f} %. Spread "
            "evenly it would be 33.3 %. Information of single pixels overlaps: the sum is more than all tell together. "
            f"{len(splits)} splits.",
        ),
        CORNERS.name: Evidence(
            values=tuple(float(np.isin(order[:TOP], _CORNERS).sum()) for order in firsts),
            note=f"How many corners, in each of {len(splits)} splits. Their variances: "
            f"{', '.join(f'{variance[corner]:.2f}' for corner in _CORNERS)} (row by row).",
        ),
        EDGES_UNTOUCHED.name: Evidence(
            values=tuple(float(np.isin(order[:_EARLY] % SIDE, (0, SIDE - 1)).sum()) for order in firsts),
            note=f"How many of the first {_EARLY} pixels lie in columns 0 and 7, in each of {len(splits)} splits. Top "
            "and bottom row are touched: the first pixels of the source's split hold "
            f"{', '.join(map(str, places(np.intersect1d(own.ranking.order[:_EARLY], perimeter())))) or 'none'} there.",
        ),
    }
    return Outcome(evidence=evidence, drawings=_drawings(own))


def _single(figure: int | np.integer, note: str) -> Evidence:
    return Evidence(values=(float(figure),), note=note)


def _over(splits: list[Split], figure: Callable[[Split], int]) -> str:
    figures = [figure(split) for split in splits]
    return f"The source's split; from {min(figures)} to {max(figures)} over {len(splits)} splits."


def _share_of_columns(grid: Float[np.ndarray, "rows columns"], columns: tuple[int, ...]) -> float:
    return float(grid[:, columns].sum() / grid.sum())


def _drawings(own: Split) -> tuple[Drawing, ...]:
    bits = own.ranking.scores / np.log(2)
    dead = places(np.flatnonzero(own.dead))
    ringed = places(own.ranking.order[:TOP])
    return (
        Grids(
            name="information",
            title="Information of each pixel on the digit: dead pixels crossed out, the 20 best ringed",
            place="first picture",
            values_title="mutual information (bit)",
            panels={"mutual information": cells(bits)},
            crossed={"mutual information": dead},
            ringed={"mutual information": ringed},
        ),
        Grids(
            name="variance",
            title="Variance of each pixel",
            place="second picture, left",
            values_title="variance (grey values squared)",
            panels={"variance": cells(own.variance)},
            crossed={"variance": dead},
        ),
        Grids(
            name="dead-pixels",
            title="Pixels with a variance under 0.5",
            place="third picture",
            values_title="dead (1) or not (0)",
            panels={"dead pixels": cells(own.dead)},
        ),
    )


MAPS = Experiment(
    name="variance and information of every pixel",
    claims=(
        TRAINING, DEAD, CONSTANT, DEAD_LEFT, DEAD_RIGHT, UNDER_ONE, SILENT, ALIGNED, BAND, MIDDLE, CORNERS,
        EDGES_UNTOUCHED,
    ),
    run=_maps,
)  # fmt: skip
