"""A progress bar on a terminal, nothing when the output goes elsewhere."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from sightbits.core.progress import Progress, silent

_MOST_BARS = 12  # beyond which those of finished tasks make room: rich shows none that are below the terminal's end


@contextmanager
def progress_bar(*, quiet: bool, in_bytes: bool = False) -> Iterator[Progress]:
    """Show steps (or bytes) as bars on the error stream, one a task, and clear them at the end."""
    if quiet or not sys.stderr.isatty():
        yield silent
        return
    from rich.console import Console  # noqa: PLC0415  only where there is a terminal
    from rich.progress import (  # noqa: PLC0415
        BarColumn,
        DownloadColumn,
        MofNCompleteColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )
    from rich.progress import Progress as Bars  # noqa: PLC0415

    counted = (DownloadColumn(), TimeRemainingColumn()) if in_bytes else (MofNCompleteColumn(), TimeElapsedColumn())
    columns = (TextColumn("{task.description:<18}"), BarColumn(), *counted)
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks = {}

        def step(task: str, done: int, total: int, /) -> None:
            if task not in tasks:
                tasks[task] = bars.add_task(task, total=total or None)
            bars.update(tasks[task], completed=done, total=total or None, visible=True)
            shown = [one for one in bars.tasks if one.visible]
            for one in [one for one in shown if one.finished][: max(0, len(shown) - _MOST_BARS)]:
                bars.update(one.id, visible=False)

        yield step
