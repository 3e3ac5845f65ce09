"""Several rankers side by side."""

import numpy as np

from sightbits.plots.grid import parameters
from sightbits.plots.pixel_audit import rankers
from sightbits.plots.pixel_audit.data import default_k, readable
from sightbits.report.page import Figure, Section
from sightbits.report.pixel_audit.figures import grid_figure
from sightbits.studies.pixel_audit import PixelAudit
from sightbits.studies.pixel_audit.result import SHARES


def ranker_sections(audit: PixelAudit) -> tuple[Section, ...]:
    """Return what compares rankers; nothing where there is one."""
    if len(audit.ranked) < 2:
        return ()
    k = default_k(audit)
    curves = rankers.curves(audit).add_params(*parameters(k=k)).to_dict()
    overlap = rankers.overlap(audit).to_dict()
    return (
        Section(
            name="rankers",
            title="Which ranking needs the fewest pixels",
            text="Mutual information and variance look at one pixel at a time and pick pixels that say the same twice; "
            "jmi, cmim and mrmr look at what a pixel tells beside each one chosen before, greedy joint at what all "
            f"chosen ones tell together. Bands: {audit.curve.band}. A click on the legend brings one ranker to the "
            "fore; k is that of the slider. The table: fewest pixels on the curve for a share of the accuracy with the "
            "most; stability over bootstrap resamples (1: always the same pixels, 0: as if drawn at random); pixels in "
            "common with the first ranker (Jaccard index); grey levels counted.",
            figures=(
                Figure(
                    name="ranker_curves", spec=curves, alt="Test accuracy against pixels kept, a line a ranker",
                    margin=76,
                ),
                Figure(
                    name="ranker_overlap", spec=overlap, margin=150,
                    alt="Share of pixels that two rankers have in common, for every two",
                ),
            ),
            table="table.html",
            rows=ranker_rows(audit),
        ),
        Section(
            name="rings",
            title="Where each ranker looks",
            text="Rings mark the first k pixels of each ranker on the map of information.",
            figures=tuple(
                grid_figure(
                    audit, f"rings_{name}", rankers.rings_map(audit, name),
                    f"Information per pixel, the first k pixels by {readable(name)} ringed", k=k,
                )
                for name in audit.ranked
            ),
        ),
    )  # fmt: skip


def ranker_rows(audit: PixelAudit) -> tuple[tuple[str, ...], ...]:
    """Return a table: pixels for shares of the full accuracy, stability of the choice, likeness to the main ranker."""
    k = default_k(audit)
    shares = (f"pixels for {share:.0%}" for share in SHARES)
    head = ("ranker", *shares, f"accuracy at {k}", f"stability at {k}", f"in common at {k}", "levels")
    at = audit.curve.n_pixels.index(k)
    alike = audit.overlap(k)[0]
    rows = [
        (
            readable(name),
            *(str(one.curve.fewest_for(share)) for share in SHARES),
            f"{one.curve.accuracy[at]:.1%}",
            "-" if np.isnan(one.stability(k)) else f"{one.stability(k):.2f}",
            f"{jaccard:.2f}",
            str(one.n_levels),
        )
        for (name, one), jaccard in zip(audit.ranked.items(), alike, strict=True)
    ]
    return (head, *rows)
