"""How few pixels are enough: accuracies of the source, and what becomes of them without its ranking."""

import statistics
from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np

from sightbits.core.images import ImageDataset
from sightbits.ledger.claim import Claim, Relation
from sightbits.ledger.drawings import Curves, Line
from sightbits.ledger.evidence import Evidence, Outcome
from sightbits.ledger.experiment import Experiment, Workbench
from sightbits.ledger.sources.pixels_that_matter.split import SIDE, TOP, Split, perimeter, split_seeds

_PLACE = "section on how few are needed"
_ALL = SIDE**2
_PRINTED = {1: 22.9, 2: 40.2, 5: 61.1, 10: 82.4, 15: 89.6, 20: 92.9, 30: 94.9, 64: 97.8}
_ONE_IMAGE = 100 / 450
_RANKERS = {"knn": "as the source", "mutual_information": "exact counts", "jmi": "jmi", "variance": "variance"}

ACCURACIES = {
    k: Claim(
        name=f"accuracy-{k}",
        text=f"Logistic regression on the {k} most informative pixels tells {printed} % of the test images right."
        if k < _ALL
        else f"Logistic regression on all 64 pixels tells {printed} % of the test images right.",
        place=f"{_PLACE}, list",
        relation=Relation.EQUALS,
        claimed=printed,
        tolerance=0.05,
        unit="percent",
    )
    for k, printed in _PRINTED.items()
}
LAST_POINTS = Claim(
    name="last-points",
    text="The 44 pixels left out after the first 20 buy the last 4.9 points.",
    place=_PLACE,
    relation=Relation.EQUALS,
    claimed=4.9,
    tolerance=0.05,
    unit="percent",
)
ONE_IN_FOUR = Claim(
    name="one-in-four",
    text="The single most informative pixel classifies one image in four (22.5 % at least, by rounding).",
    place=_PLACE,
    relation=Relation.AT_LEAST,
    claimed=25.0,
    tolerance=2.5,
    unit="percent",
    control="the choice: a pixel at random among those that are not dead",
)
TWENTY = Claim(
    name="twenty-are-enough",
    text="Information is so concentrated that the best 20 pixels reach 95 % of the accuracy with all 64.",
    place=_PLACE,
    relation=Relation.AT_LEAST,
    claimed=95.0,
    tolerance=0.5,
    unit="percent of the full accuracy",
    control="the ranking: 20 pixels at random among those that are not dead",
)
BY_INFORMATION = Claim(
    name="twenty-by-information",
    text="20 pixels picked by their mutual information with the digit recover 95 % of the accuracy.",
    place="last paragraph",
    relation=Relation.AT_LEAST,
    claimed=95.0,
    tolerance=0.5,
    unit="percent of the full accuracy",
    control="the digit: the 20 pixels of largest variance",
)
STEEP = Claim(
    name="steep-then-flat",
    text="As the bright middle and the dark edges of the maps predict, the curve is steep early and flat late: a pixel "
    "of the first 20 adds more than one of the last 44.",
    place=_PLACE,
    relation=Relation.ABOVE,
    claimed=0.0,
    unit="percent a pixel",
    control="ranking and dead pixels: only the others, in random order",
)
NEVER_MISSED = Claim(
    name="dead-never-missed",
    text="The classifier never misses the dead pixels: without them it is right as often (within one test image).",
    place="subtitle",
    relation=Relation.AT_LEAST,
    claimed=0.0,
    tolerance=_ONE_IMAGE,
    unit="percent",
    control="that they are dead: as many others at random are left out",
)
PERIMETER = Claim(
    name="perimeter-is-free",
    text="The perimeter is free to throw away: without its 28 pixels the classifier is right as often (within one test "
    "image).",
    place="section on the caveat",
    relation=Relation.AT_LEAST,
    claimed=0.0,
    tolerance=_ONE_IMAGE,
    unit="percent",
    control="the place: 28 pixels at random are left out",
)


def _how_few(bench: Workbench) -> Outcome:
    digits = bench.dataset("digits")
    curves = bench.once("curves of the split of the source", partial(_curves, digits))
    seeds = split_seeds(bench, 4, 40)
    found = []
    for done, seed in enumerate(seeds):
        bench.progress("splits", done, len(seeds))
        found.append(bench.once(f"accuracies of split {seed}", partial(_accuracies, digits, seed)))
    bench.progress("splits", len(seeds), len(seeds))
    accuracy = {name: np.array([one[name] for one in found]) for name in found[0]}
    return Outcome(
        evidence=_of_source(curves, accuracy) | _of_splits(accuracy, len(seeds)), drawings=(_drawing(curves),)
    )


def _curves(digits: ImageDataset) -> dict[str, list[float]]:
    """Return the accuracies of the source's own split, by ranker."""
    split = Split.of(digits)
    every = {
        name: [split.accuracy(order[:k]) for k in _PRINTED if k < _ALL]
        for ranker, name in _RANKERS.items()
        for order in [split.ranking.order if ranker == "knn" else split.rank(ranker).order]
    }
    full = split.accuracy(range(_ALL))
    return {name: [*accuracies, full] for name, accuracies in every.items()}


def _accuracies(digits: ImageDataset, seed: int) -> dict[str, float]:
    """Return the accuracies of one split that claims and controls ask for."""
    split = Split.of(digits, seed)
    rng = np.random.default_rng(seed)
    order = split.ranking.order
    live = np.flatnonzero(~split.dead)
    chance = rng.permutation(live)
    inner = np.setdiff1d(np.arange(_ALL), perimeter())
    return {
        "first": split.accuracy(order[:1]),
        "twenty": split.accuracy(order[:TOP]),
        "all": split.accuracy(range(_ALL)),
        "one at random": split.accuracy(chance[:1]),
        "twenty at random": split.accuracy(chance[:TOP]),
        "twenty by counts": split.accuracy(split.rank("mutual_information").order[:TOP]),
        "twenty by jmi": split.accuracy(split.rank("jmi").order[:TOP]),
        "twenty by variance": split.accuracy(split.rank("variance").order[:TOP]),
        "live": split.accuracy(live),
        "as many left out": split.accuracy(np.setdiff1d(np.arange(_ALL), chance[: _ALL - len(live)])),
        "inner": split.accuracy(inner),
        "inner columns": split.accuracy(np.flatnonzero(~np.isin(np.arange(_ALL) % SIDE, (0, SIDE - 1)))),
        "as many inner": split.accuracy(rng.permutation(_ALL)[: len(inner)]),
        "n live": float(len(live)),
    }


def _of_source(curves: Mapping[str, Sequence[float]], accuracy: Mapping[str, np.ndarray]) -> dict[str, Evidence]:
    """Judge the figures of the source on its own split."""
    own = dict(zip(_PRINTED, curves["as the source"], strict=True))
    beside = {
        k: ", ".join(f"{name} {curves[name][i]:.1f}" for name in curves if name != "as the source")
        for i, k in enumerate(_PRINTED)
    }
    over = {1: accuracy["first"], 20: accuracy["twenty"], 64: accuracy["all"]}
    notes = {
        k: f"The source's split and random state. {_spread(over[k])}" if k in over else "The source's split and state."
        for k in _PRINTED
    }
    figures = {
        claim.name: Evidence(
            values=(own[k],), note=notes[k] if k == _ALL else f"{notes[k]} By other rankings, in percent: {beside[k]}."
        )
        for k, claim in ACCURACIES.items()
    }
    last = accuracy["all"] - accuracy["twenty"]
    return figures | {
        LAST_POINTS.name: Evidence(
            values=(own[_ALL] - own[TOP],), note=f"The source's split and random state. {_spread(last)}"
        )
    }


def _spread(figures: np.ndarray) -> str:
    return f"Over {len(figures)} splits {figures.mean():.1f} with standard deviation {figures.std(ddof=1):.1f}."


def _of_splits(accuracy: Mapping[str, np.ndarray], n_splits: int) -> dict[str, Evidence]:
    """Judge what is said of pixels in general, over splits."""
    full, live = accuracy["all"], accuracy["n live"]
    share = {
        name: 100 * accuracy[f"twenty {name}".strip()] / full
        for name in ("", "at random", "by counts", "by jmi", "by variance")
    }
    bend = (accuracy["twenty"] - accuracy["first"]) / (TOP - 1) - (full - accuracy["twenty"]) / (_ALL - TOP)
    chance_bend = (accuracy["twenty at random"] - accuracy["one at random"]) / (TOP - 1) - (
        accuracy["live"] - accuracy["twenty at random"]
    ) / (live - TOP)
    others = (
        f"Twenty by exact counts reach {share['by counts'].mean():.1f} %, by jmi, which looks at what pixels share, "
    )
    others += f"{share['by jmi'].mean():.1f} %."
    return {
        ONE_IN_FOUR.name: _values(
            accuracy["first"], accuracy["one at random"], f"{n_splits} splits. Guessing gives about 10 %."
        ),
        TWENTY.name: _values(
            share[""],
            share["at random"],
            f"{n_splits} splits; printed to whole percents, hence the tolerance. {others}",
        ),
        BY_INFORMATION.name: _values(
            share[""],
            share["by variance"],
            f"{n_splits} splits. The same figure as twenty-are-enough, beside a choice that never sees a label. "
            f"Information less variance: {_difference(share[''] - share['by variance'])} points.",
        ),
        STEEP.name: _values(
            bend,
            chance_bend,
            f"{n_splits} splits. Pixels in no order, none of them dead, give such a curve too: what is left to gain "
            "shrinks with every pixel.",
        ),
        NEVER_MISSED.name: _values(
            accuracy["live"] - full,
            accuracy["as many left out"] - full,
            f"{n_splits} splits; those with a training variance under 0.5 are left out.",
        ),
        PERIMETER.name: _values(
            accuracy["inner"] - full,
            accuracy["as many inner"] - full,
            f"{n_splits} splits; 36 pixels are left. "
            f"Without the outermost columns alone: {_difference(accuracy['inner columns'] - full)} points.",
        ),
    }


def _values(values: np.ndarray, control: np.ndarray, note: str) -> Evidence:
    return Evidence(values=tuple(values.tolist()), control=tuple(control.tolist()), note=note)


def _difference(figures: np.ndarray) -> str:
    return f"{figures.mean():.2f} +- {statistics.stdev(figures.tolist()) / np.sqrt(len(figures)):.2f} (standard error)"


def _drawing(curves: Mapping[str, Sequence[float]]) -> Curves:
    return Curves(
        name="accuracy",
        title="Test accuracy against the number of pixels",
        place="fourth picture",
        x_title="pixels kept",
        y_title="test accuracy (%)",
        lines={
            name: Line(x=tuple(float(k) for k in _PRINTED), y=tuple(accuracies)) for name, accuracies in curves.items()
        },
        bounds={"all pixels": curves["as the source"][-1], "guessing": 10.0},
    )


HOW_FEW = Experiment(
    name="accuracy against the number of pixels",
    claims=(
        *ACCURACIES.values(), LAST_POINTS, ONE_IN_FOUR, TWENTY, BY_INFORMATION, STEEP, NEVER_MISSED, PERIMETER,
    ),
    run=_how_few,
)  # fmt: skip
