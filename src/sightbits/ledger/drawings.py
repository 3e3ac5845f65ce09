"""Pictures of the sources, redrawn: what they show, not how."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

Values = tuple[float | None, ...]
Cells = tuple[tuple[float | None, ...], ...]
Place = tuple[int, int]


@dataclass(frozen=True, eq=False, kw_only=True)
class Line:
    """A line of a chart: places, heights, and how far these spread, where that is known."""

    x: tuple[float, ...]
    y: Values
    spread: Values = ()


@dataclass(frozen=True, eq=False, kw_only=True)
class Curves:
    """Lines over a common axis, by name.

    Parameters
    ----------
    bounds
        Levels drawn across, by name.
    logarithmic
        Whether the horizontal axis is; places on it are above 0 then.
    points
        Whether dots are drawn instead of lines.
    places
        Names of the places 1, 2, ... along the axis, where these are no numbers.
    """

    name: str
    title: str
    place: str
    x_title: str
    y_title: str
    lines: Mapping[str, Line]
    bounds: Mapping[str, float] = field(default_factory=dict)
    logarithmic: bool = False
    points: bool = False
    places: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False, kw_only=True)
class Grids:
    """Maps of cells side by side, by name: rows from above, None where there is nothing.

    Parameters
    ----------
    values_title
        What a cell's value is, with its unit.
    crossed, ringed
        Cells (row, column) to be crossed out, or ringed, by name of the map.
    scale
        "information", "grey" (0 black to 1 white) or "diverging" around 0.
    """

    name: str
    title: str
    place: str
    values_title: str
    panels: Mapping[str, Cells]
    crossed: Mapping[str, tuple[Place, ...]] = field(default_factory=dict)
    ringed: Mapping[str, tuple[Place, ...]] = field(default_factory=dict)
    scale: str = "information"


@dataclass(frozen=True, eq=False, kw_only=True)
class Bars:
    """Heights by category, a bar a series; `spread` likewise, where it is known."""

    name: str
    title: str
    place: str
    x_title: str
    y_title: str
    series: Mapping[str, Mapping[str, float]]
    spread: Mapping[str, Mapping[str, float]] = field(default_factory=dict)


@dataclass(frozen=True, eq=False, kw_only=True)
class Histogram:
    """How often values occur, with levels marked by name."""

    name: str
    title: str
    place: str
    x_title: str
    values: Values
    marks: Mapping[str, float] = field(default_factory=dict)


Drawing = Curves | Grids | Bars | Histogram
_KINDS: Mapping[str, type[Drawing]] = {kind.__name__: kind for kind in (Curves, Grids, Bars, Histogram)}


def cells_of(values: Any, shape: tuple[int, ...]) -> Cells:
    """Return a flat map as rows of cells; what is not a number is None."""
    rows = np.asarray(values, np.float64).reshape(shape).tolist()
    return tuple(tuple(None if np.isnan(value) else value for value in row) for row in rows)


def drawing_to(drawing: Drawing) -> dict[str, Any]:
    """Return a drawing as a JSON-able document."""
    return {"kind": type(drawing).__name__, **asdict(drawing)}


def drawing_from(document: Mapping[str, Any]) -> Drawing:
    """Return the drawing that `drawing_to` wrote."""
    fields = {key: _frozen(value) for key, value in document.items() if key != "kind"}
    if "lines" in fields:
        fields["lines"] = {name: Line(**line) for name, line in fields["lines"].items()}
    return _KINDS[document["kind"]](**fields)


def _frozen(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _frozen(item) for key, item in value.items()}
    return tuple(_frozen(item) for item in value) if isinstance(value, list | tuple) else value
