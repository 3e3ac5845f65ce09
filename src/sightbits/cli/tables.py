"""Short tables for people."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from sightbits.plots.pixel_audit.data import finding, show_q_value
from sightbits.report.pixel_audit.rankers import ranker_rows
from sightbits.studies.pixel_audit import PixelAudit

_MOST_PIXELS = 10
_MOST_WIDTH = 1000


def print_table(title: str, header: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Print a table, numbers to the right, as wide as it must be: a figure cut short is a wrong one."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for name in header:
        table.add_column(name, justify="right", no_wrap=True)
    for row in rows:
        table.add_row(*(Text(str(cell)) for cell in row))
    console = Console(highlight=False)
    console.width = max(
        console.width, console.measure(table, options=console.options.update(max_width=_MOST_WIDTH)).maximum
    )
    console.print(Text(title, style="bold"), soft_wrap=True)
    console.print(table)


def print_audit(audit: PixelAudit) -> None:
    """Print what an audit found: a sentence, the first pixels, the accuracy curve."""
    unit, maps, information = audit.unit, audit.maps, audit.maps.information
    console = Console(highlight=False)
    console.print(f"[bold]{audit.provenance.name}[/bold]: {finding(audit)}.", soft_wrap=True)
    for note in filter(None, (*audit.provenance.notes, audit.sample_note)):
        console.print(f"note: {note}", soft_wrap=True)

    def shown(nats: float) -> str:
        return "-" if np.isnan(nats) else f"{float(unit.from_nats(float(nats))):.4f}"

    rows = [
        [
            rank + 1,
            ", ".join(map(str, audit.position(pixel))),
            shown(information.value[pixel]),
            shown(information.null_mean[pixel]),
            shown(information.excess[pixel]),
            show_q_value(float(maps.q_value[pixel])),
            f"{maps.variance[pixel]:.0f}" if maps.variance[pixel] >= 1000 else f"{maps.variance[pixel]:.4g}",
        ]
        for rank, pixel in enumerate(audit.ranking[:_MOST_PIXELS])
    ]
    axes = "row, column" + (", channel" if len(audit.image_shape) == 3 else "")
    header = ["rank", axes, "information", "by chance", "excess", "q", "variance"]
    title = f"First pixels by {audit.settings.ranker}; information ({information.estimator}) in {unit}s"
    print_table(title, header, rows)
    curve = audit.curve
    rows = [
        [k, f"{100 * accuracy:.1f}", f"{100 * low:.1f} - {100 * high:.1f}"]
        for k, accuracy, low, high in zip(curve.n_pixels, curve.accuracy, curve.low, curve.high, strict=True)
    ]
    print_table(f"Test accuracy, % ({curve.classifier}; {curve.band})", ["pixels", "accuracy", "band"], rows)
    if len(audit.ranked) > 1:
        head, *compared = ranker_rows(audit)
        main = audit.settings.ranker
        print_table(
            f"Rankers compared; shares of the full accuracy; in common with {main} (Jaccard index)", head, compared
        )
    for warning in audit.warnings:
        console.print(f"warning: {warning}", soft_wrap=True)


def print_pixel(audit: PixelAudit, position: tuple[int, ...]) -> None:
    """Print what one pixel says of each label."""
    pixel = int(np.ravel_multi_index(position, audit.image_shape))
    maps = audit.maps

    def shown(value: float) -> str:
        return "never" if np.isnan(value) else f"{value:.3f}"

    rows = [
        [
            name,
            f"{maps.label_mean[pixel, label]:.1f}",
            shown(maps.label_given_bright[pixel, label]),
            shown(maps.label_given_dark[pixel, label]),
        ]
        for label, name in enumerate(audit.label_names)
    ]
    where = ", ".join(map(str, position))
    print_table(f"Pixel {where}", ["label", "mean", "P(label | bright)", "P(label | dark)"], rows)
