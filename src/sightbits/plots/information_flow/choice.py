"""What a reader of the page chooses in all charts at once: a line that comes to the fore, and a look that is marked.

On a page legends and slider are HTML, and set these parameters; alone, charts stand as they are.
"""

from typing import Any

import altair as alt

from sightbits.plots.lines import FADED
from sightbits.plots.theme import GREY
from sightbits.studies.information_flow import InformationFlow

_LOOK = "datum.look === look"


def fore(field: str) -> alt.Parameter:
    """Return the parameter that names the chosen line; none is chosen where it is empty."""
    return alt.param(name=fore_name(field), value="")


def fore_name(field: str) -> str:
    """Return its name, by the field that names a line."""
    return f"shown_{field}"


def to_the_fore(field: str, opacity: float = 1.0, *, otherwise: float = FADED) -> Any:
    """Return the opacity of lines, all alike until one is chosen."""
    name = fore_name(field)
    return alt.condition(f"{name} === '' || datum.{field} === {name}", alt.value(opacity), alt.value(otherwise))


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
