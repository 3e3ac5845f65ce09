"""The series of the source, and what its own code makes of a pair of series."""

import numpy as np
from jaxtyping import Float
from sklearn.metrics import mutual_info_score

from sightbits.datasets.synthetic import SyntheticPair, uniform_plus_noise
from sightbits.estimation.dependence import mutual_information

Series = Float[np.ndarray, "n"]

N = 1000
BINS = 30
NOISY = uniform_plus_noise(0.1)


def draw(pair: SyntheticPair, seed: int, n: int = N) -> tuple[Series, Series]:
    """Return n pairs of numbers as two series."""
    x, y = pair.sample(n, seed)
    return x.reshape(n), y.reshape(n)


def unrelated(seed: int, n: int = N) -> tuple[Series, Series]:
    """Return series of the source's two distributions that have nothing to do with each other."""
    x, _ = draw(NOISY, 2 * seed, n)
    _, y = draw(NOISY, 2 * seed + 1, n)
    return x, y


def shuffled(x: Series, y: Series, seed: int) -> tuple[Series, Series]:
    """Return the same series with the second in random order."""
    return x, np.random.default_rng([seed, 1]).permutation(y)


def histogram(x: Series, y: Series) -> Float[np.ndarray, "rows columns"]:
    """Return the counts of the source: 30 bins of equal width on each axis."""
    return np.histogram2d(x, y, BINS)[0]


def information_of_source(x: Series, y: Series) -> float:
    """Return what the code of the source prints, in bits."""
    return float(mutual_info_score(None, None, contingency=histogram(x, y)) / np.log(2))


def estimated(x: Series, y: Series, estimator: str) -> float:
    """Return the information by another estimator, in bits; where it counts, in the bins of the source."""
    return float(mutual_information(x, y, estimator=estimator, bins=BINS, permutations=0, error="none"))
