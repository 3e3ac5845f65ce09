"""Choosing 50 pixels beside peers: process time, one thread, kernels warm, ratios in one run.

Run with `make bench`. Large cases run in a process of their own each, so that their peak memory is theirs alone.
"""

import os

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[threads] = "1"

import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np
from rich.table import Table

from markdown_console import Console
from sightbits import LabelledLevels, load_dataset
from sightbits.core.bit_planes import BitPlanes
from sightbits.selection.rankers import rank_pixels
from sightbits.selection.sample import PixelSample

ROUNDS = 5
N_CHOSEN = 50
RANKERS = ("mrmr", "jmi", "cmim", "greedy_joint")
MOST_SECONDS = 600


def mnist(n_levels: int) -> PixelSample:
    """Return the 60,000 training images; at 2 levels, cut at half of the grey values."""
    dataset = load_dataset("mnist")
    train = dataset.take(~dataset.in_test)
    return sample_of(train.values, train.labels, n_levels)


def smooth_images(n_levels: int) -> PixelSample:
    """Draw 50,000 smooth images of 32 x 32 x 3 whose label shows a little in every one."""
    rng = np.random.default_rng(0)
    corners = np.linspace(0, 7, 32)
    spread = np.maximum(0, 1 - np.abs(corners[:, np.newaxis] - np.arange(8))).astype(np.float32)  # 8 points to 32
    of_label = rng.normal(size=(10, 3, 8, 8)).astype(np.float32)
    labels = rng.integers(10, size=50_000)
    values = np.empty((len(labels), 3072), dtype=np.uint8)
    for start in range(0, len(labels), 1000):
        rows = slice(start, start + 1000)
        coarse = rng.normal(size=(1000, 3, 8, 8)).astype(np.float32) + of_label[labels[rows]] / 2
        fine = spread @ coarse @ spread.T + rng.normal(scale=0.2, size=(1000, 3, 32, 32)).astype(np.float32)
        values[rows] = np.clip(128 + 50 * fine, 0, 255).reshape(1000, 3072)
    return sample_of(values, labels, n_levels)


def sample_of(values: np.ndarray, labels: np.ndarray, n_levels: int) -> PixelSample:
    levels = values if n_levels == 256 else (values >= 128).astype(np.uint8)
    coded = LabelledLevels(levels=levels, labels=labels, n_levels=n_levels, n_labels=10)
    return PixelSample(values=values, coded=coded)


LARGE: dict[str, Callable[[int], PixelSample]] = {"MNIST 60,000 x 784": mnist, "smooth 50,000 x 3072": smooth_images}


def choose(sample: PixelSample, ranker: str) -> set[int]:
    """Return the pixels chosen."""
    ranking = rank_pixels(sample, ranker=ranker, estimator="plug_in", n_chosen=N_CHOSEN)
    return set(ranking.order[:N_CHOSEN].tolist())


def seconds_of(run: Callable[[], object], rounds: int = ROUNDS) -> float:
    """Return the median process time of several rounds, the kernels warm."""
    run()
    taken = []
    for _ in range(rounds):
        start = time.process_time()
        run()
        taken.append(time.process_time() - start)
    return statistics.median(taken)


def compare_choices(binary: PixelSample) -> Table:
    """Time each ranker beside fast-select's mRMR, and say whether mrmr takes the same pixels."""
    from fast_select import mRMR  # noqa: PLC0415  large cases do without it, and without the memory it takes

    chosen = {ranker: choose(binary, ranker) for ranker in RANKERS}
    ours = {ranker: seconds_of(lambda ranker=ranker: choose(binary, ranker)) for ranker in RANKERS}
    levels, labels = binary.coded.levels, binary.coded.labels
    mRMR(2, backend="cpu").fit(levels[:500, 300:310], labels[:500])  # compiles
    start = time.process_time()
    peer = mRMR(N_CHOSEN, backend="cpu").fit(levels, labels)
    theirs = time.process_time() - start
    shared = chosen["mrmr"] & set(peer.top_features_.tolist())
    Console().print(f"mrmr takes {len(shared)} of the {N_CHOSEN} pixels that fast-select's mRMR takes")
    table = table_of("50 of 784 pixels, MNIST 60,000 images, 2 levels, 10 labels", "CPU s", "of fast-select", "goal")
    table.add_row("fast-select, mRMR, one round", f"{theirs:.1f}", "", "")
    for ranker, taken in ours.items():
        goal = "" if ranker == "greedy_joint" else "at most 1/500 of it"
        table.add_row(ranker, f"{taken:.3f}", f"1/{theirs / taken:.0f}", goal)
    return table


def compare_counts(binary: PixelSample) -> Table:
    """Time one count of every pixel and label beside a matrix product and beside sums of booleans."""
    levels, labels = binary.coded.levels, binary.coded.labels
    planes = BitPlanes.of(binary.coded)
    lit = levels.astype(bool)
    pixels = levels.astype(np.float32)
    of_label = (labels[:, np.newaxis] == np.arange(10)).astype(np.float32).T.copy()
    runs: dict[str, Callable[[], np.ndarray]] = {
        "sightbits, bit planes": lambda: planes.count().counts[:, 1],
        "NumPy, one-hot labels @ pixels": lambda: (of_label @ pixels).T,
        "NumPy, sums of booleans": lambda: np.stack([lit[labels == label].sum(axis=0) for label in range(10)], axis=1),
    }
    for name, run in runs.items():
        assert (run() == runs["sightbits, bit planes"]()).all(), name
    many = 200  # one count is too short for the clock
    taken = {
        name: seconds_of(lambda run=run: [run() for _ in range(many)]) / many
        for name, run in runs.items()
        if name.startswith("sight")
    }
    taken |= {name: seconds_of(run) for name, run in runs.items() if name not in taken}
    ours = taken["sightbits, bit planes"]
    table = table_of("One count of 784 pixels x 10 labels, MNIST 60,000 images, 2 levels", "CPU ms", "ratio", "goal")
    goals = {"NumPy, one-hot labels @ pixels": "at most 1/100 of it"}
    for name, value in taken.items():
        ratio = "" if value == ours else f"1/{value / ours:.0f}"
        table.add_row(name, f"{1000 * value:.3f}", ratio, goals.get(name, ""))
    packing = seconds_of(lambda: BitPlanes.of(binary.coded))
    table.add_row("packing the planes, once", f"{1000 * packing:.1f}", "", "")
    return table


def run_large(name: str, n_levels: int, ranker: str) -> None:
    """Load or draw the images, choose, and print what it took: called in a process of its own."""
    start = time.perf_counter()
    sample = LARGE[name](n_levels)
    ready = time.perf_counter()
    choose(sample, ranker)
    done = time.perf_counter()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    print(json.dumps({"loading": ready - start, "choosing": done - ready, "peak": peak / 1e9}))


def measure_large() -> Table:
    """Measure wall time and peak memory of the large cases, data included."""
    table = table_of("50 pixels of large sets, data included", "levels", "load s", "choose s", "peak GB", "goal")
    cases = [(name, n_levels) for name in LARGE for n_levels in (2, 256)][1:]
    for name, n_levels in cases:
        for ranker in RANKERS:
            command = [sys.executable, __file__, name, str(n_levels), ranker]
            goal = "at most 60 s, 2 GB" if name.startswith("MNIST") else ""
            try:
                answer = subprocess.run(command, check=True, capture_output=True, timeout=MOST_SECONDS)
            except subprocess.TimeoutExpired:
                table.add_row(f"{name}, {ranker}", str(n_levels), "", f"over {MOST_SECONDS}", "", goal)
                continue
            took = json.loads(answer.stdout)
            figures = (f"{took['loading']:.1f}", f"{took['choosing']:.1f}", f"{took['peak']:.2f}")
            table.add_row(f"{name}, {ranker}", str(n_levels), *figures, goal)
    return table


def table_of(title: str, *headers: str) -> Table:
    table = Table(title=title, title_justify="left")
    for header in ("", *headers):
        table.add_column(header, justify="left" if header in ("", "goal") else "right")
    return table


def main() -> None:
    """Time, check that the peer takes the same pixels, and print."""
    console = Console(width=120)
    binary = mnist(2)
    console.print(compare_counts(binary))
    console.print(compare_choices(binary))
    del binary
    console.print(measure_large())


if __name__ == "__main__":
    if len(sys.argv) > 1:
        run_large(sys.argv[1], int(sys.argv[2]), sys.argv[3])
    else:
        main()
