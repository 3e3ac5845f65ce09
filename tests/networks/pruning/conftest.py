from collections.abc import Callable, Iterator

import pytest
import torch
from torch import nn

from sightbits.networks.torch_bank import one_thread


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """Tests run side by side: threads of their own would wait for each other."""
    with one_thread():
        yield


@pytest.fixture(scope="session")
def network_of() -> Callable[[int], nn.Sequential]:
    """Makes a network for images of 6 x 6, in evaluation mode: a convolution of 5 filters, then one of so many."""

    def make(n_filters: int) -> nn.Sequential:
        torch.manual_seed(1)
        return nn.Sequential(
            nn.Conv2d(1, 5, 3), nn.BatchNorm2d(5), nn.ReLU(inplace=True), nn.Dropout2d(),
            nn.Conv2d(5, n_filters, 2), nn.ReLU(), nn.Flatten(), nn.Dropout(), nn.Linear(9 * n_filters, 3),
        ).eval()  # fmt: skip

    return make
