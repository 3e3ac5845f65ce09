"""Each criterion against a slow way to the same numbers, and against networks of which it is known what matters."""

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from sightbits.core.checks import InputError
from sightbits.estimation.filters import measure_filters, rank_filters
from sightbits.networks.pruning import learner
from sightbits.networks.pruning import view as views
from sightbits.networks.pruning.criteria.functions import FUNCTIONS
from sightbits.networks.pruning.criteria.names import CRITERIA, INFORMATION_CRITERIA
from sightbits.networks.pruning.criteria.settings import CriterionSettings
from sightbits.networks.pruning.graph import trace_network
from sightbits.networks.pruning.layer import find_filters
from sightbits.networks.pruning.view import FilterView

WITHOUT_LABELS = ("l1", "apoz", "hrank", "random")


@pytest.fixture
def model(network_of: Callable[[int], nn.Sequential]) -> nn.Sequential:
    return network_of(3)


def view_of(
    model: nn.Module, *, layer: str = "0", n: int = 48, labelled: bool = True, told: Any = None, **options: Any
) -> FilterView:
    torch.manual_seed(2)
    inputs, labels = torch.rand(n, 1, 6, 6), np.arange(n) % 3
    inputs[labels == 1, :, :3] += 1
    settings = CriterionSettings(**{"samples": 24, "shuffles": 3, **options})
    found, graph = find_filters(model, layer, inputs), trace_network(model)
    heard = {} if told is None else {"progress": told}
    return FilterView(model, found, inputs, labels if labelled else None, settings, graph, **heard)


def test_the_criteria_are_those_that_have_a_name() -> None:
    assert list(FUNCTIONS) == list(CRITERIA)
    assert set(INFORMATION_CRITERIA) < set(CRITERIA)


def test_l1_apoz_and_hrank_are_counted_by_hand(model: nn.Sequential, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "_AT_ONCE", 7)
    view = view_of(model)
    with torch.no_grad():
        maps = model[:3](view._inputs).numpy()
    weights = model[0].weight.detach().numpy().astype(np.float64)
    np.testing.assert_allclose(FUNCTIONS["l1"](view), [np.abs(one).sum() for one in weights], rtol=1e-12)
    shares = [sum(value > 0 for value in maps[:, k].flat) / maps[:, k].size for k in range(5)]
    np.testing.assert_allclose(FUNCTIONS["apoz"](view), shares, rtol=1e-12)
    ranks = []
    for k in range(5):
        values = [np.linalg.svd(one, compute_uv=False) for one in maps[:, k].astype(np.float64)]
        ranks.append(np.mean([(value > 1e-6 * value[0]).sum() if value[0] else 0 for value in values]))
    np.testing.assert_allclose(FUNCTIONS["hrank"](view), ranks, rtol=1e-12)
    assert len(set(ranks)) > 1


@pytest.mark.parametrize("layer", ["0", "4"])
def test_taylor_is_each_image_differentiated_alone(
    model: nn.Sequential, layer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "_AT_ONCE", 7)
    view = view_of(model, layer=layer, images=20)
    cut = {"0": 3, "4": 6}[layer]
    sums = np.zeros(view.layer.n_filters)
    for image, label in zip(view._inputs[:20], view.labels[:20], strict=True):
        maps = model[:cut](image[None]).detach().requires_grad_(True)
        functional.cross_entropy(model[cut:](maps), torch.tensor([label])).backward()
        sums += np.abs((maps * maps.grad).detach().double().sum(dim=(0, 2, 3)).numpy()) / 20
    model.zero_grad()
    np.testing.assert_allclose(FUNCTIONS["taylor"](view), sums, rtol=1e-4)


class Block(nn.Module):
    """A network that writes on what a filter found, or not."""

    def __init__(self, *, in_place: bool) -> None:
        super().__init__()
        torch.manual_seed(3)
        self.in_place = in_place
        self.stem, self.conv, self.out = nn.Conv2d(1, 4, 3), nn.Conv2d(4, 4, 3, padding=1), nn.Linear(4, 3)

    def forward(self, x: Any) -> Any:
        x = self.stem(x)
        made = self.conv(x)
        made = functional.relu(made.add_(x), inplace=True) if self.in_place else functional.relu(made + x)
        return self.out(made.mean((2, 3)))


@pytest.mark.parametrize("criterion", CRITERIA)
def test_what_follows_may_write_on_what_filters_found(criterion: str) -> None:
    scores = []
    for in_place in (False, True):
        model = Block(in_place=in_place).eval()
        for parameter in model.parameters():
            parameter.requires_grad_(not in_place)
        scores.append(FUNCTIONS[criterion](view_of(model, layer="conv")))
    np.testing.assert_allclose(scores[0], scores[1], rtol=1e-5)


def test_information_of_single_filters_is_what_measure_filters_tells(
    model: nn.Sequential, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = view_of(model, beta=3.0, seed=5)
    inputs, labels = view._inputs[:24], view.labels[:24]
    with torch.no_grad():
        maps = model[:3](inputs).numpy()
    paper, median = (
        measure_filters(inputs.numpy(), labels, maps, kernel_size=size, shuffles=3, seed=5)
        for size in ("paper", "median")
    )
    of_label = paper.label_information
    assert of_label is not None
    assert median.label_information is not None
    wanted = {
        "relevance": of_label.value,
        "excess_relevance": of_label.value - of_label.null_mean,
        "relevance_by_spread": np.maximum(of_label.value - of_label.null_mean, 0) * paper.spread,
        "scale_free_relevance": median.label_information.value - median.label_information.null_mean,
        "bottleneck": 3 * of_label.value - paper.input_information.value,
        "excess_bottleneck": 3 * of_label.excess - paper.input_information.excess,
    }
    for name, values in wanted.items():
        np.testing.assert_allclose(FUNCTIONS[name](view), values, rtol=1e-6, atol=1e-9, err_msg=name)
    with_few = view_of(model, samples=40, images=10)
    assert with_few.figures.n_samples == 40, "its own number of samples, though few images are used otherwise"
    assert len(with_few.maps) == len(with_few.loss_changes) == with_few.rest.n_samples == 10


def test_conditional_relevance_is_the_rank_among_all(model: nn.Sequential) -> None:
    view = view_of(model, seed=4)
    order = rank_filters(view.maps, view.labels, seed=4)
    scores = FUNCTIONS["conditional_relevance"](view)
    assert sorted(scores) == [0, 1, 2, 3, 4]
    assert np.argsort(-scores).tolist() == order.tolist()


def greedy(model: nn.Module, view: FilterView) -> list[int]:
    """The order in which filters go where every filter that is left is asked each time."""
    labels = torch.from_numpy(view.labels.copy())

    def loss(removed: list[int]) -> float:
        hook = model.get_submodule(view.layer.observed).register_forward_hook(
            lambda _, __, made: made.index_fill(1, torch.tensor(removed), 0)
        )
        with torch.no_grad():
            found = functional.cross_entropy(model(view._inputs).double(), labels)
        hook.remove()
        return float(found)

    removed: list[int] = []
    while len(removed) < view.layer.n_filters:
        left = [number for number in range(view.layer.n_filters) if number not in removed]
        removed.append(min(left, key=lambda number: loss([*removed, number])))
    return removed


def planted(*, saturated: bool) -> tuple[nn.Module, Any, np.ndarray]:
    """Filters that each copy a channel, the first two the same; the last is ignored by what follows.

    What they tell adds up; of the first two, where that is saturated, one tells as much as both.
    """
    rng = np.random.default_rng(0)
    labels = np.arange(90) % 2
    channels = 0.3 * rng.normal(size=(90, 6)) + (2 * labels[:, None] - 1)
    channels[:, 1] = channels[:, 0]
    model = nn.Sequential(
        nn.Conv2d(6, 6, 1, bias=False), nn.Flatten(), nn.Linear(6, 5, bias=False), nn.Tanh(), nn.Linear(5, 2)
    )
    times = 9 if saturated else 0.1
    with torch.no_grad():
        model[0].weight.copy_(torch.eye(6)[:, :, None, None])
        model[2].weight.zero_()
        model[2].weight[0, :2] = times
        model[2].weight[range(1, 5), range(2, 6)] = 0.1
        model[4].weight.copy_(torch.tensor([[0.0] * 5, [2.0 if saturated else 10.0, 6.0, 4.0, 2.0, 0.0]]))
        model[4].bias.zero_()
    return model.eval(), torch.from_numpy(channels).float()[:, :, None, None], labels


def places(order: list[int]) -> list[int]:
    return [order.index(number) for number in range(len(order))]


@pytest.mark.parametrize(
    ("saturated", "classes"),
    [(False, [{5}, {4}, {3}, {2}, {0, 1}, {0, 1}]), (True, [{0, 1, 5}, {0, 1, 5}, {4}, {3}, {2}, {0, 1}])],
)
def test_usable_information_takes_away_what_is_missed_least(saturated: bool, classes: list[set[int]]) -> None:
    model, inputs, labels = planted(saturated=saturated)
    found, graph = find_filters(model, "0", inputs), trace_network(model)
    for traced in (graph, None):
        view = FilterView(model, found, inputs, labels, CriterionSettings(), traced)
        scores = FUNCTIONS["usable_information"](view)
        order = np.argsort(scores).tolist()
        assert all(number in those for number, those in zip(order, classes, strict=True)), order
        alike = [{0: 1, 1: 0}.get(number, number) for number in order]  # rounding tells which of the two
        swapped = [[*one[1::-1], *one[2:]] for one in (order, alike)]  # and which of those that cost nothing
        assert greedy(model, view) in (order, alike, *swapped)
        np.testing.assert_array_equal(FUNCTIONS["usable_information"](view), scores)  # asked again


@pytest.mark.parametrize("layer", ["0", "4"])
def test_usable_information_of_any_network_is_nearly_greedy(model: nn.Sequential, layer: str) -> None:
    view = view_of(model, layer=layer)
    assert FUNCTIONS["usable_information"](view).tolist() == places(greedy(model, view))


def test_usable_information_tells_how_far_it_is_and_can_be_stopped_there(model: nn.Sequential) -> None:
    told: list[tuple[str, int, int]] = []
    FUNCTIONS["usable_information"](view_of(model, told=lambda *words: told.append(words)))
    done = [place for _, place, _ in told]
    assert done[:5] == [0] * 5
    assert done == sorted(done)
    assert {total for _, _, total in told} == {5}
    assert len(told) >= 9, "more often than filters are taken"


def test_random_depends_on_the_seed_alone(model: nn.Sequential) -> None:
    one, same = (FUNCTIONS["random"](view_of(model, seed=3, n=n, labelled=n > 10)) for n in (48, 9))
    np.testing.assert_array_equal(one, same)
    assert len(set(one)) == 5
    for seed in (0, 4):
        assert not np.isin(FUNCTIONS["random"](view_of(model, seed=seed)), one).any()


@pytest.mark.parametrize("criterion", CRITERIA)
def test_labels_are_asked_for_where_they_are_needed(model: nn.Sequential, criterion: str) -> None:
    view = view_of(model, labelled=False)
    if criterion in WITHOUT_LABELS:
        scores = FUNCTIONS[criterion](view)
        np.testing.assert_array_equal(scores, FUNCTIONS[criterion](view_of(model)))
    else:
        with pytest.raises(InputError, match=r"^labels: wanted the label of each image, got none\. Give"):
            FUNCTIONS[criterion](view)


@pytest.mark.parametrize(
    ("options", "name"),
    [({"samples": 1}, "samples"), ({"images": 1}, "images"), ({"shuffles": 0}, "shuffles"), ({"beta": -1.0}, "beta"),
     ({"beta": float("nan")}, "beta"), ({"seed": -1}, "seed")],
)  # fmt: skip
def test_settings_out_of_bounds_are_refused(options: dict[str, Any], name: str) -> None:
    with pytest.raises(InputError, match=rf"^{name}: "):
        CriterionSettings(**options)


def test_every_criterion_gives_each_filter_its_own_place_or_value(
    model: nn.Sequential, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(learner, "_RATE", 0.05)  # 48 images teach little
    view = view_of(model)
    told = {name: function(view) for name, function in FUNCTIONS.items()}
    assert all(scores.shape == (5,) and scores.dtype == np.float64 for scores in told.values())
    for one, other in itertools.combinations(told, 2):
        assert not np.array_equal(told[one], told[other]), (one, other)


@pytest.mark.parametrize(
    ("where", "criteria"),
    [(0, [name for name in CRITERIA if name not in ("l1", "random")]), (8, ["usable_information", "taylor"])],
)
def test_a_network_that_has_diverged_is_refused(model: nn.Sequential, where: int, criteria: list[str]) -> None:
    with torch.no_grad():
        model[where].bias[0] = float("nan")
    for name in criteria:
        with pytest.raises(InputError, match=r"^model: wanted finite numbers in and behind 3, got NaN or infinity"):
            FUNCTIONS[name](view_of(model))


def test_maps_are_of_the_first_images(model: nn.Sequential, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    model[0].register_forward_hook(lambda _, given, __: calls.append(len(given[0])))
    monkeypatch.setattr(views, "_MOST_MAPS", 30)
    view = view_of(model)
    calls.clear()
    assert len(view.maps) == 30
    assert len(view.maps) == 30
    assert calls == [30], "found once"
    assert len(view.maps_of(40)) == 40
    assert len(view.maps_of(90)) == 48
    np.testing.assert_array_equal(view.maps_of(40)[:30], view.maps)
    asked: Callable[..., Any] = FUNCTIONS["apoz"]
    assert asked(view).shape == (5,)
