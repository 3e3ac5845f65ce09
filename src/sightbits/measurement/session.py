"""One hidden image, measured by whoever has the instrument."""

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float64

from sightbits.core.checks import InputError
from sightbits.core.units import Unit, as_unit
from sightbits.measurement.choosing import choose_pixels, step_size
from sightbits.measurement.outlook import History, Outlook

if TYPE_CHECKING:
    from sightbits.measurement.measurer import Measurer

Position = tuple[int, ...]
Read = Callable[[Position], Any]


class MeasurementInterrupted(RuntimeError):  # noqa: N818  it says what happened; the error is its cause
    """Reading a pixel failed. Nothing is lost: `session` holds every reading so far and goes on from there.

    Notes
    -----
    Raised by `Measurer.run` from the reader's own exception, or from the `InputError` that refused its value. Hand the
    session to `run` again, or keep `session.to_dict()` and go on later with `Measurer.resume`.
    """

    def __init__(self, session: "Session", position: Position, error: Exception) -> None:
        self.session = session
        where = ", ".join(map(str, position))
        super().__init__(
            f"reading pixel {where} failed after {session.n_measured} pixels ({type(error).__name__}: {error}); "
            "the session holds all readings: run(read, session=error.session) goes on"
        )


class Session:
    """One hidden image: what to measure next, what was read, and what is believed.

    Made by `Measurer.start` and `Measurer.resume`. Readings may come in any order, also of pixels that were not
    asked for.

    Examples
    --------
    >>> import sightbits as sb
    >>> digits = sb.load_dataset("digits")
    >>> measurer = sb.Measurer(belief="exact").fit(digits.images[1:], digits.labels[1:])
    >>> session = measurer.start()
    >>> while not session.done:
    ...     row, column = session.next()
    ...     session.observe((row, column), digits.images[0, row, column])
    >>> session.label, session.n_measured
    (0, 5)
    """

    def __init__(self, measurer: "Measurer") -> None:
        self._measurer = measurer
        self._state = measurer.belief.start()
        self._history: History = ()
        self._values: dict[int, float] = {}
        self._available = measurer.available.copy()

    @property
    def posterior(self) -> Float64[np.ndarray, "n_labels"]:
        """The probability of each of the measurer's `label_names`."""
        return np.asarray(self._measurer.belief.posterior(self._state))

    @property
    def label(self) -> Any:
        """The likeliest label, as it was given to `fit`."""
        return self._measurer.classes[int(self.posterior.argmax())].item()

    @property
    def confidence(self) -> float:
        """The probability of the likeliest label."""
        return float(self.posterior.max())

    @property
    def n_measured(self) -> int:
        """How many pixels were read."""
        return len(self._history)

    @property
    def cost(self) -> float:
        """What the readings cost."""
        return float(sum(self._measurer.pixel_costs[pixel] for pixel, _ in self._history))

    @property
    def readings(self) -> list[tuple[Position, float]]:
        """Each pixel read so far and its grey value, in their order."""
        return [(self._measurer.position(pixel), self._values[pixel]) for pixel, _ in self._history]

    @property
    def done(self) -> bool:
        """Whether the stop rule is reached, or there is nothing left to measure or to learn."""
        posterior = self.posterior
        reached = self._measurer.stop.reached(posterior[np.newaxis], np.array([self.n_measured]), np.array([self.cost]))
        return bool(reached[0] or not self._available.any() or np.count_nonzero(posterior) <= 1)

    def next(self) -> Any:
        """Return the position to measure next; a list of them where the measurer takes several pixels a step.

        Notes
        -----
        Asking again without a reading in between gives the same answer. Nothing says that it must be followed. The
        last step before a budget of pixels is used has no more of them than it leaves.
        """
        if not self._available.any():
            raise InputError(
                "session",
                wanted="a pixel that can still be measured",
                got="none",
                remedy="Ask only while session.done is false.",
            )
        n_pixels = self._measurer.pixels_per_step
        size = step_size(n_pixels, self._measurer.stop, self.n_measured)
        (pixels,) = choose_pixels(self._measurer.policy, self._outlook(), size)
        positions = [self._measurer.position(pixel) for pixel in pixels]
        return positions if n_pixels > 1 else positions[0]

    def observe(self, position: Any, value: Any) -> None:
        """Take in what was read at a position.

        Parameters
        ----------
        position
            Row and column (and channel), counted from 0.
        value
            The grey value, a number; None or NaN says that this pixel cannot be measured, and teaches nothing. Where
            the belief knows of `AdditiveNoise`, one beyond the range of the training images counts as its end.

        Raises
        ------
        InputError
            No such pixel, one that was read already, or a value out of the range (without additive noise). The
            session stays as it was.
        """
        pixel = self._measurer.pixel_number(position)
        if pixel in self._values:
            raise InputError(
                "position",
                wanted="a pixel that was not read yet",
                got=f"{tuple(position)}, which was {self._values[pixel]:g}",
                remedy="Read another; session.next() says which.",
            )
        number = _as_number(value)
        if math.isnan(number):
            self._available[pixel] = False
            return
        level = self._measurer.level_of(number)
        self._state = self._measurer.belief.condition(self._state, pixel, level)
        self._history = (*self._history, (pixel, int(self._measurer.belief.outcomes[level])))
        self._values[pixel] = number
        self._available[pixel] = False

    def expected_gain(self, unit: str | Unit = Unit.BIT) -> Float64[np.ndarray, "rows columns *channels"]:
        """Return what each pixel is expected to tell about the label; NaN where it cannot be measured any more."""
        gain = np.where(self._available, self._outlook().gain[0], np.nan)
        return as_unit(unit).from_nats(gain).reshape(self._measurer.image_shape)

    def to_dict(self) -> dict[str, Any]:
        """Return the readings as a JSON-able document, from which `Measurer.resume` goes on."""
        lost = np.flatnonzero(self._measurer.available & ~self._available)
        return {
            "readings": [[*position, value] for position, value in self.readings],
            "unavailable": [list(self._measurer.position(int(i))) for i in lost if i not in self._values],
        }

    def _outlook(self) -> Outlook:
        return Outlook(
            belief=self._measurer.belief,
            states=[self._state],
            histories=[self._history],
            available=self._available[np.newaxis],
            costs=self._measurer.pixel_costs,
        )


def _as_number(value: Any) -> float:
    """The value as a float; NaN where there is none."""
    try:
        return math.nan if value is None else float(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise InputError(
            "value", wanted="a grey value, or None", got=repr(value), remedy="None says that it cannot be measured."
        ) from error
