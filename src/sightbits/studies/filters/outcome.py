"""What was found of one network, and the same as a document that a record can hold."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from sightbits.core.estimate import Estimate
from sightbits.core.units import Unit
from sightbits.estimation.filters import FilterFigures, FilterSelection, SelectionStep


@dataclass(frozen=True, eq=False, kw_only=True)
class Outcome:
    """What was found of one network."""

    accuracy: float
    figures: FilterFigures
    importance: Mapping[str, Float[np.ndarray, "filters"]]
    pruned: Mapping[str, Float[np.ndarray, "kept"]]
    fine_tuned: Mapping[str, Float[np.ndarray, "kept"]]
    width: Mapping[str, FilterSelection]

    def document(self) -> dict[str, Any]:
        """Return all of it as lists, numbers and words, to the last bit."""
        return json.loads(json.dumps(asdict(self), default=lambda array: array.tolist()))


def read_outcome(document: dict[str, Any]) -> Outcome:
    """Return what `document` told."""
    return Outcome(
        accuracy=document["accuracy"],
        figures=_figures(document["figures"]),
        importance=_arrays(document["importance"]),
        pruned=_arrays(document["pruned"]),
        fine_tuned=_arrays(document["fine_tuned"]),
        width={method: _selection(one) for method, one in document["width"].items()},
    )


def _figures(document: dict[str, Any]) -> FilterFigures:
    of_label = document["label_information"]
    return FilterFigures(
        **{
            **document,
            "input_information": _estimate(document["input_information"]),
            "label_information": None if of_label is None else _estimate(of_label),
            "spread": np.array(document["spread"], dtype=np.float64),
        }
    )


def _estimate(document: dict[str, Any]) -> Estimate:
    names = ("value", "null_mean", "null_std", "p_value", "family_wise_p", "standard_error")
    return Estimate(
        **{
            **document,
            **_arrays({name: document[name] for name in names}),
            "saturated": np.array(document["saturated"], dtype=bool),
            "warnings": tuple(document["warnings"]),
            "unit": Unit(document["unit"]),
        }
    )


def _selection(document: dict[str, Any]) -> FilterSelection:
    steps = tuple(SelectionStep(**step) for step in document["steps"])
    return FilterSelection(**{**document, "chosen": tuple(document["chosen"]), "steps": steps})


def _arrays(document: dict[str, list[float]]) -> dict[str, np.ndarray]:
    return {name: np.array(values, dtype=np.float64) for name, values in document.items()}
