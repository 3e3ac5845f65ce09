"""What networks cost, in closed forms."""

import math

import pytest
import torch
from torch import nn

from sightbits.core.checks import InputError
from sightbits.networks.convolutional import build_network
from sightbits.networks.pruning import cost
from sightbits.networks.pruning.cost import NetworkCost, measure_cost
from sightbits.networks.pruning.surgery import remove_filters
from sightbits.networks.reference import NetworkChoice


def lenet_cost(first: int, second: int, side: int = 8) -> tuple[int, int]:
    """Parameters and operations of LeNet-5 by hand."""
    half, quarter = side // 2, side // 4
    inputs = second * quarter**2
    parameters = (25 + 1) * first + (25 * first + 1) * second + (inputs + 1) * 120 + (120 + 1) * 10
    pairs = side**2 * first * 25 + half**2 * second * first * 25 + inputs * 120 + 120 * 10
    return parameters, 2 * pairs


def test_lenet_in_closed_form_whole_and_cut() -> None:
    choice = NetworkChoice(model="lenet5", filters=(6, 12))
    model, inputs = build_network(choice, image_shape=(8, 8), n_labels=10, seed=0), torch.rand(5, 1, 8, 8)
    whole = measure_cost(model, inputs, rounds=2)
    assert (whole.parameters, whole.flops, whole.n_images) == (*lenet_cost(6, 12), 5)
    smaller = remove_filters(model, "conv1.0", [1, 2], inputs)
    cut = measure_cost(remove_filters(smaller, "conv2.0", [0, 5, 7], inputs), inputs[:1], rounds=1)
    assert (cut.parameters, cut.flops, cut.n_images) == (*lenet_cost(2, 3), 1)


def test_groups_cost_less_and_norms_nothing() -> None:
    model = nn.Sequential(nn.Conv2d(4, 8, 3, groups=2, bias=False), nn.BatchNorm2d(8), nn.AvgPool2d(2))
    model.requires_grad_(False)
    found = measure_cost(model, torch.rand(3, 4, 6, 6), rounds=1)
    assert found.parameters == 8 * 2 * 9 + 16
    assert found.flops == 2 * 16 * 8 * 2 * 9


def test_the_network_is_left_alone() -> None:
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Dropout())
    model[0].eval()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    inputs, threads, state = torch.rand(3, 1, 6, 6), torch.get_num_threads(), torch.get_rng_state()
    measure_cost(model, inputs)
    assert [module.training for module in model] == [False, True, True]
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
    assert torch.get_num_threads() == threads
    assert torch.equal(torch.get_rng_state(), state)


def test_latency_is_the_shortest_of_the_rounds_after_a_first(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[bool] = []

    class Counting(nn.Linear):
        def forward(self, given: torch.Tensor) -> torch.Tensor:
            calls.append(torch.is_inference_mode_enabled())
            assert not self.training and not torch.is_grad_enabled() and torch.get_num_threads() == 1
            return super().forward(given)

    ticks = iter([10.0, 17.0, 20.0, 21.5, 30.0, 33.0])
    monkeypatch.setattr(cost.time, "perf_counter", lambda: next(ticks))
    found = measure_cost(Counting(4, 2), torch.rand(3, 4), rounds=3)
    assert found.latency == 1.5
    assert calls == [False, True, True, True, True]


def test_a_real_latency_is_a_positive_number() -> None:
    found = measure_cost(nn.Linear(4, 2), torch.rand(3, 4), rounds=1)
    assert math.isfinite(found.latency) and found.latency > 0


def test_the_document() -> None:
    found = NetworkCost(parameters=7, flops=9, latency=0.25, n_images=2).document()
    assert found == {"parameters": 7, "flops": 9, "latency_ms": 250.0}


def test_bad_input_is_refused() -> None:
    with pytest.raises(InputError, match="inputs: wanted an image or more"):
        measure_cost(nn.Linear(4, 2), torch.rand(0, 4))
    with pytest.raises(InputError, match="rounds: wanted a whole number at least 1"):
        measure_cost(nn.Linear(4, 2), torch.rand(3, 4), rounds=0)
