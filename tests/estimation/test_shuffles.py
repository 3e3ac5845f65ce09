import numpy as np

from sightbits.estimation.shuffles import shuffled, shuffled_within
from sightbits.estimation.variables import as_variables


def sample_of(**arrays):
    return {variable.name: variable for variable in as_variables(arrays)}


def test_a_shuffle_moves_only_what_it_names_and_loses_nothing():
    sample = sample_of(x=np.arange(30) / 7, y=np.arange(30) / 3, z=np.arange(30) / 9)
    moved = shuffled("y", "z")(sample, np.random.default_rng(0))
    assert moved["x"] is sample["x"]
    for name in "yz":
        assert not np.array_equal(moved[name].points, sample[name].points)
        np.testing.assert_array_equal(np.sort(moved[name].points, axis=0), sample[name].points)
    assert not np.array_equal(moved["y"].points * 3, moved["z"].points * 9)


def test_within_groups_every_order_is_as_likely():
    sample = sample_of(x=np.arange(6) / 7, z=np.array([0, 1, 0, 1, 0, 1]))
    shuffle = shuffled_within("x", sample["z"])
    seen = {}
    for i in range(3600):
        values = np.rint(shuffle(sample, np.random.default_rng(i))["x"].points[:, 0] * 7).astype(int)
        assert sorted(values[::2]) == [0, 2, 4]
        seen[tuple(values)] = seen.get(tuple(values), 0) + 1
    assert len(seen) == 36
    assert min(seen.values()) > 60
    assert max(seen.values()) < 145


def test_near_a_continuous_value_only_neighbours_change_places():
    z = np.arange(200) / 10 + 0.01
    sample = sample_of(x=np.arange(200) / 7, z=z)
    moved = shuffled_within("x", sample["z"])(sample, np.random.default_rng(0))
    places = np.rint(moved["x"].points[:, 0] * 7).astype(int)
    assert np.abs(places - np.arange(200)).max() <= 4
    assert (places != np.arange(200)).mean() > 0.5
    assert len(np.unique(places)) > 150


def test_fewer_samples_than_neighbours():
    sample = sample_of(x=np.array([0.5, 1.5]), z=np.array([0.1, 0.2]))
    moved = shuffled_within("x", sample["z"])(sample, np.random.default_rng(0))
    assert set(moved["x"].points[:, 0]) <= {0.5, 1.5}
