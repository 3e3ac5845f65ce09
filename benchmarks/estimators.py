"""Estimators of mutual information beside peers: how far from the truth, and how long, on the same samples.

Run with `make bench`. Bits; means over samples drawn anew; CPU time in one process, one thread, kernels warm. Truth is
exact: see `sightbits.datasets.synthetic`.
"""

import os

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[threads] = "1"

import argparse
import statistics
import time
import warnings
from collections.abc import Callable

import ennemi
import npeet_plus
import numpy as np
from sklearn.feature_selection import mutual_info_regression
from sklearn.metrics import mutual_info_score

import sightbits as sb
from sightbits.datasets import synthetic
from sightbits.information.discrete import ESTIMATORS

BIT = float(np.log(2))
TRUTHS = {
    "Gaussian .6": synthetic.gaussian(0.6),
    "Gaussian .9": synthetic.gaussian(0.9),
    "U + N(.1)": synthetic.uniform_plus_noise(),
    "x² + N(.1)": synthetic.parabola(),
    "independent": synthetic.independent(),
}
Run = Callable[[np.ndarray, np.ndarray], float]


def ours(estimator: str, bins: int | str = 30) -> Run:
    """Return one of our estimators, without null and error: as the peers are called."""
    return lambda x, y: float(sb.mutual_information(x, y, estimator=estimator, bins=bins, permutations=0, error="none"))


def contestants() -> dict[str, Run]:
    """Return every estimator by name; k-NN with k = 3, histograms with 30 bins a side unless named otherwise."""
    return {
        **{f"sightbits {name}": ours(name) for name in ("ksg", "ksg2", "gao", "copula")},
        **{f"sightbits {name}": ours(name) for name in ESTIMATORS},
        "sightbits plug_in, hacine_gharbi bins": ours("plug_in", "hacine_gharbi"),
        "scikit-learn mutual_info_score, 30 bins": lambda x, y: (
            mutual_info_score(None, None, contingency=np.histogram2d(x, y, 30)[0]) / BIT
        ),
        "scikit-learn mutual_info_regression": lambda x, y: float(mutual_info_regression(x[:, None], y)[0] / BIT),
        "ennemi estimate_mi": lambda x, y: float(ennemi.estimate_mi(y, x, k=3)[0, 0] / BIT),
        "npeet-plus mi": lambda x, y: float(npeet_plus.mi(x, y, k=3, base=2)),
    }


def measure(run: Run, pair: synthetic.SyntheticPair, n: int, repeats: int) -> tuple[float, float, float]:
    """Return mean, standard deviation (bits) and median CPU seconds of an estimator."""
    values, seconds = [], []
    for seed in range(repeats):
        x, y = pair.sample(n, seed=seed)
        start = time.process_time()
        values.append(run(x, y))
        seconds.append(time.process_time() - start)
    return statistics.mean(values), statistics.stdev(values), statistics.median(seconds)


def table(n: int, repeats: int) -> str:
    """Return the table as Markdown: the error of the mean where it is more than .02 bit stands in plain sight."""
    truths = [f"{name} ({pair.information / BIT:.4f})" for name, pair in TRUTHS.items()]
    lines = [
        f"Mean ± standard deviation over {repeats} samples of n = {n:,}, bits; the truth stands in the head.\n\n",
        f"| | {' | '.join(truths)} | CPU ms |\n",
        f"|---|{'---:|' * (len(truths) + 1)}\n",
    ]
    for name, run in contestants().items():
        run(*TRUTHS["Gaussian .6"].sample(n))  # warms the kernels
        found = [measure(run, pair, n, repeats) for pair in TRUTHS.values()]
        cells = [f"{mean:.3f} ± {spread:.3f}" for mean, spread, _ in found]
        seconds = statistics.median(one[2] for one in found)
        lines.append(f"| {name} | {' | '.join(cells)} | {1000 * seconds:.2f} |\n")
    return "".join(lines)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=1000)
    parser.add_argument("--repeats", type=int, default=20)
    arguments = parser.parse_args()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        print(table(arguments.n, arguments.repeats))


if __name__ == "__main__":
    main()
