"""Importance of filters on a user's own network: order, what is refused, and that the network is left alone."""

import copy
from typing import Any

import jaxtyping
import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.utils import parametrizations, prune

from sightbits.core.checks import InputError
from sightbits.networks.pruning.criteria.names import CRITERIA
from sightbits.networks.pruning.criteria.settings import CriterionSettings
from sightbits.networks.pruning.importance import FilterImportance, filter_importance

LITTLE: dict[str, Any] = {"samples": 16, "shuffles": 2, "images": 48}


def network() -> nn.Sequential:
    """In training, but for a frozen batch norm; with gradients at hand and a hook on the convolution."""
    torch.manual_seed(1)
    model = nn.Sequential(
        nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(inplace=True), nn.Dropout(), nn.Flatten(), nn.Dropout(),
        nn.Linear(64, 3),
    )  # fmt: skip
    model[1].eval()
    model(torch.rand(5, 1, 6, 6)).sum().backward()
    model[0].weight.grad = None
    return model


def samples(n: int = 60) -> tuple[Any, Any]:
    torch.manual_seed(2)
    inputs, labels = torch.rand(n, 1, 6, 6), torch.arange(n) % 3
    inputs[labels == 1, :, :3] += 1
    return inputs, labels


def state_of(model: nn.Module) -> list[Any]:
    gradients = [None if one.grad is None else one.grad.clone() for one in model.parameters()]
    hooks = [
        len(one._forward_hooks) + len(one._forward_pre_hooks) + len(one._backward_hooks) for one in model.modules()
    ]
    names = [sorted(vars(one)) for one in model.modules()]
    frozen = [one.requires_grad for one in model.parameters()]
    return [
        copy.deepcopy(model.state_dict()),
        gradients,
        hooks,
        names,
        frozen,
        [one.training for one in model.modules()],
    ]


def assert_untouched(model: nn.Module, before: list[Any]) -> None:
    after = state_of(model)
    assert after[2:] == before[2:]
    torch.testing.assert_close(after[0], before[0], rtol=0, atol=0)
    for one, other in zip(after[1], before[1], strict=True):
        assert (one is None) == (other is None)
        assert one is None or torch.equal(one, other)


@pytest.mark.parametrize("criterion", CRITERIA)
def test_a_network_in_training_is_left_as_it_is(criterion: str) -> None:
    model, (inputs, labels) = network(), samples()
    seen: list[Any] = []
    model[0].register_forward_hook(lambda *given: seen.append(len(given)))
    before, given, state = state_of(model), inputs.clone(), torch.get_rng_state()
    found = filter_importance(model, inputs, labels, "0", criterion=criterion, **LITTLE)
    again = filter_importance(model, inputs, labels.tolist(), "0", criterion=criterion, **LITTLE)
    assert_untouched(model, before)
    assert torch.equal(inputs, given)
    assert torch.equal(torch.get_rng_state(), state)
    np.testing.assert_array_equal(found.scores, again.scores)
    assert (found.criterion, found.layer, found.scores.shape, found.scores.dtype) == (criterion, "0", (4,), np.float64)
    still = filter_importance(
        model.eval(), inputs, labels, "0", criterion=criterion, settings=CriterionSettings(**LITTLE)
    )
    np.testing.assert_array_equal(found.scores, still.scores)
    with torch.inference_mode():
        np.testing.assert_array_equal(
            filter_importance(model, inputs.clone(), labels, "0", criterion=criterion, **LITTLE).scores, found.scores
        )


class Failing(nn.Module):
    """Fails where it is given more than one image."""

    def forward(self, x: Any) -> Any:
        if len(x) > 1:
            raise FloatingPointError("on purpose")
        return x


@pytest.mark.parametrize("criterion", ["usable_information", "taylor", "relevance", "apoz"])
def test_a_network_is_left_as_it_is_where_it_fails(criterion: str) -> None:
    inputs, labels = samples()
    model = network()
    model.append(Failing())
    before = state_of(model)
    with pytest.raises(FloatingPointError):
        filter_importance(model, inputs, labels, "0", criterion=criterion, **LITTLE)
    assert_untouched(model, before)
    with pytest.raises(InputError, match=r"^labels"):
        filter_importance(model, inputs, None, "0", criterion="relevance", **LITTLE)
    assert_untouched(model, before)


def test_the_first_of_equals_comes_first() -> None:
    found = FilterImportance(criterion="l1", layer="0", scores=np.array([1.0, 3.0, 1.0, 3.0, 2.0]))
    assert found.order.tolist() == [1, 3, 4, 0, 2]
    assert [found.most_important(n) for n in (1, 2, 4, 5)] == [(1,), (1, 3), (0, 1, 3, 4), (0, 1, 2, 3, 4)]
    for n in (0, -1, 6):
        with pytest.raises(InputError, match=r"^n: wanted a whole number from 1 to 5"):
            found.most_important(n)


def test_images_are_drawn_where_they_come_class_by_class() -> None:
    model, (inputs, labels) = network(), samples(300)
    order = labels.argsort(stable=True)
    for criterion in ("relevance", "usable_information", "taylor"):
        found = filter_importance(model, inputs[order], labels[order], "0", criterion=criterion, **LITTLE)
        assert np.ptp(found.scores) > 1e-6, "of one class there would be nothing to tell"
    one, other = (
        filter_importance(model, inputs, labels, "0", criterion="taylor", **{**LITTLE, "seed": seed}) for seed in (0, 1)
    )
    assert not np.array_equal(one.scores, other.scores)
    everything = [
        filter_importance(model, inputs, labels, "0", criterion="taylor", seed=seed).scores for seed in (0, 1)
    ]
    np.testing.assert_allclose(everything[0], everything[1], rtol=1e-4)
    pairs = filter_importance(model, inputs[order], labels[order], "0", criterion="taylor").scores
    np.testing.assert_allclose(pairs, everything[0], rtol=1e-4)  # labels stay with their images


@pytest.mark.parametrize("change", [parametrizations.weight_norm, lambda m: prune.l1_unstructured(m, "weight", 10)])
@pytest.mark.parametrize("criterion", ["l1", "usable_information"])
def test_weights_may_be_computed_from_others(change: Any, criterion: str) -> None:
    model, (inputs, labels) = network(), samples()
    change(model[0])
    found = filter_importance(model, inputs, labels, "0", criterion=criterion, **LITTLE)
    if criterion == "l1":
        np.testing.assert_allclose(found.scores, model[0].weight.detach().abs().sum(dim=(1, 2, 3)).numpy(), rtol=1e-5)
    assert sorted(found.order) == [0, 1, 2, 3]


@pytest.mark.parametrize("criterion", CRITERIA)
@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_numbers_of_other_sizes_serve_too(criterion: str, dtype: Any) -> None:
    model, (inputs, labels) = network(), samples()
    wanted = filter_importance(model, inputs, labels, "0", criterion=criterion, **LITTLE)
    found = filter_importance(model.to(dtype), inputs.to(dtype), labels, "0", criterion=criterion, **LITTLE)
    if dtype is torch.float64:
        np.testing.assert_allclose(found.scores, wanted.scores, rtol=1e-3, atol=1e-5)
    assert np.isfinite(found.scores).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"inputs": torch.rand(60, 6, 6)}, r"^inputs: wanted a floating-point tensor, .* got shape \(60, 6, 6\)"),
        ({"inputs": torch.zeros(60, 1, 6, 6, dtype=torch.uint8)}, r"^inputs: .* of torch.uint8"),
        ({"inputs": torch.rand(0, 1, 6, 6)}, r"^inputs: .* got shape \(0, 1, 6, 6\)"),
        ({"inputs": torch.full((60, 1, 6, 6), float("nan"))}, r"^inputs: wanted finite numbers"),
        ({"inputs": np.zeros((60, 1, 6, 6))}, r"^inputs: .* got shape \(60, 1, 6, 6\) of float64"),
        ({"inputs": [[1.0]]}, r"^inputs: .* got list"),
        ({"inputs": torch.rand(60, 2, 6, 6)}, r"^inputs: wanted images that the model takes"),
        ({"inputs": torch.rand(60, 1, 6, 6, dtype=torch.float64)}, r"^inputs: wanted images that the model takes"),
        ({"labels": None}, r"^labels: wanted the label of each image, got none"),
        ({"labels": torch.arange(59) % 3}, r"^labels: wanted one for each of 60 images, got shape \(59,\)"),
        ({"labels": torch.zeros(60, 3)}, r"^labels: wanted one for each of 60 images"),
        ({"labels": torch.rand(60)}, r"^labels: wanted whole numbers from 0 up, got float32"),
        ({"labels": torch.arange(60) % 3 - 1}, r"^labels: wanted whole numbers from 0 up"),
        ({"labels": torch.ones(60, dtype=torch.long)}, r"^labels: wanted at least two classes, got only 1"),
        ({"labels": torch.arange(60) % 4}, r"^model: wanted a logit for each of 4 labels, got \(1, 3\)"),
        ({"labels": [[0], [1, 2]]}, r"^labels: wanted an array"),
        ({"layer": "6"}, r"^layer: wanted a convolution .* got '6', a Linear"),
        ({"layer": "conv"}, r"^layer: "),
        ({"criterion": "l2"}, r"^criterion: wanted one of usable_information, "),
        ({"criterion": ["l1"]}, r"^criterion: wanted one of"),
        ({"settings": CriterionSettings(), "samples": 3}, r"^options: wanted none where settings are given"),
        ({"model": "resnet"}, r"^model: wanted a torch.nn.Module, got str"),
        ({"model": nn.Linear(3, 3)}, r"^inputs|^layer"),
    ],
)
def test_what_cannot_be_used_is_refused_in_words(change: dict[str, Any], message: str) -> None:
    inputs, labels = samples()
    given = {"model": network(), "inputs": inputs, "labels": labels, "layer": "0", "criterion": "taylor", **change}
    jaxtyping.config.update("jaxtyping_disable", True)  # or the type checker of the tests stands before it
    try:
        with pytest.raises(InputError, match=message):
            filter_importance(**given)
    finally:
        jaxtyping.config.update("jaxtyping_disable", False)


def test_a_network_that_gives_no_logits_is_refused() -> None:
    inputs, labels = samples()
    for model in (nn.Sequential(nn.Conv2d(1, 4, 3)), nn.Sequential(nn.Conv2d(1, 4, 3), nn.LSTM(4, 3))):
        with pytest.raises(InputError, match=r"^model: wanted a logit for each of 3 labels|^inputs"):
            filter_importance(model, inputs, labels, "0", criterion="taylor")
    assert filter_importance(nn.Sequential(nn.Conv2d(1, 4, 3)), inputs, None, "0", criterion="apoz").scores.shape == (
        4,
    )
