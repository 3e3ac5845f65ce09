"""The belief of a network that was trained to fill in what is hidden."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jaxtyping import Float32, Float64
from scipy.special import softmax

from sightbits.core.checks import check_whole, import_optional
from sightbits.core.images import ImageDataset
from sightbits.core.progress import silent
from sightbits.measurement.beliefs.belief import Belief, Levels, Posterior, belief_code
from sightbits.measurement.beliefs.templates.matched import MatchedTemplates
from sightbits.measurement.networks.reading_network import ReadingNetwork, reading_values

_MOST_LOG_ODDS = 15.0
_HEADS = ("label_weights", "label_biases", "narrow_weights", "narrow_biases", "outcome_weights", "outcome_biases")


@dataclass(frozen=True, eq=False, slots=True)
class Readings:
    """The sum that stands for a set of readings, and the posterior after them."""

    total: Float32[np.ndarray, "hidden"]
    posterior: Float64[np.ndarray, "n_labels"]


@dataclass(eq=False, kw_only=True)
class NetworkBelief(Belief):
    """Let a network, trained on images of which all but a few pixels were hidden, say label and hidden pixels.

    Parameters
    ----------
    levels
        How many grey levels are told apart, or the cuts between them; None takes those of matched templates.
    hidden, n_layers, width
        Units of a hidden layer, how many follow the first, and units that predict the pixels.
    n_steps, batch
        How many batches of how many images it is trained on.
    most_readings
        The largest number of pixels it sees in training; with many more, it guesses.
    seed
        Of weights, batches and masks.

    Notes
    -----
    Two heads: q(label | readings), and q(outcome of a pixel | label, readings); their product is the table that a
    policy looks at. Needs the extra `torch` to be fitted, and nothing but NumPy afterwards. Its size and its time do
    not grow with the number of training images. Noise in the readings is not modelled: train on noisy images.

    Source: a masked classifier as in I. C. Covert et al., Learning to maximize mutual information for dynamic feature
    selection, ICML 2023, with a second head so that the information gain needs no policy network.
    """

    NAME: ClassVar[str] = "network"
    levels: Levels = None
    hidden: int = 256
    n_layers: int = 2
    width: int = 128
    n_steps: int = 2000
    batch: int = 256
    most_readings: int = 40
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("hidden", "n_layers", "width", "n_steps", "batch", "most_readings"):
            check_whole(name, getattr(self, name), low=1)

    def fit(self, training: ImageDataset) -> "NetworkBelief":
        """Train the network."""
        import_optional("torch", extra="torch", purpose="the network belief")
        from sightbits.measurement.networks.training import train_belief_network  # noqa: PLC0415  loads torch

        maker = MatchedTemplates()
        self.code = maker.code(training) if self.levels is None else belief_code(training, self.levels)
        self.outcomes = maker.outcomes(training, self.code)
        self.n_labels = training.n_labels
        levels = self.code.encode(training.values)
        self.network, self.heads = train_belief_network(
            reading_values(self.code.n_levels)[levels],
            self.outcomes[levels],
            training.labels,
            n_labels=self.n_labels,
            n_outcomes=self.n_outcomes,
            hidden=self.hidden,
            n_layers=self.n_layers,
            width=self.width,
            n_steps=self.n_steps,
            batch=self.batch,
            most_readings=self.most_readings,
            seed=self.seed,
            progress=silent,
        )
        return self

    def start(self) -> Readings:
        """Return the state before any reading."""
        return self._state(self.network.start)

    def condition(self, state: Readings, pixel: int, level: int) -> Readings:
        """Add a reading."""
        value = reading_values(self.code.n_levels)[level]
        return self._state(self.network.add(state.total, pixel, float(value)))

    def suppose(self, state: Readings, pixel: int, outcome: int) -> Readings:
        """Add the reading in the middle of those of this outcome."""
        values = reading_values(self.code.n_levels)[self.outcomes == outcome]
        return self._state(self.network.add(state.total, pixel, float(values.mean())))

    def posterior(self, state: Readings) -> Posterior:
        """Return what the network says of the label."""
        return state.posterior

    def joint(self, states: Sequence[Readings]) -> Float32[np.ndarray, "states outcomes n_labels pixels"]:
        """Return q(label) q(outcome | label) of each pixel."""
        heads, n_above = self.heads, self.n_outcomes - 1
        narrow = self.network.features(np.stack([state.total for state in states])) @ heads["narrow_weights"]
        narrow = narrow + heads["narrow_biases"]
        narrow = narrow / (1 + np.exp(-np.clip(narrow, -80, 80)))
        log_odds = np.einsum("sw,lwx->slx", narrow, heads["outcome_weights"], optimize=True) + heads["outcome_biases"]
        shape = (len(states), self.n_labels, -1, n_above)
        odds = np.exp(np.clip(log_odds, -_MOST_LOG_ODDS, _MOST_LOG_ODDS)).reshape(shape)
        joint = np.empty((len(states), n_above + 1, self.n_labels, odds.shape[2]), dtype=np.float32)
        posterior = np.stack([state.posterior for state in states])[:, :, np.newaxis]
        joint[:, 0] = posterior / (1 + odds.sum(axis=3))
        for above in range(n_above):
            joint[:, above + 1] = joint[:, 0] * odds[..., above]
        return joint

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return the network as arrays."""
        return {**self.network.to_arrays(), **self.heads}

    def from_arrays(self, arrays: dict[str, np.ndarray]) -> None:
        """Take a network back."""
        self.network = ReadingNetwork.from_arrays(arrays)
        self.heads = {name: arrays[name] for name in _HEADS}

    def _state(self, total: Float32[np.ndarray, "hidden"]) -> Readings:
        features = self.network.features(total[np.newaxis])[0]
        logits = features @ self.heads["label_weights"] + self.heads["label_biases"]
        return Readings(total=total, posterior=softmax(logits.astype(np.float64)))
