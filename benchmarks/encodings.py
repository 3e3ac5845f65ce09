"""The study of encodings: process time, one thread, ratios in one run; the whole study in wall time.

Run with `make bench`. The last part uses all processors, and wall time, since that is what a user waits for.
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
from sklearn.linear_model import SGDClassifier

import sightbits as sb
from markdown_console import Console
from sightbits.networks.batches import draw_batches
from sightbits.networks.softmax import SoftmaxBank

ROUNDS = 5
N_UPDATES, BATCH, RATE = 1000, 100, 0.5
RATES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)


def seconds_of(run: Callable[[], object]) -> float:
    """Return the median process time of several rounds."""
    run()
    taken = []
    for _ in range(ROUNDS):
        start = time.process_time()
        run()
        taken.append(time.process_time() - start)
    return statistics.median(taken)


def main() -> None:
    torch.set_num_threads(1)
    dataset = sb.load_dataset("mnist")
    train, _ = sb.split_dataset(dataset, seed=0)
    values, labels = (train.values / np.float32(255)).astype(np.float32), train.labels
    batches = draw_batches(len(values), batch=BATCH, n_updates=N_UPDATES, seed=0)

    def ours(rates: tuple[float, ...]) -> SoftmaxBank:
        bank = SoftmaxBank(n_pixels=values.shape[1], n_labels=10, rates=rates)
        for batch in batches:
            bank.learn(values[batch], labels[batch])
        return bank

    def by_torch() -> torch.nn.Linear:
        layer = torch.nn.Linear(values.shape[1], 10)
        torch.nn.init.zeros_(layer.weight)
        torch.nn.init.zeros_(layer.bias)
        optimiser = torch.optim.SGD(layer.parameters(), lr=RATE)
        for batch in batches:
            loss = torch.nn.functional.cross_entropy(
                layer(torch.from_numpy(values[batch])), torch.from_numpy(labels[batch])
            )
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        return layer

    def by_scikit_learn() -> SGDClassifier:
        """One label against the others, image by image: another model, the nearest there is."""
        classifier = SGDClassifier(loss="log_loss", learning_rate="constant", eta0=RATE / BATCH, alpha=0.0)
        for batch in batches:
            classifier.partial_fit(values[batch], labels[batch], classes=np.arange(10))
        return classifier

    weights = by_torch().weight.detach().numpy()
    difference = np.abs(ours((RATE,)).pixel_weights()[0] - weights).max()
    one, ten = seconds_of(lambda: ours((RATE,))), seconds_of(lambda: ours(RATES))
    table = Table("work", "peer", "peer, s", "sightbits, s", "ratio")
    for work, name, peer, own in (
        (f"{N_UPDATES} updates of {BATCH} images", "torch", seconds_of(by_torch), one),
        (f"{N_UPDATES} updates of {BATCH} images", "SGDClassifier", seconds_of(by_scikit_learn), one),
        (f"the same at {len(RATES)} rates", "one by one", len(RATES) * one, ten),
    ):
        table.add_row(work, name, f"{peer:.3f}", f"{own:.3f}", f"{own / peer:.2f}")
    console = Console()
    console.print(table)
    console.print(f"Largest difference of any weight from torch's: {difference:.1g}.")

    began, used = time.perf_counter(), time.process_time()
    found = sb.compare_encodings(dataset, encodings=["identity", "inverted"])
    wall, process = time.perf_counter() - began, time.process_time() - used
    told = ", ".join(
        f"{name} {curves.main.mean_accuracy:.4f} +- {curves.main.mean_accuracy_std:.4f}"
        for name, curves in found.curves["softmax"].items()
    )
    console.print(
        f"The study of MNIST, softmax, identity and inverted, 10 seeds, sweep of {len(RATES)} rates, spectra, "
        f"information and folds: {wall:.0f} s ({process:.0f} s of processor time, {os.cpu_count()} processors): {told}."
    )


if __name__ == "__main__":
    main()
