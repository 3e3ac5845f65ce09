"""The example of the text: two series, the second the first with noise."""

import statistics

import numpy as np

from sightbits.estimation.dependence import mutual_information
from sightbits.information.correlation import pearson
from sightbits.ledger.claim import Claim, Relation
from sightbits.ledger.drawings import Curves, Drawing, Grids, Line
from sightbits.ledger.evidence import Evidence, Outcome
from sightbits.ledger.experiment import Experiment, Workbench
from sightbits.ledger.sources.mi_and_entropy.series import (
    BINS,
    NOISY,
    N,
    Series,
    draw,
    estimated,
    histogram,
    information_of_source,
    shuffled,
)

_PLACE = "Python code for calculating mutual information"
_READING = f"{_PLACE}, last paragraph"
_PERMUTATIONS = 99
_MOST_COSTLY = 20  # draws, where one takes long
_UNPAIRED = "the pairing: the second series in random order"
_CORRECTED = ("miller_madow", "chao_shen", "chao_wang_jost", "jackknife", "ksg", "copula")

PRINTED = Claim(
    name="example",
    text="For two series of 1,000 values, the second the first with noise, the code prints 1.79 bits (30 x 30 bins).",
    place=_PLACE,
    relation=Relation.EQUALS,
    claimed=1.79,
    tolerance=0.07,
    unit="bit",
    control=_UNPAIRED,
)
HELD = Claim(
    name="example-information",
    text="The two series have 1.79 bits of mutual information.",
    place=_READING,
    relation=Relation.EQUALS,
    claimed=1.79,
    tolerance=0.07,
    unit="bit",
)
DEPENDENT = Claim(
    name="example-dependent",
    text="So high a value shows that the series are dependent: chance gives as much at most once in a hundred times.",
    place=_READING,
    relation=Relation.AT_MOST,
    claimed=0.01,
    unit="p-value",
    control=_UNPAIRED,
    each=True,
)
CORRELATED = Claim(
    name="example-correlated",
    text="The two series are highly correlated (0.9 or more).",
    place=_READING,
    relation=Relation.AT_LEAST,
    claimed=0.9,
    unit="correlation",
    control=_UNPAIRED,
)
DIAGONAL = Claim(
    name="example-diagonal",
    text="The histogram is dense along its diagonal (at least twice as dense as elsewhere).",
    place=_READING,
    relation=Relation.AT_LEAST,
    claimed=2.0,
    unit="times",
    control=_UNPAIRED,
)


def _example(bench: Workbench) -> Outcome:
    seeds = bench.seeds(20, 200)
    pairs = [draw(NOISY, seed) for seed in seeds]
    unpaired = [shuffled(x, y, seed) for seed, (x, y) in zip(seeds, pairs, strict=True)]
    printed = [information_of_source(x, y) for x, y in pairs]
    by_estimator = {name: [estimated(x, y, name) for x, y in pairs[:_MOST_COSTLY]] for name in _CORRECTED[:-2]}
    by_estimator |= {name: [estimated(x, y, name) for x, y in pairs] for name in _CORRECTED[-2:]}
    exact = NOISY.information / np.log(2)
    means = ", ".join(f"{name} {statistics.fmean(values):.2f}" for name, values in by_estimator.items())
    evidence = {
        PRINTED.name: Evidence(
            values=tuple(printed),
            control=tuple(information_of_source(x, y) for x, y in unpaired),
            note=f"The source drew once and set no seed: the tolerance is two standard deviations of a draw. The exact "
            f"information is {exact:.4f} bits, so {statistics.fmean(printed) - exact:.2f} bit of this is bias of the "
            f"count: {N} samples in {BINS**2} cells. Other estimators, means in bits: {means}.",
        ),
        HELD.name: Evidence(
            values=tuple(by_estimator["ksg"]),
            note=f"Estimated without bins, by nearest neighbours (ksg). The exact value is {exact:.4f} bits; the code "
            f"of the source gives {statistics.fmean(printed):.2f}. Others, means in bits: {means}.",
        ),
        DEPENDENT.name: Evidence(
            values=tuple(_p_value(x, y) for x, y in pairs[:_MOST_COSTLY]),
            control=tuple(_p_value(x, y) for x, y in unpaired[:_MOST_COSTLY]),
            note=f"Share of {_PERMUTATIONS} shuffles (and the pair itself) that give as much. The figure alone does "
            "not show it: see low-means-independent for what chance gives.",
        ),
        CORRELATED.name: Evidence(
            values=tuple(pearson(x, y) for x, y in pairs),
            control=tuple(pearson(x, y) for x, y in unpaired),
            note=f"Pearson's. Exact: {np.sqrt(1 / 12 / (1 / 12 + 0.01)):.3f}.",
        ),
        DIAGONAL.name: Evidence(
            values=tuple(_on_diagonal(x, y) for x, y in pairs),
            control=tuple(_on_diagonal(x, y) for x, y in unpaired),
            note="Mean count of the cells on the diagonal and beside it, over that of all others.",
        ),
    }
    return Outcome(evidence=evidence, drawings=_drawings(*pairs[0]))


def _p_value(x: Series, y: Series) -> float:
    found = mutual_information(x, y, estimator="plug_in", bins=BINS, permutations=_PERMUTATIONS, error="none")
    return float(found.p_value)


def _on_diagonal(x: Series, y: Series) -> float:
    counts = histogram(x, y)
    near = abs(np.subtract.outer(np.arange(BINS), np.arange(BINS))) <= 1
    return float(counts[near].mean() / counts[~near].mean())


def _drawings(x: Series, y: Series) -> tuple[Drawing, ...]:
    instants = tuple(float(i) for i in range(N))
    first, second = tuple(x.tolist()), tuple(y.tolist())
    counts = histogram(x, y).T[::-1]
    return (
        Curves(
            name="series",
            title="The two series",
            place="first picture",
            x_title="instant",
            y_title="value",
            lines={"second": Line(x=instants, y=second), "first": Line(x=instants, y=first)},
        ),
        Curves(
            name="scatter",
            title="Each instant as a point",
            place="second picture, points",
            x_title="first series",
            y_title="second series",
            lines={"instants": Line(x=first, y=second)},
            points=True,
        ),
        Grids(
            name="histogram",
            title=f"How many instants fall in each of {BINS} x {BINS} cells: first series to the right, second upwards",
            place="second picture, cells",
            values_title="instants",
            panels={"instants": tuple(tuple(float(count) for count in row) for row in counts)},
        ),
    )


EXAMPLE_OF_THE_TEXT = Experiment(
    name="example of the text", claims=(PRINTED, HELD, DEPENDENT, CORRELATED, DIAGONAL), run=_example
)
