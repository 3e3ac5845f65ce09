"""The networks of the study on a Dask cluster."""

# mypy: disable-error-code="no-untyped-call"
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sightbits.core.journal import Journal
from sightbits.core.progress import Progress
from sightbits.networks.on_cluster import run_on_cluster
from sightbits.networks.weight_files import WeightFiles
from sightbits.studies.information_flow.run import NetworkRun, Parts, Record, build_seed, look_key
from sightbits.studies.information_flow.settings import FlowSettings

Weights = dict[str, Any]


@dataclass(frozen=True, eq=False, kw_only=True)
class FlowTask:
    """What a worker needs to train a network and look at it: the looks come back, and the weights where asked for."""

    parts: Parts
    settings: FlowSettings
    work: Record
    weights: bool

    def __call__(self, number: int, progress: Progress) -> tuple[list[Record], Weights | None]:
        """Return what became of the network of this number."""
        one = NetworkRun(self.parts, self.settings, number, checkpoint=None, work=self.work)
        looked = one.follow(Journal(None, self.work), progress)
        return looked, one.weights() if self.weights else None


def follow_on_cluster(
    task: FlowTask, client: Any, *, journal: Journal, folder: Path | None, progress: Progress
) -> list[list[Record]]:
    """Return the looks of each network, those of finished networks from the record."""
    settings, files = task.settings, WeightFiles(folder, journal)
    steps, numbers = settings.steps(task.parts.train.n_images), range(settings.seeds)

    def recall(number: int) -> list[Any]:
        return [journal.recall(look_key(settings, number, step)) for step in steps]

    def keep(number: int, outcome: tuple[list[Record], Weights | None]) -> None:
        looked, weights = outcome
        if weights is not None:
            model = build_seed(settings, number, task.parts.train)
            model.load_state_dict(weights)
            files.keep(settings.seed + number, model)
        for look in looked:
            journal.record(look_key(settings, number, look["step"]), look)

    left = [number for number in numbers if None in recall(number) or not files.has(settings.seed + number)]
    run_on_cluster(
        task, left, total=len(numbers), client=client, keep=keep, progress=progress, task="networks on the cluster"
    )
    return [recall(number) for number in numbers]
