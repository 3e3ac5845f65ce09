"""The data sets that pictures and page of information through a network draw, in the unit of the result."""

from typing import Any

import numpy as np

from sightbits.core.result import plain
from sightbits.plots.picture import Rows
from sightbits.plots.words import significant
from sightbits.studies.information_flow import FlowTrace, InformationFlow
from sightbits.studies.information_flow.documents import MOSTLY
from sightbits.studies.information_flow.documents import layer_rows as information_rows
from sightbits.studies.information_flow.documents import pair_rows as redundancy_rows
from sightbits.studies.information_flow.traces import ERROR, INPUT, LABEL, mean_of, std_of

_CHAINS = {"input": INPUT, "label": LABEL, "error": ERROR}


def layer_rows(result: InformationFlow) -> Rows:
    """Return the data set `layers`: a row for each kernel, look and layer."""
    return [row for kernel, trace in result.traces.items() for row in _layers_of(result, kernel, trace)]


def _layers_of(result: InformationFlow, kernel: str, trace: FlowTrace) -> Rows:
    label_std = result.unit.from_nats(std_of(trace.excess(LABEL), axis=0))
    rows = []
    for row in information_rows(trace, result.unit):
        look, place = trace.steps.index(row["step"]), trace.place(row["layer"])
        found: dict[str, Any] = {
            "kernel": kernel,
            "look": look,
            "step": row["step"],
            "layer": row["layer"],
            "weights": row["layer"] in result.chain,
        }
        for short, name in _CHAINS.items():
            found[short] = significant(row[name])
            found[f"{short}_null"] = significant(row[f"{name}_null"])
            found[f"{short}_std"] = significant(row[f"{name}_std"])
            found[f"{short}_saturated"] = bool(row[f"{name}_saturated"] > MOSTLY)
        found["label_excess"] = significant(row[f"{LABEL}_excess"])
        found["label_excess_std"] = significant(label_std[look, place])
        rows.append(found)
    return rows


def pair_rows(result: InformationFlow) -> Rows:
    """Return the data set `pairs`: a row for each kernel, look and convolution, the untrained at scale among them.

    Notes
    -----
    `low` and `high` are a standard deviation over seeds apart from the mean; with one seed, the standard error of
    having drawn pairs.
    """
    several = result.settings.seeds > 1
    rows = []
    for kernel, trace in {**result.traces, "rescaled": result.rescaled}.items():
        for row in redundancy_rows(trace, result.convolutions, result.unit):
            apart = row["percent_std" if several else "standard_error"]
            wide = row["non_redundant_input_std"]
            value = row["non_redundant_input"]
            found = {
                "percent": row["percent"],
                "percent_low": row["percent"] - apart,
                "percent_high": row["percent"] + apart,
                "percent_null": row["percent_null"],
                "about_input": value,
                "about_input_low": value - wide,
                "about_input_high": value + wide,
                "about_input_null": row["non_redundant_input_null"],
                "about_label": row["non_redundant_label"],
                "about_label_null": row["non_redundant_label_null"],
            }
            rows.append(
                {
                    "kernel": kernel,
                    "look": trace.steps.index(row["step"]),
                    "step": row["step"],
                    "layer": row["layer"],
                    **{name: significant(number) for name, number in found.items()},
                }
            )
    return rows


def look_rows(result: InformationFlow) -> Rows:
    """Return the data set `looks`: accuracy and loss at each look, and the information that input and label hold."""
    accuracy, std = mean_of(result.accuracy, axis=0), std_of(result.accuracy, axis=0)
    loss = result.unit.from_nats(mean_of(result.loss, axis=0))
    loss_std = result.unit.from_nats(std_of(result.loss, axis=0))
    columns = {
        "accuracy": accuracy,
        "accuracy_low": accuracy - std,
        "accuracy_high": np.minimum(accuracy + std, 1),
        "loss": loss,
        "loss_low": loss - loss_std,
        "loss_high": loss + loss_std,
        "input_entropy": result.unit.from_nats(mean_of(mean_of(result.main.input_entropy, axis=2), axis=0)),
    }
    return [
        {
            "look": look,
            "step": step,
            "epoch": significant(step / result.steps_per_epoch),
            **{name: significant(values[look]) for name, values in columns.items()},
        }
        for look, step in enumerate(result.steps)
    ]


def data_sets(result: InformationFlow) -> dict[str, Rows]:
    """Return all data sets by name."""
    sets = {"layers": layer_rows(result), "looks": look_rows(result)}
    return plain(sets | ({"pairs": pair_rows(result)} if result.convolutions else {}))
