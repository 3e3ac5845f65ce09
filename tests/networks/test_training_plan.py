import json
from typing import Any

import numpy as np
import pytest

from sightbits.core.checks import InputError
from sightbits.networks.training_plan import TrainingPlan


@pytest.mark.parametrize(
    ("n_images", "batch", "steps"), [(10, 3, 3), (12, 3, 4), (2, 3, 1), (3, 3, 1), (1, 3, 1), (7, 1, 7)]
)
def test_an_epoch_is_whole_batches(n_images: int, batch: int, steps: int) -> None:
    plan = TrainingPlan(epochs=1, rate=0.1, batch=batch)
    assert plan.steps_per_epoch(n_images) == steps
    assert plan.batch_of(n_images) == min(n_images, batch)


def test_the_source_has_batches_of_128_and_momentum() -> None:
    plan = TrainingPlan(epochs=10, rate=0.02)
    assert json.loads(json.dumps(plan.document())) == {
        "epochs": 10, "rate": 0.02, "batch": 128, "momentum": 0.95, "seed": 0,
    }  # fmt: skip


@pytest.mark.parametrize(
    "asked",
    [
        {"epochs": 0}, {"epochs": 1001}, {"epochs": True}, {"batch": 0}, {"seed": -1}, {"seed": 2**31 + 1},
        {"rate": 0.0}, {"rate": -0.1}, {"rate": np.inf}, {"rate": np.nan},
        {"momentum": 1.0}, {"momentum": -0.1}, {"momentum": np.nan},
    ],
)  # fmt: skip
def test_settings_out_of_bounds_are_refused(asked: dict[str, Any]) -> None:
    (name,) = asked
    with pytest.raises(InputError, match=f"^{name}: "):
        TrainingPlan(**{"epochs": 1, "rate": 0.1, **asked})


def test_settings_at_their_bounds_are_taken() -> None:
    TrainingPlan(epochs=1, rate=1e-300, batch=1, momentum=0.0, seed=0)
    TrainingPlan(epochs=1000, rate=100.0, momentum=0.999, seed=2**31)
