"""The networks of the study on a Dask cluster: first those that are pruned, then those of the sweep."""

# mypy: disable-error-code="no-untyped-call"
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sightbits.core.images import ImageDataset
from sightbits.core.journal import Journal
from sightbits.core.progress import Progress
from sightbits.core.result import plain
from sightbits.networks.on_cluster import run_on_cluster
from sightbits.networks.training import as_inputs
from sightbits.networks.weight_files import WeightFiles
from sightbits.studies.filters.outcome import Outcome, read_outcome
from sightbits.studies.filters.run import FilterRun, Parts
from sightbits.studies.filters.settings import FilterSettings
from sightbits.studies.filters.sweeping import point_key, sweep_point

Found = dict[str, Any]


@dataclass(frozen=True, eq=False, kw_only=True)
class FilterTask:
    """What a worker needs to train and weigh a network, or one of the sweep: what was found comes back, and weights."""

    train: ImageDataset
    test: ImageDataset
    graph: Any
    settings: FilterSettings
    work: dict[str, Any]

    def __call__(self, place: int, progress: Progress) -> tuple[Found, dict[str, Any] | None]:
        """Return what was found of the network in this place, and its weights unless it is one of the sweep."""
        settings, journal = self.settings, Journal(None, self.work)
        if place >= settings.seeds:
            point = sweep_point(
                self.train, self.test, settings, place - settings.seeds,
                folder=None, work=self.work, journal=journal, progress=progress,
            )  # fmt: skip
            return point, None
        parts = Parts(
            train=self.train,
            test=self.test,
            tests=as_inputs(self.test.images, self.test.value_range),
            graph=self.graph,
        )
        one = FilterRun(parts, settings, place, folder=None, work=self.work, journal=journal, progress=progress)
        return one.outcome().document(), one.weights()


def study_on_cluster(
    task: FilterTask, client: Any, *, journal: Journal, first: FilterRun, folder: Path | None, progress: Progress
) -> tuple[list[Outcome], list[Found]]:
    """Return what was found of each network and of each of the sweep; `first` is left as if its network was run here.

    Notes
    -----
    What is finished is recorded, and not asked for again.
    """
    settings, files = task.settings, WeightFiles(folder, journal)
    weights: dict[str, Any] = {}
    places = range(settings.seeds * (1 + len(settings.sweep)))

    def key(place: int) -> str:
        return _key(settings, place) if place < settings.seeds else point_key(settings, place - settings.seeds)

    def keep(place: int, outcome: tuple[Found, dict[str, Any] | None]) -> None:
        found, trained = outcome
        if trained is not None:
            files.keep(settings.seed + place, first.with_weights(trained))
        if place == 0:
            weights.update(trained or {})
        journal.record(key(place), found)

    def kept(place: int) -> bool:
        return journal.recall(key(place)) is not None and (place >= settings.seeds or files.has(settings.seed + place))

    left = [place for place in places if not kept(place)]
    run_on_cluster(
        task, left, total=len(places), client=client, keep=keep, progress=progress, task="networks on the cluster"
    )
    found = [journal.recall(key(place)) for place in places]
    outcomes = [read_outcome(one) for one in found[: settings.seeds]]
    first.take_over(weights or files.read(settings.seed), outcomes[0])
    return outcomes, found[settings.seeds :]


def _key(settings: FilterSettings, number: int) -> str:
    """Return under which name all that was found of a network is recorded: what the record's work leaves open."""
    tuning = settings.fine_tuning_plan(number).document() if settings.fine_tune else None
    asked = {
        "criteria": settings.chosen_criteria,
        "kept": settings.kept,
        "fine_tuning": tuning,
        "permutations": settings.permutations,
        "significance": settings.significance,
    }
    return f"seed {settings.seed + number}, all of {json.dumps(plain(asked))}"
