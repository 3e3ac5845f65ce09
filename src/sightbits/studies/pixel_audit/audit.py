"""The audit from data to result."""

from pathlib import Path
from typing import Any

from sightbits.core.checks import InputError
from sightbits.core.counts import LabelledLevels
from sightbits.core.images import ImageDataset
from sightbits.core.journal import Journal
from sightbits.core.levels import level_code
from sightbits.core.progress import Progress, silent
from sightbits.core.streams.stream import ImageStream, strided
from sightbits.core.units import Unit, as_unit
from sightbits.datasets.splitting import check_split, split_dataset, split_digest
from sightbits.datasets.streams.choosing import as_images
from sightbits.estimation.pixels import permute_labels
from sightbits.estimation.streamed_null import permute_stream
from sightbits.information.discrete import ADDITIVE
from sightbits.selection.neighbours import estimate_knn_information
from sightbits.studies.pixel_audit.curve import classifier_name
from sightbits.studies.pixel_audit.maps import PixelMaps, map_pixels
from sightbits.studies.pixel_audit.ranked import rank_and_measure
from sightbits.studies.pixel_audit.redundancy import map_redundancy
from sightbits.studies.pixel_audit.result import PixelAudit
from sightbits.studies.pixel_audit.settings import AuditSettings
from sightbits.studies.pixel_audit.sums import StreamReader, sums_in_memory


def audit_pixels(
    source: Any,
    labels: Any = None,
    *,
    settings: AuditSettings | None = None,
    unit: str | Unit = Unit.BIT,
    scheduler: Any = None,
    journal_path: Path | None = None,
    progress: Progress = silent,
    **options: Any,
) -> PixelAudit:
    """Find which pixels carry label information, which are dead, and how few are enough.

    Parameters
    ----------
    source
        An `ImageDataset`, images as an array beside `labels`, or a name or path as `load_dataset` takes. Or what
        `open_images` takes, or an `ImageStream` it returned: those are read a chunk at a time.
    labels
        One label an image, where `source` is an array.
    settings
        Checked settings; or give them one by one as `options`.
    unit
        "bit", "nat" or "ban": the unit of the result.
    scheduler
        The address of a Dask scheduler, or a `distributed.Client`, where a stream is to be read by a cluster.
    journal_path
        A file that records finished steps: the same call goes on from there after it was cut off.
    progress
        Is told of each step.
    options
        The fields of `AuditSettings`: levels, estimator, ranker, n_pixels, classifier, permutations, seed, ...

    Returns
    -------
    PixelAudit
        Maps, ranking, rank stability and accuracy curve.

    Raises
    ------
    InputError
        Where data or settings cannot be used; the message says what to do.

    Notes
    -----
    Maps and ranking see training images only; accuracy is measured on test images. Cost: the fits of the accuracy
    curve take nearly all of the time.

    Of a stream, maps describe every image of the split (all images, where there is no official split), to the last
    count what they are where images are in memory; ranking, stability, pairs and accuracy rest on `sample` images.
    Memory: the labels, a chunk of images and tables of counts, a quarter of a gigabyte at most for each thread.

    Examples
    --------
    >>> audit = audit_pixels("digits", seed=42, n_pixels=[10], permutations=0, resamples=0)
    >>> audit.best_pixel, len(audit.dead_pixels)
    ((2, 5), 12)
    """
    images = as_images(source, labels, "audit_pixels", n_jobs=1, scheduler=scheduler, progress=progress)
    checked = (settings or AuditSettings(**options)).suited_to(images)
    check_audit(images, checked)
    result_unit = as_unit(unit)
    maps, few = (
        _map_stream(images, checked, scheduler, progress)
        if isinstance(images, ImageStream)
        else _map_dataset(images, checked, progress)
    )
    train, test = split_dataset(few, checked.seed)
    journal = Journal(journal_path, _work(few, checked))
    ranked = [rank_and_measure(few, train, test, checked, ranker, journal, progress) for ranker in checked.all_rankers]
    redundancy = map_redundancy(train, checked, ranked[0].ranking.order, progress)
    journal.close()
    return PixelAudit(
        provenance=few.provenance,
        image_shape=images.image_shape,
        label_names=images.label_names,
        value_range=images.value_range,
        n_images=images.n_images,
        n_sampled=few.n_images,
        settings=checked,
        unit=result_unit,
        maps=maps,
        ranked={one.ranker: one for one in ranked},
        redundancy=redundancy,
    )


def _map_dataset(dataset: ImageDataset, settings: AuditSettings, progress: Progress) -> tuple[PixelMaps, ImageDataset]:
    """Return the maps of images in memory, and those that everything else rests on."""
    few = dataset
    if settings.sample is not None and settings.sample < dataset.n_images:
        few = dataset.take(strided(dataset.in_test, dataset.n_images, settings.sample))
    train, test = split_dataset(dataset, settings.seed)
    described = {"train": train, "test": test, "all": dataset}[settings.split]
    coded = LabelledLevels.of(described, level_code(described, settings.levels))
    if settings.entropy_estimator in ADDITIVE:
        coded = coded.occupied()
    draws = information = None
    if settings.map_estimator == "knn":
        information = estimate_knn_information(
            described.values,
            described.labels,
            n_permutations=settings.n_permutations,
            seed=settings.seed,
            n_jobs=settings.n_jobs,
            progress=progress,
        )
    elif settings.n_permutations:
        draws = permute_labels(
            coded,
            estimator=settings.map_estimator,
            n_permutations=settings.n_permutations,
            seed=settings.seed,
            n_jobs=settings.n_jobs,
            progress=progress,
        )
    blocks = sums_in_memory(described, coded)
    return map_pixels(described, described.labels, blocks, settings, draws=draws, information=information), few


def _map_stream(
    stream: ImageStream, settings: AuditSettings, scheduler: Any, progress: Progress
) -> tuple[PixelMaps, ImageDataset]:
    """Return the maps of a stream, and the images that everything else rests on, picked on the way."""
    described = stream.of_split(settings.split)
    code = level_code(stream, settings.levels)
    reader = StreamReader(
        stream=stream,
        split=settings.split,
        code=code,
        places=stream.strided(settings.sample or stream.n_images),
        n_jobs=settings.n_jobs,
        scheduler=scheduler,
        progress=progress,
    )
    draws = None
    if settings.n_permutations:
        draws = permute_stream(
            described,
            code,
            estimator=settings.map_estimator,
            n_permutations=settings.n_permutations,
            seed=settings.seed,
            n_jobs=settings.n_jobs,
            scheduler=scheduler,
            progress=progress,
        )
    return map_pixels(stream, described.labels, reader.sums(), settings, draws=draws), reader.sample()


def check_audit(images: ImageDataset | ImageStream, settings: AuditSettings) -> None:
    """Raise `InputError` where an audit of these images cannot be had with these settings."""
    images.check_drawable()
    forbidden = settings.constraints(images).forbidden
    settings.curve_points(images.n_pixels - len(forbidden))
    level_code(images, settings.levels)
    if isinstance(images, ImageDataset):
        check_split(images, settings.seed)
        return
    if settings.map_estimator == "knn":
        raise InputError(
            "estimator",
            wanted="one that counts, where images are read a chunk at a time",
            got="knn, which looks at all images at once",
            remedy="Take fewer images (limit=..., or --limit), or another estimator.",
        )
    images.of_split(settings.split)
    check_split(images.outline(settings.sample or images.n_images), settings.seed)


def _work(dataset: ImageDataset, settings: AuditSettings) -> dict[str, Any]:
    """What the accuracy fits depend on, and nothing else."""
    return {
        "sha256": dataset.provenance.sha256,
        "in_test": split_digest(dataset),
        "n_images": dataset.n_images,
        "classifier": classifier_name(settings),
        "value_range": dataset.value_range,
        "seed": settings.seed,  # that of the first split, which alone takes the training images as they are
    }
