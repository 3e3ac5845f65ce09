"""Arrays in memory, mapped files, zarr stores and Dask arrays: all as in memory, and labels in step."""

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dask.array
import numpy as np
import pytest
import zarr

import sightbits as sb
from sightbits.core.images import ImageDataset

Open = Callable[[np.ndarray, np.ndarray, Path], Any]


def in_memory(images: np.ndarray, labels: np.ndarray, _: Path) -> Any:
    return sb.open_images(images, labels)


def mapped(images: np.ndarray, labels: np.ndarray, folder: Path) -> Any:
    np.save(folder / "a.npy", images)
    np.save(folder / "b.npy", labels)
    return sb.open_images(f"{folder / 'a.npy'},{folder / 'b.npy'}")


def zarr_path(images: np.ndarray, labels: np.ndarray, folder: Path) -> Any:
    write_zarr(folder / "set.zarr", images=images, labels=labels)
    return sb.open_images(folder / "set.zarr")


def zarr_group(images: np.ndarray, labels: np.ndarray, folder: Path) -> Any:
    write_zarr(folder / "set.zarr", images=images, labels=labels)
    return sb.open_images(zarr.open(str(folder / "set.zarr"), mode="r"))


def blocks(images: np.ndarray, labels: np.ndarray, _: Path) -> Any:
    return sb.open_images(dask.array.from_array(images, chunks=(7, *(4 for _ in images.shape[1:]))), labels)


def labelled_blocks(images: np.ndarray, labels: np.ndarray, _: Path) -> Any:
    return sb.open_images(
        dask.array.from_array(images, chunks=(7, *images.shape[1:])), dask.array.from_array(labels, chunks=5)
    )


EVERY = [in_memory, mapped, zarr_path, zarr_group, blocks, labelled_blocks]


def write_zarr(path: Path, **arrays: np.ndarray) -> None:
    group = zarr.open_group(str(path), mode="w")
    for name, array in arrays.items():
        chunks = (4, *array.shape[1:])
        created = group.create_array(name, shape=array.shape, chunks=chunks, dtype=array.dtype)
        created[:] = array


@pytest.mark.parametrize("opened", EVERY)
@pytest.mark.parametrize("shape", [(6, 7), (6, 7, 3)])
@pytest.mark.usefixtures("bytes_at_once")
def test_all_come_as_in_memory(opened: Open, shape: tuple[int, ...], tmp_path: Path, labelled: Any, whole: Any) -> None:
    data = labelled(23, *shape)
    stream = opened(data.images, data.labels, tmp_path)
    expected = sb.dataset_from_arrays(data.images, data.labels)
    read = whole(stream)
    np.testing.assert_array_equal(read.images, expected.images)
    np.testing.assert_array_equal(read.labels, expected.labels)
    np.testing.assert_array_equal(stream.labels, expected.labels)
    assert stream.value_range == expected.value_range
    assert stream.label_names == expected.label_names
    assert stream.dtype == expected.images.dtype
    assert not stream.official
    assert stream.n_bytes == expected.images.nbytes


@pytest.mark.parametrize("opened", EVERY)
def test_parts_and_chunks_are_bounded(
    opened: Open, tmp_path: Path, labelled: Any, whole: Any, few_at_once: None
) -> None:
    data = labelled(23)
    stream = opened(data.images, data.labels, tmp_path)
    sizes = [part.n_images for part in stream.parts]
    if opened is in_memory:
        assert sizes == [23]
    else:
        assert max(sizes) <= 7
    if opened in {in_memory, mapped, zarr_path, zarr_group}:
        assert whole(stream).n_chunks == [-(-size // 2) for size in sizes]
    assert [part.portable for part in stream.parts] == [opened not in {in_memory, zarr_group}] * len(sizes)


@pytest.mark.parametrize("dtype", [bool, np.int16, np.uint16, np.float32, np.float64, np.float16])
@pytest.mark.usefixtures("few_at_once")
def test_types_are_settled_over_all_parts(dtype: type, tmp_path: Path, labelled: Any, whole: Any) -> None:
    data = labelled(23)
    images = (data.images > 99 if dtype is bool else data.images).astype(dtype)
    if np.dtype(dtype).kind == "f":
        images[-1, -1, -1] = 0.5
    expected = sb.dataset_from_arrays(images, data.labels)
    stream = mapped(images, data.labels, tmp_path)
    np.testing.assert_array_equal(whole(stream).images, expected.images)
    assert (stream.dtype, stream.value_range, stream.range_seen) == (
        expected.images.dtype,
        expected.value_range,
        expected.range_seen,
    )


def test_labels_of_every_kind_are_coded_over_all_parts(
    tmp_path: Path, labelled: Any, whole: Any, few_at_once: None
) -> None:
    data = labelled(23)
    for labels in (data.labels * 7 - 3, data.labels.astype(float), np.array(["c", "a", "bb"])[data.labels]):
        expected = sb.dataset_from_arrays(data.images, labels)
        stream = mapped(data.images, labels, tmp_path)
        np.testing.assert_array_equal(whole(stream).labels, expected.labels)
        np.testing.assert_array_equal(stream.labels, expected.labels)
        assert stream.label_names == expected.label_names
        assert stream.labels.dtype == np.uint8


def test_a_class_that_is_met_in_the_last_part_alone_is_a_class(
    tmp_path: Path, labelled: Any, few_at_once: None
) -> None:
    data = labelled(23)
    labels = np.repeat([5, 2], [22, 1])
    stream = mapped(data.images, labels, tmp_path)
    assert stream.label_names == ("2", "5")
    assert stream.labels.tolist() == [1] * 22 + [0]


def test_parts_of_a_dask_array_carry_their_own_block_alone(labelled: Any) -> None:
    data = labelled(200)
    images = dask.array.from_array(data.images, chunks=(10, 6, 7)) + 0
    stream = sb.open_images(images, dask.array.from_array(data.labels, chunks=10))
    assert len(stream.parts) == 20
    assert max(len(pickle.dumps(part)) for part in stream.parts) < data.images.nbytes / 2


def test_a_data_set_keeps_its_split_names_and_range(labelled: Any, whole: Any, make_dataset: Any) -> None:
    data = labelled(23)
    in_test = np.arange(23) % 4 == 1
    given = ImageDataset(
        images=data.images,
        labels=data.labels,
        label_names=("one", "two", "three"),
        value_range=(0.0, 1023.0),
        in_test=in_test,
        provenance=make_dataset(data.images).provenance,
    )
    stream = sb.open_images(given)
    read = whole(stream)
    order = np.argsort(in_test, kind="stable")
    np.testing.assert_array_equal(read.images, data.images[order])
    np.testing.assert_array_equal(read.labels, data.labels[order])
    np.testing.assert_array_equal(read.in_test, in_test[order])
    assert (stream.label_names, stream.value_range) == (given.label_names, given.value_range)
    assert stream.of_split("test").n_images == in_test.sum()
    assert sb.open_images(sb.load_dataset("digits")).parts[0].n_images == 1797
    assert sb.open_images(stream) is stream


def test_a_zarr_store_may_have_an_official_test_part(
    tmp_path: Path, labelled: Any, whole: Any, few_at_once: None
) -> None:
    data, held_out = labelled(12), labelled(5, seed=1)
    write_zarr(
        tmp_path / "set.zarr",
        x_train=data.images, y_train=data.labels, x_test=held_out.images, y_test=held_out.labels,
    )  # fmt: skip
    read = whole(sb.open_images(str(tmp_path / "set.zarr")))
    np.testing.assert_array_equal(read.images, np.concatenate([data.images, held_out.images]))
    np.testing.assert_array_equal(read.labels, np.concatenate([data.labels, held_out.labels]))
    assert read.in_test.tolist() == [False] * 12 + [True] * 5


@pytest.mark.parametrize("write", [mapped, zarr_path])
def test_parts_are_read_from_wherever_one_stands(
    write: Open, tmp_path: Path, labelled: Any, whole: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = labelled(9)
    write(data.images, data.labels, tmp_path)
    monkeypatch.chdir(tmp_path)
    stream = sb.open_images("a.npy,b.npy" if write is mapped else "set.zarr")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    np.testing.assert_array_equal(whole(stream).images, data.images)


def test_a_folder_with_arrays_is_mapped(tmp_path: Path, labelled: Any, whole: Any) -> None:
    data = labelled(9)
    np.save(tmp_path / "images.npy", data.images)
    np.save(tmp_path / "labels.npy", data.labels)
    np.testing.assert_array_equal(whole(sb.open_images(tmp_path)).images, data.images)


def test_flat_rows_get_the_shape_that_is_stated(labelled: Any, tmp_path: Path, refused: Any, whole: Any) -> None:
    data = labelled(9)
    np.save(tmp_path / "images.npy", data.images.reshape(9, -1))
    np.save(tmp_path / "labels.npy", data.labels)
    np.testing.assert_array_equal(whole(sb.open_images(tmp_path / "images.npy", shape=(6, 7))).images, data.images)
    with refused("shape: ", "flat rows"):
        sb.open_images(tmp_path / "images.npy")


def test_channels_first_are_moved_last(labelled: Any, tmp_path: Path, whole: Any) -> None:
    data = labelled(9, 6, 7, 3)
    stream = mapped(np.moveaxis(data.images, -1, 1), data.labels, tmp_path)
    np.testing.assert_array_equal(whole(stream).images, data.images)
    assert stream.provenance.notes == ("channels came first and were moved last",)


# --- what cannot be used ---


@pytest.mark.parametrize("opened", [in_memory, mapped, blocks, zarr_path])
@pytest.mark.usefixtures("few_at_once")
def test_counts_that_differ_are_refused(opened: Open, tmp_path: Path, labelled: Any, refused: Any) -> None:
    data = labelled(23)
    with refused("label", "one label an image" if opened is zarr_path else "one an image"):
        opened(data.images, data.labels[:-1], tmp_path)


@pytest.mark.parametrize("opened", [in_memory, mapped, zarr_path])
@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.usefixtures("few_at_once")
def test_what_is_not_finite_is_refused(value: float, opened: Open, tmp_path: Path, labelled: Any, refused: Any) -> None:
    data = labelled(23)
    images = data.images.astype(np.float32)
    images[20, 3, 3] = value
    with refused("images: ", "finite grey values", "1 NaN or infinite"):
        opened(images, data.labels, tmp_path)


@pytest.mark.usefixtures("few_at_once")
def test_what_lies_beyond_the_stated_range_is_refused_when_it_is_met(
    labelled: Any, tmp_path: Path, refused: Any
) -> None:
    data = labelled(23)
    mapped(data.images, data.labels, tmp_path)
    stream = sb.open_images(f"{tmp_path / 'a.npy'},{tmp_path / 'b.npy'}", value_range=(0.0, 200.0))
    with refused("range: ", "grey values from 0 to 200", "255"):
        [*stream.parts[0].chunks()]


@pytest.mark.parametrize(
    ("images", "labels", "words"),
    [
        (np.float32(3), [1], ("images: ", "a single number")),
        ([[[1, 2]], [[1]]], [0, 1], ("images: ", "ragged")),
        (np.full((2, 2, 2), "a"), [0, 1], ("images: ", "values of type <U1")),
        (np.zeros((0, 2, 2)), [], ("images: ", "at least one image")),
        (np.ones((3, 2, 2)), [0, 1, 0], ("images: ", "the value 1 in every pixel")),
        (np.eye(2)[None], [0], ("labels: ", "at least two classes")),
        (np.stack([np.eye(2)] * 2), [0, None], ("labels: ", "missing values")),
        (np.stack([np.eye(2)] * 2), None, ("labels: ", "open_images(images, labels)")),
    ],
)
def test_arrays_that_cannot_be_used_are_refused(images: Any, labels: Any, words: tuple[str, ...], refused: Any) -> None:
    with refused(*words):
        sb.open_images(images, labels)


def test_dask_arrays_of_unknown_length_are_refused(labelled: Any, refused: Any) -> None:
    data = labelled(23)
    images = dask.array.from_array(data.images, chunks=(5, 6, 7))
    unknown = images[images[:, 0, 0] > 0]
    with refused("images: ", "known length", "compute_chunk_sizes()"):
        sb.open_images(unknown, data.labels)


def test_a_store_that_changes_is_noticed(labelled: Any, tmp_path: Path, refused: Any) -> None:
    data = labelled(23)
    stream = zarr_path(data.images, data.labels, tmp_path)
    write_zarr(tmp_path / "set.zarr", images=data.images[:20], labels=data.labels[:20])
    with refused("images: ", "23, one a label", "20 when they were read"):
        [*stream.parts[0].chunks()]


@pytest.mark.parametrize("damage", ["nothing", "text", "array"])
def test_damaged_stores_are_refused(damage: str, labelled: Any, tmp_path: Path, refused: Any) -> None:
    store = tmp_path / "set.zarr"
    if damage == "array":
        zarr.save_array(str(store), labelled(9).images)
    else:
        store.mkdir()
        (store / "zarr.json").write_text("" if damage == "nothing" else "{]")
    with refused("set.zarr: ", "zarr store" if damage != "array" else "a group with arrays"):
        sb.open_images(store)


def test_npy_files_cut_short_are_refused(labelled: Any, tmp_path: Path, refused: Any) -> None:
    data = labelled(23)
    mapped(data.images, data.labels, tmp_path)
    content = (tmp_path / "a.npy").read_bytes()
    (tmp_path / "a.npy").write_bytes(content[:-5])
    with refused("a.npy: ", "a whole NumPy file"):
        sb.open_images(f"{tmp_path / 'a.npy'},{tmp_path / 'b.npy'}")
