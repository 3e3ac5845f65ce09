"""The estimators of distances and ranks, by quantity and by name: each gives the terms of single samples."""

from collections.abc import Callable, Mapping

import numpy as np

from sightbits.core.checks import InputError
from sightbits.estimation.measure import LocalTerms, MeanMeasure, Measure, Sample
from sightbits.estimation.preparing import check_continuous
from sightbits.estimation.settings import EstimationSettings
from sightbits.information.copula import conditional_copula, copula
from sightbits.information.neighbours import conditional_gao, conditional_ksg, gao, ksg, ksg2, ross

Terms = Callable[[Sample, int], LocalTerms]
ANY_NUMBERS = frozenset({"gao"})


def terms_measure(terms: Mapping[str, Terms], name: str, sample: Sample, settings: EstimationSettings) -> Measure:
    """Return the estimator of this name as a measure, once the sample suits it."""
    if name == "ross":
        _check_one_discrete(sample)
    elif name not in ANY_NUMBERS:
        check_continuous(sample, name, "ross, gao, or one of counts such as plug_in")
    return MeanMeasure(terms=lambda sample: terms[name](sample, settings.k))


def _check_one_discrete(sample: Sample) -> None:
    n_discrete = sum(variable.discrete for variable in sample.values())
    if n_discrete != 1:
        raise InputError(
            "estimator",
            wanted="one discrete and one continuous variable for ross",
            got=f"{n_discrete} discrete of {len(sample)}",
            remedy="Say which is which with kinds=['discrete', 'continuous'], or choose another estimator.",
        )


def _blocks(sample: Sample) -> list[np.ndarray]:
    return [variable.points for variable in sample.values()]


def _ross(sample: Sample, k: int) -> LocalTerms:
    labels, points = (sample["x"], sample["y"]) if sample["x"].discrete else (sample["y"], sample["x"])
    return ross(labels.levels, points.points, k=k)


PAIR_TERMS: dict[str, Terms] = {
    "ksg": lambda sample, k: ksg(_blocks(sample), k=k),
    "ksg2": lambda sample, k: ksg2(_blocks(sample), k=k),
    "ross": _ross,
    "gao": lambda sample, k: gao(*_blocks(sample), k=k),
    "copula": lambda sample, _: copula(_blocks(sample)),
}
TOTAL_TERMS = {name: PAIR_TERMS[name] for name in ("ksg", "ksg2", "copula")}
CONDITIONAL_TERMS: dict[str, Terms] = {
    "ksg": lambda sample, k: conditional_ksg(*_blocks(sample), k=k),
    "gao": lambda sample, k: conditional_gao(*_blocks(sample), k=k),
    "copula": lambda sample, _: conditional_copula(*_blocks(sample)),
}
INTERACTION_TERMS: dict[str, Terms] = {
    "ksg": lambda sample, k: conditional_ksg(*_blocks(sample), k=k) - ksg(_blocks(sample)[:2], k=k),
    "gao": lambda sample, k: conditional_gao(*_blocks(sample), k=k) - gao(*_blocks(sample)[:2], k=k),
    "copula": lambda sample, _: conditional_copula(*_blocks(sample)) - copula(_blocks(sample)[:2]),
}
