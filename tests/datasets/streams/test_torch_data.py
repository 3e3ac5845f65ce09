from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch.utils.data import DataLoader, Dataset, IterableDataset, Subset, TensorDataset

import sightbits as sb
from sightbits.networks.torch_bank import one_thread


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    with one_thread():
        yield


class Pairs(Dataset):  # type: ignore[type-arg]
    """Images as some form makes them, and labels; counts how often an item is asked for."""

    def __init__(self, images: Any, labels: Any, form: Any = lambda image: image) -> None:
        self.images, self.given, self.form, self.n_asked = images, labels, form, 0

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, place: int) -> Any:
        self.n_asked += 1
        return self.form(self.images[place]), int(self.given[place])


class WithTargets(Pairs):
    def __init__(self, images: Any, labels: Any, form: Any = lambda image: image, *, targets: Any = None) -> None:
        super().__init__(images, labels, form)
        self.targets = labels if targets is None else targets


class Stream(IterableDataset):  # type: ignore[type-arg]
    def __init__(self, pairs: Dataset[Any]) -> None:
        self.pairs = pairs

    def __iter__(self) -> Iterator[Any]:
        return iter([self.pairs[i] for i in range(len(self.pairs))])  # type: ignore[arg-type]


def to_tensor(image: np.ndarray) -> torch.Tensor:
    """As torchvision's ToTensor: channels first, floats from 0 to 1."""
    channels = image[None] if image.ndim == 2 else np.moveaxis(image, -1, 0)
    return torch.from_numpy(np.ascontiguousarray(channels)).float() / 255


def as_uint8(image: np.ndarray) -> torch.Tensor:
    return (to_tensor(image) * 255).round().to(torch.uint8)


def as_plane(image: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(image)


FORMS = {"float": to_tensor, "uint8": as_uint8, "plane": as_plane, "array": lambda image: image, "pil": Image.fromarray}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", [Pairs, WithTargets])
@pytest.mark.usefixtures("bytes_at_once")
def test_datasets_come_as_in_memory(form: str, kind: type[Pairs], labelled: Any, whole: Any) -> None:
    data = labelled(23)
    stream = sb.open_images(kind(data.images, data.labels, FORMS[form]))
    read = whole(stream)
    images = data.images if form != "float" else (data.images.astype(np.float32) / 255)
    np.testing.assert_array_equal(read.images, images)
    np.testing.assert_array_equal(read.labels, data.labels)
    np.testing.assert_array_equal(stream.labels, data.labels)
    assert stream.value_range == ((0.0, 1.0) if form == "float" else (0.0, 255.0))
    assert not any(part.portable for part in stream.parts)


@pytest.mark.parametrize("shape", [(6, 7, 3), (3, 3, 3), (4, 4, 3)])
@pytest.mark.parametrize("form", ["float", "uint8"])
def test_channels_of_tensors_come_first_and_are_moved_last(
    form: str, shape: tuple[int, ...], labelled: Any, whole: Any
) -> None:
    data = labelled(9, *shape)
    stream = sb.open_images(Pairs(data.images, data.labels, FORMS[form]))
    scale = np.float32(255) if form == "float" else 1
    np.testing.assert_array_equal(whole(stream).images, data.images / scale if form == "float" else data.images)
    assert stream.provenance.notes == ("channels came first and were moved last",)
    last = Pairs(data.images, data.labels, torch.from_numpy)
    np.testing.assert_array_equal(whole(sb.open_images(last, channels="last")).images, data.images)
    if shape[0] == 6:
        np.testing.assert_array_equal(whole(sb.open_images(last)).images, data.images)


@pytest.mark.usefixtures("few_at_once")
def test_chunks_are_bounded(labelled: Any, whole: Any) -> None:
    data = labelled(23)
    for form in ("plane", "pil"):
        stream = sb.open_images(Pairs(data.images, data.labels, FORMS[form]))
        (part,) = stream.parts
        assert max(len(chunk.images) for chunk in part.chunks()) == 2


def test_labels_at_hand_are_used_and_no_item_is_asked_for_them(labelled: Any) -> None:
    data = labelled(23)
    for targets in (data.labels, data.labels.tolist(), torch.from_numpy(data.labels)):
        given = WithTargets(data.images, data.labels, as_plane, targets=targets)
        sb.open_images(given, value_range=(0.0, 255.0))
        assert given.n_asked == 2
    without = Pairs(data.images, data.labels, as_plane)
    sb.open_images(without, value_range=(0.0, 255.0))
    assert without.n_asked > 23


@pytest.mark.usefixtures("few_at_once")
def test_subsets_and_tensor_datasets(labelled: Any, whole: Any) -> None:
    data = labelled(23)
    places = [22, 3, 7, 0, 1, 2]
    tensors = TensorDataset(torch.from_numpy(data.images), torch.from_numpy(data.labels))
    for source in (WithTargets(data.images, data.labels, as_plane), tensors, Pairs(data.images, data.labels)):
        stream = sb.open_images(Subset(source, places))
        np.testing.assert_array_equal(whole(stream).images, data.images[places])
        np.testing.assert_array_equal(stream.labels, data.labels[places])
    np.testing.assert_array_equal(whole(sb.open_images(tensors)).labels, data.labels)


@pytest.mark.parametrize("form", ["float", "plane", "pil"])
@pytest.mark.usefixtures("few_at_once")
def test_iterable_datasets(form: str, labelled: Any, whole: Any) -> None:
    data = labelled(23)
    read = whole(sb.open_images(Stream(Pairs(data.images, data.labels, FORMS[form]))))
    np.testing.assert_array_equal(read.labels, data.labels)
    np.testing.assert_allclose(read.images, data.images / (255 if form == "float" else 1), rtol=1e-6)


@pytest.mark.parametrize("form", ["uint8", "plane", "pil"])
@pytest.mark.parametrize("batch_size", [1, 4, 50])
@pytest.mark.usefixtures("few_at_once")
def test_loaders_may_shuffle_for_labels_come_with_images(
    form: str, batch_size: int, labelled: Any, whole: Any, told: Any
) -> None:
    data = labelled(23)
    together = (lambda batch: tuple(map(list, zip(*batch, strict=True)))) if form == "pil" else None
    loader: Any = DataLoader(
        Pairs(data.images, data.labels, FORMS[form]), batch_size=batch_size, shuffle=True, collate_fn=together,
        generator=torch.Generator().manual_seed(0),
    )  # fmt: skip
    stream = sb.open_images(loader)
    for _ in range(2):
        read = whole(stream)
        np.testing.assert_array_equal(read.labels, told(read.images))
        assert sorted(image.tobytes() for image in read.images) == sorted(image.tobytes() for image in data.images)
    np.testing.assert_array_equal(np.bincount(stream.labels), np.bincount(data.labels))


def test_items_may_be_dicts(labelled: Any, whole: Any) -> None:
    data = labelled(9)

    class Dicts(Pairs):
        def __getitem__(self, place: int) -> Any:
            return {"pixels": as_plane(self.images[place]), "fine": int(self.given[place]), "id": place}

    for source in (Dicts(data.images, data.labels), DataLoader(Dicts(data.images, data.labels), batch_size=4)):
        read = whole(sb.open_images(source, label="fine"))
        np.testing.assert_array_equal(read.images, data.images)
        np.testing.assert_array_equal(read.labels, data.labels)


def test_labels_of_every_kind(labelled: Any) -> None:
    data = labelled(9)
    for make, names in (
        (torch.tensor, "012"),
        (np.int64, "012"),
        (lambda n: "cab"[n], "abc"),
    ):

        class Made(Pairs):
            def __getitem__(self, place: int) -> Any:
                return as_plane(self.images[place]), make(int(self.given[place]))  # noqa: B023

        assert sb.open_images(Made(data.images, data.labels)).label_names == tuple(names)


def test_tensors_of_every_kind_of_float(labelled: Any, whole: Any) -> None:
    data = labelled(9)
    for dtype in (torch.float16, torch.bfloat16, torch.float64):
        stream = sb.open_images(Pairs(data.images, data.labels, lambda image, kind=dtype: to_tensor(image).to(kind)))
        tolerance = 1e-2 if dtype is torch.bfloat16 else 1e-3
        np.testing.assert_allclose(whole(stream).images, data.images / 255, atol=tolerance)
        assert stream.dtype == (np.float64 if dtype is torch.float64 else np.float32)
    stream = sb.open_images(Pairs(data.images, data.labels, lambda image: to_tensor(image).requires_grad_()))
    assert len(whole(stream).images) == 9


def test_pictures_may_be_scaled_and_mixed(labelled: Any, whole: Any) -> None:
    data = labelled(9)
    mixed = Pairs(
        data.images, data.labels, lambda image: Image.fromarray(image).convert("RGB" if image[0, 0] > 50 else "L")
    )
    images = whole(sb.open_images(mixed)).images
    np.testing.assert_array_equal(images, np.repeat(data.images[..., None], 3, axis=-1))
    assert sb.open_images(mixed, scale_to=(3, 4)).image_shape == (3, 4, 3)


# --- what cannot be used ---


@pytest.mark.usefixtures("few_at_once")
def test_images_of_several_sizes_are_refused(labelled: Any, refused: Any) -> None:
    data = labelled(23)
    images = [*data.images]
    images[17] = images[17][:5]
    with refused("image 17 of Pairs: ", "6 x 7, as the first one is", "5 x 7"):
        sb.open_images(Pairs(images, data.labels, as_plane))
    with refused("images of one size", "22 of 7x6, 1 of 7x5", "image 17 of Pairs"):
        sb.open_images(Pairs(images, data.labels, Image.fromarray))


def test_an_item_that_raises_is_named(labelled: Any, refused: Any) -> None:
    data = labelled(23)

    class Broken(Pairs):
        def __getitem__(self, place: int) -> Any:
            if place == 13:
                raise OSError("cut short")
            return super().__getitem__(place)

    broken = Broken(data.images, data.labels, as_plane)
    for source, place in ((broken, 13), (Stream(broken), 0), (DataLoader(broken, batch_size=5), 2)):
        with refused(f"item {place} of ", "an image and its label", "OSError: cut short"):
            sb.open_images(source)


@pytest.mark.parametrize(
    ("item", "words"),
    [
        (torch.zeros(2, 2), ("item 0 of Made: ", "a Tensor of 2")),
        ((torch.zeros(2, 2), 1, 2), ("item 0 of Made: ", "a tuple of 3")),
        ({"label": 3, "name": "x"}, ("item 0 of Made: ", "a dict of 2")),
        ((torch.zeros(2, 2), torch.zeros(3)), ("labels: ", "one-hot")),
        ((torch.zeros(2, 2), 0.5), ("labels: ", "fractions")),
    ],
)
def test_items_that_are_no_pairs_are_refused(item: Any, words: tuple[str, ...], refused: Any) -> None:
    class Made(Pairs):
        def __getitem__(self, place: int) -> Any:
            return item

    with refused(*words):
        sb.open_images(Made(range(4), range(4)))


def test_targets_that_say_otherwise_are_not_believed(labelled: Any, refused: Any, whole: Any) -> None:
    data = labelled(9)
    other = WithTargets(data.images, data.labels, as_plane, targets=data.labels + 1)
    np.testing.assert_array_equal(sb.open_images(other).labels, data.labels)
    later = np.where(np.arange(9) == 5, (data.labels + 1) % 3, data.labels)
    with refused("image 5 of WithTargets: ", "the label that it has elsewhere"):
        sb.open_images(WithTargets(data.images, data.labels, as_plane, targets=later))
    mapped = WithTargets(data.images, data.labels, as_plane, targets=later)
    mapped.target_transform = lambda label: label  # type: ignore[attr-defined]
    np.testing.assert_array_equal(sb.open_images(mapped).labels, data.labels)


def test_empty_datasets_batches_without_labels_and_skipping_are_refused(labelled: Any, refused: Any) -> None:
    data = labelled(9)
    with refused("images: ", "an empty Pairs"):
        sb.open_images(Pairs([], []))
    loader: Any = DataLoader(Pairs(data.images, data.labels), collate_fn=lambda batch: (np.zeros((3, 2, 2)), 3))
    with refused("a batch of DataLoader: ", "as many labels"):
        sb.open_images(loader)
    with refused("unreadable: ", "stop, for objects of torch"):
        sb.open_images(Pairs(data.images, data.labels), unreadable="skip")
    with refused("scale-to: ", "arrays and tensors"):
        sb.open_images(Pairs(data.images, data.labels), scale_to=(3, 3))


def test_objects_of_this_process_are_refused_on_a_cluster(labelled: Any, refused: Any) -> None:
    data = labelled(9)
    with refused("scheduler: ", "other processes"):
        sb.open_images(Pairs(data.images, data.labels, as_plane), scheduler="tcp://127.0.0.1:1")
