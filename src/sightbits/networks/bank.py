"""Several copies of one network that see the same batches, each learning at its own rate."""

from abc import ABC, abstractmethod

import numpy as np
from jaxtyping import Float32, Float64, Int64

_IMAGES_AT_ONCE = 1000


class ModelBank(ABC):
    """Copies of one network, all from the same start, trained side by side by stochastic gradient descent.

    Notes
    -----
    The loss is the mean cross-entropy of a batch. A copy that diverged has losses that are not finite.
    """

    @abstractmethod
    def learn(
        self, inputs: Float32[np.ndarray, "batch pixels"], labels: Int64[np.ndarray, "batch"]
    ) -> Float64[np.ndarray, "rates"]:
        """Take one step each, and return the losses before it, in nats."""

    @abstractmethod
    def logits(self, inputs: Float32[np.ndarray, "n pixels"]) -> Float32[np.ndarray, "n rates labels"]:
        """Return the logits of each copy."""

    @abstractmethod
    def pixel_weights(self) -> Float32[np.ndarray, "rates units pixels"] | None:
        """Return a copy of the weights that pixels enter by; None where they are shared between pixels."""

    def count_correct(
        self, inputs: Float32[np.ndarray, "n pixels"], labels: Int64[np.ndarray, "n"]
    ) -> Int64[np.ndarray, "rates"]:
        """Return how many images each copy names rightly."""
        total = np.zeros(1, dtype=np.int64)
        for start in range(0, len(inputs), _IMAGES_AT_ONCE):
            part = slice(start, start + _IMAGES_AT_ONCE)
            named = self.logits(inputs[part]).argmax(axis=-1)
            total = total + (named == labels[part, np.newaxis]).sum(axis=0)
        return total
