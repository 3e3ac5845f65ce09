"""Networks pruned by name, number and share; data from wherever."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from sightbits.core.checks import InputError
from sightbits.networks.convolutional import build_network
from sightbits.networks.pruning import given
from sightbits.networks.pruning.criteria.settings import CriterionSettings
from sightbits.networks.pruning.importance import FilterImportance, filter_importance
from sightbits.networks.pruning.pruned import prune
from sightbits.networks.pruning.surgery import remove_filters, zeroed
from sightbits.networks.reference import NetworkChoice


@pytest.fixture
def model() -> nn.Module:
    choice = NetworkChoice(model="lenet5", filters=(4, 6))
    return build_network(choice, image_shape=(8, 8), n_labels=3, seed=0)


IMAGES = torch.rand(20, 1, 8, 8, generator=torch.Generator().manual_seed(0))
LABELS = torch.arange(20) % 3
FIRST, SECOND = [0.1, 0.9, 0.5, 0.2], [3, 1, 2, 3, 0, 9]


def conv(model: Any, name: str) -> nn.Conv2d:
    found = model.get_submodule(name)[0]
    assert isinstance(found, nn.Conv2d)
    return found


def test_scores_say_what_stays(model: nn.Module) -> None:
    found = prune(
        model, IMAGES, ("conv1", "conv2.0"), keep=(2, 3), criterion={"conv2.0": np.array(SECOND), "conv1": FIRST}
    )
    assert found.kept == {"conv1": (1, 2), "conv2.0": (0, 3, 5)}
    with zeroed(model, "conv1", [0, 3]), zeroed(model, "conv2", [1, 2, 4]):
        torch.testing.assert_close(found.model(IMAGES), model(IMAGES), rtol=0, atol=1e-6)
    assert found.importance["conv1"].scores.tolist() == FIRST
    assert found.importance["conv2.0"].criterion == "given"


def test_of_equal_filters_the_first_stay(model: nn.Module) -> None:
    assert prune(model, IMAGES, "conv2", keep=2, criterion=[1, 2, 2, 0, 2, 2]).kept == {"conv2": (1, 2)}


def test_importance_is_asked_of_the_network_as_it_is_by_then(model: nn.Module) -> None:
    asked = []

    def by_index(network: nn.Module, images: torch.Tensor, labels: Any, layer: str) -> Any:
        asked.append((conv(network, "conv1").out_channels, len(images), len(labels), layer))
        return torch.arange(conv(network, layer).out_channels)

    found = prune(model, (IMAGES, LABELS), ["conv1", "conv2"], keep=3, criterion=by_index)
    assert asked == [(4, 20, 20, "conv1"), (3, 20, 20, "conv2")]
    assert found.kept == {"conv1": (1, 2, 3), "conv2": (3, 4, 5)}
    assert found.importance["conv1"].criterion == "by_index"


def test_a_function_may_return_an_importance(model: nn.Module) -> None:
    importance = FilterImportance(criterion="mine", layer="conv1", scores=np.array(FIRST))
    found = prune(model, IMAGES, "conv1", keep=1, criterion=lambda *_: importance)
    assert found.kept["conv1"] == (1,) and found.importance["conv1"].criterion == "mine"


@pytest.mark.parametrize("criterion", ["usable_information", "l1"])
def test_named_criteria_are_those_of_filter_importance(model: nn.Module, criterion: str) -> None:
    found = prune(model, (IMAGES, LABELS), ["conv1", "conv2"], keep=0.5, criterion=criterion, seed=3)
    first = filter_importance(model, IMAGES, LABELS, "conv1", criterion=criterion, seed=3)
    np.testing.assert_array_equal(found.importance["conv1"].scores, first.scores)
    assert found.kept["conv1"] == first.most_important(2)
    cut = remove_filters(model, "conv1.0", first.most_important(2), IMAGES)
    second = filter_importance(cut, IMAGES, LABELS, "conv2", criterion=criterion, seed=3)
    assert found.kept["conv2"] == second.most_important(3)
    assert found.importance["conv2"].criterion == criterion


@pytest.mark.parametrize(
    ("keep", "numbers"),
    [
        (3, (3, 3)), (0.5, (2, 3)), (0.01, (1, 1)), (0.99, (4, 6)), (0.6, (2, 4)), ([1, 0.5], (1, 3)),
        (np.array([2, 5]), (2, 5)), (np.int64(4), (4, 4)), (np.float32(0.25), (1, 2)),
        ({"conv2": 6, "conv1": 0.25}, (1, 6)),
    ],
)  # fmt: skip
def test_keep(model: nn.Module, keep: Any, numbers: tuple[int, int]) -> None:
    scores = {"conv1": FIRST, "conv2": SECOND}
    found = prune(model, IMAGES[:1], ["conv1", "conv2"], keep=keep, criterion=scores)
    assert tuple(len(kept) for kept in found.kept.values()) == numbers
    assert (conv(found.model, "conv1").out_channels, conv(found.model, "conv2").out_channels) == numbers


@pytest.mark.parametrize("keep", [0, -1, 5, 0.0, 1.0, 1.5, float("nan"), True, "2", None, [2, 2], {"conv2": 1}, {}])
def test_bad_keep_is_refused(model: nn.Module, keep: Any) -> None:
    with pytest.raises(InputError, match=r"^keep: wanted"):
        prune(model, IMAGES, "conv1", keep=keep, criterion=FIRST)


def test_what_it_cost_and_costs(model: nn.Module) -> None:
    found = prune(model, IMAGES, ["conv1", "conv2"], keep=[1, 2], criterion={"conv1": FIRST, "conv2": SECOND})
    whole = 26 * 4 + (25 * 4 + 1) * 6 + (6 * 4 + 1) * 120 + 121 * 3
    cut = 26 * 1 + (25 * 1 + 1) * 2 + (2 * 4 + 1) * 120 + 121 * 3
    assert (found.before.parameters, found.after.parameters) == (whole, cut)
    assert found.after.flops == 2 * (64 * 25 + 16 * 25 * 2 + 8 * 120 + 120 * 3)
    assert found.before.n_images == found.after.n_images == 20
    document = json.loads(json.dumps(found.summary()))
    assert document["layers"] == {
        "conv1": {"criterion": "given", "n_filters": 4, "kept": [1]},
        "conv2": {"criterion": "given", "n_filters": 6, "kept": [0, 5]},
    }
    assert document["cost"]["parameters"] == {"before": whole, "after": cut}
    assert document["cost"]["latency_ms"]["after"] == 1000 * found.after.latency
    assert list(document["cost"]) == ["parameters", "flops", "latency_ms"]


def test_the_network_itself_is_left_alone(model: nn.Module) -> None:
    seen: list[int] = []
    model.register_forward_hook(lambda *_: seen.append(1))
    model.train()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    found = prune(model, (IMAGES, LABELS), "conv1", keep=2, criterion="taylor")
    assert seen == []
    assert model.training and found.model.training
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
    assert all(parameter.grad is None for parameter in model.parameters())
    found.model(IMAGES).sum().backward()
    assert all(parameter.grad is not None for parameter in found.model.parameters())
    assert prune(model, IMAGES, "conv1", keep=4, criterion=FIRST).model is not model
    assert seen == []


SAME = (IMAGES.numpy(), LABELS.numpy())
DATA: dict[str, Callable[[], Any]] = {
    "arrays": lambda: SAME,
    "float64": lambda: (SAME[0].astype(np.float64), SAME[1].tolist()),
    "read only": lambda: (np.broadcast_to(SAME[0], SAME[0].shape), LABELS),
    "a list of two": lambda: [IMAGES, LABELS],
    "a loader": lambda: torch.utils.data.DataLoader(torch.utils.data.TensorDataset(IMAGES, LABELS), batch_size=6),
    "batches of arrays": lambda: [SAME, SAME],
    "a generator without end": lambda: (SAME for _ in iter(int, 1)),
}  # fmt: skip


@pytest.mark.parametrize("name", DATA)
def test_data_from_wherever(model: nn.Module, name: str) -> None:
    given: list[Any] = []

    def take(_: nn.Module, images: torch.Tensor, labels: Any, __: str) -> Any:
        given.append((images, labels))
        return FIRST

    prune(model, DATA[name](), "conv1", keep=2, criterion=take, images=20)
    ((images, labels),) = given
    assert images.dtype == torch.float32 and images.shape == (20, 1, 8, 8) and labels.shape == (20,)
    places = [next(i for i, one in enumerate(IMAGES) if torch.equal(one, image)) for image in images]
    assert labels.tolist() == LABELS[places].tolist()
    assert sorted(places) == list(range(20))
    assert (places == list(range(20))) == (name in ("a loader", "batches of arrays", "a generator without end"))


def test_as_many_images_as_are_asked_for_drawn_by_the_seed(model: nn.Module) -> None:
    given: list[torch.Tensor] = []

    def take(_: nn.Module, images: torch.Tensor, labels: Any, __: str) -> Any:
        given.append(images)
        assert labels is None or len(labels) == len(images)
        return FIRST

    for data, seed in ((IMAGES, 0), (IMAGES, 0), (IMAGES, 1), ([(IMAGES, LABELS)], 0), (iter([IMAGES[:4], IMAGES]), 0)):
        prune(model, data, "conv1", keep=2, criterion=take, images=7, seed=seed)
    assert [len(images) for images in given] == [7] * 5
    assert torch.equal(given[0], given[1]) and not torch.equal(given[0], given[2])
    assert torch.equal(given[3], IMAGES[:7])
    assert torch.equal(given[4], torch.cat([IMAGES[:4], IMAGES[:3]]))


def test_float64_networks_are_given_float64() -> None:
    choice = NetworkChoice(model="lenet5", filters=(4, 6))
    wide = build_network(choice, image_shape=(8, 8), n_labels=3, seed=0).double()
    found = prune(wide, (IMAGES, LABELS), "conv1", keep=2)
    assert found.model(IMAGES.double()).dtype == torch.float64


BAD: dict[str, tuple[Any, Any, str]] = {
    "no labels": (IMAGES, None, "labels: wanted the label of each image, got none"),
    "no labels in batches": ([IMAGES, IMAGES, IMAGES], None, "labels: wanted the label of each image, got none"),
    "fewer labels": ((IMAGES, LABELS[:5]), None, r"labels: wanted one for each of 20 images, got shape \(5,\)"),
    "labels twice": ((IMAGES, LABELS), LABELS, "labels: wanted none where data is more than images"),
    "uneven labels": (IMAGES, [[1], [1, 2]], "labels: wanted an array"),
    "words": (IMAGES, ["a"] * 20, "labels: wanted whole numbers"),
    "one class": (IMAGES, LABELS * 0, "labels: wanted at least two classes"),
    "whole numbers": ((IMAGES.to(torch.uint8), LABELS), None, "inputs: wanted a floating-point tensor"),
    "whole numbers, NumPy": ((IMAGES.to(torch.uint8).numpy(), LABELS), None, "inputs: wanted a floating-point"),
    "no channels": ((IMAGES[:, 0], LABELS), None, "inputs: wanted a floating-point tensor, images x channels"),
    "no images": ((IMAGES[:0], LABELS[:0]), None, "inputs: wanted a floating-point tensor"),
    "not a number": ((IMAGES / 0, LABELS), None, "inputs: wanted finite numbers"),
    "a word": ("mnist", None, "data: wanted images and labels, got str"),
    "a number": (3, None, "data: wanted images and labels, got int"),
    "nothing": (iter(()), None, "data: wanted images and labels"),
    "single images": ([(IMAGES[0], 1)], None, "data: wanted images and labels, got list"),
    "batches by name": ([{"image": IMAGES, "label": LABELS}], None, "data: wanted images and labels"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_data_is_refused(model: nn.Module, name: str) -> None:
    data, labels, reason = BAD[name]
    with pytest.raises(InputError, match=reason):
        prune(model, data, "conv1", keep=2, labels=labels)


@pytest.mark.parametrize(
    ("layers", "reason"),
    [
        ("fc1", "layer: wanted a convolution"),
        ("nothing", "layer: wanted a convolution of the model, got 'nothing'"),
        ([], "layers: wanted a name or more"),
        (["conv1", "conv1"], "layers: wanted different convolutions"),
        (["conv1", "conv1.0"], r"layers: wanted different convolutions, got conv1 \(conv1.0\), conv1.0 \(conv1.0\)"),
    ],
)
def test_bad_layers_are_refused(model: nn.Module, layers: Any, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        prune(model, (IMAGES, LABELS), layers, keep=1)


@pytest.mark.parametrize(
    "criterion",
    [[1, 2, 3], FIRST[:3], [FIRST], [1, 2, 3, float("nan")], ["a"] * 4, {"conv2": SECOND}, lambda *_: [1.0]],
)
def test_bad_scores_are_refused(model: nn.Module, criterion: Any) -> None:
    with pytest.raises(InputError, match=r"^criterion: wanted"):
        prune(model, IMAGES, "conv1", keep=2, criterion=criterion)


def test_scores_of_several_layers_go_by_name(model: nn.Module) -> None:
    with pytest.raises(InputError, match="criterion: wanted scores by the name of the layer"):
        prune(model, IMAGES, ["conv1", "conv2"], keep=2, criterion=FIRST)
    with pytest.raises(InputError, match="criterion: wanted one of usable_information"):
        prune(model, (IMAGES, LABELS), "conv1", keep=2, criterion="magnitude")


def grouped() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(1, 4, 1), nn.ReLU(), nn.Conv2d(4, 6, 3, groups=2), nn.ReLU(), nn.Flatten(), nn.Linear(6 * 36, 3)
    )


def test_as_many_of_each_group_stay() -> None:
    scores = [5, 4, 3, 1, 2, 0]
    assert prune(grouped(), IMAGES, "2", keep=4, criterion=scores).kept["2"] == (0, 1, 3, 4)
    assert prune(grouped(), IMAGES, "2", keep=2, criterion=scores).kept["2"] == (0, 4)
    with pytest.raises(InputError, match="keep: wanted a multiple of 2, the groups of 2, got 3"):
        prune(grouped(), IMAGES, "2", keep=3, criterion=scores)


def test_filters_that_cannot_go_are_refused_before_they_are_ranked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(given, "filter_importance", lambda *_, **__: pytest.fail("asked"))
    whole = nn.Sequential(nn.Conv2d(1, 3, 1), nn.ReLU(), nn.Conv2d(3, 3, 8), nn.Flatten())
    with pytest.raises(InputError, match="they are the model's output"):
        prune(whole, (IMAGES, LABELS), ["0", "2"], keep=2)


def test_weights_are_written(model: nn.Module, tmp_path: Path) -> None:
    found = prune(model, IMAGES, "conv1", keep=2, criterion=FIRST)
    for path in (tmp_path / "a.pt", str(tmp_path / "b.pt")):
        found.save(path)
        weights = torch.load(path, weights_only=True)
        same = remove_filters(model, "conv1.0", found.kept["conv1"], IMAGES)
        same.load_state_dict({name: torch.zeros_like(value) for name, value in weights.items()})
        same.load_state_dict(weights)
        assert torch.equal(same(IMAGES), found.model(IMAGES))
    for path in (tmp_path / "a.onnx", tmp_path / "a", tmp_path / "none" / "a.pt"):
        with pytest.raises(InputError, match=r"^path: wanted a file"):
            found.save(path)
    (tmp_path / "folder.pt").mkdir()
    with pytest.raises(InputError, match=r"^path: wanted a file"):
        found.save(tmp_path / "folder.pt")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.pt", "b.pt", "folder.pt"]


def test_safetensors_where_they_are_not_installed(
    model: nn.Module, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "safetensors", None)
    monkeypatch.delitem(sys.modules, "safetensors.torch", raising=False)
    found = prune(model, IMAGES, "conv1", keep=2, criterion=FIRST)
    with pytest.raises(InputError, match=r"wanted the package 'safetensors.torch'.*pip install 'sightbits\[torch\]'"):
        found.save(tmp_path / "a.safetensors")
    assert list(tmp_path.iterdir()) == []


def test_safetensors(model: nn.Module, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    taken: dict[str, Any] = {}

    def save(tensors: dict[str, torch.Tensor], metadata: dict[str, str]) -> bytes:
        taken.update(tensors=tensors, metadata=metadata)
        return b"tensors"

    monkeypatch.setitem(sys.modules, "safetensors", ModuleType("safetensors"))
    package: Any = ModuleType("safetensors.torch")
    package.save = save
    monkeypatch.setitem(sys.modules, "safetensors.torch", package)
    found = prune(model, IMAGES, "conv1", keep=2, criterion=FIRST)
    (tmp_path / "a.safetensors").write_bytes(b"before")
    found.save(tmp_path / "a.safetensors")
    assert [path.name for path in tmp_path.iterdir()] == ["a.safetensors"]
    assert (tmp_path / "a.safetensors").read_bytes() == b"tensors"
    assert json.loads(taken["metadata"]["kept"]) == {"conv1": [1, 2]}
    state = found.model.state_dict()
    assert list(taken["tensors"]) == list(state)
    assert all(torch.equal(taken["tensors"][name], value) for name, value in state.items())


def test_options_are_checked(model: nn.Module) -> None:
    with pytest.raises(InputError, match="images: wanted a whole number at least 2"):
        prune(model, (IMAGES, LABELS), "conv1", keep=2, images=1)
    assert CriterionSettings().images >= 2048
