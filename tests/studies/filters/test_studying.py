"""A small study of filters against its parts; cut off and gone on, in other company; what it leaves."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import sightbits as sb
from sightbits.core.checks import InputError
from sightbits.core.images import ImageDataset
from sightbits.datasets.splitting import split_dataset
from sightbits.estimation.filters import measure_filters
from sightbits.estimation.layers import measure_layers
from sightbits.networks.convolutional import build_network
from sightbits.networks.observing.probing import probe_network
from sightbits.networks.pruning.surgery import remove_filters
from sightbits.networks.torch_bank import one_thread
from sightbits.networks.training import Trainer, as_inputs
from sightbits.studies.filters import FilterStudy, study_filters
from sightbits.studies.filters.run import FilterRun

LITTLE: dict[str, Any] = {
    "filters": (3, 5), "activation": "tanh", "epochs": 4, "rate": 0.05, "momentum": 0.9, "batch": 16, "keep": [4, 2],
    "criteria": ["usable_information", "l1"], "samples": 20, "images": 60, "width_images": 50, "shuffles": 2,
    "permutations": 19, "fine_tune": 1, "sweep": [1, 2], "seeds": 2, "jobs": 2,
}  # fmt: skip
ONE_AT_A_TIME = {**LITTLE, "jobs": 1}
LEFT = {"journal", "network-seed-0.pt", "network-seed-1.pt", "pruned-2-seed-0.pt", "pruned-4-seed-0.pt"}


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """Tests run side by side: threads of their own would wait for each other."""
    with one_thread():
        yield


@pytest.fixture(scope="module")
def digits() -> ImageDataset:
    return sb.load_dataset("digits", limit=240)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("study")


@pytest.fixture(scope="module")
def study(digits: ImageDataset, folder: Path) -> FilterStudy:
    return study_filters(digits, journal_path=folder / "journal", **LITTLE)


def names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


class Cut(Exception):
    """As if the process had been cut off."""


class Listener:
    """Listens to progress, and cuts the work off at a task, or after so many words."""

    def __init__(self, *, at: str | None = None, after: int | None = None) -> None:
        self.tasks: list[str] = []
        self._at, self._after = at, after

    def __call__(self, task: str, done: int, total: int, /) -> None:
        if task == self._at or len(self.tasks) == self._after:
            raise Cut
        self.tasks.append(task)


def figures(found: FilterStudy) -> str:
    """All that was found but how long it takes."""
    document = found.to_dict()
    del document["cost"]
    costs = [(cost.kept, cost.parameters, cost.flops, cost.n_images) for cost in found.costs]
    responses = found.pictures.responses.tolist()
    return json.dumps([document, found.figures[1].spread.tolist(), costs, responses], sort_keys=True)


def trained(found: FilterStudy, dataset: ImageDataset, seed: int, n_filters: int | None = None) -> Trainer:
    """The network of a seed, trained here."""
    train, _ = split_dataset(dataset, 0)
    settings = found.settings
    model = build_network(settings.network_with(n_filters), image_shape=(8, 8), n_labels=10, seed=seed)
    trainer = Trainer(model, train.images, train.labels, settings.plan(seed), value_range=(0.0, 16.0), work={})
    trainer.advance(trainer.n_steps)
    return trainer


def test_what_is_found_is_what_the_parts_find(study: FilterStudy, digits: ImageDataset) -> None:
    train, test = split_dataset(digits, 0)
    inputs = as_inputs(test.images, (0.0, 16.0))
    for seed in range(2):
        trainer = trained(study, digits, seed)
        assert study.accuracy[seed] == trainer.evaluate(test.images, test.labels)
        weights = trainer.model.get_submodule("conv2.0").get_parameter("weight")
        l1 = weights.detach().double().abs().sum(dim=(1, 2, 3)).numpy()
        np.testing.assert_allclose(study.importance["l1"][seed], l1, rtol=1e-12)
        assert sorted(study.importance["usable_information"][seed]) == [0, 1, 2, 3, 4]
        for name in study.criteria:
            order = np.argsort(-study.importance[name][seed], kind="stable")
            for place, kept in enumerate((4, 2)):
                smaller = remove_filters(trainer.model, "conv2.0", sorted(order[:kept].tolist()), inputs[:1])
                own = Trainer(
                    smaller, train.images, train.labels, study.settings.fine_tuning_plan(seed),
                    value_range=(0.0, 16.0), work={},
                )  # fmt: skip
                assert study.pruned_accuracy[name][seed, place] == own.evaluate(test.images, test.labels)
                own.advance(own.n_steps)
                assert study.fine_tuned_accuracy[name][seed, place] == own.evaluate(test.images, test.labels)
    assert study.accuracy.min() > 0.2, "they have learned something"
    assert set(study.width) == {"cmi_permutation", "partial_permutation"}
    assert [one.n_samples for one in study.width["partial_permutation"]] == [50, 50]
    assert [one.n_samples for one in study.width["cmi_permutation"]] == [20, 20]
    assert [one.n_samples for one in study.figures] == [20, 20]


def test_criteria_rest_on_training_images_as_many_as_asked_for(
    digits: ImageDataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    views = []
    own = FilterRun._view
    monkeypatch.setattr(FilterRun, "_view", lambda run: views.append(own(run)) or views[-1])
    options = {**LITTLE, "seeds": 1, "fine_tune": 0, "sweep": [], "images": 40, "criteria": ["taylor", "relevance"]}
    found = study_filters(digits, **options)
    (view,) = views
    assert len(view.loss_changes) == len(view.maps) == 40
    assert len(view.maps_of(1000)) == 50
    known = {image.tobytes() for image in as_inputs(split_dataset(digits, 0)[0].images, (0.0, 16.0)).numpy()}
    assert {image.tobytes() for image in view._inputs.numpy()} <= known
    np.testing.assert_allclose(found.importance["taylor"][0], np.abs(view.loss_changes).mean(axis=0), rtol=1e-12)
    told = measure_filters(view._inputs[:20].numpy(), view.labels[:20], view.maps[:20], shuffles=2)
    np.testing.assert_array_equal(found.importance["relevance"][0], told.label_information.value)
    assert all(np.isnan(values).all() for values in found.fine_tuned_accuracy.values()), "none was trained on"
    assert found.sweep is None


def test_networks_of_a_sweep_are_trained_and_measured(study: FilterStudy, digits: ImageDataset) -> None:
    sweep = study.sweep
    assert sweep is not None
    assert sweep.numbers == (1, 2)
    assert sweep.accuracy.shape == (2, 2)
    assert np.isnan(sweep.redundancy[:, 0]).all() and np.isfinite(sweep.redundancy[:, 1]).all()
    _, test = split_dataset(digits, 0)
    for place, n_filters in enumerate(sweep.numbers):
        trainer = trained(study, digits, 1, n_filters)
        assert sweep.accuracy[1, place] == trainer.evaluate(test.images, test.labels)
    found = [measured(trainer, test, seed) for seed in range(20)]
    assert min(found) <= sweep.input_information[1, 1] <= max(found)
    assert (sweep.input_information <= sweep.input_entropy + 1e-9).all()


def measured(trainer: Trainer, test: ImageDataset, seed: int) -> float:
    """What the last convolution tells of some other test images."""
    drawn = np.random.default_rng(seed).permutation(test.n_images)[:20]
    inputs = as_inputs(test.images[drawn], (0.0, 16.0))
    batch = probe_network(trainer.model, inputs, test.labels[drawn].astype(np.int64), layers=["conv2"])
    return float(measure_layers(batch, shuffles=2, pairs=0).input_information.value[0])


def test_nothing_is_left_but_the_record_and_weights_that_load(
    study: FilterStudy, folder: Path, digits: ImageDataset
) -> None:
    assert names_in(folder) == LEFT
    train, test = split_dataset(digits, 0)
    for seed in range(2):
        model = build_network(study.settings.network, image_shape=(8, 8), n_labels=10, seed=9)
        model.load_state_dict(torch.load(folder / f"network-seed-{seed}.pt", weights_only=True))
        whole = Trainer(model, train.images, train.labels, study.settings.plan(0), value_range=(0.0, 16.0), work={})
        assert whole.evaluate(test.images, test.labels) == study.accuracy[seed]
    for place, kept in enumerate((4, 2)):
        model = build_network(study.settings.network_with(kept), image_shape=(8, 8), n_labels=10, seed=9)
        model.load_state_dict(torch.load(folder / f"pruned-{kept}-seed-0.pt", weights_only=True))
        small = Trainer(model, train.images, train.labels, study.settings.plan(0), value_range=(0.0, 16.0), work={})
        tuned = study.fine_tuned_accuracy["usable_information"][0, place]
        assert small.evaluate(test.images, test.labels) == tuned
        cost = study.costs[1 + place]
        assert (cost.kept, cost.parameters) == (kept, sum(one.numel() for one in model.parameters()))
    assert study.costs[0].kept == 5


def test_cut_off_again_and_again_it_ends_as_if_unbroken(
    study: FilterStudy, digits: ImageDataset, tmp_path: Path
) -> None:
    journal = tmp_path / "journal"
    tasks: list[str] = []
    for cut in (
        Listener(after=3), Listener(at="network 1: l1"), Listener(at="network 1: fine-tuning with 2 filters"),
        Listener(at="network 2: how many filters"), Listener(at="2 filters, network 1"),
    ):  # fmt: skip
        with pytest.raises(Cut):
            study_filters(digits, journal_path=journal, progress=cut, **ONE_AT_A_TIME)
        assert journal.exists() or not tasks
        tasks += cut.tasks
    last = Listener()
    found = study_filters(digits, journal_path=journal, progress=last, **ONE_AT_A_TIME)
    assert figures(found) == figures(study)
    assert not any("training" in task for task in last.tasks), "trained networks are read again"
    assert tasks.count("network 1: training") == 3 + 4 * 11, "no epoch that was whole is done again"
    assert names_in(tmp_path) == LEFT


def test_more_seeds_and_criteria_go_on_from_the_same_record(
    study: FilterStudy, digits: ImageDataset, tmp_path: Path
) -> None:
    journal = tmp_path / "journal"
    few = {**ONE_AT_A_TIME, "seeds": 1, "criteria": ["l1"], "keep": [2], "fine_tune": 0}
    with pytest.raises(Cut):
        study_filters(digits, journal_path=journal, progress=Listener(at="2 filters, network 1"), **few)
    known = [json.loads(line)["key"] for line in journal.read_text().splitlines()]
    assert "seed 0, importance by l1" in known
    more = Listener()
    found = study_filters(digits, journal_path=journal, progress=more, **ONE_AT_A_TIME)
    assert figures(found) == figures(study)
    assert "network 1: training" not in more.tasks
    assert "network 2: training" in more.tasks


def test_a_study_that_ended_is_asked_for_more_without_training_anew(
    study: FilterStudy, digits: ImageDataset, tmp_path: Path
) -> None:
    journal = tmp_path / "journal"
    study_filters(digits, journal_path=journal, **{**ONE_AT_A_TIME, "criteria": ["usable_information"]})
    further = Listener()
    assert figures(study_filters(digits, journal_path=journal, progress=further, **ONE_AT_A_TIME)) == figures(study)
    assert not any(task.endswith("training") or "filters, network" in task for task in further.tasks)
    damaged = tmp_path / "network-seed-1.pt"
    damaged.write_bytes(b"not what was left")
    again = Listener()
    assert figures(study_filters(digits, journal_path=journal, progress=again, **ONE_AT_A_TIME)) == figures(study)
    assert "network 1: training" not in again.tasks
    assert "network 2: training" in again.tasks
    assert names_in(tmp_path) == LEFT


def test_too_few_images_are_refused_before_anything_is_trained(digits: ImageDataset, tmp_path: Path) -> None:
    told = Listener()
    few = np.random.default_rng(0).integers(0, 255, (40, 8, 8), dtype=np.uint8)
    with pytest.raises(InputError, match=r"^images: wanted at least 33 training images, of two classes, got 30 of 2"):
        study_filters(few, np.arange(40) % 2, journal_path=tmp_path / "journal", progress=told, **LITTLE)
    labels = np.arange(60) % 2
    images = np.random.default_rng(0).integers(0, 255, (60, 8, 8), dtype=np.uint8)
    with pytest.raises(InputError, match=r"^images: wanted at least 16 test images, of two classes, got 15 of 2"):
        study_filters(images, labels, journal_path=tmp_path / "journal", progress=told, **LITTLE)
    with pytest.raises(InputError, match=r"^model: wanted images of at least 32 x 32"):
        study_filters(digits, model="vgg16", progress=told)
    assert not told.tasks
    assert not list(tmp_path.iterdir())
