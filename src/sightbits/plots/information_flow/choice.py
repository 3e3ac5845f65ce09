"""What a reader of the page chooses in all charts at once: a look that is marked.

On a page the slider is HTML, and sets this parameter; alone, charts stand as they are.
"""

from typing import Any

import altair as alt

from sightbits.plots.theme import GREY
from sightbits.studies.information_flow import InformationFlow

_LOOK = "datum.look === look"


def marked_look(result: InformationFlow) -> alt.Parameter:
    """Return the parameter that says which look is marked: the last, until another is chosen."""
    return alt.param(name="look", value=len(result.steps) - 1)


def at_marked_look(chart: alt.Chart) -> alt.Chart:
    """Return a chart of that look alone."""
    return chart.transform_filter(_LOOK)


def look_rule() -> Any:
    """Return a thin line at the update of that look."""
    return (
        at_marked_look(alt.Chart(alt.NamedData("looks")))
        .mark_rule(color=GREY, strokeWidth=1, opacity=0.8)
        .encode(x=alt.X("step:Q"), tooltip=[alt.Tooltip("step:Q", title="update", format=",")])
    )
