from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch import nn

from sightbits.estimation.layers import LayerBatch, measure_layers
from sightbits.networks.observing import steps
from sightbits.networks.torch_bank import one_thread


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """Tests run side by side: threads of their own would wait for each other."""
    with one_thread():
        yield


@pytest.fixture(autouse=True)
def _seeded() -> None:
    torch.manual_seed(0)


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[LayerBatch]:
    """What was handed to be measured, in order; it is measured all the same."""
    batches: list[LayerBatch] = []

    def measure(batch: LayerBatch, *given: Any, **options: Any) -> Any:
        batches.append(batch)
        return measure_layers(batch, *given, **options)

    monkeypatch.setattr(steps, "measure_layers", measure)
    return batches


@pytest.fixture
def cnn() -> nn.Sequential:
    """A network of eight images of 6 x 6: convolution, in-place rectification, pooling, two linear layers."""
    return nn.Sequential(
        nn.Conv2d(1, 2, 3), nn.ReLU(inplace=True), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(8, 4), nn.Linear(4, 3)
    )


@pytest.fixture
def images() -> torch.Tensor:
    return torch.rand(8, 1, 6, 6, generator=torch.Generator().manual_seed(1))


@pytest.fixture
def labels() -> torch.Tensor:
    return torch.tensor([0, 1, 2, 0, 1, 2, 0, 1])
