"""What settings are by default, and what they cannot be."""

from typing import Any

import pytest

from sightbits.core.checks import InputError
from sightbits.estimation.layers import LayerSettings


def test_by_default_they_are_those_of_the_source() -> None:
    settings = LayerSettings()
    assert (settings.kernel_size, settings.maps, settings.alpha) == ("paper", "product", 1.01)
    assert (settings.layer_width, settings.error_width) == (5.0, 0.1)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("kernel_size", "silverman"), ("maps", "sum"), ("label_kernel", "one_hot"), ("shuffles", -1), ("pairs", -5),
        ("seed", -1), ("seed", True), ("alpha", 0.0), ("alpha", -1.0), ("alpha", float("nan")), ("alpha", float("inf")),
        ("layer_width", 0.0), ("layer_width", float("inf")), ("error_width", -0.1), ("memory", 1.0), ("memory", -0.1),
        ("memory", float("nan")),
    ],
)  # fmt: skip
def test_what_is_none_of_them_is_refused(name: str, value: Any) -> None:
    with pytest.raises(InputError, match=f"^{name}: wanted "):
        LayerSettings(**{name: value})


def test_edges_are_taken() -> None:
    settings = LayerSettings(shuffles=0, pairs=0, memory=0.0, seed=0, alpha=1e-3)
    assert (settings.shuffles, settings.pairs, settings.memory) == (0, 0, 0.0)
