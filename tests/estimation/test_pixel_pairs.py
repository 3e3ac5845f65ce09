from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import mutual_info_score

from sightbits import InputError
from sightbits.core.bit_planes import BitPlanes
from sightbits.core.counts import CountTable, LabelledLevels
from sightbits.estimation import pixel_pairs
from sightbits.estimation.pixel_pairs import PairInformation, PixelPairs
from sightbits.information.composed import (
    conditional_mutual_information,
    entropy,
    interaction_information,
    mutual_information,
)
from sightbits.information.discrete import ADDITIVE, ESTIMATORS

Draw = Callable[..., LabelledLevels]
every_estimator = pytest.mark.parametrize("estimator", list(ADDITIVE))
some_levels = arrays(np.uint8, st.tuples(st.integers(1, 150), st.just(4)), elements=st.integers(0, 3))


def sample_of(levels: np.ndarray, labels: np.ndarray | None = None) -> LabelledLevels:
    """The last of the pixels is the label if no other is given."""
    labels = levels[:, -1].astype(np.int64) if labels is None else labels
    return LabelledLevels(levels=levels, labels=labels, n_levels=4, n_labels=4)


def engines(sample: LabelledLevels, estimator: str = "plug_in") -> dict[str, PixelPairs]:
    weights = ADDITIVE[estimator].weights(sample.n_images)
    planes = BitPlanes.of(sample)
    by_planes, by_groups = PixelPairs(sample, estimator), PixelPairs(sample, estimator)
    by_planes._weights = pixel_pairs._PlaneWeights(planes, planes.count().counts, weights)
    by_groups._weights = pixel_pairs._GroupWeights(sample, weights)
    return {"planes": by_planes, "groups": by_groups}


def count_triple(sample: LabelledLevels, pixel: int, chosen: int) -> CountTable:
    counts = np.zeros((sample.n_levels, sample.n_levels, sample.n_labels), dtype=np.int64)
    np.add.at(counts, (sample.levels[:, pixel], sample.levels[:, chosen], sample.labels), 1)
    return CountTable(counts=counts, variables=("pixel", "chosen", "label"))


def check_against_tables(sample: LabelledLevels, chosen: int, estimator: str = "plug_in") -> None:
    estimate = ESTIMATORS[estimator]
    found = {name: pairs.beside(chosen) for name, pairs in engines(sample, estimator).items()}
    for pixel in range(sample.n_pixels):
        table = count_triple(sample, pixel, chosen)
        expected = {
            "shared": mutual_information(table, "pixel", "chosen", estimator=estimate),
            "given": conditional_mutual_information(table, "pixel", "label", given="chosen", estimator=estimate),
            "alone": mutual_information(table, "pixel", "label", estimator=estimate),
            "interaction": interaction_information(table, "pixel", "label", "chosen", estimator=estimate),
        }
        for engine, beside in found.items():
            for name, value in expected.items():
                assert getattr(beside, name)[pixel] == pytest.approx(float(value), abs=1e-10), (engine, name, pixel)


def test_of_two_pixels_that_make_the_label_together_each_tells_all_given_the_other() -> None:
    levels = np.array([[0, 0, 0, 0], [0, 1, 0, 1], [1, 0, 0, 1], [1, 1, 0, 0]] * 40, dtype=np.uint8)
    for pairs in engines(sample_of(levels)).values():
        beside = pairs.beside(0)
        np.testing.assert_allclose(beside.shared / np.log(2), [1, 0, 0, 0], atol=1e-12)
        np.testing.assert_allclose(beside.given / np.log(2), [0, 1, 0, 1], atol=1e-12)
        np.testing.assert_allclose(beside.alone / np.log(2), [0, 0, 0, 1], atol=1e-12)
        np.testing.assert_allclose(beside.interaction / np.log(2), [0, 1, 0, 0], atol=1e-12)


def test_copies_of_the_label_are_redundant() -> None:
    levels = np.repeat(np.arange(4, dtype=np.uint8), 25)[:, np.newaxis].repeat(3, axis=1)
    for pairs in engines(sample_of(levels)).values():
        np.testing.assert_allclose(pairs.beside(1).interaction / np.log(2), [-2, -2, -2], atol=1e-12)
        np.testing.assert_allclose(pairs.entropy / np.log(2), [2, 2, 2], atol=1e-12)


@pytest.mark.parametrize("n_labels", [1, 2, 10, 70])
@pytest.mark.parametrize("n_levels", [2, 3, 4, 8, 9, 17, 40, 256])
def test_both_engines_are_as_the_count_tables_say(draw_levels: Draw, n_levels: int, n_labels: int) -> None:
    sample = draw_levels(n_images=203, n_pixels=3, n_levels=n_levels, n_labels=n_labels, share=0.3)
    check_against_tables(sample, chosen=1)


@every_estimator
@pytest.mark.parametrize(("n_levels", "n_images"), [(2, 64), (3, 65), (5, 700), (12, 150)])
def test_both_engines_estimate_as_named(draw_levels: Draw, estimator: str, n_levels: int, n_images: int) -> None:
    sample = draw_levels(n_images=n_images, n_pixels=11, n_levels=n_levels, n_labels=4, share=0.4)
    check_against_tables(sample, chosen=3, estimator=estimator)


@pytest.mark.parametrize("n_images", [1, 2, 63, 129])
def test_levels_and_labels_that_no_image_has_change_nothing(n_images: int) -> None:
    rng = np.random.default_rng(n_images)
    levels = rng.choice(np.array([0, 3, 7], dtype=np.uint8), size=(n_images, 5))
    labels = rng.choice([1, 2, 5], size=n_images)
    sample = LabelledLevels(levels=levels, labels=labels, n_levels=9, n_labels=8)
    check_against_tables(sample, chosen=4)


@pytest.mark.parametrize("n_levels", [2, 50])
def test_levels_that_are_not_in_one_piece_are_read_alike(draw_levels: Draw, n_levels: int) -> None:
    whole = draw_levels(n_images=301, n_pixels=30, n_levels=n_levels)
    part = LabelledLevels(levels=whole.levels[::2, ::-3], labels=whole.labels[::2], n_levels=n_levels, n_labels=3)
    assert not part.levels.flags.c_contiguous
    check_against_tables(part, chosen=0)


def test_many_pixels_of_many_levels_are_counted_in_blocks(draw_levels: Draw) -> None:
    sample = draw_levels(n_images=50, n_pixels=50, n_levels=256, n_labels=2500)
    assert len(list(sample.pixel_blocks())) > 1
    pairs = PixelPairs(sample)
    expected = [mutual_info_score(pixel, sample.labels) for pixel in sample.levels.T]
    np.testing.assert_allclose(pairs.alone, expected, atol=1e-10)
    shared = [mutual_info_score(pixel, sample.levels[:, 45]) for pixel in sample.levels.T]
    np.testing.assert_allclose(pairs.beside(45).shared, shared, atol=1e-10)


def test_few_levels_are_counted_by_planes_and_many_by_groups(draw_levels: Draw) -> None:
    def engine(n_levels: int, n_labels: int) -> type:
        sample = draw_levels(n_images=2000, n_levels=n_levels, n_labels=n_labels)
        return type(PixelPairs(sample)._weights)

    assert engine(2, 10) is engine(4, 10) is pixel_pairs._PlaneWeights
    assert engine(33, 1) is engine(256, 10) is engine(3, 2000) is pixel_pairs._GroupWeights


def test_planes_never_take_three_times_the_levels(draw_levels: Draw) -> None:
    sample = draw_levels(n_images=64 * 200, n_pixels=2, n_levels=23, n_labels=1)
    weights = PixelPairs(sample)._weights
    assert isinstance(weights, pixel_pairs._PlaneWeights)
    assert weights._planes.planes.nbytes < 3 * sample.levels.nbytes
    more = draw_levels(n_images=64 * 200, n_pixels=2, n_levels=24, n_labels=1)
    assert isinstance(PixelPairs(more)._weights, pixel_pairs._GroupWeights)


@every_estimator
def test_figures_of_each_pixel_alone_are_those_of_its_table(draw_levels: Draw, estimator: str) -> None:
    for n_levels in (2, 100):
        sample = draw_levels(n_images=170, n_levels=n_levels)
        pairs, table, estimate = PixelPairs(sample, estimator), sample.count(), ESTIMATORS[estimator]
        np.testing.assert_array_equal(pairs.counts, table.counts)
        np.testing.assert_allclose(pairs.entropy, entropy(table, "level", estimator=estimate), atol=1e-10)
        expected = mutual_information(table, "level", "label", estimator=estimate)
        np.testing.assert_allclose(pairs.alone, expected, atol=1e-10)
        assert (pairs.n_images, pairs.n_pixels) == (170, 9)


@pytest.mark.parametrize("n_levels", [2, 200])
def test_pixels_of_one_level_do_not_vary(draw_levels: Draw, n_levels: int) -> None:
    sample = draw_levels(n_levels=n_levels, n_pixels=4)
    levels = sample.levels.copy()
    levels[:, 0], levels[:, 2] = 0, n_levels - 1
    constant = LabelledLevels(levels=levels, labels=sample.labels, n_levels=n_levels, n_labels=3)
    assert PixelPairs(constant).varies.tolist() == [False, True, False, True]


@pytest.mark.parametrize("n_levels", [2, 100])
def test_asking_for_some_pixels_gives_their_part_in_the_order_asked(draw_levels: Draw, n_levels: int) -> None:
    pairs = PixelPairs(draw_levels(n_levels=n_levels, n_images=150))
    asked = np.array([7, 0, 7, 3])
    some, every = pairs.beside(2, asked), pairs.beside(2)
    for name in ("shared", "given", "alone", "interaction"):
        np.testing.assert_array_equal(getattr(some, name), getattr(every, name)[asked])
    assert len(pairs.beside(2, np.array([], dtype=np.int64)).given) == 0


@pytest.mark.parametrize("estimator", ["nsb", "shrinkage", "plugin"])
def test_estimator_that_is_no_sum_over_cells_is_refused(draw_levels: Draw, estimator: str) -> None:
    with pytest.raises(InputError, match="estimator: wanted one of plug_in, miller_madow, grassberger, jackknife"):
        PixelPairs(draw_levels(), estimator)


def besides(levels: np.ndarray, labels: np.ndarray | None = None) -> list[tuple[PixelPairs, list[PairInformation]]]:
    """Each pixel beside each chosen one, by either engine."""
    sample = sample_of(levels, labels)
    return [(pairs, [pairs.beside(i) for i in range(sample.n_pixels)]) for pairs in engines(sample).values()]


@given(some_levels)
def test_shared_information_and_interaction_are_symmetric(levels: np.ndarray) -> None:
    for _, beside in besides(levels):
        for name in ("shared", "interaction"):
            square = np.array([getattr(pair, name) for pair in beside])
            np.testing.assert_allclose(square, square.T, atol=1e-10)


@given(some_levels)
def test_a_pixel_shares_all_with_itself_and_adds_nothing_to_itself(levels: np.ndarray) -> None:
    for pairs, beside in besides(levels):
        own = np.arange(levels.shape[1])
        np.testing.assert_allclose([beside[i].shared[i] for i in own], pairs.entropy, atol=1e-10)
        np.testing.assert_allclose([beside[i].given[i] for i in own], 0, atol=1e-10)


@given(some_levels)
def test_what_is_chosen_and_what_a_pixel_adds_are_what_both_tell(levels: np.ndarray) -> None:
    labels = levels[:, 3].astype(np.int64)
    for pairs, beside in besides(levels):
        for chosen in range(3):
            both = [mutual_info_score(levels[:, pixel] * 4 + levels[:, chosen], labels) for pixel in range(4)]
            np.testing.assert_allclose(pairs.alone[chosen] + beside[chosen].given, both, atol=1e-10)


@given(some_levels)
def test_plug_in_figures_are_never_below_nothing(levels: np.ndarray) -> None:
    for _, beside in besides(levels):
        for pair in beside:
            assert min(pair.shared.min(), pair.given.min(), pair.alone.min()) > -1e-10


@given(some_levels, st.permutations(range(4)), st.permutations(range(4)), st.randoms(use_true_random=False))
def test_names_of_levels_and_labels_and_the_order_of_images_do_not_matter(
    levels: np.ndarray, level_names: list[int], label_names: list[int], shuffler: object
) -> None:
    order = np.arange(len(levels))
    shuffler.shuffle(order)  # type: ignore[attr-defined]
    renamed = np.array(level_names, dtype=np.uint8)[levels[order]]
    labels = np.array(label_names)[levels[order, 3]]
    for (_, beside), (_, other) in zip(besides(levels), besides(renamed, labels), strict=True):
        for name in ("shared", "given", "alone"):
            np.testing.assert_allclose(
                [getattr(pair, name) for pair in other], [getattr(pair, name) for pair in beside], atol=1e-10
            )
