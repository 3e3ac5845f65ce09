import gzip
import io
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow
import pyarrow.parquet
import pytest
from PIL import Image

from sightbits.datasets.formats.other_caches import read_hugging_face, read_openml


@pytest.mark.parametrize("quote", ["", "'"])
def test_an_openml_table_comes_back_with_its_first_images_for_training(
    quote: str, tmp_path: Path, draw_images: Any
) -> None:
    images, labels = draw_images(5, 2, 3), [3, 1, 2, 0, 3]
    lines = ["% a comment", "@RELATION tiny", "@ATTRIBUTE pixel1 real", "@ATTRIBUTE class {0,1,2,3}", "@DATA"]
    for image, label in zip(images, labels, strict=True):
        lines.append(",".join(map(str, image.ravel())) + f",{quote}{label}{quote}")
    path = tmp_path / "tiny.arff.gz"
    path.write_bytes(gzip.compress("\n".join(lines).encode()))
    found = read_openml(path, (2, 3), 4)
    np.testing.assert_array_equal(found.images, images)
    np.testing.assert_array_equal(found.labels, labels)
    assert found.in_test.tolist() == [False] * 4 + [True]


def test_two_parquet_files_come_back_as_training_and_test_part(tmp_path: Path, draw_images: Any) -> None:
    images = draw_images(5, 4, 6)
    pictures = []
    for image in images:
        buffer = io.BytesIO()
        Image.fromarray(image).save(buffer, "PNG")
        pictures.append({"bytes": buffer.getvalue(), "path": None})
    for name, part in (("train", slice(0, 3)), ("test", slice(3, 5))):
        table = pyarrow.table(
            {"label": np.arange(5)[part], "image": pictures[part], "more": [1.5] * len(pictures[part])}
        )
        pyarrow.parquet.write_table(table, tmp_path / f"{name}.parquet")
    found = read_hugging_face(tmp_path / "train.parquet", tmp_path / "test.parquet")
    np.testing.assert_array_equal(found.images, images)
    np.testing.assert_array_equal(found.labels, np.arange(5))
    assert found.in_test.tolist() == [False] * 3 + [True] * 2
