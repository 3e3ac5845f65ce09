"""Formats that other tools keep MNIST-like sets in: scikit-learn's OpenML cache and the Hugging Face cache."""

import gzip
from pathlib import Path
from typing import Any

import numpy as np

from sightbits.core.checks import import_optional
from sightbits.datasets.formats.decoding import common_mode, decode_all, look_at_all
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
    """Read two parquet files of a Hugging Face data set: PNG bytes under `image` (or `img`), numbers under `label`."""
    return join_parts(_read_parquet(train), _read_parquet(test))


def _read_parquet(path: Path) -> RawImages:
    parquet: Any = import_optional("pyarrow.parquet", extra="parquet", purpose=f"reading {path}")
    column = "img" if "img" in parquet.read_schema(path).names else "image"
    table = parquet.read_table(path, columns=[column, "label"])
    pictures = [image["bytes"] for image in table[column].to_pylist()]
    names = [f"{path}, image {number}" for number in range(len(pictures))]
    modes, sizes = look_at_all(pictures, names)
    images = decode_all(pictures, names, common_mode(path, modes)[0], sizes[0], path)
    return RawImages(images=images, labels=table["label"].to_numpy())
