"""What a belief is: knowledge of labelled images, asked about one hidden image after each reading."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
from jaxtyping import Float64, Shaped, UInt8

from sightbits.core.checks import InputError
from sightbits.core.images import ImageDataset, ImageForm
from sightbits.core.levels import Code, cut_code, level_code
from sightbits.core.progress import Progress, silent
from sightbits.core.streams.stream import ImageStream
from sightbits.measurement.given import in_memory
from sightbits.measurement.noise import Channel

State = Any  # what a belief knows of a hidden image; only the belief looks into it
Posterior = Float64[np.ndarray, "n_labels"]
Joint = Shaped[np.ndarray, "states outcomes n_labels pixels"]
Levels = int | Sequence[float] | None


class Belief(ABC):
    """Knowledge of labelled images, from which a hidden image is believed to be drawn.

    A belief is fitted once and does not change then. What it believes of one hidden image is a state: `start` gives
    the state before any reading, `condition` the state after one more. States are never changed either, so that one
    can be kept, branched from and shared by images with the same readings.

    A reading is a level of `code`. Tables may tell apart fewer outcomes, where that is enough to choose by: `outcomes`
    says which one each level belongs to.

    A class of your own needs the five abstract methods, and after `fit` the attributes `code` (grey values to levels),
    `outcomes` (`np.arange(code.n_levels)` where tables have every level) and `n_labels`; `suppose` too where outcomes
    are coarser than levels, and `fit_stream` if it learns sums over images. To be saved it must be a dataclass of its
    settings and name what it learned in `LEARNED`. One with a `NAME`, in a module of this package, can be asked for by
    that name.
    """

    NAME: ClassVar[str] = ""
    LEARNED: ClassVar[tuple[str, ...]] = ()
    code: Code
    outcomes: UInt8[np.ndarray, "levels"]
    n_labels: int

    @property
    def n_outcomes(self) -> int:
        """How many outcomes the tables tell apart."""
        return int(self.outcomes.max()) + 1

    @abstractmethod
    def fit(self, training: ImageDataset) -> "Belief":
        """Learn from labelled images, and return itself."""

    def fit_stream(
        self, stream: ImageStream, *, n_jobs: int = 1, scheduler: Any = None, progress: Progress = silent
    ) -> "Belief":
        """Learn from images that are read a chunk at a time, and return itself.

        Raises
        ------
        InputError
            Here, and for most beliefs: they hold the images they learned from, or look at them many times.
        """
        raise in_memory(f"the belief {self.NAME or type(self).__name__}")

    @abstractmethod
    def start(self) -> State:
        """Return the state before any reading."""

    @abstractmethod
    def condition(self, state: State, pixel: int, level: int) -> State:
        """Return the state after a reading of one pixel."""

    def suppose(self, state: State, pixel: int, outcome: int) -> State:
        """Return the state if a reading had this outcome."""
        return self.condition(state, pixel, outcome)

    @abstractmethod
    def posterior(self, state: State) -> Posterior:
        """Return the probability of each label."""

    @abstractmethod
    def joint(self, states: Sequence[State]) -> Joint:
        """Return, for each state and pixel, the table of (outcome of a reading, label).

        Probabilities, or counts; each pixel's table has the same sum. What it says of pixels that were read already
        is not looked at.
        """


def belief_code(training: ImageForm, levels: Levels) -> Code:
    """Return the code for a number of levels, or for cuts between them in grey values."""
    if levels is None or isinstance(levels, int | np.integer):
        return level_code(training, None if levels is None else int(levels))
    try:
        cuts = tuple(cut + 0.0 for cut in levels)
    except TypeError as error:
        raise InputError(
            "levels",
            wanted="a number of levels, or the cuts between them",
            got=repr(levels),
            remedy="2, or (64, 128, 192), for instance.",
        ) from error
    return cut_code(training, cuts)


def through_channel(true: Float64[np.ndarray, "levels ..."], channel: Channel) -> Float64[np.ndarray, "levels ..."]:
    """Return the table of what would be read from that of what is there; levels are the first axis."""
    return np.tensordot(channel, true, axes=(0, 0))
