"""Hooks that stay while a model is observed, and do nothing in its copies."""

from collections.abc import Callable
from typing import Any


class LastingHook:
    """A hook of one module. In a copy of that module, made or loaded while the hook is on, it is one that does nothing.

    Parameters
    ----------
    act
        What it does, with all it is called with; what it returns is left aside.
    """

    def __init__(self, act: Callable[..., None]) -> None:
        self._act = act

    def __call__(self, *given: Any) -> None:
        """Do it."""
        self._act(*given)

    def __reduce__(self) -> tuple[Callable[[], Callable[..., None]], tuple[()]]:
        return _hook_of_a_copy, ()


def _hook_of_a_copy() -> Callable[..., None]:
    return _do_nothing


def _do_nothing(*_: Any) -> None: ...
