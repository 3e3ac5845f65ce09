"""The measurer: a belief, a policy and a stop rule, fitted to labelled images."""

import math
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from sightbits.core.checks import InputError, check_whole
from sightbits.core.images import ImageDataset
from sightbits.core.progress import Progress, silent
from sightbits.core.streams.stream import ImageStream
from sightbits.measurement.beliefs.belief import Belief
from sightbits.measurement.given import as_labelled_images, as_place, as_training, bearable, check_costs, classes_of
from sightbits.measurement.noise import Noise, NoNoise, check_noise
from sightbits.measurement.outlook import Outlook
from sightbits.measurement.parts import check_part, make_part
from sightbits.measurement.policies.policy import Policy
from sightbits.measurement.session import MeasurementInterrupted, Position, Read, Session
from sightbits.measurement.simulation import Simulation
from sightbits.measurement.stopping import Confidence, StopRule
from sightbits.measurement.tree import Branch, grow_tree
from sightbits.measurement.walking import walk

_DEFAULT_STOP = Confidence(0.95)


class Measurer:
    """Measures a hidden image pixel by pixel, always where it expects to learn most, until it knows enough.

    Parameters
    ----------
    belief
        What is believed of a hidden image: `exact`, `naive_bayes`, `mixture`, `network`, or a `Belief`.
    policy
        Which pixel is next: `information_gain`, `lookahead`, `cost_aware`, `fixed`, `random`, `lowest_entropy`,
        `learned`, or a `Policy`.
    stop
        When it is enough; rules combine with `&` and `|`. By default, when a label has a probability of 0.95.
    costs
        What measuring each pixel costs, in the shape of an image; by default 1 each.
    unavailable
        Positions (row, column and channel) that can never be measured.
    pixels_per_step
        How many pixels are chosen at a time.

    Notes
    -----
    `network` and `learned` need the extra `torch`. For each image the belief is conditioned on every reading; see
    the beliefs for what that costs.

    Examples
    --------
    A sensor is anything that returns the grey value at a position:

    >>> import sightbits as sb
    >>> digits = sb.load_dataset("digits")
    >>> measurer = sb.Measurer(belief="mixture", stop=sb.Confidence(0.99)).fit(digits.images[1:], digits.labels[1:])
    >>> session = measurer.run(read=lambda position: digits.images[0][position])
    >>> session.label, session.n_measured
    (0, 4)
    """

    def __init__(
        self,
        belief: str | Belief = "mixture",
        policy: str | Policy = "information_gain",
        stop: StopRule = _DEFAULT_STOP,
        *,
        costs: Any = None,
        unavailable: Any = (),
        pixels_per_step: int = 1,
    ) -> None:
        self.belief: Belief = make_part("belief", belief, Belief)
        self.policy: Policy = make_part("policy", policy, Policy)
        self.stop = _checked_rule(stop)
        self.costs = costs
        self.unavailable = tuple(as_place("unavailable", place) for place in unavailable)
        self.pixels_per_step = check_whole("pixels_per_step", pixels_per_step, low=1)

    def fit(
        self,
        images: Any,
        labels: Any = None,
        *,
        n_jobs: int = 1,
        scheduler: Any = None,
        progress: Progress = silent,
    ) -> "Measurer":
        """Learn from labelled images, and return itself.

        Parameters
        ----------
        images
            An `ImageDataset`, or an array of images as `dataset_from_arrays` takes them beside `labels`. Or a stream,
            as `open_images` returns it, of which `of_split("train")` are the training images.
        labels
            One label an image: whole numbers or strings.
        n_jobs, scheduler, progress
            How a stream is read: threads, or a Dask cluster, and who is told of it.

        Raises
        ------
        InputError
            For images and settings that cannot be used; among them a stream, where the belief holds the images that
            it learned from. `naive_bayes` does not: it learns from a stream what it would from all its images.

        Notes
        -----
        All or nothing: where it fails, measurer, belief and policy stay as they were. A policy that learns from images
        too is given evenly strided ones of a stream, as many as 256 MB hold but 1,000 at least and 60,000 at most, in
        a pass of their own.
        """
        training = as_training(images, labels)
        reading = {"n_jobs": check_whole("n_jobs", n_jobs, low=1), "scheduler": scheduler, "progress": progress}
        with _as_before_on_failure(self, self.belief, self.policy):
            self.prepare(training, labels)
            if isinstance(training, ImageDataset):
                self.belief.fit(training)
                self.policy.fit_from(self._start(), training)
            else:
                self.belief.fit_stream(training, **reading)
                if _learns(self.policy):
                    self.policy.fit_from(self._start(), training.sample(bearable(training), **reading))
        return self

    def fit_policy(self, training: ImageDataset) -> "Measurer":
        """As `fit`, with a belief that was fitted to these images already."""
        if not hasattr(self.belief, "code"):
            raise InputError(
                "belief", wanted="one that was fitted", got=repr(self.belief), remedy="Call fit, which fits both."
            )
        with _as_before_on_failure(self, self.policy):
            self.prepare(training)
            self.policy.fit_from(self._start(), training)
        return self

    def prepare(self, training: ImageDataset | ImageStream, labels: Any = None) -> None:
        """Take note of what can be measured and what it costs, or raise `InputError`; nothing is learned yet."""
        costs = check_costs(self.costs, training)
        available = np.ones(training.image_shape, dtype=bool)
        for place in self.unavailable:
            training.check_position("unavailable", place)
            available[place] = False
        if not available.any():
            raise InputError("unavailable", wanted="a pixel left to measure", got="none", remedy="Leave some out.")
        self.image_shape = training.image_shape
        self.value_range = training.value_range
        self.whole = training.whole
        self.label_names = training.label_names
        self.classes = classes_of(training, labels)
        self.n_training = training.n_images
        self.pixel_costs = costs
        self.available = available.ravel()

    def start(self) -> Session:
        """Return a session for a new hidden image."""
        self._check_fitted()
        return Session(self)

    def resume(self, document: dict[str, Any]) -> Session:
        """Return a session that goes on from `Session.to_dict()`."""
        session = self.start()
        try:
            readings = [(tuple(place), float(value)) for *place, value in document["readings"]]
            lost = [tuple(place) for place in document["unavailable"]]
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(
                "document", wanted="what session.to_dict() returned", got=repr(document), remedy="Start a new session."
            ) from error
        for position, value in readings:
            session.observe(position, value)
        for position in lost:
            session.observe(position, None)
        return session

    def run(self, read: Read, session: Session | None = None) -> Session:
        """Measure with an instrument until it is enough.

        Parameters
        ----------
        read
            Called with a position, returns the grey value there as `Session.observe` takes it; None or NaN where it
            cannot be measured.
        session
            One to go on with; by default a new one.

        Raises
        ------
        MeasurementInterrupted
            When `read` raises or returns what is no grey value; it holds the session with all readings so far.
        KeyboardInterrupt
            As always on Ctrl-C; its attribute `session` holds the session too.
        """
        session = session or self.start()
        try:
            while not session.done:
                asked = session.next()
                for position in asked if self.pixels_per_step > 1 else [asked]:
                    try:
                        session.observe(position, read(position))
                    except Exception as error:
                        raise MeasurementInterrupted(session, position, error) from error
        except KeyboardInterrupt as error:
            error.session = session  # type: ignore[attr-defined]  # it must stay what everyone takes Ctrl-C for
            error.add_note("the session holds all readings: run(read, session=error.session) goes on")
            raise
        return session

    def simulate(
        self,
        images: Any,
        labels: Any = None,
        *,
        stop: StopRule | None = None,
        noise: Noise | None = None,
        seed: int = 0,
        n_jobs: int | None = None,
        progress: Progress = silent,
        task: str = "measuring",
    ) -> Simulation:
        """Measure many images at once and compare with their labels.

        Parameters
        ----------
        images, labels
            Images that were not trained on, as in `fit`.
        stop
            Another rule than the measurer's own, such as `PixelBudget(30)` for a curve of 30 pixels.
        noise
            How readings differ from the images.
        seed
            Of the noise.
        n_jobs
            Threads; None takes one a processor. The outcome does not depend on it.
        """
        self._check_fitted()
        if n_jobs is not None:
            check_whole("n_jobs", n_jobs, low=1)
        held_out = as_labelled_images(images, labels)
        if held_out.image_shape != self.image_shape:
            raise InputError(
                "images",
                wanted=f"images of {' x '.join(map(str, self.image_shape))}, like those trained on",
                got=" x ".join(map(str, held_out.image_shape)),
                remedy="Scale or crop them first.",
            )
        self._check_values(held_out)
        levels = check_noise(NoNoise() if noise is None else noise).read(
            held_out.values, self.belief.code, np.random.default_rng(seed)
        )
        walks = walk(
            self.belief,
            self.policy,
            levels,
            stop=self.stop if stop is None else _checked_rule(stop),
            available=self.available,
            costs=self.pixel_costs,
            pixels_per_step=self.pixels_per_step,
            n_jobs=n_jobs or os.cpu_count() or 1,
            progress=progress,
            task=task,
        )
        return Simulation(
            walks=walks,
            labels=self._codes(held_out),
            costs=self.pixel_costs,
            n_training=self.n_training,
            pixels_per_step=self.pixels_per_step,
        )

    def export_tree(self, depth: int = 4, *, least_share: float = 0.01) -> Branch:
        """Return the decisions as a tree, with what each pixel was expected to tell.

        Parameters
        ----------
        depth
            How many pixels deep.
        least_share
            Branches that a session is less likely to reach end where they are.
        """
        self._check_fitted()
        check_whole("depth", depth, low=1)
        return grow_tree(self.policy, self._start(), stop=self.stop, depth=depth, least_share=least_share)

    def save(self, path: str | Path) -> None:
        """Write everything into one file (.npz, no pickle), from which `load` goes on."""
        from sightbits.measurement.storing import save_measurer  # noqa: PLC0415  it knows this class

        self._check_fitted()
        save_measurer(self, Path(path))

    @classmethod
    def load(cls, path: str | Path, *, parts: Sequence[type] = ()) -> "Measurer":
        """Return a measurer from its file.

        Parameters
        ----------
        parts
            Classes of your own that were saved with it.
        """
        from sightbits.measurement.storing import load_measurer  # noqa: PLC0415  it knows this class

        return load_measurer(Path(path), parts)

    def position(self, pixel: int) -> Position:
        """Return row and column (and channel) of a pixel's number."""
        return tuple(int(i) for i in np.unravel_index(pixel, self.image_shape))

    def pixel_number(self, position: Any) -> int:
        """Return the number of the pixel at a position, or raise `InputError`."""
        shape, place = self.image_shape, as_place("position", position)
        if len(place) != len(shape) or not all(0 <= i < n for i, n in zip(place, shape, strict=True)):
            raise InputError(
                "position",
                wanted=f"a place in images of {' x '.join(map(str, shape))}, counted from 0",
                got=repr(place),
                remedy="Say (row, column)" + (" and channel." if len(shape) == 3 else "."),
            )
        return int(np.ravel_multi_index(place, shape))

    def level_of(self, value: float) -> int:
        """Return the level of a grey value, or raise `InputError` where it is out of the range.

        Notes
        -----
        Noise that is added can carry a reading beyond the range: where the belief knows of it, that is its end.
        """
        low, high = self.value_range
        noise = getattr(self.belief, "noise", None)
        if isinstance(noise, Noise) and noise.LEAVES_RANGE and math.isfinite(value):
            value = min(max(value, low), high)
        if not low <= value <= high:
            raise InputError(
                "value",
                wanted=f"a grey value from {low:g} to {high:g}, the range of the training images",
                got=repr(value),
                remedy="Scale readings as the training images are; None says that a pixel cannot be measured.",
            )
        return int(self.belief.code.encode(np.array([value]))[0])

    def _start(self) -> Outlook:
        """What can be looked at before any reading."""
        return Outlook.at_start(self.belief, self.available, self.pixel_costs)

    def _check_fitted(self) -> None:
        if not hasattr(self, "image_shape"):
            raise InputError("measurer", wanted="a fitted one", got="one without data", remedy="Call fit first.")

    def _check_values(self, dataset: ImageDataset) -> None:
        """Raise `InputError` where grey values are not on the scale of those trained on."""
        low, high = self.value_range
        least, most = float(dataset.images.min()), float(dataset.images.max())
        if least < low or most > high or (self.whole and not dataset.whole):
            raise InputError(
                "images",
                wanted=f"{'whole ' if self.whole else ''}grey values from {low:g} to {high:g}, like those trained on",
                got=f"{'whole numbers' if dataset.whole else 'floats'} from {least:g} to {most:g}",
                remedy="Scale them as the training images are.",
            )

    def _codes(self, dataset: ImageDataset) -> Any:
        """The labels of other images as positions in `label_names`."""
        position = {name: i for i, name in enumerate(self.label_names)}
        unknown = [name for name in dataset.label_names if name not in position]
        if unknown:
            raise InputError(
                "labels",
                wanted=f"labels that were trained on ({', '.join(self.label_names[:12])})",
                got=repr(unknown[0]),
                remedy="Train on images of every label.",
            )
        return np.array([position[name] for name in dataset.label_names])[dataset.labels]


@contextmanager
def _as_before_on_failure(*parts: Any) -> Iterator[None]:
    """Where something fails within, these objects get the attributes back that they had."""
    before = [dict(vars(part)) for part in parts]
    try:
        yield
    except BaseException:
        for part, attributes in zip(parts, before, strict=True):
            vars(part).clear()
            vars(part).update(attributes)
        raise


def _learns(policy: Policy) -> bool:
    """Whether a policy is more than a rule that has nothing to learn."""
    return type(policy).fit is not Policy.fit or type(policy).fit_from is not Policy.fit_from


def _checked_rule(stop: Any) -> StopRule:
    return check_part("stop", stop, StopRule, remedy="Confidence(0.95) | PixelBudget(30) for instance.")
