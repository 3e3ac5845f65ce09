"""What a study of filters found, part by part, as documents and as rows of tables."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from sightbits.core.units import Unit
from sightbits.estimation.filters import FilterSelection
from sightbits.studies.filters.settings import FilterSettings

if TYPE_CHECKING:
    from sightbits.studies.filters.result import FilterStudy, PrunedCost

Document = dict[str, Any]
_COSTS = ("parameters", "flops", "latency_ms")


def settings_document(settings: FilterSettings) -> Document:
    """Return what was asked for, with what was left to the network filled in."""
    plan = settings.plan(0)
    tuned = settings.fine_tuning_plan(0).rate if settings.fine_tune else None
    names = ("fine_tune", "seeds", "beta", "samples", "images", "width_images", "shuffles", "permutations")
    return {
        **settings.network.document(),
        **plan.document(),
        **{name: getattr(settings, name) for name in (*names, "significance")},
        "layer": settings.studied,
        "keep": settings.kept,
        "criteria": settings.chosen_criteria,
        "fine_tune_rate": tuned,
        "sweep": list(settings.sweep),
        "seed": settings.seed,
    }


def width_document(width: Mapping[str, tuple[FilterSelection, ...]], unit: Unit) -> Document:
    """Return what each rule found: the median number over networks, and how it came to that in the first."""
    return {
        method: {
            "n_filters": float(np.median([found.n_filters for found in each])),
            "n_filters_of_seeds": [found.n_filters for found in each],
            "stopped_by": [found.stopped_by for found in each],
            "trace": each[0].rows(unit),
            "traces": [found.rows(unit) for found in each],
        }
        for method, each in width.items()
    }


def width_rows(width: Mapping[str, tuple[FilterSelection, ...]], unit: Unit, seed: int) -> list[Document]:
    """Return a row for each rule, network and step."""
    return [
        {"method": method, "seed": seed + i, "step": step, **row, "tie_share": row.get("tie_share")}
        for method, each in width.items()
        for i, found in enumerate(each)
        for step, row in enumerate(found.rows(unit), start=1)
    ]


def pruning_rows(study: "FilterStudy") -> list[Document]:
    """Return a row for each criterion, number of filters kept and network."""
    return [
        {
            "criterion": name,
            "kept": kept,
            "seed": study.settings.seed + i,
            "accuracy": float(study.pruned_accuracy[name][i, place]),
            "accuracy_fine_tuned": float(study.fine_tuned_accuracy[name][i, place]) if study.fine_tuned else None,
        }
        for name in study.criteria
        for place, kept in enumerate(study.kept)
        for i in range(len(study.accuracy))
    ]


def summary_rows(study: "FilterStudy") -> list[Document]:
    """Return a row for each criterion and number of filters kept: mean and spread over networks."""
    rows = []
    for name in study.criteria:
        for place, kept in enumerate(study.kept):
            row: Document = {"criterion": name, "kept": kept}
            row |= _mean_and_spread("accuracy", study.pruned_accuracy[name][:, place])
            row |= _mean_and_spread("accuracy_fine_tuned", study.fine_tuned_accuracy[name][:, place])
            rows.append(row)
    return rows


def _mean_and_spread(name: str, values: Any) -> Document:
    spread = float(values.std(ddof=1)) if len(values) > 1 else float("nan")
    return {name: float(values.mean()), f"{name}_std": spread}


def information_document(study: "FilterStudy") -> Document:
    """Return what single filters tell, with chance beside it, of each network."""
    unit = study.unit
    columns: Document = {"objective": unit.from_nats(study.objective)}
    columns["excess_objective"] = unit.from_nats(study.excess_objective)
    for name in ("input_information", "label_information"):
        estimates = [getattr(figures, name) for figures in study.figures]
        columns[name] = unit.from_nats(np.array([estimate.value for estimate in estimates]))
        columns[f"{name}_null"] = unit.from_nats(np.array([estimate.null_mean for estimate in estimates]))
        columns[f"{name}_null_std"] = unit.from_nats(np.array([estimate.null_std for estimate in estimates]))
        columns[f"{name}_saturated"] = [estimate.saturated for estimate in estimates]
    columns["spread"] = np.array([figures.spread for figures in study.figures])
    columns["input_entropy"] = [float(unit.from_nats(figures.input_entropy)) for figures in study.figures]
    columns["label_entropy"] = [float(unit.from_nats(figures.label_entropy)) for figures in study.figures]
    return {"n_samples": study.figures[0].n_samples, "estimator": "matrix_renyi", **columns}


def importance_rows(study: "FilterStudy") -> list[Document]:
    """Return a row for each network and filter: what it tells, and how important each criterion finds it."""
    information = information_document(study)
    names = ("input_information", "input_information_null", "label_information", "label_information_null",
             "objective", "excess_objective")  # fmt: skip
    return [
        {
            "seed": study.settings.seed + i,
            "filter": k,
            **{name: float(np.asarray(information[name][i])[k]) for name in names},
            **{name: float(scores[i, k]) for name, scores in study.importance.items()},
        }
        for i in range(len(study.accuracy))
        for k in range(study.n_filters)
    ]


def cost_rows(costs: Sequence["PrunedCost"]) -> list[Document]:
    """Return a row for the whole network and each pruned one."""
    return [
        {
            "kept": cost.kept,
            "parameters": cost.parameters,
            "flops": cost.flops,
            "latency_ms": 1000 * cost.latency,
            "latency_images": cost.n_images,
        }
        for cost in costs
    ]


def cost_document(costs: Sequence["PrunedCost"]) -> Document:
    """Return what the whole network costs, the smallest pruned one, and all between."""
    rows = cost_rows(costs)
    return {
        **{name: {"before": rows[0][name], "after": rows[-1][name]} for name in _COSTS},
        "kept": {"before": rows[0]["kept"], "after": rows[-1]["kept"]},
        "each": rows,
    }
