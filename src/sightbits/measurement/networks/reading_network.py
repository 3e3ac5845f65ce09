"""A network over sets of readings, as plain arrays: using it needs no torch."""

from dataclasses import dataclass, fields

import numpy as np
from jaxtyping import Float32

Hidden = Float32[np.ndarray, "states hidden"]
_EPSILON = 1e-5


@dataclass(frozen=True, eq=False, kw_only=True)
class ReadingNetwork:
    """A multilayer perceptron whose first layer adds up one vector a reading, so that readings come in any order.

    Parameters
    ----------
    start
        The sum before any reading.
    of_pixel, of_value
        What a reading adds: of_pixel[p] + value * of_value[p], where value goes from -1 (darkest) to 1.
    weights, biases
        Of the further layers; each is a residual step after its first.
    scales, shifts
        Of the layer norms, one before each further layer and one at the end.
    """

    start: Float32[np.ndarray, "hidden"]
    of_pixel: Float32[np.ndarray, "pixels hidden"]
    of_value: Float32[np.ndarray, "pixels hidden"]
    weights: Float32[np.ndarray, "layers hidden hidden"]
    biases: Float32[np.ndarray, "layers hidden"]
    scales: Float32[np.ndarray, "norms hidden"]
    shifts: Float32[np.ndarray, "norms hidden"]

    def add(self, total: Float32[np.ndarray, "hidden"], pixel: int, value: float) -> Float32[np.ndarray, "hidden"]:
        """Return the sum after one more reading."""
        return total + self.of_pixel[pixel] + np.float32(value) * self.of_value[pixel]

    def features(self, totals: Hidden) -> Hidden:
        """Return what the last hidden layer says of each set of readings."""
        hidden = self._norm(_silu(totals), 0)
        for layer, (weights, biases) in enumerate(zip(self.weights, self.biases, strict=True)):
            hidden = self._norm(hidden + _silu(hidden @ weights + biases), layer + 1)
        return hidden

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return the arrays by name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @classmethod
    def from_arrays(cls, arrays: dict[str, np.ndarray]) -> "ReadingNetwork":
        """Take the arrays among others."""
        return cls(**{field.name: arrays[field.name] for field in fields(cls)})

    def _norm(self, hidden: Hidden, layer: int) -> Hidden:
        centred = hidden - hidden.mean(axis=1, keepdims=True)
        variance = (centred**2).mean(axis=1, keepdims=True)
        return centred / np.sqrt(variance + np.float32(_EPSILON)) * self.scales[layer] + self.shifts[layer]


def reading_values(n_levels: int) -> Float32[np.ndarray, "levels"]:
    """Return the value that stands for each level: evenly from -1 to 1."""
    return np.linspace(-1, 1, n_levels, dtype=np.float32)


def _silu(x: Hidden) -> Hidden:
    return x / (1 + np.exp(-np.clip(x, -80, 80)))
