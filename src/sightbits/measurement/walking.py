"""Many hidden images measured at once: images with the same readings share their states."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32, Float64, Int32, Int64, UInt8
from joblib import Parallel, delayed

from sightbits.core.progress import Progress, silent
from sightbits.measurement.beliefs.belief import Belief, Posterior, State
from sightbits.measurement.choosing import choose_pixels, step_size
from sightbits.measurement.outlook import History, Outlook
from sightbits.measurement.policies.policy import Policy
from sightbits.measurement.stopping import StopRule

_TABLE_BYTES = 2**24  # of the tables looked at together: small enough to stay near the processor
_MOST_TOGETHER = 64


@dataclass(frozen=True, eq=False, kw_only=True)
class Walks:
    """What was measured of each image, and what was believed after each reading.

    Parameters
    ----------
    pixels
        The pixel measured at each step; -1 after the last.
    levels
        The level read at each step; 0 after the last.
    posterior
        The probability of each label before the first reading and after each; the last one goes on.
    n_measured
        How many pixels of each image were measured.
    """

    pixels: Int32[np.ndarray, "n_images steps"]
    levels: UInt8[np.ndarray, "n_images steps"]
    posterior: Float32[np.ndarray, "n_images steps_and_start n_labels"]
    n_measured: Int64[np.ndarray, "n_images"]


@dataclass(frozen=True, eq=False, slots=True)
class _Node:
    """Images whose readings were the same so far."""

    state: State
    history: History
    images: Int64[np.ndarray, "images"]


class _Record:
    """What is known of every image after each step, a column a step, made when the first image gets there."""

    def __init__(self, n_images: int, start: Posterior) -> None:
        self.n_measured = np.zeros(n_images, dtype=np.int64)
        self.pixels: list[np.ndarray] = []
        self.levels: list[np.ndarray] = []
        self.posterior = [np.tile(start.astype(np.float32), (n_images, 1))]

    def reach(self, step: int) -> None:
        """Make room for a step."""
        while len(self.pixels) < step:
            n_images = len(self.n_measured)
            self.pixels.append(np.full(n_images, -1, dtype=np.int32))
            self.levels.append(np.zeros(n_images, dtype=np.uint8))
            self.posterior.append(np.zeros_like(self.posterior[0]))

    def whole(self) -> Walks:
        """Return all steps side by side."""
        most = int(self.n_measured.max(initial=0))  # there was room for one step more
        del self.pixels[most:], self.levels[most:], self.posterior[most + 1 :]
        for step in range(1, len(self.posterior)):
            ended = self.n_measured < step
            self.posterior[step][ended] = self.posterior[step - 1][ended]
        n_images = len(self.n_measured)
        return Walks(
            pixels=np.stack(self.pixels, axis=1) if self.pixels else np.empty((n_images, 0), dtype=np.int32),
            levels=np.stack(self.levels, axis=1) if self.levels else np.empty((n_images, 0), dtype=np.uint8),
            posterior=np.stack(self.posterior, axis=1),
            n_measured=self.n_measured,
        )


def walk(
    belief: Belief,
    policy: Policy,
    levels: UInt8[np.ndarray, "n_images pixels"],
    *,
    stop: StopRule,
    available: Bool[np.ndarray, "pixels"],
    costs: Float64[np.ndarray, "pixels"],
    pixels_per_step: int = 1,
    n_jobs: int = 1,
    progress: Progress = silent,
    task: str = "measuring",
) -> Walks:
    """Measure every image until the rule says stop, one label is left or no pixel is.

    Notes
    -----
    The images form a tree: those with the same readings are one node, and what a node needs is computed once. Nodes
    are taken depth first, so that memory stays bounded by the longest path and not by the number of images. The
    outcome depends neither on the number of threads nor on which images are measured together. Cost: a table and its
    scores for every node.
    """
    start = belief.start()
    record = _Record(len(levels), belief.posterior(start))
    nodes = [_Node(start, (), np.arange(len(levels)))]
    expand = _Expansion(belief, policy, levels, stop, available, costs, pixels_per_step, record)
    n_ended = 0
    with Parallel(n_jobs=n_jobs, prefer="threads") as parallel:
        while nodes:
            together = nodes[-n_jobs * expand.most_together :]
            del nodes[-len(together) :]
            record.reach(max(len(node.history) for node in together) + pixels_per_step)
            share = -(-len(together) // n_jobs)
            parts = [together[i : i + share] for i in range(0, len(together), share)]
            found = parallel(delayed(expand)(part) for part in parts) if len(parts) > 1 else [expand(parts[0])]
            for followers, ended in found:
                nodes += followers
                n_ended += ended
            progress(task, n_ended, len(levels))
    return record.whole()


class _Expansion:
    """From nodes to the nodes that follow."""

    def __init__(
        self,
        belief: Belief,
        policy: Policy,
        levels: UInt8[np.ndarray, "n_images pixels"],
        stop: StopRule,
        available: Bool[np.ndarray, "pixels"],
        costs: Float64[np.ndarray, "pixels"],
        pixels_per_step: int,
        record: _Record,
    ) -> None:
        self._belief, self._policy, self._stop = belief, policy, stop
        self._levels, self._available, self._costs = levels, available, costs
        self._pixels_per_step, self._record = pixels_per_step, record
        cells = belief.n_outcomes * belief.n_labels * len(available)
        self.most_together = int(np.clip(_TABLE_BYTES // (4 * cells), 1, _MOST_TOGETHER))

    def __call__(self, nodes: Sequence[_Node]) -> tuple[list[_Node], int]:
        """Return the nodes that follow, and how many images need no more."""
        going_on = [node for node in nodes if not self._ends(node)]
        ended = sum(len(node.images) for node in nodes) - sum(len(node.images) for node in going_on)
        if not going_on:
            return [], ended
        outlook = Outlook(
            belief=self._belief,
            states=[node.state for node in going_on],
            histories=[node.history for node in going_on],
            available=np.array([self._still_available(node.history) for node in going_on]),
            costs=self._costs,
        )
        sizes = [step_size(self._pixels_per_step, self._stop, len(node.history)) for node in going_on]
        chosen = choose_pixels(self._policy, outlook, sizes)
        followers = [
            follower for node, pixels in zip(going_on, chosen, strict=True) for follower in self._measure(node, pixels)
        ]
        return followers, ended

    def _ends(self, node: _Node) -> bool:
        posterior = self._belief.posterior(node.state)
        measured = [pixel for pixel, _ in node.history]
        reached = self._stop.reached(
            posterior[np.newaxis], np.array([len(measured)]), np.array([self._costs[measured].sum()])
        )
        no_more = len(measured) >= self._available.sum()
        return bool(reached[0] or no_more or np.count_nonzero(posterior) <= 1)

    def _still_available(self, history: History) -> Bool[np.ndarray, "pixels"]:
        available = self._available.copy()
        available[[pixel for pixel, _ in history]] = False
        return available

    def _measure(self, node: _Node, pixels: tuple[int, ...]) -> Iterator[_Node]:
        read = self._levels[np.ix_(node.images, np.array(pixels))]
        for outcome in np.unique(read, axis=0):
            images = node.images[(read == outcome).all(axis=1)]
            state, history = node.state, node.history
            for pixel, level in zip(pixels, outcome.tolist(), strict=True):
                state, history = (
                    self._belief.condition(state, pixel, level),
                    (*history, (pixel, int(self._belief.outcomes[level]))),
                )
                step = len(history)
                self._record.pixels[step - 1][images] = pixel
                self._record.levels[step - 1][images] = level
                self._record.posterior[step][images] = self._belief.posterior(state)
            self._record.n_measured[images] = len(history)
            yield _Node(state, history, images)
