"""One pixel beside every other one."""

import math

from sightbits.plots.pixel_audit import redundancy
from sightbits.plots.pixel_audit.data import readable
from sightbits.report.page import Section
from sightbits.report.pixel_audit.figures import grid_figure
from sightbits.studies.pixel_audit import PixelAudit


def redundancy_section(audit: PixelAudit) -> tuple[Section, ...]:
    """Return the maps of a chosen pixel; nothing where no pixel varies."""
    pairs = audit.redundancy
    if not len(pairs.references):
        return ()
    unit = audit.unit
    shared, added = (_just_above(float(unit.from_nats(nats))) for nats in pairs.chance)
    return (
        Section(
            name="redundancy",
            title="That pixel beside every other one",
            text="Left: what each pixel shares with the chosen one, which is ringed. Middle: what it still tells of "
            "the label once the chosen one is known. Right: that, less what it tells alone; below 0 the two are "
            f"redundant, above 0 synergistic. Counted in {pairs.n_levels} levels, {readable(pairs.estimator)} "
            f"estimate; chance alone stays below {shared} {unit.value}s on the left and {added} in the middle "
            "in 19 of 20 pixels. Choose a pixel on any map.",
            figures=tuple(
                grid_figure(audit, f"pairs_{name}", chart, f"{redundancy.MAPS[name]} of every pixel")
                for name, chart in redundancy.maps(audit).items()
            ),
            control="pair_words.html",
        ),
    )


def _just_above(value: float) -> str:
    """Return a bound with four decimals, rounded up: nothing is told to stay below 0.0000."""
    return f"{max(1, math.ceil(value * 1e4)) / 1e4:.4f}"
