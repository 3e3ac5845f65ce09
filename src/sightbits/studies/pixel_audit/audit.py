"""The audit from data to result."""

from pathlib import Path
from typing import Any

from sightbits.core.images import ImageDataset
from sightbits.core.journal import Journal
from sightbits.core.levels import level_code
from sightbits.core.progress import Progress, silent
from sightbits.core.units import Unit, as_unit
from sightbits.datasets.loading import as_dataset
from sightbits.datasets.splitting import check_split, split_dataset, split_digest
from sightbits.studies.pixel_audit.curve import classifier_name
from sightbits.studies.pixel_audit.maps import map_pixels
from sightbits.studies.pixel_audit.ranked import rank_and_measure
from sightbits.studies.pixel_audit.redundancy import map_redundancy
from sightbits.studies.pixel_audit.result import PixelAudit
from sightbits.studies.pixel_audit.settings import AuditSettings


def audit_pixels(
    source: Any,
    labels: Any = None,
    *,
    settings: AuditSettings | None = None,
    unit: str | Unit = Unit.BIT,
    journal_path: Path | None = None,
    progress: Progress = silent,
    **options: Any,
) -> PixelAudit:
    """Find which pixels carry label information, which are dead, and how few are enough.

    Parameters
    ----------
    source
        An `ImageDataset`, images as an array beside `labels`, or a name or path as `load_dataset` takes.
    labels
        One label an image, where `source` is an array.
    settings
        Checked settings; or give them one by one as `options`.
    unit
        "bit", "nat" or "ban": the unit of the result.
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

    Examples
    --------
    >>> audit = audit_pixels("digits", seed=42, n_pixels=[10], permutations=0, resamples=0)
    >>> audit.best_pixel, len(audit.dead_pixels)
    ((2, 5), 12)
    """
    dataset = as_dataset(source, labels, "audit_pixels")
    checked = settings or AuditSettings(**options)
    check_audit(dataset, checked)
    result_unit = as_unit(unit)
    train, test = split_dataset(dataset, checked.seed)
    described = {"train": train, "test": test, "all": dataset}[checked.split]
    journal = Journal(journal_path, _work(dataset, checked))
    maps = map_pixels(described, checked, progress)
    ranked = [
        rank_and_measure(dataset, train, test, checked, ranker, journal, progress) for ranker in checked.all_rankers
    ]
    redundancy = map_redundancy(train, checked, ranked[0].ranking.order, progress)
    journal.close()
    return PixelAudit(
        provenance=dataset.provenance,
        image_shape=dataset.image_shape,
        label_names=dataset.label_names,
        value_range=dataset.value_range,
        settings=checked,
        unit=result_unit,
        maps=maps,
        ranked={one.ranker: one for one in ranked},
        redundancy=redundancy,
    )


def check_audit(dataset: ImageDataset, settings: AuditSettings) -> None:
    """Raise `InputError` where an audit of this data set cannot be had with these settings."""
    dataset.check_drawable()
    forbidden = settings.constraints(dataset).forbidden
    settings.curve_points(dataset.n_pixels - len(forbidden))
    level_code(dataset, settings.levels)
    check_split(dataset, settings.seed)


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
