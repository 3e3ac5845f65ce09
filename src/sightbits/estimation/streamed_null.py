"""What shuffled labels give where images are read a chunk at a time: the same shuffles, in a few passes."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
from jaxtyping import Float, Int64, Integer

from sightbits.core.counts import CountTable
from sightbits.core.levels import Code
from sightbits.core.progress import Progress, silent
from sightbits.core.streams.stream import ImageStream, StreamPart
from sightbits.core.streams.summing import sum_over
from sightbits.core.streams.tally import count_into
from sightbits.estimation.null import shuffle_labels
from sightbits.information.composed import mutual_information
from sightbits.information.discrete import ESTIMATORS

_MOST_BYTES = 2**28


def permute_stream(
    stream: ImageStream,
    code: Code,
    *,
    estimator: str,
    n_permutations: int,
    seed: int,
    n_jobs: int = 1,
    scheduler: Any = None,
    progress: Progress = silent,
) -> Float[np.ndarray, "n_permutations n_pixels"]:
    """Return I(level; label) of every pixel under shuffled labels, in nats, one row a permutation.

    Notes
    -----
    The same permutations as `permute_labels` has where all images are in memory. Cost: every permutation counts all
    images anew, as many permutations a pass as a quarter of a gigabyte of tables (and as much of labels) allows.
    """
    draws = np.empty((n_permutations, stream.n_pixels))
    starts = np.cumsum([0, *(part.n_images for part in stream.parts)])
    cells = 8 * code.n_levels * stream.n_labels
    together = min(
        n_permutations, max(1, _MOST_BYTES // (cells * stream.n_pixels)), max(1, _MOST_BYTES // stream.labels.nbytes)
    )
    for first in range(0, n_permutations, together):
        shuffles = np.stack(
            [shuffle_labels(stream.labels, seed, i) for i in range(first, min(first + together, n_permutations))]
        )
        given = [shuffles[:, starts[i] : starts[i + 1]] for i in range(len(stream.parts))]
        for pixels in _runs(stream.n_pixels, cells * together):
            counts = sum_over(
                stream.parts,
                partial(count_shuffled, code=code, n_labels=stream.n_labels, pixels=pixels),
                given,
                n_jobs=n_jobs,
                scheduler=scheduler,
            )
            for row, table in zip(draws[first:], counts, strict=False):
                row[pixels] = mutual_information(
                    CountTable(counts=table, variables=("level", "label")),
                    "level",
                    "label",
                    estimator=ESTIMATORS[estimator],
                )
        progress("permutations", first + len(shuffles), n_permutations)
    return draws


def count_shuffled(
    part: StreamPart, shuffles: Integer[np.ndarray, "together n_images"], code: Code, n_labels: int, pixels: slice
) -> Int64[np.ndarray, "together pixels levels labels"]:
    """Count (level, label) of a part's images under other labels than theirs."""
    counts: Any = None
    start = 0
    for chunk in part.chunks():
        levels = code.encode(chunk.values[:, pixels])
        if counts is None:
            counts = np.zeros((len(shuffles), levels.shape[1], code.n_levels, n_labels), dtype=np.int64)
        end = start + len(levels)
        for table, labels in zip(counts, shuffles[:, start:end].astype(np.int64), strict=True):
            count_into(table, levels, labels)
        start = end
    return np.asarray(counts)


def _runs(n_pixels: int, n_bytes_of_pixel: int) -> Iterator[slice]:
    size = max(1, _MOST_BYTES // n_bytes_of_pixel)
    for start in range(0, n_pixels, size):
        yield slice(start, min(start + size, n_pixels))
