"""Studies of networks on a cluster: the same figures as by threads, and what is finished is not asked for again."""

import json
import pickle
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import distributed
import joblib
import numpy as np
import pytest
import torch

import sightbits as sb
from sightbits.core.checks import InputError
from sightbits.core.images import ImageDataset
from sightbits.core.progress import Progress, silent
from sightbits.networks.on_cluster import run_on_cluster
from sightbits.networks.torch_bank import one_thread
from sightbits.studies.filters import FilterStudy, study_filters
from sightbits.studies.information_flow import follow_information

FLOW: dict[str, Any] = {
    "epochs": 1, "looks": 3, "probes": 1, "samples": 16, "shuffles": 2, "pairs": 2, "rate": 0.1, "seeds": 2, "jobs": 1,
}  # fmt: skip
FILTERS: dict[str, Any] = {
    "filters": (3, 5), "epochs": 2, "rate": 0.05, "batch": 16, "keep": [2], "criteria": ["usable_information", "l1"],
    "samples": 20, "images": 40, "width_images": 40, "shuffles": 2, "permutations": 19, "fine_tune": 1, "sweep": [1, 2],
    "seeds": 2, "jobs": 1,
}  # fmt: skip


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """Tests run side by side: threads of their own would wait for each other."""
    with one_thread():
        yield


@pytest.fixture(scope="module")
def client() -> Iterator[distributed.Client]:
    with distributed.Client(
        processes=False, n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0"
    ) as client:
        yield client


@pytest.fixture(scope="module")
def digits() -> ImageDataset:
    return sb.load_dataset("digits", limit=240)


@pytest.fixture(scope="module")
def here(
    digits: ImageDataset, tmp_path_factory: pytest.TempPathFactory, built_once: Callable[[str, Callable[[], Any]], Any]
) -> tuple[Path, str, str]:
    """A folder, and what a flow and a study of filters found, done here."""

    def study() -> tuple[Path, str, str]:
        folder = tmp_path_factory.mktemp("here")
        for name in ("flow", "filters"):
            (folder / name).mkdir()
        with one_thread():
            return (
                folder,
                follow_information(digits, journal_path=folder / "flow" / "journal", **FLOW).to_json(),
                figures(study_filters(digits, journal_path=folder / "filters" / "journal", **FILTERS)),
            )

    return built_once("studied_here", study)


class Cut(Exception):
    """As if the process had been cut off."""


class Listener:
    """Listens to progress, and cuts the work off when so many are done."""

    def __init__(self, cut_after: int | None = None) -> None:
        self.told: list[tuple[str, int, int]] = []
        self._cut_after = cut_after

    def __call__(self, task: str, done: int, total: int, /) -> None:
        self.told.append((task, done, total))
        if done == self._cut_after:
            raise Cut


class Travelling:
    """A task as it comes to another process, where it is given away as bytes."""

    def __init__(self, task: Any) -> None:
        self._bytes = pickle.dumps(task)

    def __call__(self, number: int, progress: Progress) -> Any:
        return pickle.loads(pickle.dumps(pickle.loads(self._bytes)(number, progress)))


@pytest.fixture
def travelled(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Which tasks were asked of the cluster; each is made to travel, as within one process nothing is sent."""
    asked: list[int] = []

    def ask(run: Any, numbers: list[int], **how: Any) -> None:
        asked.extend(numbers)
        run_on_cluster(Travelling(run), numbers, **how)

    for study in ("information_flow", "filters"):
        monkeypatch.setattr(f"sightbits.studies.{study}.on_cluster.run_on_cluster", ask)
    return asked


def weights_of(folder: Path) -> dict[str, list[float]]:
    return {
        f"{path.name} {name}": values.flatten().tolist()
        for path in folder.glob("*.pt")
        for name, values in torch.load(path, weights_only=True).items()
    }


def figures(found: FilterStudy) -> str:
    """All that was found but how long it takes."""
    document = found.to_dict()
    del document["cost"]
    costs = [(cost.kept, cost.parameters, cost.flops, cost.n_images) for cost in found.costs]
    more = [asdict(one) for one in found.figures]
    return json.dumps(
        [document, more, costs, found.pictures.responses.tolist()], sort_keys=True, default=np.ndarray.tolist
    )


def test_a_flow_on_a_cluster_is_that_of_threads(
    here: tuple[Path, str, str],
    digits: ImageDataset,
    client: distributed.Client,
    travelled: list[int],
    tmp_path: Path,
) -> None:
    folder, flow, _ = here
    with pytest.raises(Cut):
        follow_information(
            digits, journal_path=tmp_path / "journal", scheduler=client, progress=Listener(cut_after=1), **FLOW
        )
    (kept,) = (path.name for path in tmp_path.glob("*.pt"))
    missing = 1 - int(kept[13])
    with pytest.raises(Cut):
        follow_information(
            digits, journal_path=tmp_path / "journal", scheduler=client, progress=Listener(cut_after=2), **FLOW
        )
    (tmp_path / "network-seed-0.pt").unlink()
    last = Listener()
    with joblib.parallel_config("dask", client=client):
        found = follow_information(digits, journal_path=tmp_path / "journal", progress=last, **FLOW)
    assert found.to_json() == flow
    assert travelled == [0, 1, missing, 0], "only the network that is missing, or whose weights are"
    assert last.told == [("networks on the cluster", done, 2) for done in (1, 2)]
    assert weights_of(tmp_path) == weights_of(folder / "flow")
    assert {path.name for path in tmp_path.iterdir()} == {"network-seed-0.pt", "network-seed-1.pt"}
    alone = follow_information(digits, scheduler=client, **FLOW)
    assert alone.to_json() == flow


def test_filters_on_a_cluster_are_those_of_threads(
    here: tuple[Path, str, str],
    digits: ImageDataset,
    client: distributed.Client,
    travelled: list[int],
    tmp_path: Path,
) -> None:
    folder, _, study = here
    journal = tmp_path / "journal"
    with pytest.raises(Cut):
        study_filters(digits, journal_path=journal, scheduler=client, progress=Listener(cut_after=4), **FILTERS)
    done = {json.loads(line)["key"] for line in journal.read_text().splitlines()}
    assert len([key for key in done if "weights" not in key]) == 4
    last = Listener()
    found = study_filters(digits, journal_path=journal, scheduler=client, progress=last, **FILTERS)
    assert figures(found) == study
    assert travelled[:6] == [0, 1, 2, 3, 4, 5]
    assert len(travelled) == 8, "only those that are missing"
    assert [word for word in last.told if word[0] == "networks on the cluster"] == [
        ("networks on the cluster", done, 6) for done in (4, 5, 6)
    ]
    assert weights_of(tmp_path) == weights_of(folder / "filters")
    assert {path.name for path in tmp_path.iterdir()} == {
        "journal", "network-seed-0.pt", "network-seed-1.pt", "pruned-2-seed-0.pt"
    }  # fmt: skip
    assert figures(study_filters(digits, scheduler=client, **FILTERS)) == study, "without a folder"


def test_what_is_asked_otherwise_or_whose_weights_are_gone_is_done_again(
    digits: ImageDataset, client: distributed.Client, travelled: list[int], tmp_path: Path
) -> None:
    journal = tmp_path / "journal"
    few = {**FILTERS, "criteria": ["l1"], "seeds": 1, "sweep": [2], "fine_tune": 0, "epochs": 1}
    how: dict[str, Any] = {"journal_path": journal, "scheduler": client}

    def cut_off_at_the_end(options: dict[str, Any]) -> list[int]:
        travelled.clear()
        with pytest.raises(Cut):
            study_filters(digits, progress=Listener(cut_after=2), **how, **options)
        return list(travelled)

    assert cut_off_at_the_end(few) == [0, 1]
    assert cut_off_at_the_end({**few, "significance": 0.5}) == [0]
    assert cut_off_at_the_end({**few, "keep": [3]}) == [0]
    assert cut_off_at_the_end({**few, "fine_tune": 1}) == [0]
    assert cut_off_at_the_end({**few, "criteria": ["random"]}) == [0]
    assert cut_off_at_the_end({**few, "permutations": 20}) == [0]
    (tmp_path / "network-seed-0.pt").unlink()
    travelled.clear()
    found = study_filters(digits, progress=silent, **how, **few)
    assert travelled == [0]
    assert figures(found) == figures(study_filters(digits, **few))


@pytest.mark.parametrize("study", [follow_information, study_filters])
def test_a_scheduler_that_does_not_answer_is_said_before_anything_is_written(
    study: Any, digits: ImageDataset, tmp_path: Path
) -> None:
    told = Listener()
    with pytest.raises(InputError, match=r"^scheduler: wanted the address of a Dask scheduler that answers"):
        study(digits, journal_path=tmp_path / "journal", scheduler="nowhere", progress=told)
    assert not told.told
    assert not list(tmp_path.iterdir())
