"""The belief that takes pixels for independent once the label is known."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, ClassVar

import numpy as np
from jaxtyping import Float64, Shaped

from sightbits.core.checks import InputError
from sightbits.core.counts import CountTable, LabelledLevels
from sightbits.core.images import ImageDataset, ImageForm
from sightbits.core.levels import Code
from sightbits.core.progress import Progress, silent
from sightbits.core.streams.stream import ImageStream, StreamPart
from sightbits.core.streams.summing import sum_over
from sightbits.core.streams.tally import count_into
from sightbits.measurement.beliefs.belief import Belief, Levels, Posterior, belief_code, through_channel
from sightbits.measurement.given import bearable
from sightbits.measurement.noise import FlipNoise, Noise, NoNoise, check_noise
from sightbits.measurement.parts import is_number


@dataclass(eq=False, kw_only=True)
class NaiveBayesBelief(Belief):
    """Take pixels for independent once the label is known.

    Parameters
    ----------
    levels
        How many grey levels of equal width are told apart, or the cuts between them.
    prior
        What is added to every count of (pixel, level, label), so that nothing unseen is impossible.
    noise
        How readings differ from what is there.

    Notes
    -----
    Cheap, and overconfident: neighbouring pixels say the same thing, and each is believed anew. A state is the
    posterior itself. Cost: O(pixels x levels x labels) a table, whatever the number of training images.

    Source: the classifier is as old as Bayes' rule; for the choice of queries with it see D. Geman, B. Jedynak, An
    active testing model for tracking roads in satellite images, IEEE Transactions on Pattern Analysis and Machine
    Intelligence 18, 1996, 1-14.
    """

    NAME: ClassVar[str] = "naive_bayes"
    LEARNED: ClassVar[tuple[str, ...]] = ("_given_label", "_label_share")
    levels: Levels = 2
    prior: float = 1.0
    noise: Noise = field(default_factory=NoNoise)

    def __post_init__(self) -> None:
        check_noise(self.noise)
        if not (is_number(self.prior) and 0 < self.prior < np.inf):
            raise InputError(
                "prior", wanted="a number above 0", got=repr(self.prior), remedy="1 is Laplace's rule of succession."
            )

    def fit(self, training: ImageDataset) -> "NaiveBayesBelief":
        """Count (level, label) for every pixel."""
        code = belief_code(training, self.levels)
        return self._learn(training, code, LabelledLevels.of(training, code).count(), training.labels, training.values)

    def fit_stream(
        self, stream: ImageStream, *, n_jobs: int = 1, scheduler: Any = None, progress: Progress = silent
    ) -> "NaiveBayesBelief":
        """Count (level, label) for every pixel, a chunk of images at a time.

        Notes
        -----
        The table is that of all images in memory, to the last count. Memory: a chunk, and the table twice for each
        thread. Noise that depends on the grey values that occur, as additive noise does, is told those of evenly
        strided images, at most 60,000, which costs a second pass.
        """
        code = belief_code(stream, self.levels)
        counted = sum_over(
            stream.parts,
            partial(count_part, code=code, n_labels=stream.n_labels, n_pixels=stream.n_pixels),
            n_jobs=n_jobs,
            scheduler=scheduler,
            progress=progress,
            task="counting grey levels",
        )
        if type(self.noise) in (NoNoise, FlipNoise):  # they do not look at grey values
            values = stream.first_image()[np.newaxis]
        else:
            values = stream.sample(bearable(stream), n_jobs=n_jobs, scheduler=scheduler, progress=progress).values
        return self._learn(stream, code, counted, stream.labels, values)

    def _learn(
        self,
        training: ImageForm,
        code: Code,
        counted: CountTable,
        labels: Shaped[np.ndarray, "n_images"],
        values: Shaped[np.ndarray, "n_some pixels"],
    ) -> "NaiveBayesBelief":
        self.code = code
        self.outcomes = np.arange(code.n_levels, dtype=np.uint8)
        self.n_labels = training.n_labels
        counts = np.moveaxis(counted.counts, 0, -1) + self.prior  # level, label, pixel
        true = counts / counts.sum(axis=0)
        self._given_label = through_channel(true, self.noise.channel(code, values))
        n_of_label = np.bincount(labels, minlength=self.n_labels)
        self._label_share = n_of_label / n_of_label.sum()
        return self

    def start(self) -> Posterior:
        """Return the labels' shares of the training images."""
        return self._label_share

    def condition(self, state: Posterior, pixel: int, level: int) -> Posterior:
        """Multiply by the likelihood of the reading."""
        weighted = state * self._given_label[level, :, pixel]
        return weighted / weighted.sum()

    def posterior(self, state: Posterior) -> Posterior:
        """Return the state, which is the posterior."""
        return state

    def joint(self, states: Sequence[Posterior]) -> Float64[np.ndarray, "states levels n_labels pixels"]:
        """Return P(label) P(level | label)."""
        return np.array(states)[:, np.newaxis, :, np.newaxis] * self._given_label


def count_part(part: StreamPart, code: Code, n_labels: int, n_pixels: int) -> CountTable:
    """Count (level, label) of every pixel of a part's images."""
    counts = np.zeros((n_pixels, code.n_levels, n_labels), dtype=np.int64)
    for chunk in part.chunks():
        count_into(counts, code.encode(chunk.values), chunk.labels)
    return CountTable(counts=counts, variables=("level", "label"))
