"""Where figures go while a network is trained: a file, or a logger that is there already."""

import json
import math
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from sightbits.core.checks import InputError
from sightbits.core.units import Unit
from sightbits.networks.observing.gaps import Gap
from sightbits.networks.observing.steps import ObservedStep

Figures = Mapping[str, float]


@runtime_checkable
class FlowLogger(Protocol):
    """Anything that takes the figures of a step."""

    def log_figures(self, step: int, figures: Figures) -> None:
        """Take the figures of a step, information in bits, by names such as sightbits/conv1/input_information."""


class LinesLogger:
    """A file to which each step adds one line: a JSON document of its number and figures.

    Parameters
    ----------
    path
        The file; what is in it stays.
    """

    def __init__(self, path: Path) -> None:
        if path.is_dir() or not path.parent.is_dir():
            got = "a folder" if path.is_dir() else f"one in {path.parent}, which is no folder"
            raise InputError("logger", wanted="a file to write to", got=got, remedy="Name a file in a folder there is.")
        self.path = path

    def log_figures(self, step: int, figures: Figures) -> None:
        """Add a line."""
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"step": step, **figures}, allow_nan=False) + "\n")


class _TensorBoardLogger:
    def __init__(self, writer: Any) -> None:
        self._writer = writer

    def log_figures(self, step: int, figures: Figures) -> None:
        for name, value in figures.items():
            self._writer.add_scalar(name, value, step)


class _MetricsLogger:
    """MLflow, and the loggers of Lightning. Names keep to the characters that MLflow lets pass."""

    def __init__(self, metrics: Any) -> None:
        self._metrics = metrics

    def log_figures(self, step: int, figures: Figures) -> None:
        named = {re.sub(r"[^A-Za-z0-9_./ -]", "-", name.replace("]", "")): value for name, value in figures.items()}
        self._metrics.log_metrics(named, step=step)


class _RunLogger:
    """Weights & Biases. The step is a figure: the run's own step goes up by itself, and must never go back."""

    def __init__(self, run: Any) -> None:
        self._run = run

    def log_figures(self, step: int, figures: Figures) -> None:
        self._run.log({**figures, "sightbits/step": step})


_ADAPTERS: dict[str, Callable[[Any], FlowLogger]] = {  # by the method that tells them
    "log_figures": lambda logger: logger,
    "add_scalar": _TensorBoardLogger,
    "log_metrics": _MetricsLogger,
    "log": _RunLogger,
}


def as_logger(thing: Any) -> FlowLogger:
    """Return a logger that writes to a file, or to what the user logs to already.

    Parameters
    ----------
    thing
        A path; or an object with log_figures (as `FlowLogger`), add_scalar (TensorBoard), log_metrics (MLflow,
        Lightning) or log (Weights & Biases).

    Raises
    ------
    InputError
        Where it is none of these, or the path cannot be a file.
    """
    if isinstance(thing, str | Path):
        return LinesLogger(Path(thing))
    for method, adapter in _ADAPTERS.items():
        if callable(getattr(thing, method, None)) and not isinstance(thing, type):
            return adapter(thing)
    raise InputError(
        "logger",
        wanted="a path, a TensorBoard SummaryWriter (add_scalar), MLflow or a logger of Lightning (log_metrics), a "
        "Weights & Biases run (log), or an object with log_figures(step, figures)",
        got=repr(thing),
        remedy="Write a class with log_figures for any other.",
    )


def as_loggers(things: Any) -> tuple[FlowLogger, ...]:
    """Return the loggers of a list, of one thing, or of None."""
    if things is None:
        return ()
    return tuple(as_logger(thing) for thing in (things if isinstance(things, list | tuple) else [things]))


def named_figures(record: ObservedStep) -> dict[str, float]:
    """Return the figures of a step in bits, by the names they are logged under; those that are missing are left out."""
    return {
        f"sightbits/{row['layer']}/{name}": value
        for row in record.rows(Unit.BIT)
        for name, value in row.items()
        if isinstance(value, float) and math.isfinite(value)
    }


def log_step(loggers: tuple[FlowLogger, ...], record: ObservedStep) -> list[tuple[str, Gap]]:
    """Give the figures of a step to each logger, and return by name why any could not take them."""
    figures = named_figures(record)
    troubles = []
    for logger in loggers if figures else ():
        try:
            logger.log_figures(record.step, figures)
        except Exception as error:  # a logger is no reason to end the training
            kind = f"logger {id(logger)}"
            troubles.append(("logger", Gap(kind, f"it did not take the figures: {type(error).__name__}: {error}")))
    return troubles
