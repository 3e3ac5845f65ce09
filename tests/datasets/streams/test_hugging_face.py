"""A small stand-in for that library's own classes: their public interface, in a module of their name."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pillow

import sightbits as sb


class Image:
    """The feature of pictures."""


class ClassLabel:
    def __init__(self, names: list[str]) -> None:
        self.names = names


class Table:
    """As `datasets.Dataset`: columns, features, rows by slices as a dict of lists."""

    def __init__(self, columns: dict[str, list[Any]], features: dict[str, Any] | None = None) -> None:
        self.columns, self.features = columns, features or {}

    @property
    def column_names(self) -> list[str]:
        return [*self.columns]

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, str):
            return self.columns[key]
        assert isinstance(key, slice)
        if any(isinstance(value, Exception) for column in self.columns.values() for value in column[key]):
            raise OSError("broken data stream")
        return {name: column[key] for name, column in self.columns.items()}

    def select_columns(self, names: list[str]) -> Any:
        return type(self)({name: self.columns[name] for name in names}, self.features)

    def with_format(self, kind: str | None) -> Any:
        assert kind is None
        return self


class Rows:
    """As `datasets.IterableDataset`: rows one by one."""

    def __init__(self, columns: dict[str, list[Any]], features: dict[str, Any] | None = None) -> None:
        self.columns, self.features = columns, features

    column_names = None

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for values in zip(*self.columns.values(), strict=True):
            yield dict(zip(self.columns, values, strict=True))

    def select_columns(self, names: list[str]) -> Any:
        return type(self)({name: self.columns[name] for name in names}, self.features)


class Several(dict):  # type: ignore[type-arg]
    """As `datasets.DatasetDict`."""


for kind, module in ((Table, "arrow_dataset"), (Rows, "iterable_dataset"), (Several, "dataset_dict")):
    kind.__module__ = f"datasets.{module}"


def as_pictures(data: Any) -> list[Any]:
    return [Pillow.fromarray(image) for image in data.images]


def as_dicts(data: Any) -> list[Any]:
    return [{"bytes": content, "path": None} for content in data.encoded()]


def as_bytes(data: Any) -> list[Any]:
    return data.encoded()


def as_lists(data: Any) -> list[Any]:
    return data.images.tolist()


FORMS = [as_pictures, as_dicts, as_bytes, as_lists]


@pytest.mark.parametrize("kind", [Table, Rows])
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.usefixtures("bytes_at_once")
def test_rows_come_as_in_memory(form: Any, kind: Any, labelled: Any, whole: Any) -> None:
    data = labelled(150 if kind is Table else 23)
    columns = {"id": ["x"] * len(data.labels), "image": form(data), "label": data.labels.tolist()}
    stream = sb.open_images(kind(columns))
    read = whole(stream)
    np.testing.assert_array_equal(read.images, data.images)
    np.testing.assert_array_equal(read.labels, data.labels)
    np.testing.assert_array_equal(stream.labels, data.labels)
    assert stream.value_range == (0.0, 255.0)
    assert not any(part.portable for part in stream.parts)


def test_features_name_images_and_classes(labelled: Any) -> None:
    data = labelled(9)
    columns = {"scan": as_pictures(data), "mask": as_pictures(data), "fine_label": data.labels.tolist()}
    table = Table(columns, {"scan": Image(), "fine_label": ClassLabel(["one", "two", "three"])})
    stream = sb.open_images(table)
    assert stream.label_names == ("one", "two", "three")
    assert stream.provenance.name == "Table"


def test_splits_by_name_are_an_official_split(labelled: Any, whole: Any) -> None:
    sets = {name: labelled(n, seed=n) for name, n in (("test", 5), ("train", 9), ("unsupervised", 4))}
    several = Several(
        {name: Table({"img": as_dicts(data), "label": data.labels.tolist()}) for name, data in sets.items()}
    )
    stream = sb.open_images(several)
    read = whole(stream)
    np.testing.assert_array_equal(read.images, np.concatenate([sets["train"].images, sets["test"].images]))
    np.testing.assert_array_equal(read.labels, np.concatenate([sets["train"].labels, sets["test"].labels]))
    assert read.in_test.tolist() == [False] * 9 + [True] * 5
    assert stream.provenance.notes == ("left out, being neither for training nor for test: unsupervised",)
    assert not sb.open_images(Several({"train": several["train"]})).official


def test_the_label_column_may_be_named(labelled: Any, whole: Any) -> None:
    data = labelled(9)
    table = Table({"image": as_bytes(data), "label": [0] * 9, "kind": data.labels.tolist()})
    np.testing.assert_array_equal(whole(sb.open_images(table, label="kind")).labels, data.labels)


def test_pictures_that_cannot_be_read_are_named_or_left_out(labelled: Any, whole: Any, refused: Any, told: Any) -> None:
    data = labelled(150)
    contents = as_dicts(data)
    for place in (70, 149):
        contents[place] = {"bytes": b"no picture", "path": None}
    table = Table({"image": contents, "label": data.labels.tolist()})
    with refused("Table, row 70: ", "a whole image file"):
        sb.open_images(table)
    stream = sb.open_images(table, unreadable="skip")
    read = whole(stream)
    assert stream.n_images == 148
    np.testing.assert_array_equal(read.labels, told(read.images))
    np.testing.assert_array_equal(read.labels, np.delete(data.labels, [70, 149]))
    np.testing.assert_array_equal(stream.labels, read.labels)
    assert "Table, row 70, Table, row 149" in stream.provenance.notes[0]


# --- what cannot be used ---


def test_missing_pictures_labels_and_columns_are_refused(labelled: Any, refused: Any) -> None:
    data = labelled(9)
    labels = data.labels.tolist()
    with refused("Table: ", "one column named label", "columns image"):
        sb.open_images(Table({"image": as_bytes(data)}))
    with refused("Table: ", "one column of images", "columns scan, label"):
        sb.open_images(Table({"scan": as_bytes(data), "label": labels}))
    with refused("labels: ", "missing values"):
        sb.open_images(Table({"image": as_bytes(data), "label": [None, *labels[1:]]}))
    with refused("Table, row 8: ", "a picture, as the first one is", "NoneType"):
        sb.open_images(Table({"image": [*as_pictures(data)[:8], None], "label": labels}))
    with refused("Table, row 8: ", "cannot be read"):
        sb.open_images(Table({"image": [*as_dicts(data)[:8], {"bytes": None, "path": None}], "label": labels}))
    with refused("images: ", "at least one dataset"):
        sb.open_images(Several({}))
    with refused("images: ", "an empty Table"):
        sb.open_images(Table({"image": [], "label": []}))


def test_labels_that_stand_for_none_are_refused(labelled: Any, refused: Any) -> None:
    data = labelled(9)
    table = Table(
        {"image": as_bytes(data), "label": [-1] * 2 + data.labels.tolist()[2:]}, {"label": ClassLabel(["a", "b", "c"])}
    )
    with refused("label of Several['train']: ", "0 to 2", "others in 2 of 9 rows"):
        sb.open_images(Several({"train": table}))


def test_rows_that_cannot_be_decoded_are_named(labelled: Any, refused: Any) -> None:
    data = labelled(150)
    pictures = as_pictures(data)
    pictures[70] = OSError("broken")
    with refused("Table, rows from 64: ", "OSError: broken data stream", "decode=False"):
        sb.open_images(Table({"image": pictures, "label": data.labels.tolist()}))
