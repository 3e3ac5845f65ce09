"""What the study of filters can be asked for."""

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sightbits.core.checks import InputError, check_choice, check_number, check_whole
from sightbits.estimation.layers import LayerSettings
from sightbits.networks.pruning.criteria.names import CRITERIA
from sightbits.networks.reference import NetworkChoice
from sightbits.networks.training_plan import TrainingPlan

LEAST_SAMPLES = 16
LEAST_IMAGES = 33  # or there are fewer than rules of how many filters are enough need for a first step
_KEPT_SHARES = (2, 4, 8, 16)
_ABOVE_0 = float(np.nextafter(0.0, 1.0))
_ROUNDING = 1e-12


@dataclass(frozen=True, eq=False, kw_only=True)
class FilterSettings:
    """Checked settings of a study of filters: how many are enough, and which may go.

    Parameters
    ----------
    model
        lenet5, alexnet (a smaller AlexNet type) or vgg16.
    activation
        relu, sigmoid or tanh.
    filters
        How many filters each convolution has; None takes the model's own.
    layer
        The convolution whose filters are studied; None takes the last.
    keep
        How many of its filters are kept, a number a pruned network; None takes 1/2, 1/4, 1/8 and 1/16 of them.
    criteria
        By what the filters to keep are chosen; None takes all of them.
    fine_tune
        For how many epochs each pruned network is trained on, 0 for none.
    fine_tune_rate
        The learning rate of that; None takes a tenth of `rate`.
    epochs
        How often all training images are seen; None takes the model's own.
    batch
        Images an update sees.
    rate
        Learning rate; None takes the model's own for its activation.
    momentum
        That of stochastic gradient descent.
    seeds
        How many networks are trained, which differ by first weights and batches.
    beta
        The weight of I(T; Y) in the objective I(X; T) - beta I(T; Y).
    samples
        On how many training images information about single filters is measured, and the source's rule decides.
    images
        On how many training images all other criteria rest.
    width_images
        On how many training images the repaired rule decides how many filters are enough.
    shuffles
        How often samples are shuffled to tell what chance gives.
    permutations
        How often a filter is permuted in the rules of how many are enough.
    significance
        From which p-value on a filter is no longer taken.
    sweep
        Networks with so many filters in the layer are trained as well, to see how information, redundancy and accuracy
        follow; empty for none.
    seed
        The first of the seeds; also of split, draws and shuffles.
    jobs
        Networks that are trained at a time; None takes one a processor.

    Raises
    ------
    InputError
        A setting outside its bounds, a layer that is not a convolution, no filter to keep or more than there are, a
        criterion that is not there, too few permutations for the significance.

    Examples
    --------
    >>> settings = FilterSettings(filters=(6, 128))
    >>> settings.studied, settings.kept
    ('conv2', (64, 32, 16, 8))
    """

    model: str = "lenet5"
    activation: str = "relu"
    filters: Sequence[int] | None = None
    layer: str | None = None
    keep: Sequence[int] | None = None
    criteria: Sequence[str] | None = None
    fine_tune: int = 0
    fine_tune_rate: float | None = None
    epochs: int | None = None
    batch: int = 128
    rate: float | None = None
    momentum: float = 0.95
    seeds: int = 1
    beta: float = 2.0
    samples: int = 128
    images: int = 4096
    width_images: int = 1024
    shuffles: int = 20
    permutations: int = 99
    significance: float = 0.05
    sweep: Sequence[int] = ()
    seed: int = 0
    jobs: int | None = None

    def __post_init__(self) -> None:
        for name in ("keep", "criteria"):
            _check_list(name, getattr(self, name))
        _check_list("sweep", () if self.sweep is None else self.sweep)
        _ = (self.network, self.plan(0), self.layer_settings)  # each checks its own part
        check_whole("samples", self.samples, low=LEAST_SAMPLES)
        for name in ("images", "width_images"):
            check_whole(name, getattr(self, name), low=LEAST_IMAGES)
        for name in ("seeds", "shuffles", "permutations"):
            check_whole(name, getattr(self, name), low=1)
        self.plan(self.seeds - 1)  # the last seed may be too large
        check_whole("jobs", self.n_jobs, low=1)
        check_whole("fine_tune", self.fine_tune, low=0, high=1000)
        check_number("beta", self.beta, least=0.0, below=np.inf, wanted="a number of 0 or more")
        check_number("significance", self.significance, least=1e-9, below=1.0, wanted="a share between 0 and 1")
        if (self.permutations + 1) * self.significance < 1 - _ROUNDING:
            raise InputError(
                "permutations",
                wanted=f"{math.ceil(1 / self.significance - _ROUNDING) - 1} or more, where the significance is "
                f"{self.significance:g}",
                got=self.permutations,
                remedy="Of m permutations no p-value is below 1 / (m + 1).",
            )
        if self.fine_tune_rate is not None:
            check_number("fine_tune_rate", self.fine_tune_rate, least=_ABOVE_0, below=np.inf, wanted="a rate above 0")
        if self.layer is not None:
            check_choice("layer", self.layer, self.network.convolutions)
        for number in () if self.keep is None else self.keep:
            check_whole("keep", number, low=1, high=self.n_filters)
        if not self.kept:
            raise InputError("keep", wanted="one number or more", got="none", remedy="Say [64, 32] for instance.")
        for name in self.chosen_criteria:
            check_choice("criteria", name, tuple(CRITERIA))
        if not self.chosen_criteria or len(set(self.chosen_criteria)) < len(self.chosen_criteria):
            raise InputError("criteria", wanted="one criterion or more, each once", got=self.criteria, remedy="Of "
                             f"these: {', '.join(CRITERIA)}.")  # fmt: skip
        for number in self.sweep:
            check_whole("sweep", number, low=1)
            self.network_with(number)
        if len(set(self.sweep)) < len(self.sweep):
            raise InputError("sweep", wanted="different numbers", got=repr(self.sweep), remedy="Name each once.")

    @cached_property
    def network(self) -> NetworkChoice:
        """The network that is trained."""
        return self.network_with(None)

    def network_with(self, n_filters: int | None) -> NetworkChoice:
        """Return the network that is trained, with another number of filters in the layer that is studied."""
        _check_list("filters", self.filters)
        filters = None if self.filters is None else tuple(self.filters)
        choice = NetworkChoice(model=self.model, activation=self.activation, filters=filters)
        if n_filters is None:
            return choice
        place = choice.convolutions.index(self.studied)
        numbers = (*choice.n_filters[:place], n_filters, *choice.n_filters[place + 1 :])
        return NetworkChoice(model=self.model, activation=self.activation, filters=numbers)

    @property
    def studied(self) -> str:
        """The convolution whose filters are studied."""
        return self.network.convolutions[-1] if self.layer is None else self.layer

    @property
    def n_filters(self) -> int:
        """How many filters that has."""
        return self.network.n_filters[self.network.convolutions.index(self.studied)]

    @property
    def kept(self) -> tuple[int, ...]:
        """How many filters are kept, most first."""
        asked = [max(1, round(self.n_filters / share)) for share in _KEPT_SHARES] if self.keep is None else self.keep
        return tuple(sorted(dict.fromkeys(asked), reverse=True))

    @property
    def chosen_criteria(self) -> tuple[str, ...]:
        """By what filters are chosen."""
        return tuple(CRITERIA) if self.criteria is None else tuple(self.criteria)

    def plan(self, i: int) -> TrainingPlan:
        """Return how the network of seed number `i` is trained."""
        return TrainingPlan(
            epochs=self.network.epochs if self.epochs is None else self.epochs,
            rate=self.network.rate if self.rate is None else self.rate,
            batch=self.batch,
            momentum=self.momentum,
            seed=self.seed + i,
        )

    def fine_tuning_plan(self, i: int) -> TrainingPlan:
        """Return how pruned networks of seed number `i` are trained on."""
        plan = self.plan(i)
        rate = plan.rate / 10 if self.fine_tune_rate is None else self.fine_tune_rate
        return TrainingPlan(
            epochs=self.fine_tune, rate=rate, batch=self.batch, momentum=self.momentum, seed=self.seed + i
        )

    @cached_property
    def layer_settings(self) -> LayerSettings:
        """How information about single filters is measured: as the source does."""
        return LayerSettings(shuffles=self.shuffles, seed=self.seed)

    @property
    def n_jobs(self) -> int:
        """How many networks are trained at a time."""
        return self.jobs if self.jobs is not None else (os.cpu_count() or 1)


def _check_list(name: str, values: object) -> None:
    if values is not None and (isinstance(values, str) or not isinstance(values, Sequence)):
        raise InputError(name, wanted="a list", got=repr(values), remedy="Put it in brackets: [6, 12] for instance.")
