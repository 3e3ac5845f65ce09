from typing import Any

import numpy as np
import pytest
import torch

from sightbits.networks.observing.gaps import Gap
from sightbits.networks.observing.targets import class_numbers


@pytest.mark.parametrize(
    ("target", "numbers"),
    [
        (torch.tensor([2, 0, 1]), [2, 0, 1]),
        (torch.tensor([[2], [0], [1]]), [2, 0, 1]),
        (torch.tensor([1.0, 0.0, 1.0], dtype=torch.bfloat16, requires_grad=True), [1, 0, 1]),
        (torch.tensor([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]), [2, 0, 1]),
        (torch.tensor([True, False, True]), [1, 0, 1]),
        (np.array([2, 0, 1], dtype=np.uint8), [2, 0, 1]),
        (["cat", "ant", "bee"], [2, 0, 1]),
        ((2, 0, 1), [2, 0, 1]),
    ],
)
def test_classes(target: Any, numbers: list[int]) -> None:
    found = class_numbers(target, 3)
    assert isinstance(found, np.ndarray)
    assert found.dtype == np.int64
    assert found.tolist() == numbers


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        (torch.tensor([0, 1]), "there are 2 labels and 3 images"),
        (torch.tensor([0.2, 1.0, 0.0]), "real numbers, not classes"),
        (torch.tensor([0.0, 1.0, 2.0]), "real numbers, not classes"),
        (torch.tensor([0, 1, -100]), "labels below 0"),
        (torch.full((3, 2), 0.5), "not one class each"),
        (torch.tensor([[1, 1], [0, 1], [1, 0]]), "not one class each"),
        (torch.tensor([[2, -1], [0, 1], [1, 0]]), "not one class each"),
        (np.array([["a", "b"]] * 3), "not one class each"),
        (torch.zeros(3, 4, 4, dtype=torch.int64), r"shape \(3, 4, 4\) are not one class an image"),
        (torch.tensor(1), r"shape \(\) are not one class an image"),
        ([[1], [1, 2], [3]], "cannot be read from list"),
        ({"label": 1}, "cannot be read from dict"),
        (torch.zeros(3, dtype=torch.complex64), "cannot be read from Tensor"),
    ],
)
def test_what_is_no_class(target: Any, reason: str) -> None:
    found = class_numbers(target, 3)
    assert isinstance(found, Gap)
    assert found.kind == "labels"
    with pytest.raises(ValueError, match=reason):
        raise ValueError(found.reason)
