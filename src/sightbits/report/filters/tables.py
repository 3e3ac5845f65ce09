"""The tables of the page, and of the command line."""

from dataclasses import dataclass

import numpy as np

from sightbits.plots.filters.words import RULES, accuracies_of, found_by, number_words, readable
from sightbits.studies.filters.comparing import leaders_of
from sightbits.studies.filters.documents import cost_rows as costs_of
from sightbits.studies.filters.result import FilterStudy

Rows = tuple[tuple[str, ...], ...]

_NONE = "-"
_STOPPED = {
    "test": "the next filter failed the test",
    "filters": "none were left",
    "samples": "too few images",
    "most": "no more were asked for",
}


@dataclass(frozen=True, kw_only=True)
class Cell:
    """A figure, and whether it is the best of its column, or no worse than that."""

    text: str
    best: bool


def accuracy_cells(study: FilterStudy, *, fine_tuned: bool) -> dict[str, tuple[Cell, ...]]:
    """Return the accuracy of each criterion in percent, a cell a number kept, and which are the best."""
    accuracy = accuracies_of(study, fine_tuned=fine_tuned)
    leaders = [leaders_of(accuracy, place) for place in range(len(study.kept))]
    return {
        name: tuple(
            Cell(text=_percent(values[:, place]), best=name in leaders[place]) for place in range(len(study.kept))
        )
        for name, values in accuracy.items()
    }


def accuracy_head(study: FilterStudy) -> tuple[str, ...]:
    """Return the head of a table of accuracies."""
    return ("criterion", *(f"{kept} kept" for kept in study.kept))


def accuracy_rows(study: FilterStudy, *, fine_tuned: bool) -> Rows:
    """Return the same as plain text; a star marks the best of a column, and those no worse."""
    cells = accuracy_cells(study, fine_tuned=fine_tuned)
    rows = (
        (readable(name), *(f"{cell.text} {'*' if cell.best else ' '}" for cell in of_name))
        for name, of_name in cells.items()
    )
    return (accuracy_head(study), *rows)


def _percent(values: np.ndarray) -> str:
    if np.isnan(values).any():
        return _NONE
    mean = f"{100 * values.mean():.2f}"
    return mean if len(values) == 1 else f"{mean} ± {100 * values.std(ddof=1):.2f}"


def width_rows(study: FilterStudy) -> Rows:
    """Return how many filters each rule finds enough, network by network, and why it stopped."""
    head = ("rule", "enough", "network by network", "images", "stopped because")
    rows = []
    for rule, each in study.width.items():
        stops = dict.fromkeys(found.stopped_by for found in each)
        why = ", ".join(_STOPPED.get(stop, stop) for stop in stops)
        numbers = found_by(study, rule)
        rows.append((RULES[rule], number_words(numbers), ", ".join(map(str, numbers)), f"{each[0].n_samples:,}", why))
    return (head, *rows)


def cost_rows(study: FilterStudy) -> Rows:
    """Return what the network costs whole and pruned, with the share of the whole that is left."""
    costs = costs_of(study.costs)
    whole = costs[0]
    head = ("filters", "parameters", "left", "FLOPs an image", "left", "ms a batch", "left")
    rows = []
    for cost in costs:
        cells = [str(cost["kept"])]
        for name, form in (("parameters", ",.0f"), ("flops", ",.0f"), ("latency_ms", ".2f")):
            cells += [format(cost[name], form), _left(cost[name], whole[name])]
        rows.append(tuple(cells))
    return (head, *rows)


def _left(value: float | int, whole: float | int) -> str:
    return f"{100 * value / whole:.0f} %" if whole else _NONE


def sweep_rows(study: FilterStudy) -> Rows:
    """Return what networks with other numbers of filters do."""
    if study.sweep is None:
        return ()
    unit = study.unit
    head = (
        "filters", "accuracy, %", f"I(X; {{T}}), {unit}s", "shuffled", "H(X)", "redundancy, %", "shuffled",
    )  # fmt: skip
    rows = []
    for place, row in enumerate(study.sweep.rows(unit)):
        told = [_number(row[name], 3) for name in ("input_information", "input_information_null", "input_entropy")]
        repeated = [_number(row[name], 1) for name in ("redundancy_percent", "redundancy_percent_null")]
        rows.append((str(row["n_filters"]), _percent(study.sweep.accuracy[:, place]), *told, *repeated))
    return (head, *rows)


def _number(value: float, decimals: int) -> str:
    return _NONE if np.isnan(value) else f"{value:.{decimals}f}"
