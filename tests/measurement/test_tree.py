"""The tree of decisions: shares, gains, ends, and that sessions walk along it."""

from collections.abc import Callable

import numpy as np
import pytest

from sightbits.core.checks import InputError
from sightbits.core.images import ImageDataset
from sightbits.measurement.beliefs.exact import ExactBelief
from sightbits.measurement.measurer import Measurer
from sightbits.measurement.stopping import Confidence, CostBudget, PixelBudget, StopRule
from sightbits.measurement.tree import Branch


def with_paths(
    root: Branch, path: tuple[tuple[int, int], ...] = ()
) -> list[tuple[tuple[tuple[int, int], ...], Branch]]:
    """Every branch with the readings that lead to it."""
    found = [(path, root)]
    for one in root.branches:
        assert root.pixel is not None
        assert one.outcome is not None
        found += with_paths(one, (*path, (root.pixel, one.outcome)))
    return found


@pytest.mark.parametrize("belief", ["exact", "naive_bayes"])
def test_shares_add_up_and_posteriors_average(seen: ImageDataset, belief: str) -> None:
    root = Measurer(belief).fit(seen).export_tree(4, least_share=0.0)
    assert root.share == 1
    assert root.outcome is None
    n_inner = 0
    for _, branch in root.walk():
        if branch.branches:
            n_inner += 1
            shares = np.array([one.share for one in branch.branches])
            assert shares.sum() == pytest.approx(branch.share)
            mean = sum(one.share * one.posterior for one in branch.branches) / branch.share
            np.testing.assert_allclose(mean, branch.posterior, atol=1e-9)
    assert n_inner > 8


def test_every_branch_is_what_a_session_would_find(seen: ImageDataset) -> None:
    measurer = Measurer(ExactBelief(levels=3)).fit(seen)
    every = with_paths(measurer.export_tree(3, least_share=0.02))
    assert len(every) > 10
    for path, branch in every:
        session = measurer.start()
        for pixel, outcome in path:
            session.observe(measurer.position(pixel), {0: 0, 1: 8, 2: 16}[outcome])
        np.testing.assert_allclose(session.posterior, branch.posterior)
        if branch.pixel is not None:
            assert session.next() == measurer.position(branch.pixel)
            gains = session.expected_gain("nat")
            assert branch.gain == pytest.approx(gains[measurer.position(branch.pixel)])
            assert branch.best_gain == pytest.approx(np.nanmax(gains))


def test_gain_is_the_entropy_that_branches_lose(seen: ImageDataset) -> None:
    def entropy(p: np.ndarray) -> float:
        return float(-(p[p > 0] * np.log(p[p > 0])).sum())

    for _, branch in Measurer("exact", "random").fit(seen).export_tree(3).walk():
        if branch.branches:
            left = sum(one.share * entropy(one.posterior) for one in branch.branches) / branch.share
            assert branch.gain == pytest.approx(entropy(branch.posterior) - left, abs=1e-9)
            assert branch.best_gain >= branch.gain


@pytest.mark.parametrize("depth", [1, 2, 4])
@pytest.mark.parametrize("least_share", [0.0, 0.05, 0.3])
@pytest.mark.parametrize(
    "stop", [PixelBudget(3), Confidence(0.4), CostBudget(4.0), Confidence(0.3) & PixelBudget(2)], ids=str
)
def test_branches_end_only_where_they_should(
    seen: ImageDataset, depth: int, least_share: float, stop: StopRule
) -> None:
    root = (
        Measurer("exact", stop=stop, costs=np.full((8, 8), 2.0)).fit(seen).export_tree(depth, least_share=least_share)
    )
    for path, branch in with_paths(root):
        n = len(path)
        enough = stop.reached(branch.posterior[np.newaxis], np.array([n]), np.array([2.0 * n]))[0]
        sure = np.count_nonzero(branch.posterior) == 1
        assert (branch.pixel is None) == bool(n == depth or branch.share < least_share or enough or sure)
        assert (branch.pixel is None) == (branch.branches == ())
        assert np.isnan(branch.gain) == (branch.pixel is None)


def test_branches_are_walked_in_reading_order(seen: ImageDataset) -> None:
    root = Measurer("exact").fit(seen).export_tree(2, least_share=0.0)
    dark, bright = root.branches
    walked = root.walk()
    assert [depth for depth, _ in walked] == [0, 1, 2, 2, 1, 2, 2]
    assert walked[0][1] is root
    assert walked[1][1] is dark
    assert walked[4][1] is bright
    assert [one.outcome for one in root.branches] == [0, 1]


def test_pixels_that_cannot_be_measured_are_in_no_tree(made_of: Callable[..., ImageDataset]) -> None:
    rng = np.random.default_rng(0)
    rows = rng.integers(2, size=(50, 4))
    measurer = Measurer("exact", stop=Confidence(1.0), unavailable=[(0, 1), (0, 3)])
    root = measurer.fit(made_of(rows, rows[:, 1] ^ rows[:, 3])).export_tree(9, least_share=0.0)
    assert {branch.pixel for _, branch in root.walk()} == {0, 2, None}
    assert max(depth for depth, _ in root.walk()) == 2


@pytest.mark.parametrize("depth", [0, -1])
def test_depth_must_be_at_least_1(seen: ImageDataset, depth: int) -> None:
    with pytest.raises(InputError, match="depth: wanted a whole number at least 1"):
        Measurer("exact").fit(seen).export_tree(depth)


def test_best_gain_is_that_of_pixels_that_can_be_measured(seen: ImageDataset) -> None:
    best = Measurer("exact").fit(seen).start().next()
    tree = Measurer("exact", unavailable=[best]).fit(seen).export_tree(depth=2)
    for _, branch in tree.walk():
        if branch.pixel is not None:
            assert branch.gain == branch.best_gain


def test_a_branch_of_just_the_least_share_goes_on() -> None:
    images = np.array([0, 9, 9, 9], dtype=np.uint8)[:, None, None] * np.ones((1, 1, 2), dtype=np.uint8)
    images[1:, 0, 1] = [0, 9, 0]
    measurer = Measurer("exact", stop=PixelBudget(2)).fit(images, [0, 0, 1, 1])
    tree = measurer.export_tree(depth=2)
    (share,) = {branch.share for branch in tree.branches if branch.pixel is not None}
    for least_share, goes_on in ((share, True), (share + 1e-9, False)):
        found = measurer.export_tree(depth=2, least_share=least_share).branches
        assert any(branch.pixel is not None for branch in found) == goes_on
