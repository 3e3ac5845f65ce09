"""Several networks at a time, each in a thread; when one fails, the others stop."""

from collections.abc import Callable
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from threading import Event
from typing import TypeVar

from threadpoolctl import threadpool_limits

from sightbits.core.progress import Progress

Outcome = TypeVar("Outcome")


def run_side_by_side(
    run: Callable[[int, Progress], Outcome], n: int, *, n_jobs: int, progress: Progress
) -> list[Outcome]:
    """Return the outcomes of `run(0, ...)` to `run(n - 1, ...)`, so many at a time, each with one thread of its own.

    Parameters
    ----------
    run
        Is given its number, and whom to tell how far it is: it must do so often, as this is where it is stopped.
    n, n_jobs
        How many there are, and how many run at a time.
    progress
        Is told of all of them.

    Raises
    ------
    Exception
        What the first that failed has raised; the others are stopped where they are, or are not begun.

    Notes
    -----
    Figures do not depend on how many run at a time. LAPACK holds Python's lock: what is measured does not gain from it
    as training does.

    Examples
    --------
    >>> from sightbits.core.progress import silent
    >>> run_side_by_side(lambda number, tell: number**2, 4, n_jobs=2, progress=silent)
    [0, 1, 4, 9]
    """
    from sightbits.networks.torch_bank import one_thread  # noqa: PLC0415  an extra

    stop = Event()

    def tell(task: str, done: int, total: int, /) -> None:
        if stop.is_set():
            raise _StoppedError
        progress(task, done, total)

    with threadpool_limits(1), one_thread(), ThreadPoolExecutor(n_jobs) as pool:
        futures = [pool.submit(run, number, tell) for number in range(n)]
        try:
            done, _ = wait(futures, return_when=FIRST_EXCEPTION)
            for future in futures:
                if future in done:
                    future.result()  # raises what it raised, before the others say that they were stopped
        except BaseException:
            stop.set()  # or the others would be waited for to their end
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return [future.result() for future in futures]


class _StoppedError(Exception):
    """Another network's training failed or was interrupted."""
