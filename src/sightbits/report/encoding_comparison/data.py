"""The data of the page: each data set once, as columns."""

from typing import Any

from sightbits.core.result import plain
from sightbits.plots.encoding_comparison.data import (
    change_columns,
    curve_rows,
    information_columns,
    rate_rows,
    spectrum_rows,
    stable_rows,
)
from sightbits.plots.picture import Rows
from sightbits.plots.words import n_channels
from sightbits.studies.encoding_comparison import EncodingComparison


def page_data(result: EncodingComparison) -> dict[str, Any]:
    """Return the data sets; `maps` have a value a pixel or a place, and get their rows and columns on the page."""
    sets = {"stable": stable_rows(result), "spectrum": spectrum_rows(result)}
    for i, model in enumerate(result.curves):
        sets |= {f"curves_{i}": curve_rows(result, model), f"rates_{i}": rate_rows(result, model)}
    return plain(
        {
            "columns": result.image_shape[1],
            "channels": n_channels(result.image_shape),
            "sets": {name: _columns(rows) for name, rows in sets.items()},
            "maps": {"places": change_columns(result), "pixels": information_columns(result)},
        }
    )


def _columns(rows: Rows) -> dict[str, list[Any]]:
    return {name: [row[name] for row in rows] for name in rows[0]} if rows else {}
