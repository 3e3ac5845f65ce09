"""Filters that are planted: what each is, as far as it can be seen from outside."""

import numpy as np
import pytest

from sightbits.core.checks import InputError
from sightbits.estimation.filters.planted import planted_filters


def explained(first: np.ndarray, targets: np.ndarray) -> float:
    """The share of the variance of targets that is linear in the first."""
    first, targets = first - first.mean(axis=0), targets - targets.mean(axis=0)
    rest = targets - first @ np.linalg.lstsq(first, targets, rcond=None)[0]
    return 1 - (rest**2).sum() / (targets**2).sum()


def test_relevant_filters_follow_the_labels_and_others_are_copies_or_noise() -> None:
    maps, labels = planted_filters(6, n_filters=66, n_samples=2000, seed=1)
    classes = np.eye(10)[labels]
    by_label = np.array([explained(classes, maps[:, i]) for i in range(66)])
    # The patterns of 9 places over 3: a variance of 1/4 a place beside 1, and 9/10 of that as their mean is 0.
    assert by_label[:6].mean() == pytest.approx(0.225 / 1.225, abs=0.03)
    assert by_label[:6].min() > 0.1
    by_relevant = np.array([max(explained(maps[:, j], maps[:, i]) for j in range(6)) for i in range(6, 66)])
    copies = by_relevant > 0.3
    assert 15 <= copies.sum() <= 45
    # Of the variance of a copy 0.49 in 1.7 is its own.
    assert by_relevant[copies] == pytest.approx(1 - 0.49 / (1.225 + 0.49), abs=0.04)
    assert (by_label[6:][~copies] < 0.02).all()
    assert (by_label[6:][copies] > 0.05).all()
    # Turned: no place of a copy follows the same place of a filter as all nine follow all nine.
    alike = [max(explained(maps[:, j, :1], maps[:, i, :1]) for j in range(6)) for i in 6 + np.flatnonzero(copies)]
    assert np.mean(alike) < 0.3
    assert abs(maps[:, :6].mean(axis=0)).max() < 0.1
    mates = [explained(maps[:, i], maps[:, j]) for i in range(6) for j in range(i)]
    assert max(mates) < 0.15


def test_counts_labels_and_the_seed() -> None:
    maps, labels = planted_filters(3, n_filters=5, n_samples=33, seed=4)
    assert (maps.shape, labels.shape) == ((33, 5, 9), (33,))
    assert sorted(np.bincount(labels)) == [3] * 7 + [4] * 3
    again, of_again = planted_filters(3, n_filters=5, n_samples=33, seed=4)
    assert np.array_equal(maps, again)
    assert np.array_equal(labels, of_again)
    assert not np.array_equal(labels, planted_filters(3, n_filters=5, n_samples=33, seed=5)[1])


def test_nothing_planted_is_noise() -> None:
    maps, labels = planted_filters(0, n_filters=8, n_samples=2000)
    for noise in (maps, planted_filters(8, n_filters=8, n_samples=2000, strength=0.0)[0]):
        assert max(explained(np.eye(10)[labels], noise[:, i]) for i in range(8)) < 0.02
        assert noise.std() == pytest.approx(1, abs=0.02)


def test_what_cannot_be_planted_is_refused() -> None:
    for given, message in (
        ({"n_relevant": 9, "n_filters": 8}, "n_relevant: wanted at most n_filters, 8, got 9"),
        ({"n_relevant": -1}, "n_relevant: wanted a whole number at least 0"),
        ({"n_relevant": 1, "n_filters": 0}, "n_filters: wanted a whole number at least 1"),
        ({"n_relevant": 1, "n_samples": 9}, "n_samples: wanted a whole number at least 10"),
        ({"n_relevant": 1, "strength": -1.0}, "strength: wanted a number of at least 0"),
        ({"n_relevant": 1, "seed": -1}, "seed: wanted a whole number at least 0"),
    ):
        with pytest.raises(InputError, match=message):
            planted_filters(**given)
