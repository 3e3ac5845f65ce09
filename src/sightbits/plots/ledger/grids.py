"""Maps of cells side by side."""

from typing import Any

import altair as alt

from sightbits.core.result import plain
from sightbits.ledger.drawings import Cells, Grids
from sightbits.plots.grid import CROSS, WIDTH, Layers, cell_size, cells, colour, haloed, parameters
from sightbits.plots.picture import Picture, Rows
from sightbits.plots.theme import DIVERGING, GREY, LIGHT, SEQUENTIAL
from sightbits.plots.words import significant

_LEAST_WIDTH = 130  # pixels of a map
MOST_ACROSS = 5
_SCHEMES = {"information": SEQUENTIAL, "grey": ("#000000", "#ffffff"), "diverging": DIVERGING}


def grids(drawing: Grids, dataset: str) -> Picture:
    """Return maps of one scale of colours, each with its name above where there are several."""
    shape, several = shape_of(drawing), len(drawing.panels) > 1
    across = min(len(drawing.panels), MOST_ACROSS)
    cell = cell_size(shape[1], max(WIDTH // across, _LEAST_WIDTH))
    text = [
        *([alt.Tooltip("panel:N", title="map")] if several else []),
        alt.Tooltip("row:Q"),
        alt.Tooltip("column:Q"),
        alt.Tooltip("value:Q", title=drawing.values_title, format=".4~g"),
    ]
    base = alt.Chart(alt.NamedData(dataset)).encode(**cells(shape, labelled=not several), tooltip=text)
    fill = colour("value", drawing.values_title, domain=_domain(drawing), scheme=_SCHEMES[drawing.scale])
    layers: list[Any] = [
        base.transform_filter("!isValid(datum.value)").mark_rect(color=alt.expr("missing")),
        base.transform_filter("isValid(datum.value)").mark_rect().encode(color=fill),
    ]
    if any(drawing.crossed.values()):
        layers.append(_signs(base, "crossed", CROSS, size="pow(max(cell * 0.42, min(cell * 0.6, 5)), 2)", width=0.04))
    if any(drawing.ringed.values()):
        layers.append(_signs(base, "ringed", "circle", size="pow(cell * 0.62, 2)", width=0.055))
    one = alt.layer(*layers, width=alt.Step(cell), height=alt.Step(cell))
    if drawing.scale == "grey":
        one = one.properties(view=alt.ViewBackground(stroke=GREY))
    chart = _side_by_side(one, drawing, dataset, across) if several else one
    chart = chart.add_params(*parameters(cell=cell, missing=LIGHT["missing"]))
    return Picture(chart=chart, datasets={dataset: _rows(drawing)})


def shape_of(drawing: Grids) -> tuple[int, int]:
    """Return how many rows and columns the largest map has."""
    panels = drawing.panels.values()
    return max(len(panel) for panel in panels), max(len(row) for panel in panels for row in panel)


def _side_by_side(one: Any, drawing: Grids, dataset: str, across: int) -> Any:
    facet = alt.Facet("panel:N", title=None, sort=list(drawing.panels), header=alt.Header(labelPadding=4))
    return one.properties(data=alt.NamedData(dataset)).facet(facet, columns=across)


def _signs(base: alt.Chart, field: str, sign: str, *, size: str, width: float) -> Layers:
    return haloed(base.transform_filter(f"datum.{field}"), sign=sign, size=size, width=f"max(0.8, cell * {width})")


def _domain(drawing: Grids) -> list[float]:
    """Where the scale of colours ends: from 0, or the lowest value below it, to the highest, of all maps."""
    if drawing.scale == "grey":
        return [0.0, 1.0]
    values = [value for panel in drawing.panels.values() for row in panel for value in row if value is not None]
    low, high = min(values, default=0.0), max(values, default=0.0)
    if drawing.scale == "diverging":
        most = max(abs(low), abs(high)) or 1.0
        return [-most, 0.0, most]
    return [min(0.0, low), high if high > min(0.0, low) else 1.0]


def _rows(drawing: Grids) -> Rows:
    return [
        row
        for name, panel in drawing.panels.items()
        for row in _cells_of(
            name, panel, crossed=set(drawing.crossed.get(name, ())), ringed=set(drawing.ringed.get(name, ()))
        )
    ]


def _cells_of(name: str, panel: Cells, *, crossed: set[tuple[int, int]], ringed: set[tuple[int, int]]) -> Rows:
    return plain(
        [
            {
                "panel": name,
                "row": i,
                "column": k,
                "value": None if value is None else significant(value),
                "crossed": (i, k) in crossed,
                "ringed": (i, k) in ringed,
            }
            for i, row in enumerate(panel)
            for k, value in enumerate(row)
        ]
    )
