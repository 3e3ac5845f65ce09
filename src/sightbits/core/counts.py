"""Count tables: how often each combination of values was seen. Every discrete quantity is a function of one."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int64, UInt8, UInt64

from sightbits.core.images import ImageDataset
from sightbits.core.levels import Code

PIXELS_AT_ONCE = 1024  # a block's table for one label, 256 levels of 4 bytes each, stays in a core's own cache
_WORD = 8
_ROWS_AT_ONCE = 4096


@dataclass(frozen=True, eq=False, kw_only=True)
class CountTable:
    """Counts over named variables, for a batch of tables at once.

    Parameters
    ----------
    counts
        The counts; batch axes come first, then one axis a variable.
    variables
        Names of the last axes, in order. The axes before them are the batch.

    Notes
    -----
    Tables of disjoint samples merge by `+`, so a count of any size can be made in pieces.

    Examples
    --------
    >>> table = CountTable(counts=np.array([[3, 1], [0, 4]]), variables=("level", "label"))
    >>> (table + table).marginal("level").counts
    array([8, 8])
    """

    counts: Int64[np.ndarray, "..."]
    variables: tuple[str, ...]

    def __post_init__(self) -> None:
        view = self.counts.view()
        view.setflags(write=False)
        object.__setattr__(self, "counts", view)

    @property
    def n_samples(self) -> Int64[np.ndarray, "..."]:
        """How many samples each table of the batch counts."""
        return np.asarray(self.counts.sum(axis=self._axes(self.variables)))

    def marginal(self, *variables: str) -> "CountTable":
        """Sum out every variable but these; they come in the order named."""
        batch = range(self.counts.ndim - len(self.variables))
        kept = (*batch, *self._axes(variables))
        # einsum sums short last axes several times faster than sum does
        counts = np.einsum(self.counts, list(range(self.counts.ndim)), list(kept))
        return CountTable(counts=np.asarray(counts), variables=variables)

    def flat(self, *variables: str) -> Int64[np.ndarray, "*batch cells"]:
        """Return the counts of these variables together, one row of cells a table."""
        table = self.marginal(*variables)
        batch = table.counts.shape[: table.counts.ndim - len(variables)]
        return table.counts.reshape(*batch, -1)

    def __add__(self, other: "CountTable") -> "CountTable":
        if self.variables != other.variables or self.counts.shape != other.counts.shape:
            raise ValueError(
                f"tables merge only over the same variables and shape: {self.variables} {self.counts.shape} "
                f"and {other.variables} {other.counts.shape}"
            )
        return CountTable(counts=self.counts + other.counts, variables=self.variables)

    def _axes(self, variables: tuple[str, ...]) -> tuple[int, ...]:
        unknown = set(variables) - set(self.variables)
        if unknown:
            raise KeyError(f"no variable {sorted(unknown)} in a table over {self.variables}")
        first = self.counts.ndim - len(self.variables)
        return tuple(first + self.variables.index(name) for name in variables)


@dataclass(frozen=True, eq=False, kw_only=True)
class LabelledLevels:
    """Levels of every pixel of every image, with labels: what is counted.

    `levels` has one row an image. Labels run from 0 to `n_labels` - 1; who makes the object answers for that.
    """

    levels: UInt8[np.ndarray, "n_images pixels"]
    labels: Int64[np.ndarray, "n_images"]
    n_levels: int
    n_labels: int

    @classmethod
    def of(cls, dataset: ImageDataset, code: Code) -> "LabelledLevels":
        """Return the images of a data set as levels, ready to be counted."""
        return cls(
            levels=code.encode(dataset.values), labels=dataset.labels, n_levels=code.n_levels, n_labels=dataset.n_labels
        )

    @property
    def n_images(self) -> int:
        """How many images there are."""
        return len(self.labels)

    @property
    def n_pixels(self) -> int:
        """How many pixels an image has."""
        return self.levels.shape[1]

    def pixel_blocks(self) -> Iterator[slice]:
        """Cut the pixels into runs whose count tables take bounded memory."""
        cells = max(1, self.n_levels * self.n_labels)
        size = min(PIXELS_AT_ONCE, max(_WORD, 2**23 // cells))
        for start in range(0, self.n_pixels, size):
            yield slice(start, min(start + size, self.n_pixels))

    def occupied(self) -> "LabelledLevels":
        """Return the same without levels that no pixel of any image has.

        Notes
        -----
        What is a sum over cells that hold something stays the same, and takes no time for levels that do not occur.
        """
        seen = np.zeros(256, dtype=bool)
        for row in range(0, self.n_images, _ROWS_AT_ONCE):
            seen[self.levels[row : row + _ROWS_AT_ONCE]] = True
            if seen[: self.n_levels].all():
                return self
        position = (np.cumsum(seen) - 1).astype(np.uint8)
        return LabelledLevels(
            levels=position[self.levels], labels=self.labels, n_levels=int(seen.sum()), n_labels=self.n_labels
        )

    def take(self, which: Int64[np.ndarray, "n_taken"]) -> "LabelledLevels":
        """Return the images at these positions; a position may come more than once."""
        return LabelledLevels(
            levels=self.levels[which],
            labels=self.labels[which],
            n_levels=self.n_levels,
            n_labels=self.n_labels,
        )

    def count(self, pixels: slice = slice(None)) -> CountTable:
        """Count (level, label) for a batch of pixels.

        Returns
        -------
        CountTable
            A batch of pixels, over the variables "level" and "label".

        Notes
        -----
        One pass over the images; what is constant costs next to nothing.
        """
        n_pixels = len(range(*pixels.indices(self.n_pixels)))
        counts = np.zeros((n_pixels, self.n_levels, self.n_labels), dtype=np.int64)
        self.count_into(counts, pixels)
        return CountTable(counts=counts, variables=("level", "label"))

    def count_into(self, counts: Int64[np.ndarray, "n_pixels n_levels n_labels"], pixels: slice) -> None:
        """Add the counts of a batch of pixels to those there are."""
        from sightbits.core import counting_kernels  # noqa: PLC0415  Numba loads only when something is counted

        block = LevelBlock.of(self.levels[:, pixels])
        order = np.argsort(self.labels, kind="stable")
        starts = np.searchsorted(self.labels[order], np.arange(self.n_labels + 1))
        counting_kernels.count_levels(block.words, block.background, block.background_words, order, starts, counts)


@dataclass(frozen=True, eq=False, kw_only=True)
class LevelBlock:
    """Levels read eight pixels at a time, beside the level most images have there."""

    levels: UInt8[np.ndarray, "n_images padded_pixels"]
    words: UInt64[np.ndarray, "n_images words"]
    background: UInt8[np.ndarray, "padded_pixels"]
    background_words: UInt64[np.ndarray, "words"]
    n_pixels: int

    @classmethod
    def of(cls, levels: UInt8[np.ndarray, "n_images pixels"]) -> "LevelBlock":
        """Pad to whole words and find the background: each pixel's median in a sample of the images."""
        n_images, n_pixels = levels.shape
        if n_pixels % _WORD or not levels.flags.c_contiguous or levels.ctypes.data % _WORD:
            padded = np.zeros((n_images, -(-n_pixels // _WORD) * _WORD), dtype=np.uint8)
            padded[:, :n_pixels] = levels
            levels = padded
        sample = levels[:: max(1, n_images // 64)]
        background = np.sort(sample, axis=0)[len(sample) // 2]
        return cls(
            levels=levels,
            words=levels.view(np.uint64),
            background=background,
            background_words=background.view(np.uint64),
            n_pixels=n_pixels,
        )
