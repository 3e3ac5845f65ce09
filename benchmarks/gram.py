"""Matrix-based Rényi entropies: process time, one thread, ratios in one run.

Run with `python benchmarks/gram.py`. The peer, repitl, is not on a package index; what is timed is its way of
computing: each matrix by itself, by eigenvectors and eigenvalues in torch.
"""

import os

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[threads] = "1"

import statistics
import time
from collections.abc import Callable

import numpy as np
import torch
from rich.table import Table

from markdown_console import Console
from sightbits.information import gram

ROUNDS = 11
N_MATRICES, N = 66, 128
N_MANY = 4096
N_PAIRS = 1000
ALPHA = 1.01


def seconds_of(runs: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Return the median process time of each, taken in turns."""
    taken: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            start = time.process_time()
            run()
            taken[name].append(time.process_time() - start)
    return {name: statistics.median(times) for name, times in taken.items()}


def by_eigenvectors(matrices: torch.Tensor) -> list[torch.Tensor]:
    """As repitl does it: normalised by the trace, all of the decomposition, the magnitudes of eigenvalues."""
    entropies = []
    for matrix in matrices:
        values, _ = torch.linalg.eigh(matrix / torch.trace(matrix))
        entropies.append(torch.log((values.abs() ** ALPHA).sum()) / (1 - ALPHA))
    return entropies


def by_loop(matrices: np.ndarray) -> list[float]:
    """The plain loop."""
    entropies = []
    for matrix in matrices:
        values = np.linalg.eigvalsh(matrix).clip(min=0)
        entropies.append(float(np.log((values**ALPHA).sum()) / (1 - ALPHA)))
    return entropies


def main() -> None:
    torch.set_num_threads(1)
    points = np.random.default_rng(0).normal(size=(N_MATRICES, N, 20))
    grams = gram.normalise_gram(gram.gaussian_kernel(points, gram.silverman_size(N, 20, 5.0)))
    tensors = torch.from_numpy(grams)
    singles = grams.astype(np.float32)
    off = max(abs(float(a) - b) for a, b in zip(gram.matrix_renyi_entropy(grams), by_loop(grams), strict=True))
    off_single = float(abs(gram.matrix_renyi_entropy(singles) - gram.matrix_renyi_entropy(grams)).max())

    repitl, loop = "repitl's way, torch float64", "loop of numpy.linalg.eigvalsh"
    times = seconds_of(
        {
            repitl: lambda: by_eigenvectors(tensors),
            loop: lambda: by_loop(grams),
            "matrix_renyi_entropy, NumPy float64": lambda: gram.matrix_renyi_entropy(grams, ALPHA),
            "matrix_renyi_entropy, torch float64": lambda: gram.matrix_renyi_entropy(tensors, ALPHA),
            "matrix_renyi_entropy, NumPy float32": lambda: gram.matrix_renyi_entropy(singles, ALPHA),
            "matrix_renyi_entropy of order 2": lambda: gram.matrix_renyi_entropy(grams, 2.0),
            "gaussian_kernel and normalise_gram": lambda: gram.normalise_gram(gram.gaussian_kernel(points, 5.0)),
        },
        ROUNDS,
    )
    table = Table("66 matrices of 128", "ms", "x repitl", "x loop", title="Process time, one thread")
    for name, seconds in times.items():
        table.add_row(name, f"{seconds * 1e3:.1f}", f"{seconds / times[repitl]:.3f}", f"{seconds / times[loop]:.3f}")

    pairs = np.stack(np.triu_indices(N_MATRICES, 1), axis=-1)[:N_PAIRS]
    start = time.process_time()
    gram.pair_entropies(grams, pairs, ALPHA)
    of_pairs = time.process_time() - start

    t = np.random.default_rng(0).uniform(0, 1, size=N_MANY)
    smooth = np.stack([np.cos(2 * t), np.sin(3 * t), t**2], axis=-1)
    whole = gram.normalise_gram(gram.gaussian_kernel(smooth, 1.0))
    columns = gram.gaussian_columns(smooth, 1.0)
    dense, low = "numpy.linalg.eigvalsh", "pivoted_cholesky and its entropy"
    many = seconds_of({dense: lambda: np.linalg.eigvalsh(whole)}, 1)
    many |= seconds_of(
        {
            low: lambda: gram.pivoted_cholesky(columns).entropy(ALPHA),
            "blockwise_entropy": lambda: gram.blockwise_entropy(columns),
        },
        3,
    )
    beside = Table(f"{N_MANY} samples, smooth", "ms", "x eigvalsh", title="Process time, one thread")
    for name, seconds in many.items():
        beside.add_row(name, f"{seconds * 1e3:.1f}", f"{seconds / many[dense]:.5f}")

    bounds = gram.pivoted_cholesky(columns).entropy(ALPHA)
    truth = float(gram.matrix_renyi_entropy(whole, ALPHA))
    console = Console()
    console.print(table)
    console.print(f"Largest difference from the loop: {off:.1e} nats; of float32: {off_single:.1e}")
    console.print(f"pair_entropies: {of_pairs:.2f} s for {N_PAIRS} pairs")
    console.print(beside)
    console.print(f"Low rank: off by {abs(bounds.value - truth):.1e} nats, certified to {bounds.error:.1e}")


if __name__ == "__main__":
    main()
