"""Maps over the pixel grid: one cell a pixel, each a whole number of screen pixels wide."""

import math
from typing import Any

import altair as alt

from sightbits.plots.theme import SEQUENTIAL

CROSS = "M-.5,-.5L.5,.5M.5,-.5L-.5,.5"
_MOST_TICKS = 8
WIDTH = 400

Layers = alt.LayerChart | alt.FacetChart  # what Altair says that layering returns


def cell_size(n_columns: int, width: int = WIDTH, most: int = 44) -> int:
    """Return the widest whole cell so that a map fits a width."""
    return max(1, min(most, width // n_columns))


def cells(shape: tuple[int, ...], *, labelled: bool = True) -> dict[str, Any]:
    """Return the axes of a pixel grid: columns across, rows down."""
    return {"x": _place(alt.X, "column", shape[1], labelled), "y": _place(alt.Y, "row", shape[0], labelled)}


def _place(channel: Any, name: str, n: int, labelled: bool) -> Any:
    axis = _axis(n) if labelled else None
    return channel(f"{name}:O", title=name, axis=axis, scale=alt.Scale(padding=0, domain=list(range(n))))


def _axis(n: int) -> alt.Axis:
    every = next(
        step for step in (1, 2, 4, 5, 8, 10, 16, 20, 25, 32, 50, 64, 100, 128, 200, 256, n) if n / step <= _MOST_TICKS
    )
    return alt.Axis(
        values=list(range(0, n, every)),
        labelAngle=0,
        ticks=False,
        domain=False,
        grid=False,
        labelPadding=5,
        labelOverlap=False,
    )


def colour(
    field: str,
    title: str,
    *,
    domain: list[float],
    fmt: str | None = None,
    scheme: Any = SEQUENTIAL,
    kind: Any = "linear",
) -> alt.Color:
    """Return a colour scale with its legend below the map it belongs to; without a title, without legend.

    A scheme is a name, or the colours between which it goes.
    """
    inks: dict[str, Any] = {"range": list(scheme)} if isinstance(scheme, tuple) else {"scheme": scheme}
    scale = alt.Scale(**inks, domain=domain, type=kind)
    if not title:
        return alt.Color(f"{field}:Q", scale=scale, legend=None)
    fmt = fmt or (",.0f" if max(map(abs, domain)) >= 1000 else ".3~g")
    legend = alt.Legend(
        title=title,
        orient="bottom",
        direction="horizontal",
        gradientLength=200,
        gradientThickness=10,
        format=fmt,
        titleAnchor="start",
        tickCount=4,
        offset=10,
        titleLimit=300,
    )
    return alt.Color(f"{field}:Q", scale=scale, legend=legend)


def tooltip(unit: str) -> list[alt.Tooltip]:
    """Return what a pixel says when it is pointed at."""
    return [
        alt.Tooltip("row:Q", title="row"),
        alt.Tooltip("column:Q", title="column"),
        alt.Tooltip("information:Q", title=f"information, {unit}s", format=".4f"),
        alt.Tooltip("null:Q", title=f"by chance, {unit}s", format=".4f"),
        alt.Tooltip("q_value:N", title="q-value"),
        alt.Tooltip("rank:Q", title="rank"),
        alt.Tooltip("variance:Q", title="variance", format=".4~r"),
        alt.Tooltip("state:N", title="state"),
    ]


def heat(shape: tuple[int, ...], fill: alt.Color, unit: str) -> alt.Chart:
    """Return the coloured cells of a map over the data set `pixels`, of the channel that is shown."""
    return (
        alt.Chart(alt.NamedData("pixels"))
        .transform_filter("datum.channel == channel")
        .mark_rect()
        .encode(**cells(shape), color=fill, tooltip=tooltip(unit))
    )


def crosses(shape: tuple[int, ...], unit: str) -> Layers:
    """Return a cross on each dead pixel."""
    size = "pow(max(cell * 0.42, min(cell * 0.6, 5)), 2)"
    return _signs(shape, unit, where="datum.dead", sign=CROSS, size=size, width="max(0.8, cell * 0.04)")


def rings(shape: tuple[int, ...], unit: str, rank: str = "rank") -> Layers:
    """Return a ring around each of the first k pixels, by the field that holds their ranks; of all pixels, none."""
    return _signs(
        shape,
        unit,
        where=f"datum.{rank} <= k && k < {math.prod(shape)}",
        sign="circle",
        size="pow(cell * 0.62, 2)",
        width="max(1.1, cell * 0.055)",
    )


def _signs(shape: tuple[int, ...], unit: str, *, where: str, sign: str, size: str, width: str) -> Layers:
    """Return a sign on some pixels."""
    base = (
        alt.Chart(alt.NamedData("pixels"))
        .transform_filter(f"datum.channel == channel && {where}")
        .encode(**cells(shape), tooltip=tooltip(unit))
    )
    return haloed(base, sign=sign, size=size, width=width)


def haloed(base: Any, *, sign: str, size: str, width: str) -> Layers:
    """Return a sign on each place of a chart, white on a dark halo so that it reads on every colour."""
    common: dict[str, Any] = {"shape": sign, "size": alt.expr(size), "filled": False, "opacity": 1}
    return alt.layer(
        base.mark_point(**common, stroke="#000", strokeWidth=alt.expr(f"2 * {width}"), strokeOpacity=0.6),
        base.mark_point(**common, stroke="#fff", strokeWidth=alt.expr(width)),
    )


def on_grid(layers: list[Any], shape: tuple[int, ...], *, title: Any, width: int = WIDTH) -> Layers:
    """Return layers as one map with whole cells.

    The parameters `cell`, `k` and `channel` are the caller's to add.
    """
    cell = cell_size(shape[1], width)
    return alt.layer(*layers, title=title, width=alt.Step(cell), height=alt.Step(cell))


def parameters(**values: Any) -> list[alt.Parameter]:
    """Return the parameters of a picture: cell (pixels of screen), k, channel, missing (an ink)."""
    return [alt.param(name=name, value=value) for name, value in values.items()]
