"""Formats that other tools keep MNIST-like sets in: scikit-learn's OpenML cache and the Hugging Face cache."""

import gzip
import io
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from sightbits.core.checks import import_optional
from sightbits.datasets.formats.raw import RawImages, join_parts


def read_openml(path: Path, shape: tuple[int, ...], n_train: int) -> RawImages:
    """Read a gzipped ARFF table as OpenML serves it: pixels row by row, the label last, training images first."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            if line.strip().lower() == "@data":
                break
        table = np.loadtxt((line.replace("'", "") for line in file), delimiter=",", dtype=np.uint8, ndmin=2)
    return RawImages(
        images=table[:, :-1].reshape(-1, *shape),
        labels=table[:, -1],
        in_test=np.arange(len(table)) >= n_train,
    )


def read_hugging_face(train: Path, test: Path) -> RawImages:
    """Read two parquet files of a Hugging Face data set: PNG bytes under `image`, whole numbers under `label`."""
    return join_parts(_read_parquet(train), _read_parquet(test))


def _read_parquet(path: Path) -> RawImages:
    parquet: Any = import_optional("pyarrow.parquet", extra="parquet", purpose=f"reading {path}")
    table = parquet.read_table(path, columns=["image", "label"])
    images = [np.asarray(Image.open(io.BytesIO(image["bytes"]))) for image in table["image"].to_pylist()]
    return RawImages(images=np.stack(images), labels=table["label"].to_numpy())
