"""What a study of information flow found, part by part, as documents and as rows of tables."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from sightbits.core.units import Unit
from sightbits.studies.information_flow.inequalities import Inequalities
from sightbits.studies.information_flow.settings import FlowSettings
from sightbits.studies.information_flow.traces import (
    ERROR,
    INPUT,
    LABEL,
    NON_REDUNDANT_INPUT,
    NON_REDUNDANT_LABEL,
    REDUNDANCY,
    FlowTrace,
    mean_of,
)

Document = dict[str, Any]

MOSTLY = 0.5  # of seeds and probes, or of a curve
NOTHING = 1e-3  # nats: of less no share is told
LEAST_MOVE = 0.01 * Unit.BIT.nats


def trace_document(trace: FlowTrace, layers: Sequence[str], convolutions: Sequence[str], unit: Unit) -> Document:
    """Return chains, planes and pairs of what was measured, averaged over seeds and probes."""
    return {
        "forward": _chain(trace, INPUT, len(layers), unit),
        "backward_layers": list(layers[:-1]),
        "backward": _chain(trace, ERROR, len(layers) - 1, unit),
        "plane": _plane(trace, unit),
        "redundancy_synergy": [
            {name: row[name] for name in ("step", "layer", "percent", "standard_error", "n_pairs", "n_all_pairs",
             "percent_std", "percent_null", "non_redundant_percent", "saturated_share", "n_undefined")}
            for row in pair_rows(trace, convolutions, unit)
        ],
        "input_entropy": unit.from_nats(mean_of(mean_of(trace.input_entropy, axis=2), axis=0)),
        "label_entropy": unit.from_nats(mean_of(mean_of(trace.label_entropy, axis=2), axis=0)),
    }  # fmt: skip


def _chain(trace: FlowTrace, name: str, n: int, unit: Unit) -> list[Document]:
    columns = {
        "mutual_information": trace.mean(name),
        "std": trace.std(name),
        "null": trace.mean(f"{name}_null"),
        "null_std": trace.mean(f"{name}_null_std"),
        "excess": trace.mean(f"{name}_excess"),
    }
    saturated = trace.mean(f"{name}_saturated")
    return [
        {
            "step": step,
            **{key: unit.from_nats(values[k, :n]) for key, values in columns.items()},
            "saturated": [None if np.isnan(share) else bool(share > MOSTLY) for share in saturated[k, :n]],
        }
        for k, step in enumerate(trace.steps)
    ]


_PLANE = {"i_xt": INPUT, "i_ty": LABEL, "wnr_x": NON_REDUNDANT_INPUT, "wnr_y": NON_REDUNDANT_LABEL}


def _plane(trace: FlowTrace, unit: Unit) -> list[Document]:
    means = {
        key: values
        for short, name in _PLANE.items()
        for key, values in ((short, trace.mean(name)), (f"{short}_null", trace.mean(f"{name}_null")))
    }
    return [
        {"step": step, "layer": layer, **{key: float(unit.from_nats(values[k, i])) for key, values in means.items()}}
        for k, step in enumerate(trace.steps)
        for i, layer in enumerate(trace.layers)
    ]


def layer_rows(trace: FlowTrace, unit: Unit) -> list[Document]:
    """Return a row for each step and layer: information with its null, averaged over seeds and probes."""
    columns = {
        key: values
        for name in (INPUT, LABEL, ERROR)
        for key, values in (
            (name, trace.mean(name)),
            (f"{name}_std", trace.std(name)),
            (f"{name}_null", trace.mean(f"{name}_null")),
            (f"{name}_excess", trace.mean(f"{name}_excess")),
        )
    }
    saturated = {name: trace.mean(name) for name in (f"{INPUT}_saturated", f"{LABEL}_saturated", f"{ERROR}_saturated")}
    return [
        {
            "step": step,
            "layer": layer,
            **{key: float(unit.from_nats(values[k, i])) for key, values in columns.items()},
            **{key: float(shares[k, i]) for key, shares in saturated.items()},
        }
        for k, step in enumerate(trace.steps)
        for i, layer in enumerate(trace.layers)
    ]


def pair_rows(trace: FlowTrace, convolutions: Sequence[str], unit: Unit) -> list[Document]:
    """Return a row for each step and layer of maps: how redundant pairs of them are."""
    in_percent = {
        "percent": trace.mean(REDUNDANCY),
        "percent_std": trace.std(REDUNDANCY),
        "standard_error": trace.mean(f"{REDUNDANCY}_standard_error"),
        "percent_null": trace.mean(f"{REDUNDANCY}_null"),
    }
    in_unit = {
        key: values
        for name in (NON_REDUNDANT_INPUT, NON_REDUNDANT_LABEL)
        for key, values in (
            (name, trace.mean(name)),
            (f"{name}_std", trace.std(name)),
            (f"{name}_null", trace.mean(f"{name}_null")),
        )
    }
    plain_columns = {name: trace.mean(name) for name in ("n_pairs", "n_all_pairs", "n_undefined", "saturated_share")}
    rows = []
    for k, step in enumerate(trace.steps):
        for layer in convolutions:
            i = trace.place(layer)
            row: Document = {"step": step, "layer": layer}
            row |= {key: 100 * float(values[k, i]) for key, values in in_percent.items()}
            row["non_redundant_percent"] = 100 - row["percent"]
            row |= {key: float(unit.from_nats(values[k, i])) for key, values in in_unit.items()}
            row |= {key: float(values[k, i]) for key, values in plain_columns.items()}
            rows.append(row)
    return rows


def dpi_document(both: Mapping[str, Inequalities], unit: Unit) -> Document:
    """Return how many inequalities of both chains do not hold, and how many do not where samples are shuffled."""
    return {
        f"{way}_{name}": value
        for way, one in both.items()
        for name, value in (
            ("violations", one.n_violations),
            ("inequalities", one.n_inequalities),
            ("null_violations", one.n_null_violations),
            ("largest_rise", float(unit.from_nats(one.largest_rise))),
        )
    }


def inequality_row(one: Inequalities, unit: Unit) -> Document:
    """Return the single numbers of one chain."""
    return {
        "layers": " ".join(one.layers),
        "n_inequalities": one.n_inequalities,
        "n_violations": one.n_violations,
        "n_null_violations": one.n_null_violations,
        "largest_rise": float(unit.from_nats(one.largest_rise)),
    }


def settings_document(settings: FlowSettings, n_samples: int) -> Document:
    """Return what was asked for, with what was left to the network filled in."""
    layers = asdict(settings.layer_settings)
    layers.pop("seed")
    return {
        **settings.network.document(),
        **settings.plan(0).document(),
        **layers,
        "seeds": settings.seeds,
        "looks": settings.looks,
        "probes": settings.probes,
        "samples": n_samples,
        "seed": settings.seed,
    }
