"""Maps and labels that cannot be used, and those that can."""

import numpy as np
import pytest

from sightbits.core.checks import InputError
from sightbits.estimation.filters import cmi_permutation, rank_filters, select_filters
from sightbits.estimation.filters.given import given_labels, given_maps

MAPS = np.random.default_rng(0).normal(size=(40, 3, 2))
LABELS = np.arange(40) % 2


@pytest.mark.parametrize("choose", [select_filters, rank_filters, cmi_permutation])
def test_every_rule_refuses_what_it_cannot_use(choose: object) -> None:
    broken = MAPS.copy()
    broken[3, 1, 0] = np.inf
    cases = [
        (broken, LABELS, "maps: wanted finite numbers"),
        (MAPS * 1e101, LABELS, "maps: wanted values up to 1e"),
        (-np.abs(MAPS) * 1e101, LABELS, "maps: wanted values up to 1e"),
        (MAPS[:1], LABELS[:1], "maps: wanted two samples or more"),
        (MAPS[:, 0, 0], LABELS, "maps: wanted 2 axes or more"),
        (MAPS.astype(str), LABELS, "maps: wanted real numbers"),
        ([[1.0], [1.0, 2.0]], LABELS[:2], "maps: wanted an array"),
        (MAPS, LABELS[1:], r"labels: wanted one label a sample, \(40,\), got \(39,\)"),
        (MAPS, LABELS[:, None], "labels: wanted one label a sample"),
        (MAPS, np.zeros(40), "labels: wanted two classes or more, got 1"),
        (MAPS, np.where(LABELS, np.nan, 1.0), "labels: wanted labels, got NaN"),
        (MAPS, np.array([1, "a"] * 20, dtype=object), "labels: wanted labels of one kind"),
        (MAPS, [[1], [1, 2]], "labels: wanted an array"),
    ]
    for maps, labels, message in cases:
        with pytest.raises(InputError, match=message):
            choose(maps, labels)
    with pytest.raises(InputError, match="seed: wanted a whole number at least 0"):
        choose(MAPS, LABELS, seed=-1)


def test_labels_become_places_and_maps_lose_their_axes() -> None:
    assert given_labels(np.array(["b", "a", "b"]), 3).tolist() == [1, 0, 1]
    assert given_labels([7, -2, 30], 3).tolist() == [1, 0, 2]
    maps = np.arange(24).reshape(2, 3, 2, 2)
    assert given_maps(maps).tolist() == maps.reshape(2, 3, 4).astype(float).tolist()
    assert given_maps(maps[:, :, 0, 0]).shape == (2, 3, 1)
    assert given_maps(maps.astype(np.float32)).dtype == np.float32
