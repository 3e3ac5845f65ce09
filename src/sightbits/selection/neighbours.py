"""The k-nearest-neighbour map of scikit-learn with a null beside it: for comparison with figures made by others."""

import numpy as np
from jaxtyping import Float, Int64, Shaped
from joblib import Parallel, delayed
from sklearn.feature_selection import mutual_info_classif

from sightbits.core.estimate import Estimate
from sightbits.core.progress import Progress
from sightbits.estimation.null import estimate_beside_draws, information_ceiling, shuffle_labels


def estimate_knn_information(
    values: Shaped[np.ndarray, "n_images pixels"],
    labels: Int64[np.ndarray, "n_images"],
    *,
    n_permutations: int,
    seed: int,
    n_jobs: int,
    progress: Progress,
) -> Estimate:
    """Return scikit-learn's I(pixel; label) in nats, beside the same under shuffled labels.

    Notes
    -----
    Cost: each permutation is a whole map of its own.

    Source: B. C. Ross, Mutual information between discrete and continuous data sets, PLoS ONE 9, 2014,
    e87357.
    """
    draws = np.empty((n_permutations, values.shape[1]))
    runs = Parallel(n_jobs=n_jobs, return_as="generator")(
        delayed(_estimate)(values, shuffle_labels(labels, seed, i), seed) for i in range(n_permutations)
    )
    for i, draw in enumerate(runs):
        draws[i] = draw
        progress("permutations", i + 1, n_permutations)
    return estimate_beside_draws(
        _estimate(values, labels, seed),
        draws,
        estimator="knn",
        n_samples=len(labels),
        ceiling=information_ceiling(labels),
    )


def _estimate(
    values: Shaped[np.ndarray, "n_images pixels"], labels: Int64[np.ndarray, "n_images"], seed: int
) -> Float[np.ndarray, "pixels"]:
    return np.asarray(mutual_info_classif(values, labels, random_state=seed))
