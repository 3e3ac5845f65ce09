"""What a pass over images adds up: counts and moments of every pixel, which merge, and images picked on the way."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Any

import numpy as np
from jaxtyping import Float64, Int64, Shaped, UInt8

from sightbits.core.counts import CountTable, LabelledLevels
from sightbits.core.levels import Code, LevelCode
from sightbits.core.streams.stream import ImageChunk, ImageStream, Picked, StreamPart

_MOST_BYTES = 2**28  # of a table, for each thread or worker, and once more for the sum
_HALVES = 2


@dataclass(frozen=True, eq=False, kw_only=True)
class Moments:
    """Sums of grey values, each less that of the first image there, of which exact ones merge to exact ones.

    Parameters
    ----------
    total, squares
        Of every pixel.
    of_label
        The sum of plain grey values of each label's images.
    low, high
        The lowest and highest value seen.
    halves
        Counts of (half of the range, label).
    """

    total: Float64[np.ndarray, "pixels"]
    squares: Float64[np.ndarray, "pixels"]
    of_label: Float64[np.ndarray, "pixels labels"]
    low: Float64[np.ndarray, "pixels"]
    high: Float64[np.ndarray, "pixels"]
    halves: CountTable

    def __add__(self, other: "Moments") -> "Moments":
        return Moments(
            total=self.total + other.total,
            squares=self.squares + other.squares,
            of_label=self.of_label + other.of_label,
            low=np.minimum(self.low, other.low),
            high=np.maximum(self.high, other.high),
            halves=self.halves + other.halves,
        )

    @classmethod
    def of_values(
        cls,
        values: Shaped[np.ndarray, "n_images pixels"],
        labels: Int64[np.ndarray, "n_images"],
        first: Shaped[np.ndarray, "pixels"],
        halves: CountTable,
    ) -> "Moments":
        """Sum over images."""
        rows = values.astype(np.float64)
        of_label = np.zeros((values.shape[1], halves.counts.shape[-1]))
        for label in np.unique(labels):
            of_label[:, label] = rows[labels == label].sum(axis=0)
        low, high = rows.min(axis=0), rows.max(axis=0)
        rows -= first
        return cls(
            total=rows.sum(axis=0),
            squares=np.einsum("ij,ij->j", rows, rows),
            of_label=of_label,
            low=low,
            high=high,
            halves=halves,
        )

    @classmethod
    def of_counts(
        cls, table: CountTable, native: LevelCode, first: Shaped[np.ndarray, "pixels"], halves: LevelCode
    ) -> "Moments":
        """Sum over a table that has a level for every grey value."""
        grey = native.low + np.arange(native.n_levels)
        of_level = table.marginal("level").counts
        away = grey - first.astype(np.float64)[:, np.newaxis]
        seen = of_level > 0
        return cls(
            total=(of_level * away).sum(axis=1),
            squares=(of_level * away**2).sum(axis=1),
            of_label=np.einsum("plk,l->pk", table.counts, grey),
            low=grey[seen.argmax(axis=1)],
            high=grey[native.n_levels - 1 - seen[:, ::-1].argmax(axis=1)],
            halves=recode(table, native, halves),
        )


@dataclass(frozen=True, eq=False, kw_only=True)
class PixelTally:
    """Counts of (level, label) of some pixels, with moments where counts alone do not tell them."""

    table: CountTable
    moments: Moments | None

    def __add__(self, other: "PixelTally") -> "PixelTally":
        both = self.moments, other.moments
        return PixelTally(
            table=self.table + other.table, moments=None if both[0] is None or both[1] is None else both[0] + both[1]
        )


@dataclass(frozen=True, eq=False, kw_only=True)
class Errand:
    """What is asked of one part: whether to tally its images, and which to bring home."""

    tallied: bool
    places: Int64[np.ndarray, "n_taken"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Pass:
    """What one pass over images brings home; None instead of a tally where none was asked for."""

    tally: Any
    picked: Picked

    def __add__(self, other: "Pass") -> "Pass":
        tallies = [tally for tally in (self.tally, other.tally) if tally is not None]
        return Pass(tally=reduce(add, tallies) if tallies else None, picked=self.picked + other.picked)


@dataclass(frozen=True, eq=False, kw_only=True)
class TallyPlan:
    """How images are tallied.

    Parameters
    ----------
    code
        The levels that are asked for.
    counted
        Those that are counted: a level for every grey value where such a table is small enough, since all others,
        and moments, follow from it.
    halves
        The code of dark and bright.
    first
        The values of the first image, from which moments are taken.
    pixels
        Which are tallied in this pass.
    """

    code: Code
    counted: Code
    halves: LevelCode
    n_labels: int
    first: Shaped[np.ndarray, "n_pixels"]
    pixels: slice

    @property
    def exact(self) -> bool:
        """Whether every grey value is counted by itself, so that moments follow from counts."""
        return isinstance(self.counted, LevelCode) and self.counted.native

    @classmethod
    def of(cls, stream: ImageStream, code: Code) -> "TallyPlan":
        """Return the plan of a stream."""
        low, high = stream.value_range
        native = LevelCode(n_levels=int(high - low) + 1, low=low, high=high, whole=True)
        few = stream.whole and native.n_levels <= 256
        cells = stream.n_pixels * native.n_levels * stream.n_labels * 8
        return cls(
            code=code,
            counted=native if few and cells <= _MOST_BYTES else code,
            halves=LevelCode(n_levels=_HALVES, low=low, high=high, whole=stream.whole),
            n_labels=stream.n_labels,
            first=stream.first_image(),
            pixels=slice(0, stream.n_pixels),
        )

    def passes(self) -> Iterator[slice]:
        """Cut the pixels into runs whose tallies take bounded memory: each costs a pass over the images."""
        size = max(1, _MOST_BYTES // (8 * (self.counted.n_levels + _HALVES) * self.n_labels))
        for start in range(0, len(self.first), size):
            yield slice(start, min(start + size, len(self.first)))

    def table(self, tally: PixelTally) -> CountTable:
        """Return the counts of the levels that were asked for."""
        if self.counted is self.code or not isinstance(self.counted, LevelCode):
            return tally.table
        return recode(tally.table, self.counted, self.code)

    def moments(self, tally: PixelTally) -> Moments:
        """Return the moments, from wherever they follow."""
        if tally.moments is not None:
            return tally.moments
        native: Any = self.counted
        return Moments.of_counts(tally.table, native, self.first[self.pixels], self.halves)


class _Running:
    """A tally that grows in place: a new table for every chunk would cost as much as counting it."""

    def __init__(self, plan: TallyPlan) -> None:
        n_pixels = len(range(*plan.pixels.indices(len(plan.first))))
        self._plan = plan
        self._counts = np.zeros((n_pixels, plan.counted.n_levels, plan.n_labels), dtype=np.int64)
        self._moments: list[Moments] = []

    def add(self, chunk: ImageChunk) -> None:
        plan = self._plan
        values = chunk.values[:, plan.pixels]
        count_into(self._counts, plan.counted.encode(values), chunk.labels)
        if plan.exact:
            return
        halves = np.zeros((len(self._counts), _HALVES, plan.n_labels), dtype=np.int64)
        count_into(halves, plan.halves.encode(values), chunk.labels)
        table = CountTable(counts=halves, variables=("level", "label"))
        self._moments.append(Moments.of_values(values, chunk.labels, plan.first[plan.pixels], table))
        self._moments = [reduce(add, self._moments)]

    def tally(self) -> PixelTally:
        table = CountTable(counts=self._counts, variables=("level", "label"))
        return PixelTally(table=table, moments=self._moments[0] if self._moments else None)


def read_part(part: StreamPart, errand: Errand, plan: TallyPlan | None) -> Pass:
    """Tally the images of a part, and pick those at some places; without a plan nothing is tallied."""
    running = _Running(plan) if errand.tallied and plan is not None else None
    images, labels, start = [], [], 0
    for chunk in part.chunks():
        if running is not None:
            running.add(chunk)
        end = start + len(chunk.images)
        wanted = errand.places[(errand.places >= start) & (errand.places < end)] - start
        if len(wanted):
            images.append(chunk.images[wanted])
            labels.append(chunk.labels[wanted])
        start = end
    return Pass(
        tally=None if running is None else running.tally(),
        picked=Picked(
            images=tuple(images),
            labels=tuple(labels),
            in_test=tuple(np.full(len(block), part.in_test) for block in labels),
        ),
    )


def count_into(
    counts: Int64[np.ndarray, "n_pixels n_levels n_labels"],
    levels: UInt8[np.ndarray, "n_images n_pixels"],
    labels: Int64[np.ndarray, "n_images"],
) -> None:
    """Add (level, label) of all pixels to the counts there are, a block of pixels at a time."""
    _, n_levels, n_labels = counts.shape
    coded = LabelledLevels(levels=levels, labels=labels, n_levels=n_levels, n_labels=n_labels)
    for pixels in coded.pixel_blocks():
        coded.count_into(counts[pixels], pixels)


def recode(table: CountTable, native: LevelCode, code: Code) -> CountTable:
    """Return counts of (level, label) in coarser levels than one a grey value."""
    grey = (native.low + np.arange(native.n_levels)).astype(np.int64)
    level_of = code.encode(grey)
    counts = np.zeros((len(table.counts), code.n_levels, table.counts.shape[-1]), dtype=np.int64)
    for level in range(code.n_levels):
        counts[:, level] = table.counts[:, level_of == level].sum(axis=1)
    return CountTable(counts=counts, variables=("level", "label"))
