"""What was found of a network comes back from a record as it was."""

import json
from dataclasses import asdict

import numpy as np

from sightbits.core.estimate import Estimate
from sightbits.estimation.filters import FilterFigures, FilterSelection, SelectionStep
from sightbits.studies.filters.outcome import Outcome, read_outcome


def estimate(first: float) -> Estimate:
    rows = {name: np.array([first + k, np.nan, 1 / 3]) for k, name in enumerate(("value", "null_mean", "null_std"))}
    return Estimate(
        **rows, estimator="renyi", n_samples=9, saturated=np.array([True, False, True]), null="permutation",
        p_value=np.array([0.1, 0.2, np.inf]), n_permutations=3, warnings=("ties",), family_wise_p=np.arange(3) / 7,
        standard_error=np.arange(3) / 11,
    )  # fmt: skip


def test_a_record_gives_back_every_bit() -> None:
    step = SelectionStep(filter=3, information=0.1, null_mean=np.nan, null_std=0.3, p_value=0.4, accepted=True)
    figures = FilterFigures(
        n_samples=9, input_entropy=0.1, label_entropy=np.nan, input_information=estimate(0.7),
        label_information=estimate(0.2), spread=np.array([1e-300, 1 / 3, 2.0]),
    )  # fmt: skip
    selection = FilterSelection(
        method="cmi_permutation", chosen=(3, 1), steps=(step, step), n_samples=8, significance=0.05, permutations=19,
        stopped_by="test",
    )  # fmt: skip
    outcome = Outcome(
        accuracy=1 / 7, figures=figures, importance={"l1": np.array([0.1, np.nan])}, pruned={"l1": np.array([0.2])},
        fine_tuned={"l1": np.array([np.nan])}, width={"cmi_permutation": selection},
    )  # fmt: skip
    again = read_outcome(json.loads(json.dumps(outcome.document())))
    np.testing.assert_equal(asdict(again), asdict(outcome))
    assert again.figures.input_information.saturated.dtype == bool
    assert type(again.width["cmi_permutation"].steps[0]) is SelectionStep
    assert again.figures.input_information.unit is outcome.figures.input_information.unit
