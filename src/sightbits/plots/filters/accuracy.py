"""Accuracy against how many filters are kept, a line a criterion."""

from typing import Any

import altair as alt

from sightbits.plots.axes import column, span
from sightbits.plots.filters.data import pruning_rows
from sightbits.plots.filters.words import fine_tuning_words, strokes
from sightbits.plots.grid import Layers
from sightbits.plots.lines import fore, fore_name, to_the_fore
from sightbits.plots.theme import GREY
from sightbits.studies.filters.result import FilterStudy

WIDTH, HEIGHT = 440, 360
_BAND, _CHOSEN_BAND = 0.1, 0.25
_ROOM = 1.06  # so that points at the ends of the axis are whole
_FROM_ZERO = 0.35  # axes of accuracies that go below this begin at 0


def accuracy_chart(study: FilterStudy, *, fine_tuned: bool, legend: bool = True) -> Layers:
    """A line a criterion over the data set `pruning`, with a band of one standard deviation over networks.

    A thin rule is the whole network.
    """
    drawn, fade = strokes(study, legend=legend), to_the_fore("criterion")
    low, high = accuracy_domain(study, fine_tuned=fine_tuned)
    y: dict[str, Any] = {
        "title": "test accuracy" + (f" (axis from {100 * low:.0f} %)" if low else ""),
        "scale": alt.Scale(domain=[low, high], nice=False, zero=False),
        "axis": alt.Axis(format=".1~%", tickCount=6),
    }
    base = (
        alt.Chart(alt.NamedData("pruning"))
        .transform_filter(f"datum.fine_tuned === {str(fine_tuned).lower()} && isValid(datum.accuracy)")
        .encode(x=filters_axis("kept", "filters kept", study.kept), color=drawn.ink, tooltip=_tooltip())
    )
    line = alt.Y("accuracy:Q", **y)
    layers = [
        alt.Chart(alt.NamedData("pruning"))
        .transform_aggregate(criteria="count()")
        .transform_calculate(whole=str(float(study.accuracy.mean())))
        .mark_rule(color=GREY, strokeWidth=1)
        .encode(y=alt.Y("whole:Q", **y), tooltip=[alt.Tooltip("whole:Q", title="whole network", format=".2%")]),
        base.transform_filter("isValid(datum.accuracy_low)")
        .mark_area(clip=True)
        .encode(y=alt.Y("accuracy_low:Q", **y), y2="accuracy_high:Q", opacity=_band()),
        base.mark_line(strokeWidth=1.8, clip=True).encode(y=line, opacity=fade, **drawn.dashed),
        base.mark_point(filled=True, size=30, clip=True).encode(y=line, opacity=fade),
    ]
    title = fine_tuning_words(study) if fine_tuned else "As pruned"
    return alt.layer(*layers, title=title, width=WIDTH, height=HEIGHT).add_params(fore("criterion"))


def accuracy_domain(study: FilterStudy, *, fine_tuned: bool) -> tuple[float, float]:
    """Return where the axis begins and ends: at 0 unless all lines lie high."""
    rows = [row for row in pruning_rows(study) if row["fine_tuned"] == fine_tuned]
    columns = [column(rows, name) for name in ("accuracy", "accuracy_low", "accuracy_high")]
    low, high = span(*columns, [float(study.accuracy.mean())])
    return (0.0 if low < _FROM_ZERO else low, min(high, 1.0))


def filters_axis(field: str, title: str, numbers: tuple[int, ...]) -> alt.X:
    """Return numbers of filters on an axis that is logarithmic, to the base 2, with a tick at each."""
    low, high = min(numbers), max(numbers)
    room = 2**0.5 if low == high else _ROOM
    scale = alt.Scale(type="log", base=2, domain=[low / room, high * room], nice=False)
    axis = alt.Axis(values=sorted(numbers), format=",d", grid=False, labelOverlap="greedy", labelSeparation=4)
    return alt.X(f"{field}:Q", title=f"{title} (logarithmic)", scale=scale, axis=axis)


def _band() -> Any:
    """Bands are faint while all lines are shown, and of the chosen one alone are strong."""
    name = fore_name("criterion")
    chosen = {"test": f"datum.criterion === {name}", "value": _CHOSEN_BAND}
    return {"condition": [{"test": f"{name} === ''", "value": _BAND}, chosen], "value": 0}


def _tooltip() -> list[alt.Tooltip]:
    return [
        alt.Tooltip("criterion:N"),
        alt.Tooltip("kept:Q", title="filters kept"),
        alt.Tooltip("accuracy:Q", format=".2%"),
        alt.Tooltip("accuracy_low:Q", title="mean - std", format=".2%"),
        alt.Tooltip("accuracy_high:Q", title="mean + std", format=".2%"),
    ]
