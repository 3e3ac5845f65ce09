"""Pairs of pixels against scikit-learn's counts, cell by cell, and against chance."""

import json

import numpy as np
import pytest
from sklearn.metrics import mutual_info_score

import sightbits as sb
from sightbits.core.counts import LabelledLevels
from sightbits.core.progress import silent
from sightbits.datasets.splitting import split_dataset
from sightbits.estimation.pixel_pairs import PixelPairs
from sightbits.selection.rankers import ranker_code
from sightbits.studies.pixel_audit import redundancy
from sightbits.studies.pixel_audit.redundancy import map_redundancy

QUICK = {"classifier": "naive_bayes", "permutations": 0, "resamples": 0, "n_pixels": [1, 3]}


@pytest.fixture(scope="module")
def digits():
    return sb.load_dataset("digits").take(slice(900))


@pytest.fixture(scope="module", params=[None, 3, 6])
def audit(request, digits):
    return sb.audit_pixels(digits, estimator="plug_in", levels=request.param, **QUICK)


def plain_pairs(data, chosen, n_levels):
    """Return what each pixel shares with one, and what it adds to it, in nats."""
    train, _ = split_dataset(data, 0)
    levels = train.values.astype(int) * n_levels // 17
    groups = [levels[:, chosen] == level for level in range(n_levels)]
    shared = [mutual_info_score(levels[:, chosen], column) for column in levels.T]
    given = [
        sum(group.mean() * mutual_info_score(train.labels[group], column[group]) for group in groups if group.any())
        for column in levels.T
    ]
    alone = [mutual_info_score(train.labels, column) for column in levels.T]
    return np.array(shared), np.array(given), np.array(alone)


def test_maps_equal_plain_counts(audit, digits):
    pairs = audit.redundancy
    assert pairs.n_levels == (audit.settings.levels or 3)
    for pixel in pairs.references[[0, 17]]:
        beside = pairs.beside(int(pixel))
        shared, given, alone = plain_pairs(digits, pixel, pairs.n_levels)
        np.testing.assert_allclose(beside.shared, shared, atol=1e-6)
        np.testing.assert_allclose(beside.given, given, atol=1e-6)
        np.testing.assert_allclose(beside.alone, alone, atol=1e-12)
        np.testing.assert_allclose(beside.interaction, given - alone, atol=1e-6)


def test_both_pixels_of_a_pair_say_the_same_of_it(audit):
    pairs = audit.redundancy
    for part in (pairs.shared, pairs.interaction):
        square = part[:, pairs.references]
        np.testing.assert_allclose(square, square.T, atol=1e-6)


def test_a_pixel_shares_all_with_itself_and_adds_nothing(audit):
    pairs = audit.redundancy
    for i, pixel in enumerate(pairs.references):
        assert pairs.shared[i, pixel] == pairs.shared[i].max()
        assert pairs.interaction[i, pixel] == pytest.approx(-pairs.alone[pixel], abs=1e-6)


def test_only_a_reference_has_maps(audit):
    pairs = audit.redundancy
    assert set(pairs.references) < set(range(64))
    for pixel in range(64):
        assert (pairs.beside(pixel) is None) == (pixel not in pairs.references)
    assert pairs.beside(0) is None
    assert pairs.beside(64) is None


def test_references_are_the_pixels_that_vary_in_the_order_of_the_ranking(audit, digits):
    train, _ = split_dataset(digits, 0)
    levels = train.values.astype(int) * audit.redundancy.n_levels // 17
    expected = [pixel for pixel in audit.ranking if len(np.unique(levels[:, pixel])) > 1]
    assert audit.redundancy.references.tolist() == expected


@pytest.mark.parametrize(("most", "n"), [(64 * 5 + 63, 5), (1, 1)])
def test_references_are_as_many_as_a_page_can_carry(digits, monkeypatch, most, n):
    monkeypatch.setattr(redundancy, "_MOST_PAIRS", most)
    audit = sb.audit_pixels(digits, ranker="jmi", **QUICK)
    assert audit.redundancy.references.tolist() == audit.ranking[:n].tolist()
    assert audit.redundancy.shared.shape == audit.redundancy.interaction.shape == (n, 64)


def test_a_pixel_that_never_changes_shares_and_adds_nothing(audit):
    assert audit.constant_pixels[0] == (0, 0)
    np.testing.assert_allclose(audit.redundancy.shared[:, 0], 0, atol=1e-7)
    np.testing.assert_allclose(audit.redundancy.interaction[:, 0], 0, atol=1e-7)


@pytest.mark.parametrize("unit", ["bit", "nat", "ban"])
def test_document_has_the_maps_of_the_first_pixel_in_its_unit(digits, unit):
    audit = sb.audit_pixels(digits, unit=unit, ranker="jmi", **QUICK)
    document = json.loads(audit.to_json())["redundancy"]
    assert list(document) == [
        "levels", "estimator", "pixel", "mutual_information", "conditional_mutual_information",
        "interaction_information", "chance",
    ]  # fmt: skip
    assert document["pixel"] == list(audit.best_pixel)
    assert (document["levels"], document["estimator"]) == (3, "grassberger")
    beside = audit.redundancy.beside(int(audit.ranking[0]))
    nats = {"bit": np.log(2), "nat": 1, "ban": np.log(10)}[unit]
    for name, expected in (
        ("mutual_information", beside.shared),
        ("conditional_mutual_information", beside.given),
        ("interaction_information", beside.interaction),
    ):
        assert np.shape(document[name]) == (8, 8)
        np.testing.assert_allclose(np.ravel(document[name]) * nats, expected, atol=1e-9)
    np.testing.assert_allclose(np.array(document["chance"]) * nats, audit.redundancy.chance)


def test_twins_are_redundant_and_parity_is_synergistic():
    rng = np.random.default_rng(0)
    bits = rng.integers(0, 2, size=(400, 2, 3)).astype(np.uint8)
    bits[:, 0, 1] = bits[:, 0, 0]
    labels = bits[:, 0, 0] + 2 * (bits[:, 1, 0] ^ bits[:, 1, 1])
    audit = sb.audit_pixels(bits, labels, unit="bit", estimator="plug_in", **QUICK)
    left, twin, first, second = 0, 1, 3, 4
    bit = np.log(2)
    beside = audit.redundancy.beside(left)
    assert beside.shared[twin] / bit == pytest.approx(1, abs=0.01)
    assert beside.given[twin] == pytest.approx(0, abs=1e-6)
    assert beside.interaction[twin] / bit == pytest.approx(-1, abs=0.02)
    together = audit.redundancy.beside(first)
    assert together.shared[second] / bit == pytest.approx(0, abs=0.03)
    assert together.given[second] / bit == pytest.approx(1, abs=0.03)
    assert together.interaction[second] / bit == pytest.approx(1, abs=0.03)


@pytest.mark.parametrize("estimator", ["plug_in", "grassberger", "miller_madow", "jackknife"])
@pytest.mark.parametrize("n_levels", [2, 4])
def test_nineteen_of_twenty_independent_pixels_stay_below_chance(make_dataset, estimator, n_levels):
    rng = np.random.default_rng(5)
    labels = np.arange(1500) % 3
    images = rng.integers(0, n_levels, size=(1500, 16, 10)).astype(np.uint8)
    train = make_dataset(images, labels, value_range=(0.0, n_levels - 1.0))
    settings = sb.AuditSettings(estimator=estimator, levels=n_levels)
    found = map_redundancy(train, settings, np.arange(160), silent)
    others = ~np.eye(160, dtype=bool)
    given = found.alone + found.interaction
    for values, chance in ((found.shared, found.chance[0]), (given, found.chance[1])):
        assert np.mean(values[others] < chance) == pytest.approx(0.95, abs=0.025)


def test_colour_channels_are_pixels_of_their_own(digits):
    images = digits.images[:, 2:6, 2:6]
    data = sb.dataset_from_arrays(np.stack([images, 16 - images], axis=-1), digits.labels, channels="last")
    audit = sb.audit_pixels(data, rankers=["jmi"], levels=17, estimator="plug_in", **QUICK)
    best = int(audit.ranking[0])
    beside = audit.redundancy.beside(best)
    twin = best + 1 - 2 * (best % 2)
    assert beside.shared[twin] == pytest.approx(beside.shared[best])
    assert beside.given[twin] == pytest.approx(0, abs=1e-6)
    assert np.shape(audit.to_dict()["redundancy"]["mutual_information"]) == (4, 4, 2)


def test_every_level_is_kept_where_there_are_few():
    images = np.arange(240, dtype=np.uint8).reshape(60, 2, 2) % 2
    audit = sb.audit_pixels(images, np.arange(60) % 2, **{**QUICK, "n_pixels": [1]})
    assert audit.redundancy.n_levels == 2


def test_pairs_are_those_of_the_training_images(digits):
    one, other = (sb.audit_pixels(digits, split=split, **QUICK).redundancy for split in ("train", "all"))
    np.testing.assert_array_equal(one.shared, other.shared)
    train, _ = split_dataset(digits, 0)
    audit = sb.audit_pixels(digits, levels=2, **QUICK)
    code = ranker_code("jmi", train, 2).n_levels
    assert code == 2
    pairs = PixelPairs(LabelledLevels.of(train, audit.maps.code), "grassberger")
    pixel = int(audit.redundancy.references[3])
    np.testing.assert_allclose(audit.redundancy.beside(pixel).shared, pairs.beside(pixel).shared, atol=1e-6)
