"""Training goes on as it would have, to the last bit, and no hook is left."""

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from sightbits.estimation.layers import LayerSettings
from sightbits.networks.observing.observer import observe

QUICK = LayerSettings(shuffles=2, pairs=0)


class Sharing(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.shared, self.out = nn.Linear(36, 36), nn.Linear(36, 3)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.out(self.shared(torch.relu_(self.shared(images.flatten(1)))))


def convolutional(*parts: nn.Module) -> nn.Module:
    return nn.Sequential(nn.Conv2d(1, 2, 3), *parts, nn.MaxPool2d(2), nn.Flatten(), nn.Linear(8, 4), nn.Linear(4, 3))


MODELS: dict[str, Callable[[], nn.Module]] = {
    "plain": lambda: convolutional(nn.ReLU()),
    "in_place": lambda: convolutional(nn.ReLU(inplace=True)),
    "dropout_and_norm": lambda: convolutional(nn.BatchNorm2d(2), nn.ReLU(), nn.Dropout(0.5)),
    "sharing": Sharing,
}
OPTIMISERS: dict[str, Callable[[Any], torch.optim.Optimizer]] = {
    "momentum": lambda parameters: torch.optim.SGD(parameters, lr=0.1, momentum=0.9),
    "adam": lambda parameters: torch.optim.Adam(parameters, lr=0.01),
}


def trained(
    name: str, optimiser_name: str, images: torch.Tensor, labels: torch.Tensor, *, observed: bool
) -> tuple[dict[str, Any], Any]:
    """The weights after some steps, each after a new batch of noise, and the state of chance."""
    torch.manual_seed(3)
    np.random.seed(3)
    model, criterion = MODELS[name](), nn.CrossEntropyLoss()
    optimiser = OPTIMISERS[optimiser_name](model.parameters())
    observer = observe(model, at=2, settings=QUICK, loss=criterion)
    if observed:
        observer.start()
    for _ in range(5):
        optimiser.zero_grad()
        criterion(model(images + torch.rand_like(images)), labels).backward()
        optimiser.step()
    if observed:
        observer.stop()
        assert [record.step for record in observer.records] == [0, 2, 4]
        assert all(record.figures is not None for record in observer.records)
    return model.state_dict(), (torch.rand(3), np.random.random(3))


@pytest.mark.parametrize("optimiser", OPTIMISERS)
@pytest.mark.parametrize("name", MODELS)
def test_weights_and_chance_are_the_same_to_the_last_bit(name: str, optimiser: str, images: Any, labels: Any) -> None:
    weights, (chance, numpy_chance) = trained(name, optimiser, images, labels, observed=False)
    others, (other_chance, other_numpy_chance) = trained(name, optimiser, images, labels, observed=True)
    assert weights.keys() == others.keys()
    for key, values in weights.items():
        assert torch.equal(values, others[key])
    assert torch.equal(chance, other_chance)
    assert np.array_equal(numpy_chance, other_numpy_chance)


def hooks(*models: nn.Module) -> list[tuple[str, str, list[Any]]]:
    """Every dictionary of hooks of every module."""
    return [
        (name, kind, list(vars(module)[kind].items()))
        for model in models
        for name, module in model.named_modules()
        for kind in sorted(vars(module))
        if "hooks" in kind and vars(module)[kind] is not None
    ]


def leave(ending: str, model: nn.Module, criterion: nn.Module, images: Any, labels: Any) -> None:
    """Observe a step, and leave in some way."""
    observer = observe(model, at=1, settings=QUICK, loss=criterion)
    with observer:
        criterion(model(images), labels).backward()
        assert hooks(model, criterion) != [], "the test looks at the right places"
        if ending == "error":
            raise ValueError(ending)
        if ending == "interrupt":
            raise KeyboardInterrupt
        if ending == "in the forward pass":
            model(images[:, :, :2])
        if ending == "in the backward pass":
            output = model(images)
            output.register_hook(interrupt)
            output.sum().backward()
        if ending == "stopped":
            observer.stop()


def interrupt(_: Any) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("ending", "raised"),
    [
        ("end", None),
        ("stopped", None),
        ("error", ValueError),
        ("interrupt", KeyboardInterrupt),
        ("in the forward pass", RuntimeError),
        ("in the backward pass", KeyboardInterrupt),
    ],
)
def test_no_hook_is_left(cnn: Any, images: Any, labels: Any, ending: str, raised: type[BaseException] | None) -> None:
    criterion = nn.CrossEntropyLoss()
    cnn[0].register_forward_hook(lambda *_: None)  # the user's own stay
    criterion.register_full_backward_hook(lambda *_: None)
    before = hooks(cnn, criterion)
    assert len(before) > 20
    if raised is None:
        leave(ending, cnn, criterion, images, labels)
    else:
        with pytest.raises(raised):
            leave(ending, cnn, criterion, images, labels)
    assert hooks(cnn, criterion) == before


def test_an_interrupt_within_the_forward_pass_leaves_no_hook(images: Any) -> None:
    class Interrupting(nn.Module):
        def forward(self, values: torch.Tensor) -> torch.Tensor:
            raise KeyboardInterrupt

    model = nn.Sequential(nn.Flatten(), nn.Linear(36, 3), Interrupting())
    before = hooks(model)
    with pytest.raises(KeyboardInterrupt), observe(model, settings=QUICK):
        model(images)
    assert hooks(model) == before


def test_a_failed_forward_pass_that_is_caught_leaves_no_hook_on_its_layers(cnn: Any, images: Any, labels: Any) -> None:
    with observe(cnn, at=1, settings=QUICK) as observer:
        with pytest.raises(RuntimeError):
            cnn(images[:, :, :2])
        assert [kind for _, kind, found in hooks(cnn) if found] == [
            "_forward_pre_hooks",
            "_forward_pre_hooks_with_kwargs",
        ]
        observer.abandon()


def test_between_observed_steps_only_the_model_has_a_hook(cnn: Any, images: Any, labels: Any) -> None:
    with observe(cnn, ["0", "5"], at=1, settings=QUICK):
        loss = functional.cross_entropy(cnn(images), labels)
        held = [(name, kind) for name, kind, found in hooks(cnn) if found]
        loss.backward()
    assert held == [("", "_forward_pre_hooks"), ("", "_forward_pre_hooks_with_kwargs")]


@pytest.mark.parametrize("fails", [False, True])
def test_tensors_keep_no_hook(cnn: Any, images: Any, labels: Any, *, fails: bool) -> None:
    observer = observe(cnn, ["0", "5"], at=1, settings=QUICK, loss=(criterion := nn.CrossEntropyLoss()))
    with pytest.raises(KeyboardInterrupt) if fails else nullcontext(), observer:
        output = cnn(images)
        loss = criterion(output, labels)
        loss.backward(retain_graph=True)
        assert output._backward_hooks
        assert loss._backward_hooks
        if fails:
            raise KeyboardInterrupt
    assert not output._backward_hooks
    assert not loss._backward_hooks
    loss.backward()
    assert observer.records[0].unobserved == {}
