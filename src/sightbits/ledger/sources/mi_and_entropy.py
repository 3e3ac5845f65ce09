"""A tutorial on mutual information and entropy, with an example of two noisy series."""

import numpy as np

from sightbits.estimation.dependence import mutual_information
from sightbits.ledger.claim import Claim, Relation
from sightbits.ledger.evidence import Evidence, Outcome
from sightbits.ledger.experiment import Experiment, Source, Workbench

EXAMPLE = Claim(
    name="example",
    text="Two series of 1,000 values, the second the first with noise, have 1.79 bits of mutual information (30 bins).",
    place="Python code for calculating mutual information",
    relation=Relation.EQUALS,
    claimed=1.79,
    tolerance=0.1,
    unit="bit",
)


def _noisy_series(seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    first = rng.random(1000)
    return first, first + rng.normal(0, 0.1, 1000)


def _example(bench: Workbench) -> Outcome:
    estimates = [
        mutual_information(*_noisy_series(seed), estimator="plug_in", bins=30) for seed in bench.seeds(10, 100)
    ]
    return Outcome(evidence={EXAMPLE.name: Evidence(values=tuple(float(one) for one in estimates))})


MI_AND_ENTROPY = Source(
    name="mi-and-entropy",
    title="Mutual information and its relationship to information entropy",
    by="a tutorial",
    experiments=(Experiment(name="example of the text", claims=(EXAMPLE,), run=_example),),
)
