from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from sightbits.core.checks import InputError
from sightbits.estimation.variables import Variable, as_variables, tie_warnings


def variable(values: Any, kind: str = "auto", **options: Any) -> Variable:
    return as_variables({"x": values}, kind, **options)[0]


def refusal(values: Any, kind: str = "auto") -> str:
    with pytest.raises(InputError) as error:
        variable(values, kind)
    assert error.value.name == "x"
    return str(error.value)


# --- kinds are told apart ---

DISCRETE = {
    "booleans": [True, False, True],
    "strings": ["b", "a", "b"],
    "objects that are strings": np.array(["b", "a", "b"], dtype=object),
    "bytes": np.array(["é".encode(), b"a", "é".encode()]),
    "whole numbers": [4, -2, 4],
    "bytes of an image": np.array([255, 0, 255], dtype=np.uint8),
    "small whole numbers": np.array([1, 0, 1], dtype=np.int8),
    "unsigned": np.array([2**64 - 1, 0, 2**64 - 1], dtype=np.uint64),
    "whole floats": [4.0, -2.0, 4.0],
    "half precision": np.array([4, -2, 4], dtype=np.float16),
    "a tuple": (4, -2, 4),
    "large floats": [1e300, -1e300, 1e300],
}


@pytest.mark.parametrize("name", DISCRETE)
def test_what_can_be_counted_is_discrete(name: str) -> None:
    found = variable(DISCRETE[name])
    assert found.discrete
    assert found.levels.tolist() == [1, 0, 1]
    assert found.levels.dtype == np.int64
    assert (found.n_levels, found.n_samples, found.name, found.warnings) == (2, 3, "x", ())


@pytest.mark.parametrize(
    "values", [[0.5, 1.0, 2.0], [1e-300, 0, 1], np.array([0.5, 1], dtype=np.float32), [[1.0, 2.0], [3.0, 4.5]]]
)
def test_numbers_with_fractions_are_continuous(values: Any) -> None:
    found = variable(values)
    assert not found.discrete
    assert found.codes is None
    assert found.n_levels == 0
    array = np.asarray(values, dtype=np.float64)
    assert found.points.tolist() == array.reshape(len(array), -1).tolist()
    assert found.n_samples == len(array)


@pytest.mark.parametrize("values", [[4, -2, 4], [True, False, True], [4.0, -2.0, 4.0], np.array([9, 0, 9], np.uint8)])
def test_whole_numbers_are_continuous_where_that_is_said(values: Any) -> None:
    found = variable(values, "continuous")
    assert not found.discrete
    assert found.points[:, 0].tolist() == np.asarray(values).astype(float).tolist()


def test_fractions_are_discrete_where_that_is_said() -> None:
    found = variable([0.5, 0.25, 0.5], "discrete")
    assert (found.levels.tolist(), found.n_levels) == ([1, 0, 1], 2)
    assert found.points[:, 0].tolist() == [0.5, 0.25, 0.5]


def test_names_cannot_be_continuous() -> None:
    assert refusal(["a", "b"], "continuous") == "x: wanted numbers, to be continuous, got names. Say kinds='discrete'."


def test_names_have_no_points() -> None:
    names = variable(["a", "b"])
    assert names.numbers is None
    with pytest.raises(InputError, match="x: wanted numbers, since this estimator looks at distances, got names"):
        _ = names.points


def test_a_continuous_variable_has_no_levels() -> None:
    with pytest.raises(TypeError, match="x is continuous"):
        _ = variable([0.5, 1.5]).levels


def test_each_may_have_a_kind_of_its_own() -> None:
    values = {"x": [1, 2, 3], "y": [1, 2, 3], "z": [1, 2, 3]}
    found = as_variables(values, ["continuous", "discrete", "auto"])
    assert [one.discrete for one in found] == [False, True, True]
    assert [one.name for one in found] == ["x", "y", "z"]


@pytest.mark.parametrize("kinds", [["discrete"], ["discrete"] * 3, []])
def test_kinds_of_wrong_number_are_refused(kinds: list[str]) -> None:
    message = rf"kinds: wanted one kind for all, or one for each of x, y, got {len(kinds)} kinds"
    with pytest.raises(InputError, match=message):
        as_variables({"x": [1, 2], "y": [1, 2]}, kinds)


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(InputError, match="kinds: wanted one of auto, discrete, continuous, got 'nominal'"):
        as_variables({"x": [1, 2], "y": [1, 2]}, ["auto", "nominal"])


# --- codes ---


@given(
    values=arrays(
        st.sampled_from([np.int64, np.uint8, np.float64, np.dtype("U2")]),
        array_shapes(min_dims=1, max_dims=2, max_side=8),
        elements={"allow_nan": False, "allow_infinity": False},
    )
)
def test_samples_share_a_code_where_they_share_a_value(values: np.ndarray) -> None:
    found = variable(values, "discrete")
    rows = [tuple(np.atleast_1d(row).tolist()) for row in values]
    ordered = sorted(set(rows))
    assert found.levels.tolist() == [ordered.index(row) for row in rows]
    assert found.n_levels == len(ordered)


@pytest.mark.parametrize("dtype", [np.int64, np.uint64])
@pytest.mark.parametrize("columns", [1, 2])
def test_whole_numbers_above_two_to_the_53_stay_distinct(columns: int, dtype: type) -> None:
    values = (2**53 + np.array([0, 1, 2, 1])).astype(dtype)
    found = variable(np.stack([values] * columns, axis=1))
    assert found.levels.tolist() == [0, 1, 2, 1]
    assert found.n_levels == 3


def test_rows_of_values_are_one_value_each() -> None:
    found = variable([[1, 0], [0, 1], [1, 0], [0, 0]])
    assert (found.levels.tolist(), found.n_levels) == ([2, 1, 2, 0], 3)
    assert found.points.shape == (4, 2)
    names = variable([["a", "b"], ["b", "a"], ["a", "b"]])
    assert (names.levels.tolist(), names.n_levels) == ([0, 1, 0], 2)


def test_both_zeros_are_one_value() -> None:
    assert variable([0.0, -0.0, 1.0]).levels.tolist() == [0, 0, 1]
    assert variable([[0.0, 2.0], [-0.0, 2.0]]).n_levels == 1


@pytest.mark.parametrize(
    ("values", "names"),
    [
        (["b", "a", "b", "c"], ("a", "b", "c")),
        (np.array(["10", "9"], dtype=object), ("10", "9")),
        ([["b", "x"], ["a", "y"], ["b", "x"]], ("a y", "b x")),
        (["naïve", "dog", "naïve"], ("dog", "naïve")),
        (np.array(["naïve".encode(), b"\xe9"]), (r"\xe9", "naïve")),
        ([2, 1], ()),
        ([0.5, 1], ()),
    ],
)
def test_each_code_of_a_name_stands_for_it(values: Any, names: tuple[str, ...]) -> None:
    found = variable(values)
    assert found.level_names == names
    if names:
        assert len(names) == found.n_levels
    if names and np.ndim(values) == 1 and not isinstance(values, np.ndarray):
        assert [names[code] for code in found.levels] == list(values)


def test_a_million_distinct_numbers() -> None:
    values = np.random.default_rng(0).permutation(10**6)
    found = variable(values)
    assert found.n_levels == 10**6
    np.testing.assert_array_equal(found.levels, values)
    assert len(found.warnings) == 1


# --- whole numbers that hardly repeat ---


@pytest.mark.parametrize(
    ("n_distinct", "n", "warned"),
    [(20, 20, False), (21, 21, True), (21, 104, True), (21, 105, False), (100, 499, True), (100, 500, False)],
)
@pytest.mark.parametrize("dtype", [np.int64, np.float64, np.uint8])
def test_dense_whole_numbers_are_warned_of(n_distinct: int, n: int, warned: bool, dtype: type) -> None:
    values = (np.arange(n) % n_distinct).astype(dtype)
    expected = (
        f"x: {n_distinct} distinct whole numbers in {n} samples were taken as discrete; "
        "say kinds='continuous' if they are measurements, kinds='discrete' if not."
    )
    assert variable(values).warnings == ((expected,) if warned else ())
    assert variable(values).discrete
    assert variable(values, "discrete").warnings == ()
    assert variable(values, "continuous").warnings == ()


def test_large_numbers_in_a_warning_are_readable() -> None:
    assert variable(np.arange(12_345)).warnings[0].startswith("x: 12,345 distinct whole numbers in 12,345 samples")


def test_names_that_hardly_repeat_are_no_measurements() -> None:
    assert variable([f"n{i}" for i in range(100)]).warnings == ()


# --- what cannot be used ---

FINITE = "x: wanted finite numbers, got NaN or infinity in {} of {} samples. Leave those samples out"
SHAPED = "x: wanted one value a sample, or one row of values a sample, got an array of shape {}. Give a 1-D or 2-D"
KNOWN = "x: wanted numbers, booleans or names, got an array of {}. Convert it to numbers, or to strings"


@pytest.mark.parametrize("kind", ["auto", "discrete", "continuous"])
@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([1.5, np.nan, 2.5], FINITE.format(1, 3)),
        ([1.0, np.inf, -np.inf, np.nan], FINITE.format(3, 4)),
        ([[1.5, np.nan], [np.nan, np.nan], [1, 2]], FINITE.format(2, 3)),
        (np.array([1, np.nan], dtype=np.float32), FINITE.format(1, 2)),
        ([0.5, np.inf], FINITE.format(1, 2)),
        ([0.5, 1, -np.inf], FINITE.format(1, 3)),
        ([], SHAPED.format(r"(0,)")),
        (np.empty((0, 3)), SHAPED.format("(0, 3)")),
        (np.empty((3, 0)), SHAPED.format("(3, 0)")),
        (3.5, SHAPED.format("()")),
        (None, SHAPED.format("()")),
        ("abc", SHAPED.format("()")),
        (np.zeros((2, 3, 4)), SHAPED.format("(2, 3, 4)")),
        (np.array([1, 2], dtype=object), KNOWN.format("object with int inside")),
        ([1.5, None], KNOWN.format("object with float, NoneType inside")),
        (["a", None, "b"], KNOWN.format("object with str, NoneType inside")),
        ([1j, 2.0], KNOWN.format("complex128 with complex128 inside")),
        (np.array(["2020-01-01", "2021-01-01"], dtype="M8[D]"), KNOWN.format("datetime64[D] with datetime64 inside")),
        (np.array([1, 2], dtype="m8[s]"), KNOWN.format("timedelta64[s] with timedelta64 inside")),
        ([{1}, {2}], KNOWN.format("object with set inside")),
        ([10**30, 1], KNOWN.format("object with int inside")),
        (
            np.ma.masked_array([1, 2, 3], mask=[0, 1, 0]),
            "x: wanted a value for every sample, got an array with 1 masked",
        ),
    ],
)
def test_what_cannot_be_used_is_refused_by_name(values: Any, message: str, kind: str) -> None:
    assert refusal(values, kind).startswith(message)


@pytest.mark.parametrize("values", [[[1], [1, 2]], [["a", "b"], ["c"]]])
def test_rows_of_different_lengths_are_refused(values: list) -> None:
    said = refusal(values)
    assert "wanted one value a sample, or one row of values a sample, got rows of different lengths" in said
    assert said.endswith("Give every sample equally many values.")


def test_a_masked_array_without_gaps_is_an_array() -> None:
    assert variable(np.ma.masked_array([1, 2, 1], mask=False)).levels.tolist() == [0, 1, 0]


def test_unequal_lengths_are_refused() -> None:
    with pytest.raises(
        InputError, match=r"x and y and z: wanted equally many samples in each, got 2 in x, 2 in y, 3 in z"
    ):
        as_variables({"x": [1, 2], "y": ["a", "b"], "z": [0.5, 1, 2]})
    with pytest.raises(InputError, match="got 2 in x, 3 in y"):
        as_variables({"x": [[1, 2, 3], [1, 2, 4]], "y": [1, 2, 3]})


def test_the_argument_that_cannot_be_used_is_the_one_named() -> None:
    with pytest.raises(InputError, match=r"^given: wanted finite numbers"):
        as_variables({"x": [1, 2], "y": [1, 2], "given": [1, np.nan]})


# --- jitter ---

VALUES = np.random.default_rng(0).normal(5, 3, (4000, 2)) * [1, 1000]


def test_jitter_is_in_standard_deviations_of_each_column() -> None:
    moved = variable(VALUES, jitter=0.01).points - VALUES
    np.testing.assert_allclose(moved.std(axis=0) / VALUES.std(axis=0), 0.01, rtol=0.05)
    np.testing.assert_allclose(moved.mean(axis=0) / VALUES.std(axis=0), 0, atol=0.001)
    assert abs(np.corrcoef(moved.T)[0, 1]) < 0.07


def test_jitter_depends_on_the_seed_and_on_the_place_alone() -> None:
    def jittered(seed: int) -> tuple[Variable, ...]:
        return as_variables({"x": VALUES, "y": VALUES}, jitter=0.1, seed=seed)

    first, again, other = jittered(3), jittered(3), jittered(4)
    np.testing.assert_array_equal(first[0].points, again[0].points)
    np.testing.assert_array_equal(first[1].points, again[1].points)
    assert not np.array_equal(first[0].points, other[0].points)
    noise = [(one.points - VALUES).ravel() / np.tile(VALUES.std(axis=0), 4000) for one in first]
    assert abs(np.corrcoef(noise)[0, 1]) < 0.05


def test_only_continuous_columns_are_jittered() -> None:
    arrays_ = {"x": [1, 2, 2, 3], "y": ["a", "b", "b", "c"], "z": [0.5, 1, 1, 2]}
    whole, names, numbers = as_variables(arrays_, jitter=0.1)
    assert whole.points[:, 0].tolist() == [1, 2, 2, 3]
    assert whole.levels.tolist() == names.levels.tolist() == [0, 1, 1, 2]
    assert numbers.points[:, 0].tolist() != [0.5, 1, 1, 2]
    assert numbers.tied == 0
    assert variable([1, 2, 2, 3], "continuous", jitter=0.1).tied == 0


def test_without_jitter_nothing_moves_and_what_came_is_not_written_to() -> None:
    values = VALUES.copy()
    np.testing.assert_array_equal(variable(values).points, VALUES)
    variable(values, jitter=0.5)
    np.testing.assert_array_equal(values, VALUES)


def test_a_constant_has_nothing_to_jitter_by() -> None:
    assert variable([2.5] * 5, jitter=0.1).constant


# --- ties, constants, parts ---


@pytest.mark.parametrize(
    ("values", "kind", "share"),
    [
        ([0.5, 1.5, 2.5], "auto", 0),
        ([0.5, 0.5, 2.5, 3.5], "auto", 0.5),
        ([0.5, 0.5, 0.5, 3.5, 3.5], "auto", 1),
        (["a", "b", "b", "c"], "auto", 0.5),
        ([[0.5, 1], [0.5, 2], [0.5, 1]], "auto", 2 / 3),
    ],
)
def test_samples_are_tied_that_share_their_value(values: Any, kind: str, share: float) -> None:
    assert variable(values, kind).tied == pytest.approx(share)


def test_ties_of_continuous_variables_are_warned_of() -> None:
    n = 1000
    distinct = np.arange(n) + 0.5
    tied = distinct.copy()
    tied[:400:2] = tied[1:400:2]
    few = distinct.copy()
    few[:10:2] = few[1:10:2]
    many = distinct.copy()
    many[:12:2] = many[1:12:2]
    found = as_variables(
        {"distinct": distinct, "tied": tied, "few": few, "many": many, "whole": np.arange(n) % 9, "same": [0.5] * n}
    )
    assert [warning.split(";")[0] for warning in tie_warnings(found)] == [
        "tied: 40% of the samples share their value with another",
        "many: 1% of the samples share their value with another",
    ]
    assert "jitter=1e-6" in tie_warnings(found)[0]
    assert "kinds='discrete'" in tie_warnings(found)[0]


@pytest.mark.parametrize("values", [[2.5] * 3, [7, 7], ["a", "a"], [[0.5, 1], [0.5, 1]], [1.5]])
def test_a_constant_is_told(values: Any) -> None:
    assert variable(values).constant


@pytest.mark.parametrize("values", [[2.5, 2.5, 3], [7, 8], ["a", "a", "b"], [[0.5, 1], [0.5, 2]]])
def test_what_varies_is_no_constant(values: Any) -> None:
    assert not variable(values).constant


def test_some_samples_of_a_variable() -> None:
    rows = np.array([3, 0, 0])
    whole = variable([5, 6, 7, 8]).take(rows)
    assert (whole.levels.tolist(), whole.points[:, 0].tolist(), whole.n_levels) == ([3, 0, 0], [8, 5, 5], 4)
    numbers = variable([0.5, 1, 2, 3]).take(rows)
    assert (numbers.points[:, 0].tolist(), numbers.n_samples, numbers.discrete) == ([3, 0.5, 0.5], 3, False)
    names = variable(["a", "b", "c", "d"]).take(rows)
    assert (names.levels.tolist(), names.numbers) == ([3, 0, 0], None)
    dense = variable(np.arange(30)).take(rows)
    assert len(dense.warnings) == 1
