"""What is taken of a step: held against forward passes and gradients by hand."""

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional
from torch.utils.checkpoint import checkpoint

from sightbits.estimation.layers import LayerBatch, LayerSettings
from sightbits.networks.observing.capture import Capture
from sightbits.networks.observing.observer import Observer, observe

QUICK = LayerSettings(shuffles=2, pairs=0)


def watch(model: nn.Module, layers: list[str] | None = None, **options: Any) -> Observer:
    return observe(model, layers, settings=QUICK, **options)


def one_step(
    model: nn.Module, images: Any, labels: torch.Tensor, layers: list[str] | None = None, **options: Any
) -> Observer:
    """A step with the mean cross-entropy of what the model gives, and labels noted."""
    with watch(model, layers, **options) as observer:
        functional.cross_entropy(model(images), labels).backward()
        observer.note_labels(labels)
    return observer


def by_hand(parts: list[Any], images: torch.Tensor, labels: torch.Tensor) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """What each part gives, and the gradient by it of the sum of the losses, one image's loss after another's."""
    outputs, value = [], images
    for part in parts:
        value = part(value)
        outputs.append(value)
    losses = [functional.cross_entropy(value[i : i + 1], labels[i : i + 1]) for i in range(len(images))]
    gradients = torch.autograd.grad(sum(losses), outputs)
    return [output.detach().double().numpy() for output in outputs], [grad.double().numpy() for grad in gradients]


def plain_parts(cnn: nn.Sequential) -> list[nn.Module]:
    """The same parts; the rectification makes a new tensor."""
    return [nn.ReLU() if isinstance(part, nn.ReLU) else part for part in cnn]


def test_layers_and_errors_are_those_by_hand(
    cnn: nn.Sequential, images: torch.Tensor, labels: torch.Tensor, seen: list[LayerBatch]
) -> None:
    outputs, gradients = by_hand(plain_parts(cnn), images, labels)
    observer = one_step(cnn, images, labels, ["0", "1", "2", "4", "5"])
    (batch,) = seen
    assert list(batch.layers) == list(batch.errors) == ["0", "1", "2", "4", "5"]
    for name in batch.layers:
        np.testing.assert_array_equal(batch.layers[name], outputs[int(name)])
        np.testing.assert_allclose(batch.errors[name], gradients[int(name)], rtol=1e-5, atol=1e-7)
    np.testing.assert_array_equal(batch.inputs, images.double().numpy())
    np.testing.assert_array_equal(batch.labels, labels.numpy())
    assert observer.records[0].unobserved == {}
    assert batch.inputs.dtype == batch.layers["0"].dtype == batch.errors["0"].dtype == np.float32


def test_what_is_in_place_later_is_taken_as_it_was(images: torch.Tensor, seen: list[LayerBatch]) -> None:
    class Overwriting(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first = nn.Linear(36, 4)

        def forward(self, values: torch.Tensor) -> torch.Tensor:
            hidden = self.first(values.flatten(1).clone())
            values.zero_()
            return hidden.mul_(2).relu_()

    model, before = Overwriting(), images.clone()
    hidden = model.first(before.flatten(1))
    expected = torch.autograd.grad((2 * hidden).relu().sum(), hidden)[0]
    with watch(model, reduction="sum") as observer:
        model(images).sum().backward()
    np.testing.assert_array_equal(seen[0].inputs, before.double().numpy())
    np.testing.assert_array_equal(seen[0].layers["first"], hidden.detach().double().numpy())
    np.testing.assert_array_equal(seen[0].errors["first"], expected.double().numpy())
    assert len(observer.records) == 1


def test_only_the_first_samples_are_taken_and_errors_are_of_the_whole_batch(
    cnn: nn.Sequential, images: torch.Tensor, labels: torch.Tensor, seen: list[LayerBatch]
) -> None:
    outputs, gradients = by_hand(plain_parts(cnn), images, labels)
    one_step(cnn, images, labels, ["4"], samples=5)
    assert seen[0].n_samples == 5
    np.testing.assert_array_equal(seen[0].layers["4"], outputs[4][:5])
    np.testing.assert_allclose(seen[0].errors["4"], gradients[4][:5], rtol=1e-5, atol=1e-7)
    np.testing.assert_array_equal(seen[0].labels, labels[:5].numpy())


class Branching(nn.Module):
    """A shared layer, nested outputs, numbers that are none, and a layer that is never called."""

    def __init__(self) -> None:
        super().__init__()
        self.shared, self.out, self.idle = nn.Linear(36, 36), nn.Linear(36, 3), nn.Linear(2, 2)
        self.several, self.odd = Several(), Odd()

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        hidden = self.shared(torch.tanh(self.shared(images.flatten(1))))
        told = self.several(hidden)
        self.odd(hidden)
        return self.out(told[0] + told[1]["deep"][0])


class Several(nn.Module):
    def forward(self, hidden: torch.Tensor) -> Any:
        return hidden * 2, {"deep": [hidden + 1], "top": hidden.argmax(1)}


class Odd(nn.Module):
    def forward(self, hidden: torch.Tensor) -> Any:
        return {
            "scalar": hidden.sum(),
            "none": None,
            "empty": hidden[:0],
            "half": hidden[:4],
            "complex": torch.complex(hidden, hidden),
            "sparse": hidden.detach().to_sparse(),
            "text": "text",
        }


def test_shared_nested_and_odd_outputs(images: torch.Tensor, labels: torch.Tensor, seen: list[LayerBatch]) -> None:
    model = Branching()
    first = model.shared(images.flatten(1))
    second = model.shared(torch.tanh(first))
    loss = functional.cross_entropy(model.out(second * 2 + second + 1), labels, reduction="sum")
    by_first, by_second = torch.autograd.grad(loss, [first, second])
    with pytest.warns(UserWarning) as issued:
        observer = one_step(model, images, labels, ["shared", "several", "odd", "idle", "out"])
    (batch,), (record,) = seen, observer.records
    assert list(batch.layers) == ["shared", "shared:2", "several[0]", "several[1].deep[0]", "out"]
    np.testing.assert_array_equal(batch.layers["shared"], first.detach().double().numpy())
    np.testing.assert_array_equal(batch.layers["shared:2"], second.detach().double().numpy())
    np.testing.assert_array_equal(batch.layers["several[1].deep[0]"], (second + 1).detach().double().numpy())
    np.testing.assert_allclose(batch.errors["shared"], by_first.double().numpy(), rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(batch.errors["shared:2"], by_second.double().numpy(), rtol=1e-5, atol=1e-7)
    assert dict(record.unobserved) == {
        "several[1].top": "its output is no dense floating-point tensor but int64",
        "odd.scalar": "its output is (): there is no batch in it",
        "odd.none": "its output is no tensor but NoneType",
        "odd.empty": "its output is (0, 36): there is no batch in it",
        "odd.half": "its output is (4, 36): not a row for each of the 8 images",
        "odd.complex": "its output is no dense floating-point tensor but complex64",
        "odd.sparse": "its output is no dense floating-point tensor but sparse_coo float32",
        "odd.text": "its output is no tensor but str",
        "idle": "it was not called in the forward pass",
    }
    assert len(issued) == 5  # kinds: no tensor, no numbers, empty, other length, not called


def test_a_module_that_gives_nothing_is_told(images: torch.Tensor, labels: torch.Tensor) -> None:
    class Silent(nn.Module):
        def forward(self, values: torch.Tensor) -> tuple[()]:
            return ()

    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.silent, self.out = Silent(), nn.Linear(36, 3)

        def forward(self, values: torch.Tensor) -> torch.Tensor:
            self.silent(values)
            return self.out(values.flatten(1))

    with pytest.warns(UserWarning, match="silent: its output is no tensor"):
        observer = one_step(Model(), images, labels, ["silent", "out"])
    assert list(observer.records[0].unobserved) == ["silent"]


def test_a_module_within_modules_and_the_model_itself(
    images: torch.Tensor, labels: torch.Tensor, seen: list[LayerBatch]
) -> None:
    model = nn.Sequential()
    model.add_module("features", nn.Sequential(nn.Flatten(), nn.Sequential(nn.Linear(36, 5), nn.Tanh())))
    model.add_module("out", nn.Linear(5, 3))
    one_step(model, images, labels, ["features.1.0", "features", ""])
    assert list(seen[0].layers) == ["features.1.0", "features", "Sequential"]
    np.testing.assert_array_equal(seen[0].layers["features"], model.features(images).detach().double().numpy())
    np.testing.assert_array_equal(seen[0].layers["Sequential"], model(images).detach().double().numpy())


def test_a_model_that_is_one_layer(images: torch.Tensor, labels: torch.Tensor, seen: list[LayerBatch]) -> None:
    one_step(nn.Linear(36, 3), images.flatten(1), labels)
    assert list(seen[0].layers) == list(seen[0].errors) == ["Linear"]


def test_frozen_layers_have_activations_only(
    cnn: nn.Sequential, images: torch.Tensor, labels: torch.Tensor, seen: list[LayerBatch]
) -> None:
    cnn[0].requires_grad_(False)
    observer = one_step(cnn, images, labels)  # and no warning: it was chosen so
    assert list(seen[0].layers) == ["0", "4", "5"]
    assert list(seen[0].errors) == ["4", "5"]
    assert dict(observer.records[0].unobserved) == {"error of 0": "its output needs no gradient"}
    assert any("error of 0" in note for note in observer.notes)


def test_a_frozen_weight_is_no_frozen_layer(images: torch.Tensor, labels: torch.Tensor, seen: list[LayerBatch]) -> None:
    model = nn.Sequential(nn.Flatten(), nn.Linear(36, 4), nn.Linear(4, 3))
    model[2].requires_grad_(False)
    one_step(model, images, labels)
    assert list(seen[0].errors) == ["1", "2"]


@pytest.mark.parametrize("reentrant", [False, True])
def test_what_checkpointing_computes_again_is_not_taken(
    images: torch.Tensor, labels: torch.Tensor, seen: list[LayerBatch], *, reentrant: bool
) -> None:
    class Saving(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.calls = 0
            self.first, self.out = nn.Linear(36, 4), nn.Linear(4, 3)
            self.first.register_forward_hook(self.count)

        def count(self, *_: Any) -> None:
            self.calls += 1

        def forward(self, values: torch.Tensor) -> torch.Tensor:
            return self.out(checkpoint(self.bend, values.flatten(1), use_reentrant=reentrant))

        def bend(self, values: torch.Tensor) -> torch.Tensor:
            return torch.tanh(self.first(values))

    model = Saving()
    first = model.first(images.flatten(1))
    loss = functional.cross_entropy(model.out(torch.tanh(first)), labels, reduction="sum")
    expected = torch.autograd.grad(loss, first)[0]
    model.calls = 0
    one_step(model, images.requires_grad_(), labels)
    assert model.calls == 2
    assert list(seen[0].layers) == ["first", "out"]
    if not reentrant:
        np.testing.assert_allclose(seen[0].errors["first"], expected.double().numpy(), rtol=1e-5, atol=1e-7)
    assert ("first" in seen[0].errors) is not reentrant  # there it is first computed without gradients


def test_half_precision_is_taken_as_it_is(images: torch.Tensor, labels: torch.Tensor, seen: list[LayerBatch]) -> None:
    model = nn.Sequential(nn.Flatten(), nn.Linear(36, 4), nn.Linear(4, 3))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        expected = model[1](images.flatten(1))
        assert expected.dtype == torch.bfloat16
        one_step(model, images, labels)
    np.testing.assert_array_equal(seen[0].layers["1"], expected.detach().float().double().numpy())
    assert list(seen[0].errors) == ["1", "2"]


class TwoInputs(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.out = nn.Linear(36, 3)

    def forward(self, index: Any, parts: Any = None, *, image: Any = None) -> torch.Tensor:
        return self.out((parts[0] if image is None else image).flatten(1))


@pytest.mark.parametrize("way", ["nested", "keyword"])
def test_the_input_is_the_first_floating_tensor(
    images: torch.Tensor, labels: torch.Tensor, seen: list[LayerBatch], way: str
) -> None:
    model = TwoInputs()
    with watch(model):
        given = {"parts": (images, images + 1)} if way == "nested" else {"image": images}
        functional.cross_entropy(model(labels, **given), labels).backward()
    np.testing.assert_array_equal(seen[0].inputs, images.double().numpy())


def test_several_backward_passes_add_up(
    cnn: nn.Sequential, images: torch.Tensor, labels: torch.Tensor, seen: list[LayerBatch]
) -> None:
    _, gradients = by_hand(plain_parts(cnn), images, labels)
    with watch(cnn, ["4"], reduction="sum") as observer:
        loss = functional.cross_entropy(cnn(images), labels, reduction="sum")
        (0.25 * loss).backward(retain_graph=True)
        (0.75 * loss).backward()
        observer.note_labels(labels)
    np.testing.assert_allclose(seen[0].errors["4"], gradients[4], rtol=1e-5, atol=1e-7)


def test_an_output_that_cannot_be_read_stops_nothing(images: torch.Tensor, labels: torch.Tensor) -> None:
    class Guarded(torch.Tensor):
        def detach(self) -> Any:
            raise RuntimeError("not to be copied")

    class Guarding(nn.Module):
        def forward(self, values: torch.Tensor) -> torch.Tensor:
            return values.as_subclass(Guarded)

    model = nn.Sequential(nn.Flatten(), nn.Linear(36, 3), Guarding())
    with watch(model, ["1", "2"]) as observer, pytest.warns(UserWarning, match="cannot be read: not to be copied"):
        functional.cross_entropy(model(images).as_subclass(torch.Tensor), labels).backward()
        observer.note_labels(labels)
        assert "2" in observer.records[0].unobserved


def test_inputs_and_gradients_that_cannot_be_read_stop_nothing(images: torch.Tensor, labels: torch.Tensor) -> None:
    class Unreadable(torch.Tensor):
        def detach(self) -> Any:
            raise RuntimeError("not to be copied")

    with watch(nn.Linear(36, 3)) as observer, pytest.warns(UserWarning, match="given cannot be read: not to be copied"):
        observer.begin_step(images.as_subclass(Unreadable), labels)
        assert observer.records[0].figures is None
    capture = Capture(step=0, samples=4)
    capture.take_inputs(images)
    model, keep = nn.Linear(36, 3), capture._copy
    capture.open({"out": model})
    output = model(images.flatten(1))
    capture._copy = lambda _: keep(None)
    output.sum().backward()
    capture.close()
    capture.arrays()
    assert "its gradient cannot be read" in capture.gaps["error of out"].reason


class Table(nn.Module):
    """A module that gives its own weights."""

    def __init__(self) -> None:
        super().__init__()
        self.rows = nn.Parameter(torch.rand(8, 3))

    def forward(self) -> torch.Tensor:
        return self.rows


class LookingUp(nn.Module):
    def __init__(self, *, sparse: bool) -> None:
        super().__init__()
        self.table, self.out, self.sparse = Table(), nn.Linear(36, 3), sparse

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        found = functional.embedding(torch.tensor([1, 1, 5]), self.table(), sparse=self.sparse)
        return self.out(values.flatten(1)) + found.sum(0)


@pytest.mark.parametrize("sparse", [False, True])
def test_an_output_that_is_a_parameter_keeps_no_hook(
    images: torch.Tensor, labels: torch.Tensor, seen: list[LayerBatch], *, sparse: bool
) -> None:
    model = LookingUp(sparse=sparse)
    one_step(model, images, labels)
    assert list(seen[0].layers) == ["table", "out"]
    assert not model.table.rows._backward_hooks
    by_found = 8 * model.out.bias.grad.double().numpy()  # each is added to every logit, as the bias is
    expected = np.zeros((8, 3))
    expected[1], expected[5] = 2 * by_found, by_found
    np.testing.assert_allclose(seen[0].errors["table"], expected, rtol=1e-5, atol=1e-7)


def test_the_error_of_a_view_written_into_is_missing_and_never_wrong(
    images: torch.Tensor, labels: torch.Tensor, seen: list[LayerBatch]
) -> None:
    """Torch tells no gradient of what a view was before it was written into."""
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.Flatten(), nn.ReLU(inplace=True), nn.Linear(32, 3))
    parts = [model[0], lambda values: values.flatten(1).clone(), nn.ReLU(), model[3]]
    outputs, gradients = by_hand(parts, images, labels)
    with pytest.warns(UserWarning, match="error of 1: no gradient"):
        one_step(model, images, labels, ["0", "1", "2"])
    np.testing.assert_array_equal(seen[0].layers["1"], outputs[1])
    assert list(seen[0].errors) == ["0", "2"]
    for name in seen[0].errors:
        np.testing.assert_allclose(seen[0].errors[name], gradients[int(name)], rtol=1e-5, atol=1e-7)
