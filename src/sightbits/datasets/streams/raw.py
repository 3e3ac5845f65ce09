"""What every reader of a store returns: runs of images as the store holds them, not yet checked."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

CHUNK_BYTES = 2**25  # of grey values in memory at a time: a table is added to once a chunk
PART_BYTES = 2**28  # a task opens its store once for so much


@runtime_checkable
class RawPart(Protocol):
    """A run of images that whoever reads it opens by itself.

    Attributes
    ----------
    n_images
        How many images it has.
    in_test
        Whether an official split holds it out.
    portable
        Whether another process can read it: then it can be pickled, and is small.
    """

    @property
    def n_images(self) -> int: ...  # noqa: D102
    @property
    def in_test(self) -> bool: ...  # noqa: D102
    @property
    def portable(self) -> bool: ...  # noqa: D102

    def labels(self) -> Any:
        """Return the labels of all its images as the store holds them, without reading images where it can."""
        ...

    def chunks(self) -> Iterator[tuple[Any, Any]]:
        """Yield images and their labels, about `CHUNK_BYTES` at a time; None for labels that come as in `labels`."""
        ...


@dataclass(frozen=True, eq=False, kw_only=True)
class RawStream:
    """The parts of a store, and what its format says of them.

    Parameters
    ----------
    parts
        In order.
    name, origin
        What the store is called, and where it lies.
    shape
        Of one image as chunks bring it.
    dtype
        Of grey values as chunks bring them.
    label_names
        Names of labels 0, 1, ..., where the format has them.
    value_range
        Lowest and highest grey value, where the format says so: then images are not read to find it.
    channels_last
        Whether the format itself says that channels, where there are any, are the last axis.
    notes
        What the reader left out or assumed.
    """

    parts: tuple[RawPart, ...]
    name: str
    origin: str
    shape: tuple[int, ...]
    dtype: Any
    label_names: tuple[str, ...] | None = None
    value_range: tuple[float, float] | None = None
    channels_last: bool = False
    notes: tuple[str, ...] = ()


def rows_at_once(n_bytes_of_image: int, grain: int = 1) -> int:
    """Return how many images make a chunk: a multiple of `grain`, in which the store is cut, where that is bearable.

    Examples
    --------
    >>> rows_at_once(784), rows_at_once(784, grain=10_000)
    (42799, 40000)
    """
    rows = max(1, CHUNK_BYTES // max(1, n_bytes_of_image))
    return rows if rows < grain else rows // grain * grain


def runs(n_images: int, n_bytes_of_image: int, grain: int = 1) -> list[tuple[int, int]]:
    """Cut images into runs, each one part, at whole multiples of what the store is cut in.

    Examples
    --------
    >>> runs(25, 2**26, grain=3)
    [(0, 3), (3, 6), (6, 9), (9, 12), (12, 15), (15, 18), (18, 21), (21, 24), (24, 25)]
    """
    rows = max(1, PART_BYTES // max(1, n_bytes_of_image))
    step = max(grain, rows // grain * grain)
    return [(start, min(start + step, n_images)) for start in range(0, n_images, step)]
