"""A callback, called in Lightning's order by a stand-in of its package."""

import sys
from collections.abc import Callable, Sequence
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from sightbits.core.checks import InputError
from sightbits.estimation.layers import LayerBatch, LayerSettings
from sightbits.networks.observing.gaps import ObservationWarning
from sightbits.networks.observing.lightning import lightning_callback

QUICK = LayerSettings(shuffles=2, pairs=0)


class Callback:
    """Lightning's own: every hook is there, and does nothing."""

    def on_train_start(self, *_: Any) -> None: ...
    def on_train_batch_start(self, *_: Any) -> None: ...
    def on_before_backward(self, *_: Any) -> None: ...
    def on_train_batch_end(self, *_: Any) -> None: ...
    def on_train_end(self, *_: Any) -> None: ...
    def on_exception(self, *_: Any) -> None: ...


@pytest.fixture(params=["lightning.pytorch", "pytorch_lightning"])
def package(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """One of the two names that Lightning goes by; the other is not installed."""
    parents = {"lightning.pytorch": ["lightning"]}.get(request.param, [])
    for name in ("lightning", "lightning.pytorch", "pytorch_lightning"):
        monkeypatch.setitem(sys.modules, name, None)
    for name in [*parents, request.param]:
        module = ModuleType(name)
        module.Callback = Callback
        monkeypatch.setitem(sys.modules, name, module)
    return request.param


class Network(nn.Module):
    """Like a LightningModule: its training step calls a part of it, not itself."""

    def __init__(self) -> None:
        super().__init__()
        self.net = nn.Sequential(nn.Flatten(), nn.Linear(36, 4), nn.Linear(4, 3))

    def training_step(self, batch: Any) -> Any:
        images, labels = batch.values() if isinstance(batch, dict) else batch
        return functional.cross_entropy(self.net(images), labels)


class Metrics:
    def __init__(self) -> None:
        self.steps: list[int | None] = []

    def log_metrics(self, metrics: Any, step: int | None = None) -> None:
        self.steps.append(step)


def a_trainer(**changes: Any) -> Any:
    usual = {"is_global_zero": True, "global_step": 0, "loggers": [], "accumulate_grad_batches": 1}
    return SimpleNamespace(**{**usual, **changes})


def fit(callback: Any, network: Network, batches: Sequence[Any], *, scale: float = 1.0, **changes: Any) -> list[Any]:
    """The hooks in Lightning's order, and validation between batches; returns the weights."""
    trainer = a_trainer(**changes)
    optimiser = torch.optim.SGD(network.parameters(), lr=0.1)
    callback.on_train_start(trainer, network)
    try:
        for number, batch in enumerate(batches):
            callback.on_train_batch_start(trainer, network, batch, number)
            loss = network.training_step(batch) * scale
            optimiser.zero_grad()
            callback.on_before_backward(trainer, network, loss)
            network.net(torch.rand(2, 36))  # what is computed again is not taken
            loss.backward()
            optimiser.step()
            callback.on_train_batch_end(trainer, network, loss, batch, number)
            with torch.no_grad():
                network.training_step(batch)
        callback.on_train_end(trainer, network)
    except BaseException as error:
        callback.on_exception(trainer, network, error)
        raise
    return [weights.detach().clone() for weights in network.parameters()]


def summed(network: Network, images: Any, labels: Any, part: int) -> tuple[np.ndarray, np.ndarray]:
    """What a part gives, and the gradient of the sum of the losses by it."""
    output = network.net[: part + 1](images)
    loss = functional.cross_entropy(network.net[part + 1 :](output), labels, reduction="sum")
    (gradient,) = torch.autograd.grad(loss, output)
    return output.detach().double().numpy(), gradient.double().numpy()


def test_training_steps_are_observed(package: str, images: Any, labels: Any, seen: list[LayerBatch]) -> None:
    network, logger = Network(), Metrics()
    outputs, errors = summed(network, images, labels, 1)
    callback = lightning_callback(["net.1", "net.2"], at=2, settings=QUICK)
    assert isinstance(callback, sys.modules[package].Callback)
    assert callback.observer is None
    fit(callback, network, [(images, labels)] * 3, loggers=[logger])
    assert [record.step for record in callback.observer.records] == logger.steps == [0, 2]
    assert all(record.unobserved == {} for record in callback.observer.records)
    assert list(seen[0].layers) == ["net.1", "net.2"]
    np.testing.assert_array_equal(seen[0].inputs, images.double().numpy())
    np.testing.assert_array_equal(seen[0].labels, labels.numpy())
    np.testing.assert_array_equal(seen[0].layers["net.1"], outputs)
    np.testing.assert_allclose(seen[0].errors["net.1"], errors, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("package", ["lightning.pytorch"], indirect=True)
class TestWithOnePackage:
    pytestmark = pytest.mark.usefixtures("package")

    def test_weights_are_the_same_to_the_last_bit(self, images: Any, labels: Any) -> None:
        def trained(callback: Any) -> list[Any]:
            torch.manual_seed(5)
            return fit(callback, Network(), [(images, labels)] * 4)

        observed = lightning_callback(at=1, settings=QUICK)
        pairs = zip(trained(Callback()), trained(observed), strict=True)
        assert all(torch.equal(one, other) for one, other in pairs)
        assert len(observed.observer.records) == 4

    @pytest.mark.parametrize(
        ("changes", "scale"),
        [
            ({"accumulate_grad_batches": 4}, 0.25),
            ({"precision_plugin": SimpleNamespace(scaler=SimpleNamespace(get_scale=lambda: 1024.0))}, 1024.0),
            ({"precision_plugin": SimpleNamespace(scaler=None)}, 1.0),
        ],
    )
    def test_what_lightning_makes_of_the_loss_is_known(
        self, images: Any, labels: Any, seen: list[LayerBatch], changes: dict[str, Any], scale: float
    ) -> None:
        network = Network()
        _, errors = summed(network, images, labels, 1)
        callback = lightning_callback(settings=QUICK)
        fit(callback, network, [(images, labels)], scale=scale, **changes)
        np.testing.assert_allclose(seen[0].errors["net.1"], errors, rtol=1e-5, atol=1e-7)

    def test_batches_of_any_kind(self, images: Any, labels: Any, seen: list[LayerBatch]) -> None:
        take: dict[str, Callable[[Any], Any]] = {"inputs": lambda batch: batch["x"], "labels": lambda batch: batch["y"]}
        fit(lightning_callback(settings=QUICK, **take), Network(), [{"x": images, "y": labels}])
        np.testing.assert_array_equal(seen[0].inputs, images.double().numpy())
        np.testing.assert_array_equal(seen[0].labels, labels.numpy())

    def test_of_other_batches_the_images_are_found_and_no_labels(self, images: Any, labels: Any) -> None:
        callback = lightning_callback(settings=QUICK)
        fit(callback, Network(), [{"x": images, "y": labels}])
        (record,) = callback.observer.records
        assert record.figures.label_information is None
        assert list(record.unobserved) == ["labels"]

    def test_a_batch_without_labels(self, images: Any, labels: Any, seen: list[LayerBatch]) -> None:
        network = Network()
        network.training_step = lambda batch: network.net(batch[0]).sum()
        fit(lightning_callback(settings=QUICK), network, [[images]])
        assert seen[0].labels is None

    def test_steps_are_numbered_on_from_the_trainers(self, images: Any, labels: Any) -> None:
        callback = lightning_callback(at={12}, settings=QUICK, samples=4)
        fit(callback, Network(), [(images, labels)] * 5, global_step=10)
        (record,) = callback.observer.records
        assert record.step == 12
        assert record.figures.n_samples == 4

    def test_a_watched_loss_and_a_logger_of_ones_own(self, images: Any, labels: Any) -> None:
        network, own, trainers = Network(), Metrics(), Metrics()
        criterion = nn.CrossEntropyLoss(reduction="sum")
        network.training_step = lambda batch: criterion(network.net(batch[0]), batch[1])
        callback = lightning_callback(settings=QUICK, loss=criterion, logger=own)
        fit(callback, network, [(images, labels)], scale=3.0, loggers=[trainers])
        assert callback.observer.records[0].unobserved == {}
        assert (own.steps, trainers.steps) == ([0], [])

    def test_only_the_first_process_observes(self, images: Any, labels: Any) -> None:
        callback = lightning_callback(settings=QUICK)
        fit(callback, Network(), [(images, labels)], is_global_zero=False)
        assert callback.observer is None

    def test_an_exception_takes_all_hooks_off(self, images: Any, labels: Any) -> None:
        network, callback = Network(), lightning_callback(at=1, settings=QUICK)
        with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
            fit(callback, network, [(images, labels), (images[:, :, :3], labels)])
        assert [record.step for record in callback.observer.records] == [0]
        assert not any(module._forward_hooks or module._forward_pre_hooks for module in network.modules())

    def test_a_step_that_is_left_out_is_told(self, images: Any, labels: Any) -> None:
        network, callback = Network(), lightning_callback(settings=QUICK)
        callback.on_train_start(a_trainer(), network)
        callback.on_train_batch_start(a_trainer(), network, (images, labels), 0)
        with pytest.warns(ObservationWarning, match="no gradient came"):
            network.net(images)
            callback.on_train_batch_end(a_trainer(), network, None, (images, labels), 0)
        assert callback.observer.records[0].figures is not None
        callback.on_train_end(a_trainer(), network)

    def test_layers_that_do_not_exist_are_refused_as_training_begins(self) -> None:
        with pytest.raises(InputError, match="layers: wanted names"):
            lightning_callback(["conv9"]).on_train_start(a_trainer(), Network())


def test_without_lightning_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("lightning", "lightning.pytorch", "pytorch_lightning"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(InputError, match=r"'lightning' or 'pytorch-lightning'.*pip install lightning"):
        lightning_callback()
