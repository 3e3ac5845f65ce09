"""The study from data to result."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from sightbits.core.checks import InputError, import_optional
from sightbits.core.cluster import cluster_or_threads
from sightbits.core.images import ImageDataset
from sightbits.core.journal import Journal
from sightbits.core.progress import Progress, silent
from sightbits.core.result import plain, versions
from sightbits.core.units import Unit, as_unit
from sightbits.datasets.loading import as_dataset
from sightbits.datasets.splitting import check_split, split_dataset, split_digest
from sightbits.networks.batches import draw_batches
from sightbits.networks.reference import check_network
from sightbits.networks.side_by_side import run_side_by_side
from sightbits.studies.information_flow.result import InformationFlow
from sightbits.studies.information_flow.settings import LEAST_SAMPLES, FlowSettings
from sightbits.studies.information_flow.traces import trace_of

_PROBES = 7  # which stream of random numbers draws the probes


def follow_information(
    source: Any,
    labels: Any = None,
    *,
    settings: FlowSettings | None = None,
    unit: str | Unit = Unit.BIT,
    journal_path: Path | None = None,
    scheduler: Any = None,
    progress: Progress = silent,
    **options: Any,
) -> InformationFlow:
    """Train a network, and find what each of its layers tells of input and label on the way, beside what chance gives.

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
        A file that records each look, with checkpoints beside it: the same call goes on from there after it was cut
        off. The weights of the trained networks stay beside it as `network-seed-0.pt`, ..., for
        `torch.load(weights_only=True)`.
    scheduler
        The address of a Dask scheduler, or a `distributed.Client`, for workers to train a network each; None takes the
        cluster of `joblib.parallel_config("dask")` around this call, or else threads here.
    progress
        Is told of each step; with a cluster, of each network that is done.
    options
        The fields of `FlowSettings`: model, activation, filters, epochs, seeds, kernel_size, shuffles, ...

    Returns
    -------
    InformationFlow
        At each look: information of each layer about input and label, of its error about the last error, redundancy and
        synergy of its maps; each with shuffled samples, with a kernel that does not know scale, and for the untrained
        network at the scale of the trained one.

    Raises
    ------
    InputError
        Where data, settings or a scheduler cannot be used; the message says what to do.

    Notes
    -----
    A cluster gives the same figures, to the last bit where its processors are of the kind here. Images are sent to each
    worker once. Finished networks are recorded here; one that was cut off begins anew.

    Networks learn from the training images; layers are measured on batches of test images, drawn once. Cost: training,
    and for each look and probe the eigenvalues of about (layers + maps + pairs) x 2 x (1 + shuffles) matrices of
    samples x samples, twice.

    Source: S. Yu, K. Wickstrøm, R. Jenssen, J. C. Príncipe, Understanding convolutional neural networks with
    information theory: an initial exploration, IEEE Transactions on Neural Networks and Learning Systems 32, 2021,
    435-442 (arXiv:1804.06537). The controls are ours.

    Examples
    --------
    >>> found = follow_information("digits", epochs=1, looks=3, probes=1, samples=32, shuffles=2, pairs=3)
    >>> found.layers, found.steps
    (('conv1', 'pool1', 'conv2', 'pool2', 'fc1', 'out'), (0, 1, 10))
    """
    dataset = as_dataset(source, labels, "follow_information")
    checked = settings or FlowSettings(**options)
    result_unit = as_unit(unit)
    check_flow(dataset, checked)
    from sightbits.studies.information_flow.run import MAIN, RESCALED, SCALE_FREE, Parts  # noqa: PLC0415

    train, test = split_dataset(dataset, checked.seed)
    parts = Parts(train=train, test=test, probes=_draw_probes(test, checked))
    work = _work(dataset, checked)
    with cluster_or_threads(scheduler) as client:
        journal = Journal(journal_path, work)
        looked = _follow(parts, checked, work, journal, journal_path, client, progress)
    layers, steps = checked.network.layers, checked.steps(train.n_images)
    n_probes = len(parts.probes)
    traces = {
        kind: trace_of(looked, kind, n_probes=n_probes, steps=steps, layers=layers)
        for kind in (MAIN, SCALE_FREE, RESCALED)
    }
    found = InformationFlow(
        provenance=dataset.provenance,
        image_shape=dataset.image_shape,
        label_names=dataset.label_names,
        value_range=dataset.value_range,
        n_training=train.n_images,
        n_test=test.n_images,
        n_samples=parts.probes[0].n_images,
        settings=checked,
        unit=result_unit,
        steps_per_epoch=checked.plan(0).steps_per_epoch(train.n_images),
        main=traces[MAIN],
        scale_free=None if checked.scale_free_settings is None else traces[SCALE_FREE],
        rescaled=traces[RESCALED],
        accuracy=_numbers(looked, "accuracy"),
        loss=_numbers(looked, "loss"),
        scale=_scales(looked, n_probes, layers),
    )
    journal.close()
    for number in range(checked.seeds):
        checkpoint = _checkpoint(journal_path, checked, number)
        if checkpoint is not None:
            checkpoint.unlink(missing_ok=True)
    return found


def _follow(
    parts: Any,
    settings: FlowSettings,
    work: dict[str, Any],
    journal: Journal,
    journal_path: Path | None,
    client: Any,
    progress: Progress,
) -> list[list[dict[str, Any]]]:
    """Return the looks of each network: trained by threads here, or by the workers of a cluster."""
    if client is not None:
        from sightbits.studies.information_flow.on_cluster import FlowTask, follow_on_cluster  # noqa: PLC0415  an extra

        folder = None if journal_path is None else journal_path.parent
        task = FlowTask(parts=parts, settings=settings, work=work, weights=folder is not None)
        return follow_on_cluster(task, client, journal=journal, folder=folder, progress=progress)
    from sightbits.studies.information_flow.run import NetworkRun  # noqa: PLC0415  an extra

    def run(number: int, tell: Progress) -> list[dict[str, Any]]:
        one = NetworkRun(parts, settings, number, checkpoint=_checkpoint(journal_path, settings, number), work=work)
        return one.follow(journal, tell)

    return run_side_by_side(run, settings.seeds, n_jobs=settings.n_jobs, progress=progress)


def check_flow(dataset: ImageDataset, settings: FlowSettings) -> None:
    """Raise `InputError` where this data set cannot be learned from with these settings."""
    import_optional("torch", extra="torch", purpose="flow")
    check_network(settings.network, dataset.image_shape)
    _, test = check_split(dataset, settings.seed)
    if test.n_images < LEAST_SAMPLES or len(np.unique(test.labels)) < 2:
        raise InputError(
            "images",
            wanted=f"at least {LEAST_SAMPLES} test images, of two classes",
            got=f"{test.n_images} of {len(np.unique(test.labels))}",
            remedy="Layers are measured on them: add images.",
        )


def _checkpoint(journal_path: Path | None, settings: FlowSettings, number: int) -> Path | None:
    """Return where a network is kept while it is trained."""
    return None if journal_path is None else journal_path.with_name(f".flow-seed-{settings.seed + number}.pt")


def _draw_probes(test: ImageDataset, settings: FlowSettings) -> tuple[ImageDataset, ...]:
    """Return batches of test images, none of which is in two of them while they suffice."""
    n = min(settings.samples, test.n_images)
    drawn = draw_batches(test.n_images, batch=n, n_updates=settings.probes, seed=[settings.seed, _PROBES])
    return tuple(test.take(places) for places in drawn)


def _numbers(looked: list[list[dict[str, Any]]], name: str) -> Float[np.ndarray, "seeds steps"]:
    return np.array([[np.nan if look[name] is None else look[name] for look in seed] for seed in looked])


def _scales(
    looked: list[list[dict[str, Any]]], n_probes: int, layers: tuple[str, ...]
) -> Float[np.ndarray, "seeds steps probes layers"]:
    missing = [dict.fromkeys(layers, np.nan)] * n_probes
    return np.array(
        [[[[at[layer] for layer in layers] for at in look.get("scale", missing)] for look in seed] for seed in looked]
    )


def _work(dataset: ImageDataset, settings: FlowSettings) -> dict[str, Any]:
    """What every look depends on: more seeds go on from the same record."""
    return plain(
        {
            "study": "flow",
            "version": versions()["sightbits"],
            "sha256": dataset.provenance.sha256,
            "in_test": split_digest(dataset),
            "n_images": dataset.n_images,
            "value_range": dataset.value_range,
            "network": settings.network.document(),
            "plan": settings.plan(0).document(),
            "layers": asdict(settings.layer_settings),
            "probes": settings.probes,
            "samples": settings.samples,
            "looks": settings.looks,
            "seed": settings.seed,
        }
    )
