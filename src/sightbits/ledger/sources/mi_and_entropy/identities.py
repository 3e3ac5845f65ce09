"""What the text says of mutual information as such: entropies, zero, units."""

import statistics

import numpy as np
from jaxtyping import Float, Int64
from sklearn.metrics import mutual_info_score

from sightbits.core.counts import CountTable
from sightbits.core.units import Unit
from sightbits.datasets.synthetic import independent
from sightbits.estimation.dependence import mutual_information
from sightbits.information import composed
from sightbits.information.discrete import plug_in
from sightbits.ledger.claim import Claim, Relation
from sightbits.ledger.evidence import Evidence, Outcome
from sightbits.ledger.experiment import Experiment, Workbench
from sightbits.ledger.sources.mi_and_entropy.series import (
    BINS,
    NOISY,
    N,
    draw,
    estimated,
    histogram,
    information_of_source,
    unrelated,
)

_PLACE = "The concept of mutual information"
_CODE = "Python code for calculating mutual information"
_ROUNDING = 1e-9
_FEW = 100
_BASES = {"bit": 2.0, "nat": np.e, "ban": 10.0}

ENTROPIES = Claim(
    name="sum-of-entropies",
    text="I(X;Y) = H(X) + H(Y) - H(X,Y) (difference of both sides).",
    place=_PLACE,
    relation=Relation.EQUALS,
    claimed=0.0,
    tolerance=_ROUNDING,
    unit="bit",
    each=True,
)
REDUCTION = Claim(
    name="entropy-reduced",
    text="Mutual information is the entropy of one variable that knowing the other takes away (difference of both).",
    place=_PLACE,
    relation=Relation.EQUALS,
    claimed=0.0,
    tolerance=_ROUNDING,
    unit="bit",
    each=True,
)
NON_NEGATIVE = Claim(
    name="never-negative",
    text="Mutual information is never negative.",
    place=_PLACE,
    relation=Relation.AT_LEAST,
    claimed=0.0,
    tolerance=_ROUNDING,
    unit="bit",
    each=True,
)
ZERO = Claim(
    name="zero-if-and-only-if",
    text="It is zero if, and only if, both variables are independent.",
    place=_PLACE,
    relation=Relation.AT_LEAST,
    claimed=1.0,
    unit="share of tables",
    each=True,
)
LOW = Claim(
    name="low-means-independent",
    text="Independent variables show by a low value: two unrelated series give zero by the source's code.",
    place=_PLACE,
    relation=Relation.EQUALS,
    claimed=0.0,
    tolerance=0.005,
    unit="bit",
)
HIGH = Claim(
    name="high-means-dependent",
    text="The higher the value, the more dependent: the noisy pair (1,000 values) gives more than unrelated series of "
    "any length (here 100).",
    place=_PLACE,
    relation=Relation.ABOVE,
    claimed=0.0,
    unit="bit",
)
UNITS = Claim(
    name="units",
    text="Logarithms to base 2, e and 10 give bits, nats and bans (difference from the converted figure).",
    place=_PLACE,
    relation=Relation.EQUALS,
    claimed=0.0,
    tolerance=_ROUNDING,
    unit="bit, nat, ban",
    each=True,
)
IN_NATS = Claim(
    name="score-in-nats",
    text="scikit-learn's mutual_info_score counts in nats: a fair coin and itself share log(2).",
    place=_CODE,
    relation=Relation.EQUALS,
    claimed=float(np.log(2)),
    tolerance=_ROUNDING,
    unit="nat",
)
ONE_NAT = Claim(
    name="one-nat",
    text="One nat equals log(2) = 0.693 bits.",
    place=_CODE,
    relation=Relation.EQUALS,
    claimed=0.693,
    tolerance=0.0005,
    unit="bit",
)


def _identities(bench: Workbench) -> Outcome:
    seeds = bench.seeds(20, 200)
    tables = [histogram(*draw(NOISY, seed)).astype(np.int64) for seed in seeds]
    tables += [histogram(*unrelated(seed)).astype(np.int64) for seed in seeds]
    tables += [np.random.default_rng(seed).integers(1, 9, size=(3, 4)) for seed in seeds]
    alone = [information_of_source(*unrelated(seed)) for seed in seeds]
    few = [information_of_source(*unrelated(seed, _FEW)) for seed in seeds]
    noisy = [information_of_source(*draw(NOISY, seed)) for seed in seeds]
    nearest = [estimated(*unrelated(seed), "ksg") for seed in seeds]
    corrected = [estimated(*unrelated(seed), "chao_wang_jost") for seed in seeds]
    coin = [0, 1] * 8
    n_tables = f"{len(tables)} tables of counts: the noisy pair, unrelated series, random 3 x 4."
    evidence = {
        ENTROPIES.name: Evidence(
            values=tuple(_score(table) - _from_entropies(table) for table in tables),
            note=f"{n_tables} Left by scikit-learn, a sum over cells; right by entropies of counts.",
        ),
        REDUCTION.name: Evidence(
            values=tuple(_score(table) - _reduction(table) for table in tables),
            note=f"{n_tables} The entropy that is left is the mean over the rows of a table of the entropy of each.",
        ),
        NON_NEGATIVE.name: Evidence(
            values=tuple(_score(table) for table in tables),
            note=f"{n_tables} True of the quantity, and of its estimate from counts. Estimates with less bias do fall "
            f"below 0: of unrelated series ksg in {100 * np.mean(np.less(nearest, 0)):.0f} %, chao_wang_jost in "
            f"{100 * np.mean(np.less(corrected, 0)):.0f} % of {len(seeds)} draws.",
        ),
        ZERO.name: Evidence(
            values=tuple(float(right) for seed in seeds for right in _zero_as_it_should(seed)),
            note=f"{2 * len(seeds)} tables taken as the whole truth: half of them products of their margins, half with "
            "a count added to one cell of such a product. Estimates from samples are another matter: see "
            "low-means-independent.",
        ),
        LOW.name: Evidence(
            values=tuple(alone),
            note=f"{N} values each, {BINS} x {BINS} bins, {len(seeds)} draws. True of the quantity; the estimate is "
            f"all bias here. Without bins (ksg) it is {statistics.fmean(nearest):.3f} bit, chao_wang_jost gives "
            f"{statistics.fmean(corrected):.3f}. The tolerance is half the last digit the source prints.",
        ),
        HIGH.name: Evidence(
            values=tuple(a - b for a, b in zip(noisy, few, strict=True)),
            note=f"The source's code gives {statistics.fmean(noisy):.2f} bits for the dependent pair and "
            f"{statistics.fmean(few):.2f} for unrelated series of {_FEW} values; of {N} values "
            f"{statistics.fmean(alone):.2f}. Values compare at one length only, or beside what shuffles give.",
        ),
        UNITS.name: Evidence(
            values=tuple(_conversion_error(seed, unit) for seed in seeds for unit in _BASES),
            note="Pairs of grey levels; scikit-learn's nats over the logarithm of the base, and the unit asked for.",
        ),
        IN_NATS.name: Evidence(values=(float(mutual_info_score(coin, coin)),), note="log(2) is 0.6931."),
        ONE_NAT.name: Evidence(
            values=(float(Unit.BIT.from_nats(1.0)),),
            note="It is the other way round: one bit is log(2) nats. The code divides by log(2), which is right.",
        ),
    }
    return Outcome(evidence=evidence)


def _score(table: Int64[np.ndarray, "rows columns"]) -> float:
    return float(mutual_info_score(None, None, contingency=table) / np.log(2))


def _from_entropies(table: Int64[np.ndarray, "rows columns"]) -> float:
    counted = CountTable(counts=table, variables=("x", "y"))
    nats = composed.entropy(counted, "x") + composed.entropy(counted, "y") - composed.entropy(counted, "x", "y")
    return float(nats / np.log(2))


def _reduction(table: Int64[np.ndarray, "rows columns"]) -> float:
    occupied = table[table.sum(axis=1) > 0]
    left = (occupied.sum(axis=1) / table.sum()) @ plug_in(occupied)
    return float((plug_in(table.sum(axis=0)) - left) / np.log(2))


def _zero_as_it_should(seed: int) -> tuple[bool, bool]:
    """Return whether a product of margins has no information, and the same with one count more has some."""
    rng = np.random.default_rng(seed)
    product = np.outer(rng.integers(1, 9, size=3), rng.integers(1, 9, size=4))
    more = product.copy()
    more[0, 0] += 1
    return bool(_information(product) < _ROUNDING), bool(_information(more) > _ROUNDING)


def _information(table: Int64[np.ndarray, "rows columns"]) -> Float[np.ndarray, ""]:
    return composed.mutual_information(CountTable(counts=table, variables=("x", "y")), "x", "y")


def _conversion_error(seed: int, unit: str) -> float:
    x, y = (np.digitize(values, [-0.5, 0.5]) for values in draw(independent(), seed))
    levels = x, (x + y) // 2
    ours = mutual_information(*levels, estimator="plug_in", unit=unit, permutations=0, error="none")
    return float(ours) - float(mutual_info_score(*levels) / np.log(_BASES[unit]))


IDENTITIES = Experiment(
    name="mutual information as such",
    claims=(ENTROPIES, REDUCTION, NON_NEGATIVE, ZERO, LOW, HIGH, UNITS, IN_NATS, ONE_NAT),
    run=_identities,
)
