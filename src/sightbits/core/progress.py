"""How long work says where it is, without knowing who listens."""

from typing import Protocol, runtime_checkable


@runtime_checkable
class Progress(Protocol):
    """Is told what is being done, how many steps are done, and of how many; of 0 where that is not known."""

    def __call__(self, task: str, done: int, total: int, /) -> None:
        """Take note of a step."""


def silent(task: str, done: int, total: int, /) -> None:
    """Take no note."""
