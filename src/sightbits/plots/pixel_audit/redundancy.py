"""One pixel beside every other one: what they share, what the other adds, whether the two help each other."""

from typing import Any

import altair as alt
import numpy as np

from sightbits.plots.grid import Layers, cells, colour, on_grid
from sightbits.plots.pixel_audit.charts import SMALL
from sightbits.plots.theme import DIVERGING
from sightbits.studies.pixel_audit import PixelAudit

MAPS = {
    "shared": "Shared: I(pixel; chosen)",
    "given": "Added: I(pixel; label | chosen)",
    "interaction": "Interaction: added less alone",
}


def maps(audit: PixelAudit) -> dict[str, Layers]:
    """Return the three maps of the data set `pairs`; the chosen pixel is ringed and left empty."""
    unit = audit.unit.value
    shared, given, interaction = (audit.unit.from_nats(nats) for nats in _largest(audit))
    fills = {
        "shared": colour("shared", f"{unit}s", domain=[0.0, shared], kind="sqrt"),
        "given": colour("given", f"{unit}s", domain=[0.0, given]),
        "interaction": colour(
            "interaction",
            f"{unit}s: redundant below 0, synergistic above",
            domain=[-interaction, 0.0, interaction],
            scheme=DIVERGING,
        ),
    }
    return {name: _map(audit, fill, name) for name, fill in fills.items()}


def _largest(audit: PixelAudit) -> tuple[float, float, float]:
    """Return the ends of the scales, over all pairs: so that one pixel's maps compare with another's."""
    pairs = audit.redundancy
    rows = np.arange(len(pairs.references))
    shared = pairs.shared.copy()
    shared[rows, pairs.references] = 0  # with itself a pixel shares all it has
    interaction = pairs.interaction.copy()
    interaction[rows, pairs.references] = 0
    given = pairs.alone + interaction
    given[rows, pairs.references] = 0
    first, second, third = (max(float(np.abs(part).max(initial=0)), 1e-6) for part in (shared, given, interaction))
    return first, second, third


def _map(audit: PixelAudit, fill: alt.Color, name: str) -> Layers:
    shape, unit = audit.image_shape, audit.unit.value
    text = [
        alt.Tooltip("row:Q", title="row"),
        alt.Tooltip("column:Q", title="column"),
        alt.Tooltip("shared:Q", title=f"shared, {unit}s", format=".4f"),
        alt.Tooltip("given:Q", title=f"added, {unit}s", format=".4f"),
        alt.Tooltip("interaction:Q", title=f"added less alone, {unit}s", format="+.4f"),
    ]
    base = (
        alt.Chart(alt.NamedData("pairs"))
        .transform_filter("datum.channel == channel")
        .encode(**cells(shape), tooltip=text)
    )
    chosen = base.transform_filter("datum.chosen")
    ring: dict[str, Any] = {"shape": "circle", "size": alt.expr("pow(cell * 0.72, 2)"), "filled": False, "opacity": 1}
    layers = [
        base.transform_filter("!datum.chosen").mark_rect().encode(color=fill),
        chosen.mark_point(**ring, stroke="#e69f00", strokeWidth=alt.expr("max(1.6, cell * 0.1)")),
    ]
    return on_grid(layers, shape, title=MAPS[name], width=SMALL)
