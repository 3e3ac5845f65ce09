"""Pictures that stores keep encoded: looked at when a stream is opened, decoded a chunk at a time."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Int64, Shaped

from sightbits.core.streams.summing import sum_over
from sightbits.datasets.arrays import as_labels
from sightbits.datasets.formats.decoding import Source, decode, refusing_bombs, side_by_side
from sightbits.datasets.formats.surveying import PictureForm, PictureSurvey, settle_form, survey_pictures
from sightbits.datasets.streams.options import ReadingOptions
from sightbits.datasets.streams.raw import RawStream, rows_at_once

_MOST_A_TASK = 256
_BYTES_A_TASK = 2**20

Labelled = tuple[str, Source, Any]  # what messages call a picture, the picture, and its label or None


@runtime_checkable
class PictureRun(Protocol):
    """A run of encoded pictures that whoever reads it opens by itself.

    Attributes
    ----------
    in_test
        Whether an official split holds it out.
    portable
        Whether another process can read it.
    """

    @property
    def in_test(self) -> bool: ...  # noqa: D102
    @property
    def portable(self) -> bool: ...  # noqa: D102

    def labels(self) -> Any:
        """Return the labels of all pictures in order."""
        ...

    def pictures(self) -> Iterator[Labelled]:
        """Yield all pictures in order; None for a label that comes as in `labels`."""
        ...


@dataclass(frozen=True, eq=False, kw_only=True)
class PicturePart:
    """A run of pictures that is decoded to one form.

    Parameters
    ----------
    kept
        The places in the run of those that can be read; None where all can.
    """

    run: PictureRun
    form: PictureForm
    n_images: int
    kept: Int64[np.ndarray, "kept"] | None = None

    @property
    def in_test(self) -> bool:
        """Whether an official split holds it out."""
        return self.run.in_test

    @property
    def portable(self) -> bool:
        """Whether another process can read it."""
        return self.run.portable

    def labels(self) -> Any:
        """Return the labels of those that are kept."""
        labels = self.run.labels()
        return labels if self.kept is None else as_labels(labels, len(labels))[self.kept]

    def chunks(self) -> Iterator[tuple[Any, Any]]:
        """Yield decoded pictures, several decoded at a time."""
        rows = rows_at_once(self.form.n_bytes)
        n_a_task = max(1, min(rows, _MOST_A_TASK, _BYTES_A_TASK // self.form.n_bytes))
        decoded = side_by_side(partial(_decode, form=self.form), self._kept_pictures(), n_a_task)
        while chunk := list(islice(decoded, max(1, rows // n_a_task))):
            labels = [label for _, given in chunk for label in given]
            yield np.concatenate([pixels for pixels, _ in chunk]), None if labels[0] is None else labels

    def _kept_pictures(self) -> Iterator[Labelled]:
        if self.kept is None:
            yield from self.run.pictures()
            return
        kept = set(self.kept.tolist())
        yield from (picture for place, picture in enumerate(self.run.pictures()) if place in kept)


def picture_stream(
    runs: tuple[PictureRun, ...],
    options: ReadingOptions,
    *,
    name: str,
    origin: str,
    label_names: tuple[str, ...] | None = None,
    notes: tuple[str, ...] = (),
) -> RawStream:
    """Return runs of pictures as a stream of one form.

    Notes
    -----
    Every picture is looked at once: its header, or, where those that cannot be read are to be skipped, all of it.
    """
    skip = options.unreadable == "skip"
    with refusing_bombs():
        survey = sum_over(
            runs,
            partial(survey_run, skip=skip),
            n_jobs=options.n_jobs,
            scheduler=options.scheduler,
            progress=options.progress,
            task="looking at pictures",
        )
    form = settle_form(origin, survey, options.scale_to)
    return RawStream(
        parts=tuple(
            PicturePart(run=run, form=form, n_images=n_images, kept=kept)
            for run, n_images, kept in zip(runs, survey.n_kept, survey.kept, strict=True)
        ),
        name=name,
        origin=origin,
        shape=form.shape,
        dtype=form.dtype,
        label_names=label_names,
        value_range=form.value_range,
        channels_last=True,
        notes=notes + form.notes,
    )


def survey_run(run: PictureRun, *, skip: bool) -> PictureSurvey:
    """Look at the pictures of a run."""
    return survey_pictures(((name, picture) for name, picture, _ in run.pictures()), skip=skip)


def _decode(pictures: list[Labelled], *, form: PictureForm) -> tuple[Shaped[np.ndarray, "n *image"], list[Any]]:
    pixels = np.empty((len(pictures), *form.shape), form.dtype)
    for place, (name, picture, _) in enumerate(pictures):
        pixels[place] = decode(picture, form.mode, form.size, name)
    return pixels, [label for _, _, label in pictures]
