"""How well a classifier does on the first k pixels of a ranking."""

import hashlib
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int64
from joblib import Parallel, delayed
from sklearn.base import clone
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from sightbits.core.images import ImageDataset
from sightbits.core.journal import Journal
from sightbits.core.progress import Progress
from sightbits.selection.discriminant import LabelScatter

_ROWS_AT_ONCE = 4096
_MANY_LABELS = 200
_MOST_PRODUCTS = 4 * 10**9  # of a step: some seconds
_MOST_PIXELS = 4096
_MOST_DOUBLES = 2**22  # above, single precision: half the memory

CLASSIFIERS: dict[str, Any] = {
    "logistic_regression": LogisticRegression(),
    "linear_discriminant": LinearDiscriminantAnalysis(solver="lsqr"),
    "ridge": RidgeClassifier(copy_X=False),  # what it is fitted to is made for it
    "nearest_neighbours": KNeighborsClassifier(),
    "naive_bayes": GaussianNB(),
    "random_forest": RandomForestClassifier(random_state=0),
}


def suitable_classifier(n_images: int, n_pixels: int, n_labels: int) -> str:
    """Return the linear classifier that is fitted in bearable time.

    Notes
    -----
    A step of logistic regression takes as much time again for each label; linear discriminant analysis does not, but
    takes the cube of the number of pixels, and ridge regression the square of the lesser of images and pixels.

    Examples
    --------
    >>> suitable_classifier(60_000, 784, 10), suitable_classifier(168_233, 1024, 369)
    ('logistic_regression', 'linear_discriminant')
    >>> suitable_classifier(5_700, 30_000, 114)
    'ridge'
    """
    if n_labels <= _MANY_LABELS and n_images * n_pixels * n_labels <= _MOST_PRODUCTS:
        return "logistic_regression"
    return "linear_discriminant" if n_pixels <= _MOST_PIXELS else "ridge"


def count_correct(
    train: ImageDataset,
    test: ImageDataset,
    ranking: Int64[np.ndarray, "pixels"],
    n_pixels: Sequence[int],
    *,
    classifier: Any,
    n_jobs: int,
    journal: Journal,
    key: str,
    progress: Progress,
) -> tuple[Int64[np.ndarray, "curve"], Bool[np.ndarray, "curve"]]:
    """Return, for each k, how many test images are told right from the first k pixels, and whether the fit converged.

    Notes
    -----
    Pixels are standardised on the training images. Fits run in `n_jobs` threads with one BLAS thread each, the
    costliest first; they take by far the longest of an audit, so each is recorded in the journal. A set of pixels is
    fitted once, whichever rankings and orders it comes from. All fits of the linear discriminant share one pass over
    the images.
    """
    sets = {k: np.sort(ranking[:k]) for k in n_pixels}
    keys = {k: f"{key} {hashlib.sha256(pixels.tobytes()).hexdigest()}" for k, pixels in sets.items()}
    outcomes = {k: journal.recall(keys[k]) for k in n_pixels}
    open_k = sorted((k for k in n_pixels if outcomes[k] is None), reverse=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # said in the result instead
        warnings.filterwarnings("ignore", message="Only one sample available")  # of a label, by the discriminant
        fit_and_count = _way_to_count(train, test, [sets[k] for k in open_k], classifier, n_jobs)
        with threadpool_limits(1):
            fits = Parallel(n_jobs=n_jobs, prefer="threads", return_as="generator_unordered")(
                delayed(fit_and_count)(sets[k]) for k in open_k
            )
            for k, n_correct, converged in fits:
                outcomes[k] = [n_correct, converged]
                journal.record(keys[k], outcomes[k])
                progress("accuracy curve", sum(o is not None for o in outcomes.values()), len(n_pixels))
    return np.array([outcomes[k][0] for k in n_pixels]), np.array([outcomes[k][1] for k in n_pixels], dtype=bool)


def _way_to_count(
    train: ImageDataset, test: ImageDataset, sets: Sequence[Int64[np.ndarray, "_"]], classifier: Any, n_jobs: int
) -> Callable[[Int64[np.ndarray, "k"]], tuple[int, int, bool]]:
    """Return what fits a classifier on some pixels; the sets are nested, the largest comes first."""
    discriminant = CLASSIFIERS["linear_discriminant"]
    if not sets or type(classifier) is not type(discriminant) or classifier.get_params() != discriminant.get_params():
        return lambda pixels: _fit_and_count(train, test, pixels, clone(classifier))
    widest = sets[0]
    with threadpool_limits(n_jobs):
        scatter = LabelScatter.of(train.values[:, widest], train.labels)

    def count(pixels: Int64[np.ndarray, "k"]) -> tuple[int, int, bool]:
        told = scatter.rule(np.searchsorted(widest, pixels)).predict(test.values[:, pixels])
        return len(pixels), int((told == test.labels).sum()), True

    return count


def _fit_and_count(
    train: ImageDataset, test: ImageDataset, pixels: Int64[np.ndarray, "k"], classifier: Any
) -> tuple[int, int, bool]:
    scaler = StandardScaler()
    for start in range(0, train.n_images, _ROWS_AT_ONCE):
        scaler.partial_fit(_columns(train, pixels, start))
    if not (scaler.var_ > 0).any():
        classifier = DummyClassifier()  # nothing moves: the commonest label is all there is to say
    precise = isinstance(classifier, RidgeClassifier)  # its penalty is lost beside many pixels in single precision
    classifier.fit(_standardise(train, pixels, scaler, precise), train.labels)
    predicted = classifier.predict(_standardise(test, pixels, scaler, precise))
    n_steps, most_steps = (getattr(classifier, name, None) for name in ("n_iter_", "max_iter"))
    converged = n_steps is None or most_steps is None or most_steps <= 0 or np.max(n_steps, initial=0) < most_steps
    return len(pixels), int((predicted == test.labels).sum()), bool(converged)


def _columns(images: ImageDataset, pixels: Int64[np.ndarray, "k"], start: int) -> Float[np.ndarray, "rows k"]:
    return images.values[start : start + _ROWS_AT_ONCE, pixels].astype(np.float64)


def _standardise(
    images: ImageDataset, pixels: Int64[np.ndarray, "k"], scaler: StandardScaler, precise: bool
) -> Float[np.ndarray, "n_images k"]:
    """Return standardised pixels, made block by block, so that no second copy of all images as floats is held."""
    shape = (images.n_images, len(pixels))
    standardised = np.empty(shape, dtype=np.float64 if precise or np.prod(shape) <= _MOST_DOUBLES else np.float32)
    for start in range(0, images.n_images, _ROWS_AT_ONCE):
        standardised[start : start + _ROWS_AT_ONCE] = scaler.transform(_columns(images, pixels, start))
    return standardised
