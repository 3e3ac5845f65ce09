"""Information from neighbours beside peers: process time, one thread, kernels warm, ratios in one run.

Run with `python benchmarks/neighbours.py`. Each round times every contestant once; the tables show medians. The two
trees stand for the packages that use them in the same way: scikit-learn's for npeet-plus, SciPy's for ennemi and npeet.
"""

import os

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[threads] = "1"

import statistics
import time
from collections.abc import Callable

import numpy as np
from rich.table import Table
from scipy.spatial import cKDTree
from scipy.special import digamma
from sklearn.feature_selection import mutual_info_classif, mutual_info_regression
from sklearn.feature_selection._mutual_info import _compute_mi_cc, _compute_mi_cd
from sklearn.neighbors import KDTree

from markdown_console import Console
from sightbits.information.neighbours import conditional_ksg, ksg, ksg2, ross

ROUNDS = 5
K = 3
Run = Callable[[], float]


def draw(n: int, n_columns: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Two Gaussian blocks whose columns correlate pairwise, and one that is independent, all of variance 1."""
    x, noise, z = np.random.default_rng(0).normal(size=(3, n, n_columns))
    y = 0.6 * x + 0.8 * noise
    return x / x.std(axis=0), y / y.std(axis=0), z / z.std(axis=0)


def by_trees_of_scikit_learn(x: np.ndarray, y: np.ndarray) -> float:
    joint = np.hstack([x, y])
    radius = np.nextafter(KDTree(joint, metric="chebyshev").query(joint, k=K + 1)[0][:, K], 0)
    counts = [KDTree(part, metric="chebyshev").query_radius(part, radius, count_only=True) for part in (x, y)]
    return float(digamma(K) + digamma(len(x)) - sum(digamma(count).mean() for count in counts))


def by_trees_of_scipy(x: np.ndarray, y: np.ndarray, given: np.ndarray | None = None) -> float:
    blocks = [x, y] if given is None else [x, y, given]
    joint = np.hstack(blocks)
    radius = cKDTree(joint).query(joint, k=[K + 1], p=np.inf)[0][:, 0] * (1 - 1e-10)

    def count(*parts: np.ndarray) -> float:
        points = np.hstack(parts)
        found = cKDTree(points).query_ball_point(points, radius, p=np.inf, return_length=True)
        return float(digamma(found).mean())

    if given is None:
        return float(digamma(K) + digamma(len(x))) - count(x) - count(y)
    return float(digamma(K)) - count(x, given) - count(y, given) + count(given)


def compare(title: str, runs: dict[str, Run], goal: str) -> None:
    """Time, check that all give the same figure, and print; the first contestant is ours."""
    figures = {name: run() for name, run in runs.items()}  # warms the kernels too
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(ROUNDS):
        for name, run in runs.items():
            start = time.process_time()
            run()
            seconds[name].append(time.process_time() - start)
    median = {name: statistics.median(times) for name, times in seconds.items()}
    ours, *_ = runs
    table = Table(title=f"{title}; goal: {goal}", title_justify="left")
    for header in ("", "CPU s", "ratio", "apart by, nats"):
        table.add_column(header, justify="right" if header else "left")
    for name, value in median.items():
        apart = abs(figures[name] - figures[ours])
        ratio = "" if name == ours else f"{median[ours] / value:.3f} = 1/{value / median[ours]:.1f}"
        table.add_row(name, f"{value:.4f}", ratio, "" if name == ours else f"{apart:.1e}")
    Console().print(table)


def main() -> None:
    """Compare on a pair of single columns, on two wide pairs, with labels, and given a third variable."""
    x, y, z = draw(100_000, 1)
    flat_x, flat_y = x[:, 0], y[:, 0]
    compare(
        "KSG, 1 + 1 columns, n = 100,000",
        {
            "sightbits": lambda: float(ksg([x, y], k=K).mean()),
            "scikit-learn, as called": lambda: float(mutual_info_regression(x, flat_y, n_neighbors=K)[0]),
            "scikit-learn, _compute_mi_cc": lambda: float(_compute_mi_cc(flat_x, flat_y, K)),
            "trees of SciPy": lambda: by_trees_of_scipy(x, y),
            "sightbits, algorithm 2": lambda: float(ksg2([x, y], k=K).mean()),
        },
        "at most 0.5 of scikit-learn",
    )
    for n_columns in (5, 10):
        wide_x, wide_y, _ = draw(10_000, n_columns)
        compare(
            f"KSG, {n_columns} + {n_columns} columns, n = 10,000",
            {
                "sightbits": lambda x=wide_x, y=wide_y: float(ksg([x, y], k=K).mean()),
                "trees of scikit-learn": lambda x=wide_x, y=wide_y: by_trees_of_scikit_learn(x, y),
                "trees of SciPy": lambda x=wide_x, y=wide_y: by_trees_of_scipy(x, y),
            },
            "at most the fastest peer",
        )
    compare(
        "Conditional KSG, 1 + 1 + 1 columns, n = 100,000",
        {
            "sightbits": lambda: float(conditional_ksg(x, y, z, k=K).mean()),
            "trees of SciPy": lambda: by_trees_of_scipy(x, y, z),
        },
        "at most the fastest peer",
    )
    labels = np.digitize(flat_y, np.linspace(-2, 2, 9))
    compare(
        "Ross, 10 labels, n = 100,000",
        {
            "sightbits": lambda: float(ross(labels, x, k=K).mean()),
            "scikit-learn, as called": lambda: float(mutual_info_classif(x, labels, n_neighbors=K)[0]),
            "scikit-learn, _compute_mi_cd": lambda: float(_compute_mi_cd(flat_x, labels, K)),
        },
        "at most 0.5 of scikit-learn",
    )


if __name__ == "__main__":
    main()
