"""What measuring many images would have given: accuracy, log-loss, calibration, pixels needed."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, Int64

from sightbits.measurement.choosing import step_size
from sightbits.measurement.stopping import StopRule
from sightbits.measurement.walking import Walks

Curve = Float64[np.ndarray, "steps_and_start"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Simulation:
    """Images measured pixel by pixel, beside their true labels.

    Parameters
    ----------
    walks
        What was measured and believed.
    labels
        The true label of each image.
    costs
        What measuring each pixel costs.
    n_training
        How many training images the belief saw: no probability is taken for surer than so many images can make it.
    pixels_per_step
        How many pixels were chosen at a time: in between nobody asks whether it is enough.
    """

    walks: Walks
    labels: Int64[np.ndarray, "n_images"]
    costs: Float64[np.ndarray, "pixels"]
    n_training: int
    pixels_per_step: int = 1

    @property
    def n_steps(self) -> int:
        """How many pixels were measured of the image that needed most."""
        return self.walks.pixels.shape[1]

    @property
    def right(self) -> Bool[np.ndarray, "n_images steps_and_start"]:
        """Whether the likeliest label is the true one, before the first reading and after each."""
        return np.asarray(self.walks.posterior.argmax(axis=2) == self.labels[:, np.newaxis])

    @property
    def accuracy(self) -> Curve:
        """The share of images whose likeliest label is the true one, after 0, 1, 2, ... pixels."""
        return np.asarray(self.right.mean(axis=0))

    @property
    def log_losses(self) -> Float64[np.ndarray, "n_images steps_and_start"]:
        """Minus the log probability of the true label of each image, in nats.

        Notes
        -----
        A belief from n images cannot tell a probability from one smaller by 1/n: before the log, one more image of
        each label's even share is mixed in, (n p + 1/C) / (n + 1) for C labels. So a belief that was certain and
        wrong loses log((n + 1) C), not infinitely much.
        """
        n_labels = self.walks.posterior.shape[2]
        of_true = np.take_along_axis(self.walks.posterior, self.labels[:, np.newaxis, np.newaxis], axis=2)[:, :, 0]
        mixed = (self.n_training * of_true.astype(np.float64) + 1 / n_labels) / (self.n_training + 1)
        return -np.log(mixed)

    def pixels_until(self, rule: StopRule) -> Int64[np.ndarray, "n_images"]:
        """Return after how many pixels each image meets a rule; all that were measured where it never does.

        Notes
        -----
        As a session with this rule would have gone: it asks after each step, and a budget cuts the last one.
        """
        posterior, pixels = self.walks.posterior, self.walks.pixels
        n_images, n_states, n_labels = posterior.shape
        cost = np.cumsum(np.where(pixels >= 0, self.costs[pixels], 0), axis=1)
        spent = np.concatenate([np.zeros((n_images, 1)), cost], axis=1)
        n_measured = np.minimum(np.arange(n_states)[np.newaxis], self.walks.n_measured[:, np.newaxis])
        reached = rule.reached(posterior.reshape(-1, n_labels), n_measured.ravel(), spent.ravel())
        reached = reached.reshape(n_images, n_states) & self._steps_end(rule, n_states)
        first = np.where(reached.any(axis=1), reached.argmax(axis=1), n_states - 1)
        return np.minimum(first, self.walks.n_measured)

    def _steps_end(self, rule: StopRule, n_states: int) -> Bool[np.ndarray, "steps_and_start"]:
        """After which numbers of pixels a session with a rule asks whether it is reached."""
        ends = np.zeros(n_states, dtype=bool)
        n_measured = 0
        while n_measured < n_states:
            ends[n_measured] = True
            n_measured += step_size(self.pixels_per_step, rule, n_measured)
        return ends
