"""What is asked of a sample: a number, and where it can be had, the terms of single samples whose mean it is."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int64

from sightbits.core.coded import CodedSample, SampleBySample
from sightbits.estimation.variables import Variable
from sightbits.information.composed import Counted, Nats
from sightbits.information.discrete import Estimator

Sample = Mapping[str, Variable]
LocalTerms = Float[np.ndarray, "n"]


def take(sample: Sample, rows: Int64[np.ndarray, "n_taken"]) -> Sample:
    """Return these samples of every variable."""
    return {name: variable.take(rows) for name, variable in sample.items()}


def n_samples(sample: Sample) -> int:
    """Return how many samples there are."""
    return next(iter(sample.values())).n_samples


class Measure(ABC):
    """A figure of a sample, in nats."""

    @property
    @abstractmethod
    def counts(self) -> bool:
        """Whether it rests on counts: then it is quick, and samples may come more than once, as a bootstrap draws."""

    @abstractmethod
    def value(self, sample: Sample) -> float:
        """Return the figure."""

    @abstractmethod
    def local(self, sample: Sample) -> LocalTerms | None:
        """Return the terms of single samples whose spread tells the standard error; None where there are none."""


@dataclass(frozen=True, kw_only=True)
class CountMeasure(Measure):
    """A composition of entropies of discrete variables.

    Parameters
    ----------
    compose
        Gives the figure from whatever counts, and an entropy estimator.
    every_cell
        Whether the estimator asks for the cells never seen too.
    """

    compose: Callable[[Counted, Estimator], Nats]
    estimator: Estimator
    every_cell: bool = False

    @property
    def counts(self) -> bool:
        """It does."""
        return True

    def value(self, sample: Sample) -> float:
        """Return the figure by the entropy estimator."""
        return float(self.compose(self._coded(sample), self.estimator))

    def local(self, sample: Sample) -> LocalTerms:
        """Return the same composition of single samples' surprisals."""
        each = SampleBySample(sample=self._coded(sample))
        return np.asarray(self.compose(each, each.surprisal))

    def _coded(self, sample: Sample) -> CodedSample:
        return CodedSample(
            codes={name: variable.levels for name, variable in sample.items()},
            n_levels={name: variable.n_levels for name, variable in sample.items()},
            every_cell=self.every_cell,
        )


@dataclass(frozen=True, kw_only=True)
class MeanMeasure(Measure):
    """The mean of terms that an estimator of distances or ranks gives, one a sample."""

    terms: Callable[[Sample], LocalTerms]

    @property
    def counts(self) -> bool:
        """It does not."""
        return False

    def value(self, sample: Sample) -> float:
        """Return the mean of the terms."""
        return float(self.terms(sample).mean())

    def local(self, sample: Sample) -> LocalTerms:
        """Return the terms."""
        return self.terms(sample)


@dataclass(frozen=True, kw_only=True)
class GroupedMeasure(Measure):
    """A measure within each group of samples that share a discrete variable's value, weighted by the groups' sizes."""

    within: Measure
    by: str

    @property
    def counts(self) -> bool:
        """As within a group."""
        return self.within.counts

    def value(self, sample: Sample) -> float:
        """Return the weighted mean over groups."""
        n = n_samples(sample)
        return float(sum(n_samples(group) / n * self.within.value(group) for group in self._groups(sample)))

    def local(self, sample: Sample) -> LocalTerms | None:
        """Return the terms of every group, each as often as it weighs."""
        found = [self.within.local(group) for group in self._groups(sample)]
        terms = [one for one in found if one is not None]
        return np.concatenate(terms) if len(terms) == len(found) else None

    def _groups(self, sample: Sample) -> list[Sample]:
        codes = sample[self.by].levels
        others = {name: variable for name, variable in sample.items() if name != self.by}
        return [take(others, np.flatnonzero(codes == code)) for code in np.unique(codes)]


@dataclass(frozen=True, kw_only=True)
class PlainMeasure(Measure):
    """A figure that is not a mean of terms."""

    figure: Callable[[Sample], float]

    @property
    def counts(self) -> bool:
        """It does."""
        return True

    def value(self, sample: Sample) -> float:
        """Return the figure."""
        return self.figure(sample)

    def local(self, sample: Sample) -> None:
        """Return that there are none."""
