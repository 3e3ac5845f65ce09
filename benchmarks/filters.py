"""Single filters, and how many are enough: process time, one thread, beside goals; and how many planted ones are found.

Run with `python benchmarks/filters.py`.
"""

import os

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[threads] = "1"

import time
from collections.abc import Callable

import numpy as np
from rich.table import Table

from gram import by_loop, seconds_of
from markdown_console import Console
from sightbits.estimation.filters import cmi_permutation, measure_filters, rank_filters, select_filters
from sightbits.estimation.filters.planted import planted_filters
from sightbits.estimation.layers import LayerSettings
from sightbits.information.gram import gaussian_kernel, match_kernel, silverman_size

N, N_MAPS = 128, 512
ALPHA = 1.01
ROUNDS = 3
N_PLANTED, N_SEEDS = range(3, 21), 5
N_SOURCE = ((3, 0), (10, 0), (20, 0))


def maps_of(side: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Made-up inputs, labels and activations: positive parts of patterns and noise."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 10, N)
    maps = rng.normal(size=(N, N_MAPS, side, side)) + 0.3 * rng.normal(size=(10, N_MAPS, side, side))[labels]
    return rng.random((N, 784)), labels, np.maximum(maps, 0).astype(np.float32)


def singles_by_loop(inputs: np.ndarray, labels: np.ndarray, maps: np.ndarray) -> np.ndarray:
    """What each filter tells of input and label, a matrix after the other; (2, filters)."""
    references = [gaussian_kernel(inputs, silverman_size(N, inputs.shape[1], 5.0)), match_kernel(labels)]
    of_references = by_loop(np.array(references) / N)
    told = []
    for i in range(maps.shape[1]):
        rows = maps[:, i].reshape(N, -1).astype(np.float64)
        kernel = gaussian_kernel(rows, silverman_size(N, rows.shape[1], 5.0))
        own, *both = by_loop(np.array([kernel, *(kernel * one for one in references)]) / N)
        told.append([of_reference + own - one for of_reference, one in zip(of_references, both, strict=True)])
    return np.array(told).T


def time_singles(table: Table) -> None:
    """All filters of a layer, each by itself."""
    few, many = (LayerSettings(shuffles=shuffles) for shuffles in (0, 20))
    for side in (2, 14):
        data = maps_of(side)
        loop = "a loop of numpy.linalg.eigvalsh, no shuffles"
        runs: dict[str, Callable[[], object]] = {
            loop: lambda data=data: singles_by_loop(*data),
            "no shuffles": lambda data=data: measure_filters(*data, few),
            "20 shuffles": lambda data=data: measure_filters(*data, many),
        }
        times = seconds_of(runs, ROUNDS)
        figures = measure_filters(*data, few)
        off = abs(np.array([figures.input_information.value, figures.label_information.value]) - singles_by_loop(*data))
        goals = {loop: f"off by {off.max():.0e} nats", "no shuffles": "1 s", "20 shuffles": "10 s"}
        for name, seconds in times.items():
            what = f"{N_MAPS} maps of {side} x {side}, {name}"
            table.add_row(what, f"{seconds:.2f} s", f"x {seconds / times[loop]:.2f}", goals[name])


def time_choice(table: Table) -> None:
    """Twenty steps of either rule, and the order of all filters."""
    maps, labels = planted_filters(30, N_MAPS, 1024)
    few, of_few = planted_filters(30, N_MAPS, N)
    runs: dict[str, tuple[Callable[[], object], str]] = {
        "select_filters, 20 steps, 1024 samples": (lambda: select_filters(maps, labels, most=20), "60 s"),
        "rank_filters, 1024 samples": (lambda: rank_filters(maps, labels), ""),
        f"cmi_permutation, 20 steps, {N} samples": (
            lambda: cmi_permutation(few, of_few, most=20, significance=1.0),
            "60 s",
        ),
    }
    for name, (run, goal) in runs.items():
        start = time.process_time()
        run()
        table.add_row(f"{N_MAPS} filters, {name}", f"{time.process_time() - start:.1f} s", "", goal)


def find_planted(table: Table) -> None:
    """How often the number found is within one of the number planted, among 128 filters and 512 samples."""
    off = []
    for n_relevant in N_PLANTED:
        for seed in range(N_SEEDS):
            maps, labels = planted_filters(n_relevant, seed=seed)
            off.append(select_filters(maps, labels, seed=seed).n_filters - n_relevant)
    spread = ", ".join(f"{value:+d}: {off.count(value)}" for value in sorted(set(off)))
    share = float(np.mean(np.abs(off) <= 1))
    table.add_row(f"select_filters, {len(off)} runs, {N_PLANTED[0]} to {N_PLANTED[-1]}", f"{share:.1%}", spread, "90 %")
    for kernel_size in ("paper", "median"):
        for n_relevant, seed in N_SOURCE:
            maps, labels = planted_filters(n_relevant, seed=seed, n_samples=N)
            settings = LayerSettings(kernel_size=kernel_size)
            found = cmi_permutation(maps, labels, settings=settings)
            p = f"p of the last {found.steps[-1].p_value:.2f}"
            table.add_row(f"cmi_permutation, {kernel_size}, {n_relevant} planted", f"{found.n_filters}", p, "")


def main() -> None:
    console = Console()
    times = Table("what", "time", "ratio", "goal", title=f"{N} samples, one thread")
    time_singles(times)
    time_choice(times)
    console.print(times)
    planted = Table("rule", "within one, or found", "off by", "goal", title="Filters that were planted")
    find_planted(planted)
    console.print(planted)


if __name__ == "__main__":
    main()
