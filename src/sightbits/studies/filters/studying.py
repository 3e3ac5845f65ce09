"""The study from data to result."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from sightbits.core.checks import InputError, import_optional
from sightbits.core.cluster import cluster_or_threads
from sightbits.core.images import ImageDataset
from sightbits.core.journal import Journal
from sightbits.core.progress import Progress, silent
from sightbits.core.result import plain, versions
from sightbits.core.units import Unit, as_unit
from sightbits.datasets.loading import as_dataset
from sightbits.datasets.splitting import check_split, split_dataset, split_digest
from sightbits.estimation.filters import PAPER, REPAIRED
from sightbits.networks.reference import check_network
from sightbits.networks.side_by_side import run_side_by_side
from sightbits.studies.filters.result import FilterStudy
from sightbits.studies.filters.settings import LEAST_IMAGES, LEAST_SAMPLES, FilterSettings


def study_filters(
    source: Any,
    labels: Any = None,
    *,
    settings: FilterSettings | None = None,
    unit: str | Unit = Unit.BIT,
    journal_path: Path | None = None,
    scheduler: Any = None,
    progress: Progress = silent,
    **options: Any,
) -> FilterStudy:
    """Train networks, and find how many filters of a layer are enough, and which may go.

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
        A file that records each step, with checkpoints beside it: the same call goes on from there after it was cut
        off. It stays, and so do the weights of the trained networks (`network-seed-0.pt`): a later call that asks for
        more criteria, seeds or filters to keep trains none of them again. Those of the first, pruned by the first
        criterion (`pruned-32-seed-0.pt`), lie beside them. All are for `torch.load(weights_only=True)`.
    scheduler
        The address of a Dask scheduler, or a `distributed.Client`, for workers to train a network each; None takes the
        cluster of `joblib.parallel_config("dask")` around this call, or else threads here.
    progress
        Is told of each step; with a cluster, of each network that is done.
    options
        The fields of `FilterSettings`: model, filters, layer, keep, criteria, fine_tune, seeds, sweep, ...

    Returns
    -------
    FilterStudy
        What each filter tells of input and label beside chance, how important each criterion finds it, how many
        filters two rules find enough, and how well pruned networks do.

    Raises
    ------
    InputError
        Where data, settings or a scheduler cannot be used; the message says what to do.

    Notes
    -----
    A cluster gives the same figures, to the last bit where its processors are of the kind here. Images are sent to each
    worker once. Finished networks are recorded here; one that was cut off begins anew, and so does one that more is
    asked of. What the first network costs is measured here, and where it is to be left with fine-tuned ones beside it,
    these are trained here once more.

    Networks learn from the training images, and criteria rest on these too; test images tell accuracies alone. Cost:
    training, and for each criterion, number of filters and network `fine_tune` epochs of a smaller one; filters that
    two criteria agree on are tried once.

    Source: S. Yu, K. Wickstrøm, R. Jenssen, J. C. Príncipe, Understanding convolutional neural networks with
    information theory: an initial exploration, IEEE Transactions on Neural Networks and Learning Systems 32, 2021,
    435-442 (arXiv:1804.06537), section IV, 4 and appendix B. The repaired rule, the controls and the criterion
    `usable_information` are ours.

    Examples
    --------
    >>> found = study_filters("digits", epochs=2, criteria=["l1"], keep=[6, 12], shuffles=2, permutations=19)
    >>> found.layer, found.n_filters, found.pruned_accuracy["l1"].shape
    ('conv2', 12, (1, 2))
    """
    dataset = as_dataset(source, labels, "study_filters")
    checked = settings or FilterSettings(**options)
    result_unit = as_unit(unit)
    check_filters(dataset, checked)
    from sightbits.networks.convolutional import build_network  # noqa: PLC0415  an extra
    from sightbits.networks.pruning.graph import trace_network  # noqa: PLC0415
    from sightbits.networks.training import as_inputs  # noqa: PLC0415
    from sightbits.studies.filters.run import FilterRun, Parts, checkpoint_in  # noqa: PLC0415
    from sightbits.studies.filters.sweeping import sweep_of  # noqa: PLC0415

    train, test = split_dataset(dataset, checked.seed)
    work = _work(dataset, checked)
    folder = None if journal_path is None else journal_path.parent
    form = build_network(checked.network, image_shape=train.image_shape, n_labels=train.n_labels, seed=checked.seed)
    parts = Parts(
        train=train,
        test=test,
        tests=as_inputs(test.images, test.value_range),
        graph=trace_network(form),  # before other threads run networks
    )
    with cluster_or_threads(scheduler) as client:
        journal = Journal(journal_path, work)
        one = partial(FilterRun, parts, checked, folder=folder, work=work, journal=journal)
        if client is None:
            first, outcomes, points = _study_here(one, parts, checked, folder, work, journal, progress)
        else:
            from sightbits.studies.filters.on_cluster import FilterTask, study_on_cluster  # noqa: PLC0415

            task = FilterTask(train=train, test=test, graph=parts.graph, settings=checked, work=work)
            first = one(0, progress=progress)
            outcomes, points = study_on_cluster(
                task, client, journal=journal, first=first, folder=folder, progress=progress
            )
    by_number = [points[k : k + checked.seeds] for k in range(0, len(points), checked.seeds)]
    costs = run_side_by_side(lambda *_: first.costs(), 1, n_jobs=1, progress=progress)

    def stacked(name: str) -> MappingProxyType[str, np.ndarray]:
        return MappingProxyType(
            {key: np.array([getattr(outcome, name)[key] for outcome in outcomes]) for key in getattr(outcomes[0], name)}
        )

    found = FilterStudy(
        provenance=dataset.provenance,
        image_shape=dataset.image_shape,
        label_names=dataset.label_names,
        value_range=dataset.value_range,
        n_training=train.n_images,
        n_test=test.n_images,
        settings=checked,
        unit=result_unit,
        accuracy=np.array([outcome.accuracy for outcome in outcomes]),
        figures=tuple(outcome.figures for outcome in outcomes),
        importance=stacked("importance"),
        pruned_accuracy=stacked("pruned"),
        fine_tuned_accuracy=stacked("fine_tuned"),
        width=MappingProxyType(
            {method: tuple(outcome.width[method] for outcome in outcomes) for method in (PAPER, REPAIRED)}
        ),
        costs=costs[0],
        pictures=first.pictures(),
        sweep=sweep_of(tuple(checked.sweep), by_number) if checked.sweep else None,
    )
    for number in range(checked.seeds):
        checkpoint = checkpoint_in(folder, checked.seed + number)
        if checkpoint is not None:
            checkpoint.unlink(missing_ok=True)
    return found


def _study_here(
    one: Callable[..., Any],
    parts: Any,
    settings: FilterSettings,
    folder: Path | None,
    work: dict[str, Any],
    journal: Journal,
    progress: Progress,
) -> tuple[Any, list[Any], list[dict[str, Any]]]:
    """Return the first network, what was found of each, and of each of the sweep, by threads here."""
    from sightbits.studies.filters.sweeping import sweep_point  # noqa: PLC0415  an extra

    first: list[Any] = []  # of the others nothing is needed but their outcome

    def run(number: int, tell: Progress) -> Any:
        network = one(number, progress=tell)
        if number == 0:
            first.append(network)
        return network.outcome()

    def sweep(place: int, tell: Progress) -> dict[str, Any]:
        return sweep_point(
            parts.train, parts.test, settings, place, folder=folder, work=work, journal=journal, progress=tell
        )

    outcomes = run_side_by_side(run, settings.seeds, n_jobs=settings.n_jobs, progress=progress)
    n_points = len(settings.sweep) * settings.seeds
    points = run_side_by_side(sweep, n_points, n_jobs=settings.n_jobs, progress=progress)
    return first[0], outcomes, points


def check_filters(dataset: ImageDataset, settings: FilterSettings) -> None:
    """Raise `InputError` where this data set cannot be learned from with these settings."""
    import_optional("torch", extra="torch", purpose="filters")
    import_optional("torch_pruning", extra="torch", purpose="filters")
    check_network(settings.network, dataset.image_shape)
    train, test = check_split(dataset, settings.seed)
    least = max(LEAST_IMAGES, dataset.n_labels + 9)
    n_images = min(train.n_images, settings.images, settings.width_images)
    if n_images < least or len(np.unique(train.labels)) < 2:
        raise InputError(
            "images",
            wanted=f"at least {least} training images, of two classes",
            got=f"{n_images} of {len(np.unique(train.labels))}",
            remedy="Filters are weighed on them: add images, or use more of them.",
        )
    if settings.sweep and (test.n_images < LEAST_SAMPLES or len(np.unique(test.labels)) < 2):
        raise InputError(
            "images",
            wanted=f"at least {LEAST_SAMPLES} test images, of two classes",
            got=f"{test.n_images} of {len(np.unique(test.labels))}",
            remedy="Networks of a sweep are measured on them: add images.",
        )


def _work(dataset: ImageDataset, settings: FilterSettings) -> dict[str, Any]:
    """What every step depends on: more seeds, criteria, numbers to keep or sweep, fine-tuning go on from the same."""
    return plain(
        {
            "study": "filters",
            "version": versions()["sightbits"],
            "sha256": dataset.provenance.sha256,
            "in_test": split_digest(dataset),
            "n_images": dataset.n_images,
            "value_range": dataset.value_range,
            "network": settings.network.document(),
            "layer": settings.studied,
            "plan": settings.plan(0).document(),
            "samples": settings.samples,
            "images": settings.images,
            "width_images": settings.width_images,
            "shuffles": settings.shuffles,
            "beta": settings.beta,
            "seed": settings.seed,
        }
    )
