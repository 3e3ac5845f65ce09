"""What a comparison of encodings can be asked for."""

import os
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sightbits.core.checks import InputError, check_whole
from sightbits.encodings.named import encoding_named
from sightbits.networks.choice import ModelChoice, model_choice

DEFAULT_ENCODINGS = (
    "identity",
    "inverted",
    "centred",
    "standardised",
    "inverted+centred",
    "inverted+standardised",
    "scaled",
    "quantised",
    "binarised",
)
DEFAULT_RATES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
UNIT_RANGE = (0.0, 1.0)  # grey values reach a network within it


@dataclass(frozen=True, eq=False, kw_only=True)
class EncodingSettings:
    """Checked settings of a comparison of encodings.

    Parameters
    ----------
    encodings
        What is compared, by name; "inverted+centred" is one after the other. The first is what others are held against.
    models
        The networks, by name: softmax, mlp, lenet; after a plus sign batch_norm or where weights start.
    trials
        How often test accuracy is taken;
    updates
        after how many updates each time: trials go on from each other.
    seeds
        How many runs differ by batches and first weights.
    batch
        Images an update sees.
    rate
        Learning rate; None takes each network's own (softmax .5, as the source; mlp and lenet .1).
    rates
        Learning rates that are tried on held-out training images; empty tries none.
    seed
        The first of the seeds; also of the split.
    jobs
        Runs at a time; None takes one a processor.
    """

    encodings: Sequence[str] = DEFAULT_ENCODINGS
    models: Sequence[str] = ("softmax",)
    trials: int = 100
    updates: int = 50
    seeds: int = 10
    batch: int = 100
    rate: float | None = None
    rates: Sequence[float] = DEFAULT_RATES
    seed: int = 0
    jobs: int | None = None

    def __post_init__(self) -> None:
        for name in ("encodings", "models"):
            if isinstance(getattr(self, name), str) or not getattr(self, name):
                raise InputError(
                    name, wanted="a list of names", got=repr(getattr(self, name)), remedy="Give one name or more."
                )
        for name in self.encodings:
            encoding_named(name, UNIT_RANGE)
        for name in self.models:
            model_choice(name)
        for name in ("trials", "updates", "seeds", "batch"):
            check_whole(name, getattr(self, name), low=1)
        check_whole("seed", self.seed, low=0, high=2**31)
        check_whole("jobs", self.n_jobs, low=1)
        for rate in self.rates if self.rate is None else (self.rate, *self.rates):
            _check_rate(rate)

    @property
    def names(self) -> tuple[str, ...]:
        """The encodings, each once."""
        return tuple(dict.fromkeys(self.encodings))

    @property
    def choices(self) -> tuple[ModelChoice, ...]:
        """The networks, each once."""
        return tuple({(choice := model_choice(text)).name: choice for text in self.models}.values())

    @property
    def n_jobs(self) -> int:
        """How many runs go at a time."""
        return self.jobs if self.jobs is not None else (os.cpu_count() or 1)

    @property
    def tried_rates(self) -> tuple[float, ...]:
        """The learning rates that are tried, ascending, each once."""
        return tuple(sorted({float(rate) for rate in self.rates}))

    def rate_of(self, choice: ModelChoice) -> float:
        """Return the learning rate of the main curves of a network."""
        return choice.rate if self.rate is None else float(self.rate)


def _check_rate(rate: float) -> None:
    number = isinstance(rate, int | float | np.number) and not isinstance(rate, bool)
    if not number or not np.isfinite(rate) or rate <= 0:
        raise InputError("rate", wanted="a learning rate above 0", got=repr(rate), remedy="Say 0.5 for instance.")
