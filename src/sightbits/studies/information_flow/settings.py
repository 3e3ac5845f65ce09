"""What the study of information flow can be asked for."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from sightbits.core.checks import InputError, check_number, check_whole
from sightbits.estimation.layers import LayerSettings
from sightbits.information.gram.entropy import PAPER_ORDER
from sightbits.networks.reference import NetworkChoice
from sightbits.networks.training_plan import TrainingPlan

LEAST_SAMPLES = 8


@dataclass(frozen=True, eq=False, kw_only=True)
class FlowSettings:
    """Checked settings of a study of information flow; the defaults are those of the source, where it works.

    Parameters
    ----------
    model
        lenet5, alexnet (a smaller AlexNet type) or vgg16.
    activation
        relu, sigmoid or tanh.
    filters
        How many filters each convolution has; None takes the model's own.
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
    looks
        At how many steps they are measured at most, about evenly spaced on a logarithmic scale; the start, the end of
        the first epoch and the end are always among them.
    probes, samples
        How many batches of test images they are measured on, and of how many images each.
    kernel_size, maps, label_kernel, alpha, layer_width, error_width, shuffles, pairs
        As in `LayerSettings`.
    tolerance
        By how much information (bits) may rise along a chain before the data processing inequality counts as violated.
    seed
        The first of the seeds; also of split, probes and shuffles.
    jobs
        Networks that are trained at a time; None takes one a processor.
    """

    model: str = "lenet5"
    activation: str = "relu"
    filters: Sequence[int] | None = None
    epochs: int | None = None
    batch: int = 128
    rate: float | None = None
    momentum: float = 0.95
    seeds: int = 1
    looks: int = 16
    probes: int = 2
    samples: int = 128
    kernel_size: str = "paper"
    maps: str = "product"
    label_kernel: str = "match"
    alpha: float = PAPER_ORDER
    layer_width: float = 5.0
    error_width: float = 0.1
    shuffles: int = 10
    pairs: int = 100
    tolerance: float = 0.01
    seed: int = 0
    jobs: int | None = None

    def __post_init__(self) -> None:
        _ = (self.network, self.plan(0), self.layer_settings)  # each checks its own part
        for name, low in (("seeds", 1), ("looks", 3), ("probes", 1), ("samples", LEAST_SAMPLES)):
            check_whole(name, getattr(self, name), low=low)
        check_whole("shuffles", self.shuffles, low=1)
        check_whole("jobs", self.n_jobs, low=1)
        check_number("tolerance", self.tolerance, least=0.0, below=np.inf, wanted="0 bits or more")

    @cached_property
    def network(self) -> NetworkChoice:
        """The network that is trained."""
        if self.filters is not None and (isinstance(self.filters, str) or not isinstance(self.filters, Sequence)):
            raise InputError("filters", wanted="a list of numbers", got=repr(self.filters), remedy="Say [6, 12].")
        filters = None if self.filters is None else tuple(self.filters)
        return NetworkChoice(model=self.model, activation=self.activation, filters=filters)

    def plan(self, i: int) -> TrainingPlan:
        """Return how the network of seed number `i` is trained."""
        return TrainingPlan(
            epochs=self.network.epochs if self.epochs is None else self.epochs,
            rate=self.network.rate if self.rate is None else self.rate,
            batch=self.batch,
            momentum=self.momentum,
            seed=self.seed + i,
        )

    @cached_property
    def layer_settings(self) -> LayerSettings:
        """How layers are measured."""
        return LayerSettings(
            kernel_size=self.kernel_size,
            maps=self.maps,
            label_kernel=self.label_kernel,
            alpha=self.alpha,
            layer_width=self.layer_width,
            error_width=self.error_width,
            shuffles=self.shuffles,
            pairs=self.pairs,
            seed=self.seed,
        )

    @property
    def scale_free_settings(self) -> LayerSettings | None:
        """The control that does not know the scale of activations; None where the study itself has the median size."""
        if self.kernel_size == "median":
            return None
        return replace(self.layer_settings, kernel_size="median", maps="tensor")

    def steps(self, n_training: int) -> tuple[int, ...]:
        """Return after how many updates networks are measured, where there are so many training images."""
        per_epoch = self.plan(0).steps_per_epoch(n_training)
        return look_steps(self.plan(0).epochs * per_epoch, steps_per_epoch=per_epoch, looks=self.looks)

    @property
    def n_jobs(self) -> int:
        """How many networks are trained at a time."""
        return self.jobs if self.jobs is not None else (os.cpu_count() or 1)


def look_steps(n_steps: int, *, steps_per_epoch: int, looks: int) -> tuple[int, ...]:
    """Return after how many updates to measure: 0, about evenly on a logarithmic scale, one epoch, the end.

    Examples
    --------
    >>> look_steps(1000, steps_per_epoch=100, looks=8)
    (0, 1, 3, 10, 32, 100, 316, 1000)
    """
    always = {0, min(steps_per_epoch, n_steps), n_steps}
    for n_between in range(looks, 0, -1):
        spaced = {round(float(step)) for step in np.geomspace(1, n_steps, n_between)} if n_between > 1 else set()
        chosen = always | spaced
        if len(chosen) <= looks:
            return tuple(sorted(chosen))
    return tuple(sorted(always))
