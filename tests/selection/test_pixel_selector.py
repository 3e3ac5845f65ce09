import pickle
import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_digits, load_wine
from sklearn.exceptions import DataConversionWarning, NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import mutual_info_score
from sklearn.model_selection import GridSearchCV, StratifiedKFold, cross_val_score
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import estimator_checks_generator

from sightbits import InputError, PixelSelector
from sightbits.core.counts import LabelledLevels
from sightbits.selection import pixel_selector
from sightbits.selection.choosing import Constraints
from sightbits.selection.rankers import RANKERS, rank_pixels
from sightbits.selection.sample import PixelSample

every_ranker = pytest.mark.parametrize("ranker", RANKERS)
counting = pytest.mark.parametrize("ranker", ["mutual_information", "jmi", "cmim", "mrmr", "greedy_joint"])
not_counting = pytest.mark.parametrize("ranker", ["variance", "knn", "random"])

TABLE, CLASSES = load_wine(return_X_y=True)
IMAGES, DIGITS = load_digits(return_X_y=True)


def sklearn_checks():
    for selector in (PixelSelector(), *(PixelSelector(n_pixels=None, ranker=ranker) for ranker in RANKERS)):
        for _, check in estimator_checks_generator(selector):
            if check.func.__name__ != "check_array_api_input":  # skips itself unless arrays of other libraries are on
                yield pytest.param(selector, check, id=f"{selector.ranker}-{check.func.__name__}")


@pytest.mark.filterwarnings("ignore:n_pixels")  # the checks have few columns, and the default asks for ten
@pytest.mark.parametrize(("selector", "check"), list(sklearn_checks()))
def test_scikit_learn_is_content(selector: PixelSelector, check: Any) -> None:
    check(clone(selector))


def test_every_check_of_scikit_learn_applies() -> None:
    names = {check.func.__name__ for _, check in estimator_checks_generator(PixelSelector())}
    assert {"check_transformer_general", "check_requires_y_none", "check_estimators_pickle"} <= names


# What is selected


def test_information_selects_the_columns_that_tell_most_by_scikit_learn() -> None:
    selector = PixelSelector(n_pixels=12, ranker="mutual_information", levels=17).fit(IMAGES, DIGITS)
    expected = np.array([mutual_info_score(DIGITS, column) for column in IMAGES.T])
    np.testing.assert_allclose(selector.scores_, expected, atol=1e-12)
    best = np.argsort(-expected)[:12]
    assert selector.ranking_[:12].tolist() == best.tolist()
    assert selector.get_support(indices=True).tolist() == sorted(best.tolist())
    np.testing.assert_array_equal(selector.transform(IMAGES), IMAGES[:, np.sort(best)])


@every_ranker
def test_ranking_is_that_of_the_ranker_on_the_levels(ranker: str) -> None:
    codes = np.unique(CLASSES, return_inverse=True)[1].astype(np.int64)
    values = np.random.default_rng(0).integers(0, 4, size=(178, 9), dtype=np.uint8)
    values[:, 4] = (values[:, 4] // 2 + codes) % 4
    sample = PixelSample(values=values, coded=LabelledLevels(levels=values, labels=codes, n_levels=4, n_labels=3))
    expected = rank_pixels(sample, ranker=ranker, n_chosen=3, seed=4)
    selector = PixelSelector(n_pixels=3, ranker=ranker, levels=4, random_state=4).fit(values, CLASSES)
    assert selector.ranking_.tolist() == expected.order.tolist()
    np.testing.assert_array_equal(selector.scores_, expected.scores)
    assert selector.n_before_chance_ == expected.n_before_chance
    assert np.flatnonzero(selector.support_).tolist() == sorted(expected.order[:3].tolist())


def test_estimator_is_the_one_asked_for() -> None:
    plug_in, corrected = (
        PixelSelector(n_pixels=2, ranker="mutual_information", estimator=name).fit(TABLE, CLASSES)
        for name in (None, "miller_madow")
    )
    assert (plug_in.scores_ > corrected.scores_).all()


def test_columns_are_ranked_only_as_deep_as_they_are_selected(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def watch(sample, **options):
        asked.append(options["n_chosen"])
        return rank_pixels(sample, **options)

    monkeypatch.setattr(pixel_selector, "rank_pixels", watch)
    for n_pixels in (1, 0.5, None, 13):
        PixelSelector(n_pixels=n_pixels).fit(TABLE, CLASSES)
    assert asked == [1, 6, 6, 13]


def test_joint_ranker_says_where_chance_began() -> None:
    selector = PixelSelector(n_pixels=12, ranker="greedy_joint").fit(TABLE, CLASSES)
    assert 0 < selector.n_before_chance_ < 12
    assert PixelSelector(n_pixels=12, ranker="jmi").fit(TABLE, CLASSES).n_before_chance_ is None


@pytest.mark.parametrize(
    ("n_pixels", "expected"),
    [(1, 1), (13, 13), (np.int64(3), 3), (0.5, 6), (0.01, 1), (1.0, 13), (np.float32(0.25), 3), (None, 6)],
)
def test_number_or_share_of_columns(n_pixels: Any, expected: int) -> None:
    selector = PixelSelector(n_pixels=n_pixels, ranker="variance").fit(TABLE, CLASSES)
    assert selector.n_pixels_ == selector.support_.sum() == expected
    assert selector.transform(TABLE).shape == (178, expected)


def test_a_share_is_not_rounded_down_by_a_rounding_error() -> None:
    wide = np.random.default_rng(0).normal(size=(10, 100))
    assert PixelSelector(n_pixels=0.29, ranker="variance").fit(wide, np.arange(10) % 2).n_pixels_ == 29


def test_information_beats_variance_on_digits() -> None:
    folds = StratifiedKFold(5, shuffle=True, random_state=0)

    def accuracy(ranker: str) -> float:
        steps = make_pipeline(PixelSelector(n_pixels=10, ranker=ranker), StandardScaler(), LogisticRegression())
        return float(cross_val_score(steps, IMAGES, DIGITS, cv=folds).mean())

    by_variance = accuracy("variance")
    assert accuracy("cmim") > by_variance + 0.02
    assert accuracy("greedy_joint") > by_variance + 0.02


# Levels


@pytest.mark.parametrize("load", [load_wine, load_breast_cancer])
@counting
def test_only_the_order_of_values_within_a_column_matters(load: Any, ranker: str) -> None:
    values, labels = load(return_X_y=True)
    rescaled = values.copy()
    for column in range(values.shape[1]):
        rescaled[:, column] = (np.log1p, np.sqrt, lambda x: x**3, lambda x: -1 / (x + 1), lambda x: 1e9 * x)[
            column % 5
        ](values[:, column])
    selectors = [PixelSelector(n_pixels=5, ranker=ranker).fit(each, labels) for each in (values, rescaled)]
    np.testing.assert_array_equal(selectors[0].ranking_, selectors[1].ranking_)
    np.testing.assert_array_equal(selectors[0].scores_, selectors[1].scores_)


@pytest.mark.parametrize(
    ("ranker", "values", "expected"),
    [
        ("greedy_joint", IMAGES, 2),
        ("cmim", IMAGES, 4),
        ("cmim", IMAGES[:300], 2),
        ("mutual_information", IMAGES, 17),
        ("mutual_information", IMAGES.astype(np.uint8), 17),
        ("mutual_information", IMAGES[:300].astype(np.uint8), 6),
        ("mutual_information", IMAGES + np.linspace(0, 0.5, 1797)[:, np.newaxis], 32),
        ("mutual_information", IMAGES > 8, 2),
    ],
)
def test_levels_suit_ranker_and_sample(ranker: str, values: np.ndarray, expected: int) -> None:
    selector = PixelSelector(n_pixels=1, ranker=ranker).fit(values, DIGITS[: len(values)])
    assert selector.n_levels_ == expected


@pytest.mark.parametrize("levels", [2, np.int64(5), 256])
def test_levels_are_those_asked_for(levels: int) -> None:
    values = np.random.default_rng(0).normal(size=(500, 3))
    assert PixelSelector(n_pixels=1, levels=levels).fit(values, np.arange(500) % 2).n_levels_ == levels


def test_bytes_share_one_range_and_other_numbers_do_not() -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(2, size=400)
    values = rng.integers(0, 256, size=(400, 3), dtype=np.uint8)
    values[:, 1] = 3 * labels + rng.integers(2, size=400, dtype=np.uint8)  # all dark: one level of two
    values[:, 2] = np.where(rng.random(400) < 0.7, 200 * labels, values[:, 2])
    as_bytes, as_floats = (
        PixelSelector(n_pixels=1, levels=2).fit(each, labels) for each in (values, values.astype(np.float64))
    )
    assert as_bytes.ranking_[0] == 2
    assert as_floats.ranking_[0] == 1


@not_counting
def test_rankers_that_count_nothing_take_values_as_they_are(ranker: str) -> None:
    selector = PixelSelector(n_pixels=2, ranker=ranker).fit(TABLE, CLASSES)
    assert selector.n_levels_ is None
    if ranker == "variance":
        np.testing.assert_allclose(selector.scores_, TABLE.var(axis=0))


# Labels


@pytest.mark.parametrize(
    "labels",
    [
        np.array(["red", "green", "blue"])[CLASSES],
        [("red", "green", "blue")[one] for one in CLASSES],
        10 - CLASSES,
        CLASSES / 2 * 4 - 3,
        pd.Series(CLASSES, dtype="Int64"),
        pd.Series(CLASSES).astype(str).astype("category"),
    ],
    ids=["names", "list", "whole", "whole floats", "nullable", "categories"],
)
def test_labels_of_any_kind_give_the_same_choice(labels: Any) -> None:
    selector = PixelSelector(n_pixels=4).fit(TABLE, labels)
    assert selector.ranking_.tolist() == PixelSelector(n_pixels=4).fit(TABLE, CLASSES).ranking_.tolist()
    assert selector.classes_.tolist() == np.unique(np.asarray(labels)).tolist()


def test_labels_may_be_booleans() -> None:
    selector = PixelSelector(n_pixels=1).fit(TABLE, CLASSES == 1)
    assert selector.classes_.dtype == bool


def test_a_column_of_labels_is_flattened_with_a_warning() -> None:
    with pytest.warns(DataConversionWarning):
        PixelSelector(n_pixels=1).fit(TABLE, CLASSES[:, np.newaxis])


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (CLASSES + 0.25, "y: wanted class labels, got Unknown label type: continuous.*Cut a continuous target"),
        (np.array([1, "a"] * 89, dtype=object), "y: wanted class labels, got Unknown label type"),
        (np.full(178, "cat"), "y: wanted labels of at least two classes, got one class, .*'cat'"),
        (np.where(CLASSES == 1, np.nan, CLASSES), "Input y contains NaN"),
        (np.stack([CLASSES, CLASSES], axis=1), "y should be a 1d array"),
        (CLASSES[:-1], "inconsistent numbers of samples"),
        (None, "requires y to be passed"),
    ],
    ids=["continuous", "objects", "one class", "missing", "several", "too few", "none"],
)
def test_labels_that_cannot_be_are_refused(labels: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        PixelSelector().fit(TABLE, labels)


def test_more_classes_than_can_be_counted_are_refused() -> None:
    many = np.repeat(np.arange(10_001), 2)
    with pytest.raises(InputError, match="at most 10000 classes, got 10001"):
        PixelSelector(n_pixels=1).fit(np.zeros((len(many), 1)), many)


def test_neighbours_need_two_samples_of_a_class() -> None:
    labels = np.arange(10)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The number of unique classes", category=UserWarning)
        with pytest.raises(InputError, match="y: wanted a class of two samples"):
            PixelSelector(n_pixels=1, ranker="knn").fit(TABLE[:10], labels)


# Parameters


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"n_pixels": 0}, "n_pixels: wanted .* got 0"),
        ({"n_pixels": -3}, "n_pixels: wanted .* got -3"),
        ({"n_pixels": 0.0}, "n_pixels: wanted .* got 0.0"),
        ({"n_pixels": 1.5}, "n_pixels: wanted .* got 1.5"),
        ({"n_pixels": True}, "n_pixels: wanted .* got True"),
        ({"n_pixels": float("nan")}, "n_pixels: wanted .* got nan"),
        ({"n_pixels": "all"}, "n_pixels: wanted .* got 'all'"),
        ({"n_pixels": 1, "required": [1, 2]}, "n_pixels: wanted at least 2, since so many are required, got 1"),
        ({"ranker": "best"}, "ranker: wanted one of mutual_information, .* got 'best'"),
        ({"levels": 1}, "levels: wanted a whole number from 2 to 256, or None, got 1"),
        ({"levels": 257}, "levels: wanted"),
        ({"levels": 2.5}, "levels: wanted"),
        ({"levels": True}, "levels: wanted"),
        ({"estimator": "best"}, "estimator: wanted one of plug_in, "),
        ({"estimator": "nsb", "ranker": "jmi"}, "estimator: wanted one of plug_in, .* got 'nsb'"),
        ({"estimator": "best", "ranker": "variance"}, "estimator: wanted one of plug_in, "),
        ({"costs": [1.0, 2.0]}, "costs: wanted 13 finite numbers above 0"),
        ({"costs": np.zeros(13)}, "costs: wanted 13 finite numbers above 0"),
        ({"required": [13]}, "required: wanted different pixel numbers from 0 to 12, got 13"),
        ({"required": [-1]}, "required: wanted different pixel numbers from 0 to 12, got -1"),
        ({"required": [1, 1]}, "required: wanted different pixel numbers"),
        ({"required": "ash"}, "required: wanted a list of column numbers or names, got 'ash'"),
        ({"required": 3}, "required: wanted a list of column numbers or names, got 3"),
        ({"required": ["ash"]}, "required: wanted column numbers, since X has no names, got 'ash'"),
        ({"required": [True]}, "required: wanted column numbers, since X has no names, got True"),
        ({"forbidden": [0.5]}, "forbidden: wanted column numbers, since X has no names, got 0.5"),
        ({"forbidden": range(13)}, "forbidden: wanted some pixel left to use"),
        ({"required": [2], "forbidden": [2]}, "forbidden: wanted .* got pixel 2 in both lists"),
    ],
)
def test_parameters_that_cannot_be_are_refused(parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        PixelSelector(**parameters).fit(TABLE, CLASSES)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_missing_and_infinite_values_are_refused(value: float) -> None:
    values = TABLE.copy()
    values[3, 5] = value
    with pytest.raises(ValueError, match="Input X contains"):
        PixelSelector().fit(values, CLASSES)


def test_sparse_matrices_are_refused() -> None:
    with pytest.raises(TypeError, match=r"[Ss]parse"):
        PixelSelector().fit(sparse.csr_array(TABLE), CLASSES)


@every_ranker
def test_required_columns_are_selected_and_forbidden_ones_are_not(ranker: str) -> None:
    free = PixelSelector(n_pixels=4, ranker=ranker).fit(TABLE, CLASSES)
    best, worst = int(free.ranking_[0]), int(free.ranking_[-1])
    bound = PixelSelector(n_pixels=4, ranker=ranker, required=[worst], forbidden=np.array([best])).fit(TABLE, CLASSES)
    assert bound.support_.sum() == 4
    assert bound.support_[worst]
    assert bound.ranking_[0] == worst
    assert not bound.support_[best]
    assert best not in bound.ranking_
    assert np.isnan(bound.scores_[best])


def test_columns_may_be_named() -> None:
    table, labels = load_wine(return_X_y=True, as_frame=True)
    selector = PixelSelector(n_pixels=3, required=["ash", 0], forbidden=["proline"]).fit(table, labels)
    assert selector.ranking_[:2].tolist() == [2, 0]
    assert "proline" not in selector.get_feature_names_out()
    with pytest.raises(InputError, match="required: wanted column numbers, or names of columns of X, got 'ashes'"):
        selector.set_params(required=["ashes"]).fit(table, labels)


def test_dear_columns_come_later() -> None:
    free = PixelSelector(n_pixels=1, ranker="mutual_information").fit(TABLE, CLASSES)
    costs = np.ones(13)
    costs[free.ranking_[0]] = 1000
    thrifty = PixelSelector(n_pixels=1, ranker="mutual_information", costs=list(costs)).fit(TABLE, CLASSES)
    assert thrifty.ranking_[0] == free.ranking_[1]
    assert thrifty.ranking_[-1] == free.ranking_[0]
    np.testing.assert_array_equal(thrifty.scores_, free.scores_)


def test_costs_and_bounds_are_those_of_the_ranker() -> None:
    values = np.random.default_rng(3).integers(0, 2, size=(178, 8), dtype=np.uint8)
    rules = Constraints(costs=np.linspace(1, 3, 8), required=(5,), forbidden=(1, 2))
    labels = CLASSES.astype(np.int64)
    sample = PixelSample(values=values, coded=LabelledLevels(levels=values, labels=labels, n_levels=2, n_labels=3))
    expected = rank_pixels(sample, ranker="jmi", n_chosen=4, constraints=rules)
    selector = PixelSelector(4, ranker="jmi", costs=rules.costs, required=(5,), forbidden=(1, 2)).fit(values, CLASSES)
    assert selector.ranking_.tolist() == expected.order.tolist()


@pytest.mark.parametrize("ranker", ["random", "knn"])
def test_the_seed_decides_where_there_is_chance(ranker: str) -> None:
    def scores(state: Any) -> list[float]:
        return PixelSelector(n_pixels=1, ranker=ranker, random_state=state).fit(TABLE, CLASSES).scores_.tolist()

    assert scores(3) == scores(np.int64(3)) != scores(4)
    assert scores(np.random.RandomState(7)) == scores(np.random.RandomState(7)) != scores(np.random.RandomState(8))
    if ranker == "random":
        assert scores(None) != scores(None)


def test_a_seed_below_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="Seed must be between 0"):
        PixelSelector(n_pixels=1, ranker="random", random_state=-1).fit(TABLE, CLASSES)


# Few columns, and columns that do not vary


@every_ranker
@pytest.mark.parametrize("value", [0.0, 7.25, np.uint8(0), np.uint8(200), False])
def test_constant_data_give_the_first_columns_with_a_warning(ranker: str, value: Any) -> None:
    values = np.full((20, 6), value)
    with pytest.warns(UserWarning, match="n_pixels: 3 asked for, but only 0 columns vary: the others"):
        selector = PixelSelector(n_pixels=3, ranker=ranker).fit(values, np.arange(20) % 2)
    assert selector.ranking_.tolist() == [0, 1, 2, 3, 4, 5]
    assert selector.get_support(indices=True).tolist() == [0, 1, 2]


@every_ranker
def test_columns_that_never_change_come_last_by_number(ranker: str) -> None:
    values = TABLE[:, :6].copy()
    values[:, [0, 2, 3]] = 1.0
    with pytest.warns(UserWarning, match="n_pixels: 4 asked for, but only 3 columns vary: the others"):
        selector = PixelSelector(n_pixels=4, ranker=ranker).fit(values, CLASSES)
    assert selector.ranking_[3:].tolist() == [0, 2, 3]
    PixelSelector(n_pixels=3, ranker=ranker).fit(values, CLASSES)  # no warning


def test_a_useless_column_that_varies_comes_before_one_that_does_not() -> None:
    values = np.zeros((300, 3))
    values[:, 2] = np.random.default_rng(0).normal(size=300)
    selector = PixelSelector(1, ranker="mutual_information", estimator="jackknife").fit(values, np.arange(300) % 3)
    assert selector.scores_[2] < 0
    assert selector.ranking_.tolist() == [2, 0, 1]


def test_a_required_column_is_selected_even_if_it_never_changes() -> None:
    values = TABLE[:, :4].copy()
    values[:, 3] = 0
    selector = PixelSelector(n_pixels=2, required=[3]).fit(values, CLASSES)
    assert selector.ranking_[0] == 3
    assert selector.support_[3]


def test_columns_that_vary_within_one_level_only_are_told_of() -> None:
    values = np.tile(np.array([[0, 200], [5, 10]], dtype=np.uint8), (10, 1))
    with pytest.warns(UserWarning, match="only 1 columns vary once coded to 2 levels: the others"):
        selector = PixelSelector(n_pixels=2, levels=2).fit(values, np.arange(20) % 2)
    assert selector.ranking_.tolist() == [1, 0]


def test_forbidden_columns_do_not_count_as_varying() -> None:
    values = np.zeros((20, 4))
    values[:, 1] = np.arange(20)
    with pytest.warns(UserWarning, match="only 0 columns vary: the others"):
        PixelSelector(n_pixels=2, forbidden=[1]).fit(values, np.arange(20) % 2)


@every_ranker
def test_more_than_there_are_gives_all_with_a_warning(ranker: str) -> None:
    with pytest.warns(UserWarning, match="n_pixels: 10 asked for, but of the 4 columns of X 4 may be used: all"):
        selector = PixelSelector(ranker=ranker).fit(TABLE[:, :4], CLASSES)
    assert selector.support_.all()
    assert selector.n_pixels_ == 4


def test_forbidden_columns_are_not_selected_even_if_too_few_are_left() -> None:
    with pytest.warns(UserWarning, match="n_pixels: 12 asked for, but of the 13 columns of X 10 may be used"):
        selector = PixelSelector(n_pixels=12, forbidden=[0, 5, 6]).fit(TABLE, CLASSES)
    assert np.flatnonzero(~selector.support_).tolist() == [0, 5, 6]


# As a part of scikit-learn


def test_pipeline_and_grid_search() -> None:
    steps = Pipeline(
        [("select", PixelSelector()), ("scale", StandardScaler()), ("classify", LogisticRegression(max_iter=500))]
    )
    grid = {"select__n_pixels": [1, 5], "select__ranker": ["cmim", "variance"]}
    search = GridSearchCV(steps, grid, cv=3, error_score="raise").fit(TABLE, CLASSES)
    assert search.best_params_ == {"select__n_pixels": 5, "select__ranker": "cmim"}
    assert search.best_estimator_["select"].n_pixels_ == 5
    assert search.predict(TABLE).shape == (178,)


@pytest.mark.parametrize("output", ["pandas", "default"])
def test_names_of_columns_are_kept(output: str) -> None:
    table, labels = load_wine(return_X_y=True, as_frame=True)
    selector = PixelSelector(n_pixels=3).set_output(transform=output)
    selected = selector.fit_transform(table, labels)
    names = table.columns[selector.support_].tolist()
    assert selector.get_feature_names_out().tolist() == names
    assert selector.feature_names_in_.tolist() == table.columns.tolist()
    if output == "pandas":
        pd.testing.assert_frame_equal(selected, table[names])
    else:
        np.testing.assert_array_equal(selected, table[names])


def test_without_names_columns_are_numbered() -> None:
    selector = PixelSelector(n_pixels=2, required=[4, 11]).fit(TABLE, CLASSES)
    assert selector.get_feature_names_out().tolist() == ["x4", "x11"]
    assert not hasattr(selector, "feature_names_in_")


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.float32, np.float64, bool])
def test_values_come_back_as_they_were(dtype: type) -> None:
    values = IMAGES[:200].astype(dtype)
    original = values.copy()
    selector = PixelSelector(n_pixels=7).fit(values, DIGITS[:200])
    selected = selector.transform(values)
    assert selected.dtype == dtype
    back = selector.inverse_transform(selected)
    np.testing.assert_array_equal(back, np.where(selector.support_, values, np.zeros(1, dtype)))
    np.testing.assert_array_equal(values, original)


def test_a_fitted_selector_can_be_pickled_and_cloned() -> None:
    selector = PixelSelector(n_pixels=3, ranker="greedy_joint", costs=np.ones(13), required=[2]).fit(TABLE, CLASSES)
    again = pickle.loads(pickle.dumps(selector))
    np.testing.assert_array_equal(again.transform(TABLE), selector.transform(TABLE))
    assert again.ranking_.tolist() == selector.ranking_.tolist()
    fresh = clone(selector)
    assert fresh.get_params()["required"] == [2]
    with pytest.raises(NotFittedError):
        fresh.get_support()


def test_other_columns_than_those_of_fit_are_refused() -> None:
    selector = PixelSelector(n_pixels=3).fit(TABLE, CLASSES)
    with pytest.raises(ValueError, match="X has 12 features, but PixelSelector is expecting 13"):
        selector.transform(TABLE[:, 1:])


def test_weights_of_samples_are_not_taken() -> None:
    with pytest.raises(TypeError, match="sample_weight"):
        PixelSelector().fit(TABLE, CLASSES, sample_weight=np.ones(178))


def test_tags_say_what_is_needed() -> None:
    tags = PixelSelector().__sklearn_tags__()
    assert tags.target_tags.required
    assert not (tags.input_tags.sparse or tags.input_tags.allow_nan or tags.input_tags.categorical)
    assert not tags.input_tags.string
