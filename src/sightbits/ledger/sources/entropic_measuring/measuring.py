"""Images measured pixel by pixel, by every reading of the rule."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from jaxtyping import Float, Shaped
from scipy.special import entr

from sightbits.core.images import ImageDataset
from sightbits.datasets.splitting import split_dataset
from sightbits.estimation.null import shuffle_labels
from sightbits.ledger.drawings import Curves, Drawing, Line
from sightbits.ledger.evidence import Evidence, Outcome
from sightbits.ledger.experiment import Workbench
from sightbits.ledger.sources.entropic_measuring import claims
from sightbits.ledger.sources.entropic_measuring.counting import binary_maps, to_bits
from sightbits.ledger.sources.entropic_measuring.examples import draw_examples
from sightbits.measurement.beliefs.belief import Belief
from sightbits.measurement.beliefs.exact import ExactBelief
from sightbits.measurement.information import Scores, joint_entropy
from sightbits.measurement.measurer import Measurer
from sightbits.measurement.outlook import Outlook
from sightbits.measurement.policies.blind import FixedOrder, RandomChoice
from sightbits.measurement.policies.by_information import InformationGain, LowestEntropy
from sightbits.measurement.policies.policy import Policy
from sightbits.measurement.simulation import Simulation
from sightbits.measurement.stopping import Determined, PixelBudget, StopRule

_FEW, _MANY = 10, 20  # pixels
_PARTS = 10
_TOLD = (1, 2, 3, 5, 8, 10, 12, 15, 20)
_TENTHS = "The spread is that of ten interleaved tenths of the test images."


@dataclass(eq=False, kw_only=True)
class HighestEntropy(Policy):
    """Measure where reading and label together have the highest entropy."""

    def scores(self, outlook: Outlook) -> Scores:
        """Return the joint entropy in nats."""
        return joint_entropy(outlook.joint)


@dataclass(eq=False, kw_only=True)
class LeastInformation(Policy):
    """Measure where the label's expected entropy stays highest."""

    def scores(self, outlook: Outlook) -> Scores:
        """Return minus the expected information in nats."""
        return -outlook.gain


@dataclass(frozen=True, eq=False, kw_only=True)
class Walked:
    """What came of measuring images; a row each tenth of them.

    Parameters
    ----------
    right
        Share whose likeliest label is the true one, after 0, 1, 2, ... pixels.
    entropy
        Mean entropy of the label, in bits, likewise.
    determined
        Share for which one label is left at the end.
    n_pixels
        Mean, median and highest number of pixels.
    """

    right: Sequence[Sequence[float]]
    entropy: Sequence[Sequence[float]]
    determined: Sequence[float]
    n_pixels: Sequence[float]

    @classmethod
    def of(cls, simulation: Simulation) -> dict[str, Any]:
        """Return what came of a simulation, JSON-able."""
        posterior, n_measured = simulation.walks.posterior, simulation.walks.n_measured
        return {
            "right": _in_tenths(simulation.right),
            "entropy": _in_tenths(to_bits(entr(posterior).sum(axis=2).astype(np.float64))),
            "determined": _in_tenths((posterior[:, -1] > 0).sum(axis=1) <= 1),
            "n_pixels": (float(n_measured.mean()), float(np.median(n_measured)), float(n_measured.max())),
        }

    def after(self, n_pixels: int) -> Float[np.ndarray, "tenths"]:
        """Return the accuracy of each tenth after so many pixels, in percent."""
        right = np.array(self.right)
        return 100 * right[:, min(n_pixels, right.shape[1] - 1)]

    def lost(self, n_pixels: int) -> Float[np.ndarray, "tenths"]:
        """Return how much entropy the label of each tenth has lost after so many pixels, in bits."""
        entropy = np.array(self.entropy)
        return entropy[:, 0] - entropy[:, min(n_pixels, entropy.shape[1] - 1)]

    @property
    def final(self) -> tuple[float, ...]:
        """The share of each tenth that is right at the end."""
        return tuple(tenth[-1] for tenth in self.right)

    def line(self, n_pixels: int) -> Line:
        """Return the accuracy of all images after each number of pixels, in percent."""
        points = range(n_pixels + 1)
        return Line(x=tuple(map(float, points)), y=tuple(round(float(self.after(k).mean()), 3) for k in points))


def _in_tenths(values: Shaped[np.ndarray, "images *steps"]) -> list[Any]:
    n_parts = min(_PARTS, len(values))
    return [values[i::n_parts].mean(axis=0).tolist() for i in range(n_parts)]


class Measured:
    """Measures images with exact counts, each way once."""

    def __init__(self, bench: Workbench) -> None:
        self.bench = bench
        self.train, self.test = split_dataset(bench.dataset("mnist"), bench.seed)
        self.belief = ExactBelief(levels=2).fit(self.train)

    def walk(
        self,
        name: str,
        policy: Policy,
        stop: StopRule,
        images: ImageDataset | None = None,
        belief: Belief | None = None,
    ) -> Walked:
        """Return what comes of measuring (test) images."""
        measured, known = images or self.test, belief or self.belief

        def compute() -> dict[str, Any]:
            measurer = Measurer(known, policy, stop).fit_policy(self.train)
            return Walked.of(measurer.simulate(measured, progress=self.bench.progress, task=name))

        return Walked(**self.bench.once(f"{name}, {measured.n_images} images", compute))

    def some(self, images: ImageDataset, n_quick: int, n_full: int) -> ImageDataset:
        """Return evenly strided images."""
        n = self.bench.choose(n_quick, n_full)
        return images.take(slice(None, None, max(1, images.n_images // n)))

    def shuffled(self, seed: int) -> ExactBelief:
        """Return a belief whose images have other images' labels."""
        return ExactBelief(levels=2).fit(replace(self.train, labels=shuffle_labels(self.train.labels, seed, 0)))


def measure_images(bench: Workbench) -> Outcome:
    """Answer what the article says of measuring."""
    own = Measured(bench)
    gain = own.walk("information gain", InformationGain(), Determined())
    few, many = PixelBudget(_FEW), PixelBudget(_MANY)
    random = [own.walk(f"random pixels, seed {seed}", RandomChoice(seed=seed), few) for seed in bench.seeds(5, 20)]
    first = Measurer(own.belief, InformationGain(), few).fit_policy(own.train).start().expected_gain().ravel()
    order = FixedOrder(order=np.argsort(-first, kind="stable").tolist())
    fixed = own.walk("order of the first entropies", order, few)
    lowest = own.walk("lowest joint entropy", LowestEntropy(), many)
    highest = own.walk("highest joint entropy", HighestEntropy(), many, own.some(own.test, 1000, 10_000))
    least = own.walk("highest conditional entropy", LeastInformation(), many)
    evidence = {
        **_first_pixel(own.train),
        **_rules(gain, lowest, highest, least, random),
        **_choice(own, gain, fixed, random),
        **_ends(own, gain),
    }
    lines = {
        "lowest entropy of the class": gain.line(_MANY),
        "order of the first entropies": fixed.line(_FEW),
        "random pixels": _mean_line([one.line(_FEW) for one in random]),
        "lowest joint entropy": lowest.line(_MANY),
        "highest joint entropy": highest.line(_MANY),
        "highest entropy of the class": least.line(_MANY),
    }
    curves: tuple[Drawing, ...] = (
        Curves(
            name="rules",
            title="Accuracy by each reading of the rule",
            place="not in the article",
            x_title="pixels measured",
            y_title="images named rightly (%)",
            lines=lines,
        ),
    )
    measurer = Measurer(own.belief, InformationGain(), Determined()).fit_policy(own.train)
    return Outcome(evidence=evidence, drawings=(*draw_examples(measurer, own.test), *curves))


def _mean_line(lines: Sequence[Line]) -> Line:
    heights = np.array([line.y for line in lines], dtype=np.float64)
    spread = heights.std(axis=0, ddof=1) if len(lines) > 1 else np.zeros(heights.shape[1])
    return Line(x=lines[0].x, y=tuple(heights.mean(axis=0).round(3).tolist()), spread=tuple(spread.round(3).tolist()))


def _first_pixel(train: ImageDataset) -> dict[str, Evidence]:
    maps = binary_maps(train)
    share = maps.information.value / maps.information.value.max()
    joint, conditional = int(maps.joint_entropy.argmin()), int(maps.conditional_entropy.argmin())
    columns = train.image_shape[1]
    return {
        claims.LOWEST_JOINT_TELLS.name: Evidence(
            values=(float(share[joint]),),
            note="H(X,Y) = H(Y) + H(X|Y): it is lowest where a pixel never changes, and tells nothing.",
        ),
        claims.LOWEST_CONDITIONAL_TELLS.name: Evidence(
            values=(float(share[conditional]),), control=(float(share.mean()),),
            note=f"Row {conditional // columns}, column {conditional % columns}, with "
            f"{to_bits(maps.information.value[conditional]):.3f} bit. H(Y|X) = H(Y) - I(X;Y): the lowest conditional "
            "entropy is the highest information gain. It is p(dark) H(Y|dark) + p(bright) H(Y|bright), what the code "
            "of the article computes.",
        ),
    }  # fmt: skip


def _rules(gain: Walked, lowest: Walked, highest: Walked, least: Walked, random: list[Walked]) -> dict[str, Evidence]:
    def won(one: Walked) -> tuple[float, ...]:
        return tuple((one.after(_FEW) - one.after(0)).tolist())

    lost = gain.lost(_FEW).mean()
    beyond = tuple(float(lost - one.lost(_FEW).mean()) for one in random)
    return {
        claims.LOWEST_JOINT_SHAPES.name: Evidence(
            values=tuple(lowest.lost(_MANY).tolist()),
            note=f"Exact counts, all test images: accuracy stays at {lowest.after(_MANY).mean():.2f} %, the share of "
            "the commonest class, as pixels are measured that never change.",
        ),
        claims.LOWEST_CONDITIONAL_SHAPES.name: Evidence(
            values=beyond,
            note=f"The label's entropy falls by {lost:.2f} bit of {np.log2(10):.2f}; a value for each random order of "
            "pixels.",
        ),
        claims.HIGHEST_JOINT_STALLS.name: Evidence(
            values=won(highest),
            note=f"From {highest.after(0).mean():.2f} % to {highest.after(_FEW).mean():.2f} %, and "
            f"{highest.after(_MANY).mean():.2f} % after {_MANY} pixels: such pixels vary within a class, and still "
            f"tell something. The label's entropy falls by {highest.lost(_FEW).mean():.2f} bit, away from uniform. "
            f"{_TENTHS}",
        ),
        claims.HIGHEST_CONDITIONAL_STALLS.name: Evidence(
            values=won(least), control=tuple(float((one.after(_FEW) - one.after(0)).mean()) for one in random),
            note="These are the same pixels that the lowest joint entropy picks: those that never change.",
        ),
    }  # fmt: skip


def _choice(own: Measured, gain: Walked, fixed: Walked, random: list[Walked]) -> dict[str, Evidence]:
    few, mean = PixelBudget(_FEW), gain.after(_FEW).mean()
    unpaired = []
    for seed in own.bench.seeds(2, 5):
        belief = own.shuffled(seed)
        chosen = own.walk(f"information gain, labels shuffled by {seed}", InformationGain(), few, belief=belief)
        any_pixels = own.walk(f"random pixels, labels shuffled by {seed}", RandomChoice(seed=seed), few, belief=belief)
        unpaired.append(float((chosen.after(_FEW) - any_pixels.after(_FEW)).mean()))
    told = ", ".join(f"{gain.after(k).mean():.1f}" for k in _TOLD)
    apart = np.mean([one.after(_FEW).mean() for one in random])
    return {
        claims.RULE_TELLS.name: Evidence(
            values=tuple(float(mean - one.after(_FEW).mean()) for one in random), control=tuple(unpaired),
            note=f"{mean:.2f} % beside {apart:.2f} %, a value for each random order. By the rule as information gain, "
            f"exact counts, all test images: {told} % after {', '.join(map(str, _TOLD))} pixels.",
        ),
        claims.CONDITION_TELLS.name: Evidence(
            values=tuple((gain.after(_FEW) - fixed.after(_FEW)).tolist()),
            note=f"{mean:.2f} % beside {fixed.after(_FEW).mean():.2f} %. {_TENTHS}",
        ),
    }  # fmt: skip


def _ends(own: Measured, gain: Walked) -> dict[str, Evidence]:
    determined = Determined()
    test, counted = own.some(own.test, 500, 2000), own.some(own.train, 5000, 60_000)
    unpaired = own.walk(
        "information gain until determined, labels shuffled", InformationGain(), determined, test, own.shuffled(0)
    )
    seen = own.walk("counted images", InformationGain(), determined, counted)
    any_pixels = own.walk(
        "counted images, random pixels", RandomChoice(seed=own.bench.seed), determined, own.some(own.train, 300, 2000)
    )
    mean, median, most = gain.n_pixels
    return {
        claims.ENDS.name: Evidence(
            values=tuple(gain.determined), control=tuple(unpaired.determined),
            note=f"After {mean:.2f} pixels on average (median {median:.0f}, at most {most:.0f}). With shuffled labels "
            f"one class is left as well, after {unpaired.n_pixels[0]:.1f} pixels, and is right in "
            f"{100 * np.mean(unpaired.final):.0f} %: that one class is left says that few counted images are, not that "
            f"the class is known. Then {100 * np.mean(unpaired.determined):.2f} % of images end so; the tolerance of "
            "one in a hundred was set after a first look at that figure, and any shortfall from all images would turn "
            f"the verdict were it 0. {_TENTHS}",
        ),
        claims.ENDS_RIGHT.name: Evidence(
            values=gain.final,
            note=f"Hidden images, none of them counted: {100 * np.mean(gain.final):.2f} % when one class is left. "
            f"{_TENTHS}",
        ),
        claims.OWN_TABLE.name: Evidence(
            values=seen.final, control=any_pixels.final,
            note=f"Training images, {seen.after(_MANY).mean():.1f} % after {_MANY} pixels. A counted image always "
            "agrees with itself, so that the last class left is its own, whichever pixels are read: a leak. Hidden "
            f"images: {100 * np.mean(gain.final):.1f} %.",
        ),
    }  # fmt: skip
