"""A data set in words and numbers."""

from typing import Any

import numpy as np

from sightbits.core.images import ImageDataset
from sightbits.datasets.catalogue import find_fold

_MOST_ROWS = 24  # of a table of labels; a longer one is shortened to the first _SHORT
_SHORT = 20


def describe_dataset(dataset: ImageDataset, source: str = "") -> dict[str, Any]:
    """Return what a data set is, as a document.

    Parameters
    ----------
    source
        What it was loaded by; only of one that was loaded by its name in the catalogue is the licence known.

    Examples
    --------
    >>> from sightbits.datasets.loading import load_dataset
    >>> document = describe_dataset(load_dataset("digits"), "digits")
    >>> document["n_images"], document["labels"]["1"], document["licence"]
    (1797, 182, 'CC BY 4.0')
    """
    known = find_fold(source)
    row = known[0] if known else None
    return {
        "name": dataset.provenance.name,
        "origin": dataset.provenance.origin,
        "n_images": dataset.n_images,
        "n_test": None if dataset.in_test is None else int(dataset.in_test.sum()),
        "image_shape": list(dataset.image_shape),
        "value_range": list(dataset.value_range),
        "n_labels": dataset.n_labels,
        "labels": dict(zip(dataset.label_names, _n_of_label(dataset).tolist(), strict=True)),
        "sha256": dataset.provenance.sha256,
        "licence": row.licence if row else None,
        "citation": row.citation if row else None,
        "notes": list(dataset.provenance.notes),
    }


def frequent_labels(dataset: ImageDataset) -> tuple[list[tuple[str, int]], int]:
    """Return labels with their numbers of images, of many only the most frequent ones, and how many are left out."""
    n_of_label = _n_of_label(dataset)
    order = np.arange(dataset.n_labels)
    if dataset.n_labels > _MOST_ROWS:
        order = np.argsort(-n_of_label, kind="stable")[:_SHORT]
    return [(dataset.label_names[i], int(n_of_label[i])) for i in order], dataset.n_labels - len(order)


def _n_of_label(dataset: ImageDataset) -> Any:
    return np.bincount(dataset.labels, minlength=dataset.n_labels)
