"""Images that do not fit into memory: a made-up zarr store audited in one process and on two Dask workers.

Run with `python benchmarks/streams.py --n-images 1000000 --folder DIR`; the store (784 bytes an image, compressed as
zarr does by itself) stays there for the next run. Every run is a process of its own, so that its memory is its own;
times are wall-clock, since reading is half of it, beside those of plain reading of the same store.
"""

import argparse
import os

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[threads] = "1"
os.environ["ZARR_THREADING__MAX_WORKERS"] = "1"  # else each process decompresses on all cores
# Without these a worker of Dask gives memory back to the system with every array that is freed, and fetches it anew for
# the next. Whatever this process starts, worker or not, is given them.
for limit in ("MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_"):
    os.environ[limit] = str(2**28)

import hashlib
import json
import multiprocessing
import resource
import signal
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import zarr
from rich.table import Table

import sightbits as sb
from markdown_console import Console
from sightbits.core.levels import level_code
from sightbits.core.streams.summing import sum_over
from sightbits.core.streams.tally import Errand, TallyPlan, read_part

CHUNK = 20_000
RANGE = (0.0, 255.0)  # stated, so that no pass is spent on finding it
SAMPLE = 2_000


def make_store(path: Path, n_images: int) -> None:
    """Write MNIST's images moved about, with the low bits of their ink drawn anew."""
    mnist = sb.load_dataset("mnist")
    store = zarr.open_group(str(path), mode="w")
    images = store.create_array("images", shape=(n_images, 28, 28), chunks=(CHUNK, 28, 28), dtype="u1")
    labels = store.create_array("labels", shape=(n_images,), chunks=(n_images,), dtype="u1")
    given = np.empty(n_images, dtype=np.uint8)
    for number, start in enumerate(range(0, n_images, CHUNK)):
        rng = np.random.default_rng(number)
        chosen = rng.integers(0, mnist.n_images, min(CHUNK, n_images - start))
        moved = np.roll(mnist.images[chosen], rng.integers(-2, 3, 2), axis=(1, 2))
        ink = rng.integers(0, 256, moved.shape, dtype=np.uint8) & np.uint8(7)
        images[start : start + len(moved)] = np.where(moved > 0, moved ^ ink, moved)
        given[start : start + len(moved)] = mnist.labels[chosen]
    labels[:] = given


def read_plainly(path: Path) -> dict[str, Any]:
    """Read every chunk of the store, and look at nothing."""
    images = zarr.open_group(str(path), mode="r")["images"]
    for start in range(0, images.shape[0], 2 * CHUNK):
        images[start : start + 2 * CHUNK]
    return {}


def audit_here(path: Path, n_jobs: int) -> dict[str, Any]:
    """The whole audit in this process."""
    stream = sb.open_images(str(path), value_range=RANGE)
    found = sb.audit_pixels(stream, jobs=n_jobs, sample=SAMPLE, resamples=0, n_pixels=[10])
    information = found.maps.information
    return {"bits": float(information.value.sum()), "n_images": found.maps.n_images}


def table_here(path: Path, n_jobs: int) -> dict[str, Any]:
    """The table of counts alone, in this process."""
    return digest(count(path, n_jobs=n_jobs))


def table_on_cluster(path: Path, killed: bool) -> dict[str, Any]:
    """The table of counts alone, on two workers of one thread each; one of them may be killed half-way."""
    from distributed import Client, LocalCluster  # noqa: PLC0415  only these runs need it

    with (
        LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address="127.0.0.1:0") as cluster,
        Client(cluster) as client,
    ):
        client.run(warm_up)
        start = time.perf_counter()
        half_way = threading.Event()
        victim = next(iter(client.run(os.getpid).values()))

        def progress(task: str, done: int, total: int, /) -> None:
            if killed and done * 2 >= total and not half_way.is_set():
                half_way.set()
                os.kill(victim, signal.SIGKILL)

        table = count(path, scheduler=client, progress=progress)
        seconds = time.perf_counter() - start
        most = max(client.run(peak_megabytes).values())
    return {**digest(table), "seconds": seconds, "worker_megabytes": most, "killed": half_way.is_set()}


def count(path: Path, **how: Any) -> np.ndarray:
    """Counts of (pixel, level, label)."""
    stream = sb.open_images(str(path), value_range=RANGE)
    plan = TallyPlan.of(stream, level_code(stream))
    nothing = np.zeros(0, dtype=np.int64)
    errands = [Errand(tallied=True, places=nothing)] * len(stream.parts)
    return sum_over(stream.parts, partial(read_part, plan=plan), errands, **how).tally.table.counts


def digest(table: np.ndarray) -> dict[str, Any]:
    """What tells whether two tables are the same to the last count."""
    return {"sha256": hashlib.sha256(table.tobytes()).hexdigest()[:16], "counted": int(table[0].sum())}


def warm_up() -> None:
    """Load the kernels, as any second run finds them."""
    images = np.random.default_rng(0).integers(0, 256, (100, 28, 28)).astype(np.uint8)
    sb.audit_pixels(images, np.arange(100) % 10, resamples=0, n_pixels=[2], permutations=0)


def peak_megabytes() -> float:
    """The most memory this process ever held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def alone(queue: Any, run: Callable[[], dict[str, Any]]) -> None:
    """Run in a process of its own."""
    warm_up()
    start = time.perf_counter()
    found = run()
    queue.put({"seconds": time.perf_counter() - start, "megabytes": peak_megabytes(), **found})


def measured(run: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Run in a new process, and return what it found, how long it took and what memory."""
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    process = context.Process(target=alone, args=(queue, run))
    process.start()
    found = queue.get()
    process.join()
    return found


def main() -> None:
    """Make the store where it is not there, and run everything once."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--n-images", type=int, default=500_000)
    parser.add_argument("--folder", type=Path, default=Path("benchmarks/results"))
    asked = parser.parse_args()
    path = (asked.folder / f"made-up-{asked.n_images}.zarr").absolute()
    if not path.exists():
        make_store(path, asked.n_images)
    megabytes = asked.n_images * 784 / 1e6
    runs: dict[str, Callable[[], dict[str, Any]]] = {
        "plain reading": partial(read_plainly, path),
        "table, one process, one thread": partial(table_here, path, 1),
        "table, one process, two threads": partial(table_here, path, 2),
        "table, two Dask workers": partial(table_on_cluster, path, False),
        "table, two Dask workers, one killed": partial(table_on_cluster, path, True),
        "whole audit, one process, one thread": partial(audit_here, path, 1),
    }
    table = Table(title=f"{asked.n_images:,} images of 28 x 28, {megabytes / 1e3:.1f} GB")
    for column in ("run", "seconds", "MB/s", "peak MB", "found"):
        table.add_column(column, justify="left" if column in ("run", "found") else "right")
    for name, run in runs.items():
        found = measured(run)
        seconds, peak = found.pop("seconds"), found.pop("megabytes")
        table.add_row(name, f"{seconds:.1f}", f"{megabytes / seconds:.0f}", f"{peak:.0f}", json.dumps(found))
        Console().print(name, f"{seconds:.1f} s", found)
    Console().print(table)


if __name__ == "__main__":
    main()
