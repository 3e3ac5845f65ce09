"""A progress bar on a terminal, nothing when the output goes elsewhere."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from sightbits.core.progress import Progress, silent


@contextmanager
def progress_bar(*, quiet: bool) -> Iterator[Progress]:
    """Show steps as bars on the error stream, one a task, and clear them at the end."""
    if quiet or not sys.stderr.isatty():
        yield silent
        return
    from rich.console import Console  # noqa: PLC0415  only where there is a terminal
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn  # noqa: PLC0415
    from rich.progress import Progress as Bars  # noqa: PLC0415

    columns = (TextColumn("{task.description:<18}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks = {}

        def step(task: str, done: int, total: int, /) -> None:
            if task not in tasks:
                tasks[task] = bars.add_task(task, total=total)
            bars.update(tasks[task], completed=done)

        yield step
