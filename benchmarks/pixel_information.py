"""The map of pixel information on MNIST beside peers: process time, one thread, kernels warm, ratios in one run.

Run with `make bench`. Each round times every contestant once; the table shows medians and ratios of medians.
"""

import os

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[threads] = "1"

import statistics
import time
from collections.abc import Callable

import numpy as np
from fast_select.mutual_information import _mi_pair_cpu, calculate_mi_single_pair
from rich.table import Table
from sklearn.feature_selection import mutual_info_classif

from markdown_console import Console
from sightbits import LabelledLevels, load_dataset
from sightbits.estimation.pixels import permute_labels
from sightbits.information.composed import mutual_information

ROUNDS = 5


def contestants(sample: LabelledLevels) -> dict[str, Callable[[], object]]:
    """Return what is timed. fast-select stands twice: as called by its users, and its bare kernel."""
    levels, labels = sample.levels, sample.labels
    pixels = range(sample.n_pixels)
    return {
        "sightbits": lambda: mutual_information(sample.count(), "level", "label"),
        "sightbits, 100 permutations": lambda: permute_labels(sample, estimator="plug_in", n_permutations=100, seed=0),
        "fast-select": lambda: [calculate_mi_single_pair(levels[:, p], labels) for p in pixels],
        "fast-select, kernel": lambda: [_mi_pair_cpu(levels[:, p], labels, 1.0) for p in pixels],
        "scikit-learn": lambda: mutual_info_classif(levels, labels, discrete_features=True),
    }


def main() -> None:
    """Time, check that all give the same map, and print."""
    dataset = load_dataset("mnist")
    train = dataset.take(~dataset.in_test)
    sample = LabelledLevels(levels=train.values, labels=train.labels, n_levels=256, n_labels=10)
    runs = contestants(sample)
    maps = {name: np.asarray(run()) for name, run in runs.items()}  # warms the kernels too
    for name in ("fast-select, kernel", "scikit-learn"):
        worst = float(np.abs(maps["sightbits"] - maps[name]).max())
        Console().print(f"largest difference from {name}: {worst:.1e} nats")
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(ROUNDS):
        for name, run in runs.items():
            start = time.process_time()
            run()
            seconds[name].append(time.process_time() - start)
    median = {name: statistics.median(times) for name, times in seconds.items()}
    ours = median["sightbits"]
    goals = {
        "fast-select": "at most 0.5 of it",
        "fast-select, kernel": "at most 0.5 of it",
        "scikit-learn": "at most 1/60 of it",
        "sightbits, 100 permutations": "at most 25 maps",
    }
    table = Table(title="Information map, MNIST 60,000 x 784, 256 levels, 10 labels", title_justify="left")
    for header in ("", "CPU s", "ratio", "goal"):
        table.add_column(header, justify="right" if header in ("CPU s", "ratio") else "left")
    for name, value in median.items():
        if name == "sightbits":
            ratio = ""
        elif name.startswith("sightbits"):
            ratio = f"{value / ours:.1f} maps"
        else:
            ratio = f"{ours / value:.3f} = 1/{value / ours:.1f}"
        table.add_row(name, f"{value:.4f}", ratio, goals.get(name, ""))
    Console().print(table)


if __name__ == "__main__":
    main()
