"""Tasks on a cluster: what is kept, what is told, who is lost on the way, and with how many threads they compute."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event
from typing import Any

import distributed
import pytest
import torch
from threadpoolctl import threadpool_info

from sightbits.core.checks import InputError
from sightbits.core.progress import Progress, silent
from sightbits.networks.on_cluster import _ATTEMPTS, run_on_cluster

HELD = Event()


@pytest.fixture(scope="module")
def shared() -> Iterator[distributed.Client]:
    with started() as client:
        yield client


def started() -> distributed.Client:
    return distributed.Client(processes=False, n_workers=1, threads_per_worker=2, dashboard_address="127.0.0.1:0")


def done_by(client: distributed.Client, run: Any, numbers: list[int], **further: Any) -> dict[int, Any]:
    kept: dict[int, Any] = {}
    asked: dict[str, Any] = {"total": len(numbers), "progress": silent, "keep": kept.__setitem__, "task": "tasks"}
    run_on_cluster(run, numbers, client=client, **(asked | further))
    return kept


def lose_workers(client: distributed.Client) -> None:
    """All of them at once, with what they hold; others take their places."""
    scheduler = client.cluster.scheduler

    async def lose() -> None:
        for address in list(scheduler.workers):
            await scheduler.remove_worker(address, stimulus_id="lost")

    client.sync(lose)
    client.cluster.scale(len(client.cluster.worker_spec) + 1)


def square(number: int, progress: Progress) -> int:
    progress("squaring", 0, 1)
    return number**2


def test_each_outcome_is_kept_once_and_all_are_told(shared: distributed.Client) -> None:
    told: list[tuple[str, int, int]] = []
    found = done_by(shared, square, [5, 1, 3], total=7, progress=lambda *words: told.append(words))
    assert found == {5: 25, 1: 1, 3: 9}
    assert told == [("tasks", done, 7) for done in (4, 5, 6, 7)]
    assert done_by(shared, square, []) == {}


def blas_threads() -> list[int]:
    return [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]


def threads(number: int, progress: Progress) -> tuple[int, int]:
    MEETING.wait(30)  # passes when two are here
    counted = blas_threads()
    if number == 1:
        AFTER.wait(30)  # the other has ended
    torch.ones(3).sum()
    return torch.get_num_threads(), max(counted)


MEETING = Barrier(2)
AFTER = Event()


def test_each_task_computes_with_one_thread_until_the_last_has_ended(shared: distributed.Client) -> None:
    before, blas_before = torch.get_num_threads(), blas_threads()
    torch.set_num_threads(2)
    try:
        kept: dict[int, Any] = {}

        def keep(number: int, outcome: Any) -> None:
            kept[number] = outcome
            AFTER.set()

        done_by(shared, threads, [0, 1], keep=keep)
        assert kept == {0: (1, 1), 1: (1, 1)}
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(torch.get_num_threads).result() == 2, "those that come after"
        assert blas_threads() == blas_before
    finally:
        torch.set_num_threads(before)


def refuse(number: int, progress: Progress) -> int:
    if number == 0:
        raise InputError("images", wanted="some", got="none", remedy="Give some.")
    return number


def test_what_the_first_that_failed_has_raised_is_raised(shared: distributed.Client) -> None:
    with pytest.raises(InputError, match=r"^images: wanted some, got none\. Give some\.$"):
        done_by(shared, refuse, [0, *range(1, 40)])


def test_keeping_that_raises_ends_it(shared: distributed.Client) -> None:
    def keep(number: int, outcome: int) -> None:
        raise KeyboardInterrupt("by the user")

    with pytest.raises(KeyboardInterrupt, match="by the user"):
        done_by(shared, square, [1, 2, 3], keep=keep)


def hold(number: int, progress: Progress) -> int:
    if number:
        HELD.wait(30)
    return number


def test_where_all_workers_are_lost_with_the_images_others_get_them_again() -> None:
    HELD.clear()
    with started() as client:
        kept: list[int] = []

        def keep(number: int, outcome: int) -> None:
            kept.append(number)
            if number == 0:
                lose_workers(client)
                HELD.set()

        done_by(client, hold, [0, 1, 2, 3], keep=keep)
        assert sorted(kept) == [0, 1, 2, 3]
        assert kept.count(0) == 1


def test_a_cluster_that_loses_all_again_and_again_is_refused() -> None:
    HELD.clear()
    attempts: list[str] = []
    with started() as client:

        def progress(task: str, done: int, total: int, /) -> None:
            attempts.append(task)
            lost = client.scatter

            def scatter(*data: Any, **options: Any) -> Any:
                sent = lost(*data, **options)
                lose_workers(client)
                client.scatter = lost
                return sent

            client.scatter = scatter

        with pytest.raises(InputError, match=r"^scheduler: wanted a cluster whose workers live .* again and again"):
            done_by(client, hold, [1], progress=progress)
        HELD.set()
    assert len(attempts) == _ATTEMPTS


def test_a_worker_that_dies_of_its_task_each_time_is_said(
    shared: distributed.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(future: object) -> None:
        raise distributed.KilledWorker("task", None, 3)

    monkeypatch.setattr(distributed.Future, "result", lambda future: 0 if "int" in future.key else killed(future))
    with pytest.raises(InputError, match=r"^scheduler: wanted a cluster whose workers live .* again and again"):
        done_by(shared, square, [1])


def test_a_scheduler_that_is_lost_is_said() -> None:
    HELD.clear()
    with started() as owner, distributed.Client(owner.scheduler.address, set_as_default=False) as client:

        def keep(number: int, outcome: int) -> None:
            client.close()

        with pytest.raises(InputError, match=r"^scheduler: wanted a cluster .*, got one that was lost\."):
            done_by(client, hold, [0, 1], keep=keep)
        HELD.set()
