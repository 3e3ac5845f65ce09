"""Datasets and loaders of torch, known by their interface: torch itself is not imported here."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from sightbits.core.checks import InputError
from sightbits.datasets.arrays import as_labels
from sightbits.datasets.streams.naming import IMAGE_NAMES, choose_label
from sightbits.datasets.streams.objects import as_array, as_label, each, object_stream
from sightbits.datasets.streams.options import ReadingOptions
from sightbits.datasets.streams.raw import RawStream


@dataclass(frozen=True, eq=False, kw_only=True)
class TorchRun:
    """A dataset or a loader.

    Parameters
    ----------
    given_labels
        Of all images, in the order in which they came at first.
    in_order
        Whether images come in the same order each time.
    batched
        Whether each thing that comes is a batch.
    """

    source: Any
    given_labels: Any
    in_order: bool
    batched: bool
    label: str | None
    in_test: bool = False

    @property
    def n_images(self) -> int:
        """How many images there are."""
        return len(self.given_labels)

    def labels(self) -> Any:
        """Return one label an image."""
        return self.given_labels

    def items(self) -> Iterator[tuple[str, Any, Any]]:
        """Yield images with the labels that come with them."""
        for place, (name, image, label) in enumerate(_items(self.source, self.batched, self.label)):
            if self.in_order and place < self.n_images and self.given_labels[place] != label:
                raise InputError(
                    name,
                    wanted=f"the label that it has elsewhere, {self.given_labels[place]!r}",
                    got=repr(label),
                    remedy="Make the dataset's .targets (or .labels) and its items agree.",
                )
            yield name, image, label


def is_torch(source: Any) -> bool:
    """Whether something is a dataset or a loader of torch; it can be neither where torch was never imported."""
    data: Any = sys.modules.get("torch.utils.data")
    return data is not None and isinstance(source, data.Dataset | data.DataLoader)


def torch_stream(source: Any, options: ReadingOptions) -> RawStream:
    """Return a dataset or a loader as a stream of one part.

    Notes
    -----
    Labels come from `.targets`, `.labels` or `.tensors` where a dataset has them; else all images are gone through once
    to meet their labels. A loader may shuffle: labels come with the images.
    """
    if options.unreadable != "stop":
        raise InputError(
            "unreadable",
            wanted="stop, for objects of torch",
            got=repr(options.unreadable),
            remedy="Let the dataset itself leave out what it cannot read.",
        )
    data: Any = sys.modules["torch.utils.data"]
    batched = isinstance(source, data.DataLoader)
    in_order = not batched and not isinstance(source, data.IterableDataset)
    labels = _known_labels(source) if in_order else None
    first = next(_items(source, batched, options.label), None)
    if labels is None or first is None or len(labels) == 0 or labels[0] != first[2]:
        labels = [label for _, _, label in _items(source, batched, options.label)]
    run = TorchRun(
        source=source,
        given_labels=as_labels(labels, len(labels)) if len(labels) > 0 else labels,
        in_order=in_order,
        batched=batched,
        label=options.label,
    )
    return object_stream((run,), options, name=type(source).__name__)


def _items(source: Any, batched: bool, label: str | None) -> Iterator[tuple[str, Any, Any]]:
    """Yield the name, the image and the label of each item of a dataset or of each batch of a loader."""
    called = type(source).__name__
    number = 0
    for item in _raw_items(source):
        image, target = _pair(f"item {number} of {called}", item, label)
        if not batched:
            yield f"image {number} of {called}", image, as_label(target)
            number += 1
            continue
        if np.ndim(target if not hasattr(target, "detach") else as_array(target)) == 0 or len(image) != len(target):
            raise InputError(
                f"a batch of {called}",
                wanted="one label an image",
                got=f"labels of type {type(target).__name__} that are not as many as the images",
                remedy="Let the loader give batches of images and as many labels.",
            )
        for one, its_label in zip(image, target, strict=True):
            yield f"image {number} of {called}", one, as_label(its_label)
            number += 1


def _raw_items(source: Any) -> Iterator[Any]:
    data: Any = sys.modules["torch.utils.data"]
    if isinstance(source, data.DataLoader | data.IterableDataset):
        return each(lambda: iter(source), type(source).__name__)
    return each(lambda: (source[place] for place in range(len(source))), type(source).__name__)


def _pair(name: str, item: Any, label: str | None) -> tuple[Any, Any]:
    if isinstance(item, dict):
        chosen = choose_label(name, [str(key) for key in item], label)
        images = [key for key in item if str(key).lower() in IMAGE_NAMES and key != chosen]
        if len(images) == 1:
            return item[images[0]], item[chosen]
    elif isinstance(item, tuple | list) and len(item) == 2:
        return item[0], item[1]
    raise InputError(
        name,
        wanted="an image and its label: a pair, or a dict with image and label",
        got=f"a {type(item).__name__}" + (f" of {len(item)}" if hasattr(item, "__len__") else ""),
        remedy="Wrap the dataset in one that gives pairs.",
    )


def _known_labels(dataset: Any) -> Any:
    """Labels that a dataset has at hand, as an array; None where items must be asked."""
    if hasattr(dataset, "indices") and hasattr(dataset, "dataset"):
        whole = _known_labels(dataset.dataset)
        return None if whole is None else whole[np.asarray(dataset.indices, dtype=np.int64)]
    found = next((getattr(dataset, name) for name in ("targets", "labels") if hasattr(dataset, name)), None)
    if found is None and len(getattr(dataset, "tensors", ())) == 2:
        found = dataset.tensors[1]
    if found is None or callable(found) or getattr(dataset, "target_transform", None) is not None:
        return None
    labels = as_array(found)
    return labels if labels.shape == (len(dataset),) else None
