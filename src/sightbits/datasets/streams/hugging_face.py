"""Datasets of Hugging Face, known by their interface: that library itself is not imported here."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sightbits.core.checks import InputError
from sightbits.datasets.streams.naming import IMAGE_NAMES, check_named, choose_label
from sightbits.datasets.streams.objects import as_label, each, object_stream
from sightbits.datasets.streams.options import ReadingOptions
from sightbits.datasets.streams.raw import RawStream
from sightbits.datasets.streams.splits import official_parts

_ROWS = 64


@dataclass(frozen=True, eq=False, kw_only=True)
class HubRun:
    """A dataset of two columns, or one that streams its rows.

    Parameters
    ----------
    given_labels
        One label a row.
    """

    dataset: Any
    called: str
    image: str
    label: str
    given_labels: Any
    in_test: bool

    @property
    def n_images(self) -> int:
        """How many images there are."""
        return len(self.given_labels)

    def labels(self) -> Any:
        """Return one label a row."""
        return self.given_labels

    def items(self) -> Iterator[tuple[str, Any, Any]]:
        """Yield the rows."""
        for place, row in enumerate(_rows(self.dataset, self.called)):
            yield f"{self.called}, row {place}", row[self.image], as_label(row[self.label])


def is_hugging_face(source: Any) -> bool:
    """Whether something is a dataset of Hugging Face, or several by the names of their splits."""
    own = any(kind.__module__.partition(".")[0] == "datasets" for kind in type(source).__mro__)
    return own and (isinstance(source, dict) or hasattr(source, "column_names"))


def hugging_face_stream(source: Any, options: ReadingOptions) -> RawStream:
    """Return a dataset, or the train and test parts of several, as a stream, a part each."""
    named = dict(source) if isinstance(source, dict) else {"": source}
    names = list(named)
    if not names:
        raise InputError("images", wanted="at least one dataset", got="none", remedy="Give some images.")
    used, notes = official_parts(names)
    name = type(source).__name__
    runs = []
    label_names = None
    for place, in_test in used:
        part = names[place]
        called = f"{name}[{part!r}]" if part else name
        dataset, image, label = _two_columns(named[part], called, options.label)
        label_names = label_names or _class_names(dataset, label)
        labels = _labels(dataset, label, called)
        check_named(f"{label} of {called}", labels, label_names)
        runs.append(
            HubRun(dataset=dataset, called=called, image=image, label=label, given_labels=labels, in_test=in_test)
        )
    return object_stream(tuple(runs), options, name=name, label_names=label_names, notes=notes)


def _two_columns(dataset: Any, called: str, label: str | None) -> tuple[Any, str, str]:
    """Return a dataset of plain Python objects that has no more than images and labels, and what these are called."""
    columns = list(dataset.column_names or next(iter(_rows(dataset, called)), {}))
    label = choose_label(called, columns, label)
    features = dataset.features or {}
    others = [column for column in columns if column != label]
    found = [column for column in others if type(features.get(column)).__name__ == "Image"]
    found = found or [column for column in others if column.lower() in IMAGE_NAMES]
    if len(found) != 1:
        raise InputError(
            called,
            wanted="one column of images",
            got=f"columns {', '.join(columns)}",
            remedy="Rename the one that holds images: dataset.rename_column(..., 'image').",
        )
    chosen = dataset.select_columns([found[0], label])
    return (chosen.with_format(None) if hasattr(chosen, "with_format") else chosen), found[0], label


def _class_names(dataset: Any, label: str) -> tuple[str, ...] | None:
    names = getattr((dataset.features or {}).get(label), "names", None)
    return tuple(map(str, names)) if names else None


def _labels(dataset: Any, label: str, called: str) -> list[Any]:
    if hasattr(dataset, "__len__"):
        return [as_label(value) for value in dataset[label]]
    return [as_label(row[label]) for row in _rows(dataset.select_columns([label]), called)]


def _rows(dataset: Any, called: str) -> Iterator[dict[str, Any]]:
    """Yield rows as dicts, read so many at a time."""
    if not hasattr(dataset, "__len__"):
        yield from each(lambda: iter(dataset), called)
        return
    for start in range(0, len(dataset), _ROWS):
        try:
            block = dataset[start : start + _ROWS]
        except Exception as error:  # of whatever kind decoding raises
            raise InputError(
                f"{called}, rows from {start}",
                wanted="pictures that can be read",
                got=f"{type(error).__name__}: {error}",
                remedy="Give them undecoded to see which: cast_column('image', datasets.Image(decode=False)).",
            ) from error
        for values in zip(*block.values(), strict=True):
            yield dict(zip(block, values, strict=True))
