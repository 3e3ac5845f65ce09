import numpy as np
import pytest
from sklearn.feature_selection import mutual_info_classif

from sightbits.core.estimate import Estimate
from sightbits.core.progress import Progress, silent
from sightbits.selection.neighbours import estimate_knn_information

LABELS = np.random.default_rng(0).integers(3, size=60)
VALUES = np.random.default_rng(1).integers(16, size=(60, 4)) + np.outer(LABELS, [0, 9, 0, 3])


def estimate(n_permutations: int, *, seed: int = 2, n_jobs: int = 1, progress: Progress = silent) -> Estimate:
    return estimate_knn_information(
        VALUES, LABELS, n_permutations=n_permutations, seed=seed, n_jobs=n_jobs, progress=progress
    )


def test_value_is_that_of_scikit_learn() -> None:
    found = estimate(0)
    np.testing.assert_array_equal(found.value, mutual_info_classif(VALUES, LABELS, random_state=2))
    assert (found.estimator, found.n_samples, found.null) == ("knn", 60, "none")


def test_null_is_the_same_under_shuffled_labels() -> None:
    found = estimate(4)
    draws = np.array(
        [
            mutual_info_classif(VALUES, np.random.default_rng([2, i]).permutation(LABELS), random_state=2)
            for i in range(4)
        ]
    )
    np.testing.assert_allclose(found.null_mean, draws.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(found.null_std, draws.std(axis=0, ddof=1), rtol=1e-12)
    np.testing.assert_array_equal(found.p_value, ((draws >= found.value).sum(axis=0) + 1) / 5)
    assert found.null == "permutation"


def test_a_pixel_that_follows_the_label_stands_out() -> None:
    found = estimate(9)
    assert found.p_value[1] == 0.1
    assert found.excess[1] > 0.3


def test_jobs_do_not_change_the_figures() -> None:
    one, two = estimate(3), estimate(3, n_jobs=2)
    for name in ("value", "null_mean", "null_std", "p_value"):
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name))


@pytest.mark.parametrize("n_permutations", [0, 3])
def test_progress_counts_permutations(n_permutations: int) -> None:
    steps: list[tuple[str, int, int]] = []
    estimate(n_permutations, progress=lambda *step: steps.append(step))
    assert steps == [("permutations", i + 1, n_permutations) for i in range(n_permutations)]
