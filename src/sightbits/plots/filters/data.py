"""The data sets that pictures and page of a study of filters draw, in the unit of the result."""

from typing import Any

import numpy as np
from jaxtyping import Float
from scipy.stats import rankdata

from sightbits.core.result import plain
from sightbits.networks.pruning.criteria.names import INFORMATION_CRITERIA
from sightbits.plots.filters.words import accuracies_of, readable
from sightbits.plots.picture import Rows
from sightbits.plots.words import significant
from sightbits.studies.filters.result import FilterStudy

RED_LINE, CHANCE, ZERO = "mean of all filters", "samples shuffled", "as much as by chance"
_BINS = (8, 32)  # the fewest and most of a histogram


def pruning_rows(study: FilterStudy) -> Rows:
    """Return the data set `pruning`: a row for each criterion and number kept, as pruned and after training on.

    Notes
    -----
    Baselines come first, so that they lie below.
    """
    names = sorted(study.criteria, key=lambda name: name in INFORMATION_CRITERIA)
    rows = []
    for fine_tuned in (False, True) if study.fine_tuned else (False,):
        accuracy = accuracies_of(study, fine_tuned=fine_tuned)
        for name in names:
            for place, kept in enumerate(study.kept):
                band = _with_band("accuracy", accuracy[name][:, place], most=1.0)
                rows.append({"criterion": readable(name), "fine_tuned": fine_tuned, "kept": kept, **band})
    return rows


def _with_band(name: str, values: Float[np.ndarray, "seeds"], *, most: float = np.inf) -> dict[str, float | None]:
    """The mean over networks, and one standard deviation below and above; None with one network."""
    mean, std = float(values.mean()), float(values.std(ddof=1)) if len(values) > 1 else np.nan
    low, high = mean - std, min(mean + std, most) if np.isfinite(std) else np.nan
    return {name: significant(mean), f"{name}_low": significant(low), f"{name}_high": significant(high)}


def filter_rows(study: FilterStudy) -> Rows:
    """Return the data set `filters`: what each filter of each network tells, and what shuffled samples give."""
    unit, rows = study.unit, []
    for i, figures in enumerate(study.figures):
        of_input, of_label = figures.input_information, figures.label_information
        if of_label is None:
            continue
        columns = {
            "input": of_input.value,
            "input_null": of_input.null_mean,
            "label": of_label.value,
            "label_null": of_label.null_mean,
        }
        in_unit = {name: unit.from_nats(values) for name, values in columns.items()}
        for k in range(study.n_filters):
            told = {name: significant(values[k]) for name, values in in_unit.items()}
            rows.append({"network": i + 1, "filter": k, **told})
    return rows


def bin_rows(study: FilterStudy) -> Rows:
    """Return the data set `bins`: how many filters of all networks have an objective from `low` to `high`."""
    rows: Rows = []
    for figure, values in {"objective": study.objective, "excess": study.excess_objective}.items():
        of_all = study.unit.from_nats(values.ravel())
        edges = np.histogram_bin_edges(of_all, bins="auto")
        counts, edges = np.histogram(of_all, bins=int(np.clip(len(edges) - 1, *_BINS)))
        rows += [
            {"figure": figure, "low": significant(low), "high": significant(high), "filters": int(count)}
            for low, high, count in zip(edges[:-1], edges[1:], counts, strict=True)
        ]
    return rows


def line_rows(study: FilterStudy) -> Rows:
    """Return the data set `lines`: where the red line and chance lie in the histograms."""
    line = study.red_line
    places = [("objective", RED_LINE, line.value), ("objective", CHANCE, line.chance), ("excess", ZERO, 0.0)]
    return [
        {"figure": figure, "line": name, "value": significant(study.unit.from_nats(value))}
        for figure, name, value in places
    ]


def step_rows(study: FilterStudy) -> Rows:
    """Return the data set `steps`: what was tested at each step of each rule in each network."""
    unit, rows = study.unit, []
    for rule, each in study.width.items():
        for i, found in enumerate(each):
            for number, step in enumerate(found.steps, start=1):
                numbers = {
                    "information": step.information,
                    "null": step.null_mean,
                    "null_low": step.null_mean - step.null_std,
                    "null_high": step.null_mean + step.null_std,
                }
                row: dict[str, Any] = {"rule": rule, "network": i + 1, "step": number, "filter": step.filter}
                row |= {name: significant(unit.from_nats(value)) for name, value in numbers.items()}
                rows.append(row | {"p_value": significant(step.p_value), "accepted": step.accepted})
    return rows


def agreement_of(study: FilterStudy) -> Float[np.ndarray, "criteria criteria"]:
    """Return how far every two criteria order filters alike: Spearman's rank correlation, averaged over networks.

    Notes
    -----
    NaN where a criterion finds all filters of every network equally important.
    """
    n = len(study.criteria)
    found = np.full((len(study.accuracy), n, n), np.nan)
    for i in range(len(study.accuracy)):
        ranks = np.array([rankdata(scores[i]) for scores in study.importance.values()], dtype=np.float64)
        apart = ranks - ranks.mean(axis=1, keepdims=True)
        size = np.sqrt((apart**2).sum(axis=1))
        with np.errstate(invalid="ignore", divide="ignore"):
            found[i] = np.clip(apart @ apart.T / np.outer(size, size), -1, 1)
    known = np.isfinite(found)
    total = np.where(known, found, 0.0).sum(axis=0)
    return np.where(known.any(axis=0), total / np.maximum(known.sum(axis=0), 1), np.nan)


def agreement_rows(study: FilterStudy) -> Rows:
    """Return the data set `agreement`: a row for every two criteria."""
    names = [readable(name) for name in study.criteria]
    correlation = agreement_of(study)
    return [
        {"first": first, "second": second, "correlation": significant(np.round(correlation[i, k], 3))}
        for i, first in enumerate(names)
        for k, second in enumerate(names)
    ]


def sweep_rows(study: FilterStudy) -> Rows:
    """Return the data set `sweep`: a row a number of filters; none where no others were trained."""
    sweep = study.sweep
    if sweep is None:
        return []
    rows = []
    for place, row in enumerate(sweep.rows(study.unit)):
        bands = _with_band("accuracy", sweep.accuracy[:, place], most=1.0)
        bands |= _with_band("information", study.unit.from_nats(sweep.input_information[:, place]))
        bands |= _with_band("redundancy", 100 * sweep.redundancy[:, place])
        rest = {
            "information_null": row["input_information_null"],
            "redundancy_null": row["redundancy_percent_null"],
            "ceiling": row["input_entropy"],
            "saturated": row["saturated"],
        }
        rows.append({"n_filters": row["n_filters"], **bands, **{name: significant(v) for name, v in rest.items()}})
    return rows


def data_sets(study: FilterStudy) -> dict[str, Rows]:
    """Return all data sets by name."""
    sets = {
        "pruning": pruning_rows(study),
        "bins": bin_rows(study),
        "lines": line_rows(study),
        "filters": filter_rows(study),
        "steps": step_rows(study),
        "agreement": agreement_rows(study),
    }
    return plain(sets | ({"sweep": sweep_rows(study)} if study.sweep is not None else {}))
