import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

import sightbits as sb
from sightbits.datasets.streams import raw
from sightbits.datasets.streams.parquet_columns import Columns

Column = Callable[[np.ndarray, list[bytes]], pa.Array]


def as_struct(images: np.ndarray, pictures: list[bytes]) -> pa.Array:
    rows = [{"bytes": picture, "path": f"{i}.png"} for i, picture in enumerate(pictures)]
    return pa.array(rows, pa.struct([("bytes", pa.binary()), ("path", pa.string())]))


def as_binary(images: np.ndarray, pictures: list[bytes]) -> pa.Array:
    return pa.array(pictures, pa.binary())


def as_large_binary(images: np.ndarray, pictures: list[bytes]) -> pa.Array:
    return pa.array(pictures, pa.large_binary())


def as_fixed_binary(images: np.ndarray, pictures: list[bytes]) -> pa.Array:
    return pa.array([image.tobytes() for image in images], pa.binary(images[0].nbytes))


def as_flat_list(images: np.ndarray, pictures: list[bytes]) -> pa.Array:
    return pa.array(list(images.reshape(len(images), -1)), pa.list_(pa.uint8()))


def as_fixed_list(images: np.ndarray, pictures: list[bytes]) -> pa.Array:
    return pa.FixedSizeListArray.from_arrays(pa.array(images.ravel()), images[0].size)


def as_nested_list(images: np.ndarray, pictures: list[bytes]) -> pa.Array:
    rows = pa.list_(pa.list_(pa.int32())) if images.ndim == 4 else pa.list_(pa.int32())
    return pa.array(images.tolist(), pa.large_list(rows))


def as_tensor(images: np.ndarray, pictures: list[bytes]) -> pa.Array:
    return pa.FixedShapeTensorArray.from_numpy_ndarray(images)


PICTURES = [as_struct, as_binary, as_large_binary]
NUMBERS = [as_fixed_binary, as_flat_list, as_fixed_list, as_nested_list, as_tensor]


def write(path: Path, images: Any, labels: Any, rows: int = 5, metadata: dict[bytes, bytes] | None = None) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    table = pa.table({"image": images, "label": labels})
    parquet.write_table(table.replace_schema_metadata(metadata), path, row_group_size=rows)
    return path


@pytest.mark.parametrize("column", [*PICTURES, *NUMBERS])
@pytest.mark.usefixtures("bytes_at_once")
def test_every_kind_of_column_comes_as_in_memory(column: Column, tmp_path: Path, labelled: Any, whole: Any) -> None:
    data = labelled(23)
    path = write(tmp_path / "set.parquet", column(data.images, data.encoded()), pa.array(data.labels))
    stream = sb.open_images(path, shape=(6, 7) if column in {as_fixed_binary, as_flat_list, as_fixed_list} else None)
    read = whole(stream)
    np.testing.assert_array_equal(read.images, data.images)
    np.testing.assert_array_equal(read.labels, data.labels)
    np.testing.assert_array_equal(stream.labels, data.labels)
    assert (stream.dtype, stream.value_range, stream.label_names) == (np.uint8, (0.0, 255.0), ("0", "1", "2"))
    assert all(part.portable for part in stream.parts)
    assert stream.provenance.name == "set.parquet"


@pytest.mark.parametrize("column", [as_struct, as_fixed_binary])
@pytest.mark.usefixtures("few_at_once")
def test_parts_are_runs_of_row_groups(column: Column, tmp_path: Path, labelled: Any, whole: Any) -> None:
    data = labelled(23)
    path = write(tmp_path / "set.parquet", column(data.images, data.encoded()), pa.array(data.labels), rows=4)
    stream = sb.open_images(path, shape=(6, 7) if column is as_fixed_binary else None)
    assert [part.n_images for part in stream.parts] == [8, 4, 8, 3]
    assert whole(stream).n_chunks == [4, 2, 4, 2]


@pytest.mark.parametrize("shape", [(6, 7, 3), (3, 3, 3)])
@pytest.mark.parametrize("column", [as_struct, as_nested_list])
def test_colours_come_last(shape: tuple[int, ...], column: Column, tmp_path: Path, labelled: Any, whole: Any) -> None:
    data = labelled(9, *shape)
    path = write(tmp_path / "set.parquet", column(data.images, data.encoded()), pa.array(data.labels))
    stream = sb.open_images(path, channels="last" if column is as_nested_list else "auto")
    np.testing.assert_array_equal(whole(stream).images, data.images)


@pytest.mark.parametrize("holder", ["schema", "field"])
def test_the_shape_of_raw_bytes_may_stand_in_the_metadata(
    holder: str, tmp_path: Path, labelled: Any, whole: Any
) -> None:
    data = labelled(9)
    said = {b"shape": b"[6, 7]"}
    field = pa.field("image", pa.binary(42), metadata=said if holder == "field" else None)
    schema = pa.schema([field, ("label", pa.int64())], metadata=said if holder == "schema" else None)
    table = pa.table([as_fixed_binary(data.images, []), pa.array(data.labels)], schema=schema)
    parquet.write_table(table, tmp_path / "set.parquet")
    np.testing.assert_array_equal(whole(sb.open_images(tmp_path / "set.parquet")).images, data.images)


def test_a_column_a_pixel(tmp_path: Path, labelled: Any, whole: Any, few_at_once: None) -> None:
    data = labelled(23)
    columns = {f"pixel{i}": data.images.reshape(23, -1)[:, i] for i in range(42)}
    columns["pixel3"] = columns["pixel3"].astype(np.float64)
    parquet.write_table(pa.table({"target": data.labels, **columns}), tmp_path / "set.parquet", row_group_size=4)
    stream = sb.open_images(tmp_path / "set.parquet", shape=(6, 7))
    read = whole(stream)
    np.testing.assert_array_equal(read.images, data.images)
    np.testing.assert_array_equal(read.labels, data.labels)
    assert stream.dtype == np.uint8


@pytest.mark.parametrize(
    "kind",
    [pa.int8(), pa.uint16(), pa.float32(), pa.string(), pa.large_string(), pa.dictionary(pa.int8(), pa.string())],
)
def test_labels_of_every_type(kind: Any, tmp_path: Path, labelled: Any, whole: Any, few_at_once: None) -> None:
    data = labelled(23)
    text = not (pa.types.is_integer(kind) or pa.types.is_floating(kind))
    given = np.array(["b", "a", "c"])[data.labels] if text else data.labels
    labels = pa.array(given.tolist(), pa.string()).cast(kind) if text else pa.array(given).cast(kind)
    stream = sb.open_images(write(tmp_path / "set.parquet", as_binary(data.images, data.encoded()), labels))
    expected = sb.dataset_from_arrays(data.images, given)
    np.testing.assert_array_equal(whole(stream).labels, expected.labels)
    assert stream.label_names == expected.label_names


def test_names_of_classes_come_from_the_schema(tmp_path: Path, labelled: Any) -> None:
    data = labelled(9)
    features = {"label": {"names": ["zero", "one", "two"], "_type": "ClassLabel"}, "image": {"_type": "Image"}}
    said = {b"huggingface": json.dumps({"info": {"features": features}}).encode()}
    path = write(tmp_path / "a.parquet", as_struct(data.images, data.encoded()), data.labels, metadata=said)
    assert sb.open_images(path).label_names == ("zero", "one", "two")
    for other in (b"{]", b"[1]", b'{"info": {"features": {"label": {"names": 3}}}}'):
        write(path, as_struct(data.images, data.encoded()), data.labels, metadata={b"huggingface": other})
        assert sb.open_images(path).label_names == ("0", "1", "2")


def test_missing_classes_that_are_written_as_numbers_are_refused(tmp_path: Path, labelled: Any, refused: Any) -> None:
    data = labelled(9)
    said = {b"huggingface": json.dumps({"info": {"features": {"label": {"names": ["a", "b", "c"]}}}}).encode()}
    for beyond in (-1, 3):
        labels = np.where(np.arange(9) > 6, beyond, data.labels)
        path = write(tmp_path / "a.parquet", as_struct(data.images, data.encoded()), labels, metadata=said)
        with refused("label of ", "0 to 2", "3 classes are named", "others in"):
            sb.open_images(path)


@pytest.mark.parametrize(
    "names",
    [
        ("data/train-00000-of-00002.parquet", "data/train-00001-of-00002.parquet", "data/test-00000-of-00001.parquet"),
        ("train/0.parquet", "train/1.parquet", "test/0.parquet"),
        ("set/training/a.parquet", "set/training/b.parquet", "set/validation/a.parquet"),
    ],
)
def test_files_named_train_and_test_are_an_official_split(
    names: tuple[str, ...], tmp_path: Path, labelled: Any, whole: Any
) -> None:
    sets = [labelled(n, seed=n) for n in (7, 9, 5)]
    for name, data in zip(names, sets, strict=True):
        write(tmp_path / "test of mine" / name, as_binary(data.images, data.encoded()), data.labels)
    stream = sb.open_images(tmp_path / "test of mine")
    read = whole(stream)
    np.testing.assert_array_equal(read.images, np.concatenate([data.images for data in sets]))
    np.testing.assert_array_equal(read.labels, np.concatenate([data.labels for data in sets]))
    assert read.in_test.tolist() == [False] * 16 + [True] * 5
    assert len(stream.provenance.notes) == ("validation" in names[2])


def test_files_without_a_split_are_all_for_training(tmp_path: Path, labelled: Any, whole: Any) -> None:
    data = labelled(9)
    for name in ("b.parquet", "a.parquet", ".hidden.parquet", ".cache/c.parquet"):
        write(tmp_path / name, as_binary(data.images, data.encoded()), data.labels)
    read = whole(sb.open_images(tmp_path))
    assert len(read.images) == 18
    assert not read.in_test.any()


def test_the_label_column_may_be_named(tmp_path: Path, labelled: Any, refused: Any) -> None:
    data = labelled(9)
    table = pa.table(
        {"img": as_struct(data.images, data.encoded()), "fine_label": data.labels, "coarse": data.labels // 2}
    )
    parquet.write_table(table, tmp_path / "a.parquet")
    assert sb.open_images(tmp_path / "a.parquet").n_labels == 3
    assert sb.open_images(tmp_path / "a.parquet", label="coarse").n_labels == 2
    with refused("a.parquet: ", "a label column 'colour'", "img, fine_label, coarse"):
        sb.open_images(tmp_path / "a.parquet", label="colour")


# --- what cannot be used ---


@pytest.mark.parametrize("names", [["image"], ["image", "label", "target"], ["label"], ["label", "name"]])
def test_missing_columns_are_refused(names: list[str], tmp_path: Path, labelled: Any, refused: Any) -> None:
    data = labelled(9)
    columns = {name: as_binary(data.images, data.encoded()) if name == "image" else data.labels for name in names}
    if "name" in names:
        columns["name"] = pa.array(["x"] * 9)
    parquet.write_table(pa.table(columns), tmp_path / "a.parquet")
    with refused("a.parquet: ", "column", "got columns "):
        sb.open_images(tmp_path / "a.parquet")


def test_files_of_other_columns_are_refused(tmp_path: Path, labelled: Any, refused: Any) -> None:
    data = labelled(9)
    write(tmp_path / "a.parquet", as_binary(data.images, data.encoded()), data.labels)
    write(tmp_path / "b.parquet", as_flat_list(data.images, []), data.labels)
    with refused("b.parquet: ", "the columns of the first file"):
        sb.open_images(tmp_path)


@pytest.mark.parametrize("column", [as_struct, as_binary, as_flat_list, as_nested_list, as_fixed_binary])
def test_missing_images_are_refused_with_their_number(
    column: Column, tmp_path: Path, labelled: Any, refused: Any, few_at_once: None
) -> None:
    data = labelled(23)
    found = column(data.images, data.encoded()).to_pylist()
    for place in (11, 17, 18):
        found[place] = None
    kind = column(data.images, data.encoded()).type
    path = write(tmp_path / "a.parquet", pa.array(found, kind), data.labels, rows=30)
    with refused("image of ", "missing among", "Drop rows without an image"):
        sb.open_images(path, shape=(6, 7))
    if column is as_struct:
        found = as_struct(data.images, data.encoded()).to_pylist()
        found[13] = {"bytes": None, "path": "elsewhere.png"}
        write(path, pa.array(found, kind), data.labels)
        with refused("image of ", "1 missing", "embed the files"):
            sb.open_images(path)


def test_missing_values_in_lists_are_refused(tmp_path: Path, labelled: Any, refused: Any) -> None:
    data = labelled(9)
    rows = data.images.reshape(9, -1).tolist()
    rows[4][3] = None
    with refused("image of ", "1 missing among 378"):
        sb.open_images(write(tmp_path / "a.parquet", pa.array(rows), data.labels, rows=9), shape=(6, 7))


def test_missing_labels_are_refused_with_their_number(tmp_path: Path, labelled: Any, refused: Any) -> None:
    data = labelled(9)
    for labels in ([1, 0, None, 1, None, 0, 1, 0, 1], ["a", "b", None, "a", None, "b", "a", "b", "a"]):
        path = write(tmp_path / "a.parquet", as_binary(data.images, data.encoded()), pa.array(labels), rows=9)
        with refused("label of ", "2 missing among 9"):
            sb.open_images(path)


def test_lists_of_several_lengths_are_refused(tmp_path: Path, labelled: Any, refused: Any, few_at_once: None) -> None:
    data = labelled(23)
    rows = data.images.reshape(23, -1).tolist()
    rows[20].append(0)
    kind = pa.list_(pa.uint8())
    path = write(tmp_path / "a.parquet", pa.array(rows, kind), data.labels)
    with refused("a.parquet: ", "images of one size", "lists of several lengths (1 of 43, 1 of 42)"):
        sb.open_images(path, shape=(6, 7))
    rows[21].append(0)  # the other one of its chunk
    write(path, pa.array(rows, kind), data.labels)
    with refused("a.parquet: ", "as the first one has", "43"):
        sb.open_images(path, shape=(6, 7))


@pytest.mark.parametrize("n_bytes", [0, 3, 100, -4, -40])
def test_files_cut_short_are_refused(n_bytes: int, tmp_path: Path, labelled: Any, refused: Any) -> None:
    data = labelled(9)
    path = write(tmp_path / "a.parquet", as_binary(data.images, data.encoded()), data.labels)
    path.write_bytes(path.read_bytes()[:n_bytes])
    with refused("a.parquet: ", "a whole parquet file", "cannot be read"):
        sb.open_images(path)


def test_damage_inside_is_refused(tmp_path: Path, labelled: Any, refused: Any) -> None:
    data = labelled(9)
    path = write(tmp_path / "a.parquet", as_binary(data.images, data.encoded()), data.labels)
    content = bytearray(path.read_bytes())
    content[4:60] = bytes(range(200, 256))
    path.write_bytes(content)
    with refused("a.parquet", "cannot be read"):
        sb.open_images(path)


def test_an_unreadable_picture_is_named_by_its_row(
    tmp_path: Path, labelled: Any, refused: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = labelled(23)
    pictures = data.encoded()
    pictures[17] = b"no picture"
    path = write(tmp_path / "a.parquet", as_binary(data.images, pictures), data.labels)
    with refused(f"{path}, row 17: ", "a whole image file"):
        sb.open_images(path)
    monkeypatch.setattr(raw, "PART_BYTES", 260)
    with refused(f"{path}, row 17: ", "a whole image file"):
        sb.open_images(path)


def test_options_of_pictures_are_refused_for_numbers(tmp_path: Path, labelled: Any, refused: Any) -> None:
    data = labelled(9)
    path = write(tmp_path / "a.parquet", as_nested_list(data.images, []), data.labels)
    with refused("scale-to: ", "no meaning for numbers"):
        sb.open_images(path, scale_to=(3, 3))
    with refused("unreadable: ", "no meaning for numbers"):
        sb.open_images(path, unreadable="skip")


def test_no_rows_are_refused(tmp_path: Path, refused: Any) -> None:
    path = write(tmp_path / "a.parquet", pa.array([], pa.binary()), pa.array([], pa.int64()))
    with refused("a.parquet: ", "at least one row"):
        sb.open_images(path)


def test_raw_bytes_of_a_slice_are_its_own(labelled: Any) -> None:
    data = labelled(9)
    batch = pa.record_batch({"image": as_fixed_binary(data.images, [])}).slice(3, 4)
    found = Columns(images=("image",), label="label", kind="bytes").arrays(batch, "here")
    np.testing.assert_array_equal(found, data.images.reshape(9, -1)[3:7])
