"""How a source is to be read: what `open_images` was told, for all readers alike."""

from dataclasses import dataclass
from typing import Any

from sightbits.core.checks import InputError, check_choice
from sightbits.core.progress import Progress, silent
from sightbits.datasets.arrays import Channels
from sightbits.datasets.formats.folders import UNREADABLE, check_scale


@dataclass(frozen=True, eq=False, kw_only=True)
class ReadingOptions:
    """How images are read.

    Parameters
    ----------
    label
        The column, member or key that holds labels, where it is not known by its name.
    scale_to
        Rows and columns to scale pictures to.
    unreadable
        Whether a picture that cannot be read stops everything, or is skipped.
    n_jobs, scheduler, progress
        How pictures are looked at beforehand.
    """

    label: str | None = None
    channels: Channels = "auto"
    scale_to: tuple[int, ...] | None = None
    unreadable: str = "stop"
    n_jobs: int = 1
    scheduler: Any = None
    progress: Progress = silent

    def __post_init__(self) -> None:
        check_choice("unreadable", self.unreadable, UNREADABLE)
        check_choice("channels", self.channels, ("auto", "first", "last"))
        check_scale(self.scale_to)

    def refuse(self, source: object, *names: str) -> None:
        """Raise `InputError` where an option was given that means nothing for a source."""
        for name in names:
            if getattr(self, name) not in (None, "stop"):
                raise InputError(
                    name.replace("_", "-"),
                    wanted=f"nothing, for it has no meaning for {source}",
                    got=repr(getattr(self, name)),
                    remedy="Leave it out.",
                )
