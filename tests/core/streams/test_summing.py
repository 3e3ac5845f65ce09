import itertools
import threading
from collections.abc import Callable, Iterator

import distributed
import numpy as np
import pytest

from sightbits.core.checks import InputError
from sightbits.core.images import ImageDataset
from sightbits.core.streams.stream import ImageStream, StreamPart
from sightbits.core.streams.summing import sum_over

Cut = Callable[..., ImageStream]
Draw = Callable[..., ImageDataset]


@pytest.fixture(scope="module")
def client() -> Iterator[distributed.Client]:
    with distributed.Client(
        processes=False, n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0"
    ) as client:
        yield client


def labels_of(part: StreamPart) -> tuple[int, ...]:
    return tuple(int(label) for chunk in part.chunks() for label in chunk.labels)


def labels_and(part: StreamPart, given: str) -> tuple[str, ...]:
    return tuple(f"{given}{label}" for label in labels_of(part))


def refuse(part: StreamPart) -> int:
    raise InputError("picture 7", wanted="a whole one", got="half of one", remedy="Save it again.")


@pytest.mark.parametrize("n_jobs", [1, 3])
def test_sums_keep_the_order_of_the_parts(cut_stream: Cut, draw_images: Draw, n_jobs: int) -> None:
    stream = cut_stream(draw_images(), n_in_part=9)
    assert sum_over(stream.parts, labels_of, n_jobs=n_jobs) == tuple(stream.labels.tolist())
    given = [chr(97 + i) for i in range(len(stream.parts))]
    want = [f"{name}{label}" for name, part in zip(given, stream.parts, strict=True) for label in labels_of(part)]
    assert list(sum_over(stream.parts, labels_and, given, n_jobs=n_jobs)) == want


def test_a_cluster_sums_to_the_same(cut_stream: Cut, draw_images: Draw, client: distributed.Client) -> None:
    stream = cut_stream(draw_images(), n_in_part=3)  # 54 parts: a tree of three floors
    told: list[tuple[str, int, int]] = []
    found = sum_over(
        stream.parts, labels_of, scheduler=client, progress=lambda *step: told.append(step), task="reading"
    )
    assert found == tuple(stream.labels.tolist())
    assert told == [("reading", i + 1, 54) for i in range(54)]
    given = list(map(str, range(54)))
    assert sum_over(stream.parts, labels_and, given, scheduler=client) == sum_over(stream.parts, labels_and, given)


def test_a_cluster_is_found_by_its_address(cut_stream: Cut, draw_images: Draw, client: distributed.Client) -> None:
    stream = cut_stream(draw_images())
    assert sum_over(stream.parts, labels_of, scheduler=client.scheduler.address) == tuple(stream.labels.tolist())
    assert client.status == "running"


def test_an_error_of_a_part_is_that_of_the_sum(cut_stream: Cut, draw_images: Draw, client: distributed.Client) -> None:
    stream = cut_stream(draw_images())
    for how in ({"n_jobs": 1}, {"n_jobs": 2}, {"scheduler": client}):
        with pytest.raises(InputError, match=r"picture 7: wanted a whole one, got half of one\. Save it again\."):
            sum_over(stream.parts, refuse, **how)


def test_what_lives_in_this_process_cannot_be_sent(
    cut_stream: Cut, draw_images: Draw, client: distributed.Client
) -> None:
    parts = cut_stream(draw_images()).parts
    object.__setattr__(parts[1], "portable", False)
    with pytest.raises(InputError, match="scheduler: wanted images that other processes can read by themselves"):
        sum_over(parts, labels_of, scheduler=client)


@pytest.mark.parametrize("address", ["nowhere", "tcp://127.0.0.1:1", 7])
def test_a_scheduler_that_does_not_answer_is_said(cut_stream: Cut, draw_images: Draw, address: object) -> None:
    with pytest.raises(InputError, match="scheduler: wanted the address of a Dask scheduler that answers"):
        sum_over(cut_stream(draw_images()).parts, labels_of, scheduler=address, patience="1s")


def test_no_parts_have_no_sum() -> None:
    with pytest.raises(InputError, match="at least one part"):
        sum_over((), labels_of)


def test_threads_read_a_bounded_number_of_parts_ahead(cut_stream: Cut, draw_images: Draw) -> None:
    stream = cut_stream(draw_images(), n_in_part=4)
    begun = itertools.count()
    lock = threading.Lock()
    most = 0

    def summarise(part: StreamPart) -> int:
        nonlocal most
        with lock:
            number = next(begun)
            most = max(most, number - len(merged))
        return 1

    merged: list[int] = []
    total = sum_over(stream.parts, summarise, n_jobs=2, progress=lambda task, done, of: merged.append(done))
    assert total == len(stream.parts) == len(merged)
    assert most <= 4


def test_numbers_sum_to_the_same_wherever(cut_stream: Cut, draw_images: Draw, client: distributed.Client) -> None:
    stream = cut_stream(draw_images(whole=False), n_in_part=11)
    here = sum_over(stream.parts, total_of)
    np.testing.assert_array_equal(here, sum_over(stream.parts, total_of, n_jobs=3))
    np.testing.assert_allclose(here, sum_over(stream.parts, total_of, scheduler=client), rtol=1e-14)


def total_of(part: StreamPart) -> np.ndarray:
    return sum(chunk.values.sum(axis=0) for chunk in part.chunks())
