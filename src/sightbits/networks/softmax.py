"""Softmax regression by stochastic gradient descent, in plain NumPy."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float32, Float64, Int64

from sightbits.networks.bank import ModelBank
from sightbits.networks.initialisation import draw_weights

_LEAST = 1e-30  # of a probability: the loss stays finite where a label is ruled out


class SoftmaxBank(ModelBank):
    """Copies of a softmax regression, each at its own rate.

    Notes
    -----
    The weights of all copies stand side by side in one matrix, so that a batch is read once for all of them. Where an
    input is 0 in every image, the gradient of its weights is exactly 0 and they never move.

    Examples
    --------
    >>> bank = SoftmaxBank(n_pixels=1, n_labels=2, rates=[0.1, 1.0])
    >>> bank.learn(np.array([[1.0], [-1.0]], dtype=np.float32), np.array([0, 1])).round(4).tolist()
    [0.6931, 0.6931]
    >>> bank.pixel_weights()[:, :, 0].tolist()
    [[0.05000000074505806, -0.05000000074505806], [0.5, -0.5]]
    """

    def __init__(
        self, *, n_pixels: int, n_labels: int, rates: Sequence[float], initialisation: str = "zero", seed: int = 0
    ) -> None:
        n_rates = len(rates)
        weights, biases = draw_weights(initialisation, (n_labels, n_pixels), np.random.default_rng(seed))
        self._shape = (n_rates, n_labels)
        self._rates = np.repeat(np.asarray(rates, dtype=np.float32), n_labels)
        self._weights = np.ascontiguousarray(np.tile(weights.T, n_rates))
        self._biases = np.tile(biases, n_rates)

    def learn(
        self, inputs: Float32[np.ndarray, "batch pixels"], labels: Int64[np.ndarray, "batch"]
    ) -> Float64[np.ndarray, "rates"]:
        """Take one step each, and return the losses before it, in nats."""
        with np.errstate(over="ignore", invalid="ignore"):  # a rate far too high: the loss tells
            residuals = self.logits(inputs)
            residuals -= residuals.max(axis=2, keepdims=True)
            np.exp(residuals, out=residuals)
            residuals /= residuals.sum(axis=2, keepdims=True)
            each = np.arange(len(inputs))
            losses = -np.log(np.maximum(residuals[each, :, labels].astype(np.float64), _LEAST)).mean(axis=0)
            residuals[each, :, labels] -= 1
            steps = residuals.reshape(len(inputs), -1) * (self._rates / np.float32(len(inputs)))
            self._weights -= inputs.T @ steps
            self._biases -= steps.sum(axis=0)
        return losses

    def logits(self, inputs: Float32[np.ndarray, "n pixels"]) -> Float32[np.ndarray, "n rates labels"]:
        """Return the logits of each copy."""
        with np.errstate(over="ignore", invalid="ignore"):
            return (inputs @ self._weights + self._biases).reshape(len(inputs), *self._shape)

    def pixel_weights(self) -> Float32[np.ndarray, "rates labels pixels"]:
        """Return a copy of the weights."""
        return self._weights.T.reshape(*self._shape, -1).copy()

    @property
    def biases(self) -> Float32[np.ndarray, "rates labels"]:
        """A copy of the biases."""
        return self._biases.reshape(self._shape).copy()
