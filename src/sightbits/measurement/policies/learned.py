"""The policy of a network that learned what another policy would score: one pass instead of a table."""

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from jaxtyping import Float32

from sightbits.core.checks import InputError, check_whole, import_optional
from sightbits.core.images import ImageDataset
from sightbits.core.progress import silent
from sightbits.measurement.beliefs.belief import Belief
from sightbits.measurement.choosing import choose_pixels
from sightbits.measurement.information import Scores
from sightbits.measurement.networks.reading_network import ReadingNetwork, reading_values
from sightbits.measurement.outlook import History, Outlook
from sightbits.measurement.parts import check_part
from sightbits.measurement.policies.by_information import InformationGain
from sightbits.measurement.policies.policy import Policy

_STRAYING = 0.2  # share of pixels that are drawn at random while histories are gathered, so that detours are known too
_HEAD = ("score_weights", "score_biases")


@dataclass(eq=False, kw_only=True)
class LearnedPolicy(Policy):
    """Let a network say what the information gain would be: its time does not grow with the belief.

    Parameters
    ----------
    teacher
        The policy whose scores are learned.
    n_images, n_readings
        How many training images are measured, and how far, to gather examples.
    hidden, n_layers
        Units of a hidden layer, and how many follow the first.
    n_steps, batch
        How many batches of how many examples it is trained on.
    seed
        Of images, detours, weights and batches.

    Notes
    -----
    The examples are training images measured by the teacher, one pixel in five at random; the scores of each state
    are divided by their highest one. Needs the extra `torch` to be fitted, and nothing but NumPy afterwards. It cannot
    do better than its teacher; it is for beliefs whose tables are slow.

    Source: amortised sequential design, A. Foster et al., Deep adaptive design, ICML 2021.
    """

    NAME: ClassVar[str] = "learned"
    teacher: Policy = field(default_factory=InformationGain)
    n_images: int = 1000
    n_readings: int = 20
    hidden: int = 256
    n_layers: int = 2
    n_steps: int = 3000
    batch: int = 256
    seed: int = 0

    def __post_init__(self) -> None:
        check_part("teacher", self.teacher, Policy, remedy="InformationGain() for instance.")
        for name in ("n_images", "n_readings", "hidden", "n_layers", "n_steps", "batch"):
            check_whole(name, getattr(self, name), low=1)

    def fit(self, belief: Belief, training: ImageDataset) -> "LearnedPolicy":
        """Measure training images with the teacher, and learn its scores."""
        return self.fit_from(Outlook.at_start(belief, np.ones(training.n_pixels, dtype=bool)), training)

    def fit_from(self, start: Outlook, training: ImageDataset) -> "LearnedPolicy":
        """Measure what can be measured of training images with the teacher, at what it costs, and learn its scores."""
        import_optional("torch", extra="torch", purpose="the learned policy")
        from sightbits.measurement.networks.training import train_score_network  # noqa: PLC0415  loads torch

        self.teacher.fit_from(start, training)
        self.values = outcome_values(start.belief)
        mask, values, scores = self._gather(start, training)
        self.network, self.head = train_score_network(
            mask,
            values,
            scores,
            hidden=self.hidden,
            n_layers=self.n_layers,
            n_steps=self.n_steps,
            batch=self.batch,
            seed=self.seed,
            progress=silent,
        )
        return self

    def scores(self, outlook: Outlook) -> Scores:
        """Return the predicted scores; 1 is about what the best pixel of a state has."""
        totals = []
        for history in outlook.histories:
            total = self.network.start
            for pixel, outcome in history:
                total = self.network.add(total, pixel, float(self.values[outcome]))
            totals.append(total)
        found = self.network.features(np.stack(totals)) @ self.head["score_weights"] + self.head["score_biases"]
        return found.astype(np.float64)

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return the network as arrays."""
        return {**self.network.to_arrays(), **self.head, "values": self.values}

    def from_arrays(self, arrays: dict[str, np.ndarray]) -> None:
        """Take a network back."""
        self.network = ReadingNetwork.from_arrays(arrays)
        self.head = {name: arrays[name] for name in _HEAD}
        self.values = arrays["values"]

    def _gather(self, start: Outlook, training: ImageDataset) -> tuple[Float32[np.ndarray, "n pixels"], ...]:
        rng, belief = np.random.default_rng(self.seed), start.belief
        chosen = rng.choice(training.n_images, size=min(self.n_images, training.n_images), replace=False)
        levels = belief.code.encode(training.values[chosen])
        n_readings, n_pixels = min(self.n_readings, int(start.available.sum())), training.n_pixels
        masks, values, scores = [], [], []
        for image in levels:
            state = belief.start()
            history: History = ()
            available = start.available[0].copy()
            read = np.zeros(n_pixels, dtype=bool)
            value = np.zeros(n_pixels, dtype=np.float32)
            for _ in range(n_readings):
                outlook = Outlook(
                    belief=belief,
                    states=[state],
                    histories=[history],
                    available=available[np.newaxis],
                    costs=start.costs,
                )
                score = np.where(available, self.teacher.scores(outlook)[0], 0)
                best = score.max()
                if not best > 0:
                    break
                masks.append(read.astype(np.float32))
                values.append(value.copy())
                scores.append((score / best).astype(np.float32))
                ((pixel,),) = choose_pixels(self.teacher, outlook)
                if rng.random() < _STRAYING:
                    pixel = int(rng.choice(np.flatnonzero(available)))
                level = int(image[pixel])
                outcome = int(belief.outcomes[level])
                state, history = belief.condition(state, pixel, level), (*history, (pixel, outcome))
                available[pixel], read[pixel], value[pixel] = False, True, self.values[outcome]
        if not masks:
            raise InputError(
                "teacher",
                wanted="a policy whose best scores are above 0",
                got=repr(self.teacher),
                remedy="InformationGain() for instance, where pixels tell anything of the label.",
            )
        return np.array(masks), np.array(values), np.array(scores)


def outcome_values(belief: Belief) -> Float32[np.ndarray, "outcomes"]:
    """Return the value that stands for each outcome."""
    return reading_values(belief.n_outcomes)
