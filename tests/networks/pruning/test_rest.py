"""The rest of a network says what the whole one says while filters find nothing, whichever way it is asked."""

import types
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn
from torch.nn import functional

from sightbits.networks.convolutional import build_network
from sightbits.networks.pruning import rest as rests
from sightbits.networks.pruning.graph import trace_network
from sightbits.networks.pruning.layer import find_filters
from sightbits.networks.pruning.rest import masked_rest_of, rest_of
from sightbits.networks.pruning.surgery import remove_filters
from sightbits.networks.reference import NetworkChoice

BEFORE_LINEAR, FROM_NODE, WHOLE = "_BeforeLinear", "_FromNode", "_WholeNetwork"


@pytest.fixture(autouse=True)
def _seeded() -> None:
    torch.manual_seed(0)


class Made(nn.Module):
    """A network of these parts, put together by a function of its own."""

    def __init__(self, way: Callable[..., Any], **parts: nn.Module) -> None:
        super().__init__()
        self.way = way
        for name, part in parts.items():
            self.add_module(name, part)

    def forward(self, x: Any) -> Any:
        return self.way(self, x)


def reference(model: str, activation: str = "relu", side: int = 8) -> nn.Module:
    filters = (3, 5) if model == "lenet5" else (4,) * 13
    choice = NetworkChoice(model=model, activation=activation, filters=filters)
    network = build_network(choice, image_shape=(side, side, 2), n_labels=3, seed=0)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):  # nothing is nothing by accident
            nn.init.uniform_(module.bias, -0.5, 1)
            nn.init.uniform_(module.running_mean, -0.2, 0.2)
            nn.init.uniform_(module.running_var, 0.5, 1)
    return network


def functional_one(activation: Any, flatten: Any) -> nn.Module:
    return Made(
        lambda m, x: m.out(flatten(functional.max_pool2d(activation(m.conv(x)), 2))),
        conv=nn.Conv2d(2, 4, 3), out=nn.Linear(4 * 9, 3),
    )  # fmt: skip


def block(way: Callable[..., Any], **parts: nn.Module) -> nn.Module:
    """A network with a residual block in it."""
    return Made(
        lambda m, x: m.out(way(m, torch.relu(m.stem(x))).mean((2, 3))),
        stem=nn.Conv2d(2, 4, 3), first=nn.Conv2d(4, 5, 3, padding=1), second=nn.Conv2d(5, 4, 3, padding=1),
        norm=nn.BatchNorm2d(4), relu=nn.ReLU(inplace=True), out=nn.Linear(4, 3), **parts,
    )  # fmt: skip


def added_in_place(m: Any, x: Any) -> Any:
    made = m.norm(m.second(m.first(x).relu()))
    made.add_(x)
    return m.relu(made)


def added_to_what_was(m: Any, x: Any) -> Any:
    x.add_(m.second(m.first(x).relu()))
    return torch.relu(x)


def with_if(m: Any, x: Any) -> Any:
    return m.second(m.first(x).relu()) if x.sum() > 0 else x


def head(*parts: nn.Module) -> nn.Module:
    return nn.Sequential(nn.Conv2d(2, 4, 3), nn.BatchNorm2d(4), nn.ReLU(inplace=True), *parts)


class WithIndices(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv, self.pool, self.out = nn.Conv2d(2, 4, 3), nn.MaxPool2d(2, return_indices=True), nn.Linear(36, 3)

    def forward(self, x: Any) -> Any:
        made, _ = self.pool(self.conv(x))
        return self.out(made.flatten(1))


def patched() -> nn.Module:
    """A network whose own forward was put aside."""
    model = nn.Sequential(nn.Conv2d(2, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(144, 3))
    inner = model.forward
    model.forward = types.MethodType(lambda _, x: 3 * inner(x), model)
    return model


def whole_block() -> nn.Module:
    """A hook on a block: what torch traces does not know of it."""
    model = nn.Sequential(nn.Sequential(nn.Conv2d(2, 4, 3), nn.ReLU()), nn.Flatten(), nn.Linear(144, 3))
    model.register_forward_hook(lambda _, __, made: made + 1)
    return model


NETWORKS: dict[str, tuple[Callable[[], nn.Module], str, str, str]] = {
    "lenet, last": (lambda: reference("lenet5"), "conv2", BEFORE_LINEAR, FROM_NODE),
    "lenet, first": (lambda: reference("lenet5"), "conv1", FROM_NODE, FROM_NODE),
    "lenet, sigmoid": (lambda: reference("lenet5", "sigmoid"), "conv2", BEFORE_LINEAR, FROM_NODE),
    "vgg, last": (lambda: reference("vgg16", side=32), "conv5_3", BEFORE_LINEAR, FROM_NODE),
    "vgg, middle": (lambda: reference("vgg16", side=32), "conv3_2", FROM_NODE, FROM_NODE),
    "functions": (
        lambda: functional_one(functional.relu, lambda x: torch.flatten(x, 1)), "conv", BEFORE_LINEAR, FROM_NODE
    ),
    "flatten as a method": (
        lambda: functional_one(torch.relu, lambda x: x.flatten(1)), "conv", BEFORE_LINEAR, FROM_NODE
    ),
    "view": (
        lambda: functional_one(lambda x: x.relu_(), lambda x: x.view(x.size(0), -1)), "conv", FROM_NODE, FROM_NODE
    ),
    "one number a map": (
        lambda: head(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 3, bias=False)), "0", BEFORE_LINEAR, FROM_NODE
    ),
    "dropout": (
        lambda: head(nn.Dropout2d(), nn.Flatten(), nn.Dropout(), nn.Linear(144, 3)), "0", FROM_NODE, FROM_NODE
    ),
    "two linear": (
        lambda: head(nn.AvgPool2d(2), nn.Flatten(), nn.Linear(36, 6), nn.ReLU(inplace=True), nn.Linear(6, 3)),
        "0", BEFORE_LINEAR, FROM_NODE,
    ),
    "rows flattened": (lambda: head(nn.Flatten(2), nn.Linear(36, 2), nn.Flatten()), "0", FROM_NODE, FROM_NODE),
    "residual, last": (lambda: block(added_in_place), "second", FROM_NODE, FROM_NODE),
    "residual, inside": (lambda: block(added_in_place), "first", FROM_NODE, FROM_NODE),
    "written on": (lambda: block(added_to_what_was), "second", WHOLE, WHOLE),
    "data decide": (lambda: block(with_if), "first", WHOLE, WHOLE),
    "relu twice": (lambda: block(lambda m, x: m.relu(m.second(m.relu(m.first(x))))), "first", FROM_NODE, FROM_NODE),
    "indices": (WithIndices, "conv", FROM_NODE, FROM_NODE),
    "forward patched": (patched, "0", WHOLE, WHOLE),
    "hook on the whole": (whole_block, "0", WHOLE, WHOLE),
}  # fmt: skip
# What surgery does not cut: maps that are added to others, rows in another order, what was put on from outside.
NOT_CUT = ("residual, last", "written on", "rows flattened", "forward patched", "hook on the whole")


def images(name: str, n: int = 7) -> Any:
    side = 32 if name.startswith("vgg") else 8
    return torch.rand(n, 2, side, side)


def silenced(model: nn.Module, observed: str, removed: set[int], inputs: Any) -> Any:
    """What a network says where a module's output is nothing in these channels."""

    def silence(_: nn.Module, __: Any, made: Any) -> Any:
        made = made.clone()
        for number in removed:
            made[:, number] = 0
        return made

    hook = model.get_submodule(observed).register_forward_hook(silence)
    with torch.inference_mode():
        logits = model(inputs)
    hook.remove()
    return logits


def same(found: Any, wanted: Any) -> None:
    torch.testing.assert_close(found, wanted, rtol=0, atol=1e-5 * max(1.0, float(wanted.abs().max())))


@pytest.mark.parametrize("name", NETWORKS)
def test_each_way_says_what_the_silenced_network_says(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rests, "_AT_ONCE", 3)
    make, layer, way, masked_way = NETWORKS[name]
    model, inputs = make().eval(), images(name)
    found = find_filters(model, layer, inputs)
    graph = trace_network(model)
    with torch.inference_mode():
        rest, masked = (ask(model, found, graph, inputs) for ask in (rest_of, masked_rest_of))
        assert (type(rest).__name__, type(masked).__name__) == (way, masked_way)
        assert rest.n_samples == masked.n_samples == len(inputs)
        removed: set[int] = set()
        for number in [*range(found.n_filters)][::-1]:
            for one in (rest, masked):
                for other in {0, number} - removed:
                    wanted = silenced(model, found.observed, removed | {other}, inputs)
                    same(one.without(other), wanted)
                    same(one.without(other), wanted)  # nothing of a question stays
                one.remove(number)
            removed.add(number)
        for kept in ([1], [0, 2], range(found.n_filters), []):
            wanted = silenced(model, found.observed, set(range(found.n_filters)) - set(kept), inputs)
            same(masked.with_only(kept), wanted)
    spread = silenced(model, found.observed, set(range(found.n_filters)), inputs) - model(inputs)
    assert spread.abs().max() > 1e-3, "filters matter, or this shows nothing"


@pytest.mark.parametrize("name", [name for name in NETWORKS if name not in NOT_CUT])
def test_with_only_is_the_network_without_the_others(name: str) -> None:
    make, layer, _, _ = NETWORKS[name]
    model, inputs = make().eval(), images(name)
    found = find_filters(model, layer, inputs)
    smaller = remove_filters(model, found.convolution, [0, 2], inputs)
    with torch.inference_mode():
        same(masked_rest_of(model, found, trace_network(model), inputs).with_only([0, 2]), smaller(inputs))


@pytest.mark.parametrize("activation", [functional.sigmoid, torch.sigmoid, lambda x: x.sigmoid(), functional.softplus])
def test_a_filter_is_missing_behind_an_activation_that_is_a_function(activation: Any) -> None:
    model, inputs = functional_one(activation, lambda x: torch.flatten(x, 1)).eval(), images("")
    found = find_filters(model, "conv", inputs)
    with torch.inference_mode():
        rest = rest_of(model, found, trace_network(model), inputs)
        assert type(rest).__name__ == BEFORE_LINEAR
        rest.remove(1)
        only = rest.without(3)
    torch.testing.assert_close(only, remove_filters(model, "conv", [0, 2], inputs)(inputs), rtol=0, atol=1e-5)


@pytest.mark.parametrize("layer", ["conv1", "conv2"])
def test_a_graph_serves_another_network_of_the_same_form(layer: str) -> None:
    inputs = images("")
    graph = trace_network(reference("lenet5"))
    other = reference("lenet5")
    with torch.no_grad():
        for parameter in other.parameters():
            parameter.normal_(0, 0.3)
    found = find_filters(other, layer, inputs)
    with torch.inference_mode():
        for rest in (rest_of(other, found, graph, inputs), masked_rest_of(other, found, graph, inputs)):
            wanted = silenced(other, found.observed, {1}, inputs)
            torch.testing.assert_close(rest.without(1), wanted, rtol=1e-5, atol=1e-5)
            assert type(rest).__name__ != WHOLE


def test_a_graph_of_another_form_is_not_believed() -> None:
    inputs, model = images(""), reference("lenet5").eval()
    found = find_filters(model, "conv2", inputs)
    with torch.inference_mode():
        rest = rest_of(model, found, trace_network(reference("lenet5", "sigmoid")), inputs)
        torch.testing.assert_close(rest.without(1), silenced(model, found.observed, {1}, inputs), rtol=0, atol=1e-5)


def test_tracing_leaves_a_network_as_it_is() -> None:
    model = functional_one(lambda x: functional.dropout(x, training=model.training), lambda x: x.flatten(1))
    before = set(vars(model))
    graph = trace_network(model)
    assert model.training and model.conv.training
    (dropout,) = [node for node in graph.nodes if node.target is functional.dropout]
    assert dropout.kwargs["training"] is False
    constant = Made(lambda m, x: m.conv(x * torch.tensor([2.0])), conv=nn.Conv2d(2, 4, 3))
    assert trace_network(constant) is None, "another network of the form would not have the constant"
    assert set(vars(model)) == set(vars(constant)) == before
    assert trace_network(block(with_if)) is None


def test_what_is_held_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    model, inputs = reference("lenet5").eval(), images("", 10)
    found, graph = find_filters(model, "conv2", inputs), trace_network(model)
    with torch.inference_mode():
        monkeypatch.setattr(rests, "MOST_NUMBERS", 5 * 120 * 4)
        few = rest_of(model, found, graph, inputs)
        assert (type(few).__name__, few.n_samples) == (BEFORE_LINEAR, 4)
        wanted = silenced(model, found.observed, {2}, inputs[:4])
        torch.testing.assert_close(few.without(2), wanted, rtol=0, atol=1e-5)
        monkeypatch.setattr(rests, "_AT_ONCE", 5)
        for most, way in ((10 * 5 * 4, FROM_NODE), (10 * 5 * 4 - 1, WHOLE)):  # maps of 2 x 2
            monkeypatch.setattr(rests, "MOST_NUMBERS", most)
            assert type(masked_rest_of(model, found, graph, inputs)).__name__ == way


def test_a_convolution_without_effect_changes_nothing() -> None:
    model = Made(
        lambda m, x: (m.aside(x), m.out(m.conv(x).mean((2, 3))))[1],
        conv=nn.Conv2d(2, 4, 3), aside=nn.Conv2d(2, 3, 3), out=nn.Linear(4, 3),
    ).eval()  # fmt: skip
    inputs = images("")
    found = find_filters(model, "aside", inputs)
    with torch.inference_mode():
        rest = rest_of(model, found, trace_network(model), inputs)
        torch.testing.assert_close(rest.without(0), model(inputs))
