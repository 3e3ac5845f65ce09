"""What stands behind filters learns as a network does whose filters are silenced, and nothing else changes."""

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from sightbits.networks.pruning import learner as learners
from sightbits.networks.pruning.criteria import together
from sightbits.networks.pruning.criteria.functions import FUNCTIONS
from sightbits.networks.pruning.criteria.settings import CriterionSettings
from sightbits.networks.pruning.graph import trace_network
from sightbits.networks.pruning.layer import find_filters
from sightbits.networks.pruning.learner import RestLearner
from sightbits.networks.pruning.view import FilterView

N = 40
RATE = 0.02


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few images, so larger steps."""
    monkeypatch.setattr(learners, "_BATCH", 16)
    monkeypatch.setattr(learners, "_RATE", RATE)


@pytest.fixture
def model(network_of: Callable[[int], nn.Sequential]) -> nn.Sequential:
    return network_of(4)


def images() -> tuple[Any, np.ndarray]:
    torch.manual_seed(2)
    inputs, labels = torch.rand(N, 1, 6, 6), np.arange(N) % 3
    inputs[labels == 1, :, :3] += 1
    return inputs, labels


class Slow:
    """The whole network trained on, its filters silenced by a hook, and asked for every filter that is left."""

    def __init__(self, model: nn.Module, observed: str, behind: tuple[str, ...], *, seed: int) -> None:
        self.model, self.observed = copy.deepcopy(model), observed
        self.inputs, labels = images()
        self.labels = torch.from_numpy(labels)
        weights = [weight for name in behind for weight in self.model.get_submodule(name).parameters()]
        self.optimiser = torch.optim.Adam(weights, lr=RATE)
        self.order = np.random.default_rng([seed, 9])

    def logits(self, gone: list[int], few: slice = slice(None)) -> Any:
        hook = self.model.get_submodule(self.observed).register_forward_hook(
            lambda _, __, made: made.index_fill(1, torch.tensor(gone, dtype=torch.int64), 0)
        )
        try:
            return self.model(self.inputs[few])
        finally:
            hook.remove()

    def learn(self, gone: list[int]) -> None:
        for number in self.order.permutation(3):  # 40 images in batches of 16
            few = slice(16 * number, 16 * number + 16)
            self.optimiser.zero_grad()
            functional.cross_entropy(self.logits(gone, few), self.labels[few]).backward()
            self.optimiser.step()

    def best_without(self, gone: list[int], n_filters: int) -> int:
        def loss(number: int) -> float:
            with torch.no_grad():
                return float(functional.cross_entropy(self.logits([*gone, number]).double(), self.labels))

        return min((number for number in range(n_filters) if number not in gone), key=loss)


WAYS = pytest.mark.parametrize(
    ("layer", "observed", "behind", "traced"),
    [("0", "2", ("4", "8"), True), ("4", "5", ("8",), True), ("0", "2", ("4", "8"), False), ("4", "5", ("8",), False)],
)


@WAYS
def test_it_learns_what_the_silenced_network_learns(
    model: nn.Sequential, layer: str, observed: str, behind: tuple[str, ...], traced: bool
) -> None:
    model.requires_grad_(False)  # as networks are that nobody trains any more
    before = copy.deepcopy(model.state_dict())
    inputs, labels = images()
    found = find_filters(model, layer, inputs)
    graph = trace_network(model) if traced else None
    learner = RestLearner(model, found, graph, inputs, torch.from_numpy(labels), seed=3)
    slow = Slow(model.requires_grad_(True), observed, behind, seed=3)
    for gone in ([1], [1, 3]):
        kept = set(range(found.n_filters)) - set(gone)
        learner.rest.remove(gone[-1])
        learner.learn(kept)
        slow.learn(gone)
        torch.testing.assert_close(learner.model.state_dict(), slow.model.state_dict(), rtol=1e-4, atol=1e-5)
        with torch.inference_mode():
            torch.testing.assert_close(learner.rest.without(0), slow.logits([*gone, 0]), rtol=1e-4, atol=1e-4)
    for name, weights in before.items():
        torch.testing.assert_close(model.state_dict()[name], weights, rtol=0, atol=0)
        learned = name.split(".")[0] in behind
        assert torch.equal(learner.model.state_dict()[name], weights) is not learned, name


def view_of(model: nn.Module, inputs: Any, labels: np.ndarray, *, layer: str = "0", traced: bool = True) -> FilterView:
    graph = trace_network(model) if traced else None
    return FilterView(model, find_filters(model, layer, inputs), inputs, labels, CriterionSettings(seed=3), graph)


@WAYS
def test_filters_go_in_rounds_and_what_is_behind_learns_between(
    model: nn.Sequential,
    layer: str,
    observed: str,
    behind: tuple[str, ...],
    traced: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(together, "_SHARE", 0.4)
    view = view_of(model, *images(), layer=layer, traced=traced)
    slow, gone, n = Slow(model, observed, behind, seed=3), [], view.layer.n_filters
    for in_round in (2, 1, 1, 1)[: n - 1]:
        if gone:
            slow.learn(gone)
        for _ in range(in_round):
            gone.append(slow.best_without(gone, n))
    assert np.argsort(FUNCTIONS["learnable_information"](view)).tolist() == gone


@pytest.mark.parametrize("inferring", [False, True])
def test_a_filter_that_could_be_read_is_kept_though_nobody_reads_it_yet(inferring: bool) -> None:
    rng = np.random.default_rng(0)
    labels = np.arange(240) % 2
    noise = rng.normal(size=(240, 3))
    channels = np.stack([labels + noise[:, 0], 4 * labels + noise[:, 1], noise[:, 2]], axis=1)
    with torch.inference_mode(inferring):
        model = nn.Sequential(nn.Conv2d(3, 3, 1, bias=False), nn.Flatten(), nn.Linear(3, 2)).eval()
        inputs = torch.from_numpy(channels).float()[:, :, None, None]
        with torch.no_grad():
            model[0].weight.copy_(torch.eye(3)[:, :, None, None])
            model[2].weight.copy_(torch.tensor([[0.0, 0.0, 0.0], [1.0, 0.0, 0.8]]))
            model[2].bias.copy_(torch.tensor([0.0, -0.5]))
        view = view_of(model, inputs, labels)
        usable, learnable = (FUNCTIONS[name](view) for name in ("usable_information", "learnable_information"))
    assert usable.tolist() == [2, 1, 0]  # noise that is read does harm and goes first; who is not read costs nothing
    assert learnable.tolist() == [1, 2, 0]


def test_where_nothing_behind_has_weights_it_is_what_can_be_used_as_it_is() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(1, 3, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten()).eval()
    view = view_of(model, *images())
    usable, learnable = (FUNCTIONS[name](view) for name in ("usable_information", "learnable_information"))
    np.testing.assert_array_equal(learnable, usable)


def test_what_is_held_is_bounded(model: nn.Sequential, monkeypatch: pytest.MonkeyPatch) -> None:
    inputs, labels = images()
    found, graph = find_filters(model, "0", inputs), trace_network(model)
    whole = RestLearner(model, found, graph, inputs, torch.from_numpy(labels), seed=0)
    assert [len(of_few) for _, of_few in whole._batches] == [16, 16, 8]
    monkeypatch.setattr(learners, "MOST_NUMBERS", 20 * whole._batches[0][0].n_numbers // 16)
    few = RestLearner(model, found, graph, inputs, torch.from_numpy(labels), seed=0)
    assert [len(of_few) for _, of_few in few._batches] == [16]
