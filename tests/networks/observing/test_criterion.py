"""The scale of errors and the labels, from the loss."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from sightbits.core.checks import InputError
from sightbits.estimation.layers import LayerBatch, LayerSettings
from sightbits.networks.observing.gaps import ObservationWarning
from sightbits.networks.observing.observer import Observer, observe

QUICK = LayerSettings(shuffles=0, pairs=0)
WEIGHTS = torch.tensor([0.5, 2.0, 3.0])


def watch(model: nn.Module, loss: Any, **options: Any) -> Observer:
    return observe(model, settings=QUICK, loss=loss, **options)


@pytest.fixture
def linear() -> nn.Linear:
    return nn.Linear(36, 3)


def summed(loss: Callable[..., torch.Tensor], model: nn.Linear, images: torch.Tensor, target: torch.Tensor) -> Any:
    """The gradient of the sum of the losses of images taken one by one, by what the model gives."""
    output = model(images.flatten(1))
    total = sum(loss(output[i : i + 1], target[i : i + 1]) for i in range(len(images)))
    return torch.autograd.grad(total, output)[0].double().numpy()


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("share", [1.0, 0.25, 65536.0])
def test_errors_are_those_of_the_sum_whatever_the_loss_makes_of_it(
    linear: nn.Linear, images: Any, labels: Any, seen: list[LayerBatch], reduction: str, share: float
) -> None:
    expected = summed(functional.cross_entropy, linear, images, labels)
    criterion = nn.CrossEntropyLoss(reduction=reduction)
    with watch(linear, criterion) as observer:
        loss = criterion(linear(images.flatten(1)), labels)
        loss = loss.mean() if reduction == "none" else loss
        (loss * share).backward()
    np.testing.assert_allclose(seen[0].errors["Linear"], expected, rtol=1e-5, atol=1e-7)
    np.testing.assert_array_equal(seen[0].labels, labels.numpy())
    assert observer.records[0].unobserved == {}


def test_a_loss_divided_in_place_is_no_other(linear: nn.Linear, images: Any, labels: Any, seen: Any) -> None:
    expected = summed(functional.cross_entropy, linear, images, labels)
    criterion = nn.CrossEntropyLoss()
    with watch(linear, criterion):
        loss = criterion(linear(images.flatten(1)), labels)
        loss /= 4
        loss.backward()
    np.testing.assert_allclose(seen[0].errors["Linear"], expected, rtol=1e-5, atol=1e-7)


def test_a_loss_differentiated_in_two_parts(
    linear: nn.Linear, images: Any, labels: Any, seen: list[LayerBatch]
) -> None:
    expected = summed(functional.cross_entropy, linear, images, labels)
    criterion = nn.CrossEntropyLoss()
    with watch(linear, criterion):
        loss = criterion(linear(images.flatten(1)), labels)
        (0.25 * loss).backward(retain_graph=True)
        (0.5 * loss).backward()
    np.testing.assert_allclose(seen[0].errors["Linear"], expected, rtol=1e-5, atol=1e-7)


def test_labels_are_those_the_loss_was_given(
    linear: nn.Linear, images: Any, labels: Any, seen: list[LayerBatch]
) -> None:
    given, criterion = labels.clone(), nn.CrossEntropyLoss()
    with watch(linear, criterion):
        criterion(target=given, input=linear(images.flatten(1))).backward()
        given.zero_()
    np.testing.assert_array_equal(seen[0].labels, labels.numpy())


def test_weighted_classes(linear: nn.Linear, images: Any, labels: Any, seen: list[LayerBatch]) -> None:
    one_by_one = nn.CrossEntropyLoss(weight=WEIGHTS, reduction="sum")
    expected = summed(one_by_one, linear, images, labels)
    criterion = nn.CrossEntropyLoss(weight=WEIGHTS)
    with watch(linear, criterion):
        criterion(linear(images.flatten(1)), labels).backward()
    np.testing.assert_allclose(seen[0].errors["Linear"], expected, rtol=1e-5, atol=1e-7)


def test_images_the_loss_leaves_out(linear: nn.Linear, images: Any, labels: Any, seen: list[LayerBatch]) -> None:
    labels[2] = labels[5] = -100
    one_by_one = nn.CrossEntropyLoss(weight=WEIGHTS, reduction="sum")
    expected = summed(one_by_one, linear, images, labels)
    criterion = nn.CrossEntropyLoss(weight=WEIGHTS)
    with watch(linear, criterion) as observer, pytest.warns(ObservationWarning, match="labels below 0"):
        criterion(linear(images.flatten(1)), labels).backward()
        assert "labels" in observer.records[0].unobserved
    np.testing.assert_allclose(seen[0].errors["Linear"], expected, rtol=1e-5, atol=1e-7)
    assert seen[0].labels is None


def test_regression_has_errors_and_no_labels(linear: nn.Linear, images: Any, seen: list[LayerBatch]) -> None:
    target = torch.rand(8, 3)
    expected = summed(functional.mse_loss, linear, images, target)  # the mean over the outputs of an image
    criterion = nn.MSELoss()
    with watch(linear, criterion) as observer, pytest.warns(ObservationWarning, match="not one class each"):
        criterion(linear(images.flatten(1)), target=target).backward()
        assert observer.records
    np.testing.assert_allclose(seen[0].errors["Linear"], expected, rtol=1e-5, atol=1e-7)
    assert seen[0].labels is None
    assert "labels" in observer.records[0].unobserved


def test_a_loss_of_several_outputs_joined_by_the_user(linear: nn.Linear, images: Any, seen: list[LayerBatch]) -> None:
    target = torch.rand(8, 3)
    expected = summed(functional.mse_loss, linear, images, target)
    criterion = nn.MSELoss(reduction="none")
    with watch(linear, criterion) as observer:
        criterion(linear(images.flatten(1)), target).mean().backward()
        observer.note_labels(torch.zeros(8, dtype=torch.int64))
    np.testing.assert_allclose(seen[0].errors["Linear"], expected, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_without_a_loss_the_reduction_is_told(
    linear: nn.Linear, images: Any, labels: Any, seen: list[LayerBatch], reduction: str
) -> None:
    expected = summed(functional.cross_entropy, linear, images, labels)
    with watch(linear, None, reduction=reduction):
        functional.cross_entropy(linear(images.flatten(1)), labels, reduction=reduction).backward()
    np.testing.assert_allclose(seen[0].errors["Linear"], expected, rtol=1e-5, atol=1e-7)


class OwnLoss(nn.Module):
    def forward(self, logits: torch.Tensor, *, smoothing: float, names: torch.Tensor) -> torch.Tensor:
        return functional.cross_entropy(logits, names, reduction="sum")


def test_a_loss_of_ones_own(linear: nn.Linear, images: Any, labels: Any, seen: list[LayerBatch]) -> None:
    """It has no reduction of its own, and its second argument is not the labels: they are noted."""
    expected = summed(functional.cross_entropy, linear, images, labels)
    criterion = OwnLoss()
    with watch(linear, criterion, reduction="sum") as observer:
        loss = criterion(linear(images.flatten(1)), smoothing=0.0, names=labels)
        observer.note_labels(labels)
        loss.backward()
    np.testing.assert_allclose(seen[0].errors["Linear"], expected, rtol=1e-5, atol=1e-7)
    np.testing.assert_array_equal(seen[0].labels, labels.numpy())


def test_losses_that_are_not_differentiated_do_not_count(
    linear: nn.Linear, images: Any, labels: Any, seen: list[LayerBatch]
) -> None:
    expected = summed(functional.cross_entropy, linear, images, labels)
    criterion = nn.CrossEntropyLoss()
    with watch(linear, criterion) as observer:
        logits = linear(images.flatten(1))
        criterion(logits, labels.flip(0))
        with torch.no_grad():
            criterion(logits, labels.flip(0))
        criterion(logits, labels).backward()
    np.testing.assert_allclose(seen[0].errors["Linear"], expected, rtol=1e-5, atol=1e-7)
    np.testing.assert_array_equal(seen[0].labels, labels.numpy())
    assert observer.records[0].unobserved == {}


def test_a_loss_mixed_of_two_labels_tells_no_labels_and_no_scale(linear: nn.Linear, images: Any, labels: Any) -> None:
    criterion = nn.CrossEntropyLoss()
    with watch(linear, criterion) as observer, pytest.warns(ObservationWarning) as issued:
        logits = linear(images.flatten(1))
        (0.3 * criterion(logits, labels) + 0.7 * criterion(logits, labels.flip(0))).backward()
        (record,) = observer.records
    assert dict(record.unobserved) == {
        "labels": "the loss was called with several targets",
        "error of Linear": "the loss was called 2 times: which sum is meant is not known",
    }
    assert len(issued) == 2


def test_a_loss_called_twice_with_the_same_labels_tells_them(
    linear: nn.Linear, images: Any, labels: Any, seen: list[LayerBatch]
) -> None:
    criterion = nn.CrossEntropyLoss()
    with watch(linear, criterion) as observer, pytest.warns(ObservationWarning, match="called 2 times"):
        logits = linear(images.flatten(1))
        (criterion(logits, labels) + 0.4 * criterion(2 * logits, labels.clone())).backward()
        assert list(observer.records[0].unobserved) == ["error of Linear"]
    np.testing.assert_array_equal(seen[0].labels, labels.numpy())


def test_images_that_weigh_unlike_have_no_common_scale(linear: nn.Linear, images: Any, labels: Any) -> None:
    criterion = nn.CrossEntropyLoss(reduction="none")
    with watch(linear, criterion) as observer, pytest.warns(ObservationWarning, match="one weight for all"):
        (criterion(linear(images.flatten(1)), labels) * torch.arange(1, 9)).sum().backward()
        assert "error of Linear" in observer.records[0].unobserved


@pytest.mark.parametrize("share", [0.0, float("inf"), float("nan")])
def test_a_loss_that_does_not_count_has_no_errors(linear: nn.Linear, images: Any, labels: Any, share: float) -> None:
    criterion = nn.CrossEntropyLoss()
    with watch(linear, criterion) as observer, pytest.warns(ObservationWarning, match="one weight for all"):
        (criterion(linear(images.flatten(1)), labels) * share).backward()
        assert list(observer.records[0].unobserved) == ["error of Linear"]


def test_a_loss_that_is_never_called(linear: nn.Linear, images: Any, labels: Any) -> None:
    with pytest.warns(ObservationWarning) as issued, watch(linear, nn.CrossEntropyLoss()) as observer:
        functional.cross_entropy(linear(images.flatten(1)), labels).backward()
    assert dict(observer.records[0].unobserved) == {
        "labels": "the loss was not called",
        "error of Linear": "no gradient came from the loss",
    }
    assert len(issued) == 2


def test_a_loss_inside_the_model(images: Any, labels: Any, seen: list[LayerBatch]) -> None:
    class Judged(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.out, self.criterion = nn.Linear(36, 3), nn.CrossEntropyLoss()

        def forward(self, values: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
            return self.criterion(self.out(values), labels)

    model = Judged()
    expected = summed(functional.cross_entropy, model.out, images, labels)
    with watch(model, model.criterion):
        model(images.flatten(1), labels).backward()
    np.testing.assert_allclose(seen[0].errors["out"], expected, rtol=1e-5, atol=1e-7)
    np.testing.assert_array_equal(seen[0].labels, labels.numpy())


def test_functions_cannot_be_watched(linear: nn.Linear) -> None:
    with pytest.raises(InputError, match=r"loss: wanted a module.*note_labels"):
        observe(linear, loss=functional.cross_entropy)
    with pytest.raises(InputError, match="reduction: wanted one of mean, sum"):
        observe(linear, reduction="none")
