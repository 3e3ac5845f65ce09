"""The repaired rule: what it finds, what must not change it, how often chance is taken for a filter, where it stops."""

from math import log

import numpy as np
import pytest
from scipy.stats import kstest

from sightbits.core.checks import InputError
from sightbits.core.units import Unit
from sightbits.estimation.filters import FilterSelection, rank_filters, select_filters
from sightbits.estimation.filters.planted import planted_filters
from sightbits.estimation.filters.residuals import Residuals

close = pytest.approx


def draw(seed: int = 0, n: int = 240) -> tuple[np.ndarray, np.ndarray]:
    return planted_filters(4, n_filters=12, n_samples=n, seed=seed, strength=2.5)


def same(first: FilterSelection, second: FilterSelection) -> bool:
    return first.chosen == second.chosen and [step.p_value for step in first.steps] == [
        step.p_value for step in second.steps
    ]


@pytest.mark.parametrize("n_relevant", [0, 3, 7, 12])
def test_as_many_are_found_as_were_planted(n_relevant: int) -> None:
    maps, labels = planted_filters(n_relevant, n_filters=40, n_samples=400, seed=n_relevant)
    found = select_filters(maps, labels)
    assert abs(found.n_filters - n_relevant) <= 1
    assert sum(t < n_relevant for t in found.chosen) >= n_relevant - 1
    assert found.stopped_by == "test"


def test_each_step_is_the_largest_beside_the_largest_of_chance() -> None:
    maps, labels = draw()
    found = select_filters(maps, labels, permutations=39, seed=5)
    again = Residuals(maps, labels, components=8, rng=np.random.default_rng([5, 0]))
    for i, step in enumerate(found.steps):
        rng = np.random.default_rng([5, 1 + i])
        orders = [np.arange(again.n_rows), *(rng.permutation(again.n_rows) for _ in range(39))]
        told = again.tell(np.array(orders))
        place = int(told[0].argmax())
        draws = [float(max(row)) for row in told[1:]]
        assert step.filter == again.left[place]
        assert step.information == close(told[0, place])
        assert step.p_value == (1 + sum(value >= told[0, place] - 1e-12 for value in draws)) / 40
        assert step.accepted == (step.p_value <= 0.05)
        assert step.null_mean == close(np.mean(draws))
        assert step.null_std == close(np.std(draws, ddof=1))
        assert step.tie_share is None
        again.take(place)
    assert [step.accepted for step in found.steps] == [True] * found.n_filters + [False]
    assert found.chosen == tuple(step.filter for step in found.steps[:-1])
    assert (found.method, found.stopped_by) == ("partial_permutation", "test")
    assert (found.n_samples, found.permutations, found.significance) == (240, 39, 0.05)


def test_chance_is_called_a_filter_as_often_as_was_asked() -> None:
    """Of 16 filters of noise the best is looked for: were it held against its own null, half the runs would call it."""
    p_values = []
    for seed in range(200):
        rng = np.random.default_rng(seed)
        found = select_filters(
            rng.normal(size=(40, 16, 1)), rng.integers(0, 3, 40), permutations=19, most=1, significance=0.1, seed=seed
        )
        p_values.append(found.steps[0].p_value)
        assert found.n_filters == (p_values[-1] <= 0.1)
    # p has 20 equally likely values.
    assert kstest(np.array(p_values) - np.random.default_rng(0).random(200) / 20, "uniform").pvalue > 0.01
    assert 8 <= sum(p <= 0.1 for p in p_values) <= 34  # of 20, with a spread of 4.2


def test_chance_is_called_a_filter_as_often_where_filters_repeat_a_chosen_one() -> None:
    p_values = []
    for seed in range(200):
        rng = np.random.default_rng(seed)
        labels = rng.integers(0, 3, 40)
        relevant = rng.normal(size=40) + 4 * (labels == 0)
        maps = np.stack([relevant, *(relevant + rng.normal(size=(6, 40)))], axis=1)[:, :, np.newaxis]
        found = select_filters(maps, labels, permutations=19, most=2, significance=0.1, seed=seed)
        if found.chosen[:1] == (0,):
            p_values.append(found.steps[1].p_value)
    assert len(p_values) > 190
    assert kstest(np.array(p_values) - np.random.default_rng(0).random(len(p_values)) / 20, "uniform").pvalue > 0.01


def test_scale_shift_and_turns_of_maps_play_no_part() -> None:
    maps, labels = draw()
    maps = maps[:, :, :6]
    found = select_filters(maps, labels, seed=2)
    assert found.n_filters > 1
    rng = np.random.default_rng(1)
    scales = 10.0 ** rng.uniform(-30, 30, size=(12, 1))
    turns = np.linalg.qr(rng.normal(size=(12, 6, 6)))[0]
    for changed in (scales * maps, maps + 10 * rng.normal(size=(12, 6)), np.einsum("nfp,fpq->nfq", maps, turns)):
        assert same(select_filters(changed, labels, seed=2), found)
        assert rank_filters(changed, labels).tolist() == rank_filters(maps, labels).tolist()
    as_images = maps.reshape(240, 12, 2, 3)
    assert same(select_filters(as_images, labels, seed=2), found)


def test_names_of_labels_and_places_of_filters_play_no_part() -> None:
    maps, labels = draw()
    found = select_filters(maps, labels, seed=3)
    names = np.array(list("jihgfedcba"))
    order = np.random.default_rng(0).permutation(12)
    assert same(select_filters(maps, names[labels], seed=3), found)
    turned = select_filters(maps[:, order], labels, seed=3)
    assert tuple(order[list(turned.chosen)]) == found.chosen
    assert [step.p_value for step in turned.steps] == [step.p_value for step in found.steps]


def test_the_seed_fixes_all_that_is_drawn() -> None:
    maps, labels = draw()
    first, again, other = (select_filters(maps, labels, seed=seed) for seed in (1, 1, 2))
    assert same(first, again)
    assert first.steps[0].null_mean == again.steps[0].null_mean != other.steps[0].null_mean
    assert first.steps[0].information == close(other.steps[0].information, abs=1e-9)


def test_copies_and_filters_that_do_not_move_are_never_chosen() -> None:
    maps, labels = draw()
    relevant = maps[:, :2]
    turn = np.linalg.qr(np.random.default_rng(0).normal(size=(9, 9)))[0]
    still = np.full_like(relevant, 0.1)
    # As many components as places: else a copy is a copy in those kept only.
    found = select_filters(
        np.concatenate([still, relevant, 5 * relevant @ turn + 1], axis=1), labels, components=9, significance=0.5
    )
    assert sorted(found.chosen[:2]) == [2, 3]
    assert found.n_filters == 2
    assert found.steps[-1].p_value == 1
    assert found.steps[-1].information == 0


def test_where_the_choice_ends() -> None:
    maps, labels = draw()
    asked = {"significance": 0.999, "permutations": 1}  # of one permutation p is 1/2 or 1
    relevant = maps[:, :4]
    every = select_filters(relevant, labels, **asked)
    assert (sorted(every.chosen), every.stopped_by) == ([0, 1, 2, 3], "filters")
    assert select_filters(relevant, labels, most=4, **asked).stopped_by == "filters"
    some = select_filters(relevant, labels, most=3, **asked)
    assert (some.chosen, some.stopped_by) == (every.chosen[:3], "most")
    exact = planted_filters(6, n_filters=6, n_samples=57, seed=0, strength=20.0)
    found = select_filters(*exact, permutations=19)  # 56, 48, 40, 32 and no more
    assert (found.n_filters, found.stopped_by, len(found.steps)) == (4, "samples", 4)
    assert select_filters(exact[0][:-1], exact[1][:-1], permutations=19).n_filters == 3


def test_ties_count_against() -> None:
    """Labels that are known for certain leave nothing: every permutation gives the same."""
    labels = np.arange(60) % 3
    certain = np.eye(3)[labels][:, np.newaxis]
    noise = np.random.default_rng(0).normal(size=(60, 4, 3))
    found = select_filters(np.concatenate([certain, noise], axis=1), labels, significance=0.9)
    assert found.chosen == (0,)
    assert (found.steps[1].information, found.steps[1].null_mean, found.steps[1].p_value) == (0, 0, 1)
    assert found.steps[1].filter == 1  # of equals the first


def test_p_may_be_equal_to_the_significance() -> None:
    maps, labels = draw()
    for permutations in (1, 9, 19, 99):
        found = select_filters(maps, labels, permutations=permutations, significance=1 / (permutations + 1), most=1)
        assert found.steps[0].p_value == close(1 / (permutations + 1))
        assert found.chosen == (found.steps[0].filter,)


def test_rows_are_plain_numbers_in_a_unit() -> None:
    found = select_filters(*draw(), permutations=19)
    rows, steps = found.rows(Unit.BAN), found.steps
    assert [list(row) for row in rows] == [
        ["filter", "information", "null_mean", "null_std", "p_value", "accepted"] for _ in steps
    ]
    assert rows[0]["information"] == close(steps[0].information / log(10))
    assert found.rows()[0]["null_std"] == close(steps[0].null_std / log(2))
    assert all(type(value) in (int, float, bool) for row in rows for value in row.values())


def test_the_ranking_goes_on_where_the_choice_ends() -> None:
    maps, labels = draw()
    ranked = rank_filters(maps, labels)
    assert sorted(ranked.tolist()) == list(range(12))
    chosen = select_filters(maps, labels).chosen
    assert tuple(ranked[: len(chosen)].tolist()) == chosen
    assert rank_filters(maps, labels, seed=9).tolist() == ranked.tolist()
    assert rank_filters(maps[:, :1], labels).tolist() == [0]


def test_where_samples_run_out_the_rest_is_ranked_by_what_it_told_last() -> None:
    maps, labels = draw(n=41)  # 40 rows, then 32, then 24, which are too few
    found = Residuals(maps, labels, components=8, rng=np.random.default_rng(0))
    places = []
    for _ in range(2):
        told = found.tell(np.arange(found.n_rows)[np.newaxis])[0]
        places.append(int(found.left[told.argmax()]))
        rest = [int(found.left[i]) for i in np.argsort(-told) if found.left[i] != places[-1]]
        found.take(int(told.argmax()))
    assert rank_filters(maps, labels).tolist() == [*places, *rest]


def test_what_cannot_be_asked_is_refused() -> None:
    maps, labels = draw()
    for given, message in (
        ({"permutations": 0}, "permutations: wanted a whole number at least 1"),
        ({"permutations": 18}, "permutations: wanted 19 or more for a significance of 0.05, got 18"),
        ({"significance": 1.0}, "significance: wanted a share above 0 and below 1"),
        ({"significance": 0.0}, "significance: wanted a share above 0 and below 1"),
        ({"significance": 0.001}, "permutations: wanted 999 or more"),
        ({"most": 0}, "most: wanted a whole number at least 1"),
        ({"components": 0}, "components: wanted a whole number at least 1"),
    ):
        with pytest.raises(InputError, match=message):
            select_filters(maps, labels, **given)
    with pytest.raises(InputError, match="maps: wanted 33 samples or more, for maps of 8 components, got 32"):
        select_filters(maps[:32], labels[:32])
    with pytest.raises(InputError, match="maps: wanted 33 samples or more"):
        rank_filters(maps[:32], labels[:32])
    assert len(rank_filters(maps[:33], labels[:33])) == 12
