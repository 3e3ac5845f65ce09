"""Information beside correlation: what each sees, and what neither does."""

import statistics
from collections.abc import Callable
from functools import partial

import numpy as np

from sightbits.datasets.synthetic import gaussian, parabola, student_t
from sightbits.estimation.dependence import conditional_mutual_information, mutual_information
from sightbits.information.correlation import distance_correlation, pearson, spearman
from sightbits.ledger.claim import Claim, Relation
from sightbits.ledger.evidence import Evidence, Outcome
from sightbits.ledger.experiment import Experiment, Workbench
from sightbits.ledger.sources.mi_and_entropy.series import NOISY, N, Series, draw, estimated, shuffled, unrelated

_PLACE = "Mutual information vs. correlation analysis"
_STEP = 0.9  # correlation of neighbours in a chain
_PERMUTATIONS = 20
_MANY = 10_000  # samples; the text asks for none, and heavy tails hold little information

BLIND = Claim(
    name="correlation-blind",
    text="Correlation sees linear relations only: of y = x^2 with noise it sees nothing.",
    place=_PLACE,
    relation=Relation.EQUALS,
    claimed=0.0,
    tolerance=0.05,
    unit="correlation",
    control="the curve: a straight line with the same noise",
)
ALL_BLIND = Claim(
    name="every-coefficient-blind",
    text="Correlation coefficients, all of them, see linear relations only: the distance correlation of y = x^2 with "
    "noise is that of shuffled pairs.",
    place=_PLACE,
    relation=Relation.AT_MOST,
    claimed=0.0,
    tolerance=0.05,
    unit="distance correlation",
)
ANY_KIND = Claim(
    name="any-kind",
    text="Mutual information sees dependence of any kind: parabola, circle, sine and heavy tails, none of them linear, "
    "stand out of chance by 3 standard deviations.",
    place=_PLACE,
    relation=Relation.ABOVE,
    claimed=3.0,
    unit="standard deviations of chance",
    control="the dependence: unrelated series",
    each=True,
)
NOT_THE_SAME = Claim(
    name="not-interchangeable",
    text="Information and correlation are not interchangeable: of two pairs that are both uncorrelated, the parabola "
    "holds more information than unrelated series.",
    place=_PLACE,
    relation=Relation.ABOVE,
    claimed=0.0,
    unit="bit",
)
INDIRECT = Claim(
    name="indirect-as-direct",
    text="Mutual information does not tell a direct effect from an indirect one: x -> y -> z gives x and z as much as "
    "a direct effect of the same correlation does.",
    place=_PLACE,
    relation=Relation.EQUALS,
    claimed=0.0,
    tolerance=0.05,
    unit="bit",
)


def _circle(seed: int, n: int) -> tuple[Series, Series]:
    rng = np.random.default_rng(seed)
    angle = rng.uniform(0, 2 * np.pi, n)
    return np.cos(angle) + rng.normal(0, 0.1, n), np.sin(angle) + rng.normal(0, 0.1, n)


def _sine(seed: int, n: int) -> tuple[Series, Series]:
    rng = np.random.default_rng(seed)
    x = rng.uniform(-3, 3, n)
    return x, np.cos(np.pi * x) + rng.normal(0, 0.1, n)


_HEAVY = student_t(0.0, freedom=2.0)
_SHAPES: dict[str, Callable[[int, int], tuple[Series, Series]]] = {
    "parabola": partial(draw, parabola(0.1)),
    "circle": _circle,
    "sine": _sine,
    "heavy tails": partial(draw, _HEAVY),
}


def _correlation(bench: Workbench) -> Outcome:
    seeds = bench.seeds(10, 100)
    curved = [draw(parabola(0.1), seed) for seed in seeds]
    chance = [shuffled(x, y, seed) for seed, (x, y) in zip(seeds, curved, strict=True)]
    straight = [draw(NOISY, seed) for seed in seeds]
    of_curve = [estimated(x, y, "ksg") for x, y in curved]
    distances = [distance_correlation(x, y) for x, y in curved]
    few = bench.seeds(3, 20)
    above = {name: [_standing(*shape(seed, _MANY)) for seed in few] for name, shape in _SHAPES.items()}
    small = [_standing(*draw(_HEAVY, seed)) for seed in few]
    chains = [_chain(seed) for seed in seeds]
    indirect = [estimated(x, z, "ksg") for x, _, z in chains]
    direct = [estimated(*draw(gaussian(_STEP**2), seed), "ksg") for seed in seeds]
    given = [
        float(conditional_mutual_information(x, z, given=y, estimator="ksg", permutations=0, error="none"))
        for x, y, z in chains
    ]
    evidence = {
        BLIND.name: Evidence(
            values=tuple(pearson(x, y) for x, y in curved),
            control=tuple(pearson(x, y) for x, y in straight),
            note=f"Pearson's, {len(seeds)} draws of {N}. That of ranks is "
            f"{statistics.fmean(spearman(x, y) for x, y in curved):.3f}. The information is "
            f"{statistics.fmean(of_curve):.2f} bits by ksg, exactly {parabola(0.1).information / np.log(2):.2f}.",
        ),
        ALL_BLIND.name: Evidence(
            values=tuple(one - distance_correlation(x, y) for one, (x, y) in zip(distances, chance, strict=True)),
            note="True of Pearson's coefficient, see correlation-blind. The distance correlation is "
            f"{statistics.fmean(distances):.2f} here, and in the limit 0 only where variables are independent.",
        ),
        ANY_KIND.name: Evidence(
            values=tuple(value for values in above.values() for value in values),
            control=tuple(_standing(*unrelated(seed, _MANY)) for seed in few),
            note=f"Of the ksg estimate among {_PERMUTATIONS} shuffles, {len(few)} draws of {_MANY:,} a shape. Means: "
            f"{', '.join(f'{name} {statistics.fmean(values):.0f}' for name, values in above.items())}. True of the "
            f"quantity; the estimate needs samples: heavy tails hold {_HEAVY.information / np.log(2):.3f} bit, and "
            f"{N:,} of them stand out by {statistics.fmean(small):.1f} only. Four shapes are not every kind.",
        ),
        NOT_THE_SAME.name: Evidence(
            values=tuple(one - estimated(*unrelated(seed), "ksg") for one, seed in zip(of_curve, seeds, strict=True)),
            note="By ksg. Both pairs have a correlation of 0.",
        ),
        INDIRECT.name: Evidence(
            values=tuple(a - b for a, b in zip(indirect, direct, strict=True)),
            note=f"Gaussian, by ksg: {statistics.fmean(indirect):.3f} bit through y, {statistics.fmean(direct):.3f} "
            f"directly, exactly {gaussian(_STEP**2).information / np.log(2):.3f} both. Given y, which must be known "
            f"and measured, x and z share {statistics.fmean(given):.3f} bit.",
        ),
    }
    return Outcome(evidence=evidence)


def _standing(x: Series, y: Series) -> float:
    """Return how far the information is above chance, in standard deviations of chance."""
    found = mutual_information(x, y, estimator="ksg", permutations=_PERMUTATIONS, error="none")
    return float(found.z_score)


def _chain(seed: int) -> tuple[Series, Series, Series]:
    """Return x, y made of x, and z made of y alone."""
    rng = np.random.default_rng(seed)
    x, of_y, of_z = rng.standard_normal((3, N))
    rest = np.sqrt(1 - _STEP**2)
    y = _STEP * x + rest * of_y
    return x, y, _STEP * y + rest * of_z


CORRELATION = Experiment(
    name="information beside correlation",
    claims=(BLIND, ALL_BLIND, ANY_KIND, NOT_THE_SAME, INDIRECT),
    run=_correlation,
)
