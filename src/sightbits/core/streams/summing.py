"""Sums over the parts of a stream: in this process, on threads of it, or on a Dask cluster."""

import functools
import itertools
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from operator import add
from typing import Any, TypeVar

from sightbits.core.checks import InputError, import_optional
from sightbits.core.cluster import PATIENCE, cluster_client
from sightbits.core.progress import Progress, silent

Summed = TypeVar("Summed")
_AHEAD = 2  # parts in work for each thread: one more than it needs, so that none waits for the merge
_MERGED_AT_ONCE = 8
_RETRIES = 3


def sum_over(
    parts: Sequence[Any],
    summarise: Callable[..., Summed],
    given: Sequence[Any] | None = None,
    *,
    n_jobs: int = 1,
    scheduler: Any = None,
    progress: Progress = silent,
    task: str = "reading images",
    patience: str = PATIENCE,
) -> Summed:
    """Return the sum of `summarise(part)` over all parts.

    Parameters
    ----------
    parts
        Those of a stream, checked or raw.
    summarise
        Reads a part and returns what sums by `+`. For a cluster it must be a function that can be sent: one of a
        module, or a `functools.partial` of it.
    given
        What else each part is summarised with, one a part: `summarise(part, given[i])`.
    n_jobs
        Threads, without a cluster.
    scheduler
        The address of a Dask scheduler, or a `distributed.Client`; None stays in this process.
    patience
        How long to wait for a scheduler to answer.

    Notes
    -----
    Memory: what is summed, for each thread and once more; on a cluster for each worker. There sums merge as a tree
    whose shape depends on the number of parts alone; a part whose worker is lost is read again by another.
    """
    if not parts:
        raise InputError("images", wanted="at least one part", got="none", remedy="Give some images.")
    tasks = [(part,) for part in parts] if given is None else list(zip(parts, given, strict=True))
    if scheduler is None:
        return _sum_here(tasks, summarise, n_jobs, progress, task)
    if not all(part.portable for part in parts):
        raise InputError(
            "scheduler",
            wanted="images that other processes can read by themselves",
            got="images in this one's memory",
            remedy="Name a store or files that every worker can reach, or leave the scheduler out.",
        )
    return _sum_on_cluster(tasks, summarise, scheduler, progress, task, patience)


def _sum_here(
    tasks: list[tuple[Any, ...]], summarise: Callable[..., Summed], n_jobs: int, progress: Progress, task: str
) -> Summed:
    """Sum in the order of the parts, so that rounding does not depend on which thread was first."""
    total: Any = None
    for i, one in enumerate(_in_order(tasks, summarise, n_jobs)):
        total = one if total is None else total + one
        progress(task, i + 1, len(tasks))
    return total


def _in_order(tasks: list[tuple[Any, ...]], summarise: Callable[..., Summed], n_jobs: int) -> Iterator[Summed]:
    if n_jobs == 1 or len(tasks) == 1:
        for arguments in tasks:
            yield summarise(*arguments)
        return
    waiting = iter(tasks)
    with ThreadPoolExecutor(n_jobs) as pool:
        running = deque(pool.submit(summarise, *arguments) for arguments in itertools.islice(waiting, _AHEAD * n_jobs))
        try:
            while running:
                yield running.popleft().result()
                running.extend(pool.submit(summarise, *arguments) for arguments in itertools.islice(waiting, 1))
        finally:
            for left in running:
                left.cancel()


def _sum_on_cluster(
    tasks: list[tuple[Any, ...]],
    summarise: Callable[..., Summed],
    scheduler: Any,
    progress: Progress,
    task: str,
    patience: str,
) -> Summed:
    distributed = import_optional("distributed", extra="dask", purpose="a cluster")
    with cluster_client(scheduler, patience=patience) as client:
        leaves = [client.submit(summarise, *arguments, pure=False, retries=_RETRIES) for arguments in tasks]
        root = _tree(client, leaves)
        for done, _ in enumerate(_finished(distributed, leaves, root), start=1):
            progress(task, min(done, len(tasks)), len(tasks))
        return root.result()


def _tree(client: Any, sums: list[Any]) -> Any:
    while len(sums) > 1:
        groups = [sums[i : i + _MERGED_AT_ONCE] for i in range(0, len(sums), _MERGED_AT_ONCE)]
        sums = [client.submit(_merge, group, pure=False, retries=_RETRIES) for group in groups]
    return sums[0]


def _merge(sums: list[Summed]) -> Summed:
    return functools.reduce(add, sums)


def _finished(distributed: Any, leaves: list[Any], root: Any) -> Iterator[Any]:
    """Yield parts as they are done, and let each be forgotten then: its sum lives on in the tree alone."""
    done = distributed.as_completed(leaves)
    leaves.clear()
    for leaf in done:
        if leaf.status == "error":
            root.cancel()
            leaf.result()
        yield leaf
