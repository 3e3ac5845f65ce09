"""The choice of pixels as a part of scikit-learn: fit, transform, and what was found."""

import warnings
from numbers import Integral, Real
from typing import Any

import numpy as np
from jaxtyping import Bool, Int64, Shaped
from sklearn.base import BaseEstimator
from sklearn.feature_selection import SelectorMixin
from sklearn.utils import check_random_state
from sklearn.utils.multiclass import type_of_target
from sklearn.utils.validation import check_is_fitted, validate_data

from sightbits.core.checks import InputError, check_choice
from sightbits.core.counts import LabelledLevels
from sightbits.core.levels import MOST_LEVELS
from sightbits.information.discrete import ADDITIVE, ESTIMATORS
from sightbits.selection.choosing import Constraints
from sightbits.selection.coding import code_columns, suitable_levels
from sightbits.selection.rankers import COUNTS_PAIRS, RANKERS, default_levels, rank_pixels
from sightbits.selection.sample import PixelSample, varying

_COUNTING = {"mutual_information", *COUNTS_PAIRS}
_MOST_CLASSES = 10_000
Values = Shaped[np.ndarray, "n_samples columns"]


class PixelSelector(SelectorMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Select the pixels, or columns of any table, that together tell most of the label.

    A transformer of scikit-learn: it works in a `Pipeline` and under `GridSearchCV`, keeps column names, and gives data
    frames after `set_output(transform="pandas")`.

    Parameters
    ----------
    n_pixels
        How many are selected: a whole number; a share of the columns, above 0 and at most 1.0, rounded down but at
        least one; or None for half of them.
    ranker
        cmim, jmi, mrmr and greedy_joint take pixels one by one, each in the light of those taken before;
        mutual_information, variance, knn (scikit-learn's `mutual_info_classif`) and random score each pixel alone.
    levels
        How many grey levels are counted, 2 to 256. None takes what suits the ranker and the number of samples: 2 for
        greedy_joint; 2 to 4 for pairs; for mutual_information as many as leave 5 samples in a cell of (level, label),
        at most 256 of bytes and 32 of other numbers. Of no concern to variance, knn and random, which take values as
        they are.
    estimator
        How information is estimated. None takes plug_in for single pixels, grassberger for pairs, which need one of
        plug_in, miller_madow, grassberger and jackknife. Of no concern to variance, knn and random.
    costs
        What measuring each column costs, above 0; scores count per cost. None where all cost the same.
    required, forbidden
        Columns that are selected in any case, and columns that never are: numbers, or names where X is a data frame.
    random_state
        Seed of random and knn: a whole number, a `numpy.random.RandomState`, or None for another one each time. The
        other rankers are deterministic.

    Attributes
    ----------
    ranking_
        Column numbers, best first; the first `n_pixels_` are selected. Those after them follow by their score at that
        moment; columns that never change come last, forbidden ones not at all. (In `RFE` it is each column's rank.)
    scores_
        The ranker's score of each column when it was taken, or the last one it had; NaN for forbidden ones. In nats,
        but for variance and random.
    support_
        Which columns are selected.
    n_pixels_
        How many are.
    n_levels_
        How many levels the columns were coded to at most; None where the ranker takes values as they are.
    n_before_chance_
        How many pixels greedy_joint had taken when no other added more than chance, after which it goes on by cmim;
        None where that did not come, and for the other rankers.
    classes_
        The labels.
    n_features_in_, feature_names_in_
        How many columns X had in `fit`, and their names where they are strings.

    Notes
    -----
    Values are coded as levels before they are counted. Columns of bytes (uint8) are grey values of one range:
    level = floor(value * levels / (max + 1)), where max is 255, or the largest value if that is 127 or less. Columns of
    anything else are cut by their own quantiles into levels of equal mass, so that their ranges may differ: only the
    order of values within a column matters, and a column with no more different values than levels keeps them all.
    `transform` gives the values as they came.

    The labels are needed for every ranker. They are classes; a continuous target has to be cut into classes first.
    Missing values, sparse matrices and sample weights are not supported.

    Where more pixels are asked for than there are, all are selected, with a warning, as `SelectKBest` does; a warning
    also says how many columns vary where that is fewer than asked for.

    Cost: for each pixel taken, one pass over all samples and columns. Memory: one byte a value, two to five for pairs.

    Source: F. Fleuret, Fast binary feature selection with conditional mutual information, Journal of Machine Learning
    Research 5, 2004, 1531-1555 (cmim, the default); for the others see docs/how-to/selection.md.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> images, labels = load_digits(return_X_y=True)
    >>> selector = PixelSelector(n_pixels=5).fit(images, labels)
    >>> selector.ranking_[:5], selector.n_levels_
    (array([21, 42, 61, 43, 26]), 4)
    >>> selector.transform(images).shape
    (1797, 5)
    """

    def __init__(
        self,
        n_pixels: Any = 10,
        *,
        ranker: Any = "cmim",
        levels: Any = None,
        estimator: Any = None,
        costs: Any = None,
        required: Any = (),
        forbidden: Any = (),
        random_state: Any = 0,
    ) -> None:
        self.n_pixels = n_pixels
        self.ranker = ranker
        self.levels = levels
        self.estimator = estimator
        self.costs = costs
        self.required = required
        self.forbidden = forbidden
        self.random_state = random_state

    def fit(self, X: Any, y: Any) -> "PixelSelector":  # noqa: N803
        """Rank the columns of X by what they tell of y, and select the first ones.

        Parameters
        ----------
        X
            One row a sample, one column a pixel: an array or a data frame of finite numbers.
        y
            The class of each sample: names, numbers or booleans.

        Raises
        ------
        InputError
            For parameters that cannot be, fewer than two classes, or a continuous y. It is a `ValueError`, as is what
            scikit-learn raises for missing values, sparse matrices and shapes that do not fit.

        Warns
        -----
        UserWarning
            Where more pixels are asked for than there are, or than vary.
        """
        self._check_choices()
        values, y = validate_data(self, X, y)
        self.classes_, labels = _classes_of(y)
        n_columns = values.shape[1]
        rules = Constraints(
            costs=None if self.costs is None else np.asarray(self.costs, dtype=np.float64),
            required=self._column_numbers("required"),
            forbidden=self._column_numbers("forbidden"),
        )
        rules.check(n_columns)
        n_wanted = self._count_wanted(n_columns, len(rules.required))
        n_usable = n_columns - len(rules.forbidden)
        sample, self.n_levels_ = self._sample(values, labels)
        ranking = rank_pixels(
            sample,
            ranker=self.ranker,
            estimator=self.estimator,
            n_chosen=min(n_wanted, n_usable),
            constraints=rules,
            seed=self._seed(),
        )
        varies = varying(values if self.n_levels_ is None else sample.coded.levels)
        self.ranking_ = ranking.order
        self.scores_ = ranking.scores
        self.n_before_chance_ = ranking.n_before_chance
        self.n_pixels_ = min(n_wanted, n_usable)
        self.support_ = np.zeros(n_columns, dtype=bool)
        self.support_[self.ranking_[: self.n_pixels_]] = True
        self._warn_of_too_few(n_wanted, varies[self.ranking_], values)
        return self

    def _get_support_mask(self) -> Bool[np.ndarray, "columns"]:
        check_is_fitted(self)
        return self.support_

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags

    def _check_choices(self) -> None:
        check_choice("ranker", self.ranker, RANKERS)
        if self.estimator is not None:
            check_choice("estimator", self.estimator, ADDITIVE if self.ranker in COUNTS_PAIRS else ESTIMATORS)
        if self.levels is not None and not (_is_whole(self.levels) and 2 <= self.levels <= MOST_LEVELS):
            raise InputError(
                "levels",
                wanted=f"a whole number from 2 to {MOST_LEVELS}, or None",
                got=repr(self.levels),
                remedy="None takes what suits the ranker.",
            )

    def _count_wanted(self, n_columns: int, n_required: int) -> int:
        wanted = 0.5 if self.n_pixels is None else self.n_pixels
        if _is_whole(wanted) and wanted >= 1:
            n_wanted = int(wanted)
        elif isinstance(wanted, Real) and not isinstance(wanted, Integral) and 0 < float(wanted) <= 1:
            n_wanted = max(1, int(float(wanted) * n_columns + 1e-9))
        else:
            raise InputError(
                "n_pixels",
                wanted="a whole number of at least 1, a share above 0 and at most 1.0, or None",
                got=repr(wanted),
                remedy="Set n_pixels to how many columns to select; None selects half.",
            )
        if n_wanted < n_required:
            raise InputError(
                "n_pixels",
                wanted=f"at least {n_required}, since so many are required",
                got=f"{self.n_pixels!r}, which makes {n_wanted}",
                remedy="Select more, or require fewer.",
            )
        return n_wanted

    def _column_numbers(self, parameter: str) -> tuple[int, ...]:
        asked = getattr(self, parameter)
        if isinstance(asked, str) or np.ndim(asked) != 1:
            raise InputError(
                parameter,
                wanted="a list of column numbers or names",
                got=repr(asked),
                remedy="Put it into a list; an empty one for none.",
            )
        names = list(getattr(self, "feature_names_in_", ()))
        found = []
        for column in asked:
            if column in names and isinstance(column, str):
                found.append(names.index(column))
            elif _is_whole(column):
                found.append(int(column))
            else:
                raise InputError(
                    parameter,
                    wanted="column numbers" + (", or names of columns of X" if names else ", since X has no names"),
                    got=repr(column),
                    remedy="Count columns from 0" + (", or see feature_names_in_." if names else "."),
                )
        return tuple(found)

    def _sample(self, values: Values, labels: Int64[np.ndarray, "n_samples"]) -> tuple[PixelSample, int | None]:
        n_samples, n_labels = len(labels), len(self.classes_)
        if self.ranker == "knn" and n_samples == n_labels:
            raise InputError(
                "y",
                wanted="a class of two samples at least, since knn looks for neighbours within a class",
                got=f"{n_labels} classes of one sample each",
                remedy="Give more samples, or choose another ranker.",
            )
        n_levels: int | None = None
        if self.ranker in _COUNTING:
            n_levels = self.levels or default_levels(self.ranker, n_images=n_samples, n_labels=n_labels)
            n_levels = int(n_levels or suitable_levels(values.dtype, n_samples=n_samples, n_labels=n_labels))
            levels, n_levels = code_columns(values, n_levels)
        else:
            levels = np.broadcast_to(np.uint8(0), values.shape)  # not looked at, and takes no memory
        coded = LabelledLevels(levels=levels, labels=labels, n_levels=n_levels or 1, n_labels=n_labels)
        return PixelSample(values=values, coded=coded), n_levels

    def _seed(self) -> int:
        if _is_whole(self.random_state) and self.random_state >= 0:
            return int(self.random_state)
        return int(check_random_state(self.random_state).randint(2**31 - 1))

    def _warn_of_too_few(self, n_wanted: int, varies: Bool[np.ndarray, "usable"], values: Values) -> None:
        n_usable, n_varying = len(varies), int(varies.sum())
        if n_wanted > n_usable:
            said = f"{self.n_features_in_} columns of X {n_usable} may be used: all of them are selected."
            warnings.warn(f"n_pixels: {n_wanted} asked for, but of the {said}", UserWarning, stacklevel=3)
        elif n_wanted > n_varying:
            hidden = int(varying(values)[self.ranking_].sum()) > n_varying
            said = f"{n_varying} columns vary" + (f" once coded to {self.n_levels_} levels" if hidden else "")
            warnings.warn(
                f"n_pixels: {n_wanted} asked for, but only {said}: the others selected tell nothing, and are the first "
                "by number.",
                UserWarning,
                stacklevel=3,
            )


def _is_whole(value: Any) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool)


def _classes_of(
    y: Shaped[np.ndarray, "n_samples"],
) -> tuple[Shaped[np.ndarray, "classes"], Int64[np.ndarray, "n_samples"]]:
    """Return the classes in order, and which one each sample has."""
    kind = type_of_target(y, input_name="y")
    if kind not in ("binary", "multiclass"):
        raise InputError(
            "y",
            wanted="class labels",
            got=f"Unknown label type: {kind}, from {y[0]!r} on",
            remedy="Cut a continuous target into classes first, for instance with "
            "sklearn.preprocessing.KBinsDiscretizer; turn other objects into strings or whole numbers.",
        )
    classes, labels = np.unique(y, return_inverse=True)
    if len(classes) == 1:
        raise InputError(
            "y",
            wanted="labels of at least two classes",
            got=f"one class, {classes[0]!r}",
            remedy="With one class there is nothing to tell apart: add samples of another.",
        )
    if len(classes) > _MOST_CLASSES:
        raise InputError(
            "y",
            wanted=f"at most {_MOST_CLASSES} classes",
            got=str(len(classes)),
            remedy="Is this a number to predict rather than a class? Cut it into classes first.",
        )
    return classes, labels.astype(np.int64)
