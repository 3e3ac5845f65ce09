"""A Dask cluster: found by its address, by a client, or as joblib was told."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sightbits.core.checks import InputError, import_optional

PATIENCE = "20s"


@contextmanager
def cluster_client(scheduler: Any, *, patience: str | None = None) -> Iterator[Any]:
    """Give a client of a cluster, which is closed behind it unless it was given.

    Parameters
    ----------
    scheduler
        The address of a Dask scheduler, or a `distributed.Client`.
    patience
        How long to wait for a scheduler to answer; None waits for `PATIENCE`.

    Raises
    ------
    InputError
        No scheduler answers there.
    """
    distributed = import_optional("distributed", extra="dask", purpose="a cluster")
    if isinstance(scheduler, distributed.Client):
        yield scheduler
        return
    try:
        client = distributed.Client(scheduler, timeout=patience or PATIENCE, set_as_default=False)
    except (OSError, ValueError, TypeError, AssertionError) as error:
        client, reason = None, str(error)
    if client is None:
        # What is left of the client that failed closes itself when it is collected: in the midst of the making of
        # another that waits for ever, so it is done now, which no reference in the error below must hinder.
        gc.collect()
        raise InputError(
            "scheduler",
            wanted="the address of a Dask scheduler that answers",
            got=f"{scheduler!r} ({reason})",
            remedy="Start one with `dask scheduler` and workers with `dask worker ADDRESS`; say tcp://HOST:8786.",
        )
    try:
        yield client
    finally:
        client.close()


@contextmanager
def cluster_or_threads(scheduler: Any) -> Iterator[Any]:
    """Give a client of the cluster that is named, else of that which joblib was told of; None where there is neither.

    Raises
    ------
    InputError
        No scheduler answers there.
    """
    chosen = _client_of_joblib() if scheduler is None else scheduler
    if chosen is None:
        yield None
        return
    with cluster_client(chosen) as client:
        yield client


def _client_of_joblib() -> Any:
    """Return the client that `joblib.parallel_config("dask")` around this call names; None without one."""
    import joblib  # noqa: PLC0415  `--help` stays fast

    backend, _ = joblib.parallel.get_active_backend()
    client = getattr(backend, "client", None)
    if client is None:
        return None
    distributed = import_optional("distributed", extra="dask", purpose="a cluster")
    try:
        distributed.get_worker()
    except ValueError:
        return client if isinstance(client, distributed.Client) else None
    return None  # within a task: one that waits for others takes the place that they need
