"""How a map stands on the page."""

from typing import Any

from sightbits.plots.grid import parameters
from sightbits.plots.theme import LIGHT
from sightbits.report.page import Figure
from sightbits.studies.pixel_audit import PixelAudit


def grid_figure(audit: PixelAudit, name: str, chart: Any, alt_text: str, *, k: int = 0, across: int = 1) -> Figure:
    """Return a map of whole cells, with every parameter that the page may set."""
    chart = chart.add_params(*parameters(k=k, cell=12, channel=0, missing=LIGHT["missing"]))
    return Figure(name=name, spec=chart.to_dict(), alt=alt_text, columns=audit.image_shape[1], across=across)
