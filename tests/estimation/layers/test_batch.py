"""What a batch takes, and what it leaves out."""

from typing import Any

import numpy as np
import pytest
import torch

from sightbits.core.checks import InputError
from sightbits.estimation.layers import LayerBatch

ROWS = np.arange(12.0).reshape(4, 3)


def test_what_is_given_is_kept_as_it_is() -> None:
    maps = np.arange(48, dtype=np.float32).reshape(4, 3, 2, 2)
    batch = LayerBatch(
        inputs=[1, 2, 3, 4], labels=list("aabb"), layers={"conv": maps, "out": ROWS}, errors={"out": -ROWS}
    )
    assert batch.n_samples == 4
    assert batch.inputs.tolist() == [[1.0], [2.0], [3.0], [4.0]]
    assert batch.layers["conv"] is maps
    assert list(batch.layers) == ["conv", "out"]
    assert (batch.errors["out"] == -ROWS).all()
    assert batch.labels.tolist() == list("aabb")
    assert [batch.n_maps(name) for name in batch.layers] == [3, 1]
    with pytest.raises(TypeError):
        batch.layers["fc"] = ROWS  # type: ignore[index]


def test_tensors_are_read() -> None:
    batch = LayerBatch(inputs=torch.ones(3, 2), labels=torch.tensor([0, 1, 1]), layers={"out": torch.eye(3)})
    assert batch.layers["out"].tolist() == np.eye(3).tolist()
    assert batch.labels.tolist() == [0, 1, 1]
    with pytest.raises(InputError, match=r"layers, out: wanted an array, got .*requires grad.*detach\(\)"):
        LayerBatch(inputs=torch.ones(3, 2), layers={"out": torch.eye(3, requires_grad=True)})


def test_layers_that_are_not_finite_are_named_and_left_out() -> None:
    spoiled, endless = ROWS.copy(), ROWS.copy()
    spoiled[1, 2], endless[0, 0] = np.nan, np.inf
    batch = LayerBatch(
        inputs=ROWS,
        labels=[0, 0, 1, 1],
        layers={"first": ROWS, "second": spoiled, "third": ROWS, "last": endless},
        errors={"first": ROWS, "second": ROWS, "third": endless},
    )
    with pytest.raises(InputError, match=r"layers, second: wanted finite numbers.*Training has diverged"):
        batch.check_finite()
    usable, dropped = batch.usable()
    assert dropped == {"second": "its values are not finite", "last": "its values are not finite"}
    assert list(usable.layers) == ["first", "third"]
    assert list(usable.errors) == ["first"]
    assert usable.labels.tolist() == [0, 0, 1, 1]
    usable.check_finite()
    assert list(batch.layers) == ["first", "second", "third", "last"]
    with pytest.raises(InputError, match="errors, third: wanted finite numbers"):
        LayerBatch(inputs=ROWS, layers={"third": ROWS}, errors={"third": endless}).check_finite()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"inputs": ROWS[:1], "layers": {}}, "inputs: wanted two samples or more, got 1"),
        ({"inputs": np.float64(1)}, "inputs: wanted real numbers, a row a sample, got float64 of shape ()"),
        ({"inputs": ROWS * 1j}, "inputs: wanted real numbers"),
        ({"inputs": np.where(ROWS > 5, np.nan, ROWS)}, "inputs: wanted finite numbers"),
        ({"inputs": [[1.0, 2.0], [3.0]]}, "inputs: wanted an array"),
        ({"layers": {"out": ROWS[:3]}}, "layers, out: wanted 4 samples, as the inputs have, got 3"),
        ({"layers": {"out": np.array(list("abcd"))}}, "layers, out: wanted real numbers"),
        ({"layers": {"out": np.zeros((4, 0))}}, "layers, out: wanted real numbers"),
        ({"errors": {"out": ROWS[:, :2]}}, "errors, out: wanted the shape of what that layer gave, got (4, 2)"),
        ({"errors": {"fc": ROWS}}, "errors, fc: wanted the shape of what that layer gave, got (4, 3)"),
        ({"errors": {"out": ROWS[:2]}}, "errors, out: wanted 4 samples, as the inputs have, got 2"),
        ({"labels": [0, 1, 1]}, "labels: wanted 4 samples, as the inputs have, got 3"),
        ({"labels": np.eye(4)}, "labels: wanted one label a sample, (n,), got (4, 4)"),
        ({"labels": 3}, "labels: wanted one label a sample, (n,), got ()"),
    ],
)
def test_what_is_no_batch_is_refused(change: dict[str, Any], message: str) -> None:
    given: dict[str, Any] = {"inputs": ROWS, "layers": {"out": ROWS}}
    with pytest.raises(InputError) as raised:
        LayerBatch(**{**given, **change})
    assert str(raised.value).startswith(message)
