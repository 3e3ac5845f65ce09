"""The pruners of Torch-Pruning remove the filters that our criteria put last."""

import copy
from typing import Any

import numpy as np
import pytest
import torch
import torch_pruning
from torch import nn
from torch.nn import functional

from sightbits.core.checks import InputError
from sightbits.networks.convolutional import build_network
from sightbits.networks.pruning.importance import filter_importance
from sightbits.networks.pruning.surgery import remove_filters
from sightbits.networks.pruning.torch_pruning import InformationImportance
from sightbits.networks.reference import NetworkChoice

IMAGES = torch.rand(40, 1, 8, 8, generator=torch.Generator().manual_seed(0))
LABELS = torch.arange(40) % 3


@pytest.fixture(autouse=True)
def _seeded() -> None:
    torch.manual_seed(0)


@pytest.fixture
def lenet() -> nn.Module:
    choice = NetworkChoice(model="lenet5", filters=(4, 6))
    return build_network(choice, image_shape=(8, 8), n_labels=3, seed=0)


class ResNet(nn.Module):
    """A stem and a block with a projection."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(1, 4, 3, padding=1)
        self.conv1 = nn.Conv2d(4, 6, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(6)
        self.conv2 = nn.Conv2d(6, 8, 3, padding=1)
        self.shortcut = nn.Conv2d(4, 8, 1)
        self.out = nn.Linear(8, 3)

    def forward(self, x: Any) -> Any:
        x = functional.relu(self.stem(x))
        made = self.conv2(functional.relu(self.bn1(self.conv1(x)))) + self.shortcut(x)
        return self.out(functional.relu(made).mean((2, 3)))


def cut(model: nn.Module, ignored: list[nn.Module], **options: Any) -> None:
    importance = InformationImportance(model, IMAGES, LABELS, **options)
    pruner = torch_pruning.pruner.BasePruner(
        model, IMAGES[:1], importance=importance, pruning_ratio=0.5, ignored_layers=ignored
    )
    pruner.step()


@pytest.mark.parametrize("criterion", ["usable_information", "relevance", "l1"])
def test_lenet_end_to_end(lenet: Any, criterion: str) -> None:
    whole = copy.deepcopy(lenet)
    cut(lenet, [lenet.out], criterion=criterion)
    first, second = (
        filter_importance(whole, IMAGES, LABELS, layer, criterion=criterion) for layer in ("conv1", "conv2")
    )
    wanted = remove_filters(whole, "conv1.0", first.most_important(2), IMAGES[:1])
    wanted = remove_filters(wanted, "conv2.0", second.most_important(3), IMAGES[:1])
    assert lenet.conv2[0].weight.shape == (3, 2, 5, 5)
    assert lenet.fc1[0].weight.shape == (120, 12)  # a linear layer keeps its own units
    assert torch.equal(lenet(IMAGES), wanted(IMAGES))


def test_a_residual_network_end_to_end() -> None:
    model = ResNet().eval()
    whole = copy.deepcopy(model)
    cut(model, [model.out], criterion="l1")
    assert [tuple(module.weight.shape[:2]) for module in (model.stem, model.conv1, model.conv2, model.shortcut)] == [
        (2, 1), (3, 2), (4, 3), (4, 2)
    ]  # fmt: skip
    scores = {
        name: filter_importance(whole, IMAGES, None, name, criterion="l1").scores for name in ("conv2", "shortcut")
    }
    together = sum((one - one.mean()) / one.std() for one in scores.values())
    kept = sorted(np.argsort(-np.asarray(together))[:4].tolist())
    inside = filter_importance(whole, IMAGES, None, "conv1", criterion="l1").most_important(3)
    stem = filter_importance(whole, IMAGES, None, "stem", criterion="l1").most_important(2)
    for name, numbers in (("conv2", kept), ("shortcut", kept), ("stem", stem)):
        assert torch.equal(model.get_parameter(f"{name}.bias"), whole.get_parameter(f"{name}.bias")[list(numbers)])
    assert torch.equal(model.conv1.weight, whole.conv1.weight[list(inside)][:, list(stem)])
    assert torch.equal(model.out.weight, whole.out.weight[:, kept])
    assert model(IMAGES).shape == (40, 3)


def groups_of(model: nn.Module) -> dict[str, Any]:
    graph = torch_pruning.DependencyGraph().build_dependency(model, example_inputs=IMAGES[:1])
    return {graph._module2name[group[0].dep.target.module]: group for group in graph.get_all_groups()}


def test_scores_of_one_convolution_are_as_they_are(lenet: Any) -> None:
    groups = groups_of(lenet)
    importance = InformationImportance(lenet, IMAGES, LABELS, criterion="relevance", samples=30)
    found = importance(groups["conv2.0"])
    wanted = filter_importance(lenet, IMAGES, LABELS, "conv2", criterion="relevance", samples=30).scores
    assert found.dtype == torch.float64 and found.tolist() == wanted.tolist()
    assert importance(groups["fc1.0"]) is None


def test_each_question_is_of_the_network_as_it_is(lenet: Any) -> None:
    groups = groups_of(lenet)
    importance = InformationImportance(lenet, IMAGES, LABELS, criterion="l1")
    before = importance(groups["conv2.0"])
    with torch.no_grad():
        lenet.conv2[0].weight[1] *= 3
    torch.testing.assert_close(importance(groups["conv2.0"]), before * torch.tensor([1, 3, 1, 1, 1, 1]))


def test_some_channels_of_a_group(lenet: Any) -> None:
    graph = torch_pruning.DependencyGraph().build_dependency(lenet, example_inputs=IMAGES[:1])
    group = graph.get_pruning_group(lenet.conv1[0], torch_pruning.prune_conv_out_channels, idxs=[3, 1])
    found = InformationImportance(lenet, IMAGES, LABELS, criterion="l1")(group)
    scores = filter_importance(lenet, IMAGES, None, "conv1", criterion="l1").scores
    assert found.tolist() == [scores[3], scores[1]]


def test_tied_convolutions_count_alike_and_constant_ones_not() -> None:
    model = ResNet().eval()
    with torch.no_grad():
        model.shortcut.weight.fill_(1.0)
        model.conv2.weight.copy_(100 * torch.arange(8.0)[:, None, None, None].expand(8, 6, 3, 3))
    found = InformationImportance(model, IMAGES, LABELS, criterion="l1")(groups_of(model)["conv2"])
    places = np.arange(8.0)
    np.testing.assert_allclose(found.numpy(), (places - places.mean()) / places.std() / 2, rtol=1e-6)


class Joined(nn.Module):
    """Two convolutions side by side, and a third that is added to both."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second, self.both = nn.Conv2d(1, 2, 3), nn.Conv2d(1, 3, 3), nn.Conv2d(1, 5, 3)
        self.out = nn.Linear(5, 3)

    def forward(self, x: Any) -> Any:
        return self.out((torch.cat([self.first(x), self.second(x)], dim=1) + self.both(x)).mean((2, 3)))


def test_a_channel_may_have_another_number_in_each_convolution() -> None:
    model = Joined().eval()
    graph = torch_pruning.DependencyGraph().build_dependency(model, example_inputs=IMAGES[:1])
    group = graph.get_pruning_group(model.second, torch_pruning.prune_conv_out_channels, idxs=[0, 1, 2])
    found = InformationImportance(model, IMAGES, LABELS, criterion="l1")(group)
    second, both = (filter_importance(model, IMAGES, None, name, criterion="l1").scores for name in ("second", "both"))
    wanted = [(scores - scores.mean()) / scores.std() for scores in (second, both[2:])]
    np.testing.assert_allclose(found.numpy(), np.mean(wanted, axis=0), rtol=1e-12)


def test_asking_leaves_the_network_and_works_without_gradients(lenet: Any) -> None:
    groups = groups_of(lenet)
    lenet.train()
    before = {name: value.clone() for name, value in lenet.state_dict().items()}
    with torch.no_grad():
        InformationImportance(lenet, IMAGES, LABELS, criterion="taylor")(groups["conv1.0"])
    assert lenet.training and not any(module._forward_hooks for module in lenet.modules())
    assert all(torch.equal(before[name], value) for name, value in lenet.state_dict().items())
    assert all(parameter.grad is None for parameter in lenet.parameters())


def test_bad_input_is_refused(lenet: Any) -> None:
    with pytest.raises(InputError, match="criterion: wanted one of usable_information"):
        InformationImportance(lenet, IMAGES, LABELS, criterion="magnitude")
    with pytest.raises(InputError, match="samples: wanted a whole number at least 2"):
        InformationImportance(lenet, IMAGES, LABELS, samples=1)
    with pytest.raises(InputError, match="labels: wanted"):
        InformationImportance(lenet, IMAGES, None)(groups_of(lenet)["conv1.0"])
