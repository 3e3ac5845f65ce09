"""The most informative pixel: which it is, how sure that is, and what it tells digits by."""

import numpy as np

from sightbits.estimation.dependence import mutual_information
from sightbits.estimation.entropies import conditional_entropy
from sightbits.ledger.claim import Claim, Relation
from sightbits.ledger.drawings import Bars
from sightbits.ledger.evidence import Evidence, Outcome
from sightbits.ledger.experiment import Experiment, Workbench
from sightbits.ledger.sources.pixels_that_matter.split import SEED, SIDE, Split, places, split_seeds

_PLACE = "section on the best pixel"
_PIXEL = 4 * SIDE + 2
_MIDDLE_GREY = 8
_MEANS = {6: 14.6, 4: 14.4, 0: 11.3, 2: 1.2, 3: 1.2, 9: 3.0}
_BRIGHT, _DARK = (0, 4, 6), (2, 3, 9)

INFORMATION = Claim(
    name="best-information",
    text="The most informative pixel has a mutual information of 0.4306.",
    place="section on the constant edges",
    relation=Relation.EQUALS,
    claimed=0.4306,
    tolerance=0.00005,
    unit="nat",
)
DEADEST = Claim(
    name="least-information",
    text="The deadest pixel has a mutual information of exactly 0.",
    place="section on the constant edges",
    relation=Relation.EQUALS,
    claimed=0.0,
    unit="nat",
)
FIRST = Claim(
    name="best-pixel",
    text="Row 4, column 2 comes first in the ranking (estimator and seed of the source).",
    place=_PLACE,
    relation=Relation.EQUALS,
    claimed=1.0,
    unit="rank",
)
ALWAYS_FIRST = Claim(
    name="best-pixel-in-every-state",
    text="Row 4, column 2 is the most informative pixel: whichever random state the estimator is given.",
    place=_PLACE,
    relation=Relation.AT_LEAST,
    claimed=1.0,
    unit="share of random states",
)
LEFT_EDGE = Claim(
    name="left-edge",
    text="The most informative pixel sits on the left edge, which is column 0.",
    place=f"{_PLACE}, heading",
    relation=Relation.EQUALS,
    claimed=0.0,
    unit="column",
)
SIX = Claim(
    name="six-detector",
    text="The best pixel detects the 6: it tells more of whether it is a 6 than of whether it is any other digit.",
    place=f"{_PLACE}, heading",
    relation=Relation.ABOVE,
    claimed=0.0,
    unit="bit",
)
MEANS = Claim(
    name="class-means",
    text="Mean grey values there: 14.6 of digit 6, 14.4 of 4, 11.3 of 0, 1.2 of 2, 1.2 of 3, 3.0 of 9 (largest error).",
    place=_PLACE,
    relation=Relation.EQUALS,
    claimed=0.0,
    tolerance=0.05,
    unit="grey values",
)
CLEAN = Claim(
    name="clean-split",
    text="The pixel cleanly separates 0, 4, 6 from 2, 3, 9 (95 % or more on their side of the middle grey value).",
    place=_PLACE,
    relation=Relation.AT_LEAST,
    claimed=95.0,
    unit="percent",
)
HALF = Claim(
    name="half-of-the-digits",
    text="It slices the ten digits roughly in half: so many (4 to 6) are bright there on average.",
    place=_PLACE,
    relation=Relation.EQUALS,
    claimed=5.0,
    tolerance=1.0,
    unit="digits",
)
RULES_OUT = Claim(
    name="rules-out-half",
    text="One pixel can rule out half of the digits: knowing it leaves 5 of 10.",
    place="section on how few are needed, last paragraph",
    relation=Relation.AT_MOST,
    claimed=5.0,
    tolerance=0.5,
    unit="digits",
)


def _best_pixel(bench: Workbench) -> Outcome:
    digits = bench.dataset("digits")
    own = Split.of(digits)
    information, counted = own.ranking.scores, own.counted_information()
    order = own.ranking.order
    states = bench.seeds(8, 100)
    winners = [int(own.rank("knn", state).order[0]) for state in states]
    splits = [Split.of(digits, seed) for seed in split_seeds(bench, 10, 100)]
    best = int(counted.argmax())
    others = sorted(set(winners))
    means = _class_means(own)
    errors = [abs(means[digit] - printed) for digit, printed in _MEANS.items()]
    sixes = [_of_single_digits(split) for split in splits]
    left = [_digits_left(split) for split in splits]
    zeros = information == 0
    bright_sixes = 100 * float((own.train.labels == 6)[own.train.values[:, _PIXEL] >= _MIDDLE_GREY].mean())
    between = int((abs(means - _MIDDLE_GREY) < 2).sum())
    evidence = {
        INFORMATION.name: Evidence(
            values=(float(information.max()),),
            note=f"The unit is not said; it is nats, {information.max() / np.log(2):.3f} bit, by scikit-learn's "
            f"k-nearest-neighbour estimator with random state {SEED}. Exact counts give this pixel "
            f"{counted[_PIXEL]:.4f} nat.",
        ),
        DEADEST.name: Evidence(
            values=(float(information.min()),),
            note=f"Negative estimates are cut to 0 by that estimator: {zeros.sum()} pixels have exactly 0, of which "
            f"{(zeros & (own.variance > 0)).sum()} do change.",
        ),
        FIRST.name: Evidence(
            values=(1.0 + int(np.flatnonzero(order == _PIXEL)[0]),),
            note="With one random state; see best-pixel-in-every-state.",
        ),
        ALWAYS_FIRST.name: Evidence(
            values=tuple(float(winner == _PIXEL) for winner in winners),
            note=f"The estimator adds noise to break ties of grey values. Over {len(states)} random states the first "
            f"is {', '.join(f'{_named(pixel)} in {winners.count(pixel)}' for pixel in others)}. Exact counts, in "
            f"which nothing is random, put {_named(best)} first ({counted[best]:.4f} nat), and {_named(_PIXEL)} at "
            f"rank {1 + int((counted > counted[_PIXEL]).sum())}.",
        ),
        LEFT_EDGE.name: Evidence(
            values=(float(order[0] % SIDE),),
            note="The text under the heading says left-middle, which it is. The left edge, column 0, holds eight of "
            "the dead pixels.",
        ),
        SIX.name: Evidence(
            values=tuple(one[6] - max(np.delete(one, 6)) for one in sixes),
            note="Information on 'this digit or not', by exact counts, of the 6 less that of the best other digit; "
            f"{len(splits)} splits. Means: "
            f"{', '.join(f'{digit}: {value:.3f}' for digit, value in enumerate(np.mean(sixes, axis=0)))} bit. The text "
            "itself says that it detects no single digit: of the images that are bright there, "
            f"{bright_sixes:.0f} % are a 6.",
        ),
        MEANS.name: Evidence(
            values=(max(errors),),
            note=f"Means of digits 0 to 9: {', '.join(f'{mean:.1f}' for mean in means)}.",
        ),
        CLEAN.name: Evidence(
            values=tuple(_on_their_side(split) for split in splits),
            note=f"Test images of these six digits, at or above {_MIDDLE_GREY} of 16 or below; {len(splits)} splits. "
            "'Cleanly' is taken as 95 %.",
        ),
        HALF.name: Evidence(
            values=(float((means > _MIDDLE_GREY).sum()),),
            note=f"Digits whose mean is above {_MIDDLE_GREY} of 16: "
            f"{', '.join(map(str, np.flatnonzero(means > _MIDDLE_GREY)))}. {between} of the ten means are within 2 "
            "of it, so on neither side.",
        ),
        RULES_OUT.name: Evidence(
            values=tuple(left),
            note="2 to the power of H(digit | pixel) in bits, by exact counts: how many equally likely digits would "
            f"leave as much doubt; {len(splits)} splits. Counting makes it rather too small.",
        ),
    }
    bars = Bars(
        name="class-means",
        title="Mean grey value of each digit at row 4, column 2",
        place=_PLACE,
        x_title="digit",
        y_title="mean grey value (0 to 16)",
        series={"row 4, column 2": {str(digit): float(mean) for digit, mean in enumerate(means)}},
    )
    return Outcome(evidence=evidence, drawings=(bars,))


def _class_means(split: Split) -> np.ndarray:
    values, labels = split.train.values[:, _PIXEL], split.train.labels
    return np.array([values[labels == digit].mean() for digit in range(10)])


def _of_single_digits(split: Split) -> np.ndarray:
    """Return the information of the pixel on each digit against all others, in bits."""
    values, labels = split.train.values[:, _PIXEL], split.train.labels
    estimates = [
        mutual_information(values, labels == digit, estimator="plug_in", permutations=0, error="none", kinds="discrete")
        for digit in range(10)
    ]
    return np.array([float(one) for one in estimates])


def _on_their_side(split: Split) -> float:
    values, labels = split.test.values[:, _PIXEL], split.test.labels
    asked = np.isin(labels, (*_BRIGHT, *_DARK))
    return 100 * float(((values >= _MIDDLE_GREY) == np.isin(labels, _BRIGHT))[asked].mean())


def _digits_left(split: Split) -> float:
    rest = conditional_entropy(
        split.train.labels, given=split.train.values[:, _PIXEL], estimator="plug_in", error="none", kinds="discrete"
    )  # fmt: skip
    return float(2 ** float(rest))


def _named(pixel: int) -> str:
    row, column = places([pixel])[0]
    return f"row {row} column {column}"


BEST_PIXEL = Experiment(
    name="the most informative pixel",
    claims=(INFORMATION, DEADEST, FIRST, ALWAYS_FIRST, LEFT_EDGE, SIX, MEANS, CLEAN, HALF, RULES_OUT),
    run=_best_pixel,
)
