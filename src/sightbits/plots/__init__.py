"""Pictures of results: `chart(result)` gives the main one, `charts(result)` all of them by name."""

from functools import singledispatch
from typing import Any

import altair as alt

from sightbits.core.result import Result
from sightbits.plots import pixel_audit
from sightbits.studies.pixel_audit import PixelAudit


@singledispatch
def chart(result: Result, **options: Any) -> alt.TopLevelMixin:
    """Return the main picture of a result as an Altair chart."""
    raise TypeError(f"no picture is known for {type(result).__name__}")


@singledispatch
def charts(result: Result) -> dict[str, alt.TopLevelMixin]:
    """Return every picture of a result by name, each whole in itself."""
    raise TypeError(f"no pictures are known for {type(result).__name__}")


# The class is named outright: an annotation would be evaluated, and need every type it mentions, at run time.
chart.register(PixelAudit, pixel_audit.flagship)
charts.register(PixelAudit, pixel_audit.all_charts)
