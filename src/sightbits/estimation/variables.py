"""Plain arrays as variables: discrete or continuous, told apart safely, and checked once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from jaxtyping import Float, Int64

from sightbits.core.checks import InputError, check_choice

KINDS = ("auto", "discrete", "continuous")
_FEW_VALUES = 20
_REPEATS = 5  # samples a distinct value: with fewer, whole numbers may as well be measurements
_MANY_TIES = 0.01


@dataclass(frozen=True, eq=False, kw_only=True)
class Variable:
    """Samples of one variable, which may have several columns.

    Parameters
    ----------
    numbers
        The values as numbers, one column a dimension; None where they are names.
    codes, n_levels
        The value of each sample as a code, and how many values there are; None and 0 for a continuous variable.
    level_names
        What each code stands for, where the values are names.
    warnings
        What was assumed of the values, or is awkward about them.
    """

    name: str
    numbers: Float[np.ndarray, "n d"] | None
    codes: Int64[np.ndarray, "n"] | None
    n_levels: int
    level_names: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def discrete(self) -> bool:
        """Whether the variable has distinct values that can be counted."""
        return self.codes is not None

    @property
    def n_samples(self) -> int:
        """How many samples there are."""
        return len(self.levels if self.discrete else self.points)

    @property
    def points(self) -> Float[np.ndarray, "n d"]:
        """The values as points, for estimators that look at distances."""
        if self.numbers is None:
            raise InputError(
                self.name,
                wanted="numbers, since this estimator looks at distances",
                got="names",
                remedy="Choose ross, or an estimator of counts such as plug_in.",
            )
        return self.numbers

    @property
    def levels(self) -> Int64[np.ndarray, "n"]:
        """The values as codes; bin a continuous variable first."""
        if self.codes is None:
            raise TypeError(f"{self.name} is continuous")
        return self.codes

    @property
    def constant(self) -> bool:
        """Whether all samples have one value."""
        if self.discrete:
            return bool((self.levels == self.levels[0]).all())
        return bool((self.points == self.points[0]).all())

    @property
    def tied(self) -> float:
        """The share of samples whose value another sample has too."""
        codes = self.levels if self.discrete else _code(self.points)[0]
        counts = np.bincount(codes)
        return float(counts[counts > 1].sum() / self.n_samples)

    def take(self, rows: Int64[np.ndarray, "n_taken"]) -> "Variable":
        """Return these samples; one may come more than once."""
        return replace(
            self,
            numbers=None if self.numbers is None else self.numbers[rows],
            codes=None if self.codes is None else self.codes[rows],
        )


def as_variables(
    arrays: dict[str, Any], kinds: str | Sequence[str] = "auto", *, jitter: float = 0.0, seed: int = 0
) -> tuple[Variable, ...]:
    """Return plain arrays as variables of equal length.

    Parameters
    ----------
    arrays
        By name: numbers, booleans or names, one a sample; or one row a sample.
    kinds
        "auto", "discrete" or "continuous" for all, or one of them for each.
    jitter
        Gaussian noise added to each continuous column, in its standard deviations: breaks ties.

    Raises
    ------
    InputError
        For missing or infinite values, mixed objects, empty arrays, unequal lengths.

    Notes
    -----
    Booleans and names are discrete, numbers with fractions continuous. Whole numbers, also those stored as floats,
    are taken as discrete, with a warning where they hardly repeat (more than 20 distinct, fewer than 5 samples each).
    """
    wanted = [kinds] * len(arrays) if isinstance(kinds, str) else list(kinds)
    if len(wanted) != len(arrays):
        raise InputError(
            "kinds",
            wanted=f"one kind for all, or one for each of {', '.join(arrays)}",
            got=f"{len(wanted)} kinds",
            remedy="Say kinds='continuous', or a list.",
        )
    found = tuple(_as_variable(name, values, kind) for (name, values), kind in zip(arrays.items(), wanted, strict=True))
    lengths = {variable.name: variable.n_samples for variable in found}
    if len(set(lengths.values())) > 1:
        raise InputError(
            " and ".join(lengths),
            wanted="equally many samples in each",
            got=", ".join(f"{n} in {name}" for name, n in lengths.items()),
            remedy="Pair them sample by sample.",
        )
    if not jitter:
        return found
    return tuple(_jittered(variable, jitter, np.random.default_rng([seed, i])) for i, variable in enumerate(found))


def _as_variable(name: str, values: Any, kind: str) -> Variable:
    check_choice("kinds", kind, KINDS)
    array = _as_array(name, values)
    if array.ndim == 1:
        array = array[:, np.newaxis]
    if array.ndim != 2 or array.size == 0:
        raise InputError(
            name,
            wanted="one value a sample, or one row of values a sample",
            got=f"an array of shape {np.shape(values)}",
            remedy="Give a 1-D or 2-D array with at least one sample.",
        )
    if array.dtype.kind in "US" or (array.dtype.kind == "O" and all(isinstance(v, str) for v in array.flat)):
        readable = np.char.decode(array, "utf-8", "backslashreplace") if array.dtype.kind == "S" else array.astype(str)
        return _named(name, readable, kind)
    if array.dtype.kind not in "biuf":
        inside = dict.fromkeys(type(value).__name__ for value in array.flat)
        raise InputError(
            name,
            wanted="numbers, booleans or names",
            got=f"an array of {array.dtype} with {', '.join(list(inside)[:4])} inside",
            remedy="Convert it to numbers, or to strings where the values are names.",
        )
    numbers = np.ascontiguousarray(array, dtype=np.float64)
    if not np.isfinite(numbers).all():
        n_bad = int((~np.isfinite(numbers)).any(axis=1).sum())
        raise InputError(
            name,
            wanted="finite numbers",
            got=f"NaN or infinity in {n_bad} of {len(array)} samples",
            remedy="Leave those samples out of every variable, or fill them in.",
        )
    whole = array.dtype.kind != "f" or bool((numbers == np.rint(numbers)).all())
    if kind == "continuous" or (kind == "auto" and not whole):
        return _continuous(name, numbers)
    exact = array if array.dtype.kind in "iu" else numbers  # whole numbers above 2^53 differ only as they came
    return _discrete(name, exact, numbers, assumed=kind == "auto" and array.dtype.kind != "b")


def _as_array(name: str, values: Any) -> np.ndarray:
    if np.ma.is_masked(values):
        raise InputError(
            name,
            wanted="a value for every sample",
            got=f"an array with {int(np.ma.getmaskarray(values).sum())} masked",
            remedy="Leave those samples out of every variable, or fill them in.",
        )
    try:
        return np.asarray(values)
    except ValueError as error:
        raise InputError(
            name,
            wanted="one value a sample, or one row of values a sample",
            got=f"rows of different lengths ({error})",
            remedy="Give every sample equally many values.",
        ) from error


def _named(name: str, array: np.ndarray, kind: str) -> Variable:
    if kind == "continuous":
        raise InputError(name, wanted="numbers, to be continuous", got="names", remedy="Say kinds='discrete'.")
    codes, n_levels = _code(array)
    names = tuple(" ".join(row) for row in np.unique(array, axis=0))
    return Variable(name=name, numbers=None, codes=codes, n_levels=n_levels, level_names=names)


def _discrete(name: str, exact: np.ndarray, numbers: np.ndarray, *, assumed: bool) -> Variable:
    codes, n_levels = _code(exact)
    warnings: tuple[str, ...] = ()
    if assumed and n_levels > _FEW_VALUES and len(codes) < _REPEATS * n_levels:
        warnings = (
            f"{name}: {n_levels:,} distinct whole numbers in {len(codes):,} samples were taken as discrete; "
            "say kinds='continuous' if they are measurements, kinds='discrete' if not.",
        )
    return Variable(name=name, numbers=numbers, codes=codes, n_levels=n_levels, warnings=warnings)


def _continuous(name: str, numbers: Float[np.ndarray, "n d"]) -> Variable:
    return Variable(name=name, numbers=numbers, codes=None, n_levels=0)


def _code(array: np.ndarray) -> tuple[Int64[np.ndarray, "n"], int]:
    if array.shape[1] == 1:
        seen, codes = np.unique(array[:, 0], return_inverse=True)
    else:
        seen, codes = np.unique(array, axis=0, return_inverse=True)
    return codes.reshape(-1).astype(np.int64), len(seen)


def _jittered(variable: Variable, jitter: float, rng: np.random.Generator) -> Variable:
    if variable.discrete:
        return variable
    spread = variable.points.std(axis=0)
    return replace(variable, numbers=variable.points + jitter * spread * rng.standard_normal(variable.points.shape))


def tie_warnings(variables: Sequence[Variable]) -> tuple[str, ...]:
    """Return a warning for each continuous variable with so many ties that distances and ranks mean little."""
    return tuple(
        f"{variable.name}: {share:.0%} of the samples share their value with another; estimators of distances and "
        "ranks suffer. Say jitter=1e-6 to break ties at random, or kinds='discrete'."
        for variable in variables
        if not variable.discrete and not variable.constant and (share := variable.tied) > _MANY_TIES
    )
