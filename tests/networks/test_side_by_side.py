"""Several runs at a time: their order, and what becomes of the others when one fails."""

from threading import Barrier, Event
from typing import Any

import pytest
import torch
from threadpoolctl import threadpool_info

from sightbits.core.progress import silent
from sightbits.networks.side_by_side import run_side_by_side


@pytest.mark.parametrize("n_jobs", [1, 2, 5])
def test_outcomes_come_in_order_and_progress_is_told(n_jobs: int) -> None:
    told = []

    def run(number: int, tell: Any) -> int:
        tell("work", number, 4)
        return 10 * number

    found = run_side_by_side(run, 4, n_jobs=n_jobs, progress=lambda *words: told.append(words))
    assert found == [0, 10, 20, 30]
    assert sorted(told) == [("work", number, 4) for number in range(4)]
    assert run_side_by_side(run, 0, n_jobs=n_jobs, progress=silent) == []


def test_so_many_run_at_a_time_each_with_one_thread() -> None:
    meeting = Barrier(3)
    before = torch.get_num_threads()

    def run(number: int, tell: Any) -> tuple[int, int]:
        meeting.wait(30)  # passes when three are here
        of_blas = [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]
        return torch.get_num_threads(), max(of_blas)

    assert run_side_by_side(run, 3, n_jobs=3, progress=silent) == [(1, 1)] * 3
    assert torch.get_num_threads() == before


@pytest.mark.parametrize("failing", [0, 1])
@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_when_one_fails_the_others_stop_and_no_more_begin(failing: int, error: type[BaseException]) -> None:
    begun: list[int] = []
    ended: list[int] = []
    other_is_on = Event()

    def run(number: int, tell: Any) -> None:
        begun.append(number)
        if number == failing:
            assert other_is_on.wait(30)
            raise error("of its own")
        other_is_on.set()
        for _ in range(300_000):  # for long, unless it is stopped
            tell("work", 0, 1)
        ended.append(number)

    with pytest.raises(error, match="of its own"):
        run_side_by_side(run, 9, n_jobs=2, progress=silent)
    assert not ended, "stopped on the way"
    assert sorted(begun)[:2] == [0, 1]
    assert len(begun) <= 3, "the next may have begun before the failure was seen"


def test_progress_that_raises_stops_all() -> None:
    def interrupt(task: str, done: int, total: int, /) -> None:
        raise KeyboardInterrupt("by the user")

    def run(number: int, tell: Any) -> None:
        for _ in iter(int, 1):
            tell("work", 0, 1)

    with pytest.raises(KeyboardInterrupt, match="by the user"):
        run_side_by_side(run, 3, n_jobs=2, progress=interrupt)
