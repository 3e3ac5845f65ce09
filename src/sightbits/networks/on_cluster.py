"""Several networks on a Dask cluster, each a task that a worker does by itself; what comes of it is kept here."""

# mypy: disable-error-code="no-untyped-call"
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextlib import ExitStack
from threading import Lock
from typing import Any, TypeVar

from threadpoolctl import threadpool_limits

from sightbits.core.checks import InputError, import_optional
from sightbits.core.progress import Progress, silent
from sightbits.networks.torch_bank import one_thread

Outcome = TypeVar("Outcome")
_ATTEMPTS = 4
_WORKERS = "one whose workers are lost again and again"


def run_on_cluster(
    run: Callable[[int, Progress], Outcome],
    numbers: Sequence[int],
    *,
    total: int,
    client: Any,
    keep: Callable[[int, Outcome], None],
    progress: Progress,
    task: str,
) -> None:
    """Let workers do `run(number, ...)` for all numbers, and keep each outcome here as soon as it is there.

    Parameters
    ----------
    run
        What can be pickled: it is sent to each worker once, with the images it holds. It is not asked how far it is.
    numbers, total
        Which are to be done, and how many there are with those that were done before.
    client
        A `distributed.Client`.
    keep
        Is given a number and its outcome, in the order in which they are finished.
    progress
        Is told how many of all are done.

    Raises
    ------
    InputError
        Workers are lost again and again, or the scheduler is.
    Exception
        What the first task that failed has raised; the others are not begun, and those begun end by themselves.

    Notes
    -----
    Each task has one thread of its own, so that figures do not depend on how many there are. A task whose worker is
    lost is done again by another.
    """
    # Futures, not joblib's Dask backend: that gives tasks only to as many workers as there are at its beginning, and
    # lets joblib within a task send work to the cluster, where it would wait behind the tasks themselves.
    distributed = import_optional("distributed", extra="dask", purpose="a cluster")
    left = list(numbers)
    for _ in range(_ATTEMPTS):  # a second one where images were lost with the last worker that had them
        if not left or client.status != "running":
            break
        progress(task, total - len(left), total)
        futures = _submit(run, left, client)
        try:
            for future in distributed.as_completed(list(futures)):
                number = futures.pop(future)
                if future.status == "cancelled":
                    continue
                keep(number, future.result())
                left.remove(number)
                progress(task, total - len(left), total)
        except distributed.KilledWorker as error:
            raise _lost(_WORKERS) from error
        finally:
            if client.status == "running":
                client.cancel(list(futures))
    if left:
        raise _lost(_WORKERS if client.status == "running" else "one that was lost")


def _submit(run: Callable[[int, Progress], Any], numbers: Sequence[int], client: Any) -> dict[Any, int]:
    """Send the images and then the tasks; none where all workers were lost meanwhile."""
    try:
        client.submit(int, pure=False).result()  # some clusters start a worker for a task, but none for data
        sent = client.scatter(run, broadcast=True, hash=False)
        return {client.submit(_run_alone, sent, number, pure=False): number for number in numbers}
    except (CancelledError, TimeoutError, OSError):
        return {}


def _lost(got: str) -> InputError:
    return InputError(
        "scheduler",
        wanted="a cluster whose workers live until their task is done",
        got=got,
        remedy="Give workers more memory, or fewer threads each; with a record the same call asks only for the rest.",
    )


def _run_alone(run: Callable[[int, Progress], Outcome], number: int) -> Outcome:
    with _ALONE, ThreadPoolExecutor(1) as fresh:  # a thread that torch has not met asks how many it may be
        return fresh.submit(run, number, silent).result()


class _OneThreadEach:
    """Lets all that compute in this process do so with a thread each, from when the first begins to the last's end."""

    def __init__(self) -> None:
        self._changing, self._n, self._held = Lock(), 0, ExitStack()

    def __enter__(self) -> None:
        with self._changing:
            if self._n == 0:
                self._keeper = ThreadPoolExecutor(1)  # only the thread that has limited BLAS can set it free
                self._keeper.submit(self._limit).result()
            self._n += 1

    def __exit__(self, *raised: object) -> None:
        with self._changing:
            self._n -= 1
            if self._n == 0:
                self._keeper.submit(self._held.close).result()
                self._keeper.shutdown()

    def _limit(self) -> None:
        self._held.enter_context(threadpool_limits(1))
        self._held.enter_context(one_thread())


_ALONE = _OneThreadEach()
