"""Argument checks with one wording: the name, what was wanted, what came, and what to do."""

import functools
import importlib
from collections.abc import Collection
from numbers import Real
from types import ModuleType
from typing import Any


class InputError(ValueError):
    """Something the user gave cannot be used; the message says what to do instead.

    Parameters
    ----------
    name
        The argument or file.
    wanted
        What would have been right.
    got
        What came.
    remedy
        What to do: one or more whole sentences.

    Examples
    --------
    >>> raise InputError("levels", wanted="2 to 256", got=1, remedy="Choose 2 or more.")
    Traceback (most recent call last):
        ...
    sightbits.core.checks.InputError: levels: wanted 2 to 256, got 1. Choose 2 or more.
    """

    def __init__(self, name: str, *, wanted: str, got: object, remedy: str) -> None:
        self.name = name
        self._parts = {"wanted": wanted, "got": str(got), "remedy": remedy}
        super().__init__(f"{name}: wanted {wanted}, got {got}. {remedy}")

    def __reduce__(self) -> Any:
        """Let it travel between processes: an exception with named arguments does not by itself."""
        return functools.partial(type(self), self.name, **self._parts), ()


def check_whole(name: str, value: int, *, low: int, high: int | None = None) -> int:
    """Return `value` if it is a whole number in [low, high], else raise `InputError`."""
    whole = isinstance(value, int) and not isinstance(value, bool)
    if whole and value >= low and (high is None or value <= high):
        return value
    bounds = f"at least {low}" if high is None else f"from {low} to {high}"
    raise InputError(name, wanted=f"a whole number {bounds}", got=repr(value), remedy=f"Set {name} to such a number.")


def check_number(name: str, value: float, *, least: float, below: float, wanted: str) -> float:
    """Return `value` if it is a number from `least` to below `below`, else raise `InputError`; `wanted` says which."""
    number = isinstance(value, Real) and not isinstance(value, bool)
    if not number or not least <= value < below:
        raise InputError(name, wanted=wanted, got=repr(value), remedy=f"Set {name} to such a number.")
    return value


def check_choice(name: str, value: str, choices: Collection[str]) -> str:
    """Return `value` if it is one of `choices`, else raise `InputError`."""
    if value in choices:
        return value
    listed = ", ".join(choices)
    raise InputError(name, wanted=f"one of {listed}", got=repr(value), remedy="Choose one of these names.")


def check_given_once(settings: object, options: Collection[str]) -> None:
    """Raise `InputError` where checked settings are given, and fields of them as options too."""
    if settings is not None and options:
        raise InputError(
            "options",
            wanted="none where settings are given",
            got=", ".join(options),
            remedy="Put them into the settings.",
        )


def import_optional(module: str, *, extra: str, purpose: str) -> ModuleType:
    """Import a module that only an extra installs, or say which extra to install."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise InputError(
            purpose,
            wanted=f"the package {module!r}",
            got=f"an installation without it ({error})",
            remedy=f"Install it with: pip install 'sightbits[{extra}]'",
        ) from error
