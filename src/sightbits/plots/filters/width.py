"""How many filters are enough: what each rule tested, step by step, and networks of several widths."""

from typing import Any

import altair as alt

from sightbits.estimation.filters import PAPER, REPAIRED
from sightbits.plots.axes import column, domain, span
from sightbits.plots.filters.accuracy import filters_axis
from sightbits.plots.filters.words import RULES, found_by
from sightbits.plots.grid import Layers
from sightbits.plots.picture import Rows
from sightbits.plots.theme import BLUE, GREY, ORANGE
from sightbits.plots.words import capital
from sightbits.studies.filters.result import FilterStudy

WIDTH, HEIGHT = 440, 280
_TESTED = {REPAIRED: "told of the label beyond those chosen", PAPER: "told of the label by the others"}
_SWEEP = {"accuracy": "test accuracy", "information": "I(X; {{T}}), {unit}s", "redundancy": "redundancy - synergy, %"}


def steps_chart(study: FilterStudy, rule: str, rows: Rows) -> Layers:
    """What was tested at each step, beside the same for a permuted filter; a filter that was rejected is hollow.

    `rows` are those of the data set `steps`. The first network stands out; the others are thin.
    """
    own = [row for row in rows if row["rule"] == rule]
    y: dict[str, Any] = {
        "title": f"{_TESTED[rule]}, {study.unit}s",
        "scale": alt.Scale(domain=_domain(rule, own), nice=True, zero=False),
        "axis": alt.Axis(tickCount=5),
    }
    last = max(row["step"] for row in own)
    scale = alt.Scale(domain=[0.5, last + 0.5], nice=False)
    axis = alt.Axis(tickMinStep=1, format="d", grid=False, tickCount=8)
    base = (
        alt.Chart(alt.NamedData("steps"))
        .transform_filter(f"datum.rule === '{rule}'")
        .encode(x=alt.X("step:Q", title="filters tested, one after the other", scale=scale, axis=axis))
    )
    first = base.transform_filter("datum.network === 1")
    value = {"y": alt.Y("information:Q", **y), "tooltip": _tooltip(study)}
    layers = [
        first.mark_area(color=GREY, opacity=0.25).encode(y=alt.Y("null_low:Q", **y), y2="null_high:Q"),
        first.mark_line(color=GREY, strokeWidth=1.6, strokeDash=[4, 3]).encode(y=alt.Y("null:Q", **y)),
        *([_others(base, y)] if len(study.accuracy) > 1 else []),
        first.mark_line(color=BLUE, strokeWidth=1.8).encode(y=value["y"]),
        first.transform_filter("datum.accepted")
        .mark_point(filled=True, size=44, color=BLUE, opacity=1)
        .encode(**value),
        first.transform_filter("!datum.accepted")
        .mark_point(filled=False, size=70, color=ORANGE, strokeWidth=2.2, opacity=1)
        .encode(**value),
    ]
    found = ", ".join(map(str, found_by(study, rule)))
    title = alt.Title(capital(RULES[rule]), subtitle=f"filters chosen, network by network: {found}")
    return alt.layer(*layers, title=title, width=WIDTH, height=HEIGHT)


def _others(base: alt.Chart, y: dict[str, Any]) -> Any:
    return (
        base.transform_filter("datum.network > 1")
        .mark_line(color=BLUE, strokeWidth=1, opacity=0.35)
        .encode(y=alt.Y("information:Q", **y), detail="network:N")
    )


def _domain(rule: str, rows: Rows) -> tuple[float, float]:
    columns = [column(rows, name) for name in ("information", "null_low", "null_high")]
    return domain(*columns) if rule == REPAIRED else span(*columns)


def _tooltip(study: FilterStudy) -> list[alt.Tooltip]:
    return [
        alt.Tooltip("network:Q"),
        alt.Tooltip("step:Q"),
        alt.Tooltip("filter:Q"),
        alt.Tooltip("information:Q", title=f"tested, {study.unit}s", format=".4f"),
        alt.Tooltip("null:Q", title="where it is permuted", format=".4f"),
        alt.Tooltip("p_value:Q", title="p-value", format=".3~f"),
        alt.Tooltip("accepted:N", title="chosen"),
    ]


def sweep_chart(study: FilterStudy, field: str, rows: Rows) -> Layers:
    """One figure of networks that have so many filters in the layer, over the data set `sweep`; grey: by chance."""
    accuracy, controls = field == "accuracy", [f"{field}_null"] if field != "accuracy" else []
    shown = [field, f"{field}_low", f"{field}_high", *controls, *(["ceiling"] if field == "information" else [])]
    columns = [column(rows, name) for name in shown]
    title = _SWEEP[field].format(unit=study.unit)
    low, high = span(*columns) if accuracy else domain(*columns)
    y: dict[str, Any] = {
        "title": title + (f" (axis from {100 * low:.0f} %)" if accuracy and low else ""),
        "scale": alt.Scale(domain=[low, min(high, 1.0) if accuracy else high], nice=not accuracy, zero=False),
        "axis": alt.Axis(format=".1~%", tickCount=5) if accuracy else alt.Axis(tickCount=5),
    }
    base = (
        alt.Chart(alt.NamedData("sweep"))
        .transform_filter(f"isValid(datum.{field})")
        .encode(x=filters_axis("n_filters", f"filters of {study.layer}", tuple(row["n_filters"] for row in rows)))
    )
    text = [
        alt.Tooltip("n_filters:Q", title="filters"),
        alt.Tooltip(f"{field}:Q", title=title, format=".2%" if accuracy else ".3f"),
        *(alt.Tooltip(f"{name}:Q", title="samples shuffled", format=".3f") for name in controls),
    ]
    layers = [
        base.transform_filter(f"isValid(datum.{field}_low)")
        .mark_area(color=BLUE, opacity=0.18)
        .encode(y=alt.Y(f"{field}_low:Q", **y), y2=f"{field}_high:Q"),
        *(
            base.mark_line(color=GREY, strokeWidth=1.6, strokeDash=[4, 3]).encode(y=alt.Y(f"{name}:Q", **y))
            for name in controls
        ),
        *([_ceiling(base, y)] if field == "information" else []),
        base.mark_line(color=BLUE, strokeWidth=1.8).encode(y=alt.Y(f"{field}:Q", **y)),
        base.mark_point(color=BLUE, filled=True, size=40, opacity=1).encode(y=alt.Y(f"{field}:Q", **y), tooltip=text),
    ]
    return alt.layer(*layers, title=_SWEEP_TITLES[field], width=WIDTH, height=HEIGHT)


_SWEEP_TITLES = {"accuracy": "Accuracy", "information": "What all maps tell of the input", "redundancy": "Redundancy"}


def _ceiling(base: alt.Chart, y: dict[str, Any]) -> Any:
    return base.mark_line(color=ORANGE, strokeWidth=1.2).encode(
        y=alt.Y("ceiling:Q", **y), tooltip=[alt.Tooltip("ceiling:Q", title="H(X)", format=".3f")]
    )
