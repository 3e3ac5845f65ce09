"""A workbench of very few seeds, with data and finished steps put on it, and verdicts by name of the claim."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from sightbits.core.images import ImageDataset
from sightbits.ledger.evidence import Outcome
from sightbits.ledger.experiment import Experiment, Workbench
from sightbits.ledger.finding import Finding, Verdict


@dataclass(frozen=True, eq=False, kw_only=True)
class SmallBench(Workbench):
    """A quick bench of `n_seeds` seeds, on which data sets may be laid by name."""

    n_seeds: int = 2
    datasets: dict[str, ImageDataset] = field(default_factory=dict)

    def seeds(self, quick: int, full: int) -> range:
        return range(self.seed, self.seed + self.n_seeds)

    def dataset(self, name: str) -> ImageDataset:
        return self.datasets[name] if name in self.datasets else super().dataset(name)


@pytest.fixture(scope="session")
def small_bench() -> Callable[..., Workbench]:
    """Makes a quick bench of two seeds."""

    def make(**options: Any) -> Workbench:
        return SmallBench(quick=True, **options)

    return make


@pytest.fixture(scope="session")
def verdicts() -> Callable[[Experiment, Outcome], dict[str, Verdict]]:
    """Judges what an experiment found."""

    def judge(experiment: Experiment, outcome: Outcome) -> dict[str, Verdict]:
        return {
            claim.name: Finding(source="one", claim=claim, evidence=outcome.evidence[claim.name]).verdict
            for claim in experiment.claims
        }

    return judge
