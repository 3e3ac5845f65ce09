"""The first choices as a tree of boxes: which pixel is measured, and what follows each reading."""

from dataclasses import dataclass
from typing import Any

import altair as alt
import numpy as np

from sightbits.measurement.tree import Branch
from sightbits.plots.picture import Picture, Rows
from sightbits.plots.theme import BLUE, LIGHT
from sightbits.plots.words import percent, place_words
from sightbits.studies.measurement_curve.result import MeasurementCurves

_DEPTH, _MOST_BOXES = 2, 40
_BOX, _GAP, _ACROSS = 150, 112, 262  # the width of a box, the room for an edge, and both together
_TALL, _LINE = 40, 52
_LEAST_SHARE = 0.005


@dataclass(frozen=True, eq=False, kw_only=True)
class _Placed:
    """A branch, where it stands, and what it follows."""

    branch: Branch
    depth: int
    line: float
    parent: "_Placed | None"


def tree_picture(result: MeasurementCurves, depth: int = _DEPTH) -> Picture:
    """Return the tree from left to right, a box a choice, the level read and its share on each edge."""
    placed: list[_Placed] = []
    n_lines = _place(result.tree, depth, placed, first=0.0, least=_least_share(result.tree, depth))[1]
    boxes, edges = _box_rows(result, placed), _edge_rows(result, placed)
    deepest = max(one.depth for one in placed)
    width, height = deepest * _ACROSS + _BOX, n_lines * _LINE
    chart = _chart(width, int(height))
    return Picture(chart=chart, datasets={"boxes": boxes, "edges": edges})


def _least_share(tree: Branch, depth: int) -> float:
    """The share under which branches are left out, so that no more boxes stand there than can be read."""
    shares = sorted((one.share for level, one in tree.walk() if level <= depth), reverse=True)
    return max(_LEAST_SHARE, shares[_MOST_BOXES]) if len(shares) > _MOST_BOXES else _LEAST_SHARE


def _place(
    branch: Branch, depth: int, placed: list[_Placed], *, first: float, least: float, parent: _Placed | None = None
) -> tuple[_Placed, float]:
    """Place a branch beside the middle of what follows it; return it, and the first line that is still free."""
    here = 0 if parent is None else parent.depth + 1
    likely = [one for one in branch.branches if one.share >= least] if here < depth else []
    probe = _Placed(branch=branch, depth=here, line=first, parent=parent)
    if not likely:
        placed.append(probe)
        return probe, first + 1
    free, lines = first, []
    for one in likely:
        child, free = _place(one, depth, [], first=free, least=least, parent=probe)
        lines.append(child.line)
    final = _Placed(branch=branch, depth=here, line=(lines[0] + lines[-1]) / 2, parent=parent)
    placed.append(final)
    free = first
    for one in likely:
        _, free = _place(one, depth, placed, first=free, least=least, parent=final)
    return final, free


def _box_rows(result: MeasurementCurves, placed: list[_Placed]) -> Rows:
    rows = []
    for one in placed:
        x, y = one.depth * _ACROSS, one.line * _LINE + _LINE / 2
        branch = one.branch
        ends = branch.pixel is None
        label, chance = result.in_words.likeliest(branch)
        words = (_short(label), f"most probable, {percent(chance)}")
        if branch.pixel is not None:
            words = (place_words(branch.pixel, result.image_shape), gain_words(result, branch))
        rows.append(
            {
                "left": x, "right": x + _BOX, "top": y - _TALL / 2, "bottom": y + _TALL / 2, "middle": x + _BOX / 2,
                "first": y - 8, "second": y + 9, "title": words[0], "words": words[1], "ends": ends,
            }
        )  # fmt: skip
    return rows


def _edge_rows(result: MeasurementCurves, placed: list[_Placed]) -> Rows:
    rows = []
    for one in placed:
        if one.parent is None:
            continue
        odds = one.branch.share / one.parent.branch.share
        rows.append(
            {
                "x": one.parent.depth * _ACROSS + _BOX,
                "y": one.parent.line * _LINE + _LINE / 2,
                "x2": one.depth * _ACROSS,
                "y2": one.line * _LINE + _LINE / 2,
                "middle": one.depth * _ACROSS - 6,
                "above": one.line * _LINE + _LINE / 2 - 7,
                "words": f"{result.in_words.level_name(one.branch)} {100 * odds:.0f} %",
                "thick": float(np.sqrt(one.branch.share)),
            }
        )
    return rows


def gain_words(result: MeasurementCurves, branch: Branch) -> str:
    """Return what the pixel that is measured at a branch is expected to tell."""
    return f"{result.unit.from_nats(branch.gain):.2f} {result.unit}s expected"


def _short(label: str) -> str:
    return label if len(label) <= 18 else label[:17] + "…"


def _chart(width: int, height: int) -> Any:
    hidden: dict[str, Any] = {"axis": None, "title": None}
    across = alt.Scale(domain=[0, width], nice=False, zero=False)
    down = alt.Scale(domain=[height, 0], nice=False, zero=False)

    def x(field: str) -> alt.X:
        return alt.X(f"{field}:Q", scale=across, **hidden)

    def y(field: str) -> alt.Y:
        return alt.Y(f"{field}:Q", scale=down, **hidden)

    boxes, edges = alt.Chart(alt.NamedData("boxes")), alt.Chart(alt.NamedData("edges"))
    thick = alt.StrokeWidth("thick:Q", scale=alt.Scale(domain=[0, 1], range=[1, 7]), legend=None)
    fill = alt.condition("datum.ends", alt.value("#e2f0f9"), alt.value(LIGHT["paper"]))
    halo: dict[str, Any] = {"color": LIGHT["paper"], "stroke": LIGHT["paper"], "strokeWidth": 5, "strokeJoin": "round"}
    layers = [
        edges.mark_rule(color=LIGHT["line"], strokeCap="round").encode(
            x=x("x"), x2="x2:Q", y=y("y"), y2="y2:Q", strokeWidth=thick
        ),
        boxes.mark_rect(cornerRadius=8, stroke=BLUE, strokeWidth=1.2).encode(
            x=x("left"), x2="right:Q", y=y("top"), y2="bottom:Q", fill=fill
        ),
        boxes.mark_text(fontSize=12, fontWeight=600, color=LIGHT["ink"]).encode(
            x=x("middle"), y=y("first"), text="title:N"
        ),
        boxes.mark_text(fontSize=11, color=LIGHT["soft"]).encode(x=x("middle"), y=y("second"), text="words:N"),
        *(
            edges.mark_text(fontSize=11, align="right", **ink).encode(x=x("middle"), y=y("above"), text="words:N")
            for ink in (halo, {"color": LIGHT["ink"]})
        ),
    ]
    return alt.layer(*layers, title="The first choices", width=width, height=height)
