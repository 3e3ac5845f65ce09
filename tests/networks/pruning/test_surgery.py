"""Cut networks say what the full ones say while the removed filters find nothing."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn
from torch.nn import functional
from torch.nn.utils.parametrizations import weight_norm

from sightbits.core.checks import InputError
from sightbits.networks.convolutional import build_network
from sightbits.networks.pruning.surgery import remove_filters, zeroed
from sightbits.networks.reference import NetworkChoice


@pytest.fixture(autouse=True)
def _seeded() -> None:
    torch.manual_seed(0)


def unlike_new(model: nn.Module) -> nn.Module:
    """Batch norms that have seen something, and biases: nothing is nothing by accident."""
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d | nn.InstanceNorm2d) and module.affine:
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.uniform_(module.bias, -1, 1)
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.running_mean, -0.5, 0.5)
            nn.init.uniform_(module.running_var, 0.5, 1.5)
    return model


class Block(nn.Module):
    """A residual block, its shortcut a projection where channels differ."""

    def __init__(self, n_before: int, n_after: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(n_before, n_after, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(n_after)
        self.conv2 = nn.Conv2d(n_after, n_after, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(n_after)
        self.relu = nn.ReLU(inplace=True)
        self.shortcut = nn.Identity() if n_before == n_after else nn.Conv2d(n_before, n_after, 1)

    def forward(self, x: Any) -> Any:
        made = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        return self.relu(made + self.shortcut(x))


class ResNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(2, 4, 3, padding=1)
        self.block1, self.block2 = Block(4, 4), Block(4, 6)
        self.head = nn.Linear(6, 3)

    def forward(self, x: Any) -> Any:
        return self.head(self.block2(self.block1(functional.relu(self.stem(x)))).mean((2, 3)))


class Made(nn.Module):
    """A network of these parts, put together by a function of its own."""

    def __init__(self, way: Callable[..., Any], **parts: nn.Module) -> None:
        super().__init__()
        self.way = way
        for name, part in parts.items():
            self.add_module(name, part)

    def forward(self, x: Any) -> Any:
        return self.way(self, x)


def pooled(model: Any, x: Any) -> Any:
    return model.out(x.mean((2, 3)))


def lenet(activation: str = "relu") -> nn.Module:
    choice = NetworkChoice(model="lenet5", activation=activation, filters=(4, 6))
    return build_network(choice, image_shape=(8, 8, 2), n_labels=3, seed=0)


def vgg() -> nn.Module:
    choice = NetworkChoice(model="vgg16", filters=(4,) * 13)
    return build_network(choice, image_shape=(32, 32, 2), n_labels=3, seed=0)


def average() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(2, 5, 3), nn.BatchNorm2d(5), nn.Tanh(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(5, 3)
    )


def joined() -> nn.Module:
    """Two convolutions side by side, read as one."""
    return Made(
        lambda m, x: pooled(m, functional.relu(m.c(torch.cat([m.a(x), m.b(x)], dim=1)))),
        a=nn.Sequential(nn.Conv2d(2, 3, 3), nn.ReLU()),
        b=nn.Sequential(nn.Conv2d(2, 4, 3), nn.Sigmoid()),
        c=nn.Conv2d(7, 5, 3),
        out=nn.Linear(5, 3),
    )


def separable() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(2, 6, 1), nn.BatchNorm2d(6), nn.ReLU6(),
        nn.Conv2d(6, 6, 3, groups=6), nn.BatchNorm2d(6), nn.ReLU6(),
        nn.Conv2d(6, 4, 1), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 36, 3),
    )  # fmt: skip


def grouped() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(2, 6, 1), nn.ReLU(), nn.Conv2d(6, 6, 3, groups=2), nn.ReLU(), nn.Flatten(), nn.Linear(6 * 36, 3)
    )


def gated() -> nn.Module:
    """Squeeze and excitation: maps are multiplied by what is made of them."""
    return Made(
        lambda m, x: pooled(m, functional.relu(m.next((made := m.conv(x)) * m.gate(made)))),
        conv=nn.Conv2d(2, 6, 3),
        gate=nn.Sequential(
            nn.AdaptiveAvgPool2d(1), nn.Conv2d(6, 2, 1), nn.ReLU(), nn.Conv2d(2, 6, 1), nn.Sigmoid()
        ),
        next=nn.Conv2d(6, 4, 3),
        out=nn.Linear(4, 3),
    )  # fmt: skip


def densely() -> nn.Module:
    """What a convolution made is read by the next and, beside that, by the one after it."""
    return Made(
        lambda m, x: pooled(m, m.c(torch.cat([made := m.a(x).relu(), m.b(made)], dim=1))),
        a=nn.Conv2d(2, 4, 3),
        b=nn.Conv2d(4, 3, 3, padding=1),
        c=nn.Conv2d(7, 5, 3),
        out=nn.Linear(5, 3),
    )


def at_each_place() -> nn.Module:
    """A linear layer that reads channels last."""
    return Made(
        lambda m, x: m.out(m.conv(x).relu().permute(0, 2, 3, 1)).mean((1, 2)),
        conv=nn.Conv2d(2, 4, 3),
        out=nn.Linear(4, 3),
    )


def partly_output() -> nn.Module:
    return Made(
        lambda m, x: torch.cat([m.out(made := m.conv(x).mean((2, 3))), made], dim=1),
        conv=nn.Conv2d(2, 4, 3),
        out=nn.Linear(4, 3),
    )


def as_many_outputs() -> nn.Module:
    return Made(
        lambda m, x: m.out((made := m.conv(x)).mean((2, 3)))[:, : made.shape[1] - 1],
        conv=nn.Conv2d(2, 4, 3),
        out=nn.Linear(4, 3),
    )


CUT: dict[str, tuple[Callable[[], nn.Module], str, str, list[int]]] = {
    "lenet, first": (lenet, "conv1.0", "conv1", [0, 3]),
    "lenet, last, through flattening": (lenet, "conv2.0", "conv2", [1, 2, 5]),
    "lenet, sigmoid": (lambda: lenet("sigmoid"), "conv2.0", "conv2", [4]),
    "lenet, sigmoid, padded after": (lambda: lenet("sigmoid"), "conv1.0", "conv1", [3, 1]),
    "vgg, batch norm": (vgg, "conv3_1.0", "conv3_1", [0, 2]),
    "vgg, last": (vgg, "conv5_3.0", "conv5_3", [3]),
    "pooled over all places": (average, "0", "2", [0, 4]),
    "in a block": (ResNet, "block1.conv1", "block1.bn1", [1, 2]),
    "in a block with a projection": (ResNet, "block2.conv1", "block2.bn1", [5]),
    "joined, first": (joined, "a.0", "a", [0, 2]),
    "joined, second": (joined, "b.0", "b", [1]),
    "grouped": (grouped, "2", "3", [0, 2, 3, 4]),
    "read in groups": (grouped, "0", "1", [0, 2, 3, 5]),
    "each map alone": (separable, "3", "5", [0, 5]),
    "behind each map alone": (separable, "6", "7", [2]),
    "gated": (gated, "conv", "conv", [1, 2, 4]),
    "read at each place": (at_each_place, "conv", "conv", [1, 2]),
    "read twice": (densely, "a", "a", [0, 3]),
}


def size(name: str) -> tuple[int, ...]:
    return (2, 2, 32, 32) if "vgg" in name else (3, 2, 8, 8)


@pytest.mark.parametrize("name", CUT)
def test_says_what_the_full_network_says_without_them(name: str) -> None:
    make, convolution, observed, kept = CUT[name]
    model = unlike_new(make()).double().eval().requires_grad_(False)
    inputs = torch.randn(size(name), dtype=torch.float64)
    smaller = remove_filters(model, convolution, kept, inputs[:1])
    removed = sorted(set(range(model.get_submodule(convolution).out_channels)) - set(kept))
    if "block" in name:  # the block's activation is used twice: it is zeroed where the next convolution reads
        wanted = read_as_nothing(model, observed.replace("bn1", "conv2"), removed, inputs)
    else:
        with zeroed(model, observed, removed):
            wanted = model(inputs)
    torch.testing.assert_close(smaller(inputs), wanted, rtol=0, atol=1e-12)
    assert not torch.allclose(wanted, model(inputs), rtol=0, atol=1e-3)
    assert smaller.get_submodule(convolution).weight.shape[0] == len(kept)
    found = smaller.float()(inputs.float())
    torch.testing.assert_close(found, wanted.float(), rtol=0, atol=1e-6 * max(1.0, float(wanted.abs().max())))


def read_as_nothing(model: nn.Module, reader: str, removed: list[int], inputs: torch.Tensor) -> torch.Tensor:
    other = copy.deepcopy(model)
    with torch.no_grad():
        other.get_submodule(reader).weight[:, removed] = 0
    return other(inputs)


def test_sizes_in_closed_form() -> None:
    smaller = remove_filters(lenet(), "conv2.0", [1, 4], torch.rand(1, 2, 8, 8))
    weights = {name: tuple(parameter.shape) for name, parameter in smaller.named_parameters()}
    assert weights["conv1.0.weight"] == (4, 2, 5, 5)
    assert weights["conv2.0.weight"] == (2, 4, 5, 5)
    assert weights["conv2.0.bias"] == (2,)
    assert weights["fc1.0.weight"] == (120, 2 * 4)
    assert weights["out.weight"] == (3, 120)


def test_order_of_kept_does_not_matter_and_all_may_stay() -> None:
    model, inputs = lenet(), torch.rand(2, 2, 8, 8)
    one, other = (remove_filters(model, "conv1.0", kept, inputs) for kept in ([3, 0], (0, 3)))
    assert torch.equal(one(inputs), other(inputs))
    whole = remove_filters(model, "conv1.0", range(4), inputs)
    assert torch.equal(whole(inputs), model(inputs))
    assert whole is not model


def test_the_network_itself_is_left_alone() -> None:
    model, inputs = unlike_new(ResNet()), torch.rand(2, 2, 8, 8)
    model.train()
    model.block1.bn1.eval()
    model.stem.requires_grad_(False)
    model.block1.conv1.weight.requires_grad_(False)
    model(inputs).sum().backward()
    calls: list[str] = []
    model.block1.conv1.register_forward_hook(lambda *_: calls.append("forward"))
    model.block1.conv1.register_full_backward_hook(lambda *_: calls.append("backward"))
    before = copy.deepcopy(model.state_dict())
    gradients = {name: None if p.grad is None else p.grad.clone() for name, p in model.named_parameters()}
    smaller = remove_filters(model, "block1.conv1", [0, 1], inputs)
    assert calls == []
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
    assert all(
        p.grad is None if gradients[name] is None else torch.equal(p.grad, gradients[name])
        for name, p in model.named_parameters()
    )
    assert model.block1.conv1._forward_hooks and model.block1.conv1._backward_hooks
    for one in (model, smaller):
        modes = {name: module.training for name, module in one.named_modules()}
        assert not modes.pop("block1.bn1") and all(modes.values())
        frozen = [name for name, parameter in one.named_parameters() if not parameter.requires_grad]
        assert frozen == ["stem.weight", "stem.bias", "block1.conv1.weight"]
    smaller(inputs).sum().backward()
    assert calls == []
    assert smaller.block1.conv2.weight.grad is not None and smaller.block1.conv1.weight.grad is None
    assert smaller.block1.bn1.num_batches_tracked == model.block1.bn1.num_batches_tracked


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
def test_works_where_gradients_are_off(mode: Callable[[], Any]) -> None:
    model = lenet()
    with mode():
        inputs = torch.rand(2, 2, 8, 8)
        smaller = remove_filters(model, "conv1.0", [0], inputs)
    smaller(torch.rand(2, 2, 8, 8)).sum().backward()
    assert smaller.get_parameter("conv1.0.weight").grad is not None


def test_a_convolution_may_go_by_either_of_its_names() -> None:
    model, inputs = average(), torch.rand(2, 2, 8, 8)
    named = Made(lambda m, x: m.first(x), first=model, again=model[0])
    one, other = (remove_filters(named, name, [0, 1], inputs) for name in ("first.0", "again"))
    assert other.get_submodule("first.0") is other.get_submodule("again")
    assert torch.equal(one.eval()(inputs), other.eval()(inputs))


def test_a_network_is_cut_again() -> None:
    model, inputs = lenet().double(), torch.rand(2, 2, 8, 8, dtype=torch.float64)
    smaller = remove_filters(remove_filters(model, "conv1.0", [1, 3], inputs), "conv2.0", [0], inputs)
    with zeroed(model, "conv1", [0, 2]), zeroed(model, "conv2", range(1, 6)):
        wanted = model(inputs)
    torch.testing.assert_close(smaller(inputs), wanted, rtol=0, atol=1e-12)


def twice() -> nn.Module:
    return Made(
        lambda m, x: pooled(m, m.conv(m.conv(m.stem(x)).relu()).relu()),
        stem=nn.Conv2d(2, 4, 1),
        conv=nn.Conv2d(4, 4, 3),
        out=nn.Linear(4, 3),
    )


def added_parameter() -> nn.Module:
    model = Made(
        lambda m, x: pooled(m, m.next(m.conv(x) + m.shift)), conv=nn.Conv2d(2, 4, 3), next=nn.Conv2d(4, 3, 1),
        out=nn.Linear(3, 3),
    )  # fmt: skip
    model.shift = nn.Parameter(torch.rand(1, 4, 1, 1))
    return model


def of_channels(way: Callable[[Any], Any], left: int = 4) -> Callable[[], nn.Module]:
    """A network with something between two convolutions that leaves so many of four channels."""
    return lambda: Made(
        lambda m, x: pooled(m, m.next(way(m.conv(x)))), conv=nn.Conv2d(2, 4, 3), next=nn.Conv2d(left, 3, 1),
        out=nn.Linear(3, 3),
    )  # fmt: skip


def normed(norm: nn.Module) -> Callable[[], nn.Module]:
    return lambda: nn.Sequential(
        nn.Conv2d(2, 4, 3), norm, nn.ReLU(), nn.Conv2d(4, 3, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(3, 3)
    )


def shuffled(x: Any) -> Any:
    return x.view(len(x), 2, 2, 6, 6).transpose(1, 2).flatten(1, 2)


def larger_of_two(x: Any) -> Any:
    return x.view(len(x), x.shape[1] // 2, 2, *x.shape[2:]).amax(2)


def half_gated(x: Any) -> Any:
    kept, gate = x.chunk(2, 1)
    return kept * gate.sigmoid()


def last_places(x: Any) -> Any:
    return x.permute(0, 2, 3, 1).flatten(1)


REFUSED: dict[str, tuple[Callable[[], nn.Module], str, list[int], str]] = {
    "last of a block": (ResNet, "block2.conv2", [0], "tied to block2.shortcut through an addition. Prune"),
    "shortcut": (ResNet, "block2.shortcut", [0], "tied to block2.conv2 through an addition"),
    "stem": (ResNet, "stem", [0], "tied to block1.conv2 through an addition"),
    "before each map alone": (separable, "0", [0, 1], "0: 3 works on each of them alone. Prune 3: what it reads goes"),
    "groups lose unlike": (grouped, "2", [0, 1], "each of the 2 groups of 2 .3 each., got groups that lose 1 or 3"),
    "read in groups, unlike": (grouped, "0", [0, 1, 2, 3], "2 reads them in 2 groups of 3"),
    "read in groups, other places": (grouped, "0", [0, 1, 3, 5], "2 reads them in 2 groups of 3"),
    "the output": (lambda: nn.Sequential(nn.Conv2d(2, 3, 8), nn.Flatten()), "0", [0, 1], "they are the model's output"),
    "the output, bare": (lambda: nn.Sequential(nn.Conv2d(2, 3, 3)), "0", [0], "they are the model's output"),
    "partly the output": (partly_output, "conv", [0, 1], "they are the model's output. Prune a layer before it"),
    "as many outputs": (as_many_outputs, "conv", [0, 1, 2], "says something else"),
    "gate": (gated, "gate.3", [0], "they are tied to conv"),
    "used twice": (twice, "conv", [0, 1], "tied to stem"),
    "a parameter is added": (added_parameter, "conv", [0, 1], "tied to shift through an addition"),
    "group norm": (normed(nn.GroupNorm(2, 4)), "0", [0, 1], "1 scales each filter by what others find"),
    "layer norm": (normed(nn.LayerNorm((4, 6, 6))), "0", [0, 1], "1 scales each filter by what others find"),
    "norm of neighbours": (normed(nn.LocalResponseNorm(2, alpha=1.0)), "0", [0, 2], "says something else"),
    "softmax": (of_channels(lambda x: x.softmax(1)), "conv", [0, 1], "says something else"),
    "shuffled channels": (of_channels(shuffled), "conv", [0, 1], "without them it"),
    "the larger of two": (of_channels(larger_of_two, 2), "conv", [0, 1, 2], "filters that are kept would go with them"),
    "half a gate": (of_channels(half_gated, 2), "conv", [0, 1, 2], "filters that are kept would go with them"),
    "channels become places": (of_channels(nn.PixelShuffle(2), 1), "conv", [0, 1], "next reads no channel a filter"),
    "some are never read": (of_channels(lambda x: x[:, :2], 2), "conv", [0, 1], "conv: no layer reads them"),
    "weights that are computed": (
        lambda: nn.Sequential(nn.Conv2d(2, 4, 3), weight_norm(nn.Conv2d(4, 3, 1)), nn.Flatten(), nn.Linear(108, 3)),
        "0", [0, 1], "0: the weights of 1 are computed by a parametrization. Take it off",
    ),
    "gated by the last": (of_channels(nn.GLU(1), 2), "conv", [0, 1], "next reads no channel a filter"),
    "constant added": (of_channels(lambda x: x + torch.ones(4, 1, 1)), "conv", [0, 1], "without them it fails"),
    "places before channels": (
        lambda: Made(lambda m, x: m.out(last_places(m.conv(x))), conv=nn.Conv2d(2, 4, 3), out=nn.Linear(144, 3)),
        "conv", [0, 2], "says something else",
    ),
    "fixed sizes": (
        lambda: Made(lambda m, x: m.out(m.conv(x).view(-1, 144)), conv=nn.Conv2d(2, 4, 3), out=nn.Linear(144, 3)),
        "conv", [0, 2], "without them it fails: RuntimeError",
    ),
    "diverged": (of_channels(lambda x: x / 0), "conv", [0], "says something else"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_go_alone_is_refused(name: str) -> None:
    make, convolution, kept, reason = REFUSED[name]
    with pytest.raises(InputError, match=reason):
        remove_filters(unlike_new(make()), convolution, kept, torch.rand(2, 2, 8, 8))


@pytest.mark.parametrize("kept", [[], [4], [-1], [0, 0], [0, 1, 2, 3, 4], [0.5], ["a"]])
def test_filters_that_are_not_there_are_refused(kept: Any) -> None:
    with pytest.raises(InputError, match="kept: wanted one or more different numbers from 0 to 3"):
        remove_filters(lenet(), "conv1.0", tuple(kept), torch.rand(1, 2, 8, 8))


@pytest.mark.parametrize(("convolution", "got"), [("conv9", "got 'conv9'"), ("out", "a Linear"), ("conv1", "a Sequen")])
def test_layers_that_are_no_convolution_are_refused(convolution: str, got: str) -> None:
    with pytest.raises(InputError, match=f"convolution: wanted the name of a torch.nn.Conv2d of the model.*{got}"):
        remove_filters(lenet(), convolution, [0], torch.rand(1, 2, 8, 8))


def test_a_network_that_cannot_be_followed_is_refused() -> None:
    conv = {"conv": nn.Conv2d(2, 4, 3)}
    with pytest.raises(InputError, match="Torch-Pruning can follow conv to the output, got TypeError: its output is a"):
        remove_filters(Made(lambda m, x: {"logits": m.conv(x)}, **conv), "conv", [0], torch.rand(1, 2, 8, 8))
    with pytest.raises(InputError, match="follow conv to the output, got"):
        remove_filters(Made(lambda m, x: m.conv(x).detach(), **conv), "conv", [0], torch.rand(1, 2, 8, 8))
    with pytest.raises(InputError, match=r"follow conv1\.0 to the output, got RuntimeError"):
        remove_filters(lenet(), "conv1.0", [0], torch.rand(1, 3, 8, 8))
    for inputs in (torch.rand(0, 2, 8, 8), [[1.0]], torch.tensor(1.0)):
        with pytest.raises(InputError, match="inputs: wanted a tensor with a row or more"):
            remove_filters(lenet(), "conv1.0", [0], inputs)


def test_a_network_that_cannot_be_copied_is_refused() -> None:
    model = lenet()
    model.kept = model(torch.rand(1, 2, 8, 8))
    with pytest.raises(InputError, match="a network that can be copied, got RuntimeError: Only Tensors created"):
        remove_filters(model, "conv1.0", [0], torch.rand(1, 2, 8, 8))


def test_zeroed_ends_also_after_an_error() -> None:
    model, inputs = lenet(), torch.rand(2, 2, 8, 8)
    before = model(inputs)
    with pytest.raises(InputError, match="removed: wanted numbers from 0 to 3"), zeroed(model, "conv1", [4]):
        model(inputs)
    assert torch.equal(model(inputs), before)
    with zeroed(model, "conv1", []):
        assert torch.equal(model(inputs), before)
    with zeroed(model, "conv1", range(4)):
        assert torch.equal(model.conv1(inputs), torch.zeros(2, 4, 8, 8))
    with pytest.raises(InputError, match="observed: wanted a name"), zeroed(model, "conv9", [0]):
        pass
