import pickle
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import Pipeline
from sklearn.utils.estimator_checks import estimator_checks_generator

from sightbits import Encoding, InputError, encoding_named
from sightbits.encodings.affine import Centred, Inverted, Scaled
from sightbits.encodings.chained import Chained
from sightbits.encodings.levels import Quantised
from sightbits.encodings.named import ENCODINGS

WIDE = (-1000.0, 1000.0)
IMAGES, DIGITS = load_digits(return_X_y=True)


def every_encoding() -> list[Encoding]:
    chains = [Chained((Centred(), Scaled(WIDE))), Chained((Inverted(WIDE), Quantised(7))), Chained()]
    return [*(encoding_named(name, WIDE) for name in ENCODINGS), *chains]


def sklearn_checks():
    for encoding in every_encoding():
        for _, check in estimator_checks_generator(encoding):
            if check.func.__name__ != "check_array_api_input":  # skips itself unless arrays of other libraries are on
                yield pytest.param(encoding, check, id=f"{encoding}-{check.func.__name__}")


@pytest.mark.parametrize(("encoding", "check"), list(sklearn_checks()))
def test_scikit_learn_is_content(encoding: Encoding, check: Any) -> None:
    check(clone(encoding))


def test_every_check_of_scikit_learn_applies() -> None:
    names = {check.func.__name__ for _, check in estimator_checks_generator(Centred())}
    assert {"check_transformer_general", "check_transformer_preserve_dtypes", "check_estimators_nan_inf"} <= names


def test_pipeline_and_grid_search() -> None:
    steps = Pipeline([("encode", encoding_named("identity")), ("classify", GaussianNB())])
    grid = {"encode": [encoding_named(name, (0.0, 16.0)) for name in ("scaled", "inverted+scaled+centred")]}
    grid["encode"].append(Chained([Quantised(2, value_range=(0.0, 16.0)), Scaled(to=(0.0, 1.0))]))
    search = GridSearchCV(steps, grid, cv=3, error_score="raise").fit(IMAGES, DIGITS)
    assert search.best_estimator_["encode"].n_features_in_ == 64
    assert (search.cv_results_["mean_test_score"] > 0.4).all()


def test_parameters_can_be_searched() -> None:
    steps = Pipeline([("encode", Quantised(value_range=(0.0, 16.0))), ("classify", GaussianNB())])
    search = GridSearchCV(steps, {"encode__n_levels": [2, 5]}, cv=2, error_score="raise").fit(IMAGES, DIGITS)
    assert search.best_params_["encode__n_levels"] in {2, 5}


def test_names_of_columns_are_kept() -> None:
    table = pd.DataFrame({"left": [1.0, 3.0], "right": [2.0, 2.0]})
    encoding = Centred().set_output(transform="pandas")
    encoded = encoding.fit_transform(table)
    pd.testing.assert_frame_equal(encoded, pd.DataFrame({"left": [-1.0, 1.0], "right": [0.0, 0.0]}))
    assert encoding.get_feature_names_out().tolist() == ["left", "right"]
    np.testing.assert_array_equal(encoding.inverse_transform(encoded), table)
    with pytest.raises(ValueError, match="feature names should match"):
        encoding.transform(table[["right", "left"]])


def test_pixels_of_images_are_numbered_through() -> None:
    encoding = Centred().fit(IMAGES.reshape(-1, 8, 8))
    assert encoding.n_features_in_ == 64
    assert encoding.image_shape_ == (8, 8)
    assert encoding.get_feature_names_out()[[0, 8, 63]].tolist() == ["x0", "x8", "x63"]


def test_names_are_forgotten_when_images_follow_a_table() -> None:
    encoding = Centred().fit(pd.DataFrame({"left": [1.0, 3.0]}))
    encoding.fit(IMAGES.reshape(-1, 8, 8))
    assert not hasattr(encoding, "feature_names_in_")
    assert encoding.n_features_in_ == 64


@pytest.mark.parametrize("encoding", every_encoding(), ids=str)
def test_pickles_and_clones(encoding: Encoding) -> None:
    images = IMAGES.reshape(-1, 8, 8)[:50]
    fitted = clone(encoding).fit(images)
    again = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(again.transform(images), fitted.transform(images))
    fresh = clone(fitted)
    for ask in (lambda: fresh.transform(images), fresh.affine, fresh.steps, fresh.to_torch, lambda: fresh.bijective):
        with pytest.raises(NotFittedError):
            ask()
    with pytest.raises(NotFittedError):
        fresh.inverse_transform(images)


@pytest.mark.parametrize("encoding", every_encoding(), ids=str)
def test_fitting_again_forgets_what_was_before(encoding: Encoding) -> None:
    images = IMAGES.reshape(-1, 8, 8)
    again = clone(encoding).fit(images[:20] - 3).fit(images[20:50])
    once = clone(encoding).fit(images[20:50])
    np.testing.assert_array_equal(again.transform(images), once.transform(images))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("shape", [(5, 64), (5, 8, 8), (5, 4, 4, 4)])
def test_missing_and_infinite_values_are_refused(value: float, shape: tuple[int, ...]) -> None:
    images = IMAGES[:5].reshape(shape).copy()
    encoding = Centred().fit(images)
    images[2].flat[3] = value
    for ask in (Centred().fit, encoding.transform, encoding.inverse_transform):
        with pytest.raises(ValueError, match=r"Input.* contains (NaN|infinity)"):
            ask(images)


@pytest.mark.parametrize(
    ("fitted", "given"),
    [
        ((5, 8, 8), (5, 64)),
        ((5, 8, 8), (8, 8)),
        ((5, 8, 8), (5, 8, 7)),
        ((5, 8, 8), (5, 8, 8, 1)),
        ((5, 64), (5, 8, 8)),
        ((5, 2, 1), (5, 1, 2)),
    ],
)
def test_images_of_another_shape_are_refused(fitted: tuple[int, ...], given: tuple[int, ...]) -> None:
    encoding = Centred().fit(np.ones(fitted))
    for ask in (encoding.transform, encoding.inverse_transform):
        with pytest.raises(InputError, match=r"X: wanted images of shape \(.*, got an array of shape \("):
            ask(np.ones(given))


def test_a_table_with_other_columns_is_refused_as_scikit_learn_does() -> None:
    encoding = Centred().fit(np.ones((5, 6)))
    with pytest.raises(ValueError, match="X has 5 features, but Centred is expecting 6"):
        encoding.transform(np.ones((5, 5)))


@pytest.mark.parametrize("shape", [(5, 0, 4), (5, 0), (0, 4), (0, 4, 4)])
def test_nothing_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"(sample|feature|pixel)\(?s?\)?"):
        Centred().fit(np.ones(shape))


@pytest.mark.parametrize("given", [[1.0, 2.0], 3.0, [[1.0], [2.0, 3.0]], [["dark"]], sparse.csr_array(np.eye(3)), 1j])
def test_what_are_no_images_are_refused(given: Any) -> None:
    with pytest.raises((ValueError, TypeError)):
        Centred().fit(given)


def test_lists_are_taken() -> None:
    encoding = Centred().fit([[[1, 2], [3, 4]], [[3, 2], [3, 4]]])
    np.testing.assert_array_equal(encoding.transform([[[0, 0], [0, 0]]]), [[[-2, -2], [-3, -4]]])
