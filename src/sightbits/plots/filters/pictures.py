"""Whole pictures of a study of filters, as they stand in a notebook or a file."""

from collections.abc import Callable
from typing import Any, get_args

import altair as alt

from sightbits.core.checks import check_choice
from sightbits.plots.filters.accuracy import accuracy_chart
from sightbits.plots.filters.agreement import agreement_chart
from sightbits.plots.filters.data import data_sets
from sightbits.plots.filters.responses import responses_chart, responses_of, strip_rows
from sightbits.plots.filters.singles import Figure, objective_chart, parts_chart
from sightbits.plots.filters.width import steps_chart, sweep_chart
from sightbits.plots.filters.words import finding_parts
from sightbits.plots.picture import Picture, Rows
from sightbits.studies.filters.result import FilterStudy

SWEPT = ("accuracy", "information", "redundancy")


def main_picture(study: FilterStudy, kind: str = "pruning") -> Picture:
    """Return one picture of the study: by default accuracy against filters kept."""
    makers = _makers(study)
    return makers[check_choice("kind", kind, makers)](study, data_sets(study))


def all_pictures(study: FilterStudy) -> dict[str, Picture]:
    """Return every picture of a study of filters by name."""
    sets = data_sets(study)
    return {name: make(study, sets) for name, make in _makers(study).items()}


def _makers(study: FilterStudy) -> dict[str, Callable[[FilterStudy, dict[str, Rows]], Picture]]:
    makers: dict[str, Callable[[FilterStudy, dict[str, Rows]], Picture]] = {
        "pruning": _pruning,
        "width": _width,
        "objective": _objective,
        "information": _information,
        "agreement": _agreement,
        "responses": _responses,
    }
    return makers | ({"sweep": _sweep} if study.sweep is not None else {})


def _pruning(study: FilterStudy, sets: dict[str, Rows]) -> Picture:
    charts = [accuracy_chart(study, fine_tuned=tuned) for tuned in ((False, True) if study.fine_tuned else (False,))]
    *first, last = finding_parts(study)
    title = alt.Title([*(f"{part};" for part in first), last])
    return _picture(alt.hconcat(*charts, title=title), sets, "pruning")


def _width(study: FilterStudy, sets: dict[str, Rows]) -> Picture:
    return _picture(alt.hconcat(*(steps_chart(study, rule, sets["steps"]) for rule in study.width)), sets, "steps")


def _objective(study: FilterStudy, sets: dict[str, Rows]) -> Picture:
    both = alt.hconcat(*(objective_chart(study, figure) for figure in get_args(Figure)))
    return _picture(both.resolve_scale(color="independent"), sets, "bins", "lines")


def _information(study: FilterStudy, sets: dict[str, Rows]) -> Picture:
    return _picture(parts_chart(study, sets["filters"]), sets, "filters")


def _agreement(study: FilterStudy, sets: dict[str, Rows]) -> Picture:
    return _picture(agreement_chart(study), sets, "agreement")


def _responses(study: FilterStudy, sets: dict[str, Rows]) -> Picture:
    responses = responses_of(study)
    rows = strip_rows(responses)
    return _picture(responses_chart(study, responses, rows), {"strips": rows}, "strips")


def _sweep(study: FilterStudy, sets: dict[str, Rows]) -> Picture:
    return _picture(alt.hconcat(*(sweep_chart(study, field, sets["sweep"]) for field in SWEPT)), sets, "sweep")


def _picture(chart: Any, sets: dict[str, Rows], *names: str) -> Picture:
    return Picture(chart=chart, datasets={name: sets[name] for name in names}).dressed()
