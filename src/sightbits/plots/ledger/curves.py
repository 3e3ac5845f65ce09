"""Lines, or dots, over a common axis."""

import json
from dataclasses import replace
from typing import Any

import altair as alt

from sightbits.core.result import plain
from sightbits.ledger.drawings import Curves, Line
from sightbits.plots.axes import column, span
from sightbits.plots.grid import WIDTH
from sightbits.plots.lines import Strokes, strokes_by_turns
from sightbits.plots.picture import Picture, Rows
from sightbits.plots.theme import GREY

HEIGHT = 280
_WHOLE = 6  # whole numbers nearer together than that are ticked one by one
_FEW = 24  # points of a line that are marked one by one
_DENSE = 300  # points of a line that is thin
_FROM_ZERO = 0.35  # an axis whose numbers begin below this share of the highest begins at 0
_DASHES = ([6, 4], [2, 3], [10, 3, 2, 3])


def curves(drawing: Curves, dataset: str) -> Picture:
    """Return lines with bands where a spread is known; levels are thin dashed rules with their names above."""
    rows, bounds = _rows(drawing), f"{dataset}_bounds"
    drawn = strokes_by_turns("line", list(drawing.lines))
    if drawing.points:
        drawn = replace(drawn, symbol="circle")
    levels = _levels(drawing, rows)
    x = alt.X("x:Q", title=drawing.x_title, scale=_x_scale(drawing, rows), axis=_x_axis(drawing, rows))
    y: dict[str, Any] = {"title": drawing.y_title, "scale": _y_scale(rows, levels), "axis": alt.Axis(tickCount=6)}
    base = alt.Chart(alt.NamedData(dataset)).encode(
        x=x,
        color=drawn.ink if len(drawing.lines) > 1 else alt.value(drawn.colours[0]),
        tooltip=[
            alt.Tooltip("line:N"),
            alt.Tooltip("x:Q", title=drawing.x_title, format=".4~g"),
            alt.Tooltip("y:Q", title=drawing.y_title, format=".4~g"),
        ],
    )
    layers = [
        *_bands(base, drawing, y),
        *_marks(base, drawing, drawn, alt.Y("y:Q", **y)),
        *(_rules(bounds, levels, y) if levels else ()),
    ]
    chart = alt.layer(*layers, width=WIDTH, height=HEIGHT)
    return Picture(chart=chart, datasets={dataset: rows} | ({bounds: levels} if levels else {}))


def _rows(drawing: Curves) -> Rows:
    return plain([row for name, line in drawing.lines.items() for row in _points(name, line)])


def _points(name: str, line: Line) -> Rows:
    spreads = line.spread or (None,) * len(line.x)
    points = zip(line.x, line.y, spreads, strict=True)
    return [
        {"line": name, "turn": turn, "x": x, "y": y, **spread_around(y, spread)}
        for turn, (x, y, spread) in enumerate(points)
    ]


def spread_around(height: float | None, spread: float | None) -> dict[str, float | None]:
    """Return the fields `low` and `high` of a row: a spread below its height and one above, where both are known."""
    if height is None or spread is None:
        return {"low": None, "high": None}
    return {"low": height - spread, "high": height + spread}


def _levels(drawing: Curves, rows: Rows) -> Rows:
    low, high = span(column(rows, "y"), list(drawing.bounds.values()))
    return [
        {"bound": name, "level": level, "high": 2 * level > low + high, "turn": i}
        for i, (name, level) in enumerate(drawing.bounds.items())
    ]


def _x_scale(drawing: Curves, rows: Rows) -> alt.Scale:
    if drawing.logarithmic:
        return alt.Scale(type="log", nice=False)
    return alt.Scale(domain=span(column(rows, "x")), zero=False, nice=drawing.points)


def _x_axis(drawing: Curves, rows: Rows) -> alt.Axis:
    """Named places have their names; a few whole numbers have no fractions between them."""
    if drawing.places:
        names = {str(i): name for i, name in enumerate(drawing.places, start=1)}
        return alt.Axis(values=list(map(int, names)), labelExpr=f"{json.dumps(names)}[datum.value]", grid=False)
    numbers = {row["x"] for row in rows}
    if all(float(number).is_integer() for number in numbers) and max(numbers) - min(numbers) < _WHOLE:
        return alt.Axis(values=list(range(int(min(numbers)), int(max(numbers)) + 1)), format="d", grid=False)
    return alt.Axis(tickCount=6, grid=False)


def _y_scale(rows: Rows, levels: Rows) -> alt.Scale:
    """The axis begins at 0, unless all numbers lie high above it."""
    columns = [column(rows, name) for name in ("y", "low", "high")]
    low, high = span(*columns, [row["level"] for row in levels])
    return alt.Scale(domain=[0 if 0 <= low < _FROM_ZERO * high else low, high], zero=False, nice=True)


def _bands(base: alt.Chart, drawing: Curves, y: dict[str, Any]) -> list[Any]:
    if not any(line.spread for line in drawing.lines.values()):
        return []
    band = base.mark_rule(opacity=0.5) if drawing.points else base.mark_area(opacity=0.15)
    return [band.encode(y=alt.Y("low:Q", **y), y2="high:Q")]


def _marks(base: alt.Chart, drawing: Curves, drawn: Strokes, y: alt.Y) -> list[Any]:
    """Lines go from point to point in their order, which may lead back, and break where a height is missing.

    With few points each is marked, so that none stands unseen between two that are missing.
    """
    most = max(len(line.x) for line in drawing.lines.values())
    few = most <= _FEW
    if drawing.points:
        return [base.mark_circle(size=34 if few else 14, opacity=0.9 if few else 0.45).encode(y=y)]
    line = base.mark_line(strokeWidth=1 if most > _DENSE else 2).encode(y=y, order="turn:Q", **drawn.dashed)
    return [line, base.mark_point(filled=True, size=26, opacity=1).encode(y=y)] if few else [line]


def _rules(dataset: str, levels: Rows, y: dict[str, Any]) -> list[Any]:
    dashes = alt.StrokeDash(
        "turn:N", scale=alt.Scale(domain=[row["turn"] for row in levels], range=list(_DASHES)), legend=None
    )
    base = alt.Chart(alt.NamedData(dataset)).encode(y=alt.Y("level:Q", **y))
    rules = base.mark_rule(color=GREY, strokeWidth=1.5).encode(
        strokeDash=dashes, tooltip=[alt.Tooltip("bound:N"), alt.Tooltip("level:Q", format=".4~g")]
    )
    return [rules, _names(base, at_left=True), _names(base, at_left=False)]


def _names(base: alt.Chart, *, at_left: bool) -> alt.Chart:
    """Names of high levels stand at the left and those of low ones at the right: most lines rise."""
    words = base.transform_filter("datum.high" if at_left else "!datum.high")
    return words.mark_text(color=GREY, dy=-7, fontSize=11, align="left" if at_left else "right").encode(
        x=alt.value(4) if at_left else alt.value({"expr": "width - 4"}), text="bound:N"
    )
