"""Training and test part of a data set."""

import hashlib

import numpy as np
from sklearn.model_selection import train_test_split

from sightbits.core.checks import InputError
from sightbits.core.images import ImageDataset

_TEST_SHARE = 0.25


def split_dataset(dataset: ImageDataset, seed: int) -> tuple[ImageDataset, ImageDataset]:
    """Return the training and the test images.

    Notes
    -----
    An official split is kept. Without one, a quarter is held out, stratified by label, by scikit-learn's
    `train_test_split` with `random_state=seed`.

    Examples
    --------
    >>> from sightbits.datasets.loading import load_dataset
    >>> train, test = split_dataset(load_dataset("digits"), seed=42)
    >>> train.n_images, test.n_images
    (1347, 450)
    """
    if dataset.in_test is not None:
        if dataset.in_test.all() or not dataset.in_test.any():
            raise InputError(
                "images",
                wanted="images of both parts of the official split",
                got=f"{dataset.n_images} that are all of the {'test' if dataset.in_test.all() else 'training'} part",
                remedy="Take images of both parts.",
            )
        return dataset.take(~dataset.in_test), dataset.take(dataset.in_test)
    n_of_label = np.bincount(dataset.labels, minlength=dataset.n_labels)
    rarest = int(n_of_label.argmin())
    n_test = int(np.ceil(_TEST_SHARE * dataset.n_images))
    if n_of_label[rarest] < 2 or n_test < dataset.n_labels:
        raise InputError(
            "images",
            wanted="at least two of each class, and four times as many images as classes",
            got=f"{dataset.n_images} images of {dataset.n_labels} classes, {n_of_label[rarest]} of class "
            f"{dataset.label_names[rarest]!r}",
            remedy="A quarter is held out for testing: add images, or leave out rare classes.",
        )
    train, test = train_test_split(
        np.arange(dataset.n_images), test_size=_TEST_SHARE, stratify=dataset.labels, random_state=seed
    )
    return dataset.take(train), dataset.take(test)


def check_split(dataset: ImageDataset, seed: int) -> tuple[ImageDataset, ImageDataset]:
    """Return both parts, or raise `InputError` where one class is all of training, or no image is left to test."""
    train, test = split_dataset(dataset, seed)
    n_classes = len(np.unique(train.labels))
    if n_classes < 2 or test.n_images == 0:
        raise InputError(
            "images",
            wanted="training images of two classes and some test images",
            got=f"{train.n_images} training images of {n_classes} classes and {test.n_images} test images",
            remedy="Add images, or put both parts together so that they are split anew.",
        )
    return train, test


def split_digest(dataset: ImageDataset) -> str:
    """Return a digest of which images an official split holds out."""
    official = b"" if dataset.in_test is None else dataset.in_test.tobytes()
    return hashlib.sha256(official).hexdigest()
