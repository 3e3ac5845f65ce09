import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.datasets import load_digits
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sightbits.core.images import ImageDataset
from sightbits.core.journal import Journal
from sightbits.core.progress import Progress, silent
from sightbits.selection.accuracy import CLASSIFIERS, count_correct

Make = Callable[..., ImageDataset]
RANKING = np.random.default_rng(2).permutation(64)


class FirstLabel(ClassifierMixin, BaseEstimator):
    """Answers the first label always, and remembers how many pixels each fit had."""

    fits: list[int] = []  # noqa: RUF012  a copy made by clone must count too

    def fit(self, x: np.ndarray, y: np.ndarray) -> "FirstLabel":
        self.fits.append(x.shape[1])
        self.answer_ = y[0]
        return self

    def predict(self, x: np.ndarray) -> np.ndarray:
        return np.full(len(x), self.answer_)


@pytest.fixture(scope="module")
def train_and_test(make_dataset: Make) -> tuple[ImageDataset, ImageDataset]:
    digits = load_digits()
    data = make_dataset(digits.images.astype(np.uint8), digits.target, value_range=(0.0, 16.0))
    return data.take(slice(500)), data.take(slice(1200, 1500))


@pytest.fixture
def fits() -> list[int]:
    FirstLabel.fits.clear()
    return FirstLabel.fits


def count(
    train_and_test: tuple[ImageDataset, ImageDataset],
    n_pixels: list[int],
    classifier: Any,
    *,
    ranking: np.ndarray = RANKING,
    n_jobs: int = 1,
    journal: Journal | None = None,
    key: str = "by chance",
    progress: Progress = silent,
) -> tuple[list[int], list[bool]]:
    n_correct, converged = count_correct(
        *train_and_test,
        ranking,
        n_pixels,
        classifier=classifier,
        n_jobs=n_jobs,
        journal=journal or Journal(None, {}),
        key=key,
        progress=progress,
    )
    return n_correct.tolist(), converged.tolist()


def count_plainly(train_and_test: tuple[ImageDataset, ImageDataset], k: int, classifier: Any) -> int:
    train, test = train_and_test
    pipeline = make_pipeline(StandardScaler(), clone(classifier))
    pipeline.fit(train.values[:, RANKING[:k]], train.labels)
    return int((pipeline.predict(test.values[:, RANKING[:k]]) == test.labels).sum())


@pytest.mark.parametrize(
    "classifier",
    [
        LogisticRegression(max_iter=1000),
        GaussianNB(),
        KNeighborsClassifier(),
        LinearDiscriminantAnalysis(solver="lsqr"),
        LinearDiscriminantAnalysis(solver="lsqr", shrinkage=0.5),
    ],
)
def test_counts_are_those_of_a_plain_pipeline(train_and_test: Any, classifier: Any) -> None:
    n_correct, converged = count(train_and_test, [1, 5, 20, 64], classifier)
    assert n_correct == [count_plainly(train_and_test, k, classifier) for k in (1, 5, 20, 64)]
    assert converged == [True] * 4


def test_counts_come_in_the_order_asked_for(train_and_test: Any) -> None:
    down, _ = count(train_and_test, [64, 3, 20], GaussianNB())
    up, _ = count(train_and_test, [3, 20, 64], GaussianNB())
    assert down == [up[2], up[0], up[1]]


def test_first_pixels_of_the_ranking_are_taken(train_and_test: Any) -> None:
    good = np.argsort(-train_and_test[0].values.var(axis=0), kind="stable")
    first, _ = count(train_and_test, [8], KNeighborsClassifier(), ranking=good)
    last, _ = count(train_and_test, [8], KNeighborsClassifier(), ranking=good[::-1].copy())
    assert first[0] > last[0] + 50


def test_images_of_several_blocks_are_standardised_together(make_dataset: Make) -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(3, size=6000)
    images = rng.integers(10, size=(6000, 8, 8)) + 5 * labels[:, None, None]
    noisy = np.r_[0:4096, 5000:6000]
    images[noisy, 1:] += rng.integers(150, size=(len(noisy), 7, 8))
    data = make_dataset(images.astype(np.uint8), labels)
    parts = data.take(slice(5000)), data.take(slice(5000, None))
    n_correct, _ = count(parts, [64], KNeighborsClassifier())
    assert n_correct == [count_plainly(parts, 64, KNeighborsClassifier())]


def test_large_samples_are_told_as_right_in_single_precision(make_dataset: Make) -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(3, size=70_000)
    images = rng.integers(0, 100, (70_000, 1, 64)) + labels[:, None, None]
    data = make_dataset(images.astype(np.uint8), labels)
    halves = data.take(slice(69_000)), data.take(slice(69_000, None))
    n_correct, _ = count(halves, [64], GaussianNB())
    assert abs(n_correct[0] - count_plainly(halves, 64, GaussianNB())) <= 2


def test_ridge_keeps_its_penalty_beside_many_pixels_that_say_the_same(make_dataset: Make) -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(4, size=1100)
    images = (labels + rng.integers(3, size=1100))[:, None, None] * 40 + rng.integers(2, size=(1100, 64, 120))
    data = make_dataset(images.astype(np.uint8), labels)
    parts = data.take(slice(600)), data.take(slice(600, None))
    n_pixels = 64 * 120
    n_correct, _ = count(parts, [n_pixels], CLASSIFIERS["ridge"], ranking=np.arange(n_pixels))
    pipeline = make_pipeline(StandardScaler(), RidgeClassifier()).fit(parts[0].values.astype(float), parts[0].labels)
    assert n_correct == [int((pipeline.predict(parts[1].values.astype(float)) == parts[1].labels).sum())]


def test_a_fit_cut_short_is_told(train_and_test: Any) -> None:
    _, converged = count(train_and_test, [1, 64], LogisticRegression(max_iter=2))
    assert converged == [False, False]


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_every_classifier_does_better_than_chance(train_and_test: Any, name: str) -> None:
    n_correct, _ = count(train_and_test, [64], CLASSIFIERS[name])
    assert n_correct[0] > 150


def test_classifier_given_is_left_unfitted(train_and_test: Any) -> None:
    classifier = GaussianNB()
    count(train_and_test, [3], classifier)
    assert not hasattr(classifier, "classes_")


def test_parallel_equals_serial(train_and_test: Any) -> None:
    for classifier in (LogisticRegression(max_iter=1000), GaussianNB(), CLASSIFIERS["linear_discriminant"]):
        serial = count(train_and_test, [1, 7, 30, 64], classifier)
        assert count(train_and_test, [1, 7, 30, 64], classifier, n_jobs=2) == serial


def test_recorded_fits_are_not_made_again(train_and_test: Any, tmp_path: Path, fits: list[int]) -> None:
    path, work = tmp_path / "fits.jsonl", {"data": "digits"}
    first = count(train_and_test, [2, 9, 64], FirstLabel(), journal=Journal(path, work))
    assert fits == [64, 9, 2]
    assert count(train_and_test, [2, 9, 64], FirstLabel(), journal=Journal(path, work)) == first
    assert fits == [64, 9, 2]
    expected = int((train_and_test[1].labels == train_and_test[0].labels[0]).sum())
    assert first == ([expected] * 3, [True] * 3)


def test_a_curve_cut_off_goes_on_where_it_was(train_and_test: Any, tmp_path: Path, fits: list[int]) -> None:
    journal = Journal(tmp_path / "fits.jsonl", {})
    count(train_and_test, [9], FirstLabel(), journal=journal)
    steps: list[tuple[str, int, int]] = []
    count(train_and_test, [2, 9, 64], FirstLabel(), journal=journal, progress=lambda *step: steps.append(step))
    assert fits == [9, 64, 2]
    assert steps == [("accuracy curve", 2, 3), ("accuracy curve", 3, 3)]


def test_curves_of_other_keys_are_recorded_apart(train_and_test: Any, tmp_path: Path, fits: list[int]) -> None:
    path = tmp_path / "fits.jsonl"
    journal = Journal(path, {})
    count(train_and_test, [9], FirstLabel(), journal=journal, key="one")
    count(train_and_test, [9], FirstLabel(), journal=journal, key="two")
    assert fits == [9, 9]
    (one, first), (two, second) = (json.loads(line)["key"].split() for line in path.read_text().splitlines())
    assert (one, two) == ("one", "two")
    assert first == second


def test_the_same_pixels_in_another_order_are_fitted_once(train_and_test: Any, fits: list[int]) -> None:
    journal = Journal(None, {})
    first = count(train_and_test, [3, 9], FirstLabel(), journal=journal)
    turned = np.concatenate([RANKING[8::-1], RANKING[9:]])
    assert count(train_and_test, [3, 9], FirstLabel(), ranking=turned, journal=journal)[0][1] == first[0][1]
    assert fits == [9, 3, 3]


def test_the_same_number_of_other_pixels_is_fitted_anew(train_and_test: Any, fits: list[int]) -> None:
    journal = Journal(None, {})
    for ranking in (RANKING, RANKING[::-1].copy()):
        count(train_and_test, [9], FirstLabel(), ranking=ranking, journal=journal)
    assert fits == [9, 9]
