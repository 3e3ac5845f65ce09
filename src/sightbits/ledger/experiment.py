"""What answers claims, and with what it works."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from typing import Any, TypeVar

from sightbits.core.checks import InputError
from sightbits.core.images import ImageDataset
from sightbits.core.journal import Journal
from sightbits.core.progress import Progress, silent
from sightbits.core.result import plain
from sightbits.datasets.loading import load_dataset
from sightbits.ledger.claim import Claim
from sightbits.ledger.evidence import Outcome

Choice = TypeVar("Choice")


class UnavailableError(Exception):
    """What an experiment needs is not on this machine: data, or an extra."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Workbench:
    """What an experiment works with.

    Parameters
    ----------
    quick
        Whether minutes must do: fewer seeds, images and epochs.
    seed
        From which every random choice follows.
    journal
        Remembers finished steps.
    progress
        Is told of each step.
    scope
        The source that its steps belong to: those of two sources may have the same key.
    """

    quick: bool
    seed: int = 0
    scope: str = ""
    journal: Journal = field(default_factory=lambda: Journal(None, {}))
    progress: Progress = silent

    def choose(self, quick: Choice, full: Choice) -> Choice:
        """Return the first if minutes must do, else the second."""
        return quick if self.quick else full

    def seeds(self, quick: int, full: int) -> range:
        """Return as many seeds, from `seed` on."""
        return range(self.seed, self.seed + self.choose(quick, full))

    def once(self, key: str, compute: Callable[[], Any]) -> Any:
        """Return what `compute` gives (JSON-able, not None), which is done once and remembered from then on."""
        step = self.scope + key
        known = self.journal.recall(step)
        if known is None:
            known = plain(compute())
            self.journal.record(step, known)
        return known

    def dataset(self, name: str) -> ImageDataset:
        """Return a data set by name, which is asked for nowhere but on this machine; else raise `UnavailableError`."""
        return _loaded(name)


@cache
def _loaded(name: str) -> ImageDataset:
    try:
        return load_dataset(name)
    except InputError as error:
        raise UnavailableError(str(error)) from error


@dataclass(frozen=True, eq=False, kw_only=True)
class Experiment:
    """A run that answers claims.

    Parameters
    ----------
    name
        What is tried, in a few words.
    claims
        What it answers; each needs evidence under its name.
    run
        From a workbench to that evidence.
    extra
        The extra of sightbits that it needs ("torch"); empty where none.
    """

    name: str
    claims: tuple[Claim, ...]
    run: Callable[[Workbench], Outcome]
    extra: str = ""

    def outcome(self, bench: Workbench) -> Outcome:
        """Return what it finds; raise `UnavailableError` where data or the extra are missing."""
        if self.extra and find_spec(self.extra) is None:
            raise UnavailableError(f'It needs the extra {self.extra}: pip install "sightbits[{self.extra}]".')
        outcome = self.run(bench)
        asked = {claim.name for claim in self.claims}
        if asked != set(outcome.evidence):
            raise RuntimeError(f"{self.name}: claims {sorted(asked)}, evidence of {sorted(outcome.evidence)}")
        return outcome


@dataclass(frozen=True, eq=False, kw_only=True)
class Source:
    """One of the five documents, and all that is asked of it.

    Parameters
    ----------
    name
        As the command line takes it.
    title
        Of the document.
    by
        Who wrote it, and when, as far as it says.
    experiments
        What answers its claims.
    untested
        Claims that cannot be tested here; each says why.
    """

    name: str
    title: str
    by: str
    experiments: tuple[Experiment, ...]
    untested: tuple[Claim, ...] = ()

    @property
    def claims(self) -> tuple[Claim, ...]:
        """All its claims."""
        return (*(claim for experiment in self.experiments for claim in experiment.claims), *self.untested)
