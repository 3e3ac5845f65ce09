"""The pictures of two variables: their points, their 2-D histogram, the estimators side by side, correlations."""

import json
import math
from typing import Any

import altair as alt
import numpy as np

from sightbits.core.estimate import Estimate
from sightbits.core.result import plain
from sightbits.estimation.variables import Variable
from sightbits.information.histogram import bin_codes
from sightbits.plots.grid import WIDTH, cell_size, colour
from sightbits.plots.picture import Picture, Rows
from sightbits.plots.theme import BLUE, ORANGE
from sightbits.studies.dependence import Correlation, Dependence

_MOST_POINTS = 2000
_MOST_CELLS_ACROSS = 40
_HEIGHT = 360
_MINUS = "\N{MINUS SIGN}"
_LETTER, _MOST_ROOM = 7, 90  # pixels that a letter of a label takes, about, and a whole label
_FEWEST_SHUFFLES = 19  # with fewer, no p-value is down to 0.05
_READABLE = {
    "plug_in": "plug-in", "miller_madow": "Miller-Madow", "grassberger": "Grassberger", "chao_shen": "Chao-Shen",
    "chao_wang_jost": "Chao-Wang-Jost", "shrinkage": "shrinkage", "jackknife": "jackknife", "dirichlet": "Dirichlet",
    "nsb": "NSB", "ksg": "KSG 1", "ksg2": "KSG 2", "ross": "Ross", "gao": "Gao", "copula": "Gaussian copula",
}  # fmt: skip


def readable(estimator: str) -> str:
    """Return an estimator's name as people write it."""
    return _READABLE.get(estimator, estimator.replace("_", " "))


def finding(found: Dependence) -> str:
    """Return what was found, in a sentence or two."""
    information = found.information
    share = f"{found.shown(information.value):.3f}"
    if np.isfinite(information.standard_error):
        share += f" ± {found.shown(information.standard_error):.3f}"
    text = f"I({found.x_name}; {found.y_name}) = {share} {found.unit}s by {readable(found.estimator)}"
    if information.null == "none":
        return text + "; what chance gives was not asked."
    chance, p_value = found.shown(information.null_mean), information.p_value.item()
    text += f", of which chance alone gives {chance:.3f} (p = {p_value:.3g})"
    if information.n_permutations < _FEWEST_SHUFFLES:
        return text + f". Fewer than {_FEWEST_SHUFFLES} shuffles cannot tell it from chance."
    if p_value > 0.05:
        return text + ". Nothing here but chance."
    pearson = found.correlation.pearson
    if np.isnan(pearson):
        return text + "."
    return text + f". {_linearity(pearson, information)}"


def _linearity(pearson: float, information: Estimate) -> str:
    """Compare with what a Gaussian of this correlation would hold."""
    linear = -0.5 * np.log1p(-(pearson**2)) if pearson**2 < 1 - 1e-12 else np.inf
    margin = 2 * float(np.nan_to_num(information.standard_error)) + 0.02
    held = float(information.excess)  # what chance gives is no dependence, linear or not
    if held > linear + margin and held > 1.1 * linear:
        return f"More than the correlation of {pearson:.2f} accounts for: the dependence is not linear alone."
    return f"The correlation of {pearson:.2f} accounts for all of it."


def point_rows(x: Any, y: Any) -> Rows:
    """Return at most 2,000 samples, evenly strided, as rows."""
    rows = np.arange(min(len(x), _MOST_POINTS)) * len(x) // min(len(x), _MOST_POINTS)
    return [{"x": plain(x[i]), "y": plain(y[i])} for i in rows]


def _axis_values(variable: Variable) -> tuple[Any, str]:
    """A variable's values to draw, and whether they are quantitative or nominal."""
    if variable.numbers is None:
        return np.array(variable.level_names)[variable.levels], "O"
    return variable.numbers[:, 0], "Q"


def points(found: Dependence) -> Picture:
    """Return the scatter plot."""
    (x, x_type), (y, y_type) = (_axis_values(found.sample[name]) for name in "xy")
    return Picture(chart=scatter(found.x_name, found.y_name, x_type, y_type), datasets={"points": point_rows(x, y)})


def scatter(x_title: str, y_title: str, x_type: str = "Q", y_type: str = "Q", dataset: str = "points") -> Any:
    """Return a scatter plot over a data set of x and y."""

    def place(channel: Any, name: str, title: str, kind: str) -> Any:
        if kind == "O":
            return channel(
                f"{name}:N", title=title, axis=alt.Axis(labelAngle=0, labelLimit=_MOST_ROOM, labelOverlap="greedy")
            )
        axis = alt.Axis(tickCount=6, format=".6~g", grid=False)
        return channel(f"{name}:Q", title=title, scale=alt.Scale(zero=False, nice=True), axis=axis)

    return (
        alt.Chart(alt.NamedData(dataset))
        .mark_circle(size=14, opacity=0.45, color=BLUE)
        .encode(x=place(alt.X, "x", x_title, x_type), y=place(alt.Y, "y", y_title, y_type))
        .properties(height=_HEIGHT)
    )


def _cells_of(found: Dependence, name: str) -> tuple[np.ndarray, tuple[str, ...]]:
    """The cell of each sample along one axis, and what to call each cell: its level, or where it begins."""
    variable = found.sample[name]
    if variable.discrete and variable.n_levels <= _MOST_CELLS_ACROSS:
        return variable.levels, _level_labels(variable)
    values = np.ascontiguousarray(variable.points[:, 0] if variable.numbers is not None else variable.levels * 1.0)
    wanted = found.settings.bins if isinstance(found.settings.bins, int) else 30
    codes, n_bins = bin_codes(values, min(wanted, _MOST_CELLS_ACROSS))
    low, spread = float(values.min()), float(np.ptp(values))
    begins = [low + i * spread / n_bins for i in range(n_bins)]
    if variable.numbers is None:  # of the names that share a cell, the first
        return codes, tuple(variable.level_names[math.ceil(begin)] for begin in begins)
    decimals = min(12, max(0, 2 - math.floor(math.log10(spread)))) if spread > 0 else 12
    return codes, tuple(_number(begin, decimals) for begin in begins)


def _level_labels(variable: Variable) -> tuple[str, ...]:
    if variable.numbers is None:
        return variable.level_names
    return tuple(f"{value:.15g}" for value in variable.numbers[np.unique(variable.levels, return_index=True)[1], 0])


def _number(value: float, decimals: int) -> str:
    text = f"{value:,.{decimals}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text.replace("-", _MINUS)


def _room_for(labels: tuple[str, ...]) -> int:
    return min(_MOST_ROOM, _LETTER * max(map(len, labels)))


def room_for_cells(found: Dependence) -> int:
    """Return what the labels of y take beside the 2-D histogram, in pixels of screen."""
    return _room_for(_cells_of(found, "y")[1])


def room_for_points(found: Dependence) -> int:
    """Return what the labels of y take beside the scatter plot, in pixels of screen."""
    return _room_for(found.sample["y"].level_names or ("-0.5",))


def histogram_map(found: Dependence) -> Picture:
    """Return the 2-D histogram; cells without samples show the plain ground."""
    (x, x_labels), (y, y_labels) = (_cells_of(found, name) for name in "xy")
    n_x, n_y = len(x_labels), len(y_labels)
    counts = np.bincount(x * n_y + y, minlength=n_x * n_y).reshape(n_x, n_y)
    rows = [{"i": int(i), "j": int(j), "count": int(counts[i, j])} for i, j in np.argwhere(counts > 0)]

    cell = cell_size(max(n_x, n_y))

    def place(channel: Any, field: str, labels: tuple[str, ...], title: str, *, down: bool) -> Any:
        n = len(labels)
        every = 1 if n <= 12 else -(-n // 6)
        upright = down or _room_for(labels) < cell * every
        axis = alt.Axis(
            values=list(range(0, n, every)), labelExpr=f"{json.dumps(labels)}[datum.value]",
            labelAngle=0 if upright else -90, labelLimit=_MOST_ROOM, labelOverlap="greedy", ticks=False, domain=False,
            grid=False,
        )  # fmt: skip
        order = list(range(n))[::-1] if down else list(range(n))
        return channel(f"{field}:O", title=title, axis=axis, scale=alt.Scale(padding=0, domain=order))

    chart = (
        alt.Chart(alt.NamedData("cells"))
        .mark_rect()
        .encode(
            x=place(alt.X, "i", x_labels, found.x_name, down=False),
            y=place(alt.Y, "j", y_labels, found.y_name, down=True),
            color=colour("count", "samples in a cell", domain=[0.0, float(counts.max())], fmt=",.0f"),
            tooltip=[alt.Tooltip("count:Q", title="samples")],
        )
        .properties(width=alt.Step(cell), height=alt.Step(cell))
    )
    return Picture(chart=chart, datasets={"cells": rows})


def n_cells_across(found: Dependence) -> int:
    """Return how many cells the 2-D histogram has along its longer side."""
    return max(len(_cells_of(found, name)[1]) for name in "xy")


def estimator_rows(found: Dependence) -> Rows:
    """Return the data set `estimators`: value, standard error and chance of each."""
    return [
        plain(
            {
                "estimator": readable(name),
                "value": found.shown(one.value),
                "low": found.shown(one.value - np.nan_to_num(one.standard_error)),
                "high": found.shown(one.value + np.nan_to_num(one.standard_error)),
                "error": found.shown(one.standard_error),
                "chance": found.shown(one.null_mean),
                "chosen": name == found.estimator,
            }
        )
        for name, one in found.by_estimator.items()
    ]


def estimators(found: Dependence) -> Picture:
    """Return the estimators side by side, with standard errors and what chance gives."""
    rows = estimator_rows(found)
    base = alt.Chart(alt.NamedData("estimators")).encode(
        y=alt.Y("estimator:N", sort=[row["estimator"] for row in rows], title=None, axis=alt.Axis(labelLimit=140))
    )
    tips = [
        alt.Tooltip("estimator:N"),
        alt.Tooltip("value:Q", title=f"information, {found.unit}s", format=".4f"),
        alt.Tooltip("error:Q", title="standard error", format=".4f"),
        alt.Tooltip("chance:Q", title="by chance", format=".4f"),
    ]
    ink = alt.condition("datum.chosen", alt.value(ORANGE), alt.value(BLUE))
    title = f"I({found.x_name}; {found.y_name}), {found.unit}s"
    value = alt.X("value:Q", title=title, axis=alt.Axis(tickCount=6, format=".3~g"))
    layers = [
        base.mark_rule(strokeWidth=2).encode(x=alt.X("low:Q"), x2="high:Q", color=ink),
        base.mark_tick(thickness=2, size=14, color="#7f8794").encode(x="chance:Q", tooltip=tips),
        base.mark_circle(size=70, opacity=1).encode(x=value, color=ink, tooltip=tips),
    ]
    if found.information.null == "none":
        del layers[1]  # Vega complains of a field without any value
    chart = alt.layer(*layers).properties(height=alt.Step(24))
    return Picture(chart=chart, datasets={"estimators": rows})


def as_correlation(nats: float) -> float:
    """Return information as the correlation a Gaussian would need to hold as much, sqrt(1 - exp(-2 I)).

    Notes
    -----
    Source: E. H. Linfoot, An informational measure of correlation, Information and Control 1, 1957, 85-89.

    Examples
    --------
    >>> as_correlation(0.0), round(as_correlation(-0.5 * float(np.log(1 - 0.6**2))), 12)
    (0.0, 0.6)
    """
    return float(np.sqrt(-np.expm1(-2 * max(nats, 0.0))))


def correlation_rows(found: Dependence) -> Rows:
    """Return the data set `correlations`: of these variables, and of y = x^2 with noise."""

    def of(whose: str, correlation: Correlation, nats: float) -> Rows:
        values = {
            "Pearson": correlation.pearson,
            "Spearman": correlation.spearman,
            "distance": correlation.distance,
            "information": as_correlation(nats),
        }
        return [{"measure": name, "value": value, "whose": whose} for name, value in values.items()]

    contrast = found.contrast
    rows = of(f"{found.x_name}, {found.y_name}", found.correlation, float(found.information.value))
    return plain(rows + of("y = x²", contrast.correlation, float(contrast.information.value)))


def correlations(found: Dependence) -> Picture:
    """Return correlations beside information, here and where they part."""
    rows = correlation_rows(found)
    whose = list(dict.fromkeys(row["whose"] for row in rows))
    base = alt.Chart(alt.NamedData("correlations")).encode(
        y=alt.Y("measure:N", sort=["Pearson", "Spearman", "distance", "information"], title=None),
        yOffset=alt.YOffset("whose:N", sort=whose),
        color=alt.Color(
            "whose:N", sort=whose, scale=alt.Scale(domain=whose, range=[BLUE, ORANGE]),
            legend=alt.Legend(title=None, orient="bottom", labelLimit=260),
        ),
    )  # fmt: skip
    chart = base.mark_bar().encode(
        x=alt.X("value:Q", title="correlation",
                scale=alt.Scale(domain=[min(0.0, *(row["value"] or 0 for row in rows)), 1.0])),
        tooltip=[alt.Tooltip("whose:N", title="of"), alt.Tooltip("measure:N"), alt.Tooltip("value:Q", format=".3f")],
    ).properties(height=180)  # fmt: skip
    return Picture(chart=chart, datasets={"correlations": rows})


def contrast_points(found: Dependence) -> Picture:
    """Return the scatter plot of y = x^2 with noise."""
    rows = point_rows(found.contrast.x, found.contrast.y)
    return Picture(chart=scatter("x", "y = x² + noise", dataset="contrast"), datasets={"contrast": rows})


def main_picture(found: Dependence) -> Picture:
    """Return points and 2-D histogram side by side."""
    left, right = points(found), histogram_map(found)
    chart = (
        alt.hconcat(left.chart.properties(width=WIDTH), right.chart)
        .resolve_scale(color="independent")
        .properties(title={"text": f"{found.x_name} and {found.y_name}", "subtitle": finding(found)})
    )
    return Picture(chart=chart, datasets={**left.datasets, **right.datasets}).dressed()


def all_pictures(found: Dependence) -> dict[str, Picture]:
    """Return every picture by name."""
    alone = {
        "points": points(found),
        "estimators": estimators(found),
        "correlations": correlations(found),
    }
    finished = {name: picture.dressed(width=WIDTH) for name, picture in alone.items()}
    grid = histogram_map(found)
    return {
        "dependence": main_picture(found),
        **finished,
        "histogram": grid.dressed(),
    }
