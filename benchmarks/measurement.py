"""Measuring pixel by pixel: process time, one thread, kernels warm, ratios in one run.

Run with `make bench`. The last part uses all processors, and wall time, since that is what a user waits for.
"""

import os

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[threads] = "1"

import statistics
import time
from collections.abc import Callable

import numpy as np
from rich.table import Table
from sklearn.tree import DecisionTreeClassifier

import sightbits as sb
from markdown_console import Console
from sightbits.measurement.beliefs.templates.level_tree import grow_tree

ROUNDS = 5
N_PEER_IMAGES = 20
BUDGET = 30
N_WINDOWS = 300_000


def seconds_of(run: Callable[[], object], rounds: int = ROUNDS) -> float:
    """Return the median process time of several rounds, the kernels warm."""
    run()
    taken = []
    for _ in range(rounds):
        start = time.process_time()
        run()
        taken.append(time.process_time() - start)
    return statistics.median(taken)


def count_by_matrix_product(bright: np.ndarray, one_hot: np.ndarray) -> np.ndarray:
    """Count (bright, label) of every pixel as a NumPy user would."""
    return one_hot.T @ bright


def path_by_numpy(bright: np.ndarray, one_hot: np.ndarray, image: np.ndarray, n_steps: int) -> list[int]:
    """Measure one image by the exact counts, each step a matrix product over the images that agree."""
    agree, path = np.arange(len(bright)), []
    for _ in range(n_steps):
        both = one_hot[agree].T @ bright[agree]
        of_label = one_hot[agree].sum(axis=0)[:, np.newaxis]
        entropy = sum(conditional(cells) for cells in (both, of_label - both)) / len(agree)
        entropy[path] = np.inf
        path.append(int(entropy.argmin()))
        agree = agree[bright[agree, path[-1]] == image[path[-1]]]
        if not len(agree) or one_hot[agree].any(axis=0).sum() == 1:
            break
    return path


def conditional(cells: np.ndarray) -> np.ndarray:
    """Return n H(label) of each column of counts, in nats."""
    cells = cells.astype(np.float64)
    total = cells.sum(axis=0)
    return xlogx(total) - xlogx(cells).sum(axis=0)


def windows(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return windows of 5 x 5 pixels at random places, and the level (of 4) of the pixel to the right of each."""
    rng = np.random.default_rng(0)
    cut = np.lib.stride_tricks.sliding_window_view(images, (5, 6), axis=(1, 2))
    found = cut[tuple(rng.integers(n, size=N_WINDOWS) for n in cut.shape[:3])]
    return found[:, :, :5].reshape(N_WINDOWS, -1).astype(np.float32), found[:, 2, 5] // 64


def xlogx(x: np.ndarray) -> np.ndarray:
    return np.where(x > 0, x * np.log(np.where(x > 0, x, 1)), 0)


def main() -> None:
    train, test = sb.split_dataset(sb.load_dataset("mnist"), seed=0)
    bright = (train.values >= 128).astype(np.float32)
    one_hot = np.eye(10, dtype=np.float32)[train.labels]
    table = Table("work", "peer", "peer, s", "sightbits, s", "ratio")

    belief = sb.ExactBelief().fit(train)
    belief.joint([belief.start()])  # packs the bits

    def first_step() -> None:
        belief.planes.count()

    peer, ours = seconds_of(lambda: count_by_matrix_product(bright, one_hot)), seconds_of(first_step, 50)
    table.add_row("first table, 784 x 10 x 60,000", "NumPy GEMM", f"{peer:.4f}", f"{ours:.6f}", f"1/{peer / ours:.0f}")

    measurer = sb.Measurer(belief="exact", stop=sb.Determined()).fit(train)
    held_out = (test.values[:: len(test.values) // N_PEER_IMAGES] >= 128)[:N_PEER_IMAGES]
    start = time.process_time()
    for image in held_out:
        path_by_numpy(bright, one_hot, image, BUDGET)
    peer = (time.process_time() - start) * test.n_images / len(held_out)
    ours = seconds_of(lambda: measurer.simulate(test, n_jobs=1), 3)
    table.add_row(
        "exact paths of 10,000 images, to one label", f"NumPy, from {N_PEER_IMAGES} images", f"{peer:.0f}",
        f"{ours:.2f}", f"1/{peer / ours:.0f}",
    )  # fmt: skip
    values, levels = windows(train.images)
    chosen = DecisionTreeClassifier(criterion="entropy", max_leaf_nodes=256, min_samples_leaf=150, random_state=0)
    peer = seconds_of(lambda: chosen.fit(values, levels), 1)
    ours = seconds_of(lambda: grow_tree(values, levels, n_levels=4, most_leaves=256, least_in_leaf=150), 3)
    table.add_row(
        f"tree of 256 leaves, {len(values):,} x {values.shape[1]} grey values", "scikit-learn", f"{peer:.1f}",
        f"{ours:.2f}", f"1/{peer / ours:.0f}",
    )  # fmt: skip
    Console().print(table)

    start = time.perf_counter()
    measurer = sb.Measurer(belief="mixture", stop=sb.PixelBudget(BUDGET)).fit(train)
    fitted = time.perf_counter() - start
    slowest = max(step_seconds(measurer, image) for image in test.images[:: test.n_images // 20])
    start, used = time.perf_counter(), time.process_time()
    found = measurer.simulate(test)
    taken, used = time.perf_counter() - start, time.process_time() - used
    accuracy = ", ".join(f"{100 * found.accuracy[k]:.1f} % at {k}" for k in (5, 10, 15, 20, 30))
    Console().print(
        f"mixture belief: fitted to 60,000 images in {fitted:.0f} s; a step of a session takes at most "
        f"{1000 * slowest:.1f} ms; 10,000 images to {BUDGET} pixels in {taken:.0f} s ({used:.0f} s of processor time, "
        f"{os.cpu_count()} processors): {accuracy}."
    )


def step_seconds(measurer: sb.Measurer, image: np.ndarray) -> float:
    """Return the slowest step (next pixel and its reading taken in) of a session, warm, in wall time."""
    slowest = 0.0
    for warm in (False, True):
        session = measurer.start()
        while not session.done:
            start = time.perf_counter()
            position = session.next()
            session.observe(position, image[position])
            if warm:
                slowest = max(slowest, time.perf_counter() - start)
    return slowest


if __name__ == "__main__":
    main()
