"""The rule of the source: every step against four entropies of explicit products; ties; where it stops."""

from functools import reduce
from math import log

import numpy as np
import pytest

from sightbits.core.checks import InputError
from sightbits.core.units import Unit
from sightbits.estimation.filters import FilterSelection, cmi_permutation
from sightbits.estimation.layers import LayerSettings
from sightbits.estimation.layers.chains import draw_orders

close = pytest.approx
SETTINGS = LayerSettings(layer_width=3.0)


def draw(n: int = 20, n_filters: int = 5, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % 4
    maps = rng.normal(size=(n, n_filters, 3)) + rng.normal(size=(4, n_filters, 3))[labels]
    return maps, labels


def product(kernels: list[np.ndarray], n: int) -> np.ndarray:
    return reduce(np.multiply, kernels, np.ones((n, n)))


def entropy_slowly(kernels: list[np.ndarray], n: int, alpha: float) -> float:
    values = np.linalg.eigvalsh(product(kernels, n) / n)
    return log(sum(value**alpha for value in values if value > 0)) / (1 - alpha)


def conditional_slowly(first: list[np.ndarray], y: np.ndarray, given: list[np.ndarray], alpha: float = 1.01) -> float:
    """I(first; y | given) by four entropies."""
    n = len(y)
    return (
        entropy_slowly([*first, *given], n, alpha)
        + entropy_slowly([y, *given], n, alpha)
        - entropy_slowly(given, n, alpha)
        - entropy_slowly([*first, y, *given], n, alpha)
    )


def kernels_slowly(maps: np.ndarray, width: float) -> list[np.ndarray]:
    n, _, places = maps.shape
    size = width * n ** (-1 / (4 + places))
    squares = ((maps[:, None] - maps[None]) ** 2).sum(axis=-1)
    return list(np.exp(-squares / (2 * size**2)).transpose(2, 0, 1))


def steps_slowly(
    maps: np.ndarray, labels: np.ndarray, *, permutations: int, significance: float, seed: int, alpha: float = 1.01
) -> list[tuple[int, float, np.ndarray, float, bool]]:
    kernels = kernels_slowly(maps, 3.0)
    y = (labels[:, None] == labels).astype(float)
    chosen: list[int] = []
    rest = list(range(len(kernels)))
    orders = draw_orders(len(maps), shuffles=permutations, seed=seed)
    steps = []
    while rest:
        of_chosen = [kernels[t] for t in chosen]
        told = {t: conditional_slowly([*of_chosen, kernels[t]], y, [], alpha) for t in rest}
        t = max(rest, key=lambda t: told[t])
        others = [kernels[r] for r in rest if r != t]
        value = conditional_slowly(others, y, [*of_chosen, kernels[t]], alpha)
        draws = np.array(
            [conditional_slowly(others, y, [*of_chosen, kernels[t][order][:, order]], alpha) for order in orders]
        )
        share = sum(value >= draw - 1e-9 for draw in draws) / permutations
        steps.append((t, value, draws, share, share <= significance))
        if share > significance:
            break
        chosen.append(t)
        rest.remove(t)
    return steps


@pytest.mark.parametrize(("seed", "significance", "alpha"), [(1, 0.1, 1.01), (2, 0.5, 1.01), (7, 0.8, 2.0)])
def test_every_step_is_that_of_four_entropies(seed: int, significance: float, alpha: float) -> None:
    maps, labels = draw(seed=seed)
    settings = LayerSettings(layer_width=3.0, alpha=alpha)
    given = {"permutations": 12, "significance": significance, "seed": seed}
    found = cmi_permutation(maps, labels, settings=settings, **given)
    expected = steps_slowly(maps, labels, alpha=alpha, **given)
    assert len(found.steps) == len(expected)
    for step, (t, value, draws, share, accepted) in zip(found.steps, expected, strict=True):
        assert step.filter == t
        assert step.information == close(value, abs=1e-9)
        assert step.null_mean == close(draws.mean(), abs=1e-9)
        assert step.null_std == close(draws.std(ddof=1), abs=1e-9)
        assert step.p_value == close(share)
        assert step.accepted == accepted
    # The filter that failed is not counted.
    assert found.chosen == tuple(t for t, *_, accepted in expected if accepted)
    assert found.n_filters == len(found.chosen) == len(expected) - 1 >= 1
    assert found.stopped_by == "test"
    assert (found.method, found.n_samples, found.permutations) == ("cmi_permutation", 20, 12)
    assert found.significance == significance


def test_the_share_may_be_equal_to_the_significance_and_not_above() -> None:
    maps, labels = draw(seed=2)
    asked = {"permutations": 20, "settings": SETTINGS}
    shares = [step.p_value for step in cmi_permutation(maps, labels, significance=1.0, **asked).steps]
    place = next(i for i, share in enumerate(shares) if 0 < share < 1)
    above = max([shares[place], *shares[:place]])
    assert len(cmi_permutation(maps, labels, significance=above, **asked).steps) > place + 1
    stopped = cmi_permutation(maps, labels, significance=shares[place] - 1e-6, **asked)
    assert stopped.stopped_by == "test"
    assert len(stopped.steps) <= place + 1
    assert stopped.n_filters == len(stopped.steps) - 1


def test_saturated_kernels_are_ties_and_ties_count_against() -> None:
    maps, labels = draw()
    for scaled in (1e4 * maps, 1e-9 * maps, np.zeros_like(maps), np.repeat(1e3 * maps, 60, axis=1)):
        found = cmi_permutation(scaled, labels, permutations=10, significance=0.9)
        assert found.chosen == ()
        (step,) = found.steps
        assert (step.filter, step.p_value, step.tie_share, step.accepted) == (0, 1.0, 1.0, False)
        assert step.information == close(0, abs=1e-9)


def test_the_last_filter_is_tied() -> None:
    maps, labels = draw(n_filters=1)
    found = cmi_permutation(maps, labels, permutations=10)
    assert (found.chosen, found.stopped_by) == ((), "test")
    assert (found.steps[0].p_value, found.steps[0].tie_share) == (1.0, 1.0)
    every = cmi_permutation(maps, labels, permutations=10, significance=1.0)
    assert (every.chosen, every.stopped_by) == ((0,), "filters")


def test_shares_without_ties_have_none() -> None:
    found = cmi_permutation(*draw(), permutations=10, settings=SETTINGS)
    assert found.steps[0].tie_share == 0


def test_where_filters_stand_plays_no_part_and_of_equals_the_first_is_taken() -> None:
    maps, labels = draw(n_filters=6)
    asked = {"permutations": 10, "significance": 1.0, "settings": SETTINGS}
    order = np.array([4, 2, 0, 5, 1, 3])
    found, turned = (cmi_permutation(one, labels, **asked) for one in (maps, maps[:, order]))
    assert tuple(order[list(turned.chosen)]) == found.chosen
    assert [step.information for step in turned.steps] == close([step.information for step in found.steps], abs=1e-9)
    best = found.chosen[0]
    copies = np.concatenate([maps[:, :2] * 0, maps[:, [best]], maps, maps[:, [best]]], axis=1)
    assert cmi_permutation(copies, labels, most=1, **asked).chosen == (2,)


def test_most_and_all_filters() -> None:
    maps, labels = draw()
    asked = {"permutations": 5, "significance": 1.0, "settings": SETTINGS}
    every = cmi_permutation(maps, labels, **asked)
    assert (sorted(every.chosen), every.stopped_by) == ([0, 1, 2, 3, 4], "filters")
    some = cmi_permutation(maps, labels, most=2, **asked)
    assert (some.chosen, some.stopped_by) == (every.chosen[:2], "most")
    assert len(some.steps) == 2
    assert cmi_permutation(maps, labels, most=5, **asked).stopped_by == "filters"


def test_the_seed_fixes_the_permutations_and_nothing_else() -> None:
    maps, labels = draw()

    def first(seed: int) -> FilterSelection:
        return cmi_permutation(maps, labels, permutations=5, most=1, significance=1.0, seed=seed, settings=SETTINGS)

    assert first(0).steps[0].null_mean == first(0).steps[0].null_mean != first(1).steps[0].null_mean
    assert first(0).steps[0].information == close(first(1).steps[0].information, abs=1e-12)


def test_sizes_by_alignment_and_median_do_not_see_the_scale() -> None:
    maps, labels = draw()
    for kernel_size in ("median", "alignment"):
        settings = LayerSettings(kernel_size=kernel_size)
        found, scaled = (
            cmi_permutation(times * maps, labels, permutations=5, most=2, settings=settings) for times in (1.0, 1e5)
        )
        assert found.chosen == scaled.chosen
        assert scaled.steps[0].information == close(found.steps[0].information, abs=1e-9)


def test_rows_are_plain_numbers_in_a_unit() -> None:
    found = cmi_permutation(*draw(), permutations=5, settings=SETTINGS)
    row, step = found.rows()[0], found.steps[0]
    assert list(row) == ["filter", "information", "null_mean", "null_std", "p_value", "accepted", "tie_share"]
    for name in ("information", "null_mean", "null_std"):
        assert row[name] == close(getattr(step, name) / log(2))
        assert found.rows(Unit.NAT)[0][name] == getattr(step, name)
    assert (row["filter"], row["p_value"], row["accepted"]) == (step.filter, step.p_value, step.accepted)
    assert all(type(value) in (int, float, bool) for value in row.values())


def test_what_cannot_be_asked_is_refused() -> None:
    maps, labels = draw()
    for given, message in (
        ({"permutations": 0}, "permutations: wanted a whole number at least 1"),
        ({"most": 0}, "most: wanted a whole number at least 1"),
        ({"significance": 1.5}, "significance: wanted a share from 0 to 1"),
        ({"significance": -0.1}, "significance: wanted a share from 0 to 1"),
        ({"settings": LayerSettings(maps="averaged")}, "settings: wanted maps='product'"),
    ):
        with pytest.raises(InputError, match=message):
            cmi_permutation(maps, labels, **given)
