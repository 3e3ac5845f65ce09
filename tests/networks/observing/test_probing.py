"""A network asked for one batch, against its layers by hand."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from sightbits.core.checks import InputError
from sightbits.networks.observing.probing import probe_network


@pytest.fixture
def model() -> nn.Sequential:
    torch.manual_seed(3)
    return nn.Sequential(
        nn.Conv2d(1, 3, 3, padding=1), nn.BatchNorm2d(3), nn.ReLU(inplace=True), nn.Flatten(), nn.Dropout(0.5),
        nn.Linear(48, 4),
    )  # fmt: skip


@pytest.fixture
def batch() -> tuple[torch.Tensor, np.ndarray]:
    rng = np.random.default_rng(0)
    return torch.from_numpy(rng.random((7, 1, 4, 4), dtype=np.float32)), rng.integers(0, 4, 7)


def hooks_of(model: nn.Module) -> list[int]:
    names = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")
    return [len(getattr(module, name)) for module in model.modules() for name in names]


def test_layers_and_errors_are_those_by_hand(model, batch) -> None:
    inputs, labels = batch
    found = probe_network(model, inputs, labels, layers=["0", "2", "5"])
    model.eval()
    first = model[0](inputs)
    rectified = torch.relu(model[1](first))
    logits = model[5](rectified.flatten(1))
    loss = functional.cross_entropy(logits, torch.from_numpy(labels), reduction="sum")
    by_hand = {"0": first, "2": rectified, "5": logits}
    errors = torch.autograd.grad(loss, list(by_hand.values()))
    assert list(found.layers) == ["0", "2", "5"]
    for (name, layer), error in zip(by_hand.items(), errors, strict=True):
        np.testing.assert_allclose(found.layers[name], layer.detach().numpy(), atol=1e-6)
        np.testing.assert_allclose(found.errors[name], error.numpy(), atol=1e-6)
    np.testing.assert_array_equal(found.inputs, inputs.numpy())
    np.testing.assert_array_equal(found.labels, labels)
    residual = torch.softmax(logits, 1).detach().numpy() - np.eye(4)[labels]
    np.testing.assert_allclose(found.errors["5"], residual, atol=1e-6)  # of the sum, not of the mean


def test_the_network_stays_as_it_was(model, batch) -> None:
    model.train()
    model[1].eval()
    state = {name: value.clone() for name, value in model.state_dict().items()}
    model[5].weight.grad = torch.ones_like(model[5].weight)
    generator = torch.get_rng_state()
    before = hooks_of(model)
    probe_network(model, *batch)
    assert [module.training for module in model.modules()] == [True, True, False, True, True, True, True]
    assert all(torch.equal(value, state[name]) for name, value in model.state_dict().items())
    assert torch.equal(model[5].weight.grad, torch.ones_like(model[5].weight))
    assert model[0].weight.grad is None
    assert torch.equal(torch.get_rng_state(), generator)
    assert hooks_of(model) == before
    assert not batch[0].requires_grad


def test_frozen_layers_have_errors_too(model, batch) -> None:
    for parameter in model.parameters():
        parameter.requires_grad_(False)
    with torch.no_grad():
        found = probe_network(model, *batch, layers=["0"])
    assert np.abs(found.errors["0"]).max() > 0


def test_every_module_with_weights_by_default(model, batch) -> None:
    assert list(probe_network(model, *batch).layers) == ["0", "1", "5"]


class Odd(nn.Module):
    def __init__(self, answer) -> None:
        super().__init__()
        self.inside = nn.Linear(3, 4)
        self.text = nn.Identity()
        self._answer = answer

    def forward(self, inputs):
        self.text("words")
        return self._answer(self.inside(inputs))


@pytest.mark.parametrize(
    ("answer", "labels", "layers", "said"),
    [
        (lambda logits: (logits, 1), [0, 1], ["inside"], "model: wanted a logit for each label .* got tuple"),
        (lambda logits: logits[:, :, None], [0, 1], ["inside"], r"got \(2, 4, 1\) for 2 labels"),
        (lambda logits: logits, [0, 4], ["inside"], r"got \(2, 4\) for 2 labels up to 4"),
        (lambda logits: logits, [0, -1], ["inside"], "model: wanted a logit for each label"),
        (lambda logits: logits, [0, 1, 2], ["inside"], r"got \(2, 4\) for 3 labels"),
        (lambda logits: logits, [0, 1], ["outside"], "layers: wanted names"),
        (lambda logits: logits, [0, 1], ["text"], "layers, text: wanted a layer that can be measured"),
    ],
)
def test_what_cannot_be_asked_is_refused_and_leaves_no_hook(answer, labels, layers, said) -> None:
    model = Odd(answer).train()
    before = hooks_of(model)
    with pytest.raises(InputError, match=said):
        probe_network(model, torch.rand(2, 3), np.array(labels), layers=layers)
    assert hooks_of(model) == before
    assert model.training
